//! Pools of dollars on Uniswap V3: what is one for one between tokens of different decimals, and the calls that make a
//! pool at that price and give it liquidity around it.

use alloy_primitives::aliases::{I24, U24};
use alloy_primitives::{Address, Bytes, U160, U256};
use anyhow::Result;

use crate::bindings::IPositionManager;

/// A fee tier: what a swap pays, and how fine the ticks are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeTier {
    /// Hundredths of a basis point.
    pub fee: u32,
    /// Distance between ticks that can hold liquidity.
    pub tick_spacing: i32,
}

/// 0.01 %, for pairs of dollars. The factory gets it by `enableFeeAmount`, as it did on the public chains.
pub const FEE_LOWEST: FeeTier = FeeTier {
    fee: 100,
    tick_spacing: 1,
};
/// 0.05 %.
pub const FEE_LOW: FeeTier = FeeTier {
    fee: 500,
    tick_spacing: 10,
};

/// `ln(10) / ln(1.0001)`: how many ticks a factor of ten is.
const TICKS_PER_DECIMAL: f64 = 23_027.002_203_296_2;

/// One side of a pool.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    /// The token's address.
    pub token: Address,
    /// Its decimals, which decide what one for one is.
    pub decimals: u8,
}

/// Liquidity over a range of prices around one for one.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    /// How far the range reaches on either side, in ticks (a hundredth of a percent each).
    pub ticks: i32,
    /// Whole dollars on each side.
    pub dollars: u64,
}

/// Depth of a pool: most of it close to one for one, as pools of dollars have it, and some further out.
pub const LIQUIDITY: [Range; 2] = [
    Range {
        ticks: 4,
        dollars: 4_000_000,
    },
    Range {
        ticks: 100,
        dollars: 1_000_000,
    },
];

/// Makes the pool `a / b` at one for one.
pub fn create_pool_call(a: Side, b: Side, tier: FeeTier) -> IPositionManager::createAndInitializePoolIfNecessaryCall {
    let (first, second) = sorted(a, b);
    IPositionManager::createAndInitializePoolIfNecessaryCall {
        token0: first.token,
        token1: second.token,
        fee: U24::from(tier.fee),
        sqrtPriceX96: sqrt_price_of_parity(first.decimals, second.decimals),
    }
}

/// Adds liquidity of `provider`, who holds the tokens and has approved them, to the pool `a / b`.
///
/// # Errors
///
/// When the range is beyond Uniswap's ticks.
pub fn provide_call(
    provider: Address,
    (a, b): (Side, Side),
    tier: FeeTier,
    range: Range,
) -> Result<IPositionManager::mintCall> {
    let (first, second) = sorted(a, b);
    let centre = tick_of_parity(first.decimals, second.decimals);
    let whole_steps = |tick: i32| tick.div_euclid(tier.tick_spacing) * tier.tick_spacing;
    Ok(IPositionManager::mintCall {
        params: IPositionManager::MintParams {
            token0: first.token,
            token1: second.token,
            fee: U24::from(tier.fee),
            tickLower: I24::try_from(whole_steps(centre - range.ticks))?,
            tickUpper: I24::try_from(whole_steps(centre + range.ticks) + tier.tick_spacing)?,
            amount0Desired: dollars(range.dollars, first.decimals),
            amount1Desired: dollars(range.dollars, second.decimals),
            amount0Min: U256::ZERO,
            amount1Min: U256::ZERO,
            recipient: provider,
            deadline: U256::MAX,
        },
    })
}

/// Path `tokens[0], (fee, token)+` as the router reads it.
pub fn path(first: Address, hops: &[(FeeTier, Address)]) -> Bytes {
    let mut path = first.to_vec();
    for (tier, token) in hops {
        path.extend(U24::from(tier.fee).to_be_bytes::<3>());
        path.extend(token);
    }
    path.into()
}

/// `amount` whole dollars in the units of a token of so many decimals.
pub fn dollars(amount: u64, decimals: u8) -> U256 {
    U256::from(amount) * U256::from(10).pow(U256::from(decimals))
}

/// Pools keep their tokens by ascending address.
fn sorted(a: Side, b: Side) -> (Side, Side) {
    if a.token < b.token { (a, b) } else { (b, a) }
}

/// `sqrt(token1 / token0) * 2^96` where one dollar of either is worth one of the other; decimals are at most 18.
fn sqrt_price_of_parity(decimals0: u8, decimals1: u8) -> U160 {
    let one = U256::from(1) << 192_usize;
    let power = |exponent: u8| U256::from(10).pow(U256::from(exponent));
    let price: U256 = if decimals1 >= decimals0 {
        one * power(decimals1 - decimals0)
    } else {
        one / power(decimals0 - decimals1)
    };
    U160::from(price.root(2))
}

/// The tick at one for one, rounded down.
#[expect(
    clippy::cast_possible_truncation,
    reason = "at most 18 decimals: well inside the range of ticks"
)]
fn tick_of_parity(decimals0: u8, decimals1: u8) -> i32 {
    (f64::from(i16::from(decimals1) - i16::from(decimals0)) * TICKS_PER_DECIMAL).floor() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parity_of_equal_decimals_is_one() {
        assert_eq!(sqrt_price_of_parity(6, 6), U160::from(1) << 96_usize);
        assert_eq!(tick_of_parity(6, 6), 0);
    }

    #[test]
    fn parity_takes_the_decimals_into_account() {
        assert_eq!(
            sqrt_price_of_parity(6, 18),
            (U160::from(1) << 96_usize) * U160::from(1_000_000)
        );
        assert_eq!(
            sqrt_price_of_parity(18, 6),
            (U160::from(1) << 96_usize) / U160::from(1_000_000)
        );
        // 1.0001^276324 <= 1e12 < 1.0001^276325
        assert_eq!(tick_of_parity(6, 18), 276_324);
        assert_eq!(tick_of_parity(18, 6), -276_325);
    }

    #[test]
    fn a_path_is_tokens_with_fees_between() {
        let (a, b, c) = (
            Address::repeat_byte(1),
            Address::repeat_byte(2),
            Address::repeat_byte(3),
        );
        let path = path(a, &[(FEE_LOWEST, b), (FEE_LOW, c)]);
        assert_eq!(path.len(), 66);
        assert_eq!(path[20..23], [0, 0, 100]);
        assert_eq!(path[43..46], [0, 1, 0xf4]);
    }
}
