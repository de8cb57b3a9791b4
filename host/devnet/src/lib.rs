//! A local Arbitrum chain for development and tests: EVM contracts (by `revm`) and Stylus programs (by `stylus-vm`)
//! in one journalled state, calling each other in both directions.
//!
//! [`Chain`] is the whole chain in process: accounts, blocks, receipts, time control, snapshots. It is synchronous and
//! single-threaded; every transaction is mined at once into a block of its own.
//!
//! # What is emulated, and how it was decided
//!
//! ArbOS 51 with Stylus version 2, on the EVM of the Osaka hardfork. Where Ethereum and Arbitrum differ, Nitro's rule
//! holds:
//!
//! - **Intrinsic gas**: 21,000, 4 and 16 per calldata byte, initcode words (EIP-3860), access lists. The calldata floor
//!   of EIP-7623 is off: in Nitro it is an option of the chain owner which is off unless set.
//! - **Gas of a transaction**: Nitro replaces the cap of EIP-7825 by a limit per transaction of 32,000,000 gas. A higher
//!   gas limit is accepted, what is above is not available to the execution and comes back.
//! - **Refunds** (EIP-3529): at most a fifth of the gas used.
//! - **Price**: the base fee is constant (0.1 gwei unless configured); everybody pays the base fee, tips are accepted
//!   and dropped. What is paid goes to the network fee account.
//! - **L1 data fee**: zero. A transaction costs what its execution costs.
//! - **Set-code transactions** (EIP-7702) are taken, blob transactions (EIP-4844) are refused, as on Arbitrum.
//! - **Code**: at most 24,576 bytes, initcode at most 49,152; code starting with `0xEF` is refused but for Stylus
//!   programs (`EFF00000`).
//! - **`block.number`** is the number of an imaginary L1 whose blocks take 12 seconds, for contracts and programs alike;
//!   `ArbSys.arbBlockNumber` is the number of the block that the RPC shows. `block.prevrandao` is 1.
//! - **State roots** are not computed: the header carries zero.

mod arbos;
pub mod chain;
mod evm;
mod precompiles;
pub mod rpc;
mod state;

pub use chain::{
    Block, BlockSelector, CREATE2_FACTORY, CallError, CallOutput, CallRequest, Chain, ChainConfig, Clock, DeployError,
    EstimateError, MinedTransaction, Overrides, Receipt, STYLUS_DEPLOYER, TimeError, Tx, TxError, initcode_for,
};
