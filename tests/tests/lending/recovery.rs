//! Liquidation, proceeds, losses, write-offs.

use alloy_primitives::{B256, U256};

use suite_tests::calls;

use crate::scene::{DAY, Expect, LoanStatus, LoanTerms, MONTH, P, Scene, V, interest_on, is_within, n, usdai};

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
    let defaulted = [0, 1, 2].map(|tranche| s.tranche(tranche));
    let outcome = s.by(auction, &write_off);
    let event: P::LossRealised = s.event(&outcome.receipt);
    let opened: P::RecoveryOpened = s.event(&outcome.receipt);
    outcome.must();
    assert_eq!((opened.loanId, opened.until), (loan_id, n(s.now() + 180 * DAY)));
    assert_eq!([event.loss0, event.loss1, event.loss2], principals[..3]);
    let loan = s.loan_of(loan_id);
    assert_eq!(
        (loan.status, loan.outstanding, loan.provision),
        (LoanStatus::WrittenOff, n(0), n(0))
    );
    for (tranche, funded) in [(0, 100_000), (1, 50_000), (2, 50_000)] {
        let principal = principals[usize::try_from(tranche).unwrap()];
        let state = s.tranche(tranche);
        assert_eq!((state.conservative, state.principal), (usdai(funded) - principal, n(0)));
        assert_eq!((state.interest, state.provisions), (n(0), n(0)));
        // What the loan still claims is what it counted for, rounded up: deposits cost what they cost before.
        let claim = s.written_off(tranche);
        let before = &defaulted[usize::try_from(tranche).unwrap()];
        assert!(is_within(claim, principal + before.interest, 2));
        assert!(state.optimistic >= before.optimistic && is_within(state.optimistic, before.optimistic, 2));
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
    let claims = s.recovery_of(loan_id).0;
    s.settle(loan_id, usdai(65_000)).must();
    let after = [0, 1, 2].map(|tranche| s.tranche(tranche));
    assert_eq!(after[0].idle, before[0].idle + principals[0]);
    assert_eq!(after[1].idle, before[1].idle + usdai(64_350) - principals[0]);
    assert_eq!(after[2].idle, before[2].idle);
    for ((before, after), claim) in before.iter().zip(&after).zip(claims) {
        assert_eq!(before.conservative, after.conservative);
        assert_eq!(after.optimistic + claim, before.optimistic + after.idle - before.idle);
    }
    assert_eq!([0, 1, 2].map(|tranche| s.written_off(tranche)), [n(0); 3]);
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
    s.lose(&terms);
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

/// A tranche of 100,000 that has lent 99,900 of it to one loan, whose collateral is at the auction.
fn nearly_all_lent(s: &mut Scene) -> B256 {
    let collateral = s.collateral(170_000);
    let mut terms = s.terms_on(collateral);
    terms.principal = usdai(99_900);
    let loan_id = s.borrow(&terms).must();
    assert_eq!(s.tranche(0).idle, usdai(100));
    let default = s.now() + MONTH + 10 * DAY;
    s.at(default);
    s.mark_default(&terms).must();
    s.at(default + 14 * DAY);
    s.liquidate(&terms).must();
    loan_id
}

/// What 50,000 bring net of the fee of 1 %.
fn half_recovered() -> U256 {
    usdai(50_000) * n(100) / n(99) + n(1)
}

/// The attack: 100 are left of 100,000, and somebody lends 100,000 between the write-off and a sale for 50,000. Before
/// claims counted he had 149,950 in the end.
#[test]
fn who_lends_between_a_write_off_and_a_late_sale_gets_none_of_it() {
    for comes_before_the_write_off in [false, true] {
        let mut s = Scene::new();
        let [victim, attacker] = [s.suite.actors.alice, s.suite.actors.dave];
        s.deposit(victim, 0, usdai(100_000)).must();
        let loan_id = nearly_all_lent(&mut s);
        let lend = |s: &mut Scene| {
            let quoted = s.ask(&P::previewDepositCall {
                id: n(0),
                assets: usdai(100_000),
            });
            let shares = s.deposit(attacker, 0, usdai(100_000)).must();
            assert_eq!(quoted, shares);
            shares
        };
        let priced = shares_for_a_hundred_thousand(&s);
        let mut shares = U256::ZERO;
        if comes_before_the_write_off {
            shares = lend(&mut s);
        }
        s.write_off(loan_id).must();
        if !comes_before_the_write_off {
            // Not a share more than before it, and hardly one less.
            let quoted = shares_for_a_hundred_thousand(&s);
            assert!(
                quoted <= priced && is_within(quoted, priced, 10),
                "{quoted} and {priced}"
            );
            shares = lend(&mut s);
        }
        s.settle(loan_id, half_recovered()).must();
        s.pass(30 * DAY);
        let worth = s.redeem(attacker, 0, shares).must();
        assert!(worth < usdai(75_000), "{worth} of 100,000");
        // Who bore the loss has all that came, and what the attacker overpaid.
        let left = s.shares(victim, 0);
        assert!(s.redeem(victim, 0, left).must() > usdai(75_000));
        s.check(U256::ZERO);
    }
}

/// Shares for 100,000 of the senior tranche.
fn shares_for_a_hundred_thousand(s: &Scene) -> U256 {
    s.ask(&P::previewDepositCall {
        id: n(0),
        assets: usdai(100_000),
    })
}

/// The same through the vault: who stakes between the write-off and the sale has paid for it.
#[test]
fn who_stakes_between_a_write_off_and_a_late_sale_gets_none_of_it() {
    let mut s = Scene::with_vault();
    let actors = s.suite.actors;
    let [victim, attacker] = [actors.alice, actors.dave];
    s.stake(victim, 100_000);
    s.vault(actors.strategist, &calls::allocate(0, usdai(100_000))).must();
    let loan_id = nearly_all_lent(&mut s);
    let before = s.prices();
    let quote = |s: &Scene| s.ask_vault(&V::previewDepositCall { assets: usdai(100_000) });
    let priced = quote(&s);
    s.write_off(loan_id).must();
    let after = s.prices();
    assert!(!after.optimistic.is_below(before.optimistic));
    assert!(quote(&s) <= priced && is_within(quote(&s), priced, 10));
    let staked = s.stake(attacker, 100_000);
    s.settle(loan_id, half_recovered()).must();
    // Neither price rises at that instant, and after it the attacker is worth less than what he staked.
    assert!(s.prices().conservative.worth(staked) < usdai(51_000));
    s.pass(30 * DAY);
    let worth = s.prices().conservative.worth(staked);
    assert!(worth > usdai(74_000) && worth < usdai(75_000), "{worth} of 100,000");
    let held = s.shares_of(victim);
    assert!(s.prices().conservative.worth(held) > usdai(75_000));
    s.check(U256::ZERO);
}

#[test]
fn claims_that_nobody_pays_expire_and_count_again_with_the_next_listing() {
    let mut s = Scene::funded();
    let (loan_id, _) = liquidating(&mut s);
    let untouched = [0, 1, 2].map(|tranche| s.tranche(tranche).optimistic);
    s.write_off(loan_id).must();
    let until = s.now() + 180 * DAY;
    let (claims, told) = s.recovery_of(loan_id);
    assert_eq!(told, n(until));
    assert_eq!([0, 1, 2].map(|tranche| s.written_off(tranche)), claims[..3]);
    s.next_at(until - 1);
    s.expire(loan_id).must_revert(P::RecoveryOpen {
        loanId: loan_id,
        until: n(until),
    });
    s.check(U256::ZERO);
    s.next_at(until);
    let outcome = s.expire(loan_id);
    assert_eq!(
        s.event::<P::RecoveryExpired>(&outcome.receipt),
        P::RecoveryExpired { loanId: loan_id }
    );
    outcome.must();
    for tranche in 0..3 {
        let state = s.tranche(tranche);
        assert_eq!((s.written_off(tranche), state.optimistic), (n(0), state.conservative));
    }
    assert_eq!(s.recovery_of(loan_id), ([n(0); 4], n(0)));
    s.expire(loan_id)
        .must_revert(P::RecoveryAlreadyExpired { loanId: loan_id });
    s.check(U256::ZERO);

    // Listed again it counts again, for as long; listed once more it counts once, for longer.
    for again in 0..2 {
        s.pass(DAY);
        let outcome = s.reopen(loan_id);
        let opened: P::RecoveryOpened = s.event(&outcome.receipt);
        outcome.must();
        let until = s.now() + 180 * DAY;
        assert_eq!(opened.until, n(until), "listing {again}");
        assert_eq!(s.recovery_of(loan_id), (claims, n(until)));
        assert_eq!([0, 1, 2].map(|tranche| s.written_off(tranche)), claims[..3]);
        for (tranche, untouched) in (0..3).zip(untouched) {
            assert!(is_within(s.tranche(tranche).optimistic, untouched, 2));
        }
        s.check(U256::ZERO);
    }
    s.expire(loan_id).must_revert_with::<P::RecoveryOpen>();
    s.settle(loan_id, usdai(10_000)).must();
    assert_eq!([0, 1, 2].map(|tranche| s.written_off(tranche)), [n(0); 3]);
    s.check(U256::ZERO);
}

/// What remains of the attack, for whoever lists again to see to: claims that have expired are not paid for.
#[test]
fn who_lends_after_an_expiry_takes_a_part_of_what_is_sold_after_all() {
    let mut s = Scene::new();
    let [victim, attacker] = [s.suite.actors.alice, s.suite.actors.dave];
    s.deposit(victim, 0, usdai(100_000)).must();
    let loan_id = nearly_all_lent(&mut s);
    s.write_off(loan_id).must();
    s.pass(180 * DAY);
    s.expire(loan_id).must();
    let early = s.deposit(attacker, 0, usdai(100_000)).must();
    s.reopen(loan_id).must();
    // From the listing on nobody joins him.
    let late = s.suite.actors.bridge;
    let late_shares = s.deposit(late, 0, usdai(100_000)).must();
    s.settle(loan_id, half_recovered()).must();
    s.pass(30 * DAY);
    assert!(s.redeem(late, 0, late_shares).must() < usdai(100_000));
    assert!(s.redeem(attacker, 0, early).must() > usdai(140_000));
    s.check(U256::ZERO);
}

#[test]
fn only_the_auction_opens_and_expires_recoveries_and_only_of_what_is_written_off() {
    let mut s = Scene::funded();
    let (loan_id, terms) = s.loan();
    let unknown = B256::repeat_byte(7);
    let started: u64 = s.loan_of(loan_id).startedAt.to();
    let refused = |s: &mut Scene, loan_id: B256, actual: LoanStatus| {
        let error = P::WrongLoanStatus {
            loanId: loan_id,
            actual,
        };
        s.reopen(loan_id).must_revert(error.clone());
        s.expire(loan_id).must_revert(error);
        assert_eq!(s.recovery_of(loan_id), ([n(0); 4], n(0)));
    };
    refused(&mut s, unknown, LoanStatus::None);
    refused(&mut s, loan_id, LoanStatus::Active);
    s.at(started + MONTH + 10 * DAY);
    s.impair(&terms).must();
    refused(&mut s, loan_id, LoanStatus::Impaired);
    s.mark_default(&terms).must();
    refused(&mut s, loan_id, LoanStatus::Defaulted);
    s.pass(14 * DAY);
    s.liquidate(&terms).must();
    refused(&mut s, loan_id, LoanStatus::Liquidating);
    s.write_off(loan_id).must();
    s.pass(180 * DAY);
    let actors = s.suite.actors;
    for caller in [actors.admin, s.risk_admin(), s.borrower(), s.stranger()] {
        let error = P::NotCollateralAuction { caller };
        s.by(caller, &P::reopenRecoveryCall { loanId: loan_id })
            .must_revert(error.clone());
        s.by(caller, &P::expireRecoveryCall { loanId: loan_id })
            .must_revert(error);
    }
    // A pause stops deposits, not this.
    s.by(actors.pauser, &P::pauseCall {}).must();
    s.expire(loan_id).must();
    s.reopen(loan_id).must();
    s.by(actors.pauser, &P::unpauseCall {}).must();
    assert!(s.written_off(0) > n(0));
    s.settle(loan_id, usdai(1)).must();
    refused(&mut s, loan_id, LoanStatus::Liquidated);
    assert!(s.try_ask(&P::writtenOffCall { id: n(3) }).is_err());
    s.check(U256::ZERO);
}

/// Three loans in one pool: what is counted is the sum of those that are waited for, whatever becomes of the others. What
/// comes for one whose claims have expired goes the usual way.
#[test]
fn the_claims_of_several_loans_are_told_apart() {
    let mut s = Scene::funded();
    let mut loans = Vec::new();
    for dollars in [30_000_u64, 45_000, 60_001] {
        let mut terms = s.terms();
        terms.principal = usdai(dollars);
        let loan_id = s.borrow(&terms).must();
        loans.push((loan_id, terms));
    }
    s.pass(MONTH + 10 * DAY);
    for (_, terms) in &loans {
        s.mark_default(terms).must();
    }
    s.pass(14 * DAY);
    for (loan_id, terms) in &loans {
        s.liquidate(terms).must();
        s.write_off(*loan_id).must();
        s.check(U256::ZERO);
    }
    let [first, second, third] = [0, 1, 2].map(|index: usize| loans[index].0);
    let sums = |s: &Scene| {
        let told = [first, second, third].map(|loan_id| s.recovery_of(loan_id).0);
        for tranche in 0..3 {
            let sum: U256 = told.iter().map(|claims| claims[tranche]).sum();
            assert_eq!(s.written_off(tranche as u64), sum, "tranche {tranche}");
        }
    };
    sums(&s);
    // The first lends from the senior tranche alone.
    let (claims, _) = s.recovery_of(first);
    assert!(claims[0] > usdai(30_000) && claims[1..] == [n(0); 3]);
    s.pass(DAY);
    s.reopen(second).must();
    let until: u64 = s.recovery_of(second).1.to();
    s.next_at(until - 2);
    s.expire(first).must();
    s.next_at(until - 1);
    s.expire(second).must_revert_with::<P::RecoveryOpen>();
    sums(&s);
    let idle = s.tranche(0).idle;
    s.settle(first, usdai(20_000)).must();
    assert_eq!(s.tranche(0).idle, idle + usdai(19_800));
    sums(&s);
    s.settle(third, usdai(0)).must();
    sums(&s);
    s.next_at(until);
    s.expire(second).must();
    assert_eq!([0, 1, 2].map(|tranche| s.written_off(tranche)), [n(0); 3]);
    s.reopen(second).must();
    sums(&s);
    s.settle(second, usdai(100_000)).must();
    assert_eq!([0, 1, 2].map(|tranche| s.written_off(tranche)), [n(0); 3]);
    s.check(U256::ZERO);
}

/// A tranche that has lost everything takes deposits as long as something is waited for, at its price, and none afterwards.
#[test]
fn a_tranche_with_nothing_but_claims_takes_deposits_for_what_they_cost() {
    let mut s = Scene::new();
    let actors = s.suite.actors;
    s.deposit(actors.alice, 0, usdai(60_000)).must();
    let collateral = s.collateral(120_000);
    let mut terms = s.terms_on(collateral);
    terms.principal = usdai(60_000);
    let loan_id = s.borrow(&terms).must();
    s.pass(MONTH + 10 * DAY);
    s.mark_default(&terms).must();
    s.pass(14 * DAY);
    s.liquidate(&terms).must();
    s.write_off(loan_id).must();
    assert_eq!((s.tranche(0).idle, s.tranche(0).conservative), (n(0), n(0)));
    let snapshot = s.chain.snapshot();
    let shares = s.deposit(actors.bob, 0, usdai(1_000)).must();
    assert!(shares < usdai(1_000));
    assert!(s.redeem(actors.bob, 0, shares).must() < usdai(17));
    assert!(s.chain.revert(snapshot));
    s.pass(180 * DAY);
    s.expire(loan_id).must();
    s.deposit(actors.bob, 0, usdai(1))
        .must_revert(P::WorthlessTranche { tranche: n(0) });
    // The recovery is all theirs who stayed.
    s.reopen(loan_id).must();
    s.settle(loan_id, half_recovered()).must();
    s.pass(30 * DAY);
    let held = s.shares(actors.alice, 0);
    assert!(s.redeem(actors.alice, 0, held).must() > usdai(49_999));
    s.check(U256::ZERO);
}

/// Claims cost who deposits into their tranche one slot that is read, and nobody else anything.
#[test]
fn claims_cost_a_depositor_one_slot() {
    let mut s = Scene::new();
    let actors = s.suite.actors;
    for tranche in [0, 1] {
        s.deposit(actors.alice, tranche, usdai(99_999)).must();
        s.deposit(actors.bob, tranche, usdai(1)).must();
    }
    let loan_id = nearly_all_lent(&mut s);
    let gas = |s: &mut Scene, tranche: u64| {
        let snapshot = s.chain.snapshot();
        let used = s.deposit(actors.bob, tranche, usdai(7)).receipt.gas_used;
        assert!(s.chain.revert(snapshot));
        used
    };
    s.write_off(loan_id).must();
    let [senior, junior] = [0, 1].map(|tranche| gas(&mut s, tranche));
    s.settle(loan_id, usdai(50_000)).must();
    s.pass(31 * DAY);
    let [senior_after, junior_after] = [0, 1].map(|tranche| gas(&mut s, tranche));
    // The gains that have come are in a word of their own, too: less than both slots.
    assert!(senior < senior_after + 2_100 + 1_000, "{senior} and {senior_after}");
    assert!(junior.abs_diff(junior_after) < 500, "{junior} and {junior_after}");
}
