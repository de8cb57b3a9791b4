//! The record that a deployment leaves behind, `deployments/<network>.json`: where every contract is, and all that is
//! needed to tell whether it is what it should be.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use alloy_primitives::{Address, B256, Bytes};
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

/// The names under which the contracts of the suite are recorded: those of their programs.
pub mod names {
    /// USDai.
    pub const USDAI: &str = "usdai-token";
    /// The swap adapter.
    pub const SWAP_ADAPTER: &str = "swap-adapter";
    /// sUSDai.
    pub const VAULT: &str = "susdai-vault";
    /// What the vault delegates.
    pub const VAULT_EXTENSION: &str = "susdai-vault-extension";
    /// The redemption queue and the auction.
    pub const AUCTION: &str = "qev-auction";
    /// What the auction delegates.
    pub const AUCTION_EXTENSION: &str = "qev-auction-extension";
    /// The titles to hardware.
    pub const CALIBER: &str = "caliber-nft";
    /// The loan pool.
    pub const POOL: &str = "loan-pool";
    /// What the pool delegates, in the order of its constructor.
    pub const POOL_EXTENSIONS: [&str; 4] = [
        "loan-pool-payments",
        "loan-pool-origination",
        "loan-pool-recovery",
        "loan-pool-administration",
    ];
    /// The auction of defaulted collateral.
    pub const COLLATERAL_AUCTION: &str = "collateral-auction";
}

/// One deployment of the suite on one chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// The name of the network, which is that of the file.
    pub network: String,
    /// EIP-155 id of the chain.
    pub chain_id: u64,
    /// The commit whose sources were deployed.
    pub git_commit: String,
    /// The compiler that made the programs, as `rustc --version` prints it.
    pub compiler: String,
    /// The last block of the deployment, so far.
    pub block: u64,
    /// The first block in which anything of it can be.
    #[serde(default)]
    pub first_block: u64,
    /// Who deployed: the first admin, who keeps no role.
    #[serde(default)]
    pub deployer: Address,
    /// What distinguishes its addresses from those of another deployment of the same code.
    #[serde(default)]
    pub salt: B256,
    /// When the first epoch of the auction begins, in seconds.
    #[serde(default)]
    pub genesis: u64,
    /// Contracts of others that the suite stands on, by name: `wm`, `usdc`, `usdt`, `swap-router`, …
    pub externals: BTreeMap<String, Address>,
    /// The suite's own, by the names in [`names`].
    pub contracts: BTreeMap<String, DeployedContract>,
}

/// One deployed contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeployedContract {
    /// Where it is.
    pub address: Address,
    /// `keccak256` of the code on chain.
    pub code_hash: B256,
    /// ABI-encoded constructor arguments; empty for a program without a constructor.
    pub constructor_arguments: Bytes,
    /// The transaction that created it.
    pub transaction: B256,
    /// The block of that transaction.
    pub block: u64,
}

impl Deployment {
    /// Reads a record.
    ///
    /// # Errors
    ///
    /// When there is none, or it is not one.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read(path).with_context(|| format!("cannot read the deployment {}", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("{} is not a deployment's record", path.display()))
    }

    /// Writes the record so that whoever reads meanwhile sees the old one or the new one.
    ///
    /// # Errors
    ///
    /// Of the file system.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        let unfinished = path.with_extension("json.new");
        fs::write(&unfinished, text)
            .and_then(|()| fs::rename(&unfinished, path))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Where a contract of the suite is.
    ///
    /// # Errors
    ///
    /// When the deployment has none of this name.
    pub fn contract(&self, name: &str) -> Result<Address> {
        match self.contracts.get(name) {
            Some(contract) => Ok(contract.address),
            None => bail!("the deployment on {} has no {name}", self.network),
        }
    }

    /// Where a contract of others is.
    ///
    /// # Errors
    ///
    /// When the deployment names none so.
    pub fn external(&self, name: &str) -> Result<Address> {
        match self.externals.get(name) {
            Some(address) => Ok(*address),
            None => bail!(
                "the deployment on {} knows no {name}; it knows {}",
                self.network,
                self.externals.keys().cloned().collect::<Vec<_>>().join(", ")
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::address;

    use super::*;

    #[test]
    fn a_record_survives_the_file_and_says_what_it_lacks() {
        let pool = address!("0x00000000000000000000000000000000000000aa");
        let mut deployment = Deployment {
            network: "local".into(),
            chain_id: 412_346,
            ..Deployment::default()
        };
        deployment.externals.insert("wm".into(), pool);
        deployment.contracts.insert(
            names::POOL.into(),
            DeployedContract {
                address: pool,
                code_hash: B256::repeat_byte(7),
                constructor_arguments: Bytes::from_static(&[1, 2]),
                transaction: B256::ZERO,
                block: 3,
            },
        );
        let folder = std::env::temp_dir().join(format!("deployment-record-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("local.json");
        deployment.write(&path).unwrap();
        let read = Deployment::read(&path).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(read, deployment);
        assert_eq!(read.contract(names::POOL).unwrap(), pool);
        let missing = read.contract(names::VAULT).unwrap_err().to_string();
        assert_eq!(missing, "the deployment on local has no susdai-vault");
        let unknown = read.external("usdc").unwrap_err().to_string();
        assert_eq!(unknown, "the deployment on local knows no usdc; it knows wm");
    }
}
