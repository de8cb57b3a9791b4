//! The words that the pool's settings and accounts are packed into.

use alloy_primitives::{Address, U256};
use contract_kit::Revert;
use loan_core::{Rate, MAX_TRANCHES};

use crate::fields::{Fields, Packer};

/// The most shares of a tranche: 2^108 − 1.
pub const MAX_SHARES: u128 = (1 << 108) - 1;
/// The latest time that can be kept, 2^40 − 1.
pub const MAX_TIME: u64 = (1 << 40) - 1;
/// The most paused seconds that are counted, 2^32 − 1: 136 years.
pub const MAX_PAUSED: u64 = (1 << 32) - 1;

/// Where in the settings it stands which tranches have claims.
pub(crate) const CLAIMED_OFFSET: usize = 244;

/// What every operation must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The currency.
    pub usdai: Address,
    /// Whether what can be paused rests.
    pub paused: bool,
    /// How many tranches there are.
    pub tranches: u8,
    /// The pool's part of interest and penalties in basis points.
    pub interest_fee_bps: u16,
    /// The pool's part of proceeds in basis points.
    pub liquidation_fee_bps: u16,
    /// What of a collateral's value counts, in basis points.
    pub haircut_bps: u16,
    /// Seconds of all pauses that are over.
    pub paused_seconds: u64,
    /// Which tranches have claims of written-off loans: bit `t` says that tranche `t` has.
    pub claimed: u8,
}

impl Settings {
    /// From the lowest bit: 160 of `usdai`, 1 `paused`, 3 `tranches`, 16 for each of the fees and the haircut, 32 of
    /// `paused_seconds`, 4 of `claimed`.
    ///
    /// # Errors
    ///
    /// `CalculationFailed` if a number does not fit.
    pub fn pack(self) -> Result<U256, Revert> {
        Packer::default()
            .address(self.usdai)
            .with(self.paused.into(), 1)
            .with(self.tranches.into(), 3)
            .with(self.interest_fee_bps.into(), 16)
            .with(self.liquidation_fee_bps.into(), 16)
            .with(self.haircut_bps.into(), 16)
            .with(self.paused_seconds.into(), 32)
            .with(self.claimed.into(), 4)
            .finish()
    }

    /// The inverse of [`Self::pack`].
    #[must_use]
    pub fn unpack(word: U256) -> Self {
        let mut fields = Fields(word);
        Self {
            usdai: fields.address(),
            paused: fields.take(1) != 0,
            tranches: u8::try_from(fields.take(3)).unwrap_or(0),
            interest_fee_bps: fields.small(16),
            liquidation_fee_bps: fields.small(16),
            haircut_bps: fields.small(16),
            paused_seconds: fields.time(32),
            claimed: u8::try_from(fields.take(4)).unwrap_or(0),
        }
    }
}

/// What the tranches lend at, the most senior first; zero for those that do not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lending {
    /// Their rates.
    pub rates: [Rate; MAX_TRANCHES],
    /// Up to which part of the collateral's value they lend, with their seniors, in basis points.
    pub advance_bps: [u16; MAX_TRANCHES],
}

impl Lending {
    /// From the lowest bit, for each tranche 40 of the rate and 16 of the advance rate.
    ///
    /// # Errors
    ///
    /// `CalculationFailed` if a number does not fit.
    pub fn pack(self) -> Result<U256, Revert> {
        self.rates
            .iter()
            .zip(self.advance_bps)
            .fold(Packer::default(), |packer, (rate, advance_bps)| {
                packer.with(rate.per_second().into(), 40).with(advance_bps.into(), 16)
            })
            .finish()
    }

    /// The inverse of [`Self::pack`].
    #[must_use]
    pub fn unpack(word: U256) -> Self {
        let mut fields = Fields(word);
        let (mut rates, mut advance_bps) = ([Rate::default(); MAX_TRANCHES], [0; MAX_TRANCHES]);
        for (rate, advance_bps) in rates.iter_mut().zip(&mut advance_bps) {
            *rate = Rate::new(fields.time(40)).unwrap_or_default();
            *advance_bps = fields.small(16);
        }
        Self { rates, advance_bps }
    }
}

/// Who receives the fees, and times that few operations need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Receives all fees.
    pub fee_recipient: Address,
    /// When the redemption window of the last defaulted loan ends.
    pub latest_cure_end: u64,
    /// When the pause that is on began.
    pub paused_at: u64,
}

impl Clock {
    /// From the lowest bit: 160 of `fee_recipient`, 40 of each of the times.
    ///
    /// # Errors
    ///
    /// `CalculationFailed` if a number does not fit.
    pub fn pack(self) -> Result<U256, Revert> {
        Packer::default()
            .address(self.fee_recipient)
            .with(self.latest_cure_end.into(), 40)
            .with(self.paused_at.into(), 40)
            .finish()
    }

    /// The inverse of [`Self::pack`].
    #[must_use]
    pub fn unpack(word: U256) -> Self {
        let mut fields = Fields(word);
        Self {
            fee_recipient: fields.address(),
            latest_cure_end: fields.time(40),
            paused_at: fields.time(40),
        }
    }
}

/// An account's shares of a tranche.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// What it can dispose of, at most [`MAX_SHARES`].
    pub balance: u128,
    /// What it has put under notice; the shares are in the balance of the pool.
    pub noticed: u128,
    /// When notice was given last.
    pub noticed_at: u64,
}

impl Account {
    /// From the lowest bit: 108 of `balance`, 108 of `noticed`, 40 of `noticed_at`.
    ///
    /// # Errors
    ///
    /// `CalculationFailed` if a number does not fit.
    pub fn pack(self) -> Result<U256, Revert> {
        Packer::default()
            .with(self.balance, 108)
            .with(self.noticed, 108)
            .with(self.noticed_at.into(), 40)
            .finish()
    }

    /// The inverse of [`Self::pack`].
    #[must_use]
    pub fn unpack(word: U256) -> Self {
        let mut fields = Fields(word);
        Self {
            balance: fields.take(108),
            noticed: fields.take(108),
            noticed_at: fields.time(40),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn words_survive_packing(
            address in any::<[u8; 20]>(),
            flag in any::<bool>(),
            tranches in 0_u8..8,
            claimed in 0_u8..16,
            fees in any::<[u16; 3]>(),
            paused_seconds in 0..=MAX_PAUSED,
            rates in any::<[u64; 4]>(),
            advance_bps in any::<[u16; 4]>(),
            times in any::<[u64; 2]>(),
            amounts in any::<[u128; 2]>(),
        ) {
            let address = Address::new(address);
            let [interest_fee_bps, liquidation_fee_bps, haircut_bps] = fees;
            let settings = Settings {
                usdai: address,
                paused: flag,
                tranches,
                interest_fee_bps,
                liquidation_fee_bps,
                haircut_bps,
                paused_seconds,
                claimed,
            };
            let word = settings.pack().unwrap();
            prop_assert_eq!(Settings::unpack(word), settings);
            prop_assert_eq!(word >> CLAIMED_OFFSET, U256::from(claimed));
            let rates = rates.map(|rate| Rate::new(rate & ((1 << 40) - 1)).unwrap());
            let lending = Lending { rates, advance_bps };
            prop_assert_eq!(Lending::unpack(lending.pack().unwrap()), lending);
            let [latest_cure_end, paused_at] = times.map(|time| time & MAX_TIME);
            let clock = Clock { fee_recipient: address, latest_cure_end, paused_at };
            prop_assert_eq!(Clock::unpack(clock.pack().unwrap()), clock);
            let [balance, noticed] = amounts.map(|amount| amount & MAX_SHARES);
            let account = Account { balance, noticed, noticed_at: paused_at };
            prop_assert_eq!(Account::unpack(account.pack().unwrap()), account);
        }
    }
}
