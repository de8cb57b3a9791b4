//! ERC-165 interface ids: the exclusive or of an interface's selectors.

use alloy_primitives::FixedBytes;

/// `supportsInterface(bytes4)`.
pub const ERC165: FixedBytes<4> = FixedBytes::new([0x01, 0xff, 0xc9, 0xa7]);
/// OpenZeppelin's `IAccessControl`.
pub const ACCESS_CONTROL: FixedBytes<4> = FixedBytes::new([0x79, 0x65, 0xdb, 0x0b]);
/// ERC-20 without its metadata.
pub const ERC20: FixedBytes<4> = FixedBytes::new([0x36, 0x37, 0x2b, 0x07]);
/// `name`, `symbol` and `decimals` of an ERC-20.
pub const ERC20_METADATA: FixedBytes<4> = FixedBytes::new([0xa2, 0x19, 0xa0, 0x25]);
/// EIP-2612.
pub const ERC20_PERMIT: FixedBytes<4> = FixedBytes::new([0x9d, 0x8f, 0xf7, 0xda]);
/// `eip712Domain()`.
pub const ERC5267: FixedBytes<4> = FixedBytes::new([0x84, 0xb0, 0x19, 0x6e]);

#[cfg(test)]
mod tests {
    extern crate std;

    use std::vec::Vec;

    use super::*;

    fn id(signatures: &[&str]) -> FixedBytes<4> {
        let selectors: Vec<_> = signatures
            .iter()
            .map(|s| FixedBytes::<4>::from_slice(&alloy_primitives::keccak256(s)[..4]))
            .collect();
        selectors
            .into_iter()
            .fold(FixedBytes::ZERO, |id, selector| id ^ selector)
    }

    #[test]
    fn ids_are_those_of_the_signatures() {
        assert_eq!(ERC165, id(&["supportsInterface(bytes4)"]));
        assert_eq!(
            ACCESS_CONTROL,
            id(&[
                "hasRole(bytes32,address)",
                "getRoleAdmin(bytes32)",
                "grantRole(bytes32,address)",
                "revokeRole(bytes32,address)",
                "renounceRole(bytes32,address)",
            ])
        );
        assert_eq!(
            ERC20,
            id(&[
                "totalSupply()",
                "balanceOf(address)",
                "transfer(address,uint256)",
                "allowance(address,address)",
                "approve(address,uint256)",
                "transferFrom(address,address,uint256)",
            ])
        );
        assert_eq!(ERC20_METADATA, id(&["name()", "symbol()", "decimals()"]));
        assert_eq!(
            ERC20_PERMIT,
            id(&[
                "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
                "nonces(address)",
                "DOMAIN_SEPARATOR()",
            ])
        );
        assert_eq!(ERC5267, id(&["eip712Domain()"]));
    }
}
