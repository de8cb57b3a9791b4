//! What the calls on loans cost, beside the Solidity that they replace.

use std::fmt::Write as _;

use alloy_primitives::U256;
use devnet::Receipt;
use suite_tests::report;

use crate::scene::{DAY, Expect, LoanTerms, MONTH, P, Scene, n, usdai};

/// 36 months at level payments on a lot worth 100,000.
fn long_terms(s: &mut Scene, principal: u64) -> LoanTerms {
    let mut terms = s.terms();
    (terms.principal, terms.duration) = (usdai(principal), 36 * MONTH);
    terms
}

fn gas(receipt: &Receipt) -> u64 {
    assert!(receipt.status);
    receipt.gas_used
}

#[test]
fn loans_cost_less_than_those_of_the_live_contracts() {
    let mut s = Scene::funded();
    let borrower = s.borrower();
    s.rich(borrower, usdai(500_000));
    // Everything has been used before: the tranches, the nonces, the fee recipient.
    let warm = long_terms(&mut s, 75_000);
    s.borrow(&warm).must();
    s.pass(DAY);
    s.repay(&warm).must();
    s.prepay(&warm, U256::MAX).must();

    let single = long_terms(&mut s, 50_000);
    let borrow_single = gas(&s.borrow(&single).receipt);
    s.pass(29 * DAY);
    let repay_single = gas(&s.by(borrower, &P::repayCall { terms: single.clone() }).receipt);
    s.prepay(&single, U256::MAX).must();

    let triple = long_terms(&mut s, 75_000);
    let outcome = s.borrow(&triple);
    let borrow_triple = gas(&outcome.receipt);
    let loan_id = outcome.must();
    s.pass(29 * DAY);
    let repay_triple = gas(&s.by(borrower, &P::repayCall { terms: triple.clone() }).receipt);
    s.pass(30 * DAY);
    let in_full = P::prepayCall {
        terms: triple.clone(),
        principal: U256::MAX,
    };
    let snapshot = s.chain.snapshot();
    let repay_full = gas(&s.by(borrower, &in_full).receipt);
    assert!(s.chain.revert(snapshot));

    let started: u64 = s.loan_of(loan_id).startedAt.to();
    s.at(started + 2 * MONTH + 10 * DAY);
    s.mark_default(&triple).must();
    s.pass(14 * DAY);
    let liquidate = gas(&s.liquidate(&triple).receipt);
    let proceeds = gas(&s.settle(loan_id, usdai(60_000)).receipt);

    let (mut table, mut over) = (String::from("\n"), false);
    for (operation, live, ours) in [
        ("borrow, 1 tranche", 333_039, borrow_single),
        ("borrow, 3 tranches", 752_431, borrow_triple),
        ("repay an instalment, 1 tranche", 119_573, repay_single),
        (
            "repay an instalment, 3 tranches, level payment, 36 intervals",
            168_025,
            repay_triple,
        ),
        ("repay in full, 3 tranches", 214_325, repay_full),
        ("liquidate, 3 tranches", 115_843, liquidate),
        ("pay out liquidation proceeds, 3 tranches", 319_319, proceeds),
    ] {
        let percent = ours * 100 / live;
        writeln!(table, "{operation:<62} {live:>8} {ours:>8} {percent:>4} %").expect("a string takes any text");
        over |= ours > live;
    }
    report(&table);
    assert!(!over, "{table}");
    assert_eq!(s.loan_of(loan_id).outstanding, n(0));
}
