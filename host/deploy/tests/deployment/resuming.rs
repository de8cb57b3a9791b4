//! Deployments that are interrupted.

use std::collections::BTreeSet;

use alloy_primitives::B256;
use anyhow::bail;
use deploy::session::Event;

use crate::world::{World, assert_right};

/// Where a run is stopped.
#[derive(Clone, Copy, PartialEq)]
enum Stop {
    /// The transaction is in a block, and the record does not know of it.
    Sent,
    /// The record was written.
    Done,
}

/// Every run takes one step, so each of them goes on after each step; some are tried to the end, and undone.
async fn step_by_step(world: &World, stop: Stop, end: B256) -> usize {
    let mut titles = BTreeSet::new();
    loop {
        if titles.len() % 4 == 1 && stop == Stop::Done {
            let (fresh, record) = (world.chain().snapshot(), world.record());
            world.deploy().await;
            assert_eq!(world.block_hash(), end, "from step {} on", titles.len());
            assert!(world.chain().revert(fresh));
            record.write(&world.record_path()).unwrap();
        }
        let mut session = world.open(&world.inputs()).await.unwrap();
        let mut taken = None;
        let mut watch = |event: &Event| match (event, stop) {
            (Event::Sent { title, .. }, Stop::Sent) | (Event::Done { title, .. }, Stop::Done) => {
                taken = Some((*title).to_owned());
                bail!("stopped")
            }
            _ => Ok(()),
        };
        match session.run(&world.key(), &mut watch).await {
            Ok(rows) => {
                assert_right(&rows);
                assert_eq!(taken, None);
                return titles.len();
            }
            Err(error) => {
                assert_eq!(error.to_string(), "stopped", "{taken:?}");
                let title = taken.expect("it was stopped at a step");
                assert!(titles.insert(title.clone()), "{title} was done twice");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_after_every_step_the_result_is_that_of_an_uninterrupted_run() {
    let whole = World::new();
    let session = whole.deploy().await;
    for stop in [Stop::Sent, Stop::Done] {
        let world = World::new();
        let taken = step_by_step(&world, stop, whole.block_hash()).await;
        assert_eq!(taken, session.steps.len());
        // The same transactions in the same blocks: what was sent was recognised, and nothing was sent twice.
        assert_eq!(world.record(), whole.record());
        assert_eq!(world.block_hash(), whole.block_hash());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_record_a_deployment_is_found_again_on_the_chain() {
    let world = World::new();
    let written = world.deploy().await.record;
    std::fs::remove_file(world.record_path()).unwrap();

    // The auction's calendar is part of its address, and the double of Uniswap's factory stands where its creator's nonce
    // put it: say the first, and take the others as they are.
    let externals = format!(
        "[externals]\nwm = \"{}\"\nswap_router = \"{}\"\n\n[externals.tokens.usdc]\naddress = \"{}\"\nfee = \"0.01 \
         %\"\n\n[externals.tokens.usdt]\naddress = \"{}\"\nfee = \"0.01 %\"\n",
        written.external("wm").unwrap(),
        written.external("swap-router").unwrap(),
        written.external("usdc").unwrap(),
        written.external("usdt").unwrap(),
    );
    let configuration = crate::world::LOCAL
        .replace("[fixtures]\nwm_yield = \"5 %\"\n", &externals)
        .replace("\"in 1 day\"", "\"2026-01-02T00:00:00Z\"");
    let before = world.block_hash();
    let (session, rows) = world.run(&world.inputs_of(&configuration)).await.unwrap();
    assert_right(&rows);
    assert_eq!(world.block_hash(), before);
    assert_eq!(session.record.contracts, written.contracts);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_a_local_chain_that_is_no_more_is_replaced() {
    let gone = World::new();
    let old = gone.deploy().await.record;
    let world = World::of(devnet::ChainConfig {
        genesis_timestamp: 1_800_000_000,
        ..devnet::ChainConfig::default()
    });
    old.write(&world.record_path()).unwrap();
    let new = world.deploy().await.record;
    assert_eq!(new.genesis, 1_800_086_400);
    assert_ne!(new.contracts, old.contracts);
}
