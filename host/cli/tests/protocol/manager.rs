//! `usdai manager`: what it says, and what a strategy admin does.

use alloy_primitives::U256;
use suite::bindings::{ILoanPool, IStakedUSDai};

use crate::scene::{
    amount, borrow, effect, fund, is_settled, keys, month_with_bids, pool, request, stake, vault, view, waiting, whole,
};
use crate::support::{DAY, World};

/// The words of what is due.
fn due(status: &serde_json::Value) -> Vec<String> {
    let due = status["due"].as_array().expect("a list");
    due.iter()
        .map(|one| one["what"].as_str().expect("a word").to_owned())
        .collect()
}

#[test]
fn the_status_of_a_protocol_that_has_just_begun() {
    let world = World::new();
    let told = world.run(&["manager", "status"]).ok().stdout;
    for expected in [
        "sUSDai on local, ",
        "net asset value, USDai",
        "Tranches, in USDai",
        "Epoch 0, before the first epoch",
        "caliber-nft, collateral-auction, loan-pool",
    ] {
        assert!(told.contains(expected), "{expected} in {told}");
    }
    assert!(!told.contains('\x1b'));
    let status = world.run(&["manager", "status", "--json"]).ok().json();
    assert_eq!(amount(&status["books"]["idle"]), whole(10));
    assert_eq!(status["tranches"].as_array().unwrap().len(), 3);
    assert_eq!(status["tranches"][2]["advanceRateBps"], 8_000);
    assert_eq!(status["loans"].as_array().unwrap().len(), 0);
    assert_eq!(status["programs"].as_array().unwrap().len(), 13);
    assert!(status["programs"][0]["secondsLeft"].as_u64().unwrap() > 364 * DAY);
}

#[test]
fn the_status_follows_a_month() {
    let world = month_with_bids();
    let staking = world.suite().staking().unwrap();
    let told = world.run(&["manager", "status"]).ok().stdout;
    for expected in [
        "Epoch 0, bid phase",
        "its auction may spend 5,000.0000 USDai at most",
        "under sealed bids 12,000.0000 sUSDai",
    ] {
        assert!(told.contains(expected), "{expected} in {told}");
    }
    world.pass_until(staking.bid_end(0));
    let status = world.run(&["manager", "status", "--json"]).ok().json();
    assert_eq!(status["calendar"]["phase"], "reveal phase");
    assert!(due(&status).contains(&"reveal".to_owned()), "{status}");
    world
        .run_as(keys::STRANGER, &["keeper", "--once", "--only", "reveal"])
        .ok();
    let told = world.run(&["manager", "status"]).ok().stdout;
    for expected in ["3.00 %", "1.50 %", "4,000.0000   ████████████████████████"]
    {
        assert!(told.contains(expected), "{expected} in {told}");
    }
    world.pass_until(staking.epoch_end(0));
    let status = world.run(&["manager", "status", "--json"]).ok().json();
    assert_eq!(status["calendar"]["toSettle"], 0);
    assert_eq!(status["calendar"]["levelsOfEpoch"], 0);
    assert!(due(&status).contains(&"settle".to_owned()), "{status}");
    assert!(!due(&status).contains(&"service".to_owned()), "{status}");
    world.run_as(keys::STRATEGIST, &["manager", "settle"]).ok();
    let status = world.run(&["manager", "status", "--json"]).ok().json();
    assert!(due(&status).contains(&"restore".to_owned()), "{status}");
    assert!(!due(&status).contains(&"settle".to_owned()), "{status}");
}

#[test]
fn the_status_knows_the_terms_of_loans_from_the_chain() {
    let world = World::new();
    fund(&world);
    let (terms, loan) = borrow(&world, 1);
    let status = world.run(&["manager", "status", "--json"]).ok().json();
    let told = &status["loans"][0];
    assert_eq!(told["loan"], loan.to_string());
    assert_eq!(
        (&told["status"], &told["termsKnown"]),
        (&"running".into(), &true.into())
    );
    assert_eq!(amount(&told["outstanding"]), whole(180_000));
    let start = told["startedAt"].as_u64().unwrap();
    assert_eq!(told["deadline"].as_u64().unwrap(), start + terms.repaymentInterval);
    assert!(
        due(&status)
            .iter()
            .all(|what| !["impair", "default"].contains(&what.as_str()))
    );
    world.pass(31 * DAY);
    let status = world.run(&["manager", "status", "--json"]).ok().json();
    assert!(due(&status).contains(&"impair".to_owned()), "{status}");
    world.pass(10 * DAY);
    let told = world.run(&["manager", "status"]).ok().stdout;
    let expected = format!("usdai manager default {loan}");
    assert!(told.contains(&expected), "{expected} in {told}");
}

#[test]
fn base_yield_is_harvested_by_the_manager_alone() {
    let world = World::new();
    stake(&world, world.account(keys::ALICE), 100_000);
    world.pass(30 * DAY);
    let dry = world.json_as(keys::STRATEGIST, &["manager", "harvest", "--dry-run"]);
    assert_eq!(dry["dryRun"], true);
    let [before, after] = effect(&dry, "idle");
    assert!(after > before + whole(300), "{dry}");
    let [before, after] = effect(&dry, "deposit price");
    assert_eq!(after, before, "the yield counted already");
    assert_eq!(
        view(&world, vault(&world), &IStakedUSDai::booksCall {}).idle,
        whole(100_010)
    );

    let stranger = world.run_as(keys::STRANGER, &["manager", "harvest"]);
    assert!(
        stranger.error().contains("does not hold STRATEGY_ADMIN_ROLE"),
        "{}",
        stranger.stderr
    );
    let more = world.run_as(keys::STRATEGIST, &["manager", "harvest", "--at-least", "1,000"]);
    assert!(
        more.error()
            .contains("of base yield are claimable, not 1,000.0000 USDai"),
        "{}",
        more.stderr
    );
    let done = world.json_as(keys::STRATEGIST, &["manager", "harvest", "--at-least", "300"]);
    let (deposited, fee) = (amount(&done["deposited"]), amount(&done["adminFee"]));
    assert!(deposited > whole(300), "{done}");
    assert!(
        (deposited / U256::from(9)).abs_diff(fee) < U256::from(10),
        "a tenth is the fee: {done}"
    );
}

#[test]
fn assets_are_lent_and_taken_back() {
    let world = World::new();
    stake(&world, world.account(keys::ALICE), 100_000);
    let strategist = keys::STRATEGIST;
    let unasked = world.run(&["--mnemonic-index", "10", "manager", "allocate", "0", "60,000"]);
    assert!(unasked.error().contains("--yes"), "{}", unasked.stderr);
    let too_much = world.run_as(strategist, &["manager", "allocate", "0", "200,000"]);
    assert!(
        too_much.error().contains("has not the idle assets"),
        "{}",
        too_much.stderr
    );
    let no_tranche = world.run_as(strategist, &["manager", "allocate", "4", "1"]);
    assert_eq!(no_tranche.code, 2);

    let lent = world.json_as(strategist, &["manager", "allocate", "0", "60,000"]);
    assert_eq!(lent["tranche"], 0);
    let [_, idle] = effect(&lent, "idle");
    assert_eq!(idle, whole(40_010));
    let [before, after] = effect(&lent, "net asset value, redemptions");
    assert!(
        before - after < U256::from(10_000_000),
        "only what the first deposit locks: {lent}"
    );
    let held = view(
        &world,
        vault(&world),
        &IStakedUSDai::trancheSharesCall { tranche: U256::ZERO },
    );
    world.json_as(strategist, &["manager", "deallocate", "0", "--usdai", "10,000"]);
    let books = view(&world, vault(&world), &IStakedUSDai::booksCall {});
    assert!(
        books.idle >= whole(50_010) && books.idle < whole(50_011),
        "{}",
        books.idle
    );
    let back = world.json_as(strategist, &["manager", "deallocate", "0", "all"]);
    assert!(amount(&back["assets"]) > whole(49_999), "{back} of {held}");
    let remaining = view(
        &world,
        vault(&world),
        &IStakedUSDai::trancheSharesCall { tranche: U256::ZERO },
    );
    assert_eq!(remaining, U256::ZERO);
    let nothing = world.run_as(strategist, &["manager", "deallocate", "0", "all"]);
    assert!(nothing.error().contains("no shares of tranche 0"), "{}", nothing.stderr);

    world.json_as(strategist, &["manager", "allocate", "2", "5,000"]);
    let early = world.run_as(strategist, &["manager", "deallocate", "2", "all"]);
    assert!(
        early.error().contains("no shares of tranche 2 that it can redeem now"),
        "{}",
        early.stderr
    );
    let notice = world.json_as(strategist, &["manager", "notice", "2", "all"]);
    let from = notice["from"].as_u64().unwrap();
    let told = world.run(&["manager", "status"]).ok().stdout;
    assert!(
        told.contains("shares of tranche 2 are under notice: they can be taken back from"),
        "{told}"
    );
    let early = world.run_as(strategist, &["manager", "deallocate", "2", "all"]);
    assert!(
        early.error().contains("shares under notice are redeemed from"),
        "{}",
        early.stderr
    );
    world.pass_until(from);
    let status = world.run(&["manager", "status", "--json"]).ok().json();
    assert!(due(&status).contains(&"deallocate".to_owned()), "{status}");
    let back = world.json_as(strategist, &["manager", "deallocate", "2", "all"]);
    assert!(amount(&back["assets"]) > whole(4_999), "{back}");

    world.json_as(strategist, &["manager", "allocate", "1", "5,000"]);
    world.json_as(strategist, &["manager", "notice", "1", "all"]);
    world.json_as(strategist, &["manager", "cancel-notice", "1"]);
    let call = ILoanPool::noticeOfCall {
        account: vault(&world),
        id: U256::from(1),
    };
    assert_eq!(view(&world, pool(&world), &call).shares, U256::ZERO);
}

#[test]
fn an_auction_is_announced_settled_and_the_queue_serviced() {
    let world = month_with_bids();
    let staking = world.suite().staking().unwrap();
    let strategist = keys::STRATEGIST;
    let again = world
        .run_as(strategist, &["manager", "announce-limit", "6,000"])
        .ok()
        .stdout;
    assert!(again.contains("It replaces the limit of 5,000.0000 USDai"), "{again}");
    let next = world.json_as(strategist, &["manager", "announce-limit", "1,000", "--epoch", "1"]);
    assert_eq!((&next["epoch"], amount(&next["limit"])), (&1.into(), whole(1_000)));
    let early = world.run_as(strategist, &["manager", "settle"]);
    assert!(early.error().contains("no ended epoch with bids"), "{}", early.stderr);

    world.pass_until(staking.bid_end(0));
    let late = world.run_as(strategist, &["manager", "announce-limit", "1", "--epoch", "0"]);
    assert!(
        late.error().contains("the limit of epoch 0 could be announced until"),
        "{}",
        late.stderr
    );
    let lending = world.run_as(strategist, &["manager", "allocate", "0", "1"]);
    assert!(
        lending.error().contains("sealed bids wait for their settlement"),
        "{}",
        lending.stderr
    );
    world
        .run_as(keys::STRANGER, &["keeper", "--once", "--only", "reveal"])
        .ok();
    world.pass_until(staking.epoch_end(0));
    let public = world.run_as(keys::STRANGER, &["manager", "settle"]);
    assert!(
        public.error().contains("only the strategy admin may do this"),
        "{}",
        public.stderr
    );
    let early = world.run_as(strategist, &["manager", "service"]);
    assert!(
        early.error().contains("the auction of epoch 0 has to be settled first"),
        "{}",
        early.stderr
    );

    let settled = world.json_as(strategist, &["manager", "settle"]);
    assert_eq!(settled["epoch"], 0);
    // 4,000 at 3 % are wholly filled, the next level is filled as far as 6,000 USDai go, and all pay 1.5 %.
    assert_eq!(settled["clearingDiscountBps"], 150);
    assert!(amount(&settled["filledShares"]) > whole(6_000), "{settled}");
    let [before, after] = effect(&settled, "redemption price");
    assert!(
        after >= before && after < before + U256::from(10).pow(U256::from(12)),
        "the discount vests: {settled}"
    );
    assert!(is_settled(&world, 0));

    let waits = world.run_as(strategist, &["manager", "service"]);
    assert!(
        waits
            .error()
            .contains("of losing bids can come back to their places until"),
        "{}",
        waits.stderr
    );
    world
        .run_as(keys::STRANGER, &["keeper", "--once", "--only", "restore"])
        .ok();
    let [awaiting, eligible] = waiting(&world);
    assert_eq!(awaiting, U256::ZERO);
    let some = world.json_as(strategist, &["manager", "service", "500"]);
    assert_eq!(amount(&some["shares"]), whole(500));
    let rest = world.json_as(strategist, &["manager", "service"]);
    assert_eq!(amount(&rest["shares"]), eligible - whole(500), "{rest}");
    assert_eq!(rest["allServiced"], true);
    let nothing = world.run_as(strategist, &["manager", "service"]);
    assert!(
        nothing.error().contains("nothing can be serviced"),
        "{}",
        nothing.stderr
    );
}

#[test]
fn what_the_idle_assets_do_not_pay_for_waits() {
    let world = World::new();
    let staking = world.suite().staking().unwrap();
    let alice = world.account(keys::ALICE);
    stake(&world, alice, 10_000);
    world.pass_until(staking.epoch_start(0) + DAY);
    request(&world, alice, 9_000);
    world.json_as(keys::STRATEGIST, &["manager", "allocate", "0", "9,000"]);
    world.pass_until(staking.epoch_end(0));
    let told = world.json_as(keys::STRATEGIST, &["manager", "service"]);
    let serviced = amount(&told["shares"]);
    assert!(serviced > whole(990) && serviced < whole(1_010), "{told}");
    assert_eq!(told["allServiced"], false);
    let more = world.run_as(keys::STRATEGIST, &["manager", "service", "9,000"]);
    assert_eq!(more.code, 1, "{}", more.stdout);
}
