//! The rules by which Arbitrum Nitro admits and prices Stylus programs, as ArbOS 51 has them, without any engine:
//!
//! - [`container`]: what deployed code is, `EFF00000` and the brotli-compressed WebAssembly behind it;
//! - [`activation`]: what Nitro finds out about a program before it may run, and why it refuses one;
//! - [`ink`] and [`hostio`]: the price of every instruction and of every host function;
//! - [`instrument`]: where the meter, the stack bound and the memory bound go into a function;
//! - [`params`] and [`pages`]: what a call costs before its first instruction, and what memory costs;
//! - [`data_pricer`]: the fee of an activation;
//! - [`report`]: the limits of this project's own contracts, and the figures the build prints.

#![deny(unsafe_code)]

pub mod activation;
pub mod container;
pub mod data_pricer;
pub mod hostio;
pub mod ink;
pub mod instrument;
mod module;
pub mod pages;
pub mod params;
pub mod report;

pub use activation::{ActivationError, Limits, ProgramInfo, activate, activate_wasm};
pub use container::CodeError;
pub use pages::Pages;
pub use params::{StylusParams, call_cost};
