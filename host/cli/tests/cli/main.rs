//! The `usdai` command as people run it: the built binary against a local chain over JSON-RPC.

#[path = "../support/mod.rs"]
mod support;

mod basics;
mod batching;
mod bidding;
mod depositing;
mod local;
mod operating;
mod sending;
