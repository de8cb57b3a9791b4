//! What a sealed bid binds: its hash and its bond.
//!
//! The hash covers the chain, the auction contract, the epoch and the request, so an opening is worth nothing on another
//! chain, in another auction, in another epoch or for another request, and a commitment copied by somebody else can only
//! be opened for the request it was made for. The salt hides the discount: there are fewer than 2,000 of them to try.

use crate::{Error, BASIS_POINTS};
use alloy_primitives::{keccak256, Address, B256, U256};
use credit_math::mul_div_up;

/// Bytes of a word of the ABI.
const WORD: usize = 32;

/// `keccak256(abi.encode(chainId, qevAuction, epoch, requestId, uint16 discountBps, bytes32 salt))`.
#[must_use]
pub fn commitment(
    chain_id: u64,
    qev_auction: Address,
    epoch: u64,
    request_id: U256,
    discount_bps: u16,
    salt: B256,
) -> B256 {
    let words = [
        B256::from(U256::from(chain_id)),
        qev_auction.into_word(),
        B256::from(U256::from(epoch)),
        B256::from(request_id),
        B256::from(U256::from(discount_bps)),
        salt,
    ];
    let mut preimage = [0_u8; 6 * WORD];
    for (target, word) in preimage.chunks_exact_mut(WORD).zip(words) {
        target.copy_from_slice(word.as_slice());
    }
    keccak256(preimage)
}

/// The shares that a bid of `shares` forfeits when it is not revealed: `bond_bps` of them, rounded up.
///
/// # Errors
/// [`Error::AmountTooLarge`] when `bond_bps` is above 10,000.
pub fn bond(shares: u128, bond_bps: u16) -> Result<u128, Error> {
    if bond_bps > BASIS_POINTS {
        return Err(Error::AmountTooLarge);
    }
    let [shares, part, whole] = [shares, bond_bps.into(), BASIS_POINTS.into()].map(U256::from);
    mul_div_up(shares, part, whole)
        .and_then(|bond| u128::try_from(bond).ok())
        .ok_or(Error::AmountTooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{address, b256};

    const AUCTION: Address = address!("00112233445566778899aabbccddeeff00112233");
    const SALT: B256 = b256!("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");

    #[test]
    fn the_hash_is_that_of_the_abi_encoding() {
        // The digest, by an implementation of Keccak that is not ours, of these six words:
        // 000000000000000000000000000000000000000000000000000000000000a4b1
        // 00000000000000000000000000112233445566778899aabbccddeeff00112233
        // 0000000000000000000000000000000000000000000000000000000000000007
        // 0000000000000000000000000000000000000000000000000000000000003039
        // 0000000000000000000000000000000000000000000000000000000000000096
        // 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
        let expected = b256!("fba02f1abf840ccc7c783f2c9b9f63e5f552bbf4e1859d21b4e585b6b0e1cc16");
        assert_eq!(commitment(42_161, AUCTION, 7, U256::from(12_345), 150, SALT), expected);
    }

    #[test]
    fn every_argument_changes_the_hash() {
        let reference = commitment(1, AUCTION, 2, U256::from(3), 4, SALT);
        for other in [
            commitment(2, AUCTION, 2, U256::from(3), 4, SALT),
            commitment(1, Address::ZERO, 2, U256::from(3), 4, SALT),
            commitment(1, AUCTION, 3, U256::from(3), 4, SALT),
            commitment(1, AUCTION, 2, U256::from(4), 4, SALT),
            commitment(1, AUCTION, 2, U256::from(3), 5, SALT),
            commitment(1, AUCTION, 2, U256::from(3), 4, B256::ZERO),
        ] {
            assert_ne!(other, reference);
        }
    }

    #[test]
    fn the_bond_rounds_up_and_never_exceeds_the_bid() {
        assert_eq!(bond(10_000, 50), Ok(50));
        assert_eq!(bond(10_001, 50), Ok(51));
        assert_eq!(bond(1, 1), Ok(1));
        assert_eq!(bond(0, 50), Ok(0));
        assert_eq!(bond(7, 0), Ok(0));
        assert_eq!(bond(7, 10_000), Ok(7));
        assert_eq!(bond(7, 10_001), Err(Error::AmountTooLarge));
        assert_eq!(bond(u128::MAX, 10_000), Ok(u128::MAX));
    }
}
