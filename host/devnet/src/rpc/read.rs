//! Methods that only look: chain, blocks, transactions, accounts.

use alloy_primitives::{Address, B256, Bytes, keccak256};
use serde_json::{Value, json};

use super::{
    encode,
    error::RpcError,
    hexser::{Data, Loose, Quantity, Slot},
    node::{Node, RpcResult},
    params::{BlockRef, HeightOrTag, Params},
};
use crate::{Block, BlockSelector, Chain};

/// Most blocks in one fee history.
const MAX_FEE_HISTORY: u64 = 1_024;
/// Most percentiles in one fee history.
const MAX_PERCENTILES: usize = 100;

pub(crate) fn chain_id(node: &Node, _: &mut Params) -> RpcResult {
    Ok(encode::quantity(node.chain()?.config().chain_id))
}

pub(crate) fn net_version(node: &Node, _: &mut Params) -> RpcResult {
    Ok(Value::String(node.chain()?.config().chain_id.to_string()))
}

pub(crate) fn sha3(_: &Node, params: &mut Params) -> RpcResult {
    let Data(bytes) = params.required::<Data<Bytes>>(0)?;
    Ok(json!(keccak256(bytes)))
}

pub(crate) fn block_number(node: &Node, _: &mut Params) -> RpcResult {
    Ok(encode::quantity(node.chain()?.block_number()))
}

pub(crate) fn gas_price(node: &Node, _: &mut Params) -> RpcResult {
    Ok(encode::quantity(node.chain()?.base_fee()))
}

pub(crate) fn balance(node: &Node, params: &mut Params) -> RpcResult {
    let Data(address) = params.required::<Data<Address>>(0)?;
    let block = state_of(params, 1)?;
    Ok(encode::quantity(
        node.chain()?.balance_at(address, block).map_err(encode::call_error)?,
    ))
}

pub(crate) fn nonce(node: &Node, params: &mut Params) -> RpcResult {
    let Data(address) = params.required::<Data<Address>>(0)?;
    let block = state_of(params, 1)?;
    Ok(encode::quantity(
        node.chain()?.nonce_at(address, block).map_err(encode::call_error)?,
    ))
}

pub(crate) fn code(node: &Node, params: &mut Params) -> RpcResult {
    let Data(address) = params.required::<Data<Address>>(0)?;
    let block = state_of(params, 1)?;
    Ok(json!(
        node.chain()?.code_at(address, block).map_err(encode::call_error)?
    ))
}

pub(crate) fn storage_at(node: &Node, params: &mut Params) -> RpcResult {
    let Data(address) = params.required::<Data<Address>>(0)?;
    let Slot(slot) = params.required(1)?;
    let block = state_of(params, 2)?;
    let word = node
        .chain()?
        .storage_at_block(address, slot, block)
        .map_err(encode::call_error)?;
    Ok(json!(B256::from(word)))
}

pub(crate) fn block_by_number(node: &Node, params: &mut Params) -> RpcResult {
    let HeightOrTag(block) = params.required(0)?;
    show_block(node, block, params)
}

pub(crate) fn block_by_hash(node: &Node, params: &mut Params) -> RpcResult {
    let Data(hash) = params.required(0)?;
    show_block(node, BlockRef::Hash(hash), params)
}

fn show_block(node: &Node, block: BlockRef, params: &mut Params) -> RpcResult {
    let full = params.optional(1)?.unwrap_or(false);
    let chain = node.chain()?;
    find_block(&chain, block).map_or(Ok(Value::Null), |block| encode::block(block, full))
}

pub(crate) fn block_receipts(node: &Node, params: &mut Params) -> RpcResult {
    let block = params.required(0)?;
    let chain = node.chain()?;
    let Some(block) = find_block(&chain, block) else {
        return Ok(Value::Null);
    };
    (0..block.transactions.len())
        .map(|index| encode::receipt(block, index))
        .collect()
}

pub(crate) fn transaction_count_by_number(node: &Node, params: &mut Params) -> RpcResult {
    let HeightOrTag(block) = params.required(0)?;
    let chain = node.chain()?;
    Ok(find_block(&chain, block).map_or(Value::Null, |block| encode::quantity(block.transactions.len())))
}

pub(crate) fn transaction_count_by_hash(node: &Node, params: &mut Params) -> RpcResult {
    let Data(hash) = params.required(0)?;
    let chain = node.chain()?;
    Ok(
        find_block(&chain, BlockRef::Hash(hash))
            .map_or(Value::Null, |block| encode::quantity(block.transactions.len())),
    )
}

pub(crate) fn uncle_count_by_number(node: &Node, params: &mut Params) -> RpcResult {
    let HeightOrTag(block) = params.required(0)?;
    Ok(find_block(&*node.chain()?, block).map_or(Value::Null, |_| encode::quantity(0_u64)))
}

pub(crate) fn uncle_count_by_hash(node: &Node, params: &mut Params) -> RpcResult {
    let Data(hash) = params.required(0)?;
    Ok(find_block(&*node.chain()?, BlockRef::Hash(hash)).map_or(Value::Null, |_| encode::quantity(0_u64)))
}

pub(crate) fn transaction_by_hash(node: &Node, params: &mut Params) -> RpcResult {
    let Data(hash) = params.required(0)?;
    let chain = node.chain()?;
    locate(&chain, hash).map_or(Ok(Value::Null), |(block, index)| encode::transaction(block, index))
}

pub(crate) fn transaction_by_block_number(node: &Node, params: &mut Params) -> RpcResult {
    let HeightOrTag(block) = params.required(0)?;
    transaction_in(node, block, params)
}

pub(crate) fn transaction_by_block_hash(node: &Node, params: &mut Params) -> RpcResult {
    let Data(hash) = params.required(0)?;
    transaction_in(node, BlockRef::Hash(hash), params)
}

fn transaction_in(node: &Node, block: BlockRef, params: &mut Params) -> RpcResult {
    let Quantity(index) = params.required::<Quantity<u32>>(1)?;
    let index = usize::try_from(index).map_err(RpcError::internal)?;
    let chain = node.chain()?;
    match find_block(&chain, block) {
        Some(block) if index < block.transactions.len() => encode::transaction(block, index),
        _ => Ok(Value::Null),
    }
}

pub(crate) fn receipt(node: &Node, params: &mut Params) -> RpcResult {
    let Data(hash) = params.required(0)?;
    let chain = node.chain()?;
    locate(&chain, hash).map_or(Ok(Value::Null), |(block, index)| encode::receipt(block, index))
}

/// Fees of the last blocks. The base fee is constant and tips are dropped, so every reward is zero.
pub(crate) fn fee_history(node: &Node, params: &mut Params) -> RpcResult {
    let Loose(count) = params.required::<Loose<u64>>(0)?;
    let HeightOrTag(newest) = params.required(1)?;
    let percentiles = params.optional::<Vec<f64>>(2)?.unwrap_or_default();
    if percentiles.len() > MAX_PERCENTILES {
        return Err(RpcError::invalid_params(format!(
            "over the query limit of {MAX_PERCENTILES} percentiles"
        )));
    }
    let in_order = percentiles
        .iter()
        .zip(percentiles.iter().skip(1))
        .all(|(one, next)| one < next);
    if !in_order || !percentiles.iter().all(|percentile| (0.0..=100.0).contains(percentile)) {
        return Err(RpcError::invalid_params("reward percentiles must rise from 0 to 100"));
    }
    let chain = node.chain()?;
    let newest = find_block(&chain, newest)
        .ok_or_else(|| RpcError::server("header not found"))?
        .header
        .number;
    let count = count.min(MAX_FEE_HISTORY).min(newest.saturating_add(1));
    let oldest = newest.saturating_add(1).saturating_sub(count);
    let blocks: Vec<&Block> = (oldest..=newest).filter_map(|number| chain.block(number)).collect();
    let base_fee = encode::quantity(chain.base_fee());
    let mut history = json!({
        "oldestBlock": encode::quantity(oldest),
        "baseFeePerGas": vec![base_fee; blocks.len().saturating_add(1)],
        "gasUsedRatio": blocks.iter().map(|block| gas_used_ratio(block)).collect::<Vec<_>>(),
    });
    if !percentiles.is_empty() {
        history["reward"] = json!(vec![vec![encode::quantity(0_u64); percentiles.len()]; blocks.len()]);
    }
    Ok(history)
}

#[allow(clippy::cast_precision_loss, reason = "a ratio for people")]
fn gas_used_ratio(block: &Block) -> f64 {
    block.header.gas_used as f64 / block.header.gas_limit.max(1) as f64
}

/// The block whose state a method shall read: the newest unless said otherwise.
pub(crate) fn state_of(params: &mut Params, index: usize) -> Result<BlockSelector, RpcError> {
    Ok(params
        .optional::<BlockRef>(index)?
        .unwrap_or(BlockRef::Latest)
        .selector())
}

fn find_block(chain: &Chain, block: BlockRef) -> Option<&Block> {
    chain.block_by_id(block.selector())
}

fn locate(chain: &Chain, transaction: B256) -> Option<(&Block, usize)> {
    let receipt = chain.receipt(transaction)?;
    Some((
        chain.block(receipt.block_number)?,
        usize::try_from(receipt.tx_index).ok()?,
    ))
}
