//! The real Uniswap V3 from its published artifacts: factory, position manager and SwapRouter02, and pools of dollars
//! with liquidity around one for one.

use alloy_primitives::aliases::{I24, U24};
use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use anyhow::{Result, ensure};
pub use client::uniswap::{FEE_LOW, FEE_LOWEST, FeeTier, LIQUIDITY, Range, Side, dollars, path};
use client::uniswap::{create_pool_call, provide_call};
use devnet::Chain;

use crate::artifacts::Artifacts;
use crate::bindings::{IERC20, IUniswapV3Factory};
use crate::calls::Transact;
use crate::program::deploy_evm;

/// The contracts of one Uniswap V3 deployment.
#[derive(Clone, Copy, Debug)]
pub struct Uniswap {
    /// Wrapped ether, which the periphery wants to know.
    pub weth: Address,
    /// Makes pools.
    pub factory: Address,
    /// Takes liquidity.
    pub position_manager: Address,
    /// Swaps.
    pub router: Address,
}

impl Uniswap {
    /// Deploys everything and enables the 0.01 % tier.
    pub fn deploy(chain: &mut Chain, artifacts: &Artifacts, deployer: Address) -> Result<Self> {
        let weth = deploy_evm(chain, deployer, artifacts.creation_code("Weth9")?)?;
        let factory = deploy_evm(chain, deployer, artifacts.creation_code("UniswapV3Factory")?)?;
        // The third argument describes positions as pictures; nothing here asks for one.
        let code = artifacts.creation_code_with("NonfungiblePositionManager", &(factory, weth, Address::ZERO))?;
        let position_manager = deploy_evm(chain, deployer, code)?;
        // The first argument is the factory of version 2, through which nothing is routed.
        let arguments = (Address::ZERO, factory, position_manager, weth);
        let router = deploy_evm(
            chain,
            deployer,
            artifacts.creation_code_with("SwapRouter02", &arguments)?,
        )?;

        let lowest = IUniswapV3Factory::enableFeeAmountCall {
            fee: U24::from(FEE_LOWEST.fee),
            tickSpacing: I24::try_from(FEE_LOWEST.tick_spacing)?,
        };
        chain.transact(deployer, factory, &lowest).receipt()?;
        Ok(Self {
            weth,
            factory,
            position_manager,
            router,
        })
    }

    /// Makes the pool `a / b` at one for one.
    pub fn create_pool(&self, chain: &mut Chain, by: Address, a: Side, b: Side, tier: FeeTier) -> Result<Address> {
        let call = create_pool_call(a, b, tier);
        Ok(chain.transact(by, self.position_manager, &call).result()?)
    }

    /// Adds liquidity of `provider`, who holds the tokens, to the pool `a / b`.
    pub fn provide(
        &self,
        chain: &mut Chain,
        provider: Address,
        (a, b): (Side, Side),
        tier: FeeTier,
        range: Range,
    ) -> Result<()> {
        for side in [a, b] {
            // Zero first: a USDT-like token does not change an allowance that is in use.
            for value in [U256::ZERO, U256::MAX] {
                let approve = IERC20::approveCall {
                    spender: self.position_manager,
                    value,
                };
                let receipt = chain.send_data(provider, side.token, U256::ZERO, approve.abi_encode().into());
                ensure!(receipt.status, "{} refused an approval", side.token);
            }
        }
        let call = provide_call(provider, (a, b), tier, range)?;
        chain.transact(provider, self.position_manager, &call).receipt()?;
        Ok(())
    }
}
