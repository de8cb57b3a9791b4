//! Calldata that is no call: for every function of all contracts, whatever does not decode exactly is refused with what
//! was wrong, before anything else is looked at.

use alloy_json_abi::{Function, JsonAbi};
use alloy_primitives::{Address, Bytes, FixedBytes, U256};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use suite::Transact;
use suite::bindings::{IQevAuction, IStakedUSDai, ISwapAdapter, IUSDai};
use suite_tests::published::zeros;
use suite_tests::{Deployed, World, check_error, n, usdai};

/// A contract as it is built and published.
pub(crate) struct Contract {
    pub(crate) address: Address,
    pub(crate) abi: JsonAbi,
    /// The programs that answer for it, by the names of their crates.
    pub(crate) programs: &'static [&'static str],
}

/// The contracts and their interfaces.
pub(crate) fn contracts(w: &Deployed) -> [Contract; 4] {
    let staking = w.staking();
    [
        Contract {
            address: w.suite.usdai,
            abi: IUSDai::abi::contract(),
            programs: &["usdai-token"],
        },
        Contract {
            address: w.suite.swap_adapter,
            abi: ISwapAdapter::abi::contract(),
            programs: &["swap-adapter"],
        },
        Contract {
            address: staking.auction,
            abi: IQevAuction::abi::contract(),
            programs: &["qev-auction", "qev-auction-extension"],
        },
        Contract {
            address: staking.vault,
            abi: IStakedUSDai::abi::contract(),
            programs: &["susdai-vault", "susdai-vault-extension"],
        },
    ]
}

fn must_be_refused(w: &Deployed, contract: Address, data: &[u8], what: &str) {
    let mut selector = [0; 4];
    let known = data.len().min(4);
    selector[..known].copy_from_slice(&data[..known]);
    let expected = IUSDai::InvalidCall {
        selector: FixedBytes(selector),
        calldataLength: U256::from(data.len()),
        value: U256::ZERO,
    };
    // The admin, so that nothing is refused for the caller's sake.
    let admin = w.suite.actors.admin;
    match w.chain.call_data(admin, contract, Bytes::copy_from_slice(data)) {
        Ok(_) => panic!("{what} was taken"),
        Err(reverted) => {
            assert!(!reverted.data.is_empty(), "{what}: {reverted}");
            check_error(&reverted, &expected);
        }
    }
}

#[test]
fn truncated_calldata_is_refused() {
    let w = World::staked();
    for Contract { address, abi, .. } in contracts(&w) {
        for function in abi.functions().filter(|function| !function.inputs.is_empty()) {
            let data = zeros(function);
            for length in [4, 5, 35, 36, data.len() - 32, data.len() - 1] {
                if length < data.len() {
                    let what = format!("{} cut to {length}", function.signature());
                    must_be_refused(&w, address, &data[..length], &what);
                }
            }
        }
    }
}

#[test]
fn trailing_bytes_are_refused() {
    let w = World::staked();
    for Contract { address, abi, .. } in contracts(&w) {
        for function in abi.functions() {
            for extra in [1, 31, 32, 1_000, 100_000] {
                let data = [zeros(function), vec![0; extra]].concat();
                must_be_refused(
                    &w,
                    address,
                    &data,
                    &format!("{} and {extra} bytes", function.signature()),
                );
            }
        }
    }
}

/// How many bytes at the front of a word must be zero for the type.
fn padding(ty: &str) -> usize {
    match ty {
        "address" => 12,
        "bool" | "uint8" => 31,
        "uint16" => 30,
        "uint24" => 29,
        _ => 0,
    }
}

#[test]
fn dirty_bits_are_refused() {
    let w = World::staked();
    let mut checked = 0;
    for Contract { address, abi, .. } in contracts(&w) {
        for function in abi.functions() {
            for (index, input) in function.inputs.iter().enumerate() {
                let word = 4 + 32 * index;
                // The first byte of the padding and the last; of a `bool` anything but 0 and 1; behind a `bytes4`.
                let dirty: Vec<(usize, u8)> = match input.ty.as_str() {
                    "bool" => vec![(0, 1), (30, 1), (31, 2)],
                    "bytes4" => vec![(4, 1), (31, 1)],
                    ty if padding(ty) > 0 => vec![(0, 0x80), (padding(ty) - 1, 1)],
                    _ => vec![],
                };
                for (byte, value) in dirty {
                    let mut data = zeros(function);
                    data[word + byte] = value;
                    must_be_refused(&w, address, &data, &format!("{} with dirt", function.signature()));
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > 80, "{checked} dirty words");
}

#[test]
fn displaced_and_lying_dynamic_arguments_are_refused() {
    let w = World::staked();
    let mut checked = 0;
    for Contract { address, abi, .. } in contracts(&w) {
        for function in abi.functions() {
            let Some(index) = function.inputs.iter().position(|input| input.ty == "bytes") else {
                continue;
            };
            let (offset, length) = (4 + 32 * index, 4 + 32 * function.inputs.len());
            let mut lies = Vec::new();
            for place in [
                n(0),
                n(31),
                n(32 * function.inputs.len() as u64 + 1),
                n(1 << 32),
                U256::MAX,
            ] {
                let mut data = zeros(function);
                data[offset..offset + 32].copy_from_slice(&place.to_be_bytes::<32>());
                lies.push(data);
            }
            for size in [n(1), n(32), n(u64::from(u32::MAX)), n(1 << 32), U256::MAX] {
                let mut data = zeros(function);
                data[length..length + 32].copy_from_slice(&size.to_be_bytes::<32>());
                lies.push(data);
            }
            // One byte, but the padding behind it is not zero.
            let mut data = zeros(function);
            data[length + 31] = 1;
            data.extend([0xff; 32]);
            lies.push(data);
            for data in lies {
                must_be_refused(&w, address, &data, &function.signature());
                checked += 1;
            }
        }
    }
    assert_eq!(checked, 11 * 4, "deposit, withdraw, swapIn, swapOut");
}

#[test]
fn what_names_no_function_is_refused() {
    let w = World::staked();
    for Contract { address, .. } in contracts(&w) {
        for data in [
            &[][..],
            &[0],
            &[1, 2],
            &[1, 2, 3],
            &[0; 4],
            &[0xff; 4],
            &[0xde, 0xad, 0xbe, 0xef],
            &[7; 36],
        ] {
            must_be_refused(&w, address, data, &format!("{data:?}"));
        }
    }
}

#[test]
fn ether_is_refused_everywhere() {
    let mut w = World::staked();
    let admin = w.suite.actors.admin;
    for Contract { address, abi, .. } in contracts(&w) {
        let mut calls: Vec<Vec<u8>> = abi.functions().map(zeros).collect();
        // A plain transfer as well.
        calls.push(Vec::new());
        for data in calls {
            let receipt = w.chain.send_data(admin, address, n(7), data.clone().into());
            assert!(!receipt.status, "{address} took ether");
            let reverted = suite::Reverted {
                data: receipt.output,
                halt: receipt.halt_reason,
            };
            let selector = FixedBytes(data.first_chunk().copied().unwrap_or_default());
            let calldata_length = U256::from(data.len());
            check_error(
                &reverted,
                &IUSDai::InvalidCall {
                    selector,
                    calldataLength: calldata_length,
                    value: n(7),
                },
            );
            assert_eq!(w.chain.balance(address), U256::ZERO);
        }
    }
}

/// A word that might do harm: an address that means something, a number at an edge, or anything.
fn some_word(w: &Deployed, random: &mut StdRng) -> [u8; 32] {
    let suite = &w.suite;
    let addresses = [
        suite.usdai,
        suite.swap_adapter,
        w.staking().vault,
        w.staking().auction,
        suite.tokens.wm.token,
        suite.tokens.usdc.token,
        suite.tokens.usdt.token,
        suite.uniswap.router,
        suite.pools.wm_usdc,
        suite.actors.alice,
        Address::with_last_byte(1),
        Address::with_last_byte(0x71),
    ];
    let one = U256::from(1);
    let numbers = [
        U256::ZERO,
        one,
        n(2),
        n(3),
        n(4),
        n(32),
        n(160),
        usdai(1),
        U256::MAX,
        U256::MAX >> 1,
        one << 128,
        (one << 160) - one,
    ];
    match random.random_range(0..3) {
        0 => addresses.choose(random).expect("some").into_word().0,
        1 => numbers.choose(random).expect("some").to_be_bytes(),
        _ => random.random(),
    }
}

/// Nothing that is sent makes a program trap, run out of anything, or fail without a word.
#[test]
fn whatever_is_sent_is_answered_or_refused_with_a_reason() {
    const CALLS: usize = 40_000;
    let mut w = World::staked();
    let alice = w.suite.actors.alice;
    w.mint_usdai(alice, 100);
    // Requests in every state, so that their ids mean something.
    w.stake(alice, 100);
    w.to_epoch(0);
    let ids = [(); 4].map(|()| w.request(alice, usdai(10)));
    w.commit(alice, ids[0], 100);
    w.to_epoch(1);
    w.settle();
    w.pass(86_400);
    w.service(usdai(15));
    w.commit(alice, ids[3], 100);
    let mut random = StdRng::seed_from_u64(0xCA11);
    let contracts = contracts(&w);
    let callers = [
        w.suite.actors.admin,
        w.suite.actors.alice,
        w.suite.actors.bridge,
        w.suite.actors.harvester,
        w.suite.actors.strategist,
        w.suite.usdai,
        w.staking().vault,
    ];
    let functions: Vec<(Address, Function)> = contracts
        .iter()
        .flat_map(|contract| {
            let functions = contract.abi.functions();
            functions.map(|function| (contract.address, function.clone()))
        })
        .collect();
    let mut answered = 0;
    for _ in 0..CALLS {
        let (address, function) = functions.choose(&mut random).expect("some");
        let mut data = zeros(function);
        // Some arguments, in place or not.
        for word in 0..function.inputs.len() {
            if random.random_range(0..4) > 0 && function.inputs[word].ty != "bytes" {
                let place = 4 + 32 * word;
                data[place..place + 32].copy_from_slice(&some_word(&w, &mut random));
            }
        }
        if random.random_range(0..5) == 0 && data.len() > 4 {
            let (at, value) = (random.random_range(4..data.len()), random.random());
            data[at] = value;
        }
        if random.random_range(0..10) == 0 {
            data.resize(random.random_range(0..300), random.random());
        }
        let caller = *callers.choose(&mut random).expect("some");
        match w.chain.call_data(caller, *address, data.clone().into()) {
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
