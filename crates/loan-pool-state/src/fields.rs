//! Words that several numbers share.

use alloy_primitives::{Address, B256, U256};
use contract_kit::Revert;

use crate::abi::ILoanPool;

/// A word in the making, from the lowest bit up.
#[derive(Clone, Copy, Default)]
pub(crate) struct Packer {
    word: U256,
    offset: usize,
    overflows: bool,
}

impl Packer {
    /// Adds a number of so many bits.
    #[must_use]
    pub(crate) fn with(self, value: u128, bits: usize) -> Self {
        self.word(U256::from(value), bits)
    }

    /// Adds an address.
    #[must_use]
    pub(crate) fn address(self, address: Address) -> Self {
        self.word(U256::from_be_bytes(address.into_word().0), 160)
    }

    /// Adds so many bits.
    #[must_use]
    #[inline(never)]
    pub(crate) fn word(self, value: U256, bits: usize) -> Self {
        Self {
            word: self.word | value << self.offset,
            offset: self.offset.saturating_add(bits),
            overflows: self.overflows || value.bit_len() > bits,
        }
    }

    /// The word.
    ///
    /// # Errors
    ///
    /// `CalculationFailed` if a number did not fit its bits.
    pub(crate) fn finish(self) -> Result<U256, Revert> {
        if self.overflows {
            Err(ILoanPool::CalculationFailed {}.into())
        } else {
            Ok(self.word)
        }
    }
}

/// The fields of a word, from the lowest bit up.
pub(crate) struct Fields(pub(crate) U256);

impl Fields {
    /// The next number of up to 128 bits.
    #[inline(never)]
    pub(crate) fn take(&mut self, bits: usize) -> u128 {
        let [low, high, ..] = self.0.into_limbs();
        let both = u128::from(low) | u128::from(high) << 64;
        self.0 >>= bits;
        let unused = u32::try_from(128_usize.saturating_sub(bits)).unwrap_or(0);
        both.checked_shl(unused).unwrap_or(0).checked_shr(unused).unwrap_or(0)
    }

    /// The next number of up to 64 bits.
    #[allow(clippy::cast_possible_truncation)] // no more bits than that
    pub(crate) fn time(&mut self, bits: usize) -> u64 {
        self.take(bits) as u64
    }

    /// The next number of up to 16 bits.
    #[allow(clippy::cast_possible_truncation)] // no more bits than that
    pub(crate) fn small(&mut self, bits: usize) -> u16 {
        self.take(bits) as u16
    }

    /// The next 160 bits.
    pub(crate) fn address(&mut self) -> Address {
        let address = Address::from_word(B256::from(self.0));
        self.0 >>= 160;
        address
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn fields_come_out_as_they_went_in(address in any::<[u8; 20]>(), a in any::<u64>(), b in 0_u128..1 << 24, c in 0_u128..2) {
            let address = Address::new(address);
            let word = Packer::default().with(a.into(), 64).address(address).with(b, 24).with(c, 1).finish().unwrap();
            let mut fields = Fields(word);
            prop_assert_eq!(fields.time(64), a);
            prop_assert_eq!(fields.address(), address);
            prop_assert_eq!(fields.take(24), b);
            prop_assert_eq!(u128::from(fields.small(1)), c);
            prop_assert_eq!(fields.0, U256::ZERO);
        }

        #[test]
        fn a_whole_half_fits(a in any::<u128>(), b in any::<u128>()) {
            let word = Packer::default().with(a, 128).with(b, 128).finish().unwrap();
            let mut fields = Fields(word);
            prop_assert_eq!((fields.take(128), fields.take(128)), (a, b));
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let failed = Revert::from(ILoanPool::CalculationFailed {});
        assert_eq!(Packer::default().with(8, 3).finish(), Err(failed.clone()));
        assert_eq!(Packer::default().with(8, 3).with(1, 1).finish(), Err(failed));
        assert_eq!(Packer::default().with(7, 3).with(1, 1).finish(), Ok(U256::from(15)));
    }
}
