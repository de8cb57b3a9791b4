//! Prefix sums over the slots of the queue: a Fenwick tree of radix 3.
//!
//! **State.** Slots are numbered from 0. At level `l`, group `g` covers the 3^(l+1) slots from g·3^(l+1) and has three
//! children of 3^l slots. Its word holds two sums, of the first child and of the first two children; what the third
//! holds is never needed at this level. Radix 3 fills a word exactly, and makes paths a third shorter than radix 2.
//!
//! **Prefix.** Write the slot in base 3: at each level the digit 1 or 2 picks one of the two sums, 0 picks none. The
//! chosen ranges are disjoint and cover exactly the slots below. All of them lie below the slot, so they are complete.
//!
//! **Append.** A sum is written when its child becomes complete, never before. The new slot completes the child of each
//! level up to the first whose digit is not 2: there the sum is written, one word in all. The child's own sum is
//! carried up: shares, plus the first two thirds of each level passed. Trailing digits 2 are rare: one read on average.
//!
//! **Invariant.** Each written sum equals the shares of the slots it covers. Append writes it so; a change of one slot
//! adds the same difference to every written sum that covers it (at most one word a level, none where the digit is 2).
//!
//! **Cost** for n slots, in words: append 1 write, prefix and change at most ⌈log₃ n⌉ (9 for 10,000).

use crate::{
    word::{join, split},
    Error, Region, WordStorage,
};
use alloy_primitives::U256;

/// How the sums change when a slot's shares do.
#[derive(Clone, Copy)]
enum Change {
    Add(u128),
    Subtract(u128),
}

impl Change {
    fn apply(self, sum: u128) -> Result<u128, Error> {
        match self {
            Self::Add(shares) => sum.checked_add(shares).ok_or(Error::AmountTooLarge),
            Self::Subtract(shares) => sum.checked_sub(shares).ok_or(Error::Inconsistent),
        }
    }
}

/// Where the word of a group is kept.
fn index(level: u64, group: u32) -> u64 {
    level << 32 | u64::from(group)
}

/// Appends `shares` as slot number `slots`, the count of slots so far.
///
/// # Errors
/// [`Error::AmountTooLarge`] when a sum leaves 128 bits.
pub fn append<S: WordStorage>(storage: &mut S, slots: u32, shares: u128) -> Result<(), Error> {
    let mut completed = shares;
    let mut position = slots;
    for level in 0.. {
        let group = position / 3;
        let index = index(level, group);
        match position % 3 {
            // The group's word is new: nothing to read.
            0 => {
                storage.store(Region::QueueTree, index, U256::from(completed));
                break;
            }
            1 => {
                let (first, _) = split(storage.load(Region::QueueTree, index));
                let first_two = first.checked_add(completed).ok_or(Error::AmountTooLarge)?;
                storage.store(Region::QueueTree, index, join(first, first_two));
                break;
            }
            _ => {
                let (_, first_two) = split(storage.load(Region::QueueTree, index));
                completed = completed.checked_add(first_two).ok_or(Error::AmountTooLarge)?;
                position = group;
            }
        }
    }
    Ok(())
}

/// The shares in all slots before `slot`, which is at most the count of slots.
///
/// # Errors
/// [`Error::AmountTooLarge`] when the sum leaves 128 bits.
pub fn prefix<S: WordStorage>(storage: &S, slot: u32) -> Result<u128, Error> {
    let mut sum = 0_u128;
    let mut position = slot;
    for level in 0.. {
        if position == 0 {
            break;
        }
        let group = position / 3;
        let digit = position % 3;
        if digit != 0 {
            let (first, first_two) = split(storage.load(Region::QueueTree, index(level, group)));
            let part = if digit == 1 { first } else { first_two };
            sum = sum.checked_add(part).ok_or(Error::AmountTooLarge)?;
        }
        position = group;
    }
    Ok(sum)
}

/// The slot that holds the share at `position`: its prefix <= `position` < that of the slot behind it.
///
/// Searches from the top: of the children of a group it goes into the last that does not begin behind the position. A
/// slot without shares begins where the next one does and is passed over. `position` must be below the sum of all
/// `slots`; 2 reads a level at most.
pub fn slot_at<S: WordStorage>(storage: &S, slots: u32, position: u128) -> u32 {
    let slots = u64::from(slots);
    let mut level = 0_u64;
    // Slots of one child at this level.
    let mut width = 1_u64;
    while width.saturating_mul(3) < slots {
        width = width.saturating_mul(3);
        level = level.saturating_add(1);
    }
    let mut rest = position;
    let mut child = 0_u32;
    loop {
        let group = child;
        child = group.saturating_mul(3);
        let (first, first_two) = split(storage.load(Region::QueueTree, index(level, group)));
        // A child that is not complete has no sum, and nothing behind it.
        let completed = |children: u64| u64::from(child).saturating_add(children).saturating_mul(width) <= slots;
        if completed(2) && first_two <= rest {
            rest = rest.saturating_sub(first_two);
            child = child.saturating_add(2);
        } else if completed(1) && first <= rest {
            rest = rest.saturating_sub(first);
            child = child.saturating_add(1);
        }
        if level == 0 {
            return child;
        }
        level = level.saturating_sub(1);
        width /= 3;
    }
}

/// Adds `shares` to a slot below `slots`, the count of slots.
///
/// # Errors
/// [`Error::AmountTooLarge`] when a sum leaves 128 bits.
pub fn add<S: WordStorage>(storage: &mut S, slots: u32, slot: u32, shares: u128) -> Result<(), Error> {
    change(storage, slots, slot, Change::Add(shares))
}

/// Takes `shares` out of a slot below `slots`, the count of slots.
///
/// # Errors
/// [`Error::Inconsistent`] when a sum holds less than that.
pub fn subtract<S: WordStorage>(storage: &mut S, slots: u32, slot: u32, shares: u128) -> Result<(), Error> {
    change(storage, slots, slot, Change::Subtract(shares))
}

fn change<S: WordStorage>(storage: &mut S, slots: u32, slot: u32, change: Change) -> Result<(), Error> {
    let slots = u64::from(slots);
    // Slots of one child at this level. The child with number `position` is complete once `position + 1` of them fit.
    let mut width = 1_u64;
    let mut position = slot;
    for level in 0.. {
        let completed = |children: u64| (u64::from(position) + children).saturating_mul(width) <= slots;
        if !completed(1) {
            break;
        }
        let digit = position % 3;
        if digit != 2 {
            let index = index(level, position / 3);
            let (mut first, mut first_two) = split(storage.load(Region::QueueTree, index));
            if digit == 0 {
                first = change.apply(first)?;
            }
            if digit == 1 || completed(2) {
                first_two = change.apply(first_two)?;
            }
            storage.store(Region::QueueTree, index, join(first, first_two));
        }
        position /= 3;
        width = width.saturating_mul(3);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::word::memory::Memory;
    use std::vec::Vec;

    /// A tree of `count` slots, slot i holding i + 1 shares.
    fn counted(count: u32) -> Memory {
        let mut storage = Memory::default();
        for slot in 0..count {
            append(&mut storage, slot, u128::from(slot) + 1).unwrap();
        }
        storage
    }

    #[test]
    fn every_prefix_of_every_length_is_the_sum_of_its_slots() {
        for count in 0..=100 {
            let storage = counted(count);
            for slot in 0..=count {
                let below = u128::from(slot);
                assert_eq!(prefix(&storage, slot), Ok(below * (below + 1) / 2), "{slot} of {count}");
            }
        }
    }

    #[test]
    fn a_change_reaches_exactly_the_prefixes_above_its_slot_also_after_growth() {
        for count in 1..=60 {
            for slot in 0..count {
                let mut storage = counted(count);
                subtract(&mut storage, count, slot, u128::from(slot) + 1).unwrap();
                add(&mut storage, count, slot, 1_000).unwrap();
                // Sums that were not complete at the time of the change are written later and must contain it.
                for later in count..90 {
                    append(&mut storage, later, u128::from(later) + 1).unwrap();
                }
                let mut values: Vec<u128> = (1..=90).collect();
                values[slot as usize] = 1_000;
                for end in 0..=90_u32 {
                    let naive: u128 = values[..end as usize].iter().sum();
                    assert_eq!(prefix(&storage, end), Ok(naive), "slot {slot} of {count}, prefix {end}");
                }
            }
        }
    }

    #[test]
    fn the_slot_of_a_position_is_found_past_slots_that_are_empty() {
        for count in 1..=60_u32 {
            let mut storage = counted(count);
            let mut values: Vec<u128> = (1..=u128::from(count)).collect();
            for slot in (0..count).filter(|slot| slot % 5 == 1 || slot % 7 == 0) {
                subtract(&mut storage, count, slot, u128::from(slot) + 1).unwrap();
                values[slot as usize] = 0;
            }
            let mut position = 0;
            for (slot, value) in (0..count).zip(values) {
                for _ in 0..value {
                    assert_eq!(slot_at(&storage, count, position), slot, "{position} of {count}");
                    position += 1;
                }
            }
        }
    }

    #[test]
    fn taking_more_than_a_sum_holds_is_refused() {
        let mut storage = counted(2);
        assert_eq!(subtract(&mut storage, 2, 0, 2), Err(Error::Inconsistent));
    }

    #[test]
    fn sums_beyond_128_bits_are_refused() {
        let mut storage = Memory::default();
        append(&mut storage, 0, u128::MAX).unwrap();
        assert_eq!(append(&mut storage, 1, 1), Err(Error::AmountTooLarge));
        assert_eq!(add(&mut storage, 1, 0, 1), Err(Error::AmountTooLarge));
    }

    #[test]
    fn the_last_slot_number_needs_no_wider_arithmetic() {
        let mut storage = Memory::default();
        append(&mut storage, u32::MAX - 1, 5).unwrap();
        add(&mut storage, u32::MAX, u32::MAX - 1, 1).unwrap();
        assert_eq!(prefix(&storage, u32::MAX), Ok(6));
    }
}
