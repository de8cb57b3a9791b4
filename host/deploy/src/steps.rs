//! What a deployment does, step by step, and how the chain tells that a step is done. A step is a transaction; nothing is
//! remembered of it but what the chain shows, so a run goes on wherever another has stopped.

use alloy_primitives::aliases::U24;
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolCall, SolValue};
use anyhow::Result;
use client::bindings::{
    IArbWasmCache, ICaliber, IERC20, ILoanPool, IQevAuction, IStakedUSDai, ISwapAdapter, ITestToken, IUSDai, IWrappedM,
};
use client::deployment::names;
use client::role_id;
use client::stylus::ARB_WASM_CACHE;

use crate::blueprint::{Blueprint, WM};
use crate::config::{ADMIN, Externals, Role, Settings, Token};
use crate::node::{Node, Request};

/// How the chain tells whether a step is done.
#[derive(Clone, Debug)]
pub enum Check {
    /// There is code; with this hash, where one is given.
    Code(Address, Option<B256>),
    /// A view answers just this.
    Answers {
        /// Whom to ask.
        to: Address,
        /// The view, for people.
        view: &'static str,
        /// The calldata.
        ask: Bytes,
        /// The answer once the step is done.
        want: Bytes,
        /// The answer before; `None` where anything may stand that the step changes.
        unset: Option<Bytes>,
    },
    /// A view answers at least this.
    AtLeast {
        /// Whom to ask.
        to: Address,
        /// The calldata.
        ask: Bytes,
        /// The number.
        least: U256,
    },
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing is left to do.
    Done,
    /// The step is to be taken.
    Missing,
    /// Something else stands there, which the step must not or cannot change.
    Foreign(String),
}

impl Check {
    fn answers<C: SolCall>(to: Address, call: &C, want: Vec<u8>, unset: Option<Vec<u8>>) -> Self {
        Self::Answers {
            to,
            view: C::SIGNATURE,
            ask: call.abi_encode().into(),
            want: want.into(),
            unset: unset.map(Into::into),
        }
    }

    pub(crate) fn at_least(to: Address, call: &impl SolCall, least: U256) -> Self {
        Self::AtLeast {
            to,
            ask: call.abi_encode().into(),
            least,
        }
    }

    async fn look(&self, node: &Node) -> Result<Found> {
        Ok(match self {
            Self::Code(address, wanted) => match (node.code_hash(*address).await?, wanted) {
                (None, _) => Found::Missing,
                (Some(hash), Some(wanted)) if hash != *wanted => Found::Foreign(format!(
                    "the code at {address} has the hash {hash}; that of what was built is {wanted}"
                )),
                _ => Found::Done,
            },
            Self::Answers {
                to,
                view,
                ask,
                want,
                unset,
            } => {
                let answer = node.ask(*to, ask.clone()).await?;
                if answer == *want {
                    Found::Done
                } else if answer.is_empty() || unset.as_ref().is_none_or(|unset| answer == *unset) {
                    Found::Missing
                } else {
                    Found::Foreign(format!(
                        "{view} of {to} answers {}; it must be {}",
                        show_words(&answer),
                        show_words(want)
                    ))
                }
            }
            Self::AtLeast { to, ask, least } => {
                let answer = node.ask(*to, ask.clone()).await?;
                match answer.first_chunk::<32>() {
                    Some(word) if U256::from_be_bytes(*word) >= *least => Found::Done,
                    _ => Found::Missing,
                }
            }
        })
    }
}

/// What a step sends.
#[derive(Clone, Debug)]
pub enum Action {
    /// This.
    Send(Request),
    /// The program with this number in the blueprint.
    Deploy(usize),
    /// A bid for a place in the cache, at the least price that the manager takes.
    Bid {
        /// CacheManager.
        manager: Address,
        /// Whose code is cached.
        program: Address,
        /// The most that is paid, in wei.
        most: U256,
    },
}

/// Where in the deployment a step belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Test doubles.
    Fixtures,
    /// Contracts, their links, first deposits, roles.
    Setup,
    /// The deployer gives up his own role.
    Handover,
}

/// One transaction.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it does.
    pub title: String,
    /// Where it belongs.
    pub stage: Stage,
    /// What it sends.
    pub action: Action,
    /// The step is done when one of these says so.
    pub checks: Vec<Check>,
    /// Before this is done, only the first of the checks counts: the others would be content with what an earlier step has
    /// left for something else.
    pub after: Option<Check>,
    /// The contract whose admin must send it.
    pub admin_of: Option<Address>,
    /// Gas that is allowed for it in a plan as long as it cannot be estimated.
    pub allowance: u64,
    /// Units of wM that it takes from the deployer.
    pub wm: U256,
}

impl Step {
    /// Whether it is done.
    ///
    /// # Errors
    ///
    /// Of the node.
    pub async fn look(&self, node: &Node) -> Result<Found> {
        let mut found = Found::Missing;
        for (index, check) in self.checks.iter().enumerate() {
            if let (1, Some(after)) = (index, &self.after)
                && after.look(node).await? != Found::Done
            {
                break;
            }
            match check.look(node).await? {
                Found::Done => return Ok(Found::Done),
                Found::Missing => {}
                foreign @ Found::Foreign(_) => found = foreign,
            }
        }
        Ok(found)
    }
}

/// Gas of a step that sets or gives something, from measurements with room to spare.
const SETTING: u64 = 120_000;
/// Gas of a constructor.
pub(crate) const CONSTRUCTOR: u64 = 400_000;
/// Gas of a transfer or approval of a token.
pub(crate) const TRANSFER: u64 = 100_000;
/// Gas of a deposit.
const DEPOSIT: u64 = 350_000;
/// Gas of a place in the cache, bought or not.
const CACHING: u64 = 300_000;

/// Collects steps.
pub(crate) struct Steps {
    pub(crate) list: Vec<Step>,
    stage: Stage,
    deployer: Address,
}

impl Steps {
    pub(crate) fn new(stage: Stage, deployer: Address) -> Self {
        Self {
            list: Vec::new(),
            stage,
            deployer,
        }
    }

    pub(crate) fn add(&mut self, title: impl Into<String>, request: Request, checks: Vec<Check>, allowance: u64) {
        self.list.push(Step {
            title: title.into(),
            stage: self.stage,
            action: Action::Send(request),
            checks,
            after: None,
            admin_of: None,
            allowance,
            wm: U256::ZERO,
        });
    }

    fn set(&mut self, title: impl Into<String>, to: Address, call: &impl SolCall, check: Check) {
        self.add(title, Request::call(to, call), vec![check], SETTING);
        if let Some(step) = self.list.last_mut() {
            step.admin_of = Some(to);
        }
    }

    pub(crate) fn allow(
        &mut self,
        title: String,
        token: Address,
        spender: Address,
        value: U256,
        mut checks: Vec<Check>,
    ) {
        let allowance = IERC20::allowanceCall {
            owner: self.deployer,
            spender,
        };
        checks.push(Check::at_least(token, &allowance, value));
        let approve = IERC20::approveCall { spender, value };
        self.add(title, Request::call(token, &approve), checks, TRANSFER);
    }
}

/// All steps of a deployment over contracts of others that are there, or whose steps come before these.
///
/// # Errors
///
/// When a contract is not known.
pub fn steps(
    settings: &Settings,
    blueprint: &Blueprint,
    deployer: Address,
    tokens: &[(String, Token)],
) -> Result<Vec<Step>> {
    let mut steps = Steps::new(Stage::Setup, deployer);
    for (index, program) in blueprint.programs.iter().enumerate() {
        steps.list.push(Step {
            title: format!("deploy {} to {}", program.name, program.address),
            stage: Stage::Setup,
            action: Action::Deploy(index),
            checks: vec![Check::Code(program.address, Some(program.code.hash))],
            after: None,
            admin_of: None,
            allowance: CONSTRUCTOR,
            wm: U256::ZERO,
        });
    }
    links(&mut steps, blueprint, tokens)?;
    first_deposits(&mut steps, settings, blueprint)?;
    if settings.whitelist_required {
        let usdai = blueprint.places.at(names::USDAI)?;
        let set = IUSDai::setWhitelistRequiredCall { required: true };
        let check = Check::answers(usdai, &IUSDai::whitelistRequiredCall {}, yes(), Some(no()));
        steps.set("let only whitelisted accounts mint USDai", usdai, &set, check);
    }
    caching(&mut steps, settings, blueprint);
    for role in all_roles(settings, blueprint)? {
        let contract = blueprint.places.at(role.contract)?;
        for account in role.holders {
            let id = role_id(role.role);
            let grant = IUSDai::grantRoleCall { role: id, account };
            let check = Check::answers(contract, &IUSDai::hasRoleCall { role: id, account }, yes(), Some(no()));
            steps.set(
                format!("give {} of {} to {account}", role.role, role.contract),
                contract,
                &grant,
                check,
            );
        }
    }
    steps.stage = Stage::Handover;
    for contract in crate::config::CONTRACTS_WITH_ROLES {
        let at = blueprint.places.at(contract)?;
        let (role, account) = (role_id(ADMIN), deployer);
        let renounce = IUSDai::renounceRoleCall {
            role,
            callerConfirmation: account,
        };
        let check = Check::answers(at, &IUSDai::hasRoleCall { role, account }, no(), Some(yes()));
        steps.add(
            format!("give up {ADMIN} of {contract}"),
            Request::call(at, &renounce),
            vec![check],
            SETTING,
        );
    }
    Ok(steps.list)
}

/// The configuration's roles, and the vault's: it harvests the yield of USDai's reserves.
///
/// # Errors
///
/// When there is no vault.
pub fn all_roles(settings: &Settings, blueprint: &Blueprint) -> Result<Vec<Role>> {
    let vault = blueprint.places.at(names::VAULT)?;
    Ok(with_vault(settings, vault))
}

/// As [`all_roles`], for a vault that is known.
pub fn with_vault(settings: &Settings, vault: Address) -> Vec<Role> {
    let mut roles = settings.roles.clone();
    for role in &mut roles {
        if role.contract == names::USDAI && role.role == "YIELD_ROLE" {
            role.holders.insert(vault);
        }
    }
    roles
}

fn links(steps: &mut Steps, blueprint: &Blueprint, tokens: &[(String, Token)]) -> Result<()> {
    let at = |name: &str| blueprint.places.at(name);
    let (usdai, adapter) = (at(names::USDAI)?, at(names::SWAP_ADAPTER)?);
    for (name, token) in tokens {
        let fee_tier = U24::from(token.fee_tier);
        let set = ISwapAdapter::setTokenCall {
            token: token.address,
            whitelisted: true,
            feeTier: fee_tier,
        };
        let asked = ISwapAdapter::feeTierCall { token: token.address };
        let check = Check::answers(adapter, &asked, U256::from(token.fee_tier).abi_encode(), Some(no()));
        steps.set(format!("let the swap adapter take {name}"), adapter, &set, check);
    }
    let link = |to: Address| (to.abi_encode(), Some(Address::ZERO.abi_encode()));

    let (want, unset) = link(adapter);
    let check = Check::answers(usdai, &IUSDai::swapAdapterCall {}, want, unset);
    let set = IUSDai::setSwapAdapterCall { adapter };
    steps.set("link the swap adapter into USDai", usdai, &set, check);

    let (auction, vault) = (at(names::AUCTION)?, at(names::VAULT)?);
    let (want, unset) = link(vault);
    let check = Check::answers(auction, &IQevAuction::vaultCall {}, want, unset);
    let set = IQevAuction::setVaultCall { vault };
    steps.set("link the vault into its auction", auction, &set, check);

    let (caliber, pool, sale) = (at(names::CALIBER)?, at(names::POOL)?, at(names::COLLATERAL_AUCTION)?);
    let check = Check::answers(
        caliber,
        &ICaliber::custodiansCall {},
        (pool, sale).abi_encode_params(),
        Some((Address::ZERO, Address::ZERO).abi_encode_params()),
    );
    let set = ICaliber::setCustodiansCall {
        loanPool: pool,
        collateralAuction: sale,
    };
    steps.set("link the loan pool and its auction into CALIBER", caliber, &set, check);

    let (want, unset) = link(sale);
    let check = Check::answers(pool, &ILoanPool::collateralAuctionCall {}, want, unset);
    let set = ILoanPool::setCollateralAuctionCall { auction: sale };
    steps.set("link the auction of collateral into the loan pool", pool, &set, check);

    let (want, unset) = link(pool);
    let check = Check::answers(vault, &IStakedUSDai::loanPoolCall {}, want, unset);
    let set = IStakedUSDai::setLoanPoolCall { loanPool: pool };
    steps.set("link the loan pool into the vault", vault, &set, check);
    Ok(())
}

/// Every deposit is a group of its own, so that whoever deposits before us spares us just that one.
fn first_deposits(steps: &mut Steps, settings: &Settings, blueprint: &Blueprint) -> Result<()> {
    let at = |name: &str| blueprint.places.at(name);
    let (usdai, wm, vault, pool) = (at(names::USDAI)?, at(WM)?, at(names::VAULT)?, at(names::POOL)?);
    if settings.start_earning {
        let account = usdai;
        let start = IWrappedM::startEarningForCall { account };
        let check = Check::answers(wm, &IWrappedM::isEarningCall { account }, yes(), None);
        let request = Request::call(wm, &start);
        steps.add("make USDai an earner of wM", request, vec![check], SETTING);
    }
    let deposits = &settings.first_deposits;
    let receiver = deposits.receiver;
    let (units, to_18) = (U256::from(1), U256::from(1_000_000_000_000_u64));

    let assets = deposits.vault * to_18;
    let deposit = IStakedUSDai::deposit_0Call {
        amount: assets,
        receiver,
    };
    let done = Check::at_least(vault, &IStakedUSDai::totalSupplyCall {}, units);
    let group = Deposit {
        into: "the vault".into(),
        spender: vault,
        request: Request::call(vault, &deposit),
        wm: deposits.vault,
        done,
    };
    let mut earlier = group.steps(steps, settings, usdai, wm, None);

    for (index, amount) in deposits.tranches.iter().enumerate() {
        let tranche = U256::from(index);
        let deposit = ILoanPool::deposit_0Call {
            tranche,
            assets: *amount * to_18,
            receiver,
        };
        let group = Deposit {
            into: format!("tranche {index}"),
            spender: pool,
            request: Request::call(pool, &deposit),
            wm: *amount,
            done: Check::at_least(pool, &ILoanPool::totalSupplyCall { id: tranche }, units),
        };
        earlier = group.steps(steps, settings, usdai, wm, Some(&earlier));
    }
    Ok(())
}

/// A first deposit: wM becomes USDai, and USDai shares.
struct Deposit {
    into: String,
    spender: Address,
    request: Request,
    /// Units of wM.
    wm: U256,
    done: Check,
}

impl Deposit {
    /// Adds the steps, which come after `earlier`; what tells that the deposit was made.
    fn steps(
        self,
        steps: &mut Steps,
        settings: &Settings,
        usdai: Address,
        wm: Address,
        earlier: Option<&Check>,
    ) -> Check {
        let begin = steps.list.len();
        let Self {
            into,
            spender,
            request,
            wm: amount,
            done,
        } = self;
        let assets = amount * U256::from(1_000_000_000_000_u64);
        let account = steps.deployer;
        let balance = IERC20::balanceOfCall { account };
        let minted = Check::at_least(usdai, &balance, assets);
        if matches!(settings.externals, Externals::Fixtures { .. }) {
            let mint = ITestToken::mintCall { to: account, amount };
            let held = Check::at_least(wm, &balance, amount);
            steps.add(
                format!("mint test wM for the first deposit into {into}"),
                Request::call(wm, &mint),
                vec![done.clone(), minted.clone(), held],
                TRANSFER,
            );
        }
        let title = format!("approve wM for the first deposit into {into}");
        steps.allow(title, wm, usdai, amount, vec![done.clone(), minted.clone()]);
        let mint = IUSDai::deposit_0Call {
            depositToken: wm,
            depositAmount: amount,
            usdaiAmountMinimum: assets,
            recipient: account,
        };
        steps.add(
            format!("mint USDai for the first deposit into {into}"),
            Request::call(usdai, &mint),
            vec![done.clone(), minted],
            DEPOSIT,
        );
        if let Some(step) = steps.list.last_mut() {
            step.wm = amount;
        }
        let title = format!("approve USDai for the first deposit into {into}");
        steps.allow(title, usdai, spender, assets, vec![done.clone()]);
        steps.add(
            format!("make the first deposit into {into}"),
            request,
            vec![done.clone()],
            DEPOSIT,
        );
        for step in steps.list.iter_mut().skip(begin) {
            step.after = earlier.cloned();
        }
        done
    }
}

fn caching(steps: &mut Steps, settings: &Settings, blueprint: &Blueprint) {
    let Some(caching) = settings.caching else { return };
    for program in &blueprint.programs {
        let codehash = program.code.hash;
        let asked = IArbWasmCache::codehashIsCachedCall { codehash };
        let check = Check::answers(ARB_WASM_CACHE, &asked, yes(), None);
        let title = format!("cache {}", program.name);
        let call = IArbWasmCache::cacheProgramCall {
            program: program.address,
        };
        steps.add(title, Request::call(ARB_WASM_CACHE, &call), vec![check], CACHING);
        if let (Some(manager), Some(step)) = (caching.manager, steps.list.last_mut()) {
            step.action = Action::Bid {
                manager,
                program: program.address,
                most: caching.max_bid,
            };
        }
    }
}

fn yes() -> Vec<u8> {
    U256::from(1).abi_encode()
}

/// Zero: of any type.
fn no() -> Vec<u8> {
    U256::ZERO.abi_encode()
}

/// Words of an answer as people read them: addresses as addresses, the rest as numbers.
fn show_words(answer: &[u8]) -> String {
    let show = |word: &[u8]| {
        let number = U256::from_be_slice(word);
        if number.bit_len() > 64 && number.bit_len() <= 160 {
            Address::from_word(B256::from(number)).to_string()
        } else {
            number.to_string()
        }
    };
    answer.chunks(32).map(show).collect::<Vec<_>>().join(", ")
}
