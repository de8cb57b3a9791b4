//! The instalments of a loan, computed by the contracts' own arithmetic.
//!
//! A loan that is not taken yet is drawn as the pool would draw it now. One that runs is replayed from the events of its
//! origination and its payments: the pool keeps of a plan only what it needs, and the state that results from the same
//! payments at the same times is the pool's, to the wei.

use alloy_primitives::{B256, U256};
use alloy_provider::Provider;
use alloy_rpc_types_eth::{Filter, Log};
use alloy_sol_types::{SolEvent, SolStruct};
use anyhow::{Context as _, Result, anyhow, ensure};
use client::bindings::ILoanPool::{self, LoanTerms};
use loan_core::loan::{Due, Loan, Terms};
use loan_core::schedule::{MAX_INSTALMENTS, Schedule};
use loan_core::{BASIS_POINTS, MAX_PRINCIPAL, PerTranche, Rate};

use crate::context::{Context, words};
use crate::loan_terms::LEVEL_PAYMENT;
use crate::reads::Reads;

/// One payment of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instalment {
    /// The instalment that it pays, from 1; the last one if it pays several.
    pub number: u64,
    /// When it has to be paid before.
    pub deadline: u64,
    /// Principal in it.
    pub principal: u128,
    /// Interest in it, if it is paid in the last second before its deadline, or now if that is past.
    pub interest: u128,
    /// Penalty in it.
    pub penalty: u128,
    /// Exit fee in it.
    pub exit_fee: u128,
    /// Principal that is left then.
    pub outstanding: u128,
}

impl Instalment {
    /// All that is paid.
    pub fn payment(&self) -> u128 {
        self.principal
            .saturating_add(self.interest)
            .saturating_add(self.penalty)
            .saturating_add(self.exit_fee)
    }
}

/// The hash of terms by which a loan is known.
pub fn loan_id(terms: &LoanTerms) -> B256 {
    terms.eip712_hash_struct()
}

/// A fee in basis points of the principal, rounded up as the pool does.
///
/// # Errors
///
/// When the fee is above the principal, or the principal is beyond all bounds.
pub fn fee_of(principal: U256, basis_points: u16) -> Result<U256> {
    ensure!(basis_points <= BASIS_POINTS, "a fee of more than 100 %");
    ensure!(
        principal <= U256::from(MAX_PRINCIPAL),
        "no loan has such a principal: {principal}"
    );
    let one = U256::from(BASIS_POINTS);
    Ok((principal * U256::from(basis_points)).div_ceil(one))
}

/// Terms as the arithmetic takes them.
///
/// # Errors
///
/// When the pool would refuse them.
pub fn agreed(terms: &LoanTerms) -> Result<Terms> {
    let amount = |amount: U256| u128::try_from(amount).context("no loan has such a principal");
    Ok(Terms {
        principal: amount(terms.principal)?,
        duration: terms.duration,
        interval: terms.repaymentInterval,
        schedule: if terms.schedule == LEVEL_PAYMENT {
            Schedule::LevelPayment
        } else {
            Schedule::EqualPrincipal
        },
        grace: terms.gracePeriod,
        penalty_rate: Rate::new(terms.penaltyRate).map_err(told)?,
        origination_fee: amount(fee_of(terms.principal, terms.originationFeeBps)?)?,
        exit_fee: amount(fee_of(terms.principal, terms.exitFeeBps)?)?,
    })
}

/// A refusal of the arithmetic in words.
pub(crate) fn told(error: loan_core::Error) -> anyhow::Error {
    anyhow!("the arithmetic of loans refuses this: {error:?}")
}

/// A loan on terms that is taken at `now` with these draws at these rates.
///
/// # Errors
///
/// When the pool would refuse the terms.
pub fn originate(terms: &LoanTerms, draws: &[U256; 4], rates: &[Rate; 4], now: u64) -> Result<Loan> {
    let draws = narrow(draws)?;
    Loan::originate(&agreed(terms)?, &draws, rates, now).map_err(told)
}

fn narrow(amounts: &[U256; 4]) -> Result<PerTranche> {
    let mut parts = PerTranche::default();
    for (part, amount) in parts.iter_mut().zip(amounts) {
        *part = u128::try_from(*amount).context("no tranche lends so much")?;
    }
    Ok(parts)
}

/// What the pool's tranches charge; zero where there is none.
///
/// # Errors
///
/// When the node does not answer.
pub async fn rates(context: &Context) -> Result<[Rate; 4]> {
    let pool = context.pool()?;
    let count = context.view(pool, &ILoanPool::tranchesCall {}).await?;
    let mut reads = Reads::new();
    let asked: Vec<_> = (0..count.saturating_to::<u64>().min(4))
        .map(|id| reads.add(pool, &ILoanPool::trancheCall { id: U256::from(id) }))
        .collect();
    let answers = context.read(reads).await?;
    let mut rates = [Rate::default(); 4];
    for (rate, read) in rates.iter_mut().zip(asked) {
        let per_second = u64::try_from(answers.get(read)?.rate).context("no tranche charges so much")?;
        *rate = Rate::new(per_second).map_err(told)?;
    }
    Ok(rates)
}

/// The state of a loan that was taken, from its events.
///
/// # Errors
///
/// When the node does not give the logs, or they do not add up to what the pool says.
pub async fn replay(context: &Context, terms: &LoanTerms) -> Result<Loan> {
    let pool = context.pool()?;
    let id = loan_id(terms);
    let topics = vec![ILoanPool::Borrowed::SIGNATURE_HASH, ILoanPool::Payment::SIGNATURE_HASH];
    let filter = Filter::new().address(pool).event_signature(topics).topic1(id);
    let logs = context.logs(&filter).await?;
    let rates = rates(context).await?;
    let mut state: Option<Loan> = None;
    for log in &logs {
        let time = time_of(context, log).await?;
        if let Ok(taken) = ILoanPool::Borrowed::decode_log(&log.inner) {
            let draws = [taken.draw0, taken.draw1, taken.draw2, taken.draw3];
            state = Some(originate(terms, &draws, &rates, time)?);
        } else if let Ok(paid) = ILoanPool::Payment::decode_log(&log.inner) {
            let loan = state.context("the node tells of a payment before the loan was taken")?;
            let amount = [paid.principal, paid.interest, paid.penalty, paid.exitFee]
                .into_iter()
                .fold(U256::ZERO, U256::saturating_add);
            let amount = u128::try_from(amount).context("nobody pays so much")?;
            state = Some(loan.pay(time, amount).map_err(told)?.0);
        }
    }
    let loan = state.with_context(|| format!("the node tells nothing of the origination of the loan {id}"))?;
    let known = context.view(pool, &ILoanPool::loanCall { loanId: id }).await?;
    ensure!(
        U256::from(loan.outstanding().map_err(told)?) == known.outstanding
            && U256::from(loan.paid) == known.instalmentsPaid,
        "the payments that the node tells of do not add up to what the pool says: ask another node"
    );
    Ok(loan)
}

async fn time_of(context: &Context, log: &Log) -> Result<u64> {
    if let Some(time) = log.block_timestamp {
        return Ok(time);
    }
    let number = log
        .block_number
        .context("the node does not say in which block a log is")?;
    let block = context
        .provider
        .get_block_by_number(number.into())
        .await
        .map_err(words)?;
    Ok(block
        .with_context(|| format!("the node does not know the block {number}"))?
        .header
        .timestamp)
}

/// What a payment of what is due takes.
fn due_amount(due: &Due) -> Result<u128> {
    let principal = due.scheduled_principal;
    let exit_fee = if principal == due.outstanding { due.exit_fee } else { 0 };
    [due.penalty, due.interest, principal, exit_fee]
        .into_iter()
        .try_fold(0_u128, u128::checked_add)
        .context("nobody pays so much")
}

/// The payments that are left, each made in the last second before its deadline; what is missed already, now.
///
/// # Errors
///
/// When the arithmetic refuses, which a loan of the pool does not make it do.
pub fn schedule(loan: &Loan, now: u64) -> Result<Vec<Instalment>> {
    let mut instalments = Vec::new();
    let mut loan = *loan;
    // Every payment counts an instalment at least, so there are no more than that.
    while !loan.is_repaid() && instalments.len() <= usize::from(MAX_INSTALMENTS) {
        let at = loan.deadline().saturating_sub(1).max(now).max(loan.accrued_at);
        let due = loan.due(at).map_err(told)?;
        let (after, receipt) = loan.pay(at, due_amount(&due)?).map_err(told)?;
        let sum = |parts: PerTranche| parts.into_iter().fold(0_u128, u128::saturating_add);
        instalments.push(Instalment {
            number: u64::from(after.paid),
            deadline: loan.calendar.deadline(after.paid),
            principal: sum(receipt.principal),
            interest: sum(receipt.interest),
            penalty: sum(receipt.penalty),
            exit_fee: receipt.exit_fee,
            outstanding: after.outstanding().map_err(told)?,
        });
        loan = after;
    }
    Ok(instalments)
}
