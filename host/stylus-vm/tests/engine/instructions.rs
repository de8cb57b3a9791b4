//! The ink of instructions. An entry point that does nothing costs 2,452: the check of its one block, the constant that
//! it returns, and its `end`.

use stylus_vm::Outcome;

use crate::common::{Chain, ink_used, program, run, run_with_ink};

const EMPTY: u64 = 2_450 + 1 + 1;

const ITEMS: &str = r"(table 2 funcref) (elem (i32.const 0) $nullary $ternary)
    (global (mut i32) (i32.const 0))
    (type $nullary_type (func)) (type $ternary_type (func (param i32 i64 i32)))
    (func $nullary) (func $ternary (type $ternary_type))";

/// Ink of `code` beyond that of an empty entry point.
fn ink(code: &str) -> u64 {
    ink_used(&program(ITEMS, code), &[], &mut Chain::default()) - EMPTY
}

#[track_caller]
fn each(codes: &[&str], expected: u64, wrap: impl Fn(&str) -> String) {
    for code in codes {
        assert_eq!(ink(&wrap(code)), expected, "{code}");
    }
}

#[test]
fn an_empty_entry_point() {
    assert_eq!(ink(""), 0);
    assert_eq!(ink("nop nop nop"), 3);
}

#[test]
fn constants_and_variables() {
    assert_eq!(ink("i32.const 7 drop"), 1 + 9);
    assert_eq!(ink("i64.const 7 drop"), 1 + 9);
    assert_eq!(ink("local.get 0 drop"), 75 + 9);
    assert_eq!(ink("i32.const 7 local.set 0"), 1 + 210);
    assert_eq!(ink("i32.const 7 local.tee 0 drop"), 1 + 75 + 9);
    assert_eq!(ink("global.get 0 drop"), 225 + 9);
    assert_eq!(ink("i32.const 7 global.set 0"), 1 + 575);
    assert_eq!(ink("i32.const 1 i32.const 2 i32.const 3 select drop"), 3 + 1_250 + 9);
}

#[test]
fn memory() {
    each(
        &["i32.load", "i32.load8_s", "i32.load8_u", "i32.load16_s", "i32.load16_u"],
        1 + 670 + 9,
        |op| format!("i32.const 8 {op} drop"),
    );
    each(
        &[
            "i64.load",
            "i64.load8_s",
            "i64.load8_u",
            "i64.load16_s",
            "i64.load16_u",
            "i64.load32_s",
            "i64.load32_u",
        ],
        1 + 680 + 9,
        |op| format!("i32.const 8 {op} drop"),
    );
    each(&["i32.store", "i32.store8", "i32.store16"], 2 + 825, |op| {
        format!("i32.const 8 i32.const 1 {op}")
    });
    each(
        &["i64.store", "i64.store8", "i64.store16", "i64.store32"],
        2 + 950,
        |op| format!("i32.const 8 i64.const 1 {op}"),
    );
    assert_eq!(ink("memory.size drop"), 3_000 + 9);
    // Memory that cannot grow is not announced.
    assert_eq!(ink("i32.const 1 memory.grow drop"), 1 + 8_050 + 9);
}

#[test]
fn bulk_memory() {
    // 950, and 100 a byte.
    assert_eq!(ink("i32.const 0 i32.const 7 i32.const 0 memory.fill"), 3 + 950);
    assert_eq!(
        ink("i32.const 0 i32.const 7 i32.const 1000 memory.fill"),
        3 + 950 + 100_000
    );
    assert_eq!(ink("i32.const 0 i32.const 7 i32.const 0 memory.copy"), 3 + 950);
    assert_eq!(
        ink("i32.const 0 i32.const 7 i32.const 65529 memory.copy"),
        3 + 950 + 6_552_900
    );
}

#[test]
fn bulk_memory_that_cannot_be_paid() {
    // The length counts without a sign: 4,294,967,295 * 100 ink.
    let code = program("", "i32.const 0 i32.const 0 i32.const -1 memory.fill");
    assert_eq!(run(&code, 42_949_672).outcome, Outcome::OutOfInk);
    assert_eq!(
        run(&code, 42_949_674).outcome,
        Outcome::Trap("out of bounds memory access".to_owned())
    );
    // 2,452 + 3 + 950 + 10 * 100.
    let code = program("", "i32.const 0 i32.const 0 i32.const 10 memory.copy");
    assert_eq!(run_with_ink(&code, 4_405).outcome, Outcome::Success);
    assert_eq!(run_with_ink(&code, 4_404).outcome, Outcome::OutOfInk);
}

#[test]
fn comparisons() {
    let i32_relations = [
        "eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u",
    ];
    each(&i32_relations, 2 + 170 + 9, |op| {
        format!("i32.const 1 i32.const 2 i32.{op} drop")
    });
    each(&i32_relations, 2 + 225 + 9, |op| {
        format!("i64.const 1 i64.const 2 i64.{op} drop")
    });
    assert_eq!(ink("i32.const 1 i32.eqz drop"), 1 + 170 + 9);
    assert_eq!(ink("i64.const 1 i64.eqz drop"), 1 + 225 + 9);
}

#[test]
fn arithmetic() {
    let simple = [
        "add", "sub", "and", "or", "xor", "shl", "shr_s", "shr_u", "rotl", "rotr",
    ];
    each(&simple, 2 + 70 + 9, |op| {
        format!("i32.const 6 i32.const 3 i32.{op} drop")
    });
    each(&simple, 2 + 100 + 9, |op| {
        format!("i64.const 6 i64.const 3 i64.{op} drop")
    });
    assert_eq!(ink("i32.const 6 i32.const 3 i32.mul drop"), 2 + 160 + 9);
    assert_eq!(ink("i64.const 6 i64.const 3 i64.mul drop"), 2 + 160 + 9);
    let division = ["div_s", "div_u", "rem_s", "rem_u"];
    each(&division, 2 + 1_120 + 9, |op| {
        format!("i32.const 6 i32.const 3 i32.{op} drop")
    });
    each(&division, 2 + 1_270 + 9, |op| {
        format!("i64.const 6 i64.const 3 i64.{op} drop")
    });
    each(
        &[
            "i32.const 6 i32.clz",
            "i32.const 6 i32.ctz",
            "i64.const 6 i64.clz",
            "i64.const 6 i64.ctz",
        ],
        220,
        |op| format!("{op} drop"),
    );
    assert_eq!(ink("i32.const 6 i32.popcnt drop"), 1 + 2_650 + 9);
    assert_eq!(ink("i64.const 6 i64.popcnt drop"), 1 + 6_000 + 9);
}

#[test]
fn conversions() {
    each(&["extend8_s", "extend16_s"], 1 + 100 + 9, |op| {
        format!("i32.const 6 i32.{op} drop")
    });
    each(&["extend8_s", "extend16_s", "extend32_s"], 1 + 100 + 9, |op| {
        format!("i64.const 6 i64.{op} drop")
    });
    each(&["extend_i32_s", "extend_i32_u"], 1 + 100 + 9, |op| {
        format!("i32.const 6 i64.{op} drop")
    });
    assert_eq!(ink("i64.const 6 i32.wrap_i64 drop"), 1 + 100 + 9);
}

#[test]
fn blocks() {
    // `block` does not end a block of the meter, `end` and `loop` do.
    assert_eq!(ink("block end"), 1 + 1 + 2_450);
    assert_eq!(ink("loop end"), (1 + 2_450) + (1 + 2_450));
    // Taken: up to `if`, then the first arm with its `else`. Not taken: up to `if`, then the second arm with its `end`.
    assert_eq!(
        ink("i32.const 1 if nop else nop nop end"),
        (1 + 765 + 2_450) + (1 + 1 + 2_450)
    );
    assert_eq!(
        ink("i32.const 0 if nop else nop nop end"),
        (1 + 765 + 2_450) + (1 + 1 + 1 + 2_450)
    );
    // Without a second arm, the condition that fails jumps behind `end`.
    assert_eq!(ink("i32.const 1 if nop end"), (1 + 765 + 2_450) + (1 + 1 + 2_450));
    assert_eq!(ink("i32.const 0 if nop end"), 1 + 765 + 2_450);
}

#[test]
fn branches() {
    assert_eq!(ink("block br 0 end"), 1 + 765 + 2_450);
    assert_eq!(ink("block i32.const 1 br_if 0 end"), 1 + 1 + 765 + 2_450);
    assert_eq!(
        ink("block i32.const 0 br_if 0 end"),
        (1 + 1 + 765 + 2_450) + (1 + 2_450)
    );
    // A table of three targets besides the default; the inner block leads to the `end` of the outer one.
    let table = 1 + 1 + 1 + 2_400 + 3 * 325 + 2_450;
    assert_eq!(
        ink("block block i32.const 0 br_table 0 1 1 0 end end"),
        table + (1 + 2_450)
    );
    assert_eq!(ink("block block i32.const 1 br_table 0 1 1 0 end end"), table);
    // Only the default.
    assert_eq!(ink("block i32.const 5 br_table 0 end"), 1 + 1 + 2_400 + 2_450);
    // Three rounds: 75 + 1 + 70 + 75 + 75 + 1 + 170 + 765 + 2,450 each; then the `end`.
    let round = 75 + 1 + 70 + 75 + 1 + 170 + 765 + 2_450;
    assert_eq!(
        ink("loop local.get 0 i32.const 1 i32.add local.tee 0 i32.const 3 i32.lt_u br_if 0 end"),
        (1 + 2_450) + 3 * round + (1 + 2_450)
    );
}

#[test]
fn returning() {
    // What follows is neither run nor paid; the constant and `return` take the place of the constant and `end`.
    assert_eq!(ink("i32.const 0 return nop nop nop"), 0);
    assert_eq!(ink("i32.const 1 if i32.const 0 return end nop"), 1 + 765 + 2_450);
}

#[test]
fn calls() {
    // The callee is an `end` and its check.
    let callee = 1 + 2_450;
    assert_eq!(ink("call $nullary"), (3_800 + 2_450) + callee);
    assert_eq!(
        ink("i32.const 1 i64.const 2 i32.const 3 call $ternary"),
        (3 + 3_800 + 2_450) + callee
    );
    // 650 for each parameter.
    assert_eq!(
        ink("i32.const 0 call_indirect (type $nullary_type)"),
        (1 + 13_610 + 2_450) + callee
    );
    assert_eq!(
        ink("i32.const 1 i64.const 2 i32.const 3 i32.const 1 call_indirect (type $ternary_type)"),
        (4 + 13_610 + 3 * 650 + 2_450) + callee
    );
}

#[test]
fn the_last_ink_decides() {
    // One block.
    let one = program("", "i32.const 1 drop");
    let enough = run_with_ink(&one, EMPTY + 10);
    assert_eq!((enough.outcome, enough.ink_left), (Outcome::Success, 0));
    let short = run_with_ink(&one, EMPTY + 9);
    assert_eq!(
        (short.outcome, short.ink_left, short.gas_left),
        (Outcome::OutOfInk, 0, 0)
    );
    assert_eq!(run_with_ink(&one, 0).outcome, Outcome::OutOfInk);
    assert_eq!(run_with_ink(&one, u64::MAX).ink_left, u64::MAX - EMPTY - 10);
    // The last of several.
    let several = program("(func $f)", "call $f loop end i32.const 1 drop");
    // Call 6,250, callee 2,451, `loop` 2,451, `end` 2,451, the rest 10 + 2,452.
    let needed = 6_250 + 3 * 2_451 + 10 + EMPTY;
    assert_eq!(run_with_ink(&several, needed).outcome, Outcome::Success);
    assert_eq!(run_with_ink(&several, needed - 1).outcome, Outcome::OutOfInk);
}

#[test]
fn gas_is_ink_rounded_down() {
    // 10 gas buy 100,000 ink, of which 2,452 are used: 97,548 are left, which is 9 gas.
    let result = run(&program("", ""), 10);
    assert_eq!((result.ink_left, result.gas_left), (97_548, 9));
}
