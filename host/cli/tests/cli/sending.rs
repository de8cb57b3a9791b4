//! What happens to transactions on the way: answers that get lost, nodes that are busy, states that change, others who
//! come first.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;
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
}

/// A node's front that decides what becomes of each request, by its method and how often that was called before.
struct Front {
    url: String,
}

impl Front {
    fn of(world: &World, fate: impl Fn(&str, usize) -> Fate + Send + Sync + 'static) -> Self {
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
    fate: &dyn Fn(&str, usize) -> Fate,
    seen: &Mutex<Vec<String>>,
) -> Option<()> {
    let (head, body) = message(client)?;
    let method = serde_json::from_slice::<Value>(&body).ok()?["method"]
        .as_str()?
        .to_owned();
    let before = {
        let mut seen = seen.lock().unwrap();
        seen.push(method.clone());
        seen.iter().filter(|known| **known == method).count() - 1
    };
    match fate(&method, before) {
        Fate::IsOneTooMany => {
            client
                .write_all(b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n")
                .ok()?;
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
    let front = Front::of(&world, |method, before| match method {
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
    let front = Front::of(&world, move |method, before| {
        if method == "eth_sendRawTransaction" && before == 1 {
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
