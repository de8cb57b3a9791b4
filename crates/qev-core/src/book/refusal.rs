//! Why the auction refuses an operation.

use crate::{epoch::Phase, Error};
use alloc::boxed::Box;
use alloy_primitives::{Address, B256};

/// The errors of the contract's interface with the values they carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the interface's")]
pub enum Refusal {
    /// The amount is zero.
    InvalidAmount,
    /// The value does not fit where it is kept.
    ValueTooLarge { value: u128, maximum: u128 },
    /// A share in basis points above its maximum.
    InvalidBasisPoints { basis_points: u16, maximum: u16 },
    /// Bounds of the discount that are empty, zero or not below 10,000 bps.
    InvalidBounds { min: u16, max: u16 },
    /// The controller has as many live requests as it may have.
    TooManyRequests { controller: Address },
    /// There is no such request, or it was claimed to the end.
    UnknownRequest { id: u32 },
    /// This can be done in another phase only.
    WrongPhase { required: Phase, actual: Phase },
    /// A commitment of zero seals nothing.
    InvalidCommitment,
    /// The request has no sealed bid in the current epoch.
    NoSealedBid { id: u32 },
    /// The request's bid is revealed already.
    AlreadyRevealed { id: u32 },
    /// Nothing of the request is in the queue.
    NothingPending { id: u32 },
    /// The queue has serviced a part of the request.
    AlreadyServiced { id: u32 },
    /// The request takes part in the auction of an epoch that is not settled yet.
    BidUnsettled { id: u32, epoch: u64 },
    /// Discount and salt are not what the commitment binds.
    InvalidOpening { id: u32, commitment: B256 },
    /// The bid is outside the bounds of its epoch.
    DiscountOutOfBounds { discount_bps: u16, min: u16, max: u16 },
    /// The limit of the epoch could be announced until `closed_at`.
    AnnouncementClosed { epoch: u64, closed_at: u64 },
    /// No epoch with commitments has ended unsettled.
    NothingToSettle,
    /// Until `public_from` this is the strategy admin's.
    NotPublicYet { public_from: u64 },
    /// Servicing waits until the auction of this ended epoch is settled.
    EpochUnsettled { epoch: u64 },
    /// Servicing waits for those who have to come back to their places.
    RestoreWindowOpen { awaiting_restore: u128, until: u64 },
    /// More shares than may be serviced now.
    NotEligible { shares: u128, eligible: u128 },
    /// The vault has not the idle assets for this.
    InsufficientBalance,
    /// Nothing is serviced while a share is worth nothing.
    ZeroNav,
    /// Nothing was at auction for this request, or its epoch is not over.
    NothingToRestore { id: u32 },
    /// More than what can be claimed now.
    ExceedsClaimable { requested: u128, claimable: u128 },
    /// The books contradict each other, or a number of their whole life no longer fits; cannot happen.
    Inconsistent(Error),
}

/// A result that is cheap to pass on: refusals are large and rare.
pub type Outcome<T> = Result<T, Box<Refusal>>;

impl From<Error> for Box<Refusal> {
    fn from(error: Error) -> Self {
        Self::new(error.into())
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::ZeroShares => Self::InvalidAmount,
            Error::InvalidBounds { min, max } => Self::InvalidBounds { min, max },
            Error::DiscountOutOfBounds { discount_bps, min, max } => {
                Self::DiscountOutOfBounds { discount_bps, min, max }
            }
            other => Self::Inconsistent(other),
        }
    }
}
