//! From the auction back to the queue.

use super::{
    epochs::{clearing, Agenda, Auction},
    event::{Event, Journal},
    ids,
    refusal::{Outcome, Refusal},
    requests::{Earnings, Place, Request},
};
use crate::{commitment::bond, epoch::Clock, queue, queue::Entry, Error, Region, WordStorage};
use alloy_primitives::{Address, U256};

/// What a request has earned that is not credited to it, and what is left to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) gained: Earnings,
    /// In the queue, the entry to keep; at auction the one that left, with the shares that are left.
    pub(crate) rest: Entry,
}

/// How a request stands. Reads only.
pub(crate) fn standing<S: WordStorage>(storage: &S, request: &Request) -> Outcome<Standing> {
    let entry = request.entry;
    if request.is_at_auction() {
        let (gained, shares) = if Agenda::load(storage).is_settled(request.bid_epoch) {
            result_of(storage, request)?
        } else {
            (Earnings::default(), entry.shares)
        };
        return Ok(Standing {
            gained,
            rest: Entry { shares, ..entry },
        });
    }
    let collected = queue::collect(storage, entry)?;
    Ok(Standing {
        gained: Earnings {
            shares: collected.shares,
            assets: collected.assets,
        },
        rest: collected.rest,
    })
}

/// What a bid has won in a settled epoch, and the shares that come back.
fn result_of<S: WordStorage>(storage: &S, request: &Request) -> Outcome<(Earnings, u128)> {
    let shares = request.entry.shares;
    let less = |part: u128| shares.checked_sub(part).ok_or(Error::Inconsistent);
    if request.place == Place::Sealed {
        let terms = Auction::load(storage, request.bid_epoch)
            .terms
            .ok_or(Error::Inconsistent)?;
        return Ok((Earnings::default(), less(bond(shares, terms.bond_bps)?)?));
    }
    let clearing = clearing(storage, request.bid_epoch);
    let (level_before, _) = crate::word::split(request.bid_word(storage));
    let filled = clearing.fill_of(request.discount_bps, level_before, shares)?;
    let won = Earnings {
        shares: filled,
        assets: clearing.payout_of(filled)?,
    };
    Ok((won, less(filled)?))
}

/// Refuses a bid of an epoch that is not settled.
pub(crate) fn require_settled<S: WordStorage>(storage: &S, request: &Request) -> Outcome<()> {
    if Agenda::load(storage).is_settled(request.bid_epoch) {
        Ok(())
    } else {
        Err(Refusal::BidUnsettled {
            id: request.id,
            epoch: request.bid_epoch,
        }
        .into())
    }
}

/// Returns what a request has gained, which the caller credits. Its bid, if it has one, must be settled: what is left
/// of it comes back to the queue.
pub(crate) fn fold<J: Journal>(
    journal: &mut J,
    clock: Clock,
    controller: Address,
    request: &mut Request,
) -> Outcome<Earnings> {
    let Standing { gained, rest } = standing(journal, request)?;
    if request.is_at_auction() {
        if rest.shares != 0 {
            let mut agenda = Agenda::load(journal);
            agenda.awaiting_restore = agenda
                .awaiting_restore
                .checked_sub(rest.shares)
                .ok_or(Error::Inconsistent)?;
            agenda.save(journal);
        }
        come_home(journal, clock, request, rest.shares)?;
    } else {
        request.entry = rest;
    }
    if gained.shares != 0 {
        journal.emit(Event::RedemptionProcessed {
            id: request.id,
            controller,
            shares: gained.shares,
            assets: gained.assets,
            pending: request.entry.shares,
        });
    }
    Ok(gained)
}

/// Ends a request's part in an auction: `shares` of it come back to the queue. The caller saves the request.
pub(crate) fn come_home<J: Journal>(journal: &mut J, clock: Clock, request: &mut Request, shares: u128) -> Outcome<()> {
    let id = request.id;
    let slot = request.entry.slot;
    request.entry.shares = shares;
    if shares != 0 {
        request.entry = queue::come_back(journal, clock.epoch(), slot, shares)?;
        let at_tail = request.entry.slot != slot;
        if at_tail {
            journal.store(Region::SlotIds, request.entry.slot.into(), U256::from(id));
        }
        journal.emit(Event::RequestRestored { id, shares, at_tail });
    }
    request.place = Place::Queue;
    request.bid_epoch = 0;
    request.discount_bps = 0;
    request.set_bid_word(journal, U256::ZERO);
    Ok(())
}

/// After the settlement of its bid: credits what a request has won, and brings the rest back to its place in the queue,
/// or to the tail if the place was serviced meanwhile.
///
/// # Errors
/// [`Refusal::UnknownRequest`]; [`Refusal::NothingToRestore`] when it is not at auction or the epoch is not over;
/// [`Refusal::BidUnsettled`].
pub fn restore<J: Journal>(journal: &mut J, clock: Clock, id: u32) -> Outcome<()> {
    let mut request = Request::load(journal, id)?;
    if !request.is_at_auction() || !clock.calendar().has_ended(request.bid_epoch, clock.now()) {
        return Err(Refusal::NothingToRestore { id }.into());
    }
    require_settled(journal, &request)?;
    let (controller, _) = request.origin(journal);
    let gained = fold(journal, clock, controller, &mut request)?;
    let earnings = request.earnings(journal).plus(gained)?;
    if request.conclude(journal, earnings) {
        ids::remove(journal, controller, id);
    }
    Ok(())
}
