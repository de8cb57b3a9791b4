//! The auction contract's whole state, and every operation on it.
//!
//! Requests wait in the [`queue`] or stand at [auction](crate::levels); this module moves them between the
//! two and remembers what each has earned. The caller brings the [`Clock`], the vault's numbers
//! and the permissions, and takes everything back when an operation is refused: a refusal may come after some words
//! were written, as the transaction of a contract that reverts.
//!
//! | module | what it is |
//! |---|---|
//! | [`requests`] | the record of a request |
//! | [`ids`] | the live requests of a controller |
//! | [`terms`] | bounds and bond, from which epoch on |
//! | `epochs` | the record of an epoch; which epochs wait for their settlement |
//! | [`bids`] | commit, withdraw, reveal |
//! | [`settlement`] | announce the limit, settle, service |
//! | [`homecoming`] | restore |
//! | [`claims`] | claim by shares, by assets, of one request |
//! | [`views`] | what can be asked |
//!
//! **Ids.** The id of a request is the number of its first slot plus one. A request that comes back at the tail keeps
//! it; its new slot's number is then no id of anybody, and [`Region::SlotIds`](crate::Region::SlotIds) says whose slot it is.
//!
//! **The course of a request.** Queue → sealed → revealed → queue …, each arrow one operation; from the queue it is
//! also serviced. Earnings, of the queue or of an auction, are credited to it before what they were derived from (the
//! entry, the bid) is replaced, so that nothing is lost and nothing is counted twice.
//!
//! # Invariants
//!
//! Writing pending for the queue's unserviced shares, at auction for the ledgers of epochs that are not settled, and
//! awaiting for the shares of settled epochs that have not come back:
//!
//! - **Q1** No lower bid gets anything while a higher one is not full. Clearing fills whole levels from the highest
//!   down and a part of the last one only; see [`levels`](crate::levels).
//! - **Q2** Inside the queue nobody is overtaken. Service takes a prefix of the line, and who comes back does so at
//!   its place or at the tail; see [`queue`]. Servicing waits until every ended epoch is settled and,
//!   within a day of the last settlement, until nobody has to come back.
//! - **Q3** Payouts never exceed what was reserved. Those of an auction sum to at most its reserve (`levels`), those of
//!   the queue to at most the watermark's cumulative assets ([`checkpoints`](crate::checkpoints)), and a request pays
//!   out at most what it is credited with ([`claims`]). Each fill and each interval of the watermark is credited once:
//!   the same step takes the request out of the auction, or moves its entry on.
//! - **Q4** pending + at auction + awaiting == shares enqueued − serviced − filled − forfeited. Each operation moves a
//!   request's shares from one term to another: a commitment from pending to at auction, a withdrawal back; a
//!   settlement from at auction to filled, forfeited and awaiting; a homecoming from awaiting to pending; a servicing
//!   from pending to serviced. Reveals move them within the ledger, claims not at all.
//! - **Q5** Settling costs by levels, servicing by nothing: neither reads a bid or a request.
//! - An epoch with bids that was not settled is in the line of `epochs` at or behind its first, one that was is
//!   before it. So whether a bid is settled is one comparison.
//! - Ids in a controller's list ascend, are at most [`ids::MAX_REQUESTS`], and are exactly his requests that have
//!   shares that wait or can be claimed: a request joins the list when it is made, with the highest id so far, and
//!   leaves it when the record is deleted.

pub mod bids;
pub mod claims;
mod epochs;
mod event;
pub mod homecoming;
pub mod ids;
mod refusal;
pub mod requests;
pub mod settlement;
pub mod terms;
pub mod views;

pub use event::{Event, Journal};
pub use refusal::{Outcome, Refusal};

use crate::{epoch::Clock, queue, Error, MAX_SHARES};
use alloy_primitives::Address;

/// Appends a request of `controller`, who is not zero, and returns its id.
///
/// # Errors
/// [`Refusal::InvalidAmount`] for no shares; [`Refusal::ValueTooLarge`] when the queue would have taken more than
/// [`MAX_SHARES`] in its life; [`Refusal::TooManyRequests`].
pub fn enqueue<J: Journal>(journal: &mut J, clock: Clock, controller: Address, shares: u128) -> Outcome<u32> {
    let epoch = clock.epoch();
    let entry = queue::append(journal, epoch, shares).map_err(|error| match error {
        Error::AmountTooLarge => Refusal::ValueTooLarge {
            value: shares,
            maximum: MAX_SHARES,
        },
        other => other.into(),
    })?;
    let id = entry.slot.checked_add(1).ok_or(Error::CounterExhausted)?;
    ids::append(journal, controller, id)?;
    requests::Request::create(journal, id, entry, controller, epoch);
    journal.emit(Event::RequestQueued {
        id,
        controller,
        epoch,
        shares,
    });
    Ok(id)
}
