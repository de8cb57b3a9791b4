//! `usdai local`: test money and time, on the local chain only.

use alloy_primitives::{Address, U256};
use alloy_provider::Provider;
use alloy_sol_types::SolCall;
use anyhow::{Context as _, Result, bail, ensure};
use clap::{Args, Subcommand};
use client::bindings::{IERC20, ITestToken, IUSDai};
use client::deployment::names;
use client::role_id;
use serde_json::{Value, json};

use crate::amount::{Decimal, WAD_DECIMALS, exact, show};
use crate::context::{Context, words};
use crate::keys::test_key;
use crate::output::{Column, Table};
use crate::reads::Reads;
use crate::refusals::ROLES;
use crate::times::{Span, date, moment, roughly};
use crate::tokens::Token;

/// What the help of `fund` shows.
pub const FUND_EXAMPLES: &str = "Examples:
  usdai --mnemonic-index 7 local fund                     100 ETH and 100,000 of each dollar
  usdai --account 0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65 local fund --token wm --amount 5,000";

/// What the help of `advance` shows.
pub const ADVANCE_EXAMPLES: &str = "Examples:
  usdai local advance '27 days'
  usdai local advance --to 2026-03-01";

/// Accounts of the test mnemonic that are listed.
const ACCOUNTS: u32 = 24;

/// Test money and time.
#[derive(Clone, Debug, Subcommand)]
pub enum Local {
    /// Gives an account test money
    #[command(after_help = FUND_EXAMPLES)]
    Fund(Fund),
    /// Lets time pass
    #[command(after_help = ADVANCE_EXAMPLES)]
    Advance(Advance),
    /// The accounts of the test mnemonic, and what they may do
    Accounts,
}

/// Gives an account test money.
#[derive(Clone, Debug, Args)]
pub struct Fund {
    /// The dollar to give: wm, usdc, usdt [default: all of them, and ether]
    #[arg(long)]
    token: Option<String>,
    /// How much of each dollar
    #[arg(long, default_value = "100,000")]
    amount: Decimal,
}

/// Lets time pass.
#[derive(Clone, Debug, Args)]
pub struct Advance {
    /// How long: 30 days, 12h
    #[arg(required_unless_present = "to")]
    duration: Option<Span>,
    /// Until when: a date, in UTC
    #[arg(long, value_name = "DATE", conflicts_with = "duration")]
    to: Option<String>,
}

/// Ether that `fund` leaves an account with at least.
const ETHER: u64 = 100;

/// Runs `usdai local`.
///
/// # Errors
///
/// On any chain but the local one, and when the chain refuses.
pub async fn run(context: &Context, arguments: &Local) -> Result<()> {
    context.require_local()?;
    match arguments {
        Local::Fund(fund) => give(context, fund).await,
        Local::Advance(advance) => pass(context, advance).await,
        Local::Accounts => accounts(context).await,
    }
}

async fn give(context: &Context, arguments: &Fund) -> Result<()> {
    let account = context.account()?;
    let tokens = match &arguments.token {
        Some(name) => vec![context.dollar(name).await?],
        None => context.dollars().await?,
    };
    let mut given = Vec::new();
    if arguments.token.is_none() {
        let floor = U256::from(ETHER) * U256::from(10).pow(U256::from(WAD_DECIMALS));
        if context.ether(account).await? < floor {
            raw(context, "anvil_setBalance", json!([account, floor])).await?;
        }
        given.push(json!({ "symbol": "ETH", "balance": exact(context.ether(account).await?, WAD_DECIMALS) }));
    }
    for token in tokens {
        let amount = arguments.amount.units(token.unit.decimals)?;
        let mint = ITestToken::mintCall { to: account, amount };
        let from = test_key(0)?.address();
        let transaction =
            json!([{ "from": from, "to": token.address, "data": alloy_primitives::Bytes::from(mint.abi_encode()) }]);
        raw(context, "eth_sendTransaction", transaction)
            .await
            .with_context(|| format!("{} gives nothing away: it is no test double", token.unit.symbol))?;
        let balance = context.view(token.address, &Token::balance_of(account)).await?;
        context.out.line(format!(
            "{} more, {account} holds {}",
            token.show(amount),
            token.show(balance)
        ));
        given.push(json!({ "symbol": token.unit.symbol, "balance": exact(balance, token.unit.decimals) }));
    }
    context
        .out
        .finish(&json!({ "account": account.to_string(), "balances": given }));
    Ok(())
}

async fn pass(context: &Context, arguments: &Advance) -> Result<()> {
    let before = context.now().await?;
    let seconds = match (&arguments.duration, &arguments.to) {
        (Some(Span(seconds)), _) => *seconds,
        (None, Some(to)) => {
            let moment = moment(to, before)?;
            ensure!(moment > before, "{} is past: it is {}", date(moment), date(before));
            moment - before
        }
        (None, None) => bail!("say how long, or with --to until when"),
    };
    raw(context, "evm_increaseTime", json!([seconds])).await?;
    raw(context, "evm_mine", json!([])).await?;
    let after = context.now().await?;
    context.out.line(format!(
        "{} later, it is {}",
        roughly(after.saturating_sub(before)),
        date(after)
    ));
    context.out.finish(&json!({ "before": before, "after": after }));
    Ok(())
}

async fn accounts(context: &Context) -> Result<()> {
    let contracts = [
        names::USDAI,
        names::VAULT,
        names::AUCTION,
        names::CALIBER,
        names::POOL,
        names::COLLATERAL_AUCTION,
        names::SWAP_ADAPTER,
    ];
    let usdai = context.usdai()?;
    let mut reads = Reads::new();
    let mut asked = Vec::new();
    for index in 0..ACCOUNTS {
        let account = test_key(index)?.address();
        let balance = reads.add(usdai, &IERC20::balanceOfCall { account });
        let mut roles = Vec::new();
        for name in contracts {
            let Ok(contract) = context.deployment.contract(name) else {
                continue;
            };
            for role in ROLES {
                let call = IUSDai::hasRoleCall {
                    role: role_id(role),
                    account,
                };
                roles.push((name, role, reads.add(contract, &call)));
            }
        }
        asked.push((index, account, balance, roles));
    }
    let answers = context.read(reads).await?;
    let mut table = Table::new(&[
        ("index", Column::Right),
        ("account", Column::Left),
        ("ETH", Column::Right),
        ("USDai", Column::Right),
        ("may", Column::Left),
    ]);
    let mut told: Vec<Value> = Vec::new();
    for (index, account, balance, roles) in asked {
        let ether = context.ether(account).await?;
        let balance = answers.get(balance)?;
        let mut held = Vec::new();
        for (contract, role, read) in roles {
            if answers.get(read)? {
                held.push(format!("{contract}: {}", role.trim_end_matches("_ROLE")));
            }
        }
        table.row([
            index.to_string(),
            account.to_string(),
            show(ether, WAD_DECIMALS),
            show(balance, WAD_DECIMALS),
            held.join(", "),
        ]);
        told.push(account_json(index, account, ether, balance, &held));
    }
    context.out.table(&table);
    context
        .out
        .line("Everybody knows these keys (--mnemonic-index): never use them on a real network.");
    context.out.finish(&json!({ "accounts": told }));
    Ok(())
}

fn account_json(index: u32, account: Address, ether: U256, usdai: U256, roles: &[String]) -> Value {
    json!({
        "index": index,
        "account": account.to_string(),
        "ether": exact(ether, WAD_DECIMALS),
        "usdai": exact(usdai, WAD_DECIMALS),
        "roles": roles,
    })
}

/// Asks the chain for what only a development chain does.
async fn raw(context: &Context, method: &'static str, parameters: Value) -> Result<Value> {
    context
        .provider
        .raw_request(method.into(), parameters)
        .await
        .map_err(words)
        .with_context(|| method.to_owned())
}
