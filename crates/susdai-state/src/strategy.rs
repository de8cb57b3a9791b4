//! Lending idle assets to the tranches of the loan pool, and taking them back.

use alloy_primitives::{Address, U256};
use contract_kit::{
    host,
    revert::{ExternalCallFailed, ValueTooLarge},
    roles, token, Revert,
};

use crate::{
    abi::{ILoanPool, IQevAuction, IStakedUSDai, IUSDai},
    accounts::check_amount,
    words::{Cash, Settings},
    Vault,
};

impl Vault {
    /// Lends `assets` to a tranche; answers its shares.
    ///
    /// # Errors
    ///
    /// As `allocate` of `IStakedUSDai` says.
    pub fn allocate(&mut self, tranche: U256, assets: U256) -> Result<U256, Revert> {
        self.access.only(roles::STRATEGY_ADMIN)?;
        let settings = self.running()?;
        let pool = self.linked_pool(settings)?;
        check_amount(assets)?;
        self.check_no_settlement_pending()?;
        let cash = self.cash();
        let Some(idle) = u128::try_from(assets)
            .ok()
            .and_then(|assets| cash.idle.checked_sub(assets))
        else {
            return Err(IStakedUSDai::InsufficientBalance {}.into());
        };
        self.set_cash(Cash { idle, ..cash });

        let lent = lend(settings.usdai, pool, tranche, assets)?;
        check_amount(lent)?;
        self.change_tranche(settings, tranche, |held| {
            u128::try_from(lent)
                .ok()
                .and_then(|lent| held.checked_add(lent))
                .ok_or_else(|| {
                    ValueTooLarge {
                        value: lent,
                        maximum: U256::from(u128::MAX.saturating_sub(held)),
                    }
                    .into()
                })
        })?;
        host::log(&IStakedUSDai::Allocated {
            tranche,
            assets,
            shares: lent,
        });
        Ok(lent)
    }

    /// Takes assets back for `shares` of a tranche; answers them.
    ///
    /// # Errors
    ///
    /// As `deallocate` of `IStakedUSDai` says.
    pub fn deallocate(&mut self, tranche: U256, shares: U256) -> Result<U256, Revert> {
        self.access.only(roles::STRATEGY_ADMIN)?;
        let settings = self.settings();
        let pool = self.linked_pool(settings)?;
        check_amount(shares)?;
        self.change_tranche(settings, tranche, |held| {
            u128::try_from(shares)
                .ok()
                .and_then(|shares| held.checked_sub(shares))
                .ok_or_else(|| {
                    IStakedUSDai::InsufficientTrancheShares {
                        tranche,
                        shares,
                        held: U256::from(held),
                    }
                    .into()
                })
        })?;

        let this = host::this();
        let before = token::balance_of(settings.usdai, this)?;
        let redemption = ILoanPool::redeem_0Call {
            tranche,
            shares,
            receiver: this,
        };
        let stated = host::word(pool, &host::call(pool, &redemption)?)?;
        let arrived = token::balance_of(settings.usdai, this)?.saturating_sub(before);
        let assets = stated.min(arrived);
        self.add_idle(assets)?;
        host::log(&IStakedUSDai::Deallocated {
            tranche,
            shares,
            assets,
        });
        Ok(assets)
    }

    /// Announces to the pool that `shares` of a junior tranche will be redeemed. They stay in the own count.
    ///
    /// # Errors
    ///
    /// As `giveNotice` of `IStakedUSDai` says.
    pub fn give_notice(&mut self, tranche: U256, shares: U256) -> Result<(), Revert> {
        let pool = self.pool_of_strategist()?;
        host::call(pool, &ILoanPool::giveNoticeCall { tranche, shares })?;
        host::log(&IStakedUSDai::NoticeGiven { tranche, shares });
        Ok(())
    }

    /// Takes such an announcement back.
    ///
    /// # Errors
    ///
    /// As `cancelNotice` of `IStakedUSDai` says.
    pub fn cancel_notice(&mut self, tranche: U256) -> Result<(), Revert> {
        let pool = self.pool_of_strategist()?;
        host::call(pool, &ILoanPool::cancelNoticeCall { tranche })?;
        host::log(&IStakedUSDai::NoticeCancelled { tranche });
        Ok(())
    }

    /// Bounds what the auction of `epoch` may spend.
    ///
    /// # Errors
    ///
    /// As `announceLimit` of `IStakedUSDai` says.
    pub fn announce_limit(&mut self, epoch: U256, assets: U256) -> Result<(), Revert> {
        self.access.only(roles::STRATEGY_ADMIN)?;
        let announcement = IQevAuction::announceLimitCall { epoch, assets };
        host::call(self.escrow().auction, &announcement)?;
        Ok(())
    }

    fn pool_of_strategist(&self) -> Result<Address, Revert> {
        self.access.only(roles::STRATEGY_ADMIN)?;
        self.linked_pool(self.settings())
    }

    fn linked_pool(&self, settings: Settings) -> Result<Address, Revert> {
        if settings.loan_pool_linked {
            Ok(self.loan_pool.get())
        } else {
            Err(IStakedUSDai::LoanPoolNotSet {}.into())
        }
    }

    /// The limit of an auction whose bids are sealed must not be shrunk by lending what it could spend.
    fn check_no_settlement_pending(&self) -> Result<(), Revert> {
        let auction = self.escrow().auction;
        let pending = host::view(auction, &IQevAuction::isSettlementPendingCall {})?;
        if host::word(auction, &pending)?.is_zero() {
            Ok(())
        } else {
            Err(IStakedUSDai::SettlementPending {}.into())
        }
    }

    /// Replaces the own count of a tranche's shares.
    fn change_tranche(
        &mut self,
        settings: Settings,
        tranche: U256,
        change: impl FnOnce(u128) -> Result<u128, Revert>,
    ) -> Result<(), Revert> {
        let mut counts = self.tranches(settings.tranches_held);
        let count = usize::try_from(tranche).ok().and_then(|index| counts.get_mut(index));
        let Some(count) = count else {
            return Err(IStakedUSDai::InvalidTranche { tranche }.into());
        };
        *count = change(*count)?;
        self.set_tranches(settings, counts);
        Ok(())
    }
}

/// Lets the pool pull `assets`, which it must do to the unit: neither the books nor an allowance may be left over.
fn lend(usdai: Address, pool: Address, tranche: U256, assets: U256) -> Result<U256, Revert> {
    let this = host::this();
    let before = token::balance_of(usdai, this)?;
    host::call(
        usdai,
        &IUSDai::approveCall {
            spender: pool,
            value: assets,
        },
    )?;
    let deposit = ILoanPool::deposit_0Call {
        tranche,
        assets,
        receiver: this,
    };
    let lent = host::word(pool, &host::call(pool, &deposit)?)?;
    let after = token::balance_of(usdai, this)?;
    if before.checked_sub(after) == Some(assets) {
        Ok(lent)
    } else {
        Err(ExternalCallFailed { target: pool }.into())
    }
}
