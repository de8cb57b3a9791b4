//! The contract's rules against doubles of the tokens and of Uniswap's router.

use alloy_primitives::{aliases::U24, Address, U256};
use contract_kit::{
    access::{AccessControlUnauthorizedAccount, RoleGranted},
    doubles::{Refused, RouterDouble, TokenDouble},
    roles, Revert,
};
use motsu::prelude::*;

use crate::{
    abi::ISwapAdapter::{
        IncompleteSwap, InvalidAddress, InvalidAmount, InvalidFeeTier, InvalidPath, SlippageExceeded, SwapFailed,
        TokenNotWhitelisted, TokenSet, UnauthorizedCaller,
    },
    Bytes, SwapAdapter,
};

const TIER: U24 = U24::from_limbs([500]);

fn units(count: u64) -> U256 {
    U256::from(count)
}

fn direct() -> Bytes {
    Bytes(Vec::new())
}

fn path(tokens: &[Address]) -> Bytes {
    let mut path = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        if index > 0 {
            path.extend([0, 1, 244]);
        }
        path.extend(token.as_slice());
    }
    Bytes(path)
}

fn refused<T: std::fmt::Debug>(outcome: Result<T, Revert>, error: impl Into<Revert>) {
    assert_eq!(outcome.motsu_unwrap_err(), error.into());
}

/// A constructed adapter that admits `token`, with USDai played by an account.
fn construct(
    adapter: &Contract<SwapAdapter>,
    base: &Contract<TokenDouble>,
    token: &Contract<TokenDouble>,
    router: &Contract<RouterDouble>,
    admin: Address,
    usdai: Address,
) {
    adapter
        .sender(admin)
        .constructor(admin, usdai, base.address(), router.address())
        .motsu_unwrap();
    adapter
        .sender(admin)
        .set_token(token.address(), true, TIER)
        .motsu_unwrap();
}

#[motsu::test]
fn construction_fixes_the_links(
    adapter: Contract<SwapAdapter>,
    base: Contract<TokenDouble>,
    router: Contract<RouterDouble>,
    admin: Address,
    usdai: Address,
) {
    adapter
        .sender(admin)
        .constructor(admin, usdai, base.address(), router.address())
        .motsu_unwrap();
    assert_eq!(adapter.sender(admin).usdai(), usdai);
    assert_eq!(adapter.sender(admin).base_token(), base.address());
    assert_eq!(adapter.sender(admin).swap_router(), router.address());
    adapter.assert_emitted(&RoleGranted {
        role: roles::DEFAULT_ADMIN.id(),
        account: admin,
        sender: admin,
    });
    assert!(adapter
        .sender(admin)
        .has_role(adapter.sender(admin).default_admin_role(), admin));
}

#[motsu::test]
fn construction_refuses_zero_addresses_and_accounts_without_code(
    adapter: Contract<SwapAdapter>,
    base: Contract<TokenDouble>,
    router: Contract<RouterDouble>,
    admin: Address,
    usdai: Address,
) {
    let (base, router, zero) = (base.address(), router.address(), Address::ZERO);
    for (admin, usdai, base, router) in [
        (zero, usdai, base, router),
        (admin, zero, base, router),
        (admin, usdai, zero, router),
        (admin, usdai, base, zero),
        (admin, usdai, usdai, router),
        (admin, usdai, base, usdai),
    ] {
        refused(
            adapter.sender(usdai).constructor(admin, usdai, base, router),
            InvalidAddress {},
        );
    }
}

#[motsu::test]
fn tokens_are_admitted_and_removed(
    adapter: Contract<SwapAdapter>,
    base: Contract<TokenDouble>,
    token: Contract<TokenDouble>,
    router: Contract<RouterDouble>,
    admin: Address,
    usdai: Address,
) {
    construct(&adapter, &base, &token, &router, admin, usdai);
    let it = token.address();
    assert!(adapter.sender(admin).is_whitelisted_token(it));
    assert_eq!(adapter.sender(admin).fee_tier(it), TIER);
    adapter.assert_emitted(&TokenSet {
        token: it,
        whitelisted: true,
        feeTier: TIER,
    });
    adapter
        .sender(admin)
        .set_token(it, true, U24::from(999_999))
        .motsu_unwrap();
    assert_eq!(adapter.sender(admin).fee_tier(it), U24::from(999_999));
    adapter.sender(admin).set_token(it, false, TIER).motsu_unwrap();
    assert!(!adapter.sender(admin).is_whitelisted_token(it));
    assert_eq!(adapter.sender(admin).fee_tier(it), U24::ZERO);
    adapter.assert_emitted(&TokenSet {
        token: it,
        whitelisted: false,
        feeTier: U24::ZERO,
    });
}

#[motsu::test]
fn tokens_and_tiers_are_checked(
    adapter: Contract<SwapAdapter>,
    base: Contract<TokenDouble>,
    token: Contract<TokenDouble>,
    router: Contract<RouterDouble>,
    admin: Address,
    usdai: Address,
) {
    construct(&adapter, &base, &token, &router, admin, usdai);
    for address in [Address::ZERO, base.address(), usdai] {
        refused(adapter.sender(admin).set_token(address, true, TIER), InvalidAddress {});
        refused(adapter.sender(admin).set_token(address, false, TIER), InvalidAddress {});
    }
    for tier in [U24::ZERO, U24::from(1_000_000), U24::MAX] {
        refused(
            adapter.sender(admin).set_token(token.address(), true, tier),
            InvalidFeeTier { feeTier: tier },
        );
    }
    let error = AccessControlUnauthorizedAccount {
        account: usdai,
        neededRole: roles::DEFAULT_ADMIN.id(),
    };
    refused(adapter.sender(usdai).set_token(token.address(), false, TIER), error);
}

#[motsu::test]
fn only_usdai_swaps_and_only_admitted_tokens(
    adapter: Contract<SwapAdapter>,
    base: Contract<TokenDouble>,
    token: Contract<TokenDouble>,
    router: Contract<RouterDouble>,
    admin: Address,
    usdai: Address,
) {
    construct(&adapter, &base, &token, &router, admin, usdai);
    let it = token.address();
    let error = UnauthorizedCaller { caller: admin };
    refused(
        adapter.sender(admin).swap_in(it, units(1), units(0), direct()),
        error.clone(),
    );
    refused(adapter.sender(admin).swap_out(it, units(1), units(0), direct()), error);
    let error = TokenNotWhitelisted { token: base.address() };
    refused(
        adapter
            .sender(usdai)
            .swap_in(base.address(), units(1), units(0), direct()),
        error.clone(),
    );
    refused(
        adapter
            .sender(usdai)
            .swap_out(base.address(), units(1), units(0), direct()),
        error,
    );
    adapter.sender(admin).set_token(it, false, TIER).motsu_unwrap();
    let error = TokenNotWhitelisted { token: it };
    refused(adapter.sender(usdai).swap_in(it, units(1), units(0), direct()), error);
}

#[motsu::test]
fn the_whole_balance_goes_through_the_direct_pool_to_usdai(
    adapter: Contract<SwapAdapter>,
    base: Contract<TokenDouble>,
    token: Contract<TokenDouble>,
    router: Contract<RouterDouble>,
    admin: Address,
    usdai: Address,
) {
    construct(&adapter, &base, &token, &router, admin, usdai);
    let it = token.address();
    token.sender(admin).give(adapter.address(), units(100));
    router.sender(admin).set_outcome(units(97), units(0));
    // The stated amount is only what the caller meant to move.
    assert_eq!(
        adapter
            .sender(usdai)
            .swap_in(it, units(101), units(97), direct())
            .motsu_unwrap(),
        units(97)
    );
    assert_eq!(base.sender(admin).balance_of(usdai), units(97));
    assert_eq!(token.sender(admin).balance_of(adapter.address()), units(0));
    assert_eq!(token.sender(admin).balance_of(router.address()), units(0));
    assert_eq!(router.sender(admin).last(), (U256::from(500), usdai));

    base.sender(admin).give(adapter.address(), units(50));
    router.sender(admin).set_outcome(units(49), units(0));
    assert_eq!(
        adapter
            .sender(usdai)
            .swap_out(it, units(50), units(49), direct())
            .motsu_unwrap(),
        units(49)
    );
    assert_eq!(token.sender(admin).balance_of(usdai), units(49));
    assert_eq!(base.sender(admin).balance_of(adapter.address()), units(0));
}

#[motsu::test]
fn what_others_have_sent_here_is_left_alone(
    adapter: Contract<SwapAdapter>,
    base: Contract<TokenDouble>,
    token: Contract<TokenDouble>,
    router: Contract<RouterDouble>,
    admin: Address,
    usdai: Address,
) {
    construct(&adapter, &base, &token, &router, admin, usdai);
    token.sender(admin).give(adapter.address(), units(1_000));
    token.sender(admin).give(adapter.address(), units(10));
    router.sender(admin).set_outcome(units(9), units(0));
    adapter
        .sender(usdai)
        .swap_in(token.address(), units(10), units(9), direct())
        .motsu_unwrap();
    assert_eq!(token.sender(admin).balance_of(adapter.address()), units(1_000));
    refused(
        adapter
            .sender(usdai)
            .swap_in(token.address(), units(0), units(0), direct()),
        InvalidAmount {},
    );
}

#[motsu::test]
fn paths_lead_from_one_token_to_the_other(
    adapter: Contract<SwapAdapter>,
    base: Contract<TokenDouble>,
    token: Contract<TokenDouble>,
    between: Contract<TokenDouble>,
    router: Contract<RouterDouble>,
    admin: Address,
    usdai: Address,
) {
    construct(&adapter, &base, &token, &router, admin, usdai);
    let (from, stop, to) = (token.address(), between.address(), base.address());
    token.sender(admin).give(adapter.address(), units(10));
    router.sender(admin).set_outcome(units(9), units(0));
    let inwards = path(&[from, stop, to]);
    assert_eq!(
        adapter
            .sender(usdai)
            .swap_in(from, units(10), units(9), inwards.clone())
            .motsu_unwrap(),
        units(9)
    );

    base.sender(admin).give(adapter.address(), units(10));
    let outwards = path(&[to, stop, from]);
    assert_eq!(
        adapter
            .sender(usdai)
            .swap_out(from, units(10), units(9), outwards.clone())
            .motsu_unwrap(),
        units(9)
    );

    for wrong in [
        outwards,
        path(&[from]),
        path(&[from, stop]),
        path(&[stop, to]),
        Bytes(vec![1]),
        { path(&[from, stop, stop, stop, stop, stop, to]) },
    ] {
        let error = InvalidPath {
            path: wrong.0.clone().into(),
        };
        refused(adapter.sender(usdai).swap_in(from, units(10), units(9), wrong), error);
    }
    let error = InvalidPath {
        path: inwards.0.clone().into(),
    };
    refused(
        adapter.sender(usdai).swap_out(from, units(10), units(9), inwards),
        error,
    );
}

#[motsu::test]
fn what_comes_out_is_at_least_the_minimum(
    adapter: Contract<SwapAdapter>,
    base: Contract<TokenDouble>,
    token: Contract<TokenDouble>,
    router: Contract<RouterDouble>,
    admin: Address,
    usdai: Address,
) {
    construct(&adapter, &base, &token, &router, admin, usdai);
    token.sender(admin).give(adapter.address(), units(100));
    router.sender(admin).set_outcome(units(97), units(0));
    let error = SlippageExceeded {
        minimum: units(98),
        actual: units(97),
    };
    refused(
        adapter
            .sender(usdai)
            .swap_in(token.address(), units(100), units(98), direct()),
        error,
    );
}

#[motsu::test]
fn nothing_cannot_be_swapped(
    adapter: Contract<SwapAdapter>,
    base: Contract<TokenDouble>,
    token: Contract<TokenDouble>,
    router: Contract<RouterDouble>,
    admin: Address,
    usdai: Address,
) {
    construct(&adapter, &base, &token, &router, admin, usdai);
    refused(
        adapter
            .sender(usdai)
            .swap_in(token.address(), units(1), units(0), direct()),
        InvalidAmount {},
    );
    refused(
        adapter
            .sender(usdai)
            .swap_out(token.address(), units(1), units(0), direct()),
        InvalidAmount {},
    );
}

#[motsu::test]
fn leftovers_are_refused(
    adapter: Contract<SwapAdapter>,
    base: Contract<TokenDouble>,
    token: Contract<TokenDouble>,
    between: Contract<TokenDouble>,
    router: Contract<RouterDouble>,
    admin: Address,
    usdai: Address,
) {
    construct(&adapter, &base, &token, &router, admin, usdai);
    let it = token.address();
    token.sender(admin).give(adapter.address(), units(100));
    router.sender(admin).set_outcome(units(90), units(3));
    let error = IncompleteSwap {
        token: it,
        leftover: units(3),
    };
    refused(adapter.sender(usdai).swap_in(it, units(100), units(0), direct()), error);

    // A second pool that takes only a part; what the router held of that token before is not this swap's.
    router.sender(admin).set_outcome(units(90), units(0));
    router.sender(admin).set_leftover_between(between.address(), units(2));
    between.sender(admin).give(router.address(), units(1));
    let route = path(&[it, between.address(), base.address()]);
    let error = IncompleteSwap {
        token: between.address(),
        leftover: units(2),
    };
    refused(
        adapter.sender(usdai).swap_in(it, units(100), units(0), route.clone()),
        error,
    );
    router.sender(admin).set_leftover_between(between.address(), units(0));
    assert_eq!(
        adapter
            .sender(usdai)
            .swap_in(it, units(100), units(0), route)
            .motsu_unwrap(),
        units(90)
    );
}

#[motsu::test]
fn the_routers_reason_is_passed_on(
    adapter: Contract<SwapAdapter>,
    base: Contract<TokenDouble>,
    token: Contract<TokenDouble>,
    router: Contract<RouterDouble>,
    admin: Address,
    usdai: Address,
) {
    construct(&adapter, &base, &token, &router, admin, usdai);
    token.sender(admin).give(adapter.address(), units(100));
    router.sender(admin).set_fails(true);
    let reason = alloy_sol_types::SolError::abi_encode(&Refused {}).into();
    refused(
        adapter
            .sender(usdai)
            .swap_in(token.address(), units(100), units(0), direct()),
        SwapFailed { reason },
    );
}

/// The components that all contracts share bring their own errors and events: they must be the interface's.
#[test]
fn shared_errors_and_events_are_declared() {
    use alloy_sol_types::{SolError, SolEvent};
    use contract_kit::{access, revert};

    use crate::abi::ISwapAdapter;

    macro_rules! same {
        ($constant:ident: $($module:ident::$name:ident)*) => {
            $(assert_eq!($module::$name::$constant, ISwapAdapter::$name::$constant, stringify!($name));)*
        };
    }
    same!(SELECTOR: revert::InvalidCall revert::ExternalCallFailed revert::SafeERC20FailedOperation
        access::AccessControlBadConfirmation access::AccessControlUnauthorizedAccount);
    same!(SIGNATURE_HASH: access::RoleGranted access::RoleRevoked);
}
