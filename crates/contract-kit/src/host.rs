//! The call's context, events, and calls to other contracts.
//!
//! These use the SDK's free functions. The accessors that replace them go through a `dyn Host`, whose table of methods
//! links every import of the host into the contract, wanted or not.
#![allow(deprecated)]

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolCall, SolEvent, SolType, TopicList};
use stylus_sdk::{block, call::RawCall, contract, crypto, host::WasmVM, msg, stylus_core::LogAccess, types::AddressVM};

use crate::{
    encoding::{self, Tokens, Topics},
    revert::{ExternalCallFailed, Revert},
    words::limbs,
};

/// Who called.
#[must_use]
pub fn sender() -> Address {
    msg::sender()
}

/// ETH sent along, in wei.
#[must_use]
pub fn value() -> U256 {
    msg::value()
}

/// The contract's own address.
#[must_use]
pub fn this() -> Address {
    contract::address()
}

/// The block's time in seconds.
#[must_use]
pub fn timestamp() -> u64 {
    block::timestamp()
}

/// The chain's id.
#[must_use]
pub fn chain_id() -> u64 {
    block::chainid()
}

/// Whether there is code at `account`.
#[must_use]
pub fn has_code(account: Address) -> bool {
    account.has_code()
}

/// The hash of `account`'s code; zero if there is no account, that of nothing if there is no code.
#[must_use]
pub fn code_hash(account: Address) -> B256 {
    account.code_hash()
}

/// Keccak-256 by the host.
#[must_use]
pub fn keccak(bytes: &[u8]) -> B256 {
    crypto::keccak(bytes)
}

/// Emits an event.
pub fn log<E: SolEvent>(event: &E)
where
    <E::TopicList as SolType>::RustType: Topics,
    for<'a> E::DataToken<'a>: Tokens,
{
    let signature = const { limbs(E::SIGNATURE_HASH) };
    let (indexed, data) = (event.topics(), event.tokenize_body());
    let encoding = if const { <E::DataTuple<'_> as SolType>::DYNAMIC } {
        encoding::dynamic_event(signature, &indexed, &data)
    } else {
        encoding::event(signature, &indexed, &data)
    };
    WasmVM::default().emit_log(&encoding, E::TopicList::COUNT);
}

/// Calls `target`, which may change state, and returns what it answered.
///
/// # Errors
///
/// What `target` reverted with, unchanged; [`ExternalCallFailed`] if it said nothing.
pub fn call<C: SolCall>(target: Address, call: &C) -> Result<Vec<u8>, Revert>
where
    for<'a> C::Token<'a>: Tokens,
{
    bubble(target, try_call(target, &calldata(call)))
}

/// Asks `target` without letting it change state.
///
/// # Errors
///
/// As [`call()`].
pub fn view<C: SolCall>(target: Address, call: &C) -> Result<Vec<u8>, Revert>
where
    for<'a> C::Token<'a>: Tokens,
{
    bubble(target, raw(RawCall::new_static(), target, &calldata(call)))
}

/// As [`call()`], with calldata that is already encoded, and for those who have their own use for what `target`
/// reverted with.
///
/// # Errors
///
/// What `target` reverted with.
pub fn try_call(target: Address, calldata: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    raw(RawCall::new().flush_storage_cache(), target, calldata)
}

/// Runs the code of `library` on this contract's storage, for this call's sender, with this call's `calldata`.
///
/// The caller must know that there is code: an address without code does nothing and says nothing.
///
/// # Errors
///
/// What the code reverted with.
pub fn delegate(library: Address, calldata: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    raw(RawCall::new_delegate().clear_storage_cache(), library, calldata)
}

/// What to send for a call.
pub(crate) fn calldata<C: SolCall>(call: &C) -> Vec<u8>
where
    for<'a> C::Token<'a>: Tokens,
{
    encoding::with_selector(C::SELECTOR, &call.tokenize())
}

/// The first word of an answer. A call to an address without code succeeds with no answer, and so is refused here.
///
/// # Errors
///
/// [`ExternalCallFailed`] if the answer is shorter than a word.
pub fn word(target: Address, answer: &[u8]) -> Result<U256, Revert> {
    match answer.first_chunk::<32>() {
        Some(word) => Ok(U256::from_be_bytes(*word)),
        None => Err(ExternalCallFailed { target }.into()),
    }
}

/// The first `N` words of an answer.
///
/// # Errors
///
/// [`ExternalCallFailed`] if the answer is shorter.
pub fn words<const N: usize>(target: Address, answer: &[u8]) -> Result<[U256; N], Revert> {
    let mut words = [U256::ZERO; N];
    let mut rest = answer;
    for to in &mut words {
        *to = word(target, rest)?;
        rest = rest.get(32..).unwrap_or_default();
    }
    Ok(words)
}

/// An answer that is one address.
///
/// # Errors
///
/// [`ExternalCallFailed`] if it is shorter than a word or not an address.
pub fn address(target: Address, answer: &[u8]) -> Result<Address, Revert> {
    match answer.first_chunk::<32>() {
        Some([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, address @ ..]) => Ok(Address::new(*address)),
        _ => Err(ExternalCallFailed { target }.into()),
    }
}

pub(crate) fn raw(call: RawCall, target: Address, calldata: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    // SAFETY: raw calls are unsafe because a re-entrant call could alias storage; the SDK's entry point refuses
    // re-entry altogether.
    #[allow(unsafe_code)]
    unsafe {
        call.call(target, calldata)
    }
}

fn bubble(target: Address, answer: Result<Vec<u8>, Vec<u8>>) -> Result<Vec<u8>, Revert> {
    match answer {
        Ok(answer) => Ok(answer),
        Err(reason) if reason.is_empty() => Err(ExternalCallFailed { target }.into()),
        Err(reason) => Err(Revert(reason)),
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    const TARGET: Address = Address::repeat_byte(1);

    fn failure() -> Revert {
        ExternalCallFailed { target: TARGET }.into()
    }

    #[test]
    fn reasons_pass_and_silence_is_named() {
        assert_eq!(bubble(TARGET, Ok(vec![1])), Ok(vec![1]));
        assert_eq!(bubble(TARGET, Err(vec![1, 2])), Err(Revert(vec![1, 2])));
        assert_eq!(bubble(TARGET, Err(vec![])), Err(failure()));
    }

    #[test]
    fn answers_shorter_than_a_word_make_no_sense() {
        assert_eq!(word(TARGET, &[]), Err(failure()));
        assert_eq!(word(TARGET, &[0; 31]), Err(failure()));
        let mut answer = [0; 64];
        answer[31] = 7;
        assert_eq!(word(TARGET, &answer), Ok(U256::from(7)));
    }

    #[test]
    fn several_words_are_read_in_order_and_none_is_made_up() {
        let answer: Vec<u8> = [1, 2, 3]
            .iter()
            .flat_map(|n| U256::from(*n).to_be_bytes::<32>())
            .collect();
        assert_eq!(words(TARGET, &answer), Ok([U256::from(1), U256::from(2)]));
        assert_eq!(
            words(TARGET, &answer),
            Ok([U256::from(1), U256::from(2), U256::from(3)])
        );
        assert_eq!(words::<4>(TARGET, &answer), Err(failure()));
        assert_eq!(words::<3>(TARGET, &answer[..95]), Err(failure()));
        assert_eq!(words::<0>(TARGET, &[]), Ok([]));
    }

    #[test]
    fn an_address_has_no_high_bits() {
        let mut answer = [0; 32];
        answer[12..].copy_from_slice(TARGET.as_slice());
        assert_eq!(address(TARGET, &answer), Ok(TARGET));
        answer[11] = 1;
        assert_eq!(address(TARGET, &answer), Err(failure()));
        assert_eq!(address(TARGET, &answer[..31]), Err(failure()));
    }
}
