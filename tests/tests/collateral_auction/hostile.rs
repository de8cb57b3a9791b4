//! Those who refuse: payments, titles, calls. None of them holds a sale up.

use alloy_primitives::{Address, B256, Bytes, FixedBytes, U256, keccak256};
use alloy_sol_types::SolCall;
use suite::Transact;
use suite::bindings::{IERC20, ITestDollar};

use crate::scene::*;

/// Gives the bidder so much of the dollar.
fn pay(s: &mut Scene, to: Address, value: U256) {
    let (alice, dollar) = (s.suite.actors.alice, s.dollar);
    s.send(alice, dollar, &IERC20::transferCall { to, value }).must();
}

fn selector(signature: &str) -> FixedBytes<4> {
    FixedBytes::from_slice(&keccak256(signature)[..4])
}

/// With a dollar that asks its receivers, a bidder refuses whatever he is paid. He is outbid all the same, and only his
/// own withdrawal fails, until he names somebody who takes the money.
#[test]
fn a_bidder_who_reverts_on_payment_blocks_nobody() {
    let mut s = Scene::with_fixture("AskingDollar");
    let [_, bob, carol] = s.bidders();
    let bidder = s.stubborn_bidder();
    pay(&mut s, bidder, usdai(500));
    let (dollar, auction, stranger) = (s.dollar, s.auction, s.stranger());
    s.send(stranger, dollar, &IAskingDollar::registerCall { account: bidder })
        .must();
    let (alice, amount) = (s.suite.actors.alice, usdai(1));
    s.send(
        alice,
        dollar,
        &IERC20::transferCall {
            to: bidder,
            value: amount,
        },
    )
    .must_revert(IStubbornBidder::Unwilling {
        selector: selector("tokensReceived(address,uint256)"),
    });

    let id = loan(1);
    let collateral = s.listed(id, usdai(100));
    s.act(
        bidder,
        auction,
        &A::bidCall {
            loanId: id,
            amount: usdai(100),
        },
    )
    .must();
    s.bid(bob, id, usdai(200)).must();
    assert_eq!(s.refund_of(bidder), usdai(100));
    s.act(bidder, auction, &A::withdrawRefundCall { receiver: bidder })
        .must_revert(A::SafeERC20FailedOperation { token: dollar });
    assert_eq!(s.refund_of(bidder), usdai(100));
    s.pass_end_of(id);
    s.settle(id).must();
    assert_eq!((s.owner_of(collateral), s.proceeds_of(id)), (bob, usdai(200)));
    s.check_money(&[id], &[bidder, bob, carol], U256::ZERO);
    s.act(bidder, auction, &A::withdrawRefundCall { receiver: carol })
        .must();
    s.check_money(&[id], &[bidder, bob, carol], U256::ZERO);
    assert_eq!(s.obligations(), U256::ZERO);
}

/// The winner refuses ERC-721 tokens and every other call: he gets the title, because nobody asks him.
#[test]
fn a_winner_who_refuses_the_title_gets_it() {
    let mut s = Scene::new();
    let winner = s.stubborn_bidder();
    pay(&mut s, winner, usdai(500));
    let (id, auction) = (loan(1), s.auction);
    let collateral = s.listed(id, usdai(100));
    s.act(
        winner,
        auction,
        &A::bidCall {
            loanId: id,
            amount: usdai(100),
        },
    )
    .must();
    s.pass_end_of(id);
    s.settle(id).must();
    assert_eq!(s.owner_of(collateral), winner);
    assert_eq!(s.proceeds_of(id), usdai(100));
}

/// A court freezes the title, the bailee loses the goods: the title is handed over all the same, and stays frozen.
#[test]
fn a_frozen_title_to_lost_goods_is_sold_like_any_other() {
    let mut s = Scene::new();
    let [alice, bob, _] = s.bidders();
    let (id, titles, admin, bailee) = (loan(1), s.titles, s.suite.actors.admin, s.bailee());
    let collateral = s.listed(id, usdai(100));
    s.bid(alice, id, usdai(100)).must();
    let document = B256::repeat_byte(2);
    let receipt = C::attestReceiptCall {
        tokenId: collateral,
        document,
    };
    s.send(bailee, titles, &receipt).must();
    let loss = C::attestLossCall {
        tokenId: collateral,
        document,
    };
    s.send(bailee, titles, &loss).must();
    let freeze = C::setFrozenCall {
        tokenId: collateral,
        isFrozen: true,
    };
    s.send(admin, titles, &freeze).must();
    s.bid(bob, id, usdai(200)).must();
    s.pass_end_of(id);
    s.settle(id).must();
    assert_eq!(s.owner_of(collateral), bob);
    assert_eq!(s.proceeds_of(id), usdai(200));
    let lot = s.chain.view(titles, &C::lotCall { tokenId: collateral });
    assert_eq!((lot.custody, lot.isFrozen), (Custody::Lost, true));
    s.check_money(&[id], &s.bidders(), U256::ZERO);
}

/// A pool that refuses is told of by name, and nothing has happened: the settlement can be repeated.
#[test]
fn a_pool_that_refuses_undoes_everything() {
    let mut s = Scene::new();
    let [alice, ..] = s.bidders();
    let (id, pool) = (loan(1), s.pool);
    let collateral = s.listed(id, usdai(100));
    s.bid(alice, id, usdai(100)).must();
    s.pass_end_of(id);
    s.set_fault(ITestLiquidations::Fault::RevertWithReason);
    s.settle(id).must_revert(ITestLiquidations::Misbehaved {});
    s.set_fault(ITestLiquidations::Fault::RevertSilently);
    s.settle(id).must_revert(A::ExternalCallFailed { target: pool });
    assert_eq!(s.listing(id).status, Status::Won);
    assert_eq!(s.owner_of(collateral), s.auction);
    assert_eq!(s.obligations(), usdai(100));
    assert_eq!(s.dollars_of(pool), U256::ZERO);
    s.set_fault(ITestLiquidations::Fault::None);
    s.settle(id).must();
    assert_eq!(s.owner_of(collateral), alice);

    let id = loan(2);
    s.liquidate(id, usdai(100));
    s.set_fault(ITestLiquidations::Fault::AnswerTooLittle);
    s.list(id).must_revert(A::ExternalCallFailed { target: pool });
    s.set_fault(ITestLiquidations::Fault::None);
    s.list(id).must();
    for _ in 0..2 {
        s.pass_end_of(id);
        s.relist(id, usdai(100)).must();
    }
    s.pass_end_of(id);
    s.set_fault(ITestLiquidations::Fault::RevertSilently);
    s.write_off(id).must_revert(A::ExternalCallFailed { target: pool });
    assert!(!s.listing(id).isWrittenOff);
    s.set_fault(ITestLiquidations::Fault::None);
    s.write_off(id).must();

    // Nothing is listed again of which the pool does not know.
    let end = s.end_of(id);
    s.set_fault(ITestLiquidations::Fault::RevertWithReason);
    s.relist(id, usdai(100)).must_revert(ITestLiquidations::Misbehaved {});
    s.expire(id).must_revert(ITestLiquidations::Misbehaved {});
    s.set_fault(ITestLiquidations::Fault::RevertSilently);
    s.relist(id, usdai(100))
        .must_revert(A::ExternalCallFailed { target: pool });
    s.expire(id).must_revert(A::ExternalCallFailed { target: pool });
    assert_eq!((s.listing(id).status, s.end_of(id)), (Status::Failed, end));
    s.set_fault(ITestLiquidations::Fault::None);
    s.relist(id, usdai(100)).must();
}

/// A dollar that calls the auction in the middle of a payment is refused there; the payment goes on.
#[test]
fn nobody_comes_in_while_the_auction_calls_out() {
    let mut s = Scene::with_fixture("TestDollar");
    let [alice, bob, _] = s.bidders();
    let (id, dollar, auction, stranger) = (loan(1), s.dollar, s.auction, s.stranger());
    s.listed(id, usdai(100));
    let calls: [Bytes; 4] = [
        A::bidCall {
            loanId: id,
            amount: usdai(900),
        }
        .abi_encode()
        .into(),
        A::settleCall { loanId: id }.abi_encode().into(),
        A::withdrawRefundCall { receiver: stranger }.abi_encode().into(),
        A::obligationsCall {}.abi_encode().into(),
    ];
    let mut amount = usdai(100);
    for (index, data) in calls.into_iter().enumerate() {
        let set = ITestDollar::setHookCall { target: auction, data };
        s.send(stranger, dollar, &set).must();
        s.bid(if index % 2 == 0 { alice } else { bob }, id, amount).must();
        amount += amount;
        let hook = |s: &Scene| {
            let calls = s.chain.view(dollar, &ITestDollar::hookCallsCall {});
            let succeeded = s.chain.view(dollar, &ITestDollar::hookSucceededCall {});
            (calls, succeeded)
        };
        assert_eq!(hook(&s), (n(1), false));
        s.check_money(&[id], &[alice, bob], U256::ZERO);
    }
}

/// Money that nobody bid belongs to nobody, and is never paid out.
#[test]
fn donations_change_nothing() {
    let mut s = Scene::new();
    let [alice, bob, _] = s.bidders();
    let (id, auction) = (loan(1), s.auction);
    pay(&mut s, auction, usdai(77));
    s.listed(id, usdai(100));
    s.bid(alice, id, usdai(100)).must();
    s.bid(bob, id, usdai(200)).must();
    s.withdraw(alice, alice).must();
    s.pass_end_of(id);
    s.settle(id).must();
    assert_eq!(s.proceeds_of(id), usdai(200));
    s.check_money(&[id], &s.bidders(), usdai(77));
}
