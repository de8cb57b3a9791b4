//! Test doubles of the contracts that ours call. Anybody may do anything with them.
#![allow(
    missing_docs,
    unsafe_code,
    clippy::missing_errors_doc,
    clippy::needless_pass_by_value
)]

use alloc::{vec, vec::Vec};

use alloy_primitives::{aliases::U24, Address, U160, U256};
use alloy_sol_types::{sol, SolError};
use stylus_sdk::{
    abi::Bytes,
    prelude::*,
    storage::{StorageAddress, StorageBool, StorageMap, StorageU256},
};

use crate::host;

sol! {
    /// What a double says when it is told to fail.
    #[derive(Debug, PartialEq)]
    error Refused();

    #[allow(missing_docs)]
    interface ITokenDouble {
        function give(address to, uint256 value) external;
        function balanceOf(address account) external view returns (uint256);
        function transfer(address to, uint256 value) external returns (bool);
    }
}

fn refusal() -> Vec<u8> {
    Refused {}.abi_encode()
}

/// A token that may take a fee, answer false, revert, or pay yield like wrapped M.
#[storage]
pub struct TokenDouble {
    balances: StorageMap<Address, StorageU256>,
    accrued: StorageMap<Address, StorageU256>,
    claim_override: StorageMap<Address, StorageAddress>,
    fee_bps: StorageU256,
    decimals: StorageU256,
    answers_false: StorageBool,
    reverts: StorageBool,
}

unsafe impl TopLevelStorage for TokenDouble {}

impl TokenDouble {
    pub fn set_decimals(&mut self, decimals: u64) {
        self.decimals.set(U256::from(decimals));
    }

    pub fn set_fee_bps(&mut self, fee_bps: u64) {
        self.fee_bps.set(U256::from(fee_bps));
    }

    pub fn set_answers_false(&mut self, answers_false: bool) {
        self.answers_false.set(answers_false);
    }

    pub fn set_reverts(&mut self, reverts: bool) {
        self.reverts.set(reverts);
    }

    pub fn accrue(&mut self, account: Address, value: U256) {
        let accrued = self.accrued.get(account);
        self.accrued.setter(account).set(accrued + value);
    }

    pub fn set_claim_override(&mut self, account: Address, recipient: Address) {
        self.claim_override.setter(account).set(recipient);
    }

    fn pay_yield(&mut self, account: Address) -> U256 {
        let accrued = self.accrued.get(account);
        self.accrued.setter(account).set(U256::ZERO);
        let over = self.claim_override.get(account);
        self.give(if over.is_zero() { account } else { over }, accrued);
        accrued
    }

    fn shift(&mut self, from: Address, to: Address, value: U256) -> Result<bool, Vec<u8>> {
        if self.answers_false.get() {
            return Ok(false);
        }
        self.pay_yield(from);
        self.pay_yield(to);
        let balance = self.balances.get(from);
        if self.reverts.get() || balance < value {
            return Err(refusal());
        }
        self.balances.setter(from).set(balance - value);
        let fee = value * self.fee_bps.get() / U256::from(10_000);
        self.give(to, value - fee);
        Ok(true)
    }
}

#[public]
impl TokenDouble {
    pub fn give(&mut self, to: Address, value: U256) {
        let balance = self.balances.get(to);
        self.balances.setter(to).set(balance + value);
    }

    pub fn balance_of(&self, account: Address) -> U256 {
        self.balances.get(account)
    }

    pub fn decimals(&self) -> U256 {
        self.decimals.get()
    }

    pub fn transfer(&mut self, to: Address, value: U256) -> Result<bool, Vec<u8>> {
        self.shift(host::sender(), to, value)
    }

    pub fn transfer_from(&mut self, from: Address, to: Address, value: U256) -> Result<bool, Vec<u8>> {
        self.shift(from, to, value)
    }

    pub fn accrued_yield_of(&self, account: Address) -> U256 {
        self.accrued.get(account)
    }

    pub fn claim_override_recipient_for(&self, account: Address) -> Address {
        self.claim_override.get(account)
    }

    pub fn claim_for(&mut self, account: Address) -> Result<U256, Vec<u8>> {
        if self.reverts.get() {
            return Err(refusal());
        }
        Ok(self.pay_yield(account))
    }
}

/// A token whose transfers answer nothing.
#[storage]
pub struct SilentTokenDouble {
    balances: StorageMap<Address, StorageU256>,
}

unsafe impl TopLevelStorage for SilentTokenDouble {}

#[public]
impl SilentTokenDouble {
    pub fn give(&mut self, to: Address, value: U256) {
        let balance = self.balances.get(to);
        self.balances.setter(to).set(balance + value);
    }

    pub fn balance_of(&self, account: Address) -> U256 {
        self.balances.get(account)
    }

    pub fn transfer(&mut self, to: Address, value: U256) -> Result<(), Vec<u8>> {
        self.transfer_from(host::sender(), to, value)
    }

    pub fn transfer_from(&mut self, from: Address, to: Address, value: U256) -> Result<(), Vec<u8>> {
        let rest = self.balances.get(from).checked_sub(value).ok_or_else(refusal)?;
        self.balances.setter(from).set(rest);
        self.give(to, value);
        Ok(())
    }
}

/// A swap adapter that gives its caller as many units as it is told of, and remembers what it was asked.
#[storage]
pub struct AdapterDouble {
    base_token: StorageAddress,
    /// What it gives to its caller.
    gives: StorageU256,
    /// What it says that it gave.
    states: StorageU256,
    fails: StorageBool,
    last_token: StorageAddress,
    last_amount: StorageU256,
    last_minimum: StorageU256,
    last_path_length: StorageU256,
}

unsafe impl TopLevelStorage for AdapterDouble {}

impl AdapterDouble {
    pub fn set_base_token(&mut self, base_token: Address) {
        self.base_token.set(base_token);
    }

    pub fn set_outcome(&mut self, gives: U256, states: U256) {
        self.gives.set(gives);
        self.states.set(states);
    }

    pub fn set_fails(&mut self, fails: bool) {
        self.fails.set(fails);
    }

    /// Token, amount, minimum and the length of the path of the last swap.
    pub fn last(&self) -> (Address, U256, U256, U256) {
        (
            self.last_token.get(),
            self.last_amount.get(),
            self.last_minimum.get(),
            self.last_path_length.get(),
        )
    }

    fn swap(&mut self, token: Address, amount: U256, minimum: U256, path: &[u8], to: Address) -> Result<U256, Vec<u8>> {
        if self.fails.get() {
            return Err(refusal());
        }
        self.last_token.set(token);
        self.last_amount.set(amount);
        self.last_minimum.set(minimum);
        self.last_path_length.set(U256::from(path.len()));
        host::call(
            to,
            &ITokenDouble::giveCall {
                to: host::sender(),
                value: self.gives.get(),
            },
        )?;
        Ok(self.states.get())
    }
}

#[public]
impl AdapterDouble {
    pub fn base_token(&self) -> Address {
        self.base_token.get()
    }

    pub fn swap_in(&mut self, token: Address, amount: U256, min_base: U256, path: Bytes) -> Result<U256, Vec<u8>> {
        let base = self.base_token.get();
        self.swap(token, amount, min_base, &path, base)
    }

    pub fn swap_out(&mut self, token: Address, base_amount: U256, min_out: U256, path: Bytes) -> Result<U256, Vec<u8>> {
        self.swap(token, base_amount, min_out, &path, token)
    }
}

type SingleParams = (Address, Address, U24, Address, U256, U256, U160);
type PathParams = (Bytes, Address, U256, U256);

/// A SwapRouter02 without pools: it pays out what it is told, and leaves what it is told of the input and of one token
/// on the way.
#[storage]
pub struct RouterDouble {
    gives: StorageU256,
    leaves: StorageU256,
    between: StorageAddress,
    leaves_between: StorageU256,
    fails: StorageBool,
    last_fee: StorageU256,
    last_recipient: StorageAddress,
}

unsafe impl TopLevelStorage for RouterDouble {}

impl RouterDouble {
    pub fn set_outcome(&mut self, gives: U256, leaves: U256) {
        self.gives.set(gives);
        self.leaves.set(leaves);
    }

    pub fn set_leftover_between(&mut self, between: Address, leaves: U256) {
        self.between.set(between);
        self.leaves_between.set(leaves);
    }

    pub fn set_fails(&mut self, fails: bool) {
        self.fails.set(fails);
    }

    /// Fee tier and recipient of the last direct swap.
    pub fn last(&self) -> (U256, Address) {
        (self.last_fee.get(), self.last_recipient.get())
    }

    /// Only a stated input of zero stands for the router's own balance.
    fn swap(&mut self, from: Address, to: Address, recipient: Address, amount_in: U256) -> Result<U256, Vec<u8>> {
        if self.fails.get() || !amount_in.is_zero() {
            return Err(refusal());
        }
        let answer = host::view(from, &ITokenDouble::balanceOfCall { account: host::this() })?;
        let value = host::word(from, &answer)? - self.leaves.get();
        host::call(
            from,
            &ITokenDouble::transferCall {
                to: Address::repeat_byte(0xde),
                value,
            },
        )?;
        host::call(
            to,
            &ITokenDouble::giveCall {
                to: recipient,
                value: self.gives.get(),
            },
        )?;
        let between = self.between.get();
        if !between.is_zero() {
            host::call(
                between,
                &ITokenDouble::giveCall {
                    to: host::this(),
                    value: self.leaves_between.get(),
                },
            )?;
        }
        Ok(self.gives.get())
    }
}

#[public]
impl RouterDouble {
    pub fn exact_input_single(&mut self, params: SingleParams) -> Result<U256, Vec<u8>> {
        let (from, to, fee, recipient, amount_in, _, _) = params;
        self.last_fee.set(U256::from(fee));
        self.last_recipient.set(recipient);
        self.swap(from, to, recipient, amount_in)
    }

    pub fn exact_input(&mut self, params: PathParams) -> Result<U256, Vec<u8>> {
        let (path, recipient, amount_in, _) = params;
        let (Some(from), Some(to)) = (path.first_chunk::<20>(), path.last_chunk::<20>()) else {
            return Err(refusal());
        };
        self.swap(from.into(), to.into(), recipient, amount_in)
    }
}
