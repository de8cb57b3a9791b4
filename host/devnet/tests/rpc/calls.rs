//! Calls and estimates, with overrides and failures.

use alloy_primitives::{U256, hex};
use alloy_sol_types::{Panic, PanicKind, Revert, SolError, sol};
use serde_json::{Value, json};

use crate::support::{
    ALICE, BASE_FEE, ETHER, GENESIS_TIME, LOOP, NOBODY, Node, REPORT, REVERT, STORE, STRANGER, code, initcode,
    quantity, word,
};

sol! {
    error SlippageTooHigh(uint256 got, uint256 wanted);
}

/// The words of an answer.
fn words(answer: &Value) -> Vec<U256> {
    let bytes = hex::decode(answer.as_str().expect("data")).expect("hex");
    bytes.chunks(32).map(U256::from_be_slice).collect()
}

#[test]
fn a_call_changes_nothing() {
    let node = Node::start();
    let store = node.deploy(STORE);
    assert_eq!(
        node.ok("eth_call", json!([{"to": store, "data": word(9)}, "latest"])),
        json!(word(9))
    );
    assert_eq!(
        node.ok("eth_call", json!([{"to": store, "input": word(9)}])),
        json!(word(9))
    );
    assert_eq!(node.ok("eth_call", json!([{"to": store}, "latest"])), json!(word(0)));
    assert_eq!(node.ok("eth_blockNumber", json!([])), "0x1");
    assert_eq!(node.ok("eth_call", json!([{"to": NOBODY}, "latest"])), "0x");
    assert_eq!(
        node.ok("eth_call", json!([{"data": initcode(STORE)}, "latest"])),
        json!(code(STORE))
    );
}

#[test]
fn a_call_reads_the_state_of_its_block() {
    let node = Node::start();
    let store = node.deploy(STORE);
    node.send(json!({"to": store, "data": word(7)}));
    node.send(json!({"to": store, "data": word(8)}));
    for (block, expected) in [("0x1", 0), ("0x2", 7), ("0x3", 8), ("latest", 8), ("pending", 8)] {
        assert_eq!(
            node.ok("eth_call", json!([{"to": store}, block])),
            json!(word(expected)),
            "{block}"
        );
    }
    assert_eq!(
        node.fails("eth_call", json!([{"to": store}, "0x4"])),
        (-32000, "header not found".to_owned())
    );
}

#[test]
fn reverts_carry_their_data() {
    let node = Node::start();
    let revert = node.deploy(REVERT);
    let custom = SlippageTooHigh {
        got: U256::from(1),
        wanted: U256::from(2),
    }
    .abi_encode();
    for (data, message) in [
        (custom, "execution reverted"),
        (Revert::from("not yet").abi_encode(), "execution reverted: not yet"),
        (
            Panic::from(PanicKind::UnderOverflow).abi_encode(),
            "execution reverted: arithmetic underflow or overflow",
        ),
        (vec![], "execution reverted"),
    ] {
        let data = hex::encode_prefixed(data);
        let call = json!({"to": revert, "data": data});
        for method in ["eth_call", "eth_estimateGas"] {
            let error = node.call(method, &json!([call])).expect_err("a revert");
            assert_eq!(error, json!({"code": 3, "message": message, "data": data}), "{method}");
        }
        // Without a gas limit the estimate fails before anything is mined, with one the revert is mined.
        let error = node.call(
            "eth_sendTransaction",
            &json!([{"from": ALICE, "to": revert, "data": data}]),
        );
        assert_eq!(error.expect_err("a revert")["data"], data);
        let receipt = node.send(json!({"to": revert, "data": data, "gas": "0x186a0"}));
        assert_eq!(receipt["status"], "0x0");
    }
}

/// Nitro reports a program that traps as a revert without data; running out of ink, or not being activated, is a failure.
#[test]
fn programs_that_fail_are_told_apart() {
    let node = Node::start();
    let program = |body: &str| {
        let wat = format!(
            r#"(module (memory (export "memory") 1 1) (func (export "user_entrypoint") (param i32) (result i32) {body}))"#
        );
        stylus_rules::container::encode(&wat::parse_str(wat).expect("a program")).expect("compressed")
    };
    let deploy = |body: &str| {
        let mut chain = node.chain.lock();
        let from = chain.accounts()[0];
        chain.deploy_program(from, &program(body)).expect("deployed")
    };
    let (trap, empty) = (deploy("unreachable"), deploy("i32.const 1"));
    let endless = deploy("(loop br 0) i32.const 0");
    for (callee, start) in [
        (trap, "execution reverted: program trapped"),
        (empty, "execution reverted"),
    ] {
        for method in ["eth_call", "eth_estimateGas", "eth_sendTransaction"] {
            let error = node
                .call(method, &json!([{"from": ALICE, "to": callee}]))
                .expect_err("a revert");
            assert_eq!((&error["code"], &error["data"]), (&json!(3), &json!("0x")), "{error}");
            assert!(
                error["message"]
                    .as_str()
                    .is_some_and(|message| message.starts_with(start)),
                "{error}"
            );
        }
    }
    node.ok("anvil_setCode", json!([STRANGER, program("i32.const 2")]));
    for (callee, reason) in [(json!(endless), "ink"), (json!(STRANGER), "ProgramNotActivated")] {
        for method in ["eth_call", "eth_estimateGas"] {
            let error = node
                .call(method, &json!([{"from": ALICE, "to": callee}]))
                .expect_err("a failure");
            assert_eq!((&error["code"], error.get("data")), (&json!(-32000), None), "{error}");
            assert!(
                error["message"]
                    .as_str()
                    .is_some_and(|message| message.contains(reason)),
                "{error}"
            );
        }
    }
}

#[test]
fn other_failures_say_what_happened() {
    let node = Node::start();
    let call = json!([{"to": STRANGER, "gas": "0x186a0"}, "latest", {STRANGER: {"code": code(LOOP)}}]);
    let (code, message) = node.fails("eth_call", call.clone());
    assert_eq!(code, -32000);
    assert!(
        message.to_lowercase().contains("out of gas") || message.contains("OutOfGas"),
        "{message}"
    );
    assert_eq!(node.fails("eth_estimateGas", call).0, -32000);

    let (code, message) = node.fails("eth_call", json!([{"from": NOBODY, "to": STRANGER, "value": "0x1"}]));
    assert_eq!(code, -32000);
    assert!(
        message.starts_with("insufficient funds for gas * price + value"),
        "{message}"
    );
}

#[test]
fn state_may_be_overridden_for_a_call() {
    let node = Node::start();
    let store = node.deploy(STORE);
    node.send(json!({"to": store, "data": word(7)}));
    let store = store.as_str().expect("an address");
    let slots = json!({word(0).to_string(): word(99)});
    let other = json!({word(5).to_string(): word(1)});
    let ask = |overrides: Value| node.ok("eth_call", json!([{"to": store}, "latest", overrides]));
    assert_eq!(ask(json!({store: {"stateDiff": slots}})), json!(word(99)));
    assert_eq!(
        ask(json!({store: {"stateDiff": other}})),
        json!(word(7)),
        "other slots keep their values"
    );
    assert_eq!(
        ask(json!({store: {"state": other}})),
        json!(word(0)),
        "the whole storage is replaced"
    );
    assert_eq!(ask(json!({store: {"code": "0x"}})), "0x");
    assert_eq!(ask(json!({})), json!(word(7)));

    let call = json!({"from": NOBODY, "to": STRANGER});
    let report = node.ok(
        "eth_call",
        json!([call, "latest", {
            STRANGER: {"code": code(REPORT)},
            NOBODY: {"balance": quantity(ETHER), "nonce": "0x7"},
        }]),
    );
    assert_eq!(words(&report)[4], U256::from(ETHER));
    let paying = json!({"from": NOBODY, "to": STRANGER, "value": quantity(ETHER)});
    assert_eq!(
        node.ok(
            "eth_call",
            json!([paying, "latest", {NOBODY: {"balance": quantity(ETHER)}}])
        ),
        "0x"
    );
    assert_eq!(
        node.ok("eth_getCode", json!([STRANGER, "latest"])),
        "0x",
        "nothing stays"
    );
}

#[test]
fn the_block_may_be_overridden_for_a_call() {
    let node = Node::start();
    let report = node.deploy(REPORT);
    let plain = words(&node.ok("eth_call", json!([{"to": report}, "latest"])));
    assert_eq!(
        plain[..3],
        [U256::from(GENESIS_TIME), U256::from(20_000_000), U256::from(BASE_FEE)]
    );
    let fields = json!({"time": "0x77359400", "number": "0x1234", "baseFeePerGas": "0x9", "feeRecipient": NOBODY});
    let changed = words(&node.ok("eth_call", json!([{"to": report}, "latest", {}, fields])));
    let nobody = U256::from(0xbeef);
    assert_eq!(
        changed[..4],
        [U256::from(2_000_000_000), U256::from(0x1234), U256::from(9), nobody]
    );
    // geth's older names.
    let fields = json!({"time": "0x77359400", "baseFee": "0x9", "coinbase": NOBODY});
    assert_eq!(
        words(&node.ok("eth_call", json!([{"to": report}, "latest", null, fields])))[3],
        nobody
    );
}

#[test]
fn estimates_suffice_exactly() {
    let node = Node::start();
    assert_eq!(
        node.ok(
            "eth_estimateGas",
            json!([{"from": ALICE, "to": NOBODY, "value": "0x1"}])
        ),
        "0x5208"
    );
    let store = node.deploy(STORE);
    let call = json!({"from": ALICE, "to": store, "data": word(7)});
    let estimate = node.ok("eth_estimateGas", json!([call, "latest"]));
    let gas = u64::from_str_radix(&estimate.as_str().expect("a quantity")[2..], 16).expect("hex");

    let mut enough = call.clone();
    enough["gas"] = quantity(gas);
    assert_eq!(node.send(enough)["status"], "0x1");
    node.ok("evm_snapshot", json!([]));
    let mut short = call;
    short["data"] = json!(word(0));
    short["gas"] = quantity(21_000_u32 + 4 * 32 + 100);
    assert_eq!(node.send(short)["status"], "0x0");
}

#[test]
fn estimates_respect_overrides() {
    let node = Node::start();
    let request = json!({"from": NOBODY, "to": STRANGER, "data": word(7), "value": "0x0"});
    let plain = node.ok("eth_estimateGas", json!([request]));
    // 21,000, 31 zero bytes at 4 and one other at 16.
    assert_eq!(plain, quantity(21_000_u32 + 31 * 4 + 16));
    let store = json!({STRANGER: {"code": code(STORE)}});
    let storing = node.ok("eth_estimateGas", json!([request, "latest", store]));
    let gas = u64::from_str_radix(&storing.as_str().expect("a quantity")[2..], 16).expect("hex");
    // A new slot costs 22,100; the rest is the log and a handful of opcodes.
    assert!((43_240..45_000).contains(&gas), "{gas}");

    let rich = json!({NOBODY: {"balance": quantity(ETHER)}});
    let paying = json!({"from": NOBODY, "to": STRANGER, "value": "0x1"});
    assert_eq!(node.ok("eth_estimateGas", json!([paying, "latest", rich])), "0x5208");
    assert_eq!(node.fails("eth_estimateGas", json!([paying])).0, -32000);
}
