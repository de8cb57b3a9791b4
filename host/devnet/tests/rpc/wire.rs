//! HTTP and JSON-RPC framing.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

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

const VERSION: &[u8] = br#"{"jsonrpc":"2.0","id":1,"method":"net_version"}"#;

#[test]
fn pages_of_this_machine_and_extensions_may_call() {
    let node = Node::start();
    for origin in [
        "http://localhost:3000",
        "https://127.0.0.1",
        "http://[::1]:5173",
        "chrome-extension://abcdefghijklmnop",
        "moz-extension://0b1c",
        "safari-web-extension://0B1C",
    ] {
        let preflight = node.http(
            "OPTIONS",
            &format!(
                "origin: {origin}\r\naccess-control-request-method: POST\r\n\
                 access-control-request-headers: content-type,x-wallet\r\n\
                 access-control-request-private-network: true\r\n"
            ),
            b"",
        );
        assert_eq!(preflight.status, 204);
        let own = format!("access-control-allow-origin: {}\r\n", origin.to_lowercase());
        for header in [
            own.as_str(),
            "vary: origin",
            "access-control-allow-methods: post, options",
            "access-control-allow-headers: content-type,x-wallet",
            "access-control-allow-private-network: true",
        ] {
            assert!(preflight.head.contains(header), "{header} in {}", preflight.head);
        }
        let call = node.http("POST", &format!("origin: {origin}\r\n"), VERSION);
        assert_eq!(call.status, 200);
        assert!(call.head.contains(&own), "{}", call.head);
        assert!(call.head.contains("content-type: application/json"), "{}", call.head);
    }
    let call = node.http("POST", "", VERSION);
    assert_eq!(call.status, 200, "what is no page has no origin");
    assert!(!call.head.contains("access-control"), "{}", call.head);
    assert_eq!(node.http("GET", "", b"").status, 405);
}

#[test]
fn pages_of_other_sites_may_not_call() {
    let node = Node::start();
    let mine = br#"{"jsonrpc":"2.0","id":1,"method":"evm_mine"}"#;
    for origin in [
        "https://evil.example",
        "null",
        "http://localhost.evil.example",
        "http://localhost@evil.example",
        "http://192.168.1.1:3000",
        "file://",
        "chrome-extension://",
        "http://localhost\r\norigin: https://evil.example",
    ] {
        // A form or a script may send text without asking first; it must have no effect.
        for headers in ["content-type: text/plain\r\n", "content-type: application/json\r\n"] {
            let call = node.http("POST", &format!("origin: {origin}\r\n{headers}"), mine);
            assert_eq!(call.status, 403, "{origin}");
            assert!(!call.head.contains("access-control"), "{}", call.head);
        }
        let preflight = node.http(
            "OPTIONS",
            &format!("origin: {origin}\r\naccess-control-request-method: POST\r\n"),
            b"",
        );
        assert_eq!(preflight.status, 403, "{origin}");
        assert!(!preflight.head.contains("access-control"), "{}", preflight.head);
    }
    assert_eq!(node.chain.lock().block_number(), 0);
}

#[test]
fn origins_are_allowed_by_hand() {
    let settings = |origin: &str| rpc::Settings {
        allow_origins: vec![origin.to_owned()],
        ..rpc::Settings::default()
    };
    let node = Node::start_with(&settings("https://app.example.org"));
    for (origin, status) in [
        ("https://app.example.org", 200),
        ("http://localhost:3000", 200),
        ("http://app.example.org", 403),
        ("https://app.example.org:8443", 403),
    ] {
        let call = node.http("POST", &format!("origin: {origin}\r\n"), VERSION);
        assert_eq!(call.status, status, "{origin}");
        let allowed = call
            .head
            .contains(&format!("access-control-allow-origin: {origin}\r\n"));
        assert_eq!(allowed, status == 200, "{}", call.head);
    }
    for wrong in ["*", "app.example.org", "https://app.example.org/"] {
        let chain = Arc::new(Mutex::new(Chain::new(ChainConfig::default())));
        let addr = SocketAddr::from(([127, 0, 0, 1], 0));
        let error = rpc::serve_with(chain, addr, &settings(wrong))
            .expect_err(wrong)
            .to_string();
        assert!(error.contains("is not an origin"), "{error}");
    }
}

/// A page whose name has been made to resolve to 127.0.0.1 sends that name as the host, and an origin of the same name or
/// none at all.
#[test]
fn requests_to_other_names_are_refused() {
    let node = Node::start();
    let ask = |target: &str, hosts: &str| {
        let length = VERSION.len();
        let head = format!("POST {target} HTTP/1.1\r\n{hosts}connection: close\r\ncontent-length: {length}\r\n\r\n");
        node.exchange(&[head.as_bytes(), VERSION].concat()).status
    };
    let port = node.server.local_addr().port();
    for host in ["localhost", "LOCALHOST", "127.0.0.1", "[::1]"] {
        assert_eq!(ask("/", &format!("host: {host}\r\n")), 200, "{host}");
        assert_eq!(ask("/", &format!("host: {host}:{port}\r\n")), 200, "{host}");
    }
    for hosts in [
        "host: evil.example\r\n",
        "host: localhost.evil.example:8547\r\n",
        "host: 192.168.1.1\r\n",
        "host: \r\n",
        "",
        "host: localhost\r\nhost: evil.example\r\n",
    ] {
        assert_eq!(ask("/", hosts), 403, "{hosts}");
    }
    assert_eq!(ask("http://evil.example/", "host: localhost\r\n"), 403);
    assert_eq!(ask("http://localhost/", "host: localhost\r\n"), 200);
}

/// The answer is larger than what the system buffers for a connection.
#[test]
fn a_client_that_does_not_read_is_cut_off() {
    let node = Node::start_with(&rpc::Settings {
        patience: Duration::from_millis(300),
        ..rpc::Settings::default()
    });
    let answer = |pause: Duration| {
        let call = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"eth_getCode","params":["{STRANGER}"]}}"#);
        let body = format!("[{}]", vec![call; 400].join(","));
        let mut stream = TcpStream::connect(node.server.local_addr()).expect("a connection");
        let head = format!(
            "POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream
            .write_all(&[head.as_bytes(), body.as_bytes()].concat())
            .expect("sent");
        thread::sleep(pause);
        let mut read = Vec::new();
        let _ = stream.read_to_end(&mut read);
        read.len()
    };
    node.ok("anvil_setCode", json!([STRANGER, format!("0x{}", "00".repeat(24_576))]));
    let whole = answer(Duration::ZERO);
    assert!(whole > 400 * 2 * 24_576, "{whole}");
    let part = answer(Duration::from_secs(3));
    assert!(part < whole, "{part} of {whole}");
    assert_eq!(node.ok("eth_chainId", json!([])), quantity(CHAIN_ID));
}

/// Many clients announce large bodies and send nothing: their room is given back when they are cut off.
#[test]
fn announced_bodies_take_room_only_for_so_long() {
    let node = Node::start_with(&rpc::Settings {
        patience: Duration::from_millis(300),
        ..rpc::Settings::default()
    });
    let idle: Vec<_> = (0..20)
        .map(|_| {
            let mut stream = TcpStream::connect(node.server.local_addr()).expect("a connection");
            let head = format!(
                "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n",
                rpc::MAX_BODY
            );
            stream.write_all(head.as_bytes()).expect("sent");
            stream
        })
        .collect();
    thread::sleep(Duration::from_secs(2));
    assert_eq!(node.ok("eth_chainId", json!([])), quantity(CHAIN_ID));
    for mut stream in idle {
        let mut reply = String::new();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .expect("a timeout");
        stream.read_to_string(&mut reply).expect("a reply");
        assert!(
            reply.starts_with("HTTP/1.1 408") || reply.starts_with("HTTP/1.1 503"),
            "{reply}"
        );
    }
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
