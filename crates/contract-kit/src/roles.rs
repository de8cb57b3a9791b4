//! Role ids: `keccak256("<NAME>_ROLE")`, computed at compile time.

use alloy_primitives::B256;
use stylus_sdk::keccak_const::Keccak256;

use crate::words::{from_limbs, limbs};

/// A role that the contract knows, by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Role(pub(crate) [u64; 4]);

impl Role {
    /// The id, as it stands in the ABI.
    #[must_use]
    pub const fn id(self) -> B256 {
        let [l0, l1, l2, l3] = self.0;
        from_limbs(l0, l1, l2, l3)
    }

    const fn named(name: &str) -> Self {
        Self(limbs(B256::new(Keccak256::new().update(name.as_bytes()).finalize())))
    }
}

/// The admin of every role, itself included.
pub const DEFAULT_ADMIN: Role = Role([0; 4]);
/// Deposits past the supply cap.
pub const DEPOSIT_ADMIN: Role = Role::named("DEPOSIT_ADMIN_ROLE");
/// Moves supply between chains.
pub const BRIDGE_ADMIN: Role = Role::named("BRIDGE_ADMIN_ROLE");
/// Stops and resumes what can be paused.
pub const PAUSE_ADMIN: Role = Role::named("PAUSE_ADMIN_ROLE");
/// Keeps the whitelist of the closed beta.
pub const WHITELIST_ADMIN: Role = Role::named("WHITELIST_ADMIN_ROLE");
/// Allocates the vault's assets, harvests, settles and services.
pub const STRATEGY_ADMIN: Role = Role::named("STRATEGY_ADMIN_ROLE");
/// Keeps the vault's blacklist.
pub const BLACKLIST_ADMIN: Role = Role::named("BLACKLIST_ADMIN_ROLE");
/// Harvests the yield of the reserves.
pub const YIELD: Role = Role::named("YIELD_ROLE");
/// Mints the titles of hardware.
pub const TOKENIZING_AGENT: Role = Role::named("TOKENIZING_AGENT_ROLE");
/// Says what hardware is worth.
pub const APPRAISER: Role = Role::named("APPRAISER_ROLE");
/// Says how hardware is insured.
pub const INSURER: Role = Role::named("INSURER_ROLE");
/// Freezes titles.
pub const COMPLIANCE: Role = Role::named("COMPLIANCE_ROLE");
/// Signs the terms of loans.
pub const UNDERWRITER: Role = Role::named("UNDERWRITER_ROLE");
/// Impairs loans, relists collateral.
pub const RISK_ADMIN: Role = Role::named("RISK_ADMIN_ROLE");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_the_live_ones() {
        assert_eq!(PAUSE_ADMIN.id(), alloy_primitives::keccak256("PAUSE_ADMIN_ROLE"));
        assert_eq!(DEPOSIT_ADMIN.id(), alloy_primitives::keccak256("DEPOSIT_ADMIN_ROLE"));
        assert_eq!(BRIDGE_ADMIN.id(), alloy_primitives::keccak256("BRIDGE_ADMIN_ROLE"));
        assert_eq!(
            WHITELIST_ADMIN.id(),
            alloy_primitives::keccak256("WHITELIST_ADMIN_ROLE")
        );
        assert_eq!(STRATEGY_ADMIN.id(), alloy_primitives::keccak256("STRATEGY_ADMIN_ROLE"));
        assert_eq!(
            BLACKLIST_ADMIN.id(),
            alloy_primitives::keccak256("BLACKLIST_ADMIN_ROLE")
        );
        assert_eq!(YIELD.id(), alloy_primitives::keccak256("YIELD_ROLE"));
        assert_eq!(
            TOKENIZING_AGENT.id(),
            alloy_primitives::keccak256("TOKENIZING_AGENT_ROLE")
        );
        assert_eq!(APPRAISER.id(), alloy_primitives::keccak256("APPRAISER_ROLE"));
        assert_eq!(INSURER.id(), alloy_primitives::keccak256("INSURER_ROLE"));
        assert_eq!(COMPLIANCE.id(), alloy_primitives::keccak256("COMPLIANCE_ROLE"));
        assert_eq!(UNDERWRITER.id(), alloy_primitives::keccak256("UNDERWRITER_ROLE"));
        assert_eq!(RISK_ADMIN.id(), alloy_primitives::keccak256("RISK_ADMIN_ROLE"));
        assert_eq!(DEFAULT_ADMIN.id(), B256::ZERO);
    }
}
