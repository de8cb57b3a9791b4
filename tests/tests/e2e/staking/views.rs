//! What wallets and indexers of the live contract ask, and what they ask of the auction.

use super::prelude::*;

#[test]
fn a_request_on_its_way() {
    let mut w = opened();
    let [alice, bob, carol, _] = users(&w);
    let ids = [alice, bob, carol].map(|user| w.request(user, usdai(100)));
    let eligible = w.staking().epoch_end(0);
    for (index, (id, user)) in ids.iter().zip([alice, bob, carol]).enumerate() {
        let told = w.ask_vault(&V::redemptionCall { redemptionId: *id });
        assert_eq!(told.prev, index.checked_sub(1).map_or(U256::ZERO, |before| ids[before]));
        assert_eq!(told.next, ids.get(index + 1).copied().unwrap_or_default());
        assert_eq!((told.pendingShares, told.redeemableShares), (usdai(100), U256::ZERO));
        assert_eq!((told.withdrawableAmount, told.controller), (U256::ZERO, user));
        assert_eq!(
            (told.redemptionTimestamp, told.sharesAhead),
            (eligible, usdai(100) * n(index as u64))
        );
        // The auction says the same.
        let same = w.ask_auction(&Q::redemptionCall { redemptionId: *id });
        assert_eq!((same.prev, same.next), (told.prev, told.next));
        assert_eq!(same.sharesAhead, told.sharesAhead);
        let pending = V::pendingRedeemRequestCall {
            redemptionId: *id,
            controller: user,
        };
        assert_eq!(w.ask_vault(&pending), usdai(100));
    }
    let told = w.ask_vault(&V::redemptionQueueInfoCall {});
    assert_eq!((told.index, told.head, told.tail), (n(3), ids[0], ids[2]));
    assert_eq!((told.pending, told.balance), (usdai(300), U256::ZERO));

    // At auction it has no neighbours, and counts as pending all the same.
    w.commit(bob, ids[1], 100);
    let told = w.ask_vault(&V::redemptionCall { redemptionId: ids[1] });
    assert_eq!(
        (told.prev, told.next, told.sharesAhead),
        (U256::ZERO, U256::ZERO, U256::ZERO)
    );
    assert_eq!(told.pendingShares, usdai(100));
    assert_eq!(w.ask_vault(&V::redemptionCall { redemptionId: ids[2] }).prev, ids[0]);
    assert_eq!(w.ask_vault(&V::redemptionQueueInfoCall {}).pending, usdai(300));

    w.to_epoch(1);
    w.settle();
    w.restore(ids[1]);
    let rest = usdai(100) - usdai(100) / n(200);
    w.service(usdai(150));
    let told = w.ask_vault(&V::redemptionCall { redemptionId: ids[1] });
    assert_eq!(
        (told.pendingShares, told.redeemableShares),
        (rest - usdai(50), usdai(50))
    );
    assert_eq!((told.prev, told.next), (U256::ZERO, ids[2]));
    let claimable = |controller: Address| {
        w.ask_vault(&V::claimableRedeemRequestCall {
            redemptionId: ids[1],
            controller,
        })
    };
    assert_eq!((claimable(bob), claimable(alice)), (usdai(50), U256::ZERO));
    let told = w.ask_vault(&V::redemptionQueueInfoCall {});
    assert_eq!((told.head, told.tail), (ids[1], ids[2]));
    assert_eq!(told.pending, rest + usdai(100) - usdai(50));
    assert_eq!(told.balance, w.books().reserved);

    w.service(rest - usdai(50) + usdai(100));
    let told = w.ask_vault(&V::redemptionQueueInfoCall {});
    assert_eq!(
        (told.head, told.tail, told.pending),
        (U256::ZERO, U256::ZERO, U256::ZERO)
    );
    let told = w.ask_vault(&V::redemptionCall { redemptionId: ids[2] });
    assert_eq!((told.prev, told.next), (U256::ZERO, U256::ZERO));
    assert_eq!(told.redeemableShares, usdai(100));
}

#[test]
fn another_controller_sees_nothing() {
    let mut w = opened();
    let [alice, bob, ..] = users(&w);
    let id = w.request(alice, usdai(100));
    for (redemption_id, controller) in [
        (id, bob),
        (id, Address::ZERO),
        (n(2), alice),
        (U256::ZERO, alice),
        (U256::MAX, alice),
    ] {
        let pending = V::pendingRedeemRequestCall {
            redemptionId: redemption_id,
            controller,
        };
        assert_eq!(w.ask_vault(&pending), U256::ZERO);
        let claimable = V::claimableRedeemRequestCall {
            redemptionId: redemption_id,
            controller,
        };
        assert_eq!(w.ask_vault(&claimable), U256::ZERO);
    }
}

#[test]
fn what_never_was_or_is_no_more() {
    let mut w = opened();
    let alice = w.suite.actors.alice;
    let id = w.request(alice, usdai(100));
    w.to_epoch(1);
    w.service(usdai(100));
    w.claim_all(alice);
    for id in [id, n(2), U256::ZERO, U256::from(1) << 32, U256::MAX] {
        let told = w.request_of(id);
        assert_eq!((told.state, told.controller), (RequestState::None, Address::ZERO));
        assert_eq!((told.pendingShares, told.claimableShares), (U256::ZERO, U256::ZERO));
        assert_eq!(w.ask_auction(&Q::commitmentOfCall { requestId: id }), B256::ZERO);
        let told = w.ask_vault(&V::redemptionCall { redemptionId: id });
        assert_eq!((told.controller, told.pendingShares), (Address::ZERO, U256::ZERO));
    }
    assert!(w.ask_auction(&Q::redemptionIdsCall { controller: alice }).is_empty());
    let info = w.ask_auction(&Q::queueInfoCall {});
    assert_eq!((info.index, info.head, info.tail), (n(1), U256::ZERO, U256::ZERO));
}

#[test]
fn epochs_that_had_no_auction() {
    let w = opened();
    for epoch in [U256::ZERO, n(7), n(u64::from(u32::MAX))] {
        let result = w.ask_auction(&Q::epochResultCall { epoch });
        assert_eq!(
            (result.settledAt, result.limit, result.filledShares),
            (n(0), n(0), n(0))
        );
        let bids = w.ask_auction(&Q::epochBidsCall { epoch });
        assert_eq!((bids.sealedShares, bids.revealedShares), (U256::ZERO, U256::ZERO));
        let levels = w.ask_auction(&Q::levelsCall { epoch });
        assert!(levels.discountsBps.is_empty());
        let terms = w.ask_auction(&Q::epochTermsCall { epoch });
        assert_eq!(
            (terms.minDiscountBps, terms.maxDiscountBps, terms.bondBps),
            (n(25), n(2_000), n(50))
        );
    }
    assert!(!w.ask_auction(&Q::isSettlementPendingCall {}));
}

#[test]
fn the_levels_grow_with_the_reveals() {
    let mut w = opened();
    let all = users(&w);
    let discounts = [25, 2_000, 700, 2_000];
    let ids = all.map(|user| w.request(user, usdai(100)));
    for ((user, id), discount) in all.into_iter().zip(ids).zip(discounts) {
        w.commit(user, id, discount);
    }
    w.to_reveal(0);
    let expected: [&[(u64, u64)]; 4] = [
        &[(25, 100)],
        &[(2_000, 100), (25, 100)],
        &[(2_000, 100), (700, 100), (25, 100)],
        &[(2_000, 200), (700, 100), (25, 100)],
    ];
    for ((id, discount), expected) in ids.into_iter().zip(discounts).zip(expected) {
        w.reveal(id, discount);
        let told = w.ask_auction(&Q::levelsCall { epoch: U256::ZERO });
        let told: Vec<_> = told.discountsBps.into_iter().zip(told.shares).collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(discount, shares)| (n(*discount), usdai(*shares)))
            .collect();
        assert_eq!(told, expected);
    }
}

#[test]
fn a_pending_settlement_is_told() {
    let mut w = opened();
    let alice = w.suite.actors.alice;
    let pending = |w: &Deployed| w.ask_auction(&Q::isSettlementPendingCall {});
    let id = w.request(alice, usdai(100));
    w.commit(alice, id, 100);
    assert!(!pending(&w));
    let second = w.staking().bid_end(0) - 1;
    w.at(second);
    assert!(!pending(&w));
    w.to_reveal(0);
    assert!(pending(&w));
    w.to_epoch(1);
    assert!(pending(&w));
    w.settle();
    assert!(!pending(&w));
    assert_eq!(w.ask_auction(&Q::publicFromCall {}).settlement, U256::ZERO);
}

#[test]
fn neighbours_of_one_that_came_back_at_the_tail() {
    let mut w = opened();
    let all = users(&w);
    let ids = all.map(|user| w.request(user, usdai(100)));
    w.to_epoch(1);
    w.commit(all[1], ids[1], 100);
    w.service(usdai(200));
    w.vault(all[1], &withdraw_bid(ids[1])).must();
    let told = w.ask_vault(&V::redemptionCall { redemptionId: ids[1] });
    assert_eq!(
        (told.prev, told.next),
        (ids[3], U256::ZERO),
        "by its id, not by its slot"
    );
    assert_eq!(w.ask_vault(&V::redemptionCall { redemptionId: ids[3] }).next, ids[1]);
    let info = w.ask_vault(&V::redemptionQueueInfoCall {});
    assert_eq!((info.head, info.tail), (ids[3], ids[1]));
}

#[test]
fn a_settled_epoch_stays_as_it_was() {
    let mut w = opened();
    let [alice, bob, carol, _] = users(&w);
    let ids = [alice, bob, carol].map(|user| w.request(user, usdai(200)));
    for (user, id) in [alice, bob, carol].into_iter().zip(ids) {
        w.commit(user, id, 500);
    }
    w.strategist(&announce(0, usdai(95))).must();
    w.to_reveal(0);
    w.reveal(ids[0], 500);
    w.reveal(ids[1], 500);
    w.to_epoch(1);
    let settled = w.settle();
    assert_eq!((settled.filledShares, settled.assets), (usdai(100), usdai(95)));
    let track = |w: &Deployed| {
        let epoch = U256::ZERO;
        let bids = w.ask_auction(&Q::epochBidsCall { epoch });
        let levels = w.ask_auction(&Q::levelsCall { epoch });
        let terms = w.ask_auction(&Q::epochTermsCall { epoch });
        format!("{bids:?} {levels:?} {terms:?} {:?}", w.result_of(0))
    };
    let before = track(&w);
    assert!(before.contains("sealedShares: 200000000000000000000"), "{before}");
    for id in ids {
        w.restore(id);
    }
    w.service(usdai(100));
    for user in [alice, bob, carol] {
        w.claim_all(user);
    }
    let next = w.request(alice, usdai(10));
    w.commit(alice, next, 700);
    w.to_epoch(2);
    w.settle();
    assert_eq!(track(&w), before);
}

#[test]
fn the_oldest_auction_says_when_it_is_public() {
    let mut w = opened();
    let [alice, bob, ..] = users(&w);
    let ids = [alice, bob].map(|user| w.request(user, usdai(100)));
    let staking = w.staking();
    let public = |epoch: u64| U256::from(staking.epoch_end(epoch) + 3 * DAY);
    let told = |w: &Deployed| w.ask_auction(&Q::publicFromCall {}).settlement;
    w.commit(alice, ids[0], 100);
    assert_eq!(told(&w), public(0));
    w.to_epoch(2);
    w.commit(bob, ids[1], 100);
    assert_eq!(told(&w), public(0));
    w.settle();
    assert_eq!(told(&w), public(2));
    w.vault(bob, &withdraw_bid(ids[1])).must();
    assert_eq!(told(&w), U256::ZERO);
}
