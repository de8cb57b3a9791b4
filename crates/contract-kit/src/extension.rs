//! Extensions: the further programs of a contract that does not fit one, whose code it runs on its own storage.
//!
//! The constructor [`check`]s each by the hash of its code, for what runs on the contract's storage can do anything there;
//! afterwards the link never changes. The fallback [`delegate`]s to it what the contract does not know itself.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
use alloy_sol_types::sol;

use crate::{host, Revert};

sol! {
    /// The extension's code is not what was audited, or there is none.
    #[derive(Debug, PartialEq)]
    error ExtensionMismatch(address extension, bytes32 expected, bytes32 actual);
}

/// Refuses an extension whose code does not hash to `expected`; and, whatever is expected, one without code, since running
/// it would succeed and do nothing, and the contract itself, which would pass on for ever what it does not know.
///
/// # Errors
///
/// [`ExtensionMismatch`].
pub fn check(extension: Address, expected: B256) -> Result<(), Revert> {
    let actual = host::code_hash(extension);
    if actual == expected && host::has_code(extension) && extension != host::this() {
        return Ok(());
    }
    Err(ExtensionMismatch {
        extension,
        expected,
        actual,
    }
    .into())
}

/// Runs the extension's code for this call. Before the construction there is none, and nothing is known.
///
/// # Errors
///
/// What the code reverts with; nothing where there is no extension, which the entry point names.
pub fn delegate(extension: Address, calldata: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    if extension.is_zero() {
        return Err(Vec::new());
    }
    host::delegate(extension, calldata)
}

#[cfg(test)]
mod tests {
    #![allow(unsafe_code, clippy::unused_self)] // a contract's functions have it

    use alloc::vec;

    use motsu::prelude::*;
    use stylus_sdk::prelude::*;

    use super::{check, delegate, Address, ExtensionMismatch, Revert, Vec, B256};
    use crate::host;

    #[storage]
    struct Program;

    unsafe impl TopLevelStorage for Program {}

    #[public]
    impl Program {}

    impl Program {
        fn check(&self, extension: Address, expected: B256) -> Result<(), Revert> {
            check(extension, expected)
        }

        fn delegate(&self, extension: Address) -> Result<Vec<u8>, Vec<u8>> {
            delegate(extension, &[1, 2, 3, 4])
        }

        fn hash(&self, account: Address) -> B256 {
            host::code_hash(account)
        }
    }

    #[motsu::test]
    fn only_other_code_of_this_hash_is_an_extension(
        program: Contract<Program>,
        other: Contract<Program>,
        stranger: Address,
    ) {
        let call = program.sender(stranger);
        let mismatch = |extension, expected| {
            let actual = program.sender(stranger).hash(extension);
            Err(ExtensionMismatch {
                extension,
                expected,
                actual,
            }
            .into())
        };
        let right = call.hash(other.address());
        assert_eq!(call.check(other.address(), right), Ok(()));
        let wrong = B256::repeat_byte(7);
        assert_eq!(call.check(other.address(), wrong), mismatch(other.address(), wrong));
        // Whatever is asked for: no code, and the contract itself.
        for extension in [stranger, Address::ZERO, program.address()] {
            for expected in [B256::ZERO, right, call.hash(extension)] {
                assert_eq!(call.check(extension, expected), mismatch(extension, expected));
            }
        }
    }

    #[motsu::test]
    fn what_is_unset_knows_nothing(program: Contract<Program>, stranger: Address) {
        assert_eq!(program.sender(stranger).delegate(Address::ZERO), Err(vec![]));
    }
}
