//! The ledger of an ERC-20 token, with OpenZeppelin's errors and events.
//!
//! Invariant: `total_supply` is the sum of all balances, so that no balance can overflow once the total did not.
//!
//! Amounts have 128 bits, so the words have room for what a contract must know beside them, at no cost:
//! - The top bit of an account's word says whether the account is frozen. Who may freeze is the contract's business;
//!   one that freezes nobody need not know of it.
//! - The upper half of the supply's word is a number of the contract's own, the [companion](Erc20::companion).

use alloc::{vec, vec::Vec};

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;
use stylus_sdk::{
    prelude::*,
    storage::{StorageMap, StorageU256},
};

use crate::{
    host,
    revert::{Revert, ValueTooLarge},
};

sol! {
    /// The account can neither send nor receive.
    #[derive(Debug, PartialEq)]
    error BlacklistedAddress(address account);
    /// `spender` may take only `allowance`, less than `needed`.
    #[derive(Debug, PartialEq)]
    error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed);
    /// `sender` holds only `balance`, less than `needed`.
    #[derive(Debug, PartialEq)]
    error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed);
    /// The zero address approves nobody.
    #[derive(Debug, PartialEq)]
    error ERC20InvalidApprover(address approver);
    /// The zero address receives nothing.
    #[derive(Debug, PartialEq)]
    error ERC20InvalidReceiver(address receiver);
    /// The zero address sends nothing.
    #[derive(Debug, PartialEq)]
    error ERC20InvalidSender(address sender);
    /// The zero address spends nothing.
    #[derive(Debug, PartialEq)]
    error ERC20InvalidSpender(address spender);

    /// `value` moved from `from` to `to`; minted from or burned to the zero address.
    #[derive(Debug, PartialEq)]
    event Transfer(address indexed from, address indexed to, uint256 value);
    /// `spender` may now take `value` of `owner`'s tokens.
    #[derive(Debug, PartialEq)]
    event Approval(address indexed owner, address indexed spender, uint256 value);
}

/// Where an account's word says that it is frozen, above its balance.
const FROZEN_BIT: usize = 255;
/// The most tokens that there can be: 2^128 − 1. As a mask, what of a word is tokens.
const MAXIMUM_SUPPLY: U256 = U256::from_limbs([u64::MAX, u64::MAX, 0, 0]);

/// Balances, allowances and permit nonces of a token.
#[storage]
pub struct Erc20 {
    /// The balance, and the frozen bit.
    accounts: StorageMap<Address, StorageU256>,
    allowances: StorageMap<Address, StorageMap<Address, StorageU256>>,
    /// The supply, and the companion in the upper half.
    supply: StorageU256,
    pub(crate) nonces: StorageMap<Address, StorageU256>,
}

impl Erc20 {
    /// Tokens in existence.
    #[must_use]
    pub fn total_supply(&self) -> U256 {
        self.supply.get() & MAXIMUM_SUPPLY
    }

    /// The contract's own number in the word of the supply; zero until it is set. Who has read the one has read the
    /// other.
    #[must_use]
    pub fn companion(&self) -> u128 {
        let [_, _, low, high] = self.supply.get().into_limbs();
        u128::from(high) << 64 | u128::from(low)
    }

    /// Replaces the companion.
    pub fn set_companion(&mut self, companion: u128) {
        self.supply.set((U256::from(companion) << 128) | self.total_supply());
    }

    /// Tokens of `account`.
    #[must_use]
    pub fn balance_of(&self, account: Address) -> U256 {
        self.accounts.get(account) & MAXIMUM_SUPPLY
    }

    /// Whether `account` can neither send nor receive.
    #[must_use]
    pub fn is_frozen(&self, account: Address) -> bool {
        self.accounts.get(account).bit(FROZEN_BIT)
    }

    /// Refuses a frozen account.
    ///
    /// # Errors
    ///
    /// [`BlacklistedAddress`].
    pub fn check_not_frozen(&self, account: Address) -> Result<(), Revert> {
        check_word(account, self.accounts.get(account))
    }

    /// Freezes `account` or frees it; its balance stays.
    pub fn set_frozen(&mut self, account: Address, frozen: bool) {
        let mut entry = self.accounts.setter(account);
        let mut word = entry.get();
        word.set_bit(FROZEN_BIT, frozen);
        entry.set(word);
    }

    /// What `spender` may still take of `owner`'s tokens.
    #[must_use]
    pub fn allowance(&self, owner: Address, spender: Address) -> U256 {
        self.allowances.getter(owner).get(spender)
    }

    /// Moves `value` from `from` to `to`.
    ///
    /// # Errors
    ///
    /// [`ERC20InvalidSender`], [`ERC20InvalidReceiver`] for zero addresses; [`BlacklistedAddress`] for frozen ones;
    /// [`ERC20InsufficientBalance`].
    pub fn transfer(&mut self, from: Address, to: Address, value: U256) -> Result<(), Revert> {
        if from.is_zero() {
            return Err(ERC20InvalidSender { sender: from }.into());
        }
        if to.is_zero() {
            return Err(ERC20InvalidReceiver { receiver: to }.into());
        }
        self.debit(from, value)?;
        self.credit(to, value)?;
        host::log(&Transfer { from, to, value });
        Ok(())
    }

    /// Moves `value` from `from` to `to` out of `spender`'s allowance.
    ///
    /// # Errors
    ///
    /// As [`Self::spend_allowance`] and [`Self::transfer`].
    pub fn transfer_from(&mut self, spender: Address, from: Address, to: Address, value: U256) -> Result<(), Revert> {
        self.spend_allowance(from, spender, value)?;
        self.transfer(from, to, value)
    }

    /// Takes `value` out of what `spender` may take of `owner`'s tokens. An allowance of `2^256 − 1` never shrinks.
    ///
    /// # Errors
    ///
    /// [`ERC20InsufficientAllowance`]; [`ERC20InvalidApprover`] for the zero address.
    pub fn spend_allowance(&mut self, owner: Address, spender: Address, value: U256) -> Result<(), Revert> {
        let allowance = self.allowance(owner, spender);
        if allowance == U256::MAX {
            return Ok(());
        }
        let Some(rest) = allowance.checked_sub(value) else {
            return Err(ERC20InsufficientAllowance {
                spender,
                allowance,
                needed: value,
            }
            .into());
        };
        // The zero address has approved nobody: say so rather than that it has no balance.
        if owner.is_zero() {
            return Err(ERC20InvalidApprover { approver: owner }.into());
        }
        self.allowances.setter(owner).setter(spender).set(rest);
        Ok(())
    }

    /// Lets `spender` take `value` of `owner`'s tokens.
    ///
    /// # Errors
    ///
    /// [`ERC20InvalidApprover`], [`ERC20InvalidSpender`] for zero addresses.
    pub fn approve(&mut self, owner: Address, spender: Address, value: U256) -> Result<(), Revert> {
        if owner.is_zero() {
            return Err(ERC20InvalidApprover { approver: owner }.into());
        }
        if spender.is_zero() {
            return Err(ERC20InvalidSpender { spender }.into());
        }
        self.allowances.setter(owner).setter(spender).set(value);
        host::log(&Approval { owner, spender, value });
        Ok(())
    }

    /// Creates `value` for `to`.
    ///
    /// # Errors
    ///
    /// [`ERC20InvalidReceiver`] for the zero address; [`BlacklistedAddress`]; [`ValueTooLarge`] if the total would not
    /// fit.
    pub fn mint(&mut self, to: Address, value: U256) -> Result<(), Revert> {
        if to.is_zero() {
            return Err(ERC20InvalidReceiver { receiver: to }.into());
        }
        let maximum = MAXIMUM_SUPPLY.wrapping_sub(self.total_supply());
        if value > maximum {
            return Err(ValueTooLarge { value, maximum }.into());
        }
        // No carry reaches the companion.
        let word = self.supply.get();
        self.supply.set(word.wrapping_add(value));
        self.credit(to, value)?;
        host::log(&Transfer {
            from: Address::ZERO,
            to,
            value,
        });
        Ok(())
    }

    /// Destroys `value` of `from`.
    ///
    /// # Errors
    ///
    /// [`ERC20InvalidSender`] for the zero address; [`BlacklistedAddress`]; [`ERC20InsufficientBalance`].
    pub fn burn(&mut self, from: Address, value: U256) -> Result<(), Revert> {
        if from.is_zero() {
            return Err(ERC20InvalidSender { sender: from }.into());
        }
        self.debit(from, value)?;
        // No balance exceeds the total.
        let word = self.supply.get();
        self.supply.set(word.wrapping_sub(value));
        host::log(&Transfer {
            from,
            to: Address::ZERO,
            value,
        });
        Ok(())
    }

    fn debit(&mut self, sender: Address, value: U256) -> Result<(), Revert> {
        let mut account = self.accounts.setter(sender);
        let balance = account.get();
        check_word(sender, balance)?;
        let Some(rest) = balance.checked_sub(value) else {
            return Err(ERC20InsufficientBalance {
                sender,
                balance,
                needed: value,
            }
            .into());
        };
        account.set(rest);
        Ok(())
    }

    fn credit(&mut self, receiver: Address, value: U256) -> Result<(), Revert> {
        let mut account = self.accounts.setter(receiver);
        let balance = account.get();
        check_word(receiver, balance)?;
        // A balance and what is moved to it are together at most the total.
        account.set(balance.wrapping_add(value));
        Ok(())
    }
}

/// Refuses an account whose word says that it is frozen. Any other word is the balance.
fn check_word(account: Address, word: U256) -> Result<(), Revert> {
    if word.bit(FROZEN_BIT) {
        Err(BlacklistedAddress { account }.into())
    } else {
        Ok(())
    }
}
