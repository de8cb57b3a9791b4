//! The part of the loan pool that is seldom called on chain: administration, and views for wallets.
//!
//! This is a face of [`loan_pool_state`]: the pool runs this contract's code on its own storage (delegatecall) for every
//! call that none of its other contracts knows. The pool's constructor has checked the code by its hash, and the link
//! never changes.
//!
//! Called directly this contract is harmless: it holds nothing, nobody has a role in it and nobody can get one, so that
//! every function that changes anything refuses.
#![cfg_attr(not(any(test, feature = "export-abi")), no_main)]

#[macro_use]
extern crate alloc;

use alloc::{string::String, vec::Vec};

use alloy_primitives::{Address, FixedBytes, B256, U256};
use contract_kit::{eip712, host, roles, Revert};
// The generated code finds the small ABI coder under the SDK's name.
use contract_kit::sdk as stylus_sdk;
use loan_pool_state::{LoanPool, LoanTerms, LoanView, PoolDomain, Quote, RecoveryView, TrancheView};
use stylus_sdk::prelude::*;

/// The pool's storage.
#[storage]
pub struct LoanPoolAdministration {
    pool: LoanPool,
}

mod entry {
    //! The lines that the SDK forces.
    #![allow(unsafe_code)]

    use alloc::vec::Vec;

    use stylus_sdk::{host::VM, prelude::*, ArbResult};

    use super::LoanPoolAdministration;

    // SAFETY: the only contract of this program, at the root of its storage.
    unsafe impl TopLevelStorage for LoanPoolAdministration {}

    #[allow(dead_code)] // its caller is generated for WASM only
    #[entrypoint]
    fn main(input: Vec<u8>, vm: VM) -> ArbResult {
        contract_kit::entry::dispatch::<LoanPoolAdministration>(input, vm)
    }
}

/// Prints the Solidity interface.
#[cfg(feature = "export-abi")]
pub fn print_from_args() {
    stylus_sdk::abi::export::print_from_args::<LoanPoolAdministration>();
}

// What the functions do, what they refuse and what they log stands in `contracts/interfaces/ILoanPool.sol`. The router
// hands parameters over by value.
#[allow(
    missing_docs,
    clippy::missing_errors_doc,
    clippy::needless_pass_by_value,
    clippy::unused_self
)]
#[public]
impl LoanPoolAdministration {
    /* what wallets ask */

    pub fn quote(&self, terms: LoanTerms) -> Result<Quote, Revert> {
        self.pool.quote(&terms, U256::from(host::timestamp()))
    }

    #[selector(name = "quote")]
    pub fn quote_at(&self, terms: LoanTerms, timestamp: U256) -> Result<Quote, Revert> {
        self.pool.quote(&terms, timestamp)
    }

    pub fn loan(&self, loan_id: B256) -> Result<LoanView, Revert> {
        self.pool.loan(loan_id)
    }

    pub fn loan_principals(&self, loan_id: B256) -> Result<(U256, U256, U256, U256), Revert> {
        self.pool.loan_principals(loan_id)
    }

    pub fn recovery_of(&self, loan_id: B256) -> Result<RecoveryView, Revert> {
        self.pool.recovery_of(loan_id)
    }

    pub fn tranches(&self) -> U256 {
        self.pool.tranche_count()
    }

    pub fn tranche(&self, id: U256) -> Result<TrancheView, Revert> {
        self.pool.tranche(id)
    }

    pub fn written_off(&self, id: U256) -> Result<U256, Revert> {
        self.pool.claims_on(id)
    }

    pub fn caliber(&self) -> Address {
        self.pool.caliber()
    }

    pub fn collateral_auction(&self) -> Address {
        self.pool.collateral_auction()
    }

    pub fn extensions(&self) -> (Address, Address, Address, Address) {
        self.pool.extensions()
    }

    pub fn policy(&self) -> (U256, U256, U256, Address) {
        self.pool.policy()
    }

    #[selector(name = "DOMAIN_SEPARATOR")]
    pub fn domain_separator(&self) -> B256 {
        eip712::domain_separator::<PoolDomain>()
    }

    #[selector(name = "eip712Domain")]
    #[allow(clippy::type_complexity)]
    pub fn eip712_domain(&self) -> (FixedBytes<1>, String, String, U256, Address, B256, Vec<U256>) {
        (
            eip712::DOMAIN_FIELDS,
            String::from(loan_pool_state::NAME),
            String::from(loan_pool_state::VERSION),
            U256::from(host::chain_id()),
            host::this(),
            B256::ZERO,
            Vec::new(),
        )
    }

    /* administration */

    pub fn pause(&mut self) -> Result<(), Revert> {
        self.pool.change_paused(true)
    }

    pub fn unpause(&mut self) -> Result<(), Revert> {
        self.pool.change_paused(false)
    }

    pub fn paused(&self) -> bool {
        self.pool.paused()
    }

    pub fn set_fee_recipient(&mut self, fee_recipient: Address) -> Result<(), Revert> {
        self.pool.change_fee_recipient(fee_recipient)
    }

    pub fn set_collateral_auction(&mut self, auction: Address) -> Result<(), Revert> {
        self.pool.link_auction(auction)
    }

    #[selector(name = "DEFAULT_ADMIN_ROLE")]
    pub fn default_admin_role(&self) -> B256 {
        roles::DEFAULT_ADMIN.id()
    }

    pub fn get_role_admin(&self, role: B256) -> B256 {
        self.pool.access.role_admin(role)
    }

    pub fn has_role(&self, role: B256, account: Address) -> bool {
        self.pool.access.has_role(role, account)
    }

    pub fn grant_role(&mut self, role: B256, account: Address) -> Result<(), Revert> {
        self.pool.access.grant(role, account)
    }

    pub fn revoke_role(&mut self, role: B256, account: Address) -> Result<(), Revert> {
        self.pool.access.revoke(role, account)
    }

    pub fn renounce_role(&mut self, role: B256, caller_confirmation: Address) -> Result<(), Revert> {
        self.pool.access.renounce(role, caller_confirmation)
    }
}
