//! Deadlines, and the balance that each instalment leaves.
//!
//! **State.** A [`Calendar`] (start, interval, number of instalments) fixes the deadlines for good. A [`Plan`] says
//! what principal should be left after each instalment that was still to come when it was made: at origination, and
//! again after each prepayment ("re-levelling"), which keeps the calendar. Instalment k belongs to the interval
//! [deadline(k−1), deadline(k)): in it the instalment is paid on time, from its end on it is missed.
//!
//! **Equal principal.** After k of n instalments ⌊balance · (n − k) / n⌋ is left: each repays balance / n, within a
//! wei.
//!
//! **Level payment.** Each instalment is P = [`level_payment`], of which the interest of a full interval (to the
//! nearest wei) is interest and the rest principal; the last one is what is left.
//!
//! **Why right.** The principal due at any time is the current balance less the scheduled one. So m missed instalments
//! make m + 1 principals due, what was paid of an instalment is not asked for again, and because every plan ends at
//! zero the instalments sum to the principal exactly, whatever was rounded (L5).
//!
//! **Why level.** What an instalment paid at its deadline costs is P + (interest charged − interest of the plan).
//! The former is within one wei of exact ([`interest`](crate::interest)), the latter within half a wei and ε, where ε
//! is the fraction's precision (2^−24 wei) and the drift of the tranches' proportions from those at origination: a few
//! wei, times the difference of their rates over an interval, a few hundredths. Both are integers less than two wei
//! apart while ε < 1/2, so the payment is within one wei of P.
//!
//! **Cost.** No storage. A level plan is walked instalment by instalment, one product of 128 bits each.

use crate::{
    annuity::{level_payment, IntervalInterest},
    split::narrow,
    Error, MAX_PRINCIPAL,
};
use alloy_primitives::U256;
use credit_math::mul_div_down;

/// The most instalments of a loan: ten years of weeks.
pub const MAX_INSTALMENTS: u16 = 520;

/// The longest repayment interval, in seconds: 366 days.
pub const MAX_INTERVAL: u64 = 366 * crate::DAY;

/// How principal is spread over the instalments. The discriminant is the ABI's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Schedule {
    /// The same principal in each instalment, so that they fall with the interest.
    #[default]
    EqualPrincipal = 0,
    /// The same payment each time, interest included.
    LevelPayment = 1,
}

/// The deadlines of a loan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    start: u64,
    interval: u64,
    instalments: u16,
}

impl Calendar {
    /// Deadlines every `interval` seconds after `start`, the last at `start + duration`.
    ///
    /// # Errors
    /// [`Error::InvalidDuration`] unless the duration is 1 to [`MAX_INSTALMENTS`] whole intervals of 1 second to
    /// [`MAX_INTERVAL`]; [`Error::AmountTooLarge`] when the end leaves 64 bits.
    pub fn new(start: u64, duration: u64, interval: u64) -> Result<Self, Error> {
        let invalid = Error::InvalidDuration { duration, interval };
        let instalments = duration
            .checked_div(interval)
            .filter(|count| (1..=u64::from(MAX_INSTALMENTS)).contains(count))
            .and_then(|count| u16::try_from(count).ok())
            .ok_or(invalid)?;
        if duration.checked_rem(interval) != Some(0) || interval > MAX_INTERVAL {
            return Err(invalid);
        }
        start.checked_add(duration).ok_or(Error::AmountTooLarge)?;
        Ok(Self {
            start,
            interval,
            instalments,
        })
    }

    /// Seconds between two deadlines.
    #[must_use]
    pub const fn interval(&self) -> u64 {
        self.interval
    }

    /// How many instalments there are.
    #[must_use]
    pub const fn instalments(&self) -> u16 {
        self.instalments
    }

    /// When instalment `number` (from 1) has to be paid before; the end for later ones, the start for 0.
    #[must_use]
    pub fn deadline(&self, number: u16) -> u64 {
        let intervals = u64::from(number.min(self.instalments));
        // Within `start + duration`, which `new` has added up.
        self.start.saturating_add(self.interval.saturating_mul(intervals))
    }

    /// How many deadlines have passed at `now`.
    #[must_use]
    pub fn passed(&self, now: u64) -> u16 {
        let whole = now.saturating_sub(self.start).checked_div(self.interval).unwrap_or(0);
        u16::try_from(whole).unwrap_or(u16::MAX).min(self.instalments)
    }

    /// The instalment in whose interval `now` is; the last one after the end.
    #[must_use]
    pub fn current(&self, now: u64) -> u16 {
        self.passed(now).saturating_add(1).min(self.instalments)
    }
}

/// The principal that should be left after each instalment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    schedule: Schedule,
    balance: u128,
    instalments: u16,
    interest: IntervalInterest,
}

impl Plan {
    /// A plan that repays `balance` in `instalments`, with `interest` an interval at the blended rate.
    ///
    /// # Errors
    /// [`Error::AmountTooLarge`] above [`MAX_PRINCIPAL`]; [`Error::LevelPaymentUndefined`].
    pub fn new(schedule: Schedule, balance: u128, instalments: u16, interest: IntervalInterest) -> Result<Self, Error> {
        if balance > MAX_PRINCIPAL {
            return Err(Error::AmountTooLarge);
        }
        if schedule == Schedule::LevelPayment && instalments > 0 {
            level_payment(balance, interest, instalments)?;
        }
        Ok(Self::from_parts(schedule, balance, instalments, interest))
    }

    /// The plan that [`Plan::new`] once accepted, read back from storage.
    #[must_use]
    pub const fn from_parts(schedule: Schedule, balance: u128, instalments: u16, interest: IntervalInterest) -> Self {
        Self {
            schedule,
            balance,
            instalments,
            interest,
        }
    }

    /// How principal is spread.
    #[must_use]
    pub const fn schedule(&self) -> Schedule {
        self.schedule
    }

    /// The balance that the plan repays.
    #[must_use]
    pub const fn balance(&self) -> u128 {
        self.balance
    }

    /// In how many instalments it does.
    #[must_use]
    pub const fn instalments(&self) -> u16 {
        self.instalments
    }

    /// Interest an interval, at the blended rate.
    #[must_use]
    pub const fn interest(&self) -> IntervalInterest {
        self.interest
    }

    /// This for another balance: the instalments that are left, levelled anew.
    ///
    /// # Errors
    /// As [`Plan::new`].
    pub fn relevelled(&self, balance: u128, instalments: u16) -> Result<Self, Error> {
        Self::new(self.schedule, balance, instalments, self.interest)
    }

    /// The scheduled balances after 0, 1, 2, … instalments, zero after the last.
    ///
    /// # Errors
    /// [`Error::LevelPaymentUndefined`] for a plan that [`Plan::new`] did not make.
    pub fn balances(&self) -> Result<Balances, Error> {
        let payment = match self.schedule {
            Schedule::LevelPayment if self.instalments > 0 => {
                level_payment(self.balance, self.interest, self.instalments)?
            }
            _ => 0,
        };
        Ok(Balances {
            plan: *self,
            payment,
            number: 0,
            balance: self.balance,
        })
    }

    /// The scheduled balance after `number` instalments, zero after the last.
    ///
    /// # Errors
    /// As [`Plan::balances`].
    pub fn balance_after(&self, number: u16) -> Result<u128, Error> {
        let mut balances = self.balances()?;
        balances.go_to(number)?;
        Ok(balances.balance)
    }
}

/// A walk along a [`Plan`].
#[derive(Clone, Copy, Debug)]
pub struct Balances {
    plan: Plan,
    payment: u128,
    number: u16,
    balance: u128,
}

impl Balances {
    /// The level payment; zero on the other schedule.
    #[must_use]
    pub const fn payment(&self) -> u128 {
        self.payment
    }

    /// Walks on to what is left after `number` instalments and returns it; stays where it is if that lies behind.
    ///
    /// # Errors
    /// [`Error::AmountTooLarge`] when the interest leaves 128 bits.
    pub fn go_to(&mut self, number: u16) -> Result<u128, Error> {
        let instalments = self.plan.instalments;
        if number >= instalments {
            (self.number, self.balance) = (instalments, 0);
        } else if self.plan.schedule == Schedule::EqualPrincipal {
            if number > self.number {
                self.number = number;
                self.balance = narrow(
                    mul_div_down(
                        U256::from(self.plan.balance),
                        U256::from(instalments.saturating_sub(number)),
                        U256::from(instalments),
                    )
                    .ok_or(Error::Inconsistent)?,
                )?;
            }
        } else {
            while self.number < number {
                let interest = self.plan.interest.on(self.balance)?;
                let principal = self.payment.saturating_sub(interest);
                self.balance = self.balance.saturating_sub(principal);
                self.number = self.number.saturating_add(1);
            }
        }
        Ok(self.balance)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::DAY;
    use alloy_primitives::U256;
    use proptest::prelude::*;
    use std::vec::Vec;

    const MONTH: u64 = 30 * DAY;

    fn plan(schedule: Schedule, balance: u128, instalments: u16, bits: u128) -> Plan {
        Plan::new(schedule, balance, instalments, IntervalInterest::from_bits(bits)).unwrap()
    }

    fn principals(plan: &Plan) -> Vec<u128> {
        let mut balances = plan.balances().unwrap();
        let mut before = plan.balance();
        (1..=plan.instalments())
            .map(|number| {
                let after = balances.go_to(number).unwrap();
                let principal = before.checked_sub(after).unwrap();
                before = after;
                principal
            })
            .collect()
    }

    #[test]
    fn deadlines_are_half_open() {
        let calendar = Calendar::new(1_000, 3 * MONTH, MONTH).unwrap();
        assert_eq!((calendar.instalments(), calendar.interval()), (3, MONTH));
        assert_eq!(calendar.deadline(0), 1_000);
        assert_eq!(calendar.deadline(1), 1_000 + MONTH);
        assert_eq!(calendar.deadline(9), 1_000 + 3 * MONTH);
        for (now, passed, current) in [
            (0, 0, 1),
            (1_000, 0, 1),
            (999 + MONTH, 0, 1),
            (1_000 + MONTH, 1, 2),
            (999 + 3 * MONTH, 2, 3),
            (1_000 + 3 * MONTH, 3, 3),
            (u64::MAX, 3, 3),
        ] {
            assert_eq!(
                (calendar.passed(now), calendar.current(now)),
                (passed, current),
                "{now}"
            );
        }
    }

    #[test]
    fn durations_that_are_no_whole_intervals_are_refused() {
        for (duration, interval) in [
            (0, MONTH),
            (MONTH, 0),
            (MONTH + 1, MONTH),
            (MONTH - 1, MONTH),
            ((u64::from(MAX_INSTALMENTS) + 1) * DAY, DAY),
            (MAX_INTERVAL + 1, MAX_INTERVAL + 1),
        ] {
            let refused = Err(Error::InvalidDuration { duration, interval });
            assert_eq!(Calendar::new(0, duration, interval), refused);
        }
        assert_eq!(Calendar::new(u64::MAX, DAY, DAY), Err(Error::AmountTooLarge));
        assert!(Calendar::new(u64::MAX - DAY, DAY, DAY).is_ok());
        assert!(Calendar::new(0, u64::from(MAX_INSTALMENTS) * MAX_INTERVAL, MAX_INTERVAL).is_ok());
    }

    #[test]
    fn equal_principal_differs_by_a_wei_at_most() {
        assert_eq!(principals(&plan(Schedule::EqualPrincipal, 10, 4, 0)), [3, 2, 3, 2]);
        assert_eq!(principals(&plan(Schedule::EqualPrincipal, 2, 4, 0)), [1, 0, 1, 0]);
    }

    #[test]
    fn level_payments_hold_more_principal_each_time() {
        // 1 % an interval: 100,000.00 in four payments of 25,628.11.
        let months = plan(Schedule::LevelPayment, 10_000_000, 4, (1 << 120) / 100);
        assert_eq!(months.balances().unwrap().payment(), 2_562_811);
        assert_eq!(principals(&months), [2_462_811, 2_487_439, 2_512_314, 2_537_436]);
        assert_eq!(months.balance_after(2), Ok(10_000_000 - 2_462_811 - 2_487_439));
        // Too small to be spread: repaid early, never more than the balance.
        assert_eq!(principals(&plan(Schedule::LevelPayment, 2, 4, 0)), [1, 1, 0, 0]);
    }

    #[test]
    fn a_walk_does_not_turn_back_and_a_plan_without_instalments_is_over() {
        let plan = plan(Schedule::EqualPrincipal, 100, 10, 0);
        let mut balances = plan.balances().unwrap();
        assert_eq!(balances.go_to(4), Ok(60));
        assert_eq!(balances.go_to(2), Ok(60));
        assert_eq!(balances.go_to(10), Ok(0));
        for schedule in [Schedule::EqualPrincipal, Schedule::LevelPayment] {
            let over = plan.relevelled(7, 0).unwrap();
            assert_eq!(Plan { schedule, ..over }.balance_after(0), Ok(0));
        }
        let too_large = Plan::new(
            Schedule::LevelPayment,
            MAX_PRINCIPAL + 1,
            1,
            IntervalInterest::default(),
        );
        assert_eq!(too_large, Err(Error::AmountTooLarge));
        let undefined = Plan::new(Schedule::LevelPayment, 1, 99, IntervalInterest::from_bits(u128::MAX));
        assert_eq!(undefined, Err(Error::LevelPaymentUndefined { instalments: 99 }));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// L5, and what makes a schedule one: equal principal, or equal payments, to the wei.
        #[test]
        fn instalments_repay_the_principal_exactly(
            balance in prop_oneof![1..=MAX_PRINCIPAL, 1_u128..10_000],
            instalments in prop_oneof![1_u16..=60, Just(MAX_INSTALMENTS)],
            per_second in 0_u64..40_000_000_000,
            level in any::<bool>(),
        ) {
            let schedule = if level { Schedule::LevelPayment } else { Schedule::EqualPrincipal };
            let per_second = U256::from(balance) * U256::from(per_second);
            let interest = IntervalInterest::blended(per_second, balance, MONTH).unwrap();
            let Ok(plan) = Plan::new(schedule, balance, instalments, interest) else {
                prop_assert!(level);
                return Ok(());
            };
            let principals = principals(&plan);
            prop_assert_eq!(principals.iter().sum::<u128>(), balance);
            if level {
                let payment = plan.balances().unwrap().payment();
                let mut left = balance;
                for (index, principal) in principals.iter().enumerate() {
                    if index + 1 < principals.len() && *principal < left {
                        prop_assert_eq!(principal + interest.on(left).unwrap(), payment);
                    }
                    left -= principal;
                }
            } else {
                let equal = balance / u128::from(instalments);
                prop_assert!(principals.iter().all(|principal| (equal..=equal + 1).contains(principal)));
            }
        }
    }
}
