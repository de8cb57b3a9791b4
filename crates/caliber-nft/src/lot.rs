//! The states of a lot and every transition between them, without storage, callers or time.

use alloy_primitives::U256;
use contract_kit::Revert;

use crate::abi::ICaliber;

/// Where the goods are, as it stands in the ABI.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Custody {
    /// Units are still being added.
    #[default]
    Building = 0,
    /// The lot is complete; the bailee has not attested its receipt, or has released it.
    Sealed = 1,
    /// The bailee holds the goods.
    Held = 2,
    /// The goods are lost. Final.
    Lost = 3,
}

/// What a title says of its lot, beside whose it is: all that decides whether it may move or be pledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lot {
    pub(crate) custody: Custody,
    /// Compliance has frozen the title.
    pub(crate) is_frozen: bool,
    /// The holder has asked for the goods.
    pub(crate) is_requested: bool,
    pub(crate) units: u32,
}

/// Why a transition is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Not in this custody.
    Custody(Custody),
    /// Not of a lot without units.
    Empty,
    /// Not while frozen.
    Frozen,
    /// Not while the goods are requested.
    Requested,
    /// Only while the goods are requested.
    NotRequested,
    /// So many units are not counted.
    TooMany(u64),
}

impl Refusal {
    /// In the words of the interface.
    #[inline(never)]
    pub(crate) fn of(self, token_id: U256) -> Revert {
        match self {
            Self::Custody(actual) => ICaliber::WrongCustody {
                tokenId: token_id,
                actual: actual.into(),
            }
            .into(),
            Self::Empty => ICaliber::EmptyLot { tokenId: token_id }.into(),
            Self::Frozen => ICaliber::TokenFrozen { tokenId: token_id }.into(),
            Self::Requested => ICaliber::RedemptionRequested { tokenId: token_id }.into(),
            Self::NotRequested => ICaliber::NoRedemptionRequested { tokenId: token_id }.into(),
            Self::TooMany(units) => ICaliber::ValueTooLarge {
                value: U256::from(units),
                maximum: U256::from(u32::MAX),
            }
            .into(),
        }
    }
}

impl From<Custody> for ICaliber::Custody {
    fn from(custody: Custody) -> Self {
        match custody {
            Custody::Building => Self::Building,
            Custody::Sealed => Self::Sealed,
            Custody::Held => Self::Held,
            Custody::Lost => Self::Lost,
        }
    }
}

const FROZEN: u64 = 1 << 8;
const REQUESTED: u64 = 1 << 9;
const UNITS_SHIFT: u32 = 32;

impl Lot {
    /// From the top: 32 bits of units, 22 bits of zeros, one whether the goods are requested, one whether the title is
    /// frozen, eight bits of custody.
    pub(crate) fn pack(self) -> u64 {
        let frozen = if self.is_frozen { FROZEN } else { 0 };
        let requested = if self.is_requested { REQUESTED } else { 0 };
        (u64::from(self.units) << UNITS_SHIFT) | requested | frozen | self.custody as u64
    }

    /// The inverse of [`Self::pack`].
    pub(crate) fn unpack(notes: u64) -> Self {
        Self {
            custody: match notes & 0xff {
                0 => Custody::Building,
                1 => Custody::Sealed,
                2 => Custody::Held,
                _ => Custody::Lost,
            },
            is_frozen: notes & FROZEN != 0,
            is_requested: notes & REQUESTED != 0,
            units: u32::try_from(notes >> UNITS_SHIFT).unwrap_or(u32::MAX),
        }
    }

    /// So many more units, and no further ones if the lot is to be sealed.
    pub(crate) fn grown(self, units: usize, seal: bool) -> Result<Self, Refusal> {
        self.require(self.custody == Custody::Building)?;
        let total = u64::from(self.units).saturating_add(u64::try_from(units).unwrap_or(u64::MAX));
        let total = u32::try_from(total).map_err(|_| Refusal::TooMany(total))?;
        if seal && total == 0 {
            return Err(Refusal::Empty);
        }
        Ok(Self {
            custody: if seal { Custody::Sealed } else { Custody::Building },
            units: total,
            ..self
        })
    }

    /// The bailee has received the goods.
    pub(crate) fn received(self) -> Result<Self, Refusal> {
        self.require(self.custody == Custody::Sealed)?;
        Ok(self.at(Custody::Held))
    }

    /// The goods are lost.
    pub(crate) fn lost(self) -> Result<Self, Refusal> {
        self.require(self.custody == Custody::Held)?;
        Ok(self.at(Custody::Lost))
    }

    /// The goods have left the bailee.
    pub(crate) fn released(self) -> Result<Self, Refusal> {
        self.require(self.custody == Custody::Held)?;
        Ok(self.at(Custody::Sealed))
    }

    /// The holder asks for the goods.
    pub(crate) fn requested(self) -> Result<Self, Refusal> {
        self.require(self.custody == Custody::Held)?;
        self.check_movable()?;
        Ok(Self {
            is_requested: true,
            ..self
        })
    }

    /// The holder does so no longer.
    pub(crate) fn request_cancelled(self) -> Result<Self, Refusal> {
        self.check_requested()?;
        Ok(Self {
            is_requested: false,
            ..self
        })
    }

    /// Whether the goods can be delivered to the holder, which ends the lot.
    pub(crate) fn check_deliverable(self) -> Result<(), Refusal> {
        self.require(self.custody == Custody::Held)?;
        self.check_not_frozen()?;
        self.check_requested()
    }

    /// Whether the holder can give the title up, which ends the lot: no bailee holds the goods.
    pub(crate) fn check_surrenderable(self) -> Result<(), Refusal> {
        self.require(matches!(self.custody, Custody::Building | Custody::Sealed))?;
        self.check_not_frozen()
    }

    /// Whether the lot can be appraised and insured: it is complete, and there.
    pub(crate) fn check_assessable(self) -> Result<(), Refusal> {
        self.require(matches!(self.custody, Custody::Sealed | Custody::Held))
    }

    /// Whether the title may move for its holder.
    pub(crate) fn check_movable(self) -> Result<(), Refusal> {
        self.check_not_frozen()?;
        if self.is_requested {
            return Err(Refusal::Requested);
        }
        Ok(())
    }

    /// Whether the title may be pledged, as far as the lot decides it.
    pub(crate) fn is_pledgeable(self) -> bool {
        self.custody == Custody::Held && self.check_movable().is_ok()
    }

    fn at(self, custody: Custody) -> Self {
        Self { custody, ..self }
    }

    fn require(self, right: bool) -> Result<(), Refusal> {
        if right {
            Ok(())
        } else {
            Err(Refusal::Custody(self.custody))
        }
    }

    fn check_not_frozen(self) -> Result<(), Refusal> {
        if self.is_frozen {
            return Err(Refusal::Frozen);
        }
        Ok(())
    }

    fn check_requested(self) -> Result<(), Refusal> {
        if self.is_requested {
            Ok(())
        } else {
            Err(Refusal::NotRequested)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CUSTODIES: [Custody; 4] = [Custody::Building, Custody::Sealed, Custody::Held, Custody::Lost];

    /// Every state of a lot of three units.
    fn states() -> impl Iterator<Item = Lot> {
        CUSTODIES.into_iter().flat_map(|custody| {
            [(false, false), (false, true), (true, false), (true, true)].map(|(is_frozen, is_requested)| Lot {
                custody,
                is_frozen,
                is_requested,
                units: 3,
            })
        })
    }

    /// Checks a transition in every state.
    fn check<T: PartialEq + std::fmt::Debug>(
        transition: impl Fn(Lot) -> Result<T, Refusal>,
        expected: impl Fn(Lot) -> Result<T, Refusal>,
    ) {
        for lot in states() {
            assert_eq!(transition(lot), expected(lot), "{lot:?}");
        }
    }

    /// Allowed in one custody, frozen or not, requested or not.
    fn in_custody(lot: Lot, from: Custody, to: Custody) -> Result<Lot, Refusal> {
        if lot.custody == from {
            Ok(Lot { custody: to, ..lot })
        } else {
            Err(Refusal::Custody(lot.custody))
        }
    }

    #[test]
    fn bailment_is_a_fact_whatever_else_holds() {
        check(Lot::received, |lot| in_custody(lot, Custody::Sealed, Custody::Held));
        check(Lot::lost, |lot| in_custody(lot, Custody::Held, Custody::Lost));
        check(Lot::released, |lot| in_custody(lot, Custody::Held, Custody::Sealed));
    }

    #[test]
    fn units_are_added_while_the_lot_is_built() {
        for seal in [false, true] {
            let to = if seal { Custody::Sealed } else { Custody::Building };
            let expected = |lot: Lot| in_custody(lot, Custody::Building, to).map(|lot| Lot { units: 5, ..lot });
            check(|lot| lot.grown(2, seal), expected);
        }
        let empty = Lot::default();
        assert_eq!(empty.grown(0, true), Err(Refusal::Empty));
        assert_eq!(empty.grown(0, false), Ok(empty));
        let one = Lot { units: 1, ..empty };
        let sealed = Lot {
            custody: Custody::Sealed,
            ..one
        };
        assert_eq!((one.grown(0, true), empty.grown(1, true)), (Ok(sealed), Ok(sealed)));
        let full = Lot {
            units: u32::MAX,
            ..empty
        };
        assert_eq!(full.grown(0, false), Ok(full));
        assert_eq!(full.grown(1, false), Err(Refusal::TooMany(1 << 32)));
        assert!(matches!(full.grown(usize::MAX, false), Err(Refusal::TooMany(_))));
    }

    #[test]
    fn goods_are_requested_once_of_who_holds_them() {
        check(Lot::requested, |lot| match lot {
            Lot { custody, .. } if custody != Custody::Held => Err(Refusal::Custody(custody)),
            Lot { is_frozen: true, .. } => Err(Refusal::Frozen),
            Lot { is_requested: true, .. } => Err(Refusal::Requested),
            lot => Ok(Lot {
                is_requested: true,
                ..lot
            }),
        });
    }

    #[test]
    fn a_request_can_be_cancelled_always() {
        check(Lot::request_cancelled, |lot| {
            if lot.is_requested {
                Ok(Lot {
                    is_requested: false,
                    ..lot
                })
            } else {
                Err(Refusal::NotRequested)
            }
        });
    }

    #[test]
    fn requested_goods_are_delivered_by_who_holds_them_unless_frozen() {
        check(Lot::check_deliverable, |lot| match lot {
            Lot { custody, .. } if custody != Custody::Held => Err(Refusal::Custody(custody)),
            Lot { is_frozen: true, .. } => Err(Refusal::Frozen),
            Lot {
                is_requested: false, ..
            } => Err(Refusal::NotRequested),
            _ => Ok(()),
        });
    }

    #[test]
    fn a_title_is_surrendered_while_nobody_holds_the_goods() {
        check(Lot::check_surrenderable, |lot| match lot.custody {
            Custody::Held | Custody::Lost => Err(Refusal::Custody(lot.custody)),
            _ if lot.is_frozen => Err(Refusal::Frozen),
            _ => Ok(()),
        });
    }

    #[test]
    fn complete_lots_that_are_not_lost_are_assessed() {
        check(Lot::check_assessable, |lot| match lot.custody {
            Custody::Building | Custody::Lost => Err(Refusal::Custody(lot.custody)),
            Custody::Sealed | Custody::Held => Ok(()),
        });
    }

    #[test]
    fn what_is_frozen_or_requested_does_not_move() {
        check(Lot::check_movable, |lot| match (lot.is_frozen, lot.is_requested) {
            (true, _) => Err(Refusal::Frozen),
            (_, true) => Err(Refusal::Requested),
            _ => Ok(()),
        });
        let pledgeable: Vec<Lot> = states().filter(|lot| lot.is_pledgeable()).collect();
        let held = Lot {
            custody: Custody::Held,
            units: 3,
            ..Lot::default()
        };
        assert_eq!(pledgeable, [held]);
    }

    #[test]
    fn refusals_are_told_in_the_words_of_the_interface() {
        let id = U256::from(7);
        let wrong = ICaliber::WrongCustody {
            tokenId: id,
            actual: ICaliber::Custody::Building,
        };
        assert_eq!(Refusal::Custody(Custody::Building).of(id), wrong.into());
        assert_eq!(Refusal::Empty.of(id), ICaliber::EmptyLot { tokenId: id }.into());
        assert_eq!(Refusal::Frozen.of(id), ICaliber::TokenFrozen { tokenId: id }.into());
        let requested = ICaliber::RedemptionRequested { tokenId: id };
        assert_eq!(Refusal::Requested.of(id), requested.into());
        let not_requested = ICaliber::NoRedemptionRequested { tokenId: id };
        assert_eq!(Refusal::NotRequested.of(id), not_requested.into());
        let too_many = ICaliber::ValueTooLarge {
            value: U256::from(1_u64 << 32),
            maximum: U256::from(u32::MAX),
        };
        assert_eq!(Refusal::TooMany(1 << 32).of(id), too_many.into());
    }

    proptest! {
        #[test]
        fn lots_survive_packing(custody in 0_usize..4, is_frozen in any::<bool>(), is_requested in any::<bool>(), units in any::<u32>()) {
            let lot = Lot { custody: CUSTODIES[custody], is_frozen, is_requested, units };
            prop_assert_eq!(Lot::unpack(lot.pack()), lot);
        }
    }

    #[test]
    fn the_layout_is_what_it_says() {
        let lot = Lot {
            custody: Custody::Lost,
            is_frozen: true,
            is_requested: true,
            units: 0x0102_0304,
        };
        assert_eq!(lot.pack(), 0x0102_0304_0000_0303);
        assert_eq!(Lot::default().pack(), 0);
        for custody in CUSTODIES {
            let stated = ICaliber::Custody::from(custody);
            assert_eq!(stated as u8, custody as u8);
        }
    }
}
