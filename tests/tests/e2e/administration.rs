//! Switches, bounds and links: what can be set, the events, and what is refused.

use alloy_primitives::{Address, U256};
use suite::bindings::IUSDai;
use suite_tests::{Expect, World, n, units, usdai};

#[test]
fn the_cap_can_be_set_up_to_its_width() {
    let mut w = World::new();
    let admin = w.suite.actors.admin;
    for cap in [U256::ZERO, usdai(7), U256::from(u128::MAX)] {
        let outcome = w.usdai(admin, &IUSDai::setSupplyCapCall { cap });
        assert_eq!(
            w.usdai_event::<IUSDai::SupplyCapSet>(&outcome.receipt),
            IUSDai::SupplyCapSet { supplyCap: cap }
        );
        outcome.must();
        assert_eq!(w.ask(&IUSDai::supplyCapCall {}), cap);
    }
    let maximum = U256::from(u128::MAX);
    for value in [maximum + n(1), U256::MAX] {
        w.usdai(admin, &IUSDai::setSupplyCapCall { cap: value })
            .must_revert(IUSDai::ValueTooLarge { value, maximum });
    }
    assert_eq!(w.ask(&IUSDai::supplyCapCall {}), maximum);
}

#[test]
fn the_cap_and_the_bridged_supply_share_a_slot_without_harm() {
    let mut w = World::new();
    let actors = w.suite.actors;
    w.mint_usdai(actors.alice, 10);
    w.usdai(
        actors.bridge,
        &IUSDai::burnCall {
            from: actors.alice,
            amount: usdai(4),
        },
    )
    .must();
    w.usdai(
        actors.admin,
        &IUSDai::setSupplyCapCall {
            cap: U256::from(u128::MAX),
        },
    )
    .must();
    assert_eq!(w.ask(&IUSDai::bridgedSupplyCall {}), usdai(4));
    w.usdai(actors.admin, &IUSDai::setSupplyCapCall { cap: U256::ZERO })
        .must();
    assert_eq!(w.ask(&IUSDai::bridgedSupplyCall {}), usdai(4));
    w.usdai(
        actors.bridge,
        &IUSDai::mintCall {
            to: actors.alice,
            amount: usdai(4),
        },
    )
    .must();
    assert_eq!(w.ask(&IUSDai::supplyCapCall {}), U256::ZERO);
}

#[test]
fn the_adapter_must_trade_against_the_same_base_token() {
    let mut w = World::new();
    let (admin, tokens) = (w.suite.actors.admin, w.suite.tokens);
    let stub = w.fixture_with("StubSwap", U256::from_be_slice(tokens.wm.token.as_slice()));
    let outcome = w.usdai(admin, &IUSDai::setSwapAdapterCall { adapter: stub });
    assert_eq!(
        w.usdai_event::<IUSDai::SwapAdapterSet>(&outcome.receipt),
        IUSDai::SwapAdapterSet { swapAdapter: stub }
    );
    outcome.must();
    assert_eq!(w.ask(&IUSDai::swapAdapterCall {}), stub);

    let foreign = w.fixture_with("StubSwap", U256::from_be_slice(tokens.usdc.token.as_slice()));
    w.usdai(admin, &IUSDai::setSwapAdapterCall { adapter: foreign })
        .must_revert(IUSDai::BaseTokenMismatch {
            expected: tokens.wm.token,
            actual: tokens.usdc.token,
        });
    assert_eq!(w.ask(&IUSDai::swapAdapterCall {}), stub);

    w.usdai(admin, &IUSDai::setSwapAdapterCall { adapter: Address::ZERO })
        .must();
    assert_eq!(w.ask(&IUSDai::swapAdapterCall {}), Address::ZERO);
}

#[test]
fn what_is_no_adapter_is_refused() {
    let mut w = World::new();
    let (admin, alice, wm) = (w.suite.actors.admin, w.suite.actors.alice, w.suite.tokens.wm.token);
    // No code answers nothing; a token has no such function and says nothing.
    for adapter in [alice, wm] {
        w.usdai(admin, &IUSDai::setSwapAdapterCall { adapter })
            .must_revert(IUSDai::ExternalCallFailed { target: adapter });
    }
}

#[test]
fn the_whitelist_and_its_switch() {
    let mut w = World::new();
    let actors = w.suite.actors;
    assert!(!w.ask(&IUSDai::whitelistRequiredCall {}));
    for required in [true, false] {
        let outcome = w.usdai(actors.admin, &IUSDai::setWhitelistRequiredCall { required });
        assert_eq!(
            w.usdai_event::<IUSDai::WhitelistRequiredSet>(&outcome.receipt),
            IUSDai::WhitelistRequiredSet {
                whitelistRequired: required
            }
        );
        outcome.must();
        assert_eq!(w.ask(&IUSDai::whitelistRequiredCall {}), required);
    }
    for whitelisted in [true, false] {
        let outcome = w.usdai(
            actors.gatekeeper,
            &IUSDai::setWhitelistCall {
                account: actors.bob,
                whitelisted,
            },
        );
        assert_eq!(
            w.usdai_event::<IUSDai::Whitelisted>(&outcome.receipt),
            IUSDai::Whitelisted {
                account: actors.bob,
                isWhitelisted: whitelisted
            }
        );
        outcome.must();
        assert_eq!(w.ask(&IUSDai::isWhitelistedCall { account: actors.bob }), whitelisted);
        assert!(!w.ask(&IUSDai::isWhitelistedCall { account: actors.alice }));
    }
    w.usdai(
        actors.gatekeeper,
        &IUSDai::setWhitelistCall {
            account: Address::ZERO,
            whitelisted: true,
        },
    )
    .must_revert(IUSDai::InvalidAddress {});
}

#[test]
fn pause_and_unpause_say_so_and_refuse_to_repeat() {
    let mut w = World::new();
    let pauser = w.suite.actors.pauser;
    w.usdai(pauser, &IUSDai::unpauseCall {})
        .must_revert(IUSDai::ExpectedPause {});
    let outcome = w.usdai(pauser, &IUSDai::pauseCall {});
    assert_eq!(
        w.usdai_event::<IUSDai::Paused>(&outcome.receipt),
        IUSDai::Paused { account: pauser }
    );
    outcome.must();
    assert!(w.ask(&IUSDai::pausedCall {}));
    w.usdai(pauser, &IUSDai::pauseCall {})
        .must_revert(IUSDai::EnforcedPause {});
    let outcome = w.usdai(pauser, &IUSDai::unpauseCall {});
    assert_eq!(
        w.usdai_event::<IUSDai::Unpaused>(&outcome.receipt),
        IUSDai::Unpaused { account: pauser }
    );
    outcome.must();
    assert!(!w.ask(&IUSDai::pausedCall {}));
}

#[test]
fn the_switches_do_not_disturb_each_other() {
    let mut w = World::new();
    let (actors, wm) = (w.suite.actors, w.suite.tokens.wm.token);
    w.usdai(actors.admin, &IUSDai::setWhitelistRequiredCall { required: true })
        .must();
    w.usdai(actors.pauser, &IUSDai::pauseCall {}).must();
    assert!(w.ask(&IUSDai::whitelistRequiredCall {}));
    w.usdai(actors.admin, &IUSDai::setWhitelistRequiredCall { required: false })
        .must();
    assert!(w.ask(&IUSDai::pausedCall {}));
    w.usdai(actors.pauser, &IUSDai::unpauseCall {}).must();
    assert_eq!(w.ask(&IUSDai::baseTokenCall {}), wm);
    w.fund(wm, actors.alice, units(1));
    assert_eq!(
        w.deposit(actors.alice, wm, units(1), U256::ZERO, actors.alice).must(),
        usdai(1)
    );
}
