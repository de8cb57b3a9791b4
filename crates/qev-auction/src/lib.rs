//! QEV, the redemption queue of sUSDai and its sealed-bid auction: the contract that holds the auction's storage.
//!
//! This is a face: what the auction is and does, its storage and invariants, stands in [`qev_auction_state`] and in
//! `qev_core::book`. Here is what moves requests, shares and assets, and what the vault asks while it moves its own.
//! Everything else (views for wallets, administration) is passed to the extension contract, which runs on this
//! contract's storage. A selector that the extension does not know either ends there in `InvalidCall`, and so does any
//! call with ETH.
#![cfg_attr(not(any(test, feature = "export-abi")), no_main)]

extern crate alloc;

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use contract_kit::Revert;
// The generated code finds the small ABI coder under the SDK's name.
use contract_kit::sdk as stylus_sdk;
use qev_auction_state::{Auction, Construction};
use stylus_sdk::{prelude::*, ArbResult};

/// The contract's storage.
#[storage]
pub struct QevAuction {
    auction: Auction,
}

mod entry {
    //! The lines that the SDK forces.
    #![allow(unsafe_code)]

    use alloc::vec::Vec;

    use stylus_sdk::{host::VM, prelude::*, ArbResult};

    use super::QevAuction;

    // SAFETY: the only contract of this program, at the root of its storage.
    unsafe impl TopLevelStorage for QevAuction {}

    #[allow(dead_code)] // its caller is generated for WASM only
    #[entrypoint]
    fn main(input: Vec<u8>, vm: VM) -> ArbResult {
        contract_kit::entry::dispatch::<QevAuction>(input, vm)
    }
}

/// Prints the Solidity interface.
#[cfg(feature = "export-abi")]
pub fn print_from_args() {
    stylus_sdk::abi::export::print_from_args::<QevAuction>();
}

// What the functions do, what they refuse and what they log stands in `contracts/interfaces/IQevAuction.sol`.
#[allow(missing_docs, clippy::missing_errors_doc, clippy::type_complexity)]
#[public]
impl QevAuction {
    /// Sets the admin of all roles, the calendar, the auction's share of the idle assets and the extension for good, and
    /// the terms of the bids.
    #[constructor]
    #[allow(clippy::too_many_arguments)]
    pub fn constructor(
        &mut self,
        admin: Address,
        genesis: U256,
        epoch_length: U256,
        bid_length: U256,
        auction_share_bps: u16,
        min_discount_bps: u16,
        max_discount_bps: u16,
        bond_bps: u16,
        extension: Address,
        extension_code_hash: B256,
    ) -> Result<(), Revert> {
        self.auction.initialize(&Construction {
            admin,
            genesis,
            epoch_length,
            bid_length,
            auction_share_bps,
            min_discount_bps,
            max_discount_bps,
            bond_bps,
            extension,
            extension_code_hash,
        })
    }

    /// Passes what is not known here to the extension.
    #[fallback]
    pub fn fallback(&mut self, calldata: &[u8]) -> ArbResult {
        self.auction.extend(calldata)
    }

    /* open to anybody */

    pub fn reveal_bid(&mut self, request_id: U256, discount_bps: u16, salt: B256) -> Result<(), Revert> {
        self.auction.open_bid(request_id, discount_bps, salt)
    }

    pub fn restore(&mut self, request_id: U256) -> Result<(), Revert> {
        self.auction.bring_back(request_id)
    }

    /* for the vault */

    pub fn enqueue(&mut self, controller: Address, shares: U256) -> Result<U256, Revert> {
        self.auction.append(controller, shares)
    }

    pub fn commit_bid(&mut self, request_id: U256, commitment: B256) -> Result<Address, Revert> {
        self.auction.seal_bid(request_id, commitment)
    }

    pub fn withdraw_bid(&mut self, request_id: U256) -> Result<Address, Revert> {
        self.auction.take_bid_back(request_id)
    }

    pub fn service(
        &mut self,
        shares: U256,
        nav: U256,
        total_shares: U256,
        idle: U256,
        manager: bool,
    ) -> Result<(U256, U256, U256), Revert> {
        self.auction.service_queue(shares, nav, total_shares, idle, manager)
    }

    pub fn claim_shares(&mut self, controller: Address, shares: U256) -> Result<U256, Revert> {
        self.auction.pay_shares(controller, shares)
    }

    pub fn claim_assets(&mut self, controller: Address, assets: U256) -> Result<U256, Revert> {
        self.auction.pay_assets(controller, assets)
    }

    pub fn claim_request(&mut self, request_id: U256, shares: U256) -> Result<(Address, U256), Revert> {
        self.auction.pay_request(request_id, shares)
    }

    /* what the vault asks */

    pub fn epoch_length(&self) -> Result<U256, Revert> {
        self.auction.epoch_length()
    }

    pub fn is_settlement_pending(&self) -> Result<bool, Revert> {
        self.auction.has_bids_to_settle()
    }
}
