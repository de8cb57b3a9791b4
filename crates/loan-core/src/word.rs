//! Numbers packed into 256-bit storage words.

use crate::{Accrued, Error};
use alloy_primitives::{I256, U256};

/// A word from fields of (value, bits), the first in the lowest bits; each is checked to fit.
pub(crate) fn pack<const N: usize>(fields: [(U256, usize); N]) -> Result<U256, Error> {
    let (mut word, mut offset) = (U256::ZERO, 0_usize);
    for (value, bits) in fields {
        if value.bit_len() > bits {
            return Err(Error::AmountTooLarge);
        }
        word |= value << offset;
        offset = offset.saturating_add(bits);
    }
    Ok(word)
}

/// The `bits` (1 to 256) of a word from bit `offset` on.
pub(crate) fn field(word: U256, offset: usize, bits: usize) -> U256 {
    (word >> offset) & (U256::MAX >> 256_usize.saturating_sub(bits))
}

/// A field of at most 128 bits.
pub(crate) fn field_u128(word: U256, offset: usize, bits: usize) -> u128 {
    u128::try_from(field(word, offset, bits)).unwrap_or(u128::MAX)
}

/// A field of at most 64 bits.
pub(crate) fn field_u64(word: U256, offset: usize, bits: usize) -> u64 {
    u64::try_from(field(word, offset, bits)).unwrap_or(u64::MAX)
}

/// A field of at most 16 bits.
pub(crate) fn field_u16(word: U256, offset: usize) -> u16 {
    u16::try_from(field(word, offset, 16)).unwrap_or(u16::MAX)
}

/// An accrual as a field of `bits` (below 256) in two's complement.
pub(crate) fn accrued_field(accrued: Accrued, bits: usize) -> Result<(U256, usize), Error> {
    let raw = accrued.raw().into_raw();
    let magnitude = if accrued.raw().is_negative() { !raw } else { raw };
    if magnitude.bit_len() >= bits {
        return Err(Error::AmountTooLarge);
    }
    Ok((field(raw, 0, bits), bits))
}

/// The accrual that [`accrued_field`] made.
pub(crate) fn accrued_from(word: U256, offset: usize, bits: usize) -> Accrued {
    let shift = 256_usize.saturating_sub(bits);
    // Up to the sign's place and back down with the sign.
    Accrued::from_raw(I256::from_raw(field(word, offset, bits) << shift).asr(shift))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_back_and_must_fit() {
        let word = pack([(U256::from(5), 3), (U256::from(6), 125), (U256::MAX >> 128_usize, 128)]).unwrap();
        assert_eq!(
            (
                field_u128(word, 0, 3),
                field_u128(word, 3, 125),
                field_u128(word, 128, 128)
            ),
            (5, 6, u128::MAX)
        );
        assert_eq!((field_u64(word, 128, 64), field_u16(word, 200)), (u64::MAX, u16::MAX));
        assert_eq!(field(word, 0, 256), word);
        assert_eq!(pack([(U256::from(8), 3)]), Err(Error::AmountTooLarge));
    }

    #[test]
    fn accruals_keep_their_sign() {
        for raw in [
            I256::ZERO,
            I256::ONE,
            I256::MINUS_ONE,
            I256::unchecked_from(-128),
            I256::unchecked_from(127),
        ] {
            let accrued = Accrued::from_raw(raw);
            let word = pack([(U256::from(3), 7), accrued_field(accrued, 8).unwrap()]).unwrap();
            assert_eq!(accrued_from(word, 7, 8), accrued);
        }
        for raw in [-129, 128] {
            let accrued = Accrued::from_raw(I256::unchecked_from(raw));
            assert_eq!(accrued_field(accrued, 8), Err(Error::AmountTooLarge));
        }
    }
}
