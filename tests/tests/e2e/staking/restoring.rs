//! Losers and unrevealed bids come back to their places, and servicing waits for them.

use super::prelude::*;

/// Alice, bob, carol and dave queue 100 each in this order; bob bids 1 % and carol 2 %, and the limit pays for carol only.
fn carol_wins() -> (World, [U256; 4]) {
    let mut w = opened();
    let ids = users(&w).map(|user| w.request(user, usdai(100)));
    let [_, bob, carol, _] = users(&w);
    w.commit(bob, ids[1], 100);
    w.commit(carol, ids[2], 200);
    w.strategist(&announce(0, usdai(98))).must();
    w.to_reveal(0);
    w.reveal(ids[1], 100);
    w.reveal(ids[2], 200);
    w.to_epoch(1);
    let settled = w.settle();
    assert_eq!((settled.filledShares, settled.assets), (usdai(100), usdai(98)));
    (w, ids)
}

#[test]
fn a_loser_comes_back_to_its_place() {
    let (mut w, ids) = carol_wins();
    let bob = w.suite.actors.bob;
    assert_eq!(w.unserviced().awaitingRestore, usdai(100));
    assert_eq!(w.request_of(ids[3]).sharesAhead, usdai(100), "alice alone, for now");
    let outcome = w.try_restore(ids[1]);
    assert_eq!(
        w.auction_event::<Q::RequestRestored>(&outcome.receipt),
        Q::RequestRestored {
            requestId: ids[1],
            shares: usdai(100),
            atTail: false
        }
    );
    outcome.must();
    assert_eq!(w.unserviced().awaitingRestore, U256::ZERO);
    assert_eq!(w.request_of(ids[1]).sharesAhead, usdai(100));
    assert_eq!(w.request_of(ids[3]).sharesAhead, usdai(200));
    assert_eq!(w.request_of(ids[1]).state, RequestState::Queued);
    w.try_restore(ids[1])
        .must_revert(Q::NothingToRestore { requestId: ids[1] });
    // Served in the order of the requests.
    w.service(usdai(150));
    assert_eq!(w.request_of(ids[0]).claimableShares, usdai(100));
    assert_eq!(w.request_of(ids[1]).claimableShares, usdai(50));
    assert_eq!(w.claim_all(bob), w.request_of(ids[0]).claimableAssets / n(2));
    check_sums(&w);
}

#[test]
fn a_winner_is_credited_by_its_way_back() {
    let (mut w, ids) = carol_wins();
    let carol = w.suite.actors.carol;
    let outcome = w.try_restore(ids[2]);
    assert_eq!(
        w.auction_event::<Q::RedemptionProcessed>(&outcome.receipt),
        Q::RedemptionProcessed {
            redemptionId: ids[2],
            controller: carol,
            fulfilledShares: usdai(100),
            amount: usdai(98),
            pendingShares: U256::ZERO
        }
    );
    assert!(events_of::<Q::RequestRestored>(&outcome.receipt, w.staking().auction).is_empty());
    outcome.must();
    w.try_restore(ids[2])
        .must_revert(Q::NothingToRestore { requestId: ids[2] });
    assert_eq!(w.claim_all(carol), usdai(98));
    w.try_restore(ids[2])
        .must_revert(Q::UnknownRequest { requestId: ids[2] });
}

#[test]
fn servicing_waits_for_them_for_a_day() {
    let (mut w, ids) = carol_wins();
    let strategist = w.suite.actors.strategist;
    let until = w.now() + DAY;
    let open = V::RestoreWindowOpen {
        sharesAwaitingRestore: usdai(100),
        until: U256::from(until),
    };
    w.vault(strategist, &service(one())).must_revert(open.clone());
    w.at(until - 1);
    w.vault(strategist, &service(one())).must_revert(open);
    // The loser comes home in the last second, and it is at once possible.
    let start = w.chain.snapshot();
    w.restore(ids[1]);
    w.service(usdai(100));
    assert!(w.chain.revert(start));
    w.at(until);
    w.service(usdai(200));
    assert_eq!(w.request_of(ids[0]).claimableShares, usdai(100));
    assert_eq!(w.request_of(ids[3]).claimableShares, usdai(100));
}

#[test]
fn who_comes_too_late_stands_at_the_tail() {
    let (mut w, ids) = carol_wins();
    let alice = w.suite.actors.alice;
    w.pass(DAY);
    // Alice and a half of dave: bob's place has been passed.
    w.service(usdai(150));
    let behind = w.request(alice, usdai(30));
    let outcome = w.try_restore(ids[1]);
    assert!(w.auction_event::<Q::RequestRestored>(&outcome.receipt).atTail);
    outcome.must();
    assert_eq!(w.request_of(ids[3]).sharesAhead, U256::ZERO);
    assert_eq!(w.request_of(behind).sharesAhead, usdai(50));
    let of_bob = w.request_of(ids[1]);
    assert_eq!((of_bob.sharesAhead, of_bob.pendingShares), (usdai(80), usdai(100)));
    // It keeps its id, and the next request gets another one.
    let next = w.request(alice, usdai(10));
    assert!(next > behind + n(1), "ids may skip");
    assert_eq!(w.request_of(next).sharesAhead, usdai(180));
    // The rest of dave can be serviced now; what stands behind requests of this epoch waits with them.
    assert_eq!(w.unserviced().eligible, usdai(50));
    w.to_epoch(2);
    w.service(usdai(190));
    assert_eq!(w.request_of(ids[1]).claimableShares, usdai(100));
    for user in users(&w) {
        w.claim_all(user);
    }
    check_sums(&w);
}

#[test]
fn a_place_that_is_just_reached_is_kept() {
    let (mut w, ids) = carol_wins();
    w.pass(DAY);
    // The watermark stands exactly where bob's place begins.
    w.service(usdai(100));
    let outcome = w.try_restore(ids[1]);
    assert!(!w.auction_event::<Q::RequestRestored>(&outcome.receipt).atTail);
    outcome.must();
    assert_eq!(w.request_of(ids[1]).sharesAhead, U256::ZERO);
    assert_eq!(w.request_of(ids[3]).sharesAhead, usdai(100));
}

#[test]
fn a_withdrawn_bid_has_its_place_again_at_once() {
    let mut w = opened();
    let ids = users(&w).map(|user| w.request(user, usdai(100)));
    let [_, bob, ..] = users(&w);
    w.commit(bob, ids[1], 100);
    assert_eq!(w.request_of(ids[3]).sharesAhead, usdai(200));
    let outcome = w.vault(bob, &withdraw_bid(ids[1]));
    assert_eq!(
        w.auction_event::<Q::RequestRestored>(&outcome.receipt),
        Q::RequestRestored {
            requestId: ids[1],
            shares: usdai(100),
            atTail: false
        }
    );
    outcome.must();
    assert_eq!(w.request_of(ids[1]).sharesAhead, usdai(100));
    assert_eq!(w.request_of(ids[3]).sharesAhead, usdai(300));
    // No auction, no settlement.
    w.to_epoch(1);
    w.strategist(&settle()).must_revert(V::NothingToSettle {});
    w.service(usdai(400));
}

#[test]
fn a_withdrawn_bid_whose_place_was_serviced_goes_to_the_tail() {
    let mut w = opened();
    let ids = users(&w).map(|user| w.request(user, usdai(100)));
    let [_, bob, ..] = users(&w);
    w.to_epoch(1);
    w.commit(bob, ids[1], 100);
    w.service(usdai(250));
    let outcome = w.vault(bob, &withdraw_bid(ids[1]));
    assert!(w.auction_event::<Q::RequestRestored>(&outcome.receipt).atTail);
    outcome.must();
    assert_eq!(w.request_of(ids[3]).sharesAhead, U256::ZERO);
    assert_eq!(w.request_of(ids[1]).sharesAhead, usdai(50));
    w.service(usdai(50));
    w.to_epoch(2);
    w.service(usdai(100));
    check_sums(&w);
}

#[test]
fn nothing_comes_back_before_its_epoch_is_over_or_settled() {
    let mut w = opened();
    let alice = w.suite.actors.alice;
    let id = w.request(alice, usdai(100));
    w.try_restore(id).must_revert(Q::NothingToRestore { requestId: id });
    w.commit(alice, id, 100);
    w.try_restore(id).must_revert(Q::NothingToRestore { requestId: id });
    w.to_reveal(0);
    w.reveal(id, 100);
    let second = w.staking().epoch_end(0) - 1;
    w.at(second);
    w.try_restore(id).must_revert(Q::NothingToRestore { requestId: id });
    w.to_epoch(1);
    w.try_restore(id).must_revert(Q::BidUnsettled {
        requestId: id,
        epoch: U256::ZERO,
    });
    w.settle();
    w.restore(id);
}

#[test]
fn a_new_settlement_opens_the_window_again() {
    let (mut w, ids) = carol_wins();
    let (alice, strategist) = (w.suite.actors.alice, w.suite.actors.strategist);
    let again = w.request(alice, usdai(100));
    w.commit(alice, again, 100);
    w.to_reveal(1);
    w.reveal(again, 100);
    w.to_epoch(2);
    // Bob has not come back for a month; until the settlement of the new epoch nothing is serviced at all.
    w.vault(strategist, &service(one()))
        .must_revert(V::EpochUnsettled { epoch: n(1) });
    w.settle();
    w.vault(strategist, &service(one())).must_revert(V::RestoreWindowOpen {
        sharesAwaitingRestore: usdai(100),
        until: U256::from(w.now() + DAY),
    });
    w.restore(ids[1]);
    w.service(one());
}

#[test]
fn months_without_bids_need_no_settlement() {
    let mut w = opened();
    let [alice, bob, ..] = users(&w);
    let (of_alice, of_bob) = (w.request(alice, usdai(100)), w.request(bob, usdai(100)));
    w.to_epoch(3);
    w.commit(alice, of_alice, 100);
    w.to_reveal(3);
    w.reveal(of_alice, 100);
    w.to_epoch(6);
    // A later auction waits for the earlier one.
    w.commit(bob, of_bob, 100);
    w.strategist(&service(one()))
        .must_revert(V::EpochUnsettled { epoch: n(3) });
    assert_eq!(w.settle().epoch, n(3));
    w.strategist(&settle()).must_revert(V::NothingToSettle {});
    w.to_reveal(6);
    w.reveal(of_bob, 100);
    w.to_epoch(8);
    assert_eq!(w.settle().epoch, n(6));
    assert_eq!(w.claim_all(alice), usdai(99));
    assert!(w.claim_all(bob) >= usdai(99));
}

#[test]
fn epochs_are_settled_in_their_order() {
    let mut w = opened();
    let [alice, bob, carol, _] = users(&w);
    let ids = [alice, bob, carol].map(|user| w.request(user, usdai(100)));
    for (epoch, (user, id)) in [(alice, ids[0]), (bob, ids[1]), (carol, ids[2])]
        .into_iter()
        .enumerate()
    {
        let epoch = epoch as u64;
        w.to_epoch(epoch);
        w.commit(user, id, 100);
        if epoch == 1 {
            // An epoch whose bids were all withdrawn needs no settlement.
            w.vault(user, &withdraw_bid(id)).must();
            continue;
        }
        w.to_reveal(epoch);
        w.reveal(id, 100);
    }
    w.to_epoch(4);
    let waiting = w.unserviced();
    assert_eq!((waiting.queued, waiting.atAuction), (usdai(100), usdai(200)));
    assert_eq!(w.settle().epoch, U256::ZERO);
    assert_eq!(w.settle().epoch, n(2));
    w.strategist(&settle()).must_revert(V::NothingToSettle {});
    w.service(usdai(100));
}
