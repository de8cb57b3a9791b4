//! What the users' operations cost with the programs cached, against the contracts that they replace: deployed Solidity,
//! measured behind its proxy on plain tokens and a swap stub, receipts' `gasUsed`.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use devnet::Receipt;
use suite::bindings::IUSDai;
use suite::deployment::deploy_usdai;
use suite::{SuiteConfig, Transact};
use suite_tests::{Expect, World, n, units, usdai};

fn deposit(token: Address, dollars: u64, recipient: Address) -> Vec<u8> {
    IUSDai::deposit_0Call {
        depositToken: token,
        depositAmount: units(dollars),
        usdaiAmountMinimum: U256::ZERO,
        recipient,
    }
    .abi_encode()
}

fn withdraw(token: Address, dollars: u64, recipient: Address) -> Vec<u8> {
    IUSDai::withdraw_0Call {
        withdrawToken: token,
        usdaiAmount: usdai(dollars),
        withdrawAmountMinimum: U256::ZERO,
        recipient,
    }
    .abi_encode()
}

#[test]
fn no_operation_costs_more_than_what_it_replaces() {
    let mut w = World::new();
    let actors = w.suite.actors;
    let (alice, bob, stranger) = (actors.alice, actors.bob, actors.stranger);
    let (base, other) = (w.fixture("PlainToken"), w.fixture("PlainToken"));
    let contract = deploy_usdai(&mut w.chain, &SuiteConfig::default(), actors.admin, base).expect("a plain base token");
    w.chain.cache_program(contract);
    let stub = w.fixture_with("StubSwap", U256::from_be_slice(base.as_slice()));
    w.send(actors.admin, contract, &IUSDai::setSwapAdapterCall { adapter: stub })
        .must();
    for token in [base, other] {
        for account in [alice, bob, stub, actors.desk] {
            w.give(token, account, units(100_000));
            w.allow(token, account, contract);
        }
    }
    let send = |w: &mut World, from: Address, data: Vec<u8>| -> Receipt {
        let receipt = w.chain.send_data(from, contract, U256::ZERO, data.into());
        assert!(receipt.status, "{:?} {:?}", receipt.output, receipt.halt_reason);
        receipt
    };
    // Slots that are warm in production are not zero here either.
    send(&mut w, alice, deposit(base, 1_000, alice));

    let transfer = |to: Address, value: U256| IUSDai::transferCall { to, value }.abi_encode();
    let approve = |value: U256| IUSDai::approveCall { spender: bob, value }.abi_encode();
    let rows: Vec<(&str, u64, Address, Vec<u8>)> = vec![
        ("deposit(base) warm", 69_371, alice, deposit(base, 100, alice)),
        ("deposit(base) new user", 86_471, alice, deposit(base, 100, bob)),
        (
            "deposit(other, 1:1 stub) warm",
            113_993,
            alice,
            deposit(other, 100, alice),
        ),
        ("withdraw(base) partial", 60_238, alice, withdraw(base, 100, alice)),
        ("withdraw(other, 1:1 stub)", 106_470, alice, withdraw(other, 100, alice)),
        ("transfer, existing holder", 39_581, alice, transfer(bob, usdai(1))),
        ("transfer, new holder", 56_681, alice, transfer(stranger, usdai(1))),
        ("approve 0 -> max", 51_278, alice, approve(U256::MAX)),
        ("approve max -> x", 33_866, alice, approve(usdai(10))),
        (
            "transferFrom, finite allowance",
            45_112,
            bob,
            IUSDai::transferFromCall {
                from: alice,
                to: bob,
                value: n(1),
            }
            .abi_encode(),
        ),
    ];
    println!("{:<32}{:>10}{:>10}{:>8}", "USDai, cached", "gas", "Solidity", "ratio");
    let mut product = 1.0;
    let mut dear = Vec::new();
    let count = rows.len();
    for (operation, solidity, from, data) in rows {
        let gas = send(&mut w, from, data).gas_used;
        #[expect(clippy::cast_precision_loss, reason = "gas is far below 2^52")]
        let ratio = gas as f64 / solidity as f64;
        println!("{operation:<32}{gas:>10}{solidity:>10}{ratio:>8.3}");
        product *= ratio;
        if gas > solidity {
            dear.push(operation);
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "ten")]
    let mean = f64::powf(product, 1.0 / count as f64);
    println!("{:<32}{mean:>28.3}", "geometric mean");
    assert!(dear.is_empty(), "dearer than Solidity: {dear:?}");
    assert!(mean <= 0.95, "geometric mean {mean:.3}");
}

#[test]
fn a_cached_program_is_cheaper_by_what_its_start_costs() {
    let mut w = World::new();
    let (alice, bob, usdai_address) = (w.suite.actors.alice, w.suite.actors.bob, w.suite.usdai);
    w.mint_usdai(alice, 10);
    w.mint_usdai(bob, 10);
    let transfer = IUSDai::transferCall { to: bob, value: n(1) };
    let cached = w.usdai(alice, &transfer).receipt.gas_used;
    let artifacts = suite::Artifacts::default();
    let wasm = artifacts.wasm("usdai-token").expect("scripts/build-wasm.sh has run");
    let code = stylus_rules::container::encode(&wasm).expect("a program");
    let info = stylus_rules::activate(&code, stylus_rules::Limits::default()).expect("it activates");
    println!(
        "transfer cached {cached}, init {} cached init {}",
        info.init_gas, info.cached_init_gas
    );
    // The start alone is a part of it that no code can save.
    assert!(cached > 21_000 + info.cached_init_gas, "{usdai_address}");
}
