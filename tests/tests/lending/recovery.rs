//! Liquidation, proceeds, losses, write-offs.

use alloy_primitives::{B256, U256};

use crate::scene::{C, DAY, Expect, LoanStatus, LoanTerms, MONTH, P, Scene, interest_on, is_within, n, usdai};

/// A loan of 75,000 in default, and when it was marked.
fn defaulted(s: &mut Scene) -> (B256, LoanTerms, u64) {
    let (loan_id, terms) = s.loan();
    let started: u64 = s.loan_of(loan_id).startedAt.to();
    s.next_at(started + MONTH + 10 * DAY);
    s.mark_default(&terms).must();
    (loan_id, terms, started + MONTH + 10 * DAY)
}

/// One whose collateral is at the auction.
fn liquidating(s: &mut Scene) -> (B256, LoanTerms) {
    let (loan_id, terms, defaulted_at) = defaulted(s);
    s.next_at(defaulted_at + 14 * DAY);
    s.liquidate(&terms).must();
    (loan_id, terms)
}

#[test]
fn the_collateral_goes_to_the_auction_when_the_window_is_over() {
    let mut s = Scene::funded();
    let (loan_id, terms, defaulted_at) = defaulted(&mut s);
    let principals = s.principals(loan_id);
    let started: u64 = s.loan_of(loan_id).startedAt.to();
    s.next_at(defaulted_at + 14 * DAY - 1);
    s.liquidate(&terms).must_revert(P::RedemptionWindowOpen {
        until: n(defaulted_at + 14 * DAY),
    });
    let closed = s.ask(&P::liquidationCall { loanId: loan_id });
    assert!(!closed.open);
    s.next_at(defaulted_at + 14 * DAY);
    let outcome = s.liquidate(&terms);
    let event: P::LiquidationStarted = s.event(&outcome.receipt);
    outcome.must();
    let debt = usdai(75_000) + interest_on(principals, defaulted_at - started);
    assert_eq!((event.debt, event.collateralId), (debt, terms.collateralId));
    assert_eq!(s.owner_of(terms.collateralId), s.auction);
    let liquidation = s.ask(&P::liquidationCall { loanId: loan_id });
    assert_eq!(
        (liquidation.collateralId, liquidation.debt, liquidation.open),
        (terms.collateralId, debt, true)
    );
    assert_eq!(liquidation.reserve, event.reserve);
    assert!(liquidation.reserve <= debt && liquidation.reserve > usdai(70_000));
    assert_eq!(s.loan_of(loan_id).status, LoanStatus::Liquidating);
    for refused in [s.cure(&terms).result().err(), s.liquidate(&terms).result().err()] {
        let refused = refused.expect("refused").as_error::<P::WrongLoanStatus>();
        assert_eq!(refused.map(|refused| refused.actual), Some(LoanStatus::Liquidating));
    }
    s.check(U256::ZERO);
}

#[test]
fn a_sale_in_the_auction_pays_fee_principal_and_interest_and_the_rest_to_the_borrower() {
    let mut s = Scene::funded();
    let (loan_id, terms) = liquidating(&mut s);
    let debt = s.ask(&P::liquidationCall { loanId: loan_id }).debt;
    let (borrower, treasury) = (terms.borrower, s.treasury());
    let (cash, fees, pool) = (s.usdai_of(borrower), s.usdai_of(treasury), s.usdai_of(s.pool));
    let receipt = s.sell(loan_id, usdai(90_000));
    let event: P::ProceedsDistributed = s.event(&receipt);
    assert_eq!((event.proceeds, event.liquidationFee), (usdai(90_000), usdai(900)));
    assert_eq!(
        (event.principal, event.principal + event.interest),
        (usdai(75_000), debt)
    );
    assert_eq!(event.surplus, usdai(90_000) - usdai(900) - debt);
    // L2: to the wei.
    assert_eq!(s.usdai_of(borrower) - cash, event.surplus);
    let fee = s.usdai_of(treasury) - fees;
    assert_eq!(s.usdai_of(s.pool) - pool, usdai(90_000) - event.surplus - fee);
    assert!(is_within(fee, usdai(900) + event.interest / n(10), 3));
    assert_eq!(s.loan_of(loan_id).status, LoanStatus::Liquidated);
    assert_eq!(s.owner_of(terms.collateralId), s.suite.actors.bob);
    for tranche in 0..3 {
        let tranche = s.tranche(tranche);
        assert_eq!((tranche.principal, tranche.provisions), (n(0), n(0)));
        assert!(tranche.interest <= n(1));
    }
    s.check(U256::ZERO);
    // Nothing is paid out twice.
    s.settle(loan_id, n(1)).must_revert(P::WrongLoanStatus {
        loanId: loan_id,
        actual: LoanStatus::Liquidated,
    });
}

#[test]
fn losses_fall_on_the_junior_tranche_first() {
    let mut s = Scene::funded();
    let (loan_id, _) = liquidating(&mut s);
    let principals = s.principals(loan_id);
    // 1 % fee off 70,000: 69,300 of principal. Tranche 2 loses all of its part, tranche 1 a little.
    let outcome = s.settle(loan_id, usdai(70_000));
    let event: P::LossRealised = s.event(&outcome.receipt);
    outcome.must();
    let lost = usdai(75_000) - usdai(69_300);
    assert_eq!(event.loss0, n(0));
    assert_eq!(event.loss2, principals[2]);
    assert_eq!(event.loss1, lost - principals[2]);
    let values = [0, 1, 2].map(|tranche| s.tranche(tranche).optimistic);
    assert!(is_within(values[0], usdai(100_000), 1));
    assert!(is_within(values[1], usdai(50_000) - event.loss1, 1));
    assert!(is_within(values[2], usdai(50_000) - event.loss2, 1));
    s.check(U256::ZERO);
}

#[test]
fn a_write_off_realises_the_loss_and_late_proceeds_vest() {
    let mut s = Scene::funded();
    let (loan_id, terms) = liquidating(&mut s);
    let principals = s.principals(loan_id);
    let (stranger, auction) = (s.stranger(), s.auction);
    let write_off = P::writeOffCall { loanId: loan_id };
    s.by(stranger, &write_off)
        .must_revert(P::NotCollateralAuction { caller: stranger });
    let outcome = s.by(auction, &write_off);
    let event: P::LossRealised = s.event(&outcome.receipt);
    outcome.must();
    assert_eq!([event.loss0, event.loss1, event.loss2], principals[..3]);
    let loan = s.loan_of(loan_id);
    assert_eq!(
        (loan.status, loan.outstanding, loan.provision),
        (LoanStatus::WrittenOff, n(0), n(0))
    );
    for (tranche, funded) in [(0, 100_000), (1, 50_000), (2, 50_000)] {
        let principal = principals[usize::try_from(tranche).unwrap()];
        let state = s.tranche(tranche);
        assert_eq!((state.optimistic, state.principal), (usdai(funded) - principal, n(0)));
        assert_eq!((state.interest, state.provisions), (n(0), n(0)));
    }
    s.by(auction, &write_off).must_revert(P::WrongLoanStatus {
        loanId: loan_id,
        actual: LoanStatus::WrittenOff,
    });
    assert!(s.ask(&P::liquidationCall { loanId: loan_id }).open);
    s.check(U256::ZERO);
    // A buyer after all. Nobody who comes right before profits: what is recovered vests.
    let attacker = s.suite.actors.dave;
    let shares = s.deposit(attacker, 0, usdai(500_000)).must();
    let before = [0, 1, 2].map(|tranche| s.tranche(tranche));
    s.settle(loan_id, usdai(65_000)).must();
    let after = [0, 1, 2].map(|tranche| s.tranche(tranche));
    assert_eq!(after[0].idle, before[0].idle + principals[0]);
    assert_eq!(after[1].idle, before[1].idle + usdai(64_350) - principals[0]);
    assert_eq!(after[2].idle, before[2].idle);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before.conservative, after.conservative);
        assert_eq!(after.optimistic - before.optimistic, after.idle - before.idle);
    }
    assert!(s.redeem(attacker, 0, shares).must() <= usdai(500_000));
    // Nor does who comes right after it and waits: he pays for what has not vested.
    let late = s.suite.actors.bridge;
    let late_shares = s.deposit(late, 0, usdai(500_000)).must();
    s.pass(30 * DAY);
    assert_eq!(s.tranche(2).conservative, after[2].conservative);
    assert!(s.redeem(late, 0, late_shares).must() <= usdai(500_000));
    assert!(s.tranche(0).conservative >= usdai(100_000));
    assert_eq!(s.loan_of(loan_id).status, LoanStatus::Liquidated);
    assert_eq!(s.owner_of(terms.collateralId), auction);
    s.check(U256::ZERO);
}

#[test]
fn proceeds_are_the_auctions_to_bring_and_must_be_there() {
    let mut s = Scene::funded();
    let (loan_id, _) = liquidating(&mut s);
    let (stranger, auction) = (s.stranger(), s.auction);
    let call = P::settleLiquidationCall {
        loanId: loan_id,
        proceeds: usdai(1_000),
    };
    s.by(stranger, &call)
        .must_revert(P::NotCollateralAuction { caller: stranger });
    let balance = s.usdai_of(s.pool);
    s.by(auction, &call).must_revert(P::ProceedsMissing {
        balance,
        needed: balance + usdai(1_000),
    });
    s.give_pool(usdai(1_000) - n(1));
    s.by(auction, &call).must_revert_with::<P::ProceedsMissing>();
    s.give_pool(n(1));
    s.by(auction, &call).must();
    let (other, _) = s.loan();
    s.by(auction, &P::writeOffCall { loanId: other })
        .must_revert(P::WrongLoanStatus {
            loanId: other,
            actual: LoanStatus::Active,
        });
    s.check(U256::ZERO);
}

#[test]
fn lost_goods_have_no_reserve() {
    let mut s = Scene::funded();
    let (loan_id, terms, defaulted_at) = defaulted(&mut s);
    let (bailee, caliber) = (s.stranger(), s.caliber);
    let loss = C::attestLossCall {
        tokenId: terms.collateralId,
        document: B256::repeat_byte(9),
    };
    s.send(bailee, caliber, &loss).must();
    s.next_at(defaulted_at + 14 * DAY);
    s.liquidate(&terms).must();
    let liquidation = s.ask(&P::liquidationCall { loanId: loan_id });
    assert_eq!(liquidation.reserve, n(0));
    s.settle(loan_id, n(0)).must();
    let values = [0, 1, 2].map(|tranche| s.tranche(tranche).principal);
    assert_eq!(values, [n(0); 3]);
    s.check(U256::ZERO);
}

/// A tranche whose value is gone takes no deposits, and pays nothing; the others are not touched.
#[test]
fn a_wiped_out_tranche_is_closed() {
    let mut s = Scene::new();
    let actors = s.suite.actors;
    for (tranche, lender, dollars) in [
        (0, actors.alice, 100_000),
        (1, actors.bob, 50_000),
        (2, actors.carol, 1_000),
    ] {
        s.deposit(lender, tranche, usdai(dollars)).must();
    }
    let mut terms = s.terms();
    terms.principal = usdai(71_000);
    let collateral = terms.collateralId;
    let loan_id = s.borrow(&terms).must();
    let drawn = s.principals(loan_id);
    let idle = s.tranche(2).idle;
    assert!(drawn[2] + idle == usdai(1_000) && idle < usdai(1));
    let carol = actors.carol;
    let held = s.shares(carol, 2);
    s.by(
        carol,
        &P::giveNoticeCall {
            tranche: n(2),
            shares: held,
        },
    )
    .must();
    let started: u64 = s.loan_of(loan_id).startedAt.to();
    s.next_at(started + MONTH + 10 * DAY);
    s.mark_default(&terms).must();
    s.next_at(started + MONTH + 24 * DAY);
    s.liquidate(&terms).must();
    assert_eq!(s.owner_of(collateral), s.auction);
    s.settle(loan_id, usdai(10_000)).must();
    let gone = s.tranche(2);
    assert_eq!((gone.principal, gone.optimistic), (n(0), idle));
    if idle == n(0) {
        s.deposit(carol, 2, usdai(1))
            .must_revert(P::WorthlessTranche { tranche: n(2) });
    }
    s.check(U256::ZERO);
}
