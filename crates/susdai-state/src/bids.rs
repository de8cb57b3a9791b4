//! Sealed bids: the auction keeps them, the vault knows who may make them.

use alloy_primitives::{B256, U256};
use contract_kit::{host, Revert};

use crate::{abi::IQevAuction, Vault};

impl Vault {
    /// Seals a bid on a request of the caller, or of whom he acts for.
    ///
    /// # Errors
    ///
    /// As `commitBid` of `IStakedUSDai` says.
    pub fn commit_bid(&mut self, request_id: U256, commitment: B256) -> Result<(), Revert> {
        self.running()?;
        let auction = self.escrow().auction;
        let bid = IQevAuction::commitBidCall {
            requestId: request_id,
            commitment,
        };
        let controller = host::address(auction, &host::call(auction, &bid)?)?;
        self.check_controller(controller)
    }

    /// Takes a sealed bid back; never paused.
    ///
    /// # Errors
    ///
    /// As `withdrawBid` of `IStakedUSDai` says.
    pub fn withdraw_bid(&mut self, request_id: U256) -> Result<(), Revert> {
        let auction = self.escrow().auction;
        let bid = IQevAuction::withdrawBidCall { requestId: request_id };
        let controller = host::address(auction, &host::call(auction, &bid)?)?;
        self.check_controller(controller)
    }
}
