//! Development methods: time, mining, snapshots, accounts as one wants them.

use alloy_primitives::{Address, B256, Bytes, U256};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    encode,
    error::RpcError,
    hexser::{Data, Loose, Slot},
    node::{Method, Node, RpcResult},
    params::Params,
};
use crate::Chain;

/// Most blocks to mine with one call.
const MAX_MINED: u64 = 100_000;

/// The method `anvil_<name>` or `hardhat_<name>`, and how many parameters it takes at most.
pub(crate) fn find(name: &str) -> Option<(usize, Method)> {
    Some(match name {
        "autoImpersonateAccount" => (1, impersonate_everybody),
        "impersonateAccount" => (1, impersonate),
        "mine" => (2, mine_several),
        "setBalance" => (2, set_balance),
        "setCode" => (2, set_code),
        "setNonce" => (2, set_nonce),
        "setStorageAt" => (3, set_storage_at),
        "stopImpersonatingAccount" => (1, stop_impersonating),
        "getAutomine" => (0, |_, _| Ok(json!(true))),
        name => return find_evm(name),
    })
}

/// The method `evm_<name>`, and how many parameters it takes at most.
pub(crate) fn find_evm(name: &str) -> Option<(usize, Method)> {
    Some(match name {
        "increaseTime" => (1, increase_time),
        "mine" => (1, mine),
        "revert" => (1, revert),
        "setAutomine" => (1, set_automine),
        "setNextBlockTimestamp" => (1, set_next_block_timestamp),
        "snapshot" => (0, snapshot),
        _ => return None,
    })
}

/// Moves the next block's time ahead; answers by how many seconds.
fn increase_time(node: &Node, params: &mut Params) -> RpcResult {
    let Loose(seconds) = params.required::<Loose<u64>>(0)?;
    node.chain()?.increase_time(seconds);
    Ok(json!(seconds))
}

fn set_next_block_timestamp(node: &Node, params: &mut Params) -> RpcResult {
    let Loose(timestamp) = params.required::<Loose<u64>>(0)?;
    set_time(&mut *node.chain()?, timestamp)?;
    Ok(Value::Null)
}

fn set_time(chain: &mut Chain, timestamp: u64) -> Result<(), RpcError> {
    chain
        .set_next_block_timestamp(timestamp)
        .map_err(|error| RpcError::invalid_params(error.to_string()))
}

#[derive(Deserialize)]
#[serde(untagged)]
enum MineOptions {
    At(Loose<u64>),
    Several {
        timestamp: Option<Loose<u64>>,
        blocks: Option<Loose<u64>>,
    },
}

/// `evm_mine`: one block, at a timestamp when one is given; or as the options `{timestamp, blocks}` say.
fn mine(node: &Node, params: &mut Params) -> RpcResult {
    let (timestamp, blocks) = match params.optional::<MineOptions>(0)? {
        None => (None, 1),
        Some(MineOptions::At(Loose(timestamp))) => (Some(timestamp), 1),
        Some(MineOptions::Several { timestamp, blocks }) => (
            timestamp.map(|timestamp| timestamp.0),
            blocks.map_or(1, |blocks| blocks.0),
        ),
    };
    let blocks = bounded(blocks)?;
    let mut chain = node.chain()?;
    if let Some(timestamp) = timestamp {
        set_time(&mut chain, timestamp)?;
    }
    chain.mine(blocks);
    Ok(Value::String("0x0".to_owned()))
}

/// `anvil_mine(blocks, interval)`: several blocks, so many seconds apart.
fn mine_several(node: &Node, params: &mut Params) -> RpcResult {
    let blocks = bounded(params.optional::<Loose<u64>>(0)?.map_or(1, |blocks| blocks.0))?;
    let interval = params.optional::<Loose<u64>>(1)?;
    let mut chain = node.chain()?;
    match interval {
        None => chain.mine(blocks),
        Some(Loose(interval)) => {
            for index in 0..blocks {
                if index > 0 {
                    let timestamp = chain.timestamp().saturating_add(interval);
                    set_time(&mut chain, timestamp)?;
                }
                chain.mine(1);
            }
        }
    }
    Ok(Value::Null)
}

fn bounded(blocks: u64) -> Result<u64, RpcError> {
    if blocks > MAX_MINED {
        return Err(RpcError::invalid_params(format!(
            "{blocks} blocks, want at most {MAX_MINED}"
        )));
    }
    Ok(blocks)
}

fn snapshot(node: &Node, _: &mut Params) -> RpcResult {
    Ok(encode::quantity(node.chain()?.snapshot()))
}

fn revert(node: &Node, params: &mut Params) -> RpcResult {
    let Loose(id) = params.required::<Loose<u64>>(0)?;
    let mut chain = node.chain()?;
    let reverted = chain.revert(id);
    node.filters.lock().rewind(chain.block_number());
    Ok(Value::Bool(reverted))
}

/// Every transaction is mined at once; there is nothing to switch.
fn set_automine(_: &Node, params: &mut Params) -> RpcResult {
    if params.required::<bool>(0)? {
        Ok(Value::Bool(true))
    } else {
        Err(RpcError::server(
            "this chain mines every transaction at once, automine cannot be switched off",
        ))
    }
}

fn impersonate(node: &Node, params: &mut Params) -> RpcResult {
    let Data(address) = params.required::<Data<Address>>(0)?;
    node.impersonated.lock().accounts.insert(address);
    Ok(Value::Null)
}

fn stop_impersonating(node: &Node, params: &mut Params) -> RpcResult {
    let Data(address) = params.required::<Data<Address>>(0)?;
    node.impersonated.lock().accounts.remove(&address);
    Ok(Value::Null)
}

fn impersonate_everybody(node: &Node, params: &mut Params) -> RpcResult {
    node.impersonated.lock().everybody = params.required(0)?;
    Ok(Value::Null)
}

fn set_balance(node: &Node, params: &mut Params) -> RpcResult {
    let Data(address) = params.required::<Data<Address>>(0)?;
    let Loose(balance) = params.required::<Loose<U256>>(1)?;
    node.chain()?.set_balance(address, balance);
    Ok(Value::Null)
}

fn set_nonce(node: &Node, params: &mut Params) -> RpcResult {
    let Data(address) = params.required::<Data<Address>>(0)?;
    let Loose(nonce) = params.required::<Loose<u64>>(1)?;
    node.chain()?.set_nonce(address, nonce);
    Ok(Value::Null)
}

fn set_code(node: &Node, params: &mut Params) -> RpcResult {
    let Data(address) = params.required::<Data<Address>>(0)?;
    let Data(code) = params.required::<Data<Bytes>>(1)?;
    node.chain()?.set_code(address, code);
    Ok(Value::Null)
}

fn set_storage_at(node: &Node, params: &mut Params) -> RpcResult {
    let Data(address) = params.required::<Data<Address>>(0)?;
    let Slot(slot) = params.required(1)?;
    let Data(word) = params.required::<Data<B256>>(2)?;
    node.chain()?.set_storage_at(address, slot, word.into());
    Ok(Value::Bool(true))
}
