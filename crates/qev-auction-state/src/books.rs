//! The contract's storage as the pure book sees it, and its events as the world does.

use alloc::vec::Vec;

use alloy_primitives::{Address, U256};
use contract_kit::sdk as stylus_sdk;
use qev_core::{
    book::{Event, Journal},
    Region, WordStorage,
};
use stylus_sdk::{
    prelude::*,
    storage::{StorageMap, StorageU256},
};

use crate::{abi::IQevAuction, words};

/// Every word of the book, in one mapping. The highest limb of a key says whose it is: a region's number, or
/// [`IDS`]; the rest is the index in the region, or the word's number above the controller's address.
#[storage]
pub struct Books {
    words: StorageMap<U256, StorageU256>,
}

/// Behind the numbers of the regions.
const IDS: u64 = 0xff;

fn key(region: Region, index: u64) -> U256 {
    U256::from_limbs([index, 0, 0, region as u64])
}

fn ids_key(controller: Address, number: u8) -> U256 {
    U256::from_be_bytes(controller.into_word().0) | U256::from_limbs([0, 0, u64::from(number) << 32, IDS])
}

impl WordStorage for Books {
    #[inline(never)]
    fn load(&self, region: Region, index: u64) -> U256 {
        self.words.get(key(region, index))
    }

    #[inline(never)]
    fn store(&mut self, region: Region, index: u64, word: U256) {
        self.words.setter(key(region, index)).set(word);
    }

    fn load_ids(&self, controller: Address, number: u8) -> U256 {
        self.words.get(ids_key(controller, number))
    }

    fn store_ids(&mut self, controller: Address, number: u8, word: U256) {
        self.words.setter(ids_key(controller, number)).set(word);
    }
}

impl Journal for Books {
    #[inline(never)]
    fn emit(&mut self, event: Event) {
        match event {
            Event::DiscountBoundsSet { min, max, from_epoch } => {
                words::log::<IQevAuction::DiscountBoundsSet>(|words| {
                    words.number(min.into()).number(max.into()).number(from_epoch.into())
                })
            }
            Event::BondSet { bond_bps, from_epoch } => {
                words::log::<IQevAuction::BondSet>(|words| words.number(bond_bps.into()).number(from_epoch.into()))
            }
            Event::RequestQueued {
                id,
                controller,
                epoch,
                shares,
            } => words::log::<IQevAuction::RequestQueued>(|words| {
                words
                    .number(id.into())
                    .address(controller)
                    .number(epoch.into())
                    .number(shares.into())
            }),
            Event::BidCommitted {
                id,
                epoch,
                commitment,
                shares,
                bond,
            } => words::log::<IQevAuction::BidCommitted>(|words| {
                words
                    .number(id.into())
                    .number(epoch.into())
                    .word(commitment)
                    .number(shares.into())
                    .number(bond.into())
            }),
            Event::BidWithdrawn { id, epoch } => {
                words::log::<IQevAuction::BidWithdrawn>(|words| words.number(id.into()).number(epoch.into()))
            }
            Event::BidRevealed {
                id,
                epoch,
                discount_bps,
                shares,
            } => words::log::<IQevAuction::BidRevealed>(|words| {
                words
                    .number(id.into())
                    .number(epoch.into())
                    .number(discount_bps.into())
                    .number(shares.into())
            }),
            Event::LimitAnnounced { epoch, assets } => {
                words::log::<IQevAuction::LimitAnnounced>(|words| words.number(epoch.into()).number(assets.into()))
            }
            Event::AuctionSettled {
                epoch,
                limit,
                discount_bps,
                filled,
                assets,
                forfeited,
                gain,
                awaiting_restore,
            } => words::log::<IQevAuction::AuctionSettled>(|words| {
                words
                    .number(epoch.into())
                    .number(limit.into())
                    .number(discount_bps.into())
                    .number(filled.into())
                    .number(assets.into())
                    .number(forfeited.into())
                    .number(gain.into())
                    .number(awaiting_restore.into())
            }),
            Event::RequestRestored { id, shares, at_tail } => words::log::<IQevAuction::RequestRestored>(|words| {
                words.number(id.into()).number(shares.into()).number(at_tail.into())
            }),
            Event::RedemptionCheckpoint {
                watermark,
                cumulative_assets,
            } => words::log::<IQevAuction::RedemptionCheckpoint>(|words| {
                words.number(watermark.into()).number(cumulative_assets.into())
            }),
            Event::RedemptionProcessed {
                id,
                controller,
                shares,
                assets,
                pending,
            } => words::log::<IQevAuction::RedemptionProcessed>(|words| {
                words
                    .number(id.into())
                    .address(controller)
                    .number(shares.into())
                    .number(assets.into())
                    .number(pending.into())
            }),
        }
    }
}
