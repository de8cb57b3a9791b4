//! JSON-RPC error objects, with the codes and words that clients recognise.

use alloy_primitives::{Bytes, U256, hex};
use alloy_sol_types::{Panic, PanicKind, Revert, SolError};
use serde::Serialize;
use serde_json::Value;

/// What other nodes answer for failures of execution and of submitted transactions.
const SERVER_ERROR: i64 = -32_000;
/// The code of a revert; clients look for the revert data under it.
const REVERTED: i64 = 3;

/// A JSON-RPC error object.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct RpcError {
    /// Kind of the error.
    pub(crate) code: i64,
    /// One sentence for people.
    pub(crate) message: String,
    /// Revert data, or what else belongs to the error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<Value>,
}

impl RpcError {
    fn new(code: i64, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            data: None,
        }
    }

    /// The body is not JSON.
    pub(crate) fn parse(error: &serde_json::Error) -> Self {
        Self::new(-32_700, format!("parse error: {error}"))
    }

    /// The JSON is no JSON-RPC 2.0 call.
    pub(crate) fn invalid_request(why: &str) -> Self {
        Self::new(-32_600, format!("invalid request: {why}"))
    }

    /// Nothing goes by this name here.
    pub(crate) fn method_not_found(method: &str) -> Self {
        let name: String = method.chars().take(100).collect();
        Self::new(-32_601, format!("the method {name} does not exist or is not available"))
    }

    /// A parameter is missing, of the wrong form, or one too many.
    pub(crate) fn invalid_params(why: impl std::fmt::Display) -> Self {
        Self::new(-32_602, format!("invalid params: {why}"))
    }

    /// Something that the caller can do nothing about.
    pub(crate) fn internal(why: impl std::fmt::Display) -> Self {
        Self::new(-32_603, format!("internal error: {why}"))
    }

    /// The answers of a batch are too large together.
    pub(crate) fn answer_too_large() -> Self {
        Self::new(-32_003, "response too large")
    }

    /// The chain is executing somebody else's long call.
    pub(crate) fn busy() -> Self {
        Self::new(-32_005, "the chain is busy with another call, try again")
    }

    /// The answer would be larger than this node gives.
    pub(crate) fn limit_exceeded(why: impl Into<String>) -> Self {
        Self::new(-32_005, why)
    }

    /// A failure of execution, or a refused transaction.
    pub(crate) fn server(message: impl Into<String>) -> Self {
        Self::new(SERVER_ERROR, message)
    }

    /// A revert: code 3, the data, and the reason: that which the data holds, else what the chain knows of it.
    pub(crate) fn reverted(output: &Bytes, known: Option<String>) -> Self {
        let message = match revert_reason(output).or(known) {
            Some(reason) => format!("execution reverted: {reason}"),
            None => "execution reverted".to_owned(),
        };
        Self {
            code: REVERTED,
            message,
            data: Some(Value::String(hex::encode_prefixed(output))),
        }
    }
}

/// The text of `Error(string)`, or the meaning of `Panic(uint256)`.
fn revert_reason(output: &[u8]) -> Option<String> {
    if let Ok(Revert { reason }) = Revert::abi_decode(output) {
        return Some(reason);
    }
    let Panic { code } = Panic::abi_decode(output).ok()?;
    Some(panic_reason(code))
}

fn panic_reason(code: U256) -> String {
    match u32::try_from(code).ok().and_then(PanicKind::from_number) {
        Some(kind) => kind.as_str().to_owned(),
        None => format!("unknown panic code: {code:#x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reverted(output: Vec<u8>) -> (String, Value) {
        let error = RpcError::reverted(&output.into(), None);
        assert_eq!(error.code, 3);
        (error.message, error.data.expect("revert data"))
    }

    #[test]
    fn an_error_string_is_told() {
        let (message, data) = reverted(Revert::from("too late").abi_encode());
        assert_eq!(message, "execution reverted: too late");
        assert!(data.as_str().is_some_and(|data| data.starts_with("0x08c379a0")));
    }

    #[test]
    fn a_panic_is_named() {
        let (message, _) = reverted(Panic::from(PanicKind::UnderOverflow).abi_encode());
        assert_eq!(message, "execution reverted: arithmetic underflow or overflow");
        let (message, _) = reverted(Panic { code: U256::from(0x99) }.abi_encode());
        assert_eq!(message, "execution reverted: unknown panic code: 0x99");
    }

    #[test]
    fn a_custom_error_and_an_empty_revert_keep_their_data() {
        assert_eq!(
            reverted(vec![0xde, 0xad, 0xbe, 0xef]),
            ("execution reverted".to_owned(), Value::from("0xdeadbeef"))
        );
        assert_eq!(reverted(vec![]), ("execution reverted".to_owned(), Value::from("0x")));
    }

    #[test]
    fn a_revert_without_data_is_explained_by_what_is_known() {
        let error = RpcError::reverted(&Bytes::new(), Some("program trapped: unreachable".to_owned()));
        assert_eq!((error.code, error.data), (3, Some(Value::from("0x"))));
        assert_eq!(error.message, "execution reverted: program trapped: unreachable");
    }

    #[test]
    fn a_truncated_error_string_is_just_data() {
        let mut output = Revert::from("too late").abi_encode();
        output.truncate(40);
        assert_eq!(reverted(output).0, "execution reverted");
    }
}
