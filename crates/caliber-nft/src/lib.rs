//! CALIBER: Collateralized Asset Ledger of Insurance, Bailment, Evaluation, Redemption.
//!
//! Each ERC-721 token is the electronic document of title to a lot of hardware that a bailee (a data center) holds. Who
//! owns the token owns the goods; the pool lends against it while it holds it.
//!
//! # States
//!
//! A title's state is where the goods are (custody), whether compliance has frozen it, and whether the holder has asked
//! for the goods. The three are independent, but that goods can be asked for only where they are held.
//!
//! ```text
//!                  addUnits                       release (bailee)
//!                  ┌─────┐                    ┌───────────────────────┐
//!                  │     ▼                    ▼                       │
//!  tokenize ──▶  BUILDING  ──seal──▶  SEALED  ──attestReceipt──▶  HELD  ──attestLoss──▶  LOST (final)
//!     │              │       (agent)    ▲ │       (bailee)          │      (bailee)
//!     └──────────────┼──sealed at once──┘ │                         │
//!                    │                    │              confirmDelivery (bailee), if the holder
//!                surrender (holder)   surrender          has asked and the title is not frozen
//!                    ▼                    ▼                         ▼
//!                  ────────────────── no title: its serials are free ──────────────────
//!
//!  requested:   no  ──requestGoods (holder; HELD, not frozen)──▶  yes  ──cancelGoodsRequest (holder)──▶  no
//!  frozen:      no  ──setFrozen(true) (compliance)──▶  yes  ──setFrozen(false)──▶  no
//! ```
//!
//! | function | who | custody | frozen | requested | becomes |
//! |---|---|---|---|---|---|
//! | `tokenize`, but not to a custodian | agent | (none) | | | Building or Sealed |
//! | `addUnits` | agent | Building | any | any | Building or Sealed |
//! | `attestReceipt` | bailee | Sealed | any | any | Held |
//! | `release` | bailee | Held | any | any | Sealed |
//! | `attestLoss` | bailee | Held | any | any | Lost |
//! | `requestGoods` | holder, not a custodian | Held | no | no | requested |
//! | `cancelGoodsRequest` | holder | any | any | yes | not requested |
//! | `confirmDelivery` | bailee | Held | no | yes | burned |
//! | `surrender` | holder, not a custodian | Building, Sealed | no | any | burned |
//! | `appraise`, `insure` | appraiser, insurer | Sealed, Held | any | any | |
//! | `setFrozen` | compliance | any | any | any | frozen or not |
//! | `transferFrom` by the holder | holder | any | no | no | another owner, but no custodian |
//! | `transferFrom` to a custodian | that custodian, approved | any | no | no | a custodian's |
//! | `transferFrom` out of a custodian | custodian | any | any | any | another owner |
//! | `isEligible` says yes | anybody | Held | no | no | if appraised and insured for at least the value |
//!
//! Whatever is not in the table is refused: the module `lot` holds the rules, and its tests try every transition in every state.
//! The holder is the owner, his operator, or whom he approved for the token. What a bailee attests are facts, which
//! neither a freeze nor a request stops; whoever delivers, moves or ends a frozen title is stopped, for a court's order
//! wins. A custodian takes the titles that it holds: what is sent or minted to it without its doing would stay there for
//! ever, its serials taken. A lost lot keeps its serials. `surrender` is how goods come to another bailee, or a title minted by mistake is
//! undone: without it the serials would be taken for ever.
//!
//! # Value
//!
//! The appraised value falls in a straight line to the residual over the useful life, in `loan_core`'s function, which
//! the pool uses for its own copy of the appraisal; rounded down. It is zero from the second at which the appraisal
//! expires, and when the goods are lost. A lot is insured until the second at which the policy expires, if the coverage
//! is at least the value of that second. A lot worth nothing is not eligible.
//!
//! # State
//!
//! | what | where |
//! |---|---|
//! | owner, custody, frozen, requested, units, whether an account is approved | one slot a token: [`contract_kit::erc721::Title`], with `lot::Lot` in its notes |
//! | appraisal: value, its three times, residual | one slot a token |
//! | policy: coverage, expiry | one slot a token |
//! | bailee; agreement, report and policy document | a slot each |
//! | model, URI | 28 bytes in the first slot, 32 in each further one |
//! | serial to token | one slot a unit |
//! | titles minted and existing | one slot |
//!
//! A transfer reads the title and the two balances, which say whether their owners are custodians; eligibility reads three
//! slots, the value two, custody one.
//!
//! # Limits
//!
//! A unit costs about 22,920 gas: its slot (22,100), 32 bytes of calldata (510) and the program's work (310). Minting
//! with one unit takes about 227,000 gas, with a thousand 23.1 million. A transaction of 32,000,000 gas mints about 1,380
//! units; larger lots are built in several with `addUnits`, and cannot be received, appraised, insured or pledged before
//! they are sealed. A lot has at most 2^32 − 1 units, a value or coverage is below 2^112 (5.2
//! · 10^15 dollars), a time of an appraisal below 2^40. Ending a title costs the same for any number of units.
//!
//! # Calls
//!
//! None but `onERC721Received` of the receiver of a `safeTransferFrom`, after all changes. The entry point refuses
//! re-entry, also into views: a receiver's hook cannot read CALIBER. Our own contracts use `transferFrom`. `tokenize`
//! does not ask the owner.
#![cfg_attr(not(any(test, feature = "export-abi")), no_main)]

#[macro_use]
extern crate alloc;

use alloc::{string::String, vec::Vec};

use alloy_primitives::{Address, FixedBytes, B256, U256};
use contract_kit::{access::AccessControl, erc721::Erc721, host, interfaces, roles, Revert};
// The generated code finds the small ABI coder under the SDK's name.
use contract_kit::sdk as stylus_sdk;
use stylus_sdk::{
    abi::Bytes,
    prelude::*,
    storage::{StorageAddress, StorageB256, StorageMap, StorageU256},
};

mod abi;
mod bailment;
mod evaluation;
mod lot;
mod redemption;
#[cfg(test)]
mod tests;
mod text;
mod tokenization;
mod transfers;

use evaluation::Posted;
use text::{Text, Texts};
use tokenization::NewLot;

/// Name and symbol.
const NAME: &str = "CALIBER";

/// The contract's storage.
#[storage]
pub struct Caliber {
    /// Owners, and [`lot::Lot`]s in the titles' notes.
    erc721: Erc721,
    access: AccessControl,
    /// [`tokenization::Counts`].
    counts: StorageU256,
    /// The last token that held a unit.
    serials: StorageMap<B256, StorageU256>,
    bailees: StorageMap<U256, StorageAddress>,
    agreements: StorageMap<U256, StorageB256>,
    texts: Texts,
    /// Appraisals, as [`evaluation::pack_appraisal`] has them.
    appraisals: StorageMap<U256, StorageU256>,
    reports: StorageMap<U256, StorageB256>,
    /// [`evaluation::Policy`]s.
    policies: StorageMap<U256, StorageU256>,
    policy_documents: StorageMap<U256, StorageB256>,
    loan_pool: StorageAddress,
    collateral_auction: StorageAddress,
}

mod entry {
    //! The lines that the SDK forces.
    #![allow(unsafe_code)]

    use alloc::vec::Vec;

    use stylus_sdk::{host::VM, prelude::*, ArbResult};

    use super::Caliber;

    // SAFETY: the only contract of this program, at the root of its storage.
    unsafe impl TopLevelStorage for Caliber {}

    #[allow(dead_code)] // its caller is generated for WASM only
    #[entrypoint]
    fn main(input: Vec<u8>, vm: VM) -> ArbResult {
        contract_kit::entry::dispatch::<Caliber>(input, vm)
    }
}

/// Prints the Solidity interface.
#[cfg(feature = "export-abi")]
pub fn print_from_args() {
    stylus_sdk::abi::export::print_from_args::<Caliber>();
}

// What the functions do, what they refuse and what they log stands in `contracts/interfaces/ICaliber.sol`.
#[allow(
    missing_docs,
    clippy::missing_errors_doc,
    clippy::needless_pass_by_value,
    clippy::unused_self
)]
#[public]
impl Caliber {
    /// Sets the admin of all roles, who is not zero.
    #[constructor]
    pub fn constructor(&mut self, admin: Address) -> Result<(), Revert> {
        if admin.is_zero() {
            return Err(abi::ICaliber::InvalidAddress {}.into());
        }
        self.access.set(roles::DEFAULT_ADMIN.id(), admin, true);
        Ok(())
    }

    /* tokenization */

    #[allow(clippy::too_many_arguments)]
    pub fn tokenize(
        &mut self,
        owner: Address,
        model: String,
        bailee: Address,
        bailment_agreement: B256,
        uri: String,
        serials: Vec<B256>,
        seal_lot: bool,
    ) -> Result<U256, Revert> {
        self.open_lot(NewLot {
            owner,
            model,
            bailee,
            agreement: bailment_agreement,
            uri,
            serials,
            seal: seal_lot,
        })
    }

    pub fn add_units(&mut self, token_id: U256, serials: Vec<B256>, seal_lot: bool) -> Result<(), Revert> {
        self.grow_lot(token_id, &serials, seal_lot)
    }

    pub fn lot_of(&self, serial: B256) -> U256 {
        self.lot_with(serial)
    }

    /* bailment */

    pub fn attest_receipt(&mut self, token_id: U256, document: B256) -> Result<(), Revert> {
        self.receive(token_id, document)
    }

    pub fn attest_loss(&mut self, token_id: U256, document: B256) -> Result<(), Revert> {
        self.lose(token_id, document)
    }

    pub fn release(&mut self, token_id: U256, document: B256) -> Result<(), Revert> {
        self.let_go(token_id, document)
    }

    /* evaluation and insurance */

    pub fn appraise(
        &mut self,
        token_id: U256,
        value: U256,
        valid_until: u64,
        useful_life: u64,
        residual_bps: u16,
        report: B256,
    ) -> Result<(), Revert> {
        let posted = Posted {
            value,
            valid_until,
            useful_life,
            residual_bps,
            report,
        };
        self.post_appraisal(token_id, &posted)
    }

    pub fn insure(&mut self, token_id: U256, coverage: U256, expiry: u64, policy: B256) -> Result<(), Revert> {
        self.post_policy(token_id, coverage, expiry, policy)
    }

    pub fn collateral_value(&self, token_id: U256) -> Result<U256, Revert> {
        Ok(U256::from(self.value_now(token_id)?))
    }

    pub fn is_eligible(&self, token_id: U256) -> Result<bool, Revert> {
        self.is_eligible_now(token_id)
    }

    pub fn appraisal(&self, token_id: U256) -> Result<(U256, U256, U256, U256, U256, B256), Revert> {
        self.erc721.existing(token_id)?;
        let appraisal = self.appraisal_of(token_id);
        Ok((
            U256::from(appraisal.value),
            U256::from(appraisal.appraised_at),
            U256::from(appraisal.expires_at),
            U256::from(appraisal.useful_life),
            U256::from(appraisal.residual_bps),
            self.reports.get(token_id),
        ))
    }

    pub fn insurance(&self, token_id: U256) -> Result<(U256, U256, B256), Revert> {
        self.erc721.existing(token_id)?;
        let policy = self.policy_of(token_id);
        Ok((
            U256::from(policy.coverage),
            U256::from(policy.expires_at),
            self.policy_documents.get(token_id),
        ))
    }

    pub fn lot(&self, token_id: U256) -> Result<(u8, bool, bool, U256, Address, B256), Revert> {
        let lot = self.lot_of_token(token_id)?;
        Ok((
            lot.custody as u8,
            lot.is_frozen,
            lot.is_requested,
            U256::from(lot.units),
            self.bailees.get(token_id),
            self.agreements.get(token_id),
        ))
    }

    pub fn custody(&self, token_id: U256) -> Result<u8, Revert> {
        Ok(self.lot_of_token(token_id)?.custody as u8)
    }

    pub fn model(&self, token_id: U256) -> Result<String, Revert> {
        self.text_of(token_id, Text::Model)
    }

    /* redemption of the goods */

    pub fn request_goods(&mut self, token_id: U256) -> Result<(), Revert> {
        self.request(token_id)
    }

    pub fn cancel_goods_request(&mut self, token_id: U256) -> Result<(), Revert> {
        self.cancel_request(token_id)
    }

    pub fn confirm_delivery(&mut self, token_id: U256, document: B256) -> Result<(), Revert> {
        self.deliver(token_id, document)
    }

    pub fn surrender(&mut self, token_id: U256) -> Result<(), Revert> {
        self.give_up(token_id)
    }

    /* administration */

    pub fn set_frozen(&mut self, token_id: U256, is_frozen: bool) -> Result<(), Revert> {
        self.freeze(token_id, is_frozen)
    }

    pub fn set_custodians(&mut self, loan_pool: Address, collateral_auction: Address) -> Result<(), Revert> {
        self.link(loan_pool, collateral_auction)
    }

    pub fn custodians(&self) -> (Address, Address) {
        (self.loan_pool.get(), self.collateral_auction.get())
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

    /* ERC-721, ERC-165 */

    pub fn name(&self) -> String {
        String::from(NAME)
    }

    pub fn symbol(&self) -> String {
        String::from(NAME)
    }

    #[selector(name = "tokenURI")]
    pub fn token_uri(&self, token_id: U256) -> Result<String, Revert> {
        self.text_of(token_id, Text::Uri)
    }

    pub fn total_supply(&self) -> U256 {
        U256::from(self.counts().existing)
    }

    pub fn balance_of(&self, owner: Address) -> Result<U256, Revert> {
        self.erc721.balance_of(owner)
    }

    pub fn owner_of(&self, token_id: U256) -> Result<Address, Revert> {
        self.erc721.owner_of(token_id)
    }

    pub fn approve(&mut self, to: Address, token_id: U256) -> Result<(), Revert> {
        self.erc721.approve(host::sender(), to, token_id)
    }

    pub fn get_approved(&self, token_id: U256) -> Result<Address, Revert> {
        self.erc721.get_approved(token_id)
    }

    pub fn set_approval_for_all(&mut self, operator: Address, approved: bool) -> Result<(), Revert> {
        self.erc721.set_approval_for_all(host::sender(), operator, approved)
    }

    pub fn is_approved_for_all(&self, owner: Address, operator: Address) -> bool {
        self.erc721.is_approved_for_all(owner, operator)
    }

    pub fn transfer_from(&mut self, from: Address, to: Address, token_id: U256) -> Result<(), Revert> {
        self.move_title(from, to, token_id)
    }

    pub fn safe_transfer_from(&mut self, from: Address, to: Address, token_id: U256) -> Result<(), Revert> {
        self.move_title_safely(from, to, token_id, Bytes(Vec::new()))
    }

    #[selector(name = "safeTransferFrom")]
    pub fn safe_transfer_from_with_data(
        &mut self,
        from: Address,
        to: Address,
        token_id: U256,
        data: Bytes,
    ) -> Result<(), Revert> {
        self.move_title_safely(from, to, token_id, data)
    }

    pub fn supports_interface(&self, interface_id: FixedBytes<4>) -> bool {
        [
            interfaces::ERC165,
            interfaces::ACCESS_CONTROL,
            interfaces::ERC721,
            interfaces::ERC721_METADATA,
        ]
        .contains(&interface_id)
    }
}
