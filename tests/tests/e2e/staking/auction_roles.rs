//! The auction's own doors: what only the vault may do, the admin's settings, the link that is set once.

use super::prelude::*;

/// Everything that the vault drives, with arguments that would mean something.
fn vaults(w: &Deployed) -> Vec<(&'static str, Vec<u8>)> {
    let alice = w.suite.actors.alice;
    let id = n(1);
    vec![
        (
            "enqueue",
            Q::enqueueCall {
                controller: alice,
                shares: one(),
            }
            .abi_encode(),
        ),
        (
            "commitBid",
            Q::commitBidCall {
                requestId: id,
                commitment: B256::repeat_byte(1),
            }
            .abi_encode(),
        ),
        ("withdrawBid", Q::withdrawBidCall { requestId: id }.abi_encode()),
        (
            "announceLimit",
            Q::announceLimitCall {
                epoch: U256::ZERO,
                assets: one(),
            }
            .abi_encode(),
        ),
        (
            "settle",
            Q::settleCall {
                nav: usdai(1_000),
                totalShares: usdai(1_000),
                idle: usdai(1_000),
                manager: true,
            }
            .abi_encode(),
        ),
        (
            "service",
            Q::serviceCall {
                shares: one(),
                nav: usdai(1_000),
                totalShares: usdai(1_000),
                idle: usdai(1_000),
                manager: true,
            }
            .abi_encode(),
        ),
        (
            "claimShares",
            Q::claimSharesCall {
                controller: alice,
                shares: one(),
            }
            .abi_encode(),
        ),
        (
            "claimAssets",
            Q::claimAssetsCall {
                controller: alice,
                assets: one(),
            }
            .abi_encode(),
        ),
        (
            "claimRequest",
            Q::claimRequestCall {
                requestId: id,
                shares: one(),
            }
            .abi_encode(),
        ),
    ]
}

#[test]
fn only_the_vault_drives() {
    let mut w = opened();
    let alice = w.suite.actors.alice;
    w.request(alice, usdai(10));
    let auction = w.staking().auction;
    for (function, data) in vaults(&w) {
        for caller in [alice, w.suite.actors.admin, w.suite.actors.strategist, w.suite.usdai] {
            let Err(reverted) = w.chain.call_data(caller, auction, data.clone().into()) else {
                panic!("{function} by {caller}");
            };
            check_error(&reverted, &Q::UnauthorizedCaller { caller });
        }
    }
}

#[test]
fn without_a_vault_nobody_drives() {
    let mut w = opened();
    let admin = w.suite.actors.admin;
    let (auction, _) = unlinked_auction(&mut w);
    for (function, data) in vaults(&w) {
        for caller in [admin, w.staking().vault] {
            let Err(reverted) = w.chain.call_data(caller, auction, data.clone().into()) else {
                panic!("{function} by {caller}");
            };
            check_error(&reverted, &Q::UnauthorizedCaller { caller });
        }
    }
    assert_eq!(w.chain.view(auction, &Q::vaultCall {}), Address::ZERO);
}

#[test]
fn the_vault_is_linked_once() {
    let mut w = opened();
    let (admin, stranger, vault) = (w.suite.actors.admin, w.suite.actors.stranger, w.staking().vault);
    let (auction, _) = unlinked_auction(&mut w);
    let link = |vault: Address| Q::setVaultCall { vault };
    w.send(stranger, auction, &link(vault))
        .must_revert(Q::AccessControlUnauthorizedAccount {
            account: stranger,
            neededRole: B256::ZERO,
        });
    for nobody in [Address::ZERO, stranger] {
        w.send(admin, auction, &link(nobody)).must_revert(Q::InvalidAddress {});
    }
    let outcome = w.send(admin, auction, &link(vault));
    assert_eq!(
        events_of::<Q::VaultSet>(&outcome.receipt, auction),
        [Q::VaultSet { vault }]
    );
    outcome.must();
    for again in [vault, w.suite.usdai] {
        w.send(admin, auction, &link(again))
            .must_revert(Q::VaultAlreadySet { vault });
    }
    w.auction(admin, &link(vault)).must_revert(Q::VaultAlreadySet { vault });
}

#[test]
fn terms_are_the_admins_and_bounded() {
    let mut w = opened();
    let (admin, stranger) = (w.suite.actors.admin, w.suite.actors.stranger);
    let bounds = |min: u16, max: u16| Q::setDiscountBoundsCall {
        minDiscountBps: min,
        maxDiscountBps: max,
    };
    let bond = |bps: u16| Q::setBondCall { bondBps: bps };
    let refused = |account: Address| Q::AccessControlUnauthorizedAccount {
        account,
        neededRole: B256::ZERO,
    };
    for account in [stranger, w.suite.actors.strategist, w.staking().vault] {
        w.auction(account, &bounds(25, 2_000)).must_revert(refused(account));
        w.auction(account, &bond(50)).must_revert(refused(account));
        w.auction(
            account,
            &Q::grantRoleCall {
                role: B256::ZERO,
                account,
            },
        )
        .must_revert(refused(account));
        w.auction(
            account,
            &Q::revokeRoleCall {
                role: B256::ZERO,
                account: admin,
            },
        )
        .must_revert(refused(account));
    }
    for (min, max) in [
        (0, 0),
        (0, 100),
        (101, 100),
        (1, 10_000),
        (10_000, 10_000),
        (1, u16::MAX),
    ] {
        w.auction(admin, &bounds(min, max)).must_revert(Q::InvalidBounds {
            minDiscountBps: U256::from(min),
            maxDiscountBps: U256::from(max),
        });
    }
    for bps in [1_001, 10_000, u16::MAX] {
        w.auction(admin, &bond(bps)).must_revert(Q::InvalidBasisPoints {
            basisPoints: U256::from(bps),
            maximum: n(1_000),
        });
    }
    for (min, max) in [(1, 1), (1, 9_999), (9_999, 9_999)] {
        w.auction(admin, &bounds(min, max)).must();
    }
    for bps in [0, 1_000] {
        w.auction(admin, &bond(bps)).must();
    }
}

#[test]
fn new_terms_hold_from_the_next_epoch_on() {
    let mut w = opened();
    let (admin, alice, bob) = (w.suite.actors.admin, w.suite.actors.alice, w.suite.actors.bob);
    let terms = |w: &Deployed, epoch: u64| {
        let told = w.ask_auction(&Q::epochTermsCall {
            epoch: U256::from(epoch),
        });
        (told.minDiscountBps, told.maxDiscountBps, told.bondBps)
    };
    let (old, new) = ((n(25), n(2_000), n(50)), (n(100), n(300), n(200)));
    let id = w.request(alice, usdai(100));
    let later = w.request(bob, usdai(100));
    let outcome = w.auction(
        admin,
        &Q::setDiscountBoundsCall {
            minDiscountBps: 100,
            maxDiscountBps: 300,
        },
    );
    assert_eq!(
        w.auction_event::<Q::DiscountBoundsSet>(&outcome.receipt),
        Q::DiscountBoundsSet {
            minDiscountBps: n(100),
            maxDiscountBps: n(300),
            fromEpoch: n(1)
        }
    );
    outcome.must();
    let outcome = w.auction(admin, &Q::setBondCall { bondBps: 200 });
    assert_eq!(
        w.auction_event::<Q::BondSet>(&outcome.receipt),
        Q::BondSet {
            bondBps: n(200),
            fromEpoch: n(1)
        }
    );
    outcome.must();
    assert_eq!((terms(&w, 0), terms(&w, 1), terms(&w, 9)), (old, new, new));

    // The bid of this epoch is judged by the terms with which the epoch began.
    w.commit(alice, id, 25);
    assert_eq!(
        w.ask_auction(&Q::epochBidsCall { epoch: n(0) }).bonds,
        usdai(100) / n(200)
    );
    w.to_reveal(0);
    w.reveal(id, 25);
    w.to_epoch(1);
    w.settle();
    w.commit(bob, later, 25);
    assert_eq!(w.ask_auction(&Q::epochBidsCall { epoch: n(1) }).bonds, usdai(2));
    w.to_reveal(1);
    w.try_reveal(later, 25).must_revert(Q::DiscountOutOfBounds {
        discountBps: n(25),
        minDiscountBps: n(100),
        maxDiscountBps: n(300),
    });
    assert_eq!((terms(&w, 0), terms(&w, 1)), (old, new));
}

#[test]
fn two_changes_in_an_epoch_are_one() {
    let mut w = opened();
    let admin = w.suite.actors.admin;
    for bps in [100, 300, 700] {
        w.auction(admin, &Q::setBondCall { bondBps: bps }).must();
        let told = |epoch: u64| {
            w.ask_auction(&Q::epochTermsCall {
                epoch: U256::from(epoch),
            })
            .bondBps
        };
        assert_eq!((told(0), told(1)), (n(50), U256::from(bps)));
    }
    w.to_epoch(1);
    w.auction(admin, &Q::setBondCall { bondBps: 0 }).must();
    let told = |epoch: u64| {
        w.ask_auction(&Q::epochTermsCall {
            epoch: U256::from(epoch),
        })
        .bondBps
    };
    assert_eq!((told(1), told(2)), (n(700), n(0)));
}

#[test]
fn before_genesis_new_terms_hold_at_once() {
    let mut w = World::staked();
    let admin = w.suite.actors.admin;
    let outcome = w.auction(admin, &Q::setBondCall { bondBps: 0 });
    assert_eq!(w.auction_event::<Q::BondSet>(&outcome.receipt).fromEpoch, U256::ZERO);
    outcome.must();
    assert_eq!(
        w.ask_auction(&Q::epochTermsCall { epoch: U256::ZERO }).bondBps,
        U256::ZERO
    );
}

#[test]
fn the_auctions_admin_can_hand_over() {
    let mut w = opened();
    let (admin, bob) = (w.suite.actors.admin, w.suite.actors.bob);
    let role = B256::ZERO;
    assert_eq!(w.ask_auction(&Q::DEFAULT_ADMIN_ROLECall {}), role);
    assert_eq!(
        w.ask_auction(&Q::getRoleAdminCall {
            role: role_id("SOME_ROLE")
        }),
        role
    );
    let granted = w.auction(admin, &Q::grantRoleCall { role, account: bob });
    assert_eq!(
        w.auction_event::<Q::RoleGranted>(&granted.receipt),
        Q::RoleGranted {
            role,
            account: bob,
            sender: admin
        }
    );
    granted.must();
    let renounce = |account: Address| Q::renounceRoleCall {
        role,
        callerConfirmation: account,
    };
    w.auction(bob, &renounce(admin))
        .must_revert(Q::AccessControlBadConfirmation {});
    let renounced = w.auction(admin, &renounce(admin));
    assert_eq!(
        w.auction_event::<Q::RoleRevoked>(&renounced.receipt),
        Q::RoleRevoked {
            role,
            account: admin,
            sender: admin
        }
    );
    renounced.must();
    assert!(!w.ask_auction(&Q::hasRoleCall { role, account: admin }));
    assert!(w.ask_auction(&Q::hasRoleCall { role, account: bob }));
    w.auction(bob, &Q::setBondCall { bondBps: 1 }).must();
}
