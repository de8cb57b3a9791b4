//! Redeeming: every token and path, the minimum, rounding, and who is paid.

use alloy_primitives::{Address, Bytes, U256};
use suite::bindings::{ISwapAdapter, IUSDai, IWrappedM};
use suite::uniswap::{FEE_LOWEST, path};
use suite_tests::{Deployed, Expect, SCALE, World, n, units, usdai};

fn assert_close(out: U256, amount: U256, per_myriad: u64) {
    assert!(out < amount, "{out} for {amount}: a swap costs its fee");
    assert!(
        (amount - out) * n(10_000) <= amount * n(per_myriad),
        "{out} for {amount}: too much was lost"
    );
}

#[test]
fn wrapped_m_is_paid_one_for_one() {
    let mut w = World::new();
    let (alice, bob, wm) = (w.suite.actors.alice, w.suite.actors.bob, w.suite.tokens.wm.token);
    w.mint_usdai(alice, 100);
    let outcome = w.withdraw(alice, wm, usdai(40), units(40), bob);
    assert_eq!(outcome.result().unwrap(), units(40));
    assert_eq!(
        w.usdai_event::<IUSDai::Withdrawn>(&outcome.receipt),
        IUSDai::Withdrawn {
            caller: alice,
            recipient: bob,
            withdrawToken: wm,
            usdaiAmount: usdai(40),
            withdrawAmount: units(40),
        }
    );
    assert_eq!(
        w.usdai_event::<IUSDai::Transfer>(&outcome.receipt),
        IUSDai::Transfer {
            from: alice,
            to: Address::ZERO,
            value: usdai(40)
        }
    );
    assert_eq!(w.usdai_of(alice), usdai(60));
    assert_eq!(w.wm_of(bob), units(40));
    assert_eq!(w.wm_of(w.suite.usdai), units(60));
    assert_eq!(w.ask(&IUSDai::totalSupplyCall {}), usdai(60));
}

#[test]
fn everything_can_leave() {
    let mut w = World::new();
    let (alice, wm) = (w.suite.actors.alice, w.suite.tokens.wm.token);
    w.mint_usdai(alice, 100);
    w.withdraw(alice, wm, usdai(100), U256::ZERO, alice).must();
    assert_eq!(w.ask(&IUSDai::totalSupplyCall {}), U256::ZERO);
    assert_eq!(w.wm_of(w.suite.usdai), U256::ZERO);
}

#[test]
fn the_dust_stays_in_the_reserves() {
    let mut w = World::new();
    let (alice, wm) = (w.suite.actors.alice, w.suite.tokens.wm.token);
    w.mint_usdai(alice, 10);
    let paid = w.withdraw(alice, wm, usdai(1) + n(SCALE - 1), U256::ZERO, alice).must();
    assert_eq!(paid, units(1));
    assert_eq!(w.usdai_of(alice), usdai(9) - n(SCALE - 1));
    // What backs the dust is less than a unit above the liabilities: no yield to harvest yet.
    let told = w.ask(&IUSDai::reservesCall {});
    assert_eq!(told.backing - told.liabilities, n(SCALE - 1));
    assert_eq!(w.ask(&IUSDai::claimableYieldCall {}), U256::ZERO);
    // Less than one unit of the base token is no withdrawal.
    w.withdraw(alice, wm, n(SCALE - 1), U256::ZERO, alice)
        .must_revert(IUSDai::InvalidAmount {});
    w.withdraw(alice, wm, n(SCALE), n(1), alice).must();
}

#[test]
fn usdc_is_paid_through_one_hop() {
    let mut w = World::new();
    let (alice, bob, usdc) = (w.suite.actors.alice, w.suite.actors.bob, w.suite.tokens.usdc.token);
    w.mint_usdai(alice, 1_000);
    let outcome = w.withdraw(alice, usdc, usdai(1_000), units(999), bob);
    let paid = outcome.result().unwrap();
    assert_close(paid, units(1_000), 2);
    assert_eq!(w.balance(usdc, bob), paid);
    assert_eq!(w.usdai_of(alice), U256::ZERO);
    assert_eq!(w.wm_of(w.suite.usdai), U256::ZERO);
    assert_eq!(
        w.usdai_event::<IUSDai::Withdrawn>(&outcome.receipt),
        IUSDai::Withdrawn {
            caller: alice,
            recipient: bob,
            withdrawToken: usdc,
            usdaiAmount: usdai(1_000),
            withdrawAmount: paid,
        }
    );
    w.check_adapter_is_empty();
}

#[test]
fn usdt_is_paid_through_two_hops() {
    let mut w = World::new();
    let (alice, usdt) = (w.suite.actors.alice, w.suite.tokens.usdt.token);
    w.mint_usdai(alice, 1_000);
    let route = w.suite.wm_to_usdt();
    let paid = w
        .withdraw_along(alice, usdt, usdai(1_000), units(999), alice, route)
        .must();
    assert_close(paid, units(1_000), 3);
    assert_eq!(w.balance(usdt, alice), paid);
    w.check_adapter_is_empty();
}

#[test]
fn a_dollar_of_eighteen_decimals_is_paid() {
    let mut w = World::new();
    let (alice, dai) = (w.suite.actors.alice, w.suite.tokens.dai.token);
    w.mint_usdai(alice, 1_000);
    let paid = w.withdraw(alice, dai, usdai(1_000), usdai(999), alice).must();
    assert_close(paid, usdai(1_000), 7);
    assert_eq!(w.balance(dai, alice), paid);
    w.check_adapter_is_empty();
}

#[test]
fn a_path_with_wrapped_m_is_not_used() {
    let mut w = World::new();
    let (alice, wm) = (w.suite.actors.alice, w.suite.tokens.wm.token);
    w.mint_usdai(alice, 5);
    let paid = w
        .withdraw_along(alice, wm, usdai(5), units(5), alice, Bytes::from_static(b"no path"))
        .must();
    assert_eq!(paid, units(5));
}

#[test]
fn the_minimum_holds_for_wrapped_m() {
    let mut w = World::new();
    let (alice, wm) = (w.suite.actors.alice, w.suite.tokens.wm.token);
    w.mint_usdai(alice, 10);
    // The dust counts for nothing.
    w.withdraw(alice, wm, usdai(5) + n(SCALE - 1), units(5) + n(1), alice)
        .must_revert(IUSDai::SlippageExceeded {
            minimum: units(5) + n(1),
            actual: units(5),
        });
    assert_eq!(w.usdai_of(alice), usdai(10));
    w.withdraw(alice, wm, usdai(5), units(5), alice).must();
}

fn the_minimum_is_exact(w: &mut Deployed, token: Address, route: &Bytes) {
    let alice = w.suite.actors.alice;
    w.mint_usdai(alice, 777);
    let held = w.usdai_of(alice);
    let snapshot = w.chain.snapshot();
    let quote = w
        .withdraw_along(alice, token, usdai(777), U256::ZERO, alice, route.clone())
        .must();
    assert!(w.chain.revert(snapshot));
    w.withdraw_along(alice, token, usdai(777), quote + n(1), alice, route.clone())
        .must_revert(IUSDai::SlippageExceeded {
            minimum: quote + n(1),
            actual: quote,
        });
    assert_eq!(w.usdai_of(alice), held);
    assert_eq!(
        w.withdraw_along(alice, token, usdai(777), quote, alice, route.clone())
            .must(),
        quote
    );
}

#[test]
fn the_minimum_holds_for_swaps() {
    let mut w = World::new();
    let tokens = w.suite.tokens;
    the_minimum_is_exact(&mut w, tokens.usdc.token, &Bytes::new());
    the_minimum_is_exact(&mut w, tokens.dai.token, &Bytes::new());
    let route = w.suite.wm_to_usdt();
    the_minimum_is_exact(&mut w, tokens.usdt.token, &route);
}

#[test]
fn zero_amounts_and_addresses_are_refused() {
    let mut w = World::new();
    let (alice, tokens, usdai_address) = (w.suite.actors.alice, w.suite.tokens, w.suite.usdai);
    w.mint_usdai(alice, 10);
    for token in [tokens.wm.token, tokens.usdc.token] {
        w.withdraw(alice, token, U256::ZERO, U256::ZERO, alice)
            .must_revert(IUSDai::InvalidAmount {});
        w.withdraw(alice, token, usdai(1), U256::ZERO, Address::ZERO)
            .must_revert(IUSDai::InvalidAddress {});
        w.withdraw(alice, token, usdai(1), U256::ZERO, usdai_address)
            .must_revert(IUSDai::InvalidAddress {});
    }
    w.withdraw(alice, Address::ZERO, usdai(1), U256::ZERO, alice)
        .must_revert(IUSDai::InvalidAddress {});
}

#[test]
fn more_than_the_balance_cannot_leave() {
    let mut w = World::new();
    let (alice, bob, tokens) = (w.suite.actors.alice, w.suite.actors.bob, w.suite.tokens);
    w.mint_usdai(bob, 100);
    w.mint_usdai(alice, 10);
    for token in [tokens.wm.token, tokens.usdc.token] {
        let needed = usdai(10) + n(1);
        w.withdraw(alice, token, needed, U256::ZERO, alice)
            .must_revert(IUSDai::ERC20InsufficientBalance {
                sender: alice,
                balance: usdai(10),
                needed,
            });
        w.withdraw(alice, token, U256::MAX, U256::ZERO, alice)
            .must_revert(IUSDai::ERC20InsufficientBalance {
                sender: alice,
                balance: usdai(10),
                needed: U256::MAX,
            });
    }
}

#[test]
fn a_token_that_the_adapter_does_not_know_is_refused() {
    let mut w = World::new();
    let alice = w.suite.actors.alice;
    let plain = w.fixture("PlainToken");
    w.mint_usdai(alice, 10);
    w.withdraw(alice, plain, usdai(1), U256::ZERO, alice)
        .must_revert(ISwapAdapter::TokenNotWhitelisted { token: plain });
    assert_eq!(w.usdai_of(alice), usdai(10));
}

#[test]
fn leaving_does_not_take_the_yield_along() {
    let mut w = World::new();
    let (actors, tokens) = (w.suite.actors, w.suite.tokens);
    w.mint_usdai(actors.alice, 1_000_000);
    w.mint_usdai(actors.bob, 1_000);
    w.pass(30 * 86_400);
    let accrued = w.accrued();
    assert!(accrued > U256::ZERO);
    let before = w.wm_of(actors.bob);
    assert_eq!(
        w.withdraw(actors.bob, tokens.wm.token, usdai(500), U256::ZERO, actors.bob)
            .must(),
        units(500)
    );
    assert_eq!(w.wm_of(actors.bob) - before, units(500));
    w.withdraw(actors.bob, tokens.usdc.token, usdai(500), U256::ZERO, actors.bob)
        .must();
    assert_eq!(w.ask(&IUSDai::claimableYieldCall {}), accrued * n(SCALE));
    assert_eq!(w.wm_of(w.suite.usdai), units(1_000_000) + accrued);
}

#[test]
fn a_route_of_ones_own_works_both_ways() {
    let mut w = World::new();
    let (alice, tokens) = (w.suite.actors.alice, w.suite.tokens);
    w.mint_usdai(alice, 100);
    let route = path(tokens.wm.token, &[(FEE_LOWEST, tokens.usdc.token)]);
    let paid = w
        .withdraw_along(alice, tokens.usdc.token, usdai(100), U256::ZERO, alice, route)
        .must();
    assert_close(paid, units(100), 2);
}

#[test]
fn a_recipient_that_earns_is_paid_just_the_same() {
    let mut w = World::new();
    let (alice, wm) = (w.suite.actors.alice, w.suite.tokens.wm.token);
    w.mint_usdai(alice, 100);
    w.give(wm, alice, units(1_000));
    w.send(alice, wm, &IWrappedM::startEarningForCall { account: alice })
        .must();
    w.pass(365 * 86_400);
    assert_eq!(w.withdraw(alice, wm, usdai(100), units(100), alice).must(), units(100));
}

#[test]
fn a_withdrawal_that_swaps_to_nothing_is_refused() {
    let mut w = World::new();
    let (alice, usdc) = (w.suite.actors.alice, w.suite.tokens.usdc.token);
    w.mint_usdai(alice, 1);
    // One unit less its fee is nothing.
    w.withdraw(alice, usdc, n(SCALE), U256::ZERO, alice)
        .must_revert(IUSDai::InvalidAmount {});
    assert_eq!(w.usdai_of(alice), usdai(1));
}
