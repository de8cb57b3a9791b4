//! The 256-bit words in which everything is kept, and how two or three numbers share one.

use alloy_primitives::{Address, U256};

/// The families of words. A contract gives each a storage mapping of its own, or one mapping keyed by both numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Region {
    /// The two words at the head of the queue (0 and 1): totals and counters.
    QueueHead = 0,
    /// The prefix-sum tree over the slots of the queue.
    QueueTree = 1,
    /// Price checkpoints, from 1 upwards.
    Checkpoints = 2,
    /// Which discount levels of an epoch hold bids, 256 to a word.
    LevelBitmap = 3,
    /// Shares bid at each level of an epoch, two levels to a word.
    LevelTotals = 4,
    /// The two words of the whole auction: which epochs wait for their settlement (0), and the terms (1).
    Agenda = 5,
    /// Requests, four words each.
    Requests = 6,
    /// Epochs with bids or an announced limit, eight words each, of which six are used.
    Epochs = 7,
    /// The ids of requests that came back at the tail, by slot.
    SlotIds = 8,
}

/// Storage of 256-bit words, zero until written, as a contract's is.
///
/// An implementation needs no cache of its own: an operation that comes back to a word finds it in the host's.
pub trait WordStorage {
    /// The word at `index` of `region`; zero if it was never stored.
    fn load(&self, region: Region, index: u64) -> U256;

    /// Replaces the word at `index` of `region`.
    fn store(&mut self, region: Region, index: u64, word: U256);

    /// The word with this number of the list of a controller's requests; zero if it was never stored.
    fn load_ids(&self, controller: Address, number: u8) -> U256;

    /// Replaces the word with this number of the list of a controller's requests.
    fn store_ids(&mut self, controller: Address, number: u8, word: U256);
}

/// Replaces a word that was `before`, if it has changed.
pub(crate) fn update<S: WordStorage>(storage: &mut S, region: Region, index: u64, before: U256, now: U256) {
    if before != now {
        storage.store(region, index, now);
    }
}

/// The word with `low` in its lower and `high` in its upper half.
pub(crate) fn join(low: u128, high: u128) -> U256 {
    Packed { low, high }.word()
}

/// The lower and the upper half of a word.
pub(crate) fn split(word: U256) -> (u128, u128) {
    let [l0, l1, l2, l3] = word.into_limbs();
    let half = |low, high| u128::from(low) | u128::from(high) << 64;
    (half(l0, l1), half(l2, l3))
}

/// A word that is put together from fields. Halves of 128 bits make far less code than shifts of 256.
#[derive(Clone, Copy, Default)]
pub(crate) struct Packed {
    low: u128,
    high: u128,
}

impl Packed {
    /// This with `value` from bit `offset` (below 256) on; the value must fit its field, which must be empty.
    pub(crate) fn with(self, offset: u32, value: u128) -> Self {
        let low = value.checked_shl(offset).unwrap_or(0);
        let high = match offset {
            0 => 0,
            1..128 => value >> (128 - offset),
            _ => value.checked_shl(offset - 128).unwrap_or(0),
        };
        Self {
            low: self.low | low,
            high: self.high | high,
        }
    }

    /// The word.
    #[allow(clippy::cast_possible_truncation, reason = "takes the halves of a half")]
    pub(crate) fn word(self) -> U256 {
        let Self { low, high } = self;
        U256::from_limbs([low as u64, (low >> 64) as u64, high as u64, (high >> 64) as u64])
    }
}

/// The `bits` (1 to 128) of a word from bit `offset` (below 256) on.
pub(crate) fn field(word: U256, offset: u32, bits: u32) -> u128 {
    let (low, high) = split(word);
    let value = match offset {
        0 => low,
        1..128 => low >> offset | high << (128 - offset),
        _ => high.checked_shr(offset - 128).unwrap_or(0),
    };
    value & (u128::MAX >> (128 - bits))
}

/// The 32-bit field of a word at `offset`.
#[allow(clippy::cast_possible_truncation, reason = "the field has 32 bits")]
pub(crate) fn field_u32(word: U256, offset: u32) -> u32 {
    field(word, offset, 32) as u32
}

/// The 64-bit field of a word at `offset`.
#[allow(clippy::cast_possible_truncation, reason = "the field has 64 bits")]
pub(crate) fn field_u64(word: U256, offset: u32) -> u64 {
    field(word, offset, 64) as u64
}

#[cfg(test)]
pub(crate) mod memory {
    //! A map of words for the unit tests.

    extern crate std;

    use super::{Region, WordStorage};
    use crate::book::{Event, Journal};
    use alloy_primitives::{Address, U256};
    use std::{collections::BTreeMap, vec::Vec};

    #[derive(Default)]
    pub(crate) struct Memory(
        pub(crate) BTreeMap<(Region, u64), U256>,
        pub(crate) BTreeMap<(Address, u8), U256>,
        pub(crate) Vec<Event>,
    );

    impl WordStorage for Memory {
        fn load(&self, region: Region, index: u64) -> U256 {
            self.0.get(&(region, index)).copied().unwrap_or_default()
        }

        fn store(&mut self, region: Region, index: u64, word: U256) {
            self.0.insert((region, index), word);
        }

        fn load_ids(&self, controller: Address, number: u8) -> U256 {
            self.1.get(&(controller, number)).copied().unwrap_or_default()
        }

        fn store_ids(&mut self, controller: Address, number: u8, word: U256) {
            self.1.insert((controller, number), word);
        }
    }

    impl Journal for Memory {
        fn emit(&mut self, event: Event) {
            self.2.push(event);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_at_every_offset_is_what_a_shift_makes_it() {
        let value = 0xfedc_ba98_7654_3210_u128 | 1 << 100;
        for offset in 0..256 {
            let shifted = U256::from(value) << offset as usize;
            assert_eq!(Packed::default().with(offset, value).word(), shifted, "{offset}");
            for bits in [1, 16, 112, 128] {
                let expected = (shifted >> offset as usize) & (U256::MAX >> (256 - bits as usize));
                assert_eq!(
                    U256::from(field(shifted, offset, bits)),
                    expected,
                    "{bits} bits from {offset}"
                );
            }
        }
    }

    #[test]
    fn halves_and_fields_come_back_as_they_went_in() {
        let word = join(u128::MAX - 1, 7);
        assert_eq!(split(word), (u128::MAX - 1, 7));
        assert_eq!(split(join(3, u128::MAX)), (3, u128::MAX));
        let word = U256::from(0xdead_beef_u64) << 112 | U256::from(5);
        assert_eq!(field_u32(word, 112), 0xdead_beef);
        assert_eq!(field_u64(word, 112), 0xdead_beef);
        assert_eq!(field(word, 0, 112), 5);
        assert_eq!(field(word, 112, 8), 0xef);
    }
}
