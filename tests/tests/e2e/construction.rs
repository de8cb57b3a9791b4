//! Construction: arguments are validated, it happens once, and nobody can come between it and the deployment.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolError, SolValue};
use devnet::Tx;
use suite::bindings::{IStylusDeployer, ISwapAdapter, IUSDai};
use suite::program::{
    CONSTRUCTOR_SELECTOR, STYLUS_DEPLOYER, constructor_calldata, deploy_evm, init_code, try_deploy_program,
};
use suite::{Artifacts, Reverted, Transact, events_of, role_id};
use suite_tests::{Deployed, Expect, World, check_error, n, units, usdai};

const USDAI: &str = "usdai-token";
const ADAPTER: &str = "swap-adapter";

/// What the constructor reverted with.
fn refused(w: &mut Deployed, contract: &str, arguments: &[u8]) -> Reverted {
    let wasm = Artifacts::default()
        .wasm(contract)
        .expect("scripts/build-wasm.sh has run");
    let admin = w.suite.actors.admin;
    let receipt = try_deploy_program(&mut w.chain, admin, &wasm, arguments).expect("the code fits");
    assert!(!receipt.status, "{contract} was constructed");
    let failed = IStylusDeployer::ContractInitializationError::abi_decode(&receipt.output).expect("its constructor");
    assert!(w.chain.code(failed.newContract).is_empty(), "nothing stays behind");
    Reverted {
        data: failed.data,
        halt: None,
    }
}

fn constructed(w: &mut Deployed, contract: &str, arguments: &[u8]) -> (Address, devnet::Receipt) {
    let wasm = Artifacts::default()
        .wasm(contract)
        .expect("scripts/build-wasm.sh has run");
    let admin = w.suite.actors.admin;
    suite::program::deploy_program(&mut w.chain, admin, &wasm, arguments).expect("valid arguments")
}

#[test]
fn usdais_arguments_are_validated() {
    let mut w = World::new();
    let (admin, wm) = (w.suite.actors.admin, w.suite.tokens.wm.token);
    let cap = usdai(1);
    let invalid = IUSDai::InvalidAddress {};
    for (admin, base) in [
        (Address::ZERO, wm),
        (admin, Address::ZERO),
        (admin, w.suite.actors.bob),
        (admin, Address::repeat_byte(9)),
    ] {
        check_error(
            &refused(&mut w, USDAI, &(admin, base, cap).abi_encode_params()),
            &invalid,
        );
    }
    let maximum = U256::from(u128::MAX);
    let too_large = refused(&mut w, USDAI, &(admin, wm, maximum + n(1)).abi_encode_params());
    check_error(
        &too_large,
        &IUSDai::ValueTooLarge {
            value: maximum + n(1),
            maximum,
        },
    );
    // A contract that is no token.
    let router = w.suite.uniswap.router;
    let reverted = refused(&mut w, USDAI, &(admin, router, cap).abi_encode_params());
    check_error(&reverted, &IUSDai::ExternalCallFailed { target: router });
}

#[test]
fn usdai_is_constructed_as_told() {
    let mut w = World::new();
    let (bob, usdc) = (w.suite.actors.bob, w.suite.tokens.usdc.token);
    let (usdai_address, receipt) = constructed(&mut w, USDAI, &(bob, usdc, usdai(7)).abi_encode_params());
    assert_eq!(
        events_of::<IUSDai::RoleGranted>(&receipt, usdai_address),
        [IUSDai::RoleGranted {
            role: B256::ZERO,
            account: bob,
            sender: STYLUS_DEPLOYER
        }]
    );
    assert_eq!(
        events_of::<IUSDai::SupplyCapSet>(&receipt, usdai_address),
        [IUSDai::SupplyCapSet { supplyCap: usdai(7) }]
    );
    let chain = &w.chain;
    assert_eq!(chain.view(usdai_address, &IUSDai::baseTokenCall {}), usdc);
    assert_eq!(chain.view(usdai_address, &IUSDai::supplyCapCall {}), usdai(7));
    assert_eq!(chain.view(usdai_address, &IUSDai::swapAdapterCall {}), Address::ZERO);
    assert!(!chain.view(usdai_address, &IUSDai::pausedCall {}));
    assert!(!chain.view(usdai_address, &IUSDai::whitelistRequiredCall {}));
    assert!(chain.view(
        usdai_address,
        &IUSDai::hasRoleCall {
            role: B256::ZERO,
            account: bob
        }
    ));
    let deployer = IUSDai::hasRoleCall {
        role: B256::ZERO,
        account: STYLUS_DEPLOYER,
    };
    assert!(!chain.view(usdai_address, &deployer));
}

#[test]
fn base_tokens_have_at_most_eighteen_decimals() {
    let mut w = World::new();
    let (admin, alice) = (w.suite.actors.admin, w.suite.actors.alice);
    for decimals in [19, 20, 77, 255] {
        let token = w.fixture_with("DecimalsToken", n(decimals));
        let reverted = refused(&mut w, USDAI, &(admin, token, usdai(1)).abi_encode_params());
        let decimals = u8::try_from(decimals).unwrap();
        check_error(&reverted, &IUSDai::UnsupportedDecimals { token, decimals });
    }
    for decimals in [0, 1, 8, 17, 18] {
        let token = w.fixture_with("DecimalsToken", n(decimals));
        let (other, _) = constructed(&mut w, USDAI, &(admin, token, usdai(1_000)).abi_encode_params());
        let one = U256::from(10).pow(n(decimals));
        w.give(token, alice, one);
        w.allow(token, alice, other);
        let deposit = IUSDai::deposit_0Call {
            depositToken: token,
            depositAmount: one,
            usdaiAmountMinimum: usdai(1),
            recipient: alice,
        };
        assert_eq!(w.send(alice, other, &deposit).must(), usdai(1), "{decimals} decimals");
        let withdraw = IUSDai::withdraw_0Call {
            withdrawToken: token,
            usdaiAmount: usdai(1),
            withdrawAmountMinimum: one,
            recipient: alice,
        };
        assert_eq!(w.send(alice, other, &withdraw).must(), one, "{decimals} decimals");
    }
}

#[test]
fn amounts_that_do_not_scale_are_refused() {
    let mut w = World::new();
    let (admin, alice) = (w.suite.actors.admin, w.suite.actors.alice);
    let token = w.fixture_with("DecimalsToken", U256::ZERO);
    let (other, _) = constructed(
        &mut w,
        USDAI,
        &(admin, token, U256::from(u128::MAX)).abi_encode_params(),
    );
    w.give(token, alice, U256::MAX);
    w.allow(token, alice, other);
    let deposit = IUSDai::deposit_0Call {
        depositToken: token,
        depositAmount: U256::MAX,
        usdaiAmountMinimum: U256::ZERO,
        recipient: alice,
    };
    let maximum = U256::MAX / U256::from(10).pow(n(18));
    w.send(alice, other, &deposit).must_revert(IUSDai::ValueTooLarge {
        value: U256::MAX,
        maximum,
    });
    // What scales is past the cap by far.
    let deposit = IUSDai::deposit_0Call {
        depositAmount: maximum,
        ..deposit
    };
    w.send(alice, other, &deposit).must_revert(IUSDai::SupplyCapExceeded {});
}

#[test]
fn the_adapters_arguments_are_validated() {
    let mut w = World::new();
    let (admin, usdai_address) = (w.suite.actors.admin, w.suite.usdai);
    let (wm, router) = (w.suite.tokens.wm.token, w.suite.uniswap.router);
    let zero = Address::ZERO;
    let nobody = w.suite.actors.bob;
    let wrong = [
        (zero, usdai_address, wm, router),
        (admin, zero, wm, router),
        (admin, usdai_address, zero, router),
        (admin, usdai_address, wm, zero),
        (admin, usdai_address, nobody, router),
        (admin, usdai_address, wm, nobody),
    ];
    for arguments in wrong {
        let reverted = refused(&mut w, ADAPTER, &arguments.abi_encode_params());
        check_error(&reverted, &ISwapAdapter::InvalidAddress {});
    }
    let (adapter, receipt) = constructed(&mut w, ADAPTER, &(admin, usdai_address, wm, router).abi_encode_params());
    assert_eq!(
        events_of::<ISwapAdapter::RoleGranted>(&receipt, adapter),
        [ISwapAdapter::RoleGranted {
            role: B256::ZERO,
            account: admin,
            sender: STYLUS_DEPLOYER
        }]
    );
    assert_eq!(w.chain.view(adapter, &ISwapAdapter::baseTokenCall {}), wm);
    assert_eq!(w.chain.view(adapter, &ISwapAdapter::usdaiCall {}), usdai_address);
    assert_eq!(w.chain.view(adapter, &ISwapAdapter::swapRouterCall {}), router);
}

#[test]
fn a_constructor_takes_its_arguments_exactly() {
    let mut w = World::new();
    let (admin, wm) = (w.suite.actors.admin, w.suite.tokens.wm.token);
    let good = (admin, wm, usdai(1)).abi_encode_params();
    let longer = [good.clone(), vec![0; 32]].concat();
    let mut dirty = good.clone();
    dirty[0] = 1;
    for arguments in [&good[..95], &longer[..], &dirty[..], &[]] {
        let length = n(4 + arguments.len() as u64);
        let selector = CONSTRUCTOR_SELECTOR.into();
        let expected = IUSDai::InvalidCall {
            selector,
            calldataLength: length,
            value: U256::ZERO,
        };
        check_error(&refused(&mut w, USDAI, arguments), &expected);
    }
}

#[test]
fn nothing_is_constructed_twice() {
    let mut w = World::new();
    let actors = w.suite.actors;
    let (usdai_address, adapter) = (w.suite.usdai, w.suite.swap_adapter);
    let (wm, router) = (w.suite.tokens.wm.token, w.suite.uniswap.router);
    let usdais = constructor_calldata(&(actors.stranger, wm, usdai(1)).abi_encode_params());
    let adapters = constructor_calldata(&(actors.stranger, usdai_address, wm, router).abi_encode_params());
    for (target, data) in [(usdai_address, usdais), (adapter, adapters)] {
        for from in [actors.stranger, actors.admin, STYLUS_DEPLOYER] {
            w.pay_gas_of(from);
            let length = n(data.len() as u64);
            let receipt = w.chain.send_data(from, target, U256::ZERO, data.clone());
            assert!(!receipt.status, "{target} was constructed again");
            let reverted = Reverted {
                data: receipt.output,
                halt: receipt.halt_reason,
            };
            let selector = CONSTRUCTOR_SELECTOR.into();
            check_error(
                &reverted,
                &IUSDai::InvalidCall {
                    selector,
                    calldataLength: length,
                    value: U256::ZERO,
                },
            );
        }
        let has_role = IUSDai::hasRoleCall {
            role: B256::ZERO,
            account: actors.stranger,
        };
        assert!(!w.chain.view(target, &has_role));
    }
}

/// What StylusDeployer is for: a program deployed and activated without it belongs to whoever calls first.
#[test]
fn through_the_deployer_nobody_comes_first() {
    let mut w = World::new();
    let actors = w.suite.actors;
    let wm = w.suite.tokens.wm.token;
    let wasm = Artifacts::default().wasm(USDAI).expect("scripts/build-wasm.sh has run");
    let code = stylus_rules::container::encode(&wasm).expect("a program");
    let admin_role = |account: Address| IUSDai::hasRoleCall {
        role: role_id("DEFAULT_ADMIN_ROLE"),
        account,
    };

    // The careless way: the code is activated already (it is the suite's), so the first caller owns it.
    let open = deploy_evm(&mut w.chain, actors.admin, init_code(&code).expect("it fits")).expect("plain creation");
    let stolen = constructor_calldata(&(actors.stranger, wm, usdai(1)).abi_encode_params());
    let receipt = w.chain.send(Tx::call(actors.stranger, open, stolen));
    assert!(receipt.status, "{:?}", receipt.output);
    assert!(w.chain.view(open, &admin_role(actors.stranger)));

    // The careful way is one transaction: after it there is nothing left to construct.
    let arguments = (actors.admin, wm, usdai(1)).abi_encode_params();
    let (safe, receipt) = constructed(&mut w, USDAI, &arguments);
    assert_eq!(events_of::<IUSDai::RoleGranted>(&receipt, safe).len(), 1);
    let again = constructor_calldata(&(actors.stranger, wm, usdai(1)).abi_encode_params());
    assert!(!w.chain.send(Tx::call(actors.stranger, safe, again)).status);
    assert!(w.chain.view(safe, &admin_role(actors.admin)));
    assert!(!w.chain.view(safe, &admin_role(actors.stranger)));
}

#[test]
fn an_unconstructed_contract_does_nothing() {
    let mut w = World::new();
    let (alice, wm) = (w.suite.actors.alice, w.suite.tokens.wm.token);
    let wasm = Artifacts::default().wasm(USDAI).expect("scripts/build-wasm.sh has run");
    let code = stylus_rules::container::encode(&wasm).expect("a program");
    let bare = deploy_evm(&mut w.chain, alice, init_code(&code).expect("it fits")).expect("plain creation");
    w.give(wm, alice, units(1));
    w.allow(wm, alice, bare);
    let deposit = IUSDai::deposit_0Call {
        depositToken: wm,
        depositAmount: units(1),
        usdaiAmountMinimum: U256::ZERO,
        recipient: alice,
    };
    w.send(alice, bare, &deposit)
        .must_revert(IUSDai::SwapAdapterNotSet { token: wm });
    w.send(alice, bare, &IUSDai::pauseCall {})
        .must_revert(IUSDai::AccessControlUnauthorizedAccount {
            account: alice,
            neededRole: role_id("PAUSE_ADMIN_ROLE"),
        });
    assert_eq!(w.wm_of(alice), units(1));
}
