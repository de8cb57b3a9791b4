//! The book's refusals in the words of the interface.

use alloc::boxed::Box;

use alloy_primitives::B256;
use contract_kit::Revert;
use qev_core::{
    book::{ids::MAX_REQUESTS, Refusal},
    epoch::Phase,
};

use crate::{abi::IQevAuction, words};

/// A phase as it stands in the ABI.
pub(crate) fn phase(phase: Phase) -> IQevAuction::Phase {
    match phase {
        Phase::Before => IQevAuction::Phase::BeforeGenesis,
        Phase::Bid => IQevAuction::Phase::Bid,
        Phase::Reveal => IQevAuction::Phase::Reveal,
    }
}

/// The revert data of a refusal.
#[inline(never)]
#[allow(clippy::boxed_local, clippy::needless_pass_by_value)] // as the book returns it
pub(crate) fn revert(refusal: Box<Refusal>) -> Revert {
    match *refusal {
        Refusal::InvalidAmount => words::error::<IQevAuction::InvalidAmount>(|words| words),
        Refusal::ValueTooLarge { value, maximum } => {
            words::error::<IQevAuction::ValueTooLarge>(|words| words.number(value).number(maximum))
        }
        Refusal::InvalidBasisPoints { basis_points, maximum } => {
            words::error::<IQevAuction::InvalidBasisPoints>(|words| words.number(basis_points).number(maximum))
        }
        Refusal::InvalidBounds { min, max } => {
            words::error::<IQevAuction::InvalidBounds>(|words| words.number(min).number(max))
        }
        Refusal::TooManyRequests { controller } => {
            words::error::<IQevAuction::TooManyRequests>(|words| words.address(controller).number(MAX_REQUESTS))
        }
        Refusal::UnknownRequest { id } => words::error::<IQevAuction::UnknownRequest>(|words| words.number(id)),
        Refusal::WrongPhase { required, actual } => words::error::<IQevAuction::WrongPhase>(|words| {
            words.number(phase(required) as u128).number(phase(actual) as u128)
        }),
        Refusal::InvalidCommitment => words::error::<IQevAuction::InvalidCommitment>(|words| words.word(B256::ZERO)),
        Refusal::NoSealedBid { id } => words::error::<IQevAuction::NoSealedBid>(|words| words.number(id)),
        Refusal::AlreadyRevealed { id } => words::error::<IQevAuction::AlreadyRevealed>(|words| words.number(id)),
        Refusal::NothingPending { id } => words::error::<IQevAuction::NothingPending>(|words| words.number(id)),
        Refusal::AlreadyServiced { id } => words::error::<IQevAuction::AlreadyServiced>(|words| words.number(id)),
        Refusal::BidUnsettled { id, epoch } => {
            words::error::<IQevAuction::BidUnsettled>(|words| words.number(id).number(epoch))
        }
        Refusal::InvalidOpening { id, commitment } => {
            words::error::<IQevAuction::InvalidOpening>(|words| words.number(id).word(commitment))
        }
        Refusal::DiscountOutOfBounds { discount_bps, min, max } => {
            words::error::<IQevAuction::DiscountOutOfBounds>(|words| words.number(discount_bps).number(min).number(max))
        }
        Refusal::AnnouncementClosed { epoch, closed_at } => {
            words::error::<IQevAuction::AnnouncementClosed>(|words| words.number(epoch).number(closed_at))
        }
        Refusal::NothingToSettle => words::error::<IQevAuction::NothingToSettle>(|words| words),
        Refusal::NotPublicYet { public_from } => {
            words::error::<IQevAuction::NotPublicYet>(|words| words.number(public_from))
        }
        Refusal::EpochUnsettled { epoch } => words::error::<IQevAuction::EpochUnsettled>(|words| words.number(epoch)),
        Refusal::RestoreWindowOpen {
            awaiting_restore,
            until,
        } => words::error::<IQevAuction::RestoreWindowOpen>(|words| words.number(awaiting_restore).number(until)),
        Refusal::NotEligible { shares, eligible } => {
            words::error::<IQevAuction::NotEligible>(|words| words.number(shares).number(eligible))
        }
        Refusal::InsufficientBalance => words::error::<IQevAuction::InsufficientBalance>(|words| words),
        Refusal::ZeroNav => words::error::<IQevAuction::ZeroNav>(|words| words),
        Refusal::NothingToRestore { id } => words::error::<IQevAuction::NothingToRestore>(|words| words.number(id)),
        Refusal::ExceedsClaimable { requested, claimable } => {
            words::error::<IQevAuction::ExceedsClaimable>(|words| words.number(requested).number(claimable))
        }
        Refusal::Inconsistent(_) => words::error::<IQevAuction::Inconsistent>(|words| words),
    }
}
