//! Log queries, and the filters that clients install and poll.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use alloy_primitives::B256;
use alloy_rpc_types_eth::{Filter, FilterBlockOption, Log};
use serde_json::{Value, json};

use super::{
    encode,
    error::RpcError,
    hexser::Quantity,
    node::{Node, RpcResult},
    params::{BlockRef, FilterBlocks, LogFilter, Params},
};
use crate::Chain;

/// Most filters installed at once.
const MAX_FILTERS: usize = 1_000;
/// A filter that nobody has polled for this long may make room for a new one.
const IDLE: Duration = Duration::from_mins(5);

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
        // The chain may have been taken back in process, behind the server's back.
        let seen = filter.seen.min(head);
        filter.seen = head;
        filter.polled = Instant::now();
        (filter.kind.clone(), seen)
    };
    let fresh = (seen.saturating_add(1)..=head).filter_map(|number| chain.block(number));
    match kind {
        Kind::Blocks => Ok(json!(fresh.map(|block| block.hash).collect::<Vec<_>>())),
        Kind::Transactions => {
            let hashes = fresh.flat_map(|block| block.transactions.iter().map(|mined| mined.receipt.tx_hash));
            Ok(json!(hashes.collect::<Vec<B256>>()))
        }
        Kind::Logs(filter) => encode::logs(&select_from(&chain, &filter, seen.saturating_add(1))?),
    }
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
        FilterBlocks::Hash(hash) => query(chain, filter, FilterBlockOption::AtBlockHash(hash)),
        FilterBlocks::Range(from, to) => {
            let (from, to) = (height_of(chain, from)?, height_of(chain, to)?);
            if from > to {
                return Err(RpcError::invalid_params(
                    "invalid block range, fromBlock is after toBlock",
                ));
            }
            query(chain, filter, range(from, to))
        }
    }
}

/// The logs that `filter` asks for in the blocks from `first` on.
fn select_from(chain: &Chain, filter: &LogFilter, first: u64) -> Result<Vec<Log>, RpcError> {
    match filter.blocks {
        FilterBlocks::Hash(_) => Ok(Vec::new()),
        FilterBlocks::Range(Some(BlockRef::Number(from)), to) => {
            query(chain, filter, range(from.max(first), height_of(chain, to)?))
        }
        FilterBlocks::Range(_, to) => query(chain, filter, range(first, height_of(chain, to)?)),
    }
}

fn range(from: u64, to: u64) -> FilterBlockOption {
    FilterBlockOption::Range {
        from_block: Some(from.into()),
        to_block: Some(to.into()),
    }
}

fn query(chain: &Chain, filter: &LogFilter, block_option: FilterBlockOption) -> Result<Vec<Log>, RpcError> {
    let all = chain
        .logs(&Filter {
            block_option,
            ..Filter::default()
        })
        .map_err(encode::call_error)?;
    Ok(all
        .into_iter()
        .filter(|log| filter.matches(log.address(), log.topics()))
        .collect())
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
