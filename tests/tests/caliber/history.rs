//! Random histories of titles beside a model that keeps everything in maps: the same refusals to the byte, the same
//! state after every step.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolCall, SolError};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use suite::Transact;
use suite::bindings::ICaliber::{self, Custody};
use suite_tests::n;

use crate::world::{Actors, DOCUMENT, World, absent, frozen, not_requested, requested, serial, unapproved, wrong};

/// A title as the model knows it.
#[derive(Clone, Debug)]
struct Title {
    owner: Address,
    approved: Address,
    bailee: Address,
    custody: Custody,
    is_frozen: bool,
    is_requested: bool,
    units: u64,
    value: U256,
    appraised_at: u64,
    valid_until: u64,
    useful_life: u64,
    residual_bps: u64,
    coverage: U256,
    insured_until: u64,
}

impl Title {
    fn value(&self, now: u64) -> U256 {
        if self.custody == Custody::Lost || now >= self.valid_until {
            return U256::ZERO;
        }
        let residual = self.value * n(self.residual_bps) / n(10_000);
        let left = self.useful_life.saturating_sub(now - self.appraised_at);
        residual + (self.value - residual) * n(left) / n(self.useful_life)
    }

    fn is_eligible(&self, now: u64) -> bool {
        let free = !self.is_frozen && !self.is_requested;
        let (value, insured) = (self.value(now), now < self.insured_until);
        free && self.custody == Custody::Held && !value.is_zero() && insured && self.coverage >= value
    }
}

/// One call.
#[derive(Clone, Debug)]
enum Operation {
    Tokenize {
        owner: Address,
        bailee: Address,
        serials: Vec<u64>,
        seal: bool,
    },
    AddUnits {
        id: u64,
        serials: Vec<u64>,
        seal: bool,
    },
    AttestReceipt {
        id: u64,
    },
    AttestLoss {
        id: u64,
    },
    Release {
        id: u64,
    },
    Appraise {
        id: u64,
        value: u64,
        valid_for: u64,
        life: u64,
        bps: u16,
    },
    Insure {
        id: u64,
        coverage: u64,
        valid_for: u64,
    },
    Request {
        id: u64,
    },
    Cancel {
        id: u64,
    },
    Deliver {
        id: u64,
    },
    Surrender {
        id: u64,
    },
    Freeze {
        id: u64,
        is_frozen: bool,
    },
    Transfer {
        from: Address,
        to: Address,
        id: u64,
        safe: bool,
    },
    Approve {
        to: Address,
        id: u64,
    },
    ApproveAll {
        operator: Address,
        approved: bool,
    },
}

const KINDS: usize = 15;

impl Operation {
    /// Calldata at `now`.
    fn data(&self, now: u64) -> Vec<u8> {
        let hashes = |numbers: &[u64]| numbers.iter().map(|number| serial(*number)).collect::<Vec<B256>>();
        let (document, report, policy) = (DOCUMENT, DOCUMENT, DOCUMENT);
        match *self {
            Self::Tokenize {
                owner,
                bailee,
                ref serials,
                seal,
            } => ICaliber::tokenizeCall {
                owner,
                model: "NVIDIA B200".into(),
                bailee,
                bailmentAgreement: DOCUMENT,
                uri: String::new(),
                serials: hashes(serials),
                sealLot: seal,
            }
            .abi_encode(),
            Self::AddUnits { id, ref serials, seal } => ICaliber::addUnitsCall {
                tokenId: n(id),
                serials: hashes(serials),
                sealLot: seal,
            }
            .abi_encode(),
            Self::AttestReceipt { id } => ICaliber::attestReceiptCall {
                tokenId: n(id),
                document,
            }
            .abi_encode(),
            Self::AttestLoss { id } => ICaliber::attestLossCall {
                tokenId: n(id),
                document,
            }
            .abi_encode(),
            Self::Release { id } => ICaliber::releaseCall {
                tokenId: n(id),
                document,
            }
            .abi_encode(),
            Self::Appraise {
                id,
                value,
                valid_for,
                life,
                bps,
            } => ICaliber::appraiseCall {
                tokenId: n(id),
                value: n(value),
                validUntil: now + valid_for,
                usefulLife: life,
                residualBps: bps,
                report,
            }
            .abi_encode(),
            Self::Insure {
                id,
                coverage,
                valid_for,
            } => ICaliber::insureCall {
                tokenId: n(id),
                coverage: n(coverage),
                expiry: now + valid_for,
                policy,
            }
            .abi_encode(),
            Self::Request { id } => ICaliber::requestGoodsCall { tokenId: n(id) }.abi_encode(),
            Self::Cancel { id } => ICaliber::cancelGoodsRequestCall { tokenId: n(id) }.abi_encode(),
            Self::Deliver { id } => ICaliber::confirmDeliveryCall {
                tokenId: n(id),
                document,
            }
            .abi_encode(),
            Self::Surrender { id } => ICaliber::surrenderCall { tokenId: n(id) }.abi_encode(),
            Self::Freeze { id, is_frozen } => ICaliber::setFrozenCall {
                tokenId: n(id),
                isFrozen: is_frozen,
            }
            .abi_encode(),
            Self::Transfer {
                from,
                to,
                id,
                safe: false,
            } => ICaliber::transferFromCall {
                from,
                to,
                tokenId: n(id),
            }
            .abi_encode(),
            Self::Transfer {
                from,
                to,
                id,
                safe: true,
            } => ICaliber::safeTransferFrom_0Call {
                from,
                to,
                tokenId: n(id),
            }
            .abi_encode(),
            Self::Approve { to, id } => ICaliber::approveCall { to, tokenId: n(id) }.abi_encode(),
            Self::ApproveAll { operator, approved } => {
                ICaliber::setApprovalForAllCall { operator, approved }.abi_encode()
            }
        }
    }

    fn kind(&self) -> usize {
        match self {
            Self::Tokenize { .. } => 0,
            Self::AddUnits { .. } => 1,
            Self::AttestReceipt { .. } => 2,
            Self::AttestLoss { .. } => 3,
            Self::Release { .. } => 4,
            Self::Appraise { .. } => 5,
            Self::Insure { .. } => 6,
            Self::Request { .. } => 7,
            Self::Cancel { .. } => 8,
            Self::Deliver { .. } => 9,
            Self::Surrender { .. } => 10,
            Self::Freeze { .. } => 11,
            Self::Transfer { .. } => 12,
            Self::Approve { .. } => 13,
            Self::ApproveAll { .. } => 14,
        }
    }
}

/// Everything in maps.
struct Model {
    actors: Actors,
    custodians: [Address; 2],
    titles: BTreeMap<u64, Title>,
    minted: u64,
    /// The title that holds a unit.
    serials: BTreeMap<u64, u64>,
    operators: BTreeSet<(Address, Address)>,
}

/// The error that a call must revert with.
type Refusal = Vec<u8>;

fn refuse<T>(error: impl SolError) -> Result<T, Refusal> {
    Err(error.abi_encode())
}

impl Model {
    fn only(&self, caller: Address, account: Address, role: &str) -> Result<(), Refusal> {
        if caller == account {
            return Ok(());
        }
        refuse(ICaliber::AccessControlUnauthorizedAccount {
            account: caller,
            neededRole: suite::role_id(role),
        })
    }

    fn title(&self, id: u64) -> Result<Title, Refusal> {
        match self.titles.get(&id) {
            Some(title) => Ok(title.clone()),
            None => refuse(absent(n(id))),
        }
    }

    fn holders(&self, caller: Address, id: u64) -> Result<Title, Refusal> {
        let title = self.title(id)?;
        let is_operator = self.operators.contains(&(title.owner, caller));
        if caller == title.owner || caller == title.approved || is_operator {
            Ok(title)
        } else {
            refuse(unapproved(caller, n(id)))
        }
    }

    fn bailees(&self, caller: Address, id: u64) -> Result<Title, Refusal> {
        let title = self.title(id)?;
        if caller == title.bailee {
            Ok(title)
        } else {
            refuse(ICaliber::NotBailee { tokenId: n(id), caller })
        }
    }

    fn not_a_custodians(&self, title: &Title) -> Result<(), Refusal> {
        if self.custodians.contains(&title.owner) {
            return refuse(ICaliber::ERC721InvalidOwner { owner: title.owner });
        }
        Ok(())
    }

    fn put(&mut self, id: u64, mut title: Title, units: &[u64], seal: bool) -> Result<(), Refusal> {
        in_custody(id, &title, &[Custody::Building])?;
        title.units += units.len() as u64;
        if seal && title.units == 0 {
            return refuse(ICaliber::EmptyLot { tokenId: n(id) });
        }
        let mut serials = self.serials.clone();
        for unit in units {
            if let Some(holder) = serials.insert(*unit, id) {
                return refuse(ICaliber::SerialInUse {
                    serial: serial(*unit),
                    tokenId: n(holder),
                });
            }
        }
        self.serials = serials;
        title.custody = if seal { Custody::Sealed } else { Custody::Building };
        self.titles.insert(id, title);
        Ok(())
    }

    fn end(&mut self, id: u64) {
        self.titles.remove(&id);
        self.serials.retain(|_, holder| *holder != id);
    }

    /// What a call of `caller` at `now` does.
    fn apply(&mut self, caller: Address, operation: &Operation, now: u64) -> Result<(), Refusal> {
        let actors = self.actors;
        match *operation {
            Operation::Tokenize {
                owner,
                bailee,
                ref serials,
                seal,
            } => {
                self.only(caller, actors.agent, "TOKENIZING_AGENT_ROLE")?;
                let title = Title {
                    owner,
                    approved: Address::ZERO,
                    bailee,
                    custody: Custody::Building,
                    is_frozen: false,
                    is_requested: false,
                    units: 0,
                    value: U256::ZERO,
                    appraised_at: 0,
                    valid_until: 0,
                    useful_life: 0,
                    residual_bps: 0,
                    coverage: U256::ZERO,
                    insured_until: 0,
                };
                self.put(self.minted + 1, title, serials, seal)?;
                self.minted += 1;
            }
            Operation::AddUnits { id, ref serials, seal } => {
                self.only(caller, actors.agent, "TOKENIZING_AGENT_ROLE")?;
                let title = self.title(id)?;
                self.put(id, title, serials, seal)?;
            }
            Operation::AttestReceipt { id } => self.attest(caller, id, Custody::Sealed, Custody::Held)?,
            Operation::AttestLoss { id } => self.attest(caller, id, Custody::Held, Custody::Lost)?,
            Operation::Release { id } => self.attest(caller, id, Custody::Held, Custody::Sealed)?,
            Operation::Appraise {
                id,
                value,
                valid_for,
                life,
                bps,
            } => {
                self.only(caller, actors.appraiser, "APPRAISER_ROLE")?;
                let title = self.title(id)?;
                in_custody(id, &title, &[Custody::Sealed, Custody::Held])?;
                let appraised = Title {
                    value: n(value),
                    appraised_at: now,
                    valid_until: now + valid_for,
                    useful_life: life,
                    residual_bps: bps.into(),
                    ..title
                };
                self.titles.insert(id, appraised);
            }
            Operation::Insure {
                id,
                coverage,
                valid_for,
            } => {
                self.only(caller, actors.insurer, "INSURER_ROLE")?;
                let title = self.title(id)?;
                in_custody(id, &title, &[Custody::Sealed, Custody::Held])?;
                let insured = Title {
                    coverage: n(coverage),
                    insured_until: now + valid_for,
                    ..title
                };
                self.titles.insert(id, insured);
            }
            Operation::Request { id } => {
                let title = self.holders(caller, id)?;
                self.not_a_custodians(&title)?;
                in_custody(id, &title, &[Custody::Held])?;
                movable(id, &title)?;
                self.titles.insert(
                    id,
                    Title {
                        is_requested: true,
                        ..title
                    },
                );
            }
            Operation::Cancel { id } => {
                let title = self.holders(caller, id)?;
                if !title.is_requested {
                    return refuse(not_requested(n(id)));
                }
                self.titles.insert(
                    id,
                    Title {
                        is_requested: false,
                        ..title
                    },
                );
            }
            Operation::Deliver { id } => {
                let title = self.bailees(caller, id)?;
                in_custody(id, &title, &[Custody::Held])?;
                not_frozen(id, &title)?;
                if !title.is_requested {
                    return refuse(not_requested(n(id)));
                }
                self.end(id);
            }
            Operation::Surrender { id } => {
                let title = self.holders(caller, id)?;
                self.not_a_custodians(&title)?;
                in_custody(id, &title, &[Custody::Building, Custody::Sealed])?;
                not_frozen(id, &title)?;
                self.end(id);
            }
            Operation::Freeze { id, is_frozen } => {
                self.only(caller, actors.officer, "COMPLIANCE_ROLE")?;
                let title = self.title(id)?;
                self.titles.insert(id, Title { is_frozen, ..title });
            }
            Operation::Transfer { from, to, id, .. } => {
                let title = self.holders(caller, id)?;
                if title.owner != from {
                    return refuse(ICaliber::ERC721IncorrectOwner {
                        sender: from,
                        tokenId: n(id),
                        owner: title.owner,
                    });
                }
                if !self.custodians.contains(&from) {
                    movable(id, &title)?;
                }
                self.titles.insert(
                    id,
                    Title {
                        owner: to,
                        approved: Address::ZERO,
                        ..title
                    },
                );
            }
            Operation::Approve { to, id } => {
                let title = self.title(id)?;
                if caller != title.owner && !self.operators.contains(&(title.owner, caller)) {
                    return refuse(ICaliber::ERC721InvalidApprover { approver: caller });
                }
                self.titles.insert(id, Title { approved: to, ..title });
            }
            Operation::ApproveAll {
                operator,
                approved: true,
            } => drop(self.operators.insert((caller, operator))),
            Operation::ApproveAll {
                operator,
                approved: false,
            } => drop(self.operators.remove(&(caller, operator))),
        }
        Ok(())
    }

    fn attest(&mut self, caller: Address, id: u64, from: Custody, to: Custody) -> Result<(), Refusal> {
        let title = self.bailees(caller, id)?;
        in_custody(id, &title, &[from])?;
        self.titles.insert(id, Title { custody: to, ..title });
        Ok(())
    }
}

fn in_custody(id: u64, title: &Title, allowed: &[Custody]) -> Result<(), Refusal> {
    if allowed.contains(&title.custody) {
        Ok(())
    } else {
        refuse(wrong(n(id), title.custody))
    }
}

fn not_frozen(id: u64, title: &Title) -> Result<(), Refusal> {
    if title.is_frozen { refuse(frozen(n(id))) } else { Ok(()) }
}

fn movable(id: u64, title: &Title) -> Result<(), Refusal> {
    not_frozen(id, title)?;
    if title.is_requested {
        refuse(requested(n(id)))
    } else {
        Ok(())
    }
}

/// Units that there are.
const UNITS: u64 = 300;

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
    // Few titles' goods can be requested, and fewer are: for these are the requests and their ends.
    let with = |wanted: &dyn Fn(&Title) -> bool| -> Vec<u64> {
        let titles = model.titles.iter().filter(|(_, title)| wanted(title));
        titles.map(|(id, _)| *id).collect()
    };
    let candidates = match kind {
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
        6 if random.random_range(0..2) == 0 => (bailee, Operation::AttestLoss { id }),
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
            // The custodians are contracts that take no title they are asked about.
            let safe = flag && account != w.pool && account != w.auction;
            (
                holder,
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
