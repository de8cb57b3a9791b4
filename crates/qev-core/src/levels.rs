//! Revealed bids by discount, and the clearing of an auction at one price.
//!
//! **State**, for each epoch: a bitmap of the discounts (in bps) that hold bids, 256 to a word, and the shares bid at
//! each, two neighbouring discounts to a word. A **reveal** adds its shares to its level and returns what the level held
//! before (c), which the caller keeps with the bid: it is the bid's place on the margin.
//!
//! **Clearing.** P = assets/shares is exact, C(d) are the shares bid above d, T(d) those at d. With limit L the clearing
//! discount is the lowest non-empty d with C(d)·P·(1−d) < L. As d falls, C(d) and 1−d rise, so the condition, once
//! false, stays false: walk from the highest level down and stop at the first that fails. In units of a share's bps
//! (1−d = q/10⁴) it reads C·q < L·10⁴/P; the right side is computed once, and being compared with an integer it may be
//! rounded up. Of level d, F = min(T, ⌊L/(P(1−d))⌋ − C) is filled; ⌊⌊L·10⁴/P⌋/q⌋ is that floor exactly, and is not below
//! C because C·P·(1−d) < L.
//!
//! **Why the limit holds.** C + F <= L/(P(1−d)), so R = ⌊(C + F)·P·(1−d)⌋ <= L is reserved, the dust stays with the
//! vault. A winner of f shares is paid ⌊f·R/(C + F)⌋; the fills sum to C + F, so the payouts sum to at most R. Each is
//! within two units of f·P·(1−d), from below.
//!
//! **The margin is exact.** The bid with c before it and s shares gets ⌊(c+s)F/T⌋ − ⌊cF/T⌋: the bids' intervals [c, c+s)
//! tile [0, T), so the differences telescope to F. Each is at most s, because F <= T, and within one unit of s·F/T.
//!
//! **Nothing is filled** without bids, at a limit of zero, and at a price of zero or without shares: worthless shares are
//! not burned for nothing. If every bid is filled, the lowest one is the price.
//!
//! **Cost** in storage words: a reveal 1 read and 1 write, and 1 of each more for a level's first; clearing reads the
//! bitmap (8 words for 25 to 2,000 bps) and one word a non-empty level, half of that where levels are neighbours.

use crate::{
    price::mul_div_128,
    word::{field, join, split, Packed},
    Error, Price, Region, WordStorage, BASIS_POINTS, MAX_SHARES,
};
use alloy_primitives::U256;
use credit_math::mul_div_down;

/// The discounts that may be bid in an epoch, in bps, both ends included; snapshotted when it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    min: u16,
    max: u16,
}

impl Bounds {
    /// Bounds from `min` to `max`.
    ///
    /// # Errors
    /// [`Error::InvalidBounds`] unless 0 < min <= max < 10,000.
    pub const fn new(min: u16, max: u16) -> Result<Self, Error> {
        if min == 0 || max < min || max >= BASIS_POINTS {
            return Err(Error::InvalidBounds { min, max });
        }
        Ok(Self { min, max })
    }

    /// The lowest discount that may be bid.
    #[must_use]
    pub const fn min(self) -> u16 {
        self.min
    }

    /// The highest discount that may be bid.
    #[must_use]
    pub const fn max(self) -> u16 {
        self.max
    }

    const fn check(self, discount_bps: u16) -> Result<(), Error> {
        let Self { min, max } = self;
        if min <= discount_bps && discount_bps <= max {
            Ok(())
        } else {
            Err(Error::DiscountOutOfBounds { discount_bps, min, max })
        }
    }
}

/// The index of an epoch's word `number` in a region of levels.
fn index(epoch: u64, number: u16) -> Result<u64, Error> {
    let base = epoch.checked_mul(1 << 16).ok_or(Error::CounterExhausted)?;
    Ok(base | u64::from(number))
}

/// Adds a revealed bid and returns what its level held before.
///
/// # Errors
/// [`Error::DiscountOutOfBounds`], [`Error::ZeroShares`], [`Error::AmountTooLarge`] when the level leaves
/// [`MAX_SHARES`]; [`Error::CounterExhausted`] for an epoch of 2^48 or later.
pub fn reveal<S: WordStorage>(
    storage: &mut S,
    epoch: u64,
    bounds: Bounds,
    discount_bps: u16,
    shares: u128,
) -> Result<u128, Error> {
    bounds.check(discount_bps)?;
    if shares == 0 {
        return Err(Error::ZeroShares);
    }
    let pair_index = index(epoch, discount_bps / 2)?;
    let (even, odd) = split(storage.load(Region::LevelTotals, pair_index));
    let is_odd = discount_bps % 2 == 1;
    let before = if is_odd { odd } else { even };
    let total = before
        .checked_add(shares)
        .filter(|total| *total <= MAX_SHARES)
        .ok_or(Error::AmountTooLarge)?;
    storage.store(
        Region::LevelTotals,
        pair_index,
        if is_odd { join(even, total) } else { join(total, odd) },
    );
    if before == 0 {
        let bitmap_index = index(epoch, discount_bps / 256)?;
        let mut bitmap = storage.load(Region::LevelBitmap, bitmap_index);
        bitmap.set_bit(usize::from(discount_bps % 256), true);
        storage.store(Region::LevelBitmap, bitmap_index, bitmap);
    }
    Ok(before)
}

/// The non-empty levels of an epoch from the highest discount down: (discount in bps, shares bid at it).
///
/// # Errors
/// [`Error::CounterExhausted`] for an epoch of 2^48 or later.
pub fn descending<S: WordStorage>(storage: &S, epoch: u64, bounds: Bounds) -> Result<Descending<'_, S>, Error> {
    Ok(Descending {
        storage,
        base: index(epoch, 0)?,
        unread_bitmaps: bounds.max / 256 + 1,
        lowest_bitmap: bounds.min / 256,
        bitmap: U256::ZERO,
        pair_number: None,
        pair: (0, 0),
    })
}

/// The iterator of [`descending`]. Each word is read once.
pub struct Descending<'a, S> {
    storage: &'a S,
    base: u64,
    /// The bitmap words from `lowest_bitmap` up to below this one are still to be read.
    unread_bitmaps: u16,
    lowest_bitmap: u16,
    /// What is left of the bitmap word `unread_bitmaps`.
    bitmap: U256,
    /// Which totals `pair` holds.
    pair_number: Option<u16>,
    pair: (u128, u128),
}

impl<S: WordStorage> Iterator for Descending<'_, S> {
    type Item = (u16, u128);

    fn next(&mut self) -> Option<Self::Item> {
        while self.bitmap.is_zero() {
            if self.unread_bitmaps <= self.lowest_bitmap {
                return None;
            }
            self.unread_bitmaps = self.unread_bitmaps.checked_sub(1)?;
            self.bitmap = self
                .storage
                .load(Region::LevelBitmap, self.base | u64::from(self.unread_bitmaps));
        }
        let bit = self.bitmap.bit_len().checked_sub(1)?;
        self.bitmap.set_bit(bit, false);
        let discount_bps = self
            .unread_bitmaps
            .checked_mul(256)?
            .checked_add(u16::try_from(bit).ok()?)?;
        let pair_number = discount_bps / 2;
        if self.pair_number != Some(pair_number) {
            self.pair = split(
                self.storage
                    .load(Region::LevelTotals, self.base | u64::from(pair_number)),
            );
            self.pair_number = Some(pair_number);
        }
        let (even, odd) = self.pair;
        Some((discount_bps, if discount_bps % 2 == 1 { odd } else { even }))
    }
}

/// The result of an auction, from which every bid's fill and payout follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clearing {
    /// What every winner pays, in bps; zero when nothing was filled.
    pub discount_bps: u16,
    /// C + F: shares filled in all.
    pub filled: u128,
    /// R: assets reserved for them, never above the limit.
    pub assets: u128,
    /// T: shares bid at the clearing discount.
    pub marginal_shares: u128,
    /// F: how many of these are filled.
    pub marginal_filled: u128,
}

impl Clearing {
    /// The shares filled of a bid of `shares` at `discount_bps` whose level held `before` when it was revealed.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] for a bid that is not within its level.
    pub fn fill_of(&self, discount_bps: u16, before: u128, shares: u128) -> Result<u128, Error> {
        if self.filled == 0 || discount_bps < self.discount_bps {
            return Ok(0);
        }
        if discount_bps > self.discount_bps {
            return Ok(shares);
        }
        let end = before
            .checked_add(shares)
            .filter(|end| *end <= self.marginal_shares)
            .ok_or(Error::Inconsistent)?;
        let filled_to = |position| proportion(position, self.marginal_filled, self.marginal_shares);
        filled_to(end)?
            .checked_sub(filled_to(before)?)
            .ok_or(Error::Inconsistent)
    }

    /// The assets that a winner is paid for `filled` shares, rounded down.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] for more shares than were filled in all.
    pub fn payout_of(&self, filled: u128) -> Result<u128, Error> {
        if filled > self.filled {
            return Err(Error::Inconsistent);
        }
        if filled == 0 {
            return Ok(0);
        }
        proportion(filled, self.assets, self.filled)
    }

    /// What the vault keeps: the worth of the filled shares at the price of the clearing, less what was reserved for
    /// them; rounded down, so that letting all of it vest later lowers no share price now.
    ///
    /// # Errors
    /// As [`Price::assets_for`]; [`Error::Inconsistent`] at a lower price than that of the clearing.
    pub fn discount_earned(&self, price: Price) -> Result<u128, Error> {
        if self.filled == 0 {
            return Ok(0);
        }
        price
            .assets_for(self.filled)?
            .checked_sub(self.assets)
            .ok_or(Error::Inconsistent)
    }

    /// The two words to keep: filled (bits 0 to 127) and assets (128 to 255); marginal shares (0 to 111), marginal
    /// filled (112 to 223) and discount (224 to 239), the rest free.
    #[must_use]
    pub fn to_words(&self) -> [U256; 2] {
        let margin = Packed::default()
            .with(0, self.marginal_shares)
            .with(112, self.marginal_filled)
            .with(224, self.discount_bps.into())
            .word();
        [join(self.filled, self.assets), margin]
    }

    /// What [`Clearing::to_words`] packed; bits from 240 on of the second are ignored.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "the field has 16 bits")]
    pub fn from_words([totals, margin]: [U256; 2]) -> Self {
        let (filled, assets) = split(totals);
        Self {
            discount_bps: field(margin, 224, 16) as u16,
            filled,
            assets,
            marginal_shares: field(margin, 0, 112),
            marginal_filled: field(margin, 112, 112),
        }
    }
}

/// What a winner keeps of the price at this discount, in bps; positive, for discounts are below 10,000.
fn kept_of(discount_bps: u16) -> u128 {
    BASIS_POINTS.saturating_sub(discount_bps).into()
}

/// ⌊amount · part / whole⌋ for a part of the whole.
fn proportion(amount: u128, part: u128, whole: u128) -> Result<u128, Error> {
    mul_div_128(amount, part, whole).ok_or(Error::Inconsistent)
}

/// Clears the auction of an epoch at `price`, taken once before anything is burned, spending at most `limit` assets.
///
/// Reads only; a clearing that fills nothing is [`Clearing::default`].
///
/// # Errors
/// [`Error::AmountTooLarge`] for a price beyond 242 bits a side, and for bids of more than 2^114 shares, which a
/// [`Ledger`](crate::ledger::Ledger) does not admit; [`Error::CounterExhausted`] for an epoch of 2^48 or later.
pub fn clear<S: WordStorage>(
    storage: &S,
    epoch: u64,
    bounds: Bounds,
    price: Price,
    limit: u128,
) -> Result<Clearing, Error> {
    if limit == 0 || price.assets.is_zero() || price.shares.is_zero() {
        return Ok(Clearing::default());
    }
    let (points_within, points_to_limit) = price.share_points_within(limit)?;
    let mut above = 0_u128;
    let mut margin = None;
    for (discount_bps, shares) in descending(storage, epoch, bounds)? {
        let points = above.checked_mul(kept_of(discount_bps)).ok_or(Error::AmountTooLarge)?;
        if U256::from(points) >= points_to_limit {
            break;
        }
        margin = Some((discount_bps, above, shares));
        above = above.checked_add(shares).ok_or(Error::AmountTooLarge)?;
    }
    let Some((discount_bps, above, marginal_shares)) = margin else {
        return Ok(Clearing::default());
    };
    let kept = U256::from(kept_of(discount_bps));
    let affordable = mul_div_down(points_within, U256::from(1), kept).ok_or(Error::Inconsistent)?;
    let affordable = u128::try_from(affordable).unwrap_or(u128::MAX);
    let marginal_filled = affordable
        .checked_sub(above)
        .ok_or(Error::Inconsistent)?
        .min(marginal_shares);
    let filled = above.checked_add(marginal_filled).ok_or(Error::AmountTooLarge)?;
    if filled == 0 {
        return Ok(Clearing::default());
    }
    let assets = price.discounted(discount_bps)?.assets_for(filled)?;
    Ok(Clearing {
        discount_bps,
        filled,
        assets,
        marginal_shares,
        marginal_filled,
    })
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::word::memory::Memory;
    use std::{vec, vec::Vec};

    const EPOCH: u64 = 3;

    fn bounds() -> Bounds {
        Bounds::new(25, 2_000).unwrap()
    }

    fn price(assets: u128, shares: u128) -> Price {
        Price {
            assets: U256::from(assets),
            shares: U256::from(shares),
        }
    }

    fn revealed(bids: &[(u16, u128)]) -> Memory {
        let mut storage = Memory::default();
        for &(discount_bps, shares) in bids {
            reveal(&mut storage, EPOCH, bounds(), discount_bps, shares).unwrap();
        }
        storage
    }

    fn cleared(bids: &[(u16, u128)], price: Price, limit: u128) -> Clearing {
        clear(&revealed(bids), EPOCH, bounds(), price, limit).unwrap()
    }

    #[test]
    fn a_reveal_returns_what_its_level_held() {
        let mut storage = Memory::default();
        let mut bid = |epoch, discount_bps, shares| reveal(&mut storage, epoch, bounds(), discount_bps, shares);
        assert_eq!(bid(EPOCH, 100, 5), Ok(0));
        assert_eq!(bid(EPOCH, 101, 6), Ok(0));
        assert_eq!(bid(EPOCH, 100, 7), Ok(5));
        assert_eq!(bid(EPOCH, 101, 8), Ok(6));
        assert_eq!(bid(EPOCH + 1, 100, 9), Ok(0));
        let levels: Vec<_> = descending(&storage, EPOCH, bounds()).unwrap().collect();
        assert_eq!(levels, vec![(101, 14), (100, 12)]);
    }

    #[test]
    fn the_walk_sees_every_level_of_the_widest_book_once_from_the_highest_down() {
        for bounds in [bounds(), Bounds::new(1, 9_999).unwrap(), Bounds::new(256, 511).unwrap()] {
            let mut storage = Memory::default();
            for discount_bps in bounds.min()..=bounds.max() {
                reveal(&mut storage, EPOCH, bounds, discount_bps, u128::from(discount_bps) * 3).unwrap();
            }
            let expected: Vec<_> = (bounds.min()..=bounds.max())
                .rev()
                .map(|d| (d, u128::from(d) * 3))
                .collect();
            assert_eq!(
                descending(&storage, EPOCH, bounds).unwrap().collect::<Vec<_>>(),
                expected
            );
        }
    }

    #[test]
    fn bids_outside_the_bounds_or_of_nothing_are_refused() {
        let mut storage = Memory::default();
        for discount_bps in [0, 24, 2_001, u16::MAX] {
            let refused = Error::DiscountOutOfBounds {
                discount_bps,
                min: 25,
                max: 2_000,
            };
            assert_eq!(reveal(&mut storage, EPOCH, bounds(), discount_bps, 1), Err(refused));
        }
        assert_eq!(reveal(&mut storage, EPOCH, bounds(), 25, 0), Err(Error::ZeroShares));
        assert_eq!(
            reveal(&mut storage, EPOCH, bounds(), 25, MAX_SHARES + 1),
            Err(Error::AmountTooLarge)
        );
        assert_eq!(
            reveal(&mut storage, 1 << 48, bounds(), 25, 1),
            Err(Error::CounterExhausted)
        );
        assert!(storage.0.is_empty());
        for (min, max) in [(0, 5), (6, 5), (5, 10_000)] {
            assert_eq!(Bounds::new(min, max), Err(Error::InvalidBounds { min, max }));
        }
    }

    #[test]
    fn all_winners_pay_the_lowest_discount_that_is_filled() {
        // At 1:1, 1,000 assets buy 400 + 500 shares at 10 % for 810, and at 5 % 1,052 shares.
        let bids = [(1_500, 400), (1_000, 500), (500, 300)];
        let clearing = cleared(&bids, price(1, 1), 1_000);
        assert_eq!(clearing.discount_bps, 500);
        assert_eq!(
            (clearing.filled, clearing.marginal_filled, clearing.marginal_shares),
            (1_052, 152, 300)
        );
        assert_eq!(clearing.assets, 999);
        assert_eq!(clearing.discount_earned(price(1, 1)), Ok(53));
        assert_eq!(clearing.fill_of(1_500, 0, 400), Ok(400));
        assert_eq!(clearing.fill_of(500, 0, 300), Ok(152));
        assert_eq!(clearing.fill_of(499, 0, 300), Ok(0));
    }

    #[test]
    fn a_lower_level_that_the_limit_does_not_reach_is_not_the_price() {
        // 400 shares at 10 % cost 360. At 5 % they would cost 380: not below the limit of 380, but below 381.
        let bids = [(1_000, 400), (500, 300)];
        let exactly = cleared(&bids, price(1, 1), 380);
        assert_eq!(
            (exactly.discount_bps, exactly.filled, exactly.assets),
            (1_000, 400, 360)
        );
        let above = cleared(&bids, price(1, 1), 381);
        assert_eq!(
            (above.discount_bps, above.filled, above.marginal_filled, above.assets),
            (500, 401, 1, 380)
        );
    }

    #[test]
    fn a_level_that_the_limit_reaches_by_less_than_a_share_is_the_price() {
        // The share above costs 90,000 at 10 %, which is below the limit; a second one is not affordable.
        let clearing = cleared(&[(2_000, 1), (1_000, 5)], price(100_000, 1), 90_005);
        assert_eq!(
            (clearing.discount_bps, clearing.filled, clearing.marginal_filled),
            (1_000, 1, 0)
        );
        assert_eq!(clearing.assets, 90_000);
        assert_eq!(clearing.fill_of(1_000, 0, 5), Ok(0));
    }

    #[test]
    fn a_share_that_would_exceed_the_limit_by_a_fraction_is_not_filled() {
        // Three shares at 10 % cost 270,000, five more than the limit; in bps of a share that is half a unit.
        let clearing = cleared(&[(1_000, 5)], price(100_000, 1), 269_995);
        assert_eq!((clearing.filled, clearing.assets), (2, 180_000));
    }

    #[test]
    fn when_every_bid_is_filled_the_lowest_one_is_the_price() {
        let clearing = cleared(&[(2_000, 10), (25, 1_000)], price(3, 2), u128::MAX);
        assert_eq!(
            (clearing.discount_bps, clearing.filled, clearing.marginal_filled),
            (25, 1_010, 1_000)
        );
        assert_eq!(clearing.assets, 1_010 * 3 * 9_975 / 20_000);
        let alone = cleared(&[(700, 9)], price(1, 1), 1_000);
        assert_eq!((alone.discount_bps, alone.filled, alone.assets), (700, 9, 8));
    }

    #[test]
    fn without_bids_limit_price_or_shares_nothing_is_filled() {
        let bids = [(100, 10)];
        for clearing in [
            cleared(&[], price(1, 1), 100),
            cleared(&bids, price(1, 1), 0),
            cleared(&bids, price(0, 1), 100),
            cleared(&bids, price(1, 0), 100),
            // One share costs more than the limit.
            cleared(&bids, price(1_000, 1), 100),
        ] {
            assert_eq!(clearing, Clearing::default());
            assert_eq!(clearing.fill_of(100, 0, 10), Ok(0));
            assert_eq!(clearing.payout_of(0), Ok(0));
            assert_eq!(clearing.discount_earned(price(0, 0)), Ok(0));
        }
    }

    #[test]
    fn ties_are_filled_pro_rata_to_the_last_share() {
        let mut storage = Memory::default();
        let bids = [1_u128, 1, 1, 1, 1, 1, 93];
        let befores = bids.map(|shares| reveal(&mut storage, EPOCH, bounds(), 300, shares).unwrap());
        let clearing = clear(&storage, EPOCH, bounds(), price(1, 1), 50).unwrap();
        assert_eq!((clearing.filled, clearing.marginal_shares), (51, 99));
        let mut fills = 0;
        for (shares, before) in bids.into_iter().zip(befores) {
            let fill = clearing.fill_of(300, before, shares).unwrap();
            assert!(fill <= shares && fill.abs_diff(shares * 51 / 99) <= 1);
            fills += fill;
        }
        assert_eq!(fills, 51);
    }

    #[test]
    fn extremes_of_price_and_size_neither_wrap_nor_panic() {
        let book = [
            (2_000, MAX_SHARES),
            (1_000, MAX_SHARES),
            (999, MAX_SHARES),
            (25, MAX_SHARES),
        ];
        for (assets, shares) in [(1, u128::MAX), (u128::MAX, 1), (u128::MAX, u128::MAX), (1, 1)] {
            for limit in [1, u128::MAX] {
                let clearing = cleared(&book, price(assets, shares), limit);
                assert!(clearing.assets <= limit);
                assert!(clearing.filled <= 4 * MAX_SHARES);
            }
        }
        let wide = Price {
            assets: U256::MAX,
            shares: U256::MAX,
        };
        assert_eq!(
            clear(&revealed(&book), EPOCH, bounds(), wide, 1),
            Err(Error::AmountTooLarge)
        );
    }

    #[test]
    fn what_is_not_a_bid_of_the_level_is_refused() {
        let clearing = cleared(&[(300, 99)], price(1, 1), 50);
        assert_eq!(clearing.fill_of(300, 90, 10), Err(Error::Inconsistent));
        assert_eq!(clearing.fill_of(300, u128::MAX, 1), Err(Error::Inconsistent));
        assert_eq!(clearing.payout_of(52), Err(Error::Inconsistent));
        assert_eq!(clearing.discount_earned(price(1, 2)), Err(Error::Inconsistent));
    }

    #[test]
    fn the_words_keep_every_field() {
        let clearing = Clearing {
            discount_bps: u16::MAX,
            filled: u128::MAX,
            assets: u128::MAX - 1,
            marginal_shares: MAX_SHARES,
            marginal_filled: MAX_SHARES - 1,
        };
        let [totals, margin] = clearing.to_words();
        assert_eq!(Clearing::from_words([totals, margin | U256::MAX << 240]), clearing);
    }
}
