//! The one error type of all contracts.

use alloc::vec::Vec;

use alloy_sol_types::{sol, SolError};

use crate::encoding::{with_selector, Tokens};

sol! {
    /// The calldata does not decode to any function of the contract exactly, or ETH was sent to one that takes none.
    #[derive(Debug, PartialEq)]
    error InvalidCall(bytes4 selector, uint256 calldataLength, uint256 value);
    /// A call to another contract failed without saying why, or its answer makes no sense.
    #[derive(Debug, PartialEq)]
    error ExternalCallFailed(address target);
    /// A token refused a transfer, or answered false.
    #[derive(Debug, PartialEq)]
    error SafeERC20FailedOperation(address token);
    /// The value does not fit where it is kept.
    #[derive(Debug, PartialEq)]
    error ValueTooLarge(uint256 value, uint256 maximum);
}

/// Revert data: an ABI-encoded error, of this contract's interface or passed on from a contract that it called.
///
/// Any declared error turns into it with `?` or `into()`, at the place where it is raised.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Revert(pub Vec<u8>);

impl<E: SolError> From<E> for Revert
where
    for<'a> E::Token<'a>: Tokens,
{
    fn from(error: E) -> Self {
        Self(with_selector(E::SELECTOR, &error.tokenize()))
    }
}

impl From<Revert> for Vec<u8> {
    fn from(revert: Revert) -> Self {
        revert.0
    }
}

/// The errors are declared by the interface file, not by the functions' types.
#[cfg(feature = "export-abi")]
impl stylus_sdk::abi::export::internal::InnerTypes for Revert {}
