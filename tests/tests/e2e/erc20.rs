//! The token itself: moving, allowing, and the metadata that wallets read.

use alloy_primitives::{Address, FixedBytes, U256};
use suite::bindings::IUSDai;
use suite::events_of;
use suite_tests::{Expect, World, n, usdai};

#[test]
fn metadata() {
    let w = World::new();
    assert_eq!(w.ask(&IUSDai::nameCall {}), "USDai");
    assert_eq!(w.ask(&IUSDai::symbolCall {}), "USDai");
    assert_eq!(w.ask(&IUSDai::decimalsCall {}), 18);
    assert_eq!(w.ask(&IUSDai::totalSupplyCall {}), U256::ZERO);
    assert_eq!(w.ask(&IUSDai::baseTokenCall {}), w.suite.tokens.wm.token);
    assert_eq!(w.ask(&IUSDai::swapAdapterCall {}), w.suite.swap_adapter);
    assert_eq!(w.ask(&IUSDai::supplyCapCall {}), usdai(1_000_000_000));
}

#[test]
fn interfaces_that_are_announced() {
    let w = World::new();
    // ERC-165, AccessControl, ERC-20, its metadata, EIP-2612, EIP-5267.
    for id in [
        0x01ff_c9a7_u32,
        0x7965_db0b,
        0x3637_2b07,
        0xa219_a025,
        0x9d8f_f7da,
        0x84b0_196e,
    ] {
        assert!(
            w.ask(&IUSDai::supportsInterfaceCall {
                interfaceId: FixedBytes(id.to_be_bytes())
            }),
            "{id:08x}"
        );
    }
    for id in [0xffff_ffff_u32, 0, 0x80ac_58cd] {
        assert!(
            !w.ask(&IUSDai::supportsInterfaceCall {
                interfaceId: FixedBytes(id.to_be_bytes())
            }),
            "{id:08x}"
        );
    }
}

#[test]
fn a_transfer_moves_and_says_so() {
    let mut w = World::new();
    let (alice, bob) = (w.suite.actors.alice, w.suite.actors.bob);
    w.mint_usdai(alice, 10);
    let outcome = w.usdai(
        alice,
        &IUSDai::transferCall {
            to: bob,
            value: usdai(4),
        },
    );
    assert!(outcome.result().unwrap());
    assert_eq!(
        events_of::<IUSDai::Transfer>(&outcome.receipt, w.suite.usdai),
        [IUSDai::Transfer {
            from: alice,
            to: bob,
            value: usdai(4)
        }]
    );
    assert_eq!((w.usdai_of(alice), w.usdai_of(bob)), (usdai(6), usdai(4)));
}

#[test]
fn transfers_to_oneself_and_of_nothing_change_nothing() {
    let mut w = World::new();
    let alice = w.suite.actors.alice;
    w.mint_usdai(alice, 10);
    assert!(
        w.usdai(
            alice,
            &IUSDai::transferCall {
                to: alice,
                value: usdai(10)
            }
        )
        .must()
    );
    assert_eq!(w.usdai_of(alice), usdai(10));
    let bob = w.suite.actors.bob;
    let nothing = w.usdai(
        bob,
        &IUSDai::transferCall {
            to: alice,
            value: U256::ZERO,
        },
    );
    assert_eq!(
        events_of::<IUSDai::Transfer>(&nothing.receipt, w.suite.usdai).len(),
        1,
        "the standard asks for it"
    );
    assert!(nothing.must());
}

#[test]
fn a_transfer_beyond_the_balance_is_refused() {
    let mut w = World::new();
    let (alice, bob) = (w.suite.actors.alice, w.suite.actors.bob);
    w.mint_usdai(alice, 10);
    for needed in [usdai(10) + n(1), U256::MAX] {
        for to in [bob, alice] {
            w.usdai(alice, &IUSDai::transferCall { to, value: needed })
                .must_revert(IUSDai::ERC20InsufficientBalance {
                    sender: alice,
                    balance: usdai(10),
                    needed,
                });
        }
    }
    w.usdai(
        alice,
        &IUSDai::transferCall {
            to: Address::ZERO,
            value: n(1),
        },
    )
    .must_revert(IUSDai::ERC20InvalidReceiver {
        receiver: Address::ZERO,
    });
}

#[test]
fn allowances_are_set_used_and_spared() {
    let mut w = World::new();
    let (alice, bob, spender) = (w.suite.actors.alice, w.suite.actors.bob, w.suite.actors.desk);
    w.mint_usdai(alice, 10);
    let approved = w.usdai(
        alice,
        &IUSDai::approveCall {
            spender,
            value: usdai(5),
        },
    );
    assert_eq!(
        w.usdai_event::<IUSDai::Approval>(&approved.receipt),
        IUSDai::Approval {
            owner: alice,
            spender,
            value: usdai(5)
        }
    );
    assert!(approved.must());
    assert_eq!(w.ask(&IUSDai::allowanceCall { owner: alice, spender }), usdai(5));

    let moved = w.usdai(
        spender,
        &IUSDai::transferFromCall {
            from: alice,
            to: bob,
            value: usdai(3),
        },
    );
    assert_eq!(
        w.usdai_event::<IUSDai::Transfer>(&moved.receipt),
        IUSDai::Transfer {
            from: alice,
            to: bob,
            value: usdai(3)
        }
    );
    assert!(moved.must());
    assert_eq!(w.ask(&IUSDai::allowanceCall { owner: alice, spender }), usdai(2));
    w.usdai(
        spender,
        &IUSDai::transferFromCall {
            from: alice,
            to: bob,
            value: usdai(2) + n(1),
        },
    )
    .must_revert(IUSDai::ERC20InsufficientAllowance {
        spender,
        allowance: usdai(2),
        needed: usdai(2) + n(1),
    });
    w.usdai(
        spender,
        &IUSDai::transferFromCall {
            from: alice,
            to: bob,
            value: usdai(2),
        },
    )
    .must();
    assert_eq!((w.usdai_of(alice), w.usdai_of(bob)), (usdai(5), usdai(5)));

    // Without an end.
    w.usdai(
        alice,
        &IUSDai::approveCall {
            spender,
            value: U256::MAX,
        },
    )
    .must();
    w.usdai(
        spender,
        &IUSDai::transferFromCall {
            from: alice,
            to: bob,
            value: usdai(5),
        },
    )
    .must();
    assert_eq!(w.ask(&IUSDai::allowanceCall { owner: alice, spender }), U256::MAX);
    w.usdai(
        spender,
        &IUSDai::transferFromCall {
            from: alice,
            to: bob,
            value: n(1),
        },
    )
    .must_revert(IUSDai::ERC20InsufficientBalance {
        sender: alice,
        balance: U256::ZERO,
        needed: n(1),
    });
}

#[test]
fn an_allowance_can_be_changed_and_taken_back() {
    let mut w = World::new();
    let (alice, spender) = (w.suite.actors.alice, w.suite.actors.desk);
    for value in [usdai(5), U256::MAX, n(1), U256::ZERO] {
        w.usdai(alice, &IUSDai::approveCall { spender, value }).must();
        assert_eq!(w.ask(&IUSDai::allowanceCall { owner: alice, spender }), value);
    }
    // Ones own tokens need an allowance too when taken with transferFrom.
    w.mint_usdai(alice, 1);
    w.usdai(
        alice,
        &IUSDai::transferFromCall {
            from: alice,
            to: spender,
            value: n(1),
        },
    )
    .must_revert(IUSDai::ERC20InsufficientAllowance {
        spender: alice,
        allowance: U256::ZERO,
        needed: n(1),
    });
}

#[test]
fn zero_addresses_neither_approve_spend_send_nor_receive() {
    let mut w = World::new();
    let (alice, bob) = (w.suite.actors.alice, w.suite.actors.bob);
    w.mint_usdai(alice, 1);
    w.usdai(
        alice,
        &IUSDai::approveCall {
            spender: Address::ZERO,
            value: n(1),
        },
    )
    .must_revert(IUSDai::ERC20InvalidSpender { spender: Address::ZERO });
    w.usdai(
        bob,
        &IUSDai::transferFromCall {
            from: Address::ZERO,
            to: bob,
            value: U256::ZERO,
        },
    )
    .must_revert(IUSDai::ERC20InvalidApprover {
        approver: Address::ZERO,
    });
    w.usdai(
        alice,
        &IUSDai::approveCall {
            spender: bob,
            value: n(1),
        },
    )
    .must();
    w.usdai(
        bob,
        &IUSDai::transferFromCall {
            from: alice,
            to: Address::ZERO,
            value: n(1),
        },
    )
    .must_revert(IUSDai::ERC20InvalidReceiver {
        receiver: Address::ZERO,
    });
}
