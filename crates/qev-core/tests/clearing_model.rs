//! The clearing against the definition of a uniform-price auction, on integers without limits.

mod support;

use alloy_primitives::U256;
use num_bigint::BigUint;
use proptest::{prelude::*, test_runner::TestCaseError};
use qev_core::{
    levels::{clear, descending, reveal, Bounds, Clearing},
    Price, BASIS_POINTS,
};
use std::{cmp::Ordering, collections::BTreeMap};
use support::{runner, CountingStorage, Tally};

const WAD: u128 = 1_000_000_000_000_000_000;
const EPOCH: u64 = 5;

fn bounds() -> Bounds {
    Bounds::new(25, 2_000).unwrap()
}

#[derive(Clone, Debug)]
struct Auction {
    /// Discount in bps and shares, in the order of their reveal.
    bids: Vec<(u16, u128)>,
    assets: u128,
    shares: u128,
    limit: u128,
}

impl Auction {
    fn price(&self) -> Price {
        Price {
            assets: U256::from(self.assets),
            shares: U256::from(self.shares),
        }
    }

    /// Reveals all bids; with each what its level held before.
    fn reveal(&self) -> (CountingStorage, Vec<u128>) {
        let mut storage = CountingStorage::default();
        let reveal_one = |&(discount_bps, shares): &(u16, u128)| {
            reveal(&mut storage, EPOCH, bounds(), discount_bps, shares).unwrap()
        };
        let befores = self.bids.iter().map(reveal_one).collect();
        (storage, befores)
    }

    fn clear(&self, storage: &CountingStorage) -> Clearing {
        clear(storage, EPOCH, bounds(), self.price(), self.limit).unwrap()
    }

    /// shares · P · (1 − d) against the limit, both times 10⁴ and the shares of the price.
    fn spends(&self, shares: u128, discount_bps: u16) -> (BigUint, BigUint) {
        let spent = BigUint::from(shares) * self.assets * (BASIS_POINTS - discount_bps);
        (spent, BigUint::from(self.limit) * self.shares * BASIS_POINTS)
    }
}

fn small() -> impl Strategy<Value = Auction> {
    let bids = prop::collection::vec((prop_oneof![25_u16..40, 25_u16..=2_000], 1_u128..30), 0..25);
    (bids, 0_u128..20, 1_u128..20, 0_u128..400).prop_map(|(bids, assets, shares, limit)| Auction {
        bids,
        assets,
        shares,
        limit,
    })
}

fn large() -> impl Strategy<Value = Auction> {
    let amount = prop_oneof![WAD..1_000_000 * WAD, 1_u128..10, Just(1_000 * WAD)];
    let discount = prop_oneof![Just(25_u16), Just(2_000_u16), 100_u16..110, 25_u16..=2_000];
    let bids = prop::collection::vec((discount, amount), 1..60);
    let side = prop_oneof![
        WAD..1_000_000_000 * WAD,
        1_u128..100,
        Just(u128::MAX),
        Just(100_000_000 * WAD)
    ];
    let limit = prop_oneof![0_u128..50_000_000 * WAD, Just(u128::MAX), 0_u128..100];
    (bids, side.clone(), side, limit).prop_map(|(bids, assets, shares, limit)| Auction {
        bids,
        assets,
        shares,
        limit,
    })
}

/// By definition: of the non-empty levels the lowest with C·P·(1−d) < limit, and of it as much as the limit affords.
fn by_definition(auction: &Auction) -> Option<(u16, u128, u128, u128)> {
    let mut levels = BTreeMap::<u16, u128>::new();
    for &(discount_bps, shares) in &auction.bids {
        *levels.entry(discount_bps).or_default() += shares;
    }
    if auction.assets == 0 {
        return None;
    }
    let (discount_bps, total) = levels.into_iter().find(|&(discount_bps, _)| {
        let (spent, limit) = auction.spends(above_of(&auction.bids, discount_bps), discount_bps);
        spent < limit
    })?;
    let above = above_of(&auction.bids, discount_bps);
    let affordable = |filled: u128| {
        let (spent, limit) = auction.spends(above + filled, discount_bps);
        spent <= limit
    };
    let (mut filled, mut too_many) = (0, total + 1);
    while too_many - filled > 1 {
        let middle = filled + (too_many - filled) / 2;
        if affordable(middle) {
            filled = middle;
        } else {
            too_many = middle;
        }
    }
    (above + filled > 0).then_some((discount_bps, above, total, filled))
}

fn above_of(bids: &[(u16, u128)], discount_bps: u16) -> u128 {
    bids.iter().filter(|bid| bid.0 > discount_bps).map(|bid| bid.1).sum()
}

fn check(auction: &Auction, tally: &Tally) -> Result<(), TestCaseError> {
    let (storage, befores) = auction.reveal();
    for _ in &auction.bids {
        tally.count("bid", true);
    }
    let clearing = auction.clear(&storage);
    let Some((discount_bps, above, total, marginal_filled)) = by_definition(auction) else {
        prop_assert_eq!(clearing, Clearing::default());
        tally.count("nothing filled", true);
        return Ok(());
    };
    let filled = above + marginal_filled;
    let (spent, limit) = auction.spends(filled, discount_bps);
    prop_assert!(spent <= limit);
    let exact = |shares: u128| BigUint::from(shares) * auction.assets * (BASIS_POINTS - discount_bps);
    let denominator = BigUint::from(auction.shares) * BASIS_POINTS;
    let assets = u128::try_from(exact(filled) / &denominator).unwrap();
    let expected = Clearing {
        discount_bps,
        filled,
        assets,
        marginal_shares: total,
        marginal_filled,
    };
    prop_assert_eq!(clearing, expected);
    prop_assert!(clearing.assets <= auction.limit);
    prop_assert_eq!(Clearing::from_words(clearing.to_words()), clearing);
    tally.count(
        if marginal_filled == total {
            "filled to the end of a level"
        } else {
            "filled within a level"
        },
        true,
    );

    let (mut fills, mut marginal_fills, mut payouts) = (0, 0, 0);
    for (&(bid, shares), &before) in auction.bids.iter().zip(&befores) {
        let fill = clearing.fill_of(bid, before, shares).unwrap();
        match bid.cmp(&discount_bps) {
            Ordering::Greater => prop_assert_eq!(fill, shares, "a higher bid is filled wholly"),
            Ordering::Less => prop_assert_eq!(fill, 0, "a lower bid gets nothing"),
            Ordering::Equal => {
                let pro_rata = BigUint::from(shares) * marginal_filled;
                prop_assert!(fill <= shares);
                prop_assert!(BigUint::from(fill + 1) * total > pro_rata);
                prop_assert!(BigUint::from(fill) * total < pro_rata + total);
                marginal_fills += fill;
            }
        }
        let payout = clearing.payout_of(fill).unwrap();
        prop_assert!(
            BigUint::from(payout) * &denominator <= exact(fill),
            "nobody is paid above the price"
        );
        prop_assert!(
            (BigUint::from(payout) + 2_u8) * &denominator > exact(fill),
            "nor two units below it"
        );
        fills += fill;
        payouts += payout;
    }
    prop_assert_eq!((fills, marginal_fills), (filled, marginal_filled));
    prop_assert!(payouts <= clearing.assets);
    check_share_price(auction, &clearing)
}

/// The shares that stay are worth no less at once, even with all of the discount still to vest.
fn check_share_price(auction: &Auction, clearing: &Clearing) -> Result<(), TestCaseError> {
    let worth = BigUint::from(clearing.filled) * auction.assets / auction.shares;
    let Ok(worth) = u128::try_from(worth) else {
        return Ok(());
    };
    let earned = clearing.discount_earned(auction.price()).unwrap();
    prop_assert_eq!(clearing.assets + earned, worth);
    if let Some(remaining) = auction.shares.checked_sub(clearing.filled) {
        let left = auction.assets - clearing.assets - earned;
        prop_assert!(BigUint::from(left) * auction.shares >= BigUint::from(auction.assets) * remaining);
    }
    Ok(())
}

#[test]
fn the_clearing_is_that_of_the_definition() {
    let tally = Tally::default();
    runner("small auctions", 4_000, 11)
        .run(&small(), |auction| check(&auction, &tally))
        .unwrap();
    runner("large auctions", 2_500, 12)
        .run(&large(), |auction| check(&auction, &tally))
        .unwrap();
    tally.conclude(100_000, 500);
}

#[test]
fn a_higher_limit_never_fills_or_spends_less() {
    runner("limits", 300, 13)
        .run(&small(), |auction| {
            let (storage, _) = auction.reveal();
            let mut last = Clearing::default();
            for limit in 0..400 {
                let clearing = Auction {
                    limit,
                    ..auction.clone()
                }
                .clear(&storage);
                prop_assert!(clearing.filled >= last.filled && clearing.assets >= last.assets);
                prop_assert!(last.filled == 0 || clearing.discount_bps <= last.discount_bps);
                last = clearing;
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn the_levels_hold_what_was_bid() {
    runner("levels", 500, 14)
        .run(&large(), |auction| {
            let (storage, befores) = auction.reveal();
            let mut levels = BTreeMap::<u16, u128>::new();
            for (&(discount_bps, shares), before) in auction.bids.iter().zip(befores) {
                let total = levels.entry(discount_bps).or_default();
                prop_assert_eq!(before, *total);
                *total += shares;
            }
            let walked: Vec<_> = descending(&storage, EPOCH, bounds()).unwrap().collect();
            prop_assert_eq!(walked, levels.into_iter().rev().collect::<Vec<_>>());
            Ok(())
        })
        .unwrap();
}
