//! What must come out, computed with integers so wide that nothing has to be thought about, and from the rules alone.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use alloy_primitives::U256;
use alloy_primitives::aliases::U512;

/// Basis points of the whole.
pub const BASIS_POINTS: u64 = 10_000;

fn wide(value: U256) -> U512 {
    U512::from(value)
}

fn narrow(value: U512) -> U256 {
    assert!(value <= wide(U256::MAX), "{value} leaves 256 bits");
    value.to::<U256>()
}

/// ⌊a · b / c⌋.
///
/// # Panics
///
/// When c is zero, or the result leaves 256 bits.
pub fn mul_div(a: U256, b: U256, c: U256) -> U256 {
    narrow(wide(a) * wide(b) / wide(c))
}

/// ⌈a · b / c⌉.
///
/// # Panics
///
/// When c is zero, or the result leaves 256 bits.
pub fn mul_div_up(a: U256, b: U256, c: U256) -> U256 {
    narrow((wide(a) * wide(b) + wide(c) - U512::from(1)) / wide(c))
}

/// `bps` basis points of `amount`, rounded down.
pub fn share_of(amount: U256, bps: u64) -> U256 {
    mul_div(amount, U256::from(bps), U256::from(BASIS_POINTS))
}

/// What is still unvested `elapsed` seconds after a gain, rounded up.
pub fn unvested(gain: U256, elapsed: u64, period: u64) -> U256 {
    mul_div_up(gain, U256::from(period.saturating_sub(elapsed)), U256::from(period))
}

/// The price of a share: `nav / shares`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// Net asset value.
    pub nav: U256,
    /// Shares that divide it.
    pub shares: U256,
}

impl Price {
    /// What `shares` are worth, rounded down.
    pub fn worth(self, shares: U256) -> U256 {
        mul_div(shares, self.nav, self.shares)
    }

    /// The most shares that `assets` pay, rounded down.
    pub fn payable(self, assets: U256) -> U256 {
        mul_div(assets, self.shares, self.nav)
    }

    /// Whether this is lower than `other`.
    pub fn is_below(self, other: Self) -> bool {
        wide(self.nav) * wide(other.shares) < wide(other.nav) * wide(self.shares)
    }
}

/// A revealed bid; bids are listed in the order of their reveals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bid {
    /// Shares of its request.
    pub shares: U256,
    /// Its discount in basis points.
    pub discount: u64,
}

/// What comes out of an auction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cleared {
    /// What every winner pays, in basis points; zero when nothing is filled.
    pub discount: u64,
    /// Shares filled.
    pub filled: U256,
    /// Reserved for them.
    pub assets: U256,
    /// What each bid gets of its shares.
    pub fills: Vec<U256>,
}

/// Clears an auction that may spend `limit`: every level is looked at by itself, and every bid.
pub fn clear(bids: &[Bid], price: Price, limit: U256) -> Cleared {
    let nothing = Cleared {
        fills: vec![U256::ZERO; bids.len()],
        ..Cleared::default()
    };
    if limit.is_zero() || price.nav.is_zero() {
        return nothing;
    }
    let mut levels: BTreeMap<u64, U256> = BTreeMap::new();
    for bid in bids {
        *levels.entry(bid.discount).or_default() += bid.shares;
    }
    let whole = U512::from(BASIS_POINTS);
    let budget = wide(limit) * whole * wide(price.shares);
    let cost = |discount: u64| wide(price.nav) * U512::from(BASIS_POINTS - discount);
    let above = |discount: u64| -> U256 { levels.range(discount + 1..).map(|(_, shares)| *shares).sum() };
    let Some(discount) = levels
        .keys()
        .copied()
        .find(|discount| wide(above(*discount)) * cost(*discount) < budget)
    else {
        return nothing;
    };
    let (above, marginal) = (above(discount), levels[&discount]);
    let marginal_filled = (narrow(budget / cost(discount)) - above).min(marginal);
    let filled = above + marginal_filled;
    if filled.is_zero() {
        return nothing;
    }
    let mut before = U256::ZERO;
    let fills = bids
        .iter()
        .map(|bid| match bid.discount.cmp(&discount) {
            Ordering::Greater => bid.shares,
            Ordering::Less => U256::ZERO,
            Ordering::Equal => {
                let start = mul_div(before, marginal_filled, marginal);
                before += bid.shares;
                mul_div(before, marginal_filled, marginal) - start
            }
        })
        .collect();
    let assets = wide(filled) * cost(discount) / (whole * wide(price.shares));
    Cleared {
        discount,
        filled,
        assets: narrow(assets),
        fills,
    }
}

/// What a bid that got `fill` of all that was filled is paid, rounded down.
pub fn payout(fill: U256, cleared: &Cleared) -> U256 {
    if fill.is_zero() {
        U256::ZERO
    } else {
        mul_div(fill, cleared.assets, cleared.filled)
    }
}

/// What a settlement earns for those who stay: the price of what was filled and forfeited, less what was reserved.
pub fn gain(price: Price, cleared: &Cleared, forfeited: U256) -> U256 {
    price.worth(cleared.filled + forfeited) - cleared.assets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(value: u64) -> U256 {
        U256::from(value)
    }

    fn bid(shares: u64, discount: u64) -> Bid {
        Bid {
            shares: n(shares),
            discount,
        }
    }

    const PAR: Price = Price {
        nav: U256::from_limbs([1_000_000, 0, 0, 0]),
        shares: U256::from_limbs([1_000_000, 0, 0, 0]),
    };

    #[test]
    fn by_hand() {
        // 100 at 20 %, 100 at 10 %, 100 at 5 %: 200 buy 100 + 100 at 10 % for 180, and at 5 % 210 for 199.5.
        let bids = [bid(100, 2_000), bid(100, 1_000), bid(60, 500), bid(40, 500)];
        let cleared = clear(&bids, PAR, n(200));
        assert_eq!(
            (cleared.discount, cleared.filled, cleared.assets),
            (500, n(210), n(199))
        );
        assert_eq!(cleared.fills, [n(100), n(100), n(6), n(4)]);
        assert_eq!(gain(PAR, &cleared, n(3)), n(213 - 199));
        // With 180 the second level ends exactly, and the third is not reached: 200 at 5 % would cost 190.
        let cleared = clear(&bids, PAR, n(180));
        assert_eq!(
            (cleared.discount, cleared.filled, cleared.assets),
            (1_000, n(200), n(180))
        );
        assert_eq!(clear(&bids, PAR, n(0)).filled, n(0));
        let everything = clear(&bids, PAR, n(1_000));
        assert_eq!((everything.discount, everything.filled), (500, n(300)));
    }
}
