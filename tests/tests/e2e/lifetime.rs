//! Programs stop a year after their activation unless somebody keeps them alive.

use alloy_primitives::U256;
use alloy_sol_types::SolCall;
use devnet::Tx;
use suite::Transact;
use suite::bindings::{IArbWasm, IUSDai};
use suite::program::{ARB_WASM, keep_alive};
use suite_tests::{Deployed, World, n, usdai};

const DAY: u64 = 86_400;

fn works(w: &Deployed) -> bool {
    w.chain
        .try_view(w.suite.actors.stranger, w.suite.usdai, &IUSDai::totalSupplyCall {})
        .is_ok()
}

#[test]
fn a_program_lives_a_year() {
    let mut w = World::new();
    let (alice, stranger, usdai_address) = (w.suite.actors.alice, w.suite.actors.stranger, w.suite.usdai);
    let fresh = w.chain.snapshot();
    w.mint_usdai(alice, 10);
    w.pass(365 * DAY - DAY);
    assert!(works(&w));
    w.pass(2 * DAY);
    assert!(!works(&w), "it must have expired");

    // Whoever activates it again brings it back, with all that was in it.
    let call = IArbWasm::activateProgramCall { program: usdai_address }.abi_encode();
    let receipt = w
        .chain
        .send(Tx::call(stranger, ARB_WASM, call).with_value(U256::from(10).pow(n(18))));
    assert!(receipt.status, "{:?}", receipt.output);
    assert_eq!(w.usdai_of(alice), usdai(10));
    assert!(w.chain.revert(fresh));
}

#[test]
fn a_program_that_is_kept_alive_lives_longer() {
    let mut w = World::new();
    let stranger = w.suite.actors.stranger;
    let usdai_address = w.suite.usdai;
    assert!(keep_alive(&mut w.chain, stranger, usdai_address).is_err(), "too early");
    w.pass(300 * DAY);
    keep_alive(&mut w.chain, stranger, usdai_address).expect("late enough");
    let left = w
        .chain
        .view(ARB_WASM, &IArbWasm::programTimeLeftCall { program: usdai_address });
    assert_eq!(left, 365 * DAY);
    w.pass(300 * DAY);
    assert!(works(&w));
}
