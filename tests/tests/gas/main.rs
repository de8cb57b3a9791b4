//! What operations cost, beside the deployed Solidity contracts that they replace.
//!
//! Each operation is a transaction of its own on the local chain, in the circumstances in which the Solidity was measured
//! (receipts' `gasUsed`, behind a proxy, plain tokens, a 1:1 swap stub, slots warm from earlier transactions), once with
//! the programs cached, as a production deployment has them, and once without. `scripts/gas.sh` runs this alone; the
//! figures go to `target/gas.json`.

mod auction;
mod figures;
mod loans;
mod meter;
mod usdai;
mod vault;

use figures::Figures;
use suite_tests::{World, n, report};

#[test]
fn operations_cost_what_they_should() {
    let mut figures = Figures::default();
    usdai::measure(&mut figures);
    vault::measure(&mut figures);
    loans::measure(&mut figures);
    auction::measure(&mut figures);
    figures.write_json();
    report(&figures.table());
    figures.check_targets();
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

    let transfer = suite::bindings::IUSDai::transferCall { to: bob, value: n(1) };
    let cached = w.usdai(alice, &transfer).receipt.gas_used;
    w.chain.evict_program(usdai_address);
    let uncached = w.usdai(alice, &transfer).receipt.gas_used;
    assert_eq!(uncached - cached, info.init_gas);
}
