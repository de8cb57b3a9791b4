//! What the local chain lacks: doubles of wrapped M, USDC and USDT, and the real Uniswap V3 with pools of them.

use std::collections::BTreeMap;

use alloy_primitives::aliases::{I24, U24};
use alloy_primitives::{Address, Bytes, U256};
use anyhow::Result;
use client::artifacts::Artifacts;
use client::bindings::{IERC20, ITestToken, IUniswapV3Factory};
use client::stylus::CREATE2_FACTORY;
use client::uniswap::{FEE_LOWEST, LIQUIDITY, Side, create_pool_call, dollars, provide_call};

use crate::blueprint::{SWAP_ROUTER, WM};
use crate::config::{Settings, Token};
use crate::node::Request;
use crate::steps::{Check, Stage, Step, Steps, TRANSFER};

/// The factory of Uniswap's pools. It belongs to whoever creates it, so the deployer does so himself (CREATE).
pub const UNISWAP_FACTORY: &str = "uniswap-factory";
/// What takes liquidity.
pub const POSITION_MANAGER: &str = "position-manager";
/// Wrapped ether, which Uniswap's periphery wants to know.
pub const WETH: &str = "weth";
/// The dollars beside wM.
pub const DOLLARS: [&str; 2] = ["usdc", "usdt"];

/// Decimals of wM and of both dollars.
const DECIMALS: u8 = 6;
/// Gas of a contract that is created, a pool among them.
const CREATION: u64 = 5_500_000;

/// The test doubles: where they will be, and the steps that put them there.
#[derive(Clone, Debug)]
pub struct Fixtures {
    /// Addresses by name.
    pub externals: BTreeMap<String, Address>,
    /// The dollars as the swap adapter takes them.
    pub tokens: Vec<(String, Token)>,
    /// What is to be done.
    pub steps: Vec<Step>,
}

impl Fixtures {
    /// Works out the doubles of `deployer`, Uniswap's factory being at `factory`.
    ///
    /// # Errors
    ///
    /// When one is not built.
    pub fn new(
        settings: &Settings,
        artifacts: &Artifacts,
        deployer: Address,
        factory: Address,
        wm_yield: u16,
    ) -> Result<Self> {
        let mut made = Made {
            salt: settings.salt,
            externals: BTreeMap::new(),
            steps: Steps::new(Stage::Fixtures, deployer),
        };
        let creation = Request {
            to: None,
            data: artifacts.creation_code("UniswapV3Factory")?,
            value: U256::ZERO,
        };
        made.steps.add(
            "create Uniswap's factory",
            creation,
            vec![Check::Code(factory, None)],
            CREATION,
        );
        made.externals.insert(UNISWAP_FACTORY.into(), factory);

        let weth = made.create(WETH, &artifacts.creation_code("Weth9")?);
        let wm = made.create(WM, &artifacts.creation_code_with("WrappedM", &(u32::from(wm_yield),))?);
        let circles = made.create(DOLLARS[0], &artifacts.creation_code("UsdCoin")?);
        let tethers = made.create(DOLLARS[1], &artifacts.creation_code("TetherLike")?);
        // The third argument describes positions as pictures; nothing here asks for one.
        let arguments = (factory, weth, Address::ZERO);
        let code = artifacts.creation_code_with("NonfungiblePositionManager", &arguments)?;
        let manager = made.create(POSITION_MANAGER, &code);
        // The first argument is the factory of version 2, through which nothing is routed.
        let arguments = (Address::ZERO, factory, manager, weth);
        made.create(SWAP_ROUTER, &artifacts.creation_code_with("SwapRouter02", &arguments)?);

        let mut steps = made.steps;
        let fee = U24::from(FEE_LOWEST.fee);
        let enable = IUniswapV3Factory::enableFeeAmountCall {
            fee,
            tickSpacing: I24::try_from(FEE_LOWEST.tick_spacing)?,
        };
        let enabled = Check::at_least(
            factory,
            &IUniswapV3Factory::feeAmountTickSpacingCall { fee },
            U256::from(1),
        );
        let request = Request::call(factory, &enable);
        steps.add("let Uniswap have pools of 0.01 %", request, vec![enabled], TRANSFER);
        pools(&mut steps, deployer, factory, manager, [wm, circles, tethers])?;

        let token = |address| Token {
            address,
            fee_tier: FEE_LOWEST.fee,
        };
        // No pool of wM and USDT exists: the direct tier stands for the day when one does.
        let tokens = DOLLARS.iter().zip([circles, tethers]);
        Ok(Self {
            externals: made.externals,
            tokens: tokens.map(|(name, address)| ((*name).into(), token(address))).collect(),
            steps: steps.list,
        })
    }
}

/// What has been worked out so far.
struct Made {
    salt: alloy_primitives::B256,
    externals: BTreeMap<String, Address>,
    steps: Steps,
}

impl Made {
    /// Creates a contract at an address that depends on nothing but its code and the salt.
    fn create(&mut self, name: &str, code: &Bytes) -> Address {
        let address = CREATE2_FACTORY.create2_from_code(self.salt, code);
        let request = Request {
            to: Some(CREATE2_FACTORY),
            data: [self.salt.as_slice(), code].concat().into(),
            value: U256::ZERO,
        };
        self.steps.add(
            format!("create {name} at {address}"),
            request,
            vec![Check::Code(address, None)],
            CREATION,
        );
        self.externals.insert(name.into(), address);
        address
    }
}

/// The pools wM / USDC and USDC / USDT with the deployer's liquidity.
fn pools(steps: &mut Steps, deployer: Address, factory: Address, manager: Address, tokens: [Address; 3]) -> Result<()> {
    let [wm, circles, tethers] = tokens.map(|token| Side {
        token,
        decimals: DECIMALS,
    });
    let pairs = [(wm, circles, "wM / USDC"), (circles, tethers, "USDC / USDT")];
    for (a, b, name) in pairs {
        let asked = IUniswapV3Factory::getPoolCall {
            tokenA: a.token,
            tokenB: b.token,
            fee: U24::from(FEE_LOWEST.fee),
        };
        let request = Request::call(manager, &create_pool_call(a, b, FEE_LOWEST));
        let exists = Check::at_least(factory, &asked, U256::from(1));
        steps.add(format!("create the pool {name}"), request, vec![exists], CREATION);
    }
    let positions = |count: usize| {
        let balance = IERC20::balanceOfCall { account: deployer };
        Check::at_least(manager, &balance, U256::from(count))
    };
    let depth: u64 = LIQUIDITY.iter().map(|range| range.dollars).sum();
    for (side, name, pools) in [(wm, WM, 1), (circles, DOLLARS[0], 2), (tethers, DOLLARS[1], 1)] {
        let amount = dollars(depth * pools, side.decimals);
        let held = Check::at_least(side.token, &IERC20::balanceOfCall { account: deployer }, amount);
        let mint = ITestToken::mintCall { to: deployer, amount };
        let request = Request::call(side.token, &mint);
        steps.add(
            format!("mint {name} for the pools"),
            request,
            vec![positions(1), held],
            TRANSFER,
        );
        let title = format!("approve {name} for the pools");
        steps.allow(title, side.token, manager, U256::MAX, vec![positions(1)]);
    }
    let mut provided = 0;
    for (a, b, name) in pairs {
        for range in LIQUIDITY {
            provided += 1;
            let provide = provide_call(deployer, (a, b), FEE_LOWEST, range)?;
            steps.add(
                format!("provide {} dollars a side to {name}", range.dollars),
                Request::call(manager, &provide),
                vec![positions(provided)],
                CREATION / 8,
            );
        }
    }
    Ok(())
}
