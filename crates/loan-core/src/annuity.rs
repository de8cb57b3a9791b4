//! The level payment, in fixed point.
//!
//! With interest i an interval and n instalments the level payment on a balance is balance · (1+i)ⁿ / Σ_{j<n} (1+i)ʲ.
//! The geometric sum in place of the usual ((1+i)ⁿ − 1)/i has no difference of near-equal numbers in it, so nothing is
//! lost where i is tiny, and i = 0 is no special case.
//!
//! **Method.** The pair (power G, sum S) in Q128, n read from its highest bit: doubling takes (G, S) to
//! (G², S + S·G), adding one to (G·g, S·g + 1). Every product is rounded down.
//!
//! **Error.** i is given in Q120, exact from here on. All terms are positive and all values at least 1, so each rounded
//! product loses a relative error below u = 2^−128, and sums lose nothing. By induction over the steps G for n has lost
//! at most (n − 1)·u relatively and S at most n·u: doubling gives 2(n − 1) + 1 for G, and n + (n − 1) + 1 = 2n for the
//! product S·G; adding one n and n + 1. So balance · G / S is within a relative 2n·u of exact, before it is rounded up.
//! With a balance below 2^96 and n <= [`MAX_INSTALMENTS`] the payment, below balance · (1 + i) < 2^104, is within 2^−13
//! wei of exact: [`level_payment`] is ⌈exact⌉, or one below it where the exact one is that close above an integer.

use crate::{schedule::MAX_INSTALMENTS, split::narrow, Error, MAX_PRINCIPAL, WAD};
use alloy_primitives::U256;
use credit_math::{mul_div_down, mul_div_up};

const ONE: U256 = U256::from_limbs([0, 0, 1, 0]);

/// Interest on a balance over one interval, as a fraction in Q120; below 256.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IntervalInterest(u128);

impl IntervalInterest {
    /// The fraction that raw interest of `per_second` (Σ principal · rate) makes of `principal` in `interval` seconds,
    /// rounded down: the blended rate, exact to 2^−120.
    ///
    /// # Errors
    /// [`Error::ZeroAmount`] for a principal of zero; [`Error::AmountTooLarge`] from 256 upwards.
    pub fn blended(per_second: U256, principal: u128, interval: u64) -> Result<Self, Error> {
        if principal == 0 {
            return Err(Error::ZeroAmount);
        }
        let earned = per_second
            .checked_mul(U256::from(interval))
            .ok_or(Error::AmountTooLarge)?;
        // 128 and 60 bits: the product cannot leave 188.
        let whole = U256::from(principal).wrapping_mul(U256::from(WAD));
        mul_div_down(earned, U256::from(1_u128 << 120), whole)
            .ok_or(Error::AmountTooLarge)
            .and_then(narrow)
            .map(Self)
    }

    /// The fraction in Q120, for storage.
    #[must_use]
    pub const fn to_bits(self) -> u128 {
        self.0
    }

    /// What [`IntervalInterest::to_bits`] gave.
    #[must_use]
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// Interest on `balance` over one interval, to the nearest wei, halves up.
    ///
    /// # Errors
    /// [`Error::AmountTooLarge`] when it leaves 128 bits.
    pub fn on(self, balance: u128) -> Result<u128, Error> {
        // Two halves of 128 bits: the product fits, and the half of a wei fits above it.
        let product = U256::from(balance).wrapping_mul(U256::from(self.0));
        let rounded = product
            .checked_add(U256::from(1_u128 << 119))
            .ok_or(Error::AmountTooLarge)?;
        narrow(rounded >> 120)
    }

    /// 1 + i in Q128.
    fn growth(self) -> U256 {
        // At most 136 bits.
        (U256::from(self.0) << 8_usize).wrapping_add(ONE)
    }
}

/// ((1+i)ⁿ, Σ_{j<n} (1+i)ʲ) in Q128, rounded down; `None` when the power reaches 2^64.
fn power_and_sum(interest: IntervalInterest, instalments: u16) -> Option<(U256, U256)> {
    let growth = interest.growth();
    let (mut power, mut sum) = (ONE, U256::ZERO);
    // Above its highest bit n is zero, whose pair stays (1, 0).
    for bit in (0..u16::BITS.saturating_sub(instalments.leading_zeros())).rev() {
        sum = sum.checked_add(multiply(sum, power)?)?;
        power = multiply(power, power)?;
        if instalments >> bit & 1 == 1 {
            sum = multiply(sum, growth)?.checked_add(ONE)?;
            power = multiply(power, growth)?;
        }
        if power.bit_len() > 192 {
            return None;
        }
    }
    Some((power, sum))
}

/// The product of two numbers in Q128, rounded down: its middle, where a division by 2^128 would cost many times more.
#[allow(clippy::cast_possible_truncation)] // takes the halves of a product
fn multiply(a: U256, b: U256) -> Option<U256> {
    let b = b.into_limbs();
    let mut product = [0_u64; 8];
    for (place, factor) in a.into_limbs().into_iter().enumerate() {
        let mut row = product.iter_mut().skip(place);
        let mut carry = 0_u64;
        for (limb, to) in b.iter().zip(row.by_ref()) {
            // At most (2^64 − 1)² + 2 · (2^64 − 1) = 2^128 − 1.
            let sum = u128::from(factor)
                .wrapping_mul(u128::from(*limb))
                .wrapping_add(u128::from(*to))
                .wrapping_add(u128::from(carry));
            (*to, carry) = (sum as u64, (sum >> 64) as u64);
        }
        if let Some(to) = row.next() {
            *to = carry;
        }
    }
    let [_, _, l0, l1, l2, l3, 0, 0] = product else {
        return None;
    };
    Some(U256::from_limbs([l0, l1, l2, l3]))
}

/// The payment that repays `balance` with its interest in `instalments` equal amounts, rounded up to a wei.
///
/// # Errors
/// [`Error::ZeroAmount`] for no instalments; [`Error::AmountTooLarge`] above [`MAX_PRINCIPAL`];
/// [`Error::LevelPaymentUndefined`] when (1+i)ⁿ reaches 2^64, or above [`MAX_INSTALMENTS`].
pub fn level_payment(balance: u128, interest: IntervalInterest, instalments: u16) -> Result<u128, Error> {
    if instalments == 0 {
        return Err(Error::ZeroAmount);
    }
    if balance > MAX_PRINCIPAL {
        return Err(Error::AmountTooLarge);
    }
    let undefined = Error::LevelPaymentUndefined { instalments };
    if instalments > MAX_INSTALMENTS {
        return Err(undefined);
    }
    let (power, sum) = power_and_sum(interest, instalments).ok_or(undefined)?;
    narrow(mul_div_up(U256::from(balance), power, sum).ok_or(Error::Inconsistent)?)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use num_bigint::BigInt;
    use proptest::prelude::*;

    /// balance · (1+i)ⁿ / Σ (1+i)ʲ as numerator and denominator, both times 2^120n.
    fn exact(balance: u128, interest: IntervalInterest, instalments: u16) -> (BigInt, BigInt) {
        let growth = (BigInt::from(1) << 120_usize) + interest.0;
        let (mut sum, mut power) = (BigInt::from(0), BigInt::from(1));
        for number in 0..instalments {
            sum += &power << (120 * usize::from(instalments - number));
            power *= &growth;
        }
        (power * balance, sum)
    }

    #[test]
    fn a_level_payment_known_from_the_books() {
        // 100,000.00 at 1 % a month over 36 months is 3,321.44 a month, rounded up.
        let interest = IntervalInterest((1 << 120) / 100);
        assert_eq!(level_payment(10_000_000, interest, 36), Ok(332_144));
        assert_eq!(level_payment(100, IntervalInterest(0), 3), Ok(34));
        assert_eq!(level_payment(0, interest, 3), Ok(0));
        assert_eq!(level_payment(1_000, interest, 1), Ok(1_010));
    }

    proptest! {
        #[test]
        fn products_are_those_of_full_width(a in any::<[u64; 4]>(), b in any::<[u64; 4]>(), shift in 0_usize..256) {
            let (a, b) = (U256::from_limbs(a) >> shift, U256::from_limbs(b));
            prop_assert_eq!(multiply(a, b), mul_div_down(a, b, ONE));
            prop_assert_eq!(multiply(a, b >> 64_usize), mul_div_down(a, b >> 64_usize, ONE));
        }
    }

    #[test]
    fn extremes_are_refused() {
        let all = IntervalInterest(u128::MAX);
        assert_eq!(level_payment(1, all, 0), Err(Error::ZeroAmount));
        assert_eq!(
            level_payment(1, all, 8),
            Err(Error::LevelPaymentUndefined { instalments: 8 })
        );
        assert!(level_payment(MAX_PRINCIPAL, all, 7).is_ok());
        assert_eq!(level_payment(MAX_PRINCIPAL + 1, all, 7), Err(Error::AmountTooLarge));
        let instalments = MAX_INSTALMENTS + 1;
        let refused = Err(Error::LevelPaymentUndefined { instalments });
        assert_eq!(level_payment(1, IntervalInterest(0), instalments), refused);
        assert_eq!(all.on(u128::MAX), Err(Error::AmountTooLarge));
        assert_eq!(IntervalInterest::blended(U256::from(1), 0, 1), Err(Error::ZeroAmount));
        assert_eq!(IntervalInterest::blended(U256::MAX, 1, 2), Err(Error::AmountTooLarge));
        assert_eq!(IntervalInterest::blended(U256::MAX, 1, 1), Err(Error::AmountTooLarge));
    }

    #[test]
    fn interest_is_rounded_to_the_nearest() {
        let third = IntervalInterest::blended(U256::from(WAD), 3, 1).unwrap();
        assert_eq!((third.on(1), third.on(2), third.on(3)), (Ok(0), Ok(1), Ok(1)));
        let half = IntervalInterest(1 << 119);
        assert_eq!((half.on(1), half.on(2)), (Ok(1), Ok(1)));
        assert_eq!(IntervalInterest::from_bits(half.to_bits()), half);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        /// The bound of the module's head, against rationals of any size.
        #[test]
        fn within_the_proved_error_of_exact(
            balance in prop_oneof![0..=MAX_PRINCIPAL, 0_u128..1_000, Just(MAX_PRINCIPAL)],
            fraction in prop_oneof![Just(0_u128), 0..1_u128 << 118, 0_u128..1 << 90, (1_u128 << 112)..1 << 114],
            instalments in 1_u16..=64,
        ) {
            let interest = IntervalInterest(fraction);
            let payment = BigInt::from(level_payment(balance, interest, instalments).unwrap());
            let (numerator, denominator) = exact(balance, interest, instalments);
            prop_assert!((&payment << 13_usize) * &denominator + &denominator >= &numerator << 13_usize);
            prop_assert!((payment - 1) * denominator < numerator);
        }
    }

    #[test]
    fn as_exact_over_the_longest_schedule() {
        let interest = IntervalInterest((1 << 120) / 520);
        let payment = BigInt::from(level_payment(MAX_PRINCIPAL, interest, MAX_INSTALMENTS).unwrap());
        let (numerator, denominator) = exact(MAX_PRINCIPAL, interest, MAX_INSTALMENTS);
        assert_eq!(payment, (numerator + &denominator - 1) / denominator);
    }
}
