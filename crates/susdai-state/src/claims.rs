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

/// What the auction takes from a controller's serviced requests, and who gets it.
struct Claim {
    settings: Settings,
    escrow: Escrow,
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
        let mut claim = self.open_claim(shares, receiver, controller)?;
        self.check_controller(controller)?;
        let auction = claim.escrow.auction;
        let call = IQevAuction::claimSharesCall { controller, shares };
        claim.assets = host::word(auction, &host::call(auction, &call)?)?;
        self.pay(&claim)?;
        Ok(claim.assets)
    }

    /// Claims `assets` of a controller's serviced requests, oldest first; answers the shares used up.
    ///
    /// # Errors
    ///
    /// As `withdraw` of `IStakedUSDai` says.
    pub fn withdraw(&mut self, assets: U256, receiver: Address, controller: Address) -> Result<U256, Revert> {
        let mut claim = self.open_claim(assets, receiver, controller)?;
        self.check_controller(controller)?;
        let auction = claim.escrow.auction;
        let call = IQevAuction::claimAssetsCall { controller, assets };
        claim.shares = host::word(auction, &host::call(auction, &call)?)?;
        self.pay(&claim)?;
        Ok(claim.shares)
    }

    /// Claims `shares` of one serviced request; answers the assets paid.
    ///
    /// # Errors
    ///
    /// As `redeemRequest` of `IStakedUSDai` says.
    pub fn redeem_request(&mut self, request_id: U256, shares: U256, receiver: Address) -> Result<U256, Revert> {
        let mut claim = self.open_claim(shares, receiver, Address::ZERO)?;
        let auction = claim.escrow.auction;
        let call = IQevAuction::claimRequestCall {
            requestId: request_id,
            shares,
        };
        let answer = host::call(auction, &call)?;
        claim.controller = host::address(auction, &answer)?;
        [_, claim.assets] = host::words(auction, &answer)?;
        self.check_controller(claim.controller)?;
        self.pay(&claim)?;
        Ok(claim.assets)
    }

    /// A claim of `amount`, be it shares or assets: the auction says what the other is.
    fn open_claim(&self, amount: U256, receiver: Address, controller: Address) -> Result<Claim, Revert> {
        let settings = self.running()?;
        check_amount(amount)?;
        check_receiver(receiver)?;
        self.erc20.check_not_frozen(receiver)?;
        Ok(Claim {
            settings,
            escrow: self.escrow(),
            controller,
            receiver,
            assets: amount,
            shares: amount,
        })
    }

    /// Pays a claim. One that is worth nothing, by a price of nothing or by rounding, goes through without a transfer.
    fn pay(&mut self, claim: &Claim) -> Result<(), Revert> {
        let Claim {
            settings,
            escrow,
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
