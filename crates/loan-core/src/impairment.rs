//! What a troubled loan is expected to lose.
//!
//! Provision = max(0, outstanding principal − haircut · straight-line value of the appraisal stored in the loan), with
//! a value of zero once the bailee has attested loss; the most junior tranche of the loan first. The haircut is the
//! share of the value that is counted (8,000 bps: four fifths of it). The value counted rounds down, so the provision
//! rounds up. It is the same whether a loan is impaired or in default, and never more than the outstanding principal,
//! so the conservative value of a tranche stays at or above its idle cash.
//!
//! | when | provided for |
//! |---|---|
//! | the loan is active | nothing |
//! | impaired, declared in default, liquidated | the formula at that time |
//! | in default, whoever asks | the formula again: while nothing is paid the line falls and a loss is final, so it grows |
//! | at auction | what it was at the liquidation, and all of the principal after a loss |
//! | after a payment or a cure | nothing; but the formula for what is left if the loss is attested or the insurance has lapsed |
//! | repaid, sold, written off | nothing |

use crate::{collateral::Appraisal, origination::portion, split::total, Error, PerTranche};

/// What lenders count on from the collateral: haircut · straight-line value at `now`, zero after an attested loss.
///
/// # Errors
/// [`Error::BasisPointsOutOfRange`] for a haircut or a residual above 10,000 bps.
pub fn counted_value(appraisal: &Appraisal, haircut_bps: u16, loss_attested: bool, now: u64) -> Result<u128, Error> {
    if loss_attested {
        return Ok(0);
    }
    portion(appraisal.straight_line(now)?, haircut_bps)
}

/// What is provided for a loan with `principal` outstanding and collateral that counts for `counted`: what is not
/// covered. [`junior_first`](crate::waterfall::junior_first) says what of it falls on which tranche.
///
/// # Errors
/// [`Error::AmountTooLarge`] when the principal leaves 128 bits.
pub fn expected_loss(principal: &PerTranche, counted: u128) -> Result<u128, Error> {
    Ok(total(principal)?.saturating_sub(counted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::waterfall::junior_first;

    const APPRAISAL: Appraisal = Appraisal {
        value: 1_000,
        appraised_at: 0,
        expires_at: 10,
        useful_life: 1_000,
        residual_bps: 0,
    };

    #[test]
    fn the_stored_line_counts_even_when_it_has_expired() {
        assert_eq!(counted_value(&APPRAISAL, 8_000, false, 0), Ok(800));
        assert_eq!(counted_value(&APPRAISAL, 8_000, false, 501), Ok(399));
        assert_eq!(counted_value(&APPRAISAL, 8_000, true, 0), Ok(0));
        let out_of_range = Err(Error::BasisPointsOutOfRange { bps: 10_001 });
        assert_eq!(counted_value(&APPRAISAL, 10_001, false, 0), out_of_range);
    }

    #[test]
    fn the_uncovered_principal_falls_on_the_junior_first() {
        let principal = [600, 100, 100, 0];
        let provided = |counted| {
            let loss = expected_loss(&principal, counted).unwrap();
            (loss, junior_first(loss, &principal))
        };
        assert_eq!(provided(800), (0, [0; 4]));
        assert_eq!(provided(10_000), (0, [0; 4]));
        assert_eq!(provided(799), (1, [0, 0, 1, 0]));
        assert_eq!(provided(650), (150, [0, 50, 100, 0]));
        assert_eq!(provided(0), (800, principal));
        assert_eq!(expected_loss(&[u128::MAX, 1, 0, 0], 0), Err(Error::AmountTooLarge));
    }
}
