//! What a bid must satisfy, and from which epoch on.
//!
//! An epoch's first commitment copies the terms in force into the epoch's record, where they stay. A change reaches the
//! epochs that have not begun yet, so that nobody's bid is judged by terms that were not known when its epoch began.

use super::{
    event::{Event, Journal},
    refusal::{Outcome, Refusal},
};
use crate::{
    epoch::{Clock, Phase},
    levels::Bounds,
    word::{field, field_u32, Packed},
    Region, WordStorage, BASIS_POINTS,
};
use alloy_primitives::U256;

/// The highest bond in basis points of a bid.
pub const MAX_BOND_BPS: u16 = 1_000;

/// The word of [`Region::Agenda`] in which the terms are kept.
const INDEX: u64 = 1;

/// Bounds of the discount, and the bond that an unrevealed bid forfeits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The discounts that may be bid.
    pub bounds: Bounds,
    /// The bond in basis points of a bid's shares, at most [`MAX_BOND_BPS`].
    pub bond_bps: u16,
}

impl Terms {
    /// How many bits [`Terms::put`] fills.
    pub(crate) const BITS: u32 = 48;

    /// Adds the terms to a word from bit `offset` on.
    pub(crate) fn put(self, word: Packed, offset: u32) -> Packed {
        word.with(offset, self.bounds.min().into())
            .with(offset.saturating_add(16), self.bounds.max().into())
            .with(offset.saturating_add(32), self.bond_bps.into())
    }

    /// The terms at bit `offset` of a word; `None` if none were put there.
    pub(crate) fn get(word: U256, offset: u32) -> Option<Self> {
        let bounds = Bounds::new(field_u16(word, offset), field_u16(word, offset.saturating_add(16))).ok()?;
        Some(Self {
            bounds,
            bond_bps: field_u16(word, offset.saturating_add(32)),
        })
    }

    fn check(self) -> Outcome<Self> {
        at_most(self.bond_bps, MAX_BOND_BPS)?;
        Ok(self)
    }
}

/// The 16-bit field of a word at `offset`.
#[allow(clippy::cast_possible_truncation, reason = "the field has 16 bits")]
pub(crate) fn field_u16(word: U256, offset: u32) -> u16 {
    field(word, offset, 16) as u16
}

fn at_most(basis_points: u16, maximum: u16) -> Outcome<()> {
    if basis_points > maximum {
        return Err(Refusal::InvalidBasisPoints { basis_points, maximum }.into());
    }
    Ok(())
}

/// The terms of the present and of the future, and the auction's share of the idle assets, which never changes.
///
/// In one word: terms before `from_epoch` (bits 0 to 47), from it on (48 to 95), `from_epoch` (96 to 127), the share
/// (128 to 143).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Schedule {
    before: Terms,
    after: Terms,
    from_epoch: u64,
    auction_share_bps: u16,
}

impl Schedule {
    fn load<S: WordStorage>(storage: &S) -> Outcome<Self> {
        let word = storage.load(Region::Agenda, INDEX);
        let terms = |offset| Terms::get(word, offset).ok_or(crate::Error::Inconsistent);
        Ok(Self {
            before: terms(0)?,
            after: terms(Terms::BITS)?,
            from_epoch: field_u32(word, 96).into(),
            auction_share_bps: field_u16(word, 128),
        })
    }

    fn save<S: WordStorage>(self, storage: &mut S) {
        let word = self.before.put(Packed::default(), 0);
        let word = self
            .after
            .put(word, Terms::BITS)
            .with(96, self.from_epoch.into())
            .with(128, self.auction_share_bps.into())
            .word();
        storage.store(Region::Agenda, INDEX, word);
    }

    fn in_force(self, epoch: u64) -> Terms {
        if epoch < self.from_epoch {
            self.before
        } else {
            self.after
        }
    }
}

/// Sets the terms of all epochs and the auction's share of the idle assets in basis points; once.
///
/// # Errors
/// [`Refusal::InvalidBasisPoints`] for a share above 10,000 or a bond above [`MAX_BOND_BPS`].
pub fn initialize<J: Journal>(journal: &mut J, terms: Terms, auction_share_bps: u16) -> Outcome<()> {
    at_most(auction_share_bps, BASIS_POINTS)?;
    Schedule {
        before: terms,
        after: terms.check()?,
        from_epoch: 0,
        auction_share_bps,
    }
    .save(journal);
    emit_bounds(journal, terms, 0);
    emit_bond(journal, terms, 0);
    Ok(())
}

/// Bounds the discounts of the epochs that have not begun.
///
/// # Errors
/// [`Refusal::InvalidBounds`] unless 0 < min <= max < 10,000.
pub fn set_bounds<J: Journal>(journal: &mut J, clock: Clock, min: u16, max: u16) -> Outcome<()> {
    let bounds = Bounds::new(min, max)?;
    let (terms, from_epoch) = change(journal, clock, |terms| Terms { bounds, ..terms })?;
    emit_bounds(journal, terms, from_epoch);
    Ok(())
}

/// Sets the bond of the epochs that have not begun, in basis points of a bid's shares.
///
/// # Errors
/// [`Refusal::InvalidBasisPoints`] above [`MAX_BOND_BPS`].
pub fn set_bond<J: Journal>(journal: &mut J, clock: Clock, bond_bps: u16) -> Outcome<()> {
    let (terms, from_epoch) = change(journal, clock, |terms| Terms { bond_bps, ..terms })?;
    emit_bond(journal, terms, from_epoch);
    Ok(())
}

fn change<J: Journal>(journal: &mut J, clock: Clock, change: impl FnOnce(Terms) -> Terms) -> Outcome<(Terms, u64)> {
    let schedule = Schedule::load(journal)?;
    // Before genesis the first epoch has not begun.
    let from_epoch = match clock.phase() {
        Phase::Before => 0,
        _ => clock.epoch().saturating_add(1),
    };
    let after = change(schedule.in_force(from_epoch)).check()?;
    Schedule {
        before: schedule.in_force(from_epoch.saturating_sub(1)),
        after,
        from_epoch,
        ..schedule
    }
    .save(journal);
    Ok((after, from_epoch))
}

fn emit_bounds<J: Journal>(journal: &mut J, terms: Terms, from_epoch: u64) {
    journal.emit(Event::DiscountBoundsSet {
        min: terms.bounds.min(),
        max: terms.bounds.max(),
        from_epoch,
    });
}

fn emit_bond<J: Journal>(journal: &mut J, terms: Terms, from_epoch: u64) {
    journal.emit(Event::BondSet {
        bond_bps: terms.bond_bps,
        from_epoch,
    });
}

/// The terms in force in an epoch, of the present and of the future.
pub(crate) fn in_force<S: WordStorage>(storage: &S, epoch: u64) -> Outcome<Terms> {
    Ok(Schedule::load(storage)?.in_force(epoch))
}

/// The part of the idle assets that an auction may spend, in basis points.
#[must_use]
pub fn auction_share_bps<S: WordStorage>(storage: &S) -> u16 {
    field_u16(storage.load(Region::Agenda, INDEX), 128)
}
