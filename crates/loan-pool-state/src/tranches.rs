//! The books of the tranches in storage.
//!
//! A tranche is four words, of which an operation reads those it needs and writes those that change:
//!
//! | word | from the lowest bit | touched by |
//! |---|---|---|
//! | 0 | 112 idle cash, 112 principal that accrues, 1 whether word 3 is not zero | everything |
//! | 1 | 208 unpaid interest (signed, 1e-18 wei), 40 its time | loans, deposits |
//! | 2 | 112 shares, 112 principal that is suspended | lenders, defaults |
//! | 3 | 112 provisions, 104 unvested gains, 40 the time of their start | if there are any |
//!
//! The claims of written-off loans on it are a word apart, in no book: that of tranche `t` is number 16 + t. Only the
//! price of deposits needs it, and the settings say whether it is not zero.
//!
//! The arithmetic counts interest a second, principal · rate. A tranche has one rate for good, so the principal that
//! accrues says the same in fewer bits.

use alloy_primitives::{I256, U256};
use contract_kit::Revert;
use loan_core::{
    tranche::{Policy, Tranche},
    Accrued, Rate, DAY, MAX_TRANCHES,
};
use qev_core::vesting::Vesting;

use crate::{
    abi::ILoanPool,
    errors::failed,
    fields::{Fields, Packer},
    words::{Lending, Settings},
    LoanPool,
};

/// Seconds in which gains of an instant vest.
pub(crate) const VESTING_PERIOD: u64 = 30 * DAY;
/// Where in the first word of a tranche it stands whether there is a last one: behind its cash.
const RESERVES_BIT: usize = 224;
/// Words of a tranche.
const WORDS: usize = 4;
/// Unvested gains above this count at once.
const MAX_GAIN: u128 = (1 << 104) - 1;

/// Which words an operation needs beside the first, and the last if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Interest: payments and new loans.
    Interest,
    /// Shares: redemptions.
    Shares,
    /// Both.
    Whole,
}

/// A tranche out of storage, and how it stood there.
#[derive(Clone, Copy)]
pub(crate) struct Book {
    pub(crate) index: usize,
    pub(crate) rate: Rate,
    pub(crate) tranche: Tranche,
    /// The part of its principal that does not accrue. Whoever suspends or resumes a slice says so here.
    pub(crate) suspended: u128,
    /// As loaded; `None` what was not.
    words: [Option<U256>; WORDS],
}

/// What the arithmetic must know of the fee.
pub(crate) fn policy(settings: Settings) -> Policy {
    Policy {
        interest_fee_bps: settings.interest_fee_bps,
        vesting_period: VESTING_PERIOD,
    }
}

impl LoanPool {
    /// The number of an existing tranche.
    pub(crate) fn tranche_index(settings: Settings, tranche: U256) -> Result<usize, Revert> {
        match usize::try_from(tranche) {
            Ok(index) if index < usize::from(settings.tranches) => Ok(index),
            _ => Err(ILoanPool::InvalidTranche { tranche }.into()),
        }
    }

    /// What written-off loans may still bring a tranche.
    pub(crate) fn written_off(&self, settings: Settings, index: usize) -> u128 {
        if settings.claimed & bit(index) == 0 {
            return 0;
        }
        Fields(self.tranches.get(claims_slot(index))).take(112)
    }

    /// Keeps what written-off loans may still bring a tranche.
    pub(crate) fn set_written_off(&mut self, index: usize, claims: u128) {
        self.set_claimed(index, claims != 0);
        self.tranches.setter(claims_slot(index)).set(U256::from(claims));
    }

    /// A tranche as its deposits are priced: whole, with the claims of written-off loans.
    pub(crate) fn priced(&self, settings: Settings, lending: &Lending, index: usize) -> Book {
        let mut book = self.book(lending, index, Part::Whole);
        book.tranche.written_off = self.written_off(settings, index);
        book
    }

    fn tranche_word(&self, index: usize, number: usize) -> U256 {
        self.tranches.get(slot(index, number))
    }

    /// Idle cash of a tranche.
    pub(crate) fn idle(&self, index: usize) -> u128 {
        Fields(self.tranche_word(index, 0)).take(112)
    }

    /// Shares of a tranche; zero for one that does not exist.
    pub(crate) fn tranche_shares(&self, index: usize) -> u128 {
        Fields(self.tranche_word(index, 2)).take(112)
    }

    /// Reads a tranche.
    pub(crate) fn book(&self, lending: &Lending, index: usize, part: Part) -> Book {
        let rate = lending.rates.get(index).copied().unwrap_or_default();
        let mut words = [None; WORDS];
        let [cash, interest, shares, reserves] = &mut words;
        let load = |word: &mut Option<U256>, number| {
            let loaded = self.tranche_word(index, number);
            *word = Some(loaded);
            Fields(loaded)
        };
        let (mut tranche, mut suspended) = (Tranche::default(), 0);
        let mut fields = load(cash, 0);
        tranche.idle = fields.take(112);
        let accruing = fields.take(112);
        (tranche.principal, tranche.per_second) = (accruing, rate.on(accruing));
        let has_reserves = fields.take(1) != 0;
        if part != Part::Shares {
            let Fields(word) = load(interest, 1);
            tranche.accrued = signed(word, 208);
            tranche.accrued_at = Fields(word >> 208_usize).time(40);
        }
        if part != Part::Interest {
            let mut fields = load(shares, 2);
            tranche.shares = fields.take(112);
            suspended = fields.take(112);
            tranche.principal = accruing.saturating_add(suspended);
        }
        if has_reserves {
            let mut fields = load(reserves, 3);
            tranche.provisions = fields.take(112);
            let gains = fields.take(104);
            tranche.gains = Vesting::from_word(U256::from(gains) | fields.0 << 128_usize);
        }
        Book {
            index,
            rate,
            tranche,
            suspended,
            words,
        }
    }

    /// Writes what has changed of a tranche.
    pub(crate) fn set_book(&mut self, book: &Book) -> Result<(), Revert> {
        let Book {
            index,
            tranche,
            suspended,
            words: before,
            ..
        } = book;
        let accruing = tranche
            .principal
            .checked_sub(*suspended)
            .ok_or_else(|| failed(loan_core::Error::Inconsistent))?;
        let mut gains = Fields(tranche.gains.to_word());
        // Of more than fits the rest counts at once.
        let gain = gains.take(128).min(MAX_GAIN);
        let start = if gain == 0 { 0 } else { gains.take(64) };
        let reserves = Packer::default()
            .with(tranche.provisions, 112)
            .with(gain, 104)
            .with(start, 40)
            .finish()?;
        let cash = Packer::default()
            .with(tranche.idle, 112)
            .with(accruing, 112)
            .with(u128::from(!reserves.is_zero()), 1)
            .finish()?;
        let shares = Packer::default()
            .with(tranche.shares, 112)
            .with(*suspended, 112)
            .finish()?;
        let accrued = unsigned(tranche.accrued, 208)? | U256::from(tranche.accrued_at) << 208_usize;
        let [_, had_interest, had_shares, had_reserves] = before.map(|word| word.is_some());
        let now = [
            Some(cash),
            had_interest.then_some(accrued),
            had_shares.then_some(shares),
            (had_reserves || !reserves.is_zero()).then_some(reserves),
        ];
        for (number, (before, now)) in before.iter().zip(now).enumerate() {
            if let Some(word) = now.filter(|word| *before != Some(*word)) {
                self.tranches.setter(slot(*index, number)).set(word);
            }
        }
        Ok(())
    }

    /// Replaces what is provided for on a tranche, of which nothing else is read.
    pub(crate) fn change_provision(&mut self, index: usize, before: u128, after: u128) -> Result<(), Revert> {
        let word = self.tranche_word(index, 3);
        let provisions = Fields(word).take(112);
        let tranche = Tranche {
            provisions,
            ..Tranche::default()
        };
        let changed = tranche.replace_provision(before, after).map_err(failed)?.provisions;
        let reserves = word ^ U256::from(provisions ^ changed);
        self.tranches.setter(slot(index, 3)).set(reserves);
        if word.is_zero() != reserves.is_zero() {
            let mut cash = self.tranche_word(index, 0);
            cash.set_bit(RESERVES_BIT, !reserves.is_zero());
            self.tranches.setter(slot(index, 0)).set(cash);
        }
        Ok(())
    }

    /// Idle cash of all tranches: what the pool owes to nobody but its lenders.
    pub(crate) fn total_idle(&self, settings: Settings) -> u128 {
        (0..usize::from(settings.tranches)).fold(0, |sum, index| self.idle(index).saturating_add(sum))
    }

    /// The idle cash of each tranche.
    pub(crate) fn idle_by_tranche(&self, settings: Settings) -> [u128; MAX_TRANCHES] {
        let mut idle = [0; MAX_TRANCHES];
        for (index, idle) in idle.iter_mut().take(settings.tranches.into()).enumerate() {
            *idle = self.idle(index);
        }
        idle
    }
}

/// Where the claims of written-off loans on a tranche are: behind the words of all tranches.
fn claims_slot(index: usize) -> U256 {
    slot(MAX_TRANCHES, index)
}

/// A tranche in [`Settings::claimed`].
fn bit(index: usize) -> u8 {
    1_u8.wrapping_shl(u32::try_from(index).unwrap_or_default())
}

fn slot(index: usize, number: usize) -> U256 {
    U256::from(index.wrapping_mul(WORDS).wrapping_add(number))
}

/// The lowest `bits` of a word as a number with a sign.
pub(crate) fn signed(word: U256, bits: usize) -> Accrued {
    let low = word & low_bits(bits);
    let is_negative = word.bit(bits.saturating_sub(1));
    let raw = if is_negative { low | !low_bits(bits) } else { low };
    Accrued::from_raw(I256::from_raw(raw))
}

/// The inverse of [`signed`].
pub(crate) fn unsigned(accrued: Accrued, bits: usize) -> Result<U256, Revert> {
    let raw = accrued.raw().into_raw() & low_bits(bits);
    if signed(raw, bits) == accrued {
        Ok(raw)
    } else {
        Err(failed(loan_core::Error::AmountTooLarge))
    }
}

fn low_bits(bits: usize) -> U256 {
    !(U256::MAX << bits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn signs_survive(raw in any::<i128>(), bits in 1_usize..256) {
            let accrued = Accrued::from_raw(I256::try_from(raw).unwrap());
            let fits = bits >= 128 || raw >> (bits - 1) == 0 || raw >> (bits - 1) == -1;
            match unsigned(accrued, bits) {
                Ok(word) => {
                    prop_assert!(fits);
                    prop_assert!(word.bit_len() <= bits);
                    prop_assert_eq!(signed(word, bits), accrued);
                    prop_assert_eq!(signed(word | U256::from(1) << 255_usize, bits), accrued);
                }
                Err(_) => prop_assert!(!fits),
            }
        }
    }
}
