//! Who may act for whom, and transfers of shares.

use alloy_primitives::{Address, U256};
use contract_kit::{host, Revert};

use crate::{abi::IStakedUSDai, Vault};

impl Vault {
    /// Whether `operator` acts for `controller`.
    #[must_use]
    pub fn is_operator(&self, controller: Address, operator: Address) -> bool {
        self.operators.getter(controller).get(operator)
    }

    /// Lets `operator` request, bid and claim for the caller, or no longer.
    ///
    /// # Errors
    ///
    /// `InvalidAddress` for the zero address and the caller.
    pub fn set_operator(&mut self, operator: Address, approved: bool) -> Result<bool, Revert> {
        let controller = host::sender();
        if operator.is_zero() || operator == controller {
            return Err(IStakedUSDai::InvalidAddress {}.into());
        }
        self.operators.setter(controller).setter(operator).set(approved);
        host::log(&IStakedUSDai::OperatorSet {
            controller,
            operator,
            approved,
        });
        Ok(true)
    }

    /// Moves shares of the caller.
    ///
    /// # Errors
    ///
    /// `InvalidAddress` for the vault as the receiver; and as [`contract_kit::erc20::Erc20::transfer`].
    pub fn transfer(&mut self, to: Address, value: U256) -> Result<bool, Revert> {
        not_this(to)?;
        self.erc20.transfer(host::sender(), to, value)?;
        Ok(true)
    }

    /// Moves shares of `from`, who has allowed it.
    ///
    /// # Errors
    ///
    /// As [`Self::transfer`] and [`contract_kit::erc20::Erc20::transfer_from`]; `BlacklistedAddress` for the caller too.
    pub fn transfer_from(&mut self, from: Address, to: Address, value: U256) -> Result<bool, Revert> {
        not_this(to)?;
        let spender = host::sender();
        if spender != from {
            self.erc20.check_not_frozen(spender)?;
        }
        self.erc20.transfer_from(spender, from, to, value)?;
        Ok(true)
    }

    /// Whether `caller` is `account` or acts for it.
    pub(crate) fn acts_for(&self, caller: Address, account: Address) -> bool {
        caller == account || self.is_operator(account, caller)
    }

    /// The caller must be `controller` or act for it, and neither may be blacklisted.
    pub(crate) fn check_controller(&self, controller: Address) -> Result<(), Revert> {
        let caller = host::sender();
        if !self.acts_for(caller, controller) {
            return Err(IStakedUSDai::InvalidCaller {}.into());
        }
        self.check_accounts([caller, controller])
    }

    /// None of `accounts` may be blacklisted.
    pub(crate) fn check_accounts<const N: usize>(&self, accounts: [Address; N]) -> Result<(), Revert> {
        for account in accounts {
            self.erc20.check_not_frozen(account)?;
        }
        Ok(())
    }
}

/// What the vault itself receives is lost: shares as well as USDai.
pub(crate) fn not_this(receiver: Address) -> Result<(), Revert> {
    if receiver == host::this() {
        Err(IStakedUSDai::InvalidAddress {}.into())
    } else {
        Ok(())
    }
}

/// Neither nobody nor the vault.
pub(crate) fn check_receiver(receiver: Address) -> Result<(), Revert> {
    if receiver.is_zero() {
        return Err(IStakedUSDai::InvalidAddress {}.into());
    }
    not_this(receiver)
}

/// Something is to be moved.
pub(crate) fn check_amount(amount: U256) -> Result<(), Revert> {
    if amount.is_zero() {
        Err(IStakedUSDai::InvalidAmount {}.into())
    } else {
        Ok(())
    }
}
