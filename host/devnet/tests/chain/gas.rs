//! What calls of programs cost, to the unit of gas.
//!
//! A transaction to a program costs 21,000, its calldata, the start of the program (352 + cached init; not cached another
//! 8,832 + init), pages of memory beyond two, and its ink at 10,000 a gas, rounded up once over the whole frame: what is
//! left of the ink is rounded down to gas.
//!
//! Prices in ink used below: `const` 1, `end` 1, `call` 3,800, `drop` 9, `local.get` 75, each block 2,450 on top. Host
//! functions: 8,400, 5,040 a pointer, 59,673 where they ask the chain; copying into the program 5,040 and 30 a byte
//! above 32, out of it 16,381 and 55 a byte above 32.

use alloy_primitives::{Address, Bytes, U256, address};
use devnet::{Chain, Tx, initcode_for};

use crate::support::{assemble, chain, deploy_evm, deploy_wat, send, word, words};

/// Returns at once. One block: const and end, 2 + 2,450 = 2,452 ink.
const NOTHING: &str = r#"(module
  (memory (export "memory") 0 0)
  (func (export "user_entrypoint") (param i32) (result i32) (i32.const 0)))"#;

/// Start of a cached program of one function with a page of memory: 352, and 6 for the 4 globals that the chain adds
/// (1.628 each), 5 for the page. One function (0.1342), two parameters and results (0.00089 each) and some hundred bytes
/// (0.00122 each) are nothing, each term being rounded down.
const START: u64 = 352 + 6 + 5;

/// The same without a page.
const START_WITHOUT_MEMORY: u64 = 352 + 6;

/// `init` and `cached_init` of a program as ArbWasm tells them, without the minimum.
fn start_costs(chain: &mut Chain, program: Address) -> (u64, u64) {
    let data = [&[0x62, 0xb6, 0x88, 0xaa][..], program.into_word().as_slice()].concat();
    let arb_wasm = address!("0x0000000000000000000000000000000000000071");
    let output = send(chain, arb_wasm, data).output;
    let [both, cached] = words(&output)[..] else {
        panic!("two words: {output}")
    };
    let (both, cached): (u64, u64) = (U256::from_be_bytes(both.0).to(), U256::from_be_bytes(cached.0).to());
    (both - cached - 8_832, cached - 352)
}

/// What a transaction with `data` to a program that starts for `start` spends, by the formula, around what the program
/// itself spends. Cached.
fn around(chain: &mut Chain, program: Address, data: &[u8], start: u64) -> u64 {
    assert!(chain.cache_program(program));
    let calldata: u64 = data.iter().map(|&byte| if byte == 0 { 4 } else { 16 }).sum();
    21_000 + calldata + start
}

#[test]
fn the_least_program() {
    let mut chain = chain();
    let program = deploy_wat(&mut chain, NOTHING);
    // Each term rounded down. cached_init: 0.1342 a function, 0.00122 a byte, 1.628 a global (the 4 that the chain
    // adds): 0 + 0 + 6. init: 8.252 a function, 1.059 a parameter and result, 0.1286 a byte: 8 + 2 + 8.
    assert_eq!(wat::parse_str(NOTHING).unwrap().len(), 64);
    assert_eq!(start_costs(&mut chain, program), (18, 6));
    let uncached = 21_000 + 352 + 6 + 8_832 + 18 + 1;
    assert_eq!(send(&mut chain, program, []).gas_used, uncached);
    assert!(chain.cache_program(program));
    assert_eq!(send(&mut chain, program, []).gas_used, uncached - 8_832 - 18);
    assert!(chain.evict_program(program));
    assert_eq!(send(&mut chain, program, []).gas_used, uncached);
}

#[test]
fn storage_through_the_cache() {
    let mut chain = chain();
    let program = deploy_wat(
        &mut chain,
        r#"(module
          (import "vm_hooks" "read_args" (func $read_args (param i32)))
          (import "vm_hooks" "storage_cache_bytes32" (func $cache (param i32 i32)))
          (import "vm_hooks" "storage_flush_cache" (func $flush (param i32)))
          (memory (export "memory") 1 1)
          (func (export "user_entrypoint") (param i32) (result i32)
            (call $read_args (i32.const 0))
            (call $cache (i32.const 0) (i32.const 32))
            (call $flush (i32.const 0))
            (i32.const 0)))"#,
    );
    let data = |value: u64| [word(1).as_slice(), word(value).as_slice()].concat();
    // Blocks: 1 + 3,800 + 2,450, 2 + 3,800 + 2,450, 1 + 3,800 + 2,450, 1 + 1 + 2,450          =  21,206
    // read_args of 64 bytes: 8,400 + 5,040 + 32 * 30                                           =  14,400
    // storage_cache: 8,400 + 2 * 5,040                                                         =  18,480
    // storage_flush: 8,400 + 59,673                                                            =  68,073
    //                                                                                            122,159 ink: 13 gas
    let ink = 13;
    let base = around(&mut chain, program, &data(5), START);
    // A new slot: cold 2,100 + 20,000.
    assert_eq!(send(&mut chain, program, data(5)).gas_used, base + ink + 22_100);
    // The same value: cold 2,100 + 100.
    assert_eq!(send(&mut chain, program, data(5)).gas_used, base + ink + 2_200);
    // Another value: cold 2,100 + 2,900.
    assert_eq!(send(&mut chain, program, data(6)).gas_used, base + ink + 5_000);
    // Cleared: 12 gas less for the zero in the calldata, 4,800 back (below a fifth of what was spent).
    let spent = base - 12 + ink + 5_000;
    assert!(spent / 5 > 4_800);
    assert_eq!(send(&mut chain, program, data(0)).gas_used, spent - 4_800);
}

#[test]
fn a_flush_has_to_leave_some_gas() {
    let mut chain = chain();
    let program = deploy_wat(
        &mut chain,
        r#"(module
          (import "vm_hooks" "read_args" (func $read_args (param i32)))
          (import "vm_hooks" "storage_cache_bytes32" (func $cache (param i32 i32)))
          (import "vm_hooks" "storage_flush_cache" (func $flush (param i32)))
          (memory (export "memory") 1 1)
          (func (export "user_entrypoint") (param i32) (result i32)
            (drop (local.get 0)) (drop (local.get 0)) (drop (local.get 0)) (drop (local.get 0))
            (call $read_args (i32.const 0))
            (call $cache (i32.const 0) (i32.const 32))
            (call $flush (i32.const 0))
            (i32.const 0)))"#,
    );
    let data = [word(1).as_slice(), word(5).as_slice()].concat();
    let base = around(&mut chain, program, &data, START);
    let from = chain.accounts()[0];
    // Up to the flush 122,159 ink as above, less the last block's 2,452, and 4 * (75 + 9): 120,043, of which the last gas
    // leaves 9,957, enough for the last block. With 13 gas beside it the new slot, 22,100, takes all whole gas that there
    // is, and Nitro counts no gas left as out of gas.
    let needed = base + 13 + 22_100;
    let send =
        |chain: &mut Chain, gas_limit| chain.send(Tx::call(from, program, data.clone()).with_gas_limit(gas_limit));
    for gas_limit in [needed - 1, needed] {
        let receipt = send(&mut chain, gas_limit);
        assert_eq!((receipt.status, receipt.gas_used), (false, gas_limit));
        assert_eq!(receipt.halt_reason.unwrap(), "program ran out of ink");
        assert_eq!(chain.storage_at(program, U256::from(1)), U256::ZERO);
    }
    let receipt = send(&mut chain, needed + 1);
    assert_eq!((receipt.status, receipt.gas_used), (true, needed));
    assert_eq!(chain.storage_at(program, U256::from(1)), U256::from(5));
}

#[test]
fn writes_of_one_transaction_are_priced_by_the_value_at_its_start() {
    let mut chain = chain();
    // Writes the word that ends with the first byte of calldata to slot 0, then the one that ends with the second.
    let program = deploy_wat(
        &mut chain,
        r#"(module
          (import "vm_hooks" "read_args" (func $read_args (param i32)))
          (import "vm_hooks" "storage_cache_bytes32" (func $cache (param i32 i32)))
          (import "vm_hooks" "storage_flush_cache" (func $flush (param i32)))
          (memory (export "memory") 1 1)
          (func (export "user_entrypoint") (param i32) (result i32)
            (call $read_args (i32.const 95))
            (call $cache (i32.const 0) (i32.const 64))
            (call $flush (i32.const 1))
            (call $cache (i32.const 0) (i32.const 65))
            (call $flush (i32.const 1))
            (i32.const 0)))"#,
    );
    // The first value is the first byte, the second is `first * 256 + second`.
    // Blocks: 5 calls: (1 + 2 + 1 + 2 + 1) + 5 * (3,800 + 2,450), 2,452                         =  33,709
    // read_args of 2 bytes 13,440; storage_cache 2 * 18,480; storage_flush 2 * 68,073            = 186,546
    //                                                                                            220,255 ink: 23 gas
    let ink = 23;
    let mut expect = |calldata: [u8; 2], gas: u64, refund: u64| {
        let spent = around(&mut chain, program, &calldata, START) + ink + gas;
        let refund = refund.min(spent / 5);
        assert_eq!(
            send(&mut chain, program, calldata.to_vec()).gas_used,
            spent - refund,
            "{calldata:?}"
        );
    };
    // 0 -> 1 -> 256 + 1: 22,100, then dirty 100.
    expect([1, 1], 22_200, 0);
    // 257 -> 0 -> 0: cleared 5,000 and 4,800 back, then nothing changes: 100.
    expect([0, 0], 5_100, 4_800);
    // 0 -> 0 -> 1: 2,200, then set 20,000.
    expect([0, 1], 22_200, 0);
    // 1 -> 1 -> 256: 2,200, then changed 2,900.
    expect([1, 0], 5_100, 0);
}

#[test]
fn reverting_to_the_first_value_gives_gas_back() {
    let mut chain = chain();
    // Slot 0: set to the first word of calldata, flushed, then to the second.
    let program = deploy_wat(
        &mut chain,
        r#"(module
          (import "vm_hooks" "read_args" (func $read_args (param i32)))
          (import "vm_hooks" "storage_cache_bytes32" (func $cache (param i32 i32)))
          (import "vm_hooks" "storage_flush_cache" (func $flush (param i32)))
          (memory (export "memory") 1 1)
          (func (export "user_entrypoint") (param i32) (result i32)
            (call $read_args (i32.const 32))
            (call $cache (i32.const 0) (i32.const 32))
            (call $flush (i32.const 1))
            (call $cache (i32.const 0) (i32.const 64))
            (call $flush (i32.const 1))
            (i32.const 0)))"#,
    );
    // As above but for read_args of 64 bytes, 14,400: 221,215 ink.
    let ink = 23;
    let mut expect = |first: u64, second: u64, gas: u64, refund: u64| {
        let data = [word(first).as_slice(), word(second).as_slice()].concat();
        let spent = around(&mut chain, program, &data, START) + ink + gas;
        assert_eq!(
            send(&mut chain, program, data).gas_used,
            spent - refund.min(spent / 5),
            "{first} {second}"
        );
    };
    // 0 -> 7 -> 0: 22,100 + 100, 19,900 back, but a fifth at most.
    expect(7, 0, 22_200, 19_900);
    expect(7, 8, 22_200, 0);
    // 8 -> 9 -> 8: 5,000 + 100, 2,800 back.
    expect(9, 8, 5_100, 2_800);
    // 8 -> 0 -> 8: 4,800 given and taken, 2,800 back.
    expect(0, 8, 5_100, 2_800);
    // 8 -> 0 -> 9: 4,800 given and taken.
    expect(0, 9, 5_100, 0);
    // 9 -> 10 -> 0: dirty, cleared: 4,800 back.
    expect(10, 0, 5_100, 4_800);
}

/// Calls the address in the calldata's first 20 bytes with the value in the next 32 and the rest as data.
const CALLER: &str = r#"(module
  (import "vm_hooks" "read_args" (func $read_args (param i32)))
  (import "vm_hooks" "call_contract" (func $call (param i32 i32 i32 i32 i64 i32) (result i32)))
  (memory (export "memory") 1 1)
  (func (export "user_entrypoint") (param $size i32) (result i32)
    (call $read_args (i32.const 0))
    (call $call (i32.const 0) (i32.const 52) (i32.const 0) (i32.const 20) (i64.const -1) (i32.const 1000))))"#;

// Blocks: 1 + 3,800 + 2,450, 6 + 3,800 + 2,450, 1 + 2,450                                      =  14,958
// read_args of 52 bytes: 8,400 + 5,040 + 20 * 30                                               =  14,040
// call_contract: 8,400 + 3 * 5,040 + 59,673, twice 16,381 for no data                          = 115,955
//                                                                                                144,953 ink
const CALLER_INK: u64 = 144_953;

fn caller_data(to: Address, value: u64) -> Vec<u8> {
    [to.as_slice(), word(value).as_slice()].concat()
}

#[test]
fn calls_cost_access_value_and_what_the_callee_uses() {
    let mut chain = chain();
    let caller = deploy_wat(&mut chain, CALLER);
    let nobody = Address::repeat_byte(0xAA);
    let somebody = chain.accounts()[5];
    // Stores 1 at 0: PUSH1 3, PUSH0 2, then a new slot.
    let contract = deploy_evm(&mut chain, "0x1 PUSH0 SSTORE");
    chain.set_balance(caller, U256::from(1_000));
    let ink = CALLER_INK.div_ceil(10_000);
    let mut expect = |to: Address, value: u64, gas: u64| {
        let data = caller_data(to, value);
        let base = around(&mut chain, caller, &data, START);
        let receipt = send(&mut chain, caller, data);
        assert!(receipt.status, "{receipt:?}");
        assert_eq!(receipt.gas_used, base + ink + gas);
    };
    expect(nobody, 0, 2_600);
    // A precompile is warm; identity costs 15.
    expect(Address::with_last_byte(4), 0, 100 + 15);
    expect(somebody, 0, 2_600);
    // Value: 9,000, and 25,000 for an account that is not there. The stipend comes back unused.
    expect(somebody, 1, 2_600 + 9_000);
    expect(nobody, 1, 2_600 + 25_000 + 9_000);
    expect(nobody, 1, 2_600 + 9_000);
    expect(contract, 0, 2_600 + 5 + 22_100);
    expect(contract, 0, 2_600 + 5 + 2_200);
}

#[test]
fn the_stipend_is_charged_when_it_is_used() {
    let mut chain = chain();
    let caller = deploy_wat(&mut chain, CALLER);
    chain.set_balance(caller, U256::from(1));
    // 12 times PUSH0 and POP: 4 each.
    let contract = deploy_evm(&mut chain, &"PUSH0 POP ".repeat(12));
    let data = caller_data(contract, 1);
    let base = around(&mut chain, caller, &data, START);
    // In the EVM the 48 would be out of the 2,300 that come with the 9,000.
    let expected = base + CALLER_INK.div_ceil(10_000) + 2_600 + 9_000 + 48;
    assert_eq!(send(&mut chain, caller, data).gas_used, expected);
}

#[test]
fn refunds_rise_through_both_worlds_and_go_with_a_revert() {
    let mut chain = chain();
    let caller = deploy_wat(&mut chain, CALLER);
    let clears = deploy_evm(&mut chain, "PUSH0 PUSH0 SSTORE");
    let reverts = deploy_evm(&mut chain, "PUSH0 PUSH0 SSTORE PUSH0 PUSH0 REVERT");
    for contract in [clears, reverts] {
        chain.set_storage_at(contract, U256::ZERO, U256::from(1));
    }
    let ink = CALLER_INK.div_ceil(10_000);
    // PUSH0 twice 4, cold and changed 5,000; 4,800 back.
    let data = caller_data(clears, 0);
    let base = around(&mut chain, caller, &data, START) + ink + 2_600;
    assert_eq!(send(&mut chain, caller, data).gas_used, base + 4 + 5_000 - 4_800);
    // Another PUSH0 twice, nothing back. The caller returns the status of the call, 2, and so reverts too.
    let data = caller_data(reverts, 0);
    let base = around(&mut chain, caller, &data, START) + ink + 2_600;
    let receipt = send(&mut chain, caller, data);
    assert!(!receipt.status);
    assert_eq!(receipt.gas_used, base + 8 + 5_000);

    // The other way round: the program clears its slot 0 and fails if there is calldata.
    let program = deploy_wat(
        &mut chain,
        r#"(module
          (import "vm_hooks" "storage_cache_bytes32" (func $cache (param i32 i32)))
          (import "vm_hooks" "storage_flush_cache" (func $flush (param i32)))
          (memory (export "memory") 1 1)
          (func (export "user_entrypoint") (param $size i32) (result i32)
            (call $cache (i32.const 0) (i32.const 32))
            (call $flush (i32.const 1))
            (local.get $size)))"#,
    );
    // Blocks: 2 + 3,800 + 2,450, 1 + 3,800 + 2,450, 75 + 1 + 2,450                             =  15,029
    // storage_cache 18,480; storage_flush 68,073                                               =  86,553
    //                                                                                            101,582 ink: 11 gas
    assert!(chain.cache_program(program));
    let inner = 2_600 + START + 11 + 5_000;
    for (size, refund) in [("PUSH0", 4_800), ("0x1", 0)] {
        chain.set_storage_at(program, U256::ZERO, U256::from(1));
        // PUSH0 four times 8, the size 2 or 3, PUSH20 3, GAS 2; a byte of memory 3 where it is passed on.
        let pushes = if size == "PUSH0" {
            8 + 2 + 3 + 2
        } else {
            8 + 3 + 3 + 2 + 3
        };
        let push_address = format!("0x{}", alloy_primitives::hex::encode(program));
        let outer = deploy_evm(
            &mut chain,
            &format!("PUSH0 PUSH0 {size} PUSH0 PUSH0 {push_address} GAS CALL"),
        );
        assert_eq!(
            send(&mut chain, outer, []).gas_used,
            21_000 + pushes + inner - refund,
            "{size}"
        );
        assert_eq!(chain.storage_at(program, U256::ZERO).is_zero(), refund > 0);
    }
}

#[test]
fn an_inner_program_pays_its_own_start_and_rounds_its_own_ink() {
    let mut chain = chain();
    let caller = deploy_wat(&mut chain, CALLER);
    let nothing = deploy_wat(&mut chain, NOTHING);
    let data = caller_data(nothing, 0);
    let base = around(&mut chain, caller, &data, START) + CALLER_INK.div_ceil(10_000);
    let inner = START_WITHOUT_MEMORY + 1;
    assert_eq!(
        send(&mut chain, caller, data.clone()).gas_used,
        base + 2_600 + inner + 8_832 + 18
    );
    assert!(chain.cache_program(nothing));
    assert_eq!(send(&mut chain, caller, data).gas_used, base + 2_600 + inner);
}

#[test]
fn memory_beyond_two_open_pages() {
    let mut chain = chain();
    let pages = |initial: u32| {
        format!(
            r#"(module
              (import "vm_hooks" "read_args" (func $read_args (param i32)))
              (import "vm_hooks" "call_contract" (func $call (param i32 i32 i32 i32 i64 i32) (result i32)))
              (memory (export "memory") {initial} {initial})
              (func (export "user_entrypoint") (param $size i32) (result i32)
                (if (i32.eqz (local.get $size)) (then (return (i32.const 0))))
                (call $read_args (i32.const 0))
                (call $call (i32.const 0) (i32.const 20) (i32.const 0) (i32.const 100) (i64.const -1) (i32.const 200))))"#
        )
    };
    // Without calldata. First block: local.get 75, eqz 170, if 765; second: const 1, return 1. 1,012 + 2 * 2,450 ink:
    // 5,912, 1 gas.
    let cost = |chain: &mut Chain, initial: u32| {
        let program = deploy_wat(chain, &pages(initial));
        let base = around(chain, program, &[], START_WITHOUT_MEMORY + 5 * u64::from(initial));
        (program, send(chain, program, []).gas_used - base - 1)
    };
    let (one, free) = cost(&mut chain, 1);
    assert_eq!(free, 0);
    assert_eq!(cost(&mut chain, 2).1, 0);
    // The third page: 1,000; the exponential part does not grow yet.
    assert_eq!(cost(&mut chain, 3).1, 1_000);
    // 17 pages: 15,000 and 9 - 1.
    assert_eq!(cost(&mut chain, 17).1, 15_008);
    let (two, _) = cost(&mut chain, 2);

    // Two pages open below one: the third page is paid by the inner call.
    let data = two.to_vec();
    let base = around(&mut chain, one, &data, START);
    assert!(chain.cache_program(two));
    let inner = START + 5 + 1 + 1_000;
    // 1,010 + 2,450 up to the if, whose end is skipped with its body; 1 + 3,800 + 2,450; 6 + 3,800 + 2,450; 1 + 2,450:
    // 18,418. read_args 13,440. call_contract 115,955. 147,813 ink.
    assert_eq!(send(&mut chain, one, data).gas_used, base + 15 + 2_600 + inner);
}

#[test]
fn growing_memory_costs_the_same_as_starting_with_it() {
    let mut chain = chain();
    let program = deploy_wat(
        &mut chain,
        r#"(module
          (import "vm_hooks" "pay_for_memory_grow" (func (param i32)))
          (memory (export "memory") 1)
          (func (export "user_entrypoint") (param $pages i32) (result i32)
            (i32.eq (memory.grow (local.get $pages)) (i32.const -1))))"#,
    );
    // local.get 75, memory.grow 8,050, const 1, eq 170, end 1, 2,450: 10,747 ink. Growth of n pages: their gas alone;
    // of none: 8,400 ink.
    let mut cost = |bytes: usize, pages_gas: u64| {
        let data = vec![1; bytes];
        let base = around(&mut chain, program, &data, START);
        let receipt = send(&mut chain, program, data);
        assert!(receipt.status, "{bytes} {receipt:?}");
        assert_eq!(receipt.gas_used, base + 2 + pages_gas, "{bytes}");
    };
    // The calldata's length is what it grows by.
    cost(1, 0);
    cost(2, 1_000);
    cost(16, 15_008);
}

#[test]
fn creation_by_a_program() {
    let mut chain = chain();
    let program = deploy_wat(
        &mut chain,
        r#"(module
          (import "vm_hooks" "read_args" (func $read_args (param i32)))
          (import "vm_hooks" "create1" (func $create (param i32 i32 i32 i32 i32)))
          (memory (export "memory") 1 1)
          (func (export "user_entrypoint") (param $size i32) (result i32)
            (call $read_args (i32.const 0))
            (call $create (i32.const 0) (local.get $size) (i32.const 40000) (i32.const 50000) (i32.const 50020))
            (i32.const 0)))"#,
    );
    let code = assemble("PUSH0 PUSH0 PUSH0 PUSH0");
    let initcode = initcode_for(&code);
    assert_eq!(initcode.len(), 16);
    let base = around(&mut chain, program, &initcode, START);
    // Blocks: 1 + 3,800 + 2,450, 4 + 75 + 3,800 + 2,450, 2,452                                 =  15,032
    // read_args of 16 bytes 13,440; create1 8,400 + 3 * 5,040 + 59,673, twice 16,381           = 129,395
    //                                                                                            144,427 ink: 15 gas
    // 32,000 and no initcode words; PUSH4 3, DUP1 3, PUSH1 3, PUSH0 2, CODECOPY 3 + 3 + 3, PUSH0 2; 4 bytes at 200.
    let expected = base + 15 + 32_000 + 22 + 800;
    assert_eq!(send(&mut chain, program, initcode).gas_used, expected);
}

#[test]
fn logs_and_transient_storage() {
    let mut chain = chain();
    let program = deploy_wat(
        &mut chain,
        r#"(module
          (import "vm_hooks" "emit_log" (func $log (param i32 i32 i32)))
          (import "vm_hooks" "transient_store_bytes32" (func $tstore (param i32 i32)))
          (memory (export "memory") 1 1)
          (func (export "user_entrypoint") (param i32) (result i32)
            (call $log (i32.const 0) (i32.const 100) (i32.const 2))
            (call $tstore (i32.const 0) (i32.const 32))
            (i32.const 0)))"#,
    );
    let base = around(&mut chain, program, &[], START);
    // Blocks: 3 + 3,800 + 2,450, 2 + 3,800 + 2,450, 2,452                                      =  14,957
    // emit_log of 2 topics and 36 bytes: 8,400 + 59,673, 100 bytes read 16,381 + 68 * 55        =  88,194
    //   and 375 * 3 + 8 * 36                                                                   =   1,413 gas
    // transient_store: 8,400 + 2 * 5,040 + 59,673                                              =  78,153, and 100 gas
    //                                                                                            181,304 ink: 19 gas
    let receipt = send(&mut chain, program, []);
    assert_eq!(receipt.gas_used, base + 19 + 1_413 + 100);
    assert_eq!(
        (receipt.logs[0].topics().len(), receipt.logs[0].data.data.len()),
        (2, 36)
    );
}

#[test]
fn accounts_looked_at() {
    let mut chain = chain();
    let program = deploy_wat(
        &mut chain,
        r#"(module
          (import "vm_hooks" "read_args" (func $read_args (param i32)))
          (import "vm_hooks" "account_balance" (func $balance (param i32 i32)))
          (import "vm_hooks" "account_codehash" (func $codehash (param i32 i32)))
          (import "vm_hooks" "account_code_size" (func $size (param i32) (result i32)))
          (memory (export "memory") 1 1)
          (func (export "user_entrypoint") (param i32) (result i32)
            (call $read_args (i32.const 0))
            (call $balance (i32.const 0) (i32.const 100))
            (call $codehash (i32.const 0) (i32.const 100))
            (drop (call $size (i32.const 0)))
            (i32.const 0)))"#,
    );
    let data = Address::repeat_byte(0xAB).to_vec();
    let base = around(&mut chain, program, &data, START);
    // Blocks: 1 + 2 + 2 + 1 + 4 * (3,800 + 2,450), 9 + 2,452                                   =  27,467
    // read_args 13,440; account_balance and account_codehash 8,400 + 2 * 5,040 + 59,673 each   = 169,746
    // account_code_size 8,400 + 59,673                                                         =  68,073
    //                                                                                            265,286 ink: 27 gas
    // Cold 2,600, warm 100, warm 100 and 700 for the code.
    assert_eq!(send(&mut chain, program, data).gas_used, base + 27 + 2_600 + 100 + 800);
}

#[test]
fn return_data_costs_at_least_what_evm_memory_would() {
    let mut chain = chain();
    let program = deploy_wat(
        &mut chain,
        r#"(module
          (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
          (memory (export "memory") 2 2)
          (func (export "user_entrypoint") (param i32) (result i32)
            (call $write_result (i32.const 0) (i32.const 131072))
            (i32.const 0)))"#,
    );
    // 4,096 words: 3 * 4,096 + 4,096 * 4,096 / 512 = 45,056 gas, far more than the program's own: 2 + 3,800 + 2,450,
    // 2,452, write_result 8,400 + 2 * (16,381 + 131,040 * 55), that is 1,447 gas.
    let receipt = send(&mut chain, program, []);
    assert!(receipt.status);
    assert_eq!(receipt.gas_used, 21_000 + 45_056);
    let from = chain.accounts()[0];
    let starved = chain.send(Tx::call(from, program, Bytes::new()).with_gas_limit(21_000 + 45_055));
    assert!(!starved.status);
    assert_eq!(starved.gas_used, 21_000 + 45_055);
    assert!(starved.output.is_empty());
}

#[test]
fn a_call_passes_on_63_of_64_parts() {
    let mut chain = chain();
    let program = deploy_wat(&mut chain, CALLER);
    // Stores the gas it has left: the store itself sees what the GAS instruction left.
    let contract = deploy_evm(&mut chain, "GAS PUSH0 SSTORE");
    let data = caller_data(contract, 0);
    let base = around(&mut chain, program, &data, START);
    let from = chain.accounts()[0];
    chain.send(Tx::call(from, program, data).with_gas_limit(base + 200_000));
    // At the call all ink but the last block's 2,451 is paid: 142,502. Of the 199,985.7498 gas left 199,985 count. Less
    // 2,600, times 63 / 64, less 2 for GAS itself.
    let passed = (199_985 - 2_600) * 63 / 64;
    assert_eq!(chain.storage_at(contract, U256::ZERO), U256::from(passed - 2));
}
