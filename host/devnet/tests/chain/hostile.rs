//! Programs and contracts that mean harm: whatever they do is a failed call, and the chain goes on.

use alloy_primitives::{Address, Bytes, U256};
use devnet::{Chain, DeployError, Tx, initcode_for};

use crate::support::{
    Kind, Script, chain, deploy_evm, deploy_wat, evm_puppet, program_code, send, spacious_chain, stylus_puppet, word,
    words,
};

/// After whatever happened, the chain still does its work.
fn assert_alive(chain: &mut Chain) {
    let from = chain.accounts()[0];
    assert!(chain.send(Tx::call(from, from, Bytes::new())).status);
}

#[test]
fn infinite_loops_end_with_the_gas() {
    let mut chain = chain();
    let (evm, stylus) = (evm_puppet(&mut chain), stylus_puppet(&mut chain));
    let from = chain.accounts()[0];
    for puppet in [evm, stylus] {
        let receipt = chain.send(Tx::call(from, puppet, Script::new().spin().bytes()).with_gas_limit(5_000_000));
        assert!(!receipt.status);
        assert_eq!(receipt.gas_used, 5_000_000);
        let reason = receipt.halt_reason.unwrap().to_lowercase();
        assert!(reason.contains("gas") || reason.contains("ink"), "{reason}");
    }
    // Below another frame the caller keeps its 64th part.
    for (outer, inner) in [(evm, stylus), (stylus, evm), (stylus, stylus)] {
        let script = Script::new().call(Kind::Call, inner, 0, &Script::new().spin()).this();
        let receipt = chain.send(Tx::call(from, outer, script.bytes()).with_gas_limit(5_000_000));
        assert!(receipt.status, "{receipt:?}");
        assert_eq!(words(&receipt.output)[0], word(0));
        assert!(receipt.gas_used > 4_800_000);
    }
    assert_alive(&mut chain);
}

#[test]
fn a_program_that_calls_itself_runs_out_of_memory_pages() {
    let mut chain = spacious_chain(1 << 43);
    // Calls itself until that fails; returns how deep it came.
    let program = deploy_wat(
        &mut chain,
        r#"(module
          (import "vm_hooks" "contract_address" (func $this (param i32)))
          (import "vm_hooks" "call_contract" (func $call (param i32 i32 i32 i32 i64 i32) (result i32)))
          (import "vm_hooks" "read_return_data" (func $read (param i32 i32 i32) (result i32)))
          (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
          (memory (export "memory") 1 1)
          (func (export "user_entrypoint") (param i32) (result i32)
            (call $this (i32.const 0))
            (if (i32.eqz (call $call (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 100) (i64.const -1) (i32.const 200)))
              (then (drop (call $read (i32.const 300) (i32.const 0) (i32.const 4)))))
            (i32.store (i32.const 300) (i32.add (i32.load (i32.const 300)) (i32.const 1)))
            (call $write_result (i32.const 300) (i32.const 4))
            (i32.const 0)))"#,
    );
    let receipt = send(&mut chain, program, []);
    assert!(receipt.status, "{receipt:?}");
    let depth = u32::from_le_bytes(receipt.output[..4].try_into().unwrap());
    // 128 pages can be open at once in a transaction, and each of them holds one.
    assert_eq!(depth, 128);
    assert_alive(&mut chain);
}

#[test]
fn the_call_depth_is_1024_across_both_worlds() {
    let mut chain = spacious_chain(1 << 43);
    // An EVM contract: forwards n - 1 to itself, or to the program when n is a multiple of 32, and returns how deep it
    // came. Calldata: n, the program.
    let evm = deploy_evm(
        &mut chain,
        "0x1 PUSH0 CALLDATALOAD SUB PUSH0 MSTORE           ; n - 1
         0x20 CALLDATALOAD 0x20 MSTORE
         0x20 0x40 0x40 PUSH0 PUSH0                         ; return data to 0x40
         0x20 PUSH0 CALLDATALOAD MOD @own JUMPI
         0x20 CALLDATALOAD GAS CALL @called JUMP
         own: ADDRESS GAS CALL
         called: POP
         0x1 0x40 MLOAD ADD 0x40 MSTORE 0x20 0x40 RETURN",
    );
    // The program passes its calldata on to its caller, and what comes back with one added.
    let program = deploy_wat(
        &mut chain,
        r#"(module
          (import "vm_hooks" "read_args" (func $read_args (param i32)))
          (import "vm_hooks" "msg_sender" (func $sender (param i32)))
          (import "vm_hooks" "call_contract" (func $call (param i32 i32 i32 i32 i64 i32) (result i32)))
          (import "vm_hooks" "read_return_data" (func $read (param i32 i32 i32) (result i32)))
          (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
          (memory (export "memory") 1 1)
          (func (export "user_entrypoint") (param i32) (result i32)
            (call $read_args (i32.const 0))
            (call $sender (i32.const 100))
            (drop (call $call (i32.const 100) (i32.const 0) (i32.const 64) (i32.const 200) (i64.const -1) (i32.const 300)))
            (drop (call $read (i32.const 400) (i32.const 0) (i32.const 32)))
            (i32.store16 (i32.const 430) (call $swap (i32.add (call $swap (i32.load16_u (i32.const 430))) (i32.const 1))))
            (call $write_result (i32.const 400) (i32.const 32))
            (i32.const 0))
          (func $swap (param $value i32) (result i32)
            (i32.or (i32.shr_u (local.get $value) (i32.const 8))
                    (i32.and (i32.shl (local.get $value) (i32.const 8)) (i32.const 65280)))))"#,
    );
    let data = [word(100_000).as_slice(), program.into_word().as_slice()].concat();
    let receipt = send(&mut chain, evm, data);
    assert!(receipt.status, "{receipt:?}");
    // Frames at depths 0 to 1,024.
    assert_eq!(words(&receipt.output), [word(1_025)]);
    assert_alive(&mut chain);
}

#[test]
fn memory_growth_is_bounded_by_its_price() {
    let mut chain = spacious_chain(1 << 43);
    let program = deploy_wat(
        &mut chain,
        r#"(module
          (import "vm_hooks" "pay_for_memory_grow" (func (param i32)))
          (memory (export "memory") 1)
          (func (export "user_entrypoint") (param $pages i32) (result i32)
            (loop $more
              (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
            (i32.const 0)))"#,
    );
    let receipt = send(&mut chain, program, []);
    assert!(!receipt.status);
    assert!(receipt.halt_reason.unwrap().contains("ink"));
    let greedy = deploy_wat(
        &mut chain,
        r#"(module
          (import "vm_hooks" "pay_for_memory_grow" (func (param i32)))
          (memory (export "memory") 1)
          (func (export "user_entrypoint") (param $pages i32) (result i32) (memory.grow (i32.const 65535))))"#,
    );
    assert!(!send(&mut chain, greedy, []).status);
    assert_alive(&mut chain);
}

#[test]
fn the_native_stack_is_safe_from_recursion() {
    let mut chain = chain();
    let program = deploy_wat(
        &mut chain,
        r#"(module
          (memory (export "memory") 0 0)
          (func $down (param i64 i64 i64) (result i64)
            (i64.add (call $down (local.get 1) (local.get 2) (local.get 0)) (i64.const 1)))
          (func (export "user_entrypoint") (param i32) (result i32)
            (i32.wrap_i64 (call $down (i64.const 1) (i64.const 2) (i64.const 3)))))"#,
    );
    let receipt = send(&mut chain, program, []);
    assert!(!receipt.status);
    assert_eq!(receipt.gas_used, 32_000_000);
    assert!(receipt.halt_reason.unwrap().contains("stack"));
    assert_alive(&mut chain);
}

#[test]
fn pointers_out_of_bounds_are_traps() {
    let mut chain = chain();
    for body in [
        "(call $read_args (i32.const -1))",
        "(call $write_result (i32.const 65535) (i32.const 2))",
        "(call $write_result (i32.const 0) (i32.const -1))",
        "(drop (i32.load (i32.const -4)))",
        "(drop (i32.div_u (i32.const 1) (i32.const 0)))",
        "unreachable",
    ] {
        let program = deploy_wat(
            &mut chain,
            &format!(
                r#"(module
                  (import "vm_hooks" "read_args" (func $read_args (param i32)))
                  (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
                  (memory (export "memory") 1 1)
                  (func (export "user_entrypoint") (param i32) (result i32) {body} (i32.const 0)))"#
            ),
        );
        let receipt = send(&mut chain, program, vec![1, 2, 3]);
        assert!(!receipt.status, "{body}");
        assert!(receipt.output.is_empty());
        assert!(receipt.halt_reason.is_some(), "{body}");
    }
    assert_alive(&mut chain);
}

#[test]
fn what_is_not_a_program_is_not_activated() {
    let mut chain = chain();
    let from = chain.accounts()[0];
    let compressed = |wasm: &[u8]| stylus_rules::container::encode(wasm).unwrap();
    let valid = program_code(
        r#"(module (memory (export "memory") 0 0)
        (func (export "user_entrypoint") (param i32) (result i32) (i32.const 0)))"#,
    );
    let mut truncated = valid.to_vec();
    truncated.truncate(valid.len() - 3);
    // Few bytes that unfold to 16 MB of zeros.
    let bomb = compressed(&vec![0; 16_000_000]);
    assert!(bomb.len() < 1_000);
    let cases: [(&str, Bytes); 9] = [
        ("no payload", vec![0xEF, 0xF0, 0, 0].into()),
        ("unknown dictionary", vec![0xEF, 0xF0, 0, 7, 1, 2, 3].into()),
        ("garbage", [&[0xEF, 0xF0, 0, 0][..], &[0xA5; 300]].concat().into()),
        ("truncated", truncated.into()),
        ("bomb", bomb),
        ("no wasm", compressed(b"this is not WebAssembly")),
        (
            "no entry point",
            program_code(r#"(module (memory (export "memory") 0 0))"#),
        ),
        (
            "floating point",
            program_code(
                r#"(module (memory (export "memory") 0 0)
                  (func (export "user_entrypoint") (param i32) (result i32) (i32.trunc_f32_s (f32.const 1))))"#,
            ),
        ),
        (
            "unknown import",
            program_code(
                r#"(module (import "vm_hooks" "steal" (func)) (memory (export "memory") 0 0)
                  (func (export "user_entrypoint") (param i32) (result i32) (i32.const 0)))"#,
            ),
        ),
    ];
    for (what, code) in cases {
        match chain.deploy_program(from, &code) {
            Err(DeployError::Activation(receipt)) => {
                assert!(receipt.output.is_empty(), "{what}");
                // Nitro takes all gas for it.
                assert_eq!(receipt.gas_used, 32_000_000, "{what}");
                assert!(
                    receipt.halt_reason.as_ref().unwrap().contains("activation failed"),
                    "{what} {receipt:?}"
                );
            }
            other => panic!("{what}: {other:?}"),
        }
        let address = from.create(chain.nonce(from) - 2);
        assert!(!chain.code(address).is_empty(), "{what}");
        assert!(!send(&mut chain, address, []).status, "{what}");
    }
    assert_alive(&mut chain);
}

#[test]
fn random_calldata_to_every_precompile() {
    let mut chain = chain();
    let from = chain.accounts()[0];
    let mut seed: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut next = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    let selectors = [
        [0x58, 0xc7, 0x80, 0xc2],
        [0x62, 0xb6, 0x88, 0xaa],
        [0xd7, 0x0c, 0x0c, 0xa7],
        [0x2b, 0x40, 0x7a, 0x82],
    ];
    for number in (0..=0x11).chain(0x64..=0x74).chain([0xC8, 0xFF, 0x100]) {
        let precompile = Address::from_word(word(number));
        for round in 0..12 {
            let len = usize::try_from(next() % 100).unwrap();
            let mut data: Vec<u8> = (0..len).map(|_| next().to_le_bytes()[0]).collect();
            if round % 2 == 0 {
                data.splice(..0, selectors[round / 2 % 4]);
            }
            let value = U256::from(u8::from(round % 3 == 0));
            chain.send(
                Tx::call(from, precompile, data)
                    .with_value(value)
                    .with_gas_limit(3_000_000),
            );
        }
    }
    assert_alive(&mut chain);
}

/// A script of up to four steps that may call the puppets, to `depth` levels.
fn random_script(next: &mut dyn FnMut(u64) -> u64, puppets: [Address; 3], depth: u32) -> Script {
    let mut script = Script::new();
    for _ in 0..next(5) {
        script = match next(if depth == 0 { 8 } else { 12 }) {
            0 => script.store(next(3), next(3)),
            1 => script.load(next(3)),
            2 => script.transient_store(next(3), next(3)),
            3 => script.transient_load(next(3)),
            4 => script.log(next(3), next(3)),
            5 => script.reentrant().sender(),
            6 if next(4) == 0 => script.revert(),
            7 if next(4) == 0 => script.trap(),
            8..=11 => {
                let kind = pick(next, [Kind::Call, Kind::Call, Kind::Delegate, Kind::Static]);
                let to = pick(next, puppets);
                let value = next(2);
                let inner = random_script(next, puppets, depth - 1);
                script.call(kind, to, value, &inner)
            }
            _ => script.balance(puppets[0]).create(0, &initcode_for(&[0])),
        };
    }
    script
}

fn pick<T: Copy, const N: usize>(next: &mut dyn FnMut(u64) -> u64, choices: [T; N]) -> T {
    choices[usize::try_from(next(N as u64)).unwrap()]
}

#[test]
fn random_scripts_on_puppets_of_both_kinds() {
    let mut chain = chain();
    let from = chain.accounts()[0];
    let puppets = [
        evm_puppet(&mut chain),
        stylus_puppet(&mut chain),
        stylus_puppet(&mut chain),
    ];
    let mut seed: u64 = 0xD1B5_4A32_D192_ED03;
    let mut next = move |bound: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % bound
    };
    let total = |chain: &Chain| -> U256 {
        let network = alloy_primitives::address!("0xa4b0000000000000000000000000000000fee000");
        puppets
            .iter()
            .chain([&from, &network])
            .map(|&address| chain.balance(address))
            .sum()
    };
    let before = total(&chain);
    let (mut succeeded, mut failed) = (0, 0);
    for round in 0..400 {
        let script = random_script(&mut next, puppets, 4);
        let to = puppets[round % 3];
        let value = U256::from(round % 2);
        let receipt = chain.send(Tx::call(from, to, script.bytes()).with_value(value));
        assert_ne!(receipt.tx_hash, alloy_primitives::B256::ZERO);
        if receipt.status { succeeded += 1 } else { failed += 1 }
    }
    // No ether comes from nowhere or gets lost.
    assert_eq!(total(&chain), before);
    assert!(succeeded > 100 && failed > 20, "{succeeded} {failed}");
}
