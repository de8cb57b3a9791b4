//! A sealed bid is not a free option: who does not reveal forfeits his bond.

use super::prelude::*;

#[test]
fn an_unrevealed_bid_loses_its_bond_to_those_who_stay() {
    let mut w = opened();
    let [alice, bob, ..] = users(&w);
    let odd = usdai(777) + n(199);
    let (of_alice, of_bob) = (w.request(alice, odd), w.request(bob, usdai(100)));
    w.commit(alice, of_alice, 100);
    w.commit(bob, of_bob, 100);
    // Rounded up: a bid without any bond would be a free option.
    let bond = mul_div_up(odd, n(50), n(10_000));
    let bids = w.ask_auction(&Q::epochBidsCall { epoch: U256::ZERO });
    assert_eq!(
        (bids.sealedShares, bids.bonds),
        (odd + usdai(100), bond + usdai(100) / n(200))
    );
    w.to_reveal(0);
    w.reveal(of_bob, 100);
    let bids = w.ask_auction(&Q::epochBidsCall { epoch: U256::ZERO });
    assert_eq!((bids.sealedShares, bids.bonds), (odd, bond));
    assert_eq!(bids.revealedShares, usdai(100));
    w.to_epoch(1);
    let price = Price {
        nav: usdai(4_010),
        shares: usdai(4_010),
    };
    let cleared = clear(
        &[Bid {
            shares: usdai(100),
            discount: 100,
        }],
        price,
        usdai(2_807),
    );
    let prices = w.prices();
    let outcome = w.strategist(&settle());
    let settled = w.auction_event::<Q::AuctionSettled>(&outcome.receipt);
    assert_eq!(
        (settled.forfeitedShares, settled.gain),
        (bond, gain(price, &cleared, bond))
    );
    assert_eq!(settled.sharesAwaitingRestore, odd - bond);
    outcome.must();
    assert_eq!(w.result_of(0).forfeitedShares, bond);
    assert_eq!(w.result_of(0).discountEarned, one(), "of the filled shares alone");
    assert_eq!(w.books().unvested, one() + bond);
    assert_eq!(w.books().pendingShares, odd - bond);
    assert_eq!(
        w.ask_vault(&V::totalSharesCall {}),
        usdai(4_010) - usdai(100) - bond,
        "the bond is burned"
    );
    w.prices().assert_not_below(&prices, "a settlement with bonds");
    assert_eq!(w.request_of(of_alice).pendingShares, odd - bond);
    w.restore(of_alice);
    assert_eq!(w.request_of(of_alice).sharesAhead, U256::ZERO);
    w.service(odd - bond);
    w.to_epoch(2);
    check_sums(&w);
}

#[test]
fn an_epoch_of_unrevealed_bids_only() {
    let mut w = opened();
    let all = users(&w);
    let ids = all.map(|user| w.request(user, usdai(100)));
    for (user, id) in all.into_iter().zip(ids) {
        w.commit(user, id, 2_000);
    }
    w.to_epoch(1);
    let settled = w.settle();
    assert_eq!((settled.filledShares, settled.assets), (U256::ZERO, U256::ZERO));
    assert_eq!(w.books().unvested, usdai(2));
    assert_eq!(w.unserviced().awaitingRestore, usdai(398));
    for id in ids {
        w.restore(id);
        assert_eq!(w.request_of(id).pendingShares, usdai(100) - one() / n(2));
    }
    assert_eq!(w.unserviced().awaitingRestore, U256::ZERO);
    w.service(usdai(398));
    check_sums(&w);
}

#[test]
fn the_bond_is_of_the_shares_that_bid() {
    // Half of the request was filled before: only the other half is at stake.
    let mut w = opened();
    let alice = w.suite.actors.alice;
    let id = w.request(alice, usdai(1_000));
    w.commit(alice, id, 1_000);
    w.strategist(&announce(0, usdai(450))).must();
    w.to_reveal(0);
    w.reveal(id, 1_000);
    w.to_epoch(1);
    assert_eq!(w.settle().filledShares, usdai(500));
    w.commit(alice, id, 1_000);
    assert_eq!(
        w.ask_auction(&Q::epochBidsCall { epoch: n(1) }).bonds,
        share_of(usdai(500), 50)
    );
    w.to_epoch(2);
    w.settle();
    let told = w.request_of(id);
    assert_eq!((told.claimableShares, told.claimableAssets), (usdai(500), usdai(450)));
    assert_eq!(told.pendingShares, usdai(500) - share_of(usdai(500), 50));
    assert_eq!(w.claim_all(alice), usdai(450));
    w.restore(id);
    check_sums(&w);
}

#[test]
fn a_bond_that_rounds_to_nothing_and_a_bond_of_nothing() {
    let mut w = opened();
    let (admin, alice, strategist) = (w.suite.actors.admin, w.suite.actors.alice, w.suite.actors.strategist);
    w.auction(admin, &Q::setBondCall { bondBps: 0 }).must();
    // What is left of a request may be a few units, whose bond is none.
    let id = w.request(alice, usdai(100));
    w.commit(alice, id, 100);
    w.vault(strategist, &announce(0, usdai(99) - n(100))).must();
    w.to_reveal(0);
    w.reveal(id, 100);
    w.to_epoch(1);
    w.settle();
    let rest = w.request_of(id).pendingShares;
    assert!(rest > U256::ZERO && rest < n(200), "{rest}");
    w.commit(alice, id, 100);
    assert_eq!(w.ask_auction(&Q::epochBidsCall { epoch: n(1) }).bonds, U256::ZERO);
    w.to_epoch(2);
    w.settle();
    assert_eq!(w.request_of(id).pendingShares, rest);
    w.restore(id);
    w.service(rest);
    w.claim_all(alice);
    assert!(w.ask_vault(&V::redemptionIdsCall { controller: alice }).is_empty());
    check_sums(&w);
}

#[test]
fn unrevealed_bids_cannot_drive_the_clearing() {
    let mut w = opened();
    let [alice, bob, ..] = users(&w);
    let (of_alice, of_bob) = (w.request(alice, usdai(100)), w.request(bob, usdai(1_000)));
    w.commit(alice, of_alice, 25);
    w.commit(bob, of_bob, 2_000);
    w.to_reveal(0);
    w.reveal(of_alice, 25);
    w.to_epoch(1);
    w.settle();
    let result = w.result_of(0);
    assert_eq!((result.clearingDiscountBps, result.filledShares), (n(25), usdai(100)));
}

#[test]
fn an_unrevealed_bid_may_bid_again_with_what_is_left() {
    let mut w = opened();
    let alice = w.suite.actors.alice;
    let id = w.request(alice, usdai(1_000));
    w.commit(alice, id, 1_000);
    w.to_epoch(1);
    w.settle();
    assert_eq!(w.unserviced().awaitingRestore, usdai(995));
    let commitment = w.commitment(1, id, 1_000, salt_of(1, id));
    let outcome = w.vault(alice, &commit_bid(id, commitment));
    let committed = w.auction_event::<Q::BidCommitted>(&outcome.receipt);
    assert_eq!(
        (committed.shares, committed.bond),
        (usdai(995), share_of(usdai(995), 50))
    );
    outcome.must();
    assert_eq!(w.unserviced().awaitingRestore, U256::ZERO);
    w.to_reveal(1);
    w.reveal(id, 1_000);
    w.to_epoch(2);
    let price = w.prices().conservative;
    let bids = [Bid {
        shares: usdai(995),
        discount: 1_000,
    }];
    let cleared = clear(&bids, price, share_of(w.books().idle, 7_000));
    let settled = w.settle();
    assert_eq!((settled.filledShares, settled.assets), (usdai(995), cleared.assets));
    assert_eq!(w.claim_all(alice), cleared.assets);
    check_sums(&w);
}

#[test]
fn a_withdrawn_bid_keeps_its_bond() {
    let mut w = opened();
    let alice = w.suite.actors.alice;
    let id = w.request(alice, usdai(1_000));
    w.commit(alice, id, 1_000);
    w.vault(alice, &withdraw_bid(id)).must();
    let bids = w.ask_auction(&Q::epochBidsCall { epoch: U256::ZERO });
    assert_eq!((bids.sealedShares, bids.bonds), (U256::ZERO, U256::ZERO));
    w.to_epoch(1);
    assert_eq!(w.service(usdai(1_000)), usdai(1_000));
}
