//! `usdai terms`: for underwriters. What they sign off the chain lets a borrower take a loan, so it is checked against the
//! chain and shown in the units of people first.

pub mod check;
mod template;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use alloy_primitives::{Bytes, U256};
use alloy_signer::SignerSync;
use alloy_sol_types::SolStruct;
use anyhow::{Context as _, Result, bail, ensure};
use clap::Subcommand;
use client::bindings::ILoanPool;
use client::bindings::ILoanPool::LoanTerms;
use client::sealing::loan_domain;
use serde_json::json;

use crate::amount::{Unit, percent, percent_a_year};
use crate::confirm::confirm;
use crate::context::Context;
use crate::loan_terms::{SignedTerms, read_terms};
use crate::loans::loan_id;
use crate::output::{Column, Table, Told};
use crate::plan::Plan;
use crate::terms::check::Finding;
use crate::times::{roughly, when};

/// What the help shows.
pub const EXAMPLES: &str = "Examples:
  usdai --account 0x… terms new -o operator-7.toml      then fill in what it asks for
  usdai --keystore underwriter.json terms sign operator-7.toml -o operator-7.json
  usdai terms verify operator-7.json
  usdai --keystore underwriter.json terms cancel 7

The borrower takes the loan with the signed file: usdai loan borrow operator-7.json";

const SIGN_EXAMPLES: &str = "Examples:
  usdai --keystore underwriter.json terms sign operator-7.toml -o operator-7.json
  usdai terms sign operator-7.toml -o operator-7.json --dry-run        shows what is to be signed
  usdai terms sign operator-7.toml -o operator-7.json --signature 0x…

A contract as underwriter, a multisignature for instance, signs the digest that --dry-run shows (with a date as expiry, \
so that it stays the same), and its signature is given with --signature. Whoever has the signed file and the borrower's key can take the loan until the terms expire or \
their nonce is cancelled.";

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Writes a file of terms to be filled in, with the account as underwriter and its next nonce
    #[command(
        after_help = "Examples:\n  usdai --account 0x… terms new\n  usdai --account 0x… terms new -o operator-7.toml"
    )]
    New {
        /// Where to write it [default: standard output]
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Signs terms, after they were checked and shown
    #[command(after_help = SIGN_EXAMPLES)]
    Sign {
        /// The terms, .toml or .json
        file: PathBuf,
        /// Where to write the signed terms, JSON
        #[arg(long, short, value_name = "FILE")]
        output: PathBuf,
        /// A signature that was made elsewhere: it is checked, and no key is needed
        #[arg(long, value_name = "HEX")]
        signature: Option<Bytes>,
        /// Sign although the terms could not be taken as things stand
        #[arg(long)]
        force: bool,
    },
    /// Checks signed terms against the chain; fails if they cannot be taken
    #[command(
        after_help = "Examples:\n  usdai terms verify operator-7.json\n  usdai terms verify operator-7.json --json | jq .findings"
    )]
    Verify {
        /// The signed terms
        file: PathBuf,
    },
    /// Uses up a nonce of the account: terms with it can no longer be taken
    #[command(after_help = "Examples:\n  usdai --keystore underwriter.json terms cancel 7")]
    Cancel {
        /// The nonce
        nonce: U256,
    },
}

/// Runs a command.
///
/// # Errors
///
/// Why it cannot be done.
pub async fn run(context: &Context, command: Command) -> Result<()> {
    match command {
        Command::New { output } => new(context, output.as_deref()).await,
        Command::Sign {
            file,
            output,
            signature,
            force,
        } => sign(context, &file, &output, signature, force).await,
        Command::Verify { file } => verify(context, &file).await,
        Command::Cancel { nonce } => cancel(context, nonce).await,
    }
}

async fn new(context: &Context, output: Option<&Path>) -> Result<()> {
    let underwriter = context.account()?;
    let nonce = check::next_nonce(context, underwriter).await?;
    let template = template::template(underwriter, nonce);
    let out = &context.out;
    match output {
        Some(path) => {
            write_new(path, &template)?;
            out.line(format!(
                "Wrote {}: fill it in, then usdai terms sign it.",
                path.display()
            ));
        }
        None => out.line(template.trim_end()),
    }
    out.finish(&json!({
        "underwriter": underwriter,
        "nonce": nonce.to_string(),
        "file": output,
        "template": template,
    }));
    Ok(())
}

async fn sign(context: &Context, input: &Path, output: &Path, signature: Option<Bytes>, force: bool) -> Result<()> {
    ensure!(
        !output.exists(),
        "{} exists already: signed terms are not written over",
        output.display()
    );
    let now = context.now().await?;
    let pool = context.pool()?;
    let terms = read_terms(input, context.chain_id(), pool, now)?;
    check::domain(context, pool).await?;
    let domain = loan_domain(context.chain_id(), pool);
    let digest = terms.eip712_signing_hash(&domain);
    let findings = check::findings(context, &terms).await?;
    show(context, &terms, &findings, now);
    if check::blocks(&findings) && !force {
        bail!("these terms could not be taken as things stand: mend them, or sign all the same with --force");
    }
    let signature = match signature {
        Some(signature) => signature,
        None if context.options.dry_run => {
            context.out.line(format!(
                "Nothing was signed: this was a dry run. The digest (EIP-712) is {digest}."
            ));
            context.out.finish(&json!({
                "loan": loan_id(&terms),
                "digest": digest,
                "findings": check::json(&findings),
                "dryRun": true,
            }));
            return Ok(());
        }
        None => {
            let signer = context.signer()?;
            if signer.address() != terms.underwriter && !check::is_contract(context, terms.underwriter).await? {
                bail!(
                    "the terms name the underwriter {}, and the key is that of {}",
                    terms.underwriter,
                    signer.address()
                );
            }
            confirm(
                context,
                &[format!(
                    "lets {} borrow {} until {}",
                    terms.borrower,
                    Unit::usdai().show(terms.principal),
                    when(terms.expiry, now)
                )],
            )?;
            signer.sign_hash_sync(&digest)?.as_bytes().into()
        }
    };
    check::signature(context, &terms, digest, &signature).await?;
    let signed = SignedTerms {
        chain_id: Some(context.chain_id()),
        pool: Some(pool),
        terms: terms.clone(),
        signature: signature.clone(),
    };
    write_new(output, &signed.to_json()?)?;
    context.out.line(format!(
        "Signed: {} holds the terms of loan {}.",
        output.display(),
        loan_id(&terms)
    ));
    context.out.finish(&json!({
        "loan": loan_id(&terms),
        "digest": digest,
        "signature": signature,
        "file": output,
        "findings": check::json(&findings),
    }));
    Ok(())
}

async fn verify(context: &Context, input: &Path) -> Result<()> {
    let now = context.now().await?;
    let pool = context.pool()?;
    let signed = SignedTerms::read_for(input, context.chain_id(), pool)?;
    check::domain(context, pool).await?;
    let terms = &signed.terms;
    let digest = terms.eip712_signing_hash(&loan_domain(context.chain_id(), pool));
    let mut findings = Vec::new();
    if let Err(error) = check::signature(context, terms, digest, &signed.signature).await {
        findings.push(Finding::blocking(format!("{error:#}")));
    }
    findings.extend(check::findings(context, terms).await?);
    show(context, terms, &findings, now);
    let valid = !check::blocks(&findings);
    if valid {
        context.out.line("They are signed by the underwriter and can be taken.");
    }
    context.out.finish(&json!({
        "loan": loan_id(terms),
        "digest": digest,
        "valid": valid,
        "findings": check::json(&findings),
    }));
    if valid { Ok(()) } else { Err(Told.into()) }
}

/// Shows terms in the units of people, and what was found.
fn show(context: &Context, terms: &LoanTerms, findings: &[Finding], now: u64) {
    let out = &context.out;
    out.heading(format!("Terms of loan {}", loan_id(terms)));
    let fee = |bps: u16| {
        let amount = terms
            .principal
            .saturating_mul(U256::from(bps))
            .div_ceil(U256::from(10_000));
        format!("{} = {}", percent(U256::from(bps)), Unit::usdai().show(amount))
    };
    let instalments = terms.duration.checked_div(terms.repaymentInterval).unwrap_or_default();
    let schedule = match terms.schedule {
        0 => "the same principal each time".into(),
        1 => "the same payment each time".into(),
        other => format!("unknown ({other})"),
    };
    let mut table = Table::new(&[("", Column::Left), ("", Column::Left)]);
    for (name, value) in [
        ("borrower", terms.borrower.to_string()),
        ("underwriter", terms.underwriter.to_string()),
        ("collateral", format!("CALIBER title {}", terms.collateralId)),
        ("principal", Unit::usdai().show(terms.principal)),
        ("duration", roughly(terms.duration)),
        (
            "instalments",
            format!(
                "{instalments}, one every {}, {schedule}",
                roughly(terms.repaymentInterval)
            ),
        ),
        ("grace", roughly(terms.gracePeriod)),
        (
            "penalty",
            format!(
                "{} a year on overdue principal",
                percent_a_year(U256::from(terms.penaltyRate))
            ),
        ),
        ("origination fee", fee(terms.originationFeeBps)),
        ("exit fee", fee(terms.exitFeeBps)),
        ("can be taken until", when(terms.expiry, now)),
        ("nonce", terms.nonce.to_string()),
    ] {
        table.row([name.to_owned(), value]);
    }
    out.table(&table);
    for finding in findings {
        let word = if finding.blocks { "cannot be taken" } else { "note" };
        out.line(format!(" {word}: {}", finding.text));
    }
}

async fn cancel(context: &Context, nonce: U256) -> Result<()> {
    let pool = context.pool()?;
    let mut plan = Plan::new(format!("Cancel the nonce {nonce}"));
    plan.step(
        format!("cancel the nonce {nonce}"),
        pool,
        &ILoanPool::cancelNonceCall { nonce },
        &Unit::number(),
    );
    plan.cost(format!("makes terms with the nonce {nonce} worthless for ever"));
    let done = context.carry_out(&plan).await?;
    context.out.finish(&done.json(json!({ "nonce": nonce.to_string() })));
    Ok(())
}

/// Writes a file that must not be there yet.
fn write_new(path: &Path, text: &str) -> Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .with_context(|| format!("cannot write {}", path.display()))
}
