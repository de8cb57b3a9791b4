//! Sealed means sealed: what binds a bid, who can make one, and that it cannot be copied or used again.

use super::prelude::*;

fn reveal_with(id: U256, discount: u16, salt: B256) -> Q::revealBidCall {
    Q::revealBidCall {
        requestId: id,
        discountBps: discount,
        salt,
    }
}

#[test]
fn a_bid_is_sealed_replaced_withdrawn_and_revealed() {
    let mut w = opened();
    let alice = w.suite.actors.alice;
    let id = w.request(alice, usdai(200));
    let salt = B256::repeat_byte(7);
    let commitment = w.commitment(0, id, 500, salt);
    let outcome = w.vault(alice, &commit_bid(id, commitment));
    assert_eq!(
        w.auction_event::<Q::BidCommitted>(&outcome.receipt),
        Q::BidCommitted {
            requestId: id,
            epoch: U256::ZERO,
            commitment,
            shares: usdai(200),
            bond: one()
        }
    );
    outcome.must();
    let told = w.request_of(id);
    assert_eq!((told.state, told.bidEpoch), (RequestState::Sealed, U256::ZERO));
    assert_eq!(
        (told.pendingShares, told.sharesAhead, told.discountBps),
        (usdai(200), n(0), n(0))
    );
    assert_eq!(w.ask_auction(&Q::commitmentOfCall { requestId: id }), commitment);
    let unserviced = w.unserviced();
    assert_eq!((unserviced.queued, unserviced.atAuction), (U256::ZERO, usdai(200)));

    let other = w.commitment(0, id, 900, salt);
    w.vault(alice, &commit_bid(id, other)).must();
    assert_eq!(w.ask_auction(&Q::commitmentOfCall { requestId: id }), other);
    assert_eq!(w.unserviced().atAuction, usdai(200), "it is one bid");

    let outcome = w.vault(alice, &withdraw_bid(id));
    assert_eq!(
        w.auction_event::<Q::BidWithdrawn>(&outcome.receipt),
        Q::BidWithdrawn {
            requestId: id,
            epoch: U256::ZERO
        }
    );
    outcome.must();
    assert_eq!(w.request_of(id).state, RequestState::Queued);
    assert_eq!(w.ask_auction(&Q::commitmentOfCall { requestId: id }), B256::ZERO);
    assert_eq!(w.unserviced().queued, usdai(200));

    w.vault(alice, &commit_bid(id, other)).must();
    w.to_reveal(0);
    let stranger = w.suite.actors.stranger;
    let outcome = w.auction(stranger, &reveal_with(id, 900, salt));
    assert_eq!(
        w.auction_event::<Q::BidRevealed>(&outcome.receipt),
        Q::BidRevealed {
            requestId: id,
            epoch: U256::ZERO,
            discountBps: n(900),
            shares: usdai(200)
        }
    );
    outcome.must();
    let told = w.request_of(id);
    assert_eq!((told.state, told.discountBps), (RequestState::Revealed, n(900)));
    assert_eq!(w.ask_auction(&Q::commitmentOfCall { requestId: id }), B256::ZERO);
    w.auction(alice, &reveal_with(id, 900, salt))
        .must_revert(Q::AlreadyRevealed { requestId: id });
    check_sums(&w);
}

#[test]
fn nothing_before_the_reveal_tells_the_discount() {
    // Two histories that differ in the discount only leave the same figures wherever one can look.
    let tracks: Vec<String> = [100, 2_000]
        .into_iter()
        .map(|discount| {
            let mut w = opened();
            let alice = w.suite.actors.alice;
            let id = w.request(alice, usdai(200));
            w.commit(alice, id, discount);
            let epoch = U256::ZERO;
            let bids = w.ask_auction(&Q::epochBidsCall { epoch });
            let levels = w.ask_auction(&Q::levelsCall { epoch });
            assert!(levels.discountsBps.is_empty() && levels.shares.is_empty());
            format!("{:?} {:?} {:?}", w.request_of(id), bids, w.unserviced())
        })
        .collect();
    assert_eq!(tracks[0], tracks[1]);
}

#[test]
fn only_the_controller_or_its_operator_bids() {
    let mut w = opened();
    let [alice, bob, carol, _] = users(&w);
    let id = w.request(alice, usdai(100));
    let commitment = w.commitment(0, id, 100, B256::ZERO);
    for stranger in [bob, w.suite.actors.strategist, w.suite.actors.admin] {
        w.vault(stranger, &commit_bid(id, commitment))
            .must_revert(V::InvalidCaller {});
    }
    assert_eq!(w.request_of(id).state, RequestState::Queued);
    w.vault(alice, &set_operator(bob, true)).must();
    w.vault(bob, &commit_bid(id, commitment)).must();
    w.vault(carol, &withdraw_bid(id)).must_revert(V::InvalidCaller {});
    w.vault(carol, &commit_bid(id, commitment))
        .must_revert(V::InvalidCaller {});
    w.vault(bob, &withdraw_bid(id)).must();
    // The owner of what a controller asked for is nobody to the bid.
    w.vault(carol, &set_operator(alice, true)).must();
    let of_carol = w.vault(alice, &request_for(usdai(100), carol, alice)).must();
    w.vault(carol, &set_operator(alice, false)).must();
    let commitment = w.commitment(0, of_carol, 100, B256::ZERO);
    w.vault(alice, &commit_bid(of_carol, commitment))
        .must_revert(V::InvalidCaller {});
    w.vault(carol, &commit_bid(of_carol, commitment)).must();
}

#[test]
fn a_copied_commitment_is_useless() {
    let mut w = opened();
    let [alice, bob, ..] = users(&w);
    let (of_alice, of_bob) = (w.request(alice, usdai(100)), w.request(bob, usdai(100)));
    let salt = B256::repeat_byte(3);
    let commitment = w.commitment(0, of_alice, 700, salt);
    w.vault(alice, &commit_bid(of_alice, commitment)).must();
    w.vault(bob, &commit_bid(of_bob, commitment)).must();
    w.to_reveal(0);
    w.auction(alice, &reveal_with(of_alice, 700, salt)).must();
    // Now bob knows discount and salt, and it does not help him: he forfeits his bond.
    w.auction(bob, &reveal_with(of_bob, 700, salt))
        .must_revert(Q::InvalidOpening {
            requestId: of_bob,
            commitment,
        });
    w.to_epoch(1);
    w.settle();
    assert_eq!(w.claimable(alice).0, usdai(100));
    assert_eq!(w.claimable(bob).0, U256::ZERO);
    assert_eq!(w.request_of(of_bob).pendingShares, usdai(100) - usdai(100) / n(200));
}

#[test]
fn an_opening_holds_for_its_epoch_request_chain_and_auction_only() {
    let mut w = opened();
    let alice = w.suite.actors.alice;
    let (id, second) = (w.request(alice, usdai(100)), w.request(alice, usdai(100)));
    let salt = B256::repeat_byte(5);
    let (chain_id, auction) = (w.chain.config().chain_id, w.staking().auction);
    let elsewhere = [
        commitment_for(42_161, auction, 0, id, 700, salt),
        commitment_for(chain_id, w.staking().vault, 0, id, 700, salt),
        commitment_for(chain_id, Address::ZERO, 0, id, 700, salt),
        commitment_for(chain_id, auction, 1, id, 700, salt),
        commitment_for(chain_id, auction, 0, second, 700, salt),
        commitment_for(chain_id, auction, 0, id, 701, salt),
        commitment_for(chain_id, auction, 0, id, 700, B256::repeat_byte(6)),
    ];
    for commitment in elsewhere {
        let start = w.chain.snapshot();
        w.vault(alice, &commit_bid(id, commitment)).must();
        w.to_reveal(0);
        w.auction(alice, &reveal_with(id, 700, salt))
            .must_revert(Q::InvalidOpening {
                requestId: id,
                commitment,
            });
        assert!(w.chain.revert(start));
    }
    // What was bid in one epoch is no bid in the next.
    let commitment = w.commitment(0, id, 700, salt);
    w.vault(alice, &commit_bid(id, commitment)).must();
    w.to_epoch(1);
    w.settle();
    w.vault(alice, &commit_bid(id, commitment)).must();
    w.to_reveal(1);
    w.auction(alice, &reveal_with(id, 700, salt))
        .must_revert(Q::InvalidOpening {
            requestId: id,
            commitment,
        });
}

#[test]
fn a_commitment_of_zero_seals_nothing() {
    let mut w = opened();
    let alice = w.suite.actors.alice;
    let id = w.request(alice, usdai(100));
    w.vault(alice, &commit_bid(id, B256::ZERO))
        .must_revert(V::InvalidCommitment { commitment: B256::ZERO });
    w.vault(alice, &commit_bid(id, B256::repeat_byte(1))).must();
    w.vault(alice, &commit_bid(id, B256::ZERO))
        .must_revert(V::InvalidCommitment { commitment: B256::ZERO });
}

#[test]
fn discounts_stay_within_the_bounds() {
    let mut w = opened();
    let alice = w.suite.actors.alice;
    let discounts = [0, 24, 25, 2_000, 2_001, u16::MAX];
    let ids = discounts.map(|_| w.request(alice, usdai(2)));
    for (id, discount) in ids.into_iter().zip(discounts) {
        w.commit(alice, id, discount);
    }
    w.to_reveal(0);
    for (id, discount) in ids.into_iter().zip(discounts) {
        let outcome = w.try_reveal(id, discount);
        if (25..=2_000).contains(&discount) {
            outcome.must();
        } else {
            outcome.must_revert(Q::DiscountOutOfBounds {
                discountBps: U256::from(discount),
                minDiscountBps: n(25),
                maxDiscountBps: n(2_000),
            });
        }
    }
}

#[test]
fn only_a_sealed_bid_is_withdrawn_or_revealed() {
    let mut w = opened();
    let alice = w.suite.actors.alice;
    let id = w.request(alice, usdai(100));
    w.vault(alice, &withdraw_bid(id))
        .must_revert(V::NoSealedBid { requestId: id });
    for unknown in [U256::ZERO, n(2), U256::from(1) << 32, U256::MAX] {
        w.vault(alice, &withdraw_bid(unknown))
            .must_revert(V::UnknownRequest { requestId: unknown });
        w.vault(alice, &commit_bid(unknown, B256::repeat_byte(1)))
            .must_revert(V::UnknownRequest { requestId: unknown });
        w.try_restore(unknown)
            .must_revert(Q::UnknownRequest { requestId: unknown });
    }
    w.to_reveal(0);
    w.try_reveal(id, 100).must_revert(Q::NoSealedBid { requestId: id });
    for unknown in [U256::ZERO, n(2), U256::MAX] {
        w.auction(alice, &reveal_with(unknown, 100, B256::ZERO))
            .must_revert(Q::UnknownRequest { requestId: unknown });
    }
}

#[test]
fn a_request_in_an_auction_that_is_not_settled_does_not_bid_again() {
    let mut w = opened();
    let alice = w.suite.actors.alice;
    let id = w.request(alice, usdai(100));
    w.commit(alice, id, 100);
    w.to_reveal(0);
    w.reveal(id, 100);
    w.to_epoch(1);
    let unsettled = V::BidUnsettled {
        requestId: id,
        epoch: U256::ZERO,
    };
    let next = w.commitment(1, id, 100, B256::ZERO);
    w.vault(alice, &commit_bid(id, next)).must_revert(unsettled);
    w.try_restore(id).must_revert(Q::BidUnsettled {
        requestId: id,
        epoch: U256::ZERO,
    });
    w.vault(alice, &withdraw_bid(id))
        .must_revert(V::NoSealedBid { requestId: id });
}

#[test]
fn what_the_queue_has_begun_to_service_does_not_bid() {
    let mut w = opened();
    let alice = w.suite.actors.alice;
    let id = w.request(alice, usdai(100));
    w.to_epoch(1);
    w.service(n(1));
    let commitment = w.commitment(1, id, 100, B256::ZERO);
    w.vault(alice, &commit_bid(id, commitment))
        .must_revert(V::AlreadyServiced { requestId: id });
    // Claiming what was serviced makes no difference.
    assert_eq!(w.claim_all(alice), n(1));
    w.vault(alice, &commit_bid(id, commitment))
        .must_revert(V::AlreadyServiced { requestId: id });
    w.service(usdai(100) - n(1));
    w.vault(alice, &commit_bid(id, commitment))
        .must_revert(V::AlreadyServiced { requestId: id });
    w.vault(alice, &redeem(one(), alice, alice)).must();
    w.vault(alice, &commit_bid(id, commitment))
        .must_revert(V::NothingPending { requestId: id });
}

#[test]
fn what_an_auction_has_filled_does_not_bid() {
    let mut w = opened();
    let alice = w.suite.actors.alice;
    let id = w.request(alice, usdai(100));
    w.commit(alice, id, 100);
    w.to_reveal(0);
    w.reveal(id, 100);
    w.to_epoch(1);
    w.settle();
    let commitment = w.commitment(1, id, 100, B256::ZERO);
    w.vault(alice, &commit_bid(id, commitment))
        .must_revert(V::NothingPending { requestId: id });
    assert_eq!(w.claim_all(alice), usdai(99));
    w.vault(alice, &commit_bid(id, commitment))
        .must_revert(V::UnknownRequest { requestId: id });
}

#[test]
fn a_partly_filled_request_may_bid_again() {
    let mut w = opened();
    let [alice, bob, ..] = users(&w);
    // 70 % of 4,010 idle: 2,807 USDai; both bid 1,000 and more than that is not there at all.
    let (of_alice, of_bob) = (w.request(alice, usdai(1_000)), w.request(bob, usdai(1_000)));
    w.strategist(&announce(0, usdai(1_350))).must();
    w.commit(alice, of_alice, 1_000);
    w.commit(bob, of_bob, 2_000);
    w.to_reveal(0);
    w.reveal(of_alice, 1_000);
    w.reveal(of_bob, 2_000);
    w.to_epoch(1);
    let price = Price {
        nav: usdai(4_010),
        shares: usdai(4_010),
    };
    let bids = [1_000, 2_000].map(|discount| Bid {
        shares: usdai(1_000),
        discount,
    });
    let cleared = clear(&bids, price, usdai(1_350));
    assert_eq!(cleared.fills, [usdai(500), usdai(1_000)], "1,350 at 10 % buy 1,500");
    w.settle();
    // Without coming home first: the commitment does that, and credits what was won.
    let outcome = {
        let commitment = w.commitment(1, of_alice, 300, salt_of(1, of_alice));
        w.vault(alice, &commit_bid(of_alice, commitment))
    };
    assert_eq!(
        w.auction_event::<Q::RedemptionProcessed>(&outcome.receipt),
        Q::RedemptionProcessed {
            redemptionId: of_alice,
            controller: alice,
            fulfilledShares: usdai(500),
            amount: usdai(450),
            pendingShares: usdai(500)
        }
    );
    assert_eq!(w.auction_event::<Q::BidCommitted>(&outcome.receipt).shares, usdai(500));
    outcome.must();
    assert_eq!(w.claimable(alice), (usdai(500), usdai(450)));
    w.to_reveal(1);
    w.reveal(of_alice, 300);
    w.to_epoch(2);
    let price = w.prices().conservative;
    let limit = share_of(w.books().idle, 7_000);
    let bids = [Bid {
        shares: usdai(500),
        discount: 300,
    }];
    let second = clear(&bids, price, limit);
    assert_eq!(second.filled, usdai(500));
    assert_eq!(w.settle().assets, second.assets);
    assert_eq!(w.claimable(alice), (usdai(1_000), usdai(450) + second.assets));
    assert_eq!(w.claim_all(alice), usdai(450) + second.assets);
    assert_eq!(w.claim_all(bob), usdai(900));
    check_sums(&w);
}

#[test]
fn an_opening_by_anybody_pays_the_controller() {
    let mut w = opened();
    let [alice, bob, ..] = users(&w);
    let id = w.request(alice, usdai(100));
    let salt = B256::repeat_byte(9);
    let commitment = w.commitment(0, id, 100, salt);
    w.vault(alice, &commit_bid(id, commitment)).must();
    w.to_reveal(0);
    w.auction(bob, &reveal_with(id, 100, salt)).must();
    w.to_epoch(1);
    w.settle();
    assert_eq!(w.claimable(alice), (usdai(100), usdai(99)));
    assert_eq!(w.claimable(bob), (U256::ZERO, U256::ZERO));
}
