//! What a wallet or the vault may ask. Reads only.

use super::{
    epochs::{Agenda, Auction, Cleared, Milestones},
    homecoming::{standing, Standing},
    ids::Ids,
    refusal::Outcome,
    requests::{Earnings, Place, Request},
    terms::{self, Terms},
};
use crate::{epoch::Clock, ledger::Ledger, levels, queue, word::field_u32, Region, WordStorage};
use alloy_primitives::{Address, B256};

/// A request as a wallet shows it; all zeros for one that was never made, or claimed to the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestView {
    /// Whose it is.
    pub controller: Address,
    /// The epoch in which it was made.
    pub made_in: u64,
    /// Where its unserviced shares stand. A bid stays where it is from its settlement until it is restored.
    pub place: Option<Place>,
    /// Shares neither serviced nor won, less a forfeited bond.
    pub pending: u128,
    /// What can be claimed.
    pub claimable: Earnings,
    /// Unserviced shares in front of it in the queue; zero while it is at auction.
    pub shares_ahead: u128,
    /// The epoch of its bid, if it is at auction.
    pub bid_epoch: u64,
    /// Its bid, once revealed.
    pub discount_bps: u16,
}

/// A request.
///
/// # Errors
/// [`Refusal::Inconsistent`](super::Refusal::Inconsistent).
pub fn request<S: WordStorage>(storage: &S, id: u32) -> Outcome<RequestView> {
    Ok(seen(storage, id)?.0)
}

/// A request, and its slot if anything of it waits in the queue.
fn seen<S: WordStorage>(storage: &S, id: u32) -> Outcome<(RequestView, Option<u32>)> {
    let Ok(request) = Request::load(storage, id) else {
        return Ok(Default::default());
    };
    let (rest, claimable) = stand_of(storage, &request)?;
    let (controller, made_in) = request.origin(storage);
    let is_in_line = !request.is_at_auction() && rest.shares != 0;
    let view = RequestView {
        controller,
        made_in,
        place: Some(request.place),
        pending: rest.shares,
        claimable,
        shares_ahead: if is_in_line {
            queue::shares_ahead(storage, rest)?
        } else {
            0
        },
        bid_epoch: request.bid_epoch,
        discount_bps: request.discount_bps,
    };
    Ok((view, is_in_line.then_some(rest.slot)))
}

/// What is left of a request to wait, and what can be claimed.
fn stand_of<S: WordStorage>(storage: &S, request: &Request) -> Outcome<(queue::Entry, Earnings)> {
    let Standing { gained, rest } = standing(storage, request)?;
    Ok((rest, request.earnings(storage).plus(gained)?))
}

/// A request in its line: the ids in front of it and behind it in the queue, zero where there is none or it is not in
/// the queue, and when it becomes eligible.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InLine {
    /// The request.
    pub request: RequestView,
    /// The id in front of it.
    pub previous: u32,
    /// The id behind it.
    pub next: u32,
    /// When it becomes eligible, in seconds.
    pub eligible_at: u64,
}

/// A request with its neighbours.
///
/// # Errors
/// [`Refusal::Inconsistent`](super::Refusal::Inconsistent).
pub fn in_line<S: WordStorage>(storage: &S, clock: Clock, id: u32) -> Outcome<InLine> {
    let (request, slot) = seen(storage, id)?;
    if request.place.is_none() {
        return Ok(InLine::default());
    }
    let mut eligible_after = request.made_in;
    let mut neighbours = (None, None);
    if let Some(slot) = slot {
        neighbours = queue::neighbours(storage, slot)?;
        // What came back at the tail may stand behind requests of the current epoch, and waits with them.
        if queue::is_of_epoch(storage, clock.epoch(), slot)? {
            eligible_after = clock.epoch();
        }
    }
    let id_at = |slot: Option<u32>| slot.map_or(0, |slot| id_at(storage, slot));
    Ok(InLine {
        request,
        previous: id_at(neighbours.0),
        next: id_at(neighbours.1),
        eligible_at: clock.calendar().end(eligible_after),
    })
}

/// Whose request stands in a slot: that of its number, unless one came back there.
fn id_at<S: WordStorage>(storage: &S, slot: u32) -> u32 {
    match field_u32(storage.load(Region::SlotIds, slot.into()), 0) {
        0 => slot.saturating_add(1),
        id => id,
    }
}

/// The commitment that seals a request's bid; zero if none does.
#[must_use]
pub fn commitment_of<S: WordStorage>(storage: &S, id: u32) -> B256 {
    match Request::load(storage, id) {
        Ok(request) if request.place == Place::Sealed => request.bid_word(storage).into(),
        _ => B256::ZERO,
    }
}

/// What a controller can claim now.
///
/// # Errors
/// [`Refusal::Inconsistent`](super::Refusal::Inconsistent).
pub fn claimable<S: WordStorage>(storage: &S, controller: Address) -> Outcome<Earnings> {
    let mut sum = Earnings::default();
    for &id in Ids::load(storage, controller).as_slice() {
        let (_, claimable) = stand_of(storage, &Request::load(storage, id)?)?;
        sum = sum.plus(claimable)?;
    }
    Ok(sum)
}

/// The highest number that a request has taken (an id, or the slot of one that came back at the tail), and the ids at
/// the head and the tail of the queue, zero if it is empty.
#[must_use]
pub fn queue_info<S: WordStorage>(storage: &S) -> (u32, u32, u32) {
    let numbers = queue::Head::load(storage).slots;
    match queue::ends(storage) {
        Some((head, tail)) => (numbers, id_at(storage, head), id_at(storage, tail)),
        None => (numbers, 0, 0),
    }
}

/// Shares that are not serviced, by where they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unserviced {
    /// In the queue.
    pub queued: u128,
    /// Under bids of epochs that are not settled.
    pub at_auction: u128,
    /// Of settled epochs, on their way back to the queue.
    pub awaiting_restore: u128,
    /// Of those in the queue, what may be serviced now.
    pub eligible: u128,
}

/// Where the unserviced shares stand. Reads each epoch that is not settled.
///
/// # Errors
/// [`Refusal::Inconsistent`](super::Refusal::Inconsistent).
pub fn unserviced<S: WordStorage>(storage: &S, clock: Clock) -> Outcome<Unserviced> {
    let agenda = Agenda::load(storage);
    let mut at_auction = 0_u128;
    let mut waiting = agenda.oldest(storage);
    while let Some((_, auction)) = waiting {
        let Ledger { sealed, revealed, .. } = auction.ledger;
        at_auction = at_auction.saturating_add(sealed).saturating_add(revealed);
        waiting = Agenda::after(storage, &auction);
    }
    Ok(Unserviced {
        queued: queue::Head::load(storage).pending(),
        at_auction,
        awaiting_restore: agenda.awaiting_restore,
        eligible: queue::eligible(storage, clock.epoch())?,
    })
}

/// Whether bids wait for a settlement after the end of their bid phase.
#[must_use]
pub fn is_settlement_pending<S: WordStorage>(storage: &S, clock: Clock) -> bool {
    Agenda::load(storage)
        .oldest(storage)
        .is_some_and(|(epoch, _)| clock.calendar().bid_end(epoch) <= clock.now())
}

/// From when anybody may settle the oldest epoch with bids; `None` if there is none.
#[must_use]
pub fn public_settlement_start<S: WordStorage>(storage: &S, clock: Clock) -> Option<u64> {
    let (epoch, _) = Agenda::load(storage).oldest(storage)?;
    Some(clock.calendar().public_settlement_start(epoch))
}

/// Bounds and bond of an epoch: those that its bids were made under, and without bids those in force.
///
/// # Errors
/// [`Refusal::Inconsistent`](super::Refusal::Inconsistent).
pub fn terms_of<S: WordStorage>(storage: &S, epoch: u64) -> Outcome<Terms> {
    match Auction::load(storage, epoch).terms {
        Some(terms) => Ok(terms),
        None => terms::in_force(storage, epoch),
    }
}

/// The bids of an epoch in sums, from its settlement on as they stood then, and the limit that was announced.
#[must_use]
pub fn bids_of<S: WordStorage>(storage: &S, epoch: u64) -> (Ledger, Option<u128>) {
    (
        Auction::load(storage, epoch).ledger,
        Milestones::load(storage, epoch).announced_limit,
    )
}

/// What came out of an epoch's auction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResultView {
    /// When it was settled; zero if it was not.
    pub settled_at: u64,
    /// What it could have spent.
    pub limit: u128,
    /// What every winner pays, in bps.
    pub discount_bps: u16,
    /// Shares bought.
    pub filled: u128,
    /// Assets reserved for them.
    pub assets: u128,
    /// Bonds burned.
    pub forfeited: u128,
    /// What the filled shares were worth above `assets`, rounded down.
    pub discount_earned: u128,
}

/// What came out of an epoch's auction; zeros if it is not settled.
#[must_use]
pub fn result_of<S: WordStorage>(storage: &S, epoch: u64) -> ResultView {
    let settled_at = Milestones::load(storage, epoch).settled_at;
    if settled_at == 0 {
        return ResultView::default();
    }
    let Cleared {
        clearing,
        limit,
        discount_earned,
    } = Cleared::load(storage, epoch);
    ResultView {
        settled_at,
        limit,
        discount_bps: clearing.discount_bps,
        filled: clearing.filled,
        assets: clearing.assets,
        forfeited: Auction::load(storage, epoch).ledger.bonds,
        discount_earned,
    }
}

/// The revealed levels of an epoch from the highest discount down.
///
/// # Errors
/// [`Refusal::Inconsistent`](super::Refusal::Inconsistent).
pub fn levels_of<S: WordStorage>(storage: &S, epoch: u64) -> Outcome<levels::Descending<'_, S>> {
    let bounds = terms_of(storage, epoch)?.bounds;
    Ok(levels::descending(storage, epoch, bounds)?)
}
