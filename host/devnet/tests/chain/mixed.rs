//! Programs and EVM contracts calling each other.

use alloy_primitives::{Address, U256};
use devnet::{Chain, Tx, initcode_for};

use crate::support::{
    Kind, Script, address_word, assemble, chain, deploy_evm, deploy_wat, evm_puppet, play, send, stylus_puppet, word,
    words,
};

/// A chain with two puppets of each kind.
struct Stage {
    chain: Chain,
    evm: [Address; 2],
    stylus: [Address; 2],
}

fn stage() -> Stage {
    let mut chain = chain();
    let evm = [evm_puppet(&mut chain), evm_puppet(&mut chain)];
    let stylus = [stylus_puppet(&mut chain), stylus_puppet(&mut chain)];
    Stage { chain, evm, stylus }
}

/// Every puppet of a stage as the outer one with one of the other kind as the inner one.
fn pairs(stage: &Stage) -> [(Address, Address); 4] {
    let ([e0, e1], [s0, s1]) = (stage.evm, stage.stylus);
    [(e0, s0), (s0, e0), (s0, s1), (e0, e1)]
}

fn slot(chain: &Chain, address: Address, key: u64) -> u64 {
    chain.storage_at(address, U256::from(key)).to()
}

#[test]
fn the_puppets_do_the_same() {
    let Stage { mut chain, evm, stylus } = stage();
    let from = chain.accounts()[0];
    for puppet in [evm[0], stylus[0]] {
        let script = Script::new()
            .store(1, 11)
            .load(1)
            .load(2)
            .transient_store(1, 12)
            .transient_load(1)
            .sender()
            .this()
            .log(5, 6)
            .balance(stylus[1]);
        chain.set_balance(stylus[1], U256::from(99));
        let receipt = send(&mut chain, puppet, script.bytes());
        let expected = [
            word(11),
            word(0),
            word(12),
            address_word(from),
            address_word(puppet),
            word(99),
        ];
        assert_eq!(words(&receipt.output), expected);
        let log = &receipt.logs[0];
        assert_eq!(
            (log.address, log.topics()[0], &log.data.data[..]),
            (puppet, word(5), word(6).as_slice())
        );
        assert_eq!(slot(&chain, puppet, 1), 11);
        // Transient storage ends with the transaction.
        assert_eq!(play(&mut chain, puppet, &Script::new().transient_load(1)), [word(0)]);
    }
}

#[test]
fn calls_switch_the_account() {
    let mut stage = stage();
    for (outer, inner) in pairs(&stage) {
        let work = Script::new().sender().this().value().store(7, 70).load(7);
        let result = play(
            &mut stage.chain,
            outer,
            &Script::new().call(Kind::Call, inner, 0, &work).load(7),
        );
        let expected = [
            word(1),
            address_word(outer),
            address_word(inner),
            word(0),
            word(70),
            word(0),
        ];
        assert_eq!(result, expected);
        assert_eq!((slot(&stage.chain, outer, 7), slot(&stage.chain, inner, 7)), (0, 70));
        play(&mut stage.chain, inner, &Script::new().store(7, 0));
    }
}

#[test]
fn delegatecalls_keep_the_account_the_sender_and_the_value() {
    let mut stage = stage();
    let from = stage.chain.accounts()[0];
    for (outer, inner) in pairs(&stage) {
        let work = Script::new().sender().this().value().store(8, 80).log(1, 2);
        let script = Script::new().call(Kind::Delegate, inner, 0, &work).load(8);
        let receipt = stage
            .chain
            .send(Tx::call(from, outer, script.bytes()).with_value(U256::from(3)));
        let expected = [word(1), address_word(from), address_word(outer), word(3), word(80)];
        assert_eq!(words(&receipt.output), expected);
        assert_eq!(receipt.logs[0].address, outer);
        assert_eq!((slot(&stage.chain, outer, 8), slot(&stage.chain, inner, 8)), (80, 0));
        play(&mut stage.chain, outer, &Script::new().store(8, 0));
    }
}

#[test]
fn four_worlds_deep_and_back() {
    let Stage {
        mut chain,
        evm: [e0, e1],
        stylus: [s0, s1],
    } = stage();
    let innermost = Script::new().sender().store(1, 4).log(4, 4);
    let third = Script::new()
        .sender()
        .store(1, 3)
        .call(Kind::Call, s1, 0, &innermost)
        .log(3, 3);
    let second = Script::new()
        .sender()
        .store(1, 2)
        .call(Kind::Call, e1, 0, &third)
        .log(2, 2);
    let first = Script::new().store(1, 1).call(Kind::Call, s0, 0, &second).log(1, 1);
    let receipt = send(&mut chain, e0, first.bytes());
    let expected = [
        word(1),
        address_word(e0),
        word(1),
        address_word(s0),
        word(1),
        address_word(e1),
    ];
    assert_eq!(words(&receipt.output), expected);
    assert_eq!([e0, s0, e1, s1].map(|puppet| slot(&chain, puppet, 1)), [1, 2, 3, 4]);
    let emitters: Vec<_> = receipt.logs.iter().map(|log| log.address).collect();
    assert_eq!(emitters, [s1, e1, s0, e0]);
}

#[test]
fn a_nested_revert_undoes_what_was_below_it_and_nothing_else() {
    let mut stage = stage();
    for (outer, inner) in pairs(&stage) {
        let [helper, _] = stage.stylus;
        let helper = if helper == inner || helper == outer {
            stage.stylus[1]
        } else {
            helper
        };
        if helper == inner || helper == outer {
            continue;
        }
        let deepest = Script::new().store(1, 3).transient_store(1, 3).log(3, 3);
        let doomed = Script::new()
            .store(1, 2)
            .transient_store(1, 2)
            .log(2, 2)
            .call(Kind::Call, helper, 5, &deepest)
            .load(1)
            .revert();
        let script = Script::new()
            .store(1, 1)
            .transient_store(1, 1)
            .log(1, 1)
            .call(Kind::Call, inner, 10, &doomed)
            .load(1)
            .transient_load(1)
            .call(Kind::Call, inner, 0, &Script::new().load(1).transient_load(1))
            .call(Kind::Call, helper, 0, &Script::new().load(1).transient_load(1));
        let from = stage.chain.accounts()[0];
        let before = [outer, inner, helper].map(|puppet| stage.chain.balance(puppet));
        let receipt = stage
            .chain
            .send(Tx::call(from, outer, script.bytes()).with_value(U256::from(10)));
        assert!(receipt.status, "{receipt:?}");
        // The doomed call failed with its data: the helper's success, then its own slot.
        let expected = [0, 1, 2, 1, 1, 1, 0, 0, 1, 0, 0].map(word);
        assert_eq!(words(&receipt.output), expected);
        assert_eq!(receipt.logs.len(), 1);
        let after = [outer, inner, helper].map(|puppet| stage.chain.balance(puppet));
        assert_eq!(after, [before[0] + U256::from(10), before[1], before[2]]);
        play(&mut stage.chain, outer, &Script::new().store(1, 0));
    }
}

#[test]
fn a_trap_is_a_failed_call_without_data() {
    let mut stage = stage();
    for (outer, inner) in pairs(&stage) {
        let doomed = Script::new().store(1, 1).load(1).trap();
        let script = Script::new().call(Kind::Call, inner, 0, &doomed).load(9);
        assert_eq!(play(&mut stage.chain, outer, &script), [word(0), word(0)]);
        assert_eq!(slot(&stage.chain, inner, 1), 0);
    }
}

#[test]
fn a_failure_that_was_handled_explains_nothing() {
    let mut chain = chain();
    let traps = deploy_wat(
        &mut chain,
        r#"(module (memory (export "memory") 0 0)
          (func (export "user_entrypoint") (param i32) (result i32) unreachable))"#,
    );
    // Reverts with the status of its call: without a word of its own.
    let passes_on = deploy_wat(
        &mut chain,
        &format!(
            r#"(module
              (import "vm_hooks" "call_contract" (func $call (param i32 i32 i32 i32 i64 i32) (result i32)))
              (memory (export "memory") 1 1)
              (data (i32.const 0) "{}")
              (func (export "user_entrypoint") (param i32) (result i32)
                (call $call (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 100) (i64.const -1) (i32.const 200))))"#,
            traps.into_array().map(|byte| format!("\\{byte:02x}")).concat()
        ),
    );
    // Calls each address in turn, then ends.
    let mut contract = |callees: &[Address], end: &str| {
        let call = |to: &Address| format!("PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 {to} GAS CALL POP ");
        let calls: String = callees.iter().map(call).collect();
        deploy_evm(&mut chain, &(calls + end))
    };
    let reverts = "PUSH0 PUSH0 REVERT";
    let fine = contract(&[], "STOP");
    let silent = contract(&[], reverts);
    let copes = contract(&[traps], "STOP");
    let speaks = contract(&[traps], "0x1 PUSH0 REVERT");
    let precompile = Address::from_word(word(0x71));
    let cases = [
        (contract(&[traps], reverts), Some("program trapped: unreachable")),
        (contract(&[passes_on], reverts), Some("program trapped: unreachable")),
        (contract(&[fine, traps], reverts), Some("program trapped: unreachable")),
        (
            contract(&[precompile], reverts),
            Some("precompile call refused: unknown function or arguments"),
        ),
        (contract(&[traps, fine], reverts), None),
        (contract(&[traps, silent], reverts), None),
        (contract(&[traps, Address::with_last_byte(4)], reverts), None),
        (contract(&[precompile, fine], reverts), None),
        (contract(&[copes], reverts), None),
        (contract(&[speaks], reverts), None),
        (contract(&[traps, traps], "STOP"), None),
    ];
    for (number, (outer, reason)) in cases.into_iter().enumerate() {
        let receipt = send(&mut chain, outer, []);
        assert_eq!(receipt.halt_reason.as_deref(), reason, "case {number}");
        assert_eq!(receipt.status, number == 10, "case {number}");
    }
}

/// Reads and writes its storage around nested calls that do the same. Calldata: nothing to write 9 to slot 0, a byte to
/// return slot 1, or how to call (0 by delegatecall) and whom for the first and for the second.
const CACHING: &str = r#"(module
  (import "vm_hooks" "read_args" (func $read_args (param i32)))
  (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
  (import "vm_hooks" "storage_load_bytes32" (func $load (param i32 i32)))
  (import "vm_hooks" "storage_cache_bytes32" (func $cache (param i32 i32)))
  (import "vm_hooks" "storage_flush_cache" (func $flush (param i32)))
  (import "vm_hooks" "call_contract" (func $call (param i32 i32 i32 i32 i64 i32) (result i32)))
  (import "vm_hooks" "delegate_call_contract" (func $delegate (param i32 i32 i32 i64 i32) (result i32)))
  (import "vm_hooks" "read_return_data" (func $read_return_data (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1 1)
  ;; Keys 0 and 1 at 0 and 32, values 9 and 5 at 64 and 96, the arguments from 128, zero at 256, results from 512.
  (data (i32.const 63) "\01") (data (i32.const 95) "\09") (data (i32.const 127) "\05")
  (func $ask (param $to i32) (param $len i32)
    (if (i32.load8_u (i32.const 128))
      (then (if (call $call (local.get $to) (i32.const 0) (local.get $len) (i32.const 256) (i64.const -1) (i32.const 300))
        (then unreachable)))
      (else (if (call $delegate (local.get $to) (i32.const 0) (local.get $len) (i64.const -1) (i32.const 300))
        (then unreachable)))))
  (func $read (param $to i32)
    (call $ask (i32.const 149) (i32.const 1))
    (drop (call $read_return_data (local.get $to) (i32.const 0) (i32.const 32))))
  (func (export "user_entrypoint") (param $size i32) (result i32)
    (call $read_args (i32.const 128))
    (if (i32.eqz (local.get $size)) (then
      (call $cache (i32.const 0) (i32.const 64)) (call $flush (i32.const 0)) (return (i32.const 0))))
    (if (i32.eq (local.get $size) (i32.const 1)) (then
      (call $load (i32.const 32) (i32.const 512)) (call $write_result (i32.const 512) (i32.const 32))
      (return (i32.const 0))))
    (call $load (i32.const 0) (i32.const 512))
    (call $ask (i32.const 129) (i32.const 0))
    (call $load (i32.const 0) (i32.const 544))
    (call $flush (i32.const 1))
    (call $load (i32.const 0) (i32.const 576))
    (call $cache (i32.const 32) (i32.const 96))
    (call $read (i32.const 608))
    (call $load (i32.const 32) (i32.const 640))
    (call $flush (i32.const 0))
    (call $read (i32.const 672))
    (call $write_result (i32.const 512) (i32.const 192))
    (i32.const 0)))"#;

#[test]
fn the_storage_cache_belongs_to_the_frame() {
    let mut chain = chain();
    let program = deploy_wat(&mut chain, CACHING);
    let writes = deploy_evm(&mut chain, "0x9 PUSH0 SSTORE");
    let reads = deploy_evm(&mut chain, "0x1 SLOAD PUSH0 MSTORE 0x20 PUSH0 RETURN");
    // The program by delegatecall and re-entered, and EVM code on its storage.
    for (kind, [writer, reader]) in [(0, [program; 2]), (1, [program; 2]), (0, [writes, reads])] {
        chain.set_storage_at(program, U256::ZERO, U256::from(7));
        chain.set_storage_at(program, U256::from(1), U256::ZERO);
        let data = [&[kind][..], writer.as_slice(), reader.as_slice()].concat();
        let receipt = send(&mut chain, program, data);
        assert!(receipt.status, "{receipt:?}");
        // Slot 0 as loaded; stale after the callee wrote it; fresh once the cache is cleared. Slot 1, written and not
        // flushed: not seen by the callee, but by the frame; flushed: seen by the callee.
        assert_eq!(words(&receipt.output), [7, 7, 9, 0, 5, 5].map(word), "{kind} {writer}");
        assert_eq!((slot(&chain, program, 0), slot(&chain, program, 1)), (9, 5));
    }
}

#[test]
fn value_goes_both_ways() {
    let mut stage = stage();
    let from = stage.chain.accounts()[0];
    for (outer, inner) in pairs(&stage) {
        let before = (stage.chain.balance(outer), stage.chain.balance(inner));
        // The inner one sends 4 of the 10 back.
        let back = Script::new().value().call(Kind::Call, outer, 4, &Script::new().value());
        let script = Script::new().call(Kind::Call, inner, 10, &back);
        let receipt = stage
            .chain
            .send(Tx::call(from, outer, script.bytes()).with_value(U256::from(15)));
        assert_eq!(words(&receipt.output), [1, 10, 1, 4].map(word));
        assert_eq!(stage.chain.balance(outer) - before.0, U256::from(9));
        assert_eq!(stage.chain.balance(inner) - before.1, U256::from(6));
        // More than there is: the call fails, the caller goes on.
        let script = Script::new().call(Kind::Call, inner, 1_000_000, &Script::new()).load(5);
        assert_eq!(play(&mut stage.chain, outer, &script), [word(0), word(0)]);
    }
}

#[test]
fn static_calls_protect_the_state_through_both_worlds() {
    let mut stage = stage();
    let from = stage.chain.accounts()[0];
    for (outer, inner) in pairs(&stage) {
        stage.chain.set_balance(inner, U256::from(5));
        let writes = [
            Script::new().store(2, 2),
            Script::new().transient_store(2, 2),
            Script::new().log(2, 2),
            Script::new().create(0, &initcode_for(&[0])),
            Script::new().call(Kind::Call, from, 1, &Script::new()),
        ];
        for (index, write) in writes.iter().enumerate() {
            let failed = Script::new().call(Kind::Static, inner, 0, write);
            let result = play(&mut stage.chain, outer, &failed);
            // The EVM and Nitro agree but on the last: a payment inside a static call ends an EVM contract and is a
            // failed call to a program.
            let program_pays = index == 4 && stage.stylus.contains(&inner);
            let expected = if program_pays {
                vec![word(1), word(0)]
            } else {
                vec![word(0)]
            };
            assert_eq!(result, expected, "{index} {outer} {inner}");
            // The protection goes on below a plain call and a delegatecall.
            if index < 2 {
                for kind in [Kind::Call, Kind::Delegate] {
                    let deeper = Script::new().call(Kind::Static, inner, 0, &Script::new().call(kind, outer, 0, write));
                    assert_eq!(play(&mut stage.chain, outer, &deeper), [word(1), word(0)], "{index}");
                }
            }
        }
        assert_eq!(slot(&stage.chain, inner, 2) + slot(&stage.chain, outer, 2), 0);
        let read = Script::new().call(Kind::Static, inner, 0, &Script::new().load(2));
        assert_eq!(play(&mut stage.chain, outer, &read), [word(1), word(0)]);
    }
}

#[test]
fn reentrancy_counts_frames_but_not_delegatecalls() {
    let Stage {
        mut chain,
        evm: [e0, _],
        stylus: [s0, s1],
    } = stage();
    let ask = Script::new().reentrant();
    assert_eq!(play(&mut chain, s0, &ask), [word(0)]);
    // Back into the same program, directly and through an EVM contract and another program.
    let direct = Script::new().call(Kind::Call, s0, 0, &ask).reentrant();
    assert_eq!(play(&mut chain, s0, &direct), [1, 1, 0].map(word));
    let round = Script::new().call(Kind::Call, e0, 0, &Script::new().call(Kind::Call, s0, 0, &ask));
    assert_eq!(play(&mut chain, s0, &round), [1, 1, 1].map(word));
    let round = Script::new().call(Kind::Static, s1, 0, &Script::new().call(Kind::Call, s0, 0, &ask));
    assert_eq!(play(&mut chain, s0, &round), [1, 1, 1].map(word));
    // A delegatecall runs as the account that is open already, once.
    let delegate = Script::new().call(Kind::Delegate, s1, 0, &ask);
    assert_eq!(play(&mut chain, s0, &delegate), [1, 0].map(word));
    let delegate = Script::new().call(Kind::Delegate, s0, 0, &ask);
    assert_eq!(play(&mut chain, s0, &delegate), [1, 0].map(word));
    // In a delegatecall below a re-entry the account is open twice.
    let both = Script::new().call(Kind::Call, s0, 0, &Script::new().call(Kind::Delegate, s1, 0, &ask));
    assert_eq!(play(&mut chain, s0, &both), [1, 1, 1].map(word));
    // A frame that has ended does not count.
    let twice = Script::new()
        .call(Kind::Call, s1, 0, &ask)
        .call(Kind::Call, s1, 0, &ask);
    assert_eq!(play(&mut chain, s0, &twice), [1, 0, 1, 0].map(word));
    // Delegated to by an EVM contract, the program asks for that contract's account.
    let for_evm = Script::new().call(Kind::Delegate, s0, 0, &ask);
    assert_eq!(play(&mut chain, e0, &for_evm), [1, 0].map(word));
    let again = Script::new().call(Kind::Call, e0, 0, &for_evm);
    assert_eq!(play(&mut chain, e0, &again), [1, 1, 1].map(word));
}

#[test]
fn both_kinds_create_contracts() {
    let Stage { mut chain, evm, stylus } = stage();
    let code = assemble("0x2a PUSH0 MSTORE 0x20 PUSH0 RETURN");
    for creator in [evm[0], stylus[0]] {
        let nonce = chain.nonce(creator);
        chain.set_balance(creator, U256::from(20));
        let result = play(&mut chain, creator, &Script::new().create(8, &initcode_for(&code)));
        let created = creator.create(nonce);
        assert_eq!(result, [address_word(created)]);
        assert_eq!(chain.code(created), code);
        assert_eq!(chain.balance(created), U256::from(8));
        assert_eq!(chain.nonce(creator), nonce + 1);
        assert_eq!(play(&mut chain, created, &Script::new()), [word(42)]);
        // A failed creation: the zero address, the revert data, the nonce used up, the endowment back.
        let failing = assemble("0x7 PUSH0 MSTORE 0x20 PUSH0 REVERT");
        assert_eq!(
            play(&mut chain, creator, &Script::new().create(8, &failing)),
            [word(0), word(7)]
        );
        assert_eq!(
            (chain.nonce(creator), chain.balance(creator)),
            (nonce + 2, U256::from(12))
        );
        // Without the means: no nonce used.
        assert_eq!(
            play(&mut chain, creator, &Script::new().create(1_000, &failing)),
            [word(0)]
        );
        assert_eq!(chain.nonce(creator), nonce + 2);
        // A program can be created but has to be activated before it runs.
        let inactive = Script::new().create(0, &initcode_for(&[0xEF, 0xF0, 0, 0, 1]));
        let result = play(&mut chain, creator, &inactive);
        assert_eq!(result, [address_word(creator.create(nonce + 2))]);
        let reserved = Script::new().create(0, &initcode_for(&[0xEF, 0xF1, 0, 0, 1]));
        assert_eq!(play(&mut chain, creator, &reserved), [word(0)]);
    }
}

#[test]
fn create2_by_a_program() {
    let mut chain = chain();
    // Calldata: salt, then initcode. Returns the address.
    let factory = deploy_wat(
        &mut chain,
        r#"(module
          (import "vm_hooks" "read_args" (func $read_args (param i32)))
          (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
          (import "vm_hooks" "create2" (func $create2 (param i32 i32 i32 i32 i32 i32)))
          (memory (export "memory") 1 1)
          (func (export "user_entrypoint") (param $size i32) (result i32)
            (call $read_args (i32.const 0))
            (call $create2 (i32.const 32) (i32.sub (local.get $size) (i32.const 32))
              (i32.const 40000) (i32.const 0) (i32.const 50000) (i32.const 50020))
            (call $write_result (i32.const 50000) (i32.const 24))
            (i32.const 0)))"#,
    );
    let initcode = initcode_for(&assemble("0x1 PUSH0 SSTORE"));
    let data = [word(5).as_slice(), &initcode].concat();
    let receipt = send(&mut chain, factory, data.clone());
    let expected = factory.create2_from_code(word(5), &initcode);
    assert_eq!(receipt.output[..20], expected[..]);
    assert!(!chain.code(expected).is_empty());
    // A second time the address is taken.
    let receipt = send(&mut chain, factory, data);
    assert_eq!(receipt.output[..], [0; 24]);
}

#[test]
fn calls_reach_what_is_no_contract() {
    let mut stage = stage();
    let nobody = Address::repeat_byte(0xAA);
    let identity = Address::with_last_byte(4);
    for puppet in [stage.evm[0], stage.stylus[0]] {
        let script = Script::new()
            .call(Kind::Call, nobody, 0, &Script::new().load(1))
            .call(Kind::Delegate, nobody, 0, &Script::new())
            .call(Kind::Static, identity, 0, &Script::new().load(0xBEEF));
        let receipt = send(&mut stage.chain, puppet, script.bytes());
        // The identity precompile returns the 33 bytes of the script.
        let data = &receipt.output[96..];
        assert_eq!(words(&receipt.output[..96]), [1, 1, 1].map(word));
        assert_eq!(data, &Script::new().load(0xBEEF).bytes()[..]);
    }
}

#[test]
fn a_program_runs_for_an_account_that_delegated_to_it() {
    let Stage {
        mut chain,
        stylus: [s0, _],
        evm: [e0, _],
    } = stage();
    let account = Address::repeat_byte(0xDD);
    chain.set_code(account, [&[0xEF, 0x01, 0x00], s0.as_slice()].concat());
    let script = Script::new().this().store(1, 5);
    assert_eq!(play(&mut chain, account, &script), [address_word(account)]);
    let through = Script::new().call(Kind::Call, account, 0, &script);
    for puppet in [e0, s0] {
        assert_eq!(play(&mut chain, puppet, &through), [word(1), address_word(account)]);
    }
    assert_eq!((slot(&chain, account, 1), slot(&chain, s0, 1)), (5, 0));
}

#[test]
fn the_block_as_programs_see_it() {
    let mut chain = chain();
    let program = deploy_wat(
        &mut chain,
        r#"(module
          (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
          (import "vm_hooks" "block_number" (func $number (result i64)))
          (import "vm_hooks" "block_timestamp" (func $timestamp (result i64)))
          (import "vm_hooks" "chainid" (func $chainid (result i64)))
          (import "vm_hooks" "tx_gas_price" (func $price (param i32)))
          (import "vm_hooks" "tx_origin" (func $origin (param i32)))
          (memory (export "memory") 1 1)
          (func (export "user_entrypoint") (param i32) (result i32)
            (i64.store (i32.const 0) (call $number))
            (i64.store (i32.const 8) (call $timestamp))
            (i64.store (i32.const 16) (call $chainid))
            (call $price (i32.const 24))
            (call $origin (i32.const 56))
            (call $write_result (i32.const 0) (i32.const 76))
            (i32.const 0)))"#,
    );
    let contract = deploy_evm(
        &mut chain,
        "NUMBER PUSH0 MSTORE TIMESTAMP 0x20 MSTORE 0x40 PUSH0 RETURN",
    );
    // A day is 7,200 blocks of L1.
    chain.increase_time(86_400);
    let seen = send(&mut chain, program, []).output;
    let number = u64::from_le_bytes(seen[..8].try_into().unwrap());
    assert_eq!(number, 20_007_200);
    assert_eq!(u64::from_le_bytes(seen[8..16].try_into().unwrap()), chain.timestamp());
    assert_eq!(u64::from_le_bytes(seen[16..24].try_into().unwrap()), 412_346);
    assert_eq!(seen[24..56], *word(100_000_000));
    assert_eq!(seen[56..], chain.accounts()[0][..]);
    let seen = send(&mut chain, contract, []).output;
    assert_eq!(words(&seen), [word(number), word(chain.timestamp())]);
}
