//! Keepers that run on: side by side, killed and started again, while the node drops out, until they are told to end.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use alloy_primitives::U256;
use serde_json::Value;
use suite::bindings::IQevAuction::RequestState;
use suite::bindings::IStakedUSDai;

use crate::keeper::done;
use crate::proxy::Proxy;
use crate::scene::{
    bid_blindly, is_settled, keys, month_with_bids, request, request_state, send, stake, vault, waiting, whole,
};
use crate::support::{DAY, Run, World};

/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// A keeper that runs on.
struct Keeper {
    process: Child,
    lines: Receiver<Value>,
    seen: Vec<Value>,
}

impl Keeper {
    fn start(world: &World, key: u32, url: &str, more: &[&str]) -> Self {
        let key = key.to_string();
        let usual = ["--mnemonic-index", &key, "keeper", "--json", "--interval", "1 s"];
        let mut command = world.command(&[&usual[..], more].concat());
        let mut process = command
            .env("USDAI_RPC_URL", url)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("it starts");
        let output = BufReader::new(process.stdout.take().expect("its output"));
        let (tell, lines) = channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let line = serde_json::from_str(&line).expect("a JSON value a line");
                // A test that has ended listens no more.
                let _ = tell.send(line);
            }
        });
        Self {
            process,
            lines,
            seen: Vec::new(),
        }
    }

    /// Waits for a line with this outcome.
    #[track_caller]
    fn wait_for(&mut self, outcome: &str) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    self.seen.push(line.clone());
                    if line["outcome"] == outcome {
                        return line;
                    }
                }
                Err(error) => panic!("no {outcome:?} in {:?}: {error}", self.seen),
            }
        }
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([name, &self.process.id().to_string()])
            .status();
        assert!(sent.expect("there is kill").success());
    }

    /// Waits until it has ended.
    fn end(mut self) -> (ExitStatus, Vec<Value>) {
        let status = self.process.wait().expect("it ends");
        let mut seen = std::mem::take(&mut self.seen);
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            seen.push(line);
        }
        (status, seen)
    }
}

impl Drop for Keeper {
    /// A test that fails leaves none behind. One that has ended cannot be killed.
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[track_caller]
fn until(condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < PATIENCE, "it never comes true");
        thread::sleep(Duration::from_millis(50));
    }
}

/// A chain with a settled auction of which so many lost bids are to be restored, each of 10 shares.
fn world_with_losers(count: u64) -> World {
    let world = World::new();
    let staking = world.suite().staking().unwrap();
    let alice = world.account(keys::ALICE);
    stake(&world, alice, 10_000);
    world.pass_until(staking.epoch_start(0) + DAY);
    for _ in 0..count {
        let id = request(&world, alice, 10);
        bid_blindly(&world, alice, id);
    }
    world.pass_until(staking.epoch_end(0));
    let strategist = world.suite().actors.strategist;
    send(&world, strategist, vault(&world), &IStakedUSDai::settleAuctionCall {});
    world
}

#[test]
fn a_keeper_reveals_when_the_phase_comes_and_ends_when_it_is_told() {
    let world = month_with_bids();
    for signal in ["-TERM", "-INT"] {
        let mut keeper = Keeper::start(&world, keys::STRANGER, &world.url(), &[]);
        keeper.wait_for("started");
        if signal == "-TERM" {
            world.pass_until(world.suite().staking().unwrap().bid_end(0));
            keeper.wait_for("done");
            keeper.wait_for("done");
            assert_eq!(request_state(&world, 2).state, RequestState::Revealed);
            assert_eq!(request_state(&world, 3).state, RequestState::Revealed);
        }
        keeper.signal(signal);
        let (status, lines) = keeper.end();
        assert_eq!(status.code(), Some(0), "{lines:?}");
        assert_eq!(lines.last().unwrap()["outcome"], "stopped", "{lines:?}");
    }
}

#[test]
fn two_keepers_on_one_chain_do_everything_once() {
    let count = 12;
    let world = world_with_losers(count);
    let start = |key: u32| {
        let key = key.to_string();
        let arguments = [
            "--mnemonic-index",
            &key,
            "keeper",
            "--once",
            "--json",
            "--only",
            "restore",
        ];
        world
            .command(&arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let keepers = [start(keys::STRANGER), start(keys::BOB)];
    let runs = keepers.map(|keeper| Run::of(&keeper.wait_with_output().unwrap()).ok());
    assert_eq!(waiting(&world)[0], U256::ZERO);
    let restored: usize = runs.iter().map(|run| done(run).len()).sum();
    assert_eq!(u64::try_from(restored).unwrap(), count, "{runs:?}");
    for id in 1..=count {
        assert_eq!(request_state(&world, id).state, RequestState::Queued);
    }
}

#[test]
fn two_keepers_take_a_whole_auction_through_together() {
    let world = month_with_bids();
    let staking = world.suite().staking().unwrap();
    let mut keepers =
        [keys::STRANGER, keys::BOB].map(|key| Keeper::start(&world, key, &world.url(), &["--renew-before", "1 day"]));
    for keeper in &mut keepers {
        keeper.wait_for("started");
    }
    world.pass_until(staking.bid_end(0));
    until(|| {
        [2, 3]
            .iter()
            .all(|id| request_state(&world, *id).state == RequestState::Revealed)
    });
    world.pass_until(staking.epoch_end(0) + 3 * DAY);
    until(|| is_settled(&world, 0) && waiting(&world) == [U256::ZERO; 2]);
    for keeper in &mut keepers {
        keeper.signal("-TERM");
    }
    let mut jobs = Vec::new();
    for keeper in keepers {
        let (status, lines) = keeper.end();
        assert_eq!(status.code(), Some(0), "{lines:?}");
        assert!(lines.iter().all(|line| line["outcome"] != "failed"), "{lines:?}");
        let done = lines.iter().filter(|line| line["outcome"] == "done");
        jobs.extend(done.map(|line| line["job"].as_str().unwrap().to_owned()));
    }
    jobs.sort_unstable();
    assert_eq!(jobs, ["restore", "restore", "reveal", "reveal", "service", "settle"]);
}

#[test]
fn two_keepers_with_one_key_give_way_to_each_other() {
    let count = 12;
    let world = world_with_losers(count);
    let mut keepers = [(); 2].map(|()| Keeper::start(&world, keys::STRANGER, &world.url(), &["--only", "restore"]));
    until(|| waiting(&world)[0].is_zero());
    for keeper in &mut keepers {
        keeper.signal("-TERM");
    }
    // Where both sign the same transaction it is the same one, and is mined once.
    let mut transactions = BTreeSet::new();
    for keeper in keepers {
        let (status, lines) = keeper.end();
        assert_eq!(status.code(), Some(0), "{lines:?}");
        assert!(lines.iter().all(|line| line["outcome"] != "failed"), "{lines:?}");
        let done = lines.iter().filter(|line| line["outcome"] == "done");
        transactions.extend(done.map(|line| line["transaction"].to_string()));
    }
    assert_eq!(u64::try_from(transactions.len()).unwrap(), count);
}

#[test]
fn a_killed_keeper_leaves_nothing_that_the_next_one_would_miss() {
    let count = 12;
    let world = world_with_losers(count);
    let mut killed = Keeper::start(&world, keys::STRANGER, &world.url(), &["--only", "restore"]);
    killed.wait_for("done");
    killed.signal("-KILL");
    let (status, _) = killed.end();
    assert_eq!(status.code(), None);
    let left = waiting(&world)[0];
    assert!(
        left > U256::ZERO && left < whole(10 * count),
        "it was killed on the way"
    );
    let run = world
        .run_as(keys::STRANGER, &["keeper", "--once", "--json", "--only", "restore"])
        .ok();
    assert!(!done(&run).is_empty());
    assert_eq!(waiting(&world)[0], U256::ZERO);
}

#[test]
fn a_node_that_drops_out_is_waited_for() {
    let world = month_with_bids();
    let staking = world.suite().staking().unwrap();
    let proxy = Proxy::to(&world.url());
    let mut keeper = Keeper::start(&world, keys::STRATEGIST, &proxy.url(), &[]);
    keeper.wait_for("started");
    proxy.drop_out();
    let offline = keeper.wait_for("offline");
    assert!(
        offline["text"].as_str().unwrap().contains("the node does not answer"),
        "{offline}"
    );
    world.pass_until(staking.epoch_end(0));
    thread::sleep(Duration::from_secs(3));
    assert!(!is_settled(&world, 0));
    proxy.come_back();
    keeper.wait_for("back");
    until(|| is_settled(&world, 0) && waiting(&world)[0].is_zero());
    keeper.signal("-TERM");
    let (status, lines) = keeper.end();
    assert_eq!(status.code(), Some(0));
    assert_eq!(
        lines.iter().filter(|line| line["outcome"] == "offline").count(),
        1,
        "{lines:?}"
    );
    let once = world
        .command(&["--mnemonic-index", "10", "keeper", "--once"])
        .env("USDAI_RPC_URL", proxy.url())
        .output();
    assert!(once.unwrap().status.success());
    proxy.drop_out();
    let gone = world
        .command(&["--mnemonic-index", "10", "keeper", "--once"])
        .env("USDAI_RPC_URL", proxy.url())
        .output();
    assert!(Run::of(&gone.unwrap()).error().contains("cannot reach the node"));
}
