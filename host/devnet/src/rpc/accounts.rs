//! The development accounts and their signatures.

use alloy_dyn_abi::TypedData;
use alloy_primitives::{Address, B256, Bytes, Signature};
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;
use serde_json::{Value, json};

use super::{
    error::RpcError,
    hexser::Data,
    node::{Node, RpcResult},
    params::Params,
};

pub(crate) fn accounts(node: &Node, _: &mut Params) -> RpcResult {
    Ok(json!(node.chain()?.accounts()))
}

/// `eth_sign(account, message)`: signs with Ethereum's message prefix.
pub(crate) fn sign(node: &Node, params: &mut Params) -> RpcResult {
    let Data(account) = params.required::<Data<Address>>(0)?;
    let Data(message) = params.required::<Data<Bytes>>(1)?;
    sign_message(node, account, &message)
}

/// `personal_sign(message, account)`: the same with the parameters the other way round. A password is not needed.
pub(crate) fn personal_sign(node: &Node, params: &mut Params) -> RpcResult {
    let Data(message) = params.required::<Data<Bytes>>(0)?;
    let Data(account) = params.required::<Data<Address>>(1)?;
    sign_message(node, account, &message)
}

/// `eth_signTypedData_v4(account, typed data)`: EIP-712. The data is an object, or its JSON text.
pub(crate) fn sign_typed_data(node: &Node, params: &mut Params) -> RpcResult {
    let Data(account) = params.required::<Data<Address>>(0)?;
    let data = match params.required::<Value>(1)? {
        Value::String(text) => serde_json::from_str::<TypedData>(&text),
        object => serde_json::from_value::<TypedData>(object),
    };
    let data = data.map_err(|error| RpcError::invalid_params(format!("invalid typed data: {error}")))?;
    let hash: B256 = data
        .eip712_signing_hash()
        .map_err(|error| RpcError::invalid_params(format!("typed data that cannot be hashed: {error}")))?;
    let signature = signer(node, account)?
        .sign_hash_sync(&hash)
        .map_err(RpcError::internal)?;
    Ok(show(&signature))
}

fn sign_message(node: &Node, account: Address, message: &[u8]) -> RpcResult {
    let signature = signer(node, account)?
        .sign_message_sync(message)
        .map_err(RpcError::internal)?;
    Ok(show(&signature))
}

fn show(signature: &Signature) -> Value {
    json!(Bytes::from(signature.as_bytes()))
}

fn signer(node: &Node, account: Address) -> Result<PrivateKeySigner, RpcError> {
    let chain = node.chain()?;
    let signer = chain
        .signers()
        .iter()
        .find(|signer| signer.address() == account)
        .cloned();
    signer.ok_or_else(|| RpcError::server(format!("unknown account {account}")))
}
