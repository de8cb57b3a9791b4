//! Loans in trouble: provisions, defaults, liquidation.

use alloy_primitives::{B256, U256};
use contract_kit::{host, roles, Revert};
use loan_core::{impairment::expected_loss, split::total, DAY};

use crate::{
    abi::ILoanPool,
    errors::failed,
    records::{is_running, Liquidation, Record, Status},
    terms::{self, LoanTerms},
    tranches::Part,
    words::{Clock, Lending, Settings},
    LoanPool,
};

/// How long a default can be cured for certain.
pub(crate) const REDEMPTION_WINDOW: u64 = 14 * DAY;
/// How long insurance must have lapsed for a default.
pub(crate) const INSURANCE_LAPSE: u64 = 14 * DAY;

impl LoanPool {
    /// Provides for the loss to expect of a loan that is overdue, in default or at auction.
    ///
    /// # Errors
    ///
    /// As `impair` of `ILoanPool` says.
    pub fn impair(&mut self, loan_terms: &LoanTerms) -> Result<(), Revert> {
        let (settings, lending) = (self.settings(), self.lending());
        let (loan_id, mut record) = self.record(loan_terms, &lending, true)?;
        let collateral_id = loan_terms.collateralId;
        let counted = match record.status {
            Status::Active | Status::Impaired => {
                self.access.only(roles::RISK_ADMIN)?;
                let deadline = record.loan.deadline();
                if host::timestamp() < deadline {
                    return Err(ILoanPool::NotOverdue {
                        deadline: U256::from(deadline),
                    }
                    .into());
                }
                self.set_status(loan_id, Status::Impaired);
                self.counted_collateral(settings, loan_id, collateral_id)?
            }
            // Whoever asks: the amount follows from the loan and the lot, and while nothing is paid it can only grow.
            Status::Defaulted => self.counted_collateral(settings, loan_id, collateral_id)?,
            // What the auction must know stands where the appraisal was. A loss alone still matters: of other lots the
            // bidders say within days what they are worth, and the line falls little meanwhile.
            Status::Liquidating => {
                if !self.is_lost(collateral_id)? {
                    return Err(ILoanPool::LossNotAttested {
                        collateralId: collateral_id,
                    }
                    .into());
                }
                0
            }
            status => return Err(Self::wrong_status(loan_id, status)),
        };
        self.provide(&lending, counted, &mut record, false)?;
        self.set_provision(loan_id, &record);
        log_provision(loan_id, record.provision);
        Ok(())
    }

    /// Declares a default.
    ///
    /// # Errors
    ///
    /// As `markDefault` of `ILoanPool` says.
    pub fn mark_default(&mut self, loan_terms: &LoanTerms) -> Result<(), Revert> {
        let settings = self.running()?;
        let (loan_id, mut record, lending) = self.running_loan(loan_terms)?;
        let now = host::timestamp();
        let from = self.defaults_from(settings, &record);
        // Because the collateral is not insured the risk admin alone may.
        let is_due = now >= from
            || self.access.has_role(roles::RISK_ADMIN.id(), host::sender())
                && self.is_uninsured(loan_terms.collateralId)?;
        if !is_due {
            return Err(ILoanPool::NotDefaultable { from: U256::from(from) }.into());
        }
        let counted = self.counted_collateral(settings, loan_id, loan_terms.collateralId)?;
        self.provide(&lending, counted, &mut record, true)?;
        self.set_status(loan_id, Status::Defaulted);
        self.set_plan(loan_id, &record)?;
        self.set_default(loan_id, now);
        self.set_paused_at_default(loan_id, self.paused_seconds(settings));
        let cure_end = now.saturating_add(REDEMPTION_WINDOW);
        self.set_clock(Clock {
            latest_cure_end: cure_end,
            ..self.clock()
        })?;
        host::log(&ILoanPool::LoanDefaulted {
            loanId: loan_id,
            provision: U256::from(record.provision),
            cureEnd: U256::from(cure_end),
        });
        Ok(())
    }

    /// Sends the collateral of a loan in default to the auction.
    ///
    /// # Errors
    ///
    /// As `liquidate` of `ILoanPool` says.
    pub fn liquidate(&mut self, loan_terms: &LoanTerms) -> Result<(), Revert> {
        let (settings, lending) = (self.running()?, self.lending());
        let loan_id = terms::loan_id(loan_terms);
        let mut record = self.bare_record(loan_id, &lending)?;
        if record.status != Status::Defaulted {
            return Err(Self::wrong_status(loan_id, record.status));
        }
        self.read_trouble(loan_id, &mut record);
        let paused = self.paused_since(settings, self.paused_at_default(loan_id));
        let until = record
            .defaulted_at
            .saturating_add(REDEMPTION_WINDOW)
            .saturating_add(paused);
        if host::timestamp() < until {
            return Err(ILoanPool::RedemptionWindowOpen {
                until: U256::from(until),
            }
            .into());
        }
        let auction = self.auction.get();
        if auction.is_zero() {
            return Err(ILoanPool::CollateralAuctionNotSet {}.into());
        }
        let debt = debt(&record)?;
        let counted = self.counted_collateral(settings, loan_id, loan_terms.collateralId)?;
        // The last time that the line is known. The event says it: what the reserve leaves of the principal.
        self.provide(&lending, counted, &mut record, false)?;
        let liquidation = Liquidation {
            borrower: loan_terms.borrower,
            // Origination has checked it.
            collateral_id: u64::try_from(loan_terms.collateralId).unwrap_or_default(),
            reserve: debt.min(counted),
        };
        self.set_liquidated(loan_id, &liquidation, record.provision, record.defaulted_at)?;
        self.set_status(loan_id, Status::Liquidating);
        host::log(&ILoanPool::LiquidationStarted {
            loanId: loan_id,
            collateralId: loan_terms.collateralId,
            debt: U256::from(debt),
            reserve: U256::from(liquidation.reserve),
        });
        self.move_collateral(host::this(), auction, loan_terms.collateralId)
    }

    /// When a loan can be marked as defaulted: past deadline, grace and what was paused since the deadline became this one.
    pub(crate) fn defaults_from(&self, settings: Settings, record: &Record) -> u64 {
        record
            .loan
            .defaults_from()
            .unwrap_or(u64::MAX)
            .saturating_add(self.paused_since(settings, record.paused_seconds))
    }

    /// Seconds of all pauses, the one that is on included.
    pub(crate) fn paused_seconds(&self, settings: Settings) -> u64 {
        let current = if settings.paused {
            host::timestamp().saturating_sub(self.clock().paused_at)
        } else {
            0
        };
        settings
            .paused_seconds
            .saturating_add(current)
            .min(crate::words::MAX_PAUSED)
    }

    /// What was paused since there were so many seconds of pauses.
    fn paused_since(&self, settings: Settings, before: u64) -> u64 {
        self.paused_seconds(settings).saturating_sub(before)
    }

    fn running_loan(&self, loan_terms: &LoanTerms) -> Result<(B256, Record, Lending), Revert> {
        let lending = self.lending();
        let (loan_id, record) = self.record(loan_terms, &lending, true)?;
        if !is_running(record.status) {
            return Err(Self::wrong_status(loan_id, record.status));
        }
        Ok((loan_id, record, lending))
    }

    /// Replaces the provision of a loan by what is to be expected of collateral that counts for so much; a default also
    /// stops its accrual.
    fn provide(&mut self, lending: &Lending, counted: u128, record: &mut Record, defaults: bool) -> Result<(), Revert> {
        let before = record.provisions();
        record.provision = expected_loss(&record.loan.principals(), counted).map_err(failed)?;
        let after = record.provisions();
        let now = host::timestamp();
        for (index, slice) in record.loan.slices.iter().enumerate() {
            let of = |parts: &[u128; 4]| parts.get(index).copied().unwrap_or_default();
            if of(&before) != of(&after) {
                self.change_provision(index, of(&before), of(&after))?;
            }
            if defaults && (slice.principal != 0 || slice.accrued != loan_core::Accrued::ZERO) {
                let mut book = self.book(lending, index, Part::Whole);
                book.tranche = book.tranche.suspend(slice.principal, slice.rate, now).map_err(failed)?;
                book.suspended = book.suspended.saturating_add(slice.principal);
                self.set_book(&book)?;
            }
        }
        Ok(())
    }
}

/// Says what is provided for a loan from now on.
pub(crate) fn log_provision(loan_id: B256, provision: u128) {
    host::log(&ILoanPool::LoanImpaired {
        loanId: loan_id,
        provision: U256::from(provision),
    });
}

/// What a loan in default owes: its principal, and the interest up to the default.
pub(crate) fn debt(record: &Record) -> Result<u128, Revert> {
    let loan = at_default(record)?;
    let interest = loan.interest().and_then(|interest| total(&interest)).map_err(failed)?;
    // Both fit 128 bits by far.
    Ok(loan.outstanding().map_err(failed)?.saturating_add(interest))
}

/// A loan with its interest up to the default. Its penalty is nobody's claim on the proceeds.
pub(crate) fn at_default(record: &Record) -> Result<loan_core::loan::Loan, Revert> {
    let mut loan = record.loan;
    let seconds = record.defaulted_at.saturating_sub(loan.accrued_at);
    for slice in &mut loan.slices {
        slice.accrued = slice.accrued.after(slice.per_second(), seconds).map_err(failed)?;
    }
    Ok(loan)
}
