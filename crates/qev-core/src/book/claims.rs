//! Paying out what was serviced and won.
//!
//! A request with r claimable shares that are worth w pays ⌊w·x/r⌋ for x of them, and gives up ⌈r·a/w⌉ of them for a
//! assets; the last share takes all of w, and the last unit of w all shares. So whatever is claimed in whatever parts,
//! a request is never paid more than w, and exactly w when it is claimed by shares to the end. When the last share goes
//! for less than w, which can be by a claim of assets only, the rest, less than a share's worth, stays with the vault.
//!
//! A claim folds in memory and writes each record once; a record of which nothing is left is deleted.

use super::{
    event::Journal,
    homecoming::{fold, standing},
    ids::{self, Ids},
    refusal::{Outcome, Refusal},
    requests::{Earnings, Request},
};
use crate::{epoch::Clock, Error};
use alloy_primitives::{Address, U256};
use credit_math::{mul_div_down, mul_div_up};

/// In what a claim is counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Shares,
    Assets,
}

impl Unit {
    fn of(self, earnings: Earnings) -> u128 {
        match self {
            Self::Shares => earnings.shares,
            Self::Assets => earnings.assets,
        }
    }

    /// The part of `earnings` that a claim of `amount` takes.
    fn take(self, earnings: Earnings, amount: u128) -> Outcome<Earnings> {
        let Earnings { shares, assets } = earnings;
        if amount >= self.of(earnings) {
            return Ok(earnings);
        }
        let [amount_, shares_, assets_] = [amount, shares, assets].map(U256::from);
        let (other, taken): (_, fn(u128, u128) -> Earnings) = match self {
            Self::Shares => (mul_div_down(assets_, amount_, shares_), |amount, other| Earnings {
                shares: amount,
                assets: other,
            }),
            Self::Assets => (mul_div_up(shares_, amount_, assets_), |amount, other| Earnings {
                shares: other,
                assets: amount,
            }),
        };
        let other = other
            .and_then(|other| u128::try_from(other).ok())
            .ok_or(Error::Inconsistent)?;
        Ok(taken(amount, other))
    }
}

/// Claims `shares` of a controller's requests, oldest first, and returns the assets, rounded down.
///
/// # Errors
/// [`Refusal::InvalidAmount`] for none, [`Refusal::ExceedsClaimable`].
pub fn claim_shares<J: Journal>(journal: &mut J, clock: Clock, controller: Address, shares: u128) -> Outcome<u128> {
    Ok(claim(journal, clock, controller, Unit::Shares, shares)?.assets)
}

/// Claims `assets` of a controller's requests, oldest first, and returns the shares, rounded up.
///
/// # Errors
/// [`Refusal::InvalidAmount`] for none, [`Refusal::ExceedsClaimable`].
pub fn claim_assets<J: Journal>(journal: &mut J, clock: Clock, controller: Address, assets: u128) -> Outcome<u128> {
    Ok(claim(journal, clock, controller, Unit::Assets, assets)?.shares)
}

/// Claims `shares` of one request and returns its controller and the assets, rounded down.
///
/// # Errors
/// [`Refusal::InvalidAmount`] for none, [`Refusal::UnknownRequest`], [`Refusal::ExceedsClaimable`].
pub fn claim_request<J: Journal>(journal: &mut J, clock: Clock, id: u32, shares: u128) -> Outcome<(Address, u128)> {
    let (controller, _) = Request::load(journal, id)?.origin(journal);
    let mut due = Due::new(Unit::Shares, shares)?;
    if due.collect(journal, clock, controller, id)? {
        ids::remove(journal, controller, id);
    }
    Ok((controller, due.paid()?.assets))
}

fn claim<J: Journal>(
    journal: &mut J,
    clock: Clock,
    controller: Address,
    unit: Unit,
    amount: u128,
) -> Outcome<Earnings> {
    let mut due = Due::new(unit, amount)?;
    let live = Ids::load(journal, controller);
    let mut kept = Ids::NONE;
    for &id in live.as_slice() {
        if due.rest == 0 || !due.collect(journal, clock, controller, id)? {
            kept.push(id);
        }
    }
    kept.replace(journal, controller, &live);
    due.paid()
}

/// A claim on its way through the requests.
struct Due {
    unit: Unit,
    requested: u128,
    rest: u128,
    taken: Earnings,
}

impl Due {
    fn new(unit: Unit, requested: u128) -> Outcome<Self> {
        if requested == 0 {
            return Err(Refusal::InvalidAmount.into());
        }
        Ok(Self {
            unit,
            requested,
            rest: requested,
            taken: Earnings::default(),
        })
    }

    /// Takes what it can from a request, and says whether that is gone then. A bid that has won nothing is left alone:
    /// to bring it back is no business of a claim.
    fn collect<J: Journal>(&mut self, journal: &mut J, clock: Clock, controller: Address, id: u32) -> Outcome<bool> {
        let mut request = Request::load(journal, id)?;
        let mut earnings = request.earnings(journal);
        if standing(journal, &request)?.gained.shares != 0 {
            earnings = earnings.plus(fold(journal, clock, controller, &mut request)?)?;
        } else if earnings.shares == 0 {
            return Ok(false);
        }
        let taken = self.unit.take(earnings, self.rest)?;
        self.rest = self.rest.saturating_sub(self.unit.of(taken));
        self.taken = self.taken.plus(taken)?;
        let left = Earnings {
            shares: earnings.shares.saturating_sub(taken.shares),
            assets: earnings.assets.saturating_sub(taken.assets),
        };
        Ok(request.conclude(journal, left))
    }

    fn paid(self) -> Outcome<Earnings> {
        if self.rest == 0 {
            Ok(self.taken)
        } else {
            Err(Refusal::ExceedsClaimable {
                requested: self.requested,
                claimable: self.unit.of(self.taken),
            }
            .into())
        }
    }
}
