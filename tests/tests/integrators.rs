//! The package of ABIs and the examples in TypeScript: run with Node, against the suite on a chain that serves JSON-RPC, as
//! an integrator runs them, and what they print held against the chain.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, OnceLock};

use alloy_primitives::utils::format_units;
use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::{SolCall, SolStruct};
use client::deployment::{DeployedContract, Deployment, names};
use devnet::rpc::{self, ServerHandle};
use devnet::{Chain, ChainConfig};
use parking_lot::{Mutex, MutexGuard};
use suite::bindings::ILoanPool::{LoanStatus, LoanTerms};
use suite::bindings::{ICaliber, IERC20, ILoanPool, IQevAuction, IStakedUSDai, ITestToken, IUSDai};
use suite::staking::commitment;
use suite::wallet::key_of;
use suite::{Credit, CreditConfig, Staking, Suite, SuiteConfig, Transact};
use suite_tests::{n, units, usdai};

const DAY: u64 = 86_400;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Runs a command of the repository, which must succeed: what it printed.
#[track_caller]
fn succeed(command: &mut Command) -> String {
    let output = command.output().expect("the command starts");
    told(&output, true)
}

/// What a command has printed: its output if it was to succeed, its errors if it was not.
#[track_caller]
fn told(output: &Output, succeeds: bool) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    let (printed, errors) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.success(), succeeds, "{printed}{errors}");
    if succeeds { printed } else { errors }
}

/// Compiles the package if it is not, and installs what it and the examples need. What is committed of it must be what the
/// interfaces say.
fn package() {
    static PACKAGE: OnceLock<()> = OnceLock::new();
    PACKAGE.get_or_init(|| {
        succeed(Command::new(repository().join("scripts/abi.sh")).arg("--check"));
    });
}

#[test]
fn the_package_passes_its_own_tests() {
    package();
    succeed(
        Command::new("node")
            .args(["--test", "test/"])
            .current_dir(repository().join("abi")),
    );
}

#[test]
fn the_package_to_be_published_is_whole() {
    package();
    let listed = succeed(
        Command::new("npm")
            .args(["pack", "--dry-run", "--json", "--ignore-scripts", "--offline"])
            .current_dir(repository().join("abi")),
    );
    let listed: serde_json::Value = serde_json::from_str(&listed).expect("a list");
    let files: Vec<&str> = listed[0]["files"]
        .as_array()
        .expect("files")
        .iter()
        .map(|file| file["path"].as_str().expect("a path"))
        .collect();
    for file in [
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "dist/cjs/index.d.ts",
        "dist/cjs/index.js",
        "dist/cjs/package.json",
        "dist/esm/generated/loan-pool.d.ts",
        "dist/esm/index.d.ts",
        "dist/esm/index.js",
        "json/ILoanPool.json",
        "package.json",
    ] {
        assert!(files.contains(&file), "{file} is not published, but {files:?}");
    }
}

#[test]
fn the_examples_are_well_typed() {
    package();
    let compiler = repository().join("node_modules/.bin/tsc");
    succeed(
        Command::new(compiler)
            .args(["--project", "examples/typescript"])
            .current_dir(repository()),
    );
}

/// The code in the package's README compiles, each piece of it as a module of its own.
#[test]
fn the_readme_is_well_typed() {
    package();
    let readme = fs::read_to_string(repository().join("abi/README.md")).expect("readable");
    let pieces: Vec<&str> = readme
        .split("```ts\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(pieces.len() >= 5, "{} pieces", pieces.len());
    // Below the repository, so that its packages are found.
    let folder = repository().join("target/abi-readme");
    fs::create_dir_all(&folder).expect("a folder");
    for (number, piece) in pieces.iter().enumerate() {
        fs::write(folder.join(format!("piece-{number}.ts")), piece).expect("writable");
    }
    let settings = r#"{ "extends": "../../examples/typescript/tsconfig.json", "include": ["*.ts"] }"#;
    fs::write(folder.join("tsconfig.json"), settings).expect("writable");
    // They are ES modules, as those who copy them have.
    fs::write(folder.join("package.json"), r#"{ "type": "module" }"#).expect("writable");
    let compiler = repository().join("node_modules/.bin/tsc");
    succeed(Command::new(compiler).arg("--project").arg(&folder));
}

/// The suite on a chain that serves JSON-RPC, and the record of its deployment.
struct Served {
    chain: Arc<Mutex<Chain>>,
    suite: Suite,
    server: Option<ServerHandle>,
    folder: PathBuf,
}

impl Served {
    fn new(name: &str) -> Self {
        package();
        let mut chain = Chain::new(ChainConfig::default());
        let config = SuiteConfig {
            credit: Some(CreditConfig::default()),
            ..SuiteConfig::default()
        };
        let suite = Suite::deploy(&mut chain, &config).expect("the suite deploys");
        let folder = std::env::temp_dir().join(format!("integrators-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        record(&chain, &suite)
            .write(&folder.join("local.json"))
            .expect("a record");
        let chain = Arc::new(Mutex::new(chain));
        let server = rpc::serve(Arc::clone(&chain), SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).expect("a server");
        Self {
            chain,
            suite,
            server: Some(server),
            folder,
        }
    }

    fn chain(&self) -> MutexGuard<'_, Chain> {
        self.chain.lock()
    }

    fn staking(&self) -> Staking {
        self.suite.staking().expect("deployed")
    }

    fn credit(&self) -> Credit {
        self.suite.credit().expect("deployed")
    }

    /// Runs an example with the keys of accounts in variables of its environment.
    fn output(&self, example: &str, arguments: &[&str], keys: &[(&str, Address)]) -> Output {
        let url = self.server.as_ref().expect("serving").url();
        let mut command = Command::new(repository().join("node_modules/.bin/tsx"));
        command
            .arg(example)
            .args(arguments)
            .current_dir(repository().join("examples/typescript"))
            .env("RPC_URL", url)
            .env("DEPLOYMENT", self.folder.join("local.json"))
            .env("OPENINGS", self.folder.join("openings"));
        for (variable, account) in keys {
            command.env(variable, self.key(*account));
        }
        command.output().expect("the example starts")
    }

    /// The rows that an example prints, which must succeed.
    #[track_caller]
    fn run(&self, example: &str, arguments: &[&str], keys: &[(&str, Address)]) -> Rows {
        rows(&told(&self.output(example, arguments, keys), true))
    }

    /// What an example says when it fails, which it must.
    #[track_caller]
    fn fail(&self, example: &str, arguments: &[&str], keys: &[(&str, Address)]) -> String {
        told(&self.output(example, arguments, keys), false)
    }

    fn key(&self, account: Address) -> String {
        let chain = self.chain();
        let keys = (0..24).map(|index| key_of(&chain, index).expect("a key"));
        let key = keys.into_iter().find(|key| key.address() == account);
        key.expect("of the mnemonic").to_bytes().to_string()
    }

    #[track_caller]
    fn send<C: SolCall>(&self, from: Address, to: Address, call: &C) -> C::Return {
        let outcome = self.chain().transact(from, to, call);
        match outcome.result() {
            Ok(value) => value,
            Err(reverted) => panic!("{}: {reverted}", C::SIGNATURE),
        }
    }

    fn ask<C: SolCall>(&self, to: Address, call: &C) -> C::Return {
        self.chain().view(to, call)
    }

    fn at(&self, timestamp: u64) {
        let mut chain = self.chain();
        chain.set_next_block_timestamp(timestamp).expect("time goes forwards");
        chain.mine(1);
    }

    /// `account` gets USDai, and lets `spender` take it.
    fn fund(&self, account: Address, dollars: u64, spender: Address) {
        let (wm, coin) = (self.suite.tokens.wm.token, self.suite.usdai);
        let approve = |spender| IERC20::approveCall {
            spender,
            value: U256::MAX,
        };
        let mint = ITestToken::mintCall {
            to: account,
            amount: units(dollars),
        };
        self.send(account, wm, &mint);
        self.send(account, wm, &approve(coin));
        let deposit = IUSDai::deposit_0Call {
            depositToken: wm,
            depositAmount: units(dollars),
            usdaiAmountMinimum: U256::ZERO,
            recipient: account,
        };
        self.send(account, coin, &deposit);
        self.send(account, coin, &approve(spender));
    }

    /// The operator's title to hardware that is worth so much and can be pledged.
    fn title(&self, dollars: u64) -> U256 {
        let (caliber, own) = (self.credit().caliber, self.credit().actors);
        let document = keccak256("a document");
        let tokenize = ICaliber::tokenizeCall {
            owner: own.operator,
            model: "NVIDIA H200".into(),
            bailee: own.bailee,
            bailmentAgreement: document,
            uri: String::new(),
            serials: vec![keccak256("a serial number")],
            sealLot: true,
        };
        let title = self.send(own.agent, caliber, &tokenize);
        self.send(
            own.bailee,
            caliber,
            &ICaliber::attestReceiptCall {
                tokenId: title,
                document,
            },
        );
        let now = self.chain().timestamp();
        let appraise = ICaliber::appraiseCall {
            tokenId: title,
            value: usdai(dollars),
            validUntil: now + 365 * DAY,
            usefulLife: 5 * 365 * DAY,
            residualBps: 2_000,
            report: document,
        };
        self.send(own.appraiser, caliber, &appraise);
        let insure = ICaliber::insureCall {
            tokenId: title,
            coverage: usdai(dollars),
            expiry: now + 365 * DAY,
            policy: document,
        };
        self.send(own.insurer, caliber, &insure);
        title
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop();
        }
        // What cannot be removed is the system's to clean up.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The record that a deployment leaves behind, as far as it is known of one in process.
fn record(chain: &Chain, suite: &Suite) -> Deployment {
    let (staking, credit) = (suite.staking().expect("deployed"), suite.credit().expect("deployed"));
    let contracts = [
        (names::USDAI, suite.usdai),
        (names::SWAP_ADAPTER, suite.swap_adapter),
        (names::VAULT, staking.vault),
        (names::AUCTION, staking.auction),
        (names::CALIBER, credit.caliber),
        (names::POOL, credit.pool),
        (names::COLLATERAL_AUCTION, credit.auction),
    ];
    let deployed = |address| DeployedContract {
        address,
        code_hash: keccak256(chain.code(address)),
        constructor_arguments: [].into(),
        transaction: B256::ZERO,
        block: 0,
    };
    Deployment {
        network: "local".into(),
        chain_id: chain.config().chain_id,
        externals: [("wm".into(), suite.tokens.wm.token)].into(),
        contracts: contracts.map(|(name, address)| (name.into(), deployed(address))).into(),
        ..Deployment::default()
    }
}

/// What is printed in rows of a name and a value.
type Rows = BTreeMap<String, String>;

fn rows(printed: &str) -> Rows {
    let row = |line: &str| {
        let (name, value) = line.split_once("  ").unwrap_or_else(|| panic!("no row: {line:?}"));
        (name.to_owned(), value.trim_start().to_owned())
    };
    printed.lines().map(row).collect()
}

/// 18 decimals without zeros at their end, as viem writes them.
fn decimal(amount: U256) -> String {
    let text = format_units(amount, 18).expect("18 decimals");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Seconds of a date such as `2026-01-31T12:00:00.000Z`.
fn seconds(date: &str) -> u64 {
    let field = |from: usize, to: usize| -> u64 { date[from..to].parse().expect("a number") };
    let (year, month, day) = (field(0, 4), field(5, 7), field(8, 10));
    // Years from March on, so that the leap day is the last.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    days * DAY + field(11, 13) * 3_600 + field(14, 16) * 60 + field(17, 19)
}

/// The rows about a position must be what the chain says.
fn check_position(s: &Served, rows: &Rows, account: Address) {
    let (vault, auction) = (s.staking().vault, s.staking().auction);
    let dollars = s.ask(s.suite.usdai, &IUSDai::balanceOfCall { account });
    let shares = s.ask(vault, &IStakedUSDai::balanceOfCall { account });
    let worth = s.ask(vault, &IStakedUSDai::convertToAssetsCall { shares });
    let claimable = s.ask(vault, &IStakedUSDai::maxWithdrawCall { controller: account });
    for (name, value) in [
        ("account", account.to_string()),
        ("USDai", decimal(dollars)),
        ("sUSDai", decimal(shares)),
        ("worth", format!("{} USDai", decimal(worth))),
        ("claimable", format!("{} USDai", decimal(claimable))),
    ] {
        assert_eq!(rows[name], value, "{name}");
    }
    let ids = s.ask(vault, &IStakedUSDai::redemptionIdsCall { controller: account });
    assert!(!ids.is_empty());
    for id in ids {
        let request = s.ask(auction, &IQevAuction::requestCall { requestId: id });
        let state = match request.state {
            IQevAuction::RequestState::Queued => "Queued",
            IQevAuction::RequestState::Sealed => "Sealed",
            IQevAuction::RequestState::Revealed => "Revealed",
            _ => panic!("request {id} is none"),
        };
        let (pending, ahead) = (decimal(request.pendingShares), decimal(request.sharesAhead));
        let (text, date) = rows[&format!("request {id}")].rsplit_once(' ').expect("a date");
        assert_eq!(text, format!("{state}, {pending} sUSDai, behind {ahead}, eligible"));
        let redemption = s.ask(vault, &IStakedUSDai::redemptionCall { redemptionId: id });
        assert_eq!(seconds(date), redemption.redemptionTimestamp);
    }
}

#[test]
fn an_integrator_mints_stakes_and_reads_a_position() {
    let s = Served::new("position");
    let (alice, bob) = (s.suite.actors.alice, s.suite.actors.bob);
    s.run("mint-and-stake.ts", &["300"], &[("PRIVATE_KEY", bob)]);
    let rows = s.run("mint-and-stake.ts", &["1234.567891"], &[("PRIVATE_KEY", alice)]);
    assert_eq!(rows["minted"], "1234.567891 USDai");
    assert_eq!(rows["request"], "2");
    let vault = s.staking().vault;
    let held = s.ask(vault, &IStakedUSDai::balanceOfCall { account: alice });
    let request = s.ask(s.staking().auction, &IQevAuction::requestCall { requestId: n(2) });
    assert_eq!(request.controller, alice);
    assert!(request.sharesAhead > usdai(149), "Bob waits in front of her");
    assert_eq!(
        rows["staked"],
        format!("{} sUSDai", decimal(held + request.pendingShares))
    );
    check_position(&s, &rows, alice);

    // The same read with ethers, by somebody without a key.
    let read = s.run("position.ts", &[&alice.to_string()], &[]);
    check_position(&s, &read, alice);
    let told: Rows = rows
        .into_iter()
        .filter(|(name, _)| !["minted", "staked", "request"].contains(&name.as_str()))
        .collect();
    assert_eq!(read, told);
}

#[test]
fn refusals_are_told_in_words() {
    let s = Served::new("refusals");
    let alice = s.suite.actors.alice;
    s.run("mint-and-stake.ts", &["10"], &[("PRIVATE_KEY", alice)]);
    // The auction's error, passed on by the vault: before genesis nobody can bid.
    let told = s.fail("bid.ts", &["commit", "1", "100"], &[("PRIVATE_KEY", alice)]);
    assert_eq!(told, "refused: WrongPhase(1, 0)\n");
    assert!(!s.folder.join("openings").exists(), "nothing was sealed");
    let told = s.fail("bid.ts", &["commit", "1", "2001"], &[("PRIVATE_KEY", alice)]);
    assert!(
        told.contains("a discount of 2001 basis points: it must be 25 to 2000"),
        "{told}"
    );
    s.send(s.suite.actors.pauser, s.staking().vault, &IStakedUSDai::pauseCall {});
    let told = s.fail("mint-and-stake.ts", &["10"], &[("PRIVATE_KEY", alice)]);
    assert_eq!(told, "refused: EnforcedPause()\n");
    let told = s.fail("mint-and-stake.ts", &["10"], &[]);
    assert!(told.contains("set PRIVATE_KEY to a private key"), "{told}");
}

#[test]
fn an_integrator_seals_a_bid_and_opens_it() {
    let s = Served::new("bid");
    let alice = s.suite.actors.alice;
    let key = [("PRIVATE_KEY", alice)];
    let Staking { auction, .. } = s.staking();
    s.run("mint-and-stake.ts", &["1000"], &key);
    s.at(s.staking().epoch_start(0));
    // A second bid replaces the first, whose opening is kept beside it.
    s.run("bid.ts", &["commit", "1", "100"], &key);
    let rows = s.run("bid.ts", &["commit", "1", "275"], &key);
    let sealed = s.ask(auction, &IQevAuction::commitmentOfCall { requestId: n(1) });
    assert_eq!(rows["commitment"], sealed.to_string());
    assert_eq!(seconds(&rows["reveal from"]), s.staking().bid_end(0));
    let pending = s
        .ask(auction, &IQevAuction::requestCall { requestId: n(1) })
        .pendingShares;
    assert_eq!(rows["shares"], pending.to_string());

    let openings = s.folder.join("openings");
    assert_eq!(fs::read_dir(&openings).expect("kept").count(), 2);
    let file = openings.join(format!("{sealed}.json"));
    let mode = fs::metadata(&file).expect("kept").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "the salt is nobody else's");
    let opening: serde_json::Value = serde_json::from_slice(&fs::read(&file).expect("kept")).expect("JSON");
    let salt: B256 = opening["salt"].as_str().expect("a salt").parse().expect("32 bytes");
    let chain_id = s.chain().config().chain_id;
    assert_eq!(commitment(chain_id, auction, 0, n(1), 275, salt), sealed);

    s.at(s.staking().bid_end(0));
    let rows = s.run("bid.ts", &["reveal", "1"], &key);
    assert_eq!(rows["revealed"], "275 basis points");
    let request = s.ask(auction, &IQevAuction::requestCall { requestId: n(1) });
    assert_eq!(request.state, IQevAuction::RequestState::Revealed);
    assert_eq!(request.discountBps, n(275));
}

#[test]
fn an_underwriter_signs_and_an_operator_borrows() {
    let s = Served::new("borrow");
    let Credit { pool, actors: own, .. } = s.credit();
    s.fund(own.curator, 2_000_000, pool);
    for tranche in 0..3 {
        let deposit = ILoanPool::deposit_0Call {
            tranche: n(tranche),
            assets: usdai(600_000),
            receiver: own.curator,
        };
        s.send(own.curator, pool, &deposit);
    }
    let title = s.title(1_000_000);
    let keys = [("PRIVATE_KEY", own.operator), ("UNDERWRITER_KEY", own.underwriter)];
    let rows = s.run("borrow.ts", &[&title.to_string(), "650000"], &keys);

    let nonce: u64 = rows["nonce"].parse().expect("a number");
    let terms = LoanTerms {
        borrower: own.operator,
        underwriter: own.underwriter,
        collateralId: title,
        principal: usdai(650_000),
        duration: 360 * DAY,
        repaymentInterval: 30 * DAY,
        schedule: 1,
        gracePeriod: 10 * DAY,
        penaltyRate: 0,
        originationFeeBps: 100,
        exitFeeBps: 50,
        expiry: nonce + DAY,
        nonce: n(nonce),
    };
    let loan_id = terms.eip712_hash_struct();
    assert_eq!(rows["loan"], loan_id.to_string());
    let signature = s.credit().sign(&s.chain(), &terms).expect("the underwriter's key");
    assert_eq!(rows["signature"], signature.to_string());
    let loan = s.ask(pool, &ILoanPool::loanCall { loanId: loan_id });
    assert_eq!((loan.status, loan.outstanding), (LoanStatus::Active, usdai(650_000)));
    assert_eq!(rows["status"], "Active");
    assert_eq!(rows["fee"], "6500 USDai");
    let coin = s.ask(s.suite.usdai, &IUSDai::balanceOfCall { account: own.operator });
    assert_eq!(coin, usdai(643_500));
    let deadline = loan.startedAt + n(30 * DAY);
    let quote = s.ask(
        pool,
        &ILoanPool::quote_1Call {
            terms,
            timestamp: deadline,
        },
    );
    let (text, date) = rows["instalment"].rsplit_once(' ').expect("a date");
    assert_eq!(text, format!("{} USDai on", decimal(quote.instalment)));
    assert_eq!(U256::from(seconds(date)), deadline);

    // What the package says of the domain the pool says too.
    let domain = s.ask(pool, &ILoanPool::eip712DomainCall {});
    assert_eq!(
        (domain.name.as_str(), domain.version.as_str()),
        ("USD.AI Loan Pool", "1")
    );
    assert_eq!(
        (domain.chainId, domain.verifyingContract),
        (n(s.chain().config().chain_id), pool)
    );
}
