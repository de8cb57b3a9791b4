//! Attacks with amounts: each ends in a loss, or at best in nothing, for whoever tries it.
//!
//! An attacker's wealth is his USDai and what his shares would bring at the redemption price if the vault ended now,
//! which flatters him: he would still have to wait in the queue.

use super::prelude::*;

/// USDai of `account`, its shares at the redemption price, and what it can claim.
fn wealth(w: &Deployed, account: Address) -> U256 {
    let price = w.prices().conservative;
    w.usdai_of(account) + price.worth(w.shares_of(account)) + w.claimable(account).1
}

/// Sends USDai to the vault.
fn donate(w: &mut Deployed, from: Address, amount: U256) {
    let vault = w.staking().vault;
    w.usdai(
        from,
        &IUSDai::transferCall {
            to: vault,
            value: amount,
        },
    )
    .must();
}

#[test]
fn inflating_the_first_deposit_costs_more_than_it_takes() {
    // The attacker is the first depositor of a vault of its own, with as little as he may, and inflates the price by
    // yield, the only gift that counts; the victim's deposit is rounded down.
    let mut w = World::staked();
    let (admin, attacker, victim) = (w.suite.actors.admin, w.suite.actors.bob, w.suite.actors.alice);
    let wm = w.suite.tokens.wm.token;
    let usdai_address = w.suite.usdai;
    let bare = bare_vault(&mut w, usdai_address).vault;
    // The usual vault takes no yield away from it.
    let role = role_id("YIELD_ROLE");
    w.usdai(admin, &IUSDai::grantRoleCall { role, account: bare }).must();
    w.vault(admin, &V::setBaseYieldFeeCall { feeBps: 0 }).must();
    w.send(admin, bare, &V::setBaseYieldFeeCall { feeBps: 0 }).must();
    for account in [attacker, victim] {
        w.mint_usdai(account, 2_000_000);
        w.allow(usdai_address, account, bare);
    }
    let start = w.usdai_of(attacker);
    let spent = one() + n(LOCKED_SHARES);
    w.send(attacker, bare, &deposit(spent, attacker)).must();
    // He burns USDai's worth of a million into yield: wM for USDai, sent to USDai.
    w.withdraw(attacker, wm, usdai(1_000_000), units(1_000_000), attacker)
        .must();
    w.send(
        attacker,
        wm,
        &IERC20::transferCall {
            to: usdai_address,
            value: units(1_000_000),
        },
    )
    .must();
    let nav = w.chain.view(bare, &V::navCall {});
    assert_eq!(nav, usdai(1_000_000) + spent);
    let shares = w.send(victim, bare, &deposit(usdai(999_999), victim)).must();
    let price = Price {
        nav: nav + usdai(999_999),
        shares: spent + shares,
    };
    // What the victim loses by rounding is less than one unit's price, a millionth of a dollar.
    let victims = price.worth(shares);
    assert!(usdai(999_999) - victims <= n(2_000_000), "{}", usdai(999_999) - victims);
    // The attacker has given the locked shares a part of his gift, and gained at most the victim's rounding.
    let attackers = w.usdai_of(attacker) + price.worth(one());
    assert!(attackers < start, "{attackers} of {start}");
    let locked = price.worth(n(LOCKED_SHARES));
    assert!(
        start - attackers >= locked - n(2_000_000),
        "he pays {}",
        start - attackers
    );
}

#[test]
fn donated_usdai_is_lost_to_the_giver() {
    let mut w = opened();
    let (attacker, victim) = (w.suite.actors.bob, w.suite.actors.alice);
    w.fund_usdai(attacker, 1_000_000);
    let start = wealth(&w, attacker);
    donate(&mut w, attacker, usdai(999_000));
    assert_eq!(start - wealth(&w, attacker), usdai(999_000));
    // The victim gets exactly what she would have got.
    assert_eq!(w.stake(victim, 7), usdai(7));
    w.mint_usdai(victim, 1);
    w.vault(victim, &deposit(n(1), victim)).must();
    // Nor does it come back with a redemption.
    w.vault(attacker, &request(usdai(1_000), attacker)).must();
    w.to_epoch(1);
    assert_eq!(w.service(usdai(1_000)), usdai(1_000));
    w.claim_all(attacker);
    assert_eq!(start - wealth(&w, attacker), usdai(999_000));
}

#[test]
fn donated_wrapped_m_is_everybodys_yield() {
    let mut w = opened();
    let (attacker, victim) = (w.suite.actors.bob, w.suite.actors.alice);
    let wm = w.suite.tokens.wm.token;
    w.mint_usdai(attacker, 100_000);
    w.fund_usdai(victim, 1_000);
    let start = wealth(&w, attacker);
    w.withdraw(attacker, wm, usdai(100_000), units(100_000), attacker)
        .must();
    let to = w.suite.usdai;
    w.send(
        attacker,
        wm,
        &IERC20::transferCall {
            to,
            value: units(100_000),
        },
    )
    .must();
    let shares = w.vault(victim, &deposit(usdai(1_000), victim)).must();
    let paid = w.prices().conservative.worth(shares);
    assert!(usdai(1_000) - paid < n(100), "the victim loses {}", usdai(1_000) - paid);
    // 1,000 of 4,010 shares, less the fee: he is out of three quarters and more.
    let lost = start - wealth(&w, attacker);
    let kept = mul_div(net(usdai(100_000)), usdai(1_000), usdai(4_010));
    assert!(
        lost >= usdai(100_000) - kept - n(100) && lost <= usdai(100_000) - kept + n(100),
        "{lost}"
    );
}

#[test]
fn donated_tranche_shares_are_lost_to_the_giver() {
    let mut w = opened();
    let (attacker, strategist, vault) = (w.suite.actors.bob, w.suite.actors.strategist, w.staking().vault);
    let pool = w.link_pool();
    w.vault(strategist, &allocate(0, usdai(1_000))).must();
    w.mint_usdai(attacker, 50_000);
    let usdai_address = w.suite.usdai;
    w.allow(usdai_address, attacker, pool);
    let (start, prices) = (wealth(&w, attacker), w.prices());
    let lend = suite::bindings::ILoanPool::deposit_0Call {
        tranche: U256::ZERO,
        assets: usdai(50_000),
        receiver: vault,
    };
    w.send(attacker, pool, &lend).must();
    assert_eq!(w.prices(), prices);
    assert_eq!(start - wealth(&w, attacker), usdai(50_000));
}

#[test]
fn rounding_games_feed_the_vault() {
    let mut w = opened();
    w.accrue_base_yield(1_237);
    w.harvest();
    let attacker = w.suite.actors.bob;
    w.fund_usdai(attacker, 1_000);
    let (start, mut last) = (wealth(&w, attacker), w.prices());
    for (step, crumb) in (0..60_u64).zip([n(2), n(3), n(5), n(999), one()].into_iter().cycle()) {
        let amount = crumb + n(step / 5);
        match step % 3 {
            0 => drop(w.vault(attacker, &deposit(amount, attacker)).must()),
            1 => drop(w.vault(attacker, &mint(amount, attacker)).must()),
            _ => drop(w.vault(attacker, &request(one() + n(step), attacker)).must()),
        }
        w.prices().assert_not_below(&last, "a crumb");
        last = w.prices();
    }
    w.to_epoch(1);
    while w.unserviced().eligible > U256::ZERO {
        let part = w.unserviced().eligible.min(one() / n(3));
        w.service(part);
        w.prices().assert_not_below(&last, "a crumb of servicing");
        last = w.prices();
    }
    // Claimed unit by unit at first, then the rest.
    for _ in 0..20 {
        w.vault(attacker, &redeem(n(1), attacker, attacker)).must();
        w.vault(attacker, &withdraw(n(1), attacker, attacker)).must();
    }
    w.claim_all(attacker);
    let end = wealth(&w, attacker);
    assert!(end <= start, "he gains {}", end.saturating_sub(start));
    check_sums(&w);
}

#[test]
fn a_deposit_just_before_a_harvest_gains_nothing() {
    let mut w = opened();
    let attacker = w.suite.actors.bob;
    w.accrue_base_yield(1_000);
    w.fund_usdai(attacker, 1_000_000);
    let start = wealth(&w, attacker);
    w.vault(attacker, &deposit(usdai(1_000_000), attacker)).must();
    w.harvest();
    let end = wealth(&w, attacker);
    assert!(end <= start && start - end <= n(2), "{start} -> {end}");
    // He leaves with the next month's service: nothing again.
    let held = w.shares_of(attacker);
    let id = w.request(attacker, held);
    w.to_epoch(1);
    let pending = w.request_of(id).pendingShares;
    w.service(pending);
    w.claim_all(attacker);
    let end = w.usdai_of(attacker);
    assert!(end <= start && start - end <= n(3), "{start} -> {end}");
}

#[test]
fn a_deposit_just_before_a_settlement_gains_nothing_at_once() {
    let mut w = opened();
    let (alice, attacker) = (w.suite.actors.alice, w.suite.actors.bob);
    let id = w.request(alice, usdai(1_000));
    w.commit(alice, id, 2_000);
    w.to_reveal(0);
    w.reveal(id, 2_000);
    w.to_epoch(1);
    // 200 USDai will be gained, and everybody can know it.
    w.fund_usdai(attacker, 1_000_000);
    let start = wealth(&w, attacker);
    w.vault(attacker, &deposit(usdai(1_000_000), attacker)).must();
    w.settle();
    assert_eq!(w.books().unvested, usdai(200));
    let end = wealth(&w, attacker);
    assert!(end <= start && start - end <= n(2), "{start} -> {end}");
    // A day later it is a thirtieth of his part of it: he has earned it by staying.
    w.pass(DAY);
    let vested = usdai(200) - unvested(usdai(200), DAY, 30 * DAY);
    assert!(wealth(&w, attacker) - start <= vested);
}

#[test]
fn a_deposit_just_before_servicing_gains_nothing() {
    let mut w = opened();
    let pool = w.link_pool();
    let (alice, attacker, strategist) = (w.suite.actors.alice, w.suite.actors.bob, w.suite.actors.strategist);
    // The prices differ: servicing at the lower one leaves the difference with those who stay.
    w.vault(strategist, &allocate(0, usdai(2_000))).must();
    w.set_pool_value(pool, 0, usdai(2_100), usdai(1_800), usdai(1_900));
    w.request(alice, usdai(1_000));
    w.to_epoch(1);
    w.fund_usdai(attacker, 100_000);
    let start = wealth(&w, attacker);
    let before = w.usdai_of(attacker);
    w.vault(attacker, &deposit(usdai(100_000), attacker)).must();
    w.service(usdai(1_000));
    // Bought at the optimistic and sold at the conservative price: he pays for the difference at once.
    let end = wealth(&w, attacker);
    assert!(end < start - usdai(1), "{start} -> {end}");
    assert_eq!(before - w.usdai_of(attacker), usdai(100_000));
    // Even at the optimistic price he holds less than he paid plus what all the sellers left behind.
    let optimistic = w.prices().optimistic.worth(w.shares_of(attacker));
    let left_behind = usdai(300);
    assert!(optimistic < start + left_behind);
}

#[test]
fn nobody_overtakes_by_leaving_and_coming_back() {
    let mut w = opened();
    let [alice, attacker, carol, _] = users(&w);
    let (of_alice, his, of_carol) = (
        w.request(alice, usdai(100)),
        w.request(attacker, usdai(100)),
        w.request(carol, usdai(100)),
    );
    for _ in 0..10 {
        w.commit(attacker, his, 100);
        w.vault(attacker, &withdraw_bid(his)).must();
    }
    assert_eq!(w.request_of(his).sharesAhead, usdai(100));
    assert_eq!(w.request_of(of_carol).sharesAhead, usdai(200));
    // Nor by an operator's second request, nor by a bid that loses.
    w.commit(attacker, his, 25);
    w.commit(carol, of_carol, 2_000);
    w.strategist(&announce(0, usdai(80))).must();
    w.to_reveal(0);
    w.reveal(his, 25);
    w.reveal(of_carol, 2_000);
    w.to_epoch(1);
    w.settle();
    assert_eq!(w.claimable(carol), (usdai(100), usdai(80)));
    assert_eq!(w.claimable(attacker), (U256::ZERO, U256::ZERO));
    w.restore(his);
    assert_eq!(w.request_of(of_alice).sharesAhead, U256::ZERO);
    assert_eq!(w.request_of(his).sharesAhead, usdai(100));
}

#[test]
fn a_strategist_in_league_does_not_overtake_with_the_window() {
    // Servicing right after the settlement would pass those who must come back: it waits for them.
    let mut w = opened();
    let [alice, bob, ..] = users(&w);
    let (of_alice, of_bob) = (w.request(alice, usdai(100)), w.request(bob, usdai(100)));
    w.commit(alice, of_alice, 100);
    w.to_epoch(1);
    w.settle();
    let strategist = w.suite.actors.strategist;
    w.vault(strategist, &service(usdai(100)))
        .must_revert_with::<V::RestoreWindowOpen>();
    w.restore(of_alice);
    let rest = w.request_of(of_alice).pendingShares;
    w.service(usdai(100));
    assert_eq!(w.request_of(of_alice).claimableShares, rest);
    assert_eq!(w.request_of(of_bob).claimableShares, usdai(100) - rest);
}

#[test]
fn requests_cannot_be_pushed_onto_a_victim() {
    let mut w = opened();
    let [victim, attacker, ..] = users(&w);
    let vault = w.staking().vault;
    for _ in 0..3 {
        w.vault(attacker, &request_for(one(), victim, attacker))
            .must_revert(V::ControllerConsentMissing {
                controller: victim,
                owner: attacker,
            });
    }
    // An allowance of the victim does not make her a controller of more than her own.
    w.vault(victim, &approve(attacker, U256::MAX)).must();
    w.vault(attacker, &request_for(one(), attacker, victim)).must();
    assert!(w.ask_vault(&V::redemptionIdsCall { controller: victim }).is_empty());
    assert_eq!(w.allowance(vault, victim, attacker), U256::MAX);
    for _ in 0..50 {
        w.vault(victim, &request(one(), victim)).must();
    }
}

#[test]
fn dust_requests_cost_one_dollar_each_and_slow_nobody() {
    let mut w = opened();
    let [attacker, victim, ..] = users(&w);
    for _ in 0..50 {
        w.vault(attacker, &request(one() - n(1), attacker))
            .must_revert_with::<V::RequestTooSmall>();
        w.request(attacker, one());
    }
    let behind = w.request(victim, usdai(500));
    w.to_epoch(1);
    let strategist = w.suite.actors.strategist;
    let many = w.vault(strategist, &service(usdai(50))).receipt.gas_used;
    let few = w.vault(strategist, &service(usdai(100))).receipt.gas_used;
    assert!(many < few + 30_000, "fifty cost {many}, one {few}");
    let alone = w.vault(victim, &redeem(usdai(100), victim, victim)).receipt.gas_used;
    assert!(alone < 200_000, "a claim behind them costs {alone}");
    assert_eq!(w.request_of(behind).claimableShares, U256::ZERO);
}

#[test]
fn bids_withdrawn_at_the_last_second_take_nothing_along() {
    let mut w = opened();
    let [alice, attacker, carol, _] = users(&w);
    let ids = [alice, attacker, carol].map(|user| w.request(user, usdai(1_000)));
    w.commit(alice, ids[0], 100);
    w.commit(attacker, ids[1], 2_000);
    let second = w.staking().bid_end(0) - 1;
    w.at(second);
    // He has scared nobody: what he sealed was not to be seen.
    w.vault(attacker, &withdraw_bid(ids[1])).must();
    w.to_reveal(0);
    w.reveal(ids[0], 100);
    w.to_epoch(1);
    let settled = w.settle();
    assert_eq!((settled.filledShares, settled.assets), (usdai(1_000), usdai(990)));
    assert_eq!(w.request_of(ids[1]).sharesAhead, U256::ZERO);
    assert_eq!(w.request_of(ids[2]).sharesAhead, usdai(1_000));
}

#[test]
fn unrevealed_bids_cost_their_bond_and_delay_a_day_at_most() {
    let mut w = opened();
    let [alice, attacker, ..] = users(&w);
    let (of_alice, his) = (w.request(alice, usdai(100)), w.request(attacker, usdai(1_000)));
    let start = wealth(&w, attacker) + usdai(1_000);
    w.commit(attacker, his, 2_000);
    w.to_epoch(1);
    w.settle();
    w.pass(DAY);
    w.service(usdai(100));
    assert_eq!(w.claimable(alice).0, usdai(100));
    assert!(w.claimable(alice).1 >= usdai(100));
    // He has lost five shares, of which nothing is his any more.
    w.restore(his);
    let rest = w.request_of(his).pendingShares;
    assert_eq!(rest, usdai(995));
    w.service(rest);
    w.claim_all(attacker);
    w.pass(30 * DAY);
    let lost = start - wealth(&w, attacker);
    assert!(lost > usdai(4) && lost <= usdai(5), "{lost}");
    assert_eq!(w.request_of(of_alice).claimableShares, usdai(100));
}

#[test]
fn a_manager_cannot_shrink_the_limit_once_the_bids_are_known() {
    let mut w = opened();
    let (alice, strategist) = (w.suite.actors.alice, w.suite.actors.strategist);
    w.link_pool();
    let id = w.request(alice, usdai(1_000));
    w.commit(alice, id, 2_000);
    w.to_reveal(0);
    w.reveal(id, 2_000);
    w.vault(strategist, &allocate(0, usdai(4_000)))
        .must_revert(V::SettlementPending {});
    w.vault(strategist, &announce(0, U256::ZERO))
        .must_revert_with::<V::AnnouncementClosed>();
    w.to_epoch(1);
    // Nor by servicing the queue first.
    w.vault(strategist, &service(n(1)))
        .must_revert(V::EpochUnsettled { epoch: U256::ZERO });
    assert_eq!(w.settle().filledShares, usdai(1_000));
}

#[test]
fn splitting_a_bid_or_a_request_brings_nothing() {
    // One bid of 900 against nine of 100 at the same discount, half of which is filled: the same but for dust.
    let paid: Vec<U256> = [1_u64, 9]
        .into_iter()
        .map(|parts| {
            let mut w = opened();
            let [alice, bob, ..] = users(&w);
            let other = w.request(bob, usdai(900));
            w.commit(bob, other, 500);
            let ids: Vec<U256> = (0..parts).map(|_| w.request(alice, usdai(900 / parts))).collect();
            for id in &ids {
                w.commit(alice, *id, 500);
            }
            w.strategist(&announce(0, usdai(855) + n(12_345))).must();
            w.to_reveal(0);
            w.reveal(other, 500);
            for id in &ids {
                w.reveal(*id, 500);
            }
            w.to_epoch(1);
            w.settle();
            w.claimable(alice).1
        })
        .collect();
    assert!(paid[1] <= paid[0] + n(9) && paid[0] <= paid[1] + n(18), "{paid:?}");
}

#[test]
fn a_large_staker_recaptures_a_part_of_the_discount_and_no_more() {
    // He holds 9,000 of 13,010 shares and pays 20 % to be first with 1,000 of them: of the 200 he gives up he has his
    // part back when they are vested, and the rest is the others'.
    let mut w = opened();
    let attacker = w.suite.actors.bob;
    w.stake(attacker, 9_000);
    let start = wealth(&w, attacker);
    let id = w.request(attacker, usdai(1_000));
    w.commit(attacker, id, 2_000);
    w.to_reveal(0);
    w.reveal(id, 2_000);
    w.to_epoch(1);
    w.settle();
    w.claim_all(attacker);
    assert_eq!(
        start - wealth(&w, attacker),
        usdai(200),
        "at once he has lost all of it"
    );
    w.pass(30 * DAY);
    let back = mul_div(usdai(200), usdai(9_000), usdai(12_010));
    let lost = start - wealth(&w, attacker);
    assert!(lost >= usdai(200) - back && lost <= usdai(200) - back + n(2), "{lost}");
    assert!(lost > usdai(50));
}

#[test]
fn a_deposit_just_before_servicing_at_one_price_gains_nothing() {
    let mut w = opened();
    let (alice, attacker) = (w.suite.actors.alice, w.suite.actors.bob);
    w.accrue_base_yield(333);
    w.request(alice, usdai(1_000));
    w.to_epoch(1);
    w.fund_usdai(attacker, 100_000);
    let start = wealth(&w, attacker);
    w.vault(attacker, &deposit(usdai(100_000), attacker)).must();
    for part in [1, 7, 992] {
        w.service(usdai(part) / n(7));
        w.service(usdai(part) - usdai(part) / n(7));
    }
    let end = wealth(&w, attacker);
    assert!(end.abs_diff(start) <= n(10), "{start} -> {end}");
}

#[test]
fn buying_before_a_loss_is_realised_does_not_pay_and_selling_does_not_escape() {
    // The conservative price falls at once, the optimistic one with the realisation: who buys between the two pays the
    // optimistic price, who sells gets the conservative one.
    let mut w = opened();
    let (attacker, strategist) = (w.suite.actors.bob, w.suite.actors.strategist);
    let pool = w.link_pool();
    w.vault(strategist, &allocate(0, usdai(2_000))).must();
    w.set_pool_value(pool, 0, usdai(2_000), usdai(1_600), usdai(2_000));
    w.fund_usdai(attacker, 10_000);
    let start = wealth(&w, attacker);
    w.vault(attacker, &deposit(usdai(10_000), attacker)).must();
    let lost = start - wealth(&w, attacker);
    // 400 of 4,010 are provided for; his 10,000 take over their part of it.
    assert!(lost > usdai(200), "{lost}");
    w.set_pool_value(pool, 0, usdai(1_600), usdai(1_600), usdai(1_600));
    assert!(start > wealth(&w, attacker));
}

#[test]
fn a_crowd_of_controllers_gains_no_more_places_than_shares() {
    // Splitting a request over many accounts brings the same money to the unit, in the same order.
    let mut w = opened();
    let attacker = w.suite.actors.bob;
    let start = wealth(&w, attacker);
    let puppets: Vec<Address> = (1..=10).map(|index| Address::with_last_byte(0xa0 + index)).collect();
    for puppet in &puppets {
        w.vault(attacker, &transfer(*puppet, usdai(100))).must();
    }
    w.accrue_base_yield(777);
    w.harvest();
    for puppet in &puppets {
        w.request(*puppet, usdai(100));
    }
    w.to_epoch(1);
    let paid = w.service(usdai(1_000));
    let mut collected = U256::ZERO;
    for puppet in &puppets {
        collected += w.claim_all(*puppet);
    }
    assert!(paid - collected <= n(10), "{collected} of {paid}");
    assert!(collected > start);
}

#[test]
fn a_deposit_enlarges_the_share_of_idle_but_no_announced_limit() {
    // A bidder who deposits before the settlement may be bought with his own money, if the manager has set no limit;
    // the deposit stays, and has to wait like all others.
    for announced in [None, Some(usdai(100))] {
        let mut w = opened();
        let (attacker, strategist) = (w.suite.actors.bob, w.suite.actors.strategist);
        w.link_pool();
        w.vault(strategist, &allocate(0, usdai(3_910))).must();
        let id = w.request(attacker, usdai(1_000));
        w.commit(attacker, id, 25);
        if let Some(limit) = announced {
            w.vault(strategist, &announce(0, limit)).must();
        }
        w.to_reveal(0);
        w.reveal(id, 25);
        w.to_epoch(1);
        w.fund_usdai(attacker, 10_000);
        let start = wealth(&w, attacker) + w.prices().conservative.worth(usdai(1_000));
        w.vault(attacker, &deposit(usdai(10_000), attacker)).must();
        let settled = w.settle();
        let limit = announced.unwrap_or(share_of(usdai(10_100), 7_000));
        assert_eq!(w.result_of(0).limit, limit);
        let paid = usdai(1_000) - usdai(1_000) * n(25) / n(10_000);
        assert!(
            paid.min(limit) - settled.assets <= n(1),
            "{} of {limit}",
            settled.assets
        );
        let rest = w.prices().conservative.worth(w.request_of(id).pendingShares);
        let end = wealth(&w, attacker) + rest;
        assert!(end < start, "{start} -> {end}");
        assert_eq!(w.usdai_of(attacker), U256::ZERO, "all of it is staked");
    }
}

#[test]
fn raising_the_price_before_the_settlement_costs_more_than_it_brings() {
    // Yield that is given away raises the price at which his own bid is settled, and everybody else's share with it.
    let mut w = opened();
    let attacker = w.suite.actors.bob;
    let id = w.request(attacker, usdai(1_000));
    w.commit(attacker, id, 25);
    w.to_reveal(0);
    w.reveal(id, 25);
    w.to_epoch(1);
    w.accrue_base_yield(4_010);
    w.settle();
    // He gave 4,010, and is paid at a price of 1.9 instead of one: 900 more, less the discount.
    let brought = w.claim_all(attacker);
    assert_eq!(brought, usdai(1_900) - usdai(1_900) * n(25) / n(10_000));
    let lost = usdai(4_010) - (brought - usdai(1_000));
    assert!(lost > usdai(3_000), "{lost}");
}
