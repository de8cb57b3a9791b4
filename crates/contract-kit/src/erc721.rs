//! The ledger of an ERC-721 token, with OpenZeppelin's errors and events.
//!
//! Invariant: an account's balance is the number of titles that name it as owner, so that no balance can overflow.
//!
//! Owner and what else must be known of a token whenever it moves stand in one word, the [`Title`]: whether an account
//! is approved, so that a transfer reads no approval where there is none, and 64 bits of the contract's own. In the same
//! way the word of an account's balance says whether the contract has marked it.

use alloc::{vec, vec::Vec};

use alloy_primitives::{Address, FixedBytes, U256};
use alloy_sol_types::{sol, SolCall};
use stylus_sdk::{
    abi::Bytes,
    prelude::*,
    storage::{StorageAddress, StorageBool, StorageMap, StorageU256},
};

use crate::{host, revert::Revert};

sol! {
    /// `sender` is not the token's owner, who is `owner`.
    #[derive(Debug, PartialEq)]
    error ERC721IncorrectOwner(address sender, uint256 tokenId, address owner);
    /// `operator` may not move the token.
    #[derive(Debug, PartialEq)]
    error ERC721InsufficientApproval(address operator, uint256 tokenId);
    /// `approver` may approve nobody for the token.
    #[derive(Debug, PartialEq)]
    error ERC721InvalidApprover(address approver);
    /// The zero address operates nothing.
    #[derive(Debug, PartialEq)]
    error ERC721InvalidOperator(address operator);
    /// The zero address owns nothing.
    #[derive(Debug, PartialEq)]
    error ERC721InvalidOwner(address owner);
    /// The zero address receives nothing; a contract must say that it takes such tokens.
    #[derive(Debug, PartialEq)]
    error ERC721InvalidReceiver(address receiver);
    /// What exists is not minted again.
    #[derive(Debug, PartialEq)]
    error ERC721InvalidSender(address sender);
    /// There is no such token.
    #[derive(Debug, PartialEq)]
    error ERC721NonexistentToken(uint256 tokenId);

    /// The token moved from `from` to `to`; minted from or burned to the zero address.
    #[derive(Debug, PartialEq)]
    event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);
    /// `approved` may now move the token.
    #[derive(Debug, PartialEq)]
    event Approval(address indexed owner, address indexed approved, uint256 indexed tokenId);
    /// `operator` may now move all tokens of `owner`, or no longer.
    #[derive(Debug, PartialEq)]
    event ApprovalForAll(address indexed owner, address indexed operator, bool approved);

    /// A contract that takes tokens.
    #[allow(missing_docs)]
    interface IERC721Receiver {
        function onERC721Received(address operator, address from, uint256 tokenId, bytes data)
            external
            returns (bytes4);
    }
}

/// Whose a token is, and what else must be known of it whenever it moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Title {
    /// The owner; zero if the token does not exist.
    pub owner: Address,
    /// Whether an account is approved for this token. If not, what stands in the approvals is of a former owner.
    is_approved: bool,
    /// The contract's own bits, which stay with the token.
    pub notes: u64,
}

/// Above a balance, which is a number of titles: whether the account is marked.
const MARKED_BIT: usize = 255;
/// Above the owner.
const APPROVED_BIT: usize = 160;
const NOTES_SHIFT: usize = 192;

impl Title {
    /// From the top: 64 bits of notes, 31 bits of zeros, one of approval, 160 of the owner.
    fn pack(self) -> U256 {
        let mut word = U256::from(self.notes) << NOTES_SHIFT;
        word.set_bit(APPROVED_BIT, self.is_approved);
        word | U256::from_be_bytes(self.owner.into_word().0)
    }

    fn unpack(word: U256) -> Self {
        let [.., notes] = word.into_limbs();
        Self {
            owner: Address::from_word(word.into()),
            is_approved: word.bit(APPROVED_BIT),
            notes,
        }
    }
}

/// Titles, balances and approvals of a token.
#[storage]
pub struct Erc721 {
    /// [`Title`]s.
    titles: StorageMap<U256, StorageU256>,
    /// Balances, and whether the account is marked.
    balances: StorageMap<Address, StorageU256>,
    /// In force where the title says so.
    approvals: StorageMap<U256, StorageAddress>,
    operators: StorageMap<Address, StorageMap<Address, StorageBool>>,
}

impl Erc721 {
    /// The title of a token, which need not exist: one slot.
    #[must_use]
    pub fn title(&self, token_id: U256) -> Title {
        Title::unpack(self.titles.get(token_id))
    }

    /// The title of a token that exists.
    ///
    /// # Errors
    ///
    /// [`ERC721NonexistentToken`].
    pub fn existing(&self, token_id: U256) -> Result<Title, Revert> {
        let title = self.title(token_id);
        if title.owner.is_zero() {
            return Err(ERC721NonexistentToken { tokenId: token_id }.into());
        }
        Ok(title)
    }

    /// Changes the contract's bits of an existing token's `title`, as it was read.
    pub fn set_notes(&mut self, token_id: U256, title: Title, notes: u64) {
        self.set_title(token_id, Title { notes, ..title });
    }

    /// The number of tokens of `owner`.
    ///
    /// # Errors
    ///
    /// [`ERC721InvalidOwner`] for the zero address.
    pub fn balance_of(&self, owner: Address) -> Result<U256, Revert> {
        if owner.is_zero() {
            return Err(ERC721InvalidOwner { owner }.into());
        }
        let mut balance = self.balances.get(owner);
        balance.set_bit(MARKED_BIT, false);
        Ok(balance)
    }

    /// Whether the contract has marked an account: what it must know of both parties whenever a token moves costs no
    /// slot of its own.
    #[must_use]
    pub fn is_marked(&self, account: Address) -> bool {
        self.balances.get(account).bit(MARKED_BIT)
    }

    /// Marks an account for good.
    pub fn mark(&mut self, account: Address) {
        let mut balance = self.balances.setter(account);
        let mut word = balance.get();
        word.set_bit(MARKED_BIT, true);
        balance.set(word);
    }

    /// The owner of a token.
    ///
    /// # Errors
    ///
    /// [`ERC721NonexistentToken`].
    pub fn owner_of(&self, token_id: U256) -> Result<Address, Revert> {
        Ok(self.existing(token_id)?.owner)
    }

    /// The account that may move this token beside its owner and his operators; zero if there is none.
    ///
    /// # Errors
    ///
    /// [`ERC721NonexistentToken`].
    pub fn get_approved(&self, token_id: U256) -> Result<Address, Revert> {
        let title = self.existing(token_id)?;
        Ok(if title.is_approved {
            self.approvals.get(token_id)
        } else {
            Address::ZERO
        })
    }

    /// Whether `operator` may move all tokens of `owner`.
    #[must_use]
    pub fn is_approved_for_all(&self, owner: Address, operator: Address) -> bool {
        self.operators.getter(owner).get(operator)
    }

    /// Lets `to` move the token, or nobody if that is zero; `caller` must be its owner or his operator.
    ///
    /// # Errors
    ///
    /// [`ERC721NonexistentToken`]; [`ERC721InvalidApprover`].
    pub fn approve(&mut self, caller: Address, to: Address, token_id: U256) -> Result<(), Revert> {
        let title = self.existing(token_id)?;
        let owner = title.owner;
        if owner != caller && !self.is_approved_for_all(owner, caller) {
            return Err(ERC721InvalidApprover { approver: caller }.into());
        }
        let is_approved = !to.is_zero();
        if is_approved {
            self.approvals.setter(token_id).set(to);
        }
        if is_approved != title.is_approved {
            self.set_title(token_id, Title { is_approved, ..title });
        }
        host::log(&Approval {
            owner,
            approved: to,
            tokenId: token_id,
        });
        Ok(())
    }

    /// Lets `operator` move all tokens of `owner`, or no longer.
    ///
    /// # Errors
    ///
    /// [`ERC721InvalidOperator`] for the zero address.
    pub fn set_approval_for_all(&mut self, owner: Address, operator: Address, approved: bool) -> Result<(), Revert> {
        if operator.is_zero() {
            return Err(ERC721InvalidOperator { operator }.into());
        }
        self.operators.setter(owner).setter(operator).set(approved);
        host::log(&ApprovalForAll {
            owner,
            operator,
            approved,
        });
        Ok(())
    }

    /// The title of a token that `caller` may move.
    ///
    /// # Errors
    ///
    /// [`ERC721NonexistentToken`]; [`ERC721InsufficientApproval`].
    pub fn authorized(&self, caller: Address, token_id: U256) -> Result<Title, Revert> {
        let title = self.existing(token_id)?;
        let is_authorized = title.owner == caller
            || title.is_approved && self.approvals.get(token_id) == caller
            || self.is_approved_for_all(title.owner, caller);
        if !is_authorized {
            return Err(ERC721InsufficientApproval {
                operator: caller,
                tokenId: token_id,
            }
            .into());
        }
        Ok(title)
    }

    /// The title of a token that `caller` may move from `from` to `to`.
    ///
    /// # Errors
    ///
    /// [`ERC721InvalidReceiver`] for the zero address; as [`Self::authorized`]; [`ERC721IncorrectOwner`].
    pub fn transferable(&self, caller: Address, from: Address, to: Address, token_id: U256) -> Result<Title, Revert> {
        if to.is_zero() {
            return Err(ERC721InvalidReceiver { receiver: to }.into());
        }
        let title = self.authorized(caller, token_id)?;
        if title.owner != from {
            return Err(ERC721IncorrectOwner {
                sender: from,
                tokenId: token_id,
                owner: title.owner,
            }
            .into());
        }
        Ok(title)
    }

    /// Gives a token whose `title` was found [`transferable`](Self::transferable) to `to`. Nobody is approved for it
    /// any more.
    pub fn hand_over(&mut self, token_id: U256, title: Title, to: Address) {
        let from = title.owner;
        self.count(from, false);
        self.count(to, true);
        self.set_title(
            token_id,
            Title {
                owner: to,
                is_approved: false,
                notes: title.notes,
            },
        );
        host::log(&Transfer {
            from,
            to,
            tokenId: token_id,
        });
    }

    /// Moves a token from `from` to `to`.
    ///
    /// # Errors
    ///
    /// As [`Self::transferable`].
    pub fn transfer_from(&mut self, caller: Address, from: Address, to: Address, token_id: U256) -> Result<(), Revert> {
        let title = self.transferable(caller, from, to, token_id)?;
        self.hand_over(token_id, title, to);
        Ok(())
    }

    /// Creates a token of `to` with these `notes`, and returns its title.
    ///
    /// # Errors
    ///
    /// [`ERC721InvalidReceiver`] for the zero address; [`ERC721InvalidSender`] if the token exists.
    pub fn mint(&mut self, to: Address, token_id: U256, notes: u64) -> Result<Title, Revert> {
        if to.is_zero() {
            return Err(ERC721InvalidReceiver { receiver: to }.into());
        }
        if !self.title(token_id).owner.is_zero() {
            return Err(ERC721InvalidSender { sender: Address::ZERO }.into());
        }
        let title = Title {
            owner: to,
            is_approved: false,
            notes,
        };
        self.count(to, true);
        self.set_title(token_id, title);
        host::log(&Transfer {
            from: Address::ZERO,
            to,
            tokenId: token_id,
        });
        Ok(title)
    }

    /// Destroys an existing token, with its notes; returns whose it was.
    ///
    /// # Errors
    ///
    /// [`ERC721NonexistentToken`].
    pub fn burn(&mut self, token_id: U256) -> Result<Address, Revert> {
        let owner = self.owner_of(token_id)?;
        self.count(owner, false);
        self.titles.setter(token_id).set(U256::ZERO);
        host::log(&Transfer {
            from: owner,
            to: Address::ZERO,
            tokenId: token_id,
        });
        Ok(owner)
    }

    /// Asks the receiver of a token that has moved, if it is a contract, whether it takes it.
    ///
    /// # Errors
    ///
    /// What the receiver reverted with; [`ERC721InvalidReceiver`] if it said nothing, or anything but yes.
    pub fn check_received(
        &mut self,
        operator: Address,
        from: Address,
        to: Address,
        token_id: U256,
        data: Bytes,
    ) -> Result<(), Revert> {
        if !host::has_code(to) {
            return Ok(());
        }
        let call = IERC721Receiver::onERC721ReceivedCall {
            operator,
            from,
            tokenId: token_id,
            data: data.0.into(),
        };
        let answer = host::try_call(to, &host::calldata(&call));
        let yes = FixedBytes::<32>::right_padding_from(&IERC721Receiver::onERC721ReceivedCall::SELECTOR);
        match answer {
            Ok(answer) if answer.starts_with(yes.as_slice()) => Ok(()),
            Err(reason) if !reason.is_empty() => Err(Revert(reason)),
            _ => Err(ERC721InvalidReceiver { receiver: to }.into()),
        }
    }

    fn set_title(&mut self, token_id: U256, title: Title) {
        self.titles.setter(token_id).set(title.pack());
    }

    /// One token more or less. There are never 2^255 of them, and nobody loses what he does not have.
    fn count(&mut self, owner: Address, more: bool) {
        let mut balance = self.balances.setter(owner);
        let one = U256::from(1);
        let count = balance.get();
        balance.set(if more {
            count.wrapping_add(one)
        } else {
            count.wrapping_sub(one)
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn titles_survive_packing(owner in any::<[u8; 20]>(), is_approved in any::<bool>(), notes in any::<u64>()) {
            let title = Title { owner: Address::new(owner), is_approved, notes };
            prop_assert_eq!(Title::unpack(title.pack()), title);
        }
    }

    #[test]
    fn no_title_is_that_of_nobody() {
        let nobody = Title {
            owner: Address::ZERO,
            is_approved: false,
            notes: 0,
        };
        assert_eq!(nobody.pack(), U256::ZERO);
        assert_eq!(Title::unpack(U256::ZERO), nobody);
    }
}
