//! Shares that move between chains: burned on one, minted on the other. They divide the net asset value all the same.

use alloy_primitives::{Address, U256};
use contract_kit::{host, revert::ValueTooLarge, roles, Revert};
use qev_core::MAX_SHARES;

use crate::{abi::IStakedUSDai, accounts::not_this, Vault};

impl Vault {
    /// From the bridged supply into the local one.
    ///
    /// # Errors
    ///
    /// As `mint(address,uint256)` of `IStakedUSDai` says.
    pub fn bridge_in(&mut self, to: Address, amount: U256) -> Result<(), Revert> {
        self.access.only(roles::BRIDGE_ADMIN)?;
        not_this(to)?;
        let before = self.bridged();
        let remaining = u128::try_from(amount)
            .ok()
            .and_then(|amount| before.checked_sub(amount));
        let Some(bridged) = remaining else {
            return Err(IStakedUSDai::InsufficientBridgedSupply {
                requested: amount,
                bridgedSupply: U256::from(before),
            }
            .into());
        };
        self.set_bridged(bridged);
        self.erc20.mint(to, amount)?;
        host::log(&IStakedUSDai::BridgeMinted {
            to,
            amount,
            bridgedSupply: U256::from(bridged),
        });
        Ok(())
    }

    /// From the local supply into the bridged one.
    ///
    /// # Errors
    ///
    /// As `burn` of `IStakedUSDai` says.
    pub fn bridge_out(&mut self, from: Address, amount: U256) -> Result<(), Revert> {
        self.access.only(roles::BRIDGE_ADMIN)?;
        // No more than there is can be burned, and all shares fit.
        self.erc20.burn(from, amount)?;
        let before = self.bridged();
        let increased = u128::try_from(amount)
            .ok()
            .and_then(|amount| before.checked_add(amount));
        let Some(bridged) = increased else {
            let maximum = U256::from(MAX_SHARES);
            return Err(ValueTooLarge { value: amount, maximum }.into());
        };
        self.set_bridged(bridged);
        host::log(&IStakedUSDai::BridgeBurned {
            from,
            amount,
            bridgedSupply: U256::from(bridged),
        });
        Ok(())
    }
}
