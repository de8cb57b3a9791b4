//! Sequences of 32-byte words, and constants in them.

use alloc::vec::Vec;

use alloy_primitives::{B256, U256};

/// A constant word as four numbers, which the compiler writes into the code. Left as bytes it would become static
/// data, which costs gas on every call: 24 a word. To be used in constants.
#[must_use]
pub(crate) const fn limbs(word: B256) -> [u64; 4] {
    U256::from_be_bytes::<32>(word.0).into_limbs()
}

/// The inverse of [`limbs`].
#[inline]
#[must_use]
pub(crate) const fn from_limbs(l0: u64, l1: u64, l2: u64, l3: u64) -> B256 {
    B256::new(U256::from_limbs([l0, l1, l2, l3]).to_be_bytes::<32>())
}

/// A sequence of words.
pub(crate) struct Words(Vec<u8>);

impl Words {
    pub(crate) fn with_capacity(words: usize) -> Self {
        Self(Vec::with_capacity(words.saturating_mul(32)))
    }

    /// Adds a word that is known when the contract is compiled, as its [`limbs`].
    #[allow(clippy::inline_always)] // so that the constant's limbs reach the code as numbers
    #[inline(always)]
    pub(crate) fn constant(self, limbs: [u64; 4]) -> Self {
        let [l0, l1, l2, l3] = limbs;
        self.limbs(l0, l1, l2, l3)
    }

    #[inline(never)]
    fn limbs(self, l0: u64, l1: u64, l2: u64, l3: u64) -> Self {
        self.word(from_limbs(l0, l1, l2, l3))
    }

    pub(crate) fn word(mut self, word: B256) -> Self {
        self.push(word);
        self
    }

    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.push_bytes(bytes);
        self
    }

    #[inline(never)]
    pub(crate) fn push(&mut self, word: B256) {
        self.push_bytes(word.as_slice());
    }

    pub(crate) fn push_bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn constants_are_written_as_they_are(word in any::<[u8; 32]>()) {
            let word = B256::new(word);
            let [l0, l1, l2, l3] = limbs(word);
            prop_assert_eq!(from_limbs(l0, l1, l2, l3), word);
            let words = Words::with_capacity(2).constant(limbs(word)).word(word).bytes(&[1, 2]);
            prop_assert_eq!(words.as_slice(), [word.as_slice(), word.as_slice(), &[1, 2]].concat());
        }
    }
}
