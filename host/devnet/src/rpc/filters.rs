//! Log queries, and the filters that clients install and poll.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use alloy_primitives::B256;
use alloy_rpc_types_eth::Log;
use serde_json::{Value, json};

use super::{
    encode,
    error::RpcError,
    hexser::Quantity,
    node::{Node, RpcResult},
    params::{BlockRef, FilterBlocks, LogFilter, Params},
};
use crate::{Block, CallError, Chain};

/// Most filters installed at once.
const MAX_FILTERS: usize = 1_000;
/// A filter that nobody has polled for this long may make room for a new one.
const IDLE: Duration = Duration::from_mins(5);
/// Most logs of one answer.
const MAX_LOGS: usize = 10_000;
/// Most bytes of data in the logs of one answer.
const MAX_LOG_BYTES: usize = 8 * 1024 * 1024;

/// The filters that clients have installed.
#[derive(Debug, Default)]
pub(crate) struct Filters {
    installed: HashMap<u64, Installed>,
    last_id: u64,
}

#[derive(Debug)]
struct Installed {
    kind: Kind,
    /// The newest block that its changes have been told of.
    seen: u64,
    polled: Instant,
}

#[derive(Clone, Debug)]
enum Kind {
    Blocks,
    /// Transactions are mined as they come, so the pending ones are those of new blocks.
    Transactions,
    Logs(LogFilter),
}

impl Filters {
    fn install(&mut self, kind: Kind, head: u64) -> RpcResult {
        if self.installed.len() >= MAX_FILTERS {
            self.installed.retain(|_, filter| filter.polled.elapsed() < IDLE);
        }
        if self.installed.len() >= MAX_FILTERS {
            return Err(RpcError::server(format!("{MAX_FILTERS} filters are installed already")));
        }
        self.last_id = self.last_id.wrapping_add(1);
        self.installed.insert(
            self.last_id,
            Installed {
                kind,
                seen: head,
                polled: Instant::now(),
            },
        );
        Ok(encode::quantity(self.last_id))
    }

    /// The chain went back to `head`: what comes after it is new.
    pub(crate) fn rewind(&mut self, head: u64) {
        for filter in self.installed.values_mut() {
            filter.seen = filter.seen.min(head);
        }
    }

    fn find(&mut self, id: u64) -> Result<&mut Installed, RpcError> {
        self.installed
            .get_mut(&id)
            .ok_or_else(|| RpcError::server("filter not found"))
    }
}

pub(crate) fn new_block_filter(node: &Node, _: &mut Params) -> RpcResult {
    install(node, Kind::Blocks)
}

/// Takes and ignores geth's switch for whole transactions: hashes are always answered.
pub(crate) fn new_transaction_filter(node: &Node, _: &mut Params) -> RpcResult {
    install(node, Kind::Transactions)
}

pub(crate) fn new_log_filter(node: &Node, params: &mut Params) -> RpcResult {
    let filter: LogFilter = params.required(0)?;
    if matches!(filter.blocks, FilterBlocks::Hash(_)) {
        return Err(RpcError::invalid_params(
            "a filter for one block by hash never changes, use eth_getLogs",
        ));
    }
    install(node, Kind::Logs(filter))
}

fn install(node: &Node, kind: Kind) -> RpcResult {
    let head = node.chain()?.block_number();
    node.filters.lock().install(kind, head)
}

pub(crate) fn uninstall(node: &Node, params: &mut Params) -> RpcResult {
    let Quantity(id) = params.required(0)?;
    Ok(Value::Bool(node.filters.lock().installed.remove(&id).is_some()))
}

/// What is new since the last time.
pub(crate) fn changes(node: &Node, params: &mut Params) -> RpcResult {
    let Quantity(id) = params.required(0)?;
    let chain = node.chain()?;
    let head = chain.block_number();
    let (kind, seen) = {
        let mut filters = node.filters.lock();
        let filter = filters.find(id)?;
        filter.polled = Instant::now();
        // The chain may have been taken back in process, behind the server's back.
        (filter.kind.clone(), filter.seen.min(head))
    };
    let fresh = (seen.saturating_add(1)..=head).filter_map(|number| chain.block(number));
    let answer = match kind {
        Kind::Blocks => json!(fresh.map(|block| block.hash).collect::<Vec<_>>()),
        Kind::Transactions => {
            let hashes = fresh.flat_map(|block| block.transactions.iter().map(|mined| mined.receipt.tx_hash));
            json!(hashes.collect::<Vec<B256>>())
        }
        Kind::Logs(filter) => encode::logs(&select_from(&chain, &filter, seen.saturating_add(1))?)?,
    };
    // Only now: what could not be answered has not been told.
    if let Ok(filter) = node.filters.lock().find(id) {
        filter.seen = head;
    }
    Ok(answer)
}

/// All logs of an installed log filter, new or not.
pub(crate) fn logs(node: &Node, params: &mut Params) -> RpcResult {
    let Quantity(id) = params.required(0)?;
    let chain = node.chain()?;
    let kind = {
        let mut filters = node.filters.lock();
        let filter = filters.find(id)?;
        filter.polled = Instant::now();
        filter.kind.clone()
    };
    match kind {
        Kind::Logs(filter) => encode::logs(&select(&chain, &filter)?),
        Kind::Blocks | Kind::Transactions => Err(RpcError::server("filter not found")),
    }
}

pub(crate) fn get_logs(node: &Node, params: &mut Params) -> RpcResult {
    let filter: LogFilter = params.required(0)?;
    encode::logs(&select(&*node.chain()?, &filter)?)
}

/// The logs that `filter` asks for. Without bounds that is the newest block.
fn select(chain: &Chain, filter: &LogFilter) -> Result<Vec<Log>, RpcError> {
    match filter.blocks {
        FilterBlocks::Hash(hash) => {
            let block = chain
                .block_by_id(BlockRef::Hash(hash).selector())
                .ok_or_else(|| encode::call_error(CallError::UnknownBlock))?;
            query([block].into_iter(), filter)
        }
        FilterBlocks::Range(from, to) => {
            let (from, to) = (height_of(chain, from)?, height_of(chain, to)?);
            if from > to {
                return Err(RpcError::invalid_params(
                    "invalid block range, fromBlock is after toBlock",
                ));
            }
            query(range(chain, from, to), filter)
        }
    }
}

/// The logs that `filter` asks for in the blocks from `first` on.
fn select_from(chain: &Chain, filter: &LogFilter, first: u64) -> Result<Vec<Log>, RpcError> {
    let FilterBlocks::Range(from, to) = filter.blocks else {
        return Ok(Vec::new());
    };
    let from = match from {
        Some(BlockRef::Number(from)) => from.max(first),
        _ => first,
    };
    query(range(chain, from, height_of(chain, to)?), filter)
}

/// The blocks from one height to another, as far as there are any.
fn range(chain: &Chain, from: u64, to: u64) -> impl Iterator<Item = &Block> {
    (from..=to.min(chain.block_number())).filter_map(|number| chain.block(number))
}

/// The matching logs of `blocks`, oldest first.
fn query<'a>(blocks: impl Iterator<Item = &'a Block>, filter: &LogFilter) -> Result<Vec<Log>, RpcError> {
    let mut found = Vec::new();
    let mut bytes = 0_usize;
    for log in blocks.flat_map(encode::logs_in) {
        if !filter.matches(log.address(), log.topics()) {
            continue;
        }
        bytes = bytes.saturating_add(log.data().data.len());
        if found.len() >= MAX_LOGS || bytes > MAX_LOG_BYTES {
            return Err(RpcError::limit_exceeded(format!(
                "query returned more than {MAX_LOGS} results, or {MAX_LOG_BYTES} bytes of data: narrow the block range"
            )));
        }
        found.push(log);
    }
    Ok(found)
}

/// A height beyond the newest block names a block to come; `None` stands for the newest block.
fn height_of(chain: &Chain, block: Option<BlockRef>) -> Result<u64, RpcError> {
    match block {
        Some(BlockRef::Number(number)) => Ok(number),
        Some(block) => {
            let found = chain
                .block_by_id(block.selector())
                .ok_or_else(|| RpcError::server("header not found"))?;
            Ok(found.header.number)
        }
        None => Ok(chain.block_number()),
    }
}
