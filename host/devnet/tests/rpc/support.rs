//! A node on a free port, a plain HTTP client, and small contracts written by hand.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use alloy_primitives::{Address, B256, Bytes, U256, hex};
use devnet::{Chain, ChainConfig, rpc};
use parking_lot::Mutex;
use serde_json::{Value, json};

/// The first funded account.
pub(crate) const ALICE: &str = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
/// The second.
pub(crate) const BOB: &str = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";
/// An account without a key or a balance.
pub(crate) const STRANGER: &str = "0x00000000000000000000000000000000000abcde";
/// An account that nothing has touched yet.
pub(crate) const NOBODY: &str = "0x000000000000000000000000000000000000beef";

/// 1 ETH in wei.
pub(crate) const ETHER: u128 = 1_000_000_000_000_000_000;
/// Timestamp of block 0.
pub(crate) const GENESIS_TIME: u64 = 1_767_225_600;
/// Base fee in wei.
pub(crate) const BASE_FEE: u64 = 100_000_000;
/// Chain id.
pub(crate) const CHAIN_ID: u64 = 412_346;

/// Stores the word that it is called with in slot 0 and logs it under topic 1; then, or called with nothing, returns
/// slot 0.
///
/// `if (size != 0) { sstore(0, w); mstore(0, w); log1(0, 32, 1) } mstore(0, sload(0)); return(0, 32)`
pub(crate) const STORE: &str = "3615601657600035806000556000526001602060 00a15b60005460005260206000f3";
/// Reverts with its calldata.
pub(crate) const REVERT: &str = "366000600037366000fd";
/// Returns timestamp, block number, base fee, coinbase, and the caller's balance.
pub(crate) const REPORT: &str = "426000524360205248604052416060523331608052 60a06000f3";
/// Loops until the gas is used up.
pub(crate) const LOOP: &str = "5b600056";

/// A contract's code.
pub(crate) fn code(text: &str) -> Bytes {
    hex::decode(text.replace(' ', ""))
        .expect("hex of a test contract")
        .into()
}

/// Initcode that deploys `text`.
pub(crate) fn initcode(text: &str) -> Bytes {
    let code = code(text);
    let length = u8::try_from(code.len()).expect("a short test contract");
    // push length; dup; push 11; push 0; codecopy; push 0; return
    [
        &[0x60, length, 0x80, 0x60, 0x0b, 0x60, 0, 0x39, 0x60, 0, 0xf3][..],
        &code,
    ]
    .concat()
    .into()
}

/// A quantity as the protocol writes it.
pub(crate) fn quantity(value: impl Into<u128>) -> Value {
    Value::String(format!("{:#x}", value.into()))
}

/// A number as a 32-byte word.
pub(crate) fn word(value: u64) -> B256 {
    U256::from(value).into()
}

pub(crate) fn address(text: &str) -> Address {
    text.parse().expect("an address")
}

/// The address in the form in which the chain answers it.
pub(crate) fn shown(text: &str) -> Value {
    json!(address(text))
}

/// A node with its chain.
pub(crate) struct Node {
    pub(crate) chain: Arc<Mutex<Chain>>,
    pub(crate) server: rpc::ServerHandle,
}

/// What came back over HTTP.
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {}", self.body))
    }
}

impl Node {
    pub(crate) fn start() -> Self {
        Self::start_with(&rpc::Settings::default())
    }

    pub(crate) fn start_with(settings: &rpc::Settings) -> Self {
        let chain = Arc::new(Mutex::new(Chain::new(ChainConfig::default())));
        let server =
            rpc::serve_with(Arc::clone(&chain), SocketAddr::from(([127, 0, 0, 1], 0)), settings).expect("a server");
        Self { chain, server }
    }

    /// Sends a request with any method, headers and body.
    pub(crate) fn http(&self, verb: &str, headers: &str, body: &[u8]) -> Reply {
        let head = format!(
            "{verb} / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n",
            body.len()
        );
        self.exchange(&[head.as_bytes(), body].concat())
    }

    /// Sends bytes as they are, and reads the reply until the server closes.
    pub(crate) fn exchange(&self, request: &[u8]) -> Reply {
        let mut stream = TcpStream::connect(self.server.local_addr()).expect("a connection");
        stream
            .set_read_timeout(Some(Duration::from_mins(1)))
            .expect("a timeout");
        // A server that has seen enough of a request may answer and hang up.
        let _ = stream.write_all(request);
        let mut reply = Vec::new();
        let _ = stream.read_to_end(&mut reply);
        let reply = String::from_utf8(reply).expect("text");
        let (head, body) = reply.split_once("\r\n\r\n").expect("a reply");
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .expect("a status");
        Reply {
            status,
            head: head.to_lowercase(),
            body: body.to_owned(),
        }
    }

    /// Posts a body and takes the JSON that comes back.
    pub(crate) fn post(&self, body: &str) -> Value {
        let reply = self.http("POST", "content-type: application/json\r\n", body.as_bytes());
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.json()
    }

    /// Calls a method.
    pub(crate) fn call(&self, method: &str, params: &Value) -> Result<Value, Value> {
        let answer = self.post(&json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string());
        assert_eq!(
            (answer["jsonrpc"].clone(), answer["id"].clone()),
            (json!("2.0"), json!(1)),
            "{answer}"
        );
        match answer.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(answer.get("result").expect("a result").clone()),
        }
    }

    /// Calls a method that must succeed.
    #[expect(clippy::needless_pass_by_value, reason = "the parameters are written at the call")]
    pub(crate) fn ok(&self, method: &str, params: Value) -> Value {
        self.call(method, &params)
            .unwrap_or_else(|error| panic!("{method} {params}: {error}"))
    }

    /// Calls a method that must fail, and gives the error's code and message.
    #[expect(clippy::needless_pass_by_value, reason = "the parameters are written at the call")]
    pub(crate) fn fails(&self, method: &str, params: Value) -> (i64, String) {
        match self.call(method, &params) {
            Ok(result) => panic!("{method} {params} answered {result}"),
            Err(error) => (
                error["code"].as_i64().expect("a code"),
                error["message"].as_str().expect("a message").to_owned(),
            ),
        }
    }

    /// Sends a transaction from the first account and gives its receipt.
    pub(crate) fn send(&self, mut transaction: Value) -> Value {
        if transaction.get("from").is_none() {
            transaction["from"] = json!(ALICE);
        }
        let hash = self.ok("eth_sendTransaction", json!([transaction]));
        self.ok("eth_getTransactionReceipt", json!([hash]))
    }

    /// Deploys a contract and gives its address.
    pub(crate) fn deploy(&self, text: &str) -> Value {
        let receipt = self.send(json!({"data": initcode(text)}));
        assert_eq!(receipt["status"], "0x1");
        receipt["contractAddress"].clone()
    }
}
