//! The shares at auction in an epoch, by what has become of their bids.
//!
//! **State.** Sealed shares and the sum of their bonds; revealed shares. **Transitions.** A commitment seals, its
//! withdrawal undoes that; a reveal moves shares from sealed to revealed and frees the bond. **Settlement.** What is
//! still sealed forfeits its bonds, all else that was not filled goes home: awaiting = sealed − bonds + revealed −
//! filled. Each share is in exactly one of the terms, so with the queue's pending shares they make the shares that the
//! vault has pending, before the settlement (sealed + revealed) and after it (awaiting). The sums need no loop over bids
//! because each bid's bond and fill are fixed by numbers kept with it: bonds at the commitment, fills by the margin,
//! where they sum to what was filled exactly. So the last one to come back leaves zero awaiting.
//!
//! **Cost**: the caller keeps two words; sealing changes the first only, a reveal both.

use crate::{
    word::{field, Packed},
    Error, MAX_SHARES,
};
use alloy_primitives::U256;

/// The bids of an epoch in sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Shares of bids that are not revealed.
    pub sealed: u128,
    /// The bonds of these: what they forfeit if they stay so.
    pub bonds: u128,
    /// Shares of revealed bids.
    pub revealed: u128,
}

/// What a settlement does to the shares at auction besides filling some.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Remainder {
    /// Bonds of the unrevealed: burned without payment.
    pub forfeited: u128,
    /// Shares that may come back to the queue.
    pub awaiting_restore: u128,
}

impl Ledger {
    /// Whether nothing is at auction: such an epoch needs no settlement.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.sealed == 0 && self.revealed == 0
    }

    /// This with a bid of `shares` sealed under a bond of `bond` shares.
    ///
    /// # Errors
    /// [`Error::ZeroShares`]; [`Error::AmountTooLarge`] when a sum leaves [`MAX_SHARES`]; [`Error::Inconsistent`] for a
    /// bond above its shares.
    pub fn with_sealed(self, shares: u128, bond: u128) -> Result<Self, Error> {
        if shares == 0 {
            return Err(Error::ZeroShares);
        }
        if bond > shares {
            return Err(Error::Inconsistent);
        }
        // Bonds are at most the shares, so their sum fits where that of the shares does.
        Ok(Self {
            sealed: sum(self.sealed, shares)?,
            bonds: sum(self.bonds, bond)?,
            ..self
        })
    }

    /// This without a sealed bid, which was withdrawn.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] when less than that is sealed.
    pub fn without_sealed(self, shares: u128, bond: u128) -> Result<Self, Error> {
        Ok(Self {
            sealed: difference(self.sealed, shares)?,
            bonds: difference(self.bonds, bond)?,
            ..self
        })
    }

    /// This with a sealed bid revealed.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] when less than that is sealed; [`Error::AmountTooLarge`] as in [`Ledger::with_sealed`].
    pub fn with_revealed(self, shares: u128, bond: u128) -> Result<Self, Error> {
        let rest = self.without_sealed(shares, bond)?;
        Ok(Self {
            revealed: sum(rest.revealed, shares)?,
            ..rest
        })
    }

    /// What becomes of the shares that are not among the `filled` ones.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] when more were filled than revealed.
    pub fn settle(self, filled: u128) -> Result<Remainder, Error> {
        let unrevealed = difference(self.sealed, self.bonds)?;
        let unfilled = difference(self.revealed, filled)?;
        let awaiting_restore = unrevealed.checked_add(unfilled).ok_or(Error::AmountTooLarge)?;
        Ok(Remainder {
            forfeited: self.bonds,
            awaiting_restore,
        })
    }

    /// The two words to keep: sealed (bits 0 to 111) and bonds (112 to 223); revealed (0 to 111); the rest free.
    #[must_use]
    pub fn to_words(self) -> [U256; 2] {
        [
            Packed::default().with(0, self.sealed).with(112, self.bonds).word(),
            Packed::default().with(0, self.revealed).word(),
        ]
    }

    /// What [`Ledger::to_words`] packed; the free bits are ignored.
    #[must_use]
    pub fn from_words([sealed, revealed]: [U256; 2]) -> Self {
        Self {
            sealed: field(sealed, 0, 112),
            bonds: field(sealed, 112, 112),
            revealed: field(revealed, 0, 112),
        }
    }
}

fn sum(shares: u128, more: u128) -> Result<u128, Error> {
    shares
        .checked_add(more)
        .filter(|sum| *sum <= MAX_SHARES)
        .ok_or(Error::AmountTooLarge)
}

fn difference(shares: u128, less: u128) -> Result<u128, Error> {
    shares.checked_sub(less).ok_or(Error::Inconsistent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_settlement_sends_home_all_but_the_filled_and_the_forfeited() {
        let sealed = Ledger::default()
            .with_sealed(1_000, 5)
            .unwrap()
            .with_sealed(300, 2)
            .unwrap();
        assert!(!sealed.is_empty());
        assert_eq!(
            sealed.settle(0),
            Ok(Remainder {
                forfeited: 7,
                awaiting_restore: 1_293
            })
        );
        let one_revealed = sealed.with_revealed(300, 2).unwrap();
        assert_eq!(
            one_revealed,
            Ledger {
                sealed: 1_000,
                bonds: 5,
                revealed: 300
            }
        );
        assert_eq!(
            one_revealed.settle(120),
            Ok(Remainder {
                forfeited: 5,
                awaiting_restore: 995 + 180
            })
        );
        assert_eq!(one_revealed.settle(301), Err(Error::Inconsistent));
        let withdrawn = one_revealed.without_sealed(1_000, 5).unwrap();
        assert_eq!(withdrawn.settle(300), Ok(Remainder::default()));
        assert!(Ledger::default().is_empty() && !withdrawn.is_empty());
    }

    #[test]
    fn what_was_not_sealed_cannot_be_taken_out() {
        let ledger = Ledger::default().with_sealed(10, 1).unwrap();
        assert_eq!(ledger.without_sealed(11, 1), Err(Error::Inconsistent));
        assert_eq!(ledger.without_sealed(10, 2), Err(Error::Inconsistent));
        assert_eq!(ledger.with_revealed(11, 1), Err(Error::Inconsistent));
        assert_eq!(ledger.with_sealed(0, 0), Err(Error::ZeroShares));
        assert_eq!(ledger.with_sealed(1, 2), Err(Error::Inconsistent));
        assert_eq!(ledger.with_sealed(MAX_SHARES - 9, 0), Err(Error::AmountTooLarge));
        assert_eq!(ledger.with_sealed(u128::MAX, 0), Err(Error::AmountTooLarge));
    }

    #[test]
    fn the_words_keep_every_field() {
        let ledger = Ledger {
            sealed: MAX_SHARES,
            bonds: MAX_SHARES - 1,
            revealed: MAX_SHARES - 2,
        };
        let [sealed, revealed] = ledger.to_words();
        let free = U256::MAX << 224;
        assert_eq!(Ledger::from_words([sealed | free, revealed | free]), ledger);
    }
}
