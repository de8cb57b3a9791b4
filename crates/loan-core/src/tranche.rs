//! A tranche of the pool: its cash, its loans in sums, and what its shares are worth, without a loop over loans.
//!
//! **State.** [`Tranche`]: idle cash; of all its slices of loans together the outstanding principal, the interest of a
//! second (Σ principal · rate over loans that accrue) and the unpaid interest up to `accrued_at`; provisions; the claims
//! of written-off loans whose collateral may still be sold; shares; gains that are not vested yet.
//!
//! **Value.** The unpaid interest at a time is `accrued + per_second · (now − accrued_at)`, exact in raw units, so it
//! equals the sum over the loans, each reckoned by itself, to the last digit: multiplication distributes over the sum,
//! and each transition changes the sum by exactly what it changes in the one loan.
//! - Optimistic (deposits) = idle + principal + unpaid interest net of the pool's fee + claims of written-off loans −
//!   unvested gains.
//! - Conservative (redemptions) = idle + principal − provisions − unvested gains.
//!
//! Both are rounded down, once, and the conservative one is never above the optimistic.
//!
//! **Transitions.** A loan is [`lend`](Tranche::lend)ed and [`receive`](Tranche::receive)s payments. A default
//! [`suspend`](Tranche::suspend)s its accrual, what was earned stays, and takes a provision, which later ones
//! [`replace`](Tranche::replace_provision); a cure [`resume`](Tranche::resume)s and [`release`](Tranche::release)s; otherwise the proceeds
//! [`close`](Tranche::close) it. A write-off closes it without proceeds and [`claim`](Tranche::claim)s what may still
//! come; the claims are [`forgo`](Tranche::forgo)ne when it has come and was [`recover`](Tranche::recover)ed, or when
//! it is no longer waited for.
//!
//! **Why nobody profits from an instant.** Lending and payments move value between principal, accrual and idle to the
//! wei: the optimistic value stays, but for the fee's rounding in the tranche's favour (and the fraction of a wei that
//! the last payment of a loan settles). What comes on top at one instant (penalty, interest for the time in default,
//! recoveries after a write-off) vests in a straight line, so it raises neither value at that instant. Provisions lower
//! only the conservative value and their release restores it, never above the optimistic, at which one enters.
//!
//! **Why nobody takes a recovery from those who bore the loss.** A claim is at least what its slice counted for before
//! the write-off, and at least what the waterfall can bring of it, both net of the fee ([`Policy::claims`]). So a
//! write-off does not lower the optimistic value, and a recovery raises idle by no more than it takes off the claims:
//! whoever enters while a claim counts has paid for all of it. It is a number that follows from the loan alone, so what
//! is taken off is what was added, and `written_off` is the sum over the loans that are waited for.
//!
//! A gain begins the period of what is unvested anew, as in the vault: small ones can delay it, to nobody's profit.
//!
//! **Shares.** Deposits mint ⌊assets · shares / optimistic⌋, redemptions pay ⌊shares · conservative / shares⌋ from
//! idle. The first deposit locks [`LOCKED_SHARES`], so the price cannot be moved far by a donor; a value of zero with
//! shares takes no deposit, since shares of it could not be priced.
//!
//! **Cost.** No loop. A payment touches idle, principal and interest, and the gains only with a penalty; deposits and
//! redemptions touch idle and shares, and read the rest.

use crate::{
    interest::payable, loan::Slice, origination::portion, split::narrow, Accrued, Error, PerTranche, Rate,
    BASIS_POINTS, MAX_AMOUNT, MAX_TRANCHES, WAD,
};
use alloy_primitives::U256;
use credit_math::{mul_div_down, mul_div_up};
use qev_core::vesting::Vesting;

/// Shares that the first deposit locks for good.
pub const LOCKED_SHARES: u128 = 1_000_000;

/// What the pool takes of interest, and how fast gains vest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The pool's share of interest and penalty, in bps.
    pub interest_fee_bps: u16,
    /// Seconds over which a gain of one instant reaches the share price.
    pub vesting_period: u64,
}

impl Policy {
    /// The pool's fee on `amount`, rounded down.
    ///
    /// # Errors
    /// [`Error::BasisPointsOutOfRange`] for a fee above 10,000 bps.
    pub fn fee(&self, amount: u128) -> Result<u128, Error> {
        portion(amount, self.interest_fee_bps)
    }

    /// What interest is worth to the tranche, net of the fee: a factor over a divisor of raw units.
    fn net(&self) -> Result<(U256, U256), Error> {
        let bps = self.interest_fee_bps;
        let kept = BASIS_POINTS
            .checked_sub(bps)
            .ok_or(Error::BasisPointsOutOfRange { bps })?;
        let unit = u128::from(WAD).saturating_mul(u128::from(BASIS_POINTS));
        Ok((U256::from(kept), U256::from(unit)))
    }

    /// What each tranche may still get of a loan that is written off: principal, and interest up to the default, which
    /// is what its slices have `accrued`, net of the fee. Rounded up.
    ///
    /// # Errors
    /// [`Error::BasisPointsOutOfRange`] for a fee above 10,000 bps; [`Error::AmountTooLarge`].
    pub fn claims(&self, slices: &[Slice; MAX_TRANCHES]) -> Result<PerTranche, Error> {
        let interest = payable(&slices.map(|slice| slice.accrued))?;
        let mut claims = PerTranche::default();
        for ((claim, slice), interest) in claims.iter_mut().zip(slices).zip(interest) {
            // In whole wei a tranche is owed up to one more or less than it has earned.
            let owed = Accrued::of_wei(interest).max(slice.accrued);
            *claim = add(slice.principal, self.net_up(owed)?)?;
        }
        Ok(claims)
    }

    fn net_down(&self, interest: Accrued) -> Result<u128, Error> {
        let (kept, unit) = self.net()?;
        narrow(mul_div_down(interest.earned(), kept, unit).ok_or(Error::AmountTooLarge)?)
    }

    fn net_up(&self, interest: Accrued) -> Result<u128, Error> {
        let (kept, unit) = self.net()?;
        narrow(mul_div_up(interest.earned(), kept, unit).ok_or(Error::AmountTooLarge)?)
    }
}

/// What a payment brings to a tranche. [`Receipt`](crate::loan::Receipt) has one for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Payment {
    /// Principal repaid.
    pub principal: u128,
    /// Interest, gross of the fee.
    pub interest: u128,
    /// Penalty, gross of the fee.
    pub penalty: u128,
    /// What leaves the accrual.
    pub settled: Accrued,
}

/// One tranche. Plain data, which the caller keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tranche {
    /// Cash that is not lent.
    pub idle: u128,
    /// Outstanding principal of its slices.
    pub principal: u128,
    /// Expected losses, taken off the conservative value.
    pub provisions: u128,
    /// Claims of written-off loans, part of the optimistic value.
    pub written_off: u128,
    /// Shares, the locked ones included.
    pub shares: u128,
    /// Raw interest a second of the loans that accrue.
    pub per_second: U256,
    /// Unpaid interest up to `accrued_at`, that of suspended loans included.
    pub accrued: Accrued,
    /// The time up to which interest is reckoned.
    pub accrued_at: u64,
    /// Gains on their way into the value.
    pub gains: Vesting,
}

impl Tranche {
    /// The tranche with interest reckoned up to `now`.
    ///
    /// # Errors
    /// [`Error::ClockBackwards`]; [`Error::AmountTooLarge`].
    pub fn accrue(&self, now: u64) -> Result<Self, Error> {
        let last = self.accrued_at;
        let seconds = now.checked_sub(last).ok_or(Error::ClockBackwards { now, last })?;
        Ok(Self {
            accrued: self.accrued.after(self.per_second, seconds)?,
            accrued_at: now,
            ..*self
        })
    }

    /// Idle and principal less unvested gains: what both values rest on.
    fn settled_value(&self, now: u64, policy: &Policy) -> Result<u128, Error> {
        let assets = add(self.idle, self.principal)?;
        Ok(assets.saturating_sub(self.gains.unvested(now, policy.vesting_period)))
    }

    /// What deposits are priced at: accrued interest and claims of written-off loans included, provisions not. Rounded
    /// down.
    ///
    /// # Errors
    /// [`Error::ClockBackwards`]; [`Error::AmountTooLarge`].
    pub fn optimistic_value(&self, now: u64, policy: &Policy) -> Result<u128, Error> {
        let interest = policy.net_down(self.accrue(now)?.accrued)?;
        sum([self.settled_value(now, policy)?, interest, self.written_off])
    }

    /// What redemptions are priced at: provisions taken off, accrued interest and claims not counted.
    ///
    /// # Errors
    /// [`Error::AmountTooLarge`].
    pub fn conservative_value(&self, now: u64, policy: &Policy) -> Result<u128, Error> {
        Ok(self.settled_value(now, policy)?.saturating_sub(self.provisions))
    }

    /// What `shares` are worth at a `value` of the tranche, rounded down.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] without shares.
    pub fn worth(&self, shares: u128, value: u128) -> Result<u128, Error> {
        let assets = mul_div_down(U256::from(shares), U256::from(value), U256::from(self.shares));
        narrow(assets.ok_or(Error::Inconsistent)?)
    }

    /// Takes a deposit at the optimistic value. Returns the shares for the depositor, rounded down; the first time
    /// [`LOCKED_SHARES`] are kept back, to be minted to nobody.
    ///
    /// # Errors
    /// [`Error::Valueless`] for a tranche with shares and no value; [`Error::FirstDepositTooSmall`];
    /// [`Error::ZeroAmount`] when not a share comes out; [`Error::AmountTooLarge`]; [`Error::ClockBackwards`].
    pub fn deposit(&self, assets: u128, now: u64, policy: &Policy) -> Result<(Self, u128), Error> {
        let (minted, shares) = if self.shares == 0 {
            let minimum = LOCKED_SHARES;
            let shares = assets.checked_sub(minimum).filter(|shares| *shares > 0);
            (assets, shares.ok_or(Error::FirstDepositTooSmall { assets, minimum })?)
        } else {
            let value = self.optimistic_value(now, policy)?;
            if value == 0 {
                return Err(Error::Valueless { shares: self.shares });
            }
            let shares = mul_div_down(U256::from(assets), U256::from(self.shares), U256::from(value));
            let shares = narrow(shares.ok_or(Error::AmountTooLarge)?)?;
            if shares == 0 {
                return Err(Error::ZeroAmount);
            }
            (shares, shares)
        };
        let tranche = Self {
            idle: add(self.idle, assets)?,
            shares: add(self.shares, minted)?,
            ..*self
        };
        Ok((tranche, shares))
    }

    /// Pays out shares at the conservative value. Returns the assets, rounded down.
    ///
    /// # Errors
    /// [`Error::ZeroAmount`] when not a wei comes out; [`Error::InsufficientIdle`]; [`Error::Inconsistent`] for more
    /// shares than there are beside the locked ones.
    pub fn redeem(&self, shares: u128, now: u64, policy: &Policy) -> Result<(Self, u128), Error> {
        let left = self
            .shares
            .checked_sub(shares)
            .filter(|left| *left >= LOCKED_SHARES)
            .ok_or(Error::Inconsistent)?;
        let assets = self.worth(shares, self.conservative_value(now, policy)?)?;
        if assets == 0 {
            return Err(Error::ZeroAmount);
        }
        let idle = self.pay_from_idle(assets)?;
        let tranche = Self {
            idle,
            shares: left,
            ..*self
        };
        Ok((tranche, assets))
    }

    fn pay_from_idle(&self, assets: u128) -> Result<u128, Error> {
        self.idle.checked_sub(assets).ok_or(Error::InsufficientIdle {
            assets,
            idle: self.idle,
        })
    }

    /// Lends `principal` out of idle at `rate`.
    ///
    /// # Errors
    /// [`Error::InsufficientIdle`]; [`Error::ClockBackwards`]; [`Error::AmountTooLarge`].
    pub fn lend(&self, principal: u128, rate: Rate, now: u64) -> Result<Self, Error> {
        let tranche = self.accrue(now)?;
        Ok(Self {
            idle: self.pay_from_idle(principal)?,
            principal: add(self.principal, principal)?,
            per_second: faster(self.per_second, rate.on(principal))?,
            ..tranche
        })
    }

    /// Takes a payment on a slice at `rate`. Returns the pool's fee, which is not part of idle. The penalty vests.
    ///
    /// # Errors
    /// [`Error::Inconsistent`]; [`Error::ClockBackwards`]; [`Error::AmountTooLarge`].
    pub fn receive(&self, payment: &Payment, rate: Rate, now: u64, policy: &Policy) -> Result<(Self, u128), Error> {
        let tranche = self.accrue(now)?;
        let (interest_fee, penalty_fee) = (policy.fee(payment.interest)?, policy.fee(payment.penalty)?);
        let interest = payment.interest.saturating_sub(interest_fee);
        let penalty = payment.penalty.saturating_sub(penalty_fee);
        let tranche = Self {
            idle: sum([self.idle, payment.principal, interest])?,
            principal: less(self.principal, payment.principal)?,
            per_second: slower(self.per_second, rate.on(payment.principal))?,
            accrued: tranche.accrued.minus(payment.settled)?,
            ..tranche
        };
        Ok((tranche.gain(penalty, now, policy)?, add(interest_fee, penalty_fee)?))
    }

    /// Adds cash that neither value knew of; it vests from `now` on.
    fn gain(&self, assets: u128, now: u64, policy: &Policy) -> Result<Self, Error> {
        Ok(Self {
            idle: add(self.idle, assets)?,
            gains: self.vesting(assets, now, policy)?,
            ..*self
        })
    }

    /// The gains with one of `assets`. Nothing does not begin their period anew.
    fn vesting(&self, assets: u128, now: u64, policy: &Policy) -> Result<Vesting, Error> {
        if assets == 0 {
            return Ok(self.gains);
        }
        self.gains
            .with_gain(assets, now, policy.vesting_period)
            .map_err(|_| Error::AmountTooLarge)
    }

    /// Stops the accrual on a slice. What it earned so far stays in the value.
    ///
    /// # Errors
    /// [`Error::Inconsistent`]; [`Error::ClockBackwards`]; [`Error::AmountTooLarge`].
    pub fn suspend(&self, principal: u128, rate: Rate, now: u64) -> Result<Self, Error> {
        Ok(Self {
            per_second: slower(self.per_second, rate.on(principal))?,
            ..self.accrue(now)?
        })
    }

    /// Lets a slice that was suspended at `since` accrue again, the time between included. To be followed by the
    /// payment that cures it; the interest of the time between vests.
    ///
    /// # Errors
    /// [`Error::ClockBackwards`] when `since` is later than `now`; [`Error::AmountTooLarge`].
    pub fn resume(&self, principal: u128, rate: Rate, since: u64, now: u64, policy: &Policy) -> Result<Self, Error> {
        let tranche = self.accrue(now)?;
        let seconds = now
            .checked_sub(since)
            .ok_or(Error::ClockBackwards { now, last: since })?;
        let between = Accrued::ZERO.after(rate.on(principal), seconds)?;
        Ok(Self {
            per_second: faster(self.per_second, rate.on(principal))?,
            accrued: tranche.accrued.plus(between)?,
            gains: self.vesting(policy.net_up(between)?, now, policy)?,
            ..tranche
        })
    }

    /// Takes a provision back.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] for more than was provided.
    pub fn release(&self, provision: u128) -> Result<Self, Error> {
        self.replace_provision(provision, 0)
    }

    /// Takes a provision back and another one in its place.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] for more than was provided; [`Error::AmountTooLarge`].
    pub fn replace_provision(&self, before: u128, after: u128) -> Result<Self, Error> {
        Ok(Self {
            provisions: add(less(self.provisions, before)?, after)?,
            ..*self
        })
    }

    /// Ends a suspended slice with what its proceeds paid of principal and interest: the rest of both is lost. Returns
    /// the pool's fee. The provision is the caller's to [`release`](Tranche::release).
    ///
    /// # Errors
    /// [`Error::Inconsistent`] for more principal than the slice has; [`Error::AmountTooLarge`].
    pub fn close(
        &self,
        slice: &Slice,
        principal: u128,
        interest: u128,
        policy: &Policy,
    ) -> Result<(Self, u128), Error> {
        less(slice.principal, principal)?;
        let fee = policy.fee(interest)?;
        let tranche = Self {
            idle: sum([self.idle, principal, interest.saturating_sub(fee)])?,
            principal: less(self.principal, slice.principal)?,
            accrued: self.accrued.minus(slice.accrued)?,
            ..*self
        };
        Ok((tranche, fee))
    }

    /// Counts a written-off loan's claim, one of [`Policy::claims`], in the optimistic value.
    ///
    /// # Errors
    /// [`Error::AmountTooLarge`].
    pub fn claim(&self, claim: u128) -> Result<Self, Error> {
        Ok(Self {
            written_off: add(self.written_off, claim)?,
            ..*self
        })
    }

    /// Counts it no more.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] for more than is claimed.
    pub fn forgo(&self, claim: u128) -> Result<Self, Error> {
        Ok(Self {
            written_off: less(self.written_off, claim)?,
            ..*self
        })
    }

    /// Takes what is recovered of a slice after it was closed; it vests. Returns the pool's fee. The claim is the
    /// caller's to [`forgo`](Tranche::forgo).
    ///
    /// # Errors
    /// [`Error::AmountTooLarge`].
    pub fn recover(&self, principal: u128, interest: u128, now: u64, policy: &Policy) -> Result<(Self, u128), Error> {
        let fee = policy.fee(interest)?;
        let gain = add(principal, interest.saturating_sub(fee))?;
        Ok((self.gain(gain, now, policy)?, fee))
    }
}

fn add(a: u128, b: u128) -> Result<u128, Error> {
    a.checked_add(b)
        .filter(|sum| *sum <= MAX_AMOUNT)
        .ok_or(Error::AmountTooLarge)
}

fn sum(amounts: [u128; 3]) -> Result<u128, Error> {
    amounts.into_iter().try_fold(0, add)
}

fn less(a: u128, b: u128) -> Result<u128, Error> {
    a.checked_sub(b).ok_or(Error::Inconsistent)
}

fn faster(per_second: U256, by: U256) -> Result<U256, Error> {
    per_second.checked_add(by).ok_or(Error::AmountTooLarge)
}

fn slower(per_second: U256, by: U256) -> Result<U256, Error> {
    per_second.checked_sub(by).ok_or(Error::Inconsistent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DAY;
    use alloy_primitives::I256;

    const WHOLE: u128 = WAD as u128;
    const NOW: u64 = 1_800_000_000;
    const POLICY: Policy = Policy {
        interest_fee_bps: 1_000,
        vesting_period: 30 * DAY,
    };

    fn rate() -> Rate {
        Rate::new(WAD / (1_000 * DAY)).unwrap()
    }

    /// A thousand deposited, six hundred of it lent: 0.6 a day.
    fn lent() -> Tranche {
        let (tranche, shares) = Tranche::default().deposit(1_000 * WHOLE, NOW, &POLICY).unwrap();
        assert_eq!((shares, tranche.shares), (1_000 * WHOLE - LOCKED_SHARES, 1_000 * WHOLE));
        tranche.lend(600 * WHOLE, rate(), NOW).unwrap()
    }

    fn values(tranche: &Tranche, now: u64) -> (u128, u128) {
        (
            tranche.optimistic_value(now, &POLICY).unwrap(),
            tranche.conservative_value(now, &POLICY).unwrap(),
        )
    }

    #[test]
    fn interest_counts_net_and_for_deposits_only() {
        let tranche = lent();
        assert_eq!(values(&tranche, NOW), (1_000 * WHOLE, 1_000 * WHOLE));
        let (optimistic, conservative) = values(&tranche, NOW + 100 * DAY);
        let exact = 600 * WHOLE * u128::from(rate().per_second() * 100 * DAY) / WHOLE * 9 / 10;
        assert_eq!((optimistic, conservative), (1_000 * WHOLE + exact, 1_000 * WHOLE));
        let (after, shares) = tranche.deposit(500 * WHOLE, NOW + 100 * DAY, &POLICY).unwrap();
        let priced = U256::from(500 * WHOLE) * U256::from(1_000 * WHOLE) / U256::from(optimistic);
        assert_eq!(U256::from(shares), priced);
        let (redeemed, assets) = after.redeem(shares, NOW + 100 * DAY, &POLICY).unwrap();
        assert!(assets < 500 * WHOLE);
        assert_eq!(redeemed.idle + assets, 900 * WHOLE);
    }

    #[test]
    fn a_payment_moves_value_without_making_any() {
        let tranche = lent();
        let now = NOW + 10 * DAY;
        let before = values(&tranche, now);
        let interest = tranche.accrue(now).unwrap().accrued.wei_up().unwrap();
        let payment = Payment {
            principal: 100 * WHOLE,
            interest,
            penalty: 0,
            settled: Accrued::of_wei(interest),
        };
        let (after, fee) = tranche.receive(&payment, rate(), now, &POLICY).unwrap();
        assert_eq!(fee, interest / 10);
        assert_eq!(after.idle, 500 * WHOLE + interest - fee);
        assert_eq!(
            (after.principal, after.per_second),
            (500 * WHOLE, rate().on(500 * WHOLE))
        );
        let (optimistic, conservative) = values(&after, now);
        assert!((before.0..=before.0 + 1).contains(&optimistic));
        assert_eq!(conservative, before.1 + interest - fee);
    }

    #[test]
    fn what_comes_at_one_instant_vests() {
        let tranche = lent();
        let before = values(&tranche, NOW);
        let penalty = Payment {
            penalty: 10 * WHOLE,
            ..Payment::default()
        };
        let (after, fee) = tranche.receive(&penalty, rate(), NOW, &POLICY).unwrap();
        assert_eq!((fee, after.idle), (WHOLE, 409 * WHOLE));
        assert_eq!(values(&after, NOW), before);
        assert_eq!(values(&after, NOW + 15 * DAY).1, before.1 + 9 * WHOLE / 2);
        assert_eq!(values(&after, NOW + 30 * DAY).1, before.1 + 9 * WHOLE);
        let (recovered, fee) = tranche.recover(100 * WHOLE, 10 * WHOLE, NOW, &POLICY).unwrap();
        assert_eq!((fee, recovered.idle), (WHOLE, 509 * WHOLE));
        assert_eq!(values(&recovered, NOW), before);
        assert_eq!(values(&recovered, NOW + 30 * DAY).1, before.1 + 109 * WHOLE);
    }

    #[test]
    fn a_default_stops_accrual_and_a_cure_brings_no_jump() {
        let (default, cure) = (NOW + 40 * DAY, NOW + 50 * DAY);
        let tranche = lent()
            .suspend(600 * WHOLE, rate(), default)
            .unwrap()
            .replace_provision(0, 200 * WHOLE)
            .unwrap();
        let before = values(&tranche, cure);
        assert_eq!(before, (values(&lent(), default).0, 800 * WHOLE));
        let cured = tranche
            .resume(600 * WHOLE, rate(), default, cure, &POLICY)
            .unwrap()
            .release(200 * WHOLE)
            .unwrap();
        assert_eq!(cured.accrued, lent().accrue(cure).unwrap().accrued);
        let (optimistic, _) = values(&cured, cure);
        assert!((before.0 - 1..=before.0).contains(&optimistic));
        assert_eq!(values(&cured, cure + 30 * DAY).0, values(&lent(), cure + 30 * DAY).0);
        let early = tranche.resume(1, rate(), cure + 1, cure, &POLICY);
        let last = cure + 1;
        assert_eq!(early, Err(Error::ClockBackwards { now: cure, last }));
    }

    #[test]
    fn a_loss_is_realised_when_the_loan_is_closed() {
        let default = NOW + 40 * DAY;
        let tranche = lent()
            .suspend(600 * WHOLE, rate(), default)
            .unwrap()
            .replace_provision(0, 200 * WHOLE)
            .unwrap();
        let slice = Slice {
            principal: 600 * WHOLE,
            rate: rate(),
            accrued: tranche.accrued,
        };
        let (closed, fee) = tranche.close(&slice, 450 * WHOLE, 0, &POLICY).unwrap();
        let closed = closed.release(200 * WHOLE).unwrap();
        assert_eq!(fee, 0);
        assert_eq!(values(&closed, default), (850 * WHOLE, 850 * WHOLE));
        assert_eq!(
            (closed.principal, closed.accrued, closed.provisions),
            (0, Accrued::ZERO, 0)
        );
        assert_eq!(
            tranche.close(&slice, 600 * WHOLE + 1, 0, &POLICY),
            Err(Error::Inconsistent)
        );
        let (_, fee) = tranche.close(&slice, 600 * WHOLE, 20 * WHOLE, &POLICY).unwrap();
        assert_eq!(fee, 2 * WHOLE);
    }

    /// The tranche of the deposit that takes half of what is recovered if claims do not count: 100 left of 100,000.
    #[test]
    fn a_write_off_keeps_the_price_of_deposits_and_a_recovery_brings_it_down_to_what_came() {
        let slice = Slice {
            principal: 99_900 * WHOLE,
            rate: rate(),
            accrued: Accrued::of_wei(1_000 * WHOLE)
                .plus(Accrued::from_raw(I256::ONE))
                .unwrap(),
        };
        let tranche = Tranche {
            idle: 100 * WHOLE,
            principal: slice.principal,
            shares: 100_000 * WHOLE,
            accrued: slice.accrued,
            accrued_at: NOW,
            ..Tranche::default()
        };
        let before = values(&tranche, NOW);
        // 1,000 of interest and a part of a wei: 900 net of the fee, and a wei.
        let [claim, ..] = POLICY
            .claims(&[slice, Slice::default(), Slice::default(), Slice::default()])
            .unwrap();
        assert_eq!(claim, 100_800 * WHOLE + 1);
        let (written_off, _) = tranche.close(&slice, 0, 0, &POLICY).unwrap();
        let written_off = written_off.claim(claim).unwrap();
        assert_eq!(before, (100_900 * WHOLE, 100_000 * WHOLE));
        assert_eq!(values(&written_off, NOW), (before.0 + 1, 100 * WHOLE));
        let (entered, shares) = written_off.deposit(100_000 * WHOLE, NOW, &POLICY).unwrap();
        let recover = |tranche: &Tranche| {
            let (recovered, fee) = tranche.recover(50_000 * WHOLE, 0, NOW, &POLICY).unwrap();
            assert_eq!(fee, 0);
            recovered.forgo(claim).unwrap()
        };
        let vested = NOW + POLICY.vesting_period;
        let recovered = recover(&entered);
        assert_eq!((recovered.written_off, recovered.idle), (0, 150_100 * WHOLE));
        let (_, worth) = recovered.redeem(shares, vested, &POLICY).unwrap();
        assert!((74_700 * WHOLE..74_800 * WHOLE).contains(&worth), "{worth} of 100,000");
        // Without the claim he would have had half of it.
        let (entered, shares) = written_off
            .forgo(claim)
            .and_then(|tranche| tranche.deposit(100_000 * WHOLE, NOW, &POLICY))
            .unwrap();
        let recovered = recover(&entered.claim(claim).unwrap());
        let (_, worth) = recovered.redeem(shares, vested, &POLICY).unwrap();
        assert!((149_950 * WHOLE..149_951 * WHOLE).contains(&worth), "{worth}");
        assert_eq!(written_off.forgo(claim + 1), Err(Error::Inconsistent));
        assert_eq!(written_off.claim(MAX_AMOUNT), Err(Error::AmountTooLarge));
    }

    #[test]
    fn a_claim_is_what_was_counted_and_what_can_come() {
        let of = |accrued: [i128; 4]| {
            let slices = accrued.map(|raw| Slice {
                accrued: Accrued::from_raw(I256::try_from(raw).unwrap()),
                ..Slice::default()
            });
            POLICY.claims(&slices)
        };
        let wei = i128::from(WAD);
        // Thirds of a wei, of which the first tranche is owed the whole and the last nothing.
        assert_eq!(of([wei / 3, wei / 3, wei / 3, 0]), Ok([1, 1, 1, 0]));
        assert_eq!(of([10 * wei, 10 * wei + 1, -1, 0]), Ok([9, 10, 0, 0]));
        let free = Policy {
            interest_fee_bps: 0,
            ..POLICY
        };
        let slice = Slice {
            principal: MAX_AMOUNT,
            accrued: Accrued::of_wei(1),
            ..Slice::default()
        };
        assert_eq!(free.claims(&[slice; 4]), Err(Error::AmountTooLarge));
        let greedy = Policy {
            interest_fee_bps: 10_001,
            ..POLICY
        };
        assert_eq!(
            greedy.claims(&[slice; 4]),
            Err(Error::BasisPointsOutOfRange { bps: 10_001 })
        );
    }

    #[test]
    fn what_cannot_be_priced_or_paid_is_refused() {
        let first = |assets| {
            Tranche::default()
                .deposit(assets, NOW, &POLICY)
                .map(|(_, shares)| shares)
        };
        let minimum = LOCKED_SHARES;
        assert_eq!(
            first(LOCKED_SHARES),
            Err(Error::FirstDepositTooSmall {
                assets: minimum,
                minimum
            })
        );
        assert_eq!(first(LOCKED_SHARES + 1), Ok(1));
        assert_eq!(first(MAX_AMOUNT + 1), Err(Error::AmountTooLarge));
        let lost = Tranche { idle: 0, ..lent() };
        let slice = Slice {
            principal: 600 * WHOLE,
            ..Slice::default()
        };
        let (lost, _) = lost.close(&slice, 0, 0, &POLICY).unwrap();
        assert_eq!(
            lost.deposit(WHOLE, NOW, &POLICY),
            Err(Error::Valueless { shares: 1_000 * WHOLE })
        );
        assert_eq!(lost.redeem(WHOLE, NOW, &POLICY), Err(Error::ZeroAmount));
        assert_eq!(lent().deposit(0, NOW, &POLICY), Err(Error::ZeroAmount));
        let (assets, idle) = (401 * WHOLE, 400 * WHOLE);
        assert_eq!(
            lent().redeem(assets, NOW, &POLICY),
            Err(Error::InsufficientIdle { assets, idle })
        );
        assert_eq!(
            lent().lend(assets, rate(), NOW),
            Err(Error::InsufficientIdle { assets, idle })
        );
        assert_eq!(
            lent().redeem(1_000 * WHOLE - LOCKED_SHARES + 1, NOW, &POLICY),
            Err(Error::Inconsistent)
        );
        assert_eq!(lent().release(1), Err(Error::Inconsistent));
        assert_eq!(lent().suspend(600 * WHOLE + 1, rate(), NOW), Err(Error::Inconsistent));
        assert_eq!(
            lent().optimistic_value(NOW - 1, &POLICY),
            Err(Error::ClockBackwards {
                now: NOW - 1,
                last: NOW
            })
        );
        let greedy = Policy {
            interest_fee_bps: 10_001,
            ..POLICY
        };
        assert_eq!(greedy.fee(1), Err(Error::BasisPointsOutOfRange { bps: 10_001 }));
        assert_eq!(Tranche::default().worth(1, 1), Err(Error::Inconsistent));
    }
}
