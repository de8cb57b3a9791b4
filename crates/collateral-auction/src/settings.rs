//! What the constructor fixes, and the one running total, packed into two slots.

use alloy_primitives::{Address, B256, U256};
use contract_kit::Revert;
use loan_core::{
    auction::{Rules, MAX_EXTENSION},
    BASIS_POINTS, DAY,
};

use crate::{abi::ICollateralAuction, sale::MAX_AMOUNT};

/// A listing is open at least an hour, at most 30 days.
const MIN_DURATION: u64 = 3_600;
const MAX_DURATION: u64 = 30 * DAY;

const ADDRESS_BITS: usize = 160;
const SECONDS_BITS: u32 = 32;

/// The currency, and how much of it belongs to bidders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Funds {
    /// USDai.
    pub(crate) currency: Address,
    /// All highest bids and refunds; at most [`MAX_AMOUNT`], about 79 billion.
    pub(crate) obligations: u128,
}

impl Funds {
    /// From the bottom: the currency, 96 bits of obligations.
    pub(crate) fn pack(self) -> U256 {
        place(self.currency, self.obligations)
    }

    /// The inverse of [`Self::pack`].
    pub(crate) fn unpack(word: U256) -> Self {
        let (currency, obligations) = split(word);
        Self { currency, obligations }
    }

    /// With a bid more; `None` if that is more than can be held.
    pub(crate) fn with(self, amount: u128) -> Option<Self> {
        let obligations = self.obligations.checked_add(amount)?;
        (obligations <= MAX_AMOUNT).then_some(Self { obligations, ..self })
    }

    /// After a payment; `None` if so much does not belong to bidders.
    pub(crate) fn without(self, amount: u128) -> Option<Self> {
        let obligations = self.obligations.checked_sub(amount)?;
        Some(Self { obligations, ..self })
    }
}

/// The pool, and how its collateral is sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    /// The loan pool.
    pub(crate) pool: Address,
    /// Duration, extension, increment.
    pub(crate) rules: Rules,
}

impl Terms {
    /// Terms of these numbers.
    ///
    /// # Errors
    ///
    /// `InvalidDuration`, `InvalidBasisPoints`.
    pub(crate) fn new(pool: Address, duration: U256, min_increment_bps: u16, extension: U256) -> Result<Self, Revert> {
        let seconds = |value: U256, minimum: u64, maximum: u64| {
            u64::try_from(value)
                .ok()
                .filter(|value| (minimum..=maximum).contains(value))
                .ok_or(ICollateralAuction::InvalidDuration { duration, extension })
        };
        if min_increment_bps > BASIS_POINTS {
            return Err(ICollateralAuction::InvalidBasisPoints {
                basisPoints: U256::from(min_increment_bps),
                maximum: U256::from(BASIS_POINTS),
            }
            .into());
        }
        let rules = Rules {
            duration: seconds(duration, MIN_DURATION, MAX_DURATION)?,
            extension: seconds(extension, 0, MAX_EXTENSION)?,
            min_increment_bps,
        };
        Ok(Self { pool, rules })
    }

    /// From the bottom: the pool, 32 bits of duration, 32 of extension, 16 of increment.
    pub(crate) fn pack(self) -> U256 {
        let numbers = u128::from(self.rules.duration)
            | u128::from(self.rules.extension) << SECONDS_BITS
            | u128::from(self.rules.min_increment_bps) << (2 * SECONDS_BITS);
        place(self.pool, numbers)
    }

    /// The inverse of [`Self::pack`].
    #[allow(clippy::cast_possible_truncation)] // takes each field's bits
    pub(crate) fn unpack(word: U256) -> Self {
        let (pool, numbers) = split(word);
        Self {
            pool,
            rules: Rules {
                duration: u64::from(numbers as u32),
                extension: u64::from((numbers >> SECONDS_BITS) as u32),
                min_increment_bps: (numbers >> (2 * SECONDS_BITS)) as u16,
            },
        }
    }
}

/// An address with a number of up to 96 bits above it.
pub(crate) fn place(address: Address, number: u128) -> U256 {
    U256::from_be_bytes(address.into_word().0) | U256::from(number) << ADDRESS_BITS
}

/// The inverse of [`place`].
pub(crate) fn split(word: U256) -> (Address, u128) {
    let [low, high, ..] = (word >> ADDRESS_BITS).into_limbs();
    let number = u128::from(low) | u128::from(high) << 64;
    (Address::from_word(B256::from(word)), number)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESSES: [Address; 3] = [Address::ZERO, Address::repeat_byte(0xff), Address::with_last_byte(1)];

    fn terms(duration: u64, min_increment_bps: u16, extension: u64) -> Result<Terms, Revert> {
        let pool = Address::repeat_byte(7);
        Terms::new(pool, U256::from(duration), min_increment_bps, U256::from(extension))
    }

    #[test]
    fn funds_survive_packing_also_at_the_edges() {
        for currency in ADDRESSES {
            for obligations in [0, 1, u128::from(u64::MAX), MAX_AMOUNT] {
                let funds = Funds { currency, obligations };
                assert_eq!(Funds::unpack(funds.pack()), funds);
            }
        }
    }

    #[test]
    fn terms_survive_packing_also_at_the_edges() {
        for pool in ADDRESSES {
            for (duration, bps, extension) in [(3_600, 0, 0), (30 * DAY, 10_000, DAY), (DAY, 500, 900)] {
                let terms = Terms {
                    pool,
                    ..terms(duration, bps, extension).unwrap()
                };
                assert_eq!(Terms::unpack(terms.pack()), terms);
            }
        }
    }

    #[test]
    fn obligations_neither_overflow_nor_go_below_zero() {
        let funds = Funds {
            currency: Address::repeat_byte(1),
            obligations: MAX_AMOUNT - 1,
        };
        assert_eq!(funds.with(1).map(|funds| funds.obligations), Some(MAX_AMOUNT));
        assert_eq!(funds.with(2), None);
        assert_eq!(funds.with(u128::MAX), None);
        assert_eq!(funds.without(MAX_AMOUNT - 1).map(|funds| funds.obligations), Some(0));
        assert_eq!(funds.without(MAX_AMOUNT), None);
    }

    #[test]
    fn terms_out_of_bounds_are_refused() {
        for (duration, extension) in [(3_599, 0), (0, 0), (30 * DAY + 1, 0), (DAY, DAY + 1), (DAY, u64::MAX)] {
            let refusal = ICollateralAuction::InvalidDuration {
                duration: U256::from(duration),
                extension: U256::from(extension),
            };
            assert_eq!(terms(duration, 0, extension), Err(refusal.into()));
        }
        let huge = U256::from(DAY) + (U256::from(1) << 64);
        let refusal = ICollateralAuction::InvalidDuration {
            duration: huge,
            extension: U256::ZERO,
        };
        assert_eq!(Terms::new(Address::ZERO, huge, 0, U256::ZERO), Err(refusal.into()));
        let refusal = ICollateralAuction::InvalidBasisPoints {
            basisPoints: U256::from(10_001),
            maximum: U256::from(10_000),
        };
        assert_eq!(terms(DAY, 10_001, 0), Err(refusal.into()));
    }
}
