//! Development methods.

use serde_json::{Value, json};

use crate::support::{ALICE, ETHER, GENESIS_TIME, LOOP, NOBODY, Node, REPORT, STORE, STRANGER, code, quantity, word};

fn newest_time(node: &Node) -> Value {
    node.ok("eth_getBlockByNumber", json!(["latest", false]))["timestamp"].clone()
}

#[test]
fn time_is_moved_by_hand() {
    let node = Node::start();
    assert_eq!(node.ok("evm_increaseTime", json!([60])), 60);
    assert_eq!(node.ok("evm_increaseTime", json!(["0x3c"])), 60);
    assert_eq!(newest_time(&node), quantity(GENESIS_TIME), "until a block is mined");
    assert_eq!(node.ok("evm_mine", json!([])), "0x0");
    assert_eq!(newest_time(&node), quantity(GENESIS_TIME + 120));

    assert_eq!(
        node.ok("evm_setNextBlockTimestamp", json!([GENESIS_TIME + 500])),
        Value::Null
    );
    node.ok("evm_mine", json!([]));
    assert_eq!(newest_time(&node), quantity(GENESIS_TIME + 500));
    node.ok("evm_mine", json!([quantity(GENESIS_TIME + 600)]));
    assert_eq!(newest_time(&node), quantity(GENESIS_TIME + 600));
    node.ok("evm_mine", json!([{"timestamp": GENESIS_TIME + 700, "blocks": 2}]));
    assert_eq!(newest_time(&node), quantity(GENESIS_TIME + 700));
    assert_eq!(node.ok("eth_blockNumber", json!([])), "0x5");

    let (code, message) = node.fails("evm_setNextBlockTimestamp", json!([GENESIS_TIME]));
    assert_eq!(code, -32602);
    assert!(message.contains("before the newest block"), "{message}");
    assert_eq!(node.fails("evm_mine", json!([GENESIS_TIME])).0, -32602);
}

#[test]
fn contracts_see_the_time_that_was_set() {
    let node = Node::start();
    let report = node.deploy(REPORT);
    node.ok("evm_increaseTime", json!([120]));
    let pending = node.ok("eth_call", json!([{"to": report}, "pending"]));
    node.ok("evm_mine", json!([]));
    let latest = node.ok("eth_call", json!([{"to": report}, "latest"]));
    for answer in [pending, latest] {
        let answer = answer.as_str().expect("data").to_owned();
        assert_eq!(answer[2..66], word(GENESIS_TIME + 120).to_string()[2..]);
        // Ten blocks of twelve seconds on the parent chain.
        assert_eq!(answer[66..130], word(20_000_010).to_string()[2..]);
    }
}

#[test]
fn several_blocks_are_mined_at_an_interval() {
    let node = Node::start();
    node.ok("anvil_mine", json!(["0x3", "0xa"]));
    assert_eq!(node.ok("eth_blockNumber", json!([])), "0x3");
    assert_eq!(newest_time(&node), quantity(GENESIS_TIME + 20));
    node.ok("hardhat_mine", json!([5]));
    assert_eq!(node.ok("eth_blockNumber", json!([])), "0x8");
    node.ok("anvil_mine", json!([]));
    assert_eq!(node.ok("eth_blockNumber", json!([])), "0x9");
    node.ok("anvil_mine", json!(["0x0"]));
    assert_eq!(node.ok("eth_blockNumber", json!([])), "0x9");
}

#[test]
fn snapshots_bring_everything_back_once() {
    let node = Node::start();
    let store = node.deploy(STORE);
    node.send(json!({"to": store, "data": word(7)}));
    let outer = node.ok("evm_snapshot", json!([]));
    let dropped = node.send(json!({"to": store, "data": word(8)}));
    let inner = node.ok("evm_snapshot", json!([]));
    node.ok("anvil_setBalance", json!([NOBODY, "0x5"]));
    node.ok("evm_increaseTime", json!([1_000]));
    node.ok("evm_mine", json!([]));

    assert_eq!(node.ok("evm_revert", json!([outer])), true);
    assert_eq!(node.ok("eth_blockNumber", json!([])), "0x2");
    assert_eq!(node.ok("eth_call", json!([{"to": store}])), json!(word(7)));
    assert_eq!(node.ok("eth_getBalance", json!([NOBODY])), "0x0");
    assert_eq!(node.ok("eth_getTransactionCount", json!([ALICE])), "0x2");
    assert_eq!(
        node.ok("eth_getTransactionReceipt", json!([dropped["transactionHash"]])),
        Value::Null
    );
    assert_eq!(
        node.ok("eth_getBlockByHash", json!([dropped["blockHash"], false])),
        Value::Null
    );
    node.ok("evm_mine", json!([]));
    assert_eq!(newest_time(&node), quantity(GENESIS_TIME), "the clock went back, too");

    for used in [outer, inner, json!("0x99")] {
        assert_eq!(node.ok("evm_revert", json!([used])), false);
    }
}

#[test]
fn anybody_can_be_impersonated() {
    let node = Node::start();
    let transfer = json!({"from": STRANGER, "to": NOBODY, "value": "0x5"});
    node.ok("anvil_setBalance", json!([STRANGER, quantity(ETHER)]));
    assert_eq!(node.fails("eth_sendTransaction", json!([transfer])).0, -32000);

    node.ok("anvil_impersonateAccount", json!([STRANGER]));
    let receipt = node.send(transfer.clone());
    assert_eq!(receipt["status"], "0x1");
    assert_eq!(receipt["from"], STRANGER);
    let transaction = node.ok("eth_getTransactionByHash", json!([receipt["transactionHash"]]));
    assert_eq!(transaction["from"], STRANGER);
    assert_eq!(node.ok("eth_getBalance", json!([NOBODY])), "0x5");

    node.ok("anvil_stopImpersonatingAccount", json!([STRANGER]));
    assert_eq!(node.fails("eth_sendTransaction", json!([transfer])).0, -32000);
    node.ok("hardhat_impersonateAccount", json!([STRANGER]));
    assert_eq!(node.send(transfer.clone())["status"], "0x1");
    node.ok("hardhat_stopImpersonatingAccount", json!([STRANGER]));
    node.ok("anvil_autoImpersonateAccount", json!([true]));
    assert_eq!(node.send(transfer.clone())["status"], "0x1");
    node.ok("anvil_autoImpersonateAccount", json!([false]));
    assert_eq!(node.fails("eth_sendTransaction", json!([transfer])).0, -32000);
}

#[test]
fn a_contract_can_be_impersonated() {
    let node = Node::start();
    let store = node.deploy(STORE);
    node.ok("anvil_setBalance", json!([store, quantity(ETHER)]));
    node.ok("anvil_impersonateAccount", json!([store]));
    let receipt = node.send(json!({"from": store, "to": NOBODY, "value": "0x1"}));
    assert_eq!((&receipt["status"], &receipt["from"]), (&json!("0x1"), &store));
}

#[test]
fn accounts_are_set_at_will() {
    let node = Node::start();
    for prefix in ["anvil", "hardhat"] {
        let method = |name: &str| format!("{prefix}_{name}");
        node.ok(&method("setBalance"), json!([STRANGER, "0x7b"]));
        assert_eq!(node.ok("eth_getBalance", json!([STRANGER, "latest"])), "0x7b");
        node.ok(&method("setNonce"), json!([STRANGER, "0x9"]));
        assert_eq!(node.ok("eth_getTransactionCount", json!([STRANGER, "latest"])), "0x9");
        node.ok(&method("setCode"), json!([STRANGER, code(STORE)]));
        assert_eq!(node.ok("eth_getCode", json!([STRANGER, "latest"])), json!(code(STORE)));
        node.ok(&method("setStorageAt"), json!([STRANGER, "0x0", word(77)]));
        assert_eq!(node.ok("eth_call", json!([{"to": STRANGER}])), json!(word(77)));
        node.ok(&method("setStorageAt"), json!([STRANGER, word(0), word(0)]));
        node.ok(&method("setCode"), json!([STRANGER, "0x"]));
        assert_eq!(node.ok("eth_getCode", json!([STRANGER, "latest"])), "0x");
        node.ok(&method("setNonce"), json!([STRANGER, "0x0"]));
        node.ok(&method("setBalance"), json!([STRANGER, "0x0"]));
    }
    assert_eq!(
        node.fails("anvil_setStorageAt", json!([STRANGER, "0x0", "0x1"])).0,
        -32602
    );
}

#[test]
fn mining_cannot_be_switched_off() {
    let node = Node::start();
    assert_eq!(node.ok("evm_setAutomine", json!([true])), true);
    assert_eq!(node.fails("evm_setAutomine", json!([false])).0, -32000);
    assert_eq!(node.ok("anvil_getAutomine", json!([])), true);
}

#[test]
fn a_transaction_that_uses_up_its_gas_is_mined_as_failed() {
    let node = Node::start();
    node.ok("anvil_setCode", json!([STRANGER, code(LOOP)]));
    let receipt = node.send(json!({"to": STRANGER, "gas": "0x186a0"}));
    assert_eq!(
        (&receipt["status"], &receipt["gasUsed"]),
        (&json!("0x0"), &json!("0x186a0"))
    );
}

/// The transaction of an impersonated account has no signature to tell it from an earlier one with the same nonce.
#[test]
fn a_nonce_set_back_does_not_repeat_a_transaction() {
    let node = Node::start();
    node.ok("anvil_setBalance", json!([STRANGER, quantity(ETHER)]));
    node.ok("anvil_impersonateAccount", json!([STRANGER]));
    let transaction = json!({"from": STRANGER, "to": NOBODY, "value": "0x1", "gas": "0x5208"});
    let receipt = node.send(transaction.clone());
    node.ok("anvil_setNonce", json!([STRANGER, "0x0"]));
    assert_eq!(
        node.fails("eth_sendTransaction", json!([transaction])),
        (-32000, "already known".to_owned())
    );
    assert_eq!(
        node.ok("eth_getTransactionReceipt", json!([receipt["transactionHash"]])),
        receipt
    );
    assert_eq!(node.ok("eth_blockNumber", json!([])), receipt["blockNumber"]);
    let other = node.send(json!({"from": STRANGER, "to": NOBODY, "value": "0x2", "gas": "0x5208"}));
    assert_eq!(other["status"], "0x1", "what differs is taken");
}
