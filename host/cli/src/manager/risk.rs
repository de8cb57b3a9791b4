//! Loans in trouble and their collateral: provisions, defaults, liquidation, sales. Most of it is open to anybody once it
//! is due.

use std::str::FromStr;

use alloy_primitives::{B256, U256};
use alloy_sol_types::SolCall;
use anyhow::{Context as _, Result, ensure};
use client::bindings::ILoanPool::LoanTerms;
use client::bindings::{ICollateralAuction, ILoanPool};
use client::deployment::names;
use serde_json::json;

use crate::amount::{BasisPoints, Decimal, Unit, WAD_DECIMALS, exact};
use crate::context::Context;
use crate::loans::loan_id;
use crate::plan::{Done, Plan};
use crate::refusals::loan_status;
use crate::times::when;

/// The lowest reserve of a relisting, in basis points of the last one.
const LOWEST_RESERVE: u16 = 8_000;

/// Where the conservative value stands in what the pool says of a tranche.
const CONSERVATIVE_WORD: usize = 8;

/// A reserve: an amount, or a part of the last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reserve {
    /// In USDai.
    Amount(Decimal),
    /// Of the last reserve.
    Part(BasisPoints),
}

impl FromStr for Reserve {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        if text.trim_end().ends_with('%') {
            let part: BasisPoints = text.parse()?;
            ensure!(
                part.0 >= LOWEST_RESERVE,
                "{text:?} is too low: a reserve falls to 80 % of the last one at most"
            );
            return Ok(Self::Part(part));
        }
        text.parse().map(Self::Amount)
    }
}

impl Reserve {
    /// In USDai, rounded up as the auction does.
    fn of(&self, last: U256) -> Result<U256> {
        match self {
            Self::Amount(amount) => amount.units(WAD_DECIMALS),
            Self::Part(part) => {
                let whole = U256::from(10_000);
                let product = last.saturating_mul(U256::from(part.0));
                Ok(product / whole + U256::from(u8::from(!(product % whole).is_zero())))
            }
        }
    }
}

/// Provides for a loss.
///
/// # Errors
///
/// Why it cannot be done; as for all of these.
pub async fn impair(context: &Context, loan: &str) -> Result<()> {
    let terms = context.terms_of(loan, context.now().await?).await?;
    let call = ILoanPool::impairCall { terms: terms.clone() };
    let mut plan = Plan::new("Provide for the loss to expect");
    let done = on_loan(context, &mut plan, "impair", &terms, &call).await?;
    let event = done.event::<ILoanPool::LoanImpaired>(context.pool()?);
    context.out.finish(&done.json(json!({
        "loan": loan_id(&terms),
        "provision": event.map(|event| exact(event.provision, WAD_DECIMALS)),
    })));
    Ok(())
}

/// Declares a default.
///
/// # Errors
///
/// Why it cannot be done.
pub async fn declare_default(context: &Context, loan: &str) -> Result<()> {
    let now = context.now().await?;
    let terms = context.terms_of(loan, now).await?;
    let call = ILoanPool::markDefaultCall { terms: terms.clone() };
    let mut plan = Plan::new("Declare a default");
    plan.cost("stops settling auctions and servicing the queue while the default can be cured, 14 days at most");
    let done = on_loan(context, &mut plan, "declare the default of", &terms, &call).await?;
    let event = done.event::<ILoanPool::LoanDefaulted>(context.pool()?);
    if let Some(event) = &event {
        let cure_end = event.cureEnd.saturating_to();
        context.out.line(format!(
            " The borrower can cure it until its liquidation, not before {}.",
            when(cure_end, now)
        ));
    }
    context.out.finish(&done.json(json!({
        "loan": loan_id(&terms),
        "provision": event.as_ref().map(|event| exact(event.provision, WAD_DECIMALS)),
        "cureEnd": event.as_ref().map(|event| event.cureEnd.saturating_to::<u64>()),
    })));
    Ok(())
}

/// Sends collateral to the auction.
///
/// # Errors
///
/// Why it cannot be done.
pub async fn liquidate(context: &Context, loan: &str) -> Result<()> {
    let terms = context.terms_of(loan, context.now().await?).await?;
    let call = ILoanPool::liquidateCall { terms: terms.clone() };
    let mut plan = Plan::new("Liquidate the collateral");
    plan.cost("ends the borrower's right to cure the default");
    let done = on_loan(context, &mut plan, "liquidate", &terms, &call).await?;
    let event = done.event::<ILoanPool::LiquidationStarted>(context.pool()?);
    context.out.finish(&done.json(json!({
        "loan": loan_id(&terms),
        "debt": event.as_ref().map(|event| exact(event.debt, WAD_DECIMALS)),
        "reserve": event.as_ref().map(|event| exact(event.reserve, WAD_DECIMALS)),
    })));
    Ok(())
}

/// One call on a loan, with what it does to the tranches and to sUSDai.
async fn on_loan<C: SolCall>(
    context: &Context,
    plan: &mut Plan,
    verb: &str,
    terms: &LoanTerms,
    call: &C,
) -> Result<Done> {
    let (pool, id, usdai) = (context.pool()?, loan_id(terms), Unit::usdai());
    let state = context.view(pool, &ILoanPool::loanCall { loanId: id }).await?;
    plan.step(format!("{verb} loan {id}"), pool, call, &usdai);
    plan.note(format!(
        "The loan of {} to {} is {}; {} are outstanding, {} provided for.",
        usdai.show(terms.principal),
        terms.borrower,
        loan_status(state.status),
        usdai.show(state.outstanding),
        usdai.show(state.provision)
    ));
    context.watch_lending(plan).await?;
    context.carry_out(plan).await
}

impl Context {
    /// Shows what a plan does to the value of each tranche at redemptions, and to sUSDai.
    async fn watch_lending(&self, plan: &mut Plan) -> Result<()> {
        let pool = self.pool()?;
        let tranches: u64 = self.view(pool, &ILoanPool::tranchesCall {}).await?.saturating_to();
        for tranche in 0..tranches {
            let call = ILoanPool::trancheCall {
                id: U256::from(tranche),
            };
            let label = format!("tranche {tranche}, redemptions");
            plan.watch_word(label, pool, &call, CONSERVATIVE_WORD, &Unit::usdai());
        }
        self.watch_value(plan)
    }

    fn collateral_auction(&self) -> Result<alloy_primitives::Address> {
        self.deployment.contract(names::COLLATERAL_AUCTION)
    }
}

/// Opens the auction of collateral.
///
/// # Errors
///
/// Why it cannot be done.
pub async fn list(context: &Context, loan: &str) -> Result<()> {
    let now = context.now().await?;
    let id = context.loan_named(loan, now)?;
    let mut plan = Plan::new("Put the collateral up for auction");
    let call = ICollateralAuction::listCall { loanId: id };
    let done = on_sale(context, &mut plan, "list the collateral of", id, &call).await?;
    finish_listing(context, &done, id, now)
}

/// Puts collateral up again.
///
/// # Errors
///
/// Why it cannot be done.
pub async fn relist(context: &Context, loan: &str, reserve: &Reserve) -> Result<()> {
    let now = context.now().await?;
    let (id, auction, usdai) = (
        context.loan_named(loan, now)?,
        context.collateral_auction()?,
        Unit::usdai(),
    );
    let last = context
        .view(auction, &ICollateralAuction::listingCall { loanId: id })
        .await?;
    let reserve = reserve.of(last.reserve)?;
    let mut plan = Plan::new("Put the collateral up for auction again");
    plan.cost(format!(
        "lets the collateral go for {}, after {}",
        usdai.show(reserve),
        usdai.show(last.reserve)
    ));
    let call = ICollateralAuction::relistCall { loanId: id, reserve };
    let done = on_sale(context, &mut plan, "relist the collateral of", id, &call).await?;
    finish_listing(context, &done, id, now)
}

fn finish_listing(context: &Context, done: &Done, id: B256, now: u64) -> Result<()> {
    let event = done.event::<ICollateralAuction::Listed>(context.collateral_auction()?);
    if let Some(event) = &event {
        context.out.line(format!(
            " Round {}: bids from {} until {}.",
            event.round,
            Unit::usdai().show(event.reserve),
            when(event.end.saturating_to(), now)
        ));
    }
    context.out.finish(&done.json(json!({
        "loan": id,
        "round": event.as_ref().map(|event| event.round.saturating_to::<u64>()),
        "reserve": event.as_ref().map(|event| exact(event.reserve, WAD_DECIMALS)),
        "end": event.as_ref().map(|event| event.end.saturating_to::<u64>()),
    })));
    Ok(())
}

/// Realises a loss.
///
/// # Errors
///
/// Why it cannot be done.
pub async fn write_off(context: &Context, loan: &str) -> Result<()> {
    let id = context.loan_named(loan, context.now().await?)?;
    let mut plan = Plan::new("Write the loan off");
    plan.cost("realises the loss; what the collateral brings later is shared out all the same");
    let call = ICollateralAuction::writeOffCall { loanId: id };
    let done = on_sale(context, &mut plan, "write off", id, &call).await?;
    let lost = done.event::<ILoanPool::LossRealised>(context.pool()?);
    context.out.finish(&done.json(json!({
        "loan": id,
        "losses": lost.map(|lost| [lost.loss0, lost.loss1, lost.loss2, lost.loss3].map(|loss| exact(loss, WAD_DECIMALS))),
    })));
    Ok(())
}

/// Pays the pool for sold collateral.
///
/// # Errors
///
/// Why it cannot be done.
pub async fn settle_sale(context: &Context, loan: &str) -> Result<()> {
    let id = context.loan_named(loan, context.now().await?)?;
    let mut plan = Plan::new("Settle the sale of the collateral");
    let call = ICollateralAuction::settleCall { loanId: id };
    let done = on_sale(context, &mut plan, "settle the sale for", id, &call).await?;
    let shared = done.event::<ILoanPool::ProceedsDistributed>(context.pool()?);
    if let Some(shared) = &shared {
        let usdai = Unit::usdai();
        context.out.line(format!(
            " {} shared out: {} of fee, {} of principal, {} of interest, {} to the borrower.",
            usdai.show(shared.proceeds),
            usdai.show(shared.liquidationFee),
            usdai.show(shared.principal),
            usdai.show(shared.interest),
            usdai.show(shared.surplus)
        ));
    }
    context.out.finish(&done.json(json!({
        "loan": id,
        "proceeds": shared.as_ref().map(|shared| exact(shared.proceeds, WAD_DECIMALS)),
        "principal": shared.as_ref().map(|shared| exact(shared.principal, WAD_DECIMALS)),
        "interest": shared.as_ref().map(|shared| exact(shared.interest, WAD_DECIMALS)),
        "surplus": shared.as_ref().map(|shared| exact(shared.surplus, WAD_DECIMALS)),
    })));
    Ok(())
}

/// One call on the sale of a loan's collateral.
async fn on_sale<C: SolCall>(context: &Context, plan: &mut Plan, verb: &str, id: B256, call: &C) -> Result<Done> {
    let (pool, auction, usdai) = (context.pool()?, context.collateral_auction()?, Unit::usdai());
    let liquidation = context
        .view(pool, &ILoanPool::liquidationCall { loanId: id })
        .await
        .with_context(|| format!("loan {id}"))?;
    plan.step(format!("{verb} loan {id}"), auction, call, &usdai);
    plan.note(format!(
        "The title {}, for a debt of {}; the first reserve is {}.",
        liquidation.collateralId,
        usdai.show(liquidation.debt),
        usdai.show(liquidation.reserve)
    ));
    context.watch_lending(plan).await?;
    context.carry_out(plan).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserves_are_amounts_or_parts_of_the_last_one() {
        let last = U256::from(1_001);
        let part: Reserve = "80%".parse().unwrap();
        assert_eq!(part.of(last).unwrap(), U256::from(801), "rounded up");
        let all: Reserve = "100 %".parse().unwrap();
        assert_eq!(all.of(last).unwrap(), last);
        let amount: Reserve = "1.5".parse().unwrap();
        assert_eq!(amount.of(last).unwrap(), U256::from(1_500_000_000_000_000_000_u64));
        for text in ["79.99%", "101%", "", "all"] {
            assert!(text.parse::<Reserve>().is_err(), "{text}");
        }
    }
}
