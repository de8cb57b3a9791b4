//! Roles of sUSDai, the links and switches of its administration, and what is refused.

use suite::bindings::{ILoanPool as P, ITestLoanPool::Fault};
use suite::staking::vault_roles;

use super::prelude::*;

const ADMIN: &str = "DEFAULT_ADMIN_ROLE";

/// Every function that asks for a role: calldata that the role's holder could send with success.
fn gated(w: &Deployed, pool: Address) -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let (alice, bob) = (w.suite.actors.alice, w.suite.actors.bob);
    let strategy = "STRATEGY_ADMIN_ROLE";
    vec![
        (
            "setBaseYieldFee",
            ADMIN,
            V::setBaseYieldFeeCall { feeBps: 5 }.abi_encode(),
        ),
        (
            "setFeeRecipient",
            ADMIN,
            V::setFeeRecipientCall { feeRecipient: bob }.abi_encode(),
        ),
        ("setLoanPool", ADMIN, V::setLoanPoolCall { loanPool: pool }.abi_encode()),
        ("grantRole", ADMIN, grant("SOME_ROLE", bob).abi_encode()),
        ("revokeRole", ADMIN, revoke("SOME_ROLE", bob).abi_encode()),
        (
            "setBlacklist",
            "BLACKLIST_ADMIN_ROLE",
            blacklist(bob, true).abi_encode(),
        ),
        ("mint", "BRIDGE_ADMIN_ROLE", bridge_in(alice, one()).abi_encode()),
        ("burn", "BRIDGE_ADMIN_ROLE", bridge_out(alice, one()).abi_encode()),
        ("pause", "PAUSE_ADMIN_ROLE", V::pauseCall {}.abi_encode()),
        ("harvestBaseYield", strategy, harvest().abi_encode()),
        ("depositBaseYield", strategy, deposit_base_yield(one()).abi_encode()),
        ("announceLimit", strategy, announce(0, one()).abi_encode()),
    ]
}

#[test]
fn every_gated_function_refuses_everybody_without_the_role() {
    let mut w = opened();
    let actors = w.suite.actors;
    let vault = w.staking().vault;
    let word = U256::from_be_slice(w.suite.usdai.as_slice());
    let pool = w.fixture_with("TestLoanPool", word);
    w.vault(actors.bridge, &bridge_out(actors.alice, usdai(5))).must();
    w.accrue_base_yield(10);

    let mut holders = vault_roles(&actors).to_vec();
    holders.push((ADMIN, actors.admin));
    let everybody: Vec<Address> = holders
        .iter()
        .map(|(_, account)| *account)
        .chain([actors.stranger, actors.harvester, w.staking().auction, w.suite.usdai])
        .collect();
    for (function, role, data) in gated(&w, pool) {
        let holder = holders.iter().find(|(name, _)| *name == role).expect("held").1;
        for &account in &everybody {
            w.pay_gas_of(account);
            let snapshot = w.chain.snapshot();
            let receipt = w.chain.send_data(account, vault, U256::ZERO, data.clone().into());
            if account == holder {
                assert!(
                    receipt.status,
                    "{function} by the holder of {role}: {}",
                    suite::calls::describe_revert(&receipt.output)
                );
            } else {
                assert!(!receipt.status, "{function} by {account}");
                let reverted = suite::Reverted {
                    data: receipt.output,
                    halt: receipt.halt_reason,
                };
                check_error(
                    &reverted,
                    &V::AccessControlUnauthorizedAccount {
                        account,
                        neededRole: role_id(role),
                    },
                );
            }
            assert!(w.chain.revert(snapshot));
        }
    }
}

#[test]
fn strategy_and_unpausing_are_for_their_holders_too() {
    let mut w = opened();
    let actors = w.suite.actors;
    w.link_pool();
    w.vault(actors.strategist, &allocate(0, one())).must();
    let needs = |account: Address, role: &str| V::AccessControlUnauthorizedAccount {
        account,
        neededRole: role_id(role),
    };
    for account in [actors.admin, actors.stranger, actors.pauser] {
        w.vault(account, &allocate(0, one()))
            .must_revert(needs(account, "STRATEGY_ADMIN_ROLE"));
        w.vault(account, &deallocate(0, one()))
            .must_revert(needs(account, "STRATEGY_ADMIN_ROLE"));
    }
    w.vault(actors.strategist, &deallocate(0, one())).must();
    w.vault(actors.pauser, &V::pauseCall {}).must();
    for account in [actors.admin, actors.strategist] {
        w.vault(account, &V::unpauseCall {})
            .must_revert(needs(account, "PAUSE_ADMIN_ROLE"));
    }
    w.vault(actors.pauser, &V::unpauseCall {}).must();
}

#[test]
fn roles_come_and_go() {
    let mut w = opened();
    let (admin, bob, stranger) = (w.suite.actors.admin, w.suite.actors.bob, w.suite.actors.stranger);
    let role = role_id("PAUSE_ADMIN_ROLE");
    let vault = w.staking().vault;
    let granted = w.vault(admin, &grant("PAUSE_ADMIN_ROLE", bob));
    assert_eq!(
        w.vault_event::<V::RoleGranted>(&granted.receipt),
        V::RoleGranted {
            role,
            account: bob,
            sender: admin
        }
    );
    granted.must();
    assert!(w.ask_vault(&V::hasRoleCall { role, account: bob }));
    let again = w.vault(admin, &grant("PAUSE_ADMIN_ROLE", bob));
    assert!(events_of::<V::RoleGranted>(&again.receipt, vault).is_empty());
    again.must();
    w.vault(bob, &V::pauseCall {}).must();
    w.vault(bob, &V::unpauseCall {}).must();

    let revoked = w.vault(admin, &revoke("PAUSE_ADMIN_ROLE", bob));
    assert_eq!(
        w.vault_event::<V::RoleRevoked>(&revoked.receipt),
        V::RoleRevoked {
            role,
            account: bob,
            sender: admin
        }
    );
    revoked.must();
    assert!(!w.ask_vault(&V::hasRoleCall { role, account: bob }));

    let renounce = |account: Address| V::renounceRoleCall {
        role,
        callerConfirmation: account,
    };
    w.vault(admin, &grant("PAUSE_ADMIN_ROLE", bob)).must();
    w.vault(stranger, &renounce(bob))
        .must_revert(V::AccessControlBadConfirmation {});
    w.vault(bob, &renounce(bob)).must();
    assert!(!w.ask_vault(&V::hasRoleCall { role, account: bob }));
}

#[test]
fn the_admin_administers_every_role_and_has_no_other() {
    let w = opened();
    let actors = w.suite.actors;
    assert_eq!(w.ask_vault(&V::DEFAULT_ADMIN_ROLECall {}), B256::ZERO);
    for (name, account) in vault_roles(&actors) {
        let role = role_id(name);
        assert_eq!(w.ask_vault(&V::getRoleAdminCall { role }), B256::ZERO);
        assert!(w.ask_vault(&V::hasRoleCall { role, account }), "{name}");
        assert!(
            !w.ask_vault(&V::hasRoleCall {
                role,
                account: actors.admin
            }),
            "{name}"
        );
    }
    assert!(w.ask_vault(&V::hasRoleCall {
        role: B256::ZERO,
        account: actors.admin
    }));
}

#[test]
fn the_loan_pool_is_linked_once() {
    let mut w = opened();
    let (admin, usdc) = (w.suite.actors.admin, w.suite.tokens.usdc.token);
    let link = |pool: Address| V::setLoanPoolCall { loanPool: pool };
    for nobody in [Address::ZERO, w.suite.actors.bob, w.staking().vault] {
        w.vault(admin, &link(nobody)).must_revert(V::InvalidAddress {});
    }
    let foreign = w.fixture_with("TestLoanPool", U256::from_be_slice(usdc.as_slice()));
    w.vault(admin, &link(foreign)).must_revert(V::LinkMismatch {
        expected: w.suite.usdai,
        actual: usdc,
    });
    w.vault(admin, &link(usdc))
        .must_revert(V::ExternalCallFailed { target: usdc });
    // It has the right asset, but what settling and pricing will ask of it stays without an answer.
    let word = U256::from_be_slice(w.suite.usdai.as_slice());
    let mute = w.fixture_with("TestLoanPool", word);
    for selector in [P::latestCureEndCall::SELECTOR, P::positionValueCall::SELECTOR] {
        for (fault, refused) in [(Fault::AnswerNothing, true), (Fault::None, false)] {
            let call = ITestLoanPool::setFaultCall {
                selector: FixedBytes(selector),
                fault,
                amount: U256::ZERO,
            };
            w.send(admin, mute, &call).must();
            if refused {
                w.vault(admin, &link(mute))
                    .must_revert(V::ExternalCallFailed { target: mute });
            }
        }
    }

    let (pool, other) = (
        w.fixture_with("TestLoanPool", word),
        w.fixture_with("TestLoanPool", word),
    );
    let outcome = w.vault(admin, &link(pool));
    assert_eq!(
        w.vault_event::<V::LoanPoolSet>(&outcome.receipt),
        V::LoanPoolSet { loanPool: pool }
    );
    outcome.must();
    assert_eq!(w.ask_vault(&V::loanPoolCall {}), pool);
    for again in [pool, other] {
        w.vault(admin, &link(again))
            .must_revert(V::LoanPoolAlreadySet { loanPool: pool });
    }
}

#[test]
fn without_a_loan_pool_nothing_is_lent() {
    let mut w = opened();
    let strategist = w.suite.actors.strategist;
    w.vault(strategist, &allocate(0, one()))
        .must_revert(V::LoanPoolNotSet {});
    w.vault(strategist, &deallocate(0, one()))
        .must_revert(V::LoanPoolNotSet {});
}

#[test]
fn the_fee_and_its_recipient_can_be_set() {
    let mut w = opened();
    let (admin, bob) = (w.suite.actors.admin, w.suite.actors.bob);
    for bps in [0, 1, 5_000] {
        let outcome = w.vault(admin, &V::setBaseYieldFeeCall { feeBps: bps });
        assert_eq!(
            w.vault_event::<V::BaseYieldFeeSet>(&outcome.receipt),
            V::BaseYieldFeeSet {
                feeBps: U256::from(bps)
            }
        );
        outcome.must();
        assert_eq!(w.ask_vault(&V::baseYieldFeeCall {}).feeBps, U256::from(bps));
    }
    for bps in [5_001, 10_000, u16::MAX] {
        w.vault(admin, &V::setBaseYieldFeeCall { feeBps: bps })
            .must_revert(V::InvalidBasisPoints {
                basisPoints: U256::from(bps),
                maximum: n(5_000),
            });
    }
    let outcome = w.vault(admin, &V::setFeeRecipientCall { feeRecipient: bob });
    assert_eq!(
        w.vault_event::<V::FeeRecipientSet>(&outcome.receipt),
        V::FeeRecipientSet { feeRecipient: bob }
    );
    outcome.must();
    assert_eq!(w.ask_vault(&V::baseYieldFeeCall {}).feeRecipient, bob);
    for nobody in [Address::ZERO, w.staking().vault] {
        w.vault(admin, &V::setFeeRecipientCall { feeRecipient: nobody })
            .must_revert(V::InvalidAddress {});
    }
}

#[test]
fn the_switches_do_not_disturb_each_other() {
    let mut w = opened();
    let (admin, pauser) = (w.suite.actors.admin, w.suite.actors.pauser);
    let pool = w.link_pool();
    w.vault(pauser, &V::pauseCall {}).must();
    w.vault(admin, &V::setBaseYieldFeeCall { feeBps: 5_000 }).must();
    assert!(w.ask_vault(&V::pausedCall {}));
    w.vault(pauser, &V::unpauseCall {}).must();
    assert_eq!(w.ask_vault(&V::baseYieldFeeCall {}).feeBps, n(5_000));
    assert_eq!(w.ask_vault(&V::loanPoolCall {}), pool);
    assert_eq!(w.ask_vault(&V::assetCall {}), w.suite.usdai);
}
