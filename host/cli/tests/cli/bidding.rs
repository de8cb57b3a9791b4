//! A month with the auction: bids are sealed, kept, revealed, settled, and what they won is claimed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use alloy_primitives::U256;
use serde_json::Value;
use suite::Transact;
use suite::bindings::{IQevAuction, IStakedUSDai};
use suite::uniswap::dollars;

use crate::support::{DAY, World, keys};

/// Two depositors with a request each, in the first bid phase.
fn world_with_requests() -> World {
    let world = World::new();
    for key in [keys::ALICE, keys::BOB] {
        world.give_usdai(world.account(key), 1_000);
        world.run_as(key, &["stake", "all"]).ok();
    }
    world.pass_until(world.suite().staking().unwrap().epoch_start(0) + DAY);
    world.run_as(keys::ALICE, &["unstake", "400"]).ok();
    world.run_as(keys::BOB, &["unstake", "300"]).ok();
    world
}

fn opening_file(told: &Value) -> PathBuf {
    PathBuf::from(told["opening"].as_str().unwrap())
}

#[test]
fn a_month_from_bid_to_claim() {
    let world = world_with_requests();
    let (suite, staking) = (world.suite().clone(), world.suite().staking().unwrap());

    let sealed = world.run_as(keys::ALICE, &["bid", "1", "1.5%"]).ok();
    for expected in [
        "Bid 1.50 % for request 1 in epoch 0",
        "reveal it from",
        "do not lose it",
        "the bond is lost",
    ] {
        assert!(sealed.stdout.contains(expected), "{expected} in {}", sealed.stdout);
    }
    let other = world.json_as(keys::BOB, &["bid", "2", "300bps"]);
    assert_eq!(other["discountBps"], 300);
    assert_eq!(other["bondBps"], 50);
    let file = opening_file(&other);
    assert!(file.starts_with(world.home()), "{}", file.display());
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let kept: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let request = IQevAuction::commitmentOfCall {
        requestId: U256::from(2),
    };
    let on_chain = world.chain().view(staking.auction, &request).to_string();
    assert_eq!(kept["bids"][0]["commitment"], on_chain);

    let position = world.run_as(keys::BOB, &["position"]).ok().stdout;
    assert!(position.contains("at auction, sealed bid in epoch 0"), "{position}");
    assert!(
        position.contains("the opening of the bid on request 2 is kept here: 3.00 %"),
        "{position}"
    );
    let early = world.run_as(keys::ALICE, &["reveal"]);
    assert!(
        early.error().starts_with("bids of epoch 0 are revealed from "),
        "{}",
        early.stderr
    );

    world.pass_until(staking.bid_end(0));
    let late = world.run_as(keys::ALICE, &["bid", "1", "2%"]);
    assert!(
        late.error().starts_with("bids of epoch 0 could be sealed until "),
        "{}",
        late.stderr
    );
    // Both openings are kept here, and anybody may reveal.
    let revealed = world.json_as(keys::STRANGER, &["reveal"]);
    assert_eq!(revealed["revealed"].as_array().unwrap().len(), 2);
    assert_eq!(revealed["epoch"], 0);
    let again = world.run_as(keys::STRANGER, &["reveal", "2"]);
    assert_eq!(again.error(), "the bid on request 2 is revealed already");
    let levels = world.json_as(keys::ALICE, &["position"])["levels"].clone();
    assert_eq!(levels[0]["discountBps"], "300");
    assert_eq!(levels[1]["shares"], "400");
    let shown = world.run_as(keys::ALICE, &["position"]).ok().stdout;
    assert!(shown.contains("Revealed so far") && shown.contains('█'), "{shown}");

    let unsettled = world.run_as(keys::ALICE, &["restore", "1"]);
    assert!(
        unsettled.error().starts_with("epoch 0 is not over"),
        "{}",
        unsettled.stderr
    );
    world.pass_until(staking.epoch_end(0));
    let unsettled = world.run_as(keys::ALICE, &["restore"]);
    assert_eq!(
        unsettled.error(),
        "no request of the account waits to come back from a settled auction"
    );
    let settle = IStakedUSDai::settleAuctionCall {};
    world
        .chain()
        .transact(suite.actors.strategist, staking.vault, &settle)
        .receipt()
        .unwrap();

    let restored = world.json_as(keys::ALICE, &["restore"]);
    assert_eq!(restored["restored"][0], "1");
    let claimed = world.json_as(keys::ALICE, &["claim"]);
    assert_eq!(claimed["shares"], "400");
    // Both bids are filled, so all pay the lower discount.
    let result = IQevAuction::epochResultCall { epoch: U256::ZERO };
    assert_eq!(
        world.chain().view(staking.auction, &result).clearingDiscountBps,
        U256::from(150)
    );
    let paid: f64 = claimed["paid"].as_str().unwrap().parse().unwrap();
    assert!((394.0..396.5).contains(&paid), "{paid}");
    let bob = world.json_as(keys::BOB, &["claim", "--request", "2"]);
    assert_eq!(bob["shares"], "300");
}

#[test]
fn a_second_bid_replaces_the_first_and_loses_neither_opening() {
    let world = world_with_requests();
    let first = world.json_as(keys::ALICE, &["bid", "1", "1%"]);
    let second = world.json_as(keys::ALICE, &["bid", "1", "2%"]);
    assert_eq!(first["opening"], second["opening"]);
    let kept: Value = serde_json::from_slice(&fs::read(opening_file(&second)).unwrap()).unwrap();
    let discounts: Vec<_> = kept["bids"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bid| bid["discountBps"].as_u64().unwrap())
        .collect();
    assert_eq!(discounts, [100, 200]);

    world.run_as(keys::ALICE, &["withdraw-bid", "1"]).ok();
    assert!(opening_file(&second).exists(), "nothing that was kept is taken away");
    let gone = world.run_as(keys::ALICE, &["withdraw-bid", "1"]);
    assert!(
        gone.error().starts_with("request 1 has no sealed bid in epoch 0"),
        "{}",
        gone.stderr
    );

    world.run_as(keys::ALICE, &["bid", "1", "3%"]).ok();
    world.pass_until(world.suite().staking().unwrap().bid_end(0));
    let revealed = world.json_as(keys::ALICE, &["reveal", "1"]);
    assert_eq!(revealed["revealed"][0]["discountBps"], 300);
}

#[test]
fn a_dry_run_keeps_and_sends_nothing_and_a_lost_opening_is_told() {
    let world = world_with_requests();
    let block = world.chain().block_number();
    let dry = world.run_as(keys::ALICE, &["bid", "1", "1%", "--dry-run"]).ok();
    assert!(
        dry.stdout.contains("Nothing was sent: this was a dry run."),
        "{}",
        dry.stdout
    );
    assert!(!world.home().exists(), "no opening of a bid that was not made");
    assert_eq!(world.chain().block_number(), block);

    let told = world.json_as(keys::ALICE, &["bid", "1", "1%"]);
    fs::remove_file(opening_file(&told)).unwrap();
    let position = world.run_as(keys::ALICE, &["position"]).ok().stdout;
    assert!(
        position.contains("careful: the opening of the bid on request 1 is not kept"),
        "{position}"
    );
    world.pass_until(world.suite().staking().unwrap().bid_end(0));
    let lost = world.run_as(keys::ALICE, &["reveal", "1"]);
    assert!(
        lost.error()
            .starts_with("the opening of request 1 in epoch 0 is not kept in "),
        "{}",
        lost.stderr
    );
    let none = world.run_as(keys::ALICE, &["reveal"]);
    assert!(
        none.error().starts_with("no sealed bid of epoch 0 can be opened"),
        "{}",
        none.stderr
    );
}

#[test]
fn a_changed_opening_costs_no_transaction() {
    let world = world_with_requests();
    let file = opening_file(&world.json_as(keys::ALICE, &["bid", "1", "1%"]));
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("\"discountBps\": 100", "\"discountBps\": 101")).unwrap();
    world.pass_until(world.suite().staking().unwrap().bid_end(0));
    let block = world.chain().block_number();
    let run = world.run_as(keys::ALICE, &["reveal", "1"]);
    assert!(
        run.error()
            .starts_with("none of the openings kept for request 1 opens its bid"),
        "{}",
        run.stderr
    );
    assert_eq!(world.chain().block_number(), block);
}

#[test]
fn bids_that_cannot_be_are_refused_before_an_opening_is_kept() {
    let world = world_with_requests();
    for (key, arguments, told) in [
        (
            keys::ALICE,
            &["bid", "1", "30%"][..],
            "a discount of 30.00 % is out of bounds: bid from 0.25 % to 20.00 %",
        ),
        (
            keys::ALICE,
            &["bid", "9", "1%"],
            "there is no request 9, or it was claimed to the end",
        ),
        (
            keys::ALICE,
            &["bid", "2", "1%"],
            "the caller is neither the owner nor his operator",
        ),
        (
            keys::ALICE,
            &["bid", "one", "1%"],
            "\"one\" is no request: write its number",
        ),
    ] {
        let run = world.run_as(key, arguments);
        assert!(run.error().contains(told), "{}", run.stderr);
    }
    assert!(!world.home().exists());
    assert_eq!(
        world.balance(world.suite().staking().unwrap().vault, world.account(keys::ALICE)) / dollars(1, 18),
        U256::from(600)
    );
}
