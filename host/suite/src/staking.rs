//! sUSDai on a chain: the auction with its calendar, the vault with its extension, their links and roles, and the first
//! deposit.
//!
//! The order is that of production: the auction stands first, because the vault is constructed over it; then the vault
//! is linked into the auction, once and for good, and may harvest USDai's yield; then the admin makes the deposit that
//! locks the first shares. The loan pool is linked later, when there is one: [`crate::credit`].

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::SolValue;
use anyhow::{Result, ensure};
pub use client::sealing::commitment;
use devnet::Chain;

use crate::artifacts::Artifacts;
use crate::bindings::{IERC20, IQevAuction, IStakedUSDai, ITestToken, IUSDai};
use crate::calls::{Transact, role_id};
use crate::deployment::{Actors, Tokens};
use crate::program::{deploy_library, deploy_program};
use crate::uniswap::dollars;

/// Seconds of a day.
pub const DAY: u64 = 86_400;

/// What can be chosen about sUSDai and its auction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StakingConfig {
    /// Seconds from the chain's first block to the beginning of the first epoch.
    pub genesis_delay: u64,
    /// Seconds of an epoch.
    pub epoch_length: u64,
    /// Seconds of its bid phase.
    pub bid_length: u64,
    /// What an auction may spend of the idle assets, in basis points.
    pub auction_share_bps: u16,
    /// Lowest discount that can be bid, in basis points.
    pub min_discount_bps: u16,
    /// Highest discount that can be bid, in basis points.
    pub max_discount_bps: u16,
    /// What an unrevealed bid forfeits of its shares, in basis points.
    pub bond_bps: u16,
    /// The fee on base yield, in basis points.
    pub fee_bps: u16,
    /// What the admin deposits first, in whole USDai; at least 2.
    pub first_deposit: u64,
}

impl Default for StakingConfig {
    /// Months of 30 days that begin a day after the chain does, with 27 days to bid; 70 % for the auction; discounts
    /// from 0.25 % to 20 % with a bond of 0.5 %; 10 % of the base yield as fee; 10 USDai deposited.
    fn default() -> Self {
        Self {
            genesis_delay: DAY,
            epoch_length: 30 * DAY,
            bid_length: 27 * DAY,
            auction_share_bps: 7_000,
            min_discount_bps: 25,
            max_discount_bps: 2_000,
            bond_bps: 50,
            fee_bps: 1_000,
            first_deposit: 10,
        }
    }
}

/// sUSDai as it was deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Staking {
    /// The vault: sUSDai.
    pub vault: Address,
    /// What the vault passes administration and views on to. Nobody calls it directly.
    pub extension: Address,
    /// The redemption queue and the auction.
    pub auction: Address,
    /// What the auction passes views and administration on to.
    pub auction_extension: Address,
    /// When the first epoch begins.
    pub genesis: u64,
    /// What was chosen.
    pub config: StakingConfig,
}

/// Roles of sUSDai beside the admin's, and who holds them.
pub fn vault_roles(actors: &Actors) -> [(&'static str, Address); 4] {
    [
        ("STRATEGY_ADMIN_ROLE", actors.strategist),
        ("PAUSE_ADMIN_ROLE", actors.pauser),
        ("BLACKLIST_ADMIN_ROLE", actors.gatekeeper),
        ("BRIDGE_ADMIN_ROLE", actors.bridge),
    ]
}

impl Staking {
    /// Deploys sUSDai over `usdai`, links it, hands out the roles and makes the first deposit.
    pub fn deploy(
        chain: &mut Chain,
        artifacts: &Artifacts,
        config: StakingConfig,
        actors: &Actors,
        tokens: &Tokens,
        usdai: Address,
    ) -> Result<Self> {
        let genesis = chain.config().genesis_timestamp + config.genesis_delay;
        let (auction, auction_extension) = deploy_auction(chain, artifacts, config, actors.admin, genesis)?;
        let (vault, extension) = deploy_vault(chain, artifacts, config, actors, usdai, auction)?;
        let staking = Self {
            vault,
            extension,
            auction,
            auction_extension,
            genesis,
            config,
        };
        staking.link(chain, actors, usdai)?;
        staking.make_first_deposit(chain, actors.admin, tokens, usdai)?;
        Ok(staking)
    }

    /// The Stylus programs.
    pub fn programs(&self) -> [Address; 4] {
        [self.vault, self.extension, self.auction, self.auction_extension]
    }

    /// When an epoch and its bid phase begin.
    pub fn epoch_start(&self, epoch: u64) -> u64 {
        self.genesis + epoch * self.config.epoch_length
    }

    /// When the bid phase of an epoch ends and its reveal phase begins.
    pub fn bid_end(&self, epoch: u64) -> u64 {
        self.epoch_start(epoch) + self.config.bid_length
    }

    /// When an epoch ends.
    pub fn epoch_end(&self, epoch: u64) -> u64 {
        self.epoch_start(epoch + 1)
    }

    fn link(&self, chain: &mut Chain, actors: &Actors, usdai: Address) -> Result<()> {
        let admin = actors.admin;
        let set_vault = IQevAuction::setVaultCall { vault: self.vault };
        chain.transact(admin, self.auction, &set_vault).receipt()?;
        for (role, account) in vault_roles(actors) {
            let grant = IStakedUSDai::grantRoleCall {
                role: role_id(role),
                account,
            };
            chain.transact(admin, self.vault, &grant).receipt()?;
        }
        let harvests = IUSDai::grantRoleCall {
            role: role_id("YIELD_ROLE"),
            account: self.vault,
        };
        chain.transact(admin, usdai, &harvests).receipt()?;
        Ok(())
    }

    fn make_first_deposit(&self, chain: &mut Chain, admin: Address, tokens: &Tokens, usdai: Address) -> Result<()> {
        let wm = tokens.wm;
        let amount = dollars(self.config.first_deposit, wm.decimals);
        let assets = dollars(self.config.first_deposit, 18);
        let approve = |spender: Address, value: U256| IERC20::approveCall { spender, value };
        chain
            .transact(admin, wm.token, &ITestToken::mintCall { to: admin, amount })
            .receipt()?;
        chain.transact(admin, wm.token, &approve(usdai, amount)).receipt()?;
        let mint = IUSDai::deposit_0Call {
            depositToken: wm.token,
            depositAmount: amount,
            usdaiAmountMinimum: assets,
            recipient: admin,
        };
        chain.transact(admin, usdai, &mint).receipt()?;
        chain.transact(admin, usdai, &approve(self.vault, assets)).receipt()?;
        let deposit = IStakedUSDai::deposit_0Call {
            amount: assets,
            receiver: admin,
        };
        chain.transact(admin, self.vault, &deposit).receipt()?;
        Ok(())
    }
}

/// Deploys an auction and its extension, and links nothing: the auction's address and the extension's.
pub fn deploy_auction(
    chain: &mut Chain,
    artifacts: &Artifacts,
    config: StakingConfig,
    admin: Address,
    genesis: u64,
) -> Result<(Address, Address)> {
    let (extension, code_hash) = deploy_extension(chain, artifacts, admin, "qev-auction-extension")?;
    let arguments = (
        admin,
        U256::from(genesis),
        U256::from(config.epoch_length),
        U256::from(config.bid_length),
        config.auction_share_bps,
        config.min_discount_bps,
        config.max_discount_bps,
        config.bond_bps,
        extension,
        code_hash,
    )
        .abi_encode_params();
    let (auction, _) = deploy_program(chain, admin, &artifacts.wasm("qev-auction")?, &arguments)?;
    Ok((auction, extension))
}

/// Deploys a vault and its extension, and links nothing: the vault's address and the extension's.
pub fn deploy_vault(
    chain: &mut Chain,
    artifacts: &Artifacts,
    config: StakingConfig,
    actors: &Actors,
    usdai: Address,
    auction: Address,
) -> Result<(Address, Address)> {
    let admin = actors.admin;
    let (extension, code_hash) = deploy_extension(chain, artifacts, admin, "susdai-vault-extension")?;
    let arguments = (
        admin,
        usdai,
        auction,
        extension,
        code_hash,
        actors.treasury,
        config.fee_bps,
    )
        .abi_encode_params();
    let (vault, _) = deploy_program(chain, admin, &artifacts.wasm("susdai-vault")?, &arguments)?;
    Ok((vault, extension))
}

/// Deploys code that runs on another contract's storage: its address and its code's hash.
pub(crate) fn deploy_extension(
    chain: &mut Chain,
    artifacts: &Artifacts,
    admin: Address,
    contract: &str,
) -> Result<(Address, B256)> {
    let extension = deploy_library(chain, admin, &artifacts.wasm(contract)?)?;
    let code = chain.code(extension);
    ensure!(!code.is_empty(), "{contract} has no code");
    Ok((extension, keccak256(&code)))
}
