//! Texts in words of storage.
//!
//! The first word holds the length in its first four bytes and then 28 bytes of the text, each further word 32: a model's
//! name takes one slot. The SDK's strings write the slot of the length once for every byte.

use alloc::string::String;

use alloy_primitives::U256;
use stylus_sdk::storage::{StorageMap, StorageU256};

/// Which text of a token.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Text {
    Model = 0,
    Uri = 1,
}

/// The words of all texts, by [`key`].
pub(crate) type Texts = StorageMap<U256, StorageU256>;

/// Of a length in its word.
const LENGTH_BYTES: usize = 4;

/// The token's id, the text and the word's number, each in bits of its own: ids are far below 2^64.
fn key(token_id: U256, text: Text, word: u64) -> U256 {
    let [id, ..] = token_id.into_limbs();
    U256::from_limbs([word, text as u64, id, 0])
}

/// Keeps a text. There was none yet.
pub(crate) fn write(texts: &mut Texts, token_id: U256, text: Text, content: &str) {
    let bytes = content.as_bytes();
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let mut stream = length.to_be_bytes().into_iter().chain(bytes.iter().copied());
    let words = bytes.len().saturating_add(LENGTH_BYTES).div_ceil(32);
    for (number, _) in (0_u64..).zip(0..words) {
        let mut word = [0; 32];
        for (place, byte) in word.iter_mut().zip(&mut stream) {
            *place = byte;
        }
        texts.setter(key(token_id, text, number)).set(U256::from_be_bytes(word));
    }
}

/// The text that was kept; empty if there is none.
pub(crate) fn read(texts: &Texts, token_id: U256, text: Text) -> String {
    let read = |number| texts.get(key(token_id, text, number)).to_be_bytes::<32>();
    let [l0, l1, l2, l3, first @ ..] = read(0);
    let length = usize::try_from(u32::from_be_bytes([l0, l1, l2, l3])).unwrap_or(usize::MAX);
    let mut bytes = first.to_vec();
    let mut number = 1;
    while bytes.len() < length {
        bytes.extend(read(number));
        number = number.saturating_add(1);
    }
    bytes.truncate(length);
    // What was kept was a text.
    String::from_utf8(bytes).unwrap_or_default()
}
