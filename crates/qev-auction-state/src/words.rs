//! Events and errors of single words, put together word by word.
//!
//! The types of the interface file say which they are: their signatures and how many fields they have. The general
//! encoder would be instantiated for each of them, with a conversion of every field; here a field is one call.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolError, SolEvent, TopicList};
use contract_kit::Revert;
use stylus_sdk::{host::WasmVM, stylus_core::LogAccess};

/// Bytes of the longest event: its signature and eight fields.
const CAPACITY: usize = 9 * 32;

/// Words in a row.
pub(crate) struct Words(Vec<u8>);

impl Words {
    fn behind(prefix: &[u8]) -> Self {
        let mut words = Vec::with_capacity(CAPACITY);
        words.extend_from_slice(prefix);
        Self(words)
    }

    /// Adds a number.
    pub(crate) fn number(&mut self, number: impl Into<u128>) -> &mut Self {
        self.wide(number.into())
    }

    #[inline(never)]
    fn wide(&mut self, number: u128) -> &mut Self {
        self.word(B256::from(U256::from(number)))
    }

    /// Adds an address.
    pub(crate) fn address(&mut self, address: Address) -> &mut Self {
        self.word(address.into_word())
    }

    /// Adds a word.
    #[inline(never)]
    pub(crate) fn word(&mut self, word: B256) -> &mut Self {
        self.0.extend_from_slice(word.as_slice());
        self
    }
}

/// Logs the event `E` with the fields that `fields` adds, the indexed ones first, in order.
#[allow(clippy::inline_always)] // so that the constant's limbs reach the code as numbers
#[inline(always)]
pub(crate) fn log<E: SolEvent>(fields: impl FnOnce(&mut Words) -> &mut Words) {
    let [l0, l1, l2, l3] = const { U256::from_be_bytes::<32>(E::SIGNATURE_HASH.0).into_limbs() };
    let mut words = signed(l0, l1, l2, l3);
    fields(&mut words);
    emit(&words, const { E::TopicList::COUNT });
}

#[inline(never)]
fn signed(l0: u64, l1: u64, l2: u64, l3: u64) -> Words {
    Words::behind(&U256::from_limbs([l0, l1, l2, l3]).to_be_bytes::<32>())
}

#[inline(never)]
fn emit(words: &Words, topics: usize) {
    WasmVM::default().emit_log(&words.0, topics);
}

/// The revert data of the error `E` with the fields that `fields` adds, in order.
pub(crate) fn error<E: SolError>(fields: impl FnOnce(&mut Words) -> &mut Words) -> Revert {
    let mut words = Words::behind(&E::SELECTOR);
    fields(&mut words);
    Revert(words.0)
}
