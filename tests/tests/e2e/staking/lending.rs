//! Lending to the pool and taking back: the vault's own count, and a pool that misbehaves.

use suite::bindings::ITestLoanPool::Fault;
use suite::bindings::{ILoanPool, ITestLoanPool};

use super::prelude::*;

fn misbehave<C: SolCall>(w: &mut Deployed, pool: Address, fault: Fault, amount: U256) {
    let call = ITestLoanPool::setFaultCall {
        selector: FixedBytes(C::SELECTOR),
        fault,
        amount,
    };
    w.send(w.suite.actors.admin, pool, &call).must();
}

fn held(w: &Deployed, tranche: u64) -> U256 {
    w.ask_vault(&V::trancheSharesCall {
        tranche: U256::from(tranche),
    })
}

#[test]
fn each_tranche_is_counted_by_itself() {
    let mut w = opened();
    let (strategist, vault) = (w.suite.actors.strategist, w.staking().vault);
    let pool = w.link_pool();
    for (tranche, amount) in [(0, 100), (1, 200), (2, 300), (3, 400)] {
        let outcome = w.vault(strategist, &allocate(tranche, usdai(amount)));
        assert_eq!(
            w.vault_event::<V::Allocated>(&outcome.receipt),
            V::Allocated {
                tranche: U256::from(tranche),
                assets: usdai(amount),
                shares: usdai(amount)
            }
        );
        assert_eq!(outcome.must(), usdai(amount));
        assert_eq!(held(&w, tranche), usdai(amount));
    }
    assert_eq!(w.books().idle, usdai(4_010 - 1_000));
    assert_eq!(w.allowance(w.suite.usdai, vault, pool), U256::ZERO);
    assert_eq!(w.ask_vault(&V::navCall {}), usdai(4_010));
    for (tranche, amount) in [(3, 400), (1, 150), (0, 100)] {
        let outcome = w.vault(strategist, &deallocate(tranche, usdai(amount)));
        assert_eq!(
            w.vault_event::<V::Deallocated>(&outcome.receipt),
            V::Deallocated {
                tranche: U256::from(tranche),
                shares: usdai(amount),
                assets: usdai(amount)
            }
        );
        assert_eq!(outcome.must(), usdai(amount));
    }
    assert_eq!(
        [0, 1, 2, 3].map(|tranche| held(&w, tranche)),
        [U256::ZERO, usdai(50), usdai(300), U256::ZERO]
    );
    assert_eq!(w.books().idle, usdai(4_010 - 350));
    assert_eq!(w.ask_vault(&V::navCall {}), usdai(4_010));
}

#[test]
fn more_than_is_idle_or_held_is_refused() {
    let mut w = opened();
    let strategist = w.suite.actors.strategist;
    let pool = w.link_pool();
    w.vault(strategist, &allocate(0, U256::ZERO))
        .must_revert(V::InvalidAmount {});
    w.vault(strategist, &deallocate(0, U256::ZERO))
        .must_revert(V::InvalidAmount {});
    for assets in [usdai(4_010) + n(1), U256::from(1) << 128, U256::MAX] {
        w.vault(strategist, &allocate(0, assets))
            .must_revert(V::InsufficientBalance {});
    }
    w.vault(strategist, &allocate(0, usdai(4_010))).must();
    for shares in [usdai(4_010) + n(1), U256::from(1) << 128, U256::MAX] {
        w.vault(strategist, &deallocate(0, shares))
            .must_revert(V::InsufficientTrancheShares {
                tranche: U256::ZERO,
                shares,
                held: usdai(4_010),
            });
    }
    w.vault(strategist, &deallocate(1, n(1)))
        .must_revert(V::InsufficientTrancheShares {
            tranche: n(1),
            shares: n(1),
            held: U256::ZERO,
        });
    // What the pool cannot pay now.
    w.set_pool_value(pool, 0, usdai(4_010), usdai(4_010), usdai(10));
    w.vault(strategist, &deallocate(0, usdai(11)))
        .must_revert(ITestLoanPool::InsufficientIdle {
            tranche: U256::ZERO,
            assets: usdai(11),
            idle: usdai(10),
        });
    w.vault(strategist, &deallocate(0, usdai(10))).must();
}

#[test]
fn there_are_four_tranches_at_most() {
    let mut w = opened();
    let strategist = w.suite.actors.strategist;
    w.link_pool();
    let vault = w.staking().vault;
    for tranche in [n(4), n(256), U256::from(1) << 64, U256::MAX] {
        let call = V::deallocateCall { tranche, shares: one() };
        w.vault(strategist, &call).must_revert(V::InvalidTranche { tranche });
        let Err(reverted) = w.chain.try_view(strategist, vault, &V::trancheSharesCall { tranche }) else {
            panic!("tranche {tranche} is told")
        };
        check_error(&reverted, &V::InvalidTranche { tranche });
        let call = V::allocateCall { tranche, assets: one() };
        w.vault(strategist, &call)
            .must_revert(ITestLoanPool::NoSuchTranche { tranche });
    }
}

#[test]
fn gifts_of_tranche_shares_do_not_count() {
    let mut w = opened();
    let (strategist, bob, vault) = (w.suite.actors.strategist, w.suite.actors.bob, w.staking().vault);
    let pool = w.link_pool();
    w.vault(strategist, &allocate(0, usdai(100))).must();
    w.mint_usdai(bob, 500);
    let usdai_address = w.suite.usdai;
    w.allow(usdai_address, bob, pool);
    for tranche in [0, 1] {
        let call = ILoanPool::deposit_0Call {
            tranche: U256::from(tranche),
            assets: usdai(250),
            receiver: bob,
        };
        w.send(bob, pool, &call).must();
        let gift = ITestLoanPool::transferCall {
            receiver: vault,
            id: U256::from(tranche),
            amount: usdai(250),
        };
        w.send(bob, pool, &gift).must();
    }
    assert_eq!((held(&w, 0), held(&w, 1)), (usdai(100), U256::ZERO));
    assert_eq!(w.ask_vault(&V::navCall {}), usdai(4_010));
    w.vault(strategist, &deallocate(0, usdai(100) + n(1)))
        .must_revert_with::<V::InsufficientTrancheShares>();
    w.vault(strategist, &deallocate(0, usdai(100))).must();
}

#[test]
fn a_gain_or_a_loss_of_the_tranche_comes_back_with_its_shares() {
    let mut w = opened();
    let (strategist, admin) = (w.suite.actors.strategist, w.suite.actors.admin);
    let pool = w.link_pool();
    w.vault(strategist, &allocate(0, usdai(1_000))).must();
    w.mint_usdai(admin, 100);
    w.usdai(
        admin,
        &IUSDai::transferCall {
            to: pool,
            value: usdai(100),
        },
    )
    .must();
    w.set_pool_value(pool, 0, usdai(1_100), usdai(1_100), usdai(1_100));
    assert_eq!(w.vault(strategist, &deallocate(0, usdai(500))).must(), usdai(550));
    w.set_pool_value(pool, 0, usdai(550), usdai(200), usdai(200));
    assert_eq!(w.ask_vault(&V::navCall {}), usdai(4_010 - 1_000 + 550 + 550));
    assert_eq!(
        w.ask_vault(&V::conservativeNavCall {}),
        usdai(4_010 - 1_000 + 550 + 200)
    );
    assert_eq!(w.vault(strategist, &deallocate(0, usdai(500))).must(), usdai(200));
    assert_eq!(w.ask_vault(&V::navCall {}), usdai(4_010 - 1_000 + 550 + 200));
    assert_eq!(w.books().idle, usdai(4_010 - 1_000 + 550 + 200));
}

#[test]
fn a_pool_that_fails_is_named_or_speaks_for_itself() {
    let mut w = opened();
    let strategist = w.suite.actors.strategist;
    let pool = w.link_pool();
    w.vault(strategist, &allocate(0, usdai(100))).must();
    let failed = V::ExternalCallFailed { target: pool };
    let reason = ITestLoanPool::Misbehaved { amount: n(7) };

    misbehave::<ILoanPool::deposit_0Call>(&mut w, pool, Fault::RevertWithReason, n(7));
    w.vault(strategist, &allocate(0, usdai(1))).must_revert(reason.clone());
    for fault in [Fault::RevertSilently, Fault::AnswerNothing, Fault::MoveLess] {
        misbehave::<ILoanPool::deposit_0Call>(&mut w, pool, fault, n(1));
        w.vault(strategist, &allocate(0, usdai(1))).must_revert(failed.clone());
    }
    misbehave::<ILoanPool::deposit_0Call>(&mut w, pool, Fault::MoveMore, n(1));
    w.vault(strategist, &allocate(0, usdai(1)))
        .must_revert(IUSDai::ERC20InsufficientAllowance {
            spender: pool,
            allowance: usdai(1),
            needed: usdai(1) + n(1),
        });
    misbehave::<ILoanPool::deposit_0Call>(&mut w, pool, Fault::Overstate, U256::from(1) << 128);
    w.vault(strategist, &allocate(0, usdai(1)))
        .must_revert_with::<V::ValueTooLarge>();
    assert_eq!((w.books().idle, held(&w, 0)), (usdai(3_910), usdai(100)));

    misbehave::<ILoanPool::redeem_0Call>(&mut w, pool, Fault::RevertWithReason, n(7));
    w.vault(strategist, &deallocate(0, usdai(1)))
        .must_revert(reason.clone());
    for fault in [Fault::RevertSilently, Fault::AnswerNothing] {
        misbehave::<ILoanPool::redeem_0Call>(&mut w, pool, fault, n(1));
        w.vault(strategist, &deallocate(0, usdai(1)))
            .must_revert(failed.clone());
    }
    // Credited is what it says, and no more than what arrives.
    misbehave::<ILoanPool::redeem_0Call>(&mut w, pool, Fault::Overstate, usdai(5));
    assert_eq!(w.vault(strategist, &deallocate(0, usdai(1))).must(), usdai(1));
    misbehave::<ILoanPool::redeem_0Call>(&mut w, pool, Fault::MoveLess, n(3));
    assert_eq!(w.vault(strategist, &deallocate(0, usdai(1))).must(), usdai(1) - n(3));
    misbehave::<ILoanPool::redeem_0Call>(&mut w, pool, Fault::MoveMore, n(3));
    assert_eq!(w.vault(strategist, &deallocate(0, usdai(1))).must(), usdai(1));
    assert_eq!(w.books().idle, usdai(3_913) - n(3));

    // A price that cannot be asked for is no price.
    let alice = w.suite.actors.alice;
    w.fund_usdai(alice, 1);
    misbehave::<ILoanPool::positionValueCall>(&mut w, pool, Fault::RevertWithReason, n(7));
    w.vault(alice, &deposit(one(), alice)).must_revert(reason);
    for fault in [Fault::RevertSilently, Fault::AnswerNothing] {
        misbehave::<ILoanPool::positionValueCall>(&mut w, pool, fault, n(1));
        w.vault(alice, &deposit(one(), alice)).must_revert(failed.clone());
    }
    // Who has been serviced is paid all the same, and transfers go on.
    misbehave::<ILoanPool::positionValueCall>(&mut w, pool, Fault::None, n(0));
    let id = w.request(alice, usdai(10));
    w.to_epoch(1);
    w.service(usdai(10));
    misbehave::<ILoanPool::positionValueCall>(&mut w, pool, Fault::RevertSilently, n(0));
    assert!(w.claim_all(alice) > U256::ZERO);
    assert_eq!(w.request_of(id).pendingShares, U256::ZERO);
    let bob = w.suite.actors.bob;
    w.vault(alice, &transfer(bob, one())).must();
    misbehave::<ILoanPool::positionValueCall>(&mut w, pool, Fault::None, n(0));
}

#[test]
fn nothing_is_lent_while_bids_wait_for_their_settlement() {
    let mut w = opened();
    let (alice, strategist) = (w.suite.actors.alice, w.suite.actors.strategist);
    w.link_pool();
    let id = w.request(alice, usdai(100));
    w.commit(alice, id, 100);
    // Until the bid phase ends the bids are not known, and the manager is free.
    let second = w.staking().bid_end(0) - 1;
    w.at(second);
    w.vault(strategist, &allocate(0, usdai(10))).must();
    w.to_reveal(0);
    for _ in 0..2 {
        w.vault(strategist, &allocate(0, usdai(10)))
            .must_revert(V::SettlementPending {});
        w.to_public(0);
    }
    // Taking back is always allowed: it enlarges what can be paid.
    w.vault(strategist, &deallocate(0, usdai(10))).must();
    w.settle();
    w.vault(strategist, &allocate(0, usdai(10))).must();
}

#[test]
fn without_bids_lending_goes_on() {
    let mut w = opened();
    let (alice, strategist) = (w.suite.actors.alice, w.suite.actors.strategist);
    w.link_pool();
    let id = w.request(alice, usdai(100));
    w.commit(alice, id, 100);
    w.vault(alice, &withdraw_bid(id)).must();
    w.to_reveal(0);
    w.vault(strategist, &allocate(0, usdai(10))).must();
    w.to_epoch(1);
    w.vault(strategist, &allocate(0, usdai(10))).must();
}

#[test]
fn what_buys_no_share_of_a_tranche_is_not_lent() {
    let mut w = opened();
    let strategist = w.suite.actors.strategist;
    let pool = w.link_pool();
    w.vault(strategist, &allocate(0, usdai(100))).must();
    // A share of the tranche is worth two units and more: one unit buys none.
    w.set_pool_value(pool, 0, usdai(250), usdai(100), usdai(100));
    w.vault(strategist, &allocate(0, n(2))).must_revert(V::InvalidAmount {});
    assert_eq!(w.vault(strategist, &allocate(0, n(3))).must(), n(1));
    assert_eq!((w.books().idle, held(&w, 0)), (usdai(3_910) - n(3), usdai(100) + n(1)));
}

#[test]
fn notice_is_passed_on_and_changes_no_value() {
    let mut w = opened();
    let (strategist, stranger, vault) = (w.suite.actors.strategist, w.suite.actors.stranger, w.staking().vault);
    let (tranche, shares) = (n(1), usdai(150));
    let give = V::giveNoticeCall { tranche, shares };
    let cancel = V::cancelNoticeCall { tranche };
    w.vault(strategist, &give).must_revert(V::LoanPoolNotSet {});
    let pool = w.link_pool();
    w.vault(strategist, &allocate(1, usdai(200))).must();
    let refusal = |account: Address| V::AccessControlUnauthorizedAccount {
        account,
        neededRole: role_id("STRATEGY_ADMIN_ROLE"),
    };
    w.vault(stranger, &give).must_revert(refusal(stranger));
    w.vault(stranger, &cancel).must_revert(refusal(stranger));
    let (prices, counted) = (w.prices(), held(&w, 1));
    let outcome = w.vault(strategist, &give);
    assert_eq!(
        w.vault_event::<V::NoticeGiven>(&outcome.receipt),
        V::NoticeGiven { tranche, shares }
    );
    outcome.must();
    let noticed = |w: &Deployed| -> U256 {
        let call = ITestLoanPool::noticeOfCall { owner: vault, tranche };
        w.chain.view(pool, &call)
    };
    assert_eq!(noticed(&w), shares);
    assert_eq!((w.prices(), held(&w, 1)), (prices, counted));
    let outcome = w.vault(strategist, &cancel);
    assert_eq!(
        w.vault_event::<V::NoticeCancelled>(&outcome.receipt),
        V::NoticeCancelled { tranche }
    );
    outcome.must();
    assert_eq!(noticed(&w), U256::ZERO);
    misbehave::<ILoanPool::giveNoticeCall>(&mut w, pool, Fault::RevertSilently, U256::ZERO);
    w.vault(strategist, &give)
        .must_revert(V::ExternalCallFailed { target: pool });
}
