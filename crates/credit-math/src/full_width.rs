//! Products and quotients at full width.

use alloy_primitives::{U256, U512};

/// `⌊a · b / c⌋`, exact over the 512-bit product.
///
/// `None` if `c` is zero or the quotient does not fit into 256 bits.
#[must_use]
pub fn mul_div_down(a: U256, b: U256, c: U256) -> Option<U256> {
    let (quotient, _) = divide_product(a, b, c)?;
    narrow(quotient)
}

/// `⌈a · b / c⌉`, exact over the 512-bit product.
///
/// `None` if `c` is zero or the quotient does not fit into 256 bits.
#[must_use]
pub fn mul_div_up(a: U256, b: U256, c: U256) -> Option<U256> {
    let (quotient, remainder) = divide_product(a, b, c)?;
    let floor = narrow(quotient)?;
    if remainder.is_zero() {
        Some(floor)
    } else {
        floor.checked_add(U256::from(1))
    }
}

fn divide_product(a: U256, b: U256, c: U256) -> Option<(U512, U512)> {
    if c.is_zero() {
        return None;
    }
    let product: U512 = a.widening_mul(b);
    Some(product.div_rem(U512::from(c)))
}

fn narrow(wide: U512) -> Option<U256> {
    let [l0, l1, l2, l3, high @ ..] = wide.into_limbs();
    high.iter()
        .all(|limb| *limb == 0)
        .then(|| U256::from_limbs([l0, l1, l2, l3]))
}

#[cfg(test)]
mod tests {
    extern crate std;

    use num_bigint::BigUint;
    use proptest::prelude::*;

    use super::*;

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

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn agree_with_big_integers(a in word(), b in word(), c in word()) {
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
