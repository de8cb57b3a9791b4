//! HTTP and JSON-RPC framing.

use std::{net::SocketAddr, sync::Arc, thread, time::Duration};

use devnet::{Chain, ChainConfig, rpc};
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::support::{CHAIN_ID, LOOP, Node, STRANGER, code, quantity};

fn serve(addr: &str) -> anyhow::Result<rpc::ServerHandle> {
    rpc::serve(
        Arc::new(Mutex::new(Chain::new(ChainConfig::default()))),
        addr.parse::<SocketAddr>()?,
    )
}

#[test]
fn only_loopback_is_served() {
    for addr in ["0.0.0.0:0", "192.168.1.1:0", "[::]:0", "8.8.8.8:0"] {
        let error = serve(addr).expect_err(addr).to_string();
        assert!(error.contains("loopback"), "{error}");
    }
    let server = serve("127.0.0.1:0").expect("a server");
    assert!(server.local_addr().ip().is_loopback());
    assert_ne!(server.local_addr().port(), 0);
}

#[test]
fn a_port_in_use_is_an_error() {
    let node = Node::start();
    assert!(serve(&node.server.local_addr().to_string()).is_err());
}

#[test]
fn stopping_closes_the_port() {
    let node = Node::start();
    let addr = node.server.local_addr();
    node.server.stop();
    assert!(std::net::TcpStream::connect(addr).is_err());
}

#[test]
fn malformed_requests_get_the_error_of_the_specification() {
    let node = Node::start();
    for (body, code) in [
        ("", -32700),
        ("{", -32700),
        ("hello", -32700),
        ("{\"jsonrpc\": \"2.0\", \"method\": \"eth_chainId\", \"id\": 1", -32700),
        ("{}", -32600),
        ("[]", -32600),
        ("1", -32600),
        ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":5}", -32600),
        ("{\"id\":1,\"method\":\"eth_chainId\"}", -32600),
        ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_nothing\"}", -32601),
        ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"anvil_nothing\"}", -32601),
        (
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_getProof\",\"params\":[]}",
            -32601,
        ),
        (
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_chainId\",\"params\":[1]}",
            -32602,
        ),
        (
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_chainId\",\"params\":{}}",
            -32602,
        ),
        ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_getBalance\"}", -32602),
        (
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_getBalance\",\"params\":[\"0x1\"]}",
            -32602,
        ),
    ] {
        let answer = node.post(body);
        assert_eq!(answer["error"]["code"], code, "{body}: {answer}");
        assert_eq!(answer["jsonrpc"], "2.0");
    }
    // Bytes that are not even text.
    let reply = node.http("POST", "", &[0xff, 0xfe, 0x00]);
    assert_eq!(reply.json()["error"]["code"], -32700);
}

#[test]
fn wrong_parameters_are_named() {
    let node = Node::start();
    for (method, params, what) in [
        ("eth_getBalance", json!([]), "missing value for required argument 0"),
        ("eth_getBalance", json!([STRANGER, "0x01"]), "leading zero"),
        ("eth_getBalance", json!([STRANGER, "soon"]), "without 0x prefix"),
        ("eth_getBalance", json!([1]), "invalid argument 0"),
        (
            "eth_getBalance",
            json!([STRANGER, "latest", 1]),
            "too many arguments, want at most 2",
        ),
        ("eth_getStorageAt", json!([STRANGER, "x"]), "invalid argument 1"),
        ("eth_call", json!(["0x"]), "invalid argument 0"),
        ("eth_call", json!([{"to": STRANGER, "value": "1"}]), "without 0x prefix"),
        (
            "eth_call",
            json!([{"to": STRANGER, "data": "0x1"}]),
            "invalid argument 0",
        ),
        (
            "eth_call",
            json!([{"to": STRANGER, "data": "0x01", "input": "0x02"}]),
            "not equal",
        ),
        ("eth_call", json!([{}, "latest", {"0x12": {}}]), "20 for an address"),
        (
            "eth_call",
            json!([{}, "latest", {STRANGER: {"balanse": "0x1"}}]),
            "unknown field",
        ),
        (
            "eth_call",
            json!([{}, "latest", {STRANGER: {"state": {}, "stateDiff": {}}}]),
            "both 'state' and 'stateDiff'",
        ),
        (
            "eth_call",
            json!([{"gasPrice": "0x1", "maxFeePerGas": "0x1"}]),
            "both gasPrice and",
        ),
        ("eth_getBlockByNumber", json!([true, true]), "invalid argument 0"),
        (
            "eth_getLogs",
            json!([{"fromBlock": "0x2", "toBlock": "0x1"}]),
            "invalid block range",
        ),
        ("eth_newFilter", json!([{"address": "0x"}]), "invalid argument 0"),
        ("eth_sendTransaction", json!([{}]), "the sender is missing"),
        ("eth_sendRawTransaction", json!(["00"]), "without 0x prefix"),
        ("evm_revert", json!(["one"]), "without 0x prefix"),
        ("evm_mine", json!(["soon"]), "invalid argument 0"),
        ("anvil_mine", json!(["0xffffffffffff"]), "at most"),
        ("eth_feeHistory", json!(["0x1", "latest", [50, 10]]), "must rise"),
        ("eth_feeHistory", json!(["0x1", "latest", [101]]), "must rise"),
    ] {
        let (code, message) = node.fails(method, params.clone());
        assert_eq!(code, -32602, "{method} {params}: {message}");
        assert!(message.contains(what), "{method} {params}: {message}");
    }
}

#[test]
fn a_batch_is_answered_in_order() {
    let node = Node::start();
    let answer = node.post(
        r#"[{"jsonrpc":"2.0","id":"a","method":"eth_chainId"},
            {"jsonrpc":"2.0","method":"evm_mine"},
            {"jsonrpc":"2.0","id":2,"method":"eth_blockNumber"},
            {"jsonrpc":"2.0","id":3,"method":"eth_nothing"},
            7]"#,
    );
    assert_eq!(
        answer[0],
        json!({"jsonrpc": "2.0", "id": "a", "result": quantity(CHAIN_ID)})
    );
    assert_eq!(
        answer[1],
        json!({"jsonrpc": "2.0", "id": 2, "result": "0x1"}),
        "the notification ran"
    );
    assert_eq!(answer[2]["error"]["code"], -32601);
    assert_eq!(
        (answer[3]["id"].clone(), answer[3]["error"]["code"].clone()),
        (Value::Null, json!(-32600))
    );
    assert_eq!(answer.as_array().map(Vec::len), Some(4));
}

#[test]
fn batches_and_bodies_are_bounded() {
    let node = Node::start();
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}"#;
    let answer = node.post(&format!("[{}]", vec![call; 1_001].join(",")));
    assert_eq!(answer["error"]["code"], -32600);

    let reply = node.http("POST", "", &vec![b' '; rpc::MAX_BODY + 1]);
    assert_eq!(reply.status, 413);
    assert_eq!(reply.json()["error"]["code"], -32600);

    let mut largest = call.as_bytes().to_vec();
    largest.resize(rpc::MAX_BODY, b' ');
    assert_eq!(node.http("POST", "", &largest).json()["result"], quantity(CHAIN_ID));
}

#[test]
fn notifications_have_no_body() {
    let node = Node::start();
    let reply = node.http("POST", "", br#"{"jsonrpc":"2.0","method":"evm_mine"}"#);
    assert_eq!((reply.status, reply.body.as_str()), (204, ""));
    assert_eq!(node.chain.lock().block_number(), 1);
}

#[test]
fn pages_of_any_origin_may_call() {
    let node = Node::start();
    let preflight = node.http(
        "OPTIONS",
        "origin: https://example.org\r\naccess-control-request-method: POST\r\n\
         access-control-request-headers: content-type,x-wallet\r\naccess-control-request-private-network: true\r\n",
        b"",
    );
    assert_eq!(preflight.status, 204);
    for header in [
        "access-control-allow-origin: *",
        "access-control-allow-methods: post, options",
        "access-control-allow-headers: content-type,x-wallet",
        "access-control-allow-private-network: true",
    ] {
        assert!(preflight.head.contains(header), "{header} in {}", preflight.head);
    }
    let call = node.http(
        "POST",
        "origin: https://example.org\r\n",
        br#"{"jsonrpc":"2.0","id":1,"method":"net_version"}"#,
    );
    assert!(call.head.contains("access-control-allow-origin: *"), "{}", call.head);
    assert!(call.head.contains("content-type: application/json"), "{}", call.head);
    assert_eq!(node.http("GET", "", b"").status, 405);
}

#[test]
fn a_long_call_does_not_stop_the_server() {
    let node = Node::start();
    node.ok("anvil_setCode", json!([STRANGER, code(LOOP)]));
    thread::scope(|scope| {
        let long: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| node.call("eth_call", &json!([{"to": STRANGER, "gas": "0x1e84800"}]))))
            .collect();
        // The chain is busy, but everybody gets an answer in the end.
        thread::sleep(Duration::from_millis(20));
        assert_eq!(node.ok("eth_blockNumber", json!([])), "0x0");
        for call in long {
            let error = call.join().expect("no panic").expect_err("it loops");
            assert_eq!(error["code"], -32000, "{error}");
        }
    });
}

#[test]
fn clients_in_parallel_are_all_served() {
    let node = Node::start();
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for _ in 0..20 {
                    assert_eq!(node.ok("eth_chainId", json!([])), quantity(CHAIN_ID));
                }
            });
        }
    });
}
