//! Where the protocol stands, as far as it decides what somebody has to do: the books of sUSDai, the calendar of its
//! auction, the queue. All of it is read at one moment.

use alloy_primitives::{Address, U256, U512};
use anyhow::Result;
use client::bindings::IQevAuction::Phase;
use client::bindings::{ILoanPool, IQevAuction, IStakedUSDai};

use crate::context::Context;
use crate::reads::Reads;
use crate::times::DAY;

/// How long after an epoch's end settling and servicing are the manager's alone.
pub const SETTLEMENT_GRACE: u64 = 3 * DAY;
/// How long servicing waits after a settlement for losing bids to come back to the queue.
pub const RESTORE_WINDOW: u64 = DAY;
/// The longest time that a loan in default stops settling and servicing.
pub const REDEMPTION_WINDOW: u64 = 14 * DAY;
/// So many epochs back the last settlement is looked for.
const RECENT_EPOCHS: u64 = 4;

/// The protocol at one moment.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The moment.
    pub now: u64,
    /// sUSDai.
    pub books: Books,
    /// Where time stands.
    pub calendar: Calendar,
    /// Who waits.
    pub queue: Queue,
    /// Until when a default of a loan stops settling and servicing; zero if none does.
    pub cure_end: u64,
}

/// The books of sUSDai, in USDai and shares.
#[derive(Clone, Debug)]
pub struct Books {
    /// Net asset value at which deposits are priced.
    pub optimistic: U256,
    /// Net asset value at which redemptions are priced.
    pub conservative: U256,
    /// USDai of a share at deposits, WAD.
    pub deposit_price: U256,
    /// USDai of a share at redemptions, WAD.
    pub redemption_price: U256,
    /// Shares that divide them.
    pub shares: U256,
    /// Cash that is free.
    pub idle: U256,
    /// Cash for what was serviced.
    pub reserved: U256,
    /// What of the cash is not in the price yet.
    pub unvested: U256,
    /// Shares that wait.
    pub pending: U256,
    /// Base yield that a harvest would bring, before the fee.
    pub base_yield: U256,
    /// The fee on it, in basis points.
    pub fee_bps: U256,
    /// Whether sUSDai is paused.
    pub is_paused: bool,
    /// The loan pool; zero if none is linked.
    pub pool: Address,
}

/// Where the auction's time stands.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// The running epoch.
    pub epoch: u64,
    /// Its phase.
    pub phase: Phase,
    /// When its bid phase ends.
    pub bid_end: u64,
    /// When it ends.
    pub epoch_end: u64,
    /// Until when its limit can be announced.
    pub announcement_end: u64,
    /// The limit announced for it.
    pub limit: Option<U256>,
    /// Shares under sealed and under revealed bids in it.
    pub bids: [U256; 2],
    /// Seconds of an epoch.
    pub epoch_length: u64,
    /// From when anybody may settle the oldest epoch with bids; zero if there is none.
    pub public_settlement: u64,
    /// From when anybody may service.
    pub public_servicing: u64,
    /// The last settlement of the recent epochs; zero if there was none.
    pub settled_at: u64,
}

/// Shares that are not serviced.
#[derive(Clone, Debug)]
pub struct Queue {
    /// In the queue.
    pub queued: U256,
    /// Under bids that are not settled.
    pub at_auction: U256,
    /// Of losing and unrevealed bids, on their way back.
    pub awaiting_restore: U256,
    /// That may be serviced now.
    pub eligible: U256,
}

impl Context {
    /// Reads where the protocol stands.
    ///
    /// # Errors
    ///
    /// When the node does not answer.
    pub async fn overview(&self) -> Result<Overview> {
        let (vault, auction) = (self.vault()?, self.auction()?);
        let mut reads = Reads::new();
        let optimistic = reads.add(vault, &IStakedUSDai::navCall {});
        let conservative = reads.add(vault, &IStakedUSDai::conservativeNavCall {});
        let deposit_price = reads.add(vault, &IStakedUSDai::depositSharePriceCall {});
        let redemption_price = reads.add(vault, &IStakedUSDai::redemptionSharePriceCall {});
        let shares = reads.add(vault, &IStakedUSDai::totalSharesCall {});
        let books = reads.add(vault, &IStakedUSDai::booksCall {});
        let base_yield = reads.add(vault, &IStakedUSDai::claimableBaseYieldCall {});
        let fee = reads.add(vault, &IStakedUSDai::baseYieldFeeCall {});
        let paused = reads.add(vault, &IStakedUSDai::pausedCall {});
        let pool = reads.add(vault, &IStakedUSDai::loanPoolCall {});
        let time = reads.add(auction, &IQevAuction::currentEpochCall {});
        let length = reads.add(auction, &IQevAuction::epochLengthCall {});
        let public = reads.add(auction, &IQevAuction::publicFromCall {});
        let unserviced = reads.add(auction, &IQevAuction::unservicedSharesCall {});
        let answers = self.read(reads).await?;
        let (time, public, books) = (answers.get(time)?, answers.get(public)?, answers.get(books)?);
        let unserviced = answers.get(unserviced)?;
        let epoch: u64 = time.epoch.saturating_to();
        let pool = answers.get(pool)?;

        let mut reads = Reads::new();
        let bids = reads.add(auction, &IQevAuction::epochBidsCall { epoch: time.epoch });
        let recent: Vec<_> = (epoch.saturating_sub(RECENT_EPOCHS)..epoch)
            .map(|epoch| {
                reads.add(
                    auction,
                    &IQevAuction::epochResultCall {
                        epoch: U256::from(epoch),
                    },
                )
            })
            .collect();
        let cure_end = (!pool.is_zero()).then(|| reads.add(pool, &ILoanPool::latestCureEndCall {}));
        let more = self.read(reads).await?;
        let bids = more.get(bids)?;
        let mut settled_at = 0;
        for result in recent {
            settled_at = settled_at.max(more.get(result)?.settledAt.saturating_to());
        }
        let cure_end: u64 = match cure_end {
            Some(cure_end) => more.get(cure_end)?.saturating_to(),
            None => 0,
        };
        Ok(Overview {
            now: answers.now,
            books: Books {
                optimistic: answers.get(optimistic)?,
                conservative: answers.get(conservative)?,
                deposit_price: answers.get(deposit_price)?,
                redemption_price: answers.get(redemption_price)?,
                shares: answers.get(shares)?,
                idle: books.idle,
                reserved: books.reserved,
                unvested: books.unvested,
                pending: books.pendingShares,
                base_yield: answers.get(base_yield)?,
                fee_bps: answers.get(fee)?.feeBps,
                is_paused: answers.get(paused)?,
                pool,
            },
            calendar: Calendar {
                epoch,
                phase: time.phase,
                bid_end: time.bidPhaseEnd.saturating_to(),
                epoch_end: time.epochEnd.saturating_to(),
                announcement_end: time.announcementEnd.saturating_to(),
                limit: bids.limitAnnounced.then_some(bids.announcedLimit),
                bids: [bids.sealedShares, bids.revealedShares],
                epoch_length: answers.get(length)?.saturating_to(),
                public_settlement: public.settlement.saturating_to(),
                public_servicing: public.servicing.saturating_to(),
                settled_at,
            },
            queue: Queue {
                queued: unserviced.queued,
                at_auction: unserviced.atAuction,
                awaiting_restore: unserviced.awaitingRestore,
                eligible: unserviced.eligible,
            },
            // A time further away than any redemption window is long does not bind.
            cure_end: if (1..=REDEMPTION_WINDOW).contains(&cure_end.saturating_sub(answers.now)) {
                cure_end
            } else {
                0
            },
        })
    }
}

impl Overview {
    /// From when the manager can settle the oldest epoch with bids; `None` if there is none.
    pub fn settleable_from(&self) -> Option<u64> {
        match self.calendar.public_settlement {
            0 => None,
            public => Some(public.saturating_sub(SETTLEMENT_GRACE)),
        }
    }

    /// The epoch that is to be settled now; `None` if there is none.
    pub fn to_settle(&self) -> Option<u64> {
        let calendar = &self.calendar;
        let end = self.settleable_from().filter(|end| *end <= self.now)?;
        let epochs = calendar
            .epoch_end
            .saturating_sub(end)
            .checked_div(calendar.epoch_length)?;
        calendar.epoch.checked_sub(epochs)
    }

    /// Until when servicing waits for losing bids to come back; `None` if it does not.
    pub fn restores_until(&self) -> Option<u64> {
        let until = self.calendar.settled_at.saturating_add(RESTORE_WINDOW);
        (!self.queue.awaiting_restore.is_zero() && self.now < until).then_some(until)
    }

    /// The shares that the idle assets could pay for, rounded down.
    pub fn affordable(&self) -> U256 {
        let product = self.books.idle.widening_mul::<256, 4, 512, 8>(self.books.shares);
        match product.checked_div(U512::from(self.books.conservative)) {
            Some(shares) => shares.saturating_to(),
            None => U256::ZERO,
        }
    }

    /// The shares that the manager can have serviced now: what is eligible; if the idle assets bind, what they pay for
    /// but for a ten-thousandth, because the price rises while a transaction is on its way.
    pub fn serviceable(&self) -> U256 {
        let affordable = self.affordable();
        self.queue.eligible.min(affordable - affordable / U256::from(10_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overview() -> Overview {
        let none = U256::ZERO;
        Overview {
            now: 100 * DAY,
            books: Books {
                optimistic: U256::from(2_000),
                conservative: U256::from(2_000),
                deposit_price: none,
                redemption_price: none,
                shares: U256::from(1_000),
                idle: U256::from(500),
                reserved: none,
                unvested: none,
                pending: none,
                base_yield: none,
                fee_bps: none,
                is_paused: false,
                pool: Address::ZERO,
            },
            calendar: Calendar {
                epoch: 3,
                phase: Phase::Bid,
                bid_end: 117 * DAY,
                epoch_end: 120 * DAY,
                announcement_end: 116 * DAY,
                limit: None,
                bids: [none; 2],
                epoch_length: 30 * DAY,
                public_settlement: 0,
                public_servicing: 93 * DAY,
                settled_at: 0,
            },
            queue: Queue {
                queued: none,
                at_auction: none,
                awaiting_restore: none,
                eligible: U256::from(10_000),
            },
            cure_end: 0,
        }
    }

    #[test]
    fn the_oldest_ended_epoch_with_bids_is_to_be_settled() {
        let mut overview = overview();
        assert_eq!(overview.to_settle(), None, "nobody has bid");
        for (public, epoch) in [(33, Some(0)), (63, Some(1)), (93, Some(2)), (123, None)] {
            overview.calendar.public_settlement = public * DAY;
            assert_eq!(overview.to_settle(), epoch, "from day {public}");
        }
    }

    #[test]
    fn servicing_waits_for_a_day_at_most() {
        let mut overview = overview();
        overview.calendar.settled_at = 99 * DAY + 1;
        assert_eq!(overview.restores_until(), None, "nobody has to come back");
        overview.queue.awaiting_restore = U256::from(1);
        assert_eq!(overview.restores_until(), Some(100 * DAY + 1));
        overview.now = 100 * DAY + 1;
        assert_eq!(overview.restores_until(), None, "the window is over");
    }

    #[test]
    fn what_is_serviced_can_be_paid() {
        let mut overview = overview();
        // 500 at 2 each; the last unit is left because the price may rise.
        assert_eq!(overview.affordable(), U256::from(250));
        overview.books.idle = U256::from(50_000);
        assert_eq!(overview.serviceable(), U256::from(10_000), "all that is eligible");
        overview.books.idle = U256::from(10_000);
        assert_eq!(overview.affordable(), U256::from(5_000));
        assert_eq!(overview.serviceable(), U256::from(5_000));
        overview.books.idle = U256::from(19_999);
        overview.books.shares = U256::from(10_000_000);
        overview.queue.eligible = U256::MAX;
        assert_eq!(overview.affordable(), U256::from(99_995_000));
        assert_eq!(overview.serviceable(), U256::from(99_985_001));
        overview.books.conservative = U256::ZERO;
        assert_eq!(overview.serviceable(), U256::ZERO);
    }
}
