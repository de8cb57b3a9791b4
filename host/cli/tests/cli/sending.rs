//! What happens to transactions on the way: answers that get lost, nodes that are busy, states that change, others who
//! come first.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};
use suite::Transact;
use suite::bindings::IUSDai;
use suite::uniswap::dollars;

use crate::support::{Run, World, keys};

/// What becomes of a request.
enum Fate {
    /// It reaches the node, and the answer its asker.
    Passes,
    /// It reaches the node, and the connection breaks before the answer.
    LosesItsAnswer,
    /// It is refused because there are too many.
    IsOneTooMany,
    /// It is answered with this error.
    Fails(&'static str),
}

/// A node's front that decides what becomes of each request, by its method and how often that was called before.
struct Front {
    url: String,
}

impl Front {
    fn of(world: &World, fate: impl Fn(&Value, usize) -> Fate + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let node = world.url().trim_start_matches("http://").to_owned();
        let fate = Arc::new(fate);
        let seen = Arc::new(Mutex::new(Vec::<String>::new()));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (node, fate, seen) = (node.clone(), Arc::clone(&fate), Arc::clone(&seen));
                thread::spawn(move || while serve(&client, &node, &*fate, &seen).is_some() {});
            }
        });
        Self { url }
    }
}

/// Serves one request of a connection; nothing once the connection is over.
fn serve(
    mut client: &TcpStream,
    node: &str,
    fate: &dyn Fn(&Value, usize) -> Fate,
    seen: &Mutex<Vec<String>>,
) -> Option<()> {
    let (head, body) = message(client)?;
    let request: Value = serde_json::from_slice(&body).ok()?;
    let method = request["method"].as_str()?.to_owned();
    let before = {
        let mut seen = seen.lock().unwrap();
        seen.push(method.clone());
        seen.iter().filter(|known| **known == method).count() - 1
    };
    match fate(&request, before) {
        Fate::IsOneTooMany => {
            client
                .write_all(b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n")
                .ok()?;
        }
        Fate::Fails(message) => {
            let error =
                json!({ "jsonrpc": "2.0", "id": request["id"], "error": { "code": -32_005, "message": message } });
            let body = error.to_string();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            client.write_all(head.as_bytes()).ok()?;
            client.write_all(body.as_bytes()).ok()?;
        }
        fate => {
            let mut node = TcpStream::connect(node).ok()?;
            node.write_all(&head).ok()?;
            node.write_all(&body).ok()?;
            let (head, body) = message(&node)?;
            if matches!(fate, Fate::LosesItsAnswer) {
                client.shutdown(std::net::Shutdown::Both).ok()?;
                return None;
            }
            client.write_all(&head).ok()?;
            client.write_all(&body).ok()?;
        }
    }
    Some(())
}

fn method_of(request: &Value) -> &str {
    request["method"].as_str().unwrap()
}

/// An HTTP message: its head and its body.
fn message(stream: &TcpStream) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    let mut length = 0;
    loop {
        let start = head.len();
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
        let line = head[start..].to_ascii_lowercase();
        if let Some(number) = line.strip_prefix("content-length:") {
            length = number.trim().parse().ok()?;
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((head.into_bytes(), body))
}

/// Runs the command by way of a front.
fn run(world: &World, front: &Front, key: u32, arguments: &[&str]) -> Run {
    let key = key.to_string();
    let mut command = world.command(&[&["--mnemonic-index", &key, "--yes"][..], arguments].concat());
    Run::of(&command.env("USDAI_RPC_URL", &front.url).output().unwrap())
}

#[test]
fn a_lost_answer_sends_nothing_twice() {
    let world = World::new();
    let alice = world.account(keys::ALICE);
    world.give_usdai(alice, 100);
    let front = Front::of(&world, |request, before| match method_of(request) {
        "eth_sendRawTransaction" if before % 2 == 0 => Fate::LosesItsAnswer,
        "eth_getTransactionReceipt" if before < 2 => Fate::LosesItsAnswer,
        _ => Fate::Passes,
    });
    let nonce = world.chain().nonce(alice);
    let run = run(&world, &front, keys::ALICE, &["stake", "60", "--json"]).ok();
    assert!(
        run.stderr.contains("handing the same transaction over again"),
        "{}",
        run.stderr
    );
    assert_eq!(world.chain().nonce(alice), nonce + 2, "an approval and a deposit");
    assert_eq!(world.balance(world.suite().usdai, alice), dollars(40, 18));
}

#[test]
fn a_busy_node_is_asked_again() {
    let world = World::new();
    let alice = world.account(keys::ALICE);
    let front = Front::of(
        &world,
        |_, before| {
            if before == 0 { Fate::IsOneTooMany } else { Fate::Passes }
        },
    );
    let run = run(&world, &front, keys::ALICE, &["balance", "--json"]).ok();
    assert_eq!(run.json()["account"], alice.to_string());
}

#[test]
fn what_is_mined_and_reverts_is_a_failure_with_its_reason() {
    let world = World::new();
    let alice = world.account(keys::ALICE);
    world.give(world.suite().tokens.wm.token, alice, dollars(10, 6));
    // Somebody pauses USDai between the estimate and the second transaction.
    let paused = Arc::new(AtomicUsize::new(0));
    let (suite, chain) = (world.suite().clone(), world.shared_chain());
    let front = Front::of(&world, move |request, before| {
        if method_of(request) == "eth_sendRawTransaction" && before == 1 {
            let pause = IUSDai::pauseCall {};
            chain
                .lock()
                .transact(suite.actors.pauser, suite.usdai, &pause)
                .receipt()
                .unwrap();
            paused.fetch_add(1, Ordering::SeqCst);
        }
        Fate::Passes
    });
    let run = run(&world, &front, keys::ALICE, &["mint", "10"]);
    let error = run.error();
    assert!(
        error.starts_with("the transaction 0x") && error.contains(" was mined and reverted: "),
        "{error}"
    );
    assert!(
        error.ends_with("cannot mint USDai with 10.0000 wM: the contract is paused"),
        "{error}"
    );
}

#[test]
fn several_commands_of_one_account_at_once_all_come_through() {
    let world = World::new();
    let alice = world.account(keys::ALICE);
    let nonce = world.chain().nonce(alice);
    let operators: Vec<String> = (0..6).map(|key| world.account(key).to_string()).collect();
    let commands: Vec<_> = operators
        .iter()
        .map(|operator| {
            let mut command = world.command(&["--mnemonic-index", "7", "--yes", "operator", "set", operator]);
            command
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    for command in commands {
        Run::of(&command.wait_with_output().unwrap()).ok();
    }
    assert_eq!(world.chain().nonce(alice), nonce + 6);
}

#[test]
fn logs_are_read_in_ranges_that_the_node_allows() {
    let world = World::new();
    world.take_loan();
    let block = |value: &Value| u64::from_str_radix(value.as_str().unwrap().trim_start_matches("0x"), 16).unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let front = Front::of(&world, move |request, _| {
        if method_of(request) != "eth_getLogs" {
            return Fate::Passes;
        }
        counter.fetch_add(1, Ordering::SeqCst);
        let filter = &request["params"][0];
        if block(&filter["toBlock"]) - block(&filter["fromBlock"]) > 20 {
            return Fate::Fails("exceeds the range allowed for your plan");
        }
        Fate::Passes
    });
    let told = run(
        &world,
        &front,
        keys::STRANGER,
        &["loan", "quote", "signed.json", "--json"],
    )
    .ok()
    .json();
    assert_eq!(told["instalments"].as_array().unwrap().len(), 12);
    assert!(asked.load(Ordering::SeqCst) > 5);

    let front = Front::of(&world, |request, _| match method_of(request) {
        "eth_getLogs" => Fate::Fails("logs are not served here"),
        _ => Fate::Passes,
    });
    let told = run(&world, &front, keys::STRANGER, &["loan", "quote", "signed.json"]).ok();
    assert!(
        told.stderr
            .contains("no table of instalments: the node answers: logs are not served here"),
        "{}",
        told.stderr
    );
    assert!(
        told.stdout.contains("due (usdai loan repay)"),
        "what is due is told all the same"
    );
}
