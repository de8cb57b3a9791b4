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
    /// A pool without tranches, or with more than four.
    InvalidTranches {
        /// How many.
        tranches: usize,
    },
    /// An advance rate that does not rise above the one before, or exceeds 10,000 bps.
    InvalidAdvanceRate {
        /// The rate in bps.
        bps: u16,
        /// The rate of the tranche before; zero for the first.
        previous: u16,
    },
    /// More principal than the last advance rate allows on the collateral.
    AboveAdvanceRate {
        /// The principal.
        principal: u128,
        /// The most that the collateral carries.
        limit: u128,
    },
    /// The tranches' idle cash, each within its advance rate, does not make up the principal.
    Shortfall {
        /// The principal.
        principal: u128,
        /// What could be drawn.
        available: u128,
    },
    /// A blended rate above the one that the borrower accepts.
    BlendedRateAbove {
        /// The blended rate in WAD per second.
        blended: u64,
        /// The highest accepted one.
        accepted: u64,
    },
    /// A bid after the end of a listing.
    ListingOver {
        /// The time of the bid.
        now: u64,
        /// When the listing ended.
        ends_at: u64,
    },
    /// A bid below the lowest that is taken.
    BidTooLow {
        /// The bid.
        amount: u128,
        /// The lowest that is taken.
        minimum: u128,
    },
    /// A listing that is open or sold: it cannot be listed again.
    NotRelistable {
        /// Which listing of the token it is.
        number: u16,
        /// Its highest bid.
        highest: u128,
        /// When it ends or ended.
        ends_at: u64,
    },
    /// The reserve of a relisting below 80 % of the last one, or above it.
    ReserveOutOfRange {
        /// The reserve.
        reserve: u128,
        /// The lowest it may be.
        min: u128,
        /// The highest it may be.
        max: u128,
    },
    /// A share of value above 10,000 basis points.
    BasisPointsOutOfRange {
        /// The share in bps.
        bps: u16,
    },
    /// A tranche has shares and no value: a deposit into it cannot be priced.
    Valueless {
        /// The shares.
        shares: u128,
    },
    /// A first deposit that does not exceed the shares it has to lock.
    FirstDepositTooSmall {
        /// What was to be deposited.
        assets: u128,
        /// What it has to exceed.
        minimum: u128,
    },
    /// More cash than a tranche has idle.
    InsufficientIdle {
        /// What was to be paid.
        assets: u128,
        /// What is idle.
        idle: u128,
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
