//! `usdai position`: an account's redemption requests, their places and bids, and where the epoch stands.

use alloy_primitives::U256;
use anyhow::Result;
use client::bindings::IQevAuction::RequestState;
use client::bindings::{IQevAuction, IStakedUSDai};
use serde_json::json;

use super::epoch::{Epoch, Request, requests_of};
use super::staking::Price;
use crate::amount::{Unit, WAD_DECIMALS, exact, percent, show};
use crate::context::Context;
use crate::openings::Store;
use crate::output::{Column, Table, bar};
use crate::reads::Reads;

/// What the help shows.
pub const EXAMPLES: &str = "Examples:
  usdai position
  usdai position --account 0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65 --json | jq .requests";

/// Prints the requests of an account and the epoch.
///
/// # Errors
///
/// When the node does not answer, or no account is named.
pub async fn run(context: &Context) -> Result<()> {
    let account = context.account()?;
    let (vault, auction) = (context.vault()?, context.auction()?);
    let epoch = Epoch::read(context).await?;
    let requests = requests_of(context, account).await?;
    let store = Store::of(context)?;
    let mut reads = Reads::new();
    let books = reads.add(vault, &IStakedUSDai::booksCall {});
    let nav = reads.add(vault, &IStakedUSDai::conservativeNavCall {});
    let total = reads.add(vault, &IStakedUSDai::totalSharesCall {});
    let unserviced = reads.add(auction, &IQevAuction::unservicedSharesCall {});
    let levels = reads.add(
        auction,
        &IQevAuction::levelsCall {
            epoch: U256::from(epoch.number),
        },
    );
    let answers = context.read(reads).await?;
    let (books, unserviced) = (answers.get(books)?, answers.get(unserviced)?);
    let price = Price {
        nav: answers.get(nav)?,
        shares: answers.get(total)?,
    };
    let levels = answers.get(levels)?;
    let (out, usdai, shares) = (&context.out, Unit::usdai(), Unit::susdai());
    out.heading(format!("{account} on {}", context.deployment.network));
    out.line(format!(" {}", epoch.describe()));
    out.line(format!(
        " the queue: {}, {} of them eligible; {} at auction; {} idle to pay with",
        shares.show(unserviced.queued),
        shares.show(unserviced.eligible),
        shares.show(unserviced.atAuction),
        usdai.show(books.idle)
    ));
    if requests.is_empty() {
        out.line(" no redemption requests");
    } else {
        out.table(&table_of(&requests, price, epoch.now));
    }
    let mut kept = Vec::new();
    for request in &requests {
        let openings = store.read(epoch.number, request.id)?;
        let known = openings
            .as_ref()
            .and_then(|openings| openings.opening_of(request.commitment));
        if let Some(opening) = known {
            out.line(format!(
                " the opening of the bid on request {} is kept here: {}",
                request.id,
                percent(U256::from(opening.discount_bps))
            ));
            kept.push(json!({ "request": request.id.to_string(), "discountBps": opening.discount_bps }));
        } else if !request.commitment.is_zero() && request.state.bidEpoch == U256::from(epoch.number) {
            out.line(format!(
                " careful: the opening of the bid on request {} is not kept in --home on this machine",
                request.id
            ));
        }
    }
    if !levels.shares.is_empty() {
        out.heading("Revealed so far");
        let most = levels.shares.iter().copied().max().unwrap_or_default();
        let mut table = Table::new(&[
            ("discount", Column::Right),
            ("sUSDai", Column::Right),
            ("", Column::Left),
        ]);
        for (discount, level) in levels.discountsBps.iter().zip(&levels.shares) {
            table.row([percent(*discount), show(*level, WAD_DECIMALS), bar(*level, most)]);
        }
        out.table(&table);
    }
    let told = requests.iter().map(|request| {
        let mut told = request.json();
        if let Some(told) = told.as_object_mut() {
            let worth = price.assets_of(request.state.pendingShares);
            told.insert("worth".into(), json!(exact(worth, WAD_DECIMALS)));
        }
        told
    });
    out.finish(&json!({
        "account": account.to_string(),
        "time": epoch.now,
        "epoch": epoch.json(),
        "queue": {
            "shares": exact(unserviced.queued, WAD_DECIMALS),
            "eligible": exact(unserviced.eligible, WAD_DECIMALS),
            "atAuction": exact(unserviced.atAuction, WAD_DECIMALS),
            "awaitingRestore": exact(unserviced.awaitingRestore, WAD_DECIMALS),
            "idle": exact(books.idle, WAD_DECIMALS),
        },
        "requests": told.collect::<Vec<_>>(),
        "openings": kept,
        "levels": levels.discountsBps.iter().zip(&levels.shares).map(|(discount, shares)| json!({
            "discountBps": discount.to_string(),
            "shares": exact(*shares, WAD_DECIMALS),
        })).collect::<Vec<_>>(),
    }));
    Ok(())
}

fn table_of(requests: &[Request], price: Price, now: u64) -> Table {
    let mut table = Table::new(&[
        ("request", Column::Right),
        ("sUSDai", Column::Right),
        ("worth now", Column::Right),
        ("ahead", Column::Right),
        ("claimable USDai", Column::Right),
        ("where it stands", Column::Left),
    ]);
    for request in requests {
        let state = &request.state;
        let mut standing = request.standing(now);
        if !state.discountBps.is_zero() {
            standing = format!("{standing} at {}", percent(state.discountBps));
        }
        table.row([
            request.id.to_string(),
            show(state.pendingShares, WAD_DECIMALS),
            show(price.assets_of(state.pendingShares), WAD_DECIMALS),
            if state.state == RequestState::Queued {
                show(state.sharesAhead, WAD_DECIMALS)
            } else {
                "—".into()
            },
            show(state.claimableAssets, WAD_DECIMALS),
            standing,
        ]);
    }
    table
}
