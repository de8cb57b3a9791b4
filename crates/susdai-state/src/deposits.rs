//! Deposits: USDai comes in, shares are minted at the optimistic price.

use alloy_primitives::{address, Address, U256};
use contract_kit::{host, revert::ValueTooLarge, token, Revert};
use qev_core::MAX_SHARES;

use crate::{
    abi::IStakedUSDai,
    accounts::{check_amount, check_receiver},
    pricing::{SharePrice, LOCKED_SHARES, ONE},
    words::{Settings, MAX_IDLE},
    Vault,
};

/// Holds the locked shares; nobody has its key.
pub(crate) const DEAD: Address = address!("000000000000000000000000000000000000dEaD");

/// A deposit whose price is known.
struct Purchase {
    settings: Settings,
    price: SharePrice,
    receiver: Address,
    assets: U256,
    shares: U256,
}

impl Vault {
    /// Takes `assets` of the caller and mints at least `min_shares` to `receiver`.
    ///
    /// # Errors
    ///
    /// As `deposit` of `IStakedUSDai` says.
    pub fn deposit(&mut self, assets: U256, receiver: Address, min_shares: U256) -> Result<U256, Revert> {
        let settings = self.running()?;
        check_amount(assets)?;
        let price = self.deposit_price(settings)?;
        let shares = shares_bought(price, assets)?;
        if shares < min_shares {
            return Err(IStakedUSDai::SlippageExceeded {
                limit: min_shares,
                actual: shares,
            }
            .into());
        }
        self.buy(&Purchase {
            settings,
            price,
            receiver,
            assets,
            shares,
        })?;
        Ok(shares)
    }

    /// Mints `shares` to `receiver` and takes at most `max_assets` of the caller.
    ///
    /// # Errors
    ///
    /// As `mint` of `IStakedUSDai` says.
    pub fn mint(&mut self, shares: U256, receiver: Address, max_assets: U256) -> Result<U256, Revert> {
        let settings = self.running()?;
        let price = self.deposit_price(settings)?;
        let assets = cost_of(price, shares)?;
        if assets > max_assets {
            return Err(IStakedUSDai::SlippageExceeded {
                limit: max_assets,
                actual: assets,
            }
            .into());
        }
        self.buy(&Purchase {
            settings,
            price,
            receiver,
            assets,
            shares,
        })?;
        Ok(assets)
    }

    /// Shares that a deposit of `assets` would mint now.
    ///
    /// # Errors
    ///
    /// `ZeroNav`, `ValueTooLarge`.
    pub fn preview_deposit(&self, assets: U256) -> Result<U256, Revert> {
        shares_bought(self.deposit_price(self.settings())?, assets)
    }

    /// Assets that minting `shares` would take now.
    ///
    /// # Errors
    ///
    /// `ZeroNav`, `ValueTooLarge`.
    pub fn preview_mint(&self, shares: U256) -> Result<U256, Revert> {
        cost_of(self.deposit_price(self.settings())?, shares)
    }

    fn buy(&mut self, purchase: &Purchase) -> Result<(), Revert> {
        let Purchase {
            settings,
            price,
            receiver,
            assets,
            shares,
        } = *purchase;
        check_receiver(receiver)?;
        let sender = host::sender();
        if sender != receiver {
            self.erc20.check_not_frozen(sender)?;
        }
        let mut added = shares;
        if price.is_first() {
            if shares < ONE {
                return Err(IStakedUSDai::FirstDepositTooSmall { shares, minimum: ONE }.into());
            }
            self.erc20.mint(DEAD, LOCKED_SHARES)?;
            added = shares.saturating_add(LOCKED_SHARES);
        }
        check_amount(shares)?;
        let room = share_room(price);
        if added > room {
            return Err(ValueTooLarge {
                value: added,
                maximum: room,
            }
            .into());
        }
        self.add_idle(assets)?;
        self.erc20.mint(receiver, shares)?;
        token::transfer_from(settings.usdai, sender, host::this(), assets)?;
        host::log(&IStakedUSDai::Deposit {
            sender,
            owner: receiver,
            assets,
            shares,
        });
        Ok(())
    }
}

/// How many more shares there may be.
pub(crate) fn share_room(price: SharePrice) -> U256 {
    U256::from(MAX_SHARES).saturating_sub(price.shares)
}

fn shares_bought(price: SharePrice, assets: U256) -> Result<U256, Revert> {
    price
        .shares_bought(assets)
        .ok_or_else(|| too_large(assets, U256::from(MAX_IDLE)))
}

fn cost_of(price: SharePrice, shares: U256) -> Result<U256, Revert> {
    price
        .cost_of(shares)
        .ok_or_else(|| too_large(shares, share_room(price)))
}

/// An amount that no conversion can take.
pub(crate) fn too_large(value: U256, maximum: U256) -> Revert {
    ValueTooLarge { value, maximum }.into()
}
