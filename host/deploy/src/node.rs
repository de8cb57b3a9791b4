//! The chain as its node answers: typed views, estimates, transactions, events. Everything goes over JSON-RPC.

use std::time::Duration;

use alloy_consensus::{SignableTransaction, Transaction, TxEip1559, TxEnvelope};
use alloy_eips::BlockNumberOrTag;
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, keccak256};
use alloy_provider::{Provider, RootProvider};
use alloy_rpc_client::ClientBuilder;
use alloy_rpc_types_eth::state::{AccountOverride, StateOverride};
use alloy_rpc_types_eth::{Filter, Log, TransactionInput, TransactionReceipt, TransactionRequest};
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::{SolCall, SolError};
use alloy_transport::layers::RetryBackoffLayer;
use alloy_transport::{RpcError, TransportError};
use anyhow::{Context, Result, bail, ensure};
use client::bindings::IArbWasm;
use client::reverts::describe_revert;
use client::stylus::ARB_WASM;

/// How long a transaction is waited for.
const PATIENCE: Duration = Duration::from_mins(5);
/// How often it is asked for meanwhile.
const PAUSE: Duration = Duration::from_millis(200);
/// More ether than anything here costs, for estimates only.
const PLENTY: U256 = U256::from_limbs([0, 0, 1, 0]);

/// A transaction that is not signed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Whom it calls; nobody for a creation.
    pub to: Option<Address>,
    /// Calldata, or code of a creation.
    pub data: Bytes,
    /// Wei sent along.
    pub value: U256,
}

impl Request {
    /// A call without ether.
    pub fn call(to: Address, call: &impl SolCall) -> Self {
        Self {
            to: Some(to),
            data: call.abi_encode().into(),
            value: U256::ZERO,
        }
    }

    fn from(&self, from: Address) -> TransactionRequest {
        TransactionRequest {
            from: Some(from),
            to: Some(self.to.map_or(TxKind::Create, TxKind::Call)),
            value: Some(self.value),
            input: TransactionInput::new(self.data.clone()),
            ..TransactionRequest::default()
        }
    }
}

/// A node of the chain.
#[derive(Clone, Debug)]
pub struct Node {
    provider: RootProvider,
    /// EIP-155 id.
    pub chain_id: u64,
}

impl Node {
    /// Connects, and refuses another chain than the configuration's.
    ///
    /// # Errors
    ///
    /// When nobody answers there, or another chain does.
    pub async fn connect(url: &str, chain_id: u64) -> Result<Self> {
        let parsed = url
            .parse()
            .ok()
            .with_context(|| format!("\"{url}\" is not the URL of a node"))?;
        // Public nodes answer so many requests a second; who is told to wait waits.
        let client = ClientBuilder::default()
            .layer(RetryBackoffLayer::new(10, 500, 300))
            .http(parsed);
        let provider = RootProvider::new(client);
        let answered: u64 = provider
            .get_chain_id()
            .await
            .map_err(told)
            .with_context(|| format!("no node answers at {url}"))?;
        ensure!(
            answered == chain_id,
            "the node at {url} is of chain {answered}; the configuration is for chain {chain_id}"
        );
        Ok(Self { provider, chain_id })
    }

    /// What `call` answers to anybody; `None` where there is no contract.
    ///
    /// # Errors
    ///
    /// When it reverts or answers something else than its ABI says.
    pub async fn view<C: SolCall>(&self, to: Address, call: &C) -> Result<Option<C::Return>> {
        let answer = self.ask(to, call.abi_encode().into()).await.context(C::SIGNATURE)?;
        if answer.is_empty() {
            return Ok(None);
        }
        let decoded = C::abi_decode_returns_validate(&answer);
        decoded
            .map(Some)
            .with_context(|| format!("{} of {to} answers no such thing", C::SIGNATURE))
    }

    /// The bytes that a call returns to anybody.
    ///
    /// # Errors
    ///
    /// When it reverts.
    pub async fn ask(&self, to: Address, data: Bytes) -> Result<Bytes> {
        let request = TransactionRequest {
            to: Some(TxKind::Call(to)),
            input: TransactionInput::new(data),
            ..TransactionRequest::default()
        };
        self.provider.call(request).await.map_err(told)
    }

    /// The hash of a contract's code; `None` where there is none.
    ///
    /// # Errors
    ///
    /// Of the node.
    pub async fn code_hash(&self, address: Address) -> Result<Option<B256>> {
        let code = self.provider.get_code_at(address).await.map_err(told)?;
        Ok((!code.is_empty()).then(|| keccak256(&code)))
    }

    /// An account's wei.
    ///
    /// # Errors
    ///
    /// Of the node.
    pub async fn balance(&self, account: Address) -> Result<U256> {
        self.provider.get_balance(account).await.map_err(told)
    }

    /// Wei per gas, as the node would pay.
    ///
    /// # Errors
    ///
    /// Of the node.
    pub async fn gas_price(&self) -> Result<u128> {
        self.provider.get_gas_price().await.map_err(told)
    }

    /// The newest block.
    ///
    /// # Errors
    ///
    /// Of the node.
    pub async fn block_number(&self) -> Result<u64> {
        self.provider.get_block_number().await.map_err(told)
    }

    /// The time of the newest block, in seconds.
    ///
    /// # Errors
    ///
    /// Of the node.
    pub async fn now(&self) -> Result<u64> {
        let latest = self.provider.get_block_by_number(BlockNumberOrTag::Latest);
        let block = latest.await.map_err(told)?.context("the node has no block")?;
        Ok(block.header.timestamp)
    }

    /// The number of an account's next transaction, once none of its transactions is on the way any more.
    ///
    /// # Errors
    ///
    /// When one stays on the way.
    pub async fn settled_nonce(&self, account: Address) -> Result<u64> {
        let begun = std::time::Instant::now();
        loop {
            let mined = self
                .provider
                .get_transaction_count(account)
                .latest()
                .await
                .map_err(told)?;
            let sent = self
                .provider
                .get_transaction_count(account)
                .pending()
                .await
                .map_err(told)?;
            if mined >= sent {
                return Ok(mined);
            }
            ensure!(
                begun.elapsed() < PATIENCE,
                "{} transactions of {account} are still on the way; run the command again when they are mined",
                sent - mined
            );
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Gas that a transaction takes, whatever ether its sender has.
    ///
    /// # Errors
    ///
    /// When it would revert, with the reason in words.
    pub async fn estimate(&self, from: Address, request: &Request) -> Result<u64> {
        let rich = AccountOverride {
            balance: Some(PLENTY),
            ..AccountOverride::default()
        };
        let estimate = self
            .provider
            .estimate_gas(request.from(from))
            .account_override(from, rich);
        estimate.await.map_err(told)
    }

    /// What activating a program with this code costs in wei beside the gas: nothing where the code is active already.
    ///
    /// # Errors
    ///
    /// When the chain refuses the program.
    pub async fn activation_fee(&self, code: &Bytes) -> Result<U256> {
        // Nobody is there; the call pretends that the program is.
        let program = Address::from_word(keccak256(code));
        let request = Request {
            value: U256::from(1_000_000_000_000_000_000_u64),
            ..Request::call(ARB_WASM, &IArbWasm::activateProgramCall { program })
        };
        let mut pretended = StateOverride::default();
        let with_code = AccountOverride {
            code: Some(code.clone()),
            ..AccountOverride::default()
        };
        let rich = AccountOverride {
            balance: Some(PLENTY),
            ..AccountOverride::default()
        };
        let payer = Address::repeat_byte(0x11);
        pretended.insert(program, with_code);
        pretended.insert(payer, rich);
        match self.provider.call(request.from(payer)).overrides(pretended).await {
            Ok(answer) => Ok(IArbWasm::activateProgramCall::abi_decode_returns(&answer)
                .context("ArbWasm answers something else than a fee")?
                .dataFee),
            Err(error)
                if revert_data(&error).is_some_and(|data| data.starts_with(&IArbWasm::ProgramUpToDate::SELECTOR)) =>
            {
                Ok(U256::ZERO)
            }
            Err(error) => Err(told(error)).context("the chain would not activate this program"),
        }
    }

    /// Signs and sends; the hash is that under which the chain will know it.
    ///
    /// # Errors
    ///
    /// When the node refuses it.
    pub async fn send(&self, key: &PrivateKeySigner, nonce: u64, gas_limit: u64, request: &Request) -> Result<B256> {
        let transaction = TxEip1559 {
            chain_id: self.chain_id,
            nonce,
            gas_limit,
            // The base fee may rise until the transaction is in a block; what is above it is not paid.
            max_fee_per_gas: self.gas_price().await?.saturating_mul(2),
            max_priority_fee_per_gas: 0,
            to: request.to.map_or(TxKind::Create, TxKind::Call),
            value: request.value,
            access_list: Vec::new().into(),
            input: request.data.clone(),
        };
        let signature = key.sign_hash_sync(&transaction.signature_hash())?;
        let signed = TxEnvelope::from(transaction.into_signed(signature));
        let sent = self.provider.send_raw_transaction(&signed.encoded_2718()).await;
        // Its receipt is asked for under the hash that it must have, not under the one that the node says.
        let _ = sent.map_err(told).context("the node refuses the transaction")?;
        Ok(*signed.tx_hash())
    }

    /// The receipt of a transaction that was sent.
    ///
    /// # Errors
    ///
    /// When it is not mined for long.
    pub async fn receipt(&self, hash: B256) -> Result<TransactionReceipt> {
        let begun = std::time::Instant::now();
        loop {
            if let Some(receipt) = self.provider.get_transaction_receipt(hash).await.map_err(told)? {
                return Ok(receipt);
            }
            if begun.elapsed() > PATIENCE {
                bail!("the transaction {hash} is not mined; run the command again: it goes on where it stopped");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Whom a transaction called, and with what; `None` when the node does not know it.
    ///
    /// # Errors
    ///
    /// Of the node.
    pub async fn transaction(&self, hash: B256) -> Result<Option<(Option<Address>, Bytes)>> {
        let found = self.provider.get_transaction_by_hash(hash).await.map_err(told)?;
        Ok(found.map(|transaction| (transaction.to(), transaction.input().clone())))
    }

    /// Events of `emitters` with one of `topics`, from a block to the newest, in order.
    ///
    /// Nodes limit how many blocks one question may span: it is halved until they answer.
    ///
    /// # Errors
    ///
    /// When a node does not even answer for one block.
    pub async fn events(&self, emitters: &[Address], topics: &[B256], from_block: u64) -> Result<Vec<Log>> {
        let newest = self.block_number().await?;
        let (mut from, mut span, mut found) = (from_block, newest.saturating_sub(from_block), Vec::new());
        while from <= newest {
            let to = from.saturating_add(span).min(newest);
            let filter = Filter::new()
                .address(emitters.to_vec())
                .event_signature(topics.to_vec())
                .from_block(from)
                .to_block(to);
            match self.provider.get_logs(&filter).await {
                Ok(logs) => {
                    found.extend(logs);
                    from = to.saturating_add(1);
                    span = span.saturating_mul(2);
                }
                Err(RpcError::ErrorResp(_)) if span > 0 => span /= 2,
                Err(error) => return Err(told(error)).context("the node does not tell the events"),
            }
        }
        Ok(found)
    }
}

/// An error of the node in words; what reverts is decoded.
fn told(error: TransportError) -> anyhow::Error {
    match (revert_data(&error), &error) {
        (Some(data), _) => anyhow::anyhow!("reverts: {}", describe_revert(&data)),
        (None, RpcError::ErrorResp(answer)) => anyhow::anyhow!("the node answers: {}", answer.message),
        _ => anyhow::Error::new(error),
    }
}

fn revert_data(error: &TransportError) -> Option<Bytes> {
    error.as_error_resp()?.as_revert_data()
}
