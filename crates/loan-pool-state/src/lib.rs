//! The tranched loan pool: books, loans, tranche shares and every transition.
//!
//! The pool is one contract to its users and five programs on chain, for it does not fit one. `loan-pool` is the contract:
//! it holds the storage and answers lenders. What it does not know it passes with its calldata to one of four programs
//! that run on the pool's storage (delegatecall): `loan-pool-origination`, `loan-pool-payments`, `loan-pool-recovery`,
//! and `loan-pool-administration` for all that is left. All are faces of this crate: each has the [`LoanPool`] of this
//! crate as its only field, and each function of theirs calls one here. No selector is in two of them. The arithmetic
//! (schedules, interest, tranches, waterfall) is `loan_core`'s; here are storage, permissions, cash and collateral.
//!
//! What the functions do, refuse and log stands in `contracts/interfaces/ILoanPool.sol`.
//!
//! # State
//!
//! | what | where | read by |
//! |---|---|---|
//! | USDai, paused, number of tranches, fees, haircut, paused seconds, which tranches have claims | one slot, [`words::Settings`] | everything |
//! | rates and advance rates of the tranches, for good | one slot, [`words::Lending`] | everything on loans |
//! | fee recipient, latest cure end, start of the pause that is on | one slot, [`words::Clock`] | fees, defaults, pauses |
//! | a tranche: cash, principal, interest, shares, provisions, gains | four slots, of which two for a payment; `tranches` | |
//! | claims of written-off loans on a tranche | one slot, if there are any; `tranches` | deposits |
//! | a loan: progress, plan, appraisal, principal and unpaid fractions by tranche | four to six slots, `records` | |
//! | an account's shares of a tranche, and those under notice | one slot, [`words::Account`] | |
//! | used nonces of an underwriter | one slot for 256 | originations |
//! | CALIBER, collateral auction, the four programs | a slot each, for good | |
//!
//! The terms of a loan are in no slot: its id is their hash, and every call on it brings them.
//!
//! # A loan's life
//!
//! ```text
//! None --borrow--> Active <--pay-- Impaired          (impair: risk admin, a deadline missed)
//!                  | ^ \             | ^
//!        pay in full | \             | | cure, if the goods are lost or uninsured
//!                  | |  \ markDefault v |              (anybody past deadline and grace, or the risk admin
//!                  v | cure -----> Defaulted           14 days after the insurance has lapsed)
//!                Repaid                | liquidate     (14 days)
//!                                      v
//!                                  Liquidating --settleLiquidation--> Liquidated
//!                                      | writeOff                         ^
//!                                      v                                  |
//!                                  WrittenOff --settleLiquidation---------+
//! ```
//!
//! A written-off loan is waited for until its claims are expired, and again once its collateral is listed anew.
//!
//! `repay`, `prepay` and a refinancing pay; a cure of a loan that has matured closes it too, and so does a payment in full of
//! one that is impaired. An impaired loan whose goods are lost or uninsured is paid on, and stays impaired.
//!
//! # Transitions
//!
//! | function | who | idle | principal | interest | provisions | claims | shares | module |
//! |---|---|---|---|---|---|---|---|---|
//! | `deposit` | anybody, not paused | + a | | | | | + s | `lenders` |
//! | `redeem` | holder; juniors after notice | − a | | | | | − s | `lenders` |
//! | `borrow`, `refinance` | borrower with the underwriter's signature, not paused | − draw | + draw | | | | | `origination` |
//! | `repay`, `prepay` | anybody | + principal + interest − fee | − principal | − interest | = 0; expected loss if lost or uninsured | | | `payments` |
//! | `cure` | borrower | the same | the same | + of the time in default − paid | the same | | | `payments` |
//! | `impair` | risk admin; anybody in default, or at auction after a loss | | | | = expected loss | | | `defaults` |
//! | `markDefault` | see above, not paused | | | stops | = expected loss | | | `defaults` |
//! | `liquidate` | anybody, not paused | | | | = expected loss | | | `defaults` |
//! | `settleLiquidation` | collateral auction | + shared out − fee | − the loan's | − the loan's | − the loan's | − the loan's | | `recovery` |
//! | `writeOff` | collateral auction | | − the loan's | − the loan's | − the loan's | + the loan's | | `recovery` |
//! | `expireRecovery` | collateral auction, 180 days after write-off or last listing | | | | | − the loan's | | `recovery` |
//! | `reopenRecovery` | collateral auction, when it lists again | | | | | + the loan's, if expired | | `recovery` |
//!
//! # Invariants
//!
//! **L1**: the USDai held is at least the idle cash of all tranches. A payment pulls exactly what it books as idle and as
//! fees, and pays the fees out; a loan pays out what leaves idle; proceeds are booked only when the balance exceeds all
//! idle cash by them. USDai given to the pool is in no term: gifts move nothing.
//!
//! **L2** to **L5** are the arithmetic's; every amount it states is booked in the same call.
//!
//! **Nobody gains by an instant.** Deposits pay the optimistic value (and two wei for what payments round), redemptions
//! get the conservative one, and what arrives without having been in it (penalties, interest for a time in default,
//! proceeds after a write-off) vests over 30 days in the conservative one. So at any instant, before and after any event,
//! what a share redeems for is no more than what it had cost; and who comes after such a gain has paid for it.
//!
//! **A recovery belongs to those who bore the loss.** A write-off takes the loan's principal and interest off both values
//! and adds its claims to the optimistic one, so that deposits cost what they cost before. They cost it until the
//! proceeds come, whatever these are, or until the claims expire: 180 days after the write-off or the last listing, and
//! only while no listing is open or waits for its settlement (the auction sees to that: it alone can expire claims, when
//! anybody asks it to). Expired claims count again before the next listing opens, so proceeds never come without them.
//!
//! **A provision is there as long as its reason.** What is provided for a loan is a formula of its principal, the line of its
//! appraisal, the haircut and an attested loss (`loan_core::impairment`); nobody chooses the amount. It is reckoned when a
//! loan is impaired, declared in default, and liquidated, and whenever anybody asks for it between default and sale, where it
//! can only grow: nothing is paid, the line falls, a loss is final. A payment reverses what was provided because it was late.
//! It does not where the loss is attested or the insurance has lapsed for 14 days: it brings neither back, and whoever pays a
//! little could leave at a value that is not there. From the liquidation on the appraisal is not kept any more and the line
//! stands still: within days bidders say what the lot is worth; a loss, which they may not know of, still counts. Before a
//! deadline is missed nothing is provided, even for lost goods. What is released at the end of a loan is what was provided.
//!
//! **Juniors cannot run.** They leave 45 to 52 days after a notice; a deadline's default comes after 30 days at the
//! latest (and what was paused), its provision with it, and the risk admin can provide from the first day on. Without an
//! end to the window a notice kept in reserve would be no notice.
//!
//! **Nothing is seized by stopping.** A pause stops defaults and liquidations and lengthens grace period and redemption
//! window by its own length; payments, cures and proceeds never rest. What was paused counts for the deadline that was next
//! then, until a payment moves it: paying interest on a loan takes nothing from its borrower. CALIBER lets tokens leave the pool whatever their
//! state, by a transfer that asks nobody.
//!
//! **Nothing gets stuck.** No loop runs over loans or lenders, no payment depends on a receiver's consent: fee recipient
//! and borrower get USDai, which nobody can refuse. A default without buyers is written off, and its value taken in
//! whenever a buyer comes.
//!
//! # Calls
//!
//! Outwards only: USDai, CALIBER, underwriters that are contracts (a view). The entry points refuse re-entry. The one
//! step from program to program is the payoff within a refinancing, which the origination has the payments book: the
//! loan is noted meanwhile, and for no other call is the payoff open.
//!
//! # Assumptions where the specification is silent
//!
//! - Who pays for a loan is not asked: `repay` and `prepay` are open to everybody. `cure` is the borrower's, for it can come
//!   before anything is due, and makes of a loan that lenders wait to liquidate one that runs.
//! - Fees of terms are parts of the principal, rounded up; fees of the pool round down.
//! - A default's debt is principal and the interest up to the default; penalty is paid by whoever cures.
//! - A cure of a default for lapsed insurance does not insure: the provision stays, and the risk admin may declare it again.
//! - Fees, haircut, rates and advance rates cannot change: a change would move values at an instant.
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
#[cfg(test)]
mod tests;
mod tranches;
mod views;
pub mod words;

pub use administration::Construction;
pub use payments::Quote;
pub use signatures::PoolDomain;
pub use terms::{loan_id, LoanTerms};
pub use views::{LoanView, RecoveryView, TrancheView};

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
    /// The words of tranche `t`, from number 4·t on, and the claims on it at number 16 + t.
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
