//! Log queries and installed filters.

use alloy_primitives::B256;
use serde_json::{Value, json};

use crate::support::{ALICE, NOBODY, Node, STORE, word};

/// The values that the logs of an answer carry.
fn values(logs: &Value) -> Vec<Value> {
    logs.as_array()
        .expect("an array")
        .iter()
        .map(|log| log["data"].clone())
        .collect()
}

#[test]
fn logs_are_selected_by_block_emitter_and_topic() {
    let node = Node::start();
    let (one, two) = (node.deploy(STORE), node.deploy(STORE));
    node.send(json!({"to": one, "data": word(3)}));
    node.send(json!({"to": two, "data": word(4)}));
    let newest = node.send(json!({"to": one, "data": word(5)}));
    let all = json!({"fromBlock": "earliest", "toBlock": "latest"});
    let with = |fields: Value| {
        let mut filter = all.clone();
        for (name, value) in fields.as_object().into_iter().flatten() {
            filter[name] = value.clone();
        }
        filter
    };
    let (w3, w4, w5) = (json!(word(3)), json!(word(4)), json!(word(5)));
    for (filter, expected) in [
        (all.clone(), vec![&w3, &w4, &w5]),
        (json!({}), vec![&w5]),
        (json!({"fromBlock": "0x3", "toBlock": "0x4"}), vec![&w3, &w4]),
        (json!({"fromBlock": "0x4"}), vec![&w4, &w5]),
        (json!({"fromBlock": "0x4", "toBlock": "0xffff"}), vec![&w4, &w5]),
        (json!({"blockHash": newest["blockHash"]}), vec![&w5]),
        (with(json!({"address": one})), vec![&w3, &w5]),
        (with(json!({"address": [one, two]})), vec![&w3, &w4, &w5]),
        (with(json!({"address": NOBODY})), vec![]),
        (with(json!({"topics": [word(1)]})), vec![&w3, &w4, &w5]),
        (with(json!({"topics": [[word(1), word(2)]]})), vec![&w3, &w4, &w5]),
        (with(json!({"topics": [null]})), vec![&w3, &w4, &w5]),
        (with(json!({"topics": [word(2)]})), vec![]),
        (with(json!({"topics": [null, word(1)]})), vec![]),
        (with(json!({"topics": [null, null]})), vec![]),
    ] {
        let logs = node.ok("eth_getLogs", json!([filter]));
        assert_eq!(values(&logs).iter().collect::<Vec<_>>(), expected, "{filter}");
    }
    assert_eq!(
        node.ok("eth_getLogs", json!([{"blockHash": newest["blockHash"]}])),
        newest["logs"]
    );
    assert_eq!(node.fails("eth_getLogs", json!([{"blockHash": B256::ZERO}])).0, -32000);
    let (code, _) = node.fails("eth_getLogs", json!([{"blockHash": B256::ZERO, "toBlock": "latest"}]));
    assert_eq!(code, -32602);
}

#[test]
fn filters_tell_what_is_new_once() {
    let node = Node::start();
    let store = node.deploy(STORE);
    let blocks = node.ok("eth_newBlockFilter", json!([]));
    let transactions = node.ok("eth_newPendingTransactionFilter", json!([]));
    let logs = node.ok("eth_newFilter", json!([{"address": store}]));
    let late = node.ok("eth_newFilter", json!([{"fromBlock": "0x3"}]));
    let early = node.ok("eth_newFilter", json!([{"fromBlock": "earliest", "toBlock": "0x2"}]));
    let changes = |filter: &Value| node.ok("eth_getFilterChanges", json!([filter]));
    for filter in [&blocks, &transactions, &logs, &late, &early] {
        assert_eq!(changes(filter), json!([]));
    }

    let first = node.send(json!({"to": store, "data": word(7)}));
    let second = node.send(json!({"to": store, "data": word(8)}));
    assert_eq!(changes(&blocks), json!([first["blockHash"], second["blockHash"]]));
    assert_eq!(
        changes(&transactions),
        json!([first["transactionHash"], second["transactionHash"]])
    );
    assert_eq!(changes(&logs), json!([first["logs"][0], second["logs"][0]]));
    assert_eq!(changes(&late), second["logs"]);
    assert_eq!(changes(&early), first["logs"]);
    for filter in [&blocks, &transactions, &logs, &late, &early] {
        assert_eq!(changes(filter), json!([]), "told once");
    }
    assert_eq!(node.ok("eth_getFilterLogs", json!([late])), second["logs"]);
    assert_eq!(node.ok("eth_getFilterLogs", json!([early])), first["logs"]);

    let missing = (-32000, "filter not found".to_owned());
    assert_eq!(node.fails("eth_getFilterLogs", json!([blocks])), missing);
    assert_eq!(node.ok("eth_uninstallFilter", json!([logs])), true);
    assert_eq!(node.ok("eth_uninstallFilter", json!([logs])), false);
    assert_eq!(node.fails("eth_getFilterChanges", json!([logs])), missing);
    assert_eq!(node.fails("eth_getFilterChanges", json!(["0xffff"])), missing);
}

#[test]
fn filters_follow_the_chain_back() {
    let node = Node::start();
    let store = node.deploy(STORE);
    let filter = node.ok("eth_newFilter", json!([{}]));
    let snapshot = node.ok("evm_snapshot", json!([]));
    node.send(json!({"to": store, "data": word(7)}));
    assert_eq!(
        values(&node.ok("eth_getFilterChanges", json!([filter]))),
        [json!(word(7))]
    );
    assert_eq!(node.ok("evm_revert", json!([snapshot])), true);
    node.send(json!({"to": store, "data": word(8)}));
    assert_eq!(
        values(&node.ok("eth_getFilterChanges", json!([filter]))),
        [json!(word(8))]
    );
}

/// Logs without topics: as many as the first word of the calldata says, with as many bytes each as the second says.
const LOGGER: &str = "600035 5b 80 600957 00 5b 602035 6000 a0 6001 90 03 600356";

#[test]
fn the_logs_of_one_answer_are_bounded() {
    let node = Node::start();
    let logger = node.deploy(LOGGER);
    let emit = |count: u64, size: u64| {
        let data = format!("{}{}", word(count), &word(size).to_string()[2..]);
        let receipt = node.send(json!({"to": logger, "data": data, "gas": "0x1e84800"}));
        assert_eq!(receipt["status"], "0x1", "{}", receipt["gasUsed"]);
        assert_eq!(receipt["logs"].as_array().map(Vec::len), usize::try_from(count).ok());
    };
    let filter = node.ok("eth_newFilter", json!([{"fromBlock": "earliest"}]));
    let all = json!([{"fromBlock": "earliest"}]);
    emit(9_999, 0);
    emit(1, 0);
    let logs = node.ok("eth_getLogs", all.clone());
    assert_eq!(logs.as_array().map(Vec::len), Some(10_000));
    emit(1, 0);
    for (method, params) in [
        ("eth_getLogs", all),
        ("eth_getFilterLogs", json!([filter])),
        ("eth_getFilterChanges", json!([filter])),
        ("eth_getFilterChanges", json!([filter])),
    ] {
        let (code, message) = node.fails(method, params);
        assert_eq!(code, -32005);
        assert!(
            message.starts_with("query returned more than 10000 results"),
            "{message}"
        );
    }
    let narrower = node.ok("eth_getLogs", json!([{"fromBlock": "0x3"}]));
    assert_eq!(narrower.as_array().map(Vec::len), Some(2));

    let large = json!([{"fromBlock": "0x5"}]);
    for _ in 0..4 {
        emit(1, 2_000_000);
    }
    assert_eq!(node.ok("eth_getLogs", large.clone()).as_array().map(Vec::len), Some(4));
    emit(1, 2_000_000);
    assert_eq!(node.fails("eth_getLogs", large).0, -32005);
}

#[test]
fn the_number_of_filters_is_bounded() {
    let node = Node::start();
    for _ in 0..1_000 {
        node.ok("eth_newBlockFilter", json!([]));
    }
    assert_eq!(node.fails("eth_newBlockFilter", json!([])).0, -32000);
    assert_eq!(node.ok("eth_uninstallFilter", json!(["0x1"])), true);
    node.ok("eth_newBlockFilter", json!([]));
    assert_eq!(node.ok("eth_getTransactionCount", json!([ALICE])), "0x0");
}
