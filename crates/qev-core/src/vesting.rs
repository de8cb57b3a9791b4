//! Gains that reach the share price over one epoch instead of at once.
//!
//! **State.** The amount that was unvested at `start`; it falls in a straight line to zero over the period after it.
//! The vault subtracts [`Vesting::unvested`] from its net asset value. **Transition.** A new gain joins the rest that is
//! still unvested and the line begins anew. **Why right.** At that instant the assets and the unvested part grow by the
//! same gain, so the net asset value does not move and nobody can buy just before a gain and sell just after it; with
//! time it only rises. Rounding up what is unvested keeps the fraction of a unit with the vault until the end.

use crate::{
    word::{field, field_u64, join},
    Error,
};
use alloy_primitives::U256;
use credit_math::mul_div_up;

/// Gains on their way into the share price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vesting {
    amount: u128,
    start: u64,
}

impl Vesting {
    /// The assets that are not yet vested at `now`, rounded up.
    #[must_use]
    pub fn unvested(self, now: u64, period: u64) -> u128 {
        let remaining = period.saturating_sub(now.saturating_sub(self.start));
        mul_div_up(U256::from(self.amount), U256::from(remaining), U256::from(period))
            .and_then(|unvested| u128::try_from(unvested).ok())
            .unwrap_or_default()
    }

    /// This with a gain of `assets` at `now`; the period begins anew.
    ///
    /// # Errors
    /// [`Error::AmountTooLarge`] when the sum leaves 128 bits.
    pub fn with_gain(self, assets: u128, now: u64, period: u64) -> Result<Self, Error> {
        let amount = self
            .unvested(now, period)
            .checked_add(assets)
            .ok_or(Error::AmountTooLarge)?;
        Ok(Self { amount, start: now })
    }

    /// The word to keep: amount in bits 0 to 127, start in 128 to 191, the rest free.
    #[must_use]
    pub fn to_word(self) -> U256 {
        join(self.amount, self.start.into())
    }

    /// What [`Vesting::to_word`] packed; bits above 191 are ignored.
    #[must_use]
    pub fn from_word(word: U256) -> Self {
        Self {
            amount: field(word, 0, 128),
            start: field_u64(word, 128),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERIOD: u64 = 30 * crate::epoch::DAY;

    #[test]
    fn a_gain_vests_in_a_straight_line_rounded_for_the_vault() {
        let vesting = Vesting::default().with_gain(1_000, 50, PERIOD).unwrap();
        assert_eq!(vesting.unvested(50, PERIOD), 1_000);
        assert_eq!(vesting.unvested(51, PERIOD), 1_000);
        assert_eq!(vesting.unvested(50 + PERIOD / 2, PERIOD), 500);
        assert_eq!(vesting.unvested(50 + PERIOD - 1, PERIOD), 1);
        assert_eq!(vesting.unvested(50 + PERIOD, PERIOD), 0);
        assert_eq!(vesting.unvested(u64::MAX, PERIOD), 0);
        // A clock before the start cannot make more of it.
        assert_eq!(vesting.unvested(0, PERIOD), 1_000);
    }

    #[test]
    fn a_new_gain_joins_the_rest_without_moving_the_net_asset_value() {
        let first = Vesting::default().with_gain(1_001, 0, PERIOD).unwrap();
        for now in [0, 1, PERIOD / 3, PERIOD / 2, PERIOD - 1, PERIOD, 2 * PERIOD] {
            let second = first.with_gain(777, now, PERIOD).unwrap();
            assert_eq!(second.unvested(now, PERIOD), first.unvested(now, PERIOD) + 777);
            assert_eq!(second.unvested(now + PERIOD, PERIOD), 0);
        }
    }

    #[test]
    fn what_is_unvested_never_rises_by_itself() {
        let vesting = Vesting::default().with_gain(u128::MAX, 9, 1_000).unwrap();
        let mut last = u128::MAX;
        for now in 9..=1_009 {
            let unvested = vesting.unvested(now, 1_000);
            assert!(unvested <= last);
            last = unvested;
        }
        assert_eq!(last, 0);
    }

    #[test]
    fn extremes_are_refused_or_zero_and_the_word_keeps_everything() {
        let vesting = Vesting::default().with_gain(u128::MAX, u64::MAX, PERIOD).unwrap();
        assert_eq!(vesting.with_gain(1, u64::MAX, PERIOD), Err(Error::AmountTooLarge));
        assert_eq!(vesting.unvested(u64::MAX, 0), 0);
        assert_eq!(Vesting::from_word(vesting.to_word()), vesting);
        assert_eq!(Vesting::from_word(U256::ZERO), Vesting::default());
    }
}
