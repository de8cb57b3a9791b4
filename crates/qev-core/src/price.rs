//! Assets per share, exact.
//!
//! A price is the pair (assets, shares) it was computed from, the vault's net asset value and all of its shares. Every
//! product is taken at full width and divided once, so no conversion ever goes through a rounded price per share.

use crate::{Error, BASIS_POINTS};
use alloy_primitives::U256;
use credit_math::{mul_div_down, mul_div_up};

/// `assets` for `shares`: the net asset value and the total of shares that divide it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// Net asset value, 18 decimals.
    pub assets: U256,
    /// Shares that own it, 18 decimals.
    pub shares: U256,
}

impl Price {
    /// What `shares` are worth, rounded down.
    ///
    /// # Errors
    /// [`Error::PriceUndefined`] without shares; [`Error::AmountTooLarge`] when the result leaves 128 bits.
    pub fn assets_for(self, shares: u128) -> Result<u128, Error> {
        if self.shares.is_zero() {
            return Err(Error::PriceUndefined);
        }
        let assets = mul_div_down(U256::from(shares), self.assets, self.shares).ok_or(Error::AmountTooLarge)?;
        u128::try_from(assets).map_err(|_| Error::AmountTooLarge)
    }

    /// Shares whose worth, by [`Price::assets_for`], is within `assets`: ⌊assets / price⌋, and 2^128 − 1 when they are
    /// worth nothing or that many are within it.
    #[must_use]
    pub fn shares_within(self, assets: u128) -> u128 {
        mul_div_down(U256::from(assets), self.shares, self.assets)
            .and_then(|shares| u128::try_from(shares).ok())
            .unwrap_or(u128::MAX)
    }

    /// This price less `discount_bps`, exactly.
    ///
    /// # Errors
    /// [`Error::AmountTooLarge`] when a side leaves 256 bits; [`Error::DiscountOutOfBounds`] above 10,000 bps.
    pub fn discounted(self, discount_bps: u16) -> Result<Self, Error> {
        let kept = BASIS_POINTS
            .checked_sub(discount_bps)
            .ok_or(Error::DiscountOutOfBounds {
                discount_bps,
                min: 0,
                max: BASIS_POINTS,
            })?;
        Ok(Self {
            assets: scaled(self.assets, kept)?,
            shares: scaled(self.shares, BASIS_POINTS)?,
        })
    }

    /// assets / price in basis points of a share, rounded down and rounded up, each saturating at 2^256 − 1.
    ///
    /// # Errors
    /// [`Error::AmountTooLarge`] when the shares leave 242 bits.
    pub(crate) fn share_points_within(self, assets: u128) -> Result<(U256, U256), Error> {
        let points = scaled(self.shares, BASIS_POINTS)?;
        let assets = U256::from(assets);
        Ok((
            mul_div_down(assets, points, self.assets).unwrap_or(U256::MAX),
            mul_div_up(assets, points, self.assets).unwrap_or(U256::MAX),
        ))
    }
}

/// amount · factor; without the general product of two words, which is several times the code.
#[allow(clippy::cast_possible_truncation, reason = "takes the lower half")]
fn scaled(amount: U256, factor: u16) -> Result<U256, Error> {
    let mut carry = 0_u128;
    let limbs = amount.into_limbs().map(|limb| {
        // Below 2^64 · 2^16: nothing is lost.
        carry = carry.wrapping_add(u128::from(limb).wrapping_mul(factor.into()));
        let low = carry as u64;
        carry >>= 64;
        low
    });
    if carry == 0 {
        Ok(U256::from_limbs(limbs))
    } else {
        Err(Error::AmountTooLarge)
    }
}

/// ⌊a · b / c⌋; `None` if c is zero or the result leaves 128 bits.
pub(crate) fn mul_div_128(a: u128, b: u128, c: u128) -> Option<u128> {
    mul_div_down(U256::from(a), U256::from(b), U256::from(c)).and_then(|result| u128::try_from(result).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(assets: u128, shares: u128) -> Price {
        Price {
            assets: U256::from(assets),
            shares: U256::from(shares),
        }
    }

    #[test]
    fn conversions_round_down_at_full_width() {
        assert_eq!(price(10, 3).assets_for(1), Ok(3));
        assert_eq!(price(10, 3).assets_for(2), Ok(6));
        assert_eq!(price(u128::MAX, u128::MAX).assets_for(u128::MAX), Ok(u128::MAX));
        let wide = Price {
            assets: U256::MAX,
            shares: U256::MAX,
        };
        assert_eq!(wide.assets_for(u128::MAX), Ok(u128::MAX));
        assert_eq!(price(10, 3).shares_within(9), 2);
        assert_eq!(wide.shares_within(7), 7);
    }

    #[test]
    fn shares_within_an_amount_never_cost_more() {
        for (assets, shares) in [(10, 3), (3, 10), (1, 1), (999, 1_000), (1_000, 999)] {
            for budget in 0..200 {
                let bought = price(assets, shares).shares_within(budget);
                assert!(price(assets, shares).assets_for(bought).unwrap() <= budget);
            }
        }
    }

    #[test]
    fn a_discount_is_exact() {
        let discounted = price(7, 3).discounted(2_000).unwrap();
        assert_eq!(discounted, price(7 * 8_000, 30_000));
        assert_eq!(price(7, 3).discounted(10_000).unwrap().assets_for(5), Ok(0));
        assert!(matches!(
            price(7, 3).discounted(10_001),
            Err(Error::DiscountOutOfBounds { .. })
        ));
    }

    #[test]
    fn no_shares_no_price_and_worthless_shares_are_unlimited() {
        assert_eq!(price(1, 0).assets_for(1), Err(Error::PriceUndefined));
        assert_eq!(price(0, 5).assets_for(4), Ok(0));
        assert_eq!(price(0, 5).shares_within(0), u128::MAX);
        assert_eq!(price(u128::MAX, 1).assets_for(2), Err(Error::AmountTooLarge));
        assert_eq!(
            Price {
                assets: U256::MAX,
                shares: U256::from(1)
            }
            .discounted(1),
            Err(Error::AmountTooLarge)
        );
    }
}
