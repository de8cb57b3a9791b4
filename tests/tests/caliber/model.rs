//! What CALIBER must do, with everything in maps: every call, every refusal.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolCall, SolError};
use suite::bindings::ICaliber::{self, Custody};
use suite_tests::n;

use crate::world::{Actors, DOCUMENT, absent, frozen, not_requested, requested, serial, unapproved, wrong};

/// A title as the model knows it.
#[derive(Clone, Debug)]
pub(crate) struct Title {
    pub(crate) owner: Address,
    pub(crate) approved: Address,
    pub(crate) bailee: Address,
    pub(crate) custody: Custody,
    pub(crate) is_frozen: bool,
    pub(crate) is_requested: bool,
    pub(crate) units: u64,
    pub(crate) value: U256,
    pub(crate) appraised_at: u64,
    pub(crate) valid_until: u64,
    pub(crate) useful_life: u64,
    pub(crate) residual_bps: u64,
    pub(crate) coverage: U256,
    pub(crate) insured_until: u64,
}

impl Title {
    pub(crate) fn value(&self, now: u64) -> U256 {
        if self.custody == Custody::Lost || now >= self.valid_until {
            return U256::ZERO;
        }
        let residual = self.value * n(self.residual_bps) / n(10_000);
        let left = self.useful_life.saturating_sub(now - self.appraised_at);
        residual + (self.value - residual) * n(left) / n(self.useful_life)
    }

    pub(crate) fn is_eligible(&self, now: u64) -> bool {
        let free = !self.is_frozen && !self.is_requested;
        let (value, insured) = (self.value(now), now < self.insured_until);
        free && self.custody == Custody::Held && !value.is_zero() && insured && self.coverage >= value
    }
}

/// One call.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
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

pub(crate) const KINDS: usize = 15;

impl Operation {
    /// Calldata at `now`.
    #[expect(clippy::too_many_lines, reason = "a table of all calls")]
    pub(crate) fn data(&self, now: u64) -> Vec<u8> {
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

    pub(crate) fn kind(&self) -> usize {
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
pub(crate) struct Model {
    pub(crate) actors: Actors,
    pub(crate) custodians: [Address; 2],
    pub(crate) titles: BTreeMap<u64, Title>,
    pub(crate) minted: u64,
    /// The title that holds a unit.
    pub(crate) serials: BTreeMap<u64, u64>,
    pub(crate) operators: BTreeSet<(Address, Address)>,
}

/// The error that a call must revert with.
pub(crate) type Refusal = Vec<u8>;

#[expect(clippy::needless_pass_by_value, reason = "errors are made where they are raised")]
fn refuse<T>(error: impl SolError) -> Result<T, Refusal> {
    Err(error.abi_encode())
}

impl Model {
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

    fn not_to_a_custodian(&self, receiver: Address) -> Result<(), Refusal> {
        if self.custodians.contains(&receiver) {
            return refuse(ICaliber::ERC721InvalidReceiver { receiver });
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
    #[expect(clippy::too_many_lines, reason = "a table of all calls")]
    pub(crate) fn apply(&mut self, caller: Address, operation: &Operation, now: u64) -> Result<(), Refusal> {
        let actors = self.actors;
        match *operation {
            Operation::Tokenize {
                owner,
                bailee,
                ref serials,
                seal,
            } => {
                only(caller, actors.agent, "TOKENIZING_AGENT_ROLE")?;
                self.not_to_a_custodian(owner)?;
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
                only(caller, actors.agent, "TOKENIZING_AGENT_ROLE")?;
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
                only(caller, actors.appraiser, "APPRAISER_ROLE")?;
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
                only(caller, actors.insurer, "INSURER_ROLE")?;
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
                only(caller, actors.officer, "COMPLIANCE_ROLE")?;
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
                    if caller != to {
                        self.not_to_a_custodian(to)?;
                    }
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

fn only(caller: Address, account: Address, role: &str) -> Result<(), Refusal> {
    if caller == account {
        return Ok(());
    }
    refuse(ICaliber::AccessControlUnauthorizedAccount {
        account: caller,
        neededRole: suite::role_id(role),
    })
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
