//! JSON-RPC 2.0 over HTTP: the chain as wallets, libraries and `cargo stylus` see it.
//!
//! [`serve`] listens on a loopback address and answers the `eth_`, `net_` and `web3_` methods of an Arbitrum node and
//! the usual `evm_`, `anvil_` and `hardhat_` development methods. The layers, from the wire to the chain:
//!
//! - `http`: bodies, cross-origin headers, limits; runs each request off the threads that serve connections;
//! - `envelope`: calls, notifications and batches, and the error that each malformed one gets;
//! - `node`: the table of methods; the chain behind a lock that is waited for only so long;
//! - `params`, `hexser`: strict reading of what comes in; `encode`: what goes out;
//! - `read`, `execute`, `filters`, `accounts`, `control`: the methods.

mod accounts;
mod control;
mod encode;
mod envelope;
mod error;
mod execute;
mod filters;
mod hexser;
mod http;
mod node;
mod params;
mod read;

use std::{net::SocketAddr, sync::Arc};

use parking_lot::Mutex;

pub use http::{MAX_BODY, ServerHandle};

use crate::Chain;

/// Serves `chain` at `addr`; port 0 takes a free port. The chain stays usable in process meanwhile.
///
/// # Errors
/// When `addr` is not a loopback address or cannot be bound.
pub fn serve(chain: Arc<Mutex<Chain>>, addr: SocketAddr) -> anyhow::Result<ServerHandle> {
    http::serve(Arc::new(node::Node::new(chain)), addr)
}
