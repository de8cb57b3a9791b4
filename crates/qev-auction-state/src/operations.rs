//! What moves requests, shares and assets.

use alloy_primitives::{Address, B256, U256};
use contract_kit::{host, Revert};
use qev_core::{
    book::{
        self, bids, claims, homecoming,
        settlement::{self, Means},
    },
    Price, MAX_SHARES,
};

use crate::{abi::IQevAuction, refusals::revert, Auction};

/// A request's id; there are fewer than 2^32.
pub(crate) fn id(request_id: U256) -> Result<u32, Revert> {
    u32::try_from(request_id).map_err(|_| IQevAuction::UnknownRequest { requestId: request_id }.into())
}

/// An epoch's number; the book refuses those that are still too high.
pub(crate) fn epoch_number(epoch: U256) -> Result<u64, Revert> {
    let epoch = amount(epoch, u128::from(u32::MAX))?;
    Ok(u64::try_from(epoch).unwrap_or(u64::MAX))
}

/// An amount of at most `maximum`.
fn amount(value: U256, maximum: u128) -> Result<u128, Revert> {
    u128::try_from(value)
        .ok()
        .filter(|value| *value <= maximum)
        .ok_or_else(|| {
            IQevAuction::ValueTooLarge {
                value,
                maximum: U256::from(maximum),
            }
            .into()
        })
}

fn means(nav: U256, total_shares: U256, idle: U256, manager: bool) -> Result<Means, Revert> {
    amount(nav, u128::MAX)?;
    amount(total_shares, u128::MAX)?;
    Ok(Means {
        price: Price {
            assets: nav,
            shares: total_shares,
        },
        idle: amount(idle, u128::MAX)?,
        manager,
    })
}

impl Auction {
    /// Opens a sealed bid.
    ///
    /// # Errors
    ///
    /// As `revealBid` of `IQevAuction` says.
    pub fn open_bid(&mut self, request_id: U256, discount_bps: u16, salt: B256) -> Result<(), Revert> {
        let clock = self.clock()?;
        let here = (host::chain_id(), host::this());
        bids::reveal(&mut self.books, clock, here, id(request_id)?, (discount_bps, salt)).map_err(revert)
    }

    /// Credits what a settled bid has won and brings the rest back to the queue.
    ///
    /// # Errors
    ///
    /// As `restore` of `IQevAuction` says.
    pub fn bring_back(&mut self, request_id: U256) -> Result<(), Revert> {
        let clock = self.clock()?;
        homecoming::restore(&mut self.books, clock, id(request_id)?).map_err(revert)
    }

    /// Appends a request.
    ///
    /// # Errors
    ///
    /// As `enqueue` of `IQevAuction` says.
    pub fn append(&mut self, controller: Address, shares: U256) -> Result<U256, Revert> {
        let clock = self.clock_for_vault()?;
        if controller.is_zero() {
            return Err(IQevAuction::InvalidAddress {}.into());
        }
        let shares = amount(shares, MAX_SHARES)?;
        book::enqueue(&mut self.books, clock, controller, shares)
            .map(U256::from)
            .map_err(revert)
    }

    /// Seals a bid or replaces it.
    ///
    /// # Errors
    ///
    /// As `commitBid` of `IQevAuction` says.
    pub fn seal_bid(&mut self, request_id: U256, commitment: B256) -> Result<Address, Revert> {
        let clock = self.clock_for_vault()?;
        bids::commit(&mut self.books, clock, id(request_id)?, commitment).map_err(revert)
    }

    /// Takes a sealed bid back.
    ///
    /// # Errors
    ///
    /// As `withdrawBid` of `IQevAuction` says.
    pub fn take_bid_back(&mut self, request_id: U256) -> Result<Address, Revert> {
        let clock = self.clock_for_vault()?;
        bids::withdraw(&mut self.books, clock, id(request_id)?).map_err(revert)
    }

    /// Bounds what an auction may spend.
    ///
    /// # Errors
    ///
    /// As `announceLimit` of `IQevAuction` says.
    pub fn bound_spending(&mut self, epoch: U256, assets: U256) -> Result<(), Revert> {
        let clock = self.clock_for_vault()?;
        let assets = amount(assets, u128::MAX)?;
        settlement::announce_limit(&mut self.books, clock, epoch_number(epoch)?, assets).map_err(revert)
    }

    /// Clears the oldest ended epoch with bids.
    ///
    /// # Errors
    ///
    /// As `settle` of `IQevAuction` says.
    pub fn clear_epoch(
        &mut self,
        nav: U256,
        total_shares: U256,
        idle: U256,
        manager: bool,
    ) -> Result<(U256, U256, U256, U256, U256), Revert> {
        let clock = self.clock_for_vault()?;
        let means = means(nav, total_shares, idle, manager)?;
        let settled = settlement::settle(&mut self.books, clock, means).map_err(revert)?;
        Ok((
            U256::from(settled.epoch),
            U256::from(settled.filled),
            U256::from(settled.assets),
            U256::from(settled.forfeited),
            U256::from(settled.gain),
        ))
    }

    /// Services the queue.
    ///
    /// # Errors
    ///
    /// As `service` of `IQevAuction` says.
    pub fn service_queue(
        &mut self,
        shares: U256,
        nav: U256,
        total_shares: U256,
        idle: U256,
        manager: bool,
    ) -> Result<(U256, U256, U256), Revert> {
        let clock = self.clock_for_vault()?;
        let means = means(nav, total_shares, idle, manager)?;
        // There are never so many shares: as a ceiling it is the same, as an amount it is refused the same.
        let shares = u128::try_from(shares).unwrap_or(u128::MAX);
        let serviced = settlement::service(&mut self.books, clock, shares, means).map_err(revert)?;
        Ok((
            U256::from(serviced.shares),
            U256::from(serviced.assets),
            U256::from(serviced.pending),
        ))
    }

    /// Claims shares of a controller.
    ///
    /// # Errors
    ///
    /// As `claimShares` of `IQevAuction` says.
    pub fn pay_shares(&mut self, controller: Address, shares: U256) -> Result<U256, Revert> {
        let clock = self.clock_for_vault()?;
        let shares = amount(shares, u128::MAX)?;
        claims::claim_shares(&mut self.books, clock, controller, shares)
            .map(U256::from)
            .map_err(revert)
    }

    /// Claims assets of a controller.
    ///
    /// # Errors
    ///
    /// As `claimAssets` of `IQevAuction` says.
    pub fn pay_assets(&mut self, controller: Address, assets: U256) -> Result<U256, Revert> {
        let clock = self.clock_for_vault()?;
        let assets = amount(assets, u128::MAX)?;
        claims::claim_assets(&mut self.books, clock, controller, assets)
            .map(U256::from)
            .map_err(revert)
    }

    /// Claims shares of one request.
    ///
    /// # Errors
    ///
    /// As `claimRequest` of `IQevAuction` says.
    pub fn pay_request(&mut self, request_id: U256, shares: U256) -> Result<(Address, U256), Revert> {
        let clock = self.clock_for_vault()?;
        let shares = amount(shares, u128::MAX)?;
        let (controller, assets) =
            claims::claim_request(&mut self.books, clock, id(request_id)?, shares).map_err(revert)?;
        Ok((controller, U256::from(assets)))
    }
}
