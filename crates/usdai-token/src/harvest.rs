//! The yield of the reserves: what is held above the liabilities.

use alloy_primitives::{Address, U256};
use contract_kit::{host, roles, token, Revert};

use crate::{
    abi::{IUSDai, IWrappedM},
    minting::{check_parties, scale_up},
    settings::Settings,
    USDai,
};

impl USDai {
    /// Claims the base token's yield and mints USDai for the surplus.
    pub(crate) fn harvest_surplus(&mut self, recipient: Address) -> Result<U256, Revert> {
        let caller = self.access.only(roles::YIELD)?;
        let settings = self.settings();
        check_parties(settings.base_token, recipient)?;
        host::call(settings.base_token, &IWrappedM::claimForCall { account: host::this() })?;
        let held = token::balance_of(settings.base_token, host::this())?;
        let minted = scale_up(settings, self.surplus(settings, held))?;
        if !minted.is_zero() {
            self.erc20.mint(recipient, minted)?;
            host::log(&IUSDai::Harvested {
                caller,
                recipient,
                mintAmount: minted,
            });
        }
        Ok(minted)
    }

    /// What [`Self::harvest_surplus`] would mint now.
    pub(crate) fn harvestable(&self) -> Result<U256, Revert> {
        let settings = self.settings();
        let base = settings.base_token;
        let account = host::this();
        let held = token::balance_of(base, account)?;
        let claimable = if yield_comes_here(base, account)? {
            host::word(base, &host::view(base, &IWrappedM::accruedYieldOfCall { account })?)?
        } else {
            U256::ZERO
        };
        scale_up(settings, self.surplus(settings, held.saturating_add(claimable)))
    }

    /// Base token held and liabilities, both with 18 decimals.
    pub(crate) fn backing_and_liabilities(&self) -> Result<(U256, U256), Revert> {
        let settings = self.settings();
        let held = token::balance_of(settings.base_token, host::this())?;
        Ok((scale_up(settings, held)?, self.liabilities(settings)))
    }

    /// Base token above what backs the liabilities. Liabilities are rounded up: what backs a part of a unit is not
    /// surplus.
    fn surplus(&self, settings: Settings, held: U256) -> U256 {
        held.saturating_sub(settings.scale().down_ceil(self.liabilities(settings)))
    }
}

/// Whether the base token pays this contract's yield to this contract.
fn yield_comes_here(base: Address, account: Address) -> Result<bool, Revert> {
    let query = IWrappedM::claimOverrideRecipientForCall { account };
    let recipient = host::address(base, &host::view(base, &query)?)?;
    Ok(recipient.is_zero() || recipient == account)
}
