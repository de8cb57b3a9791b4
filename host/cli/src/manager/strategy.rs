//! What `STRATEGY_ADMIN_ROLE` does with the assets of sUSDai. Every plan shows what it does to the net asset value and to
//! the prices, at the same moment before and after.

use alloy_primitives::U256;
use anyhow::{Context as _, Result, bail, ensure};
use client::bindings::{ILoanPool, IQevAuction, IStakedUSDai};
use serde_json::json;

use crate::amount::{Decimal, Quantity, Unit, WAD_DECIMALS, exact, percent};
use crate::context::Context;
use crate::plan::Plan;
use crate::reads::Reads;
use crate::times::when;
use crate::tranche::share_unit;

impl Context {
    /// Shows what a plan does to sUSDai's value, prices and cash.
    ///
    /// # Errors
    ///
    /// When it is not deployed.
    pub(crate) fn watch_value(&self, plan: &mut Plan) -> Result<()> {
        let (vault, usdai) = (self.vault()?, Unit::usdai());
        let price = Unit::new("USDai a share", WAD_DECIMALS);
        plan.watch("net asset value, deposits", vault, &IStakedUSDai::navCall {}, &usdai);
        plan.watch(
            "net asset value, redemptions",
            vault,
            &IStakedUSDai::conservativeNavCall {},
            &usdai,
        );
        plan.watch("deposit price", vault, &IStakedUSDai::depositSharePriceCall {}, &price);
        plan.watch(
            "redemption price",
            vault,
            &IStakedUSDai::redemptionSharePriceCall {},
            &price,
        );
        plan.watch("idle", vault, &IStakedUSDai::booksCall {}, &usdai);
        Ok(())
    }
}

/// Harvests the base yield.
///
/// # Errors
///
/// Why it cannot be done; as for all of these.
pub async fn harvest(context: &Context, at_least: Option<Decimal>) -> Result<()> {
    let (vault, usdai) = (context.vault()?, Unit::usdai());
    let mut reads = Reads::new();
    let claimable = reads.add(vault, &IStakedUSDai::claimableBaseYieldCall {});
    let fee = reads.add(vault, &IStakedUSDai::baseYieldFeeCall {});
    let answers = context.read(reads).await?;
    let (claimable, fee) = (answers.get(claimable)?, answers.get(fee)?);
    let mut plan = Plan::new(format!("Harvest {} of base yield", usdai.show(claimable)));
    match at_least {
        Some(minimum) => plan.step(
            format!("harvest {minimum} USDai at least"),
            vault,
            &IStakedUSDai::depositBaseYieldCall {
                usdaiAmount: minimum.units(WAD_DECIMALS)?,
            },
            &usdai,
        ),
        None => plan.step(
            "harvest the yield of the reserves",
            vault,
            &IStakedUSDai::harvestBaseYieldCall {},
            &usdai,
        ),
    };
    if !fee.feeBps.is_zero() {
        plan.note(format!(
            "{} of it goes to {} as fee",
            percent(fee.feeBps),
            context.name_of(fee.feeRecipient)
        ));
    }
    context.watch_value(&mut plan)?;
    let done = context.carry_out(&plan).await?;
    let harvested = done.event::<IStakedUSDai::BaseYieldDeposited>(vault);
    context.out.finish(&done.json(json!({
        "deposited": harvested.as_ref().map(|event| exact(event.depositedAmount, WAD_DECIMALS)),
        "adminFee": harvested.as_ref().map(|event| exact(event.adminFee, WAD_DECIMALS)),
    })));
    Ok(())
}

/// Lends idle assets.
///
/// # Errors
///
/// Why it cannot be done.
pub async fn allocate(context: &Context, tranche: u8, amount: &Quantity) -> Result<()> {
    let (vault, usdai) = (context.vault()?, Unit::usdai());
    let idle = context.view(vault, &IStakedUSDai::booksCall {}).await?.idle;
    let assets = amount.units(WAD_DECIMALS, idle)?;
    ensure!(!assets.is_zero(), "there is nothing to lend: sUSDai has no idle assets");
    let mut plan = Plan::new(format!("Lend {} to tranche {tranche}", usdai.show(assets)));
    plan.step(
        format!("lend {} to tranche {tranche}", usdai.show(assets)),
        vault,
        &IStakedUSDai::allocateCall {
            tranche: U256::from(tranche),
            assets,
        },
        &usdai,
    );
    plan.cost(format!(
        "lends {} of sUSDai's idle assets to tranche {tranche}",
        usdai.show(assets)
    ));
    if tranche > 0 {
        plan.note("What is lent there comes back only after a notice of 45 days, and bears losses before tranche 0.");
    }
    context.watch_value(&mut plan)?;
    watch_tranche(context, &mut plan, tranche)?;
    let done = context.carry_out(&plan).await?;
    let allocated = done.event::<IStakedUSDai::Allocated>(vault);
    context.out.finish(&done.json(json!({
        "tranche": tranche,
        "shares": allocated.map(|event| exact(event.shares, WAD_DECIMALS)),
    })));
    Ok(())
}

/// Takes assets back from a tranche.
///
/// # Errors
///
/// Why it cannot be done.
pub async fn deallocate(
    context: &Context,
    tranche: u8,
    shares: Option<&Quantity>,
    usdai: Option<&Decimal>,
) -> Result<()> {
    let (vault, unit) = (context.vault()?, share_unit(tranche));
    let shares = match (shares, usdai) {
        (Some(shares), _) => shares.units(WAD_DECIMALS, redeemable(context, tranche).await?)?,
        (None, Some(wanted)) => shares_for(context, tranche, wanted.units(WAD_DECIMALS)?).await?,
        (None, None) => bail!("say how many shares, or how much USDai with --usdai"),
    };
    ensure!(
        !shares.is_zero(),
        "there is nothing to take back: sUSDai has no shares of tranche {tranche} that it can redeem now"
    );
    let mut plan = Plan::new(format!("Take {} back", unit.show(shares)));
    plan.step(
        format!("redeem {}", unit.show(shares)),
        vault,
        &IStakedUSDai::deallocateCall {
            tranche: U256::from(tranche),
            shares,
        },
        &unit,
    );
    plan.cost(format!("redeems {} at their conservative value", unit.show(shares)));
    context.watch_value(&mut plan)?;
    watch_tranche(context, &mut plan, tranche)?;
    let done = context.carry_out(&plan).await?;
    let back = done.event::<IStakedUSDai::Deallocated>(vault);
    context.out.finish(&done.json(json!({
        "tranche": tranche,
        "shares": exact(shares, WAD_DECIMALS),
        "assets": back.map(|event| exact(event.assets, WAD_DECIMALS)),
    })));
    Ok(())
}

/// The shares of a tranche that sUSDai can redeem now: of a junior one what is under notice.
async fn redeemable(context: &Context, tranche: u8) -> Result<U256> {
    let (vault, id) = (context.vault()?, U256::from(tranche));
    if tranche == 0 {
        return context
            .view(vault, &IStakedUSDai::trancheSharesCall { tranche: id })
            .await;
    }
    let notice = context
        .view(context.pool()?, &ILoanPool::noticeOfCall { account: vault, id })
        .await?;
    Ok(notice.shares)
}

/// So many shares pay at least `assets`.
async fn shares_for(context: &Context, tranche: u8, assets: U256) -> Result<U256> {
    let (pool, id) = (context.pool()?, U256::from(tranche));
    let mut reads = Reads::new();
    let supply = reads.add(pool, &ILoanPool::totalSupplyCall { id });
    let value = reads.add(pool, &ILoanPool::trancheCall { id });
    let answers = context.read(reads).await?;
    let (supply, value) = (answers.get(supply)?, answers.get(value)?.conservative);
    let value = alloy_primitives::U512::from(value);
    let product = assets.widening_mul::<256, 4, 512, 8>(supply);
    let shares = product
        .checked_div(value)
        .context("nothing backs the shares of this tranche")?;
    let exact: U256 = shares.saturating_to();
    let rest = product % value;
    Ok(if rest.is_zero() {
        exact
    } else {
        exact.saturating_add(U256::from(1))
    })
}

fn watch_tranche(context: &Context, plan: &mut Plan, tranche: u8) -> Result<()> {
    let call = IStakedUSDai::trancheSharesCall {
        tranche: U256::from(tranche),
    };
    plan.watch("held by sUSDai", context.vault()?, &call, &share_unit(tranche));
    Ok(())
}

/// Gives notice of shares of a junior tranche.
///
/// # Errors
///
/// Why it cannot be done.
pub async fn give_notice(context: &Context, tranche: u8, shares: &Quantity) -> Result<()> {
    let (vault, pool, unit) = (context.vault()?, context.pool()?, share_unit(tranche));
    let id = U256::from(tranche);
    let mut reads = Reads::new();
    let held = reads.add(vault, &IStakedUSDai::trancheSharesCall { tranche: id });
    let notice = reads.add(pool, &ILoanPool::noticeOfCall { account: vault, id });
    let answers = context.read(reads).await?;
    let (held, notice) = (answers.get(held)?, answers.get(notice)?);
    let shares = shares.units(WAD_DECIMALS, held.saturating_sub(notice.shares))?;
    let mut plan = Plan::new(format!("Give notice of {}", unit.show(shares)));
    plan.step(
        format!("give notice of {}", unit.show(shares)),
        vault,
        &IStakedUSDai::giveNoticeCall { tranche: id, shares },
        &unit,
    );
    if !notice.shares.is_zero() {
        plan.cost(format!(
            "begins the notice of {} anew, which ran until {}",
            unit.show(notice.shares),
            when(notice.from.saturating_to(), answers.now)
        ));
    }
    plan.watch(
        "under notice",
        pool,
        &ILoanPool::noticeOfCall { account: vault, id },
        &unit,
    );
    let done = context.carry_out(&plan).await?;
    let given = done.event::<ILoanPool::NoticeGiven>(pool);
    if let Some(given) = &given {
        let (from, until) = (given.from.saturating_to(), given.until.saturating_to());
        context.out.line(format!(
            " They can be taken back from {} to before {}.",
            when(from, answers.now),
            when(until, answers.now)
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

/// Takes a notice back.
///
/// # Errors
///
/// Why it cannot be done.
pub async fn cancel_notice(context: &Context, tranche: u8) -> Result<()> {
    let (vault, pool, unit) = (context.vault()?, context.pool()?, share_unit(tranche));
    let id = U256::from(tranche);
    let mut plan = Plan::new(format!("Take the notice on tranche {tranche} back"));
    plan.step(
        format!("take the notice on tranche {tranche} back"),
        vault,
        &IStakedUSDai::cancelNoticeCall { tranche: id },
        &unit,
    );
    plan.watch(
        "under notice",
        pool,
        &ILoanPool::noticeOfCall { account: vault, id },
        &unit,
    );
    let done = context.carry_out(&plan).await?;
    context.out.finish(&done.json(json!({ "tranche": tranche })));
    Ok(())
}

/// Announces what an auction may spend.
///
/// # Errors
///
/// Why it cannot be done.
pub async fn announce_limit(context: &Context, amount: &Decimal, epoch: Option<u64>) -> Result<()> {
    let (vault, auction, usdai) = (context.vault()?, context.auction()?, Unit::usdai());
    let assets = amount.units(WAD_DECIMALS)?;
    let mut reads = Reads::new();
    let running = reads.add(auction, &IQevAuction::currentEpochCall {});
    let books = reads.add(vault, &IStakedUSDai::booksCall {});
    let share = reads.add(auction, &IQevAuction::auctionShareBpsCall {});
    let answers = context.read(reads).await?;
    let epoch = epoch.map_or(answers.get(running)?.epoch, U256::from);
    let bids = context.view(auction, &IQevAuction::epochBidsCall { epoch }).await?;
    let (idle, share) = (answers.get(books)?.idle, answers.get(share)?);
    let mut plan = Plan::new(format!(
        "Announce that the auction of epoch {epoch} may spend {} at most",
        usdai.show(assets)
    ));
    plan.step(
        format!("announce {} for epoch {epoch}", usdai.show(assets)),
        vault,
        &IStakedUSDai::announceLimitCall { epoch, assets },
        &usdai,
    );
    plan.note(format!(
        "It spends the lesser of that and {} of what is then idle, {} as things stand.",
        percent(share),
        usdai.show(idle * share / U256::from(10_000))
    ));
    if bids.limitAnnounced {
        plan.note(format!(
            "It replaces the limit of {} announced before.",
            usdai.show(bids.announcedLimit)
        ));
    }
    let done = context.carry_out(&plan).await?;
    context.out.finish(&done.json(json!({
        "epoch": epoch.saturating_to::<u64>(),
        "limit": exact(assets, WAD_DECIMALS),
    })));
    Ok(())
}

/// Settles an auction.
///
/// # Errors
///
/// Why it cannot be done.
pub async fn settle(context: &Context) -> Result<()> {
    let (vault, auction, usdai) = (context.vault()?, context.auction()?, Unit::usdai());
    let mut plan = Plan::new("Settle the auction");
    plan.step(
        "settle the oldest ended epoch with bids",
        vault,
        &IStakedUSDai::settleAuctionCall {},
        &usdai,
    );
    context.watch_value(&mut plan)?;
    let simulation = context.simulate(&plan).await?;
    let settled = simulation.returned::<IStakedUSDai::settleAuctionCall>(0)?;
    plan.note(format!(
        "Epoch {}: {} are bought for {}; the rest comes back to the queue.",
        settled.epoch,
        Unit::susdai().show(settled.filledShares),
        usdai.show(settled.assets)
    ));
    let done = context.carry_out_simulated(&plan, simulation).await?;
    let event = done.event::<IQevAuction::AuctionSettled>(auction);
    if let Some(event) = &event {
        context.out.line(format!(
            " All winners pay {}; {} vest to those who stay; {} wait to be restored.",
            percent(event.clearingDiscountBps),
            usdai.show(event.gain),
            Unit::susdai().show(event.sharesAwaitingRestore)
        ));
    }
    context.out.finish(&done.json(json!({
        "epoch": settled.epoch.saturating_to::<u64>(),
        "filledShares": exact(settled.filledShares, WAD_DECIMALS),
        "assets": exact(settled.assets, WAD_DECIMALS),
        "clearingDiscountBps": event.as_ref().map(|event| event.clearingDiscountBps.saturating_to::<u64>()),
        "gain": event.as_ref().map(|event| exact(event.gain, WAD_DECIMALS)),
        "sharesAwaitingRestore": event.as_ref().map(|event| exact(event.sharesAwaitingRestore, WAD_DECIMALS)),
    })));
    Ok(())
}

/// Services the queue.
///
/// # Errors
///
/// Why it cannot be done.
pub async fn service(context: &Context, shares: &Quantity) -> Result<()> {
    let (vault, susdai) = (context.vault()?, Unit::susdai());
    let overview = context.overview().await?;
    let shares = shares.units(WAD_DECIMALS, overview.serviceable())?;
    ensure!(
        !shares.is_zero(),
        "nothing can be serviced: {} are eligible, and the idle assets pay for {}",
        susdai.show(overview.queue.eligible),
        susdai.show(overview.affordable())
    );
    let mut plan = Plan::new(format!("Service {} of the queue", susdai.show(shares)));
    plan.step(
        format!("service {}", susdai.show(shares)),
        vault,
        &IStakedUSDai::serviceRedemptionsCall { shares },
        &susdai,
    );
    context.watch_value(&mut plan)?;
    let simulation = context.simulate(&plan).await?;
    let assets = simulation.returned::<IStakedUSDai::serviceRedemptionsCall>(0)?;
    plan.note(format!("{} are reserved for them.", Unit::usdai().show(assets)));
    let done = context.carry_out_simulated(&plan, simulation).await?;
    let event = done.event::<IStakedUSDai::RedemptionsServiced>(vault);
    context.out.finish(&done.json(json!({
        "shares": exact(event.as_ref().map_or(shares, |event| event.shares), WAD_DECIMALS),
        "assets": exact(event.as_ref().map_or(assets, |event| event.amount), WAD_DECIMALS),
        "allServiced": event.as_ref().map(|event| event.allRedemptionsServiced),
    })));
    Ok(())
}
