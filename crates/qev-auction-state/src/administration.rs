//! Construction, the link to the vault, the terms of the bids.

use alloy_primitives::{Address, B256, U256};
use contract_kit::{extension, host, roles, Revert};
use qev_core::{
    book::terms::{self, Terms},
    levels::Bounds,
};

use crate::{
    abi::IQevAuction,
    refusals::revert,
    settings::{calendar, Settings},
    Auction,
};

/// What the constructor is told.
#[derive(Clone, Copy, Debug)]
pub struct Construction {
    /// The admin of all roles.
    pub admin: Address,
    /// When epoch 0 begins, in seconds.
    pub genesis: U256,
    /// Seconds of an epoch.
    pub epoch_length: U256,
    /// Seconds of its bid phase.
    pub bid_length: U256,
    /// What an auction may spend of the idle assets, in basis points.
    pub auction_share_bps: u16,
    /// The lowest discount in basis points.
    pub min_discount_bps: u16,
    /// The highest discount in basis points.
    pub max_discount_bps: u16,
    /// The bond in basis points.
    pub bond_bps: u16,
    /// Where the extension's code is.
    pub extension: Address,
    /// What that code must be.
    pub extension_code_hash: B256,
}

impl Auction {
    /// Sets the admin, the calendar, the auction's share and the extension for good, and the first terms of the bids.
    ///
    /// # Errors
    ///
    /// `InvalidAddress` for a zero admin, `InvalidCalendar`, `InvalidBounds`, `InvalidBasisPoints`,
    /// `ExtensionMismatch`.
    pub fn initialize(&mut self, construction: &Construction) -> Result<(), Revert> {
        let Construction {
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
        } = *construction;
        if admin.is_zero() {
            return Err(IQevAuction::InvalidAddress {}.into());
        }
        extension::check(extension, extension_code_hash)?;
        self.extension.set(extension);
        let settings = Settings {
            vault: Address::ZERO,
            calendar: calendar(genesis, epoch_length, bid_length)?,
        };
        self.settings.set(settings.pack());
        self.access.give(roles::DEFAULT_ADMIN.id(), admin);
        let bounds = Bounds::new(min_discount_bps, max_discount_bps).map_err(|error| revert(error.into()))?;
        terms::initialize(&mut self.books, Terms { bounds, bond_bps }, auction_share_bps).map_err(revert)
    }

    /// Links the vault for good.
    ///
    /// # Errors
    ///
    /// As `setVault` of `IQevAuction` says.
    pub fn link_vault(&mut self, vault: Address) -> Result<(), Revert> {
        self.access.only(roles::DEFAULT_ADMIN)?;
        let settings = self.settings()?;
        if !settings.vault.is_zero() {
            return Err(IQevAuction::VaultAlreadySet { vault: settings.vault }.into());
        }
        if vault.is_zero() || !host::has_code(vault) {
            return Err(IQevAuction::InvalidAddress {}.into());
        }
        self.settings.set(Settings { vault, ..settings }.pack());
        host::log(&IQevAuction::VaultSet { vault });
        Ok(())
    }

    /// Bounds the discounts of epochs to come.
    ///
    /// # Errors
    ///
    /// As `setDiscountBounds` of `IQevAuction` says.
    pub fn change_bounds(&mut self, min_discount_bps: u16, max_discount_bps: u16) -> Result<(), Revert> {
        self.access.only(roles::DEFAULT_ADMIN)?;
        let clock = self.clock()?;
        terms::set_bounds(&mut self.books, clock, min_discount_bps, max_discount_bps).map_err(revert)
    }

    /// Sets the bond of epochs to come.
    ///
    /// # Errors
    ///
    /// As `setBond` of `IQevAuction` says.
    pub fn change_bond(&mut self, bond_bps: u16) -> Result<(), Revert> {
        self.access.only(roles::DEFAULT_ADMIN)?;
        let clock = self.clock()?;
        terms::set_bond(&mut self.books, clock, bond_bps).map_err(revert)
    }
}
