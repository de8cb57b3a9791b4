//! The loan pool (state).
#![no_std]

#[macro_use]
extern crate alloc;
#[cfg(test)]
extern crate std;

use alloc::vec::Vec;

use alloy_primitives::{Address, U256};
use contract_kit::access::AccessControl;
use stylus_sdk::{
    prelude::*,
    storage::{StorageAddress, StorageBool, StorageMap, StorageU256},
};

mod abi;
mod administration;
mod collateral;
mod defaults;
mod errors;
mod fields;
mod lenders;
mod origination;
mod payments;
mod records;
mod recovery;
mod shares;
mod signatures;
mod terms;
mod tranches;
mod views;
pub mod words;

pub use administration::Construction;
pub use payments::Quote;
pub use signatures::PoolDomain;
pub use terms::{loan_id, LoanTerms};
pub use views::{LoanView, TrancheView};

/// Name of the EIP-712 domain that terms are signed for.
pub const NAME: &str = "USD.AI Loan Pool";
/// Its version.
pub const VERSION: &str = "1";

/// The pool's storage, the same for both contracts.
#[storage]
pub struct LoanPool {
    /// Roles.
    pub access: AccessControl,
    /// [`words::Settings`].
    settings: StorageU256,
    /// [`words::Lending`].
    lending: StorageU256,
    /// [`words::Clock`].
    clock: StorageU256,
    caliber: StorageAddress,
    auction: StorageAddress,
    payments: StorageAddress,
    origination: StorageAddress,
    recovery: StorageAddress,
    administration: StorageAddress,
    /// The loan that a refinancing is paying back, while it does.
    refinanced: StorageU256,
    /// The words of tranche `t`, from number 4·t on.
    tranches: StorageMap<U256, StorageU256>,
    /// The words of loans, from the hash of their terms on.
    loans: StorageMap<U256, StorageU256>,
    /// Used nonces of an underwriter, 256 to a word.
    nonces: StorageMap<Address, StorageMap<U256, StorageU256>>,
    /// [`words::Account`] by owner and tranche.
    accounts: StorageMap<Address, StorageMap<U256, StorageU256>>,
    /// What a spender may move of an owner's shares of a tranche.
    allowances: StorageMap<Address, StorageMap<Address, StorageMap<U256, StorageU256>>>,
    /// Whether the second account may move all shares of the first.
    operators: StorageMap<Address, StorageMap<Address, StorageBool>>,
}
