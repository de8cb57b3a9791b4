//! Roles, as OpenZeppelin's `AccessControl`. The members of [`roles::DEFAULT_ADMIN`](crate::roles::DEFAULT_ADMIN) grant
//! and revoke every role; no role has another admin.

use alloc::{vec, vec::Vec};

use alloy_primitives::{Address, B256};
use alloy_sol_types::sol;
use stylus_sdk::{
    prelude::*,
    storage::{StorageBool, StorageMap},
};

use crate::{host, revert::Revert, roles, words::from_limbs};

sol! {
    /// A role can be renounced only for oneself.
    #[derive(Debug, PartialEq)]
    error AccessControlBadConfirmation();
    /// `account` does not have `neededRole`.
    #[derive(Debug, PartialEq)]
    error AccessControlUnauthorizedAccount(address account, bytes32 neededRole);

    /// `account` was given `role` by `sender`.
    #[derive(Debug, PartialEq)]
    event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender);
    /// `account` lost `role`, taken or given up by `sender`.
    #[derive(Debug, PartialEq)]
    event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender);
}

/// The members of all roles of a contract.
#[storage]
pub struct AccessControl {
    members: StorageMap<B256, StorageMap<Address, StorageBool>>,
}

impl AccessControl {
    /// Whether `account` has `role`.
    #[must_use]
    pub fn has_role(&self, role: B256, account: Address) -> bool {
        self.members.getter(role).get(account)
    }

    /// The role whose members grant and revoke `role`.
    #[must_use]
    pub fn role_admin(&self, _role: B256) -> B256 {
        roles::DEFAULT_ADMIN.id()
    }

    /// The caller, who must have `role`.
    ///
    /// # Errors
    ///
    /// [`AccessControlUnauthorizedAccount`].
    #[allow(clippy::inline_always)] // so that the constant's limbs reach the code as numbers
    #[inline(always)]
    pub fn only(&self, role: roles::Role) -> Result<Address, Revert> {
        let [l0, l1, l2, l3] = role.0;
        self.only_of_limbs(l0, l1, l2, l3)
    }

    #[inline(never)]
    fn only_of_limbs(&self, l0: u64, l1: u64, l2: u64, l3: u64) -> Result<Address, Revert> {
        self.check(from_limbs(l0, l1, l2, l3))
    }

    fn check(&self, role: B256) -> Result<Address, Revert> {
        let account = host::sender();
        if self.has_role(role, account) {
            Ok(account)
        } else {
            Err(AccessControlUnauthorizedAccount {
                account,
                neededRole: role,
            }
            .into())
        }
    }

    /// Gives `role` to `account`; the caller must be a default admin.
    ///
    /// # Errors
    ///
    /// [`AccessControlUnauthorizedAccount`].
    pub fn grant(&mut self, role: B256, account: Address) -> Result<(), Revert> {
        self.check(self.role_admin(role))?;
        self.give(role, account);
        Ok(())
    }

    /// Takes `role` from `account`; the caller must be a default admin.
    ///
    /// # Errors
    ///
    /// [`AccessControlUnauthorizedAccount`].
    pub fn revoke(&mut self, role: B256, account: Address) -> Result<(), Revert> {
        self.check(self.role_admin(role))?;
        self.take(role, account);
        Ok(())
    }

    /// The caller, confirmed by `confirmation`, gives `role` up.
    ///
    /// # Errors
    ///
    /// [`AccessControlBadConfirmation`].
    pub fn renounce(&mut self, role: B256, confirmation: Address) -> Result<(), Revert> {
        if host::sender() != confirmation {
            return Err(AccessControlBadConfirmation {}.into());
        }
        self.take(role, confirmation);
        Ok(())
    }

    /// Gives or takes `role` without asking who calls; logged if it changes anything.
    pub fn set(&mut self, role: B256, account: Address, member: bool) {
        if member {
            self.give(role, account);
        } else {
            self.take(role, account);
        }
    }

    /// Gives `role` without asking who calls; logged if it changes anything.
    pub fn give(&mut self, role: B256, account: Address) {
        if self.replace(role, account, true) {
            let sender = host::sender();
            host::log(&RoleGranted { role, account, sender });
        }
    }

    fn take(&mut self, role: B256, account: Address) {
        if self.replace(role, account, false) {
            let sender = host::sender();
            host::log(&RoleRevoked { role, account, sender });
        }
    }

    /// Whether this changed anything.
    fn replace(&mut self, role: B256, account: Address, member: bool) -> bool {
        let mut members = self.members.setter(role);
        let mut current = members.setter(account);
        let changes = current.get() != member;
        if changes {
            current.set(member);
        }
        changes
    }
}
