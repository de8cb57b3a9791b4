//! sUSDai over a plain token, as the Solidity was measured, without loans and with one position.

use alloy_primitives::{Address, U256};
use suite::bindings::IStakedUSDai;
use suite::deployment::deploy_usdai;
use suite::{Staking, StakingConfig, SuiteConfig};
use suite_tests::{Expect, World, calls, n, usdai};

use crate::figures::{Figures, Needs};
use crate::meter::{Operation, measure as measure_call, measure_mean};

/// Everything that a measured operation may run.
pub(crate) fn programs(w: &World) -> Vec<Address> {
    w.suite.programs()
}

/// An account that nobody has heard of.
fn newcomer(number: u64) -> Address {
    Address::from_word((U256::from(0xfee1_600d_u64) + U256::from(number)).into())
}

/// Requests of different controllers, so that none has too many.
fn queue(w: &mut World, requests: u64, shares: U256) {
    let desk = w.suite.actors.desk;
    for number in 0..requests {
        let controller = newcomer(1_000 + number / 50);
        if w.shares_of(controller) < shares {
            let call = IStakedUSDai::transferCall {
                to: controller,
                value: shares * n(50),
            };
            w.vault(desk, &call).must();
        }
        w.request(controller, shares);
    }
}

/// The suite with a plain token in place of wrapped M.
fn over_a_plain_token() -> World {
    let config = SuiteConfig {
        staking: None,
        ..SuiteConfig::default()
    };
    let mut w = World::of(&config);
    let actors = w.suite.actors;
    let base = w.fixture("PlainEarner");
    let usdai = deploy_usdai(&mut w.chain, &config, actors.admin, base).expect("a plain base token");
    w.suite.usdai = usdai;
    w.suite.tokens.wm.token = base;
    let tokens = w.suite.tokens;
    let staking = Staking::deploy(
        &mut w.chain,
        &config.artifacts,
        StakingConfig::default(),
        &actors,
        &tokens,
        usdai,
    );
    w.suite.staking = Some(staking.expect("USDai is there"));
    for program in w.suite.programs() {
        w.chain.cache_program(program);
    }
    w
}

#[expect(
    clippy::too_many_lines,
    reason = "a list of operations, each in the state that the last one left"
)]
pub(crate) fn measure(figures: &mut Figures) {
    let mut w = over_a_plain_token();
    let actors = w.suite.actors;
    let (alice, bob, desk) = (actors.alice, actors.bob, actors.desk);
    let vault = w.staking().vault;
    let programs = programs(&w);
    let share = usdai(1);
    for account in [alice, bob] {
        w.stake(account, 1_000);
        w.fund_usdai(account, 10_000);
    }
    w.stake(desk, 200_000);
    w.pass(86_400);

    let deposit = |receiver: Address| calls::deposit(usdai(100), receiver);
    macro_rules! row {
        ($kind:ident, $name:expr, $live:literal, $from:expr, $call:expr) => {{
            let call = $call;
            measure_call(
                &mut w,
                figures,
                &programs,
                &Operation::$kind($name, $live),
                ($from, vault, &call),
            );
        }};
    }
    row!(of_user, "sUSDai deposit warm, no loans", 117_755, alice, deposit(alice));
    row!(
        of_user,
        "sUSDai deposit new user, no loans",
        134_855,
        alice,
        deposit(newcomer(1))
    );
    let pool = w.link_pool();
    w.vault(actors.strategist, &calls::allocate(0, usdai(1_000))).must();
    w.set_pool_value(pool, 0, usdai(1_010), usdai(1_000), usdai(0));
    row!(of_user, "sUSDai deposit warm, one loan", 143_966, alice, deposit(alice));
    row!(
        of_user,
        "sUSDai deposit new user, one loan",
        161_066,
        alice,
        deposit(newcomer(2))
    );
    let transfer = |to: Address| IStakedUSDai::transferCall { to, value: share };
    // Both balances and the event; the blacklist stands in the balances' words.
    let moved = Needs {
        updates: 2,
        events: &[(3, 1)],
        ..Needs::default()
    };
    let moved_to_new = Needs {
        updates: 1,
        fresh: 1,
        ..moved
    };
    for (name, live, needs, to) in [
        ("sUSDai transfer, existing holder", 44_718, moved, bob),
        ("sUSDai transfer, new holder", 61_818, moved_to_new, newcomer(3)),
    ] {
        let operation = Operation::of_user(name, live).needs(needs);
        measure_call(&mut w, figures, &programs, &operation, (alice, vault, &transfer(to)));
    }
    w.accrue_base_yield(10);
    w.harvest();
    w.accrue_base_yield(10);
    row!(
        of_manager,
        "sUSDai harvest of base yield, warm",
        103_668,
        actors.strategist,
        calls::harvest()
    );
    // Every third request opens a word of the queue's tree: the mean of three is what a request costs.
    let strangers: Vec<Address> = (5..8).map(newcomer).collect();
    for stranger in &strangers {
        w.vault(desk, &calls::transfer(*stranger, share)).must();
    }
    w.request(bob, share);
    let firsts: Vec<_> = strangers
        .iter()
        .map(|stranger| calls::request(share, *stranger))
        .collect();
    let first_calls: Vec<_> = (strangers.iter().zip(&firsts))
        .map(|(stranger, call)| (*stranger, vault, call))
        .collect();
    let operation = Operation::of_user("sUSDai requestRedeem, user's first", 236_313);
    measure_mean(&mut w, figures, &programs, &operation, &first_calls);
    w.request(alice, share);
    let later = calls::request(share, alice);
    let operation = Operation::of_user("sUSDai requestRedeem, user's later", 219_213);
    measure_mean(&mut w, figures, &programs, &operation, &[(alice, vault, &later); 3]);
    let requested = 1 + 3 + 1 + 3;

    // Servicing, first the queue as it is, then so much of it at once.
    let before = w.chain.snapshot();
    for (requests, name, live) in [
        (1, "1 request", Some(142_854)),
        (10, "10 requests", Some(608_994)),
        (100, "100 requests", Some(5_270_274)),
        (10_000, "10,000 requests", None),
    ] {
        let here = w.chain.snapshot();
        queue(&mut w, requests, share);
        w.to_epoch(1);
        // One servicing before: the slots of the queue's head are warm in production.
        w.service(share * n(requested));
        let name = format!("sUSDai serviceRedemptions, {name}");
        let operation = Operation {
            live,
            ..Operation::of_manager(&name, 0)
        };
        let call = calls::service(share * n(requests));
        measure_call(
            &mut w,
            figures,
            &programs,
            &operation,
            (actors.strategist, vault, &call),
        );
        assert!(w.chain.revert(here));
    }
    // The first snapshot stands as long as nothing before it is reverted to.
    assert!(w.chain.revert(before));

    w.to_epoch(1);
    w.service(share * n(requested));
    let redeem =
        |shares: u64, receiver: Address, controller: Address| calls::redeem(share * n(shares), receiver, controller);
    let before = w.chain.snapshot();
    row!(
        of_user,
        "sUSDai redeem 1 request, receiver warm",
        84_011,
        bob,
        redeem(1, bob, bob)
    );
    assert!(w.chain.revert(before));
    row!(
        of_user,
        "sUSDai redeem 1 request, receiver new",
        97_691,
        bob,
        redeem(1, newcomer(4), bob)
    );
    row!(
        of_user,
        "sUSDai redeem 3 requests of one user",
        123_564,
        alice,
        redeem(3, alice, alice)
    );
    over_wrapped_m(figures);
}

/// A deposit in production: the yield of wrapped M is computed from an index that compounds.
fn over_wrapped_m(figures: &mut Figures) {
    let mut w = World::of(&SuiteConfig::default());
    let (vault, alice) = (w.staking().vault, w.suite.actors.alice);
    w.stake(alice, 1_000);
    w.fund_usdai(alice, 1_000);
    w.pass(86_400);
    let operation = Operation::new("sUSDai deposit warm, no loans, over wrapped M's double");
    let programs = programs(&w);
    let deposit = calls::deposit(usdai(100), alice);
    measure_call(&mut w, figures, &programs, &operation, (alice, vault, &deposit));
}
