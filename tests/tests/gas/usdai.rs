//! USDai over plain ERC-20 tokens and a swap stub, as the Solidity was measured.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use suite::SuiteConfig;
use suite::bindings::IUSDai;
use suite::deployment::deploy_usdai;
use suite_tests::permit::{Domain, Permit, permit_call};
use suite_tests::{Expect, World, n, units, usdai};

use crate::figures::{Figures, Needs};
use crate::meter::{Operation, measure as measure_call, send};

/// `Transfer`, as ERC-20 has it.
const TRANSFER: (u64, u64) = (3, 1);
/// `Deposited` and `Withdrawn`.
const MINTED: (u64, u64) = (3, 3);

fn deposit(token: Address, dollars: u64, recipient: Address) -> IUSDai::deposit_0Call {
    IUSDai::deposit_0Call {
        depositToken: token,
        depositAmount: units(dollars),
        usdaiAmountMinimum: U256::ZERO,
        recipient,
    }
}

fn withdraw(token: Address, dollars: u64, recipient: Address) -> IUSDai::withdraw_0Call {
    IUSDai::withdraw_0Call {
        withdrawToken: token,
        usdaiAmount: usdai(dollars),
        withdrawAmountMinimum: U256::ZERO,
        recipient,
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "a list of operations, each in the state that the last one left"
)]
pub(crate) fn measure(figures: &mut Figures) {
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
    // Slots that are warm in production are not zero here either.
    send(&mut w, alice, contract, &deposit(base, 1_000, alice).abi_encode());
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
        permit_call(&permit, domain.sign(w, bob, &permit))
    };
    let first_permit = permit(&w, 0, n(1));
    send(&mut w, alice, contract, &first_permit.abi_encode());

    let transfer = |to: Address, value: U256| IUSDai::transferCall { to, value };
    let approve = |value: U256| IUSDai::approveCall { spender: bob, value };
    let approval = Needs {
        events: &[TRANSFER],
        ..Needs::default()
    };
    let moved = Needs {
        updates: 2,
        events: &[TRANSFER],
        ..Needs::default()
    };
    // The token's two balances and allowance, the supply, the recipient's balance.
    let minted = Needs {
        reads: 1,
        updates: 4,
        events: &[TRANSFER, TRANSFER, MINTED],
        contracts: 1,
        ..Needs::default()
    };
    macro_rules! row {
        ($name:literal, $live:literal, $needs:expr, $from:expr, $call:expr) => {{
            let call = $call;
            let operation = Operation::of_user($name, $live).needs($needs);
            measure_call(&mut w, figures, &[contract], &operation, ($from, contract, &call));
        }};
    }
    row!(
        "USDai deposit(wM) warm",
        69_371,
        minted,
        alice,
        deposit(base, 100, alice)
    );
    let minted_to_new = Needs {
        updates: 3,
        fresh: 1,
        ..minted
    };
    row!(
        "USDai deposit(wM) new user",
        86_471,
        minted_to_new,
        alice,
        deposit(base, 100, bob)
    );
    let swapped = Needs {
        reads: 3,
        updates: 6,
        events: &[TRANSFER, TRANSFER, TRANSFER, MINTED],
        contracts: 3,
        ..Needs::default()
    };
    row!(
        "USDai deposit(other, 1:1 stub) warm",
        113_993,
        swapped,
        alice,
        deposit(other, 100, alice)
    );
    row!(
        "USDai withdraw(wM) partial",
        60_238,
        minted,
        alice,
        withdraw(base, 100, alice)
    );
    row!(
        "USDai withdraw(other, 1:1 stub)",
        106_470,
        swapped,
        alice,
        withdraw(other, 100, alice)
    );
    row!(
        "USDai transfer, existing holder",
        39_581,
        moved,
        alice,
        transfer(bob, usdai(1))
    );
    let moved_to_new = Needs {
        updates: 1,
        fresh: 1,
        ..moved
    };
    row!(
        "USDai transfer, new holder",
        56_681,
        moved_to_new,
        alice,
        transfer(stranger, usdai(1))
    );
    let first_approval = Needs { fresh: 1, ..approval };
    row!("USDai approve 0→max", 51_278, first_approval, alice, approve(U256::MAX));
    let changed_approval = Needs { updates: 1, ..approval };
    row!(
        "USDai approve max→x",
        33_866,
        changed_approval,
        alice,
        approve(usdai(10))
    );
    let spent = Needs { updates: 3, ..moved };
    let transfer_from = IUSDai::transferFromCall {
        from: alice,
        to: bob,
        value: n(1),
    };
    row!(
        "USDai transferFrom, finite allowance",
        45_112,
        spent,
        bob,
        transfer_from
    );
    let second_permit = permit(&w, 1, usdai(1));
    // The nonce, the allowance, and the precompile's 3,000 gas.
    let permitted = Needs {
        updates: 2,
        events: &[TRANSFER],
        ..Needs::default()
    };
    row!("USDai permit, warm", 51_338, permitted, alice, second_permit);
}
