//! The live requests of a controller: ascending ids, eight to a word.
//!
//! The words of a list are one sequence of 32-bit fields, of which the first is the count. So the first seven requests
//! share a word with it, and a list that is empty is all zeros.

use super::refusal::{Outcome, Refusal};
use crate::{
    word::{field_u32, Packed},
    WordStorage,
};
use alloy_primitives::{Address, U256};

/// The most live requests a controller may have.
pub const MAX_REQUESTS: u8 = 50;

/// Fields of a word.
const FIELDS: u8 = 8;
/// Words of a list: 50 ids and the count.
const WORDS: u8 = 7;

/// The ids of a controller's live requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ids {
    ids: [u32; MAX_REQUESTS as usize],
    count: u8,
}

impl Ids {
    pub(crate) const NONE: Self = Self {
        ids: [0; MAX_REQUESTS as usize],
        count: 0,
    };

    /// The list of `controller`.
    pub fn load<S: WordStorage>(storage: &S, controller: Address) -> Self {
        let mut list = Self::NONE;
        let mut word = storage.load_ids(controller, 0);
        let count = field_u32(word, 0);
        for position in 1..=count {
            if position % 8 == 0 {
                word = storage.load_ids(controller, word_of(position));
            }
            list.push(field_u32(word, position % 8 * 32));
        }
        list
    }

    /// Replaces the list `before` of `controller` with this; only words that differ are written.
    pub(crate) fn replace<S: WordStorage>(&self, storage: &mut S, controller: Address, before: &Self) {
        for number in 0..WORDS {
            let now = self.word(number);
            if now != before.word(number) {
                storage.store_ids(controller, number, now);
            }
        }
    }

    fn word(&self, number: u8) -> U256 {
        let mut word = Packed::default();
        for place in 0..FIELDS {
            word = word.with(u32::from(place) * 32, self.field(number * FIELDS + place).into());
        }
        word.word()
    }

    /// The count, and the ids behind it.
    fn field(&self, position: u8) -> u32 {
        match usize::from(position).checked_sub(1) {
            None => self.count.into(),
            Some(index) => self.ids.get(index).copied().unwrap_or_default(),
        }
    }

    /// The ids, ascending.
    #[must_use]
    pub fn as_slice(&self) -> &[u32] {
        self.ids.get(..usize::from(self.count)).unwrap_or_default()
    }

    /// Adds an id at the end of a list that has room for it.
    pub(crate) fn push(&mut self, id: u32) {
        if let Some(place) = self.ids.get_mut(usize::from(self.count)) {
            *place = id;
            self.count = self.count.saturating_add(1);
        }
    }
}

fn word_of(position: u32) -> u8 {
    u8::try_from(position / 8).unwrap_or(u8::MAX)
}

/// Adds an id above all in the list of `controller`.
///
/// # Errors
/// [`Refusal::TooManyRequests`] when there are [`MAX_REQUESTS`] already.
pub(crate) fn append<S: WordStorage>(storage: &mut S, controller: Address, id: u32) -> Outcome<()> {
    let first = storage.load_ids(controller, 0);
    let count = field_u32(first, 0);
    if count >= u32::from(MAX_REQUESTS) {
        return Err(Refusal::TooManyRequests { controller }.into());
    }
    let position = count.saturating_add(1);
    let counted = first + U256::from(1);
    let with_id = |word: U256| word | Packed::default().with(position % 8 * 32, id.into()).word();
    if position < 8 {
        storage.store_ids(controller, 0, with_id(counted));
    } else {
        let number = word_of(position);
        storage.store_ids(controller, 0, counted);
        storage.store_ids(controller, number, with_id(storage.load_ids(controller, number)));
    }
    Ok(())
}

/// Takes an id out of the list of `controller`.
pub(crate) fn remove<S: WordStorage>(storage: &mut S, controller: Address, id: u32) {
    let before = Ids::load(storage, controller);
    let mut kept = Ids::NONE;
    for &other in before.as_slice() {
        if other != id {
            kept.push(other);
        }
    }
    kept.replace(storage, controller, &before);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::word::memory::Memory;

    const CONTROLLER: Address = Address::repeat_byte(7);

    #[test]
    fn a_list_holds_fifty_ids_and_no_more() {
        let mut storage = Memory::default();
        for id in 1..=50 {
            append(&mut storage, CONTROLLER, id * 3).unwrap();
            // The count shares the first word with seven ids.
            assert_eq!(storage.1.len(), 1 + id as usize / 8);
        }
        let refused = Err(Refusal::TooManyRequests { controller: CONTROLLER }.into());
        assert_eq!(append(&mut storage, CONTROLLER, 1_000), refused);
        assert!(Ids::load(&storage, CONTROLLER)
            .as_slice()
            .iter()
            .copied()
            .eq((1..=50).map(|id| id * 3)));
        assert_eq!(Ids::load(&storage, Address::ZERO), Ids::NONE);
    }

    #[test]
    fn what_is_removed_leaves_no_gap_and_an_empty_list_no_trace() {
        for removed in 1..=50 {
            let mut storage = Memory::default();
            for id in 1..=50 {
                append(&mut storage, CONTROLLER, id).unwrap();
            }
            remove(&mut storage, CONTROLLER, removed);
            let kept = (1..=50).filter(|id| *id != removed);
            assert!(Ids::load(&storage, CONTROLLER).as_slice().iter().copied().eq(kept));
            append(&mut storage, CONTROLLER, 51).unwrap();
            for id in (1..=51).rev() {
                remove(&mut storage, CONTROLLER, id);
            }
            assert!(storage.1.values().all(U256::is_zero));
        }
    }

    #[test]
    fn an_id_of_all_bits_disturbs_no_other() {
        let mut storage = Memory::default();
        for _ in 0..50 {
            append(&mut storage, CONTROLLER, u32::MAX).unwrap();
        }
        assert!(Ids::load(&storage, CONTROLLER)
            .as_slice()
            .iter()
            .all(|id| *id == u32::MAX));
    }
}
