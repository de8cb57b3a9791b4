//! What the arithmetic of auctions refuses, in the words of the interface.

use alloy_primitives::{B256, U256};
use contract_kit::Revert;
use loan_core::Error;

use crate::abi::ICollateralAuction;

/// Why a bid of `amount` was refused.
pub(crate) fn bidding(error: Error, loan_id: B256, amount: U256) -> Revert {
    match error {
        Error::ListingOver { ends_at, .. } => ICollateralAuction::BiddingClosed {
            loanId: loan_id,
            end: U256::from(ends_at),
        }
        .into(),
        Error::BidTooLow { minimum, .. } => ICollateralAuction::BidTooLow {
            amount,
            minimum: U256::from(minimum),
        }
        .into(),
        _ => ICollateralAuction::Inconsistent {}.into(),
    }
}

/// Why a failed listing was not repeated at `reserve`.
pub(crate) fn relisting(error: Error, reserve: U256) -> Revert {
    match error {
        Error::ReserveOutOfRange { min, max, .. } => ICollateralAuction::ReserveOutOfBounds {
            reserve,
            minimum: U256::from(min),
            maximum: U256::from(max),
        }
        .into(),
        _ => ICollateralAuction::Inconsistent {}.into(),
    }
}
