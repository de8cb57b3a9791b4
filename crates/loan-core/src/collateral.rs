//! What hardware is worth, from an appraisal and time alone: no price feed.
//!
//! **Line.** From the appraised value at the appraisal the value falls in a straight line to the residual share of it
//! over the useful life, and stays there. All of it rounds down. An appraisal that has expired is worth nothing for a
//! new loan ([`Appraisal::value`]); a loan keeps the one of its origination, whose line goes on
//! ([`Appraisal::straight_line`]), so that letting an appraisal lapse cannot make a default worse.

use crate::{origination::portion, split::narrow, Error};
use alloy_primitives::U256;
use credit_math::mul_div_down;

/// An appraiser's word on a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Appraisal {
    /// Value at the appraisal, 18 decimals.
    pub value: u128,
    /// When it was made.
    pub appraised_at: u64,
    /// When it expires.
    pub expires_at: u64,
    /// Seconds until the residual is reached.
    pub useful_life: u64,
    /// What is left then, in bps of the value.
    pub residual_bps: u16,
}

impl Appraisal {
    /// The value on the line at `now`, expired or not. Before the appraisal it is the appraised value.
    ///
    /// # Errors
    /// [`Error::BasisPointsOutOfRange`] for a residual above 10,000 bps.
    pub fn straight_line(&self, now: u64) -> Result<u128, Error> {
        let residual = portion(self.value, self.residual_bps)?;
        let age = now.saturating_sub(self.appraised_at);
        let life_left = self.useful_life.saturating_sub(age);
        if life_left == 0 {
            return Ok(residual);
        }
        let depreciable = self.value.saturating_sub(residual);
        let left = mul_div_down(
            U256::from(depreciable),
            U256::from(life_left),
            U256::from(self.useful_life),
        );
        // At most the depreciable part, so the sum is at most the value.
        Ok(residual.saturating_add(narrow(left.ok_or(Error::Inconsistent)?)?))
    }

    /// The value at `now`: on the line until the appraisal expires, zero from then on.
    ///
    /// # Errors
    /// [`Error::BasisPointsOutOfRange`] for a residual above 10,000 bps.
    pub fn value(&self, now: u64) -> Result<u128, Error> {
        if now >= self.expires_at {
            return Ok(0);
        }
        self.straight_line(now)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use proptest::prelude::*;

    const APPRAISAL: Appraisal = Appraisal {
        value: 1_000,
        appraised_at: 100,
        expires_at: 150,
        useful_life: 300,
        residual_bps: 1_000,
    };

    #[test]
    fn the_line_falls_to_the_residual_and_stays() {
        for (now, value) in [
            (0, 1_000),
            (100, 1_000),
            (101, 997),
            (250, 550),
            (399, 103),
            (400, 100),
            (u64::MAX, 100),
        ] {
            assert_eq!(APPRAISAL.straight_line(now), Ok(value), "{now}");
        }
        let spent = Appraisal {
            useful_life: 0,
            ..APPRAISAL
        };
        assert_eq!(spent.straight_line(0), Ok(100));
        let lasting = Appraisal {
            residual_bps: 10_000,
            ..APPRAISAL
        };
        assert_eq!(lasting.straight_line(250), Ok(1_000));
        let wrong = Appraisal {
            residual_bps: 10_001,
            ..APPRAISAL
        };
        assert_eq!(
            wrong.straight_line(250),
            Err(Error::BasisPointsOutOfRange { bps: 10_001 })
        );
    }

    #[test]
    fn an_expired_appraisal_is_worth_nothing_for_a_new_loan() {
        assert_eq!((APPRAISAL.value(149), APPRAISAL.value(150)), (Ok(853), Ok(0)));
        assert_eq!(APPRAISAL.straight_line(150), Ok(850));
    }

    proptest! {
        #[test]
        fn it_never_rises_and_is_within_a_wei_of_the_line(
            value in prop_oneof![any::<u128>(), 0_u128..1_000],
            useful_life in 0_u64..1 << 33,
            residual_bps in 0_u16..=10_000,
            ages in prop::array::uniform2(0_u64..1 << 34),
        ) {
            let appraisal = Appraisal { value, useful_life, residual_bps, ..Appraisal::default() };
            let [early, late] = if ages[0] < ages[1] { ages } else { [ages[1], ages[0]] };
            let line = appraisal.straight_line(early).unwrap();
            prop_assert!(appraisal.straight_line(late).unwrap() <= line && line <= value);
            // value · (residual + (1 − residual) · left / life), over a common denominator.
            let left = useful_life.saturating_sub(early);
            let life = u128::from(useful_life.max(1));
            let points = u128::from(residual_bps) * life + u128::from(10_000 - residual_bps) * u128::from(left);
            let exact = U256::from(value) * U256::from(points);
            let scaled = U256::from(line) * U256::from(life * 10_000);
            prop_assert!(scaled <= exact && exact < scaled + U256::from(2 * life * 10_000));
        }
    }
}
