//! The queue: strictly in order, partly serviced, at the price of each day.

use super::prelude::*;

#[test]
fn service_is_strictly_in_order() {
    let mut w = opened();
    let all = users(&w);
    let ids = all.map(|user| w.request(user, usdai(100)));
    w.to_epoch(1);
    let mut serviced = 0;
    for part in [30, 70, 1, 150, 149] {
        let outcome = w.strategist(&service(usdai(part)));
        serviced += part;
        assert_eq!(
            w.vault_event::<V::RedemptionsServiced>(&outcome.receipt),
            V::RedemptionsServiced {
                shares: usdai(part),
                amount: usdai(part),
                allRedemptionsServiced: serviced == 400
            }
        );
        assert_eq!(
            w.auction_event::<Q::RedemptionCheckpoint>(&outcome.receipt),
            Q::RedemptionCheckpoint {
                watermark: usdai(serviced),
                cumulativeAssets: usdai(serviced)
            }
        );
        outcome.must();
        for (index, id) in ids.iter().enumerate() {
            let of_this = serviced.saturating_sub(100 * index as u64).min(100);
            let told = w.request_of(*id);
            assert_eq!(told.claimableShares, usdai(of_this));
            assert_eq!(told.pendingShares, usdai(100 - of_this));
            let ahead = (100 * index as u64).saturating_sub(serviced);
            if of_this < 100 {
                assert_eq!(told.sharesAhead, usdai(ahead));
            }
        }
        check_sums(&w);
    }
}

#[test]
fn each_step_pays_its_own_price() {
    let mut w = opened();
    let [alice, bob, ..] = users(&w);
    let (of_alice, of_bob) = (w.request(alice, usdai(300)), w.request(bob, usdai(300)));
    w.to_epoch(1);
    let mut paid = Vec::new();
    // 100, 250 and 250: alice gets the first and most of the second step, bob the rest.
    for (dollars, part) in [(0, 100), (401, 250), (803, 250)] {
        if dollars > 0 {
            w.accrue_base_yield(dollars);
        }
        let (prices, books) = (w.prices(), w.books());
        let assets = prices.conservative.worth(usdai(part));
        assert_eq!(w.service(usdai(part)), assets);
        paid.push((usdai(part), assets));
        let after = w.books();
        assert_eq!(after.idle, books.idle - assets);
        assert_eq!(after.reserved, books.reserved + assets);
        assert_eq!(after.pendingShares, books.pendingShares - usdai(part));
        w.prices().assert_not_below(&prices, "servicing");
    }
    // By interpolation within each step, floored.
    let of_second = mul_div(paid[1].1, usdai(200), usdai(250));
    let of_alices = w.request_of(of_alice);
    assert_eq!(of_alices.claimableShares, usdai(300));
    assert!(of_alices.claimableAssets <= paid[0].1 + of_second);
    assert!(paid[0].1 + of_second - of_alices.claimableAssets <= n(2));
    let of_bobs = w.request_of(of_bob);
    let exact = paid[1].1 - of_second + paid[2].1;
    assert!(of_bobs.claimableAssets <= exact + n(1) && exact - of_bobs.claimableAssets.min(exact) <= n(3));
    let all: U256 = paid.iter().map(|(_, assets)| *assets).sum();
    assert!(of_alices.claimableAssets + of_bobs.claimableAssets <= all);
    assert_eq!(w.claim_all(alice) + w.claim_all(bob) + w.books().reserved, all);
    assert!(w.books().reserved <= n(4), "dust stays with the vault");
}

#[test]
fn servicing_nothing_or_too_much_is_refused() {
    let mut w = opened();
    let (alice, strategist) = (w.suite.actors.alice, w.suite.actors.strategist);
    w.vault(strategist, &service(U256::ZERO))
        .must_revert(V::InvalidAmount {});
    w.vault(strategist, &service(one())).must_revert(V::NotEligible {
        shares: one(),
        eligibleShares: U256::ZERO,
    });
    w.request(alice, usdai(100));
    w.to_epoch(1);
    for shares in [usdai(100) + n(1), U256::from(u128::MAX)] {
        w.vault(strategist, &service(shares)).must_revert(V::NotEligible {
            shares,
            eligibleShares: usdai(100),
        });
    }
    w.vault(strategist, &service(U256::MAX))
        .must_revert_with::<V::NotEligible>();
    w.service(usdai(100));
}

#[test]
fn requests_of_an_epoch_wait_for_its_end_whoever_leaves_and_comes_back() {
    let mut w = opened();
    let [alice, bob, carol, _] = users(&w);
    let old = w.request(alice, usdai(100));
    w.to_epoch(1);
    let (of_bob, of_carol) = (w.request(bob, usdai(100)), w.request(carol, usdai(100)));
    w.commit(bob, of_bob, 100);
    assert_eq!(w.unserviced().eligible, usdai(100));
    w.vault(bob, &withdraw_bid(of_bob)).must();
    assert_eq!(w.unserviced().eligible, usdai(100));
    w.commit(alice, old, 100);
    assert_eq!(w.unserviced().eligible, U256::ZERO);
    w.commit(carol, of_carol, 100);
    assert_eq!(w.unserviced().eligible, U256::ZERO);
    w.vault(alice, &withdraw_bid(old)).must();
    assert_eq!(w.unserviced().eligible, usdai(100));
    w.service(usdai(100));
    w.vault(carol, &withdraw_bid(of_carol)).must();
    assert_eq!(w.unserviced().eligible, U256::ZERO);
    w.to_epoch(2);
    assert_eq!(w.unserviced().eligible, usdai(200));
    w.service(usdai(200));
    check_sums(&w);
}

#[test]
fn a_request_at_auction_neither_waits_nor_makes_others_wait() {
    let mut w = opened();
    let [alice, bob, ..] = users(&w);
    let (of_alice, of_bob) = (w.request(alice, usdai(100)), w.request(bob, usdai(100)));
    w.to_epoch(1);
    w.commit(alice, of_alice, 100);
    // Bob is next while alice bids.
    assert_eq!(w.request_of(of_bob).sharesAhead, U256::ZERO);
    w.service(usdai(50));
    assert_eq!(w.request_of(of_bob).claimableShares, usdai(50));
    assert_eq!(w.request_of(of_alice).claimableShares, U256::ZERO);
}

#[test]
fn a_long_queue_of_many_requests() {
    let mut w = opened();
    let all = users(&w);
    let mut ids = Vec::new();
    for round in 0..40_u64 {
        for user in all {
            ids.push((user, w.request(user, usdai(2) + n(round))));
        }
    }
    w.to_epoch(1);
    let total: U256 = (0..40_u64).map(|round| (usdai(2) + n(round)) * n(4)).sum();
    assert_eq!(w.unserviced().eligible, total);
    let last = w.request_of(ids[159].1);
    assert_eq!(last.sharesAhead, total - usdai(2) - n(39));
    // Every third leaves for the auction and comes back; the order stays.
    for (user, id) in ids.iter().step_by(3) {
        w.commit(*user, *id, 100);
    }
    for (user, id) in ids.iter().step_by(3) {
        w.vault(*user, &withdraw_bid(*id)).must();
    }
    let mut ahead = U256::ZERO;
    for (_, id) in &ids {
        let told = w.request_of(*id);
        assert_eq!(told.sharesAhead, ahead);
        ahead += told.pendingShares;
    }
    w.service(total);
    for user in all {
        w.claim_all(user);
        assert!(w.ask_vault(&V::redemptionIdsCall { controller: user }).is_empty());
    }
    check_sums(&w);
}
