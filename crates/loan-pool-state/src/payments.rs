//! Payments on loans, and what is owed.
//!
//! A payment takes all interest and penalty, the principal that its [`Scope`] says, and with the last of the principal
//! the exit fee. Whoever calls pays; the loan's state alone decides how much.

use alloy_primitives::{B256, U256};
use contract_kit::{host, token, Revert};
use loan_core::{
    impairment::expected_loss,
    loan::{Due, Loan, Receipt},
    split::total,
    tranche::Payment,
    PerTranche,
};

use crate::{
    abi::ILoanPool,
    defaults::log_provision,
    errors::failed,
    records::{is_running, Record, Status},
    signatures::check_borrower,
    terms::{self, LoanTerms},
    tranches::{policy, Part},
    words::{Lending, Settings},
    LoanPool,
};

/// How much of the principal a payment takes.
#[derive(Clone, Copy)]
pub(crate) enum Scope {
    /// That of the current instalment and of the missed ones.
    Scheduled,
    /// So much beyond it.
    Beyond(u128),
    /// That of the missed instalments of a loan in default.
    Arrears,
    /// All of it.
    Payoff,
}

/// What a payment came to.
pub(crate) struct Paid {
    /// In all.
    pub(crate) amount: u128,
    /// What of it is the fee recipient's.
    pub(crate) fees: u128,
    /// Whether it was the last.
    pub(crate) closes: bool,
}

/// What is owed for a loan: the answer of `quote`.
pub type Quote = (U256, U256, U256, U256, U256, U256, U256, U256, U256, U256);

impl LoanPool {
    /// Pays what is due.
    ///
    /// # Errors
    ///
    /// As `repay` of `ILoanPool` says.
    pub fn repay(&mut self, loan_terms: &LoanTerms) -> Result<U256, Revert> {
        self.pay(loan_terms, Scope::Scheduled)
    }

    /// Pays what is due, and principal beyond it.
    ///
    /// # Errors
    ///
    /// As `prepay` of `ILoanPool` says.
    pub fn prepay(&mut self, loan_terms: &LoanTerms, principal: U256) -> Result<U256, Revert> {
        // More than is outstanding is all of it.
        let beyond = u128::try_from(principal).unwrap_or(u128::MAX);
        self.pay(loan_terms, Scope::Beyond(beyond))
    }

    /// Pays the arrears of a loan in default.
    ///
    /// # Errors
    ///
    /// As `cure` of `ILoanPool` says.
    pub fn cure(&mut self, loan_terms: &LoanTerms) -> Result<U256, Revert> {
        self.pay(loan_terms, Scope::Arrears)
    }

    /// Books the payoff of a loan that is being refinanced: what it takes, and the fees in it. The refinancing, which
    /// alone can do this, moves the cash.
    ///
    /// # Errors
    ///
    /// `NotRefinancing`; and as of a payment.
    pub fn pay_off(&mut self, loan_terms: &LoanTerms) -> Result<(U256, U256), Revert> {
        let loan_id = terms::loan_id(loan_terms);
        if self.refinanced.get() != U256::from_be_bytes(loan_id.0) {
            return Err(ILoanPool::NotRefinancing { loanId: loan_id }.into());
        }
        let paid = self.settle_payment(self.settings(), loan_terms, Scope::Payoff)?;
        Ok((U256::from(paid.amount), U256::from(paid.fees)))
    }

    fn pay(&mut self, loan_terms: &LoanTerms, scope: Scope) -> Result<U256, Revert> {
        let settings = self.settings();
        let paid = self.settle_payment(settings, loan_terms, scope)?;
        let amount = U256::from(paid.amount);
        let this = host::this();
        if paid.amount != 0 {
            token::transfer_from(settings.usdai, host::sender(), this, amount)?;
        }
        self.pay_fee(settings, paid.fees)?;
        if paid.closes {
            self.move_collateral(this, loan_terms.borrower, loan_terms.collateralId)?;
        }
        Ok(amount)
    }

    /// Books a payment. Cash and collateral are the caller's to move.
    pub(crate) fn settle_payment(
        &mut self,
        settings: Settings,
        loan_terms: &LoanTerms,
        scope: Scope,
    ) -> Result<Paid, Revert> {
        let lending = self.lending();
        let (loan_id, record) = self.record(loan_terms, &lending, false)?;
        let cures = matches!(scope, Scope::Arrears);
        let may_be_paid = if cures {
            check_borrower(loan_terms)?;
            record.status == Status::Defaulted
        } else {
            is_running(record.status)
        };
        if !may_be_paid {
            return Err(Self::wrong_status(loan_id, record.status));
        }
        let now = host::timestamp();
        let due = record.loan.due(now).map_err(failed)?;
        let amount = amount_due(&due, scope).map_err(failed)?;
        // A default without arrears (the insurance had lapsed) is cured for nothing.
        if amount == 0 && !cures {
            return Err(ILoanPool::NothingDue {}.into());
        }
        let (loan, receipt) = record.loan.pay(now, amount).map_err(failed)?;
        let (was, closes) = (record.status, loan.is_repaid());
        let kept = if was == Status::Active || closes {
            None
        } else {
            self.provision_kept(settings, loan_id, loan_terms, &loan)?
        };
        let mut left = record;
        (left.loan, left.provision) = (loan, kept.unwrap_or_default());
        let tranche_fees = self.receive(settings, &lending, &record, &left, &receipt)?;
        // A payment of nothing but interest leaves the deadline, and so what was paused on the way to it: otherwise anybody
        // could take it from the borrower for a wei.
        if loan.paid != record.loan.paid {
            left.paused_seconds = self.paused_seconds(settings);
        }
        left.status = match kept {
            Some(_) => Status::Impaired,
            None if closes => Status::Repaid,
            None => Status::Active,
        };
        self.set_record(loan_id, &left)?;
        if closes {
            self.clear_plan(loan_id);
        } else if was != Status::Active {
            self.set_plan(loan_id, &left)?;
            if cures {
                self.set_default(loan_id, 0);
            }
        }
        log_payment(loan_id, &loan, &receipt, was, closes);
        if let Some(provision) = kept {
            log_provision(loan_id, provision);
        }
        Ok(Paid {
            amount,
            fees: tranche_fees.saturating_add(receipt.exit_fee),
            closes,
        })
    }

    /// What stays provided for of a loan in trouble after a payment that leaves it so; `None` if the payment ends its
    /// trouble. A payment mends what was late. It brings back neither lost goods nor their insurance: were the
    /// provision released all the same, whoever pays a little could leave at a value that is not there.
    fn provision_kept(
        &self,
        settings: Settings,
        loan_id: B256,
        loan_terms: &LoanTerms,
        loan: &Loan,
    ) -> Result<Option<u128>, Revert> {
        let token_id = loan_terms.collateralId;
        let is_lost = self.is_lost(token_id)?;
        if !is_lost && !self.is_uninsured(token_id)? {
            return Ok(None);
        }
        let counted = self.counted(settings, loan_id, is_lost)?;
        expected_loss(&loan.principals(), counted).map(Some).map_err(failed)
    }

    /// Books what the tranches get of a payment on a loan as it stood before, and what is provided for it as it is `left`.
    /// Answers the fee on it.
    fn receive(
        &mut self,
        settings: Settings,
        lending: &Lending,
        record: &Record,
        left: &Record,
        receipt: &Receipt,
    ) -> Result<u128, Revert> {
        let (policy, now) = (policy(settings), host::timestamp());
        let cures = record.status == Status::Defaulted;
        let part = if cures { Part::Whole } else { Part::Interest };
        let (before, after) = (record.provisions(), left.provisions());
        let mut fees = 0_u128;
        for (index, slice) in record.loan.slices.iter().enumerate() {
            if slice.principal == 0 && slice.accrued == loan_core::Accrued::ZERO {
                continue;
            }
            let of = |parts: &[u128; 4]| parts.get(index).copied().unwrap_or_default();
            let payment = Payment {
                principal: of(&receipt.principal),
                interest: of(&receipt.interest),
                penalty: of(&receipt.penalty),
                settled: receipt.settled.get(index).copied().unwrap_or_default(),
            };
            let mut book = self.book(lending, index, part);
            if cures {
                book.suspended = book.suspended.saturating_sub(slice.principal);
            }
            let booked = book
                .tranche
                .replace_provision(of(&before), of(&after))
                .and_then(|tranche| {
                    if cures {
                        tranche.resume(slice.principal, slice.rate, record.defaulted_at, now, &policy)
                    } else {
                        Ok(tranche)
                    }
                })
                .and_then(|tranche| tranche.receive(&payment, slice.rate, now, &policy));
            let (tranche, fee) = booked.map_err(failed)?;
            book.tranche = tranche;
            self.set_book(&book)?;
            fees = fees.saturating_add(fee);
        }
        Ok(fees)
    }

    /// What is owed at a time.
    ///
    /// # Errors
    ///
    /// As `quote` of `ILoanPool` says.
    pub fn quote(&self, loan_terms: &LoanTerms, timestamp: U256) -> Result<Quote, Revert> {
        let (loan_id, record) = self.record(loan_terms, &self.lending(), false)?;
        if !is_running(record.status) && record.status != Status::Defaulted {
            return Err(Self::wrong_status(loan_id, record.status));
        }
        let loan = &record.loan;
        let earliest = loan.accrued_at;
        let now = u64::try_from(timestamp)
            .ok()
            .filter(|now| (earliest..=crate::words::MAX_TIME).contains(now))
            .ok_or_else(|| ILoanPool::InvalidTimestamp {
                timestamp,
                earliest: U256::from(earliest),
            })?;
        let due = loan.due(now).map_err(failed)?;
        let amount = |scope| amount_due(&due, scope).map(U256::from).map_err(failed);
        Ok((
            amount(Scope::Scheduled)?,
            amount(Scope::Arrears)?,
            amount(Scope::Payoff)?,
            U256::from(due.interest),
            U256::from(due.penalty),
            U256::from(due.scheduled_principal),
            U256::from(due.overdue_principal),
            U256::from(due.missed),
            U256::from(due.deadline),
            U256::from(self.defaults_from(self.settings(), &record)),
        ))
    }

    /// Pays the fee recipient.
    pub(crate) fn pay_fee(&self, settings: Settings, fee: u128) -> Result<(), Revert> {
        if fee == 0 {
            return Ok(());
        }
        token::transfer(settings.usdai, self.clock().fee_recipient, U256::from(fee))
    }
}

/// What a payment takes: penalty, interest, principal, and the exit fee if that is the last of it.
fn amount_due(due: &Due, scope: Scope) -> Result<u128, loan_core::Error> {
    let principal = match scope {
        Scope::Scheduled => due.scheduled_principal,
        Scope::Beyond(beyond) => due.scheduled_principal.saturating_add(beyond).min(due.outstanding),
        Scope::Arrears => due.overdue_principal,
        Scope::Payoff => due.outstanding,
    };
    let exit_fee = if principal == due.outstanding { due.exit_fee } else { 0 };
    total(&[due.penalty, due.interest, principal, exit_fee])
}

fn log_payment(loan_id: B256, loan: &Loan, receipt: &Receipt, was: Status, closes: bool) {
    host::log(&ILoanPool::Payment {
        loanId: loan_id,
        payer: host::sender(),
        principal: sum(receipt.principal),
        interest: sum(receipt.interest),
        penalty: sum(receipt.penalty),
        exitFee: U256::from(receipt.exit_fee),
        outstanding: sum(loan.principals()),
        instalmentsPaid: U256::from(loan.paid),
    });
    if was == Status::Defaulted {
        host::log(&ILoanPool::LoanCured { loanId: loan_id });
    }
    if closes {
        host::log(&ILoanPool::LoanClosed { loanId: loan_id });
    }
}

/// Of amounts that were paid, so that they exist.
fn sum(parts: PerTranche) -> U256 {
    U256::from(parts.into_iter().fold(0_u128, u128::wrapping_add))
}
