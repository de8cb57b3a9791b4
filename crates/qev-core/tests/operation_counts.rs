//! What each operation costs in storage words, whatever stands in the queue or was bid.

mod support;

use alloy_primitives::{Address, B256, U256};
use qev_core::{
    book::{
        self, bids, claims, homecoming,
        settlement::{self, Means},
        terms,
    },
    commitment::commitment,
    epoch::{Calendar, Clock, DAY},
    levels::{clear, descending, reveal, Bounds, Clearing},
    queue::{self, Entry},
    Price,
};
use support::{Cost, CountingStorage};

const WAD: u128 = 1_000_000_000_000_000_000;

/// A queue of `count` requests of epoch 0.
fn queue_of(count: u32) -> (CountingStorage, Vec<Entry>) {
    let mut storage = CountingStorage::default();
    let entries = (0..count)
        .map(|number| queue::append(&mut storage, 0, WAD + u128::from(number)).unwrap())
        .collect();
    (storage, entries)
}

/// ⌈log₃ count⌉: digits of a slot, which is how many words a path through the tree has at most.
fn depth(count: u32) -> u64 {
    (0..=40)
        .find(|&digits| 3_u64.pow(digits) >= u64::from(count))
        .unwrap()
        .into()
}

/// ⌈log₂ count⌉.
fn halvings(count: u32) -> u64 {
    u64::from(count.next_power_of_two().trailing_zeros())
}

#[test]
fn an_append_writes_two_words_and_reads_three_on_average() {
    let mut storage = CountingStorage::default();
    queue::append(&mut storage, 0, WAD).unwrap();
    let (mut loads, mut most) = (0, 0);
    for slot in 1..30_000_u32 {
        let (cost, _) = storage.cost_of(|storage| queue::append(storage, 0, WAD).unwrap());
        assert_eq!(cost.stores, 2, "slot {slot}");
        assert!(cost.loads <= 2 + depth(slot + 1), "slot {slot}: {cost:?}");
        loads += cost.loads;
        most = most.max(cost.loads);
    }
    println!("append: {loads} reads by 29,999, {most} at most");
    assert!(loads <= 3 * 29_999);
    // The first of an epoch closes the epoch before.
    let (cost, _) = storage.cost_of(|storage| queue::append(storage, 1, WAD).unwrap());
    assert_eq!(cost.stores, 3);
}

#[test]
fn servicing_costs_the_same_for_1_and_100_and_10_000_requests() {
    let service_all = |count| {
        let (mut storage, _) = queue_of(count);
        let first = queue::eligible(&storage, 1).unwrap() / 2;
        let (opening, _) = storage.cost_of(|storage| queue::service(storage, 1, first, first).unwrap());
        let rest = queue::eligible(&storage, 1).unwrap();
        let (cost, serviced) = storage.cost_of(|storage| queue::service(storage, 1, rest, rest).unwrap());
        assert_eq!(serviced.pending, 0);
        (opening, cost)
    };
    // The first servicing of an epoch closes the epoch before and has no checkpoint to read.
    let opening = Cost {
        loads: 2,
        stores: 3,
        words: 3,
    };
    let each = Cost {
        loads: 3,
        stores: 2,
        words: 4,
    };
    for count in [1, 100, 10_000] {
        assert_eq!(service_all(count), (opening, each), "{count} requests");
    }
}

#[test]
fn a_claim_reads_a_path_of_the_tree_and_the_newest_step() {
    let (mut storage, entries) = queue_of(10_001);
    let all = queue::eligible(&storage, 1).unwrap();
    queue::service(&mut storage, 1, all / 3, all / 3).unwrap();
    queue::service(&mut storage, 1, all - all / 3, all).unwrap();
    let mut most = Cost::default();
    for &entry in &entries {
        let (cost, collected) = storage.cost_of(|storage| queue::collect(storage, entry).unwrap());
        assert_eq!(collected.shares, entry.shares);
        assert_eq!(cost.stores, 0);
        most.loads = most.loads.max(cost.loads);
        most.words = most.words.max(cost.words);
    }
    println!(
        "claim with up to 10,000 ahead: {most:?}, {} gas of cold reads",
        most.words * 2_100
    );
    assert!(most.words <= depth(10_001) + 4);
    assert!(most.words * 2_100 <= 30_000);
}

#[test]
fn a_claim_searches_the_checkpoints_since_its_own_only() {
    for checkpoints in [1_u32, 2, 16, 100, 1_000] {
        let (mut storage, _) = queue_of(1);
        for _ in 0..5_000 {
            queue::service(&mut storage, 1, 1, 1).unwrap();
        }
        let entry = queue::append(&mut storage, 1, u128::from(checkpoints) * 100).unwrap();
        let before = queue::eligible(&storage, 2).unwrap() - entry.shares;
        queue::service(&mut storage, 2, before, before).unwrap();
        for price in 0..checkpoints {
            queue::service(&mut storage, 2, 100, price.into()).unwrap();
        }
        let (cost, collected) = storage.cost_of(|storage| queue::collect(storage, entry).unwrap());
        assert_eq!(
            collected.assets,
            u128::from(checkpoints) * u128::from(checkpoints - 1) / 2
        );
        println!("claim over {checkpoints} checkpoints: {cost:?}");
        // Two words of the head, one of the tree, the two ends of the search, one try at the newest step.
        assert!(
            cost.words <= 6 + halvings(checkpoints + 1),
            "{checkpoints} checkpoints: {cost:?}"
        );
    }
}

#[test]
fn a_claim_that_comes_too_early_reads_the_head_only() {
    let (mut storage, entries) = queue_of(100);
    let (cost, collected) = storage.cost_of(|storage| queue::collect(storage, entries[99]).unwrap());
    assert_eq!((cost.loads, collected.shares, collected.rest), (2, 0, entries[99]));
}

#[test]
fn leaving_and_coming_back_change_one_word_a_level() {
    let (mut storage, entries) = queue_of(10_000);
    let young = queue::append(&mut storage, 1, WAD).unwrap();
    let (mut most, mut stores) = (Cost::default(), 0);
    for &entry in entries.iter().step_by(7) {
        let (left, ()) = storage.cost_of(|storage| queue::leave(storage, 1, entry).unwrap());
        let (back, same) = storage.cost_of(|storage| queue::come_back(storage, 1, entry.slot, entry.shares).unwrap());
        assert_eq!(same, entry);
        for cost in [left, back] {
            assert!(cost.stores <= 1 + depth(10_001), "{cost:?}");
            assert!(cost.words <= 2 + 2 * depth(10_001), "{cost:?}");
            most.stores = most.stores.max(cost.stores);
            most.words = most.words.max(cost.words);
            stores += cost.stores;
        }
        let (place, _) = storage.cost_of(|storage| queue::shares_ahead(storage, entry).unwrap());
        assert!(place.words <= 2 + depth(10_001));
    }
    println!(
        "leaving or coming back among 10,000: {most:?}, {} writes in {}",
        stores,
        2 * entries.len().div_ceil(7)
    );
    // A request of this epoch cannot have been serviced, so no prefix is read for it.
    let (cost, ()) = storage.cost_of(|storage| queue::leave(storage, 1, young).unwrap());
    assert_eq!(cost.words, cost.stores + 1, "all but the watermark's word changes");
}

/// An auction of `bids` bids of one share over `levels` levels from 25 bps up.
fn auction_of(bids: u32, levels: u16) -> CountingStorage {
    let mut storage = CountingStorage::default();
    for number in 0..bids {
        let discount_bps = 25 + u16::try_from(number % u32::from(levels)).unwrap();
        reveal(&mut storage, 1, Bounds::new(25, 2_000).unwrap(), discount_bps, WAD).unwrap();
    }
    storage
}

fn settle(storage: &mut CountingStorage) -> (Cost, Clearing) {
    let price = Price {
        assets: U256::from(11 * WAD),
        shares: U256::from(10 * WAD),
    };
    storage.cost_of(|storage| clear(storage, 1, Bounds::new(25, 2_000).unwrap(), price, u128::MAX).unwrap())
}

#[test]
fn settling_reads_levels_and_never_bids() {
    for levels in [0_u16, 1, 2, 200, 1_976] {
        let costs = [u32::from(levels), 1_000, 10_000].map(|bids| {
            if levels == 0 {
                return settle(&mut CountingStorage::default()).0;
            }
            let (cost, clearing) = settle(&mut auction_of(bids.max(levels.into()), levels));
            assert_eq!(clearing.filled, u128::from(bids.max(levels.into())) * WAD);
            cost
        });
        println!(
            "settling {levels} levels: {:?}, {} gas of cold reads",
            costs[0],
            costs[0].words * 2_100
        );
        assert!(costs.iter().all(|cost| *cost == costs[0]), "{costs:?}");
        assert!(costs[0].loads <= u64::from(levels) + 8);
        assert_eq!(costs[0].stores, 0);
        assert_eq!(costs[0].loads, costs[0].words, "no word is read twice");
    }
}

#[test]
fn settling_levels_that_are_no_neighbours_reads_one_word_each() {
    let bounds = Bounds::new(25, 2_000).unwrap();
    let mut storage = CountingStorage::default();
    for discount_bps in (26..=2_000).step_by(2) {
        reveal(&mut storage, 1, bounds, discount_bps, WAD).unwrap();
    }
    let levels = descending(&storage, 1, bounds).unwrap().count() as u64;
    let (cost, _) = settle(&mut storage);
    assert_eq!(
        cost,
        Cost {
            loads: levels + 8,
            stores: 0,
            words: levels + 8
        }
    );
    // Of the bitmap only the words within the bounds.
    let within = Bounds::new(256, 511).unwrap();
    let (cost, levels) = storage.cost_of(|storage| descending(storage, 1, within).unwrap().count() as u64);
    assert_eq!((levels, cost.loads), (128, levels + 1));
}

#[test]
fn a_reveal_writes_one_word_and_two_on_a_new_level() {
    let bounds = Bounds::new(25, 2_000).unwrap();
    let mut storage = CountingStorage::default();
    let mut cost = |discount_bps| {
        storage
            .cost_of(|storage| reveal(storage, 1, bounds, discount_bps, WAD).unwrap())
            .0
    };
    assert_eq!(
        cost(100),
        Cost {
            loads: 2,
            stores: 2,
            words: 2
        }
    );
    assert_eq!(
        cost(100),
        Cost {
            loads: 1,
            stores: 1,
            words: 1
        }
    );
    assert_eq!(
        cost(101),
        Cost {
            loads: 2,
            stores: 2,
            words: 2
        }
    );
}

/* the whole auction */

const BOOK_EPOCH: u64 = 30 * DAY;

fn at(now: u64) -> Clock {
    Clock::new(Calendar::new(0, BOOK_EPOCH, 27 * DAY).unwrap(), now).unwrap()
}

fn account(number: u32) -> Address {
    Address::from_word(B256::from(U256::from(number) + U256::from(1)))
}

/// A book with `count` requests of epoch 0, each of its own controller.
fn book_of(count: u32) -> CountingStorage {
    let mut storage = CountingStorage::default();
    let bounds = Bounds::new(25, 2_000).unwrap();
    terms::initialize(&mut storage, terms::Terms { bounds, bond_bps: 50 }, 7_000).unwrap();
    for number in 0..count {
        book::enqueue(&mut storage, at(0), account(number), WAD).unwrap();
    }
    storage
}

/// The manager with more than enough at 1:1.
fn means() -> Means {
    Means {
        price: Price {
            assets: U256::from(1_000_000 * WAD),
            shares: U256::from(1_000_000 * WAD),
        },
        idle: 1_000_000 * WAD,
        manager: true,
    }
}

fn opening(id: u32, discount_bps: u16) -> B256 {
    commitment(1, Address::ZERO, 0, U256::from(id), discount_bps, B256::ZERO)
}

fn open(storage: &mut CountingStorage, id: u32, discount_bps: u16) {
    let clock = at(27 * DAY);
    bids::reveal(storage, clock, (1, Address::ZERO), id, (discount_bps, B256::ZERO)).unwrap();
}

#[test]
fn a_request_takes_two_words_of_its_own_and_shares_one_with_seven() {
    let mut storage = book_of(100);
    let mut kept = 0;
    for number in 1..=50 {
        let before = storage.words_in_use();
        let (cost, _) = storage.cost_of(|storage| book::enqueue(storage, at(0), account(1_000), WAD).unwrap());
        // Two of the request, the list (and from the eighth on the count beside it), the head, the tree.
        assert_eq!(cost.stores, if number < 8 { 5 } else { 6 }, "number {number}: {cost:?}");
        kept += storage.words_in_use() - before;
    }
    // 100 of the requests, 7 of the list, a third of a word in the tree for each but for its upper levels.
    assert!((100 + 7..=100 + 7 + 50).contains(&kept), "{kept}");
}

#[test]
fn a_claim_of_everything_deletes_and_does_not_write_what_it_deletes() {
    let mut storage = book_of(10_001);
    let (service, _) =
        storage.cost_of(|storage| settlement::service(storage, at(BOOK_EPOCH), 10_001 * WAD, means()).unwrap());
    println!("servicing 10,001 requests: {service:?}");
    assert!(service.words <= 5 && service.stores <= 3);
    let before = storage.words_in_use();
    let (cost, assets) =
        storage.cost_of(|storage| claims::claim_shares(storage, at(BOOK_EPOCH), account(10_000), WAD).unwrap());
    println!(
        "claim with 10,000 ahead: {cost:?}, {} gas of cold reads and writes before refunds",
        cost.words * 2_100 + cost.stores * 2_900
    );
    assert_eq!(assets, WAD);
    // The two words of the request and its list become zero, nothing else is written.
    assert_eq!((cost.stores, before - storage.words_in_use()), (3, 3));
    assert!(cost.words <= 3 + 2 + depth(10_001) + 2, "{cost:?}");
}

#[test]
fn a_bid_costs_its_path_and_settling_costs_the_levels() {
    for bids in [200_u32, 1_000] {
        let mut storage = book_of(bids);
        let mut most = Cost::default();
        for id in 1..=bids {
            let discount_bps = 25 + u16::try_from(id % 200).unwrap();
            let (cost, _) =
                storage.cost_of(|storage| bids::commit(storage, at(1), id, opening(id, discount_bps)).unwrap());
            most.stores = most.stores.max(cost.stores);
            most.words = most.words.max(cost.words);
        }
        // The request's entry and the seal, the ledger; the head and the path. The first one opens the epoch as well.
        assert!(most.stores <= 3 + 2 + 1 + depth(bids), "{most:?}");
        for id in 1..=bids {
            open(&mut storage, id, 25 + u16::try_from(id % 200).unwrap());
        }
        let (cost, settled) = storage.cost_of(|storage| settlement::settle(storage, at(BOOK_EPOCH), means()).unwrap());
        println!("{bids} bids: commit {most:?}; settling 200 levels: {cost:?}");
        assert_eq!(settled.filled, u128::from(bids) * WAD);
        // The milestones, the outcome in three words, the agenda.
        assert_eq!(cost.stores, 5);
        // 200 neighbouring levels in 101 words, 8 of the bitmap, 4 of the epoch before, the agenda in two.
        assert_eq!(cost.words, 101 + 8 + 3 + 3 + 2);
    }
}

#[test]
fn a_winner_claims_without_a_restore_and_a_loser_comes_back_on_a_path() {
    let mut storage = book_of(1_000);
    for (id, discount_bps) in [(500, 200), (700, 100)] {
        bids::commit(&mut storage, at(1), id, opening(id, discount_bps)).unwrap();
        open(&mut storage, id, discount_bps);
    }
    settlement::announce_limit(&mut storage, at(1), 0, WAD / 2).unwrap();
    settlement::settle(&mut storage, at(BOOK_EPOCH), means()).unwrap();
    let clock = at(BOOK_EPOCH + DAY);
    // The winner got a part: the rest comes back with the claim.
    let claimable = book::views::claimable(&storage, account(499)).unwrap();
    assert!(claimable.shares > 0);
    let (claim, _) =
        storage.cost_of(|storage| claims::claim_shares(storage, clock, account(499), claimable.shares).unwrap());
    let (restore, ()) = storage.cost_of(|storage| homecoming::restore(storage, clock, 700).unwrap());
    println!("claim of a winner with a rest: {claim:?}; restore of a loser: {restore:?}");
    // The request's entry and its bid's word, the agenda, the head (two words in a new epoch), the path.
    for cost in [claim, restore] {
        assert!(cost.stores <= 3 + 2 + depth(1_000), "{cost:?}");
    }
}
