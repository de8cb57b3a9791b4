//! Putting collateral up, and putting it up again.

use alloy_primitives::{Address, U256};

use crate::scene::*;

#[test]
fn anybody_lists_what_the_pool_has_liquidated() {
    let mut s = Scene::new();
    let id = loan(1);
    let collateral = s.liquidate(id, usdai(1_000));
    let receipt = s.list(id).receipt;
    let end = s.now() + 3 * DAY;
    let expected = A::Listed {
        loanId: id,
        collateralId: collateral,
        round: n(1),
        reserve: usdai(1_000),
        end: n(end),
    };
    assert_eq!(s.event::<A::Listed>(&receipt), expected);
    let listing = s.listing(id);
    assert_eq!(listing.status, Status::Running);
    assert_eq!((listing.collateralId, listing.reserve), (collateral, usdai(1_000)));
    assert_eq!((listing.amount, listing.bidder), (U256::ZERO, Address::ZERO));
    assert_eq!((listing.end, listing.latestEnd), (n(end), n(end + DAY)));
    assert_eq!((listing.failedListings, listing.isWrittenOff), (U256::ZERO, false));
    s.list(id).must_revert(A::AlreadyListed { loanId: id });
}

#[test]
fn what_is_not_liquidated_or_not_here_is_not_listed() {
    let mut s = Scene::new();
    let (id, pool, stranger) = (loan(1), s.pool, s.stranger());
    s.list(id).must_revert(A::NotLiquidated { loanId: id });

    // Liquidated, it is said, but the title is with the pool, with somebody else, or does not exist.
    let title = s.pledged_title();
    let mut liquidation = ITestLiquidations::setLiquidationCall {
        loanId: id,
        collateralId: title,
        debt: usdai(2),
        reserve: usdai(1),
        open: true,
    };
    s.send(stranger, pool, &liquidation).must();
    s.list(id).must_revert(A::CollateralElsewhere {
        collateralId: title,
        owner: pool,
    });
    let foreign = s.mint_title(stranger);
    liquidation.collateralId = foreign;
    s.send(stranger, pool, &liquidation).must();
    s.list(id).must_revert(A::CollateralElsewhere {
        collateralId: foreign,
        owner: stranger,
    });
    liquidation.collateralId = n(999);
    s.send(stranger, pool, &liquidation).must();
    s.list(id).must_revert(C::ERC721NonexistentToken { tokenId: n(999) });
    liquidation.open = false;
    s.send(stranger, pool, &liquidation).must();
    s.list(id).must_revert(A::NotLiquidated { loanId: id });
}

/// A title without a loan could not be listed here, nor would it ever leave: CALIBER does not let it come.
#[test]
fn a_foreign_title_stays_where_it_is() {
    let mut s = Scene::new();
    let (stranger, auction, titles) = (s.stranger(), s.auction, s.titles);
    let foreign = s.mint_title(stranger);
    let send = C::transferFromCall {
        from: stranger,
        to: auction,
        tokenId: foreign,
    };
    s.send(stranger, titles, &send)
        .must_revert(C::ERC721InvalidReceiver { receiver: auction });
    s.list(loan(7)).must_revert(A::NotLiquidated { loanId: loan(7) });

    let (alice, id) = (s.suite.actors.alice, loan(1));
    let collateral = s.listed(id, usdai(10));
    s.bid(alice, id, usdai(10)).must();
    s.pass_end_of(id);
    s.settle(id).must();
    assert_eq!(s.owner_of(collateral), alice);
    assert_eq!(s.owner_of(foreign), stranger);
}

#[test]
fn nothing_can_be_done_with_an_unlisted_loan() {
    let mut s = Scene::new();
    let (id, alice) = (loan(1), s.suite.actors.alice);
    s.liquidate(id, usdai(1));
    let error = A::NotListed { loanId: id };
    s.bid(alice, id, usdai(1)).must_revert(error.clone());
    s.settle(id).must_revert(error.clone());
    s.write_off(id).must_revert(error.clone());
    s.relist(id, usdai(1)).must_revert(error.clone());
    let refused = s.try_ask(&A::minimumBidCall { loanId: id }).expect_err("unlisted");
    suite_tests::check_error(&refused, &error);
    assert_eq!(s.listing(id).status, Status::Unlisted);
}

#[test]
fn without_a_bid_the_listing_fails_and_is_put_up_again_for_the_full_duration() {
    let mut s = Scene::new();
    let (id, alice) = (loan(1), s.suite.actors.alice);
    let collateral = s.listed(id, usdai(1_000));
    let end = s.end_of(id);
    s.at(end - 1);
    let running = A::StillRunning {
        loanId: id,
        end: n(end),
    };
    s.relist(id, usdai(1_000)).must_revert(running.clone());
    s.settle(id).must_revert(running);
    s.at(end);
    assert_eq!(s.listing(id).status, Status::Failed);
    assert_eq!(s.listing(id).failedListings, n(1));
    s.bid(alice, id, usdai(2_000)).must_revert(A::BiddingClosed {
        loanId: id,
        end: n(end),
    });
    s.settle(id).must_revert(A::NoBid { loanId: id });

    // It may wait; then the full duration counts from the relisting, to the second, at exactly 80 %.
    s.at(end + 10 * DAY + 7);
    let receipt = s.relist(id, usdai(800)).receipt;
    let second_end = end + 13 * DAY + 7;
    let expected = A::Listed {
        loanId: id,
        collateralId: collateral,
        round: n(2),
        reserve: usdai(800),
        end: n(second_end),
    };
    assert_eq!(s.event::<A::Listed>(&receipt), expected);
    assert_eq!(s.listing(id).latestEnd, n(second_end + DAY));
    assert_eq!(s.listing(id).failedListings, n(1));

    // A second auction like the first one.
    s.at(second_end - 1);
    s.bid(alice, id, usdai(800)).must();
    assert_eq!(s.end_of(id), second_end - 1 + 900);
    s.pass_end_of(id);
    s.settle(id).must();
    assert_eq!(s.owner_of(collateral), alice);
    assert_eq!(s.proceeds_of(id), usdai(800));
    s.check_money(&[id], &s.bidders(), U256::ZERO);
}

#[test]
fn a_relisting_asks_four_fifths_to_all_of_the_last_reserve() {
    let mut s = Scene::new();
    let id = loan(1);
    // Four fifths of 1,000,000,000,000,000,000,003 are ….4: rounded up.
    let reserve = usdai(1_000) + n(3);
    s.listed(id, reserve);
    s.pass_end_of(id);
    let minimum = usdai(800) + n(3);
    for wrong in [U256::ZERO, minimum - n(1), reserve + n(1), U256::MAX] {
        s.relist(id, wrong).must_revert(A::ReserveOutOfBounds {
            reserve: wrong,
            minimum,
            maximum: reserve,
        });
    }
    s.relist(id, minimum).must();
    s.pass_end_of(id);
    // The last reserve counts, not the first one.
    s.relist(id, reserve).must_revert(A::ReserveOutOfBounds {
        reserve,
        minimum: usdai(640) + n(3),
        maximum: minimum,
    });
    s.relist(id, usdai(640) + n(3)).must();
    s.pass_end_of(id);
    s.relist(id, usdai(640) + n(3)).must();
    assert_eq!(s.listing(id).failedListings, n(3));
}

/// Lost goods: the pool states a reserve of nothing.
#[test]
fn a_reserve_of_nothing_takes_one_wei() {
    let mut s = Scene::new();
    let (id, alice, bob) = (loan(1), s.suite.actors.alice, s.suite.actors.bob);
    let collateral = s.listed(id, U256::ZERO);
    let too_low = |amount, minimum| A::BidTooLow {
        amount: n(amount),
        minimum: n(minimum),
    };
    s.bid(alice, id, U256::ZERO).must_revert(too_low(0, 1));
    s.pass_end_of(id);
    s.relist(id, n(1)).must_revert(A::ReserveOutOfBounds {
        reserve: n(1),
        minimum: U256::ZERO,
        maximum: U256::ZERO,
    });
    s.relist(id, U256::ZERO).must();
    s.bid(alice, id, n(1)).must();
    s.bid(bob, id, n(1)).must_revert(too_low(1, 2));
    s.bid(bob, id, n(2)).must();
    s.pass_end_of(id);
    s.settle(id).must();
    assert_eq!((s.owner_of(collateral), s.proceeds_of(id)), (bob, n(2)));
    s.check_money(&[id], &s.bidders(), U256::ZERO);
}
