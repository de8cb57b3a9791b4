//! Tokens that answer false, nothing, or less than they were told to move.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{Revert, SolCall, SolError};
use suite::bindings::{IERC20, IFalseToken, ISwapAdapter, ITetherLike, IUSDai};
use suite::deployment::deploy_usdai;
use suite::{SuiteConfig, Transact};
use suite_tests::{Deployed, Expect, SCALE, World, n, units, usdai};

/// A second USDai whose reserves are this token.
fn usdai_of(w: &mut Deployed, base: Address) -> Address {
    let admin = w.suite.actors.admin;
    deploy_usdai(&mut w.chain, &SuiteConfig::default(), admin, base).expect("a token is a base token")
}

fn deposit(token: Address, amount: U256, recipient: Address) -> IUSDai::deposit_0Call {
    IUSDai::deposit_0Call {
        depositToken: token,
        depositAmount: amount,
        usdaiAmountMinimum: U256::ZERO,
        recipient,
    }
}

fn withdraw(token: Address, amount: U256, recipient: Address) -> IUSDai::withdraw_0Call {
    IUSDai::withdraw_0Call {
        withdrawToken: token,
        usdaiAmount: amount,
        withdrawAmountMinimum: U256::ZERO,
        recipient,
    }
}

fn set_fee(w: &mut Deployed, basis_points: u64) {
    let (admin, usdt) = (w.suite.actors.admin, w.suite.tokens.usdt.token);
    let fee = ITetherLike::setParamsCall {
        basisPoints: n(basis_points),
        maximum: U256::MAX,
    };
    w.send(admin, usdt, &fee).must();
}

#[test]
fn false_is_a_refusal() {
    let mut w = World::new();
    let alice = w.suite.actors.alice;
    let token = w.fixture("FalseToken");
    let other = usdai_of(&mut w, token);
    let refused = IUSDai::SafeERC20FailedOperation { token };
    // No allowance: the token answers false.
    w.give(token, alice, units(10));
    w.send(alice, other, &deposit(token, units(1), alice))
        .must_revert(refused.clone());
    w.allow(token, alice, other);
    w.send(alice, other, &deposit(token, units(10), alice)).must();

    w.send(
        alice,
        token,
        &IFalseToken::setFailingCall {
            transfer_: true,
            transferFrom_: false,
            approve_: false,
        },
    )
    .must();
    w.send(alice, other, &withdraw(token, usdai(5), alice))
        .must_revert(refused.clone());
    assert_eq!(w.balance(other, alice), usdai(10), "nothing is burned for nothing");
    w.send(
        alice,
        token,
        &IFalseToken::setFailingCall {
            transfer_: false,
            transferFrom_: true,
            approve_: false,
        },
    )
    .must();
    w.send(alice, other, &withdraw(token, usdai(5), alice)).must();
    w.send(alice, other, &deposit(token, units(5), alice))
        .must_revert(refused);
    assert_eq!(w.balance(other, alice), usdai(5));
}

#[test]
fn false_is_a_refusal_for_tokens_to_be_swapped_too() {
    let mut w = World::new();
    let alice = w.suite.actors.alice;
    let token = w.fixture("FalseToken");
    w.admit(token, suite::uniswap::FEE_LOWEST);
    w.give(token, alice, units(10));
    w.deposit(alice, token, units(10), U256::ZERO, alice)
        .must_revert(IUSDai::SafeERC20FailedOperation { token });
}

#[test]
fn false_on_the_adapters_leg_is_a_refusal_too() {
    let mut w = World::new();
    let alice = w.suite.actors.alice;
    let token = w.fixture("FalseToken");
    w.admit(token, suite::uniswap::FEE_LOWEST);
    w.fund(token, alice, units(10));
    // USDai takes the tokens by `transferFrom`; the adapter passes them on by `transfer`.
    let failing = IFalseToken::setFailingCall {
        transfer_: true,
        transferFrom_: false,
        approve_: false,
    };
    w.send(alice, token, &failing).must();
    w.deposit(alice, token, units(10), U256::ZERO, alice)
        .must_revert(ISwapAdapter::SafeERC20FailedOperation { token });
    assert_eq!(w.balance(token, alice), units(10));
}

#[test]
fn a_token_that_keeps_everything_brings_nothing() {
    let mut w = World::new();
    let (alice, usdt) = (w.suite.actors.alice, w.suite.tokens.usdt.token);
    w.fund(usdt, alice, units(10));
    set_fee(&mut w, 10_000);
    let route = w.suite.usdt_to_wm();
    // Nothing has come to the adapter.
    w.deposit_along(alice, usdt, units(10), U256::ZERO, alice, route)
        .must_revert(ISwapAdapter::InvalidAmount {});
    assert_eq!(w.balance(usdt, alice), units(10));
}

#[test]
fn nothing_is_as_good_as_true() {
    let mut w = World::new();
    let (alice, usdt) = (w.suite.actors.alice, w.suite.tokens.usdt.token);
    let other = usdai_of(&mut w, usdt);
    w.give(usdt, alice, units(10));
    w.allow(usdt, alice, other);
    assert_eq!(w.send(alice, other, &deposit(usdt, units(10), alice)).must(), usdai(10));
    assert_eq!(w.send(alice, other, &withdraw(usdt, usdai(4), alice)).must(), units(4));
    assert_eq!(w.balance(usdt, alice), units(4));
}

#[test]
fn a_base_token_that_takes_a_fee_is_credited_with_what_arrives() {
    let mut w = World::new();
    let (alice, usdt) = (w.suite.actors.alice, w.suite.tokens.usdt.token);
    let other = usdai_of(&mut w, usdt);
    w.give(usdt, alice, units(100));
    w.allow(usdt, alice, other);
    set_fee(&mut w, 100);
    let exact = IUSDai::deposit_0Call {
        usdaiAmountMinimum: usdai(99) + n(1),
        ..deposit(usdt, units(100), alice)
    };
    w.send(alice, other, &exact).must_revert(IUSDai::SlippageExceeded {
        minimum: usdai(99) + n(1),
        actual: usdai(99),
    });
    let exact = IUSDai::deposit_0Call {
        usdaiAmountMinimum: usdai(99),
        ..exact
    };
    assert_eq!(w.send(alice, other, &exact).must(), usdai(99));
    assert_eq!(w.balance(usdt, other), units(99));

    // All of it: nothing arrives, nothing is minted.
    set_fee(&mut w, 10_000);
    w.give(usdt, alice, units(1));
    w.send(alice, other, &deposit(usdt, units(1), alice))
        .must_revert(IUSDai::InvalidAmount {});
}

#[test]
fn a_fee_on_the_way_in_makes_the_pool_refuse() {
    let mut w = World::new();
    let (alice, usdt) = (w.suite.actors.alice, w.suite.tokens.usdt.token);
    set_fee(&mut w, 10);
    w.fund(usdt, alice, units(100));
    let route = w.suite.usdt_to_wm();
    // The pool wants what it was promised: its reason is "IIA".
    w.deposit_along(alice, usdt, units(100), U256::ZERO, alice, route)
        .must_revert(ISwapAdapter::SwapFailed {
            reason: Revert::from("IIA").abi_encode().into(),
        });
    assert_eq!(w.balance(usdt, alice), units(100));
}

/// An adapter that says what it did not pay: only what arrives counts.
#[test]
fn what_an_adapter_says_is_not_believed() {
    let mut w = World::new();
    let (actors, usdc) = (w.suite.actors, w.suite.tokens.usdc.token);
    let base = w.fixture("FalseToken");
    let other = usdai_of(&mut w, base);
    // The stub pays one for one and does not look at what the token answers.
    let stub = w.fixture_with("StubSwap", U256::from_be_slice(base.as_slice()));
    w.give(base, stub, units(1_000));
    w.send(actors.admin, other, &IUSDai::setSwapAdapterCall { adapter: stub })
        .must();
    w.give(usdc, actors.alice, units(100));
    w.allow(usdc, actors.alice, other);
    assert_eq!(
        w.send(actors.alice, other, &deposit(usdc, units(40), actors.alice))
            .must(),
        usdai(40)
    );

    let failing = IFalseToken::setFailingCall {
        transfer_: true,
        transferFrom_: false,
        approve_: false,
    };
    w.send(actors.admin, base, &failing).must();
    w.send(actors.alice, other, &deposit(usdc, units(60), actors.alice))
        .must_revert(IUSDai::InvalidAmount {});
    assert_eq!(w.balance(other, actors.alice), usdai(40));
    assert_eq!(w.balance(usdc, actors.alice), units(60));
}

#[test]
fn the_minimum_of_a_withdrawal_is_what_the_recipient_gets() {
    let mut w = World::new();
    let (alice, bob, usdt) = (w.suite.actors.alice, w.suite.actors.bob, w.suite.tokens.usdt.token);
    w.mint_usdai(alice, 1_000);
    let route = w.suite.wm_to_usdt();
    let snapshot = w.chain.snapshot();
    let without_fee = w
        .withdraw_along(alice, usdt, usdai(1_000), U256::ZERO, bob, route.clone())
        .must();
    assert!(w.chain.revert(snapshot));

    // 0.1 % from the pool to USDai, and once more to the recipient.
    set_fee(&mut w, 10);
    let after_fee = |amount: U256| amount - amount * n(10) / n(10_000);
    let net = after_fee(after_fee(without_fee));
    w.withdraw_along(alice, usdt, usdai(1_000), net + n(1), bob, route.clone())
        .must_revert(IUSDai::SlippageExceeded {
            minimum: net + n(1),
            actual: net,
        });
    assert_eq!(w.withdraw_along(alice, usdt, usdai(1_000), net, bob, route).must(), net);
    assert_eq!(w.balance(usdt, bob), net);
    assert_eq!(w.balance(usdt, w.suite.usdai), U256::ZERO);
}

#[test]
fn tokens_that_were_sent_to_usdai_by_mistake_are_not_paid_out() {
    let mut w = World::new();
    let (alice, usdc, usdai_address) = (w.suite.actors.alice, w.suite.tokens.usdc.token, w.suite.usdai);
    w.give(usdc, usdai_address, units(50));
    w.mint_usdai(alice, 10);
    let paid = w.withdraw(alice, usdc, usdai(10), U256::ZERO, alice).must();
    assert!(paid < units(10));
    assert_eq!(w.balance(usdc, usdai_address), units(50));
    // Nor credited to the next depositor.
    w.fund(usdc, alice, units(10));
    assert!(w.deposit(alice, usdc, units(10), U256::ZERO, alice).must() < usdai(10));
    assert_eq!(w.balance(usdc, usdai_address), units(50));
}

#[test]
fn a_contract_that_is_no_token_is_refused() {
    let mut w = World::new();
    let (alice, router) = (w.suite.actors.alice, w.suite.uniswap.router);
    w.mint_usdai(alice, 10);
    w.deposit(alice, router, units(1), U256::ZERO, alice)
        .must_revert(IUSDai::SafeERC20FailedOperation { token: router });
    // A precompile answers, but neither true nor nothing.
    let sha256 = Address::with_last_byte(2);
    w.deposit(alice, sha256, units(1), U256::ZERO, alice)
        .must_revert(IUSDai::SafeERC20FailedOperation { token: sha256 });
}

#[test]
fn an_earning_base_token_does_not_credit_a_fee_of_its_own() {
    let mut w = World::new();
    let (actors, wm) = (w.suite.actors, w.suite.tokens.wm.token);
    w.mint_usdai(actors.bob, 1_000_000);
    w.pass(86_400);
    // One unit while more than a hundred dollars of yield come in.
    w.fund(wm, actors.alice, n(1));
    assert!(w.accrued() > units(100));
    assert_eq!(
        w.deposit(actors.alice, wm, n(1), U256::ZERO, actors.alice).must(),
        n(SCALE)
    );
}

#[test]
fn usdt_can_be_deposited_again_and_again() {
    let mut w = World::new();
    let (alice, usdt, usdai_address) = (w.suite.actors.alice, w.suite.tokens.usdt.token, w.suite.usdai);
    let route = w.suite.usdt_to_wm();
    for _ in 0..3 {
        w.fund(usdt, alice, units(10));
        w.deposit_along(alice, usdt, units(10), U256::ZERO, alice, route.clone())
            .must();
    }
    w.check_adapter_is_empty();
    // The double has the rule that trips contracts which approve: no new allowance over one that is in use.
    let approve = IERC20::approveCall {
        spender: usdai_address,
        value: n(5),
    }
    .abi_encode();
    assert!(!w.chain.send_data(alice, usdt, U256::ZERO, approve.into()).status);
}
