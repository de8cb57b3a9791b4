//! The swap adapter: who may swap what along which route, and what is left behind (nothing).

use alloy_primitives::aliases::U24;
use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{Revert, SolError};
use suite::Transact;
use suite::bindings::{IERC20, ISwapAdapter, IUSDai, IWrappedM};
use suite::uniswap::{FEE_LOW, FEE_LOWEST, FeeTier, Range, Side, path};
use suite_tests::{Deployed, Expect, SCALE, World, n, units, usdai};

fn set_token(token: Address, whitelisted: bool, fee: u32) -> ISwapAdapter::setTokenCall {
    ISwapAdapter::setTokenCall {
        token,
        whitelisted,
        feeTier: U24::from(fee),
    }
}

#[test]
fn the_links_are_told() {
    let w = World::new();
    assert_eq!(w.ask_adapter(&ISwapAdapter::baseTokenCall {}), w.suite.tokens.wm.token);
    assert_eq!(w.ask_adapter(&ISwapAdapter::usdaiCall {}), w.suite.usdai);
    assert_eq!(w.ask_adapter(&ISwapAdapter::swapRouterCall {}), w.suite.uniswap.router);
}

#[test]
fn tokens_are_admitted_and_removed() {
    let mut w = World::new();
    let admin = w.suite.actors.admin;
    let token = w.fixture("PlainToken");
    let tier = |w: &Deployed| w.ask_adapter(&ISwapAdapter::feeTierCall { token });
    let admitted = |w: &Deployed| w.ask_adapter(&ISwapAdapter::isWhitelistedTokenCall { token });
    assert!(!admitted(&w) && tier(&w).is_zero());
    for fee in [1, 100, 999_999] {
        let outcome = w.adapter(admin, &set_token(token, true, fee));
        assert_eq!(
            w.adapter_event::<ISwapAdapter::TokenSet>(&outcome.receipt),
            ISwapAdapter::TokenSet {
                token,
                whitelisted: true,
                feeTier: U24::from(fee)
            }
        );
        outcome.must();
        assert!(admitted(&w));
        assert_eq!(tier(&w), U24::from(fee));
    }
    // Whatever tier is said at the removal.
    let outcome = w.adapter(admin, &set_token(token, false, 500));
    assert_eq!(
        w.adapter_event::<ISwapAdapter::TokenSet>(&outcome.receipt),
        ISwapAdapter::TokenSet {
            token,
            whitelisted: false,
            feeTier: U24::ZERO
        }
    );
    outcome.must();
    assert!(!admitted(&w) && tier(&w).is_zero());
}

#[test]
fn nonsense_is_not_admitted() {
    let mut w = World::new();
    let (admin, usdc) = (w.suite.actors.admin, w.suite.tokens.usdc.token);
    for fee in [0, 1_000_000, 0xff_ffff] {
        w.adapter(admin, &set_token(usdc, true, fee))
            .must_revert(ISwapAdapter::InvalidFeeTier {
                feeTier: U24::from(fee),
            });
    }
    for token in [Address::ZERO, w.suite.tokens.wm.token, w.suite.usdai] {
        w.adapter(admin, &set_token(token, true, 100))
            .must_revert(ISwapAdapter::InvalidAddress {});
    }
}

#[test]
fn a_removed_token_is_refused_at_once() {
    let mut w = World::new();
    let (actors, usdc) = (w.suite.actors, w.suite.tokens.usdc.token);
    w.mint_usdai(actors.alice, 10);
    w.fund(usdc, actors.alice, units(10));
    w.adapter(actors.admin, &set_token(usdc, false, 0)).must();
    let refused = ISwapAdapter::TokenNotWhitelisted { token: usdc };
    w.deposit(actors.alice, usdc, units(1), U256::ZERO, actors.alice)
        .must_revert(refused.clone());
    w.withdraw(actors.alice, usdc, usdai(1), U256::ZERO, actors.alice)
        .must_revert(refused);
    // It may still lie on somebody's way.
    let usdt = w.suite.tokens.usdt.token;
    w.fund(usdt, actors.alice, units(10));
    let route = w.suite.usdt_to_wm();
    w.deposit_along(actors.alice, usdt, units(10), U256::ZERO, actors.alice, route)
        .must();
}

#[test]
fn only_usdai_swaps() {
    let mut w = World::new();
    let (actors, tokens, adapter) = (w.suite.actors, w.suite.tokens, w.suite.swap_adapter);
    // Even with tokens already there.
    w.give(tokens.usdc.token, adapter, units(5));
    w.give(tokens.wm.token, adapter, units(5));
    for caller in [
        actors.stranger,
        actors.admin,
        actors.alice,
        tokens.wm.token,
        w.suite.uniswap.router,
    ] {
        let refused = ISwapAdapter::UnauthorizedCaller { caller };
        let swap_in = ISwapAdapter::swapInCall {
            token: tokens.usdc.token,
            amount: units(5),
            minBase: U256::ZERO,
            path: Bytes::new(),
        };
        w.adapter(caller, &swap_in).must_revert(refused.clone());
        let swap_out = ISwapAdapter::swapOutCall {
            token: tokens.usdc.token,
            baseAmount: units(5),
            minOut: U256::ZERO,
            path: Bytes::new(),
        };
        w.adapter(caller, &swap_out).must_revert(refused);
    }
    assert_eq!(w.balance(tokens.usdc.token, adapter), units(5));
    assert_eq!(w.wm_of(adapter), units(5));
}

#[test]
fn tokens_given_to_the_adapter_or_the_router_are_worth_nothing_to_thieves() {
    let mut w = World::new();
    let (alice, tokens) = (w.suite.actors.alice, w.suite.tokens);
    let (adapter, router) = (w.suite.swap_adapter, w.suite.uniswap.router);
    // wM that lies around there is nobody's way to USDai that is not backed.
    w.give(tokens.wm.token, adapter, units(7));
    w.give(tokens.usdc.token, adapter, units(7));
    w.give(tokens.wm.token, router, units(7));
    w.give(tokens.usdc.token, router, units(7));
    w.fund(tokens.usdc.token, alice, units(100));
    let held = w.wm_of(w.suite.usdai);
    let minted = w
        .deposit(alice, tokens.usdc.token, units(100), U256::ZERO, alice)
        .must();
    // What lay at the router is swapped along, what lay at the adapter is not; all that was minted is backed.
    assert_eq!((w.wm_of(w.suite.usdai) - held) * n(SCALE), minted);
    assert!(minted > usdai(106) && minted < usdai(107), "{minted}");
    assert_eq!(w.balance(tokens.usdc.token, adapter), units(7));
    assert_eq!(w.balance(tokens.usdc.token, router), U256::ZERO);
    let paid = w
        .withdraw(alice, tokens.usdc.token, usdai(100), U256::ZERO, alice)
        .must();
    assert!(paid > units(106) && paid < units(107), "{paid}");
    assert_eq!(w.wm_of(adapter), units(7));
    assert_eq!(w.wm_of(router), U256::ZERO);
}

/// Routes that are no routes from `from` to `to`, over tokens that exist.
fn wrong_routes(w: &Deployed, from: Address, to: Address) -> Vec<Bytes> {
    let other = w.suite.tokens.dai.token;
    let good = path(from, &[(FEE_LOWEST, to)]);
    let cut = |length: usize| Bytes::copy_from_slice(&good[..length]);
    let six = [
        (FEE_LOWEST, to),
        (FEE_LOWEST, from),
        (FEE_LOWEST, to),
        (FEE_LOWEST, from),
        (FEE_LOWEST, to),
    ];
    let six = [&six[..], &[(FEE_LOWEST, to)]].concat();
    vec![
        path(to, &[(FEE_LOWEST, from)]),
        path(other, &[(FEE_LOWEST, to)]),
        path(from, &[(FEE_LOWEST, other)]),
        path(from, &[(FEE_LOWEST, to), (FEE_LOWEST, other)]),
        path(from, &six),
        cut(1),
        cut(20),
        cut(23),
        cut(42),
        [&good[..], &[0]].concat().into(),
        [&[0], &good[..]].concat().into(),
        Bytes::from(vec![0; 43]),
    ]
}

#[test]
fn wrong_routes_are_refused() {
    let mut w = World::new();
    let (alice, usdc, wm) = (w.suite.actors.alice, w.suite.tokens.usdc.token, w.suite.tokens.wm.token);
    w.mint_usdai(alice, 10);
    w.fund(usdc, alice, units(10));
    for route in wrong_routes(&w, usdc, wm) {
        w.deposit_along(alice, usdc, units(1), U256::ZERO, alice, route.clone())
            .must_revert(ISwapAdapter::InvalidPath { path: route });
    }
    for route in wrong_routes(&w, wm, usdc) {
        w.withdraw_along(alice, usdc, usdai(1), U256::ZERO, alice, route.clone())
            .must_revert(ISwapAdapter::InvalidPath { path: route });
    }
    assert_eq!(w.balance(usdc, alice), units(10));
    assert_eq!(w.usdai_of(alice), usdai(10));
}

#[test]
fn a_pool_that_does_not_exist_is_told() {
    let mut w = World::new();
    let (alice, tokens) = (w.suite.actors.alice, w.suite.tokens);
    let no_reason = ISwapAdapter::SwapFailed { reason: Bytes::new() };
    // USDT has no direct pool.
    w.fund(tokens.usdt.token, alice, units(10));
    w.mint_usdai(alice, 10);
    w.deposit(alice, tokens.usdt.token, units(10), U256::ZERO, alice)
        .must_revert(no_reason.clone());
    w.withdraw(alice, tokens.usdt.token, usdai(10), U256::ZERO, alice)
        .must_revert(no_reason.clone());
    // Nor is there a pool at another tier.
    let route = path(tokens.usdc.token, &[(FEE_LOW, tokens.wm.token)]);
    w.fund(tokens.usdc.token, alice, units(10));
    w.deposit_along(alice, tokens.usdc.token, units(10), U256::ZERO, alice, route)
        .must_revert(no_reason);
    assert_eq!(w.balance(tokens.usdt.token, alice), units(10));
}

#[test]
fn a_route_over_what_is_no_token_is_refused() {
    let mut w = World::new();
    let (alice, tokens) = (w.suite.actors.alice, w.suite.tokens);
    let nobody = Address::repeat_byte(0x77);
    w.fund(tokens.usdc.token, alice, units(10));
    let route = path(
        tokens.usdc.token,
        &[(FEE_LOWEST, nobody), (FEE_LOWEST, tokens.wm.token)],
    );
    w.deposit_along(alice, tokens.usdc.token, units(10), U256::ZERO, alice, route)
        .must_revert(ISwapAdapter::ExternalCallFailed { target: nobody });
}

/// A pool `wM / token` with so much liquidity, and the token admitted at its tier.
fn list(w: &mut Deployed, token: Address, tier: FeeTier, dollars: u64) {
    let (provider, wm) = (w.suite.actors.provider, w.suite.tokens.wm);
    let side = Side { token, decimals: 6 };
    let range = Range { ticks: 10, dollars };
    w.give(token, provider, units(dollars));
    w.give(wm.token, provider, units(dollars));
    let uniswap = w.suite.uniswap;
    uniswap
        .create_pool(&mut w.chain, provider, wm, side, tier)
        .expect("a new pool");
    uniswap
        .provide(&mut w.chain, provider, (wm, side), tier, range)
        .expect("liquidity");
    w.admit(token, tier);
}

#[test]
fn a_thin_pool_takes_all_or_nothing() {
    let mut w = World::new();
    let alice = w.suite.actors.alice;
    let token = w.fixture("PlainToken");
    list(&mut w, token, FEE_LOWEST, 1_000);
    w.fund(token, alice, units(10_000));
    w.mint_usdai(alice, 10_000);

    let refused = w
        .deposit(alice, token, units(5_000), U256::ZERO, alice)
        .must_revert_with::<ISwapAdapter::IncompleteSwap>();
    assert_eq!(refused.token, token);
    assert!(
        refused.leftover > units(3_900) && refused.leftover < units(4_200),
        "{}",
        refused.leftover
    );
    let wm = w.suite.tokens.wm.token;
    let refused = w
        .withdraw(alice, token, usdai(5_000), U256::ZERO, alice)
        .must_revert_with::<ISwapAdapter::IncompleteSwap>();
    assert_eq!(refused.token, wm);
    assert_eq!(w.balance(token, alice), units(10_000));
    assert_eq!(w.usdai_of(alice), usdai(10_000));

    // What fits goes through, and what others leave at the adapter to make it too much is left alone.
    w.check_adapter_is_empty();
    let adapter = w.suite.swap_adapter;
    w.give(token, adapter, units(5_000));
    w.give(wm, adapter, units(5_000));
    let minted = w.deposit(alice, token, units(500), usdai(499), alice).must();
    assert!(minted < usdai(500));
    w.withdraw(alice, token, usdai(400), units(399), alice).must();
    assert_eq!(w.balance(token, adapter), units(5_000));
    assert_eq!(w.wm_of(adapter), units(5_000));
}

#[test]
fn a_recipients_own_yield_is_not_what_the_swap_paid() {
    let mut w = World::new();
    let (alice, bob) = (w.suite.actors.alice, w.suite.actors.bob);
    // A token that, like wM, pays the holder's yield on any transfer.
    let token = w.fixture_with("WrappedM", n(1_000));
    list(&mut w, token, FEE_LOWEST, 100_000);
    w.give(token, bob, units(1_000));
    w.send(bob, token, &IWrappedM::startEarningForCall { account: bob })
        .must();
    w.pass(365 * 86_400);
    let accrued = w.chain.view(token, &IWrappedM::accruedYieldOfCall { account: bob });
    assert!(U256::from(accrued) > units(100), "{accrued}");
    w.mint_usdai(alice, 100);

    // The swap costs its fee, so that 100 do not come out of it, whatever else Bob gains.
    w.withdraw(alice, token, usdai(100), units(100), bob)
        .must_revert_with::<ISwapAdapter::SlippageExceeded>();
    let before = w.balance(token, bob);
    let outcome = w.withdraw(alice, token, usdai(100), units(99), bob);
    let paid = outcome.result().unwrap();
    assert!(paid < units(100), "{paid}");
    assert!(w.balance(token, bob) - before > units(199));
    assert_eq!(
        w.usdai_event::<IUSDai::Withdrawn>(&outcome.receipt).withdrawAmount,
        paid
    );
}

#[test]
fn a_thin_pool_in_the_middle_is_noticed_too() {
    let mut w = World::new();
    let (alice, tokens) = (w.suite.actors.alice, w.suite.tokens);
    // plain -> thin -> wM, the second pool too small.
    let (plain, thin) = (w.fixture("PlainToken"), w.fixture("UsdCoin"));
    let provider = w.suite.actors.provider;
    let uniswap = w.suite.uniswap;
    let (a, b) = (
        Side {
            token: plain,
            decimals: 6,
        },
        Side {
            token: thin,
            decimals: 6,
        },
    );
    w.give(plain, provider, units(100_000));
    w.give(thin, provider, units(100_000));
    uniswap
        .create_pool(&mut w.chain, provider, a, b, FEE_LOWEST)
        .expect("a new pool");
    let range = Range {
        ticks: 10,
        dollars: 100_000,
    };
    uniswap
        .provide(&mut w.chain, provider, (a, b), FEE_LOWEST, range)
        .expect("liquidity");
    list(&mut w, thin, FEE_LOWEST, 1_000);
    w.admit(plain, FEE_LOWEST);
    w.fund(plain, alice, units(10_000));
    let route = path(plain, &[(FEE_LOWEST, thin), (FEE_LOWEST, tokens.wm.token)]);
    let refused = w
        .deposit_along(alice, plain, units(5_000), U256::ZERO, alice, route.clone())
        .must_revert_with::<ISwapAdapter::IncompleteSwap>();
    assert_eq!(refused.token, thin);
    // Tokens that lie at the router do not count as left over.
    w.give(thin, uniswap.router, units(3));
    let minted = w
        .deposit_along(alice, plain, units(500), U256::ZERO, alice, route)
        .must();
    assert!(minted > usdai(499) && minted < usdai(500));
    assert_eq!(w.balance(thin, uniswap.router), units(3));
}

#[test]
fn the_direct_tier_decides_the_pool() {
    let mut w = World::new();
    let (alice, usdc, wm) = (w.suite.actors.alice, w.suite.tokens.usdc, w.suite.tokens.wm);
    let (provider, uniswap) = (w.suite.actors.provider, w.suite.uniswap);
    uniswap
        .create_pool(&mut w.chain, provider, wm, usdc, FEE_LOW)
        .expect("a second pool");
    w.give(usdc.token, provider, units(1_000_000));
    w.give(wm.token, provider, units(1_000_000));
    let range = Range {
        ticks: 10,
        dollars: 1_000_000,
    };
    uniswap
        .provide(&mut w.chain, provider, (wm, usdc), FEE_LOW, range)
        .expect("liquidity");
    w.fund(usdc.token, alice, units(100));
    let snapshot = w.chain.snapshot();
    let cheap = w.deposit(alice, usdc.token, units(100), U256::ZERO, alice).must();
    assert!(w.chain.revert(snapshot));
    w.admit(usdc.token, FEE_LOW);
    let dear = w.deposit(alice, usdc.token, units(100), U256::ZERO, alice).must();
    // 0.01 % against 0.05 %.
    let difference = cheap - dear;
    assert!(
        difference > usdai(3) / n(100) && difference < usdai(5) / n(100),
        "{difference}"
    );
}

#[test]
fn what_the_router_says_is_passed_on() {
    let mut w = World::new();
    let alice = w.suite.actors.alice;
    let token = w.fixture("FalseToken");
    list(&mut w, token, FEE_LOWEST, 1_000);
    w.mint_usdai(alice, 10);
    // The pool cannot pay out: its own reason is "TF".
    let failing = suite::bindings::IFalseToken::setFailingCall {
        transfer_: true,
        transferFrom_: false,
        approve_: false,
    };
    w.send(alice, token, &failing).must();
    w.withdraw(alice, token, usdai(10), U256::ZERO, alice)
        .must_revert(ISwapAdapter::SwapFailed {
            reason: Revert::from("TF").abi_encode().into(),
        });
    assert_eq!(w.usdai_of(alice), usdai(10));
}

#[test]
fn the_adapter_takes_no_allowance_from_anybody() {
    let mut w = World::new();
    let (alice, usdc, adapter) = (w.suite.actors.alice, w.suite.tokens.usdc.token, w.suite.swap_adapter);
    // Whoever approves the adapter by mistake loses nothing by it.
    w.give(usdc, alice, units(10));
    w.send(
        alice,
        usdc,
        &IERC20::approveCall {
            spender: adapter,
            value: U256::MAX,
        },
    )
    .must();
    let bob = w.suite.actors.bob;
    w.fund(usdc, bob, units(10));
    w.deposit(bob, usdc, units(10), U256::ZERO, bob).must();
    assert_eq!(w.balance(usdc, alice), units(10));
    w.deposit(alice, usdc, units(10), U256::ZERO, alice)
        .must_revert(IUSDai::SafeERC20FailedOperation { token: usdc });
}
