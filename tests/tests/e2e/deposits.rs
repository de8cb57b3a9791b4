//! Minting: every token and path, the minimum, the cap, the whitelist, the pause, and whose the yield is.

use alloy_primitives::{Address, Bytes, U256};
use suite::bindings::{IERC20, ISwapAdapter, IUSDai, IWrappedM};
use suite::uniswap::{FEE_LOW, FEE_LOWEST, path};
use suite::{events_of, role_id};
use suite_tests::{Deployed, Expect, SCALE, World, n, units, usdai};

/// A swap at parity through a pool of 0.01 % loses at least its fee and, in pools this deep, not much more.
fn assert_near_par(out: U256, amount: U256, hops: u64) {
    let lost = amount - out;
    assert!(
        lost * n(10_000) >= amount * n(hops) - n(10_000),
        "{out} for {amount}: the fee was not paid"
    );
    assert!(
        lost * n(10_000) <= amount * n(hops + 1),
        "{out} for {amount}: too much was lost"
    );
}

#[test]
fn wrapped_m_mints_one_for_one() {
    let mut w = World::new();
    let (alice, bob, wm) = (w.suite.actors.alice, w.suite.actors.bob, w.suite.tokens.wm.token);
    w.fund(wm, alice, units(1_000));

    let outcome = w.deposit(alice, wm, units(400), usdai(400), bob);
    assert_eq!(outcome.result().unwrap(), usdai(400));
    let receipt = outcome.receipt;
    assert_eq!(
        w.usdai_event::<IUSDai::Deposited>(&receipt),
        IUSDai::Deposited {
            caller: alice,
            recipient: bob,
            depositToken: wm,
            depositAmount: units(400),
            mintAmount: usdai(400),
        }
    );
    assert_eq!(
        w.usdai_event::<IUSDai::Transfer>(&receipt),
        IUSDai::Transfer {
            from: Address::ZERO,
            to: bob,
            value: usdai(400)
        }
    );
    assert_eq!(w.usdai_of(bob), usdai(400));
    assert_eq!(w.usdai_of(alice), U256::ZERO);
    assert_eq!(w.wm_of(alice), units(600));
    assert_eq!(w.wm_of(w.suite.usdai), units(400));
    assert_eq!(w.ask(&IUSDai::totalSupplyCall {}), usdai(400));
}

#[test]
fn the_smallest_unit_mints() {
    let mut w = World::new();
    let (alice, wm) = (w.suite.actors.alice, w.suite.tokens.wm.token);
    w.fund(wm, alice, n(1));
    assert_eq!(w.deposit(alice, wm, n(1), n(SCALE), alice).must(), n(SCALE));
}

#[test]
fn a_path_with_wrapped_m_is_not_used() {
    let mut w = World::new();
    let (alice, wm) = (w.suite.actors.alice, w.suite.tokens.wm.token);
    w.fund(wm, alice, units(5));
    let minted = w
        .deposit_along(alice, wm, units(5), usdai(5), alice, Bytes::from_static(b"no path"))
        .must();
    assert_eq!(minted, usdai(5));
}

#[test]
fn usdc_is_swapped_in_one_hop() {
    let mut w = World::new();
    let (alice, bob, usdc) = (w.suite.actors.alice, w.suite.actors.bob, w.suite.tokens.usdc.token);
    w.fund(usdc, alice, units(1_000));

    let outcome = w.deposit(alice, usdc, units(1_000), usdai(999), bob);
    let minted = outcome.result().unwrap();
    assert_near_par(minted / n(SCALE), units(1_000), 1);
    assert_eq!(w.usdai_of(bob), minted);
    assert_eq!(w.balance(usdc, alice), U256::ZERO);
    // All that the pool paid stands behind what was minted.
    assert_eq!(w.wm_of(w.suite.usdai) * n(SCALE), minted);
    assert_eq!(
        w.usdai_event::<IUSDai::Deposited>(&outcome.receipt),
        IUSDai::Deposited {
            caller: alice,
            recipient: bob,
            depositToken: usdc,
            depositAmount: units(1_000),
            mintAmount: minted,
        }
    );
    w.check_adapter_is_empty();
}

#[test]
fn the_configured_pool_and_its_path_give_the_same() {
    let mut w = World::new();
    let (alice, tokens) = (w.suite.actors.alice, w.suite.tokens);
    w.fund(tokens.usdc.token, alice, units(1_000));
    let snapshot = w.chain.snapshot();
    let direct = w
        .deposit(alice, tokens.usdc.token, units(1_000), U256::ZERO, alice)
        .must();
    assert!(w.chain.revert(snapshot));
    let route = path(tokens.usdc.token, &[(FEE_LOWEST, tokens.wm.token)]);
    let along = w
        .deposit_along(alice, tokens.usdc.token, units(1_000), U256::ZERO, alice, route)
        .must();
    assert_eq!(along, direct);
    w.check_adapter_is_empty();
}

#[test]
fn usdt_is_swapped_in_two_hops() {
    let mut w = World::new();
    let (alice, usdt) = (w.suite.actors.alice, w.suite.tokens.usdt.token);
    w.fund(usdt, alice, units(1_000));
    let route = w.suite.usdt_to_wm();
    let minted = w
        .deposit_along(alice, usdt, units(1_000), usdai(999), alice, route)
        .must();
    assert_near_par(minted / n(SCALE), units(1_000), 2);
    assert_eq!(w.usdai_of(alice), minted);
    assert_eq!(w.balance(usdt, alice), U256::ZERO);
    assert_eq!(w.wm_of(w.suite.usdai) * n(SCALE), minted);
    w.check_adapter_is_empty();
}

#[test]
fn a_dollar_of_eighteen_decimals_is_swapped() {
    let mut w = World::new();
    let (alice, dai) = (w.suite.actors.alice, w.suite.tokens.dai.token);
    w.fund(dai, alice, usdai(1_000));
    let minted = w.deposit(alice, dai, usdai(1_000), usdai(999), alice).must();
    // 0.05 %
    assert_near_par(minted / n(SCALE), units(1_000), 5);
    assert_eq!(w.wm_of(w.suite.usdai) * n(SCALE), minted);
    let along = {
        w.fund(dai, alice, usdai(10));
        let route = path(dai, &[(FEE_LOW, w.suite.tokens.wm.token)]);
        w.deposit_along(alice, dai, usdai(10), usdai(9), alice, route).must()
    };
    assert_near_par(along / n(SCALE), units(10), 5);
    w.check_adapter_is_empty();
}

#[test]
fn the_minimum_holds_for_wrapped_m() {
    let mut w = World::new();
    let (alice, wm) = (w.suite.actors.alice, w.suite.tokens.wm.token);
    w.fund(wm, alice, units(10));
    w.deposit(alice, wm, units(5), usdai(5) + n(1), alice)
        .must_revert(IUSDai::SlippageExceeded {
            minimum: usdai(5) + n(1),
            actual: usdai(5),
        });
    assert_eq!(w.wm_of(alice), units(10));
    w.deposit(alice, wm, units(5), usdai(5), alice).must();
}

/// The exact minimum passes, a unit more fails with the two amounts.
fn the_minimum_is_exact(w: &mut Deployed, token: Address, amount: U256, route: &Bytes) {
    let alice = w.suite.actors.alice;
    w.fund(token, alice, amount);
    let snapshot = w.chain.snapshot();
    let quote = w
        .deposit_along(alice, token, amount, U256::ZERO, alice, route.clone())
        .must();
    assert!(w.chain.revert(snapshot));

    // The adapter counts in units of the base token.
    let (minimum, actual) = (quote / n(SCALE) + n(1), quote / n(SCALE));
    w.deposit_along(alice, token, amount, quote + n(1), alice, route.clone())
        .must_revert(IUSDai::SlippageExceeded { minimum, actual });
    assert_eq!(w.balance(token, alice), amount);
    assert_eq!(
        w.deposit_along(alice, token, amount, quote, alice, route.clone())
            .must(),
        quote
    );
}

#[test]
fn the_minimum_holds_for_swaps() {
    let mut w = World::new();
    let tokens = w.suite.tokens;
    the_minimum_is_exact(&mut w, tokens.usdc.token, units(777), &Bytes::new());
    the_minimum_is_exact(&mut w, tokens.dai.token, usdai(777), &Bytes::new());
    let route = w.suite.usdt_to_wm();
    the_minimum_is_exact(&mut w, tokens.usdt.token, units(777), &route);
}

#[test]
fn zero_amounts_and_addresses_are_refused() {
    let mut w = World::new();
    let (alice, wm, usdc) = (w.suite.actors.alice, w.suite.tokens.wm.token, w.suite.tokens.usdc.token);
    w.fund(wm, alice, units(1));
    w.fund(usdc, alice, units(1));
    let usdai_address = w.suite.usdai;
    for token in [wm, usdc] {
        w.deposit(alice, token, U256::ZERO, U256::ZERO, alice)
            .must_revert(IUSDai::InvalidAmount {});
        w.deposit(alice, token, units(1), U256::ZERO, Address::ZERO)
            .must_revert(IUSDai::InvalidAddress {});
        w.deposit(alice, token, units(1), U256::ZERO, usdai_address)
            .must_revert(IUSDai::InvalidAddress {});
    }
    w.deposit(alice, Address::ZERO, units(1), U256::ZERO, alice)
        .must_revert(IUSDai::InvalidAddress {});
}

#[test]
fn dust_that_swaps_to_nothing_is_refused() {
    let mut w = World::new();
    let (alice, usdc, dai) = (
        w.suite.actors.alice,
        w.suite.tokens.usdc.token,
        w.suite.tokens.dai.token,
    );
    // One unit less its fee is nothing.
    w.fund(usdc, alice, n(1));
    w.deposit(alice, usdc, n(1), U256::ZERO, alice)
        .must_revert(IUSDai::InvalidAmount {});
    // A millionth of a millionth of a dollar is below one unit of wM.
    w.fund(dai, alice, n(1_000_000));
    w.deposit(alice, dai, n(1_000_000), U256::ZERO, alice)
        .must_revert(IUSDai::InvalidAmount {});
}

#[test]
fn what_is_not_there_cannot_be_deposited() {
    let mut w = World::new();
    let (alice, wm) = (w.suite.actors.alice, w.suite.tokens.wm.token);
    let refused = IUSDai::SafeERC20FailedOperation { token: wm };
    // No allowance.
    w.give(wm, alice, units(1));
    w.deposit(alice, wm, units(1), U256::ZERO, alice)
        .must_revert(refused.clone());
    // No balance.
    w.fund(wm, alice, U256::from(1));
    w.deposit(alice, wm, units(2), U256::ZERO, alice)
        .must_revert(refused.clone());
    // Amounts beyond any token.
    w.deposit(alice, wm, U256::MAX, U256::ZERO, alice).must_revert(refused);
    // No token at the address.
    let nobody = Address::repeat_byte(0x77);
    w.deposit(alice, nobody, units(1), U256::ZERO, alice)
        .must_revert(IUSDai::SafeERC20FailedOperation { token: nobody });
}

#[test]
fn a_token_that_the_adapter_does_not_know_is_refused() {
    let mut w = World::new();
    let alice = w.suite.actors.alice;
    let plain = w.fixture("PlainToken");
    w.fund(plain, alice, units(1));
    w.deposit(alice, plain, units(1), U256::ZERO, alice)
        .must_revert(ISwapAdapter::TokenNotWhitelisted { token: plain });
    assert_eq!(w.balance(plain, alice), units(1));
}

#[test]
fn usdai_itself_is_not_a_deposit() {
    let mut w = World::new();
    let (alice, usdai_address) = (w.suite.actors.alice, w.suite.usdai);
    w.mint_usdai(alice, 10);
    w.usdai(
        alice,
        &IUSDai::approveCall {
            spender: usdai_address,
            value: U256::MAX,
        },
    )
    .must();
    w.deposit(alice, usdai_address, usdai(1), U256::ZERO, alice)
        .must_revert(IUSDai::InvalidAddress {});
    w.withdraw(alice, usdai_address, usdai(1), U256::ZERO, alice)
        .must_revert(IUSDai::InvalidAddress {});
    assert_eq!(w.usdai_of(alice), usdai(10));
}

#[test]
fn without_an_adapter_only_wrapped_m_is_taken() {
    let mut w = World::new();
    let (actors, tokens) = (w.suite.actors, w.suite.tokens);
    w.usdai(actors.admin, &IUSDai::setSwapAdapterCall { adapter: Address::ZERO })
        .must();
    w.fund(tokens.usdc.token, actors.alice, units(1));
    w.deposit(actors.alice, tokens.usdc.token, units(1), U256::ZERO, actors.alice)
        .must_revert(IUSDai::SwapAdapterNotSet {
            token: tokens.usdc.token,
        });
    w.mint_usdai(actors.alice, 1);
    w.withdraw(actors.alice, tokens.usdc.token, usdai(1), U256::ZERO, actors.alice)
        .must_revert(IUSDai::SwapAdapterNotSet {
            token: tokens.usdc.token,
        });
    w.withdraw(actors.alice, tokens.wm.token, usdai(1), U256::ZERO, actors.alice)
        .must();
}

#[test]
fn the_cap_is_exact_and_the_desk_may_pass_it() {
    let mut w = World::new();
    let (actors, wm) = (w.suite.actors, w.suite.tokens.wm.token);
    w.mint_usdai(actors.bob, 100);
    w.usdai(
        actors.bridge,
        &IUSDai::burnCall {
            from: actors.bob,
            amount: usdai(40),
        },
    )
    .must();
    // 60 here, 40 elsewhere, room for 50 more.
    w.usdai(actors.admin, &IUSDai::setSupplyCapCall { cap: usdai(150) })
        .must();
    w.fund(wm, actors.alice, units(200));
    w.fund(wm, actors.desk, units(200));

    w.deposit(actors.alice, wm, units(50) + n(1), U256::ZERO, actors.alice)
        .must_revert(IUSDai::SupplyCapExceeded {});
    let snapshot = w.chain.snapshot();
    w.deposit(actors.alice, wm, units(50), U256::ZERO, actors.alice).must();
    w.deposit(actors.alice, wm, n(1), U256::ZERO, actors.alice)
        .must_revert(IUSDai::SupplyCapExceeded {});
    assert!(w.chain.revert(snapshot));
    w.deposit(actors.desk, wm, units(50) + n(1), U256::ZERO, actors.desk)
        .must();
    assert_eq!(w.liabilities(), usdai(150) + n(SCALE));

    // Below a cap that is not a whole unit, what is a whole unit more is too much.
    let cap = w.liabilities() + n(SCALE) - n(1);
    w.usdai(actors.admin, &IUSDai::setSupplyCapCall { cap }).must();
    w.deposit(actors.alice, wm, n(1), U256::ZERO, actors.alice)
        .must_revert(IUSDai::SupplyCapExceeded {});

    let role = role_id("DEPOSIT_ADMIN_ROLE");
    w.usdai(
        actors.admin,
        &IUSDai::revokeRoleCall {
            role,
            account: actors.desk,
        },
    )
    .must();
    w.deposit(actors.desk, wm, units(1), U256::ZERO, actors.desk)
        .must_revert(IUSDai::SupplyCapExceeded {});
}

#[test]
fn the_cap_counts_what_a_swap_brings() {
    let mut w = World::new();
    let (actors, usdc) = (w.suite.actors, w.suite.tokens.usdc.token);
    w.fund(usdc, actors.alice, units(100));
    let snapshot = w.chain.snapshot();
    let quote = w
        .deposit(actors.alice, usdc, units(100), U256::ZERO, actors.alice)
        .must();
    assert!(w.chain.revert(snapshot));
    w.usdai(actors.admin, &IUSDai::setSupplyCapCall { cap: quote - n(1) })
        .must();
    w.deposit(actors.alice, usdc, units(100), U256::ZERO, actors.alice)
        .must_revert(IUSDai::SupplyCapExceeded {});
    w.usdai(actors.admin, &IUSDai::setSupplyCapCall { cap: quote }).must();
    w.deposit(actors.alice, usdc, units(100), U256::ZERO, actors.alice)
        .must();
}

#[test]
fn the_whitelist_gates_the_caller_of_deposits_only() {
    let mut w = World::new();
    let (actors, wm) = (w.suite.actors, w.suite.tokens.wm.token);
    let (alice, bob) = (actors.alice, actors.bob);
    w.mint_usdai(alice, 10);
    w.fund(wm, alice, units(10));
    w.fund(wm, bob, units(10));
    w.usdai(actors.admin, &IUSDai::setWhitelistRequiredCall { required: true })
        .must();
    w.usdai(
        actors.gatekeeper,
        &IUSDai::setWhitelistCall {
            account: bob,
            whitelisted: true,
        },
    )
    .must();

    // Neither she nor what she does for somebody on the list.
    w.deposit(alice, wm, units(1), U256::ZERO, alice)
        .must_revert(IUSDai::NotWhitelisted { caller: alice });
    w.deposit(alice, wm, units(1), U256::ZERO, bob)
        .must_revert(IUSDai::NotWhitelisted { caller: alice });
    w.deposit_along(alice, wm, units(1), U256::ZERO, bob, Bytes::new())
        .must_revert(IUSDai::NotWhitelisted { caller: alice });
    // Whoever is on it may mint to anybody.
    w.deposit(bob, wm, units(1), U256::ZERO, alice).must();
    // Holding, moving and leaving are free.
    w.usdai(
        alice,
        &IUSDai::transferCall {
            to: bob,
            value: usdai(1),
        },
    )
    .must();
    w.withdraw(alice, wm, usdai(1), U256::ZERO, alice).must();

    w.usdai(
        actors.gatekeeper,
        &IUSDai::setWhitelistCall {
            account: bob,
            whitelisted: false,
        },
    )
    .must();
    w.deposit(bob, wm, units(1), U256::ZERO, bob)
        .must_revert(IUSDai::NotWhitelisted { caller: bob });
    w.usdai(actors.admin, &IUSDai::setWhitelistRequiredCall { required: false })
        .must();
    w.deposit(bob, wm, units(1), U256::ZERO, bob).must();
}

#[test]
fn the_pause_stops_deposits_and_withdrawals_only() {
    let mut w = World::new();
    let (actors, tokens) = (w.suite.actors, w.suite.tokens);
    let (alice, wm, usdc) = (actors.alice, tokens.wm.token, tokens.usdc.token);
    w.mint_usdai(alice, 100);
    w.fund(wm, alice, units(1));
    w.fund(usdc, alice, units(1));
    w.pass(86_400);
    w.usdai(actors.pauser, &IUSDai::pauseCall {}).must();
    assert!(w.ask(&IUSDai::pausedCall {}));

    let route = w.suite.wm_to_usdt();
    w.deposit(alice, wm, units(1), U256::ZERO, alice)
        .must_revert(IUSDai::EnforcedPause {});
    w.deposit(alice, usdc, units(1), U256::ZERO, alice)
        .must_revert(IUSDai::EnforcedPause {});
    w.deposit_along(alice, usdc, units(1), U256::ZERO, alice, Bytes::new())
        .must_revert(IUSDai::EnforcedPause {});
    w.withdraw(alice, wm, usdai(1), U256::ZERO, alice)
        .must_revert(IUSDai::EnforcedPause {});
    w.withdraw(alice, usdc, usdai(1), U256::ZERO, alice)
        .must_revert(IUSDai::EnforcedPause {});
    w.withdraw_along(alice, tokens.usdt.token, usdai(1), U256::ZERO, alice, route)
        .must_revert(IUSDai::EnforcedPause {});

    w.usdai(
        alice,
        &IUSDai::transferCall {
            to: actors.bob,
            value: usdai(1),
        },
    )
    .must();
    w.usdai(
        alice,
        &IUSDai::approveCall {
            spender: actors.bob,
            value: usdai(1),
        },
    )
    .must();
    w.usdai(
        actors.bob,
        &IUSDai::transferFromCall {
            from: alice,
            to: actors.bob,
            value: usdai(1),
        },
    )
    .must();
    w.usdai(
        actors.bridge,
        &IUSDai::burnCall {
            from: alice,
            amount: usdai(1),
        },
    )
    .must();
    w.usdai(
        actors.bridge,
        &IUSDai::mintCall {
            to: alice,
            amount: usdai(1),
        },
    )
    .must();
    assert!(
        w.usdai(
            actors.harvester,
            &IUSDai::harvestCall {
                recipient: actors.harvester
            }
        )
        .must()
            > U256::ZERO
    );

    w.usdai(actors.pauser, &IUSDai::unpauseCall {}).must();
    w.deposit(alice, wm, units(1), U256::ZERO, alice).must();
}

#[test]
fn yield_paid_out_during_a_deposit_is_not_the_depositors() {
    let mut w = World::new();
    let (actors, wm) = (w.suite.actors, w.suite.tokens.wm.token);
    w.mint_usdai(actors.bob, 1_000_000);
    w.pass(30 * 86_400);
    let accrued = w.accrued();
    assert!(accrued > units(4_000), "a month of 5 % on a million");

    w.fund(wm, actors.alice, units(10));
    let outcome = w.deposit(actors.alice, wm, units(10), U256::ZERO, actors.alice);
    assert_eq!(outcome.result().unwrap(), usdai(10));
    let claimed = events_of::<IWrappedM::Claimed>(&outcome.receipt, wm);
    assert_eq!(claimed.len(), 1, "wM paid its yield out in the middle of the deposit");
    assert_eq!(w.wm_of(w.suite.usdai), units(1_000_010) + accrued);
    // It is the protocol's.
    assert_eq!(w.ask(&IUSDai::claimableYieldCall {}), accrued * n(SCALE));
}

#[test]
fn yield_paid_out_during_a_swap_is_not_the_depositors() {
    let mut w = World::new();
    let (actors, tokens) = (w.suite.actors, w.suite.tokens);
    w.mint_usdai(actors.bob, 1_000_000);
    w.pass(30 * 86_400);
    let accrued = w.accrued();
    w.fund(tokens.usdc.token, actors.alice, units(10));
    let outcome = w.deposit(actors.alice, tokens.usdc.token, units(10), U256::ZERO, actors.alice);
    let minted = outcome.result().unwrap();
    assert_near_par(minted / n(SCALE), units(10), 1);
    assert_eq!(w.wm_of(w.suite.usdai), units(1_000_000) + minted / n(SCALE) + accrued);
    assert_eq!(w.ask(&IUSDai::claimableYieldCall {}), accrued * n(SCALE));
}

#[test]
fn a_depositor_whose_own_wrapped_m_earns_keeps_that() {
    let mut w = World::new();
    let (alice, wm) = (w.suite.actors.alice, w.suite.tokens.wm.token);
    w.fund(wm, alice, units(1_000));
    w.send(alice, wm, &IWrappedM::startEarningForCall { account: alice })
        .must();
    w.pass(365 * 86_400);
    assert_eq!(
        w.deposit(alice, wm, units(1_000), U256::ZERO, alice).must(),
        usdai(1_000)
    );
    assert!(w.wm_of(alice) > units(50), "a year of 5 %");
    assert_eq!(w.wm_of(w.suite.usdai), units(1_000));
}

#[test]
fn a_deposit_takes_no_more_than_it_says() {
    let mut w = World::new();
    let (alice, wm) = (w.suite.actors.alice, w.suite.tokens.wm.token);
    w.give(wm, alice, units(10));
    let usdai_address = w.suite.usdai;
    w.send(
        alice,
        wm,
        &IERC20::approveCall {
            spender: usdai_address,
            value: units(3),
        },
    )
    .must();
    w.deposit(alice, wm, units(3) + n(1), U256::ZERO, alice)
        .must_revert(IUSDai::SafeERC20FailedOperation { token: wm });
    w.deposit(alice, wm, units(3), U256::ZERO, alice).must();
    assert_eq!(w.allowance(wm, alice, usdai_address), U256::ZERO);
}
