//! Random histories of the whole suite: depositors, stakers, a strategist, curators, GPU operators, bidders and everybody
//! with a role act on the real contracts (USDai over Uniswap V3, sUSDai, its auction, CALIBER, the loan pool, the auction of
//! collateral; only wrapped M and the dollars are doubles) for years, in any order and at any time. Each contract has an
//! exact model elsewhere; here what holds between them is checked from outside.
//!
//! After every step, and of a refused one that it changed nothing (`look`, `flows`):
//!
//! - **R1** the reserves back all USDai; **R2** USDai comes from deposits and harvests only, goes by withdrawals only, and
//!   nothing but a harvest takes anything from the yield that can be harvested;
//! - **V1** the vault holds what it has booked and what was given to it, to the wei; **V4**, **Q4** its pending shares are
//!   those of the auction, of which no more are eligible than stand in the queue;
//! - **V2** no step lowers a share price of the vault or of a tranche, but real losses (a provision the redemption price, a
//!   sale or a write-off both, by no more than the loan owed), lending and taking back at the other price (by no more than
//!   the difference of the two), and payments by wei; time never does. The deposit price is never below the redemption
//!   price, of the vault or of any tranche;
//! - **L1** the pool holds the idle cash of its tranches and what was given to it, to the wei; **L2** proceeds are what was
//!   shared out, to the wei; **L3** no tranche loses principal of a loan before every junior one has lost all of its own;
//!   **L4** what borrowers pay of interest is what the tranches' cash grows by and the fee, to the wei; **L5** with the last
//!   payment of a loan all of its principal is paid, and not a wei more;
//! - the collateral auction holds what it owes to bidders and what was given to it, to the wei;
//! - **Q1** in a settled auction everybody gets what an auction reckoned by hand gives him, within its limit.
//!
//! Every hundred steps everybody and every loan is looked at (`checks`): **V3**, **Q2**, **Q3**, shares of the tranches,
//! principal and interest of the tranches as sums over loans, all USDai there is, the fees received, who holds which title.
//! A refusal must be an error of the ABI. At last everybody goes home (`wind_down`): loans are paid or sold, everybody
//! leaves sUSDai through queue and claims, curators redeem, USDai is paid out; what is left is dust.
//!
//! `SUITE_HISTORY_SEED` and `SUITE_HISTORY_STEPS` repeat or prolong the histories.

mod history;
mod kind;

use suite::credit::CreditConfig;
use suite::staking::{DAY, StakingConfig};
use suite_tests::history::{Tally, named, number_from, play_all};
use suite_tests::report;

use history::{History, Scenario};
use kind::{KINDS, Kind};

/// Where the seeds of the histories start.
const SEED: u64 = 0x05DA_2000;
/// Steps of each history.
const STEPS: u64 = 6_000;
/// How often every kind of step must have succeeded in all histories together.
const SUCCESSES: u64 = 50;
/// How often everything is checked.
const LOOK: u64 = 100;

/// What must have been met, and how often in all histories together.
const MET: &[(&str, u64)] = &[
    ("an auction that all win", 10),
    ("an auction that not all win", 10),
    ("bonds forfeited", 10),
    ("a loss that reaches a senior tranche", 10),
    ("a surplus for the borrower", 10),
];

/// What each history plays in: the calendars, tranches, rates and fees of a production deployment, and three others.
fn scenarios() -> [Scenario; 4] {
    let (monthly, three) = (StakingConfig::default(), CreditConfig::default());
    [
        Scenario {
            name: "months, three tranches",
            staking: monthly,
            credit: three,
            yield_bps: 400,
        },
        Scenario {
            name: "weeks, one tranche, no fees",
            staking: StakingConfig {
                epoch_length: 7 * DAY,
                bid_length: 5 * DAY,
                auction_share_bps: 4_000,
                bond_bps: 0,
                fee_bps: 0,
                ..monthly
            },
            credit: CreditConfig {
                advance_bps: [8_000, 0, 0, 0],
                rates: [3_170_979_198, 0, 0, 0],
                interest_fee_bps: 0,
                liquidation_fee_bps: 0,
                haircut_bps: 9_000,
                auction_duration: DAY,
                auction_extension: 0,
                min_increment_bps: 0,
            },
            yield_bps: 0,
        },
        Scenario {
            name: "ten days, four tranches, high fees and rates",
            staking: StakingConfig {
                epoch_length: 10 * DAY,
                bid_length: 7 * DAY - DAY / 2,
                genesis_delay: 3 * DAY,
                bond_bps: 200,
                fee_bps: 5_000,
                ..monthly
            },
            credit: CreditConfig {
                advance_bps: [5_000, 6_000, 7_000, 8_500],
                rates: [3_170_979_198, 4_756_468_797, 9_512_937_595, 31_709_791_983],
                interest_fee_bps: 9_000,
                liquidation_fee_bps: 1_000,
                haircut_bps: 5_000,
                auction_duration: 6 * 3_600,
                auction_extension: 3_600,
                min_increment_bps: 500,
            },
            yield_bps: 800,
        },
        Scenario {
            name: "an auction that may spend everything, two tranches",
            staking: StakingConfig {
                epoch_length: 15 * DAY,
                bid_length: 11 * DAY,
                auction_share_bps: 10_000,
                max_discount_bps: 9_999,
                bond_bps: 1_000,
                ..monthly
            },
            credit: CreditConfig {
                advance_bps: [6_500, 9_000, 0, 0],
                rates: [1_585_489_599, 6_341_958_396, 0, 0],
                interest_fee_bps: 2_500,
                liquidation_fee_bps: 500,
                haircut_bps: 8_000,
                auction_duration: 2 * DAY,
                ..three
            },
            yield_bps: 200,
        },
    ]
}

/// Plays one history to its end: this one of those that start from the seed.
fn play(seed: u64, number: u64, scenario: &Scenario, steps: u64) -> Tally<Kind> {
    let mut history = History::new(seed.wrapping_add(number), scenario);
    let whereabouts = |what: &str| {
        format!(
            "{what} of history {number} ({}) of SUITE_HISTORY_SEED={seed}",
            scenario.name
        )
    };
    for step in 0..steps {
        let kind = history.next_kind();
        named(
            || whereabouts(&format!("step {step}, {kind:?}")),
            || {
                let accepted = history.step(kind);
                history.tally.count(kind, accepted);
                if step % LOOK == 0 {
                    history.check_everything();
                }
            },
        );
    }
    let days = history.days();
    report(&format!(
        "history {number} ({}): {steps} steps in {days} days\n",
        scenario.name
    ));
    named(
        || whereabouts("the end"),
        || {
            history.check_everything();
            history.wind_down();
        },
    );
    history.tally
}

#[test]
fn the_suite_holds_together_whatever_happens() {
    let seed = number_from("SUITE_HISTORY_SEED", SEED);
    let steps = number_from("SUITE_HISTORY_STEPS", STEPS);
    report(&format!("SUITE_HISTORY_SEED={seed} SUITE_HISTORY_STEPS={steps}\n"));
    let histories = (0..).zip(scenarios()).collect();
    let tally = play_all(KINDS, histories, |(number, scenario)| {
        play(seed, number, &scenario, steps)
    });
    report(&tally.table());
    if steps >= STEPS {
        assert!(tally.steps() >= 10_000);
        let rare = tally.rarer_than(SUCCESSES);
        assert!(rare.is_empty(), "fewer than {SUCCESSES} successes: {rare:?}");
        let rare = tally.met_too_seldom(MET);
        assert!(rare.is_empty(), "met too seldom: {rare:?}");
    }
}
