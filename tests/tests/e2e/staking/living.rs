//! Programs stop a year after their activation unless somebody keeps them alive, and whoever pays for it brings them
//! back with all that was in them: nothing is ever stuck.

use devnet::Tx;
use suite::bindings::IArbWasm;
use suite::program::{ARB_WASM, keep_alive};

use super::prelude::*;

const YEAR: u64 = 365 * DAY;

fn is_alive(w: &Deployed, call: Vec<u8>) -> bool {
    let vault = w.staking().vault;
    w.chain.call_data(w.suite.actors.stranger, vault, call.into()).is_ok()
}

fn activate(w: &mut Deployed, program: Address) {
    let call = IArbWasm::activateProgramCall { program }.abi_encode();
    let stranger = w.suite.actors.stranger;
    let receipt = w.chain.send(Tx::call(stranger, ARB_WASM, call).with_value(one()));
    assert!(receipt.status, "{:?}", receipt.output);
}

#[test]
fn what_has_stopped_is_brought_back_with_all_that_was_in_it() {
    let mut w = opened();
    let [alice, bob, ..] = users(&w);
    let (of_alice, of_bob) = (w.request(alice, usdai(100)), w.request(bob, usdai(200)));
    w.commit(alice, of_alice, 100);
    w.to_reveal(0);
    w.reveal(of_alice, 100);
    let books = w.books();
    w.pass(YEAR + 10 * DAY);
    assert!(!is_alive(&w, V::totalSupplyCall {}.abi_encode()), "a year is over");
    for program in w.suite.programs() {
        activate(&mut w, program);
    }
    assert_eq!(w.books(), books);
    let stranger = w.suite.actors.stranger;
    assert_eq!(w.vault(stranger, &settle()).must().filledShares, usdai(100));
    assert!(w.vault(stranger, &service(U256::MAX)).must() >= usdai(200));
    assert_eq!(w.claim_all(alice), usdai(99));
    assert!(w.claim_all(bob) >= usdai(200));
    assert_eq!(w.request_of(of_bob).state, RequestState::None);
    check_sums(&w);
}

#[test]
fn without_its_extension_the_vault_still_serves_its_users() {
    let mut w = opened();
    let [alice, ..] = users(&w);
    w.fund_usdai(alice, 10);
    let id = w.request(alice, usdai(100));
    w.pass(300 * DAY);
    let (stranger, staking) = (w.suite.actors.stranger, w.staking());
    for program in [w.suite.usdai, staking.vault, staking.auction, staking.auction_extension] {
        keep_alive(&mut w.chain, stranger, program).expect("late enough");
    }
    w.pass(100 * DAY);
    assert!(!is_alive(&w, V::booksCall {}.abi_encode()), "the extension has stopped");
    w.vault(alice, &deposit(usdai(10), alice)).must();
    assert_eq!(w.vault(alice, &service(U256::MAX)).must(), usdai(100));
    assert_eq!(w.vault(alice, &redeem(usdai(100), alice, alice)).must(), usdai(100));
    w.vault(alice, &withdraw_bid(id))
        .must_revert(V::UnknownRequest { requestId: id });
    activate(&mut w, staking.extension);
    assert_eq!(w.books().pendingShares, U256::ZERO);
    check_sums(&w);
}
