//! Sealing, withdrawing and opening a bid.

use super::{
    epochs::{Agenda, Auction},
    event::{Event, Journal},
    homecoming,
    refusal::{Outcome, Refusal},
    requests::{Place, Request},
    terms,
};
use crate::{
    commitment::{bond, commitment},
    epoch::{Clock, Phase},
    levels, queue, Error,
};
use alloy_primitives::{Address, B256, U256};

fn require(clock: Clock, required: Phase) -> Outcome<()> {
    let actual = clock.phase();
    if actual == required {
        Ok(())
    } else {
        Err(Refusal::WrongPhase { required, actual }.into())
    }
}

/// Takes a request out of the queue for this epoch and seals a bid on it, or replaces the sealed bid. A bid of an
/// earlier, settled epoch is folded into the request first. Returns the controller.
///
/// # Errors
/// [`Refusal::WrongPhase`] outside the bid phase, [`Refusal::InvalidCommitment`], [`Refusal::UnknownRequest`],
/// [`Refusal::BidUnsettled`], [`Refusal::NothingPending`], [`Refusal::AlreadyServiced`].
pub fn commit<J: Journal>(journal: &mut J, clock: Clock, id: u32, commitment: B256) -> Outcome<Address> {
    require(clock, Phase::Bid)?;
    if commitment.is_zero() {
        return Err(Refusal::InvalidCommitment.into());
    }
    let epoch = clock.epoch();
    let mut request = Request::load(journal, id)?;
    let (controller, _) = request.origin(journal);
    let mut earnings = request.earnings(journal);
    if request.is_at_auction() && request.bid_epoch != epoch {
        homecoming::require_settled(journal, &request)?;
        earnings = earnings.plus(homecoming::fold(journal, clock, controller, &mut request)?)?;
    }
    let shares = request.entry.shares;
    if shares == 0 {
        return Err(Refusal::NothingPending { id }.into());
    }
    let before = Auction::load(journal, epoch);
    let terms = match before.terms {
        Some(terms) => terms,
        None => terms::in_force(journal, epoch)?,
    };
    let bond = bond(shares, terms.bond_bps)?;
    if !request.is_at_auction() {
        queue::leave(journal, epoch, request.entry).map_err(|error| match error {
            Error::AlreadyServiced { .. } => Refusal::AlreadyServiced { id },
            other => other.into(),
        })?;
        let auction = Auction {
            ledger: before.ledger.with_sealed(shares, bond)?,
            terms: Some(terms),
            ..before
        };
        auction.replace(journal, epoch, &before);
        Agenda::load(journal).join(journal, epoch);
        request.place = Place::Sealed;
        request.bid_epoch = epoch;
        request.conclude(journal, earnings);
    }
    request.set_bid_word(journal, commitment.into());
    journal.emit(Event::BidCommitted {
        id,
        epoch,
        commitment,
        shares,
        bond,
    });
    Ok(controller)
}

/// The request, whose bid must be sealed in the current epoch, with the record of the epoch and the bid's bond.
fn sealed<J: Journal>(journal: &J, clock: Clock, id: u32) -> Outcome<(Request, Auction, u128)> {
    let request = Request::load(journal, id)?;
    if !request.is_at_auction() || request.bid_epoch != clock.epoch() {
        return Err(Refusal::NoSealedBid { id }.into());
    }
    if request.place == Place::Revealed {
        return Err(Refusal::AlreadyRevealed { id }.into());
    }
    let auction = Auction::load(journal, clock.epoch());
    let terms = auction.terms.ok_or(Error::Inconsistent)?;
    Ok((request, auction, bond(request.entry.shares, terms.bond_bps)?))
}

/// Takes a sealed bid back; the request returns to its place, or to the tail if that was serviced meanwhile. Returns
/// the controller.
///
/// # Errors
/// [`Refusal::WrongPhase`] outside the bid phase, [`Refusal::UnknownRequest`], [`Refusal::NoSealedBid`].
pub fn withdraw<J: Journal>(journal: &mut J, clock: Clock, id: u32) -> Outcome<Address> {
    require(clock, Phase::Bid)?;
    let (mut request, before, bond) = sealed(journal, clock, id)?;
    let shares = request.entry.shares;
    let auction = Auction {
        ledger: before.ledger.without_sealed(shares, bond)?,
        ..before
    };
    auction.replace(journal, clock.epoch(), &before);
    journal.emit(Event::BidWithdrawn {
        id,
        epoch: clock.epoch(),
    });
    homecoming::come_home(journal, clock, &mut request, shares)?;
    request.save(journal);
    let (controller, _) = request.origin(journal);
    Ok(controller)
}

/// Opens a sealed bid. `chain_id` and `contract` are those that the commitment was made for.
///
/// # Errors
/// [`Refusal::WrongPhase`] outside the reveal phase, [`Refusal::UnknownRequest`], [`Refusal::NoSealedBid`],
/// [`Refusal::AlreadyRevealed`], [`Refusal::InvalidOpening`], [`Refusal::DiscountOutOfBounds`].
pub fn reveal<J: Journal>(
    journal: &mut J,
    clock: Clock,
    (chain_id, contract): (u64, Address),
    id: u32,
    (discount_bps, salt): (u16, B256),
) -> Outcome<()> {
    require(clock, Phase::Reveal)?;
    let epoch = clock.epoch();
    let (mut request, before, bond) = sealed(journal, clock, id)?;
    let stored = B256::from(request.bid_word(journal));
    if commitment(chain_id, contract, epoch, U256::from(id), discount_bps, salt) != stored {
        return Err(Refusal::InvalidOpening { id, commitment: stored }.into());
    }
    let shares = request.entry.shares;
    let bounds = before.terms.ok_or(Error::Inconsistent)?.bounds;
    let level_before = levels::reveal(journal, epoch, bounds, discount_bps, shares)?;
    let auction = Auction {
        ledger: before.ledger.with_revealed(shares, bond)?,
        ..before
    };
    auction.replace(journal, epoch, &before);
    request.place = Place::Revealed;
    request.discount_bps = discount_bps;
    request.save(journal);
    request.set_bid_word(journal, U256::from(level_before));
    journal.emit(Event::BidRevealed {
        id,
        epoch,
        discount_bps,
        shares,
    });
    Ok(())
}
