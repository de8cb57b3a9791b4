//! The contract's rules against doubles of the contracts that it calls, one test a rule and one a refusal.
//!
//! What the doubles' virtual machine does not have (routing, calldata that does not decode, re-entry, time, gas) is
//! tested end to end on the deployed program.

use alloy_primitives::{aliases::B32, uint, Address, B256, U256};
use alloy_signer::SignerSync;
use contract_kit::{
    access::{AccessControlBadConfirmation, AccessControlUnauthorizedAccount, RoleGranted, RoleRevoked},
    doubles::{AdapterDouble, Refused, SilentTokenDouble, TokenDouble},
    erc20::{
        Approval, ERC20InsufficientAllowance, ERC20InsufficientBalance, ERC20InvalidReceiver, ERC20InvalidSpender,
        Transfer,
    },
    permit::{ECDSAInvalidSignature, ECDSAInvalidSignatureS, ERC2612ExpiredSignature, ERC2612InvalidSigner},
    revert::SafeERC20FailedOperation,
    roles, Revert,
};
use motsu::prelude::*;

use crate::{
    abi::IUSDai::{
        BaseTokenMismatch, BridgeBurned, BridgeMinted, Deposited, EnforcedPause, ExpectedPause, Harvested,
        InsufficientBridgedSupply, InvalidAddress, InvalidAmount, NotWhitelisted, Paused, SlippageExceeded,
        SupplyCapExceeded, SupplyCapSet, SwapAdapterNotSet, SwapAdapterSet, Unpaused, UnsupportedDecimals,
        ValueTooLarge, WhitelistRequiredSet, Whitelisted, Withdrawn,
    },
    Bytes, USDai,
};

/// 1 USDai, and the factor between wrapped M and USDai.
const ONE: U256 = uint!(1_000_000_000_000_000_000_U256);
const FACTOR: U256 = uint!(1_000_000_000_000_U256);

fn usdc(units: u64) -> U256 {
    U256::from(units) * U256::from(1_000_000)
}

fn dollars(units: u64) -> U256 {
    U256::from(units) * ONE
}

/// A constructed contract over wrapped M with 6 decimals and a cap of a million.
fn construct(usdai: &Contract<USDai>, base: &Contract<TokenDouble>, admin: Address) {
    base.sender(admin).set_decimals(6);
    usdai
        .sender(admin)
        .constructor(admin, base.address(), dollars(1_000_000))
        .motsu_unwrap();
}

fn grant(usdai: &Contract<USDai>, admin: Address, role: B256, account: Address) {
    usdai.sender(admin).grant_role(role, account).motsu_unwrap();
}

/// Gives `account` base token and deposits it.
fn fund(usdai: &Contract<USDai>, base: &Contract<TokenDouble>, account: Address, units: u64) {
    base.sender(account).give(account, usdc(units));
    usdai
        .sender(account)
        .deposit(base.address(), usdc(units), U256::ZERO, account)
        .motsu_unwrap();
}

fn refused<T: std::fmt::Debug>(outcome: Result<T, Revert>, error: impl Into<Revert>) {
    assert_eq!(outcome.motsu_unwrap_err(), error.into());
}

fn assert_backed(usdai: &Contract<USDai>, account: Address) {
    let (backing, liabilities) = usdai.sender(account).reserves().motsu_unwrap();
    assert!(backing >= liabilities, "R1: {backing} < {liabilities}");
}

fn unauthorized(account: Address, role: B256) -> AccessControlUnauthorizedAccount {
    AccessControlUnauthorizedAccount {
        account,
        neededRole: role,
    }
}

/* ---------------------------------------------------------------------------------------------- construction */

#[motsu::test]
fn construction_sets_links_and_admin(usdai: Contract<USDai>, base: Contract<TokenDouble>, admin: Address) {
    construct(&usdai, &base, admin);
    assert_eq!(usdai.sender(admin).base_token(), base.address());
    assert_eq!(usdai.sender(admin).supply_cap(), dollars(1_000_000));
    assert_eq!(usdai.sender(admin).swap_adapter(), Address::ZERO);
    assert_eq!(usdai.sender(admin).bridged_supply(), U256::ZERO);
    assert!(!usdai.sender(admin).paused());
    assert!(!usdai.sender(admin).whitelist_required());
    assert!(usdai.sender(admin).has_role(roles::DEFAULT_ADMIN.id(), admin));
    usdai.assert_emitted(&SupplyCapSet {
        supplyCap: dollars(1_000_000),
    });
    usdai.assert_emitted(&RoleGranted {
        role: roles::DEFAULT_ADMIN.id(),
        account: admin,
        sender: admin,
    });
    assert_eq!(usdai.sender(admin).name(), "USDai");
    assert_eq!(usdai.sender(admin).symbol(), "USDai");
    assert_eq!(usdai.sender(admin).decimals(), 18);
}

#[motsu::test]
fn construction_refuses_zero_addresses_and_accounts_without_code(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    admin: Address,
    stranger: Address,
) {
    refused(
        usdai.sender(admin).constructor(Address::ZERO, base.address(), ONE),
        InvalidAddress {},
    );
    refused(
        usdai.sender(admin).constructor(admin, Address::ZERO, ONE),
        InvalidAddress {},
    );
    refused(usdai.sender(admin).constructor(admin, stranger, ONE), InvalidAddress {});
}

#[motsu::test]
fn construction_refuses_more_than_18_decimals(usdai: Contract<USDai>, base: Contract<TokenDouble>, admin: Address) {
    for (stated, reported) in [(19, 19), (255, 255), (256, 255)] {
        base.sender(admin).set_decimals(stated);
        let error = UnsupportedDecimals {
            token: base.address(),
            decimals: reported,
        };
        refused(usdai.sender(admin).constructor(admin, base.address(), ONE), error);
    }
    base.sender(admin).set_decimals(18);
    usdai
        .sender(admin)
        .constructor(admin, base.address(), ONE)
        .motsu_unwrap();
}

#[motsu::test]
fn the_cap_fits_128_bits(usdai: Contract<USDai>, base: Contract<TokenDouble>, admin: Address) {
    let maximum = U256::from(u128::MAX);
    let too_large = ValueTooLarge {
        value: maximum + U256::from(1),
        maximum,
    };
    refused(
        usdai
            .sender(admin)
            .constructor(admin, base.address(), maximum + U256::from(1)),
        too_large.clone(),
    );
    construct(&usdai, &base, admin);
    usdai.sender(admin).set_supply_cap(maximum).motsu_unwrap();
    assert_eq!(usdai.sender(admin).supply_cap(), maximum);
    refused(usdai.sender(admin).set_supply_cap(maximum + U256::from(1)), too_large);
}

/* ------------------------------------------------------------------------------------------------- deposits */

#[motsu::test]
fn base_token_is_minted_one_to_one(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    admin: Address,
    alice: Address,
    bob: Address,
) {
    construct(&usdai, &base, admin);
    base.sender(alice).give(alice, usdc(100));
    let minted = usdai
        .sender(alice)
        .deposit(base.address(), usdc(60), dollars(60), bob)
        .motsu_unwrap();
    assert_eq!(minted, dollars(60));
    assert_eq!(usdai.sender(alice).balance_of(bob), dollars(60));
    assert_eq!(usdai.sender(alice).total_supply(), dollars(60));
    assert_eq!(base.sender(alice).balance_of(alice), usdc(40));
    usdai.assert_emitted(&Transfer {
        from: Address::ZERO,
        to: bob,
        value: dollars(60),
    });
    usdai.assert_emitted(&Deposited {
        caller: alice,
        recipient: bob,
        depositToken: base.address(),
        depositAmount: usdc(60),
        mintAmount: dollars(60),
    });
    assert_eq!(
        usdai.sender(alice).reserves().motsu_unwrap(),
        (dollars(60), dollars(60))
    );
}

#[motsu::test]
fn data_is_ignored_for_the_base_token(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    admin: Address,
    alice: Address,
) {
    construct(&usdai, &base, admin);
    base.sender(alice).give(alice, usdc(1));
    let data = Bytes(vec![1, 2, 3]);
    usdai
        .sender(alice)
        .deposit_along(base.address(), usdc(1), ONE, alice, data.clone())
        .motsu_unwrap();
    usdai
        .sender(alice)
        .withdraw_along(base.address(), ONE, usdc(1), alice, data)
        .motsu_unwrap();
    assert_eq!(base.sender(alice).balance_of(alice), usdc(1));
}

#[motsu::test]
fn yield_paid_during_a_deposit_stays_with_the_protocol(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    admin: Address,
    alice: Address,
) {
    construct(&usdai, &base, admin);
    base.sender(alice).give(alice, usdc(100));
    base.sender(admin).accrue(usdai.address(), usdc(7));
    let minted = usdai
        .sender(alice)
        .deposit(base.address(), usdc(100), U256::ZERO, alice)
        .motsu_unwrap();
    assert_eq!(minted, dollars(100));
    assert_eq!(
        usdai.sender(alice).reserves().motsu_unwrap(),
        (dollars(107), dollars(100))
    );
    assert_eq!(usdai.sender(alice).claimable_yield().motsu_unwrap(), dollars(7));
}

#[motsu::test]
fn a_fee_of_the_token_is_borne_by_the_depositor(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    admin: Address,
    alice: Address,
) {
    construct(&usdai, &base, admin);
    base.sender(admin).set_fee_bps(100);
    base.sender(alice).give(alice, usdc(200));
    let short = SlippageExceeded {
        minimum: dollars(100),
        actual: dollars(99),
    };
    refused(
        usdai
            .sender(alice)
            .deposit(base.address(), usdc(100), dollars(100), alice),
        short,
    );
    let minted = usdai
        .sender(alice)
        .deposit(base.address(), usdc(100), dollars(99), alice)
        .motsu_unwrap();
    assert_eq!(minted, dollars(99));
    assert_backed(&usdai, alice);
}

#[motsu::test]
fn nothing_is_minted_for_nothing(usdai: Contract<USDai>, base: Contract<TokenDouble>, admin: Address, alice: Address) {
    construct(&usdai, &base, admin);
    refused(
        usdai
            .sender(alice)
            .deposit(base.address(), U256::ZERO, U256::ZERO, alice),
        InvalidAmount {},
    );
    base.sender(admin).set_fee_bps(10_000);
    base.sender(alice).give(alice, usdc(1));
    refused(
        usdai.sender(alice).deposit(base.address(), usdc(1), U256::ZERO, alice),
        InvalidAmount {},
    );
}

#[motsu::test]
fn deposits_need_addresses(usdai: Contract<USDai>, base: Contract<TokenDouble>, admin: Address, alice: Address) {
    construct(&usdai, &base, admin);
    let this = usdai.address();
    refused(
        usdai.sender(alice).deposit(base.address(), ONE, ONE, Address::ZERO),
        InvalidAddress {},
    );
    refused(
        usdai.sender(alice).deposit(base.address(), ONE, ONE, this),
        InvalidAddress {},
    );
    refused(
        usdai.sender(alice).deposit(Address::ZERO, ONE, ONE, alice),
        InvalidAddress {},
    );
}

#[motsu::test]
fn a_token_that_refuses_is_named(usdai: Contract<USDai>, base: Contract<TokenDouble>, admin: Address, alice: Address) {
    construct(&usdai, &base, admin);
    let failed = SafeERC20FailedOperation { token: base.address() };
    refused(
        usdai.sender(alice).deposit(base.address(), usdc(1), U256::ZERO, alice),
        failed.clone(),
    );
    base.sender(alice).give(alice, usdc(1));
    base.sender(admin).set_answers_false(true);
    refused(
        usdai.sender(alice).deposit(base.address(), usdc(1), U256::ZERO, alice),
        failed,
    );
}

#[motsu::test]
fn an_amount_that_cannot_be_scaled_is_refused(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    admin: Address,
    alice: Address,
) {
    construct(&usdai, &base, admin);
    base.sender(alice).give(alice, U256::MAX);
    let error = ValueTooLarge {
        value: U256::MAX,
        maximum: U256::MAX / FACTOR,
    };
    refused(
        usdai
            .sender(alice)
            .deposit(base.address(), U256::MAX, U256::ZERO, alice),
        error,
    );
}

#[motsu::test]
fn the_cap_counts_local_and_bridged_supply(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    admin: Address,
    alice: Address,
    bridge: Address,
) {
    construct(&usdai, &base, admin);
    grant(&usdai, admin, roles::BRIDGE_ADMIN.id(), bridge);
    fund(&usdai, &base, alice, 60);
    usdai.sender(bridge).burn(alice, dollars(50)).motsu_unwrap();
    usdai.sender(admin).set_supply_cap(dollars(100)).motsu_unwrap();
    base.sender(alice).give(alice, usdc(41));
    refused(
        usdai.sender(alice).deposit(base.address(), usdc(41), U256::ZERO, alice),
        SupplyCapExceeded {},
    );
    usdai
        .sender(alice)
        .deposit(base.address(), usdc(40), U256::ZERO, alice)
        .motsu_unwrap();
    refused(
        usdai.sender(alice).deposit(base.address(), usdc(1), U256::ZERO, alice),
        SupplyCapExceeded {},
    );
}

#[motsu::test]
fn deposit_admins_may_pass_the_cap(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    admin: Address,
    alice: Address,
) {
    construct(&usdai, &base, admin);
    usdai.sender(admin).set_supply_cap(U256::ZERO).motsu_unwrap();
    grant(&usdai, admin, roles::DEPOSIT_ADMIN.id(), alice);
    fund(&usdai, &base, alice, 5);
    assert_eq!(usdai.sender(alice).balance_of(alice), dollars(5));
}

/* ------------------------------------------------------------------------------------ deposits through a swap */

#[motsu::test]
fn other_tokens_go_through_the_adapter(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    token: Contract<TokenDouble>,
    adapter: Contract<AdapterDouble>,
    admin: Address,
    alice: Address,
) {
    construct(&usdai, &base, admin);
    link(&usdai, &base, &adapter, admin);
    token.sender(alice).give(alice, usdc(100));
    adapter.sender(admin).set_outcome(usdc(98), usdc(98));
    // A minimum that is not a whole unit of the base token is rounded up for the adapter.
    let minimum = dollars(98) - FACTOR + U256::from(1);
    let path = Bytes(vec![9; 43]);
    let minted = usdai
        .sender(alice)
        .deposit_along(token.address(), usdc(100), minimum, alice, path)
        .motsu_unwrap();
    assert_eq!(minted, dollars(98));
    assert_eq!(usdai.sender(alice).balance_of(alice), dollars(98));
    assert_eq!(token.sender(alice).balance_of(adapter.address()), usdc(100));
    let asked = adapter.sender(admin).last();
    assert_eq!(asked, (token.address(), usdc(100), usdc(98), U256::from(43)));
    usdai.assert_emitted(&Deposited {
        caller: alice,
        recipient: alice,
        depositToken: token.address(),
        depositAmount: usdc(100),
        mintAmount: dollars(98),
    });
    assert_backed(&usdai, alice);
}

#[motsu::test]
fn a_swap_is_credited_at_the_lesser_of_what_is_said_and_what_has_come(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    token: Contract<TokenDouble>,
    adapter: Contract<AdapterDouble>,
    admin: Address,
    alice: Address,
) {
    construct(&usdai, &base, admin);
    link(&usdai, &base, &adapter, admin);
    token.sender(alice).give(alice, usdc(100));
    adapter.sender(admin).set_outcome(usdc(10), usdc(12));
    let minted = usdai
        .sender(alice)
        .deposit(token.address(), usdc(1), U256::ZERO, alice)
        .motsu_unwrap();
    assert_eq!(minted, dollars(10));
    adapter.sender(admin).set_outcome(usdc(12), usdc(10));
    let minted = usdai
        .sender(alice)
        .deposit(token.address(), usdc(1), U256::ZERO, alice)
        .motsu_unwrap();
    assert_eq!(minted, dollars(10));
    assert_eq!(usdai.sender(alice).claimable_yield().motsu_unwrap(), dollars(2));
    let short = SlippageExceeded {
        minimum: dollars(11),
        actual: dollars(10),
    };
    refused(
        usdai
            .sender(alice)
            .deposit(token.address(), usdc(1), dollars(11), alice),
        short,
    );
}

#[motsu::test]
fn without_an_adapter_only_the_base_token_is_taken(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    token: Contract<TokenDouble>,
    admin: Address,
    alice: Address,
) {
    construct(&usdai, &base, admin);
    fund(&usdai, &base, alice, 5);
    let error = SwapAdapterNotSet { token: token.address() };
    refused(
        usdai.sender(alice).deposit(token.address(), usdc(1), U256::ZERO, alice),
        error.clone(),
    );
    refused(
        usdai.sender(alice).withdraw(token.address(), ONE, U256::ZERO, alice),
        error,
    );
    assert_eq!(usdai.sender(alice).balance_of(alice), dollars(5));
}

#[motsu::test]
fn the_adapters_errors_come_through(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    token: Contract<TokenDouble>,
    adapter: Contract<AdapterDouble>,
    admin: Address,
    alice: Address,
) {
    construct(&usdai, &base, admin);
    link(&usdai, &base, &adapter, admin);
    fund(&usdai, &base, alice, 5);
    token.sender(alice).give(alice, usdc(1));
    adapter.sender(admin).set_fails(true);
    refused(
        usdai.sender(alice).deposit(token.address(), usdc(1), U256::ZERO, alice),
        Refused {},
    );
    refused(
        usdai.sender(alice).withdraw(token.address(), ONE, U256::ZERO, alice),
        Refused {},
    );
}

#[motsu::test]
fn tokens_that_answer_nothing_are_taken(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    token: Contract<SilentTokenDouble>,
    adapter: Contract<AdapterDouble>,
    admin: Address,
    alice: Address,
) {
    construct(&usdai, &base, admin);
    link(&usdai, &base, &adapter, admin);
    token.sender(alice).give(alice, usdc(10));
    adapter.sender(admin).set_outcome(usdc(10), usdc(10));
    usdai
        .sender(alice)
        .deposit(token.address(), usdc(10), U256::ZERO, alice)
        .motsu_unwrap();
    usdai
        .sender(alice)
        .withdraw(token.address(), dollars(10), usdc(10), alice)
        .motsu_unwrap();
    assert_eq!(token.sender(alice).balance_of(alice), usdc(10));
}

fn link(usdai: &Contract<USDai>, base: &Contract<TokenDouble>, adapter: &Contract<AdapterDouble>, admin: Address) {
    adapter.sender(admin).set_base_token(base.address());
    usdai.sender(admin).set_swap_adapter(adapter.address()).motsu_unwrap();
}

/* ---------------------------------------------------------------------------------------------- withdrawals */

#[motsu::test]
fn withdrawals_round_down_and_leave_the_dust(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    admin: Address,
    alice: Address,
    bob: Address,
) {
    construct(&usdai, &base, admin);
    fund(&usdai, &base, alice, 10);
    let amount = dollars(4) + FACTOR - U256::from(1);
    let paid = usdai
        .sender(alice)
        .withdraw(base.address(), amount, usdc(4), bob)
        .motsu_unwrap();
    assert_eq!(paid, usdc(4));
    assert_eq!(base.sender(bob).balance_of(bob), usdc(4));
    assert_eq!(usdai.sender(alice).balance_of(alice), dollars(10) - amount);
    usdai.assert_emitted(&Transfer {
        from: alice,
        to: Address::ZERO,
        value: amount,
    });
    usdai.assert_emitted(&Withdrawn {
        caller: alice,
        recipient: bob,
        withdrawToken: base.address(),
        usdaiAmount: amount,
        withdrawAmount: usdc(4),
    });
    assert_backed(&usdai, alice);
}

#[motsu::test]
fn withdrawals_are_worth_at_least_one_unit(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    admin: Address,
    alice: Address,
) {
    construct(&usdai, &base, admin);
    fund(&usdai, &base, alice, 1);
    refused(
        usdai
            .sender(alice)
            .withdraw(base.address(), U256::ZERO, U256::ZERO, alice),
        InvalidAmount {},
    );
    let dust = FACTOR - U256::from(1);
    refused(
        usdai.sender(alice).withdraw(base.address(), dust, U256::ZERO, alice),
        InvalidAmount {},
    );
    assert_eq!(usdai.sender(alice).balance_of(alice), ONE);
}

#[motsu::test]
fn withdrawals_need_addresses(usdai: Contract<USDai>, base: Contract<TokenDouble>, admin: Address, alice: Address) {
    construct(&usdai, &base, admin);
    fund(&usdai, &base, alice, 1);
    let this = usdai.address();
    refused(
        usdai
            .sender(alice)
            .withdraw(base.address(), ONE, U256::ZERO, Address::ZERO),
        InvalidAddress {},
    );
    refused(
        usdai.sender(alice).withdraw(base.address(), ONE, U256::ZERO, this),
        InvalidAddress {},
    );
    refused(
        usdai.sender(alice).withdraw(Address::ZERO, ONE, U256::ZERO, alice),
        InvalidAddress {},
    );
}

#[motsu::test]
fn the_minimum_holds_for_the_base_token_too(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    admin: Address,
    alice: Address,
) {
    construct(&usdai, &base, admin);
    fund(&usdai, &base, alice, 1);
    let error = SlippageExceeded {
        minimum: usdc(1) + U256::from(1),
        actual: usdc(1),
    };
    refused(
        usdai
            .sender(alice)
            .withdraw(base.address(), ONE, usdc(1) + U256::from(1), alice),
        error,
    );
}

#[motsu::test]
fn nobody_withdraws_more_than_they_hold(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    admin: Address,
    alice: Address,
    bob: Address,
) {
    construct(&usdai, &base, admin);
    fund(&usdai, &base, alice, 1);
    let error = ERC20InsufficientBalance {
        sender: bob,
        balance: U256::ZERO,
        needed: ONE,
    };
    refused(usdai.sender(bob).withdraw(base.address(), ONE, U256::ZERO, bob), error);
}

#[motsu::test]
fn other_tokens_are_paid_after_a_swap(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    token: Contract<TokenDouble>,
    adapter: Contract<AdapterDouble>,
    admin: Address,
    alice: Address,
    bob: Address,
) {
    construct(&usdai, &base, admin);
    link(&usdai, &base, &adapter, admin);
    fund(&usdai, &base, alice, 10);
    // The adapter says 9 but gives 8; what was given away here before is nobody's to take.
    token.sender(admin).give(usdai.address(), usdc(50));
    adapter.sender(admin).set_outcome(usdc(8), usdc(9));
    let paid = usdai
        .sender(alice)
        .withdraw(token.address(), dollars(10), usdc(8), bob)
        .motsu_unwrap();
    assert_eq!(paid, usdc(8));
    assert_eq!(token.sender(bob).balance_of(bob), usdc(8));
    assert_eq!(token.sender(bob).balance_of(usdai.address()), usdc(50));
    assert_eq!(base.sender(bob).balance_of(adapter.address()), usdc(10));
    assert_eq!(
        adapter.sender(admin).last(),
        (token.address(), usdc(10), usdc(8), U256::ZERO)
    );
    usdai.assert_emitted(&Withdrawn {
        caller: alice,
        recipient: bob,
        withdrawToken: token.address(),
        usdaiAmount: dollars(10),
        withdrawAmount: usdc(8),
    });
    assert_backed(&usdai, alice);
}

#[motsu::test]
fn the_minimum_is_held_against_what_arrives(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    token: Contract<TokenDouble>,
    adapter: Contract<AdapterDouble>,
    admin: Address,
    alice: Address,
) {
    construct(&usdai, &base, admin);
    link(&usdai, &base, &adapter, admin);
    fund(&usdai, &base, alice, 200);
    token.sender(admin).set_fee_bps(100);
    adapter.sender(admin).set_outcome(usdc(100), usdc(100));
    let short = SlippageExceeded {
        minimum: usdc(100),
        actual: usdc(99),
    };
    refused(
        usdai
            .sender(alice)
            .withdraw(token.address(), dollars(100), usdc(100), alice),
        short,
    );
    let paid = usdai
        .sender(alice)
        .withdraw(token.address(), dollars(100), usdc(99), alice)
        .motsu_unwrap();
    assert_eq!(paid, usdc(99));
}

#[motsu::test]
fn yield_of_the_recipients_own_is_no_payment(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    token: Contract<TokenDouble>,
    adapter: Contract<AdapterDouble>,
    admin: Address,
    alice: Address,
) {
    construct(&usdai, &base, admin);
    link(&usdai, &base, &adapter, admin);
    fund(&usdai, &base, alice, 20);
    adapter.sender(admin).set_outcome(usdc(8), usdc(8));
    token.sender(admin).accrue(alice, usdc(5));
    let short = SlippageExceeded {
        minimum: usdc(9),
        actual: usdc(8),
    };
    refused(
        usdai
            .sender(alice)
            .withdraw(token.address(), dollars(10), usdc(9), alice),
        short,
    );
    let paid = usdai
        .sender(alice)
        .withdraw(token.address(), dollars(10), usdc(8), alice)
        .motsu_unwrap();
    assert_eq!(paid, usdc(8));
    assert_eq!(token.sender(alice).balance_of(alice), usdc(13));
}

#[motsu::test]
fn nobody_burns_for_nothing(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    token: Contract<TokenDouble>,
    adapter: Contract<AdapterDouble>,
    admin: Address,
    alice: Address,
) {
    construct(&usdai, &base, admin);
    link(&usdai, &base, &adapter, admin);
    fund(&usdai, &base, alice, 10);
    adapter.sender(admin).set_outcome(U256::ZERO, U256::ZERO);
    refused(
        usdai
            .sender(alice)
            .withdraw(token.address(), dollars(10), U256::ZERO, alice),
        InvalidAmount {},
    );
}

/* --------------------------------------------------------------------------------- whitelist, pause and roles */

#[motsu::test]
fn the_whitelist_gates_deposits_only(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    admin: Address,
    alice: Address,
    bob: Address,
) {
    construct(&usdai, &base, admin);
    fund(&usdai, &base, alice, 10);
    usdai.sender(admin).set_whitelist_required(true).motsu_unwrap();
    assert!(usdai.sender(admin).whitelist_required());
    usdai.assert_emitted(&WhitelistRequiredSet {
        whitelistRequired: true,
    });
    base.sender(alice).give(alice, usdc(5));
    let error = NotWhitelisted { caller: alice };
    refused(
        usdai.sender(alice).deposit(base.address(), usdc(5), U256::ZERO, alice),
        error,
    );

    usdai.sender(alice).transfer(bob, dollars(3)).motsu_unwrap();
    usdai
        .sender(bob)
        .withdraw(base.address(), dollars(3), usdc(3), bob)
        .motsu_unwrap();

    grant(&usdai, admin, roles::WHITELIST_ADMIN.id(), admin);
    usdai.sender(admin).set_whitelist(alice, true).motsu_unwrap();
    usdai.assert_emitted(&Whitelisted {
        account: alice,
        isWhitelisted: true,
    });
    assert!(usdai.sender(admin).is_whitelisted(alice));
    usdai
        .sender(alice)
        .deposit(base.address(), usdc(5), U256::ZERO, bob)
        .motsu_unwrap();
    assert_eq!(usdai.sender(bob).balance_of(bob), dollars(5));

    usdai.sender(admin).set_whitelist(alice, false).motsu_unwrap();
    usdai.assert_emitted(&Whitelisted {
        account: alice,
        isWhitelisted: false,
    });
    base.sender(alice).give(alice, usdc(1));
    let error = NotWhitelisted { caller: alice };
    refused(
        usdai.sender(alice).deposit(base.address(), usdc(1), U256::ZERO, alice),
        error,
    );
    usdai.sender(admin).set_whitelist_required(false).motsu_unwrap();
    usdai
        .sender(alice)
        .deposit(base.address(), usdc(1), U256::ZERO, alice)
        .motsu_unwrap();
    refused(
        usdai.sender(admin).set_whitelist(Address::ZERO, true),
        InvalidAddress {},
    );
}

#[motsu::test]
fn a_pause_stops_deposits_and_withdrawals_only(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    admin: Address,
    alice: Address,
    bob: Address,
) {
    construct(&usdai, &base, admin);
    fund(&usdai, &base, alice, 10);
    grant(&usdai, admin, roles::PAUSE_ADMIN.id(), admin);
    grant(&usdai, admin, roles::YIELD.id(), admin);
    grant(&usdai, admin, roles::BRIDGE_ADMIN.id(), admin);
    refused(usdai.sender(admin).unpause(), ExpectedPause {});
    usdai.sender(admin).pause().motsu_unwrap();
    usdai.assert_emitted(&Paused { account: admin });
    assert!(usdai.sender(admin).paused());
    refused(usdai.sender(admin).pause(), EnforcedPause {});
    refused(
        usdai.sender(alice).deposit(base.address(), usdc(1), U256::ZERO, alice),
        EnforcedPause {},
    );
    refused(
        usdai.sender(alice).withdraw(base.address(), ONE, U256::ZERO, alice),
        EnforcedPause {},
    );

    usdai.sender(alice).transfer(bob, ONE).motsu_unwrap();
    usdai.sender(alice).approve(bob, ONE).motsu_unwrap();
    usdai.sender(bob).transfer_from(alice, bob, ONE).motsu_unwrap();
    usdai.sender(admin).burn(alice, ONE).motsu_unwrap();
    usdai.sender(admin).mint(alice, ONE).motsu_unwrap();
    base.sender(admin).give(usdai.address(), usdc(1));
    assert_eq!(usdai.sender(admin).harvest(admin).motsu_unwrap(), ONE);

    usdai.sender(admin).unpause().motsu_unwrap();
    usdai.assert_emitted(&Unpaused { account: admin });
    assert!(!usdai.sender(admin).paused());
    usdai
        .sender(alice)
        .withdraw(base.address(), ONE, U256::ZERO, alice)
        .motsu_unwrap();
}

#[motsu::test]
fn switches_do_not_disturb_each_other(usdai: Contract<USDai>, base: Contract<TokenDouble>, admin: Address) {
    construct(&usdai, &base, admin);
    grant(&usdai, admin, roles::PAUSE_ADMIN.id(), admin);
    usdai.sender(admin).set_whitelist_required(true).motsu_unwrap();
    usdai.sender(admin).pause().motsu_unwrap();
    assert!(usdai.sender(admin).whitelist_required());
    assert_eq!(usdai.sender(admin).base_token(), base.address());
    usdai.sender(admin).set_whitelist_required(false).motsu_unwrap();
    assert!(usdai.sender(admin).paused());
}

#[motsu::test]
fn every_privilege_needs_its_role(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    admin: Address,
    stranger: Address,
) {
    construct(&usdai, &base, admin);
    let missing = |role| unauthorized(stranger, role);
    refused(
        usdai.sender(stranger).set_supply_cap(ONE),
        missing(roles::DEFAULT_ADMIN.id()),
    );
    refused(
        usdai.sender(stranger).set_swap_adapter(Address::ZERO),
        missing(roles::DEFAULT_ADMIN.id()),
    );
    refused(
        usdai.sender(stranger).set_whitelist_required(true),
        missing(roles::DEFAULT_ADMIN.id()),
    );
    refused(
        usdai.sender(stranger).set_whitelist(stranger, true),
        missing(roles::WHITELIST_ADMIN.id()),
    );
    refused(usdai.sender(stranger).pause(), missing(roles::PAUSE_ADMIN.id()));
    refused(usdai.sender(stranger).unpause(), missing(roles::PAUSE_ADMIN.id()));
    refused(
        usdai.sender(stranger).mint(stranger, ONE),
        missing(roles::BRIDGE_ADMIN.id()),
    );
    refused(
        usdai.sender(stranger).burn(stranger, ONE),
        missing(roles::BRIDGE_ADMIN.id()),
    );
    refused(usdai.sender(stranger).harvest(stranger), missing(roles::YIELD.id()));
    refused(
        usdai.sender(stranger).grant_role(roles::YIELD.id(), stranger),
        missing(roles::DEFAULT_ADMIN.id()),
    );
    refused(
        usdai.sender(stranger).revoke_role(roles::DEFAULT_ADMIN.id(), admin),
        missing(roles::DEFAULT_ADMIN.id()),
    );
    // The admin of all roles has none of them but its own.
    refused(
        usdai.sender(admin).pause(),
        unauthorized(admin, roles::PAUSE_ADMIN.id()),
    );
}

#[motsu::test]
fn roles_are_granted_revoked_and_renounced(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    admin: Address,
    alice: Address,
) {
    construct(&usdai, &base, admin);
    assert_eq!(usdai.sender(admin).default_admin_role(), B256::ZERO);
    assert_eq!(
        usdai.sender(admin).get_role_admin(roles::YIELD.id()),
        roles::DEFAULT_ADMIN.id()
    );
    grant(&usdai, admin, roles::YIELD.id(), alice);
    usdai.assert_emitted(&RoleGranted {
        role: roles::YIELD.id(),
        account: alice,
        sender: admin,
    });
    assert!(usdai.sender(admin).has_role(roles::YIELD.id(), alice));
    usdai.sender(admin).revoke_role(roles::YIELD.id(), alice).motsu_unwrap();
    usdai.assert_emitted(&RoleRevoked {
        role: roles::YIELD.id(),
        account: alice,
        sender: admin,
    });
    assert!(!usdai.sender(admin).has_role(roles::YIELD.id(), alice));
    grant(&usdai, admin, roles::YIELD.id(), alice);
    refused(
        usdai.sender(admin).renounce_role(roles::YIELD.id(), alice),
        AccessControlBadConfirmation {},
    );
    usdai
        .sender(alice)
        .renounce_role(roles::YIELD.id(), alice)
        .motsu_unwrap();
    usdai.assert_emitted(&RoleRevoked {
        role: roles::YIELD.id(),
        account: alice,
        sender: alice,
    });
    assert!(!usdai.sender(admin).has_role(roles::YIELD.id(), alice));
}

#[motsu::test]
fn the_adapter_must_trade_against_the_same_base_token(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    adapter: Contract<AdapterDouble>,
    admin: Address,
    other: Address,
) {
    construct(&usdai, &base, admin);
    adapter.sender(admin).set_base_token(other);
    let mismatch = BaseTokenMismatch {
        expected: base.address(),
        actual: other,
    };
    refused(usdai.sender(admin).set_swap_adapter(adapter.address()), mismatch);
    link(&usdai, &base, &adapter, admin);
    usdai.assert_emitted(&SwapAdapterSet {
        swapAdapter: adapter.address(),
    });
    assert_eq!(usdai.sender(admin).swap_adapter(), adapter.address());
    usdai.sender(admin).set_swap_adapter(Address::ZERO).motsu_unwrap();
    usdai.assert_emitted(&SwapAdapterSet {
        swapAdapter: Address::ZERO,
    });
    assert_eq!(usdai.sender(admin).swap_adapter(), Address::ZERO);
}

/* --------------------------------------------------------------------------------------------------- bridge */

#[motsu::test]
fn the_bridge_moves_supply_and_keeps_liabilities(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    admin: Address,
    alice: Address,
    bob: Address,
) {
    construct(&usdai, &base, admin);
    grant(&usdai, admin, roles::BRIDGE_ADMIN.id(), admin);
    fund(&usdai, &base, alice, 10);
    usdai.sender(admin).burn(alice, dollars(4)).motsu_unwrap();
    usdai.assert_emitted(&BridgeBurned {
        from: alice,
        amount: dollars(4),
        bridgedSupply: dollars(4),
    });
    assert_eq!(usdai.sender(admin).bridged_supply(), dollars(4));
    assert_eq!(usdai.sender(admin).total_supply(), dollars(6));
    assert_eq!(
        usdai.sender(admin).reserves().motsu_unwrap(),
        (dollars(10), dollars(10))
    );
    usdai.sender(admin).mint(bob, dollars(3)).motsu_unwrap();
    usdai.assert_emitted(&BridgeMinted {
        to: bob,
        amount: dollars(3),
        bridgedSupply: ONE,
    });
    assert_eq!(usdai.sender(admin).balance_of(bob), dollars(3));
    let error = InsufficientBridgedSupply {
        requested: dollars(2),
        bridgedSupply: ONE,
    };
    refused(usdai.sender(admin).mint(bob, dollars(2)), error);
    assert_eq!(usdai.sender(admin).supply_cap(), dollars(1_000_000));
}

#[motsu::test]
fn bridge_amounts_are_bounded(usdai: Contract<USDai>, base: Contract<TokenDouble>, admin: Address, alice: Address) {
    construct(&usdai, &base, admin);
    grant(&usdai, admin, roles::BRIDGE_ADMIN.id(), admin);
    let error = InsufficientBridgedSupply {
        requested: U256::MAX,
        bridgedSupply: U256::ZERO,
    };
    refused(usdai.sender(admin).mint(alice, U256::MAX), error);
    let error = ValueTooLarge {
        value: U256::MAX,
        maximum: U256::from(u128::MAX),
    };
    refused(usdai.sender(admin).burn(alice, U256::MAX), error);
    let error = ERC20InsufficientBalance {
        sender: alice,
        balance: U256::ZERO,
        needed: ONE,
    };
    refused(usdai.sender(admin).burn(alice, ONE), error);
    fund(&usdai, &base, alice, 1);
    usdai.sender(admin).burn(alice, ONE).motsu_unwrap();
    refused(
        usdai.sender(admin).mint(Address::ZERO, ONE),
        ERC20InvalidReceiver {
            receiver: Address::ZERO,
        },
    );
}

#[motsu::test]
fn an_empty_bridge_message_is_no_error(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    admin: Address,
    alice: Address,
) {
    construct(&usdai, &base, admin);
    grant(&usdai, admin, roles::BRIDGE_ADMIN.id(), admin);
    usdai.sender(admin).mint(alice, U256::ZERO).motsu_unwrap();
    usdai.sender(admin).burn(alice, U256::ZERO).motsu_unwrap();
    assert_eq!(usdai.sender(admin).total_supply(), U256::ZERO);
}

/* -------------------------------------------------------------------------------------------------- harvest */

#[motsu::test]
fn harvest_mints_the_surplus_outside_the_cap(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    admin: Address,
    alice: Address,
    vault: Address,
) {
    construct(&usdai, &base, admin);
    grant(&usdai, admin, roles::YIELD.id(), vault);
    fund(&usdai, &base, alice, 100);
    usdai.sender(admin).set_supply_cap(U256::ZERO).motsu_unwrap();
    base.sender(admin).accrue(usdai.address(), usdc(3));
    base.sender(admin).give(usdai.address(), usdc(2));
    assert_eq!(usdai.sender(vault).claimable_yield().motsu_unwrap(), dollars(5));
    assert_eq!(usdai.sender(vault).harvest(vault).motsu_unwrap(), dollars(5));
    usdai.assert_emitted(&Harvested {
        caller: vault,
        recipient: vault,
        mintAmount: dollars(5),
    });
    assert_eq!(usdai.sender(vault).balance_of(vault), dollars(5));
    assert_eq!(
        usdai.sender(vault).reserves().motsu_unwrap(),
        (dollars(105), dollars(105))
    );
    assert_eq!(usdai.sender(vault).claimable_yield().motsu_unwrap(), U256::ZERO);
    let events = usdai.all_events().len();
    assert_eq!(usdai.sender(vault).harvest(vault).motsu_unwrap(), U256::ZERO);
    assert_eq!(usdai.all_events().len(), events);
}

#[motsu::test]
fn harvest_leaves_what_backs_a_fraction_of_a_unit(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    admin: Address,
    alice: Address,
) {
    construct(&usdai, &base, admin);
    grant(&usdai, admin, roles::YIELD.id(), admin);
    fund(&usdai, &base, alice, 10);
    // A wei more than a dollar is burned: the liabilities are a wei below 9 dollars, which takes 9 whole to back.
    usdai
        .sender(alice)
        .withdraw(base.address(), ONE + U256::from(1), usdc(1), alice)
        .motsu_unwrap();
    assert_eq!(usdai.sender(alice).claimable_yield().motsu_unwrap(), U256::ZERO);
    usdai
        .sender(alice)
        .withdraw(base.address(), FACTOR - U256::from(1) + ONE, usdc(1), alice)
        .motsu_unwrap();
    assert_eq!(usdai.sender(alice).claimable_yield().motsu_unwrap(), FACTOR);
    assert_eq!(usdai.sender(admin).harvest(admin).motsu_unwrap(), FACTOR);
    assert_backed(&usdai, alice);
}

#[motsu::test]
fn accrued_yield_counts_only_while_it_comes_here(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    admin: Address,
    elsewhere: Address,
) {
    construct(&usdai, &base, admin);
    grant(&usdai, admin, roles::YIELD.id(), admin);
    base.sender(admin).accrue(usdai.address(), usdc(3));
    base.sender(admin).set_claim_override(usdai.address(), elsewhere);
    assert_eq!(usdai.sender(admin).claimable_yield().motsu_unwrap(), U256::ZERO);
    base.sender(admin).set_claim_override(usdai.address(), usdai.address());
    assert_eq!(usdai.sender(admin).claimable_yield().motsu_unwrap(), dollars(3));
    base.sender(admin).set_claim_override(usdai.address(), elsewhere);
    assert_eq!(usdai.sender(admin).harvest(admin).motsu_unwrap(), U256::ZERO);
    assert_eq!(base.sender(admin).balance_of(elsewhere), usdc(3));
}

#[motsu::test]
fn harvest_needs_a_recipient_and_passes_on_the_tokens_refusal(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    admin: Address,
) {
    construct(&usdai, &base, admin);
    grant(&usdai, admin, roles::YIELD.id(), admin);
    refused(usdai.sender(admin).harvest(Address::ZERO), InvalidAddress {});
    let this = usdai.address();
    refused(usdai.sender(admin).harvest(this), InvalidAddress {});
    base.sender(admin).set_reverts(true);
    refused(usdai.sender(admin).harvest(admin), Refused {});
}

/* ------------------------------------------------------------------------------------- ERC-20, permit, ERC-165 */

#[motsu::test]
fn tokens_move_and_allowances_shrink(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    admin: Address,
    alice: Address,
    bob: Address,
) {
    construct(&usdai, &base, admin);
    fund(&usdai, &base, alice, 10);
    assert!(usdai.sender(alice).transfer(bob, dollars(2)).motsu_unwrap());
    usdai.assert_emitted(&Transfer {
        from: alice,
        to: bob,
        value: dollars(2),
    });
    assert!(usdai.sender(alice).approve(bob, dollars(3)).motsu_unwrap());
    usdai.assert_emitted(&Approval {
        owner: alice,
        spender: bob,
        value: dollars(3),
    });
    assert!(usdai.sender(bob).transfer_from(alice, bob, dollars(1)).motsu_unwrap());
    assert_eq!(usdai.sender(bob).allowance(alice, bob), dollars(2));
    let error = ERC20InsufficientAllowance {
        spender: bob,
        allowance: dollars(2),
        needed: dollars(3),
    };
    refused(usdai.sender(bob).transfer_from(alice, bob, dollars(3)), error);
    usdai.sender(alice).approve(bob, U256::MAX).motsu_unwrap();
    usdai.sender(bob).transfer_from(alice, bob, dollars(1)).motsu_unwrap();
    assert_eq!(usdai.sender(bob).allowance(alice, bob), U256::MAX);
    // To itself: nothing changes.
    usdai.sender(alice).transfer(alice, dollars(6)).motsu_unwrap();
    assert_eq!(usdai.sender(alice).balance_of(alice), dollars(6));
    // As in any ERC-20 the contract itself can hold tokens.
    usdai.sender(alice).transfer(usdai.address(), dollars(1)).motsu_unwrap();
    refused(
        usdai.sender(alice).transfer(Address::ZERO, ONE),
        ERC20InvalidReceiver {
            receiver: Address::ZERO,
        },
    );
    refused(
        usdai.sender(alice).approve(Address::ZERO, ONE),
        ERC20InvalidSpender { spender: Address::ZERO },
    );
    let error = ERC20InsufficientBalance {
        sender: alice,
        balance: dollars(5),
        needed: dollars(6),
    };
    refused(usdai.sender(alice).transfer(bob, dollars(6)), error);
    assert_eq!(usdai.sender(alice).total_supply(), dollars(10));
}

fn digest(usdai: &Contract<USDai>, owner: Address, spender: Address, value: U256, nonce: U256, deadline: U256) -> B256 {
    let type_hash = alloy_primitives::keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)",
    );
    let words = [
        type_hash,
        owner.into_word(),
        spender.into_word(),
        B256::from(value),
        B256::from(nonce),
        B256::from(deadline),
    ];
    let message = alloy_primitives::keccak256(words.concat());
    let domain = usdai.sender(owner).domain_separator();
    alloy_primitives::keccak256([&[0x19, 0x01], domain.as_slice(), message.as_slice()].concat())
}

/// A signature by `owner`, as `v`, `r` and `s`.
fn sign(owner: &Account, digest: B256) -> (u8, B256, B256) {
    let signature = owner.signer().sign_hash_sync(&digest).unwrap();
    (
        27 + u8::from(signature.v()),
        B256::from(signature.r()),
        B256::from(signature.s()),
    )
}

#[motsu::test]
fn permits_set_allowances_once(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    admin: Address,
    owner: Account,
    spender: Address,
) {
    construct(&usdai, &base, admin);
    let holder = owner.address();
    let deadline = U256::MAX;
    let (v, r, s) = sign(&owner, digest(&usdai, holder, spender, ONE, U256::ZERO, deadline));
    usdai
        .sender(spender)
        .permit(holder, spender, ONE, deadline, v, r, s)
        .motsu_unwrap();
    assert_eq!(usdai.sender(spender).allowance(holder, spender), ONE);
    assert_eq!(usdai.sender(spender).nonces(holder), U256::from(1));
    usdai.assert_emitted(&Approval {
        owner: holder,
        spender,
        value: ONE,
    });
    // Again: over the next nonce the same signature is somebody else's.
    let replay = usdai
        .sender(spender)
        .permit(holder, spender, ONE, deadline, v, r, s)
        .motsu_unwrap_err();
    assert_eq!(
        replay.0[..4],
        <ERC2612InvalidSigner as alloy_sol_types::SolError>::SELECTOR
    );
    assert_eq!(usdai.sender(spender).nonces(holder), U256::from(1));
}

#[motsu::test]
fn permits_expire(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    admin: Address,
    owner: Account,
    spender: Address,
) {
    construct(&usdai, &base, admin);
    let holder = owner.address();
    // The virtual machine's clock stands still at this second: valid then, expired the second before.
    let now = U256::from(1_735_689_600_u64);
    let past = now - U256::from(1);
    let (v, r, s) = sign(&owner, digest(&usdai, holder, spender, ONE, U256::ZERO, past));
    let error = ERC2612ExpiredSignature { deadline: past };
    refused(usdai.sender(spender).permit(holder, spender, ONE, past, v, r, s), error);
    let (v, r, s) = sign(&owner, digest(&usdai, holder, spender, ONE, U256::ZERO, now));
    usdai
        .sender(spender)
        .permit(holder, spender, ONE, now, v, r, s)
        .motsu_unwrap();
}

#[motsu::test]
fn permits_take_only_the_owners_own_signature(
    usdai: Contract<USDai>,
    base: Contract<TokenDouble>,
    admin: Address,
    owner: Account,
    mallory: Account,
    spender: Address,
) {
    construct(&usdai, &base, admin);
    let holder = owner.address();
    let hash = digest(&usdai, holder, spender, ONE, U256::ZERO, U256::MAX);
    let (v, r, s) = sign(&mallory, hash);
    let error = ERC2612InvalidSigner {
        signer: mallory.address(),
        owner: holder,
    };
    refused(
        usdai.sender(spender).permit(holder, spender, ONE, U256::MAX, v, r, s),
        error,
    );

    let (v, r, s) = sign(&owner, hash);
    let order = uint!(0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141_U256);
    let high = B256::from(order - U256::from_be_bytes(s.0));
    let twin = 27 + 28 - v;
    let error = ECDSAInvalidSignatureS { s: high };
    refused(
        usdai
            .sender(spender)
            .permit(holder, spender, ONE, U256::MAX, twin, r, high),
        error,
    );
    for v in [0, 1, 26, 29, 255] {
        refused(
            usdai.sender(spender).permit(holder, spender, ONE, U256::MAX, v, r, s),
            ECDSAInvalidSignature {},
        );
    }
    assert_eq!(usdai.sender(spender).nonces(holder), U256::ZERO);
}

#[motsu::test]
fn the_domain_is_stated_as_it_is_signed(usdai: Contract<USDai>, admin: Address) {
    let (fields, name, version, chain_id, contract, salt, extensions) = usdai.sender(admin).eip712_domain();
    assert_eq!(fields.0, [0x0f]);
    assert_eq!((name.as_str(), version.as_str()), ("USDai", "1"));
    assert_eq!(chain_id, U256::from(42161));
    assert_eq!(contract, usdai.address());
    assert_eq!(salt, B256::ZERO);
    assert!(extensions.is_empty());
    let type_hash = alloy_primitives::keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)",
    );
    let words = [
        type_hash,
        alloy_primitives::keccak256(name),
        alloy_primitives::keccak256(version),
        B256::from(chain_id),
        contract.into_word(),
    ];
    assert_eq!(
        usdai.sender(admin).domain_separator(),
        alloy_primitives::keccak256(words.concat())
    );
}

#[motsu::test]
fn interfaces_are_announced(usdai: Contract<USDai>, admin: Address) {
    for id in [
        0x01ff_c9a7_u32,
        0x7965_db0b,
        0x3637_2b07,
        0xa219_a025,
        0x9d8f_f7da,
        0x84b0_196e,
    ] {
        assert!(usdai.sender(admin).supports_interface(B32::from(id)));
    }
    for id in [0xffff_ffff_u32, 0, 0x1234_5678] {
        assert!(!usdai.sender(admin).supports_interface(B32::from(id)));
    }
}

/* -------------------------------------------------------------------------------------------- shared components */

/// The components that all contracts share bring their own errors and events: they must be the interface's.
#[test]
fn shared_errors_and_events_are_declared() {
    use alloy_sol_types::{SolError, SolEvent};
    use contract_kit::{access, erc20, permit, revert};

    use crate::abi::IUSDai;

    macro_rules! same {
        ($constant:ident: $($module:ident::$name:ident)*) => {
            $(assert_eq!($module::$name::$constant, IUSDai::$name::$constant, stringify!($name));)*
        };
    }
    same!(SELECTOR: revert::InvalidCall revert::ExternalCallFailed revert::SafeERC20FailedOperation
        revert::ValueTooLarge access::AccessControlBadConfirmation access::AccessControlUnauthorizedAccount
        erc20::ERC20InsufficientAllowance erc20::ERC20InsufficientBalance erc20::ERC20InvalidApprover
        erc20::ERC20InvalidReceiver erc20::ERC20InvalidSender erc20::ERC20InvalidSpender
        permit::ECDSAInvalidSignature permit::ECDSAInvalidSignatureS permit::ERC2612ExpiredSignature
        permit::ERC2612InvalidSigner);
    same!(SIGNATURE_HASH: access::RoleGranted access::RoleRevoked erc20::Transfer erc20::Approval);
}
