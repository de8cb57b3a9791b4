//! What the collateral of a defaulted loan brings, and what is lost.

use alloy_primitives::{B256, U256};
use contract_kit::{host, token, Revert};
use loan_core::{
    split::total,
    tranche::Tranche,
    waterfall::{Claims, Distribution},
    PerTranche, DAY, MAX_AMOUNT,
};

use crate::{
    abi::ILoanPool,
    defaults::{at_default, debt},
    errors::{at_most, failed},
    records::{Record, Status},
    tranches::{policy, Part},
    words::{Lending, Settings},
    LoanPool,
};

/// How long the claims of a written-off loan count for deposits, from its write-off or from the last time that its
/// collateral was listed. Whoever sells it within this time sells nothing to those who came meanwhile; and a claim that
/// nobody pays does not keep them away for ever.
pub(crate) const RECOVERY_PERIOD: u64 = 180 * DAY;

impl LoanPool {
    /// What the auction must know of a loan: token, debt, reserve, whether proceeds are still to come.
    ///
    /// # Errors
    ///
    /// `CalculationFailed`.
    pub fn liquidation(&self, loan_id: B256) -> Result<(U256, U256, U256, bool), Revert> {
        let mut record = self.bare_record(loan_id, &self.lending())?;
        if !matches!(record.status, Status::Liquidating | Status::WrittenOff) {
            return Ok((U256::ZERO, U256::ZERO, U256::ZERO, false));
        }
        self.read_trouble(loan_id, &mut record);
        let liquidation = self.liquidated(loan_id);
        Ok((
            U256::from(liquidation.collateral_id),
            U256::from(debt(&record)?),
            U256::from(liquidation.reserve),
            true,
        ))
    }

    /// Shares out what the collateral was sold for.
    ///
    /// # Errors
    ///
    /// As `settleLiquidation` of `ILoanPool` says.
    pub fn settle_liquidation(&mut self, loan_id: B256, proceeds: U256) -> Result<(), Revert> {
        self.check_auction()?;
        let (settings, lending) = (self.settings(), self.lending());
        let record = self.liquidated_loan(loan_id, &lending)?;
        let amount = at_most(proceeds, MAX_AMOUNT)?;
        self.check_arrival(settings, amount)?;
        let loan = at_default(&record)?;
        let claims = Claims {
            principal: loan.principals(),
            interest: loan.interest().map_err(failed)?,
        };
        let distribution = Distribution::new(amount, settings.liquidation_fee_bps, &claims).map_err(failed)?;
        let is_late = record.status == Status::WrittenOff;
        let fee = self.share_out(settings, &lending, &record, &distribution, is_late)?;
        if is_late && self.recovery_end(loan_id) != 0 {
            self.change_claims(&record, Tranche::forgo)?;
        }
        self.set_status(loan_id, Status::Liquidated);
        log_distribution(loan_id, proceeds, &distribution)?;
        if !is_late {
            let left = distribution.remaining(&claims).map_err(failed)?;
            log_loss(loan_id, left.principal);
        }
        let borrower = self.liquidated(loan_id).borrower;
        self.pay_fee(settings, fee.saturating_add(distribution.fee))?;
        if distribution.surplus != 0 {
            token::transfer(settings.usdai, borrower, U256::from(distribution.surplus))?;
        }
        Ok(())
    }

    /// Realises the loss of a loan whose collateral nobody buys.
    ///
    /// # Errors
    ///
    /// As `writeOff` of `ILoanPool` says.
    pub fn write_off(&mut self, loan_id: B256) -> Result<(), Revert> {
        self.check_auction()?;
        let lending = self.lending();
        let record = self.liquidated_loan(loan_id, &lending)?;
        if record.status != Status::Liquidating {
            return Err(Self::wrong_status(loan_id, record.status));
        }
        self.share_out(self.settings(), &lending, &record, &Distribution::default(), false)?;
        self.change_claims(&record, Tranche::claim)?;
        self.set_status(loan_id, Status::WrittenOff);
        log_loss(loan_id, record.loan.principals());
        self.open_recovery(loan_id);
        Ok(())
    }

    /// Waits anew for the recovery of a written-off loan, whose collateral is listed again.
    ///
    /// # Errors
    ///
    /// As `reopenRecovery` of `ILoanPool` says.
    pub fn reopen_recovery(&mut self, loan_id: B256) -> Result<(), Revert> {
        let record = self.written_off_loan(loan_id)?;
        if self.recovery_end(loan_id) == 0 {
            self.change_claims(&record, Tranche::claim)?;
        }
        self.open_recovery(loan_id);
        Ok(())
    }

    /// Waits no longer for the recovery of a written-off loan, whose collateral nobody buys.
    ///
    /// # Errors
    ///
    /// As `expireRecovery` of `ILoanPool` says.
    pub fn expire_recovery(&mut self, loan_id: B256) -> Result<(), Revert> {
        let record = self.written_off_loan(loan_id)?;
        let until = self.recovery_end(loan_id);
        if until == 0 {
            return Err(ILoanPool::RecoveryAlreadyExpired { loanId: loan_id }.into());
        }
        if host::timestamp() < until {
            return Err(ILoanPool::RecoveryOpen {
                loanId: loan_id,
                until: U256::from(until),
            }
            .into());
        }
        self.change_claims(&record, Tranche::forgo)?;
        self.set_recovery_end(loan_id, 0);
        host::log(&ILoanPool::RecoveryExpired { loanId: loan_id });
        Ok(())
    }

    fn open_recovery(&mut self, loan_id: B256) {
        let until = host::timestamp().saturating_add(RECOVERY_PERIOD);
        self.set_recovery_end(loan_id, until);
        host::log(&ILoanPool::RecoveryOpened {
            loanId: loan_id,
            until: U256::from(until),
        });
    }

    /// Adds a loan's claims to those on the tranches, or takes them off.
    fn change_claims(
        &mut self,
        record: &Record,
        change: fn(&Tranche, u128) -> Result<Tranche, loan_core::Error>,
    ) -> Result<(), Revert> {
        let settings = self.settings();
        for (index, claim) in claims(settings, record)?.into_iter().enumerate() {
            if claim != 0 {
                let counted = Tranche {
                    written_off: self.written_off(settings, index),
                    ..Tranche::default()
                };
                let changed = change(&counted, claim).map_err(failed)?;
                self.set_written_off(index, changed.written_off);
            }
        }
        Ok(())
    }

    /// A written-off loan, for the auction alone.
    fn written_off_loan(&self, loan_id: B256) -> Result<Record, Revert> {
        self.check_auction()?;
        let record = self.liquidated_loan(loan_id, &self.lending())?;
        if record.status != Status::WrittenOff {
            return Err(Self::wrong_status(loan_id, record.status));
        }
        Ok(record)
    }

    fn check_auction(&self) -> Result<(), Revert> {
        let caller = host::sender();
        if caller == self.auction.get() {
            Ok(())
        } else {
            Err(ILoanPool::NotCollateralAuction { caller }.into())
        }
    }

    fn liquidated_loan(&self, loan_id: B256, lending: &Lending) -> Result<Record, Revert> {
        let mut record = self.bare_record(loan_id, lending)?;
        if !matches!(record.status, Status::Liquidating | Status::WrittenOff) {
            return Err(Self::wrong_status(loan_id, record.status));
        }
        self.read_trouble(loan_id, &mut record);
        Ok(record)
    }

    /// Proceeds are there beside the idle cash of all tranches.
    fn check_arrival(&self, settings: Settings, proceeds: u128) -> Result<(), Revert> {
        let balance = token::balance_of(settings.usdai, host::this())?;
        let needed = U256::from(self.total_idle(settings).saturating_add(proceeds));
        if balance < needed {
            return Err(ILoanPool::ProceedsMissing { balance, needed }.into());
        }
        Ok(())
    }

    /// Books what each tranche gets, and takes what it does not get off its value. Answers the fee on interest.
    fn share_out(
        &mut self,
        settings: Settings,
        lending: &Lending,
        record: &Record,
        distribution: &Distribution,
        is_late: bool,
    ) -> Result<u128, Revert> {
        let (policy, now) = (policy(settings), host::timestamp());
        let provisions = record.provisions();
        let mut fees = 0_u128;
        for (index, slice) in at_default(record)?.slices.iter().enumerate() {
            if slice.principal == 0 && slice.accrued == loan_core::Accrued::ZERO {
                continue;
            }
            let of = |parts: &PerTranche| parts.get(index).copied().unwrap_or_default();
            let (principal, interest) = (of(&distribution.principal), of(&distribution.interest));
            let mut book = self.book(lending, index, Part::Whole);
            let booked = if is_late {
                book.tranche.recover(principal, interest, now, &policy)
            } else {
                book.suspended = book.suspended.saturating_sub(slice.principal);
                book.tranche
                    .release(of(&provisions))
                    .and_then(|tranche| tranche.close(slice, principal, interest, &policy))
            };
            let (tranche, fee) = booked.map_err(failed)?;
            book.tranche = tranche;
            self.set_book(&book)?;
            fees = fees.saturating_add(fee);
        }
        Ok(fees)
    }
}

/// What a written-off loan claims of each tranche's value: the same at all times, since nothing changes it any more.
pub(crate) fn claims(settings: Settings, record: &Record) -> Result<PerTranche, Revert> {
    policy(settings).claims(&at_default(record)?.slices).map_err(failed)
}

fn log_distribution(loan_id: B256, proceeds: U256, distribution: &Distribution) -> Result<(), Revert> {
    let sum = |parts| total(parts).map(U256::from).map_err(failed);
    host::log(&ILoanPool::ProceedsDistributed {
        loanId: loan_id,
        proceeds,
        liquidationFee: U256::from(distribution.fee),
        principal: sum(&distribution.principal)?,
        interest: sum(&distribution.interest)?,
        surplus: U256::from(distribution.surplus),
    });
    Ok(())
}

fn log_loss(loan_id: B256, losses: PerTranche) {
    if losses == PerTranche::default() {
        return;
    }
    let [loss0, loss1, loss2, loss3] = losses.map(U256::from);
    host::log(&ILoanPool::LossRealised {
        loanId: loan_id,
        loss0,
        loss1,
        loss2,
        loss3,
    });
}
