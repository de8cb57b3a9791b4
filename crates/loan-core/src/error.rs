/// Why an operation was refused. Nothing is changed when one of these is returned: states are values, and the caller
/// keeps the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// A number does not fit its field: a principal over [`MAX_PRINCIPAL`](crate::MAX_PRINCIPAL), a sum over
    /// [`MAX_AMOUNT`](crate::MAX_AMOUNT), or an intermediate result over its width.
    AmountTooLarge,
    /// An amount of zero where some is needed.
    ZeroAmount,
    /// A rate above [`MAX_RATE`](crate::interest::MAX_RATE).
    RateTooHigh {
        /// The rate in WAD per second.
        per_second: u64,
    },
    /// A duration that is not a positive multiple of the repayment interval, or has too many of them.
    InvalidDuration {
        /// Seconds of the loan.
        duration: u64,
        /// Seconds of an interval.
        interval: u64,
    },
    /// A grace period that is not shorter than the notice of junior redemptions.
    GraceTooLong {
        /// Seconds of grace.
        grace: u64,
        /// The notice, which it has to stay below.
        limit: u64,
    },
    /// A fee above the principal it is charged on.
    FeeTooHigh {
        /// The fee.
        fee: u128,
        /// The principal.
        principal: u128,
    },
    /// Rate, interval and number of instalments for which the level payment leaves the fixed point: interest would
    /// multiply the balance by 2^64 or more.
    LevelPaymentUndefined {
        /// The number of instalments.
        instalments: u16,
    },
    /// A time before the one up to which a state was already brought.
    ClockBackwards {
        /// The time that was given.
        now: u64,
        /// The time of the state.
        last: u64,
    },
    /// The state and the arguments contradict each other: more is taken out of a sum than was put in. Cannot happen
    /// while the caller keeps states as they were returned.
    Inconsistent,
}

impl core::fmt::Display for Error {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Debug::fmt(self, formatter)
    }
}

impl core::error::Error for Error {}
