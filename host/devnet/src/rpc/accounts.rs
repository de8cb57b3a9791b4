//! The development accounts and their signatures.

use alloy_primitives::{Address, Bytes, Signature};
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;
use serde_json::{Value, json};

use super::{
    error::RpcError,
    hexser::Data,
    node::{Node, RpcResult},
    params::Params,
    typed_data,
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
    let data: Value = params.required(1)?;
    // Hashing is work that nobody gets for an account that is not here.
    let signer = signer(node, account)?;
    let hash = typed_data::signing_hash(data)?;
    let signature = signer.sign_hash_sync(&hash).map_err(RpcError::internal)?;
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
