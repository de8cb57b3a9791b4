//! The part of the loan pool that ends loans otherwise than by payment: impairment, default, liquidation, proceeds,
//! write-off and what comes after it.
//!
//! This is a face of [`loan_pool_state`]: the pool runs this contract's code on its own storage (delegatecall) for these
//! calls. The pool's constructor has checked the code by its hash, and the link never changes.
//!
//! Called directly this contract is harmless: it has no loan and no auction, nobody has a role in it and nobody can get
//! one, so that every function that changes anything refuses.
#![cfg_attr(not(any(test, feature = "export-abi")), no_main)]

#[macro_use]
extern crate alloc;

use alloc::vec::Vec;

use alloy_primitives::{B256, U256};
use contract_kit::Revert;
// The generated code finds the small ABI coder under the SDK's name.
use contract_kit::sdk as stylus_sdk;
use loan_pool_state::{LoanPool, LoanTerms};
use stylus_sdk::prelude::*;

/// The pool's storage.
#[storage]
pub struct LoanPoolRecovery {
    pool: LoanPool,
}

mod entry {
    //! The lines that the SDK forces.
    #![allow(unsafe_code)]

    use alloc::vec::Vec;

    use stylus_sdk::{host::VM, prelude::*, ArbResult};

    use super::LoanPoolRecovery;

    // SAFETY: the only contract of this program, at the root of its storage.
    unsafe impl TopLevelStorage for LoanPoolRecovery {}

    #[allow(dead_code)] // its caller is generated for WASM only
    #[entrypoint]
    fn main(input: Vec<u8>, vm: VM) -> ArbResult {
        contract_kit::entry::dispatch::<LoanPoolRecovery>(input, vm)
    }
}

/// Prints the Solidity interface.
#[cfg(feature = "export-abi")]
pub fn print_from_args() {
    stylus_sdk::abi::export::print_from_args::<LoanPoolRecovery>();
}

// What the functions do, what they refuse and what they log stands in `contracts/interfaces/ILoanPool.sol`. The router
// hands parameters over by value.
#[allow(missing_docs, clippy::missing_errors_doc, clippy::needless_pass_by_value)]
#[public]
impl LoanPoolRecovery {
    pub fn impair(&mut self, terms: LoanTerms) -> Result<(), Revert> {
        self.pool.impair(&terms)
    }

    pub fn mark_default(&mut self, terms: LoanTerms) -> Result<(), Revert> {
        self.pool.mark_default(&terms)
    }

    pub fn liquidate(&mut self, terms: LoanTerms) -> Result<(), Revert> {
        self.pool.liquidate(&terms)
    }

    pub fn liquidation(&self, loan_id: B256) -> Result<(U256, U256, U256, bool), Revert> {
        self.pool.liquidation(loan_id)
    }

    pub fn settle_liquidation(&mut self, loan_id: B256, proceeds: U256) -> Result<(), Revert> {
        self.pool.settle_liquidation(loan_id, proceeds)
    }

    pub fn write_off(&mut self, loan_id: B256) -> Result<(), Revert> {
        self.pool.write_off(loan_id)
    }

    pub fn reopen_recovery(&mut self, loan_id: B256) -> Result<(), Revert> {
        self.pool.reopen_recovery(loan_id)
    }

    pub fn expire_recovery(&mut self, loan_id: B256) -> Result<(), Revert> {
        self.pool.expire_recovery(loan_id)
    }
}
