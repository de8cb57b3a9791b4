//! The public types around [`Chain`](super::Chain).

use alloy_consensus::{Header, TxEnvelope};
use alloy_eips::eip2930::AccessList;
use alloy_primitives::{Address, B256, Bloom, Bytes, Log, U256};
use alloy_rpc_types_eth::BlockOverrides;
use alloy_rpc_types_eth::state::StateOverride;
use stylus_vm::EngineConfig;

/// Where block timestamps come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Clock {
    /// Time stands still but when it is moved ([`increase_time`](super::Chain::increase_time) and the like): runs repeat
    /// exactly.
    #[default]
    Manual,
    /// Wall-clock time, plus what was added by hand.
    System,
}

/// How to set up a chain.
#[derive(Clone, Debug)]
pub struct ChainConfig {
    /// Chain id.
    pub chain_id: u64,
    /// Timestamp of block 0 in seconds.
    pub genesis_timestamp: u64,
    /// Base fee of every block in wei.
    pub base_fee: u64,
    /// Gas limit in the block header. Arbitrum shows 2^50, which limits nothing.
    pub block_gas_limit: u64,
    /// Gas available to one transaction; also the default gas limit of unsigned ones.
    pub tx_gas_limit: u64,
    /// Where block timestamps come from.
    pub clock: Clock,
    /// Mnemonic of the funded accounts, derived at `m/44'/60'/0'/0/i`.
    pub mnemonic: String,
    /// Number of funded accounts.
    pub accounts: u32,
    /// Their balance in wei.
    pub balance: U256,
    /// The engine that runs programs; its cache directory makes later starts faster.
    pub engine: EngineConfig,
}

impl Default for ChainConfig {
    /// Chain 412346 with ten accounts of the usual test mnemonic, 10,000 ETH each.
    fn default() -> Self {
        Self {
            chain_id: 412_346,
            genesis_timestamp: 1_767_225_600,
            base_fee: 100_000_000,
            block_gas_limit: 1 << 50,
            tx_gas_limit: 32_000_000,
            clock: Clock::default(),
            mnemonic: "test test test test test test test test test test test junk".into(),
            accounts: 10,
            balance: U256::from(10_000) * U256::from(1_000_000_000_000_000_000_u64),
            engine: EngineConfig::default(),
        }
    }
}

/// An unsigned transaction: `from` needs no key.
#[derive(Clone, Debug, Default)]
pub struct Tx {
    /// Sender.
    pub from: Address,
    /// Recipient; `None` creates a contract.
    pub to: Option<Address>,
    /// Wei sent along.
    pub value: U256,
    /// Calldata or initcode.
    pub data: Bytes,
    /// Gas limit; by default [`ChainConfig::tx_gas_limit`].
    pub gas_limit: Option<u64>,
    /// Highest price per gas; by default the base fee. The base fee is what is paid.
    pub gas_price: Option<u128>,
    /// Nonce; by default the sender's next one.
    pub nonce: Option<u64>,
    /// Access list.
    pub access_list: AccessList,
}

impl Tx {
    /// A call of `to` with `data`.
    pub fn call(from: Address, to: Address, data: impl Into<Bytes>) -> Self {
        Self {
            from,
            to: Some(to),
            data: data.into(),
            ..Self::default()
        }
    }

    /// A creation with `initcode`.
    pub fn create(from: Address, initcode: impl Into<Bytes>) -> Self {
        Self {
            from,
            data: initcode.into(),
            ..Self::default()
        }
    }

    /// The same with `value` wei sent along.
    #[must_use]
    pub fn with_value(mut self, value: U256) -> Self {
        self.value = value;
        self
    }

    /// The same with a gas limit.
    #[must_use]
    pub fn with_gas_limit(mut self, gas_limit: u64) -> Self {
        self.gas_limit = Some(gas_limit);
        self
    }
}

/// What a transaction came to.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// Transaction hash; zero for one that was refused.
    pub tx_hash: B256,
    /// Position in its block.
    pub tx_index: u64,
    /// Number of its block.
    pub block_number: u64,
    /// Hash of its block.
    pub block_hash: B256,
    /// Sender.
    pub from: Address,
    /// Recipient, `None` for a creation.
    pub to: Option<Address>,
    /// The created contract.
    pub contract_address: Option<Address>,
    /// Whether it succeeded.
    pub status: bool,
    /// Gas used, after refunds.
    pub gas_used: u64,
    /// Gas used in its block up to and with it.
    pub cumulative_gas_used: u64,
    /// Price paid per gas in wei.
    pub effective_gas_price: u128,
    /// Transaction type (EIP-2718).
    pub tx_type: u8,
    /// Logs, none when it failed.
    pub logs: Vec<Log>,
    /// Their bloom.
    pub logs_bloom: Bloom,
    /// Return data or revert data.
    pub output: Bytes,
    /// Why it failed, when it was not by a revert with data.
    pub halt_reason: Option<String>,
}

/// A transaction of a block with its receipt.
#[derive(Clone, Debug)]
pub struct MinedTransaction {
    /// The transaction. An unsigned one carries a signature that is not valid: `r` is the sender's address.
    pub envelope: TxEnvelope,
    /// Its sender.
    pub from: Address,
    /// Its receipt.
    pub receipt: Receipt,
}

/// A block.
#[derive(Clone, Debug)]
pub struct Block {
    /// Its hash.
    pub hash: B256,
    /// Its header. `state_root` is zero: it is not computed.
    pub header: Header,
    /// Its transactions: one, or none for a block mined by hand.
    pub transactions: Vec<MinedTransaction>,
    /// The number that contracts saw as `block.number`.
    pub l1_number: u64,
}

/// A call to simulate.
#[derive(Clone, Debug, Default)]
pub struct CallRequest {
    /// Sender, zero by default.
    pub from: Option<Address>,
    /// Recipient; `None` simulates a creation.
    pub to: Option<Address>,
    /// Wei sent along.
    pub value: U256,
    /// Calldata or initcode.
    pub data: Bytes,
    /// Gas limit; by default, and at most, 50,000,000 for a call and [`ChainConfig::tx_gas_limit`] for an estimate.
    pub gas: Option<u64>,
    /// Price per gas; by default zero, and then no fee is charged.
    pub gas_price: Option<u128>,
    /// Access list.
    pub access_list: AccessList,
}

/// What to change for one call only.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Balances, nonces, code and storage of accounts.
    pub state: Option<StateOverride>,
    /// The block's fields. `number` is what contracts see as `block.number`.
    pub block: Option<BlockOverrides>,
}

/// What a simulated call came to.
#[derive(Clone, Debug)]
pub struct CallOutput {
    /// Whether it succeeded.
    pub success: bool,
    /// Whether it failed by a revert, as a program that traps does, and not for want of gas or the like.
    pub reverted: bool,
    /// Return data or revert data; for a creation the code.
    pub output: Bytes,
    /// Gas used, after refunds.
    pub gas_used: u64,
    /// Logs, none when it failed.
    pub logs: Vec<Log>,
    /// Why it failed, when it was not by a revert with data.
    pub halt_reason: Option<String>,
}

/// Which block's state to use.
pub use alloy_eips::BlockId as BlockSelector;

/// Why a transaction was refused. It left no trace on the chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TxError {
    /// Not a transaction.
    #[error("transaction cannot be decoded: {0}")]
    Undecodable(String),
    /// A type that Arbitrum does not take.
    #[error("transaction type {0} not supported")]
    UnsupportedType(u8),
    /// The signature names no sender.
    #[error("invalid signature")]
    InvalidSignature,
    /// Signed for another chain.
    #[error("invalid chain id: have {have:?}, want {want}")]
    WrongChain {
        /// In the transaction; none for a legacy transaction without replay protection.
        have: Option<u64>,
        /// Of this chain.
        want: u64,
    },
    /// Nonce already used.
    #[error("nonce too low: next nonce {next}, tx nonce {have}")]
    NonceTooLow {
        /// In the transaction.
        have: u64,
        /// The account's next one.
        next: u64,
    },
    /// Nonce not due yet; there is no pool to wait in.
    #[error("nonce too high: next nonce {next}, tx nonce {have}")]
    NonceTooHigh {
        /// In the transaction.
        have: u64,
        /// The account's next one.
        next: u64,
    },
    /// Offered price below the base fee.
    #[error("max fee per gas less than block base fee: maxFeePerGas: {have}, baseFee: {base_fee}")]
    FeeTooLow {
        /// Offered, in wei.
        have: u128,
        /// Of the block, in wei.
        base_fee: u64,
    },
    /// Balance below value plus gas limit times price.
    #[error("insufficient funds for gas * price + value: have {have} want {want}")]
    InsufficientFunds {
        /// Balance in wei.
        have: U256,
        /// Needed, in wei.
        want: U256,
    },
    /// The sender is a contract and a signature cannot be its own (EIP-3607).
    #[error("sender not an eoa: {0}")]
    SenderIsContract(Address),
    /// The same transaction is on the chain already.
    #[error("already known")]
    AlreadyKnown,
    /// Anything else, such as too little gas for the calldata.
    #[error("{0}")]
    Invalid(String),
}

/// Why a call could not be simulated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// No such block.
    #[error("block not found")]
    UnknownBlock,
    /// The state of that block is no longer kept.
    #[error("state of block {block} is no longer kept: the oldest is block {oldest}")]
    Pruned {
        /// Asked for.
        block: u64,
        /// The oldest block whose state is still there.
        oldest: u64,
    },
    /// The sender cannot pay.
    #[error("insufficient funds for gas * price + value: have {have} want {want}")]
    InsufficientFunds {
        /// Balance in wei.
        have: U256,
        /// Needed, in wei.
        want: U256,
    },
    /// Anything else, such as too little gas for the calldata.
    #[error("{0}")]
    Invalid(String),
}

/// Why there is no gas estimate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EstimateError {
    /// It reverts whatever the gas.
    #[error("execution reverted{}", reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default())]
    Reverted {
        /// Revert data.
        output: Bytes,
        /// Why, where there is no data to say it.
        reason: Option<String>,
    },
    /// It fails for this reason whatever the gas.
    #[error("{0}")]
    Failed(String),
    /// It cannot be simulated.
    #[error(transparent)]
    Call(#[from] CallError),
}

/// Why a time was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("timestamp {requested} is before the newest block's {newest}")]
pub struct TimeError {
    /// Asked for, in seconds.
    pub requested: u64,
    /// Of the newest block, in seconds.
    pub newest: u64,
}
