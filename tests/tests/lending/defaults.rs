//! Loans in trouble: impairment, default, cure, pauses, and what cannot be seized.

use alloy_primitives::{B256, U256};
use suite::{Transact, role_id};

use crate::scene::{C, DAY, Expect, LoanStatus, LoanTerms, MONTH, P, Scene, interest_on, is_within, n, usdai};

/// A loan of 79,000 on a lot worth 100,000, which counts for a little less than 80,000 at first.
fn tight_loan(s: &mut Scene) -> (B256, LoanTerms, u64) {
    let mut terms = s.terms();
    (terms.principal, terms.schedule) = (usdai(79_000), 0);
    let loan_id = s.borrow(&terms).must();
    let started = s.loan_of(loan_id).startedAt.to();
    (loan_id, terms, started)
}

/// 80 % of the value on the line, now.
fn counted(s: &Scene, terms: &LoanTerms) -> U256 {
    let appraisal = s.chain.view(
        s.caliber,
        &C::appraisalCall {
            tokenId: terms.collateralId,
        },
    );
    let age = n(s.now()) - appraisal.appraisedAt;
    let residual = appraisal.value / n(10);
    let value = residual + (appraisal.value - residual) * (appraisal.usefulLife - age) / appraisal.usefulLife;
    value * n(8_000) / n(10_000)
}

#[test]
fn an_overdue_loan_is_impaired_junior_first_and_a_payment_reverses_it() {
    let mut s = Scene::funded();
    let (loan_id, terms, started) = tight_loan(&mut s);
    let deadline = started + MONTH;
    let stranger = s.stranger();
    let call = P::impairCall { terms: terms.clone() };
    s.by(stranger, &call).must_revert(P::AccessControlUnauthorizedAccount {
        account: stranger,
        neededRole: role_id("RISK_ADMIN_ROLE"),
    });
    s.next_at(deadline - 1);
    s.impair(&terms).must_revert(P::NotOverdue { deadline: n(deadline) });
    s.at(deadline + 9 * DAY);
    let outcome = s.impair(&terms);
    let event: P::LoanImpaired = s.event(&outcome.receipt);
    outcome.must();
    let expected = usdai(79_000) - counted(&s, &terms);
    assert!(expected > usdai(900), "a provision to speak of: {expected}");
    assert!(is_within(event.provision, expected, 1));
    assert_eq!(s.loan_of(loan_id).provision, event.provision);
    // All of it in the junior tranche, which has more than that in the loan; not in the optimistic value.
    let [senior, middle, junior] = [0, 1, 2].map(|tranche| s.tranche(tranche));
    assert_eq!(
        (senior.provisions, middle.provisions, junior.provisions),
        (n(0), n(0), event.provision)
    );
    assert!(junior.optimistic > usdai(50_000));
    assert_eq!(junior.conservative, usdai(50_000) - event.provision);
    s.check(U256::ZERO);
    // Again, a day later: more, and instead of the first.
    s.pass(DAY);
    let outcome = s.impair(&terms);
    let again: P::LoanImpaired = s.event(&outcome.receipt);
    assert!(again.provision > event.provision);
    assert_eq!(s.tranche(2).provisions, again.provision);
    assert_eq!(s.loan_of(loan_id).status, LoanStatus::Impaired);
    s.repay(&terms).must();
    assert_eq!(s.tranche(2).provisions, n(0));
    let loan = s.loan_of(loan_id);
    assert_eq!((loan.status, loan.provision), (LoanStatus::Active, n(0)));
    s.check(U256::ZERO);
    s.impair(&terms).must_revert_with::<P::NotOverdue>();
}

#[test]
fn a_large_loss_reaches_the_seniors_only_when_the_juniors_are_wiped_out() {
    let mut s = Scene::funded();
    let (loan_id, terms, started) = tight_loan(&mut s);
    s.at(started + MONTH);
    let caliber = s.caliber;
    let loss = C::attestLossCall {
        tokenId: terms.collateralId,
        document: B256::repeat_byte(9),
    };
    let bailee = s.stranger();
    s.send(bailee, caliber, &loss).must();
    s.impair(&terms).must();
    let principals = s.principals(loan_id);
    for (tranche, principal) in principals.into_iter().take(3).enumerate() {
        assert_eq!(s.tranche(tranche as u64).provisions, principal, "tranche {tranche}");
    }
    assert_eq!(s.loan_of(loan_id).provision, usdai(79_000));
    s.check(U256::ZERO);
}

#[test]
fn a_default_stops_the_accrual_and_a_cure_pays_for_it() {
    let mut s = Scene::funded();
    let (loan_id, terms, started) = tight_loan(&mut s);
    let principals = s.principals(loan_id);
    let from = started + MONTH + 10 * DAY;
    s.next_at(from - 1);
    s.mark_default(&terms).must_revert(P::NotDefaultable { from: n(from) });
    assert_eq!(s.quote(&terms).defaultsFrom, n(from));
    assert_eq!(s.ask(&P::latestCureEndCall {}), n(0));
    s.next_at(from);
    let outcome = s.mark_default(&terms);
    let event: P::LoanDefaulted = s.event(&outcome.receipt);
    outcome.must();
    assert_eq!(event.cureEnd, n(from + 14 * DAY));
    assert_eq!(s.ask(&P::latestCureEndCall {}), n(from + 14 * DAY));
    let expected = usdai(79_000) - counted(&s, &terms);
    assert!(is_within(event.provision, expected, 1));
    let loan = s.loan_of(loan_id);
    assert_eq!((loan.status, loan.defaultedAt), (LoanStatus::Defaulted, n(from)));
    let frozen: Vec<_> = (0..3).map(|tranche| s.tranche(tranche)).collect();
    s.pass(13 * DAY);
    for (tranche, before) in frozen.iter().enumerate() {
        let now = s.tranche(tranche as u64);
        assert_eq!(
            (now.interest, now.optimistic),
            (before.interest, before.optimistic),
            "tranche {tranche}"
        );
    }
    for refused in [
        s.repay(&terms).result().err(),
        s.prepay(&terms, n(1)).result().err(),
        s.mark_default(&terms).result().err(),
    ] {
        let refused = refused.expect("refused").as_error::<P::WrongLoanStatus>();
        assert_eq!(
            refused,
            Some(P::WrongLoanStatus {
                loanId: loan_id,
                actual: LoanStatus::Defaulted
            })
        );
    }
    let borrower = terms.borrower;
    s.rich(borrower, usdai(100_000));
    let now = from + 14 * DAY - 1;
    s.next_at(now);
    let outcome = s.by(borrower, &P::cureCall { terms: terms.clone() });
    let payment: P::Payment = s.event(&outcome.receipt);
    s.event::<P::LoanCured>(&outcome.receipt);
    outcome.must();
    // One instalment, and the interest and penalty of the whole time.
    assert_eq!(payment.interest, interest_on(principals, now - started));
    assert!(is_within(payment.principal, terms.principal / n(6), 1));
    assert!(payment.penalty > n(0));
    let loan = s.loan_of(loan_id);
    assert_eq!(
        (loan.status, loan.defaultedAt, loan.instalmentsPaid),
        (LoanStatus::Active, n(0), n(1))
    );
    assert_eq!(s.tranche(2).provisions, n(0));
    s.check(U256::ZERO);
    // It runs on, and to its end.
    s.pass(DAY);
    assert!(s.tranche(0).interest > n(0));
    s.prepay(&terms, U256::MAX).must();
    assert_eq!(s.owner_of(terms.collateralId), borrower);
    for tranche in 0..3 {
        let tranche = s.tranche(tranche);
        assert_eq!((tranche.principal, tranche.interest), (n(0), n(0)));
    }
    s.check(U256::ZERO);
}

#[test]
fn lapsed_insurance_is_a_default_for_the_risk_admin_alone() {
    let mut s = Scene::funded();
    let (loan_id, terms, _) = tight_loan(&mut s);
    let expiry = s.now() + DAY;
    s.insure(terms.collateralId, usdai(100_000), expiry);
    let (risk_admin, call) = (s.risk_admin(), P::markDefaultCall { terms: terms.clone() });
    s.next_at(expiry + 14 * DAY - 1);
    s.by(risk_admin, &call).must_revert_with::<P::NotDefaultable>();
    s.at(expiry + 14 * DAY);
    s.mark_default(&terms).must_revert_with::<P::NotDefaultable>();
    s.by(risk_admin, &call).must();
    assert_eq!(s.loan_of(loan_id).status, LoanStatus::Defaulted);
    // Nothing is overdue: the cure is the interest so far.
    let outcome = s.cure(&terms);
    let payment: P::Payment = s.event(&outcome.receipt);
    assert_eq!((payment.principal, payment.penalty), (n(0), n(0)));
    assert!(payment.interest > n(0));
    assert_eq!(s.loan_of(loan_id).status, LoanStatus::Active);
    s.check(U256::ZERO);
}

#[test]
fn a_pause_stops_what_takes_from_borrowers_and_lengthens_their_time() {
    let mut s = Scene::funded();
    let (loan_id, terms, started) = tight_loan(&mut s);
    let (pauser, admin) = (s.suite.actors.pauser, s.suite.actors.admin);
    let default_from = started + MONTH + 10 * DAY;
    s.by(admin, &P::pauseCall {})
        .must_revert(P::AccessControlUnauthorizedAccount {
            account: admin,
            neededRole: role_id("PAUSE_ADMIN_ROLE"),
        });
    s.by(pauser, &P::unpauseCall {}).must_revert(P::ExpectedPause {});
    // Five days within the grace period.
    s.next_at(started + MONTH + 2 * DAY);
    s.by(pauser, &P::pauseCall {}).must();
    assert!(s.ask(&P::pausedCall {}));
    s.by(pauser, &P::pauseCall {}).must_revert(P::EnforcedPause {});
    let other = s.terms();
    s.borrow(&other).must_revert(P::EnforcedPause {});
    s.mark_default(&terms).must_revert(P::EnforcedPause {});
    s.liquidate(&terms).must_revert(P::EnforcedPause {});
    s.refinance(&terms, &other).must_revert(P::EnforcedPause {});
    let alice = s.suite.actors.alice;
    s.deposit(alice, 0, usdai(1)).must_revert(P::EnforcedPause {});
    // Leaving and paying never rest, nor does a notice.
    s.redeem(alice, 0, usdai(1)).must();
    let bob = s.suite.actors.bob;
    s.by(
        bob,
        &P::giveNoticeCall {
            tranche: n(1),
            shares: n(1),
        },
    )
    .must();
    s.next_at(started + MONTH + 7 * DAY);
    s.by(pauser, &P::unpauseCall {}).must();
    s.next_at(default_from);
    s.mark_default(&terms).must_revert(P::NotDefaultable {
        from: n(default_from + 5 * DAY),
    });
    s.next_at(default_from + 5 * DAY);
    s.mark_default(&terms).must();
    // A pause in the redemption window too; it is cured in the middle of one.
    s.pass(DAY);
    s.by(pauser, &P::pauseCall {}).must();
    s.pass(20 * DAY);
    s.by(pauser, &P::unpauseCall {}).must();
    let refused: P::RedemptionWindowOpen = s.liquidate(&terms).must_revert_with();
    let end = default_from + 5 * DAY + 14 * DAY + 20 * DAY;
    assert!(is_within(refused.until, n(end), 10));
    s.by(pauser, &P::pauseCall {}).must();
    s.pass(30 * DAY);
    s.cure(&terms).must();
    s.repay(&terms).must();
    assert_eq!(s.loan_of(loan_id).status, LoanStatus::Active);
    s.prepay(&terms, U256::MAX).must();
    assert_eq!(s.owner_of(terms.collateralId), terms.borrower);
    s.check(U256::ZERO);
}

#[test]
fn a_frozen_token_goes_back_to_the_borrower_who_has_paid() {
    let mut s = Scene::funded();
    let (loan_id, terms, _) = tight_loan(&mut s);
    let (admin, caliber) = (s.suite.actors.admin, s.caliber);
    let freeze = C::setFrozenCall {
        tokenId: terms.collateralId,
        isFrozen: true,
    };
    s.send(admin, caliber, &freeze).must();
    s.repay(&terms).must();
    let new_terms = s.terms_on(terms.collateralId);
    s.refinance(&terms, &new_terms).must_revert(P::CollateralNotEligible {
        collateralId: terms.collateralId,
    });
    s.prepay(&terms, U256::MAX).must();
    assert_eq!(s.owner_of(terms.collateralId), terms.borrower);
    assert_eq!(s.loan_of(loan_id).status, LoanStatus::Repaid);
}
