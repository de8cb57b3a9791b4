//! The node: the chain, what the server remembers beside it, and the table of methods.

use std::{collections::HashSet, sync::Arc, time::Duration};

use alloy_primitives::Address;
use parking_lot::{Mutex, MutexGuard};
use serde_json::{Value, json};

use super::{
    accounts, control, envelope::Dispatch, error::RpcError, execute, filters, filters::Filters, params::Params, read,
};
use crate::Chain;

/// How long a call waits for others to be done with the chain.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a method answers.
pub(crate) type RpcResult = Result<Value, RpcError>;

/// A method: reads its parameters, answers.
pub(crate) type Method = fn(&Node, &mut Params) -> RpcResult;

/// The chain with what the server remembers beside it.
#[derive(Debug)]
pub(crate) struct Node {
    chain: Arc<Mutex<Chain>>,
    /// Filters installed by clients.
    pub(crate) filters: Mutex<Filters>,
    /// Whom `eth_sendTransaction` may send for without a key.
    pub(crate) impersonated: Mutex<Impersonated>,
}

/// Accounts that transactions are sent for without their keys.
#[derive(Debug, Default)]
pub(crate) struct Impersonated {
    /// Named one by one.
    pub(crate) accounts: HashSet<Address>,
    /// Everybody.
    pub(crate) everybody: bool,
}

impl Node {
    /// A node on `chain`.
    pub(crate) fn new(chain: Arc<Mutex<Chain>>) -> Self {
        Self {
            chain,
            filters: Mutex::default(),
            impersonated: Mutex::default(),
        }
    }

    /// The chain, exclusively.
    ///
    /// # Errors
    /// When others keep it busy for long.
    pub(crate) fn chain(&self) -> Result<MutexGuard<'_, Chain>, RpcError> {
        self.chain.try_lock_for(PATIENCE).ok_or_else(RpcError::busy)
    }
}

impl Dispatch for Node {
    fn dispatch(&self, method: &str, params: Vec<Value>) -> RpcResult {
        let (most, run) = find(method).ok_or_else(|| RpcError::method_not_found(method))?;
        run(self, &mut Params::new(params, most)?)
    }
}

/// The method of that name, and how many parameters it takes at most.
fn find(method: &str) -> Option<(usize, Method)> {
    // The development methods go by the prefixes of the tools that introduced them.
    let method = match method.split_once('_') {
        Some(("anvil" | "hardhat", name)) => return control::find(name),
        Some(("evm", name)) => return control::find_evm(name),
        _ => method,
    };
    Some(match method {
        "eth_accounts" => (0, accounts::accounts),
        "eth_blockNumber" => (0, read::block_number),
        "eth_call" => (4, execute::call),
        "eth_chainId" => (0, read::chain_id),
        "eth_estimateGas" => (4, execute::estimate_gas),
        "eth_feeHistory" => (3, read::fee_history),
        "eth_gasPrice" => (0, read::gas_price),
        "eth_getBalance" => (2, read::balance),
        "eth_getBlockByHash" => (2, read::block_by_hash),
        "eth_getBlockByNumber" => (2, read::block_by_number),
        "eth_getBlockReceipts" => (1, read::block_receipts),
        "eth_getBlockTransactionCountByHash" => (1, read::transaction_count_by_hash),
        "eth_getBlockTransactionCountByNumber" => (1, read::transaction_count_by_number),
        "eth_getCode" => (2, read::code),
        "eth_getFilterChanges" => (1, filters::changes),
        "eth_getFilterLogs" => (1, filters::logs),
        "eth_getLogs" => (1, filters::get_logs),
        "eth_getStorageAt" => (3, read::storage_at),
        "eth_getTransactionByBlockHashAndIndex" => (2, read::transaction_by_block_hash),
        "eth_getTransactionByBlockNumberAndIndex" => (2, read::transaction_by_block_number),
        "eth_getTransactionByHash" => (1, read::transaction_by_hash),
        "eth_getTransactionCount" => (2, read::nonce),
        "eth_getTransactionReceipt" => (1, read::receipt),
        "eth_getUncleCountByBlockHash" => (1, read::uncle_count_by_hash),
        "eth_getUncleCountByBlockNumber" => (1, read::uncle_count_by_number),
        // Arbitrum's sequencer drops tips.
        "eth_maxPriorityFeePerGas" => (0, |_, _| Ok(json!("0x0"))),
        "eth_newBlockFilter" => (0, filters::new_block_filter),
        "eth_newFilter" => (1, filters::new_log_filter),
        "eth_newPendingTransactionFilter" => (1, filters::new_transaction_filter),
        "eth_protocolVersion" => (0, |_, _| Ok(json!("0x41"))),
        "eth_sendRawTransaction" => (1, execute::send_raw_transaction),
        "eth_sendTransaction" => (1, execute::send_transaction),
        "eth_sign" => (2, accounts::sign),
        "eth_signTypedData_v4" => (2, accounts::sign_typed_data),
        "eth_syncing" => (0, |_, _| Ok(json!(false))),
        "eth_uninstallFilter" => (1, filters::uninstall),
        "net_listening" => (0, |_, _| Ok(json!(true))),
        "net_peerCount" => (0, |_, _| Ok(json!("0x0"))),
        "net_version" => (0, read::net_version),
        "personal_sign" => (3, accounts::personal_sign),
        "web3_clientVersion" => (0, |_, _| Ok(json!(client_version()))),
        "web3_sha3" => (1, read::sha3),
        _ => return None,
    })
}

fn client_version() -> String {
    format!(
        "arbitrum-devnet/v{}/{}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::ARCH
    )
}
