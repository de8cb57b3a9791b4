//! The loan pool end to end: the built WASM of its five programs on the local chain, between real USDai, CALIBER and the
//! collateral auction.
#![allow(clippy::similar_names, reason = "USDai is what it is called")]

mod administration;
mod costs;
mod defaults;
mod lenders;
mod origination;
mod payments;
mod provisions;
mod recovery;
mod scene;
