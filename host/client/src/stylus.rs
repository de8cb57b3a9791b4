//! How a Stylus program comes into being: create, activate and construct in **one** transaction, through Arbitrum's
//! StylusDeployer. A program's constructor can be called by anybody who comes first, so a deployment in several
//! transactions could be taken over between them.

use alloy_primitives::{Address, B256, Bytes, address, keccak256};
use anyhow::{Context, Result};

/// Arbitrum's StylusDeployer, at the same address on every chain.
pub const STYLUS_DEPLOYER: Address = address!("0xcEcba2F1DC234f70Dd89F2041029807F8D03A990");

/// Arbitrum's precompile for programs.
pub const ARB_WASM: Address = address!("0x0000000000000000000000000000000000000071");

/// Arbitrum's precompile for the cache of programs.
pub const ARB_WASM_CACHE: Address = address!("0x0000000000000000000000000000000000000072");

/// The contract that creates others at addresses which depend on nothing but a salt and their creation code.
pub const CREATE2_FACTORY: Address = address!("0x4e59b44847b379578588920cA78FbF26c0B4956C");

/// Selector of `stylus_constructor()`: what the SDK's entry point takes for the constructor, arguments behind it.
pub const CONSTRUCTOR_SELECTOR: [u8; 4] = [0x55, 0x85, 0x25, 0x8d];

/// Wei sent along for the activation's data fee; the deployer sends back what is left.
pub const ACTIVATION_VALUE: u64 = 1_000_000_000_000_000_000;

/// Calldata of the constructor for ABI-encoded arguments.
pub fn constructor_calldata(arguments: &[u8]) -> Bytes {
    [&CONSTRUCTOR_SELECTOR, arguments].concat().into()
}

/// Code of a contract creation that leaves exactly `code` behind.
pub fn init_code(code: &[u8]) -> Result<Bytes> {
    let length = u16::try_from(code.len()).context("deployed code is at most 24,576 bytes")?;
    let [high, low] = length.to_be_bytes();
    #[rustfmt::skip]
    let prelude = [
        0x61, high, low, // PUSH2 length
        0x80,            // DUP1
        0x60, 0x0a,      // PUSH1 where the code starts: behind these ten bytes
        0x5f,            // PUSH0
        0x39,            // CODECOPY(0, 10, length)
        0x5f,            // PUSH0
        0xf3,            // RETURN(0, length)
    ];
    Ok([&prelude, code].concat().into())
}

/// Where StylusDeployer puts a program if it is given a salt that is not zero.
///
/// The address depends on the salt, the constructor's calldata (empty without a constructor) and the code. StylusDeployer
/// calls the constructor in the transaction that creates the program, so code at this address was constructed with these
/// arguments, whoever sent the transaction.
pub fn program_address(salt: B256, constructor_calldata: &[u8], init_code: &[u8]) -> Address {
    let salt = keccak256([salt.as_slice(), constructor_calldata].concat());
    STYLUS_DEPLOYER.create2_from_code(salt, init_code)
}
