//! Whole wei divided between tranches.
//!
//! An amount is cut at the rounded-down images of the cumulative weights, ⌊amount · (w₀ + … + wᵢ) / Σw⌋. The cuts rise
//! to the amount itself, so the parts telescope to it exactly, each within one wei of its exact share. Where the amount
//! is no more than the sum of the weights no part exceeds its weight: ⌊x + y⌋ − ⌊x⌋ <= ⌈y⌉, and y = amount · w / Σw is
//! at most the integer w.

use crate::{Error, MAX_TRANCHES};
use alloy_primitives::U256;
use credit_math::mul_div_down;

/// One number a tranche, the most senior first; zero where there is no tranche.
pub type PerTranche = [u128; MAX_TRANCHES];

/// `amount` in proportion to `weights`, exact in the sum.
///
/// # Errors
/// [`Error::Inconsistent`] if there is an amount and no weight; [`Error::AmountTooLarge`] if the weights leave 256
/// bits.
pub fn pro_rata(amount: u128, weights: &[U256; MAX_TRANCHES]) -> Result<PerTranche, Error> {
    let mut parts = PerTranche::default();
    if amount == 0 {
        return Ok(parts);
    }
    let total = weights
        .iter()
        .try_fold(U256::ZERO, |total, weight| total.checked_add(*weight))
        .ok_or(Error::AmountTooLarge)?;
    let (mut cumulative, mut given) = (U256::ZERO, 0_u128);
    for (part, weight) in parts.iter_mut().zip(weights) {
        cumulative = cumulative.checked_add(*weight).ok_or(Error::AmountTooLarge)?;
        let cut = narrow(mul_div_down(U256::from(amount), cumulative, total).ok_or(Error::Inconsistent)?)?;
        *part = cut.checked_sub(given).ok_or(Error::Inconsistent)?;
        given = cut;
    }
    Ok(parts)
}

/// `amount` in proportion to amounts.
///
/// # Errors
/// As [`pro_rata`].
pub fn pro_rata_to(amount: u128, weights: &PerTranche) -> Result<PerTranche, Error> {
    pro_rata(amount, &weights.map(U256::from))
}

/// The sum over the tranches.
///
/// # Errors
/// [`Error::AmountTooLarge`] when it leaves 128 bits.
pub fn total(parts: &PerTranche) -> Result<u128, Error> {
    parts
        .iter()
        .try_fold(0_u128, |sum, part| sum.checked_add(*part))
        .ok_or(Error::AmountTooLarge)
}

pub(crate) fn narrow(amount: U256) -> Result<u128, Error> {
    u128::try_from(amount).map_err(|_| Error::AmountTooLarge)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts_sum_to_the_amount_and_follow_the_weights() {
        assert_eq!(pro_rata_to(10, &[1, 1, 1, 0]), Ok([3, 3, 4, 0]));
        assert_eq!(pro_rata_to(0, &[0; 4]), Ok([0; 4]));
        assert_eq!(pro_rata_to(1, &[0; 4]), Err(Error::Inconsistent));
        assert_eq!(pro_rata_to(7, &[0, 0, 0, 5]), Ok([0, 0, 0, 7]));
        assert_eq!(
            pro_rata(1, &[U256::MAX, U256::from(1), U256::ZERO, U256::ZERO]),
            Err(Error::AmountTooLarge)
        );
        assert_eq!(total(&[u128::MAX, 1, 0, 0]), Err(Error::AmountTooLarge));
    }

    proptest! {
        #[test]
        fn exact_in_the_sum_and_within_one_of_each_share(
            amount in prop_oneof![any::<u128>(), 0_u128..100],
            weights in prop_oneof![any::<[u64; 4]>(), prop::array::uniform4(0_u64..10)],
        ) {
            let weights = weights.map(u128::from);
            let sum: u128 = weights.iter().sum();
            prop_assume!(sum > 0);
            let parts = pro_rata_to(amount, &weights).unwrap();
            prop_assert_eq!(total(&parts), Ok(amount));
            for (part, weight) in parts.into_iter().zip(weights) {
                let scaled = U256::from(part) * U256::from(sum);
                let exact = U256::from(amount) * U256::from(weight);
                prop_assert!(scaled < exact + U256::from(sum) && exact < scaled + U256::from(sum));
                prop_assert!(amount > sum || part <= weight);
            }
        }
    }
}
