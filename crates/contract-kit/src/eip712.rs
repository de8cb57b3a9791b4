//! Signed messages: EIP-712 domains and hashes, signatures of accounts (ECDSA) and of contracts (ERC-1271).

use alloc::vec::Vec;

use alloy_primitives::{address, uint, Address, Bytes, FixedBytes, B256, U256};
use alloy_sol_types::sol;
use stylus_sdk::{call::RawCall, keccak_const::Keccak256};

use crate::{
    host,
    revert::Revert,
    words::{limbs, Words},
};

sol! {
    /// No account signed this.
    #[derive(Debug, PartialEq)]
    error ECDSAInvalidSignature();
    /// A signature has 65 bytes.
    #[derive(Debug, PartialEq)]
    error ECDSAInvalidSignatureLength(uint256 length);
    /// `s` is in the upper half of the order: the signature is the twin of another one.
    #[derive(Debug, PartialEq)]
    error ECDSAInvalidSignatureS(bytes32 s);

    #[allow(missing_docs)]
    interface IERC1271 {
        function isValidSignature(bytes32 hash, bytes signature) external view returns (bytes4);
    }
}

const ECRECOVER: Address = address!("0000000000000000000000000000000000000001");

/// Half of the order of secp256k1, rounded down.
const MAXIMUM_S: U256 = uint!(0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0_U256);

/// What a contract answers that approves of a signature, as `bytes4`.
const ERC1271_APPROVAL: U256 = uint!(0x1626ba7e00000000000000000000000000000000000000000000000000000000_U256);

const DOMAIN_TYPE: TypeHash =
    TypeHash::of("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");

/// EIP-5267: the domain has a name, a version, a chain id and a verifying contract, and no salt.
pub const DOMAIN_FIELDS: FixedBytes<1> = FixedBytes::new([0x0f]);

const fn hash(text: &str) -> B256 {
    B256::new(Keccak256::new().update(text.as_bytes()).finalize())
}

/// The hash of a struct's type. To be used in constants.
#[derive(Clone, Copy, Debug)]
pub struct TypeHash([u64; 4]);

impl TypeHash {
    /// That of a type as EIP-712 writes it.
    #[must_use]
    pub const fn of(encoded_type: &str) -> Self {
        Self(limbs(hash(encoded_type)))
    }
}

/// Name and version of an EIP-712 domain.
#[allow(missing_docs)]
pub trait Domain {
    const NAME: &'static str;
    const VERSION: &'static str;
}

/// The separator of this contract's EIP-712 domain. The chain is asked for its id each time, so that no signature is
/// valid on a fork.
#[must_use]
pub fn domain_separator<T: Domain>() -> B256 {
    let words = Words::with_capacity(5)
        .constant(DOMAIN_TYPE.0)
        .constant(const { limbs(hash(T::NAME)) })
        .constant(const { limbs(hash(T::VERSION)) })
        .word(B256::from(U256::from(host::chain_id())))
        .word(host::this().into_word());
    host::keccak(words.as_slice())
}

/// The hash of a struct whose fields are single words.
#[allow(clippy::inline_always)] // so that the constant's limbs reach the code as numbers
#[inline(always)]
#[must_use]
pub fn hash_struct(struct_type: TypeHash, fields: &[B256]) -> B256 {
    let mut words = Words::with_capacity(fields.len().saturating_add(1)).constant(struct_type.0);
    for field in fields {
        words.push(*field);
    }
    host::keccak(words.as_slice())
}

/// What is signed for a struct of this hash in this domain.
#[must_use]
pub fn digest(domain: B256, struct_hash: B256) -> B256 {
    let words = Words::with_capacity(3)
        .bytes(&[0x19, 0x01])
        .word(domain)
        .word(struct_hash);
    host::keccak(words.as_slice())
}

/// An ECDSA signature.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Signature {
    pub v: u8,
    pub r: B256,
    pub s: B256,
}

impl Signature {
    /// Reads the 65 bytes r, s, v.
    ///
    /// # Errors
    ///
    /// [`ECDSAInvalidSignatureLength`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Revert> {
        let split = bytes
            .split_first_chunk::<32>()
            .and_then(|(r, rest)| rest.split_first_chunk::<32>().map(|(s, rest)| (r, s, rest)));
        match split {
            Some((r, s, [v])) => Ok(Self {
                v: *v,
                r: B256::new(*r),
                s: B256::new(*s),
            }),
            _ => Err(ECDSAInvalidSignatureLength {
                length: U256::from(bytes.len()),
            }
            .into()),
        }
    }

    /// The account that signed `digest`: never zero, and never by the malleable twin of another signature.
    ///
    /// # Errors
    ///
    /// [`ECDSAInvalidSignatureS`], [`ECDSAInvalidSignature`].
    pub fn recover(&self, digest: B256) -> Result<Address, Revert> {
        let Self { v, r, s } = *self;
        if U256::from_be_bytes(s.0) > MAXIMUM_S {
            return Err(ECDSAInvalidSignatureS { s }.into());
        }
        if v != 27 && v != 28 {
            return Err(ECDSAInvalidSignature {}.into());
        }
        let request = Words::with_capacity(4)
            .word(digest)
            .word(B256::with_last_byte(v))
            .word(r)
            .word(s);
        let answer = host::raw(RawCall::new_static(), ECRECOVER, request.as_slice()).unwrap_or_default();
        // The precompile answers nothing when no account could have signed.
        match host::address(ECRECOVER, &answer) {
            Ok(signer) if !signer.is_zero() => Ok(signer),
            _ => Err(ECDSAInvalidSignature {}.into()),
        }
    }
}

/// Whether the contract `signer` approves of `signature` for `digest` (ERC-1271). One that fails does not.
#[must_use]
pub fn is_approved_by_contract(signer: Address, digest: B256, signature: &[u8]) -> bool {
    let question = IERC1271::isValidSignatureCall {
        hash: digest,
        signature: Bytes::from(Vec::from(signature)),
    };
    host::view(signer, &question)
        .and_then(|answer| host::word(signer, &answer))
        .is_ok_and(|word| word == ERC1271_APPROVAL)
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use alloy_sol_types::{eip712_domain, sol, SolStruct};
    use stylus_sdk::prelude::*;

    use super::*;
    use crate::host;

    sol! {
        struct Order {
            address buyer;
            uint256 amount;
            uint64 until;
        }
    }

    struct Shop;

    impl Domain for Shop {
        const NAME: &'static str = "Shop";
        const VERSION: &'static str = "3";
    }

    #[storage]
    struct Nothing;

    #[allow(unsafe_code)]
    unsafe impl TopLevelStorage for Nothing {}

    #[public]
    impl Nothing {}

    #[allow(clippy::unused_self)] // a contract's address is known in its methods only
    impl Nothing {
        fn domain(&self) -> (B256, u64, Address) {
            (domain_separator::<Shop>(), host::chain_id(), host::this())
        }
    }

    #[motsu::test]
    fn hashes_are_those_of_eip_712(contract: motsu::prelude::Contract<Nothing>) {
        let order = Order {
            buyer: Address::repeat_byte(7),
            amount: U256::from(5),
            until: 9,
        };
        let (separator, chain_id, verifying_contract) = contract.sender(order.buyer).domain();
        let domain = eip712_domain! {
            name: "Shop",
            version: "3",
            chain_id: chain_id,
            verifying_contract: verifying_contract,
        };
        let fields = [
            order.buyer.into_word(),
            B256::from(order.amount),
            B256::from(U256::from(order.until)),
        ];
        let order_hash = hash_struct(
            const { TypeHash::of("Order(address buyer,uint256 amount,uint64 until)") },
            &fields,
        );
        assert_eq!(order_hash, order.eip712_hash_struct());
        assert_eq!(digest(separator, order_hash), order.eip712_signing_hash(&domain));
    }

    #[test]
    fn a_signature_has_65_bytes() {
        for length in [0, 1, 64, 66, 130] {
            let refused = Signature::from_bytes(&[1; 130][..length]).unwrap_err();
            let expected = ECDSAInvalidSignatureLength {
                length: U256::from(length),
            };
            assert_eq!(refused, expected.into());
        }
        let mut bytes = [1; 65];
        bytes[32..64].fill(2);
        bytes[64] = 28;
        let Signature { v, r, s } = Signature::from_bytes(&bytes).unwrap();
        assert_eq!((v, r, s), (28, B256::repeat_byte(1), B256::repeat_byte(2)));
    }
}
