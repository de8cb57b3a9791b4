//! Conversion between a token's decimals and the protocol's.

use alloy_primitives::U256;

/// Decimals of USDai, sUSDai and of every value in the protocol.
pub const PROTOCOL_DECIMALS: u8 = 18;

/// The factor `10^(18 − decimals)` between a token of at most 18 decimals and the protocol. One by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale(u64);

impl Default for Scale {
    fn default() -> Self {
        Self(1)
    }
}

impl Scale {
    /// The scale of a token with `decimals` decimals; `None` above 18.
    #[must_use]
    pub const fn from_decimals(decimals: u8) -> Option<Self> {
        match PROTOCOL_DECIMALS.checked_sub(decimals) {
            Some(exponent) => Some(Self(10_u64.pow(exponent as u32))),
            None => None,
        }
    }

    /// One unit of the token in protocol units.
    #[must_use]
    pub fn factor(self) -> U256 {
        U256::from(self.0)
    }

    /// Token units to protocol units, exactly; `None` if that does not fit into 256 bits.
    #[must_use]
    pub fn up(self, amount: U256) -> Option<U256> {
        let mut limbs = amount.into_limbs();
        let mut carry = 0_u64;
        for limb in &mut limbs {
            let product = u128::from(*limb) * u128::from(self.0) + u128::from(carry);
            (*limb, carry) = (low(product), high(product));
        }
        (carry == 0).then(|| U256::from_limbs(limbs))
    }

    /// Protocol units to token units, rounded down: for what the protocol pays out.
    #[must_use]
    pub fn down_floor(self, value: U256) -> U256 {
        self.divide(value).0
    }

    /// Protocol units to token units, rounded up: for what the protocol is owed.
    #[must_use]
    pub fn down_ceil(self, value: U256) -> U256 {
        let (floor, remainder) = self.divide(value);
        // A remainder means a factor of at least 10, so the floor is far below the maximum.
        floor.wrapping_add(U256::from(remainder != 0))
    }

    /// Schoolbook division by one word, most significant limb first. The general 256-bit operations would be
    /// kilobytes of code, for a factor that always fits into 64 bits.
    fn divide(self, value: U256) -> (U256, u64) {
        let mut limbs = value.into_limbs();
        let mut remainder = 0_u64;
        for limb in limbs.iter_mut().rev() {
            let dividend = (u128::from(remainder) << 64) | u128::from(*limb);
            // `remainder < factor`, so the quotient fits into one limb, and the new remainder is again below it.
            let quotient = low(dividend / u128::from(self.0));
            remainder = low(dividend).wrapping_sub(quotient.wrapping_mul(self.0));
            *limb = quotient;
        }
        (U256::from_limbs(limbs), remainder)
    }
}

#[allow(clippy::cast_possible_truncation)]
const fn low(wide: u128) -> u64 {
    wide as u64
}

const fn high(wide: u128) -> u64 {
    low(wide >> 64)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use proptest::prelude::*;

    use super::*;

    fn amount() -> impl Strategy<Value = U256> {
        (any::<[u64; 4]>(), 0_usize..256).prop_map(|(limbs, shift)| U256::from_limbs(limbs) >> shift)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn divisions_agree_with_the_general_division(value in amount(), decimals in 0_u8..=18) {
            let scale = Scale::from_decimals(decimals).unwrap();
            let factor = U256::from(10).pow(U256::from(18 - decimals));
            prop_assert_eq!(scale.factor(), factor);
            prop_assert_eq!(scale.down_floor(value), value / factor);
            prop_assert_eq!(scale.down_ceil(value), value.div_ceil(factor));
        }

        #[test]
        fn scaling_up_is_exact_and_comes_back(value in amount(), decimals in 0_u8..=18) {
            let scale = Scale::from_decimals(decimals).unwrap();
            match scale.up(value) {
                Some(scaled) => {
                    prop_assert_eq!(scale.down_floor(scaled), value);
                    prop_assert_eq!(scale.down_ceil(scaled), value);
                }
                None => prop_assert!(value > U256::MAX / scale.factor()),
            }
        }
    }

    #[test]
    fn more_than_eighteen_decimals_have_no_scale() {
        assert_eq!(Scale::from_decimals(19), None);
        assert_eq!(Scale::from_decimals(255), None);
        assert_eq!(Scale::from_decimals(18).unwrap().factor(), U256::from(1));
        assert_eq!(
            Scale::from_decimals(0).unwrap().factor(),
            U256::from(1_000_000_000_000_000_000_u64)
        );
    }

    #[test]
    fn rounding_favours_the_protocol() {
        let six = Scale::from_decimals(6).unwrap();
        let value = U256::from(1_999_999_999_999_u64);
        assert_eq!(six.down_floor(value), U256::from(1));
        assert_eq!(six.down_ceil(value), U256::from(2));
        assert_eq!(six.down_ceil(U256::MAX), U256::MAX / six.factor() + U256::from(1));
    }
}
