//! The auction of defaulted collateral: the built WASM on the local chain, over USDai, CALIBER titles and a stand-in for
//! the loan pool that counts to the wei.
#![allow(clippy::similar_names, reason = "USDai is what it is called")]

mod bidding;
mod calldata;
mod construction;
mod endings;
mod history;
mod hostile;
mod listing;
mod real_pool;
mod scene;
