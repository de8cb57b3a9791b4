//! Compares what is on the chain with what was built, what the configuration says and what the record says. Nothing is
//! taken from the record that the chain can tell.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolCall, SolEvent};
use anyhow::{Context, Result};
use client::bindings::{
    IArbWasm, IArbWasmCache, ICaliber, ICollateralAuction, IERC20, ILoanPool, IQevAuction, IStakedUSDai,
    IStylusDeployer, ISwapAdapter, IUSDai, IWrappedM,
};
use client::deployment::{Deployment, names};
use client::role_id;
use client::stylus::{ARB_WASM, ARB_WASM_CACHE, CONSTRUCTOR_SELECTOR, STYLUS_DEPLOYER};

use crate::blueprint::{Codes, PROGRAMS, Places, SWAP_ROUTER, WM, address_of, constructor_arguments};
use crate::config::{ADMIN, CONTRACTS_WITH_ROLES, Externals, Settings};
use crate::fixtures::DOLLARS;
use crate::node::Node;
use crate::steps::with_vault;
use crate::units::{Start, show_time};

/// The shares that the first deposit locks, here and in every tranche.
const LOCKED_SHARES: u64 = 1_000_000;
/// Who holds them.
const DEAD: Address = alloy_primitives::address!("0x000000000000000000000000000000000000dEaD");
const DAY: u64 = 86_400;

/// One comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What was compared.
    pub what: String,
    /// What should be.
    pub expected: String,
    /// What is.
    pub found: String,
}

impl Row {
    /// Whether it is as it should be.
    pub fn is_right(&self) -> bool {
        self.expected == self.found
    }
}

/// Compares everything. Before the handover the deployer may still be admin.
///
/// # Errors
///
/// When the node does not answer, or the record lacks a contract.
pub async fn verify(
    node: &Node,
    settings: &Settings,
    codes: &Codes,
    record: &Deployment,
    before_handover: bool,
) -> Result<Vec<Row>> {
    for name in PROGRAMS {
        record
            .contract(name)
            .context("the deployment is not complete: run scripts/deploy.sh again")?;
    }
    let mut verifier = Verifier {
        node,
        settings,
        codes,
        record,
        places: Places::of_record(record),
        rows: Vec::new(),
    };
    for name in PROGRAMS {
        verifier.program(name).await?;
    }
    verifier.links().await?;
    verifier.parameters().await?;
    verifier.deposits().await?;
    verifier.roles(before_handover).await?;
    Ok(verifier.rows)
}

struct Verifier<'a> {
    node: &'a Node,
    settings: &'a Settings,
    codes: &'a Codes,
    record: &'a Deployment,
    places: Places,
    rows: Vec<Row>,
}

impl Verifier<'_> {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "numbers, words and addresses are told as they come"
    )]
    fn row(&mut self, what: impl Into<String>, expected: impl ToString, found: impl ToString) {
        self.rows.push(Row {
            what: what.into(),
            expected: expected.to_string(),
            found: found.to_string(),
        });
    }

    /// What a view of the suite answers; a contract that is not there differs in its code already.
    async fn ask<C: SolCall>(&self, name: &str, call: &C) -> Result<C::Return> {
        let at = self.places.at(name)?;
        let answer = self
            .node
            .view(at, call)
            .await
            .with_context(|| format!("asking {name}"))?;
        answer.with_context(|| format!("there is no {name} at {at}"))
    }

    /// Code, arguments, address and life of a program.
    async fn program(&mut self, name: &'static str) -> Result<()> {
        let known = self
            .record
            .contracts
            .get(name)
            .context("a contract is missing")?
            .clone();
        let code = self.codes.get(name).with_context(|| format!("{name} is not built"))?;
        let on_chain = self.node.code_hash(known.address).await?;
        let show = |hash: Option<B256>| hash.map_or("nothing".to_owned(), |hash| hash.to_string());
        self.row(format!("{name}: code hash"), code.hash, show(on_chain));
        self.row(format!("{name}: code hash in the record"), code.hash, known.code_hash);

        let arguments = constructor_arguments(
            name,
            self.settings,
            self.codes,
            self.record.deployer,
            self.record.genesis,
            &self.places,
        )?;
        let none = || "none".to_owned();
        let expected = arguments.as_ref().map_or_else(none, Bytes::to_string);
        let shown = |arguments: &[u8]| match arguments {
            [] => none(),
            some => Bytes::copy_from_slice(some).to_string(),
        };
        let recorded = shown(&known.constructor_arguments);
        self.row(
            format!("{name}: constructor arguments in the record"),
            expected.clone(),
            recorded,
        );
        if let Some(called) = self.called_constructor(known.transaction).await? {
            let found = match called.strip_prefix(&CONSTRUCTOR_SELECTOR) {
                Some(called) => shown(called),
                None => shown(&called),
            };
            self.row(
                format!("{name}: constructor arguments in its transaction"),
                expected,
                found,
            );
        }
        // Code, constructor arguments and salt make the address: nothing else can stand there.
        let derived = address_of(self.record.salt, &code.bytes, arguments.as_ref())?;
        self.row(
            format!("{name}: address made of code, arguments and salt"),
            derived,
            known.address,
        );

        let program = known.address;
        let seconds = self
            .node
            .view(ARB_WASM, &IArbWasm::programTimeLeftCall { program })
            .await;
        let life = match seconds {
            Ok(Some(0)) | Err(_) => "expired or not active",
            Ok(None) => "unknown to this chain",
            Ok(Some(_)) => "active",
        };
        self.row(format!("{name}: program"), "active", life);
        if self.settings.caching.is_some() {
            let asked = IArbWasmCache::codehashIsCachedCall { codehash: code.hash };
            let cached = self.node.view(ARB_WASM_CACHE, &asked).await?.unwrap_or_default();
            self.row(format!("{name}: in the cache of programs"), "yes", yes_no(cached));
        }
        Ok(())
    }

    /// The constructor's calldata in a transaction that called StylusDeployer. One that came by way of another contract
    /// does not show it; the address proves it then.
    async fn called_constructor(&self, transaction: B256) -> Result<Option<Bytes>> {
        let found = self.node.transaction(transaction).await?;
        let (to, input) = found.with_context(|| format!("the node does not know the transaction {transaction}"))?;
        if to != Some(STYLUS_DEPLOYER) {
            return Ok(None);
        }
        Ok(IStylusDeployer::deployCall::abi_decode(&input)
            .ok()
            .map(|call| call.initData))
    }

    async fn links(&mut self) -> Result<()> {
        let at = |name: &str| self.places.at(name);
        let (usdai, adapter, vault, auction) = (
            at(names::USDAI)?,
            at(names::SWAP_ADAPTER)?,
            at(names::VAULT)?,
            at(names::AUCTION)?,
        );
        let (caliber, pool, sale) = (at(names::CALIBER)?, at(names::POOL)?, at(names::COLLATERAL_AUCTION)?);
        let (wm, router) = (at(WM)?, at(SWAP_ROUTER)?);
        let (vault_extension, auction_extension) = (at(names::VAULT_EXTENSION)?, at(names::AUCTION_EXTENSION)?);
        let mut pool_extensions = Vec::new();
        for name in names::POOL_EXTENSIONS {
            pool_extensions.push(at(name)?);
        }

        let found = self.ask(names::USDAI, &IUSDai::baseTokenCall {}).await?;
        self.row("usdai-token -> wM", wm, found);
        let found = self.ask(names::USDAI, &IUSDai::swapAdapterCall {}).await?;
        self.row("usdai-token -> swap-adapter", adapter, found);
        let found = self.ask(names::SWAP_ADAPTER, &ISwapAdapter::usdaiCall {}).await?;
        self.row("swap-adapter -> usdai-token", usdai, found);
        let found = self.ask(names::SWAP_ADAPTER, &ISwapAdapter::baseTokenCall {}).await?;
        self.row("swap-adapter -> wM", wm, found);
        let found = self.ask(names::SWAP_ADAPTER, &ISwapAdapter::swapRouterCall {}).await?;
        self.row("swap-adapter -> SwapRouter02", router, found);
        let found = self.ask(names::AUCTION, &IQevAuction::vaultCall {}).await?;
        self.row("qev-auction -> susdai-vault", vault, found);
        let found = self.ask(names::AUCTION, &IQevAuction::extensionCall {}).await?;
        self.row("qev-auction -> qev-auction-extension", auction_extension, found);
        let found = self.ask(names::VAULT, &IStakedUSDai::assetCall {}).await?;
        self.row("susdai-vault -> usdai-token", usdai, found);
        let found = self.ask(names::VAULT, &IStakedUSDai::auctionCall {}).await?;
        self.row("susdai-vault -> qev-auction", auction, found);
        let found = self.ask(names::VAULT, &IStakedUSDai::extensionCall {}).await?;
        self.row("susdai-vault -> susdai-vault-extension", vault_extension, found);
        let found = self.ask(names::VAULT, &IStakedUSDai::loanPoolCall {}).await?;
        self.row("susdai-vault -> loan-pool", pool, found);
        let found = self.ask(names::CALIBER, &ICaliber::custodiansCall {}).await?;
        self.row("caliber-nft -> loan-pool", pool, found.loanPool);
        self.row("caliber-nft -> collateral-auction", sale, found.collateralAuction);
        let found = self.ask(names::POOL, &ILoanPool::assetCall {}).await?;
        self.row("loan-pool -> usdai-token", usdai, found);
        let found = self.ask(names::POOL, &ILoanPool::caliberCall {}).await?;
        self.row("loan-pool -> caliber-nft", caliber, found);
        let found = self.ask(names::POOL, &ILoanPool::collateralAuctionCall {}).await?;
        self.row("loan-pool -> collateral-auction", sale, found);
        let found = self.ask(names::POOL, &ILoanPool::extensionsCall {}).await?;
        let found = [found.payments, found.origination, found.recovery, found.administration];
        for ((name, expected), found) in names::POOL_EXTENSIONS.iter().zip(pool_extensions).zip(found) {
            self.row(format!("loan-pool -> {name}"), expected, found);
        }
        let found = self
            .ask(names::COLLATERAL_AUCTION, &ICollateralAuction::loanPoolCall {})
            .await?;
        self.row("collateral-auction -> loan-pool", pool, found);
        let found = self
            .ask(names::COLLATERAL_AUCTION, &ICollateralAuction::caliberCall {})
            .await?;
        self.row("collateral-auction -> caliber-nft", caliber, found);
        let found = self
            .ask(names::COLLATERAL_AUCTION, &ICollateralAuction::usdaiCall {})
            .await?;
        self.row("collateral-auction -> usdai-token", usdai, found);
        Ok(())
    }

    async fn parameters(&mut self) -> Result<()> {
        let settings = self.settings;
        let found = self.ask(names::USDAI, &IUSDai::supplyCapCall {}).await?;
        self.row("usdai-token: supply cap (wei)", settings.supply_cap, found);
        let found = self.ask(names::USDAI, &IUSDai::whitelistRequiredCall {}).await?;
        let expected = yes_no(settings.whitelist_required);
        self.row("usdai-token: only whitelisted accounts mint", expected, yes_no(found));
        if settings.start_earning {
            let account = self.places.at(names::USDAI)?;
            let found = self.ask(WM, &IWrappedM::isEarningCall { account }).await?;
            self.row("usdai-token: earns on its wM", "yes", yes_no(found));
        }
        self.tokens().await?;
        self.auction_terms().await?;
        self.pool_terms().await
    }

    async fn auction_terms(&mut self) -> Result<()> {
        let settings = self.settings;
        let terms = settings.auction;
        if let Start::At(genesis) = terms.genesis {
            self.row(
                "qev-auction: genesis in the record",
                show_time(genesis),
                show_time(self.record.genesis),
            );
        }
        let found = self.ask(names::AUCTION, &IQevAuction::genesisCall {}).await?;
        let expected = show_time(self.record.genesis);
        self.row("qev-auction: genesis", expected, show_time(found.saturating_to()));
        let found = self.ask(names::AUCTION, &IQevAuction::epochLengthCall {}).await?;
        self.row("qev-auction: epoch (s)", terms.epoch_length, found);
        let found = self.ask(names::AUCTION, &IQevAuction::bidLengthCall {}).await?;
        self.row("qev-auction: bid phase (s)", terms.bid_length, found);
        let found = self.ask(names::AUCTION, &IQevAuction::auctionShareBpsCall {}).await?;
        self.row("qev-auction: share of idle assets (bps)", terms.share_bps, found);
        // Terms are changed for epochs to come: the last ones stand at the end of time.
        let epoch = U256::from(u32::MAX);
        let found = self.ask(names::AUCTION, &IQevAuction::epochTermsCall { epoch }).await?;
        self.row(
            "qev-auction: lowest discount (bps)",
            terms.min_discount_bps,
            found.minDiscountBps,
        );
        self.row(
            "qev-auction: highest discount (bps)",
            terms.max_discount_bps,
            found.maxDiscountBps,
        );
        self.row("qev-auction: bond (bps)", terms.bond_bps, found.bondBps);

        let found = self.ask(names::VAULT, &IStakedUSDai::baseYieldFeeCall {}).await?;
        self.row(
            "susdai-vault: fee on base yield (bps)",
            settings.base_yield_fee,
            found.feeBps,
        );
        self.row(
            "susdai-vault: fee recipient",
            settings.vault_fee_recipient,
            found.feeRecipient,
        );
        Ok(())
    }

    async fn pool_terms(&mut self) -> Result<()> {
        let settings = self.settings;
        let terms = settings.pool;
        let found = self.ask(names::POOL, &ILoanPool::policyCall {}).await?;
        self.row(
            "loan-pool: interest fee (bps)",
            terms.interest_fee_bps,
            found.interestFeeBps,
        );
        self.row(
            "loan-pool: liquidation fee (bps)",
            terms.liquidation_fee_bps,
            found.liquidationFeeBps,
        );
        self.row("loan-pool: haircut (bps)", terms.haircut_bps, found.haircutBps);
        self.row("loan-pool: fee recipient", terms.fee_recipient, found.feeRecipient);
        let found = self.ask(names::POOL, &ILoanPool::tranchesCall {}).await?;
        self.row("loan-pool: tranches", terms.tranches, found);
        for (index, (advance, rate)) in terms
            .advance_bps
            .iter()
            .zip(terms.rates)
            .take(terms.tranches)
            .enumerate()
        {
            let id = U256::from(index);
            let found = self.ask(names::POOL, &ILoanPool::trancheCall { id }).await?;
            self.row(
                format!("loan-pool: advance of tranche {index} (bps)"),
                advance,
                found.advanceRateBps,
            );
            self.row(format!("loan-pool: rate of tranche {index} (WAD/s)"), rate, found.rate);
        }

        let terms = settings.collateral_auction;
        let found = self
            .ask(names::COLLATERAL_AUCTION, &ICollateralAuction::durationCall {})
            .await?;
        self.row("collateral-auction: duration (s)", terms.duration, found);
        let found = self
            .ask(names::COLLATERAL_AUCTION, &ICollateralAuction::extensionCall {})
            .await?;
        self.row("collateral-auction: extension (s)", terms.extension, found);
        let found = self
            .ask(names::COLLATERAL_AUCTION, &ICollateralAuction::minIncrementBpsCall {})
            .await?;
        self.row("collateral-auction: increment (bps)", terms.min_increment_bps, found);
        Ok(())
    }

    /// The tokens that the adapter takes: those of the configuration and, as its events tell, no other.
    async fn tokens(&mut self) -> Result<()> {
        let expected: BTreeMap<Address, (String, u32)> = match &self.settings.externals {
            Externals::Fixtures { .. } => {
                let mut dollars = BTreeMap::new();
                for name in DOLLARS {
                    dollars.insert(
                        self.places.at(name)?,
                        (name.to_owned(), client::uniswap::FEE_LOWEST.fee),
                    );
                }
                dollars
            }
            Externals::There { tokens, .. } => {
                let named = tokens
                    .iter()
                    .map(|(name, token)| (token.address, (name.clone(), token.fee_tier)));
                named.collect()
            }
        };
        let adapter = self.places.at(names::SWAP_ADAPTER)?;
        let topic = ISwapAdapter::TokenSet::SIGNATURE_HASH;
        let logs = self.node.events(&[adapter], &[topic], self.record.first_block).await?;
        let mut asked: BTreeSet<Address> = expected.keys().copied().collect();
        asked.extend(logs.iter().filter_map(|log| {
            let event = ISwapAdapter::TokenSet::decode_log(&log.inner).ok()?;
            Some(event.token)
        }));
        for token in asked {
            let found = self
                .ask(names::SWAP_ADAPTER, &ISwapAdapter::feeTierCall { token })
                .await?;
            let (name, tier) = match expected.get(&token) {
                Some((name, tier)) => (name.clone(), *tier),
                None => (token.to_string(), 0),
            };
            self.row(format!("swap-adapter: fee tier of {name} (0: not taken)"), tier, found);
        }
        Ok(())
    }

    async fn deposits(&mut self) -> Result<()> {
        let locked = U256::from(LOCKED_SHARES);
        let found = self.ask(names::VAULT, &IERC20::balanceOfCall { account: DEAD }).await?;
        self.row("susdai-vault: first shares are locked", "yes", yes_no(found >= locked));
        for index in 0..self.settings.first_deposits.tranches.len() {
            let id = U256::from(index);
            let held = ILoanPool::totalSupplyCall { id };
            let found = self.ask(names::POOL, &held).await?;
            self.row(
                format!("loan-pool: first shares of tranche {index} are locked"),
                "yes",
                yes_no(found > locked),
            );
        }
        Ok(())
    }

    /// Who holds which role, as the contracts' events tell since the deployment's first block. The contracts' code is what
    /// was built, and gives no role without an event.
    async fn roles(&mut self, before_handover: bool) -> Result<()> {
        let mut emitters = Vec::new();
        for name in CONTRACTS_WITH_ROLES {
            emitters.push(self.places.at(name)?);
        }
        let topics = [IUSDai::RoleGranted::SIGNATURE_HASH, IUSDai::RoleRevoked::SIGNATURE_HASH];
        let logs = self.node.events(&emitters, &topics, self.record.first_block).await?;
        let mut holders: BTreeMap<(Address, B256), BTreeSet<Address>> = BTreeMap::new();
        for log in logs {
            if let Ok(granted) = IUSDai::RoleGranted::decode_log(&log.inner) {
                holders
                    .entry((granted.address, granted.role))
                    .or_default()
                    .insert(granted.account);
            } else if let Ok(revoked) = IUSDai::RoleRevoked::decode_log(&log.inner) {
                holders
                    .entry((revoked.address, revoked.role))
                    .or_default()
                    .remove(&revoked.account);
            }
        }
        let deployer = self.record.deployer;
        for role in with_vault(self.settings, self.places.at(names::VAULT)?) {
            let contract = self.places.at(role.contract)?;
            let mut found = holders.remove(&(contract, role_id(role.role))).unwrap_or_default();
            if before_handover && role.role == ADMIN {
                found.remove(&deployer);
            }
            self.row(
                format!("{}: {}", role.contract, role.role),
                accounts(&role.holders),
                accounts(&found),
            );
        }
        for ((contract, role), found) in holders {
            if !found.is_empty() {
                self.row(format!("{contract}: the role {role}"), "nobody", accounts(&found));
            }
        }
        if !before_handover {
            let (role, account) = (role_id(ADMIN), deployer);
            for name in CONTRACTS_WITH_ROLES {
                let found = self.ask(name, &IUSDai::hasRoleCall { role, account }).await?;
                self.row(format!("{name}: the deployer is admin"), "no", yes_no(found));
            }
        }
        Ok(())
    }
}

/// Days that the programs of a deployment have left before somebody must prolong them; `None` when one is not active.
///
/// # Errors
///
/// Of the node.
pub async fn days_left(node: &Node, record: &Deployment) -> Result<Option<u64>> {
    let mut least = None;
    for contract in record.contracts.values() {
        let program = contract.address;
        let Ok(Some(seconds)) = node.view(ARB_WASM, &IArbWasm::programTimeLeftCall { program }).await else {
            return Ok(None);
        };
        least = Some(least.unwrap_or(u64::MAX).min(seconds / DAY));
    }
    Ok(least)
}

fn yes_no(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

fn accounts(accounts: &BTreeSet<Address>) -> String {
    if accounts.is_empty() {
        return "nobody".into();
    }
    accounts.iter().map(Address::to_string).collect::<Vec<_>>().join(", ")
}
