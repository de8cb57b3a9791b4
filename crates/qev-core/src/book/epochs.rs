//! The record of an epoch, and which epochs wait for their settlement.
//!
//! | word of an epoch | what | written by |
//! |---|---|---|
//! | 0 | [`Ledger`]: sealed shares (bits 0 to 111) and bonds (112 to 223); the next epoch in line, plus one (224 to 255) | bids |
//! | 1 | revealed shares (0 to 111), [`Terms`] (112 to 159) | its first bid, reveals |
//! | 2 | announced limit (0 to 127), when it was settled (128 to 191), whether a limit was announced (192) | the announcement, the settlement |
//! | 3, 4 | [`Clearing`] | the settlement |
//! | 5 | limit (0 to 127), discount earned (128 to 255) | the settlement |
//!
//! The line of epochs with bids is a linked list in order of time, so that months without bids cost nothing. An epoch
//! joins it with its first bid. Only the last one can be empty, for bids are withdrawn in their epoch only: when a later
//! epoch joins, it takes the place of an empty last one. So the first in line is always the one to be settled next, and
//! has bids unless it is the only one.

use super::terms::Terms;
use crate::{
    epoch::Clock,
    ledger::Ledger,
    levels::Clearing,
    word::{field, field_u32, field_u64, join, split, update, Packed},
    Region, WordStorage,
};
use alloy_primitives::U256;

fn index(epoch: u64, word: u64) -> u64 {
    epoch << 3 | word
}

/// An epoch in the 32 bits of a link; zero is none.
fn link(epoch: Option<u64>) -> u128 {
    epoch.map_or(0, |epoch| u128::from(epoch).saturating_add(1))
}

fn linked(word: U256, offset: u32) -> Option<u64> {
    u64::from(field_u32(word, offset)).checked_sub(1)
}

/// The bids of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Auction {
    pub(crate) ledger: Ledger,
    /// The epoch that is settled after it.
    pub(crate) next: Option<u64>,
    /// The terms of its bids; `None` before the first.
    pub(crate) terms: Option<Terms>,
}

impl Auction {
    pub(crate) fn load<S: WordStorage>(storage: &S, epoch: u64) -> Self {
        let words = [0, 1].map(|word| storage.load(Region::Epochs, index(epoch, word)));
        let [first, second] = words;
        Self {
            ledger: Ledger::from_words(words),
            next: linked(first, 224),
            terms: Terms::get(second, 112),
        }
    }

    /// Writes what differs from `before`.
    pub(crate) fn replace<S: WordStorage>(&self, storage: &mut S, epoch: u64, before: &Self) {
        for (word, (now, before)) in (0..).zip(self.words().into_iter().zip(before.words())) {
            update(storage, Region::Epochs, index(epoch, word), before, now);
        }
    }

    fn words(&self) -> [U256; 2] {
        let Ledger {
            sealed,
            bonds,
            revealed,
        } = self.ledger;
        let second = Packed::default().with(0, revealed);
        [
            Packed::default()
                .with(0, sealed)
                .with(112, bonds)
                .with(224, link(self.next))
                .word(),
            self.terms.map_or(second, |terms| terms.put(second, 112)).word(),
        ]
    }
}

/// The announced limit of an epoch, and when it was settled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Milestones {
    pub(crate) announced_limit: Option<u128>,
    pub(crate) settled_at: u64,
}

impl Milestones {
    pub(crate) fn load<S: WordStorage>(storage: &S, epoch: u64) -> Self {
        let word = storage.load(Region::Epochs, index(epoch, 2));
        Self {
            announced_limit: (field(word, 192, 1) != 0).then(|| field(word, 0, 128)),
            settled_at: field_u64(word, 128),
        }
    }

    pub(crate) fn save<S: WordStorage>(self, storage: &mut S, epoch: u64) {
        let word = Packed::default()
            .with(0, self.announced_limit.unwrap_or_default())
            .with(128, self.settled_at.into())
            .with(192, self.announced_limit.is_some().into())
            .word();
        storage.store(Region::Epochs, index(epoch, 2), word);
    }
}

/// What a settlement leaves behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cleared {
    pub(crate) clearing: Clearing,
    pub(crate) limit: u128,
    pub(crate) discount_earned: u128,
}

impl Cleared {
    pub(crate) fn save<S: WordStorage>(&self, storage: &mut S, epoch: u64) {
        let [totals, margin] = self.clearing.to_words();
        for (word, now) in [(3, totals), (4, margin), (5, join(self.limit, self.discount_earned))] {
            update(storage, Region::Epochs, index(epoch, word), U256::ZERO, now);
        }
    }

    pub(crate) fn load<S: WordStorage>(storage: &S, epoch: u64) -> Self {
        let (limit, discount_earned) = split(storage.load(Region::Epochs, index(epoch, 5)));
        Self {
            clearing: clearing(storage, epoch),
            limit,
            discount_earned,
        }
    }
}

/// How an epoch was cleared.
pub(crate) fn clearing<S: WordStorage>(storage: &S, epoch: u64) -> Clearing {
    Clearing::from_words([3, 4].map(|word| storage.load(Region::Epochs, index(epoch, word))))
}

/// What waits: epochs for their settlement, shares for their way back to the queue.
///
/// In word 0 of [`Region::Agenda`]: awaiting restore (bits 0 to 111), last settlement (112 to 159), and the links first
/// (160 to 191), last (192 to 223), the one before the last (224 to 255).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Agenda {
    /// Shares of settled epochs that may come back to the queue and have not.
    pub(crate) awaiting_restore: u128,
    /// When an auction was settled last, in seconds; times beyond 48 bits read as the last of these.
    pub(crate) settled_at: u64,
    first: Option<u64>,
    last: Option<u64>,
    before_last: Option<u64>,
}

impl Agenda {
    pub(crate) fn load<S: WordStorage>(storage: &S) -> Self {
        let word = storage.load(Region::Agenda, 0);
        Self {
            awaiting_restore: field(word, 0, 112),
            settled_at: field_u64(word, 112) & Self::LAST_TIME,
            first: linked(word, 160),
            last: linked(word, 192),
            before_last: linked(word, 224),
        }
    }

    const LAST_TIME: u64 = (1 << 48) - 1;

    pub(crate) fn save<S: WordStorage>(&self, storage: &mut S) {
        let word = Packed::default()
            .with(0, self.awaiting_restore)
            .with(112, self.settled_at.min(Self::LAST_TIME).into())
            .with(160, link(self.first))
            .with(192, link(self.last))
            .with(224, link(self.before_last))
            .word();
        storage.store(Region::Agenda, 0, word);
    }

    /// The oldest epoch with bids that are not settled.
    pub(crate) fn oldest<S: WordStorage>(&self, storage: &S) -> Option<(u64, Auction)> {
        let epoch = self.first?;
        let auction = Auction::load(storage, epoch);
        (!auction.ledger.is_empty()).then_some((epoch, auction))
    }

    /// As [`Agenda::oldest`], if the epoch has ended.
    pub(crate) fn settleable<S: WordStorage>(&self, storage: &S, clock: Clock) -> Option<(u64, Auction)> {
        self.oldest(storage)
            .filter(|(epoch, _)| clock.calendar().has_ended(*epoch, clock.now()))
    }

    /// The oldest epoch with bids behind the one whose record is given.
    pub(crate) fn after<S: WordStorage>(storage: &S, auction: &Auction) -> Option<(u64, Auction)> {
        auction.next.map(|epoch| (epoch, Auction::load(storage, epoch)))
    }

    /// Whether an epoch in which a bid was left is settled.
    pub(crate) fn is_settled(&self, epoch: u64) -> bool {
        self.first.is_none_or(|first| epoch < first)
    }

    /// Takes the first epoch off the line.
    pub(crate) fn pass_first(&mut self, auction: &Auction) {
        self.first = auction.next;
        if self.first.is_none() {
            self.last = None;
        }
        if self.first == self.last {
            self.before_last = None;
        }
    }

    /// Puts the current epoch at the end of the line, if it is not there, and saves that.
    pub(crate) fn join<S: WordStorage>(mut self, storage: &mut S, epoch: u64) {
        let Some(last) = self.last else {
            self.first = Some(epoch);
            self.last = Some(epoch);
            return self.save(storage);
        };
        if last == epoch {
            return;
        }
        if !Auction::load(storage, last).ledger.is_empty() {
            self.before_last = Some(last);
        }
        match self.before_last {
            Some(before) => {
                let auction = Auction::load(storage, before);
                let linked = Auction {
                    next: Some(epoch),
                    ..auction
                };
                linked.replace(storage, before, &auction);
            }
            None => self.first = Some(epoch),
        }
        self.last = Some(epoch);
        self.save(storage);
    }
}
