//! For depositors: USDai, sUSDai, leaving it, and bidding for a place.

pub mod balance;
