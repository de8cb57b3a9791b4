//! What activation admits and what it predicts, with figures worked out by hand.

use alloy_primitives::Bytes;
use proptest::prelude::*;
use stylus_rules::{ActivationError, Limits, ProgramInfo, activate, activate_wasm, container};

/// 64 bytes: 8 of header, 8 of types, 4 of functions, 6 of memory, 30 of exports, 8 of code.
const SMALLEST: &str = r#"(module
    (memory (export "memory") 1 1)
    (func (export "user_entrypoint") (param i32) (result i32) i32.const 0))"#;

fn wasm(wat: &str) -> Bytes {
    wat::parse_str(wat).unwrap().into()
}

fn admit(wat: &str) -> Result<ProgramInfo, ActivationError> {
    activate_wasm(wasm(wat), Limits::default())
}

/// A program with more in it; `items` may use the memory and the entry point.
fn program(items: &str) -> String {
    format!(
        r#"(module {items}
            (memory (export "memory") 1 1)
            (func (export "user_entrypoint") (param i32) (result i32) i32.const 0))"#
    )
}

fn refusal(wat: &str) -> String {
    match admit(wat) {
        Ok(_) => panic!("admitted: {wat}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_smallest_program() {
    let info = activate(&container::encode(&wasm(SMALLEST)).unwrap(), Limits::default()).unwrap();
    assert_eq!(info.wasm_size, 64);
    assert_eq!(
        (info.functions, info.type_len, info.globals, info.data_bytes),
        (1, 2, 4, 0)
    );
    assert_eq!(info.footprint_pages, 1);
    // 8.252 -> 8, 2 * 1.059 -> 2, 64 * 0.1286 -> 8.
    assert_eq!(info.init_cost, 18);
    assert_eq!(info.init_gas, 8_832 + 18);
    // 0.1342 -> 0, 2 * 0.00089 -> 0, 64 * 0.00122 -> 0, 4 globals of the chain * 1.628 -> 6, a page * 5.
    assert_eq!(info.cached_init_cost, 11);
    assert_eq!(info.cached_init_gas, 352 + 11);
    // 512,000, 996.829 -> 996, 2 * 11.416 -> 22, 64 * 6.2628 -> 400.
    assert_eq!(info.asm_estimate, 513_418);
    // 64 bytes: 20 us. A page: 2,217 us. 31 instructions (2 + 12 for ink + 12 at the head + 5 at the end): 16 us.
    // Each microsecond is 28 gas.
    assert_eq!(info.activation_gas, 28 * (20 + 2_217 + 16));
    assert_eq!(info.wasm, wasm(SMALLEST));
}

#[test]
fn costs_of_every_part() {
    let info = admit(
        r#"(module
            (type $wide (func (param i32 i64 i32) (result i64)))
            (import "vm_hooks" "pay_for_memory_grow" (func (param i32)))
            (import "vm_hooks" "msg_value" (func (param i32)))
            (memory (export "memory") 3)
            (table 2 funcref)
            (elem (i32.const 0) $a $b)
            (global (mut i32) (i32.const 16))
            (global i64 (i64.const 1))
            (data (i32.const 16) "0123456789")
            (data (i32.const 64) "abcdef")
            (func $a (type $wide) i64.const 1)
            (func $b (type $wide) i64.const 1)
            (func (export "user_entrypoint") (param i32) (result i32) i32.const 0))"#,
    )
    .unwrap();
    // Imported functions count neither as functions nor for their types: 2 * 4 + 2.
    assert_eq!((info.functions, info.type_len), (3, 10));
    // Two of its own, four of the chain.
    assert_eq!(info.globals, 6);
    // Entries with their headers. Data: flag, i32.const 16, end, length: 5 + 10; i32.const 64 takes a byte more: 6 + 6.
    // Elements: flag, i32.const 0, end, count, two indices: 7.
    assert_eq!(info.data_bytes, 15 + 12 + 7);
    assert_eq!(info.footprint_pages, 3);
    let len = u64::from(info.wasm_size);
    // Functions 24.756 -> 24, types 10.59 -> 10.
    assert_eq!(u64::from(info.init_cost), 24 + 10 + len * 1_286 / 10_000);
    // Functions 0.4 -> 0, globals 9.768 -> 9, data 34 * 0.75244 -> 25, pages 15.
    assert_eq!(u64::from(info.cached_init_cost), 9 + 25 + 15 + len * 122 / 100_000);
}

#[test]
fn every_coefficient_counts() {
    // Large enough that each term of each sum is at least one.
    let (wide, data) = ("i64 ".repeat(300), "x".repeat(1_000));
    let wat = format!(
        r#"(module
            (type (func (param i32) (result i32)))
            (type (func (param i32 i64 i32) (result i64)))
            (type (func (param {wide})))
            (type (func))
            (memory (export "memory") 3 3)
            (table 12 funcref)
            (global (mut i32) (i32.const 0))
            (global (mut i64) (i64.const 0))
            (global i32 (i32.const 7))
            (elem (i32.const 0) func 0 1 2 3 4 5 6 7 8 0 1 2)
            (data (i32.const 0) "{data}")
            (data (i32.const 40) "0123456789")
            (func (type 1) (i64.const 1))
            (func (type 1) (i64.const 1))
            (func (type 1) (i64.const 1))
            (func (type 2))
            (func (type 2))
            (func (type 2))
            (func (type 2))
            (func (type 3))
            (func (type 3))
            (func (export "user_entrypoint") (type 0) (i32.const 0)))"#
    );
    let info = admit(&wat).unwrap();
    // Header 8; types 3 + 1 + 5 + 7 + 304 + 3 = 323; functions 2 + 1 + 10 = 13; table 6; memory 6; globals 2 + 1 + 3 * 5
    // = 18; exports 30; elements 2 + 1 + 17 = 20; code 2 + 1 + 4 * 5 + 6 * 3 = 41; data 3 + 1 + 1,006 + 15 = 1,025.
    assert_eq!(info.wasm_size, 1_490);
    // 2, 3 * 4, 4 * 300.
    assert_eq!((info.functions, info.type_len), (10, 1_214));
    assert_eq!((info.globals, info.footprint_pages), (7, 3));
    // Data: flag, offset 3, length 2 and 1,000; flag, offset 3, length 1 and 10. Elements: flag, offset 3, count, 12.
    assert_eq!(info.data_bytes, 1_006 + 15 + 17);
    // 10 * 8.252 = 82.52; 1,214 * 1.059 = 1,285.626; 1,490 * 0.1286 = 191.614.
    assert_eq!(info.init_cost, 82 + 1_285 + 191);
    assert_eq!(info.init_gas, 10_390);
    // 10 * 0.1342 = 1.342; 1,214 * 0.00089 = 1.08046; 1,490 * 0.00122 = 1.8178; 7 * 1.628 = 11.396;
    // 1,038 * 0.75244 = 781.03272; 3 * 5.
    assert_eq!(info.cached_init_cost, 1 + 1 + 1 + 11 + 781 + 15);
    assert_eq!(info.cached_init_gas, 1_162);
    // 10 * 996.829 = 9,968.29; 1,214 * 11.416 = 13,859.024; 1,490 * 6.2628 = 9,331.572.
    assert_eq!(info.asm_estimate, 512_000 + 9_968 + 13_859 + 9_331);
    // Microseconds: bytes 1,490 * 0.31733 = 472.8; functions 10 * 0.17263 = 1.7; bytes of data 1,010 * 0.17376 = 175.5,
    // of elements 17 * 0.17376 = 2.95; pages 3 * 2,217 = 6,651; instructions, 31 in the four functions with a constant and
    // 30 in the six without (see the smallest program), 304 * 0.535 = 162.6. 28 gas each.
    assert_eq!(info.activation_gas, 28 * (472 + 1 + 175 + 2 + 6_651 + 162));
    assert_eq!(info.activation_gas, 208_964);
}

#[test]
fn module_hash_names_the_program_and_the_version() {
    let info = admit(SMALLEST).unwrap();
    let other = admit(&SMALLEST.replace("const 0", "const 1")).unwrap();
    let limits = Limits {
        version: 3,
        ..Limits::default()
    };
    let version = activate_wasm(wasm(SMALLEST), limits).unwrap();
    assert_ne!(info.module_hash, other.module_hash);
    assert_ne!(info.module_hash, version.module_hash);
    assert_eq!(info.module_hash, admit(SMALLEST).unwrap().module_hash);
}

#[test]
fn instructions_of_other_proposals_are_named() {
    let in_function = |code: &str| program(&format!("(func {code})"));
    for (code, name, proposal) in [
        ("f32.const 1 drop", "F32Const", "floating point"),
        ("f64.const 1 f64.const 1 f64.add drop", "F64Const", "floating point"),
        ("i32.const 0 f32.convert_i32_s drop", "F32ConvertI32S", "floating point"),
        (
            "i32.const 0 f32.load i32.trunc_sat_f32_s drop",
            "F32Load",
            "floating point",
        ),
        ("ref.null func drop", "RefNull", "reference_types"),
        (
            "i32.const 0 i32.const 1 i32.const 1 select (result i32) drop",
            "TypedSelect",
            "reference_types",
        ),
        ("i32.const 0 i8x16.splat drop", "I8x16Splat", "simd"),
        ("i32.const 0 i32.atomic.load drop", "I32AtomicLoad", "threads"),
        ("atomic.fence", "AtomicFence", "threads"),
        ("return_call 0", "ReturnCall", "tail_call"),
        ("(block (try_table (catch_all 0)))", "TryTable", "exceptions"),
        (
            "i64.const 1 i64.const 1 i64.const 1 i64.const 1 i64.add128 drop drop",
            "I64Add128",
            "wide_arithmetic",
        ),
        ("i32.const 0 ref.i31 drop", "RefI31", "gc"),
    ] {
        let message = refusal(&in_function(code));
        assert_eq!(
            message,
            format!("function 0: instruction {name} ({proposal}) is not supported"),
            "{code}"
        );
    }
    let passive = r#"(data $d "x") (func i32.const 0 i32.const 0 i32.const 0 memory.init $d)"#;
    assert_eq!(refusal(&program(passive)), "unsupported section: data count");
    let table = "(table 1 funcref) (func table.size 0 drop)";
    assert_eq!(
        refusal(&program(table)),
        "function 0: instruction TableSize (reference_types) is not supported"
    );
    let copy = "(table 1 funcref) (func i32.const 0 i32.const 0 i32.const 0 table.copy)";
    assert_eq!(
        refusal(&program(copy)),
        "function 0: instruction TableCopy (bulk_memory) is not supported"
    );
}

#[test]
fn features_that_validation_refuses() {
    for (items, says) in [
        ("(func (result i32 i32) i32.const 1 i32.const 1)", "multi-value"),
        ("(func i32.const 1 (block (param i32) drop))", "multi-value"),
        ("(table 1 externref)", "reference types"),
        (
            "(global i32 (i32.add (i32.const 1) (i32.const 1)))",
            "initializer of global 0 is not a constant",
        ),
        (
            "(import \"vm_hooks\" \"m\" (memory 1))",
            "import vm_hooks.m is not a function",
        ),
        (
            "(import \"vm_hooks\" \"g\" (global i32))",
            "import vm_hooks.g is not a function",
        ),
        ("(tag)", "unsupported section: tag"),
        ("(func i32.add drop)", "type mismatch"),
    ] {
        let message = refusal(&program(items));
        assert!(message.contains(says), "{items}: {message}");
    }
    let memory64 = SMALLEST.replace("1 1)", "1 1) (memory i64 1)");
    assert!(refusal(&memory64).contains("memor"), "{}", refusal(&memory64));
}

#[test]
fn table_indices_of_several_bytes_are_refused() {
    // What rustc writes before the module is encoded anew.
    let module = [
        &b"\0asm\x01\0\0\0"[..],
        // A function type without parameters; a function of that type; a table.
        &[1, 4, 1, 0x60, 0, 0],
        &[3, 2, 1, 0],
        &[4, 4, 1, 0x70, 0, 1],
        // Its body: no locals, i32.const 0, call_indirect of type 0 on table 0, written in two bytes, end.
        &[10, 10, 1, 8, 0, 0x41, 0, 0x11, 0, 0x80, 0, 0x0B],
    ]
    .concat();
    let error = activate_wasm(module.into(), Limits::default()).unwrap_err();
    assert!(error.to_string().contains("zero byte expected"), "{error}");
}

#[test]
fn imports_and_exports() {
    for (items, says) in [
        (
            "(import \"vm_hooks\" \"nothing\" (func))",
            "no such import: vm_hooks.nothing",
        ),
        (
            "(import \"env\" \"msg_value\" (func (param i32)))",
            "no such import: env.msg_value",
        ),
        (
            "(import \"console\" \"log_i32\" (func (param i32)))",
            "no such import: console.log_i32",
        ),
        (
            "(import \"vm_hooks\" \"msg_value\" (func (param i64)))",
            "import msg_value has the wrong type",
        ),
        (
            "(import \"vm_hooks\" \"chainid\" (func (result i32)))",
            "import chainid has the wrong type",
        ),
        (
            "(import \"vm_hooks\" \"msg_value\" (func (param i32))) (import \"vm_hooks\" \"msg_value\" (func))",
            "import vm_hooks.msg_value has two types",
        ),
        (
            "(import \"vm_hooks\" \"msg_value\" (func (param i32))) (func (export \"x__msg_value\"))",
            "export msg_value has the name of an import",
        ),
        ("(import \"vm_hooks\" \"stylus_x\" (func))", "reserved symbol: stylus_x"),
        (
            "(func (export \"stylus_ink_left\"))",
            "reserved symbol: stylus_ink_left",
        ),
        (
            "(global (export \"x__stylus\") i32 (i32.const 0))",
            "reserved symbol: stylus",
        ),
        ("(func $s) (start $s)", "start functions are not allowed"),
    ] {
        assert_eq!(refusal(&program(items)), says, "{items}");
    }
    // Importing the same function twice with one type, and exports of one's own, are fine.
    let twice =
        "(import \"vm_hooks\" \"msg_value\" (func (param i32))) (import \"vm_hooks\" \"msg_value\" (func (param i32)))
        (func (export \"anything\")) (global (export \"__heap_base\") i32 (i32.const 1))";
    admit(&program(twice)).unwrap();
}

#[test]
fn memory_and_entry_point() {
    let entry = r#"(func (export "user_entrypoint") (param i32) (result i32) i32.const 0)"#;
    let no_memory = "no memory with the export name \"memory\"";
    for (wat, says) in [
        (format!("(module {entry})"), no_memory),
        (format!("(module (memory 1 1) {entry})"), no_memory),
        (format!("(module (memory (export \"heap\") 1 1) {entry})"), no_memory),
        (
            format!("(module (memory 1 1) (func (export \"memory\")) {entry})"),
            no_memory,
        ),
        (
            format!("(module (memory (export \"memory\") 1 2) {entry})"),
            "missing import: pay_for_memory_grow (needed where memory can grow)",
        ),
        (
            format!("(module (memory (export \"memory\") 129 129) {entry})"),
            "memory of 129 pages exceeds the limit of 128",
        ),
        (
            "(module (memory (export \"memory\") 1 1))".to_owned(),
            "no export with the name user_entrypoint",
        ),
        (
            "(module (memory (export \"memory\") 1 1) (global (export \"user_entrypoint\") i32 (i32.const 0)))"
                .to_owned(),
            "user_entrypoint is not a function",
        ),
        (
            "(module (memory (export \"memory\") 1 1) (func (export \"user_entrypoint\") (result i32) i32.const 0))"
                .to_owned(),
            "user_entrypoint is not of type (i32) -> i32",
        ),
    ] {
        assert_eq!(refusal(&wat), says, "{wat}");
    }
    let at_limit = SMALLEST.replace("1 1)", "128 128)");
    assert_eq!(admit(&at_limit).unwrap().footprint_pages, 128);
    let two_left = Limits {
        page_limit: 2,
        ..Limits::default()
    };
    let three = activate_wasm(wasm(&SMALLEST.replace("1 1)", "3 3)")), two_left);
    assert_eq!(three, Err(ActivationError::TooManyPages { pages: 3, limit: 2 }));
}

#[test]
fn segments() {
    for (items, says) in [
        ("(data (i32.const 65535) \"ab\")", "data segment is out of bounds"),
        ("(data (i32.const -1) \"a\")", "data segment is out of bounds"),
        (
            "(global i32 (i32.const 1)) (data (global.get 0) \"a\")",
            "offset of a data segment is not a constant",
        ),
        (
            "(table 1 funcref) (func $f) (elem (i32.const 0) $f $f)",
            "element segment is out of bounds",
        ),
        (
            "(table 1 funcref) (elem (i32.const 0) funcref (ref.null func))",
            "element segment holds expressions",
        ),
    ] {
        assert_eq!(refusal(&program(items)), says, "{items}");
    }
    admit(&program("(data (i32.const 65534) \"ab\")")).unwrap();
}

#[test]
fn counts_are_limited() {
    let times = |count: usize, item: &str| program(&item.repeat(count));
    let import = "(import \"vm_hooks\" \"msg_value\" (func (param i32)))";
    let locals = |count: usize| program(&format!("(func (local {}))", "i32 ".repeat(count)));
    let table = |entries: usize| program(&format!("(table {entries} funcref)"));
    for (at, over, says) in [
        (
            times(128, "(data (i32.const 0) \"a\")"),
            times(129, "(data (i32.const 0) \"a\")"),
            "129 data segments",
        ),
        (times(513, import), times(514, import), "514 imports"),
        // The entry point is one more.
        (times(4_095, "(func)"), times(4_096, "(func)"), "4097 functions"),
        // The chain adds four.
        (
            times(32_764, "(global i32 (i32.const 0))"),
            times(32_765, "(global i32 (i32.const 0))"),
            "32769 globals",
        ),
        (locals(348), locals(349), "349 locals in a function"),
        (table(4_096), table(4_097), "4097 table entries"),
    ] {
        if let Err(error) = admit(&at) {
            panic!("{says}: {error}");
        }
        assert!(refusal(&over).starts_with(says), "{says}: {}", refusal(&over));
    }
    let elements = |count: usize| {
        program(&format!(
            "(table 4096 funcref) (func $f) (elem (i32.const 0) {})",
            "$f ".repeat(count)
        ))
    };
    // A header of 6 bytes (flag, offset, end, a count in two bytes), then a byte for each index.
    admit(&elements(4_090)).unwrap();
    assert!(
        refusal(&elements(4_091)).starts_with("4097 element bytes"),
        "{}",
        refusal(&elements(4_091))
    );
}

#[test]
fn instructions_in_a_function_are_limited_as_instrumented() {
    // 12 for ink, 12 at the head, 5 at the end, 1 end: 30 besides the instructions of the program.
    let nops = |count: usize| program(&format!("(func {})", "nop ".repeat(count)));
    admit(&nops(65_506)).unwrap();
    assert_eq!(
        refusal(&nops(65_507)),
        "65537 instructions in a function exceed the limit of 65536"
    );
}

#[test]
fn names_are_limited() {
    let name = |len: usize| format!("(module ${} {}", "n".repeat(len), &SMALLEST["(module".len()..]);
    admit(&name(512)).unwrap();
    assert_eq!(refusal(&name(513)), "module name of 513 bytes exceeds 512");
}

#[test]
fn floating_point_without_instructions_is_admitted() {
    admit(&program("(global f64 (f64.const 1)) (func (param f32) (local f64))")).unwrap();
}

#[test]
fn stack_of_a_function_is_limited() {
    let values = |count: usize| {
        program(&format!(
            "(func {} {})",
            "i32.const 0 ".repeat(count),
            "drop ".repeat(count)
        ))
    };
    admit(&values(4_096)).unwrap();
    assert_eq!(
        refusal(&values(4_097)),
        "function 0: 4097 values on the operand stack at once exceed 4096"
    );
}

#[test]
fn the_raw_limit_holds_before_anything_is_read() {
    let code = container::encode(&vec![0; 131_073]).unwrap();
    assert_eq!(
        activate(&code, Limits::default()).unwrap_err().to_string(),
        "wasm exceeds 131072 bytes when decompressed"
    );
}

/// A program with a bit of everything, to be damaged.
fn rich() -> Vec<u8> {
    wat::parse_str(
        r#"(module
            (type $t (func (param i32) (result i32)))
            (import "vm_hooks" "pay_for_memory_grow" (func (param i32)))
            (import "vm_hooks" "read_args" (func $args (param i32)))
            (memory (export "memory") 1)
            (table 2 funcref)
            (elem (i32.const 0) $a $a)
            (global $g (mut i32) (i32.const 16))
            (data (i32.const 16) "0123456789")
            (func $a (type $t) (local i64)
                (block (loop (br_if 1 (local.get 0)) (br 0)))
                (call_indirect (type $t) (i32.const 1) (i32.const 0)))
            (func (export "user_entrypoint") (param i32) (result i32)
                (call $args (i32.const 0))
                (memory.copy (i32.const 0) (i32.const 8) (i32.const 8))
                (drop (memory.grow (i32.const 1)))
                (block (block (br_table 0 1 (local.get 0))))
                (if (result i32) (global.get $g) (then (call $a (i32.const 1))) (else (i32.const 2)))))"#,
    )
    .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn damaged_modules_never_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
                                   cut in any::<prop::sample::Index>(), keep in 0..4_u8) {
        let mut module = rich();
        for (index, byte) in changes {
            let index = index.index(module.len());
            module[index] = byte;
        }
        if keep == 0 {
            module.truncate(cut.index(module.len()));
        }
        let _ = activate_wasm(module.into(), Limits::default());
    }

    #[test]
    fn arbitrary_code_never_panics(payload in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut code = vec![0xEF, 0xF0, 0x00, 0x00];
        code.extend(payload);
        let _ = activate(&code, Limits::default());
    }
}

#[test]
fn the_program_to_be_damaged_is_sound() {
    activate_wasm(rich().into(), Limits::default()).unwrap();
}
