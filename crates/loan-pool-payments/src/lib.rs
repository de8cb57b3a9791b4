//! The part of the loan pool that takes payments on loans.
//!
//! This is a face of [`loan_pool_state`]: the pool runs this contract's code on its own storage (delegatecall) for these
//! calls. The pool's constructor has checked the code by its hash, and the link never changes.
//!
//! Called directly this contract is harmless: it has no loan, so that there is nothing to pay.
#![cfg_attr(not(any(test, feature = "export-abi")), no_main)]

#[macro_use]
extern crate alloc;

use alloc::vec::Vec;

use alloy_primitives::U256;
use contract_kit::Revert;
// The generated code finds the small ABI coder under the SDK's name.
use contract_kit::sdk as stylus_sdk;
use loan_pool_state::{LoanPool, LoanTerms};
use stylus_sdk::prelude::*;

/// The pool's storage.
#[storage]
pub struct LoanPoolPayments {
    pool: LoanPool,
}

mod entry {
    //! The lines that the SDK forces.
    #![allow(unsafe_code)]

    use alloc::vec::Vec;

    use stylus_sdk::{host::VM, prelude::*, ArbResult};

    use super::LoanPoolPayments;

    // SAFETY: the only contract of this program, at the root of its storage.
    unsafe impl TopLevelStorage for LoanPoolPayments {}

    #[allow(dead_code)] // its caller is generated for WASM only
    #[entrypoint]
    fn main(input: Vec<u8>, vm: VM) -> ArbResult {
        contract_kit::entry::dispatch::<LoanPoolPayments>(input, vm)
    }
}

/// Prints the Solidity interface.
#[cfg(feature = "export-abi")]
pub fn print_from_args() {
    stylus_sdk::abi::export::print_from_args::<LoanPoolPayments>();
}

// What the functions do, what they refuse and what they log stands in `contracts/interfaces/ILoanPool.sol`. The router
// hands parameters over by value.
#[allow(missing_docs, clippy::missing_errors_doc, clippy::needless_pass_by_value)]
#[public]
impl LoanPoolPayments {
    pub fn repay(&mut self, terms: LoanTerms) -> Result<U256, Revert> {
        self.pool.repay(&terms)
    }

    pub fn prepay(&mut self, terms: LoanTerms, principal: U256) -> Result<U256, Revert> {
        self.pool.prepay(&terms, principal)
    }

    pub fn cure(&mut self, terms: LoanTerms) -> Result<U256, Revert> {
        self.pool.cure(&terms)
    }

    pub fn pay_off(&mut self, terms: LoanTerms) -> Result<(U256, U256), Revert> {
        self.pool.pay_off(&terms)
    }
}
