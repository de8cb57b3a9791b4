//! For those who run the protocol: strategy managers of sUSDai, risk administrators of the loans, and anybody who does
//! what is due and open to everybody.

pub mod due;
pub mod risk;
pub mod status;
pub mod strategy;

use std::path::PathBuf;

use anyhow::Result;
use clap::Subcommand;

use crate::amount::{Decimal, Quantity};
use crate::context::Context;

/// What the help shows.
pub const EXAMPLES: &str = "Examples:
  usdai manager status
  usdai --keystore manager.json manager allocate 0 250,000 --dry-run
  usdai --keystore manager.json manager announce-limit 100,000
  usdai --keystore manager.json manager settle
  usdai --keystore risk.json manager impair terms/operator-7.json

A loan is named by the file of its terms or by its id, 0x… and 64 digits: the terms are then found in the transaction \
that took it.";

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Where the protocol stands, and what is due
    #[command(after_help = status::EXAMPLES)]
    Status {
        /// Folder of files of terms, for loans whose terms do not stand in the transaction that took them
        #[arg(long, value_name = "FOLDER")]
        terms: Option<PathBuf>,
    },
    /// Turns the yield of USDai's reserves into idle assets of sUSDai
    #[command(after_help = "Examples:\n  usdai manager harvest\n  usdai manager harvest --at-least 1,000")]
    Harvest {
        /// Refuse if less USDai is claimable
        #[arg(long, value_name = "USDAI")]
        at_least: Option<Decimal>,
    },
    /// Lends idle assets to a tranche of the pool
    #[command(after_help = "Examples:\n  usdai manager allocate 0 250,000\n  usdai manager allocate 0 all --dry-run")]
    Allocate {
        /// The tranche, 0 the most senior
        #[arg(value_parser = clap::value_parser!(u8).range(0..4))]
        tranche: u8,
        /// USDai, or `all` that is idle
        amount: Quantity,
    },
    /// Takes assets back from a tranche
    #[command(
        after_help = "Examples:\n  usdai manager deallocate 0 all\n  usdai manager deallocate 0 --usdai 10,000\n\n\
                      Shares of tranche 1 and up need a notice first: usdai manager notice"
    )]
    Deallocate {
        /// The tranche, 0 the most senior
        #[arg(value_parser = clap::value_parser!(u8).range(0..4))]
        tranche: u8,
        /// Shares of the tranche, or `all` that sUSDai can take back now
        #[arg(required_unless_present = "usdai", conflicts_with = "usdai")]
        shares: Option<Quantity>,
        /// As many shares as pay at least so much USDai
        #[arg(long, value_name = "USDAI")]
        usdai: Option<Decimal>,
    },
    /// Gives notice that shares of a junior tranche will be taken back
    #[command(after_help = "Examples:\n  usdai manager notice 2 all\n\n\
                      The notice runs for 45 days; then the shares can be taken back for 7 days.")]
    Notice {
        /// The tranche, from 1
        #[arg(value_parser = clap::value_parser!(u8).range(0..4))]
        tranche: u8,
        /// Shares of the tranche, or `all` that sUSDai holds and are not under notice
        shares: Quantity,
    },
    /// Takes back the notice on all shares of a tranche
    #[command(after_help = "Examples:\n  usdai manager cancel-notice 2")]
    CancelNotice {
        /// The tranche, from 1
        #[arg(value_parser = clap::value_parser!(u8).range(0..4))]
        tranche: u8,
    },
    /// Bounds what the auction of an epoch may spend, until a day before its bid phase ends
    #[command(
        after_help = "Examples:\n  usdai manager announce-limit 100,000\n  usdai manager announce-limit 0 --epoch 7"
    )]
    AnnounceLimit {
        /// USDai
        amount: Decimal,
        /// The epoch [default: the running one]
        #[arg(long)]
        epoch: Option<u64>,
    },
    /// Settles the auction of the oldest ended epoch with bids
    #[command(after_help = "Examples:\n  usdai manager settle\n\nFrom three days after the epoch's end anybody can.")]
    Settle,
    /// Services the redemption queue
    #[command(
        after_help = "Examples:\n  usdai manager service\n  usdai manager service 50,000\n\n\
                      From three days after the last epoch's end anybody can."
    )]
    Service {
        /// Shares, or `all` that can be serviced now
        #[arg(default_value = "all")]
        shares: Quantity,
    },
    /// Provides for the loss to expect of an overdue loan
    #[command(after_help = "Examples:\n  usdai manager impair terms/operator-7.json --dry-run")]
    Impair {
        /// File of its terms, or its id
        loan: String,
    },
    /// Declares the default of a loan whose grace period is over
    #[command(
        after_help = "Examples:\n  usdai manager default terms/operator-7.json --dry-run\n\n\
                      A risk administrator can also when the insurance has lapsed for 14 days."
    )]
    Default {
        /// File of its terms, or its id
        loan: String,
    },
    /// Sends the collateral of a loan in default to the auction, 14 days after the default
    #[command(after_help = "Examples:\n  usdai manager liquidate terms/operator-7.json")]
    Liquidate {
        /// File of its terms, or its id
        loan: String,
    },
    /// Opens the auction of a liquidated loan's collateral
    #[command(after_help = "Examples:\n  usdai manager list terms/operator-7.json")]
    List {
        /// File of its terms, or its id
        loan: String,
    },
    /// Puts collateral up again that found no bidder
    #[command(after_help = "Examples:\n  usdai manager relist terms/operator-7.json 80%\n  \
                      usdai manager relist terms/operator-7.json 170,000")]
    Relist {
        /// File of its terms, or its id
        loan: String,
        /// USDai, or percent of the last reserve: from 80 % to 100 %
        reserve: risk::Reserve,
    },
    /// Realises the loss of a loan whose collateral found no bidder three times
    #[command(after_help = "Examples:\n  usdai manager write-off terms/operator-7.json --dry-run")]
    WriteOff {
        /// File of its terms, or its id
        loan: String,
    },
    /// Pays the pool for sold collateral and hands it to the winner
    #[command(after_help = "Examples:\n  usdai manager settle-sale terms/operator-7.json")]
    SettleSale {
        /// File of its terms, or its id
        loan: String,
    },
}

/// Runs a command.
///
/// # Errors
///
/// Why it cannot be done.
pub async fn run(context: &Context, command: Command) -> Result<()> {
    match command {
        Command::Status { terms } => status::run(context, terms.as_deref()).await,
        Command::Harvest { at_least } => strategy::harvest(context, at_least).await,
        Command::Allocate { tranche, amount } => strategy::allocate(context, tranche, &amount).await,
        Command::Deallocate { tranche, shares, usdai } => {
            strategy::deallocate(context, tranche, shares.as_ref(), usdai.as_ref()).await
        }
        Command::Notice { tranche, shares } => strategy::give_notice(context, tranche, &shares).await,
        Command::CancelNotice { tranche } => strategy::cancel_notice(context, tranche).await,
        Command::AnnounceLimit { amount, epoch } => strategy::announce_limit(context, &amount, epoch).await,
        Command::Settle => strategy::settle(context).await,
        Command::Service { shares } => strategy::service(context, &shares).await,
        Command::Impair { loan } => risk::impair(context, &loan).await,
        Command::Default { loan } => risk::declare_default(context, &loan).await,
        Command::Liquidate { loan } => risk::liquidate(context, &loan).await,
        Command::List { loan } => risk::list(context, &loan).await,
        Command::Relist { loan, reserve } => risk::relist(context, &loan, &reserve).await,
        Command::WriteOff { loan } => risk::write_off(context, &loan).await,
        Command::SettleSale { loan } => risk::settle_sale(context, &loan).await,
    }
}
