//! What goes out: blocks, transactions, receipts, logs and errors of the chain, as an Arbitrum node shows them.

use alloy_consensus::{BlockBody, transaction::Recovered};
use alloy_primitives::{B256, U256};
use alloy_rpc_types_eth::{Header, Log, Transaction};
use serde::Serialize;
use serde_json::{Value, json};

use super::error::RpcError;
use crate::{Block, CallError, EstimateError, MinedTransaction, TxError};

/// A quantity: `0x` and the digits without leading zeros.
pub(crate) fn quantity<T>(value: T) -> Value
where
    U256: alloy_primitives::ruint::UintTryFrom<T>,
{
    Value::String(format!("{:#x}", U256::from(value)))
}

fn to_value(value: impl Serialize) -> Result<Value, RpcError> {
    serde_json::to_value(value).map_err(RpcError::internal)
}

/// A block with its transactions, or with their hashes.
///
/// # Errors
/// None that can be provoked: a field that cannot be written as JSON.
pub(crate) fn block(block: &Block, full: bool) -> Result<Value, RpcError> {
    let transactions: Vec<Value> = if full {
        (0..block.transactions.len())
            .map(|index| transaction(block, index))
            .collect::<Result<_, _>>()?
    } else {
        block
            .transactions
            .iter()
            .map(|mined| json!(mined.receipt.tx_hash))
            .collect()
    };
    let body = BlockBody {
        transactions: block.transactions.iter().map(|mined| mined.envelope.clone()).collect(),
        ommers: Vec::new(),
        withdrawals: None,
    };
    let header = Header {
        hash: block.hash,
        inner: block.header.clone(),
        total_difficulty: None,
        size: Some(U256::from(alloy_consensus::Block::rlp_length_for(&block.header, &body))),
    };
    let mut shown = to_value(header)?;
    shown["transactions"] = Value::Array(transactions);
    shown["uncles"] = json!([]);
    shown["l1BlockNumber"] = quantity(block.l1_number);
    // Messages to the parent chain are not kept here.
    shown["sendCount"] = quantity(0_u64);
    shown["sendRoot"] = json!(B256::ZERO);
    Ok(shown)
}

/// The transaction at `index` of a block, null when there is none.
///
/// # Errors
/// As [`block`].
pub(crate) fn transaction(block: &Block, index: usize) -> Result<Value, RpcError> {
    let Some(mined) = block.transactions.get(index) else {
        return Ok(Value::Null);
    };
    to_value(Transaction {
        inner: Recovered::new_unchecked(mined.envelope.clone(), mined.from),
        block_hash: Some(block.hash),
        block_number: Some(block.header.number),
        transaction_index: Some(mined.receipt.tx_index),
        effective_gas_price: Some(mined.receipt.effective_gas_price),
        block_timestamp: Some(block.header.timestamp),
    })
}

/// The receipt of the transaction at `index` of a block, null when there is none.
///
/// # Errors
/// As [`block`].
pub(crate) fn receipt(block: &Block, index: usize) -> Result<Value, RpcError> {
    let Some(mined) = block.transactions.get(index) else {
        return Ok(Value::Null);
    };
    let receipt = &mined.receipt;
    let earlier: usize = block
        .transactions
        .iter()
        .take(index)
        .map(|mined| mined.receipt.logs.len())
        .sum();
    Ok(json!({
        "transactionHash": receipt.tx_hash,
        "transactionIndex": quantity(receipt.tx_index),
        "blockHash": block.hash,
        "blockNumber": quantity(block.header.number),
        "from": receipt.from,
        "to": receipt.to,
        "contractAddress": receipt.contract_address,
        "status": quantity(u64::from(receipt.status)),
        "type": quantity(receipt.tx_type),
        "gasUsed": quantity(receipt.gas_used),
        "cumulativeGasUsed": quantity(receipt.cumulative_gas_used),
        "effectiveGasPrice": quantity(receipt.effective_gas_price),
        "logs": to_value(logs_of(block, mined, earlier))?,
        "logsBloom": receipt.logs_bloom,
        "gasUsedForL1": quantity(0_u64),
        "l1BlockNumber": quantity(block.l1_number),
        "timeboosted": false,
    }))
}

fn logs_of(block: &Block, mined: &MinedTransaction, earlier: usize) -> Vec<Log> {
    let numbered = mined
        .receipt
        .logs
        .iter()
        .zip(u64::try_from(earlier).unwrap_or(u64::MAX)..);
    numbered
        .map(|(log, log_index)| Log {
            inner: log.clone(),
            block_hash: Some(block.hash),
            block_number: Some(block.header.number),
            block_timestamp: Some(block.header.timestamp),
            transaction_hash: Some(mined.receipt.tx_hash),
            transaction_index: Some(mined.receipt.tx_index),
            log_index: Some(log_index),
            removed: false,
        })
        .collect()
}

/// The logs of a block, in order.
pub(crate) fn logs_in(block: &Block) -> impl Iterator<Item = Log> + '_ {
    let mut earlier = 0;
    block.transactions.iter().flat_map(move |mined| {
        let logs = logs_of(block, mined, earlier);
        earlier += logs.len();
        logs
    })
}

/// Logs.
///
/// # Errors
/// As [`block`].
pub(crate) fn logs(logs: &[Log]) -> Result<Value, RpcError> {
    to_value(logs)
}

/// A call that could not be simulated.
pub(crate) fn call_error(error: CallError) -> RpcError {
    match error {
        CallError::UnknownBlock => RpcError::server("header not found"),
        other => RpcError::server(other.to_string()),
    }
}

/// A gas limit that could not be found.
pub(crate) fn estimate_error(error: EstimateError) -> RpcError {
    match error {
        EstimateError::Reverted { output, reason } => RpcError::reverted(&output, reason),
        EstimateError::Failed(reason) => RpcError::server(reason),
        EstimateError::Call(error) => call_error(error),
    }
}

/// A refused transaction.
pub(crate) fn tx_error(error: &TxError) -> RpcError {
    match error {
        TxError::WrongChain { have: Some(have), want } => {
            RpcError::server(format!("invalid chain id for signer: have {have} want {want}"))
        }
        other => RpcError::server(other.to_string()),
    }
}
