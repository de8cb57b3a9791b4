//! `deploy`: deploys the suite and verifies deployments; see `docs/deployment.md`.

use std::io::{IsTerminal, Write, stderr, stdin};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use alloy_primitives::U256;
use anyhow::{Context, Result, bail, ensure};
use clap::{Args, Parser, Subcommand};
use client::artifacts::Artifacts;
use client::deployment::Deployment;
use comfy_table::{ContentArrangement, Table, presets};
use deploy::blueprint::read_codes;
use deploy::config::Settings;
use deploy::key::KeySource;
use deploy::session::{Event, Inputs, Plan, Session};
use deploy::units::{account, grouped, show_ether, show_time};
use deploy::verify::{Row, days_left, verify};

const EXAMPLES: &str = "Examples:
  deploy plan local                      what a deployment to the local chain would do and cost
  deploy deploy local                    deploy there with the first development account
  deploy deploy arbitrum-sepolia --keystore deployer.json
  deploy verify arbitrum-sepolia         compare the chain with build, configuration and record";

/// Deploys the suite of contracts on an Arbitrum chain, and verifies deployments.
#[derive(Debug, Parser)]
#[command(name = "deploy", version, after_help = EXAMPLES)]
struct Options {
    #[command(subcommand)]
    command: Subcommands,
}

#[derive(Debug, Subcommand)]
enum Subcommands {
    /// Deploys, links, makes the first deposits, gives the roles, verifies, and gives up the deployer's own role. Goes on
    /// where an earlier run has stopped.
    Deploy {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        key: Key,
        /// Do not ask before sending
        #[arg(long, short)]
        yes: bool,
    },
    /// Shows what `deploy` would do, with gas and the ETH needed. Sends nothing and needs no key.
    Plan {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        key: Key,
        /// The deployer's address, instead of a key
        #[arg(long)]
        account: Option<String>,
    },
    /// Compares the chain with what is built, the configuration and the record; fails on any difference.
    Verify {
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Debug, Args)]
struct Common {
    /// The network: `local`, `arbitrum-sepolia`, `arbitrum-one`, or another with a configuration
    network: String,
    /// The configuration [default: deployments/<network>.toml]
    #[arg(long)]
    config: Option<PathBuf>,
    /// The record [default: deployments/<network>.json]
    #[arg(long)]
    record: Option<PathBuf>,
    /// The folder of the records, as `usdai` takes it [default: deployments]
    #[arg(long, env = "USDAI_DEPLOYMENTS", value_name = "FOLDER", conflicts_with = "record")]
    deployments: Option<PathBuf>,
    /// The node [default: the configuration's]
    #[arg(long, env = "USDAI_RPC_URL")]
    rpc_url: Option<String>,
    /// The compiler that built the programs, for the record
    #[arg(long, default_value = "unknown")]
    compiler: String,
    /// The commit whose sources were built, for the record [default: that of the repository]
    #[arg(long, overrides_with = "commit")]
    commit: Option<String>,
}

#[derive(Debug, Args)]
struct Key {
    /// An encrypted keystore; the password is asked for, or read from the file that USDAI_PASSWORD_FILE names. Without it the
    /// key is read from the environment variable USDAI_PRIVATE_KEY
    #[arg(long)]
    keystore: Option<PathBuf>,
    /// A key of the local chain's mnemonic, which everybody knows [default on the local chain: 0]
    #[arg(long)]
    mnemonic_index: Option<u32>,
}

impl Key {
    fn source(&self) -> KeySource {
        KeySource {
            keystore: self.keystore.clone(),
            mnemonic_index: self.mnemonic_index,
        }
    }
}

impl Common {
    fn inputs(&self) -> Result<Inputs> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let root = root.canonicalize().unwrap_or(root);
        let folder = root.join("deployments");
        let file = |given: &Option<PathBuf>, folder: &Path, ending: &str| match given {
            Some(path) => path.clone(),
            None => folder.join(format!("{}.{ending}", self.network)),
        };
        let records = self.deployments.as_deref().unwrap_or(&folder);
        let artifacts = Artifacts::of_repository(&root);
        Ok(Inputs {
            settings: Settings::read(&self.network, &file(&self.config, &folder, "toml"))?,
            codes: read_codes(&artifacts)?,
            artifacts,
            record: file(&self.record, records, "json"),
            rpc_url: self.rpc_url.clone(),
            git_commit: self.commit.clone().unwrap_or_else(|| commit(&root)),
            compiler: self.compiler.clone(),
        })
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether everything is as it should be.
async fn run(options: Options) -> Result<bool> {
    match options.command {
        Subcommands::Plan {
            common,
            key,
            account: given,
        } => {
            let inputs = common.inputs()?;
            let deployer = match given {
                Some(text) => account(&text)?,
                None => key.source().key(inputs.settings.chain_id)?.address(),
            };
            let session = Session::open(&inputs, deployer).await?;
            let plan = session.plan().await?;
            show_plan(&session, &plan);
            Ok(true)
        }
        Subcommands::Deploy { common, key, yes } => {
            let inputs = common.inputs()?;
            let key = key.source().key(inputs.settings.chain_id)?;
            let mut session = Session::open(&inputs, key.address()).await?;
            if !inputs.settings.is_local() && !yes {
                let plan = session.plan().await?;
                if plan.left() > 0 {
                    show_plan(&session, &plan);
                    plan.check_funds(key.address())?;
                    confirm(&inputs.settings.network)?;
                }
            }
            let rows = session
                .run(&key, &mut |event| {
                    show_progress(event);
                    Ok(())
                })
                .await?;
            let right = show_verification(&rows, false);
            if right {
                eprintln!("deployed and verified; the record is {}", inputs.record.display());
            } else {
                eprintln!(
                    "what is deployed differs from the configuration in the rows above; nothing else was done. A role that \
                     the deployer still holds lets it be put right"
                );
            }
            Ok(right)
        }
        Subcommands::Verify { common } => {
            let inputs = common.inputs()?;
            let record = Deployment::read(&inputs.record)?;
            ensure!(
                record.network == inputs.settings.network && record.chain_id == inputs.settings.chain_id,
                "{} is the record of {} (chain {})",
                inputs.record.display(),
                record.network,
                record.chain_id
            );
            let node = inputs.connect().await?;
            let rows = verify(&node, &inputs.settings, &inputs.codes, &record, false).await?;
            let right = show_verification(&rows, true);
            println!(
                "{}: chain {}, blocks {} to {}, commit {}, {}",
                record.network, record.chain_id, record.first_block, record.block, record.git_commit, record.compiler
            );
            match days_left(&node, &record).await? {
                Some(days) => println!("the programs must be prolonged within {days} days"),
                None => println!("a program is not active"),
            }
            Ok(right)
        }
    }
}

fn show_plan(session: &Session, plan: &Plan) {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(["", "step", "gas", "fee (ETH)"]);
    for (index, line) in plan.lines.iter().enumerate() {
        let (gas, fee) = if line.done {
            ("done".to_owned(), String::new())
        } else {
            let about = if line.estimated { "" } else { "~" };
            let fee = if line.fee.is_zero() {
                String::new()
            } else {
                show_ether(line.fee)
            };
            (format!("{about}{}", grouped(&line.gas)), fee)
        };
        table.add_row([(index + 1).to_string(), line.title.clone(), gas, fee]);
    }
    println!("{table}");
    println!(
        "\n{} of {} steps are left; the auction begins at {}",
        plan.left(),
        plan.lines.len(),
        show_time(session.record.genesis)
    );
    println!(
        "{} gas at {} gwei and {} ETH of fees: about {} ETH, with a quarter to spare {} ETH; the deployer {} has {} ETH",
        grouped(&plan.gas()),
        gwei(plan.gas_price),
        show_ether(plan.wei() - U256::from(plan.gas()) * U256::from(plan.gas_price)),
        show_ether(plan.wei()),
        show_ether(plan.needed()),
        session.deployer,
        show_ether(plan.balance)
    );
    println!(
        "(~: allowed for, because it rests on steps that are not done; fees of activations come back as far as they are not used)"
    );
    for admin in &plan.single_keys {
        println!("the admin {admin} is an ordinary key: let it be a contract that several people control");
    }
    let (needed, held) = plan.wm;
    if !needed.is_zero() {
        println!(
            "the first deposits take {} units of wM (6 decimals) from the deployer, who has {}",
            grouped(&needed),
            grouped(&held)
        );
    }
}

fn gwei(wei: u128) -> String {
    format!("{}.{:03}", wei / 1_000_000_000, wei % 1_000_000_000 / 1_000_000)
}

fn show_progress(event: &Event) {
    match event {
        Event::Sent { .. } => {}
        Event::Done { done, of, title, gas } => eprintln!("[{done}/{of}] {title} ({} gas)", grouped(gas)),
        Event::HandsOver => eprintln!("everything is verified; the deployer gives up its role"),
    }
}

/// Shows all rows, or those alone that are wrong. Whether all are right.
fn show_verification(rows: &[Row], all: bool) -> bool {
    let wrong = rows.iter().filter(|row| !row.is_right()).count();
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(["", "what", "found", "expected"]);
    for row in rows {
        if row.is_right() {
            if all {
                table.add_row(["ok", &row.what, &shortened(&row.found), ""]);
            }
        } else {
            table.add_row(["DIFFERS", &row.what, &shortened(&row.found), &shortened(&row.expected)]);
        }
    }
    if all || wrong > 0 {
        println!("{table}\n");
    }
    println!("{} of {} comparisons agree", rows.len() - wrong, rows.len());
    wrong == 0
}

/// Constructor arguments are too long for a table.
fn shortened(text: &str) -> String {
    if text.starts_with("0x") && text.len() > 70 {
        format!("{}… ({} bytes)", &text[..18], (text.len() - 2) / 2)
    } else {
        text.to_owned()
    }
}

/// Asks for the network's name.
fn confirm(network: &str) -> Result<()> {
    ensure!(
        stdin().is_terminal(),
        "nothing was sent: confirm with --yes where nobody can be asked"
    );
    eprint!("Type {network} to deploy: ");
    stderr().flush()?;
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    if answer.trim() != network {
        bail!("nothing was sent");
    }
    Ok(())
}

/// The repository's commit; marked if what the contracts are built from was changed since.
fn commit(root: &Path) -> String {
    let git = |arguments: &[&str]| -> Result<String> {
        let output = Command::new("git").arg("-C").arg(root).args(arguments).output()?;
        ensure!(output.status.success(), "git failed");
        Ok(String::from_utf8(output.stdout)
            .context("git says something unreadable")?
            .trim()
            .to_owned())
    };
    let sources = [
        "crates",
        "contracts",
        "Cargo.toml",
        "Cargo.lock",
        "scripts",
        "package-lock.json",
    ];
    let head = git(&["rev-parse", "HEAD"]);
    let changed = git(&[&["status", "--porcelain", "--"], &sources[..]].concat());
    match (head, changed) {
        (Ok(head), Ok(changed)) if changed.is_empty() => head,
        (Ok(head), Ok(_)) => format!("{head}-dirty"),
        _ => "unknown".into(),
    }
}
