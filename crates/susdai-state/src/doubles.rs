//! Test doubles of the contracts that the vault calls. They do and answer what they are told, and remember what they
//! were asked.
#![allow(
    missing_docs,
    unsafe_code,
    clippy::missing_errors_doc,
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    clippy::type_complexity,
    clippy::unnecessary_wraps,
    clippy::unused_self,
    unreachable_pub
)]

use alloc::{vec, vec::Vec};

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{sol, SolError};
use contract_kit::host;
use stylus_sdk::{
    prelude::*,
    storage::{StorageAddress, StorageArray, StorageBool, StorageMap, StorageU256},
    ArbResult,
};

sol! {
    /// What a double says when it is told to fail.
    #[derive(Debug, PartialEq)]
    error Refused();

    interface IDollarDouble {
        function give(address to, uint256 value) external;
        function take(address from, uint256 value) external;
    }
}

fn refusal() -> Vec<u8> {
    Refused {}.abi_encode()
}

/// A dollar whose yield is set by hand.
#[storage]
pub struct DollarDouble {
    balances: StorageMap<Address, StorageU256>,
    allowances: StorageMap<Address, StorageMap<Address, StorageU256>>,
    claimable: StorageU256,
    decimals: StorageU256,
    yield_fails: StorageBool,
}

unsafe impl TopLevelStorage for DollarDouble {}

impl DollarDouble {
    pub fn set_decimals(&mut self, decimals: u64) {
        self.decimals.set(U256::from(decimals));
    }

    pub fn accrue(&mut self, value: U256) {
        let claimable = self.claimable.get();
        self.claimable.set(claimable + value);
    }

    pub fn set_yield_fails(&mut self, fails: bool) {
        self.yield_fails.set(fails);
    }

    fn shift(&mut self, from: Address, to: Address, value: U256) -> Result<bool, Vec<u8>> {
        let rest = self.balances.get(from).checked_sub(value).ok_or_else(refusal)?;
        self.balances.setter(from).set(rest);
        self.give(to, value);
        Ok(true)
    }
}

#[public]
impl DollarDouble {
    pub fn give(&mut self, to: Address, value: U256) {
        let balance = self.balances.get(to);
        self.balances.setter(to).set(balance + value);
    }

    /// Takes without asking.
    pub fn take(&mut self, from: Address, value: U256) {
        let balance = self.balances.get(from);
        self.balances.setter(from).set(balance - value);
    }

    pub fn balance_of(&self, account: Address) -> U256 {
        self.balances.get(account)
    }

    pub fn decimals(&self) -> U256 {
        self.decimals.get()
    }

    pub fn allowance(&self, owner: Address, spender: Address) -> U256 {
        self.allowances.getter(owner).get(spender)
    }

    pub fn approve(&mut self, spender: Address, value: U256) -> bool {
        self.allowances.setter(host::sender()).setter(spender).set(value);
        true
    }

    pub fn transfer(&mut self, to: Address, value: U256) -> Result<bool, Vec<u8>> {
        self.shift(host::sender(), to, value)
    }

    pub fn transfer_from(&mut self, from: Address, to: Address, value: U256) -> Result<bool, Vec<u8>> {
        let spender = host::sender();
        let rest = self.allowance(from, spender).checked_sub(value).ok_or_else(refusal)?;
        self.allowances.setter(from).setter(spender).set(rest);
        self.shift(from, to, value)
    }

    pub fn claimable_yield(&self) -> Result<U256, Vec<u8>> {
        if self.yield_fails.get() {
            return Err(refusal());
        }
        Ok(self.claimable.get())
    }

    pub fn harvest(&mut self, recipient: Address) -> Result<U256, Vec<u8>> {
        let claimable = self.claimable_yield()?;
        self.claimable.set(U256::ZERO);
        self.give(recipient, claimable);
        Ok(claimable)
    }
}

/// An auction that answers numbers from a script.
#[storage]
pub struct AuctionDouble {
    vault: StorageAddress,
    epoch_length: StorageU256,
    controller: StorageAddress,
    settlement_pending: StorageBool,
    /// What it answers.
    script: StorageArray<StorageU256, 9>,
    /// The arguments of the last call that was not a view, addresses and flags as numbers.
    asked: StorageArray<StorageU256, 5>,
}

unsafe impl TopLevelStorage for AuctionDouble {}

impl AuctionDouble {
    pub fn set_vault(&mut self, vault: Address) {
        self.vault.set(vault);
    }

    pub fn set_epoch_length(&mut self, seconds: U256) {
        self.epoch_length.set(seconds);
    }

    /// Whose every request is.
    pub fn set_controller(&mut self, controller: Address) {
        self.controller.set(controller);
    }

    pub fn set_settlement_pending(&mut self, pending: bool) {
        self.settlement_pending.set(pending);
    }

    pub fn set_script<const N: usize>(&mut self, answer: [U256; N]) {
        for (index, word) in answer.into_iter().enumerate() {
            self.script.setter(index).unwrap().set(word);
        }
    }

    pub fn asked<const N: usize>(&self) -> [U256; N] {
        core::array::from_fn(|index| self.asked.get(index).unwrap())
    }

    fn answer(&self, index: usize) -> U256 {
        self.script.get(index).unwrap()
    }

    fn note<const N: usize>(&mut self, arguments: [U256; N]) {
        for (index, word) in arguments.into_iter().enumerate() {
            self.asked.setter(index).unwrap().set(word);
        }
    }
}

/// An address as a number.
pub fn number(account: Address) -> U256 {
    U256::from_be_bytes(account.into_word().0)
}

#[public]
impl AuctionDouble {
    pub fn vault(&self) -> Address {
        self.vault.get()
    }

    pub fn epoch_length(&self) -> U256 {
        self.epoch_length.get()
    }

    pub fn enqueue(&mut self, controller: Address, shares: U256) -> U256 {
        self.note([number(controller), shares]);
        self.answer(0)
    }

    pub fn commit_bid(&mut self, request_id: U256, commitment: B256) -> Address {
        self.note([request_id, commitment.into()]);
        self.controller.get()
    }

    pub fn withdraw_bid(&mut self, request_id: U256) -> Address {
        self.note([request_id]);
        self.controller.get()
    }

    pub fn announce_limit(&mut self, epoch: U256, assets: U256) {
        self.note([epoch, assets]);
    }

    pub fn settle(
        &mut self,
        nav: U256,
        total_shares: U256,
        idle: U256,
        manager: bool,
    ) -> (U256, U256, U256, U256, U256) {
        self.note([nav, total_shares, idle, U256::from(manager)]);
        (
            self.answer(0),
            self.answer(1),
            self.answer(2),
            self.answer(3),
            self.answer(4),
        )
    }

    pub fn service(
        &mut self,
        shares: U256,
        nav: U256,
        total_shares: U256,
        idle: U256,
        manager: bool,
    ) -> (U256, U256, U256) {
        self.note([shares, nav, total_shares, idle, U256::from(manager)]);
        (self.answer(0), self.answer(1), self.answer(2))
    }

    pub fn claim_shares(&mut self, controller: Address, shares: U256) -> U256 {
        self.note([number(controller), shares]);
        self.answer(0)
    }

    pub fn claim_assets(&mut self, controller: Address, assets: U256) -> U256 {
        self.note([number(controller), assets]);
        self.answer(0)
    }

    pub fn claim_request(&mut self, request_id: U256, shares: U256) -> (Address, U256) {
        self.note([request_id, shares]);
        (self.controller.get(), self.answer(0))
    }

    pub fn is_settlement_pending(&self) -> bool {
        self.settlement_pending.get()
    }

    /// Shares and assets; whose does not matter.
    pub fn claimable(&self, _controller: Address) -> (U256, U256) {
        (self.answer(0), self.answer(1))
    }

    pub fn request(&self, _request_id: U256) -> (Address, U256, u8, U256, U256, U256, U256, U256, U256) {
        let zero = U256::ZERO;
        (
            self.controller.get(),
            zero,
            1,
            self.answer(0),
            self.answer(1),
            zero,
            zero,
            zero,
            zero,
        )
    }

    pub fn redemption(&self, redemption_id: U256) -> (U256, U256, U256, U256, U256, Address, u64, U256) {
        let words = (
            redemption_id,
            self.answer(0),
            self.answer(1),
            self.answer(2),
            self.answer(3),
        );
        (
            words.0,
            words.1,
            words.2,
            words.3,
            words.4,
            self.controller.get(),
            77,
            self.answer(4),
        )
    }

    pub fn redemption_ids(&self, _controller: Address) -> Vec<U256> {
        let count: usize = self.answer(0).to();
        (1..=count).map(|index| self.answer(index)).collect()
    }

    pub fn queue_info(&self) -> (U256, U256, U256) {
        (self.answer(0), self.answer(1), self.answer(2))
    }

    pub fn current_epoch(&self) -> (U256, u8, U256, U256, U256) {
        (self.answer(0), 1, self.answer(1), self.answer(2), self.answer(3))
    }
}

/// Something else that has the same asset, as any ERC-4626 vault.
#[storage]
pub struct OtherVaultDouble {
    asset: StorageAddress,
}

unsafe impl TopLevelStorage for OtherVaultDouble {}

impl OtherVaultDouble {
    pub fn set_asset(&mut self, asset: Address) {
        self.asset.set(asset);
    }
}

#[public]
impl OtherVaultDouble {
    pub fn asset(&self) -> Address {
        self.asset.get()
    }

    #[fallback]
    pub fn fallback(&mut self, _calldata: &[u8]) -> ArbResult {
        Ok(Vec::new())
    }
}

/// A loan pool whose values are set by hand.
#[storage]
pub struct PoolDouble {
    asset: StorageAddress,
    optimistic: StorageU256,
    conservative: StorageU256,
    cure_end: StorageU256,
    /// Shares or assets that it says it has given.
    states: StorageU256,
    /// Assets that it takes or gives.
    moves: StorageU256,
    /// Tranche and shares of the notice it was last given.
    notice: StorageArray<StorageU256, 2>,
    /// Counts that it was last asked the value of must be these.
    expects: StorageArray<StorageU256, 4>,
}

unsafe impl TopLevelStorage for PoolDouble {}

impl PoolDouble {
    pub fn set_asset(&mut self, asset: Address) {
        self.asset.set(asset);
    }

    pub fn set_values(&mut self, optimistic: U256, conservative: U256) {
        self.optimistic.set(optimistic);
        self.conservative.set(conservative);
    }

    pub fn set_cure_end(&mut self, cure_end: U256) {
        self.cure_end.set(cure_end);
    }

    pub fn set_outcome(&mut self, states: U256, moves: U256) {
        self.states.set(states);
        self.moves.set(moves);
    }

    pub fn notice(&self) -> [U256; 2] {
        [0, 1].map(|index| self.notice.get(index).unwrap())
    }

    fn set_notice(&mut self, tranche: U256, shares: U256) {
        for (index, value) in [tranche, shares].into_iter().enumerate() {
            self.notice.setter(index).unwrap().set(value);
        }
    }

    pub fn expect_counts(&mut self, counts: [u64; 4]) {
        for (index, count) in counts.into_iter().enumerate() {
            self.expects.setter(index).unwrap().set(U256::from(count));
        }
    }
}

#[public]
impl PoolDouble {
    pub fn asset(&self) -> Address {
        self.asset.get()
    }

    pub fn deposit(&mut self, _tranche: U256, _assets: U256, _receiver: Address) -> Result<U256, Vec<u8>> {
        let take = IDollarDouble::takeCall {
            from: host::sender(),
            value: self.moves.get(),
        };
        host::call(self.asset.get(), &take)?;
        Ok(self.states.get())
    }

    pub fn redeem(&mut self, _tranche: U256, _shares: U256, receiver: Address) -> Result<U256, Vec<u8>> {
        let give = IDollarDouble::giveCall {
            to: receiver,
            value: self.moves.get(),
        };
        host::call(self.asset.get(), &give)?;
        Ok(self.states.get())
    }

    pub fn give_notice(&mut self, tranche: U256, shares: U256) {
        self.set_notice(tranche, shares);
    }

    pub fn cancel_notice(&mut self, tranche: U256) {
        self.set_notice(tranche, U256::ZERO);
    }

    pub fn position_value(
        &self,
        shares0: U256,
        shares1: U256,
        shares2: U256,
        shares3: U256,
    ) -> Result<(U256, U256), Vec<u8>> {
        let counts = [shares0, shares1, shares2, shares3];
        if (0..4).any(|index| self.expects.get(index).unwrap() != counts[index]) {
            return Err(refusal());
        }
        Ok((self.optimistic.get(), self.conservative.get()))
    }

    pub fn latest_cure_end(&self) -> U256 {
        self.cure_end.get()
    }
}
