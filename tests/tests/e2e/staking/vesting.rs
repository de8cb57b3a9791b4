//! Gains of a settlement reach the price over one epoch, and a new one joins the rest of the last.

use super::prelude::*;

/// Alice's 1,000 are bought at 20 %: a gain of 200 in the first second of epoch 1.
fn gained() -> World {
    let mut w = opened();
    let alice = w.suite.actors.alice;
    let id = w.request(alice, usdai(1_000));
    w.commit(alice, id, 2_000);
    w.to_reveal(0);
    w.reveal(id, 2_000);
    w.to_epoch(1);
    w.settle();
    w
}

#[test]
fn a_gain_vests_in_a_straight_line() {
    let mut w = gained();
    let start = w.now();
    let period = 30 * DAY;
    assert_eq!(w.books().unvested, usdai(200));
    let price = Price {
        nav: usdai(3_010),
        shares: usdai(3_010),
    };
    assert_eq!(w.prices().optimistic, price);
    assert_eq!(w.books().idle, usdai(3_210));
    let mut last = w.prices();
    for elapsed in [
        1,
        2,
        DAY,
        10 * DAY + 7,
        15 * DAY,
        29 * DAY,
        period - 1,
        period,
        period + 5 * DAY,
    ] {
        w.at(start + elapsed);
        let rest = unvested(usdai(200), elapsed, period);
        assert_eq!(w.books().unvested, rest, "after {elapsed}");
        assert_eq!(w.ask_vault(&V::navCall {}), usdai(3_210) - rest);
        assert_eq!(w.ask_vault(&V::conservativeNavCall {}), usdai(3_210) - rest);
        w.prices().assert_not_below(&last, "time");
        last = w.prices();
    }
    assert_eq!(w.books().unvested, U256::ZERO);
}

#[test]
fn a_new_gain_joins_the_rest_and_restarts_the_period() {
    let mut w = gained();
    let bob = w.suite.actors.bob;
    w.pass(5 * DAY);
    let id = w.request(bob, usdai(500));
    w.commit(bob, id, 1_000);
    w.to_reveal(1);
    w.reveal(id, 1_000);
    // Settled half a day late, so that it is not vested when the next one comes.
    let second = w.staking().epoch_end(1) + 12 * 3_600;
    w.at(second);
    let price = w.prices().conservative;
    assert_eq!(price.nav, usdai(3_210), "the first gain is vested by then");
    let cleared = clear(
        &[Bid {
            shares: usdai(500),
            discount: 1_000,
        }],
        price,
        share_of(usdai(3_210), 7_000),
    );
    let second = gain(price, &cleared, U256::ZERO);
    w.settle();
    assert_eq!(w.books().unvested, second);
    let start = w.now();

    // The third one comes half a day before the second is vested.
    let carol = w.suite.actors.carol;
    let id = w.request(carol, usdai(500));
    w.commit(carol, id, 500);
    w.to_reveal(2);
    w.reveal(id, 500);
    w.to_epoch(3);
    let rest = unvested(second, w.now() - start, 30 * DAY);
    assert!(rest > U256::ZERO);
    let price = w.prices().conservative;
    let cleared = clear(
        &[Bid {
            shares: usdai(500),
            discount: 500,
        }],
        price,
        share_of(w.books().idle, 7_000),
    );
    let third = gain(price, &cleared, U256::ZERO);
    let before = w.prices();
    w.settle();
    assert_eq!(w.books().unvested, rest + third);
    w.prices().assert_not_below(&before, "a settlement");
    let start = w.now();
    w.pass(7 * DAY);
    assert_eq!(w.books().unvested, unvested(rest + third, w.now() - start, 30 * DAY));
}

#[test]
fn yield_does_not_vest_it_counts_at_once() {
    let mut w = gained();
    w.accrue_base_yield(100);
    w.harvest();
    assert_eq!(w.books().unvested, usdai(200));
    assert_eq!(w.ask_vault(&V::navCall {}), usdai(3_010) + usdai(90));
}

#[test]
fn a_loss_while_a_gain_vests_makes_the_price_nothing_at_worst() {
    let mut w = gained();
    let (strategist, alice) = (w.suite.actors.strategist, w.suite.actors.alice);
    let pool = w.link_pool();
    w.vault(strategist, &allocate(0, usdai(3_210))).must();
    w.set_pool_value(pool, 0, usdai(150), usdai(150), usdai(150));
    // 150 are left, 200 are not vested yet: nothing, not less than nothing.
    assert_eq!(w.ask_vault(&V::navCall {}), U256::ZERO);
    w.fund_usdai(alice, 1);
    w.vault(alice, &deposit(one(), alice)).must_revert(V::ZeroNav {});
    w.vault(strategist, &deallocate(0, usdai(3_210))).must();
    w.pass(15 * DAY);
    assert_eq!(w.ask_vault(&V::navCall {}), usdai(50));
    w.pass(15 * DAY);
    assert_eq!(w.ask_vault(&V::navCall {}), usdai(150));
}

#[test]
fn cash_that_is_not_vested_pays_all_the_same() {
    // What leaves is priced without the gain; that the cash to pay it comes out of the gain changes no price.
    let mut w = gained();
    let (bob, strategist) = (w.suite.actors.bob, w.suite.actors.strategist);
    let pool = w.link_pool();
    w.vault(strategist, &allocate(0, usdai(3_150))).must();
    let id = w.request(bob, usdai(50));
    // A second gain keeps the first from being vested when bob's turn comes.
    let carol = w.suite.actors.carol;
    let bidding = w.request(carol, usdai(10));
    w.commit(carol, bidding, 2_000);
    w.to_reveal(1);
    w.reveal(bidding, 2_000);
    w.to_epoch(2);
    w.settle();
    w.set_pool_value(pool, 0, usdai(3_150), usdai(3_150), usdai(3_150));
    let before = w.prices();
    let books = w.books();
    assert!(books.unvested > U256::ZERO && books.idle < usdai(56));
    let part = before.conservative.payable(books.idle);
    let paid = w.service(part.min(usdai(50)));
    assert!(paid > U256::ZERO);
    w.prices().assert_not_below(&before, "paying with what is not vested");
    assert!(w.request_of(id).claimableShares > U256::ZERO);
    // The books hold less cash than gains that wait: the loans stand behind them.
    assert!(w.books().idle < w.books().unvested);
    w.pass(30 * DAY);
    assert_eq!(w.ask_vault(&V::navCall {}), w.books().idle + usdai(3_150));
}
