//! The part of sUSDai that its users seldom call on chain: administration, harvest and strategy, and views for wallets.
//!
//! This is a face of [`susdai_state`], as `susdai-vault` is, and knows no selector of that one. The vault runs this
//! contract's code on its own storage (delegatecall) for every call that it does not know itself; the vault's
//! constructor has checked the code by its hash, and the link never changes.
//!
//! Called directly this contract is harmless: it holds nothing, nobody has a role in it and nobody can get one, so that
//! every function that changes anything refuses; the views answer zeros, or fail for want of an auction to ask.
#![cfg_attr(not(any(test, feature = "export-abi")), no_main)]

#[macro_use]
extern crate alloc;

use alloc::{string::String, vec::Vec};

use alloy_primitives::{Address, FixedBytes, B256, U256};
use contract_kit::{host, permit, roles, Revert};
// The generated code finds the small ABI coder under the SDK's name.
use contract_kit::sdk as stylus_sdk;
use stylus_sdk::prelude::*;
use susdai_state::{Redemption, Vault};

/// The vault's storage.
#[storage]
pub struct StakedUSDaiExtension {
    vault: Vault,
}

mod entry {
    //! The lines that the SDK forces.
    #![allow(unsafe_code)]

    use alloc::vec::Vec;

    use stylus_sdk::{host::VM, prelude::*, ArbResult};

    use super::StakedUSDaiExtension;

    // SAFETY: the only contract of this program, at the root of its storage.
    unsafe impl TopLevelStorage for StakedUSDaiExtension {}

    #[allow(dead_code)] // its caller is generated for WASM only
    #[entrypoint]
    fn main(input: Vec<u8>, vm: VM) -> ArbResult {
        contract_kit::entry::dispatch::<StakedUSDaiExtension>(input, vm)
    }
}

/// Prints the Solidity interface.
#[cfg(feature = "export-abi")]
pub fn print_from_args() {
    stylus_sdk::abi::export::print_from_args::<StakedUSDaiExtension>();
}

// What the functions do, what they refuse and what they log stands in `contracts/interfaces/IStakedUSDai.sol`.
#[allow(missing_docs, clippy::missing_errors_doc, clippy::unused_self)]
#[public]
impl StakedUSDaiExtension {
    /* strategy admin */

    pub fn give_notice(&mut self, tranche: U256, shares: U256) -> Result<(), Revert> {
        self.vault.give_notice(tranche, shares)
    }

    pub fn cancel_notice(&mut self, tranche: U256) -> Result<(), Revert> {
        self.vault.cancel_notice(tranche)
    }

    pub fn announce_limit(&mut self, epoch: U256, assets: U256) -> Result<(), Revert> {
        self.vault.announce_limit(epoch, assets)
    }

    pub fn allocate(&mut self, tranche: U256, assets: U256) -> Result<U256, Revert> {
        self.vault.allocate(tranche, assets)
    }

    pub fn deallocate(&mut self, tranche: U256, shares: U256) -> Result<U256, Revert> {
        self.vault.deallocate(tranche, shares)
    }

    pub fn harvest_base_yield(&mut self) -> Result<(U256, U256), Revert> {
        self.vault.harvest_base_yield(U256::ZERO)
    }

    pub fn deposit_base_yield(&mut self, usdai_amount: U256) -> Result<(U256, U256), Revert> {
        self.vault.harvest_base_yield(usdai_amount)
    }

    /* administration */

    pub fn mint(&mut self, to: Address, amount: U256) -> Result<(), Revert> {
        self.vault.bridge_in(to, amount)
    }

    pub fn burn(&mut self, from: Address, amount: U256) -> Result<(), Revert> {
        self.vault.bridge_out(from, amount)
    }

    pub fn set_blacklist(&mut self, account: Address, is_blacklisted: bool) -> Result<(), Revert> {
        self.vault.change_blacklist(account, is_blacklisted)
    }

    pub fn set_base_yield_fee(&mut self, fee_bps: u16) -> Result<(), Revert> {
        self.vault.change_fee(fee_bps)
    }

    pub fn set_fee_recipient(&mut self, fee_recipient: Address) -> Result<(), Revert> {
        self.vault.change_fee_recipient(fee_recipient)
    }

    pub fn set_loan_pool(&mut self, loan_pool: Address) -> Result<(), Revert> {
        self.vault.link_loan_pool(loan_pool)
    }

    pub fn pause(&mut self) -> Result<(), Revert> {
        self.vault.change_paused(true)
    }

    pub fn unpause(&mut self) -> Result<(), Revert> {
        self.vault.change_paused(false)
    }

    #[selector(name = "DEFAULT_ADMIN_ROLE")]
    pub fn default_admin_role(&self) -> B256 {
        roles::DEFAULT_ADMIN.id()
    }

    pub fn get_role_admin(&self, role: B256) -> B256 {
        self.vault.access.role_admin(role)
    }

    pub fn has_role(&self, role: B256, account: Address) -> bool {
        self.vault.access.has_role(role, account)
    }

    pub fn grant_role(&mut self, role: B256, account: Address) -> Result<(), Revert> {
        self.vault.access.grant(role, account)
    }

    pub fn revoke_role(&mut self, role: B256, account: Address) -> Result<(), Revert> {
        self.vault.access.revoke(role, account)
    }

    pub fn renounce_role(&mut self, role: B256, caller_confirmation: Address) -> Result<(), Revert> {
        self.vault.access.renounce(role, caller_confirmation)
    }

    /* books and links */

    pub fn nav(&self) -> Result<U256, Revert> {
        self.vault.nav()
    }

    pub fn conservative_nav(&self) -> Result<U256, Revert> {
        self.vault.conservative_nav()
    }

    pub fn deposit_share_price(&self) -> Result<U256, Revert> {
        self.vault.deposit_share_price()
    }

    pub fn redemption_share_price(&self) -> Result<U256, Revert> {
        self.vault.redemption_share_price()
    }

    pub fn total_shares(&self) -> U256 {
        self.vault.total_shares()
    }

    pub fn claimable_base_yield(&self) -> Result<U256, Revert> {
        self.vault.claimable_base_yield()
    }

    pub fn books(&self) -> (U256, U256, U256, U256) {
        self.vault.books()
    }

    pub fn tranche_shares(&self, tranche: U256) -> Result<U256, Revert> {
        self.vault.tranche_shares(tranche)
    }

    pub fn bridged_supply(&self) -> U256 {
        self.vault.bridged_supply()
    }

    pub fn auction(&self) -> Address {
        self.vault.auction()
    }

    pub fn loan_pool(&self) -> Address {
        self.vault.loan_pool()
    }

    pub fn extension(&self) -> Address {
        self.vault.extension()
    }

    pub fn base_yield_fee(&self) -> (U256, Address) {
        self.vault.base_yield_fee()
    }

    pub fn is_blacklisted(&self, account: Address) -> bool {
        self.vault.is_blacklisted(account)
    }

    pub fn paused(&self) -> bool {
        self.vault.paused()
    }

    /* what wallets ask */

    pub fn max_deposit(&self, receiver: Address) -> Result<U256, Revert> {
        self.vault.max_deposit(receiver)
    }

    pub fn max_mint(&self, receiver: Address) -> Result<U256, Revert> {
        self.vault.max_mint(receiver)
    }

    pub fn max_redeem(&self, controller: Address) -> Result<U256, Revert> {
        self.vault.max_redeem(controller)
    }

    pub fn max_withdraw(&self, controller: Address) -> Result<U256, Revert> {
        self.vault.max_withdraw(controller)
    }

    pub fn preview_redeem(&self, _shares: U256) -> Result<U256, Revert> {
        susdai_state::preview_redemption()
    }

    pub fn preview_withdraw(&self, _assets: U256) -> Result<U256, Revert> {
        susdai_state::preview_redemption()
    }

    pub fn pending_redeem_request(&self, redemption_id: U256, controller: Address) -> Result<U256, Revert> {
        self.vault.pending_redeem_request(redemption_id, controller)
    }

    pub fn claimable_redeem_request(&self, redemption_id: U256, controller: Address) -> Result<U256, Revert> {
        self.vault.claimable_redeem_request(redemption_id, controller)
    }

    pub fn redemption(&self, redemption_id: U256) -> Result<Redemption, Revert> {
        self.vault.redemption(redemption_id)
    }

    pub fn redemption_ids(&self, controller: Address) -> Result<Vec<U256>, Revert> {
        self.vault.redemption_ids(controller)
    }

    #[allow(clippy::type_complexity)]
    pub fn redemption_queue_info(&self) -> Result<(U256, U256, U256, U256, U256), Revert> {
        self.vault.redemption_queue_info()
    }

    pub fn redemption_timestamp(&self) -> Result<u64, Revert> {
        self.vault.redemption_timestamp()
    }

    #[selector(name = "eip712Domain")]
    #[allow(clippy::type_complexity)]
    pub fn eip712_domain(&self) -> (FixedBytes<1>, String, String, U256, Address, B256, Vec<U256>) {
        (
            permit::DOMAIN_FIELDS,
            String::from(susdai_state::NAME),
            String::from(susdai_state::VERSION),
            U256::from(host::chain_id()),
            host::this(),
            B256::ZERO,
            Vec::new(),
        )
    }
}
