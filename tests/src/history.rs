//! What random histories share: a table of what was tried and what came of it, settings, and one thread a processor.

use std::collections::BTreeMap;
use std::env;
use std::fmt::{Debug, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::report;

/// Declares what a step can do, `enum Kind`, and `KINDS`: all of them, with their weights.
#[macro_export]
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident: $weight:literal,)*) => {
        /// What a step does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Kind {
            $($(#[$doc])* $kind,)*
        }

        /// All of them, with their weights.
        pub(crate) const KINDS: &[(Kind, u32)] = &[$((Kind::$kind, $weight),)*];
    };
}

/// What has come of the steps of histories.
#[derive(Clone, Debug)]
pub struct Tally<K> {
    /// Accepted and refused.
    kinds: BTreeMap<K, (u64, u64)>,
    met: BTreeMap<String, u64>,
}

impl<K: Copy + Ord + Debug> Tally<K> {
    /// Nothing yet of any of these kinds.
    pub fn new(kinds: &[(K, u32)]) -> Self {
        Self {
            kinds: kinds.iter().map(|(kind, _)| (*kind, (0, 0))).collect(),
            met: BTreeMap::new(),
        }
    }

    /// Counts a step.
    pub fn count(&mut self, kind: K, accepted: bool) {
        let (yes, no) = self.kinds.entry(kind).or_default();
        *(if accepted { yes } else { no }) += 1;
    }

    /// Counts that something was met.
    pub fn meet(&mut self, what: &str) {
        *self.met.entry(what.to_owned()).or_default() += 1;
    }

    /// Counts that something was met, if it was.
    pub fn meet_if(&mut self, is_so: bool, what: &str) {
        if is_so {
            self.meet(what);
        }
    }

    /// Adds what came of other histories.
    pub fn add(&mut self, more: Self) {
        for (kind, (yes, no)) in more.kinds {
            let (accepted, refused) = self.kinds.entry(kind).or_default();
            *accepted += yes;
            *refused += no;
        }
        for (what, times) in more.met {
            *self.met.entry(what).or_default() += times;
        }
    }

    /// Steps in all.
    pub fn steps(&self) -> u64 {
        self.kinds.values().map(|(yes, no)| yes + no).sum()
    }

    /// The kinds that succeeded fewer times.
    pub fn rarer_than(&self, least: u64) -> Vec<K> {
        let rare = self.kinds.iter().filter(|(_, (yes, _))| *yes < least);
        rare.map(|(kind, _)| *kind).collect()
    }

    /// What was met fewer times than it must be.
    pub fn met_too_seldom(&self, least: &[(&'static str, u64)]) -> Vec<(&'static str, u64)> {
        let times = |what: &str| self.met.get(what).copied().unwrap_or_default();
        let rare = least.iter().filter(|(what, least)| times(what) < *least);
        rare.copied().collect()
    }

    /// For people.
    pub fn table(&self) -> String {
        let mut table = format!("{:<22}{:>10}{:>10}\n", "", "accepted", "refused");
        let mut line = |name: &str, yes: u64, no: u64| {
            writeln!(table, "{name:<22}{yes:>10}{no:>10}").expect("a string");
        };
        for (kind, (yes, no)) in &self.kinds {
            line(&format!("{kind:?}"), *yes, *no);
        }
        let all = self
            .kinds
            .values()
            .fold((0, 0), |all, kind| (all.0 + kind.0, all.1 + kind.1));
        line("all", all.0, all.1);
        for (what, times) in &self.met {
            writeln!(table, "{what:<48}{times:>8}").expect("a string");
        }
        table
    }
}

/// A number from the environment, or another one.
///
/// # Panics
///
/// When the variable is set to something else than a number.
pub fn number_from(variable: &str, otherwise: u64) -> u64 {
    env::var(variable).map_or(otherwise, |value| match value.parse() {
        Ok(number) => number,
        Err(error) => panic!("{variable}={value}: {error}"),
    })
}

/// Does something, and says where it was when it panics, so that the step can be repeated.
///
/// # Panics
///
/// When `step` does.
pub fn named<R>(whereabouts: impl FnOnce() -> String, step: impl FnOnce() -> R) -> R {
    match catch_unwind(AssertUnwindSafe(step)) {
        Ok(done) => done,
        Err(failure) => {
            report(&format!("{}\n", whereabouts()));
            resume_unwind(failure);
        }
    }
}

/// Plays histories, as many at a time as there are processors, and adds up what came of them.
///
/// # Panics
///
/// When one of them does.
pub fn play_all<T: Send, K: Copy + Ord + Debug + Send>(
    kinds: &[(K, u32)],
    histories: Vec<T>,
    play: impl Fn(T) -> Tally<K> + Sync,
) -> Tally<K> {
    let waiting = Mutex::new(histories);
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let mut tally = Tally::new(kinds);
    thread::scope(|scope| {
        let work = || {
            let mut done = Vec::new();
            loop {
                let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let Some(history) = next else { return done };
                done.push(play(history));
            }
        };
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            match worker.join() {
                Ok(done) => done.into_iter().for_each(|more| tally.add(more)),
                Err(failure) => resume_unwind(failure),
            }
        }
    });
    tally
}
