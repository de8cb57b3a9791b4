//! Claims: what was serviced is paid from the reserved cash.

use alloy_primitives::{Address, U256};
use contract_kit::{host, token, Revert};

use crate::{
    abi::{IQevAuction, IStakedUSDai},
    accounts::{check_amount, check_receiver},
    books::part_of,
    words::{Escrow, Settings},
    Vault,
};

/// What the auction has taken from a controller's serviced requests.
struct Claim {
    controller: Address,
    receiver: Address,
    assets: U256,
    shares: U256,
}

impl Vault {
    /// Claims `shares` of a controller's serviced requests, oldest first; answers the assets paid.
    ///
    /// # Errors
    ///
    /// As `redeem` of `IStakedUSDai` says.
    pub fn redeem(&mut self, shares: U256, receiver: Address, controller: Address) -> Result<U256, Revert> {
        let (settings, escrow) = self.open_claim(shares, receiver)?;
        self.check_controller(controller)?;
        let claim = IQevAuction::claimSharesCall { controller, shares };
        let assets = host::word(escrow.auction, &host::call(escrow.auction, &claim)?)?;
        self.pay(
            settings,
            escrow,
            &Claim {
                controller,
                receiver,
                assets,
                shares,
            },
        )?;
        Ok(assets)
    }

    /// Claims `assets` of a controller's serviced requests, oldest first; answers the shares used up.
    ///
    /// # Errors
    ///
    /// As `withdraw` of `IStakedUSDai` says.
    pub fn withdraw(&mut self, assets: U256, receiver: Address, controller: Address) -> Result<U256, Revert> {
        let (settings, escrow) = self.open_claim(assets, receiver)?;
        self.check_controller(controller)?;
        let claim = IQevAuction::claimAssetsCall { controller, assets };
        let shares = host::word(escrow.auction, &host::call(escrow.auction, &claim)?)?;
        self.pay(
            settings,
            escrow,
            &Claim {
                controller,
                receiver,
                assets,
                shares,
            },
        )?;
        Ok(shares)
    }

    /// Claims `shares` of one serviced request; answers the assets paid.
    ///
    /// # Errors
    ///
    /// As `redeemRequest` of `IStakedUSDai` says.
    pub fn redeem_request(&mut self, request_id: U256, shares: U256, receiver: Address) -> Result<U256, Revert> {
        let (settings, escrow) = self.open_claim(shares, receiver)?;
        let claim = IQevAuction::claimRequestCall {
            requestId: request_id,
            shares,
        };
        let answer = host::call(escrow.auction, &claim)?;
        let controller = host::address(escrow.auction, &answer)?;
        let [_, assets] = host::words(escrow.auction, &answer)?;
        self.check_controller(controller)?;
        self.pay(
            settings,
            escrow,
            &Claim {
                controller,
                receiver,
                assets,
                shares,
            },
        )?;
        Ok(assets)
    }

    fn open_claim(&self, amount: U256, receiver: Address) -> Result<(Settings, Escrow), Revert> {
        let settings = self.running()?;
        check_amount(amount)?;
        check_receiver(receiver)?;
        self.erc20.check_not_frozen(receiver)?;
        Ok((settings, self.escrow()))
    }

    /// Pays a claim. One that is worth nothing, by a price of nothing or by rounding, goes through without a transfer.
    fn pay(&mut self, settings: Settings, escrow: Escrow, claim: &Claim) -> Result<(), Revert> {
        let Claim {
            controller,
            receiver,
            assets,
            shares,
        } = *claim;
        let paid = part_of(escrow.auction, assets, escrow.reserved)?;
        self.set_escrow(Escrow {
            reserved: escrow.reserved.saturating_sub(paid),
            ..escrow
        });
        if !assets.is_zero() {
            token::transfer(settings.usdai, receiver, assets)?;
        }
        host::log(&IStakedUSDai::Withdraw {
            sender: host::sender(),
            receiver,
            owner: controller,
            assets,
            shares,
        });
        Ok(())
    }
}
