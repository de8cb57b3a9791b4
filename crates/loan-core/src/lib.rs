//! Tranched lending against tokenised hardware, as pure arithmetic.
//!
//! Nothing here knows a chain, a token or a role: callers bring the clock, the cash and the permissions, and keep the
//! states these modules return. So the very code that runs in the contract runs in property tests against naive models
//! on integers without limits.
//!
//! | module | what it is | cost |
//! |---|---|---|
//! | [`interest`] | simple interest per second, exact in wei · WAD, and how whole wei of it are paid | O(tranches) |
//! | [`annuity`] | the level payment: powers and geometric sums in fixed point, with their error proved | O(log n) |
//! | [`schedule`] | deadlines, and the balance that each instalment leaves | O(1) equal principal, O(n) level payment |
//! | [`loan`] | the state of one loan: what is due, and what a payment does | O(tranches + instalments) |
//! | [`tranche`] | a tranche's cash, loans in sums, value and shares | O(1) |
//! | [`origination`] | the automatic tranche maker, the blended rate | O(tranches) |
//! | [`waterfall`] | proceeds senior first, losses junior first | O(tranches) |
//! | [`collateral`] | straight-line value of appraised hardware | O(1) |
//! | [`impairment`] | provisions for expected losses | O(tranches) |
//! | [`auction`] | the English auction of collateral | O(1) |
//!
//! Units: currency has 18 decimals ("wei" is its smallest unit), rates are WAD (1e18) per second, shares of value basis
//! points, time seconds. Every interval is half-open. Tranche 0 is the most senior. Every division states its rounding.
//! All arithmetic is checked: an input that does not fit is an [`Error`], never a wrap or a panic.

#![no_std]

pub mod annuity;
pub mod auction;
pub mod collateral;
mod error;
pub mod impairment;
pub mod interest;
pub mod loan;
pub mod origination;
pub mod schedule;
pub mod split;
pub mod tranche;
pub mod waterfall;

pub use error::Error;
pub use interest::{Accrued, Rate};
pub use split::PerTranche;

/// One in basis points.
pub const BASIS_POINTS: u16 = 10_000;

/// One in the fixed point of rates.
pub const WAD: u64 = 1_000_000_000_000_000_000;

/// The most tranches a pool, and so a loan, can have.
pub const MAX_TRANCHES: usize = 4;

/// The most principal of one loan: 2^96 − 1 wei, about 79 billion whole units.
pub const MAX_PRINCIPAL: u128 = (1 << 96) - 1;

/// The most that a sum over loans or depositors may hold: 2^112 − 1 wei, about 5.2 · 10^15 whole units.
pub const MAX_AMOUNT: u128 = (1 << 112) - 1;

/// Seconds of a day.
pub const DAY: u64 = 86_400;
