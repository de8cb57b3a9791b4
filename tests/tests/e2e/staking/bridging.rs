//! Shares that are on other chains: they divide the net asset value all the same.

use super::prelude::*;

#[test]
fn shares_move_out_and_back_and_no_price_moves() {
    let mut w = opened();
    let (bridge, alice, bob) = (w.suite.actors.bridge, w.suite.actors.alice, w.suite.actors.bob);
    w.accrue_base_yield(123);
    let prices = w.prices();
    let out = w.vault(bridge, &bridge_out(alice, usdai(300)));
    assert_eq!(
        w.vault_event::<V::BridgeBurned>(&out.receipt),
        V::BridgeBurned {
            from: alice,
            amount: usdai(300),
            bridgedSupply: usdai(300)
        }
    );
    assert_eq!(
        w.vault_event::<V::Transfer>(&out.receipt),
        V::Transfer {
            from: alice,
            to: Address::ZERO,
            value: usdai(300)
        }
    );
    out.must();
    assert_eq!(w.shares_of(alice), usdai(700));
    assert_eq!(w.ask_vault(&V::bridgedSupplyCall {}), usdai(300));
    assert_eq!(w.prices(), prices);
    let back = w.vault(bridge, &bridge_in(bob, usdai(100)));
    assert_eq!(
        w.vault_event::<V::BridgeMinted>(&back.receipt),
        V::BridgeMinted {
            to: bob,
            amount: usdai(100),
            bridgedSupply: usdai(200)
        }
    );
    back.must();
    assert_eq!(w.shares_of(bob), usdai(1_100));
    assert_eq!(w.prices(), prices);
    check_sums(&w);
}

#[test]
fn no_more_comes_back_than_went_out() {
    let mut w = opened();
    let (bridge, alice, bob) = (w.suite.actors.bridge, w.suite.actors.alice, w.suite.actors.bob);
    w.vault(bridge, &bridge_out(alice, usdai(10))).must();
    for requested in [usdai(10) + n(1), U256::from(1) << 112, U256::from(1) << 128, U256::MAX] {
        w.vault(bridge, &bridge_in(bob, requested))
            .must_revert(V::InsufficientBridgedSupply {
                requested,
                bridgedSupply: usdai(10),
            });
    }
    w.vault(bridge, &bridge_out(alice, usdai(990) + n(1)))
        .must_revert(V::ERC20InsufficientBalance {
            sender: alice,
            balance: usdai(990),
            needed: usdai(990) + n(1),
        });
    w.vault(bridge, &bridge_in(Address::ZERO, one()))
        .must_revert(V::ERC20InvalidReceiver {
            receiver: Address::ZERO,
        });
    let vault = w.staking().vault;
    w.vault(bridge, &bridge_in(vault, one()))
        .must_revert(V::InvalidAddress {});
    w.vault(bridge, &bridge_out(Address::ZERO, one()))
        .must_revert(V::ERC20InvalidSender { sender: Address::ZERO });
    w.vault(bridge, &bridge_in(bob, usdai(10))).must();
    assert_eq!(w.ask_vault(&V::bridgedSupplyCall {}), U256::ZERO);
}

#[test]
fn bridged_shares_take_their_part_of_the_yield() {
    let mut w = opened();
    let (bridge, alice, bob) = (w.suite.actors.bridge, w.suite.actors.alice, w.suite.actors.bob);
    w.vault(bridge, &bridge_out(alice, usdai(1_000))).must();
    w.accrue_base_yield(401);
    w.harvest();
    let price = Price {
        nav: first() + usdai(4_000) + net(usdai(401)),
        shares: first() + usdai(4_000),
    };
    w.fund_usdai(bob, 100);
    assert_eq!(
        w.vault(bob, &deposit(usdai(100), bob)).must(),
        mul_div(usdai(100), price.shares, price.nav)
    );
    w.vault(bridge, &bridge_in(alice, usdai(1_000))).must();
    let id = w.request(alice, usdai(1_000));
    w.to_epoch(1);
    w.service(usdai(1_000));
    let paid = w.request_of(id).claimableAssets;
    assert!(price.worth(usdai(1_000)) - paid <= n(1), "but for what rounding leaves");
}
