//! Tranche shares: ERC-6909, an id for each tranche.
//!
//! Invariant: the balances of an id sum to the tranche's shares, those under notice being in the balance of the pool.
//! What comes here by any other way than a notice could never be used again, so it is refused.

use alloy_primitives::{Address, U256};
use contract_kit::{host, Revert};
use loan_core::MAX_TRANCHES;

use crate::{
    abi::ILoanPool,
    errors::at_most,
    words::{Account, MAX_SHARES},
    LoanPool,
};

impl LoanPool {
    /// Shares of a tranche in existence, the locked ones included.
    #[must_use]
    pub fn total_supply(&self, id: U256) -> U256 {
        match usize::try_from(id) {
            Ok(index) if index < MAX_TRANCHES => U256::from(self.tranche_shares(index)),
            _ => U256::ZERO,
        }
    }

    /// Shares of `owner`, without those under notice.
    #[must_use]
    pub fn balance_of(&self, owner: Address, id: U256) -> U256 {
        U256::from(self.account(owner, id).balance)
    }

    /// What `spender` may still move of `owner`'s shares of a tranche.
    #[must_use]
    pub fn allowance(&self, owner: Address, spender: Address, id: U256) -> U256 {
        self.allowances.getter(owner).getter(spender).get(id)
    }

    /// Whether `spender` may move all shares of `owner`.
    #[must_use]
    pub fn is_operator(&self, owner: Address, spender: Address) -> bool {
        self.operators.getter(owner).get(spender)
    }

    /// Moves shares of the caller.
    ///
    /// # Errors
    ///
    /// `ERC6909InvalidReceiver`, `ERC6909InsufficientBalance`.
    pub fn transfer(&mut self, receiver: Address, id: U256, amount: U256) -> Result<bool, Revert> {
        self.move_shares(host::sender(), receiver, id, amount)
    }

    /// Moves shares of `sender`, who has allowed it.
    ///
    /// # Errors
    ///
    /// `ERC6909InsufficientAllowance`, `ERC6909InvalidSender`, and as [`Self::transfer`].
    pub fn transfer_from(
        &mut self,
        sender: Address,
        receiver: Address,
        id: U256,
        amount: U256,
    ) -> Result<bool, Revert> {
        let caller = host::sender();
        if sender.is_zero() {
            return Err(ILoanPool::ERC6909InvalidSender { sender }.into());
        }
        if caller != sender && !self.is_operator(sender, caller) {
            self.spend_allowance(sender, caller, id, amount)?;
        }
        self.move_shares(sender, receiver, id, amount)
    }

    /// Lets `spender` move `amount` of the caller's shares of a tranche.
    ///
    /// # Errors
    ///
    /// `ERC6909InvalidSpender`.
    pub fn approve(&mut self, spender: Address, id: U256, amount: U256) -> Result<bool, Revert> {
        let owner = check_spender(spender)?;
        self.allowances.setter(owner).setter(spender).setter(id).set(amount);
        host::log(&ILoanPool::Approval {
            owner,
            spender,
            id,
            amount,
        });
        Ok(true)
    }

    /// Lets `spender` move all shares of the caller, or no longer.
    ///
    /// # Errors
    ///
    /// `ERC6909InvalidSpender`.
    pub fn set_operator(&mut self, spender: Address, approved: bool) -> Result<bool, Revert> {
        let owner = check_spender(spender)?;
        self.operators.setter(owner).setter(spender).set(approved);
        host::log(&ILoanPool::OperatorSet {
            owner,
            spender,
            approved,
        });
        Ok(true)
    }

    pub(crate) fn account(&self, owner: Address, id: U256) -> Account {
        Account::unpack(self.accounts.getter(owner).get(id))
    }

    pub(crate) fn set_account(&mut self, owner: Address, id: U256, account: Account) -> Result<(), Revert> {
        let word = account.pack()?;
        self.accounts.setter(owner).setter(id).set(word);
        Ok(())
    }

    /// Adds new shares to an account.
    pub(crate) fn mint(&mut self, receiver: Address, id: U256, amount: u128) -> Result<(), Revert> {
        self.credit(receiver, id, amount)?;
        log_transfer(Address::ZERO, receiver, id, amount);
        Ok(())
    }

    /// Takes shares out of an account for good.
    pub(crate) fn burn(&mut self, sender: Address, id: U256, amount: u128) -> Result<(), Revert> {
        self.debit(sender, id, U256::from(amount))?;
        log_transfer(sender, Address::ZERO, id, amount);
        Ok(())
    }

    /// Moves shares between an account and the escrow.
    pub(crate) fn escrow(&mut self, from: Address, to: Address, id: U256, amount: u128) -> Result<(), Revert> {
        self.debit(from, id, U256::from(amount))?;
        self.credit(to, id, amount)?;
        log_transfer(from, to, id, amount);
        Ok(())
    }

    fn move_shares(&mut self, sender: Address, receiver: Address, id: U256, amount: U256) -> Result<bool, Revert> {
        if receiver.is_zero() || receiver == host::this() {
            return Err(ILoanPool::ERC6909InvalidReceiver { receiver }.into());
        }
        let amount = self.debit(sender, id, amount)?;
        self.credit(receiver, id, amount)?;
        log_transfer(sender, receiver, id, amount);
        Ok(true)
    }

    fn spend_allowance(&mut self, owner: Address, spender: Address, id: U256, amount: U256) -> Result<(), Revert> {
        let allowance = self.allowance(owner, spender, id);
        if allowance == U256::MAX {
            return Ok(());
        }
        let Some(rest) = allowance.checked_sub(amount) else {
            return Err(ILoanPool::ERC6909InsufficientAllowance {
                spender,
                allowance,
                needed: amount,
                id,
            }
            .into());
        };
        self.allowances.setter(owner).setter(spender).setter(id).set(rest);
        Ok(())
    }

    fn debit(&mut self, sender: Address, id: U256, amount: U256) -> Result<u128, Revert> {
        let account = self.account(sender, id);
        let rest = u128::try_from(amount)
            .ok()
            .and_then(|amount| Some((account.balance.checked_sub(amount)?, amount)));
        let Some((balance, amount)) = rest else {
            return Err(ILoanPool::ERC6909InsufficientBalance {
                sender,
                balance: U256::from(account.balance),
                needed: amount,
                id,
            }
            .into());
        };
        self.set_account(sender, id, Account { balance, ..account })?;
        Ok(amount)
    }

    fn credit(&mut self, receiver: Address, id: U256, amount: u128) -> Result<(), Revert> {
        let account = self.account(receiver, id);
        // No balance exceeds the tranche's shares, which deposits keep below the bound.
        let balance = at_most(U256::from(account.balance.saturating_add(amount)), MAX_SHARES)?;
        self.set_account(receiver, id, Account { balance, ..account })
    }
}

fn check_spender(spender: Address) -> Result<Address, Revert> {
    if spender.is_zero() {
        Err(ILoanPool::ERC6909InvalidSpender { spender }.into())
    } else {
        Ok(host::sender())
    }
}

fn log_transfer(sender: Address, receiver: Address, id: U256, amount: u128) {
    host::log(&ILoanPool::Transfer {
        caller: host::sender(),
        sender,
        receiver,
        id,
        amount: U256::from(amount),
    });
}
