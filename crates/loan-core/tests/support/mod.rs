//! What the tests share: integers without limits, and property tests that repeat exactly.

#![allow(dead_code, reason = "each test file uses its part")]

use loan_core::{Accrued, WAD};
use num_bigint::{BigInt, Sign};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::{cell::RefCell, collections::BTreeMap};

pub(crate) fn big(value: impl Into<BigInt>) -> BigInt {
    value.into()
}

/// An accrual's raw units.
pub(crate) fn raw(accrued: Accrued) -> BigInt {
    let (sign, magnitude) = accrued.raw().into_sign_and_abs();
    let sign = if sign.is_negative() { Sign::Minus } else { Sign::Plus };
    BigInt::from_bytes_be(sign, &magnitude.to_be_bytes::<32>())
}

/// Whole wei of raw units, rounded up.
pub(crate) fn ceiling(raw: &BigInt) -> BigInt {
    (raw + big(WAD) - 1) / big(WAD)
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
pub(crate) struct Tally(RefCell<BTreeMap<&'static str, [u64; 2]>>);

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
