//! The `usdai` command for those who run the protocol, lend in it, sign for it and keep it going: the built binary against
//! a local chain over JSON-RPC.

#[path = "../support/mod.rs"]
mod support;

mod keeper;
mod keepers;
mod manager;
mod proxy;
mod risk;
mod scene;
mod terms;
mod tranche;
