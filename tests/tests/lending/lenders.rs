//! Lenders: deposits, notices, redemptions, tranche shares, and what cannot be gained by coming at the right moment.

use alloy_primitives::{Address, U256};

use crate::scene::{DAY, Expect, MONTH, P, Scene, n, usdai};

const DEAD: Address = alloy_primitives::address!("000000000000000000000000000000000000dEaD");

fn give_notice(s: &mut Scene, lender: Address, tranche: u64, shares: U256) -> u64 {
    let call = P::giveNoticeCall {
        tranche: n(tranche),
        shares,
    };
    s.by(lender, &call).must();
    s.now()
}

#[test]
fn the_first_deposit_locks_shares_and_later_ones_buy_at_the_value() {
    let mut s = Scene::new();
    let (alice, bob) = (s.suite.actors.alice, s.suite.actors.bob);
    s.deposit(alice, 0, n(1_000_000)).must_revert(P::FirstDepositTooSmall {
        assets: n(1_000_000),
        minimum: n(1_000_000),
    });
    let outcome = s.deposit(alice, 0, usdai(100));
    let event: P::Deposited = s.event(&outcome.receipt);
    let shares = outcome.must();
    assert_eq!(shares, usdai(100) - n(1_000_000));
    assert_eq!(
        (event.assets, event.shares, event.receiver),
        (usdai(100), shares, alice)
    );
    assert_eq!((s.shares(alice, 0), s.shares(DEAD, 0)), (shares, n(1_000_000)));
    assert_eq!(s.ask(&P::totalSupplyCall { id: n(0) }), usdai(100));
    // A gift moves nothing.
    s.give_pool(usdai(50));
    assert_eq!(
        s.ask(&P::previewDepositCall {
            id: n(0),
            assets: usdai(7)
        }),
        usdai(7)
    );
    assert_eq!(s.deposit(bob, 0, usdai(7)).must(), usdai(7));
    assert_eq!(
        s.ask(&P::previewRedeemCall {
            id: n(0),
            shares: usdai(7)
        }),
        usdai(7)
    );
    s.check(usdai(50));
    let cash = s.usdai_of(bob);
    assert_eq!(s.redeem(bob, 0, usdai(7)).must(), usdai(7));
    assert_eq!(s.usdai_of(bob), cash + usdai(7));
    s.check(usdai(50));
}

#[test]
fn deposits_and_redemptions_have_bounds() {
    let mut s = Scene::funded();
    let actors = s.suite.actors;
    let pool = s.pool;
    s.deposit(actors.alice, 3, usdai(1))
        .must_revert(P::InvalidTranche { tranche: n(3) });
    s.deposit(actors.alice, 0, U256::ZERO).must_revert(P::InvalidAmount {});
    for receiver in [Address::ZERO, pool] {
        let (tranche, assets) = (n(0), usdai(1));
        s.by(
            actors.alice,
            &P::deposit_0Call {
                tranche,
                assets,
                receiver,
            },
        )
        .must_revert(P::InvalidAddress {});
        let shares = usdai(1);
        s.by(
            actors.alice,
            &P::redeem_0Call {
                tranche,
                shares,
                receiver,
            },
        )
        .must_revert(P::InvalidAddress {});
    }
    s.redeem(actors.alice, 4, n(1))
        .must_revert(P::InvalidTranche { tranche: n(4) });
    s.redeem(actors.alice, 0, U256::ZERO).must_revert(P::InvalidAmount {});
    let held = s.shares(actors.alice, 0);
    for needed in [held + n(1), U256::MAX] {
        let refused: P::ERC6909InsufficientBalance = s.redeem(actors.alice, 0, needed).must_revert_with();
        assert_eq!(
            (refused.sender, refused.balance, refused.id),
            (actors.alice, held, n(0))
        );
    }
    let poor = actors.bridge;
    let call = P::deposit_0Call {
        tranche: n(0),
        assets: usdai(1),
        receiver: poor,
    };
    s.by(poor, &call)
        .must_revert(P::SafeERC20FailedOperation { token: s.suite.usdai });
    // What is lent cannot be had.
    s.loan();
    let idle = s.tranche(0).idle;
    s.redeem(actors.alice, 0, held).must_revert(P::InsufficientIdle {
        tranche: n(0),
        assets: held,
        idle,
    });
    s.redeem(actors.alice, 0, idle).must();
    s.check(U256::ZERO);
}

#[test]
fn juniors_give_notice_and_leave_in_its_window_only() {
    let mut s = Scene::funded();
    let bob = s.suite.actors.bob;
    let held = s.shares(bob, 1);
    s.redeem(bob, 1, usdai(10)).must_revert(P::InsufficientNotice {
        account: bob,
        tranche: n(1),
        shares: usdai(10),
        noticed: n(0),
    });
    s.by(
        bob,
        &P::giveNoticeCall {
            tranche: n(0),
            shares: n(1),
        },
    )
    .must_revert(P::NoticeNotNeeded {});
    s.by(
        bob,
        &P::giveNoticeCall {
            tranche: n(1),
            shares: n(0),
        },
    )
    .must_revert(P::InvalidAmount {});
    s.by(
        bob,
        &P::giveNoticeCall {
            tranche: n(9),
            shares: n(1),
        },
    )
    .must_revert(P::InvalidTranche { tranche: n(9) });
    let given = give_notice(&mut s, bob, 1, usdai(30));
    assert_eq!(s.shares(bob, 1), held - usdai(30));
    assert_eq!(s.shares(s.pool, 1), usdai(30));
    let notice = s.ask(&P::noticeOfCall { account: bob, id: n(1) });
    let (from, until) = (given + 45 * DAY, given + 52 * DAY);
    assert_eq!(
        (notice.shares, notice.from, notice.until),
        (usdai(30), n(from), n(until))
    );
    let outside = P::OutsideNoticeWindow {
        from: n(from),
        until: n(until),
    };
    s.next_at(from - 1);
    s.redeem(bob, 1, usdai(10)).must_revert(outside.clone());
    s.at(from - 1);
    s.next_at(from);
    assert_eq!(s.redeem(bob, 1, usdai(10)).must(), usdai(10));
    s.at(until - 2);
    s.next_at(until - 1);
    assert_eq!(s.redeem(bob, 1, usdai(10)).must(), usdai(10));
    s.next_at(until);
    s.redeem(bob, 1, usdai(10)).must_revert(outside);
    // A notice that has passed is given anew, with more or without.
    let again = give_notice(&mut s, bob, 1, U256::ZERO);
    let notice = s.ask(&P::noticeOfCall { account: bob, id: n(1) });
    assert_eq!((notice.shares, notice.from), (usdai(10), n(again + 45 * DAY)));
    s.by(bob, &P::cancelNoticeCall { tranche: n(1) }).must();
    assert_eq!(s.shares(bob, 1), held - usdai(20));
    assert_eq!(s.shares(s.pool, 1), n(0));
    s.by(bob, &P::cancelNoticeCall { tranche: n(1) })
        .must_revert(P::InsufficientNotice {
            account: bob,
            tranche: n(1),
            shares: n(0),
            noticed: n(0),
        });
    s.check(U256::ZERO);
}

/// Whoever sees a missed deadline and gives notice then is still there when the loan is in default.
#[test]
fn a_junior_cannot_run_from_a_default_that_he_sees_coming() {
    let mut s = Scene::funded();
    let mut terms = s.terms();
    terms.gracePeriod = 30 * DAY;
    let loan_id = s.borrow(&terms).must();
    let carol = s.suite.actors.carol;
    let started: u64 = s.loan_of(loan_id).startedAt.to();
    let held = s.shares(carol, 2);
    s.at(started + MONTH);
    let given = give_notice(&mut s, carol, 2, held);
    s.at(started + MONTH + 30 * DAY);
    s.mark_default(&terms).must();
    let window = P::OutsideNoticeWindow {
        from: n(given + 45 * DAY),
        until: n(given + 52 * DAY),
    };
    s.redeem(carol, 2, held).must_revert(window);
    // Seventy-five thousand against a haircut value of less than eighty: no provision, and the escrow goes on bearing
    // what the loan brings.
    s.next_at(given + 45 * DAY);
    let refused: P::InsufficientIdle = s.redeem(carol, 2, held).must_revert_with();
    assert_eq!(refused.tranche, n(2));
}

#[test]
fn shares_move_as_erc_6909_says() {
    let mut s = Scene::funded();
    let actors = s.suite.actors;
    let (alice, bob, carol, pool) = (actors.alice, actors.bob, actors.carol, s.pool);
    let (id, amount) = (n(0), usdai(5));
    let outcome = s.by(
        alice,
        &P::transferCall {
            receiver: bob,
            id,
            amount,
        },
    );
    let event: P::Transfer = s.event(&outcome.receipt);
    assert_eq!(
        (event.caller, event.sender, event.receiver, event.amount),
        (alice, alice, bob, amount)
    );
    assert!(outcome.must());
    assert_eq!(s.shares(bob, 0), amount);
    for receiver in [Address::ZERO, pool] {
        s.by(alice, &P::transferCall { receiver, id, amount })
            .must_revert(P::ERC6909InvalidReceiver { receiver });
    }
    let take = |amount| P::transferFromCall {
        sender: bob,
        receiver: carol,
        id,
        amount,
    };
    let refused = P::ERC6909InsufficientAllowance {
        spender: carol,
        allowance: n(0),
        needed: amount,
        id,
    };
    s.by(carol, &take(amount)).must_revert(refused);
    s.by(
        bob,
        &P::approveCall {
            spender: carol,
            id,
            amount,
        },
    )
    .must();
    s.by(carol, &take(usdai(2))).must();
    let allowance = P::allowanceCall {
        owner: bob,
        spender: carol,
        id,
    };
    assert_eq!(s.ask(&allowance), usdai(3));
    s.by(
        bob,
        &P::approveCall {
            spender: carol,
            id,
            amount: U256::MAX,
        },
    )
    .must();
    s.by(carol, &take(usdai(1))).must();
    assert_eq!(s.ask(&allowance), U256::MAX);
    s.by(
        bob,
        &P::approveCall {
            spender: carol,
            id,
            amount: n(0),
        },
    )
    .must();
    s.by(
        bob,
        &P::setOperatorCall {
            spender: carol,
            approved: true,
        },
    )
    .must();
    assert!(s.ask(&P::isOperatorCall {
        owner: bob,
        spender: carol
    }));
    s.by(carol, &take(usdai(1))).must();
    s.by(
        bob,
        &P::setOperatorCall {
            spender: carol,
            approved: false,
        },
    )
    .must();
    assert!(s.by(carol, &take(usdai(1))).result().is_err());
}

#[test]
fn nobody_is_no_party_to_a_transfer_of_shares() {
    let mut s = Scene::funded();
    let actors = s.suite.actors;
    let (bob, carol) = (actors.bob, actors.carol);
    let (id, amount) = (n(0), usdai(5));
    let spender = Address::ZERO;
    s.by(bob, &P::approveCall { spender, id, amount })
        .must_revert(P::ERC6909InvalidSpender { spender });
    s.by(
        bob,
        &P::setOperatorCall {
            spender,
            approved: true,
        },
    )
    .must_revert(P::ERC6909InvalidSpender { spender });
    let from_nobody = P::transferFromCall {
        sender: Address::ZERO,
        receiver: bob,
        id,
        amount: n(0),
    };
    s.by(carol, &from_nobody)
        .must_revert(P::ERC6909InvalidSender { sender: Address::ZERO });
    let refused: P::ERC6909InsufficientBalance = s
        .by(
            bob,
            &P::transferCall {
                receiver: carol,
                id,
                amount,
            },
        )
        .must_revert_with();
    assert_eq!((refused.balance, refused.needed), (n(0), amount));
    // The same account's shares of another tranche are others.
    assert_eq!(s.ask(&P::totalSupplyCall { id: n(3) }), n(0));
    for (interface, known) in [
        ([0x0f, 0x63, 0x2f, 0xb3], true),
        ([0x01, 0xff, 0xc9, 0xa7], true),
        ([0xff; 4], false),
    ] {
        let call = P::supportsInterfaceCall {
            interfaceId: interface.into(),
        };
        assert_eq!(s.ask(&call), known);
    }
}

#[test]
fn a_position_is_worth_what_its_tranches_are() {
    let mut s = Scene::funded();
    s.loan();
    s.pass(10 * DAY);
    let position = |s: &Scene, shares: [U256; 4]| {
        let [shares0, shares1, shares2, shares3] = shares;
        s.try_ask(&P::positionValueCall {
            shares0,
            shares1,
            shares2,
            shares3,
        })
    };
    let value = position(&s, [usdai(50_000), n(0), usdai(50_000), n(0)]).expect("both exist");
    let (senior, junior) = (s.tranche(0), s.tranche(2));
    assert_eq!(value.optimistic, senior.optimistic / n(2) + junior.optimistic);
    assert_eq!(value.conservative, senior.conservative / n(2) + junior.conservative);
    assert!(value.optimistic > value.conservative);
    let nothing = position(&s, [n(0); 4]).expect("nothing is nothing");
    assert_eq!((nothing.optimistic, nothing.conservative), (n(0), n(0)));
    let refused = position(&s, [n(0), n(0), n(0), n(1)]).expect_err("there is none");
    assert_eq!(
        refused.as_error::<P::InvalidTranche>(),
        Some(P::InvalidTranche { tranche: n(3) })
    );
}

/// What a depositor who comes right before an event and leaves right after it takes home, less what he brought.
fn sandwich(s: &mut Scene, event: impl FnOnce(&mut Scene)) -> (U256, U256) {
    let attacker = s.suite.actors.dave;
    let brought = usdai(500_000);
    let shares = s.deposit(attacker, 0, brought).must();
    event(s);
    (s.redeem(attacker, 0, shares).must(), brought)
}

#[test]
fn nobody_gains_by_coming_right_before_a_payment_and_leaving_right_after_it() {
    let mut s = Scene::funded();
    let (loan_id, terms) = s.loan();
    let started: u64 = s.loan_of(loan_id).startedAt.to();
    // On time; late, with a penalty; ahead.
    for (when, what) in [
        (started + MONTH - DAY, 0),
        (started + 2 * MONTH + 5 * DAY, 1),
        (started + 3 * MONTH, 2),
    ] {
        s.at(when);
        let (taken, brought) = sandwich(&mut s, |s| {
            let outcome = s.repay(&terms);
            assert_eq!(s.event::<P::Payment>(&outcome.receipt).penalty > n(0), what == 1);
            outcome.must();
            if what == 2 {
                s.prepay(&terms, usdai(10_000)).must();
            }
        });
        assert!(taken <= brought, "{taken} of {brought}");
        s.check(U256::ZERO);
    }
}

#[test]
fn nobody_gains_around_impairment_default_and_cure() {
    let mut s = Scene::funded();
    let (loan_id, terms) = s.loan();
    let started: u64 = s.loan_of(loan_id).startedAt.to();
    s.at(started + MONTH + 5 * DAY);
    let (taken, brought) = sandwich(&mut s, |s| {
        s.impair(&terms).must();
    });
    assert!(taken <= brought, "impairment: {taken} of {brought}");
    s.at(started + MONTH + 10 * DAY);
    let (taken, brought) = sandwich(&mut s, |s| {
        s.mark_default(&terms).must();
    });
    assert!(taken <= brought, "default: {taken} of {brought}");
    // The cure brings interest of the days in default, which no value knew of.
    s.pass(13 * DAY);
    let before = s.tranche(0);
    let (taken, brought) = sandwich(&mut s, |s| {
        s.cure(&terms).must();
    });
    assert!(taken <= brought, "cure: {taken} of {brought}");
    assert!(s.tranche(0).unvested > before.unvested);
    // With time it is the lenders' who stayed.
    let conservative = s.tranche(0).conservative;
    s.pass(15 * DAY);
    assert!(s.tranche(0).conservative > conservative);
    s.check(U256::ZERO);
}

/// Who says what he expects is refused when something else came first.
#[test]
fn lenders_bound_the_price() {
    let mut s = Scene::funded();
    let [alice, dave] = [s.suite.actors.alice, s.suite.actors.dave];
    let terms = s.terms();
    s.borrow(&terms).must();
    s.rich(dave, usdai(1_000));
    let deposit = |min_shares| P::deposit_1Call {
        tranche: n(0),
        assets: usdai(500),
        receiver: dave,
        minShares: min_shares,
    };
    // A month's interest lies between what he saw and when he comes.
    let seen = s.ask(&P::previewDepositCall {
        id: n(0),
        assets: usdai(500),
    });
    s.pass(MONTH);
    let refused: P::SlippageExceeded = s.by(dave, &deposit(seen)).must_revert_with();
    assert!(refused.minimum == seen && refused.actual < seen);
    let least = seen - usdai(4);
    let shares = s.by(dave, &deposit(least)).must();
    assert!(shares >= least && shares <= refused.actual);
    // All of 100,000 lent is 60,000 of the senior tranche, and lost between what she saw and when she leaves.
    let redeem = |shares, min_assets| P::redeem_1Call {
        tranche: n(0),
        shares,
        receiver: alice,
        minAssets: min_assets,
    };
    let seen = s.ask(&P::previewRedeemCall {
        id: n(0),
        shares: usdai(10_000),
    });
    assert!(seen > usdai(9_900));
    s.lose(&terms);
    s.impair(&terms).must();
    let refused: P::SlippageExceeded = s.by(alice, &redeem(usdai(10_000), seen)).must_revert_with();
    assert!(refused.minimum == seen && refused.actual < usdai(4_100));
    s.by(alice, &redeem(usdai(10_000), refused.actual + n(1)))
        .must_revert(P::SlippageExceeded {
            minimum: refused.actual + n(1),
            actual: refused.actual,
        });
    let paid = s.by(alice, &redeem(usdai(10_000), refused.actual)).must();
    assert_eq!(paid, refused.actual);
    s.check(U256::ZERO);
}
