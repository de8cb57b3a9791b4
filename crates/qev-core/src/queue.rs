//! The redemption queue: first in, first out, serviced by moving a watermark.
//!
//! **State.** Each request stands in a slot; slots are numbered in order of arrival and are never reused. The tree holds
//! the shares of each slot, serviced ones included; its total is T. The watermark W counts the shares ever serviced.
//! A slot's shares occupy the positions [prefix(slot), prefix(slot) + shares); those below W have been serviced.
//!
//! **Transitions.** *Append* extends T. *Service* moves W and records a price checkpoint. A slot *leaves* only while
//! nothing of it is serviced, W <= prefix(slot), and *comes back* to its place only while nothing behind it is, again
//! W <= prefix(slot); else it is appended at the tail.
//!
//! **Why nobody is moved.** Leaving and coming back happen at or above W, so positions below W never change: what a
//! checkpoint was recorded for stays what it is, and a partly serviced slot keeps its start. In front of an unserviced
//! slot shares only disappear, or reappear where they were: nobody is overtaken.
//!
//! **Eligibility.** Requests of the current epoch stand behind all others, for slots grow with time. With C their shares,
//! `eligible = T − W − C` in O(1), and W <= T − C always, for service takes eligible shares only and who leaves in front
//! had not been serviced. What goes to the tail counts to C when a slot of this epoch stands in front of it, so that what
//! is eligible stays a prefix; otherwise it is eligible at once, as it was before.
//!
//! **Collecting.** An entry remembers the newest checkpoint when it was placed or last collected. If something was
//! collected, it was collected exactly up to that checkpoint's watermark, and otherwise that watermark is not above
//! prefix(slot): the rest starts at the greater of the two. So the entry needs no second amount, and fits 176 bits.
//!
//! **Cost** in storage words, n slots, k checkpoints since the entry's own: append 3 reads on average and 2 writes;
//! service 3 reads and 2 writes (either 1 write more in an epoch's first); leaving and coming back ⌈log₃ n⌉ reads and at most as many writes, and
//! the head; place ⌈log₃ n⌉ + 2; collecting reads ⌈log₃ n⌉ + 3 + ⌈log₂ k⌉ + 1 and writes nothing here.

use crate::{
    checkpoints::{self, Checkpoint},
    tree,
    word::{field, field_u32, field_u64, Packed},
    Error, Region, WordStorage, MAX_SHARES,
};
use alloy_primitives::U256;

/// Totals and counters, in the two words of [`Region::QueueHead`].
///
/// Word 0: total (bits 0 to 111), shares of the epoch (112 to 223), slots (224 to 255): all that an append changes.
/// Word 1: watermark (0 to 111), first slot of the epoch (112 to 143), checkpoints (144 to 175), epoch (176 to 239).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// T: the shares of all slots, serviced ones included.
    pub total: u128,
    /// Shares in slots made in `epoch`, which are not eligible while it lasts.
    pub epoch_shares: u128,
    /// How many slots were ever appended.
    pub slots: u32,
    /// W: the shares serviced so far.
    pub watermark: u128,
    /// The first slot of `epoch`.
    pub epoch_first_slot: u32,
    /// The number of the newest checkpoint.
    pub checkpoints: u32,
    /// The epoch in which the queue was last changed.
    pub epoch: u64,
}

impl Head {
    /// The head as it was stored.
    pub fn load<S: WordStorage>(storage: &S) -> Self {
        let totals = storage.load(Region::QueueHead, 0);
        let progress = storage.load(Region::QueueHead, 1);
        Self {
            total: field(totals, 0, 112),
            epoch_shares: field(totals, 112, 112),
            slots: field_u32(totals, 224),
            watermark: field(progress, 0, 112),
            epoch_first_slot: field_u32(progress, 112),
            checkpoints: field_u32(progress, 144),
            epoch: field_u64(progress, 176),
        }
    }

    /// The head as of `epoch`: in a new epoch all requests so far are eligible.
    fn load_at<S: WordStorage>(storage: &S, epoch: u64) -> Result<Stored, Error> {
        let before = Self::load(storage);
        let mut now = before;
        if epoch < before.epoch {
            return Err(Error::EpochPassed);
        }
        if epoch > before.epoch {
            now.epoch = epoch;
            now.epoch_shares = 0;
            now.epoch_first_slot = before.slots;
        }
        Ok(Stored { before, now })
    }

    fn totals_word(&self) -> U256 {
        Packed::default()
            .with(0, self.total)
            .with(112, self.epoch_shares)
            .with(224, self.slots.into())
            .word()
    }

    fn progress_word(&self) -> U256 {
        Packed::default()
            .with(0, self.watermark)
            .with(112, self.epoch_first_slot.into())
            .with(144, self.checkpoints.into())
            .with(176, self.epoch.into())
            .word()
    }

    /// Shares in the queue that are not serviced.
    #[must_use]
    pub const fn pending(&self) -> u128 {
        self.total.saturating_sub(self.watermark)
    }

    /// T − W − C: shares in the queue whose epoch has ended.
    #[must_use]
    pub const fn eligible(&self) -> u128 {
        self.pending().saturating_sub(self.epoch_shares)
    }

    fn grow(&mut self, shares: u128, of_epoch: bool) -> Result<(), Error> {
        self.total = within_limit(self.total.checked_add(shares))?;
        if of_epoch {
            self.epoch_shares = within_limit(self.epoch_shares.checked_add(shares))?;
        }
        Ok(())
    }

    fn shrink(&mut self, shares: u128, of_epoch: bool) -> Result<(), Error> {
        self.total = self.total.checked_sub(shares).ok_or(Error::Inconsistent)?;
        if of_epoch {
            self.epoch_shares = self.epoch_shares.checked_sub(shares).ok_or(Error::Inconsistent)?;
        }
        Ok(())
    }

    /// Whether nothing at or behind the slot is serviced. Slots of this epoch never are.
    fn is_untouched<S: WordStorage>(&self, storage: &S, slot: u32) -> Result<bool, Error> {
        Ok(slot >= self.epoch_first_slot || self.watermark <= tree::prefix(storage, slot)?)
    }

    fn check_slot(&self, slot: u32) -> Result<(), Error> {
        if slot < self.slots {
            Ok(())
        } else {
            Err(Error::UnknownSlot {
                slot,
                slots: self.slots,
            })
        }
    }
}

/// A head with what it was, so that only a word that changed is written.
struct Stored {
    before: Head,
    now: Head,
}

impl Stored {
    fn save<S: WordStorage>(&self, storage: &mut S) {
        let words = [
            (0, self.before.totals_word(), self.now.totals_word()),
            (1, self.before.progress_word(), self.now.progress_word()),
        ];
        for (index, before, now) in words {
            if before != now {
                storage.store(Region::QueueHead, index, now);
            }
        }
    }
}

fn within_limit(shares: Option<u128>) -> Result<u128, Error> {
    shares
        .filter(|shares| *shares <= MAX_SHARES)
        .ok_or(Error::AmountTooLarge)
}

/// A request's stand in the queue, kept by the caller with the request while it is in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place.
    pub slot: u32,
    /// The newest checkpoint when it was placed or last collected.
    pub checkpoint: u32,
    /// Its shares that are not collected.
    pub shares: u128,
}

impl Entry {
    /// How many low bits of a word [`Entry::to_word`] uses.
    pub const BITS: usize = 176;

    /// The word to keep: shares in bits 0 to 111, slot in 112 to 143, checkpoint in 144 to 175, the rest free.
    #[must_use]
    pub fn to_word(self) -> U256 {
        Packed::default()
            .with(0, self.shares)
            .with(112, self.slot.into())
            .with(144, self.checkpoint.into())
            .word()
    }

    /// What [`Entry::to_word`] packed; bits from 176 on are ignored.
    #[must_use]
    pub fn from_word(word: U256) -> Self {
        Self {
            slot: field_u32(word, 112),
            checkpoint: field_u32(word, 144),
            shares: field(word, 0, 112),
        }
    }
}

/// What a servicing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Serviced {
    /// The new watermark and the assets reserved for all shares below it.
    pub checkpoint: Checkpoint,
    /// Shares that stay in the queue unserviced.
    pub pending: u128,
}

/// What an entry had earned since it was placed or last collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Collected {
    /// Shares of it that were serviced.
    pub shares: u128,
    /// Assets they were paid.
    pub assets: u128,
    /// The entry from now on; with zero shares it is done.
    pub rest: Entry,
}

/// The shares that may be serviced in `epoch`: those of requests made before it.
///
/// # Errors
/// [`Error::EpochPassed`].
pub fn eligible<S: WordStorage>(storage: &S, epoch: u64) -> Result<u128, Error> {
    Ok(Head::load_at(storage, epoch)?.now.eligible())
}

/// Appends a request made in `epoch`.
///
/// # Errors
/// [`Error::ZeroShares`], [`Error::AmountTooLarge`], [`Error::EpochPassed`], [`Error::CounterExhausted`].
pub fn append<S: WordStorage>(storage: &mut S, epoch: u64, shares: u128) -> Result<Entry, Error> {
    let mut head = Head::load_at(storage, epoch)?;
    let entry = append_to(storage, &mut head.now, shares, true)?;
    head.save(storage);
    Ok(entry)
}

fn append_to<S: WordStorage>(storage: &mut S, head: &mut Head, shares: u128, of_epoch: bool) -> Result<Entry, Error> {
    if shares == 0 {
        return Err(Error::ZeroShares);
    }
    let slot = head.slots;
    let slots = slot.checked_add(1).ok_or(Error::CounterExhausted)?;
    head.grow(shares, of_epoch)?;
    tree::append(storage, slot, shares)?;
    head.slots = slots;
    if !of_epoch {
        head.epoch_first_slot = slots;
    }
    Ok(Entry {
        slot,
        checkpoint: head.checkpoints,
        shares,
    })
}

/// Takes an unserviced entry out of the queue; the shares behind it move up until it comes back.
///
/// # Errors
/// [`Error::AlreadyServiced`], [`Error::UnknownSlot`], [`Error::EpochPassed`]; [`Error::Inconsistent`] when the slot
/// does not hold the entry's shares.
pub fn leave<S: WordStorage>(storage: &mut S, epoch: u64, entry: Entry) -> Result<(), Error> {
    let mut head = Head::load_at(storage, epoch)?;
    let Entry { slot, shares, .. } = entry;
    head.now.check_slot(slot)?;
    if !head.now.is_untouched(storage, slot)? {
        return Err(Error::AlreadyServiced { slot });
    }
    head.now.shrink(shares, slot >= head.now.epoch_first_slot)?;
    tree::subtract(storage, head.now.slots, slot, shares)?;
    head.save(storage);
    Ok(())
}

/// Brings `shares` back to `slot`, which they or more had left, or to the tail if the watermark has passed the place.
///
/// At the tail they are eligible at once unless a slot of this epoch stands in front of them.
///
/// # Errors
/// [`Error::ZeroShares`], [`Error::UnknownSlot`], [`Error::AmountTooLarge`], [`Error::EpochPassed`],
/// [`Error::CounterExhausted`].
pub fn come_back<S: WordStorage>(storage: &mut S, epoch: u64, slot: u32, shares: u128) -> Result<Entry, Error> {
    let mut head = Head::load_at(storage, epoch)?;
    head.now.check_slot(slot)?;
    if shares == 0 {
        return Err(Error::ZeroShares);
    }
    let entry = if head.now.is_untouched(storage, slot)? {
        head.now.grow(shares, slot >= head.now.epoch_first_slot)?;
        tree::add(storage, head.now.slots, slot, shares)?;
        Entry {
            slot,
            checkpoint: head.now.checkpoints,
            shares,
        }
    } else {
        let behind_this_epoch = head.now.epoch_first_slot < head.now.slots;
        append_to(storage, &mut head.now, shares, behind_this_epoch)?
    };
    head.save(storage);
    Ok(entry)
}

/// Services the next `shares` in order for `assets` in all, which the caller has reserved.
///
/// # Errors
/// [`Error::ZeroShares`], [`Error::NotEligible`], [`Error::EpochPassed`], [`Error::AmountTooLarge`],
/// [`Error::CounterExhausted`].
pub fn service<S: WordStorage>(storage: &mut S, epoch: u64, shares: u128, assets: u128) -> Result<Serviced, Error> {
    let mut head = Head::load_at(storage, epoch)?;
    let eligible = head.now.eligible();
    if shares > eligible {
        return Err(Error::NotEligible);
    }
    let checkpoint = checkpoints::record(storage, head.now.checkpoints, shares, assets)?;
    head.now.watermark = checkpoint.watermark;
    head.now.checkpoints = head.now.checkpoints.checked_add(1).ok_or(Error::CounterExhausted)?;
    head.save(storage);
    Ok(Serviced {
        checkpoint,
        pending: head.now.pending(),
    })
}

/// The position where the uncollected shares of an entry start.
fn start_of<S: WordStorage>(storage: &S, entry: Entry) -> Result<u128, Error> {
    let collected_to = checkpoints::checkpoint(storage, entry.checkpoint).watermark;
    Ok(tree::prefix(storage, entry.slot)?.max(collected_to))
}

/// The unserviced shares in front of an entry; zero once it is being serviced.
///
/// # Errors
/// [`Error::UnknownSlot`].
pub fn shares_ahead<S: WordStorage>(storage: &S, entry: Entry) -> Result<u128, Error> {
    let head = Head::load(storage);
    head.check_slot(entry.slot)?;
    Ok(tree::prefix(storage, entry.slot)?.saturating_sub(head.watermark))
}

/// The shares of an entry that are serviced and not collected.
///
/// # Errors
/// [`Error::UnknownSlot`].
pub fn serviced<S: WordStorage>(storage: &S, entry: Entry) -> Result<u128, Error> {
    let head = Head::load(storage);
    head.check_slot(entry.slot)?;
    Ok(head
        .watermark
        .saturating_sub(start_of(storage, entry)?)
        .min(entry.shares))
}

/// What an entry has earned, and the entry to keep instead of it. Reads only: the caller keeps `rest`, or loses count.
///
/// # Errors
/// [`Error::UnknownSlot`]; [`Error::Inconsistent`] for an entry that is not as the queue returned it.
pub fn collect<S: WordStorage>(storage: &S, entry: Entry) -> Result<Collected, Error> {
    let head = Head::load(storage);
    head.check_slot(entry.slot)?;
    let nothing = Collected {
        shares: 0,
        assets: 0,
        rest: entry,
    };
    if entry.checkpoint == head.checkpoints {
        return Ok(nothing);
    }
    let start = start_of(storage, entry)?;
    let shares = head.watermark.saturating_sub(start).min(entry.shares);
    if shares == 0 {
        return Ok(nothing);
    }
    let end = start.checked_add(shares).ok_or(Error::Inconsistent)?;
    let assets = checkpoints::assets_between(storage, entry.checkpoint, head.checkpoints, start, end)?;
    let rest = Entry {
        slot: entry.slot,
        checkpoint: head.checkpoints,
        shares: entry.shares.checked_sub(shares).ok_or(Error::Inconsistent)?,
    };
    Ok(Collected { shares, assets, rest })
}

/// Whether a slot was made in `epoch`, or stands behind one that was.
///
/// # Errors
/// [`Error::EpochPassed`].
pub fn is_of_epoch<S: WordStorage>(storage: &S, epoch: u64, slot: u32) -> Result<bool, Error> {
    Ok(slot >= Head::load_at(storage, epoch)?.now.epoch_first_slot)
}

/// The slots at the ends of the queue, or `None` when nothing in it is unserviced.
#[must_use]
pub fn ends<S: WordStorage>(storage: &S) -> Option<(u32, u32)> {
    let head = Head::load(storage);
    let last = head.total.checked_sub(1)?;
    (head.watermark <= last).then(|| {
        let slot_at = |position| tree::slot_at(storage, head.slots, position);
        (slot_at(head.watermark), slot_at(last))
    })
}

/// The slots with unserviced shares next to `slot`, before and behind it.
///
/// # Errors
/// [`Error::UnknownSlot`].
pub fn neighbours<S: WordStorage>(storage: &S, slot: u32) -> Result<(Option<u32>, Option<u32>), Error> {
    let head = Head::load(storage);
    head.check_slot(slot)?;
    let start = tree::prefix(storage, slot)?;
    let end = tree::prefix(storage, slot.saturating_add(1))?.max(head.watermark);
    let slot_at = |position| tree::slot_at(storage, head.slots, position);
    Ok((
        (start > head.watermark).then(|| slot_at(start.saturating_sub(1))),
        (end < head.total).then(|| slot_at(end)),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::word::memory::Memory;

    /// Three requests of epoch 0 with 10, 20 and 30 shares.
    fn three() -> (Memory, [Entry; 3]) {
        let mut storage = Memory::default();
        let entries = [10, 20, 30].map(|shares| append(&mut storage, 0, shares).unwrap());
        (storage, entries)
    }

    #[test]
    fn a_request_is_eligible_once_its_epoch_has_ended() {
        let (mut storage, _) = three();
        assert_eq!(eligible(&storage, 0), Ok(0));
        assert_eq!(eligible(&storage, 1), Ok(60));
        append(&mut storage, 1, 5).unwrap();
        assert_eq!(eligible(&storage, 1), Ok(60));
        assert_eq!(eligible(&storage, 2), Ok(65));
        assert_eq!(service(&mut storage, 1, 61, 1), Err(Error::NotEligible));
        let serviced = service(&mut storage, 1, 60, 99).unwrap();
        assert_eq!(
            serviced.checkpoint,
            Checkpoint {
                watermark: 60,
                cumulative_assets: 99
            }
        );
        assert_eq!(serviced.pending, 5);
        assert_eq!(service(&mut storage, 1, 0, 0), Err(Error::ZeroShares));
    }

    #[test]
    fn time_does_not_run_backwards() {
        let (mut storage, entries) = three();
        append(&mut storage, 4, 1).unwrap();
        let refused = Err(Error::EpochPassed);
        assert_eq!(append(&mut storage, 3, 1).map(|_| ()), refused);
        assert_eq!(leave(&mut storage, 3, entries[0]), refused);
        assert_eq!(come_back(&mut storage, 3, 0, 1).map(|_| ()), refused);
        assert_eq!(service(&mut storage, 3, 1, 1).map(|_| ()), refused);
        assert_eq!(eligible(&storage, 3).map(|_| ()), refused);
    }

    #[test]
    fn the_partly_serviced_cannot_leave_and_those_behind_can() {
        let (mut storage, [first, second, third]) = three();
        service(&mut storage, 1, 11, 11).unwrap();
        assert_eq!(leave(&mut storage, 1, first), Err(Error::AlreadyServiced { slot: 0 }));
        assert_eq!(leave(&mut storage, 1, second), Err(Error::AlreadyServiced { slot: 1 }));
        leave(&mut storage, 1, third).unwrap();
        assert_eq!(Head::load(&storage).pending(), 19);
        // Collecting what was serviced does not make it untouched.
        let rest = collect(&storage, second).unwrap().rest;
        assert_eq!(leave(&mut storage, 1, rest), Err(Error::AlreadyServiced { slot: 1 }));
    }

    #[test]
    fn a_place_is_kept_until_the_watermark_has_passed_it() {
        let (mut storage, [first, second, third]) = three();
        leave(&mut storage, 0, second).unwrap();
        assert_eq!(shares_ahead(&storage, third), Ok(10));
        // The watermark at the very place has not passed it.
        service(&mut storage, 1, 10, 10).unwrap();
        let back = come_back(&mut storage, 1, second.slot, 15).unwrap();
        assert_eq!(
            back,
            Entry {
                slot: 1,
                checkpoint: 1,
                shares: 15
            }
        );
        assert_eq!(shares_ahead(&storage, third), Ok(15));
        // One share behind it serviced: the place is gone.
        leave(&mut storage, 1, back).unwrap();
        service(&mut storage, 1, 1, 1).unwrap();
        let tail = come_back(&mut storage, 1, back.slot, 15).unwrap();
        assert_eq!((tail.slot, shares_ahead(&storage, tail)), (3, Ok(29)));
        assert_eq!(collect(&storage, first).unwrap().assets, 10);
    }

    #[test]
    fn what_returns_to_the_tail_is_eligible_unless_it_stands_behind_this_epoch() {
        let (mut storage, [_, second, third]) = three();
        leave(&mut storage, 0, second).unwrap();
        leave(&mut storage, 0, third).unwrap();
        append(&mut storage, 0, 1).unwrap();
        service(&mut storage, 1, 11, 11).unwrap();
        let early = come_back(&mut storage, 1, second.slot, 20).unwrap();
        assert_eq!(eligible(&storage, 1), Ok(20));
        append(&mut storage, 1, 100).unwrap();
        let late = come_back(&mut storage, 1, third.slot, 30).unwrap();
        assert_eq!(eligible(&storage, 1), Ok(20));
        assert_eq!(eligible(&storage, 2), Ok(150));
        assert_eq!((early.slot, late.slot), (4, 6));
    }

    #[test]
    fn a_request_of_this_epoch_can_leave_and_come_back_without_becoming_eligible() {
        let (mut storage, _) = three();
        let young = append(&mut storage, 1, 7).unwrap();
        leave(&mut storage, 1, young).unwrap();
        assert_eq!(eligible(&storage, 1), Ok(60));
        assert_eq!(come_back(&mut storage, 1, young.slot, 7), Ok(young));
        assert_eq!(eligible(&storage, 1), Ok(60));
        leave(&mut storage, 2, young).unwrap();
        assert_eq!(eligible(&storage, 2), Ok(60));
    }

    #[test]
    fn a_request_serviced_in_steps_is_paid_each_steps_price() {
        let (mut storage, [first, second, _]) = three();
        service(&mut storage, 1, 5, 5).unwrap();
        let collected = collect(&storage, first).unwrap();
        assert_eq!((collected.shares, collected.assets), (5, 5));
        assert_eq!(collect(&storage, collected.rest).unwrap().shares, 0);
        service(&mut storage, 1, 10, 30).unwrap();
        service(&mut storage, 2, 10, 50).unwrap();
        assert_eq!(serviced(&storage, collected.rest), Ok(5));
        let rest = collect(&storage, collected.rest).unwrap();
        assert_eq!((rest.shares, rest.assets, rest.rest.shares), (5, 15, 0));
        let second = collect(&storage, second).unwrap();
        assert_eq!((second.shares, second.assets, second.rest.shares), (15, 15 + 50, 5));
        assert_eq!(serviced(&storage, second.rest), Ok(0));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let (mut storage, [first, ..]) = three();
        let unknown = Entry { slot: 3, ..first };
        let refused = Error::UnknownSlot { slot: 3, slots: 3 };
        assert_eq!(leave(&mut storage, 0, unknown), Err(refused));
        assert_eq!(come_back(&mut storage, 0, 3, 1), Err(refused));
        assert_eq!(shares_ahead(&storage, unknown), Err(refused));
        assert_eq!(serviced(&storage, unknown), Err(refused));
        assert_eq!(collect(&storage, unknown), Err(refused));
        assert_eq!(append(&mut storage, 0, 0), Err(Error::ZeroShares));
        assert_eq!(come_back(&mut storage, 0, 0, 0), Err(Error::ZeroShares));
        assert_eq!(
            leave(&mut storage, 0, Entry { shares: 11, ..first }),
            Err(Error::Inconsistent)
        );
        assert_eq!(append(&mut storage, 0, MAX_SHARES - 59), Err(Error::AmountTooLarge));
        assert_eq!(come_back(&mut storage, 0, 0, u128::MAX), Err(Error::AmountTooLarge));
        assert!(append(&mut storage, 0, MAX_SHARES - 60).is_ok());
    }

    #[test]
    fn the_ends_and_the_neighbours_pass_over_slots_that_are_empty() {
        assert_eq!(ends(&Memory::default()), None);
        let (mut storage, entries) = three();
        append(&mut storage, 0, 40).unwrap();
        assert_eq!(ends(&storage), Some((0, 3)));
        assert_eq!(neighbours(&storage, 0), Ok((None, Some(1))));
        assert_eq!(neighbours(&storage, 3), Ok((Some(2), None)));
        leave(&mut storage, 0, entries[1]).unwrap();
        assert_eq!(neighbours(&storage, 0), Ok((None, Some(2))));
        assert_eq!(neighbours(&storage, 2), Ok((Some(0), Some(3))));
        leave(&mut storage, 0, entries[0]).unwrap();
        assert_eq!(ends(&storage), Some((2, 3)));
        service(&mut storage, 1, 1, 1).unwrap();
        assert_eq!(neighbours(&storage, 2), Ok((None, Some(3))));
        service(&mut storage, 1, 29, 1).unwrap();
        assert_eq!(ends(&storage), Some((3, 3)));
        assert_eq!(neighbours(&storage, 3), Ok((None, None)));
        service(&mut storage, 1, 40, 1).unwrap();
        assert_eq!(ends(&storage), None);
        let refused = Err(Error::UnknownSlot { slot: 4, slots: 4 });
        assert_eq!(neighbours(&storage, 4), refused);
    }

    #[test]
    fn words_keep_every_field() {
        let head = Head {
            total: MAX_SHARES,
            epoch_shares: MAX_SHARES - 1,
            slots: u32::MAX,
            watermark: MAX_SHARES - 2,
            epoch_first_slot: u32::MAX - 1,
            checkpoints: u32::MAX - 2,
            epoch: u64::MAX,
        };
        let mut storage = Memory::default();
        Stored {
            before: Head::default(),
            now: head,
        }
        .save(&mut storage);
        assert_eq!(Head::load(&storage), head);
        let entry = Entry {
            slot: u32::MAX,
            checkpoint: u32::MAX - 1,
            shares: MAX_SHARES,
        };
        assert_eq!(Entry::from_word(entry.to_word() | U256::MAX << Entry::BITS), entry);
        assert_eq!(entry.to_word().bit_len(), Entry::BITS);
    }
}
