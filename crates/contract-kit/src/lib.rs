//! What every contract of the protocol shares.
//!
//! - [`entry`]: the entry point, which names what it refuses.
//! - [`revert`]: the one error type of all contracts, the ABI encoding of a declared error.
//! - [`extension`]: the further programs of a contract, checked by their code.
//! - [`host`]: the call's context, events and calls to other contracts.
//! - [`token`]: calls to ERC-20 tokens of others, however they answer.
//! - [`erc20`], [`permit`], [`access`]: the ledger of a token, EIP-2612 permits, roles.
//! - [`eip712`]: signed messages.
//! - [`erc721`]: the ledger of titles.
//! - [`sdk`]: the SDK with a smaller ABI coder.
//! - [`roles`], [`interfaces`]: role ids and ERC-165 interface ids, computed at compile time.
//!
//! The components follow OpenZeppelin's contracts in semantics, errors and events, and the tests run both side by
//! side. They are not OpenZeppelin's for Stylus because linking those replaces the host's Keccak by one compiled into
//! the contract, and because their permit traps where `ecrecover` answers nothing.
#![no_std]

extern crate alloc;

pub mod access;
#[cfg(any(test, feature = "doubles"))]
pub mod doubles;
pub mod eip712;
pub mod encoding;
pub mod entry;
pub mod erc20;
pub mod erc721;
pub mod extension;
pub mod host;
pub mod interfaces;
pub mod permit;
#[cfg(test)]
mod reference;
pub mod revert;
pub mod roles;
pub mod sdk;
pub mod token;
mod words;

pub use revert::Revert;
