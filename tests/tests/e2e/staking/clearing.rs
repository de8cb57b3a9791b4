//! The uniform price and the exact margin, against an independent computation over every bid.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::prelude::*;

/// As [`compare_with`], and everybody reveals.
fn compare(w: &mut World, bids: &[Bid], limit: Option<U256>) -> Cleared {
    compare_with(w, bids, &[], limit)
}

/// The levels that the auction shows must be the sums of these bids, the highest discount first.
fn check_levels(w: &World, epoch: u64, bids: &[Bid]) {
    let told = w.ask_auction(&Q::levelsCall {
        epoch: U256::from(epoch),
    });
    let mut levels: Vec<(u64, U256)> = Vec::new();
    for bid in bids {
        match levels.iter_mut().find(|(discount, _)| *discount == bid.discount) {
            Some((_, shares)) => *shares += bid.shares,
            None => levels.push((bid.discount, bid.shares)),
        }
    }
    levels.sort_by_key(|(discount, _)| std::cmp::Reverse(*discount));
    let told_levels: Vec<(u64, U256)> = told.discountsBps.iter().map(U256::to).zip(told.shares).collect();
    assert_eq!(told_levels, levels);
}

/// Every bid must have been filled and paid as expected.
fn check_fills(w: &World, ids: &[(Address, U256)], expected: &Cleared) {
    for ((user, id), fill) in ids.iter().zip(&expected.fills) {
        let request = w.request_of(*id);
        assert_eq!(request.claimableShares, *fill);
        assert_eq!(request.claimableAssets, payout(*fill, expected));
        assert!(
            request.pendingShares + *fill > U256::ZERO,
            "a request of {user} is gone"
        );
    }
}

/// Requests of the four users with these bids, revealed in this order, and others that stay sealed; then the settlement
/// with `limit` announced. Everything that comes of it is compared.
fn compare_with(w: &mut World, bids: &[Bid], unrevealed: &[U256], limit: Option<U256>) -> Cleared {
    let users = users(w);
    let epoch = w.epoch();
    let silent: Vec<(U256, U256)> = unrevealed
        .iter()
        .zip(users)
        .map(|(shares, user)| {
            let id = w.request(user, *shares);
            w.commit(user, id, 2_000);
            // Half a per cent, rounded up.
            (id, mul_div_up(*shares, n(50), n(10_000)))
        })
        .collect();
    let forfeited: U256 = silent.iter().map(|(_, bond)| *bond).sum();
    let kept = unrevealed.iter().sum::<U256>() - forfeited;
    let ids: Vec<(Address, U256)> = bids
        .iter()
        .enumerate()
        .map(|(index, bid)| {
            let user = users[index % 4];
            let id = w.request(user, bid.shares);
            w.commit(user, id, u16::try_from(bid.discount).expect("basis points"));
            (user, id)
        })
        .collect();
    if let Some(limit) = limit {
        w.strategist(&announce(epoch, limit)).must();
    }
    w.to_reveal(epoch);
    for ((_, id), bid) in ids.iter().zip(bids) {
        w.reveal(*id, u16::try_from(bid.discount).expect("basis points"));
    }
    check_levels(w, epoch, bids);

    w.to_epoch(epoch + 1);
    let (prices, books) = (w.prices(), w.books());
    let price = prices.conservative;
    let share = share_of(books.idle, 7_000);
    let limit = limit.map_or(share, |announced| announced.min(share));
    let expected = clear(bids, price, limit);
    let gained = gain(price, &expected, forfeited);
    let offered: U256 = bids.iter().map(|bid| bid.shares).sum();

    let outcome = w.strategist(&settle());
    let settled = outcome.result().expect("an ended epoch with bids");
    assert_eq!(settled.epoch, U256::from(epoch));
    assert_eq!(
        (settled.filledShares, settled.assets),
        (expected.filled, expected.assets)
    );
    assert!(expected.assets <= limit);
    assert_eq!(
        w.auction_event::<Q::AuctionSettled>(&outcome.receipt),
        Q::AuctionSettled {
            epoch: U256::from(epoch),
            limit,
            clearingDiscountBps: U256::from(expected.discount),
            filledShares: expected.filled,
            assets: expected.assets,
            forfeitedShares: forfeited,
            gain: gained,
            sharesAwaitingRestore: offered - expected.filled + kept
        }
    );
    assert_eq!(
        w.vault_event::<V::AuctionServiced>(&outcome.receipt),
        V::AuctionServiced {
            epoch: U256::from(epoch),
            filledShares: expected.filled,
            assets: expected.assets,
            forfeitedShares: forfeited,
            gain: gained
        }
    );
    let result = w.result_of(epoch);
    assert_eq!(result.limit, limit);
    assert_eq!(result.clearingDiscountBps, U256::from(expected.discount));
    assert_eq!((result.filledShares, result.assets), (expected.filled, expected.assets));
    assert_eq!(result.forfeitedShares, forfeited);
    assert_eq!(result.discountEarned, gain(price, &expected, U256::ZERO));
    let after = w.books();
    assert_eq!(after.idle, books.idle - expected.assets);
    assert_eq!(after.reserved, books.reserved + expected.assets);
    assert_eq!(after.pendingShares, books.pendingShares - expected.filled - forfeited);
    w.prices().assert_not_below(&prices, "a settlement");

    check_fills(w, &ids, &expected);
    check_sums(w);
    for ((id, bond), shares) in silent.iter().zip(unrevealed) {
        assert_eq!(w.request_of(*id).pendingShares, shares - bond);
        w.restore(*id);
        assert_eq!(w.request_of(*id).pendingShares, shares - bond);
    }
    for (_, id) in &ids {
        if w.request_of(*id).state == RequestState::Revealed {
            w.restore(*id);
        }
    }
    assert_eq!(w.unserviced().awaitingRestore, U256::ZERO);
    check_sums(w);
    expected
}

fn bid(shares: u64, discount: u64) -> Bid {
    Bid {
        shares: usdai(shares),
        discount,
    }
}

#[test]
fn all_winners_pay_the_lowest_winning_discount() {
    let mut w = opened();
    let bids = [bid(500, 400), bid(500, 1_500), bid(500, 25), bid(500, 800)];
    // 1,440 pay for 1,500 at 4 %, not for a share at 0.25 %.
    let cleared = compare(&mut w, &bids, Some(usdai(1_440)));
    assert_eq!(cleared.discount, 400);
    assert_eq!(cleared.fills, [usdai(500), usdai(500), U256::ZERO, usdai(500)]);
    let users = users(&w);
    assert_eq!(w.claim_all(users[0]), usdai(480));
    assert_eq!(w.claim_all(users[1]), usdai(480));
    assert_eq!(w.claim_all(users[3]), usdai(480));
}

#[test]
fn when_every_bid_is_filled_the_lowest_is_the_price() {
    let mut w = opened();
    let bids = [bid(100, 2_000), bid(100, 25), bid(100, 700)];
    let cleared = compare(&mut w, &bids, None);
    assert_eq!((cleared.discount, cleared.filled), (25, usdai(300)));
    assert_eq!(cleared.assets, usdai(300) - usdai(300) * n(25) / n(10_000));
}

#[test]
fn the_margin_is_shared_pro_rata_to_the_unit() {
    let mut w = opened();
    let odd = |shares: u64, more: u64, discount: u64| Bid {
        shares: usdai(shares) + n(more),
        discount,
    };
    let bids = [
        odd(333, 7, 500),
        odd(200, 1, 900),
        odd(101, 3, 500),
        odd(57, 11, 500),
        odd(411, 13, 500),
    ];
    let limit = usdai(571) + n(777);
    let cleared = compare(&mut w, &bids, Some(limit));
    assert_eq!(cleared.discount, 500);
    let marginal: U256 = [0, 2, 3, 4].iter().map(|index| bids[*index].shares).sum();
    let filled: U256 = [0, 2, 3, 4].iter().map(|index| cleared.fills[*index]).sum();
    assert!(filled < marginal);
    assert_eq!(cleared.fills.iter().sum::<U256>(), cleared.filled);
    for index in [0, 2, 3, 4] {
        let fair = mul_div(bids[index].shares, filled, marginal);
        assert!(cleared.fills[index] >= fair && cleared.fills[index] <= fair + n(1));
    }
}

#[test]
fn a_limit_that_ends_exactly_with_a_level_does_not_touch_the_next() {
    let mut w = opened();
    // 800 pay for 1,000 at 20 %; at 10 % the same thousand would already cost 900.
    let bids = [bid(1_000, 2_000), bid(500, 1_000)];
    let cleared = compare(&mut w, &bids, Some(usdai(800)));
    assert_eq!((cleared.discount, cleared.filled), (2_000, usdai(1_000)));
    // One unit below 900 the lower level is not reached; at 900 and one share's price it begins.
    let mut w = opened();
    let cleared = compare(&mut w, &bids, Some(usdai(900)));
    assert_eq!((cleared.discount, cleared.filled), (2_000, usdai(1_000)));
    let mut w = opened();
    let cleared = compare(&mut w, &bids, Some(usdai(900) + n(1)));
    assert_eq!(cleared.discount, 1_000);
    assert_eq!(cleared.filled, usdai(1_000) + n(1));
}

#[test]
fn a_limit_below_one_share_unit_fills_what_it_pays() {
    let mut w = opened();
    let cleared = compare(&mut w, &[bid(100, 2_000)], Some(n(1)));
    assert_eq!((cleared.filled, cleared.assets), (n(1), U256::ZERO));
}

#[test]
fn random_auctions_at_odd_prices() {
    let mut random = StdRng::seed_from_u64(0x0A0C_7104);
    let mut margins = 0;
    for round in 0..16 {
        let mut w = opened();
        w.accrue_base_yield(random.random_range(1..3_000));
        if round % 4 == 3 {
            // A price below the deposit's, which no integer divides.
            let pool = w.link_pool();
            w.strategist(&allocate(1, usdai(2_000))).must();
            let provided = n(random.random_range(1..900_000_000_000_000_000)) * n(1_000);
            w.set_pool_value(pool, 1, usdai(2_017), usdai(2_000) - provided, usdai(1_000));
        }
        let some_shares = |random: &mut StdRng| one() + n(random.random_range(0..330_000_000_000_000_000)) * n(1_000);
        let discounts: Vec<u64> = (0..3).map(|_| random.random_range(25..=2_000)).collect();
        let bids: Vec<Bid> = (0..random.random_range(1..9))
            .map(|_| Bid {
                shares: some_shares(&mut random),
                discount: discounts[random.random_range(0..3)],
            })
            .collect();
        let silent: Vec<U256> = (0..random.random_range(0..4))
            .map(|_| some_shares(&mut random))
            .collect();
        let limit = random
            .random_bool(0.7)
            .then(|| n(random.random_range(0..1_500_000_000_000_000_000)) * n(1_000));
        let cleared = compare_with(&mut w, &bids, &silent, limit);
        let offered: U256 = bids.iter().map(|bid| bid.shares).sum();
        margins += usize::from(!cleared.filled.is_zero() && cleared.filled < offered);
        for user in users(&w) {
            w.claim_all(user);
        }
        check_sums(&w);
        assert!(w.books().reserved <= n(10), "only dust stays reserved");
    }
    assert!(margins >= 3, "{margins} auctions filled a part");
}

#[test]
fn two_auctions_in_a_row_share_nothing() {
    let mut w = opened();
    let first = compare(&mut w, &[bid(300, 100), bid(300, 1_000)], Some(usdai(270)));
    assert_eq!(first.filled, usdai(300));
    w.accrue_base_yield(777);
    let second = compare(&mut w, &[bid(100, 100), bid(50, 30)], None);
    assert_eq!((second.discount, second.filled), (30, usdai(150)));
}
