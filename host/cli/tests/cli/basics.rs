//! What holds for every command: networks, keys, output, and what `balance` says.

use suite::uniswap::dollars;

use crate::support::{World, keys};

#[test]
fn a_balance_is_told_to_people_and_machines() {
    let world = World::new();
    let alice = world.account(keys::ALICE);
    world.give_usdai(alice, 1_000);
    world.give(world.suite().tokens.usdc.token, alice, dollars(250, 6));

    let told = world.run(&["balance", "--account", &alice.to_string()]).ok();
    for expected in ["USDai", "1,000.0000", "USDC", "250.0000", "9,999."] {
        assert!(told.stdout.contains(expected), "{expected} in {}", told.stdout);
    }
    assert_eq!(told.stderr, "");
    assert!(!told.stdout.contains('\x1b'), "no colours into a pipe");

    let json = world.run_as(keys::ALICE, &["balance", "--json"]).ok().json();
    assert_eq!(json["account"], alice.to_string());
    let symbols: Vec<_> = json["tokens"]
        .as_array()
        .unwrap()
        .iter()
        .map(|token| token["symbol"].as_str().unwrap())
        .collect();
    assert_eq!(symbols, ["ETH", "wM", "USDC", "USDT", "USDai"]);
    assert_eq!(json["tokens"][4]["balance"], "1000");
    assert_eq!(json["susdai"]["balance"], "0");
    assert_eq!(json["susdai"]["price"], "1");
}
