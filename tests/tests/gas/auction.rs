//! The auction: one bid, and settlements of thousands, all of it made by transactions through the vault.

use alloy_primitives::{Address, U256};
use suite::bindings::{IQevAuction, IStakedUSDai};
use suite_tests::staking::salt_of;
use suite_tests::{Expect, World, calls, n, usdai};

use crate::figures::{Actor, Figures};
use crate::meter::{Operation, measure as measure_call};
use crate::vault::programs;

/// Requests that a controller may have at once.
const PER_CONTROLLER: u64 = 50;
/// The lowest and the highest discount.
const DISCOUNTS: (u64, u64) = (25, 2_000);

/// The owner of a request of [`requests`].
fn controller(request: u64) -> Address {
    Address::from_word((U256::from(0xb1dd_e400_u64) + U256::from(request / PER_CONTROLLER)).into())
}

/// So many requests of one share each, and their ids.
fn requests(w: &mut World, count: u64) -> Vec<U256> {
    let desk = w.suite.actors.desk;
    w.stake(desk, 2 * count);
    (0..count)
        .map(|number| {
            if number % PER_CONTROLLER == 0 {
                let transfer = IStakedUSDai::transferCall {
                    to: controller(number),
                    value: usdai(PER_CONTROLLER),
                };
                w.vault(desk, &transfer).must();
            }
            w.request(controller(number), usdai(1))
        })
        .collect()
}

/// The discount of the bid with this number: `levels` of them, as far apart as they can be.
fn discount(number: u64, levels: u64) -> u16 {
    let (lowest, highest) = DISCOUNTS;
    let step = (highest - lowest + 1) / levels;
    u16::try_from(lowest + number % levels * step).expect("at most the highest")
}

/// Settles an epoch with so many revealed bids over so many levels.
fn settlement(figures: &mut Figures, bids: u64, levels: u64) {
    let mut w = World::staked();
    let (vault, actors) = (w.staking().vault, w.suite.actors);
    let strategist = actors.strategist;
    w.to_epoch(0);
    // The auction may spend enough to fill them all, so that it walks every level.
    w.stake(actors.bob, 10 * bids);
    let ids = requests(&mut w, bids);
    for (number, id) in (0..).zip(&ids) {
        w.commit(controller(number), *id, discount(number, levels));
    }
    w.to_reveal(0);
    for (number, id) in (0..).zip(&ids) {
        w.reveal(*id, discount(number, levels));
    }
    let told = w.ask_auction(&IQevAuction::levelsCall { epoch: U256::ZERO });
    assert_eq!(told.discountsBps.len() as u64, levels, "levels with bids");
    w.to_epoch(1);
    let name = format!(
        "sUSDai settleAuction, {} bids over {} levels",
        thousands(bids),
        thousands(levels)
    );
    let operation = Operation {
        actor: Actor::Manager,
        ..Operation::new(&name)
    };
    let programs = programs(&w);
    measure_call(
        &mut w,
        figures,
        &programs,
        &operation,
        (strategist, vault, &calls::settle()),
    );
    let result = w.result_of(0);
    assert_eq!(result.filledShares, usdai(bids), "all are filled");
    assert_eq!(result.clearingDiscountBps, n(DISCOUNTS.0), "at the lowest bid");
    if levels == DISCOUNTS.1 - DISCOUNTS.0 + 1 {
        return;
    }
    // The last of the winners: its bid is folded in by the claim.
    let winner = controller(bids - 1);
    let name = format!("sUSDai redeem 1 of {} won requests", thousands(bids));
    let claim = calls::redeem(usdai(1), winner, winner);
    measure_call(
        &mut w,
        figures,
        &programs,
        &Operation::new(&name),
        (winner, vault, &claim),
    );
}

fn thousands(number: u64) -> String {
    if number < 1_000 {
        number.to_string()
    } else {
        format!("{},{:03}", number / 1_000, number % 1_000)
    }
}

/// One bid from its commitment to its return.
fn one_bid(figures: &mut Figures) {
    let mut w = World::staked();
    let (vault, auction) = (w.staking().vault, w.staking().auction);
    let actors = w.suite.actors;
    let (alice, bob, stranger) = (actors.alice, actors.bob, actors.stranger);
    w.to_epoch(0);
    let programs = programs(&w);
    for account in [alice, bob] {
        w.stake(account, 1_000);
    }
    // Nothing may be spent: both bids come back.
    w.vault(actors.strategist, &calls::announce(0, U256::ZERO)).must();
    let first = w.request(bob, usdai(1));
    w.commit(bob, first, 100);
    let id = w.request(alice, usdai(1));
    let commitment = w.commitment(0, id, 100, salt_of(0, id));
    let commit = IStakedUSDai::commitBidCall {
        requestId: id,
        commitment,
    };
    measure_call(
        &mut w,
        figures,
        &programs,
        &Operation::new("sUSDai commitBid"),
        (alice, vault, &commit),
    );
    let before = w.chain.snapshot();
    let withdraw = IStakedUSDai::withdrawBidCall { requestId: id };
    measure_call(
        &mut w,
        figures,
        &programs,
        &Operation::new("sUSDai withdrawBid"),
        (alice, vault, &withdraw),
    );
    assert!(w.chain.revert(before));
    w.to_reveal(0);
    w.reveal(first, 100);
    let reveal = IQevAuction::revealBidCall {
        requestId: id,
        discountBps: 100,
        salt: salt_of(0, id),
    };
    measure_call(
        &mut w,
        figures,
        &programs,
        &Operation::new("QEV revealBid"),
        (stranger, auction, &reveal),
    );
    w.to_epoch(1);
    w.settle();
    let restore = IQevAuction::restoreCall { requestId: id };
    measure_call(
        &mut w,
        figures,
        &programs,
        &Operation::new("QEV restore"),
        (stranger, auction, &restore),
    );
}

/// A claim of the last of a long queue.
fn long_queue(figures: &mut Figures) {
    let mut w = World::staked();
    let (vault, alice) = (w.staking().vault, w.suite.actors.alice);
    w.to_epoch(0);
    w.stake(alice, 1_000);
    requests(&mut w, 10_000);
    w.request(alice, usdai(1));
    w.to_epoch(1);
    let programs = programs(&w);
    // In steps, so that the price is looked up among several.
    for _ in 0..9 {
        w.service(usdai(1_000));
    }
    w.service(usdai(1_001));
    let claim = calls::redeem(usdai(1), alice, alice);
    let operation = Operation::new("sUSDai redeem 1 request, 10,000 ahead of it");
    measure_call(&mut w, figures, &programs, &operation, (alice, vault, &claim));
}

pub(crate) fn measure(figures: &mut Figures) {
    one_bid(figures);
    long_queue(figures);
    settlement(figures, 1_000, 200);
    settlement(figures, 10_000, 200);
    settlement(figures, 1_976, 1_976);
}
