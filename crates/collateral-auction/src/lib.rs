//! English auction of the collateral of defaulted loans.
//!
//! The loan pool sends the CALIBER token of a loan that it liquidates here. Anybody lists it at the reserve that the
//! pool states, bids are held here in USDai, and whoever bids most when the listing ends gets the token; the pool gets
//! the proceeds.
//!
//! # Where a sale stands
//!
//! ```text
//!              list                  end, no bid
//! Unlisted ───────────> Running ──────────────────> Failed ──┐ writeOff, once and
//!                       ^  │ end, a bid               │      │ after three failures
//!                       │  v                          │ <────┘
//!                       │ Won ────────> Sold          │
//!                       │      settle                 │
//!                       └─────────────────────────────┘
//!                                 relist
//! ```
//!
//! Time alone moves a sale out of Running; a bid within `extension` of the end puts the end off, by a day in all. The rules
//! of bids, ends and relistings are [`loan_core::auction`]. A sale that is written off goes on as before, and the pool shares
//! out what it brings late. It asks depositors for what may still come, until `expireRecovery` tells it not to, and again
//! from the next `relist` on: never while a listing is open or its winner's money has not reached it, so that nobody comes
//! in between.
//!
//! # State
//!
//! | what | where |
//! |---|---|
//! | USDai, and how much of it belongs to bidders | one slot, `settings::Funds` |
//! | the pool, duration, extension, increment | one slot, `settings::Terms` |
//! | CALIBER | one slot |
//! | a sale | two slots, `sale::Sale` |
//! | what an account was outbid with | one slot |
//! | roles | [`contract_kit::access`] |
//!
//! # Nobody can hold a sale up
//!
//! - A bid pays nobody: who is outbid is credited, and fetches it himself.
//! - The token goes to the winner by `transferFrom`, which asks no receiver; CALIBER lets tokens out of here always,
//!   frozen or not.
//! - Bidding, settling, refunds and writing off ask for no role and cannot be paused.
//!
//! # Money
//!
//! `obligations` = all highest bids of sales that are not settled + all refunds. It grows with a bid by exactly what is
//! pulled, and shrinks with a settlement or a withdrawal by exactly what is paid, so it never exceeds the balance as
//! long as USDai moves what it is told to move. It is written before any other contract is called.
//!
//! # Calls
//!
//! Outwards only: USDai, CALIBER, the loan pool. None of them calls back, and the entry point refuses it.
#![cfg_attr(not(any(test, feature = "export-abi")), no_main)]

extern crate alloc;

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use contract_kit::{access::AccessControl, roles, Revert};
// The generated code finds the small ABI coder under the SDK's name.
use contract_kit::sdk as stylus_sdk;
use stylus_sdk::{
    prelude::*,
    storage::{StorageAddress, StorageMap, StorageU256},
};

mod abi;
mod administration;
mod bidding;
mod refusals;
mod sale;
mod selling;
mod settings;
#[cfg(test)]
mod tests;
mod views;

/// The contract's storage.
#[storage]
pub struct CollateralAuction {
    /// [`settings::Funds`].
    funds: StorageU256,
    /// [`settings::Terms`].
    terms: StorageU256,
    caliber: StorageAddress,
    /// [`sale::Sale::pack_course`] by loan.
    courses: StorageMap<B256, StorageU256>,
    /// [`sale::Sale::pack_stakes`] by loan.
    stakes: StorageMap<B256, StorageU256>,
    /// What each account was outbid with and has not fetched.
    refunds: StorageMap<Address, StorageU256>,
    access: AccessControl,
}

mod entry {
    //! The lines that the SDK forces.
    #![allow(unsafe_code)]

    use alloc::vec::Vec;

    use stylus_sdk::{host::VM, prelude::*, ArbResult};

    use super::CollateralAuction;

    // SAFETY: the only contract of this program, at the root of its storage.
    unsafe impl TopLevelStorage for CollateralAuction {}

    #[allow(dead_code)] // its caller is generated for WASM only
    #[entrypoint]
    fn main(input: Vec<u8>, vm: VM) -> ArbResult {
        contract_kit::entry::dispatch::<CollateralAuction>(input, vm)
    }
}

/// Prints the Solidity interface.
#[cfg(feature = "export-abi")]
pub fn print_from_args() {
    stylus_sdk::abi::export::print_from_args::<CollateralAuction>();
}

// What the functions do, what they refuse and what they log stands in `contracts/interfaces/ICollateralAuction.sol`.
#[allow(missing_docs, clippy::missing_errors_doc, clippy::type_complexity)]
#[public]
impl CollateralAuction {
    /// Fixes the links, the terms of all listings and the admin of all roles.
    ///
    /// Refuses zero addresses and links without code, a pool with another currency or other titles, and terms out of
    /// bounds.
    #[constructor]
    #[allow(clippy::too_many_arguments)]
    pub fn constructor(
        &mut self,
        admin: Address,
        loan_pool: Address,
        caliber: Address,
        usdai: Address,
        duration: U256,
        min_increment_bps: u16,
        extension: U256,
    ) -> Result<(), Revert> {
        let terms = settings::Terms::new(loan_pool, duration, min_increment_bps, extension)?;
        self.initialize(admin, caliber, usdai, terms)
    }

    /* open to anybody */

    pub fn list(&mut self, loan_id: B256) -> Result<(), Revert> {
        self.put_up(loan_id)
    }

    pub fn bid(&mut self, loan_id: B256, amount: U256) -> Result<(), Revert> {
        self.place_bid(loan_id, amount)
    }

    pub fn withdraw_refund(&mut self, receiver: Address) -> Result<U256, Revert> {
        self.pay_refund(receiver)
    }

    pub fn settle(&mut self, loan_id: B256) -> Result<(), Revert> {
        self.complete(loan_id)
    }

    pub fn write_off(&mut self, loan_id: B256) -> Result<(), Revert> {
        self.realise_loss(loan_id)
    }

    pub fn expire_recovery(&mut self, loan_id: B256) -> Result<(), Revert> {
        self.give_up(loan_id)
    }

    /* views */

    pub fn listing(&self, loan_id: B256) -> (u8, U256, U256, U256, Address, U256, U256, U256, bool) {
        self.listing_of(loan_id)
    }

    pub fn minimum_bid(&self, loan_id: B256) -> Result<U256, Revert> {
        self.lowest_bid(loan_id)
    }

    pub fn refund_of(&self, account: Address) -> U256 {
        self.refunds.get(account)
    }

    pub fn obligations(&self) -> U256 {
        U256::from(self.funds().obligations)
    }

    pub fn loan_pool(&self) -> Address {
        self.terms().pool
    }

    pub fn caliber(&self) -> Address {
        self.caliber.get()
    }

    pub fn usdai(&self) -> Address {
        self.funds().currency
    }

    pub fn duration(&self) -> U256 {
        U256::from(self.terms().rules.duration)
    }

    pub fn min_increment_bps(&self) -> U256 {
        U256::from(self.terms().rules.min_increment_bps)
    }

    pub fn extension(&self) -> U256 {
        U256::from(self.terms().rules.extension)
    }

    /* administration */

    pub fn relist(&mut self, loan_id: B256, reserve: U256) -> Result<(), Revert> {
        self.put_up_again(loan_id, reserve)
    }

    #[selector(name = "DEFAULT_ADMIN_ROLE")]
    pub fn default_admin_role(&self) -> B256 {
        roles::DEFAULT_ADMIN.id()
    }

    pub fn get_role_admin(&self, role: B256) -> B256 {
        self.access.role_admin(role)
    }

    pub fn has_role(&self, role: B256, account: Address) -> bool {
        self.access.has_role(role, account)
    }

    pub fn grant_role(&mut self, role: B256, account: Address) -> Result<(), Revert> {
        self.access.grant(role, account)
    }

    pub fn revoke_role(&mut self, role: B256, account: Address) -> Result<(), Revert> {
        self.access.revoke(role, account)
    }

    pub fn renounce_role(&mut self, role: B256, caller_confirmation: Address) -> Result<(), Revert> {
        self.access.renounce(role, caller_confirmation)
    }
}
