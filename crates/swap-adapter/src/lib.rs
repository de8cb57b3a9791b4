//! Swaps between the base token of USDai and other tokens, over Uniswap V3.
//!
//! USDai moves the tokens here and then calls `swapIn` or `swapOut`. The adapter hands what was sent to SwapRouter02
//! and has it swap "its own balance" (an input amount of zero), with USDai as the recipient. So the adapter never gives
//! an allowance, and a swap leaves nothing here: the input has gone to the router, and the output never comes here.
//!
//! # State
//!
//! Roles; USDai, the router and the base token, fixed by the constructor, in two slots (`links`); for each admitted
//! token the fee tier of its direct pool.
//!
//! # What is checked
//!
//! - Only USDai may swap, and only admitted tokens. A path must lead from one token of the swap to the other, over at
//!   most five pools (`path`); the tokens in between are the caller's choice.
//! - Nothing stays with the router: it holds none of the input afterwards, and of the tokens in between no more than
//!   before. Pools whose liquidity runs out would leave some there, for anybody to take.
//! - What the router says came out is at least the minimum. USDai measures what has arrived.
//!
//! # Calls
//!
//! Outwards only: the tokens and the router. Re-entry is refused by the entry point.
#![cfg_attr(not(any(test, feature = "export-abi")), no_main)]

#[macro_use]
extern crate alloc;

use alloc::vec::Vec;

use alloy_primitives::{aliases::U24, Address, FixedBytes, B256, U256};
use contract_kit::{access::AccessControl, interfaces, roles, Revert};
// The generated code finds the small ABI coder under the SDK's name.
use contract_kit::sdk as stylus_sdk;
use stylus_sdk::{
    abi::Bytes,
    prelude::*,
    storage::{StorageMap, StorageU256, StorageUint},
};

mod abi;
mod administration;
mod links;
mod path;
mod swapping;
#[cfg(test)]
mod tests;

use links::Links;

/// The contract's storage.
#[storage]
pub struct SwapAdapter {
    access: AccessControl,
    /// [`Links`], in two words.
    first_links: StorageU256,
    second_links: StorageU256,
    /// Fee tier of each admitted token's direct pool; zero for a token that is not admitted.
    fee_tiers: StorageMap<Address, StorageUint<24, 1>>,
}

mod entry {
    //! The lines that the SDK forces.
    #![allow(unsafe_code)]

    use alloc::vec::Vec;

    use stylus_sdk::{host::VM, prelude::*, ArbResult};

    use super::SwapAdapter;

    // SAFETY: the only contract of this program, at the root of its storage.
    unsafe impl TopLevelStorage for SwapAdapter {}

    #[allow(dead_code)] // its caller is generated for WASM only
    #[entrypoint]
    fn main(input: Vec<u8>, vm: VM) -> ArbResult {
        contract_kit::entry::dispatch::<SwapAdapter>(input, vm)
    }
}

/// Prints the Solidity interface.
#[cfg(feature = "export-abi")]
pub fn print_from_args() {
    stylus_sdk::abi::export::print_from_args::<SwapAdapter>();
}

// What the functions do, what they refuse and what they log stands in `contracts/interfaces/ISwapAdapter.sol`.
#[allow(
    missing_docs,
    clippy::missing_errors_doc,
    clippy::needless_pass_by_value,
    clippy::unused_self
)]
#[public]
impl SwapAdapter {
    /// Fixes the links and the admin of all roles. Refuses zero addresses, and a router or base token without code.
    #[constructor]
    pub fn constructor(
        &mut self,
        admin: Address,
        usdai: Address,
        base_token: Address,
        router: Address,
    ) -> Result<(), Revert> {
        self.initialize(
            admin,
            Links {
                usdai,
                router,
                base_token,
            },
        )
    }

    /* swaps */

    pub fn swap_in(&mut self, token: Address, amount: U256, min_base: U256, path: Bytes) -> Result<U256, Revert> {
        self.swap_for_base(token, amount, min_base, &path)
    }

    pub fn swap_out(&mut self, token: Address, base_amount: U256, min_out: U256, path: Bytes) -> Result<U256, Revert> {
        self.swap_base_for(token, base_amount, min_out, &path)
    }

    pub fn base_token(&self) -> Address {
        self.links().base_token
    }

    pub fn usdai(&self) -> Address {
        self.links().usdai
    }

    pub fn swap_router(&self) -> Address {
        self.links().router
    }

    pub fn is_whitelisted_token(&self, token: Address) -> bool {
        !self.fee_tiers.get(token).is_zero()
    }

    pub fn fee_tier(&self, token: Address) -> U24 {
        self.fee_tiers.get(token)
    }

    /* administration */

    pub fn set_token(&mut self, token: Address, whitelisted: bool, fee_tier: U24) -> Result<(), Revert> {
        self.change_token(token, whitelisted, fee_tier)
    }

    #[selector(name = "DEFAULT_ADMIN_ROLE")]
    pub fn default_admin_role(&self) -> B256 {
        roles::DEFAULT_ADMIN.id()
    }

    pub fn get_role_admin(&self, role: B256) -> B256 {
        self.access.role_admin(role)
    }

    pub fn has_role(&self, role: B256, account: Address) -> bool {
        self.access.has_role(role, account)
    }

    pub fn grant_role(&mut self, role: B256, account: Address) -> Result<(), Revert> {
        self.access.grant(role, account)
    }

    pub fn revoke_role(&mut self, role: B256, account: Address) -> Result<(), Revert> {
        self.access.revoke(role, account)
    }

    pub fn renounce_role(&mut self, role: B256, caller_confirmation: Address) -> Result<(), Revert> {
        self.access.renounce(role, caller_confirmation)
    }

    pub fn supports_interface(&self, interface_id: FixedBytes<4>) -> bool {
        [interfaces::ERC165, interfaces::ACCESS_CONTROL].contains(&interface_id)
    }
}
