//! Bids: what they must be, when they are in time, and whose money is whose.

use alloy_primitives::U256;
use suite::events_of;

use crate::scene::*;

#[test]
fn a_bid_is_held_in_full_and_the_outbid_fetch_theirs() {
    let mut s = Scene::new();
    let [alice, bob, carol] = s.bidders();
    let id = loan(1);
    s.listed(id, usdai(1_000));
    let before = s.dollars_of(alice);
    let receipt = s.bid(alice, id, usdai(1_000)).receipt;
    let end = n(s.end_of(id));
    let placed = A::BidPlaced {
        loanId: id,
        bidder: alice,
        amount: usdai(1_000),
        end,
    };
    assert_eq!(s.event::<A::BidPlaced>(&receipt), placed);
    assert!(events_of::<A::Outbid>(&receipt, s.auction).is_empty());
    assert_eq!(s.dollars_of(alice), before - usdai(1_000));

    let receipt = s.bid(bob, id, usdai(1_050)).receipt;
    let outbid = A::Outbid {
        loanId: id,
        bidder: alice,
        amount: usdai(1_000),
    };
    assert_eq!(s.event::<A::Outbid>(&receipt), outbid);
    assert_eq!(s.refund_of(alice), usdai(1_000));
    assert_eq!(s.dollars_of(alice), before - usdai(1_000), "nobody is paid by a bid");
    s.check_money(&[id], &s.bidders(), U256::ZERO);

    let receipt = s.withdraw(alice, carol).receipt;
    let withdrawn = A::RefundWithdrawn {
        bidder: alice,
        receiver: carol,
        amount: usdai(1_000),
    };
    assert_eq!(s.event::<A::RefundWithdrawn>(&receipt), withdrawn);
    assert_eq!(s.dollars_of(carol), before + usdai(1_000));
    s.withdraw(alice, alice)
        .must_revert(A::NothingToRefund { account: alice });
    s.withdraw(bob, bob).must_revert(A::NothingToRefund { account: bob });
    s.check_money(&[id], &s.bidders(), U256::ZERO);
}

#[test]
fn refunds_of_several_sales_are_fetched_together_and_go_to_a_real_receiver() {
    let mut s = Scene::new();
    let [alice, bob, _] = s.bidders();
    let loans = [loan(1), loan(2), loan(3)];
    for id in loans {
        s.listed(id, usdai(100));
        s.bid(alice, id, usdai(100)).must();
        s.bid(bob, id, usdai(200)).must();
    }
    assert_eq!(s.refund_of(alice), usdai(300));
    let auction = s.auction;
    for receiver in [alloy_primitives::Address::ZERO, auction] {
        s.withdraw(alice, receiver).must_revert(A::InvalidAddress {});
    }
    let before = s.dollars_of(alice);
    assert_eq!(s.withdraw(alice, alice).must(), usdai(300));
    assert_eq!(s.dollars_of(alice), before + usdai(300));
    s.check_money(&loans, &s.bidders(), U256::ZERO);
}

#[test]
fn equal_bids_and_dust_above_are_too_low() {
    let mut s = Scene::new();
    let [alice, bob, _] = s.bidders();
    let id = loan(1);
    s.listed(id, usdai(1_000));
    let low = |amount: U256, minimum: U256| A::BidTooLow { amount, minimum };
    s.bid(alice, id, usdai(1_000) - n(1))
        .must_revert(low(usdai(1_000) - n(1), usdai(1_000)));
    let first = usdai(1_000) + n(1);
    s.bid(alice, id, first).must();
    // 5 % of it is a twentieth of a wei more than 50 USDai.
    let minimum = usdai(1_050) + n(2);
    assert_eq!(s.ask(&A::minimumBidCall { loanId: id }), minimum);
    for amount in [first, first + n(1), minimum - n(1), U256::ZERO] {
        s.bid(bob, id, amount).must_revert(low(amount, minimum));
    }
    s.bid(bob, id, minimum).must();
}

#[test]
fn without_an_increment_a_wei_is_one() {
    let mut s = Scene::with(Terms {
        min_increment_bps: 0,
        ..Terms::default()
    });
    let [alice, bob, _] = s.bidders();
    let id = loan(1);
    s.listed(id, usdai(10));
    s.bid(alice, id, usdai(10)).must();
    s.bid(bob, id, usdai(10)).must_revert(A::BidTooLow {
        amount: usdai(10),
        minimum: usdai(10) + n(1),
    });
    s.bid(bob, id, usdai(10) + n(1)).must();
}

#[test]
fn the_highest_bidder_outbids_himself_and_gets_the_lower_bid_back() {
    let mut s = Scene::new();
    let [alice, ..] = s.bidders();
    let id = loan(1);
    let collateral = s.listed(id, usdai(100));
    let before = s.dollars_of(alice);
    s.bid(alice, id, usdai(100)).must();
    s.bid(alice, id, usdai(104)).must_revert(A::BidTooLow {
        amount: usdai(104),
        minimum: usdai(105),
    });
    s.bid(alice, id, usdai(300)).must();
    assert_eq!(s.refund_of(alice), usdai(100));
    s.pass_end_of(id);
    s.settle(id).must();
    s.withdraw(alice, alice).must();
    assert_eq!(s.dollars_of(alice), before - usdai(300));
    assert_eq!((s.owner_of(collateral), s.proceeds_of(id)), (alice, usdai(300)));
    s.check_money(&[id], &s.bidders(), U256::ZERO);
}

#[test]
fn a_bid_without_money_or_leave_is_refused_and_leaves_no_trace() {
    let mut s = Scene::new();
    let [alice, ..] = s.bidders();
    let (id, dave, usdai_address) = (loan(1), s.suite.actors.dave, s.suite.usdai);
    s.listed(id, usdai(10));
    s.bid(alice, id, usdai(10)).must();
    let error = A::SafeERC20FailedOperation { token: usdai_address };
    // No money and no allowance; then an allowance without money.
    s.bid(dave, id, usdai(20)).must_revert(error.clone());
    let auction = s.auction;
    s.allow(usdai_address, dave, auction);
    s.bid(dave, id, usdai(20)).must_revert(error.clone());
    s.bid(alice, id, usdai(2_000_000)).must_revert(error);
    let listing = s.listing(id);
    assert_eq!((listing.amount, listing.bidder), (usdai(10), alice));
    assert_eq!(s.refund_of(alice), U256::ZERO);
    s.check_money(&[id], &s.bidders(), U256::ZERO);
}

#[test]
fn a_bid_larger_than_can_be_held_is_refused() {
    let mut s = Scene::new();
    let [alice, ..] = s.bidders();
    let id = loan(1);
    s.listed(id, usdai(10));
    let maximum = (n(1) << 96) - n(1);
    for value in [maximum + n(1), U256::MAX, n(1) << 128] {
        s.bid(alice, id, value).must_revert(A::ValueTooLarge { value, maximum });
    }
}

#[test]
fn the_last_second_counts_and_the_next_does_not() {
    let mut s = Scene::with(Terms {
        extension: 0,
        ..Terms::default()
    });
    let [alice, bob, _] = s.bidders();
    let id = loan(1);
    let collateral = s.listed(id, usdai(10));
    let end = s.end_of(id);
    s.at(end - 1);
    s.bid(alice, id, usdai(10)).must();
    assert_eq!(s.end_of(id), end, "no extension, no later end");
    s.settle(id).must_revert(A::StillRunning {
        loanId: id,
        end: n(end),
    });
    s.at(end);
    s.bid(bob, id, usdai(20)).must_revert(A::BiddingClosed {
        loanId: id,
        end: n(end),
    });
    let refused = s.try_ask(&A::minimumBidCall { loanId: id }).expect_err("over");
    suite_tests::check_error(
        &refused,
        &A::BiddingClosed {
            loanId: id,
            end: n(end),
        },
    );
    s.settle(id).must();
    assert_eq!(s.owner_of(collateral), alice);
}

#[test]
fn a_late_bid_leaves_the_others_a_quarter_of_an_hour() {
    let mut s = Scene::new();
    let [alice, bob, carol] = s.bidders();
    let id = loan(1);
    s.listed(id, usdai(10));
    let end = s.end_of(id);
    s.at(end - 900);
    s.bid(alice, id, usdai(10)).must();
    assert_eq!(s.end_of(id), end, "that much is left anyway");
    s.at(end - 899);
    let receipt = s.bid(bob, id, usdai(20)).receipt;
    assert_eq!(s.event::<A::BidPlaced>(&receipt).end, n(end + 1));
    s.at(end);
    s.bid(carol, id, usdai(30)).must();
    assert_eq!(s.end_of(id), end + 900);
    // A bid long before the extended end moves nothing.
    s.bid(alice, id, usdai(40)).must();
    assert_eq!(s.end_of(id), end + 900);
    s.at(end + 899);
    s.bid(bob, id, usdai(50)).must();
    assert_eq!(s.end_of(id), end + 899 + 900);
    assert_eq!(s.listing(id).latestEnd, n(end + DAY));
}

#[test]
fn extensions_end_after_a_day() {
    let mut s = Scene::with(Terms {
        extension: 6 * 3_600,
        ..Terms::default()
    });
    let [alice, bob, _] = s.bidders();
    let id = loan(1);
    let collateral = s.listed(id, usdai(10));
    let end = s.end_of(id);
    let mut amount = usdai(10);
    let mut ends = Vec::new();
    while s.end_of(id) < end + DAY {
        let last_second = s.end_of(id) - 1;
        s.at(last_second);
        s.bid(if ends.len() % 2 == 0 { alice } else { bob }, id, amount).must();
        amount += amount / n(20);
        ends.push(s.end_of(id) - end);
    }
    assert_eq!(ends, [21_599, 43_198, 64_797, DAY - 4, DAY]);
    s.at(end + DAY - 1);
    s.bid(bob, id, amount).must();
    assert_eq!(s.end_of(id), end + DAY, "not a second more");
    s.at(end + DAY);
    s.bid(alice, id, amount * n(2)).must_revert(A::BiddingClosed {
        loanId: id,
        end: n(end + DAY),
    });
    s.settle(id).must();
    assert_eq!((s.owner_of(collateral), s.proceeds_of(id)), (bob, amount));
    s.check_money(&[id], &s.bidders(), U256::ZERO);
}
