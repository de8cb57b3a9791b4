//! `usdai bid`, `usdai reveal`, `usdai withdraw-bid`, `usdai restore`: priority in the monthly auction.

use alloy_primitives::{B256, U256};
use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use client::bindings::IQevAuction::{Phase, RequestState};
use client::bindings::{IQevAuction, IStakedUSDai};
use client::sealing::commitment;
use serde_json::json;

use super::epoch::{Epoch, Request, read_request, read_requests, requests_of};
use super::staking::{Price, request_id};
use crate::amount::{BasisPoints, Unit, percent};
use crate::context::Context;
use crate::openings::{Opening, Openings, Store};
use crate::plan::Plan;
use crate::reads::Reads;
use crate::times::{roughly, when};

/// What the help of `bid` shows.
pub const BID_EXAMPLES: &str = "Examples:
  usdai bid 3 1.5%                  seal a bid of 1.5 % on request 3, or replace the sealed one
  usdai bid 3 150bps --dry-run

The discount stays secret until you reveal it in the reveal phase (usdai reveal). What opens the
bid is kept on this machine, in --home: whoever loses it cannot reveal, and forfeits the bond.";

/// What the help of `reveal` shows.
pub const REVEAL_EXAMPLES: &str = "Examples:
  usdai reveal                      all bids whose openings are kept here
  usdai reveal 3";

/// What the help of `withdraw-bid` shows.
pub const WITHDRAW_EXAMPLES: &str = "Examples:
  usdai withdraw-bid 3              in the bid phase; the request gets its place in the queue back";

/// What the help of `restore` shows.
pub const RESTORE_EXAMPLES: &str = "Examples:
  usdai restore                     all requests of the account that were at auction
  usdai restore 3";

/// Seals a bid.
#[derive(Clone, Debug, Args)]
pub struct Bid {
    /// The request that shall go first
    request: String,
    /// The discount for it: 1.5% or 150bps
    discount: BasisPoints,
}

/// Reveals bids.
#[derive(Clone, Debug, Args)]
pub struct Reveal {
    /// The request whose bid is revealed [default: all that are kept here]
    request: Option<String>,
    /// All bids whose openings are kept here
    #[arg(long, conflicts_with = "request")]
    all: bool,
}

/// Withdraws a bid.
#[derive(Clone, Debug, Args)]
pub struct WithdrawBid {
    /// The request
    request: String,
}

/// Brings requests back from an auction.
#[derive(Clone, Debug, Args)]
pub struct Restore {
    /// The request [default: all of the account that were at auction]
    request: Option<String>,
    /// All requests of the account that were at auction
    #[arg(long, conflicts_with = "request")]
    all: bool,
}

/// Runs `usdai bid`.
///
/// # Errors
///
/// When it cannot be done, in words.
pub async fn bid(context: &Context, arguments: &Bid) -> Result<()> {
    let id = request_id(&arguments.request)?;
    let epoch = Epoch::read(context).await?;
    epoch.require_bid_phase()?;
    let discount = u64::from(arguments.discount.0);
    let [minimum, maximum, bond_bps] = epoch.bounds;
    ensure!(
        (minimum..=maximum).contains(&discount),
        "a discount of {} is out of bounds: bid from {} to {}",
        arguments.discount,
        percent(U256::from(minimum)),
        percent(U256::from(maximum))
    );
    let request = read_request(context, id).await?;
    let store = Store::of(context)?;
    // The bid is tried with an opening that is forgotten; the real one is on the disk before anything is sent.
    let trial = commitment(
        context.chain_id(),
        context.auction()?,
        epoch.number,
        id,
        arguments.discount.0,
        B256::random(),
    );
    let plan = bid_plan(context, &epoch, &request, arguments.discount, trial).await?;
    let simulation = context.simulate(&plan).await?;
    let (plan, opening) = if context.options.dry_run {
        (plan, None)
    } else {
        let opening = store.seal(epoch.number, id, arguments.discount.0, epoch.now)?;
        let plan = bid_plan(context, &epoch, &request, arguments.discount, opening.commitment).await?;
        (plan, Some(opening))
    };
    let done = context.carry_out_simulated(&plan, simulation).await?;
    let file = store.file(epoch.number, id);
    if opening.is_some() {
        context
            .out
            .line(format!(" the opening is kept in {}: do not lose it", file.display()));
        context.out.line(format!(
            " reveal it with usdai reveal, from {} to {}",
            when(epoch.bid_end, epoch.now),
            when(epoch.end, epoch.now)
        ));
    }
    context.out.finish(&done.json(json!({
        "request": id.to_string(),
        "epoch": epoch.number,
        "discountBps": discount,
        "bondBps": bond_bps,
        "commitment": opening.as_ref().map(|opening| opening.commitment),
        "opening": opening.is_some().then(|| file.display().to_string()),
        "revealFrom": epoch.bid_end,
        "revealUntil": epoch.end,
    })));
    Ok(())
}

async fn bid_plan(
    context: &Context,
    epoch: &Epoch,
    request: &Request,
    discount: BasisPoints,
    commitment: B256,
) -> Result<Plan> {
    let (vault, id) = (context.vault()?, request.id);
    let (shares, usdai) = (Unit::susdai(), Unit::usdai());
    let pending = request.state.pendingShares;
    let mut reads = Reads::new();
    let nav = reads.add(vault, &IStakedUSDai::conservativeNavCall {});
    let total = reads.add(vault, &IStakedUSDai::totalSharesCall {});
    let answers = context.read(reads).await?;
    let price = Price {
        nav: answers.get(nav)?,
        shares: answers.get(total)?,
    };
    let worth = price.assets_of(pending);
    let part = |amount: U256, basis_points: u64| amount.saturating_mul(U256::from(basis_points)) / U256::from(10_000);
    let [_, _, bond_bps] = epoch.bounds;
    let bond = part(pending, bond_bps);
    let call = IStakedUSDai::commitBidCall {
        requestId: id,
        commitment,
    };
    let verb = if request.state.state == RequestState::Sealed {
        "replace the sealed bid"
    } else {
        "seal a bid"
    };
    let mut plan = Plan::new(format!("Bid {discount} for request {id} in epoch {}", epoch.number));
    plan.step(format!("{verb} on request {id}"), vault, &call, &shares)
        .cost(format!(
            "takes {} out of the queue until epoch {} is settled, and forfeits {} of them ({}) if the bid is not \
             revealed in time",
            shares.show(pending),
            epoch.number,
            shares.show(bond),
            percent(U256::from(bond_bps))
        ))
        .note(format!(
            "if it wins, {discount} of {} is given up at most: {}; all winners pay the same discount",
            usdai.show(worth),
            usdai.show(part(worth, u64::from(discount.0)))
        ))
        .note(format!(
            "reveal it from {} to {}",
            when(epoch.bid_end, epoch.now),
            when(epoch.end, epoch.now)
        ))
        .note("without its opening, which is kept in --home, a bid cannot be revealed and the bond is lost");
    Ok(plan)
}

/// Runs `usdai reveal`.
///
/// # Errors
///
/// When there is nothing to reveal here and now, or it cannot be done.
pub async fn reveal(context: &Context, arguments: &Reveal) -> Result<()> {
    let epoch = Epoch::read(context).await?;
    epoch.require_reveal_phase()?;
    let store = Store::of(context)?;
    let found = match &arguments.request {
        Some(text) => {
            let id = request_id(text)?;
            let openings = store.read(epoch.number, id)?;
            vec![openings.with_context(|| {
                format!(
                    "the opening of request {id} in epoch {} is not kept in {}",
                    epoch.number,
                    store.file(epoch.number, id).display()
                )
            })?]
        }
        None => store.of_epoch(epoch.number)?,
    };
    let mut revealed = Vec::new();
    let mut left = Vec::new();
    let mut plan = Plan::new(format!("Reveal bids of epoch {}", epoch.number));
    let auction = context.auction()?;
    for openings in &found {
        match check_opening(context, &epoch, openings).await? {
            Ok(opening) => {
                let id = openings.request_id()?;
                let call = IQevAuction::revealBidCall {
                    requestId: id,
                    discountBps: opening.discount_bps,
                    salt: opening.salt,
                };
                let discount = BasisPoints(opening.discount_bps);
                plan.step(
                    format!("reveal {discount} for request {id}"),
                    auction,
                    &call,
                    &Unit::susdai(),
                );
                revealed.push(json!({ "request": openings.request, "discountBps": opening.discount_bps }));
            }
            Err(why) if arguments.request.is_some() => bail!(why),
            Err(why) => left.push(why),
        }
    }
    if plan.is_empty() {
        let whys = if left.is_empty() {
            String::new()
        } else {
            format!(": {}", left.join("; "))
        };
        bail!(
            "no sealed bid of epoch {} can be opened with what is kept in --home{whys}",
            epoch.number
        );
    }
    for why in left {
        plan.note(why);
    }
    plan.note(format!(
        "the reveal phase lasts {} more, until {}",
        roughly(epoch.end.saturating_sub(epoch.now)),
        when(epoch.end, epoch.now)
    ));
    let done = context.carry_out(&plan).await?;
    context.out.finish(&done.json(json!({
        "epoch": epoch.number,
        "revealed": revealed,
        "revealUntil": epoch.end,
    })));
    Ok(())
}

/// The opening that the chain's commitment binds, or why none can be revealed. The commitment is computed anew, so
/// that a changed file costs no transaction.
async fn check_opening<'a>(
    context: &Context,
    epoch: &Epoch,
    openings: &'a Openings,
) -> Result<Result<&'a Opening, String>> {
    let id = openings.request_id()?;
    let Ok(request) = read_request(context, id).await else {
        return Ok(Err(format!("request {id} is no more")));
    };
    let sealed_now = request.state.bidEpoch == U256::from(epoch.number);
    Ok(match request.state.state {
        RequestState::Revealed if sealed_now => Err(format!("the bid on request {id} is revealed already")),
        RequestState::Sealed if sealed_now => openings
            .bids
            .iter()
            .rev()
            .find(|opening| {
                let bound = commitment(
                    context.chain_id(),
                    openings.auction,
                    epoch.number,
                    id,
                    opening.discount_bps,
                    opening.salt,
                );
                bound == request.commitment
            })
            .ok_or_else(|| {
                format!(
                    "none of the openings kept for request {id} opens its bid, {}",
                    request.commitment
                )
            }),
        _ => Err(format!("request {id} has no sealed bid in epoch {}", epoch.number)),
    })
}

/// Runs `usdai withdraw-bid`.
///
/// # Errors
///
/// When it cannot be done, in words.
pub async fn withdraw_bid(context: &Context, arguments: &WithdrawBid) -> Result<()> {
    let id = request_id(&arguments.request)?;
    let epoch = Epoch::read(context).await?;
    epoch.require_bid_phase()?;
    let request = read_request(context, id).await?;
    ensure!(
        request.state.state == RequestState::Sealed && request.state.bidEpoch == U256::from(epoch.number),
        "request {id} has no sealed bid in epoch {}: it is {}",
        epoch.number,
        request.standing(epoch.now)
    );
    let mut plan = Plan::new(format!("Withdraw the bid on request {id}"));
    let call = IStakedUSDai::withdrawBidCall { requestId: id };
    plan.step(
        format!("withdraw the bid on request {id}"),
        context.vault()?,
        &call,
        &Unit::susdai(),
    )
    .note("the request has its place in the queue again; another bid can be sealed until the bid phase ends");
    let done = context.carry_out(&plan).await?;
    context
        .out
        .finish(&done.json(json!({ "request": id.to_string(), "epoch": epoch.number })));
    Ok(())
}

/// Runs `usdai restore`.
///
/// # Errors
///
/// When nothing can be restored, or it cannot be done.
pub async fn restore(context: &Context, arguments: &Restore) -> Result<()> {
    let requests = match &arguments.request {
        Some(text) => vec![read_request(context, request_id(text)?).await?],
        None => requests_of(context, context.account()?).await?,
    };
    let epoch = Epoch::read(context).await?;
    let mut plan = Plan::new("Bring requests back from the auction");
    let mut restored = Vec::new();
    for request in &requests {
        let id = request.id;
        if let Some(why) = cannot_be_restored(context, &epoch, request).await? {
            ensure!(arguments.request.is_none(), why);
            continue;
        }
        let call = IQevAuction::restoreCall { requestId: id };
        plan.step(
            format!("credit what request {id} won and bring the rest back"),
            context.auction()?,
            &call,
            &Unit::susdai(),
        );
        restored.push(id);
    }
    ensure!(
        !plan.is_empty(),
        "no request of the account waits to come back from a settled auction"
    );
    let done = context.carry_out(&plan).await?;
    if done.is_sent() {
        for request in read_requests(context, &restored).await? {
            context
                .out
                .line(format!(" request {}: {}", request.id, request.standing(epoch.now)));
        }
    }
    context.out.finish(&done.json(json!({
        "restored": restored.iter().map(U256::to_string).collect::<Vec<_>>(),
    })));
    Ok(())
}

/// Why a request cannot come back from an auction, if it cannot.
async fn cannot_be_restored(context: &Context, epoch: &Epoch, request: &Request) -> Result<Option<String>> {
    let (id, state) = (request.id, &request.state);
    if !matches!(state.state, RequestState::Sealed | RequestState::Revealed) {
        return Ok(Some(format!(
            "request {id} is not at auction: it is {}",
            request.standing(epoch.now)
        )));
    }
    if state.bidEpoch >= U256::from(epoch.number) && epoch.phase != Phase::BeforeGenesis {
        return Ok(Some(format!(
            "epoch {} is not over: it ends {}",
            state.bidEpoch,
            when(epoch.end, epoch.now)
        )));
    }
    let result = IQevAuction::epochResultCall { epoch: state.bidEpoch };
    let settled_at = context.view(context.auction()?, &result).await?.settledAt;
    Ok(settled_at
        .is_zero()
        .then(|| format!("the auction of epoch {} is not settled yet", state.bidEpoch)))
}
