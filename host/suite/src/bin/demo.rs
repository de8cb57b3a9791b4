//! The demonstration: a local Arbitrum chain, the whole suite on it, and what a depositor does with it.
#![allow(clippy::similar_names, reason = "USDC, USDT and USDai are what they are called")]

use std::io::IsTerminal;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use alloy_primitives::{Address, U256, hex};
use anyhow::{Context, Result};
use clap::Parser;
use devnet::{Chain, ChainConfig, Clock, Receipt, rpc};
use parking_lot::Mutex;
use suite::bindings::{IERC20, ITestToken, IUSDai};
use suite::uniswap::{Side, dollars};
use suite::wallet::Wallet;
use suite::{Artifacts, Suite, SuiteConfig, Transact, events_of};

/// USD.AI on a local Arbitrum chain: deploys the contracts, mints and redeems USDai through a real Uniswap V3, and prints
/// what happened.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Examples:
  scripts/demo.sh                      print the report and end
  scripts/demo.sh --serve              keep the chain running for a wallet, on http://127.0.0.1:8547
  scripts/demo.sh --serve --port 0     the same on a free port"
)]
struct Options {
    /// Keep the chain running and serve JSON-RPC on loopback
    #[arg(long)]
    serve: bool,
    /// Port of the JSON-RPC; 0 takes a free one
    #[arg(long, default_value_t = 8547, requires = "serve")]
    port: u16,
}

/// How long the reserves earn in the demonstration.
const DAYS: u64 = 30;
const SECONDS_PER_DAY: u64 = 86_400;

fn main() -> Result<()> {
    let options = Options::parse();
    let started = Instant::now();
    let mut chain = new_chain(options.serve)?;
    let suite = Suite::deploy(&mut chain, &SuiteConfig::default())?;
    let mut demo = Demo {
        chain,
        suite,
        style: Style::of_terminal(),
    };
    demo.print_deployment(started)?;
    demo.run()?;
    if options.serve {
        demo.serve(options.port)
    } else {
        Ok(())
    }
}

/// A chain that begins so many days ago that it has come to the present when the demonstration is over.
fn new_chain(serve: bool) -> Result<Chain> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let genesis_timestamp = now - DAYS * SECONDS_PER_DAY;
    let clock = if serve { Clock::System } else { Clock::Manual };
    let mut chain = Chain::new(ChainConfig {
        genesis_timestamp,
        clock,
        ..ChainConfig::default()
    });
    if serve {
        chain.set_next_block_timestamp(genesis_timestamp)?;
    }
    Ok(chain)
}

struct Demo {
    chain: Chain,
    suite: Suite,
    style: Style,
}

impl Demo {
    fn print_deployment(&self, started: Instant) -> Result<()> {
        let (suite, style) = (&self.suite, &self.style);
        let artifacts = Artifacts::default();
        let program = |name: &str| -> Result<String> {
            let code = stylus_rules::container::encode(&artifacts.wasm(name)?)?;
            Ok(format!("Stylus program, {} bytes", thousands(U256::from(code.len()))))
        };
        style.heading(&format!(
            "USD.AI on a local Arbitrum chain (chain id {}), deployed in {:.1} s",
            self.chain.config().chain_id,
            started.elapsed().as_secs_f64()
        ));
        let rows = [
            ("USDai", suite.usdai, program("usdai-token")?),
            ("Swap adapter", suite.swap_adapter, program("swap-adapter")?),
            (
                "Wrapped M (wM)",
                suite.tokens.wm.token,
                "test double; the reserves, earning 5 % a year".into(),
            ),
            ("USDC", suite.tokens.usdc.token, "test double".into()),
            (
                "USDT",
                suite.tokens.usdt.token,
                "test double; returns nothing, as the real one".into(),
            ),
            ("SwapRouter02", suite.uniswap.router, "the real Uniswap V3".into()),
            (
                "Pool wM/USDC",
                suite.pools.wm_usdc,
                "0.01 %, about 5,000,000 of each".into(),
            ),
            (
                "Pool USDC/USDT",
                suite.pools.usdc_usdt,
                "0.01 %, about 5,000,000 of each".into(),
            ),
        ];
        for (name, address, remark) in rows {
            println!("  {name:<16}{address}  {}", style.dim(&remark));
        }
        Ok(())
    }

    fn run(&mut self) -> Result<()> {
        let (actors, tokens, usdai) = (self.suite.actors, self.suite.tokens, self.suite.usdai);
        let alice = Wallet::of(&self.chain, actors.alice)?;
        let harvester = Wallet::of(&self.chain, actors.harvester)?;
        for side in [tokens.wm, tokens.usdc, tokens.usdt] {
            let mint = ITestToken::mintCall {
                to: actors.alice,
                amount: dollars(100_000, side.decimals),
            };
            self.chain.transact(actors.admin, side.token, &mint).receipt()?;
            let approve = IERC20::approveCall {
                spender: usdai,
                value: U256::MAX,
            };
            alice.send(&mut self.chain, side.token, &approve)?;
        }
        let before = self.holdings(actors.alice);

        self.style
            .heading(&format!("{:<74}{:>13}", "Alice mints and redeems", "gas"));
        self.deposit(&alice, "10,000 wM", tokens.wm, 10_000, None)?;
        self.deposit(&alice, "10,000 USDC, one hop", tokens.usdc, 10_000, None)?;
        let route = self.suite.usdt_to_wm();
        self.deposit(&alice, "10,000 USDT, two hops", tokens.usdt, 10_000, Some(route))?;
        let transfer = IUSDai::transferCall {
            to: actors.bob,
            value: dollars(1_000, 18),
        };
        let receipt = alice.send(&mut self.chain, usdai, &transfer)?;
        step("sends Bob 1,000 USDai", "", &receipt);
        self.print_reserves();

        self.style.heading(&format!("{DAYS} days later"));
        self.chain.increase_time(DAYS * SECONDS_PER_DAY);
        self.chain.mine(1);
        self.print_reserves();
        let receipt = harvester.send(
            &mut self.chain,
            usdai,
            &IUSDai::harvestCall {
                recipient: actors.harvester,
            },
        )?;
        let minted = only(events_of::<IUSDai::Harvested>(&receipt, usdai))?.mintAmount;
        step("the yield is minted", &format!("{} USDai", money(minted, 18)), &receipt);
        self.withdraw(&alice, "10,000 USDai as wM", tokens.wm, 10_000, None)?;
        self.withdraw(&alice, "5,000 USDai as USDC, one hop", tokens.usdc, 5_000, None)?;
        let route = self.suite.wm_to_usdt();
        self.withdraw(&alice, "5,000 USDai as USDT, two hops", tokens.usdt, 5_000, Some(route))?;
        self.print_reserves();

        self.style.heading("Alice's balances");
        let after = self.holdings(actors.alice);
        println!("  {:<12}{:>18}{:>18}{:>18}{:>18}", "", "wM", "USDC", "USDT", "USDai");
        for (when, amounts) in [("before", before), ("after", after)] {
            let [wm, usdc, usdt, own] = amounts;
            println!("  {when:<12}{wm:>18}{usdc:>18}{usdt:>18}{own:>18}");
        }
        println!(
            "\n  {}",
            self.style
                .dim("Gas with the programs cached, as a production deployment has them.")
        );
        Ok(())
    }

    fn deposit(
        &mut self,
        wallet: &Wallet,
        what: &str,
        side: Side,
        amount: u64,
        path: Option<alloy_primitives::Bytes>,
    ) -> Result<()> {
        let amount = dollars(amount, side.decimals);
        // Half a percent of slippage at most.
        let minimum = dollars(1, 18) * amount / dollars(1, side.decimals) * U256::from(995) / U256::from(1_000);
        let call = IUSDai::deposit_1Call {
            depositToken: side.token,
            depositAmount: amount,
            usdaiAmountMinimum: minimum,
            recipient: wallet.address(),
            data: path.unwrap_or_default(),
        };
        let receipt = wallet.send(&mut self.chain, self.suite.usdai, &call)?;
        let minted = only(events_of::<IUSDai::Deposited>(&receipt, self.suite.usdai))?.mintAmount;
        step(
            &format!("deposits {what}"),
            &format!("{} USDai", money(minted, 18)),
            &receipt,
        );
        Ok(())
    }

    fn withdraw(
        &mut self,
        wallet: &Wallet,
        what: &str,
        side: Side,
        amount: u64,
        path: Option<alloy_primitives::Bytes>,
    ) -> Result<()> {
        let call = IUSDai::withdraw_1Call {
            withdrawToken: side.token,
            usdaiAmount: dollars(amount, 18),
            withdrawAmountMinimum: dollars(amount, side.decimals) * U256::from(995) / U256::from(1_000),
            recipient: wallet.address(),
            data: path.unwrap_or_default(),
        };
        let receipt = wallet.send(&mut self.chain, self.suite.usdai, &call)?;
        let paid = only(events_of::<IUSDai::Withdrawn>(&receipt, self.suite.usdai))?.withdrawAmount;
        let symbol = self.chain.view(side.token, &IERC20::symbolCall {});
        step(
            &format!("redeems {what}"),
            &format!("{} {symbol}", money(paid, side.decimals)),
            &receipt,
        );
        Ok(())
    }

    fn print_reserves(&self) {
        let usdai = self.suite.usdai;
        let told = self.chain.view(usdai, &IUSDai::reservesCall {});
        let claimable = self.chain.view(usdai, &IUSDai::claimableYieldCall {});
        let line = format!(
            "reserves {} wM for {} USDai, yield to harvest {}",
            money(told.backing, 18),
            money(told.liabilities, 18),
            money(claimable, 18)
        );
        println!("  {}", self.style.dim(&line));
    }

    fn holdings(&self, account: Address) -> [String; 4] {
        let tokens = self.suite.tokens;
        let own = Side {
            token: self.suite.usdai,
            decimals: 18,
        };
        [tokens.wm, tokens.usdc, tokens.usdt, own].map(|side| {
            money(
                self.chain.view(side.token, &IERC20::balanceOfCall { account }),
                side.decimals,
            )
        })
    }

    fn serve(self, port: u16) -> Result<()> {
        let Self { chain, suite, style } = self;
        let signer = chain
            .signers()
            .iter()
            .find(|signer| signer.address() == suite.actors.alice);
        let key = hex::encode_prefixed(signer.context("alice has a key")?.to_bytes());
        let chain_id = chain.config().chain_id;
        let address = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port);
        let server = rpc::serve(Arc::new(Mutex::new(chain)), address)
            .with_context(|| format!("cannot serve on port {port}; `--port 0` takes a free one"))?;
        style.heading("For your wallet");
        println!("  RPC URL   {}", server.url());
        println!("  Chain id  {chain_id}");
        println!("  Token     {}  (USDai, 18 decimals)", suite.usdai);
        println!(
            "  Account   {}  (Alice: ETH, wM, USDC, USDT and USDai)",
            suite.actors.alice
        );
        println!("  Its key   {key}");
        println!(
            "  {}",
            style.dim("Everybody knows this key: never use it on a real network.")
        );
        println!("\n  Running; stop it with Ctrl-C.");
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(tokio::signal::ctrl_c())
            .context("cannot wait for Ctrl-C")?;
        server.stop();
        Ok(())
    }
}

/// One line of the report: what was done, what came of it, and its gas.
fn step(what: &str, outcome: &str, receipt: &Receipt) {
    println!(
        "  {what:<38}{outcome:>34}{:>13}",
        thousands(U256::from(receipt.gas_used))
    );
}

fn only<E>(mut events: Vec<E>) -> Result<E> {
    events.pop().context("the event that the interface promises is missing")
}

/// An amount of a token, rounded down to four decimals: `12,345.6789`.
fn money(amount: U256, decimals: u8) -> String {
    let one = dollars(1, decimals);
    let part = amount % one * U256::from(10_000) / one;
    format!("{}.{:04}", thousands(amount / one), part.to::<u64>())
}

/// `1234567` as `1,234,567`.
fn thousands(number: U256) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Bold and dim text, where the output is a terminal.
struct Style {
    terminal: bool,
}

impl Style {
    fn of_terminal() -> Self {
        Self {
            terminal: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
        }
    }

    fn heading(&self, text: &str) {
        if self.terminal {
            println!("\n\x1b[1m{text}\x1b[0m");
        } else {
            println!("\n{text}");
        }
    }

    fn dim(&self, text: &str) -> String {
        if self.terminal {
            format!("\x1b[2m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_readable() {
        assert_eq!(thousands(U256::from(0)), "0");
        assert_eq!(thousands(U256::from(999)), "999");
        assert_eq!(thousands(U256::from(1_000)), "1,000");
        assert_eq!(thousands(U256::from(1_234_567)), "1,234,567");
        assert_eq!(money(U256::from(1_234_567_899_u64), 6), "1,234.5678");
        assert_eq!(money(U256::from(10).pow(U256::from(16)), 18), "0.0100");
    }
}
