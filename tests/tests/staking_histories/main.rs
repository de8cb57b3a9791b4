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

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::thread;

use suite::staking::{DAY, StakingConfig};
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

/// What has come of the histories.
#[derive(Default)]
struct Counts {
    /// Accepted and reverted.
    kinds: BTreeMap<Kind, (u64, u64)>,
    met: BTreeMap<String, u64>,
}

impl Counts {
    fn add(&mut self, more: Self) {
        for (kind, (yes, no)) in more.kinds {
            let (accepted, reverted) = self.kinds.entry(kind).or_default();
            *accepted += yes;
            *reverted += no;
        }
        for (what, times) in more.met {
            *self.met.entry(what).or_default() += times;
        }
    }

    fn table(&self) -> String {
        let mut table = format!("{:<22}{:>10}{:>10}\n", "", "accepted", "reverted");
        let mut sum = (0, 0);
        for (kind, (yes, no)) in &self.kinds {
            writeln!(table, "{:<22}{yes:>10}{no:>10}", format!("{kind:?}")).expect("a string");
            sum = (sum.0 + yes, sum.1 + no);
        }
        writeln!(table, "{:<22}{:>10}{:>10}", "all", sum.0, sum.1).expect("a string");
        for (what, times) in &self.met {
            writeln!(table, "{what:<40}{times:>8}").expect("a string");
        }
        table
    }
}

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

fn number_from(variable: &str, default: u64) -> u64 {
    env::var(variable)
        .ok()
        .and_then(|value| value.parse().ok())
        .unwrap_or(default)
}

/// Plays one history to its end: this one of those that start from the seed.
fn play(seed: u64, number: u64, config: StakingConfig, steps: u64) -> Counts {
    let mut history = History::new(seed.wrapping_add(number), config);
    let mut counts = Counts {
        kinds: KINDS.iter().map(|(kind, _)| (*kind, (0, 0))).collect(),
        met: BTreeMap::new(),
    };
    for step in 0..steps {
        let kind = history.next_kind();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let accepted = history.step(kind);
            if step % LOOK == 0 {
                history.check_everything();
            }
            accepted
        }));
        match outcome {
            Ok(accepted) => {
                let (yes, no) = counts.kinds.get_mut(&kind).expect("every kind is counted");
                *(if accepted { yes } else { no }) += 1;
            }
            Err(failure) => {
                report(&format!(
                    "step {step}, {kind:?} of history {number} of STAKING_HISTORY_SEED={seed}, {config:?}\n"
                ));
                resume_unwind(failure);
            }
        }
    }
    history.check_everything();
    history.wind_down();
    counts.met = history.met;
    counts
}

#[test]
fn the_books_hold_whatever_happens() {
    let seed = number_from("STAKING_HISTORY_SEED", SEED);
    let steps = number_from("STAKING_HISTORY_STEPS", STEPS);
    report(&format!("STAKING_HISTORY_SEED={seed} STAKING_HISTORY_STEPS={steps}\n"));
    // Each history is its own chain: as many at a time as there are processors.
    let waiting = Mutex::new(calendars().into_iter().zip(0..).collect::<Vec<_>>());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let mut counts = Counts::default();
    thread::scope(|scope| {
        let work = || {
            let mut counts = Counts::default();
            loop {
                let next = waiting.lock().expect("nobody panics here").pop();
                let Some((config, number)) = next else { return counts };
                counts.add(play(seed, number, config, steps));
            }
        };
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            match worker.join() {
                Ok(done) => counts.add(done),
                Err(failure) => resume_unwind(failure),
            }
        }
    });
    report(&counts.table());
    let all: u64 = counts.kinds.values().map(|(yes, no)| yes + no).sum();
    assert!(all >= 10_000 || steps < STEPS);
    let rare: Vec<&Kind> = counts
        .kinds
        .iter()
        .filter(|(_, (yes, _))| *yes < SUCCESSES)
        .map(|(kind, _)| kind)
        .collect();
    assert!(
        rare.is_empty() || steps < STEPS,
        "fewer than {SUCCESSES} successes: {rare:?}"
    );
    let times = |what: &str| counts.met.get(what).copied().unwrap_or_default();
    let rare: Vec<_> = MET.iter().filter(|(what, least)| times(what) < *least).collect();
    assert!(rare.is_empty() || steps < STEPS, "met too seldom: {rare:?}");
}
