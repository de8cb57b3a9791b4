//! `usdai tranche`: for curators, who lend in tranches of the pool themselves. Their shares are ERC-6909 tokens of it.

use alloy_primitives::{Address, U256};
use anyhow::{Result, bail, ensure};
use clap::Subcommand;
use client::bindings::ILoanPool;
use serde_json::{Value, json};

use crate::amount::{Quantity, Unit, WAD_DECIMALS, exact, percent, percent_a_year, show};
use crate::context::Context;
use crate::output::{Column, Table};
use crate::plan::Plan;
use crate::reads::Reads;
use crate::times::{date, when};
use crate::tokens::Token;

/// What the help shows.
pub const EXAMPLES: &str = "Examples:
  usdai tranche show
  usdai --keystore curator.json tranche deposit 2 100,000
  usdai --keystore curator.json tranche notice 2 all
  usdai --keystore curator.json tranche redeem 2 all

Tranche 0 is the most senior: it is redeemed at once. The others bear losses before it, and are redeemed in the 7 days \
after a notice of 45 days. Deposits are priced at the value with accrued interest and without provisions, redemptions \
without accrued interest and less provisions.";

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The tranches, and what an account has in them
    #[command(
        after_help = "Examples:\n  usdai tranche show\n  usdai tranche show --account 0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65 --json"
    )]
    Show,
    /// Lends USDai in a tranche
    #[command(after_help = "Examples:\n  usdai tranche deposit 2 100,000\n  usdai tranche deposit 2 all --dry-run")]
    Deposit {
        /// The tranche, 0 the most senior
        #[arg(value_parser = clap::value_parser!(u8).range(0..4))]
        tranche: u8,
        /// USDai, or `all` that the account holds
        amount: Quantity,
    },
    /// Redeems shares: of tranche 0 at once, of the others after their notice
    #[command(after_help = "Examples:\n  usdai tranche redeem 0 1,000\n  usdai tranche redeem 2 all")]
    Redeem {
        /// The tranche, 0 the most senior
        #[arg(value_parser = clap::value_parser!(u8).range(0..4))]
        tranche: u8,
        /// Shares, or `all` that can be redeemed now
        shares: Quantity,
    },
    /// Puts shares under notice of 45 days, which is needed from tranche 1 up
    #[command(
        after_help = "Examples:\n  usdai tranche notice 2 all\n  usdai tranche notice 2 0    begins the running notice anew"
    )]
    Notice {
        /// The tranche, from 1
        #[arg(value_parser = clap::value_parser!(u8).range(0..4))]
        tranche: u8,
        /// Shares, or `all` that are not under notice
        shares: Quantity,
    },
    /// Takes all shares of a tranche back that are under notice
    #[command(after_help = "Examples:\n  usdai tranche cancel-notice 2")]
    CancelNotice {
        /// The tranche, from 1
        #[arg(value_parser = clap::value_parser!(u8).range(0..4))]
        tranche: u8,
    },
}

/// Runs a command.
///
/// # Errors
///
/// Why it cannot be done.
pub async fn run(context: &Context, command: Command) -> Result<()> {
    match command {
        Command::Show => show_all(context).await,
        Command::Deposit { tranche, amount } => deposit(context, tranche, &amount).await,
        Command::Redeem { tranche, shares } => redeem(context, tranche, &shares).await,
        Command::Notice { tranche, shares } => give_notice(context, tranche, &shares).await,
        Command::CancelNotice { tranche } => cancel_notice(context, tranche).await,
    }
}

/// Shares of a tranche.
pub fn share_unit(tranche: u8) -> Unit {
    Unit::new(&format!("shares of tranche {tranche}"), WAD_DECIMALS)
}

/// What an account has in a tranche.
struct Position {
    /// Shares that are free.
    free: U256,
    /// Shares under notice, and from when to when they can be redeemed.
    notice: ILoanPool::noticeOfReturn,
    /// The moment.
    now: u64,
}

async fn position(context: &Context, tranche: u8) -> Result<Position> {
    let (pool, owner, id) = (context.pool()?, context.account()?, U256::from(tranche));
    let mut reads = Reads::new();
    let free = reads.add(pool, &ILoanPool::balanceOfCall { owner, id });
    let notice = reads.add(pool, &ILoanPool::noticeOfCall { account: owner, id });
    let answers = context.read(reads).await?;
    Ok(Position {
        free: answers.get(free)?,
        notice: answers.get(notice)?,
        now: answers.now,
    })
}

/// A tranche, and what an account has in it.
struct Row {
    tranche: u64,
    state: ILoanPool::trancheReturn,
    supply: U256,
    /// Shares that are free, and those under notice.
    own: Option<(U256, ILoanPool::noticeOfReturn)>,
}

impl Row {
    /// What the account's shares are worth at redemptions.
    fn worth(&self) -> U256 {
        let Some((free, notice)) = &self.own else {
            return U256::ZERO;
        };
        part(self.state.conservative, free.saturating_add(notice.shares), self.supply)
    }

    fn json(&self) -> Value {
        let told = |amount: U256| exact(amount, WAD_DECIMALS);
        let state = &self.state;
        json!({
            "tranche": self.tranche,
            "ratePerSecond": state.rate.to_string(),
            "advanceRateBps": state.advanceRateBps.saturating_to::<u64>(),
            "supply": told(self.supply),
            "idle": told(state.idle),
            "principal": told(state.principal),
            "interest": told(state.interest),
            "provisions": told(state.provisions),
            "unvested": told(state.unvested),
            "optimistic": told(state.optimistic),
            "conservative": told(state.conservative),
            "position": self.own.as_ref().map(|(free, notice)| json!({
                "free": told(*free),
                "noticed": told(notice.shares),
                "noticeFrom": notice.from.saturating_to::<u64>(),
                "noticeUntil": notice.until.saturating_to::<u64>(),
                "worth": told(self.worth()),
            })),
        })
    }
}

/// The tranches and the moment at which they stand so.
async fn read_all(context: &Context, account: Option<Address>) -> Result<(u64, Vec<Row>)> {
    let pool = context.pool()?;
    let count: u64 = context.view(pool, &ILoanPool::tranchesCall {}).await?.saturating_to();
    let mut reads = Reads::new();
    let mut asked = Vec::new();
    for tranche in 0..count {
        let id = U256::from(tranche);
        let own = account.map(|owner| {
            (
                reads.add(pool, &ILoanPool::balanceOfCall { owner, id }),
                reads.add(pool, &ILoanPool::noticeOfCall { account: owner, id }),
            )
        });
        asked.push((
            tranche,
            reads.add(pool, &ILoanPool::trancheCall { id }),
            reads.add(pool, &ILoanPool::totalSupplyCall { id }),
            own,
        ));
    }
    let answers = context.read(reads).await?;
    let mut rows = Vec::new();
    for (tranche, state, supply, own) in asked {
        rows.push(Row {
            tranche,
            state: answers.get(state)?,
            supply: answers.get(supply)?,
            own: match own {
                Some((free, notice)) => Some((answers.get(free)?, answers.get(notice)?)),
                None => None,
            },
        });
    }
    Ok((answers.now, rows))
}

async fn show_all(context: &Context) -> Result<()> {
    // Whoever names no account sees the tranches alone.
    let account = context.account().ok();
    let (now, rows) = read_all(context, account).await?;
    let right = Column::Right;
    let mut tranches = Table::new(&[
        ("", right),
        ("rate", right),
        ("advance", right),
        ("idle", right),
        ("lent", right),
        ("interest", right),
        ("provisions", right),
        ("value at deposits", right),
        ("at redemptions", right),
    ]);
    let mut own_shares = Table::new(&[
        ("", right),
        ("free shares", right),
        ("under notice", right),
        ("worth, USDai", right),
        ("redeemable", Column::Left),
    ]);
    for row in &rows {
        let state = &row.state;
        let amounts = [
            state.idle,
            state.principal,
            state.interest,
            state.provisions,
            state.optimistic,
            state.conservative,
        ];
        let mut cells = vec![
            row.tranche.to_string(),
            percent_a_year(state.rate),
            percent(state.advanceRateBps),
        ];
        cells.extend(amounts.map(|amount| show(amount, WAD_DECIMALS)));
        tranches.row(cells);
        if let Some((free, notice)) = &row.own {
            own_shares.row([
                row.tranche.to_string(),
                show(*free, WAD_DECIMALS),
                show(notice.shares, WAD_DECIMALS),
                show(row.worth(), WAD_DECIMALS),
                redeemable(row.tranche, notice, now),
            ]);
        }
    }
    let out = &context.out;
    out.heading(format!(
        "Tranches on {}, in USDai, {}",
        context.deployment.network,
        date(now)
    ));
    out.table(&tranches);
    if let Some(account) = account {
        out.heading(account.to_string());
        out.table(&own_shares);
    }
    out.finish(&json!({
        "network": context.deployment.network,
        "time": now,
        "account": account,
        "tranches": rows.iter().map(Row::json).collect::<Vec<_>>(),
    }));
    Ok(())
}

/// The part of `value` that `shares` of `supply` are, rounded down.
fn part(value: U256, shares: U256, supply: U256) -> U256 {
    let product = value.widening_mul::<256, 4, 512, 8>(shares);
    let quotient = product.checked_div(alloy_primitives::U512::from(supply));
    quotient.map_or(U256::ZERO, |quotient| quotient.saturating_to())
}

/// When what is under notice can be redeemed.
fn redeemable(tranche: u64, notice: &ILoanPool::noticeOfReturn, now: u64) -> String {
    let (from, until) = (notice.from.saturating_to(), notice.until.saturating_to());
    match tranche {
        0 => "at once".into(),
        _ if notice.shares.is_zero() => "after a notice".into(),
        _ if now < from => format!("from {}", when(from, now)),
        _ if now < until => format!("until {}", when(until, now)),
        _ => format!("until {}: give notice anew", when(until, now)),
    }
}

async fn deposit(context: &Context, tranche: u8, amount: &Quantity) -> Result<()> {
    let (pool, token, account) = (context.pool()?, context.usdai_token()?, context.account()?);
    let held = context.view(token.address, &Token::balance_of(account)).await?;
    let assets = amount.units(WAD_DECIMALS, held)?;
    ensure!(!assets.is_zero(), "{account} has no USDai to lend");
    ensure!(
        assets <= held,
        "{account} holds {}, not {}: mint the rest first (usdai mint)",
        token.show(held),
        token.show(assets)
    );
    let unit = share_unit(tranche);
    let id = U256::from(tranche);
    let mut plan = Plan::new(format!("Lend {} in tranche {tranche}", token.show(assets)));
    context.approve(&mut plan, &token, pool, assets).await?;
    let call = ILoanPool::deposit_0Call {
        tranche: id,
        assets,
        receiver: account,
    };
    plan.step(
        format!("deposit {} in tranche {tranche}", token.show(assets)),
        pool,
        &call,
        &token.unit,
    );
    plan.cost(format!("lends {} in tranche {tranche}", token.show(assets)));
    if tranche > 0 {
        plan.note(
            "What is lent there bears losses before every tranche above it, and is redeemed after a notice of 45 days.",
        );
    }
    plan.watch_balance(&token, account);
    plan.watch(
        &unit.symbol,
        pool,
        &ILoanPool::balanceOfCall { owner: account, id },
        &unit,
    );
    let done = context.carry_out(&plan).await?;
    let event = done.event::<ILoanPool::Deposited>(pool);
    context.out.finish(&done.json(json!({
        "tranche": tranche,
        "assets": exact(assets, WAD_DECIMALS),
        "shares": event.map(|event| exact(event.shares, WAD_DECIMALS)),
    })));
    Ok(())
}

async fn redeem(context: &Context, tranche: u8, shares: &Quantity) -> Result<()> {
    let (pool, token, account) = (context.pool()?, context.usdai_token()?, context.account()?);
    let position = position(context, tranche).await?;
    let available = if tranche == 0 {
        position.free
    } else {
        position.notice.shares
    };
    let unit = share_unit(tranche);
    let shares = shares.units(WAD_DECIMALS, available)?;
    if shares.is_zero() {
        bail!(
            "{account} has no shares of tranche {tranche} to redeem{}",
            if tranche > 0 && !position.free.is_zero() {
                format!(
                    ": {} are not under notice, which this tranche needs (usdai tranche notice {tranche} all)",
                    unit.show(position.free)
                )
            } else {
                String::new()
            }
        );
    }
    let id = U256::from(tranche);
    let mut plan = Plan::new(format!("Redeem {}", unit.show(shares)));
    let call = ILoanPool::redeem_0Call {
        tranche: id,
        shares,
        receiver: account,
    };
    plan.step(format!("redeem {}", unit.show(shares)), pool, &call, &token.unit);
    plan.cost(format!("burns {} for their value at redemptions", unit.show(shares)));
    plan.watch_balance(&token, account);
    if tranche == 0 {
        plan.watch(
            &unit.symbol,
            pool,
            &ILoanPool::balanceOfCall { owner: account, id },
            &unit,
        );
    } else {
        plan.watch("under notice", pool, &ILoanPool::noticeOfCall { account, id }, &unit);
    }
    let done = context.carry_out(&plan).await?;
    let event = done.event::<ILoanPool::Redeemed>(pool);
    context.out.finish(&done.json(json!({
        "tranche": tranche,
        "shares": exact(shares, WAD_DECIMALS),
        "assets": event.map(|event| exact(event.assets, WAD_DECIMALS)),
    })));
    Ok(())
}

async fn give_notice(context: &Context, tranche: u8, shares: &Quantity) -> Result<()> {
    let (pool, account, unit) = (context.pool()?, context.account()?, share_unit(tranche));
    let position = position(context, tranche).await?;
    let shares = shares.units(WAD_DECIMALS, position.free)?;
    let id = U256::from(tranche);
    let mut plan = Plan::new(format!("Give notice of {}", unit.show(shares)));
    plan.step(
        format!("put {} under notice", unit.show(shares)),
        pool,
        &ILoanPool::giveNoticeCall { tranche: id, shares },
        &unit,
    );
    plan.note("They go on to earn and to bear losses; they can be redeemed in the 7 days after 45 days.");
    if !position.notice.shares.is_zero() {
        plan.cost(format!(
            "begins the notice of {} anew, which ran until {}",
            unit.show(position.notice.shares),
            when(position.notice.from.saturating_to(), position.now)
        ));
    }
    plan.watch(
        &unit.symbol,
        pool,
        &ILoanPool::balanceOfCall { owner: account, id },
        &unit,
    );
    plan.watch("under notice", pool, &ILoanPool::noticeOfCall { account, id }, &unit);
    let done = context.carry_out(&plan).await?;
    let given = done.event::<ILoanPool::NoticeGiven>(pool);
    if let Some(given) = &given {
        context.out.line(format!(
            " They can be redeemed from {} to before {}.",
            when(given.from.saturating_to(), position.now),
            when(given.until.saturating_to(), position.now)
        ));
    }
    context.out.finish(&done.json(json!({
        "tranche": tranche,
        "shares": exact(shares, WAD_DECIMALS),
        "from": given.as_ref().map(|given| given.from.saturating_to::<u64>()),
        "until": given.as_ref().map(|given| given.until.saturating_to::<u64>()),
    })));
    Ok(())
}

async fn cancel_notice(context: &Context, tranche: u8) -> Result<()> {
    let (pool, account, unit) = (context.pool()?, context.account()?, share_unit(tranche));
    let id = U256::from(tranche);
    let mut plan = Plan::new(format!("Take the notice on tranche {tranche} back"));
    plan.step(
        format!("take the notice on tranche {tranche} back"),
        pool,
        &ILoanPool::cancelNoticeCall { tranche: id },
        &unit,
    );
    plan.watch(
        &unit.symbol,
        pool,
        &ILoanPool::balanceOfCall { owner: account, id },
        &unit,
    );
    plan.watch("under notice", pool, &ILoanPool::noticeOfCall { account, id }, &unit);
    let done = context.carry_out(&plan).await?;
    context.out.finish(&done.json(json!({ "tranche": tranche })));
    Ok(())
}
