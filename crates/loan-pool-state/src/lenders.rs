//! Lenders come and go: deposits, redemptions, notices.

use alloy_primitives::{address, Address, U256};
use contract_kit::{host, token, Revert};
use loan_core::{
    tranche::{Tranche, LOCKED_SHARES},
    Accrued, BASIS_POINTS, DAY, MAX_AMOUNT,
};
use qev_core::vesting::Vesting;

use crate::{
    abi::ILoanPool,
    errors::{at_least, at_most, refused_by},
    tranches::{policy, Part},
    words::{Account, Settings, MAX_SHARES},
    LoanPool,
};

/// Who keeps the shares that a tranche's first deposit locks. Nobody has the key.
pub(crate) const DEAD: Address = address!("000000000000000000000000000000000000dEaD");
/// From a notice to the redemption.
pub(crate) const NOTICE: u64 = 45 * DAY;
/// How long shares can be redeemed after their notice. A notice given for good would be no notice: whoever keeps one
/// could leave at any time, and at once when a loan goes bad.
pub(crate) const NOTICE_WINDOW: u64 = 7 * DAY;

impl LoanPool {
    /// Takes assets of the caller into a tranche, for at least `min_shares` of it.
    ///
    /// # Errors
    ///
    /// As `deposit` of `ILoanPool` says.
    pub fn deposit(
        &mut self,
        tranche: U256,
        assets: U256,
        receiver: Address,
        min_shares: U256,
    ) -> Result<U256, Revert> {
        let settings = self.running()?;
        let index = Self::tranche_index(settings, tranche)?;
        check_receiver(receiver)?;
        let amount = at_most(assets, MAX_AMOUNT)?;
        let mut book = self.priced(settings, &self.lending(), index);
        let is_first = book.tranche.shares == 0;
        let (funded, shares) = buy(&book.tranche, index, amount, settings)?;
        at_most(U256::from(funded.shares), MAX_SHARES)?;
        at_least(U256::from(shares), min_shares)?;
        book.tranche = funded;
        self.set_book(&book)?;
        if is_first {
            self.mint(DEAD, tranche, LOCKED_SHARES)?;
        }
        self.mint(receiver, tranche, shares)?;
        let caller = host::sender();
        let shares = U256::from(shares);
        host::log(&ILoanPool::Deposited {
            tranche,
            caller,
            receiver,
            assets,
            shares,
        });
        token::transfer_from(settings.usdai, caller, host::this(), assets)?;
        Ok(shares)
    }

    /// Burns shares of the caller, from tranche 1 up those whose notice is over, and pays at least `min_assets` for them.
    ///
    /// # Errors
    ///
    /// As `redeem` of `ILoanPool` says.
    pub fn redeem(&mut self, tranche: U256, shares: U256, receiver: Address, min_assets: U256) -> Result<U256, Revert> {
        let settings = self.settings();
        let index = Self::tranche_index(settings, tranche)?;
        check_receiver(receiver)?;
        let owner = host::sender();
        let amount = if index == 0 {
            self.dispose(owner, tranche, shares)?
        } else {
            self.dispose_noticed(owner, tranche, shares)?
        };
        let mut book = self.book(&self.lending(), index, Part::Shares);
        let (left, assets) = book
            .tranche
            .redeem(amount, host::timestamp(), &policy(settings))
            .map_err(|error| refused_by(index, error))?;
        book.tranche = left;
        self.set_book(&book)?;
        let assets = U256::from(assets);
        at_least(assets, min_assets)?;
        host::log(&ILoanPool::Redeemed {
            tranche,
            owner,
            receiver,
            assets,
            shares,
        });
        token::transfer(settings.usdai, receiver, assets)?;
        Ok(assets)
    }

    /// Puts shares of the caller under notice; that of all that are under notice begins now.
    ///
    /// # Errors
    ///
    /// As `giveNotice` of `ILoanPool` says.
    pub fn give_notice(&mut self, tranche: U256, shares: U256) -> Result<(), Revert> {
        let index = Self::tranche_index(self.settings(), tranche)?;
        if index == 0 {
            return Err(ILoanPool::NoticeNotNeeded {}.into());
        }
        let account = host::sender();
        if !shares.is_zero() {
            let amount = at_most(shares, MAX_SHARES)?;
            self.escrow(account, host::this(), tranche, amount)?;
        }
        let mut entry = self.account(account, tranche);
        // Of balances that sum to the tranche's shares.
        entry.noticed = entry.noticed.saturating_add(at_most(shares, MAX_SHARES)?);
        entry.noticed_at = host::timestamp();
        if entry.noticed == 0 {
            return Err(ILoanPool::InvalidAmount {}.into());
        }
        self.set_account(account, tranche, entry)?;
        let (from, until) = window(entry);
        host::log(&ILoanPool::NoticeGiven {
            tranche,
            account,
            shares,
            noticed: U256::from(entry.noticed),
            from,
            until,
        });
        Ok(())
    }

    /// Gives the caller his shares under notice back.
    ///
    /// # Errors
    ///
    /// `InsufficientNotice` if there are none.
    pub fn cancel_notice(&mut self, tranche: U256) -> Result<(), Revert> {
        let account = host::sender();
        let entry = self.account(account, tranche);
        if entry.noticed == 0 {
            return Err(insufficient_notice(account, tranche, U256::ZERO, entry));
        }
        self.set_account(
            account,
            tranche,
            Account {
                noticed: 0,
                noticed_at: 0,
                ..entry
            },
        )?;
        self.escrow(host::this(), account, tranche, entry.noticed)?;
        host::log(&ILoanPool::NoticeCancelled {
            tranche,
            account,
            shares: U256::from(entry.noticed),
        });
        Ok(())
    }

    fn dispose(&mut self, owner: Address, tranche: U256, shares: U256) -> Result<u128, Revert> {
        // More than can exist is more than the balance.
        let amount = u128::try_from(shares).unwrap_or(u128::MAX);
        self.burn(owner, tranche, amount)?;
        Ok(amount)
    }

    fn dispose_noticed(&mut self, owner: Address, tranche: U256, shares: U256) -> Result<u128, Revert> {
        let entry = self.account(owner, tranche);
        let left = u128::try_from(shares)
            .ok()
            .and_then(|shares| Some((entry.noticed.checked_sub(shares)?, shares)));
        let Some((noticed, amount)) = left else {
            return Err(insufficient_notice(owner, tranche, shares, entry));
        };
        let (from, until) = window(entry);
        let now = U256::from(host::timestamp());
        if now < from || now >= until {
            return Err(ILoanPool::OutsideNoticeWindow { from, until }.into());
        }
        self.set_account(owner, tranche, Account { noticed, ..entry })?;
        self.burn(host::this(), tranche, amount)?;
        Ok(amount)
    }
}

/// The tranche after a deposit, and the shares that it buys.
///
/// What a payment rounds in favour of the tranche (interest up to whole wei, the fee on it down) is a gain of less than two
/// wei that no value knew of. So the price counts two wei more than have accrued: whoever comes right before a payment
/// has paid for that.
pub(crate) fn buy(
    tranche: &Tranche,
    index: usize,
    assets: u128,
    settings: Settings,
) -> Result<(Tranche, u128), Revert> {
    let mut priced = with_all_gains(tranche);
    // Of a written-off loan the two wei go on to be asked for, so that its write-off does not lower the price.
    if priced.principal != 0 || priced.written_off != 0 {
        // Gross of the fee, which is at most all but a ten-thousandth part unless interest counts for nothing at all.
        let kept = u128::from(BASIS_POINTS.saturating_sub(settings.interest_fee_bps).max(1));
        let gross = u128::from(BASIS_POINTS).saturating_mul(2).div_ceil(kept);
        priced.accrued = priced
            .accrued
            .plus(Accrued::of_wei(gross))
            .map_err(|error| refused_by(index, error))?;
    }
    let (mut funded, shares) = priced
        .deposit(assets, host::timestamp(), &policy(settings))
        .map_err(|error| refused_by(index, error))?;
    (funded.accrued, funded.gains) = (tranche.accrued, tranche.gains);
    Ok((funded, shares))
}

/// The tranche as those see it who come: gains that have not vested are in its cash, and are paid for. Only who leaves
/// does without them. Otherwise a deposit after a gain would take a part of it from those who were there, and most of it
/// where little else is left.
pub(crate) fn with_all_gains(tranche: &Tranche) -> Tranche {
    let mut all = *tranche;
    all.gains = Vesting::default();
    all
}

/// When shares under notice can be redeemed.
pub(crate) fn window(account: Account) -> (U256, U256) {
    let from = account.noticed_at.saturating_add(NOTICE);
    (U256::from(from), U256::from(from.saturating_add(NOTICE_WINDOW)))
}

fn insufficient_notice(account: Address, tranche: U256, shares: U256, entry: Account) -> Revert {
    ILoanPool::InsufficientNotice {
        account,
        tranche,
        shares,
        noticed: U256::from(entry.noticed),
    }
    .into()
}

/// Neither nobody nor the pool.
pub(crate) fn check_receiver(receiver: Address) -> Result<(), Revert> {
    if receiver.is_zero() || receiver == host::this() {
        Err(ILoanPool::InvalidAddress {}.into())
    } else {
        Ok(())
    }
}
