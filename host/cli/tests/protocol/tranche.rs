//! `usdai tranche`: a curator's shares.

use alloy_primitives::U256;
use suite::bindings::ILoanPool;

use crate::scene::{amount, effect, endow, keys, pool, view, whole};
use crate::support::{DAY, World};

#[test]
fn tranches_are_shown_with_and_without_an_account() {
    let world = World::new();
    let told = world.run(&["tranche", "show"]).ok().stdout;
    for expected in ["9.00 %", "12.00 %", "16.00 %", "60.00 %", "80.00 %"] {
        assert!(told.contains(expected), "{expected} in {told}");
    }
    assert!(!told.contains("free shares"), "{told}");
    let curator = world.account(keys::CURATOR).to_string();
    let told = world.run(&["tranche", "show", "--account", &curator]).ok().stdout;
    assert!(
        told.contains("free shares") && told.contains("after a notice"),
        "{told}"
    );
}

#[test]
fn a_curator_lends_gives_notice_and_redeems() {
    let world = World::new();
    let curator = world.account(keys::CURATOR);
    world.give_usdai(curator, 50_000);
    let too_much = world.run_as(keys::CURATOR, &["tranche", "deposit", "2", "60,000"]);
    assert!(
        too_much
            .error()
            .contains("holds 50,000.0000 USDai, not 60,000.0000 USDai"),
        "{}",
        too_much.stderr
    );
    let dry = world.json_as(keys::CURATOR, &["tranche", "deposit", "2", "40,000", "--dry-run"]);
    assert_eq!(dry["steps"].as_array().unwrap().len(), 2, "approval and deposit: {dry}");
    assert_eq!(effect(&dry, "USDai"), [50_000, 10_000].map(whole));
    assert_eq!(world.balance(world.suite().usdai, curator), whole(50_000));
    let unasked = world.run(&["--mnemonic-index", "22", "tranche", "deposit", "2", "40,000"]);
    assert!(
        unasked.error().contains("lends 40,000.0000 USDai in tranche 2"),
        "{}",
        unasked.stderr
    );

    let lent = world.json_as(keys::CURATOR, &["tranche", "deposit", "2", "40,000"]);
    let shares = amount(&lent["shares"]);
    assert!(shares > whole(39_999) && shares <= whole(40_000), "{lent}");
    let at_once = world.run_as(keys::CURATOR, &["tranche", "redeem", "2", "all"]);
    assert!(
        at_once.error().contains("usdai tranche notice 2 all"),
        "{}",
        at_once.stderr
    );
    let senior = world.run_as(keys::CURATOR, &["tranche", "notice", "0", "all"]);
    assert!(
        senior.error().contains("redeemed at once, without notice"),
        "{}",
        senior.stderr
    );

    let noticed = world.json_as(keys::CURATOR, &["tranche", "notice", "2", "all"]);
    let (from, until) = (noticed["from"].as_u64().unwrap(), noticed["until"].as_u64().unwrap());
    assert_eq!((from, until), (world.now() + 45 * DAY, world.now() + 52 * DAY));
    let shown = world.json_as(keys::CURATOR, &["tranche", "show"]);
    let position = &shown["tranches"][2]["position"];
    assert_eq!(
        (amount(&position["free"]), amount(&position["noticed"])),
        (U256::ZERO, shares)
    );
    let early = world.run_as(keys::CURATOR, &["tranche", "redeem", "2", "all"]);
    assert!(
        early.error().contains("shares under notice are redeemed from"),
        "{}",
        early.stderr
    );
    world.json_as(keys::CURATOR, &["tranche", "cancel-notice", "2"]);
    let call = ILoanPool::noticeOfCall {
        account: curator,
        id: U256::from(2),
    };
    assert_eq!(view(&world, pool(&world), &call).shares, U256::ZERO);

    world.json_as(keys::CURATOR, &["tranche", "notice", "2", "10,000"]);
    world.pass(30 * DAY);
    let anew = world.run(&["--mnemonic-index", "22", "tranche", "notice", "2", "0"]);
    assert!(
        anew.error()
            .contains("begins the notice of 10,000.0000 shares of tranche 2 anew"),
        "{}",
        anew.stderr
    );
    world.pass(15 * DAY);
    let redeemed = world.json_as(keys::CURATOR, &["tranche", "redeem", "2", "all"]);
    assert_eq!(amount(&redeemed["shares"]), whole(10_000));
    let assets = amount(&redeemed["assets"]);
    assert!(assets > whole(9_999) && assets <= whole(10_000), "{redeemed}");
}

#[test]
fn senior_shares_are_redeemed_at_once() {
    let world = World::new();
    let curator = world.account(keys::CURATOR);
    endow(&world, curator, pool(&world), 1_000);
    let lent = world.json_as(keys::CURATOR, &["tranche", "deposit", "0", "all"]);
    assert_eq!(
        lent["steps"].as_array().unwrap().len(),
        1,
        "it is approved already: {lent}"
    );
    let told = world
        .run_as(keys::CURATOR, &["tranche", "redeem", "0", "all"])
        .ok()
        .stdout;
    assert!(told.contains("Done."), "{told}");
    let nothing = world.run_as(keys::CURATOR, &["tranche", "redeem", "0", "all"]);
    assert!(
        nothing.error().contains("has no shares of tranche 0 to redeem"),
        "{}",
        nothing.stderr
    );
}
