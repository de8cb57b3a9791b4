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
/// ERC-721 without its metadata.
pub const ERC721: FixedBytes<4> = FixedBytes::new([0x80, 0xac, 0x58, 0xcd]);
/// `name`, `symbol` and `tokenURI` of an ERC-721.
pub const ERC721_METADATA: FixedBytes<4> = FixedBytes::new([0x5b, 0x5e, 0x13, 0x9f]);
/// ERC-6909 without its metadata.
pub const ERC6909: FixedBytes<4> = FixedBytes::new([0x0f, 0x63, 0x2f, 0xb3]);
/// ERC-4626: vaults.
pub const ERC4626: FixedBytes<4> = FixedBytes::new([0x87, 0xdf, 0xe5, 0xa0]);
/// ERC-7540: operators.
pub const ERC7540_OPERATOR: FixedBytes<4> = FixedBytes::new([0xe3, 0xbc, 0x4e, 0x65]);
/// ERC-7540: redemptions by request.
pub const ERC7540_REDEEM: FixedBytes<4> = FixedBytes::new([0x62, 0x0e, 0xe8, 0xe4]);
/// ERC-7575: a vault that names its share token.
pub const ERC7575: FixedBytes<4> = FixedBytes::new([0x2f, 0x0a, 0x18, 0xc5]);
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
        assert_eq!(
            ERC721,
            id(&[
                "balanceOf(address)",
                "ownerOf(uint256)",
                "approve(address,uint256)",
                "getApproved(uint256)",
                "setApprovalForAll(address,bool)",
                "isApprovedForAll(address,address)",
                "transferFrom(address,address,uint256)",
                "safeTransferFrom(address,address,uint256)",
                "safeTransferFrom(address,address,uint256,bytes)",
            ])
        );
        assert_eq!(ERC721_METADATA, id(&["name()", "symbol()", "tokenURI(uint256)"]));
        assert_eq!(
            ERC6909,
            id(&[
                "balanceOf(address,uint256)",
                "allowance(address,address,uint256)",
                "isOperator(address,address)",
                "transfer(address,uint256,uint256)",
                "transferFrom(address,address,uint256,uint256)",
                "approve(address,uint256,uint256)",
                "setOperator(address,bool)",
            ])
        );
        assert_eq!(ERC5267, id(&["eip712Domain()"]));
        let vault = id(&[
            "asset()",
            "totalAssets()",
            "convertToShares(uint256)",
            "convertToAssets(uint256)",
            "maxDeposit(address)",
            "previewDeposit(uint256)",
            "deposit(uint256,address)",
            "maxMint(address)",
            "previewMint(uint256)",
            "mint(uint256,address)",
            "maxWithdraw(address)",
            "previewWithdraw(uint256)",
            "withdraw(uint256,address,address)",
            "maxRedeem(address)",
            "previewRedeem(uint256)",
            "redeem(uint256,address,address)",
        ]);
        assert_eq!(ERC4626, vault);
        assert_eq!(ERC7575, vault ^ id(&["share()"]));
        assert_eq!(
            ERC7540_OPERATOR,
            id(&["setOperator(address,bool)", "isOperator(address,address)"])
        );
        assert_eq!(
            ERC7540_REDEEM,
            id(&[
                "requestRedeem(uint256,address,address)",
                "pendingRedeemRequest(uint256,address)",
                "claimableRedeemRequest(uint256,address)",
            ])
        );
    }
}
