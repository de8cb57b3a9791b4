//! `usdai mint` and `usdai redeem`: USDai for dollars and back.

use alloy_primitives::{Address, Bytes, U256};
use anyhow::{Result, ensure};
use clap::Args;
use client::bindings::{ISwapAdapter, IUSDai};
use serde_json::json;

use crate::amount::{BasisPoints, Decimal, Quantity, Unit, WAD_DECIMALS, exact, percent};
use crate::context::Context;
use crate::plan::{Plan, Simulation};
use crate::tokens::{Token, USDC, WM};

/// What the help of `mint` shows.
pub const MINT_EXAMPLES: &str = "Examples:
  usdai mint 1,000                         with wM, one for one
  usdai mint all --with usdc               over Uniswap, at most 0.1 % below the quote
  usdai mint 500 --with usdt --min 499.5   refuse less than 499.5 USDai";

/// What the help of `redeem` shows.
pub const REDEEM_EXAMPLES: &str = "Examples:
  usdai redeem 1,000                       for wM, one for one
  usdai redeem all --for usdc              over Uniswap, at most 0.1 % below the quote
  usdai redeem 500 --for usdt --dry-run    see first what it would bring";

/// Fee tiers of Uniswap V3 in which pairs of dollars trade, in hundredths of a basis point.
const FEE_TIERS: [u32; 3] = [100, 500, 3_000];

/// Decimals of wrapped M.
const WM_DECIMALS: u8 = 6;

/// Below par by more than this, the quote is remarked on; in basis points.
const REMARKABLE: u64 = 50;

/// Mints USDai.
#[derive(Clone, Debug, Args)]
pub struct Mint {
    /// How much of the token to give: 1,000.5, or all
    amount: Quantity,
    /// Token to pay with: wm, usdc, usdt
    #[arg(long = "with", value_name = "TOKEN", default_value = WM)]
    token: String,
    #[command(flatten)]
    bound: Bound,
}

/// Redeems USDai.
#[derive(Clone, Debug, Args)]
pub struct Redeem {
    /// How much USDai to give: 1,000.5, or all
    amount: Quantity,
    /// Token to receive: wm, usdc, usdt
    #[arg(long = "for", value_name = "TOKEN", default_value = WM)]
    token: String,
    #[command(flatten)]
    bound: Bound,
}

/// What is accepted.
#[derive(Clone, Debug, Args)]
struct Bound {
    /// Least amount to accept; refuses less
    #[arg(long, value_name = "AMOUNT", conflicts_with = "slippage")]
    min: Option<Decimal>,
    /// How far below the quote a swap may end
    #[arg(long, value_name = "PERCENT", default_value = "0.1%")]
    slippage: BasisPoints,
    /// Account that receives [default: the one that pays]
    #[arg(long, value_name = "ADDRESS")]
    to: Option<Address>,
}

impl Bound {
    /// The least to accept of a quote. What is not swapped comes exactly.
    fn minimum(&self, quote: U256, decimals: u8, swapped: bool) -> Result<U256> {
        match &self.min {
            Some(min) => min.units(decimals),
            None if swapped => {
                let kept = U256::from(10_000 - self.slippage.0);
                Ok(quote.saturating_mul(kept) / U256::from(10_000))
            }
            None => Ok(quote),
        }
    }
}

/// Runs `usdai mint`.
///
/// # Errors
///
/// When it cannot be done, in words.
pub async fn mint(context: &Context, arguments: &Mint) -> Result<()> {
    let account = context.account()?;
    let (usdai, token) = (context.usdai_token()?, context.dollar(&arguments.token).await?);
    let balance = context.view(token.address, &Token::balance_of(account)).await?;
    let amount = arguments.amount.units(token.unit.decimals, balance)?;
    ensure!(!amount.is_zero(), "there is no {} to mint with", token.unit.symbol);
    ensure!(
        amount <= balance,
        "{account} holds {}, not {}",
        token.show(balance),
        token.show(amount)
    );
    let recipient = arguments.bound.to.unwrap_or(account);
    let mut base = Plan::new(format!("Mint USDai with {}", token.show(amount)));
    context.approve(&mut base, &token, usdai.address, amount).await?;
    let build = |path: Bytes, minimum: U256| {
        let mut plan = base.clone();
        let text = format!("mint USDai with {}", token.show(amount));
        let call = IUSDai::deposit_1Call {
            depositToken: token.address,
            depositAmount: amount,
            usdaiAmountMinimum: minimum,
            recipient,
            data: path,
        };
        // A swap that falls short tells its bound in wM.
        let in_wm = minimum.div_ceil(U256::from(10).pow(U256::from(WAD_DECIMALS - WM_DECIMALS)));
        plan.step(text, usdai.address, &call, &token.unit)
            .at_least(minimum, &usdai.unit)
            .at_least(in_wm, &Unit::new("wM", WM_DECIMALS))
            .watch_balance(&token, account)
            .watch_balance(&usdai, recipient)
            .cost(format!("spends {}", token.show(amount)));
        plan
    };
    let returned = |simulation: &Simulation, step: usize| simulation.returned::<IUSDai::deposit_1Call>(step);
    let (path, quote) = best_route(context, &token, false, build, returned).await?;
    let swapped = arguments.token != WM;
    let minimum = arguments.bound.minimum(quote, WAD_DECIMALS, swapped)?;
    let mut plan = build(path, minimum);
    describe_quote(&mut plan, (&token, amount), (&usdai, quote), minimum);
    let done = context.carry_out(&plan).await?;
    let minted = done
        .event::<IUSDai::Deposited>(usdai.address)
        .map(|event| event.mintAmount);
    context.out.finish(&done.json(json!({
        "quote": exact(quote, WAD_DECIMALS),
        "minimum": exact(minimum, WAD_DECIMALS),
        "minted": minted.map(|minted| exact(minted, WAD_DECIMALS)),
    })));
    Ok(())
}

/// Runs `usdai redeem`.
///
/// # Errors
///
/// When it cannot be done, in words.
pub async fn redeem(context: &Context, arguments: &Redeem) -> Result<()> {
    let account = context.account()?;
    let (usdai, token) = (context.usdai_token()?, context.dollar(&arguments.token).await?);
    let balance = context.view(usdai.address, &Token::balance_of(account)).await?;
    let amount = arguments.amount.units(WAD_DECIMALS, balance)?;
    ensure!(!amount.is_zero(), "there is no USDai to redeem");
    ensure!(
        amount <= balance,
        "{account} holds {}, not {}",
        usdai.show(balance),
        usdai.show(amount)
    );
    let recipient = arguments.bound.to.unwrap_or(account);
    let build = |path: Bytes, minimum: U256| {
        let mut plan = Plan::new(format!("Redeem {}", usdai.show(amount)));
        let text = format!("redeem {} for {}", usdai.show(amount), token.unit.symbol);
        let call = IUSDai::withdraw_1Call {
            withdrawToken: token.address,
            usdaiAmount: amount,
            withdrawAmountMinimum: minimum,
            recipient,
            data: path,
        };
        plan.step(text, usdai.address, &call, &usdai.unit)
            .at_least(minimum, &token.unit)
            .watch_balance(&usdai, account)
            .watch_balance(&token, recipient)
            .cost(format!("spends {}", usdai.show(amount)));
        plan
    };
    let returned = |simulation: &Simulation, step: usize| simulation.returned::<IUSDai::withdraw_1Call>(step);
    let (path, quote) = best_route(context, &token, true, build, returned).await?;
    let swapped = arguments.token != WM;
    let minimum = arguments.bound.minimum(quote, token.unit.decimals, swapped)?;
    let mut plan = build(path, minimum);
    describe_quote(&mut plan, (&usdai, amount), (&token, quote), minimum);
    let done = context.carry_out(&plan).await?;
    let paid = done
        .event::<IUSDai::Withdrawn>(usdai.address)
        .map(|event| event.withdrawAmount);
    context.out.finish(&done.json(json!({
        "quote": exact(quote, token.unit.decimals),
        "minimum": exact(minimum, token.unit.decimals),
        "paid": paid.map(|paid| exact(paid, token.unit.decimals)),
    })));
    Ok(())
}

/// The path that brings most, and how much: the configured pool, or two pools by way of USDC. `build` makes the plan of
/// a path, `returned` reads what its last step returned.
async fn best_route(
    context: &Context,
    token: &Token,
    outwards: bool,
    build: impl Fn(Bytes, U256) -> Plan,
    returned: impl Fn(&Simulation, usize) -> Result<U256>,
) -> Result<(Bytes, U256)> {
    let mut best: Option<(Bytes, U256)> = None;
    let mut refusal = None;
    for path in routes(context, token, outwards).await? {
        let plan = build(path.clone(), U256::ZERO);
        match context.simulate(&plan).await {
            Ok(simulation) => {
                let quote = returned(&simulation, simulation.outputs.len().saturating_sub(1))?;
                if best.as_ref().is_none_or(|(_, known)| quote > *known) {
                    best = Some((path, quote));
                }
            }
            // The first route is the usual one: its refusal says most.
            Err(error) => refusal = refusal.or(Some(error)),
        }
    }
    match (best, refusal) {
        (Some(best), _) => Ok(best),
        (None, Some(refusal)) => Err(refusal),
        (None, None) => Err(anyhow::anyhow!("there is no route for {}", token.unit.symbol)),
    }
}

/// Paths between a token and wM, the usual one first. `outwards` is from wM to the token.
async fn routes(context: &Context, token: &Token, outwards: bool) -> Result<Vec<Bytes>> {
    let mut routes = vec![Bytes::new()];
    let wm = context.deployment.external(WM)?;
    let usdc = context.deployment.externals.get(USDC).copied();
    let Some(usdc) = usdc.filter(|usdc| *usdc != token.address && token.address != wm) else {
        return Ok(routes);
    };
    let adapter = context.view(context.usdai()?, &IUSDai::swapAdapterCall {}).await?;
    if adapter.is_zero() {
        return Ok(routes);
    }
    let fee = context
        .view(adapter, &ISwapAdapter::feeTierCall { token: usdc })
        .await?;
    let wm_fee = fee.to::<u32>();
    for fee in FEE_TIERS {
        let path = if outwards {
            path(wm, &[(wm_fee, usdc), (fee, token.address)])
        } else {
            path(token.address, &[(fee, usdc), (wm_fee, wm)])
        };
        routes.push(path);
    }
    Ok(routes)
}

/// `first, (fee, token)+` as Uniswap V3 reads it.
fn path(first: Address, hops: &[(u32, Address)]) -> Bytes {
    let mut path = first.to_vec();
    for (fee, token) in hops {
        path.extend(fee.to_be_bytes().iter().skip(1));
        path.extend(token);
    }
    path.into()
}

/// Notes what is given and what is promised, and remarks on a quote that is far below par.
fn describe_quote(plan: &mut Plan, given: (&Token, U256), got: (&Token, U256), minimum: U256) {
    let ((from, amount), (to, quote)) = (given, got);
    plan.note(format!("quote: {}; at least {}", to.show(quote), to.show(minimum)));
    let scale = |amount: U256, decimals: u8| {
        let power = U256::from(10).pow(U256::from(WAD_DECIMALS.saturating_sub(decimals)));
        amount.saturating_mul(power)
    };
    let (par, worth) = (scale(amount, from.unit.decimals), scale(quote, to.unit.decimals));
    let below = par
        .saturating_sub(worth)
        .saturating_mul(U256::from(10_000))
        .checked_div(par);
    if let Some(below) = below.filter(|below| *below >= U256::from(REMARKABLE)) {
        plan.note(format!("careful: that is {} below one for one", percent(below)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(min: Option<&str>, slippage: &str) -> Bound {
        Bound {
            min: min.map(|min| min.parse().unwrap()),
            slippage: slippage.parse().unwrap(),
            to: None,
        }
    }

    #[test]
    fn the_least_is_the_quote_less_slippage_or_as_given() {
        let quote = U256::from(1_000_000);
        assert_eq!(
            bound(None, "0.1%").minimum(quote, 6, true).unwrap(),
            U256::from(999_000)
        );
        assert_eq!(bound(None, "0.1%").minimum(quote, 6, false).unwrap(), quote);
        assert_eq!(
            bound(Some("2"), "0.1%").minimum(quote, 6, true).unwrap(),
            U256::from(2_000_000)
        );
        assert_eq!(bound(None, "100%").minimum(quote, 6, true).unwrap(), U256::ZERO);
    }

    #[test]
    fn a_path_is_tokens_with_fees_between() {
        let (a, b) = (Address::repeat_byte(1), Address::repeat_byte(2));
        let path = path(a, &[(500, b)]);
        assert_eq!(path.len(), 43);
        assert_eq!(path[20..23], [0, 0x01, 0xf4]);
    }
}
