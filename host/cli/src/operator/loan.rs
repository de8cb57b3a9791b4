//! `usdai loan`: quotes, borrowing, paying, and what becomes of a loan.

use std::path::{Path, PathBuf};

use alloy_primitives::{Address, B256, U256};
use anyhow::{Context as _, Result, bail, ensure};
use clap::{Args, Subcommand};
use client::bindings::ILoanPool::{self, LoanStatus, LoanTerms};
use client::bindings::{ICaliber, IERC20};
use loan_core::origination::blended_rate;
use serde_json::{Value, json};

use super::instalments::{self, Instalment, fee_of, loan_id};
use crate::amount::{Quantity, Unit, WAD_DECIMALS, YearlyRate, exact, percent_a_year, show};
use crate::batch::Call;
use crate::context::Context;
use crate::loan_terms::{LEVEL_PAYMENT, SignedTerms, read_terms};
use crate::output::{Column, Table, bar};
use crate::plan::{Done, Plan};
use crate::reads::Reads;
use crate::refusals::loan_status;
use crate::times::{moment, roughly, when};

const QUOTE_EXAMPLES: &str = "Examples:
  usdai loan quote terms.toml                     before it is taken: draws, rate, instalments
  usdai loan quote signed.json                    afterwards: what is due now, and what follows
  usdai loan quote signed.json --at 2026-03-01    what would be due then";

const BORROW_EXAMPLES: &str = "Examples:
  usdai loan borrow signed.json
  usdai loan borrow signed.json --max-rate 12% --dry-run";

const REPAY_EXAMPLES: &str = "Examples:
  usdai loan repay signed.json                    what is due now; anybody may pay";

const PREPAY_EXAMPLES: &str = "Examples:
  usdai loan prepay signed.json 50,000            what is due, and 50,000 USDai of principal beyond it
  usdai loan prepay signed.json all               pays it all back; the title comes back to the borrower";

const CURE_EXAMPLES: &str = "Examples:
  usdai loan cure signed.json                     pays the arrears of a loan in default, which then runs on";

const REFINANCE_EXAMPLES: &str = "Examples:
  usdai loan refinance signed.json new-signed.json
  usdai loan refinance signed.json new-signed.json --max-rate 11%";

const SHOW_EXAMPLES: &str = "Examples:
  usdai loan show signed.json
  usdai loan show 0x5c1b…                         by the loan's id, without the table of instalments";

/// What is owed grows by the second: payments are approved for what they will be so many seconds later.
const HEADROOM: u64 = 600;

/// How far above the quoted rate a loan may come, as a fraction: the collateral loses value meanwhile, and with it the
/// cheap senior part.
const RATE_HEADROOM: u64 = 1_000;

/// Loans against hardware.
#[derive(Clone, Debug, Subcommand)]
pub enum LoanCommand {
    /// What a loan costs: before it is taken, and while it runs
    #[command(after_help = QUOTE_EXAMPLES)]
    Quote(Quote),
    /// Takes a loan on signed terms
    #[command(after_help = BORROW_EXAMPLES)]
    Borrow(Borrow),
    /// Pays what is due now
    #[command(after_help = REPAY_EXAMPLES)]
    Repay(Payment),
    /// Pays what is due now and principal beyond it
    #[command(after_help = PREPAY_EXAMPLES)]
    Prepay(Prepay),
    /// Pays the arrears of a loan in default
    #[command(after_help = CURE_EXAMPLES)]
    Cure(Payment),
    /// Pays a loan back with a new one on the same title
    #[command(after_help = REFINANCE_EXAMPLES)]
    Refinance(Refinance),
    /// Where a loan stands
    #[command(after_help = SHOW_EXAMPLES)]
    Show(Show),
}

/// Quotes a loan.
#[derive(Clone, Debug, Args)]
pub struct Quote {
    /// Terms: a draft (TOML or JSON) or signed ones (JSON)
    terms: PathBuf,
    /// For a payment then: a date, or a duration from now
    #[arg(long, value_name = "DATE")]
    at: Option<String>,
}

/// Takes a loan.
#[derive(Clone, Debug, Args)]
pub struct Borrow {
    /// Signed terms (JSON)
    terms: PathBuf,
    /// The highest rate a year to accept [default: a thousandth above the quote]
    #[arg(long, value_name = "PERCENT")]
    max_rate: Option<YearlyRate>,
}

/// Pays a loan.
#[derive(Clone, Debug, Args)]
pub struct Payment {
    /// Terms of the loan
    terms: PathBuf,
}

/// Pays a loan ahead.
#[derive(Clone, Debug, Args)]
pub struct Prepay {
    /// Terms of the loan
    terms: PathBuf,
    /// Principal beyond what is due: an amount of USDai, or all
    principal: Quantity,
}

/// Replaces a loan.
#[derive(Clone, Debug, Args)]
pub struct Refinance {
    /// Terms of the loan that runs
    terms: PathBuf,
    /// Signed terms of the new one (JSON)
    new_terms: PathBuf,
    /// The highest rate a year to accept [default: a thousandth above the quote]
    #[arg(long, value_name = "PERCENT")]
    max_rate: Option<YearlyRate>,
}

/// Shows a loan.
#[derive(Clone, Debug, Args)]
pub struct Show {
    /// Terms of the loan, or its id
    loan: String,
}

/// Runs `usdai loan`.
///
/// # Errors
///
/// When it cannot be done, in words.
pub async fn run(context: &Context, arguments: &LoanCommand) -> Result<()> {
    match arguments {
        LoanCommand::Quote(arguments) => quote(context, arguments).await,
        LoanCommand::Borrow(arguments) => borrow(context, arguments).await,
        LoanCommand::Repay(arguments) => repay(context, arguments).await,
        LoanCommand::Prepay(arguments) => prepay(context, arguments).await,
        LoanCommand::Cure(arguments) => cure(context, arguments).await,
        LoanCommand::Refinance(arguments) => refinance(context, arguments).await,
        LoanCommand::Show(arguments) => show_loan(context, arguments).await,
    }
}

/// A loan as the pool knows it.
#[derive(Clone, Debug)]
pub struct State {
    /// When this was read.
    pub now: u64,
    /// Its id.
    pub id: B256,
    /// Where it stands.
    pub loan: ILoanPool::loanReturn,
    /// Its outstanding principal by tranche.
    pub principals: [U256; 4],
}

impl State {
    /// Reads a loan; one that was never taken has the status `None`.
    ///
    /// # Errors
    ///
    /// When the node does not answer.
    pub async fn read(context: &Context, id: B256) -> Result<Self> {
        let pool = context.pool()?;
        let mut reads = Reads::new();
        let loan = reads.add(pool, &ILoanPool::loanCall { loanId: id });
        let principals = reads.add(pool, &ILoanPool::loanPrincipalsCall { loanId: id });
        let answers = context.read(reads).await?;
        let principals = answers.get(principals)?;
        Ok(Self {
            now: answers.now,
            id,
            loan: answers.get(loan)?,
            principals: [
                principals.principal0,
                principals.principal1,
                principals.principal2,
                principals.principal3,
            ],
        })
    }

    /// Whether it can still be paid.
    fn is_open(&self) -> bool {
        matches!(
            self.loan.status,
            LoanStatus::Active | LoanStatus::Impaired | LoanStatus::Defaulted
        )
    }
}

async fn terms_of(context: &Context, path: &Path) -> Result<LoanTerms> {
    read_terms(path, context.chain_id(), context.pool()?, context.now().await?)
}

async fn quote(context: &Context, arguments: &Quote) -> Result<()> {
    let terms = terms_of(context, &arguments.terms).await?;
    let state = State::read(context, loan_id(&terms)).await?;
    match state.loan.status {
        LoanStatus::None => {
            ensure!(
                arguments.at.is_none(),
                "the loan is not taken yet: it can be quoted for now only"
            );
            quote_new(context, &terms, state.now).await
        }
        _ if state.is_open() => {
            let at = arguments
                .at
                .as_deref()
                .map(|text| moment(text, state.now))
                .transpose()?;
            quote_running(context, &terms, &state, at).await
        }
        status => bail!("the loan {} is {}: nothing is due", state.id, loan_status(status)),
    }
}

/// What a loan on these terms would be if it were taken now.
async fn quote_new(context: &Context, terms: &LoanTerms, now: u64) -> Result<()> {
    let pool = context.pool()?;
    let call = ILoanPool::previewBorrowCall {
        collateralId: terms.collateralId,
        principal: terms.principal,
    };
    let preview = context
        .view(pool, &call)
        .await
        .context("the loan cannot be taken now")?;
    let rates = instalments::rates(context).await?;
    let draws = [preview.draw0, preview.draw1, preview.draw2, preview.draw3];
    let loan = instalments::originate(terms, &draws, &rates, now)?;
    let schedule = instalments::schedule(&loan, now)?;
    let fee = fee_of(terms.principal, terms.originationFeeBps)?;
    let (out, usdai) = (&context.out, Unit::usdai());
    out.heading(format!(
        "A loan of {} on the title {}",
        usdai.show(terms.principal),
        terms.collateralId
    ));
    let mut table = Table::new(&[
        ("tranche", Column::Right),
        ("lends USDai", Column::Right),
        ("a year", Column::Right),
    ]);
    let parts = || {
        draws
            .iter()
            .zip(&rates)
            .enumerate()
            .filter(|(_, (draw, _))| !draw.is_zero())
    };
    for (index, (draw, rate)) in parts() {
        table.row([
            index.to_string(),
            show(*draw, WAD_DECIMALS),
            percent_a_year(U256::from(rate.per_second())),
        ]);
    }
    out.table(&table);
    out.line(format!(" together at {} a year", percent_a_year(preview.blendedRate)));
    out.line(format!(
        " paid out: {}, after a fee of {}",
        usdai.show(terms.principal.saturating_sub(fee)),
        usdai.show(fee)
    ));
    out.line(format!(" {}", describe_terms(terms)));
    if terms.expiry <= now {
        out.line(format!(
            " careful: these terms could be taken until {}",
            when(terms.expiry, now)
        ));
    } else {
        out.line(format!(" can be taken until {}", when(terms.expiry, now)));
    }
    show_schedule(context, &schedule, now);
    out.finish(&json!({
        "loan": loan_id(terms),
        "status": "not taken",
        "time": now,
        "principal": exact(terms.principal, WAD_DECIMALS),
        "paidOut": exact(terms.principal.saturating_sub(fee), WAD_DECIMALS),
        "originationFee": exact(fee, WAD_DECIMALS),
        "blendedRate": preview.blendedRate.to_string(),
        "blendedRateAYear": percent_a_year(preview.blendedRate),
        "draws": parts().map(|(index, (draw, rate))| json!({
            "tranche": index,
            "draw": exact(*draw, WAD_DECIMALS),
            "rate": rate.per_second().to_string(),
        })).collect::<Vec<_>>(),
        "instalments": schedule.iter().map(instalment_json).collect::<Vec<_>>(),
    }));
    Ok(())
}

/// What is due on a loan, now or at another time, and what follows.
async fn quote_running(context: &Context, terms: &LoanTerms, state: &State, at: Option<u64>) -> Result<()> {
    let due = due_at(context, terms, at.unwrap_or(state.now)).await?;
    let out = &context.out;
    let time = at.unwrap_or(state.now);
    out.heading(format!("The loan {}, {}", state.id, loan_status(state.loan.status)));
    show_due(context, &due, time, state.now);
    let mut told = json!({
        "loan": state.id,
        "status": loan_status(state.loan.status),
        "time": time,
        "outstanding": exact(state.loan.outstanding, WAD_DECIMALS),
        "due": due_json(&due),
    });
    if at.is_none() {
        add_schedule(context, terms, state, &mut told).await;
    }
    out.finish(&told);
    Ok(())
}

/// Shows the instalments that are left, unless the node does not give the events from which they follow.
async fn add_schedule(context: &Context, terms: &LoanTerms, state: &State, told: &mut Value) {
    let schedule = async {
        let loan = instalments::replay(context, terms).await?;
        instalments::schedule(&loan, state.now)
    };
    let entry = match schedule.await {
        Ok(schedule) => {
            show_schedule(context, &schedule, state.now);
            json!(schedule.iter().map(instalment_json).collect::<Vec<_>>())
        }
        Err(error) => {
            context.out.progress(format!("no table of instalments: {error:#}"));
            Value::Null
        }
    };
    if let Some(told) = told.as_object_mut() {
        told.insert("instalments".into(), entry);
    }
}

/// What is owed at a time.
async fn due_at(context: &Context, terms: &LoanTerms, time: u64) -> Result<ILoanPool::quote_1Return> {
    let call = ILoanPool::quote_1Call {
        terms: terms.clone(),
        timestamp: U256::from(time),
    };
    context.view(context.pool()?, &call).await
}

fn show_due(context: &Context, due: &ILoanPool::quote_1Return, time: u64, now: u64) {
    let usdai = Unit::usdai();
    let out = &context.out;
    out.line(format!(" for a payment {}:", when(time, now)));
    let mut table = Table::new(&[("", Column::Left), ("USDai", Column::Right), ("", Column::Left)]);
    let missed = if due.missed.is_zero() {
        String::new()
    } else {
        let many = if due.missed == U256::ONE { "" } else { "s" };
        format!("{} deadline{many} missed", due.missed)
    };
    table.row([
        "due (usdai loan repay)".to_owned(),
        show(due.instalment, WAD_DECIMALS),
        missed,
    ]);
    table.row([
        "  principal".to_owned(),
        show(due.scheduledPrincipal, WAD_DECIMALS),
        String::new(),
    ]);
    table.row(["  interest".to_owned(), show(due.interest, WAD_DECIMALS), String::new()]);
    if !due.penalty.is_zero() {
        table.row([
            "  penalty".to_owned(),
            show(due.penalty, WAD_DECIMALS),
            format!("on {} overdue", usdai.show(due.overduePrincipal)),
        ]);
    }
    if !due.arrears.is_zero() && !due.missed.is_zero() {
        table.row([
            "arrears (usdai loan cure)".to_owned(),
            show(due.arrears, WAD_DECIMALS),
            String::new(),
        ]);
    }
    table.row(["all of it".to_owned(), show(due.payoff, WAD_DECIMALS), String::new()]);
    out.table(&table);
    out.line(format!(
        " next deadline {}; a default can be declared from {}",
        when(due.deadline.saturating_to(), now),
        when(due.defaultsFrom.saturating_to(), now)
    ));
}

fn due_json(due: &ILoanPool::quote_1Return) -> Value {
    let amount = |amount| exact(amount, WAD_DECIMALS);
    json!({
        "instalment": amount(due.instalment),
        "arrears": amount(due.arrears),
        "payoff": amount(due.payoff),
        "interest": amount(due.interest),
        "penalty": amount(due.penalty),
        "scheduledPrincipal": amount(due.scheduledPrincipal),
        "overduePrincipal": amount(due.overduePrincipal),
        "missed": due.missed.to_string(),
        "deadline": due.deadline.to_string(),
        "defaultsFrom": due.defaultsFrom.to_string(),
    })
}

fn describe_terms(terms: &LoanTerms) -> String {
    let kind = if terms.schedule == LEVEL_PAYMENT {
        "the same payment each time"
    } else {
        "the same principal each time"
    };
    format!(
        "{} over {}, every {}; {} of grace; penalty {} a year on what is overdue",
        kind,
        roughly(terms.duration),
        roughly(terms.repaymentInterval),
        roughly(terms.gracePeriod),
        percent_a_year(U256::from(terms.penaltyRate))
    )
}

fn show_schedule(context: &Context, schedule: &[Instalment], now: u64) {
    let mut table = Table::new(&[
        ("", Column::Right),
        ("before", Column::Left),
        ("payment", Column::Right),
        ("principal", Column::Right),
        ("interest", Column::Right),
        ("left then", Column::Right),
        ("", Column::Left),
    ]);
    let most = schedule
        .iter()
        .map(|instalment| instalment.outstanding)
        .max()
        .unwrap_or_default();
    let amount = |amount: u128| show(U256::from(amount), WAD_DECIMALS);
    for instalment in schedule {
        table.row([
            instalment.number.to_string(),
            if instalment.deadline > now {
                crate::times::date(instalment.deadline)
            } else {
                "overdue".into()
            },
            amount(instalment.payment()),
            amount(instalment.principal),
            amount(instalment.interest.saturating_add(instalment.penalty)),
            amount(instalment.outstanding),
            bar(U256::from(instalment.outstanding), U256::from(most)),
        ]);
    }
    context.out.heading("Instalments");
    context.out.table(&table);
    let sum = |of: fn(&Instalment) -> u128| schedule.iter().map(of).fold(0_u128, u128::saturating_add);
    context.out.line(format!(
        " in all {} USDai, {} of it interest",
        amount(sum(Instalment::payment)),
        amount(sum(|instalment| instalment.interest))
    ));
}

fn instalment_json(instalment: &Instalment) -> Value {
    let amount = |amount: u128| exact(U256::from(amount), WAD_DECIMALS);
    json!({
        "number": instalment.number,
        "deadline": instalment.deadline,
        "payment": amount(instalment.payment()),
        "principal": amount(instalment.principal),
        "interest": amount(instalment.interest),
        "penalty": amount(instalment.penalty),
        "exitFee": amount(instalment.exit_fee),
        "outstanding": amount(instalment.outstanding),
    })
}

/// A rate with headroom.
fn accepted(max_rate: Option<YearlyRate>, quoted: U256) -> U256 {
    match max_rate {
        Some(YearlyRate(rate)) => U256::from(rate),
        None => quoted.saturating_add(quoted / U256::from(RATE_HEADROOM)),
    }
}

async fn borrow(context: &Context, arguments: &Borrow) -> Result<()> {
    let (pool, caliber, account) = (context.pool()?, context.caliber()?, context.account()?);
    let signed = SignedTerms::read_for(&arguments.terms, context.chain_id(), pool)?;
    let terms = &signed.terms;
    ensure!(
        terms.borrower == account,
        "only the borrower of these terms, {}, can take the loan, not {account}",
        terms.borrower
    );
    let id = loan_id(terms);
    let status = State::read(context, id).await?.loan.status;
    ensure!(
        status == LoanStatus::None,
        "the loan {id} was taken already: it is {}",
        loan_status(status)
    );
    let call = ILoanPool::previewBorrowCall {
        collateralId: terms.collateralId,
        principal: terms.principal,
    };
    let preview = context
        .view(pool, &call)
        .await
        .context("the loan cannot be taken now")?;
    let max_rate = accepted(arguments.max_rate, preview.blendedRate);
    let usdai = context.usdai_token()?;
    let mut plan = Plan::new(format!(
        "Borrow {} on the title {}",
        usdai.show(terms.principal),
        terms.collateralId
    ));
    approve_title(context, &mut plan, account, terms.collateralId).await?;
    let borrow = ILoanPool::borrowCall {
        terms: terms.clone(),
        signature: signed.signature.clone(),
        maxBlendedRate: max_rate,
    };
    let fee = fee_of(terms.principal, terms.originationFeeBps)?;
    plan.step(
        format!("borrow {}", usdai.show(terms.principal)),
        pool,
        &borrow,
        &usdai.unit,
    )
    .watch_balance(&usdai, account)
    .watch(
        "titles held",
        caliber,
        &ICaliber::balanceOfCall { owner: account },
        &Unit::number(),
    )
    .cost(format!(
        "pledges the title {}, and owes {} at {} a year; a fee of {} is kept back",
        terms.collateralId,
        usdai.show(terms.principal),
        percent_a_year(preview.blendedRate),
        usdai.show(fee)
    ))
    .note(format!(
        "rate: {} a year; at most {}",
        percent_a_year(preview.blendedRate),
        percent_a_year(max_rate)
    ))
    .note(describe_terms(terms));
    let done = context.carry_out(&plan).await?;
    finish_origination(context, &done, id, terms)
}

fn finish_origination(context: &Context, done: &Done, id: B256, terms: &LoanTerms) -> Result<()> {
    let taken = done.event::<ILoanPool::Borrowed>(context.pool()?);
    if let Some(taken) = &taken {
        context.out.line(format!(
            " loan {id} at {} a year; keep the terms: every payment needs them (usdai loan quote)",
            percent_a_year(taken.blendedRate)
        ));
    }
    context.out.finish(&done.json(json!({
        "loan": id,
        "title": terms.collateralId.to_string(),
        "principal": exact(terms.principal, WAD_DECIMALS),
        "blendedRate": taken.map(|taken| taken.blendedRate.to_string()),
    })));
    Ok(())
}

/// Adds the approval with which the pool takes a title, if it has none.
async fn approve_title(context: &Context, plan: &mut Plan, owner: Address, title: U256) -> Result<()> {
    let (pool, caliber) = (context.pool()?, context.caliber()?);
    let mut reads = Reads::new();
    let holder = reads.add(caliber, &ICaliber::ownerOfCall { tokenId: title });
    let approved = reads.add(caliber, &ICaliber::getApprovedCall { tokenId: title });
    let for_all = reads.add(caliber, &ICaliber::isApprovedForAllCall { owner, operator: pool });
    let answers = context.read(reads).await?;
    let holder = answers
        .get(holder)
        .with_context(|| format!("there is no title {title}"))?;
    ensure!(
        holder == owner,
        "the title {title} is {}'s, not {owner}'s",
        context.name_of(holder)
    );
    if answers.get(approved)? != pool && !answers.get(for_all)? {
        let approve = ICaliber::approveCall {
            to: pool,
            tokenId: title,
        };
        plan.step(
            format!("approve {} to take the title {title}", context.name_of(pool)),
            caliber,
            &approve,
            &Unit::number(),
        );
    }
    Ok(())
}

async fn repay(context: &Context, arguments: &Payment) -> Result<()> {
    let terms = terms_of(context, &arguments.terms).await?;
    let state = running(context, &terms).await?;
    ensure!(
        state.loan.status != LoanStatus::Defaulted,
        "the loan {} is in default: pay its arrears with usdai loan cure",
        state.id
    );
    let due = due_at(context, &terms, state.now).await?;
    ensure!(
        !due.instalment.is_zero(),
        "nothing is due at the moment: the next deadline is {}",
        when(due.deadline.saturating_to(), state.now)
    );
    let later = due_at(context, &terms, state.now.saturating_add(HEADROOM)).await?;
    let call = ILoanPool::repayCall { terms: terms.clone() };
    pay(
        context,
        &terms,
        &state,
        &call,
        "pay what is due",
        due.instalment,
        later.instalment,
    )
    .await
}

async fn cure(context: &Context, arguments: &Payment) -> Result<()> {
    let terms = terms_of(context, &arguments.terms).await?;
    let state = running(context, &terms).await?;
    ensure!(
        state.loan.status == LoanStatus::Defaulted,
        "the loan {} is {}, not in default: usdai loan repay pays what is due",
        state.id,
        loan_status(state.loan.status)
    );
    let due = due_at(context, &terms, state.now).await?;
    let later = due_at(context, &terms, state.now.saturating_add(HEADROOM)).await?;
    let call = ILoanPool::cureCall { terms: terms.clone() };
    pay(
        context,
        &terms,
        &state,
        &call,
        "cure the default",
        due.arrears,
        later.arrears,
    )
    .await
}

async fn prepay(context: &Context, arguments: &Prepay) -> Result<()> {
    let terms = terms_of(context, &arguments.terms).await?;
    let state = running(context, &terms).await?;
    let principal = arguments.principal.units(WAD_DECIMALS, U256::MAX)?;
    let amount = |due: &ILoanPool::quote_1Return| {
        // Beyond the balance there is nothing to pay but the exit fee, which the payoff has.
        due.instalment.saturating_add(principal).min(due.payoff)
    };
    let due = due_at(context, &terms, state.now).await?;
    let later = due_at(context, &terms, state.now.saturating_add(HEADROOM)).await?;
    let call = ILoanPool::prepayCall {
        terms: terms.clone(),
        principal,
    };
    let text = if principal == U256::MAX {
        "pay it all back"
    } else {
        "pay what is due and principal beyond it"
    };
    pay(context, &terms, &state, &call, text, amount(&due), amount(&later)).await
}

/// A loan that can be paid.
async fn running(context: &Context, terms: &LoanTerms) -> Result<State> {
    let state = State::read(context, loan_id(terms)).await?;
    ensure!(
        state.is_open(),
        "the loan {} is {}: nothing can be paid",
        state.id,
        loan_status(state.loan.status)
    );
    Ok(state)
}

async fn pay<C: alloy_sol_types::SolCall>(
    context: &Context,
    terms: &LoanTerms,
    state: &State,
    call: &C,
    text: &str,
    amount: U256,
    approval: U256,
) -> Result<()> {
    let (pool, account, usdai) = (context.pool()?, context.account()?, context.usdai_token()?);
    let balance = context.view(usdai.address, &IERC20::balanceOfCall { account }).await?;
    ensure!(
        amount <= balance,
        "{account} holds {}, and {} are to be paid",
        usdai.show(balance),
        usdai.show(amount)
    );
    let mut plan = Plan::new(format!("Pay the loan on the title {}", terms.collateralId));
    context.approve(&mut plan, &usdai, pool, approval).await?;
    plan.step(format!("{text}, {}", usdai.show(amount)), pool, call, &usdai.unit)
        .watch_balance(&usdai, account)
        .watch_word(
            "principal left",
            pool,
            &ILoanPool::loanCall { loanId: state.id },
            OUTSTANDING,
            &usdai.unit,
        )
        .watch_word(
            "instalments paid",
            pool,
            &ILoanPool::loanCall { loanId: state.id },
            INSTALMENTS_PAID,
            &Unit::number(),
        )
        .cost(format!(
            "spends {}, and the interest of the seconds until it is mined",
            usdai.show(amount)
        ));
    let done = context.carry_out(&plan).await?;
    let paid = done.event::<ILoanPool::Payment>(pool);
    let closed = done.event::<ILoanPool::LoanClosed>(pool).is_some();
    if let Some(paid) = &paid {
        context.out.line(format!(
            " paid {}: {} of principal, {} of interest, {} of penalty, {} of exit fee",
            usdai.show(paid.principal + paid.interest + paid.penalty + paid.exitFee),
            usdai.show(paid.principal),
            usdai.show(paid.interest),
            usdai.show(paid.penalty),
            usdai.show(paid.exitFee)
        ));
    }
    if closed {
        context.out.line(format!(
            " the loan is paid back; the title {} is {}'s again",
            terms.collateralId, terms.borrower
        ));
    }
    let told = |amount: U256| exact(amount, WAD_DECIMALS);
    context.out.finish(&done.json(json!({
        "loan": state.id,
        "quote": told(amount),
        "paid": paid.as_ref().map(|paid| json!({
            "principal": told(paid.principal),
            "interest": told(paid.interest),
            "penalty": told(paid.penalty),
            "exitFee": told(paid.exitFee),
            "outstanding": told(paid.outstanding),
            "instalmentsPaid": paid.instalmentsPaid.to_string(),
        })),
        "closed": closed,
    })));
    Ok(())
}

/// Where the outstanding principal stands in the answer of `loan`.
const OUTSTANDING: usize = 4;
/// Where the number of paid instalments does.
const INSTALMENTS_PAID: usize = 3;

async fn refinance(context: &Context, arguments: &Refinance) -> Result<()> {
    let (pool, account) = (context.pool()?, context.account()?);
    let terms = terms_of(context, &arguments.terms).await?;
    let signed = SignedTerms::read_for(&arguments.new_terms, context.chain_id(), pool)?;
    let new = &signed.terms;
    ensure!(
        terms.borrower == account,
        "only the borrower of these terms, {}, can refinance the loan, not {account}",
        terms.borrower
    );
    let state = running(context, &terms).await?;
    let usdai = context.usdai_token()?;
    let payoff = due_at(context, &terms, state.now).await?.payoff;
    let later = due_at(context, &terms, state.now.saturating_add(HEADROOM))
        .await?
        .payoff;
    let fee = fee_of(new.principal, new.originationFeeBps)?;
    let paid_out = new.principal.saturating_sub(fee);
    let mut plan = Plan::new(format!("Refinance the loan on the title {}", terms.collateralId));
    if later > paid_out {
        context
            .approve(&mut plan, &usdai, pool, later.saturating_sub(paid_out))
            .await?;
    }
    let call = |max_rate: U256| ILoanPool::refinanceCall {
        terms: terms.clone(),
        newTerms: new.clone(),
        signature: signed.signature.clone(),
        maxBlendedRate: max_rate,
    };
    let text = format!("replace the loan by one of {}", usdai.show(new.principal));
    let mut trial = plan.clone();
    trial.step(text.clone(), pool, &call(U256::MAX), &usdai.unit);
    let quoted = rate_after(context, &trial, loan_id(new)).await?;
    let max_rate = accepted(arguments.max_rate, quoted);
    let difference = if payoff > paid_out {
        format!("pays {} on top", usdai.show(payoff.saturating_sub(paid_out)))
    } else {
        format!("receives {}", usdai.show(paid_out.saturating_sub(payoff)))
    };
    plan.step(text, pool, &call(max_rate), &usdai.unit)
        .watch_balance(&usdai, account)
        .cost(format!(
            "pays back {}, owes {} at {} a year, and {difference}; a fee of {} is kept back",
            usdai.show(payoff),
            usdai.show(new.principal),
            percent_a_year(quoted),
            usdai.show(fee)
        ))
        .note(format!(
            "rate: {} a year; at most {}",
            percent_a_year(quoted),
            percent_a_year(max_rate)
        ))
        .note(describe_terms(new));
    let done = context.carry_out(&plan).await?;
    finish_origination(context, &done, loan_id(new), new)
}

/// The blended rate of a loan that the steps of a plan would take.
async fn rate_after(context: &Context, plan: &Plan, id: B256) -> Result<U256> {
    // Refuses in words what would be refused.
    context.simulate(plan).await?;
    let view = ILoanPool::loanPrincipalsCall { loanId: id };
    let mut calls = plan.calls();
    calls.push(Call::view(context.pool()?, &view));
    let (_, answers) = context.run_batch(context.account()?, &calls).await?;
    let answer = answers.last().context("the node left answers out")?;
    let answer = <ILoanPool::loanPrincipalsCall as alloy_sol_types::SolCall>::abi_decode_returns(&answer.output)?;
    let draws = [
        answer.principal0,
        answer.principal1,
        answer.principal2,
        answer.principal3,
    ];
    let mut parts = loan_core::PerTranche::default();
    for (part, draw) in parts.iter_mut().zip(draws) {
        *part = u128::try_from(draw).context("no tranche lends so much")?;
    }
    let rates = instalments::rates(context).await?;
    let rate = blended_rate(&parts, &rates).map_err(instalments::told)?;
    Ok(U256::from(rate.per_second()))
}

async fn show_loan(context: &Context, arguments: &Show) -> Result<()> {
    let (id, terms) = if let Ok(id) = arguments.loan.parse::<B256>() {
        (id, None)
    } else {
        let terms = terms_of(context, Path::new(&arguments.loan)).await?;
        (loan_id(&terms), Some(terms))
    };
    let state = State::read(context, id).await?;
    let (loan, now, usdai) = (&state.loan, state.now, Unit::usdai());
    let out = &context.out;
    ensure!(loan.status != LoanStatus::None, "the loan {id} was never taken");
    out.heading(format!("The loan {id}: {}", loan_status(loan.status)));
    let mut table = Table::new(&[("", Column::Left), ("", Column::Left)]);
    if let Some(terms) = &terms {
        table.row(["borrower".to_owned(), terms.borrower.to_string()]);
        table.row(["title".to_owned(), terms.collateralId.to_string()]);
        table.row(["principal".to_owned(), usdai.show(terms.principal)]);
        table.row(["terms".to_owned(), describe_terms(terms)]);
    }
    table.row(["taken".to_owned(), when(loan.startedAt.saturating_to(), now)]);
    table.row(["last payment".to_owned(), when(loan.paidAt.saturating_to(), now)]);
    table.row(["instalments paid".to_owned(), loan.instalmentsPaid.to_string()]);
    table.row(["principal left".to_owned(), usdai.show(loan.outstanding)]);
    for (index, principal) in state
        .principals
        .iter()
        .enumerate()
        .filter(|(_, principal)| !principal.is_zero())
    {
        table.row([format!("  of tranche {index}"), usdai.show(*principal)]);
    }
    if !loan.provision.is_zero() {
        table.row(["provision".to_owned(), usdai.show(loan.provision)]);
    }
    if !loan.defaultedAt.is_zero() {
        table.row([
            "in default since".to_owned(),
            when(loan.defaultedAt.saturating_to(), now),
        ]);
    }
    out.table(&table);
    let mut told = json!({
        "loan": id,
        "status": loan_status(loan.status),
        "time": now,
        "startedAt": loan.startedAt.to_string(),
        "paidAt": loan.paidAt.to_string(),
        "instalmentsPaid": loan.instalmentsPaid.to_string(),
        "outstanding": exact(loan.outstanding, WAD_DECIMALS),
        "provision": exact(loan.provision, WAD_DECIMALS),
        "defaultedAt": loan.defaultedAt.to_string(),
        "principals": state.principals.iter().map(|principal| exact(*principal, WAD_DECIMALS)).collect::<Vec<_>>(),
    });
    if let Some(terms) = terms.filter(|_| state.is_open()) {
        let due = due_at(context, &terms, now).await?;
        show_due(context, &due, now, now);
        if let Some(told) = told.as_object_mut() {
            told.insert("due".into(), due_json(&due));
        }
        add_schedule(context, &terms, &state, &mut told).await;
    }
    out.finish(&told);
    Ok(())
}
