//! Loans are taken: the tranche maker, fees, signatures and every way in which they are not valid, bounds.

use alloy_primitives::{Address, B256, U256, uint};
use alloy_sol_types::sol;
use suite::{Transact, role_id};

use crate::scene::{ADVANCE, C, DAY, Expect, LoanStatus, LoanTerms, P, RATES, Scene, is_within, n, usdai};

/// Order of the group of secp256k1.
const ORDER: U256 = uint!(0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141_U256);

sol! {
    /// The underwriter that is a contract.
    interface IContractSigner {
        function approveSignature(bytes32 hash, bytes calldata signature) external;
        function setReverts(bool reverts_) external;
    }
}

#[test]
fn a_loan_draws_on_the_tranches_from_the_senior_end_and_pays_the_borrower() {
    let mut s = Scene::funded();
    let mut terms = s.terms();
    terms.originationFeeBps = 100;
    let borrower = terms.borrower;
    let (cash, fees) = (s.usdai_of(borrower), s.usdai_of(s.treasury()));
    let outcome = s.borrow(&terms);
    let started = s.now();
    let event: P::Borrowed = s.event(&outcome.receipt);
    let loan_id = outcome.must();
    assert_eq!(s.ask(&P::loanIdOfCall { terms: terms.clone() }), loan_id);
    // 60 % of 100,000 from tranche 0, ten more from tranche 1, the rest from tranche 2. The appraisal is some seconds
    // old, so that the value is some dollars less.
    let value = s.chain.view(
        s.caliber,
        &C::collateralValueCall {
            tokenId: terms.collateralId,
        },
    );
    let limit = |tranche: usize| value * U256::from(ADVANCE[tranche]) / n(10_000);
    let draws = [limit(0), limit(1) - limit(0), usdai(75_000) - limit(1), U256::ZERO];
    assert_eq!(s.principals(loan_id), draws);
    assert_eq!([event.draw0, event.draw1, event.draw2, event.draw3], draws);
    let weighted: U256 = draws
        .iter()
        .zip(RATES)
        .map(|(draw, rate)| *draw * U256::from(rate))
        .sum();
    assert_eq!(event.blendedRate, weighted.div_ceil(usdai(75_000)));
    assert_eq!(
        (event.loanId, event.borrower, event.originationFee),
        (loan_id, borrower, usdai(750))
    );
    assert_eq!(s.usdai_of(borrower), cash + usdai(74_250));
    assert_eq!(s.usdai_of(s.treasury()), fees + usdai(750));
    assert_eq!(s.owner_of(terms.collateralId), s.pool);
    for (tranche, lent) in [(0, 100_000), (1, 50_000), (2, 50_000)] {
        let state = s.tranche(tranche);
        assert_eq!(state.idle + state.principal, usdai(lent));
        assert_eq!(state.principal, draws[usize::try_from(tranche).unwrap()]);
    }
    let loan = s.loan_of(loan_id);
    assert_eq!((loan.status, loan.startedAt), (LoanStatus::Active, n(started)));
    assert_eq!((loan.outstanding, loan.instalmentsPaid), (usdai(75_000), n(0)));
    s.check(U256::ZERO);
}

#[test]
fn where_seniors_are_short_juniors_lend_up_to_their_own_point_and_no_further() {
    let mut s = Scene::new();
    let actors = s.suite.actors;
    for (tranche, lender, dollars) in [
        (0, actors.alice, 20_000),
        (1, actors.bob, 30_000),
        (2, actors.carol, 40_000),
    ] {
        s.deposit(lender, tranche, usdai(dollars)).must();
    }
    let mut terms = s.terms();
    terms.principal = usdai(75_000);
    let preview = s.ask(&P::previewBorrowCall {
        collateralId: terms.collateralId,
        principal: terms.principal,
    });
    assert_eq!(
        (preview.draw0, preview.draw1, preview.draw2),
        (usdai(20_000), usdai(30_000), usdai(25_000))
    );
    let loan_id = s.borrow(&terms).must();
    assert_eq!(
        s.principals(loan_id),
        [usdai(20_000), usdai(30_000), usdai(25_000), U256::ZERO]
    );
    let mut second = s.terms();
    second.principal = usdai(30_000);
    s.borrow(&second).must_revert(P::InsufficientLiquidity {
        principal: usdai(30_000),
        available: usdai(15_000),
    });
    second.principal = usdai(81_000);
    let refused: P::AboveAdvanceRate = s.borrow(&second).must_revert_with();
    assert_eq!(refused.principal, usdai(81_000));
    assert!(is_within(refused.limit, usdai(80_000), 1_000_000_000_000_000_000));
}

#[test]
fn a_borrower_pays_no_rate_that_he_did_not_accept() {
    let mut s = Scene::funded();
    let terms = s.terms();
    let rate = s
        .ask(&P::previewBorrowCall {
            collateralId: terms.collateralId,
            principal: terms.principal,
        })
        .blendedRate;
    let borrow = |s: &mut Scene, maximum| {
        let call = P::borrowCall {
            terms: terms.clone(),
            signature: s.signature(&terms).into(),
            maxBlendedRate: maximum,
        };
        s.by(terms.borrower, &call)
    };
    // A dollar of depreciation moves the draws by less than one unit of the rate.
    let refused: P::BlendedRateTooHigh = borrow(&mut s, rate - n(1_000)).must_revert_with();
    assert!(is_within(refused.rate, rate, 1_000));
    assert_eq!(refused.maximum, rate - n(1_000));
    borrow(&mut s, rate + n(1_000)).must();
}

#[test]
fn terms_are_taken_once_by_their_borrower_and_in_time() {
    let mut s = Scene::funded();
    let terms = s.terms();
    let signature = s.signature(&terms);
    let call = P::borrowCall {
        terms: terms.clone(),
        signature: signature.clone().into(),
        maxBlendedRate: U256::MAX,
    };
    let stranger = s.stranger();
    s.by(stranger, &call).must_revert(P::NotBorrower {
        caller: stranger,
        borrower: terms.borrower,
    });
    let mut late = terms.clone();
    late.expiry = s.now();
    s.borrow(&late).must_revert(P::TermsExpired { expiry: n(late.expiry) });
    let loan_id = s.borrow(&terms).must();
    s.borrow(&terms).must_revert(P::TermsAlreadyUsed { loanId: loan_id });
    // Not after it is paid back either.
    s.prepay(&terms, U256::MAX).must();
    s.borrow(&terms).must_revert(P::TermsAlreadyUsed { loanId: loan_id });
    // Nor other terms with the same nonce.
    let mut other = s.terms();
    other.nonce = terms.nonce;
    s.borrow(&other).must_revert(P::NonceAlreadyUsed {
        underwriter: terms.underwriter,
        nonce: terms.nonce,
    });
}

#[test]
fn a_cancelled_nonce_takes_terms_back() {
    let mut s = Scene::funded();
    let terms = s.terms();
    let underwriter = s.underwriter();
    let cancel = P::cancelNonceCall { nonce: terms.nonce };
    // Somebody else's nonces are others.
    let stranger = s.stranger();
    s.by(stranger, &cancel).must();
    let outcome = s.by(underwriter, &cancel);
    let event: P::NonceCancelled = s.event(&outcome.receipt);
    assert_eq!((event.underwriter, event.nonce), (underwriter, terms.nonce));
    outcome.must();
    let used = P::NonceAlreadyUsed {
        underwriter,
        nonce: terms.nonce,
    };
    s.borrow(&terms).must_revert(used.clone());
    s.by(underwriter, &cancel).must_revert(used);
    let is_used = |s: &Scene, nonce| s.ask(&P::isNonceUsedCall { underwriter, nonce });
    assert!(is_used(&s, terms.nonce));
    assert!(!is_used(&s, terms.nonce + n(1)) && !is_used(&s, terms.nonce + n(256)));
}

#[test]
fn only_the_underwriters_signature_on_these_terms_here_counts() {
    let mut s = Scene::funded();
    let terms = s.terms();
    let (underwriter, chain_id) = (s.underwriter(), s.chain.config().chain_id);
    let good = s.signature(&terms);
    // Another chain, another contract, other terms: somebody unknown signed.
    for digest in [
        Scene::digest(&terms, chain_id + 1, s.pool),
        Scene::digest(&terms, chain_id, s.caliber),
        Scene::digest(
            &LoanTerms {
                principal: usdai(1),
                ..terms.clone()
            },
            chain_id,
            s.pool,
        ),
    ] {
        let signature = s.signature_of(underwriter, digest);
        let refused: P::InvalidSigner = s.borrow_with(&terms, signature).must_revert_with();
        assert_eq!(refused.underwriter, underwriter);
        assert_ne!(refused.signer, underwriter);
    }
    let digest = Scene::digest(&terms, chain_id, s.pool);
    let stranger = s.stranger();
    let signature = s.signature_of(stranger, digest);
    s.borrow_with(&terms, signature).must_revert(P::InvalidSigner {
        signer: stranger,
        underwriter,
    });
    // The twin of the signature, which signs the same.
    let mut twin = good.clone();
    let malleable = ORDER - U256::from_be_slice(&good[32..64]);
    twin[32..64].copy_from_slice(&malleable.to_be_bytes::<32>());
    twin[64] = 55 - good[64];
    s.borrow_with(&terms, twin).must_revert(P::ECDSAInvalidSignatureS {
        s: B256::from(malleable),
    });
    for length in [0, 64, 66] {
        let mut signature = good.clone();
        signature.resize(length, 0);
        s.borrow_with(&terms, signature)
            .must_revert(P::ECDSAInvalidSignatureLength {
                length: n(length as u64),
            });
    }
    for v in [0, 1, 29] {
        let mut signature = good.clone();
        signature[64] = v;
        s.borrow_with(&terms, signature)
            .must_revert(P::ECDSAInvalidSignature {});
    }
    s.borrow_with(&terms, vec![0; 64].into_iter().chain([27]).collect())
        .must_revert(P::ECDSAInvalidSignature {});
    // Whoever is no underwriter any more.
    let admin = s.suite.actors.admin;
    let role = role_id("UNDERWRITER_ROLE");
    s.by(
        admin,
        &P::revokeRoleCall {
            role,
            account: underwriter,
        },
    )
    .must();
    s.borrow_with(&terms, good.clone())
        .must_revert(P::AccessControlUnauthorizedAccount {
            account: underwriter,
            neededRole: role,
        });
    s.by(
        admin,
        &P::grantRoleCall {
            role,
            account: underwriter,
        },
    )
    .must();
    s.borrow_with(&terms, good).must();
}

#[test]
fn a_contract_underwrites_by_its_own_rules() {
    let mut s = Scene::funded();
    let signer = s.fixture("ContractSigner");
    let admin = s.suite.actors.admin;
    let role = role_id("UNDERWRITER_ROLE");
    s.by(admin, &P::grantRoleCall { role, account: signer }).must();
    let mut terms = s.terms();
    terms.underwriter = signer;
    let refused = P::InvalidContractSignature { underwriter: signer };
    // A signature of an account is nothing to it.
    let signature = s.signature(&terms);
    s.borrow_with(&terms, signature).must_revert(refused.clone());
    let approve = |s: &mut Scene, contract, signature: &[u8]| {
        let call = IContractSigner::approveSignatureCall {
            hash: Scene::digest(&terms, s.chain.config().chain_id, contract),
            signature: signature.to_vec().into(),
        };
        s.send(admin, signer, &call).must();
    };
    let caliber = s.caliber;
    approve(&mut s, caliber, b"agreed");
    s.borrow_with(&terms, b"agreed".to_vec()).must_revert(refused.clone());
    let pool = s.pool;
    approve(&mut s, pool, b"agreed");
    s.borrow_with(&terms, b"agreed!".to_vec()).must_revert(refused.clone());
    s.send(admin, signer, &IContractSigner::setRevertsCall { reverts_: true })
        .must();
    s.borrow_with(&terms, b"agreed".to_vec()).must_revert(refused.clone());
    s.send(admin, signer, &IContractSigner::setRevertsCall { reverts_: false })
        .must();
    s.borrow_with(&terms, b"agreed".to_vec()).must();
    // A contract that knows nothing of signatures.
    let mut terms = s.terms();
    terms.underwriter = s.caliber;
    s.by(admin, &P::grantRoleCall { role, account: caliber }).must();
    s.borrow_with(&terms, b"agreed".to_vec())
        .must_revert(P::InvalidContractSignature { underwriter: caliber });
}

#[test]
fn terms_have_bounds() {
    let mut s = Scene::funded();
    let terms = s.terms();
    let with = |change: &dyn Fn(&mut LoanTerms)| {
        let mut terms = terms.clone();
        change(&mut terms);
        terms
    };
    let refused = with(&|terms| terms.schedule = 2);
    s.borrow(&refused).must_revert(P::InvalidSchedule { schedule: n(2) });
    let refused = with(&|terms| terms.gracePeriod = 30 * DAY + 1);
    s.borrow(&refused).must_revert(P::GraceTooLong {
        grace: n(30 * DAY + 1),
        maximum: n(30 * DAY),
    });
    let refused = with(&|terms| terms.penaltyRate = 1 << 40);
    s.borrow(&refused).must_revert(P::RateTooHigh {
        rate: n(1 << 40),
        maximum: n((1 << 40) - 1),
    });
    let beyond = P::InvalidBasisPoints {
        basisPoints: n(10_001),
        maximum: n(10_000),
    };
    let refused = with(&|terms| terms.originationFeeBps = 10_001);
    s.borrow(&refused).must_revert(beyond.clone());
    let refused = with(&|terms| terms.exitFeeBps = 10_001);
    s.borrow(&refused).must_revert(beyond);
    let refused = with(&|terms| terms.principal = U256::ZERO);
    s.borrow(&refused).must_revert(P::InvalidAmount {});
    let refused = with(&|terms| terms.principal = U256::from(1) << 96);
    s.borrow(&refused).must_revert(P::ValueTooLarge {
        value: U256::from(1) << 96,
        maximum: (U256::from(1) << 96) - n(1),
    });
    for (duration, interval) in [
        (0, DAY),
        (DAY, 0),
        (DAY + 1, DAY),
        (521 * DAY, DAY),
        (367 * DAY, 367 * DAY),
    ] {
        let refused = with(&|terms| (terms.duration, terms.repaymentInterval) = (duration, interval));
        s.borrow(&refused).must_revert(P::InvalidDuration {
            duration: n(duration),
            interval: n(interval),
        });
    }
}

#[test]
fn only_eligible_collateral_is_taken() {
    let mut s = Scene::funded();
    let terms = s.terms();
    let (admin, caliber) = (s.suite.actors.admin, s.caliber);
    let freeze = |s: &mut Scene, is_frozen| {
        let call = C::setFrozenCall {
            tokenId: terms.collateralId,
            isFrozen: is_frozen,
        };
        s.send(admin, caliber, &call).must();
    };
    freeze(&mut s, true);
    s.borrow(&terms).must_revert(P::CollateralNotEligible {
        collateralId: terms.collateralId,
    });
    freeze(&mut s, false);
    // Somebody else's token.
    let stranger = s.stranger();
    let give = C::transferFromCall {
        from: terms.borrower,
        to: stranger,
        tokenId: terms.collateralId,
    };
    s.send(terms.borrower, caliber, &give).must();
    let refused: Result<Address, _> = s.borrow(&terms).result().map(|_| stranger);
    assert!(refused.is_err(), "a stranger's token was pledged");
    let back = C::transferFromCall {
        from: stranger,
        to: terms.borrower,
        tokenId: terms.collateralId,
    };
    s.send(stranger, caliber, &back).must();
    let refused: C::ERC721InsufficientApproval = s.borrow(&terms).must_revert_with();
    assert_eq!(refused.operator, s.pool);
    let approve = C::approveCall {
        to: s.pool,
        tokenId: terms.collateralId,
    };
    s.send(terms.borrower, caliber, &approve).must();
    s.borrow(&terms).must();
    // What secures a loan does not secure a second one.
    let again = s.terms_on(terms.collateralId);
    assert!(s.borrow(&again).result().is_err());
}
