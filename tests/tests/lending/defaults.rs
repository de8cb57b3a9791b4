//! Loans in trouble: impairment, default, cure, pauses, and what cannot be seized.

use alloy_primitives::{B256, U256};
use suite::role_id;

use crate::scene::{C, DAY, Expect, LoanStatus, LoanTerms, MONTH, P, Scene, interest_on, is_within, n, usdai};

/// A loan of 79,000 on a lot worth 100,000, which counts for a little less than 80,000 at first.
fn tight_loan(s: &mut Scene) -> (B256, LoanTerms, u64) {
    let mut terms = s.terms();
    (terms.principal, terms.schedule) = (usdai(79_000), 0);
    let loan_id = s.borrow(&terms).must();
    let started = s.loan_of(loan_id).startedAt.to();
    (loan_id, terms, started)
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
    let expected = usdai(79_000) - s.counted(&terms);
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
    s.lose(&terms);
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
    let expected = usdai(79_000) - s.counted(&terms);
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
    let expiry = s.now() + 10 * DAY;
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
    // It insures nothing: what the line does not cover stays provided for, until it is insured and paid on again.
    let event: P::LoanImpaired = s.event(&outcome.receipt);
    assert!(event.provision > usdai(100));
    assert!(is_within(event.provision, usdai(79_000) - s.counted(&terms), 1));
    let loan = s.loan_of(loan_id);
    assert_eq!((loan.status, loan.provision), (LoanStatus::Impaired, event.provision));
    assert_eq!(s.tranche(2).provisions, event.provision);
    s.check(U256::ZERO);
    let later = s.now() + 365 * DAY;
    s.insure(terms.collateralId, usdai(100_000), later);
    s.pass(DAY);
    s.repay(&terms).must();
    let loan = s.loan_of(loan_id);
    assert_eq!((loan.status, loan.provision), (LoanStatus::Active, n(0)));
    assert_eq!(s.tranche(2).provisions, n(0));
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

/// Pauses the pool between two times.
fn pause(s: &mut Scene, from: u64, until: u64) {
    let pauser = s.suite.actors.pauser;
    s.next_at(from);
    s.by(pauser, &P::pauseCall {}).must();
    s.next_at(until);
    s.by(pauser, &P::unpauseCall {}).must();
}

/// A loan whose first instalment is paid on the first day.
fn paid_ahead(s: &mut Scene) -> (B256, LoanTerms, u64) {
    let (loan_id, terms, started) = tight_loan(s);
    s.next_at(started + DAY);
    s.repay(&terms).must();
    assert_eq!(s.loan_of(loan_id).instalmentsPaid, n(1));
    (loan_id, terms, started)
}

/// The attack: after a pause of 20 days somebody pays a second's interest, and the borrower is in default 20 days early.
#[test]
fn who_pays_a_seconds_interest_takes_no_pause_from_the_borrower() {
    let mut s = Scene::funded();
    let (_, terms, started) = paid_ahead(&mut s);
    let attacker = s.stranger();
    s.rich(attacker, usdai(1_000));
    pause(&mut s, started + 5 * DAY, started + 25 * DAY);
    let from = started + 2 * MONTH + 10 * DAY + 20 * DAY;
    assert_eq!(s.quote(&terms).defaultsFrom, n(from));
    let repay = P::repayCall { terms: terms.clone() };
    let prepay = P::prepayCall {
        terms: terms.clone(),
        principal: n(0),
    };
    s.next_at(started + 26 * DAY);
    s.by(attacker, &repay).must();
    s.next_at(started + 26 * DAY + 1);
    let paid = s.by(attacker, &repay).must();
    assert!(paid > n(0) && paid < usdai(1) / n(1_000), "{paid}");
    s.next_at(started + 26 * DAY + 2);
    s.by(attacker, &prepay).must();
    assert_eq!(s.quote(&terms).defaultsFrom, n(from));
    // Two more pauses; he pays within the second.
    pause(&mut s, started + 40 * DAY, started + 41 * DAY);
    let pauser = s.suite.actors.pauser;
    s.next_at(started + 50 * DAY);
    s.by(pauser, &P::pauseCall {}).must();
    s.next_at(started + 51 * DAY);
    // The second instalment is due now: it takes more than interest to move the deadline, and that the attacker has not.
    s.by(attacker, &repay)
        .must_revert(P::SafeERC20FailedOperation { token: s.suite.usdai });
    s.next_at(started + 52 * DAY);
    s.by(pauser, &P::unpauseCall {}).must();
    let from = from + 3 * DAY;
    assert_eq!(s.quote(&terms).defaultsFrom, n(from));
    for early in [started + 2 * MONTH + 10 * DAY, from - 1] {
        s.next_at(early);
        s.mark_default(&terms).must_revert(P::NotDefaultable { from: n(from) });
    }
    s.next_at(from);
    s.mark_default(&terms).must();
    // What was paused before the default does not prolong the time to cure it.
    s.next_at(from + 14 * DAY - 1);
    s.liquidate(&terms).must_revert(P::RedemptionWindowOpen {
        until: n(from + 14 * DAY),
    });
    s.next_at(from + 14 * DAY);
    s.liquidate(&terms).must();
}

/// A pause belongs to the instalment that is due next. With it it is paid for, what is left of a pause that is on excepted.
#[test]
fn a_payment_that_moves_the_deadline_ends_what_was_paused() {
    let mut s = Scene::funded();
    let (_, terms, started) = paid_ahead(&mut s);
    let pauser = s.suite.actors.pauser;
    s.next_at(started + 20 * DAY);
    s.by(pauser, &P::pauseCall {}).must();
    // Within the pause, only the interest: the whole pause counts for the second instalment.
    s.next_at(started + 25 * DAY);
    s.repay(&terms).must();
    s.at(started + 28 * DAY);
    assert_eq!(
        s.quote(&terms).defaultsFrom,
        n(started + 2 * MONTH + 10 * DAY + 8 * DAY)
    );
    // Still within it, the second instalment: for the third counts what comes.
    s.next_at(started + MONTH + 2 * DAY);
    s.repay(&terms).must();
    s.next_at(started + MONTH + 5 * DAY);
    s.by(pauser, &P::unpauseCall {}).must();
    let from = started + 3 * MONTH + 10 * DAY + 3 * DAY;
    assert_eq!(s.quote(&terms).defaultsFrom, n(from));
    // A prepayment within the same interval moves nothing.
    s.prepay(&terms, usdai(10_000)).must();
    assert_eq!(s.quote(&terms).defaultsFrom, n(from));
    // A new loan has no part in the pauses before it.
    let new_terms = s.terms_on(terms.collateralId);
    s.refinance(&terms, &new_terms).must();
    let refinanced = s.now();
    assert_eq!(
        s.quote(&new_terms).defaultsFrom,
        n(refinanced + MONTH + new_terms.gracePeriod)
    );
}

/// A default for lapsed insurance and its cure, which is nothing but interest, take no pause away, before or within it; a
/// cure of arrears moves the deadline, and the pauses before it are over.
#[test]
fn a_cure_keeps_what_was_paused_if_the_deadline_stays() {
    let mut s = Scene::funded();
    let (loan_id, terms, started) = paid_ahead(&mut s);
    let risk_admin = s.risk_admin();
    s.insure(terms.collateralId, usdai(100_000), started + 2 * DAY);
    pause(&mut s, started + 3 * DAY, started + 13 * DAY);
    let mark = P::markDefaultCall { terms: terms.clone() };
    for (defaulted, paused_days) in [(20, 10), (40, 0)] {
        let defaulted = started + defaulted * DAY;
        if paused_days == 0 {
            s.next_at(defaulted - DAY);
            s.repay(&terms).must();
        }
        let deadline: u64 = s.quote(&terms).deadline.to();
        let from = deadline + 10 * DAY + paused_days * DAY;
        s.next_at(defaulted);
        s.by(risk_admin, &mark).must();
        assert_eq!(s.quote(&terms).defaultsFrom, n(from));
        pause(&mut s, defaulted + DAY, defaulted + 5 * DAY);
        // The time to cure grows by this pause alone.
        s.next_at(defaulted + 18 * DAY - 1);
        s.liquidate(&terms).must_revert(P::RedemptionWindowOpen {
            until: n(defaulted + 18 * DAY),
        });
        s.next_at(defaulted + 18 * DAY - 1);
        s.cure(&terms).must();
        assert_eq!(s.loan_of(loan_id).status, LoanStatus::Impaired);
        assert_eq!(s.quote(&terms).defaultsFrom, n(from + 4 * DAY));
    }
    // Now the third instalment is missed.
    let from: u64 = s.quote(&terms).defaultsFrom.to();
    s.next_at(from);
    s.mark_default(&terms).must();
    pause(&mut s, from + DAY, from + 3 * DAY);
    s.next_at(from + 4 * DAY);
    s.cure(&terms).must();
    let quote = s.quote(&terms);
    assert_eq!(quote.defaultsFrom, quote.deadline + n(10 * DAY));
    s.check(U256::ZERO);
}
