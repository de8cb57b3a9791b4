//! Sending: raw transactions of every type, development accounts, refusals.

use alloy_consensus::{SignableTransaction, TxEip1559, TxEip2930, TxEnvelope, TxLegacy};
use alloy_eips::eip2718::Encodable2718;
use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_primitives::{B256, Bytes, Signature, TxKind, U256, eip191_hash_message, hex};
use alloy_provider::{Provider, ProviderBuilder};
use alloy_rpc_types_eth::TransactionRequest;
use alloy_signer::SignerSync;
use serde_json::{Value, json};

use crate::support::{
    ALICE, BASE_FEE, BOB, CHAIN_ID, ETHER, NOBODY, Node, REVERT, STORE, STRANGER, address, initcode, quantity, word,
};

/// A transfer of one wei from the first account, to be changed.
fn transfer(nonce: u64) -> TxEip1559 {
    TxEip1559 {
        chain_id: CHAIN_ID,
        nonce,
        gas_limit: 21_000,
        max_fee_per_gas: u128::from(BASE_FEE),
        max_priority_fee_per_gas: 0,
        to: TxKind::Call(address(NOBODY)),
        value: U256::from(1),
        access_list: AccessList::default(),
        input: Bytes::new(),
    }
}

fn legacy(chain_id: Option<u64>, nonce: u64) -> TxLegacy {
    TxLegacy {
        chain_id,
        nonce,
        gas_price: u128::from(BASE_FEE),
        gas_limit: 21_000,
        to: TxKind::Call(address(NOBODY)),
        value: U256::from(1),
        input: Bytes::new(),
    }
}

/// Signed by development account `account`.
fn raw<T>(node: &Node, account: usize, transaction: T) -> String
where
    T: SignableTransaction<Signature>,
    TxEnvelope: From<alloy_consensus::Signed<T>>,
{
    let signer = node.chain.lock().signer(account).clone();
    let signature = signer
        .sign_hash_sync(&transaction.signature_hash())
        .expect("a signature");
    hex::encode_prefixed(TxEnvelope::from(transaction.into_signed(signature)).encoded_2718())
}

#[test]
fn raw_transactions_of_every_type_are_mined() {
    let node = Node::start();
    let store = node.deploy(STORE);
    let list = AccessList(vec![AccessListItem {
        address: serde_json::from_value(store.clone()).expect("an address"),
        storage_keys: vec![B256::ZERO],
    }]);
    let berlin = TxEip2930 {
        chain_id: CHAIN_ID,
        nonce: 2,
        gas_price: u128::from(BASE_FEE) * 3,
        gas_limit: 100_000,
        to: TxKind::Call(address(NOBODY)),
        value: U256::from(1),
        access_list: list.clone(),
        input: Bytes::new(),
    };
    for (raw, kind, gas_used, expected_list) in [
        (raw(&node, 0, legacy(Some(CHAIN_ID), 1)), "0x0", 21_000_u32, Value::Null),
        // 2,400 for the address and 1,900 for the slot.
        (raw(&node, 0, berlin), "0x1", 25_300, json!(list)),
        (raw(&node, 0, transfer(3)), "0x2", 21_000, json!([])),
    ] {
        let hash = node.ok("eth_sendRawTransaction", json!([raw]));
        let receipt = node.ok("eth_getTransactionReceipt", json!([hash]));
        assert_eq!((&receipt["status"], &receipt["type"]), (&json!("0x1"), &json!(kind)));
        assert_eq!(receipt["gasUsed"], quantity(gas_used));
        assert_eq!(
            receipt["effectiveGasPrice"],
            quantity(BASE_FEE),
            "the base fee is what is paid"
        );
        let transaction = node.ok("eth_getTransactionByHash", json!([hash]));
        assert_eq!(
            (&transaction["type"], &transaction["from"]),
            (&json!(kind), &json!(ALICE))
        );
        assert_eq!(transaction["accessList"], expected_list);
    }
    assert_eq!(node.ok("eth_getBalance", json!([NOBODY, "latest"])), "0x3");
    assert_eq!(node.ok("eth_getTransactionCount", json!([ALICE, "pending"])), "0x4");
}

#[test]
fn a_contract_is_created() {
    let node = Node::start();
    let creation = TxEip1559 {
        to: TxKind::Create,
        value: U256::ZERO,
        gas_limit: 200_000,
        input: initcode(STORE),
        ..transfer(0)
    };
    let hash = node.ok("eth_sendRawTransaction", json!([raw(&node, 0, creation)]));
    let receipt = node.ok("eth_getTransactionReceipt", json!([hash]));
    assert_eq!(receipt["contractAddress"], json!(address(ALICE).create(0)));
    assert_eq!(receipt["to"], Value::Null);
}

#[test]
fn refusals_are_worded_as_elsewhere() {
    let node = Node::start();
    let first = raw(&node, 0, transfer(0));
    node.ok("eth_sendRawTransaction", json!([first]));
    let balance = 10_000 * ETHER;
    for (raw, message) in [
        (first, "already known"),
        (
            raw(
                &node,
                0,
                TxEip1559 {
                    value: U256::from(2),
                    ..transfer(0)
                },
            ),
            "nonce too low: next nonce 1, tx nonce 0",
        ),
        (raw(&node, 0, transfer(5)), "nonce too high: next nonce 1, tx nonce 5"),
        (
            raw(
                &node,
                1,
                TxEip1559 {
                    value: U256::from(balance),
                    ..transfer(0)
                },
            ),
            "insufficient funds for gas * price + value: have 10000000000000000000000 want 10000000002100000000000",
        ),
        (
            raw(
                &node,
                0,
                TxEip1559 {
                    max_fee_per_gas: 1,
                    ..transfer(1)
                },
            ),
            "max fee per gas less than block base fee: maxFeePerGas: 1, baseFee: 100000000",
        ),
        (
            raw(
                &node,
                0,
                TxEip1559 {
                    chain_id: 1,
                    ..transfer(1)
                },
            ),
            "invalid chain id for signer: have 1 want 412346",
        ),
        (
            raw(&node, 0, legacy(Some(5), 1)),
            "invalid chain id for signer: have 5 want 412346",
        ),
    ] {
        assert_eq!(
            node.fails("eth_sendRawTransaction", json!([raw])),
            (-32000, message.to_owned())
        );
    }
    for (raw, part) in [
        (
            raw(
                &node,
                0,
                TxEip1559 {
                    gas_limit: 20_999,
                    ..transfer(1)
                },
            ),
            "gas",
        ),
        ("0x".to_owned(), "decoded"),
        ("0x02c0".to_owned(), "decoded"),
        ("0xdeadbeef".to_owned(), "decoded"),
        ("0x03f8".to_owned(), "transaction"),
    ] {
        let (code, message) = node.fails("eth_sendRawTransaction", json!([raw]));
        assert_eq!(code, -32000);
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(node.ok("eth_blockNumber", json!([])), "0x1", "nothing else was mined");
}

#[test]
fn the_node_signs_for_its_accounts_in_the_type_asked_for() {
    let node = Node::start();
    for (fields, kind) in [
        (json!({}), "0x2"),
        (json!({"gasPrice": quantity(BASE_FEE)}), "0x0"),
        (json!({"gasPrice": quantity(BASE_FEE), "accessList": []}), "0x1"),
        (
            json!({"maxFeePerGas": quantity(BASE_FEE), "maxPriorityFeePerGas": "0x1", "accessList": []}),
            "0x2",
        ),
        (json!({"type": "0x0"}), "0x0"),
        (json!({"type": "0x1"}), "0x1"),
    ] {
        let mut transaction = json!({"to": NOBODY, "value": "0x1", "chainId": quantity(CHAIN_ID)});
        for (name, value) in fields.as_object().into_iter().flatten() {
            transaction[name] = value.clone();
        }
        let receipt = node.send(transaction);
        assert_eq!(
            (&receipt["status"], &receipt["type"]),
            (&json!("0x1"), &json!(kind)),
            "{fields}"
        );
    }
    for (transaction, message) in [
        (json!({"from": STRANGER, "to": NOBODY}), "unknown account"),
        (json!({"from": ALICE, "to": NOBODY, "nonce": "0x9"}), "nonce too high"),
        (json!({"from": ALICE, "to": NOBODY, "nonce": "0x0"}), "nonce too low"),
        (
            json!({"from": ALICE, "to": NOBODY, "chainId": "0x1"}),
            "invalid chain id",
        ),
        (
            json!({"from": ALICE, "to": NOBODY, "gas": "0x5208", "maxFeePerGas": "0x1"}),
            "max fee per gas less than",
        ),
    ] {
        let (code, error) = node.fails("eth_sendTransaction", json!([transaction]));
        assert_eq!(code, -32000);
        assert!(error.starts_with(message), "{error}");
    }
    assert_eq!(
        node.fails(
            "eth_sendTransaction",
            json!([{"from": ALICE, "to": NOBODY, "type": "0x3"}])
        )
        .0,
        -32602
    );
}

#[test]
fn a_revert_is_mined_and_keeps_the_nonce() {
    let node = Node::start();
    let revert = node.deploy(REVERT);
    let call = TxEip1559 {
        to: TxKind::Call(serde_json::from_value(revert).expect("an address")),
        value: U256::ZERO,
        gas_limit: 50_000,
        ..transfer(1)
    };
    let hash = node.ok("eth_sendRawTransaction", json!([raw(&node, 0, call)]));
    let receipt = node.ok("eth_getTransactionReceipt", json!([hash]));
    assert_eq!((&receipt["status"], &receipt["logs"]), (&json!("0x0"), &json!([])));
    assert_eq!(node.ok("eth_getTransactionCount", json!([ALICE, "latest"])), "0x2");
}

#[test]
fn messages_are_signed_by_the_accounts() {
    let node = Node::start();
    let message = "0x68656c6c6f";
    let signature = node.ok("personal_sign", json!([message, ALICE]));
    assert_eq!(node.ok("eth_sign", json!([ALICE, message])), signature);
    let signature: Bytes = serde_json::from_value(signature).expect("bytes");
    let signature = Signature::try_from(signature.as_ref()).expect("a signature");
    let signer = signature
        .recover_address_from_prehash(&eip191_hash_message(b"hello"))
        .expect("a signer");
    assert_eq!(signer, address(ALICE));
    assert_eq!(node.fails("eth_sign", json!([STRANGER, message])).0, -32000);
}

/// The example of EIP-712 itself, with the hash that it states.
#[test]
fn typed_data_is_signed_by_the_accounts() {
    let node = Node::start();
    let data = json!({
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            "Person": [{"name": "name", "type": "string"}, {"name": "wallet", "type": "address"}],
            "Mail": [
                {"name": "from", "type": "Person"},
                {"name": "to", "type": "Person"},
                {"name": "contents", "type": "string"},
            ],
        },
        "primaryType": "Mail",
        "domain": {
            "name": "Ether Mail",
            "version": "1",
            "chainId": 1,
            "verifyingContract": "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC",
        },
        "message": {
            "from": {"name": "Cow", "wallet": "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"},
            "to": {"name": "Bob", "wallet": "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"},
            "contents": "Hello, Bob!",
        },
    });
    let hash: B256 = "0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2"
        .parse()
        .expect("a hash");
    let signature = node.ok("eth_signTypedData_v4", json!([BOB, data]));
    assert_eq!(
        node.ok("eth_signTypedData_v4", json!([BOB, data.to_string()])),
        signature,
        "as text, too"
    );
    let signature: Bytes = serde_json::from_value(signature).expect("bytes");
    let signature = Signature::try_from(signature.as_ref()).expect("a signature");
    assert_eq!(
        signature.recover_address_from_prehash(&hash).expect("a signer"),
        address(BOB)
    );

    assert_eq!(node.fails("eth_signTypedData_v4", json!([STRANGER, data])).0, -32000);
    for wrong in [json!({}), json!("{"), json!(1)] {
        assert_eq!(node.fails("eth_signTypedData_v4", json!([BOB, wrong])).0, -32602);
    }
}

/// Types that would be resolved by a recursion deeper than any stack.
#[test]
fn hostile_typed_data_is_refused() {
    let node = Node::start();
    let typed = |types: Value| json!({"types": types, "primaryType": "T0", "domain": {}, "message": {}});
    let arrays = json!({"T0": [{"name": "a", "type": format!("uint256{}", "[]".repeat(100_000))}]});
    let nested: serde_json::Map<String, Value> = (0..3_000)
        .map(|index| {
            (
                format!("T{index}"),
                json!([{"name": "a", "type": format!("T{}", index + 1)}]),
            )
        })
        .collect();
    let primary =
        json!({"types": {}, "primaryType": format!("uint256{}", "[]".repeat(100_000)), "domain": {}, "message": {}});
    for data in [typed(arrays), typed(Value::Object(nested)), primary] {
        for data in [json!(data.to_string()), data] {
            let (code, message) = node.fails("eth_signTypedData_v4", json!([BOB, data]));
            assert_eq!(code, -32602);
            assert!(message.starts_with("invalid params: invalid typed data"), "{message}");
            assert_eq!(node.fails("eth_signTypedData_v4", json!([STRANGER, data])).0, -32000);
        }
    }
    assert_eq!(node.ok("eth_chainId", json!([])), quantity(CHAIN_ID));
}

/// The fillers of alloy (nonce, gas, fees, chain id) and its wait for the receipt.
#[tokio::test(flavor = "multi_thread")]
async fn alloy_sends_with_a_wallet() {
    let node = Node::start();
    let signer = node.chain.lock().signer(3).clone();
    let provider = ProviderBuilder::new()
        .wallet(alloy_network::EthereumWallet::from(signer))
        .connect_http(node.server.url().parse().expect("a URL"));
    let request = TransactionRequest::default()
        .to(address(STRANGER))
        .value(U256::from(17));
    let receipt = provider
        .send_transaction(request)
        .await
        .expect("sent")
        .get_receipt()
        .await
        .expect("mined");
    assert!(receipt.status());
    assert_eq!(receipt.gas_used, 21_000);
    assert_eq!(
        provider.get_balance(address(STRANGER)).await.expect("a balance"),
        U256::from(17)
    );

    // A custom error comes back as data.
    let revert = node.deploy(REVERT);
    let call = TransactionRequest::default()
        .to(serde_json::from_value(revert).expect("an address"))
        .input(Bytes::from(word(7).to_vec()).into());
    let error = provider.call(call).await.expect_err("a revert");
    let payload = error.as_error_resp().expect("an error response");
    assert_eq!(payload.code, 3);
    assert_eq!(payload.as_revert_data(), Some(word(7).to_vec().into()));
}
