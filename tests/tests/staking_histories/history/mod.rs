//! A history: the chain, the model, and what happens next.

mod checks;
mod managers;
mod users;

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use suite::bindings::{IQevAuction as Q, IWrappedM};
use suite::calls::describe_revert;
use suite::program::keep_alive;
use suite::staking::{DAY, StakingConfig};
use suite::{Outcome, SuiteConfig};
use suite_tests::history::Tally;
use suite_tests::{Expect, World, n, units};

use crate::kind::{KINDS, Kind};
use crate::model::auction::Unit;
use crate::model::{Model, Why, one};

/// How a step ended.
pub(crate) type Accepted = bool;

/// What a bid was sealed with.
#[derive(Clone, Copy, Debug)]
struct Opening {
    discount: u16,
    salt: B256,
}

/// One history.
pub(crate) struct History {
    world: World,
    model: Model,
    random: StdRng,
    /// They have USDai, and let the vault and the pool take it.
    users: Vec<Address>,
    openings: BTreeMap<u64, Opening>,
    /// Who stood in the queue at the last look, in order, and who has left it since for an auction.
    line: Vec<u64>,
    away: Vec<u64>,
    /// How often assets were claimed.
    claims_of_assets: u64,
    /// When the programs were last kept alive.
    kept_alive: u64,
    /// What came of the steps, and what was met: errors by their names, and what makes a history worth playing.
    pub(crate) tally: Tally<Kind>,
}

impl History {
    pub(crate) fn new(seed: u64, staking: StakingConfig) -> Self {
        let mut world = World::of(&SuiteConfig {
            yield_bps: 0,
            staking: Some(staking),
            ..SuiteConfig::default()
        });
        let actors = world.suite.actors;
        let users = vec![
            actors.alice,
            actors.bob,
            actors.carol,
            actors.dave,
            actors.desk,
            actors.provider,
        ];
        let pool = world.link_pool();
        let (wm, usdai, vault) = (world.suite.tokens.wm.token, world.suite.usdai, world.staking().vault);
        for &user in &users {
            world.fund(wm, user, units(100_000_000));
            for spender in [vault, pool] {
                world.allow(usdai, user, spender);
            }
        }
        let model = Model::new(&world.suite, world.chain.config().chain_id, pool);
        let kept_alive = world.now();
        let mut history = Self {
            world,
            model,
            random: StdRng::seed_from_u64(seed),
            users,
            openings: BTreeMap::new(),
            line: Vec::new(),
            away: Vec::new(),
            claims_of_assets: 0,
            kept_alive,
            tally: Tally::new(KINDS),
        };
        history.look();
        for user in history.users.clone() {
            history.mint_usdai_for(user, units(1_000_000));
        }
        history
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

    fn user(&mut self) -> Address {
        self.one_of(&self.users.clone()).expect("there are users")
    }

    /// A user, now and then somebody who has nothing.
    fn anybody(&mut self) -> Address {
        if self.chance(4) {
            self.world.suite.actors.stranger
        } else {
            self.user()
        }
    }

    /// `account`, another user, or what cannot receive.
    fn receiver(&mut self, account: Address) -> Address {
        match self.below(60) {
            0 => Address::ZERO,
            1 => self.model.vault,
            2..30 => account,
            _ => self.user(),
        }
    }

    /// Usually the one with the role.
    fn official(&mut self, official: Address) -> Address {
        if self.chance(94) { official } else { self.user() }
    }

    /// The controller, somebody who acts for them, or somebody else.
    fn actor_for(&mut self, controller: Address) -> Address {
        match self.below(20) {
            0 => self.anybody(),
            1..6 => self.operator_of(controller).unwrap_or(controller),
            _ => controller,
        }
    }

    fn operator_of(&mut self, controller: Address) -> Option<Address> {
        let operators = self.model.operators.iter();
        let operators: Vec<Address> = operators
            .filter(|(account, _)| *account == controller)
            .map(|(_, operator)| *operator)
            .collect();
        self.one_of(&operators)
    }

    /// From a millionth to a hundred thousand, with 18 decimals, every order of magnitude alike.
    fn amount(&mut self) -> U256 {
        match self.below(100) {
            0 => U256::ZERO,
            1 => U256::MAX,
            2 => n(self.random.random_range(1..1_000)),
            _ => {
                let magnitude = U256::from(10).pow(n(self.random.random_range(12..=22)));
                magnitude * n(self.random.random_range(1_000..10_000)) / n(1_000)
            }
        }
    }

    /// A part of `whole`, all of it, a little more or less, or anything.
    fn part_of(&mut self, whole: U256) -> U256 {
        match self.below(24) {
            0 => whole.saturating_add(n(1)),
            1..4 => whole,
            4 => whole.saturating_sub(n(1)),
            5 => self.amount(),
            6..14 => whole / n(100) * n(self.below(30)) + n(self.below(1_000)),
            _ => whole / n(1_000) * n(self.below(1_000)),
        }
    }

    /// One of the requests that fit, now and then any other, or none that ever was.
    fn request_that(&mut self, fits: impl Fn(&Model, u64) -> bool) -> u64 {
        let ids: Vec<u64> = self.model.auction.requests.keys().copied().collect();
        let fitting: Vec<u64> = ids.iter().copied().filter(|id| fits(&self.model, *id)).collect();
        let chosen = match self.below(40) {
            0 => None,
            1 | 2 => self.one_of(&ids),
            _ => self.one_of(&fitting).or_else(|| self.one_of(&ids)),
        };
        chosen.unwrap_or_else(|| {
            let ever = self.model.auction.queue.places();
            self.below(ever + 3)
        })
    }

    // ----------------------------------------------------------------------------------------------------- what is done

    /// Sends a call that must be refused for one of the reasons, or go through if there is none: what it returned.
    fn predicted<C: SolCall>(&mut self, from: Address, to: Address, call: &C, why: &Why) -> Option<C::Return> {
        let outcome = self.world.send(from, to, call);
        self.judged(&outcome, why)
    }

    /// What a call returned that has ended as it should.
    fn judged<C: SolCall>(&mut self, outcome: &Outcome<C>, why: &Why) -> Option<C::Return> {
        match outcome.result() {
            Ok(returned) => {
                assert!(why.is_empty(), "{} instead of {}", C::SIGNATURE, why.describe());
                Some(returned)
            }
            Err(reverted) => {
                assert!(!why.is_empty(), "{} {reverted}", C::SIGNATURE);
                assert!(why.names(&reverted.data), "{reverted} instead of {}", why.describe());
                let told = describe_revert(&reverted.data);
                let (name, _) = told.split_once(' ').unwrap_or((&told, ""));
                self.tally.meet(name);
                None
            }
        }
    }

    /// As [`Self::predicted`], of the vault.
    fn vault<C: SolCall>(&mut self, from: Address, call: &C, why: &Why) -> Option<C::Return> {
        self.predicted(from, self.model.vault, call, why)
    }

    /// As [`Self::predicted`], of the auction.
    fn auction<C: SolCall>(&mut self, from: Address, call: &C, why: &Why) -> Option<C::Return> {
        self.predicted(from, self.world.staking().auction, call, why)
    }

    /// What nobody decides: the time, and what wrapped M owes.
    fn look(&mut self) {
        self.model.auction.now = self.world.now();
        self.model.accrued = self.world.accrued();
    }

    fn at(&mut self, time: u64) {
        self.world.at(time);
        if time - self.kept_alive > 150 * DAY {
            // Somebody sees to it that the programs do not expire.
            let admin = self.world.suite.actors.admin;
            for program in self.world.suite.programs() {
                keep_alive(&mut self.world.chain, admin, program).expect("it is time");
            }
            self.kept_alive = time;
        }
        self.look();
    }

    fn set_yield_rate(&mut self) -> Accepted {
        let basis_points = [0, 0, 0, 300, 500, 1_000][usize::try_from(self.below(6)).expect("small")];
        let (from, wm) = (self.user(), self.world.suite.tokens.wm.token);
        let call = IWrappedM::setRateCall {
            basisPoints: basis_points,
        };
        self.predicted(from, wm, &call, &Why::default()).is_some()
    }

    /// To where something begins or ends, to the second before it, or anywhere.
    fn pass_time(&mut self) -> Accepted {
        let now = self.model.auction.now;
        let boundary = self.model.auction.next_boundary();
        let epoch = self.world.staking().config.epoch_length;
        let number = self.model.auction.epoch();
        let bids = self.model.auction.epochs.get(&number);
        let is_revealing = self.model.auction.phase() as u8 == Q::Phase::Reveal as u8
            && bids.is_some_and(|epoch| !epoch.sealed.is_empty());
        let time = match self.below(20) {
            _ if is_revealing && self.chance(60) => now + self.below(epoch / 100),
            0..8 => boundary,
            8..10 => (boundary - 1).max(now),
            10 => boundary + 1,
            11 => now + self.below(epoch),
            _ => now + self.below(epoch / 8),
        };
        self.at(time);
        self.check_calendar();
        true
    }

    // ---------------------------------------------------------------------------------------------------------- a step

    /// What suggests itself: without it phases would pass unused.
    fn suggestions(&mut self) -> Vec<Kind> {
        let auction = &self.model.auction;
        let mut kinds = vec![Kind::PassTime; 2];
        let [_, _, awaiting, eligible] = auction.unserviced();
        let now = auction.now;
        let bids = auction.epochs.get(&auction.epoch());
        let sealed = bids.map_or(0, |epoch| epoch.sealed.len());
        match auction.phase() {
            Q::Phase::Bid if auction.requests.len() > 3 => {
                kinds.extend([Kind::CommitBid; 4]);
                if bids.is_none_or(|epoch| epoch.announced.is_none()) {
                    kinds.push(Kind::AnnounceLimit);
                }
                if sealed > 2 {
                    kinds.extend([Kind::ReplaceBid, Kind::WithdrawBid]);
                }
            }
            Q::Phase::Reveal if sealed > 0 => kinds.extend([Kind::RevealBid; 12]),
            _ => {}
        }
        if let Some(epoch) = auction.oldest_unsettled() {
            if now >= auction.end(epoch) + 3 * DAY {
                kinds.extend([Kind::SettlePublicly; 3]);
            } else if now >= auction.end(epoch) && epoch % 2 == 0 {
                kinds.extend([Kind::SettleByManager; 3]);
            }
        }
        if !awaiting.is_zero() {
            kinds.extend([Kind::Restore; 3]);
        }
        if !eligible.is_zero() {
            kinds.extend([Kind::ServicePublicly, Kind::ServiceByManager]);
        }
        if self.users.iter().any(|user| !auction.claimable(*user).shares.is_zero()) {
            kinds.extend([Kind::Redeem, Kind::Withdraw, Kind::RedeemRequest]);
        }
        if self.model.paused {
            kinds.extend([Kind::Unpause; 4]);
        }
        if !self.model.blacklist.is_empty() {
            kinds.extend([Kind::Unblacklist; 2]);
        }
        kinds
    }

    /// What to do next.
    pub(crate) fn next_kind(&mut self) -> Kind {
        if self.chance(35) {
            let suggestions = self.suggestions();
            return self.one_of(&suggestions).unwrap_or(Kind::PassTime);
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

    /// Does it and checks everything that costs little to check.
    pub(crate) fn step(&mut self, kind: Kind) -> Accepted {
        if self.chance(30) {
            let seconds = self.random.random_range(1..600);
            let resting = self.model.prices();
            self.at(self.model.auction.now + seconds);
            self.model.prices().assert_not_below(&resting, "time");
        } else {
            // What wrapped M owes may have been paid by what went before.
            self.look();
        }
        let before = self.model.prices();
        let accepted = self.act(kind);
        if accepted && kind != Kind::PassTime {
            self.meet_boundary(kind);
        }
        if !(accepted && kind.may_lower_prices()) {
            let what = format!("{kind:?}");
            self.model.prices().assert_not_below(&before, &what);
        }
        self.check_step();
        accepted
    }

    /// Counts what was done in the first or the last second in which it could be.
    fn meet_boundary(&mut self, kind: Kind) {
        let auction = &self.model.auction;
        let (now, epoch) = (auction.now, auction.epoch());
        let [first, last] = match kind {
            Kind::CommitBid => [
                auction.end(epoch) - self.world.staking().config.epoch_length,
                auction.bid_end(epoch) - 1,
            ],
            Kind::RevealBid => [auction.bid_end(epoch), auction.end(epoch) - 1],
            Kind::AnnounceLimit => [0, auction.announcement_end(epoch) - 1],
            Kind::SettlePublicly | Kind::ServicePublicly => {
                let ended = auction.end(epoch.saturating_sub(1));
                [ended + 3 * DAY, 0]
            }
            Kind::ServiceByManager => [auction.restore_end(), 0],
            _ => return,
        };
        self.tally
            .meet_if(now == first, &format!("{kind:?} in the first second"));
        self.tally.meet_if(now == last, &format!("{kind:?} in the last second"));
    }

    fn act(&mut self, kind: Kind) -> Accepted {
        match kind {
            Kind::MintUsdai => self.mint_usdai(),
            Kind::WithdrawUsdai => self.withdraw_usdai(),
            Kind::DonateUsdai => self.donate_usdai(),
            Kind::DonateWrappedM => self.donate_wrapped_m(),
            Kind::SetYieldRate => self.set_yield_rate(),
            Kind::Deposit => self.deposit(false),
            Kind::DepositForAtLeast => self.deposit(true),
            Kind::Mint => self.mint(false),
            Kind::MintForAtMost => self.mint(true),
            Kind::Transfer => self.transfer(),
            Kind::TransferFrom => self.transfer_from(),
            Kind::Approve => self.approve(),
            Kind::Permit => self.permit(),
            Kind::SetOperator => self.set_operator(),
            Kind::RequestOwn => self.request_own(),
            Kind::RequestForAnother => self.request_for_another(),
            Kind::CommitBid => self.commit_bid(),
            Kind::ReplaceBid => self.replace_bid(),
            Kind::WithdrawBid => self.withdraw_bid(),
            Kind::AnnounceLimit => self.announce_limit(),
            Kind::RevealBid => self.reveal_bid(),
            Kind::SettleByManager => self.settle(true),
            Kind::SettlePublicly => self.settle(false),
            Kind::ServiceByManager => self.service(true),
            Kind::ServicePublicly => self.service(false),
            Kind::Restore => self.restore(),
            Kind::Redeem => self.claim(Unit::Shares),
            Kind::Withdraw => self.claim(Unit::Assets),
            Kind::RedeemRequest => self.redeem_request(),
            Kind::Harvest => self.harvest(),
            Kind::DepositBaseYield => self.deposit_base_yield(),
            Kind::SetFee => self.set_fee(),
            Kind::SetFeeRecipient => self.set_fee_recipient(),
            Kind::Allocate => self.allocate(),
            Kind::Deallocate => self.deallocate(),
            Kind::PoolInterest => self.pool_interest(),
            Kind::PoolProvision => self.pool_provision(),
            Kind::PoolLoss => self.pool_loss(),
            Kind::DonateTrancheShares => self.donate_tranche_shares(),
            Kind::CureWindow => self.cure_window(),
            Kind::Blacklist => self.blacklist(true),
            Kind::Unblacklist => self.blacklist(false),
            Kind::Pause => self.pause(true),
            Kind::Unpause => self.pause(false),
            Kind::BridgeOut => self.bridge_out(),
            Kind::BridgeIn => self.bridge_in(),
            Kind::SetDiscountBounds => self.set_discount_bounds(),
            Kind::SetBond => self.set_bond(),
            Kind::PassTime => self.pass_time(),
        }
    }

    /// Everybody goes home: whatever the history was, what can be settled, restored, serviced and claimed is, by anybody.
    pub(crate) fn wind_down(&mut self) {
        let actors = self.world.suite.actors;
        if self.model.paused {
            self.set_paused(actors.pauser, false);
        }
        for account in self.model.blacklist.clone() {
            self.set_blacklisted(actors.gatekeeper, account, false);
        }
        // Past every grace and cure.
        let epoch = self.model.auction.epoch();
        let over = self.model.auction.end(epoch) + 3 * DAY;
        self.at(over.max(self.model.pool.cure_end));
        while self.model.auction.oldest_unsettled().is_some() {
            assert!(self.settle_as(actors.stranger), "anybody settles");
        }
        let ids: Vec<u64> = self.model.auction.requests.keys().copied().collect();
        for id in ids {
            self.restore_by(actors.stranger, id);
        }
        let epoch = self.model.auction.epoch();
        self.at(self.model.auction.end(epoch) + 3 * DAY);
        let [_, _, awaiting, eligible] = self.model.auction.unserviced();
        assert!(awaiting.is_zero(), "all are home");
        if !eligible.is_zero() && self.model.idle > one() {
            assert!(self.service_as(actors.stranger, U256::MAX), "anybody services");
        }
        for user in self.users.clone() {
            let shares = self.model.auction.claimable(user).shares;
            if !shares.is_zero() {
                assert!(
                    self.claim_as(user, user, user, Unit::Shares, shares),
                    "everybody is paid"
                );
            }
        }
        self.check_everything();
        self.check_dust();
    }

    /// Gives wrapped M that nobody pays for.
    fn give_wrapped_m(&mut self, amount: U256) {
        let (wm, usdai) = (self.world.suite.tokens.wm.token, self.world.suite.usdai);
        self.world.give(wm, usdai, amount);
        self.model.give_wrapped_m(amount);
    }

    fn mint_usdai_for(&mut self, user: Address, wrapped: U256) {
        let wm = self.world.suite.tokens.wm.token;
        self.world.deposit(user, wm, wrapped, U256::ZERO, user).must();
        self.model.mint_usdai(user, wrapped);
    }
}
