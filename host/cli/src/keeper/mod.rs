//! `usdai keeper`: watches the chain and does what is due and open to the account.
//!
//! It keeps nothing but what the chain and the stored openings of bids say, so it can be stopped at any moment, started
//! again, and run beside others: every pass begins with what stands on the chain, every transaction is rehearsed on the
//! state of the next block before it is sent, and what somebody else has done meanwhile is no failure.

pub mod journal;
pub mod pace;
pub mod tasks;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use alloy_provider::Provider;
use alloy_sol_types::SolInterface;
use anyhow::{Result, bail, ensure};
use clap::Args;
use client::bindings::{IArbWasm, ICollateralAuction, ILoanPool, IQevAuction, IStakedUSDai};
use tokio::sync::watch;

use crate::amount::{Decimal, WAD_DECIMALS};
use crate::context::{Context, words};
use crate::keeper::journal::{Journal, Outcome};
use crate::keeper::pace::{Backoff, jittered};
use crate::keeper::tasks::{Finder, Job, Task};
use crate::loans::{Book, Folder};
use crate::plan::ether;
use crate::refusals::explain;
use crate::send::{Manner, Overtaken, Sender, TooDear};
use crate::times::Span;

/// What the help shows.
pub const EXAMPLES: &str = "Examples:
  usdai --keystore keeper.json keeper
  usdai --keystore keeper.json keeper --once --dry-run
  usdai --keystore keeper.json keeper --only renew --renew-before '90 days' --max-fee 0.02
  usdai --keystore keeper.json keeper --enforce --terms ./terms --json >> keeper.log

It prints a line for each thing that it does, and with --json a JSON value a line. SIGINT and SIGTERM end it, once the \
transaction that is on its way is mined. It may be killed at any time and run beside other keepers.";

/// After a node's first failure it is asked again so soon, and at the latest so late.
const NODE_PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));
/// The longest pause when tasks keep failing.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);
/// Passes that `--once` makes at most: each does what the one before has made possible.
const PASSES: usize = 64;

/// The options.
#[derive(Debug, Args)]
pub struct Options {
    /// Do what is due now, then end; the exit code says whether anything was left undone
    #[arg(long)]
    pub once: bool,
    /// Time between two looks at the chain
    #[arg(long, default_value = "1 min")]
    pub interval: Span,
    /// Do this alone [default: renew,reveal,settle,restore,service,list,sell]
    #[arg(long, value_enum, value_delimiter = ',', value_name = "JOBS")]
    pub only: Vec<Job>,
    /// Also declare defaults and liquidate
    #[arg(long, conflicts_with = "only")]
    pub enforce: bool,
    /// Folder of files of terms, for loans whose terms do not stand in the transaction that took them
    #[arg(long, value_name = "FOLDER")]
    pub terms: Option<PathBuf>,
    /// Ether that a transaction may cost at most, with what it pays along
    #[arg(long, default_value = "0.01", value_name = "ETHER")]
    pub max_fee: Decimal,
    /// Renew a program when it has less time left, 334 days at most
    #[arg(long, default_value = "60 days", value_name = "TIME")]
    pub renew_before: Span,
}

/// What a pass has come to.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    done: usize,
    undone: usize,
    /// Whether a transaction of the account is still on its way, so that nothing was looked at.
    waits: bool,
}

/// Runs until it is told to end, or with `--once` until nothing is due.
///
/// # Errors
///
/// When there is no key; with `--once` when the node does not answer or something due was left undone.
pub async fn run(context: &Context, options: &Options) -> Result<()> {
    ensure!(options.interval.0 > 0, "an interval of nothing would never rest");
    let now = context.now().await?;
    let mut keeper = Keeper::new(context, options, now)?;
    let mut stop = listen()?;
    if options.once || context.options.dry_run {
        return keeper.run_once(&mut stop).await;
    }
    keeper.run_on(options, stop, now).await
}

/// Waits, unless it is told to end.
async fn rest(pause: Duration, stop: &mut watch::Receiver<bool>) {
    tokio::select! {
        () = tokio::time::sleep(pause) => {}
        _ = stop.changed() => {}
    }
}

/// Becomes true with the first SIGINT or SIGTERM; the second one ends the process.
fn listen() -> Result<watch::Receiver<bool>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (tell, told) = watch::channel(false);
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        for again in [false, true] {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if again {
                std::process::exit(130);
            }
            // Nobody listens any more only when the program ends anyway.
            let _ = tell.send(true);
        }
    });
    Ok(told)
}

struct Keeper<'a> {
    context: &'a Context,
    jobs: Vec<Job>,
    finder: Finder<'a>,
    /// Nobody is needed for a dry run.
    sender: Option<Sender<'a>>,
    journal: Journal,
    /// Tasks that have failed, and when they are tried again.
    failing: BTreeMap<String, (Backoff, Instant)>,
    interval: Duration,
}

impl<'a> Keeper<'a> {
    fn new(context: &'a Context, options: &Options, now: u64) -> Result<Self> {
        let mut jobs = match options.only.as_slice() {
            [] => Job::USUAL.to_vec(),
            only => only.to_vec(),
        };
        if options.enforce {
            jobs.extend([Job::Default, Job::Liquidate]);
        }
        jobs.sort_unstable();
        jobs.dedup();
        let manner = Manner {
            limit: Some(options.max_fee.units(WAD_DECIMALS)?),
            quiet: true,
            gives_way: true,
        };
        let sender = if context.options.dry_run {
            None
        } else {
            Some(Sender::new(context)?.with_manner(manner))
        };
        let loans = Book::new(Folder::read(context, options.terms.as_deref(), now)?);
        Ok(Self {
            context,
            jobs,
            finder: Finder::new(context, options.renew_before.0, loans),
            sender,
            journal: Journal::new(context.out),
            failing: BTreeMap::new(),
            interval: Duration::from_secs(options.interval.0),
        })
    }

    async fn run_once(&mut self, stop: &mut watch::Receiver<bool>) -> Result<()> {
        let mut done = 0;
        for _ in 0..PASSES {
            let tally = self.pass(stop).await?;
            done += tally.done;
            if tally.undone > 0 {
                bail!("{} of what is due was left undone", tally.undone);
            }
            if *stop.borrow() || (tally.done == 0 && !tally.waits) {
                if done == 0 && self.journal.is_empty() {
                    self.context.out.line("nothing is due");
                }
                return Ok(());
            }
            if tally.waits {
                rest(NODE_PAUSES.0, stop).await;
            }
        }
        bail!("after {PASSES} passes there is still something to do, or a transaction of the account on its way")
    }

    async fn run_on(&mut self, options: &Options, mut stop: watch::Receiver<bool>, now: u64) -> Result<()> {
        let names: Vec<String> = self.jobs.iter().map(|job| job.name()).collect();
        let started = format!(
            "{} on {}: {}; every {}, at most {} ETH a transaction",
            self.context.account()?,
            self.context.deployment.network,
            names.join(", "),
            options.interval,
            options.max_fee
        );
        self.journal.note(now, "started", &started);
        let (first, longest) = NODE_PAUSES;
        let mut node = Backoff::new(first, longest);
        let mut waited = false;
        let mut seen = now;
        while !*stop.borrow() {
            let pause = match self.pass(&mut stop).await {
                Ok(tally) => {
                    if node.is_failing() {
                        self.journal.note(seen, "back", "the node answers again");
                        node.succeeded();
                    }
                    if tally.waits && !waited {
                        let text = "a transaction of the account is on its way; nothing is sent before it is mined";
                        self.journal.note(seen, "waits", text);
                    }
                    waited = tally.waits;
                    // What was done may have made something else possible.
                    if tally.done > 0 || tally.waits {
                        first
                    } else {
                        self.interval
                    }
                }
                Err(error) => {
                    if !node.is_failing() {
                        let text = format!("{error:#}; asking again until it answers");
                        self.journal.note(seen, "offline", &text);
                    }
                    node.failed()
                }
            };
            if let Ok(now) = self.context.now().await {
                seen = now;
            }
            rest(jittered(pause), &mut stop).await;
        }
        self.journal.note(seen, "stopped", "told to end");
        Ok(())
    }

    /// Looks for everything once and does it. What goes wrong with one job or task keeps nothing else from being done.
    ///
    /// # Errors
    ///
    /// When the node does not answer.
    async fn pass(&mut self, stop: &mut watch::Receiver<bool>) -> Result<Tally> {
        let mut tally = Tally::default();
        if self.is_on_its_way().await? {
            tally.waits = true;
            return Ok(tally);
        }
        for job in self.jobs.clone() {
            let found = tokio::select! {
                found = self.finder.find(job) => found,
                _ = stop.changed() => return Ok(tally),
            };
            let tasks = match found {
                Ok(tasks) => tasks,
                Err(error) => {
                    // If the node has gone, that is the reason.
                    let now = self.context.now().await?;
                    self.journal.blame(now, job, &format!("{error:#}"));
                    tally.undone += 1;
                    continue;
                }
            };
            for task in tasks {
                if *stop.borrow() {
                    return Ok(tally);
                }
                if self.is_resting(&task) {
                    continue;
                }
                let performed = self.perform(&task).await;
                let now = self.context.now().await?;
                let outcome = performed.unwrap_or_else(|error| Outcome::Failed(format!("{error:#}")));
                match outcome {
                    Outcome::Done(_) => tally.done += 1,
                    Outcome::TooDear(_) | Outcome::Failed(_) => tally.undone += 1,
                    Outcome::Would | Outcome::Lost | Outcome::Waits(_) => {}
                }
                self.reschedule(&task, &outcome);
                self.journal.tell(now, &task, &outcome);
            }
        }
        Ok(tally)
    }

    /// Whether a task has failed and is not to be tried again yet.
    fn is_resting(&self, task: &Task) -> bool {
        self.failing
            .get(&task.key)
            .is_some_and(|(_, again)| Instant::now() < *again)
    }

    /// What fails is tried again later and later.
    fn reschedule(&mut self, task: &Task, outcome: &Outcome) {
        if !matches!(outcome, Outcome::TooDear(_) | Outcome::Failed(_)) {
            self.failing.remove(&task.key);
            return;
        }
        let now = Instant::now();
        let first = Backoff::new(self.interval, LONGEST_PAUSE);
        let (backoff, again) = self.failing.entry(task.key.clone()).or_insert((first, now));
        *again = now + jittered(backoff.failed());
    }

    /// Whether a transaction of the account waits to be mined, of a run that was killed perhaps: what it does would be
    /// done twice.
    async fn is_on_its_way(&self) -> Result<bool> {
        if self.sender.is_none() {
            return Ok(false);
        }
        let (provider, account) = (&self.context.provider, self.context.account()?);
        let mined = provider.get_transaction_count(account).await.map_err(words)?;
        let sent = provider.get_transaction_count(account).pending().await.map_err(words)?;
        Ok(sent > mined)
    }

    async fn perform(&self, task: &Task) -> Result<Outcome> {
        let account = self.context.account()?;
        if let Err(refused) = self.context.rehearse(account, &task.step).await? {
            return self.refused(task, &refused).await;
        }
        let Some(sender) = &self.sender else {
            return Ok(Outcome::Would);
        };
        let error = match sender.send(&task.step, "").await {
            Ok(receipt) => return Ok(Outcome::Done(Box::new(receipt))),
            Err(error) => error,
        };
        if let Some(dear) = error.downcast_ref::<TooDear>() {
            return Ok(Outcome::TooDear(dear.to_string()));
        }
        // Another keeper may have been faster between the rehearsal and the block.
        match self.context.rehearse(account, &task.step).await? {
            Err(refused) if is_gone(&refused) || is_early(&refused) => Ok(Outcome::Lost),
            _ if error.is::<Overtaken>() => Ok(Outcome::Waits(error.to_string())),
            _ => Ok(Outcome::Failed(format!("{error:#}"))),
        }
    }

    /// What a refused rehearsal means.
    async fn refused(&self, task: &Task, data: &[u8]) -> Result<Outcome> {
        if is_gone(data) {
            return Ok(Outcome::Lost);
        }
        let why = explain(data, &task.step.unit);
        if is_early(data) {
            return Ok(Outcome::Waits(why));
        }
        let held = self.context.ether(self.context.account()?).await?;
        if held < task.step.value {
            let (held, needed) = (ether(held), ether(task.step.value));
            return Ok(Outcome::Failed(format!(
                "the account holds {held} and has to send {needed} along"
            )));
        }
        Ok(Outcome::Failed(why))
    }
}

/// Whether a refusal says that there is nothing to do any more.
fn is_gone(data: &[u8]) -> bool {
    use ICollateralAuction::ICollateralAuctionErrors as Sale;
    use ILoanPool::ILoanPoolErrors as Pool;
    use IQevAuction::IQevAuctionErrors as Auction;
    let auction = matches!(
        Auction::abi_decode(data),
        Ok(Auction::NothingToSettle(_)
            | Auction::NothingToRestore(_)
            | Auction::UnknownRequest(_)
            | Auction::NoSealedBid(_)
            | Auction::AlreadyRevealed(_)
            | Auction::NothingPending(_))
    );
    let sale = matches!(
        Sale::abi_decode(data),
        Ok(Sale::AlreadyListed(_) | Sale::AlreadySold(_) | Sale::NotLiquidated(_))
    );
    let pool = matches!(Pool::abi_decode(data), Ok(Pool::WrongLoanStatus(_)));
    let program = matches!(
        IArbWasm::IArbWasmErrors::abi_decode(data),
        Ok(IArbWasm::IArbWasmErrors::ProgramKeepaliveTooSoon(_) | IArbWasm::IArbWasmErrors::ProgramUpToDate(_))
    );
    auction || sale || pool || program
}

/// Whether a refusal says that the time has not come.
fn is_early(data: &[u8]) -> bool {
    use ICollateralAuction::ICollateralAuctionErrors as Sale;
    use ILoanPool::ILoanPoolErrors as Pool;
    use IStakedUSDai::IStakedUSDaiErrors as Vault;
    let vault = matches!(
        Vault::abi_decode(data),
        Ok(Vault::LoanInDefault(_)
            | Vault::NotPublicYet(_)
            | Vault::EpochUnsettled(_)
            | Vault::RestoreWindowOpen(_)
            | Vault::NotEligible(_)
            | Vault::InsufficientBalance(_)
            | Vault::BidUnsettled(_)
            | Vault::WrongPhase(_)
            | Vault::ZeroNav(_)
            | Vault::EnforcedPause(_))
    );
    let pool = matches!(
        Pool::abi_decode(data),
        Ok(Pool::NotDefaultable(_) | Pool::RedemptionWindowOpen(_))
    );
    let sale = matches!(Sale::abi_decode(data), Ok(Sale::StillRunning(_) | Sale::NoBid(_)));
    vault || pool || sale
}
