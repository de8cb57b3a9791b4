//! How fast tests can be: `cargo bench -p suite --profile dev` prints how long a chain with the whole suite takes to come
//! up, and how long calls of USDai take in process.

use std::hint::black_box;
use std::time::{Duration, Instant};

use alloy_primitives::U256;
use alloy_sol_types::SolCall;
use devnet::{Chain, ChainConfig};
use suite::bindings::{IERC20, ITestToken, IUSDai};
use suite::uniswap::dollars;
use suite::{Suite, SuiteConfig, Transact};

const STARTS: u32 = 5;
const CALLS: u32 = 2_000;

fn main() -> anyhow::Result<()> {
    let mut slowest = Duration::ZERO;
    let mut deployed = None;
    for _ in 0..STARTS {
        let started = Instant::now();
        let mut chain = Chain::new(ChainConfig::default());
        let suite = Suite::deploy(&mut chain, &SuiteConfig::default())?;
        slowest = slowest.max(started.elapsed());
        deployed = Some((chain, suite));
    }
    let (mut chain, suite) = deployed.expect("started at least once");
    println!(
        "{:<44}{:>12.1?}   (slowest of {STARTS})",
        "chain with the whole suite", slowest
    );

    let (alice, bob, wm) = (suite.actors.alice, suite.actors.bob, suite.tokens.wm.token);
    let amount = dollars(1_000_000, 6);
    chain
        .transact(alice, wm, &ITestToken::mintCall { to: alice, amount })
        .receipt()?;
    chain
        .transact(
            alice,
            wm,
            &IERC20::approveCall {
                spender: suite.usdai,
                value: U256::MAX,
            },
        )
        .receipt()?;
    let deposit = IUSDai::deposit_0Call {
        depositToken: wm,
        depositAmount: dollars(100, 6),
        usdaiAmountMinimum: U256::ZERO,
        recipient: alice,
    };
    let transfer = IUSDai::transferCall {
        to: bob,
        value: U256::from(1),
    };
    let balance = IUSDai::balanceOfCall { account: bob };
    mean("USDai deposit(wM), mined", || {
        chain.transact(alice, suite.usdai, &deposit).receipt.status
    });
    mean("USDai transfer, mined", || {
        chain.transact(alice, suite.usdai, &transfer).receipt.status
    });
    mean("USDai balanceOf, called", || {
        !chain
            .call_data(alice, suite.usdai, balance.abi_encode().into())
            .expect("a view")
            .is_empty()
    });
    Ok(())
}

/// The mean time of an action, which must succeed.
fn mean(what: &str, mut action: impl FnMut() -> bool) {
    let started = Instant::now();
    for _ in 0..CALLS {
        assert!(black_box(action()), "{what} failed");
    }
    println!("{what:<44}{:>12.1?}   (mean of {CALLS})", started.elapsed() / CALLS);
}
