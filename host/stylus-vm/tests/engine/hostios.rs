//! What host functions do, besides what they cost.

use alloy_primitives::{Address, B256, Bytes, U256, address, keccak256};
use stylus_vm::{CallKind, CreateOutcome, EvmData, Outcome, RunResult};

use crate::common::{
    COINBASE, CONTRACT, Call, Chain, ORIGIN, PLENTY, SENDER, data, engine, host, hosts, info, program, run, run_on,
};

const OTHER: Address = address!("1111111111111111111111111111111111111abc");
const WRITE_PROTECTION: &str = "write protection";

/// Puts bytes into memory.
fn bytes_at(offset: usize, bytes: &[u8]) -> String {
    let escaped: Vec<String> = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
    format!("(data (i32.const {offset}) \"{}\")", escaped.concat())
}

fn result_of(from: u32, len: u32) -> String {
    format!("i32.const {from} i32.const {len} call $write_result ")
}

fn trap(result: &RunResult) -> &str {
    match &result.outcome {
        Outcome::Trap(reason) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn arguments_in_result_out() {
    let items = hosts(&["read_args", "write_result"]);
    // The entry point is given the length.
    let echo = "i32.const 64 call $read_args i32.const 64 local.get 0 call $write_result";
    let result = run_on(
        &program(&items, echo),
        b"calldata of some length",
        &mut Chain::default(),
        PLENTY,
    );
    assert_eq!(
        (result.outcome, &result.output[..]),
        (Outcome::Success, &b"calldata of some length"[..])
    );
    // The last result counts.
    let twice = program(&(items + &bytes_at(0, b"abcd")), &(result_of(0, 2) + &result_of(2, 2)));
    assert_eq!(run(&twice, PLENTY).output, b"cd");
}

#[test]
fn a_failure_returns_nothing() {
    let items = host("write_result") + &bytes_at(0, b"secret");
    let result = run(&program(&items, &(result_of(0, 6) + " unreachable")), PLENTY);
    assert_eq!((trap(&result), result.output.len()), ("unreachable", 0));
    // A trap hands back what is left.
    assert!(result.gas_left > PLENTY - 100);
    let reverted = program(&items, &(result_of(0, 6) + " i32.const 1 return"));
    let result = run(&reverted, PLENTY);
    assert_eq!((result.outcome, &result.output[..]), (Outcome::Revert, &b"secret"[..]));
}

#[test]
fn leaving_early() {
    let items = hosts(&["exit_early", "write_result"]) + &bytes_at(0, b"done");
    let exit = |status: u32| {
        let code = format!("{} i32.const {status} call $exit_early unreachable", result_of(0, 4));
        run(&program(&items, &code), PLENTY)
    };
    assert_eq!((exit(0).outcome, exit(0).output), (Outcome::Success, b"done".to_vec()));
    assert_eq!((exit(1).outcome, exit(1).output), (Outcome::Revert, b"done".to_vec()));
    assert_eq!(exit(u32::MAX).outcome, Outcome::Revert);
}

#[test]
fn context() {
    let word = |value: U256| value.to_be_bytes::<32>().to_vec();
    for (name, expected) in [
        ("block_basefee", word(U256::from(0xba5e))),
        ("block_coinbase", COINBASE.to_vec()),
        ("contract_address", CONTRACT.to_vec()),
        ("msg_sender", SENDER.to_vec()),
        ("msg_value", word(U256::from(77))),
        ("tx_gas_price", word(U256::from(0x6a5))),
        ("tx_origin", ORIGIN.to_vec()),
    ] {
        let code = format!(
            "i32.const 8 call ${name} {}",
            result_of(8, u32::try_from(expected.len()).unwrap())
        );
        assert_eq!(
            run(&program(&hosts(&[name, "write_result"]), &code), PLENTY).output,
            expected,
            "{name}"
        );
    }
    for (name, ty, expected) in [
        ("block_gas_limit", "i64", 32_000_000_u64),
        ("block_number", "i64", 17),
        ("block_timestamp", "i64", 1_760_000_000),
        ("chainid", "i64", 412_346),
        ("msg_reentrant", "i32", 0),
        ("tx_ink_price", "i32", 10_000),
        ("return_data_size", "i32", 0),
    ] {
        let code = format!("i32.const 8 call ${name} {ty}.store {}", result_of(8, 8));
        let output = run(&program(&hosts(&[name, "write_result"]), &code), PLENTY).output;
        assert_eq!(u64::from_le_bytes(output.try_into().unwrap()), expected, "{name}");
    }
}

#[test]
fn reentrancy_is_passed_on() {
    let wat = program(&host("msg_reentrant"), "call $msg_reentrant return");
    let program = engine().compile(&info(&wat)).unwrap();
    let run = |reentrant| {
        engine()
            .run(
                &program,
                &[],
                &EvmData { reentrant, ..data() },
                &mut Chain::default(),
                PLENTY,
            )
            .outcome
    };
    assert_eq!([run(false), run(true)], [Outcome::Success, Outcome::Revert]);
}

#[test]
fn gas_and_ink_left_are_those_after_asking() {
    let number = |name: &str| {
        let code = format!("i32.const 8 call ${name} i64.store {}", result_of(8, 8));
        let output = run(&program(&hosts(&[name, "write_result"]), &code), 1_000).output;
        u64::from_le_bytes(output.try_into().unwrap())
    };
    // 10,000,000 less the constant, the call and the check of their block, and the price.
    assert_eq!(number("evm_ink_left"), 10_000_000 - 1 - 3_800 - 2_450 - 8_400);
    assert_eq!(number("evm_gas_left"), 998);
}

#[test]
fn mathematics() {
    let compute = |name: &str, operands: &[U256]| {
        let mut items = hosts(&[name, "write_result"]);
        let mut code = Vec::new();
        for (index, operand) in operands.iter().enumerate() {
            items += &bytes_at(32 * index, &operand.to_be_bytes::<32>());
            code.push(format!("i32.const {}", 32 * index));
        }
        let output = run(
            &program(&items, &format!("{} call ${name} {}", code.join(" "), result_of(0, 32))),
            PLENTY,
        )
        .output;
        U256::from_be_slice(&output)
    };
    let n = |value: u64| U256::from(value);
    assert_eq!(compute("math_div", &[n(17), n(5)]), n(3));
    assert_eq!(compute("math_div", &[n(17), n(0)]), n(0));
    assert_eq!(compute("math_mod", &[n(17), n(5)]), n(2));
    assert_eq!(compute("math_mod", &[n(17), n(0)]), n(0));
    assert_eq!(compute("math_pow", &[n(2), n(255)]), U256::ONE << 255);
    assert_eq!(compute("math_pow", &[n(2), n(256)]), n(0));
    assert_eq!(compute("math_pow", &[n(0), n(0)]), n(1));
    // Without overflow in between.
    assert_eq!(
        compute("math_add_mod", &[U256::MAX, U256::MAX, n(7)]),
        (U256::MAX % n(7)) * n(2) % n(7)
    );
    assert_eq!(compute("math_add_mod", &[n(5), n(5), n(0)]), n(0));
    assert_eq!(compute("math_mul_mod", &[U256::MAX, U256::MAX, U256::MAX - n(1)]), n(1));
    assert_eq!(compute("math_mul_mod", &[n(5), n(5), n(0)]), n(0));
}

#[test]
fn hashing() {
    let items = hosts(&["native_keccak256", "write_result"]) + &bytes_at(5, b"hello");
    let hash = |len: u32| {
        let code = format!(
            "i32.const 5 i32.const {len} i32.const 100 call $native_keccak256 {}",
            result_of(100, 32)
        );
        run(&program(&items, &code), PLENTY).output
    };
    assert_eq!(hash(5), keccak256("hello").to_vec());
    assert_eq!(hash(0), keccak256("").to_vec());
}

#[test]
fn calls() {
    let value = U256::from(1_234_567);
    let items = hosts(&[
        "call_contract",
        "delegate_call_contract",
        "static_call_contract",
        "read_return_data",
    ]) + &hosts(&["write_result", "return_data_size"])
        + &bytes_at(0, OTHER.as_slice())
        + &bytes_at(32, b"input")
        + &bytes_at(64, &value.to_be_bytes::<32>());
    // The status, the length and the data go to 128, 132 and 136.
    let report = "i32.store
        i32.const 136 i32.const 0 i32.const 1000 call $read_return_data drop
        i32.const 128 call $return_data_size i32.const 8 i32.add call $write_result";
    for (code, kind, sent) in [
        (
            "i32.const 128 i32.const 0 i32.const 32 i32.const 5 i32.const 64 i64.const -1 i32.const 132 call $call_contract",
            CallKind::Call,
            value,
        ),
        (
            "i32.const 128 i32.const 0 i32.const 32 i32.const 5 i64.const -1 i32.const 132 call $delegate_call_contract",
            CallKind::Delegate,
            U256::ZERO,
        ),
        (
            "i32.const 128 i32.const 0 i32.const 32 i32.const 5 i64.const -1 i32.const 132 call $static_call_contract",
            CallKind::Static,
            U256::ZERO,
        ),
    ] {
        for (success, status) in [(true, 0_u32), (false, 2)] {
            let mut chain = Chain::answering(success, b"returned", 4_321);
            let result = run_on(&program(&items, &format!("{code} {report}")), &[], &mut chain, 100_000);
            assert_eq!(result.outcome, Outcome::Success);
            let expected = [&status.to_le_bytes()[..], &8_u32.to_le_bytes(), b"returned"].concat();
            assert_eq!(result.output, expected, "{kind:?}");
            // 116,395 and some ink are spent before the call: 100,000 - 12 gas are left, and asked for.
            let [call] = &chain.calls[..] else {
                panic!("{:?}", chain.calls)
            };
            let expected = Call {
                kind,
                to: OTHER,
                input: b"input"[..].into(),
                value: sent,
                gas_left: 99_987,
                gas_requested: 99_987,
            };
            assert_eq!(*call, expected);
        }
    }
}

#[test]
fn a_call_may_ask_for_less_gas() {
    let mut chain = Chain::default();
    let code = "i32.const 0 i32.const 0 i32.const 0 i32.const 32 i64.const 777 i32.const 64 call $call_contract drop";
    run_on(&program(&host("call_contract"), code), &[], &mut chain, 100_000);
    assert_eq!(chain.calls[0].gas_requested, 777);
}

#[test]
fn a_callee_that_costs_more_than_there_is_ends_the_program() {
    let mut chain = Chain::answering(true, b"", 100_000);
    let code = "i32.const 0 i32.const 0 i32.const 0 i32.const 32 i64.const 777 i32.const 64 call $call_contract drop";
    let result = run_on(&program(&host("call_contract"), code), &[], &mut chain, 100_000);
    assert_eq!((result.outcome, result.gas_left), (Outcome::OutOfInk, 0));
}

#[test]
fn return_data_is_read_in_parts() {
    let items = hosts(&["call_contract", "read_return_data", "write_result"]);
    let call = "i32.const 0 i32.const 0 i32.const 0 i32.const 0 i64.const 0 i32.const 64 call $call_contract drop";
    for (offset, len, expected) in [
        (0, 8, &b"returned"[..]),
        (2, 3, b"tur"),
        (6, 100, b"ed"),
        (8, 1, b""),
        (u32::MAX, u32::MAX, b""),
    ] {
        let mut chain = Chain::answering(true, b"returned", 100);
        let read = format!("i32.const 128 i32.const 128 i32.const {offset} i32.const {len} call $read_return_data");
        let code = format!("{call} {read} call $write_result");
        assert_eq!(
            run_on(&program(&items, &code), &[], &mut chain, PLENTY).output,
            expected,
            "{offset} {len}"
        );
    }
}

#[test]
fn creations() {
    let salt = B256::repeat_byte(0x5a);
    let items = hosts(&["create1", "create2", "write_result", "read_return_data"])
        + &bytes_at(0, b"init code")
        + &bytes_at(32, &U256::from(5).to_be_bytes::<32>())
        + &bytes_at(64, salt.as_slice());
    // The address goes to 128, the length of the revert data to 148, the data to 152.
    let create1 = "i32.const 0 i32.const 9 i32.const 32 i32.const 128 i32.const 148 call $create1";
    let create2 = "i32.const 0 i32.const 9 i32.const 32 i32.const 64 i32.const 128 i32.const 148 call $create2";
    let report = "i32.const 152 i32.const 0 i32.const 4 call $read_return_data drop";
    let code = |create: &str| program(&items, &format!("{create} {report} {}", result_of(128, 28)));
    for (create, salt) in [(create1, None), (create2, Some(salt))] {
        let succeeded = CreateOutcome {
            address: Some(OTHER),
            return_data: Bytes::new(),
            gas_cost: 50_000,
        };
        let mut chain = Chain {
            created: Some(succeeded),
            ..Chain::default()
        };
        let output = run_on(&code(create), &[], &mut chain, 200_000).output;
        assert_eq!(output, [OTHER.as_slice(), &[0; 8]].concat());
        let [(init, endowment, with_salt, gas_left)] = &chain.creations[..] else {
            panic!()
        };
        assert_eq!(
            (&init[..], *endowment, *with_salt),
            (&b"init code"[..], U256::from(5), salt)
        );
        // 122,205 or 127,246 ink are spent before.
        assert_eq!(*gas_left, 199_987);

        let reverted = CreateOutcome {
            address: None,
            return_data: b"nope"[..].into(),
            gas_cost: 50_000,
        };
        let mut chain = Chain {
            created: Some(reverted),
            ..Chain::default()
        };
        let output = run_on(&code(create), &[], &mut chain, 200_000).output;
        assert_eq!(output, [&[0; 20][..], &4_u32.to_le_bytes(), b"nope"].concat());

        // Not enough for the creation itself, or a static frame: the program fails, and keeps its gas.
        let mut chain = Chain::default();
        let result = run_on(&code(create), &[], &mut chain, 32_000);
        assert_eq!((trap(&result), result.gas_left > 31_900), ("out of gas", true));
        let mut chain = Chain {
            read_only: true,
            ..Chain::default()
        };
        let result = run_on(&code(create), &[], &mut chain, 200_000);
        assert_eq!((trap(&result), result.gas_left > 199_900), (WRITE_PROTECTION, true));
        assert!(chain.creations.is_empty());
    }
}

#[test]
fn logs() {
    let bytes: Vec<u8> = (0..140).collect();
    let items = host("emit_log") + &bytes_at(0, &bytes);
    let emit = |len: u32, topics: u32| {
        program(
            &items,
            &format!("i32.const 0 i32.const {len} i32.const {topics} call $emit_log"),
        )
    };
    for topics in 0..=4_u32 {
        let mut chain = Chain::default();
        assert_eq!(
            run_on(&emit(140, topics), &[], &mut chain, PLENTY).outcome,
            Outcome::Success
        );
        let [(emitted, data)] = &chain.logs[..] else { panic!() };
        let split = topics as usize * 32;
        assert_eq!(emitted.concat(), bytes[..split]);
        assert_eq!((emitted.len(), &data[..]), (topics as usize, &bytes[split..]));
    }
    for (len, topics) in [(140, 5), (31, 1), (127, 4), (0, u32::MAX), (u32::MAX, 0x1000_0000)] {
        let mut chain = Chain::default();
        let result = run_on(&emit(len, topics), &[], &mut chain, PLENTY);
        assert_eq!((trap(&result), chain.logs.len()), ("bad topic data", 0));
    }
    let mut chain = Chain {
        read_only: true,
        ..Chain::default()
    };
    assert_eq!(trap(&run_on(&emit(140, 1), &[], &mut chain, PLENTY)), WRITE_PROTECTION);
}

#[test]
fn accounts() {
    let code = Bytes::from_static(b"some code");
    let chain = || {
        let mut chain = Chain::default();
        chain.code.insert(OTHER, code.clone());
        chain.balances.insert(OTHER, U256::from(99));
        chain
    };
    let items = hosts(&[
        "account_balance",
        "account_codehash",
        "account_code",
        "account_code_size",
        "write_result",
    ]) + &bytes_at(0, OTHER.as_slice());
    let run = |code: &str| run_on(&program(&items, code), &[], &mut chain(), PLENTY).output;
    let balance = format!("i32.const 0 i32.const 64 call $account_balance {}", result_of(64, 32));
    assert_eq!(run(&balance), U256::from(99).to_be_bytes::<32>());
    let hash = format!("i32.const 0 i32.const 64 call $account_codehash {}", result_of(64, 32));
    assert_eq!(run(&hash), keccak256(&code).to_vec());
    let size = format!(
        "i32.const 64 i32.const 0 call $account_code_size i32.store {}",
        result_of(64, 4)
    );
    assert_eq!(run(&size), 9_u32.to_le_bytes());
    for (offset, len, expected) in [
        (0, 100, &b"some code"[..]),
        (5, 2, b"co"),
        (9, 5, b""),
        (u32::MAX, 5, b""),
    ] {
        // What was written is what is returned.
        let code = format!(
            "i32.const 64 i32.const 0 i32.const {offset} i32.const {len} i32.const 64 call $account_code
            call $write_result"
        );
        assert_eq!(run(&code), expected, "{offset} {len}");
    }
}

#[test]
fn code_that_was_read_last_is_not_asked_for_again() {
    let mut chain = Chain::default();
    chain.code.insert(OTHER, vec![1; 9].into());
    let items = host("account_code_size") + &bytes_at(0, OTHER.as_slice());
    let size = |account: u32| format!("i32.const {account} call $account_code_size drop ");
    let ink = |code: &str, chain: &mut Chain| crate::common::ink_used(&program(&items, code), &[], chain);
    let once = ink(&size(0), &mut chain);
    chain.warm_accounts.clear();
    let twice = ink(&size(0).repeat(2), &mut chain);
    assert_eq!(twice - once, 1 + 3_800 + 2_450 + 9 + 68_073);
    // An account without code is asked for every time: here 2,600 and then 100 gas.
    let once = ink(&size(100), &mut Chain::default());
    let twice = ink(&size(100).repeat(2), &mut Chain::default());
    assert_eq!(twice - once, 1 + 3_800 + 2_450 + 9 + 68_073 + 1_000_000);
}

#[test]
fn accounts_ask_for_gas_that_they_may_not_need() {
    let mut chain = Chain::default();
    chain.warm_accounts.insert(Address::ZERO);
    let code = program(
        &host("account_balance"),
        "i32.const 0 i32.const 64 call $account_balance",
    );
    // 100 gas are used, 2,600 have to be there after 84,405 ink.
    assert_eq!(run_on(&code, &[], &mut chain, 2_608).outcome, Outcome::OutOfInk);
    assert_eq!(run_on(&code, &[], &mut chain, 2_609).outcome, Outcome::Success);
}

#[test]
fn addresses_outside_memory_are_traps() {
    const OUTSIDE: &str = "memory access out of bounds";
    // The page ends at 65,536.
    for (name, code) in [
        ("read_args", "i32.const 65535 call $read_args"),
        ("write_result", "i32.const 65535 i32.const 2 call $write_result"),
        ("write_result", "i32.const -1 i32.const 100 call $write_result"),
        (
            "storage_load_bytes32",
            "i32.const 65505 i32.const 0 call $storage_load_bytes32",
        ),
        (
            "storage_load_bytes32",
            "i32.const 0 i32.const 65505 call $storage_load_bytes32",
        ),
        (
            "storage_cache_bytes32",
            "i32.const 0 i32.const 65505 call $storage_cache_bytes32",
        ),
        ("msg_sender", "i32.const 65517 call $msg_sender"),
        ("msg_value", "i32.const -1 call $msg_value"),
        (
            "native_keccak256",
            "i32.const 0 i32.const 65537 i32.const 0 call $native_keccak256",
        ),
        (
            "native_keccak256",
            "i32.const 0 i32.const 0 i32.const 65505 call $native_keccak256",
        ),
        ("math_div", "i32.const 65505 i32.const 0 call $math_div"),
        ("emit_log", "i32.const 65535 i32.const 32 i32.const 1 call $emit_log"),
        ("account_balance", "i32.const 65517 i32.const 0 call $account_balance"),
        (
            "create1",
            "i32.const 0 i32.const 65537 i32.const 0 i32.const 0 i32.const 0 call $create1",
        ),
    ] {
        let mut chain = Chain::default();
        let result = run_on(&program(&host(name), code), b"ab", &mut chain, PLENTY);
        assert_eq!(trap(&result), OUTSIDE, "{name}: {code}");
        assert!(chain.logs.is_empty() && chain.creations.is_empty());
    }
    let call = "i32.const 65517 i32.const 0 i32.const 0 i32.const 0 i64.const 0 i32.const 0 call $call_contract drop";
    let mut chain = Chain::default();
    assert_eq!(
        trap(&run_on(&program(&host("call_contract"), call), &[], &mut chain, PLENTY)),
        OUTSIDE
    );
    assert!(chain.calls.is_empty());
}

#[test]
fn lengths_are_paid_before_they_are_looked_at() {
    // 4,294,967,295 bytes at 55 ink, twice: 47,244,642 gas.
    let code = program(&host("write_result"), "i32.const 0 i32.const -1 call $write_result");
    assert_eq!(run(&code, 47_000_000).outcome, Outcome::OutOfInk);
    assert_eq!(trap(&run(&code, 48_000_000)), "memory access out of bounds");
}
