//! What holds for every command: networks, keys, output, and what `balance` says.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::sync::Arc;

use alloy_signer_local::PrivateKeySigner;
use devnet::{Chain, ChainConfig, rpc};
use parking_lot::Mutex;
use suite::uniswap::dollars;

use crate::support::{Run, World, keys};

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

/// The first account of the test mnemonic.
const FIRST: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
/// Its key.
const FIRST_KEY: &str = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

fn with(world: &World, variable: (&str, &str), arguments: &[&str]) -> Run {
    let (name, value) = variable;
    Run::of(&world.command(arguments).env(name, value).output().unwrap())
}

#[test]
fn keys_come_from_everywhere_but_the_command_line() {
    let world = World::new();
    world.give_usdai(FIRST.parse().unwrap(), 10);
    let second = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
    let operator = ["operator", "unset", second, "--json"];

    let none = world.run(&operator);
    assert!(
        none.error().contains("--keystore FILE, or USDAI_PRIVATE_KEY"),
        "{}",
        none.stderr
    );
    let wrong = with(&world, ("USDAI_PRIVATE_KEY", "0xfeed"), &operator);
    assert_eq!(
        wrong.error(),
        "USDAI_PRIVATE_KEY does not hold a private key: 64 hexadecimal digits"
    );
    with(&world, ("USDAI_PRIVATE_KEY", FIRST_KEY), &operator).ok();

    for flags in [&["--private-key", FIRST_KEY][..], &["--private-key"]] {
        let refused = world.run(&[&["balance"][..], flags].concat());
        assert!(
            refused
                .error()
                .contains("a key on the command line can be read by everybody"),
            "{}",
            refused.stderr
        );
        assert!(!refused.stderr.contains("ac0974") && !refused.stdout.contains("ac0974"));
    }

    let keystore = world.folder().join("key.json");
    let signer: PrivateKeySigner = FIRST_KEY.parse().unwrap();
    let random = &mut rand_of_keystores::thread_rng();
    PrivateKeySigner::encrypt_keystore(world.folder(), random, signer.to_bytes(), "a secret", Some("key.json"))
        .unwrap();
    let keystore = keystore.to_str().unwrap();
    let arguments = [&operator[..], &["--keystore", keystore]].concat();
    let unasked = world.run(&arguments);
    assert!(
        unasked
            .error()
            .contains("name a file that holds it in USDAI_PASSWORD_FILE"),
        "{}",
        unasked.stderr
    );
    let password = world.folder().join("password");
    std::fs::write(&password, "wrong\n").unwrap();
    let locked = with(&world, ("USDAI_PASSWORD_FILE", password.to_str().unwrap()), &arguments);
    assert!(
        locked.error().contains("wrong password, or no keystore"),
        "{}",
        locked.stderr
    );
    std::fs::write(&password, "a secret\n").unwrap();
    with(&world, ("USDAI_PASSWORD_FILE", password.to_str().unwrap()), &arguments).ok();
    let missing = world.run(&["balance", "--keystore", "nowhere.json"]);
    assert_eq!(missing.error(), "there is no keystore nowhere.json");
}

#[test]
fn an_account_without_its_key_can_look_and_try_but_not_send() {
    let world = World::new();
    world.give_usdai(FIRST.parse().unwrap(), 10);
    let block = world.chain().block_number();
    let dry = world
        .run(&["--account", FIRST, "--dry-run", "stake", "10", "--json"])
        .ok()
        .json();
    assert_eq!(dry["dryRun"], true);
    assert_eq!(dry["shares"], serde_json::Value::Null);
    assert_eq!(dry["effects"][0]["after"], "0", "the effect is simulated");
    assert!(dry["steps"][1]["gas"].as_u64().unwrap() > 21_000);
    let unsigned = world.run(&["--account", FIRST, "--yes", "stake", "10"]);
    assert!(
        unsigned.error().starts_with("no key to sign with"),
        "{}",
        unsigned.stderr
    );
    let other = world.run_as(keys::BOB, &["--account", FIRST, "stake", "10"]);
    assert!(other.error().contains("but --account names"), "{}", other.stderr);
    assert_eq!(world.chain().block_number(), block);
}

#[test]
fn spending_is_confirmed_or_refused() {
    let world = World::new();
    world.give_usdai(world.account(keys::ALICE), 10);
    let block = world.chain().block_number();
    let unasked = world.run(&["--mnemonic-index", "7", "stake", "10"]);
    assert_eq!(
        unasked.error(),
        "this spends 10.0000 USDai, and nobody is at a terminal to confirm it: say so with --yes, or look first with \
         --dry-run"
    );
    assert_eq!(world.chain().block_number(), block);
    // What costs gas alone is not asked about.
    world.run(&["--mnemonic-index", "7", "operator", "unset", FIRST]).ok();
}

#[test]
fn networks_nodes_and_chains_must_fit() {
    let world = World::new();
    let unknown = world.run(&["--network", "moon", "balance", "--account", FIRST]);
    assert!(
        unknown
            .error()
            .contains("there is no deployments/moon.json here or above"),
        "{}",
        unknown.stderr
    );
    let down = world.run(&[
        "--rpc-url",
        "http://127.0.0.1:1/v2/secret",
        "balance",
        "--account",
        FIRST,
    ]);
    let told = down.error();
    assert!(
        told.starts_with("cannot reach the node at http://127.0.0.1:1 ("),
        "{told}"
    );
    assert!(told.contains("refused") && told.contains("is it running?"), "{told}");
    assert!(!told.contains("secret"), "a URL may hold a key: {told}");
    let record = world.folder().join("deployments/local.json");
    let text = std::fs::read_to_string(&record).unwrap();
    let folder = world.folder().join("others");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("arbitrum-one.json"), text.replace("412346", "42161")).unwrap();
    let others = ["--deployments", "others", "--network", "arbitrum-one"];
    let foreign = world.run(&[&others[..], &["balance", "--account", FIRST]].concat());
    assert!(
        foreign
            .error()
            .contains("is of the chain 412346, but the deployment \"local\" is on the chain 42161"),
        "{}",
        foreign.stderr
    );
}

#[test]
fn test_keys_and_test_money_are_for_the_local_chain_only() {
    let elsewhere = ChainConfig {
        chain_id: 42_161,
        ..ChainConfig::default()
    };
    let chain = Arc::new(Mutex::new(Chain::new(elsewhere)));
    let server = rpc::serve(chain, SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0)).unwrap();
    let world = World::new();
    let record = world.folder().join("deployments/local.json");
    let text = std::fs::read_to_string(&record).unwrap();
    std::fs::write(&record, text.replace("412346", "42161")).unwrap();
    let url = server.url();
    for (arguments, told) in [
        (&["local", "advance", "1 day"][..], "this is for the local chain only"),
        (
            &["local", "fund", "--account", FIRST],
            "this is for the local chain only",
        ),
        (
            &["--mnemonic-index", "0", "balance"],
            "--mnemonic-index is for the local chain only",
        ),
    ] {
        let run = world.run(&[&["--rpc-url", &url][..], arguments].concat());
        assert!(run.error().contains(told), "{}", run.stderr);
    }
    server.stop();
}

#[test]
fn help_has_examples_and_shells_get_completions() {
    let world = World::new();
    for command in [
        "balance",
        "mint",
        "redeem",
        "stake",
        "unstake",
        "bid",
        "reveal",
        "claim",
        "position",
        "restore",
        "withdraw-bid",
        "operator",
    ] {
        let help = world.run(&[command, "--help"]).ok();
        assert!(help.stdout.contains("Examples:"), "{command}: {}", help.stdout);
        assert!(!help.stdout.contains("private-key"), "{command}");
    }
    for shell in ["bash", "zsh", "fish"] {
        let completions = world.run(&["completions", shell]).ok();
        assert!(completions.stdout.contains("withdraw-bid"), "{shell}");
    }
}

#[test]
fn a_reader_that_goes_away_ends_the_command_in_silence() {
    let world = World::new();
    for arguments in [
        &["completions", "bash"][..],
        &["balance", "--account", FIRST],
        &["local", "accounts"],
    ] {
        let mut command = world.command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let run = Run::of(&child.wait_with_output().unwrap()).ok();
        assert_eq!(run.stderr, "", "{arguments:?}");
    }
}
