//! Simple interest per second, and how whole wei of it are paid.
//!
//! **State.** What a tranche has earned on a loan and was not yet paid, [`Accrued`]: a signed integer in units of
//! 1e-18 wei (wei · WAD, "raw"), in which principal · rate · seconds is exact. Nothing is rounded while it accrues, so
//! a sum over loans that accrues as one (Σ principal · rate) equals the sum of the loans.
//!
//! **Payment.** Only whole wei can be paid. [`payable`] asks for ⌈Σ accrued⌉ in all, cut between the tranches at
//! the rounded-up prefix sums from the senior end; each tranche's accrual falls by exactly the wei that it is paid, and
//! the fraction that was paid too much or too little stays in it, with its sign, for the next payment.
//!
//! **Why right.** After a payment of everything payable the accruals sum to R in (−1, 0] wei. If d accrues until the
//! next one, that charges ⌈R + d⌉, which is above d − 1 and below d + 1: each instalment's interest is within one wei
//! of the exact one over any number of tranches, and all that was ever paid is ⌈·⌉ of all that ever accrued. A single
//! accrual stays above −1 wei: a tranche is charged only up to the rounded-up prefix sum that ends with it, and only
//! once the tranches before it have had theirs. As R <= 0 it then stays below the number of the other tranches, in wei.
//!
//! Because a payment takes the same wei out of the accrual that it brings in cash, a tranche's value does not move.

use crate::{split::narrow, split::PerTranche, Error, MAX_TRANCHES, WAD};
use alloy_primitives::{I256, U256};
use credit_math::mul_div_up;

/// The highest rate in WAD per second: 2^40 − 1, about 3,469 % a year.
pub const MAX_RATE: u64 = (1 << 40) - 1;

/// An interest rate in WAD (1e18) per second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(u64);

impl Rate {
    /// A rate of `per_second` WAD per second.
    ///
    /// # Errors
    /// [`Error::RateTooHigh`] above [`MAX_RATE`].
    pub const fn new(per_second: u64) -> Result<Self, Error> {
        if per_second > MAX_RATE {
            return Err(Error::RateTooHigh { per_second });
        }
        Ok(Self(per_second))
    }

    /// WAD per second.
    #[must_use]
    pub const fn per_second(self) -> u64 {
        self.0
    }

    /// What `principal` earns in a second, in raw units. Exact.
    #[must_use]
    pub fn on(self, principal: u128) -> U256 {
        // 128 and 40 bits: the product cannot leave 168.
        U256::from(principal).wrapping_mul(U256::from(self.0))
    }
}

/// Interest that was earned and not yet paid, in raw units of 1e-18 wei; negative by less than a wei where rounding
/// made a payment run ahead of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Accrued(I256);

impl Accrued {
    /// Nothing accrued.
    pub const ZERO: Self = Self(I256::ZERO);

    /// The accrual of so many raw units.
    #[must_use]
    pub const fn from_raw(raw: I256) -> Self {
        Self(raw)
    }

    /// Raw units, for storage. Of a single loan and tranche they fit 160 bits with their sign for as long as the
    /// interest stays below 7 · 10^11 whole units.
    #[must_use]
    pub const fn raw(self) -> I256 {
        self.0
    }

    /// This after `seconds` at `per_second` raw units ([`Rate::on`], or a sum of them).
    ///
    /// # Errors
    /// [`Error::AmountTooLarge`] when it leaves 255 bits.
    pub fn after(self, per_second: U256, seconds: u64) -> Result<Self, Error> {
        let earned = per_second
            .checked_mul(U256::from(seconds))
            .ok_or(Error::AmountTooLarge)?;
        self.plus(Self(I256::try_from(earned).map_err(|_| Error::AmountTooLarge)?))
    }

    /// The sum of both.
    ///
    /// # Errors
    /// [`Error::AmountTooLarge`] when it leaves 255 bits.
    pub fn plus(self, other: Self) -> Result<Self, Error> {
        self.0.checked_add(other.0).map(Self).ok_or(Error::AmountTooLarge)
    }

    /// This less `other`.
    ///
    /// # Errors
    /// [`Error::AmountTooLarge`] when it leaves 255 bits.
    pub fn minus(self, other: Self) -> Result<Self, Error> {
        self.0.checked_sub(other.0).map(Self).ok_or(Error::AmountTooLarge)
    }

    /// Whole wei as an accrual.
    #[must_use]
    pub fn of_wei(wei: u128) -> Self {
        // 128 and 60 bits: neither the product nor its sign can be lost.
        Self(I256::from_raw(U256::from(wei).wrapping_mul(U256::from(WAD))))
    }

    /// What has been earned, in raw units; nothing where payments ran ahead.
    #[must_use]
    pub fn earned(self) -> U256 {
        if self.0.is_negative() {
            U256::ZERO
        } else {
            self.0.into_raw()
        }
    }

    /// Whole wei that settle it, rounded up.
    ///
    /// # Errors
    /// [`Error::AmountTooLarge`] when they leave 128 bits.
    pub fn wei_up(self) -> Result<u128, Error> {
        wei_up(self.earned())
    }
}

/// Whole wei that settle `raw` units of 1e-18 wei, rounded up.
///
/// # Errors
/// [`Error::AmountTooLarge`] when they leave 128 bits.
pub fn wei_up(raw: U256) -> Result<u128, Error> {
    // The contract's one division at full width: another for words would be kilobytes of code.
    narrow(mul_div_up(raw, U256::from(1), U256::from(WAD)).ok_or(Error::AmountTooLarge)?)
}

/// The wei of interest that settle the accruals of a loan: rounded up in all, within one wei for each tranche.
///
/// # Errors
/// [`Error::AmountTooLarge`] when the sum leaves its width.
pub fn payable(accrued: &[Accrued; MAX_TRANCHES]) -> Result<PerTranche, Error> {
    let mut parts = PerTranche::default();
    let sum = accrued.iter().try_fold(Accrued::ZERO, |sum, part| sum.plus(*part))?;
    let owed = sum.wei_up()?;
    let (mut prefix, mut cut) = (Accrued::ZERO, 0_u128);
    for (part, accrued) in parts.iter_mut().zip(accrued) {
        prefix = prefix.plus(*accrued)?;
        // Where hardly anything accrued a prefix may exceed the whole, or fall: the cuts stay in order and within it.
        let next = prefix.wei_up()?.clamp(cut, owed);
        *part = next.checked_sub(cut).ok_or(Error::Inconsistent)?;
        cut = next;
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::split::total;
    use proptest::prelude::*;

    fn raw(units: i128) -> Accrued {
        Accrued::from_raw(I256::try_from(units).unwrap())
    }

    const WEI: i128 = WAD as i128;

    #[test]
    fn interest_is_exact_until_it_is_paid() {
        // 10 % a year on a million for 30 days.
        let rate = Rate::new(3_170_979_198).unwrap();
        let principal = 1_000_000 * u128::from(WAD);
        let accrued = Accrued::ZERO.after(rate.on(principal), 30 * crate::DAY).unwrap();
        assert_eq!(accrued.wei_up(), Ok(8_219_178_081_216_000_000_000));
        assert_eq!(
            accrued.minus(Accrued::of_wei(8_219_178_081_216_000_000_000)),
            Ok(Accrued::ZERO)
        );
    }

    #[test]
    fn fractions_stay_with_their_sign() {
        assert_eq!(raw(1).wei_up(), Ok(1));
        assert_eq!(raw(-1).wei_up(), Ok(0));
        assert_eq!(raw(WEI).wei_up(), Ok(1));
        assert_eq!(raw(WEI + 1).wei_up(), Ok(2));
        assert_eq!(raw(-5).earned(), U256::ZERO);
        // Thirds of a wei: one in all, from the senior; afterwards it is ahead and the others behind.
        assert_eq!(
            payable(&[raw(WEI / 3), raw(WEI / 3), raw(WEI / 3), raw(0)]),
            Ok([1, 0, 0, 0])
        );
        assert_eq!(
            payable(&[raw(WEI / 3), raw(WEI / 3), raw(WEI / 3 + 1), raw(1)]),
            Ok([1, 0, 0, 1])
        );
        // A prefix that falls takes nothing back, and one above the sum takes nothing more.
        assert_eq!(
            payable(&[raw(WEI * 3 / 2), raw(-WEI * 9 / 10), raw(WEI), raw(0)]),
            Ok([2, 0, 0, 0])
        );
        assert_eq!(payable(&[raw(WEI / 2), raw(-WEI * 9 / 10), raw(1), raw(0)]), Ok([0; 4]));
    }

    #[test]
    fn extremes_are_refused() {
        assert_eq!(
            Rate::new(MAX_RATE + 1),
            Err(Error::RateTooHigh {
                per_second: MAX_RATE + 1
            })
        );
        let most = Rate::new(MAX_RATE).unwrap().on(u128::MAX);
        assert!(Accrued::ZERO.after(most, u64::MAX).is_ok());
        assert_eq!(Accrued::ZERO.after(U256::MAX, 2), Err(Error::AmountTooLarge));
        assert_eq!(Accrued::ZERO.after(U256::MAX, 1), Err(Error::AmountTooLarge));
        let largest = Accrued::from_raw(I256::MAX);
        assert_eq!(largest.plus(raw(1)), Err(Error::AmountTooLarge));
        assert_eq!(Accrued::from_raw(I256::MIN).minus(raw(1)), Err(Error::AmountTooLarge));
        assert_eq!(largest.wei_up(), Err(Error::AmountTooLarge));
        assert_eq!(Accrued::of_wei(u128::MAX).wei_up(), Ok(u128::MAX));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        /// The proof at the head, step by step, with accruals from far below a wei to thousands of it.
        #[test]
        fn each_payment_is_within_a_wei_and_their_sum_is_never_behind(
            steps in prop::collection::vec(prop::array::uniform4(prop_oneof![
                Just(0_i128), 0_i128..10, 0..WEI, 0..2000 * WEI, Just(WEI), Just(WEI - 1)
            ]), 1..60),
        ) {
            let mut accrued = [Accrued::ZERO; MAX_TRANCHES];
            let (mut ever_accrued, mut ever_paid) = (0_i128, 0_i128);
            for step in steps {
                for (accrued, earned) in accrued.iter_mut().zip(step) {
                    *accrued = accrued.plus(raw(earned)).unwrap();
                }
                let parts = payable(&accrued).unwrap();
                for (accrued, part) in accrued.iter_mut().zip(parts) {
                    *accrued = accrued.minus(Accrued::of_wei(part)).unwrap();
                    prop_assert!(*accrued > raw(-WEI) && *accrued < raw(3 * WEI));
                }
                let earned: i128 = step.iter().sum();
                let paid = i128::try_from(total(&parts).unwrap()).unwrap() * WEI;
                prop_assert!((paid - earned).abs() < WEI, "{} paid of {}", paid, earned);
                ever_accrued += earned;
                ever_paid += paid;
                prop_assert!((0..WEI).contains(&(ever_paid - ever_accrued)));
            }
        }
    }
}
