//! `usdai balance`: what an account holds, and what waits for it.

use alloy_primitives::U256;
use anyhow::Result;
use client::bindings::{IQevAuction, IStakedUSDai};
use serde_json::json;

use super::epoch::read_requests;
use super::staking::Price;
use crate::amount::{Unit, WAD_DECIMALS, exact, show};
use crate::context::Context;
use crate::output::{Column, Table};
use crate::reads::Reads;
use crate::tokens::Token;

/// What the help shows.
pub const EXAMPLES: &str = "Examples:
  usdai balance --account 0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65
  usdai --mnemonic-index 7 balance
  usdai balance --json | jq -r .susdai.worth";

/// Prints tokens, sUSDai with its worth, shares in the queue and what can be claimed.
///
/// # Errors
///
/// When the node does not answer, or no account is named.
pub async fn run(context: &Context) -> Result<()> {
    let account = context.account()?;
    let (vault, auction) = (context.vault()?, context.auction()?);
    let mut tokens = context.dollars().await?;
    tokens.push(context.usdai_token()?);
    let mut reads = Reads::new();
    let balances: Vec<_> = tokens
        .iter()
        .map(|token| reads.add(token.address, &Token::balance_of(account)))
        .collect();
    let shares = reads.add(vault, &IStakedUSDai::balanceOfCall { account });
    let price = reads.add(vault, &IStakedUSDai::redemptionSharePriceCall {});
    let nav = reads.add(vault, &IStakedUSDai::conservativeNavCall {});
    let total = reads.add(vault, &IStakedUSDai::totalSharesCall {});
    let claimable = reads.add(auction, &IQevAuction::claimableCall { controller: account });
    let requests = reads.add(auction, &IQevAuction::redemptionIdsCall { controller: account });
    let answers = context.read(reads).await?;
    let requests = answers.get(requests)?;
    let live = read_requests(context, &requests).await?;
    let pending = live.iter().fold(U256::ZERO, |sum, request| {
        sum.saturating_add(request.state.pendingShares)
    });
    let ether = context.ether(account).await?;

    let shares = answers.get(shares)?;
    let price = answers.get(price)?;
    let worth = Price {
        nav: answers.get(nav)?,
        shares: answers.get(total)?,
    };
    let (held, queued) = (worth.assets_of(shares), worth.assets_of(pending));
    let claimable = answers.get(claimable)?;

    let out = &context.out;
    let mut table = Table::new(&[("token", Column::Left), ("balance", Column::Right), ("", Column::Left)]);
    table.row(["ETH".to_owned(), show(ether, WAD_DECIMALS), String::new()]);
    let mut told = vec![json!({ "symbol": "ETH", "balance": exact(ether, WAD_DECIMALS) })];
    for (token, balance) in tokens.iter().zip(balances) {
        let (balance, unit) = (answers.get(balance)?, &token.unit);
        table.row([unit.symbol.clone(), show(balance, unit.decimals), String::new()]);
        told.push(json!({
            "symbol": unit.symbol,
            "balance": exact(balance, unit.decimals),
            "address": token.address.to_string(),
        }));
    }
    let usdai = Unit::usdai();
    table.row([
        "sUSDai".to_owned(),
        show(shares, WAD_DECIMALS),
        format!(
            "worth {} (a share: {} USDai)",
            usdai.show(held),
            exact(price / MICRO, 6)
        ),
    ]);
    if !pending.is_zero() {
        table.row([
            "in the queue".to_owned(),
            show(pending, WAD_DECIMALS),
            format!("worth {} now; requests {}", usdai.show(queued), listed(&requests)),
        ]);
    }
    if !claimable.shares.is_zero() || !claimable.assets.is_zero() {
        table.row([
            "claimable".to_owned(),
            show(claimable.shares, WAD_DECIMALS),
            format!("pays {}: usdai claim all", usdai.show(claimable.assets)),
        ]);
    }
    out.heading(format!("{account} on {}", context.deployment.network));
    out.table(&table);
    out.finish(&json!({
        "account": account.to_string(),
        "network": context.deployment.network,
        "time": answers.now,
        "tokens": told,
        "susdai": {
            "address": vault.to_string(),
            "balance": exact(shares, WAD_DECIMALS),
            "worth": exact(held, WAD_DECIMALS),
            "price": exact(price, WAD_DECIMALS),
        },
        "queue": {
            "requests": requests.iter().map(U256::to_string).collect::<Vec<_>>(),
            "shares": exact(pending, WAD_DECIMALS),
            "worth": exact(queued, WAD_DECIMALS),
        },
        "claimable": {
            "shares": exact(claimable.shares, WAD_DECIMALS),
            "usdai": exact(claimable.assets, WAD_DECIMALS),
        },
    }));
    Ok(())
}

/// A millionth of a WAD.
const MICRO: U256 = U256::from_limbs([1_000_000_000_000, 0, 0, 0]);

fn listed(requests: &[U256]) -> String {
    requests.iter().map(U256::to_string).collect::<Vec<_>>().join(", ")
}
