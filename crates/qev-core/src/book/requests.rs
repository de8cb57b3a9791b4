//! The record of a request, in four words of which two are written when it is made.
//!
//! | word | what | when |
//! |---|---|---|
//! | 0 | controller (bits 0 to 159), epoch in which it was made (160 to 191) | never changes |
//! | 1 | [`Entry`] (0 to 175), epoch of the bid (176 to 207), discount (208 to 223), [`Place`] (224 to 225), whether word 2 is in use (226) | every change |
//! | 2 | credited shares (0 to 111) and assets (128 to 255) | while some are unclaimed |
//! | 3 | a sealed bid's commitment; what a revealed bid's level held before it | while it is at auction |
//!
//! While a request is at auction its entry keeps the shares and the slot with which it left the queue. A request whose
//! word 1 is zero does not exist.

use super::refusal::{Outcome, Refusal};
use crate::{
    queue::Entry,
    word::{field, field_u32, join, split, Packed},
    Region, WordStorage,
};
use alloy_primitives::{Address, B256, U256};

/// Where the shares of a request stand that are not serviced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the queue.
    Queue,
    /// Out of it, under a sealed bid.
    Sealed,
    /// Out of it, under a revealed bid.
    Revealed,
}

/// Shares and what they were paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Earnings {
    /// Shares that were serviced or won.
    pub shares: u128,
    /// Assets they were paid.
    pub assets: u128,
}

impl Earnings {
    pub(crate) fn plus(self, more: Self) -> Outcome<Self> {
        let sum = |a: u128, b: u128| a.checked_add(b).ok_or(crate::Error::AmountTooLarge);
        Ok(Self {
            shares: sum(self.shares, more.shares)?,
            assets: sum(self.assets, more.assets)?,
        })
    }
}

/// A request but for what never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) id: u32,
    pub(crate) entry: Entry,
    pub(crate) place: Place,
    /// Of the bid, while it is at auction.
    pub(crate) bid_epoch: u64,
    /// Of the bid, once it is revealed.
    pub(crate) discount_bps: u16,
    /// Whether there are credited earnings.
    has_earnings: bool,
}

fn index(id: u32, word: u64) -> u64 {
    u64::from(id) << 2 | word
}

impl Request {
    /// Makes the request of an entry that has just been appended.
    pub(crate) fn create<S: WordStorage>(storage: &mut S, id: u32, entry: Entry, controller: Address, epoch: u64) {
        let origin = U256::from_be_slice(controller.as_slice()) | Packed::default().with(160, epoch.into()).word();
        storage.store(Region::Requests, index(id, 0), origin);
        Self {
            id,
            entry,
            place: Place::Queue,
            bid_epoch: 0,
            discount_bps: 0,
            has_earnings: false,
        }
        .save(storage);
    }

    /// The request with this id.
    pub(crate) fn load<S: WordStorage>(storage: &S, id: u32) -> Outcome<Self> {
        let word = storage.load(Region::Requests, index(id, 1));
        if word.is_zero() {
            return Err(Refusal::UnknownRequest { id }.into());
        }
        Ok(Self {
            id,
            entry: Entry::from_word(word),
            place: match field(word, 224, 2) {
                0 => Place::Queue,
                1 => Place::Sealed,
                _ => Place::Revealed,
            },
            bid_epoch: field_u32(word, 176).into(),
            discount_bps: super::terms::field_u16(word, 208),
            has_earnings: field(word, 226, 1) != 0,
        })
    }

    pub(crate) fn save<S: WordStorage>(&self, storage: &mut S) {
        let Entry {
            slot,
            checkpoint,
            shares,
        } = self.entry;
        let word = Packed::default()
            .with(0, shares)
            .with(112, slot.into())
            .with(144, checkpoint.into())
            .with(176, self.bid_epoch.into())
            .with(208, self.discount_bps.into())
            .with(224, self.place as u128)
            .with(226, self.has_earnings.into())
            .word();
        storage.store(Region::Requests, index(self.id, 1), word);
    }

    /// Whose request it is, and in which epoch it was made.
    pub(crate) fn origin<S: WordStorage>(&self, storage: &S) -> (Address, u64) {
        let word = storage.load(Region::Requests, index(self.id, 0));
        (Address::from_word(B256::from(word)), field_u32(word, 160).into())
    }

    pub(crate) fn is_at_auction(&self) -> bool {
        self.place != Place::Queue
    }

    /// What is credited and not claimed.
    pub(crate) fn earnings<S: WordStorage>(&self, storage: &S) -> Earnings {
        if !self.has_earnings {
            return Earnings::default();
        }
        let (shares, assets) = split(storage.load(Region::Requests, index(self.id, 2)));
        Earnings { shares, assets }
    }

    /// Saves the request with what is credited to it from now on, or deletes it if nothing is left of it: no shares
    /// that wait and none that can be claimed. Says whether it is gone: then the caller takes it off the controller's
    /// list.
    pub(crate) fn conclude<S: WordStorage>(mut self, storage: &mut S, earnings: Earnings) -> bool {
        let had_earnings = self.has_earnings;
        let is_gone = self.entry.shares == 0 && earnings.shares == 0;
        self.has_earnings = earnings.shares != 0;
        if had_earnings || self.has_earnings {
            let word = if self.has_earnings {
                join(earnings.shares, earnings.assets)
            } else {
                U256::ZERO
            };
            storage.store(Region::Requests, index(self.id, 2), word);
        }
        if is_gone {
            storage.store(Region::Requests, index(self.id, 0), U256::ZERO);
            storage.store(Region::Requests, index(self.id, 1), U256::ZERO);
        } else {
            self.save(storage);
        }
        is_gone
    }

    /// Word 3: see the module.
    pub(crate) fn bid_word<S: WordStorage>(&self, storage: &S) -> U256 {
        storage.load(Region::Requests, index(self.id, 3))
    }

    pub(crate) fn set_bid_word<S: WordStorage>(&self, storage: &mut S, word: U256) {
        storage.store(Region::Requests, index(self.id, 3), word);
    }
}
