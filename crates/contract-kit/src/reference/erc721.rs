//! [`Erc721`] beside OpenZeppelin's.
#![allow(clippy::unused_self)] // receivers without state

use alloc::vec;
use core::cell::Cell;

use alloy_primitives::FixedBytes;
use alloy_sol_types::{sol, SolError};
use openzeppelin_stylus::token::erc721::{Erc721 as TheirErc721, IErc721};
use stylus_sdk::abi::Bytes;

use super::*;
use crate::{
    erc721::{Approval, ApprovalForAll, ERC721InsufficientApproval, Erc721, Title, Transfer},
    host,
};

sol! {
    /// How OpenZeppelin's passes a receiver's reason on. Ours passes it on as it is, as OpenZeppelin's in Solidity does.
    error InvalidReceiverWithReason(string reason);
}

/// What a receiver answers that takes tokens.
const YES: [u8; 4] = [0x15, 0x0b, 0x7a, 0x02];

#[storage]
struct Ours {
    erc721: Erc721,
}

unsafe impl TopLevelStorage for Ours {}

#[public]
impl Ours {}

impl Ours {
    /// In one call, which is undone as a whole.
    fn safe_transfer_from(&mut self, from: Address, to: Address, token: U256) -> Result<(), Revert> {
        let caller = host::sender();
        self.erc721.transfer_from(caller, from, to, token)?;
        self.erc721.check_received(caller, from, to, token, Bytes(vec![]))
    }
}

#[storage]
struct Theirs {
    erc721: TheirErc721,
}

unsafe impl TopLevelStorage for Theirs {}

#[public]
impl Theirs {}

/// A receiver that takes what it is sent.
#[storage]
struct Willing {}

unsafe impl TopLevelStorage for Willing {}

#[public]
impl Willing {
    #[selector(name = "onERC721Received")]
    fn on_received(&self, _operator: Address, _from: Address, _token_id: U256, _data: Bytes) -> FixedBytes<4> {
        YES.into()
    }
}

/// A receiver that answers something else.
#[storage]
struct Unwilling {}

unsafe impl TopLevelStorage for Unwilling {}

#[public]
impl Unwilling {
    #[selector(name = "onERC721Received")]
    fn on_received(&self, _operator: Address, _from: Address, _token_id: U256, _data: Bytes) -> FixedBytes<4> {
        FixedBytes::new([0x15, 0x0b, 0x7a, 0x03])
    }
}

/// A receiver that fails, with what it is sent for a reason.
#[storage]
struct Failing {}

unsafe impl TopLevelStorage for Failing {}

#[public]
impl Failing {
    #[selector(name = "onERC721Received")]
    fn on_received(
        &self,
        _operator: Address,
        _from: Address,
        _token_id: U256,
        data: Bytes,
    ) -> Result<FixedBytes<4>, Vec<u8>> {
        Err(data.0)
    }
}

/// One call of `sender`; accounts and tokens are small numbers, so that they meet.
#[derive(Clone, Copy, Debug)]
enum Operation {
    Mint { to: u8, token: u8 },
    Burn { token: u8 },
    Transfer { sender: u8, from: u8, to: u8, token: u8 },
    SafeTransfer { sender: u8, from: u8, to: u8, token: u8 },
    Approve { sender: u8, to: u8, token: u8 },
    ApproveAll { sender: u8, operator: u8, approved: bool },
}

/// The zero address, three accounts, a receiver that is willing, one that is not, one that fails, one that is none.
const ACCOUNTS: u8 = 8;
const TOKENS: u8 = 4;

fn operation() -> impl Strategy<Value = Operation> {
    let (sender, account, token) = (1_u8..4, 0_u8..ACCOUNTS, 0_u8..TOKENS);
    let (s, a, t) = (sender, account, token);
    prop_oneof![
        2 => (a.clone(), t.clone()).prop_map(|(to, token)| Operation::Mint { to, token }),
        1 => t.clone().prop_map(|token| Operation::Burn { token }),
        4 => (s.clone(), 0_u8..4, a.clone(), t.clone())
            .prop_map(|(sender, from, to, token)| Operation::Transfer { sender, from, to, token }),
        4 => (s.clone(), 0_u8..4, a.clone(), t.clone())
            .prop_map(|(sender, from, to, token)| Operation::SafeTransfer { sender, from, to, token }),
        2 => (s.clone(), a.clone(), t).prop_map(|(sender, to, token)| Operation::Approve { sender, to, token }),
        2 => (s, a, any::<bool>())
            .prop_map(|(sender, operator, approved)| Operation::ApproveAll { sender, operator, approved }),
    ]
}

fn by_ours(contract: &Contract<Ours>, accounts: &[Address], operation: Operation) -> Result<(), Vec<u8>> {
    let account = |number: u8| accounts[usize::from(number)];
    let outcome: Result<(), Revert> = match operation {
        Operation::Mint { to, token } => contract
            .sender(account(1))
            .erc721
            .mint(account(to), U256::from(token), u64::from(token))
            .map(drop),
        Operation::Burn { token } => contract.sender(account(1)).erc721.burn(U256::from(token)).map(drop),
        Operation::Transfer {
            sender,
            from,
            to,
            token,
        } => contract.sender(account(sender)).erc721.transfer_from(
            account(sender),
            account(from),
            account(to),
            U256::from(token),
        ),
        Operation::SafeTransfer {
            sender,
            from,
            to,
            token,
        } => contract
            .sender(account(sender))
            .safe_transfer_from(account(from), account(to), U256::from(token)),
        Operation::Approve { sender, to, token } => {
            contract
                .sender(account(sender))
                .erc721
                .approve(account(sender), account(to), U256::from(token))
        }
        Operation::ApproveAll {
            sender,
            operator,
            approved,
        } => contract
            .sender(account(sender))
            .erc721
            .set_approval_for_all(account(sender), account(operator), approved),
    };
    outcome.map_err(Vec::from).motsu_res()
}

fn by_theirs(contract: &Contract<Theirs>, accounts: &[Address], operation: Operation) -> Result<(), Vec<u8>> {
    let account = |number: u8| accounts[usize::from(number)];
    let outcome = match operation {
        Operation::Mint { to, token } => contract.sender(account(1)).erc721._mint(account(to), U256::from(token)),
        Operation::Burn { token } => contract.sender(account(1)).erc721._burn(U256::from(token)),
        Operation::Transfer {
            sender,
            from,
            to,
            token,
        } => contract
            .sender(account(sender))
            .erc721
            .transfer_from(account(from), account(to), U256::from(token)),
        Operation::SafeTransfer {
            sender,
            from,
            to,
            token,
        } => contract
            .sender(account(sender))
            .erc721
            .safe_transfer_from(account(from), account(to), U256::from(token)),
        Operation::Approve { sender, to, token } => contract
            .sender(account(sender))
            .erc721
            .approve(account(to), U256::from(token)),
        Operation::ApproveAll {
            sender,
            operator,
            approved,
        } => contract
            .sender(account(sender))
            .erc721
            .set_approval_for_all(account(operator), approved),
    };
    let outcome = outcome.map_err(Vec::from).motsu_res();
    outcome.map_err(|data| match InvalidReceiverWithReason::abi_decode(&data, true) {
        Ok(error) => error.reason.into_bytes(),
        Err(_) => data,
    })
}

#[motsu::test]
fn titles_agree_with_openzeppelin(
    ours: Contract<Ours>,
    theirs: Contract<Theirs>,
    willing: Contract<Willing>,
    unwilling: Contract<Unwilling>,
    failing: Contract<Failing>,
) {
    let _turn = turn();
    let accounts = [
        Address::ZERO,
        account(1),
        account(2),
        account(3),
        willing.address(),
        unwilling.address(),
        failing.address(),
        theirs.address(),
    ];
    let (accepted, refused) = (Cell::new(0_u32), Cell::new(0_u32));
    TestRunner::new(Config::with_cases(1_000))
        .run(&operation(), |operation| {
            let here = by_ours(&ours, &accounts, operation);
            let there = by_theirs(&theirs, &accounts, operation);
            prop_assert_eq!(&here, &there);
            let count = if here.is_ok() { &accepted } else { &refused };
            count.set(count.get() + 1);
            let (mine, other) = (ours.sender(account(1)), theirs.sender(account(1)));
            for token in 0..TOKENS {
                let token = U256::from(token);
                let owner = mine.erc721.owner_of(token).map_err(Vec::from);
                prop_assert_eq!(&owner, &other.erc721.owner_of(token).map_err(Vec::from));
                prop_assert_eq!(
                    mine.erc721.get_approved(token).map_err(Vec::from),
                    other.erc721.get_approved(token).map_err(Vec::from)
                );
                // The contract's own bits follow the token through its life.
                let notes = if owner.is_ok() { token } else { U256::ZERO };
                prop_assert_eq!(U256::from(mine.erc721.title(token).notes), notes);
            }
            for a in accounts {
                prop_assert_eq!(
                    mine.erc721.balance_of(a).map_err(Vec::from),
                    other.erc721.balance_of(a).map_err(Vec::from)
                );
                // Only these have approved anybody.
                for b in &accounts[1..4] {
                    prop_assert_eq!(
                        mine.erc721.is_approved_for_all(*b, a),
                        other.erc721.is_approved_for_all(*b, a)
                    );
                }
            }
            Ok(())
        })
        .unwrap();
    let (accepted, refused) = (accepted.get(), refused.get());
    assert!(
        accepted > 100 && refused > 100,
        "{accepted} accepted, {refused} refused"
    );
}

/// A mark stays with the account, and its balance does not show it.
#[motsu::test]
fn a_mark_is_no_balance(ours: Contract<Ours>, alice: Address, bob: Address) {
    let _turn = turn();
    ours.sender(alice).erc721.mint(alice, U256::from(1), 0).motsu_unwrap();
    for account in [alice, bob] {
        ours.sender(alice).erc721.mark(account);
    }
    for (from, to) in [(alice, bob), (bob, alice)] {
        ours.sender(from)
            .erc721
            .transfer_from(from, from, to, U256::from(1))
            .motsu_unwrap();
        let balance = |account| ours.sender(alice).erc721.balance_of(account).motsu_unwrap();
        assert_eq!((balance(from), balance(to)), (U256::ZERO, U256::from(1)));
        assert!([alice, bob]
            .iter()
            .all(|account| ours.sender(alice).erc721.is_marked(*account)));
    }
    assert!(!ours.sender(alice).erc721.is_marked(Address::ZERO));
}

#[motsu::test]
fn events_are_openzeppelins(ours: Contract<Ours>, alice: Address, bob: Address) {
    let _turn = turn();
    let token = U256::from(7);
    ours.sender(alice).erc721.mint(alice, token, 0).motsu_unwrap();
    ours.sender(alice).erc721.approve(alice, bob, token).motsu_unwrap();
    ours.sender(alice)
        .erc721
        .set_approval_for_all(alice, bob, true)
        .motsu_unwrap();
    ours.sender(bob)
        .erc721
        .transfer_from(bob, alice, bob, token)
        .motsu_unwrap();
    ours.sender(bob).erc721.burn(token).motsu_unwrap();
    for (from, to) in [(Address::ZERO, alice), (alice, bob), (bob, Address::ZERO)] {
        ours.assert_emitted(&Transfer {
            from,
            to,
            tokenId: token,
        });
    }
    ours.assert_emitted(&Approval {
        owner: alice,
        approved: bob,
        tokenId: token,
    });
    ours.assert_emitted(&ApprovalForAll {
        owner: alice,
        operator: bob,
        approved: true,
    });
}

#[motsu::test]
fn a_receivers_reason_is_passed_on(ours: Contract<Ours>, failing: Contract<Failing>, alice: Address) {
    let _turn = turn();
    let (to, token) = (failing.address(), U256::from(1));
    let reason = b"because".to_vec();
    let outcome = ours
        .sender(alice)
        .erc721
        .check_received(alice, alice, to, token, Bytes(reason.clone()));
    assert_eq!(outcome.motsu_unwrap_err(), Revert(reason));
}

#[motsu::test]
fn an_approval_ends_with_the_ownership(ours: Contract<Ours>, alice: Address, bob: Address, carol: Address) {
    let _turn = turn();
    let token = U256::from(1);
    let approved = || ours.sender(alice).erc721.get_approved(token).motsu_unwrap();
    ours.sender(alice).erc721.mint(alice, token, 5).motsu_unwrap();
    ours.sender(alice).erc721.approve(alice, bob, token).motsu_unwrap();
    ours.sender(alice)
        .erc721
        .transfer_from(alice, alice, carol, token)
        .motsu_unwrap();
    assert_eq!(approved(), Address::ZERO);
    let outcome = ours.sender(bob).erc721.transfer_from(bob, carol, bob, token);
    let unapproved = ERC721InsufficientApproval {
        operator: bob,
        tokenId: token,
    };
    assert_eq!(outcome.motsu_unwrap_err(), unapproved.into());
    // Nor does a new owner's approval of nobody, or a burned token's second life, bring the old one back.
    ours.sender(carol)
        .erc721
        .approve(carol, Address::ZERO, token)
        .motsu_unwrap();
    assert_eq!(approved(), Address::ZERO);
    ours.sender(carol).erc721.approve(carol, bob, token).motsu_unwrap();
    assert_eq!(approved(), bob);
    ours.sender(carol).erc721.burn(token).motsu_unwrap();
    let Title { owner, notes, .. } = ours.sender(carol).erc721.mint(alice, token, 0).motsu_unwrap();
    assert_eq!((owner, notes, approved()), (alice, 0, Address::ZERO));
}
