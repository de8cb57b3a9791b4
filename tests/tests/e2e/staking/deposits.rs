//! Staking: deposits and mints, their prices and bounds, the first deposit, and what is refused.

use super::prelude::*;

/// A price that divides nothing evenly: 4,010 shares, and a seventh of a yield of 1,003 USDai more than that.
fn at_an_odd_price() -> (World, Price) {
    let mut w = opened();
    w.accrue_base_yield(1_003);
    let price = Price {
        nav: first() + usdai(4_000) + net(usdai(1_003)),
        shares: first() + usdai(4_000),
    };
    assert_eq!(w.prices().optimistic, price);
    (w, price)
}

#[test]
fn the_deployment_has_made_the_first_deposit() {
    let w = World::staked();
    let admin = w.suite.actors.admin;
    assert_eq!(w.shares_of(DEAD), n(LOCKED_SHARES));
    assert_eq!(w.shares_of(admin), first() - n(LOCKED_SHARES));
    assert_eq!(w.ask_vault(&V::totalSupplyCall {}), first());
    assert_eq!(w.ask_vault(&V::navCall {}), first());
    assert_eq!(w.ask_vault(&V::depositSharePriceCall {}), one());
    assert_eq!(w.ask_vault(&V::redemptionSharePriceCall {}), one());
    let books = w.books();
    assert_eq!((books.idle, books.reserved), (first(), U256::ZERO));
    assert_eq!((books.unvested, books.pendingShares), (U256::ZERO, U256::ZERO));
    assert_eq!(w.usdai_of(w.staking().vault), first());
    w.check_sums(&[], &[]);
}

#[test]
fn the_first_deposit_locks_shares_and_must_be_large_enough() {
    let mut w = World::staked();
    let (alice, usdai_address) = (w.suite.actors.alice, w.suite.usdai);
    let bare = bare_vault(&mut w, usdai_address).vault;
    w.mint_usdai(alice, 10);
    w.allow(usdai_address, alice, bare);
    let locked = n(LOCKED_SHARES);
    let minimum = one();
    for assets in [n(1), locked - n(1), locked, locked + n(1), minimum + locked - n(1)] {
        w.send(alice, bare, &deposit(assets, alice))
            .must_revert(V::FirstDepositTooSmall {
                shares: assets.saturating_sub(locked),
                minimum,
            });
    }
    for shares in [n(1), minimum - n(1)] {
        w.send(alice, bare, &mint(shares, alice))
            .must_revert(V::FirstDepositTooSmall { shares, minimum });
    }
    assert_eq!(
        w.chain.view(
            bare,
            &V::previewDepositCall {
                assets: minimum + locked
            }
        ),
        minimum
    );
    assert_eq!(
        w.chain.view(bare, &V::previewMintCall { shares: minimum }),
        minimum + locked
    );

    let start = w.chain.snapshot();
    let outcome = w.send(alice, bare, &deposit(minimum + locked, alice));
    let shares = outcome.result().expect("large enough");
    assert_eq!(shares, minimum);
    assert_eq!(
        events_of::<V::Deposit>(&outcome.receipt, bare),
        [V::Deposit {
            sender: alice,
            owner: alice,
            assets: minimum + locked,
            shares
        }]
    );
    let mut transfers = events_of::<V::Transfer>(&outcome.receipt, bare);
    transfers.sort_by_key(|transfer| transfer.value);
    assert_eq!(
        transfers,
        [
            V::Transfer {
                from: Address::ZERO,
                to: DEAD,
                value: locked
            },
            V::Transfer {
                from: Address::ZERO,
                to: alice,
                value: shares
            }
        ]
    );
    assert_eq!(w.balance(bare, DEAD), locked);
    assert_eq!(w.chain.view(bare, &V::totalSharesCall {}), minimum + locked);
    assert_eq!(w.chain.view(bare, &V::navCall {}), minimum + locked);
    assert!(w.chain.revert(start));

    // The same by the number of shares.
    assert_eq!(w.send(alice, bare, &mint(minimum, alice)).must(), minimum + locked);
    assert_eq!(w.balance(bare, alice), minimum);
    assert_eq!(w.balance(bare, DEAD), locked);
    // From now on the smallest deposit will do.
    assert_eq!(w.send(alice, bare, &deposit(n(1), alice)).must(), n(1));
}

#[test]
fn a_deposit_is_priced_at_full_width_and_says_so() {
    let (mut w, price) = at_an_odd_price();
    let (alice, bob, vault) = (w.suite.actors.alice, w.suite.actors.bob, w.staking().vault);
    w.fund_usdai(alice, 1_000);
    for assets in [usdai(777), one(), n(123_456_789), n(1_000_000_007)] {
        let before = (w.shares_of(bob), w.books(), w.prices());
        let total = w.ask_vault(&V::totalSharesCall {});
        let nav = w.ask_vault(&V::navCall {});
        let expected = mul_div(assets, total, nav);
        assert_eq!(w.ask_vault(&V::previewDepositCall { assets }), expected);
        let outcome = w.vault(alice, &deposit(assets, bob));
        assert_eq!(outcome.result().expect("enough USDai"), expected);
        assert_eq!(
            w.vault_event::<V::Deposit>(&outcome.receipt),
            V::Deposit {
                sender: alice,
                owner: bob,
                assets,
                shares: expected
            }
        );
        assert_eq!(
            w.vault_event::<V::Transfer>(&outcome.receipt),
            V::Transfer {
                from: Address::ZERO,
                to: bob,
                value: expected
            }
        );
        assert_eq!(w.shares_of(bob), before.0 + expected);
        assert_eq!(w.books().idle, before.1.idle + assets);
        w.prices().assert_not_below(&before.2, "a deposit");
    }
    // The first of them by hand: the price had not been touched.
    assert!(price.nav > price.shares);
    assert_eq!(w.usdai_of(vault), w.books().idle);
    check_sums(&w);
}

#[test]
fn a_mint_takes_what_the_shares_cost_rounded_up() {
    let (mut w, price) = at_an_odd_price();
    let alice = w.suite.actors.alice;
    w.fund_usdai(alice, 1_000);
    for shares in [usdai(100), one(), n(1), n(7), n(1_000_000_007)] {
        let start = w.chain.snapshot();
        let expected = mul_div_up(shares, price.nav, price.shares);
        assert_eq!(w.ask_vault(&V::previewMintCall { shares }), expected);
        let (held, cash, prices) = (w.shares_of(alice), w.usdai_of(alice), w.prices());
        let outcome = w.vault(alice, &mint(shares, alice));
        assert_eq!(outcome.result().expect("enough USDai"), expected);
        assert_eq!(
            w.vault_event::<V::Deposit>(&outcome.receipt),
            V::Deposit {
                sender: alice,
                owner: alice,
                assets: expected,
                shares
            }
        );
        assert_eq!(w.shares_of(alice) - held, shares);
        assert_eq!(cash - w.usdai_of(alice), expected);
        w.prices().assert_not_below(&prices, "a mint");
        assert!(w.chain.revert(start));
    }
}

#[test]
fn bounds_on_the_price_hold_to_the_unit() {
    let (mut w, price) = at_an_odd_price();
    let alice = w.suite.actors.alice;
    w.fund_usdai(alice, 1_000);
    let shares = mul_div(usdai(100), price.shares, price.nav);
    w.vault(alice, &deposit_for(usdai(100), alice, shares + n(1)))
        .must_revert(V::SlippageExceeded {
            limit: shares + n(1),
            actual: shares,
        });
    assert_eq!(w.vault(alice, &deposit_for(usdai(100), alice, shares)).must(), shares);

    let price = w.prices().optimistic;
    let assets = mul_div_up(usdai(50), price.nav, price.shares);
    w.vault(alice, &mint_for(usdai(50), alice, assets - n(1)))
        .must_revert(V::SlippageExceeded {
            limit: assets - n(1),
            actual: assets,
        });
    assert_eq!(w.vault(alice, &mint_for(usdai(50), alice, assets)).must(), assets);
}

#[test]
fn nothing_is_neither_deposited_nor_minted() {
    let (mut w, _) = at_an_odd_price();
    let alice = w.suite.actors.alice;
    w.fund_usdai(alice, 1);
    w.vault(alice, &deposit(U256::ZERO, alice))
        .must_revert(V::InvalidAmount {});
    w.vault(alice, &mint(U256::ZERO, alice))
        .must_revert(V::InvalidAmount {});
    // A wei is worth less than a wei of shares.
    w.vault(alice, &deposit(n(1), alice)).must_revert(V::InvalidAmount {});
    // A wei of shares costs two.
    assert_eq!(w.vault(alice, &mint(n(1), alice)).must(), n(2));
}

#[test]
fn who_deposits_needs_the_usdai_and_its_allowance() {
    let mut w = World::staked();
    let (alice, vault) = (w.suite.actors.alice, w.staking().vault);
    w.mint_usdai(alice, 5);
    let usdai_address = w.suite.usdai;
    let failed = V::SafeERC20FailedOperation { token: usdai_address };
    w.vault(alice, &deposit(usdai(5), alice)).must_revert(failed.clone());
    w.allow(usdai_address, alice, vault);
    w.vault(alice, &deposit(usdai(5) + n(1), alice))
        .must_revert(failed.clone());
    w.vault(alice, &mint(usdai(5) + n(1), alice)).must_revert(failed);
    for receiver in [Address::ZERO, vault] {
        w.vault(alice, &deposit(usdai(5), receiver))
            .must_revert(V::InvalidAddress {});
        w.vault(alice, &mint(usdai(5), receiver))
            .must_revert(V::InvalidAddress {});
    }
    assert_eq!(w.vault(alice, &deposit(usdai(5), alice)).must(), usdai(5));
}

#[test]
fn conversions_are_at_the_deposit_price_rounded_down() {
    let (w, price) = at_an_odd_price();
    assert_eq!(w.ask_vault(&V::totalAssetsCall {}), price.nav);
    assert_eq!(w.ask_vault(&V::totalSharesCall {}), price.shares);
    for amount in [U256::ZERO, n(1), n(2), one(), usdai(4_010), usdai(123_456_789)] {
        assert_eq!(
            w.ask_vault(&V::convertToSharesCall { assets: amount }),
            mul_div(amount, price.shares, price.nav)
        );
        assert_eq!(
            w.ask_vault(&V::convertToAssetsCall { shares: amount }),
            mul_div(amount, price.nav, price.shares)
        );
        assert_eq!(
            w.ask_vault(&V::previewDepositCall { assets: amount }),
            mul_div(amount, price.shares, price.nav)
        );
        assert_eq!(
            w.ask_vault(&V::previewMintCall { shares: amount }),
            mul_div_up(amount, price.nav, price.shares)
        );
    }
    assert_eq!(
        w.ask_vault(&V::depositSharePriceCall {}),
        mul_div(one(), price.nav, price.shares)
    );
    assert_eq!(
        w.ask_vault(&V::redemptionSharePriceCall {}),
        mul_div(one(), price.nav, price.shares)
    );
}

#[test]
fn previews_of_redemptions_are_refused() {
    let mut w = opened();
    let stranger = w.suite.actors.stranger;
    for amount in [U256::ZERO, one()] {
        w.vault(stranger, &V::previewRedeemCall(amount))
            .must_revert(V::DisabledImplementation {});
        w.vault(stranger, &V::previewWithdrawCall(amount))
            .must_revert(V::DisabledImplementation {});
    }
}

#[test]
fn a_deposit_larger_than_the_books_is_refused() {
    let mut w = World::staked();
    let (desk, wm, vault) = (w.suite.actors.desk, w.suite.tokens.wm.token, w.staking().vault);
    // The desk mints past the cap: 2^112 and more.
    let largest = (U256::from(1) << 112) - n(1);
    let amount = largest / usdai(1) * units(1) + units(1);
    w.fund(wm, desk, amount);
    w.deposit(desk, wm, amount, U256::ZERO, desk).must();
    let usdai_address = w.suite.usdai;
    w.allow(usdai_address, desk, vault);
    let room = largest - first();
    assert_eq!(w.ask_vault(&V::maxDepositCall(desk)), room);
    assert_eq!(w.ask_vault(&V::maxMintCall(desk)), room);
    let too_large = V::ValueTooLarge {
        value: room + n(1),
        maximum: room,
    };
    w.vault(desk, &deposit(room + n(1), desk))
        .must_revert(too_large.clone());
    w.vault(desk, &mint(room + n(1), desk)).must_revert(too_large);
    for huge in [U256::from(u128::MAX), U256::from(1) << 128, U256::MAX] {
        w.vault(desk, &deposit(huge, desk))
            .must_revert_with::<V::ValueTooLarge>();
        w.vault(desk, &mint(huge, desk)).must_revert_with::<V::ValueTooLarge>();
    }
    // What fits is taken, and the vault still works.
    assert_eq!(w.vault(desk, &deposit(room, desk)).must(), room);
    w.vault(desk, &deposit(n(1), desk))
        .must_revert_with::<V::ValueTooLarge>();
    assert_eq!(w.ask_vault(&V::maxDepositCall(desk)), U256::ZERO);
    assert_eq!(w.ask_vault(&V::maxMintCall(desk)), U256::ZERO);
    let id = w.request(desk, room);
    assert_eq!(w.request_of(id).pendingShares, room);
}

#[test]
fn limits_of_deposits_are_those_of_erc4626() {
    let mut w = World::staked();
    let (alice, pauser, gatekeeper) = (w.suite.actors.alice, w.suite.actors.pauser, w.suite.actors.gatekeeper);
    let max_deposit = |w: &Deployed| w.ask_vault(&V::maxDepositCall(alice));
    let max_mint = |w: &Deployed| w.ask_vault(&V::maxMintCall(alice));
    assert!(max_deposit(&w) >= usdai(1_000_000_000_000));
    assert!(max_mint(&w) >= usdai(1_000_000_000_000));
    // Nobody can deposit while it is paused, and a frozen account never.
    w.vault(pauser, &V::pauseCall {}).must();
    assert_eq!((max_deposit(&w), max_mint(&w)), (U256::ZERO, U256::ZERO));
    w.vault(pauser, &V::unpauseCall {}).must();
    w.vault(gatekeeper, &blacklist(alice, true)).must();
    assert_eq!((max_deposit(&w), max_mint(&w)), (U256::ZERO, U256::ZERO));
    // Nor do those receive who are never minted to.
    for nobody in [Address::ZERO, w.staking().vault] {
        assert_eq!(w.ask_vault(&V::maxDepositCall(nobody)), U256::ZERO);
        assert_eq!(w.ask_vault(&V::maxMintCall(nobody)), U256::ZERO);
    }
}

#[test]
fn usdai_that_is_sent_to_the_vault_moves_nothing() {
    let mut w = opened();
    let (alice, bob, vault) = (w.suite.actors.alice, w.suite.actors.bob, w.staking().vault);
    let before = (w.prices(), w.books().idle);
    w.mint_usdai(bob, 500);
    w.usdai(
        bob,
        &IUSDai::transferCall {
            to: vault,
            value: usdai(500),
        },
    )
    .must();
    assert_eq!((w.prices(), w.books().idle), before);
    assert_eq!(w.stake(alice, 7), usdai(7));
}
