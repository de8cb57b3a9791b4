//! Calls to ERC-20 tokens of others, however they answer.
//!
//! A transfer counts as done if the token did not revert and answered `true` or, as some old tokens do, nothing at
//! all. Whatever else happens is [`SafeERC20FailedOperation`], also where there is no token at the address.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{sol, SolCall};

use crate::{
    encoding::Tokens,
    host,
    revert::{Revert, SafeERC20FailedOperation},
};

sol! {
    /// What is called on tokens.
    #[allow(missing_docs)]
    interface IERC20 {
        function balanceOf(address account) external view returns (uint256);
        function decimals() external view returns (uint8);
        function transfer(address to, uint256 value) external returns (bool);
        function transferFrom(address from, address to, uint256 value) external returns (bool);
    }
}

/// What `account` holds of `token`.
///
/// # Errors
///
/// As [`host::view`] and [`host::word`].
pub fn balance_of(token: Address, account: Address) -> Result<U256, Revert> {
    host::word(token, &host::view(token, &IERC20::balanceOfCall { account })?)
}

/// The token's decimals, as it states them: any word is taken as it is.
///
/// # Errors
///
/// As [`host::view`] and [`host::word`].
pub fn decimals(token: Address) -> Result<U256, Revert> {
    host::word(token, &host::view(token, &IERC20::decimalsCall {})?)
}

/// Moves `value` of `token` from this contract to `to`.
///
/// # Errors
///
/// [`SafeERC20FailedOperation`].
pub fn transfer(token: Address, to: Address, value: U256) -> Result<(), Revert> {
    act(token, &IERC20::transferCall { to, value })
}

/// Moves `value` of `token` from `from`, who has allowed it, to `to`.
///
/// # Errors
///
/// [`SafeERC20FailedOperation`].
pub fn transfer_from(token: Address, from: Address, to: Address, value: U256) -> Result<(), Revert> {
    act(token, &IERC20::transferFromCall { from, to, value })
}

fn act<C: SolCall>(token: Address, call: &C) -> Result<(), Revert>
where
    for<'a> C::Token<'a>: Tokens,
{
    let done = match host::try_call(token, &host::calldata(call)) {
        Ok(answer) if answer.is_empty() => host::has_code(token),
        Ok(answer) => matches!(host::word(token, &answer), Ok(word) if word == U256::from(1)),
        Err(_) => false,
    };
    if done {
        Ok(())
    } else {
        Err(SafeERC20FailedOperation { token }.into())
    }
}
