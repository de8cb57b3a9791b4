//! End-to-end tests: the built WASM of the contracts, deployed on the local chain beside the real Uniswap V3.
#![allow(clippy::similar_names, reason = "USDC, USDT and USDai are what they are called")]

mod access;
mod administration;
mod bridge;
mod calldata;
mod conformance;
mod construction;
mod deposits;
mod erc20;
mod harvest;
mod hostile_tokens;
mod lifetime;
mod permits;
mod reentry;
mod staking;
mod swaps;
mod withdrawals;
