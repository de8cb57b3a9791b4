//! Base yield: counted before it is harvested, net of the fee; what a harvest moves, and who pays which fee.

use super::prelude::*;

#[test]
fn yield_counts_before_it_is_harvested_and_the_harvest_moves_no_price() {
    let mut w = opened();
    let (strategist, treasury, vault) = (w.suite.actors.strategist, w.suite.actors.treasury, w.staking().vault);
    w.accrue_base_yield(333);
    let (fee, deposited) = (share_of(usdai(333), 1_000), net(usdai(333)));
    assert_eq!(w.ask_vault(&V::claimableBaseYieldCall {}), usdai(333));
    assert_eq!(w.ask_vault(&V::navCall {}), first() + usdai(4_000) + deposited);
    assert_eq!(
        w.ask_vault(&V::conservativeNavCall {}),
        first() + usdai(4_000) + deposited
    );
    let prices = w.prices();

    let outcome = w.vault(strategist, &harvest());
    assert_eq!(
        w.vault_event::<V::BaseYieldDeposited>(&outcome.receipt),
        V::BaseYieldDeposited {
            depositedAmount: deposited,
            adminFee: fee
        }
    );
    assert_eq!(
        w.vault_event::<V::AdminFeeTransferred>(&outcome.receipt),
        V::AdminFeeTransferred {
            currencyToken: w.suite.usdai,
            adminFee: fee
        }
    );
    let told = outcome.must();
    assert_eq!((told._0, told._1), (deposited, fee));
    assert_eq!(w.prices(), prices);
    assert_eq!(w.usdai_of(treasury), fee);
    assert_eq!(w.books().idle, first() + usdai(4_000) + deposited);
    assert_eq!(w.usdai_of(vault), w.books().idle);
    assert_eq!(w.ask_vault(&V::claimableBaseYieldCall {}), U256::ZERO);
}

#[test]
fn yield_of_reserves_accrues_to_those_who_stake() {
    let mut w = World::of(&SuiteConfig::default());
    let alice = w.suite.actors.alice;
    w.stake(alice, 1_000_000);
    w.pass(30 * DAY);
    let accrued = w.ask(&IUSDai::claimableYieldCall {});
    // A month at 5 % on 1,000,010: 4,118.
    assert!(accrued > usdai(4_117) && accrued < usdai(4_119), "{accrued}");
    assert_eq!(w.ask_vault(&V::navCall {}), usdai(1_000_010) + net(accrued));
    w.pass(1);
    assert!(w.ask_vault(&V::navCall {}) > usdai(1_000_010) + net(accrued));
    let (deposited, fee) = w.harvest();
    let yielded = deposited + fee;
    assert_eq!(deposited, net(yielded));
    assert_eq!(w.ask_vault(&V::navCall {}), usdai(1_000_010) + deposited);
}

#[test]
fn a_harvest_of_nothing_is_quiet() {
    let mut w = opened();
    let strategist = w.suite.actors.strategist;
    let outcome = w.vault(strategist, &harvest());
    assert!(outcome.receipt.logs.is_empty());
    let told = outcome.must();
    assert_eq!((told._0, told._1), (U256::ZERO, U256::ZERO));
}

#[test]
fn a_harvest_of_at_least_so_much() {
    let mut w = opened();
    let strategist = w.suite.actors.strategist;
    w.accrue_base_yield(100);
    w.vault(strategist, &deposit_base_yield(usdai(100) + n(1)))
        .must_revert(V::InsufficientBaseYield {
            requested: usdai(100) + n(1),
            claimable: usdai(100),
        });
    let told = w.vault(strategist, &deposit_base_yield(usdai(100))).must();
    assert_eq!((told._0, told._1), (usdai(90), usdai(10)));
    w.vault(strategist, &deposit_base_yield(n(1)))
        .must_revert(V::InsufficientBaseYield {
            requested: n(1),
            claimable: U256::ZERO,
        });
}

#[test]
fn a_new_fee_is_not_taken_on_the_yield_before_it() {
    let mut w = opened();
    let (admin, treasury) = (w.suite.actors.admin, w.suite.actors.treasury);
    w.accrue_base_yield(100);
    let prices = w.prices();
    w.vault(admin, &V::setBaseYieldFeeCall { feeBps: 5_000 }).must();
    assert_eq!(w.prices(), prices, "nobody's share is worth less");
    assert_eq!(w.usdai_of(treasury), usdai(10));
    w.accrue_base_yield(100);
    assert_eq!(w.ask_vault(&V::navCall {}), first() + usdai(4_000 + 90 + 50));
    let (deposited, fee) = w.harvest();
    assert_eq!((deposited, fee), (usdai(50), usdai(50)));
}

#[test]
fn no_fee_leaves_everything() {
    let mut w = opened();
    let (admin, treasury, strategist) = (w.suite.actors.admin, w.suite.actors.treasury, w.suite.actors.strategist);
    w.vault(admin, &V::setBaseYieldFeeCall { feeBps: 0 }).must();
    w.accrue_base_yield(7);
    let outcome = w.vault(strategist, &harvest());
    assert!(events_of::<V::AdminFeeTransferred>(&outcome.receipt, w.staking().vault).is_empty());
    let told = outcome.must();
    assert_eq!((told._0, told._1), (usdai(7), U256::ZERO));
    assert_eq!(w.usdai_of(treasury), U256::ZERO);
}

#[test]
fn without_the_role_on_usdai_the_harvest_says_so() {
    let mut w = opened();
    let (admin, strategist, vault) = (w.suite.actors.admin, w.suite.actors.strategist, w.staking().vault);
    let role = role_id("YIELD_ROLE");
    w.usdai(admin, &IUSDai::revokeRoleCall { role, account: vault }).must();
    w.accrue_base_yield(1);
    w.vault(strategist, &harvest())
        .must_revert(IUSDai::AccessControlUnauthorizedAccount {
            account: vault,
            neededRole: role,
        });
}
