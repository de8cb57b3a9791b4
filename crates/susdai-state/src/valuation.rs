//! The net asset value in both valuations.

use alloy_primitives::U256;
use contract_kit::{host, Revert};

use crate::{
    abi::{ILoanPool, IStakedUSDai, IUSDai},
    pricing::{fee_on, Holdings, SharePrice},
    words::Settings,
    Vault,
};

/// How loans are valued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Valuation {
    /// With accrued interest, without provisions: prices deposits.
    Optimistic,
    /// Without accrued interest, less provisions: prices redemptions.
    Conservative,
}

impl Vault {
    /// What a share is worth now.
    pub(crate) fn share_price(&self, settings: Settings, valuation: Valuation) -> Result<SharePrice, Revert> {
        Ok(SharePrice {
            assets: self.net_asset_value(settings, valuation)?,
            shares: self.total_shares(),
        })
    }

    /// As [`Self::share_price`], refusing a price at which nothing can be sold.
    pub(crate) fn deposit_price(&self, settings: Settings) -> Result<SharePrice, Revert> {
        let price = self.share_price(settings, Valuation::Optimistic)?;
        if price.is_worthless() {
            Err(IStakedUSDai::ZeroNav {}.into())
        } else {
            Ok(price)
        }
    }

    /// Shares held, waiting for redemption and bridged out: at most [`qev_core::MAX_SHARES`].
    #[must_use]
    pub fn total_shares(&self) -> U256 {
        let unheld = self.pending().saturating_add(self.bridged());
        self.erc20.total_supply().saturating_add(U256::from(unheld))
    }

    pub(crate) fn net_asset_value(&self, settings: Settings, valuation: Valuation) -> Result<U256, Revert> {
        let cash = self.cash();
        let unvested = cash.gains.unvested(host::timestamp(), settings.vesting_period);
        let claimable = claimable_base_yield(settings)?;
        let holdings = Holdings {
            idle: U256::from(cash.idle),
            unvested: U256::from(unvested),
            base_yield: claimable.saturating_sub(fee_on(claimable, settings.fee_bps)),
            loans: self.loans(settings, valuation)?,
        };
        Ok(holdings.net_asset_value())
    }

    /// What the tranche shares are worth. The pool is asked only if there are any.
    fn loans(&self, settings: Settings, valuation: Valuation) -> Result<U256, Revert> {
        if settings.tranches_held == 0 {
            return Ok(U256::ZERO);
        }
        let pool = self.loan_pool.get();
        let [first, second, third, fourth] = self.tranches(settings.tranches_held).map(U256::from);
        let query = ILoanPool::positionValueCall {
            shares0: first,
            shares1: second,
            shares2: third,
            shares3: fourth,
        };
        let [optimistic, conservative] = host::words(pool, &host::view(pool, &query)?)?;
        Ok(match valuation {
            Valuation::Optimistic => optimistic,
            // The price of redemptions must never be above that of deposits.
            Valuation::Conservative => conservative.min(optimistic),
        })
    }
}

/// What a harvest would bring, before the fee.
pub(crate) fn claimable_base_yield(settings: Settings) -> Result<U256, Revert> {
    let usdai = settings.usdai;
    host::word(usdai, &host::view(usdai, &IUSDai::claimableYieldCall {})?)
}
