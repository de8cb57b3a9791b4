//! A local chain that is served, and deployments to it.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use alloy_primitives::{Address, B256};
use alloy_signer_local::PrivateKeySigner;
use anyhow::{Result, bail};
use client::artifacts::Artifacts;
use client::deployment::Deployment;
use deploy::blueprint::{Codes, read_codes};
use deploy::config::Settings;
use deploy::node::Node;
use deploy::session::{Event, Inputs, Session};
use deploy::verify::Row;
use devnet::rpc::{ServerHandle, serve};
use devnet::{Chain, ChainConfig};
use parking_lot::{Mutex, MutexGuard};
use tempfile::TempDir;

/// The configuration of the local chain, as it is published.
pub(crate) const LOCAL: &str = include_str!("../../../../deployments/local.toml");
/// The admin in it.
pub(crate) const ADMIN: usize = 1;
/// Who pauses and keeps the lists in it.
pub(crate) const PAUSER: usize = 2;
/// Somebody without any role.
pub(crate) const STRANGER: usize = 9;

/// A served chain and a folder for the record.
pub(crate) struct World {
    chain: Arc<Mutex<Chain>>,
    server: ServerHandle,
    folder: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::of(ChainConfig::default())
    }

    pub(crate) fn of(config: ChainConfig) -> Self {
        let chain = Arc::new(Mutex::new(Chain::new(config)));
        let server = serve(Arc::clone(&chain), ([127, 0, 0, 1], 0).into()).expect("a free port");
        Self {
            chain,
            server,
            folder: TempDir::new().expect("a folder"),
        }
    }

    pub(crate) fn chain(&self) -> MutexGuard<'_, Chain> {
        self.chain.lock()
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// Account `index` of the chain.
    pub(crate) fn account(&self, index: usize) -> Address {
        self.chain().accounts()[index]
    }

    /// The deployer's key.
    pub(crate) fn key(&self) -> PrivateKeySigner {
        self.chain().signer(0).clone()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn record_path(&self) -> PathBuf {
        self.file("local.json")
    }

    pub(crate) fn record(&self) -> Deployment {
        Deployment::read(&self.record_path()).expect("a record")
    }

    /// What a run on the local chain is told.
    pub(crate) fn inputs(&self) -> Inputs {
        self.inputs_of(LOCAL)
    }

    /// The same with another configuration.
    pub(crate) fn inputs_of(&self, configuration: &str) -> Inputs {
        Inputs {
            settings: Settings::parse("local", configuration).expect("a configuration"),
            codes: codes(),
            artifacts: Artifacts::default(),
            record: self.record_path(),
            rpc_url: Some(self.url()),
            git_commit: "0123456789012345678901234567890123456789".into(),
            compiler: "rustc 1.0.0".into(),
        }
    }

    pub(crate) async fn open(&self, inputs: &Inputs) -> Result<Session> {
        Session::open(inputs, self.key().address()).await
    }

    /// Deploys, and expects that everything is right.
    pub(crate) async fn deploy(&self) -> Session {
        let (session, rows) = self.run(&self.inputs()).await.expect("a deployment");
        assert_right(&rows);
        session
    }

    /// Deploys what `inputs` say.
    pub(crate) async fn run(&self, inputs: &Inputs) -> Result<(Session, Vec<Row>)> {
        let mut session = self.open(inputs).await?;
        let rows = session.run(&self.key(), &mut |_| Ok(())).await?;
        Ok((session, rows))
    }

    /// Runs until the transaction of a step whose title contains `title` is to be sent next.
    pub(crate) async fn run_until_before(&self, title: &str) {
        let mut session = self.open(&self.inputs()).await.expect("a deployment");
        let titles: Vec<String> = session.steps.iter().map(|step| step.title.clone()).collect();
        let index = titles
            .iter()
            .position(|other| other.contains(title))
            .expect("a step of that title");
        let mut watch = |event: &Event| match event {
            Event::Done { done, .. } if *done == index => bail!("stopped"),
            _ => Ok(()),
        };
        let stopped = session.run(&self.key(), &mut watch).await.unwrap_err();
        assert_eq!(stopped.to_string(), "stopped");
    }

    pub(crate) async fn node(&self) -> Node {
        let chain_id = self.chain().config().chain_id;
        Node::connect(&self.url(), chain_id).await.expect("a node")
    }

    /// Blocks, and the deployer's transactions: what changes when anything is sent.
    pub(crate) fn sent(&self) -> (u64, u64) {
        let deployer = self.account(0);
        let chain = self.chain();
        (chain.block_number(), chain.nonce(deployer))
    }

    pub(crate) fn block_hash(&self) -> B256 {
        self.chain().head().hash
    }
}

/// The built programs, compressed once for all tests.
pub(crate) fn codes() -> Codes {
    static CODES: OnceLock<Codes> = OnceLock::new();
    CODES
        .get_or_init(|| read_codes(&Artifacts::default()).expect("the programs"))
        .clone()
}

/// All that is wrong, as people read it.
pub(crate) fn wrong(rows: &[Row]) -> Vec<String> {
    let wrong = rows.iter().filter(|row| !row.is_right());
    wrong
        .map(|row| format!("{}: {} instead of {}", row.what, row.found, row.expected))
        .collect()
}

pub(crate) fn assert_right(rows: &[Row]) {
    assert!(rows.len() > 100, "only {} comparisons", rows.len());
    assert_eq!(wrong(rows), Vec::<String>::new());
}
