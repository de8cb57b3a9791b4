//! EIP-2612 permits, signed by the chain's funded accounts.

use alloy_primitives::{Address, B256, U256};
use alloy_signer::SignerSync;
use alloy_sol_types::{SolStruct, eip712_domain, sol};
use suite::bindings::IUSDai;

use crate::Deployed;

sol! {
    /// What the owner signs.
    #[allow(missing_docs)]
    #[derive(Debug)]
    struct Permit {
        address owner;
        address spender;
        uint256 value;
        uint256 nonce;
        uint256 deadline;
    }
}

/// The domain that permits are signed for, and what can be changed about it.
#[derive(Clone, Copy, Debug)]
pub struct Domain {
    /// The token's name.
    pub name: &'static str,
    /// Version of the domain.
    pub version: &'static str,
    /// The chain.
    pub chain_id: u64,
    /// The token.
    pub contract: Address,
}

impl Domain {
    /// That of the deployed USDai.
    pub fn of(w: &Deployed) -> Self {
        Self {
            name: "USDai",
            version: "1",
            chain_id: w.chain.config().chain_id,
            contract: w.suite.usdai,
        }
    }

    /// The signature of `account`.
    ///
    /// # Panics
    ///
    /// When it is none of the chain's funded accounts.
    pub fn sign(&self, w: &Deployed, account: Address, permit: &Permit) -> Signature {
        let domain = eip712_domain! {
            name: self.name,
            version: self.version,
            chain_id: self.chain_id,
            verifying_contract: self.contract,
        };
        let index = w
            .chain
            .accounts()
            .iter()
            .position(|known| *known == account)
            .expect("a funded account");
        let signature = w
            .chain
            .signer(index)
            .sign_hash_sync(&permit.eip712_signing_hash(&domain))
            .expect("signing is local");
        Signature {
            v: 27 + u8::from(signature.v()),
            r: signature.r(),
            s: signature.s(),
        }
    }
}

/// An ECDSA signature.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Signature {
    pub v: u8,
    pub r: U256,
    pub s: U256,
}

/// The call that brings a permit in.
pub fn permit_call(permit: &Permit, signature: Signature) -> IUSDai::permitCall {
    IUSDai::permitCall {
        owner: permit.owner,
        spender: permit.spender,
        value: permit.value,
        deadline: permit.deadline,
        v: signature.v,
        r: B256::from(signature.r),
        s: B256::from(signature.s),
    }
}
