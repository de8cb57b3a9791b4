//! QEV: the auction's views and administration, as code that runs on the auction contract's storage.
//!
//! A face, as `qev-auction` is: each function calls one of [`qev_auction_state`]. The auction passes here what it does
//! not know itself. Called by itself it works on an empty storage of its own, in which nobody has a role and nothing is
//! constructed: nothing can be done there.
#![cfg_attr(not(any(test, feature = "export-abi")), no_main)]

extern crate alloc;

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use contract_kit::{roles, Revert};
// The generated code finds the small ABI coder under the SDK's name.
use contract_kit::sdk as stylus_sdk;
use qev_auction_state::Auction;
use stylus_sdk::prelude::*;

/// The auction contract's storage.
#[storage]
pub struct QevAuctionExtension {
    auction: Auction,
}

mod entry {
    //! The lines that the SDK forces.
    #![allow(unsafe_code)]

    use alloc::vec::Vec;

    use stylus_sdk::{host::VM, prelude::*, ArbResult};

    use super::QevAuctionExtension;

    // SAFETY: the only contract of this program, at the root of its storage.
    unsafe impl TopLevelStorage for QevAuctionExtension {}

    #[allow(dead_code)] // its caller is generated for WASM only
    #[entrypoint]
    fn main(input: Vec<u8>, vm: VM) -> ArbResult {
        contract_kit::entry::dispatch::<QevAuctionExtension>(input, vm)
    }
}

/// Prints the Solidity interface.
#[cfg(feature = "export-abi")]
pub fn print_from_args() {
    stylus_sdk::abi::export::print_from_args::<QevAuctionExtension>();
}

// What the functions do, what they refuse and what they log stands in `contracts/interfaces/IQevAuction.sol`.
#[allow(missing_docs, clippy::missing_errors_doc, clippy::type_complexity)]
#[public]
impl QevAuctionExtension {
    /* for the vault */

    pub fn announce_limit(&mut self, epoch: U256, assets: U256) -> Result<(), Revert> {
        self.auction.bound_spending(epoch, assets)
    }

    pub fn settle(
        &mut self,
        nav: U256,
        total_shares: U256,
        idle: U256,
        manager: bool,
    ) -> Result<(U256, U256, U256, U256, U256), Revert> {
        self.auction.clear_epoch(nav, total_shares, idle, manager)
    }

    /* views */

    pub fn vault(&self) -> Result<Address, Revert> {
        self.auction.vault()
    }

    pub fn extension(&self) -> Address {
        self.auction.extension()
    }

    pub fn genesis(&self) -> Result<U256, Revert> {
        self.auction.genesis()
    }

    pub fn bid_length(&self) -> Result<U256, Revert> {
        self.auction.bid_length()
    }

    pub fn auction_share_bps(&self) -> U256 {
        self.auction.auction_share()
    }

    pub fn current_epoch(&self) -> Result<(U256, u8, U256, U256, U256), Revert> {
        self.auction.time()
    }

    pub fn epoch_terms(&self, epoch: U256) -> Result<(U256, U256, U256), Revert> {
        self.auction.terms_of(epoch)
    }

    pub fn epoch_bids(&self, epoch: U256) -> Result<(U256, U256, U256, bool, U256), Revert> {
        self.auction.bids_of(epoch)
    }

    pub fn epoch_result(&self, epoch: U256) -> Result<(U256, U256, U256, U256, U256, U256, U256), Revert> {
        self.auction.result_of(epoch)
    }

    pub fn levels(&self, epoch: U256) -> Result<(Vec<U256>, Vec<U256>), Revert> {
        self.auction.levels_of(epoch)
    }

    pub fn request(&self, request_id: U256) -> Result<(Address, U256, u8, U256, U256, U256, U256, U256, U256), Revert> {
        self.auction.request_of(request_id)
    }

    pub fn commitment_of(&self, request_id: U256) -> B256 {
        self.auction.seal_of(request_id)
    }

    pub fn redemption(
        &self,
        redemption_id: U256,
    ) -> Result<(U256, U256, U256, U256, U256, Address, u64, U256), Revert> {
        self.auction.redemption_of(redemption_id)
    }

    pub fn redemption_ids(&self, controller: Address) -> Vec<U256> {
        self.auction.ids_of(controller)
    }

    pub fn claimable(&self, controller: Address) -> Result<(U256, U256), Revert> {
        self.auction.claimable_of(controller)
    }

    pub fn queue_info(&self) -> (U256, U256, U256) {
        self.auction.ends_of_queue()
    }

    pub fn unserviced_shares(&self) -> Result<(U256, U256, U256, U256), Revert> {
        self.auction.unserviced()
    }

    pub fn public_from(&self) -> Result<(U256, U256), Revert> {
        self.auction.public_times()
    }

    /* administration */

    pub fn set_vault(&mut self, vault: Address) -> Result<(), Revert> {
        self.auction.link_vault(vault)
    }

    pub fn set_discount_bounds(&mut self, min_discount_bps: u16, max_discount_bps: u16) -> Result<(), Revert> {
        self.auction.change_bounds(min_discount_bps, max_discount_bps)
    }

    pub fn set_bond(&mut self, bond_bps: u16) -> Result<(), Revert> {
        self.auction.change_bond(bond_bps)
    }

    #[selector(name = "DEFAULT_ADMIN_ROLE")]
    pub fn default_admin_role(&self) -> B256 {
        roles::DEFAULT_ADMIN.id()
    }

    pub fn get_role_admin(&self, role: B256) -> B256 {
        self.auction.access.role_admin(role)
    }

    pub fn has_role(&self, role: B256, account: Address) -> bool {
        self.auction.access.has_role(role, account)
    }

    pub fn grant_role(&mut self, role: B256, account: Address) -> Result<(), Revert> {
        self.auction.access.grant(role, account)
    }

    pub fn revoke_role(&mut self, role: B256, account: Address) -> Result<(), Revert> {
        self.auction.access.revoke(role, account)
    }

    pub fn renounce_role(&mut self, role: B256, caller_confirmation: Address) -> Result<(), Revert> {
        self.auction.access.renounce(role, caller_confirmation)
    }
}
