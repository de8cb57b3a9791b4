use wasmparser::{BlockType, Operator};

use super::*;

const PROGRAM_GLOBALS: u32 = 7;
const INK: u32 = 7;
const STATUS: u32 = 8;
const SCRATCH_INDEX: u32 = 9;
const STACK: u32 = 10;

fn shape(pay_for_memory_grow: Option<u32>) -> Shape {
    Shape {
        types: vec![Arity { params: 0, results: 0 }, Arity { params: 3, results: 1 }],
        functions: vec![0, 1],
        globals: PROGRAM_GLOBALS,
        pay_for_memory_grow,
    }
}

fn i32_const<'a>(value: i32) -> Operator<'a> {
    Operator::I32Const { value }
}

fn check_ink<'a>(ink: i64) -> Vec<Operator<'a>> {
    vec![
        Operator::GlobalGet { global_index: INK },
        Operator::I64Const { value: ink },
        Operator::I64LtU,
        Operator::If {
            blockty: BlockType::Empty,
        },
        i32_const(1),
        Operator::GlobalSet { global_index: STATUS },
        Operator::Unreachable,
        Operator::End,
        Operator::GlobalGet { global_index: INK },
        Operator::I64Const { value: ink },
        Operator::I64Sub,
        Operator::GlobalSet { global_index: INK },
    ]
}

fn check_stack<'a>(words: i32) -> Vec<Operator<'a>> {
    vec![
        Operator::GlobalGet { global_index: STACK },
        i32_const(words),
        Operator::I32LeU,
        Operator::If {
            blockty: BlockType::Empty,
        },
        i32_const(0),
        Operator::GlobalSet { global_index: STACK },
        Operator::Unreachable,
        Operator::End,
        Operator::GlobalGet { global_index: STACK },
        i32_const(words),
        Operator::I32Sub,
        Operator::GlobalSet { global_index: STACK },
    ]
}

fn give_back_stack<'a>(words: i32) -> Vec<Operator<'a>> {
    vec![
        Operator::GlobalGet { global_index: STACK },
        i32_const(words),
        Operator::I32Add,
        Operator::GlobalSet { global_index: STACK },
        Operator::Return,
    ]
}

#[test]
fn a_straight_line() {
    let body = vec![i32_const(5), Operator::Drop, Operator::End];
    let expected = [
        // The check of the meter holds two values at once, the function one; 2 + 3 locals + 4.
        check_stack(9),
        // 1 + 9 + 1 + 2,450 for the check.
        check_ink(2_461),
        vec![i32_const(5), Operator::Drop],
        give_back_stack(9),
        vec![Operator::End],
    ]
    .concat();
    assert_eq!(instrument(body, 3, &shape(None)).unwrap(), expected);
}

#[test]
fn every_block_is_checked_at_its_head() {
    let blockty = BlockType::Empty;
    let body = vec![
        i32_const(1),
        Operator::If { blockty },
        Operator::Nop,
        Operator::Else,
        Operator::Return,
        Operator::End,
        Operator::End,
    ];
    let expected = [
        check_stack(6),
        // 1 + 765 + 2,450.
        check_ink(3_216),
        vec![i32_const(1), Operator::If { blockty }],
        // 1 + 1 + 2,450.
        check_ink(2_452),
        vec![Operator::Nop, Operator::Else],
        // 1 + 2,450, three times.
        check_ink(2_451),
        give_back_stack(6),
        check_ink(2_451),
        vec![Operator::End],
        check_ink(2_451),
        give_back_stack(6),
        vec![Operator::End],
    ]
    .concat();
    assert_eq!(instrument(body, 0, &shape(None)).unwrap(), expected);
}

#[test]
fn bulk_memory_pays_by_the_byte() {
    let fill = Operator::MemoryFill { mem: 0 };
    let body = vec![i32_const(0), i32_const(0), i32_const(9), fill.clone(), Operator::End];
    let get = |global_index| Operator::GlobalGet { global_index };
    let set = |global_index| Operator::GlobalSet { global_index };
    let expected = [
        // At most two operands of the function, twice the ink, the length and the price of a byte; 6 + 4.
        check_stack(10),
        // 3 + 950 + 1 + 2,450.
        check_ink(3_404),
        vec![i32_const(0), i32_const(0), i32_const(9)],
        vec![
            set(SCRATCH_INDEX),
            get(INK),
            get(INK),
            get(SCRATCH_INDEX),
            Operator::I64ExtendI32U,
        ],
        vec![
            Operator::I64Const { value: 100 },
            Operator::I64Mul,
            Operator::I64Sub,
            set(INK),
            get(INK),
        ],
        vec![
            Operator::I64LtU,
            Operator::If {
                blockty: BlockType::Empty,
            },
            i32_const(1),
            set(STATUS),
        ],
        vec![Operator::Unreachable, Operator::End, get(SCRATCH_INDEX), fill],
        give_back_stack(10),
        vec![Operator::End],
    ]
    .concat();
    assert_eq!(instrument(body, 0, &shape(None)).unwrap(), expected);
}

#[test]
fn growth_is_announced() {
    let grow = Operator::MemoryGrow { mem: 0 };
    let body = vec![i32_const(1), grow.clone(), Operator::Drop, Operator::End];
    let announced = [
        i32_const(1),
        Operator::GlobalSet {
            global_index: SCRATCH_INDEX,
        },
        Operator::GlobalGet {
            global_index: SCRATCH_INDEX,
        },
        Operator::GlobalGet {
            global_index: SCRATCH_INDEX,
        },
        Operator::Call { function_index: 0 },
        grow.clone(),
    ];
    let actual = instrument(body.clone(), 0, &shape(Some(0))).unwrap();
    assert!(
        actual.windows(announced.len()).any(|window| window == announced),
        "{actual:?}"
    );
    // The announcement itself is not metered: 1 + 8,050 + 9 + 1 + 2,450.
    assert!(actual.contains(&Operator::I64Const { value: 10_511 }));
    // Memory that cannot grow needs none.
    let actual = instrument(body, 0, &shape(None)).unwrap();
    assert!(actual.windows(2).any(|window| window == [i32_const(1), grow.clone()]));
}

#[test]
fn calls_count_results_before_parameters() {
    let call = Operator::Call { function_index: 1 };
    let body = vec![
        i32_const(1),
        i32_const(2),
        i32_const(3),
        call,
        Operator::Drop,
        Operator::End,
    ];
    // Three operands and one result: 4, + 4.
    assert_eq!(instrument(body, 0, &shape(None)).unwrap()[1], i32_const(8));
}

#[test]
fn frames_are_bounded() {
    let values = |count: usize| {
        let mut body = vec![i32_const(0); count];
        body.extend(vec![Operator::Drop; count]);
        body.push(Operator::End);
        body
    };
    assert!(instrument(values(4_096), 0, &shape(None)).is_ok());
    assert_eq!(
        instrument(values(4_097), 0, &shape(None)),
        Err(InstrumentError::TooManyValues { values: 4_097 })
    );
    // 2 values of the meter + 4 + locals.
    assert!(instrument(values(1), 10_234, &shape(None)).is_ok());
    assert_eq!(
        instrument(values(1), 10_235, &shape(None)),
        Err(InstrumentError::FrameTooLarge { words: 10_241 })
    );
}

#[test]
fn bodies_that_were_not_validated_are_refused() {
    let shape = shape(None);
    for body in [
        vec![],
        vec![i32_const(1)],
        vec![Operator::End, Operator::End],
        vec![Operator::Call { function_index: 99 }, Operator::End],
        vec![Operator::Else, Operator::End, Operator::End, Operator::End],
    ] {
        assert_eq!(
            instrument(body.clone(), 0, &shape),
            Err(InstrumentError::Malformed),
            "{body:?}"
        );
    }
    let indirect = vec![
        Operator::CallIndirect {
            type_index: 99,
            table_index: 0,
        },
        Operator::End,
    ];
    assert!(instrument(indirect, 0, &shape).is_err());
}
