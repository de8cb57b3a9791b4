//! Deposits: a token comes in, USDai is minted.

use alloy_primitives::{Address, Bytes, U256};
use contract_kit::{host, roles, token, Revert};

use crate::{
    abi::{ISwapAdapter, IUSDai},
    settings::Settings,
    USDai,
};

/// What a depositor states.
pub(crate) struct Deposit {
    pub(crate) token: Address,
    pub(crate) amount: U256,
    pub(crate) usdai_minimum: U256,
    pub(crate) recipient: Address,
    /// Route of the swap; not used for the base token.
    pub(crate) path: Bytes,
}

impl USDai {
    pub(crate) fn mint_for_deposit(&mut self, deposit: Deposit) -> Result<U256, Revert> {
        let Deposit {
            token,
            amount,
            usdai_minimum,
            recipient,
            path,
        } = deposit;
        let caller = host::sender();
        let settings = self.settings();
        self.check_deposit(settings, caller, token, amount, recipient)?;

        let credit = if token == settings.base_token {
            take_base(settings, caller, amount)?
        } else {
            self.take_other(settings, caller, token, amount, usdai_minimum, path)?
        };
        let minted = scale_up(settings, credit)?;
        if minted < usdai_minimum {
            return Err(IUSDai::SlippageExceeded {
                minimum: usdai_minimum,
                actual: minted,
            }
            .into());
        }
        if minted.is_zero() {
            return Err(IUSDai::InvalidAmount {}.into());
        }
        self.check_cap(settings, caller, minted)?;
        self.erc20.mint(recipient, minted)?;
        host::log(&IUSDai::Deposited {
            caller,
            recipient,
            depositToken: token,
            depositAmount: amount,
            mintAmount: minted,
        });
        Ok(minted)
    }

    fn check_deposit(
        &self,
        settings: Settings,
        caller: Address,
        token: Address,
        amount: U256,
        recipient: Address,
    ) -> Result<(), Revert> {
        if settings.paused {
            return Err(IUSDai::EnforcedPause {}.into());
        }
        if settings.whitelist_required && !self.whitelist.get(caller) {
            return Err(IUSDai::NotWhitelisted { caller }.into());
        }
        if amount.is_zero() {
            return Err(IUSDai::InvalidAmount {}.into());
        }
        check_parties(token, recipient)
    }

    /// Pulls the token to the swap adapter, which turns it into base token held here.
    ///
    /// Credits the lesser of what the adapter says and of what has arrived: the base token may pay yield on a
    /// transfer, which is not the depositor's.
    fn take_other(
        &self,
        settings: Settings,
        caller: Address,
        token: Address,
        amount: U256,
        usdai_minimum: U256,
        path: Bytes,
    ) -> Result<U256, Revert> {
        let adapter = self.adapter_for(token)?;
        let minimum = settings.scale().down_ceil(usdai_minimum);
        token::transfer_from(token, caller, adapter, amount)?;
        let swap = ISwapAdapter::swapInCall {
            token,
            amount,
            minBase: minimum,
            path,
        };
        let (stated, increase) = measured(settings.base_token, || {
            host::word(adapter, &host::call(adapter, &swap)?)
        })?;
        Ok(stated.min(increase))
    }

    /// Only deposit admins may take the supply above the cap. Their role is looked up only then.
    fn check_cap(&self, settings: Settings, caller: Address, minted: U256) -> Result<(), Revert> {
        let within_cap = self
            .liabilities(settings)
            .checked_add(minted)
            .is_some_and(|liabilities| liabilities <= U256::from(self.cap()));
        if within_cap || self.access.has_role(roles::DEPOSIT_ADMIN.id(), caller) {
            Ok(())
        } else {
            Err(IUSDai::SupplyCapExceeded {}.into())
        }
    }
}

/// Pulls the base token. Credits the lesser of the stated amount and of what has arrived.
fn take_base(settings: Settings, caller: Address, amount: U256) -> Result<U256, Revert> {
    let base = settings.base_token;
    let ((), increase) = measured(base, || token::transfer_from(base, caller, host::this(), amount))?;
    Ok(amount.min(increase))
}

/// Runs `act` and says by how much it has increased this contract's balance of `token`.
pub(crate) fn measured<T>(token: Address, act: impl FnOnce() -> Result<T, Revert>) -> Result<(T, U256), Revert> {
    let this = host::this();
    let before = token::balance_of(token, this)?;
    let outcome = act()?;
    let after = token::balance_of(token, this)?;
    Ok((outcome, after.saturating_sub(before)))
}

/// Neither party of a deposit or a withdrawal is the zero address; USDai neither pays itself nor takes itself.
pub(crate) fn check_parties(token: Address, recipient: Address) -> Result<(), Revert> {
    let this = host::this();
    if token.is_zero() || token == this || recipient.is_zero() || recipient == this {
        Err(IUSDai::InvalidAddress {}.into())
    } else {
        Ok(())
    }
}

/// Base token to USDai.
pub(crate) fn scale_up(settings: Settings, amount: U256) -> Result<U256, Revert> {
    let scale = settings.scale();
    scale.up(amount).ok_or_else(|| {
        let maximum = scale.down_floor(U256::MAX);
        IUSDai::ValueTooLarge { value: amount, maximum }.into()
    })
}
