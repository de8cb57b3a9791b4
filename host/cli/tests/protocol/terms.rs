//! `usdai terms`: what an underwriter signs, and what is said against it.

use std::fs;

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolStruct, sol};
use client::sealing::loan_domain;

use suite::bindings::ILoanPool;
use suite::bindings::ILoanPool::{LoanStatus, LoanTerms};
use suite::program::deploy_evm;
use usdai_cli::loan_terms::SignedTerms;

use crate::scene::{fund, keys, pool, send, status, terms, tokenize, view, whole};
use crate::support::{DAY, World};

sol! {
    /// An underwriter that is a contract.
    interface IContractSigner {
        function approveSignature(bytes32 hash, bytes calldata signature) external;
    }
}

/// Writes terms with the underwriter's signature: the file's name, and the loan that they are of.
pub(crate) fn write_signed(world: &World, terms: &LoanTerms, name: &str) -> (String, B256) {
    let signature = {
        let chain = world.chain();
        world.suite().credit().unwrap().sign(&chain, terms).unwrap()
    };
    write(world, terms, signature, name);
    (name.into(), terms.eip712_hash_struct())
}

fn write(world: &World, terms: &LoanTerms, signature: Bytes, name: &str) {
    let signed = SignedTerms {
        chain_id: Some(412_346),
        pool: Some(pool(world)),
        terms: terms.clone(),
        signature,
    };
    fs::write(world.folder().join(name), signed.to_json().unwrap()).unwrap();
}

/// A chain with a funded pool and a title that can be pledged.
fn world_with_title() -> (World, U256) {
    let world = World::new();
    fund(&world);
    let title = tokenize(&world);
    (world, title)
}

/// A draft of the usual terms in the test's folder, with lines changed.
fn draft(world: &World, title: U256, changes: &[(&str, &str)]) -> String {
    let template = world.json_as(keys::UNDERWRITER, &["terms", "new"]);
    let mut text = template["template"]
        .as_str()
        .unwrap()
        .replace("<address>", &world.account(keys::OPERATOR).to_string())
        .replace("<number>", &title.to_string())
        .replace("<amount>", "180,000");
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    fs::write(world.folder().join("draft.toml"), text).unwrap();
    "draft.toml".into()
}

/// Something else that terms could say.
type Change = Box<dyn Fn(&mut LoanTerms)>;

/// What was found, as text.
fn findings(told: &serde_json::Value) -> String {
    told["findings"].to_string()
}

#[test]
fn terms_from_the_template_to_the_loan() {
    let (world, title) = world_with_title();
    let written = world
        .run_as(keys::UNDERWRITER, &["terms", "new", "-o", "new.toml"])
        .ok();
    assert!(written.stdout.contains("Wrote new.toml"), "{}", written.stdout);
    let again = world.run_as(keys::UNDERWRITER, &["terms", "new", "-o", "new.toml"]);
    assert!(again.error().contains("cannot write new.toml"), "{}", again.stderr);
    let empty = world.run_as(keys::UNDERWRITER, &["terms", "sign", "new.toml", "-o", "signed.json"]);
    assert!(
        empty.error().contains("new.toml is no draft of terms"),
        "{}",
        empty.stderr
    );

    let draft = draft(&world, title, &[]);
    let sign = ["terms", "sign", &draft, "-o", "signed.json"];
    let dry = world
        .run_as(keys::UNDERWRITER, &[&sign[..], &["--dry-run"]].concat())
        .ok()
        .stdout;
    for expected in [
        "180,000.0000 USDai",
        "36, one every 30 days, the same payment each time",
        "20.00 % a year on overdue principal",
        "1.00 % = 1,800.0000 USDai",
        "taken now, it would draw 144,000.0000 USDai from tranche 0",
        "Nothing was signed: this was a dry run. The digest (EIP-712) is 0x",
    ] {
        assert!(dry.contains(expected), "{expected} in {dry}");
    }
    assert!(!world.folder().join("signed.json").exists());
    let unasked = world.run(&[&["--mnemonic-index", "14"][..], &sign].concat());
    assert!(
        unasked.error().contains("lets 0x") && unasked.error().contains("borrow 180,000.0000 USDai"),
        "{}",
        unasked.stderr
    );
    let other_key = world.run_as(keys::ALICE, &sign);
    assert!(
        other_key.error().contains("the terms name the underwriter"),
        "{}",
        other_key.stderr
    );

    let signed = world.json_as(keys::UNDERWRITER, &sign);
    let over = world.run_as(keys::UNDERWRITER, &sign);
    assert!(
        over.error().contains("signed terms are not written over"),
        "{}",
        over.stderr
    );
    let verified = world.run(&["terms", "verify", "signed.json", "--json"]).ok().json();
    assert_eq!((&verified["valid"], &verified["loan"]), (&true.into(), &signed["loan"]));
    let told = world.run(&["terms", "verify", "signed.json"]).ok().stdout;
    assert!(
        told.contains("They are signed by the underwriter and can be taken."),
        "{told}"
    );

    let file = SignedTerms::read(&world.folder().join("signed.json")).unwrap();
    let borrow = ILoanPool::borrowCall {
        terms: file.terms.clone(),
        signature: file.signature,
        maxBlendedRate: U256::MAX,
    };
    send(&world, world.account(keys::OPERATOR), pool(&world), &borrow);
    assert_eq!(status(&world, file.terms.eip712_hash_struct()), LoanStatus::Active);
    let taken = world.run(&["terms", "verify", "signed.json", "--json"]);
    assert_eq!(taken.code, 1);
    assert!(
        findings(&taken.json()).contains("the loan was taken already"),
        "{}",
        taken.stdout
    );
    // The next template counts on.
    let next = world.json_as(keys::UNDERWRITER, &["terms", "new"]);
    assert_eq!(next["nonce"], "1");
}

#[test]
fn what_speaks_against_terms_is_said() {
    let (world, title) = world_with_title();
    let good = terms(&world, title, 1);
    let stranger = world.account(keys::STRANGER);

    let cases: [(Change, &str); 9] = [
        (Box::new(|terms| terms.expiry = 1), "they expired"),
        (Box::new(move |terms| terms.borrower = stranger), "not the borrower's"),
        (
            Box::new(|terms| terms.collateralId = U256::from(99)),
            "there is no CALIBER title 99",
        ),
        (
            Box::new(|terms| terms.principal = whole(200_000)),
            "more than this collateral allows",
        ),
        (Box::new(|terms| terms.gracePeriod = 31 * DAY), "longer than 30 days"),
        (Box::new(|terms| terms.schedule = 9), "there is no schedule 9"),
        (Box::new(|terms| terms.duration += 1), "whole intervals"),
        (Box::new(|terms| terms.penaltyRate = 1 << 40), "above the highest rate"),
        (Box::new(|terms| terms.exitFeeBps = 10_001), "above 100 %"),
    ];
    for (index, (change, expected)) in cases.iter().enumerate() {
        let mut changed = good.clone();
        change(&mut changed);
        let (file, _) = write_signed(&world, &changed, &format!("case-{index}.json"));
        let told = world.run(&["terms", "verify", &file, "--json"]);
        assert_eq!(told.code, 1, "{expected}: {}", told.stdout);
        assert!(
            findings(&told.json()).contains(expected),
            "{expected} in {}",
            told.stdout
        );
        let sign = world.run_as(keys::UNDERWRITER, &["terms", "sign", &file, "-o", "again.json"]);
        assert!(
            sign.error().contains("could not be taken as things stand"),
            "{}",
            sign.stderr
        );
    }
    let mut unusual = good.clone();
    unusual.penaltyRate = 40_000_000_000;
    unusual.expiry += 90 * DAY;
    let (file, _) = write_signed(&world, &unusual, "unusual.json");
    let told = world.run(&["terms", "verify", &file, "--json"]).ok().json();
    for expected in [
        "a penalty of 126.14 % a year is unusually high",
        "they can be taken until",
    ] {
        assert!(findings(&told).contains(expected), "{expected} in {told}");
    }
}

#[test]
fn signatures_are_checked_as_the_pool_does() {
    let (world, title) = world_with_title();
    let good = terms(&world, title, 1);
    let (file, _) = write_signed(&world, &good, "good.json");
    world.run(&["terms", "verify", &file]).ok();
    let signature = SignedTerms::read(&world.folder().join(&file)).unwrap().signature;
    let refused = |terms: &LoanTerms, signature: Bytes, expected: &str| {
        write(&world, terms, signature, "bad.json");
        let told = world.run(&["terms", "verify", "bad.json", "--json"]);
        assert_eq!(told.code, 1);
        assert!(
            findings(&told.json()).contains(expected),
            "{expected} in {}",
            told.stdout
        );
    };
    let mut changed = good.clone();
    changed.principal += U256::from(1);
    refused(&changed, signature.clone(), "signed, not the underwriter");
    refused(
        &good,
        Bytes::new(),
        "a signature has 65 bytes (r, s, v), and this one 0",
    );
    let mut flipped = signature.to_vec();
    flipped[64] -= 27;
    refused(&good, flipped.into(), "the signature's v is");
    let mut wrong = signature.to_vec();
    wrong[5] ^= 1;
    refused(&good, wrong.into(), "the underwriter");
    // Another pool's file.
    let text = fs::read_to_string(world.folder().join(&file)).unwrap();
    let elsewhere = text.replace(&format!("{:#x}", pool(&world)), &Address::repeat_byte(1).to_string());
    assert_ne!(text, elsewhere);
    fs::write(world.folder().join("elsewhere.json"), elsewhere).unwrap();
    let told = world.run(&["terms", "verify", "elsewhere.json"]);
    assert!(
        told.error().contains("holds terms for the pool 0x0101"),
        "{}",
        told.stderr
    );
    // Somebody without the role.
    let mut unauthorized = good.clone();
    unauthorized.underwriter = world.account(keys::ALICE);
    let draft = world.folder().join("unauthorized.json");
    let unsigned = SignedTerms {
        chain_id: None,
        pool: None,
        terms: unauthorized,
        signature: Bytes::new(),
    };
    fs::write(&draft, unsigned.to_json().unwrap()).unwrap();
    let sign = ["terms", "sign", "unauthorized.json", "-o", "forced.json"];
    let refused = world.run_as(keys::ALICE, &sign);
    assert!(
        refused.stdout.contains("does not hold UNDERWRITER_ROLE"),
        "{}",
        refused.stdout
    );
    assert!(refused.error().contains("--force"), "{}", refused.stderr);
    let forced = world.json_as(keys::ALICE, &[&sign[..], &["--force"]].concat());
    assert!(findings(&forced).contains("does not hold UNDERWRITER_ROLE"), "{forced}");
    let verified = world.run(&["terms", "verify", "forced.json", "--json"]);
    assert_eq!((verified.code, &verified.json()["valid"]), (1, &false.into()));
}

#[test]
fn a_cancelled_nonce_is_used_up() {
    let (world, title) = world_with_title();
    let good = terms(&world, title, 5);
    let (file, _) = write_signed(&world, &good, "good.json");
    world.run(&["terms", "verify", &file]).ok();
    let unasked = world.run(&["--mnemonic-index", "14", "terms", "cancel", "5"]);
    assert!(unasked.error().contains("worthless for ever"), "{}", unasked.stderr);
    let dry = world.json_as(keys::UNDERWRITER, &["terms", "cancel", "5", "--dry-run"]);
    assert_eq!(dry["dryRun"], true);
    world.run(&["terms", "verify", &file]).ok();
    world.json_as(keys::UNDERWRITER, &["terms", "cancel", "5"]);
    let told = world.run(&["terms", "verify", &file]);
    assert_eq!(told.code, 1);
    assert!(
        told.stdout
            .contains("cannot be taken: the underwriter has used or cancelled the nonce 5"),
        "{}",
        told.stdout
    );
    let again = world.run_as(keys::UNDERWRITER, &["terms", "cancel", "5"]);
    assert!(
        again.error().contains("has used or cancelled the nonce 5"),
        "{}",
        again.stderr
    );
}

#[test]
fn contracts_sign_by_approving() {
    let (world, title) = world_with_title();
    let (admin, pool) = (world.suite().actors.admin, pool(&world));
    let signer = {
        let code = suite::Artifacts::default().creation_code("ContractSigner").unwrap();
        deploy_evm(&mut world.chain(), admin, code).unwrap()
    };
    let grant = ILoanPool::grantRoleCall {
        role: client::role_id("UNDERWRITER_ROLE"),
        account: signer,
    };
    send(&world, admin, pool, &grant);
    let draft = draft(
        &world,
        title,
        &[(&world.account(keys::UNDERWRITER).to_string(), &signer.to_string())],
    );
    // A date instead of a duration, so that the same terms are signed twice.
    let text = fs::read_to_string(world.folder().join(&draft)).unwrap();
    let expiry = world.now() + 5 * DAY;
    fs::write(
        world.folder().join(&draft),
        text.replace("14 days", &expiry.to_string()),
    )
    .unwrap();
    let sign = ["terms", "sign", &draft, "--signature", "0xc0ffee", "-o", "signed.json"];
    let early = world.run(&sign);
    assert!(
        early.error().contains("does not approve of the signature (ERC-1271)"),
        "{}",
        early.stderr
    );
    assert!(!world.folder().join("signed.json").exists());

    let dry = ["terms", "sign", &draft, "-o", "signed.json", "--dry-run", "--json"];
    let digest: B256 = world.run(&dry).ok().json()["digest"].as_str().unwrap().parse().unwrap();
    let signature = Bytes::from_static(&[0xc0, 0xff, 0xee]);
    let approve = IContractSigner::approveSignatureCall {
        hash: digest,
        signature: signature.clone(),
    };
    send(&world, admin, signer, &approve);
    world.run(&sign).ok();
    world.run(&["terms", "verify", "signed.json"]).ok();
    let file = SignedTerms::read(&world.folder().join("signed.json")).unwrap();
    assert_eq!(file.terms.eip712_signing_hash(&loan_domain(412_346, pool)), digest);
    let borrow = ILoanPool::borrowCall {
        terms: file.terms.clone(),
        signature,
        maxBlendedRate: U256::MAX,
    };
    send(&world, world.account(keys::OPERATOR), pool, &borrow);
    assert_eq!(status(&world, file.terms.eip712_hash_struct()), LoanStatus::Active);
    let used = ILoanPool::isNonceUsedCall {
        underwriter: signer,
        nonce: file.terms.nonce,
    };
    assert!(view(&world, pool, &used));
}
