//! The command line: options that all commands have, and the commands.

use std::path::PathBuf;

use alloy_primitives::Address;
use anyhow::Result;
use clap::{Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use crate::context::Context;
use crate::depositor::{balance, bidding, minting, position, staking};
use crate::operator::{hardware, loan};
use crate::output::Output;
use crate::{keeper, local, manager, terms, tranche};

const EXAMPLES: &str = "Examples:
  usdai balance --account 0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65
  usdai --network arbitrum-one --keystore ~/keys/mine.json mint 1,000 --with usdc
  usdai --mnemonic-index 7 stake all --dry-run       the local chain's test account 7
  usdai balance --json | jq .tokens

Keys come from an encrypted keystore (--keystore; its password is asked for, or read from the
file that USDAI_PASSWORD_FILE names), from USDAI_PRIVATE_KEY, or on the local chain from its
test mnemonic (--mnemonic-index). Never from the command line.";

/// USD.AI from the command line: mint, stake and redeem, bid for a place, borrow against hardware.
///
/// Whatever sends a transaction simulates it first, shows what it changes and costs, and asks before it spends.
#[derive(Debug, Parser)]
#[command(name = "usdai", version, after_help = EXAMPLES, max_term_width = 120)]
pub struct Cli {
    /// Options that all commands have.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options that all commands have.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Network whose deployment is used: local, arbitrum-sepolia, arbitrum-one
    #[arg(
        long,
        global = true,
        env = "USDAI_NETWORK",
        hide_env_values = true,
        default_value = "local"
    )]
    pub network: String,
    /// Folder of the deployments' records [default: the nearest `deployments` that has the network's]
    #[arg(
        long,
        global = true,
        env = "USDAI_DEPLOYMENTS",
        hide_env_values = true,
        value_name = "FOLDER"
    )]
    pub deployments: Option<PathBuf>,
    /// Node to ask [default: the network's public one]
    #[arg(
        long,
        global = true,
        env = "USDAI_RPC_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub rpc_url: Option<String>,
    /// Encrypted keystore (JSON) of the account
    #[arg(
        long,
        global = true,
        env = "USDAI_KEYSTORE",
        hide_env_values = true,
        value_name = "FILE",
        conflicts_with = "mnemonic_index"
    )]
    pub keystore: Option<PathBuf>,
    /// Account of the local chain's test mnemonic
    #[arg(long, global = true, value_name = "N")]
    pub mnemonic_index: Option<u32>,
    /// Account to look at; nothing can be sent for it without its key
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub account: Option<Address>,
    /// Answer with one JSON value on standard output
    #[arg(long, global = true)]
    pub json: bool,
    /// Show what would happen and what it would cost; send nothing
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// Do not ask before spending
    #[arg(long, short, global = true)]
    pub yes: bool,
    /// Where secrets that must not be lost are kept [default: $XDG_DATA_HOME/usdai or ~/.local/share/usdai]
    #[arg(
        long,
        global = true,
        env = "USDAI_HOME",
        hide_env_values = true,
        value_name = "FOLDER"
    )]
    pub home: Option<PathBuf>,
    /// Refused: everybody on the machine can read a command line
    #[arg(long, global = true, hide = true, value_name = "KEY", num_args = 0..=1)]
    pub private_key: Option<Option<String>>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// What an account holds, and what waits for it
    #[command(after_help = balance::EXAMPLES)]
    Balance,
    /// Redemption requests, their places and bids, and where the epoch stands
    #[command(after_help = position::EXAMPLES)]
    Position,
    /// Mints USDai with wM, USDC or USDT
    #[command(after_help = minting::MINT_EXAMPLES)]
    Mint(minting::Mint),
    /// Redeems USDai for wM, USDC or USDT
    #[command(after_help = minting::REDEEM_EXAMPLES)]
    Redeem(minting::Redeem),
    /// Stakes USDai for sUSDai
    #[command(after_help = staking::STAKE_EXAMPLES)]
    Stake(staking::Stake),
    /// Puts sUSDai into the redemption queue
    #[command(after_help = staking::UNSTAKE_EXAMPLES)]
    Unstake(staking::Unstake),
    /// Seals a bid for going first
    #[command(after_help = bidding::BID_EXAMPLES)]
    Bid(bidding::Bid),
    /// Reveals sealed bids
    #[command(after_help = bidding::REVEAL_EXAMPLES)]
    Reveal(bidding::Reveal),
    /// Takes a sealed bid back
    #[command(after_help = bidding::WITHDRAW_EXAMPLES)]
    WithdrawBid(bidding::WithdrawBid),
    /// Brings requests back from a settled auction
    #[command(after_help = bidding::RESTORE_EXAMPLES)]
    Restore(bidding::Restore),
    /// Claims what was paid for redemption requests
    #[command(after_help = staking::CLAIM_EXAMPLES)]
    Claim(staking::Claim),
    /// Lets another account redeem, bid and claim for one's own
    #[command(subcommand, after_help = staking::OPERATOR_EXAMPLES)]
    Operator(staking::Operator),
    /// Titles to hardware: tokenized, attested, appraised, insured
    #[command(subcommand)]
    Hardware(hardware::Hardware),
    /// Loans against hardware: quoted, taken, paid
    #[command(subcommand)]
    Loan(loan::LoanCommand),
    /// Test money and time, on the local chain only
    #[command(subcommand)]
    Local(local::Local),
    /// Runs the protocol: where it stands, what is due, lending, settling, loans in trouble
    #[command(subcommand, after_help = manager::EXAMPLES)]
    Manager(manager::Command),
    /// Watches the chain and does what is due and open to everybody
    #[command(after_help = keeper::EXAMPLES)]
    Keeper(keeper::Options),
    /// Writes, signs and verifies the terms of loans
    #[command(subcommand, after_help = terms::EXAMPLES)]
    Terms(terms::Command),
    /// Lends in tranches of the loan pool
    #[command(subcommand, after_help = tranche::EXAMPLES)]
    Tranche(tranche::Command),
    /// Completions for a shell, on standard output
    #[command(after_help = "Examples:\n  usdai completions bash > ~/.local/share/bash-completion/completions/usdai")]
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// Runs a command.
///
/// # Errors
///
/// Why it cannot be done.
pub async fn run(cli: Cli) -> Result<()> {
    let Cli { global, command } = cli;
    if global.private_key.is_some() {
        anyhow::bail!(
            "a key on the command line can be read by everybody on the machine, and stays in the shell's history: \
             put it into a keystore (--keystore) or into USDAI_PRIVATE_KEY"
        );
    }
    if let Command::Completions { shell } = command {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "usdai", &mut script);
        Output::new(false).line(String::from_utf8_lossy(&script).trim_end());
        return Ok(());
    }
    let context = &Context::connect(global).await?;
    match command {
        Command::Balance => balance::run(context).await,
        Command::Position => position::run(context).await,
        Command::Mint(arguments) => minting::mint(context, &arguments).await,
        Command::Redeem(arguments) => minting::redeem(context, &arguments).await,
        Command::Stake(arguments) => staking::stake(context, &arguments).await,
        Command::Unstake(arguments) => staking::unstake(context, &arguments).await,
        Command::Bid(arguments) => bidding::bid(context, &arguments).await,
        Command::Reveal(arguments) => bidding::reveal(context, &arguments).await,
        Command::WithdrawBid(arguments) => bidding::withdraw_bid(context, &arguments).await,
        Command::Restore(arguments) => bidding::restore(context, &arguments).await,
        Command::Claim(arguments) => staking::claim(context, &arguments).await,
        Command::Operator(arguments) => staking::operator(context, arguments).await,
        Command::Hardware(arguments) => hardware::run(context, &arguments).await,
        Command::Loan(arguments) => loan::run(context, &arguments).await,
        Command::Local(arguments) => local::run(context, &arguments).await,
        Command::Manager(command) => manager::run(context, command).await,
        Command::Keeper(options) => keeper::run(context, &options).await,
        Command::Terms(command) => terms::run(context, command).await,
        Command::Tranche(command) => tranche::run(context, command).await,
        Command::Completions { .. } => Ok(()),
    }
}
