//! Deploys the suite over JSON-RPC, and verifies what is deployed, on the local chain, Arbitrum Sepolia and Arbitrum One
//! alike.
//!
//! What is deployed is said in `deployments/<network>.toml` ([`config`]). From it, the built programs and the deployer's
//! address everything follows before the first transaction: where each contract will be ([`blueprint`]) and which
//! transactions lead there ([`steps`], [`fixtures`]). A step is done when the chain shows it, so a run goes on wherever
//! another has stopped ([`session`]); `deployments/<network>.json` is written after every step and holds what the chain does
//! not tell by itself. [`verify`] compares the chain with build, configuration and record, [`node`] speaks to it, [`key`]
//! finds the deployer's key and [`units`] reads figures.

#![deny(unsafe_code)]

pub mod blueprint;
pub mod config;
pub mod fixtures;
pub mod key;
pub mod node;
pub mod session;
pub mod steps;
pub mod units;
pub mod verify;
