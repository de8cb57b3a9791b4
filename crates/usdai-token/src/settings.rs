//! What every deposit and withdrawal must know, packed into two slots.

use alloy_primitives::{Address, U256};
use credit_math::Scale;

/// The first slot: the base token and the two switches.
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
}

impl Settings {
    /// From the top: nine bytes of zeros, `whitelist_required`, `paused`, `decimals`, and 20 bytes of `base_token`.
    pub(crate) fn pack(self) -> U256 {
        let mut word = self.base_token.into_word();
        let [.., whitelist_required, paused, decimals, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] =
            &mut word.0;
        *whitelist_required = u8::from(self.whitelist_required);
        *paused = u8::from(self.paused);
        *decimals = self.decimals;
        U256::from_be_bytes(word.0)
    }

    /// The inverse of [`Self::pack`].
    pub(crate) fn unpack(word: U256) -> Self {
        let [_, _, _, _, _, _, _, _, _, whitelist_required, paused, decimals, base_token @ ..] =
            word.to_be_bytes::<32>();
        Self {
            base_token: Address::new(base_token),
            decimals,
            paused: paused != 0,
            whitelist_required: whitelist_required != 0,
        }
    }

    /// Between the base token's decimals and USDai's. The constructor has refused more than 18 decimals.
    pub(crate) fn scale(self) -> Scale {
        Scale::from_decimals(self.decimals).unwrap_or_default()
    }
}

/// The second slot: the supply on other chains and the bound of all supply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Supply {
    /// Bound of `totalSupply + bridged` for deposits.
    pub(crate) cap: u128,
    /// USDai that has left over the bridge.
    pub(crate) bridged: u128,
}

impl Supply {
    /// The cap above the bridged supply.
    pub(crate) fn pack(self) -> U256 {
        (U256::from(self.cap) << 128) | U256::from(self.bridged)
    }

    /// The inverse of [`Self::pack`].
    pub(crate) fn unpack(word: U256) -> Self {
        Self {
            cap: low_half(word >> 128),
            bridged: low_half(word),
        }
    }
}

fn low_half(word: U256) -> u128 {
    let [low, high, ..] = word.into_limbs();
    (u128::from(high) << 64) | u128::from(low)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn settings_survive_packing(address in any::<[u8; 20]>(), decimals in any::<u8>(), paused in any::<bool>(), whitelist_required in any::<bool>()) {
            let settings = Settings { base_token: Address::new(address), decimals, paused, whitelist_required };
            prop_assert_eq!(Settings::unpack(settings.pack()), settings);
        }

        #[test]
        fn supply_survives_packing(cap in any::<u128>(), bridged in any::<u128>()) {
            let supply = Supply { cap, bridged };
            prop_assert_eq!(Supply::unpack(supply.pack()), supply);
        }
    }

    #[test]
    fn the_layout_is_what_it_says() {
        let settings = Settings {
            base_token: Address::repeat_byte(0xab),
            decimals: 6,
            paused: true,
            whitelist_required: false,
        };
        let word = settings.pack().to_be_bytes::<32>();
        assert_eq!(word[..12], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 6]);
        assert_eq!(word[12..], [0xab; 20]);
        assert_eq!(
            Supply { cap: 1, bridged: 2 }.pack(),
            (U256::from(1) << 128) + U256::from(2)
        );
    }
}
