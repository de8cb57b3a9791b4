//! What a keeper looks for: who has to be served now, and with which transaction. Views only; nothing is kept but what the
//! chain and the stored openings say.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, U256};
use alloy_rpc_types_eth::Filter;
use alloy_sol_types::{SolCall, SolEvent};
use anyhow::Result;
use clap::ValueEnum;
use client::bindings::ICollateralAuction::Status;
use client::bindings::ILoanPool::LoanStatus;
use client::bindings::IQevAuction::{Phase, RequestState};
use client::bindings::{ICollateralAuction, ILoanPool, IQevAuction, IStakedUSDai};
use client::deployment::names;
use client::role_id;

use crate::amount::{Unit, percent};
use crate::context::Context;
use crate::loans::{Book, Loan};
use crate::openings::Store;
use crate::overview::{Overview, REDEMPTION_WINDOW};
use crate::plan::Step;
use crate::programs::{Program, RENEWABLE_BELOW};
use crate::reads::Reads;

/// Requests that are looked at together.
const REQUESTS_AT_ONCE: usize = 100;
/// When the idle assets do not pay for the whole queue, what they pay for must be this part of it, in percent: not every
/// trickle is worth a transaction.
const LEAST_SERVICE: u64 = 1;

/// What a keeper can do, in the order in which it does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Job {
    /// Renew programs before they expire
    Renew,
    /// Reveal the bids whose openings are stored here
    Reveal,
    /// Settle auctions
    Settle,
    /// Bring losing and unrevealed bids back to the queue
    Restore,
    /// Service the queue
    Service,
    /// Put the collateral of liquidated loans up for auction
    List,
    /// Settle the sales of collateral that was won
    Sell,
    /// Declare defaults
    Default,
    /// Liquidate what was not cured
    Liquidate,
}

impl Job {
    /// What is done unless something else is asked for: whatever takes nothing from anybody.
    pub const USUAL: [Self; 7] = [
        Self::Renew,
        Self::Reveal,
        Self::Settle,
        Self::Restore,
        Self::Service,
        Self::List,
        Self::Sell,
    ];

    /// The job in a word, as on the command line.
    pub fn name(self) -> String {
        self.to_possible_value()
            .map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// One transaction that is due.
#[derive(Clone, Debug)]
pub struct Task {
    /// What it is part of.
    pub job: Job,
    /// What it is about, the same from pass to pass.
    pub key: String,
    /// The transaction.
    pub step: Step,
}

impl Task {
    fn new<C: SolCall>(job: Job, about: impl std::fmt::Display, text: String, to: Address, call: &C) -> Self {
        Self {
            job,
            key: format!("{} {about}", job.name()),
            step: Step {
                text,
                to,
                value: U256::ZERO,
                data: call.abi_encode().into(),
                unit: Unit::number(),
            },
        }
    }
}

/// Looks for tasks. What it remembers of the chain's logs it can read again at any time.
#[derive(Debug)]
pub struct Finder<'a> {
    context: &'a Context,
    /// Renew programs that have less time left.
    renew_below: u64,
    /// Requests that have bid and are not known to be back in the queue.
    bidders: BTreeSet<U256>,
    bids_read_to: u64,
    /// Liquidated loans whose collateral is not known to be sold.
    for_sale: BTreeSet<B256>,
    sales_read_to: u64,
    loans: Book,
}

impl<'a> Finder<'a> {
    /// Has read nothing yet.
    pub fn new(context: &'a Context, renew_below: u64, loans: Book) -> Self {
        Self {
            context,
            renew_below: renew_below.min(RENEWABLE_BELOW),
            bidders: BTreeSet::new(),
            bids_read_to: 0,
            for_sale: BTreeSet::new(),
            sales_read_to: 0,
            loans,
        }
    }

    /// What is due of a job.
    ///
    /// # Errors
    ///
    /// When the node does not answer.
    pub async fn find(&mut self, job: Job) -> Result<Vec<Task>> {
        match job {
            Job::Renew => self.renewals().await,
            Job::Reveal => self.reveals().await,
            Job::Settle => self.settlement().await,
            Job::Restore => self.restores().await,
            Job::Service => self.servicing().await,
            Job::List | Job::Sell => self.sales(job).await,
            Job::Default | Job::Liquidate => self.troubles(job).await,
        }
    }

    async fn renewals(&self) -> Result<Vec<Task>> {
        let mut tasks = Vec::new();
        for program in self.context.programs().await? {
            let Program { name, left, .. } = &program;
            if *left < self.renew_below {
                tasks.push(Task {
                    job: Job::Renew,
                    key: format!("renew {name}"),
                    step: self.context.renewal(&program).await?,
                });
            }
        }
        Ok(tasks)
    }

    async fn reveals(&self) -> Result<Vec<Task>> {
        let auction = self.context.auction()?;
        let time = self.context.view(auction, &IQevAuction::currentEpochCall {}).await?;
        if time.phase != Phase::Reveal {
            return Ok(Vec::new());
        }
        let mut reads = Reads::new();
        let mut asked = Vec::new();
        for openings in Store::of(self.context)?.of_epoch(time.epoch.saturating_to())? {
            let request = openings.request_id()?;
            let sealed = reads.add(auction, &IQevAuction::commitmentOfCall { requestId: request });
            asked.push((request, sealed, openings));
        }
        let answers = self.context.read(reads).await?;
        let mut tasks = Vec::new();
        for (request, sealed, openings) in asked {
            // None is sealed once it is revealed, and what another store sealed is another's to reveal.
            let Some(opening) = openings.opening_of(answers.get(sealed)?) else {
                continue;
            };
            let text = format!(
                "reveal the bid of {} on request {request}",
                percent(U256::from(opening.discount_bps))
            );
            let call = IQevAuction::revealBidCall {
                requestId: request,
                discountBps: opening.discount_bps,
                salt: opening.salt,
            };
            tasks.push(Task::new(Job::Reveal, request, text, auction, &call));
        }
        Ok(tasks)
    }

    /// Whether the account may do already what is public later.
    async fn is_manager(&self) -> Result<bool> {
        let call = IStakedUSDai::hasRoleCall {
            role: role_id("STRATEGY_ADMIN_ROLE"),
            account: self.context.account()?,
        };
        self.context.view(self.context.vault()?, &call).await
    }

    async fn settlement(&self) -> Result<Vec<Task>> {
        let overview = self.context.overview().await?;
        let Some(epoch) = overview.to_settle() else {
            return Ok(Vec::new());
        };
        if rests(&overview) || (overview.calendar.public_settlement > overview.now && !self.is_manager().await?) {
            return Ok(Vec::new());
        }
        let text = format!("settle the auction of epoch {epoch}");
        let call = IStakedUSDai::settleAuctionCall {};
        Ok(vec![Task::new(Job::Settle, epoch, text, self.context.vault()?, &call)])
    }

    async fn restores(&mut self) -> Result<Vec<Task>> {
        let auction = self.context.auction()?;
        let waiting = self
            .context
            .view(auction, &IQevAuction::unservicedSharesCall {})
            .await?
            .awaitingRestore;
        if waiting.is_zero() {
            return Ok(Vec::new());
        }
        let filter = Filter::new()
            .address(auction)
            .event_signature(IQevAuction::BidCommitted::SIGNATURE_HASH);
        let (logs, read_to) = self.context.logs_from(&filter, self.bids_read_to).await?;
        for log in logs {
            self.bidders
                .insert(IQevAuction::BidCommitted::decode_log(&log.inner)?.requestId);
        }
        self.bids_read_to = read_to;
        let ids: Vec<U256> = self.bidders.iter().copied().collect();
        let mut standing = Vec::new();
        for some in ids.chunks(REQUESTS_AT_ONCE) {
            let mut reads = Reads::new();
            let asked: Vec<_> = some
                .iter()
                .map(|id| (*id, reads.add(auction, &IQevAuction::requestCall { requestId: *id })))
                .collect();
            let answers = self.context.read(reads).await?;
            for (id, request) in asked {
                let request = answers.get(request)?;
                if !matches!(request.state, RequestState::Sealed | RequestState::Revealed) {
                    self.bidders.remove(&id);
                } else if !request.pendingShares.is_zero() {
                    standing.push((id, request));
                }
            }
        }
        let settled = self
            .settled(standing.iter().map(|(_, request)| request.bidEpoch))
            .await?;
        standing.retain(|(_, request)| settled.contains(&request.bidEpoch));
        let tasks = standing.into_iter().map(|(id, request)| {
            let text = format!(
                "restore {} of request {id} to the queue",
                Unit::susdai().show(request.pendingShares)
            );
            Task::new(
                Job::Restore,
                id,
                text,
                auction,
                &IQevAuction::restoreCall { requestId: id },
            )
        });
        Ok(tasks.collect())
    }

    /// Those of some epochs that are settled.
    async fn settled(&self, epochs: impl Iterator<Item = U256>) -> Result<BTreeSet<U256>> {
        let auction = self.context.auction()?;
        let mut reads = Reads::new();
        let asked: Vec<_> = epochs
            .collect::<BTreeSet<_>>()
            .into_iter()
            .map(|epoch| (epoch, reads.add(auction, &IQevAuction::epochResultCall { epoch })))
            .collect();
        let answers = self.context.read(reads).await?;
        let mut settled = BTreeSet::new();
        for (epoch, result) in asked {
            if !answers.get(result)?.settledAt.is_zero() {
                settled.insert(epoch);
            }
        }
        Ok(settled)
    }

    async fn servicing(&self) -> Result<Vec<Task>> {
        let overview = self.context.overview().await?;
        let eligible = overview.queue.eligible;
        if rests(&overview) || overview.to_settle().is_some() || overview.restores_until().is_some() {
            return Ok(Vec::new());
        }
        let payable = overview.serviceable();
        if payable.is_zero()
            || payable.saturating_mul(U256::from(100)) < eligible.saturating_mul(U256::from(LEAST_SERVICE))
        {
            return Ok(Vec::new());
        }
        // In public time what is asked for is a ceiling.
        let shares = if overview.calendar.public_servicing <= overview.now {
            eligible
        } else if self.is_manager().await? {
            payable
        } else {
            return Ok(Vec::new());
        };
        let text = format!("service {} of the queue", Unit::susdai().show(payable));
        let call = IStakedUSDai::serviceRedemptionsCall { shares };
        let epoch = overview.calendar.epoch;
        Ok(vec![Task::new(Job::Service, epoch, text, self.context.vault()?, &call)])
    }

    async fn sales(&mut self, job: Job) -> Result<Vec<Task>> {
        let pool = self.context.pool()?;
        let auction = self.context.deployment.contract(names::COLLATERAL_AUCTION)?;
        let filter = Filter::new()
            .address(pool)
            .event_signature(ILoanPool::LiquidationStarted::SIGNATURE_HASH);
        let (logs, read_to) = self.context.logs_from(&filter, self.sales_read_to).await?;
        for log in logs {
            self.for_sale
                .insert(ILoanPool::LiquidationStarted::decode_log(&log.inner)?.loanId);
        }
        self.sales_read_to = read_to;
        let mut reads = Reads::new();
        let asked: Vec<_> = self
            .for_sale
            .iter()
            .map(|id| {
                (
                    *id,
                    reads.add(auction, &ICollateralAuction::listingCall { loanId: *id }),
                )
            })
            .collect();
        let answers = self.context.read(reads).await?;
        let mut tasks = Vec::new();
        for (id, listing) in asked {
            let listing = answers.get(listing)?;
            match (listing.status, job) {
                (Status::Sold, _) => {
                    self.for_sale.remove(&id);
                }
                (Status::Unlisted, Job::List) => {
                    let text = format!("put the collateral of loan {id} up for auction");
                    let call = ICollateralAuction::listCall { loanId: id };
                    tasks.push(Task::new(job, id, text, auction, &call));
                }
                (Status::Won, Job::Sell) => {
                    let text = format!(
                        "settle the sale of the collateral of loan {id} for {}",
                        Unit::usdai().show(listing.amount)
                    );
                    let call = ICollateralAuction::settleCall { loanId: id };
                    tasks.push(Task::new(job, id, text, auction, &call));
                }
                _ => {}
            }
        }
        Ok(tasks)
    }

    async fn troubles(&mut self, job: Job) -> Result<Vec<Task>> {
        let pool = self.context.pool()?;
        let now = self.loans.refresh(self.context).await?;
        let tasks = self
            .loans
            .loans()
            .iter()
            .filter_map(|loan| trouble(loan, job, pool, now));
        Ok(tasks.collect())
    }
}

/// Whether neither settling nor servicing is possible.
fn rests(overview: &Overview) -> bool {
    overview.books.is_paused || overview.cure_end > overview.now
}

fn trouble(loan: &Loan, job: Job, pool: Address, now: u64) -> Option<Task> {
    let (id, terms, quote) = (loan.id, loan.terms.clone()?, loan.quote.as_ref()?);
    let outstanding = Unit::usdai().show(loan.state.outstanding);
    match (loan.state.status, job) {
        (LoanStatus::Active | LoanStatus::Impaired, Job::Default) => {
            let text = format!("declare the default of loan {id}, {outstanding}");
            let call = ILoanPool::markDefaultCall { terms };
            (quote.defaultsFrom.saturating_to::<u64>() <= now).then(|| Task::new(job, id, text, pool, &call))
        }
        (LoanStatus::Defaulted, Job::Liquidate) => {
            let from = loan.state.defaultedAt.saturating_to::<u64>() + REDEMPTION_WINDOW;
            let text = format!("liquidate loan {id}, {outstanding}");
            let call = ILoanPool::liquidateCall { terms };
            (from <= now).then(|| Task::new(job, id, text, pool, &call))
        }
        _ => None,
    }
}
