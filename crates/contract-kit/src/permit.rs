//! EIP-2612 permits over an EIP-712 domain.

use alloc::vec::Vec;

use alloy_primitives::{address, uint, Address, FixedBytes, B256, U256};
use alloy_sol_types::sol;
use stylus_sdk::{call::RawCall, keccak_const::Keccak256};

use crate::{erc20::Erc20, host, revert::Revert};

sol! {
    /// No account signed this.
    #[derive(Debug, PartialEq)]
    error ECDSAInvalidSignature();
    /// `s` is in the upper half of the order: the signature is the twin of another one.
    #[derive(Debug, PartialEq)]
    error ECDSAInvalidSignatureS(bytes32 s);
    /// The permit was valid until `deadline`.
    #[derive(Debug, PartialEq)]
    error ERC2612ExpiredSignature(uint256 deadline);
    /// `signer` signed, not `owner`.
    #[derive(Debug, PartialEq)]
    error ERC2612InvalidSigner(address signer, address owner);
}

const ECRECOVER: Address = address!("0000000000000000000000000000000000000001");

/// Half of the order of secp256k1, rounded down.
const MAXIMUM_S: U256 = uint!(0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0_U256);

const DOMAIN_TYPE: B256 = hash("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
const PERMIT_TYPE: B256 = hash("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

/// EIP-5267: the domain has a name, a version, a chain id and a verifying contract, and no salt.
pub const DOMAIN_FIELDS: FixedBytes<1> = FixedBytes::new([0x0f]);

/// Keccak-256 of a text, at compile time.
#[must_use]
pub const fn hash(text: &str) -> B256 {
    B256::new(Keccak256::new().update(text.as_bytes()).finalize())
}

/// The EIP-712 domain of this contract: name and version by their hashes, the chain and the contract's address as
/// they are now, so that a permit is not valid on a fork.
#[must_use]
pub fn domain_separator(name: B256, version: B256) -> B256 {
    hash_words(&[
        DOMAIN_TYPE,
        name,
        version,
        B256::from(U256::from(host::chain_id())),
        host::this().into_word(),
    ])
}

/// A permit as its owner signed it.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Permit {
    pub owner: Address,
    pub spender: Address,
    pub value: U256,
    pub deadline: U256,
}

/// An ECDSA signature.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Signature {
    pub v: u8,
    pub r: B256,
    pub s: B256,
}

impl Erc20 {
    /// The number of permits that `owner` has used, which the next one must name.
    #[must_use]
    pub fn nonce(&self, owner: Address) -> U256 {
        self.nonces.get(owner)
    }

    /// Sets the allowance that the owner signed and uses up its nonce.
    ///
    /// # Errors
    ///
    /// [`ERC2612ExpiredSignature`] after the deadline; [`ECDSAInvalidSignature`], [`ECDSAInvalidSignatureS`];
    /// [`ERC2612InvalidSigner`] if somebody else signed, or this was not signed; and as [`Erc20::approve`].
    pub fn permit(&mut self, domain: B256, permit: &Permit, signature: &Signature) -> Result<(), Revert> {
        let Permit {
            owner,
            spender,
            value,
            deadline,
        } = *permit;
        if U256::from(host::timestamp()) > deadline {
            return Err(ERC2612ExpiredSignature { deadline }.into());
        }
        let nonce = self.nonces.get(owner);
        let message = hash_words(&[
            PERMIT_TYPE,
            owner.into_word(),
            spender.into_word(),
            B256::from(value),
            B256::from(nonce),
            B256::from(deadline),
        ]);
        let signer = recover(typed_data_hash(domain, message), signature)?;
        if signer != owner {
            return Err(ERC2612InvalidSigner { signer, owner }.into());
        }
        // Nobody signs 2^256 permits.
        self.nonces.setter(owner).set(nonce.wrapping_add(U256::from(1)));
        self.approve(owner, spender, value)
    }
}

fn typed_data_hash(domain: B256, message: B256) -> B256 {
    let mut preimage = [0; 66];
    let (prefix, rest) = preimage.split_at_mut(2);
    let (first, second) = rest.split_at_mut(32);
    prefix.copy_from_slice(&[0x19, 0x01]);
    first.copy_from_slice(domain.as_slice());
    second.copy_from_slice(message.as_slice());
    host::keccak(&preimage)
}

/// The account that signed `digest`: never zero, and never by the malleable twin of another signature.
fn recover(digest: B256, signature: &Signature) -> Result<Address, Revert> {
    let Signature { v, r, s } = *signature;
    if U256::from_be_bytes(s.0) > MAXIMUM_S {
        return Err(ECDSAInvalidSignatureS { s }.into());
    }
    if v != 27 && v != 28 {
        return Err(ECDSAInvalidSignature {}.into());
    }
    let request = concatenate(&[digest, B256::from(U256::from(v)), r, s]);
    let answer = host::raw(RawCall::new_static(), ECRECOVER, &request).unwrap_or_default();
    // The precompile answers nothing when no account could have signed.
    match host::address(ECRECOVER, &answer) {
        Ok(signer) if !signer.is_zero() => Ok(signer),
        _ => Err(ECDSAInvalidSignature {}.into()),
    }
}

fn hash_words(words: &[B256]) -> B256 {
    host::keccak(&concatenate(words))
}

fn concatenate(words: &[B256]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(words.len().saturating_mul(32));
    for word in words {
        bytes.extend_from_slice(word.as_slice());
    }
    bytes
}
