//! The credit side on a chain: CALIBER, the loan pool with its tranches, the auction of defaulted collateral, their links
//! and roles.
//!
//! The order is that of production: CALIBER stands first, because the pool is constructed over it, and the auction last,
//! because it is constructed over the pool. Then each is told of the others, once and for good, and the vault of the pool.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_signer::SignerSync;
use alloy_sol_types::{Eip712Domain, SolStruct, SolValue};
use anyhow::{Context, Result};
pub use client::deployment::names::POOL_EXTENSIONS;
use client::sealing::loan_domain;
use devnet::Chain;

use crate::artifacts::Artifacts;
use crate::bindings::ILoanPool::LoanTerms;
use crate::bindings::{ICaliber, ILoanPool, IStakedUSDai};
use crate::calls::{Transact, role_id};
use crate::deployment::Actors;
use crate::program::deploy_program;
use crate::staking::{DAY, Staking, deploy_extension};
use crate::wallet::key_of;

/// The keys of the chain's mnemonic that the credit side's accounts have: behind those of [`Actors`].
const FIRST_KEY: usize = 14;

/// What can be chosen about the credit side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditConfig {
    /// Up to which part of the collateral's value a tranche and its seniors lend together, in basis points; 0 where there
    /// is no such tranche.
    pub advance_bps: [u16; 4],
    /// What the tranches charge, WAD per second.
    pub rates: [u64; 4],
    /// The pool's part of interest and penalties, in basis points.
    pub interest_fee_bps: u16,
    /// Its part of the proceeds of collateral, in basis points.
    pub liquidation_fee_bps: u16,
    /// What of a collateral's value counts for provisions and reserves, in basis points.
    pub haircut_bps: u16,
    /// Seconds of an auction of collateral.
    pub auction_duration: u64,
    /// Seconds that remain at least after a bid.
    pub auction_extension: u64,
    /// What a bid must add to the highest one, in basis points of it.
    pub min_increment_bps: u16,
}

impl Default for CreditConfig {
    /// Three tranches that lend up to 60, 70 and 80 % of the value at 9, 12 and 16 % a year; 10 % of the interest and 1 %
    /// of the proceeds as fees; 75 % of the value counts; auctions of 3 days with bids 1 % apart and a quarter of an hour
    /// after the last.
    fn default() -> Self {
        Self {
            advance_bps: [6_000, 7_000, 8_000, 0],
            rates: [2_853_881_278, 3_805_175_038, 5_073_566_717, 0],
            interest_fee_bps: 1_000,
            liquidation_fee_bps: 100,
            haircut_bps: 7_500,
            auction_duration: 3 * DAY,
            auction_extension: 900,
            min_increment_bps: 100,
        }
    }
}

/// Who does what in lending. All of them have keys of the chain's mnemonic, none has ether of its genesis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditActors {
    /// `UNDERWRITER_ROLE` of the pool: signs terms.
    pub underwriter: Address,
    /// `RISK_ADMIN_ROLE` of the pool and of the auction: impairs and relists.
    pub risk_admin: Address,
    /// `TOKENIZING_AGENT_ROLE` of CALIBER.
    pub agent: Address,
    /// `APPRAISER_ROLE` of CALIBER.
    pub appraiser: Address,
    /// `INSURER_ROLE` of CALIBER.
    pub insurer: Address,
    /// Holds the goods.
    pub bailee: Address,
    /// Runs GPUs and borrows against them.
    pub operator: Address,
    /// Another one.
    pub other_operator: Address,
    /// Lends in the junior tranches.
    pub curator: Address,
}

impl CreditActors {
    fn of(chain: &Chain) -> Result<Self> {
        let mut index = FIRST_KEY;
        let mut next = || -> Result<Address> {
            let account = key_of(chain, index)?.address();
            index += 1;
            Ok(account)
        };
        Ok(Self {
            underwriter: next()?,
            risk_admin: next()?,
            agent: next()?,
            appraiser: next()?,
            insurer: next()?,
            bailee: next()?,
            operator: next()?,
            other_operator: next()?,
            curator: next()?,
        })
    }

    /// Gives ether to those whom the chain has not funded.
    fn fund(&self, chain: &mut Chain) {
        for account in [
            self.underwriter,
            self.risk_admin,
            self.agent,
            self.appraiser,
            self.insurer,
            self.bailee,
            self.operator,
            self.other_operator,
            self.curator,
        ] {
            if chain.balance(account).is_zero() {
                chain.set_balance(account, chain.config().balance);
            }
        }
    }
}

/// The credit side as it was deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credit {
    /// The titles to hardware.
    pub caliber: Address,
    /// The loan pool.
    pub pool: Address,
    /// What the pool passes calls on to, in the order of [`POOL_EXTENSIONS`]. Nobody calls them directly.
    pub pool_extensions: [Address; 4],
    /// The auction of defaulted collateral.
    pub auction: Address,
    /// Who does what.
    pub actors: CreditActors,
    /// What was chosen.
    pub config: CreditConfig,
}

impl Credit {
    /// Deploys the credit side over `usdai`, links it, hands out the roles, and links the pool into the vault if there is
    /// one.
    pub fn deploy(
        chain: &mut Chain,
        artifacts: &Artifacts,
        config: CreditConfig,
        actors: &Actors,
        usdai: Address,
        staking: Option<&Staking>,
    ) -> Result<Self> {
        let admin = actors.admin;
        let (caliber, _) = deploy_program(
            chain,
            admin,
            &artifacts.wasm("caliber-nft")?,
            &(admin,).abi_encode_params(),
        )?;
        let (pool, pool_extensions) = deploy_pool(chain, artifacts, config, actors, usdai, caliber)?;
        let terms = (
            admin,
            pool,
            caliber,
            usdai,
            U256::from(config.auction_duration),
            config.min_increment_bps,
            U256::from(config.auction_extension),
        );
        let wasm = artifacts.wasm("collateral-auction")?;
        let (auction, _) = deploy_program(chain, admin, &wasm, &terms.abi_encode_params())?;
        let credit = Self {
            caliber,
            pool,
            pool_extensions,
            auction,
            actors: CreditActors::of(chain)?,
            config,
        };
        credit.actors.fund(chain);
        credit.link(chain, actors, staking)?;
        Ok(credit)
    }

    /// The Stylus programs.
    pub fn programs(&self) -> Vec<Address> {
        let mut programs = vec![self.caliber, self.pool, self.auction];
        programs.extend(self.pool_extensions);
        programs
    }

    /// Roles beside the admin's: the contract, the role, and who holds it.
    pub fn roles(&self, actors: &Actors) -> [(Address, &'static str, Address); 8] {
        let own = &self.actors;
        [
            (self.caliber, "TOKENIZING_AGENT_ROLE", own.agent),
            (self.caliber, "APPRAISER_ROLE", own.appraiser),
            (self.caliber, "INSURER_ROLE", own.insurer),
            (self.caliber, "COMPLIANCE_ROLE", actors.gatekeeper),
            (self.pool, "UNDERWRITER_ROLE", own.underwriter),
            (self.pool, "RISK_ADMIN_ROLE", own.risk_admin),
            (self.pool, "PAUSE_ADMIN_ROLE", actors.pauser),
            (self.auction, "RISK_ADMIN_ROLE", own.risk_admin),
        ]
    }

    /// Where terms are signed.
    pub fn domain(&self, chain: &Chain) -> Eip712Domain {
        loan_domain(chain.config().chain_id, self.pool)
    }

    /// The underwriter's signature on terms: r, s, v.
    ///
    /// # Errors
    ///
    /// When the terms name another underwriter, whose key is not known.
    pub fn sign(&self, chain: &Chain, terms: &LoanTerms) -> Result<Bytes> {
        let key = key_of(chain, FIRST_KEY)?;
        let known = (key.address() == terms.underwriter).then_some(key);
        let key = known.with_context(|| format!("the key of {} is not known", terms.underwriter))?;
        let digest = terms.eip712_signing_hash(&self.domain(chain));
        Ok(key.sign_hash_sync(&digest)?.as_bytes().into())
    }

    fn link(&self, chain: &mut Chain, actors: &Actors, staking: Option<&Staking>) -> Result<()> {
        let admin = actors.admin;
        let custodians = ICaliber::setCustodiansCall {
            loanPool: self.pool,
            collateralAuction: self.auction,
        };
        chain.transact(admin, self.caliber, &custodians).receipt()?;
        let set_auction = ILoanPool::setCollateralAuctionCall { auction: self.auction };
        chain.transact(admin, self.pool, &set_auction).receipt()?;
        for (contract, role, account) in self.roles(actors) {
            // The function is the same in all three.
            let grant = ILoanPool::grantRoleCall {
                role: role_id(role),
                account,
            };
            chain.transact(admin, contract, &grant).receipt()?;
        }
        if let Some(staking) = staking {
            let set_pool = IStakedUSDai::setLoanPoolCall { loanPool: self.pool };
            chain.transact(admin, staking.vault, &set_pool).receipt()?;
        }
        Ok(())
    }
}

/// Deploys a pool and its extensions, and links nothing: the pool's address and the extensions'.
pub fn deploy_pool(
    chain: &mut Chain,
    artifacts: &Artifacts,
    config: CreditConfig,
    actors: &Actors,
    usdai: Address,
    caliber: Address,
) -> Result<(Address, [Address; 4])> {
    let admin = actors.admin;
    let mut extensions = [Address::ZERO; 4];
    let mut code_hashes = [B256::ZERO; 4];
    for ((name, extension), code_hash) in POOL_EXTENSIONS.iter().zip(&mut extensions).zip(&mut code_hashes) {
        (*extension, *code_hash) = deploy_extension(chain, artifacts, admin, name)?;
    }
    let arguments = (
        admin,
        usdai,
        caliber,
        extensions,
        code_hashes,
        actors.treasury,
        [config.interest_fee_bps, config.liquidation_fee_bps, config.haircut_bps],
        config.advance_bps,
        config.rates,
    );
    let (pool, _) = deploy_program(
        chain,
        admin,
        &artifacts.wasm("loan-pool")?,
        &arguments.abi_encode_params(),
    )?;
    Ok((pool, extensions))
}
