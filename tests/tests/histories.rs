//! Random histories: many accounts do whatever the contracts offer, in any order and at any time, with sensible and
//! senseless arguments. A model in a few lines of Rust says beforehand what must come of it. After every step the chain
//! must agree with the model, and
//!
//! - **R1**: the wM held backs all USDai, here and on other chains;
//! - **R2**: nothing but a harvest turns yield into USDai: what is held above the liabilities grows by exactly the yield
//!   that was claimed, what was donated and the dust of withdrawals.
//!
//! `HISTORY_SEED` and `HISTORY_STEPS` repeat or prolong a history.
#![allow(clippy::similar_names, reason = "USDC, USDT and USDai are what they are called")]

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::aliases::U24;
use alloy_primitives::{Address, B256, Bytes, U160, U256};
use alloy_signer::SignerSync;
use alloy_sol_types::{Revert, SolCall, SolError, SolStruct, eip712_domain, sol};
use devnet::Receipt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use suite::bindings::{IERC20, ISwapAdapter, ISwapRouter, IUSDai, IWrappedM};
use suite::deployment::usdai_roles;
use suite::program::keep_alive;
use suite::uniswap::{FEE_LOW, FEE_LOWEST, dollars};
use suite::{Reverted, Transact, events_of, role_id};
use suite_tests::history::{Tally, named, number_from};
use suite_tests::{Expect, SCALE, World, n, report, units, usdai};

const SEED: u64 = 0x05DA_1000;
const STEPS: u64 = 12_000;
/// How often every kind of step must have succeeded.
const SUCCESSES: u64 = 50;

sol! {
    struct Permit {
        address owner;
        address spender;
        uint256 value;
        uint256 nonce;
        uint256 deadline;
    }
}

/// Everything that can happen, and how often it is tried.
const KINDS: &[(Kind, u32)] = &[
    (Kind::DepositWrappedM, 90),
    (Kind::DepositUsdc, 60),
    (Kind::DepositUsdt, 40),
    (Kind::DepositDai, 40),
    (Kind::WithdrawWrappedM, 80),
    (Kind::WithdrawUsdc, 50),
    (Kind::WithdrawUsdt, 40),
    (Kind::WithdrawDai, 40),
    (Kind::Transfer, 80),
    (Kind::Approve, 30),
    (Kind::TransferFrom, 60),
    (Kind::Permit, 30),
    (Kind::BridgeOut, 40),
    (Kind::BridgeIn, 40),
    (Kind::Harvest, 40),
    (Kind::Donate, 20),
    (Kind::ClaimForUsdai, 20),
    (Kind::SetCap, 30),
    (Kind::SetAdapter, 25),
    (Kind::SetWhitelistRequired, 25),
    (Kind::SetWhitelist, 30),
    (Kind::Pause, 15),
    (Kind::Unpause, 15),
    (Kind::GrantRole, 30),
    (Kind::RevokeRole, 20),
    (Kind::RenounceRole, 15),
    (Kind::AdmitToken, 20),
    (Kind::SetRate, 15),
    (Kind::RedirectYield, 15),
    (Kind::TradeInPool, 40),
    (Kind::PassTime, 60),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    DepositWrappedM,
    DepositUsdc,
    DepositUsdt,
    DepositDai,
    WithdrawWrappedM,
    WithdrawUsdc,
    WithdrawUsdt,
    WithdrawDai,
    Transfer,
    Approve,
    TransferFrom,
    Permit,
    BridgeOut,
    BridgeIn,
    Harvest,
    Donate,
    ClaimForUsdai,
    SetCap,
    SetAdapter,
    SetWhitelistRequired,
    SetWhitelist,
    Pause,
    Unpause,
    GrantRole,
    RevokeRole,
    RenounceRole,
    AdmitToken,
    SetRate,
    RedirectYield,
    TradeInPool,
    PassTime,
}

/// What USDai should be.
#[derive(Default)]
struct Model {
    balances: BTreeMap<Address, U256>,
    allowances: BTreeMap<(Address, Address), U256>,
    nonces: BTreeMap<Address, U256>,
    roles: BTreeSet<(B256, Address)>,
    whitelist: BTreeSet<Address>,
    admitted: BTreeSet<Address>,
    total: U256,
    bridged: U256,
    cap: U256,
    /// wM that USDai holds.
    held: U256,
    paused: bool,
    whitelist_required: bool,
    adapter: Address,
    /// Whether wM pays USDai's yield to somebody else.
    redirected: bool,
}

impl Model {
    fn balance(&self, account: Address) -> U256 {
        self.balances.get(&account).copied().unwrap_or_default()
    }

    fn allowance(&self, owner: Address, spender: Address) -> U256 {
        self.allowances.get(&(owner, spender)).copied().unwrap_or_default()
    }

    fn has(&self, role: &str, account: Address) -> bool {
        self.roles.contains(&(role_id(role), account))
    }

    fn liabilities(&self) -> U256 {
        self.total + self.bridged
    }

    /// What is held above the liabilities, 18 decimals.
    fn surplus(&self) -> U256 {
        self.held * n(SCALE) - self.liabilities()
    }

    fn mint(&mut self, to: Address, amount: U256) {
        *self.balances.entry(to).or_default() += amount;
        self.total += amount;
    }

    fn burn(&mut self, from: Address, amount: U256) {
        *self.balances.entry(from).or_default() -= amount;
        self.total -= amount;
    }

    fn transfer(&mut self, from: Address, to: Address, amount: U256) {
        self.burn(from, amount);
        self.mint(to, amount);
    }

    fn unauthorized(&self, role: &str, account: Address) -> Option<Vec<u8>> {
        let error = IUSDai::AccessControlUnauthorizedAccount {
            account,
            neededRole: role_id(role),
        };
        (!self.has(role, account)).then(|| error.abi_encode())
    }

    fn insufficient(&self, sender: Address, needed: U256) -> Option<Vec<u8>> {
        let balance = self.balance(sender);
        let error = IUSDai::ERC20InsufficientBalance {
            sender,
            balance,
            needed,
        };
        (balance < needed).then(|| error.abi_encode())
    }
}

/// How a step ended.
type Accepted = bool;

struct History {
    world: World,
    model: Model,
    random: StdRng,
    users: Vec<Address>,
    /// wM that USDai gets on its next contact with wM.
    accrued: U256,
    /// What a step may add to the surplus beside yield: donations and dust, 18 decimals.
    gained: U256,
    harvested: U256,
    /// When the programs were last kept alive.
    kept_alive: u64,
}

impl History {
    fn new(seed: u64) -> Self {
        let mut world = World::new();
        let actors = world.suite.actors;
        let tokens = world.suite.tokens;
        let users = vec![
            actors.alice,
            actors.bob,
            actors.desk,
            actors.stranger,
            actors.gatekeeper,
            actors.pauser,
        ];
        for &user in &users {
            for side in [tokens.wm, tokens.usdc, tokens.usdt, tokens.dai] {
                world.fund(side.token, user, dollars(20_000_000, side.decimals));
            }
        }
        // One of them earns.
        world
            .send(
                actors.alice,
                tokens.wm.token,
                &IWrappedM::startEarningForCall { account: actors.alice },
            )
            .must();
        let router = world.suite.uniswap.router;
        for side in [tokens.wm, tokens.usdc] {
            world.give(side.token, actors.provider, dollars(100_000_000, side.decimals));
            world.allow(side.token, actors.provider, router);
        }
        let mut model = Model {
            cap: usdai(1_000_000_000),
            adapter: world.suite.swap_adapter,
            admitted: [tokens.usdc.token, tokens.usdt.token, tokens.dai.token].into(),
            ..Model::default()
        };
        model.roles.insert((B256::ZERO, actors.admin));
        model
            .roles
            .extend(usdai_roles(&actors).map(|(role, account)| (role_id(role), account)));
        let kept_alive = world.chain.timestamp();
        Self {
            world,
            model,
            random: StdRng::seed_from_u64(seed),
            users,
            accrued: U256::ZERO,
            gained: U256::ZERO,
            harvested: U256::ZERO,
            kept_alive,
        }
    }

    // What is random

    fn chance(&mut self, percent: u32) -> bool {
        self.random.random_range(0..100) < percent
    }

    fn user(&mut self) -> Address {
        *self.users.choose(&mut self.random).expect("there are users")
    }

    /// Somebody, now and then an address that cannot be.
    fn recipient(&mut self) -> Address {
        match self.random.random_range(0..60) {
            0 => Address::ZERO,
            1 => self.world.suite.usdai,
            _ => self.user(),
        }
    }

    /// Usually somebody with the role, else anybody.
    fn caller_with(&mut self, role: &str) -> Address {
        let members: Vec<Address> = self
            .model
            .roles
            .iter()
            .filter(|(id, _)| *id == role_id(role))
            .map(|(_, account)| *account)
            .collect();
        if self.chance(90) && !members.is_empty() {
            *members.choose(&mut self.random).expect("not empty")
        } else {
            self.user()
        }
    }

    /// From a millionth of a dollar to hundreds of thousands, every order of magnitude alike.
    fn amount(&mut self, decimals: u8) -> U256 {
        if self.chance(1) {
            return [U256::ZERO, U256::MAX][self.random.random_range(0..2)];
        }
        // Down to a single unit of wM.
        let exponent = self
            .random
            .random_range(u32::from(decimals).saturating_sub(7)..=u32::from(decimals) + 5);
        let magnitude = U256::from(10).pow(U256::from(exponent));
        let digits = self.random.random_range(1..10_000_u64);
        (magnitude * n(digits) / n(1_000)).max(n(1))
    }

    /// A part of what the account holds, now and then a little more than all of it.
    fn part_of(&mut self, balance: U256) -> U256 {
        match self.random.random_range(0..20) {
            0 => balance + n(1),
            1 => balance,
            2 => self.amount(18),
            _ => balance * n(self.random.random_range(0..=1_000)) / n(1_000),
        }
    }

    /// A minimum that is right, wrong or absent.
    fn minimum(&mut self, par: U256) -> U256 {
        match self.random.random_range(0..10) {
            0 => par.saturating_add(n(1)),
            1 => par,
            2..5 => par / n(1_000) * n(990),
            _ => U256::ZERO,
        }
    }

    // What is done

    fn send(&mut self, from: Address, to: Address, call: &impl SolCall) -> Receipt {
        self.world
            .chain
            .send_data(from, to, U256::ZERO, call.abi_encode().into())
    }

    /// Sends a call of USDai that must end as the model says.
    fn predicted(&mut self, from: Address, call: &impl SolCall, refusal: Option<&[u8]>) -> Accepted {
        let usdai_address = self.world.suite.usdai;
        let receipt = self.send(from, usdai_address, call);
        agree(&receipt, refusal);
        receipt.status
    }

    /// The yield that comes to USDai when wM is moved from or to it.
    fn touch_wrapped_m(&mut self) {
        if !self.model.redirected {
            self.model.held += self.accrued;
            self.gained += self.accrued * n(SCALE);
        }
    }

    fn deposit(&mut self, token: Address, decimals: u8, path: Option<Bytes>) -> Accepted {
        let from = self.user();
        let recipient = self.recipient();
        let amount = self.amount(decimals);
        let base = self.world.suite.tokens.wm.token;
        let par = if decimals == 18 {
            amount
        } else {
            amount.saturating_mul(n(SCALE))
        };
        let minimum = self.minimum(par);
        let refusal = self.deposit_refusal(token, from, amount, minimum, recipient);
        let receipt = if let Some(data) = path {
            let call = IUSDai::deposit_1Call {
                depositToken: token,
                depositAmount: amount,
                usdaiAmountMinimum: minimum,
                recipient,
                data,
            };
            self.send(from, self.world.suite.usdai, &call)
        } else {
            let call = IUSDai::deposit_0Call {
                depositToken: token,
                depositAmount: amount,
                usdaiAmountMinimum: minimum,
                recipient,
            };
            self.send(from, self.world.suite.usdai, &call)
        };
        if refusal.is_some() || token == base {
            agree(&receipt, refusal.as_deref());
        } else if !receipt.status {
            self.agree_failed_swap_in(&receipt, par, minimum);
        }
        if !receipt.status {
            return false;
        }
        let credit = if token == base {
            amount
        } else {
            self.paid_by_pools(&receipt)
        };
        let minted = credit * n(SCALE);
        let event: IUSDai::Deposited = self.world.usdai_event(&receipt);
        assert_eq!((event.depositAmount, event.mintAmount), (amount, minted));
        assert!(minted >= minimum, "{minted} is less than {minimum}");
        assert!(
            self.model.liabilities() + minted <= self.model.cap || self.model.has("DEPOSIT_ADMIN_ROLE", from),
            "past the cap"
        );
        self.touch_wrapped_m();
        self.model.held += credit;
        self.model.mint(recipient, minted);
        true
    }

    /// Why a deposit must be refused, as far as it does not depend on a swap.
    fn deposit_refusal(
        &self,
        token: Address,
        from: Address,
        amount: U256,
        minimum: U256,
        recipient: Address,
    ) -> Option<Vec<u8>> {
        let model = &self.model;
        let base = self.world.suite.tokens.wm.token;
        let lacking = || self.spendable(token, from) < amount;
        if model.paused {
            Some(IUSDai::EnforcedPause {}.abi_encode())
        } else if model.whitelist_required && !model.whitelist.contains(&from) {
            Some(IUSDai::NotWhitelisted { caller: from }.abi_encode())
        } else if amount.is_zero() {
            Some(IUSDai::InvalidAmount {}.abi_encode())
        } else if recipient.is_zero() || recipient == self.world.suite.usdai {
            Some(IUSDai::InvalidAddress {}.abi_encode())
        } else if token != base && model.adapter.is_zero() {
            Some(IUSDai::SwapAdapterNotSet { token }.abi_encode())
        } else if lacking() {
            Some(IUSDai::SafeERC20FailedOperation { token }.abi_encode())
        } else if token != base {
            (!model.admitted.contains(&token)).then(|| ISwapAdapter::TokenNotWhitelisted { token }.abi_encode())
        } else if amount * n(SCALE) < minimum {
            Some(
                IUSDai::SlippageExceeded {
                    minimum,
                    actual: amount * n(SCALE),
                }
                .abi_encode(),
            )
        } else if model.liabilities() + amount * n(SCALE) > model.cap && !model.has("DEPOSIT_ADMIN_ROLE", from) {
            Some(IUSDai::SupplyCapExceeded {}.abi_encode())
        } else {
            None
        }
    }

    /// A swap that was not made brought too little, nothing, or more than the cap allows.
    fn agree_failed_swap_in(&self, receipt: &Receipt, par: U256, minimum: U256) {
        let reverted = reverted(receipt);
        if let Some(slippage) = reverted.as_error::<IUSDai::SlippageExceeded>() {
            assert_eq!(slippage.minimum, minimum.div_ceil(n(SCALE)));
            assert!(slippage.actual < slippage.minimum);
        } else if reverted.as_error::<IUSDai::InvalidAmount>().is_some() || is_dust_on_the_way(&reverted) {
            assert!(par < n(10 * SCALE), "{par} is worth something");
        } else if reverted.as_error::<IUSDai::SupplyCapExceeded>().is_some() {
            let room = self.model.cap.saturating_sub(self.model.liabilities());
            assert!(par + par / n(50) > room, "{par} fits into {room}");
        } else {
            panic!("swapping {par} in: {reverted}");
        }
    }

    /// wM that pools sent to USDai in this transaction.
    fn paid_by_pools(&self, receipt: &Receipt) -> U256 {
        let (wm, pools) = (self.world.suite.tokens.wm.token, self.world.suite.pools);
        events_of::<IERC20::Transfer>(receipt, wm)
            .into_iter()
            .filter(|event| [pools.wm_usdc, pools.wm_dai].contains(&event.from) && event.to == self.world.suite.usdai)
            .map(|event| event.value)
            .sum()
    }

    /// What the account can pay with, yield of its own included.
    fn spendable(&self, token: Address, account: Address) -> U256 {
        let balance = self.world.balance(token, account);
        if token != self.world.suite.tokens.wm.token {
            return balance;
        }
        balance + U256::from(self.world.chain.view(token, &IWrappedM::accruedYieldOfCall { account }))
    }

    fn withdraw(&mut self, token: Address, decimals: u8, path: Option<Bytes>) -> Accepted {
        let from = self.user();
        let recipient = self.recipient();
        let amount = self.part_of(self.model.balance(from));
        let base = self.world.suite.tokens.wm.token;
        let base_amount = amount / n(SCALE);
        let par = if decimals == 18 {
            base_amount.saturating_mul(n(SCALE))
        } else {
            base_amount
        };
        let minimum = self.minimum(par);

        let model = &self.model;
        let refusal = if model.paused {
            Some(IUSDai::EnforcedPause {}.abi_encode())
        } else if recipient.is_zero() || recipient == self.world.suite.usdai {
            Some(IUSDai::InvalidAddress {}.abi_encode())
        } else if base_amount.is_zero() {
            Some(IUSDai::InvalidAmount {}.abi_encode())
        } else if let Some(insufficient) = model.insufficient(from, amount) {
            Some(insufficient)
        } else if token == base {
            let error = IUSDai::SlippageExceeded {
                minimum,
                actual: base_amount,
            };
            (base_amount < minimum).then(|| error.abi_encode())
        } else if model.adapter.is_zero() {
            Some(IUSDai::SwapAdapterNotSet { token }.abi_encode())
        } else {
            (!model.admitted.contains(&token)).then(|| ISwapAdapter::TokenNotWhitelisted { token }.abi_encode())
        };

        let had = self.spendable(token, recipient);
        let receipt = if let Some(data) = path {
            let call = IUSDai::withdraw_1Call {
                withdrawToken: token,
                usdaiAmount: amount,
                withdrawAmountMinimum: minimum,
                recipient,
                data,
            };
            self.send(from, self.world.suite.usdai, &call)
        } else {
            let call = IUSDai::withdraw_0Call {
                withdrawToken: token,
                usdaiAmount: amount,
                withdrawAmountMinimum: minimum,
                recipient,
            };
            self.send(from, self.world.suite.usdai, &call)
        };
        if refusal.is_some() || token == base {
            agree(&receipt, refusal.as_deref());
        } else if !receipt.status {
            let reverted = reverted(&receipt);
            if let Some(slippage) = reverted.as_error::<IUSDai::SlippageExceeded>() {
                assert_eq!(slippage.minimum, minimum);
                assert!(slippage.actual < minimum);
            } else {
                let nothing = reverted.as_error::<IUSDai::InvalidAmount>().is_some() || is_dust_on_the_way(&reverted);
                assert!(nothing && base_amount < n(10), "swapping {amount} out: {reverted}");
            }
        }
        if !receipt.status {
            return false;
        }
        let paid = self.spendable(token, recipient) - had;
        let event: IUSDai::Withdrawn = self.world.usdai_event(&receipt);
        assert_eq!((event.usdaiAmount, event.withdrawAmount), (amount, paid));
        assert!(paid >= minimum, "{paid} is less than {minimum}");
        self.touch_wrapped_m();
        self.model.held -= base_amount;
        self.model.burn(from, amount);
        self.gained += amount - base_amount * n(SCALE);
        true
    }

    fn transfer(&mut self) -> Accepted {
        let (from, to) = (self.user(), self.recipient());
        let value = self.part_of(self.model.balance(from));
        let refusal = if to.is_zero() {
            Some(IUSDai::ERC20InvalidReceiver { receiver: to }.abi_encode())
        } else {
            self.model.insufficient(from, value)
        };
        let accepted = self.predicted(from, &IUSDai::transferCall { to, value }, refusal.as_deref());
        if accepted {
            self.model.transfer(from, to, value);
        }
        accepted
    }

    fn approve(&mut self) -> Accepted {
        let (owner, spender) = (self.user(), self.recipient());
        let value = if self.chance(20) { U256::MAX } else { self.amount(18) };
        let refusal = spender
            .is_zero()
            .then(|| IUSDai::ERC20InvalidSpender { spender }.abi_encode());
        let accepted = self.predicted(owner, &IUSDai::approveCall { spender, value }, refusal.as_deref());
        if accepted {
            self.model.allowances.insert((owner, spender), value);
        }
        accepted
    }

    fn transfer_from(&mut self) -> Accepted {
        let given: Vec<(Address, Address)> = self
            .model
            .allowances
            .keys()
            .copied()
            .filter(|(_, spender)| self.users.contains(spender))
            .collect();
        let (owner, spender) = match given.choose(&mut self.random) {
            Some(pair) if self.random.random_range(0..10) > 0 => *pair,
            _ => (self.user(), self.user()),
        };
        let to = self.recipient();
        let allowance = self.model.allowance(owner, spender);
        let value = self.part_of(self.model.balance(owner).min(allowance));
        let refusal = if allowance < value {
            Some(
                IUSDai::ERC20InsufficientAllowance {
                    spender,
                    allowance,
                    needed: value,
                }
                .abi_encode(),
            )
        } else if to.is_zero() {
            Some(IUSDai::ERC20InvalidReceiver { receiver: to }.abi_encode())
        } else {
            self.model.insufficient(owner, value)
        };
        let call = IUSDai::transferFromCall { from: owner, to, value };
        let accepted = self.predicted(spender, &call, refusal.as_deref());
        if accepted {
            if allowance != U256::MAX {
                self.model.allowances.insert((owner, spender), allowance - value);
            }
            self.model.transfer(owner, to, value);
        }
        accepted
    }

    fn permit(&mut self) -> Accepted {
        let (owner, spender) = (self.user(), self.user());
        let value = self.amount(18);
        let nonce = self.model.nonces.get(&owner).copied().unwrap_or_default();
        let now = self.world.chain.timestamp();
        let expired = self.chance(10);
        let deadline = n(if expired {
            now - 1
        } else {
            now + self.random.random_range(0..100)
        });
        let signer = if self.chance(85) { owner } else { self.user() };
        let permit = Permit {
            owner,
            spender,
            value,
            nonce,
            deadline,
        };
        let domain = eip712_domain! {
            name: "USDai",
            version: "1",
            chain_id: self.world.chain.config().chain_id,
            verifying_contract: self.world.suite.usdai,
        };
        let index = self
            .world
            .chain
            .accounts()
            .iter()
            .position(|known| *known == signer)
            .expect("users have keys");
        let hash = permit.eip712_signing_hash(&domain);
        let signature = self
            .world
            .chain
            .signer(index)
            .sign_hash_sync(&hash)
            .expect("signing is local");
        let call = IUSDai::permitCall {
            owner,
            spender,
            value,
            deadline,
            v: 27 + u8::from(signature.v()),
            r: B256::from(signature.r()),
            s: B256::from(signature.s()),
        };
        let refusal = if expired {
            Some(IUSDai::ERC2612ExpiredSignature { deadline }.abi_encode())
        } else {
            (signer != owner).then(|| IUSDai::ERC2612InvalidSigner { signer, owner }.abi_encode())
        };
        let sender = self.user();
        let accepted = self.predicted(sender, &call, refusal.as_deref());
        if accepted {
            self.model.nonces.insert(owner, nonce + n(1));
            self.model.allowances.insert((owner, spender), value);
        }
        accepted
    }

    fn bridge_out(&mut self) -> Accepted {
        let caller = self.caller_with("BRIDGE_ADMIN_ROLE");
        let from = self.user();
        let amount = self.part_of(self.model.balance(from));
        let too_large = || {
            let maximum = U256::from(u128::MAX) - self.model.bridged;
            (amount > maximum).then(|| IUSDai::ValueTooLarge { value: amount, maximum }.abi_encode())
        };
        let refusal = self
            .model
            .unauthorized("BRIDGE_ADMIN_ROLE", caller)
            .or_else(too_large)
            .or_else(|| self.model.insufficient(from, amount));
        let accepted = self.predicted(caller, &IUSDai::burnCall { from, amount }, refusal.as_deref());
        if accepted {
            self.model.burn(from, amount);
            self.model.bridged += amount;
        }
        accepted
    }

    fn bridge_in(&mut self) -> Accepted {
        let caller = self.caller_with("BRIDGE_ADMIN_ROLE");
        let to = self.recipient();
        let bridged = self.model.bridged;
        let amount = self.part_of(bridged);
        let too_much = || {
            let error = IUSDai::InsufficientBridgedSupply {
                requested: amount,
                bridgedSupply: bridged,
            };
            (amount > bridged).then(|| error.abi_encode())
        };
        let nobody = || {
            to.is_zero()
                .then(|| IUSDai::ERC20InvalidReceiver { receiver: to }.abi_encode())
        };
        let refusal = self
            .model
            .unauthorized("BRIDGE_ADMIN_ROLE", caller)
            .or_else(too_much)
            .or_else(nobody);
        let accepted = self.predicted(caller, &IUSDai::mintCall { to, amount }, refusal.as_deref());
        if accepted {
            self.model.bridged -= amount;
            self.model.mint(to, amount);
        }
        accepted
    }

    fn harvest(&mut self) -> Accepted {
        let caller = self.caller_with("YIELD_ROLE");
        let recipient = self.recipient();
        let invalid = recipient.is_zero() || recipient == self.world.suite.usdai;
        let refusal = self
            .model
            .unauthorized("YIELD_ROLE", caller)
            .or_else(|| invalid.then(|| IUSDai::InvalidAddress {}.abi_encode()));
        let told = self.world.ask(&IUSDai::claimableYieldCall {});
        let accepted = self.predicted(caller, &IUSDai::harvestCall { recipient }, refusal.as_deref());
        if accepted {
            self.touch_wrapped_m();
            // Whole units of wM above the liabilities.
            let minted = self.model.surplus() / n(SCALE) * n(SCALE);
            assert_eq!(told, minted, "claimableYield() is what a harvest mints");
            self.model.mint(recipient, minted);
            self.harvested = minted;
        }
        accepted
    }

    fn donate(&mut self) -> Accepted {
        let (from, usdai_address) = (self.user(), self.world.suite.usdai);
        let wm = self.world.suite.tokens.wm.token;
        let amount = n(self.random.random_range(1..50_000_000));
        let affordable = self.spendable(wm, from) >= amount;
        let receipt = self.send(
            from,
            wm,
            &IERC20::transferCall {
                to: usdai_address,
                value: amount,
            },
        );
        assert_eq!(receipt.status, affordable);
        if receipt.status {
            self.touch_wrapped_m();
            self.model.held += amount;
            self.gained += amount * n(SCALE);
        }
        receipt.status
    }

    fn claim_for_usdai(&mut self) -> Accepted {
        let (from, account) = (self.user(), self.world.suite.usdai);
        let receipt = self.send(
            from,
            self.world.suite.tokens.wm.token,
            &IWrappedM::claimForCall { account },
        );
        assert!(receipt.status);
        self.touch_wrapped_m();
        true
    }

    fn set_cap(&mut self) -> Accepted {
        let caller = self.caller_with("DEFAULT_ADMIN_ROLE");
        let maximum = U256::from(u128::MAX);
        // Tight for a while, then wide again.
        let cap = match self.random.random_range(0..10) {
            0 => maximum + n(1),
            1..4 => self.model.liabilities() + usdai(self.random.random_range(0..1_000)),
            _ => usdai(1_000_000_000),
        };
        let too_large = || (cap > maximum).then(|| IUSDai::ValueTooLarge { value: cap, maximum }.abi_encode());
        let refusal = self.model.unauthorized("DEFAULT_ADMIN_ROLE", caller).or_else(too_large);
        let accepted = self.predicted(caller, &IUSDai::setSupplyCapCall { cap }, refusal.as_deref());
        if accepted {
            self.model.cap = cap;
        }
        accepted
    }

    fn set_adapter(&mut self) -> Accepted {
        let caller = self.caller_with("DEFAULT_ADMIN_ROLE");
        let stranger = self.world.suite.actors.stranger;
        let (adapter, broken) = match self.random.random_range(0..10) {
            0 => (Address::ZERO, false),
            1 => (stranger, true),
            _ => (self.world.suite.swap_adapter, false),
        };
        let refusal = self
            .model
            .unauthorized("DEFAULT_ADMIN_ROLE", caller)
            .or_else(|| broken.then(|| IUSDai::ExternalCallFailed { target: adapter }.abi_encode()));
        let accepted = self.predicted(caller, &IUSDai::setSwapAdapterCall { adapter }, refusal.as_deref());
        if accepted {
            self.model.adapter = adapter;
        }
        accepted
    }

    fn set_whitelist_required(&mut self) -> Accepted {
        let caller = self.caller_with("DEFAULT_ADMIN_ROLE");
        let required = self.chance(30);
        let refusal = self.model.unauthorized("DEFAULT_ADMIN_ROLE", caller);
        let accepted = self.predicted(
            caller,
            &IUSDai::setWhitelistRequiredCall { required },
            refusal.as_deref(),
        );
        if accepted {
            self.model.whitelist_required = required;
        }
        accepted
    }

    fn set_whitelist(&mut self) -> Accepted {
        let caller = self.caller_with("WHITELIST_ADMIN_ROLE");
        let account = self.recipient();
        let whitelisted = self.chance(70);
        let refusal = self
            .model
            .unauthorized("WHITELIST_ADMIN_ROLE", caller)
            .or_else(|| account.is_zero().then(|| IUSDai::InvalidAddress {}.abi_encode()));
        let call = IUSDai::setWhitelistCall { account, whitelisted };
        let accepted = self.predicted(caller, &call, refusal.as_deref());
        if accepted {
            if whitelisted {
                self.model.whitelist.insert(account);
            } else {
                self.model.whitelist.remove(&account);
            }
        }
        accepted
    }

    fn pause(&mut self, pause: bool) -> Accepted {
        let caller = self.caller_with("PAUSE_ADMIN_ROLE");
        let unauthorized = self.model.unauthorized("PAUSE_ADMIN_ROLE", caller);
        let accepted = if pause {
            let refusal = unauthorized.or_else(|| self.model.paused.then(|| IUSDai::EnforcedPause {}.abi_encode()));
            self.predicted(caller, &IUSDai::pauseCall {}, refusal.as_deref())
        } else {
            let refusal = unauthorized.or_else(|| (!self.model.paused).then(|| IUSDai::ExpectedPause {}.abi_encode()));
            self.predicted(caller, &IUSDai::unpauseCall {}, refusal.as_deref())
        };
        if accepted {
            self.model.paused = pause;
        }
        accepted
    }

    fn some_role(&mut self) -> B256 {
        let roles = usdai_roles(&self.world.suite.actors);
        role_id(roles.choose(&mut self.random).expect("there are roles").0)
    }

    fn change_role(&mut self, grant: bool) -> Accepted {
        let caller = self.caller_with("DEFAULT_ADMIN_ROLE");
        let (role, account) = (self.some_role(), self.user());
        let refusal = self.model.unauthorized("DEFAULT_ADMIN_ROLE", caller);
        if grant {
            let accepted = self.predicted(caller, &IUSDai::grantRoleCall { role, account }, refusal.as_deref());
            if accepted {
                self.model.roles.insert((role, account));
            }
            accepted
        } else {
            let accepted = self.predicted(caller, &IUSDai::revokeRoleCall { role, account }, refusal.as_deref());
            if accepted {
                self.model.roles.remove(&(role, account));
            }
            accepted
        }
    }

    fn renounce_role(&mut self) -> Accepted {
        let (role, account) = (self.some_role(), self.user());
        let caller = if self.chance(90) { account } else { self.user() };
        let refusal = (caller != account).then(|| IUSDai::AccessControlBadConfirmation {}.abi_encode());
        let call = IUSDai::renounceRoleCall {
            role,
            callerConfirmation: account,
        };
        let accepted = self.predicted(caller, &call, refusal.as_deref());
        if accepted {
            self.model.roles.remove(&(role, account));
        }
        accepted
    }

    fn admit_token(&mut self) -> Accepted {
        let actors = self.world.suite.actors;
        let tokens = self.world.suite.tokens;
        let sides = [
            (tokens.usdc, FEE_LOWEST),
            (tokens.usdt, FEE_LOWEST),
            (tokens.dai, FEE_LOW),
        ];
        let (side, tier) = sides[self.random.random_range(0..3)];
        let whitelisted = self.chance(85);
        let caller = if self.chance(90) { actors.admin } else { self.user() };
        let call = ISwapAdapter::setTokenCall {
            token: side.token,
            whitelisted,
            feeTier: U24::from(tier.fee),
        };
        let receipt = self.send(caller, self.world.suite.swap_adapter, &call);
        let refusal = ISwapAdapter::AccessControlUnauthorizedAccount {
            account: caller,
            neededRole: B256::ZERO,
        };
        let refusal = (caller != actors.admin).then(|| refusal.abi_encode());
        agree(&receipt, refusal.as_deref());
        if receipt.status {
            if whitelisted {
                self.model.admitted.insert(side.token);
            } else {
                self.model.admitted.remove(&side.token);
            }
        }
        receipt.status
    }

    fn set_rate(&mut self) -> Accepted {
        let (from, wm) = (self.user(), self.world.suite.tokens.wm.token);
        let basis_points = self.random.random_range(0..=1_000);
        let receipt = self.send(
            from,
            wm,
            &IWrappedM::setRateCall {
                basisPoints: basis_points,
            },
        );
        assert!(receipt.status);
        true
    }

    fn redirect_yield(&mut self) -> Accepted {
        let (from, wm, account) = (self.user(), self.world.suite.tokens.wm.token, self.world.suite.usdai);
        let redirected = self.chance(25);
        let recipient = if redirected {
            self.world.suite.actors.provider
        } else {
            Address::ZERO
        };
        let call = IWrappedM::setClaimOverrideRecipientCall { account, recipient };
        let receipt = self.send(from, wm, &call);
        assert!(receipt.status);
        self.model.redirected = redirected;
        true
    }

    /// Somebody trades in the pool, so that its price is never quite the same.
    fn trade_in_pool(&mut self) -> Accepted {
        let (provider, tokens, pool) = (
            self.world.suite.actors.provider,
            self.world.suite.tokens,
            self.world.suite.pools.wm_usdc,
        );
        // Whatever the pool has more of comes out.
        let (wm, usdc) = (self.world.wm_of(pool), self.world.balance(tokens.usdc.token, pool));
        let sells_wm = if self.chance(80) { wm < usdc } else { wm > usdc };
        let (from, to) = if sells_wm {
            (tokens.wm.token, tokens.usdc.token)
        } else {
            (tokens.usdc.token, tokens.wm.token)
        };
        let params = ISwapRouter::ExactInputSingleParams {
            tokenIn: from,
            tokenOut: to,
            fee: U24::from(FEE_LOWEST.fee),
            recipient: provider,
            amountIn: units(self.random.random_range(1..100_000)),
            amountOutMinimum: U256::ZERO,
            sqrtPriceLimitX96: U160::ZERO,
        };
        let receipt = self.send(
            provider,
            self.world.suite.uniswap.router,
            &ISwapRouter::exactInputSingleCall { params },
        );
        assert!(receipt.status, "{}", reverted(&receipt));
        true
    }

    fn pass_time(&mut self) -> Accepted {
        let seconds = self.random.random_range(3_600..3 * 86_400);
        self.world.pass(seconds);
        // Somebody sees to it that the programs do not expire.
        let now = self.world.chain.timestamp();
        if now - self.kept_alive > 200 * 86_400 {
            let admin = self.world.suite.actors.admin;
            for program in self.world.suite.programs() {
                keep_alive(&mut self.world.chain, admin, program).expect("it is time");
            }
            self.kept_alive = now;
        }
        true
    }

    // One step and what must hold after it

    /// What to do next: mostly by weight, but whatever stops everything is soon undone.
    fn next_kind(&mut self) -> Kind {
        if self.chance(15) {
            if self.model.paused {
                return Kind::Unpause;
            }
            if self.model.whitelist_required && self.model.whitelist.len() < 4 {
                return Kind::SetWhitelist;
            }
            if self.model.adapter.is_zero() {
                return Kind::SetAdapter;
            }
            if self.model.admitted.len() < 3 {
                return Kind::AdmitToken;
            }
            for role in [
                "PAUSE_ADMIN_ROLE",
                "BRIDGE_ADMIN_ROLE",
                "YIELD_ROLE",
                "WHITELIST_ADMIN_ROLE",
            ] {
                if !self.model.roles.iter().any(|(id, _)| *id == role_id(role)) {
                    return Kind::GrantRole;
                }
            }
        }
        let total = KINDS.iter().map(|(_, weight)| weight).sum();
        let mut pick = self.random.random_range(0..total);
        for (kind, weight) in KINDS {
            if pick < *weight {
                return *kind;
            }
            pick -= weight;
        }
        unreachable!("the weights add up")
    }

    fn act(&mut self, kind: Kind) -> Accepted {
        let tokens = self.world.suite.tokens;
        // USDC goes by its direct pool or names it.
        let route_in = self
            .chance(30)
            .then(|| suite::uniswap::path(tokens.usdc.token, &[(FEE_LOWEST, tokens.wm.token)]));
        let route_out = self
            .chance(30)
            .then(|| suite::uniswap::path(tokens.wm.token, &[(FEE_LOWEST, tokens.usdc.token)]));
        let (usdt_in, usdt_out) = (self.world.suite.usdt_to_wm(), self.world.suite.wm_to_usdt());
        match kind {
            Kind::DepositWrappedM => self.deposit(tokens.wm.token, 6, None),
            Kind::DepositUsdc => self.deposit(tokens.usdc.token, 6, route_in),
            Kind::DepositUsdt => self.deposit(tokens.usdt.token, 6, Some(usdt_in)),
            Kind::DepositDai => self.deposit(tokens.dai.token, 18, None),
            Kind::WithdrawWrappedM => self.withdraw(tokens.wm.token, 6, None),
            Kind::WithdrawUsdc => self.withdraw(tokens.usdc.token, 6, route_out),
            Kind::WithdrawUsdt => self.withdraw(tokens.usdt.token, 6, Some(usdt_out)),
            Kind::WithdrawDai => self.withdraw(tokens.dai.token, 18, None),
            Kind::Transfer => self.transfer(),
            Kind::Approve => self.approve(),
            Kind::TransferFrom => self.transfer_from(),
            Kind::Permit => self.permit(),
            Kind::BridgeOut => self.bridge_out(),
            Kind::BridgeIn => self.bridge_in(),
            Kind::Harvest => self.harvest(),
            Kind::Donate => self.donate(),
            Kind::ClaimForUsdai => self.claim_for_usdai(),
            Kind::SetCap => self.set_cap(),
            Kind::SetAdapter => self.set_adapter(),
            Kind::SetWhitelistRequired => self.set_whitelist_required(),
            Kind::SetWhitelist => self.set_whitelist(),
            Kind::Pause => self.pause(true),
            Kind::Unpause => self.pause(false),
            Kind::GrantRole => self.change_role(true),
            Kind::RevokeRole => self.change_role(false),
            Kind::RenounceRole => self.renounce_role(),
            Kind::AdmitToken => self.admit_token(),
            Kind::SetRate => self.set_rate(),
            Kind::RedirectYield => self.redirect_yield(),
            Kind::TradeInPool => self.trade_in_pool(),
            Kind::PassTime => self.pass_time(),
        }
    }

    fn step(&mut self, kind: Kind) -> Accepted {
        // A block of its own, so that views see what the transaction will.
        let seconds = self.random.random_range(0..30);
        self.world.pass(seconds);
        self.accrued = self.world.accrued();
        self.gained = U256::ZERO;
        self.harvested = U256::ZERO;
        let surplus = self.model.surplus();
        let accepted = self.act(kind);
        // R2, in the model that the chain is then compared with.
        assert_eq!(self.model.surplus() + self.harvested, surplus + self.gained, "R2");
        self.check_totals();
        accepted
    }

    fn check_totals(&self) {
        let (world, model) = (&self.world, &self.model);
        assert_eq!(world.ask(&IUSDai::totalSupplyCall {}), model.total, "total supply");
        assert_eq!(
            world.ask(&IUSDai::bridgedSupplyCall {}),
            model.bridged,
            "bridged supply"
        );
        assert_eq!(world.wm_of(world.suite.usdai), model.held, "wM held");
        assert!(model.held * n(SCALE) >= model.liabilities(), "R1");
    }

    fn check_everything(&self) {
        let (world, model) = (&self.world, &self.model);
        world.check_reserves();
        let mut sum = U256::ZERO;
        for &account in self.users.iter().chain([&world.suite.usdai]) {
            let balance = world.usdai_of(account);
            assert_eq!(balance, model.balance(account), "balance of {account}");
            sum += balance;
            let nonce = model.nonces.get(&account).copied().unwrap_or_default();
            assert_eq!(world.ask(&IUSDai::noncesCall { owner: account }), nonce);
            let whitelisted = model.whitelist.contains(&account);
            assert_eq!(world.ask(&IUSDai::isWhitelistedCall { account }), whitelisted);
            for (name, _) in usdai_roles(&world.suite.actors) {
                let has = world.ask(&IUSDai::hasRoleCall {
                    role: role_id(name),
                    account,
                });
                assert_eq!(has, model.has(name, account), "{name} of {account}");
            }
        }
        assert_eq!(sum, model.total, "nobody else holds any");
        for (&(owner, spender), &allowance) in &model.allowances {
            assert_eq!(world.allowance(world.suite.usdai, owner, spender), allowance);
        }
        assert_eq!(world.ask(&IUSDai::supplyCapCall {}), model.cap);
        assert_eq!(world.ask(&IUSDai::pausedCall {}), model.paused);
        assert_eq!(world.ask(&IUSDai::whitelistRequiredCall {}), model.whitelist_required);
        assert_eq!(world.ask(&IUSDai::swapAdapterCall {}), model.adapter);
        world.check_adapter_is_empty();
    }
}

fn reverted(receipt: &Receipt) -> Reverted {
    Reverted {
        data: receipt.output.clone(),
        halt: receipt.halt_reason.clone(),
    }
}

/// The first pool of a route paid nothing, and the second refuses to swap that: its reason is "AS".
fn is_dust_on_the_way(reverted: &Reverted) -> bool {
    let failed = reverted.as_error::<ISwapAdapter::SwapFailed>();
    failed.is_some_and(|failed| failed.reason == Revert::from("AS").abi_encode())
}

/// The transaction ended as predicted: with this refusal, or well.
#[track_caller]
fn agree(receipt: &Receipt, refusal: Option<&[u8]>) {
    match refusal {
        None => assert!(receipt.status, "{}", reverted(receipt)),
        Some(data) => {
            assert!(!receipt.status, "instead of {}", suite::calls::describe_revert(data));
            assert_eq!(
                receipt.output.as_ref(),
                data,
                "{} instead of {}",
                reverted(receipt),
                suite::calls::describe_revert(data)
            );
        }
    }
}

#[test]
fn the_reserves_hold_whatever_happens() {
    let (seed, steps) = (number_from("HISTORY_SEED", SEED), number_from("HISTORY_STEPS", STEPS));
    report(&format!("HISTORY_SEED={seed} HISTORY_STEPS={steps}\n"));
    let mut history = History::new(seed);
    let mut tally = Tally::new(KINDS);
    for step in 0..steps {
        let kind = history.next_kind();
        named(
            || format!("step {step}, {kind:?} of HISTORY_SEED={seed}"),
            || {
                tally.count(kind, history.step(kind));
                if step % 50 == 0 {
                    history.check_everything();
                }
            },
        );
    }
    history.check_everything();
    report(&tally.table());
    if steps >= STEPS {
        assert!(tally.steps() >= 10_000);
        let rare = tally.rarer_than(SUCCESSES);
        assert!(rare.is_empty(), "fewer than {SUCCESSES} successes: {rare:?}");
    }
}
