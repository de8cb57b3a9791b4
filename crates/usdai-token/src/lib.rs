//! USDai, a synthetic dollar fully backed by wrapped M.
//!
//! An ERC-20 of 18 decimals. Anybody brings wrapped M (the base token), or a token that the swap adapter turns into
//! wrapped M, and is minted as many dollars; any holder burns dollars and leaves with wrapped M or, through the
//! adapter, another token. What the reserves earn beyond the liabilities is minted by `harvest` for the vault.
//!
//! # State
//!
//! | what | where |
//! |---|---|
//! | balances, allowances, total supply, permit nonces | [`contract_kit::erc20`] |
//! | roles | [`contract_kit::access`] |
//! | supply cap | the upper half of the total supply's slot |
//! | base token and its decimals, paused, whitelist required, whether anything is bridged out | one slot, `settings::Settings` |
//! | bridged supply | a slot, read only while something is bridged out |
//! | swap adapter; whitelist | a slot; a slot an account |
//!
//! The base token is fixed by the constructor. A deposit of base token reads three slots of this contract (settings,
//! total supply with the cap, the recipient's balance) and writes two of them.
//!
//! # Transitions
//!
//! | function | reserves | total supply | bridged | module |
//! |---|---|---|---|---|
//! | `deposit` | + credit | + credit × scale | | `minting` |
//! | `withdraw` | − ⌊amount / scale⌋ | − amount | | `redemption` |
//! | `harvest` | + claimed yield | + surplus × scale | | `harvest` |
//! | `mint` (bridge) | | + amount | − amount | `bridge` |
//! | `burn` (bridge) | | − amount | + amount | `bridge` |
//!
//! # Invariants
//!
//! **R1**: `baseToken.balanceOf(this) × scale >= totalSupply + bridgedSupply`, after every transaction. A deposit
//! credits the lesser of what was stated and what the balance gained, and scales it up exactly. A withdrawal burns
//! first and pays the quotient rounded down. A harvest mints the balance above the liabilities, the latter rounded up
//! to whole units of the base token. The bridge moves between the two terms of the sum. Nothing else moves the base
//! token or the supply; the base token itself is trusted not to take tokens away.
//!
//! **R2**: nobody but `harvest` turns yield into USDai. Wrapped M pays its holder's yield on any transfer, so the
//! balance may gain more than a depositor brought. That is why the credit is never more than what was stated, or, for a
//! swap, than what the adapter says it returned.
//!
//! # Calls
//!
//! Outwards only: the base token, the deposited or withdrawn token, the swap adapter. Each refusal of theirs reverts
//! the transaction. Re-entry is refused by the entry point, also into views, so that no callee can see or use the state
//! in between.
#![cfg_attr(not(any(test, feature = "export-abi")), no_main)]

#[macro_use]
extern crate alloc;

use alloc::{string::String, vec::Vec};

use alloy_primitives::{Address, FixedBytes, B256, U256};
use contract_kit::{
    access::AccessControl,
    erc20::Erc20,
    host, interfaces,
    permit::{self, Domain, Permit, Signature},
    roles, Revert,
};
// The generated code finds the small ABI coder under the SDK's name.
use contract_kit::sdk as stylus_sdk;
use stylus_sdk::{
    abi::Bytes,
    prelude::*,
    storage::{StorageAddress, StorageBool, StorageMap, StorageU128, StorageU256},
};

mod abi;
mod administration;
mod bridge;
mod harvest;
mod minting;
mod redemption;
mod settings;
#[cfg(test)]
mod tests;

use minting::Deposit;
use redemption::Withdrawal;

/// The contract's storage.
#[storage]
pub struct USDai {
    erc20: Erc20,
    access: AccessControl,
    /// [`settings::Settings`].
    settings: StorageU256,
    /// USDai that has left over the bridge.
    bridged: StorageU128,
    swap_adapter: StorageAddress,
    whitelist: StorageMap<Address, StorageBool>,
}

impl Domain for USDai {
    const NAME: &'static str = "USDai";
    const VERSION: &'static str = "1";
}

mod entry {
    //! The lines that the SDK forces.
    #![allow(unsafe_code)]

    use alloc::vec::Vec;

    use stylus_sdk::{host::VM, prelude::*, ArbResult};

    use super::USDai;

    // SAFETY: the only contract of this program, at the root of its storage.
    unsafe impl TopLevelStorage for USDai {}

    #[allow(dead_code)] // its caller is generated for WASM only
    #[entrypoint]
    fn main(input: Vec<u8>, vm: VM) -> ArbResult {
        contract_kit::entry::dispatch::<USDai>(input, vm)
    }
}

/// Prints the Solidity interface.
#[cfg(feature = "export-abi")]
pub fn print_from_args() {
    stylus_sdk::abi::export::print_from_args::<USDai>();
}

// What the functions do, what they refuse and what they log stands in `contracts/interfaces/IUSDai.sol`.
#[allow(missing_docs, clippy::missing_errors_doc, clippy::unused_self)]
#[public]
impl USDai {
    /// Sets the reserve token for good, the admin of all roles and the supply cap.
    ///
    /// Refuses zero addresses, a base token without code or with more than 18 decimals, and a cap above 2^128 − 1.
    #[constructor]
    pub fn constructor(&mut self, admin: Address, base_token: Address, supply_cap: U256) -> Result<(), Revert> {
        self.initialize(admin, base_token, supply_cap)
    }

    /* minting and redeeming */

    pub fn deposit(
        &mut self,
        deposit_token: Address,
        deposit_amount: U256,
        usdai_amount_minimum: U256,
        recipient: Address,
    ) -> Result<U256, Revert> {
        self.deposit_along(
            deposit_token,
            deposit_amount,
            usdai_amount_minimum,
            recipient,
            Bytes(Vec::new()),
        )
    }

    #[selector(name = "deposit")]
    pub fn deposit_along(
        &mut self,
        deposit_token: Address,
        deposit_amount: U256,
        usdai_amount_minimum: U256,
        recipient: Address,
        data: Bytes,
    ) -> Result<U256, Revert> {
        self.mint_for_deposit(Deposit {
            token: deposit_token,
            amount: deposit_amount,
            usdai_minimum: usdai_amount_minimum,
            recipient,
            path: data.0.into(),
        })
    }

    pub fn withdraw(
        &mut self,
        withdraw_token: Address,
        usdai_amount: U256,
        withdraw_amount_minimum: U256,
        recipient: Address,
    ) -> Result<U256, Revert> {
        self.withdraw_along(
            withdraw_token,
            usdai_amount,
            withdraw_amount_minimum,
            recipient,
            Bytes(Vec::new()),
        )
    }

    #[selector(name = "withdraw")]
    pub fn withdraw_along(
        &mut self,
        withdraw_token: Address,
        usdai_amount: U256,
        withdraw_amount_minimum: U256,
        recipient: Address,
        data: Bytes,
    ) -> Result<U256, Revert> {
        self.redeem(Withdrawal {
            token: withdraw_token,
            usdai_amount,
            minimum: withdraw_amount_minimum,
            recipient,
            path: data.0.into(),
        })
    }

    pub fn harvest(&mut self, recipient: Address) -> Result<U256, Revert> {
        self.harvest_surplus(recipient)
    }

    pub fn claimable_yield(&self) -> Result<U256, Revert> {
        self.harvestable()
    }

    pub fn reserves(&self) -> Result<(U256, U256), Revert> {
        self.backing_and_liabilities()
    }

    pub fn base_token(&self) -> Address {
        self.settings().base_token
    }

    pub fn swap_adapter(&self) -> Address {
        self.swap_adapter.get()
    }

    pub fn supply_cap(&self) -> U256 {
        U256::from(self.cap())
    }

    pub fn bridged_supply(&self) -> U256 {
        U256::from(self.bridged(self.settings()))
    }

    /* bridge */

    pub fn mint(&mut self, to: Address, amount: U256) -> Result<(), Revert> {
        self.bridge_in(to, amount)
    }

    pub fn burn(&mut self, from: Address, amount: U256) -> Result<(), Revert> {
        self.bridge_out(from, amount)
    }

    /* administration */

    pub fn set_supply_cap(&mut self, cap: U256) -> Result<(), Revert> {
        self.change_cap(cap)
    }

    pub fn set_swap_adapter(&mut self, adapter: Address) -> Result<(), Revert> {
        self.change_adapter(adapter)
    }

    pub fn set_whitelist_required(&mut self, required: bool) -> Result<(), Revert> {
        self.change_whitelist_required(required)
    }

    pub fn whitelist_required(&self) -> bool {
        self.settings().whitelist_required
    }

    pub fn set_whitelist(&mut self, account: Address, whitelisted: bool) -> Result<(), Revert> {
        self.change_whitelist(account, whitelisted)
    }

    pub fn is_whitelisted(&self, account: Address) -> bool {
        self.whitelist.get(account)
    }

    pub fn pause(&mut self) -> Result<(), Revert> {
        self.change_paused(true)
    }

    pub fn unpause(&mut self) -> Result<(), Revert> {
        self.change_paused(false)
    }

    pub fn paused(&self) -> bool {
        self.settings().paused
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

    /* ERC-20, EIP-2612, EIP-5267, ERC-165 */

    pub fn name(&self) -> String {
        String::from(Self::NAME)
    }

    pub fn symbol(&self) -> String {
        String::from(Self::NAME)
    }

    pub fn decimals(&self) -> u8 {
        credit_math::PROTOCOL_DECIMALS
    }

    pub fn total_supply(&self) -> U256 {
        self.erc20.total_supply()
    }

    pub fn balance_of(&self, account: Address) -> U256 {
        self.erc20.balance_of(account)
    }

    pub fn allowance(&self, owner: Address, spender: Address) -> U256 {
        self.erc20.allowance(owner, spender)
    }

    pub fn approve(&mut self, spender: Address, value: U256) -> Result<bool, Revert> {
        self.erc20.approve(host::sender(), spender, value)?;
        Ok(true)
    }

    pub fn transfer(&mut self, to: Address, value: U256) -> Result<bool, Revert> {
        self.erc20.transfer(host::sender(), to, value)?;
        Ok(true)
    }

    pub fn transfer_from(&mut self, from: Address, to: Address, value: U256) -> Result<bool, Revert> {
        self.erc20.transfer_from(host::sender(), from, to, value)?;
        Ok(true)
    }

    #[allow(clippy::too_many_arguments)]
    pub fn permit(
        &mut self,
        owner: Address,
        spender: Address,
        value: U256,
        deadline: U256,
        v: u8,
        r: B256,
        s: B256,
    ) -> Result<(), Revert> {
        let domain = self.domain_separator();
        self.erc20.permit(
            domain,
            &Permit {
                owner,
                spender,
                value,
                deadline,
            },
            &Signature { v, r, s },
        )
    }

    pub fn nonces(&self, owner: Address) -> U256 {
        self.erc20.nonce(owner)
    }

    #[selector(name = "DOMAIN_SEPARATOR")]
    pub fn domain_separator(&self) -> B256 {
        permit::domain_separator::<Self>()
    }

    #[selector(name = "eip712Domain")]
    #[allow(clippy::type_complexity)]
    pub fn eip712_domain(&self) -> (FixedBytes<1>, String, String, U256, Address, B256, Vec<U256>) {
        (
            permit::DOMAIN_FIELDS,
            String::from(Self::NAME),
            String::from(Self::VERSION),
            U256::from(host::chain_id()),
            host::this(),
            B256::ZERO,
            Vec::new(),
        )
    }

    pub fn supports_interface(&self, interface_id: FixedBytes<4>) -> bool {
        [
            interfaces::ERC165,
            interfaces::ACCESS_CONTROL,
            interfaces::ERC20,
            interfaces::ERC20_METADATA,
            interfaces::ERC20_PERMIT,
            interfaces::ERC5267,
        ]
        .contains(&interface_id)
    }
}
