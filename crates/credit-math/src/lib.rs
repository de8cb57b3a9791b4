//! Exact integer arithmetic of the protocol.
//!
//! Amounts are unsigned 256-bit integers. Nothing here wraps, panics or rounds silently: every function says in which
//! direction it rounds, and returns `None` where the result does not exist. The crate knows no contract and no
//! storage, so the very same code runs on chain and in the property tests.
//!
//! - [`mul_div_down`], [`mul_div_up`]: `a · b / c` over a 512-bit product.
//! - [`Scale`]: conversion between a token's decimals and the 18 decimals of the protocol.
#![no_std]

mod full_width;
mod scale;

pub use full_width::{mul_div_down, mul_div_up};
pub use scale::{Scale, PROTOCOL_DECIMALS};
