//! Supply that moves between chains: burned on one, minted on the other. The reserves stay, so the bridged supply
//! remains a liability.

use alloy_primitives::{Address, U256};
use contract_kit::{host, roles, Revert};

use crate::{abi::IUSDai, USDai};

impl USDai {
    /// From the bridged supply into the local one.
    pub(crate) fn bridge_in(&mut self, to: Address, amount: U256) -> Result<(), Revert> {
        self.access.only(roles::BRIDGE_ADMIN)?;
        let settings = self.settings();
        let before = self.bridged(settings);
        let remaining = u128::try_from(amount)
            .ok()
            .and_then(|amount| before.checked_sub(amount));
        let Some(bridged) = remaining else {
            let bridged = U256::from(before);
            return Err(IUSDai::InsufficientBridgedSupply {
                requested: amount,
                bridgedSupply: bridged,
            }
            .into());
        };
        self.set_bridged(settings, bridged);
        self.erc20.mint(to, amount)?;
        host::log(&IUSDai::BridgeMinted {
            to,
            amount,
            bridgedSupply: U256::from(bridged),
        });
        Ok(())
    }

    /// From the local supply into the bridged one.
    pub(crate) fn bridge_out(&mut self, from: Address, amount: U256) -> Result<(), Revert> {
        self.access.only(roles::BRIDGE_ADMIN)?;
        let settings = self.settings();
        let before = self.bridged(settings);
        let increased = u128::try_from(amount)
            .ok()
            .and_then(|amount| before.checked_add(amount));
        let Some(bridged) = increased else {
            let maximum = U256::from(u128::MAX.wrapping_sub(before));
            return Err(IUSDai::ValueTooLarge { value: amount, maximum }.into());
        };
        self.set_bridged(settings, bridged);
        self.erc20.burn(from, amount)?;
        host::log(&IUSDai::BridgeBurned {
            from,
            amount,
            bridgedSupply: U256::from(bridged),
        });
        Ok(())
    }
}
