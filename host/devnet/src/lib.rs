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
//! - **Programs**: a call pays its pages, 352 + cached init, and 8,832 + init unless ArbWasmCache holds the program (the
//!   cache of programs called lately in the same block comes with ArbOS 60 and is not there), then its ink; the gas left
//!   is rounded down once per frame, and return data costs at least what EVM memory would. A program that is not
//!   activated, has expired after 365 days, or needs an upgrade fails without data and takes all gas; so do running out
//!   of ink and of stack. A trap reverts without data and gives the rest of the gas back.
//! - **Requests of programs** cost what Nitro charges for them, which differs from the EVM in three ways: the stipend of a
//!   call that pays is charged like other gas, a creation pays no initcode words, and reading code costs 700 more.
//! - **Memory**: pages are counted over all open programs of a transaction; the 129th is not affordable, so at most 128
//!   programs are on the call stack at once. The depth limit of 1,024 holds across both worlds.
//! - **Activation** burns 1,659,168 gas, the gas of the analysis, and what ArbOS's storage costs, and takes the data fee
//!   in wei; the rest of what was sent comes back. A program that is refused takes all gas.
//!
//! # What is not like Nitro
//!
//! - Every transaction has a block of its own, blocks are instant and final, there is no pool and no L1: no retryable
//!   tickets, no messages to L1, no delayed inbox, no L1 fee. Functions of the precompiles about these are not there.
//! - The base fee does not move with demand. ArbOwner, ArbDebug, ArbAggregator, ArbAddressTable, ArbStatistics and
//!   ArbRetryableTx are not there.
//! - The state root in a header is zero: no trie is kept. `BLOCKHASH` gives hashes of the imaginary L1.
//! - The module hash is a hash of the program and its version, not of the fraud prover's module.
//! - The state of ArbOS has slots of its own making; what its storage costs in precompiles is counted as in Nitro.
//! - Transactions and blocks have Ethereum's encoding, without Arbitrum's own transaction types.

#![deny(unsafe_code)]

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
