//! The rules of the queue and the auction one by one, at their boundaries. Histories of everything at once are in
//! `history`.

mod support;

use alloy_primitives::{Address, B256, U256};
use qev_core::{
    book::{
        self, bids, claims, homecoming,
        ids::{Ids, MAX_REQUESTS},
        requests::{Earnings, Place},
        settlement::{self, Means, Servicing, Settlement},
        terms::{self, Terms},
        views, Event, Outcome, Refusal,
    },
    commitment::commitment,
    epoch::{Calendar, Clock, Phase, DAY},
    levels::Bounds,
    Price, MAX_SHARES,
};
use support::CountingStorage;

const GENESIS: u64 = 100 * DAY;
const EPOCH: u64 = 30 * DAY;
const SALT: B256 = B256::repeat_byte(1);
const CONTRACT: Address = Address::repeat_byte(2);
const ALICE: Address = Address::repeat_byte(0xa);
const BOB: Address = Address::repeat_byte(0xb);
const CAROL: Address = Address::repeat_byte(0xc);

/// The auction at a moment; a refusal leaves no trace.
struct Book {
    storage: CountingStorage,
    now: u64,
}

impl Book {
    /// At the beginning of epoch 0, with a bond of 10 %.
    fn new() -> Self {
        let mut storage = CountingStorage::default();
        let bounds = Bounds::new(25, 2_000).unwrap();
        terms::initialize(
            &mut storage,
            Terms {
                bounds,
                bond_bps: 1_000,
            },
            7_000,
        )
        .unwrap();
        Self { storage, now: GENESIS }
    }

    /// As above, with requests of Alice, Bob and Carol for 100, 200 and 300 shares.
    fn with_three() -> Self {
        let mut book = Self::new();
        for (who, shares) in [(ALICE, 100), (BOB, 200), (CAROL, 300)] {
            book.enqueue(who, shares).unwrap();
        }
        book
    }

    fn clock(&self) -> Clock {
        Clock::new(Calendar::new(GENESIS, EPOCH, 27 * DAY).unwrap(), self.now).unwrap()
    }

    fn make<T>(&mut self, operation: impl FnOnce(&mut CountingStorage, Clock) -> Outcome<T>) -> Result<T, Refusal> {
        let clock = self.clock();
        self.storage
            .transact(|storage| operation(storage, clock))
            .map_err(|refusal| *refusal)
    }

    fn enqueue(&mut self, who: Address, shares: u128) -> Result<u32, Refusal> {
        self.make(|storage, clock| book::enqueue(storage, clock, who, shares))
    }

    fn commit(&mut self, id: u32, discount_bps: u16) -> Result<Address, Refusal> {
        let epoch = self.clock().epoch();
        let seal = commitment(1, CONTRACT, epoch, U256::from(id), discount_bps, SALT);
        self.make(|storage, clock| bids::commit(storage, clock, id, seal))
    }

    fn withdraw(&mut self, id: u32) -> Result<Address, Refusal> {
        self.make(|storage, clock| bids::withdraw(storage, clock, id))
    }

    fn reveal(&mut self, id: u32, discount_bps: u16) -> Result<(), Refusal> {
        self.make(|storage, clock| bids::reveal(storage, clock, (1, CONTRACT), id, (discount_bps, SALT)))
    }

    fn announce(&mut self, epoch: u64, assets: u128) -> Result<(), Refusal> {
        self.make(|storage, clock| settlement::announce_limit(storage, clock, epoch, assets))
    }

    fn settle(&mut self, means: Means) -> Result<Settlement, Refusal> {
        self.make(|storage, clock| settlement::settle(storage, clock, means))
    }

    fn service(&mut self, shares: u128, means: Means) -> Result<Servicing, Refusal> {
        self.make(|storage, clock| settlement::service(storage, clock, shares, means))
    }

    fn restore(&mut self, id: u32) -> Result<(), Refusal> {
        self.make(|storage, clock| homecoming::restore(storage, clock, id))
    }

    fn claim(&mut self, who: Address, shares: u128) -> Result<u128, Refusal> {
        self.make(|storage, clock| claims::claim_shares(storage, clock, who, shares))
    }

    fn claim_assets(&mut self, who: Address, assets: u128) -> Result<u128, Refusal> {
        self.make(|storage, clock| claims::claim_assets(storage, clock, who, assets))
    }

    fn see(&self, id: u32) -> views::RequestView {
        views::request(&self.storage, id).unwrap()
    }

    fn unserviced(&self) -> views::Unserviced {
        views::unserviced(&self.storage, self.clock()).unwrap()
    }

    fn neighbours(&self, id: u32) -> (u32, u32) {
        let seen = views::in_line(&self.storage, self.clock(), id).unwrap();
        (seen.previous, seen.next)
    }

    /// To the reveal phase of the current epoch.
    fn wait_for_reveals(&mut self) {
        self.now = self.clock().calendar().bid_end(self.clock().epoch());
    }

    /// To the beginning of the next epoch.
    fn wait_for_next(&mut self) {
        self.now = self.clock().calendar().end(self.clock().epoch());
    }
}

/// The manager, with `idle` assets, at one asset a share.
fn manager(idle: u128) -> Means {
    Means {
        price: Price {
            assets: U256::from(10_000),
            shares: U256::from(10_000),
        },
        idle,
        manager: true,
    }
}

fn anybody(idle: u128) -> Means {
    Means {
        manager: false,
        ..manager(idle)
    }
}

/* ------------------------------------------------------------------------------------------------ requests */

#[test]
fn before_genesis_requests_join_epoch_zero_and_nobody_bids() {
    let mut book = Book::new();
    book.now = GENESIS - 1;
    assert_eq!(book.enqueue(ALICE, 100), Ok(1));
    assert_eq!(book.see(1).made_in, 0);
    let early = Refusal::WrongPhase {
        required: Phase::Bid,
        actual: Phase::Before,
    };
    assert_eq!(book.commit(1, 100), Err(early));
    assert_eq!(book.withdraw(1), Err(early));
    assert!(matches!(
        book.reveal(1, 100),
        Err(Refusal::WrongPhase {
            actual: Phase::Before,
            ..
        })
    ));
    // The terms can still be changed for epoch 0, which has not begun; once it has, for epoch 1.
    book.make(|storage, clock| terms::set_bond(storage, clock, 20)).unwrap();
    assert_eq!(
        book.storage.events,
        [Event::BondSet {
            bond_bps: 20,
            from_epoch: 0
        }]
    );
    assert_eq!(views::terms_of(&book.storage, 0).unwrap().bond_bps, 20);
    book.now = GENESIS;
    book.make(|storage, clock| terms::set_bond(storage, clock, 30)).unwrap();
    assert_eq!(views::terms_of(&book.storage, 0).unwrap().bond_bps, 20);
    book.commit(1, 100).unwrap();
}

#[test]
fn a_controller_has_fifty_requests_and_room_again_after_a_claim() {
    let mut book = Book::new();
    for id in 1..=u32::from(MAX_REQUESTS) {
        assert_eq!(book.enqueue(ALICE, 10), Ok(id));
    }
    assert_eq!(
        book.enqueue(ALICE, 10),
        Err(Refusal::TooManyRequests { controller: ALICE })
    );
    assert_eq!(book.enqueue(BOB, 10), Ok(51));
    book.wait_for_next();
    book.service(25, manager(1_000)).unwrap();
    // The first two are done, the third is half serviced.
    assert_eq!(book.claim(ALICE, 25), Ok(25));
    let ids = Ids::load(&book.storage, ALICE);
    assert!(ids.as_slice().iter().copied().eq(3..=50));
    assert_eq!(book.enqueue(ALICE, 10), Ok(52));
    assert_eq!(Ids::load(&book.storage, ALICE).as_slice().last(), Some(&52));
}

#[test]
fn the_queue_takes_no_more_than_it_can_count() {
    let mut book = Book::new();
    assert_eq!(book.enqueue(ALICE, 0), Err(Refusal::InvalidAmount));
    book.enqueue(ALICE, MAX_SHARES).unwrap();
    let refused = Refusal::ValueTooLarge {
        value: 1,
        maximum: MAX_SHARES,
    };
    assert_eq!(book.enqueue(ALICE, 1), Err(refused));
}

/* ---------------------------------------------------------------------------------------------------- bids */

#[test]
fn a_request_of_this_epoch_bids_this_epoch_and_leaves_at_its_end() {
    let mut book = Book::new();
    book.now += 27 * DAY - 1;
    book.enqueue(ALICE, 100).unwrap();
    assert_eq!(book.commit(1, 100), Ok(ALICE));
    assert_eq!(book.see(1).place, Some(Place::Sealed));
    book.wait_for_reveals();
    assert!(matches!(
        book.commit(1, 100),
        Err(Refusal::WrongPhase {
            required: Phase::Bid,
            ..
        })
    ));
    book.reveal(1, 100).unwrap();
    book.wait_for_next();
    let settlement = book.settle(manager(10_000)).unwrap();
    assert_eq!((settlement.filled, settlement.assets, settlement.gain), (100, 99, 1));
    assert_eq!(book.claim(ALICE, 100), Ok(99));
    assert_eq!(book.see(1), views::RequestView::default());
}

#[test]
fn a_bid_is_replaced_and_withdrawn_at_once_to_its_place() {
    let mut book = Book::with_three();
    book.commit(2, 100).unwrap();
    assert_eq!((book.see(2).shares_ahead, book.see(3).shares_ahead), (0, 100));
    book.commit(2, 200).unwrap();
    let ledger = views::bids_of(&book.storage, 0).0;
    assert_eq!((ledger.sealed, ledger.bonds), (200, 20));
    assert_eq!(book.withdraw(2), Ok(BOB));
    let expected = [
        Event::BidWithdrawn { id: 2, epoch: 0 },
        Event::RequestRestored {
            id: 2,
            shares: 200,
            at_tail: false,
        },
    ];
    assert_eq!(book.storage.events, expected);
    assert_eq!((book.see(2).shares_ahead, book.see(3).shares_ahead), (100, 300));
    assert_eq!(book.withdraw(2), Err(Refusal::NoSealedBid { id: 2 }));
    // The old seal opens nothing any more.
    book.commit(2, 300).unwrap();
    book.wait_for_reveals();
    assert!(matches!(
        book.reveal(2, 200),
        Err(Refusal::InvalidOpening { id: 2, .. })
    ));
    book.reveal(2, 300).unwrap();
    assert_eq!(book.reveal(2, 300), Err(Refusal::AlreadyRevealed { id: 2 }));
    assert!(matches!(book.withdraw(2), Err(Refusal::WrongPhase { .. })));
}

#[test]
fn an_opening_is_worth_nothing_for_another_request_epoch_chain_or_contract() {
    let mut book = Book::with_three();
    let of_alice = commitment(1, CONTRACT, 0, U256::from(1), 100, SALT);
    // Bob copies Alice's commitment, and then knows her opening.
    for id in [1, 2] {
        book.make(|storage, clock| bids::commit(storage, clock, id, of_alice))
            .unwrap();
    }
    book.wait_for_reveals();
    let mut open = |chain_id, contract, id| {
        book.make(|storage, clock| bids::reveal(storage, clock, (chain_id, contract), id, (100, SALT)))
    };
    for (chain_id, contract, id) in [(2, CONTRACT, 1), (1, ALICE, 1), (1, CONTRACT, 2)] {
        let refused = Refusal::InvalidOpening {
            id,
            commitment: of_alice,
        };
        assert_eq!(open(chain_id, contract, id), Err(refused));
    }
    assert_eq!(open(1, CONTRACT, 1), Ok(()));
    book.wait_for_next();
    book.settle(manager(0)).unwrap();
    // Alice lost. In the next epoch the same opening is another commitment.
    book.make(|storage, clock| bids::commit(storage, clock, 1, of_alice))
        .unwrap();
    book.wait_for_reveals();
    assert!(matches!(
        book.reveal(1, 100),
        Err(Refusal::InvalidOpening { id: 1, .. })
    ));
}

#[test]
fn a_bid_must_be_within_the_bounds_of_its_epoch() {
    let mut book = Book::with_three();
    book.commit(1, 24).unwrap();
    book.commit(2, 25).unwrap();
    // New bounds are for the next epoch: the bids of this one keep theirs.
    book.make(|storage, clock| terms::set_bounds(storage, clock, 30, 40))
        .unwrap();
    book.wait_for_reveals();
    let outside = Refusal::DiscountOutOfBounds {
        discount_bps: 24,
        min: 25,
        max: 2_000,
    };
    assert_eq!(book.reveal(1, 24), Err(outside));
    book.reveal(2, 25).unwrap();
    assert_eq!(
        views::terms_of(&book.storage, 1).unwrap().bounds,
        Bounds::new(30, 40).unwrap()
    );
    let bounds = |min, max| Refusal::InvalidBounds { min, max };
    for (min, max) in [(0, 5), (6, 5), (5, 10_000)] {
        let outcome = book.make(|storage, clock| terms::set_bounds(storage, clock, min, max));
        assert_eq!(outcome, Err(bounds(min, max)));
    }
    let outcome = book.make(|storage, clock| terms::set_bond(storage, clock, 1_001));
    assert_eq!(
        outcome,
        Err(Refusal::InvalidBasisPoints {
            basis_points: 1_001,
            maximum: 1_000
        })
    );
}

#[test]
fn what_the_queue_has_touched_cannot_bid_and_what_an_auction_has_can() {
    let mut book = Book::with_three();
    book.commit(2, 100).unwrap();
    book.wait_for_reveals();
    book.reveal(2, 100).unwrap();
    book.wait_for_next();
    // Half of Bob's shares are bought; he bids with the rest, without a restore.
    book.settle(manager(142)).unwrap();
    let won = book.see(2).claimable;
    assert_eq!(
        won,
        Earnings {
            shares: 100,
            assets: 99
        }
    );
    assert_eq!(book.commit(2, 100), Ok(BOB));
    assert_eq!(book.unserviced().awaiting_restore, 0);
    assert_eq!((book.see(2).pending, book.see(2).claimable), (100, won));
    // Alice is serviced in part, and then wholly.
    book.service(1, manager(1)).unwrap();
    assert_eq!(book.commit(1, 100), Err(Refusal::AlreadyServiced { id: 1 }));
    assert_eq!(book.commit(9, 100), Err(Refusal::UnknownRequest { id: 9 }));
    let nothing = book.make(|storage, clock| bids::commit(storage, clock, 3, B256::ZERO));
    assert_eq!(nothing, Err(Refusal::InvalidCommitment));
    // What was won can be claimed while the rest is at auction.
    assert_eq!(book.claim(BOB, 100), Ok(99));
    assert_eq!(book.see(2).place, Some(Place::Sealed));
}

#[test]
fn nothing_of_a_full_winner_comes_back_and_nothing_of_it_can_bid() {
    let mut book = Book::with_three();
    book.commit(1, 100).unwrap();
    book.wait_for_reveals();
    book.reveal(1, 100).unwrap();
    book.wait_for_next();
    book.settle(manager(10_000)).unwrap();
    assert_eq!(book.commit(1, 100), Err(Refusal::NothingPending { id: 1 }));
    book.restore(1).unwrap();
    let processed = Event::RedemptionProcessed {
        id: 1,
        controller: ALICE,
        shares: 100,
        assets: 99,
        pending: 0,
    };
    assert_eq!(book.storage.events, [processed]);
    assert_eq!(book.restore(1), Err(Refusal::NothingToRestore { id: 1 }));
    assert_eq!(book.commit(1, 100), Err(Refusal::NothingPending { id: 1 }));
    assert_eq!(
        book.claim(ALICE, 101),
        Err(Refusal::ExceedsClaimable {
            requested: 101,
            claimable: 100
        })
    );
    assert_eq!(book.claim(ALICE, 100), Ok(99));
    assert_eq!(book.restore(1), Err(Refusal::UnknownRequest { id: 1 }));
}

/* ---------------------------------------------------------------------------------------------- settlement */

#[test]
fn a_limit_can_be_announced_until_a_day_before_the_bids_end_and_the_last_one_holds() {
    let mut book = Book::with_three();
    book.commit(1, 100).unwrap();
    book.commit(2, 100).unwrap();
    book.announce(0, 5).unwrap();
    book.announce(1, 7).unwrap();
    book.now = GENESIS + 26 * DAY - 1;
    book.announce(0, 0).unwrap();
    assert_eq!(views::bids_of(&book.storage, 0).1, Some(0));
    book.now += 1;
    let closed = Refusal::AnnouncementClosed {
        epoch: 0,
        closed_at: book.now,
    };
    assert_eq!(book.announce(0, 100), Err(closed));
    book.wait_for_reveals();
    book.reveal(1, 100).unwrap();
    book.wait_for_next();
    // With nothing to spend nothing is bought, and the bond of the unrevealed is burned all the same.
    let settlement = book.settle(manager(10_000)).unwrap();
    let expected = Settlement {
        epoch: 0,
        filled: 0,
        assets: 0,
        forfeited: 20,
        gain: 20,
    };
    assert_eq!(settlement, expected);
    assert!(matches!(
        book.announce(0, 1),
        Err(Refusal::AnnouncementClosed { epoch: 0, .. })
    ));
    assert_eq!(views::bids_of(&book.storage, 1).1, Some(7));
}

#[test]
fn the_share_of_the_idle_assets_bounds_a_higher_announcement() {
    let mut book = Book::with_three();
    book.commit(3, 100).unwrap();
    book.announce(0, 1_000_000).unwrap();
    book.wait_for_reveals();
    book.reveal(3, 100).unwrap();
    book.wait_for_next();
    assert_eq!(book.settle(manager(100)).unwrap().filled, 70);
    assert_eq!(views::result_of(&book.storage, 0).limit, 70);
}

#[test]
fn settling_is_the_managers_until_three_days_after_the_end() {
    let mut book = Book::with_three();
    assert_eq!(book.settle(manager(1_000)), Err(Refusal::NothingToSettle));
    book.commit(1, 100).unwrap();
    book.now = GENESIS + EPOCH - 1;
    assert_eq!(book.settle(manager(1_000)), Err(Refusal::NothingToSettle));
    assert!(views::is_settlement_pending(&book.storage, book.clock()));
    let public_from = GENESIS + EPOCH + 3 * DAY;
    book.now = public_from - 1;
    assert_eq!(book.settle(anybody(1_000)), Err(Refusal::NotPublicYet { public_from }));
    book.now += 1;
    book.settle(anybody(1_000)).unwrap();
    assert_eq!(book.settle(manager(1_000)), Err(Refusal::NothingToSettle));
    assert!(!views::is_settlement_pending(&book.storage, book.clock()));
}

#[test]
fn at_no_value_the_bids_go_home_and_nothing_is_serviced() {
    let mut book = Book::with_three();
    book.commit(1, 100).unwrap();
    book.wait_for_reveals();
    book.reveal(1, 100).unwrap();
    book.wait_for_next();
    let worthless = Means {
        price: Price {
            assets: U256::ZERO,
            shares: U256::from(10_000),
        },
        ..manager(1_000)
    };
    let settlement = book.settle(worthless).unwrap();
    assert_eq!((settlement.filled, settlement.gain), (0, 0));
    book.restore(1).unwrap();
    assert_eq!(book.service(1, worthless), Err(Refusal::ZeroNav));
    assert_eq!(book.unserviced().queued, 600);
}

#[test]
fn epochs_are_settled_in_order_and_those_without_bids_need_none() {
    let mut book = Book::with_three();
    // Epoch 0 with a bid, 1 without any, 2 with one that is withdrawn, 3 with one, 4 with one that is withdrawn.
    book.commit(1, 100).unwrap();
    book.wait_for_next();
    book.wait_for_next();
    book.commit(2, 100).unwrap();
    book.withdraw(2).unwrap();
    book.wait_for_next();
    book.commit(2, 100).unwrap();
    book.wait_for_next();
    book.commit(3, 100).unwrap();
    book.withdraw(3).unwrap();
    // Alice's bid is not settled: she cannot come back, nor bid again.
    assert_eq!(book.restore(1), Err(Refusal::BidUnsettled { id: 1, epoch: 0 }));
    assert_eq!(book.commit(1, 100), Err(Refusal::BidUnsettled { id: 1, epoch: 0 }));
    assert_eq!(book.unserviced().at_auction, 300);
    for epoch in [0, 3] {
        assert_eq!(book.service(1, manager(1_000)), Err(Refusal::EpochUnsettled { epoch }));
        assert_eq!(book.settle(manager(1_000)).unwrap().epoch, epoch);
    }
    assert_eq!(book.settle(manager(1_000)), Err(Refusal::NothingToSettle));
    // The empty epoch 4 stands last in line: the next with bids takes its place.
    book.wait_for_next();
    book.commit(3, 100).unwrap();
    book.wait_for_next();
    assert_eq!(book.settle(manager(1_000)).unwrap().epoch, 5);
}

/* ----------------------------------------------------------------------------------------------- servicing */

#[test]
fn servicing_waits_a_day_for_those_who_come_back() {
    let mut book = Book::with_three();
    book.commit(1, 100).unwrap();
    book.wait_for_next();
    assert_eq!(
        book.service(1, manager(1_000)),
        Err(Refusal::EpochUnsettled { epoch: 0 })
    );
    book.now += 5;
    book.settle(manager(1_000)).unwrap();
    let until = book.now + DAY;
    book.now = until - 1;
    let waits = Refusal::RestoreWindowOpen {
        awaiting_restore: 90,
        until,
    };
    assert_eq!(book.service(1, manager(1_000)), Err(waits));
    let mut patient = Book {
        storage: std::mem::take(&mut book.storage),
        now: book.now,
    };
    // Once nobody has to come back, servicing goes on at once, in the old order.
    patient.restore(1).unwrap();
    assert_eq!(patient.service(90, manager(1_000)).unwrap().pending, 500);
    assert_eq!(patient.claim(ALICE, 90), Ok(90));
}

#[test]
fn who_comes_back_too_late_finds_his_place_at_the_tail() {
    let mut book = Book::with_three();
    book.commit(1, 100).unwrap();
    book.wait_for_next();
    book.settle(manager(1_000)).unwrap();
    book.now += DAY;
    book.service(200, manager(1_000)).unwrap();
    book.enqueue(BOB, 50).unwrap();
    book.restore(1).unwrap();
    let restored = Event::RequestRestored {
        id: 1,
        shares: 90,
        at_tail: true,
    };
    assert_eq!(book.storage.events, [restored]);
    // Slot 4 is his, behind Bob's new request, with which he waits for the next epoch.
    assert_eq!(views::queue_info(&book.storage), (5, 3, 1));
    assert_eq!(
        (book.neighbours(3), book.neighbours(4), book.neighbours(1)),
        ((0, 4), (3, 1), (4, 0))
    );
    assert_eq!((book.see(1).shares_ahead, book.unserviced().eligible), (350, 300));
    let seen = views::in_line(&book.storage, book.clock(), 1).unwrap();
    assert_eq!((seen.eligible_at, seen.request.made_in), (GENESIS + 2 * EPOCH, 0));
    // The next id skips the number of that slot.
    assert_eq!(book.enqueue(CAROL, 10), Ok(6));
    // From the tail he can bid again, and keeps his id.
    book.commit(1, 100).unwrap();
    assert_eq!(book.neighbours(1), (0, 0));
    assert_eq!(book.neighbours(4), (3, 6));
    book.withdraw(1).unwrap();
    assert_eq!(book.neighbours(6), (1, 0));
}

#[test]
fn a_withdrawn_bid_whose_place_was_serviced_meanwhile_goes_to_the_tail() {
    let mut book = Book::with_three();
    book.wait_for_next();
    book.commit(1, 100).unwrap();
    book.service(1, manager(1_000)).unwrap();
    book.withdraw(1).unwrap();
    assert!(book.storage.events.contains(&Event::RequestRestored {
        id: 1,
        shares: 100,
        at_tail: true
    }));
    // Nobody of this epoch stands in front: eligible at once, as before.
    assert_eq!(book.unserviced().eligible, 599);
}

#[test]
fn the_head_passes_over_places_that_were_left() {
    let mut book = Book::with_three();
    assert_eq!(views::queue_info(&book.storage), (3, 1, 3));
    book.commit(1, 100).unwrap();
    assert_eq!(views::queue_info(&book.storage), (3, 2, 3));
    book.commit(3, 100).unwrap();
    assert_eq!(views::queue_info(&book.storage), (3, 2, 2));
    assert_eq!((book.neighbours(2), book.neighbours(1)), ((0, 0), (0, 0)));
    book.commit(2, 100).unwrap();
    assert_eq!(views::queue_info(&book.storage), (3, 0, 0));
}

#[test]
fn until_it_is_public_servicing_is_exact_and_the_managers() {
    let mut book = Book::with_three();
    // In epoch 0 nothing is eligible, and nobody but the manager may try.
    let public_from = GENESIS + EPOCH + 3 * DAY;
    book.now = GENESIS + 20 * DAY;
    assert_eq!(
        book.service(1, anybody(1_000)),
        Err(Refusal::NotPublicYet { public_from })
    );
    assert_eq!(
        book.service(1, manager(1_000)),
        Err(Refusal::NotEligible { shares: 1, eligible: 0 })
    );
    book.now = public_from - 1;
    assert_eq!(
        book.service(1, anybody(1_000)),
        Err(Refusal::NotPublicYet { public_from })
    );
    assert_eq!(book.service(0, manager(1_000)), Err(Refusal::InvalidAmount));
    assert_eq!(
        book.service(601, manager(1_000)),
        Err(Refusal::NotEligible {
            shares: 601,
            eligible: 600
        })
    );
    assert_eq!(book.service(50, manager(49)), Err(Refusal::InsufficientBalance));
    assert_eq!(book.service(50, manager(50)).unwrap().assets, 50);
    // Then it is a ceiling, for everybody.
    book.now = public_from;
    assert_eq!(book.service(u128::MAX, manager(0)), Err(Refusal::InsufficientBalance));
    assert_eq!(book.service(u128::MAX, anybody(49)).unwrap().shares, 49);
    assert_eq!(book.service(u128::MAX, anybody(10_000)).unwrap().shares, 501);
    assert_eq!(
        book.service(7, anybody(10_000)),
        Err(Refusal::NotEligible { shares: 7, eligible: 0 })
    );
    // With the next epoch the manager has his three days again.
    book.enqueue(ALICE, 5).unwrap();
    book.wait_for_next();
    let public_from = GENESIS + 2 * EPOCH + 3 * DAY;
    assert_eq!(
        book.service(5, anybody(10_000)),
        Err(Refusal::NotPublicYet { public_from })
    );
}

/* -------------------------------------------------------------------------------------------------- claims */

#[test]
fn claims_round_for_the_vault_and_the_last_share_takes_the_rest() {
    let mut book = Book::with_three();
    book.wait_for_next();
    let dear = Means {
        price: Price {
            assets: U256::from(10_001),
            shares: U256::from(3_000),
        },
        ..manager(10_000)
    };
    // 3.3336… a share: 100 of Alice for 333, in one servicing.
    book.service(100, dear).unwrap();
    assert_eq!(book.claim(ALICE, 0), Err(Refusal::InvalidAmount));
    assert_eq!(book.claim(ALICE, 1), Ok(3));
    // 99 shares are worth 330: one asset costs a whole share.
    assert_eq!(book.claim_assets(ALICE, 1), Ok(1));
    assert_eq!(
        book.see(1).claimable,
        Earnings {
            shares: 98,
            assets: 329
        }
    );
    assert_eq!(
        book.claim_assets(ALICE, 330),
        Err(Refusal::ExceedsClaimable {
            requested: 330,
            claimable: 329
        })
    );
    assert_eq!(book.claim_assets(ALICE, 329), Ok(98));
    assert_eq!(book.see(1), views::RequestView::default());
}

#[test]
fn less_than_a_shares_worth_stays_with_the_vault() {
    let mut book = Book::new();
    book.enqueue(ALICE, 1).unwrap();
    book.enqueue(ALICE, 1).unwrap();
    book.wait_for_next();
    let dear = Means {
        price: Price {
            assets: U256::from(7),
            shares: U256::from(2),
        },
        ..manager(100)
    };
    book.service(2, dear).unwrap();
    // The first is worth 3, the second 4. Four assets take the first and, for one asset, the second.
    assert_eq!(book.claim_assets(ALICE, 4), Ok(2));
    assert!(Ids::load(&book.storage, ALICE).as_slice().is_empty());
    assert_eq!(views::claimable(&book.storage, ALICE).unwrap(), Earnings::default());
}

#[test]
fn claims_go_by_ascending_id_and_leave_losing_bids_alone() {
    let mut book = Book::new();
    for _ in 0..3 {
        book.enqueue(ALICE, 100).unwrap();
    }
    book.commit(2, 100).unwrap();
    book.commit(3, 200).unwrap();
    book.wait_for_reveals();
    book.reveal(3, 200).unwrap();
    book.wait_for_next();
    book.settle(manager(200)).unwrap();
    // The first was serviced, the second did not reveal, the third won.
    book.now += DAY;
    book.service(100, manager(100)).unwrap();
    assert_eq!(
        views::claimable(&book.storage, ALICE).unwrap(),
        Earnings {
            shares: 200,
            assets: 198
        }
    );
    assert_eq!(book.claim(ALICE, 150), Ok(149));
    assert_eq!(Ids::load(&book.storage, ALICE).as_slice(), [2, 3]);
    assert_eq!(
        (book.see(2).place, book.see(3).place),
        (Some(Place::Sealed), Some(Place::Queue))
    );
    assert_eq!((book.see(2).pending, book.unserviced().awaiting_restore), (90, 90));
    let claim = book.make(|storage, clock| claims::claim_request(storage, clock, 3, 50));
    assert_eq!(claim, Ok((ALICE, 49)));
    assert_eq!(Ids::load(&book.storage, ALICE).as_slice(), [2]);
}

#[test]
fn a_request_whose_bond_was_all_of_it_is_gone_once_restored() {
    let mut book = Book::new();
    book.enqueue(ALICE, 1).unwrap();
    book.commit(1, 100).unwrap();
    book.wait_for_next();
    assert_eq!(book.settle(manager(100)).unwrap().forfeited, 1);
    assert_eq!(book.unserviced(), views::Unserviced::default());
    book.restore(1).unwrap();
    assert_eq!(book.see(1), views::RequestView::default());
    assert!(Ids::load(&book.storage, ALICE).as_slice().is_empty());
}
