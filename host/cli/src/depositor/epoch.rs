//! Where the auction's calendar stands, and a depositor's requests in it.

use alloy_primitives::{Address, U256};
use anyhow::{Context as _, Result, bail, ensure};
use client::bindings::IQevAuction::{self, Phase, RequestState};
use serde_json::{Value, json};

use crate::amount::{WAD_DECIMALS, exact};
use crate::context::Context;
use crate::reads::Reads;
use crate::times::{relative, when};

/// Where an epoch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epoch {
    /// Its number.
    pub number: u64,
    /// Its phase now.
    pub phase: Phase,
    /// When its bid phase ends and its reveal phase begins.
    pub bid_end: u64,
    /// When it ends.
    pub end: u64,
    /// Until when the manager can announce a limit.
    pub announcement_end: u64,
    /// When this was read.
    pub now: u64,
    /// Lowest and highest discount that can be bid, and what an unrevealed bid forfeits of its shares; basis points.
    pub bounds: [u64; 3],
}

impl Epoch {
    /// The epoch of now.
    ///
    /// # Errors
    ///
    /// When the node does not answer.
    pub async fn read(context: &Context) -> Result<Self> {
        let auction = context.auction()?;
        let mut reads = Reads::new();
        let epoch = reads.add(auction, &IQevAuction::currentEpochCall {});
        let answers = context.read(reads).await?;
        let epoch = answers.get(epoch)?;
        let terms = context
            .view(auction, &IQevAuction::epochTermsCall { epoch: epoch.epoch })
            .await?;
        let number = |value: U256| u64::try_from(value).context("the auction's calendar makes no sense");
        Ok(Self {
            number: number(epoch.epoch)?,
            phase: epoch.phase,
            bid_end: number(epoch.bidPhaseEnd)?,
            end: number(epoch.epochEnd)?,
            announcement_end: number(epoch.announcementEnd)?,
            now: answers.now,
            bounds: [
                number(terms.minDiscountBps)?,
                number(terms.maxDiscountBps)?,
                number(terms.bondBps)?,
            ],
        })
    }

    /// The epoch, its phase and how long it lasts, in a sentence.
    pub fn describe(&self) -> String {
        match self.phase {
            Phase::Bid => format!(
                "epoch {}, bid phase: bids are sealed until {}",
                self.number,
                when(self.bid_end, self.now)
            ),
            Phase::Reveal => format!(
                "epoch {}, reveal phase: bids are revealed until {}",
                self.number,
                when(self.end, self.now)
            ),
            _ => "before the first epoch: requests are taken, bids are not".to_owned(),
        }
    }

    /// The phase for machines.
    pub fn phase_name(&self) -> &'static str {
        match self.phase {
            Phase::Bid => "bid",
            Phase::Reveal => "reveal",
            _ => "before-genesis",
        }
    }

    /// Refuses unless bids can be sealed and withdrawn now.
    ///
    /// # Errors
    ///
    /// In another phase, saying when the next bid phase begins.
    pub fn require_bid_phase(&self) -> Result<()> {
        match self.phase {
            Phase::Bid => Ok(()),
            Phase::Reveal => bail!(
                "bids of epoch {} could be sealed until {}; those of the next from {}",
                self.number,
                when(self.bid_end, self.now),
                when(self.end, self.now)
            ),
            _ => bail!("the first epoch has not begun: nobody can bid yet"),
        }
    }

    /// Refuses unless bids can be revealed now.
    ///
    /// # Errors
    ///
    /// In another phase, saying when the reveal phase begins.
    pub fn require_reveal_phase(&self) -> Result<()> {
        ensure!(
            self.phase == Phase::Reveal,
            "bids of epoch {} are revealed from {}, until {}",
            self.number,
            when(self.bid_end, self.now),
            when(self.end, self.now)
        );
        Ok(())
    }

    /// For machines.
    pub fn json(&self) -> Value {
        let [minimum, maximum, bond] = self.bounds;
        json!({
            "epoch": self.number,
            "phase": self.phase_name(),
            "bidPhaseEnd": self.bid_end,
            "epochEnd": self.end,
            "minDiscountBps": minimum,
            "maxDiscountBps": maximum,
            "bondBps": bond,
        })
    }
}

/// One redemption request.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its id.
    pub id: U256,
    /// What the auction says of it.
    pub state: IQevAuction::requestReturn,
    /// The commitment that seals its bid; zero if none does.
    pub commitment: alloy_primitives::B256,
    /// When the queue may serve it.
    pub eligible_from: u64,
}

impl Request {
    /// Where its shares stand, in words.
    pub fn standing(&self, now: u64) -> String {
        let state = &self.state;
        match state.state {
            RequestState::Queued if state.pendingShares.is_zero() => "paid".into(),
            RequestState::Queued if self.eligible_from > now => {
                format!("in the queue; its turn may come {}", relative(self.eligible_from, now))
            }
            RequestState::Queued => "in the queue; may be paid any time".into(),
            RequestState::Sealed => format!("at auction, sealed bid in epoch {}", state.bidEpoch),
            RequestState::Revealed => format!("at auction, revealed bid in epoch {}", state.bidEpoch),
            _ => "unknown".into(),
        }
    }

    /// For machines.
    pub fn json(&self) -> Value {
        let state = &self.state;
        json!({
            "id": self.id.to_string(),
            "state": match state.state {
                RequestState::Queued => "queued",
                RequestState::Sealed => "sealed",
                RequestState::Revealed => "revealed",
                _ => "none",
            },
            "madeInEpoch": state.madeInEpoch.to_string(),
            "eligibleFrom": self.eligible_from,
            "pendingShares": exact(state.pendingShares, WAD_DECIMALS),
            "sharesAhead": exact(state.sharesAhead, WAD_DECIMALS),
            "claimableShares": exact(state.claimableShares, WAD_DECIMALS),
            "claimableUsdai": exact(state.claimableAssets, WAD_DECIMALS),
            "bidEpoch": state.bidEpoch.to_string(),
            "discountBps": state.discountBps.to_string(),
        })
    }
}

/// Requests by id, as they are now. One that does not exist has the state `None`.
///
/// # Errors
///
/// When the node does not answer.
pub async fn read_requests(context: &Context, ids: &[U256]) -> Result<Vec<Request>> {
    let auction = context.auction()?;
    let mut reads = Reads::new();
    let asked: Vec<_> = ids
        .iter()
        .map(|id| {
            (
                reads.add(auction, &IQevAuction::requestCall { requestId: *id }),
                reads.add(auction, &IQevAuction::commitmentOfCall { requestId: *id }),
                reads.add(auction, &IQevAuction::redemptionCall { redemptionId: *id }),
            )
        })
        .collect();
    let answers = context.read(reads).await?;
    let mut requests = Vec::new();
    for (id, (state, commitment, redemption)) in ids.iter().zip(asked) {
        let Ok(state) = answers.get(state) else {
            bail!("there is no request {id}, or it was claimed to the end");
        };
        requests.push(Request {
            id: *id,
            state,
            commitment: answers.get(commitment)?,
            eligible_from: answers.get(redemption)?.redemptionTimestamp,
        });
    }
    Ok(requests)
}

/// A controller's live requests.
///
/// # Errors
///
/// When the node does not answer.
pub async fn requests_of(context: &Context, controller: Address) -> Result<Vec<Request>> {
    let ids = context
        .view(context.auction()?, &IQevAuction::redemptionIdsCall { controller })
        .await?;
    read_requests(context, &ids).await
}

/// One request, which must exist.
///
/// # Errors
///
/// When it does not.
pub async fn read_request(context: &Context, id: U256) -> Result<Request> {
    let found = read_requests(context, &[id]).await?.pop();
    match found {
        Some(request) if request.state.state != RequestState::None => Ok(request),
        _ => bail!("there is no request {id}, or it was claimed to the end"),
    }
}
