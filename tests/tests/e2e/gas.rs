//! What the users' operations cost with the programs cached, against the contracts that they replace: deployed Solidity,
//! measured behind its proxy on plain tokens and a swap stub, receipts' `gasUsed`.

use std::fmt::Write as _;

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use suite::bindings::IUSDai;
use suite::deployment::deploy_usdai;
use suite::{SuiteConfig, Transact};
use suite_tests::{Expect, World, n, report, units, usdai};

use crate::permits::{Domain, Permit, permit_call};

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
    let send = |w: &mut World, from: Address, data: Vec<u8>| -> u64 {
        let receipt = w.chain.send_data(from, contract, U256::ZERO, data.into());
        assert!(receipt.status, "{:?} {:?}", receipt.output, receipt.halt_reason);
        receipt.gas_used
    };
    // Slots that are warm in production are not zero here either.
    send(&mut w, alice, deposit(base, 1_000, alice));
    let domain = Domain {
        contract,
        ..Domain::of(&w)
    };
    let permit = |w: &World, nonce: u64, value: U256| {
        let permit = Permit {
            owner: bob,
            spender: alice,
            value,
            nonce: n(nonce),
            deadline: U256::MAX,
        };
        permit_call(&permit, domain.sign(w, bob, &permit)).abi_encode()
    };
    let first = permit(&w, 0, n(1));
    send(&mut w, alice, first);

    let transfer = |to: Address, value: U256| IUSDai::transferCall { to, value }.abi_encode();
    let approve = |value: U256| IUSDai::approveCall { spender: bob, value }.abi_encode();
    let transfer_from = IUSDai::transferFromCall {
        from: alice,
        to: bob,
        value: n(1),
    }
    .abi_encode();
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
        ("transferFrom, finite allowance", 45_112, bob, transfer_from),
        ("permit, warm", 51_338, alice, permit(&w, 1, usdai(1))),
    ];
    let mut table = format!(
        "{:<32}{:>10}{:>10}{:>8}{:>12}\n",
        "USDai", "cached", "Solidity", "ratio", "not cached"
    );
    let mut logarithms = 0.0;
    let mut dear = Vec::new();
    let count = rows.len();
    for (operation, solidity, from, data) in rows {
        let snapshot = w.chain.snapshot();
        w.chain.evict_program(contract);
        let uncached = send(&mut w, from, data.clone());
        assert!(w.chain.revert(snapshot));
        let gas = send(&mut w, from, data);
        #[expect(clippy::cast_precision_loss, reason = "gas is far below 2^52")]
        let ratio = gas as f64 / solidity as f64;
        writeln!(
            table,
            "{operation:<32}{gas:>10}{solidity:>10}{ratio:>8.3}{uncached:>12}"
        )
        .expect("a string");
        logarithms += ratio.ln();
        if gas > solidity {
            dear.push(operation);
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a dozen")]
    let mean = (logarithms / count as f64).exp();
    writeln!(table, "{:<52}{mean:>8.3}", "geometric mean").expect("a string");
    report(&table);
    assert!(dear.is_empty(), "dearer than Solidity: {dear:?}");
    assert!(mean <= 0.9, "geometric mean {mean:.3}");
}

#[test]
fn a_program_that_is_not_cached_pays_for_its_start() {
    let mut w = World::new();
    let (alice, bob, usdai_address) = (w.suite.actors.alice, w.suite.actors.bob, w.suite.usdai);
    w.mint_usdai(alice, 10);
    w.mint_usdai(bob, 10);
    let wasm = suite::Artifacts::default()
        .wasm("usdai-token")
        .expect("scripts/build-wasm.sh has run");
    let code = stylus_rules::container::encode(&wasm).expect("a program");
    let info = stylus_rules::activate(&code, stylus_rules::Limits::default()).expect("it activates");

    let transfer = IUSDai::transferCall { to: bob, value: n(1) };
    let cached = w.usdai(alice, &transfer).receipt.gas_used;
    w.chain.evict_program(usdai_address);
    let uncached = w.usdai(alice, &transfer).receipt.gas_used;
    assert_eq!(uncached - cached, info.init_gas);
}
