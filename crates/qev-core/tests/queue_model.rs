//! The queue against a naive one: a list of requests, serviced one by one.

mod support;

use proptest::{prelude::*, test_runner::TestCaseError};
use qev_core::{
    queue::{self, Entry, Head},
    Error,
};
use support::{runner, CountingStorage, Tally};

const WAD: u128 = 1_000_000_000_000_000_000;

#[derive(Clone, Debug)]
enum Operation {
    /// A new request.
    Append { shares: u128 },
    /// Some request leaves.
    Leave { pick: usize },
    /// Some request comes back with this many thousandths of its shares (at least one).
    ComeBack { pick: usize, thousandths: u128 },
    /// So many thousandths of what is eligible are serviced at a price in WAD; above 1,000 it is too much.
    Service { thousandths: u128, price: u128 },
    /// Some request collects.
    Collect { pick: usize },
    /// Time goes on by so many epochs.
    NextEpoch { epochs: u64 },
    /// Places and earnings of all requests are compared.
    Inspect,
}

fn operation() -> impl Strategy<Value = Operation> {
    let shares = prop_oneof![1_u128..20, WAD..1_000_000 * WAD, Just(WAD)];
    let price = prop_oneof![Just(0_u128), Just(WAD), 0..3 * WAD, 1_u128..10];
    let pick = prop_oneof![2 => 0_usize..30, 1 => 0_usize..10_000];
    prop_oneof![
        26 => shares.prop_map(|shares| Operation::Append { shares }),
        16 => pick.clone().prop_map(|pick| Operation::Leave { pick }),
        16 => (pick.clone(), 1_u128..=1_000).prop_map(|(pick, thousandths)| Operation::ComeBack { pick, thousandths }),
        14 => (prop_oneof![3 => 0_u128..150, 1 => 0_u128..1_050], price).prop_map(|(thousandths, price)| Operation::Service { thousandths, price }),
        20 => pick.prop_map(|pick| Operation::Collect { pick }),
        5 => (1_u64..3).prop_map(|epochs| Operation::NextEpoch { epochs }),
        3 => Just(Operation::Inspect),
    ]
}

/// A request as somebody with a sheet of paper would keep it.
struct Request {
    entry: Entry,
    in_queue: bool,
    /// Whether any share was serviced in its present place.
    touched: bool,
    /// Unserviced shares.
    waiting: u128,
    /// The epoch from which it may be serviced.
    eligible_from: u64,
    /// What it was paid and has not collected, as (shares, assets paid, assets and shares of the whole servicing).
    earned: Vec<(u128, u128, u128, u128)>,
}

#[derive(Default)]
struct Model {
    storage: CountingStorage,
    epoch: u64,
    requests: Vec<Request>,
    /// Numbers of requests in the order in which they are serviced; who is away keeps his place.
    line: Vec<usize>,
    reserved: u128,
    collected: u128,
}

impl Model {
    fn waiting(&self, number: usize) -> u128 {
        let request = &self.requests[number];
        if request.in_queue {
            request.waiting
        } else {
            0
        }
    }

    fn pending(&self) -> u128 {
        self.line.iter().map(|&number| self.waiting(number)).sum()
    }

    fn eligible(&self) -> u128 {
        let is_eligible = |number: &&usize| self.requests[**number].eligible_from <= self.epoch;
        self.line
            .iter()
            .filter(is_eligible)
            .map(|&number| self.waiting(number))
            .sum()
    }

    fn place(&self, number: usize) -> usize {
        self.line.iter().position(|&other| other == number).unwrap()
    }

    /// Some request that is in the queue, or one that is not, counted from the newest.
    fn pick(&self, pick: usize, in_queue: bool) -> Option<usize> {
        let candidates = || {
            (0..self.requests.len())
                .rev()
                .filter(|&number| self.requests[number].in_queue == in_queue)
        };
        candidates().nth(pick.checked_rem(candidates().count())?)
    }

    /// Makes the operation on both and says whether it was accepted; fails where they differ.
    fn make(&mut self, operation: &Operation) -> Result<(&'static str, bool), TestCaseError> {
        match *operation {
            Operation::Append { shares } => {
                let entry = queue::append(&mut self.storage, self.epoch, shares).unwrap();
                self.line.push(self.requests.len());
                self.requests.push(Request {
                    entry,
                    in_queue: true,
                    touched: false,
                    waiting: shares,
                    eligible_from: self.epoch + 1,
                    earned: Vec::new(),
                });
                Ok(("append", true))
            }
            Operation::Leave { pick } => {
                let Some(number) = self.pick(pick, true) else {
                    return Ok(("leave", false));
                };
                let request = &mut self.requests[number];
                let left = queue::leave(&mut self.storage, self.epoch, request.entry);
                if request.touched {
                    prop_assert_eq!(
                        left,
                        Err(Error::AlreadyServiced {
                            slot: request.entry.slot
                        })
                    );
                } else {
                    prop_assert_eq!(left, Ok(()));
                    request.in_queue = false;
                }
                Ok(("leave", left.is_ok()))
            }
            Operation::ComeBack { pick, thousandths } => {
                let Some(number) = self.pick(pick, false) else {
                    return Ok(("come back to the place", false));
                };
                self.come_back(number, thousandths)
            }
            Operation::Service { thousandths, price } => self.service(thousandths, price),
            Operation::Collect { pick } => {
                let Some(number) = self.pick(pick, true) else {
                    return Ok(("collect", false));
                };
                let paid = self.collect(number)?;
                Ok(("collect", paid > 0))
            }
            Operation::NextEpoch { epochs } => {
                self.epoch += epochs;
                Ok(("next epoch", true))
            }
            Operation::Inspect => {
                self.inspect()?;
                Ok(("inspect", true))
            }
        }
    }

    fn come_back(&mut self, number: usize, thousandths: u128) -> Result<(&'static str, bool), TestCaseError> {
        let place = self.place(number);
        let slot = self.requests[number].entry.slot;
        let shares = (self.requests[number].waiting * thousandths / 1_000).max(1);
        let entry = queue::come_back(&mut self.storage, self.epoch, slot, shares).unwrap();
        let place_is_free = self.line[place..].iter().all(|&behind| !self.requests[behind].touched);
        prop_assert_eq!(entry.slot == slot, place_is_free);
        if !place_is_free {
            let behind_this_epoch = self.requests.iter().any(|other| other.eligible_from > self.epoch);
            self.line.remove(place);
            self.line.push(number);
            self.requests[number].eligible_from = self.epoch + u64::from(behind_this_epoch);
        }
        let request = &mut self.requests[number];
        request.entry = entry;
        request.in_queue = true;
        request.waiting = shares;
        Ok((
            if place_is_free {
                "come back to the place"
            } else {
                "come back to the tail"
            },
            true,
        ))
    }

    fn service(&mut self, thousandths: u128, price: u128) -> Result<(&'static str, bool), TestCaseError> {
        let eligible = self.eligible();
        prop_assert_eq!(queue::eligible(&self.storage, self.epoch), Ok(eligible));
        let shares = eligible / 1_000 * thousandths + eligible % 1_000 * thousandths / 1_000;
        let assets = mul_div(shares, price, WAD);
        let serviced = queue::service(&mut self.storage, self.epoch, shares, assets);
        if shares > eligible {
            prop_assert_eq!(serviced, Err(Error::NotEligible));
            return Ok(("service", false));
        }
        if shares == 0 {
            prop_assert_eq!(serviced, Err(Error::ZeroShares));
            return Ok(("service", false));
        }
        self.reserved += assets;
        let mut done = 0;
        for &number in &self.line {
            let request = &mut self.requests[number];
            if !request.in_queue || request.eligible_from > self.epoch || request.waiting == 0 {
                continue;
            }
            let taken = request.waiting.min(shares - done);
            if taken == 0 {
                break;
            }
            let paid = mul_div(done + taken, assets, shares) - mul_div(done, assets, shares);
            done += taken;
            request.waiting -= taken;
            request.touched = true;
            request.earned.push((taken, paid, assets, shares));
        }
        prop_assert_eq!(done, shares);
        let serviced = serviced.unwrap();
        prop_assert_eq!(serviced.checkpoint.cumulative_assets, self.reserved);
        prop_assert_eq!(serviced.pending, self.pending());
        Ok(("service", true))
    }

    fn collect(&mut self, number: usize) -> Result<u128, TestCaseError> {
        let request = &mut self.requests[number];
        let collected = queue::collect(&self.storage, request.entry).unwrap();
        prop_assert_eq!(collected.shares, request.earned.iter().map(|part| part.0).sum::<u128>());
        prop_assert_eq!(collected.assets, request.earned.iter().map(|part| part.1).sum::<u128>());
        prop_assert_eq!(collected.rest.shares, request.waiting);
        // Each part is paid the price of its servicing, and all of them together within one unit of the exact sum.
        let floor: u128 = request
            .earned
            .iter()
            .map(|&(taken, _, assets, of)| mul_div(taken, assets, of))
            .sum();
        prop_assert!(floor <= collected.assets);
        prop_assert!(collected.assets <= floor + request.earned.len() as u128);
        request.entry = collected.rest;
        request.earned.clear();
        self.collected += collected.assets;
        Ok(collected.shares)
    }

    fn inspect(&self) -> Result<(), TestCaseError> {
        let mut ahead = 0;
        for &number in &self.line {
            let request = &self.requests[number];
            if request.in_queue {
                if request.waiting > 0 {
                    prop_assert_eq!(queue::shares_ahead(&self.storage, request.entry), Ok(ahead));
                }
                let earned: u128 = request.earned.iter().map(|part| part.0).sum();
                prop_assert_eq!(queue::serviced(&self.storage, request.entry), Ok(earned));
            }
            ahead += self.waiting(number);
        }
        Ok(())
    }

    fn check(&self) -> Result<(), TestCaseError> {
        let head = Head::load(&self.storage);
        prop_assert_eq!(head.pending(), self.pending());
        prop_assert_eq!(queue::eligible(&self.storage, self.epoch), Ok(self.eligible()));
        prop_assert!(head.watermark <= head.total - head.epoch_shares);
        prop_assert!(self.collected <= self.reserved);
        Ok(())
    }
}

/// ⌊a · b / c⌋ over a wide product, by an implementation that is not the crate's.
fn mul_div(a: u128, b: u128, c: u128) -> u128 {
    use num_bigint::BigUint;
    (BigUint::from(a) * BigUint::from(b) / BigUint::from(c))
        .try_into()
        .unwrap()
}

/// Whoever is in the queue collects, last first: nothing of the reserve is left, and nothing is missing.
fn conclude(model: &mut Model) -> Result<(), TestCaseError> {
    model.inspect()?;
    for number in (0..model.requests.len()).rev() {
        if model.requests[number].in_queue {
            model.collect(number)?;
        }
    }
    prop_assert_eq!(model.collected, model.reserved);
    Ok(())
}

#[test]
fn the_queue_does_what_a_list_serviced_one_by_one_does() {
    let tally = Tally::default();
    let histories = prop::collection::vec(operation(), 300..700);
    runner("queue", 240, 7)
        .run(&histories, |operations| {
            let mut model = Model::default();
            for operation in &operations {
                let (name, accepted) = model.make(operation)?;
                tally.count(name, accepted);
                model.check()?;
            }
            conclude(&mut model)
        })
        .unwrap();
    tally.conclude(100_000, 1_000);
}

#[test]
fn a_long_queue_does_too() {
    let tally = Tally::default();
    let history = prop::collection::vec(operation(), 8_000);
    runner("long queue", 1, 8)
        .run(&history, |operations| {
            let mut model = Model::default();
            for (number, operation) in operations.iter().enumerate() {
                let (name, accepted) = model.make(operation)?;
                tally.count(name, accepted);
                if number % 50 == 0 {
                    model.check()?;
                }
            }
            conclude(&mut model)
        })
        .unwrap();
    tally.conclude(8_000, 20);
}
