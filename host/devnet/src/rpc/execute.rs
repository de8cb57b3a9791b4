//! Methods that execute: calls, estimates, transactions.

use alloy_consensus::{SignableTransaction, TxEip1559, TxEip2930, TxEnvelope, TxLegacy};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, Bytes, Signature, TxKind, U256, map::AddressHashMap};
use alloy_rpc_types_eth::{BlockOverrides as BlockFields, state::AccountOverride as AccountFields};
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;
use serde_json::json;

use super::{
    encode,
    error::RpcError,
    hexser::Data,
    node::{Node, RpcResult},
    params::{AccountOverride, BlockOverrides, CallObject, Params, StateOverrides},
    read,
};
use crate::{CallRequest, Chain, Overrides, Tx};

/// Runs a call on the state of a block and answers what it returned.
pub(crate) fn call(node: &Node, params: &mut Params) -> RpcResult {
    let request = request(&params.required(0)?)?;
    let block = read::state_of(params, 1)?;
    let overrides = overrides(params)?;
    let outcome = node
        .chain()?
        .call(&request, block, &overrides)
        .map_err(encode::call_error)?;
    match outcome.halt_reason {
        _ if outcome.success => Ok(json!(outcome.output)),
        Some(reason) if !outcome.reverted => Err(RpcError::server(reason)),
        reason => Err(RpcError::reverted(&outcome.output, reason)),
    }
}

/// Answers the least gas limit with which a transaction succeeds.
pub(crate) fn estimate_gas(node: &Node, params: &mut Params) -> RpcResult {
    let request = request(&params.required(0)?)?;
    let block = read::state_of(params, 1)?;
    let overrides = overrides(params)?;
    let gas = node
        .chain()?
        .estimate_gas(&request, block, &overrides)
        .map_err(encode::estimate_error)?;
    Ok(encode::quantity(gas))
}

/// Takes a signed transaction and mines it.
pub(crate) fn send_raw_transaction(node: &Node, params: &mut Params) -> RpcResult {
    let Data(raw) = params.required::<Data<Bytes>>(0)?;
    let hash = node.chain()?.send_raw(&raw).map_err(|error| encode::tx_error(&error))?;
    Ok(json!(hash))
}

/// Signs a transaction with a development key, or impersonates its sender, and mines it.
pub(crate) fn send_transaction(node: &Node, params: &mut Params) -> RpcResult {
    let call: CallObject = params.required(0)?;
    let Some(Data(from)) = call.from else {
        return Err(RpcError::invalid_params("the sender is missing"));
    };
    let impersonated = {
        let impersonated = node.impersonated.lock();
        impersonated.everybody || impersonated.accounts.contains(&from)
    };
    let mut chain = node.chain()?;
    if let Some(chain_id) = &call.chain_id
        && chain_id.0 != chain.config().chain_id
    {
        let want = chain.config().chain_id;
        return Err(RpcError::server(format!(
            "invalid chain id for signer: have {} want {want}",
            chain_id.0
        )));
    }
    let gas_limit = match &call.gas {
        Some(gas) => gas.0,
        None => chain
            .estimate_gas(&request(&call)?, alloy_eips::BlockId::pending(), &Overrides::default())
            .map_err(encode::estimate_error)?,
    };
    let signer = chain.signers().iter().find(|signer| signer.address() == from).cloned();
    match signer {
        Some(signer) => {
            let raw = sign(&chain, &call, &signer, gas_limit)?.encoded_2718();
            chain
                .send_raw(&raw)
                .map(|hash| json!(hash))
                .map_err(|error| encode::tx_error(&error))
        }
        None if impersonated => {
            let receipt = chain
                .try_send(unsigned(&call, from, gas_limit)?)
                .map_err(|error| encode::tx_error(&error))?;
            Ok(json!(receipt.tx_hash))
        }
        None => Err(RpcError::server(format!(
            "unknown account {from}: no key for it, and it is not impersonated"
        ))),
    }
}

fn unsigned(call: &CallObject, from: Address, gas_limit: u64) -> Result<Tx, RpcError> {
    Ok(Tx {
        from,
        to: call.to.as_ref().map(|to| to.0),
        value: call.value.map(|value| value.0).unwrap_or_default(),
        data: call.calldata()?,
        gas_limit: Some(gas_limit),
        gas_price: highest_price(call)?,
        nonce: call.nonce.map(|nonce| nonce.0),
        access_list: call.access_list(),
    })
}

/// Signs in the type that the fields ask for: 0 with a gas price, 1 with an access list beside it, else 2.
fn sign(chain: &Chain, call: &CallObject, signer: &PrivateKeySigner, gas_limit: u64) -> Result<TxEnvelope, RpcError> {
    let chain_id = chain.config().chain_id;
    let nonce = call
        .nonce
        .map_or_else(|| chain.nonce(signer.address()), |nonce| nonce.0);
    let to = call.to.as_ref().map_or(TxKind::Create, |to| TxKind::Call(to.0));
    let value = call.value.map(|value| value.0).unwrap_or_default();
    let input = call.calldata()?;
    let price = highest_price(call)?.unwrap_or_else(|| u128::from(chain.base_fee()));
    let kind = match (call.kind.map(|kind| kind.0), &call.gas_price, &call.access_list) {
        (Some(kind), _, _) => kind,
        (None, Some(_), Some(_)) => 1,
        (None, Some(_), None) => 0,
        (None, None, _) => 2,
    };
    match kind {
        0 => signed(
            signer,
            TxLegacy {
                chain_id: Some(chain_id),
                nonce,
                gas_price: price,
                gas_limit,
                to,
                value,
                input,
            },
        ),
        1 => signed(
            signer,
            TxEip2930 {
                chain_id,
                nonce,
                gas_price: price,
                gas_limit,
                to,
                value,
                access_list: call.access_list(),
                input,
            },
        ),
        2 => signed(
            signer,
            TxEip1559 {
                chain_id,
                nonce,
                gas_limit,
                max_fee_per_gas: price,
                max_priority_fee_per_gas: call.max_priority_fee_per_gas.map(|fee| fee.0).unwrap_or_default(),
                to,
                value,
                access_list: call.access_list(),
                input,
            },
        ),
        other => Err(RpcError::invalid_params(format!(
            "cannot sign transactions of type {other}"
        ))),
    }
}

fn signed<T>(signer: &PrivateKeySigner, transaction: T) -> Result<TxEnvelope, RpcError>
where
    T: SignableTransaction<Signature>,
    TxEnvelope: From<alloy_consensus::Signed<T>>,
{
    let signature = signer
        .sign_hash_sync(&transaction.signature_hash())
        .map_err(RpcError::internal)?;
    Ok(transaction.into_signed(signature).into())
}

/// The most that a transaction offers per gas.
fn highest_price(call: &CallObject) -> Result<Option<u128>, RpcError> {
    match (call.gas_price, call.max_fee_per_gas, call.max_priority_fee_per_gas) {
        (Some(_), Some(_), _) | (Some(_), _, Some(_)) => Err(RpcError::invalid_params(
            "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified",
        )),
        (_, Some(most), Some(tip)) if most < tip => Err(RpcError::invalid_params(format!(
            "maxFeePerGas ({}) < maxPriorityFeePerGas ({})",
            most.0, tip.0
        ))),
        (price, most, _) => Ok(price.or(most).map(|price| price.0)),
    }
}

fn request(call: &CallObject) -> Result<CallRequest, RpcError> {
    Ok(CallRequest {
        from: call.from.as_ref().map(|from| from.0),
        to: call.to.as_ref().map(|to| to.0),
        value: call.value.map(|value| value.0).unwrap_or_default(),
        data: call.calldata()?,
        gas: call.gas.map(|gas| gas.0),
        gas_price: highest_price(call)?,
        access_list: call.access_list(),
    })
}

/// The state and block overrides, third and fourth parameter.
fn overrides(params: &mut Params) -> Result<Overrides, RpcError> {
    let state = match params.optional::<StateOverrides>(2)? {
        None => None,
        Some(accounts) => {
            let accounts = accounts
                .into_iter()
                .map(|(Data(address), account)| Ok((address, account_fields(account)?)));
            Some(accounts.collect::<Result<AddressHashMap<_>, RpcError>>()?)
        }
    };
    let block = params.optional::<BlockOverrides>(3)?.map(|block| block_fields(&block));
    Ok(Overrides { state, block })
}

fn account_fields(account: AccountOverride) -> Result<AccountFields, RpcError> {
    if account.state.is_some() && account.state_diff.is_some() {
        return Err(RpcError::invalid_params("account has both 'state' and 'stateDiff'"));
    }
    let words = |slots: std::collections::HashMap<Data<_>, Data<_>>| {
        slots.into_iter().map(|(Data(slot), Data(word))| (slot, word)).collect()
    };
    Ok(AccountFields {
        balance: account.balance.map(|balance| balance.0),
        nonce: account.nonce.map(|nonce| nonce.0),
        code: account.code.map(|code| code.0),
        state: account.state.map(words),
        state_diff: account.state_diff.map(words),
        ..AccountFields::default()
    })
}

fn block_fields(block: &BlockOverrides) -> BlockFields {
    BlockFields {
        number: block.number.map(|number| U256::from(number.0)),
        time: block.time.map(|time| time.0),
        gas_limit: block.gas_limit.map(|gas_limit| gas_limit.0),
        coinbase: block.fee_recipient.as_ref().map(|coinbase| coinbase.0),
        random: block.prev_randao.as_ref().map(|random| random.0),
        base_fee: block.base_fee_per_gas.map(|base_fee| U256::from(base_fee.0)),
        ..BlockFields::default()
    }
}
