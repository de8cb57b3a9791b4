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
                words::log::<IQevAuction::DiscountBoundsSet>(|words| words.number(min).number(max).number(from_epoch));
            }
            Event::BondSet { bond_bps, from_epoch } => {
                words::log::<IQevAuction::BondSet>(|words| words.number(bond_bps).number(from_epoch));
            }
            Event::RequestQueued {
                id,
                controller,
                epoch,
                shares,
            } => words::log::<IQevAuction::RequestQueued>(|words| {
                words.number(id).address(controller).number(epoch).number(shares)
            }),
            Event::BidCommitted {
                id,
                epoch,
                commitment,
                shares,
                bond,
            } => words::log::<IQevAuction::BidCommitted>(|words| {
                words
                    .number(id)
                    .number(epoch)
                    .word(commitment)
                    .number(shares)
                    .number(bond)
            }),
            Event::BidWithdrawn { id, epoch } => {
                words::log::<IQevAuction::BidWithdrawn>(|words| words.number(id).number(epoch));
            }
            Event::BidRevealed {
                id,
                epoch,
                discount_bps,
                shares,
            } => words::log::<IQevAuction::BidRevealed>(|words| {
                words.number(id).number(epoch).number(discount_bps).number(shares)
            }),
            Event::LimitAnnounced { epoch, assets } => {
                words::log::<IQevAuction::LimitAnnounced>(|words| words.number(epoch).number(assets));
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
                    .number(epoch)
                    .number(limit)
                    .number(discount_bps)
                    .number(filled)
                    .number(assets)
                    .number(forfeited)
                    .number(gain)
                    .number(awaiting_restore)
            }),
            Event::RequestRestored { id, shares, at_tail } => {
                words::log::<IQevAuction::RequestRestored>(|words| words.number(id).number(shares).number(at_tail));
            }
            Event::RedemptionCheckpoint {
                watermark,
                cumulative_assets,
            } => words::log::<IQevAuction::RedemptionCheckpoint>(|words| {
                words.number(watermark).number(cumulative_assets)
            }),
            Event::RedemptionProcessed {
                id,
                controller,
                shares,
                assets,
                pending,
            } => words::log::<IQevAuction::RedemptionProcessed>(|words| {
                words
                    .number(id)
                    .address(controller)
                    .number(shares)
                    .number(assets)
                    .number(pending)
            }),
        }
    }
}
