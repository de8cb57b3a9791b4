//! Several calls in one `eth_call`: of an account itself, or of nobody in particular.
//!
//! A node runs whatever code a call overrides an account with. The code made here calls one contract after the other
//! and returns the time, and of each call whether it succeeded, its gas and its output. Laid over an account, it shows
//! what the account's next transactions would do, one on top of the other, before the first is sent; laid over an unused
//! address, it reads many views in one request and at one moment.
//!
//! The code is straight-line: for each call the calldata is copied from behind the program to the end of the output,
//! the call made from there, and overwritten with its record `(success, gas, length, output)`. The stack holds the end
//! of the output and what a record needs.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;
use anyhow::{Context, Result};

/// The calldata that starts the program. Whatever else reaches the account meanwhile (a token's hook, ether) is
/// answered by its own selector, which is what those who ask want to hear.
pub const START: [u8; 1] = [1];

/// One call of a batch.
#[derive(Clone, Debug)]
pub struct Call {
    /// Whom.
    pub to: Address,
    /// Wei to send along.
    pub value: U256,
    /// Calldata.
    pub data: Bytes,
    /// Whether nothing behind it is called if it fails.
    pub stops: bool,
}

impl Call {
    /// A view of a contract, behind which the others are called whatever it says.
    pub fn view<C: SolCall>(to: Address, call: &C) -> Self {
        Self {
            to,
            value: U256::ZERO,
            data: call.abi_encode().into(),
            stops: false,
        }
    }
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whether it returned.
    pub success: bool,
    /// Gas that it took.
    pub gas: u64,
    /// What it returned, or why it did not.
    pub output: Bytes,
}

mod opcode {
    pub(super) const ADD: u8 = 0x01;
    pub(super) const SUB: u8 = 0x03;
    pub(super) const EQ: u8 = 0x14;
    pub(super) const ISZERO: u8 = 0x15;
    pub(super) const AND: u8 = 0x16;
    pub(super) const CALLDATASIZE: u8 = 0x36;
    pub(super) const CALLDATACOPY: u8 = 0x37;
    pub(super) const CODECOPY: u8 = 0x39;
    pub(super) const RETURNDATASIZE: u8 = 0x3d;
    pub(super) const RETURNDATACOPY: u8 = 0x3e;
    pub(super) const TIMESTAMP: u8 = 0x42;
    pub(super) const MLOAD: u8 = 0x51;
    pub(super) const MSTORE: u8 = 0x52;
    pub(super) const JUMPI: u8 = 0x57;
    pub(super) const GAS: u8 = 0x5a;
    pub(super) const JUMPDEST: u8 = 0x5b;
    pub(super) const PUSH1: u8 = 0x60;
    pub(super) const PUSH4: u8 = 0x63;
    pub(super) const PUSH20: u8 = 0x73;
    pub(super) const PUSH32: u8 = 0x7f;
    pub(super) const DUP1: u8 = 0x80;
    pub(super) const DUP2: u8 = 0x81;
    pub(super) const DUP3: u8 = 0x82;
    pub(super) const DUP4: u8 = 0x83;
    pub(super) const DUP5: u8 = 0x84;
    pub(super) const SWAP1: u8 = 0x90;
    pub(super) const CALL: u8 = 0xf1;
    pub(super) const RETURN: u8 = 0xf3;
}

use opcode::{
    ADD, AND, CALL, CALLDATACOPY, CALLDATASIZE, CODECOPY, DUP1, DUP2, DUP3, DUP4, DUP5, EQ, GAS, ISZERO, JUMPDEST,
    JUMPI, MLOAD, MSTORE, PUSH1, PUSH4, PUSH20, PUSH32, RETURN, RETURNDATACOPY, RETURNDATASIZE, SUB, SWAP1, TIMESTAMP,
};

/// Bytes before the calls: who is not the start is answered, the time is written.
const PROLOGUE: usize = 29;
/// Bytes of each call.
const BODY: usize = 123;
/// Bytes behind the calls.
const EPILOGUE: usize = 4;

/// The program that makes these calls.
///
/// # Errors
///
/// When they are more than four gigabytes.
pub fn assemble(calls: &[Call]) -> Result<Bytes> {
    let end = offset(PROLOGUE + BODY * calls.len())?;
    let mut code = Vec::new();
    #[rustfmt::skip]
    code.extend([
        CALLDATASIZE, PUSH1, 1, EQ, PUSH4, 0, 0, 0, 22, JUMPI, // the start?
        PUSH1, 4, PUSH1, 0, PUSH1, 0, CALLDATACOPY,            // no: the selector, or zero
        PUSH1, 32, PUSH1, 0, RETURN,
        JUMPDEST, TIMESTAMP, PUSH1, 0, MSTORE, PUSH1, 32,      // [p]: the end of the output
    ]);
    debug_assert_eq!(code.len(), PROLOGUE);
    let mut data = PROLOGUE + BODY * calls.len() + EPILOGUE;
    for call in calls {
        let [from, size] = [offset(data)?, offset(call.data.len())?];
        let before = code.len();
        let push4 = |code: &mut Vec<u8>, word: [u8; 4]| {
            code.push(PUSH4);
            code.extend(word);
        };
        push4(&mut code, size);
        push4(&mut code, from);
        code.extend([DUP3, CODECOPY]); // [p]
        code.push(GAS); // [p, gas before]
        code.extend([PUSH1, 0, PUSH1, 0]);
        push4(&mut code, size);
        code.extend([DUP5, PUSH32]); // [p, before, 0, 0, size, p]
        code.extend(call.value.to_be_bytes::<32>());
        code.push(PUSH20);
        code.extend(call.to);
        code.extend([GAS, CALL, GAS, SWAP1]); // [p, before, after, success]
        code.extend([DUP4, MSTORE, SWAP1, SUB]); // [p, gas]
        code.extend([DUP2, PUSH1, 32, ADD, MSTORE]); // [p]
        code.extend([RETURNDATASIZE, DUP2, PUSH1, 64, ADD, MSTORE]);
        code.extend([RETURNDATASIZE, PUSH1, 0, DUP3, PUSH1, 96, ADD, RETURNDATACOPY]);
        code.extend([DUP1, MLOAD, SWAP1, PUSH1, 96, ADD, RETURNDATASIZE, ADD, SWAP1]); // [next p, success]
        code.extend([ISZERO, PUSH1, u8::from(call.stops), AND]);
        push4(&mut code, end);
        code.push(JUMPI); // [next p]
        debug_assert_eq!(code.len() - before, BODY);
        data += call.data.len();
    }
    code.extend([JUMPDEST, PUSH1, 0, RETURN]);
    for call in calls {
        code.extend(&call.data);
    }
    Ok(code.into())
}

fn offset(place: usize) -> Result<[u8; 4]> {
    Ok(u32::try_from(place)
        .context("a batch of calls is too large")?
        .to_be_bytes())
}

/// What the program of `calls` returned: the time, and the answers, which end with a call that failed and stops.
///
/// # Errors
///
/// When it is something else.
pub fn read(mut output: &[u8]) -> Result<(u64, Vec<Answer>)> {
    let now = number(&mut output)?;
    let mut answers = Vec::new();
    while !output.is_empty() {
        let success = number(&mut output)? == 1;
        let gas = number(&mut output)?;
        let length = usize::try_from(number(&mut output)?)?;
        let (data, rest) = output
            .split_at_checked(length)
            .context("the node cut the answer short")?;
        output = rest;
        answers.push(Answer {
            success,
            gas,
            output: Bytes::copy_from_slice(data),
        });
    }
    Ok((now, answers))
}

fn number(output: &mut &[u8]) -> Result<u64> {
    let (word, rest) = output
        .split_first_chunk::<32>()
        .context("the node did not run the calls: it may not support state overrides in eth_call")?;
    *output = rest;
    u64::try_from(U256::from_be_bytes(*word)).context("the node's answer makes no sense")
}
