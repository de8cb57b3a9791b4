//! The chain in process: EVM contracts and Stylus programs, their gas, blocks, calls, precompiles.
//!
//! Gas is compared with figures worked out by hand from the published prices, with the derivation beside each.

mod arbos;
mod evm;
mod gas;
mod history;
mod hostile;
mod lifecycle;
mod mixed;
mod support;
