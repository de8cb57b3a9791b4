//! What the constructor fixes and refuses, and the roles.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolError;
use suite::bindings::IStylusDeployer;
use suite::role_id;

use crate::scene::*;

#[test]
fn the_deployment_says_what_it_was_given() {
    let s = Scene::new();
    assert_eq!(s.ask(&A::loanPoolCall {}), s.pool);
    assert_eq!(s.ask(&A::caliberCall {}), s.titles);
    assert_eq!(s.ask(&A::usdaiCall {}), s.suite.usdai);
    assert_eq!(s.ask(&A::durationCall {}), n(3 * DAY));
    assert_eq!(s.ask(&A::minIncrementBpsCall {}), n(500));
    assert_eq!(s.ask(&A::extensionCall {}), n(900));
    assert_eq!(s.obligations(), U256::ZERO);
}

/// The construction must be refused with exactly this.
#[track_caller]
fn refused<E: SolError + PartialEq + std::fmt::Debug>(s: &mut Scene, links: Links, terms: Terms, expected: &E) {
    let receipt = s.construct(links, terms);
    assert!(!receipt.status, "constructed");
    let error = IStylusDeployer::ContractInitializationError::abi_decode(&receipt.output).expect("the constructor's");
    assert_eq!(E::abi_decode(&error.data).as_ref(), Ok(expected));
}

#[test]
fn links_must_be_contracts_and_those_of_the_pool() {
    let mut s = Scene::new();
    let (links, nobody) = (s.links(), s.suite.actors.dave);
    let terms = Terms::default();
    for wrong in [Address::ZERO, nobody] {
        for links in [
            Links { pool: wrong, ..links },
            Links { titles: wrong, ..links },
            Links { dollar: wrong, ..links },
        ] {
            refused(&mut s, links, terms, &A::InvalidAddress {});
        }
    }
    let admin = Address::ZERO;
    refused(&mut s, Links { admin, ..links }, terms, &A::InvalidAddress {});
    let other = s.fixture("AskingDollar");
    for (link, of_pool, links) in [
        (other, links.dollar, Links { dollar: other, ..links }),
        (other, links.titles, Links { titles: other, ..links }),
    ] {
        let error = A::WrongLink {
            link,
            linkOfPool: of_pool,
        };
        refused(&mut s, links, terms, &error);
    }
    // A contract that knows no `asset()`.
    let error = A::ExternalCallFailed { target: other };
    refused(&mut s, Links { pool: other, ..links }, terms, &error);
}

#[test]
fn terms_have_bounds() {
    let mut s = Scene::new();
    let links = s.links();
    let terms = Terms::default();
    for (duration, extension) in [
        (3_599, 0),
        (30 * DAY + 1, 0),
        (DAY, DAY + 1),
        (0, 0),
        (u64::MAX, u64::MAX),
    ] {
        let error = A::InvalidDuration {
            duration: n(duration),
            extension: n(extension),
        };
        let terms = Terms {
            duration,
            extension,
            ..terms
        };
        refused(&mut s, links, terms, &error);
    }
    let error = A::InvalidBasisPoints {
        basisPoints: n(10_001),
        maximum: n(10_000),
    };
    let wrong = Terms {
        min_increment_bps: 10_001,
        ..terms
    };
    refused(&mut s, links, wrong, &error);
    for (duration, min_increment_bps, extension) in [(3_600, 0, 0), (30 * DAY, 10_000, DAY)] {
        let terms = Terms {
            duration,
            min_increment_bps,
            extension,
        };
        assert!(s.construct(links, terms).status, "{terms:?}");
    }
}

#[test]
fn it_is_constructed_once() {
    let mut s = Scene::new();
    let data = [&suite::program::CONSTRUCTOR_SELECTOR[..], &[0; 7 * 32]].concat();
    let (admin, auction) = (s.suite.actors.admin, s.auction);
    let receipt = suite::Transact::send_data(&mut s.chain, admin, auction, U256::ZERO, data.into());
    assert!(!receipt.status);
    let error = A::InvalidCall::abi_decode(&receipt.output).expect("named");
    assert_eq!(error.calldataLength, n(4 + 7 * 32));
}

#[test]
fn the_admin_hands_out_the_role_of_relisting() {
    let mut s = Scene::new();
    let (admin, stranger, risk_admin) = (s.suite.actors.admin, s.stranger(), s.risk_admin());
    let role = role_id("RISK_ADMIN_ROLE");
    assert!(s.ask(&A::hasRoleCall {
        role,
        account: risk_admin
    }));
    let account = stranger;
    s.by(stranger, &A::grantRoleCall { role, account })
        .must_revert(A::AccessControlUnauthorizedAccount {
            account: stranger,
            neededRole: role_id("DEFAULT_ADMIN_ROLE"),
        });
    let renounce = A::renounceRoleCall {
        role,
        callerConfirmation: admin,
    };
    s.by(stranger, &renounce)
        .must_revert(A::AccessControlBadConfirmation {});
    s.by(
        admin,
        &A::revokeRoleCall {
            role,
            account: risk_admin,
        },
    )
    .must();

    let id = loan(1);
    s.listed(id, usdai(100));
    s.pass_end_of(id);
    s.relist(id, usdai(100))
        .must_revert(A::AccessControlUnauthorizedAccount {
            account: risk_admin,
            neededRole: role,
        });
    s.by(
        admin,
        &A::grantRoleCall {
            role,
            account: stranger,
        },
    )
    .must();
    s.by(
        stranger,
        &A::relistCall {
            loanId: id,
            reserve: usdai(100),
        },
    )
    .must();
}
