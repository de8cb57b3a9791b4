//! The English auction of a defaulted loan's collateral.
//!
//! **State.** A [`Listing`]: reserve, highest bid, its end now and as it was planned, and which listing of the token it
//! is. It is open in [opened, `ends_at`); afterwards it is sold to the highest bid, or it has failed without one.
//!
//! **Transitions.** A bid is at least the reserve, and after the first at least the highest one and the minimum
//! increment (rounded up, a wei at least). A bid in the last [`Rules::extension`] seconds moves the end to that long
//! after it, by at most [`MAX_EXTENSION`] in all, so that a bid in the last second can be answered and nobody can hold
//! the auction open. A failed listing is repeated in full at 80 to 100 % of its reserve. After
//! [`LISTINGS_BEFORE_WRITE_OFF`] failures the loan may be written off; the token can be listed on, and what it brings
//! then is a recovery.
//!
//! **Why right.** The end never moves back and never beyond the planned end and a day. Bids rise strictly, so the
//! highest is the last, and it is at or above the reserve. Until a write-off the reserves are at least 100, 80 and 64 %
//! of the first.
//!
//! **Assumption**: a relisting cannot raise the reserve either, which would make its failure certain.

use crate::{origination::portion, Error, BASIS_POINTS, DAY};

/// Seconds by which late bids can move the end in all.
pub const MAX_EXTENSION: u64 = DAY;

/// Failed listings after which the loan may be written off.
pub const LISTINGS_BEFORE_WRITE_OFF: u16 = 3;

/// What a relisting keeps of the last reserve at least, in bps.
pub const RELISTING_FLOOR_BPS: u16 = 8_000;

/// How an auction is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Seconds of a listing.
    pub duration: u64,
    /// How long a late bid leaves for an answer, in seconds.
    pub extension: u64,
    /// By how much a bid exceeds the one before, in bps of it.
    pub min_increment_bps: u16,
}

/// One listing of a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The lowest first bid.
    pub reserve: u128,
    /// The highest bid; zero without one.
    pub highest: u128,
    /// When it ends.
    pub ends_at: u64,
    /// When it was to end before any late bid.
    pub planned_end: u64,
    /// Which listing of the token it is, from 1.
    pub number: u16,
}

/// How a listing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Bids are taken.
    Open,
    /// Over, and the highest bid has won.
    Sold,
    /// Over without a bid, to be listed again.
    Failed,
}

/// The reserve of a first listing: the debt, or what the collateral counts for
/// ([`counted_value`](crate::impairment::counted_value)) if that is less.
#[must_use]
pub const fn reserve(debt: u128, counted: u128) -> u128 {
    if debt < counted {
        debt
    } else {
        counted
    }
}

impl Listing {
    /// The first listing of a token.
    ///
    /// # Errors
    /// [`Error::AmountTooLarge`] when the end leaves 64 bits.
    pub fn open(reserve: u128, now: u64, rules: &Rules) -> Result<Self, Error> {
        Self::numbered(1, reserve, now, rules)
    }

    fn numbered(number: u16, reserve: u128, now: u64, rules: &Rules) -> Result<Self, Error> {
        let ends_at = now.checked_add(rules.duration).ok_or(Error::AmountTooLarge)?;
        Ok(Self {
            reserve,
            highest: 0,
            ends_at,
            planned_end: ends_at,
            number,
        })
    }

    /// How it stands at `now`.
    #[must_use]
    pub const fn standing(&self, now: u64) -> Standing {
        if now < self.ends_at {
            Standing::Open
        } else if self.highest > 0 {
            Standing::Sold
        } else {
            Standing::Failed
        }
    }

    /// Whether the loan may be written off at `now`: enough listings have failed, this one included.
    #[must_use]
    pub fn allows_write_off(&self, now: u64) -> bool {
        self.standing(now) == Standing::Failed && self.number >= LISTINGS_BEFORE_WRITE_OFF
    }

    /// The lowest bid that is taken now: at least a wei, also without a reserve.
    ///
    /// # Errors
    /// [`Error::AmountTooLarge`] when it leaves 128 bits; [`Error::BasisPointsOutOfRange`].
    pub fn minimum_bid(&self, rules: &Rules) -> Result<u128, Error> {
        if self.highest == 0 {
            return Ok(self.reserve.max(1));
        }
        let increment = portion_up(self.highest, rules.min_increment_bps)?.max(1);
        self.highest.checked_add(increment).ok_or(Error::AmountTooLarge)
    }

    /// The listing with a bid of `amount` at `now`.
    ///
    /// # Errors
    /// [`Error::ListingOver`]; [`Error::BidTooLow`]; [`Error::AmountTooLarge`].
    pub fn bid(&self, amount: u128, now: u64, rules: &Rules) -> Result<Self, Error> {
        if now >= self.ends_at {
            return Err(Error::ListingOver {
                now,
                ends_at: self.ends_at,
            });
        }
        let minimum = self.minimum_bid(rules)?;
        if amount < minimum {
            return Err(Error::BidTooLow { amount, minimum });
        }
        let latest = self.planned_end.saturating_add(MAX_EXTENSION);
        let extended = now.saturating_add(rules.extension).min(latest);
        Ok(Self {
            highest: amount,
            ends_at: self.ends_at.max(extended),
            ..*self
        })
    }

    /// The next listing, at a `reserve` of 80 to 100 % of this one's, once this one has failed.
    ///
    /// # Errors
    /// [`Error::NotRelistable`] unless it [`Failed`](Standing::Failed); [`Error::ReserveOutOfRange`];
    /// [`Error::AmountTooLarge`].
    pub fn relist(&self, reserve: u128, now: u64, rules: &Rules) -> Result<Self, Error> {
        if self.standing(now) != Standing::Failed {
            return Err(Error::NotRelistable {
                number: self.number,
                highest: self.highest,
                ends_at: self.ends_at,
            });
        }
        let (min, max) = (portion_up(self.reserve, RELISTING_FLOOR_BPS)?, self.reserve);
        if reserve < min || reserve > max {
            return Err(Error::ReserveOutOfRange { reserve, min, max });
        }
        Self::numbered(self.number.saturating_add(1), reserve, now, rules)
    }
}

/// `bps` of `amount`, rounded up.
fn portion_up(amount: u128, bps: u16) -> Result<u128, Error> {
    let kept = BASIS_POINTS
        .checked_sub(bps)
        .ok_or(Error::BasisPointsOutOfRange { bps })?;
    Ok(amount.saturating_sub(portion(amount, kept)?))
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use proptest::prelude::*;

    const RULES: Rules = Rules {
        duration: 3 * DAY,
        extension: 900,
        min_increment_bps: 100,
    };
    const NOW: u64 = 1_800_000_000;
    const END: u64 = NOW + 3 * DAY;

    fn listing() -> Listing {
        Listing::open(1_000, NOW, &RULES).unwrap()
    }

    #[test]
    fn bids_start_at_the_reserve_and_rise_by_the_increment() {
        assert_eq!(reserve(900, 1_000), 900);
        assert_eq!(reserve(1_000, 900), 900);
        let (amount, minimum) = (999, 1_000);
        assert_eq!(
            listing().bid(999, NOW, &RULES),
            Err(Error::BidTooLow { amount, minimum })
        );
        let one = listing().bid(1_001, NOW, &RULES).unwrap();
        assert_eq!(
            (one.highest, one.ends_at, one.minimum_bid(&RULES)),
            (1_001, END, Ok(1_012))
        );
        let (amount, minimum) = (1_011, 1_012);
        assert_eq!(one.bid(1_011, NOW, &RULES), Err(Error::BidTooLow { amount, minimum }));
        assert_eq!(one.bid(1_012, NOW, &RULES).unwrap().highest, 1_012);
        let free = Listing::open(0, NOW, &RULES).unwrap();
        let (amount, minimum) = (0, 1);
        assert_eq!(free.bid(0, NOW, &RULES), Err(Error::BidTooLow { amount, minimum }));
        let flat = Rules {
            min_increment_bps: 0,
            ..RULES
        };
        assert_eq!(free.bid(1, NOW, &flat).unwrap().minimum_bid(&flat), Ok(2));
        let most = listing().bid(u128::MAX, NOW, &RULES).unwrap();
        assert_eq!(most.minimum_bid(&RULES), Err(Error::AmountTooLarge));
        let wrong = Rules {
            min_increment_bps: 10_001,
            ..RULES
        };
        assert_eq!(
            one.minimum_bid(&wrong),
            Err(Error::BasisPointsOutOfRange { bps: 10_001 })
        );
    }

    #[test]
    fn a_bid_in_the_last_second_can_be_answered_for_a_day_at_most() {
        let early = listing().bid(1_000, END - 900, &RULES).unwrap();
        assert_eq!(early.ends_at, END);
        let mut late = listing().bid(1_000, END - 1, &RULES).unwrap();
        assert_eq!((late.ends_at, late.planned_end), (END + 899, END));
        assert_eq!(late.standing(END + 898), Standing::Open);
        assert_eq!(late.standing(END + 899), Standing::Sold);
        let (now, ends_at) = (END + 899, END + 899);
        assert_eq!(
            late.bid(u128::MAX, now, &RULES),
            Err(Error::ListingOver { now, ends_at })
        );
        for _ in 0..200 {
            let Ok(next) = late.bid(late.minimum_bid(&RULES).unwrap(), late.ends_at - 1, &RULES) else {
                unreachable!("a bid before the end is taken")
            };
            late = next;
        }
        assert_eq!(late.ends_at, END + MAX_EXTENSION);
    }

    #[test]
    fn three_listings_without_a_bid_allow_a_write_off() {
        let first = listing();
        let refused = |listing: Listing| {
            let Listing {
                number,
                highest,
                ends_at,
                ..
            } = listing;
            Err(Error::NotRelistable {
                number,
                highest,
                ends_at,
            })
        };
        assert_eq!(first.relist(1_000, END - 1, &RULES), refused(first));
        let sold = first.bid(1_000, NOW, &RULES).unwrap();
        assert_eq!(
            (sold.standing(END), sold.relist(1_000, END, &RULES)),
            (Standing::Sold, refused(sold))
        );
        assert_eq!(first.standing(END), Standing::Failed);
        for reserve in [799, 1_001] {
            let (min, max) = (800, 1_000);
            let out_of_range = Err(Error::ReserveOutOfRange { reserve, min, max });
            assert_eq!(first.relist(reserve, END, &RULES), out_of_range);
        }
        let second = first.relist(801, END + 5, &RULES).unwrap();
        assert_eq!(
            (second.number, second.ends_at, second.highest),
            (2, END + 5 + 3 * DAY, 0)
        );
        // 80 % of 801 is 640.8.
        assert!(second.relist(640, second.ends_at, &RULES).is_err());
        let third = second.relist(641, second.ends_at, &RULES).unwrap();
        assert!(!second.allows_write_off(second.ends_at) && !third.allows_write_off(third.ends_at - 1));
        assert!(third.allows_write_off(third.ends_at));
        let fourth = third.relist(513, third.ends_at, &RULES).unwrap();
        assert!(!fourth.allows_write_off(fourth.ends_at - 1) && fourth.allows_write_off(fourth.ends_at));
        let sold = fourth.bid(513, fourth.ends_at - 1, &RULES).unwrap();
        assert!(!sold.allows_write_off(sold.ends_at));
        assert_eq!(Listing::open(1, u64::MAX, &RULES), Err(Error::AmountTooLarge));
    }

    proptest! {
        #[test]
        fn bids_rise_and_the_end_stays_within_a_day(
            bids in prop::collection::vec((0_u64..4 * DAY, 0_u128..3_000), 1..60),
        ) {
            let mut listing = listing();
            let mut now = NOW;
            for (seconds, more) in bids {
                now += seconds / 20;
                let amount = listing.highest + more;
                match listing.bid(amount, now, &RULES) {
                    Ok(next) => {
                        prop_assert!(now < listing.ends_at && amount >= 1_000);
                        prop_assert!(listing.highest == 0 || amount * 100 >= listing.highest * 101);
                        prop_assert!(next.ends_at >= listing.ends_at && next.ends_at <= END + DAY);
                        prop_assert!(next.ends_at >= now + 900 || next.ends_at == END + DAY);
                        listing = next;
                    }
                    Err(_) => prop_assert!(now >= listing.ends_at || amount < listing.minimum_bid(&RULES).unwrap()),
                }
            }
        }
    }
}
