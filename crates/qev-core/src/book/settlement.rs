//! Announcing the limit, settling an auction, servicing the queue.

use super::{
    epochs::{Agenda, Cleared, Milestones},
    event::{Event, Journal},
    refusal::{Outcome, Refusal},
    terms,
};
use crate::{
    epoch::{restore_window_end, Clock},
    ledger::Remainder,
    levels,
    price::mul_div_128,
    queue, Error, Price, BASIS_POINTS,
};

/// What the vault brings to a settlement or a servicing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Means {
    /// Net asset value and all shares, taken before anything is burned.
    pub price: Price,
    /// Assets that the vault could spend.
    pub idle: u128,
    /// Whether the strategy admin calls.
    pub manager: bool,
}

/// What a settlement asks of the vault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settlement {
    /// The epoch.
    pub epoch: u64,
    /// Shares bought.
    pub filled: u128,
    /// Assets to be reserved for them.
    pub assets: u128,
    /// Bonds of unrevealed bids, to be burned without payment.
    pub forfeited: u128,
    /// What the price of the filled and forfeited shares exceeds the assets by, rounded down.
    pub gain: u128,
}

/// What a servicing asks of the vault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Servicing {
    /// Shares serviced.
    pub shares: u128,
    /// Assets to be reserved for them.
    pub assets: u128,
    /// Shares that stay in the queue.
    pub pending: u128,
}

/// Bounds what the auction of an epoch may spend; the last announcement holds.
///
/// # Errors
/// [`Refusal::AnnouncementClosed`] from a day before its bid phase ends; [`Refusal::ValueTooLarge`] after
/// [`Clock::LAST_EPOCH`].
pub fn announce_limit<J: Journal>(journal: &mut J, clock: Clock, epoch: u64, assets: u128) -> Outcome<()> {
    if epoch > Clock::LAST_EPOCH {
        return Err(Refusal::ValueTooLarge {
            value: epoch.into(),
            maximum: Clock::LAST_EPOCH.into(),
        }
        .into());
    }
    let closed_at = clock.calendar().announcement_end(epoch);
    if closed_at <= clock.now() {
        return Err(Refusal::AnnouncementClosed { epoch, closed_at }.into());
    }
    // The epoch is not over, so it has no settlement to be kept.
    Milestones {
        announced_limit: Some(assets),
        settled_at: 0,
    }
    .save(journal, epoch);
    journal.emit(Event::LimitAnnounced { epoch, assets });
    Ok(())
}

/// Clears the oldest ended epoch with bids.
///
/// # Errors
/// [`Refusal::NothingToSettle`]; [`Refusal::NotPublicYet`] for others than the manager within the grace.
pub fn settle<J: Journal>(journal: &mut J, clock: Clock, means: Means) -> Outcome<Settlement> {
    let mut agenda = Agenda::load(journal);
    let (epoch, auction) = agenda.settleable(journal, clock).ok_or(Refusal::NothingToSettle)?;
    let public_from = clock.calendar().public_settlement_start(epoch);
    if !means.manager && clock.now() < public_from {
        return Err(Refusal::NotPublicYet { public_from }.into());
    }
    let mut milestones = Milestones::load(journal, epoch);
    let share_bps = terms::auction_share_bps(journal);
    let share = mul_div_128(means.idle, share_bps.into(), BASIS_POINTS.into()).ok_or(Error::Inconsistent)?;
    let limit = milestones
        .announced_limit
        .map_or(share, |announced| announced.min(share));
    let bounds = auction.terms.ok_or(Error::Inconsistent)?.bounds;
    let clearing = levels::clear(journal, epoch, bounds, means.price, limit)?;
    let Remainder {
        forfeited,
        awaiting_restore,
    } = auction.ledger.settle(clearing.filled)?;
    let burned = clearing.filled.checked_add(forfeited).ok_or(Error::AmountTooLarge)?;
    let gain = means
        .price
        .assets_for(burned)?
        .checked_sub(clearing.assets)
        .ok_or(Error::Inconsistent)?;

    milestones.settled_at = clock.now();
    milestones.save(journal, epoch);
    Cleared {
        clearing,
        limit,
        discount_earned: clearing.discount_earned(means.price)?,
    }
    .save(journal, epoch);
    agenda.awaiting_restore = agenda
        .awaiting_restore
        .checked_add(awaiting_restore)
        .ok_or(Error::AmountTooLarge)?;
    agenda.settled_at = clock.now();
    agenda.pass_first(&auction);
    agenda.save(journal);
    journal.emit(Event::AuctionSettled {
        epoch,
        limit,
        discount_bps: clearing.discount_bps,
        filled: clearing.filled,
        assets: clearing.assets,
        forfeited,
        gain,
        awaiting_restore,
    });
    Ok(Settlement {
        epoch,
        filled: clearing.filled,
        assets: clearing.assets,
        forfeited,
        gain,
    })
}

/// Services the next shares of the queue at the price, rounded down. From [`Clock::public_servicing_start`] on anybody
/// may, and `shares` is a ceiling, clamped to what is eligible and idle; before, it is exact and the manager's.
///
/// # Errors
/// [`Refusal::InvalidAmount`] for no shares, [`Refusal::EpochUnsettled`], [`Refusal::RestoreWindowOpen`],
/// [`Refusal::NotPublicYet`], [`Refusal::NotEligible`], [`Refusal::InsufficientBalance`], [`Refusal::ZeroNav`].
pub fn service<J: Journal>(journal: &mut J, clock: Clock, shares: u128, means: Means) -> Outcome<Servicing> {
    if shares == 0 {
        return Err(Refusal::InvalidAmount.into());
    }
    let agenda = Agenda::load(journal);
    if let Some((epoch, _)) = agenda.settleable(journal, clock) {
        return Err(Refusal::EpochUnsettled { epoch }.into());
    }
    let until = restore_window_end(agenda.settled_at);
    if agenda.awaiting_restore != 0 && clock.now() < until {
        return Err(Refusal::RestoreWindowOpen {
            awaiting_restore: agenda.awaiting_restore,
            until,
        }
        .into());
    }
    let public_from = clock.public_servicing_start();
    let is_public = public_from <= clock.now();
    if !means.manager && !is_public {
        return Err(Refusal::NotPublicYet { public_from }.into());
    }
    if means.price.assets.is_zero() {
        return Err(Refusal::ZeroNav.into());
    }
    let epoch = clock.epoch();
    let eligible = queue::eligible(journal, epoch)?;
    let affordable = means.price.shares_within(means.idle);
    if eligible == 0 || (shares > eligible && !is_public) {
        return Err(Refusal::NotEligible { shares, eligible }.into());
    }
    if affordable == 0 || (shares > affordable && !is_public) {
        return Err(Refusal::InsufficientBalance.into());
    }
    let shares = shares.min(eligible).min(affordable);
    let assets = means.price.assets_for(shares)?;
    let serviced = queue::service(journal, epoch, shares, assets)?;
    journal.emit(Event::RedemptionCheckpoint {
        watermark: serviced.checkpoint.watermark,
        cumulative_assets: serviced.checkpoint.cumulative_assets,
    });
    Ok(Servicing {
        shares,
        assets,
        pending: serviced.pending,
    })
}
