//! What the pause stops, and what it must never stop.

use super::prelude::*;

fn pause(w: &mut Deployed) {
    w.vault(w.suite.actors.pauser, &V::pauseCall {}).must();
}

fn unpause(w: &mut Deployed) {
    w.vault(w.suite.actors.pauser, &V::unpauseCall {}).must();
}

#[test]
fn pause_and_unpause_say_so_and_refuse_to_repeat() {
    let mut w = World::staked();
    let pauser = w.suite.actors.pauser;
    w.vault(pauser, &V::unpauseCall {}).must_revert(V::ExpectedPause {});
    let outcome = w.vault(pauser, &V::pauseCall {});
    assert_eq!(
        w.vault_event::<V::Paused>(&outcome.receipt),
        V::Paused { account: pauser }
    );
    outcome.must();
    assert!(w.ask_vault(&V::pausedCall {}));
    w.vault(pauser, &V::pauseCall {}).must_revert(V::EnforcedPause {});
    let outcome = w.vault(pauser, &V::unpauseCall {});
    assert_eq!(
        w.vault_event::<V::Unpaused>(&outcome.receipt),
        V::Unpaused { account: pauser }
    );
    outcome.must();
    assert!(!w.ask_vault(&V::pausedCall {}));
}

#[test]
fn it_stops_what_moves_money_and_nothing_is_lost() {
    let mut w = opened();
    let [alice, bob, ..] = users(&w);
    let strategist = w.suite.actors.strategist;
    w.link_pool();
    let queued = w.request(alice, usdai(100));
    let bidding = w.request(bob, usdai(100));
    w.to_epoch(1);
    w.service(usdai(100));
    w.commit(bob, bidding, 500);
    w.fund_usdai(alice, 10);
    let stopped = V::EnforcedPause {};
    pause(&mut w);

    w.vault(alice, &deposit(usdai(1), alice)).must_revert(stopped.clone());
    w.vault(alice, &deposit_for(usdai(1), alice, n(1)))
        .must_revert(stopped.clone());
    w.vault(alice, &mint(usdai(1), alice)).must_revert(stopped.clone());
    w.vault(alice, &mint_for(usdai(1), alice, usdai(1)))
        .must_revert(stopped.clone());
    w.vault(alice, &request(usdai(1), alice)).must_revert(stopped.clone());
    w.vault(alice, &redeem(usdai(100), alice, alice))
        .must_revert(stopped.clone());
    w.vault(alice, &withdraw(usdai(100), alice, alice))
        .must_revert(stopped.clone());
    w.vault(alice, &redeem_request(queued, usdai(100), alice))
        .must_revert(stopped.clone());
    let commitment = w.commitment(1, bidding, 600, B256::ZERO);
    w.vault(bob, &commit_bid(bidding, commitment))
        .must_revert(stopped.clone());
    w.vault(strategist, &allocate(0, usdai(1))).must_revert(stopped.clone());
    w.vault(strategist, &service(usdai(1))).must_revert(stopped.clone());
    w.vault(strategist, &settle()).must_revert(stopped.clone());
    // As ERC-4626 wants of what would be refused.
    assert_eq!(w.ask_vault(&V::maxRedeemCall { controller: alice }), U256::ZERO);
    assert_eq!(w.ask_vault(&V::maxWithdrawCall { controller: alice }), U256::ZERO);

    unpause(&mut w);
    assert_eq!(w.claim_all(alice), usdai(100));
    w.vault(alice, &deposit(usdai(1), alice)).must();
    check_sums(&w);
}

#[test]
fn shares_and_allowances_still_move() {
    let mut w = opened();
    let [alice, bob, ..] = users(&w);
    pause(&mut w);
    w.vault(alice, &transfer(bob, usdai(1))).must();
    w.vault(alice, &approve(bob, usdai(1))).must();
    w.vault(bob, &transfer_from(alice, bob, usdai(1))).must();
    w.vault(alice, &set_operator(bob, true)).must();
}

#[test]
fn nobody_is_kept_at_auction_by_a_pause() {
    let mut w = opened();
    let [alice, bob, carol, _] = users(&w);
    let [of_alice, of_bob, of_carol] = [alice, bob, carol].map(|user| w.request(user, usdai(100)));
    for (user, id) in [(alice, of_alice), (bob, of_bob), (carol, of_carol)] {
        w.commit(user, id, 500);
    }
    pause(&mut w);
    // A bid can be taken back, and revealed: nobody loses a bond because of a pause.
    w.vault(alice, &withdraw_bid(of_alice)).must();
    w.to_reveal(0);
    w.reveal(of_bob, 500);
    w.reveal(of_carol, 500);
    unpause(&mut w);
    w.to_epoch(1);
    w.settle();
    pause(&mut w);
    w.restore(of_bob);
    w.restore(of_carol);
    assert_eq!(w.unserviced().awaitingRestore, U256::ZERO);
}

#[test]
fn it_does_not_stop_the_administration() {
    let mut w = opened();
    let (admin, strategist, gatekeeper, bridge, alice) = (
        w.suite.actors.admin,
        w.suite.actors.strategist,
        w.suite.actors.gatekeeper,
        w.suite.actors.bridge,
        w.suite.actors.alice,
    );
    let pool = w.link_pool();
    w.vault(strategist, &allocate(0, usdai(100))).must();
    pause(&mut w);
    w.accrue_base_yield(10);
    w.harvest();
    w.vault(strategist, &deallocate(0, usdai(100))).must();
    w.vault(gatekeeper, &blacklist(alice, true)).must();
    w.vault(gatekeeper, &blacklist(alice, false)).must();
    w.vault(bridge, &bridge_out(alice, usdai(1))).must();
    w.vault(bridge, &bridge_in(alice, usdai(1))).must();
    w.vault(admin, &V::setBaseYieldFeeCall { feeBps: 1 }).must();
    w.vault(admin, &V::setFeeRecipientCall { feeRecipient: admin }).must();
    w.vault(admin, &grant("PAUSE_ADMIN_ROLE", alice)).must();
    w.vault(strategist, &announce(0, usdai(1))).must();
    assert_eq!(w.ask_vault(&V::loanPoolCall {}), pool);
}
