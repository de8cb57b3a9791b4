//! The state of one loan: what is due at a time, and what a payment does.
//!
//! **State.** [`Loan`]: for each tranche the principal it has in the loan, its rate, fixed at origination, and its
//! unpaid interest ([`Slice`]); the calendar, the plan and how many instalments are paid; unpaid penalty and exit fee;
//! the time up to which interest and penalty were reckoned.
//!
//! **Interest** accrues per second on each tranche's outstanding principal, whatever the schedule says, and all of it
//! is due with any payment. **Penalty** = penalty rate · overdue principal · time since the deadline: each missed
//! instalment's principal carries it from its own deadline on, until it is paid, beside interest.
//!
//! **Transition.** [`Loan::pay`] takes any amount, in this order:
//! 1. penalty, split between the tranches as interest accrues to them (principal · rate);
//! 2. interest, [`payable`]; a part of it in proportion;
//! 3. principal, pro rata to the tranches' principal in the loan: first what is missed, then the instalment of the
//!    current interval, then prepayment;
//! 4. the exit fee, with the last of the principal.
//!
//! An instalment is paid once penalty and interest are, and the balance is no more than the plan leaves after it (the
//! last one also needs the exit fee). Only instalments up to that of the current interval can be paid: whatever goes
//! beyond is prepayment, leaves the next deadline where it is, and levels the plan anew over the instalments that are
//! left.
//!
//! **Why right.** Each step takes the lesser of what is left of the amount and what is owed, and each split sums to
//! what it splits, so amount = penalty + interest + principal + exit fee + change to the wei. Amounts owed are
//! rounded up. With the last principal the fractions of a wei that [`payable`] left in the accruals are dropped: they
//! sum to at most zero, so all tranches together lose nothing, and one of them at most the fractions of a wei that the
//! others were paid ahead.
//!
//! **Assumptions** where the specification is silent: fees are amounts in currency, as in the live protocol; the
//! origination fee is kept from what the borrower receives; the exit fee is the protocol's; there is no minimum
//! payment; a default does not accelerate the principal, so arrears are enough to cure it; a curing borrower owes
//! interest and penalty for the time in default too.
//!
//! **Cost.** Arithmetic for each tranche and each instalment of a level plan; nothing is stored but the state.

use crate::{
    annuity::IntervalInterest,
    interest::{payable, wei_up},
    schedule::{Balances, Calendar, Plan, Schedule},
    split::{pro_rata, pro_rata_to, total},
    Accrued, Error, PerTranche, Rate, DAY, MAX_PRINCIPAL, MAX_TRANCHES,
};
use alloy_primitives::U256;

/// What a grace period has to be shorter than: the notice of junior redemptions.
pub const GRACE_LIMIT: u64 = 45 * DAY;

/// What borrower and underwriter agree on, as far as arithmetic needs it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Wei lent.
    pub principal: u128,
    /// Seconds from origination to the last deadline.
    pub duration: u64,
    /// Seconds from one deadline to the next.
    pub interval: u64,
    /// How principal is spread over the instalments.
    pub schedule: Schedule,
    /// Seconds after a missed deadline from which the loan can be marked as defaulted.
    pub grace: u64,
    /// Charged on overdue principal, beside interest.
    pub penalty_rate: Rate,
    /// Wei kept from what is paid out.
    pub origination_fee: u128,
    /// Wei due with the last of the principal.
    pub exit_fee: u128,
}

impl Terms {
    /// The deadlines of a loan of these terms that starts at `start`.
    ///
    /// # Errors
    /// [`Error::ZeroAmount`] or [`Error::AmountTooLarge`] for the principal; [`Error::InvalidDuration`];
    /// [`Error::GraceTooLong`]; [`Error::FeeTooHigh`] when a fee exceeds the principal.
    pub fn calendar(&self, start: u64) -> Result<Calendar, Error> {
        let principal = self.principal;
        if principal == 0 {
            return Err(Error::ZeroAmount);
        }
        if principal > MAX_PRINCIPAL {
            return Err(Error::AmountTooLarge);
        }
        if self.grace >= GRACE_LIMIT {
            return Err(Error::GraceTooLong {
                grace: self.grace,
                limit: GRACE_LIMIT,
            });
        }
        let fee = self.origination_fee.max(self.exit_fee);
        if fee > principal {
            return Err(Error::FeeTooHigh { fee, principal });
        }
        Calendar::new(start, self.duration, self.interval)
    }

    /// What the borrower receives: principal less origination fee.
    ///
    /// # Errors
    /// [`Error::FeeTooHigh`].
    pub fn paid_out(&self) -> Result<u128, Error> {
        self.principal
            .checked_sub(self.origination_fee)
            .ok_or(Error::FeeTooHigh {
                fee: self.origination_fee,
                principal: self.principal,
            })
    }
}

/// A tranche's part of a loan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slice {
    /// Outstanding principal.
    pub principal: u128,
    /// The rate it was lent at.
    pub rate: Rate,
    /// Interest earned and unpaid, up to the loan's `accrued_at`.
    pub accrued: Accrued,
}

impl Slice {
    /// What it earns in a second, in raw units.
    #[must_use]
    pub fn per_second(&self) -> U256 {
        self.rate.on(self.principal)
    }
}

/// One loan. Plain data, which the caller keeps; every function takes it as it was returned by another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loan {
    /// By tranche, the most senior first.
    pub slices: [Slice; MAX_TRANCHES],
    /// The deadlines.
    pub calendar: Calendar,
    /// What should be left after each instalment; ends with the calendar.
    pub plan: Plan,
    /// Instalments paid.
    pub paid: u16,
    /// Seconds of grace.
    pub grace: u64,
    /// Charged on overdue principal.
    pub penalty_rate: Rate,
    /// Penalty incurred and unpaid up to `accrued_at`, in raw units of 1e-18 wei.
    pub penalty: U256,
    /// Exit fee still to be paid.
    pub exit_fee: u128,
    /// The time up to which interest and penalty are reckoned.
    pub accrued_at: u64,
}

/// What a borrower owes at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// Deadlines missed: m.
    pub missed: u16,
    /// The deadline of the first unpaid instalment.
    pub deadline: u64,
    /// Principal of the m missed instalments.
    pub overdue_principal: u128,
    /// Principal due by the end of the current interval: that of m + 1 instalments.
    pub scheduled_principal: u128,
    /// Interest so far, rounded up.
    pub interest: u128,
    /// Penalty so far, rounded up.
    pub penalty: u128,
    /// All of the principal.
    pub outstanding: u128,
    /// Exit fee, with the last principal.
    pub exit_fee: u128,
    /// Whether the instalment of the current interval is the last.
    pub last: bool,
    /// Whether the last deadline has passed.
    pub matured: bool,
}

impl Due {
    /// What brings the loan up to its schedule: penalty, interest and m + 1 principals, with the exit fee if that is
    /// all of it. Without a missed instalment, and if this interval's is paid already, it is the interest since.
    ///
    /// # Errors
    /// [`Error::AmountTooLarge`].
    pub fn instalment(&self) -> Result<u128, Error> {
        let fee = if self.last { self.exit_fee } else { 0 };
        total(&[self.penalty, self.interest, self.scheduled_principal, fee])
    }

    /// What cures a default: penalty, interest and the principal of the missed instalments (all of it, and the exit
    /// fee, after the last deadline).
    ///
    /// # Errors
    /// [`Error::AmountTooLarge`].
    pub fn arrears(&self) -> Result<u128, Error> {
        let fee = if self.matured { self.exit_fee } else { 0 };
        total(&[self.penalty, self.interest, self.overdue_principal, fee])
    }

    /// What repays the loan.
    ///
    /// # Errors
    /// [`Error::AmountTooLarge`].
    pub fn payoff(&self) -> Result<u128, Error> {
        total(&[self.penalty, self.interest, self.outstanding, self.exit_fee])
    }
}

/// What a payment was used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Principal repaid to each tranche.
    pub principal: PerTranche,
    /// Interest paid to each tranche, gross of the pool's fee.
    pub interest: PerTranche,
    /// Penalty paid to each tranche, gross of the pool's fee.
    pub penalty: PerTranche,
    /// What leaves each tranche's accrual: its interest, and with the last principal the fraction of a wei that is
    /// left.
    pub settled: [Accrued; MAX_TRANCHES],
    /// Exit fee paid.
    pub exit_fee: u128,
    /// What of the amount was not needed.
    pub change: u128,
}

impl Loan {
    /// A new loan of `terms`, drawn from the tranches at their `rates`.
    ///
    /// # Errors
    /// Those of [`Terms::calendar`]; [`Error::Inconsistent`] unless the draws sum to the principal;
    /// [`Error::LevelPaymentUndefined`].
    pub fn originate(terms: &Terms, draws: &PerTranche, rates: &[Rate; MAX_TRANCHES], now: u64) -> Result<Self, Error> {
        let calendar = terms.calendar(now)?;
        if total(draws)? != terms.principal {
            return Err(Error::Inconsistent);
        }
        let mut loan = Self {
            calendar,
            grace: terms.grace,
            penalty_rate: terms.penalty_rate,
            exit_fee: terms.exit_fee,
            accrued_at: now,
            ..Self::default()
        };
        for ((slice, principal), rate) in loan.slices.iter_mut().zip(draws).zip(rates) {
            (slice.principal, slice.rate) = (*principal, *rate);
        }
        let interest = IntervalInterest::blended(loan.per_second()?, terms.principal, calendar.interval())?;
        loan.plan = Plan::new(terms.schedule, terms.principal, calendar.instalments(), interest)?;
        Ok(loan)
    }

    /// Outstanding principal of each tranche.
    #[must_use]
    pub fn principals(&self) -> PerTranche {
        self.slices.map(|slice| slice.principal)
    }

    /// Outstanding principal.
    ///
    /// # Errors
    /// [`Error::AmountTooLarge`] for a state that no function here made.
    pub fn outstanding(&self) -> Result<u128, Error> {
        total(&self.principals())
    }

    /// What the loan earns in a second, in raw units.
    ///
    /// # Errors
    /// [`Error::AmountTooLarge`] for a state that no function here made.
    pub fn per_second(&self) -> Result<U256, Error> {
        self.slices
            .iter()
            .try_fold(U256::ZERO, |sum, slice| sum.checked_add(slice.per_second()))
            .ok_or(Error::AmountTooLarge)
    }

    /// Interest in whole wei that each tranche is owed up to `accrued_at`, as [`payable`].
    ///
    /// # Errors
    /// [`Error::AmountTooLarge`].
    pub fn interest(&self) -> Result<PerTranche, Error> {
        payable(&self.slices.map(|slice| slice.accrued))
    }

    /// Whether nothing is owed any more.
    #[must_use]
    pub fn is_repaid(&self) -> bool {
        self.exit_fee == 0 && self.slices.iter().all(|slice| slice.principal == 0)
    }

    /// The deadline of the first unpaid instalment.
    #[must_use]
    pub fn deadline(&self) -> u64 {
        self.calendar.deadline(self.paid.saturating_add(1))
    }

    /// From when on the loan is past deadline and grace; never once it is repaid. Pauses, which extend it, are the
    /// caller's to add.
    #[must_use]
    pub fn defaults_from(&self) -> Option<u64> {
        (!self.is_repaid()).then(|| self.deadline().saturating_add(self.grace))
    }

    /// The loan with interest and penalty reckoned up to `now`.
    ///
    /// # Errors
    /// [`Error::ClockBackwards`]; [`Error::AmountTooLarge`].
    pub fn accrue(&self, now: u64) -> Result<Self, Error> {
        let seconds = now.checked_sub(self.accrued_at).ok_or(Error::ClockBackwards {
            now,
            last: self.accrued_at,
        })?;
        let mut loan = *self;
        if seconds == 0 {
            return Ok(loan);
        }
        for slice in &mut loan.slices {
            slice.accrued = slice.accrued.after(slice.per_second(), seconds)?;
        }
        loan.penalty = loan.penalty_at(now)?;
        loan.accrued_at = now;
        Ok(loan)
    }

    /// Unpaid penalty at `now`, in raw units: from one missed deadline to the next the overdue principal is constant.
    fn penalty_at(&self, now: u64) -> Result<U256, Error> {
        let passed = self.calendar.passed(now);
        let mut penalty = self.penalty;
        if passed <= self.paid {
            return Ok(penalty);
        }
        let outstanding = self.outstanding()?;
        let mut scheduled = self.scheduled()?;
        for number in self.paid.saturating_add(1)..=passed {
            let start = self.calendar.deadline(number).max(self.accrued_at);
            let end = if number == passed {
                now
            } else {
                self.calendar.deadline(number.saturating_add(1))
            };
            let overdue = outstanding.saturating_sub(scheduled.after(number)?);
            penalty = self
                .penalty_rate
                .on(overdue)
                .checked_mul(U256::from(end.saturating_sub(start)))
                .and_then(|incurred| penalty.checked_add(incurred))
                .ok_or(Error::AmountTooLarge)?;
        }
        Ok(penalty)
    }

    /// A walk along the plan by the calendar's numbers.
    fn scheduled(&self) -> Result<Scheduled, Error> {
        Ok(Scheduled {
            balances: self.plan.balances()?,
            first: self
                .calendar
                .instalments()
                .checked_sub(self.plan.instalments())
                .ok_or(Error::Inconsistent)?,
        })
    }

    /// What is owed at `now`.
    ///
    /// # Errors
    /// [`Error::ClockBackwards`]; [`Error::AmountTooLarge`].
    pub fn due(&self, now: u64) -> Result<Due, Error> {
        let loan = self.accrue(now)?;
        let outstanding = loan.outstanding()?;
        let (passed, current) = (loan.calendar.passed(now), loan.calendar.current(now));
        let mut scheduled = loan.scheduled()?;
        // The plan never leaves less after a paid instalment than is outstanding, so nothing of those is due.
        let overdue_principal = outstanding.saturating_sub(scheduled.after(passed)?);
        let scheduled_principal = outstanding.saturating_sub(scheduled.after(current)?);
        Ok(Due {
            missed: passed.saturating_sub(loan.paid),
            deadline: loan.deadline(),
            overdue_principal,
            scheduled_principal,
            interest: total(&loan.interest()?)?,
            penalty: wei_up(loan.penalty)?,
            outstanding,
            exit_fee: loan.exit_fee,
            last: current == loan.calendar.instalments(),
            matured: passed == loan.calendar.instalments(),
        })
    }

    /// The loan after a payment of up to `amount` at `now`, and what it was used for.
    ///
    /// # Errors
    /// [`Error::ClockBackwards`]; [`Error::AmountTooLarge`].
    pub fn pay(&self, now: u64, amount: u128) -> Result<(Self, Receipt), Error> {
        let mut loan = self.accrue(now)?;
        let mut receipt = Receipt {
            change: amount,
            ..Receipt::default()
        };
        let penalty_paid = loan.pay_penalty(&mut receipt)?;
        let interest_paid = loan.pay_interest(&mut receipt)?;
        loan.pay_principal(&mut receipt)?;
        if penalty_paid && interest_paid {
            loan.count_instalments(now)?;
        }
        Ok((loan, receipt))
    }

    /// Takes penalty out of the receipt's change; whether that was all of it.
    fn pay_penalty(&mut self, receipt: &mut Receipt) -> Result<bool, Error> {
        let owed = wei_up(self.penalty)?;
        let paid = take(&mut receipt.change, owed);
        let weights = self.slices.map(|slice| slice.per_second());
        receipt.penalty = if weights.iter().all(U256::is_zero) {
            pro_rata_to(paid, &self.principals())?
        } else {
            pro_rata(paid, &weights)?
        };
        self.penalty = self.penalty.saturating_sub(Accrued::of_wei(paid).earned());
        Ok(paid == owed)
    }

    /// Takes interest out of the receipt's change; whether that was all of it.
    fn pay_interest(&mut self, receipt: &mut Receipt) -> Result<bool, Error> {
        let parts = self.interest()?;
        let owed = total(&parts)?;
        let paid = take(&mut receipt.change, owed);
        receipt.interest = if paid == owed {
            parts
        } else {
            pro_rata_to(paid, &parts)?
        };
        receipt.settled = receipt.interest.map(Accrued::of_wei);
        for (slice, settled) in self.slices.iter_mut().zip(receipt.settled) {
            slice.accrued = slice.accrued.minus(settled)?;
        }
        Ok(paid == owed)
    }

    /// Takes principal, and after the last of it the exit fee, out of the receipt's change.
    fn pay_principal(&mut self, receipt: &mut Receipt) -> Result<(), Error> {
        let outstanding = self.outstanding()?;
        let paid = take(&mut receipt.change, outstanding);
        receipt.principal = pro_rata_to(paid, &self.principals())?;
        for (slice, principal) in self.slices.iter_mut().zip(receipt.principal) {
            slice.principal = slice.principal.checked_sub(principal).ok_or(Error::Inconsistent)?;
        }
        if paid == outstanding {
            for (slice, settled) in self.slices.iter_mut().zip(&mut receipt.settled) {
                *settled = settled.plus(slice.accrued)?;
                slice.accrued = Accrued::ZERO;
            }
            receipt.exit_fee = take(&mut receipt.change, self.exit_fee);
            self.exit_fee = self.exit_fee.saturating_sub(receipt.exit_fee);
        }
        Ok(())
    }

    /// Counts the instalments that are paid by now, and levels the plan anew if more than those was repaid.
    fn count_instalments(&mut self, now: u64) -> Result<(), Error> {
        let outstanding = self.outstanding()?;
        let (instalments, current) = (self.calendar.instalments(), self.calendar.current(now));
        let mut scheduled = self.scheduled()?;
        while self.paid < current {
            let next = self.paid.saturating_add(1);
            if outstanding > scheduled.after(next)? || (next == instalments && self.exit_fee > 0) {
                return Ok(());
            }
            self.paid = next;
        }
        if outstanding < scheduled.after(self.paid)? {
            let left = instalments.checked_sub(self.paid).ok_or(Error::Inconsistent)?;
            self.plan = self.plan.relevelled(outstanding, left)?;
        }
        Ok(())
    }
}

/// The plan's balances by the calendar's numbers.
struct Scheduled {
    balances: Balances,
    /// Instalments that were paid when the plan was made.
    first: u16,
}

impl Scheduled {
    /// The scheduled balance after instalment `number`, which must not fall from call to call.
    fn after(&mut self, number: u16) -> Result<u128, Error> {
        self.balances.go_to(number.saturating_sub(self.first))
    }
}

/// Moves as much as there is of `owed` out of `rest`.
fn take(rest: &mut u128, owed: u128) -> u128 {
    let taken = owed.min(*rest);
    *rest = rest.saturating_sub(taken);
    taken
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WAD;

    const WHOLE: u128 = WAD as u128;
    const MONTH: u64 = 30 * DAY;
    const START: u64 = 1_800_000_000;

    fn rate(percent: u64) -> Rate {
        Rate::new(percent * WAD / 100 / (365 * DAY)).unwrap()
    }

    fn terms(schedule: Schedule) -> Terms {
        Terms {
            principal: 1_200_000 * WHOLE,
            duration: 12 * MONTH,
            interval: MONTH,
            schedule,
            grace: 10 * DAY,
            penalty_rate: rate(5),
            origination_fee: 12_000 * WHOLE,
            exit_fee: 600 * WHOLE,
        }
    }

    fn loan(schedule: Schedule) -> Loan {
        let rates = [rate(8), rate(11), rate(15), Rate::default()];
        let draws = [900_000 * WHOLE, 200_000 * WHOLE, 100_000 * WHOLE, 0];
        Loan::originate(&terms(schedule), &draws, &rates, START).unwrap()
    }

    /// A loan of one tranche without interest, in which instalments are round.
    fn plain() -> Loan {
        let terms = Terms {
            exit_fee: 0,
            ..terms(Schedule::EqualPrincipal)
        };
        Loan::originate(&terms, &[0, 1_200_000 * WHOLE, 0, 0], &[Rate::default(); 4], START).unwrap()
    }

    fn pay_in_full(loan: &Loan, now: u64) -> (Loan, Receipt) {
        let (repaid, receipt) = loan.pay(now, loan.due(now).unwrap().payoff().unwrap()).unwrap();
        assert!(repaid.is_repaid());
        assert_eq!(receipt.change, 0);
        (repaid, receipt)
    }

    #[test]
    fn missed_instalments_make_one_more_principal_due() {
        let loan = plain();
        for missed in 0..12_u16 {
            let due = loan.due(START + u64::from(missed) * MONTH).unwrap();
            assert_eq!((due.missed, due.deadline), (missed, START + MONTH));
            assert_eq!(due.overdue_principal, u128::from(missed) * 100_000 * WHOLE);
            assert_eq!(due.scheduled_principal, u128::from(missed + 1) * 100_000 * WHOLE);
        }
        let over = loan.due(START + 13 * MONTH).unwrap();
        assert_eq!(
            (over.missed, over.overdue_principal, over.matured),
            (12, 1_200_000 * WHOLE, true)
        );
        assert_eq!(loan.defaults_from(), Some(START + MONTH + 10 * DAY));
    }

    #[test]
    fn penalty_runs_on_each_missed_principal_from_its_own_deadline() {
        let loan = plain();
        let month = rate(5).on(100_000 * WHOLE) * U256::from(MONTH);
        let at = |now| U256::from(loan.due(now).unwrap().penalty);
        assert_eq!(at(START + MONTH), U256::ZERO);
        assert_eq!(at(START + 2 * MONTH), month.div_ceil(U256::from(WAD)));
        // Two months on the first, one on the second.
        let three = month * U256::from(3);
        assert_eq!(at(START + 3 * MONTH), three.div_ceil(U256::from(WAD)));
        // In two steps the same, and what was paid is not asked for again.
        let later = loan
            .accrue(START + 2 * MONTH + 5)
            .unwrap()
            .accrue(START + 3 * MONTH)
            .unwrap();
        assert_eq!(later.penalty, three);
        let (paid, receipt) = later.pay(START + 3 * MONTH, at(START + 3 * MONTH).to()).unwrap();
        assert_eq!(paid.penalty, U256::ZERO);
        // Nobody earns interest here: penalty goes by principal.
        assert_eq!(U256::from(receipt.penalty[1]), at(START + 3 * MONTH));
        assert_eq!(paid.paid, 0);
    }

    #[test]
    fn a_payment_is_used_in_order_and_to_the_wei() {
        let loan = loan(Schedule::EqualPrincipal);
        let now = START + MONTH + 3 * DAY;
        let due = loan.due(now).unwrap();
        assert_eq!(due.missed, 1);
        let (after, receipt) = loan.pay(now, due.penalty - 1).unwrap();
        assert_eq!(
            (total(&receipt.penalty), total(&receipt.interest)),
            (Ok(due.penalty - 1), Ok(0))
        );
        assert_eq!(after.paid, 0);
        let (after, receipt) = after.pay(now, 1 + due.interest / 2).unwrap();
        assert_eq!(
            (total(&receipt.penalty), total(&receipt.interest)),
            (Ok(1), Ok(due.interest / 2))
        );
        assert_eq!(total(&receipt.principal), Ok(0));
        let rest = due.interest - due.interest / 2;
        let (after, receipt) = after.pay(now, rest + due.overdue_principal - 1).unwrap();
        assert_eq!(
            (total(&receipt.interest), total(&receipt.principal)),
            (Ok(rest), Ok(due.overdue_principal - 1))
        );
        assert_eq!((after.paid, after.due(now).unwrap().overdue_principal), (0, 1));
        let (after, receipt) = after.pay(now, 1).unwrap();
        assert_eq!((after.paid, receipt.change), (1, 0));
        assert_eq!(after.plan, loan.plan);
        assert_eq!(after.due(now).unwrap().instalment(), Ok(100_000 * WHOLE));
        let (after, receipt) = pay_in_full(&after, now);
        assert_eq!(receipt.exit_fee, 600 * WHOLE);
        assert_eq!((after.paid, after.defaults_from()), (2, None));
        let (_, receipt) = after.pay(now, 77).unwrap();
        assert_eq!(
            receipt,
            Receipt {
                change: 77,
                ..Receipt::default()
            }
        );
    }

    #[test]
    fn prepayment_keeps_the_deadline_and_levels_the_rest_anew() {
        for schedule in [Schedule::EqualPrincipal, Schedule::LevelPayment] {
            let loan = loan(schedule);
            let now = START + 2 * DAY;
            let due = loan.due(now).unwrap();
            let (after, receipt) = loan.pay(now, due.instalment().unwrap() + 110_000 * WHOLE).unwrap();
            assert_eq!(
                (receipt.change, after.paid, after.deadline()),
                (0, 1, START + 2 * MONTH)
            );
            assert_eq!(after.plan.instalments(), 11);
            assert_eq!(
                after.plan.balance(),
                loan.outstanding().unwrap() - due.scheduled_principal - 110_000 * WHOLE
            );
            assert_eq!(after.plan.interest(), loan.plan.interest());
            // Nothing more is due in this interval, and what is paid nevertheless lowers the later instalments only.
            assert_eq!(after.due(now).unwrap().instalment(), Ok(0));
            let (again, _) = after.pay(now, 11 * WHOLE).unwrap();
            assert_eq!((again.paid, again.deadline()), (1, START + 2 * MONTH));
            let next = again.due(START + MONTH).unwrap();
            assert!(next.scheduled_principal < after.due(START + MONTH).unwrap().scheduled_principal);
            let mut last = again;
            for number in 2..=12_u16 {
                let now = START + u64::from(number) * MONTH - 1;
                last = last.pay(now, last.due(now).unwrap().instalment().unwrap()).unwrap().0;
                assert_eq!(last.paid, number);
            }
            assert!(last.is_repaid());
        }
    }

    #[test]
    fn the_last_instalment_needs_the_exit_fee() {
        let loan = loan(Schedule::LevelPayment);
        let now = START + 11 * MONTH;
        let due = loan.due(now).unwrap();
        assert!(due.last && !due.matured);
        assert_eq!(due.instalment(), due.payoff());
        let (after, receipt) = loan.pay(now, due.payoff().unwrap() - 1).unwrap();
        assert_eq!((receipt.exit_fee, after.exit_fee, after.paid), (600 * WHOLE - 1, 1, 11));
        assert!(!after.is_repaid());
        let late = START + 12 * MONTH;
        assert_eq!(after.due(late).unwrap().arrears(), Ok(1));
        assert_eq!(after.defaults_from(), Some(late + 10 * DAY));
        let (after, _) = after.pay(late, 1).unwrap();
        assert_eq!((after.is_repaid(), after.paid), (true, 12));
    }

    #[test]
    fn terms_that_make_no_loan_are_refused() {
        let good = terms(Schedule::LevelPayment);
        assert_eq!(good.paid_out(), Ok(1_188_000 * WHOLE));
        let refused = |terms: Terms| terms.calendar(START).unwrap_err();
        assert_eq!(refused(Terms { principal: 0, ..good }), Error::ZeroAmount);
        assert_eq!(
            refused(Terms {
                principal: MAX_PRINCIPAL + 1,
                ..good
            }),
            Error::AmountTooLarge
        );
        let (grace, limit) = (GRACE_LIMIT, GRACE_LIMIT);
        assert_eq!(refused(Terms { grace, ..good }), Error::GraceTooLong { grace, limit });
        let (fee, principal) = (good.principal + 1, good.principal);
        let too_high = Error::FeeTooHigh { fee, principal };
        assert_eq!(refused(Terms { exit_fee: fee, ..good }), too_high);
        assert_eq!(
            refused(Terms {
                origination_fee: fee,
                ..good
            }),
            too_high
        );
        assert_eq!(
            Terms {
                origination_fee: fee,
                ..good
            }
            .paid_out(),
            Err(too_high)
        );
        let short = Loan::originate(&good, &[1, 2, 3, 0], &[Rate::default(); 4], START);
        assert_eq!(short, Err(Error::Inconsistent));
        let highest = Rate::new(crate::interest::MAX_RATE).unwrap();
        let instalments = 48;
        let endless = Terms {
            duration: 48 * MONTH,
            ..good
        };
        let endless = Loan::originate(&endless, &[good.principal, 0, 0, 0], &[highest; 4], START);
        assert_eq!(endless, Err(Error::LevelPaymentUndefined { instalments }));
        let back = loan(Schedule::LevelPayment).due(START - 1);
        assert_eq!(
            back,
            Err(Error::ClockBackwards {
                now: START - 1,
                last: START
            })
        );
    }
}
