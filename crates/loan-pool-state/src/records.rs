//! Loans in storage.
//!
//! The terms come with every call, so a loan keeps only what they do not say. Up to six words, of which an operation
//! reads and writes those it needs:
//!
//! | word | from the lowest bit | touched by |
//! |---|---|---|
//! | progress | 4 status, 4 tranches that lend (bit `t`), 40 time of the last payment, 40 start, 16 instalments paid, 16 instalments and 96 balance of the plan, 32 paused seconds when the deadline moved last | everything |
//! | plan | 128 interest of an interval (Q120), 96 provision, 32 paused seconds at the default | level payments, loans in trouble |
//! | collateral | 96 appraised value, 40 its time, 40 useful life, 16 residual, 40 time of the default | loans in trouble |
//! | senior | 96 and 96 principal of tranches 0 and 1, 64 unpaid fraction of tranche 0 | everything |
//! | middle | 96 principal of tranche 2, 64 and 64 unpaid fractions of tranches 1 and 2 | if 1 or 2 lend |
//! | junior | 96 principal of tranche 3, 64 its unpaid fraction | if 3 lends |
//!
//! From its liquidation on a loan has no plan any more: that word is 160 borrower, 96 provision; and the collateral is 64 token
//! id, 96 reserve, 16 nothing, 40 nothing, 40 time of the default: the same bits. From its write-off on it has no
//! provision: there is the time until which its recovery is waited for, zero when it no longer is.
//!
//! Every payment pays all interest and penalty, so that only fractions of a wei are unpaid after it: they stay within
//! four wei (see `loan_core::interest`), and 64 bits hold nine of 1e18 units.

use alloy_primitives::{Address, B256, U256};
use contract_kit::Revert;
use loan_core::{
    annuity::IntervalInterest,
    collateral::Appraisal,
    loan::Loan,
    schedule::{Calendar, Plan, Schedule},
    waterfall::junior_first,
    PerTranche, MAX_TRANCHES,
};

use crate::{
    abi::ILoanPool,
    errors::failed,
    fields::{Fields, Packer},
    terms::{self, LoanTerms},
    tranches::{signed, unsigned},
    words::Lending,
    LoanPool,
};

/// Where a loan stands.
pub(crate) type Status = ILoanPool::LoanStatus;

/// The words of a loan, by their distance from the first. The first is at the loan's id, a hash, so that those of two
/// loans never meet.
#[derive(Clone, Copy)]
enum Word {
    Progress,
    Plan,
    Collateral,
    Senior,
    Middle,
    Junior,
}

/// A loan out of storage.
#[derive(Clone, Copy)]
pub(crate) struct Record {
    pub(crate) status: Status,
    /// Paused seconds when the deadline moved last, or at the origination: what was paused since then prolongs it.
    pub(crate) paused_seconds: u64,
    pub(crate) loan: Loan,
    /// Which words of the slices there are: bit `t` says that tranche `t` lent.
    lenders: u8,
    /// What is provided for, in all; of no meaning from the write-off on.
    pub(crate) provision: u128,
    /// When the loan went into default.
    pub(crate) defaulted_at: u64,
}

/// Where the time of the default begins.
const DEFAULT_OFFSET: usize = 192;

/// Where the paused seconds at the default begin: behind interest and provision.
const PAUSED_OFFSET: usize = 224;
/// The 96 bits of a provision.
const PROVISION: U256 = U256::from_limbs([u64::MAX, u32::MAX as u64, 0, 0]);
/// Where the end of a recovery begins: behind the borrower.
const RECOVERY_OFFSET: usize = 160;

/// What is kept of a loan from its liquidation on.
#[derive(Clone, Copy)]
pub(crate) struct Liquidation {
    pub(crate) borrower: Address,
    pub(crate) collateral_id: u64,
    pub(crate) reserve: u128,
}

impl Record {
    /// A new loan.
    pub(crate) fn new(loan: &Loan, paused_seconds: u64) -> Self {
        let lenders = loan
            .slices
            .iter()
            .rev()
            .fold(0, |lenders, slice| lenders << 1 | u8::from(slice.principal != 0));
        Self {
            status: Status::Active,
            paused_seconds,
            loan: *loan,
            lenders,
            provision: 0,
            defaulted_at: 0,
        }
    }

    /// The provision of each tranche: the most junior first.
    pub(crate) fn provisions(&self) -> PerTranche {
        junior_first(self.provision, &self.loan.principals())
    }

    /// Where the provision begins: behind the interest, or behind the borrower of a liquidated loan.
    fn provision_offset(&self) -> usize {
        if matches!(self.status, Status::Liquidating | Status::WrittenOff) {
            160
        } else {
            128
        }
    }

    fn lends_in_the_middle(&self) -> bool {
        self.lenders & 0b0110 != 0
    }

    fn lends_junior(&self) -> bool {
        self.lenders & 0b1000 != 0
    }
}

impl LoanPool {
    fn loan_word(&self, loan_id: B256, word: Word) -> U256 {
        self.loans.get(place(loan_id, word))
    }

    fn set_loan_word(&mut self, loan_id: B256, word: Word, value: U256) {
        self.loans.setter(place(loan_id, word)).set(value);
    }

    /// Where a loan stands.
    pub(crate) fn status(&self, loan_id: B256) -> Status {
        let progress = self.loan_word(loan_id, Word::Progress);
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

    /// Reads the loan of these terms: what a payment on it needs, or all of it.
    ///
    /// # Errors
    ///
    /// `WrongLoanStatus` if there is none.
    pub(crate) fn record(&self, terms: &LoanTerms, lending: &Lending, whole: bool) -> Result<(B256, Record), Revert> {
        let loan_id = terms::loan_id(terms);
        let mut record = self.bare_record(loan_id, lending)?;
        if record.status == Status::None {
            return Err(Self::wrong_status(loan_id, Status::None));
        }
        let terms = terms::agreed(terms);
        let whole = whole || matches!(record.status, Status::Impaired | Status::Defaulted);
        if whole {
            self.read_trouble(loan_id, &mut record);
        }
        let interest = if whole || terms.schedule == Schedule::LevelPayment {
            Fields(self.loan_word(loan_id, Word::Plan)).take(128)
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
        loan.calendar = Calendar::new(loan.calendar.deadline(0), terms.duration, terms.interval).map_err(failed)?;
        (loan.grace, loan.penalty_rate, loan.exit_fee) = (terms.grace, terms.penalty_rate, terms.exit_fee);
        Ok((loan_id, record))
    }

    /// Reads what a loan's own words say, without its terms.
    pub(crate) fn bare_record(&self, loan_id: B256, lending: &Lending) -> Result<Record, Revert> {
        let mut fields = Fields(self.loan_word(loan_id, Word::Progress));
        let status = status_of(fields.take(4));
        let lenders = u8::try_from(fields.take(4)).unwrap_or(0);
        let (accrued_at, start) = (fields.time(40), fields.time(40));
        let (paid, instalments) = (fields.small(16), fields.small(16));
        let balance = fields.take(96);
        let mut loan = Loan {
            // One instalment at the start, until the terms say more.
            calendar: Calendar::new(start, 1, 1).map_err(failed)?,
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
            defaulted_at: 0,
        };
        let mut principals = PerTranche::default();
        let mut fractions = [0_u64; MAX_TRANCHES];
        let [p0, p1, p2, p3] = &mut principals;
        let [f0, f1, f2, f3] = &mut fractions;
        let mut fields = Fields(self.loan_word(loan_id, Word::Senior));
        (*p0, *p1, *f0) = (fields.take(96), fields.take(96), fields.time(64));
        if record.lends_in_the_middle() {
            let mut fields = Fields(self.loan_word(loan_id, Word::Middle));
            (*p2, *f1, *f2) = (fields.take(96), fields.time(64), fields.time(64));
        }
        if record.lends_junior() {
            let mut fields = Fields(self.loan_word(loan_id, Word::Junior));
            (*p3, *f3) = (fields.take(96), fields.time(64));
        }
        for (index, slice) in loan.slices.iter_mut().enumerate() {
            slice.rate = lending.rates.get(index).copied().unwrap_or_default();
            slice.principal = principals.get(index).copied().unwrap_or_default();
            slice.accrued = signed(U256::from(fractions.get(index).copied().unwrap_or_default()), 64);
        }
        record.loan = loan;
        Ok(record)
    }

    /// Reads provision and default, which a running loan has no use for.
    pub(crate) fn read_trouble(&self, loan_id: B256, record: &mut Record) {
        let provision = self.loan_word(loan_id, Word::Plan) >> record.provision_offset();
        record.provision = Fields(provision).take(96);
        let collateral = self.loan_word(loan_id, Word::Collateral);
        record.defaulted_at = Fields(collateral >> DEFAULT_OFFSET).time(40);
    }

    /// The appraisal of a loan that is not liquidated.
    pub(crate) fn appraisal(&self, loan_id: B256) -> Appraisal {
        let mut fields = Fields(self.loan_word(loan_id, Word::Collateral));
        Appraisal {
            value: fields.take(96),
            appraised_at: fields.time(40),
            useful_life: fields.time(40),
            residual_bps: fields.small(16),
            // Never asked for again: a loan keeps its appraisal.
            expires_at: u64::MAX,
        }
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
            .word(unsigned(s0.accrued, 64)?, 64)
            .finish()?;
        self.set_loan_word(loan_id, Word::Progress, progress);
        self.set_loan_word(loan_id, Word::Senior, senior);
        if record.lends_in_the_middle() {
            let middle = Packer::default()
                .with(s2.principal, 96)
                .word(unsigned(s1.accrued, 64)?, 64)
                .word(unsigned(s2.accrued, 64)?, 64)
                .finish()?;
            self.set_loan_word(loan_id, Word::Middle, middle);
        }
        if record.lends_junior() {
            let junior = Packer::default()
                .with(s3.principal, 96)
                .word(unsigned(s3.accrued, 64)?, 64)
                .finish()?;
            self.set_loan_word(loan_id, Word::Junior, junior);
        }
        Ok(())
    }

    /// Writes plan and provision.
    pub(crate) fn set_plan(&mut self, loan_id: B256, record: &Record) -> Result<(), Revert> {
        let word = Packer::default()
            .with(record.loan.plan.interest().to_bits(), 128)
            .with(record.provision, 96)
            .finish()?;
        self.set_loan_word(loan_id, Word::Plan, word);
        Ok(())
    }

    /// Writes the provision alone: the plan, and what is kept of a default or of a liquidated loan, stay.
    pub(crate) fn set_provision(&mut self, loan_id: B256, record: &Record) {
        let offset = record.provision_offset();
        let others = self.loan_word(loan_id, Word::Plan) & !(PROVISION << offset);
        // At most the outstanding principal, which fits.
        let word = others | U256::from(record.provision) << offset;
        self.set_loan_word(loan_id, Word::Plan, word);
    }

    /// Writes the appraisal of a new loan.
    pub(crate) fn set_appraisal(&mut self, loan_id: B256, appraisal: &Appraisal) -> Result<(), Revert> {
        let word = Packer::default()
            .with(appraisal.value, 96)
            .with(appraisal.appraised_at.into(), 40)
            .with(appraisal.useful_life.into(), 40)
            .with(appraisal.residual_bps.into(), 16)
            .finish()?;
        self.set_loan_word(loan_id, Word::Collateral, word);
        Ok(())
    }

    /// Writes the time of a default, or that there is none.
    pub(crate) fn set_default(&mut self, loan_id: B256, defaulted_at: u64) {
        let others = self.loan_word(loan_id, Word::Collateral) & !(U256::MAX << DEFAULT_OFFSET);
        let word = others | U256::from(defaulted_at) << DEFAULT_OFFSET;
        self.set_loan_word(loan_id, Word::Collateral, word);
    }

    /// Paused seconds at the default of a loan that is not liquidated yet: what was paused since then prolongs its time to
    /// be cured.
    pub(crate) fn paused_at_default(&self, loan_id: B256) -> u64 {
        Fields(self.loan_word(loan_id, Word::Plan) >> PAUSED_OFFSET).time(32)
    }

    /// Notes them, behind plan and provision. The next plan that is written clears them.
    pub(crate) fn set_paused_at_default(&mut self, loan_id: B256, paused_seconds: u64) {
        let others = self.loan_word(loan_id, Word::Plan) & !(U256::MAX << PAUSED_OFFSET);
        self.set_loan_word(
            loan_id,
            Word::Plan,
            others | U256::from(paused_seconds) << PAUSED_OFFSET,
        );
    }

    /// Replaces the status.
    pub(crate) fn set_status(&mut self, loan_id: B256, status: Status) {
        let word = self.loan_word(loan_id, Word::Progress);
        let others = word >> 4_usize << 4_usize;
        self.set_loan_word(loan_id, Word::Progress, others | U256::from(u8::from(status)));
    }

    /// What is kept of a liquidated loan.
    pub(crate) fn liquidated(&self, loan_id: B256) -> Liquidation {
        let mut fields = Fields(self.loan_word(loan_id, Word::Collateral));
        Liquidation {
            borrower: Fields(self.loan_word(loan_id, Word::Plan)).address(),
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
        self.set_loan_word(loan_id, Word::Plan, plan);
        self.set_loan_word(loan_id, Word::Collateral, collateral);
        Ok(())
    }

    /// Until when the recovery of a written-off loan is waited for, so that its claims count; zero once they do not.
    pub(crate) fn recovery_end(&self, loan_id: B256) -> u64 {
        Fields(self.loan_word(loan_id, Word::Plan) >> RECOVERY_OFFSET).time(64)
    }

    /// Keeps the end of a recovery in the place of the provision.
    pub(crate) fn set_recovery_end(&mut self, loan_id: B256, end: u64) {
        let borrower = self.loan_word(loan_id, Word::Plan) & !(U256::MAX << RECOVERY_OFFSET);
        let word = borrower | U256::from(end) << RECOVERY_OFFSET;
        self.set_loan_word(loan_id, Word::Plan, word);
    }

    /// Frees the plan of a loan that needs none any more.
    pub(crate) fn clear_plan(&mut self, loan_id: B256) {
        self.set_loan_word(loan_id, Word::Plan, U256::ZERO);
    }
}

/// Whether a loan runs, so that it can be paid by schedule.
pub(crate) fn is_running(status: Status) -> bool {
    matches!(status, Status::Active | Status::Impaired)
}

fn place(loan_id: B256, word: Word) -> U256 {
    U256::from_be_bytes(loan_id.0).wrapping_add(U256::from(word as u8))
}

fn status_of(number: u128) -> Status {
    const STATES: [Status; 7] = [
        Status::Active,
        Status::Impaired,
        Status::Defaulted,
        Status::Liquidating,
        Status::WrittenOff,
        Status::Repaid,
        Status::Liquidated,
    ];
    let found = STATES
        .into_iter()
        .find(|status| u128::from(u8::from(*status)) == number);
    found.unwrap_or(Status::None)
}
