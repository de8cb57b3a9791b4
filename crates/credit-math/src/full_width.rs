//! Products and quotients at full width.
//!
//! A product of 512 bits is divided by long division in base 2^32: eight digits a factor and a divisor. The general
//! division of the integers' crate knows several algorithms for numbers of any length and is six times the code, which
//! every contract would carry.
//!
//! **Why right.** Dividend and divisor are scaled by the power of two that makes the divisor's first digit at least
//! 2^31. Then the quotient of the dividend's first two digits by that digit, capped at 2^32 − 1, is the next digit of
//! the quotient or at most two above it (Knuth, The Art of Computer Programming, volume 2, theorem 4.3.1 B), so that
//! taking it away and adding the divisor back at most twice leaves a dividend below the divisor: the invariant of the
//! next step.

use alloy_primitives::U256;

/// Digits of a word.
const DIGITS: usize = 8;
/// Digits of a product, and one more for the scaling.
const WIDE: usize = 2 * DIGITS + 1;

/// `⌊a · b / c⌋`, exact over the 512-bit product.
///
/// `None` if `c` is zero or the quotient does not fit into 256 bits.
#[must_use]
pub fn mul_div_down(a: U256, b: U256, c: U256) -> Option<U256> {
    divide(product(a, b), c).map(|(quotient, _)| quotient)
}

/// `⌈a · b / c⌉`, exact over the 512-bit product.
///
/// `None` if `c` is zero or the quotient does not fit into 256 bits.
#[must_use]
pub fn mul_div_up(a: U256, b: U256, c: U256) -> Option<U256> {
    let (floor, exact) = divide(product(a, b), c)?;
    if exact {
        Some(floor)
    } else {
        floor.checked_add(U256::from(1))
    }
}

fn product(a: U256, b: U256) -> [u32; WIDE] {
    let (a, b) = (digits(a), digits(b));
    let b = b.get(..length(&b)).unwrap_or_default();
    let mut product = [0; WIDE];
    for (place, factor) in a.iter().take(length(&a)).enumerate() {
        // The row reaches one digit further than the rows before it: there goes the carry.
        let mut row = product.iter_mut().skip(place);
        let mut carry = 0;
        for (digit, to) in b.iter().zip(row.by_ref()) {
            let sum = u64::from(*factor) * u64::from(*digit) + u64::from(*to) + carry;
            (*to, carry) = (low(sum), sum >> 32);
        }
        if let Some(to) = row.next() {
            *to = low(carry);
        }
    }
    product
}

/// The quotient, if it fits a word, and whether nothing remains.
fn divide(mut dividend: [u32; WIDE], divisor: U256) -> Option<(U256, bool)> {
    let mut divisor = digits(divisor);
    let divisor_length = length(&divisor);
    let divisor = divisor.get_mut(..divisor_length)?;
    // One digit more than there are, for the scaling.
    let dividend_length = length(&dividend);
    let dividend = dividend.get_mut(..=dividend_length)?;
    let scale = divisor.last()?.leading_zeros();
    scale_up(divisor, scale);
    scale_up(dividend, scale);

    let mut quotient = [0; DIGITS];
    let places = (dividend_length + 1).saturating_sub(divisor_length);
    for place in (0..places).rev() {
        let digit = next_digit(dividend.get_mut(place..=place + divisor_length)?, divisor);
        match quotient.get_mut(place) {
            Some(to) => *to = digit,
            None if digit == 0 => {}
            None => return None,
        }
    }
    Some((word(quotient), length(dividend) == 0))
}

/// Takes the divisor away from the dividend, which has one digit more, as often as it fits: less than 2^32 times.
fn next_digit(dividend: &mut [u32], divisor: &[u32]) -> u32 {
    let (Some((first, rest)), Some(leading)) = (dividend.split_last_mut(), divisor.last()) else {
        return 0;
    };
    let second = rest.last().copied().unwrap_or_default();
    let leading_pair = u64::from(*first) << 32 | u64::from(second);
    let mut digit = low((leading_pair / u64::from(*leading)).min(u64::from(u32::MAX)));

    let mut carry = 0;
    for (to, from) in rest.iter_mut().zip(divisor) {
        let taken = u64::from(digit) * u64::from(*from) + carry;
        let (left, borrow) = to.overflowing_sub(low(taken));
        *to = left;
        carry = (taken >> 32) + u64::from(borrow);
    }
    let (left, mut owed) = u64::from(*first).overflowing_sub(carry);
    *first = low(left);
    while owed {
        digit = digit.wrapping_sub(1);
        let mut carry = 0;
        for (to, from) in rest.iter_mut().zip(divisor) {
            let sum = u64::from(*to) + u64::from(*from) + carry;
            (*to, carry) = (low(sum), sum >> 32);
        }
        let sum = u64::from(*first) + carry;
        *first = low(sum);
        // It is paid back when the sum wraps.
        owed = sum >> 32 == 0;
    }
    digit
}

/// Multiplies by 2^`bits`; the digits must have room.
fn scale_up(digits: &mut [u32], bits: u32) {
    let mut carry = 0;
    for digit in digits {
        let scaled = u64::from(*digit) << bits | carry;
        (*digit, carry) = (low(scaled), scaled >> 32);
    }
}

/// Digits up to the last that is not zero.
fn length(digits: &[u32]) -> usize {
    digits.iter().rposition(|digit| *digit != 0).map_or(0, |last| last + 1)
}

/// The digits of a word, least significant first.
fn digits(word: U256) -> [u32; DIGITS] {
    let [l0, l1, l2, l3] = word.into_limbs();
    let [d0, d1, d2, d3] = [l0, l1, l2, l3].map(low);
    let [h0, h1, h2, h3] = [l0, l1, l2, l3].map(|limb| low(limb >> 32));
    [d0, h0, d1, h1, d2, h2, d3, h3]
}

/// The inverse of [`digits`].
fn word(digits: [u32; DIGITS]) -> U256 {
    let [d0, h0, d1, h1, d2, h2, d3, h3] = digits.map(u64::from);
    U256::from_limbs([d0 | h0 << 32, d1 | h1 << 32, d2 | h2 << 32, d3 | h3 << 32])
}

#[allow(clippy::cast_possible_truncation)] // takes the lower half
const fn low(wide: u64) -> u32 {
    wide as u32
}

#[cfg(test)]
mod tests {
    extern crate std;

    use num_bigint::BigUint;
    use proptest::prelude::*;

    use super::{mul_div_down, mul_div_up};
    use alloy_primitives::U256;
    use std::vec;

    fn big(value: U256) -> BigUint {
        BigUint::from_bytes_be(&value.to_be_bytes::<32>())
    }

    fn small(value: &BigUint) -> Option<U256> {
        (value.bits() <= 256).then(|| U256::from_be_slice(&value.to_bytes_be()))
    }

    /// Words of every magnitude, so that carries, overflows and tiny divisors all occur.
    fn word() -> impl Strategy<Value = U256> {
        (any::<[u64; 4]>(), 0_usize..=256).prop_map(|(limbs, bits)| {
            if bits == 0 {
                U256::ZERO
            } else {
                U256::from_limbs(limbs) >> (256 - bits)
            }
        })
    }

    /// Words of extreme digits, where the first guess of a digit is furthest from it.
    fn extreme() -> impl Strategy<Value = U256> {
        let digit = prop::sample::select(vec![
            0,
            1,
            2,
            (1 << 31) - 1,
            1 << 31,
            (1 << 31) + 1,
            u32::MAX - 1,
            u32::MAX,
        ]);
        prop::array::uniform8(digit).prop_map(super::word)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16384))]

        #[test]
        fn agree_with_big_integers(
            a in prop_oneof![word(), extreme()],
            b in prop_oneof![word(), extreme()],
            c in prop_oneof![word(), extreme()],
        ) {
            if c.is_zero() {
                prop_assert_eq!(mul_div_down(a, b, c), None);
                prop_assert_eq!(mul_div_up(a, b, c), None);
            } else {
                let product = big(a) * big(b);
                let divisor = big(c);
                let floor = &product / &divisor;
                let ceiling = (&product + &divisor - 1_u8) / &divisor;
                prop_assert_eq!(mul_div_down(a, b, c), small(&floor));
                prop_assert_eq!(mul_div_up(a, b, c), small(&ceiling));
            }
        }
    }

    #[test]
    fn quotient_at_the_edge_of_256_bits() {
        let max = U256::MAX;
        assert_eq!(mul_div_down(max, max, max), Some(max));
        assert_eq!(mul_div_up(max, max, max), Some(max));
        assert_eq!(mul_div_down(max, U256::from(2), U256::from(1)), None);
        assert_eq!(mul_div_down(max, max - U256::from(1), max), Some(max - U256::from(1)));
        // ⌊(2^256 − 1)² / (2^256 − 2)⌋ = 2^256: one more than fits.
        assert_eq!(mul_div_down(max, max, max - U256::from(1)), None);
    }

    #[test]
    fn rounding_up_may_be_what_overflows() {
        // 2^257 − 1 = 2 · (2^256 − 1) + 1 is a product of two words, and half of it rounds up to 2^256.
        let product = (BigUint::from(1_u8) << 257_usize) - 1_u8;
        let factor = BigUint::from(535_006_138_814_359_u64);
        assert_eq!(&product % &factor, BigUint::from(0_u8));
        let (a, b) = (small(&factor).unwrap(), small(&(product / factor)).unwrap());
        assert_eq!(mul_div_down(a, b, U256::from(2)), Some(U256::MAX));
        assert_eq!(mul_div_up(a, b, U256::from(2)), None);
    }
}
