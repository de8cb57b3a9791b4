//! sUSDai: the books, the prices and the transitions of the vault.
//!
//! The vault is one contract to its users and two programs on chain, for it does not fit one. `susdai-vault` is the
//! contract: it holds the storage and answers user operations. What it does not know it passes with its calldata to
//! `susdai-vault-extension`, which runs on the vault's storage (delegatecall) and answers administration, harvest,
//! strategy and views. Both are faces of this crate: each has the [`Vault`] of this crate as its only field, and each function of
//! theirs calls one here. No selector is in both.
//!
//! USDai comes in, shares go out at the price of the day; who leaves burns shares and waits in the queue of the auction
//! contract until they are serviced. What the functions do, refuse and log stands in
//! `contracts/interfaces/IStakedUSDai.sol`.
//!
//! # State
//!
//! | what | where | read by |
//! |---|---|---|
//! | balances with the blacklist flag, allowances, supply, nonces | [`contract_kit::erc20`] | transfers read nothing else |
//! | roles; operators | a slot a member; a slot a pair | |
//! | USDai, paused, pool linked, bridged out, tranches held, fee, vesting period | one slot, [`words::Settings`] | everything but transfers |
//! | idle cash and unvested gains | one slot, [`words::Cash`] | what needs a price |
//! | shares pending | the upper half of the supply's slot | what needs a price |
//! | shares bridged | a slot | what needs a price, while there are any |
//! | auction contract and reserved cash | one slot, [`words::Escrow`] | what leaves |
//! | own count of tranche shares | two slots, two tranches each | a price, if held |
//! | loan pool, fee recipient, extension | a slot each | |
//!
//! Links never change once set. A deposit reads settings, cash, supply with what is pending, and the receiver's account, and
//! writes three of them; it asks USDai for the claimable yield, and the pool only if the vault holds shares of a tranche.
//!
//! # Transitions
//!
//! T = supply + pending + bridged is what divides the net asset value. N_opt prices deposits, N_con <= N_opt
//! redemptions; both are idle − unvested + base yield net of the fee + loans, and differ in the loans.
//!
//! | function | idle | reserved | unvested | supply | pending | bridged | module |
//! |---|---|---|---|---|---|---|---|
//! | `deposit`, `mint` | + a | | | + s | | | `deposits` |
//! | `requestRedeem` | | | | − s | + s | | `requests` |
//! | `settleAuction` | − p | + p | + gain | | − filled − forfeited | | `settlement` |
//! | `serviceRedemptions` | − p | + p | | | − s | | `settlement` |
//! | `redeem`, `withdraw`, `redeemRequest` | | − p | | | | | `claims` |
//! | `harvestBaseYield`, `depositBaseYield` | + y − fee | | | | | | `harvest` |
//! | `allocate` / `deallocate` | − a / + a | | | | | | `strategy` |
//! | bridge `mint` / `burn` | | | | ± s | | ∓ s | `bridge` |
//!
//! # Invariants
//!
//! **V1**: `USDai.balanceOf(vault) >= idle + reserved`. A deposit moves exactly what it books, for USDai takes no fee on
//! transfers; a harvest books what USDai minted here less the fee that is paid out; a claim pays what leaves
//! `reserved`; an allocation must have taken from the balance exactly what leaves `idle`; a deallocation books the
//! lesser of what the pool states and what has arrived. USDai given to the vault is in neither term.
//!
//! **V2**: no user action lowers N_opt / T or N_con / T beyond rounding in the vault's favour.
//! - Deposit of a for s = ⌊a·T / N_opt⌋: s <= a·T / N for both N, because N_con <= N_opt, so (N + a) / (T + s) >= N / T.
//!   `mint` takes ⌈s·N_opt / T⌉, the same inequality. Where unvested gains make a net asset value negative it counts as
//!   zero: a deposit cannot lower that, and is refused while N_opt is zero.
//! - Request: burns and queues the same shares; T stays. A claim pays from `reserved`, which is in neither N.
//! - Service of s for p <= s·N_con / T: (N − p) / (T − s) >= N / T for both N.
//! - Settlement at P = N_con / T: p leaves, and the gain ⌊P·(filled + forfeited)⌋ − p becomes unvested. N falls by
//!   ⌊P·(filled + forfeited)⌋ and T by filled + forfeited: as a service at the full price. The gain then raises N over
//!   one epoch, so that there is nothing to be had by depositing just before.
//! - Harvest: N counts y − ⌊y·fee⌋ before and the same after. Yield harvested in parts pays no more fee than in one, as
//!   each part's fee is rounded down. The fee changes only right after a harvest, so it is never taken on a yield that
//!   was counted at another one.
//! - Transfers, permits, operators and bids touch none of the terms. Gifts touch none either, but of wrapped M to USDai,
//!   which is base yield.
//!
//! Inflation: after the first deposit at least 10^6 shares are locked for good beside 10^18 of the first depositor, so
//! whoever raises the price of a share by a gift gives at least that part of it away, and a victim loses less than
//! one share's price by rounding; with a minimum of shares stated, nothing.
//!
//! **V3**: the sum of balances is the supply: [`contract_kit::erc20`].
//!
//! **V4**: `pending` is what the auction contract has not serviced: both change by the same amounts in the same calls.
//!
//! # Calls
//!
//! Outwards only: USDai, the auction, the loan pool. Nobody calls back, and the entry points refuse re-entry. The three
//! are contracts of the protocol, linked for good, and trusted to be what they are; what the books could not survive
//! (an auction that pays more than there is, a pool that takes less than it says) is checked all the same and ends in
//! `ExternalCallFailed`. The auction answers whose request it has acted on, and the vault then refuses whoever may not
//! act for them; the whole transaction is undone. A default stops settling and servicing for 14 days at most, whatever
//! the pool says; every further default does so anew. A claim asks nobody for a price.
#![no_std]

#[macro_use]
extern crate alloc;
#[cfg(test)]
extern crate std;

use alloc::vec::Vec;

use alloy_primitives::Address;
use contract_kit::{access::AccessControl, erc20::Erc20};
use stylus_sdk::{
    prelude::*,
    storage::{StorageAddress, StorageBool, StorageMap, StorageU128, StorageU256},
};

mod abi;
mod accounts;
mod administration;
mod bids;
mod books;
mod bridge;
mod claims;
mod deposits;
#[cfg(test)]
mod doubles;
mod harvest;
pub mod pricing;
#[cfg(test)]
mod pricing_tests;
mod requests;
mod settlement;
mod strategy;
#[cfg(test)]
mod tests;
mod valuation;
mod views;
pub mod words;

pub use administration::Construction;
pub use views::{preview_redemption, Redemption};

/// Name of the share token, also in its EIP-712 domain.
pub const NAME: &str = "Staked USDai";
/// Symbol of the share token.
pub const SYMBOL: &str = "sUSDai";
/// Version of its EIP-712 domain.
pub const VERSION: &str = "1";

/// The vault's storage, the same for both contracts.
#[storage]
pub struct Vault {
    /// The share token.
    pub erc20: Erc20,
    /// Roles.
    pub access: AccessControl,
    /// Whether the second account acts for the first.
    operators: StorageMap<Address, StorageMap<Address, StorageBool>>,
    /// [`words::Settings`].
    settings: StorageU256,
    /// [`words::Cash`].
    cash: StorageU256,
    /// Shares on other chains.
    bridged: StorageU128,
    /// [`words::Escrow`].
    escrow: StorageU256,
    /// Shares of tranche 1 above those of tranche 0.
    senior_tranches: StorageU256,
    /// Shares of tranche 3 above those of tranche 2.
    junior_tranches: StorageU256,
    loan_pool: StorageAddress,
    fee_recipient: StorageAddress,
    extension: StorageAddress,
}

#[cfg(test)]
mod entry {
    //! The vault as a contract of its own, for tests.
    #![allow(unsafe_code)]

    use alloc::vec::Vec;

    use stylus_sdk::prelude::*;

    use super::Vault;

    unsafe impl TopLevelStorage for Vault {}

    #[public]
    impl Vault {}
}
