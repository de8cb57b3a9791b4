//! The automatic tranche maker: what each tranche lends to a new loan.
//!
//! **Advance rates** are shares of the collateral's value V up to which a tranche lends, cumulated from the most senior
//! one and strictly rising: at 60/70/80 % tranche 1 holds the part of a loan between 60 and 70 % of V. So the
//! attachment points hold whoever has idle cash: where a tranche is short the one below takes over up to its own point,
//! never the one above.
//!
//! **Rule.** From the most senior tranche on, draw_t = min(idle_t, remaining, ⌊advance_t · V⌋ − what was drawn before).
//! The principal may be at most ⌊advance of the last · V⌋. What then remains is a shortfall of idle cash, and the loan
//! is refused.
//!
//! **Why right.** After tranche t at most ⌊advance_t · V⌋ is drawn, by induction: each draw is limited by exactly the
//! distance to it. It is the cheapest split for the borrower while senior rates are the lower ones, and it is greedy,
//! so no other split within the same limits covers more: whatever a senior tranche leaves, its limit or its cash left
//! it.

use crate::{
    interest::MAX_RATE,
    split::{narrow, total},
    Error, PerTranche, Rate, BASIS_POINTS, MAX_TRANCHES,
};
use alloy_primitives::U256;
use credit_math::{mul_div_down, mul_div_up};

/// Cumulative advance rates of a pool's tranches in bps of the collateral's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdvanceRates {
    bps: [u16; MAX_TRANCHES],
    tranches: usize,
}

impl AdvanceRates {
    /// The rates of one to four tranches, the most senior first.
    ///
    /// # Errors
    /// [`Error::InvalidTranches`] unless there are 1 to 4; [`Error::InvalidAdvanceRate`] unless they rise strictly from
    /// above zero to at most 10,000.
    pub fn new(rates: &[u16]) -> Result<Self, Error> {
        let tranches = rates.len();
        if tranches == 0 || tranches > MAX_TRANCHES {
            return Err(Error::InvalidTranches { tranches });
        }
        let mut bps = [0; MAX_TRANCHES];
        let mut previous = 0;
        for (slot, rate) in bps.iter_mut().zip(rates) {
            if *rate <= previous || *rate > BASIS_POINTS {
                return Err(Error::InvalidAdvanceRate { bps: *rate, previous });
            }
            (*slot, previous) = (*rate, *rate);
        }
        Ok(Self { bps, tranches })
    }

    /// How many tranches there are.
    #[must_use]
    pub const fn tranches(&self) -> usize {
        self.tranches
    }

    /// ⌊advance rate · value⌋ for each tranche; for those that do not exist zero.
    fn limits(&self, value: u128) -> Result<PerTranche, Error> {
        let mut limits = PerTranche::default();
        for (limit, bps) in limits.iter_mut().zip(self.bps) {
            *limit = portion(value, bps)?;
        }
        Ok(limits)
    }

    /// What each tranche lends of `principal` against collateral of `value`, given their `idle` cash.
    ///
    /// # Errors
    /// [`Error::AboveAdvanceRate`] when the value does not carry the principal; [`Error::Shortfall`] when the idle cash
    /// does not.
    pub fn draws(&self, principal: u128, value: u128, idle: &PerTranche) -> Result<PerTranche, Error> {
        let limits = self.limits(value)?;
        let limit = limits.into_iter().max().unwrap_or(0);
        if principal > limit {
            return Err(Error::AboveAdvanceRate { principal, limit });
        }
        let mut draws = PerTranche::default();
        let mut covered = 0_u128;
        for ((draw, limit), idle) in draws.iter_mut().zip(limits).zip(idle) {
            *draw = limit.min(principal).saturating_sub(covered).min(*idle);
            covered = covered.saturating_add(*draw);
        }
        if covered < principal {
            return Err(Error::Shortfall {
                principal,
                available: covered,
            });
        }
        Ok(draws)
    }
}

/// `bps` of `amount`, rounded down.
pub(crate) fn portion(amount: u128, bps: u16) -> Result<u128, Error> {
    if bps > BASIS_POINTS {
        return Err(Error::BasisPointsOutOfRange { bps });
    }
    let portion = mul_div_down(U256::from(amount), U256::from(bps), U256::from(BASIS_POINTS));
    narrow(portion.ok_or(Error::AmountTooLarge)?)
}

/// The blended rate of draws at their tranches' rates: Σ draw · rate / Σ draw, rounded up, so that a borrower's bound
/// on it holds for the exact one.
///
/// # Errors
/// [`Error::ZeroAmount`] without a draw; [`Error::AmountTooLarge`].
pub fn blended_rate(draws: &PerTranche, rates: &[Rate; MAX_TRANCHES]) -> Result<Rate, Error> {
    let principal = total(draws)?;
    if principal == 0 {
        return Err(Error::ZeroAmount);
    }
    let per_second = draws
        .iter()
        .zip(rates)
        .try_fold(U256::ZERO, |sum, (draw, rate)| sum.checked_add(rate.on(*draw)))
        .ok_or(Error::AmountTooLarge)?;
    // A mean of rates is no higher than the highest of them.
    let blended = mul_div_up(per_second, U256::from(1), U256::from(principal)).ok_or(Error::Inconsistent)?;
    Rate::new(u64::try_from(blended).unwrap_or(MAX_RATE))
}

/// The blended rate, if the borrower accepts it.
///
/// # Errors
/// [`Error::BlendedRateAbove`] when it exceeds `accepted`; those of [`blended_rate`].
pub fn accepted_rate(draws: &PerTranche, rates: &[Rate; MAX_TRANCHES], accepted: u64) -> Result<Rate, Error> {
    let blended = blended_rate(draws, rates)?;
    if blended.per_second() > accepted {
        return Err(Error::BlendedRateAbove {
            blended: blended.per_second(),
            accepted,
        });
    }
    Ok(blended)
}

/// The cash that changes hands when a loan replaces another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refinancing {
    /// The new loan pays more than the old one needs: the borrower receives the difference.
    CashOut(u128),
    /// It pays less: the borrower brings the difference.
    CashIn(u128),
}

impl Refinancing {
    /// Of a new loan that pays out `paid_out` and an old one that `payoff` repays.
    #[must_use]
    pub const fn new(paid_out: u128, payoff: u128) -> Self {
        match paid_out.checked_sub(payoff) {
            Some(cash) => Self::CashOut(cash),
            None => Self::CashIn(payoff.saturating_sub(paid_out)),
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use proptest::prelude::*;

    fn rates() -> AdvanceRates {
        AdvanceRates::new(&[6_000, 7_000, 8_000]).unwrap()
    }

    #[test]
    fn seniors_lend_up_to_their_advance_rate_and_juniors_take_over() {
        assert_eq!(rates().draws(800, 1_000, &[900, 900, 900, 0]), Ok([600, 100, 100, 0]));
        assert_eq!(rates().draws(500, 1_000, &[900, 900, 900, 0]), Ok([500, 0, 0, 0]));
        assert_eq!(rates().draws(800, 1_000, &[400, 900, 900, 0]), Ok([400, 300, 100, 0]));
        assert_eq!(rates().draws(650, 1_000, &[0, 0, 900, 0]), Ok([0, 0, 650, 0]));
        assert_eq!(rates().draws(0, 1_000, &[0; 4]), Ok([0; 4]));
    }

    #[test]
    fn a_shortfall_and_too_much_principal_are_refused_with_their_values() {
        let (principal, limit, available) = (801, 800, 750);
        let above = Err(Error::AboveAdvanceRate { principal, limit });
        assert_eq!(rates().draws(801, 1_000, &[900; 4]), above);
        let principal = 800;
        let short = Err(Error::Shortfall { principal, available });
        assert_eq!(rates().draws(800, 1_000, &[600, 100, 50, 900]), short);
        // The senior's cash is no help above its advance rate.
        assert_eq!(rates().draws(800, 1_000, &[9_000, 50, 100, 0]), short);
    }

    #[test]
    fn advance_rates_rise_strictly() {
        assert_eq!(AdvanceRates::new(&[]), Err(Error::InvalidTranches { tranches: 0 }));
        assert_eq!(
            AdvanceRates::new(&[1, 2, 3, 4, 5]),
            Err(Error::InvalidTranches { tranches: 5 })
        );
        for (rates, bps, previous) in [
            (&[0_u16, 1], 0, 0),
            (&[5, 5], 5, 5),
            (&[6, 5], 5, 6),
            (&[9_000, 10_001], 10_001, 9_000),
        ] {
            assert_eq!(
                AdvanceRates::new(rates),
                Err(Error::InvalidAdvanceRate { bps, previous })
            );
        }
        assert_eq!(
            AdvanceRates::new(&[1, 2, 3, 10_000]).map(|rates| rates.tranches()),
            Ok(4)
        );
    }

    #[test]
    fn the_blended_rate_is_rounded_up_and_bounded_by_the_borrower() {
        let rates = [10, 20, 30, 0].map(|rate| Rate::new(rate).unwrap());
        assert_eq!(blended_rate(&[1, 1, 1, 0], &rates), Rate::new(20));
        assert_eq!(blended_rate(&[2, 1, 0, 0], &rates), Rate::new(14));
        assert_eq!(blended_rate(&[0; 4], &rates), Err(Error::ZeroAmount));
        assert_eq!(accepted_rate(&[2, 1, 0, 0], &rates, 14), Rate::new(14));
        let (blended, accepted) = (14, 13);
        let above = Err(Error::BlendedRateAbove { blended, accepted });
        assert_eq!(accepted_rate(&[2, 1, 0, 0], &rates, 13), above);
        let highest = Rate::new(MAX_RATE).unwrap();
        assert_eq!(blended_rate(&[u128::MAX, 0, 0, 0], &[highest; 4]), Ok(highest));
    }

    #[test]
    fn refinancing_is_the_difference() {
        assert_eq!(Refinancing::new(10, 4), Refinancing::CashOut(6));
        assert_eq!(Refinancing::new(4, 10), Refinancing::CashIn(6));
        assert_eq!(Refinancing::new(4, 4), Refinancing::CashOut(0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        /// By exhaustion over small numbers: a loan is refused only if no split within the limits exists, and the most
        /// senior tranches lend as much as any split lets them.
        #[test]
        fn no_split_does_better(
            value in 0_u128..30,
            idle in prop::array::uniform3(0_u128..12),
            principal in 0_u128..25,
            advance in prop::array::uniform3(1_u16..3_000),
        ) {
            let advance = [advance[0], advance[0] + advance[1], advance[0] + advance[1] + advance[2]];
            let limit = |tranche: usize| value * u128::from(advance[tranche]) / 10_000;
            let mut best = None;
            for first in 0..=idle[0].min(limit(0)) {
                for second in 0..=idle[1].min(limit(1).saturating_sub(first)) {
                    let Some(third) = principal.checked_sub(first + second) else { continue };
                    if third <= idle[2] && principal <= limit(2) {
                        best = best.max(Some([first, second, third, 0]));
                    }
                }
            }
            let draws = AdvanceRates::new(&advance).unwrap().draws(principal, value, &[idle[0], idle[1], idle[2], 7]);
            prop_assert_eq!(draws.ok(), best);
        }
    }
}
