//! What users do.

use alloy_primitives::{Address, B256, U256};
use suite::bindings::{IERC20, ILoanPool, IQevAuction as Q, IStakedUSDai as V, IUSDai};
use suite_tests::permit::{Domain, Permit, permit_call};
use suite_tests::{SCALE, calls, n};

use super::{Accepted, History, Opening};
use crate::model::auction::{MAX_REQUESTS, Unit};
use crate::model::pool::TRANCHES;
use crate::model::{MAX_IDLE, MAX_SHARES, Why, convert, one};

/// A price at which somebody buys.
struct Purchase {
    from: Address,
    receiver: Address,
    assets: U256,
    shares: U256,
}

impl History {
    // ------------------------------------------------------------------------------------------------------------ USDai

    pub(super) fn mint_usdai(&mut self) -> Accepted {
        let user = self.user();
        let magnitude = U256::from(10).pow(n(self.below(11)));
        let amount = magnitude * n(1 + self.below(30));
        self.mint_usdai_for(user, amount);
        true
    }

    pub(super) fn withdraw_usdai(&mut self) -> Accepted {
        let user = self.user();
        let balance = self.model.usdai_of(user);
        let amount = self.part_of(balance / n(8));
        let call = IUSDai::withdraw_0Call {
            withdrawToken: self.world.suite.tokens.wm.token,
            usdaiAmount: amount,
            withdrawAmountMinimum: U256::ZERO,
            recipient: user,
        };
        let mut why = self.lacks_usdai(user, amount);
        why.when(amount < n(SCALE), || IUSDai::InvalidAmount {});
        let accepted = self.predicted(user, self.world.suite.usdai, &call, &why).is_some();
        if accepted {
            self.model.burn_usdai(user, amount);
        }
        accepted
    }

    fn lacks_usdai(&self, sender: Address, needed: U256) -> Why {
        let balance = self.model.usdai_of(sender);
        let mut why = Why::default();
        why.when(balance < needed, || IERC20::ERC20InsufficientBalance {
            sender,
            balance,
            needed,
        });
        why
    }

    pub(super) fn donate_usdai(&mut self) -> Accepted {
        let (user, vault) = (self.user(), self.model.vault);
        let balance = self.model.usdai_of(user);
        let value = self.part_of(balance / n(50));
        let why = self.lacks_usdai(user, value);
        let call = IERC20::transferCall { to: vault, value };
        let accepted = self.predicted(user, self.world.suite.usdai, &call, &why).is_some();
        if accepted {
            self.model.move_usdai(user, vault, value);
        }
        accepted
    }

    pub(super) fn donate_wrapped_m(&mut self) -> Accepted {
        let magnitude = U256::from(10).pow(n(self.below(10)));
        let amount = magnitude * n(1 + self.below(50));
        self.give_wrapped_m(amount);
        true
    }

    /// Somebody lends to the pool in the vault's name.
    pub(super) fn donate_tranche_shares(&mut self) -> Accepted {
        let (user, tranche) = (self.user(), self.below(TRANCHES));
        let assets = self.model.usdai_of(user) / n(100_000) * n(self.below(1_000));
        let (pool, vault) = (self.model.pool.address, self.model.vault);
        let (shares, why) = match self.model.pool.shares_for(tranche, assets) {
            Ok(shares) => (shares, Why::default()),
            Err(why) => (U256::ZERO, why),
        };
        let call = ILoanPool::deposit_0Call {
            tranche: n(tranche),
            assets,
            receiver: vault,
        };
        let accepted = self.predicted(user, pool, &call, &why).is_some();
        if accepted {
            self.model.move_usdai(user, pool, assets);
            self.model.pool.deposit(tranche, assets, shares, U256::ZERO);
        }
        accepted
    }

    // ----------------------------------------------------------------------------------------------------------- buying

    pub(super) fn deposit(&mut self, bounded: bool) -> Accepted {
        let from = self.anybody();
        let receiver = self.receiver(from);
        let balance = self.model.usdai_of(from);
        let assets = self.part_of(balance / n(2));
        let price = self.model.prices().optimistic;
        let bought = if price.nav.is_zero() {
            None
        } else {
            convert(assets, price.shares, price.nav, false)
        };
        let minimum = if bounded {
            self.bound(bought.unwrap_or_default())
        } else {
            U256::ZERO
        };

        let mut why = Why::default();
        why.when(assets.is_zero(), || V::InvalidAmount {});
        match bought {
            None if price.nav.is_zero() => why.add(V::ZeroNav {}),
            None => why.add(V::ValueTooLarge {
                value: assets,
                maximum: U256::from(MAX_IDLE),
            }),
            Some(shares) => why.when(shares < minimum, || V::SlippageExceeded {
                limit: minimum,
                actual: shares,
            }),
        }
        let purchase = Purchase {
            from,
            receiver,
            assets,
            shares: bought.unwrap_or_default(),
        };
        why.extend(self.refuses_purchase(&purchase));
        let returned = if bounded {
            let call = calls::deposit_for(assets, receiver, minimum);
            self.vault(from, &call, &why)
        } else {
            self.vault(from, &calls::deposit(assets, receiver), &why)
        };
        self.conclude_purchase(&purchase, returned, purchase.shares)
    }

    pub(super) fn mint(&mut self, bounded: bool) -> Accepted {
        let from = self.anybody();
        let receiver = self.receiver(from);
        let price = self.model.prices().optimistic;
        let affordable = if price.nav.is_zero() {
            U256::ZERO
        } else {
            price.payable(self.model.usdai_of(from) / n(2))
        };
        let shares = self.part_of(affordable);
        let cost = if price.nav.is_zero() {
            None
        } else {
            convert(shares, price.nav, price.shares, true)
        };
        let maximum = match cost {
            Some(cost) if bounded => match self.below(8) {
                0 => cost.saturating_sub(n(1)),
                1..4 => cost,
                _ => cost.saturating_add(cost / n(100)),
            },
            _ => U256::MAX,
        };

        let mut why = Why::default();
        let room = U256::from(MAX_SHARES) - price.shares;
        match cost {
            None if price.nav.is_zero() => why.add(V::ZeroNav {}),
            None => why.add(V::ValueTooLarge {
                value: shares,
                maximum: room,
            }),
            Some(cost) => why.when(cost > maximum, || V::SlippageExceeded {
                limit: maximum,
                actual: cost,
            }),
        }
        let purchase = Purchase {
            from,
            receiver,
            assets: cost.unwrap_or_default(),
            shares,
        };
        why.extend(self.refuses_purchase(&purchase));
        let returned = if bounded {
            self.vault(from, &calls::mint_for(shares, receiver, maximum), &why)
        } else {
            self.vault(from, &calls::mint(shares, receiver), &why)
        };
        self.conclude_purchase(&purchase, returned, purchase.assets)
    }

    /// A bound that is just met, just missed or far away.
    fn bound(&mut self, actual: U256) -> U256 {
        match self.below(8) {
            0 => actual.saturating_add(n(1)),
            1..4 => actual,
            _ => actual / n(100) * n(99),
        }
    }

    fn refuses_purchase(&self, purchase: &Purchase) -> Why {
        let model = &self.model;
        let Purchase {
            from,
            receiver,
            assets,
            shares,
        } = *purchase;
        let mut why = model.is_paused();
        why.extend(model.is_no_receiver(receiver));
        why.extend(model.are_blacklisted(&[from, receiver]));
        why.when(shares.is_zero(), || V::InvalidAmount {});
        let room = U256::from(MAX_SHARES) - model.total_shares();
        why.when(shares > room, || V::ValueTooLarge {
            value: shares,
            maximum: room,
        });
        let room = U256::from(MAX_IDLE) - model.idle;
        why.when(assets > room, || V::ValueTooLarge {
            value: assets,
            maximum: room,
        });
        // Users have approved everything, others nothing.
        let payable = if self.users.contains(&from) {
            model.usdai_of(from)
        } else {
            U256::ZERO
        };
        why.when(payable < assets, || V::SafeERC20FailedOperation {
            token: self.world.suite.usdai,
        });
        why
    }

    fn conclude_purchase(&mut self, purchase: &Purchase, returned: Option<U256>, expected: U256) -> Accepted {
        let Some(returned) = returned else { return false };
        assert_eq!(returned, expected);
        self.model.move_usdai(purchase.from, self.model.vault, purchase.assets);
        self.model.idle += purchase.assets;
        self.model.add_shares(purchase.receiver, purchase.shares);
        true
    }

    // -------------------------------------------------------------------------------------------------- the share token

    pub(super) fn transfer(&mut self) -> Accepted {
        let from = self.anybody();
        let to = self.receiver(from);
        let balance = self.model.balance(from);
        let value = self.part_of(balance / n(2));
        let why = self.refuses_move(from, to, value);
        let accepted = self.vault(from, &calls::transfer(to, value), &why).is_some();
        if accepted {
            self.model.take_shares(from, value);
            self.model.add_shares(to, value);
        }
        accepted
    }

    fn refuses_move(&self, from: Address, to: Address, value: U256) -> Why {
        let mut why = self.model.are_blacklisted(&[from, to]);
        why.extend(self.model.lacks_shares(from, value));
        why.when(to == self.model.vault, || V::InvalidAddress {});
        why.when(to.is_zero(), || V::ERC20InvalidReceiver { receiver: to });
        why
    }

    /// An owner and somebody who may take of his shares, as far as there are any.
    fn owner_and_spender(&mut self) -> (Address, Address) {
        let allowances = self.model.allowances.iter();
        let pairs: Vec<_> = allowances
            .filter(|(_, allowance)| !allowance.is_zero())
            .map(|(pair, _)| *pair)
            .collect();
        match self.one_of(&pairs) {
            Some(pair) if self.chance(90) => pair,
            _ => (self.user(), self.anybody()),
        }
    }

    pub(super) fn transfer_from(&mut self) -> Accepted {
        let (from, spender) = self.owner_and_spender();
        let to = self.receiver(spender);
        let allowance = self.model.allowance(from, spender);
        let whole = allowance.min(self.model.balance(from));
        let value = self.part_of(whole);
        let mut why = self.refuses_move(from, to, value);
        why.extend(self.model.are_blacklisted(&[spender]));
        why.extend(self.model.lacks_allowance(from, spender, value));
        let call = calls::transfer_from(from, to, value);
        let accepted = self.vault(spender, &call, &why).is_some();
        if accepted {
            self.model.spend(from, spender, value);
            self.model.take_shares(from, value);
            self.model.add_shares(to, value);
        }
        accepted
    }

    fn some_allowance(&mut self, owner: Address) -> U256 {
        if self.chance(20) {
            U256::MAX
        } else {
            let balance = self.model.balance(owner);
            self.part_of(balance)
        }
    }

    pub(super) fn approve(&mut self) -> Accepted {
        let owner = self.user();
        let spender = if self.chance(3) { Address::ZERO } else { self.anybody() };
        let value = self.some_allowance(owner);
        let mut why = Why::default();
        why.when(spender.is_zero(), || V::ERC20InvalidSpender { spender });
        let accepted = self.vault(owner, &calls::approve(spender, value), &why).is_some();
        if accepted {
            self.model.allowances.insert((owner, spender), value);
        }
        accepted
    }

    pub(super) fn permit(&mut self) -> Accepted {
        // Those whose keys are at hand.
        let actors = self.world.suite.actors;
        let signers = [actors.alice, actors.bob, actors.desk];
        let owner = self.one_of(&signers).expect("three");
        let signer = if self.chance(90) { owner } else { actors.stranger };
        let spender = self.user();
        let value = self.some_allowance(owner);
        let now = self.model.auction.now;
        let deadline = n(if self.chance(90) { now + self.below(3) } else { now - 1 });
        let permit = Permit {
            owner,
            spender,
            value,
            nonce: self.model.nonce(owner),
            deadline,
        };
        let domain = Domain {
            name: "Staked USDai",
            contract: self.model.vault,
            ..Domain::of(&self.world)
        };
        let signature = domain.sign(&self.world, signer, &permit);
        let mut why = Why::default();
        why.when(deadline < n(now), || V::ERC2612ExpiredSignature { deadline });
        why.when(signer != owner, || V::ERC2612InvalidSigner { signer, owner });
        let relayer = self.anybody();
        let accepted = self.vault(relayer, &permit_call(&permit, signature), &why).is_some();
        if accepted {
            *self.model.nonces.entry(owner).or_default() += n(1);
            self.model.allowances.insert((owner, spender), value);
        }
        accepted
    }

    pub(super) fn set_operator(&mut self) -> Accepted {
        let controller = self.user();
        let operator = if self.chance(3) { Address::ZERO } else { self.user() };
        let approved = self.chance(70);
        let mut why = Why::default();
        why.when(operator.is_zero() || operator == controller, || V::InvalidAddress {});
        let call = calls::set_operator(operator, approved);
        let accepted = self.vault(controller, &call, &why).is_some();
        if accepted && approved {
            self.model.operators.insert((controller, operator));
        } else if accepted {
            self.model.operators.remove(&(controller, operator));
        }
        accepted
    }

    // ---------------------------------------------------------------------------------------------------------- requests

    /// How much to request of what the owner has: often about the least that may be.
    fn requested(&mut self, owner: Address) -> U256 {
        let balance = self.model.balance(owner);
        match self.below(12) {
            0 => one() - n(1) - n(self.below(2)) * one() / n(10),
            1..3 => one(),
            3..5 => one() * n(1 + self.below(1_000)),
            _ => self.part_of(balance / n(12)),
        }
    }

    /// One who requests again and again the least there is, and seldom claims.
    fn hoarder(&self) -> Address {
        self.world.suite.actors.provider
    }

    pub(super) fn request_own(&mut self) -> Accepted {
        let hoarder = self.hoarder();
        let is_full = self.model.auction.ids_of(hoarder).len() >= MAX_REQUESTS;
        let (account, shares) = if self.chance(if is_full { 10 } else { 65 }) {
            (hoarder, one())
        } else {
            let account = self.anybody();
            (account, self.requested(account))
        };
        self.request(account, account, account, shares)
    }

    /// By an operator or a spender, for the owner or for another controller.
    pub(super) fn request_for_another(&mut self) -> Accepted {
        let (owner, caller) = match self.below(3) {
            0 => self.owner_and_spender(),
            1 => {
                let owner = self.user();
                (owner, self.actor_for(owner))
            }
            _ => {
                let owner = self.user();
                (owner, self.operator_of(owner).unwrap_or(owner))
            }
        };
        let operators = self.model.operators.iter();
        let consenting: Vec<Address> = operators
            .filter(|(_, operator)| *operator == owner || *operator == caller)
            .map(|(controller, _)| *controller)
            .collect();
        let controller = match self.below(10) {
            0 => self.receiver(owner),
            1..4 => owner,
            _ => self.one_of(&consenting).unwrap_or(owner),
        };
        let shares = if self.model.acts_for(caller, owner) {
            self.requested(owner)
        } else {
            let allowance = self.model.allowance(owner, caller);
            self.part_of(allowance.min(self.model.balance(owner)) / n(2))
        };
        self.request(caller, controller, owner, shares)
    }

    fn request(&mut self, caller: Address, controller: Address, owner: Address, shares: U256) -> Accepted {
        let model = &self.model;
        let mut why = model.is_paused();
        why.when(shares.is_zero(), || V::InvalidAmount {});
        why.extend(model.is_no_receiver(controller));
        let consents =
            controller == owner || model.acts_for(caller, controller) || model.operators.contains(&(controller, owner));
        why.when(!consents, || V::ControllerConsentMissing { controller, owner });
        if shares < one() {
            let assets = model.prices().conservative.worth(shares);
            why.when(assets < one(), || V::RequestTooSmall { shares, assets });
        }
        let acts = model.acts_for(caller, owner);
        if !acts {
            why.extend(model.lacks_allowance(owner, caller, shares));
            why.when(model.allowance(owner, caller).is_zero(), || V::InvalidCaller {});
        }
        why.extend(model.lacks_shares(owner, shares));
        why.extend(model.are_blacklisted(&[caller, controller, owner]));
        why.when(model.auction.ids_of(controller).len() >= MAX_REQUESTS, || {
            V::TooManyRequests {
                controller,
                maximum: U256::from(MAX_REQUESTS),
            }
        });

        let call = calls::request_for(shares, controller, owner);
        let Some(id) = self.vault(caller, &call, &why) else {
            return false;
        };
        if !acts {
            self.model.spend(owner, caller, shares);
        }
        self.model.take_shares(owner, shares);
        self.model.pending += shares;
        assert_eq!(id, n(self.model.auction.enqueue(controller, shares)));
        true
    }

    // -------------------------------------------------------------------------------------------------------------- bids

    /// Discount and salt: mostly of a few levels, so that bids meet.
    fn opening(&mut self, id: u64) -> Opening {
        let terms = self.model.auction.terms(self.model.auction.epoch());
        let span = u64::from(terms.max - terms.min) + 1;
        // What most take for the price of the day.
        let usual = 1 + self.model.auction.epoch() % 3;
        let offset = match self.below(12) {
            0 => 0,
            1 => span - 1,
            2..9 => span * usual / 4,
            9..11 => span * (1 + self.below(3)) / 4,
            _ => self.below(span),
        };
        let within = u64::from(terms.min) + offset.min(span - 1);
        let discount = match self.below(40) {
            0 => u64::from(terms.min) - 1,
            1 => u64::from(terms.max) + 1,
            _ => within,
        };
        let salt = alloy_primitives::keccak256([id.to_be_bytes(), self.below(u64::MAX).to_be_bytes()].concat());
        let discount = u16::try_from(discount).expect("below 10,000");
        Opening { discount, salt }
    }

    pub(super) fn commit_bid(&mut self) -> Accepted {
        let epoch = self.model.auction.epoch();
        let id = self.request_that(|model, id| match &model.auction.requests[&id].bid {
            Some(bid) => bid.epoch != epoch,
            None => !model.auction.queue.is_passed(model.auction.requests[&id].place),
        });
        self.seal_bid(id)
    }

    pub(super) fn replace_bid(&mut self) -> Accepted {
        let id = self.request_sealed_now();
        self.seal_bid(id)
    }

    fn request_sealed_now(&mut self) -> u64 {
        let epoch = self.model.auction.epoch();
        self.request_that(|model, id| {
            let bid = &model.auction.requests[&id].bid;
            bid.as_ref()
                .is_some_and(|bid| bid.epoch == epoch && bid.revealed.is_none())
        })
    }

    fn controller_of(&self, id: u64) -> Option<Address> {
        self.model.auction.requests.get(&id).map(|request| request.controller)
    }

    /// Somebody who may act for a request, or not; and why not.
    fn actor_of(&mut self, id: u64) -> (Address, Why) {
        match self.controller_of(id) {
            None => (self.anybody(), Why::default()),
            Some(controller) => {
                let caller = self.actor_for(controller);
                (caller, self.model.may_not_act(caller, controller))
            }
        }
    }

    fn seal_bid(&mut self, id: u64) -> Accepted {
        let opening = self.opening(id);
        let (commitment, opens) = match self.below(40) {
            0 => (B256::ZERO, false),
            // What somebody else has sealed is of no use.
            1 | 2 => (self.copied_seal().unwrap_or(opening.salt), false),
            _ => (self.model.auction.seal(id, opening.discount, opening.salt), true),
        };
        let (caller, mut why) = self.actor_of(id);
        why.extend(self.model.is_paused());
        why.extend(self.model.auction.refuses_commit(id, commitment));
        let call = calls::commit_bid(n(id), commitment);
        if self.vault(caller, &call, &why).is_none() {
            return false;
        }
        let is_second = self.model.auction.requests[&id].bid.as_ref().map(|bid| bid.epoch);
        let epoch = self.model.auction.epoch();
        self.tally.meet_if(
            is_second.is_some_and(|earlier| earlier < epoch),
            "a bid straight after another",
        );
        self.model.auction.commit(id, commitment);
        self.away.push(id);
        if opens {
            self.openings.insert(id, opening);
        } else {
            self.openings.remove(&id);
        }
        true
    }

    fn copied_seal(&mut self) -> Option<B256> {
        let bids = self
            .model
            .auction
            .requests
            .values()
            .filter_map(|request| request.bid.as_ref());
        let seals: Vec<B256> = bids.map(|bid| bid.commitment).collect();
        self.one_of(&seals)
    }

    pub(super) fn withdraw_bid(&mut self) -> Accepted {
        let id = self.request_sealed_now();
        let (caller, mut why) = self.actor_of(id);
        why.extend(self.model.auction.refuses_withdrawal(id));
        let accepted = self.vault(caller, &calls::withdraw_bid(n(id)), &why).is_some();
        if accepted {
            let places = self.model.auction.queue.places();
            self.model.auction.withdraw_bid(id);
            self.openings.remove(&id);
            self.meet_homecoming(id, places);
        }
        accepted
    }

    pub(super) fn reveal_bid(&mut self) -> Accepted {
        let epoch = self.model.auction.epoch();
        let openings = self.openings.clone();
        let terms = self.model.auction.terms(epoch);
        let opens = |opening: &Opening| (terms.min..=terms.max).contains(&opening.discount);
        let id = self.request_that(|model, id| {
            let bid = &model.auction.requests[&id].bid;
            bid.as_ref()
                .is_some_and(|bid| bid.epoch == epoch && bid.revealed.is_none())
                && openings.get(&id).is_some_and(opens)
        });
        let known = openings.get(&id).copied();
        let mut opening = known.unwrap_or_else(|| self.opening(id));
        match self.below(20) {
            0 => opening.salt = self.opening(id).salt,
            1 => opening.discount ^= 1,
            _ => {}
        }
        let Opening { discount, salt } = opening;
        let why = self.model.auction.refuses_reveal(id, discount, salt);
        let call = Q::revealBidCall {
            requestId: n(id),
            discountBps: discount,
            salt,
        };
        let anybody = self.anybody();
        let accepted = self.auction(anybody, &call, &why).is_some();
        if accepted {
            self.model.auction.reveal(id, discount);
        }
        accepted
    }

    pub(super) fn restore(&mut self) -> Accepted {
        let id = self.request_that(|model, id| {
            let bid = &model.auction.requests[&id].bid;
            bid.as_ref().is_some_and(|bid| {
                let epoch = model.auction.epochs.get(&bid.epoch);
                epoch.is_some_and(|epoch| epoch.settled.is_some())
            })
        });
        let anybody = self.anybody();
        self.restore_by(anybody, id)
    }

    pub(super) fn restore_by(&mut self, caller: Address, id: u64) -> Accepted {
        let why = self.model.auction.refuses_restore(id);
        let call = Q::restoreCall { requestId: n(id) };
        let accepted = self.auction(caller, &call, &why).is_some();
        if accepted {
            let places = self.model.auction.queue.places();
            self.model.auction.restore(id);
            self.meet_homecoming(id, places);
        }
        accepted
    }

    /// Counts in which way a request has come back, when there were so many places before.
    fn meet_homecoming(&mut self, id: u64, places: u64) {
        let Some(request) = self.model.auction.requests.get(&id) else {
            return self.tally.meet("restored to nothing");
        };
        let place = self.model.auction.queue.place(request.place);
        let what = match (self.model.auction.queue.places() > places, place.waits_for.is_some()) {
            _ if place.shares.is_zero() => "restored with nothing left to wait",
            (false, _) => "back in its own place",
            (true, true) => "back at the end, to wait with others",
            (true, false) => "back at the end, eligible at once",
        };
        self.tally.meet(what);
    }

    // ------------------------------------------------------------------------------------------------------------ claims

    /// All of it, a part, a unit, nothing, or more than there is.
    fn claimed(&mut self, whole: U256) -> U256 {
        match self.below(40) {
            0 => U256::ZERO,
            1 => U256::MAX,
            2..4 => whole + n(1),
            4 => n(1),
            5..18 => whole,
            _ => whole / n(1_000) * n(self.below(1_000)) + n(self.below(1_000)),
        }
    }

    pub(super) fn claim(&mut self, unit: Unit) -> Accepted {
        let mut claimants = self.users.clone();
        claimants.retain(|user| !self.model.auction.claimable(*user).shares.is_zero());
        if self.chance(97) {
            let hoarder = self.hoarder();
            claimants.retain(|user| *user != hoarder);
        }
        let controller = match self.one_of(&claimants) {
            Some(controller) if self.chance(94) => controller,
            _ => self.world.suite.actors.alice,
        };
        let caller = self.actor_for(controller);
        let receiver = self.receiver(controller);
        let whole = unit.of(self.model.auction.claimable(controller));
        let amount = self.claimed(whole);
        self.claim_as(caller, receiver, controller, unit, amount)
    }

    pub(super) fn claim_as(
        &mut self,
        caller: Address,
        receiver: Address,
        controller: Address,
        unit: Unit,
        amount: U256,
    ) -> Accepted {
        let ids = self.model.auction.ids_of(controller);
        let mut why = self.refuses_claim(receiver, &ids, unit, amount);
        why.extend(self.model.may_not_act(caller, controller));
        let returned = match unit {
            Unit::Shares => self.vault(caller, &calls::redeem(amount, receiver, controller), &why),
            Unit::Assets => self.vault(caller, &calls::withdraw(amount, receiver, controller), &why),
        };
        self.conclude_claim(receiver, &ids, unit, amount, returned)
    }

    pub(super) fn redeem_request(&mut self) -> Accepted {
        let hoarder = self.hoarder();
        let id = self.request_that(|model, id| {
            model.auction.requests[&id].controller != hoarder && !model.auction.standing(id).claimable.shares.is_zero()
        });
        let (caller, mut why) = self.actor_of(id);
        let receiver = self.receiver(caller);
        let (ids, amount) = if self.controller_of(id).is_some() {
            let whole = self.model.auction.standing(id).claimable.shares;
            (vec![id], self.claimed(whole))
        } else {
            why.add(Q::UnknownRequest { requestId: n(id) });
            (Vec::new(), self.amount())
        };
        why.extend(self.refuses_claim(receiver, &ids, Unit::Shares, amount));
        let call = calls::redeem_request(n(id), amount, receiver);
        let returned = self.vault(caller, &call, &why);
        self.conclude_claim(receiver, &ids, Unit::Shares, amount, returned)
    }

    fn refuses_claim(&self, receiver: Address, ids: &[u64], unit: Unit, amount: U256) -> Why {
        let mut why = self.model.is_paused();
        why.when(amount.is_zero(), || V::InvalidAmount {});
        why.extend(self.model.is_no_receiver(receiver));
        why.extend(self.model.are_blacklisted(&[receiver]));
        why.extend(self.model.auction.refuses_claim(ids, unit, amount));
        why
    }

    fn conclude_claim(
        &mut self,
        receiver: Address,
        ids: &[u64],
        unit: Unit,
        amount: U256,
        returned: Option<U256>,
    ) -> Accepted {
        let Some(returned) = returned else { return false };
        let taken = self.model.auction.claim(ids, unit, amount);
        let expected = match unit {
            Unit::Shares => taken.assets,
            Unit::Assets => taken.shares,
        };
        assert_eq!(returned, expected);
        self.claims_of_assets += u64::from(unit == Unit::Assets);
        self.model.reserved -= taken.assets;
        self.model.move_usdai(self.model.vault, receiver, taken.assets);
        true
    }
}
