//! What an operation has to tell the world.

use crate::WordStorage;
use alloy_primitives::{Address, B256};

/// Storage that also takes down what happened.
pub trait Journal: WordStorage {
    /// Takes down an event.
    fn emit(&mut self, event: Event);
}

/// The events of the contract's interface, field by field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the interface's")]
pub enum Event {
    /// The bounds of the discount change.
    DiscountBoundsSet { min: u16, max: u16, from_epoch: u64 },
    /// The bond changes.
    BondSet { bond_bps: u16, from_epoch: u64 },
    /// A request joined the queue at its end.
    RequestQueued {
        id: u32,
        controller: Address,
        epoch: u64,
        shares: u128,
    },
    /// A bid was sealed or replaced.
    BidCommitted {
        id: u32,
        epoch: u64,
        commitment: B256,
        shares: u128,
        bond: u128,
    },
    /// A bid was withdrawn.
    BidWithdrawn { id: u32, epoch: u64 },
    /// A bid was opened.
    BidRevealed {
        id: u32,
        epoch: u64,
        discount_bps: u16,
        shares: u128,
    },
    /// The limit of an epoch was announced.
    LimitAnnounced { epoch: u64, assets: u128 },
    /// An auction was settled.
    AuctionSettled {
        epoch: u64,
        limit: u128,
        discount_bps: u16,
        filled: u128,
        assets: u128,
        forfeited: u128,
        gain: u128,
        awaiting_restore: u128,
    },
    /// Shares came back to the queue.
    RequestRestored { id: u32, shares: u128, at_tail: bool },
    /// The queue was serviced.
    RedemptionCheckpoint { watermark: u128, cumulative_assets: u128 },
    /// What a request had earned was credited to it.
    RedemptionProcessed {
        id: u32,
        controller: Address,
        shares: u128,
        assets: u128,
        pending: u128,
    },
}
