//! The examples of `docs/derivations/loans.md`, computed by the code.

use alloy_primitives::{I256, U256};
use loan_core::{
    annuity::IntervalInterest,
    collateral::Appraisal,
    impairment::{counted_value, expected_loss},
    interest::payable,
    loan::{Loan, Terms},
    origination::{blended_rate, AdvanceRates},
    schedule::{Plan, Schedule},
    split::total,
    tranche::{Policy, Tranche},
    waterfall::{junior_first, Claims, Distribution},
    Accrued, Error, PerTranche, Rate, DAY, MAX_TRANCHES, WAD,
};

const MONTH: u64 = 30 * DAY;
const YEAR: u128 = 365 * DAY as u128;

fn whole(amount: u128) -> u128 {
    amount * u128::from(WAD)
}

fn all(amounts: [u128; 3]) -> PerTranche {
    let [first, second, third] = amounts.map(whole);
    [first, second, third, 0]
}

/// Hundredths of a whole unit, rounded to the nearest.
fn cents(amount: u128) -> u128 {
    (amount + whole(1) / 200) / (whole(1) / 100)
}

fn rates() -> [Rate; MAX_TRANCHES] {
    [2_853_881_278, 3_805_175_038, 5_073_566_717, 0].map(|rate| Rate::new(rate).unwrap())
}

fn loan(schedule: Schedule, penalty_rate: u64) -> Loan {
    let terms = Terms {
        principal: whole(800_000),
        duration: 12 * MONTH,
        interval: MONTH,
        schedule,
        grace: 10 * DAY,
        penalty_rate: Rate::new(penalty_rate).unwrap(),
        ..Terms::default()
    };
    Loan::originate(&terms, &all([600_000, 100_000, 100_000]), &rates(), 0).unwrap()
}

#[test]
fn the_tranches_draw_from_the_senior_end() {
    let advance = AdvanceRates::new(&[6_000, 7_000, 8_000]).unwrap();
    let draws = |principal, idle| advance.draws(whole(principal), whole(1_000_000), &all(idle));
    let enough = [1_000_000; 3];
    let of_the_value = draws(800_000, enough).unwrap();
    assert_eq!(of_the_value, all([600_000, 100_000, 100_000]));
    assert_eq!(draws(650_000, enough), Ok(all([600_000, 50_000, 0])));
    assert_eq!(
        draws(650_000, [500_000, 1_000_000, 1_000_000]),
        Ok(all([500_000, 150_000, 0]))
    );
    assert_eq!(
        draws(650_000, [500_000, 100_000, 10_000]),
        Err(Error::Shortfall {
            principal: whole(650_000),
            available: whole(610_000)
        })
    );
    let rate = blended_rate(&of_the_value, &rates()).unwrap().per_second();
    assert_eq!((u128::from(rate) * YEAR + 500_000_000_000) / 1_000_000_000_000, 102_500);
}

#[test]
fn fractions_of_a_wei_stay_with_their_sign() {
    let tenths = |tenths: i64| Accrued::from_raw(I256::try_from(tenths * 100_000_000_000_000_000).unwrap());
    let accrued = [tenths(4), tenths(4), tenths(4), Accrued::ZERO];
    let paid = payable(&accrued).unwrap();
    assert_eq!(paid, [1, 0, 1, 0]);
    let mut left = accrued;
    for (left, paid) in left.iter_mut().zip(paid) {
        *left = left.minus(Accrued::of_wei(paid)).unwrap();
    }
    assert_eq!(left, [tenths(-6), tenths(4), tenths(-6), Accrued::ZERO]);
    for left in left.iter_mut().take(3) {
        *left = left.plus(tenths(4)).unwrap();
    }
    assert_eq!(left, [tenths(-2), tenths(8), tenths(-2), Accrued::ZERO]);
    assert_eq!(payable(&left), Ok([0, 1, 0, 0]));
}

/// Interest and principal of each instalment of a plan of the example's loan, in cents, and all interest.
fn instalments(schedule: Schedule) -> (Vec<(u128, u128)>, u128) {
    let plan: Plan = loan(schedule, 0).plan;
    let interest: IntervalInterest = plan.interest();
    let mut balances = plan.balances().unwrap();
    let (mut before, mut sum, mut rows) = (plan.balance(), 0, Vec::new());
    for number in 1..=12 {
        let (on, after) = (interest.on(before).unwrap(), balances.go_to(number).unwrap());
        rows.push((cents(on), cents(before - after)));
        sum += on;
        before = after;
    }
    (rows, cents(sum))
}

#[test]
fn the_level_and_the_equal_schedule() {
    let plan = loan(Schedule::LevelPayment, 0).plan;
    let payment = plan.balances().unwrap().payment();
    assert_eq!(payment, 70_373_491_439_497_292_307_915);
    let last = plan.balance_after(11).unwrap();
    assert_eq!(last + plan.interest().on(last).unwrap(), payment - 5);

    let (level, interest) = instalments(Schedule::LevelPayment);
    assert_eq!(level[0], (673_973, 6_363_377));
    assert_eq!(level[1], (620_363, 6_416_986));
    assert_eq!(level[11], (58_792, 6_978_557));
    assert_eq!(interest, 4_448_190);
    let (equal, interest) = instalments(Schedule::EqualPrincipal);
    let payments = [0, 1, 11].map(|index: usize| equal[index].0 + equal[index].1);
    // The parts are rounded each by itself: the sum may be a cent off.
    for (payment, documented) in payments.into_iter().zip([7_340_639, 7_284_475, 6_722_831]) {
        assert!(payment.abs_diff(documented) <= 1, "{payment}");
    }
    assert_eq!([equal[0].0, equal[1].0, equal[11].0], [673_973, 617_808, 56_164]);
    assert_eq!(interest, 4_380_822);
}

#[test]
fn penalty_runs_from_each_deadline() {
    // 24 % a year.
    let loan = loan(Schedule::EqualPrincipal, 7_610_350_076);
    let ten_days_late = loan.due(MONTH + 10 * DAY).unwrap();
    assert_eq!(cents(ten_days_late.overdue_principal), 6_666_667);
    assert_eq!(cents(ten_days_late.penalty), 43_836);
    let two_missed = loan.due(2 * MONTH + 10 * DAY).unwrap();
    assert_eq!((two_missed.missed, cents(two_missed.penalty)), (2, 219_178));
}

#[test]
fn a_tranche_is_entered_high_and_left_low() {
    let policy = Policy {
        interest_fee_bps: 1_000,
        vesting_period: MONTH,
    };
    let tranche = Tranche {
        idle: whole(300_000),
        principal: whole(700_000),
        provisions: whole(82_877),
        shares: whole(1_000_000),
        per_second: U256::ZERO,
        accrued: Accrued::of_wei(whole(6_000)),
        ..Tranche::default()
    };
    assert_eq!(tranche.optimistic_value(0, &policy), Ok(whole(1_005_400)));
    assert_eq!(tranche.conservative_value(0, &policy), Ok(whole(917_123)));
    let (entered, shares) = tranche.deposit(whole(10_000), 0, &policy).unwrap();
    assert_eq!(cents(shares), 994_629);
    let (_, assets) = entered.redeem(shares, 0, &policy).unwrap();
    assert_eq!(cents(assets), 913_062);
}

#[test]
fn what_is_provided_for_the_example() {
    let appraisal = Appraisal {
        value: whole(1_000_000),
        appraised_at: 0,
        expires_at: 90 * DAY,
        useful_life: 3 * 365 * DAY,
        residual_bps: 2_000,
    };
    let counted = |day: u64| counted_value(&appraisal, 7_500, false, day * DAY).unwrap();
    assert_eq!(cents(appraisal.straight_line(60 * DAY).unwrap()), 95_616_438);
    assert_eq!(cents(counted(60)), 71_712_329);
    let lent = all([600_000, 100_000, 100_000]);
    let loss = expected_loss(&lent, counted(60)).unwrap();
    assert_eq!(junior_first(loss, &lent).map(cents), [0, 0, 8_287_671, 0]);
    assert_eq!(cents(counted(270)), 60_205_479);
    assert_eq!(expected_loss(&all([450_000, 75_000, 75_000]), counted(270)), Ok(0));
}

#[test]
fn where_proceeds_go() {
    let claims = Claims {
        principal: all([450_000, 75_000, 75_000]),
        interest: all([3_000, 800, 1_000]),
    };
    let distribute = |proceeds| Distribution::new(whole(proceeds), 100, &claims).unwrap();
    let bad = distribute(580_000);
    assert_eq!((bad.fee, bad.surplus), (whole(5_800), 0));
    assert_eq!(bad.principal, all([450_000, 75_000, 49_200]));
    assert_eq!(bad.interest, [0; 4]);
    let left = bad.remaining(&claims).unwrap();
    assert_eq!(total(&left.principal), Ok(whole(25_800)));
    let good = distribute(640_000);
    assert_eq!((good.fee, good.surplus), (whole(6_400), whole(28_800)));
    assert_eq!((good.principal, good.interest), (claims.principal, claims.interest));
}
