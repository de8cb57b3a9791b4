//! The modules together, as the contracts use them: whole epochs of requests, sealed bids, settlements, servicing and
//! claims, with a vault of three numbers around them.

mod support;

use alloy_primitives::{Address, B256, U256};
use num_bigint::BigUint;
use proptest::{prelude::*, test_runner::TestCaseError};
use qev_core::{
    commitment::{bond, commitment},
    epoch::{restore_window_end, Calendar, Phase, DAY},
    ledger::{Ledger, Remainder},
    levels::{clear, reveal, Bounds, Clearing},
    queue::{self, Entry, Head},
    vesting::Vesting,
    Price,
};
use support::{runner, CountingStorage, Tally};

const WAD: u128 = 1_000_000_000_000_000_000;
const GENESIS: u64 = 1_800_000_000;
const EPOCH: u64 = 30 * DAY;
const BOND_BPS: u16 = 50;
/// Small, so that the limit often binds.
const AUCTION_SHARE_BPS: u128 = 300;

fn calendar() -> Calendar {
    Calendar::new(GENESIS, EPOCH, 27 * DAY).unwrap()
}

fn bounds() -> Bounds {
    Bounds::new(25, 2_000).unwrap()
}

#[derive(Clone, Debug)]
enum Operation {
    Request {
        shares: u128,
    },
    Commit {
        pick: usize,
        discount_bps: u16,
    },
    WithdrawBid {
        pick: usize,
    },
    /// Several at once, for the reveal phase is short.
    Reveal {
        picks: [usize; 4],
    },
    Restore {
        pick: usize,
    },
    Service {
        thousandths: u128,
    },
    Claim {
        pick: usize,
    },
    Deposit {
        assets: u128,
    },
    Yield {
        assets: u128,
    },
    Wait {
        seconds: u64,
    },
}

fn operation() -> impl Strategy<Value = Operation> {
    let pick = || 0_usize..1_000;
    prop_oneof![
        10 => prop_oneof![1_u128..100, WAD..10_000 * WAD].prop_map(|shares| Operation::Request { shares }),
        12 => (pick(), prop_oneof![Just(100_u16), 25_u16..=2_000])
            .prop_map(|(pick, discount_bps)| Operation::Commit { pick, discount_bps }),
        2 => pick().prop_map(|pick| Operation::WithdrawBid { pick }),
        20 => [pick(), pick(), pick(), pick()].prop_map(|picks| Operation::Reveal { picks }),
        16 => pick().prop_map(|pick| Operation::Restore { pick }),
        8 => (1_u128..=1_000).prop_map(|thousandths| Operation::Service { thousandths }),
        12 => pick().prop_map(|pick| Operation::Claim { pick }),
        6 => (WAD..1_000 * WAD).prop_map(|assets| Operation::Deposit { assets }),
        2 => (1..100 * WAD).prop_map(|assets| Operation::Yield { assets }),
        12 => prop_oneof![0..DAY / 2, Just(DAY), 0..2 * DAY].prop_map(|seconds| Operation::Wait { seconds }),
    ]
}

#[derive(Clone, Copy)]
struct Bid {
    epoch: u64,
    slot: u32,
    shares: u128,
    bond: u128,
    commitment: B256,
    discount_bps: u16,
    /// What its level held before, once it is revealed.
    before: Option<u128>,
}

#[derive(Clone, Copy)]
enum Request {
    Queued(Entry),
    AtAuction(Bid),
    Gone,
}

struct Settled {
    clearing: Clearing,
    at: u64,
}

struct Protocol {
    storage: CountingStorage,
    now: u64,
    requests: Vec<Request>,
    ledger: Ledger,
    /// The epoch of `ledger`.
    bidding: u64,
    settled: std::collections::BTreeMap<u64, Settled>,
    awaiting: u128,
    // The vault.
    idle: u128,
    vesting: Vesting,
    shares: u128,
    pending: u128,
    reserved: u128,
    paid: u128,
}

impl Protocol {
    fn new() -> Self {
        Self {
            storage: CountingStorage::default(),
            now: GENESIS - 5 * DAY,
            requests: Vec::new(),
            ledger: Ledger::default(),
            bidding: 0,
            settled: std::collections::BTreeMap::new(),
            awaiting: 0,
            idle: 1_000_000 * WAD,
            vesting: Vesting::default(),
            shares: 1_000_000 * WAD,
            pending: 0,
            reserved: 0,
            paid: 0,
        }
    }

    fn epoch(&self) -> u64 {
        calendar().epoch_at(self.now)
    }

    fn nav(&self) -> u128 {
        self.idle - self.vesting.unvested(self.now, EPOCH)
    }

    fn price(&self) -> Price {
        Price {
            assets: U256::from(self.nav()),
            shares: U256::from(self.shares),
        }
    }

    fn opening(number: usize, epoch: u64, discount_bps: u16) -> B256 {
        commitment(
            42_161,
            Address::repeat_byte(7),
            epoch,
            U256::from(number),
            discount_bps,
            B256::repeat_byte(1),
        )
    }

    fn pick(&self, pick: usize, wanted: impl Fn(&Request) -> bool) -> Option<usize> {
        let candidates = || self.requests.iter().enumerate().filter(|(_, request)| wanted(request));
        candidates()
            .nth(pick.checked_rem(candidates().count())?)
            .map(|(number, _)| number)
    }

    /// Makes an operation; whether it applied.
    fn make(&mut self, operation: &Operation) -> Option<()> {
        let epoch = self.epoch();
        let phase = calendar().phase_at(self.now);
        match *operation {
            Operation::Request { shares } => {
                // Half of all shares stay with holders.
                (self.pending + shares <= self.shares / 2).then_some(())?;
                self.requests
                    .push(Request::Queued(queue::append(&mut self.storage, epoch, shares).ok()?));
                self.pending += shares;
                Some(())
            }
            Operation::Commit { pick, discount_bps } => {
                (phase == Phase::Bid).then_some(())?;
                let number = self.pick(pick, |request| matches!(request, Request::Queued(_)))?;
                let Request::Queued(entry) = self.requests[number] else {
                    return None;
                };
                queue::leave(&mut self.storage, epoch, entry).ok()?;
                let bond = bond(entry.shares, BOND_BPS).unwrap();
                self.ledger = self.ledger.with_sealed(entry.shares, bond).unwrap();
                self.requests[number] = Request::AtAuction(Bid {
                    epoch,
                    slot: entry.slot,
                    shares: entry.shares,
                    bond,
                    commitment: Self::opening(number, epoch, discount_bps),
                    discount_bps,
                    before: None,
                });
                Some(())
            }
            Operation::WithdrawBid { pick } => {
                (phase == Phase::Bid).then_some(())?;
                let is_of_epoch = |request: &Request| matches!(request, Request::AtAuction(bid) if bid.epoch == epoch);
                let number = self.pick(pick, is_of_epoch)?;
                let Request::AtAuction(bid) = self.requests[number] else {
                    return None;
                };
                self.ledger = self.ledger.without_sealed(bid.shares, bid.bond).unwrap();
                let entry = queue::come_back(&mut self.storage, epoch, bid.slot, bid.shares).unwrap();
                self.requests[number] = Request::Queued(entry);
                Some(())
            }
            Operation::Reveal { picks } => {
                (phase == Phase::Reveal).then_some(())?;
                picks.into_iter().filter_map(|pick| self.reveal(pick)).last()
            }
            Operation::Restore { pick } => {
                let settled = |request: &Request| matches!(request, Request::AtAuction(bid) if self.settled.contains_key(&bid.epoch));
                self.pick(pick, settled).map(|number| self.restore(number))
            }
            Operation::Service { thousandths } => self.service(thousandths),
            Operation::Claim { pick } => {
                let number = self.pick(pick, |request| matches!(request, Request::Queued(_)))?;
                self.claim(number)
            }
            Operation::Deposit { assets } => {
                let minted = U256::from(assets) * U256::from(self.shares) / U256::from(self.nav());
                self.idle += assets;
                self.shares += u128::try_from(minted).unwrap();
                Some(())
            }
            Operation::Yield { assets } => {
                self.idle += assets;
                Some(())
            }
            Operation::Wait { seconds } => {
                self.now += seconds;
                self.settle();
                Some(())
            }
        }
    }

    fn reveal(&mut self, pick: usize) -> Option<()> {
        let epoch = self.epoch();
        let is_sealed = |request: &Request| matches!(request, Request::AtAuction(bid) if bid.epoch == epoch && bid.before.is_none());
        let number = self.pick(pick, is_sealed)?;
        let Request::AtAuction(mut bid) = self.requests[number] else {
            return None;
        };
        assert_eq!(bid.commitment, Self::opening(number, epoch, bid.discount_bps));
        let before = reveal(&mut self.storage, epoch, bounds(), bid.discount_bps, bid.shares).unwrap();
        self.ledger = self.ledger.with_revealed(bid.shares, bid.bond).unwrap();
        bid.before = Some(before);
        self.requests[number] = Request::AtAuction(bid);
        Some(())
    }

    /// Settles the epoch that has ended, as the manager does at once.
    fn settle(&mut self) {
        if !calendar().has_ended(self.bidding, self.now) {
            return;
        }
        if !self.ledger.is_empty() {
            let limit = self.idle / 10_000 * AUCTION_SHARE_BPS;
            let price = self.price();
            let clearing = clear(&self.storage, self.bidding, bounds(), price, limit).unwrap();
            assert!(clearing.assets <= limit);
            let Remainder {
                forfeited,
                awaiting_restore,
            } = self.ledger.settle(clearing.filled).unwrap();
            self.awaiting += awaiting_restore;
            self.idle -= clearing.assets;
            self.reserved += clearing.assets;
            self.shares -= clearing.filled + forfeited;
            self.pending -= clearing.filled + forfeited;
            let gain = clearing.discount_earned(price).unwrap() + price.assets_for(forfeited).unwrap();
            self.vesting = self.vesting.with_gain(gain, self.now, EPOCH).unwrap();
            self.settled.insert(self.bidding, Settled { clearing, at: self.now });
            self.ledger = Ledger::default();
        }
        self.bidding = self.epoch();
    }

    fn restore(&mut self, number: usize) {
        let Request::AtAuction(bid) = self.requests[number] else {
            unreachable!("picked so")
        };
        let epoch = self.epoch();
        let clearing = self.settled[&bid.epoch].clearing;
        let remaining = if let Some(before) = bid.before {
            let filled = clearing.fill_of(bid.discount_bps, before, bid.shares).unwrap();
            self.pay(clearing.payout_of(filled).unwrap());
            bid.shares - filled
        } else {
            bid.shares - bid.bond
        };
        self.awaiting -= remaining;
        self.requests[number] = if remaining == 0 {
            Request::Gone
        } else {
            Request::Queued(queue::come_back(&mut self.storage, epoch, bid.slot, remaining).unwrap())
        };
    }

    fn service(&mut self, thousandths: u128) -> Option<()> {
        let window_is_open = |settled: &Settled| self.now < restore_window_end(settled.at);
        if self.awaiting > 0 && self.settled.values().next_back().is_some_and(window_is_open) {
            return None;
        }
        let epoch = self.epoch();
        let eligible = queue::eligible(&self.storage, epoch).unwrap();
        let shares = (eligible / 1_000 * thousandths)
            .max(1)
            .min(eligible)
            .min(self.price().shares_within(self.idle));
        let assets = self.price().assets_for(shares).unwrap();
        queue::service(&mut self.storage, epoch, shares, assets).ok()?;
        self.idle -= assets;
        self.reserved += assets;
        self.shares -= shares;
        self.pending -= shares;
        Some(())
    }

    fn claim(&mut self, number: usize) -> Option<()> {
        let Request::Queued(entry) = self.requests[number] else {
            return None;
        };
        let collected = queue::collect(&self.storage, entry).unwrap();
        (collected.shares > 0).then_some(())?;
        self.pay(collected.assets);
        self.requests[number] = if collected.rest.shares == 0 {
            Request::Gone
        } else {
            Request::Queued(collected.rest)
        };
        Some(())
    }

    fn pay(&mut self, assets: u128) {
        self.paid += assets;
    }

    fn check(&self, before: (u128, u128), name: &str) -> Result<(), TestCaseError> {
        prop_assert!(self.paid <= self.reserved, "paid more than was reserved");
        let in_queue = Head::load(&self.storage).pending();
        let at_auction = self.ledger.sealed + self.ledger.revealed + self.awaiting;
        prop_assert_eq!(
            in_queue + at_auction,
            self.pending,
            "the vault's pending shares are those here"
        );
        let (nav, shares) = before;
        prop_assert!(
            BigUint::from(self.nav()) * shares >= BigUint::from(nav) * self.shares,
            "{} lowered the price of a share",
            name
        );
        Ok(())
    }

    /// Everybody comes back and claims: what is left of the reserve is dust.
    fn conclude(mut self) -> Result<(), TestCaseError> {
        self.now = calendar().end(self.bidding);
        self.settle();
        for number in 0..self.requests.len() {
            if matches!(self.requests[number], Request::AtAuction(_)) {
                self.restore(number);
            }
        }
        prop_assert_eq!(self.awaiting, 0);
        self.now += EPOCH;
        self.settle();
        self.service(1_000);
        for number in 0..self.requests.len() {
            self.claim(number);
        }
        prop_assert!(self.paid <= self.reserved);
        prop_assert!(self.reserved - self.paid <= 2 * self.requests.len() as u128);
        Ok(())
    }
}

fn name_of(operation: &Operation) -> &'static str {
    match operation {
        Operation::Request { .. } => "request",
        Operation::Commit { .. } => "commit",
        Operation::WithdrawBid { .. } => "withdraw a bid",
        Operation::Reveal { .. } => "reveal",
        Operation::Restore { .. } => "restore",
        Operation::Service { .. } => "service",
        Operation::Claim { .. } => "claim",
        Operation::Deposit { .. } => "deposit",
        Operation::Yield { .. } => "yield",
        Operation::Wait { .. } => "wait",
    }
}

#[test]
fn months_of_requests_and_auctions_keep_the_books_and_the_share_price() {
    let tally = Tally::default();
    let histories = prop::collection::vec(operation(), 400..800);
    runner("histories", 100, 21)
        .run(&histories, |operations| {
            let mut protocol = Protocol::new();
            for operation in &operations {
                let before = (protocol.nav(), protocol.shares);
                let accepted = protocol.make(operation).is_some();
                tally.count(name_of(operation), accepted);
                protocol.check(before, name_of(operation))?;
            }
            for Settled { clearing, .. } in protocol.settled.values() {
                let outcome = match clearing {
                    Clearing { filled: 0, .. } => "settle, nothing filled",
                    _ if clearing.marginal_filled == clearing.marginal_shares => "settle, a level filled to its end",
                    _ => "settle, a level filled in part",
                };
                tally.count(outcome, true);
            }
            protocol.conclude()
        })
        .unwrap();
    tally.conclude(50_000, 5);
}
