//! A local chain with the whole suite on it, served over JSON-RPC, and the built `usdai` command run against it.
//!
//! Every test gets a chain as it was right after the deployment, and a folder of its own with the deployment's record
//! and the command's secrets.
#![allow(dead_code, reason = "every target uses a part of it")]

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex as Shared, PoisonError};

use alloy_primitives::{Address, B256, U256, keccak256};
use client::deployment::{DeployedContract, Deployment, names};
use devnet::rpc::{self, ServerHandle};
use devnet::{Chain, ChainConfig};
use parking_lot::{Mutex, MutexGuard};
use serde_json::Value;
use suite::bindings::{IERC20, ITestToken, IUSDai};
use suite::uniswap::dollars;
use suite::{CreditConfig, Suite, SuiteConfig, Transact};
use tempfile::TempDir;

/// Seconds of a day.
pub(crate) const DAY: u64 = 86_400;

/// The places of some actors among the keys of the test mnemonic.
pub(crate) mod keys {
    /// A depositor.
    pub(crate) const ALICE: u32 = 7;
    /// Another one.
    pub(crate) const BOB: u32 = 8;
    /// Holds nothing but ether.
    pub(crate) const STRANGER: u32 = 9;
    /// Settles and services.
    pub(crate) const STRATEGIST: u32 = 10;
    /// A third depositor.
    pub(crate) const CAROL: u32 = 11;
}

/// A deployed chain that no test is using.
struct Deployed {
    chain: Arc<Mutex<Chain>>,
    suite: Suite,
    server: ServerHandle,
    fresh: u64,
}

static SHELF: Shared<Vec<Deployed>> = Shared::new(Vec::new());

/// A chain with the suite, for one test.
pub(crate) struct World {
    deployed: Option<Deployed>,
    folder: TempDir,
}

/// What a run of the command came to.
#[derive(Debug)]
pub(crate) struct Run {
    /// The exit code.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl Run {
    /// What the process left behind.
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().expect("the command ended by itself"),
            stdout: String::from_utf8(output.stdout.clone()).expect("text"),
            stderr: String::from_utf8(output.stderr.clone()).expect("text"),
        }
    }

    /// The same, of a run that must have succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{}{}", self.stdout, self.stderr);
        self
    }

    /// What a failed run said on standard error, behind `error: `.
    #[track_caller]
    pub(crate) fn error(&self) -> &str {
        assert_eq!(self.code, 1, "{}{}", self.stdout, self.stderr);
        let line = self.stderr.lines().find_map(|line| line.strip_prefix("error: "));
        line.unwrap_or_else(|| panic!("no error in {}", self.stderr))
    }

    /// The one JSON value on standard output, and nothing else.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }
}

impl World {
    /// A chain as it was right after the deployment.
    pub(crate) fn new() -> Self {
        let shelved = SHELF.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let deployed = shelved.unwrap_or_else(deploy);
        let folder = TempDir::new().expect("a folder");
        let records = folder.path().join("deployments");
        fs::create_dir(&records).expect("a folder");
        record(&deployed.chain.lock(), &deployed.suite)
            .write(&records.join("local.json"))
            .expect("the record is written");
        Self {
            deployed: Some(deployed),
            folder,
        }
    }

    fn deployed(&self) -> &Deployed {
        self.deployed.as_ref().expect("it is there until it is dropped")
    }

    /// The chain, in process.
    pub(crate) fn chain(&self) -> MutexGuard<'_, Chain> {
        self.deployed().chain.lock()
    }

    /// The chain for another thread.
    pub(crate) fn shared_chain(&self) -> Arc<Mutex<Chain>> {
        Arc::clone(&self.deployed().chain)
    }

    /// What is deployed.
    pub(crate) fn suite(&self) -> &Suite {
        &self.deployed().suite
    }

    /// Where the chain is served.
    pub(crate) fn url(&self) -> String {
        self.deployed().server.url()
    }

    /// The folder in which the command runs.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where the command keeps what must not be lost.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder().join("home")
    }

    /// The command with these arguments, in an environment of its own.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_usdai"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("USDAI_") {
                command.env_remove(name);
            }
        }
        command
            .args(arguments)
            .current_dir(self.folder())
            .env("USDAI_RPC_URL", self.url())
            .env("USDAI_HOME", self.home())
            .stdin(Stdio::null());
        command
    }

    /// Runs the command.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(&self.command(arguments).output().expect("the command runs"))
    }

    /// Runs the command with a key of the test mnemonic and without questions.
    pub(crate) fn run_as(&self, key: u32, arguments: &[&str]) -> Run {
        let key = key.to_string();
        let all = [&["--mnemonic-index", &key, "--yes"][..], arguments].concat();
        self.run(&all)
    }

    /// As [`World::run_as`], for a run that succeeds and answers in JSON.
    #[track_caller]
    pub(crate) fn json_as(&self, key: u32, arguments: &[&str]) -> Value {
        self.run_as(key, &[arguments, &["--json"]].concat()).ok().json()
    }

    /// The address of a key of the test mnemonic.
    pub(crate) fn account(&self, key: u32) -> Address {
        let key = usize::try_from(key).expect("a small number");
        suite::wallet::key_of(&self.chain(), key).expect("a key").address()
    }

    /// What an account holds of a token.
    pub(crate) fn balance(&self, token: Address, account: Address) -> U256 {
        self.chain().view(token, &IERC20::balanceOfCall { account })
    }

    /// Lets so much time pass.
    pub(crate) fn pass(&self, seconds: u64) {
        let mut chain = self.chain();
        chain.increase_time(seconds);
        chain.mine(1);
    }

    /// Lets time pass until a moment.
    pub(crate) fn pass_until(&self, moment: u64) {
        let mut chain = self.chain();
        chain.set_next_block_timestamp(moment).expect("a later moment");
        chain.mine(1);
    }

    /// The time of the newest block.
    pub(crate) fn now(&self) -> u64 {
        self.chain().timestamp()
    }

    /// Gives an account so many whole units of a test token.
    pub(crate) fn give(&self, token: Address, account: Address, amount: U256) {
        let mint = ITestToken::mintCall { to: account, amount };
        let admin = self.suite().actors.admin;
        self.chain()
            .transact(admin, token, &mint)
            .receipt()
            .expect("the double mints");
    }

    /// Gives an account USDai, minted with wM.
    pub(crate) fn give_usdai(&self, account: Address, whole: u64) {
        let (wm, usdai) = (self.suite().tokens.wm.token, self.suite().usdai);
        let amount = dollars(whole, 6);
        self.give(wm, account, amount);
        let mut chain = self.chain();
        let approve = IERC20::approveCall {
            spender: usdai,
            value: amount,
        };
        chain.transact(account, wm, &approve).receipt().expect("an approval");
        let deposit = IUSDai::deposit_0Call {
            depositToken: wm,
            depositAmount: amount,
            usdaiAmountMinimum: dollars(whole, 18),
            recipient: account,
        };
        chain.transact(account, usdai, &deposit).receipt().expect("a deposit");
    }
}

impl Drop for World {
    /// Takes the chain back to its first state and to the next test; one whose test failed is given up.
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        if let Some(mut deployed) = self.deployed.take() {
            {
                let mut chain = deployed.chain.lock();
                assert!(chain.revert(deployed.fresh), "the first state is known");
                deployed.fresh = chain.snapshot();
            }
            SHELF.lock().unwrap_or_else(PoisonError::into_inner).push(deployed);
        }
    }
}

fn deploy() -> Deployed {
    let mut chain = Chain::new(ChainConfig::default());
    let config = SuiteConfig {
        credit: Some(CreditConfig::default()),
        ..SuiteConfig::default()
    };
    let suite = Suite::deploy(&mut chain, &config).expect("the suite is deployed");
    let fresh = chain.snapshot();
    let chain = Arc::new(Mutex::new(chain));
    let address = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0);
    let server = rpc::serve(Arc::clone(&chain), address).expect("a free port");
    Deployed {
        chain,
        suite,
        server,
        fresh,
    }
}

/// The record that a deployment leaves behind.
fn record(chain: &Chain, suite: &Suite) -> Deployment {
    let mut deployment = Deployment {
        network: "local".into(),
        chain_id: chain.config().chain_id,
        block: chain.block_number(),
        ..Deployment::default()
    };
    let tokens = &suite.tokens;
    for (name, address) in [
        ("wm", tokens.wm.token),
        ("usdc", tokens.usdc.token),
        ("usdt", tokens.usdt.token),
        ("swap-router", suite.uniswap.router),
    ] {
        deployment.externals.insert(name.into(), address);
    }
    let staking = suite.staking().expect("staking is deployed");
    let credit = suite.credit().expect("credit is deployed");
    let own = [
        (names::USDAI, suite.usdai),
        (names::SWAP_ADAPTER, suite.swap_adapter),
        (names::VAULT, staking.vault),
        (names::VAULT_EXTENSION, staking.extension),
        (names::AUCTION, staking.auction),
        (names::AUCTION_EXTENSION, staking.auction_extension),
        (names::CALIBER, credit.caliber),
        (names::POOL, credit.pool),
        (names::COLLATERAL_AUCTION, credit.auction),
    ];
    let extensions = names::POOL_EXTENSIONS.into_iter().zip(credit.pool_extensions);
    for (name, address) in own.into_iter().chain(extensions) {
        let contract = DeployedContract {
            address,
            code_hash: keccak256(chain.code(address)),
            constructor_arguments: Vec::new().into(),
            transaction: B256::ZERO,
            block: 0,
        };
        deployment.contracts.insert(name.into(), contract);
    }
    deployment
}
