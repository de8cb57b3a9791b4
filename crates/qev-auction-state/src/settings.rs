//! What nearly every call must know, packed into one slot.

use alloy_primitives::{Address, B256, U256};
use contract_kit::Revert;
use qev_core::epoch::Calendar;

use crate::abi::IQevAuction;

/// The link to the vault and the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Who drives the auction; zero until it is linked.
    pub(crate) vault: Address,
    /// Genesis and the lengths.
    pub(crate) calendar: Calendar,
}

/// Where the calendar begins in the slot, and how many bits genesis and the two lengths have.
const VAULT_BITS: usize = 160;
const GENESIS_BITS: u32 = 40;
const LENGTH_BITS: u32 = 28;

impl Settings {
    /// From the bottom: the vault, 40 bits of genesis, 28 of the epoch's length, 28 of the bid phase's.
    pub(crate) fn pack(self) -> U256 {
        let calendar = u128::from(self.calendar.genesis())
            | u128::from(self.calendar.epoch_length()) << GENESIS_BITS
            | u128::from(self.calendar.bid_length()) << (GENESIS_BITS + LENGTH_BITS);
        U256::from_be_bytes(self.vault.into_word().0) | U256::from(calendar) << VAULT_BITS
    }

    /// The inverse of [`Self::pack`]; `None` before the construction.
    pub(crate) fn unpack(word: U256) -> Option<Self> {
        let [low, high, ..] = (word >> VAULT_BITS).into_limbs();
        let calendar = u128::from(low) | u128::from(high) << 64;
        let part = |offset: u32, bits: u32| u64::try_from(calendar >> offset & ((1 << bits) - 1)).ok();
        let calendar = Calendar::new(
            part(0, GENESIS_BITS)?,
            part(GENESIS_BITS, LENGTH_BITS)?,
            part(GENESIS_BITS + LENGTH_BITS, LENGTH_BITS)?,
        );
        Some(Self {
            vault: Address::from_word(B256::from(word)),
            calendar: calendar.ok()?,
        })
    }
}

/// The calendar of these numbers, if it is one and fits.
pub(crate) fn calendar(genesis: U256, epoch_length: U256, bid_length: U256) -> Result<Calendar, Revert> {
    let fit = |value: U256, bits: u32| u64::try_from(value).ok().filter(|value| value >> bits == 0);
    let parts = || {
        let genesis = fit(genesis, GENESIS_BITS)?;
        let epoch_length = fit(epoch_length, LENGTH_BITS)?;
        Calendar::new(genesis, epoch_length, fit(bid_length, LENGTH_BITS)?).ok()
    };
    parts().ok_or_else(|| {
        IQevAuction::InvalidCalendar {
            genesis,
            epochLength: epoch_length,
            bidLength: bid_length,
        }
        .into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;

    #[test]
    fn settings_survive_packing_also_at_the_edges() {
        for (genesis, epoch_length, bid_length) in [
            (0, 3 * DAY + 1, DAY + 1),
            (1_800_000_000, 30 * DAY, 27 * DAY),
            ((1_u64 << 40) - 1, (1 << 28) - 1, (1 << 28) - 2),
        ] {
            for vault in [Address::ZERO, Address::repeat_byte(0xff), Address::with_last_byte(1)] {
                let calendar = calendar(U256::from(genesis), U256::from(epoch_length), U256::from(bid_length)).unwrap();
                let settings = Settings { vault, calendar };
                assert_eq!(Settings::unpack(settings.pack()), Some(settings));
            }
        }
        assert_eq!(Settings::unpack(U256::ZERO), None);
    }

    #[test]
    fn what_does_not_fit_or_leaves_no_time_is_refused() {
        let (genesis, epoch_length, bid_length) = (U256::ZERO, U256::from(30 * DAY), U256::from(27 * DAY));
        for (genesis, epoch_length, bid_length) in [
            (U256::from(1_u64 << 40), epoch_length, bid_length),
            (U256::MAX, epoch_length, bid_length),
            (genesis, U256::from(1_u64 << 28), bid_length),
            (genesis, epoch_length, epoch_length),
            (genesis, epoch_length, U256::from(DAY)),
            (genesis, U256::from(3 * DAY), U256::from(2 * DAY)),
            (genesis, epoch_length, bid_length + U256::from(1_u128 << 64)),
        ] {
            let refusal = IQevAuction::InvalidCalendar {
                genesis,
                epochLength: epoch_length,
                bidLength: bid_length,
            };
            assert_eq!(calendar(genesis, epoch_length, bid_length), Err(refusal.into()));
        }
    }
}
