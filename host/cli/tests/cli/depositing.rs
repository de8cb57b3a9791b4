//! Minting, staking, leaving: every command of a depositor, what it prints and what it does.

use alloy_primitives::U256;
use suite::Transact;
use suite::bindings::{IERC20, IStakedUSDai, IUSDai};
use suite::uniswap::dollars;

use crate::support::{DAY, World, keys};

#[test]
fn usdai_is_minted_with_wrapped_m_one_for_one() {
    let world = World::new();
    let (alice, tokens) = (world.account(keys::ALICE), world.suite().tokens);
    world.give(tokens.wm.token, alice, dollars(1_500, 6));

    let run = world.run_as(keys::ALICE, &["mint", "1,000.5"]).ok();
    for expected in [
        "Mint USDai with 1,000.5000 wM",
        "approve USDai to take 1,000.5000 wM",
        "1,500.0000 wM",
        "499.5000 wM",
        "1,000.5000 USDai",
        "fee: about",
        "Done.",
    ] {
        assert!(run.stdout.contains(expected), "{expected} in {}", run.stdout);
    }
    assert!(run.stderr.contains("(1 of 2): sending 0x"), "{}", run.stderr);
    let usdai = world.suite().usdai;
    assert_eq!(world.balance(usdai, alice), dollars(10_005, 17));
    let allowance = IERC20::allowanceCall {
        owner: alice,
        spender: usdai,
    };
    assert_eq!(
        world.chain().view(tokens.wm.token, &allowance),
        U256::ZERO,
        "the approval was exact"
    );

    let all = world.json_as(keys::ALICE, &["mint", "all"]);
    assert_eq!(all["minted"], "499.5");
    assert_eq!(all["dryRun"], false);
    assert_eq!(all["steps"].as_array().unwrap().len(), 2);
    assert!(all["steps"][1]["transaction"].as_str().unwrap().starts_with("0x"));
    assert_eq!(world.balance(tokens.wm.token, alice), U256::ZERO);
    let none = world.run_as(keys::ALICE, &["mint", "all"]);
    assert_eq!(none.error(), "there is no wM to mint with");
}

#[test]
fn a_swap_takes_the_better_route_and_keeps_its_bound() {
    let world = World::new();
    let (alice, tokens) = (world.account(keys::ALICE), world.suite().tokens);
    world.give(tokens.usdc.token, alice, dollars(1_000, 6));
    world.give(tokens.usdt.token, alice, dollars(1_000, 6));

    let direct = world.json_as(keys::ALICE, &["mint", "1000", "--with", "usdc"]);
    let minted: f64 = direct["minted"].as_str().unwrap().parse().unwrap();
    assert!((999.0..1_000.0).contains(&minted), "{minted}");
    // There is no pool of USDT and wM: the way is by USDC.
    let two_pools = world.json_as(keys::ALICE, &["mint", "1000", "--with", "usdt"]);
    let minted: f64 = two_pools["minted"].as_str().unwrap().parse().unwrap();
    assert!((999.0..1_000.0).contains(&minted), "{minted}");
    assert_eq!(two_pools["minted"], two_pools["quote"]);
    let minimum: f64 = two_pools["minimum"].as_str().unwrap().parse().unwrap();
    assert!((minimum / minted - 0.999).abs() < 1e-9, "{minimum}");

    world.give(tokens.usdc.token, alice, dollars(1_000, 6));
    let greedy = world.run_as(keys::ALICE, &["mint", "1000", "--with", "usdc", "--min", "1000"]);
    let refusal = greedy.error();
    assert!(
        refusal.starts_with("cannot mint USDai with 1,000.0000 USDC: the price has moved, 999.8")
            && refusal.ends_with(" wM would come instead of at least 1,000.0000 wM"),
        "{refusal}"
    );

    for (token, side) in [("usdc", tokens.usdc), ("usdt", tokens.usdt)] {
        let before = world.balance(side.token, alice);
        let back = world.json_as(keys::ALICE, &["redeem", "500", "--for", token]);
        let paid: f64 = back["paid"].as_str().unwrap().parse().unwrap();
        assert!((499.0..500.0).contains(&paid), "{paid}");
        assert!(world.balance(side.token, alice) > before);
    }
    let base = world.json_as(keys::ALICE, &["redeem", "100"]);
    assert_eq!(base["paid"], "100");
}

#[test]
fn what_cannot_be_paid_is_refused_before_anything_is_sent() {
    let world = World::new();
    let alice = world.account(keys::ALICE);
    world.give_usdai(alice, 10);
    let block = world.chain().block_number();
    for (arguments, told) in [
        (&["mint", "1"][..], "holds 0.0000 wM, not 1.0000 wM"),
        (
            &["mint", "1.0000001"],
            "1.0000001 has 7 decimals, but the smallest unit is 0.000001: write at most 6",
        ),
        (&["redeem", "11"], "holds 10.0000 USDai, not 11.0000 USDai"),
        (&["stake", "11"], "holds 10.0000 USDai, not 11.0000 USDai"),
        (&["unstake", "all"], "there is no sUSDai to redeem"),
        (
            &["mint", "1", "--with", "doge"],
            "the deployment on local knows no doge; it knows swap-router, usdc, usdt, wm",
        ),
        (&["claim"], "nothing can be claimed now: see usdai position"),
        (
            &["stake", "10", "--min", "10.1"],
            "cannot stake 10.0000 USDai: the price has moved, 10.0000 sUSDai would come instead of at least 10.1000 sUSDai",
        ),
        (
            &["redeem", "10", "--min", "10.000001"],
            "10.0000 wM would come instead of at least 10.0000 wM",
        ),
    ] {
        let run = world.run_as(keys::ALICE, arguments);
        assert!(run.error().contains(told), "{arguments:?}: {}", run.stderr);
        assert!(!run.stderr.contains("sending"), "{}", run.stderr);
    }
    assert_eq!(world.chain().block_number(), block);
    let usage = world.run_as(keys::ALICE, &["mint", "1,5"]);
    assert_eq!(usage.code, 2);
    assert!(usage.stderr.contains("a point the decimals"), "{}", usage.stderr);
}

#[test]
fn a_paused_contract_and_a_missing_whitelist_are_told_in_words() {
    let world = World::new();
    let (alice, actors) = (world.account(keys::ALICE), world.suite().actors);
    world.give(world.suite().tokens.wm.token, alice, dollars(10, 6));
    let usdai = world.suite().usdai;
    world
        .chain()
        .transact(actors.pauser, usdai, &IUSDai::pauseCall {})
        .receipt()
        .unwrap();
    let run = world.run_as(keys::ALICE, &["mint", "10"]);
    assert_eq!(run.error(), "cannot mint USDai with 10.0000 wM: the contract is paused");
    let json = world.run_as(keys::ALICE, &["mint", "10", "--json"]);
    assert_eq!(
        json.json()["error"],
        "cannot mint USDai with 10.0000 wM: the contract is paused"
    );
}

#[test]
fn shares_are_staked_and_put_into_the_queue() {
    let world = World::new();
    let (alice, vault) = (world.account(keys::ALICE), world.suite().staking().unwrap().vault);
    world.give_usdai(alice, 1_000);
    let staked = world.json_as(keys::ALICE, &["stake", "600"]);
    let shares = world.balance(vault, alice);
    assert_eq!(staked["shares"], staked["quote"]);
    assert_eq!(staked["effects"][1]["unit"], "sUSDai");
    assert!(shares > dollars(599, 18) && shares <= dollars(600, 18));

    let first = world.json_as(keys::ALICE, &["unstake", "100"]);
    assert_eq!(first["request"], "1");
    assert_eq!(first["sharesAhead"], "0");
    let second = world.json_as(keys::ALICE, &["unstake", "--usdai", "50"]);
    assert_eq!(second["request"], "2");
    assert_eq!(second["sharesAhead"], "100");
    let worth: f64 = second["worth"].as_str().unwrap().parse().unwrap();
    assert!((worth - 50.0).abs() < 1e-9, "{worth}");
    let third = world.run_as(keys::ALICE, &["unstake", "all"]).ok();
    assert!(third.stdout.contains("from which they do not come back") || third.stdout.contains("request 3"));
    assert_eq!(world.balance(vault, alice), U256::ZERO);

    let position = world.run_as(keys::ALICE, &["position"]).ok().stdout;
    for expected in ["before the first epoch", "100.0000", "its turn may come in 31 days"] {
        assert!(position.contains(expected), "{expected} in {position}");
    }
    let json = world.json_as(keys::ALICE, &["position"]);
    let requests = json["requests"].as_array().unwrap();
    assert_eq!(requests.len(), 3);
    assert_eq!(requests[0]["state"], "queued");
    assert_eq!(requests[1]["sharesAhead"], "100");
    assert_eq!(json["epoch"]["phase"], "before-genesis");
    let balance = world.json_as(keys::ALICE, &["balance"]);
    assert_eq!(balance["queue"]["requests"].as_array().unwrap().len(), 3);
    let small = world.run_as(keys::ALICE, &["stake", "0.5"]).ok();
    assert!(small.stdout.contains("stake 0.5000 USDai"));
    let tiny = world.run_as(keys::ALICE, &["unstake", "0.1"]);
    assert!(tiny.error().contains("is too little to redeem"), "{}", tiny.stderr);
}

#[test]
fn an_operator_is_set_and_dismissed() {
    let world = World::new();
    let (alice, bob) = (world.account(keys::ALICE), world.account(keys::BOB));
    let vault = world.suite().staking().unwrap().vault;
    let is_operator = IStakedUSDai::isOperatorCall {
        controller: alice,
        operator: bob,
    };
    let address = bob.to_string();
    let set = world.run_as(keys::ALICE, &["operator", "set", &address]).ok();
    assert!(
        set.stdout.contains(&format!("make {bob} an operator")),
        "{}",
        set.stdout
    );
    assert!(world.chain().view(vault, &is_operator));
    world.run_as(keys::ALICE, &["operator", "unset", &address]).ok();
    assert!(!world.chain().view(vault, &is_operator));
}

#[test]
fn what_the_queue_paid_is_claimed_by_request_or_as_a_whole() {
    let world = World::new();
    let (alice, usdai) = (world.account(keys::ALICE), world.suite().usdai);
    let staking = world.suite().staking().unwrap();
    world.give_usdai(alice, 1_000);
    world.run_as(keys::ALICE, &["stake", "all"]).ok();
    for shares in ["100", "200", "300"] {
        world.run_as(keys::ALICE, &["unstake", shares]).ok();
    }
    let early = world.run_as(keys::ALICE, &["claim", "--request", "2"]);
    assert!(
        early
            .error()
            .contains("nothing of request 2 can be claimed now: in the queue"),
        "{}",
        early.stderr
    );
    world.pass_until(staking.epoch_end(0) + 1);
    let service = IStakedUSDai::serviceRedemptionsCall {
        shares: dollars(600, 18),
    };
    let strategist = world.suite().actors.strategist;
    world
        .chain()
        .transact(strategist, staking.vault, &service)
        .receipt()
        .unwrap();

    let one = world.json_as(keys::ALICE, &["claim", "--request", "2"]);
    assert_eq!(one["shares"], "200");
    assert_eq!(world.balance(usdai, alice), wei(&one["paid"]));
    let bob = world.account(keys::BOB);
    let rest = world.json_as(keys::ALICE, &["claim", "--to", &bob.to_string()]);
    assert_eq!(rest["shares"], "400");
    assert_eq!(world.balance(usdai, bob), wei(&rest["paid"]));
    let gone = world.run_as(keys::ALICE, &["claim", "--request", "2"]);
    assert_eq!(gone.error(), "there is no request 2, or it was claimed to the end");
    assert!(
        world
            .run_as(keys::ALICE, &["position"])
            .ok()
            .stdout
            .contains("no redemption requests")
    );
    world.pass(DAY);
}

/// An amount of 18 decimals that the command told.
fn wei(value: &serde_json::Value) -> U256 {
    let decimal: usdai_cli::amount::Decimal = value.as_str().unwrap().parse().unwrap();
    decimal.units(18).unwrap()
}
