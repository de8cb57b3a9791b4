//! What a wallet or the vault may ask.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use contract_kit::Revert;
use qev_core::book::{
    ids::Ids,
    requests::Place,
    terms,
    views::{self, InLine, RequestView, ResultView, Unserviced},
};

use crate::{
    abi::IQevAuction::RequestState,
    operations::{epoch_number, id},
    refusals::{self, revert},
    Auction,
};

fn state(place: Option<Place>) -> RequestState {
    match place {
        None => RequestState::None,
        Some(Place::Queue) => RequestState::Queued,
        Some(Place::Sealed) => RequestState::Sealed,
        Some(Place::Revealed) => RequestState::Revealed,
    }
}

impl Auction {
    /// Who drives the auction.
    ///
    /// # Errors
    ///
    /// As `vault` of `IQevAuction` says.
    pub fn vault(&self) -> Result<Address, Revert> {
        Ok(self.settings()?.vault)
    }

    /// Where the code is that runs on this storage too.
    pub fn extension(&self) -> Address {
        self.extension.get()
    }

    /// When epoch 0 begins.
    ///
    /// # Errors
    ///
    /// As `genesis` of `IQevAuction` says.
    pub fn genesis(&self) -> Result<U256, Revert> {
        Ok(U256::from(self.settings()?.calendar.genesis()))
    }

    /// Seconds of an epoch.
    ///
    /// # Errors
    ///
    /// As `epochLength` of `IQevAuction` says.
    pub fn epoch_length(&self) -> Result<U256, Revert> {
        Ok(U256::from(self.settings()?.calendar.epoch_length()))
    }

    /// Seconds of a bid phase.
    ///
    /// # Errors
    ///
    /// As `bidLength` of `IQevAuction` says.
    pub fn bid_length(&self) -> Result<U256, Revert> {
        Ok(U256::from(self.settings()?.calendar.bid_length()))
    }

    /// What an auction may spend of the idle assets.
    pub fn auction_share(&self) -> U256 {
        U256::from(terms::auction_share_bps(&self.books))
    }

    /// Where time stands.
    ///
    /// # Errors
    ///
    /// As `currentEpoch` of `IQevAuction` says.
    pub fn time(&self) -> Result<(U256, u8, U256, U256, U256), Revert> {
        let clock = self.clock()?;
        let epoch = clock.epoch();
        let calendar = clock.calendar();
        Ok((
            U256::from(epoch),
            refusals::phase(clock.phase()) as u8,
            U256::from(calendar.bid_end(epoch)),
            U256::from(calendar.end(epoch)),
            U256::from(calendar.announcement_end(epoch)),
        ))
    }

    /// Bounds and bond of an epoch.
    ///
    /// # Errors
    ///
    /// As `epochTerms` of `IQevAuction` says.
    pub fn terms_of(&self, epoch: U256) -> Result<(U256, U256, U256), Revert> {
        let terms = views::terms_of(&self.books, epoch_number(epoch)?).map_err(revert)?;
        Ok((
            U256::from(terms.bounds.min()),
            U256::from(terms.bounds.max()),
            U256::from(terms.bond_bps),
        ))
    }

    /// The bids of an epoch in sums.
    ///
    /// # Errors
    ///
    /// As `epochBids` of `IQevAuction` says.
    pub fn bids_of(&self, epoch: U256) -> Result<(U256, U256, U256, bool, U256), Revert> {
        let (ledger, limit) = views::bids_of(&self.books, epoch_number(epoch)?);
        Ok((
            U256::from(ledger.sealed),
            U256::from(ledger.bonds),
            U256::from(ledger.revealed),
            limit.is_some(),
            U256::from(limit.unwrap_or_default()),
        ))
    }

    /// What came out of an epoch's auction.
    ///
    /// # Errors
    ///
    /// As `epochResult` of `IQevAuction` says.
    #[allow(clippy::type_complexity)]
    pub fn result_of(&self, epoch: U256) -> Result<(U256, U256, U256, U256, U256, U256, U256), Revert> {
        let ResultView {
            settled_at,
            limit,
            discount_bps,
            filled,
            assets,
            forfeited,
            discount_earned,
        } = views::result_of(&self.books, epoch_number(epoch)?);
        Ok((
            U256::from(settled_at),
            U256::from(limit),
            U256::from(discount_bps),
            U256::from(filled),
            U256::from(assets),
            U256::from(forfeited),
            U256::from(discount_earned),
        ))
    }

    /// The revealed levels of an epoch.
    ///
    /// # Errors
    ///
    /// As `levels` of `IQevAuction` says.
    pub fn levels_of(&self, epoch: U256) -> Result<(Vec<U256>, Vec<U256>), Revert> {
        let mut lists = (Vec::new(), Vec::new());
        for (discount_bps, shares) in views::levels_of(&self.books, epoch_number(epoch)?).map_err(revert)? {
            lists.0.push(U256::from(discount_bps));
            lists.1.push(U256::from(shares));
        }
        Ok(lists)
    }

    /// A request as a wallet shows it.
    ///
    /// # Errors
    ///
    /// As `request` of `IQevAuction` says.
    #[allow(clippy::type_complexity)]
    pub fn request_of(
        &self,
        request_id: U256,
    ) -> Result<(Address, U256, u8, U256, U256, U256, U256, U256, U256), Revert> {
        let RequestView {
            controller,
            made_in,
            place,
            pending,
            claimable,
            shares_ahead,
            bid_epoch,
            discount_bps,
        } = views::request(&self.books, id_or_none(request_id)).map_err(revert)?;
        Ok((
            controller,
            U256::from(made_in),
            state(place) as u8,
            U256::from(pending),
            U256::from(claimable.shares),
            U256::from(claimable.assets),
            U256::from(shares_ahead),
            U256::from(bid_epoch),
            U256::from(discount_bps),
        ))
    }

    /// What seals a request's bid.
    pub fn seal_of(&self, request_id: U256) -> B256 {
        views::commitment_of(&self.books, id_or_none(request_id))
    }

    /// A request in the words of the live contract.
    ///
    /// # Errors
    ///
    /// As `redemption` of `IQevAuction` says.
    #[allow(clippy::type_complexity)]
    pub fn redemption_of(
        &self,
        redemption_id: U256,
    ) -> Result<(U256, U256, U256, U256, U256, Address, u64, U256), Revert> {
        let clock = self.clock()?;
        let InLine {
            request,
            previous,
            next,
            eligible_at,
        } = views::in_line(&self.books, clock, id_or_none(redemption_id)).map_err(revert)?;
        Ok((
            U256::from(previous),
            U256::from(next),
            U256::from(request.pending),
            U256::from(request.claimable.shares),
            U256::from(request.claimable.assets),
            request.controller,
            eligible_at,
            U256::from(request.shares_ahead),
        ))
    }

    /// A controller's live requests.
    pub fn ids_of(&self, controller: Address) -> Vec<U256> {
        let ids = Ids::load(&self.books, controller);
        ids.as_slice().iter().map(|id| U256::from(*id)).collect()
    }

    /// What a controller can claim.
    ///
    /// # Errors
    ///
    /// As `claimable` of `IQevAuction` says.
    pub fn claimable_of(&self, controller: Address) -> Result<(U256, U256), Revert> {
        let claimable = views::claimable(&self.books, controller).map_err(revert)?;
        Ok((U256::from(claimable.shares), U256::from(claimable.assets)))
    }

    /// The last number, the head and the tail.
    pub fn ends_of_queue(&self) -> (U256, U256, U256) {
        let (index, head, tail) = views::queue_info(&self.books);
        (U256::from(index), U256::from(head), U256::from(tail))
    }

    /// Shares that are not serviced, by where they stand.
    ///
    /// # Errors
    ///
    /// As `unservicedShares` of `IQevAuction` says.
    pub fn unserviced(&self) -> Result<(U256, U256, U256, U256), Revert> {
        let Unserviced {
            queued,
            at_auction,
            awaiting_restore,
            eligible,
        } = views::unserviced(&self.books, self.clock()?).map_err(revert)?;
        Ok((
            U256::from(queued),
            U256::from(at_auction),
            U256::from(awaiting_restore),
            U256::from(eligible),
        ))
    }

    /// Whether bids wait for a settlement.
    ///
    /// # Errors
    ///
    /// As `isSettlementPending` of `IQevAuction` says.
    pub fn has_bids_to_settle(&self) -> Result<bool, Revert> {
        Ok(views::is_settlement_pending(&self.books, self.clock()?))
    }

    /// From when anybody may settle and service.
    ///
    /// # Errors
    ///
    /// As `publicFrom` of `IQevAuction` says.
    pub fn public_times(&self) -> Result<(U256, U256), Revert> {
        let clock = self.clock()?;
        let settlement = views::public_settlement_start(&self.books, clock).unwrap_or_default();
        Ok((U256::from(settlement), U256::from(clock.public_servicing_start())))
    }
}

/// A request's id; zero, which is nobody's, for what cannot be one.
fn id_or_none(request_id: U256) -> u32 {
    id(request_id).unwrap_or_default()
}
