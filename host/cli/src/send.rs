//! Transactions: estimated, signed, sent once, and waited for.

use std::fmt;
use std::time::{Duration, Instant};

use alloy_eips::BlockId;
use alloy_eips::eip2718::Encodable2718;
use alloy_network::{EthereumWallet, NetworkTransactionBuilder, TransactionBuilder};
use alloy_primitives::{B256, Bytes, U256, keccak256};
use alloy_provider::Provider;
use alloy_rpc_types_eth::{TransactionReceipt, TransactionRequest};
use alloy_signer_local::PrivateKeySigner;
use alloy_transport::RpcError;
use anyhow::{Result, bail};

use crate::amount::thousands;
use crate::context::{Context, words};
use crate::plan::{Step, ether, refusal};

/// How often a transaction is signed anew because another one of the account came first.
const NONCE_ATTEMPTS: usize = 4;
/// How often the same signed transaction is handed to a node that does not answer.
const SEND_ATTEMPTS: usize = 3;
/// How long a transaction is waited for.
const PATIENCE: Duration = Duration::from_mins(3);
/// The pause before asking again, at first and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// Signs and sends for one account.
#[derive(Debug)]
pub struct Sender<'a> {
    context: &'a Context,
    signer: PrivateKeySigner,
    manner: Manner,
}

/// How to send.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// Wei that a transaction may cost at most, what it sends along included.
    pub limit: Option<U256>,
    /// Whether nothing is said on the way.
    pub quiet: bool,
    /// Whether to give up, rather than to sign anew, when another transaction of the account came first.
    pub gives_way: bool,
}

/// A transaction would cost more than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooDear {
    /// Wei that it may come to cost.
    pub most: U256,
    /// Wei that it may cost.
    pub limit: U256,
}

impl fmt::Display for TooDear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "it may cost {}, above the limit of {}",
            ether(self.most),
            ether(self.limit)
        )
    }
}

impl std::error::Error for TooDear {}

/// Another transaction of the account came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overtaken;

impl fmt::Display for Overtaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("another transaction of the account came first")
    }
}

impl std::error::Error for Overtaken {}

/// What a node made of a transaction.
enum Sent {
    Taken,
    NonceTooLow,
}

impl<'a> Sender<'a> {
    /// With the key that the options name.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn new(context: &'a Context) -> Result<Self> {
        let signer = context.signer()?;
        Ok(Self {
            context,
            signer,
            manner: Manner::default(),
        })
    }

    /// In another manner than people are served.
    #[must_use]
    pub fn with_manner(self, manner: Manner) -> Self {
        Self { manner, ..self }
    }

    fn say(&self, text: impl AsRef<str>) {
        if !self.manner.quiet {
            self.context.out.progress(text);
        }
    }

    /// Sends a step and waits until it is mined. `place` is where it stands among others.
    ///
    /// # Errors
    ///
    /// When the node refuses it, when it reverts, or when it is not mined in time; the message has its hash then.
    pub async fn send(&self, step: &Step, place: &str) -> Result<TransactionReceipt> {
        let request = self.request(step).await?;
        for _ in 0..NONCE_ATTEMPTS {
            let (hash, raw) = self.sign(request.clone()).await?;
            self.say(format!("{}{place}: sending {hash}", step.text));
            match self.hand_over(hash, &raw).await? {
                Sent::Taken => return self.wait(step, hash).await,
                Sent::NonceTooLow if self.manner.gives_way => return Err(Overtaken.into()),
                Sent::NonceTooLow => self.say(format!("{Overtaken}; signing anew")),
            }
        }
        bail!(
            "cannot {}: other transactions of the account keep coming first",
            step.text
        )
    }

    /// The transaction but for its nonce, with gas and fees as the node says.
    async fn request(&self, step: &Step) -> Result<TransactionRequest> {
        let provider = &self.context.provider;
        let from = self.signer.address();
        let mut request = TransactionRequest::default()
            .with_from(from)
            .with_to(step.to)
            .with_value(step.value)
            .with_input(step.data.clone())
            .with_chain_id(self.context.chain_id());
        let gas = match provider.estimate_gas(request.clone()).block(BlockId::pending()).await {
            Ok(gas) => gas,
            Err(RpcError::ErrorResp(payload)) => match payload.as_revert_data() {
                Some(data) => return Err(refusal(step, &data)),
                None => bail!("cannot {}: the node answers: {}", step.text, payload.message),
            },
            Err(error) => return Err(words(error)),
        };
        let fees = provider.estimate_eip1559_fees().await.map_err(words)?;
        // A fifth more than estimated: the state may have moved by then, and what is not used is not paid.
        let limit = gas.saturating_add(gas / 5);
        request.set_gas_limit(limit);
        request.set_max_fee_per_gas(fees.max_fee_per_gas);
        request.set_max_priority_fee_per_gas(fees.max_priority_fee_per_gas);
        let most = U256::from(limit) * U256::from(fees.max_fee_per_gas) + step.value;
        if let Some(limit) = self.manner.limit.filter(|limit| most > *limit) {
            return Err(TooDear { most, limit }.into());
        }
        let balance = self.context.ether(from).await?;
        if balance < most {
            bail!(
                "cannot {}: {from} holds {}, and the transaction may cost {}",
                step.text,
                ether(balance),
                ether(most)
            );
        }
        Ok(request)
    }

    async fn sign(&self, request: TransactionRequest) -> Result<(B256, Bytes)> {
        let from = self.signer.address();
        let nonce = self
            .context
            .provider
            .get_transaction_count(from)
            .pending()
            .await
            .map_err(words)?;
        let wallet = EthereumWallet::from(self.signer.clone());
        let raw = request.with_nonce(nonce).build(&wallet).await?.encoded_2718();
        Ok((keccak256(&raw), raw.into()))
    }

    /// Gives the node a signed transaction. The same one can be given again without harm, so a connection that breaks is
    /// no reason to sign another.
    async fn hand_over(&self, hash: B256, raw: &Bytes) -> Result<Sent> {
        let provider = &self.context.provider;
        let mut pause = PAUSES.0;
        let mut attempt = 1;
        loop {
            match provider.send_raw_transaction(raw).await {
                Ok(_) => return Ok(Sent::Taken),
                Err(RpcError::ErrorResp(payload)) => {
                    let message = payload.message.to_lowercase();
                    // It may have been taken although the answer was lost.
                    let known = message.contains("already known") || (attempt > 1 && self.is_known(hash).await);
                    return match message {
                        _ if known => Ok(Sent::Taken),
                        message if message.contains("nonce too low") => Ok(Sent::NonceTooLow),
                        message if message.contains("underpriced") && self.manner.gives_way => Err(Overtaken.into()),
                        message if message.contains("underpriced") => bail!(
                            "another transaction of the account is pending with the same nonce: wait until it is mined"
                        ),
                        _ => bail!("the node does not take the transaction: {}", payload.message),
                    };
                }
                Err(_) if attempt < SEND_ATTEMPTS => {
                    self.say("the node does not answer; handing the same transaction over again");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 4).min(PAUSES.1);
                    attempt += 1;
                }
                Err(error) => bail!("{}: the transaction {hash} may have been taken or not", words(error)),
            }
        }
    }

    async fn is_known(&self, hash: B256) -> bool {
        matches!(self.context.provider.get_transaction_by_hash(hash).await, Ok(Some(_)))
    }

    async fn wait(&self, step: &Step, hash: B256) -> Result<TransactionReceipt> {
        let started = Instant::now();
        let mut pause = PAUSES.0;
        let mut told = false;
        loop {
            // A node that does not answer for a while is asked again until the patience ends.
            if let Ok(Some(receipt)) = self.context.provider.get_transaction_receipt(hash).await {
                if receipt.status() {
                    let block = receipt.block_number.unwrap_or_default();
                    self.say(format!(
                        "mined in block {block}, {} gas",
                        thousands(U256::from(receipt.gas_used))
                    ));
                    return Ok(receipt);
                }
                return Err(self.reverted(step, &receipt).await);
            }
            if started.elapsed() > PATIENCE {
                bail!(
                    "the transaction {hash} was sent and is not mined after {} s: look for it before sending anew",
                    PATIENCE.as_secs()
                );
            }
            if !told && started.elapsed() > PAUSES.1 {
                told = true;
                self.say("waiting for it to be mined");
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// Why a mined transaction failed: what it would be refused for now.
    async fn reverted(&self, step: &Step, receipt: &TransactionReceipt) -> anyhow::Error {
        let request = TransactionRequest::default()
            .with_from(self.signer.address())
            .with_to(step.to)
            .with_value(step.value)
            .with_input(step.data.clone());
        let again = self.context.provider.call(request).block(BlockId::pending()).await;
        let why = match again {
            Err(RpcError::ErrorResp(payload)) => payload.as_revert_data().map(|data| refusal(step, &data)),
            _ => None,
        };
        let hash = receipt.transaction_hash;
        match why {
            Some(why) => why.context(format!("the transaction {hash} was mined and reverted")),
            None => anyhow::anyhow!("the transaction {hash} was mined and reverted: cannot {}", step.text),
        }
    }
}
