//! Random histories of titles beside a model that keeps everything in maps: the same refusals to the byte, the same
//! state after every step.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, U256};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use suite::Transact;
use suite::bindings::ICaliber::{self, Custody};
use suite_tests::n;

use crate::model::{KINDS, Model, Operation, Title};
use crate::world::{World, absent};

/// Units that there are.
const UNITS: u64 = 300;

#[expect(clippy::too_many_lines, reason = "a table of all calls")]
fn some_operation(model: &Model, w: &World, random: &mut StdRng) -> (Address, Operation) {
    let actors = w.actors;
    let accounts = [actors.owner, actors.buyer, actors.stranger, w.pool, w.auction];
    let bailees = [actors.bailee, actors.stranger];
    // Mostly titles that exist, and of these the new ones rather than the many that are lost.
    let known: Vec<u64> = model.titles.keys().rev().take(8).copied().collect();
    let id = match known.choose(random) {
        Some(id) if random.random_range(0..20) > 0 => *id,
        _ => random.random_range(0..model.minted + 2),
    };
    let kind = random.random_range(0..26);
    // Few titles' goods are held, fewer can be requested, and still fewer are: for these are the ends of all that.
    let with = |wanted: &dyn Fn(&Title) -> bool| -> Vec<u64> {
        let titles = model.titles.iter().filter(|(_, title)| wanted(title));
        titles.map(|(id, _)| *id).collect()
    };
    let candidates = match kind {
        6 => with(&|title| title.custody == Custody::Held),
        12..=13 => with(&|title| title.custody == Custody::Held && !model.custodians.contains(&title.owner)),
        14..=17 => with(&|title| title.is_requested),
        _ => Vec::new(),
    };
    let id = candidates.choose(random).copied().unwrap_or(id);
    let title = model.titles.get(&id);
    let holder = title.map_or(actors.owner, |title| title.owner);
    let bailee = title.map_or(actors.bailee, |title| title.bailee);
    let account = *accounts.choose(random).expect("some");
    let units: Vec<u64> = (0..random.random_range(0..3))
        .map(|_| random.random_range(0..UNITS))
        .collect();
    let flag = random.random_range(0..4) > 0;
    let (caller, operation) = match kind {
        0..=1 => {
            let bailee = *bailees.choose(random).expect("some");
            (
                actors.agent,
                Operation::Tokenize {
                    owner: account,
                    bailee,
                    serials: units,
                    seal: flag,
                },
            )
        }
        2 => (
            actors.agent,
            Operation::AddUnits {
                id,
                serials: units,
                seal: flag,
            },
        ),
        3..=5 => (bailee, Operation::AttestReceipt { id }),
        6 if random.random_range(0..4) == 0 => (bailee, Operation::AttestLoss { id }),
        6..=7 => (bailee, Operation::Release { id }),
        8..=9 => {
            let value = random.random_range(0..1_000_000);
            let (valid_for, life) = (random.random_range(1..5_000_000), random.random_range(1..50_000_000));
            let bps = random.random_range(0..=10_000);
            (
                actors.appraiser,
                Operation::Appraise {
                    id,
                    value,
                    valid_for,
                    life,
                    bps,
                },
            )
        }
        10..=11 => {
            let (coverage, valid_for) = (random.random_range(0..2_000_000), random.random_range(1..5_000_000));
            (
                actors.insurer,
                Operation::Insure {
                    id,
                    coverage,
                    valid_for,
                },
            )
        }
        12..=13 => (holder, Operation::Request { id }),
        14..=15 => (holder, Operation::Cancel { id }),
        16..=17 => (bailee, Operation::Deliver { id }),
        18 => (holder, Operation::Surrender { id }),
        19 => (
            actors.officer,
            Operation::Freeze {
                id,
                is_frozen: random.random_range(0..3) == 0,
            },
        ),
        20..=22 => {
            // The custodians are contracts that take no title they are asked about, and take themselves what they hold.
            let is_custodian = model.custodians.contains(&account);
            let safe = flag && !is_custodian;
            let caller = if flag && is_custodian { account } else { holder };
            (
                caller,
                Operation::Transfer {
                    from: holder,
                    to: account,
                    id,
                    safe,
                },
            )
        }
        23 => (
            holder,
            Operation::Approve {
                to: if flag { account } else { Address::ZERO },
                id,
            },
        ),
        _ => (
            holder,
            Operation::ApproveAll {
                operator: account,
                approved: !flag,
            },
        ),
    };
    // Now and then somebody else tries.
    if random.random_range(0..8) == 0 {
        return (*accounts.choose(random).expect("some"), operation);
    }
    (caller, operation)
}

fn compare(w: &World, model: &Model, id: u64) {
    let (now, token) = (w.now(), n(id));
    let Some(title) = model.titles.get(&id) else {
        let gone = w
            .chain
            .try_view(Address::ZERO, w.caliber, &ICaliber::ownerOfCall { tokenId: token });
        assert_eq!(gone.err().and_then(|reverted| reverted.as_error()), Some(absent(token)));
        return;
    };
    assert_eq!(w.owner_of(token), title.owner);
    assert_eq!(w.ask(&ICaliber::getApprovedCall { tokenId: token }), title.approved);
    let lot = w.lot(token);
    assert_eq!(
        (
            lot.custody,
            lot.isFrozen,
            lot.isRedemptionRequested,
            lot.units,
            lot.bailee
        ),
        (
            title.custody,
            title.is_frozen,
            title.is_requested,
            n(title.units),
            title.bailee
        ),
        "title {id}"
    );
    assert_eq!(w.value(token), title.value(now), "value of {title:?} at {now}");
    assert_eq!(w.is_eligible(token), title.is_eligible(now), "{title:?} at {now}");
}

fn compare_all(w: &World, model: &Model) {
    for id in 0..=model.minted + 1 {
        compare(w, model, id);
    }
    for unit in 0..UNITS {
        assert_eq!(
            w.lot_of(unit),
            n(model.serials.get(&unit).copied().unwrap_or(0)),
            "unit {unit}"
        );
    }
    assert_eq!(w.ask(&ICaliber::totalSupplyCall {}), n(model.titles.len() as u64));
    let actors = w.actors;
    for owner in [actors.owner, actors.buyer, actors.stranger, w.pool, w.auction] {
        let count = model.titles.values().filter(|title| title.owner == owner).count();
        assert_eq!(w.ask(&ICaliber::balanceOfCall { owner }), n(count as u64));
    }
}

#[test]
fn random_histories_agree_with_the_model() {
    const OPERATIONS: usize = 5_000;
    let seed = 0x7171_E500;
    let mut random = StdRng::seed_from_u64(seed);
    let mut w = World::new();
    for contract in [w.pool, w.auction] {
        w.chain.set_balance(contract, U256::from(10).pow(n(20)));
    }
    let mut model = Model {
        actors: w.actors,
        custodians: [w.pool, w.auction],
        titles: BTreeMap::new(),
        minted: 0,
        serials: BTreeMap::new(),
        operators: BTreeSet::new(),
    };
    let (mut done, mut refused, mut eligible) = ([0; KINDS], 0, 0);
    for step in 0..OPERATIONS {
        let now = w.now() + random.random_range(1..100_000);
        w.next_at(now);
        let (caller, operation) = some_operation(&model, &w, &mut random);
        let expected = model.apply(caller, &operation, now);
        let target = w.caliber;
        let receipt = w
            .chain
            .send_data(caller, target, U256::ZERO, operation.data(now).into());
        let outcome = if receipt.status {
            Ok(())
        } else {
            Err(receipt.output.to_vec())
        };
        assert_eq!(outcome, expected, "seed {seed}, step {step}: {operation:?} of {caller}");
        match outcome {
            Ok(()) => done[operation.kind()] += 1,
            Err(_) => refused += 1,
        }
        if let Some(id) = model.titles.keys().next_back().copied() {
            compare(&w, &model, id);
        }
        eligible += model.titles.values().filter(|title| title.is_eligible(now)).count();
        if step % 100 == 0 {
            compare_all(&w, &model);
        }
    }
    compare_all(&w, &model);
    assert!(done.iter().all(|count| *count >= 20), "seed {seed}: {done:?}");
    assert!(
        refused > OPERATIONS / 20 && eligible > 100,
        "{refused} refused, {eligible} eligible"
    );
}
