//! Loans are paid: instalments of both schedules, late, ahead, by others, to the end; refinancing.

use crate::scene::{DAY, Expect, LoanStatus, MONTH, P, PENALTY, Scene, interest_on, is_within, n, usdai};
use alloy_primitives::{B256, U256};

/// Pays a loan at each deadline; what each payment was.
fn pay_to_the_end(s: &mut Scene, terms: &P::LoanTerms, loan_id: B256) -> Vec<P::Payment> {
    let started: u64 = s.loan_of(loan_id).startedAt.to();
    let mut principals = s.principals(loan_id);
    let mut last = started;
    let mut payments = Vec::new();
    for number in 1..=terms.duration / terms.repaymentInterval {
        let payer = terms.borrower;
        s.rich(payer, terms.principal);
        let due = started + number * terms.repaymentInterval - 1;
        let quote = s.ask(&P::quote_1Call {
            terms: terms.clone(),
            timestamp: n(due),
        });
        s.next_at(due);
        let outcome = s.by(payer, &P::repayCall { terms: terms.clone() });
        let now = s.now();
        let event: P::Payment = s.event(&outcome.receipt);
        let paid = outcome.must();
        assert!(
            is_within(event.interest, interest_on(principals, now - last), 1),
            "instalment {number}"
        );
        assert_eq!(paid, event.principal + event.interest + event.penalty + event.exitFee);
        assert_eq!(quote.instalment, paid, "instalment {number}");
        assert_eq!(event.instalmentsPaid, n(number));
        principals = s.principals(loan_id);
        last = now;
        payments.push(event);
        s.check(U256::ZERO);
    }
    payments
}

#[test]
fn equal_principal_is_repaid_to_the_wei_and_frees_the_collateral() {
    let mut s = Scene::funded();
    let mut terms = s.terms();
    (terms.schedule, terms.exitFeeBps) = (0, 50);
    let loan_id = s.borrow(&terms).must();
    let fees = s.usdai_of(s.treasury());
    let payments = pay_to_the_end(&mut s, &terms, loan_id);
    let sum = |of: &dyn Fn(&P::Payment) -> U256| payments.iter().map(of).sum::<U256>();
    assert_eq!(sum(&|payment| payment.principal), terms.principal);
    assert_eq!(sum(&|payment| payment.penalty), U256::ZERO);
    assert_eq!(sum(&|payment| payment.exitFee), usdai(375));
    for payment in &payments {
        assert!(is_within(payment.principal, usdai(12_500), 1));
    }
    let interest = sum(&|payment| payment.interest);
    let earned = s.usdai_of(s.treasury()) - fees - usdai(375);
    // L4: a tenth of the interest for the pool, rounded down for each tranche and payment, the rest for the lenders.
    assert!(earned <= interest / n(10) && earned + n(18) >= interest / n(10));
    let idle: U256 = (0..3).map(|tranche| s.tranche(tranche).idle).sum();
    assert_eq!(idle, usdai(200_000) + interest - earned);
    for tranche in 0..3 {
        let tranche = s.tranche(tranche);
        assert_eq!(
            (tranche.principal, tranche.interest, tranche.unvested),
            (n(0), n(0), n(0))
        );
        assert_eq!(tranche.conservative, tranche.optimistic);
    }
    assert_eq!(s.owner_of(terms.collateralId), terms.borrower);
    let loan = s.loan_of(loan_id);
    assert_eq!((loan.status, loan.outstanding), (LoanStatus::Repaid, n(0)));
    s.repay(&terms).must_revert(P::WrongLoanStatus {
        loanId: loan_id,
        actual: LoanStatus::Repaid,
    });
}

#[test]
fn level_payments_are_level() {
    let mut s = Scene::funded();
    let (loan_id, terms) = s.loan();
    let drawn = s.principals(loan_id);
    let payments = pay_to_the_end(&mut s, &terms, loan_id);
    let paid: Vec<_> = payments
        .iter()
        .map(|payment| payment.principal + payment.interest)
        .collect();
    // Each within a wei of the same, so within two of each other. Paid a second early, the first has a second's interest
    // less, and the last is what is left.
    let first = paid[0] + interest_on(drawn, 1);
    for payment in [first].iter().chain(&paid[1..5]) {
        assert!(is_within(*payment, paid[1], 2), "{paid:?}");
    }
    assert!(is_within(paid[5], paid[1], 100), "{paid:?}");
    assert_eq!(
        payments.iter().map(|payment| payment.principal).sum::<U256>(),
        terms.principal
    );
    assert_eq!(s.owner_of(terms.collateralId), terms.borrower);
}

#[test]
fn a_late_payment_costs_penalty_on_what_is_overdue_and_pays_all_that_is_missed() {
    let mut s = Scene::funded();
    let mut terms = s.terms();
    terms.schedule = 0;
    let loan_id = s.borrow(&terms).must();
    let principals = s.principals(loan_id);
    let started: u64 = s.loan_of(loan_id).startedAt.to();
    s.rich(terms.borrower, usdai(100_000));
    // Two deadlines missed, the second by five days: three principals are due.
    let now = started + 2 * MONTH + 5 * DAY;
    s.at(now - 1);
    let quote = s.ask(&P::quote_1Call {
        terms: terms.clone(),
        timestamp: n(now),
    });
    s.next_at(now);
    let outcome = s.by(terms.borrower, &P::repayCall { terms: terms.clone() });
    let event: P::Payment = s.event(&outcome.receipt);
    let paid = outcome.must();
    assert_eq!(paid, quote.instalment);
    assert_eq!((quote.missed, quote.deadline), (n(2), n(started + MONTH)));
    assert_eq!(event.principal, usdai(37_500));
    assert_eq!(event.interest, interest_on(principals, now - started));
    // One instalment for 35 days, the second for 5.
    let raw = usdai(12_500) * U256::from(PENALTY) * (n(35 * DAY) + n(5 * DAY));
    assert_eq!(event.penalty, raw.div_ceil(usdai(1)));
    assert_eq!(event.instalmentsPaid, n(3));
    // The penalty, less the fee, is the lenders', but not at once.
    let unvested: U256 = (0..3).map(|tranche| s.tranche(tranche).unvested).sum();
    let net = event.penalty - event.penalty / n(10);
    assert!(unvested >= net && unvested <= net + n(6), "{unvested} of {net}");
    s.check(U256::ZERO);
    s.pass(30 * DAY);
    let unvested: U256 = (0..3).map(|tranche| s.tranche(tranche).unvested).sum();
    assert_eq!(unvested, U256::ZERO);
    let quote = s.quote(&terms);
    assert_eq!((quote.deadline, quote.penalty), (n(started + 4 * MONTH), n(0)));
}

#[test]
fn a_prepayment_keeps_the_deadline_and_levels_the_rest() {
    let mut s = Scene::funded();
    let mut terms = s.terms();
    terms.schedule = 0;
    let loan_id = s.borrow(&terms).must();
    let started: u64 = s.loan_of(loan_id).startedAt.to();
    let before = s.principals(loan_id);
    let outcome = s.prepay(&terms, usdai(12_500));
    let event: P::Payment = s.event(&outcome.receipt);
    outcome.must();
    // This month's instalment, and as much beyond it: 50,000 in five instalments are left.
    assert_eq!(
        (event.principal, event.outstanding, event.instalmentsPaid),
        (usdai(25_000), usdai(50_000), n(1))
    );
    let after = s.principals(loan_id);
    for (before, after) in before.iter().zip(after) {
        assert!(is_within(*before * n(2) / n(3), after, 2), "pro rata");
    }
    assert_eq!(s.quote(&terms).deadline, n(started + 2 * MONTH));
    s.at(started + MONTH);
    assert_eq!(s.quote(&terms).scheduledPrincipal, usdai(10_000));
    // Paid already: only the interest since.
    s.repay(&terms).must();
    s.pass(DAY);
    let quote = s.quote(&terms);
    assert_eq!((quote.scheduledPrincipal, quote.overduePrincipal), (n(0), n(0)));
    assert_eq!(quote.instalment, quote.interest);
    // All of it, by anybody: the borrower gets his collateral.
    let stranger = s.stranger();
    s.rich(stranger, usdai(50_000));
    let call = P::prepayCall {
        terms: terms.clone(),
        principal: U256::MAX,
    };
    let outcome = s.by(stranger, &call);
    let closed: P::LoanClosed = s.event(&outcome.receipt);
    outcome.must();
    assert_eq!(closed.loanId, loan_id);
    assert_eq!(s.owner_of(terms.collateralId), terms.borrower);
    s.check(U256::ZERO);
}

#[test]
fn what_is_not_there_is_not_paid() {
    let mut s = Scene::funded();
    let mut unknown = s.terms();
    let nobody = LoanStatus::None;
    let loan_id = s.ask(&P::loanIdOfCall { terms: unknown.clone() });
    s.repay(&unknown).must_revert(P::WrongLoanStatus {
        loanId: loan_id,
        actual: nobody,
    });
    // Terms that no loan can have are no loan's.
    (unknown.schedule, unknown.repaymentInterval) = (7, 0);
    let loan_id = s.ask(&P::loanIdOfCall { terms: unknown.clone() });
    s.prepay(&unknown, n(1)).must_revert(P::WrongLoanStatus {
        loanId: loan_id,
        actual: nobody,
    });
    let (loan_id, terms) = s.loan();
    s.cure(&terms).must_revert(P::WrongLoanStatus {
        loanId: loan_id,
        actual: LoanStatus::Active,
    });
    // Nothing is due twice in the same second.
    s.repay(&terms).must();
    let pays = P::repayCall { terms: terms.clone() };
    let now = s.now();
    let answer = s.ask(&P::quote_1Call {
        terms: terms.clone(),
        timestamp: n(now),
    });
    assert_eq!(answer.instalment, U256::ZERO);
    let refused = s.try_ask(&P::quote_1Call {
        terms: terms.clone(),
        timestamp: n(now - 1),
    });
    let refused = refused.expect_err("before the last payment");
    assert_eq!(
        refused.as_error::<P::InvalidTimestamp>(),
        Some(P::InvalidTimestamp {
            timestamp: n(now - 1),
            earliest: n(now),
        })
    );
    // Who has no money pays nothing.
    let poor = s.suite.actors.bridge;
    s.pass(MONTH);
    s.by(poor, &pays)
        .must_revert(P::SafeERC20FailedOperation { token: s.suite.usdai });
}

#[test]
fn a_loan_is_refinanced_with_cash_out_and_with_cash_in() {
    let mut s = Scene::funded();
    let mut terms = s.terms();
    (terms.principal, terms.exitFeeBps) = (usdai(50_000), 100);
    let old = s.borrow(&terms).must();
    s.pass(20 * DAY);
    let mut larger = s.terms_on(terms.collateralId);
    (larger.principal, larger.originationFeeBps) = (usdai(70_000), 100);
    let (borrower, treasury) = (terms.borrower, s.treasury());
    let (cash, fees) = (s.usdai_of(borrower), s.usdai_of(treasury));
    let idle = |s: &Scene| (0..3).map(|tranche| s.tranche(tranche).idle).sum::<U256>();
    let outcome = s.refinance(&terms, &larger);
    let payment: P::Payment = s.event(&outcome.receipt);
    let new = outcome.must();
    assert_eq!(
        (payment.principal, payment.exitFee, payment.outstanding),
        (usdai(50_000), usdai(500), n(0))
    );
    assert!(payment.interest > n(0));
    let payoff = usdai(50_500) + payment.interest;
    assert_eq!(s.usdai_of(borrower), cash + usdai(69_300) - payoff);
    let taken = s.usdai_of(treasury) - fees;
    let interest_fee = taken - usdai(500) - usdai(700);
    assert!(is_within(interest_fee, payment.interest / n(10), 4));
    assert_eq!(
        idle(&s),
        usdai(200_000) + payment.interest - interest_fee - usdai(70_000)
    );
    assert_eq!(s.owner_of(terms.collateralId), s.pool);
    assert_eq!(s.loan_of(old).status, LoanStatus::Repaid);
    assert_eq!(
        (s.loan_of(new).status, s.loan_of(new).outstanding),
        (LoanStatus::Active, usdai(70_000))
    );
    s.check(U256::ZERO);

    // And down again: the borrower brings the difference.
    s.pass(5 * DAY);
    let mut smaller = s.terms_on(terms.collateralId);
    smaller.principal = usdai(30_000);
    s.rich(borrower, usdai(50_000));
    let cash = s.usdai_of(borrower);
    let outcome = s.refinance(&larger, &smaller);
    let payment: P::Payment = s.event(&outcome.receipt);
    outcome.must();
    assert_eq!(
        s.usdai_of(borrower),
        cash + usdai(30_000) - usdai(70_000) - payment.interest
    );
    s.check(U256::ZERO);
}

#[test]
fn a_refinancing_is_the_borrowers_on_the_same_collateral() {
    let mut s = Scene::funded();
    let (loan_id, terms) = s.loan();
    let new_terms = s.terms_on(terms.collateralId);
    let call = P::refinanceCall {
        terms: terms.clone(),
        newTerms: new_terms.clone(),
        signature: s.signature(&new_terms).into(),
        maxBlendedRate: U256::MAX,
    };
    let stranger = s.stranger();
    s.by(stranger, &call).must_revert(P::NotBorrower {
        caller: stranger,
        borrower: terms.borrower,
    });
    let other = s.terms();
    s.refinance(&terms, &other).must_revert(P::RefinancingMismatch {});
    // The part of it that books the payoff is nobody's to call, before, in vain, or after.
    let pay_off = P::payOffCall { terms: terms.clone() };
    let refused = P::NotRefinancing { loanId: loan_id };
    s.by(terms.borrower, &pay_off).must_revert(refused.clone());
    s.rich(terms.borrower, usdai(10_000));
    s.refinance(&terms, &new_terms).must();
    s.by(terms.borrower, &pay_off).must_revert(refused);
    // Onto itself it cannot be.
    s.refinance(&new_terms, &new_terms.clone())
        .must_revert(P::TermsAlreadyUsed {
            loanId: s.ask(&P::loanIdOfCall {
                terms: new_terms.clone(),
            }),
        });
    s.check(U256::ZERO);
}
