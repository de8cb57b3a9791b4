//! What wallets and indexers ask. A contract that is not constructed answers zeros or `ExternalCallFailed`.

use alloc::vec::Vec;

use alloy_primitives::{Address, U256};
use contract_kit::{host, Revert};

use crate::{
    abi::{IQevAuction, IStakedUSDai},
    books::list,
    deposits::{share_room, too_large},
    pricing::ONE,
    valuation::{claimable_base_yield, Valuation},
    words::MAX_IDLE,
    Vault,
};

/// A request in the words of the live contract, and the shares ahead of it.
pub type Redemption = (U256, U256, U256, U256, U256, Address, u64, U256);

// What the functions answer stands in `IStakedUSDai`.
#[allow(missing_docs, clippy::missing_errors_doc)]
impl Vault {
    pub fn asset(&self) -> Address {
        self.settings().usdai
    }

    pub fn nav(&self) -> Result<U256, Revert> {
        self.net_asset_value(self.settings(), Valuation::Optimistic)
    }

    pub fn conservative_nav(&self) -> Result<U256, Revert> {
        self.net_asset_value(self.settings(), Valuation::Conservative)
    }

    pub fn convert_to_shares(&self, assets: U256) -> Result<U256, Revert> {
        let price = self.share_price(self.settings(), Valuation::Optimistic)?;
        price
            .to_shares(assets)
            .ok_or_else(|| too_large(assets, U256::from(MAX_IDLE)))
    }

    pub fn convert_to_assets(&self, shares: U256) -> Result<U256, Revert> {
        self.worth(Valuation::Optimistic, shares)
    }

    pub fn deposit_share_price(&self) -> Result<U256, Revert> {
        self.worth(Valuation::Optimistic, ONE)
    }

    pub fn redemption_share_price(&self) -> Result<U256, Revert> {
        self.worth(Valuation::Conservative, ONE)
    }

    fn worth(&self, valuation: Valuation, shares: U256) -> Result<U256, Revert> {
        let price = self.share_price(self.settings(), valuation)?;
        price
            .to_assets(shares)
            .ok_or_else(|| too_large(shares, U256::from(qev_core::MAX_SHARES)))
    }

    pub fn claimable_base_yield(&self) -> Result<U256, Revert> {
        claimable_base_yield(self.settings())
    }

    pub fn books(&self) -> (U256, U256, U256, U256) {
        let cash = self.cash();
        let unvested = cash.gains.unvested(host::timestamp(), self.settings().vesting_period);
        (
            U256::from(cash.idle),
            U256::from(self.escrow().reserved),
            U256::from(unvested),
            U256::from(self.pending()),
        )
    }

    pub fn tranche_shares(&self, tranche: U256) -> Result<U256, Revert> {
        let counts = self.tranches(self.settings().tranches_held);
        match usize::try_from(tranche).ok().and_then(|index| counts.get(index)) {
            Some(count) => Ok(U256::from(*count)),
            None => Err(IStakedUSDai::InvalidTranche { tranche }.into()),
        }
    }

    pub fn auction(&self) -> Address {
        self.escrow().auction
    }

    pub fn loan_pool(&self) -> Address {
        self.loan_pool.get()
    }

    pub fn extension(&self) -> Address {
        self.extension.get()
    }

    pub fn base_yield_fee(&self) -> (U256, Address) {
        (U256::from(self.settings().fee_bps), self.fee_recipient.get())
    }

    pub fn bridged_supply(&self) -> U256 {
        U256::from(self.bridged())
    }

    pub fn is_blacklisted(&self, account: Address) -> bool {
        self.erc20.is_frozen(account)
    }

    pub fn paused(&self) -> bool {
        self.settings().paused
    }

    pub fn max_deposit(&self, receiver: Address) -> Result<U256, Revert> {
        Ok(self.most(receiver)?.0)
    }

    pub fn max_mint(&self, receiver: Address) -> Result<U256, Revert> {
        Ok(self.most(receiver)?.1)
    }

    fn most(&self, receiver: Address) -> Result<(U256, U256), Revert> {
        if self.is_barred(receiver) || receiver.is_zero() || receiver == host::this() {
            return Ok((U256::ZERO, U256::ZERO));
        }
        let price = self.share_price(self.settings(), Valuation::Optimistic)?;
        let asset_room = MAX_IDLE.saturating_sub(self.cash().idle);
        Ok(price.most(U256::from(asset_room), share_room(price)))
    }

    pub fn max_redeem(&self, controller: Address) -> Result<U256, Revert> {
        Ok(self.claimable(controller)?.0)
    }

    pub fn max_withdraw(&self, controller: Address) -> Result<U256, Revert> {
        Ok(self.claimable(controller)?.1)
    }

    fn claimable(&self, controller: Address) -> Result<(U256, U256), Revert> {
        if self.is_barred(controller) {
            return Ok((U256::ZERO, U256::ZERO));
        }
        let auction = self.auction();
        let [shares, assets] = host::words(
            auction,
            &host::view(auction, &IQevAuction::claimableCall { controller })?,
        )?;
        Ok((shares, assets))
    }

    /// Whether `account` can neither deposit nor claim.
    fn is_barred(&self, account: Address) -> bool {
        self.settings().paused || self.erc20.is_frozen(account)
    }

    pub fn pending_redeem_request(&self, request_id: U256, controller: Address) -> Result<U256, Revert> {
        Ok(self.standing(request_id, controller)?.0)
    }

    pub fn claimable_redeem_request(&self, request_id: U256, controller: Address) -> Result<U256, Revert> {
        Ok(self.standing(request_id, controller)?.1)
    }

    /// Pending and claimable shares of a request; none for another controller.
    fn standing(&self, request_id: U256, controller: Address) -> Result<(U256, U256), Revert> {
        let auction = self.auction();
        let query = IQevAuction::requestCall { requestId: request_id };
        let [actual, _, _, pending, claimable] = host::words(auction, &host::view(auction, &query)?)?;
        if actual == U256::from_be_bytes(controller.into_word().0) {
            Ok((pending, claimable))
        } else {
            Ok((U256::ZERO, U256::ZERO))
        }
    }

    pub fn redemption(&self, redemption_id: U256) -> Result<Redemption, Revert> {
        let auction = self.auction();
        let query = IQevAuction::redemptionCall {
            redemptionId: redemption_id,
        };
        let answer = host::view(auction, &query)?;
        let [previous, next, pending, redeemable, withdrawable, controller, timestamp, ahead] =
            host::words(auction, &answer)?;
        Ok((
            previous,
            next,
            pending,
            redeemable,
            withdrawable,
            Address::from_word(controller.into()),
            timestamp.saturating_to(),
            ahead,
        ))
    }

    pub fn redemption_ids(&self, controller: Address) -> Result<Vec<U256>, Revert> {
        let auction = self.auction();
        let answer = host::view(auction, &IQevAuction::redemptionIdsCall { controller })?;
        list(auction, &answer)
    }

    pub fn redemption_queue_info(&self) -> Result<(U256, U256, U256, U256, U256), Revert> {
        let auction = self.auction();
        let [index, head, tail] = host::words(auction, &host::view(auction, &IQevAuction::queueInfoCall {})?)?;
        let (_, reserved, _, pending) = self.books();
        Ok((index, head, tail, pending, reserved))
    }

    pub fn redemption_timestamp(&self) -> Result<u64, Revert> {
        let auction = self.auction();
        let answer = host::view(auction, &IQevAuction::currentEpochCall {})?;
        let [_, _, _, epoch_end] = host::words(auction, &answer)?;
        Ok(epoch_end.saturating_to())
    }
}

/// ERC-7540: what a redemption will bring is not known when it is requested.
///
/// # Errors
///
/// `DisabledImplementation`, always.
pub fn preview_redemption() -> Result<U256, Revert> {
    Err(IStakedUSDai::DisabledImplementation {}.into())
}
