//! Frozen accounts can neither send, receive, request, bid nor claim; their requests keep their place.

use super::prelude::*;

fn freeze(w: &mut Deployed, account: Address, frozen: bool) {
    w.vault(w.suite.actors.gatekeeper, &blacklist(account, frozen)).must();
}

fn frozen(account: Address) -> V::BlacklistedAddress {
    V::BlacklistedAddress { account }
}

#[test]
fn the_list_is_kept_and_told() {
    let mut w = opened();
    let (alice, gatekeeper) = (w.suite.actors.alice, w.suite.actors.gatekeeper);
    for listed in [true, true, false] {
        let outcome = w.vault(gatekeeper, &blacklist(alice, listed));
        assert_eq!(
            w.vault_event::<V::Blacklisted>(&outcome.receipt),
            V::Blacklisted {
                value: alice,
                isBlacklisted: listed
            }
        );
        outcome.must();
        assert_eq!(w.ask_vault(&V::isBlacklistedCall { account: alice }), listed);
        assert_eq!(w.shares_of(alice), usdai(1_000), "the flag is no part of the balance");
    }
    // Nobody, the vault itself and the locked shares are never listed.
    for account in [Address::ZERO, w.staking().vault, DEAD] {
        w.vault(gatekeeper, &blacklist(account, true))
            .must_revert(V::InvalidAddress {});
    }
    check_sums(&w);
}

#[test]
fn frozen_accounts_neither_send_nor_receive() {
    let mut w = opened();
    let [alice, bob, carol, dave] = users(&w);
    w.vault(alice, &approve(carol, U256::MAX)).must();
    w.vault(bob, &approve(dave, U256::MAX)).must();
    freeze(&mut w, alice, true);
    w.vault(alice, &transfer(bob, n(1))).must_revert(frozen(alice));
    w.vault(bob, &transfer(alice, n(1))).must_revert(frozen(alice));
    w.vault(carol, &transfer_from(alice, carol, n(1)))
        .must_revert(frozen(alice));
    w.vault(dave, &transfer_from(bob, alice, n(1)))
        .must_revert(frozen(alice));
    // Nor do they move what belongs to others.
    freeze(&mut w, dave, true);
    w.vault(dave, &transfer_from(bob, carol, n(1)))
        .must_revert(frozen(dave));
    freeze(&mut w, dave, false);
    w.vault(dave, &transfer_from(bob, carol, n(1))).must();
    freeze(&mut w, alice, false);
    w.vault(alice, &transfer(bob, usdai(1_000))).must();
    check_sums(&w);
}

#[test]
fn frozen_accounts_neither_stake_nor_are_staked_for() {
    let mut w = opened();
    let [alice, bob, ..] = users(&w);
    for account in [alice, bob] {
        w.fund_usdai(account, 100);
    }
    freeze(&mut w, alice, true);
    w.vault(alice, &deposit(usdai(1), alice)).must_revert(frozen(alice));
    w.vault(alice, &deposit(usdai(1), bob)).must_revert(frozen(alice));
    w.vault(bob, &deposit(usdai(1), alice)).must_revert(frozen(alice));
    w.vault(alice, &deposit_for(usdai(1), bob, U256::ZERO))
        .must_revert(frozen(alice));
    w.vault(alice, &mint(usdai(1), bob)).must_revert(frozen(alice));
    w.vault(bob, &mint(usdai(1), alice)).must_revert(frozen(alice));
    w.vault(bob, &mint_for(usdai(1), alice, U256::MAX))
        .must_revert(frozen(alice));
    freeze(&mut w, alice, false);
    w.vault(alice, &deposit(usdai(1), alice)).must();
}

#[test]
fn frozen_accounts_request_for_nobody() {
    let mut w = opened();
    let [alice, bob, carol, _] = users(&w);
    w.vault(alice, &set_operator(bob, true)).must();
    w.vault(bob, &set_operator(alice, true)).must();
    w.vault(carol, &set_operator(alice, true)).must();
    freeze(&mut w, alice, true);
    // As owner, as controller, as caller.
    w.vault(alice, &request(usdai(1), alice)).must_revert(frozen(alice));
    w.vault(bob, &request_for(usdai(1), alice, bob))
        .must_revert(frozen(alice));
    w.vault(bob, &request_for(usdai(1), bob, alice))
        .must_revert(frozen(alice));
    w.vault(alice, &request_for(usdai(1), carol, carol))
        .must_revert(frozen(alice));
    assert_eq!(w.books().pendingShares, U256::ZERO);
}

#[test]
fn frozen_accounts_do_not_bid_and_lose_nothing() {
    let mut w = opened();
    let [alice, bob, ..] = users(&w);
    w.vault(alice, &set_operator(bob, true)).must();
    let (first_id, second) = (w.request(alice, usdai(100)), w.request(alice, usdai(100)));
    w.commit(alice, first_id, 100);
    freeze(&mut w, alice, true);
    let commitment = w.commitment(0, second, 100, B256::ZERO);
    for caller in [alice, bob] {
        w.vault(caller, &commit_bid(second, commitment))
            .must_revert(frozen(alice));
        w.vault(caller, &commit_bid(first_id, commitment))
            .must_revert(frozen(alice));
        w.vault(caller, &withdraw_bid(first_id)).must_revert(frozen(alice));
    }
    freeze(&mut w, alice, false);
    freeze(&mut w, bob, true);
    w.vault(bob, &commit_bid(second, commitment)).must_revert(frozen(bob));
    w.vault(bob, &withdraw_bid(first_id)).must_revert(frozen(bob));
    w.vault(alice, &commit_bid(second, commitment)).must();
    w.vault(alice, &withdraw_bid(second)).must();

    // What was bid before is revealed and settled as if nothing had happened: no bond is lost by being frozen.
    freeze(&mut w, alice, true);
    w.to_reveal(0);
    w.reveal(first_id, 100);
    w.to_epoch(1);
    assert_eq!(w.settle().filledShares, usdai(100));
    assert_eq!(w.claimable(alice), (usdai(100), usdai(99)));
    w.vault(alice, &redeem(usdai(100), alice, alice))
        .must_revert(frozen(alice));
    freeze(&mut w, alice, false);
    assert_eq!(w.claim_all(alice), usdai(99));
}

#[test]
fn requests_of_frozen_accounts_keep_their_place() {
    let mut w = opened();
    let [alice, bob, carol, _] = users(&w);
    let (of_alice, of_bob) = (w.request(alice, usdai(100)), w.request(bob, usdai(100)));
    freeze(&mut w, alice, true);
    w.to_epoch(1);
    w.service(usdai(100));
    assert_eq!(w.request_of(of_alice).claimableAssets, usdai(100));
    assert_eq!(w.request_of(of_bob).claimableAssets, U256::ZERO);

    // What was serviced stays where it is until the account is free again.
    w.vault(alice, &redeem(usdai(100), alice, alice))
        .must_revert(frozen(alice));
    w.vault(alice, &withdraw(usdai(100), bob, alice))
        .must_revert(frozen(alice));
    w.vault(alice, &redeem_request(of_alice, usdai(100), bob))
        .must_revert(frozen(alice));
    let maximum = |w: &Deployed| w.ask_vault(&V::maxRedeemCall { controller: alice });
    assert_eq!(maximum(&w), U256::ZERO, "as ERC-4626 wants of what would be refused");
    assert_eq!(w.ask_vault(&V::maxWithdrawCall { controller: alice }), U256::ZERO);

    // Nor do others claim for it or pay to it.
    w.service(usdai(100));
    w.vault(alice, &set_operator(carol, true)).must();
    w.vault(carol, &redeem(usdai(100), carol, alice))
        .must_revert(frozen(alice));
    w.vault(bob, &redeem(usdai(100), alice, bob)).must_revert(frozen(alice));
    w.vault(bob, &withdraw(usdai(100), alice, bob))
        .must_revert(frozen(alice));
    w.vault(bob, &redeem_request(of_bob, usdai(100), alice))
        .must_revert(frozen(alice));
    // A frozen operator does nothing for those who trust it.
    freeze(&mut w, alice, false);
    freeze(&mut w, carol, true);
    w.vault(carol, &redeem(usdai(100), alice, alice))
        .must_revert(frozen(carol));
    assert_eq!(maximum(&w), usdai(100));
    assert_eq!(w.claim_all(alice), usdai(100));
    assert_eq!(w.claim_all(bob), usdai(100));
    check_sums(&w);
}

#[test]
fn the_bridge_does_not_serve_frozen_accounts() {
    let mut w = opened();
    let (alice, bob, bridge) = (w.suite.actors.alice, w.suite.actors.bob, w.suite.actors.bridge);
    w.vault(bridge, &bridge_out(bob, usdai(10))).must();
    freeze(&mut w, alice, true);
    w.vault(bridge, &bridge_in(alice, usdai(10))).must_revert(frozen(alice));
    w.vault(bridge, &bridge_out(alice, usdai(10)))
        .must_revert(frozen(alice));
    w.vault(bridge, &bridge_in(bob, usdai(10))).must();
}
