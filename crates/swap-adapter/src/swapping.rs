//! Swaps through SwapRouter02.

use alloc::vec::Vec;

use alloy_primitives::{aliases::U24, Address, Bytes, U160, U256};
use alloy_sol_types::SolCall;
use contract_kit::{host, token, Revert};

use crate::{
    abi::{ISwapAdapter, ISwapRouter02},
    links::Links,
    path::intermediate_tokens,
    SwapAdapter,
};

/// A swap to make: `amount` of `from`, or what has arrived of it, into at least `minimum` of `to`.
struct Swap<'a> {
    links: Links,
    from: Address,
    to: Address,
    amount: U256,
    /// Fee tier of the direct pool.
    fee_tier: U24,
    minimum: U256,
    /// Route over several pools; empty for the direct pool.
    path: &'a [u8],
}

impl SwapAdapter {
    pub(crate) fn swap_for_base(
        &self,
        token: Address,
        amount: U256,
        minimum: U256,
        path: &[u8],
    ) -> Result<U256, Revert> {
        let (links, fee_tier) = self.admit(token)?;
        Swap {
            links,
            from: token,
            to: links.base_token,
            amount,
            fee_tier,
            minimum,
            path,
        }
        .execute()
    }

    pub(crate) fn swap_base_for(
        &self,
        token: Address,
        amount: U256,
        minimum: U256,
        path: &[u8],
    ) -> Result<U256, Revert> {
        let (links, fee_tier) = self.admit(token)?;
        Swap {
            links,
            from: links.base_token,
            to: token,
            amount,
            fee_tier,
            minimum,
            path,
        }
        .execute()
    }

    /// The links and the token's fee tier, if the caller may swap this token.
    fn admit(&self, token: Address) -> Result<(Links, U24), Revert> {
        let links = self.links();
        let caller = host::sender();
        if caller != links.usdai {
            return Err(ISwapAdapter::UnauthorizedCaller { caller }.into());
        }
        let fee_tier = self.fee_tiers.get(token);
        if fee_tier.is_zero() {
            return Err(ISwapAdapter::TokenNotWhitelisted { token }.into());
        }
        Ok((links, fee_tier))
    }
}

impl Swap<'_> {
    /// Gives the router what was sent here, lets it pay the caller, and checks that nothing is left on the way and that
    /// enough came out. What somebody else has sent here is left alone: it could be more than the pools can take.
    fn execute(&self) -> Result<U256, Revert> {
        let router = self.links.router;
        let between = self.balances_between()?;
        let input = token::balance_of(self.from, host::this())?.min(self.amount);
        if input.is_zero() {
            return Err(ISwapAdapter::InvalidAmount {}.into());
        }
        token::transfer(self.from, router, input)?;
        let output = self.route()?;

        // The router swaps all that it holds of the input, whoever sent it; of a token in between only what it got.
        refuse_leftover(self.from, router, U256::ZERO)?;
        for (token, before) in between {
            refuse_leftover(token, router, before)?;
        }
        if output < self.minimum {
            return Err(ISwapAdapter::SlippageExceeded {
                minimum: self.minimum,
                actual: output,
            }
            .into());
        }
        Ok(output)
    }

    /// The tokens between the ends of the path, with what the router holds of them already.
    fn balances_between(&self) -> Result<Vec<(Address, U256)>, Revert> {
        if self.path.is_empty() {
            return Ok(Vec::new());
        }
        let Some(tokens) = intermediate_tokens(self.path, self.from, self.to) else {
            return Err(ISwapAdapter::InvalidPath {
                path: Bytes::copy_from_slice(self.path),
            }
            .into());
        };
        tokens
            .map(|token| Ok((token, token::balance_of(token, self.links.router)?)))
            .collect()
    }

    /// Has the router swap its whole balance; what it says came out.
    fn route(&self) -> Result<U256, Revert> {
        let recipient = self.links.usdai;
        let calldata = if self.path.is_empty() {
            let params = ISwapRouter02::ExactInputSingleParams {
                tokenIn: self.from,
                tokenOut: self.to,
                fee: self.fee_tier,
                recipient,
                amountIn: U256::ZERO,
                amountOutMinimum: U256::ZERO,
                sqrtPriceLimitX96: U160::ZERO,
            };
            ISwapRouter02::exactInputSingleCall { params }.abi_encode()
        } else {
            let params = ISwapRouter02::ExactInputParams {
                path: Bytes::copy_from_slice(self.path),
                recipient,
                amountIn: U256::ZERO,
                amountOutMinimum: U256::ZERO,
            };
            ISwapRouter02::exactInputCall { params }.abi_encode()
        };
        match host::try_call(self.links.router, &calldata) {
            Ok(answer) => host::word(self.links.router, &answer),
            Err(reason) => Err(ISwapAdapter::SwapFailed { reason: reason.into() }.into()),
        }
    }
}

/// Pools whose liquidity runs out take only a part of what they are given.
fn refuse_leftover(token: Address, router: Address, before: U256) -> Result<(), Revert> {
    let leftover = token::balance_of(token, router)?.saturating_sub(before);
    if leftover.is_zero() {
        Ok(())
    } else {
        Err(ISwapAdapter::IncompleteSwap { token, leftover }.into())
    }
}
