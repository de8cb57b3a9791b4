//! Both valuations: deposits at the optimistic, redemptions at the conservative net asset value.

use super::prelude::*;

/// 4,010 USDai of which 2,000 are lent to tranche 0 and 1,000 to tranche 2.
fn lent() -> (World, Address) {
    let mut w = opened();
    let strategist = w.suite.actors.strategist;
    let pool = w.link_pool();
    w.vault(strategist, &allocate(0, usdai(2_000))).must();
    w.vault(strategist, &allocate(2, usdai(1_000))).must();
    (w, pool)
}

#[test]
fn lending_moves_no_price() {
    let (w, pool) = lent();
    let books = w.books();
    assert_eq!(books.idle, usdai(1_010));
    assert_eq!(w.usdai_of(pool), usdai(3_000));
    let price = Price {
        nav: usdai(4_010),
        shares: usdai(4_010),
    };
    assert_eq!((w.prices().optimistic, w.prices().conservative), (price, price));
}

#[test]
fn interest_prices_deposits_and_provisions_price_redemptions() {
    let (mut w, pool) = lent();
    let [alice, bob, ..] = users(&w);
    // 60 accrued on the first, 300 provided for on the third; tranche shares are one for one.
    w.set_pool_value(pool, 0, usdai(2_060), usdai(2_000), usdai(2_000));
    w.set_pool_value(pool, 2, usdai(1_000), usdai(700), usdai(1_000));
    let optimistic = Price {
        nav: usdai(1_010 + 2_060 + 1_000),
        shares: usdai(4_010),
    };
    let conservative = Price {
        nav: usdai(1_010 + 2_000 + 700),
        shares: usdai(4_010),
    };
    assert_eq!(w.prices().optimistic, optimistic);
    assert_eq!(w.prices().conservative, conservative);
    assert_eq!(w.ask_vault(&V::totalAssetsCall {}), optimistic.nav);
    assert_eq!(w.ask_vault(&V::depositSharePriceCall {}), optimistic.worth(one()));
    assert_eq!(w.ask_vault(&V::redemptionSharePriceCall {}), conservative.worth(one()));

    let id = w.request(alice, usdai(500));
    w.fund_usdai(bob, 100);
    let shares = w.vault(bob, &deposit(usdai(100), bob)).must();
    assert_eq!(shares, mul_div(usdai(100), optimistic.shares, optimistic.nav));
    w.to_epoch(1);
    let now = Price {
        nav: conservative.nav + usdai(100),
        shares: conservative.shares + shares,
    };
    let before = w.prices();
    assert_eq!(w.service(usdai(500)), now.worth(usdai(500)));
    assert_eq!(w.request_of(id).claimableAssets, now.worth(usdai(500)));
    w.prices().assert_not_below(&before, "servicing");
    check_sums(&w);
}

#[test]
fn an_auction_is_settled_at_the_conservative_price() {
    let (mut w, pool) = lent();
    let alice = w.suite.actors.alice;
    w.set_pool_value(pool, 2, usdai(1_500), usdai(600), usdai(600));
    let id = w.request(alice, usdai(100));
    w.commit(alice, id, 1_000);
    w.to_reveal(0);
    w.reveal(id, 1_000);
    w.to_epoch(1);
    let price = Price {
        nav: usdai(1_010 + 2_000 + 600),
        shares: usdai(4_010),
    };
    let bids = [Bid {
        shares: usdai(100),
        discount: 1_000,
    }];
    let cleared = clear(&bids, price, share_of(usdai(1_010), 7_000));
    let before = w.prices();
    let settled = w.settle();
    assert_eq!((settled.filledShares, settled.assets), (cleared.filled, cleared.assets));
    assert_eq!(w.books().unvested, gain(price, &cleared, U256::ZERO));
    w.prices().assert_not_below(&before, "a settlement");
}

#[test]
fn a_conservative_value_above_the_optimistic_one_does_not_count() {
    let (mut w, pool) = lent();
    w.set_pool_value(pool, 0, usdai(1_000), usdai(2_000), usdai(2_000));
    let prices = w.prices();
    assert!(!prices.optimistic.is_below(prices.conservative));
    assert_eq!(prices.conservative.nav, usdai(1_010 + 1_000 + 1_000));
}

#[test]
fn when_nothing_is_left_nothing_is_sold_or_paid() {
    let mut w = opened();
    let [alice, bob, ..] = users(&w);
    let strategist = w.suite.actors.strategist;
    let pool = w.link_pool();
    let waiting = w.request(bob, usdai(100));
    let bidding = w.request(alice, usdai(100));
    w.vault(strategist, &allocate(1, usdai(4_010))).must();
    w.commit(alice, bidding, 100);
    w.set_pool_value(pool, 1, U256::ZERO, U256::ZERO, U256::ZERO);
    assert_eq!(w.ask_vault(&V::navCall {}), U256::ZERO);
    w.fund_usdai(alice, 10);
    w.vault(alice, &deposit(usdai(10), alice)).must_revert(V::ZeroNav {});
    w.vault(alice, &mint(usdai(10), alice)).must_revert(V::ZeroNav {});
    assert_eq!(w.ask_vault(&V::maxDepositCall(alice)), U256::ZERO);
    assert_eq!(w.ask_vault(&V::maxMintCall(alice)), U256::ZERO);
    assert_eq!(w.ask_vault(&V::convertToSharesCall { assets: one() }), U256::ZERO);
    assert_eq!(w.ask_vault(&V::convertToAssetsCall { shares: one() }), U256::ZERO);
    assert_eq!(w.ask_vault(&V::depositSharePriceCall {}), U256::ZERO);

    // The auction can be settled, so that nothing gets stuck: it fills nothing, and the bids go home.
    w.to_reveal(0);
    w.reveal(bidding, 100);
    w.to_epoch(1);
    let settled = w.settle();
    assert_eq!((settled.filledShares, settled.assets), (U256::ZERO, U256::ZERO));
    w.restore(bidding);
    w.vault(strategist, &service(usdai(1))).must_revert(V::ZeroNav {});
    // A whole share may still be requested: it waits for better days.
    w.request(alice, one());

    w.set_pool_value(pool, 1, usdai(4_010), usdai(4_010), usdai(4_010));
    w.vault(strategist, &deallocate(1, usdai(4_010))).must();
    assert_eq!(w.service(usdai(200)), usdai(200));
    assert_eq!(w.request_of(waiting).claimableAssets, usdai(100));
    assert_eq!(w.request_of(bidding).claimableAssets, usdai(100));
}

#[test]
fn a_share_of_two_vaults_is_priced_by_its_own() {
    // A bare vault of the same kind is not moved by what happens to the first.
    let mut w = opened();
    let (alice, usdai_address) = (w.suite.actors.alice, w.suite.usdai);
    let other = bare_vault(&mut w, usdai_address).vault;
    w.mint_usdai(alice, 100);
    w.allow(usdai_address, alice, other);
    w.send(alice, other, &deposit(usdai(100), alice)).must();
    w.stake(alice, 500);
    assert_eq!(w.chain.view(other, &V::navCall {}), usdai(100));
}

#[test]
fn who_runs_from_a_loss_bears_it_until_it_is_serviced() {
    let (mut w, pool) = lent();
    let [alice, bob, ..] = users(&w);
    w.request(alice, usdai(1_000));
    // The loss comes after the request; alice has 1,000 of 4,010 shares, and pays as much of it.
    w.set_pool_value(pool, 2, usdai(1_000), usdai(500), usdai(1_000));
    w.to_epoch(1);
    let price = Price {
        nav: usdai(4_010 - 500),
        shares: usdai(4_010),
    };
    assert_eq!(w.service(usdai(1_000)), price.worth(usdai(1_000)));
    let paid = w.claim_all(alice);
    assert_eq!(paid, price.worth(usdai(1_000)));
    assert!(usdai(1_000) - paid > usdai(124), "{paid}");
    // The loss turns out to be none: those who stayed have what she gave up.
    w.set_pool_value(pool, 2, usdai(1_000), usdai(1_000), usdai(1_000));
    let now = w.prices().conservative;
    assert!(now.worth(w.shares_of(bob)) > usdai(1_041));
}

#[test]
fn bids_reveals_ways_back_and_claims_move_no_price() {
    let (mut w, pool) = lent();
    w.set_pool_value(pool, 0, usdai(2_311), usdai(1_907), usdai(1_900));
    w.accrue_base_yield(37);
    let all = users(&w);
    let [alice, bob, carol, dave] = all;
    let ids = all.map(|user| w.request(user, usdai(150) + n(7)));
    let start = w.prices();
    let same = |w: &World, what: &str| assert_eq!(w.prices(), start, "{what}");
    w.commit(alice, ids[0], 100);
    same(&w, "a sealed bid");
    w.commit(alice, ids[0], 700);
    same(&w, "a replaced bid");
    w.commit(bob, ids[1], 100);
    w.vault(bob, &withdraw_bid(ids[1])).must();
    same(&w, "a withdrawn bid");
    w.commit(bob, ids[1], 30);
    w.commit(carol, ids[2], 100);
    w.strategist(&announce(0, usdai(99) + n(1))).must();
    same(&w, "an announcement");
    w.to_reveal(0);
    w.reveal(ids[0], 700);
    w.reveal(ids[1], 30);
    same(&w, "a reveal");
    w.to_epoch(1);
    w.settle();
    let settled = w.prices();
    settled.assert_not_below(&start, "a settlement");
    let same = |w: &World, what: &str| assert_eq!(w.prices(), settled, "{what}");
    for id in [ids[1], ids[2]] {
        w.restore(id);
        same(&w, "a way back");
    }
    w.claim_all(alice);
    same(&w, "a claim");
    w.vault(dave, &transfer(alice, n(12_345))).must();
    same(&w, "a transfer");
    w.service(usdai(200) + n(3));
    w.prices().assert_not_below(&settled, "servicing");
    check_sums(&w);
}
