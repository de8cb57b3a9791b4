//! The calendar: which epoch and phase a moment belongs to, and the deadlines in it.
//!
//! Epoch e covers [genesis + e·length, genesis + (e + 1)·length). It begins with the bid phase and ends with the reveal
//! phase. Every interval is half-open: at its end the next one has begun. Before genesis the epoch is 0 (requests
//! already join it) and the phase is [`Phase::Before`] (nobody can bid yet). Moments beyond 2^64 − 1 read as that.

use crate::Error;

/// Seconds of a day.
pub const DAY: u64 = 86_400;
/// The auction's limit can be announced until so long before the bid phase ends.
pub const ANNOUNCEMENT_LEAD: u64 = DAY;
/// From so long after an epoch's end anybody may settle and service.
pub const SETTLEMENT_GRACE: u64 = 3 * DAY;
/// After a settlement, servicing waits so long for those who have to come back to their places.
pub const RESTORE_WINDOW: u64 = DAY;

/// What can be done with bids at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Genesis has not come: no bids.
    Before,
    /// Bids are sealed, replaced, withdrawn.
    Bid,
    /// Bids are revealed.
    Reveal,
}

/// Genesis and the lengths, fixed at deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    genesis: u64,
    epoch_length: u64,
    bid_length: u64,
}

impl Calendar {
    /// A calendar of epochs of `epoch_length` seconds, of which the first `bid_length` are the bid phase.
    ///
    /// # Errors
    /// [`Error::InvalidCalendar`] unless [`ANNOUNCEMENT_LEAD`] < `bid_length` < `epoch_length`, the epoch is longer than
    /// [`SETTLEMENT_GRACE`] (in a shorter one servicing would never be open to everybody), and the first epoch ends
    /// before time does.
    pub const fn new(genesis: u64, epoch_length: u64, bid_length: u64) -> Result<Self, Error> {
        if bid_length <= ANNOUNCEMENT_LEAD
            || epoch_length <= bid_length
            || epoch_length <= SETTLEMENT_GRACE
            || genesis.checked_add(epoch_length).is_none()
        {
            return Err(Error::InvalidCalendar);
        }
        Ok(Self {
            genesis,
            epoch_length,
            bid_length,
        })
    }

    /// When epoch 0 begins.
    #[must_use]
    pub const fn genesis(self) -> u64 {
        self.genesis
    }

    /// Seconds of a bid phase.
    #[must_use]
    pub const fn bid_length(self) -> u64 {
        self.bid_length
    }

    /// Seconds of an epoch.
    #[must_use]
    pub const fn epoch_length(self) -> u64 {
        self.epoch_length
    }

    /// The epoch of a moment; 0 before genesis.
    #[must_use]
    pub const fn epoch_at(self, time: u64) -> u64 {
        time.saturating_sub(self.genesis) / self.epoch_length
    }

    /// The phase of a moment.
    #[must_use]
    pub const fn phase_at(self, time: u64) -> Phase {
        if time < self.genesis {
            Phase::Before
        } else if time < self.bid_end(self.epoch_at(time)) {
            Phase::Bid
        } else {
            Phase::Reveal
        }
    }

    /// When an epoch and its bid phase begin.
    #[must_use]
    pub const fn start(self, epoch: u64) -> u64 {
        self.genesis.saturating_add(epoch.saturating_mul(self.epoch_length))
    }

    /// When the bid phase ends and the reveal phase begins.
    #[must_use]
    pub const fn bid_end(self, epoch: u64) -> u64 {
        self.start(epoch).saturating_add(self.bid_length)
    }

    /// When an epoch and its reveal phase end.
    #[must_use]
    pub const fn end(self, epoch: u64) -> u64 {
        self.start(epoch).saturating_add(self.epoch_length)
    }

    /// When the limit of an epoch can no longer be announced.
    #[must_use]
    pub const fn announcement_end(self, epoch: u64) -> u64 {
        self.bid_end(epoch).saturating_sub(ANNOUNCEMENT_LEAD)
    }

    /// Whether an epoch is over: its auction can be settled and its requests are eligible.
    #[must_use]
    pub const fn has_ended(self, epoch: u64, time: u64) -> bool {
        self.end(epoch) <= time
    }

    /// When anybody may settle an epoch and service after it.
    #[must_use]
    pub const fn public_settlement_start(self, epoch: u64) -> u64 {
        self.end(epoch).saturating_add(SETTLEMENT_GRACE)
    }
}

/// A moment of a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    calendar: Calendar,
    now: u64,
    epoch: u64,
}

impl Clock {
    /// The latest epoch that can be kept.
    pub const LAST_EPOCH: u64 = (1 << 32) - 2;

    /// The moment `now` of `calendar`.
    ///
    /// # Errors
    /// [`Error::CounterExhausted`] after [`Clock::LAST_EPOCH`].
    pub const fn new(calendar: Calendar, now: u64) -> Result<Self, Error> {
        let epoch = calendar.epoch_at(now);
        if epoch > Self::LAST_EPOCH {
            return Err(Error::CounterExhausted);
        }
        Ok(Self { calendar, now, epoch })
    }

    /// The calendar.
    #[must_use]
    pub const fn calendar(self) -> Calendar {
        self.calendar
    }

    /// The moment in seconds.
    #[must_use]
    pub const fn now(self) -> u64 {
        self.now
    }

    /// The epoch of the moment.
    #[must_use]
    pub const fn epoch(self) -> u64 {
        self.epoch
    }

    /// The phase of the moment.
    #[must_use]
    pub const fn phase(self) -> Phase {
        self.calendar.phase_at(self.now)
    }

    /// From when anybody may service in this epoch. In epoch 0 nothing is eligible: then it is the first such time.
    #[must_use]
    pub const fn public_servicing_start(self) -> u64 {
        self.calendar.public_settlement_start(self.epoch.saturating_sub(1))
    }
}

/// When servicing stops to wait for those who have not come back, after a settlement at `settled_at`.
#[must_use]
pub const fn restore_window_end(settled_at: u64) -> u64 {
    settled_at.saturating_add(RESTORE_WINDOW)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GENESIS: u64 = 1_800_000_000;

    fn monthly() -> Calendar {
        Calendar::new(GENESIS, 30 * DAY, 27 * DAY).unwrap()
    }

    #[test]
    fn before_genesis_it_is_epoch_zero_without_a_bid_phase() {
        for time in [0, GENESIS - 30 * DAY, GENESIS - 1] {
            assert_eq!(monthly().epoch_at(time), 0);
            assert_eq!(monthly().phase_at(time), Phase::Before);
            assert!(!monthly().has_ended(0, time));
        }
        assert_eq!(monthly().phase_at(GENESIS), Phase::Bid);
    }

    #[test]
    fn every_boundary_belongs_to_what_begins_there() {
        let calendar = monthly();
        for epoch in [0, 1, 2, 700] {
            let start = GENESIS + epoch * 30 * DAY;
            assert_eq!(calendar.start(epoch), start);
            assert_eq!(calendar.bid_end(epoch), start + 27 * DAY);
            assert_eq!(calendar.end(epoch), start + 30 * DAY);
            assert_eq!(calendar.announcement_end(epoch), start + 26 * DAY);
            assert_eq!(calendar.public_settlement_start(epoch), start + 33 * DAY);
            for (time, in_epoch, phase) in [
                (start, epoch, Phase::Bid),
                (start + 27 * DAY - 1, epoch, Phase::Bid),
                (start + 27 * DAY, epoch, Phase::Reveal),
                (start + 30 * DAY - 1, epoch, Phase::Reveal),
                (start + 30 * DAY, epoch + 1, Phase::Bid),
            ] {
                assert_eq!(
                    (calendar.epoch_at(time), calendar.phase_at(time)),
                    (in_epoch, phase),
                    "{time}"
                );
                assert_eq!(calendar.has_ended(epoch, time), time >= start + 30 * DAY);
            }
        }
        assert_eq!(restore_window_end(GENESIS), GENESIS + DAY);
    }

    #[test]
    fn lengths_that_leave_no_time_are_refused() {
        for (epoch_length, bid_length) in [
            (0, 0),
            (DAY, DAY),
            (2 * DAY, DAY),
            (2 * DAY, 2 * DAY),
            (2 * DAY, 3 * DAY),
            (3 * DAY, 2 * DAY),
            (4 * DAY, DAY),
            (4 * DAY, 4 * DAY),
        ] {
            let refused = Calendar::new(GENESIS, epoch_length, bid_length);
            assert_eq!(refused, Err(Error::InvalidCalendar));
        }
        assert!(Calendar::new(u64::MAX, 30 * DAY, 27 * DAY).is_err());
    }

    #[test]
    fn in_the_shortest_epoch_too_anybody_may_service_before_it_ends() {
        let shortest = Calendar::new(GENESIS, 3 * DAY + 1, DAY + 1).unwrap();
        for epoch in 1..100 {
            let last = Clock::new(shortest, shortest.end(epoch) - 1).unwrap();
            assert_eq!(last.epoch(), epoch);
            assert!(last.public_servicing_start() <= last.now());
        }
    }

    #[test]
    fn the_end_of_time_is_not_a_wrap() {
        let calendar = monthly();
        assert_eq!(calendar.end(u64::MAX), u64::MAX);
        assert_eq!(calendar.public_settlement_start(u64::MAX), u64::MAX);
        assert_eq!(calendar.epoch_at(u64::MAX), (u64::MAX - GENESIS) / (30 * DAY));
    }
}
