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
//! The arithmetic counts interest a second, principal · rate. A tranche has one rate, above zero and for good, so the
//! principal says the same in fewer bits.

use alloy_primitives::{I256, U256};
use contract_kit::Revert;
use loan_core::{
    tranche::{Policy, Tranche},
    Accrued, Rate, DAY, MAX_TRANCHES,
};
use qev_core::vesting::Vesting;

use crate::{
    abi::ILoanPool,
    errors::refused,
    fields::{Fields, Packer},
    words::{Lending, Settings},
    LoanPool,
};

/// Seconds in which gains of an instant vest.
pub(crate) const VESTING_PERIOD: u64 = 30 * DAY;
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

    fn tranche_word(&self, index: usize, number: usize) -> U256 {
        self.tranches.get(slot(index, number))
    }

    /// Idle cash of a tranche.
    pub(crate) fn idle(&self, index: usize) -> u128 {
        Fields(self.tranche_word(index, 0)).take(112)
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
        let mut tranche = Tranche::default();
        let mut fields = load(cash, 0);
        tranche.idle = fields.take(112);
        let accruing = fields.take(112);
        (tranche.principal, tranche.per_second) = (accruing, rate.on(accruing));
        let has_reserves = fields.take(1) != 0;
        if part != Part::Shares {
            let Fields(word) = load(interest, 1);
            // Up and back down, with the sign.
            tranche.accrued = Accrued::from_raw(I256::from_raw(word << 48_usize).asr(48));
            tranche.accrued_at = Fields(word >> 208_usize).time(40);
        }
        if part != Part::Interest {
            let mut fields = load(shares, 2);
            tranche.shares = fields.take(112);
            tranche.principal = accruing.saturating_add(fields.take(112));
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
            words,
        }
    }

    /// Writes what has changed of a tranche.
    pub(crate) fn set_book(&mut self, book: &Book) -> Result<(), Revert> {
        let Book {
            index,
            rate,
            tranche,
            words: before,
        } = book;
        let accruing = principal_of(tranche.per_second, *rate)?;
        let suspended = tranche.principal.checked_sub(accruing);
        let failed = || Revert::from(ILoanPool::CalculationFailed {});
        let mut gains = Fields(tranche.gains.to_word());
        // Of more than fits the rest counts at once.
        let gain = gains.take(128).min(MAX_GAIN);
        let start = if gain == 0 { 0 } else { gains.take(64) };
        let reserves = Packer::default()
            .with(tranche.provisions, 112)
            .with(gain, 104)
            .with(start, 40)
            .finish()?;
        let interest = tranche.accrued.raw();
        if interest.bits() > 208 {
            return Err(failed());
        }
        let low = (interest.into_raw() << 48_usize) >> 48_usize;
        let cash = Packer::default()
            .with(tranche.idle, 112)
            .with(accruing, 112)
            .with(u128::from(!reserves.is_zero()), 1)
            .finish()?;
        let shares = Packer::default()
            .with(tranche.shares, 112)
            .with(suspended.ok_or_else(failed)?, 112)
            .finish()?;
        let accrued = low | U256::from(tranche.accrued_at) << 208_usize;
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

fn slot(index: usize, number: usize) -> U256 {
    U256::from(index.wrapping_mul(WORDS).wrapping_add(number))
}

/// The principal that earns `per_second` at `rate`.
fn principal_of(per_second: U256, rate: Rate) -> Result<u128, Revert> {
    let principal = per_second.checked_div(U256::from(rate.per_second())).unwrap_or_default();
    u128::try_from(principal).map_err(|_| refused(loan_core::Error::AmountTooLarge))
}
