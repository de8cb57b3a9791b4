//! The redemption queue and the monthly sealed-bid auction (QEV) as pure algorithms.
//!
//! Nothing here knows a chain: every structure lives in 256-bit words behind [`WordStorage`], so the very code that
//! runs in the contract runs in property tests against naive models on a map, and the tests can count its reads and
//! writes. Callers bring the clock, the price and the permissions.
//!
//! | module | what it is | cost in storage words |
//! |---|---|---|
//! | [`queue`] | redemption requests in order of arrival, serviced by moving a watermark | append 1 write in the tree; service O(1); the rest O(log₃ n) |
//! | [`tree`] | prefix sums over the slots of the queue | two sums a word, radix 3 |
//! | [`checkpoints`] | what each serviced share was paid | append 1 write; look-up O(log n), 2 reads for the newest |
//! | [`levels`] | revealed bids by discount, uniform-price clearing | reveal 1 write; clearing one read a non-empty level |
//! | [`ledger`] | shares at auction in sums, so that settling needs no loop | two words, kept by the caller |
//! | [`price`] | assets per share as an exact pair | none |
//! | [`epoch`] | phases and deadlines by time | none |
//! | [`commitment`] | what a sealed bid binds | none |
//! | [`book`] | everything the auction contract does with requests, bids and epochs | a request 2, a bid 1 more |
//! | [`vesting`] | gains that reach the share price over an epoch | one word, kept by the caller |
//!
//! Units: shares have 18 decimals, assets (the vault's currency) too, discounts are basis points, time is in seconds.
//! Every division states its rounding; all of them favour the vault. All arithmetic is checked: an input that does not
//! fit is an [`Error`], never a wrap or a panic.

#![no_std]

extern crate alloc;

pub mod book;
pub mod checkpoints;
pub mod commitment;
pub mod epoch;
mod error;
pub mod ledger;
pub mod levels;
pub mod price;
pub mod queue;
pub mod tree;
pub mod vesting;
mod word;

pub use error::Error;
pub use price::Price;
pub use word::{Region, WordStorage};

/// One in basis points.
pub const BASIS_POINTS: u16 = 10_000;

/// The most shares that a single sum may hold: 2^112 − 1, about 5.2 · 10^15 whole shares.
///
/// The queue's total counts every share that was ever serviced, so this bounds the redemptions of the vault's whole
/// life; at a billion shares a month it lasts 400,000 years.
pub const MAX_SHARES: u128 = (1 << 112) - 1;
