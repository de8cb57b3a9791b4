//! Requests to redeem: shares are burned and join the queue.

use alloy_primitives::{Address, U256};
use contract_kit::{host, revert::ValueTooLarge, Revert};
use qev_core::MAX_SHARES;

use crate::{
    abi::{IQevAuction, IStakedUSDai},
    accounts::{check_amount, check_receiver},
    pricing::ONE,
    valuation::Valuation,
    words::Settings,
    Vault,
};

impl Vault {
    /// Burns `shares` of `owner` and queues their redemption for `controller`.
    ///
    /// # Errors
    ///
    /// As `requestRedeem` of `IStakedUSDai` says.
    pub fn request_redeem(&mut self, shares: U256, controller: Address, owner: Address) -> Result<U256, Revert> {
        let settings = self.running()?;
        check_amount(shares)?;
        check_receiver(controller)?;
        let caller = host::sender();
        self.check_consent(caller, controller, owner)?;
        if shares < ONE {
            self.check_worth(settings, shares)?;
        }
        self.take_from(caller, owner, shares)?;
        self.check_accounts([caller, controller])?;
        self.add_pending(shares)?;

        let auction = self.escrow().auction;
        let request = IQevAuction::enqueueCall { controller, shares };
        let request_id = host::word(auction, &host::call(auction, &request)?)?;
        host::log(&IStakedUSDai::RedeemRequest {
            controller,
            owner,
            requestId: request_id,
            sender: caller,
            shares,
        });
        Ok(request_id)
    }

    /// Nobody gets a request that he did not ask for: they are limited, and take part in what happens to the queue.
    fn check_consent(&self, caller: Address, controller: Address, owner: Address) -> Result<(), Revert> {
        if controller == owner || self.acts_for(caller, controller) || self.is_operator(controller, owner) {
            Ok(())
        } else {
            Err(IStakedUSDai::ControllerConsentMissing { controller, owner }.into())
        }
    }

    /// Less than one share must be worth one USDai.
    fn check_worth(&self, settings: Settings, shares: U256) -> Result<(), Revert> {
        let price = self.share_price(settings, Valuation::Conservative)?;
        let assets = price.to_assets(shares).unwrap_or(U256::MAX);
        if assets < ONE {
            Err(IStakedUSDai::RequestTooSmall { shares, assets }.into())
        } else {
            Ok(())
        }
    }

    /// Burns shares of `owner`, whose operator the caller is or whose allowance he spends.
    fn take_from(&mut self, caller: Address, owner: Address, shares: U256) -> Result<(), Revert> {
        if !self.acts_for(caller, owner) {
            if self.erc20.allowance(owner, caller).is_zero() {
                return Err(IStakedUSDai::InvalidCaller {}.into());
            }
            self.erc20.spend_allowance(owner, caller, shares)?;
        }
        self.erc20.burn(owner, shares)
    }

    fn add_pending(&mut self, burned: U256) -> Result<(), Revert> {
        // What was burned was part of all shares, which fit.
        let pending = u128::try_from(burned)
            .ok()
            .and_then(|burned| self.pending().checked_add(burned))
            .ok_or(ValueTooLarge {
                value: burned,
                maximum: U256::from(MAX_SHARES),
            })?;
        self.set_pending(pending);
        Ok(())
    }
}
