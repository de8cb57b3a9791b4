//! The chain in process: accounts, transactions, blocks, time, snapshots.

mod genesis;
mod node_interface;
mod programs;
mod simulate;
mod transactions;
mod types;

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use alloy_consensus::{EMPTY_OMMER_ROOT_HASH, EMPTY_ROOT_HASH, Header};
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{Address, B64, B256, Bloom, Bytes, U256};
use alloy_rpc_types_eth::{Filter, FilterBlockOption, Log as RpcLog};
use alloy_signer_local::coins_bip39::English;
use alloy_signer_local::{MnemonicBuilder, PrivateKeySigner};

use crate::evm::{BlockInfo, Environment, Programs, SEQUENCER};
use crate::state::{Mark, State, View};

pub use genesis::{CREATE2_FACTORY, STYLUS_DEPLOYER};
pub use programs::{DeployError, initcode_for};
pub use types::{
    Block, BlockSelector, CallError, CallOutput, CallRequest, ChainConfig, Clock, EstimateError, MinedTransaction,
    Overrides, Receipt, TimeError, Tx, TxError,
};

/// Seconds between blocks of the imaginary L1.
const L1_BLOCK_TIME: u64 = 12;
/// Number of its block at genesis.
const L1_GENESIS_NUMBER: u64 = 20_000_000;
/// Blocks whose hashes ArbSys shows.
const RECENT_HASHES: usize = 256;

/// A local Arbitrum chain.
#[derive(Debug)]
pub struct Chain {
    config: ChainConfig,
    signers: Vec<PrivateKeySigner>,
    addresses: Vec<Address>,
    cache_managers: Vec<Address>,
    programs: Programs,
    state: State,
    blocks: Vec<Block>,
    block_numbers: HashMap<B256, u64>,
    transactions: HashMap<B256, (u64, usize)>,
    time: Time,
    snapshots: Vec<Snapshot>,
    next_snapshot: u64,
}

/// What decides the next block's timestamp.
#[derive(Clone, Copy, Debug, Default)]
struct Time {
    /// Seconds to add: to the newest block's time under a manual clock, else to the system's time.
    offset: i128,
    /// The next block's timestamp, set by hand.
    next: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Snapshot {
    id: u64,
    mark: Mark,
    time: Time,
}

impl Chain {
    /// A new chain with its genesis block.
    ///
    /// # Panics
    /// If the mnemonic of `config` is not valid.
    pub fn new(config: ChainConfig) -> Self {
        let signers = derive_signers(&config.mnemonic, config.accounts);
        let mut chain = Self {
            addresses: signers.iter().map(PrivateKeySigner::address).collect(),
            cache_managers: signers.first().map(PrivateKeySigner::address).into_iter().collect(),
            signers,
            programs: Programs::shared(&config.engine),
            state: State::default(),
            blocks: Vec::new(),
            block_numbers: HashMap::new(),
            transactions: HashMap::new(),
            time: Time::default(),
            snapshots: Vec::new(),
            next_snapshot: 1,
            config,
        };
        for address in chain.addresses.clone() {
            chain.state.set_balance(address, chain.config.balance);
        }
        chain.lay_out_genesis();
        chain.seal(chain.config.genesis_timestamp, Vec::new());
        chain
    }

    /// How the chain was set up.
    pub fn config(&self) -> &ChainConfig {
        &self.config
    }

    /// The funded accounts.
    pub fn accounts(&self) -> &[Address] {
        &self.addresses
    }

    /// The key of funded account `i`.
    ///
    /// # Panics
    /// If there is no such account.
    pub fn signer(&self, i: usize) -> &PrivateKeySigner {
        &self.signers[i]
    }

    /// The keys of the funded accounts.
    pub fn signers(&self) -> &[PrivateKeySigner] {
        &self.signers
    }

    // Accounts

    /// Balance in wei.
    pub fn balance(&self, address: Address) -> U256 {
        self.state.basic(address).unwrap_or_default().balance
    }

    /// Next nonce.
    pub fn nonce(&self, address: Address) -> u64 {
        self.state.basic(address).unwrap_or_default().nonce
    }

    /// Code.
    pub fn code(&self, address: Address) -> Bytes {
        self.state.view().code_of(address).original_bytes()
    }

    /// Value of a storage slot.
    pub fn storage_at(&self, address: Address, slot: U256) -> U256 {
        self.state.storage(address, slot)
    }

    /// Balance in wei after `block`.
    pub fn balance_at(&self, address: Address, block: BlockId) -> Result<U256, CallError> {
        Ok(self.view_at(block)?.basic_of(address).unwrap_or_default().balance)
    }

    /// Next nonce after `block`.
    pub fn nonce_at(&self, address: Address, block: BlockId) -> Result<u64, CallError> {
        Ok(self.view_at(block)?.basic_of(address).unwrap_or_default().nonce)
    }

    /// Code after `block`.
    pub fn code_at(&self, address: Address, block: BlockId) -> Result<Bytes, CallError> {
        Ok(self.view_at(block)?.code_of(address).original_bytes())
    }

    /// Value of a storage slot after `block`.
    pub fn storage_at_block(&self, address: Address, slot: U256, block: BlockId) -> Result<U256, CallError> {
        Ok(self.view_at(block)?.storage_of(address, slot))
    }

    /// Sets a balance.
    pub fn set_balance(&mut self, address: Address, balance: U256) {
        self.state.set_balance(address, balance);
    }

    /// Sets a nonce.
    pub fn set_nonce(&mut self, address: Address, nonce: u64) {
        self.state.set_nonce(address, nonce);
    }

    /// Sets an account's code. A Stylus program set this way still has to be activated.
    pub fn set_code(&mut self, address: Address, code: impl Into<Bytes>) {
        self.state.set_code(address, code.into());
    }

    /// Sets a storage slot.
    pub fn set_storage_at(&mut self, address: Address, slot: U256, value: U256) {
        self.state.set_storage(address, slot, value);
    }

    // Blocks

    /// The newest block.
    pub fn head(&self) -> &Block {
        self.blocks.last().expect("the genesis block is never removed")
    }

    /// Number of the newest block.
    pub fn block_number(&self) -> u64 {
        self.head().header.number
    }

    /// Timestamp of the newest block in seconds.
    pub fn timestamp(&self) -> u64 {
        self.head().header.timestamp
    }

    /// The base fee in wei.
    pub fn base_fee(&self) -> u64 {
        self.config.base_fee
    }

    /// A block by number.
    pub fn block(&self, number: u64) -> Option<&Block> {
        self.blocks.get(usize::try_from(number).ok()?)
    }

    /// A block by hash, number or tag. `pending` names the newest block: nothing waits to be mined.
    pub fn block_by_id(&self, id: BlockId) -> Option<&Block> {
        match id {
            BlockId::Hash(hash) => self.block(*self.block_numbers.get(&hash.block_hash)?),
            BlockId::Number(BlockNumberOrTag::Number(number)) => self.block(number),
            BlockId::Number(BlockNumberOrTag::Earliest) => self.block(0),
            BlockId::Number(_) => Some(self.head()),
        }
    }

    /// A mined transaction by hash.
    pub fn transaction(&self, hash: B256) -> Option<&MinedTransaction> {
        let (block, index) = self.transactions.get(&hash)?;
        self.block(*block)?.transactions.get(*index)
    }

    /// The receipt of a mined transaction.
    pub fn receipt(&self, hash: B256) -> Option<&Receipt> {
        self.transaction(hash).map(|mined| &mined.receipt)
    }

    /// The logs that match a filter, oldest first. An unknown block hash is an error; a range is cut to the chain.
    pub fn logs(&self, filter: &Filter) -> Result<Vec<RpcLog>, CallError> {
        let head = self.block_number();
        let (from, to) = match &filter.block_option {
            FilterBlockOption::AtBlockHash(hash) => {
                let number = *self.block_numbers.get(hash).ok_or(CallError::UnknownBlock)?;
                (number, number)
            }
            FilterBlockOption::Range { from_block, to_block } => {
                let resolve = |tag: Option<BlockNumberOrTag>| match tag {
                    Some(BlockNumberOrTag::Number(number)) => number,
                    Some(BlockNumberOrTag::Earliest) => 0,
                    _ => head,
                };
                (resolve(*from_block), resolve(*to_block).min(head))
            }
        };
        let blocks = (from..=to).map_while(|number| self.block(number));
        Ok(blocks
            .flat_map(block_logs)
            .filter(|log| filter.matches(&log.inner))
            .collect())
    }

    // Time

    /// Moves the time of the next block `seconds` ahead, on top of what was added before.
    pub fn increase_time(&mut self, seconds: u64) {
        self.time.offset = self.time.offset.saturating_add(i128::from(seconds));
        if let Some(next) = &mut self.time.next {
            *next = next.saturating_add(seconds);
        }
    }

    /// Sets the timestamp of the next block. Later blocks go on from there.
    pub fn set_next_block_timestamp(&mut self, timestamp: u64) -> Result<(), TimeError> {
        let newest = self.timestamp();
        if timestamp < newest {
            return Err(TimeError {
                requested: timestamp,
                newest,
            });
        }
        self.time.next = Some(timestamp);
        Ok(())
    }

    /// The timestamp that the next block would get now.
    pub fn next_timestamp(&self) -> u64 {
        let newest = self.timestamp();
        if let Some(next) = self.time.next {
            return next.max(newest);
        }
        let base = match self.config.clock {
            Clock::Manual => newest,
            Clock::System => system_seconds(),
        };
        u64::try_from(i128::from(base).saturating_add(self.time.offset))
            .unwrap_or_default()
            .max(newest)
    }

    /// Mines `count` empty blocks.
    pub fn mine(&mut self, count: u64) {
        for _ in 0..count {
            let timestamp = self.next_timestamp();
            self.time = self.time_after(timestamp);
            self.seal(timestamp, Vec::new());
        }
    }

    /// What decides the timestamps after a block at `timestamp`.
    fn time_after(&self, timestamp: u64) -> Time {
        let offset = match self.config.clock {
            Clock::Manual => 0,
            Clock::System if self.time.next.is_some() => i128::from(timestamp) - i128::from(system_seconds()),
            Clock::System => self.time.offset,
        };
        Time { offset, next: None }
    }

    // Snapshots

    /// Remembers the chain as it is. Cheap: nothing is copied.
    pub fn snapshot(&mut self) -> u64 {
        let id = self.next_snapshot;
        self.next_snapshot += 1;
        self.snapshots.push(Snapshot {
            id,
            mark: self.state.mark(),
            time: self.time,
        });
        id
    }

    /// Goes back to a snapshot, which is used up with all later ones. False when there is no such snapshot.
    pub fn revert(&mut self, id: u64) -> bool {
        let Some(position) = self.snapshots.iter().position(|snapshot| snapshot.id == id) else {
            return false;
        };
        let snapshot = self.snapshots[position];
        if !self.state.rewind(snapshot.mark) {
            return false;
        }
        self.snapshots.truncate(position);
        self.time = snapshot.time;
        let kept = usize::try_from(snapshot.mark.sealed)
            .unwrap_or(usize::MAX)
            .min(self.blocks.len());
        for block in self.blocks.drain(kept..) {
            self.block_numbers.remove(&block.hash);
            for mined in block.transactions {
                self.transactions.remove(&mined.receipt.tx_hash);
            }
        }
        true
    }

    // Inner workings

    fn view_at(&self, block: BlockId) -> Result<View<'_>, CallError> {
        match block {
            BlockId::Number(tag) if !matches!(tag, BlockNumberOrTag::Number(_) | BlockNumberOrTag::Earliest) => {
                return Ok(self.state.view());
            }
            _ => {}
        }
        let number = self.block_by_id(block).ok_or(CallError::UnknownBlock)?.header.number;
        if number == self.block_number() {
            return Ok(self.state.view());
        }
        let oldest = self.state.oldest_sealed().saturating_sub(1);
        self.state
            .view_at(number + 1)
            .ok_or(CallError::Pruned { block: number, oldest })
    }

    /// The environment of a block to come.
    fn next_environment(&self, timestamp: u64) -> Environment {
        let number = self.blocks.len() as u64;
        self.environment(number, timestamp)
    }

    fn environment(&self, number: u64, timestamp: u64) -> Environment {
        let elapsed = timestamp.saturating_sub(self.config.genesis_timestamp);
        let known = usize::try_from(number).unwrap_or(usize::MAX).min(self.blocks.len());
        let recent = &self.blocks[known.saturating_sub(RECENT_HASHES)..known];
        Environment {
            chain_id: self.config.chain_id,
            tx_gas_limit: self.config.tx_gas_limit,
            programs: self.programs.clone(),
            cache_managers: self.cache_managers.clone(),
            block: BlockInfo {
                number,
                l1_number: L1_GENESIS_NUMBER + elapsed / L1_BLOCK_TIME,
                timestamp,
                base_fee: self.config.base_fee,
                gas_limit: self.config.block_gas_limit,
                beneficiary: SEQUENCER,
                prevrandao: B256::with_last_byte(1),
                recent_hashes: recent.iter().map(|block| (block.header.number, block.hash)).collect(),
            },
        }
    }

    /// Closes the next block with `transactions`, whose changes are in the state already.
    fn seal(&mut self, timestamp: u64, mut transactions: Vec<MinedTransaction>) {
        let number = self.blocks.len() as u64;
        let l1_number = self.environment(number, timestamp).block.l1_number;
        let envelopes: Vec<_> = transactions.iter().map(|mined| &mined.envelope).collect();
        let transactions_root = if envelopes.is_empty() {
            EMPTY_ROOT_HASH
        } else {
            alloy_consensus::proofs::calculate_transaction_root(&envelopes)
        };
        let mut logs_bloom = Bloom::default();
        for mined in &transactions {
            logs_bloom.accrue_bloom(&mined.receipt.logs_bloom);
        }
        let header = Header {
            parent_hash: self.blocks.last().map(|block| block.hash).unwrap_or_default(),
            ommers_hash: EMPTY_OMMER_ROOT_HASH,
            beneficiary: SEQUENCER,
            state_root: B256::ZERO,
            transactions_root,
            receipts_root: transactions::receipts_root(&transactions),
            logs_bloom,
            difficulty: U256::from(1),
            number,
            gas_limit: self.config.block_gas_limit,
            gas_used: transactions.iter().map(|mined| mined.receipt.gas_used).sum(),
            timestamp,
            extra_data: Bytes::new(),
            mix_hash: B256::with_last_byte(1),
            nonce: B64::ZERO,
            base_fee_per_gas: Some(self.config.base_fee),
            ..Header::default()
        };
        let hash = header.hash_slow();
        for (index, mined) in transactions.iter_mut().enumerate() {
            mined.receipt.block_hash = hash;
            self.transactions.insert(mined.receipt.tx_hash, (number, index));
        }
        self.block_numbers.insert(hash, number);
        self.blocks.push(Block {
            hash,
            header,
            transactions,
            l1_number,
        });
        let oldest_snapshot = self.snapshots.first().map(|snapshot| snapshot.mark.sealed);
        self.state.seal(oldest_snapshot);
    }
}

impl Default for Chain {
    fn default() -> Self {
        Self::new(ChainConfig::default())
    }
}

fn derive_signers(mnemonic: &str, count: u32) -> Vec<PrivateKeySigner> {
    let builder = MnemonicBuilder::<English>::default().phrase(mnemonic);
    let parent = builder
        .build_parent_key()
        .expect("the mnemonic of the configuration is valid");
    let child = |index| parent.child(index).expect("an index below 2^31 has a key").signer();
    (0..count).map(child).collect()
}

fn system_seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map(|elapsed| elapsed.as_secs())
        .unwrap_or_default()
}

fn block_logs(block: &Block) -> impl Iterator<Item = RpcLog> + '_ {
    let logs = block
        .transactions
        .iter()
        .flat_map(|mined| mined.receipt.logs.iter().map(move |log| (mined, log)));
    logs.zip(0_u64..).map(|((mined, log), log_index)| RpcLog {
        inner: log.clone(),
        block_hash: Some(block.hash),
        block_number: Some(block.header.number),
        block_timestamp: Some(block.header.timestamp),
        transaction_hash: Some(mined.receipt.tx_hash),
        transaction_index: Some(mined.receipt.tx_index),
        log_index: Some(log_index),
        removed: false,
    })
}
