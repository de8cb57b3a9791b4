//! The entry point, which names what it refuses.

use alloc::vec::Vec;
use core::borrow::BorrowMut;

use alloy_primitives::{FixedBytes, U256};
use stylus_sdk::{
    abi::{router_entrypoint, Router},
    host::VM,
    storage::StorageType,
    stylus_core::{ConstructorGuard, TopLevelStorage, ValueDenier},
    ArbResult,
};

use crate::{
    host,
    revert::{InvalidCall, Revert},
};

/// Routes a call to the contract `C`.
///
/// The SDK, with the coder of [`crate::sdk`], refuses calldata that does not decode or would not encode to the same
/// bytes (trailing bytes, dirty high bits, displaced offsets), unknown selectors, unwanted ETH and a second construction
/// with an empty revert. No function of a contract reverts with nothing, so that an empty revert can only mean one of
/// these: it becomes [`InvalidCall`].
///
/// # Errors
///
/// What the contract reverts with, or [`InvalidCall`].
pub fn dispatch<C>(input: Vec<u8>, vm: VM) -> ArbResult
where
    C: Router<C>
        + StorageType
        + TopLevelStorage
        + BorrowMut<<C as Router<C>>::Storage>
        + ValueDenier
        + ConstructorGuard,
{
    let length = input.len();
    let mut selector = [0; 4];
    for (to, from) in selector.iter_mut().zip(&input) {
        *to = *from;
    }
    match router_entrypoint::<C, C>(input, vm) {
        Err(reason) if reason.is_empty() => {
            let refusal = InvalidCall {
                selector: FixedBytes::new(selector),
                calldataLength: U256::from(length),
                value: host::value(),
            };
            Err(Revert::from(refusal).into())
        }
        outcome => outcome,
    }
}
