//! Programs that mean harm: each ends as a failed frame, and the process goes on.

use alloy_primitives::{Address, B256, Bytes, U256};
use proptest::prelude::*;
use stylus_rules::{Limits, activate_wasm};
use stylus_vm::{CallKind, CallOutcome, CompileError, CreateOutcome, EvmApi, Outcome, Program, RunResult, WriteError};

use crate::common::{Chain, PLENTY, data, engine, host, info, program, run, run_on, run_with_ink};

/// Runs a program to which the chain's answer to running out is spelled out.
#[track_caller]
fn ends(wat: &str, gas: u64, outcome: &Outcome) -> RunResult {
    let result = run(wat, gas);
    assert_eq!(&result.outcome, outcome, "{wat}");
    result
}

fn trapped(reason: &str) -> Outcome {
    Outcome::Trap(reason.to_owned())
}

#[test]
fn loops_without_end() {
    for code in [
        "loop br 0 end",
        "loop loop br 1 end end",
        "(loop (br_table 0 0 0 (i32.const 1)))",
    ] {
        let result = ends(&program("", code), 100_000, &Outcome::OutOfInk);
        assert_eq!((result.gas_left, result.output.len()), (0, 0));
    }
    ends(
        &program("(func $f loop br 0 end)", "call $f"),
        100_000,
        &Outcome::OutOfInk,
    );
}

#[test]
fn recursion_without_end() {
    let recursion = |items: &str| ends(&program(items, "call $f"), PLENTY, &Outcome::OutOfStack);
    assert_eq!(recursion("(func $f call $f)").gas_left, 0);
    recursion("(func $f call $g) (func $g call $f)");
    recursion(
        "(table 1 funcref) (elem (i32.const 0) $f) (type $t (func)) (func $f (call_indirect (type $t) (i32.const 0)))",
    );
    // Frames of very different sizes: many locals, many operands, many parameters.
    recursion(&format!("(func $f (local {}) call $f)", "i64 ".repeat(348)));
    recursion(&format!(
        "(func $f {} call $f {})",
        "i64.const 1 ".repeat(4_000),
        "drop ".repeat(4_000)
    ));
    let parameters = "i64 ".repeat(900);
    let arguments = "i64.const 1 ".repeat(900);
    recursion(&format!(
        "(func $g (param {parameters}) {arguments} call $g) (func $f {arguments} call $g)"
    ));
    recursion(&format!(
        "(func $f {} call $f {})",
        "block ".repeat(100),
        "end ".repeat(100)
    ));
    // Without ink, the stack does not matter.
    ends(&program("(func $f call $f)", "call $f"), 100, &Outcome::OutOfInk);
}

#[test]
fn the_last_word_of_stack_decides() {
    // Every frame here takes 6 words: two operands and 4. 22,000 hold the entry point and 3,665 frames, since at least one
    // word must remain: 22,000 - 6 * 3,666 = 4.
    let down = |frames: u32| {
        program(
            "(func $down (param i32) (if (local.get 0) (then (call $down (i32.sub (local.get 0) (i32.const 1))))))",
            &format!("i32.const {} call $down", frames - 1),
        )
    };
    ends(&down(3_665), PLENTY, &Outcome::Success);
    ends(&down(3_666), PLENTY, &Outcome::OutOfStack);
}

#[test]
fn stack_is_given_back_by_returning_only() {
    // Ten thousand calls, one after the other.
    let often = |body: &str| {
        program(
            &format!("(func $f {body})"),
            "(loop (call $f) (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 10000))))",
        )
    };
    ends(&often("nop"), PLENTY, &Outcome::Success);
    ends(&often("return"), PLENTY, &Outcome::Success);
    // A branch to the outermost label leaves without giving back, as on the chain.
    ends(&often("br 0"), PLENTY, &Outcome::OutOfStack);
}

#[test]
fn traps() {
    for (code, reason) in [
        ("unreachable", "unreachable"),
        ("i32.const 65536 i32.load8_u drop", "out of bounds memory access"),
        ("i32.const 65533 i32.const 1 i32.store", "out of bounds memory access"),
        (
            "i32.const -1 i64.load offset=4294967295 drop",
            "out of bounds memory access",
        ),
        (
            "i32.const 65536 i32.const 1 i32.const 1 memory.fill",
            "out of bounds memory access",
        ),
        (
            "i32.const 0 i32.const -1 i32.const 2 memory.copy",
            "out of bounds memory access",
        ),
        ("i32.const 1 i32.const 0 i32.div_u drop", "integer divide by zero"),
        ("i64.const 1 i64.const 0 i64.rem_s drop", "integer divide by zero"),
        ("i32.const 0x80000000 i32.const -1 i32.div_s drop", "integer overflow"),
    ] {
        let result = ends(&program("", code), 10_000, &trapped(reason));
        // The rest goes back to the caller.
        assert!(result.gas_left > 9_990, "{code}");
    }
    let table = "(table 2 funcref) (elem (i32.const 0) $f) (type $t (func)) (type $other (func (param i64))) (func $f)";
    for (code, reason) in [
        (
            "i32.const 2 call_indirect (type $t)",
            "undefined element: out of bounds table access",
        ),
        ("i32.const 1 call_indirect (type $t)", "uninitialized element"),
        (
            "i64.const 1 i32.const 0 call_indirect (type $other)",
            "indirect call type mismatch",
        ),
    ] {
        ends(&program(table, code), 10_000, &trapped(reason));
    }
}

/// A program whose memory may grow.
fn growing(code: &str) -> String {
    program(&host("pay_for_memory_grow"), code).replace("(export \"memory\") 1 1", "(export \"memory\") 1 4")
}

#[test]
fn growth_is_paid_and_bounded() {
    let mut chain = Chain::default();
    // Within the maximum, beyond it, and touching what was added: the result of `memory.grow` is the old size or -1.
    let code = "i32.const 2 memory.grow i32.const 1 i32.ne if unreachable end
        i32.const 131072 i32.const 7 i32.store
        i32.const 2 memory.grow i32.const -1 i32.ne if unreachable end
        memory.size i32.const 3 i32.ne if unreachable end";
    let result = run_on(&growing(code), &[], &mut chain, 100_000);
    assert_eq!(result.outcome, Outcome::Success);
    // Paid even when it failed.
    assert_eq!(chain.pages, [2, 2]);
    assert!(result.gas_left < 100_000 - 4_000);
}

#[test]
fn growth_without_end() {
    ends(
        &growing("loop i32.const 1 memory.grow drop br 0 end"),
        10_000,
        &Outcome::OutOfInk,
    );
    ends(&growing("i32.const -1 memory.grow drop"), 10_000, &Outcome::OutOfInk);
}

#[test]
fn growth_beyond_the_limit_is_neither_free_nor_granted() {
    // No pages at the start and no maximum; the least maximum that includes the limit; one above it.
    for declared in ["0", "0 128", "0 65536"] {
        let memory = format!("(export \"memory\") {declared}");
        let growing =
            |code: &str| program(&host("pay_for_memory_grow"), code).replace("(export \"memory\") 1 1", &memory);
        for pages in [65_535, 65_536, 65_537, u32::MAX] {
            let mut chain = Chain::default();
            let code = format!("i32.const {pages} memory.grow i32.const -1 i32.ne if unreachable end");
            let wat = growing(&code);
            // 65,535 pages at 1,000 gas, if there is a chain on which somebody has that much: still refused.
            let result = run_on(&wat, &[], &mut chain, 70_000_000);
            assert_eq!(result.outcome, Outcome::Success, "{declared} {pages}");
            assert_eq!(chain.pages, [65_535], "{declared} {pages}");
            assert!(result.gas_left < 70_000_000 - 65_535_000, "{declared} {pages}");
            assert_eq!(run_on(&wat, &[], &mut chain, 65_535_000).outcome, Outcome::OutOfInk);
        }
        // 128 pages are the limit; the 129th is refused.
        let code = "i32.const 128 memory.grow if unreachable end
            i32.const 8388604 i32.const 7 i32.store
            i32.const 1 memory.grow i32.const -1 i32.ne if unreachable end
            memory.size i32.const 128 i32.ne if unreachable end";
        ends(&growing(code), 1_000_000, &Outcome::Success);
    }
}

#[test]
fn every_ink_short_of_enough_fails_the_same_way() {
    let wat = program(
        "(func $f (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))",
        "(if (call $f (i32.const 2)) (then (memory.fill (i32.const 0) (i32.const 1) (i32.const 3))))",
    );
    let needed = u64::MAX - run_with_ink(&wat, u64::MAX).ink_left;
    for ink in (0..needed).step_by(97).chain([needed - 1]) {
        let result = run_with_ink(&wat, ink);
        assert_eq!((result.outcome, result.ink_left), (Outcome::OutOfInk, 0), "{ink}");
    }
    assert_eq!(run_with_ink(&wat, needed).outcome, Outcome::Success);
}

/// A chain on which every call runs the same program again, one deeper.
struct Nest<'a> {
    program: &'a Program,
    left: usize,
    innermost: Option<RunResult>,
}

impl EvmApi for Nest<'_> {
    fn call(&mut self, _: CallKind, _: Address, input: &[u8], _: U256, gas_left: u64, _: u64) -> CallOutcome {
        if self.left == 0 {
            return CallOutcome {
                success: false,
                return_data: Bytes::new(),
                gas_cost: 0,
            };
        }
        self.left -= 1;
        let input = input.to_vec();
        let program = self.program;
        let gas = gas_left - gas_left / 64;
        let result = engine().run(program, &input, &data(), self, gas);
        let outcome = CallOutcome {
            success: result.outcome == Outcome::Success,
            return_data: result.output.clone().into(),
            gas_cost: gas - result.gas_left,
        };
        self.innermost.get_or_insert(result);
        outcome
    }

    fn storage_load(&mut self, _: B256) -> (B256, u64) {
        (B256::ZERO, 0)
    }

    fn storage_store(&mut self, _: &[(B256, B256)], _: u64) -> (u64, Result<(), WriteError>) {
        (0, Ok(()))
    }

    fn transient_load(&mut self, _: B256) -> B256 {
        B256::ZERO
    }

    fn transient_store(&mut self, _: B256, _: B256) -> Result<(), WriteError> {
        Ok(())
    }

    fn create(&mut self, _: &[u8], _: U256, _: Option<B256>, _: u64) -> CreateOutcome {
        CreateOutcome {
            address: None,
            return_data: Bytes::new(),
            gas_cost: 0,
        }
    }

    fn emit_log(&mut self, _: &[B256], _: Bytes) -> Result<(), WriteError> {
        Ok(())
    }

    fn account_balance(&mut self, _: Address) -> (U256, u64) {
        (U256::ZERO, 0)
    }

    fn account_code(&mut self, _: Address, _: u64) -> (Bytes, u64) {
        (Bytes::new(), 0)
    }

    fn account_code_hash(&mut self, _: Address) -> (B256, u64) {
        (B256::ZERO, 0)
    }

    fn add_pages(&mut self, _: u16) -> u64 {
        0
    }
}

const CALL: &str = "i32.const 0 i32.const 0 i32.const 0 i32.const 0 i64.const -1 i32.const 64 call $call_contract";

fn nested(code: &str, depth: usize) -> (RunResult, RunResult) {
    let wat = program(&host("call_contract"), code);
    let program = engine().compile(&info(&wat)).unwrap();
    let mut nest = Nest {
        program: &program,
        left: depth,
        innermost: None,
    };
    let result = engine().run(&program, &[], &data(), &mut nest, 1 << 40);
    assert_eq!(nest.left, 0);
    (result, nest.innermost.unwrap())
}

#[test]
fn programs_call_programs_to_the_limit_of_the_chain() {
    let (outermost, innermost) = nested(&format!("{CALL} drop"), 1_023);
    assert_eq!(
        (outermost.outcome, innermost.outcome),
        (Outcome::Success, Outcome::Success)
    );
}

#[test]
fn nested_failures_stay_inside() {
    // The innermost call is refused (2), and the frame around it traps; every frame around that goes on.
    let trapping = format!("{CALL} if {} end", "unreachable");
    let (outermost, innermost) = nested(&trapping, 1);
    assert_eq!(
        (outermost.outcome, innermost.outcome),
        (trapped("unreachable"), trapped("unreachable"))
    );
    let recursing = format!("{CALL} drop call $recurse");
    let wat = program(&(host("call_contract") + "(func $recurse call $recurse)"), &recursing);
    let program = engine().compile(&info(&wat)).unwrap();
    let mut nest = Nest {
        program: &program,
        left: 200,
        innermost: None,
    };
    let result = engine().run(&program, &[], &data(), &mut nest, 1 << 40);
    assert_eq!(
        (result.outcome, nest.innermost.unwrap().outcome),
        (Outcome::OutOfStack, Outcome::OutOfStack)
    );
}

#[test]
fn threads_run_programs_at_once() {
    let wat = program("(func $f call $f)", "call $f");
    let program = engine().compile(&info(&wat)).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20 {
                    let result = engine().run(&program, &[], &data(), &mut Chain::default(), PLENTY);
                    assert_eq!(result.outcome, Outcome::OutOfStack);
                }
            });
        }
    });
}

#[test]
fn what_was_not_activated_is_not_compiled() {
    let mut broken = info(&program("", ""));
    broken.wasm = Bytes::from_static(b"\0asm\x01\0\0\0 and nothing that follows from it");
    broken.module_hash = B256::repeat_byte(1);
    assert!(matches!(engine().compile(&broken), Err(CompileError::Activation(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// A damaged module is refused, or runs within its ink; most damage hits the code.
    #[test]
    fn damaged_programs_never_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let wat = growing(
            "(block (loop (br_if 1 (i32.gt_u (local.get 0) (i32.const 9)))
                (i32.store (local.get 0) (i32.load offset=4 (local.get 0)))
                (local.set 0 (i32.add (local.get 0) (i32.const 3))) (br 0)))
            (memory.copy (i32.const 0) (i32.const 8) (i32.const 8))
            (block (block (br_table 0 1 (local.get 0))))
            (drop (memory.grow (i32.const 1)))
            (drop (i64.div_u (i64.const 100) (i64.extend_i32_u (local.get 0))))",
        );
        let mut module = wat::parse_str(wat).unwrap();
        // Behind types, imports and exports, which any damage makes invalid.
        let code = module.len() / 2;
        for (index, byte) in changes {
            let index = code + index.index(module.len() - code);
            module[index] = byte;
        }
        if let Ok(info) = activate_wasm(module.into(), Limits::default()) {
            let program = engine().compile(&info);
            prop_assert!(program.is_ok(), "{program:?}");
            engine().run(&program.unwrap(), &[1, 2, 3], &data(), &mut Chain::default(), 10_000);
        }
    }
}
