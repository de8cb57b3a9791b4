//! EIP-2612 permits over an EIP-712 domain.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::sol;

pub use crate::eip712::{
    domain_separator, Domain, ECDSAInvalidSignature, ECDSAInvalidSignatureS, Signature, DOMAIN_FIELDS,
};
use crate::{
    eip712::{digest, hash_struct, TypeHash},
    erc20::Erc20,
    host,
    revert::Revert,
};

sol! {
    /// The permit was valid until `deadline`.
    #[derive(Debug, PartialEq)]
    error ERC2612ExpiredSignature(uint256 deadline);
    /// `signer` signed, not `owner`.
    #[derive(Debug, PartialEq)]
    error ERC2612InvalidSigner(address signer, address owner);
}

const PERMIT_TYPE: TypeHash =
    TypeHash::of("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

/// A permit as its owner signed it.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Permit {
    pub owner: Address,
    pub spender: Address,
    pub value: U256,
    pub deadline: U256,
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
        let message = hash_struct(
            PERMIT_TYPE,
            &[
                owner.into_word(),
                spender.into_word(),
                B256::from(value),
                B256::from(nonce),
                B256::from(deadline),
            ],
        );
        let signer = signature.recover(digest(domain, message))?;
        if signer != owner {
            return Err(ERC2612InvalidSigner { signer, owner }.into());
        }
        // Nobody signs 2^256 permits.
        self.nonces.setter(owner).set(nonce.wrapping_add(U256::from(1)));
        self.approve(owner, spender, value)
    }
}
