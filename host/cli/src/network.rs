//! Networks by name: where their node is, and where the record of the suite's deployment on them is.

use std::path::{Path, PathBuf};
use std::time::Duration;

use alloy_transport::layers::{RateLimitRetryPolicy, RetryPolicy};
use alloy_transport::{RpcError, TransportError};
use anyhow::{Context, Result, bail, ensure};
use client::deployment::Deployment;

/// The chain id of the local chain.
pub const LOCAL_CHAIN_ID: u64 = 412_346;

/// The folder of the records, if no other is named.
const FOLDER: &str = "deployments";

/// Public nodes.
const NODES: [(&str, &str); 3] = [
    ("local", "http://127.0.0.1:8547"),
    ("arbitrum-sepolia", "https://sepolia-rollup.arbitrum.io/rpc"),
    ("arbitrum-one", "https://arb1.arbitrum.io/rpc"),
];

/// When a node is asked again: after it has said that there are too many requests. Some nodes say with the same code
/// (-32005) that an answer would be too long, which no waiting makes shorter.
#[derive(Clone, Copy, Debug)]
pub struct WhenBusy;

/// The code of both.
const LIMIT_EXCEEDED: i64 = -32_005;

impl RetryPolicy for WhenBusy {
    fn should_retry(&self, error: &TransportError) -> bool {
        match error {
            RpcError::ErrorResp(payload) if payload.code == LIMIT_EXCEEDED => {
                let message = payload.message.to_lowercase();
                ["rate", "try again", "too many requests"]
                    .iter()
                    .any(|sign| message.contains(sign))
            }
            error => RateLimitRetryPolicy::default().should_retry(error),
        }
    }

    fn backoff_hint(&self, error: &TransportError) -> Option<Duration> {
        RateLimitRetryPolicy::default().backoff_hint(error)
    }
}

/// The node that is asked for a network unless another is named.
///
/// # Errors
///
/// When none is known.
pub fn default_node(network: &str) -> Result<&'static str> {
    match NODES.iter().find(|(name, _)| *name == network) {
        Some((_, node)) => Ok(node),
        None => bail!("no node is known for the network {network:?}: name one with --rpc-url"),
    }
}

/// Reads the record of a network: from `folder`, or else from the nearest `deployments` above the working directory or
/// above this program that has it.
///
/// # Errors
///
/// When there is none.
pub fn read_deployment(network: &str, folder: Option<&Path>) -> Result<Deployment> {
    let file = format!("{network}.json");
    if network.is_empty() || network.contains(['/', '\\', '.']) {
        bail!("{network:?} is no name of a network");
    }
    if let Some(folder) = folder {
        let path = folder.join(file);
        ensure!(
            path.exists(),
            "there is no {}, so nobody knows where the contracts are on {network:?}: deploy the suite there \
             (scripts/deploy.sh {network}), or name another folder with --deployments",
            path.display()
        );
        return Deployment::read(&path);
    }
    let here = std::env::current_dir().context("there is no working directory")?;
    let program = std::env::current_exe().unwrap_or_default();
    let mut places = above(&here)
        .chain(above(&program))
        .map(|place| place.join(FOLDER).join(&file));
    match places.find(|place| place.exists()) {
        Some(place) => Deployment::read(&place),
        None => bail!(
            "there is no {FOLDER}/{file} here or above, so nobody knows where the contracts are on {network:?}: \
             deploy the suite there (scripts/deploy.sh {network}), or name the folder with --deployments"
        ),
    }
}

fn above(place: &Path) -> impl Iterator<Item = PathBuf> + '_ {
    place.ancestors().map(Path::to_path_buf)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_known_by_name_or_refused() {
        assert_eq!(default_node("local").unwrap(), "http://127.0.0.1:8547");
        assert!(default_node("mainnet").unwrap_err().to_string().contains("--rpc-url"));
        for name in ["../secrets", "", "a/b", "local.json"] {
            assert!(
                read_deployment(name, None).unwrap_err().to_string().contains("no name"),
                "{name}"
            );
        }
        let missing = read_deployment("nowhere", None).unwrap_err().to_string();
        assert!(missing.contains("deployments/nowhere.json"), "{missing}");
    }
}
