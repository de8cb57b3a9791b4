//! Test money and time.

use suite::uniswap::dollars;

use crate::support::{DAY, World, keys};

#[test]
fn an_account_is_given_test_money() {
    let world = World::new();
    let (alice, tokens) = (world.account(keys::ALICE), world.suite().tokens);
    let told = world.json_as(keys::ALICE, &["local", "fund"]);
    assert_eq!(told["balances"].as_array().unwrap().len(), 4);
    for side in [tokens.wm, tokens.usdc, tokens.usdt] {
        assert_eq!(world.balance(side.token, alice), dollars(100_000, 6));
    }
    // No key is needed to give, and somebody who has nothing gets ether too.
    let nobody = "0x00000000000000000000000000000000000abcde";
    world.run(&["--account", nobody, "local", "fund"]).ok();
    assert_eq!(world.chain().balance(nobody.parse().unwrap()), dollars(100, 18));
    let one = world
        .run(&[
            "--account",
            nobody,
            "local",
            "fund",
            "--token",
            "usdc",
            "--amount",
            "7.5",
        ])
        .ok();
    assert!(one.stdout.contains("7.5000 USDC more"), "{}", one.stdout);
    assert_eq!(
        world.balance(tokens.usdc.token, nobody.parse().unwrap()),
        dollars(1_000_075, 5)
    );
}

#[test]
fn time_passes_by_a_duration_or_to_a_date() {
    let world = World::new();
    let before = world.now();
    let told = world.run(&["local", "advance", "27 days"]).ok();
    assert_eq!(world.now(), before + 27 * DAY);
    assert!(
        told.stdout.starts_with("27 days later, it is 2026-01-28"),
        "{}",
        told.stdout
    );
    let json = world
        .run(&["local", "advance", "--to", "2026-03-01", "--json"])
        .ok()
        .json();
    assert_eq!(json["after"].as_u64().unwrap(), world.now());
    assert_eq!(world.now(), 1_772_323_200);
    let past = world.run(&["local", "advance", "--to", "2026-01-01"]);
    assert!(past.error().contains("is past"), "{}", past.stderr);
}

#[test]
fn accounts_are_listed_with_what_they_may_do() {
    let world = World::new();
    let told = world.run(&["local", "accounts", "--json"]).ok().json();
    let accounts = told["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 24);
    assert_eq!(accounts[7]["account"], world.account(keys::ALICE).to_string());
    let roles = accounts[10]["roles"].to_string();
    assert!(roles.contains("susdai-vault: STRATEGY_ADMIN"), "{roles}");
    assert_eq!(accounts[7]["roles"].as_array().unwrap().len(), 0);
}
