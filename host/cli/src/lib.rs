//! The `usdai` command: for people with wallets, operators of GPUs, and those who run the protocol.
//!
//! It speaks JSON-RPC, so the same command works on the local chain, on Arbitrum Sepolia and on Arbitrum One. Where the
//! contracts are it reads from a deployment's record.
//!
//! From the outside in:
//!
//! - [`options`]: the command line; one module for each group of users: [`depositor`], [`operator`]; [`local`] for test
//!   money and time;
//! - [`manager`], [`keeper`], [`terms`], [`tranche`]: the commands of those who run the protocol, keep it going, sign for
//!   it and lend in it; [`overview`], [`loans`], [`programs`]: what they look at;
//! - [`context`]: the deployment, the node and the account that every command works with;
//! - [`plan`]: what a command is about to do, simulated as a whole before anything is asked ([`confirm`]) or sent
//!   ([`send`]);
//! - [`reads`]: views, many in one request; [`batch`]: how several calls are one;
//! - [`refusals`]: the contracts' errors as sentences;
//! - [`amount`], [`times`], [`tokens`], [`output`]: what people write and read;
//! - [`openings`]: what opens sealed bids, kept so that it is not lost; [`loan_terms`]: files with the terms of loans;
//! - [`keys`], [`network`]: whom to sign for, and whom to ask.

#![deny(unsafe_code)]

pub mod amount;
pub mod batch;
pub mod confirm;
pub mod context;
pub mod depositor;
pub mod keeper;
pub mod keys;
pub mod loan_terms;
pub mod loans;
pub mod local;
pub mod manager;
pub mod network;
pub mod openings;
pub mod operator;
pub mod options;
pub mod output;
pub mod overview;
pub mod plan;
pub mod programs;
pub mod reads;
pub mod refusals;
pub mod send;
pub mod terms;
pub mod times;
pub mod tokens;
pub mod tranche;

use std::process::ExitCode;

use clap::Parser;
use serde_json::json;

/// Reads the command line, does what it says, and tells what went wrong on standard error.
pub fn main() -> ExitCode {
    let cli = options::Cli::parse();
    let out = output::Output::new(cli.global.json);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(options::run(cli)),
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<output::Told>() => ExitCode::FAILURE,
        Err(error) => {
            let told = format!("{error:#}");
            out.progress(format!("error: {told}"));
            out.finish(&json!({ "error": told }));
            ExitCode::FAILURE
        }
    }
}
