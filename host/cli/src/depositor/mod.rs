//! For depositors: USDai, sUSDai, leaving it, and bidding for a place.

pub mod balance;
pub mod bidding;
pub mod epoch;
pub mod minting;
pub mod position;
pub mod staking;
