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
pub(crate) fn revert(refusal: Box<Refusal>) -> Revert {
    match *refusal {
        Refusal::InvalidAmount => words::error::<IQevAuction::InvalidAmount>(|words| words),
        Refusal::ValueTooLarge { value, maximum } => {
            words::error::<IQevAuction::ValueTooLarge>(|words| words.number(value.into()).number(maximum.into()))
        }
        Refusal::InvalidBasisPoints { basis_points, maximum } => {
            words::error::<IQevAuction::InvalidBasisPoints>(|words| {
                words.number(basis_points.into()).number(maximum.into())
            })
        }
        Refusal::InvalidBounds { min, max } => {
            words::error::<IQevAuction::InvalidBounds>(|words| words.number(min.into()).number(max.into()))
        }
        Refusal::TooManyRequests { controller } => {
            words::error::<IQevAuction::TooManyRequests>(|words| words.address(controller).number(MAX_REQUESTS as u128))
        }
        Refusal::UnknownRequest { id } => words::error::<IQevAuction::UnknownRequest>(|words| words.number(id.into())),
        Refusal::WrongPhase { required, actual } => words::error::<IQevAuction::WrongPhase>(|words| {
            words.number(phase(required) as u128).number(phase(actual) as u128)
        }),
        Refusal::InvalidCommitment => words::error::<IQevAuction::InvalidCommitment>(|words| words.word(B256::ZERO)),
        Refusal::NoSealedBid { id } => words::error::<IQevAuction::NoSealedBid>(|words| words.number(id.into())),
        Refusal::AlreadyRevealed { id } => {
            words::error::<IQevAuction::AlreadyRevealed>(|words| words.number(id.into()))
        }
        Refusal::NothingPending { id } => words::error::<IQevAuction::NothingPending>(|words| words.number(id.into())),
        Refusal::AlreadyServiced { id } => {
            words::error::<IQevAuction::AlreadyServiced>(|words| words.number(id.into()))
        }
        Refusal::BidUnsettled { id, epoch } => {
            words::error::<IQevAuction::BidUnsettled>(|words| words.number(id.into()).number(epoch.into()))
        }
        Refusal::InvalidOpening { id, commitment } => {
            words::error::<IQevAuction::InvalidOpening>(|words| words.number(id.into()).word(commitment))
        }
        Refusal::DiscountOutOfBounds { discount_bps, min, max } => {
            words::error::<IQevAuction::DiscountOutOfBounds>(|words| {
                words.number(discount_bps.into()).number(min.into()).number(max.into())
            })
        }
        Refusal::AnnouncementClosed { epoch, closed_at } => {
            words::error::<IQevAuction::AnnouncementClosed>(|words| words.number(epoch.into()).number(closed_at.into()))
        }
        Refusal::NothingToSettle => words::error::<IQevAuction::NothingToSettle>(|words| words),
        Refusal::NotPublicYet { public_from } => {
            words::error::<IQevAuction::NotPublicYet>(|words| words.number(public_from.into()))
        }
        Refusal::EpochUnsettled { epoch } => {
            words::error::<IQevAuction::EpochUnsettled>(|words| words.number(epoch.into()))
        }
        Refusal::RestoreWindowOpen {
            awaiting_restore,
            until,
        } => words::error::<IQevAuction::RestoreWindowOpen>(|words| {
            words.number(awaiting_restore.into()).number(until.into())
        }),
        Refusal::NotEligible { shares, eligible } => {
            words::error::<IQevAuction::NotEligible>(|words| words.number(shares.into()).number(eligible.into()))
        }
        Refusal::InsufficientBalance => words::error::<IQevAuction::InsufficientBalance>(|words| words),
        Refusal::ZeroNav => words::error::<IQevAuction::ZeroNav>(|words| words),
        Refusal::NothingToRestore { id } => {
            words::error::<IQevAuction::NothingToRestore>(|words| words.number(id.into()))
        }
        Refusal::ExceedsClaimable { requested, claimable } => words::error::<IQevAuction::ExceedsClaimable>(|words| {
            words.number(requested.into()).number(claimable.into())
        }),
        Refusal::Inconsistent(_) => words::error::<IQevAuction::Inconsistent>(|words| words),
    }
}
