//! What the tests share: storage that counts what is done to it, and property tests that repeat exactly.

#![allow(dead_code, reason = "each test file uses its part")]

use alloy_primitives::U256;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use qev_core::{Region, WordStorage};
use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, HashSet},
};

/// Words on a map, with a count of reads and writes and of the different words that were touched.
#[derive(Default)]
pub(crate) struct CountingStorage {
    words: HashMap<(Region, u64), U256>,
    loads: Cell<u64>,
    stores: u64,
    touched: RefCell<HashSet<(Region, u64)>>,
}

/// What an operation did to storage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cost {
    /// Reads, repeated ones included.
    pub(crate) loads: u64,
    /// Writes, repeated ones included.
    pub(crate) stores: u64,
    /// Different words read or written: each is cold once, 2,100 gas.
    pub(crate) words: u64,
}

impl CountingStorage {
    /// What `operation` does to this storage, and its result.
    pub(crate) fn cost_of<T>(&mut self, operation: impl FnOnce(&mut Self) -> T) -> (Cost, T) {
        self.loads.set(0);
        self.stores = 0;
        self.touched.borrow_mut().clear();
        let result = operation(self);
        let words = self.touched.borrow().len() as u64;
        (
            Cost {
                loads: self.loads.get(),
                stores: self.stores,
                words,
            },
            result,
        )
    }
}

impl WordStorage for CountingStorage {
    fn load(&self, region: Region, index: u64) -> U256 {
        self.loads.set(self.loads.get() + 1);
        self.touched.borrow_mut().insert((region, index));
        self.words.get(&(region, index)).copied().unwrap_or_default()
    }

    fn store(&mut self, region: Region, index: u64, word: U256) {
        self.stores += 1;
        self.touched.borrow_mut().insert((region, index));
        self.words.insert((region, index), word);
    }
}

/// A runner of `cases` cases from a fixed seed, which it prints.
pub(crate) fn runner(name: &str, cases: u32, seed: u8) -> TestRunner {
    println!("{name}: {cases} cases, seed [{seed}; 32]");
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]))
}

/// A count of outcomes by name, printed at the end.
#[derive(Default)]
pub(crate) struct Tally(RefCell<std::collections::BTreeMap<&'static str, [u64; 2]>>);

impl Tally {
    /// Counts an operation as accepted or refused.
    pub(crate) fn count(&self, operation: &'static str, accepted: bool) {
        self.0.borrow_mut().entry(operation).or_default()[usize::from(!accepted)] += 1;
    }

    /// Prints the counts; fails unless `total` operations were made and each kind was accepted at least `each` times.
    pub(crate) fn conclude(&self, total: u64, each: u64) {
        let counts = self.0.borrow();
        for (operation, [accepted, refused]) in counts.iter() {
            println!("  {operation}: {accepted} accepted, {refused} refused");
            assert!(*accepted >= each, "{operation} was accepted {accepted} times only");
        }
        let made: u64 = counts.values().flatten().sum();
        println!("  {made} operations");
        assert!(made >= total, "only {made} operations");
    }
}
