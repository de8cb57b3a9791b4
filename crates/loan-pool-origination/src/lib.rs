//! The part of the loan pool that makes loans: signed terms, the tranche maker, refinancing.
//!
//! This is a face of [`loan_pool_state`]: the pool runs this contract's code on its own storage (delegatecall) for these
//! calls. The pool's constructor has checked the code by its hash, and the link never changes.
//!
//! Called directly this contract is harmless: it has no tranche to lend from, nobody has a role in it and nobody can get
//! one, so that every function that changes anything of value refuses. Whoever cancels a nonce here writes what nobody
//! reads.
#![cfg_attr(not(any(test, feature = "export-abi")), no_main)]

#[macro_use]
extern crate alloc;

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use contract_kit::Revert;
// The generated code finds the small ABI coder under the SDK's name.
use contract_kit::sdk as stylus_sdk;
use loan_pool_state::{LoanPool, LoanTerms};
use stylus_sdk::{abi::Bytes, prelude::*};

/// The pool's storage.
#[storage]
pub struct LoanPoolOrigination {
    pool: LoanPool,
}

mod entry {
    //! The lines that the SDK forces.
    #![allow(unsafe_code)]

    use alloc::vec::Vec;

    use stylus_sdk::{host::VM, prelude::*, ArbResult};

    use super::LoanPoolOrigination;

    // SAFETY: the only contract of this program, at the root of its storage.
    unsafe impl TopLevelStorage for LoanPoolOrigination {}

    #[allow(dead_code)] // its caller is generated for WASM only
    #[entrypoint]
    fn main(input: Vec<u8>, vm: VM) -> ArbResult {
        contract_kit::entry::dispatch::<LoanPoolOrigination>(input, vm)
    }
}

/// Prints the Solidity interface.
#[cfg(feature = "export-abi")]
pub fn print_from_args() {
    stylus_sdk::abi::export::print_from_args::<LoanPoolOrigination>();
}

// What the functions do, what they refuse and what they log stands in `contracts/interfaces/ILoanPool.sol`. The router
// hands parameters over by value.
#[allow(missing_docs, clippy::missing_errors_doc, clippy::needless_pass_by_value)]
#[public]
impl LoanPoolOrigination {
    pub fn borrow(&mut self, terms: LoanTerms, signature: Bytes, max_blended_rate: U256) -> Result<B256, Revert> {
        self.pool.borrow(&terms, &signature, max_blended_rate)
    }

    pub fn refinance(
        &mut self,
        terms: LoanTerms,
        new_terms: LoanTerms,
        signature: Bytes,
        max_blended_rate: U256,
    ) -> Result<B256, Revert> {
        self.pool.refinance(&terms, &new_terms, &signature, max_blended_rate)
    }

    #[allow(clippy::type_complexity)]
    pub fn preview_borrow(
        &self,
        collateral_id: U256,
        principal: U256,
    ) -> Result<(U256, U256, U256, U256, U256), Revert> {
        self.pool.preview_borrow(collateral_id, principal)
    }

    pub fn loan_id_of(&self, terms: LoanTerms) -> B256 {
        loan_pool_state::loan_id(&terms)
    }

    pub fn cancel_nonce(&mut self, nonce: U256) -> Result<(), Revert> {
        self.pool.cancel_nonce(nonce)
    }

    pub fn is_nonce_used(&self, underwriter: Address, nonce: U256) -> bool {
        self.pool.is_nonce_used(underwriter, nonce)
    }
}
