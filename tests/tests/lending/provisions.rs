//! What is provided for a loan, from its first trouble to its end: no payment lifts a provision for goods that are gone,
//! and a loss that comes after the default is in the price all the same.

use alloy_primitives::{Address, B256, U256};
use devnet::Receipt;
use suite::events_of;
use suite_tests::calls;

use crate::scene::{DAY, Expect, LoanStatus, LoanTerms, MONTH, P, Scene, is_within, n, usdai};

const GRACE: u64 = 10 * DAY;
const WINDOW: u64 = 14 * DAY;

/// A million in the senior tranche, of which Dave has 350,000, and a loan of 700,000 on a lot worth a million: 600,000 of
/// the senior tranche's, 100,000 of the middle one's. Also when the loan was taken.
fn lent() -> (Scene, B256, LoanTerms, u64) {
    let mut s = Scene::new();
    let actors = s.suite.actors;
    for (tranche, lender, dollars) in [
        (0, actors.alice, 650_000),
        (0, actors.dave, 350_000),
        (1, actors.bob, 200_000),
    ] {
        s.deposit(lender, tranche, usdai(dollars)).must();
    }
    let collateral = s.collateral(1_000_000);
    let mut terms = s.terms_on(collateral);
    terms.principal = usdai(700_000);
    let loan_id = s.borrow(&terms).must();
    assert_eq!(s.principals(loan_id), [usdai(600_000), usdai(100_000), n(0), n(0)]);
    assert_eq!(s.tranche(0).idle, usdai(400_000));
    let started = s.loan_of(loan_id).startedAt.to();
    (s, loan_id, terms, started)
}

/// In default because the insurance has lapsed, before anything was due; the goods are lost too. Also the default's second.
fn lost_and_uninsured() -> (Scene, B256, LoanTerms, u64) {
    let (mut s, loan_id, terms, started) = lent();
    s.insure(terms.collateralId, usdai(1_000_000), started + DAY);
    s.lose(&terms);
    let defaulted = started + 15 * DAY;
    s.next_at(defaulted);
    let risk_admin = s.risk_admin();
    let outcome = s.by(risk_admin, &P::markDefaultCall { terms: terms.clone() });
    assert_eq!(s.event::<P::LoanDefaulted>(&outcome.receipt).provision, usdai(700_000));
    outcome.must();
    assert_eq!(s.tranche(0).conservative, usdai(400_000));
    (s, loan_id, terms, defaulted)
}

/// In default because it was not paid, with goods that cover it. Also the default's second.
fn late() -> (Scene, B256, LoanTerms, u64) {
    let (mut s, loan_id, terms, started) = lent();
    let defaulted = started + MONTH + GRACE;
    s.next_at(defaulted);
    let outcome = s.mark_default(&terms);
    assert_eq!(s.event::<P::LoanDefaulted>(&outcome.receipt).provision, n(0));
    outcome.must();
    (s, loan_id, terms, defaulted)
}

/// Anybody.
fn impair(s: &mut Scene, terms: &LoanTerms) -> Receipt {
    let anybody = s.suite.actors.carol;
    let outcome = s.by(anybody, &P::impairCall { terms: terms.clone() });
    let receipt = outcome.receipt.clone();
    outcome.must();
    receipt
}

fn provisions(s: &Scene) -> [U256; 3] {
    [0, 1, 2].map(|tranche| s.tranche(tranche).provisions)
}

/// What the loan, its tranches and the log say is provided for: everything that is outstanding.
#[track_caller]
fn check_all_provided(s: &Scene, loan_id: B256, receipt: &Receipt) {
    let loan = s.loan_of(loan_id);
    assert_eq!(loan.provision, loan.outstanding);
    let [senior, middle, junior, _] = s.principals(loan_id);
    assert_eq!(provisions(s), [senior, middle, junior]);
    assert_eq!(s.event::<P::LoanImpaired>(receipt).provision, loan.provision);
    s.check(U256::ZERO);
}

fn preview(s: &Scene, shares: U256) -> U256 {
    s.ask(&P::previewRedeemCall { id: n(0), shares })
}

/// The attack: a stranger pays the interest, the provision is gone, and he leaves at full value.
#[test]
fn nobody_buys_a_provision_away_with_the_interest() {
    let (mut s, loan_id, terms, defaulted) = lost_and_uninsured();
    let (attacker, borrower) = (s.suite.actors.dave, terms.borrower);
    assert_eq!(preview(&s, usdai(350_000)), usdai(140_000));
    s.rich(attacker, usdai(10_000));
    s.next_at(defaulted + 1);
    let cure = P::cureCall { terms: terms.clone() };
    s.by(attacker, &cure).must_revert(P::NotBorrower {
        caller: attacker,
        borrower,
    });
    // The borrower himself may, and pays nothing but interest. His goods are as lost as before.
    let outcome = s.cure(&terms);
    let receipt = outcome.receipt.clone();
    let payment: P::Payment = s.event(&receipt);
    assert_eq!((payment.principal, payment.penalty), (n(0), n(0)));
    s.event::<P::LoanCured>(&receipt);
    let paid = outcome.must();
    assert!(paid > usdai(2_000) && paid < usdai(3_000), "{paid}");
    check_all_provided(&s, loan_id, &receipt);
    let loan = s.loan_of(loan_id);
    assert_eq!((loan.status, loan.defaultedAt), (LoanStatus::Impaired, n(0)));
    assert_eq!(loan.provision, usdai(700_000));
    // 350 of a thousand parts of 400,000 and of the interest, not of a million.
    let left = s.redeem(attacker, 0, usdai(350_000)).must();
    assert!(left >= usdai(140_000) && left < usdai(141_000), "{left}");
    s.check(U256::ZERO);
}

/// The same without a default: an impaired loan is paid, by anybody.
#[test]
fn a_payment_brings_no_lost_goods_back() {
    let (mut s, loan_id, terms, started) = lent();
    let payer = s.suite.actors.dave;
    s.rich(payer, usdai(1_000_000));
    s.next_at(started + MONTH);
    s.impair(&terms).must();
    assert_eq!(s.loan_of(loan_id).provision, n(0), "the goods cover it");
    s.lose(&terms);
    let repay = P::repayCall { terms: terms.clone() };
    let outcome = s.by(payer, &repay);
    check_all_provided(&s, loan_id, &outcome.receipt);
    let paid: P::Payment = s.event(&outcome.receipt);
    assert!(paid.instalmentsPaid > n(0) && paid.outstanding < usdai(700_000));
    outcome.must();
    // Interest alone, and principal ahead of time.
    s.pass(DAY);
    let prepay = P::prepayCall {
        terms: terms.clone(),
        principal: usdai(50_000),
    };
    let outcome = s.by(payer, &prepay);
    check_all_provided(&s, loan_id, &outcome.receipt);
    assert_eq!(s.loan_of(loan_id).status, LoanStatus::Impaired);
    outcome.must();
}

/// Nothing is stuck: it accrues, is paid, defaults again for what makes a loan default, and ends by payoff or sale.
#[test]
fn a_loan_without_goods_runs_on_and_ends_like_others() {
    let (mut s, loan_id, terms, defaulted) = lost_and_uninsured();
    let risk_admin = s.risk_admin();
    s.next_at(defaulted + DAY);
    s.cure(&terms).must();
    let interest = s.tranche(0).interest;
    s.pass(DAY);
    assert!(s.tranche(0).interest > interest + usdai(100), "it accrues");
    let outcome = s.repay(&terms);
    check_all_provided(&s, loan_id, &outcome.receipt);
    outcome.must();

    // Uninsured: the risk admin. Late: anybody.
    let state = s.chain.snapshot();
    s.by(risk_admin, &P::markDefaultCall { terms: terms.clone() }).must();
    assert_eq!(s.loan_of(loan_id).status, LoanStatus::Defaulted);
    assert!(s.chain.revert(state));
    let from: u64 = s.quote(&terms).defaultsFrom.to();
    s.next_at(from);
    let outcome = s.mark_default(&terms);
    let provided = s.event::<P::LoanDefaulted>(&outcome.receipt).provision;
    outcome.must();
    assert_eq!(provided, s.loan_of(loan_id).outstanding);

    // Sold for something, given up, or cured and paid back: what was provided is released, to the wei.
    let state = s.chain.snapshot();
    s.next_at(from + WINDOW);
    s.liquidate(&terms).must();
    assert_eq!(s.loan_of(loan_id).provision, provided);
    let liquidating = s.chain.snapshot();
    s.settle(loan_id, usdai(1_000)).must();
    assert_eq!(provisions(&s), [n(0); 3]);
    s.check(U256::ZERO);
    assert!(s.chain.revert(liquidating));
    s.write_off(loan_id).must();
    assert_eq!(provisions(&s), [n(0); 3]);
    s.check(U256::ZERO);
    assert!(s.chain.revert(state));
    let outcome = s.cure(&terms);
    check_all_provided(&s, loan_id, &outcome.receipt);
    outcome.must();
    let outcome = s.prepay(&terms, U256::MAX);
    s.event::<P::LoanClosed>(&outcome.receipt);
    assert!(events_of::<P::LoanImpaired>(&outcome.receipt, s.pool).is_empty());
    outcome.must();
    assert_eq!(provisions(&s), [n(0); 3]);
    assert_eq!(s.loan_of(loan_id).status, LoanStatus::Repaid);
    assert_eq!(s.owner_of(terms.collateralId), terms.borrower);
    s.check(U256::ZERO);
}

/// From fourteen days after the end of the insurance on, to the second.
#[test]
fn a_cure_insures_nothing() {
    let (mut s, loan_id, terms, started) = lent();
    let expiry = started + MONTH + DAY;
    s.insure(terms.collateralId, usdai(1_000_000), expiry);
    s.next_at(started + MONTH + GRACE);
    s.mark_default(&terms).must();
    let state = s.chain.snapshot();
    s.rich(terms.borrower, usdai(1_000_000));
    s.next_at(expiry + 14 * DAY - 1);
    let cure = P::cureCall { terms: terms.clone() };
    let outcome = s.by(terms.borrower, &cure);
    assert!(events_of::<P::LoanImpaired>(&outcome.receipt, s.pool).is_empty());
    outcome.must();
    assert_eq!(s.loan_of(loan_id).status, LoanStatus::Active);
    assert!(s.chain.revert(state));
    s.rich(terms.borrower, usdai(1_000_000));
    s.next_at(expiry + 14 * DAY);
    let outcome = s.by(terms.borrower, &cure);
    // The goods are there and cover what is left: nothing is expected to be lost, and the loan is watched.
    assert_eq!(s.event::<P::LoanImpaired>(&outcome.receipt).provision, n(0));
    outcome.must();
    assert_eq!(s.loan_of(loan_id).status, LoanStatus::Impaired);
    // The next payment still finds no policy, the one after it does.
    s.pass(DAY);
    s.repay(&terms).must();
    assert_eq!(s.loan_of(loan_id).status, LoanStatus::Impaired);
    let later = s.now() + 365 * DAY;
    s.insure(terms.collateralId, usdai(1_000_000), later);
    s.pass(DAY);
    s.repay(&terms).must();
    assert_eq!(s.loan_of(loan_id).status, LoanStatus::Active);
}

/// The attack: the default was provided for with nothing, the goods are lost a day later, and the first to leave gets all.
#[test]
fn a_loss_after_the_default_is_provided_for_by_anybody() {
    let (mut s, loan_id, terms, defaulted) = late();
    let attacker = s.suite.actors.alice;
    assert_eq!(preview(&s, usdai(400_000)), usdai(400_000));
    s.next_at(defaulted + DAY);
    s.lose(&terms);
    let receipt = impair(&mut s, &terms);
    check_all_provided(&s, loan_id, &receipt);
    let loan = s.loan_of(loan_id);
    assert_eq!(
        (loan.status, loan.provision, loan.defaultedAt),
        (LoanStatus::Defaulted, usdai(700_000), n(defaulted))
    );
    assert_eq!(s.redeem(attacker, 0, usdai(400_000)).must(), usdai(160_000));
    s.check(U256::ZERO);
    // Once more changes nothing. The borrower has as long as before; his cure brings back no goods.
    let receipt = impair(&mut s, &terms);
    check_all_provided(&s, loan_id, &receipt);
    s.next_at(defaulted + WINDOW - 1);
    s.liquidate(&terms).must_revert(P::RedemptionWindowOpen {
        until: n(defaulted + WINDOW),
    });
    let state = s.chain.snapshot();
    let outcome = s.cure(&terms);
    check_all_provided(&s, loan_id, &outcome.receipt);
    outcome.must();
    assert!(s.chain.revert(state));
    s.next_at(defaulted + WINDOW);
    s.liquidate(&terms).must();
    assert_eq!(provisions(&s), [usdai(600_000), usdai(100_000), n(0)]);
    s.settle(loan_id, n(0)).must();
    assert_eq!(provisions(&s), [n(0); 3]);
    assert_eq!(s.tranche(0).conservative, usdai(240_000));
    s.check(U256::ZERO);
}

/// What a pause has added to the time to cure stays when more is provided for.
#[test]
fn providing_more_takes_no_time_from_the_borrower() {
    let (mut s, loan_id, terms, defaulted) = late();
    let pauser = s.suite.actors.pauser;
    s.next_at(defaulted + DAY);
    s.by(pauser, &P::pauseCall {}).must();
    s.next_at(defaulted + 3 * DAY);
    s.lose(&terms);
    // Within the pause too.
    impair(&mut s, &terms);
    s.next_at(defaulted + 5 * DAY);
    s.by(pauser, &P::unpauseCall {}).must();
    impair(&mut s, &terms);
    let until = defaulted + WINDOW + 4 * DAY;
    s.next_at(until - 1);
    s.liquidate(&terms)
        .must_revert(P::RedemptionWindowOpen { until: n(until) });
    s.next_at(until);
    s.liquidate(&terms).must();
    assert_eq!(s.loan_of(loan_id).provision, usdai(700_000));
}

/// The line falls while a default is waited on: anybody can have that provided for, and the liquidation does it at last.
#[test]
fn what_the_line_loses_is_provided_for_until_the_liquidation() {
    let mut s = Scene::funded();
    let mut terms = s.terms();
    // The lot counts for 80,000 at first.
    (terms.principal, terms.schedule) = (usdai(79_000), 0);
    let loan_id = s.borrow(&terms).must();
    let defaulted = s.loan_of(loan_id).startedAt.to::<u64>() + MONTH + GRACE;
    s.next_at(defaulted);
    s.mark_default(&terms).must();
    let expected = |s: &Scene| usdai(79_000) - s.counted(&terms);
    let mut before = n(0);
    for day in [1, 13] {
        s.next_at(defaulted + day * DAY);
        let receipt = impair(&mut s, &terms);
        let provided = s.event::<P::LoanImpaired>(&receipt).provision;
        assert!(is_within(provided, expected(&s), 1) && provided > before + usdai(10));
        assert_eq!(provisions(&s), [n(0), n(0), provided]);
        s.check(U256::ZERO);
        before = provided;
    }
    s.next_at(defaulted + WINDOW);
    let outcome = s.liquidate(&terms);
    let reserve = s.event::<P::LiquidationStarted>(&outcome.receipt).reserve;
    outcome.must();
    let provided = s.loan_of(loan_id).provision;
    assert!(is_within(provided, expected(&s), 1) && provided > before + usdai(10));
    assert_eq!(provisions(&s), [n(0), n(0), provided]);
    // What the auction asks and what is provided for make up the principal.
    assert_eq!(reserve + provided, usdai(79_000));
    s.check(U256::ZERO);
    s.sell(loan_id, reserve);
    assert_eq!(provisions(&s), [n(0); 3]);
    s.check(U256::ZERO);
}

/// At the auction the loss of the goods still counts, and nothing else does.
#[test]
fn a_loss_at_the_auction_is_provided_for_by_anybody() {
    let (mut s, loan_id, terms, defaulted) = late();
    s.next_at(defaulted + WINDOW);
    s.liquidate(&terms).must();
    assert_eq!(provisions(&s), [n(0); 3]);
    let anybody = s.suite.actors.carol;
    let call = P::impairCall { terms: terms.clone() };
    s.by(anybody, &call).must_revert(P::LossNotAttested {
        collateralId: terms.collateralId,
    });
    let before = s.ask(&P::liquidationCall { loanId: loan_id });
    s.lose(&terms);
    let receipt = impair(&mut s, &terms);
    check_all_provided(&s, loan_id, &receipt);
    assert_eq!(s.loan_of(loan_id).provision, usdai(700_000));
    assert_eq!(preview(&s, usdai(400_000)), usdai(160_000));
    // What the auction knows of it stands.
    let after = s.ask(&P::liquidationCall { loanId: loan_id });
    assert_eq!(
        (after.collateralId, after.debt, after.reserve, after.open),
        (before.collateralId, before.debt, before.reserve, true)
    );
    let state = s.chain.snapshot();
    s.sell(loan_id, before.reserve);
    assert_eq!(provisions(&s), [n(0); 3]);
    s.check(U256::ZERO);
    assert!(s.chain.revert(state));
    s.write_off(loan_id).must();
    assert_eq!(provisions(&s), [n(0); 3]);
    s.check(U256::ZERO);
    s.by(anybody, &call).must_revert(P::WrongLoanStatus {
        loanId: loan_id,
        actual: LoanStatus::WrittenOff,
    });
}

/// Of a loan that is paid in time nothing is provided, even if its goods are lost: no deadline has been missed.
#[test]
fn before_a_missed_deadline_nothing_is_provided() {
    let (mut s, loan_id, terms, started) = lent();
    s.lose(&terms);
    let (anybody, call) = (s.suite.actors.carol, P::impairCall { terms: terms.clone() });
    s.next_at(started + MONTH - 1);
    s.impair(&terms).must_revert(P::NotOverdue {
        deadline: n(started + MONTH),
    });
    s.next_at(started + MONTH);
    // Judging when is the risk admin's until it is in default.
    s.by(anybody, &call)
        .must_revert_with::<P::AccessControlUnauthorizedAccount>();
    let outcome = s.impair(&terms);
    check_all_provided(&s, loan_id, &outcome.receipt);
    outcome.must();
}

/// The vault prices its redemptions at what the pool provides for.
#[test]
fn a_loss_after_the_default_reaches_the_vaults_price() {
    let mut s = Scene::with_vault();
    let actors = s.suite.actors;
    s.stake(actors.alice, 1_000_000);
    s.vault(actors.strategist, &calls::allocate(0, usdai(900_000))).must();
    s.deposit(actors.bob, 1, usdai(200_000)).must();
    let collateral = s.collateral(1_000_000);
    let mut terms = s.terms_on(collateral);
    terms.principal = usdai(700_000);
    s.borrow(&terms).must();
    s.pass(MONTH + GRACE);
    s.mark_default(&terms).must();
    s.lose(&terms);
    let shares = s.shares_of(actors.alice);
    let unprovided = s.prices().conservative.worth(shares);
    assert!(unprovided > usdai(999_000), "{unprovided}");
    impair(&mut s, &terms);
    let provided = s.prices().conservative.worth(shares);
    assert!(provided > usdai(399_000) && provided < usdai(401_000), "{provided}");
}

/// Of nobody's loan nothing is provided.
#[test]
fn what_is_no_loan_is_not_impaired() {
    let (mut s, loan_id, terms, started) = lent();
    let anybody: Address = s.suite.actors.carol;
    let mut unknown = terms.clone();
    unknown.nonce += n(7);
    s.by(anybody, &P::impairCall { terms: unknown })
        .must_revert_with::<P::WrongLoanStatus>();
    s.next_at(started + DAY);
    s.prepay(&terms, U256::MAX).must();
    s.by(anybody, &P::impairCall { terms }).must_revert(P::WrongLoanStatus {
        loanId: loan_id,
        actual: LoanStatus::Repaid,
    });
}
