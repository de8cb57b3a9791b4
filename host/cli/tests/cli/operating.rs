//! An operator's life: hardware becomes a title, the title a loan, and the loan is paid, ahead, late, anew.

use std::fs;
use std::path::PathBuf;

use alloy_primitives::{Address, U256, keccak256};
use serde_json::Value;
use suite::Transact;
use suite::bindings::{ICaliber, ILoanPool, IStakedUSDai};
use suite::uniswap::dollars;
use usdai_cli::amount::Decimal;
use usdai_cli::loan_terms::{Draft, SignedTerms};
use usdai_cli::operator::instalments::loan_id;

use crate::support::{DAY, World, keys};

const MONTH: u64 = 30 * DAY;

/// Keys of those who vouch for hardware.
const AGENT: u32 = 16;
const APPRAISER: u32 = 17;
const INSURER: u32 = 18;
const BAILEE: u32 = 19;
/// Who borrows.
const OPERATOR: u32 = 20;
const CURATOR: u32 = 22;
/// Freezes.
const GATEKEEPER: u32 = 4;

impl World {
    /// Writes a file into the folder in which the command runs.
    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// A file that describes a lot of so many units.
    fn lot(&self, name: &str, units: usize) {
        let serials: Vec<String> = (0..units).map(|unit| format!("{name}-{unit}")).collect();
        self.write("serials.txt", &serials.join("\n"));
        self.write("agreement.txt", "the bailment agreement");
        let (owner, bailee) = (self.account(OPERATOR), self.account(BAILEE));
        self.write(
            name,
            &format!(
                "owner = \"{owner}\"\nmodel = \"NVIDIA H200\"\nbailee = \"{bailee}\"\nagreement = \"agreement.txt\"\n\
                 serials-file = \"serials.txt\"\n"
            ),
        );
    }

    /// A title that can be pledged, of 64 units worth 1,920,000.
    fn title(&self) -> String {
        self.lot("lot.toml", 64);
        let title = self.json_as(AGENT, &["hardware", "tokenize", "lot.toml"])["title"]
            .as_str()
            .unwrap()
            .to_owned();
        self.write("receipt.txt", "the warehouse receipt");
        self.run_as(BAILEE, &["hardware", "attest", &title, "receipt.txt"]).ok();
        let appraise = [
            "--useful-life",
            "5 years",
            "--residual",
            "20%",
            "--valid",
            "1 year",
            "--report",
            "receipt.txt",
        ];
        self.run_as(
            APPRAISER,
            &[&["hardware", "appraise", &title, "1,920,000"][..], &appraise].concat(),
        )
        .ok();
        let insure = ["--until", "4 years", "--policy", "receipt.txt"];
        self.run_as(
            INSURER,
            &[&["hardware", "insure", &title, "2,000,000"][..], &insure].concat(),
        )
        .ok();
        title
    }

    /// Tranches with cash: the vault lends in the first, a curator in the others.
    fn fund_tranches(&self) {
        let (alice, curator) = (self.account(keys::ALICE), self.account(CURATOR));
        self.give_usdai(alice, 1_400_000);
        self.run_as(keys::ALICE, &["stake", "all"]).ok();
        let (staking, credit) = (self.suite().staking().unwrap(), self.suite().credit().unwrap());
        let allocate = IStakedUSDai::allocateCall {
            tranche: U256::ZERO,
            assets: dollars(1_300_000, 18),
        };
        let strategist = self.suite().actors.strategist;
        self.chain()
            .transact(strategist, staking.vault, &allocate)
            .receipt()
            .unwrap();
        self.give_usdai(curator, 500_000);
        for tranche in [1, 2] {
            let approve = suite::bindings::IERC20::approveCall {
                spender: credit.pool,
                value: dollars(250_000, 18),
            };
            self.chain()
                .transact(curator, self.suite().usdai, &approve)
                .receipt()
                .unwrap();
            let deposit = ILoanPool::deposit_0Call {
                tranche: U256::from(tranche),
                assets: dollars(250_000, 18),
                receiver: curator,
            };
            self.chain().transact(curator, credit.pool, &deposit).receipt().unwrap();
        }
    }

    /// Writes a draft of terms and the same terms signed: `terms.toml`, `signed.json`.
    fn terms(&self, title: &str, principal: &str, more: &str) -> SignedTerms {
        let credit = self.suite().credit().unwrap();
        let (borrower, underwriter) = (self.account(OPERATOR), credit.actors.underwriter);
        let draft = self.write(
            "terms.toml",
            &format!(
                "borrower = \"{borrower}\"\nunderwriter = \"{underwriter}\"\ncollateral = {title}\nprincipal = \
                 \"{principal}\"\nduration = \"360 days\"\ninterval = \"30 days\"\ngrace = \"10 days\"\npenalty = \"5%\"\n\
                 origination-fee = \"1%\"\nexpiry = \"7 days\"\n{more}"
            ),
        );
        let terms = Draft::read(&draft).unwrap().terms(self.now()).unwrap();
        let chain = self.chain();
        let signed = SignedTerms {
            chain_id: Some(chain.config().chain_id),
            pool: Some(credit.pool),
            signature: credit.sign(&chain, &terms).unwrap(),
            terms,
        };
        drop(chain);
        self.write("signed.json", &signed.to_json().unwrap());
        signed
    }

    /// A loan of a million over twelve months, taken on `signed.json`.
    pub(crate) fn take_loan(&self) {
        self.fund_tranches();
        let title = self.title();
        self.terms(&title, "1,000,000", "schedule = \"level\"\nnonce = 1\n");
        self.run_as(OPERATOR, &["loan", "borrow", "signed.json"]).ok();
    }

    fn pool(&self) -> Address {
        self.suite().credit().unwrap().pool
    }

    fn loan(&self, signed: &SignedTerms) -> ILoanPool::loanReturn {
        let call = ILoanPool::loanCall {
            loanId: loan_id(&signed.terms),
        };
        self.chain().view(self.pool(), &call)
    }

    fn owner_of(&self, title: &str) -> Address {
        let call = ICaliber::ownerOfCall {
            tokenId: title.parse().unwrap(),
        };
        self.chain().view(self.suite().credit().unwrap().caliber, &call)
    }
}

fn wei(value: &Value) -> U256 {
    value.as_str().unwrap().parse::<Decimal>().unwrap().units(18).unwrap()
}

#[test]
fn hardware_becomes_a_title_that_can_be_pledged() {
    let world = World::new();
    world.lot("lot.toml", 64);
    let dry = world.json_as(AGENT, &["hardware", "tokenize", "lot.toml", "--dry-run"]);
    assert_eq!(
        (dry["dryRun"].clone(), dry["title"].clone()),
        (Value::Bool(true), Value::Null)
    );
    let minted = world.run_as(AGENT, &["hardware", "tokenize", "lot.toml"]).ok();
    assert!(
        minted.stdout.contains("title 1: see usdai hardware show 1"),
        "{}",
        minted.stdout
    );
    let caliber = world.suite().credit().unwrap().caliber;
    let lot_of = ICaliber::lotOfCall {
        serial: keccak256("lot.toml-63"),
    };
    assert_eq!(world.chain().view(caliber, &lot_of), U256::from(1));

    let shown = world.run(&["hardware", "show", "1"]).ok().stdout;
    for expected in [
        "Title 1: 64 units of NVIDIA H200",
        "sealed, not received",
        "no: the bailee has not attested that he holds the goods; it is not appraised; it is not insured",
    ] {
        assert!(shown.contains(expected), "{expected} in {shown}");
    }
    world.write("doc.txt", "a document");
    world.run_as(BAILEE, &["hardware", "attest", "1", "doc.txt"]).ok();
    let value = [
        "hardware",
        "appraise",
        "1",
        "1,920,000.5",
        "--useful-life",
        "5 years",
        "--residual",
        "20%",
    ];
    let appraised = world.json_as(
        APPRAISER,
        &[&value[..], &["--valid", "2026-12-31", "--report", "doc.txt"]].concat(),
    );
    assert_eq!(appraised["value"], "1920000.5");
    assert_eq!(appraised["report"], keccak256("a document").to_string());
    assert_eq!(appraised["effects"][0]["after"], "1920000.5");
    let hash = keccak256("policy").to_string();
    world
        .run_as(
            INSURER,
            &[
                "hardware", "insure", "1", "1000", "--until", "1 year", "--policy", &hash,
            ],
        )
        .ok();
    let short = world.run(&["hardware", "show", "1", "--json"]).ok().json();
    assert_eq!(short["obstacles"][0], "it is insured for less than its value");
    world
        .run_as(
            INSURER,
            &[
                "hardware",
                "insure",
                "1",
                "2,000,000",
                "--until",
                "1 year",
                "--policy",
                &hash,
            ],
        )
        .ok();
    let ready = world.run(&["hardware", "show", "1", "--json"]).ok().json();
    assert_eq!(ready["eligible"], true);
    assert_eq!(ready["custody"], "held by the bailee");

    world.run_as(GATEKEEPER, &["hardware", "freeze", "1"]).ok();
    let frozen = world.run(&["hardware", "show", "1", "--json"]).ok().json();
    assert_eq!(
        (frozen["frozen"].clone(), frozen["eligible"].clone()),
        (Value::Bool(true), Value::Bool(false))
    );
    world.run_as(GATEKEEPER, &["hardware", "freeze", "1", "--undo"]).ok();

    world.run_as(OPERATOR, &["hardware", "goods", "1", "ask"]).ok();
    world.run_as(OPERATOR, &["hardware", "goods", "1", "cancel"]).ok();
    world.run_as(OPERATOR, &["hardware", "goods", "1", "ask"]).ok();
    world
        .run_as(BAILEE, &["hardware", "goods", "1", "deliver", "doc.txt"])
        .ok();
    let ended = world.run(&["hardware", "show", "1"]);
    assert_eq!(ended.error(), "there is no title 1, or it has ended");
}

#[test]
fn who_may_not_vouch_is_told_so() {
    let world = World::new();
    world.lot("lot.toml", 2);
    let agent = world.run_as(OPERATOR, &["hardware", "tokenize", "lot.toml"]);
    assert!(
        agent
            .error()
            .contains("does not hold TOKENIZING_AGENT_ROLE, which this needs"),
        "{}",
        agent.stderr
    );
    world.run_as(AGENT, &["hardware", "tokenize", "lot.toml"]).ok();
    let again = world.run_as(AGENT, &["hardware", "tokenize", "lot.toml"]);
    assert!(
        again
            .error()
            .starts_with("the unit lot.toml-0 is in the title 1 already"),
        "{}",
        again.stderr
    );
    world.write("doc.txt", "a document");
    let bailee = world.run_as(OPERATOR, &["hardware", "attest", "1", "doc.txt"]);
    assert!(
        bailee.error().contains("is not the bailee of the lot 1"),
        "{}",
        bailee.stderr
    );
    let released = world.run_as(BAILEE, &["hardware", "attest", "1", "doc.txt", "--release"]);
    assert!(
        released.error().contains("the lot 1 is sealed, not received"),
        "{}",
        released.stderr
    );
    let document = world.run_as(BAILEE, &["hardware", "attest", "1", "none.txt"]);
    assert!(document.error().contains("is neither a hash"), "{}", document.stderr);
    world.run_as(BAILEE, &["hardware", "attest", "1", "doc.txt"]).ok();
    let unasked = world.run(&["--mnemonic-index", "19", "hardware", "attest", "1", "doc.txt", "--loss"]);
    assert!(
        unasked
            .error()
            .contains("declares the goods of the title 1 lost, which is final"),
        "{}",
        unasked.stderr
    );
    world
        .run_as(BAILEE, &["hardware", "attest", "1", "doc.txt", "--release"])
        .ok();
    world.run_as(OPERATOR, &["hardware", "goods", "1", "surrender"]).ok();
}

#[test]
fn a_large_lot_takes_several_transactions_and_can_be_gone_on_with() {
    let world = World::new();
    world.lot("large.toml", 1_001);
    let dry = world.json_as(AGENT, &["hardware", "tokenize", "large.toml", "--dry-run"]);
    assert_eq!(dry["transactionsNeeded"], 2);
    let told = world.json_as(AGENT, &["hardware", "tokenize", "large.toml"]);
    assert_eq!(told["plans"].as_array().unwrap().len(), 2);
    let lot = world.run(&["hardware", "show", "1", "--json"]).ok().json();
    assert_eq!(
        (lot["units"].as_str().unwrap(), lot["custody"].as_str().unwrap()),
        ("1001", "sealed, not received")
    );
    let done = world.run_as(AGENT, &["hardware", "tokenize", "large.toml", "--title", "1"]);
    assert!(
        done.error()
            .contains("the title 1 is sealed, not received: no units can be added"),
        "{}",
        done.stderr
    );

    // The first of the two transactions alone: a lot that is still being built.
    world.lot("other.toml", 12);
    let (agent, caliber) = (world.account(AGENT), world.suite().credit().unwrap().caliber);
    let open = ICaliber::tokenizeCall {
        owner: world.account(OPERATOR),
        model: "NVIDIA H200".into(),
        bailee: world.account(BAILEE),
        bailmentAgreement: keccak256("the bailment agreement"),
        uri: String::new(),
        serials: (0..10).map(|unit| keccak256(format!("other.toml-{unit}"))).collect(),
        sealLot: false,
    };
    world.chain().transact(agent, caliber, &open).receipt().unwrap();
    let refused = world.run_as(AGENT, &["hardware", "tokenize", "other.toml"]);
    assert!(
        refused.error().contains("to go on with that title, --title 2"),
        "{}",
        refused.stderr
    );
    let rest = world.json_as(AGENT, &["hardware", "tokenize", "other.toml", "--title", "2"]);
    assert_eq!(rest["units"], 2);
    let lot = world.run(&["hardware", "show", "2", "--json"]).ok().json();
    assert_eq!(
        (lot["units"].as_str().unwrap(), lot["custody"].as_str().unwrap()),
        ("12", "sealed, not received")
    );
}

#[test]
fn a_loan_is_quoted_taken_paid_and_paid_back() {
    let world = World::new();
    world.fund_tranches();
    let title = world.title();
    let signed = world.terms(
        &title,
        "1,300,000",
        "schedule = \"level\"\nexit-fee = \"0.5%\"\nnonce = 1\n",
    );
    let operator = world.account(OPERATOR);

    let quote = world.run(&["loan", "quote", "terms.toml"]).ok().stdout;
    for expected in [
        "A loan of 1,300,000.0000 USDai on the title 1",
        "paid out: 1,287,000.0000 USDai, after a fee of 13,000.0000 USDai",
        "the same payment each time over 360 days, every 30 days; 10 days of grace; penalty 5.00 % a year",
        "can be taken until",
        "Instalments",
        "█",
    ] {
        assert!(quote.contains(expected), "{expected} in {quote}");
    }
    let quoted = world.run(&["loan", "quote", "signed.json", "--json"]).ok().json();
    assert_eq!(quoted["instalments"].as_array().unwrap().len(), 12);

    let stranger = world.run_as(keys::STRANGER, &["loan", "borrow", "signed.json"]);
    assert!(
        stranger.error().contains("only the borrower of these terms"),
        "{}",
        stranger.stderr
    );
    let picky = world.run_as(OPERATOR, &["loan", "borrow", "signed.json", "--max-rate", "1%"]);
    assert!(
        picky.error().contains("above the 1.00 % that were accepted"),
        "{}",
        picky.stderr
    );
    let dry = world.json_as(OPERATOR, &["loan", "borrow", "signed.json", "--dry-run"]);
    assert_eq!(dry["steps"].as_array().unwrap().len(), 2);
    assert_eq!(world.owner_of(&title), operator);

    let taken = world.json_as(OPERATOR, &["loan", "borrow", "signed.json"]);
    assert_eq!(taken["effects"][0]["after"], "1287000");
    assert_eq!(world.owner_of(&title), world.pool());
    let again = world.run_as(OPERATOR, &["loan", "borrow", "signed.json"]);
    assert!(
        again.error().contains("was taken already: it is running"),
        "{}",
        again.stderr
    );

    // The table says what each payment will be, to the wei.
    world.give_usdai(operator, 500_000);
    let table = world.run(&["loan", "quote", "signed.json", "--json"]).ok().json();
    let instalments = table["instalments"].as_array().unwrap().clone();
    assert_eq!(instalments.len(), 12);
    let started: u64 = world.loan(&signed).startedAt.to();
    for (index, instalment) in instalments.iter().take(3).enumerate() {
        let deadline = started + (index as u64 + 1) * MONTH;
        assert_eq!(instalment["deadline"].as_u64().unwrap(), deadline);
        let call = ILoanPool::quote_1Call {
            terms: signed.terms.clone(),
            timestamp: U256::from(deadline - 1),
        };
        let due = world.chain().view(world.pool(), &call);
        if index == 0 {
            assert_eq!(wei(&instalment["payment"]), due.instalment);
            assert_eq!(wei(&instalment["interest"]), due.interest);
        }
        // The approval is a block of its own.
        world.pass_until(deadline - 1);
        let paid = world.json_as(OPERATOR, &["loan", "repay", "signed.json"]);
        assert_eq!(paid["paid"]["principal"], instalment["principal"], "{index}");
        assert_eq!(paid["paid"]["interest"], instalment["interest"], "{index}");
        assert_eq!(paid["paid"]["outstanding"], instalment["outstanding"], "{index}");
        assert_eq!(paid["paid"]["instalmentsPaid"], (index + 1).to_string());
    }

    // After a prepayment the table is levelled anew, and still right to the wei.
    world.pass(5 * DAY);
    let ahead = world.json_as(OPERATOR, &["loan", "prepay", "signed.json", "100,000"]);
    assert_eq!(ahead["closed"], false);
    let table = world.run(&["loan", "show", "signed.json", "--json"]).ok().json();
    let next = table["instalments"][0].clone();
    assert_eq!(table["instalments"].as_array().unwrap().len(), 8);
    world.pass_until(next["deadline"].as_u64().unwrap() - 1);
    let paid = world.json_as(OPERATOR, &["loan", "repay", "signed.json"]);
    for part in ["principal", "interest", "outstanding"] {
        assert_eq!(paid["paid"][part], next[part], "{part}");
    }

    world.give_usdai(operator, 1_000_000);
    let all = world
        .run_as(OPERATOR, &["loan", "prepay", "signed.json", "all"])
        .ok()
        .stdout;
    assert!(all.contains("the loan is paid back; the title 1 is"), "{all}");
    assert!(all.contains("6,500.0000 USDai of exit fee"), "{all}");
    assert_eq!(world.owner_of(&title), operator);
    let over = world.run_as(OPERATOR, &["loan", "repay", "signed.json"]);
    assert!(
        over.error().ends_with("is repaid: nothing can be paid"),
        "{}",
        over.stderr
    );
    let shown = world
        .run(&["loan", "show", &loan_id(&signed.terms).to_string()])
        .ok()
        .stdout;
    assert!(shown.contains(": repaid"), "{shown}");
}

#[test]
fn a_late_loan_shows_penalty_is_cured_and_refinanced() {
    let world = World::new();
    world.fund_tranches();
    let title = world.title();
    let signed = world.terms(&title, "1,000,000", "schedule = \"equal\"\nnonce = 1\n");
    world.run_as(OPERATOR, &["loan", "borrow", "signed.json"]).ok();
    world.give_usdai(world.account(OPERATOR), 500_000);
    world.pass(2 * MONTH + 11 * DAY);

    let late = world.run(&["loan", "quote", "signed.json"]).ok().stdout;
    for expected in ["2 deadlines missed", "penalty", "overdue"] {
        assert!(late.contains(expected), "{expected} in {late}");
    }
    let early = world.run_as(OPERATOR, &["loan", "cure", "signed.json"]);
    assert!(early.error().contains("is running, not in default"), "{}", early.stderr);
    let table = world.run(&["loan", "quote", "signed.json", "--json"]).ok().json();
    let (first, due) = (&table["instalments"][0], &table["due"]);
    assert_eq!(first["payment"], due["instalment"]);
    assert_eq!(first["penalty"], due["penalty"]);
    assert_eq!(first["number"], 3, "what is missed is paid with the current instalment");

    let default = ILoanPool::markDefaultCall {
        terms: signed.terms.clone(),
    };
    let stranger = world.account(keys::STRANGER);
    world
        .chain()
        .transact(stranger, world.pool(), &default)
        .receipt()
        .unwrap();
    let unpayable = world.run_as(OPERATOR, &["loan", "repay", "signed.json"]);
    assert!(
        unpayable.error().contains("is in default: pay its arrears"),
        "{}",
        unpayable.stderr
    );
    let arrears = world.run(&["loan", "quote", "signed.json", "--json"]).ok().json()["due"]["arrears"].clone();
    let cured = world.json_as(OPERATOR, &["loan", "cure", "signed.json"]);
    assert_eq!(cured["quote"], arrears);
    assert_eq!(world.loan(&signed).status, ILoanPool::LoanStatus::Active);
    let after = world.run(&["loan", "quote", "signed.json", "--json"]).ok().json();
    assert_eq!(after["instalments"].as_array().unwrap().len(), 10);

    fs::rename(world.folder().join("signed.json"), world.folder().join("old.json")).unwrap();
    let new = world.terms(&title, "1,100,000", "schedule = \"level\"\nnonce = 2\n");
    let dry = world.json_as(OPERATOR, &["loan", "refinance", "old.json", "signed.json", "--dry-run"]);
    let after: f64 = dry["effects"][0]["after"].as_str().unwrap().parse().unwrap();
    let before: f64 = dry["effects"][0]["before"].as_str().unwrap().parse().unwrap();
    assert!(after > before, "cash out");
    let refinanced = world.json_as(OPERATOR, &["loan", "refinance", "old.json", "signed.json"]);
    assert_eq!(refinanced["loan"], loan_id(&new.terms).to_string());
    assert_eq!(world.loan(&signed).status, ILoanPool::LoanStatus::Repaid);
    assert_eq!(world.loan(&new).status, ILoanPool::LoanStatus::Active);

    fs::rename(world.folder().join("signed.json"), world.folder().join("old.json")).unwrap();
    world.terms(&title, "900,000", "schedule = \"level\"\nnonce = 3\n");
    let smaller = world.json_as(OPERATOR, &["loan", "refinance", "old.json", "signed.json"]);
    assert_eq!(
        smaller["steps"].as_array().unwrap().len(),
        2,
        "cash in needs an approval"
    );
}

#[test]
fn terms_that_do_not_hold_here_are_refused() {
    let world = World::new();
    world.fund_tranches();
    let title = world.title();
    let signed = world.terms(&title, "1,000,000", "schedule = \"equal\"\nnonce = 1\n");
    let elsewhere = SignedTerms {
        chain_id: Some(1),
        ..signed.clone()
    };
    world.write("elsewhere.json", &elsewhere.to_json().unwrap());
    let other_chain = world.run_as(OPERATOR, &["loan", "borrow", "elsewhere.json"]);
    assert!(
        other_chain.error().contains("holds terms for the chain 1, not 412346"),
        "{}",
        other_chain.stderr
    );
    let mut changed = signed.clone();
    changed.terms.principal += U256::from(1);
    world.write("changed.json", &changed.to_json().unwrap());
    let forged = world.run_as(OPERATOR, &["loan", "borrow", "changed.json"]);
    assert!(
        forged
            .error()
            .contains("or the terms were changed after they were signed"),
        "{}",
        forged.stderr
    );
    let unsigned = world.run_as(OPERATOR, &["loan", "borrow", "terms.toml"]);
    assert!(
        unsigned.error().contains("holds no signed terms"),
        "{}",
        unsigned.stderr
    );
    world.terms(&title, "2,000,000", "schedule = \"equal\"\nnonce = 1\n");
    let large = world.run(&["loan", "quote", "terms.toml"]);
    assert!(
        large.error().contains("are more than this collateral allows"),
        "{}",
        large.stderr
    );
    world.pass(8 * DAY);
    let expired = world.run_as(OPERATOR, &["loan", "borrow", "signed.json"]);
    assert!(!expired.stderr.contains("sending"), "{}", expired.stderr);
    world.write("signed.json", &signed.to_json().unwrap());
    let expired = world.run_as(OPERATOR, &["loan", "borrow", "signed.json"]);
    assert!(
        expired.error().contains("the terms could be taken until 2026-01-08"),
        "{}",
        expired.stderr
    );
    let none = world.run(&["loan", "show", &loan_id(&signed.terms).to_string()]);
    assert!(none.error().ends_with("was never taken"), "{}", none.stderr);
}
