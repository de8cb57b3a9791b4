//! A pool of three tranches with hundreds of loans in random histories, against sums over the loans on integers without
//! limits: value to the wei (L1, L4), proceeds and losses (L2, L3), the claims of written-off loans, and nobody who enters
//! and leaves around an event gains by it.

mod support;

use loan_core::{
    collateral::Appraisal,
    impairment::{counted_value, expected_loss},
    loan::{Loan, Receipt, Slice, Terms},
    origination::AdvanceRates,
    schedule::Schedule,
    split::total,
    tranche::{Payment, Policy, Tranche},
    waterfall::{junior_first, Claims, Distribution},
    Accrued, PerTranche, Rate, DAY, MAX_TRANCHES, WAD,
};
use num_bigint::BigInt;
use proptest::{prelude::*, test_runner::TestCaseError};
use qev_core::vesting::Vesting;
use support::{big, raw, runner, Tally};

const START: u64 = 1_800_000_000;
const MONTH: u64 = 30 * DAY;
const WHOLE: u128 = WAD as u128;
const POLICY: Policy = Policy {
    interest_fee_bps: 1_000,
    vesting_period: MONTH,
};
/// Three tranches; the fourth stays empty.
const TRANCHES: usize = 3;
const HAIRCUT_BPS: u16 = 7_000;

type Result = core::result::Result<(), TestCaseError>;

#[derive(Clone, Copy, Debug)]
struct Step {
    operation: u8,
    /// Which loan.
    choice: u16,
    /// How much, as a fraction of 2^16.
    amount: u16,
    seconds: u64,
}

fn steps(count: usize) -> impl Strategy<Value = Vec<Step>> {
    let seconds = prop_oneof![2 => Just(0_u64), 6 => 1..12 * 3_600_u64, 1 => DAY..9 * DAY];
    let step = (0_u8..100, any::<u16>(), any::<u16>(), seconds).prop_map(|(operation, choice, amount, seconds)| Step {
        operation,
        choice,
        amount,
        seconds,
    });
    prop::collection::vec(step, count)
}

#[derive(Clone, Copy)]
enum Status {
    Performing,
    Defaulted {
        since: u64,
    },
    /// The collateral may still be sold; whether the claims count.
    WrittenOff {
        counts: bool,
    },
    Over,
}

struct Entry {
    loan: Loan,
    appraisal: Appraisal,
    provision: PerTranche,
    /// Whether the loss of its collateral is attested, which no payment undoes.
    is_lost: bool,
    status: Status,
}

/// What an event does to the tranches, as the contract would do it.
enum Event {
    Payment(Receipt, Replaced),
    Cure(Receipt, Replaced, u64),
    Default(PerTranche),
    Impairment(PerTranche),
    Liquidation(Distribution, PerTranche),
    WriteOff(PerTranche, PerTranche),
    Expiry(PerTranche),
    Reopening(PerTranche),
    Recovery(Distribution, PerTranche),
}

/// A provision, and what takes its place.
struct Replaced {
    before: PerTranche,
    after: PerTranche,
}

fn apply(tranche: &Tranche, index: usize, slice: &Slice, event: &Event, now: u64) -> (Tranche, u128) {
    let receive = |tranche: &Tranche, receipt: &Receipt| {
        let payment = Payment {
            principal: receipt.principal[index],
            interest: receipt.interest[index],
            penalty: receipt.penalty[index],
            settled: receipt.settled[index],
        };
        tranche.receive(&payment, slice.rate, now, &POLICY).unwrap()
    };
    let replace = |tranche: &Tranche, provision: &Replaced| {
        tranche
            .replace_provision(provision.before[index], provision.after[index])
            .unwrap()
    };
    match event {
        Event::Payment(receipt, provision) => receive(&replace(tranche, provision), receipt),
        Event::Cure(receipt, provision, since) => {
            let resumed = tranche
                .resume(slice.principal, slice.rate, *since, now, &POLICY)
                .unwrap();
            receive(&replace(&resumed, provision), receipt)
        }
        Event::Default(provision) => {
            let suspended = tranche.suspend(slice.principal, slice.rate, now).unwrap();
            (suspended.replace_provision(0, provision[index]).unwrap(), 0)
        }
        Event::Impairment(provision) => (tranche.replace_provision(0, provision[index]).unwrap(), 0),
        Event::Liquidation(paid, provision) => {
            let released = tranche.release(provision[index]).unwrap();
            released
                .close(slice, paid.principal[index], paid.interest[index], &POLICY)
                .unwrap()
        }
        Event::WriteOff(provision, claims) => {
            let released = tranche.release(provision[index]).unwrap();
            let (closed, fee) = released.close(slice, 0, 0, &POLICY).unwrap();
            (closed.claim(claims[index]).unwrap(), fee)
        }
        Event::Expiry(claims) => (tranche.forgo(claims[index]).unwrap(), 0),
        Event::Reopening(claims) => (tranche.claim(claims[index]).unwrap(), 0),
        Event::Recovery(paid, claims) => tranche
            .forgo(claims[index])
            .unwrap()
            .recover(paid.principal[index], paid.interest[index], now, &POLICY)
            .unwrap(),
    }
}

struct Pool {
    now: u64,
    tranches: [Tranche; MAX_TRANCHES],
    loans: Vec<Entry>,
    /// Currency of the pool: all that came in less all that went out, fees included.
    held: u128,
    fees: u128,
    /// Unvested gains by tranche, kept as (amount, since).
    gains: [(u128, u64); MAX_TRANCHES],
}

impl Pool {
    fn rates() -> [Rate; MAX_TRANCHES] {
        [2_500_000_000, 3_700_000_001, 6_000_000_007, 0].map(|rate| Rate::new(rate).unwrap())
    }

    fn new() -> Self {
        let mut pool = Self {
            now: START,
            tranches: Default::default(),
            loans: Vec::new(),
            held: 0,
            fees: 0,
            gains: Default::default(),
        };
        for (index, millions) in [60, 10, 10].into_iter().enumerate() {
            pool.deposit(index, millions * 1_000_000 * WHOLE).unwrap();
        }
        pool
    }

    fn values(&self, index: usize) -> (u128, u128) {
        values(&self.tranches[index], self.now)
    }

    /// Neither price of a share falls, each compared as a fraction.
    fn check_prices(&self, index: usize, before: &Tranche) -> Result {
        let (optimistic, conservative) = values(before, self.now);
        let after = self.values(index);
        let shares = self.tranches[index].shares;
        prop_assert!(big(after.0) * before.shares >= big(optimistic) * shares);
        prop_assert!(big(after.1) * before.shares >= big(conservative) * shares);
        Ok(())
    }

    fn deposit(&mut self, index: usize, assets: u128) -> Result {
        let before = self.tranches[index];
        let Ok((after, _)) = before.deposit(assets, self.now, &POLICY) else {
            return Ok(());
        };
        self.tranches[index] = after;
        self.held += assets;
        self.check_prices(index, &before)
    }

    fn redeem(&mut self, index: usize, shares: u128) -> core::result::Result<bool, TestCaseError> {
        let before = self.tranches[index];
        let Ok((after, assets)) = before.redeem(shares, self.now, &POLICY) else {
            return Ok(false);
        };
        self.tranches[index] = after;
        self.held -= assets;
        self.check_prices(index, &before)?;
        Ok(true)
    }

    fn originate(&mut self, step: &Step) -> bool {
        let principal = WHOLE + 400_000 * WHOLE * u128::from(step.amount) / (1 << 16) + u128::from(step.choice);
        let appraisal = Appraisal {
            value: principal * 10 / (6 + u128::from(step.choice % 2)),
            appraised_at: self.now,
            expires_at: self.now + 90 * DAY,
            useful_life: 900 * DAY,
            residual_bps: 500,
        };
        let terms = Terms {
            principal,
            duration: MONTH * u64::from(1 + step.choice % 24),
            interval: MONTH,
            schedule: if step.amount.is_multiple_of(2) {
                Schedule::EqualPrincipal
            } else {
                Schedule::LevelPayment
            },
            grace: 5 * DAY,
            penalty_rate: Rate::new(1_600_000_000).unwrap(),
            origination_fee: 0,
            exit_fee: u128::from(step.choice),
        };
        let idle = self.tranches.map(|tranche| tranche.idle);
        let advance = AdvanceRates::new(&[5_000, 6_000, 7_000]).unwrap();
        let Ok(draws) = advance.draws(principal, appraisal.value(self.now).unwrap(), &idle) else {
            return false;
        };
        let rates = Self::rates();
        for ((tranche, draw), rate) in self.tranches.iter_mut().zip(draws).zip(rates) {
            let before = values(tranche, self.now);
            *tranche = tranche.lend(draw, rate, self.now).unwrap();
            assert_eq!(values(tranche, self.now), before);
        }
        self.held -= principal;
        self.loans.push(Entry {
            loan: Loan::originate(&terms, &draws, &rates, self.now).unwrap(),
            appraisal,
            provision: PerTranche::default(),
            is_lost: false,
            status: Status::Performing,
        });
        true
    }

    /// Applies an event to every tranche, as it is and as it would be with an outsider who entered just before it and
    /// leaves just after; or, around a loan's loss, when all gains have vested. Returns the tranches' values before.
    fn happen(&mut self, slices: &[Slice; MAX_TRANCHES], event: &Event) -> core::result::Result<Values, TestCaseError> {
        let now = self.now;
        let before = [0, 1, 2].map(|index| self.values(index));
        for (index, slice) in slices.iter().enumerate().take(TRANCHES) {
            let tranche = self.tranches[index];
            let (after, fee) = apply(&tranche, index, slice, event, now);
            self.tranches[index] = after;
            self.fees += fee;
            self.held -= fee;
            for assets in [WHOLE, 50_000_000 * WHOLE] {
                if let Ok((entered, shares)) = tranche.deposit(assets, now, &POLICY) {
                    let (moved, _) = apply(&entered, index, slice, event, now);
                    if let Ok((_, paid)) = moved.redeem(shares, now, &POLICY) {
                        // Not a fee's rounding more, whatever the payment, the loss or the recovery.
                        prop_assert!(paid <= assets + 3, "an outsider gains {}", paid - assets);
                    }
                }
                let is_loss = matches!(
                    event,
                    Event::Liquidation(..)
                        | Event::WriteOff(..)
                        | Event::Expiry(_)
                        | Event::Reopening(_)
                        | Event::Recovery(..)
                );
                if let Some((entered, shares)) = enter(&tranche, assets, now).filter(|_| is_loss) {
                    let (moved, _) = apply(&entered, index, slice, event, now);
                    let vested = now + POLICY.vesting_period;
                    if let Ok((_, paid)) = moved.redeem(shares, vested, &POLICY) {
                        prop_assert!(paid <= assets, "who waits gains {}", paid - assets);
                    }
                }
            }
        }
        Ok(before)
    }

    /// What a gain is to the model: it joins what is left of those before, and vests anew.
    fn gain(&mut self, index: usize, assets: u128) {
        if assets > 0 {
            self.gains[index] = (self.unvested(index) + assets, self.now);
        }
    }

    fn unvested(&self, index: usize) -> u128 {
        let (amount, since) = self.gains[index];
        let left = (since + POLICY.vesting_period).saturating_sub(self.now);
        let period = big(POLICY.vesting_period);
        u128::try_from((big(amount) * left + &period - 1) / period).unwrap()
    }

    fn pay(&mut self, index: usize, amount: u128, curing: Option<u64>) -> Result {
        let now = self.now;
        let entry = &self.loans[index];
        let slices = entry.loan.slices;
        let (loan, receipt) = entry.loan.pay(now, amount).unwrap();
        // Lost goods stay lost, and everything that is left provided for.
        let kept = if entry.is_lost {
            loan.principals()
        } else {
            PerTranche::default()
        };
        let provision = Replaced {
            before: entry.provision,
            after: kept,
        };
        self.held += amount - receipt.change - receipt.exit_fee;
        let event = match curing {
            Some(since) => Event::Cure(receipt, provision, since),
            None => Event::Payment(receipt, provision),
        };
        let before = self.happen(&slices, &event)?;
        for (tranche, before) in before.into_iter().enumerate() {
            let penalty = receipt.penalty[tranche];
            if let Some(since) = curing {
                let slice = &slices[tranche];
                let between = big(slice.principal) * slice.rate.per_second() * (now - since) * 9_000;
                let unit = big(WAD) * 10_000;
                self.gain(tranche, u128::try_from((between + &unit - 1) / unit).unwrap());
            }
            self.gain(tranche, penalty - penalty / 10);
            // The optimistic value stays but for roundings of the fee and of vesting; with the last payment also the
            // fraction of a wei that is left of the interest.
            let (optimistic, conservative) = self.values(tranche);
            let last = loan.principals() == [0; 4];
            let down = u128::from(curing.is_some()) + if last { 3 } else { 0 };
            prop_assert!(optimistic + down >= before.0 && optimistic <= before.0 + 3);
            let rounding = if curing.is_some() { 2 } else { 0 };
            prop_assert!(conservative + rounding >= before.1.saturating_sub(kept[tranche]));
        }
        let entry = &mut self.loans[index];
        entry.loan = loan;
        entry.provision = kept;
        entry.status = if loan.is_repaid() {
            Status::Over
        } else {
            Status::Performing
        };
        Ok(())
    }

    fn provision(&self, index: usize) -> PerTranche {
        let entry = &self.loans[index];
        let counted = counted_value(&entry.appraisal, HAIRCUT_BPS, entry.is_lost, self.now).unwrap();
        let principals = entry.loan.principals();
        junior_first(expected_loss(&principals, counted).unwrap(), &principals)
    }

    /// A default or an impairment, also of what is in default: the optimistic value stays, the conservative falls by the
    /// provision.
    fn trouble(&mut self, index: usize, lost: bool, default: bool) -> Result {
        let now = self.now;
        self.loans[index].is_lost |= lost;
        let provision = self.provision(index);
        // A provision that was there already is replaced, and never by less while nothing is paid.
        let earlier = self.loans[index].provision;
        prop_assert!(provision.iter().zip(earlier).all(|(now, before)| *now >= before));
        for (tranche, earlier) in self.tranches.iter_mut().zip(earlier) {
            *tranche = tranche.release(earlier).unwrap();
        }
        let event = if default {
            Event::Default(provision)
        } else {
            Event::Impairment(provision)
        };
        let slices = self.loans[index].loan.slices;
        let before = self.happen(&slices, &event)?;
        for (tranche, before) in before.into_iter().enumerate() {
            let (optimistic, conservative) = self.values(tranche);
            prop_assert_eq!(optimistic, before.0);
            prop_assert_eq!(conservative, before.1.saturating_sub(provision[tranche]));
        }
        let entry = &mut self.loans[index];
        entry.provision = provision;
        if default {
            entry.loan = entry.loan.accrue(now).unwrap();
            entry.status = Status::Defaulted { since: now };
        }
        Ok(())
    }

    fn liquidate(&mut self, index: usize, proceeds: u128) -> Result {
        let entry = &self.loans[index];
        let (slices, provision) = (entry.loan.slices, entry.provision);
        let claims = Claims {
            principal: entry.loan.principals(),
            interest: entry.loan.interest().unwrap(),
        };
        let paid = Distribution::new(proceeds, 250, &claims).unwrap();
        self.held += proceeds - paid.fee - paid.surplus;
        let left = paid.remaining(&claims).unwrap();
        let before = self.happen(&slices, &Event::Liquidation(paid, provision))?;
        for (tranche, before) in before.into_iter().enumerate() {
            // What the tranche loses is principal and net interest that were not paid.
            let lost = left.principal[tranche] + left.interest[tranche] * 9 / 10;
            let (optimistic, conservative) = self.values(tranche);
            prop_assert!((optimistic + lost).abs_diff(before.0) <= 4);
            prop_assert!(conservative <= optimistic);
            if left.principal[tranche] > 0 {
                prop_assert!(paid.principal[tranche + 1..].iter().all(|principal| *principal == 0));
            }
        }
        self.loans[index].status = Status::Over;
        Ok(())
    }

    /// What a loan that is written off, or will be, claims.
    fn claims(&self, index: usize) -> PerTranche {
        POLICY.claims(&self.loans[index].loan.slices).unwrap()
    }

    /// The deposit price stays, but for what claims are rounded up; all of the loss is in the other.
    fn write_off(&mut self, index: usize) -> Result {
        let claims = self.claims(index);
        let Entry { loan, provision, .. } = &self.loans[index];
        let (slices, provision) = (loan.slices, *provision);
        let before = self.happen(&slices, &Event::WriteOff(provision, claims))?;
        for (tranche, before) in before.into_iter().enumerate() {
            let (optimistic, conservative) = self.values(tranche);
            prop_assert!(
                (before.0..=before.0 + 2).contains(&optimistic),
                "{optimistic}: {before:?}"
            );
            let left = before.1 + provision[tranche] - slices[tranche].principal;
            // A value that its provisions exceed is none.
            prop_assert!(conservative == left || before.1 == 0);
        }
        self.loans[index].status = Status::WrittenOff { counts: true };
        Ok(())
    }

    /// What may still come is counted, or no more, in the deposit price alone.
    fn count(&mut self, index: usize, counts: bool) -> Result {
        let claims = self.claims(index);
        let slices = self.loans[index].loan.slices;
        let event = if counts {
            Event::Reopening(claims)
        } else {
            Event::Expiry(claims)
        };
        let before = self.happen(&slices, &event)?;
        for (tranche, before) in before.into_iter().enumerate() {
            let (optimistic, conservative) = self.values(tranche);
            prop_assert_eq!(conservative, before.1);
            let (high, low) = if counts {
                (optimistic, before.0)
            } else {
                (before.0, optimistic)
            };
            prop_assert_eq!(high, low + claims[tranche]);
        }
        self.loans[index].status = Status::WrittenOff { counts };
        Ok(())
    }

    /// What comes late takes the place of the claims, and vests. Who enters before it and waits gets none of it.
    fn recover(&mut self, index: usize, proceeds: u128) -> Result {
        let claims = self.claims(index);
        let loan = self.loans[index].loan;
        let waterfall = Claims {
            principal: loan.principals(),
            interest: loan.interest().unwrap(),
        };
        let paid = Distribution::new(proceeds, 0, &waterfall).unwrap();
        self.held += proceeds - paid.surplus;
        let before = self.happen(&loan.slices, &Event::Recovery(paid, claims))?;
        for (tranche, before) in before.into_iter().enumerate() {
            let (optimistic, conservative) = self.values(tranche);
            prop_assert_eq!(optimistic + claims[tranche], before.0);
            prop_assert_eq!(conservative, before.1);
            let interest = paid.interest[tranche];
            let gain = paid.principal[tranche] + interest - interest / 10;
            prop_assert!(gain <= claims[tranche]);
            self.gain(tranche, gain);
        }
        self.loans[index].status = Status::Over;
        Ok(())
    }

    /// Every sum a tranche keeps, taken over the loans; and the values by their definition.
    fn check_sums(&self) -> Result {
        let mut idle = 0;
        for index in 0..TRANCHES {
            let tranche = &self.tranches[index];
            let (mut principal, mut provisions, mut accrued) = (0, 0, Accrued::ZERO);
            let mut claims = 0;
            for (number, entry) in self.loans.iter().enumerate() {
                let loan = match entry.status {
                    Status::Performing => entry.loan.accrue(self.now).unwrap(),
                    Status::Defaulted { .. } => entry.loan,
                    Status::WrittenOff { counts } => {
                        claims += if counts { self.claims(number)[index] } else { 0 };
                        continue;
                    }
                    Status::Over => continue,
                };
                principal += loan.slices[index].principal;
                accrued = accrued.plus(loan.slices[index].accrued).unwrap();
                provisions += entry.provision[index];
            }
            prop_assert_eq!(tranche.principal, principal);
            prop_assert_eq!(tranche.provisions, provisions);
            prop_assert_eq!(tranche.written_off, claims);
            prop_assert_eq!(tranche.accrue(self.now).unwrap().accrued, accrued);
            let assets = big(tranche.idle) + principal - self.unvested(index);
            let net: BigInt = raw(accrued).max(big(0)) * 9_000 / (big(WAD) * 10_000);
            let (optimistic, conservative) = self.values(index);
            prop_assert_eq!(big(optimistic), &assets + net + claims);
            prop_assert_eq!(big(conservative), (assets - provisions).max(big(0)));
            idle += tranche.idle;
        }
        prop_assert_eq!(idle, self.held);
        Ok(())
    }

    /// One step; the name of what was tried and whether it happened.
    fn step(&mut self, step: &Step) -> core::result::Result<(&'static str, bool), TestCaseError> {
        self.now += step.seconds;
        let now = self.now;
        let part = |whole: u128| whole / (1 << 16) * u128::from(step.amount);
        let tranche = usize::from(step.choice) % TRANCHES;
        match step.operation {
            0..10 => {
                self.deposit(tranche, part(2_000_000 * WHOLE))?;
                return Ok(("deposit", true));
            }
            10..14 => {
                let shares = part(self.tranches[tranche].shares / 40);
                return Ok(("redeem", self.redeem(tranche, shares)?));
            }
            14..45 => return Ok(("borrow", self.originate(step))),
            _ => (),
        }
        if self.loans.is_empty() {
            return Ok(("payment", false));
        }
        // What is rare is looked for from a random loan on.
        let count = self.loans.len();
        let first = usize::from(step.choice) % count;
        let find = |wanted: &dyn Fn(&Entry) -> bool| {
            (0..count)
                .map(|index| (first + index) % count)
                .find(|index| wanted(&self.loans[*index]))
        };
        let performing = |entry: &Entry| matches!(entry.status, Status::Performing);
        let defaulted = |entry: &Entry| matches!(entry.status, Status::Defaulted { .. });
        match step.operation {
            45..80 => {
                let Some(index) = find(&performing) else {
                    return Ok(("payment", false));
                };
                let due = self.loans[index].loan.due(now).unwrap();
                let (name, amount) = match step.amount % 8 {
                    0 => ("partial payment", part(due.instalment().unwrap())),
                    1 => ("prepayment", due.instalment().unwrap() + part(due.outstanding)),
                    2 => ("repayment", due.payoff().unwrap()),
                    _ => ("payment", due.instalment().unwrap()),
                };
                self.pay(index, amount, None)?;
                Ok((name, true))
            }
            80..86 => {
                let late =
                    |entry: &Entry| performing(entry) && entry.loan.defaults_from().is_some_and(|from| now >= from);
                let Some(index) = find(&late) else {
                    return Ok(("default", false));
                };
                self.trouble(index, step.amount.is_multiple_of(5), true)?;
                Ok(("default", true))
            }
            86..89 => {
                let late = |entry: &Entry| defaulted(entry) || performing(entry) && now >= entry.loan.deadline();
                let Some(index) = find(&late) else {
                    return Ok(("impairment", false));
                };
                self.trouble(index, step.amount.is_multiple_of(5), false)?;
                Ok(("impairment", true))
            }
            89..92 => {
                let Some(index) = find(&defaulted) else {
                    return Ok(("cure", false));
                };
                let Status::Defaulted { since } = self.loans[index].status else {
                    unreachable!("as found")
                };
                let arrears = self.loans[index].loan.due(now).unwrap().arrears().unwrap();
                self.pay(index, arrears, Some(since))?;
                Ok(("cure", true))
            }
            92..96 => {
                let name = if step.choice % 8 < 3 {
                    "liquidation"
                } else {
                    "write-off"
                };
                let Some(index) = find(&defaulted) else {
                    return Ok((name, false));
                };
                let debt = self.loans[index].loan.due(now).unwrap().payoff().unwrap();
                if name == "liquidation" {
                    self.liquidate(index, part(debt * 5 / 4))?;
                } else {
                    self.write_off(index)?;
                }
                Ok((name, true))
            }
            _ => self.step_after_write_off(step, first),
        }
    }

    /// What happens to a loan that is written off.
    fn step_after_write_off(
        &mut self,
        step: &Step,
        first: usize,
    ) -> core::result::Result<(&'static str, bool), TestCaseError> {
        let (name, counted) = match step.amount % 4 {
            0 => ("expiry", true),
            1 => ("reopening", false),
            // Nothing is sold without being listed, and so counted again.
            _ => ("recovery", true),
        };
        let count = self.loans.len();
        let found = (0..count)
            .map(|index| (first + index) % count)
            .find(|index| matches!(self.loans[*index].status, Status::WrittenOff { counts } if counts == counted));
        let Some(index) = found else {
            return Ok((name, false));
        };
        match name {
            "expiry" => self.count(index, false)?,
            "reopening" => self.count(index, true)?,
            _ => {
                let most = 2 * total(&self.claims(index)).unwrap();
                self.recover(index, most / (1 << 16) * u128::from(step.amount))?;
            }
        }
        Ok((name, true))
    }
}

type Values = [(u128, u128); TRANCHES];

/// A deposit as the pool prices it: gains that have not vested are paid for, and so is what payments round.
fn enter(tranche: &Tranche, assets: u128, now: u64) -> Option<(Tranche, u128)> {
    let mut priced = Tranche {
        gains: Vesting::default(),
        ..*tranche
    };
    priced.accrued = priced.accrued.plus(Accrued::of_wei(3)).unwrap();
    let (mut entered, shares) = priced.deposit(assets, now, &POLICY).ok()?;
    (entered.accrued, entered.gains) = (tranche.accrued, tranche.gains);
    Some((entered, shares))
}

fn values(tranche: &Tranche, now: u64) -> (u128, u128) {
    (
        tranche.optimistic_value(now, &POLICY).unwrap(),
        tranche.conservative_value(now, &POLICY).unwrap(),
    )
}

#[test]
fn a_tranche_is_worth_the_sum_of_its_loans_in_any_history() {
    let tally = Tally::default();
    runner("pool histories", 10, 3)
        .run(&steps(1_300), |steps| {
            let mut pool = Pool::new();
            for (number, step) in steps.iter().enumerate() {
                let (name, done) = pool.step(step)?;
                tally.count(name, done);
                if number % 10 == 0 {
                    pool.check_sums()?;
                }
            }
            pool.check_sums()?;
            prop_assert!(pool.loans.len() >= 200, "{} loans", pool.loans.len());
            prop_assert!(pool.fees > 0);
            Ok(())
        })
        .unwrap();
    tally.conclude(10_000, 50);
}
