//! What each serviced share was paid: price checkpoints along the watermark.
//!
//! **State.** Checkpoint i (from 1; 0 is the origin and never stored) holds in one word the watermark `W_i` after the
//! i-th servicing and the assets `A_i` reserved for all shares below it. Both only grow, `W_i` strictly.
//!
//! **Value of a position.** A(x) = `A_i` + ⌊(x − `W_i`)·(`A_i+1` − `A_i`) / (`W_i+1` − `W_i`)⌋ for `W_i` ≤ x ≤
//! `W_i+1`: the shares of one servicing are all paid its price. The interval [a, b) is paid A(b) − A(a).
//!
//! **Why it never overpays.** A is a function of the position alone and does not decrease, and A(W) is exactly what was
//! reserved. Requests own disjoint intervals below W, and a request that collects in steps splits its own. Sums over
//! disjoint intervals telescope, so whatever was collected, in any order, is at most A(W) − A(0), the reserve, and
//! exactly that when every interval is collected. One interval differs from its exact value by less than one unit of
//! assets, however many prices it spans, because A is exact at every checkpoint.
//!
//! **Cost**, in words: recording reads and writes one each. A look-up in the newest step reads two, an older one at
//! most ⌈log₂ k⌉ more for the k checkpoints since the request entered the queue; not the checkpoints of all time.

use crate::{
    price::mul_div_128,
    word::{join, split},
    Error, Region, WordStorage,
};

/// What was reserved for all shares up to a position of the watermark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// Shares serviced so far.
    pub watermark: u128,
    /// Assets reserved for them.
    pub cumulative_assets: u128,
}

/// A checkpoint with its number.
#[derive(Clone, Copy)]
struct Numbered {
    number: u32,
    checkpoint: Checkpoint,
}

impl Numbered {
    fn load<S: WordStorage>(storage: &S, number: u32) -> Self {
        Self {
            number,
            checkpoint: checkpoint(storage, number),
        }
    }
}

/// The checkpoint with this number; the origin for 0.
pub fn checkpoint<S: WordStorage>(storage: &S, number: u32) -> Checkpoint {
    if number == 0 {
        return Checkpoint::default();
    }
    let (watermark, cumulative_assets) = split(storage.load(Region::Checkpoints, u64::from(number)));
    Checkpoint {
        watermark,
        cumulative_assets,
    }
}

/// Adds the checkpoint after `newest`: `shares` more were serviced for `assets` in all.
///
/// # Errors
/// [`Error::ZeroShares`]; [`Error::AmountTooLarge`] when a sum leaves 128 bits; [`Error::CounterExhausted`].
pub fn record<S: WordStorage>(storage: &mut S, newest: u32, shares: u128, assets: u128) -> Result<Checkpoint, Error> {
    if shares == 0 {
        return Err(Error::ZeroShares);
    }
    let number = newest.checked_add(1).ok_or(Error::CounterExhausted)?;
    let last = checkpoint(storage, newest);
    let next = Checkpoint {
        watermark: last.watermark.checked_add(shares).ok_or(Error::AmountTooLarge)?,
        cumulative_assets: last
            .cumulative_assets
            .checked_add(assets)
            .ok_or(Error::AmountTooLarge)?,
    };
    storage.store(
        Region::Checkpoints,
        u64::from(number),
        join(next.watermark, next.cumulative_assets),
    );
    Ok(next)
}

/// The assets that the shares from position `start` to `end` were paid.
///
/// `since` is any checkpoint at or before `start` (0 will do, a later one shortens the search), `newest` the last one.
///
/// # Errors
/// [`Error::Inconsistent`] unless the watermark of `since` <= `start` <= `end` <= that of `newest`.
pub fn assets_between<S: WordStorage>(
    storage: &S,
    since: u32,
    newest: u32,
    start: u128,
    end: u128,
) -> Result<u128, Error> {
    let oldest = Numbered::load(storage, since);
    let newest = Numbered::load(storage, newest);
    if start < oldest.checkpoint.watermark
        || end < start
        || newest.checkpoint.watermark < end
        || newest.number < oldest.number
    {
        return Err(Error::Inconsistent);
    }
    if start == end {
        return Ok(0);
    }
    let (before_end, after_end) = step_around(storage, oldest, newest, end);
    let paid_to_end = interpolate(before_end.checkpoint, after_end.checkpoint, end)?;
    let (before_start, after_start) = if before_end.checkpoint.watermark <= start {
        (before_end, after_end)
    } else {
        step_around(storage, oldest, before_end, start)
    };
    let paid_to_start = interpolate(before_start.checkpoint, after_start.checkpoint, start)?;
    paid_to_end.checked_sub(paid_to_start).ok_or(Error::Inconsistent)
}

/// The adjacent checkpoints around a position between `low` and `high`. Tries the newest step first, then halves.
fn step_around<S: WordStorage>(
    storage: &S,
    mut low: Numbered,
    mut high: Numbered,
    position: u128,
) -> (Numbered, Numbered) {
    let mut probe = high.number.saturating_sub(1);
    while high.number.saturating_sub(low.number) > 1 {
        let found = Numbered::load(storage, probe);
        if found.checkpoint.watermark < position {
            low = found;
        } else {
            high = found;
        }
        probe = low.number.midpoint(high.number);
    }
    (low, high)
}

/// A(position) between two adjacent checkpoints, rounded down.
fn interpolate(low: Checkpoint, high: Checkpoint, position: u128) -> Result<u128, Error> {
    let between = |greater: u128, lesser: u128| greater.checked_sub(lesser).ok_or(Error::Inconsistent);
    let assets = mul_div_128(
        between(position, low.watermark)?,
        between(high.cumulative_assets, low.cumulative_assets)?,
        between(high.watermark, low.watermark)?,
    )
    .ok_or(Error::Inconsistent)?;
    low.cumulative_assets.checked_add(assets).ok_or(Error::AmountTooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::word::memory::Memory;

    /// Servicings of 10, 3 and 100 shares for 15, 10 and 7 assets.
    fn three() -> Memory {
        let mut storage = Memory::default();
        for (newest, shares, assets) in [(0, 10, 15), (1, 3, 10), (2, 100, 7)] {
            record(&mut storage, newest, shares, assets).unwrap();
        }
        storage
    }

    #[test]
    fn each_step_is_paid_its_own_price_floored_along_the_watermark() {
        let storage = three();
        let paid = |start, end| assets_between(&storage, 0, 3, start, end).unwrap();
        assert_eq!(paid(0, 10), 15);
        assert_eq!(paid(0, 1), 1);
        assert_eq!(paid(1, 2), 2);
        assert_eq!(paid(10, 13), 10);
        assert_eq!(paid(9, 11), 15 + 3 - 13);
        assert_eq!(paid(0, 113), 32);
        assert_eq!(paid(5, 63), 25 + 3 - 7);
        assert_eq!(paid(113, 113), 0);
    }

    #[test]
    fn every_partition_sums_to_the_reserve_exactly() {
        let storage = three();
        for cut in 0..=113 {
            for second in cut..=113 {
                let parts = [(0, cut), (cut, second), (second, 113)];
                let sum: u128 = parts
                    .iter()
                    .map(|&(a, b)| assets_between(&storage, 0, 3, a, b).unwrap())
                    .sum();
                assert_eq!(sum, 32);
            }
        }
    }

    #[test]
    fn a_later_lower_bound_changes_the_search_but_not_the_result() {
        let mut storage = Memory::default();
        let mut cumulative = 0;
        for newest in 0..50_u32 {
            cumulative += u128::from(newest) * 7 % 11;
            record(&mut storage, newest, 10, u128::from(newest) * 7 % 11).unwrap();
        }
        assert_eq!(assets_between(&storage, 0, 50, 0, 500), Ok(cumulative));
        for start in 0..=500_u128 {
            let reference = assets_between(&storage, 0, 50, start, 500);
            for since in 0..=u32::try_from(start / 10).unwrap() {
                assert_eq!(assets_between(&storage, since, 50, start, 500), reference);
            }
        }
    }

    #[test]
    fn what_contradicts_the_checkpoints_is_refused() {
        let mut storage = three();
        for (since, newest, start, end) in [(2, 3, 12, 20), (0, 3, 0, 114), (0, 3, 6, 5), (3, 2, 113, 113)] {
            assert_eq!(
                assets_between(&storage, since, newest, start, end),
                Err(Error::Inconsistent)
            );
        }
        assert_eq!(record(&mut storage, 3, 0, 1), Err(Error::ZeroShares));
        assert_eq!(record(&mut storage, 3, 1, u128::MAX), Err(Error::AmountTooLarge));
        assert_eq!(record(&mut storage, 3, u128::MAX, 1), Err(Error::AmountTooLarge));
        assert_eq!(record(&mut storage, u32::MAX, 1, 1), Err(Error::CounterExhausted));
    }
}
