//! `usdai manager` on loans in trouble and on their collateral.

use alloy_primitives::{B256, U256};
use client::bindings::ICollateralAuction::{self, Status};
use suite::bindings::ILoanPool::LoanStatus;

use crate::scene::{GRACE, MONTH, amount, borrow, effect, endow, fund, keys, send, status, view, whole};
use crate::support::{DAY, World};

/// A chain with a loan of 180,000.
fn world_with_loan() -> (World, B256) {
    let world = World::new();
    fund(&world);
    let (_, loan) = borrow(&world, 1);
    (world, loan)
}

fn listing(world: &World, loan: B256) -> ICollateralAuction::listingReturn {
    let auction = world.suite().credit().unwrap().auction;
    view(world, auction, &ICollateralAuction::listingCall { loanId: loan })
}

#[test]
fn a_loan_in_trouble_from_its_impairment_to_the_sale_of_its_collateral() {
    let (world, loan) = world_with_loan();
    let id = loan.to_string();
    let early = world.run_as(keys::RISK_ADMIN, &["manager", "impair", &id]);
    assert!(
        early.error().contains("no deadline was missed: the next is"),
        "{}",
        early.stderr
    );
    world.pass(MONTH + DAY);
    let stranger = world.run_as(keys::STRANGER, &["manager", "impair", &id]);
    assert!(
        stranger.error().contains("does not hold RISK_ADMIN_ROLE"),
        "{}",
        stranger.stderr
    );
    let dry = world.json_as(keys::RISK_ADMIN, &["manager", "impair", &id, "--dry-run"]);
    assert_eq!(status(&world, loan), LoanStatus::Active);
    // 75 % of what the lot is worth secure it: some 5,000 of the 180,000 are not covered, the junior tranche's first.
    let [before, after] = effect(&dry, "tranche 2, redemptions");
    assert!(before > after + whole(1_000), "{dry}");
    let [before, after] = effect(&dry, "tranche 0, redemptions");
    assert_eq!(before, after, "{dry}");
    let impaired = world.json_as(keys::RISK_ADMIN, &["manager", "impair", &id]);
    let provision = amount(&impaired["provision"]);
    assert!(provision > whole(1_000) && provision < whole(10_000), "{impaired}");

    let early = world.run_as(keys::STRANGER, &["manager", "default", &id]);
    assert!(
        early.error().contains("the loan can be marked as defaulted from"),
        "{}",
        early.stderr
    );
    world.pass(GRACE);
    let unasked = world.run(&["--mnemonic-index", "9", "manager", "default", &id]);
    assert!(
        unasked
            .error()
            .contains("stops settling auctions and servicing the queue"),
        "{}",
        unasked.stderr
    );
    let defaulted = world.json_as(keys::STRANGER, &["manager", "default", &id]);
    assert_eq!(defaulted["cureEnd"].as_u64().unwrap(), world.now() + 14 * DAY);
    assert_eq!(status(&world, loan), LoanStatus::Defaulted);
    let told = world.run(&["manager", "status"]).ok().stdout;
    assert!(told.contains("in default") && told.contains(" cure it"), "{told}");

    let early = world.run_as(keys::STRANGER, &["manager", "liquidate", &id]);
    assert!(
        early.error().contains("the borrower can cure the default until"),
        "{}",
        early.stderr
    );
    let early = world.run_as(keys::STRANGER, &["manager", "list", &id]);
    assert!(early.error().contains("has not liquidated loan"), "{}", early.stderr);
    world.pass(14 * DAY);
    let liquidated = world.json_as(keys::STRANGER, &["manager", "liquidate", &id]);
    let (debt, reserve) = (amount(&liquidated["debt"]), amount(&liquidated["reserve"]));
    assert!(debt > whole(180_000) && reserve < whole(180_000), "{liquidated}");
    let listed = world.json_as(keys::STRANGER, &["manager", "list", &id]);
    assert_eq!((&listed["round"], amount(&listed["reserve"])), (&1.into(), reserve));
    let again = world.run_as(keys::STRANGER, &["manager", "list", &id]);
    assert!(again.error().contains("was listed already"), "{}", again.stderr);
    let open = world.run_as(keys::STRANGER, &["manager", "settle-sale", &id]);
    assert!(open.error().contains("the listing takes bids until"), "{}", open.stderr);

    let (bidder, auction) = (world.account(keys::BOB), world.suite().credit().unwrap().auction);
    endow(&world, bidder, auction, 300_000);
    let bid = ICollateralAuction::bidCall {
        loanId: loan,
        amount: listing(&world, loan).reserve,
    };
    send(&world, bidder, auction, &bid);
    world.pass(4 * DAY);
    let sold = world.json_as(keys::STRANGER, &["manager", "settle-sale", &id]);
    assert_eq!(amount(&sold["proceeds"]), reserve);
    assert_eq!(amount(&sold["surplus"]), U256::ZERO);
    assert!(amount(&sold["principal"]) < reserve);
    assert_eq!(status(&world, loan), LoanStatus::Liquidated);
}

#[test]
fn collateral_that_nobody_buys_is_relisted_and_the_loan_written_off() {
    let (world, loan) = world_with_loan();
    let id = loan.to_string();
    world.pass(MONTH + GRACE);
    world.run_as(keys::STRANGER, &["manager", "default", &id]).ok();
    world.pass(14 * DAY);
    world.run_as(keys::STRANGER, &["manager", "liquidate", &id]).ok();
    world.run_as(keys::STRANGER, &["manager", "list", &id]).ok();
    let first = listing(&world, loan).reserve;
    for (round, reserve) in [(2, "100%"), (3, "80%")] {
        world.pass(3 * DAY);
        let stranger = world.run_as(keys::STRANGER, &["manager", "relist", &id, reserve]);
        assert!(
            stranger.error().contains("does not hold RISK_ADMIN_ROLE"),
            "{}",
            stranger.stderr
        );
        let few = world.run_as(keys::STRANGER, &["manager", "write-off", &id]);
        assert!(few.error().contains("a loan is written off after 3"), "{}", few.stderr);
        let relisted = world.json_as(keys::RISK_ADMIN, &["manager", "relist", &id, reserve]);
        assert_eq!(relisted["round"], round);
    }
    let last = listing(&world, loan).reserve;
    assert_eq!(last, (first * U256::from(8)).div_ceil(U256::from(10)));
    world.pass(3 * DAY);
    let told = world.run(&["manager", "status"]).ok().stdout;
    assert!(told.contains(&format!("usdai manager write-off {id}")), "{told}");
    let high = world.run_as(keys::RISK_ADMIN, &["manager", "relist", &id, "999,999"]);
    assert!(
        high.error()
            .contains("a reserve of 999,999.0000 USDai is out of bounds"),
        "{}",
        high.stderr
    );
    let dry = world.json_as(keys::STRANGER, &["manager", "write-off", &id, "--dry-run"]);
    assert_eq!(status(&world, loan), LoanStatus::Liquidating);
    assert!(
        effect(&dry, "net asset value, redemptions")
            .iter()
            .all(|value| !value.is_zero())
    );
    let written_off = world.json_as(keys::STRANGER, &["manager", "write-off", &id]);
    assert!(!amount(&written_off["losses"][2]).is_zero(), "{written_off}");
    assert_eq!(status(&world, loan), LoanStatus::WrittenOff);
    assert_eq!(listing(&world, loan).status, Status::Failed);
    let again = world.run_as(keys::STRANGER, &["manager", "write-off", &id]);
    assert!(again.error().contains("is written off already"), "{}", again.stderr);
}

#[test]
fn loans_are_named_by_id_or_by_the_file_of_their_terms() {
    let (world, loan) = world_with_loan();
    let unknown = world.run_as(
        keys::RISK_ADMIN,
        &["manager", "impair", &B256::repeat_byte(7).to_string()],
    );
    assert!(
        unknown.error().contains("has never lent anything as loan 0x0707"),
        "{}",
        unknown.stderr
    );
    let no_file = world.run_as(keys::RISK_ADMIN, &["manager", "impair", "nothing.json"]);
    assert!(
        no_file.error().contains("cannot read the terms nothing.json"),
        "{}",
        no_file.stderr
    );
    let terms = crate::scene::terms(&world, U256::from(1), 2);
    let (file, other) = crate::terms::write_signed(&world, &terms, "other.json");
    assert_ne!(other, loan, "another nonce");
    world.pass(MONTH + DAY);
    let other = world.run_as(keys::RISK_ADMIN, &["manager", "impair", &file]);
    assert!(
        other.error().contains("not taken, which does not allow this"),
        "{}",
        other.stderr
    );
}

#[test]
fn a_folder_of_terms_is_read_whole_or_refused() {
    let (world, loan) = world_with_loan();
    let folder = world.folder().join("terms");
    std::fs::create_dir(&folder).unwrap();
    let terms = crate::scene::terms(&world, U256::from(1), 2);
    crate::terms::write_signed(&world, &terms, "terms/another.json");
    std::fs::write(folder.join("notes.txt"), "no terms").unwrap();
    let status = world
        .run(&["manager", "status", "--terms", "terms", "--json"])
        .ok()
        .json();
    assert_eq!(status["loans"][0]["loan"], loan.to_string());
    std::fs::write(folder.join("broken.json"), "{}").unwrap();
    let broken = world.run(&["manager", "status", "--terms", "terms"]);
    assert!(broken.error().contains("broken.json"), "{}", broken.stderr);
    let missing = world.run(&["manager", "status", "--terms", "nowhere"]);
    assert!(
        missing.error().contains("cannot read the folder of terms nowhere"),
        "{}",
        missing.stderr
    );
}
