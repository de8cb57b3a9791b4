//! The program as people run it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use alloy_primitives::U256;
use alloy_signer_local::PrivateKeySigner;
use client::artifacts::Artifacts;
use client::bindings::ITestToken;
use client::deployment::Deployment;
use devnet::ChainConfig;
use suite::Transact;
use suite::program::deploy_evm;
use suite::uniswap::Uniswap;

use crate::world::{LOCAL, STRANGER, World};

/// The example of the specification of keystores (Web3 Secret Storage), with the password "testpassword".
const KEYSTORE: &str = r#"{
    "crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": "6087dab2f9fdbbfaddc31a909735c1e6"},
        "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
        "kdf": "pbkdf2",
        "kdfparams": {
            "c": 262144,
            "dklen": 32,
            "prf": "hmac-sha256",
            "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"
        },
        "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"
    },
    "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
    "version": 3
}"#;
/// The key in it.
const STORED_KEY: &str = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d";

/// The program on the local network of a world, without any of the caller's environment.
fn program(world: &World, command: &str) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_deploy"));
    program
        .args([command, "local", "--commit", "0123456789012345678901234567890123456789"])
        .args(["--compiler", "rustc 1.0.0"])
        .arg("--record")
        .arg(world.record_path())
        .env_remove("USDAI_PRIVATE_KEY")
        .env_remove("USDAI_PASSWORD_FILE")
        .env("USDAI_RPC_URL", world.url())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    program
}

fn run(program: &mut Command) -> (bool, String, String) {
    let Output { status, stdout, stderr } = program.output().expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (status.success(), text(stdout), text(stderr))
}

#[test]
fn a_plan_needs_no_key_and_no_ether_and_sends_nothing_and_its_gas_is_enough() {
    let world = World::new();
    let nobody = "0x00000000000000000000000000000000000abcde";
    let before = world.sent();
    let (right, told, _) = run(program(&world, "plan").args(["--account", nobody]));
    assert!(right);
    assert!(
        told.contains("deploy usdai-token to 0x") && told.contains("the deployer 0x"),
        "{told}"
    );
    assert!(told.contains(" has 0.000000 ETH"), "{told}");
    assert_eq!(world.sent(), before);
    assert!(!world.record_path().exists());

    let (right, told, _) = run(&mut program(&world, "plan"));
    assert!(right);
    let line = told.lines().find(|line| line.contains(" gas at ")).expect("a sum");
    let planned: u64 = line.split(" gas").next().unwrap().replace(',', "").parse().unwrap();
    let (right, told, _) = run(&mut program(&world, "deploy"));
    assert!(right, "{told}");
    let used: u64 = {
        let chain = world.chain();
        (before.0 + 1..=chain.block_number())
            .map(|number| chain.block(number).expect("a block").header.gas_used)
            .sum()
    };
    assert!(
        planned >= used && planned <= used * 13 / 10,
        "planned {planned}, used {used}"
    );
    let (_, told, _) = run(&mut program(&world, "plan"));
    assert!(told.contains("\n0 of "), "{told}");
}

#[test]
fn a_deployment_is_verified_and_fails_verification_once_it_is_changed() {
    let world = World::new();
    let (right, told, progress) = run(&mut program(&world, "deploy"));
    assert!(right, "{progress}");
    assert!(told.contains(" comparisons agree"), "{told}");
    assert!(
        progress.contains("[1/") && progress.contains("deployed and verified"),
        "{progress}"
    );

    let (right, told, _) = run(&mut program(&world, "verify"));
    assert!(right, "{told}");
    assert!(
        told.contains("qev-auction -> susdai-vault") && !told.contains("DIFFERS"),
        "{told}"
    );
    assert!(told.contains("the programs must be prolonged within 36"), "{told}");

    let other = world.file("other.toml");
    fs::write(
        &other,
        LOCAL.replace("supply_cap = \"1,000,000,000\"", "supply_cap = \"7\""),
    )
    .unwrap();
    let (right, told, _) = run(program(&world, "verify").arg("--config").arg(&other));
    assert!(!right);
    assert!(
        told.contains("DIFFERS") && told.contains("usdai-token: supply cap (wei)"),
        "{told}"
    );

    world.chain().increase_time(366 * 86_400);
    world.chain().mine(1);
    let (right, _, told) = run(&mut program(&world, "verify"));
    assert!(!right && told.starts_with("error: "), "{told}");
}

/// Every run is killed some moments after so many steps, which become more from run to run.
#[test]
fn killed_over_and_over_a_deployment_comes_to_its_end() {
    let world = World::new();
    let mut kills = 0;
    for steps in 1.. {
        let mut child = program(&world, "deploy").spawn().expect("the program runs");
        let told = BufReader::new(child.stderr.take().expect("what it tells"));
        let lines: Vec<String> = told.lines().take(steps * 3).map(|line| line.expect("text")).collect();
        if lines.len() < steps * 3 {
            assert!(child.wait().expect("its end").success(), "{lines:?}");
            break;
        }
        sleep(Duration::from_millis(steps as u64 * 7 % 20));
        child.kill().expect("killed");
        child.wait().expect("gone");
        kills += 1;
        // Whatever moment it was, the record is a whole one.
        Deployment::read(&world.record_path()).expect("a whole record");
    }
    assert!(kills > 4, "killed {kills} times only");
    let whole = World::new();
    assert!(run(&mut program(&whole, "deploy")).0);
    assert_eq!(world.record(), whole.record());
    assert_eq!(world.block_hash(), whole.block_hash());
}

/// A chain with the id of Arbitrum Sepolia, with wM and Uniswap on it: what is asked for before anything is sent there.
#[test]
fn on_a_public_chain_a_commit_and_a_confirmation_are_asked_for() {
    let world = World::of(ChainConfig {
        chain_id: 421_614,
        ..ChainConfig::default()
    });
    let artifacts = Artifacts::default();
    let (wm, router) = {
        let mut chain = world.chain();
        let owner = chain.accounts()[STRANGER];
        let code = artifacts.creation_code_with("WrappedM", &(500_u32,)).unwrap();
        let wm = deploy_evm(&mut chain, owner, code).unwrap();
        let router = Uniswap::deploy(&mut chain, &artifacts, owner).unwrap().router;
        let mint = ITestToken::mintCall {
            to: chain.accounts()[0],
            amount: U256::from(40_000_000),
        };
        chain.transact(owner, wm, &mint).receipt().unwrap();
        (wm, router)
    };
    let configuration = world.file("local.toml");
    let externals = format!("[externals]\nwm = \"{wm}\"\nswap_router = \"{router}\"\n");
    let text = LOCAL
        .replace("chain_id = 412346", "chain_id = 421614")
        .replace("[fixtures]\nwm_yield = \"5 %\"\n", &externals)
        .replace("[caching]\nenabled = true", "[caching]\nenabled = false");
    fs::write(&configuration, text).unwrap();
    let deploy = |more: &[&str]| {
        let mut deploy = program(&world, "deploy");
        let key = alloy_primitives::hex::encode(world.key().to_bytes());
        deploy
            .arg("--config")
            .arg(&configuration)
            .args(more)
            .env("USDAI_PRIVATE_KEY", key);
        run(&mut deploy)
    };

    let before = world.sent();
    let (right, told, refused) = deploy(&[]);
    assert!(!right && told.contains("deploy usdai-token to 0x"), "{told}");
    assert_eq!(
        refused,
        "error: nothing was sent: confirm with --yes where nobody can be asked\n"
    );
    let (right, _, refused) = deploy(&["--yes", "--commit", "0123456789012345678901234567890123456789-dirty"]);
    assert!(
        !right && refused.contains("must be the sources of a commit"),
        "{refused}"
    );
    assert_eq!(world.sent(), before);
    assert!(!world.record_path().exists());

    let (right, told, refused) = deploy(&["--yes"]);
    assert!(right && told.contains(" comparisons agree"), "{refused}");
    assert_eq!(world.record().chain_id, 421_614);
}

#[test]
fn keys_come_from_a_keystore_or_the_environment_and_known_keys_stay_on_the_local_chain() {
    let world = World::new();
    let of = |told: &str, key: &PrivateKeySigner| {
        assert!(told.contains(&format!("the deployer {}", key.address())), "{told}");
    };

    let (_, told, _) = run(&mut program(&world, "plan"));
    of(&told, &world.key());
    let (_, told, _) = run(program(&world, "plan").args(["--mnemonic-index", "9"]));
    of(&told, &world.chain().signer(STRANGER).clone());
    let key = PrivateKeySigner::random();
    let digits = alloy_primitives::hex::encode(key.to_bytes());
    let (_, told, _) = run(program(&world, "plan").env("USDAI_PRIVATE_KEY", &digits));
    of(&told, &key);
    let (right, _, told) = run(program(&world, "plan").env("USDAI_PRIVATE_KEY", "0xsecret"));
    assert!(!right);
    assert_eq!(told, "error: USDAI_PRIVATE_KEY is not a private key\n");

    let (keystore, password) = (world.file("key.json"), world.file("password"));
    fs::write(&keystore, KEYSTORE).unwrap();
    fs::write(&password, "testpassword\n").unwrap();
    let stored: PrivateKeySigner = STORED_KEY.parse().unwrap();
    let mut with_keystore = program(&world, "plan");
    with_keystore.arg("--keystore").arg(&keystore);
    let (_, told, _) = run(with_keystore.env("USDAI_PASSWORD_FILE", &password));
    of(&told, &stored);
    fs::write(&password, "wrong").unwrap();
    let (right, _, told) = run(with_keystore.env("USDAI_PASSWORD_FILE", &password));
    assert!(!right && told.contains("cannot open the keystore"), "{told}");
    let (right, _, told) = run(with_keystore.env_remove("USDAI_PASSWORD_FILE"));
    assert!(
        !right && told.contains("name a file with it in USDAI_PASSWORD_FILE"),
        "{told}"
    );

    // On a public chain a key must be given, and it must be one that not everybody knows.
    let public = world.file("public.toml");
    let externals = "[externals]\nwm = \"0x437cc33344a0B27A429f795ff6B469C72698B291\"\nswap_router = \
                     \"0x101F443B4d1b059569D643917553c771E1b9663E\"\n";
    let text = LOCAL
        .replace("chain_id = 412346", "chain_id = 421614")
        .replace("[fixtures]\nwm_yield = \"5 %\"\n", externals)
        .replace("[caching]\nenabled = true", "[caching]\nenabled = false");
    fs::write(&public, text).unwrap();
    let (right, _, told) = run(program(&world, "deploy").arg("--config").arg(&public));
    assert!(!right);
    assert_eq!(
        told,
        "error: no key: give --keystore <file>, or set USDAI_PRIVATE_KEY\n"
    );
    let (right, _, told) = run(program(&world, "deploy")
        .args(["--mnemonic-index", "0", "--config"])
        .arg(&public));
    assert!(
        !right && told.contains("they are for the local chain (412346) only, not for chain 421614"),
        "{told}"
    );
}
