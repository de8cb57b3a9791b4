//! Loans in storage.
//!
//! The terms come with every call, so a loan keeps only what they do not say. Up to six words, of which an operation
//! reads and writes those it needs:
//!
//! | word | from the lowest bit | touched by |
//! |---|---|---|
//! | progress | 4 status, 4 tranches that lend (bit `t`), 40 time of the last payment, 40 start, 16 instalments paid, 16 instalments and 96 balance of the plan, 32 paused seconds at the last payment or default | everything |
//! | plan | 128 interest of an interval (Q120), 96 provision | level payments, loans in trouble |
//! | collateral | 96 appraised value, 40 its time, 40 useful life, 16 residual, 40 time of the default | loans in trouble |
//! | senior | 96 and 96 principal of tranches 0 and 1, 64 unpaid fraction of tranche 0 | everything |
//! | middle | 96 principal of tranche 2, 64 and 64 unpaid fractions of tranches 1 and 2 | if 1 or 2 lend |
//! | junior | 96 principal of tranche 3, 64 its unpaid fraction | if 3 lends |
//!
//! From its liquidation on a loan has no plan any more: that word is 160 borrower, 96 provision; and the collateral is 64 token
//! id, 96 reserve, 16 nothing, 40 nothing, 40 time of the default: the same bits.
//!
//! Every payment pays all interest and penalty, so that only fractions of a wei are unpaid after it: they stay within
//! four wei (see `loan_core::interest`), and 64 bits hold nine of 1e18 units.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, I256, U256};
use contract_kit::Revert;
use loan_core::{
    annuity::IntervalInterest,
    collateral::Appraisal,
    loan::{Loan, Terms},
    schedule::{Calendar, Plan, Schedule},
    waterfall::junior_first,
    Accrued, PerTranche, MAX_TRANCHES,
};
use stylus_sdk::{prelude::*, storage::StorageU256};

use crate::{
    abi::ILoanPool,
    errors::refused,
    fields::{Fields, Packer},
    words::Lending,
    LoanPool,
};

/// Where a loan stands.
pub(crate) type Status = ILoanPool::LoanStatus;

/// The words of a loan.
#[storage]
pub struct LoanWords {
    progress: StorageU256,
    plan: StorageU256,
    collateral: StorageU256,
    senior: StorageU256,
    middle: StorageU256,
    junior: StorageU256,
}

/// A loan out of storage.
#[derive(Clone, Copy)]
pub(crate) struct Record {
    pub(crate) status: Status,
    /// Paused seconds at the last payment or default.
    pub(crate) paused_seconds: u64,
    pub(crate) loan: Loan,
    /// Which words of the slices there are: bit `t` says that tranche `t` lent.
    lenders: u8,
    /// What is provided for, in all.
    pub(crate) provision: u128,
    /// The appraisal at origination. Read and written with [`LoanPool::trouble`] only.
    pub(crate) appraisal: Appraisal,
    /// When the loan went into default.
    pub(crate) defaulted_at: u64,
}

/// What is kept of a loan from its liquidation on.
#[derive(Clone, Copy)]
pub(crate) struct Liquidation {
    pub(crate) borrower: Address,
    pub(crate) collateral_id: u64,
    pub(crate) reserve: u128,
}

impl Record {
    /// A new loan.
    pub(crate) fn new(loan: Loan, appraisal: Appraisal, paused_seconds: u64) -> Self {
        let lenders = loan
            .slices
            .iter()
            .rev()
            .fold(0, |lenders, slice| lenders << 1 | u8::from(slice.principal != 0));
        Self {
            status: Status::Active,
            paused_seconds,
            loan,
            lenders,
            provision: 0,
            appraisal,
            defaulted_at: 0,
        }
    }

    /// The provision of each tranche: the most junior first.
    pub(crate) fn provisions(&self) -> PerTranche {
        junior_first(self.provision, &self.loan.principals())
    }

    fn lends_in_the_middle(&self) -> bool {
        self.lenders & 0b0110 != 0
    }

    fn lends_junior(&self) -> bool {
        self.lenders & 0b1000 != 0
    }
}

impl LoanPool {
    /// Where a loan stands.
    pub(crate) fn status(&self, loan_id: B256) -> Status {
        let progress = self.loans.getter(loan_id).progress.get();
        status_of(Fields(progress).take(4))
    }

    /// Refuses a loan in another state.
    pub(crate) fn wrong_status(loan_id: B256, actual: Status) -> Revert {
        ILoanPool::WrongLoanStatus {
            loanId: loan_id,
            actual,
        }
        .into()
    }

    /// Reads a loan of these terms: what a payment on it needs, or all of it.
    pub(crate) fn record(
        &self,
        loan_id: B256,
        terms: &Terms,
        lending: &Lending,
        whole: bool,
    ) -> Result<Record, Revert> {
        let mut record = self.bare_record(loan_id, lending)?;
        let whole = whole || matches!(record.status, Status::Impaired | Status::Defaulted);
        if whole {
            self.read_trouble(loan_id, &mut record);
        }
        let interest = if whole || terms.schedule == Schedule::LevelPayment {
            Fields(self.loans.getter(loan_id).plan.get()).take(128)
        } else {
            0
        };
        let loan = &mut record.loan;
        let (balance, instalments) = (loan.plan.balance(), loan.plan.instalments());
        loan.plan = Plan::from_parts(
            terms.schedule,
            balance,
            instalments,
            IntervalInterest::from_bits(interest),
        );
        loan.calendar = Calendar::new(loan.calendar.deadline(0), terms.duration, terms.interval).map_err(refused)?;
        (loan.grace, loan.penalty_rate, loan.exit_fee) = (terms.grace, terms.penalty_rate, terms.exit_fee);
        Ok(record)
    }

    /// Reads what a loan's own words say, without its terms.
    pub(crate) fn bare_record(&self, loan_id: B256, lending: &Lending) -> Result<Record, Revert> {
        let words = self.loans.getter(loan_id);
        let mut fields = Fields(words.progress.get());
        let status = status_of(fields.take(4));
        let lenders = u8::try_from(fields.take(4)).unwrap_or(0);
        let (accrued_at, start) = (fields.time(40), fields.time(40));
        let (paid, instalments) = (fields.small(16), fields.small(16));
        let balance = fields.take(96);
        let mut loan = Loan {
            // One instalment at the start, until the terms say more.
            calendar: Calendar::new(start, 1, 1).map_err(refused)?,
            plan: Plan::from_parts(Schedule::default(), balance, instalments, IntervalInterest::default()),
            paid,
            accrued_at,
            ..Loan::default()
        };
        let mut record = Record {
            status,
            paused_seconds: fields.time(32),
            loan,
            lenders,
            provision: 0,
            appraisal: Appraisal::default(),
            defaulted_at: 0,
        };
        let mut principals = PerTranche::default();
        let mut fractions = [0_u64; MAX_TRANCHES];
        let [p0, p1, p2, p3] = &mut principals;
        let [f0, f1, f2, f3] = &mut fractions;
        let mut fields = Fields(words.senior.get());
        (*p0, *p1, *f0) = (fields.take(96), fields.take(96), fields.time(64));
        if record.lends_in_the_middle() {
            let mut fields = Fields(words.middle.get());
            (*p2, *f1, *f2) = (fields.take(96), fields.time(64), fields.time(64));
        }
        if record.lends_junior() {
            let mut fields = Fields(words.junior.get());
            (*p3, *f3) = (fields.take(96), fields.time(64));
        }
        for (index, slice) in loan.slices.iter_mut().enumerate() {
            slice.rate = lending.rates.get(index).copied().unwrap_or_default();
            slice.principal = principals.get(index).copied().unwrap_or_default();
            slice.accrued = to_accrued(fractions.get(index).copied().unwrap_or_default());
        }
        record.loan = loan;
        Ok(record)
    }

    /// Reads provision, appraisal and default, which a running loan has no use for.
    pub(crate) fn read_trouble(&self, loan_id: B256, record: &mut Record) {
        let words = self.loans.getter(loan_id);
        // Behind the interest, or behind the borrower of a liquidated loan, whose appraisal is gone too.
        let is_liquidated = matches!(record.status, Status::Liquidating | Status::WrittenOff);
        let offset = if is_liquidated { 160_usize } else { 128 };
        record.provision = Fields(words.plan.get() >> offset).take(96);
        let mut fields = Fields(words.collateral.get());
        record.appraisal = Appraisal {
            value: fields.take(96),
            appraised_at: fields.time(40),
            useful_life: fields.time(40),
            residual_bps: fields.small(16),
            // Never again asked for: a loan keeps its appraisal.
            expires_at: u64::MAX,
        };
        record.defaulted_at = fields.time(40);
    }

    /// Writes what a payment changes of a loan.
    pub(crate) fn set_record(&mut self, loan_id: B256, record: &Record) -> Result<(), Revert> {
        let loan = &record.loan;
        let progress = Packer::default()
            .with(u128::from(u8::from(record.status)), 4)
            .with(record.lenders.into(), 4)
            .with(loan.accrued_at.into(), 40)
            .with(loan.calendar.deadline(0).into(), 40)
            .with(loan.paid.into(), 16)
            .with(loan.plan.instalments().into(), 16)
            .with(loan.plan.balance(), 96)
            .with(record.paused_seconds.into(), 32)
            .finish()?;
        let [s0, s1, s2, s3] = loan.slices;
        let senior = Packer::default()
            .with(s0.principal, 96)
            .with(s1.principal, 96)
            .with(fraction_of(s0.accrued)?, 64)
            .finish()?;
        let mut words = self.loans.setter(loan_id);
        words.progress.set(progress);
        words.senior.set(senior);
        if record.lends_in_the_middle() {
            let middle = Packer::default()
                .with(s2.principal, 96)
                .with(fraction_of(s1.accrued)?, 64)
                .with(fraction_of(s2.accrued)?, 64)
                .finish()?;
            words.middle.set(middle);
        }
        if record.lends_junior() {
            let junior = Packer::default()
                .with(s3.principal, 96)
                .with(fraction_of(s3.accrued)?, 64)
                .finish()?;
            words.junior.set(junior);
        }
        Ok(())
    }

    /// Writes plan and provision.
    pub(crate) fn set_plan(&mut self, loan_id: B256, record: &Record) -> Result<(), Revert> {
        let word = Packer::default()
            .with(record.loan.plan.interest().to_bits(), 128)
            .with(record.provision, 96)
            .finish()?;
        self.loans.setter(loan_id).plan.set(word);
        Ok(())
    }

    /// Writes appraisal and default.
    pub(crate) fn set_collateral(&mut self, loan_id: B256, record: &Record) -> Result<(), Revert> {
        let Appraisal {
            value,
            appraised_at,
            useful_life,
            residual_bps,
            ..
        } = record.appraisal;
        let word = Packer::default()
            .with(value, 96)
            .with(appraised_at.into(), 40)
            .with(useful_life.into(), 40)
            .with(residual_bps.into(), 16)
            .with(record.defaulted_at.into(), 40)
            .finish()?;
        self.loans.setter(loan_id).collateral.set(word);
        Ok(())
    }

    /// Replaces the status.
    pub(crate) fn set_status(&mut self, loan_id: B256, status: Status) {
        let mut words = self.loans.setter(loan_id);
        let word = words.progress.get();
        let others = word >> 4_usize << 4_usize;
        words.progress.set(others | U256::from(u8::from(status)));
    }

    /// What is kept of a liquidated loan.
    pub(crate) fn liquidated(&self, loan_id: B256) -> Liquidation {
        let words = self.loans.getter(loan_id);
        let mut fields = Fields(words.collateral.get());
        Liquidation {
            borrower: Fields(words.plan.get()).address(),
            collateral_id: fields.time(64),
            reserve: fields.take(96),
        }
    }

    /// Keeps what is needed of a liquidated loan in the place of its plan and appraisal.
    pub(crate) fn set_liquidated(
        &mut self,
        loan_id: B256,
        liquidation: &Liquidation,
        provision: u128,
        defaulted_at: u64,
    ) -> Result<(), Revert> {
        let plan = Packer::default()
            .address(liquidation.borrower)
            .with(provision, 96)
            .finish()?;
        let collateral = Packer::default()
            .with(liquidation.collateral_id.into(), 64)
            .with(liquidation.reserve, 96)
            .with(0, 32)
            .with(defaulted_at.into(), 40)
            .finish()?;
        let mut words = self.loans.setter(loan_id);
        words.plan.set(plan);
        words.collateral.set(collateral);
        Ok(())
    }

    /// Frees the plan of a loan that needs none any more.
    pub(crate) fn clear_plan(&mut self, loan_id: B256) {
        self.loans.setter(loan_id).plan.set(U256::ZERO);
    }
}

fn status_of(number: u128) -> Status {
    u8::try_from(number)
        .ok()
        .and_then(|number| Status::try_from(number).ok())
        .unwrap_or(Status::None)
}

fn to_accrued(fraction: u64) -> Accrued {
    // Up and back down, with the sign.
    Accrued::from_raw(I256::from_raw(U256::from(fraction) << 192_usize).asr(192))
}

fn fraction_of(accrued: Accrued) -> Result<u128, Revert> {
    if accrued.raw().bits() > 64 {
        return Err(ILoanPool::CalculationFailed {}.into());
    }
    let [low, ..] = accrued.raw().into_raw().into_limbs();
    Ok(low.into())
}
