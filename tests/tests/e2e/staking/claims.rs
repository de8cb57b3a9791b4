//! Claims by shares, by assets and of one request; several requests, partly serviced, partly filled.

use super::prelude::*;

/// Alice's three requests of 100, 200 and 300 are serviced at three prices, bob's 50 stand between the first two.
fn serviced() -> (World, [U256; 3], [U256; 3]) {
    let mut w = opened();
    let [alice, bob, ..] = users(&w);
    let first_id = w.request(alice, usdai(100));
    w.request(bob, usdai(50));
    let ids = [first_id, w.request(alice, usdai(200)), w.request(alice, usdai(300))];
    w.to_epoch(1);
    let mut worth = [U256::ZERO; 3];
    for (index, (yielded, part)) in [(0, 150), (211, 200), (333, 300)].into_iter().enumerate() {
        if yielded > 0 {
            w.accrue_base_yield(yielded);
        }
        let assets = w.service(usdai(part));
        worth[index] = if index == 0 { usdai(100) } else { assets };
    }
    for (id, worth) in ids.iter().zip(worth) {
        assert_eq!(w.request_of(*id).claimableAssets, worth);
    }
    (w, ids, worth)
}

#[test]
fn by_shares_oldest_first() {
    let (mut w, ids, worth) = serviced();
    let alice = w.suite.actors.alice;
    let all = worth[0] + worth[1] + worth[2];
    assert_eq!(w.ask_vault(&V::maxRedeemCall { controller: alice }), usdai(600));
    assert_eq!(w.ask_vault(&V::maxWithdrawCall { controller: alice }), all);
    let outcome = w.vault(alice, &redeem(usdai(150), alice, alice));
    let half = mul_div(worth[1], usdai(50), usdai(200));
    let expected = worth[0] + half;
    assert_eq!(outcome.result().expect("claimable"), expected);
    assert_eq!(
        w.vault_event::<V::Withdraw>(&outcome.receipt),
        V::Withdraw {
            sender: alice,
            receiver: alice,
            owner: alice,
            assets: expected,
            shares: usdai(150)
        }
    );
    assert_eq!(w.usdai_of(alice), expected);
    assert_eq!(w.books().reserved, all + usdai(50) - expected);
    assert_eq!(
        w.ask_vault(&V::redemptionIdsCall { controller: alice }),
        ids[1..],
        "a finished request is gone"
    );
    assert_eq!(w.request_of(ids[1]).claimableShares, usdai(150));
    assert_eq!(w.request_of(ids[1]).claimableAssets, worth[1] - half);
    // The last share of a request takes the rest of what it is worth.
    assert_eq!(
        w.vault(alice, &redeem(usdai(150), alice, alice)).must(),
        worth[1] - half
    );
    assert_eq!(w.claim_all(alice), worth[2]);
    assert_eq!(w.usdai_of(alice), all);
    check_sums(&w);
}

#[test]
fn by_assets_oldest_first() {
    let (mut w, ids, worth) = serviced();
    let [alice, bob, ..] = users(&w);
    // All of the first and a hundred of the second.
    let amount = worth[0] + usdai(100);
    let expected = usdai(100) + mul_div_up(usdai(200), usdai(100), worth[1]);
    let outcome = w.vault(alice, &withdraw(amount, bob, alice));
    assert_eq!(outcome.result().expect("claimable"), expected);
    assert_eq!(
        w.vault_event::<V::Withdraw>(&outcome.receipt),
        V::Withdraw {
            sender: alice,
            receiver: bob,
            owner: alice,
            assets: amount,
            shares: expected
        }
    );
    assert_eq!(w.usdai_of(bob), amount);
    let second = w.request_of(ids[1]);
    assert_eq!(second.claimableShares, usdai(300) - expected);
    assert_eq!(second.claimableAssets, worth[1] - usdai(100));
    // Everything by its worth uses up every share.
    let rest = worth[1] - usdai(100) + worth[2];
    assert_eq!(
        w.vault(alice, &withdraw(rest, alice, alice)).must(),
        usdai(600) - expected
    );
    assert!(w.ask_vault(&V::redemptionIdsCall { controller: alice }).is_empty());
    check_sums(&w);
}

#[test]
fn of_one_request() {
    let (mut w, ids, worth) = serviced();
    let [alice, bob, ..] = users(&w);
    let outcome = w.vault(alice, &redeem_request(ids[2], usdai(100), bob));
    let expected = mul_div(worth[2], usdai(100), usdai(300));
    assert_eq!(outcome.result().expect("claimable"), expected);
    assert_eq!(
        w.vault_event::<V::Withdraw>(&outcome.receipt),
        V::Withdraw {
            sender: alice,
            receiver: bob,
            owner: alice,
            assets: expected,
            shares: usdai(100)
        }
    );
    w.vault(alice, &redeem_request(ids[2], usdai(200) + n(1), alice))
        .must_revert(V::ExceedsClaimable {
            requested: usdai(200) + n(1),
            claimable: usdai(200),
        });
    assert_eq!(
        w.vault(alice, &redeem_request(ids[2], usdai(200), alice)).must(),
        worth[2] - expected
    );
    assert_eq!(w.ask_vault(&V::redemptionIdsCall { controller: alice }), ids[..2]);
    w.vault(alice, &redeem_request(ids[2], n(1), alice))
        .must_revert(V::UnknownRequest { requestId: ids[2] });
    w.vault(bob, &redeem_request(ids[0], n(1), bob))
        .must_revert(V::InvalidCaller {});
    w.vault(alice, &redeem_request(n(99), n(1), alice))
        .must_revert(V::UnknownRequest { requestId: n(99) });
    w.vault(alice, &redeem_request(U256::MAX, n(1), alice))
        .must_revert(V::UnknownRequest { requestId: U256::MAX });
    assert_eq!(w.claim_all(alice), worth[0] + worth[1]);
    check_sums(&w);
}

#[test]
fn nobody_claims_for_others_and_nobody_claims_too_much() {
    let (mut w, ids, worth) = serviced();
    let [alice, bob, carol, _] = users(&w);
    let all = worth[0] + worth[1] + worth[2];
    for thief in [bob, w.suite.actors.strategist, w.suite.actors.admin] {
        w.vault(thief, &redeem(n(1), thief, alice))
            .must_revert(V::InvalidCaller {});
        w.vault(thief, &withdraw(n(1), thief, alice))
            .must_revert(V::InvalidCaller {});
        w.vault(thief, &redeem_request(ids[0], n(1), thief))
            .must_revert(V::InvalidCaller {});
    }
    w.vault(alice, &redeem(usdai(600) + n(1), alice, alice))
        .must_revert(V::ExceedsClaimable {
            requested: usdai(600) + n(1),
            claimable: usdai(600),
        });
    w.vault(alice, &withdraw(all + n(1), alice, alice))
        .must_revert(V::ExceedsClaimable {
            requested: all + n(1),
            claimable: all,
        });
    w.vault(carol, &redeem(n(1), carol, carol))
        .must_revert(V::ExceedsClaimable {
            requested: n(1),
            claimable: U256::ZERO,
        });
    for amount in [U256::from(1) << 128, U256::MAX] {
        w.vault(alice, &redeem(amount, alice, alice))
            .must_revert_with::<V::ValueTooLarge>();
        w.vault(alice, &withdraw(amount, alice, alice))
            .must_revert_with::<V::ValueTooLarge>();
    }
    w.vault(alice, &redeem(U256::ZERO, alice, alice))
        .must_revert(V::InvalidAmount {});
    w.vault(alice, &withdraw(U256::ZERO, alice, alice))
        .must_revert(V::InvalidAmount {});
    w.vault(alice, &redeem_request(ids[0], U256::ZERO, alice))
        .must_revert(V::InvalidAmount {});
    for receiver in [Address::ZERO, w.staking().vault] {
        w.vault(alice, &redeem(n(1), receiver, alice))
            .must_revert(V::InvalidAddress {});
        w.vault(alice, &withdraw(n(1), receiver, alice))
            .must_revert(V::InvalidAddress {});
        w.vault(alice, &redeem_request(ids[0], n(1), receiver))
            .must_revert(V::InvalidAddress {});
    }
    // An operator claims to wherever it likes: so much it is trusted with.
    w.vault(alice, &set_operator(carol, true)).must();
    assert_eq!(w.vault(carol, &redeem(usdai(100), carol, alice)).must(), usdai(100));
    assert_eq!(w.usdai_of(carol), usdai(100));
    w.vault(carol, &redeem_request(ids[1], usdai(200), alice)).must();
    // An allowance of shares is none over what was serviced.
    w.vault(alice, &approve(bob, U256::MAX)).must();
    w.vault(bob, &redeem(n(1), bob, alice)).must_revert(V::InvalidCaller {});
}

#[test]
fn partly_serviced_requests_pay_step_by_step() {
    let mut w = opened();
    let alice = w.suite.actors.alice;
    let id = w.request(alice, usdai(100));
    w.to_epoch(1);
    let mut paid = U256::ZERO;
    for (yielded, part) in [(0, 10), (50, 25), (77, 40), (0, 25)] {
        if yielded > 0 {
            w.accrue_base_yield(yielded);
        }
        let assets = w.service(usdai(part));
        let before = w.usdai_of(alice);
        w.claim_all(alice);
        let got = w.usdai_of(alice) - before;
        assert!(assets - got <= n(1), "{got} of {assets}");
        paid += got;
        assert_eq!(
            w.ask_vault(&V::claimableRedeemRequestCall {
                redemptionId: id,
                controller: alice
            }),
            U256::ZERO
        );
    }
    assert!(w.ask_vault(&V::redemptionIdsCall { controller: alice }).is_empty());
    assert_eq!(w.usdai_of(alice), paid);
    check_sums(&w);
}

#[test]
fn a_claim_in_crumbs_never_brings_more() {
    let (mut w, ids, worth) = serviced();
    let alice = w.suite.actors.alice;
    let mut taken = U256::ZERO;
    for part in [n(1), n(7), usdai(33) + n(1), n(999), usdai(120)] {
        taken += w.vault(alice, &redeem_request(ids[1], part, alice)).must();
    }
    for assets in [n(1), n(3), one()] {
        let shares = w.vault(alice, &withdraw(assets, alice, alice)).must();
        assert!(shares >= mul_div(assets, usdai(100), worth[0]), "{shares} for {assets}");
    }
    let rest = w.request_of(ids[1]);
    assert!(taken + rest.claimableAssets == worth[1]);
    w.claim_all(alice);
    assert_eq!(w.usdai_of(alice), worth[0] + worth[1] + worth[2]);
    check_sums(&w);
}

#[test]
fn what_an_auction_and_the_queue_paid_is_claimed_together() {
    let mut w = opened();
    let [alice, bob, ..] = users(&w);
    let id = w.request(alice, usdai(1_000));
    w.commit(alice, id, 1_000);
    w.strategist(&announce(0, usdai(360))).must();
    w.to_reveal(0);
    w.reveal(id, 1_000);
    w.to_epoch(1);
    w.settle();
    assert_eq!(w.claimable(alice), (usdai(400), usdai(360)), "before it has come home");
    w.restore(id);
    assert_eq!(w.claimable(alice), (usdai(400), usdai(360)), "and after");
    let price = w.prices().conservative;
    let serviced = w.service(usdai(250));
    assert_eq!(serviced, price.worth(usdai(250)));
    assert_eq!(w.claimable(alice), (usdai(650), usdai(360) + serviced));
    let part = w.vault(alice, &redeem(usdai(325), alice, alice)).must();
    assert_eq!(part, (usdai(360) + serviced) / n(2));
    w.request(bob, usdai(10));
    w.service(usdai(350));
    w.claim_all(alice);
    assert!(w.ask_vault(&V::redemptionIdsCall { controller: alice }).is_empty());
    check_sums(&w);
}

#[test]
fn winners_claim_without_coming_home_first() {
    let mut w = opened();
    let alice = w.suite.actors.alice;
    let id = w.request(alice, usdai(1_000));
    w.commit(alice, id, 1_000);
    w.strategist(&announce(0, usdai(360))).must();
    w.to_reveal(0);
    w.reveal(id, 1_000);
    w.to_epoch(1);
    w.settle();
    let outcome = w.vault(alice, &redeem(usdai(400), alice, alice));
    assert_eq!(
        w.auction_event::<Q::RequestRestored>(&outcome.receipt),
        Q::RequestRestored {
            requestId: id,
            shares: usdai(600),
            atTail: false
        }
    );
    assert_eq!(outcome.must(), usdai(360));
    assert_eq!(w.unserviced().awaitingRestore, U256::ZERO);
    w.try_restore(id).must_revert(Q::NothingToRestore { requestId: id });
    check_sums(&w);
}

#[test]
fn a_claim_while_at_auction_takes_what_was_earned_before() {
    let mut w = opened();
    let alice = w.suite.actors.alice;
    let id = w.request(alice, usdai(1_000));
    w.commit(alice, id, 1_000);
    w.strategist(&announce(0, usdai(360))).must();
    w.to_reveal(0);
    w.reveal(id, 1_000);
    w.to_epoch(1);
    w.settle();
    w.commit(alice, id, 500);
    assert_eq!(w.claim_all(alice), usdai(360));
    assert_eq!(w.request_of(id).state, RequestState::Sealed);
    w.to_reveal(1);
    w.reveal(id, 500);
    w.to_epoch(2);
    assert_eq!(w.settle().filledShares, usdai(600));
    w.claim_all(alice);
    w.try_restore(id).must_revert(Q::UnknownRequest { requestId: id });
    check_sums(&w);
}

#[test]
fn a_claim_credits_what_the_queue_has_serviced() {
    let mut w = opened();
    let alice = w.suite.actors.alice;
    let id = w.request(alice, usdai(100));
    w.to_epoch(1);
    w.accrue_base_yield(401);
    let assets = w.service(usdai(40));
    let outcome = w.vault(alice, &redeem(usdai(10), alice, alice));
    assert_eq!(
        w.auction_event::<Q::RedemptionProcessed>(&outcome.receipt),
        Q::RedemptionProcessed {
            redemptionId: id,
            controller: alice,
            fulfilledShares: usdai(40),
            amount: assets,
            pendingShares: usdai(60)
        }
    );
    assert_eq!(outcome.must(), assets / n(4));
    // What is credited is credited once.
    let outcome = w.vault(alice, &redeem(usdai(10), alice, alice));
    assert!(events_of::<Q::RedemptionProcessed>(&outcome.receipt, w.staking().auction).is_empty());
    outcome.must();
    let told = w.request_of(id);
    assert_eq!((told.claimableShares, told.pendingShares), (usdai(20), usdai(60)));
}

#[test]
fn a_worthless_rest_is_claimed_away() {
    // One unit of shares was bought for less than one unit of USDai: it can be claimed, for nothing, and is gone.
    let mut w = opened();
    let alice = w.suite.actors.alice;
    let id = w.request(alice, one());
    w.commit(alice, id, 2_000);
    w.strategist(&announce(0, n(1))).must();
    w.to_reveal(0);
    w.reveal(id, 2_000);
    w.to_epoch(1);
    w.settle();
    assert_eq!(w.claimable(alice), (n(1), U256::ZERO));
    let outcome = w.vault(alice, &redeem(n(1), alice, alice));
    assert_eq!(outcome.result().expect("claimable"), U256::ZERO);
    assert!(events_of::<IERC20::Transfer>(&outcome.receipt, w.suite.usdai).is_empty());
    assert_eq!(w.usdai_of(alice), U256::ZERO);
    w.service(one() - n(1));
    assert_eq!(w.claim_all(alice), one() - n(1));
    assert!(w.ask_vault(&V::redemptionIdsCall { controller: alice }).is_empty());
}
