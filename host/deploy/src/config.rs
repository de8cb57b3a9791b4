//! What is to be deployed: `deployments/<network>.toml`, read strictly. Every figure is checked here, so that a wrong one
//! is told in words before anything is sent; all problems are told at once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use alloy_primitives::{Address, B256, U256, keccak256};
use anyhow::{Context, Result, bail, ensure};
use client::deployment::names;
use serde::Deserialize;

use crate::units::{self, Start};

/// The local chain of `scripts/devnet.sh`: the only one on which test doubles may be deployed and known keys used.
pub const LOCAL_CHAIN: u64 = 412_346;

/// What stands in a configuration where the operator has to decide.
pub const PLACEHOLDER: &str = "fill in";

const DAY: u64 = 86_400;
/// The highest bond that the auction takes, in basis points.
const MAX_BOND_BPS: u16 = 1_000;

/* ------------------------------------------------------------------------------------------------- as it is written */

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    chain_id: u64,
    rpc: String,
    salt: String,
    fixtures: Option<FixturesPart>,
    externals: Option<ExternalsPart>,
    usdai: UsdaiPart,
    susdai: SusdaiPart,
    auction: AuctionPart,
    loan_pool: LoanPoolPart,
    collateral_auction: CollateralAuctionPart,
    first_deposits: FirstDepositsPart,
    caching: CachingPart,
    roles: RolesPart,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FixturesPart {
    wm_yield: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExternalsPart {
    wm: String,
    swap_router: String,
    #[serde(default)]
    tokens: BTreeMap<String, TokenPart>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenPart {
    address: String,
    fee: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UsdaiPart {
    supply_cap: String,
    whitelist_required: bool,
    start_earning: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SusdaiPart {
    base_yield_fee: String,
    fee_recipient: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AuctionPart {
    genesis: String,
    epoch: String,
    bid_phase: String,
    share: String,
    min_discount: String,
    max_discount: String,
    bond: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LoanPoolPart {
    interest_fee: String,
    liquidation_fee: String,
    haircut: String,
    fee_recipient: String,
    tranches: Vec<TranchePart>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TranchePart {
    advance: String,
    rate: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CollateralAuctionPart {
    duration: String,
    extension: String,
    min_increment: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FirstDepositsPart {
    receiver: String,
    susdai: String,
    #[serde(default)]
    tranches: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CachingPart {
    enabled: bool,
    manager: Option<String>,
    max_bid: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RolesPart {
    default_admin: Vec<String>,
    usdai: UsdaiRoles,
    susdai: SusdaiRoles,
    loan_pool: LoanPoolRoles,
    caliber: CaliberRoles,
    collateral_auction: CollateralAuctionRoles,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UsdaiRoles {
    pause_admin: Vec<String>,
    bridge_admin: Vec<String>,
    deposit_admin: Vec<String>,
    whitelist_admin: Vec<String>,
    #[serde(rename = "yield")]
    yield_: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_field_names,
    reason = "the keys of the file, which are the names of the roles"
)]
struct SusdaiRoles {
    strategy_admin: Vec<String>,
    pause_admin: Vec<String>,
    blacklist_admin: Vec<String>,
    bridge_admin: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LoanPoolRoles {
    underwriter: Vec<String>,
    risk_admin: Vec<String>,
    pause_admin: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaliberRoles {
    tokenizing_agent: Vec<String>,
    appraiser: Vec<String>,
    insurer: Vec<String>,
    compliance: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CollateralAuctionRoles {
    risk_admin: Vec<String>,
}

/* ------------------------------------------------------------------------------------------------------ as it is meant */

/// A configuration that makes sense.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The network's name: that of the file.
    pub network: String,
    /// EIP-155 id.
    pub chain_id: u64,
    /// Where the chain is reached if nothing else is said.
    pub rpc: String,
    /// What the addresses depend on beside code and arguments.
    pub salt: B256,
    /// Tokens and Uniswap.
    pub externals: Externals,
    /// The cap on USDai, 18 decimals.
    pub supply_cap: U256,
    /// Whether only whitelisted accounts may mint USDai.
    pub whitelist_required: bool,
    /// Whether the deployment makes USDai an earner of wM.
    pub start_earning: bool,
    /// The fee on base yield in basis points.
    pub base_yield_fee: u16,
    /// Who receives it.
    pub vault_fee_recipient: Address,
    /// The terms of the auction.
    pub auction: AuctionTerms,
    /// The terms of the loan pool.
    pub pool: PoolTerms,
    /// The terms of the auction of collateral.
    pub collateral_auction: SaleTerms,
    /// What is deposited first.
    pub first_deposits: FirstDeposits,
    /// The cache of programs.
    pub caching: Option<Caching>,
    /// Every role of every contract, and who holds it. The vault's own role is not among them.
    pub roles: Vec<Role>,
}

/// Contracts of others.
#[derive(Clone, Debug)]
pub enum Externals {
    /// Test doubles, which the deployment makes first; wM earns so many basis points a year.
    Fixtures {
        /// What wM earns.
        wm_yield: u16,
    },
    /// Those that are there.
    There {
        /// Wrapped M.
        wm: Address,
        /// Uniswap's SwapRouter02.
        swap_router: Address,
        /// Tokens that USDai takes beside wM, by name.
        tokens: BTreeMap<String, Token>,
    },
}

/// A token that USDai takes beside wM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Where it is.
    pub address: Address,
    /// The fee tier of its pool with wM, in hundredths of a basis point.
    pub fee_tier: u32,
}

/// The terms of the auction; shares in basis points, lengths in seconds.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the names of the constructor's arguments")]
pub struct AuctionTerms {
    pub genesis: Start,
    pub epoch_length: u64,
    pub bid_length: u64,
    pub share_bps: u16,
    pub min_discount_bps: u16,
    pub max_discount_bps: u16,
    pub bond_bps: u16,
}

/// The terms of the loan pool; shares in basis points, rates in WAD per second, zero where there is no tranche.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the names of the constructor's arguments")]
pub struct PoolTerms {
    pub fee_recipient: Address,
    pub interest_fee_bps: u16,
    pub liquidation_fee_bps: u16,
    pub haircut_bps: u16,
    pub advance_bps: [u16; 4],
    pub rates: [u64; 4],
    /// How many tranches there are.
    pub tranches: usize,
}

/// The terms of the auction of collateral, in seconds and basis points.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the names of the constructor's arguments")]
pub struct SaleTerms {
    pub duration: u64,
    pub extension: u64,
    pub min_increment_bps: u16,
}

/// What is deposited first, so that the first shares are locked before anybody else comes; in units of wM (6 decimals).
#[derive(Clone, Debug)]
pub struct FirstDeposits {
    /// Who receives the shares that are not locked.
    pub receiver: Address,
    /// Into the vault.
    pub vault: U256,
    /// Into the tranches, senior first.
    pub tranches: Vec<U256>,
}

/// How programs come into the chain's cache.
#[derive(Clone, Copy, Debug)]
pub struct Caching {
    /// The contract that sells places; without one the deployer must be a cache manager.
    pub manager: Option<Address>,
    /// The most that is paid for a place, in wei.
    pub max_bid: U256,
}

/// A role of a contract and its holders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The contract's name in the record.
    pub contract: &'static str,
    /// The role's name, as it is hashed.
    pub role: &'static str,
    /// Who holds it.
    pub holders: BTreeSet<Address>,
}

/// The contracts that have roles.
pub const CONTRACTS_WITH_ROLES: [&str; 7] = [
    names::USDAI,
    names::SWAP_ADAPTER,
    names::VAULT,
    names::AUCTION,
    names::CALIBER,
    names::POOL,
    names::COLLATERAL_AUCTION,
];

/// The role that gives and takes all roles of a contract.
pub const ADMIN: &str = "DEFAULT_ADMIN_ROLE";

impl Settings {
    /// Reads the configuration of `network`.
    ///
    /// # Errors
    ///
    /// With all that is wrong with it.
    pub fn read(network: &str, path: &Path) -> Result<Self> {
        let text =
            fs::read_to_string(path).with_context(|| format!("cannot read the configuration {}", path.display()))?;
        Self::parse(network, &text).with_context(|| format!("the configuration {} cannot be used", path.display()))
    }

    /// Reads a configuration from its text.
    ///
    /// # Errors
    ///
    /// With all that is wrong with it.
    pub fn parse(network: &str, text: &str) -> Result<Self> {
        ensure!(
            !network.is_empty()
                && network
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
            "\"{network}\" is not a network's name: small letters, digits and hyphens"
        );
        let file: File = toml::from_str(text)?;
        let mut reader = Reader::default();
        let settings = reader.settings(network, &file);
        match settings {
            Some(settings) if reader.problems.is_empty() && reader.unfilled.is_empty() => Ok(settings),
            _ => bail!(reader.told()),
        }
    }

    /// Whether this is the local chain.
    pub fn is_local(&self) -> bool {
        self.chain_id == LOCAL_CHAIN
    }

    /// Refuses a deployer who would keep a role: he is a key on somebody's machine.
    ///
    /// # Errors
    ///
    /// With the roles.
    pub fn check_deployer(&self, deployer: Address) -> Result<()> {
        let kept: Vec<String> = self
            .roles
            .iter()
            .filter(|role| role.holders.contains(&deployer))
            .map(|role| format!("{} of {}", role.role, role.contract))
            .collect();
        ensure!(
            kept.is_empty(),
            "the configuration gives the deployer {deployer} {}: the deployer must end with no role, so deploy with another key",
            kept.join(", ")
        );
        Ok(())
    }
}

/// Reads parts and collects what is wrong.
#[derive(Default)]
struct Reader {
    problems: Vec<String>,
    unfilled: Vec<String>,
}

impl Reader {
    fn told(&self) -> String {
        let mut lines = Vec::new();
        if !self.unfilled.is_empty() {
            lines.push(format!("these are not filled in: {}", self.unfilled.join(", ")));
        }
        lines.extend(self.problems.iter().cloned());
        lines.join("\n")
    }

    fn take<T>(&mut self, key: &str, text: &str, parse: impl FnOnce(&str) -> Result<T>) -> Option<T> {
        if text.trim().is_empty() || text.trim() == PLACEHOLDER {
            self.unfilled.push(key.to_owned());
            return None;
        }
        match parse(text) {
            Ok(value) => Some(value),
            Err(error) => {
                self.problems.push(format!("{key}: {error}"));
                None
            }
        }
    }

    fn require(&mut self, holds: bool, problem: impl FnOnce() -> String) {
        if !holds {
            self.problems.push(problem());
        }
    }

    /// Reads everything before it gives up, so that all problems are told.
    fn settings(&mut self, network: &str, file: &File) -> Option<Settings> {
        let salt = self.take("salt", &file.salt, |text| {
            Ok(keccak256(format!("USD.AI {network} {text}")))
        });
        let externals = self.externals(file);
        let supply_cap = self.take("usdai.supply_cap", &file.usdai.supply_cap, |text| {
            units::decimal(text, 18)
        });
        if let Some(cap) = supply_cap {
            self.require(!cap.is_zero() && cap <= U256::from(u128::MAX), || {
                format!(
                    "usdai.supply_cap: {} is not above zero and below 2^128 wei",
                    file.usdai.supply_cap
                )
            });
        }
        let base_yield_fee = self.share("susdai.base_yield_fee", &file.susdai.base_yield_fee, 5_000);
        let vault_fee_recipient = self.take("susdai.fee_recipient", &file.susdai.fee_recipient, units::account);
        let auction = self.auction(&file.auction);
        let pool = self.pool(&file.loan_pool);
        let collateral_auction = self.collateral_auction(&file.collateral_auction);
        let first_deposits = self.first_deposits(&file.first_deposits, file.loan_pool.tranches.len());
        let caching = self.caching(&file.caching, file.chain_id);
        let roles = self.roles(&file.roles);
        Some(Settings {
            network: network.to_owned(),
            chain_id: file.chain_id,
            rpc: file.rpc.clone(),
            salt: salt?,
            externals: externals?,
            supply_cap: supply_cap?,
            whitelist_required: file.usdai.whitelist_required,
            start_earning: file.usdai.start_earning,
            base_yield_fee: base_yield_fee?,
            vault_fee_recipient: vault_fee_recipient?,
            auction: auction?,
            pool: pool?,
            collateral_auction: collateral_auction?,
            first_deposits: first_deposits?,
            caching,
            roles,
        })
    }

    fn share(&mut self, key: &str, text: &str, most: u16) -> Option<u16> {
        let bps = self.take(key, text, units::basis_points)?;
        self.require(bps <= most, || format!("{key}: {text} is more than {} %", most / 100));
        Some(bps)
    }

    fn externals(&mut self, file: &File) -> Option<Externals> {
        match (&file.fixtures, &file.externals) {
            (Some(fixtures), None) => {
                self.require(file.chain_id == LOCAL_CHAIN, || {
                    format!(
                        "fixtures: test doubles are only for the local chain ({LOCAL_CHAIN}), not for chain {}",
                        file.chain_id
                    )
                });
                let wm_yield = self.share("fixtures.wm_yield", &fixtures.wm_yield, 10_000)?;
                Some(Externals::Fixtures { wm_yield })
            }
            (None, Some(part)) => {
                let wm = self.take("externals.wm", &part.wm, units::account);
                let swap_router = self.take("externals.swap_router", &part.swap_router, units::account);
                let mut tokens = BTreeMap::new();
                for (name, token) in &part.tokens {
                    let address = self.take(
                        &format!("externals.tokens.{name}.address"),
                        &token.address,
                        units::account,
                    );
                    let fee = self.take(&format!("externals.tokens.{name}.fee"), &token.fee, units::fee_tier);
                    if let (Some(address), Some(fee_tier)) = (address, fee) {
                        self.require(Some(address) != wm, || {
                            format!("externals.tokens.{name}: wM is taken as it is, without a swap")
                        });
                        tokens.insert(name.clone(), Token { address, fee_tier });
                    }
                }
                for reserved in ["wm", "swap-router"] {
                    self.require(!part.tokens.contains_key(reserved), || {
                        format!("externals.tokens.{reserved}: this name is taken")
                    });
                }
                Some(Externals::There {
                    wm: wm?,
                    swap_router: swap_router?,
                    tokens,
                })
            }
            _ => {
                self.problems
                    .push("either [externals] or, on the local chain, [fixtures] must be there, and not both".into());
                None
            }
        }
    }

    fn auction(&mut self, part: &AuctionPart) -> Option<AuctionTerms> {
        let genesis = self.take("auction.genesis", &part.genesis, Start::parse);
        let epoch = self.take("auction.epoch", &part.epoch, units::duration);
        let bid = self.take("auction.bid_phase", &part.bid_phase, units::duration);
        if let (Some(epoch), Some(bid)) = (epoch, bid) {
            self.require(bid > DAY && epoch > bid && epoch > 3 * DAY && epoch < 1 << 28, || {
                format!(
                    "auction: an epoch of {} with {} to bid: the bid phase must be longer than a day, the epoch longer than \
                     that and than 3 days, and shorter than 8 years",
                    part.epoch, part.bid_phase
                )
            });
        }
        let share = self.share("auction.share", &part.share, 10_000);
        let min = self.share("auction.min_discount", &part.min_discount, 9_999);
        let max = self.share("auction.max_discount", &part.max_discount, 9_999);
        if let (Some(min), Some(max)) = (min, max) {
            self.require(min > 0 && min <= max, || {
                format!(
                    "auction: discounts from {} to {}: the lowest must be above zero and not above the highest",
                    part.min_discount, part.max_discount
                )
            });
        }
        let bond = self.share("auction.bond", &part.bond, MAX_BOND_BPS);
        Some(AuctionTerms {
            genesis: genesis?,
            epoch_length: epoch?,
            bid_length: bid?,
            share_bps: share?,
            min_discount_bps: min?,
            max_discount_bps: max?,
            bond_bps: bond?,
        })
    }

    fn pool(&mut self, part: &LoanPoolPart) -> Option<PoolTerms> {
        let interest_fee = self.share("loan_pool.interest_fee", &part.interest_fee, 10_000);
        let liquidation_fee = self.share("loan_pool.liquidation_fee", &part.liquidation_fee, 10_000);
        let haircut = self.share("loan_pool.haircut", &part.haircut, 10_000);
        let fee_recipient = self.take("loan_pool.fee_recipient", &part.fee_recipient, units::account);
        self.require((1..=4).contains(&part.tranches.len()), || {
            format!(
                "loan_pool.tranches: there are {}; there must be one to four",
                part.tranches.len()
            )
        });
        let (mut advance_bps, mut rates, mut below) = ([0; 4], [0; 4], 0);
        for (index, ((tranche, advance), rate)) in
            part.tranches.iter().zip(&mut advance_bps).zip(&mut rates).enumerate()
        {
            let key = format!("loan_pool.tranches[{index}]");
            if let Some(bps) = self.share(&format!("{key}.advance"), &tranche.advance, 10_000) {
                self.require(bps > below, || {
                    format!(
                        "{key}.advance: {} is not above that of the tranche before",
                        tranche.advance
                    )
                });
                (*advance, below) = (bps, bps);
            }
            if let Some(per_second) = self.take(&format!("{key}.rate"), &tranche.rate, units::yearly_rate) {
                self.require(per_second > 0 && per_second < 1 << 40, || {
                    format!(
                        "{key}.rate: {} a year is not above zero and below 3,400 %",
                        tranche.rate
                    )
                });
                *rate = per_second;
            }
        }
        Some(PoolTerms {
            fee_recipient: fee_recipient?,
            interest_fee_bps: interest_fee?,
            liquidation_fee_bps: liquidation_fee?,
            haircut_bps: haircut?,
            advance_bps,
            rates,
            tranches: part.tranches.len(),
        })
    }

    fn collateral_auction(&mut self, part: &CollateralAuctionPart) -> Option<SaleTerms> {
        let duration = self.take("collateral_auction.duration", &part.duration, units::duration);
        let extension = self.take("collateral_auction.extension", &part.extension, units::duration);
        let min_increment = self.share("collateral_auction.min_increment", &part.min_increment, 10_000);
        if let Some(duration) = duration {
            self.require((3_600..=30 * DAY).contains(&duration), || {
                format!(
                    "collateral_auction.duration: {} is not between an hour and 30 days",
                    part.duration
                )
            });
        }
        if let Some(extension) = extension {
            self.require(extension <= DAY, || {
                format!("collateral_auction.extension: {} is more than a day", part.extension)
            });
        }
        Some(SaleTerms {
            duration: duration?,
            extension: extension?,
            min_increment_bps: min_increment?,
        })
    }

    fn first_deposits(&mut self, part: &FirstDepositsPart, tranches: usize) -> Option<FirstDeposits> {
        let receiver = self.take("first_deposits.receiver", &part.receiver, units::account);
        let amount = |text: &str| units::decimal(text, 6);
        let vault = self.take("first_deposits.susdai", &part.susdai, amount);
        if let Some(vault) = vault {
            self.require(vault >= U256::from(2_000_000), || {
                format!("first_deposits.susdai: {} is less than 2 USDai", part.susdai)
            });
        }
        self.require(part.tranches.is_empty() || part.tranches.len() == tranches, || {
            format!(
                "first_deposits.tranches: {} amounts for {tranches} tranches; give one for each, or none at all",
                part.tranches.len()
            )
        });
        let mut amounts = Vec::new();
        for (index, text) in part.tranches.iter().enumerate() {
            let key = format!("first_deposits.tranches[{index}]");
            if let Some(value) = self.take(&key, text, amount) {
                self.require(!value.is_zero(), || {
                    format!("{key}: a first deposit must be above zero")
                });
                amounts.push(value);
            }
        }
        Some(FirstDeposits {
            receiver: receiver?,
            vault: vault?,
            tranches: amounts,
        })
    }

    fn caching(&mut self, part: &CachingPart, chain_id: u64) -> Option<Caching> {
        if !part.enabled {
            return None;
        }
        let named = part.manager.as_ref();
        let manager = named.and_then(|text| self.take("caching.manager", text, units::account));
        self.require(named.is_some() || chain_id == LOCAL_CHAIN, || {
            "caching.manager: on a public chain places in the cache are bought from CacheManager; say where it is"
                .into()
        });
        let most = part.max_bid.as_ref();
        let max_bid = most.and_then(|text| self.take("caching.max_bid", text, |text| units::decimal(text, 18)));
        Some(Caching {
            manager,
            max_bid: max_bid.unwrap_or_default(),
        })
    }

    fn roles(&mut self, part: &RolesPart) -> Vec<Role> {
        let mut roles = Vec::new();
        let admins = self.holders("roles.default_admin", &part.default_admin);
        self.require(!part.default_admin.is_empty(), || {
            "roles.default_admin: somebody must be admin; roles could never be given or taken again".into()
        });
        for contract in CONTRACTS_WITH_ROLES {
            let holders = admins.clone();
            roles.push(Role {
                contract,
                role: ADMIN,
                holders,
            });
        }
        let (usdai, susdai) = (&part.usdai, &part.susdai);
        let (pool, caliber) = (&part.loan_pool, &part.caliber);
        for (contract, section, role, accounts) in [
            (names::USDAI, "usdai", "PAUSE_ADMIN_ROLE", &usdai.pause_admin),
            (names::USDAI, "usdai", "BRIDGE_ADMIN_ROLE", &usdai.bridge_admin),
            (names::USDAI, "usdai", "DEPOSIT_ADMIN_ROLE", &usdai.deposit_admin),
            (names::USDAI, "usdai", "WHITELIST_ADMIN_ROLE", &usdai.whitelist_admin),
            (names::USDAI, "usdai", "YIELD_ROLE", &usdai.yield_),
            (names::VAULT, "susdai", "STRATEGY_ADMIN_ROLE", &susdai.strategy_admin),
            (names::VAULT, "susdai", "PAUSE_ADMIN_ROLE", &susdai.pause_admin),
            (names::VAULT, "susdai", "BLACKLIST_ADMIN_ROLE", &susdai.blacklist_admin),
            (names::VAULT, "susdai", "BRIDGE_ADMIN_ROLE", &susdai.bridge_admin),
            (names::POOL, "loan_pool", "UNDERWRITER_ROLE", &pool.underwriter),
            (names::POOL, "loan_pool", "RISK_ADMIN_ROLE", &pool.risk_admin),
            (names::POOL, "loan_pool", "PAUSE_ADMIN_ROLE", &pool.pause_admin),
            (
                names::CALIBER,
                "caliber",
                "TOKENIZING_AGENT_ROLE",
                &caliber.tokenizing_agent,
            ),
            (names::CALIBER, "caliber", "APPRAISER_ROLE", &caliber.appraiser),
            (names::CALIBER, "caliber", "INSURER_ROLE", &caliber.insurer),
            (names::CALIBER, "caliber", "COMPLIANCE_ROLE", &caliber.compliance),
            (
                names::COLLATERAL_AUCTION,
                "collateral_auction",
                "RISK_ADMIN_ROLE",
                &part.collateral_auction.risk_admin,
            ),
        ] {
            let key = format!("roles.{section}.{}", role.trim_end_matches("_ROLE").to_lowercase());
            let holders = self.holders(&key, accounts);
            roles.push(Role {
                contract,
                role,
                holders,
            });
        }
        roles
    }

    fn holders(&mut self, key: &str, accounts: &[String]) -> BTreeSet<Address> {
        let mut holders = BTreeSet::new();
        for text in accounts {
            if let Some(account) = self.take(key, text, units::account) {
                self.require(holders.insert(account), || format!("{key}: {account} is named twice"));
            }
        }
        holders
    }
}
