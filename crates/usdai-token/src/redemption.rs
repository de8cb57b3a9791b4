//! Withdrawals: USDai is burned, a token goes out.

use alloy_primitives::{Address, Bytes, U256};
use contract_kit::{host, token, Revert};

use crate::{
    abi::{ISwapAdapter, IUSDai},
    minting::{check_parties, measured},
    USDai,
};

/// What a holder who leaves states.
pub(crate) struct Withdrawal {
    pub(crate) token: Address,
    pub(crate) usdai_amount: U256,
    pub(crate) minimum: U256,
    pub(crate) recipient: Address,
    /// Route of the swap; not used for the base token.
    pub(crate) path: Bytes,
}

impl USDai {
    pub(crate) fn redeem(&mut self, withdrawal: Withdrawal) -> Result<U256, Revert> {
        let Withdrawal {
            token,
            usdai_amount,
            minimum,
            recipient,
            path,
        } = withdrawal;
        let caller = host::sender();
        let settings = self.settings();
        if settings.paused {
            return Err(IUSDai::EnforcedPause {}.into());
        }
        check_parties(token, recipient)?;
        let base_amount = settings.scale().down_floor(usdai_amount);
        if base_amount.is_zero() {
            return Err(IUSDai::InvalidAmount {}.into());
        }
        self.erc20.burn(caller, usdai_amount)?;

        let paid = if token == settings.base_token {
            if base_amount < minimum {
                return Err(IUSDai::SlippageExceeded {
                    minimum,
                    actual: base_amount,
                }
                .into());
            }
            token::transfer(token, recipient, base_amount)?;
            base_amount
        } else {
            self.pay_other(settings.base_token, base_amount, token, minimum, recipient, path)?
        };
        host::log(&IUSDai::Withdrawn {
            caller,
            recipient,
            withdrawToken: token,
            usdaiAmount: usdai_amount,
            withdrawAmount: paid,
        });
        Ok(paid)
    }

    /// Swaps base token for `token` and pays it out. The minimum is held against what the recipient's balance gains,
    /// for the token may take a fee on each of the two transfers; but no more counts than was sent, for the token may
    /// pay the recipient yield of their own at the same time.
    fn pay_other(
        &self,
        base: Address,
        base_amount: U256,
        token: Address,
        minimum: U256,
        recipient: Address,
        path: Bytes,
    ) -> Result<U256, Revert> {
        let adapter = self.adapter_for(token)?;
        token::transfer(base, adapter, base_amount)?;
        let swap = ISwapAdapter::swapOutCall {
            token,
            baseAmount: base_amount,
            minOut: minimum,
            path,
        };
        let (stated, increase) = measured(token, || host::word(adapter, &host::call(adapter, &swap)?))?;

        let before = token::balance_of(token, recipient)?;
        let sent = stated.min(increase);
        token::transfer(token, recipient, sent)?;
        let gained = token::balance_of(token, recipient)?.saturating_sub(before);
        let paid = sent.min(gained);
        if paid < minimum {
            return Err(IUSDai::SlippageExceeded { minimum, actual: paid }.into());
        }
        if paid.is_zero() {
            return Err(IUSDai::InvalidAmount {}.into());
        }
        Ok(paid)
    }
}
