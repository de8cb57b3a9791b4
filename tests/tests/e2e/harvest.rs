//! The yield of the reserves: what `harvest` mints, to whom, and that nothing else does (R2).

use alloy_primitives::{Address, U256};
use suite::bindings::{IERC20, IUSDai, IWrappedM};
use suite::events_of;
use suite_tests::{Expect, SCALE, World, n, units, usdai};

#[test]
fn harvest_mints_exactly_the_yield() {
    let mut w = World::new();
    let actors = w.suite.actors;
    w.mint_usdai(actors.alice, 1_000_000);
    w.pass(365 * 86_400);
    let accrued = w.accrued();
    // A year at 5 %, continuously compounded: 51,271.1 on a million.
    assert!(accrued > units(51_270) && accrued < units(51_272), "{accrued}");
    let claimable = w.ask(&IUSDai::claimableYieldCall {});
    assert_eq!(claimable, accrued * n(SCALE));

    let outcome = w.usdai(actors.harvester, &IUSDai::harvestCall { recipient: actors.bob });
    assert_eq!(outcome.result().unwrap(), claimable);
    assert_eq!(
        w.usdai_event::<IUSDai::Harvested>(&outcome.receipt),
        IUSDai::Harvested {
            caller: actors.harvester,
            recipient: actors.bob,
            mintAmount: claimable
        }
    );
    assert_eq!(
        w.usdai_event::<IUSDai::Transfer>(&outcome.receipt),
        IUSDai::Transfer {
            from: Address::ZERO,
            to: actors.bob,
            value: claimable
        }
    );
    assert_eq!(w.usdai_of(actors.bob), claimable);
    assert_eq!(w.usdai_of(actors.alice), usdai(1_000_000));
    let told = w.ask(&IUSDai::reservesCall {});
    assert_eq!(told.backing, told.liabilities);
}

#[test]
fn harvesting_nothing_mints_nothing() {
    let mut w = World::new();
    let actors = w.suite.actors;
    for _ in 0..2 {
        let outcome = w.usdai(actors.harvester, &IUSDai::harvestCall { recipient: actors.bob });
        assert!(events_of::<IUSDai::Harvested>(&outcome.receipt, w.suite.usdai).is_empty());
        assert_eq!(outcome.must(), U256::ZERO);
        w.mint_usdai(actors.alice, 10);
    }
}

#[test]
fn donated_wrapped_m_is_yield() {
    let mut w = World::new();
    let (actors, wm, usdai_address) = (w.suite.actors, w.suite.tokens.wm.token, w.suite.usdai);
    w.mint_usdai(actors.alice, 10);
    w.give(wm, actors.bob, units(5));
    w.send(
        actors.bob,
        wm,
        &IERC20::transferCall {
            to: usdai_address,
            value: units(5),
        },
    )
    .must();
    assert_eq!(w.ask(&IUSDai::totalSupplyCall {}), usdai(10));
    assert_eq!(w.ask(&IUSDai::claimableYieldCall {}), usdai(5));
    // A deposit after the donation gets its own and no more.
    w.fund(wm, actors.bob, units(1));
    assert_eq!(
        w.deposit(actors.bob, wm, units(1), U256::ZERO, actors.bob).must(),
        usdai(1)
    );
    assert_eq!(
        w.usdai(
            actors.harvester,
            &IUSDai::harvestCall {
                recipient: actors.harvester
            }
        )
        .must(),
        usdai(5)
    );
}

#[test]
fn the_cap_does_not_stop_a_harvest() {
    let mut w = World::new();
    let actors = w.suite.actors;
    w.mint_usdai(actors.alice, 1_000);
    w.usdai(actors.admin, &IUSDai::setSupplyCapCall { cap: U256::ZERO })
        .must();
    w.pass(86_400);
    assert!(
        w.usdai(actors.harvester, &IUSDai::harvestCall { recipient: actors.bob })
            .must()
            > U256::ZERO
    );
}

#[test]
fn bridged_supply_is_backed_before_anything_is_yield() {
    let mut w = World::new();
    let actors = w.suite.actors;
    w.mint_usdai(actors.alice, 1_000);
    w.usdai(
        actors.bridge,
        &IUSDai::burnCall {
            from: actors.alice,
            amount: usdai(1_000),
        },
    )
    .must();
    assert_eq!(
        w.usdai(actors.harvester, &IUSDai::harvestCall { recipient: actors.bob })
            .must(),
        U256::ZERO
    );
}

#[test]
fn a_part_of_a_unit_is_not_harvested() {
    let mut w = World::new();
    let (actors, wm) = (w.suite.actors, w.suite.tokens.wm.token);
    w.mint_usdai(actors.alice, 10);
    // Liabilities of a unit less a little: backed by a whole unit.
    w.withdraw(actors.alice, wm, usdai(1) + n(SCALE / 2), U256::ZERO, actors.alice)
        .must();
    assert_eq!(w.ask(&IUSDai::claimableYieldCall {}), U256::ZERO);
    assert_eq!(
        w.usdai(actors.harvester, &IUSDai::harvestCall { recipient: actors.bob })
            .must(),
        U256::ZERO
    );
    w.withdraw(actors.alice, wm, usdai(1) + n(SCALE / 2), U256::ZERO, actors.alice)
        .must();
    // Two halves are a unit.
    assert_eq!(w.ask(&IUSDai::claimableYieldCall {}), n(SCALE));
    assert_eq!(
        w.usdai(actors.harvester, &IUSDai::harvestCall { recipient: actors.bob })
            .must(),
        n(SCALE)
    );
}

#[test]
fn yield_that_goes_elsewhere_is_not_claimable() {
    let mut w = World::new();
    let (actors, wm, usdai_address) = (w.suite.actors, w.suite.tokens.wm.token, w.suite.usdai);
    w.mint_usdai(actors.alice, 1_000_000);
    w.send(
        actors.admin,
        wm,
        &IWrappedM::setClaimOverrideRecipientCall {
            account: usdai_address,
            recipient: actors.bob,
        },
    )
    .must();
    w.pass(30 * 86_400);
    let accrued = w.accrued();
    assert!(accrued > U256::ZERO);
    assert_eq!(w.ask(&IUSDai::claimableYieldCall {}), U256::ZERO);
    // The claim pays bob; nothing is left to mint against, and the reserves are whole.
    assert_eq!(
        w.usdai(
            actors.harvester,
            &IUSDai::harvestCall {
                recipient: actors.harvester
            }
        )
        .must(),
        U256::ZERO
    );
    assert_eq!(w.wm_of(actors.bob), accrued);
    assert_eq!(w.wm_of(usdai_address), units(1_000_000));

    // Neither does it disturb a deposit or a withdrawal in whose middle it is paid.
    w.pass(30 * 86_400);
    w.mint_usdai(actors.alice, 10);
    w.pass(30 * 86_400);
    w.withdraw(actors.alice, wm, usdai(10), units(10), actors.alice).must();
    assert_eq!(w.wm_of(usdai_address), units(1_000_000));

    // Set to the contract itself it counts.
    w.send(
        actors.admin,
        wm,
        &IWrappedM::setClaimOverrideRecipientCall {
            account: usdai_address,
            recipient: usdai_address,
        },
    )
    .must();
    w.pass(86_400);
    let accrued = w.accrued();
    assert_eq!(w.ask(&IUSDai::claimableYieldCall {}), accrued * n(SCALE));
    assert_eq!(
        w.usdai(
            actors.harvester,
            &IUSDai::harvestCall {
                recipient: actors.harvester
            }
        )
        .must(),
        accrued * n(SCALE)
    );
}

#[test]
fn anybody_may_claim_and_it_stays_the_protocols() {
    let mut w = World::new();
    let (actors, wm, usdai_address) = (w.suite.actors, w.suite.tokens.wm.token, w.suite.usdai);
    w.mint_usdai(actors.alice, 1_000_000);
    w.pass(86_400);
    let accrued = w.accrued();
    w.send(actors.stranger, wm, &IWrappedM::claimForCall { account: usdai_address })
        .must();
    assert_eq!(w.accrued(), U256::ZERO);
    assert_eq!(w.ask(&IUSDai::totalSupplyCall {}), usdai(1_000_000));
    assert_eq!(w.ask(&IUSDai::claimableYieldCall {}), accrued * n(SCALE));
    assert_eq!(
        w.usdai(actors.harvester, &IUSDai::harvestCall { recipient: actors.bob })
            .must(),
        accrued * n(SCALE)
    );
}

#[test]
fn the_recipient_is_checked() {
    let mut w = World::new();
    let (harvester, usdai_address) = (w.suite.actors.harvester, w.suite.usdai);
    for recipient in [Address::ZERO, usdai_address] {
        w.usdai(harvester, &IUSDai::harvestCall { recipient })
            .must_revert(IUSDai::InvalidAddress {});
    }
}

#[test]
fn reserves_that_do_not_earn_have_nothing_to_harvest() {
    let mut w = World::new();
    let (actors, wm, usdai_address) = (w.suite.actors, w.suite.tokens.wm.token, w.suite.usdai);
    w.mint_usdai(actors.alice, 1_000);
    w.send(
        actors.admin,
        wm,
        &IWrappedM::stopEarningForCall { account: usdai_address },
    )
    .must();
    w.pass(86_400);
    assert_eq!(w.ask(&IUSDai::claimableYieldCall {}), U256::ZERO);
    assert_eq!(
        w.usdai(actors.harvester, &IUSDai::harvestCall { recipient: actors.bob })
            .must(),
        U256::ZERO
    );
}
