/// Why an operation was refused. Nothing was written when one of these is returned by a check of the caller's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// An amount of zero shares where some are needed.
    ZeroShares,
    /// A number does not fit its field: over [`MAX_SHARES`](crate::MAX_SHARES) shares, or over 2^128 − 1 assets.
    AmountTooLarge,
    /// A counter of slots, checkpoints or epochs is exhausted.
    CounterExhausted,
    /// An epoch before the one in which the queue was last used.
    EpochPassed,
    /// A slot that was never appended.
    UnknownSlot {
        /// The slot that was given.
        slot: u32,
        /// How many slots there are.
        slots: u32,
    },
    /// A request of which something has been serviced cannot leave the queue.
    AlreadyServiced {
        /// The slot that was to leave.
        slot: u32,
    },
    /// More shares than may be serviced now.
    NotEligible,
    /// Bounds of the discount that are empty, zero or not below 10,000 bps.
    InvalidBounds {
        /// Lowest discount in bps.
        min: u16,
        /// Highest discount in bps.
        max: u16,
    },
    /// A bid outside the bounds of its epoch.
    DiscountOutOfBounds {
        /// The bid in bps.
        discount_bps: u16,
        /// Lowest discount in bps.
        min: u16,
        /// Highest discount in bps.
        max: u16,
    },
    /// Lengths of an epoch and of its bid phase that leave no time to announce, to bid, to reveal or, for
    /// everybody, to service.
    InvalidCalendar,
    /// A price per share when there are no shares.
    PriceUndefined,
    /// The stored words and the arguments contradict each other: an entry that is not (or no longer) what the queue
    /// handed out. Cannot happen while the caller keeps the entries as they were returned.
    Inconsistent,
}

impl core::fmt::Display for Error {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Debug::fmt(self, formatter)
    }
}

impl core::error::Error for Error {}
