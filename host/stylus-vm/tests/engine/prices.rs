//! The ink of every host function, alone in its entry point.

use alloy_primitives::{Address, B256, Bytes, address};
use stylus_vm::CreateOutcome;

use crate::common::{Chain, data, engine, host, info, ink_used, program};

const OTHER: Address = address!("0000000000000000000000000000000000000abc");

/// Ink of a host function called with constants, without that of the call and of the entry point around it.
fn price(name: &str, arguments: &[i64], calldata: &[u8], chain: &mut Chain) -> u64 {
    let (params, results) = stylus_rules::hostio::signature(name).unwrap();
    assert_eq!(params.len(), arguments.len(), "{name}");
    let constants: Vec<String> = params
        .iter()
        .zip(arguments)
        .map(|(ty, value)| format!("{ty}.const {value}"))
        .collect();
    let constants = constants.join(" ");
    let drops = "drop ".repeat(results.len());
    // At 256: the address 0xabc in 20 bytes. At 288: the word 0x0100. At 320: the word 7.
    let items = format!(
        r#"{} (data (i32.const 274) "\0a\bc") (data (i32.const 318) "\01\00") (data (i32.const 351) "\07")"#,
        host(name)
    );
    let used = ink_used(
        &program(&items, &format!("{constants} call ${name} {drops}")),
        calldata,
        chain,
    );
    // A constant for each argument, the call and the check of its block; then the drops, the constant that is returned,
    // `end` and the check of that block.
    let around = params.len() as u64 + 3_800 + 2_450 + 9 * results.len() as u64 + 1 + 1 + 2_450;
    used - around
}

fn flat(name: &str, arguments: &[i64]) -> u64 {
    price(name, arguments, &[], &mut Chain::default())
}

#[test]
fn arguments_and_results() {
    // 8,400; then 5,040 and 30 for each byte above 32.
    assert_eq!(price("read_args", &[0], &[], &mut Chain::default()), 13_440);
    assert_eq!(price("read_args", &[0], &[1; 32], &mut Chain::default()), 13_440);
    assert_eq!(
        price("read_args", &[0], &[1; 100], &mut Chain::default()),
        8_400 + 5_040 + 30 * 68
    );
    // 8,400; then twice 16,381 and 55 for each byte above 32.
    assert_eq!(flat("write_result", &[0, 0]), 8_400 + 2 * 16_381);
    assert_eq!(flat("write_result", &[0, 100]), 8_400 + 2 * (16_381 + 55 * 68));
}

#[test]
fn storage() {
    // 8,400 and two pointers of 5,040. From the chain: 2,100 gas, and 5 for asking (59,673 ink rounded down).
    assert_eq!(flat("storage_load_bytes32", &[0, 32]), 18_480 + 21_050_000);
    let mut warm = Chain::default();
    warm.warm_slots.insert(B256::ZERO);
    assert_eq!(
        price("storage_load_bytes32", &[0, 32], &[], &mut warm),
        18_480 + 1_050_000
    );
    assert_eq!(flat("storage_cache_bytes32", &[0, 32]), 18_480);
    // 8,400 and 59,673 for asking.
    assert_eq!(flat("storage_flush_cache", &[0]), 68_073);
    // 8,400, two pointers, asking, 100 gas.
    assert_eq!(flat("transient_load_bytes32", &[0, 32]), 78_153 + 1_000_000);
    assert_eq!(flat("transient_store_bytes32", &[0, 32]), 78_153 + 1_000_000);
}

#[test]
fn calls() {
    // 8,400, three pointers, asking; twice 16,381 and 55 for each byte above 32; 100 gas of the callee.
    let base = 8_400 + 3 * 5_040 + 59_673;
    assert_eq!(
        flat("call_contract", &[256, 0, 0, 320, 1_000, 64]),
        base + 2 * 16_381 + 1_000_000
    );
    assert_eq!(
        flat("call_contract", &[256, 0, 36, 320, 1_000, 64]),
        base + 2 * (16_381 + 55 * 4) + 1_000_000
    );
    assert_eq!(
        flat("delegate_call_contract", &[256, 0, 36, 1_000, 64]),
        base + 2 * (16_381 + 55 * 4) + 1_000_000
    );
    assert_eq!(
        flat("static_call_contract", &[256, 0, 36, 1_000, 64]),
        base + 2 * (16_381 + 55 * 4) + 1_000_000
    );
}

#[test]
fn creations() {
    let chain = || Chain {
        created: Some(CreateOutcome {
            address: Some(OTHER),
            return_data: Bytes::new(),
            gas_cost: 32_123,
        }),
        ..Chain::default()
    };
    // 8,400, three or four pointers, asking; twice 16,381 and 55 for each byte above 32; the gas of the creation.
    assert_eq!(
        price("create1", &[0, 40, 320, 64, 96], &[], &mut chain()),
        8_400 + 3 * 5_040 + 59_673 + 2 * (16_381 + 55 * 8) + 321_230_000
    );
    assert_eq!(
        price("create2", &[0, 40, 320, 320, 64, 96], &[], &mut chain()),
        8_400 + 4 * 5_040 + 59_673 + 2 * (16_381 + 55 * 8) + 321_230_000
    );
}

#[test]
fn return_data() {
    assert_eq!(flat("return_data_size", &[]), 8_400);
    assert_eq!(flat("read_return_data", &[0, 0, 100]), 8_400 + 59_673 + 5_040);

    // With 80 bytes to read: 5,040 and 30 for each byte above 32 that can be copied.
    for (offset, len, bytes_above_32) in [(0, 80, 48), (0, 1_000, 48), (4, 1_000, 44), (0, 40, 8), (100, 100, 0)] {
        let mut chain = Chain::answering(true, &[7; 80], 100);
        let items = host("call_contract") + &host("read_return_data");
        let call = "i32.const 0 i32.const 0 i32.const 0 i32.const 0 i64.const 0 i32.const 64 call $call_contract drop";
        let read = format!("i32.const 128 i32.const {offset} i32.const {len} call $read_return_data drop");
        let without = ink_used(&program(&items, call), &[], &mut chain);
        let with = ink_used(&program(&items, &format!("{call} {read}")), &[], &mut chain);
        let around = 3 + 3_800 + 2_450 + 9;
        assert_eq!(
            with - without - around,
            8_400 + 59_673 + 5_040 + 30 * bytes_above_32,
            "{offset} {len}"
        );
    }
}

#[test]
fn logs() {
    // 8,400 and asking; 16,381 and 55 for each byte above 32; 375 gas and 375 for each topic and 8 for each byte.
    assert_eq!(flat("emit_log", &[0, 0, 0]), 68_073 + 16_381 + 3_750_000);
    assert_eq!(flat("emit_log", &[0, 74, 2]), 68_073 + 16_381 + 55 * 42 + 12_050_000);
    assert_eq!(flat("emit_log", &[0, 128, 4]), 68_073 + 16_381 + 55 * 96 + 18_750_000);
}

#[test]
fn accounts() {
    let chain = || {
        let mut chain = Chain::default();
        chain.code.insert(OTHER, vec![1; 50].into());
        chain
    };
    // 8,400, two pointers, asking; 2,600 gas cold, 100 warm.
    assert_eq!(
        price("account_balance", &[256, 0], &[], &mut chain()),
        78_153 + 26_000_000
    );
    assert_eq!(
        price("account_codehash", &[256, 0], &[], &mut chain()),
        78_153 + 26_000_000
    );
    let mut warm = chain();
    warm.warm_accounts.insert(OTHER);
    assert_eq!(price("account_balance", &[256, 0], &[], &mut warm), 78_153 + 1_000_000);
    // No pointers; the whole code is paid for, whatever is asked of it: 5,040 and 30 for 18 bytes above 32.
    assert_eq!(
        price("account_code", &[256, 0, 10, 0], &[], &mut chain()),
        68_073 + 26_000_000 + 5_580
    );
    assert_eq!(
        price("account_code_size", &[256], &[], &mut chain()),
        68_073 + 26_000_000
    );
}

#[test]
fn context() {
    for name in [
        "block_gas_limit",
        "block_number",
        "block_timestamp",
        "chainid",
        "evm_gas_left",
        "evm_ink_left",
        "msg_reentrant",
        "tx_ink_price",
    ] {
        assert_eq!(flat(name, &[]), 8_400, "{name}");
    }
    // With a pointer of 5,040.
    for name in [
        "block_basefee",
        "block_coinbase",
        "contract_address",
        "msg_sender",
        "msg_value",
        "tx_gas_price",
        "tx_origin",
    ] {
        assert_eq!(flat(name, &[0]), 13_440, "{name}");
    }
}

#[test]
fn mathematics() {
    // 8,400, three pointers and 20,000; four pointers and 21,000 or 24,100.
    assert_eq!(flat("math_div", &[288, 320]), 43_520);
    assert_eq!(flat("math_mod", &[288, 320]), 43_520);
    assert_eq!(flat("math_add_mod", &[288, 320, 320]), 49_560);
    assert_eq!(flat("math_mul_mod", &[288, 320, 320]), 52_660);
    // 8,400 and three pointers; 3,000 and 17,500 for the bytes of the exponent and one more: 0, 7, 0x0100.
    assert_eq!(flat("math_pow", &[320, 0]), 23_520 + 3_000 + 17_500);
    assert_eq!(flat("math_pow", &[288, 320]), 23_520 + 3_000 + 2 * 17_500);
    assert_eq!(flat("math_pow", &[320, 288]), 23_520 + 3_000 + 3 * 17_500);
}

#[test]
fn hashing() {
    // 121,800 up to two words, 21,000 for each further one.
    assert_eq!(flat("native_keccak256", &[0, 0, 0]), 121_800);
    assert_eq!(flat("native_keccak256", &[0, 64, 0]), 121_800);
    assert_eq!(flat("native_keccak256", &[0, 100, 0]), 121_800 + 2 * 21_000);
}

#[test]
fn growth() {
    assert_eq!(flat("pay_for_memory_grow", &[0]), 8_400);
    // Only the pages: 1,000 gas each on this chain.
    assert_eq!(flat("pay_for_memory_grow", &[2]), 20_000_000);
    // What does not fit 16 bits counts as 65,535 pages.
    assert_eq!(flat("pay_for_memory_grow", &[0x1_0000]), 655_350_000_000);
    // `memory.grow` announces itself before it grows, and the announcement is not metered.
    let module = |code: &str| {
        program(&host("pay_for_memory_grow"), code).replace("(export \"memory\") 1 1", "(export \"memory\") 1")
    };
    let used = ink_used(&module("i32.const 2 memory.grow drop"), &[], &mut Chain::default());
    assert_eq!(used, 1 + 8_050 + 9 + 2_452 + 20_000_000);
    let used = ink_used(&module("i32.const 0 memory.grow drop"), &[], &mut Chain::default());
    assert_eq!(used, 1 + 8_050 + 9 + 2_452 + 8_400);
}

#[test]
fn leaving_early_is_free() {
    let code = program(&host("exit_early"), "i32.const 0 call $exit_early");
    // The constant, the call and the check of their block; nothing after them.
    assert_eq!(ink_used(&code, &[], &mut Chain::default()), 1 + 3_800 + 2_450);
}

#[test]
fn every_host_function_has_a_price_here() {
    // Each can be imported, and the engine knows it.
    let names = [
        "read_args",
        "write_result",
        "exit_early",
        "storage_load_bytes32",
        "storage_cache_bytes32",
        "storage_flush_cache",
        "transient_load_bytes32",
        "transient_store_bytes32",
        "call_contract",
        "delegate_call_contract",
        "static_call_contract",
        "create1",
        "create2",
        "read_return_data",
        "return_data_size",
        "emit_log",
        "account_balance",
        "account_code",
        "account_code_size",
        "account_codehash",
        "evm_gas_left",
        "evm_ink_left",
        "block_basefee",
        "chainid",
        "block_coinbase",
        "block_gas_limit",
        "block_number",
        "block_timestamp",
        "contract_address",
        "math_div",
        "math_mod",
        "math_pow",
        "math_add_mod",
        "math_mul_mod",
        "msg_reentrant",
        "msg_sender",
        "msg_value",
        "native_keccak256",
        "tx_gas_price",
        "tx_ink_price",
        "tx_origin",
        "pay_for_memory_grow",
    ];
    let imports: String = names.iter().map(|name| host(name)).collect();
    let program = engine().compile(&info(&program(&imports, ""))).unwrap();
    let result = engine().run(&program, &[], &data(), &mut Chain::default(), 1);
    assert_eq!(result.ink_left, 10_000 - 2_452);
}
