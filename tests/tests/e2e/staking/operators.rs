//! Requests for redemption: who may make one for whom (ERC-7540), how small and how many, and what they say.

use super::prelude::*;

fn burned(w: &Deployed, outcome: &Outcome<V::requestRedeemCall>) -> V::Transfer {
    w.vault_event(&outcome.receipt)
}

#[test]
fn a_request_burns_the_shares_and_queues_them() {
    let mut w = opened();
    let alice = w.suite.actors.alice;
    let before = w.prices();
    let outcome = w.vault(alice, &request(usdai(300), alice));
    let id = outcome.result().expect("held");
    assert_eq!(id, n(1), "ids count from one");
    assert_eq!(
        w.vault_event::<V::RedeemRequest>(&outcome.receipt),
        V::RedeemRequest {
            controller: alice,
            owner: alice,
            requestId: id,
            sender: alice,
            shares: usdai(300)
        }
    );
    assert_eq!(
        burned(&w, &outcome),
        V::Transfer {
            from: alice,
            to: Address::ZERO,
            value: usdai(300)
        }
    );
    assert_eq!(
        w.auction_event::<Q::RequestQueued>(&outcome.receipt),
        Q::RequestQueued {
            requestId: id,
            controller: alice,
            epoch: U256::ZERO,
            shares: usdai(300)
        }
    );
    assert_eq!(w.shares_of(alice), usdai(700));
    assert_eq!(w.ask_vault(&V::totalSupplyCall {}), first() + usdai(3_700));
    assert_eq!(w.ask_vault(&V::totalSharesCall {}), first() + usdai(4_000));
    assert_eq!(w.books().pendingShares, usdai(300));
    assert_eq!(
        w.prices(),
        before,
        "they share gains and losses until they are serviced"
    );
    assert_eq!(w.request(alice, usdai(1)), n(2));
    check_sums(&w);
}

#[test]
fn shares_in_the_queue_bear_gains_and_losses() {
    let mut w = opened();
    let alice = w.suite.actors.alice;
    let id = w.request(alice, usdai(1_000));
    w.accrue_base_yield(401);
    w.harvest();
    w.to_epoch(1);
    let nav = first() + usdai(4_000) + net(usdai(401));
    let expected = mul_div(usdai(1_000), nav, first() + usdai(4_000));
    assert_eq!(w.service(usdai(1_000)), expected);
    assert_eq!(w.request_of(id).claimableAssets, expected);
    assert!(expected > usdai(1_000));
}

#[test]
fn the_owner_its_operator_or_a_spender_may_request() {
    let mut w = opened();
    let [alice, bob, carol, _] = users(&w);
    w.vault(bob, &request(usdai(10), alice))
        .must_revert(V::InvalidCaller {});

    // An allowance is spent, down to what is left of it.
    w.vault(alice, &approve(bob, usdai(15))).must();
    w.vault(bob, &request_for(usdai(10), alice, alice)).must();
    assert_eq!(w.allowance(w.staking().vault, alice, bob), usdai(5));
    w.vault(bob, &request_for(usdai(6), alice, alice))
        .must_revert(V::ERC20InsufficientAllowance {
            spender: bob,
            allowance: usdai(5),
            needed: usdai(6),
        });

    let set = w.vault(alice, &set_operator(carol, true));
    assert_eq!(
        w.vault_event::<V::OperatorSet>(&set.receipt),
        V::OperatorSet {
            controller: alice,
            operator: carol,
            approved: true
        }
    );
    assert!(set.must());
    let is_operator =
        |w: &Deployed, controller: Address, operator: Address| w.ask_vault(&V::isOperatorCall { controller, operator });
    assert!(is_operator(&w, alice, carol));
    assert!(!is_operator(&w, carol, alice));
    let outcome = w.vault(carol, &request(usdai(20), alice));
    assert_eq!(w.vault_event::<V::RedeemRequest>(&outcome.receipt).sender, carol);
    outcome.must();
    // An operator spends no allowance, and neither its right nor an unlimited allowance is used up.
    w.vault(alice, &approve(carol, usdai(1))).must();
    w.vault(carol, &request(usdai(20), alice)).must();
    assert_eq!(w.allowance(w.staking().vault, alice, carol), usdai(1));
    w.vault(alice, &approve(carol, U256::ZERO)).must();
    w.vault(alice, &approve(bob, U256::MAX)).must();
    w.vault(bob, &request(usdai(10), alice)).must();
    assert_eq!(w.allowance(w.staking().vault, alice, bob), U256::MAX);

    assert!(w.vault(alice, &set_operator(carol, false)).must());
    assert!(!is_operator(&w, alice, carol));
    w.vault(carol, &request(usdai(20), alice))
        .must_revert(V::InvalidCaller {});
    assert_eq!(w.shares_of(alice), usdai(940));
}

#[test]
fn a_controller_must_have_agreed() {
    let mut w = opened();
    let [alice, bob, carol, dave] = users(&w);
    // Neither alice nor anybody she empowers may give bob a request that he did not ask for.
    w.vault(alice, &request_for(usdai(10), bob, alice))
        .must_revert(V::ControllerConsentMissing {
            controller: bob,
            owner: alice,
        });
    w.vault(alice, &set_operator(carol, true)).must();
    w.vault(carol, &request_for(usdai(10), bob, alice))
        .must_revert(V::ControllerConsentMissing {
            controller: bob,
            owner: alice,
        });
    // He made the owner his operator.
    w.vault(bob, &set_operator(alice, true)).must();
    let outcome = w.vault(alice, &request_for(usdai(10), bob, alice));
    assert_eq!(
        w.vault_event::<V::RedeemRequest>(&outcome.receipt),
        V::RedeemRequest {
            controller: bob,
            owner: alice,
            requestId: n(1),
            sender: alice,
            shares: usdai(10)
        }
    );
    w.vault(carol, &request_for(usdai(10), bob, alice)).must();
    w.vault(bob, &set_operator(alice, false)).must();
    // He made the caller his operator.
    w.vault(bob, &set_operator(carol, true)).must();
    w.vault(carol, &request_for(usdai(10), bob, alice)).must();
    // The controller itself may take an owner's shares that it may spend.
    w.vault(alice, &approve(bob, usdai(10))).must();
    w.vault(bob, &request_for(usdai(10), bob, alice)).must();
    // Carol is the operator of both, dave of nobody.
    w.vault(dave, &request_for(usdai(10), bob, alice))
        .must_revert(V::ControllerConsentMissing {
            controller: bob,
            owner: alice,
        });
    // Whose operator he is does not make alice's shares his.
    w.vault(bob, &set_operator(dave, true)).must();
    w.vault(dave, &request_for(usdai(10), bob, alice))
        .must_revert(V::InvalidCaller {});
    assert_eq!(
        w.ask_vault(&V::redemptionIdsCall { controller: bob }),
        [n(1), n(2), n(3), n(4)]
    );
    assert!(w.ask_vault(&V::redemptionIdsCall { controller: alice }).is_empty());
    check_sums(&w);
}

#[test]
fn nobody_and_the_vault_have_no_requests() {
    let mut w = opened();
    let (alice, vault) = (w.suite.actors.alice, w.staking().vault);
    for controller in [Address::ZERO, vault] {
        w.vault(alice, &request_for(usdai(10), controller, alice))
            .must_revert(V::InvalidAddress {});
    }
    w.vault(alice, &request_for(usdai(10), alice, Address::ZERO))
        .must_revert(V::InvalidCaller {});
    for operator in [Address::ZERO, alice] {
        for approved in [true, false] {
            w.vault(alice, &set_operator(operator, approved))
                .must_revert(V::InvalidAddress {});
        }
    }
}

#[test]
fn one_share_or_one_usdai_is_enough() {
    let mut w = opened();
    let alice = w.suite.actors.alice;
    w.vault(alice, &request(U256::ZERO, alice))
        .must_revert(V::InvalidAmount {});
    // At a price of one both bounds are the same.
    w.vault(alice, &request(one() - n(1), alice))
        .must_revert(V::RequestTooSmall {
            shares: one() - n(1),
            assets: one() - n(1),
        });
    w.request(alice, one());

    // At two USDai a share, half of one is worth one USDai.
    w.accrue_base_yield(4_010 * 10 / 9 + 1);
    let price = w.prices().conservative;
    let half = mul_div_up(one(), price.shares, price.nav);
    assert!(half < one() && price.worth(half) >= one());
    w.vault(alice, &request(half - n(1), alice))
        .must_revert(V::RequestTooSmall {
            shares: half - n(1),
            assets: price.worth(half - n(1)),
        });
    w.request(alice, half);
}

#[test]
fn a_whole_share_is_enough_although_it_is_worth_less() {
    let mut w = opened();
    let (alice, strategist) = (w.suite.actors.alice, w.suite.actors.strategist);
    let pool = w.link_pool();
    w.vault(strategist, &allocate(0, usdai(4_000))).must();
    w.set_pool_value(pool, 0, usdai(4_000), usdai(1_000), usdai(1_000));
    let price = w.prices().conservative;
    assert_eq!(price.nav, usdai(1_010));
    w.vault(alice, &request(one() - n(1), alice))
        .must_revert(V::RequestTooSmall {
            shares: one() - n(1),
            assets: price.worth(one() - n(1)),
        });
    w.request(alice, one());
}

#[test]
fn more_than_is_held_cannot_be_requested() {
    let mut w = opened();
    let alice = w.suite.actors.alice;
    w.vault(alice, &request(usdai(1_000) + n(1), alice))
        .must_revert(V::ERC20InsufficientBalance {
            sender: alice,
            balance: usdai(1_000),
            needed: usdai(1_000) + n(1),
        });
    for shares in [U256::from(1) << 112, U256::from(1) << 128, U256::MAX] {
        let refused = w.vault(alice, &request(shares, alice)).result().expect_err("not held");
        assert!(!refused.data.is_empty(), "{refused}");
    }
    assert_eq!(w.books().pendingShares, U256::ZERO);
}

#[test]
fn fifty_live_requests_are_the_most() {
    let mut w = opened();
    let [alice, bob, ..] = users(&w);
    let ids: Vec<U256> = (0..50).map(|_| w.request(alice, usdai(2))).collect();
    w.vault(alice, &request(usdai(2), alice))
        .must_revert(V::TooManyRequests {
            controller: alice,
            maximum: n(50),
        });
    // Somebody else is not concerned, and one that is claimed makes room.
    w.request(bob, usdai(2));
    assert_eq!(w.ask_vault(&V::redemptionIdsCall { controller: alice }), ids);
    w.to_epoch(1);
    w.service(usdai(2));
    w.vault(alice, &request(usdai(2), alice))
        .must_revert_with::<V::TooManyRequests>();
    assert_eq!(w.claim_all(alice), usdai(2));
    let last = w.request(alice, usdai(2));
    let now = w.ask_vault(&V::redemptionIdsCall { controller: alice });
    assert_eq!((now.len(), now[0], now[49]), (50, ids[1], last));
    check_sums(&w);
}
