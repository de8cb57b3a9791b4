//! Calldata that is no call, and calls without sense: nothing traps, and nothing is refused without a word.

use alloy_json_abi::Function;
use alloy_primitives::{Address, B256, Bytes, FixedBytes, U256};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use suite::{Reverted, Transact};
use suite_tests::check_error;

use crate::scene::*;

fn functions() -> Vec<Function> {
    A::abi::contract().functions().cloned().collect()
}

/// Calldata of the function with zeros for all arguments, each of which is a word.
fn zeros(function: &Function) -> Vec<u8> {
    [&function.selector()[..], &vec![0; 32 * function.inputs.len()]].concat()
}

fn invalid_call(data: &[u8], value: u64) -> A::InvalidCall {
    let mut selector = [0; 4];
    let known = data.len().min(4);
    selector[..known].copy_from_slice(&data[..known]);
    A::InvalidCall {
        selector: FixedBytes(selector),
        calldataLength: U256::from(data.len()),
        value: n(value),
    }
}

#[track_caller]
fn must_be_refused(s: &Scene, data: &[u8]) {
    let outcome = s
        .chain
        .call_data(s.suite.actors.admin, s.auction, Bytes::copy_from_slice(data));
    check_error(&outcome.expect_err("undecodable"), &invalid_call(data, 0));
}

#[test]
fn calldata_that_does_not_decode_exactly_is_refused() {
    let s = Scene::new();
    for function in functions() {
        let data = zeros(&function);
        for length in [4, 5, 35, data.len().saturating_sub(1)] {
            if (4..data.len()).contains(&length) {
                must_be_refused(&s, &data[..length]);
            }
        }
        for extra in [1, 31, 32, 10_000] {
            must_be_refused(&s, &[data.clone(), vec![0; extra]].concat());
        }
        for (index, input) in function.inputs.iter().enumerate() {
            if input.ty == "address" {
                for (byte, value) in [(0, 0x80), (11, 1)] {
                    let mut dirty = data.clone();
                    dirty[4 + 32 * index + byte] = value;
                    must_be_refused(&s, &dirty);
                }
            }
        }
    }
    for data in [
        &[][..],
        &[0],
        &[1, 2, 3],
        &[0; 4],
        &[0xff; 4],
        &[0xde, 0xad, 0xbe, 0xef],
        &[7; 36],
    ] {
        must_be_refused(&s, data);
    }
}

#[test]
fn ether_is_refused_everywhere() {
    let mut s = Scene::new();
    let (admin, auction) = (s.suite.actors.admin, s.auction);
    let mut calls: Vec<Vec<u8>> = functions().iter().map(zeros).collect();
    calls.push(Vec::new());
    for data in calls {
        let receipt = s.chain.send_data(admin, auction, n(7), data.clone().into());
        assert!(!receipt.status, "ether was taken");
        let reverted = Reverted {
            data: receipt.output,
            halt: receipt.halt_reason,
        };
        check_error(&reverted, &invalid_call(&data, 7));
        assert_eq!(s.chain.balance(auction), U256::ZERO);
    }
}

/// A word that might do harm: something that means something here, a number at an edge, or anything.
fn some_word(s: &Scene, random: &mut StdRng) -> B256 {
    let addresses = [
        s.auction,
        s.pool,
        s.titles,
        s.dollar,
        s.suite.actors.alice,
        Address::ZERO,
    ];
    let loans = [loan(1), loan(2), loan(3), loan(4), loan(99)];
    let one = n(1);
    let numbers = [
        U256::ZERO,
        one,
        usdai(100),
        usdai(105),
        usdai(10_000_000),
        (one << 96) - one,
        one << 96,
        one << 128,
        U256::MAX,
    ];
    match random.random_range(0..5) {
        0 => addresses.choose(random).expect("some").into_word(),
        1 | 2 => *loans.choose(random).expect("some"),
        3 => B256::from(*numbers.choose(random).expect("some")),
        _ => B256::from(random.random::<[u8; 32]>()),
    }
}

/// One sale of each status, and whatever is sent to them.
#[test]
fn whatever_is_sent_is_answered_or_refused_with_a_reason() {
    const CALLS: usize = 20_000;
    let mut s = Scene::new();
    let [alice, bob, _] = s.bidders();
    for number in [1, 2, 3, 4] {
        s.listed(loan(number), usdai(100));
    }
    for number in [2, 3] {
        s.bid(alice, loan(number), usdai(100)).must();
        s.bid(bob, loan(number), usdai(105)).must();
    }
    s.pass_end_of(loan(1));
    s.settle(loan(2)).must();
    s.relist(loan(4), usdai(100)).must();
    s.bid(alice, loan(4), usdai(100)).must();

    let functions = functions();
    let callers = [s.suite.actors.admin, s.risk_admin(), alice, bob, s.stranger(), s.pool];
    let mut random = StdRng::seed_from_u64(0xB1D5);
    let mut answered = 0;
    for _ in 0..CALLS {
        let function = functions.choose(&mut random).expect("some");
        let mut data = function.selector().to_vec();
        for _ in &function.inputs {
            data.extend(some_word(&s, &mut random));
        }
        if random.random_range(0..10) == 0 {
            let at = random.random_range(0..data.len());
            data[at] = random.random();
        }
        if random.random_range(0..20) == 0 {
            data.resize(random.random_range(0..200), random.random());
        }
        let caller = *callers.choose(&mut random).expect("some");
        match s.chain.call_data(caller, s.auction, data.clone().into()) {
            Ok(_) => answered += 1,
            Err(reverted) => assert!(
                !reverted.data.is_empty() && reverted.halt.is_none(),
                "{reverted} to {} of {caller}",
                alloy_primitives::hex::encode(&data)
            ),
        }
    }
    assert!(answered > CALLS / 10, "only {answered} calls were taken");
}
