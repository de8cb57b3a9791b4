//! The suite as software outside the chain sees it: typed bindings of every contract, and its deployment on a
//! [`devnet::Chain`] together with what it needs there (tokens, Uniswap V3 with liquidity).
//!
//! - [`bindings`], [`artifacts`]: those of `client`;
//! - [`calls`]: typed transactions and views;
//! - [`program`]: how a Stylus program is deployed safely;
//! - [`uniswap`]: Uniswap V3 and its pools;
//! - [`wallet`]: a user with a key;
//! - [`staking`]: sUSDai and its auction;
//! - [`credit`]: CALIBER, the loan pool and the auction of collateral;
//! - [`deployment`]: all of it together, the [`Suite`].
//!
//! A further contract of the suite gets its interface in `client`, a deploying function beside
//! [`deployment::deploy_usdai`], and its address and links in [`Suite`].

#![deny(unsafe_code)]

pub mod calls;
pub mod credit;
pub mod deployment;
pub mod program;
pub mod staking;
pub mod uniswap;
pub mod wallet;

pub use client::{artifacts, bindings};

pub use artifacts::Artifacts;
pub use calls::{Outcome, Reverted, Transact, events_of, role_id};
pub use credit::{Credit, CreditConfig};
pub use deployment::{Actors, Pools, Suite, SuiteConfig, Tokens};
pub use staking::{Staking, StakingConfig};
