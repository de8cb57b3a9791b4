//! QEV: the redemption queue of sUSDai and its monthly sealed-bid auction, as a contract.
//!
//! The auction is one contract to its users and two programs on chain, for it does not fit one. `qev-auction` is the
//! contract: it holds the storage and answers what moves requests, shares and assets. What it does not know it passes
//! with its calldata to `qev-auction-extension`, which runs on the auction's storage (delegatecall) and answers views
//! and administration. Both are faces of this crate: each has the [`Auction`] of this crate as its only field, and each
//! function of theirs calls one here. No selector is in both. The extension called by itself has an empty storage of
//! its own, in which nothing is constructed: it does nothing there.
//!
//! Everything that happens does so in [`qev_core::book`], whose head states the invariants Q1 to Q5 and why they hold.
//! Here is what ties it to a chain: the clock, the caller, storage, errors and events. What the functions do, refuse and
//! log stands in `contracts/interfaces/IQevAuction.sol`.
//!
//! # State
//!
//! | what | where |
//! |---|---|
//! | the vault, genesis and the lengths | one slot, `settings::Settings` |
//! | every word of the book | one mapping, `books::Books` |
//! | the extension | a slot |
//! | roles | [`contract_kit::access`] |
//!
//! # Who may call
//!
//! | who | what |
//! |---|---|
//! | the vault | `enqueue`, `commitBid`, `withdrawBid`, `announceLimit`, `settle`, `service`, the claims |
//! | anybody | `revealBid`, `restore`, the views |
//! | `DEFAULT_ADMIN_ROLE` | `setVault` once, `setDiscountBounds`, `setBond` |
//!
//! The vault knows operators, blacklist and pause, and checks whoever calls it. The functions that take a request's id
//! return its controller, so that it can check that last and undo everything otherwise.
//!
//! # Calls
//!
//! None, but the extension's code.
#![no_std]

#[macro_use]
extern crate alloc;
#[cfg(test)]
extern crate std;

use alloc::vec::Vec;

use contract_kit::{access::AccessControl, extension, host, Revert};
use qev_core::epoch::Clock;
use stylus_sdk::{
    prelude::*,
    storage::{StorageAddress, StorageU256},
};

mod abi;
mod administration;
mod books;
mod operations;
mod refusals;
mod settings;
#[cfg(test)]
mod tests;
mod views;
mod words;

pub use abi::IQevAuction;
pub use administration::Construction;
use books::Books;
use settings::Settings;

/// The auction's storage.
#[storage]
pub struct Auction {
    /// [`settings::Settings`].
    settings: StorageU256,
    books: Books,
    /// Roles.
    pub access: AccessControl,
    extension: StorageAddress,
}

impl Auction {
    /// Runs a call that the contract itself does not know.
    ///
    /// # Errors
    ///
    /// What the extension reverts with; nothing before the construction.
    pub fn extend(&self, calldata: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
        extension::delegate(self.extension.get(), calldata)
    }

    /// What the constructor has set; before it there is nothing.
    fn settings(&self) -> Result<Settings, Revert> {
        Settings::unpack(self.settings.get()).ok_or_else(|| IQevAuction::Inconsistent {}.into())
    }

    /// The present moment.
    fn clock(&self) -> Result<Clock, Revert> {
        moment(self.settings()?)
    }

    /// The present moment for a call of the vault.
    fn clock_for_vault(&self) -> Result<Clock, Revert> {
        let settings = self.settings()?;
        let caller = host::sender();
        if caller != settings.vault {
            return Err(IQevAuction::UnauthorizedCaller { caller }.into());
        }
        moment(settings)
    }
}

fn moment(settings: Settings) -> Result<Clock, Revert> {
    Clock::new(settings.calendar, host::timestamp()).map_err(|error| refusals::revert(error.into()))
}

#[cfg(test)]
mod entry {
    //! The auction as a contract of its own, for tests.
    #![allow(unsafe_code)]

    use alloc::vec::Vec;

    use stylus_sdk::prelude::*;

    use super::Auction;

    unsafe impl TopLevelStorage for Auction {}

    #[public]
    impl Auction {}
}
