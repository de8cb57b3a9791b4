//! What the tests share: storage that counts what is done to it, and property tests that repeat exactly.

#![allow(dead_code, reason = "each test file uses its part")]

use alloy_primitives::{Address, U256};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use qev_core::{
    book::{Event, Journal},
    Region, WordStorage,
};
use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, HashSet},
};

/// Where a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Region(Region, u64),
    Ids(Address, u8),
}

/// Words on a map, with a count of reads and writes and of the different words that were touched, and the events.
///
/// A transaction can be undone, as that of a contract that reverts.
#[derive(Default)]
pub(crate) struct CountingStorage {
    words: HashMap<Key, U256>,
    loads: Cell<u64>,
    stores: u64,
    touched: RefCell<HashSet<Key>>,
    /// What the words were that were written since the transaction began.
    undo: Vec<(Key, U256)>,
    pub(crate) events: Vec<Event>,
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

impl CountingStorage {
    fn get(&self, key: Key) -> U256 {
        self.loads.set(self.loads.get() + 1);
        self.touched.borrow_mut().insert(key);
        self.words.get(&key).copied().unwrap_or_default()
    }

    fn put(&mut self, key: Key, word: U256) {
        self.stores += 1;
        self.touched.borrow_mut().insert(key);
        let before = self.words.insert(key, word).unwrap_or_default();
        self.undo.push((key, before));
    }

    /// Makes `operation` in a transaction: if it is refused, nothing has happened.
    pub(crate) fn transact<T, E>(&mut self, operation: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        self.undo.clear();
        self.events.clear();
        let result = operation(self);
        if result.is_err() {
            while let Some((key, before)) = self.undo.pop() {
                self.words.insert(key, before);
            }
            self.events.clear();
        }
        result
    }

    /// How many words are not zero.
    pub(crate) fn words_in_use(&self) -> usize {
        self.words.values().filter(|word| !word.is_zero()).count()
    }
}

impl WordStorage for CountingStorage {
    fn load(&self, region: Region, index: u64) -> U256 {
        self.get(Key::Region(region, index))
    }

    fn store(&mut self, region: Region, index: u64, word: U256) {
        self.put(Key::Region(region, index), word);
    }

    fn load_ids(&self, controller: Address, number: u8) -> U256 {
        self.get(Key::Ids(controller, number))
    }

    fn store_ids(&mut self, controller: Address, number: u8, word: U256) {
        self.put(Key::Ids(controller, number), word);
    }
}

impl Journal for CountingStorage {
    fn emit(&mut self, event: Event) {
        self.events.push(event);
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
