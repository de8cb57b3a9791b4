//! Base yield: what USDai's reserves earn becomes idle assets, less the fee.

use alloy_primitives::U256;
use contract_kit::{host, roles, token, Revert};

use crate::{
    abi::{IStakedUSDai, IUSDai},
    pricing::fee_on,
    words::Settings,
    Vault,
};

impl Vault {
    /// Harvests at least `minimum`, the fee included; answers what was deposited, and the fee.
    ///
    /// # Errors
    ///
    /// As `depositBaseYield` of `IStakedUSDai` says.
    pub fn harvest_base_yield(&mut self, minimum: U256) -> Result<(U256, U256), Revert> {
        self.access.only(roles::STRATEGY_ADMIN)?;
        self.harvest(self.settings(), minimum)
    }

    pub(crate) fn harvest(&mut self, settings: Settings, minimum: U256) -> Result<(U256, U256), Revert> {
        let usdai = settings.usdai;
        let harvest = IUSDai::harvestCall {
            recipient: host::this(),
        };
        let harvested = host::word(usdai, &host::call(usdai, &harvest)?)?;
        if harvested < minimum {
            return Err(IStakedUSDai::InsufficientBaseYield {
                requested: minimum,
                claimable: harvested,
            }
            .into());
        }
        if harvested.is_zero() {
            return Ok((U256::ZERO, U256::ZERO));
        }
        let fee = fee_on(harvested, settings.fee_bps);
        let deposited = harvested.saturating_sub(fee);
        self.add_idle(deposited)?;
        if !fee.is_zero() {
            token::transfer(usdai, self.fee_recipient.get(), fee)?;
            host::log(&IStakedUSDai::AdminFeeTransferred {
                currencyToken: usdai,
                adminFee: fee,
            });
        }
        host::log(&IStakedUSDai::BaseYieldDeposited {
            depositedAmount: deposited,
            adminFee: fee,
        });
        Ok((deposited, fee))
    }
}
