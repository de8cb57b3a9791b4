//! The whole suite on a chain: tokens, Uniswap with liquidity, the contracts, their roles and their links.

use alloy_primitives::aliases::U24;
use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolValue;
use anyhow::{Context, Result};
use devnet::Chain;

use crate::artifacts::Artifacts;
use crate::bindings::{ISwapAdapter, ITestToken, IUSDai, IWrappedM};
use crate::calls::{Transact, role_id};
use crate::credit::{Credit, CreditConfig};
use crate::program::{deploy_evm, deploy_program};
use crate::staking::{Staking, StakingConfig};
use crate::uniswap::{FEE_LOW, FEE_LOWEST, FeeTier, LIQUIDITY, Side, Uniswap, dollars, path};
use crate::wallet::key_of;

/// What can be chosen about a deployment.
#[derive(Clone, Debug)]
pub struct SuiteConfig {
    /// Where the built contracts are.
    pub artifacts: Artifacts,
    /// Cap on USDai, 18 decimals.
    pub supply_cap: U256,
    /// What wrapped M earns, in basis points a year.
    pub yield_bps: u32,
    /// Whether the programs are put into the chain's cache, as those of a production deployment are.
    pub cached: bool,
    /// sUSDai and its auction; without it USDai stands alone, and nothing is deposited.
    pub staking: Option<StakingConfig>,
    /// CALIBER, the loan pool and the auction of collateral; the vault is linked to the pool if both are there.
    pub credit: Option<CreditConfig>,
}

impl Default for SuiteConfig {
    /// A cap of a billion, 5 % a year, programs cached, everything deployed but the credit side.
    fn default() -> Self {
        Self {
            artifacts: Artifacts::default(),
            supply_cap: dollars(1_000_000_000, 18),
            yield_bps: 500,
            cached: true,
            staking: Some(StakingConfig::default()),
            credit: None,
        }
    }
}

/// The chain's funded accounts by what they do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actors {
    /// Deploys everything; `DEFAULT_ADMIN_ROLE`.
    pub admin: Address,
    /// `PAUSE_ADMIN_ROLE`.
    pub pauser: Address,
    /// `BRIDGE_ADMIN_ROLE`.
    pub bridge: Address,
    /// `DEPOSIT_ADMIN_ROLE`: deposits past the cap.
    pub desk: Address,
    /// `WHITELIST_ADMIN_ROLE` of USDai, `BLACKLIST_ADMIN_ROLE` of sUSDai.
    pub gatekeeper: Address,
    /// `YIELD_ROLE`: harvests, as the vault does.
    pub harvester: Address,
    /// Owns the liquidity of the pools.
    pub provider: Address,
    /// A depositor.
    pub alice: Address,
    /// Another one.
    pub bob: Address,
    /// Nobody in particular: holds nothing but ether.
    pub stranger: Address,
    /// `STRATEGY_ADMIN_ROLE`: allocates, harvests, announces, settles and services.
    pub strategist: Address,
    /// A third depositor.
    pub carol: Address,
    /// A fourth.
    pub dave: Address,
    /// Receives the vault's fees.
    pub treasury: Address,
}

impl Actors {
    /// The accounts of the chain's mnemonic in the order of the fields, whether the chain funds so many or not.
    pub fn of(chain: &Chain) -> Result<Self> {
        let mut index = 0;
        let mut next = || -> Result<Address> {
            let account = match chain.accounts().get(index) {
                Some(account) => *account,
                None => key_of(chain, index)?.address(),
            };
            index += 1;
            Ok(account)
        };
        Ok(Self {
            admin: next()?,
            pauser: next()?,
            bridge: next()?,
            desk: next()?,
            gatekeeper: next()?,
            harvester: next()?,
            provider: next()?,
            alice: next()?,
            bob: next()?,
            stranger: next()?,
            strategist: next()?,
            carol: next()?,
            dave: next()?,
            treasury: next()?,
        })
    }

    /// Gives ether to those whom the chain has not funded.
    fn fund(&self, chain: &mut Chain) {
        for account in [self.strategist, self.carol, self.dave, self.treasury] {
            if chain.balance(account).is_zero() {
                chain.set_balance(account, chain.config().balance);
            }
        }
    }
}

/// The dollars that USDai takes.
#[derive(Clone, Copy, Debug)]
pub struct Tokens {
    /// Wrapped M, the base token: 6 decimals, earns.
    pub wm: Side,
    /// USDC: 6 decimals, direct pool at 0.01 %.
    pub usdc: Side,
    /// USDT: 6 decimals, answers nothing, only reached through USDC.
    pub usdt: Side,
    /// A dollar of 18 decimals, direct pool at 0.05 %.
    pub dai: Side,
}

/// Pools of the deployment.
#[derive(Clone, Copy, Debug)]
pub struct Pools {
    /// wM / USDC at 0.01 %.
    pub wm_usdc: Address,
    /// USDC / USDT at 0.01 %.
    pub usdc_usdt: Address,
    /// wM / DAI at 0.05 %.
    pub wm_dai: Address,
}

/// Everything that was deployed.
#[derive(Clone, Debug)]
pub struct Suite {
    /// Who does what.
    pub actors: Actors,
    /// The dollars.
    pub tokens: Tokens,
    /// Uniswap V3.
    pub uniswap: Uniswap,
    /// Its pools.
    pub pools: Pools,
    /// USDai.
    pub usdai: Address,
    /// The swap adapter.
    pub swap_adapter: Address,
    /// sUSDai and its auction, if they were wanted.
    pub staking: Option<Staking>,
    /// CALIBER, the loan pool and the auction of collateral, if they were wanted.
    pub credit: Option<Credit>,
}

/// Roles of USDai beside the admin's, and who holds them.
pub fn usdai_roles(actors: &Actors) -> [(&'static str, Address); 5] {
    [
        ("PAUSE_ADMIN_ROLE", actors.pauser),
        ("BRIDGE_ADMIN_ROLE", actors.bridge),
        ("DEPOSIT_ADMIN_ROLE", actors.desk),
        ("WHITELIST_ADMIN_ROLE", actors.gatekeeper),
        ("YIELD_ROLE", actors.harvester),
    ]
}

impl Suite {
    /// Deploys everything. The users hold nothing yet.
    pub fn deploy(chain: &mut Chain, config: &SuiteConfig) -> Result<Self> {
        let actors = Actors::of(chain)?;
        actors.fund(chain);
        let tokens = Tokens::deploy(chain, config, actors.admin)?;
        let uniswap = Uniswap::deploy(chain, &config.artifacts, actors.admin)?;
        let pools = Pools::deploy(chain, &tokens, &uniswap, actors.provider)?;

        let usdai = deploy_usdai(chain, config, actors.admin, tokens.wm.token)?;
        let swap_adapter = deploy_swap_adapter(chain, config, actors.admin, usdai, tokens.wm.token, uniswap.router)?;
        let mut suite = Self {
            actors,
            tokens,
            uniswap,
            pools,
            usdai,
            swap_adapter,
            staking: None,
            credit: None,
        };
        suite.link(chain)?;
        if let Some(staking) = config.staking {
            let staking = Staking::deploy(chain, &config.artifacts, staking, &actors, &tokens, usdai)?;
            suite.staking = Some(staking);
        }
        if let Some(credit) = config.credit {
            let staking = suite.staking.as_ref();
            let credit = Credit::deploy(chain, &config.artifacts, credit, &actors, usdai, staking)?;
            suite.credit = Some(credit);
        }
        if config.cached {
            for program in suite.programs() {
                chain.cache_program(program);
            }
        }
        Ok(suite)
    }

    /// The Stylus programs of the deployment.
    pub fn programs(&self) -> Vec<Address> {
        let mut programs = vec![self.usdai, self.swap_adapter];
        programs.extend(self.staking.iter().flat_map(Staking::programs));
        programs.extend(self.credit.iter().flat_map(Credit::programs));
        programs
    }

    /// sUSDai and its auction.
    ///
    /// # Errors
    ///
    /// When they were not deployed.
    pub fn staking(&self) -> Result<Staking> {
        self.staking.context("the suite was deployed without sUSDai")
    }

    /// CALIBER, the loan pool and the auction of collateral.
    ///
    /// # Errors
    ///
    /// When they were not deployed.
    pub fn credit(&self) -> Result<Credit> {
        self.credit.context("the suite was deployed without its credit side")
    }

    /// The path on which USDT becomes wM: two hops, by way of USDC.
    pub fn usdt_to_wm(&self) -> Bytes {
        path(
            self.tokens.usdt.token,
            &[(FEE_LOWEST, self.tokens.usdc.token), (FEE_LOWEST, self.tokens.wm.token)],
        )
    }

    /// The same path the other way.
    pub fn wm_to_usdt(&self) -> Bytes {
        path(
            self.tokens.wm.token,
            &[
                (FEE_LOWEST, self.tokens.usdc.token),
                (FEE_LOWEST, self.tokens.usdt.token),
            ],
        )
    }

    /// Roles, the adapter's tokens, and the link from USDai to its adapter.
    fn link(&self, chain: &mut Chain) -> Result<()> {
        let admin = self.actors.admin;
        for (role, account) in usdai_roles(&self.actors) {
            let grant = IUSDai::grantRoleCall {
                role: role_id(role),
                account,
            };
            chain.transact(admin, self.usdai, &grant).receipt()?;
        }
        let tokens = &self.tokens;
        // No pool of wM and USDT exists: the direct tier stands for the day when one does.
        for (side, tier) in [
            (tokens.usdc, FEE_LOWEST),
            (tokens.usdt, FEE_LOWEST),
            (tokens.dai, FEE_LOW),
        ] {
            let set_token = ISwapAdapter::setTokenCall {
                token: side.token,
                whitelisted: true,
                feeTier: U24::from(tier.fee),
            };
            chain.transact(admin, self.swap_adapter, &set_token).receipt()?;
        }
        let set = IUSDai::setSwapAdapterCall {
            adapter: self.swap_adapter,
        };
        chain.transact(admin, self.usdai, &set).receipt()?;
        let earn = IWrappedM::startEarningForCall { account: self.usdai };
        chain.transact(admin, tokens.wm.token, &earn).receipt()?;
        Ok(())
    }
}

impl Tokens {
    fn deploy(chain: &mut Chain, config: &SuiteConfig, deployer: Address) -> Result<Self> {
        let artifacts = &config.artifacts;
        let mut deploy = |code: Bytes, decimals: u8| -> Result<Side> {
            Ok(Side {
                token: deploy_evm(chain, deployer, code)?,
                decimals,
            })
        };
        Ok(Self {
            wm: deploy(artifacts.creation_code_with("WrappedM", &(config.yield_bps,))?, 6)?,
            usdc: deploy(artifacts.creation_code("UsdCoin")?, 6)?,
            usdt: deploy(artifacts.creation_code("TetherLike")?, 6)?,
            dai: deploy(artifacts.creation_code_with("DecimalsToken", &(U256::from(18),))?, 18)?,
        })
    }
}

impl Pools {
    fn deploy(chain: &mut Chain, tokens: &Tokens, uniswap: &Uniswap, provider: Address) -> Result<Self> {
        let mut pool = |a: Side, b: Side, tier: FeeTier| -> Result<Address> {
            let pool = uniswap.create_pool(chain, provider, a, b, tier)?;
            for range in LIQUIDITY {
                for side in [a, b] {
                    let mint = ITestToken::mintCall {
                        to: provider,
                        amount: dollars(range.dollars, side.decimals),
                    };
                    chain.transact(provider, side.token, &mint).receipt()?;
                }
                uniswap.provide(chain, provider, (a, b), tier, range)?;
            }
            Ok(pool)
        };
        Ok(Self {
            wm_usdc: pool(tokens.wm, tokens.usdc, FEE_LOWEST)?,
            usdc_usdt: pool(tokens.usdc, tokens.usdt, FEE_LOWEST)?,
            wm_dai: pool(tokens.wm, tokens.dai, FEE_LOW)?,
        })
    }
}

/// Deploys USDai alone: admin, base token and cap are its constructor's arguments.
pub fn deploy_usdai(chain: &mut Chain, config: &SuiteConfig, admin: Address, base_token: Address) -> Result<Address> {
    let arguments = (admin, base_token, config.supply_cap).abi_encode_params();
    Ok(deploy_program(chain, admin, &config.artifacts.wasm("usdai-token")?, &arguments)?.0)
}

/// Deploys a swap adapter alone.
pub fn deploy_swap_adapter(
    chain: &mut Chain,
    config: &SuiteConfig,
    admin: Address,
    usdai: Address,
    base_token: Address,
    router: Address,
) -> Result<Address> {
    let arguments = (admin, usdai, base_token, router).abi_encode_params();
    Ok(deploy_program(chain, admin, &config.artifacts.wasm("swap-adapter")?, &arguments)?.0)
}
