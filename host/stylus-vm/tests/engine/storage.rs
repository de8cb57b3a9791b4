//! The storage cache of a frame: what reaches the chain, when, and what it costs.

use alloy_primitives::{B256, U256};
use stylus_vm::Outcome;

use crate::common::{Chain, PLENTY, hosts, ink_used, program, run_on};

const HOSTS: &[&str] = &[
    "storage_load_bytes32",
    "storage_cache_bytes32",
    "storage_flush_cache",
    "write_result",
];
const LOAD: &str = "call $storage_load_bytes32";
const CACHE: &str = "call $storage_cache_bytes32";
const FLUSH: &str = "i32.const 0 call $storage_flush_cache";
const FLUSH_AND_CLEAR: &str = "i32.const 1 call $storage_flush_cache";

/// Words 1 to 4 stand at 32, 64, 96, 128; what is loaded goes to 512.
fn with_storage(code: &str) -> String {
    let data = r#"(data (i32.const 63) "\01") (data (i32.const 95) "\02")
        (data (i32.const 127) "\03") (data (i32.const 159) "\04")"#;
    program(&format!("{} {data}", hosts(HOSTS)), code)
}

fn word(value: u8) -> B256 {
    B256::with_last_byte(value)
}

/// Writes word `value` to slot `key`.
fn write(key: u32, value: u32) -> String {
    format!("i32.const {} i32.const {} {CACHE} ", 32 * key, 32 * value)
}

fn load(key: u32) -> String {
    format!("i32.const {} i32.const 512 {LOAD} ", 32 * key)
}

fn run(code: &str, chain: &mut Chain, gas: u64) -> stylus_vm::RunResult {
    run_on(&with_storage(code), &[], chain, gas)
}

#[test]
fn what_is_not_flushed_is_lost() {
    let mut chain = Chain::default();
    assert_eq!(run(&write(1, 2), &mut chain, PLENTY).outcome, Outcome::Success);
    assert_eq!((chain.stores.len(), chain.storage.len()), (0, 0));
}

#[test]
fn flush_writes_what_changed_by_ascending_key() {
    let mut chain = Chain::default();
    chain.storage.insert(word(1), word(4));
    // 3 is written twice; 1 is loaded, changed, and changed back; 4 is only loaded.
    let code = [
        load(1),
        load(4),
        write(3, 1),
        write(1, 2),
        write(2, 4),
        write(3, 3),
        write(1, 4),
    ]
    .join(" ");
    run(&format!("{code} {FLUSH}"), &mut chain, PLENTY);
    assert_eq!(chain.loads, [word(1), word(4)]);
    assert_eq!(chain.stores, [(word(2), word(4)), (word(3), word(3))]);
}

#[test]
fn a_second_flush_has_nothing_to_do() {
    let mut chain = Chain::default();
    let twice = format!("{} {FLUSH} {FLUSH}", write(1, 2));
    let once = format!("{} {FLUSH}", write(1, 2));
    run(&twice, &mut chain, PLENTY);
    assert_eq!(chain.stores, [(word(1), word(2))]);
    let twice = ink_used(&with_storage(&twice), &[], &mut Chain::default());
    let once = ink_used(&with_storage(&once), &[], &mut Chain::default());
    // A constant, a call, the check of their block, and the flat price.
    assert_eq!(twice - once, 1 + 3_800 + 2_450 + 68_073);
}

#[test]
fn a_flushed_slot_is_known_unless_the_cache_is_cleared() {
    let mut chain = Chain::default();
    run(&format!("{} {FLUSH} {}", write(1, 2), load(1)), &mut chain, PLENTY);
    assert!(chain.loads.is_empty());
    run(
        &format!("{} {FLUSH_AND_CLEAR} {}", write(1, 2), load(1)),
        &mut chain,
        PLENTY,
    );
    assert_eq!(chain.loads, [word(1)]);
}

#[test]
fn loads_see_the_cache() {
    let mut chain = Chain::default();
    chain.storage.insert(word(1), word(9));
    let code = format!(
        "{} {} i32.const 512 i32.const 32 call $write_result",
        write(1, 2),
        load(1)
    );
    let result = run(&code, &mut chain, PLENTY);
    assert_eq!((result.output, chain.loads.len()), (word(2).to_vec(), 0));
}

#[test]
fn repeated_loads_cost_the_host_function_only() {
    let ink = |times: usize| ink_used(&with_storage(&load(1).repeat(times)), &[], &mut Chain::default());
    let around = 2 + 3_800 + 2_450;
    // Cold: 2,100 gas and 5 for asking.
    assert_eq!(ink(1), 2_452 + around + 18_480 + 21_050_000);
    assert_eq!(ink(2) - ink(1), around + 18_480);
    // From the 33rd on 2 gas, from the 129th on 10.
    assert_eq!(ink(33) - ink(32), around + 18_480 + 20_000);
    assert_eq!(ink(129) - ink(128), around + 18_480 + 100_000);
}

#[test]
fn repeated_writes_cost_more() {
    let ink = |times: usize| ink_used(&with_storage(&write(1, 2).repeat(times)), &[], &mut Chain::default());
    let around = 2 + 3_800 + 2_450;
    assert_eq!(ink(1), 2_452 + around + 18_480);
    assert_eq!(ink(8) - ink(7), around + 18_480);
    // From the ninth on 7 gas, from the 65th on 10.
    assert_eq!(ink(9) - ink(8), around + 18_480 + 70_000);
    assert_eq!(ink(65) - ink(64), around + 18_480 + 100_000);
}

#[test]
fn a_flush_costs_what_the_chain_says() {
    let code = format!("{} {} {FLUSH}", write(1, 2), write(2, 3));
    let writes = 2 * (2 + 3_800 + 2_450 + 18_480);
    // Two slots of 5,000 gas.
    assert_eq!(
        ink_used(&with_storage(&code), &[], &mut Chain::default()),
        2_452 + writes + (1 + 3_800 + 2_450) + 68_073 + 100_000_000
    );
}

#[test]
fn a_flush_that_cannot_be_paid_is_out_of_ink() {
    let code = format!("{} {} {FLUSH}", write(1, 2), write(2, 3));
    let mut chain = Chain::default();
    let result = run(&code, &mut chain, 9_000);
    assert_eq!((result.outcome, result.gas_left), (Outcome::OutOfInk, 0));
    // The chain stopped at the first that did not fit.
    assert_eq!(chain.stores, [(word(1), word(2))]);
    // Writes 2 * 24,732 and the flush 74,324 of ink before the slots, 2,452 after them: 12.6 gas, then 10,000.
    assert_eq!(run(&code, &mut Chain::default(), 10_012).outcome, Outcome::OutOfInk);
    assert_eq!(run(&code, &mut Chain::default(), 10_013).outcome, Outcome::Success);
}

#[test]
fn access_asks_for_gas_that_it_may_not_need() {
    let mut warm = Chain::default();
    warm.warm_slots.insert(word(1));
    // A warm load costs 105 gas; 2,100 + 10 + 5 have to be there after the flat price of 24,732 ink.
    assert_eq!(run(&load(1), &mut warm, 2_117).outcome, Outcome::OutOfInk);
    assert_eq!(run(&load(1), &mut warm, 2_118).outcome, Outcome::Success);
    // A write costs nothing yet; 2,300 + 10.
    assert_eq!(
        run(&write(1, 2), &mut Chain::default(), 2_312).outcome,
        Outcome::OutOfInk
    );
    assert_eq!(
        run(&write(1, 2), &mut Chain::default(), 2_313).outcome,
        Outcome::Success
    );
    // A flush of nothing; 2,300 after 74,324 ink.
    assert_eq!(run(FLUSH, &mut Chain::default(), 2_307).outcome, Outcome::OutOfInk);
    assert_eq!(run(FLUSH, &mut Chain::default(), 2_308).outcome, Outcome::Success);
}

#[test]
fn a_static_frame_fails_when_it_flushes() {
    let mut chain = Chain {
        read_only: true,
        ..Chain::default()
    };
    assert_eq!(run(&write(1, 2), &mut chain, PLENTY).outcome, Outcome::Success);
    let result = run(&format!("{} {FLUSH}", write(1, 2)), &mut chain, PLENTY);
    assert_eq!(result.outcome, Outcome::Trap("write protection".to_owned()));
    assert!(result.gas_left > PLENTY - 100, "{}", result.gas_left);
    assert_eq!(run(FLUSH, &mut chain, PLENTY).outcome, Outcome::Success);
}

#[test]
fn transient_storage_is_not_cached() {
    let items = hosts(&["transient_load_bytes32", "transient_store_bytes32", "write_result"])
        + r#"(data (i32.const 63) "\01") (data (i32.const 95) "\02")"#;
    let store = "i32.const 32 i32.const 64 call $transient_store_bytes32";
    let code = format!(
        "{store} i32.const 32 i32.const 512 call $transient_load_bytes32
        i32.const 512 i32.const 32 call $write_result"
    );
    let mut chain = Chain::default();
    assert_eq!(
        run_on(&program(&items, &code), &[], &mut chain, PLENTY).output,
        word(2).to_vec()
    );
    assert_eq!(chain.transient[&word(1)], word(2));
    let mut chain = Chain {
        read_only: true,
        ..Chain::default()
    };
    let result = run_on(&program(&items, store), &[], &mut chain, PLENTY);
    assert_eq!(result.outcome, Outcome::Trap("write protection".to_owned()));
    assert_eq!(U256::from(chain.transient.len()), U256::ZERO);
}
