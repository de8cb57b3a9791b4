//! The fixed links and the tokens that may be swapped.

use alloy_primitives::{aliases::U24, Address};
use contract_kit::{host, roles, Revert};

use crate::{abi::ISwapAdapter, links::Links, SwapAdapter};

/// Uniswap V3 fee tiers are below 100 %.
const FEE_TIER_BOUND: u32 = 1_000_000;

impl SwapAdapter {
    pub(crate) fn initialize(&mut self, admin: Address, links: Links) -> Result<(), Revert> {
        let Links {
            usdai,
            router,
            base_token,
        } = links;
        if admin.is_zero() || usdai.is_zero() || !host::has_code(router) || !host::has_code(base_token) {
            return Err(ISwapAdapter::InvalidAddress {}.into());
        }
        let (first, second) = links.pack();
        self.first_links.set(first);
        self.second_links.set(second);
        self.access.set(roles::DEFAULT_ADMIN.id(), admin, true);
        Ok(())
    }

    pub(crate) fn change_token(&mut self, token: Address, whitelisted: bool, fee_tier: U24) -> Result<(), Revert> {
        self.access.only(roles::DEFAULT_ADMIN)?;
        let links = self.links();
        if token.is_zero() || token == links.base_token || token == links.usdai {
            return Err(ISwapAdapter::InvalidAddress {}.into());
        }
        if whitelisted && (fee_tier.is_zero() || fee_tier >= U24::from(FEE_TIER_BOUND)) {
            return Err(ISwapAdapter::InvalidFeeTier { feeTier: fee_tier }.into());
        }
        let fee_tier = if whitelisted { fee_tier } else { U24::ZERO };
        self.fee_tiers.setter(token).set(fee_tier);
        host::log(&ISwapAdapter::TokenSet {
            token,
            whitelisted,
            feeTier: fee_tier,
        });
        Ok(())
    }

    pub(crate) fn links(&self) -> Links {
        Links::unpack(self.first_links.get(), self.second_links.get())
    }
}
