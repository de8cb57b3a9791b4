//! Methods that only look.

use alloy_primitives::{B256, keccak256};
use alloy_provider::{Provider, ProviderBuilder};
use serde_json::{Value, json};

use crate::support::{
    ALICE, BASE_FEE, BOB, CHAIN_ID, ETHER, GENESIS_TIME, NOBODY, Node, STORE, STRANGER, code, quantity, shown, word,
};

#[test]
fn the_chain_introduces_itself() {
    let node = Node::start();
    for (method, expected) in [
        ("eth_chainId", json!("0x64aba")),
        ("net_version", json!("412346")),
        ("net_listening", json!(true)),
        ("net_peerCount", json!("0x0")),
        ("eth_syncing", json!(false)),
        ("eth_protocolVersion", json!("0x41")),
        ("eth_blockNumber", json!("0x0")),
        ("eth_gasPrice", json!("0x5f5e100")),
        ("eth_maxPriorityFeePerGas", json!("0x0")),
        ("hardhat_getAutomine", json!(true)),
    ] {
        assert_eq!(node.ok(method, json!([])), expected, "{method}");
    }
    let version = node.ok("web3_clientVersion", json!([]));
    assert!(
        version
            .as_str()
            .is_some_and(|version| version.starts_with("arbitrum-devnet/v0.1.0/")),
        "{version}"
    );
    assert_eq!(
        node.ok("web3_sha3", json!(["0x68656c6c6f20776f726c64"])),
        "0x47173285a8d7341e5e972fc677286384f802f8ef42a5ec5f03bbfa254cb01fad"
    );
}

#[test]
fn ten_accounts_of_the_test_mnemonic_are_funded() {
    let node = Node::start();
    let accounts = node.ok("eth_accounts", json!([]));
    assert_eq!(accounts.as_array().map(Vec::len), Some(10));
    assert_eq!((&accounts[0], &accounts[1]), (&json!(ALICE), &json!(BOB)));
    for account in accounts.as_array().into_iter().flatten() {
        assert_eq!(
            node.ok("eth_getBalance", json!([account, "latest"])),
            "0x21e19e0c9bab2400000"
        );
    }
}

#[test]
fn accounts_are_read_at_any_block() {
    let node = Node::start();
    node.send(json!({"to": NOBODY, "value": "0x5"}));
    for (block, balance, nonce) in [
        (json!("latest"), "0x5", "0x1"),
        (json!("pending"), "0x5", "0x1"),
        (json!("safe"), "0x5", "0x1"),
        (json!("finalized"), "0x5", "0x1"),
        (json!("0x1"), "0x5", "0x1"),
        (json!({"blockNumber": "0x1"}), "0x5", "0x1"),
        (json!("earliest"), "0x0", "0x0"),
        (json!("0x0"), "0x0", "0x0"),
        (json!({"blockNumber": "0x0"}), "0x0", "0x0"),
    ] {
        assert_eq!(node.ok("eth_getBalance", json!([NOBODY, block])), balance, "{block}");
        assert_eq!(
            node.ok("eth_getTransactionCount", json!([ALICE, block])),
            nonce,
            "{block}"
        );
    }
    let genesis = node.ok("eth_getBlockByNumber", json!(["0x0", false]))["hash"].clone();
    for block in [json!({"blockHash": genesis, "requireCanonical": true}), genesis.clone()] {
        assert_eq!(node.ok("eth_getBalance", json!([NOBODY, block])), "0x0");
    }
    assert_eq!(
        node.ok("eth_getBalance", json!([NOBODY])),
        "0x5",
        "the newest block unless said otherwise"
    );
    assert_eq!(
        node.fails("eth_getBalance", json!([NOBODY, "0x2"])),
        (-32000, "header not found".to_owned())
    );
    assert_eq!(node.fails("eth_getBalance", json!([NOBODY, B256::ZERO])).0, -32000);
}

#[test]
fn code_and_storage_are_read_at_any_block() {
    let node = Node::start();
    let store = node.deploy(STORE);
    node.send(json!({"to": store, "data": word(7)}));
    assert_eq!(node.ok("eth_getCode", json!([store, "latest"])), json!(code(STORE)));
    assert_eq!(node.ok("eth_getCode", json!([store, "0x0"])), "0x");
    assert_eq!(node.ok("eth_getCode", json!([NOBODY, "latest"])), "0x");
    for slot in ["0x0", "0x00", &word(0).to_string()] {
        assert_eq!(
            node.ok("eth_getStorageAt", json!([store, slot, "latest"])),
            json!(word(7))
        );
    }
    assert_eq!(
        node.ok("eth_getStorageAt", json!([store, "0x0", "0x1"])),
        json!(word(0))
    );
    assert_eq!(
        node.ok("eth_getStorageAt", json!([store, "0x1", "latest"])),
        json!(word(0))
    );
}

#[test]
fn blocks_have_the_fields_of_an_arbitrum_node() {
    let node = Node::start();
    let receipt = node.send(json!({"to": NOBODY, "value": "0x1"}));
    let genesis = node.ok("eth_getBlockByNumber", json!(["earliest", false]));
    let block = node.ok("eth_getBlockByNumber", json!(["0x1", false]));
    for (field, expected) in [
        ("number", json!("0x1")),
        ("parentHash", genesis["hash"].clone()),
        ("transactions", json!([receipt["transactionHash"]])),
        ("uncles", json!([])),
        ("gasUsed", json!("0x5208")),
        ("gasLimit", json!("0x4000000000000")),
        ("baseFeePerGas", quantity(BASE_FEE)),
        ("timestamp", quantity(GENESIS_TIME)),
        ("difficulty", json!("0x1")),
        ("l1BlockNumber", quantity(20_000_000_u32)),
        ("sendCount", json!("0x0")),
        ("sendRoot", json!(B256::ZERO)),
        ("miner", json!("0xa4b000000000000000000073657175656e636572")),
        ("nonce", json!("0x0000000000000000")),
        ("mixHash", json!(word(1))),
    ] {
        assert_eq!(block[field], expected, "{field}");
    }
    for field in [
        "hash",
        "sha3Uncles",
        "logsBloom",
        "transactionsRoot",
        "stateRoot",
        "receiptsRoot",
        "extraData",
        "size",
    ] {
        assert!(
            block[field].as_str().is_some_and(|text| text.starts_with("0x")),
            "{field}"
        );
    }
    assert_eq!(node.ok("eth_getBlockByHash", json!([block["hash"], false])), block);
    assert_eq!(node.ok("eth_getBlockByNumber", json!(["latest", false])), block);
    assert_eq!(genesis["parentHash"], json!(B256::ZERO));

    let full = node.ok("eth_getBlockByNumber", json!(["0x1", true]));
    assert_eq!(full["transactions"][0]["hash"], receipt["transactionHash"]);
    assert_eq!(full["transactions"][0]["from"], ALICE);

    assert_eq!(node.ok("eth_getBlockByNumber", json!(["0x2", false])), Value::Null);
    assert_eq!(node.ok("eth_getBlockByHash", json!([B256::ZERO, false])), Value::Null);
    for (method, block, expected) in [
        ("eth_getBlockTransactionCountByNumber", json!("0x1"), json!("0x1")),
        ("eth_getBlockTransactionCountByNumber", json!("0x0"), json!("0x0")),
        ("eth_getBlockTransactionCountByNumber", json!("0x9"), Value::Null),
        (
            "eth_getBlockTransactionCountByHash",
            block["hash"].clone(),
            json!("0x1"),
        ),
        ("eth_getBlockTransactionCountByHash", json!(B256::ZERO), Value::Null),
        ("eth_getUncleCountByBlockNumber", json!("0x1"), json!("0x0")),
        ("eth_getUncleCountByBlockHash", block["hash"].clone(), json!("0x0")),
    ] {
        assert_eq!(node.ok(method, json!([block])), expected, "{method} {block}");
    }
}

#[test]
fn transactions_are_found_by_hash_and_by_place() {
    let node = Node::start();
    let receipt = node.send(json!({"to": NOBODY, "value": "0x5", "data": "0x0102"}));
    let transaction = node.ok("eth_getTransactionByHash", json!([receipt["transactionHash"]]));
    for (field, expected) in [
        ("hash", receipt["transactionHash"].clone()),
        ("blockHash", receipt["blockHash"].clone()),
        ("blockNumber", json!("0x1")),
        ("transactionIndex", json!("0x0")),
        ("from", json!(ALICE)),
        ("to", shown(NOBODY)),
        ("value", json!("0x5")),
        ("input", json!("0x0102")),
        ("nonce", json!("0x0")),
        ("type", json!("0x2")),
        ("chainId", quantity(CHAIN_ID)),
        ("gasPrice", quantity(BASE_FEE)),
        ("maxFeePerGas", quantity(BASE_FEE)),
        ("maxPriorityFeePerGas", json!("0x0")),
        ("accessList", json!([])),
        // 21,000 and two non-zero bytes at 16.
        ("gas", quantity(21_032_u32)),
    ] {
        assert_eq!(transaction[field], expected, "{field}");
    }
    for field in ["r", "s", "yParity"] {
        assert!(transaction[field].is_string(), "{field}");
    }
    let by_place = |method: &str, block: &Value, index: &str| node.ok(method, json!([block, index]));
    let hash = &receipt["blockHash"];
    assert_eq!(
        by_place("eth_getTransactionByBlockHashAndIndex", hash, "0x0"),
        transaction
    );
    assert_eq!(
        by_place("eth_getTransactionByBlockNumberAndIndex", &json!("0x1"), "0x0"),
        transaction
    );
    assert_eq!(
        by_place("eth_getTransactionByBlockNumberAndIndex", &json!("0x1"), "0x1"),
        Value::Null
    );
    assert_eq!(
        by_place("eth_getTransactionByBlockNumberAndIndex", &json!("0x7"), "0x0"),
        Value::Null
    );
    assert_eq!(node.ok("eth_getTransactionByHash", json!([B256::ZERO])), Value::Null);
    assert_eq!(node.ok("eth_getTransactionReceipt", json!([B256::ZERO])), Value::Null);
}

#[test]
fn receipts_have_the_fields_of_an_arbitrum_node() {
    let node = Node::start();
    let store = node.deploy(STORE);
    let receipt = node.send(json!({"to": store, "data": word(7)}));
    let block = node.ok("eth_getBlockByNumber", json!(["0x2", false]));
    for (field, expected) in [
        ("status", json!("0x1")),
        ("type", json!("0x2")),
        ("transactionIndex", json!("0x0")),
        ("blockHash", block["hash"].clone()),
        ("blockNumber", json!("0x2")),
        ("from", json!(ALICE)),
        ("to", store.clone()),
        ("contractAddress", Value::Null),
        ("gasUsed", block["gasUsed"].clone()),
        ("cumulativeGasUsed", block["gasUsed"].clone()),
        ("effectiveGasPrice", quantity(BASE_FEE)),
        ("gasUsedForL1", json!("0x0")),
        ("l1BlockNumber", quantity(20_000_000_u32)),
        ("logsBloom", block["logsBloom"].clone()),
    ] {
        assert_eq!(receipt[field], expected, "{field}");
    }
    let log = &receipt["logs"][0];
    for (field, expected) in [
        ("address", store),
        ("topics", json!([word(1)])),
        ("data", json!(word(7))),
        ("blockHash", block["hash"].clone()),
        ("blockNumber", json!("0x2")),
        ("transactionHash", receipt["transactionHash"].clone()),
        ("transactionIndex", json!("0x0")),
        ("logIndex", json!("0x0")),
        ("removed", json!(false)),
    ] {
        assert_eq!(log[field], expected, "{field}");
    }
    assert_eq!(node.ok("eth_getBlockReceipts", json!(["0x2"])), json!([receipt]));
    assert_eq!(
        node.ok("eth_getBlockReceipts", json!([block["hash"]])),
        json!([receipt])
    );
    assert_eq!(node.ok("eth_getBlockReceipts", json!(["0x0"])), json!([]));
    assert_eq!(node.ok("eth_getBlockReceipts", json!(["0x9"])), Value::Null);
}

#[test]
fn fees_never_change_and_tips_are_not_wanted() {
    let node = Node::start();
    for _ in 0..3 {
        node.send(json!({"to": NOBODY, "value": "0x1"}));
    }
    let fee = quantity(BASE_FEE);
    let history = node.ok("eth_feeHistory", json!(["0x2", "latest", [10.0, 50.5]]));
    assert_eq!(history["oldestBlock"], "0x2");
    assert_eq!(history["baseFeePerGas"], json!([fee, fee, fee]));
    assert_eq!(history["reward"], json!([["0x0", "0x0"], ["0x0", "0x0"]]));
    assert_eq!(history["gasUsedRatio"].as_array().map(Vec::len), Some(2));

    let all = node.ok("eth_feeHistory", json!([100, "0x3", []]));
    assert_eq!(all["oldestBlock"], "0x0");
    assert_eq!(all["baseFeePerGas"].as_array().map(Vec::len), Some(5));
    assert_eq!(all.get("reward"), None);
    assert_eq!(node.fails("eth_feeHistory", json!(["0x1", "0x9", []])).0, -32000);
}

/// A typed client reads what is answered.
#[tokio::test(flavor = "multi_thread")]
async fn alloy_understands_the_answers() {
    let node = Node::start();
    let provider = ProviderBuilder::new().connect_http(node.server.url().parse().expect("a URL"));
    let store = node.deploy(STORE);
    let receipt = node.send(json!({"to": store, "data": word(7)}));
    let hash: B256 = serde_json::from_value(receipt["transactionHash"].clone()).expect("a hash");
    let store = serde_json::from_value(store).expect("an address");

    assert_eq!(provider.get_chain_id().await.expect("chain id"), CHAIN_ID);
    assert_eq!(provider.get_block_number().await.expect("height"), 2);
    assert_eq!(
        provider
            .get_balance(STRANGER.parse().expect("address"))
            .await
            .expect("balance")
            .to::<u128>(),
        0
    );
    assert_eq!(provider.get_accounts().await.expect("accounts").len(), 10);
    let typed = provider
        .get_transaction_receipt(hash)
        .await
        .expect("answered")
        .expect("a receipt");
    assert!(typed.status());
    assert_eq!((typed.block_number, typed.to), (Some(2), Some(store)));
    assert_eq!(typed.inner.logs().len(), 1);
    assert_eq!(typed.inner.logs()[0].data().data, word(7).to_vec());
    let transaction = provider
        .get_transaction_by_hash(hash)
        .await
        .expect("answered")
        .expect("a transaction");
    assert_eq!(
        transaction.inner.signer(),
        ALICE.parse::<alloy_primitives::Address>().expect("address")
    );
    let block = provider
        .get_block(2.into())
        .full()
        .await
        .expect("answered")
        .expect("a block");
    assert_eq!(block.header.number, 2);
    assert_eq!(
        block.header.hash,
        block.header.inner.hash_slow(),
        "the hash is that of the header"
    );
    assert_eq!(block.transactions.len(), 1);
    let receipts = provider
        .get_block_receipts(2.into())
        .await
        .expect("answered")
        .expect("receipts");
    assert_eq!(receipts.len(), 1);
    assert_eq!(
        keccak256(provider.get_code_at(store).await.expect("code")),
        keccak256(code(STORE))
    );
    let fees = provider.estimate_eip1559_fees().await.expect("fees");
    assert!(fees.max_fee_per_gas >= u128::from(BASE_FEE) && fees.max_fee_per_gas < ETHER);
}
