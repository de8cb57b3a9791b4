//! Calldata that is no call is refused with what was wrong, and nothing that is sent makes the program trap or fail
//! without a word.

use alloy_json_abi::{Function, JsonAbi};
use alloy_primitives::{Bytes, FixedBytes, U256};
use alloy_sol_types::SolCall;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use suite::Transact;
use suite::bindings::ICaliber;
use suite_tests::published::{is_dynamic, zeros};
use suite_tests::{check_error, n};

use crate::world::{World, freeze, request, safe_transfer, serial, serials, units};
use suite_tests::Expect;

fn abi() -> JsonAbi {
    ICaliber::abi::contract()
}

fn must_be_refused(w: &World, data: &[u8], value: u64, what: &str) {
    let mut selector = [0; 4];
    let known = data.len().min(4);
    selector[..known].copy_from_slice(&data[..known]);
    let expected = ICaliber::InvalidCall {
        selector: FixedBytes(selector),
        calldataLength: U256::from(data.len()),
        value: n(value),
    };
    match w
        .chain
        .call_data(w.actors.admin, w.caliber, Bytes::copy_from_slice(data))
    {
        Ok(_) => panic!("{what} was taken"),
        Err(reverted) => check_error(&reverted, &expected),
    }
}

#[test]
fn every_function_of_the_interface_is_answered() {
    let w = World::new();
    let mut functions = 0;
    for function in abi().functions() {
        let answer = w.chain.call_data(w.actors.stranger, w.caliber, zeros(function).into());
        if let Err(reverted) = answer {
            assert!(
                reverted.as_error::<ICaliber::InvalidCall>().is_none(),
                "{}",
                function.signature()
            );
            assert!(!reverted.data.is_empty(), "{}", function.signature());
        }
        functions += 1;
    }
    assert_eq!(functions, 42);
}

#[test]
fn what_does_not_decode_is_refused() {
    let w = World::new();
    for function in abi().functions() {
        let (data, name) = (zeros(function), function.signature());
        for length in [4, 35, data.len() - 1] {
            if (4..data.len()).contains(&length) {
                must_be_refused(&w, &data[..length], 0, &format!("{name} cut to {length}"));
            }
        }
        for extra in [1, 32, 10_000] {
            must_be_refused(
                &w,
                &[data.clone(), vec![0; extra]].concat(),
                0,
                &format!("{name} and {extra} bytes"),
            );
        }
        for (index, input) in function.inputs.iter().enumerate() {
            let word = 4 + 32 * index;
            let dirty: &[(usize, u8)] = match input.ty.as_str() {
                "address" => &[(0, 0x80), (11, 1)],
                "bool" => &[(0, 1), (30, 1), (31, 2)],
                "uint64" => &[(0, 1), (23, 1)],
                "uint16" => &[(0, 1), (29, 1)],
                "bytes4" => &[(4, 1), (31, 1)],
                // Displaced, or at the end of the world.
                _ if is_dynamic(input) => &[(0, 1), (27, 1), (30, 1), (31, 0xff)],
                _ => &[],
            };
            for (byte, value) in dirty {
                let mut data = data.clone();
                data[word + byte] ^= value;
                must_be_refused(&w, &data, 0, &format!("{name} with dirt in {index}"));
            }
        }
        // Lengths that lie.
        if let Some(first) = function.inputs.iter().position(is_dynamic) {
            let length = 4 + 32 * function.inputs.len();
            for size in [n(u64::from(u32::MAX)), n(1 << 32), U256::MAX, U256::MAX >> 5] {
                let mut data = data.clone();
                data[length..length + 32].copy_from_slice(&size.to_be_bytes::<32>());
                must_be_refused(&w, &data, 0, &format!("{name} with a lie in {first}"));
            }
        }
    }
    for data in [&[][..], &[0], &[1, 2, 3], &[0; 4], &[0xff; 4], &[7; 36]] {
        must_be_refused(&w, data, 0, "no function");
    }
}

#[test]
fn a_text_that_is_no_text_and_padding_that_is_dirty_are_refused() {
    let w = World::new();
    let call = ICaliber::tokenizeCall {
        model: "abcde".into(),
        ..w.tokenization(serials(0..1), true)
    };
    let data = call.abi_encode();
    let text = data.windows(5).position(|bytes| bytes == b"abcde").expect("the model");
    let mut latin = data.clone();
    latin[text] = 0xff;
    must_be_refused(&w, &latin, 0, "a text that is not UTF-8");
    let mut dirty = data.clone();
    dirty[text + 5] = 1;
    must_be_refused(&w, &dirty, 0, "dirty padding");
    assert!(w.chain.call_data(w.actors.agent, w.caliber, data.into()).is_ok());
}

#[test]
fn ether_is_refused_everywhere() {
    let mut w = World::new();
    let (admin, caliber) = (w.actors.admin, w.caliber);
    let calls = abi().functions().map(zeros).chain([vec![]]).collect::<Vec<_>>();
    for data in calls {
        let receipt = w.chain.send_data(admin, caliber, n(7), data.clone().into());
        let reverted = suite::Reverted {
            data: receipt.output,
            halt: receipt.halt_reason,
        };
        let refused = reverted.as_error::<ICaliber::InvalidCall>();
        assert!(
            !receipt.status && refused.is_some_and(|error| error.value == n(7)),
            "{data:02x?}"
        );
    }
    assert_eq!(w.chain.balance(caliber), U256::ZERO);
}

/// A word that might do harm.
fn some_word(w: &World, random: &mut StdRng) -> [u8; 32] {
    let one = U256::from(1);
    let addresses = [
        w.caliber,
        w.pool,
        w.auction,
        w.actors.owner,
        w.actors.bailee,
        w.actors.buyer,
    ];
    let now = w.now();
    let numbers = [
        U256::ZERO,
        one,
        n(2),
        n(3),
        n(10_000),
        n(now + 100),
        U256::MAX,
        one << 112,
        one << 40,
    ];
    match random.random_range(0..4) {
        0 => addresses.choose(random).expect("some").into_word().0,
        1 => numbers.choose(random).expect("some").to_be_bytes(),
        2 => serial(random.random_range(0..8)).0,
        _ => random.random(),
    }
}

/// Arguments for a function: words that might do harm, texts and lists of any length.
fn some_call(w: &World, function: &Function, random: &mut StdRng) -> Vec<u8> {
    let mut head = function.selector().to_vec();
    let mut tail: Vec<u8> = Vec::new();
    for input in &function.inputs {
        if !is_dynamic(input) {
            let word = match input.ty.as_str() {
                "bool" => n(random.random_range(0..2)).to_be_bytes(),
                "uint16" => n(random.random_range(0..11_000)).to_be_bytes(),
                "uint64" if random.random_range(0..2) == 0 => n(w.now() + random.random_range(0..1_000)).to_be_bytes(),
                "uint256" if random.random_range(0..2) == 0 => n(random.random_range(0..6)).to_be_bytes(),
                _ => some_word(w, random),
            };
            head.extend(word);
            continue;
        }
        head.extend(n((32 * function.inputs.len() + tail.len()) as u64).to_be_bytes::<32>());
        let length = random.random_range(0..40_usize);
        tail.extend(n(length as u64).to_be_bytes::<32>());
        if input.ty.ends_with("[]") {
            for _ in 0..length {
                tail.extend(serial(random.random_range(0..1_000)).0);
            }
        } else {
            tail.extend((0..length).map(|_| random.random_range(0..if input.ty == "bytes" { 255 } else { 128_u8 })));
            tail.resize(tail.len().next_multiple_of(32), 0);
        }
    }
    [head, tail].concat()
}

#[test]
fn whatever_is_sent_is_answered_or_refused_with_a_reason() {
    const CALLS: usize = 20_000;
    let mut w = World::new();
    let actors = w.actors;
    // Titles in several states: pledgeable, requested, frozen, building, in the pool.
    let ids: Vec<U256> = (0..2).map(|_| w.pledgeable(1_000)).collect();
    w.send(actors.owner, &request(ids[1])).must();
    let locked = w.held();
    w.send(actors.officer, &freeze(locked, true)).must();
    let open = w.tokenize(vec![], false);
    w.send(actors.agent, &units(open, serials(900..910), false)).must();
    let pledged = w.pledgeable(10);
    w.send(actors.owner, &safe_transfer(actors.owner, actors.buyer, pledged, b""))
        .must();

    let callers = [actors.all().as_slice(), &[w.pool, w.auction]].concat();
    let functions: Vec<Function> = abi().functions().cloned().collect();
    let mut random = StdRng::seed_from_u64(0xCA1B);
    let (mut answered, mut refused) = (0, 0);
    for _ in 0..CALLS {
        let function = functions.choose(&mut random).expect("some");
        let mut data = some_call(&w, function, &mut random);
        if random.random_range(0..6) == 0 && data.len() > 4 {
            let at = random.random_range(4..data.len());
            data[at] = random.random();
        }
        if random.random_range(0..20) == 0 {
            data.resize(random.random_range(0..400), random.random());
        }
        let caller = *callers.choose(&mut random).expect("some");
        match w.chain.call_data(caller, w.caliber, data.clone().into()) {
            Ok(_) => answered += 1,
            Err(reverted) => {
                assert!(
                    !reverted.data.is_empty() && reverted.halt.is_none(),
                    "{reverted} to {} of {caller}",
                    alloy_primitives::hex::encode(&data)
                );
                refused += 1;
            }
        }
    }
    assert!(
        answered > CALLS / 10 && refused > CALLS / 10,
        "{answered} answered, {refused} refused"
    );
}
