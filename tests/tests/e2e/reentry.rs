//! Contracts that call back in the middle, and contracts as users.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolCall, SolError};
use suite::Transact;
use suite::bindings::{ICaller, IERC20, IReentrantToken, ISwapAdapter, IUSDai, IWrappedM};
use suite::uniswap::{FEE_LOWEST, Range, Side};
use suite_tests::{Deployed, Expect, SCALE, World, n, units, usdai};

/// A token that calls back, with a pool against wM; alice holds 1,000 of it and 100 USDai.
fn reentrant(w: &mut Deployed) -> Address {
    let (alice, provider, wm, uniswap) = (
        w.suite.actors.alice,
        w.suite.actors.provider,
        w.suite.tokens.wm,
        w.suite.uniswap,
    );
    let token = w.fixture("ReentrantToken");
    let side = Side { token, decimals: 6 };
    w.give(token, provider, units(100_000));
    w.give(wm.token, provider, units(100_000));
    uniswap
        .create_pool(&mut w.chain, provider, wm, side, FEE_LOWEST)
        .expect("a new pool");
    let range = Range {
        ticks: 10,
        dollars: 100_000,
    };
    uniswap
        .provide(&mut w.chain, provider, (wm, side), FEE_LOWEST, range)
        .expect("liquidity");
    w.admit(token, FEE_LOWEST);
    w.fund(token, alice, units(1_000));
    w.mint_usdai(alice, 100);
    token
}

/// What the token shall call in the middle of its transfers.
fn hook(w: &mut Deployed, token: Address, target: Address, data: Vec<u8>, before: bool) {
    let call = IReentrantToken::setHookCall {
        target,
        data: data.into(),
        beforeMove: before,
    };
    w.send(w.suite.actors.stranger, token, &call).must();
}

/// Calls that a thief would like to make in the middle.
fn attempts(w: &Deployed, token: Address) -> Vec<Vec<u8>> {
    let (alice, bob, wm) = (w.suite.actors.alice, w.suite.actors.bob, w.suite.tokens.wm.token);
    vec![
        IUSDai::deposit_0Call {
            depositToken: wm,
            depositAmount: units(1),
            usdaiAmountMinimum: U256::ZERO,
            recipient: bob,
        }
        .abi_encode(),
        IUSDai::withdraw_0Call {
            withdrawToken: wm,
            usdaiAmount: usdai(1),
            withdrawAmountMinimum: U256::ZERO,
            recipient: bob,
        }
        .abi_encode(),
        IUSDai::withdraw_0Call {
            withdrawToken: token,
            usdaiAmount: usdai(1),
            withdrawAmountMinimum: U256::ZERO,
            recipient: bob,
        }
        .abi_encode(),
        IUSDai::transferCall { to: bob, value: n(1) }.abi_encode(),
        IUSDai::transferFromCall {
            from: alice,
            to: bob,
            value: n(1),
        }
        .abi_encode(),
        IUSDai::harvestCall { recipient: bob }.abi_encode(),
        // Views are refused too: nobody reads a half-finished state.
        IUSDai::totalSupplyCall {}.abi_encode(),
        IUSDai::reservesCall {}.abi_encode(),
    ]
}

#[test]
fn reentry_during_a_deposit_is_refused() {
    let mut w = World::new();
    let token = reentrant(&mut w);
    let (alice, bob, usdai_address) = (w.suite.actors.alice, w.suite.actors.bob, w.suite.usdai);
    // The token itself could act: it holds wM and USDai, and may spend alice's.
    let wm = w.suite.tokens.wm.token;
    w.give(wm, token, units(10));
    w.mint_usdai(bob, 10);
    w.usdai(
        bob,
        &IUSDai::transferCall {
            to: token,
            value: usdai(10),
        },
    )
    .must();
    w.usdai(
        alice,
        &IUSDai::approveCall {
            spender: token,
            value: U256::MAX,
        },
    )
    .must();

    let start = w.chain.snapshot();
    let undisturbed = w.deposit(alice, token, units(100), U256::ZERO, alice).must();
    assert!(w.chain.revert(start));
    for data in attempts(&w, token) {
        for before in [true, false] {
            let snapshot = w.chain.snapshot();
            hook(&mut w, token, usdai_address, data.clone(), before);
            let held = w.usdai_of(alice);
            assert_eq!(
                w.deposit(alice, token, units(100), U256::ZERO, alice).must(),
                undisturbed
            );
            assert!(
                w.chain.view(token, &IReentrantToken::hookCallsCall {}) > U256::ZERO,
                "the hook was there"
            );
            assert!(
                !w.chain.view(token, &IReentrantToken::hookSucceededCall {}),
                "re-entry went through"
            );
            assert!(w.chain.view(token, &IReentrantToken::hookReturnedCall {}).is_empty());
            assert_eq!(w.usdai_of(alice), held + undisturbed);
            assert_eq!((w.usdai_of(bob), w.usdai_of(token)), (U256::ZERO, usdai(10)));
            w.check_reserves();
            assert!(w.chain.revert(snapshot));
        }
    }
}

#[test]
fn reentry_during_a_withdrawal_is_refused() {
    let mut w = World::new();
    let token = reentrant(&mut w);
    let (alice, bob, usdai_address) = (w.suite.actors.alice, w.suite.actors.bob, w.suite.usdai);
    w.usdai(
        alice,
        &IUSDai::transferCall {
            to: token,
            value: usdai(10),
        },
    )
    .must();
    let start = w.chain.snapshot();
    let undisturbed = w.withdraw(alice, token, usdai(50), U256::ZERO, alice).must();
    assert!(w.chain.revert(start));
    for data in attempts(&w, token) {
        for before in [true, false] {
            let snapshot = w.chain.snapshot();
            hook(&mut w, token, usdai_address, data.clone(), before);
            assert_eq!(
                w.withdraw(alice, token, usdai(50), U256::ZERO, alice).must(),
                undisturbed
            );
            assert!(
                w.chain.view(token, &IReentrantToken::hookCallsCall {}) > U256::ZERO,
                "the hook was there"
            );
            assert!(
                !w.chain.view(token, &IReentrantToken::hookSucceededCall {}),
                "re-entry went through"
            );
            assert_eq!(w.usdai_of(alice), usdai(40));
            assert_eq!((w.usdai_of(bob), w.usdai_of(token)), (U256::ZERO, usdai(10)));
            w.check_reserves();
            assert!(w.chain.revert(snapshot));
        }
    }
}

#[test]
fn nobody_swaps_for_himself_in_the_middle() {
    let mut w = World::new();
    let token = reentrant(&mut w);
    let (alice, adapter) = (w.suite.actors.alice, w.suite.swap_adapter);
    let steal = ISwapAdapter::swapInCall {
        token,
        amount: units(100),
        minBase: U256::ZERO,
        path: Bytes::new(),
    };
    // After the tokens have come to the adapter, before USDai asks for the swap.
    hook(&mut w, token, adapter, steal.abi_encode(), false);
    w.deposit(alice, token, units(100), usdai(99), alice).must();
    assert!(!w.chain.view(token, &IReentrantToken::hookSucceededCall {}));
    w.check_adapter_is_empty();
}

#[test]
fn wrapped_m_that_arrives_in_the_middle_is_yield() {
    let mut w = World::new();
    let token = reentrant(&mut w);
    let (alice, wm, usdai_address) = (w.suite.actors.alice, w.suite.tokens.wm.token, w.suite.usdai);
    let start = w.chain.snapshot();
    let undisturbed = w.deposit(alice, token, units(100), U256::ZERO, alice).must();
    assert!(w.chain.revert(start));

    // A donation by the token in the middle of the swap.
    w.give(wm, token, units(1_000));
    hook(
        &mut w,
        token,
        wm,
        IERC20::transferCall {
            to: usdai_address,
            value: units(7),
        }
        .abi_encode(),
        false,
    );
    assert_eq!(
        w.deposit(alice, token, units(100), U256::ZERO, alice).must(),
        undisturbed
    );
    assert!(w.chain.view(token, &IReentrantToken::hookSucceededCall {}));
    let donations = w.chain.view(token, &IReentrantToken::hookCallsCall {}) * usdai(7);
    assert_eq!(w.ask(&IUSDai::claimableYieldCall {}), donations);

    // A claim in the middle.
    w.pass(365 * 86_400);
    let claimable = w.ask(&IUSDai::claimableYieldCall {});
    hook(
        &mut w,
        token,
        wm,
        IWrappedM::claimForCall { account: usdai_address }.abi_encode(),
        true,
    );
    let minted = w.deposit(alice, token, units(100), U256::ZERO, alice).must();
    assert!(minted <= undisturbed);
    assert_eq!(w.ask(&IUSDai::claimableYieldCall {}), claimable);
}

fn forward(target: Address, call: &impl SolCall) -> ICaller::forwardCall {
    ICaller::forwardCall {
        target,
        data: call.abi_encode().into(),
    }
}

#[test]
fn a_contract_can_hold_mint_and_redeem() {
    let mut w = World::new();
    let (stranger, wm, usdai_address) = (w.suite.actors.stranger, w.suite.tokens.wm.token, w.suite.usdai);
    let contract = w.fixture("Caller");
    w.give(wm, contract, units(10));
    let steps: [(Address, Vec<u8>); 4] = [
        (
            wm,
            IERC20::approveCall {
                spender: usdai_address,
                value: units(10),
            }
            .abi_encode(),
        ),
        (
            usdai_address,
            IUSDai::deposit_0Call {
                depositToken: wm,
                depositAmount: units(10),
                usdaiAmountMinimum: usdai(10),
                recipient: contract,
            }
            .abi_encode(),
        ),
        (
            usdai_address,
            IUSDai::transferCall {
                to: stranger,
                value: usdai(1),
            }
            .abi_encode(),
        ),
        (
            usdai_address,
            IUSDai::withdraw_0Call {
                withdrawToken: wm,
                usdaiAmount: usdai(4),
                withdrawAmountMinimum: units(4),
                recipient: contract,
            }
            .abi_encode(),
        ),
    ];
    let calls = steps
        .into_iter()
        .map(|(target, data)| ICaller::Call {
            target,
            value: U256::ZERO,
            data: data.into(),
        })
        .collect();
    let results = w.send(stranger, contract, &ICaller::batchCall { calls }).must();
    assert_eq!(U256::from_be_slice(&results[1]), usdai(10));
    assert_eq!(U256::from_be_slice(&results[3]), units(4));
    assert_eq!(w.usdai_of(contract), usdai(5));
    assert_eq!(w.wm_of(contract), units(4));
}

#[test]
fn a_refusal_reaches_the_contract_that_called() {
    let mut w = World::new();
    let (stranger, usdai_address) = (w.suite.actors.stranger, w.suite.usdai);
    let contract = w.fixture("Caller");
    let call = IUSDai::transferCall {
        to: stranger,
        value: usdai(1),
    };
    let expected = IUSDai::ERC20InsufficientBalance {
        sender: contract,
        balance: U256::ZERO,
        needed: usdai(1),
    };
    w.send(stranger, contract, &forward(usdai_address, &call))
        .must_revert(expected.clone());
    let caught = ICaller::tryForwardCall {
        target: usdai_address,
        data: call.abi_encode().into(),
    };
    let answer = w.send(stranger, contract, &caught).must();
    assert!(!answer._0);
    assert_eq!(answer._1, expected.abi_encode());
}

#[test]
fn views_answer_read_only_calls_and_nothing_else_does() {
    let mut w = World::new();
    let (stranger, usdai_address) = (w.suite.actors.stranger, w.suite.usdai);
    let contract = w.fixture("Caller");
    w.mint_usdai(contract, 5);
    let ask = |w: &Deployed, data: Vec<u8>| {
        w.chain.view(
            contract,
            &ICaller::tryForwardStaticCall {
                target: usdai_address,
                data: data.into(),
            },
        )
    };
    for data in [
        IUSDai::nameCall {}.abi_encode(),
        IUSDai::totalSupplyCall {}.abi_encode(),
        IUSDai::balanceOfCall { account: contract }.abi_encode(),
        IUSDai::reservesCall {}.abi_encode(),
        IUSDai::claimableYieldCall {}.abi_encode(),
        IUSDai::DOMAIN_SEPARATORCall {}.abi_encode(),
        IUSDai::eip712DomainCall {}.abi_encode(),
    ] {
        let answer = ask(&w, data);
        assert!(answer._0 && !answer._1.is_empty());
    }
    for data in [
        IUSDai::transferCall {
            to: stranger,
            value: n(1),
        }
        .abi_encode(),
        IUSDai::approveCall {
            spender: stranger,
            value: n(1),
        }
        .abi_encode(),
        IUSDai::withdraw_0Call {
            withdrawToken: w.suite.tokens.wm.token,
            usdaiAmount: n(SCALE),
            withdrawAmountMinimum: U256::ZERO,
            recipient: contract,
        }
        .abi_encode(),
    ] {
        assert!(!ask(&w, data)._0, "a read-only call changed something");
    }
}

#[test]
fn running_out_of_gas_in_the_middle_undoes_everything() {
    let mut w = World::new();
    let (alice, usdc) = (w.suite.actors.alice, w.suite.tokens.usdc.token);
    w.fund(usdc, alice, units(100));
    let call = IUSDai::deposit_0Call {
        depositToken: usdc,
        depositAmount: units(100),
        usdaiAmountMinimum: U256::ZERO,
        recipient: alice,
    };
    let usdai_address = w.suite.usdai;
    let mut refused = 0;
    for gas_limit in (30_000..300_000).step_by(9_000) {
        let snapshot = w.chain.snapshot();
        let tx = devnet::Tx::call(alice, usdai_address, call.abi_encode()).with_gas_limit(gas_limit);
        let receipt = w.chain.send(tx);
        if receipt.status {
            assert_eq!(w.balance(usdc, alice), U256::ZERO);
        } else {
            refused += 1;
            assert_eq!(w.balance(usdc, alice), units(100), "with {gas_limit}");
            assert_eq!(w.ask(&IUSDai::totalSupplyCall {}), U256::ZERO);
            assert!(receipt.gas_used <= gas_limit);
        }
        w.check_reserves();
        w.check_adapter_is_empty();
        assert!(w.chain.revert(snapshot));
    }
    assert!(refused > 5, "some of those limits are too low");
}
