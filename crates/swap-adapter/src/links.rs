//! The contracts that the adapter works with, fixed at its construction: three addresses packed into two slots.

use alloy_primitives::{Address, U256};

/// The fixed links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Links {
    /// The only caller that may swap.
    pub(crate) usdai: Address,
    /// Uniswap's SwapRouter02.
    pub(crate) router: Address,
    /// The token of USDai's reserves.
    pub(crate) base_token: Address,
}

impl Links {
    /// Two words: each begins with a piece of the base token's address, the first with 12 bytes, the second with four
    /// zeros and the other 8, and ends with the address of USDai or of the router.
    pub(crate) fn pack(self) -> (U256, U256) {
        let (mut first, mut second) = (self.usdai.into_word(), self.router.into_word());
        let [to_first @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = &mut first.0;
        let [_, _, _, _, to_second @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = &mut second.0;
        let (head, tail) = self.base_token.split_at(12);
        to_first.copy_from_slice(head);
        to_second.copy_from_slice(tail);
        (U256::from_be_bytes(first.0), U256::from_be_bytes(second.0))
    }

    /// The inverse of [`Self::pack`].
    pub(crate) fn unpack(first: U256, second: U256) -> Self {
        let mut base_token = Address::ZERO;
        let [h0, h1, h2, h3, h4, h5, h6, h7, h8, h9, h10, h11, usdai @ ..] = first.to_be_bytes::<32>();
        let [_, _, _, _, t0, t1, t2, t3, t4, t5, t6, t7, router @ ..] = second.to_be_bytes::<32>();
        base_token.0 .0 = [
            h0, h1, h2, h3, h4, h5, h6, h7, h8, h9, h10, h11, t0, t1, t2, t3, t4, t5, t6, t7,
        ];
        Self {
            usdai: Address::new(usdai),
            router: Address::new(router),
            base_token,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn links_survive_packing(usdai in any::<[u8; 20]>(), router in any::<[u8; 20]>(), base in any::<[u8; 20]>()) {
            let links = Links {
                usdai: Address::new(usdai),
                router: Address::new(router),
                base_token: Address::new(base),
            };
            let (first, second) = links.pack();
            prop_assert_eq!(Links::unpack(first, second), links);
        }
    }
}
