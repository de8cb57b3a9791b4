//! Loans against a model on integers without limits: payments on time, late, partial and ahead, in any order.

mod support;

use loan_core::{
    loan::{Due, Loan, Receipt, Terms},
    schedule::Schedule,
    split::total,
    Accrued, Rate, DAY, MAX_TRANCHES, WAD,
};
use num_bigint::BigInt;
use num_rational::Ratio;
use proptest::{prelude::*, test_runner::TestCaseError};
use support::{big, ceiling, raw, runner, Tally};

const START: u64 = 1_800_000_000;
const MONTH: u64 = 30 * DAY;

#[derive(Clone, Debug)]
struct Case {
    draws: [u128; MAX_TRANCHES],
    rates: [u64; MAX_TRANCHES],
    terms: Terms,
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
struct Step {
    seconds: u64,
    payment: Payment,
}

#[derive(Clone, Debug)]
enum Payment {
    Instalment,
    Arrears,
    Payoff,
    /// This many thousandths of the instalment.
    Part(u128),
    /// The instalment and this many thousandths of the balance.
    Prepayment(u128),
    Amount(u128),
}

fn terms(principal: u128) -> impl Strategy<Value = Terms> {
    let interval = prop_oneof![Just(MONTH), Just(DAY), 1_u64..MONTH];
    (
        interval,
        1_u64..=40,
        any::<bool>(),
        0_u64..50_000_000_000,
        0_u128..=1_000,
    )
        .prop_map(move |(interval, instalments, level, penalty, fee)| Terms {
            principal,
            duration: interval * instalments,
            interval,
            schedule: if level {
                Schedule::LevelPayment
            } else {
                Schedule::EqualPrincipal
            },
            grace: DAY,
            penalty_rate: Rate::new(penalty).unwrap(),
            origination_fee: 0,
            exit_fee: fee.min(principal),
        })
}

fn case() -> impl Strategy<Value = Case> {
    let wad = u128::from(WAD);
    let draw = prop_oneof![Just(0_u128), 1_u128..2_000, wad..10_000_000 * wad];
    let draws = prop::array::uniform4(draw).prop_filter("a loan of something", |draws| draws.iter().sum::<u128>() > 0);
    let rates = prop::array::uniform4(prop_oneof![Just(0_u64), 1_u64..20_000_000_000]);
    let payment = prop_oneof![
        6 => Just(Payment::Instalment),
        3 => Just(Payment::Arrears),
        3 => (0_u128..1_000).prop_map(Payment::Part),
        2 => (0_u128..300).prop_map(Payment::Prepayment),
        1 => prop_oneof![0_u128..50, 0..wad].prop_map(Payment::Amount),
        1 => Just(Payment::Payoff),
    ];
    let seconds = prop_oneof![Just(0_u64), 1_u64..100, 1..MONTH, Just(MONTH), MONTH..4 * MONTH];
    let step = (seconds, payment).prop_map(|(seconds, payment)| Step { seconds, payment });
    (draws, rates, prop::collection::vec(step, 1..40)).prop_flat_map(|(draws, rates, steps)| {
        terms(draws.iter().sum()).prop_map(move |terms| Case {
            draws,
            rates,
            terms,
            steps: steps.clone(),
        })
    })
}

/// What an accountant keeps: exact interest, and which principal is late since when.
struct Model {
    principal: [u128; MAX_TRANCHES],
    rates: [u64; MAX_TRANCHES],
    time: u64,
    /// Raw interest ever earned and wei of it ever paid, by tranche.
    earned: [BigInt; MAX_TRANCHES],
    paid: [u128; MAX_TRANCHES],
    /// Raw penalty owed.
    penalty: BigInt,
    /// Raw interest earned since the last payment that left none.
    since_full: BigInt,
    last_was_full: bool,
}

impl Model {
    fn new(case: &Case) -> Self {
        Self {
            principal: case.draws,
            rates: case.rates,
            time: START,
            earned: Default::default(),
            paid: [0; MAX_TRANCHES],
            penalty: big(0),
            since_full: big(0),
            last_was_full: true,
        }
    }

    fn balance(&self) -> u128 {
        self.principal.iter().sum()
    }

    /// Lets time pass. By instalment: its principal that is still owed, times the seconds since its deadline.
    fn pass(&mut self, loan: &Loan, now: u64) {
        let seconds = now - self.time;
        for tranche in 0..MAX_TRANCHES {
            let earned = big(self.principal[tranche]) * self.rates[tranche] * seconds;
            self.since_full += &earned;
            self.earned[tranche] += earned;
        }
        let first = loan.calendar.instalments() - loan.plan.instalments();
        for number in loan.paid + 1..=loan.calendar.instalments() {
            let deadline = loan.calendar.deadline(number).max(self.time);
            if deadline < now {
                let before = loan.plan.balance_after(number - 1 - first).unwrap();
                let after = loan.plan.balance_after(number - first).unwrap();
                let late = self.balance().min(before).saturating_sub(after);
                self.penalty += big(late) * loan.penalty_rate.per_second() * (now - deadline);
            }
        }
        self.time = now;
    }

    fn owed_interest(&self) -> u128 {
        let earned: BigInt = self.earned.iter().sum();
        let paid: u128 = self.paid.iter().sum();
        u128::try_from((ceiling(&earned) - paid).max(big(0))).unwrap()
    }

    fn check_due(&self, due: &Due) -> Result<(), TestCaseError> {
        prop_assert_eq!(due.outstanding, self.balance());
        prop_assert_eq!(due.interest, self.owed_interest());
        prop_assert_eq!(big(due.penalty), ceiling(&self.penalty));
        Ok(())
    }

    fn receive(&mut self, due: &Due, receipt: &Receipt, amount: u128) -> Result<(), TestCaseError> {
        let sum = |parts| total(parts).unwrap();
        let (penalty, interest, principal) = (sum(&receipt.penalty), sum(&receipt.interest), sum(&receipt.principal));
        prop_assert_eq!(
            penalty + interest + principal + receipt.exit_fee + receipt.change,
            amount
        );
        // In the order: nothing of the next while something of the one before is owed.
        let mut rest = amount;
        for (taken, owed) in [
            (penalty, due.penalty),
            (interest, due.interest),
            (principal, due.outstanding),
            (receipt.exit_fee, due.exit_fee),
        ] {
            prop_assert_eq!(taken, owed.min(rest));
            rest -= taken;
        }
        let balance = self.balance();
        for tranche in 0..MAX_TRANCHES {
            let share = big(principal) * self.principal[tranche] - big(receipt.principal[tranche]) * balance;
            prop_assert!(
                balance == 0 || (share < big(balance) && share > -big(balance)),
                "pro rata within a wei"
            );
            self.principal[tranche] -= receipt.principal[tranche];
            self.paid[tranche] += receipt.interest[tranche];
        }
        self.penalty = (&self.penalty - big(penalty) * WAD).max(big(0));
        if interest == due.interest {
            if self.last_was_full {
                let error = big(interest) * WAD - &self.since_full;
                prop_assert!(
                    error < big(WAD) && error > -big(WAD),
                    "interest within a wei per instalment"
                );
            }
            self.since_full = big(0);
        }
        self.last_was_full = interest == due.interest;
        Ok(())
    }

    /// What is left in a loan's accrual is what was earned and not paid, exactly.
    fn check_state(&self, loan: &Loan) -> Result<(), TestCaseError> {
        prop_assert_eq!(loan.principals(), self.principal);
        if self.balance() > 0 {
            for tranche in 0..MAX_TRANCHES {
                let unpaid = &self.earned[tranche] - big(self.paid[tranche]) * WAD;
                prop_assert_eq!(raw(loan.slices[tranche].accrued), unpaid);
            }
        }
        Ok(())
    }
}

fn run(case: &Case, tally: &Tally) -> Result<(), TestCaseError> {
    let rates = case.rates.map(|rate| Rate::new(rate).unwrap());
    let mut loan = Loan::originate(&case.terms, &case.draws, &rates, START).unwrap();
    let mut model = Model::new(case);
    let mut settled = [Accrued::ZERO; MAX_TRANCHES];
    let end = Step {
        seconds: MONTH,
        payment: Payment::Payoff,
    };
    for step in case.steps.iter().chain([&end]) {
        let now = model.time + step.seconds;
        model.pass(&loan, now);
        let due = loan.due(now).unwrap();
        model.check_due(&due)?;
        let (name, amount) = match step.payment {
            Payment::Instalment => ("instalment", due.instalment().unwrap()),
            Payment::Arrears => ("arrears", due.arrears().unwrap()),
            Payment::Payoff => ("payoff", due.payoff().unwrap()),
            Payment::Part(part) => ("partial", due.instalment().unwrap() * part / 1_000),
            Payment::Prepayment(part) => ("prepayment", due.instalment().unwrap() + due.outstanding * part / 1_000),
            Payment::Amount(amount) => ("any amount", amount),
        };
        tally.count(name, !loan.is_repaid());
        let (paid, receipt) = loan.pay(now, amount).unwrap();
        model.receive(&due, &receipt, amount)?;
        model.check_state(&paid)?;
        for (settled, part) in settled.iter_mut().zip(receipt.settled) {
            *settled = settled.plus(part).unwrap();
        }
        let calendar = paid.calendar;
        prop_assert!(paid.paid >= loan.paid && paid.paid <= calendar.current(now));
        match step.payment {
            Payment::Instalment => {
                prop_assert_eq!(paid.paid, calendar.current(now));
                let after = paid.due(now).unwrap();
                prop_assert_eq!(after.instalment().unwrap(), 0);
            }
            Payment::Arrears => prop_assert_eq!(paid.due(now).unwrap().missed, 0),
            Payment::Payoff => prop_assert!(paid.is_repaid()),
            Payment::Part(_) | Payment::Prepayment(_) | Payment::Amount(_) => (),
        }
        loan = paid;
        if loan.is_repaid() {
            break;
        }
    }
    prop_assert!(loan.is_repaid());
    // Every tranche has its principal back, and what it was paid in interest is what it earned, but for a fraction of a
    // wei moved between tranches; all together have it rounded up.
    prop_assert_eq!(model.balance(), 0);
    let earned: BigInt = model.earned.iter().sum();
    prop_assert_eq!(big(model.paid.iter().sum::<u128>()), ceiling(&earned));
    for ((settled, earned), paid) in settled.into_iter().zip(model.earned).zip(model.paid) {
        prop_assert_eq!(raw(settled), earned.clone());
        let ahead = big(paid) * WAD - earned;
        prop_assert!(ahead < big(WAD) && ahead > -big(3 * WAD));
    }
    Ok(())
}

#[test]
fn histories_create_and_lose_no_wei() {
    let tally = Tally::default();
    runner("loan histories", 2_000, 1)
        .run(&case(), |case| run(&case, &tally))
        .unwrap();
    tally.conclude(10_000, 200);
}

/// Instalments at their deadlines: each within a wei of the level payment, which itself is the exact one rounded up.
#[test]
fn a_level_payment_over_several_tranches_is_level_to_a_wei() {
    let wad = u128::from(WAD);
    let draws = prop::array::uniform4(prop_oneof![Just(0_u128), wad..100_000_000 * wad])
        .prop_filter("a loan of something", |draws| draws.iter().sum::<u128>() > 0);
    let rates = prop::array::uniform4(1_000_000_000_u64..12_000_000_000);
    runner("level payments", 150, 2)
        .run(&(draws, rates, 1_u16..=60), |(draws, rates, instalments)| {
            let terms = Terms {
                principal: draws.iter().sum(),
                duration: MONTH * u64::from(instalments),
                interval: MONTH,
                schedule: Schedule::LevelPayment,
                ..Terms::default()
            };
            let mut loan = Loan::originate(&terms, &draws, &rates.map(|rate| Rate::new(rate).unwrap()), START).unwrap();
            let level = loan.plan.balances().unwrap().payment();
            let blended: BigInt = (0..MAX_TRANCHES)
                .map(|tranche| big(draws[tranche]) * rates[tranche])
                .sum();
            let interval = Ratio::new(blended * MONTH, big(terms.principal) * WAD);
            let one = Ratio::from_integer(big(1));
            let power = (&one + &interval).pow(i32::from(instalments));
            let exact = Ratio::from_integer(big(terms.principal)) * &interval * &power / (&power - &one);
            prop_assert!((Ratio::from_integer(big(level)) - exact).reduced() < one);
            let mut repaid = 0;
            for number in 1..=instalments {
                let now = loan.calendar.deadline(number);
                let due = loan.due(now).unwrap();
                prop_assert_eq!((due.missed, due.penalty), (1, 0));
                let payment = due.arrears().unwrap();
                if number < instalments {
                    prop_assert!(
                        payment.abs_diff(level) <= 1,
                        "{} of {}: {} for {}",
                        number,
                        instalments,
                        payment,
                        level
                    );
                } else {
                    prop_assert!(payment.abs_diff(level) < 1_000);
                }
                let (paid, receipt) = loan.pay(now, payment).unwrap();
                prop_assert_eq!((paid.paid, receipt.change), (number, 0));
                repaid += total(&receipt.principal).unwrap();
                loan = paid;
            }
            prop_assert_eq!((loan.is_repaid(), repaid), (true, terms.principal));
            Ok(())
        })
        .unwrap();
}
