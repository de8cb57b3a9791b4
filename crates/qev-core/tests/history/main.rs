//! Whole months of the auction against a naive model: every answer, every refusal with its values, every event, every
//! view, and a vault of a few numbers around them that must never lose.

#[path = "../support/mod.rs"]
mod support;

mod model;

use alloy_primitives::{Address, B256, U256};
use model::{Answer, Model, Terms, Vault, AUCTION_SHARE_BPS, CHAIN_ID, CONTRACT};
use num_bigint::BigUint;
use proptest::{prelude::*, test_runner::TestCaseError};
use qev_core::{
    book::{
        self, bids, claims, homecoming,
        ids::Ids,
        requests::Earnings,
        settlement::{self, Means, Servicing, Settlement},
        terms, views, Event, Outcome,
    },
    epoch::{Calendar, Clock, DAY},
    levels::Bounds,
    queue,
    vesting::Vesting,
    Price,
};
use support::{runner, CountingStorage, Tally};

const WAD: u128 = 1_000_000_000_000_000_000;
const GENESIS: u64 = 1_800_000_000;
const EPOCH: u64 = 30 * DAY;

#[derive(Clone, Debug)]
enum Operation {
    Request {
        who: u8,
        shares: u128,
    },
    Commit {
        pick: usize,
        discount_bps: u16,
    },
    CommitNothing {
        pick: usize,
    },
    WithdrawBid {
        pick: usize,
    },
    /// Several at once, for the reveal phase is short.
    Reveal {
        picks: [usize; 8],
    },
    RevealWrongly {
        pick: usize,
    },
    Announce {
        ahead: u64,
        assets: u128,
    },
    Settle {
        manager: bool,
    },
    Restore {
        pick: usize,
    },
    Service {
        thousandths: u128,
        manager: bool,
    },
    /// By shares or by assets, so many thousandths of what is claimable.
    Claim {
        who: u8,
        by_assets: bool,
        thousandths: u128,
    },
    ClaimRequest {
        pick: usize,
        thousandths: u128,
    },
    SetBounds {
        min: u16,
        max: u16,
    },
    SetBond {
        bond_bps: u16,
    },
    Deposit {
        assets: u128,
    },
    Yield {
        assets: u128,
    },
    /// Everything is lost for a while.
    Crash,
    Wait {
        seconds: u64,
    },
    /// To the next boundary of the calendar, or a second before it.
    WaitForBoundary {
        which: u8,
        early: bool,
    },
    Inspect,
}

fn operation() -> impl Strategy<Value = Operation> {
    let pick = || 0_usize..10_000;
    let shares = || prop_oneof![1 => 1_u128..300, 4 => WAD..10_000 * WAD];
    let discount = || prop_oneof![3 => Just(100_u16), 3 => Just(200), 6 => 25_u16..=2_000, 1 => 0_u16..=2_100];
    let thousandths = || prop_oneof![3 => Just(1_000_u128), 6 => 0_u128..1_000, 1 => 1_000_u128..1_010];
    prop_oneof![
        120 => (0_u8..10, shares()).prop_map(|(who, shares)| Operation::Request { who, shares }),
        110 => (pick(), discount()).prop_map(|(pick, discount_bps)| Operation::Commit { pick, discount_bps }),
        2 => pick().prop_map(|pick| Operation::CommitNothing { pick }),
        24 => pick().prop_map(|pick| Operation::WithdrawBid { pick }),
        90 => [pick(), pick(), pick(), pick(), pick(), pick(), pick(), pick()].prop_map(|picks| Operation::Reveal { picks }),
        6 => pick().prop_map(|pick| Operation::RevealWrongly { pick }),
        10 => (0_u64..3, prop_oneof![1 => Just(0_u128), 6 => 0..30_000 * WAD])
            .prop_map(|(ahead, assets)| Operation::Announce { ahead, assets }),
        50 => any::<bool>().prop_map(|manager| Operation::Settle { manager }),
        90 => pick().prop_map(|pick| Operation::Restore { pick }),
        60 => (thousandths(), any::<bool>())
            .prop_map(|(thousandths, manager)| Operation::Service { thousandths, manager }),
        60 => (0_u8..10, any::<bool>(), thousandths())
            .prop_map(|(who, by_assets, thousandths)| Operation::Claim { who, by_assets, thousandths }),
        40 => (pick(), thousandths()).prop_map(|(pick, thousandths)| Operation::ClaimRequest { pick, thousandths }),
        4 => (0_u16..60, 50_u16..3_000).prop_map(|(min, max)| Operation::SetBounds { min, max }),
        4 => (0_u16..1_050).prop_map(|bond_bps| Operation::SetBond { bond_bps }),
        30 => (WAD..1_000 * WAD).prop_map(|assets| Operation::Deposit { assets }),
        10 => (1..100 * WAD).prop_map(|assets| Operation::Yield { assets }),
        1 => Just(Operation::Crash),
        40 => prop_oneof![0..DAY / 2, Just(DAY), 0..2 * DAY].prop_map(|seconds| Operation::Wait { seconds }),
        25 => (0_u8..6, any::<bool>()).prop_map(|(which, early)| Operation::WaitForBoundary { which, early }),
        20 => Just(Operation::Inspect),
    ]
}

fn name_of(operation: &Operation) -> &'static str {
    match operation {
        Operation::Request { .. } => "request",
        Operation::Commit { .. } => "commit",
        Operation::CommitNothing { .. } => "commit to nothing",
        Operation::WithdrawBid { .. } => "withdraw a bid",
        Operation::Reveal { .. } => "reveal",
        Operation::RevealWrongly { .. } => "reveal something else",
        Operation::Announce { .. } => "announce a limit",
        Operation::Settle { .. } => "settle",
        Operation::Restore { .. } => "restore",
        Operation::Service { .. } => "service",
        Operation::Claim { by_assets: false, .. } => "claim shares",
        Operation::Claim { .. } => "claim assets",
        Operation::ClaimRequest { .. } => "claim of a request",
        Operation::SetBounds { .. } => "set the bounds",
        Operation::SetBond { .. } => "set the bond",
        Operation::Deposit { .. } => "deposit",
        Operation::Yield { .. } => "yield",
        Operation::Crash => "crash",
        Operation::Wait { .. } => "wait",
        Operation::WaitForBoundary { .. } => "wait for a boundary",
        Operation::Inspect => "inspect",
    }
}

/// Most requests are the first controller's, so that he comes to have as many as he may.
fn controller(who: u8) -> Address {
    Address::repeat_byte(match who {
        0..=5 => 1,
        6..=7 => 2,
        _ => 3,
    })
}

const SALT: B256 = B256::repeat_byte(9);

struct World {
    storage: CountingStorage,
    model: Model,
    /// What each bidder has written down.
    discounts: std::collections::BTreeMap<u32, u16>,
    // The vault.
    idle: u128,
    /// What is lost for a while.
    lost: bool,
    vesting: Vesting,
    shares: u128,
    pending: u128,
    reserved: u128,
    paid: u128,
    // The sums of Q4.
    enqueued: u128,
    serviced: u128,
    filled: u128,
    forfeited: u128,
}

impl World {
    fn new() -> Self {
        let calendar = Calendar::new(GENESIS, EPOCH, 27 * DAY).unwrap();
        let first = Terms {
            min: 25,
            max: 2_000,
            bond_bps: 50,
        };
        let mut storage = CountingStorage::default();
        let bounds = Bounds::new(first.min, first.max).unwrap();
        let bond_bps = first.bond_bps;
        terms::initialize(&mut storage, terms::Terms { bounds, bond_bps }, AUCTION_SHARE_BPS).unwrap();
        Self {
            storage,
            model: Model::new(calendar, GENESIS - 5 * DAY, first),
            discounts: std::collections::BTreeMap::new(),
            idle: 1_000_000 * WAD,
            lost: false,
            vesting: Vesting::default(),
            shares: 1_000_000 * WAD,
            pending: 0,
            reserved: 0,
            paid: 0,
            enqueued: 0,
            serviced: 0,
            filled: 0,
            forfeited: 0,
        }
    }

    fn clock(&self) -> Clock {
        Clock::new(self.model.calendar, self.model.now).unwrap()
    }

    fn nav(&self) -> u128 {
        if self.lost {
            return 0;
        }
        self.idle - self.vesting.unvested(self.model.now, EPOCH)
    }

    fn vault(&self, manager: bool) -> (Vault, Means) {
        let (nav, shares, idle) = (self.nav(), self.shares, self.idle);
        let vault = Vault {
            nav,
            shares,
            idle,
            manager,
        };
        let price = Price {
            assets: U256::from(nav),
            shares: U256::from(shares),
        };
        (vault, Means { price, idle, manager })
    }

    /// Some request, or an id that is nobody's.
    fn pick(&self, pick: usize, wanted: impl Fn(&model::Request) -> bool) -> u32 {
        let live: Vec<_> = self
            .model
            .requests
            .iter()
            .filter(|(_, request)| wanted(request))
            .collect();
        // One time in a hundred, any number.
        match pick.checked_rem(live.len()) {
            Some(index) if !pick.is_multiple_of(100) => *live[index].0,
            _ => u32::try_from(pick % 97).unwrap(),
        }
    }

    /// Makes an operation on both; they must answer the same.
    fn both<T: PartialEq + std::fmt::Debug>(
        &mut self,
        of_model: impl FnOnce(&mut Model) -> Answer<T>,
        of_book: impl FnOnce(&mut CountingStorage, Clock) -> Outcome<T>,
    ) -> Result<Option<T>, TestCaseError> {
        let clock = self.clock();
        let expected = of_model(&mut self.model);
        let actual = self.storage.transact(|storage| of_book(storage, clock));
        match (expected, actual) {
            (Ok((expected, events)), Ok(actual)) => {
                prop_assert_eq!(&expected, &actual);
                prop_assert_eq!(&events, &self.storage.events);
                Ok(Some(actual))
            }
            (Err(expected), Err(actual)) => {
                prop_assert_eq!(expected, *actual);
                Ok(None)
            }
            (expected, actual) => {
                let message = format!("expected {expected:?}, got {actual:?}");
                Err(TestCaseError::fail(message))
            }
        }
    }

    /// Makes an operation; whether it was accepted.
    #[allow(clippy::too_many_lines, reason = "a case each")]
    fn make(&mut self, operation: &Operation) -> Result<bool, TestCaseError> {
        let accepted = match *operation {
            Operation::Request { who, shares } => {
                // Half of all shares stay with holders.
                if self.pending + shares > self.shares / 2 {
                    return Ok(false);
                }
                let who = controller(who);
                let made = self.both(
                    |model| model.enqueue(who, shares),
                    |storage, clock| book::enqueue(storage, clock, who, shares),
                )?;
                if made.is_some() {
                    self.pending += shares;
                    self.enqueued += shares;
                }
                made.is_some()
            }
            Operation::Commit { pick, discount_bps } => {
                let id = self.pick(pick, |_| true);
                let seal = Model::opening(self.model.epoch(), id, discount_bps, SALT);
                let made = self.both(
                    |model| model.commit(id, seal),
                    |storage, clock| bids::commit(storage, clock, id, seal),
                )?;
                if made.is_some() {
                    self.discounts.insert(id, discount_bps);
                }
                made.is_some()
            }
            Operation::CommitNothing { pick } => {
                let id = self.pick(pick, |_| true);
                let made = self.both(
                    |model| model.commit(id, B256::ZERO),
                    |storage, clock| bids::commit(storage, clock, id, B256::ZERO),
                )?;
                prop_assert!(made.is_none());
                true
            }
            Operation::WithdrawBid { pick } => {
                let id = self.pick(pick, |request| request.bid.is_some());
                self.both(
                    |model| model.withdraw(id),
                    |storage, clock| bids::withdraw(storage, clock, id),
                )?
                .is_some()
            }
            Operation::Reveal { picks } => {
                let mut any = false;
                for pick in picks {
                    let id = self.pick(pick, |request| request.bid.is_some());
                    any |= self.reveal(id, self.discounts.get(&id).copied().unwrap_or(100))?;
                }
                any
            }
            Operation::RevealWrongly { pick } => {
                let id = self.pick(pick, |request| request.bid.is_some());
                let discount_bps = self.discounts.get(&id).copied().unwrap_or_default() ^ 1;
                prop_assert!(!self.reveal(id, discount_bps)?);
                true
            }
            Operation::Announce { ahead, assets } => {
                let epoch = (self.model.epoch() + ahead).saturating_sub(1);
                self.both(
                    |model| model.announce(epoch, assets),
                    |storage, clock| settlement::announce_limit(storage, clock, epoch, assets),
                )?
                .is_some()
            }
            Operation::Settle { manager } => self.settle(manager)?,
            Operation::Restore { pick } => {
                let id = self.pick(pick, |request| request.bid.is_some());
                self.both(
                    |model| model.restore(id),
                    |storage, clock| homecoming::restore(storage, clock, id),
                )?
                .is_some()
            }
            Operation::Service { thousandths, manager } => {
                let shares = self.model.eligible() / 1_000 * thousandths;
                self.service(shares, manager)?
            }
            Operation::Claim {
                who,
                by_assets,
                thousandths,
            } => self.claim(controller(who), by_assets, thousandths)?,
            Operation::ClaimRequest { pick, thousandths } => {
                let id = self.pick(pick, |_| true);
                let request = self.model.requests.get(&id);
                let claimable = request.map_or(1, |request| self.model.claimable(request).shares);
                let shares = (claimable / 1_000 * thousandths).max(1);
                let made = self.both(
                    |model| model.claim_request(id, shares),
                    |storage, clock| claims::claim_request(storage, clock, id, shares),
                )?;
                self.paid += made.map_or(0, |(_, assets)| assets);
                made.is_some()
            }
            Operation::SetBounds { min, max } => self
                .both(
                    |model| model.set_bounds(min, max),
                    |storage, clock| terms::set_bounds(storage, clock, min, max),
                )?
                .is_some(),
            Operation::SetBond { bond_bps } => self
                .both(
                    |model| model.set_bond(bond_bps),
                    |storage, clock| terms::set_bond(storage, clock, bond_bps),
                )?
                .is_some(),
            Operation::Deposit { assets } if !self.lost => {
                let minted = U256::from(assets) * U256::from(self.shares) / U256::from(self.nav());
                self.idle += assets;
                self.shares += u128::try_from(minted).unwrap();
                true
            }
            Operation::Deposit { .. } => false,
            Operation::Yield { assets } => {
                self.idle += assets;
                true
            }
            Operation::Crash => {
                self.lost = !self.lost;
                true
            }
            Operation::Wait { seconds } => {
                self.model.now += seconds;
                true
            }
            Operation::WaitForBoundary { which, early } => {
                let epoch = self.model.epoch();
                let calendar = self.model.calendar;
                let boundary = match which {
                    0 => calendar.announcement_end(epoch),
                    1 => calendar.bid_end(epoch),
                    2 => calendar.end(epoch),
                    3 => calendar.start(epoch) + DAY,
                    4 => calendar.start(epoch) + 3 * DAY,
                    _ => self.restore_window_end(),
                };
                self.model.now = self.model.now.max(boundary - u64::from(early));
                true
            }
            Operation::Inspect => {
                self.inspect()?;
                true
            }
        };
        Ok(accepted)
    }

    fn restore_window_end(&self) -> u64 {
        let settlements = self.model.epochs.values().filter_map(|epoch| epoch.settled.as_ref());
        settlements.map(|settled| settled.at + DAY).max().unwrap_or(GENESIS)
    }

    fn reveal(&mut self, id: u32, discount_bps: u16) -> Result<bool, TestCaseError> {
        let made = self.both(
            |model| model.reveal(id, discount_bps, SALT),
            |storage, clock| bids::reveal(storage, clock, (CHAIN_ID, CONTRACT), id, (discount_bps, SALT)),
        )?;
        Ok(made.is_some())
    }

    fn settle(&mut self, manager: bool) -> Result<bool, TestCaseError> {
        let (vault, means) = self.vault(manager);
        let made = self.both(
            |model| model.settle(vault),
            |storage, clock| settlement::settle(storage, clock, means),
        )?;
        let Some(Settlement {
            filled,
            assets,
            forfeited,
            gain,
            ..
        }) = made
        else {
            return Ok(false);
        };
        self.filled += filled;
        self.forfeited += forfeited;
        self.shares -= filled + forfeited;
        self.pending -= filled + forfeited;
        self.idle -= assets;
        self.reserved += assets;
        self.vesting = self.vesting.with_gain(gain, self.model.now, EPOCH).unwrap();
        Ok(true)
    }

    fn service(&mut self, shares: u128, manager: bool) -> Result<bool, TestCaseError> {
        let (vault, means) = self.vault(manager);
        let made = self.both(
            |model| model.service(shares, vault),
            |storage, clock| settlement::service(storage, clock, shares, means),
        )?;
        let Some(Servicing { shares, assets, .. }) = made else {
            return Ok(false);
        };
        self.serviced += shares;
        self.shares -= shares;
        self.pending -= shares;
        self.idle -= assets;
        self.reserved += assets;
        Ok(true)
    }

    fn claim(&mut self, who: Address, by_assets: bool, thousandths: u128) -> Result<bool, TestCaseError> {
        let claimable = views::claimable(&self.storage, who).unwrap();
        let whole = if by_assets { claimable.assets } else { claimable.shares };
        let amount = match thousandths {
            1_000 => whole,
            _ => whole / 1_000 * thousandths,
        };
        let made = self.both(
            |model| {
                let (taken, events) = model.claim(who, by_assets, amount)?;
                Ok((if by_assets { taken.shares } else { taken.assets }, events))
            },
            |storage, clock| {
                if by_assets {
                    claims::claim_assets(storage, clock, who, amount)
                } else {
                    claims::claim_shares(storage, clock, who, amount)
                }
            },
        )?;
        self.paid += made.map_or(0, |other| if by_assets { amount } else { other });
        Ok(made.is_some())
    }

    /// What must hold after each operation.
    fn check(&self, before: (u128, u128), name: &str) -> Result<(), TestCaseError> {
        prop_assert!(self.paid <= self.reserved, "paid more than was reserved");
        let unserviced = views::unserviced(&self.storage, self.clock()).unwrap();
        let sum = unserviced.queued + unserviced.at_auction + unserviced.awaiting_restore;
        prop_assert_eq!(sum, self.pending, "the vault's pending shares are those here");
        prop_assert_eq!(
            sum,
            self.enqueued - self.serviced - self.filled - self.forfeited,
            "every share is somewhere"
        );
        let (nav, shares) = before;
        if name != "crash" {
            prop_assert!(
                BigUint::from(self.nav()) * shares >= BigUint::from(nav) * self.shares,
                "{} lowered the price of a share",
                name
            );
        }
        Ok(())
    }

    /// Every view of everything.
    fn inspect(&self) -> Result<(), TestCaseError> {
        let (storage, model, clock) = (&self.storage, &self.model, self.clock());
        let unserviced = views::Unserviced {
            queued: model.queued(),
            at_auction: model.at_auction(),
            awaiting_restore: model.awaiting(),
            eligible: model.eligible(),
        };
        prop_assert_eq!(views::unserviced(storage, clock).unwrap(), unserviced);
        let waiting: Vec<u32> = model
            .line
            .iter()
            .filter(|slot| slot.waiting > 0)
            .map(|slot| slot.id)
            .collect();
        let ends = |id: Option<&u32>| id.copied().unwrap_or_default();
        prop_assert_eq!(
            views::queue_info(storage),
            (
                u32::try_from(model.line.len()).unwrap(),
                ends(waiting.first()),
                ends(waiting.last())
            )
        );
        for who in 1..=3 {
            let who = Address::repeat_byte(who);
            let ids = model.ids_of(who);
            let listed = Ids::load(storage, who);
            prop_assert_eq!(listed.as_slice(), ids.as_slice());
            let mut sum = Earnings::default();
            for id in ids {
                let claimable = model.claimable(&model.requests[&id]);
                sum.shares += claimable.shares;
                sum.assets += claimable.assets;
            }
            prop_assert_eq!(views::claimable(storage, who).unwrap(), sum);
        }
        for id in 0..=u32::try_from(model.line.len()).unwrap() + 1 {
            self.inspect_request(id, &waiting)?;
        }
        for epoch in 0..=model.epoch() + 2 {
            self.inspect_epoch(epoch)?;
        }
        let oldest = model.oldest();
        let public_from = oldest.map(|epoch| model.calendar.end(epoch) + 3 * DAY);
        prop_assert_eq!(views::public_settlement_start(storage, clock), public_from);
        let is_pending = oldest.is_some_and(|epoch| model.calendar.bid_end(epoch) <= model.now);
        prop_assert_eq!(views::is_settlement_pending(storage, clock), is_pending);
        Ok(())
    }

    fn inspect_request(&self, id: u32, waiting: &[u32]) -> Result<(), TestCaseError> {
        let (storage, model) = (&self.storage, &self.model);
        let seen = views::in_line(storage, self.clock(), id).unwrap();
        prop_assert_eq!(views::request(storage, id).unwrap(), seen.request);
        let Some(request) = model.requests.get(&id) else {
            prop_assert_eq!(seen, views::InLine::default());
            prop_assert_eq!(views::commitment_of(storage, id), B256::ZERO);
            return Ok(());
        };
        let place = waiting.iter().position(|other| *other == id);
        let in_front = || waiting[..place.unwrap()].iter();
        let slot = &model.line[request.slot];
        let neighbour = |place: Option<usize>| place.and_then(|place| waiting.get(place).copied()).unwrap_or_default();
        let ahead = |id: &u32| model.line[model.requests[id].slot].waiting;
        let current = model.epoch();
        let eligible_after = if place.is_some() && slot.eligible_from > current {
            current
        } else {
            request.made_in
        };
        let expected = views::InLine {
            request: views::RequestView {
                controller: request.controller,
                made_in: request.made_in,
                place: Some(Model::place(request)),
                pending: model.standing(request).1,
                claimable: model.claimable(request),
                shares_ahead: place.map_or(0, |_| in_front().map(ahead).sum()),
                bid_epoch: request.bid.as_ref().map_or(0, |bid| bid.epoch),
                discount_bps: match Model::place(request) {
                    qev_core::book::requests::Place::Revealed => self.discounts[&id],
                    _ => 0,
                },
            },
            previous: neighbour(place.and_then(|place| place.checked_sub(1))),
            next: neighbour(place.map(|place| place + 1)),
            eligible_at: model.calendar.end(eligible_after),
        };
        prop_assert_eq!(seen, expected);
        let seal = match &request.bid {
            Some(bid) if Model::place(request) == qev_core::book::requests::Place::Sealed => bid.seal,
            _ => B256::ZERO,
        };
        prop_assert_eq!(views::commitment_of(storage, id), seal);
        Ok(())
    }

    fn inspect_epoch(&self, epoch: u64) -> Result<(), TestCaseError> {
        let (storage, model) = (&self.storage, &self.model);
        // Of an epoch without bids that is over only the latest change is known, which nobody asks for.
        if epoch >= model.epoch() || model.epochs.get(&epoch).is_some_and(|epoch| epoch.terms.is_some()) {
            let Terms { min, max, bond_bps } = model.terms_of(epoch);
            let terms = terms::Terms {
                bounds: Bounds::new(min, max).unwrap(),
                bond_bps,
            };
            prop_assert_eq!(views::terms_of(storage, epoch).unwrap(), terms);
        }
        let record = model.epochs.get(&epoch).cloned().unwrap_or_default();
        let (ledger, announced) = views::bids_of(storage, epoch);
        prop_assert_eq!(
            (ledger.sealed, ledger.bonds, ledger.revealed, announced),
            (record.sealed, record.bonds, record.revealed_shares(), record.announced)
        );
        if record.terms.is_some() {
            let levels: Vec<_> = views::levels_of(storage, epoch).unwrap().collect();
            let expected: Vec<_> = record.revealed.iter().rev().map(|(d, s)| (*d, *s)).collect();
            prop_assert_eq!(levels, expected);
        }
        let result = record
            .settled
            .map_or_else(views::ResultView::default, |settled| views::ResultView {
                settled_at: settled.at,
                limit: settled.limit,
                discount_bps: settled.discount_bps,
                filled: settled.filled,
                assets: settled.assets,
                forfeited: record.bonds,
                discount_earned: settled.discount_earned,
            });
        prop_assert_eq!(views::result_of(storage, epoch), result);
        Ok(())
    }

    /// Everybody comes back and claims: what is left of the reserve is dust, and of the requests nothing.
    fn conclude(mut self) -> Result<(), TestCaseError> {
        self.lost = false;
        self.model.now = self.model.calendar.end(self.model.epoch() + 1);
        while self.settle(true)? {}
        let at_auction: Vec<u32> = self.model.requests.keys().copied().collect();
        for id in at_auction {
            self.both(
                |model| model.restore(id),
                |storage, clock| homecoming::restore(storage, clock, id),
            )?;
        }
        prop_assert_eq!(self.model.awaiting(), 0);
        // Servicing is open to anybody.
        self.model.now += 2 * EPOCH + 3 * DAY;
        self.service(u128::MAX, false)?;
        prop_assert_eq!(self.pending, 0);
        self.inspect()?;
        for who in 1..=3 {
            self.claim(Address::repeat_byte(who), false, 1_000)?;
        }
        prop_assert!(self.model.requests.is_empty());
        self.inspect()?;
        prop_assert!(self.paid <= self.reserved);
        // Each auction's payouts and each claim of a part may leave a unit, and less than a share's worth of one.
        prop_assert!(self.reserved - self.paid <= 3 * u128::from(queue::Head::load(&self.storage).slots) + 1_000);
        Ok(())
    }
}

/// Outcomes of settlements, which operations do not show.
fn count_settlements(model: &Model, tally: &Tally) {
    for settled in model.epochs.values().filter_map(|epoch| epoch.settled.as_ref()) {
        let outcome = if settled.filled == 0 {
            "settled, nothing filled"
        } else if settled.marginal_filled == settled.marginal_shares {
            "settled, a level filled to its end"
        } else {
            "settled, a level filled in part"
        };
        tally.count(outcome, true);
    }
}

fn count_events(events: &[Event], tally: &Tally) {
    for event in events {
        match event {
            Event::RequestRestored { at_tail: true, .. } => tally.count("came back at the tail", true),
            Event::RequestRestored { .. } => tally.count("came back to its place", true),
            _ => {}
        }
    }
}

#[test]
fn months_of_requests_and_auctions_are_what_a_sheet_of_paper_says() {
    let tally = Tally::default();
    let histories = prop::collection::vec(operation(), 300..900);
    runner("histories", 120, 21)
        .run(&histories, |operations| {
            let mut world = World::new();
            for operation in &operations {
                let before = (world.nav(), world.shares);
                world.storage.events.clear();
                let was_lost = world.lost;
                let accepted = world.make(operation)?;
                tally.count(name_of(operation), accepted);
                count_events(&world.storage.events, &tally);
                if was_lost == world.lost {
                    world.check(before, name_of(operation))?;
                }
            }
            count_settlements(&world.model, &tally);
            world.conclude()
        })
        .unwrap();
    tally.conclude(60_000, 30);
}
