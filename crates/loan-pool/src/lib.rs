//! The tranched loan pool: the contract that holds the pool's storage and answers its users.
//!
//! This is a face: what the pool is and does, its storage, transitions and invariants, stands in [`loan_pool_state`].
//! Here is what lenders and the vault call: deposits, notices, redemptions, values, and the tranche shares. The other calls are passed
//! to four contracts that run on this contract's storage: `loan-pool-origination`, `loan-pool-payments`,
//! `loan-pool-recovery` and, for all that is left, `loan-pool-administration`. A selector that nobody knows ends there in
//! `InvalidCall`, and so does any call with ETH.
#![cfg_attr(not(any(test, feature = "export-abi")), no_main)]

#[macro_use]
extern crate alloc;

use alloc::vec::Vec;

use alloy_primitives::{Address, FixedBytes, B256, U256};
use contract_kit::{interfaces, Revert};
// The generated code finds the small ABI coder under the SDK's name.
use contract_kit::sdk as stylus_sdk;
use loan_pool_state::{Construction, LoanPool as Pool};
use stylus_sdk::{prelude::*, ArbResult};

/// The contract's storage.
#[storage]
pub struct LoanPool {
    pool: Pool,
}

mod entry {
    //! The lines that the SDK forces.
    #![allow(unsafe_code)]

    use alloc::vec::Vec;

    use stylus_sdk::{host::VM, prelude::*, ArbResult};

    use super::LoanPool;

    // SAFETY: the only contract of this program, at the root of its storage.
    unsafe impl TopLevelStorage for LoanPool {}

    #[allow(dead_code)] // its caller is generated for WASM only
    #[entrypoint]
    fn main(input: Vec<u8>, vm: VM) -> ArbResult {
        contract_kit::entry::dispatch::<LoanPool>(input, vm)
    }
}

/// Prints the Solidity interface.
#[cfg(feature = "export-abi")]
pub fn print_from_args() {
    stylus_sdk::abi::export::print_from_args::<LoanPool>();
}

// What the functions do, what they refuse and what they log stands in `contracts/interfaces/ILoanPool.sol`.
#[allow(missing_docs, clippy::missing_errors_doc, clippy::unused_self)]
#[public]
impl LoanPool {
    /// Sets USDai, CALIBER, the extensions and the terms of the tranches for good, the admin of all roles and the fee
    /// recipient.
    #[allow(clippy::too_many_arguments)]
    #[constructor]
    pub fn constructor(
        &mut self,
        admin: Address,
        usdai: Address,
        caliber: Address,
        extensions: [Address; 4],
        code_hashes: [B256; 4],
        fee_recipient: Address,
        policy_bps: [u16; 3],
        advance_bps: [u16; 4],
        rates: [u64; 4],
    ) -> Result<(), Revert> {
        self.pool.initialize(&Construction {
            admin,
            usdai,
            caliber,
            extensions,
            code_hashes,
            fee_recipient,
            policy_bps,
            advance_bps,
            rates,
        })
    }

    /// Passes what is not known here on.
    #[fallback]
    pub fn fallback(&mut self, calldata: &[u8]) -> ArbResult {
        self.pool.extend(calldata)
    }

    /* lenders */

    pub fn asset(&self) -> Address {
        self.pool.asset()
    }

    pub fn deposit(&mut self, tranche: U256, assets: U256, receiver: Address) -> Result<U256, Revert> {
        self.pool.deposit(tranche, assets, receiver, U256::ZERO)
    }

    #[selector(name = "deposit")]
    pub fn deposit_for_at_least(
        &mut self,
        tranche: U256,
        assets: U256,
        receiver: Address,
        min_shares: U256,
    ) -> Result<U256, Revert> {
        self.pool.deposit(tranche, assets, receiver, min_shares)
    }

    pub fn redeem(&mut self, tranche: U256, shares: U256, receiver: Address) -> Result<U256, Revert> {
        self.pool.redeem(tranche, shares, receiver, U256::ZERO)
    }

    #[selector(name = "redeem")]
    pub fn redeem_for_at_least(
        &mut self,
        tranche: U256,
        shares: U256,
        receiver: Address,
        min_assets: U256,
    ) -> Result<U256, Revert> {
        self.pool.redeem(tranche, shares, receiver, min_assets)
    }

    pub fn give_notice(&mut self, tranche: U256, shares: U256) -> Result<(), Revert> {
        self.pool.give_notice(tranche, shares)
    }

    pub fn cancel_notice(&mut self, tranche: U256) -> Result<(), Revert> {
        self.pool.cancel_notice(tranche)
    }

    pub fn notice_of(&self, account: Address, id: U256) -> (U256, U256, U256) {
        self.pool.notice_of(account, id)
    }

    pub fn preview_deposit(&self, id: U256, assets: U256) -> Result<U256, Revert> {
        self.pool.preview_deposit(id, assets)
    }

    pub fn preview_redeem(&self, id: U256, shares: U256) -> Result<U256, Revert> {
        self.pool.preview_redeem(id, shares)
    }

    pub fn position_value(
        &self,
        shares0: U256,
        shares1: U256,
        shares2: U256,
        shares3: U256,
    ) -> Result<(U256, U256), Revert> {
        self.pool.position_value([shares0, shares1, shares2, shares3])
    }

    pub fn latest_cure_end(&self) -> U256 {
        self.pool.latest_cure_end()
    }

    /* tranche shares: ERC-6909, ERC-165 */

    pub fn total_supply(&self, id: U256) -> U256 {
        self.pool.total_supply(id)
    }

    pub fn balance_of(&self, owner: Address, id: U256) -> U256 {
        self.pool.balance_of(owner, id)
    }

    pub fn allowance(&self, owner: Address, spender: Address, id: U256) -> U256 {
        self.pool.allowance(owner, spender, id)
    }

    pub fn is_operator(&self, owner: Address, spender: Address) -> bool {
        self.pool.is_operator(owner, spender)
    }

    pub fn transfer(&mut self, receiver: Address, id: U256, amount: U256) -> Result<bool, Revert> {
        self.pool.transfer(receiver, id, amount)
    }

    pub fn transfer_from(
        &mut self,
        sender: Address,
        receiver: Address,
        id: U256,
        amount: U256,
    ) -> Result<bool, Revert> {
        self.pool.transfer_from(sender, receiver, id, amount)
    }

    pub fn approve(&mut self, spender: Address, id: U256, amount: U256) -> Result<bool, Revert> {
        self.pool.approve(spender, id, amount)
    }

    pub fn set_operator(&mut self, spender: Address, approved: bool) -> Result<bool, Revert> {
        self.pool.set_operator(spender, approved)
    }

    pub fn supports_interface(&self, interface_id: FixedBytes<4>) -> bool {
        [
            interfaces::ERC165,
            interfaces::ACCESS_CONTROL,
            interfaces::ERC6909,
            interfaces::ERC5267,
        ]
        .contains(&interface_id)
    }
}
