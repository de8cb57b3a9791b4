//! The demonstration: a local Arbitrum chain, the whole suite on it, and what depositors, lenders and borrowers do with it in five
//! months.
#![allow(clippy::similar_names, reason = "USDC, USDT and USDai are what they are called")]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use alloy_primitives::{U256, hex};
use anyhow::{Context, Result};
use clap::Parser;
use devnet::{Chain, ChainConfig, Clock, rpc};
use parking_lot::Mutex;
use suite::staking::DAY;
use suite::{Artifacts, CreditConfig, Suite, SuiteConfig};

mod lending;
mod minting;
mod report;
mod staking;

use report::{Style, thousands};

/// USD.AI on a local Arbitrum chain: deploys the contracts, mints and redeems USDai through a real Uniswap V3, stakes it,
/// takes three depositors through a month of sUSDai with its redemption auction, lends to two GPU operators, of whom one
/// pays, and prints what happened.
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

/// How long the demonstration lasts: a day before the first epoch, two epochs, and three months of lending.
const DAYS: u64 = 1 + 2 * 30 + 90;

fn main() -> Result<()> {
    let options = Options::parse();
    let started = Instant::now();
    let mut chain = new_chain(options.serve)?;
    let config = SuiteConfig {
        credit: Some(CreditConfig::default()),
        ..SuiteConfig::default()
    };
    let suite = Suite::deploy(&mut chain, &config)?;
    let mut demo = Demo {
        chain,
        suite,
        style: Style::of_terminal(),
    };
    demo.print_deployment(started)?;
    demo.mint_and_redeem()?;
    demo.stake_and_leave()?;
    demo.lend()?;
    demo.style
        .note("Gas with the programs cached, as a production deployment has them.");
    if options.serve {
        demo.serve(options.port)
    } else {
        Ok(())
    }
}

/// A chain that begins so many days ago that it has come to the present when the demonstration is over.
fn new_chain(serve: bool) -> Result<Chain> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let genesis_timestamp = now - DAYS * DAY;
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
        let staking = suite.staking()?;
        let credit = suite.credit()?;
        let [payments, origination, recovery, administration] = credit.pool_extensions;
        let rows = [
            ("USDai", suite.usdai, program("usdai-token")?),
            ("Swap adapter", suite.swap_adapter, program("swap-adapter")?),
            ("sUSDai", staking.vault, program("susdai-vault")?),
            ("  its extension", staking.extension, program("susdai-vault-extension")?),
            ("QEV auction", staking.auction, program("qev-auction")?),
            (
                "  its extension",
                staking.auction_extension,
                program("qev-auction-extension")?,
            ),
            ("CALIBER", credit.caliber, program("caliber-nft")?),
            ("Loan pool", credit.pool, program("loan-pool")?),
            ("  payments", payments, program("loan-pool-payments")?),
            ("  origination", origination, program("loan-pool-origination")?),
            ("  recovery", recovery, program("loan-pool-recovery")?),
            ("  management", administration, program("loan-pool-administration")?),
            ("Collateral sale", credit.auction, program("collateral-auction")?),
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
        println!("  Tokens    {}  (USDai, 18 decimals)", suite.usdai);
        println!("            {}  (sUSDai, 18 decimals)", suite.staking()?.vault);
        println!(
            "  Account   {}  (Alice: ETH, wM, USDC, USDT, USDai and sUSDai)",
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
