//! Who may do what: every gated function refuses everybody else, in words; construction and the links.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolCall, SolError, SolValue};
use suite::bindings::{ICaliber, IStylusDeployer};
use suite::program::{CONSTRUCTOR_SELECTOR, try_deploy_program};
use suite::{Artifacts, Reverted, Transact, events_of, role_id};
use suite_tests::{Expect, check_error, n};

use crate::world::{
    World, appraisal, cancel, delivery, freeze, insurance, loss, receipt, release, request, role_names, serials,
    surrender, units,
};

const ADMIN: &str = "DEFAULT_ADMIN_ROLE";

/// Every function that asks for a role, with calldata that its holder could send with success.
fn gated(w: &World, open: U256, held: U256) -> Vec<(&'static str, Bytes)> {
    let (pool, auction, later) = (w.pool, w.auction, w.now() + 1_000);
    let (role, account) = (role_id("INSURER_ROLE"), w.actors.insurer);
    let links = ICaliber::setCustodiansCall {
        loanPool: pool,
        collateralAuction: auction,
    };
    vec![
        (
            "TOKENIZING_AGENT_ROLE",
            w.tokenization(serials(50..51), true).abi_encode(),
        ),
        ("TOKENIZING_AGENT_ROLE", units(open, serials(60..61), true).abi_encode()),
        ("APPRAISER_ROLE", appraisal(held, n(1), later).abi_encode()),
        ("INSURER_ROLE", insurance(held, n(1), later).abi_encode()),
        ("COMPLIANCE_ROLE", freeze(held, true).abi_encode()),
        (ADMIN, links.abi_encode()),
        (ADMIN, ICaliber::grantRoleCall { role, account }.abi_encode()),
        (ADMIN, ICaliber::revokeRoleCall { role, account }.abi_encode()),
    ]
    .into_iter()
    .map(|(role, data)| (role, data.into()))
    .collect()
}

#[test]
fn every_gated_function_refuses_everybody_without_the_role() {
    let mut w = World::unlinked();
    let held = w.held();
    let open = w.tokenize(vec![], false);
    let mut taken = 0;
    for (role, data) in gated(&w, open, held) {
        for account in w.actors.all() {
            let snapshot = w.chain.snapshot();
            let target = w.caliber;
            let receipt = w.chain.send_data(account, target, U256::ZERO, data.clone());
            let id = role_id(role);
            if w.ask(&ICaliber::hasRoleCall { role: id, account }) || receipt.status {
                assert!(receipt.status && taken_by(&w, role) == account, "{role} of {account}");
                taken += 1;
            } else {
                let reverted = Reverted {
                    data: receipt.output,
                    halt: None,
                };
                check_error(
                    &reverted,
                    &ICaliber::AccessControlUnauthorizedAccount {
                        account,
                        neededRole: id,
                    },
                );
            }
            assert!(w.chain.revert(snapshot));
        }
    }
    assert_eq!(taken, 8, "each by one account");
}

fn taken_by(w: &World, role: &str) -> Address {
    let actors = w.actors;
    let holders = [actors.agent, actors.appraiser, actors.insurer, actors.officer];
    let named = role_names().into_iter().zip(holders).find(|(name, _)| *name == role);
    named.map_or(actors.admin, |(_, account)| account)
}

#[test]
fn bailees_and_holders_speak_for_their_own_lots_alone() {
    let mut w = World::new();
    let actors = w.actors;
    let id = w.held();
    let other = ICaliber::tokenizeCall {
        bailee: actors.stranger,
        owner: actors.buyer,
        ..w.tokenization(serials(20..21), true)
    };
    let other = w.send(actors.agent, &other).must();
    for account in w.actors.all() {
        if account != actors.bailee {
            let not_bailee = || ICaliber::NotBailee {
                tokenId: id,
                caller: account,
            };
            w.send(account, &receipt(id)).must_revert(not_bailee());
            w.send(account, &release(id)).must_revert(not_bailee());
            w.send(account, &loss(id)).must_revert(not_bailee());
            w.send(account, &delivery(id)).must_revert(not_bailee());
        }
        if account != actors.owner {
            let unapproved = || crate::world::unapproved(account, id);
            w.send(account, &request(id)).must_revert(unapproved());
            w.send(account, &cancel(id)).must_revert(unapproved());
            w.send(account, &surrender(id)).must_revert(unapproved());
        }
    }
    w.send(actors.bailee, &receipt(other)).must_revert(ICaliber::NotBailee {
        tokenId: other,
        caller: actors.bailee,
    });
    w.send(actors.stranger, &receipt(other)).must();
    // Without a document nothing is attested.
    let refused = ICaliber::InvalidDocument {};
    let (bailee, document) = (actors.bailee, B256::ZERO);
    w.send(bailee, &ICaliber::attestReceiptCall { tokenId: id, document })
        .must_revert(refused.clone());
    w.send(bailee, &ICaliber::attestLossCall { tokenId: id, document })
        .must_revert(refused.clone());
    w.send(bailee, &ICaliber::releaseCall { tokenId: id, document })
        .must_revert(refused.clone());
    w.send(bailee, &ICaliber::confirmDeliveryCall { tokenId: id, document })
        .must_revert(refused);
}

#[test]
fn attestations_are_told() {
    let mut w = World::new();
    let (bailee, document) = (w.actors.bailee, crate::world::DOCUMENT);
    let id = w.tokenize(serials(0..1), true);
    let received = w.send(bailee, &receipt(id)).receipt().expect("his");
    assert_eq!(
        w.event::<ICaliber::ReceiptAttested>(&received),
        ICaliber::ReceiptAttested {
            tokenId: id,
            bailee,
            document
        }
    );
    let released = w.send(bailee, &release(id)).receipt().expect("his");
    assert_eq!(
        w.event::<ICaliber::Released>(&released),
        ICaliber::Released {
            tokenId: id,
            bailee,
            document
        }
    );
    w.send(bailee, &receipt(id)).must();
    let lost = w.send(bailee, &loss(id)).receipt().expect("his");
    assert_eq!(
        w.event::<ICaliber::LossAttested>(&lost),
        ICaliber::LossAttested {
            tokenId: id,
            bailee,
            document
        }
    );
}

#[test]
fn requests_and_deliveries_are_told() {
    let mut w = World::new();
    let (bailee, holder, document) = (w.actors.bailee, w.actors.owner, crate::world::DOCUMENT);
    let id = w.held();
    let asked = w.send(holder, &request(id)).receipt().expect("his");
    assert_eq!(
        w.event::<ICaliber::GoodsRequested>(&asked),
        ICaliber::GoodsRequested { tokenId: id, holder }
    );
    let cancelled = w.send(holder, &cancel(id)).receipt().expect("his");
    assert_eq!(
        w.event::<ICaliber::GoodsRequestCancelled>(&cancelled),
        ICaliber::GoodsRequestCancelled { tokenId: id, holder }
    );
    w.send(holder, &request(id)).must();
    let delivered = w.send(bailee, &delivery(id)).receipt().expect("asked for");
    assert_eq!(
        w.event::<ICaliber::GoodsDelivered>(&delivered),
        ICaliber::GoodsDelivered {
            tokenId: id,
            holder,
            document
        }
    );
    assert_eq!(w.ask(&ICaliber::totalSupplyCall {}), U256::ZERO);
    assert_eq!(w.ask(&ICaliber::balanceOfCall { owner: holder }), U256::ZERO);
}

#[test]
fn roles_come_and_go() {
    let mut w = World::new();
    let (admin, stranger) = (w.actors.admin, w.actors.stranger);
    let role = role_id("APPRAISER_ROLE");
    assert_eq!(w.ask(&ICaliber::getRoleAdminCall { role }), B256::ZERO);
    assert_eq!(w.ask(&ICaliber::DEFAULT_ADMIN_ROLECall {}), B256::ZERO);
    let account = stranger;
    let granted = w
        .send(admin, &ICaliber::grantRoleCall { role, account })
        .receipt()
        .expect("the admin");
    assert_eq!(
        w.event::<ICaliber::RoleGranted>(&granted),
        ICaliber::RoleGranted {
            role,
            account,
            sender: admin
        }
    );
    let id = w.held();
    let call = appraisal(id, n(1), w.now() + 100);
    w.send(stranger, &call).must();
    w.send(
        admin,
        &ICaliber::renounceRoleCall {
            role,
            callerConfirmation: stranger,
        },
    )
    .must_revert(ICaliber::AccessControlBadConfirmation {});
    let renounced = w
        .send(
            stranger,
            &ICaliber::renounceRoleCall {
                role,
                callerConfirmation: stranger,
            },
        )
        .receipt()
        .expect("his");
    assert_eq!(
        w.event::<ICaliber::RoleRevoked>(&renounced),
        ICaliber::RoleRevoked {
            role,
            account,
            sender: stranger
        }
    );
    w.send(stranger, &call)
        .must_revert(ICaliber::AccessControlUnauthorizedAccount {
            account,
            neededRole: role,
        });
}

#[test]
fn construction_names_the_admin_once() {
    let mut w = World::unlinked();
    let wasm = Artifacts::default()
        .wasm("caliber-nft")
        .expect("scripts/build-wasm.sh has run");
    let (admin, nobody) = (w.actors.admin, (Address::ZERO,).abi_encode_params());
    let receipt = try_deploy_program(&mut w.chain, admin, &wasm, &nobody).expect("the code fits");
    let failed = IStylusDeployer::ContractInitializationError::abi_decode(&receipt.output).expect("its constructor");
    check_error(
        &Reverted {
            data: failed.data,
            halt: None,
        },
        &ICaliber::InvalidAddress {},
    );
    // Nobody constructs it again.
    let again: Bytes = [&CONSTRUCTOR_SELECTOR[..], &(w.actors.stranger,).abi_encode_params()]
        .concat()
        .into();
    let refused = w
        .chain
        .call_data(w.actors.stranger, w.caliber, again)
        .expect_err("it is constructed");
    assert!(refused.as_error::<ICaliber::InvalidCall>().is_some(), "{refused}");
    let has = |account| {
        w.ask(&ICaliber::hasRoleCall {
            role: B256::ZERO,
            account,
        })
    };
    assert!(has(admin) && !has(suite::program::STYLUS_DEPLOYER) && !has(w.actors.stranger));
    assert_eq!(w.ask(&ICaliber::nameCall {}), "CALIBER");
    assert_eq!(w.ask(&ICaliber::symbolCall {}), "CALIBER");
    let supports = |id: u32| {
        w.ask(&ICaliber::supportsInterfaceCall {
            interfaceId: id.to_be_bytes().into(),
        })
    };
    assert!(
        [0x01ff_c9a7, 0x80ac_58cd, 0x5b5e_139f, 0x7965_db0b]
            .into_iter()
            .all(supports)
    );
    assert!(!supports(0xffff_ffff) && !supports(0));
}

#[test]
fn the_custodians_are_linked_once() {
    let mut w = World::unlinked();
    let (admin, stranger, pool, auction) = (w.actors.admin, w.actors.stranger, w.pool, w.auction);
    let link = |a, b| ICaliber::setCustodiansCall {
        loanPool: a,
        collateralAuction: b,
    };
    for (a, b) in [
        (Address::ZERO, auction),
        (pool, Address::ZERO),
        (stranger, auction),
        (pool, stranger),
    ] {
        w.send(admin, &link(a, b)).must_revert(ICaliber::InvalidAddress {});
    }
    let before = w.ask(&ICaliber::custodiansCall {});
    assert_eq!(
        (before.loanPool, before.collateralAuction),
        (Address::ZERO, Address::ZERO)
    );
    let linked = w.send(admin, &link(pool, auction)).receipt().expect("the admin");
    assert_eq!(
        events_of::<ICaliber::CustodiansSet>(&linked, w.caliber),
        [ICaliber::CustodiansSet {
            loanPool: pool,
            collateralAuction: auction
        }]
    );
    let after = w.ask(&ICaliber::custodiansCall {});
    assert_eq!((after.loanPool, after.collateralAuction), (pool, auction));
    w.send(admin, &link(auction, pool))
        .must_revert(ICaliber::CustodiansAlreadySet {});
}
