//! Many loans written off, their recoveries expired, reopened and paid in any order, against a naive list of what is waited
//! for. Lenders come in between: none of them ever gets more than he paid, however long he waits, as long as nothing that
//! he did not pay for comes. (But for roundings: what a loan claims is rounded up, what it counted for before is not; and who
//! comes after him leaves the fraction of a share that he does not get.)

mod support;

use loan_core::{
    loan::Slice,
    split::total,
    tranche::{Policy, Tranche},
    waterfall::{Claims, Distribution},
    Accrued, PerTranche, Rate, DAY, MAX_TRANCHES, WAD,
};
use proptest::{prelude::*, test_runner::TestCaseError};
use qev_core::vesting::Vesting;
use support::{runner, Tally};

const NOW: u64 = 1_800_000_000;
const WHOLE: u128 = WAD as u128;
const TRANCHES: usize = 2;

type Result = core::result::Result<(), TestCaseError>;

#[derive(Clone, Copy, Debug)]
struct Step {
    operation: u8,
    choice: u16,
    /// A fraction of 2^16.
    amount: u16,
    seconds: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// In default.
    Open,
    WaitedFor,
    Expired,
    Over,
}

struct Loss {
    slices: [Slice; MAX_TRANCHES],
    stage: Stage,
}

/// A lender of one tranche who has come in between.
struct Latecomer {
    tranche: usize,
    paid: u128,
    shares: u128,
    /// Losses that were expired when he came: for what they bring, or for what others pay for them, he has not paid.
    unpaid: Vec<usize>,
    /// Two wei for each loan that was in default when he came, a share's price for each who came after him.
    rounding: u128,
}

struct Pool {
    now: u64,
    policy: Policy,
    tranches: [Tranche; TRANCHES],
    losses: Vec<Loss>,
    latecomers: Vec<Latecomer>,
}

impl Pool {
    /// Tranches that have lent all but a part of what they hold to loans that are all in default.
    fn new(policy: Policy, principals: &[(u64, u64)], raw: &[u64]) -> Self {
        let rate = Rate::new(1).unwrap();
        let losses: Vec<_> = principals
            .iter()
            .zip(raw)
            .map(|((senior, junior), raw)| {
                let mut slices = [Slice::default(); MAX_TRANCHES];
                for (slice, principal) in slices.iter_mut().zip([*senior, *junior]) {
                    let interest = Accrued::ZERO
                        .after((*raw).try_into().unwrap(), principal % 977)
                        .unwrap();
                    *slice = Slice {
                        principal: u128::from(principal),
                        rate,
                        accrued: interest,
                    };
                }
                Loss {
                    slices,
                    stage: Stage::Open,
                }
            })
            .collect();
        let mut tranches = [Tranche::default(); TRANCHES];
        for (index, tranche) in tranches.iter_mut().enumerate() {
            let sum = |of: &dyn Fn(&Slice) -> u128| losses.iter().map(|loss| of(&loss.slices[index])).sum::<u128>();
            let accrued = losses
                .iter()
                .fold(Accrued::ZERO, |sum, loss| sum.plus(loss.slices[index].accrued).unwrap());
            let principal = sum(&|slice| slice.principal);
            *tranche = Tranche {
                idle: WHOLE / 1_000,
                principal,
                shares: principal + WHOLE,
                accrued,
                accrued_at: NOW,
                ..Tranche::default()
            };
        }
        Self {
            now: NOW,
            policy,
            tranches,
            losses,
            latecomers: Vec::new(),
        }
    }

    fn claims(&self, number: usize) -> PerTranche {
        self.policy.claims(&self.losses[number].slices).unwrap()
    }

    fn optimistic(&self, index: usize) -> u128 {
        self.tranches[index].optimistic_value(self.now, &self.policy).unwrap()
    }

    fn at(&self, stage: Stage) -> Vec<usize> {
        (0..self.losses.len())
            .filter(|number| self.losses[*number].stage == stage)
            .collect()
    }

    fn find(&self, step: &Step, stage: Stage) -> Option<usize> {
        let (first, count) = (usize::from(step.choice), self.losses.len());
        (0..count)
            .map(|number| (first + number) % count)
            .find(|number| self.losses[*number].stage == stage)
    }

    fn enter(&mut self, step: &Step) -> bool {
        let index = usize::from(step.choice) % TRANCHES;
        let assets = WHOLE * u128::from(step.amount) / 64 + 1;
        let tranche = self.tranches[index];
        // As the pool prices a deposit: what has not vested is paid for.
        let priced = Tranche {
            gains: Vesting::default(),
            ..tranche
        };
        let Ok((mut entered, shares)) = priced.deposit(assets, self.now, &self.policy) else {
            return false;
        };
        entered.gains = tranche.gains;
        let price = priced.optimistic_value(self.now, &self.policy).unwrap() / tranche.shares + 1;
        for latecomer in self
            .latecomers
            .iter_mut()
            .filter(|latecomer| latecomer.tranche == index)
        {
            latecomer.rounding += price;
        }
        self.tranches[index] = entered;
        let (unpaid, open) = (self.at(Stage::Expired), self.at(Stage::Open));
        self.latecomers.push(Latecomer {
            tranche: index,
            paid: assets,
            shares,
            unpaid,
            rounding: 2 * open.len() as u128,
        });
        true
    }

    fn write_off(&mut self, number: usize) -> Result {
        let (claims, slices) = (self.claims(number), self.losses[number].slices);
        for index in 0..TRANCHES {
            let before = self.optimistic(index);
            let (closed, _) = self.tranches[index].close(&slices[index], 0, 0, &self.policy).unwrap();
            self.tranches[index] = closed.claim(claims[index]).unwrap();
            // Rounding never lowers the price of deposits, and raises it by two wei at most.
            prop_assert!((before..=before + 2).contains(&self.optimistic(index)));
        }
        self.losses[number].stage = Stage::WaitedFor;
        Ok(())
    }

    fn recover(&mut self, number: usize, proceeds: u128) -> Result {
        let (claims, slices) = (self.claims(number), self.losses[number].slices);
        let owed = Claims {
            principal: slices.map(|slice| slice.principal),
            interest: loan_core::interest::payable(&slices.map(|slice| slice.accrued)).unwrap(),
        };
        let paid = Distribution::new(proceeds, 100, &owed).unwrap();
        for (index, claim) in claims.into_iter().take(TRANCHES).enumerate() {
            let (tranche, before) = (self.tranches[index], self.optimistic(index));
            let (recovered, _) = tranche
                .forgo(claim)
                .and_then(|tranche| {
                    tranche.recover(paid.principal[index], paid.interest[index], self.now, &self.policy)
                })
                .unwrap();
            self.tranches[index] = recovered;
            prop_assert_eq!(self.optimistic(index) + claim, before);
            prop_assert!(recovered.idle - tranche.idle <= claim);
        }
        self.losses[number].stage = Stage::Over;
        Ok(())
    }

    fn count(&mut self, number: usize, counts: bool) {
        let claims = self.claims(number);
        for (tranche, claim) in self.tranches.iter_mut().zip(claims) {
            *tranche = if counts {
                tranche.claim(claim)
            } else {
                tranche.forgo(claim)
            }
            .unwrap();
        }
        self.losses[number].stage = if counts { Stage::WaitedFor } else { Stage::Expired };
        if counts {
            // They have a part in what they have not paid for: the risk that whoever lists again takes.
            self.latecomers.retain(|latecomer| !latecomer.unpaid.contains(&number));
        }
    }

    /// What is waited for is the sum over the list, and no latecomer has more than he paid, now or when all has vested.
    fn check(&self) -> Result {
        let later = self.now + self.policy.vesting_period;
        for index in 0..TRANCHES {
            let waited_for = self.at(Stage::WaitedFor).into_iter();
            let naive: u128 = waited_for.map(|number| self.claims(number)[index]).sum();
            prop_assert_eq!(self.tranches[index].written_off, naive);
        }
        for latecomer in &self.latecomers {
            let tranche = &self.tranches[latecomer.tranche];
            for time in [self.now, later] {
                let value = tranche.conservative_value(time, &self.policy).unwrap();
                let worth = tranche.worth(latecomer.shares, value).unwrap();
                let paid = latecomer.paid + latecomer.rounding;
                prop_assert!(worth <= paid, "{worth} of {paid}");
            }
        }
        Ok(())
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let seconds = prop_oneof![3 => Just(0_u64), 1 => 1..40 * DAY];
    let step = (0_u8..100, any::<u16>(), any::<u16>(), seconds).prop_map(|(operation, choice, amount, seconds)| Step {
        operation,
        choice,
        amount,
        seconds,
    });
    prop::collection::vec(step, 120)
}

#[test]
fn a_recovery_is_never_the_latecomers() {
    let tally = Tally::default();
    let amount = || prop_oneof![1 => Just(0_u64), 1 => 1_u64..100, 4 => any::<u64>()];
    let worlds = (
        prop::collection::vec((amount(), amount()), 20),
        prop::collection::vec(any::<u64>(), 20),
        prop_oneof![Just(0_u16), Just(1_000), 0_u16..=10_000],
        steps(),
    );
    runner("recoveries", 100, 5)
        .run(&worlds, |(principals, raw, interest_fee_bps, steps)| {
            let policy = Policy {
                interest_fee_bps,
                vesting_period: 30 * DAY,
            };
            let mut pool = Pool::new(policy, &principals, &raw);
            for step in &steps {
                pool.now += step.seconds;
                let (name, done) = match step.operation {
                    0..25 => ("deposit", pool.enter(step)),
                    25..50 => {
                        let found = pool.find(step, Stage::Open);
                        if let Some(number) = found {
                            pool.write_off(number)?;
                        }
                        ("write-off", found.is_some())
                    }
                    50..65 => {
                        let found = pool.find(step, Stage::WaitedFor);
                        if let Some(number) = found {
                            pool.count(number, false);
                        }
                        ("expiry", found.is_some())
                    }
                    65..80 => {
                        let found = pool.find(step, Stage::Expired);
                        if let Some(number) = found {
                            pool.count(number, true);
                        }
                        ("reopening", found.is_some())
                    }
                    _ => {
                        let found = pool.find(step, Stage::WaitedFor);
                        if let Some(number) = found {
                            let most = 2 * total(&pool.claims(number)).unwrap() + 1;
                            pool.recover(number, most / (1 << 16) * u128::from(step.amount) + most % 3)?;
                        }
                        ("recovery", found.is_some())
                    }
                };
                tally.count(name, done);
                pool.check()?;
            }
            Ok(())
        })
        .unwrap();
    tally.conclude(10_000, 500);
}
