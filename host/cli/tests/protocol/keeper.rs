//! `usdai keeper --once`: each of its jobs, what it costs, and that a second run does nothing.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::sol;
use client::bindings::ICollateralAuction;
use client::stylus::ARB_WASM;
use serde_json::Value;
use suite::bindings::ILoanPool::LoanStatus;
use suite::bindings::IQevAuction::RequestState;
use suite::bindings::{IQevAuction, IStakedUSDai};

use crate::scene::{
    GRACE, MONTH, amount, auction, borrow, endow, event, fund, is_settled, keys, month_with_bids, request_state, send,
    status, store, vault, view, waiting, whole,
};
use crate::support::{DAY, Run, World};

/// Runs a keeper once.
fn once(world: &World, key: u32, more: &[&str]) -> Run {
    let all = [&["keeper", "--once", "--json"][..], more].concat();
    world.run_as(key, &all)
}

/// The lines of a run.
pub(crate) fn lines(run: &Run) -> Vec<Value> {
    run.stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

/// The jobs of which something was done, in order.
pub(crate) fn done(run: &Run) -> Vec<String> {
    let lines = lines(run);
    let done = lines.iter().filter(|line| line["outcome"] == "done");
    done.map(|line| line["job"].as_str().unwrap().to_owned()).collect()
}

sol! {
    /// What Arbitrum says of a renewal.
    interface IRenewals {
        event ProgramLifetimeExtended(bytes32 indexed codehash, uint256 dataFee);
    }
}

/// Wei that the renewal of a line paid as data fee.
fn data_fee(world: &World, line: &Value) -> U256 {
    let hash: B256 = line["transaction"].as_str().unwrap().parse().unwrap();
    let chain = world.chain();
    let receipt = chain.receipt(hash).expect("it was mined");
    event::<IRenewals::ProgramLifetimeExtended>(receipt, ARB_WASM).dataFee
}

/// Transactions and ether of an account.
fn purse(world: &World, account: Address) -> (u64, U256) {
    let chain = world.chain();
    (chain.nonce(account), chain.balance(account))
}

#[test]
fn nothing_due_costs_nothing() {
    let world = World::new();
    let before = purse(&world, world.account(keys::STRANGER));
    let run = once(&world, keys::STRANGER, &["--enforce"]).ok();
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
    assert_eq!(purse(&world, world.account(keys::STRANGER)), before);
}

#[test]
fn the_managers_keeper_takes_an_auction_through_its_end() {
    let world = month_with_bids();
    let staking = world.suite().staking().unwrap();
    let strategist = keys::STRATEGIST;
    assert_eq!(
        once(&world, strategist, &[]).ok().stdout,
        "",
        "nobody reveals in the bid phase"
    );
    world.pass_until(staking.bid_end(0));
    let dry = world.run_as(strategist, &["keeper", "--once", "--dry-run"]).ok();
    assert_eq!(dry.stdout.matches("would").count(), 2, "{}", dry.stdout);
    assert!(
        dry.stdout.contains("reveal the bid of 3.00 % on request 2"),
        "{}",
        dry.stdout
    );
    assert_eq!(request_state(&world, 2).state, RequestState::Sealed);

    let run = once(&world, strategist, &[]).ok();
    assert_eq!(
        done(&run),
        ["reveal", "reveal"],
        "two openings are kept here: {}",
        run.stdout
    );
    assert!(!amount(&lines(&run)[0]["fee"]).is_zero());
    assert_eq!(request_state(&world, 2).discountBps, U256::from(300));
    assert_eq!(once(&world, strategist, &[]).ok().stdout, "");

    world.pass_until(staking.epoch_end(0));
    let stranger = once(&world, keys::STRANGER, &[]).ok();
    assert_eq!(stranger.stdout, "", "it is the manager's for three days");
    let run = once(&world, strategist, &[]).ok();
    assert_eq!(
        done(&run),
        ["settle", "restore", "restore", "service"],
        "{}",
        run.stdout
    );
    assert!(is_settled(&world, 0));
    assert_eq!(waiting(&world)[0], U256::ZERO);
    assert_eq!(request_state(&world, 4).state, RequestState::Queued);
    assert_eq!(once(&world, strategist, &[]).ok().stdout, "");
    let left = view(&world, auction(&world), &IQevAuction::unservicedSharesCall {});
    assert_eq!(left.eligible, U256::ZERO, "the idle assets paid for all");
}

#[test]
fn anybodys_keeper_does_what_the_manager_leaves_undone() {
    let world = month_with_bids();
    let staking = world.suite().staking().unwrap();
    world.pass_until(staking.bid_end(0));
    once(&world, keys::STRANGER, &["--only", "reveal"]).ok();
    world.pass_until(staking.epoch_end(0) + 3 * DAY);
    let settled = once(&world, keys::STRANGER, &["--only", "settle"]).ok();
    assert_eq!(done(&settled), ["settle"]);
    assert_eq!(
        once(&world, keys::STRANGER, &["--only", "settle,service"]).ok().stdout,
        "",
        "losing bids come first"
    );
    let rest = once(&world, keys::STRANGER, &[]).ok();
    assert_eq!(done(&rest), ["restore", "restore", "service"], "{}", rest.stdout);
}

#[test]
fn a_default_keeps_the_keeper_waiting() {
    let world = World::new();
    let staking = world.suite().staking().unwrap();
    fund(&world);
    let (_, loan) = borrow(&world, 1);
    let alice = world.account(keys::ALICE);
    crate::scene::stake(&world, alice, 1_000);
    crate::scene::request(&world, alice, 500);
    world.pass_until(staking.epoch_end(0) + 11 * DAY);
    let run = once(&world, keys::STRATEGIST, &["--enforce"]).ok();
    let done = done(&run);
    assert!(
        done.contains(&"service".to_owned()) && done.contains(&"default".to_owned()),
        "{}",
        run.stdout
    );
    crate::scene::request(&world, alice, 400);
    world.pass(13 * DAY);
    assert_eq!(status(&world, loan), LoanStatus::Defaulted);
    let waits = world.run(&["manager", "status"]).ok().stdout;
    assert!(!waits.contains("liquidate"), "{waits}");
    assert_eq!(once(&world, keys::STRATEGIST, &["--enforce"]).ok().stdout, "");
}

#[test]
fn loans_that_default_are_taken_through_to_the_sale_when_it_is_told_so() {
    let world = World::new();
    fund(&world);
    let (_, loan) = borrow(&world, 1);
    world.pass(MONTH + GRACE);
    assert_eq!(once(&world, keys::STRANGER, &[]).ok().stdout, "", "it was not told so");
    assert_eq!(done(&once(&world, keys::STRANGER, &["--enforce"]).ok()), ["default"]);
    assert_eq!(
        once(&world, keys::STRANGER, &["--enforce"]).ok().stdout,
        "",
        "it can be cured"
    );
    world.pass(14 * DAY);
    let run = once(&world, keys::STRANGER, &["--enforce"]).ok();
    assert_eq!(done(&run), ["liquidate", "list"], "{}", run.stdout);
    assert_eq!(status(&world, loan), LoanStatus::Liquidating);
    let auction = world.suite().credit().unwrap().auction;
    let listing = view(&world, auction, &ICollateralAuction::listingCall { loanId: loan });
    let bidder = world.account(keys::BOB);
    endow(&world, bidder, auction, 300_000);
    let bid = ICollateralAuction::bidCall {
        loanId: loan,
        amount: listing.reserve,
    };
    send(&world, bidder, auction, &bid);
    assert_eq!(once(&world, keys::STRANGER, &[]).ok().stdout, "", "bids are taken");
    world.pass(4 * DAY);
    assert_eq!(done(&once(&world, keys::STRANGER, &[]).ok()), ["sell"]);
    assert_eq!(status(&world, loan), LoanStatus::Liquidated);
    assert_eq!(once(&world, keys::STRANGER, &["--enforce"]).ok().stdout, "");
}

#[test]
fn programs_are_renewed_before_they_expire_and_activated_after() {
    let world = World::new();
    world.pass(200 * DAY);
    assert_eq!(once(&world, keys::STRANGER, &[]).ok().stdout, "", "165 days are left");
    let soon = once(
        &world,
        keys::STRANGER,
        &["--only", "renew", "--renew-before", "200 days", "--dry-run"],
    )
    .ok();
    assert_eq!(lines(&soon).len(), 13);
    world.pass(110 * DAY);
    let account = world.account(keys::STRANGER);
    let before = purse(&world, account);
    let run = once(&world, keys::STRANGER, &["--only", "renew"]).ok();
    assert_eq!(done(&run).len(), 13, "{}", run.stdout);
    let after = purse(&world, account);
    assert_eq!(after.0, before.0 + 13);
    // What was sent along beyond the data fees came back.
    let fees: U256 = lines(&run).iter().map(|line| amount(&line["fee"])).sum();
    let data_fees: U256 = lines(&run).iter().map(|line| data_fee(&world, line)).sum();
    assert!(data_fees > U256::ZERO);
    assert_eq!(before.1 - after.1, fees + data_fees);
    let programs = world.run(&["manager", "status", "--json"]).ok().json()["programs"].clone();
    for program in programs.as_array().unwrap() {
        assert!(program["secondsLeft"].as_u64().unwrap() > 364 * DAY, "{program}");
    }
    assert_eq!(
        once(
            &world,
            keys::STRANGER,
            &["--only", "renew", "--renew-before", "5 years"]
        )
        .ok()
        .stdout,
        ""
    );

    world.pass(367 * DAY);
    let expired = world.run(&["manager", "status"]);
    assert!(
        expired.error().contains("usdai keeper --once --only renew"),
        "{}",
        expired.stderr
    );
    let run = once(&world, keys::STRANGER, &["--only", "renew"]).ok();
    assert_eq!(done(&run).len(), 13, "{}", run.stdout);
    assert!(
        run.stdout.contains("activate susdai-vault again, which has expired"),
        "{}",
        run.stdout
    );
    world.run(&["manager", "status"]).ok();
}

#[test]
fn no_transaction_costs_more_than_it_may() {
    let world = month_with_bids();
    world.pass_until(world.suite().staking().unwrap().bid_end(0));
    let account = world.account(keys::STRANGER);
    let before = purse(&world, account);
    let run = once(&world, keys::STRANGER, &["--max-fee", "0.000001"]);
    assert!(
        run.stderr.contains("2 of what is due was left undone"),
        "{}",
        run.stderr
    );
    assert_eq!(run.code, 1);
    let told = lines(&run);
    assert!(
        told[0]["reason"]
            .as_str()
            .unwrap()
            .contains("above the limit of 0.000001 ETH"),
        "{}",
        told[0]
    );
    assert_eq!(purse(&world, account), before);
    assert_eq!(request_state(&world, 2).state, RequestState::Sealed);
}

#[test]
fn an_empty_purse_is_said_and_a_missing_key_refused() {
    let world = month_with_bids();
    world.pass_until(world.suite().staking().unwrap().bid_end(0));
    let keyless = world.run(&["keeper", "--once"]);
    assert!(keyless.error().contains("no key to sign with"), "{}", keyless.stderr);
    let account = world.account(40);
    assert_eq!(world.chain().balance(account), U256::ZERO);
    let run = world.run_as(40, &["keeper", "--once"]);
    assert_eq!(run.code, 1);
    assert!(
        run.stdout.contains("failed") && run.stdout.contains("holds 0 ETH"),
        "{}",
        run.stdout
    );
    let zero = world.run_as(keys::STRANGER, &["keeper", "--interval", "0 s"]);
    assert!(zero.error().contains("would never rest"), "{}", zero.stderr);
}

#[test]
fn a_queue_that_cannot_be_paid_is_not_serviced_in_trickles() {
    let world = World::new();
    let staking = world.suite().staking().unwrap();
    let alice = world.account(keys::ALICE);
    crate::scene::stake(&world, alice, 10_000);
    world.pass_until(staking.epoch_start(0) + DAY);
    crate::scene::request(&world, alice, 9_000);
    let allocate = IStakedUSDai::allocateCall {
        tranche: U256::ZERO,
        assets: whole(9_000),
    };
    send(&world, world.suite().actors.strategist, vault(&world), &allocate);
    world.pass_until(staking.epoch_end(0));
    let run = once(&world, keys::STRATEGIST, &[]).ok();
    assert_eq!(done(&run), ["service"], "{}", run.stdout);
    assert!(waiting(&world)[1] > whole(7_900));
    assert_eq!(once(&world, keys::STRATEGIST, &[]).ok().stdout, "");
    world.pass(4 * DAY);
    assert_eq!(once(&world, keys::STRANGER, &[]).ok().stdout, "");
}

#[test]
fn a_broken_file_of_openings_keeps_nothing_else_from_being_done() {
    let world = month_with_bids();
    let staking = world.suite().staking().unwrap();
    world.pass_until(staking.bid_end(1));
    store(&world).seal(1, U256::from(2), 25, 0).unwrap();
    std::fs::write(store(&world).file(1, U256::from(2)), "{").unwrap();
    let run = once(&world, keys::STRANGER, &["--renew-before", "334 days"]);
    assert_eq!(run.code, 1);
    let told = lines(&run);
    let blamed = told.iter().find(|line| line["outcome"] == "failed").unwrap();
    assert!(
        blamed["reason"].as_str().unwrap().contains("holds no openings"),
        "{blamed}"
    );
    let done = done(&run);
    assert_eq!(done.iter().filter(|job| *job == "renew").count(), 13, "{}", run.stdout);
    assert!(done.contains(&"settle".to_owned()), "{}", run.stdout);
}
