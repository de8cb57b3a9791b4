//! What a share is worth. Pure: no storage, no clock, no calls.
//!
//! A conversion multiplies at full width and divides once, never through a rounded price. Every division rounds in
//! favour of those who stay: shares given and assets paid down, assets taken up.

use alloy_primitives::U256;
use credit_math::{mul_div_down, mul_div_up};

/// Shares that the first deposit locks for good, so that nobody can ever own all of them.
pub const LOCKED_SHARES: U256 = U256::from_limbs([1_000_000, 0, 0, 0]);
/// One share or one USDai. The first deposit must mint so much beside the locked shares.
pub const ONE: U256 = U256::from_limbs([1_000_000_000_000_000_000, 0, 0, 0]);
/// One in basis points.
const BASIS_POINTS: U256 = U256::from_limbs([10_000, 0, 0, 0]);

/// What the vault owns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Cash that is not reserved.
    pub idle: U256,
    /// The part of it that has not vested.
    pub unvested: U256,
    /// Base yield that a harvest would bring, net of the fee.
    pub base_yield: U256,
    /// The tranche shares.
    pub loans: U256,
}

impl Holdings {
    /// The net asset value: idle − unvested + base yield + loans, at least zero.
    ///
    /// Losses of the loans can make the sum negative until the gains vest. The shares are worth nothing then: nothing
    /// is sold or serviced at that price.
    #[must_use]
    pub fn net_asset_value(self) -> U256 {
        self.idle
            .saturating_add(self.base_yield)
            .saturating_add(self.loans)
            .saturating_sub(self.unvested)
    }
}

/// The fee on `base_yield`, rounded down: what a harvest takes and what the share price does not count.
#[must_use]
pub fn fee_on(base_yield: U256, fee_bps: u16) -> U256 {
    // A fee of at most all of it always exists.
    mul_div_down(base_yield, U256::from(fee_bps), BASIS_POINTS).unwrap_or(base_yield)
}

/// `assets` that belong to `shares`: a net asset value and all shares that divide it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharePrice {
    /// The net asset value.
    pub assets: U256,
    /// Shares held, bridged out and waiting for redemption.
    pub shares: U256,
}

impl SharePrice {
    /// Whether there are no shares yet: a share costs one USDai then, whatever the vault owns.
    #[must_use]
    pub fn is_first(self) -> bool {
        self.shares.is_zero()
    }

    /// Whether shares exist and nothing backs them.
    #[must_use]
    pub fn is_worthless(self) -> bool {
        !self.is_first() && self.assets.is_zero()
    }

    /// Shares that `assets` buy, rounded down; the first deposit's less the locked ones. `None` if nothing backs the
    /// shares or the result does not fit.
    #[must_use]
    pub fn shares_bought(self, assets: U256) -> Option<U256> {
        if self.is_first() {
            Some(assets.saturating_sub(LOCKED_SHARES))
        } else {
            mul_div_down(assets, self.shares, self.assets)
        }
    }

    /// Assets that `shares` cost, rounded up; the first deposit's with the locked ones. `None` if nothing backs the
    /// shares or the result does not fit.
    #[must_use]
    pub fn cost_of(self, shares: U256) -> Option<U256> {
        if self.is_first() {
            shares.checked_add(LOCKED_SHARES)
        } else if self.assets.is_zero() {
            None
        } else {
            mul_div_up(shares, self.assets, self.shares)
        }
    }

    /// Assets as shares, rounded down; no shares if nothing backs them. `None` if the result does not fit.
    #[must_use]
    pub fn to_shares(self, assets: U256) -> Option<U256> {
        if self.is_first() {
            Some(assets)
        } else if self.assets.is_zero() {
            Some(U256::ZERO)
        } else {
            mul_div_down(assets, self.shares, self.assets)
        }
    }

    /// Shares as assets, rounded down. `None` if the result does not fit.
    #[must_use]
    pub fn to_assets(self, shares: U256) -> Option<U256> {
        if self.is_first() {
            Some(shares)
        } else {
            mul_div_down(shares, self.assets, self.shares)
        }
    }

    /// The most that can be deposited, and the most shares that can be minted, so that at most `share_room` shares and
    /// `asset_room` assets are added.
    #[must_use]
    pub fn most(self, asset_room: U256, share_room: U256) -> (U256, U256) {
        if self.is_worthless() {
            return (U256::ZERO, U256::ZERO);
        }
        if self.is_first() {
            let room = asset_room.min(share_room);
            return (room, room.saturating_sub(LOCKED_SHARES));
        }
        // What does not fit is no bound.
        let assets = mul_div_down(share_room, self.assets, self.shares).unwrap_or(U256::MAX);
        let shares = mul_div_down(asset_room, self.shares, self.assets).unwrap_or(U256::MAX);
        (asset_room.min(assets), share_room.min(shares))
    }
}
