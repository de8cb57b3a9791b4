//! `devnet`: a local Arbitrum chain with Stylus, served as JSON-RPC on loopback.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use alloy_primitives::{hex, utils::format_ether};
use alloy_signer_local::{MnemonicBuilder, coins_bip39::English};
use anyhow::{Context, ensure};
use clap::Parser;
use devnet::{Chain, ChainConfig, Clock, rpc};
use parking_lot::Mutex;
use stylus_vm::EngineConfig;

const EXAMPLES: &str = "Examples:
  devnet                                 listen on http://127.0.0.1:8547
  devnet --port 0                        take a free port and print it
  devnet --accounts 3 --quiet            three accounts, print the URL only
  devnet --allow-origin https://app.example.org
                                         let the pages of that site use the chain
  cast block-number --rpc-url http://127.0.0.1:8547
  cargo stylus check --endpoint http://127.0.0.1:8547 --wasm-file contract.wasm";

/// A local Arbitrum chain that runs EVM contracts and Stylus programs, for development and tests.
///
/// Every transaction is mined at once. The state lives in memory and is gone when the chain stops.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES)]
struct Options {
    /// Address to listen on: loopback only
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// Port to listen on; 0 takes a free one
    #[arg(long, short, env = "DEVNET_PORT", default_value_t = 8547)]
    port: u16,
    /// Chain id
    #[arg(long, default_value_t = ChainConfig::default().chain_id)]
    chain_id: u64,
    /// Number of funded accounts
    #[arg(long, short, default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=1_000))]
    accounts: u32,
    /// Mnemonic of the funded accounts, derived at m/44'/60'/0'/0/i
    #[arg(long, default_value_t = ChainConfig::default().mnemonic)]
    mnemonic: String,
    /// Base fee in wei
    #[arg(long, default_value_t = ChainConfig::default().base_fee)]
    base_fee: u64,
    /// Origin of a web page that may use the chain, beside those of this machine and browser extensions; may be repeated
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<String>,
    /// Where compiled programs are kept for the next start
    #[arg(long, overrides_with = "cache_dir")]
    cache_dir: Option<PathBuf>,
    /// Print the URL and nothing else
    #[arg(long, short)]
    quiet: bool,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let phrase = MnemonicBuilder::<English>::default().phrase(options.mnemonic.as_str());
    phrase.build().context("the mnemonic is not valid")?;
    ensure!(options.chain_id > 0, "the chain id must not be 0");

    // Signals are taken from here on, so that one that comes early is not lost.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let stopped = runtime.block_on(async { Signals::new() })?;

    let chain = Chain::new(ChainConfig {
        chain_id: options.chain_id,
        genesis_timestamp: SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs(),
        base_fee: options.base_fee,
        clock: Clock::System,
        mnemonic: options.mnemonic.clone(),
        accounts: options.accounts,
        engine: EngineConfig {
            cache_dir: options.cache_dir,
            ..EngineConfig::default()
        },
        ..ChainConfig::default()
    });
    let banner = banner(&chain, options.mnemonic == ChainConfig::default().mnemonic);
    let server = rpc::serve_with(
        Arc::new(Mutex::new(chain)),
        SocketAddr::new(options.host, options.port),
        &rpc::Settings {
            allow_origins: options.allow_origin,
            ..rpc::Settings::default()
        },
    )?;
    if options.quiet {
        println!("{}", server.url());
    } else {
        println!(
            "Local Arbitrum chain with Stylus\n\n  RPC       {}\n{banner}\n\nStop it with Ctrl-C.",
            server.url()
        );
    }
    runtime.block_on(stopped.first())?;
    server.stop();
    if !options.quiet {
        println!("Stopped.");
    }
    Ok(())
}

/// The chain's id and accounts; private keys only where everybody knows them anyway.
fn banner(chain: &Chain, well_known: bool) -> String {
    let config = chain.config();
    let mut lines = vec![format!("  Chain id  {}", config.chain_id)];
    if !chain.accounts().is_empty() {
        lines.push(format!(
            "  Accounts  {} ETH each",
            format_ether(config.balance).trim_end_matches(".000000000000000000")
        ));
    }
    for signer in chain.signers() {
        let key = if well_known {
            format!("  {}", hex::encode_prefixed(signer.to_bytes()))
        } else {
            String::new()
        };
        lines.push(format!("    {}{key}", signer.address()));
    }
    if well_known && !chain.accounts().is_empty() {
        lines.push(
            "\n  WARNING: everybody knows these keys. Whatever is sent to these accounts on a real network is lost."
                .to_owned(),
        );
    }
    lines.join("\n")
}

/// The signals that stop the chain.
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the first.
    async fn first(mut self) -> anyhow::Result<()> {
        tokio::select! {
            received = self.interrupt.recv() => received,
            received = self.terminate.recv() => received,
        }
        .context("the signal handlers are gone")
    }
}
