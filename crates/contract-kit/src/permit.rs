//! EIP-2612 permits over an EIP-712 domain.

use alloy_primitives::{address, uint, Address, FixedBytes, B256, U256};
use alloy_sol_types::sol;
use stylus_sdk::{call::RawCall, keccak_const::Keccak256};

use crate::{
    erc20::Erc20,
    host,
    revert::Revert,
    words::{limbs, Words},
};

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

const fn hash(text: &str) -> B256 {
    B256::new(Keccak256::new().update(text.as_bytes()).finalize())
}

/// Name and version of an EIP-712 domain.
#[allow(missing_docs)]
pub trait Domain {
    const NAME: &'static str;
    const VERSION: &'static str;
}

/// The separator of this contract's EIP-712 domain. The chain is asked for its id each time, so that a permit is not
/// valid on a fork.
#[must_use]
pub fn domain_separator<T: Domain>() -> B256 {
    let words = Words::with_capacity(5)
        .constant(const { limbs(DOMAIN_TYPE) })
        .constant(const { limbs(hash(T::NAME)) })
        .constant(const { limbs(hash(T::VERSION)) })
        .word(B256::from(U256::from(host::chain_id())))
        .word(host::this().into_word());
    host::keccak(words.as_slice())
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
        let message = Words::with_capacity(6)
            .constant(const { limbs(PERMIT_TYPE) })
            .word(owner.into_word())
            .word(spender.into_word())
            .word(B256::from(value))
            .word(B256::from(nonce))
            .word(B256::from(deadline));
        let digest = Words::with_capacity(3)
            .bytes(&[0x19, 0x01])
            .word(domain)
            .word(host::keccak(message.as_slice()));
        let signer = recover(host::keccak(digest.as_slice()), signature)?;
        if signer != owner {
            return Err(ERC2612InvalidSigner { signer, owner }.into());
        }
        // Nobody signs 2^256 permits.
        self.nonces.setter(owner).set(nonce.wrapping_add(U256::from(1)));
        self.approve(owner, spender, value)
    }
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
