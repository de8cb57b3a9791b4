//! Roles: who may do what, on both contracts, and how roles come and go.

use alloy_primitives::aliases::U24;
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use suite::bindings::{ISwapAdapter, IUSDai};
use suite::deployment::usdai_roles;
use suite::{Transact, events_of, role_id};
use suite_tests::{Deployed, Expect, World, n, units, usdai};

const ADMIN: &str = "DEFAULT_ADMIN_ROLE";

/// Every function of USDai that asks for a role: calldata that the role's holder could send with success.
fn gated(w: &Deployed) -> Vec<(&'static str, &'static str, Bytes)> {
    let (actors, adapter) = (w.suite.actors, w.suite.swap_adapter);
    let role = role_id("YIELD_ROLE");
    let bytes = |data: Vec<u8>| Bytes::from(data);
    vec![
        (
            "setSupplyCap",
            ADMIN,
            bytes(IUSDai::setSupplyCapCall { cap: usdai(5) }.abi_encode()),
        ),
        (
            "setSwapAdapter",
            ADMIN,
            bytes(IUSDai::setSwapAdapterCall { adapter }.abi_encode()),
        ),
        (
            "setWhitelistRequired",
            ADMIN,
            bytes(IUSDai::setWhitelistRequiredCall { required: true }.abi_encode()),
        ),
        (
            "grantRole",
            ADMIN,
            bytes(
                IUSDai::grantRoleCall {
                    role,
                    account: actors.bob,
                }
                .abi_encode(),
            ),
        ),
        (
            "revokeRole",
            ADMIN,
            bytes(
                IUSDai::revokeRoleCall {
                    role,
                    account: actors.harvester,
                }
                .abi_encode(),
            ),
        ),
        (
            "setWhitelist",
            "WHITELIST_ADMIN_ROLE",
            bytes(
                IUSDai::setWhitelistCall {
                    account: actors.bob,
                    whitelisted: true,
                }
                .abi_encode(),
            ),
        ),
        (
            "mint",
            "BRIDGE_ADMIN_ROLE",
            bytes(
                IUSDai::mintCall {
                    to: actors.alice,
                    amount: usdai(1),
                }
                .abi_encode(),
            ),
        ),
        (
            "burn",
            "BRIDGE_ADMIN_ROLE",
            bytes(
                IUSDai::burnCall {
                    from: actors.alice,
                    amount: usdai(1),
                }
                .abi_encode(),
            ),
        ),
        (
            "harvest",
            "YIELD_ROLE",
            bytes(
                IUSDai::harvestCall {
                    recipient: actors.alice,
                }
                .abi_encode(),
            ),
        ),
        ("pause", "PAUSE_ADMIN_ROLE", bytes(IUSDai::pauseCall {}.abi_encode())),
    ]
}

/// Alice holds 10 USDai, 5 are bridged out.
fn world() -> World {
    let mut w = World::new();
    let actors = w.suite.actors;
    w.mint_usdai(actors.alice, 15);
    w.usdai(
        actors.bridge,
        &IUSDai::burnCall {
            from: actors.alice,
            amount: usdai(5),
        },
    )
    .must();
    w
}

#[test]
fn every_gated_function_refuses_everybody_without_the_role() {
    let mut w = world();
    let actors = w.suite.actors;
    let mut holders = usdai_roles(&actors).to_vec();
    holders.push((ADMIN, actors.admin));
    let everybody: Vec<Address> = holders
        .iter()
        .map(|(_, account)| *account)
        .chain([actors.stranger])
        .collect();

    for (function, role, data) in gated(&w) {
        let holder = holders
            .iter()
            .find(|(name, _)| *name == role)
            .expect("every role is held")
            .1;
        for &account in &everybody {
            let snapshot = w.chain.snapshot();
            let target = w.suite.usdai;
            let receipt = w.chain.send_data(account, target, U256::ZERO, data.clone());
            if account == holder {
                assert!(receipt.status, "{function} by the holder of {role}");
            } else {
                let expected = IUSDai::AccessControlUnauthorizedAccount {
                    account,
                    neededRole: role_id(role),
                };
                let reverted = suite::Reverted {
                    data: receipt.output,
                    halt: receipt.halt_reason,
                };
                assert!(!receipt.status, "{function} by {account}");
                suite_tests::check_error(&reverted, &expected);
            }
            assert!(w.chain.revert(snapshot));
        }
    }

    // `unpause` can only succeed while paused.
    w.usdai(actors.pauser, &IUSDai::pauseCall {}).must();
    for account in everybody.into_iter().filter(|account| *account != actors.pauser) {
        w.usdai(account, &IUSDai::unpauseCall {})
            .must_revert(IUSDai::AccessControlUnauthorizedAccount {
                account,
                neededRole: role_id("PAUSE_ADMIN_ROLE"),
            });
    }
    w.usdai(actors.pauser, &IUSDai::unpauseCall {}).must();
}

#[test]
fn a_role_can_be_granted_used_and_revoked() {
    let mut w = world();
    let (admin, bob) = (w.suite.actors.admin, w.suite.actors.bob);
    let role = role_id("PAUSE_ADMIN_ROLE");
    assert!(!w.ask(&IUSDai::hasRoleCall { role, account: bob }));

    let granted = w.usdai(admin, &IUSDai::grantRoleCall { role, account: bob });
    assert_eq!(
        w.usdai_event::<IUSDai::RoleGranted>(&granted.receipt),
        IUSDai::RoleGranted {
            role,
            account: bob,
            sender: admin
        }
    );
    granted.must();
    assert!(w.ask(&IUSDai::hasRoleCall { role, account: bob }));
    w.usdai(bob, &IUSDai::pauseCall {}).must();
    w.usdai(bob, &IUSDai::unpauseCall {}).must();

    // Once more changes nothing and says nothing.
    let again = w.usdai(admin, &IUSDai::grantRoleCall { role, account: bob });
    assert!(events_of::<IUSDai::RoleGranted>(&again.receipt, w.suite.usdai).is_empty());
    again.must();

    let revoked = w.usdai(admin, &IUSDai::revokeRoleCall { role, account: bob });
    assert_eq!(
        w.usdai_event::<IUSDai::RoleRevoked>(&revoked.receipt),
        IUSDai::RoleRevoked {
            role,
            account: bob,
            sender: admin
        }
    );
    revoked.must();
    let again = w.usdai(admin, &IUSDai::revokeRoleCall { role, account: bob });
    assert!(events_of::<IUSDai::RoleRevoked>(&again.receipt, w.suite.usdai).is_empty());
    again.must();
    w.usdai(bob, &IUSDai::pauseCall {})
        .must_revert(IUSDai::AccessControlUnauthorizedAccount {
            account: bob,
            neededRole: role,
        });
}

#[test]
fn a_role_can_be_renounced_by_oneself_only() {
    let mut w = world();
    let actors = w.suite.actors;
    let role = role_id("YIELD_ROLE");
    let renounce = |account: Address| IUSDai::renounceRoleCall {
        role,
        callerConfirmation: account,
    };
    w.usdai(actors.admin, &renounce(actors.harvester))
        .must_revert(IUSDai::AccessControlBadConfirmation {});
    w.usdai(actors.harvester, &renounce(actors.admin))
        .must_revert(IUSDai::AccessControlBadConfirmation {});
    let outcome = w.usdai(actors.harvester, &renounce(actors.harvester));
    assert_eq!(
        w.usdai_event::<IUSDai::RoleRevoked>(&outcome.receipt),
        IUSDai::RoleRevoked {
            role,
            account: actors.harvester,
            sender: actors.harvester
        }
    );
    outcome.must();
    w.usdai(
        actors.harvester,
        &IUSDai::harvestCall {
            recipient: actors.harvester,
        },
    )
    .must_revert(IUSDai::AccessControlUnauthorizedAccount {
        account: actors.harvester,
        neededRole: role,
    });
    // Renouncing what one does not have changes nothing.
    let outcome = w.usdai(actors.stranger, &renounce(actors.stranger));
    assert!(events_of::<IUSDai::RoleRevoked>(&outcome.receipt, w.suite.usdai).is_empty());
    outcome.must();
}

#[test]
fn the_admin_can_hand_over() {
    let mut w = world();
    let actors = w.suite.actors;
    let role = B256::ZERO;
    assert_eq!(w.ask(&IUSDai::DEFAULT_ADMIN_ROLECall {}), role);
    for (name, _) in usdai_roles(&actors) {
        assert_eq!(w.ask(&IUSDai::getRoleAdminCall { role: role_id(name) }), role, "{name}");
    }
    w.usdai(
        actors.admin,
        &IUSDai::grantRoleCall {
            role,
            account: actors.bob,
        },
    )
    .must();
    w.usdai(
        actors.admin,
        &IUSDai::renounceRoleCall {
            role,
            callerConfirmation: actors.admin,
        },
    )
    .must();
    w.usdai(actors.admin, &IUSDai::setSupplyCapCall { cap: n(1) })
        .must_revert(IUSDai::AccessControlUnauthorizedAccount {
            account: actors.admin,
            neededRole: role,
        });
    w.usdai(actors.bob, &IUSDai::setSupplyCapCall { cap: n(1) }).must();
}

#[test]
fn the_admin_has_no_other_role() {
    let w = world();
    let actors = w.suite.actors;
    for (name, holder) in usdai_roles(&actors) {
        let role = role_id(name);
        assert!(w.ask(&IUSDai::hasRoleCall { role, account: holder }), "{name}");
        assert!(
            !w.ask(&IUSDai::hasRoleCall {
                role,
                account: actors.admin
            }),
            "{name}"
        );
    }
    assert!(w.ask(&IUSDai::hasRoleCall {
        role: B256::ZERO,
        account: actors.admin
    }));
    assert!(w.ask_adapter(&ISwapAdapter::hasRoleCall {
        role: B256::ZERO,
        account: actors.admin
    }));
}

#[test]
fn the_adapters_gated_functions_refuse_everybody_else() {
    let mut w = World::new();
    let actors = w.suite.actors;
    let (admin, usdc) = (actors.admin, w.suite.tokens.usdc.token);
    let role = role_id("SOME_ROLE");
    for account in [actors.stranger, actors.pauser, actors.harvester, w.suite.usdai] {
        let refused = ISwapAdapter::AccessControlUnauthorizedAccount {
            account,
            neededRole: B256::ZERO,
        };
        let set = ISwapAdapter::setTokenCall {
            token: usdc,
            whitelisted: false,
            feeTier: U24::ZERO,
        };
        w.adapter(account, &set).must_revert(refused.clone());
        w.adapter(account, &ISwapAdapter::grantRoleCall { role, account })
            .must_revert(refused.clone());
        w.adapter(account, &ISwapAdapter::revokeRoleCall { role, account })
            .must_revert(refused);
    }

    let bob = actors.bob;
    let granted = w.adapter(
        admin,
        &ISwapAdapter::grantRoleCall {
            role: B256::ZERO,
            account: bob,
        },
    );
    assert_eq!(
        w.adapter_event::<ISwapAdapter::RoleGranted>(&granted.receipt),
        ISwapAdapter::RoleGranted {
            role: B256::ZERO,
            account: bob,
            sender: admin
        }
    );
    granted.must();
    let set = ISwapAdapter::setTokenCall {
        token: usdc,
        whitelisted: false,
        feeTier: U24::ZERO,
    };
    w.adapter(bob, &set).must();
    let revoked = w.adapter(
        admin,
        &ISwapAdapter::revokeRoleCall {
            role: B256::ZERO,
            account: bob,
        },
    );
    assert_eq!(
        w.adapter_event::<ISwapAdapter::RoleRevoked>(&revoked.receipt),
        ISwapAdapter::RoleRevoked {
            role: B256::ZERO,
            account: bob,
            sender: admin
        }
    );
    revoked.must();

    let renounce = |account: Address| ISwapAdapter::renounceRoleCall {
        role: B256::ZERO,
        callerConfirmation: account,
    };
    w.adapter(bob, &renounce(admin))
        .must_revert(ISwapAdapter::AccessControlBadConfirmation {});
    w.adapter(admin, &renounce(admin)).must();
    w.adapter(admin, &set)
        .must_revert(ISwapAdapter::AccessControlUnauthorizedAccount {
            account: admin,
            neededRole: B256::ZERO,
        });
}

#[test]
fn deposits_and_withdrawals_need_no_role() {
    let mut w = World::new();
    let (stranger, wm) = (w.suite.actors.stranger, w.suite.tokens.wm.token);
    w.fund(wm, stranger, units(1));
    w.deposit(stranger, wm, units(1), U256::ZERO, stranger).must();
    w.withdraw(stranger, wm, usdai(1), U256::ZERO, stranger).must();
}
