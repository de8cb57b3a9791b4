//! Role ids: `keccak256("<NAME>_ROLE")`, computed at compile time.

use alloy_primitives::B256;
use stylus_sdk::keccak_const::Keccak256;

/// The admin of every role, itself included.
pub const DEFAULT_ADMIN: B256 = B256::ZERO;
/// Deposits past the supply cap.
pub const DEPOSIT_ADMIN: B256 = id("DEPOSIT_ADMIN_ROLE");
/// Moves supply between chains.
pub const BRIDGE_ADMIN: B256 = id("BRIDGE_ADMIN_ROLE");
/// Stops and resumes what can be paused.
pub const PAUSE_ADMIN: B256 = id("PAUSE_ADMIN_ROLE");
/// Keeps the whitelist of the closed beta.
pub const WHITELIST_ADMIN: B256 = id("WHITELIST_ADMIN_ROLE");
/// Harvests the yield of the reserves.
pub const YIELD: B256 = id("YIELD_ROLE");

const fn id(name: &str) -> B256 {
    B256::new(Keccak256::new().update(name.as_bytes()).finalize())
}

#[cfg(test)]
mod tests {
    use alloy_primitives::b256;

    use super::*;

    #[test]
    fn ids_are_the_live_ones() {
        assert_eq!(PAUSE_ADMIN, alloy_primitives::keccak256("PAUSE_ADMIN_ROLE"));
        assert_eq!(DEPOSIT_ADMIN, alloy_primitives::keccak256("DEPOSIT_ADMIN_ROLE"));
        assert_eq!(BRIDGE_ADMIN, alloy_primitives::keccak256("BRIDGE_ADMIN_ROLE"));
        assert_eq!(WHITELIST_ADMIN, alloy_primitives::keccak256("WHITELIST_ADMIN_ROLE"));
        assert_eq!(YIELD, alloy_primitives::keccak256("YIELD_ROLE"));
        assert_eq!(
            DEFAULT_ADMIN,
            b256!("0000000000000000000000000000000000000000000000000000000000000000")
        );
    }
}
