//! While a loan is in default and curable nothing is settled or serviced: for 14 days at most, whatever the pool says.

use suite::bindings::ITestLoanPool::Fault;

use super::prelude::*;

fn set_cure_end(w: &mut Deployed, pool: Address, end: u64) {
    let call = ITestLoanPool::setLatestCureEndCall {
        cureEnd: U256::from(end),
    };
    w.send(w.suite.actors.admin, pool, &call).must();
}

/// Epoch 1 has begun: alice waits in the queue, bob's bid for its settlement.
fn waiting() -> (World, Address) {
    let mut w = opened();
    let [alice, bob, ..] = users(&w);
    let pool = w.link_pool();
    w.request(alice, usdai(100));
    let id = w.request(bob, usdai(100));
    w.commit(bob, id, 100);
    w.to_reveal(0);
    w.reveal(id, 100);
    w.to_epoch(1);
    (w, pool)
}

#[test]
fn settling_and_servicing_rest_until_the_cure_ends() {
    let (mut w, pool) = waiting();
    let (strategist, stranger) = (w.suite.actors.strategist, w.suite.actors.stranger);
    let end = w.now() + 14 * DAY;
    set_cure_end(&mut w, pool, end);
    let rests = V::LoanInDefault {
        cureEnd: U256::from(end),
    };
    for at in [w.now(), w.now() + 3 * DAY, end - 1] {
        w.at(at);
        for caller in [strategist, stranger] {
            w.vault(caller, &settle()).must_revert(rests.clone());
            w.vault(caller, &service(one())).must_revert(rests.clone());
        }
    }
    w.at(end);
    w.settle();
    w.service(usdai(100));
}

/// What the vault relies on underwriters for: a default that comes within the rest of the one before prolongs it.
#[test]
fn every_further_default_rests_anew_and_the_last_one_ends() {
    let (mut w, pool) = waiting();
    let stranger = w.suite.actors.stranger;
    let mut end = 0;
    for _ in 0..4 {
        end = w.now() + 14 * DAY;
        set_cure_end(&mut w, pool, end);
        w.vault(stranger, &settle()).must_revert(V::LoanInDefault {
            cureEnd: U256::from(end),
        });
        w.at(end - 1);
    }
    w.at(end);
    w.vault(stranger, &settle()).must();
}

#[test]
fn everything_else_goes_on() {
    let (mut w, pool) = waiting();
    let [alice, bob, ..] = users(&w);
    let end = w.now() + 14 * DAY;
    set_cure_end(&mut w, pool, end);
    w.stake(alice, 10);
    let id = w.request(bob, usdai(10));
    w.commit(bob, id, 100);
    w.vault(bob, &withdraw_bid(id)).must();
    w.accrue_base_yield(10);
    w.harvest();
    w.vault(alice, &transfer(bob, one())).must();
    check_sums(&w);
}

#[test]
fn what_was_serviced_before_is_paid() {
    let (mut w, pool) = waiting();
    let alice = w.suite.actors.alice;
    w.settle();
    w.service(usdai(100));
    let end = w.now() + DAY;
    set_cure_end(&mut w, pool, end);
    assert!(w.claim_all(alice) >= usdai(100));
}

#[test]
fn an_end_too_far_away_does_not_bind() {
    let (mut w, pool) = waiting();
    let now = w.now();
    for end in [now + 14 * DAY + 1, now + 365 * DAY, u64::MAX] {
        let start = w.chain.snapshot();
        set_cure_end(&mut w, pool, end);
        w.settle();
        w.service(usdai(100));
        assert!(w.chain.revert(start));
    }
    let call = ITestLoanPool::setLatestCureEndCall { cureEnd: U256::MAX };
    let admin = w.suite.actors.admin;
    w.send(admin, pool, &call).must();
    w.settle();
}

#[test]
fn a_past_end_does_not_bind() {
    let (mut w, pool) = waiting();
    let now = w.now();
    for end in [0, now - DAY, now] {
        set_cure_end(&mut w, pool, end);
    }
    w.settle();
    w.service(usdai(100));
}

#[test]
fn a_pool_that_does_not_answer_stops_what_it_must_allow() {
    let (mut w, pool) = waiting();
    let strategist = w.suite.actors.strategist;
    for (fault, amount) in [(Fault::RevertSilently, n(0)), (Fault::AnswerNothing, n(0))] {
        let call = ITestLoanPool::setFaultCall {
            selector: FixedBytes(suite::bindings::ILoanPool::latestCureEndCall::SELECTOR),
            fault,
            amount,
        };
        let admin = w.suite.actors.admin;
        w.send(admin, pool, &call).must();
        w.vault(strategist, &settle())
            .must_revert(V::ExternalCallFailed { target: pool });
    }
}
