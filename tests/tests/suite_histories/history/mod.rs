//! A history: the chain, what is known of everybody's doings, and what happens next.

mod checks;
mod flows;
mod lenders;
mod loans;
mod look;
mod nonsense;
mod sales;
mod stakers;
mod strategy;
mod suggestions;
mod titles;
mod usdai;
mod wind_down;

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::SolCall;
use devnet::Receipt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use suite::bindings::{ICaliber as C, IERC20, IStakedUSDai as V, IWrappedM};
use suite::calls::describe_revert;
use suite::credit::CreditConfig;
use suite::program::keep_alive;
use suite::staking::{DAY, StakingConfig};
use suite::{Credit, Reverted, Staking, SuiteConfig};
use suite_tests::history::Tally;
use suite_tests::{World, calls, n, units, usdai};

use crate::kind::{KINDS, Kind};
use loans::Loan;
use look::{Gifts, Leeway, Look};
use stakers::{Request, Reveal};
use titles::Title;

/// What a history plays in.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) staking: StakingConfig,
    pub(crate) credit: CreditConfig,
    /// What wrapped M earns at first, in basis points a year.
    pub(crate) yield_bps: u32,
}

/// Whether a step went through.
type Accepted = bool;

/// Everybody without a role.
struct People {
    /// Lends USDai to whoever has to pay; nothing else.
    bank: Address,
    stakers: Vec<Address>,
    curators: Vec<Address>,
    operators: Vec<Address>,
    bidders: Vec<Address>,
}

/// One history.
pub(crate) struct History {
    world: World,
    random: StdRng,
    staking: Staking,
    credit: Credit,
    usdai: Address,
    people: People,
    started: u64,

    look: Look,
    gifts: Gifts,
    /// What the step has sent, if it went through.
    receipts: Vec<Receipt>,
    /// wM that the step has given to USDai, with 18 decimals.
    base_yield_given: U256,
    fees_received: U256,
    interest_paid: U256,
    interest_fees: U256,

    requests: BTreeMap<u64, Request>,
    /// The revealed bids of epochs that are not settled, in order.
    reveals: BTreeMap<u64, Vec<Reveal>>,
    /// Epochs with bids that are not settled.
    unsettled: BTreeSet<u64>,
    /// Who stood in the queue at the last look, in order, and who has left it since for an auction.
    line: Vec<u64>,
    away: BTreeSet<u64>,
    /// Operations that may each have left wei of what was reserved.
    claims: u64,

    /// From when on what was put under notice can be redeemed.
    notices: BTreeMap<(Address, u64), u64>,
    titles: BTreeMap<u64, Title>,
    serials: u64,
    loans: Vec<Loan>,
    /// Loans whose collateral the step has sold, and those that it has written off.
    sold: Vec<B256>,
    written_off: Vec<B256>,
    nonces: u64,
    blacklisted: BTreeSet<Address>,

    /// Until when the programs live, as far as is known.
    alive_until: BTreeMap<Address, u64>,
    pub(crate) tally: Tally<Kind>,
}

/// 1e18.
fn wad() -> U256 {
    usdai(1)
}

/// Somebody without a key.
fn person(name: &str) -> Address {
    Address::from_word(keccak256(name))
}

fn persons(names: &[&str]) -> Vec<Address> {
    names.iter().map(|name| person(name)).collect()
}

impl History {
    pub(crate) fn new(seed: u64, scenario: &Scenario) -> Self {
        let world = World::of(&SuiteConfig {
            yield_bps: scenario.yield_bps,
            staking: Some(scenario.staking),
            credit: Some(scenario.credit),
            ..SuiteConfig::default()
        });
        let actors = world.suite.actors;
        let staking = world.staking();
        let credit = world.suite.credit.expect("it was asked for");
        let people = People {
            bank: person("bank"),
            stakers: [
                vec![actors.alice, actors.bob, actors.carol, actors.dave],
                persons(&["eve", "frank"]),
            ]
            .concat(),
            curators: vec![credit.actors.curator, person("another curator")],
            operators: [
                vec![credit.actors.operator, credit.actors.other_operator],
                persons(&["third operator", "fourth operator"]),
            ]
            .concat(),
            bidders: persons(&["liquidator", "dealer", "data centre"]),
        };
        let look = Look::at(&world);
        let now = world.now();
        let mut history = Self {
            random: StdRng::seed_from_u64(seed),
            staking,
            credit,
            usdai: world.suite.usdai,
            people,
            started: now,
            look,
            gifts: Gifts::default(),
            receipts: Vec::new(),
            base_yield_given: U256::ZERO,
            fees_received: U256::ZERO,
            interest_paid: U256::ZERO,
            interest_fees: U256::ZERO,
            requests: BTreeMap::new(),
            reveals: BTreeMap::new(),
            unsettled: BTreeSet::new(),
            line: Vec::new(),
            away: BTreeSet::new(),
            claims: 0,
            notices: BTreeMap::new(),
            titles: BTreeMap::new(),
            serials: 0,
            loans: Vec::new(),
            sold: Vec::new(),
            written_off: Vec::new(),
            nonces: 0,
            blacklisted: BTreeSet::new(),
            alive_until: world
                .suite
                .programs()
                .into_iter()
                .map(|program| (program, now + 365 * DAY))
                .collect(),
            tally: Tally::new(KINDS),
            world,
        };
        history.endow();
        history.look = Look::at(&history.world);
        history
    }

    /// Money and approvals for everybody, and the first deposits of the tranches, which lock their first shares.
    fn endow(&mut self) {
        let wm = self.world.suite.tokens.wm.token;
        let spenders = [self.staking.vault, self.credit.pool, self.credit.auction];
        for account in self.accounts() {
            self.world.chain.set_balance(account, usdai(1_000_000));
            let dollars = if account == self.people.bank {
                50_000_000
            } else {
                3_000_000
            };
            self.world.mint_usdai(account, dollars);
            self.world.fund(wm, account, units(5_000_000));
            for spender in spenders {
                self.world.allow(self.usdai, account, spender);
            }
        }
        for tokens in [
            self.world.suite.tokens.usdc,
            self.world.suite.tokens.usdt,
            self.world.suite.tokens.dai,
        ] {
            for account in self.people.stakers.clone() {
                let amount = suite::uniswap::dollars(5_000_000, tokens.decimals);
                self.world.fund(tokens.token, account, amount);
            }
        }
        let approve = C::setApprovalForAllCall {
            operator: self.credit.pool,
            approved: true,
        };
        for operator in self.people.operators.clone() {
            self.must(operator, self.credit.caliber, &approve);
        }
        for (tranche, curator) in (0..self.tranches()).zip(self.people.curators.clone().into_iter().cycle()) {
            assert!(self.lend_to(curator, tranche, usdai(400_000)));
        }
        // Without them the yield of all reserves would be that of the few shares of the deployment.
        for staker in self.people.stakers.clone() {
            self.must(staker, self.staking.vault, &calls::deposit(usdai(300_000), staker));
        }
        self.receipts.clear();
    }

    /// Everybody without a role.
    fn accounts(&self) -> Vec<Address> {
        let People {
            bank,
            stakers,
            curators,
            operators,
            bidders,
        } = &self.people;
        [stakers, curators, operators, bidders, &vec![*bank]]
            .into_iter()
            .flatten()
            .copied()
            .collect()
    }

    fn tranches(&self) -> u64 {
        self.look.tranches.len() as u64
    }

    fn now(&self) -> u64 {
        self.look.now
    }

    /// Days that have passed.
    pub(crate) fn days(&self) -> u64 {
        (self.now() - self.started) / DAY
    }

    // --------------------------------------------------------------------------------------------------- what is random

    fn below(&mut self, end: u64) -> u64 {
        self.random.random_range(0..end)
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn one_of<T: Copy>(&mut self, choice: &[T]) -> Option<T> {
        choice.choose(&mut self.random).copied()
    }

    fn staker(&mut self) -> Address {
        self.one_of(&self.people.stakers.clone()).expect("there are some")
    }

    fn curator(&mut self) -> Address {
        self.one_of(&self.people.curators.clone()).expect("there are some")
    }

    fn operator(&mut self) -> Address {
        self.one_of(&self.people.operators.clone()).expect("there are some")
    }

    fn anybody(&mut self) -> Address {
        self.one_of(&self.accounts()).expect("there are some")
    }

    fn stranger(&self) -> Address {
        self.world.suite.actors.stranger
    }

    fn strategist(&self) -> Address {
        self.world.suite.actors.strategist
    }

    fn pauser(&self) -> Address {
        self.world.suite.actors.pauser
    }

    /// From a millionth to a hundred thousand of 18 decimals, every order of magnitude alike.
    fn amount(&mut self) -> U256 {
        let magnitude = U256::from(10).pow(n(self.random.random_range(12..=22)));
        magnitude * n(self.random.random_range(1_000..10_000)) / n(1_000)
    }

    /// A part of `whole`, seldom all of it or a little more or less.
    fn part_of(&mut self, whole: U256) -> U256 {
        match self.below(30) {
            0 => whole.saturating_add(n(1)),
            1 | 2 => whole,
            3 => whole.saturating_sub(n(1)),
            4..12 => whole / n(100) * n(self.below(30)) + n(self.below(1_000)),
            _ => whole / n(1_000) * n(self.below(1_000)),
        }
    }

    // ----------------------------------------------------------------------------------------------------- what is done

    /// Sends a call: what it returned, unless it was refused as the ABI says.
    fn send<C: SolCall>(&mut self, from: Address, to: Address, call: &C) -> Option<C::Return> {
        let outcome = self.world.send(from, to, call);
        match outcome.result() {
            Ok(returned) => {
                self.receipts.push(outcome.receipt);
                Some(returned)
            }
            Err(reverted) => {
                self.note_refusal(C::SIGNATURE, &reverted);
                None
            }
        }
    }

    /// Sends a call that nothing may stop.
    #[track_caller]
    fn must<C: SolCall>(&mut self, from: Address, to: Address, call: &C) -> C::Return {
        let outcome = self.world.send(from, to, call);
        match outcome.result() {
            Ok(returned) => {
                self.receipts.push(outcome.receipt);
                returned
            }
            Err(reverted) => panic!("{} {reverted}", C::SIGNATURE),
        }
    }

    /// As [`Self::send`]; what `fits` must go through, what does not must be refused.
    #[track_caller]
    fn expect<C: SolCall>(&mut self, fits: bool, from: Address, to: Address, call: &C) -> Option<C::Return> {
        if fits {
            return Some(self.must(from, to, call));
        }
        let returned = self.send(from, to, call);
        assert!(returned.is_none(), "{} must be refused", C::SIGNATURE);
        None
    }

    /// A refusal must be an error that the ABI of a contract of the suite names.
    fn note_refusal(&mut self, what: &str, reverted: &Reverted) {
        assert!(reverted.halt.is_none(), "{what} {reverted}");
        let told = describe_revert(&reverted.data);
        let name = told.split([' ', '(']).next().unwrap_or_default();
        assert!(
            name.starts_with(|first: char| first.is_ascii_uppercase()),
            "{what}: {told} is no error of the ABI"
        );
        self.tally.meet(&format!("refused: {name}"));
    }

    /// Raw calldata that must be refused.
    fn must_refuse(&mut self, what: &str, from: Address, to: Address, value: U256, data: Bytes) {
        self.world.pay_gas_of(from);
        let receipt = suite::Transact::send_data(&mut self.world.chain, from, to, value, data);
        assert!(!receipt.status, "{what} went through");
        let reverted = Reverted {
            data: receipt.output,
            halt: receipt.halt_reason,
        };
        self.note_refusal(what, &reverted);
    }

    /// `account` has so much USDai at least.
    fn provide(&mut self, account: Address, amount: U256) {
        let held = self.world.usdai_of(account);
        if held < amount {
            let call = IERC20::transferCall {
                to: account,
                value: amount - held + usdai(1_000),
            };
            self.must(self.people.bank, self.usdai, &call);
        }
    }

    fn is_paused(&self, contract: Address) -> bool {
        // The function is the same in all of them.
        suite::Transact::view(&self.world.chain, contract, &V::pausedCall {})
    }

    // ------------------------------------------------------------------------------------------------------------- time

    /// The time is `time`, and nothing else has changed.
    fn at(&mut self, time: u64) {
        self.world.at(time);
        let look = Look::at(&self.world);
        look.check(&self.gifts);
        look.check_time_since(&self.look);
        self.look = look;
        // Somebody sees to it that no program expires, if the steps have not.
        let due: Vec<Address> = self
            .alive_until
            .iter()
            .filter(|(_, until)| **until < time + 70 * DAY)
            .map(|(program, _)| *program)
            .collect();
        for program in due {
            self.prolong(program);
        }
    }

    fn prolong(&mut self, program: Address) {
        let (from, now) = (self.stranger(), self.world.now());
        keep_alive(&mut self.world.chain, from, program).expect("it is time");
        self.alive_until.insert(program, now + 365 * DAY);
    }

    /// One of the programs that can be prolonged: at the earliest 31 days after the last time.
    fn keep_alive(&mut self) -> Accepted {
        let now = self.now();
        let old: Vec<Address> = self
            .alive_until
            .iter()
            .filter(|(_, until)| **until < now + 333 * DAY)
            .map(|(program, _)| *program)
            .collect();
        let Some(program) = self.one_of(&old) else { return false };
        self.prolong(program);
        true
    }

    /// To where something begins or ends, to the second before or after it, or anywhere.
    fn pass_time(&mut self) -> Accepted {
        let (now, boundaries) = (self.now(), self.boundaries());
        let next = self.below(4) * self.below(4) / 3;
        let boundary = boundaries
            .get(usize::try_from(next).expect("small"))
            .or(boundaries.last())
            .copied();
        let time = match (self.below(20), boundary) {
            // Bids wait to be revealed, one after another.
            _ if self.has_sealed_bids() && self.chance(60) => now + self.below(self.staking.config.epoch_length / 100),
            // What is far away is seldom gone to at once.
            (0..9, Some(boundary)) if boundary - now > 3 * DAY && self.chance(70) => now + self.below(3 * DAY),
            (0..10, Some(boundary)) => boundary,
            (10..12, Some(boundary)) => boundary - 1,
            (12, Some(boundary)) => boundary + 1,
            (13, _) => now + self.below(6 * DAY),
            _ => now + self.below(DAY),
        };
        self.at(time.max(now));
        true
    }

    // ---------------------------------------------------------------------------------------------------------- a step

    /// What to do next.
    pub(crate) fn next_kind(&mut self) -> Kind {
        if self.chance(55) {
            let suggestions = self.suggestions();
            return self.one_of(&suggestions).unwrap_or(Kind::PassTime);
        }
        KINDS
            .choose_weighted(&mut self.random, |(_, weight)| *weight)
            .expect("there are some")
            .0
    }

    /// Does it and checks everything that costs little to check.
    pub(crate) fn step(&mut self, kind: Kind) -> Accepted {
        if self.chance(20) {
            let seconds = self.random.random_range(1..600);
            self.at(self.now() + seconds);
        }
        if kind == Kind::PassTime {
            return self.pass_time();
        }
        self.observe(|history| history.act(kind))
    }

    /// Does something and checks what it has changed, which is nothing if it was refused.
    fn observe(&mut self, step: impl FnOnce(&mut Self) -> (Accepted, Leeway)) -> Accepted {
        self.receipts.clear();
        let before = self.look.clone();
        let (accepted, leeway) = step(self);
        let after = Look::at(&self.world);
        after.check(&self.gifts);
        if accepted {
            leeway.check(&before, &after);
        } else {
            assert_eq!(after, before, "what is refused changes nothing");
        }
        self.check_flows(&before, &after);
        self.close_sales();
        self.look = after;
        accepted
    }

    fn act(&mut self, kind: Kind) -> (Accepted, Leeway) {
        let none = |accepted| (accepted, Leeway::NONE);
        match kind {
            Kind::MintUsdai => none(self.mint_usdai()),
            Kind::MintUsdaiBySwap => none(self.mint_usdai_by_swap()),
            Kind::WithdrawUsdai => none(self.withdraw_usdai()),
            Kind::WithdrawUsdaiBySwap => none(self.withdraw_usdai_by_swap()),
            Kind::TransferUsdai => none(self.transfer_usdai()),
            Kind::DonateUsdai => none(self.donate_usdai()),
            Kind::DonateWrappedM => none(self.donate_wrapped_m()),
            Kind::SetYieldRate => none(self.set_yield_rate()),
            Kind::BridgeUsdaiOut => none(self.bridge_usdai_out()),
            Kind::BridgeUsdaiIn => none(self.bridge_usdai_in()),
            Kind::PauseUsdai => none(self.set_paused(self.usdai, true)),
            Kind::UnpauseUsdai => none(self.set_paused(self.usdai, false)),

            Kind::Stake => none(self.stake()),
            Kind::StakeForShares => none(self.stake_for_shares()),
            Kind::TransferShares => none(self.transfer_shares()),
            Kind::BridgeSharesOut => none(self.bridge_shares_out()),
            Kind::BridgeSharesIn => none(self.bridge_shares_in()),
            Kind::RequestRedeem => none(self.request_redeem()),
            Kind::CommitBid => none(self.commit_bid()),
            Kind::WithdrawBid => none(self.withdraw_bid()),
            Kind::RevealBid => none(self.reveal_bid()),
            Kind::Restore => none(self.restore()),
            Kind::Redeem => none(self.redeem()),
            Kind::Withdraw => none(self.withdraw()),
            Kind::RedeemRequest => none(self.redeem_request()),

            Kind::AnnounceLimit => none(self.announce_limit()),
            Kind::SettleByManager => none(self.settle(true)),
            Kind::SettlePublicly => none(self.settle(false)),
            Kind::ServiceByManager => none(self.service(true)),
            Kind::ServicePublicly => none(self.service(false)),
            Kind::Harvest => none(self.harvest()),
            Kind::DepositBaseYield => none(self.deposit_base_yield()),
            Kind::SetBaseYieldFee => none(self.set_base_yield_fee()),
            Kind::Allocate => self.allocate(),
            Kind::Deallocate => self.deallocate(),
            Kind::VaultGivesNotice => none(self.vault_gives_notice()),
            Kind::VaultCancelsNotice => none(self.vault_cancels_notice()),
            Kind::Blacklist => none(self.blacklist()),
            Kind::Unblacklist => none(self.unblacklist()),
            Kind::PauseVault => none(self.set_paused(self.staking.vault, true)),
            Kind::UnpauseVault => none(self.set_paused(self.staking.vault, false)),
            _ => self.act_on_credit(kind),
        }
    }

    fn act_on_credit(&mut self, kind: Kind) -> (Accepted, Leeway) {
        let none = |accepted| (accepted, Leeway::NONE);
        match kind {
            Kind::Lend => none(self.lend()),
            Kind::RedeemSenior => none(self.redeem_senior()),
            Kind::GiveNotice => none(self.give_notice()),
            Kind::CancelNotice => none(self.cancel_notice()),
            Kind::RedeemJunior => none(self.redeem_junior()),
            Kind::TransferTrancheShares => none(self.transfer_tranche_shares()),

            Kind::Tokenize => none(self.tokenize()),
            Kind::AttestReceipt => none(self.attest_receipt()),
            Kind::Appraise => none(self.appraise()),
            Kind::Insure => none(self.insure()),
            Kind::Freeze => none(self.set_frozen(true)),
            Kind::Unfreeze => none(self.set_frozen(false)),
            Kind::RequestGoods => none(self.request_goods()),
            Kind::CancelGoodsRequest => none(self.cancel_goods_request()),
            Kind::ConfirmDelivery => none(self.confirm_delivery()),
            Kind::AttestLoss => none(self.attest_loss()),
            Kind::Release => none(self.release()),
            Kind::Surrender => none(self.surrender()),
            Kind::TransferTitle => none(self.transfer_title()),

            Kind::Borrow => none(self.borrow()),
            Kind::Repay => self.repay(),
            Kind::Prepay => self.prepay(),
            Kind::PayOff => self.pay_off(),
            Kind::Refinance => self.refinance(),
            Kind::CancelNonce => none(self.cancel_nonce()),
            Kind::Impair => self.impair(),
            Kind::DefaultLate => self.default_late(),
            Kind::DefaultUninsured => self.default_uninsured(),
            Kind::Cure => self.cure(),
            Kind::Liquidate => self.liquidate(),
            Kind::PausePool => none(self.set_paused(self.credit.pool, true)),
            Kind::UnpausePool => none(self.set_paused(self.credit.pool, false)),

            Kind::List => none(self.list()),
            Kind::BidForCollateral => none(self.bid_for_collateral()),
            Kind::WithdrawRefund => none(self.withdraw_refund()),
            Kind::SettleSale => self.settle_sale(false),
            Kind::Relist => none(self.relist()),
            Kind::WriteOff => self.write_off(),
            Kind::SettleLateSale => self.settle_sale(true),

            Kind::Nonsense => {
                self.nonsense();
                // The step went through when the call did not.
                (true, Leeway::NONE)
            }
            Kind::KeepAlive => none(self.keep_alive()),
            other => unreachable!("{other:?} is done elsewhere"),
        }
    }

    fn set_paused(&mut self, contract: Address, paused: bool) -> Accepted {
        let fits = self.is_paused(contract) != paused;
        let from = self.pauser();
        // The functions are the same in all of them.
        if paused {
            self.expect(fits, from, contract, &V::pauseCall {}).is_some()
        } else {
            self.expect(fits, from, contract, &V::unpauseCall {}).is_some()
        }
    }

    fn set_yield_rate(&mut self) -> Accepted {
        let basis_points = self.one_of(&[0, 100, 300, 500, 800]).expect("some");
        let call = IWrappedM::setRateCall {
            basisPoints: basis_points,
        };
        let (from, wm) = (self.stranger(), self.world.suite.tokens.wm.token);
        self.must(from, wm, &call);
        true
    }

    fn loan_of(&self, id: B256) -> &Loan {
        self.loans
            .iter()
            .find(|loan| loan.id == id)
            .expect("a loan that was taken")
    }

    fn loan_mut(&mut self, id: B256) -> &mut Loan {
        self.loans
            .iter_mut()
            .find(|loan| loan.id == id)
            .expect("a loan that was taken")
    }

    fn title_mut(&mut self, id: U256) -> &mut Title {
        self.titles.get_mut(&id.to::<u64>()).expect("a title that was made")
    }
}
