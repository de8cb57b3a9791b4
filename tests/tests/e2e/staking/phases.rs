//! The calendar: what can be done at the exact seconds where one phase ends and the next begins.

use super::prelude::*;

fn phase(required: u8, actual: u8) -> V::WrongPhase {
    V::WrongPhase { required, actual }
}

const BEFORE: u8 = 0;
const BID: u8 = 1;
const REVEAL: u8 = 2;

#[test]
fn the_calendar_is_told() {
    let mut w = World::staked();
    let staking = w.staking();
    assert_eq!(w.ask_auction(&Q::genesisCall {}), U256::from(staking.genesis));
    assert_eq!(w.ask_auction(&Q::epochLengthCall {}), n(30 * DAY));
    assert_eq!(w.ask_auction(&Q::bidLengthCall {}), n(27 * DAY));
    assert_eq!(w.ask_auction(&Q::auctionShareBpsCall {}), n(7_000));
    let start = |epoch: u64| staking.genesis + epoch * 30 * DAY;
    let genesis = staking.genesis;
    for (at, epoch, expected) in [
        (w.now(), 0, Phase::BeforeGenesis),
        (genesis - 1, 0, Phase::BeforeGenesis),
        (genesis, 0, Phase::Bid),
        (genesis + 27 * DAY - 1, 0, Phase::Bid),
        (genesis + 27 * DAY, 0, Phase::Reveal),
        (genesis + 30 * DAY - 1, 0, Phase::Reveal),
        (genesis + 30 * DAY, 1, Phase::Bid),
        (genesis + 57 * DAY, 1, Phase::Reveal),
        (genesis + 60 * DAY, 2, Phase::Bid),
        (genesis + 330 * DAY, 11, Phase::Bid),
    ] {
        w.at(at);
        let told = w.ask_auction(&Q::currentEpochCall {});
        assert_eq!((told.epoch, told.phase), (U256::from(epoch), expected), "at {at}");
        assert_eq!(told.bidPhaseEnd, U256::from(start(epoch) + 27 * DAY));
        assert_eq!(told.epochEnd, U256::from(start(epoch) + 30 * DAY));
        assert_eq!(told.announcementEnd, U256::from(start(epoch) + 26 * DAY));
        assert_eq!(
            w.ask_vault(&V::redemptionTimestampCall {}),
            start(epoch) + 30 * DAY,
            "when this epoch's requests become eligible"
        );
    }
}

#[test]
fn before_genesis_requests_join_the_first_epoch_and_nobody_bids() {
    let mut w = World::staked();
    let alice = w.suite.actors.alice;
    w.stake(alice, 1_000);
    let id = w.request(alice, usdai(10));
    assert_eq!(w.request_of(id).madeInEpoch, U256::ZERO);
    let commitment = w.commitment(0, id, 100, salt_of(0, id));
    let second = w.staking().genesis - 1;
    w.at(second);
    w.vault(alice, &commit_bid(id, commitment))
        .must_revert(phase(BID, BEFORE));
    w.vault(alice, &withdraw_bid(id)).must_revert(phase(BID, BEFORE));
    w.try_reveal(id, 100).must_revert(Q::WrongPhase {
        required: Phase::Reveal,
        actual: Phase::BeforeGenesis,
    });
    w.to_epoch(0);
    w.vault(alice, &commit_bid(id, commitment)).must();
    // It becomes eligible with the end of the first epoch, like those that come later in it.
    assert_eq!(w.unserviced().eligible, U256::ZERO);
}

#[test]
fn bids_are_sealed_until_the_last_second_of_the_bid_phase() {
    let mut w = opened();
    let [alice, bob, carol, dave] = users(&w);
    let [sealed, never, replaced, withdrawn] = [alice, bob, carol, dave].map(|user| w.request(user, usdai(100)));
    w.commit(carol, replaced, 300);
    w.commit(dave, withdrawn, 300);
    let second = w.staking().bid_end(0) - 1;
    w.at(second);
    w.commit(alice, sealed, 100);
    w.commit(carol, replaced, 400);
    w.vault(dave, &withdraw_bid(withdrawn)).must();
    w.try_reveal(sealed, 100).must_revert(Q::WrongPhase {
        required: Phase::Reveal,
        actual: Phase::Bid,
    });

    w.to_reveal(0);
    let late = w.commitment(0, never, 100, B256::ZERO);
    w.vault(bob, &commit_bid(never, late)).must_revert(phase(BID, REVEAL));
    w.vault(carol, &commit_bid(replaced, late))
        .must_revert(phase(BID, REVEAL));
    w.vault(carol, &withdraw_bid(replaced)).must_revert(phase(BID, REVEAL));
    w.reveal(sealed, 100);
    let second = w.staking().epoch_end(0) - 1;
    w.at(second);
    w.reveal(replaced, 400);
    assert_eq!(w.request_of(replaced).state, RequestState::Revealed);
}

#[test]
fn reveals_end_with_the_epoch() {
    let mut w = opened();
    let alice = w.suite.actors.alice;
    let id = w.request(alice, usdai(100));
    w.commit(alice, id, 100);
    w.to_epoch(1);
    let call = Q::revealBidCall {
        requestId: id,
        discountBps: 100,
        salt: salt_of(0, id),
    };
    w.auction(alice, &call).must_revert(Q::WrongPhase {
        required: Phase::Reveal,
        actual: Phase::Bid,
    });
    // Nor can it be opened in the next epoch's reveal phase.
    w.to_reveal(1);
    w.auction(alice, &call).must_revert(Q::NoSealedBid { requestId: id });
}

#[test]
fn an_auction_is_settled_from_the_first_second_of_the_next_epoch() {
    let mut w = opened();
    let (alice, strategist) = (w.suite.actors.alice, w.suite.actors.strategist);
    w.vault(strategist, &settle()).must_revert(V::NothingToSettle {});
    let id = w.request(alice, usdai(100));
    w.commit(alice, id, 100);
    w.to_reveal(0);
    w.reveal(id, 100);
    let second = w.staking().epoch_end(0) - 1;
    w.at(second);
    w.vault(strategist, &settle()).must_revert(V::NothingToSettle {});
    w.to_epoch(1);
    assert_eq!(w.settle().epoch, U256::ZERO);
    w.vault(strategist, &settle()).must_revert(V::NothingToSettle {});
    assert_eq!(w.result_of(0).settledAt, U256::from(w.now()));
}

#[test]
fn requests_become_eligible_when_their_epoch_has_ended() {
    let mut w = opened();
    let (alice, bob, strategist) = (w.suite.actors.alice, w.suite.actors.bob, w.suite.actors.strategist);
    w.request(alice, usdai(100));
    let second = w.staking().epoch_end(0) - 1;
    w.at(second);
    w.request(bob, usdai(50));
    w.vault(strategist, &service(one())).must_revert(V::NotEligible {
        shares: one(),
        eligibleShares: U256::ZERO,
    });
    w.to_epoch(1);
    w.request(bob, usdai(70));
    assert_eq!(w.unserviced().eligible, usdai(150));
    w.vault(strategist, &service(usdai(150) + n(1)))
        .must_revert(V::NotEligible {
            shares: usdai(150) + n(1),
            eligibleShares: usdai(150),
        });
    assert_eq!(w.service(usdai(150)), usdai(150));
    w.vault(strategist, &service(one())).must_revert(V::NotEligible {
        shares: one(),
        eligibleShares: U256::ZERO,
    });
    let second = w.staking().epoch_end(1) - 1;
    w.at(second);
    assert_eq!(w.unserviced().eligible, U256::ZERO);
    w.to_epoch(2);
    assert_eq!(w.unserviced().eligible, usdai(70));
}

#[test]
fn the_limit_is_announced_until_a_day_before_the_bid_phase_ends() {
    let mut w = opened();
    let strategist = w.suite.actors.strategist;
    let closed = w.staking().bid_end(0) - DAY;
    w.at(closed - 1);
    let outcome = w.vault(strategist, &announce(0, usdai(5)));
    assert_eq!(
        w.auction_event::<Q::LimitAnnounced>(&outcome.receipt),
        Q::LimitAnnounced {
            epoch: U256::ZERO,
            assets: usdai(5)
        }
    );
    outcome.must();
    w.at(closed);
    w.vault(strategist, &announce(0, usdai(6)))
        .must_revert(V::AnnouncementClosed {
            epoch: U256::ZERO,
            closedAt: U256::from(closed),
        });
    // Later epochs are open.
    w.vault(strategist, &announce(1, usdai(7))).must();
    w.to_epoch(1);
    w.vault(strategist, &announce(0, usdai(6)))
        .must_revert_with::<V::AnnouncementClosed>();
    let told = |epoch: u64| {
        let bids = w.ask_auction(&Q::epochBidsCall {
            epoch: U256::from(epoch),
        });
        (bids.limitAnnounced, bids.announcedLimit)
    };
    assert_eq!(told(0), (true, usdai(5)));
    assert_eq!(told(1), (true, usdai(7)));
    assert_eq!(told(2), (false, U256::ZERO));
}

#[test]
fn another_calendar() {
    let config = SuiteConfig {
        yield_bps: 0,
        staking: Some(StakingConfig {
            genesis_delay: 3 * DAY,
            epoch_length: 7 * DAY,
            bid_length: 5 * DAY,
            auction_share_bps: 10_000,
            min_discount_bps: 1,
            max_discount_bps: 9_999,
            bond_bps: 0,
            ..StakingConfig::default()
        }),
        ..SuiteConfig::default()
    };
    let mut w = World::of(&config);
    let alice = w.suite.actors.alice;
    w.stake(alice, 1_000);
    let id = w.request(alice, usdai(1_000));
    w.to_epoch(0);
    w.commit(alice, id, 9_999);
    w.to_reveal(0);
    assert_eq!(w.now(), w.staking().genesis + 5 * DAY);
    w.reveal(id, 9_999);
    w.to_epoch(1);
    let settled = w.settle();
    assert_eq!(
        (settled.filledShares, settled.assets),
        (usdai(1_000), usdai(1_000) / n(10_000))
    );
    // A gain vests over one epoch of seven days.
    let gained = usdai(1_000) - settled.assets;
    assert_eq!(w.books().unvested, gained);
    w.pass(7 * DAY / 2);
    assert_eq!(w.books().unvested, unvested(gained, 7 * DAY / 2, 7 * DAY));
    w.pass(7 * DAY / 2);
    assert_eq!(w.books().unvested, U256::ZERO);
}
