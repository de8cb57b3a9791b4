//! When the manager does not come, anybody settles and services after three days.

use super::prelude::*;

#[test]
fn settling_is_the_managers_for_three_days() {
    let mut w = opened();
    let (alice, stranger) = (w.suite.actors.alice, w.suite.actors.stranger);
    let id = w.request(alice, usdai(100));
    w.commit(alice, id, 100);
    w.to_reveal(0);
    w.reveal(id, 100);
    let from = w.staking().epoch_end(0) + 3 * DAY;
    let public = w.ask_auction(&Q::publicFromCall {});
    assert_eq!(
        (public.settlement, public.servicing),
        (U256::from(from), U256::from(from))
    );
    for at in [w.staking().epoch_end(0), from - 1] {
        w.at(at);
        for caller in [stranger, alice, w.suite.actors.admin] {
            w.vault(caller, &settle()).must_revert(V::NotPublicYet {
                publicFrom: U256::from(from),
            });
        }
    }
    w.at(from);
    let settled = w.vault(stranger, &settle()).must();
    assert_eq!((settled.filledShares, settled.assets), (usdai(100), usdai(99)));
}

#[test]
fn servicing_is_the_managers_for_three_days_of_each_epoch() {
    let mut w = opened();
    let (alice, stranger, strategist) = (w.suite.actors.alice, w.suite.actors.stranger, w.suite.actors.strategist);
    w.request(alice, usdai(100));
    for (epoch, part) in [(1, 40), (2, 60)] {
        let from = w.staking().epoch_start(epoch) + 3 * DAY;
        let not_yet = V::NotPublicYet {
            publicFrom: U256::from(from),
        };
        w.to_epoch(epoch);
        assert_eq!(w.ask_auction(&Q::publicFromCall {}).servicing, U256::from(from));
        w.vault(stranger, &service(usdai(part))).must_revert(not_yet.clone());
        w.at(from - 1);
        w.vault(stranger, &service(usdai(part))).must_revert(not_yet);
        w.at(from);
        assert_eq!(w.vault(stranger, &service(usdai(part))).must(), usdai(part));
    }
    w.vault(strategist, &service(one())).must_revert(V::NotEligible {
        shares: one(),
        eligibleShares: U256::ZERO,
    });
}

#[test]
fn in_the_first_epoch_nothing_is_serviced() {
    let mut w = opened();
    let (alice, stranger) = (w.suite.actors.alice, w.suite.actors.stranger);
    w.request(alice, usdai(100));
    w.pass(10 * DAY);
    let told = w.ask_auction(&Q::publicFromCall {});
    assert_eq!(told.settlement, U256::ZERO, "no bids, nothing to settle");
    let refused = w
        .vault(stranger, &service(usdai(100)))
        .result()
        .expect_err("nothing is eligible");
    assert!(
        refused.as_error::<V::NotPublicYet>().is_some() || refused.as_error::<V::NotEligible>().is_some(),
        "{refused}"
    );
}

#[test]
fn once_it_is_public_the_amount_is_a_ceiling() {
    let mut w = opened();
    let (alice, bob, stranger, strategist) = (
        w.suite.actors.alice,
        w.suite.actors.bob,
        w.suite.actors.stranger,
        w.suite.actors.strategist,
    );
    w.link_pool();
    w.request(alice, usdai(1_000));
    w.request(bob, usdai(1_000));
    // Before it is public the manager's amounts are exact.
    w.to_epoch(1);
    w.vault(strategist, &allocate(0, usdai(3_000))).must();
    w.vault(strategist, &service(usdai(2_001))).must_revert(V::NotEligible {
        shares: usdai(2_001),
        eligibleShares: usdai(2_000),
    });
    w.vault(strategist, &service(usdai(1_010) + n(1)))
        .must_revert(V::InsufficientBalance {});
    w.to_public(0);
    for (caller, shares) in [
        (stranger, U256::MAX),
        (stranger, U256::from(1) << 128),
        (stranger, usdai(1_011)),
        (strategist, usdai(1_500)),
    ] {
        let start = w.chain.snapshot();
        let outcome = w.vault(caller, &service(shares));
        assert_eq!(
            w.vault_event::<V::RedemptionsServiced>(&outcome.receipt),
            V::RedemptionsServiced {
                shares: usdai(1_010),
                amount: usdai(1_010),
                allRedemptionsServiced: false
            }
        );
        assert_eq!(outcome.must(), usdai(1_010));
        assert_eq!(w.books().idle, U256::ZERO);
        w.vault(caller, &service(shares)).must_revert(V::InsufficientBalance {});
        assert!(w.chain.revert(start));
    }
    w.vault(strategist, &deallocate(0, usdai(3_000))).must();
    assert_eq!(w.vault(stranger, &service(U256::MAX)).must(), usdai(2_000));
    let outcome = w.vault(stranger, &service(U256::MAX));
    outcome.must_revert_with::<V::NotEligible>();
    w.vault(stranger, &service(U256::ZERO)).must_revert(V::InvalidAmount {});
}

#[test]
fn anybody_brings_a_whole_month_to_its_end() {
    let mut w = opened();
    let stranger = w.suite.actors.stranger;
    let all = users(&w);
    let ids = all.map(|user| w.request(user, usdai(1_000)));
    w.commit(all[0], ids[0], 500);
    w.commit(all[1], ids[1], 300);
    w.to_reveal(0);
    w.reveal(ids[0], 500);
    w.to_public(0);
    w.vault(stranger, &service(U256::MAX))
        .must_revert(V::EpochUnsettled { epoch: U256::ZERO });
    w.vault(stranger, &settle()).must();
    w.vault(stranger, &service(U256::MAX))
        .must_revert_with::<V::RestoreWindowOpen>();
    w.restore(ids[1]);
    let paid = w.vault(stranger, &service(U256::MAX)).must();
    assert!(paid > usdai(2_900));
    assert_eq!(w.books().pendingShares, U256::ZERO);
    for user in all {
        assert!(w.claim_all(user) >= usdai(949));
    }
    check_sums(&w);
}

#[test]
fn without_the_manager_nothing_is_stuck_for_years() {
    let mut w = opened();
    let (alice, bob, stranger) = (w.suite.actors.alice, w.suite.actors.bob, w.suite.actors.stranger);
    let (of_alice, of_bob) = (w.request(alice, usdai(100)), w.request(bob, usdai(100)));
    w.commit(alice, of_alice, 100);
    w.to_reveal(0);
    w.reveal(of_alice, 100);
    w.to_epoch(1);
    w.commit(bob, of_bob, 100);
    w.to_reveal(1);
    w.reveal(of_bob, 100);
    w.to_epoch(10);
    assert_eq!(w.vault(stranger, &settle()).must().epoch, U256::ZERO);
    assert_eq!(w.vault(stranger, &settle()).must().epoch, n(1));
    assert_eq!(w.claim_all(alice), usdai(99));
    assert!(w.claim_all(bob) >= usdai(98));
}

#[test]
fn a_stranger_services_no_more_of_a_request_than_he_could_of_all() {
    // Who is serviced a unit by a stranger can no longer bid, but stands at the very head of the queue.
    let mut w = opened();
    let [alice, bob, ..] = users(&w);
    let stranger = w.suite.actors.stranger;
    let (of_alice, of_bob) = (w.request(alice, usdai(100)), w.request(bob, usdai(100)));
    w.to_public(0);
    assert_eq!(w.vault(stranger, &service(n(1))).must(), n(1));
    let commitment = w.commitment(1, of_alice, 100, B256::ZERO);
    w.vault(alice, &commit_bid(of_alice, commitment))
        .must_revert(V::AlreadyServiced { requestId: of_alice });
    assert_eq!(w.request_of(of_alice).sharesAhead, U256::ZERO);
    w.commit(bob, of_bob, 100);
    // She need not wait for anybody: servicing is open to her too.
    assert_eq!(w.vault(alice, &service(U256::MAX)).must(), usdai(100) - n(1));
    assert_eq!(w.claim_all(alice), usdai(100));
}
