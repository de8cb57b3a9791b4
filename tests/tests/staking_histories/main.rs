//! Random histories of sUSDai: many accounts stake, leave, bid, reveal, settle and claim over years of epochs, in any
//! order, at any time (phases are met to the second), with sensible and senseless arguments, while yield comes in, loans
//! win and lose, accounts are blacklisted and the vault is paused. A naive model of both contracts' books (`model`) says
//! beforehand what must come of it: a refusal for one of the reasons that there are, or success with exactly these
//! amounts. After every step, to the unit,
//!
//! - the books, both prices, the places of all shares and a request are those of the model, also after a refusal;
//! - **V1** the vault has what it has booked; **V4**, **Q4** its pending shares are those that the auction knows of;
//! - **V2** no step but the strategy's and the loans' lowers either share price;
//! - **Q1** in a settled auction no lower bid has got anything while a higher one is not full.
//!
//! Every hundred steps and at the end everybody is looked at: **V3**, **Q2**, **Q3**, every view. At last the histories
//! are wound down: anybody settles, restores and services, everybody is paid, and what is left over is dust.
//!
//! `STAKING_HISTORY_SEED` and `STAKING_HISTORY_STEPS` repeat or prolong a history.

mod history;
mod kind;
mod model;

use suite::staking::{DAY, StakingConfig};
use suite_tests::history::{Tally, named, number_from, play_all};
use suite_tests::report;

use history::History;
use kind::{KINDS, Kind};

/// Where the seeds of the histories start.
const SEED: u64 = 0x05DA_1001;
/// Steps of each history.
const STEPS: u64 = 4_500;
/// How often every kind of step must have succeeded in all histories together.
const SUCCESSES: u64 = 50;
/// How often everything is checked.
const LOOK: u64 = 100;

/// What must have been met, and how often in all histories together.
const MET: &[(&str, u64)] = &[
    ("an auction with winners", 50),
    ("an auction that all win", 5),
    ("an auction that nobody wins", 5),
    ("a margin that several share", 5),
    ("a level without winners", 5),
    ("an announced limit that binds", 10),
    ("bonds forfeited", 10),
    ("a gain that joins an earlier one", 10),
    ("a request serviced at several prices", 50),
    ("a ceiling", 10),
    ("back in its own place", 50),
    ("back at the end, to wait with others", 10),
    ("back at the end, eligible at once", 3),
    ("a bid straight after another", 5),
    ("TooManyRequests", 3),
];

/// What each history plays in: months, weeks, epochs so short that the next one ends before all may settle, and an auction
/// that may spend everything.
fn calendars() -> [StakingConfig; 4] {
    let monthly = StakingConfig::default();
    [
        monthly,
        StakingConfig {
            epoch_length: 7 * DAY,
            bid_length: 5 * DAY,
            auction_share_bps: 4_000,
            bond_bps: 0,
            fee_bps: 0,
            ..monthly
        },
        StakingConfig {
            epoch_length: 4 * DAY,
            bid_length: 2 * DAY + DAY / 2,
            genesis_delay: 3 * DAY,
            bond_bps: 200,
            ..monthly
        },
        StakingConfig {
            auction_share_bps: 10_000,
            max_discount_bps: 9_999,
            bond_bps: 1_000,
            fee_bps: 5_000,
            ..monthly
        },
    ]
}

/// Plays one history to its end: this one of those that start from the seed.
fn play(seed: u64, number: u64, config: StakingConfig, steps: u64) -> Tally<Kind> {
    let mut history = History::new(seed.wrapping_add(number), config);
    for step in 0..steps {
        let kind = history.next_kind();
        let whereabouts =
            || format!("step {step}, {kind:?} of history {number} of STAKING_HISTORY_SEED={seed}, {config:?}");
        named(whereabouts, || {
            let accepted = history.step(kind);
            history.tally.count(kind, accepted);
            if step % LOOK == 0 {
                history.check_everything();
            }
        });
    }
    history.check_everything();
    history.wind_down();
    history.tally
}

#[test]
fn the_books_hold_whatever_happens() {
    let seed = number_from("STAKING_HISTORY_SEED", SEED);
    let steps = number_from("STAKING_HISTORY_STEPS", STEPS);
    report(&format!("STAKING_HISTORY_SEED={seed} STAKING_HISTORY_STEPS={steps}\n"));
    let histories = (0..).zip(calendars()).collect();
    let tally = play_all(KINDS, histories, |(number, config)| play(seed, number, config, steps));
    report(&tally.table());
    if steps >= STEPS {
        assert!(tally.steps() >= 10_000);
        let rare = tally.rarer_than(SUCCESSES);
        assert!(rare.is_empty(), "fewer than {SUCCESSES} successes: {rare:?}");
        let rare = tally.met_too_seldom(MET);
        assert!(rare.is_empty(), "met too seldom: {rare:?}");
    }
}
