//! Settlement, write-off, and what comes after.

use alloy_primitives::U256;

use crate::scene::*;

#[test]
fn a_settlement_pays_the_pool_to_the_wei_and_hands_over() {
    let mut s = Scene::new();
    let [alice, bob, _] = s.bidders();
    let id = loan(1);
    let collateral = s.listed(id, usdai(100));
    s.bid(alice, id, usdai(100)).must();
    s.bid(bob, id, usdai(123) + n(7)).must();
    let end = s.end_of(id);
    s.pass_end_of(id);
    let winner = A::HasWinner {
        loanId: id,
        bidder: bob,
        amount: usdai(123) + n(7),
    };
    assert_eq!(s.listing(id).status, Status::Won);
    s.relist(id, usdai(100)).must_revert(winner.clone());
    s.write_off(id).must_revert(winner);

    let receipt = s.settle(id).receipt;
    let expected = A::Settled {
        loanId: id,
        winner: bob,
        collateralId: collateral,
        proceeds: usdai(123) + n(7),
    };
    assert_eq!(s.event::<A::Settled>(&receipt), expected);
    assert_eq!(s.owner_of(collateral), bob);
    assert_eq!(s.dollars_of(s.pool), usdai(123) + n(7));
    assert_eq!(s.proceeds_of(id), usdai(123) + n(7));
    assert_eq!(s.obligations(), usdai(100));
    s.check_money(&[id], &s.bidders(), U256::ZERO);

    let sold = A::AlreadySold { loanId: id };
    assert_eq!(s.listing(id).status, Status::Sold);
    s.settle(id).must_revert(sold.clone());
    s.relist(id, usdai(100)).must_revert(sold.clone());
    s.write_off(id).must_revert(sold);
    s.list(id).must_revert(A::AlreadyListed { loanId: id });
    s.bid(alice, id, usdai(1_000)).must_revert(A::BiddingClosed {
        loanId: id,
        end: n(end),
    });
    s.withdraw(alice, alice).must();
    assert_eq!(s.obligations(), U256::ZERO);
}

/// A winner can wait, and cannot withdraw.
#[test]
fn a_settlement_may_come_late() {
    let mut s = Scene::new();
    let [alice, ..] = s.bidders();
    let id = loan(1);
    let collateral = s.listed(id, usdai(100));
    s.bid(alice, id, usdai(100)).must();
    let end = s.end_of(id);
    s.at(end + 300 * DAY);
    s.withdraw(alice, alice)
        .must_revert(A::NothingToRefund { account: alice });
    s.settle(id).must();
    assert_eq!(s.owner_of(collateral), alice);
}

#[test]
fn three_failed_listings_make_a_loss_and_not_two() {
    let mut s = Scene::new();
    let id = loan(1);
    s.listed(id, usdai(1_000));
    for failed in 1..=2 {
        let end = s.end_of(id);
        s.at(end - 1);
        s.write_off(id).must_revert(A::StillRunning {
            loanId: id,
            end: n(end),
        });
        s.at(end);
        s.write_off(id).must_revert(A::TooFewFailedListings {
            loanId: id,
            failed: n(failed),
            required: n(3),
        });
        s.relist(id, usdai(1_000)).must();
    }
    s.pass_end_of(id);
    let receipt = s.write_off(id).receipt;
    let expected = A::WrittenOff {
        loanId: id,
        failedListings: n(3),
    };
    assert_eq!(s.event::<A::WrittenOff>(&receipt), expected);
    assert!(s.is_written_off_in_pool(id));
    assert!(s.listing(id).isWrittenOff);
    s.write_off(id).must_revert(A::AlreadyWrittenOff { loanId: id });
}

/// Who could write off while somebody bids could lower the lenders' share price just before the proceeds raise it.
#[test]
fn nothing_is_written_off_while_it_may_be_sold() {
    let mut s = Scene::new();
    let [alice, ..] = s.bidders();
    let id = loan(1);
    s.listed(id, usdai(1_000));
    for _ in 0..3 {
        s.pass_end_of(id);
        s.relist(id, usdai(1_000)).must();
    }
    assert_eq!(s.listing(id).failedListings, n(3));
    let end = s.end_of(id);
    let running = A::StillRunning {
        loanId: id,
        end: n(end),
    };
    s.write_off(id).must_revert(running.clone());
    s.bid(alice, id, usdai(1_000)).must();
    s.write_off(id).must_revert(running);
    s.pass_end_of(id);
    s.write_off(id).must_revert(A::HasWinner {
        loanId: id,
        bidder: alice,
        amount: usdai(1_000),
    });
    s.settle(id).must();
    assert!(!s.is_written_off_in_pool(id));
}

#[test]
fn what_is_written_off_can_still_be_sold_and_the_pool_gets_it() {
    let mut s = Scene::new();
    let [_, bob, _] = s.bidders();
    let id = loan(1);
    let collateral = s.listed(id, usdai(1_000));
    for _ in 0..2 {
        s.pass_end_of(id);
        s.relist(id, usdai(1_000)).must();
    }
    s.pass_end_of(id);
    // Of what is not written off the pool is told nothing.
    assert_eq!(s.recoveries_in_pool(id), (n(0), n(0)));
    s.write_off(id).must();
    s.relist(id, usdai(800)).must();
    assert_eq!(s.recoveries_in_pool(id), (n(1), n(0)));
    assert!(s.listing(id).isWrittenOff);
    let end = s.end_of(id);
    s.write_off(id).must_revert(A::StillRunning {
        loanId: id,
        end: n(end),
    });
    s.pass_end_of(id);
    assert_eq!(s.listing(id).failedListings, n(4));
    s.write_off(id).must_revert(A::AlreadyWrittenOff { loanId: id });
    s.relist(id, usdai(640)).must();
    assert_eq!(s.recoveries_in_pool(id), (n(2), n(0)));
    s.bid(bob, id, usdai(700)).must();
    s.pass_end_of(id);
    s.settle(id).must();
    assert_eq!((s.owner_of(collateral), s.proceeds_of(id)), (bob, usdai(700)));
    assert!(s.listing(id).isWrittenOff);
    s.check_money(&[id], &s.bidders(), U256::ZERO);
}

/// Anybody has the pool wait no longer, but not while somebody may pay: who came meanwhile would share in it.
#[test]
fn nothing_is_given_up_while_it_may_be_sold() {
    let mut s = Scene::new();
    let [_, bob, _] = s.bidders();
    let id = loan(1);
    s.expire(id).must_revert(A::NotListed { loanId: id });
    s.listed(id, usdai(1_000));
    let running = |s: &Scene| A::StillRunning {
        loanId: id,
        end: n(s.end_of(id)),
    };
    s.expire(id).must_revert(running(&s));
    for _ in 0..2 {
        s.pass_end_of(id);
        // Whether a sale is written off the pool says.
        s.expire(id)
            .must_revert(ITestLiquidations::NotWrittenOff { loanId: id });
        s.relist(id, usdai(1_000)).must();
    }
    s.pass_end_of(id);
    s.write_off(id).must();
    s.expire(id).must();
    assert_eq!(s.recoveries_in_pool(id), (n(0), n(1)));
    s.relist(id, usdai(800)).must();
    s.expire(id).must_revert(running(&s));
    let end = s.end_of(id);
    s.at(end - 1);
    s.expire(id).must_revert(running(&s));
    s.at(end);
    s.expire(id).must();
    assert_eq!(s.recoveries_in_pool(id), (n(1), n(2)));
    s.relist(id, usdai(640)).must();
    s.bid(bob, id, usdai(700)).must();
    s.expire(id).must_revert(running(&s));
    // However long the winner waits.
    let end = s.end_of(id);
    s.at(end + 300 * DAY);
    s.expire(id).must_revert(A::HasWinner {
        loanId: id,
        bidder: bob,
        amount: usdai(700),
    });
    s.settle(id).must();
    s.expire(id).must_revert(A::AlreadySold { loanId: id });
    assert_eq!(s.recoveries_in_pool(id), (n(2), n(2)));
}

/// The same title comes back with another loan: the first sale is history, the second is new.
#[test]
fn a_title_that_was_sold_can_be_collateral_again() {
    let mut s = Scene::new();
    let [alice, bob, _] = s.bidders();
    let (first, second, pool, stranger) = (loan(1), loan(2), s.pool, s.stranger());
    let collateral = s.listed(first, usdai(100));
    s.bid(alice, first, usdai(100)).must();
    s.pass_end_of(first);
    s.settle(first).must();
    s.pledge(alice, collateral);
    let liquidate = ITestLiquidations::liquidateCall {
        loanId: second,
        collateralId: collateral,
        debt: usdai(90),
        reserve: usdai(80),
    };
    s.send(stranger, pool, &liquidate).must();
    s.list(second).must();
    s.settle(first).must_revert(A::AlreadySold { loanId: first });
    s.bid(bob, second, usdai(85)).must();
    s.pass_end_of(second);
    s.settle(second).must();
    assert_eq!(s.owner_of(collateral), bob);
    assert_eq!((s.proceeds_of(first), s.proceeds_of(second)), (usdai(100), usdai(85)));
    s.check_money(&[first, second], &s.bidders(), U256::ZERO);
}
