//! Our components and OpenZeppelin's for Stylus, through the same random operations: the same answers, the same
//! revert data, the same events, the same balances.
#![allow(unsafe_code)]

extern crate std;

use alloc::{vec, vec::Vec};
use core::cell::Cell;
use std::sync::{Mutex, MutexGuard, PoisonError};

use alloy_primitives::{Address, B256, U256};
use motsu::prelude::*;
use openzeppelin_stylus::{
    access::control::{AccessControl as TheirAccess, IAccessControl},
    token::erc20::{Erc20 as TheirErc20, IErc20},
};
use proptest::{
    prelude::*,
    sample::select,
    test_runner::{Config, TestRunner},
};
use stylus_sdk::prelude::*;

mod erc721;

use crate::{
    access::AccessControl,
    erc20::{BlacklistedAddress, Erc20},
    revert::ValueTooLarge,
    roles, Revert,
};

/// One test at a time: the virtual machine waits only ten milliseconds for what another test's call holds, which a busy
/// machine may exceed.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[storage]
struct Ours {
    erc20: Erc20,
    access: AccessControl,
}

unsafe impl TopLevelStorage for Ours {}

#[public]
impl Ours {}

#[storage]
struct Theirs {
    erc20: TheirErc20,
    access: TheirAccess,
}

unsafe impl TopLevelStorage for Theirs {}

#[public]
impl Theirs {}

/// One call of `sender`; accounts and roles are small numbers, so that they meet.
#[derive(Clone, Copy, Debug)]
enum Operation {
    Mint { to: u8, value: u64 },
    Burn { from: u8, value: u64 },
    Transfer { sender: u8, to: u8, value: u64 },
    Approve { sender: u8, spender: u8, value: u64 },
    TransferFrom { sender: u8, from: u8, to: u8, value: u64 },
    Grant { sender: u8, role: u8, account: u8 },
    Revoke { sender: u8, role: u8, account: u8 },
    Renounce { sender: u8, role: u8, account: u8 },
}

/// The account of number 0 is the zero address, which never calls.
fn operation() -> impl Strategy<Value = Operation> {
    let (sender, account, role) = (1_u8..4, 0_u8..4, 0_u8..3);
    let value = || select(vec![0, 1, 5, 10, 60, 100, u64::MAX]);
    let (s, a, r) = (sender, account, role);
    prop_oneof![
        3 => (a.clone(), value()).prop_map(|(to, value)| Operation::Mint { to, value }),
        1 => (a.clone(), value()).prop_map(|(from, value)| Operation::Burn { from, value }),
        3 => (s.clone(), a.clone(), value()).prop_map(|(sender, to, value)| Operation::Transfer { sender, to, value }),
        2 => (s.clone(), a.clone(), value())
            .prop_map(|(sender, spender, value)| Operation::Approve { sender, spender, value }),
        3 => (s.clone(), a.clone(), a.clone(), value())
            .prop_map(|(sender, from, to, value)| Operation::TransferFrom { sender, from, to, value }),
        2 => (s.clone(), r.clone(), a.clone())
            .prop_map(|(sender, role, account)| Operation::Grant { sender, role, account }),
        1 => (s.clone(), r.clone(), a.clone())
            .prop_map(|(sender, role, account)| Operation::Revoke { sender, role, account }),
        1 => (s, r, a).prop_map(|(sender, role, account)| Operation::Renounce { sender, role, account }),
    ]
}

fn account(number: u8) -> Address {
    Address::with_last_byte(number)
}

fn role(number: u8) -> B256 {
    B256::with_last_byte(number)
}

/// The largest value stands for an infinite allowance.
fn amount(value: u64) -> U256 {
    if value == u64::MAX {
        U256::MAX
    } else {
        U256::from(value)
    }
}

fn by_ours(contract: &Contract<Ours>, operation: Operation) -> Result<(), Vec<u8>> {
    let at = |sender| contract.sender(account(sender));
    let outcome: Result<(), Revert> = match operation {
        // A total above 2^256 − 1 is a panic there and an error here.
        Operation::Mint { to, value } => at(1).erc20.mint(account(to), U256::from(value % 1_000)),
        Operation::Burn { from, value } => at(1).erc20.burn(account(from), amount(value)),
        Operation::Transfer { sender, to, value } => {
            at(sender).erc20.transfer(account(sender), account(to), amount(value))
        }
        Operation::Approve { sender, spender, value } => {
            at(sender)
                .erc20
                .approve(account(sender), account(spender), amount(value))
        }
        Operation::TransferFrom {
            sender,
            from,
            to,
            value,
        } => at(sender)
            .erc20
            .transfer_from(account(sender), account(from), account(to), amount(value)),
        Operation::Grant {
            sender,
            role: id,
            account: to,
        } => at(sender).access.grant(role(id), account(to)),
        Operation::Revoke {
            sender,
            role: id,
            account: of,
        } => at(sender).access.revoke(role(id), account(of)),
        Operation::Renounce {
            sender,
            role: id,
            account: of,
        } => at(sender).access.renounce(role(id), account(of)),
    };
    outcome.map_err(Vec::from).motsu_res()
}

fn by_theirs(contract: &Contract<Theirs>, operation: Operation) -> Result<(), Vec<u8>> {
    let at = |sender| contract.sender(account(sender));
    let outcome: Result<(), Vec<u8>> = match operation {
        Operation::Mint { to, value } => at(1)
            .erc20
            ._mint(account(to), U256::from(value % 1_000))
            .map_err(Vec::from),
        Operation::Burn { from, value } => at(1).erc20._burn(account(from), amount(value)).map_err(Vec::from),
        Operation::Transfer { sender, to, value } => at(sender)
            .erc20
            .transfer(account(to), amount(value))
            .map(drop)
            .map_err(Vec::from),
        Operation::Approve { sender, spender, value } => at(sender)
            .erc20
            .approve(account(spender), amount(value))
            .map(drop)
            .map_err(Vec::from),
        Operation::TransferFrom {
            sender,
            from,
            to,
            value,
        } => at(sender)
            .erc20
            .transfer_from(account(from), account(to), amount(value))
            .map(drop)
            .map_err(Vec::from),
        Operation::Grant {
            sender,
            role: id,
            account: to,
        } => at(sender).access.grant_role(role(id), account(to)).map_err(Vec::from),
        Operation::Revoke {
            sender,
            role: id,
            account: of,
        } => at(sender).access.revoke_role(role(id), account(of)).map_err(Vec::from),
        Operation::Renounce {
            sender,
            role: id,
            account: of,
        } => at(sender)
            .access
            .renounce_role(role(id), account(of))
            .map_err(Vec::from),
    };
    outcome.motsu_res()
}

#[motsu::test]
fn a_frozen_account_keeps_its_balance_and_moves_nothing(ours: Contract<Ours>) {
    let _turn = turn();
    let (frozen, free, value) = (account(1), account(2), U256::from(10));
    let largest = U256::from(u128::MAX);
    for to in [frozen, free] {
        ours.sender(free).erc20.mint(to, value).motsu_unwrap();
    }
    ours.sender(free).erc20.set_frozen(frozen, true);
    assert!(ours.sender(free).erc20.is_frozen(frozen) && !ours.sender(free).erc20.is_frozen(free));
    let refused = Revert::from(BlacklistedAddress { account: frozen });
    let erc20 = || ours.sender(free);
    assert_eq!(erc20().erc20.check_not_frozen(frozen).motsu_unwrap_err(), refused);
    assert_eq!(erc20().erc20.transfer(frozen, free, value).motsu_unwrap_err(), refused);
    assert_eq!(erc20().erc20.transfer(free, frozen, value).motsu_unwrap_err(), refused);
    assert_eq!(erc20().erc20.mint(frozen, value).motsu_unwrap_err(), refused);
    assert_eq!(erc20().erc20.burn(frozen, value).motsu_unwrap_err(), refused);
    assert_eq!(erc20().erc20.balance_of(frozen), value);
    erc20().erc20.set_frozen(frozen, false);
    erc20().erc20.transfer(frozen, free, value).motsu_unwrap();
    assert_eq!(erc20().erc20.balance_of(free), U256::from(20));
    // The supply never reaches the bit, nor its word's upper half.
    erc20().erc20.set_companion(u128::MAX - 1);
    let too_much = Revert::from(ValueTooLarge {
        value: largest,
        maximum: largest - U256::from(20),
    });
    assert_eq!(erc20().erc20.mint(free, largest).motsu_unwrap_err(), too_much);
    erc20().erc20.mint(free, largest - U256::from(20)).motsu_unwrap();
    assert_eq!(erc20().erc20.balance_of(free), largest);
    assert_eq!(erc20().erc20.companion(), u128::MAX - 1);
    erc20().erc20.burn(free, largest).motsu_unwrap();
    assert_eq!(
        (erc20().erc20.total_supply(), erc20().erc20.companion()),
        (U256::ZERO, u128::MAX - 1)
    );
    erc20().erc20.set_companion(7);
    assert_eq!(
        (erc20().erc20.total_supply(), erc20().erc20.companion()),
        (U256::ZERO, 7)
    );
}

#[motsu::test]
fn components_agree_with_openzeppelin(ours: Contract<Ours>, theirs: Contract<Theirs>) {
    let _turn = turn();
    let admin = account(1);
    ours.sender(admin).access.set(roles::DEFAULT_ADMIN.id(), admin, true);
    theirs.sender(admin).access._grant_role(B256::ZERO, admin);
    let (accepted, refused) = (Cell::new(0_u32), Cell::new(0_u32));
    TestRunner::new(Config::with_cases(400))
        .run(&operation(), |operation| {
            let (here, there) = (by_ours(&ours, operation), by_theirs(&theirs, operation));
            prop_assert_eq!(&here, &there);
            let count = if here.is_ok() { &accepted } else { &refused };
            count.set(count.get() + 1);
            for a in 0..4 {
                let (a_here, a_there) = (ours.sender(admin), theirs.sender(admin));
                prop_assert_eq!(
                    a_here.erc20.balance_of(account(a)),
                    a_there.erc20.balance_of(account(a))
                );
                for b in 0..4 {
                    prop_assert_eq!(
                        a_here.erc20.allowance(account(a), account(b)),
                        a_there.erc20.allowance(account(a), account(b))
                    );
                    prop_assert_eq!(
                        a_here.access.has_role(role(b), account(a)),
                        a_there.access.has_role(role(b), account(a))
                    );
                }
            }
            Ok(())
        })
        .unwrap();
    let (accepted, refused) = (accepted.get(), refused.get());
    assert!(accepted > 50 && refused > 50, "{accepted} accepted, {refused} refused");
    let total: U256 = (0..4).map(|a| ours.sender(admin).erc20.balance_of(account(a))).sum();
    assert_eq!(ours.sender(admin).erc20.total_supply(), total);
    assert_eq!(theirs.sender(admin).erc20.total_supply(), total);
}
