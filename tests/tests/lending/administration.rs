//! Construction, links, roles, and the contracts behind the pool.

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::{SolCall, SolError};
use suite::{Transact, role_id};

use crate::scene::{Construction, EXTENSIONS, Expect, LoanStatus, P, Scene, n, usdai};

#[test]
fn the_constructor_refuses_what_cannot_work() {
    let mut s = Scene::new();
    let good = s.construction;
    let with = |change: &dyn Fn(&mut Construction)| {
        let mut construction = good;
        change(&mut construction);
        construction
    };
    let nowhere = Address::repeat_byte(0x77);
    let invalid = [
        with(&|with| with.admin = Address::ZERO),
        with(&|with| with.usdai = nowhere),
        with(&|with| with.caliber = nowhere),
        with(&|with| with.fee_recipient = Address::ZERO),
    ];
    for construction in invalid {
        let receipt = s.construct(&construction);
        assert!(!receipt.status);
        assert!(
            ends_with::<P::InvalidAddress>(&receipt.output, &P::InvalidAddress {}),
            "{construction:?}"
        );
    }
    for (index, name) in EXTENSIONS.into_iter().enumerate() {
        let expected = B256::repeat_byte(1);
        let receipt = s.construct(&with(&|with| with.code_hashes[index] = expected));
        let mismatch = P::ExtensionMismatch {
            extension: good.extensions[index],
            expected,
            actual: good.code_hashes[index],
        };
        assert!(ends_with(&receipt.output, &mismatch), "{name}");
        // No code is no extension, also where its hash is what was asked for.
        for (account, hash) in [(nowhere, B256::ZERO), (s.stranger(), keccak256([]))] {
            for expected in [good.code_hashes[index], hash] {
                let told = s.construct(&with(&|with| {
                    (with.extensions[index], with.code_hashes[index]) = (account, expected);
                }));
                let mismatch = P::ExtensionMismatch {
                    extension: account,
                    expected,
                    actual: hash,
                };
                assert!(ends_with(&told.output, &mismatch), "{name}");
            }
        }
    }
    for index in 0..3 {
        let receipt = s.construct(&with(&|with| with.policy[index] = 10_001));
        let refused = P::InvalidBasisPoints {
            basisPoints: n(10_001),
            maximum: n(10_000),
        };
        assert!(ends_with(&receipt.output, &refused));
    }
    for (advance, rates) in [
        ([0; 4], [0; 4]),
        ([6_000, 6_000, 0, 0], [1, 1, 0, 0]),
        ([6_000, 5_000, 0, 0], [1, 1, 0, 0]),
        ([6_000, 10_001, 0, 0], [1, 1, 0, 0]),
        ([6_000, 0, 7_000, 0], [1, 0, 1, 0]),
        ([6_000, 7_000, 0, 0], [1, 0, 0, 0]),
        ([6_000, 7_000, 0, 0], [1, 1, 1, 0]),
    ] {
        let receipt = s.construct(&with(&|with| (with.advance, with.rates) = (advance, rates)));
        assert!(
            ends_with(&receipt.output, &P::InvalidTranches {}),
            "{advance:?} {rates:?}"
        );
    }
    let receipt = s.construct(&with(&|with| with.rates = [1, 2, 1 << 40, 0]));
    let refused = P::RateTooHigh {
        rate: n(1 << 40),
        maximum: n((1 << 40) - 1),
    };
    assert!(ends_with(&receipt.output, &refused));
    assert!(
        s.construct(&with(
            &|with| (with.advance, with.rates) = ([10_000, 0, 0, 0], [1, 0, 0, 0])
        ))
        .status
    );
}

/// Whether a deployment failed with this error, alone or wrapped by the deployer.
fn ends_with<E: SolError>(output: &[u8], error: &E) -> bool {
    let encoded = error.abi_encode();
    output.windows(encoded.len()).any(|window| window == encoded)
}

#[test]
fn the_views_say_what_was_set() {
    let s = Scene::new();
    let links = s.construction;
    assert_eq!(s.ask(&P::assetCall {}), links.usdai);
    assert_eq!(s.ask(&P::caliberCall {}), links.caliber);
    assert_eq!(s.ask(&P::collateralAuctionCall {}), s.auction);
    let extensions = s.ask(&P::extensionsCall {});
    let told = [
        extensions.payments,
        extensions.origination,
        extensions.recovery,
        extensions.administration,
    ];
    assert_eq!(told, links.extensions);
    let policy = s.ask(&P::policyCall {});
    assert_eq!(
        (policy.interestFeeBps, policy.liquidationFeeBps, policy.haircutBps),
        (n(1_000), n(100), n(8_000))
    );
    assert_eq!(policy.feeRecipient, s.treasury());
    assert_eq!(s.ask(&P::tranchesCall {}), n(3));
    for tranche in 0..3_usize {
        let told = s.tranche(tranche as u64);
        assert_eq!(told.rate, n(links.rates[tranche]));
        assert_eq!(told.advanceRateBps, n(links.advance[tranche].into()));
    }
    let domain = s.ask(&P::eip712DomainCall {});
    assert_eq!(
        (domain.name.as_str(), domain.version.as_str()),
        ("USD.AI Loan Pool", "1")
    );
    assert_eq!(
        (domain.chainId, domain.verifyingContract),
        (n(s.chain.config().chain_id), s.pool)
    );
}

#[test]
fn links_are_set_once_and_roles_rule() {
    let mut s = Scene::new();
    let (admin, stranger, auction) = (s.suite.actors.admin, s.stranger(), s.auction);
    s.by(admin, &P::setCollateralAuctionCall { auction })
        .must_revert(P::CollateralAuctionAlreadySet {
            collateralAuction: auction,
        });
    let unauthorized = P::AccessControlUnauthorizedAccount {
        account: stranger,
        neededRole: B256::ZERO,
    };
    s.by(stranger, &P::setCollateralAuctionCall { auction })
        .must_revert(unauthorized.clone());
    let set = P::setFeeRecipientCall { feeRecipient: stranger };
    s.by(stranger, &set).must_revert(unauthorized.clone());
    s.by(
        admin,
        &P::setFeeRecipientCall {
            feeRecipient: Address::ZERO,
        },
    )
    .must_revert(P::InvalidAddress {});
    s.by(admin, &set).must();
    assert_eq!(s.ask(&P::policyCall {}).feeRecipient, stranger);
    let role = role_id("RISK_ADMIN_ROLE");
    let grant = P::grantRoleCall {
        role,
        account: stranger,
    };
    s.by(stranger, &grant).must_revert(unauthorized);
    s.by(admin, &grant).must();
    assert!(s.ask(&P::hasRoleCall {
        role,
        account: stranger
    }));
    s.by(
        stranger,
        &P::renounceRoleCall {
            role,
            callerConfirmation: stranger,
        },
    )
    .must();
    assert!(!s.ask(&P::hasRoleCall {
        role,
        account: stranger
    }));
    // An auction of another pool.
    let links = s.construction;
    let receipt = s.construct(&links);
    assert!(receipt.status);
    let other = suite::events_of::<suite::bindings::IStylusDeployer::ContractDeployed>(
        &receipt,
        suite::program::STYLUS_DEPLOYER,
    )
    .pop()
    .expect("it says what it deployed")
    .deployedContract;
    s.send(admin, other, &P::setCollateralAuctionCall { auction })
        .must_revert(P::LinkMismatch {
            expected: other,
            actual: s.pool,
        });
    s.send(admin, other, &P::setCollateralAuctionCall { auction: stranger })
        .must_revert(P::InvalidAddress {});
}

/// The code behind the pool, called by itself, has neither loans nor tranches nor roles.
#[test]
fn the_extensions_are_harmless_by_themselves() {
    let mut s = Scene::funded();
    let (loan_id, terms) = s.loan();
    let [payments, origination, recovery, administration] = s.construction.extensions;
    let (borrower, admin) = (terms.borrower, s.suite.actors.admin);
    let none = LoanStatus::None;
    let wrong = P::WrongLoanStatus {
        loanId: loan_id,
        actual: none,
    };
    s.send(borrower, payments, &P::repayCall { terms: terms.clone() })
        .must_revert(wrong.clone());
    s.send(borrower, payments, &P::payOffCall { terms: terms.clone() })
        .must_revert(P::NotRefinancing { loanId: loan_id });
    s.send(admin, recovery, &P::markDefaultCall { terms: terms.clone() })
        .must_revert(wrong.clone());
    s.send(admin, recovery, &P::liquidateCall { terms: terms.clone() })
        .must_revert(wrong.clone());
    s.send(admin, recovery, &P::impairCall { terms: terms.clone() })
        .must_revert(wrong.clone());
    s.send(admin, recovery, &P::writeOffCall { loanId: loan_id })
        .must_revert(P::NotCollateralAuction { caller: admin });
    s.send(admin, recovery, &P::reopenRecoveryCall { loanId: loan_id })
        .must_revert(P::NotCollateralAuction { caller: admin });
    s.send(admin, recovery, &P::expireRecoveryCall { loanId: loan_id })
        .must_revert(P::NotCollateralAuction { caller: admin });
    let new_terms = s.terms();
    let borrow = P::borrowCall {
        signature: s.signature(&new_terms).into(),
        terms: new_terms,
        maxBlendedRate: U256::MAX,
    };
    s.send(borrower, origination, &borrow)
        .must_revert_with::<P::AccessControlUnauthorizedAccount>();
    s.send(admin, administration, &P::pauseCall {})
        .must_revert_with::<P::AccessControlUnauthorizedAccount>();
    let quoted = s
        .chain
        .try_view(Address::ZERO, administration, &P::quote_0Call { terms: terms.clone() });
    assert_eq!(
        quoted.err().and_then(|reverted| reverted.as_error()),
        Some(wrong.clone())
    );
    s.send(admin, administration, &P::setFeeRecipientCall { feeRecipient: admin })
        .must_revert_with::<P::AccessControlUnauthorizedAccount>();
    // What is not theirs they do not know.
    let asset = P::assetCall {};
    for extension in s.construction.extensions {
        let refused = s.chain.try_view(Address::ZERO, extension, &asset).expect_err("unknown");
        assert_eq!(
            refused.as_error::<P::InvalidCall>(),
            Some(P::InvalidCall {
                selector: P::assetCall::SELECTOR.into(),
                calldataLength: n(4),
                value: n(0),
            })
        );
    }
    assert_eq!(s.loan_of(loan_id).outstanding, usdai(75_000));
}

/// Each function of the interface is answered by exactly one of the five programs.
#[test]
fn every_function_is_answered_through_the_pool() {
    let s = Scene::new();
    for functions in P::abi::functions().values() {
        for function in functions {
            let mut data = function.selector().to_vec();
            let mut tail = Vec::new();
            let words = |ty: &str| if ty == "tuple" { 13 } else { 1 };
            let head: usize = function.inputs.iter().map(|input| 32 * words(&input.ty)).sum();
            for input in &function.inputs {
                if input.ty == "bytes" {
                    data.extend(n(head as u64).to_be_bytes::<32>());
                    tail.extend([0; 32]);
                } else {
                    data.extend(vec![0; 32 * words(&input.ty)]);
                }
            }
            data.extend(tail);
            let answer = s.chain.call_data(s.stranger(), s.pool, data.clone().into());
            let unknown = answer.err().and_then(|reverted| reverted.as_error::<P::InvalidCall>());
            assert_eq!(unknown, None, "{}", function.signature());
            // A byte more is no call.
            data.push(0);
            let length = data.len() as u64;
            let answer = s.chain.call_data(s.stranger(), s.pool, data.into());
            let refused = answer.err().and_then(|reverted| reverted.as_error::<P::InvalidCall>());
            let expected = P::InvalidCall {
                selector: function.selector(),
                calldataLength: n(length),
                value: n(0),
            };
            assert_eq!(refused, Some(expected), "{}", function.signature());
        }
    }
}
