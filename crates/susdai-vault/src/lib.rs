//! sUSDai, staked USDai: the contract that holds the vault's storage and answers its users.
//!
//! This is a face: what the vault is and does, its storage, transitions and invariants, stands in [`susdai_state`].
//! Here are the user operations (deposits, requests, bids, claims), settling and servicing, and the share token.
//! Everything else (administration, harvest, strategy, views for wallets) is passed to the extension contract, which
//! runs on this contract's storage. A selector that the extension does not know either ends there in `InvalidCall`, and
//! so does any call with ETH.
#![cfg_attr(not(any(test, feature = "export-abi")), no_main)]

#[macro_use]
extern crate alloc;

use alloc::{string::String, vec::Vec};

use alloy_primitives::{Address, FixedBytes, B256, U256};
use contract_kit::{
    host, interfaces,
    permit::{self, Domain, Permit, Signature},
    Revert,
};
// The generated code finds the small ABI coder under the SDK's name.
use contract_kit::sdk as stylus_sdk;
use stylus_sdk::{prelude::*, ArbResult};
use susdai_state::{Construction, Vault};

/// The contract's storage.
#[storage]
pub struct StakedUSDai {
    vault: Vault,
}

impl Domain for StakedUSDai {
    const NAME: &'static str = susdai_state::NAME;
    const VERSION: &'static str = susdai_state::VERSION;
}

mod entry {
    //! The lines that the SDK forces.
    #![allow(unsafe_code)]

    use alloc::vec::Vec;

    use stylus_sdk::{host::VM, prelude::*, ArbResult};

    use super::StakedUSDai;

    // SAFETY: the only contract of this program, at the root of its storage.
    unsafe impl TopLevelStorage for StakedUSDai {}

    #[allow(dead_code)] // its caller is generated for WASM only
    #[entrypoint]
    fn main(input: Vec<u8>, vm: VM) -> ArbResult {
        contract_kit::entry::dispatch::<StakedUSDai>(input, vm)
    }
}

/// Prints the Solidity interface.
#[cfg(feature = "export-abi")]
pub fn print_from_args() {
    stylus_sdk::abi::export::print_from_args::<StakedUSDai>();
}

// What the functions do, what they refuse and what they log stands in `contracts/interfaces/IStakedUSDai.sol`.
#[allow(missing_docs, clippy::missing_errors_doc, clippy::unused_self)]
#[public]
impl StakedUSDai {
    /// Sets USDai, the auction and the extension for good, the admin of all roles and the fee on base yield.
    #[allow(clippy::too_many_arguments)]
    #[constructor]
    pub fn constructor(
        &mut self,
        admin: Address,
        usdai: Address,
        auction: Address,
        extension: Address,
        extension_code_hash: B256,
        fee_recipient: Address,
        fee_bps: u16,
    ) -> Result<(), Revert> {
        self.vault.initialize(&Construction {
            admin,
            usdai,
            auction,
            extension,
            extension_code_hash,
            fee_recipient,
            fee_bps,
        })
    }

    /// Passes what is not known here to the extension.
    #[fallback]
    pub fn fallback(&mut self, calldata: &[u8]) -> ArbResult {
        self.vault.extend(calldata)
    }

    /* staking: ERC-4626 */

    pub fn deposit(&mut self, amount: U256, receiver: Address) -> Result<U256, Revert> {
        self.vault.deposit(amount, receiver, U256::ZERO)
    }

    #[selector(name = "deposit")]
    pub fn deposit_for_at_least(&mut self, amount: U256, receiver: Address, min_shares: U256) -> Result<U256, Revert> {
        self.vault.deposit(amount, receiver, min_shares)
    }

    pub fn mint(&mut self, shares: U256, receiver: Address) -> Result<U256, Revert> {
        self.vault.mint(shares, receiver, U256::MAX)
    }

    #[selector(name = "mint")]
    pub fn mint_for_at_most(&mut self, shares: U256, receiver: Address, max_amount: U256) -> Result<U256, Revert> {
        self.vault.mint(shares, receiver, max_amount)
    }

    pub fn withdraw(&mut self, amount: U256, receiver: Address, controller: Address) -> Result<U256, Revert> {
        self.vault.withdraw(amount, receiver, controller)
    }

    pub fn redeem(&mut self, shares: U256, receiver: Address, controller: Address) -> Result<U256, Revert> {
        self.vault.redeem(shares, receiver, controller)
    }

    pub fn redeem_request(&mut self, request_id: U256, shares: U256, receiver: Address) -> Result<U256, Revert> {
        self.vault.redeem_request(request_id, shares, receiver)
    }

    pub fn asset(&self) -> Address {
        self.vault.asset()
    }

    pub fn total_assets(&self) -> Result<U256, Revert> {
        self.vault.nav()
    }

    pub fn convert_to_shares(&self, assets: U256) -> Result<U256, Revert> {
        self.vault.convert_to_shares(assets)
    }

    pub fn convert_to_assets(&self, shares: U256) -> Result<U256, Revert> {
        self.vault.convert_to_assets(shares)
    }

    pub fn preview_deposit(&self, assets: U256) -> Result<U256, Revert> {
        self.vault.preview_deposit(assets)
    }

    pub fn preview_mint(&self, shares: U256) -> Result<U256, Revert> {
        self.vault.preview_mint(shares)
    }

    /* leaving: ERC-7540 */

    pub fn request_redeem(&mut self, shares: U256, controller: Address, owner: Address) -> Result<U256, Revert> {
        self.vault.request_redeem(shares, controller, owner)
    }

    pub fn set_operator(&mut self, operator: Address, approved: bool) -> Result<bool, Revert> {
        self.vault.set_operator(operator, approved)
    }

    pub fn is_operator(&self, controller: Address, operator: Address) -> bool {
        self.vault.is_operator(controller, operator)
    }

    /* going first: the auction */

    pub fn commit_bid(&mut self, request_id: U256, commitment: B256) -> Result<(), Revert> {
        self.vault.commit_bid(request_id, commitment)
    }

    pub fn withdraw_bid(&mut self, request_id: U256) -> Result<(), Revert> {
        self.vault.withdraw_bid(request_id)
    }

    /* settling and servicing */

    pub fn settle_auction(&mut self) -> Result<(U256, U256, U256), Revert> {
        self.vault.settle_auction()
    }

    pub fn service_redemptions(&mut self, shares: U256) -> Result<U256, Revert> {
        self.vault.service_redemptions(shares)
    }

    /* ERC-20, EIP-2612, ERC-7575, ERC-165 */

    pub fn name(&self) -> String {
        String::from(susdai_state::NAME)
    }

    pub fn symbol(&self) -> String {
        String::from(susdai_state::SYMBOL)
    }

    pub fn decimals(&self) -> u8 {
        18
    }

    pub fn total_supply(&self) -> U256 {
        self.vault.erc20.total_supply()
    }

    pub fn balance_of(&self, account: Address) -> U256 {
        self.vault.erc20.balance_of(account)
    }

    pub fn allowance(&self, owner: Address, spender: Address) -> U256 {
        self.vault.erc20.allowance(owner, spender)
    }

    pub fn approve(&mut self, spender: Address, value: U256) -> Result<bool, Revert> {
        self.vault.erc20.approve(host::sender(), spender, value)?;
        Ok(true)
    }

    pub fn transfer(&mut self, to: Address, value: U256) -> Result<bool, Revert> {
        self.vault.transfer(to, value)
    }

    pub fn transfer_from(&mut self, from: Address, to: Address, value: U256) -> Result<bool, Revert> {
        self.vault.transfer_from(from, to, value)
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
        self.vault.erc20.permit(
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
        self.vault.erc20.nonce(owner)
    }

    #[selector(name = "DOMAIN_SEPARATOR")]
    pub fn domain_separator(&self) -> B256 {
        permit::domain_separator::<Self>()
    }

    pub fn share(&self) -> Address {
        host::this()
    }

    pub fn supports_interface(&self, interface_id: FixedBytes<4>) -> bool {
        [
            interfaces::ERC165,
            interfaces::ACCESS_CONTROL,
            interfaces::ERC20,
            interfaces::ERC20_METADATA,
            interfaces::ERC20_PERMIT,
            interfaces::ERC5267,
            interfaces::ERC4626,
            interfaces::ERC7540_OPERATOR,
            interfaces::ERC7540_REDEEM,
            interfaces::ERC7575,
        ]
        .contains(&interface_id)
    }
}
