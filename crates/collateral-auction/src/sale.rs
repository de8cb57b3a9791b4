//! The sale of one loan's collateral: the listing of [`loan_core::auction`] with its token and its highest bidder, in two
//! words of storage.

use alloy_primitives::{Address, U256};
use loan_core::{
    auction::{Listing, Rules, Standing, MAX_EXTENSION},
    Error,
};

use crate::settings::{place, split};

/// The largest reserve and bid: what a loan's principal, and all that is held here, is at most.
pub(crate) const MAX_AMOUNT: u128 = (1 << AMOUNT_BITS) - 1;

const AMOUNT_BITS: usize = 96;
const TIME_BITS: u32 = 40;
const NUMBER_BITS: u32 = 14;
const MAX_NUMBER: u16 = (1 << NUMBER_BITS) - 1;

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
    /// The last listing. Its number is kept up to [`MAX_NUMBER`], its amounts up to [`MAX_AMOUNT`].
    pub(crate) listing: Listing,
    /// Who made the highest bid; zero if nobody did.
    pub(crate) bidder: Address,
    /// Whether it was paid for and handed over.
    pub(crate) is_sold: bool,
    /// Whether the pool was told to realise the loss.
    pub(crate) is_written_off: bool,
}

impl Sale {
    /// The first listing of a token.
    ///
    /// # Errors
    ///
    /// [`Error::AmountTooLarge`] when the reserve or the end is beyond what is kept.
    pub(crate) fn open(collateral_id: u64, reserve: u128, now: u64, rules: &Rules) -> Result<Self, Error> {
        if reserve > MAX_AMOUNT {
            return Err(Error::AmountTooLarge);
        }
        Ok(Self {
            collateral_id,
            listing: kept(Listing::open(reserve, now, rules)?)?,
            bidder: Address::ZERO,
            is_sold: false,
            is_written_off: false,
        })
    }

    /// Another listing of the token after one that failed.
    ///
    /// # Errors
    ///
    /// As [`Listing::relist`]; [`Error::AmountTooLarge`] when the end is beyond what is kept.
    pub(crate) fn relisted(self, reserve: u128, now: u64, rules: &Rules) -> Result<Self, Error> {
        let listing = kept(self.listing.relist(reserve, now, rules)?)?;
        Ok(Self { listing, ..self })
    }

    /// With a bid.
    ///
    /// # Errors
    ///
    /// As [`Listing::bid`].
    pub(crate) fn with_bid(self, bidder: Address, amount: u128, now: u64, rules: &Rules) -> Result<Self, Error> {
        let listing = self.listing.bid(amount, now, rules)?;
        Ok(Self {
            listing,
            bidder,
            ..self
        })
    }

    /// Where it stands at `now`.
    pub(crate) fn stage(&self, now: u64) -> Stage {
        match self.listing.standing(now) {
            _ if self.is_sold => Stage::Sold,
            Standing::Open => Stage::Running,
            Standing::Sold => Stage::Won,
            Standing::Failed => Stage::Failed,
        }
    }

    /// Listings that have ended without a bid.
    pub(crate) fn failed_listings(&self, now: u64) -> u16 {
        if self.stage(now) == Stage::Failed {
            self.listing.number
        } else {
            self.listing.number.saturating_sub(1)
        }
    }

    /// What no extension goes beyond.
    pub(crate) fn latest_end(&self) -> u64 {
        self.listing.planned_end.saturating_add(MAX_EXTENSION)
    }

    /// The first word, from the bottom: the bidder, 40 bits of the end, 40 of the planned end, 14 of the listing's number,
    /// a bit each for written off and sold.
    pub(crate) fn pack_course(&self) -> U256 {
        let number = self.listing.number.min(MAX_NUMBER);
        let course = u128::from(self.listing.ends_at)
            | u128::from(self.listing.planned_end) << TIME_BITS
            | u128::from(number) << (2 * TIME_BITS)
            | u128::from(self.is_written_off) << (2 * TIME_BITS + NUMBER_BITS)
            | u128::from(self.is_sold) << (2 * TIME_BITS + NUMBER_BITS + 1);
        place(self.bidder, course)
    }

    /// The second word, from the bottom: 96 bits of the reserve, 96 of the highest bid, 64 of the token's id.
    pub(crate) fn pack_stakes(&self) -> U256 {
        U256::from(self.listing.reserve)
            | U256::from(self.listing.highest) << AMOUNT_BITS
            | U256::from(self.collateral_id) << (2 * AMOUNT_BITS)
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
        let amount = |offset: usize| {
            let [low, high, ..] = (stakes >> offset).into_limbs();
            (u128::from(low) | u128::from(high) << 64) & MAX_AMOUNT
        };
        let [_, _, _, collateral_id] = stakes.into_limbs();
        Some(Self {
            collateral_id,
            listing: Listing {
                reserve: amount(0),
                highest: amount(AMOUNT_BITS),
                ends_at: time(0),
                planned_end: time(TIME_BITS),
                number: (course >> (2 * TIME_BITS)) as u16 & MAX_NUMBER,
            },
            bidder,
            is_written_off: flag(2 * TIME_BITS + NUMBER_BITS),
            is_sold: flag(2 * TIME_BITS + NUMBER_BITS + 1),
        })
    }
}

/// The listing, if its latest end fits where it is kept: until the year 36,812.
fn kept(listing: Listing) -> Result<Listing, Error> {
    match listing.planned_end.checked_add(MAX_EXTENSION) {
        Some(latest_end) if latest_end >> TIME_BITS == 0 => Ok(listing),
        _ => Err(Error::AmountTooLarge),
    }
}

#[cfg(test)]
mod tests {
    use loan_core::DAY;
    use proptest::prelude::*;

    use super::*;

    const NOW: u64 = 1_800_000_000;
    const BIDDER: Address = Address::repeat_byte(0xb1);
    const RULES: Rules = Rules {
        duration: 3 * DAY,
        extension: 900,
        min_increment_bps: 500,
    };

    fn sale(reserve: u128) -> Sale {
        Sale::open(7, reserve, NOW, &RULES).unwrap()
    }

    #[test]
    fn a_sale_is_running_failed_won_or_sold() {
        let end = NOW + 3 * DAY;
        let quiet = sale(100);
        assert_eq!(quiet.latest_end(), end + DAY);
        assert_eq!((quiet.stage(NOW), quiet.failed_listings(NOW)), (Stage::Running, 0));
        assert_eq!(quiet.stage(end - 1), Stage::Running);
        assert_eq!((quiet.stage(end), quiet.failed_listings(end)), (Stage::Failed, 1));
        let won = quiet.with_bid(BIDDER, 100, NOW, &RULES).unwrap();
        assert_eq!(won.bidder, BIDDER);
        assert_eq!(won.stage(end - 1), Stage::Running);
        assert_eq!((won.stage(end), won.failed_listings(end)), (Stage::Won, 0));
        let sold = Sale { is_sold: true, ..won };
        assert_eq!(sold.stage(NOW), Stage::Sold);
        assert_eq!(sold.stage(u64::MAX), Stage::Sold);
    }

    #[test]
    fn a_relisting_keeps_the_token_the_count_and_the_write_off() {
        let failed = Sale {
            is_written_off: true,
            ..sale(1_000)
        };
        let then = failed.listing.ends_at + 5 * DAY;
        let again = failed.relisted(800, then, &RULES).unwrap();
        assert_eq!((again.listing.number, again.listing.reserve), (2, 800));
        assert_eq!((again.collateral_id, again.bidder), (7, Address::ZERO));
        assert!(again.is_written_off && !again.is_sold);
        assert_eq!(again.latest_end(), then + 4 * DAY);
        assert_eq!(again.failed_listings(then), 1);
        let won = again.with_bid(BIDDER, 800, then, &RULES).unwrap();
        assert_eq!(won.failed_listings(won.listing.ends_at), 1);
    }

    #[test]
    fn what_cannot_be_kept_is_no_sale() {
        assert!(Sale::open(u64::MAX, MAX_AMOUNT, NOW, &RULES).is_ok());
        let too_large = Err(Error::AmountTooLarge);
        assert_eq!(Sale::open(1, MAX_AMOUNT + 1, NOW, &RULES), too_large);
        let latest = (1 << TIME_BITS) - 1 - 4 * DAY;
        assert!(Sale::open(1, 0, latest, &RULES).is_ok());
        assert_eq!(Sale::open(1, 0, latest + 1, &RULES), too_large);
        assert_eq!(Sale::open(1, 0, u64::MAX, &RULES), too_large);
        assert_eq!(sale(1).relisted(1, latest + 1, &RULES), too_large);
        assert_eq!(Sale::unpack(U256::ZERO, U256::ZERO), None);
    }

    #[test]
    fn the_count_of_listings_stays_at_its_maximum() {
        let tired = Sale {
            listing: Listing {
                number: MAX_NUMBER,
                ..sale(5).listing
            },
            ..sale(5)
        };
        let again = tired.relisted(5, NOW + 3 * DAY, &RULES).unwrap();
        let kept = Sale::unpack(again.pack_course(), again.pack_stakes()).unwrap();
        assert_eq!(kept.listing.number, MAX_NUMBER);
        assert!(!kept.is_sold && !kept.is_written_off);
    }

    proptest! {
        #[test]
        fn sales_survive_packing(
            (collateral_id, reserve, highest) in (any::<u64>(), 0..=MAX_AMOUNT, 0..=MAX_AMOUNT),
            bidder in any::<[u8; 20]>(),
            (ends_at, planned_end) in (1_u64..1 << TIME_BITS, 0_u64..1 << TIME_BITS),
            (number, is_sold, is_written_off) in (0..=MAX_NUMBER, any::<bool>(), any::<bool>()),
        ) {
            let sale = Sale {
                collateral_id,
                listing: Listing { reserve, highest, ends_at, planned_end, number },
                bidder: Address::new(bidder),
                is_sold,
                is_written_off,
            };
            prop_assert_eq!(Sale::unpack(sale.pack_course(), sale.pack_stakes()), Some(sale));
        }
    }
}
