//! What wallets and integrators ask.

use alloy_primitives::{Address, B256, U256};
use contract_kit::{host, Revert};

use crate::{
    abi::ICollateralAuction::{self, Status},
    refusals::bidding,
    sale::Stage,
    CollateralAuction,
};

type Listing = (u8, U256, U256, U256, Address, U256, U256, U256, bool);

impl CollateralAuction {
    pub(crate) fn listing_of(&self, loan_id: B256) -> Listing {
        let now = host::timestamp();
        let Some(sale) = self.find(loan_id) else {
            let nothing = U256::ZERO;
            return (
                Status::Unlisted as u8,
                nothing,
                nothing,
                nothing,
                Address::ZERO,
                nothing,
                nothing,
                nothing,
                false,
            );
        };
        let status = match sale.stage(now) {
            Stage::Running => Status::Running,
            Stage::Won => Status::Won,
            Stage::Failed => Status::Failed,
            Stage::Sold => Status::Sold,
        };
        (
            status as u8,
            U256::from(sale.collateral_id),
            U256::from(sale.listing.reserve),
            U256::from(sale.listing.highest),
            sale.bidder,
            U256::from(sale.listing.ends_at),
            U256::from(sale.latest_end()),
            U256::from(sale.failed_listings(now)),
            sale.is_written_off,
        )
    }

    pub(crate) fn lowest_bid(&self, loan_id: B256) -> Result<U256, Revert> {
        let sale = self.sale(loan_id)?;
        if sale.stage(host::timestamp()) != Stage::Running {
            return Err(ICollateralAuction::BiddingClosed {
                loanId: loan_id,
                end: U256::from(sale.listing.ends_at),
            }
            .into());
        }
        let minimum = sale.listing.minimum_bid(&self.terms().rules);
        minimum
            .map(U256::from)
            .map_err(|error| bidding(error, loan_id, U256::ZERO))
    }
}
