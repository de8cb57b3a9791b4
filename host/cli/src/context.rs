//! What every command works with: the deployment, the node, the account, and where to print.

use std::time::Duration;

use alloy_eips::BlockId;
use alloy_network::TransactionBuilder;
use alloy_primitives::{Address, Bytes, U256, address};
use alloy_provider::{Provider, RootProvider};
use alloy_rpc_client::ClientBuilder;
use alloy_rpc_types_eth::state::{AccountOverride, StateOverride};
use alloy_rpc_types_eth::{Filter, Log, TransactionRequest};
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::SolCall;
use alloy_transport::layers::RetryBackoffLayer;
use alloy_transport::{RpcError, TransportErrorKind};
use anyhow::{Context as _, Result, anyhow, bail, ensure};
use client::deployment::{Deployment, names};

use crate::amount::Unit;
use crate::batch::{self, Answer, Call};
use crate::keys;
use crate::network::{self, LOCAL_CHAIN_ID, WhenBusy};
use crate::options::Global;
use crate::output::Output;
use crate::plan::Step;
use crate::reads::{Answers, Reads};
use crate::refusals::explain;
use crate::tokens::Token;

/// An address that nobody uses, over which batches of views are laid.
const READER: Address = address!("0x00000000000000000000000000005dA1C0DE0001");
/// Gas of a batch: the most that Arbitrum's nodes give a call.
const BATCH_GAS: u64 = 50_000_000;
/// How long a node may take for one answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a request is repeated that a node refuses because there were too many, and the pause before it in ms.
const RETRIES: (u32, u64) = (6, 400);

/// What the contracts are called, by their names in the record.
const CONTRACTS: [(&str, &str); 7] = [
    (names::USDAI, "USDai"),
    (names::SWAP_ADAPTER, "the swap adapter"),
    (names::VAULT, "sUSDai"),
    (names::AUCTION, "the auction"),
    (names::CALIBER, "CALIBER"),
    (names::POOL, "the loan pool"),
    (names::COLLATERAL_AUCTION, "the collateral auction"),
];

/// What every command works with.
#[derive(Debug)]
pub struct Context {
    /// The options that all commands have.
    pub options: Global,
    /// Where the contracts are.
    pub deployment: Deployment,
    /// The node.
    pub provider: RootProvider,
    /// Where to print.
    pub out: Output,
}

impl Context {
    /// Reads the network's record and connects to its node, which must be of the recorded chain.
    ///
    /// # Errors
    ///
    /// When there is no record or no node, or the node is of another chain.
    pub async fn connect(options: Global) -> Result<Self> {
        let deployment = network::read_deployment(&options.network, options.deployments.as_deref())?;
        let node = match &options.rpc_url {
            Some(node) => node.clone(),
            None => network::default_node(&options.network)?.to_owned(),
        };
        let url: reqwest::Url = node.parse().context("--rpc-url is no URL of a node")?;
        // The rest of it may be a secret.
        let shown = url.origin().ascii_serialization();
        let http = reqwest::Client::builder().timeout(PATIENCE).build()?;
        let (retries, pause) = RETRIES;
        let client = ClientBuilder::default()
            .layer(RetryBackoffLayer::new_with_policy(retries, pause, u64::MAX, WhenBusy))
            .http_with_client(http, url);
        let provider = RootProvider::new(client);
        let chain_id = provider.get_chain_id().await.map_err(|error| match error {
            RpcError::Transport(_) => anyhow!(
                "cannot reach the node at {shown} ({}): is it running? (the local chain: scripts/devnet.sh; another \
                 node: --rpc-url)",
                cause(&error)
            ),
            error => anyhow!("the node at {shown} does not say its chain: {error}"),
        })?;
        ensure!(
            chain_id == deployment.chain_id,
            "the node at {shown} is of the chain {chain_id}, but the deployment {:?} is on the chain {}",
            deployment.network,
            deployment.chain_id
        );
        Ok(Self {
            out: Output::new(options.json),
            options,
            deployment,
            provider,
        })
    }

    /// EIP-155 id of the chain.
    pub fn chain_id(&self) -> u64 {
        self.deployment.chain_id
    }

    /// The account that a command is about or that acts.
    ///
    /// # Errors
    ///
    /// When neither an address nor a key is given.
    pub fn account(&self) -> Result<Address> {
        keys::address(&self.options, self.chain_id())
    }

    /// The key of the account that acts.
    ///
    /// # Errors
    ///
    /// When there is none, or it is that of another account than the one named.
    pub fn signer(&self) -> Result<PrivateKeySigner> {
        let signer = keys::load(&self.options, self.chain_id())?;
        match self.options.account {
            Some(account) if account != signer.address() => bail!(
                "the key is that of {}, but --account names {account}: without a key for it nothing can be sent",
                signer.address()
            ),
            _ => Ok(signer),
        }
    }

    /// Refuses any chain but the local one.
    ///
    /// # Errors
    ///
    /// On another chain.
    pub fn require_local(&self) -> Result<()> {
        ensure!(
            self.chain_id() == LOCAL_CHAIN_ID,
            "this is for the local chain only, and {:?} is the chain {}",
            self.deployment.network,
            self.chain_id()
        );
        Ok(())
    }

    /// Where USDai is.
    ///
    /// # Errors
    ///
    /// When it is not deployed; as for all of these.
    pub fn usdai(&self) -> Result<Address> {
        self.deployment.contract(names::USDAI)
    }

    /// Where sUSDai is.
    ///
    /// # Errors
    ///
    /// When it is not deployed.
    pub fn vault(&self) -> Result<Address> {
        self.deployment.contract(names::VAULT)
    }

    /// Where the redemption queue and its auction are.
    ///
    /// # Errors
    ///
    /// When they are not deployed.
    pub fn auction(&self) -> Result<Address> {
        self.deployment.contract(names::AUCTION)
    }

    /// Where CALIBER is.
    ///
    /// # Errors
    ///
    /// When it is not deployed.
    pub fn caliber(&self) -> Result<Address> {
        self.deployment.contract(names::CALIBER)
    }

    /// Where the loan pool is.
    ///
    /// # Errors
    ///
    /// When it is not deployed.
    pub fn pool(&self) -> Result<Address> {
        self.deployment.contract(names::POOL)
    }

    /// USDai as a token.
    ///
    /// # Errors
    ///
    /// When it is not deployed.
    pub fn usdai_token(&self) -> Result<Token> {
        Ok(Token::new(self.usdai()?, Unit::usdai()))
    }

    /// What an address is called: a contract of the suite by what people call it, one of others by its name in the
    /// record, and anything else by the address itself.
    pub fn name_of(&self, address: Address) -> String {
        let own = self
            .deployment
            .contracts
            .iter()
            .find(|(_, contract)| contract.address == address);
        if let Some((name, _)) = own {
            let known = CONTRACTS.iter().find(|(recorded, _)| recorded == name);
            return known.map_or(name.as_str(), |(_, called)| called).to_owned();
        }
        let foreign = self.deployment.externals.iter().find(|(_, place)| **place == address);
        foreign.map_or_else(|| address.to_string(), |(name, _)| name.clone())
    }

    /// Reads views, all at the same moment: that of the next block.
    ///
    /// # Errors
    ///
    /// When the node does not answer. What a view itself refuses is told when its answer is taken.
    pub async fn read(&self, reads: Reads) -> Result<Answers> {
        let (now, answers) = self.run_batch(READER, reads.calls()).await?;
        Ok(Answers::new(now, reads, answers))
    }

    /// Reads one view.
    ///
    /// # Errors
    ///
    /// When the node does not answer, or the view refuses.
    pub async fn view<C: SolCall>(&self, to: Address, call: &C) -> Result<C::Return> {
        let mut reads = Reads::new();
        let read = reads.add(to, call);
        self.read(reads).await?.get(read)
    }

    /// Asks what only the node itself answers, which contracts cannot.
    ///
    /// # Errors
    ///
    /// When it does not.
    pub(crate) async fn node_view<C: SolCall>(&self, to: Address, call: &C) -> Result<C::Return> {
        let request = TransactionRequest::default().with_to(to).with_input(call.abi_encode());
        let output = self.provider.call(request).await.map_err(words)?;
        Ok(C::abi_decode_returns(&output)?)
    }

    /// The time of the next block, as far as the node knows it.
    ///
    /// # Errors
    ///
    /// When the node does not answer.
    pub async fn now(&self) -> Result<u64> {
        Ok(self.run_batch(READER, &[]).await?.0)
    }

    /// Wei of an account.
    ///
    /// # Errors
    ///
    /// When the node does not answer.
    pub async fn ether(&self, account: Address) -> Result<U256> {
        self.provider.get_balance(account).await.map_err(words)
    }

    /// Makes calls of `account` one on top of the other, on the state of the next block, without leaving a trace.
    pub(crate) async fn run_batch(&self, account: Address, calls: &[Call]) -> Result<(u64, Vec<Answer>)> {
        let laid_over = AccountOverride {
            code: Some(batch::assemble(calls)?),
            ..AccountOverride::default()
        };
        let request = TransactionRequest::default()
            .with_to(account)
            .with_gas_limit(BATCH_GAS)
            .with_input(Bytes::from_static(&batch::START));
        let output = self
            .provider
            .call(request)
            .block(BlockId::pending())
            .overrides(StateOverride::from_iter([(account, laid_over)]))
            .await
            .map_err(words)?;
        batch::read(&output)
    }

    /// What a step would answer if `account` sent it now: its output, or why it would be refused.
    ///
    /// # Errors
    ///
    /// When the node does not answer.
    pub(crate) async fn rehearse(&self, account: Address, step: &Step) -> Result<Result<Bytes, Bytes>> {
        let call = Call {
            to: step.to,
            value: step.value,
            data: step.data.clone(),
            stops: true,
        };
        let (_, answers) = self.run_batch(account, &[call]).await?;
        let answer = answers.into_iter().next().context("the node left answers out")?;
        Ok(if answer.success {
            Ok(answer.output)
        } else {
            Err(answer.output)
        })
    }

    /// The logs that match `filter` since the suite was deployed, oldest first. A range that a node refuses as too long
    /// is asked for in halves.
    ///
    /// # Errors
    ///
    /// When the node refuses even single blocks.
    pub async fn logs(&self, filter: &Filter) -> Result<Vec<Log>> {
        Ok(self.logs_from(filter, 0).await?.0)
    }

    /// As [`Context::logs`], from a block on; and the block from which the next logs are to be read. A chain that has
    /// fewer blocks than that has begun anew, and is read from its beginning.
    ///
    /// # Errors
    ///
    /// As [`Context::logs`].
    pub async fn logs_from(&self, filter: &Filter, block: u64) -> Result<(Vec<Log>, u64)> {
        let newest = self.provider.get_block_number().await.map_err(words)?;
        let first = self.deployment.contracts.values().map(|contract| contract.block).min();
        let next = newest.saturating_add(1);
        let from = if block > next { 0 } else { block };
        if from == next {
            return Ok((Vec::new(), next));
        }
        // Ranges still to be asked for, the next one last.
        let mut ranges = vec![(from.max(first.unwrap_or_default()), newest)];
        let mut logs = Vec::new();
        while let Some((from, to)) = ranges.pop() {
            match self
                .provider
                .get_logs(&filter.clone().from_block(from).to_block(to))
                .await
            {
                Ok(found) => logs.extend(found),
                Err(RpcError::ErrorResp(_)) if from < to => {
                    let middle = from + (to - from) / 2;
                    ranges.push((middle + 1, to));
                    ranges.push((from, middle));
                }
                Err(error) => return Err(words(error)),
            }
        }
        Ok((logs, next))
    }
}

/// A node's error in words; a revert's with the contract's reason.
#[allow(clippy::needless_pass_by_value, reason = "the form that `map_err` takes")]
pub(crate) fn words(error: RpcError<TransportErrorKind>) -> anyhow::Error {
    match &error {
        RpcError::ErrorResp(payload) => match payload.as_revert_data() {
            Some(data) => anyhow!("refused: {}", explain(&data, &Unit::number())),
            None => anyhow!("the node answers: {}", payload.message),
        },
        RpcError::Transport(_) => anyhow!("the node does not answer: {}", cause(&error)),
        _ => anyhow!("the node's answer makes no sense: {error}"),
    }
}

/// The innermost cause of an error: those around it repeat the node's URL, which may be a secret.
fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
