//! What an auction may spend: the announced limit or the auction's share of idle, whichever is less.

use super::prelude::*;

/// Alice and bob bid 1,000 shares each at 10 % and 20 %.
fn two_bids() -> (World, [U256; 2]) {
    let mut w = opened();
    let [alice, bob, ..] = users(&w);
    let ids = [alice, bob].map(|user| w.request(user, usdai(1_000)));
    w.commit(alice, ids[0], 1_000);
    w.commit(bob, ids[1], 2_000);
    (w, ids)
}

fn reveal_and_settle(w: &mut World, ids: [U256; 2]) -> suite_tests::staking::Settled {
    w.to_reveal(0);
    w.reveal(ids[0], 1_000);
    w.reveal(ids[1], 2_000);
    w.to_epoch(1);
    w.settle()
}

#[test]
fn without_an_announcement_the_share_of_idle_binds() {
    let (mut w, ids) = two_bids();
    let settled = reveal_and_settle(&mut w, ids);
    // 70 % of 4,010 would pay for all.
    assert_eq!((settled.filledShares, settled.assets), (usdai(2_000), usdai(1_800)));
    let result = w.result_of(0);
    assert_eq!(result.limit, usdai(2_807));
    assert_eq!(result.clearingDiscountBps, n(1_000));
}

#[test]
fn a_lower_announcement_binds() {
    let (mut w, ids) = two_bids();
    w.strategist(&announce(0, usdai(700))).must();
    let settled = reveal_and_settle(&mut w, ids);
    // 700 pay for 875 at 20 %.
    assert_eq!((settled.filledShares, settled.assets), (usdai(875), usdai(700)));
    let result = w.result_of(0);
    assert_eq!((result.limit, result.clearingDiscountBps), (usdai(700), n(2_000)));
}

#[test]
fn a_higher_announcement_leaves_the_queue_its_part() {
    let (mut w, ids) = two_bids();
    w.strategist(&announce(0, usdai(1_000_000))).must();
    w.link_pool();
    w.strategist(&allocate(0, usdai(3_010))).must();
    let settled = reveal_and_settle(&mut w, ids);
    // 70 % of the 1,000 that are idle: 875 shares at 20 %.
    assert_eq!((settled.filledShares, settled.assets), (usdai(875), usdai(700)));
    assert_eq!(w.result_of(0).limit, usdai(700));
    assert_eq!(w.books().idle, usdai(300));
}

#[test]
fn the_last_announcement_holds() {
    let (mut w, ids) = two_bids();
    for assets in [usdai(1), U256::ZERO, usdai(80)] {
        w.strategist(&announce(0, assets)).must();
    }
    let settled = reveal_and_settle(&mut w, ids);
    assert_eq!((settled.filledShares, settled.assets), (usdai(100), usdai(80)));
}

#[test]
fn an_announcement_of_nothing_fills_nothing() {
    let (mut w, ids) = two_bids();
    w.strategist(&announce(0, U256::ZERO)).must();
    let settled = reveal_and_settle(&mut w, ids);
    assert_eq!((settled.filledShares, settled.assets), (U256::ZERO, U256::ZERO));
    let result = w.result_of(0);
    assert_eq!((result.limit, result.clearingDiscountBps), (U256::ZERO, U256::ZERO));
    assert_eq!(w.unserviced().awaitingRestore, usdai(2_000));
}

#[test]
fn an_announcement_is_for_its_epoch() {
    let (mut w, ids) = two_bids();
    w.strategist(&announce(1, U256::ZERO)).must();
    let settled = reveal_and_settle(&mut w, ids);
    assert_eq!(settled.filledShares, usdai(2_000));
    // In the next epoch it binds.
    let carol = w.suite.actors.carol;
    let id = w.request(carol, usdai(100));
    w.commit(carol, id, 100);
    w.to_reveal(1);
    w.reveal(id, 100);
    w.to_epoch(2);
    assert_eq!(w.settle().filledShares, U256::ZERO);
}

#[test]
fn what_does_not_fit_is_refused() {
    let mut w = opened();
    let strategist = w.suite.actors.strategist;
    for assets in [U256::from(1) << 128, U256::MAX] {
        w.vault(strategist, &announce(0, assets))
            .must_revert_with::<V::ValueTooLarge>();
    }
    for epoch in [U256::from(1) << 64, U256::MAX, U256::from(u64::MAX)] {
        let call = V::announceLimitCall { epoch, assets: one() };
        w.vault(strategist, &call).must_revert_with::<V::ValueTooLarge>();
    }
    // The largest that fits leaves the share of idle to bind.
    let alice = w.suite.actors.alice;
    w.vault(strategist, &announce(0, U256::from(u128::MAX))).must();
    let id = w.request(alice, usdai(10));
    w.commit(alice, id, 100);
    w.to_reveal(0);
    w.reveal(id, 100);
    w.to_epoch(1);
    w.settle();
    assert_eq!(w.result_of(0).limit, usdai(2_807));
}

#[test]
fn a_limit_can_be_announced_before_genesis() {
    let mut w = World::staked();
    let (alice, strategist) = (w.suite.actors.alice, w.suite.actors.strategist);
    w.stake(alice, 1_000);
    w.vault(strategist, &announce(0, usdai(80))).must();
    let id = w.request(alice, usdai(1_000));
    w.to_epoch(0);
    w.commit(alice, id, 2_000);
    w.to_reveal(0);
    w.reveal(id, 2_000);
    w.to_epoch(1);
    assert_eq!(w.settle().assets, usdai(80));
}

#[test]
fn a_share_of_nothing_or_of_all() {
    for (bps, filled) in [(0, U256::ZERO), (10_000, usdai(2_000))] {
        let config = SuiteConfig {
            yield_bps: 0,
            staking: Some(StakingConfig {
                auction_share_bps: bps,
                ..StakingConfig::default()
            }),
            ..SuiteConfig::default()
        };
        let mut w = World::of(&config);
        let [alice, bob, ..] = users(&w);
        for user in [alice, bob] {
            w.stake(user, 1_000);
        }
        w.to_epoch(0);
        let ids = [alice, bob].map(|user| w.request(user, usdai(1_000)));
        w.commit(alice, ids[0], 1_000);
        w.commit(bob, ids[1], 2_000);
        let settled = reveal_and_settle(&mut w, ids);
        assert_eq!(settled.filledShares, filled);
        assert_eq!(w.result_of(0).limit, share_of(usdai(2_010), u64::from(bps)));
    }
}
