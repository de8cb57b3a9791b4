//! Loans are taken, and replaced by others.

use alloc::vec::Vec;

use alloy_primitives::{B256, U256};
use alloy_sol_types::SolCall;
use contract_kit::{host, token, Revert};
use loan_core::{
    loan::{Loan, Terms},
    origination::{accepted_rate, blended_rate, AdvanceRates, Refinancing},
    PerTranche,
};

use crate::{
    abi::ILoanPool,
    errors::{at_most, refused, refused_by},
    records::Record,
    signatures::check_borrower,
    terms::{self, LoanTerms},
    tranches::Part,
    words::{Lending, Settings},
    LoanPool,
};

/// What a new loan pays, and keeps back.
struct Origination {
    paid_out: u128,
    fee: u128,
}

impl LoanPool {
    /// Takes a loan.
    ///
    /// # Errors
    ///
    /// As `borrow` of `ILoanPool` says.
    pub fn borrow(&mut self, loan_terms: &LoanTerms, signature: &[u8], max_blended_rate: U256) -> Result<B256, Revert> {
        let settings = self.running()?;
        let loan_id = terms::loan_id(loan_terms);
        self.accept(loan_id, loan_terms, signature)?;
        let Origination { paid_out, fee } = self.originate(settings, loan_id, loan_terms, max_blended_rate)?;
        self.move_collateral(loan_terms.borrower, host::this(), loan_terms.collateralId)?;
        if paid_out != 0 {
            token::transfer(settings.usdai, loan_terms.borrower, U256::from(paid_out))?;
        }
        self.pay_fee(settings, fee)?;
        Ok(loan_id)
    }

    /// Pays a loan back with another one on the same collateral.
    ///
    /// # Errors
    ///
    /// As `refinance` of `ILoanPool` says.
    pub fn refinance(
        &mut self,
        loan_terms: &LoanTerms,
        new_terms: &LoanTerms,
        signature: &[u8],
        max_blended_rate: U256,
    ) -> Result<B256, Revert> {
        let settings = self.running()?;
        check_borrower(loan_terms)?;
        if new_terms.borrower != loan_terms.borrower || new_terms.collateralId != loan_terms.collateralId {
            return Err(ILoanPool::RefinancingMismatch {}.into());
        }
        let (payoff, payoff_fees) = self.pay_off_by_extension(loan_terms)?;
        let loan_id = terms::loan_id(new_terms);
        self.accept(loan_id, new_terms, signature)?;
        let Origination { paid_out, fee } = self.originate(settings, loan_id, new_terms, max_blended_rate)?;
        let borrower = loan_terms.borrower;
        match Refinancing::new(paid_out, payoff) {
            Refinancing::CashIn(cash) if cash != 0 => {
                token::transfer_from(settings.usdai, borrower, host::this(), U256::from(cash))?;
            }
            Refinancing::CashOut(cash) if cash != 0 => {
                token::transfer(settings.usdai, borrower, U256::from(cash))?;
            }
            _ => {}
        }
        // Both were sums of wei that exist.
        self.pay_fee(settings, fee.saturating_add(payoff_fees))?;
        Ok(loan_id)
    }

    /// Has the contract for payments book the payoff of a loan: what it takes, and the fees in it. Meanwhile the loan is
    /// noted as one that is being refinanced.
    fn pay_off_by_extension(&mut self, loan_terms: &LoanTerms) -> Result<(u128, u128), Revert> {
        let loan_id = terms::loan_id(loan_terms);
        self.refinanced.set(U256::from_be_bytes(loan_id.0));
        let mut calldata = Vec::from(ILoanPool::payOffCall::SELECTOR);
        for word in terms::words(loan_terms) {
            calldata.extend_from_slice(word.as_slice());
        }
        let target = self.payments.get();
        let answer = host::delegate(target, &calldata).map_err(Revert)?;
        self.refinanced.set(U256::ZERO);
        let [amount, fees] = host::words(target, &answer)?;
        Ok((at_most(amount, u128::MAX)?, at_most(fees, u128::MAX)?))
    }

    /// What a loan taken now would draw from each tranche, and its blended rate.
    ///
    /// # Errors
    ///
    /// As of `borrow`.
    #[allow(clippy::type_complexity)]
    pub fn preview_borrow(
        &self,
        collateral_id: U256,
        principal: U256,
    ) -> Result<(U256, U256, U256, U256, U256), Revert> {
        let settings = self.settings();
        let lending = self.lending();
        let appraisal = self.eligible_collateral(collateral_id)?;
        let value = appraisal.value(host::timestamp()).map_err(refused)?;
        let principal = at_most(principal, loan_core::MAX_PRINCIPAL)?;
        let draws = self.draws(settings, &lending, principal, value)?;
        let rate = blended_rate(&draws, &lending.rates).map_err(refused)?;
        let [first, second, third, fourth] = draws.map(U256::from);
        Ok((first, second, third, fourth, U256::from(rate.per_second())))
    }

    /// Books a new loan. The collateral and the cash are the caller's to move.
    fn originate(
        &mut self,
        settings: Settings,
        loan_id: B256,
        loan_terms: &LoanTerms,
        max_blended_rate: U256,
    ) -> Result<Origination, Revert> {
        terms::check(loan_terms)?;
        let terms = terms::agreed(loan_terms);
        // What is kept of a liquidated loan has 64 bits for it. CALIBER counts from one.
        at_most(loan_terms.collateralId, u64::MAX.into())?;
        let appraisal = self.eligible_collateral(loan_terms.collateralId)?;
        let now = host::timestamp();
        let value = appraisal.value(now).map_err(refused)?;
        let lending = self.lending();
        let draws = self.draws(settings, &lending, terms.principal, value)?;
        let accepted = u64::try_from(max_blended_rate).unwrap_or(u64::MAX);
        let rate = accepted_rate(&draws, &lending.rates, accepted).map_err(|error| match error {
            loan_core::Error::BlendedRateAbove { blended, .. } => ILoanPool::BlendedRateTooHigh {
                rate: U256::from(blended),
                maximum: max_blended_rate,
            }
            .into(),
            error => refused(error),
        })?;
        let loan = Loan::originate(&terms, &draws, &lending.rates, now).map_err(refused)?;
        for (index, draw) in draws.into_iter().enumerate().filter(|(_, draw)| *draw != 0) {
            let mut book = self.book(&lending, index, Part::Interest);
            book.tranche = book
                .tranche
                .lend(draw, book.rate, now)
                .map_err(|error| refused_by(index, error))?;
            self.set_book(&book)?;
        }
        let record = Record::new(&loan, self.paused_seconds(settings));
        self.set_record(loan_id, &record)?;
        self.set_plan(loan_id, &record)?;
        self.set_appraisal(loan_id, &appraisal)?;
        log_loan(loan_id, loan_terms, &terms, rate.per_second(), draws);
        Ok(Origination {
            paid_out: terms.paid_out().map_err(refused)?,
            fee: terms.origination_fee,
        })
    }

    /// What each tranche lends of `principal` on collateral of `value`.
    fn draws(&self, settings: Settings, lending: &Lending, principal: u128, value: u128) -> Result<PerTranche, Revert> {
        if principal == 0 {
            return Err(ILoanPool::InvalidAmount {}.into());
        }
        let count = usize::from(settings.tranches).min(lending.advance_bps.len());
        let (advance_bps, _) = lending.advance_bps.split_at_checked(count).unwrap_or_default();
        AdvanceRates::new(advance_bps)
            .and_then(|rates| rates.draws(principal, value, &self.idle_by_tranche(settings)))
            .map_err(refused)
    }
}

fn log_loan(loan_id: B256, loan_terms: &LoanTerms, terms: &Terms, rate: u64, draws: PerTranche) {
    let [first, second, third, fourth] = draws.map(U256::from);
    host::log(&ILoanPool::Borrowed {
        loanId: loan_id,
        borrower: loan_terms.borrower,
        collateralId: loan_terms.collateralId,
        originationFee: U256::from(terms.origination_fee),
        blendedRate: U256::from(rate),
        draw0: first,
        draw1: second,
        draw2: third,
        draw3: fourth,
    });
}
