//! Who has agreed to terms: signatures of underwriters, and their nonces.

use alloy_primitives::{Address, B256, U256};
use contract_kit::{
    access::AccessControlUnauthorizedAccount,
    eip712::{self, Domain},
    host, roles, Revert,
};

use crate::{abi::ILoanPool, records::Status, terms::LoanTerms, LoanPool};

/// The domain that terms are signed for.
pub struct PoolDomain;

impl Domain for PoolDomain {
    const NAME: &'static str = crate::NAME;
    const VERSION: &'static str = crate::VERSION;
}

impl LoanPool {
    /// Takes terms that the caller, their borrower, brings with the underwriter's signature. Uses up id and nonce.
    pub(crate) fn accept(&mut self, loan_id: B256, terms: &LoanTerms, signature: &[u8]) -> Result<(), Revert> {
        check_borrower(terms)?;
        if host::timestamp() >= terms.expiry {
            return Err(ILoanPool::TermsExpired {
                expiry: U256::from(terms.expiry),
            }
            .into());
        }
        if self.status(loan_id) != Status::None {
            return Err(ILoanPool::TermsAlreadyUsed { loanId: loan_id }.into());
        }
        let underwriter = terms.underwriter;
        let role = roles::UNDERWRITER.id();
        if !self.access.has_role(role, underwriter) {
            return Err(AccessControlUnauthorizedAccount {
                account: underwriter,
                neededRole: role,
            }
            .into());
        }
        self.use_nonce(underwriter, terms.nonce)?;
        check_signature(underwriter, loan_id, signature)
    }

    /// Uses up a nonce of the caller.
    ///
    /// # Errors
    ///
    /// `NonceAlreadyUsed`.
    pub fn cancel_nonce(&mut self, nonce: U256) -> Result<(), Revert> {
        let underwriter = host::sender();
        self.use_nonce(underwriter, nonce)?;
        host::log(&ILoanPool::NonceCancelled { underwriter, nonce });
        Ok(())
    }

    /// Whether terms with this nonce were taken or cancelled.
    #[must_use]
    pub fn is_nonce_used(&self, underwriter: Address, nonce: U256) -> bool {
        let (word, bit) = place(nonce);
        self.nonces.getter(underwriter).get(word).bit(bit)
    }

    fn use_nonce(&mut self, underwriter: Address, nonce: U256) -> Result<(), Revert> {
        let (word, bit) = place(nonce);
        let mut nonces = self.nonces.setter(underwriter);
        let mut entry = nonces.setter(word);
        let mut used = entry.get();
        if used.bit(bit) {
            return Err(ILoanPool::NonceAlreadyUsed { underwriter, nonce }.into());
        }
        used.set_bit(bit, true);
        entry.set(used);
        Ok(())
    }
}

/// The caller must be the borrower.
pub(crate) fn check_borrower(terms: &LoanTerms) -> Result<(), Revert> {
    let caller = host::sender();
    if caller == terms.borrower {
        Ok(())
    } else {
        Err(ILoanPool::NotBorrower {
            caller,
            borrower: terms.borrower,
        }
        .into())
    }
}

/// The underwriter must have signed, or approve of the signature if it is a contract.
fn check_signature(underwriter: Address, loan_id: B256, signature: &[u8]) -> Result<(), Revert> {
    let digest = eip712::digest(eip712::domain_separator::<PoolDomain>(), loan_id);
    if host::has_code(underwriter) {
        return if eip712::is_approved_by_contract(underwriter, digest, signature) {
            Ok(())
        } else {
            Err(ILoanPool::InvalidContractSignature { underwriter }.into())
        };
    }
    let signer = eip712::Signature::from_bytes(signature)?.recover(digest)?;
    if signer == underwriter {
        Ok(())
    } else {
        Err(ILoanPool::InvalidSigner { signer, underwriter }.into())
    }
}

/// 256 nonces share a word: an underwriter that counts pays little for each.
fn place(nonce: U256) -> (U256, usize) {
    let [low, ..] = nonce.into_limbs();
    (nonce >> 8_usize, usize::from(low.to_le_bytes()[0]))
}
