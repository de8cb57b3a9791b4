//! sUSDai as a token: metadata, moving, allowing, and what it announces.

use super::prelude::*;

#[test]
fn metadata() {
    let w = World::staked();
    assert_eq!(w.ask_vault(&V::symbolCall {}), "sUSDai");
    assert_eq!(w.ask_vault(&V::nameCall {}), "Staked USDai");
    assert_eq!(w.ask_vault(&V::decimalsCall {}), 18);
    assert_eq!(w.ask_vault(&V::assetCall {}), w.suite.usdai);
    assert_eq!(w.ask_vault(&V::shareCall {}), w.staking().vault);
    assert_eq!(w.ask_vault(&V::auctionCall {}), w.staking().auction);
    assert_eq!(w.ask_vault(&V::loanPoolCall {}), Address::ZERO);
    assert_eq!(w.ask_vault(&V::extensionCall {}), w.staking().extension);
    let fee = w.ask_vault(&V::baseYieldFeeCall {});
    assert_eq!((fee.feeBps, fee.feeRecipient), (n(1_000), w.suite.actors.treasury));
}

#[test]
fn interfaces_that_are_announced() {
    let w = World::staked();
    // ERC-165, AccessControl, ERC-20, its metadata, EIP-2612, EIP-5267, ERC-4626's share token and vault (ERC-7575),
    // ERC-7540 operators and asynchronous redemptions.
    for id in [
        0x01ff_c9a7_u32,
        0x7965_db0b,
        0x3637_2b07,
        0xa219_a025,
        0x9d8f_f7da,
        0x84b0_196e,
        0x2f0a_18c5,
        0xe3bc_4e65,
        0x620e_e8e4,
    ] {
        assert!(
            w.ask_vault(&V::supportsInterfaceCall {
                interfaceId: FixedBytes(id.to_be_bytes())
            }),
            "{id:08x}"
        );
    }
    // ERC-7540's ids are made of its selectors.
    let operators = u32::from_be_bytes(V::isOperatorCall::SELECTOR) ^ u32::from_be_bytes(V::setOperatorCall::SELECTOR);
    assert_eq!(operators, 0xe3bc_4e65);
    // Asynchronous deposits are not offered.
    for id in [0xffff_ffff_u32, 0, 0x80ac_58cd, 0xce3b_be50] {
        assert!(
            !w.ask_vault(&V::supportsInterfaceCall {
                interfaceId: FixedBytes(id.to_be_bytes())
            }),
            "{id:08x}"
        );
    }
}

#[test]
fn shares_move_and_say_so() {
    let mut w = opened();
    let [alice, bob, carol, _] = users(&w);
    let outcome = w.vault(alice, &transfer(bob, usdai(400)));
    assert!(outcome.result().expect("held"));
    assert_eq!(
        w.vault_event::<V::Transfer>(&outcome.receipt),
        V::Transfer {
            from: alice,
            to: bob,
            value: usdai(400)
        }
    );
    assert_eq!((w.shares_of(alice), w.shares_of(bob)), (usdai(600), usdai(1_400)));
    assert!(w.vault(alice, &transfer(alice, usdai(600))).must());
    assert_eq!(w.shares_of(alice), usdai(600));
    w.vault(alice, &transfer(bob, usdai(600) + n(1)))
        .must_revert(V::ERC20InsufficientBalance {
            sender: alice,
            balance: usdai(600),
            needed: usdai(600) + n(1),
        });
    w.vault(alice, &transfer(Address::ZERO, n(1)))
        .must_revert(V::ERC20InvalidReceiver {
            receiver: Address::ZERO,
        });

    let approved = w.vault(bob, &approve(carol, usdai(5)));
    assert_eq!(
        w.vault_event::<V::Approval>(&approved.receipt),
        V::Approval {
            owner: bob,
            spender: carol,
            value: usdai(5)
        }
    );
    approved.must();
    w.vault(carol, &transfer_from(bob, carol, usdai(3))).must();
    assert_eq!(w.allowance(w.staking().vault, bob, carol), usdai(2));
    w.vault(carol, &transfer_from(bob, carol, usdai(2) + n(1)))
        .must_revert(V::ERC20InsufficientAllowance {
            spender: carol,
            allowance: usdai(2),
            needed: usdai(2) + n(1),
        });
    w.vault(bob, &approve(Address::ZERO, n(1)))
        .must_revert(V::ERC20InvalidSpender { spender: Address::ZERO });
    w.vault(carol, &transfer_from(Address::ZERO, carol, U256::ZERO))
        .must_revert(V::ERC20InvalidApprover {
            approver: Address::ZERO,
        });
    w.vault(bob, &approve(carol, U256::MAX)).must();
    w.vault(carol, &transfer_from(bob, alice, usdai(1))).must();
    assert_eq!(w.allowance(w.staking().vault, bob, carol), U256::MAX);
    check_sums(&w);
}

#[test]
fn a_transfer_moves_no_price() {
    let mut w = opened();
    let [alice, bob, ..] = users(&w);
    w.accrue_base_yield(77);
    let prices = w.prices();
    w.vault(alice, &transfer(bob, n(12_345))).must();
    assert_eq!(w.prices(), prices);
}
