//! The sale of one loan's collateral: times, reserves and bids, without any contract.
//!
//! Every interval is half-open: a bid is in time while `now < end`, and from `end` on the listing is over. Minimums are
//! rounded up.

use alloy_primitives::{Address, U256};

use crate::settings::{place, split, MAX_OBLIGATIONS};

/// Seconds of a day.
pub(crate) const DAY: u64 = 86_400;
/// What all extensions together may add to a listing.
const MAX_EXTENSIONS: u64 = DAY;
/// The part of the last reserve that a relisting's must be, in tenths.
const RELISTED_TENTHS: u128 = 8;
const TENTHS: u128 = 10;
/// One in basis points.
const BASIS_POINTS: u128 = 10_000;

/// The largest reserve: what a debt of the pool is at most.
pub(crate) const MAX_RESERVE: u128 = (1 << 112) - 1;
/// The largest token id; ids count from 1.
pub(crate) const MAX_COLLATERAL_ID: u64 = (1 << 48) - 1;

const TIME_BITS: u32 = 40;
const RESERVE_BITS: usize = 112;
const AMOUNT_BITS: usize = 96;
const ROUND_BITS: u32 = 14;
const MAX_ROUND: u16 = (1 << ROUND_BITS) - 1;

/// Where a sale that was listed stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Open for bids.
    Running,
    /// Over, with a bid.
    Won,
    /// Over, without a bid.
    Failed,
    /// Paid for and handed over.
    Sold,
}

/// A sale, from its first listing on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sale {
    /// The CALIBER token.
    pub(crate) collateral_id: u64,
    /// The lowest first bid of the last listing.
    pub(crate) reserve: u128,
    /// The highest bid; meaningless without a bidder.
    pub(crate) amount: u128,
    /// Who made it; zero if nobody did.
    pub(crate) bidder: Address,
    /// When the last listing ends.
    pub(crate) end: u64,
    /// What no extension goes beyond.
    pub(crate) latest_end: u64,
    /// Listings so far; stays at [`MAX_ROUND`].
    pub(crate) round: u16,
    /// Whether it was paid for and handed over.
    pub(crate) is_sold: bool,
    /// Whether the pool was told to realise the loss.
    pub(crate) is_written_off: bool,
}

impl Sale {
    /// The first listing. `None` if a number does not fit, or the times are beyond what is kept.
    pub(crate) fn open(collateral_id: u64, reserve: u128, now: u64, duration: u64) -> Option<Self> {
        let (end, latest_end) = ends(now, duration)?;
        (collateral_id <= MAX_COLLATERAL_ID && reserve <= MAX_RESERVE).then_some(Self {
            collateral_id,
            reserve,
            amount: 0,
            bidder: Address::ZERO,
            end,
            latest_end,
            round: 1,
            is_sold: false,
            is_written_off: false,
        })
    }

    /// Another listing after one that failed.
    pub(crate) fn relisted(self, reserve: u128, now: u64, duration: u64) -> Option<Self> {
        let (end, latest_end) = ends(now, duration)?;
        Some(Self {
            reserve,
            end,
            latest_end,
            round: self.round.saturating_add(1).min(MAX_ROUND),
            ..self
        })
    }

    /// Where it stands at `now`.
    pub(crate) fn stage(&self, now: u64) -> Stage {
        if self.is_sold {
            Stage::Sold
        } else if now < self.end {
            Stage::Running
        } else if self.bidder.is_zero() {
            Stage::Failed
        } else {
            Stage::Won
        }
    }

    /// Listings that have ended without a bid.
    pub(crate) fn failed_listings(&self, now: u64) -> u16 {
        if self.stage(now) == Stage::Failed {
            self.round
        } else {
            self.round.saturating_sub(1)
        }
    }

    /// The lowest bid that a running listing takes: the reserve, then the highest bid and the increment, rounded up;
    /// never zero.
    pub(crate) fn minimum_bid(&self, min_increment_bps: u16) -> u128 {
        if self.bidder.is_zero() {
            return self.reserve.max(1);
        }
        // A bid has 96 bits and the basis points 14: nothing here comes near 2^128.
        let increment = self
            .amount
            .saturating_mul(u128::from(min_increment_bps))
            .div_ceil(BASIS_POINTS);
        self.amount.saturating_add(increment.max(1))
    }

    /// With a bid that was in time and high enough. One that comes late moves the end.
    pub(crate) fn with_bid(self, bidder: Address, amount: u128, now: u64, extension: u64) -> Self {
        let extended = now.saturating_add(extension).min(self.latest_end);
        Self {
            amount,
            bidder,
            end: self.end.max(extended),
            ..self
        }
    }

    /// The lowest reserve of a relisting, rounded up.
    pub(crate) fn lowest_reserve(&self) -> u128 {
        self.reserve.saturating_mul(RELISTED_TENTHS).div_ceil(TENTHS)
    }

    /// The bidder's word, from the bottom: the bidder, 40 bits of the end, 40 of the latest end, 14 of the round, a bit
    /// each for written off and sold.
    pub(crate) fn pack_course(&self) -> U256 {
        let course = u128::from(self.end)
            | u128::from(self.latest_end) << TIME_BITS
            | u128::from(self.round) << (2 * TIME_BITS)
            | u128::from(self.is_written_off) << (2 * TIME_BITS + ROUND_BITS)
            | u128::from(self.is_sold) << (2 * TIME_BITS + ROUND_BITS + 1);
        place(self.bidder, course)
    }

    /// The numbers' word, from the bottom: 112 bits of the reserve, 96 of the highest bid, 48 of the token's id.
    pub(crate) fn pack_stakes(&self) -> U256 {
        U256::from(self.reserve)
            | U256::from(self.amount) << RESERVE_BITS
            | U256::from(self.collateral_id) << (RESERVE_BITS + AMOUNT_BITS)
    }

    /// The inverse of the two; `None` if nothing was ever listed.
    #[allow(clippy::cast_possible_truncation)] // takes each field's bits
    pub(crate) fn unpack(course: U256, stakes: U256) -> Option<Self> {
        if course.is_zero() {
            return None;
        }
        let (bidder, course) = split(course);
        let time = |offset: u32| (course >> offset) as u64 & ((1 << TIME_BITS) - 1);
        let flag = |offset: u32| course >> offset & 1 == 1;
        let low = |word: U256, maximum: u128| {
            let [low, high, ..] = word.into_limbs();
            (u128::from(low) | u128::from(high) << 64) & maximum
        };
        Some(Self {
            collateral_id: low(stakes >> (RESERVE_BITS + AMOUNT_BITS), u128::from(MAX_COLLATERAL_ID)) as u64,
            reserve: low(stakes, MAX_RESERVE),
            amount: low(stakes >> RESERVE_BITS, MAX_OBLIGATIONS),
            bidder,
            end: time(0),
            latest_end: time(TIME_BITS),
            round: (course >> (2 * TIME_BITS)) as u16 & MAX_ROUND,
            is_written_off: flag(2 * TIME_BITS + ROUND_BITS),
            is_sold: flag(2 * TIME_BITS + ROUND_BITS + 1),
        })
    }
}

/// When a listing of now ends, and when at the latest.
fn ends(now: u64, duration: u64) -> Option<(u64, u64)> {
    let end = now.checked_add(duration)?;
    let latest_end = end.checked_add(MAX_EXTENSIONS)?;
    (latest_end >> TIME_BITS == 0).then_some((end, latest_end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: u64 = 1_800_000_000;
    const BIDDER: Address = Address::repeat_byte(0xb1);

    fn sale(reserve: u128) -> Sale {
        Sale::open(7, reserve, NOW, 3 * DAY).unwrap()
    }

    fn with_bid(reserve: u128, amount: u128) -> Sale {
        sale(reserve).with_bid(BIDDER, amount, NOW, 0)
    }

    #[test]
    fn a_listing_is_open_to_the_second() {
        let quiet = sale(100);
        assert_eq!((quiet.end, quiet.latest_end), (NOW + 3 * DAY, NOW + 4 * DAY));
        assert_eq!(quiet.stage(NOW), Stage::Running);
        assert_eq!(quiet.stage(quiet.end - 1), Stage::Running);
        assert_eq!(quiet.stage(quiet.end), Stage::Failed);
        let won = with_bid(100, 100);
        assert_eq!(won.stage(won.end - 1), Stage::Running);
        assert_eq!(won.stage(won.end), Stage::Won);
        let sold = Sale { is_sold: true, ..won };
        assert_eq!(sold.stage(NOW), Stage::Sold);
        assert_eq!(sold.stage(u64::MAX), Stage::Sold);
    }

    #[test]
    fn the_first_bid_meets_the_reserve_and_is_never_nothing() {
        assert_eq!(sale(100).minimum_bid(500), 100);
        assert_eq!(sale(1).minimum_bid(500), 1);
        assert_eq!(sale(0).minimum_bid(500), 1);
        assert_eq!(sale(MAX_RESERVE).minimum_bid(500), MAX_RESERVE);
    }

    #[test]
    fn increments_round_up_and_are_never_nothing() {
        for (amount, bps, minimum) in [
            (100, 500, 105),
            (101, 500, 107),
            (1, 500, 2),
            (1, 1, 2),
            (10_000, 1, 10_001),
            (10_001, 1, 10_003),
            (1_000_000, 0, 1_000_001),
            (7, 10_000, 14),
            (MAX_OBLIGATIONS, 10_000, 2 * MAX_OBLIGATIONS),
        ] {
            assert_eq!(with_bid(0, amount).minimum_bid(bps), minimum, "{amount} at {bps}");
        }
    }

    #[test]
    fn a_late_bid_moves_the_end_and_an_early_one_does_not() {
        let end = sale(1).end;
        for (before_end, extension, expected) in [
            (DAY, 900, end),
            (901, 900, end),
            (900, 900, end),
            (899, 900, end + 1),
            (1, 900, end + 899),
            (1, 0, end),
            (1, DAY, end + DAY - 1),
        ] {
            let bid = sale(1).with_bid(BIDDER, 1, end - before_end, extension);
            assert_eq!(
                bid.end, expected,
                "{before_end} s before the end, extension {extension}"
            );
            assert_eq!((bid.amount, bid.bidder), (1, BIDDER));
        }
    }

    #[test]
    fn all_extensions_together_are_a_day() {
        let mut sale = sale(1);
        let listed = sale.end;
        let mut bids = 0;
        while sale.end < sale.latest_end {
            sale = sale.with_bid(BIDDER, bids + 1, sale.end - 1, 3_600);
            bids += 1;
        }
        // Each moves the end by an hour less a second.
        assert_eq!(bids, 25);
        assert_eq!(sale.end, listed + DAY);
        let last = sale.with_bid(BIDDER, 1_000, sale.end - 1, 3_600);
        assert_eq!(last.end, listed + DAY);
        assert_eq!(last.stage(listed + DAY), Stage::Won);
    }

    #[test]
    fn relistings_begin_anew_but_keep_count() {
        let failed = sale(1_000);
        let then = failed.end + 5 * DAY;
        let again = Sale {
            is_written_off: true,
            ..failed
        }
        .relisted(800, then, DAY)
        .unwrap();
        assert_eq!((again.end, again.latest_end), (then + DAY, then + 2 * DAY));
        assert_eq!((again.reserve, again.round, again.collateral_id), (800, 2, 7));
        assert!(again.is_written_off && !again.is_sold && again.bidder.is_zero());
        assert_eq!(again.stage(then), Stage::Running);
        assert_eq!(again.failed_listings(then), 1);
        assert_eq!(again.failed_listings(again.end), 2);
        let won = again.with_bid(BIDDER, 800, then, 0);
        assert_eq!(won.failed_listings(won.end), 1);
        let tired = Sale {
            round: MAX_ROUND,
            ..failed
        };
        assert_eq!(tired.relisted(800, then, DAY).unwrap().round, MAX_ROUND);
    }

    #[test]
    fn four_fifths_round_up() {
        for (reserve, lowest) in [
            (0, 0),
            (1, 1),
            (2, 2),
            (4, 4),
            (5, 4),
            (6, 5),
            (1_000, 800),
            (1_001, 801),
        ] {
            assert_eq!(sale(reserve).lowest_reserve(), lowest, "of {reserve}");
        }
        assert!(sale(MAX_RESERVE).lowest_reserve() < MAX_RESERVE);
    }

    #[test]
    fn what_does_not_fit_is_no_sale() {
        assert!(Sale::open(MAX_COLLATERAL_ID, MAX_RESERVE, NOW, DAY).is_some());
        assert!(Sale::open(MAX_COLLATERAL_ID + 1, 0, NOW, DAY).is_none());
        assert!(Sale::open(1, MAX_RESERVE + 1, NOW, DAY).is_none());
        let latest = (1 << TIME_BITS) - 1 - 2 * DAY;
        assert!(Sale::open(1, 0, latest, DAY).is_some());
        assert!(Sale::open(1, 0, latest + 1, DAY).is_none());
        assert!(Sale::open(1, 0, u64::MAX, DAY).is_none());
        assert!(sale(1).relisted(1, latest + 1, DAY).is_none());
        assert_eq!(Sale::unpack(U256::ZERO, U256::ZERO), None);
    }

    proptest! {
        #[test]
        fn sales_survive_packing(
            (collateral_id, reserve, amount) in (0..=MAX_COLLATERAL_ID, 0..=MAX_RESERVE, 0..=MAX_OBLIGATIONS),
            bidder in any::<[u8; 20]>(),
            (end, latest_end) in (1_u64..1 << TIME_BITS, 0_u64..1 << TIME_BITS),
            (round, is_sold, is_written_off) in (0..=MAX_ROUND, any::<bool>(), any::<bool>()),
        ) {
            let sale = Sale {
                collateral_id,
                reserve,
                amount,
                bidder: Address::new(bidder),
                end,
                latest_end,
                round,
                is_sold,
                is_written_off,
            };
            prop_assert_eq!(Sale::unpack(sale.pack_course(), sale.pack_stakes()), Some(sale));
        }

        /// Whatever is bid whenever: the end never comes nearer, never passes the latest end, and bids only rise.
        #[test]
        fn ends_and_bids_only_rise(
            extension in 0..=DAY,
            bps in 0_u16..=10_000,
            bids in prop::collection::vec((0_u64..5 * DAY, 0_u128..1_000), 1..40),
        ) {
            let mut sale = sale(50);
            let mut now = NOW;
            for (wait, above) in bids {
                now += wait;
                if sale.stage(now) != Stage::Running {
                    break;
                }
                let minimum = sale.minimum_bid(bps);
                prop_assert!(minimum > sale.amount);
                let next = sale.with_bid(BIDDER, minimum + above, now, extension);
                prop_assert!(next.end >= sale.end && next.end <= next.latest_end);
                prop_assert!(next.end >= (now + extension).min(next.latest_end));
                prop_assert!(next.end - sale.end <= extension);
                prop_assert_eq!(next.latest_end, NOW + 4 * DAY);
                prop_assert_eq!(next.stage(now), Stage::Running);
                sale = next;
            }
        }
    }
}
