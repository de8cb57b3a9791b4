//! What the end-to-end tests share: a chain with the whole suite deployed from the built WASM, quick ways to act on it,
//! and exact expectations.
//!
//! Every test gets a chain as it was right after the deployment: [`World::new`] has USDai alone, [`World::staked`] sUSDai
//! and its auction too, [`World::of`] what the test wants. The reserves, and the books of sUSDai, are checked once more
//! when a test ends.
//!
//! - [`staking`]: time, bids and settlements, invariants of sUSDai;
//! - [`calls`]: its calls in few words;
//! - [`published`]: the published ABIs, and what stands in the built programs;
//! - [`reference`]: what the auction must do, computed the slow and simple way;
//! - [`history`]: what random histories share.

#![deny(unsafe_code)]

pub mod permit;

pub mod calls;
pub mod history;
pub mod published;
pub mod reference;
pub mod staking;

use std::io::Write as _;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

use alloy_primitives::aliases::U24;
use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolCall, SolError, SolEvent};
use devnet::{Chain, ChainConfig, Receipt};
use suite::bindings::{IERC20, ISwapAdapter, ITestToken, IUSDai, IWrappedM};
use suite::program::deploy_evm;
use suite::uniswap::FeeTier;
use suite::{Artifacts, Outcome, Reverted, Suite, SuiteConfig, Transact, events_of};

/// Prints a table of figures although the test passes, when the test runner keeps what tests print to itself.
pub fn report(figures: &str) {
    // A report that cannot be written is no failure of what is tested.
    let _ = std::io::stderr().write_all(figures.as_bytes());
}

/// USDai per unit of a token with 6 decimals.
pub const SCALE: u64 = 1_000_000_000_000;

/// `dollars` in the units of a token with 6 decimals.
pub fn units(dollars: u64) -> U256 {
    U256::from(dollars) * U256::from(1_000_000)
}

/// `dollars` in the units of USDai.
pub fn usdai(dollars: u64) -> U256 {
    units(dollars) * U256::from(SCALE)
}

/// A number of anything.
pub fn n(value: u64) -> U256 {
    U256::from(value)
}

/// A chain with the suite on it.
#[derive(Debug)]
pub struct Deployed {
    /// The chain.
    pub chain: Chain,
    /// What is deployed on it.
    pub suite: Suite,
    /// The state right after the deployment.
    fresh: u64,
}

/// A [`Deployed`] for one test. It goes back to its first state and to the next test when dropped.
#[derive(Debug)]
pub struct World {
    deployed: Option<Deployed>,
    /// Where it goes when it is dropped; one of a kind goes nowhere.
    shelf: Option<&'static Shelf>,
}

/// Chains that no test is using.
type Shelf = Mutex<Vec<Deployed>>;

static USDAI_ALONE: Shelf = Mutex::new(Vec::new());
static STAKED: Shelf = Mutex::new(Vec::new());

impl World {
    /// USDai as it was right after its deployment, without sUSDai.
    ///
    /// # Panics
    ///
    /// When the suite cannot be deployed, with the reason.
    #[expect(clippy::new_without_default, reason = "not a value but a resource")]
    pub fn new() -> Self {
        let config = SuiteConfig {
            staking: None,
            ..SuiteConfig::default()
        };
        Self::from_shelf(&USDAI_ALONE, &config)
    }

    /// The whole suite as it was right after its deployment, a day before the first epoch: the admin has deposited 10
    /// USDai, and wrapped M earns nothing, so that yield comes only when a test says so.
    ///
    /// # Panics
    ///
    /// When the suite cannot be deployed, with the reason.
    pub fn staked() -> Self {
        let config = SuiteConfig {
            yield_bps: 0,
            ..SuiteConfig::default()
        };
        Self::from_shelf(&STAKED, &config)
    }

    /// A suite of its own kind.
    ///
    /// # Panics
    ///
    /// When the suite cannot be deployed, with the reason.
    pub fn of(config: &SuiteConfig) -> Self {
        Self {
            deployed: Some(Deployed::new(config)),
            shelf: None,
        }
    }

    fn from_shelf(shelf: &'static Shelf, config: &SuiteConfig) -> Self {
        let idle = shelf.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Self {
            deployed: Some(idle.unwrap_or_else(|| Deployed::new(config))),
            shelf: Some(shelf),
        }
    }
}

impl Deref for World {
    type Target = Deployed;

    fn deref(&self) -> &Deployed {
        self.deployed.as_ref().expect("there until dropped")
    }
}

impl DerefMut for World {
    fn deref_mut(&mut self) -> &mut Deployed {
        self.deployed.as_mut().expect("there until dropped")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // After a failed test the chain is thrown away: its state may be what failed.
        if std::thread::panicking() {
            return;
        }
        if let Some(mut deployed) = self.deployed.take() {
            deployed.check_reserves();
            if deployed.suite.staking.is_some() {
                deployed.check_books();
            }
            let Some(place) = self.shelf else { return };
            assert!(
                deployed.chain.revert(deployed.fresh),
                "the state after the deployment is kept"
            );
            deployed.fresh = deployed.chain.snapshot();
            place.lock().unwrap_or_else(PoisonError::into_inner).push(deployed);
        }
    }
}

impl Deployed {
    fn new(config: &SuiteConfig) -> Self {
        let mut chain = Chain::new(ChainConfig::default());
        let suite = match Suite::deploy(&mut chain, config) {
            Ok(suite) => suite,
            Err(error) => panic!("the suite cannot be deployed: {error:#}"),
        };
        let fresh = chain.snapshot();
        Self { chain, suite, fresh }
    }

    /// Sends a transaction to USDai.
    pub fn usdai<C: SolCall>(&mut self, from: Address, call: &C) -> Outcome<C> {
        self.send(from, self.suite.usdai, call)
    }

    /// Sends a transaction to the swap adapter.
    pub fn adapter<C: SolCall>(&mut self, from: Address, call: &C) -> Outcome<C> {
        self.send(from, self.suite.swap_adapter, call)
    }

    /// Sends a transaction to any contract. Contracts may be senders too: who has no ether for gas gets some.
    pub fn send<C: SolCall>(&mut self, from: Address, to: Address, call: &C) -> Outcome<C> {
        self.pay_gas_of(from);
        self.chain.transact(from, to, call)
    }

    /// Gives an account that has no ether enough of it for some transactions.
    pub fn pay_gas_of(&mut self, account: Address) {
        if self.chain.balance(account).is_zero() {
            self.chain.set_balance(account, U256::from(10).pow(n(18)));
        }
    }

    /// A view of USDai.
    pub fn ask<C: SolCall>(&self, call: &C) -> C::Return {
        self.chain.view(self.suite.usdai, call)
    }

    /// A view of the swap adapter.
    pub fn ask_adapter<C: SolCall>(&self, call: &C) -> C::Return {
        self.chain.view(self.suite.swap_adapter, call)
    }

    /// Deploys a contract of `contracts/fixtures`.
    pub fn fixture(&mut self, name: &str) -> Address {
        let code = Artifacts::default()
            .creation_code(name)
            .expect("scripts/fixtures.sh has run");
        deploy_evm(&mut self.chain, self.suite.actors.admin, code).expect("fixtures deploy")
    }

    /// Deploys a contract of `contracts/fixtures` that takes one word at its construction.
    pub fn fixture_with(&mut self, name: &str, argument: U256) -> Address {
        let artifacts = Artifacts::default();
        let code = artifacts
            .creation_code_with(name, &(argument,))
            .expect("scripts/fixtures.sh has run");
        deploy_evm(&mut self.chain, self.suite.actors.admin, code).expect("fixtures deploy")
    }

    /// What `account` holds of `token`.
    pub fn balance(&self, token: Address, account: Address) -> U256 {
        self.chain.view(token, &IERC20::balanceOfCall { account })
    }

    /// USDai of `account`.
    pub fn usdai_of(&self, account: Address) -> U256 {
        self.balance(self.suite.usdai, account)
    }

    /// wM of `account`, what it has accrued not included.
    pub fn wm_of(&self, account: Address) -> U256 {
        self.balance(self.suite.tokens.wm.token, account)
    }

    /// Gives `account` so much of a test token.
    pub fn give(&mut self, token: Address, account: Address, amount: U256) {
        let admin = self.suite.actors.admin;
        self.send(admin, token, &ITestToken::mintCall { to: account, amount })
            .must();
    }

    /// `owner` allows `spender` any amount of `token`, which need not answer.
    pub fn allow(&mut self, token: Address, owner: Address, spender: Address) {
        let call = IERC20::approveCall {
            spender,
            value: U256::MAX,
        };
        self.pay_gas_of(owner);
        let receipt = self.chain.send_data(owner, token, U256::ZERO, call.abi_encode().into());
        assert!(receipt.status, "{token} refuses an approval");
    }

    /// `account` gets so much of `token`, and allows USDai to take it.
    pub fn fund(&mut self, token: Address, account: Address, amount: U256) {
        self.give(token, account, amount);
        let usdai = self.suite.usdai;
        if self.allowance(token, account, usdai) < amount {
            self.allow(token, account, usdai);
        }
    }

    /// Mints USDai of `dollars` whole dollars to `account` against wM.
    pub fn mint_usdai(&mut self, account: Address, dollars: u64) {
        let wm = self.suite.tokens.wm.token;
        self.fund(wm, account, units(dollars));
        self.deposit(account, wm, units(dollars), U256::ZERO, account).must();
    }

    /// `deposit` without a path.
    pub fn deposit(
        &mut self,
        from: Address,
        token: Address,
        amount: U256,
        minimum: U256,
        recipient: Address,
    ) -> Outcome<IUSDai::deposit_0Call> {
        let call = IUSDai::deposit_0Call {
            depositToken: token,
            depositAmount: amount,
            usdaiAmountMinimum: minimum,
            recipient,
        };
        self.usdai(from, &call)
    }

    /// `deposit` along a path.
    pub fn deposit_along(
        &mut self,
        from: Address,
        token: Address,
        amount: U256,
        minimum: U256,
        recipient: Address,
        path: Bytes,
    ) -> Outcome<IUSDai::deposit_1Call> {
        let call = IUSDai::deposit_1Call {
            depositToken: token,
            depositAmount: amount,
            usdaiAmountMinimum: minimum,
            recipient,
            data: path,
        };
        self.usdai(from, &call)
    }

    /// `withdraw` without a path.
    pub fn withdraw(
        &mut self,
        from: Address,
        token: Address,
        amount: U256,
        minimum: U256,
        recipient: Address,
    ) -> Outcome<IUSDai::withdraw_0Call> {
        let call = IUSDai::withdraw_0Call {
            withdrawToken: token,
            usdaiAmount: amount,
            withdrawAmountMinimum: minimum,
            recipient,
        };
        self.usdai(from, &call)
    }

    /// `withdraw` along a path.
    pub fn withdraw_along(
        &mut self,
        from: Address,
        token: Address,
        amount: U256,
        minimum: U256,
        recipient: Address,
        path: Bytes,
    ) -> Outcome<IUSDai::withdraw_1Call> {
        let call = IUSDai::withdraw_1Call {
            withdrawToken: token,
            usdaiAmount: amount,
            withdrawAmountMinimum: minimum,
            recipient,
            data: path,
        };
        self.usdai(from, &call)
    }

    /// Lets time pass: the block that comes is `seconds` later. A view sees it too.
    pub fn pass(&mut self, seconds: u64) {
        self.chain.increase_time(seconds);
        self.chain.mine(1);
    }

    /// What wM owes USDai.
    pub fn accrued(&self) -> U256 {
        let call = IWrappedM::accruedYieldOfCall {
            account: self.suite.usdai,
        };
        U256::from(self.chain.view(self.suite.tokens.wm.token, &call))
    }

    /// USDai here and on other chains.
    pub fn liabilities(&self) -> U256 {
        self.ask(&IUSDai::totalSupplyCall {}) + self.ask(&IUSDai::bridgedSupplyCall {})
    }

    /// R1, and that `reserves()` says the same.
    ///
    /// # Panics
    ///
    /// When USDai is not backed.
    pub fn check_reserves(&self) {
        let backing = self.wm_of(self.suite.usdai) * U256::from(SCALE);
        let liabilities = self.liabilities();
        assert!(backing >= liabilities, "R1: {backing} of backing for {liabilities}");
        let told = self.ask(&IUSDai::reservesCall {});
        assert_eq!((told.backing, told.liabilities), (backing, liabilities), "reserves()");
    }

    /// The adapter keeps nothing: neither balances nor allowances to the router.
    ///
    /// # Panics
    ///
    /// When it does.
    pub fn check_adapter_is_empty(&self) {
        let tokens = self.suite.tokens;
        let (adapter, router) = (self.suite.swap_adapter, self.suite.uniswap.router);
        for side in [tokens.wm, tokens.usdc, tokens.usdt, tokens.dai] {
            assert_eq!(
                self.balance(side.token, adapter),
                U256::ZERO,
                "the adapter holds {}",
                side.token
            );
            assert_eq!(
                self.balance(side.token, router),
                U256::ZERO,
                "the router holds {}",
                side.token
            );
            assert_eq!(
                self.allowance(side.token, adapter, router),
                U256::ZERO,
                "an allowance of {} is left",
                side.token
            );
        }
    }

    /// The only event of this kind that USDai logged.
    ///
    /// # Panics
    ///
    /// When there is none or more than one.
    pub fn usdai_event<E: SolEvent>(&self, receipt: &Receipt) -> E {
        only(events_of(receipt, self.suite.usdai))
    }

    /// The only event of this kind that the adapter logged.
    ///
    /// # Panics
    ///
    /// When there is none or more than one.
    pub fn adapter_event<E: SolEvent>(&self, receipt: &Receipt) -> E {
        only(events_of(receipt, self.suite.swap_adapter))
    }

    /// What `spender` may take of `owner`'s `token`.
    pub fn allowance(&self, token: Address, owner: Address, spender: Address) -> U256 {
        self.chain.view(token, &IERC20::allowanceCall { owner, spender })
    }

    /// The adapter takes `token` from now on, with the direct pool of this tier.
    pub fn admit(&mut self, token: Address, tier: FeeTier) {
        let admin = self.suite.actors.admin;
        let call = ISwapAdapter::setTokenCall {
            token,
            whitelisted: true,
            feeTier: U24::from(tier.fee),
        };
        self.adapter(admin, &call).must();
    }
}

#[track_caller]
fn only<E: SolEvent>(mut events: Vec<E>) -> E {
    assert_eq!(events.len(), 1, "events {}", E::SIGNATURE);
    events.pop().expect("counted")
}

/// Expectations of an outcome.
pub trait Expect<R> {
    /// What came back from a call that must succeed.
    fn must(self) -> R;

    /// The call must have failed with exactly this error.
    fn must_revert<E: SolError + PartialEq + std::fmt::Debug>(self, expected: E);

    /// The call must have failed with this kind of error, which is returned.
    fn must_revert_with<E: SolError>(self) -> E;

    /// The call must have been refused without a word, as re-entry is.
    fn must_revert_empty(self);
}

impl<C: SolCall> Expect<C::Return> for Outcome<C> {
    #[track_caller]
    fn must(self) -> C::Return {
        self.result().must_of(C::SIGNATURE)
    }

    #[track_caller]
    fn must_revert<E: SolError + PartialEq + std::fmt::Debug>(self, expected: E) {
        check_error(&failure(&self), &expected);
    }

    #[track_caller]
    fn must_revert_with<E: SolError>(self) -> E {
        let reverted = failure(&self);
        match reverted.as_error::<E>() {
            Some(error) => error,
            None => panic!("{} instead of {}: {reverted}", C::SIGNATURE, E::SIGNATURE),
        }
    }

    #[track_caller]
    fn must_revert_empty(self) {
        let reverted = failure(&self);
        assert!(
            reverted.data.is_empty(),
            "{} instead of nothing: {reverted}",
            C::SIGNATURE
        );
    }
}

#[track_caller]
fn failure<C: SolCall>(outcome: &Outcome<C>) -> Reverted {
    match outcome.result() {
        Ok(_) => panic!("{} went through", C::SIGNATURE),
        Err(reverted) => reverted,
    }
}

/// The failure must be exactly `expected`.
///
/// # Panics
///
/// When it is another one.
#[track_caller]
pub fn check_error<E: SolError + PartialEq + std::fmt::Debug>(reverted: &Reverted, expected: &E) {
    match reverted.as_error::<E>() {
        Some(error) => assert_eq!(&error, expected),
        None => panic!("instead of {expected:?}: {reverted}"),
    }
}

trait MustOf<R> {
    fn must_of(self, what: &str) -> R;
}

impl<R> MustOf<R> for Result<R, Reverted> {
    #[track_caller]
    fn must_of(self, what: &str) -> R {
        match self {
            Ok(value) => value,
            Err(reverted) => panic!("{what} {reverted}"),
        }
    }
}
