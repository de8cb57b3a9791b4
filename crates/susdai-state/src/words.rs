//! The words that the vault's books are packed into, so that no operation reads two slots where one would do.

use alloy_primitives::{Address, B256, U256};
use qev_core::vesting::Vesting;

/// The most assets that may be idle: 2^112 − 1.
pub const MAX_IDLE: u128 = (1 << 112) - 1;
/// The most assets that may be reserved at a time, 2^96 − 1: 79 billion USDai that nobody claims.
pub const MAX_RESERVED: u128 = (1 << 96) - 1;
/// The longest vesting period in seconds, 2^40 − 1.
pub const MAX_PERIOD: u64 = (1 << 40) - 1;
/// The most that may vest at a time, 2^104 − 1. What would exceed it counts at once.
const MAX_UNVESTED: u128 = (1 << 104) - 1;
/// Tranches of the loan pool.
pub const TRANCHES: usize = 4;

/// What every operation must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The asset: USDai.
    pub usdai: Address,
    /// Whether what can be paused rests.
    pub paused: bool,
    /// Whether the loan pool is linked.
    pub loan_pool_linked: bool,
    /// Whether there are shares on other chains: only then is it read how many.
    pub bridged_out: bool,
    /// Bit `t` says whether the vault holds shares of tranche `t`.
    pub tranches_held: u8,
    /// The fee on base yield in basis points.
    pub fee_bps: u16,
    /// Seconds in which a gain vests: the length of an epoch.
    pub vesting_period: u64,
}

impl Settings {
    /// From the lowest bit: 160 of `usdai`, `paused`, `loan_pool_linked`, `bridged_out`, 5 that are zero, 8 of `tranches_held`, 16 of
    /// `fee_bps`, 40 of `vesting_period`.
    #[must_use]
    pub fn pack(self) -> U256 {
        let flags = u128::from(self.paused)
            | u128::from(self.loan_pool_linked) << 1
            | u128::from(self.bridged_out) << 2
            | u128::from(self.tranches_held) << 8
            | u128::from(self.fee_bps) << 16
            | u128::from(self.vesting_period) << 32;
        above_address(flags, self.usdai)
    }

    /// The inverse of [`Self::pack`].
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // takes the fields of a word
    pub fn unpack(word: U256) -> Self {
        let (flags, usdai) = split_address(word);
        Self {
            usdai,
            paused: flags & 1 != 0,
            loan_pool_linked: flags & 2 != 0,
            bridged_out: flags & 4 != 0,
            tranches_held: (flags >> 8) as u8,
            fee_bps: (flags >> 16) as u16,
            vesting_period: (flags >> 32) as u64 & MAX_PERIOD,
        }
    }
}

/// What the vault has to spend, and how much of it does not count yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cash {
    /// USDai that is neither lent nor reserved, at most [`MAX_IDLE`].
    pub idle: u128,
    /// Gains on their way into the share price.
    pub gains: Vesting,
}

impl Cash {
    /// From the lowest bit: 112 of `idle`, 104 of the gains' amount, 40 of their start.
    #[must_use]
    pub fn pack(self) -> U256 {
        let (amount, start) = halves(self.gains.to_word());
        let amount = amount.min(MAX_UNVESTED);
        let start = start.min(u128::from(MAX_PERIOD));
        join(self.idle.min(MAX_IDLE) | amount << 112, amount >> 16 | start << 88)
    }

    /// The inverse of [`Self::pack`].
    #[must_use]
    pub fn unpack(word: U256) -> Self {
        let (low, high) = halves(word);
        let amount = (low >> 112 | high << 16) & MAX_UNVESTED;
        Self {
            idle: low & MAX_IDLE,
            gains: Vesting::from_word(join(amount, high >> 88)),
        }
    }
}

/// The auction contract, and what it owes to those it has serviced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Escrow {
    /// Queue and auction.
    pub auction: Address,
    /// USDai set aside for serviced requests, at most [`MAX_RESERVED`].
    pub reserved: u128,
}

impl Escrow {
    /// `reserved` above the address.
    #[must_use]
    pub fn pack(self) -> U256 {
        above_address(self.reserved, self.auction)
    }

    /// The inverse of [`Self::pack`].
    #[must_use]
    pub fn unpack(word: U256) -> Self {
        let (reserved, auction) = split_address(word);
        Self { auction, reserved }
    }

    /// How much more may be reserved.
    #[must_use]
    pub fn room(self) -> u128 {
        MAX_RESERVED.saturating_sub(self.reserved)
    }
}

/// The word with `high` above the 160 bits of an address.
fn above_address(high: u128, address: Address) -> U256 {
    U256::from_be_bytes(address.into_word().0) | join(0, high << 32)
}

/// The inverse of [`above_address`].
fn split_address(word: U256) -> (u128, Address) {
    let (_, high) = halves(word);
    (high >> 32, Address::from_word(B256::from(word)))
}

/// The word with `low` in its lower and `high` in its upper half.
#[allow(clippy::cast_possible_truncation)] // takes the halves of a half
#[must_use]
pub fn join(low: u128, high: u128) -> U256 {
    U256::from_limbs([low as u64, (low >> 64) as u64, high as u64, (high >> 64) as u64])
}

/// The inverse of [`join`].
#[must_use]
pub fn halves(word: U256) -> (u128, u128) {
    let [l0, l1, l2, l3] = word.into_limbs();
    let half = |low, high| u128::from(low) | u128::from(high) << 64;
    (half(l0, l1), half(l2, l3))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn vesting(amount: u128, start: u64) -> Vesting {
        Vesting::from_word(join(amount, u128::from(start)))
    }

    proptest! {
        #[test]
        fn settings_survive_packing(
            address in any::<[u8; 20]>(),
            paused in any::<bool>(),
            loan_pool_linked in any::<bool>(),
            bridged_out in any::<bool>(),
            tranches_held in any::<u8>(),
            fee_bps in any::<u16>(),
            vesting_period in 0..=MAX_PERIOD,
        ) {
            let usdai = Address::new(address);
            let settings = Settings { usdai, paused, loan_pool_linked, bridged_out, tranches_held, fee_bps, vesting_period };
            prop_assert_eq!(Settings::unpack(settings.pack()), settings);
        }

        #[test]
        fn cash_survives_packing(idle in 0..=MAX_IDLE, amount in 0..=MAX_UNVESTED, start in 0..=MAX_PERIOD) {
            let cash = Cash { idle, gains: vesting(amount, start) };
            prop_assert_eq!(Cash::unpack(cash.pack()), cash);
        }

        #[test]
        fn escrow_survives_packing(
            address in any::<[u8; 20]>(),
            reserved in 0..=MAX_RESERVED,
        ) {
            let escrow = Escrow { auction: Address::new(address), reserved };
            prop_assert_eq!(Escrow::unpack(escrow.pack()), escrow);
            prop_assert_eq!(escrow.room() + reserved, MAX_RESERVED);
        }
    }

    #[test]
    fn the_layout_is_what_it_says() {
        let bit = |position: usize| U256::from(1) << position;
        let usdai = Address::repeat_byte(0xab);
        let empty = Settings::unpack(U256::from_be_bytes(usdai.into_word().0));
        assert_eq!((empty.usdai, empty.paused, empty.vesting_period), (usdai, false, 0));
        let of = |settings: Settings| settings.pack() ^ empty.pack();
        assert_eq!(of(Settings { paused: true, ..empty }), bit(160));
        assert_eq!(
            of(Settings {
                loan_pool_linked: true,
                ..empty
            }),
            bit(161)
        );
        assert_eq!(
            of(Settings {
                bridged_out: true,
                ..empty
            }),
            bit(162)
        );
        assert_eq!(
            of(Settings {
                tranches_held: 1,
                ..empty
            }),
            bit(168)
        );
        assert_eq!(of(Settings { fee_bps: 1, ..empty }), bit(176));
        assert_eq!(
            of(Settings {
                vesting_period: 1,
                ..empty
            }),
            bit(192)
        );
        let cash = |idle, amount, start| {
            Cash {
                idle,
                gains: vesting(amount, start),
            }
            .pack()
        };
        assert_eq!(cash(1, 1, 1), bit(0) | bit(112) | bit(216));
        assert_eq!(
            Escrow {
                auction: Address::ZERO,
                reserved: 1
            }
            .pack(),
            bit(160)
        );
    }

    /// Nothing gets stuck because a gain is too large to be kept: it is in the share price at once.
    #[test]
    fn gains_beyond_the_field_count_at_once() {
        let cash = Cash {
            idle: 5,
            gains: vesting(u128::MAX, 7),
        };
        assert_eq!(
            Cash::unpack(cash.pack()),
            Cash {
                idle: 5,
                gains: vesting(MAX_UNVESTED, 7)
            }
        );
    }
}
