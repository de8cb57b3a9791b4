//! What every deposit and withdrawal must know, in one slot.

use alloy_primitives::{Address, B256, U256};
use credit_math::Scale;

/// The base token and the switches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The token of the reserves.
    pub(crate) base_token: Address,
    /// Decimals of the base token, at most 18.
    pub(crate) decimals: u8,
    /// Whether deposits and withdrawals rest.
    pub(crate) paused: bool,
    /// Whether only whitelisted callers may deposit.
    pub(crate) whitelist_required: bool,
    /// Whether there is USDai on other chains: only then is it read how much.
    pub(crate) bridged_out: bool,
}

impl Settings {
    /// From the lowest bit: 160 of `base_token`, 8 of `decimals`, `paused`, `whitelist_required`, `bridged_out`.
    pub(crate) fn pack(self) -> U256 {
        let above_address = u64::from(self.decimals)
            | u64::from(self.paused) << 8
            | u64::from(self.whitelist_required) << 9
            | u64::from(self.bridged_out) << 10;
        U256::from_be_bytes(self.base_token.into_word().0) | U256::from(above_address) << 160
    }

    /// The inverse of [`Self::pack`].
    pub(crate) fn unpack(word: U256) -> Self {
        let [_, _, upper, _] = word.into_limbs();
        let [_, _, _, _, decimals, flags, _, _] = upper.to_le_bytes();
        Self {
            base_token: Address::from_word(B256::from(word)),
            decimals,
            paused: flags & 1 != 0,
            whitelist_required: flags & 2 != 0,
            bridged_out: flags & 4 != 0,
        }
    }

    /// Between the base token's decimals and USDai's. The constructor has refused more than 18 decimals.
    pub(crate) fn scale(self) -> Scale {
        Scale::from_decimals(self.decimals).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn settings_survive_packing(address in any::<[u8; 20]>(), decimals in any::<u8>(), paused in any::<bool>(), whitelist_required in any::<bool>(), bridged_out in any::<bool>()) {
            let settings = Settings { base_token: Address::new(address), decimals, paused, whitelist_required, bridged_out };
            prop_assert_eq!(Settings::unpack(settings.pack()), settings);
        }
    }

    #[test]
    fn the_layout_is_what_it_says() {
        let settings = Settings {
            base_token: Address::repeat_byte(0xab),
            decimals: 6,
            paused: true,
            whitelist_required: false,
            bridged_out: true,
        };
        let word = settings.pack().to_be_bytes::<32>();
        assert_eq!(word[..12], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 6]);
        assert_eq!(word[12..], [0xab; 20]);
    }
}
