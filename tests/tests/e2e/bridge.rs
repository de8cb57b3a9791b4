//! Supply that moves between chains: `burn` here for there, `mint` here for what came from there.

use alloy_primitives::{Address, U256};
use suite::bindings::IUSDai;
use suite_tests::{Expect, World, n, units, usdai};

#[test]
fn supply_moves_out_and_back() {
    let mut w = World::new();
    let (actors, wm) = (w.suite.actors, w.suite.tokens.wm.token);
    w.mint_usdai(actors.alice, 100);

    let out = w.usdai(
        actors.bridge,
        &IUSDai::burnCall {
            from: actors.alice,
            amount: usdai(30),
        },
    );
    assert_eq!(
        w.usdai_event::<IUSDai::BridgeBurned>(&out.receipt),
        IUSDai::BridgeBurned {
            from: actors.alice,
            amount: usdai(30),
            bridgedSupply: usdai(30)
        }
    );
    assert_eq!(
        w.usdai_event::<IUSDai::Transfer>(&out.receipt),
        IUSDai::Transfer {
            from: actors.alice,
            to: Address::ZERO,
            value: usdai(30)
        }
    );
    out.must();
    assert_eq!(w.usdai_of(actors.alice), usdai(70));
    assert_eq!(w.ask(&IUSDai::totalSupplyCall {}), usdai(70));
    assert_eq!(w.ask(&IUSDai::bridgedSupplyCall {}), usdai(30));
    // The reserves stay: what is elsewhere is a liability.
    assert_eq!(w.wm_of(w.suite.usdai), units(100));
    assert_eq!(w.ask(&IUSDai::claimableYieldCall {}), U256::ZERO);

    let back = w.usdai(
        actors.bridge,
        &IUSDai::mintCall {
            to: actors.bob,
            amount: usdai(20),
        },
    );
    assert_eq!(
        w.usdai_event::<IUSDai::BridgeMinted>(&back.receipt),
        IUSDai::BridgeMinted {
            to: actors.bob,
            amount: usdai(20),
            bridgedSupply: usdai(10)
        }
    );
    assert_eq!(
        w.usdai_event::<IUSDai::Transfer>(&back.receipt),
        IUSDai::Transfer {
            from: Address::ZERO,
            to: actors.bob,
            value: usdai(20)
        }
    );
    back.must();
    assert_eq!(w.usdai_of(actors.bob), usdai(20));
    assert_eq!(w.ask(&IUSDai::totalSupplyCall {}), usdai(90));
    w.withdraw(actors.bob, wm, usdai(20), units(20), actors.bob).must();
}

#[test]
fn no_more_comes_back_than_went_out() {
    let mut w = World::new();
    let actors = w.suite.actors;
    w.usdai(
        actors.bridge,
        &IUSDai::mintCall {
            to: actors.bob,
            amount: n(1),
        },
    )
    .must_revert(IUSDai::InsufficientBridgedSupply {
        requested: n(1),
        bridgedSupply: U256::ZERO,
    });
    w.mint_usdai(actors.alice, 100);
    w.usdai(
        actors.bridge,
        &IUSDai::burnCall {
            from: actors.alice,
            amount: usdai(30),
        },
    )
    .must();
    for requested in [
        usdai(30) + n(1),
        U256::from(u128::MAX),
        U256::from(u128::MAX) + n(1),
        U256::MAX,
    ] {
        w.usdai(
            actors.bridge,
            &IUSDai::mintCall {
                to: actors.bob,
                amount: requested,
            },
        )
        .must_revert(IUSDai::InsufficientBridgedSupply {
            requested,
            bridgedSupply: usdai(30),
        });
    }
    w.usdai(
        actors.bridge,
        &IUSDai::mintCall {
            to: actors.bob,
            amount: usdai(30),
        },
    )
    .must();
    assert_eq!(w.ask(&IUSDai::bridgedSupplyCall {}), U256::ZERO);
}

#[test]
fn only_what_is_held_goes_out() {
    let mut w = World::new();
    let actors = w.suite.actors;
    w.mint_usdai(actors.alice, 10);
    let needed = usdai(10) + n(1);
    w.usdai(
        actors.bridge,
        &IUSDai::burnCall {
            from: actors.alice,
            amount: needed,
        },
    )
    .must_revert(IUSDai::ERC20InsufficientBalance {
        sender: actors.alice,
        balance: usdai(10),
        needed,
    });
    assert_eq!(w.ask(&IUSDai::bridgedSupplyCall {}), U256::ZERO);
    let maximum = U256::from(u128::MAX);
    for value in [maximum + n(1), U256::MAX] {
        w.usdai(
            actors.bridge,
            &IUSDai::burnCall {
                from: actors.alice,
                amount: value,
            },
        )
        .must_revert(IUSDai::ValueTooLarge { value, maximum });
    }
    w.usdai(
        actors.bridge,
        &IUSDai::burnCall {
            from: actors.alice,
            amount: usdai(4),
        },
    )
    .must();
    w.usdai(
        actors.bridge,
        &IUSDai::burnCall {
            from: actors.alice,
            amount: maximum,
        },
    )
    .must_revert(IUSDai::ValueTooLarge {
        value: maximum,
        maximum: maximum - usdai(4),
    });
}

#[test]
fn zero_addresses_are_refused() {
    let mut w = World::new();
    let actors = w.suite.actors;
    w.mint_usdai(actors.alice, 10);
    w.usdai(
        actors.bridge,
        &IUSDai::burnCall {
            from: Address::ZERO,
            amount: usdai(1),
        },
    )
    .must_revert(IUSDai::ERC20InvalidSender { sender: Address::ZERO });
    w.usdai(
        actors.bridge,
        &IUSDai::burnCall {
            from: actors.alice,
            amount: usdai(1),
        },
    )
    .must();
    w.usdai(
        actors.bridge,
        &IUSDai::mintCall {
            to: Address::ZERO,
            amount: usdai(1),
        },
    )
    .must_revert(IUSDai::ERC20InvalidReceiver {
        receiver: Address::ZERO,
    });
}

#[test]
fn bridged_supply_is_not_stopped_by_the_cap() {
    let mut w = World::new();
    let actors = w.suite.actors;
    w.mint_usdai(actors.alice, 10);
    w.usdai(
        actors.bridge,
        &IUSDai::burnCall {
            from: actors.alice,
            amount: usdai(5),
        },
    )
    .must();
    w.usdai(actors.admin, &IUSDai::setSupplyCapCall { cap: U256::ZERO })
        .must();
    w.usdai(
        actors.bridge,
        &IUSDai::mintCall {
            to: actors.alice,
            amount: usdai(5),
        },
    )
    .must();
    assert_eq!(w.usdai_of(actors.alice), usdai(10));
}
