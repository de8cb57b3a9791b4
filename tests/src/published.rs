//! What is published of the contracts, and what stands in the built programs: the JSON files of `abi/`, calldata by their
//! word, the numbers that a program's code names.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use alloy_json_abi::{Function, JsonAbi, Param};
use alloy_primitives::U256;
use suite::Artifacts;
use wasmparser::Operator;

/// The published ABI of an interface: `abi/json/<interface>.json`.
///
/// # Panics
///
/// When there is none, or it is not one.
pub fn abi_of(interface: &str) -> JsonAbi {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../abi/json/{interface}.json"));
    let text = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run scripts/abi.sh", path.display()));
    let mut json: serde_json::Value = serde_json::from_slice(&text).expect("the file is JSON");
    serde_json::from_value(json["abi"].take()).expect("the file has an ABI")
}

/// Calldata of a function with zeros for all words, and nothing in all that is dynamic.
pub fn zeros(function: &Function) -> Vec<u8> {
    let mut data = function.selector().to_vec();
    data.extend(layout(function));
    data
}

/// [`zeros`] without the selector.
pub fn layout(function: &Function) -> Vec<u8> {
    let head: usize = function.inputs.iter().map(|input| 32 * words(input)).sum();
    let (mut data, mut tail) = (Vec::new(), 0);
    for input in &function.inputs {
        if is_dynamic(input) {
            // Where its length stands, which is zero.
            data.extend(U256::from(head + tail).to_be_bytes::<32>());
            tail += 32;
        } else {
            data.extend(vec![0; 32 * words(input)]);
        }
    }
    data.resize(head + tail, 0);
    data
}

/// Whether an argument is a `bytes`, a text or a list. No interface has a struct with such a member.
pub fn is_dynamic(input: &Param) -> bool {
    input.ty == "bytes" || input.ty == "string" || input.ty.ends_with("[]")
}

/// The words that an argument takes in the head: those of its members if it is a struct.
fn words(input: &Param) -> usize {
    input.components.iter().map(words).sum::<usize>().max(1)
}

/// A program as it was built.
///
/// # Panics
///
/// When it was not.
pub fn built(program: &str) -> Vec<u8> {
    Artifacts::default()
        .wasm(program)
        .expect("scripts/build-wasm.sh has run")
}

/// Every number of 32 bits that a program's code names: its router compares selectors with constants.
///
/// # Panics
///
/// When it is not a WebAssembly module.
pub fn constants(wasm: &[u8]) -> BTreeSet<u32> {
    numbers(wasm, |operator| match operator {
        Operator::I32Const { value } => Some(value.cast_unsigned()),
        _ => None,
    })
}

/// Every number of 64 bits that a program's code names.
///
/// # Panics
///
/// When it is not a WebAssembly module.
pub fn long_constants(wasm: &[u8]) -> BTreeSet<u64> {
    numbers(wasm, |operator| match operator {
        Operator::I64Const { value } => Some(value.cast_unsigned()),
        _ => None,
    })
}

fn numbers<N: Ord>(wasm: &[u8], number: impl Fn(&Operator<'_>) -> Option<N>) -> BTreeSet<N> {
    let mut found = BTreeSet::new();
    for payload in wasmparser::Parser::new(0).parse_all(wasm) {
        if let wasmparser::Payload::CodeSectionEntry(body) = payload.expect("a module") {
            for operator in body.get_operators_reader().expect("a body") {
                found.extend(number(&operator.expect("an instruction")));
            }
        }
    }
    found
}
