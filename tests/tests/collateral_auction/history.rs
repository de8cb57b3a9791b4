//! A random history: many loans, three bidders and one that takes nothing, in any order and at any time, with sensible
//! and senseless arguments. A model in a few lines says beforehand what must come of each step, refusals with their
//! values included. After every step the auction's total must be the model's and the money be there; every hundred steps
//! every sale and every account must agree, and the proceeds be in the pool to the wei.
//!
//! `HISTORY_SEED` and `HISTORY_STEPS` repeat or prolong it.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolCall, SolError};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use suite::bindings::IERC20;
use suite::program::keep_alive;
use suite_tests::history::number_from;
use suite_tests::report;

use crate::scene::*;

const SEED: u64 = 0x00A0_C710;
const STEPS: u64 = 6_000;
/// How often every kind of step must have succeeded.
const SUCCESSES: u64 = 50;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    List,
    Bid,
    BidLate,
    Settle,
    Relist,
    WriteOff,
    Expire,
    Withdraw,
    Donate,
    PassTime,
}

const KINDS: &[(Kind, u32)] = &[
    (Kind::List, 12),
    (Kind::Bid, 30),
    (Kind::BidLate, 12),
    (Kind::Settle, 14),
    (Kind::Relist, 16),
    (Kind::WriteOff, 8),
    (Kind::Expire, 8),
    (Kind::Withdraw, 12),
    (Kind::Donate, 3),
    (Kind::PassTime, 8),
];

/// A sale as the rules of the protocol tell it, in plain numbers.
#[derive(Clone, Debug)]
struct ModelSale {
    collateral: U256,
    reserve: u128,
    bid: u128,
    bidder: Option<Address>,
    end: u64,
    latest: u64,
    listings: u64,
    sold: bool,
    written_off: bool,
    /// Relistings that the pool was told of, and how often it was told to wait no longer.
    reopened: u64,
    expired: u64,
}

impl ModelSale {
    fn over_without_a_bid(&self, now: u64) -> bool {
        !self.sold && now >= self.end && self.bidder.is_none()
    }

    fn failed(&self, now: u64) -> u64 {
        self.listings - u64::from(!self.over_without_a_bid(now))
    }

    fn minimum(&self) -> u128 {
        match self.bidder {
            None => self.reserve.max(1),
            Some(_) => self.bid + (self.bid * 500).div_ceil(10_000).max(1),
        }
    }
}

/// Nobody bids for every third loan's collateral before it is written off.
fn is_unwanted(loan_id: B256) -> bool {
    loan_id[0].is_multiple_of(3)
}

/// What must come of a step.
type Expected = Result<(), Vec<u8>>;

fn refused<E: SolError>(error: &E) -> Expected {
    Err(error.abi_encode())
}

struct History {
    s: Scene,
    random: StdRng,
    accounts: Vec<Address>,
    stubborn: Address,
    loans: Vec<B256>,
    sales: BTreeMap<B256, ModelSale>,
    refunds: BTreeMap<Address, u128>,
    balances: BTreeMap<Address, u128>,
    proceeds: BTreeMap<B256, u128>,
    donated: u128,
    /// When the programs were last kept from expiring.
    kept_alive: u64,
    successes: BTreeMap<Kind, u64>,
}

impl History {
    fn new(seed: u64) -> Self {
        let mut s = Scene::new();
        let stubborn = s.stubborn_bidder();
        let alice = s.suite.actors.alice;
        let dollar = s.dollar;
        let value = usdai(300_000);
        s.send(alice, dollar, &IERC20::transferCall { to: stubborn, value })
            .must();
        let accounts: Vec<_> = s.bidders().into_iter().chain([stubborn]).collect();
        let balances = accounts
            .iter()
            .map(|account| (*account, s.dollars_of(*account).to()))
            .collect();
        Self {
            random: StdRng::seed_from_u64(seed),
            refunds: accounts.iter().map(|account| (*account, 0)).collect(),
            accounts,
            stubborn,
            loans: Vec::new(),
            sales: BTreeMap::new(),
            balances,
            proceeds: BTreeMap::new(),
            donated: 0,
            kept_alive: s.now(),
            successes: BTreeMap::new(),
            s,
        }
    }

    fn obligations(&self) -> u128 {
        let bids = self.sales.values().filter(|sale| !sale.sold).map(|sale| sale.bid);
        bids.chain(self.refunds.values().copied()).sum()
    }

    /// Sends a call, which must end as expected.
    fn send<C: SolCall>(&mut self, from: Address, call: &C, expected: &Expected, kind: Kind) {
        let auction = self.s.auction;
        let receipt = if from == self.stubborn {
            self.s.act(from, auction, call).receipt
        } else {
            self.s.by(from, call).receipt
        };
        match expected {
            Ok(()) => {
                let why = suite::calls::describe_revert(&receipt.output);
                assert!(
                    receipt.status,
                    "{kind:?} must go through: {why} {:?}",
                    receipt.halt_reason
                );
                *self.successes.entry(kind).or_default() += 1;
            }
            Err(error) => {
                assert!(!receipt.status, "{kind:?} went through");
                assert_eq!(receipt.output, *error, "{kind:?}");
            }
        }
    }

    /// A loan, most often one whose sale is not done, sometimes one that nobody knows.
    fn some_loan(&mut self) -> B256 {
        if self.random.random_range(0..25) == 0 {
            return loan(u64::MAX);
        }
        let open: Vec<_> = self
            .sales
            .iter()
            .filter(|(_, sale)| !sale.sold)
            .map(|(id, _)| *id)
            .collect();
        let from = if self.random.random_range(0..10) > 0 && !open.is_empty() {
            &open
        } else {
            &self.loans
        };
        from.choose(&mut self.random).copied().unwrap_or_else(|| loan(u64::MAX))
    }

    /// The running listings of what somebody wants.
    fn wanted(&self) -> Vec<(B256, u64)> {
        let now = self.s.now();
        let running = self.sales.iter().filter(|(_, sale)| !sale.sold && now < sale.end);
        running
            .filter(|(id, sale)| sale.written_off || !is_unwanted(**id))
            .map(|(id, sale)| (*id, sale.end))
            .collect()
    }

    /// Most often one whose listing is running.
    fn some_loan_to_bid_for(&mut self) -> B256 {
        match self.wanted().choose(&mut self.random) {
            Some((id, _)) if self.random.random_range(0..4) > 0 => *id,
            _ => self.some_loan_not_running(),
        }
    }

    fn some_loan_not_running(&mut self) -> B256 {
        let (id, now) = (self.some_loan(), self.s.now());
        match self.sales.get(&id) {
            Some(sale) if now < sale.end => loan(u64::MAX),
            _ => id,
        }
    }

    fn some_account(&mut self) -> Address {
        *self.accounts.choose(&mut self.random).expect("some")
    }

    /// Programs stop a year after their activation; anybody may prolong them.
    fn keep_alive(&mut self) {
        if self.s.now() >= self.kept_alive + 100 * DAY {
            self.kept_alive = self.s.now();
            let stranger = self.s.stranger();
            for program in self.s.programs() {
                keep_alive(&mut self.s.chain, stranger, program).expect("prolonged");
            }
        }
    }

    fn step(&mut self) {
        self.keep_alive();
        let kind = KINDS
            .choose_weighted(&mut self.random, |(_, weight)| *weight)
            .expect("some")
            .0;
        match kind {
            Kind::List => self.list(),
            Kind::Bid => {
                let id = self.some_loan_to_bid_for();
                self.bid(id, kind);
            }
            Kind::BidLate => self.bid_late(),
            Kind::Settle => self.settle(),
            Kind::Relist => self.relist(),
            Kind::WriteOff => self.write_off(),
            Kind::Expire => self.expire(),
            Kind::Withdraw => self.withdraw(),
            Kind::Donate => self.donate(),
            Kind::PassTime => self.pass_time(),
        }
    }

    fn list(&mut self) {
        let known = self.random.random_range(0..4) == 0;
        let now = self.s.now();
        if known && let Some(id) = self.loans.choose(&mut self.random).copied() {
            let expected = refused(&A::AlreadyListed { loanId: id });
            let stranger = self.s.stranger();
            return self.send(stranger, &A::listCall { loanId: id }, &expected, Kind::List);
        }
        let id = loan(self.loans.len() as u64);
        let reserve = match self.random.random_range(0..6) {
            0 => 0,
            1 => self.random.random_range(1..20),
            _ => self.random.random_range(1..5_000 * 10_u128.pow(18)),
        };
        let stranger = self.s.stranger();
        let call = A::listCall { loanId: id };
        self.send(stranger, &call, &refused(&A::NotLiquidated { loanId: id }), Kind::List);
        let collateral = self.s.liquidate(id, U256::from(reserve));
        let end = now + 3 * DAY;
        self.send(stranger, &call, &Ok(()), Kind::List);
        self.loans.push(id);
        let sale = ModelSale {
            collateral,
            reserve,
            bid: 0,
            bidder: None,
            end,
            latest: end + DAY,
            listings: 1,
            sold: false,
            written_off: false,
            reopened: 0,
            expired: 0,
        };
        self.sales.insert(id, sale);
    }

    fn bid(&mut self, id: B256, kind: Kind) {
        let (now, bidder) = (self.s.now(), self.some_account());
        let minimum = self.sales.get(&id).map_or(1, ModelSale::minimum);
        let amount = match self.random.random_range(0..12) {
            0 => minimum - 1,
            1 => self.sales.get(&id).map_or(0, |sale| sale.bid),
            2 => u128::MAX,
            3 => 1_u128 << 95,
            4..=6 => minimum,
            _ => minimum + self.random.random_range(0..200 * 10_u128.pow(18)),
        };
        let expected = self.bid_expected(id, bidder, amount, now);
        let call = A::bidCall {
            loanId: id,
            amount: U256::from(amount),
        };
        self.send(bidder, &call, &expected, kind);
        if expected.is_ok() {
            let sale = self.sales.get_mut(&id).expect("listed");
            if let Some(outbid) = sale.bidder.replace(bidder) {
                *self.refunds.get_mut(&outbid).expect("an account") += sale.bid;
            }
            sale.bid = amount;
            sale.end = sale.end.max((now + 900).min(sale.latest));
            *self.balances.get_mut(&bidder).expect("an account") -= amount;
        }
    }

    fn bid_expected(&self, id: B256, bidder: Address, amount: u128, now: u64) -> Expected {
        let Some(sale) = self.sales.get(&id) else {
            return refused(&A::NotListed { loanId: id });
        };
        if sale.sold || now >= sale.end {
            return refused(&A::BiddingClosed {
                loanId: id,
                end: n(sale.end),
            });
        }
        if amount < sale.minimum() {
            return refused(&A::BidTooLow {
                amount: U256::from(amount),
                minimum: U256::from(sale.minimum()),
            });
        }
        let room = (1 << 96) - 1 - self.obligations();
        if amount > room {
            return refused(&A::ValueTooLarge {
                value: U256::from(amount),
                maximum: U256::from(room),
            });
        }
        if amount > self.balances[&bidder] {
            return refused(&A::SafeERC20FailedOperation { token: self.s.dollar });
        }
        Ok(())
    }

    /// In the last second of the running listing that ends first.
    fn bid_late(&mut self) {
        if let Some((id, end)) = self.wanted().into_iter().min_by_key(|(_, end)| *end) {
            self.s.at(end - 1);
            self.bid(id, Kind::BidLate);
        }
    }

    fn settle(&mut self) {
        let (id, now) = (self.some_loan(), self.s.now());
        let expected = match self.sales.get(&id) {
            None => refused(&A::NotListed { loanId: id }),
            Some(sale) if sale.sold => refused(&A::AlreadySold { loanId: id }),
            Some(sale) if now < sale.end => refused(&A::StillRunning {
                loanId: id,
                end: n(sale.end),
            }),
            Some(sale) if sale.bidder.is_none() => refused(&A::NoBid { loanId: id }),
            Some(_) => Ok(()),
        };
        let from = self.s.stranger();
        self.send(from, &A::settleCall { loanId: id }, &expected, Kind::Settle);
        if expected.is_ok() {
            let sale = self.sales.get_mut(&id).expect("listed");
            sale.sold = true;
            assert_eq!(Some(self.s.owner_of(sale.collateral)), sale.bidder);
            self.proceeds.insert(id, sale.bid);
        }
    }

    /// The refusal of a sale that has not just failed.
    fn not_failed(&self, id: B256, now: u64) -> Expected {
        let Some(sale) = self.sales.get(&id) else {
            return refused(&A::NotListed { loanId: id });
        };
        if sale.sold {
            return refused(&A::AlreadySold { loanId: id });
        }
        if now < sale.end {
            return refused(&A::StillRunning {
                loanId: id,
                end: n(sale.end),
            });
        }
        match sale.bidder {
            Some(bidder) => refused(&A::HasWinner {
                loanId: id,
                bidder,
                amount: U256::from(sale.bid),
            }),
            None => Ok(()),
        }
    }

    fn relist(&mut self) {
        let (id, now) = (self.some_loan(), self.s.now());
        let last = self.sales.get(&id).map_or(0, |sale| sale.reserve);
        let minimum = (last * 8).div_ceil(10);
        let reserve = match self.random.random_range(0..8) {
            0 => minimum.saturating_sub(1),
            1 => last + 1,
            2..=5 => minimum,
            _ => self.random.random_range(minimum..=last),
        };
        let bounds = A::ReserveOutOfBounds {
            reserve: U256::from(reserve),
            minimum: U256::from(minimum),
            maximum: U256::from(last),
        };
        let expected = self.not_failed(id, now).and_then(|()| {
            if (minimum..=last).contains(&reserve) {
                Ok(())
            } else {
                refused(&bounds)
            }
        });
        let call = A::relistCall {
            loanId: id,
            reserve: U256::from(reserve),
        };
        let from = self.s.risk_admin();
        self.send(from, &call, &expected, Kind::Relist);
        if expected.is_ok() {
            let sale = self.sales.get_mut(&id).expect("listed");
            sale.reserve = reserve;
            sale.listings += 1;
            sale.reopened += u64::from(sale.written_off);
            sale.end = now + 3 * DAY;
            sale.latest = now + 4 * DAY;
        }
    }

    fn write_off(&mut self) {
        let (mut id, now) = (self.some_loan(), self.s.now());
        // Seldom does one wait for it.
        let waiting = self
            .sales
            .iter()
            .find(|(_, sale)| !sale.written_off && sale.over_without_a_bid(now) && sale.failed(now) >= 3);
        if let Some((waiting, _)) = waiting {
            id = *waiting;
        }
        let expected = self.not_failed(id, now).and_then(|()| {
            let sale = &self.sales[&id];
            if sale.written_off {
                return refused(&A::AlreadyWrittenOff { loanId: id });
            }
            if sale.failed(now) < 3 {
                return refused(&A::TooFewFailedListings {
                    loanId: id,
                    failed: n(sale.failed(now)),
                    required: n(3),
                });
            }
            Ok(())
        });
        let from = self.s.stranger();
        self.send(from, &A::writeOffCall { loanId: id }, &expected, Kind::WriteOff);
        if expected.is_ok() {
            self.sales.get_mut(&id).expect("listed").written_off = true;
            assert!(self.s.is_written_off_in_pool(id));
        }
    }

    fn expire(&mut self) {
        let (mut id, now) = (self.some_loan(), self.s.now());
        let mut over = self
            .sales
            .iter()
            .filter(|(_, sale)| sale.written_off && sale.over_without_a_bid(now));
        if let Some((waiting, _)) = over.next() {
            id = *waiting;
        }
        let expected = self.not_failed(id, now).and_then(|()| {
            if self.sales[&id].written_off {
                Ok(())
            } else {
                refused(&ITestLiquidations::NotWrittenOff { loanId: id })
            }
        });
        let from = self.s.stranger();
        self.send(from, &A::expireRecoveryCall { loanId: id }, &expected, Kind::Expire);
        if expected.is_ok() {
            self.sales.get_mut(&id).expect("listed").expired += 1;
        }
    }

    fn withdraw(&mut self) {
        let (account, receiver) = (self.some_account(), self.some_account());
        let amount = self.refunds[&account];
        let expected = if amount == 0 {
            refused(&A::NothingToRefund { account })
        } else {
            Ok(())
        };
        self.send(account, &A::withdrawRefundCall { receiver }, &expected, Kind::Withdraw);
        if expected.is_ok() {
            self.refunds.insert(account, 0);
            *self.balances.get_mut(&receiver).expect("an account") += amount;
        }
    }

    fn donate(&mut self) {
        let [alice, ..] = self.s.bidders();
        let amount = self.random.random_range(1..1_000).min(self.balances[&alice]);
        let (dollar, to) = (self.s.dollar, self.s.auction);
        let value = U256::from(amount);
        self.s.send(alice, dollar, &IERC20::transferCall { to, value }).must();
        self.donated += amount;
        *self.balances.get_mut(&alice).expect("an account") -= amount;
        *self.successes.entry(Kind::Donate).or_default() += 1;
    }

    fn pass_time(&mut self) {
        let now = self.s.now();
        let ends: Vec<_> = self
            .sales
            .values()
            .filter(|sale| !sale.sold && sale.end > now)
            .map(|sale| sale.end)
            .collect();
        let until = match (self.random.random_range(0..3), ends.choose(&mut self.random)) {
            (0, _) | (_, None) => now + self.random.random_range(0..DAY),
            (1, Some(end)) => *end,
            (_, Some(end)) => end - 1,
        };
        self.s.at(until);
        *self.successes.entry(Kind::PassTime).or_default() += 1;
    }

    /// What costs the same however many sales there are.
    fn check_totals(&self) {
        assert_eq!(self.s.obligations(), U256::from(self.obligations()));
        let held = self.s.dollars_of(self.s.auction);
        assert_eq!(held, U256::from(self.obligations() + self.donated));
        let proceeds: u128 = self.proceeds.values().sum();
        assert_eq!(self.s.dollars_of(self.s.pool), U256::from(proceeds));
    }

    fn check_everything(&self) {
        let now = self.s.now();
        for (id, sale) in &self.sales {
            let told = self.s.listing(*id);
            let status = match sale.bidder {
                _ if sale.sold => Status::Sold,
                _ if now < sale.end => Status::Running,
                Some(_) => Status::Won,
                None => Status::Failed,
            };
            let expected = A::listingReturn {
                status,
                collateralId: sale.collateral,
                reserve: U256::from(sale.reserve),
                amount: U256::from(sale.bid),
                bidder: sale.bidder.unwrap_or_default(),
                end: n(sale.end),
                latestEnd: n(sale.latest),
                failedListings: n(sale.failed(now)),
                isWrittenOff: sale.written_off,
            };
            assert_eq!(format!("{told:?}"), format!("{expected:?}"));
            let told = self.s.recoveries_in_pool(*id);
            assert_eq!(told, (n(sale.reopened), n(sale.expired)));
            let proceeds = self.proceeds.get(id).copied().unwrap_or_default();
            assert_eq!(self.s.proceeds_of(*id), U256::from(proceeds));
            let owner = if sale.sold {
                sale.bidder.expect("a winner")
            } else {
                self.s.auction
            };
            assert_eq!(self.s.owner_of(sale.collateral), owner);
        }
        for account in &self.accounts {
            assert_eq!(self.s.refund_of(*account), U256::from(self.refunds[account]));
            assert_eq!(self.s.dollars_of(*account), U256::from(self.balances[account]));
        }
        self.s
            .check_money(&self.loans, &self.accounts, U256::from(self.donated));
    }
}

#[test]
fn whatever_happens_the_money_is_there() {
    let (seed, steps) = (number_from("HISTORY_SEED", SEED), number_from("HISTORY_STEPS", STEPS));
    report(&format!(
        "history of the collateral auction: HISTORY_SEED={seed} HISTORY_STEPS={steps}\n"
    ));
    let mut history = History::new(seed);
    for step in 1..=steps {
        history.step();
        history.check_totals();
        if step % 100 == 0 {
            history.check_everything();
        }
    }
    history.check_everything();
    // In the end everybody has what is his: all refunds out, nothing but running bids and donations here.
    for account in history.accounts.clone() {
        if history.refunds[&account] > 0 {
            let receiver = account;
            history.send(account, &A::withdrawRefundCall { receiver }, &Ok(()), Kind::Withdraw);
            *history.balances.get_mut(&account).expect("an account") += history.refunds[&account];
            history.refunds.insert(account, 0);
        }
    }
    history.check_everything();
    report(&format!("{:?}\n", history.successes));
    if steps >= STEPS {
        for (kind, _) in KINDS {
            let times = history.successes.get(kind).copied().unwrap_or_default();
            assert!(times >= SUCCESSES, "{kind:?} succeeded {times} times");
        }
    }
}
