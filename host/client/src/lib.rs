//! What every program that talks to the suite must know of it, whatever chain it is on: the ABI, errors in words, what
//! is hashed and signed, how programs are created, and where a deployment's contracts are.
//!
//! - [`bindings`]: calls, events and errors, generated from `contracts/interfaces`;
//! - [`reverts`]: revert data in words;
//! - [`deployment`]: the record that a deployment leaves behind, `deployments/<network>.json`;
//! - [`stylus`]: how a Stylus program is created, activated and constructed;
//! - [`artifacts`]: the built contracts;
//! - [`uniswap`]: pools of dollars on Uniswap V3;
//! - [`sealing`]: what is signed or sealed off the chain: terms of loans, bids.
//!
//! It depends on no chain and no network, so that the command line stays small.

#![deny(unsafe_code)]

pub mod artifacts;
pub mod bindings;
pub mod deployment;
pub mod reverts;
pub mod sealing;
pub mod stylus;
pub mod uniswap;

use alloy_primitives::{B256, keccak256};

/// A role's id: `keccak256` of its name, zero for the default admin.
pub fn role_id(name: &str) -> B256 {
    if name == "DEFAULT_ADMIN_ROLE" {
        B256::ZERO
    } else {
        keccak256(name)
    }
}
