//! `usdai stake`, `usdai unstake`, `usdai claim`, `usdai operator`: sUSDai, and the way out of it.

use alloy_primitives::{Address, U256, U512};
use anyhow::{Context as _, Result, bail, ensure};
use clap::{Args, Subcommand};
use client::bindings::{IQevAuction, IStakedUSDai};
use serde_json::json;

use super::epoch::{Epoch, read_request};
use crate::amount::{BasisPoints, Decimal, Quantity, Unit, WAD_DECIMALS, exact};
use crate::context::Context;
use crate::plan::Plan;
use crate::reads::Reads;
use crate::times::when;
use crate::tokens::Token;

/// What the help of `stake` shows.
pub const STAKE_EXAMPLES: &str = "Examples:
  usdai stake 1,000
  usdai stake all --dry-run";

/// What the help of `unstake` shows.
pub const UNSTAKE_EXAMPLES: &str = "Examples:
  usdai unstake 500                 puts 500 sUSDai into the redemption queue
  usdai unstake --usdai 500         as many as are worth 500 USDai now
  usdai unstake all
Then: usdai position; who will not wait bids: usdai bid";

/// What the help of `claim` shows.
pub const CLAIM_EXAMPLES: &str = "Examples:
  usdai claim                       all that was paid
  usdai claim --request 3           what was paid for request 3";

/// What the help of `operator` shows.
pub const OPERATOR_EXAMPLES: &str = "Examples:
  usdai operator set 0x70997970C51812dc3A010C7d01b50e0d17dc79C8
  usdai operator unset 0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

/// Stakes USDai.
#[derive(Clone, Debug, Args)]
pub struct Stake {
    /// How much USDai to stake: 1,000.5, or all
    amount: Quantity,
    /// Least sUSDai to accept; refuses less
    #[arg(long, value_name = "SHARES", conflicts_with = "slippage")]
    min: Option<Decimal>,
    /// How far below the quote the shares may be
    #[arg(long, value_name = "PERCENT", default_value = "0.1%")]
    slippage: BasisPoints,
    /// Account that receives the shares [default: the one that pays]
    #[arg(long, value_name = "ADDRESS")]
    to: Option<Address>,
}

/// Requests a redemption.
#[derive(Clone, Debug, Args)]
pub struct Unstake {
    /// How many sUSDai to redeem: 500, or all
    #[arg(required_unless_present = "usdai")]
    shares: Option<Quantity>,
    /// As many as are worth so much USDai now
    #[arg(long, value_name = "AMOUNT", conflicts_with = "shares")]
    usdai: Option<Decimal>,
}

/// Claims what was serviced.
#[derive(Clone, Debug, Args)]
pub struct Claim {
    /// Request to claim, or all
    #[arg(long, value_name = "ID", default_value = "all")]
    request: String,
    /// Account that receives the USDai [default: the one that claims]
    #[arg(long, value_name = "ADDRESS")]
    to: Option<Address>,
}

/// Lets others act for an account.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum Operator {
    /// Lets an address request, bid and claim for the account
    Set {
        /// The operator
        operator: Address,
    },
    /// Takes that back
    Unset {
        /// The operator
        operator: Address,
    },
}

/// Runs `usdai stake`.
///
/// # Errors
///
/// When it cannot be done, in words.
pub async fn stake(context: &Context, arguments: &Stake) -> Result<()> {
    let account = context.account()?;
    let (usdai, vault) = (context.usdai_token()?, context.vault()?);
    let balance = context.view(usdai.address, &Token::balance_of(account)).await?;
    let amount = arguments.amount.units(WAD_DECIMALS, balance)?;
    ensure!(!amount.is_zero(), "there is no USDai to stake");
    ensure!(
        amount <= balance,
        "{account} holds {}, not {}",
        usdai.show(balance),
        usdai.show(amount)
    );
    let quote = context
        .view(vault, &IStakedUSDai::previewDepositCall { assets: amount })
        .await?;
    let least = match &arguments.min {
        Some(min) => min.units(WAD_DECIMALS)?,
        None => quote.saturating_mul(U256::from(10_000 - arguments.slippage.0)) / U256::from(10_000),
    };
    let receiver = arguments.to.unwrap_or(account);
    let shares = Token::new(vault, Unit::susdai());
    let mut plan = Plan::new(format!("Stake {}", usdai.show(amount)));
    context.approve(&mut plan, &usdai, vault, amount).await?;
    let deposit = IStakedUSDai::deposit_1Call {
        amount,
        receiver,
        minShares: least,
    };
    plan.step(format!("stake {}", usdai.show(amount)), vault, &deposit, &usdai.unit)
        .at_least(least, &shares.unit)
        .watch_balance(&usdai, account)
        .watch_balance(&shares, receiver)
        .cost(format!("spends {}", usdai.show(amount)))
        .note(format!(
            "quote: {}; at least {}",
            shares.show(quote),
            shares.show(least)
        ))
        .note("shares are redeemed through a queue: usdai unstake");
    let done = context.carry_out(&plan).await?;
    let minted = done.event::<IStakedUSDai::Deposit>(vault).map(|event| event.shares);
    context.out.finish(&done.json(json!({
        "quote": exact(quote, WAD_DECIMALS),
        "minimum": exact(least, WAD_DECIMALS),
        "shares": minted.map(|shares| exact(shares, WAD_DECIMALS)),
    })));
    Ok(())
}

/// Runs `usdai unstake`.
///
/// # Errors
///
/// When it cannot be done, in words.
pub async fn unstake(context: &Context, arguments: &Unstake) -> Result<()> {
    let account = context.account()?;
    let (vault, auction) = (context.vault()?, context.auction()?);
    let mut reads = Reads::new();
    let balance = reads.add(vault, &IStakedUSDai::balanceOfCall { account });
    let nav = reads.add(vault, &IStakedUSDai::conservativeNavCall {});
    let total = reads.add(vault, &IStakedUSDai::totalSharesCall {});
    let answers = context.read(reads).await?;
    let price = Price {
        nav: answers.get(nav)?,
        shares: answers.get(total)?,
    };
    let (unit, balance) = (Unit::susdai(), answers.get(balance)?);
    let shares = match (&arguments.shares, &arguments.usdai) {
        (Some(shares), _) => shares.units(WAD_DECIMALS, balance)?,
        (None, Some(worth)) => price.shares_of(worth.units(WAD_DECIMALS)?)?,
        (None, None) => bail!("say how many shares, or with --usdai how much they shall be worth"),
    };
    ensure!(!shares.is_zero(), "there is no sUSDai to redeem");
    ensure!(
        shares <= balance,
        "{account} holds {}, not {}",
        unit.show(balance),
        unit.show(shares)
    );
    let epoch = Epoch::read(context).await?;
    let queued = context
        .view(auction, &IQevAuction::unservicedSharesCall {})
        .await?
        .queued;
    let from = context.view(vault, &IStakedUSDai::redemptionTimestampCall {}).await?;
    let request = IStakedUSDai::requestRedeemCall {
        shares,
        controller: account,
        owner: account,
    };
    let mut plan = Plan::new(format!("Request the redemption of {}", unit.show(shares)));
    let worth = Unit::usdai().show(price.assets_of(shares));
    plan.step(
        format!("request the redemption of {}", unit.show(shares)),
        vault,
        &request,
        &unit,
    )
    .watch_balance(&Token::new(vault, unit.clone()), account)
    .cost(format!(
        "puts {} into the redemption queue, from which they do not come back",
        unit.show(shares)
    ))
    .note(format!(
        "worth {worth} at today's redemption price; paid is the price of the day on which its turn comes"
    ))
    .note(format!(
        "{} are ahead; its turn can come from {}",
        unit.show(queued),
        when(from, epoch.now)
    ))
    .note(epoch.describe());
    let done = context.carry_out(&plan).await?;
    let id = done
        .event::<IStakedUSDai::RedeemRequest>(vault)
        .map(|event| event.requestId);
    if let Some(id) = id {
        context.out.line(format!(
            " request {id}: see usdai position; to go first, usdai bid {id} <discount>"
        ));
    }
    context.out.finish(&done.json(json!({
        "request": id.map(|id| id.to_string()),
        "shares": exact(shares, WAD_DECIMALS),
        "worth": exact(price.assets_of(shares), WAD_DECIMALS),
        "sharesAhead": exact(queued, WAD_DECIMALS),
        "eligibleFrom": from,
    })));
    Ok(())
}

/// What redemptions are priced at.
#[derive(Clone, Copy, Debug)]
pub struct Price {
    /// The conservative net asset value.
    pub nav: U256,
    /// The shares that divide it.
    pub shares: U256,
}

impl Price {
    /// What shares are worth, rounded down.
    pub fn assets_of(&self, shares: U256) -> U256 {
        let product = shares.widening_mul::<256, 4, 512, 8>(self.nav);
        product
            .checked_div(U512::from(self.shares))
            .unwrap_or_default()
            .saturating_to()
    }

    /// The least shares that are worth so much.
    ///
    /// # Errors
    ///
    /// When shares are worth nothing.
    pub fn shares_of(&self, assets: U256) -> Result<U256> {
        ensure!(!self.nav.is_zero(), "shares are worth nothing at the moment");
        let product = assets.widening_mul::<256, 4, 512, 8>(self.shares);
        Ok(product.div_ceil(U512::from(self.nav)).saturating_to())
    }
}

/// Runs `usdai claim`.
///
/// # Errors
///
/// When nothing can be claimed, or it cannot be done.
pub async fn claim(context: &Context, arguments: &Claim) -> Result<()> {
    let account = context.account()?;
    let (vault, auction, usdai) = (context.vault()?, context.auction()?, context.usdai_token()?);
    let receiver = arguments.to.unwrap_or(account);
    let shares_unit = Unit::susdai();
    let mut plan = Plan::new("Claim");
    let claimed = if arguments.request == "all" {
        let claimable = context
            .view(auction, &IQevAuction::claimableCall { controller: account })
            .await?;
        ensure!(
            !claimable.shares.is_zero(),
            "nothing can be claimed now: see usdai position"
        );
        let call = IStakedUSDai::redeemCall {
            shares: claimable.shares,
            receiver,
            controller: account,
        };
        let text = format!(
            "claim {} for {}",
            usdai.show(claimable.assets),
            shares_unit.show(claimable.shares)
        );
        plan.step(text, vault, &call, &shares_unit);
        claimable.shares
    } else {
        let id = request_id(&arguments.request)?;
        let request = read_request(context, id).await?;
        let state = &request.state;
        ensure!(
            !state.claimableShares.is_zero(),
            "nothing of request {id} can be claimed now: {}",
            request.standing(context.now().await?)
        );
        let call = IStakedUSDai::redeemRequestCall {
            requestId: id,
            shares: state.claimableShares,
            receiver,
        };
        let text = format!("claim {} of request {id}", usdai.show(state.claimableAssets));
        plan.step(text, vault, &call, &shares_unit);
        state.claimableShares
    };
    plan.watch_balance(&usdai, receiver);
    let done = context.carry_out(&plan).await?;
    let paid = done.event::<IStakedUSDai::Withdraw>(vault).map(|event| event.assets);
    context.out.finish(&done.json(json!({
        "shares": exact(claimed, WAD_DECIMALS),
        "paid": paid.map(|paid| exact(paid, WAD_DECIMALS)),
    })));
    Ok(())
}

/// A request's id as it was written.
///
/// # Errors
///
/// When it is no whole number.
pub fn request_id(text: &str) -> Result<U256> {
    U256::from_str_radix(text.trim(), 10).with_context(|| format!("{text:?} is no request: write its number"))
}

/// Runs `usdai operator`.
///
/// # Errors
///
/// When it cannot be done, in words.
pub async fn operator(context: &Context, arguments: Operator) -> Result<()> {
    let account = context.account()?;
    let vault = context.vault()?;
    let (operator, approved) = match arguments {
        Operator::Set { operator } => (operator, true),
        Operator::Unset { operator } => (operator, false),
    };
    let name = context.name_of(operator);
    let mut plan = Plan::new("Operators of sUSDai");
    let call = IStakedUSDai::setOperatorCall { operator, approved };
    let is_operator = IStakedUSDai::isOperatorCall {
        controller: account,
        operator,
    };
    let text = if approved {
        plan.cost(format!(
            "lets {name} redeem all sUSDai of {account}, bid for it and claim for it"
        ));
        format!("make {name} an operator")
    } else {
        format!("dismiss the operator {name}")
    };
    plan.step(text, vault, &call, &Unit::number())
        .watch("is operator (1: yes)", vault, &is_operator, &Unit::number());
    let done = context.carry_out(&plan).await?;
    context.out.finish(&done.json(json!({
        "operator": operator.to_string(),
        "approved": approved,
    })));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_their_worth_are_rounded_against_who_leaves() {
        let price = Price {
            nav: U256::from(20),
            shares: U256::from(7),
        };
        assert_eq!(price.assets_of(U256::from(3)), U256::from(8));
        assert_eq!(price.shares_of(U256::from(8)).unwrap(), U256::from(3));
        assert_eq!(price.shares_of(U256::from(9)).unwrap(), U256::from(4));
        let nothing = Price {
            nav: U256::ZERO,
            shares: U256::ZERO,
        };
        assert_eq!(nothing.assets_of(U256::MAX), U256::ZERO);
        assert!(nothing.shares_of(U256::from(1)).is_err());
        let large = Price {
            nav: U256::MAX,
            shares: U256::MAX,
        };
        assert_eq!(large.assets_of(U256::MAX), U256::MAX);
    }

    #[test]
    fn requests_are_whole_numbers() {
        assert_eq!(request_id(" 12 ").unwrap(), U256::from(12));
        assert!(request_id("1.5").is_err());
        assert!(request_id("first").is_err());
    }
}
