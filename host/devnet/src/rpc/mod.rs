//! JSON-RPC 2.0 over HTTP: the chain as wallets, libraries and `cargo stylus` see it.
//!
//! [`serve`] listens on a loopback address and answers the `eth_`, `net_` and `web3_` methods of an Arbitrum node and
//! the usual `evm_`, `anvil_` and `hardhat_` development methods. The layers, from the wire to the chain:
//!
//! - `http`: bodies and limits; runs each request off the threads that serve connections; `origin`: which pages may
//!   use the node; `patient`: connections to clients that do not read;
//! - `envelope`: calls, notifications and batches, and the error that each malformed one gets;
//! - `node`: the table of methods; the chain behind a lock that is waited for only so long;
//! - `params`, `hexser`: strict reading of what comes in; `encode`: what goes out;
//! - `read`, `execute`, `filters`, `accounts`, `control`: the methods; `typed_data`: the bounds of what is signed.

mod accounts;
mod control;
mod encode;
mod envelope;
mod error;
mod execute;
mod filters;
mod hexser;
mod http;
mod node;
mod origin;
mod params;
mod patient;
mod read;
mod typed_data;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use parking_lot::Mutex;

pub use http::{MAX_BODY, ServerHandle};

use crate::Chain;

/// How to serve a chain.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Origins beyond this machine whose pages may use the node, as `scheme://host[:port]`.
    pub allow_origins: Vec<String>,
    /// A client that makes the server wait longer, for its request or for its reading the answer, is cut off.
    pub patience: Duration,
}

impl Default for Settings {
    /// No other origins, and thirty seconds.
    fn default() -> Self {
        Self {
            allow_origins: Vec::new(),
            patience: Duration::from_secs(30),
        }
    }
}

/// Serves `chain` at `addr` with the default settings; port 0 takes a free port. The chain stays usable in process
/// meanwhile.
///
/// # Errors
/// When `addr` is not a loopback address or cannot be bound.
pub fn serve(chain: Arc<Mutex<Chain>>, addr: SocketAddr) -> anyhow::Result<ServerHandle> {
    serve_with(chain, addr, &Settings::default())
}

/// As [`serve`], with settings.
///
/// # Errors
/// As [`serve`], and when an origin is not of the form of one.
pub fn serve_with(chain: Arc<Mutex<Chain>>, addr: SocketAddr, settings: &Settings) -> anyhow::Result<ServerHandle> {
    let origins = origin::Origins::new(&settings.allow_origins)?;
    http::serve(Arc::new(node::Node::new(chain)), addr, origins, settings.patience)
}
