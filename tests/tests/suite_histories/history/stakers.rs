//! Those who stake, leave, bid and claim.

use alloy_primitives::{Address, B256, U256, keccak256};
use suite::bindings::{IQevAuction as Q, IStakedUSDai as V};
use suite_tests::{calls, n, usdai};

use super::{Accepted, History};

/// A bid as it was sealed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening {
    pub(super) epoch: u64,
    discount: u16,
    salt: B256,
    pub(super) is_revealed: bool,
}

/// A request that was not claimed to its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    pub(super) controller: Address,
    /// Its bid, from the commitment until it has come back.
    pub(super) opening: Option<Opening>,
}

/// A revealed bid.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reveal {
    pub(super) id: u64,
    pub(super) discount: u16,
    pub(super) shares: U256,
}

/// Where the auction stands.
pub(super) struct Epoch {
    pub(super) number: u64,
    pub(super) phase: Q::Phase,
}

impl History {
    pub(super) fn epoch(&self) -> Epoch {
        let told = self.world.ask_auction(&Q::currentEpochCall {});
        Epoch {
            number: told.epoch.to(),
            phase: told.phase,
        }
    }

    /// Whether bids of the reveal phase that it is are still sealed.
    pub(super) fn has_sealed_bids(&self) -> bool {
        let Epoch { number, phase } = self.epoch();
        let mut openings = self.requests.values().filter_map(|request| request.opening);
        phase == Q::Phase::Reveal && openings.any(|opening| opening.epoch == number && !opening.is_revealed)
    }

    fn vault_paused(&self) -> bool {
        self.is_paused(self.staking.vault)
    }

    pub(super) fn stake(&mut self) -> Accepted {
        let (staker, receiver) = (self.staker(), self.staker());
        let amount = self.amount() * n(1 + self.below(20));
        self.provide(staker, amount);
        let preview = V::previewDepositCall { assets: amount };
        let expected = self.ask_vault_or_zero(&preview);
        let fits = !self.vault_paused()
            && !expected.is_zero()
            && !self.blacklisted.contains(&staker)
            && !self.blacklisted.contains(&receiver);
        let shares = self.expect(fits, staker, self.staking.vault, &calls::deposit(amount, receiver));
        shares.is_some_and(|shares| {
            assert_eq!(shares, expected, "previewDeposit said what it would be");
            true
        })
    }

    pub(super) fn stake_for_shares(&mut self) -> Accepted {
        let (staker, amount) = (self.staker(), self.amount());
        let shares = self.ask_vault_or_zero(&V::previewDepositCall { assets: amount });
        let expected = self.ask_vault_or_zero(&V::previewMintCall { shares });
        self.provide(staker, expected);
        let fits = !self.vault_paused() && !shares.is_zero() && !self.blacklisted.contains(&staker);
        let assets = self.expect(fits, staker, self.staking.vault, &calls::mint(shares, staker));
        assets.is_some_and(|assets| {
            assert_eq!(assets, expected, "previewMint said what it would be");
            true
        })
    }

    /// A preview that is refused when nothing backs the shares.
    fn ask_vault_or_zero<C: alloy_sol_types::SolCall<Return = U256>>(&self, call: &C) -> U256 {
        let answer = suite::Transact::try_view(&self.world.chain, Address::ZERO, self.staking.vault, call);
        answer.unwrap_or_default()
    }

    pub(super) fn transfer_shares(&mut self) -> Accepted {
        let (from, to) = (self.staker(), self.staker());
        let balance = self.world.shares_of(from);
        let value = self.part_of(balance / n(3));
        let fits = value <= balance && !self.blacklisted.contains(&from) && !self.blacklisted.contains(&to);
        self.expect(fits, from, self.staking.vault, &calls::transfer(to, value))
            .is_some()
    }

    pub(super) fn bridge_shares_out(&mut self) -> Accepted {
        let staker = self.staker();
        let balance = self.world.shares_of(staker);
        let amount = self.part_of(balance / n(10));
        let bridge = self.world.suite.actors.bridge;
        self.send(bridge, self.staking.vault, &calls::bridge_out(staker, amount))
            .is_some()
    }

    pub(super) fn bridge_shares_in(&mut self) -> Accepted {
        let (staker, bridge) = (self.staker(), self.world.suite.actors.bridge);
        let bridged = self.world.ask_vault(&V::bridgedSupplyCall {});
        let amount = self.part_of(bridged);
        self.send(bridge, self.staking.vault, &calls::bridge_in(staker, amount))
            .is_some()
    }

    pub(super) fn request_redeem(&mut self) -> Accepted {
        let staker = self.staker();
        let balance = self.world.shares_of(staker);
        let shares = match self.below(8) {
            0 => balance,
            1 => usdai(1),
            _ => self.part_of(balance / n(6)),
        };
        let fits = !self.vault_paused()
            && shares >= usdai(1)
            && shares <= balance
            && !self.blacklisted.contains(&staker)
            && self.requests_of(staker) < 50;
        let call = calls::request(shares, staker);
        // Less than a share may be worth a USDai.
        let id = if fits {
            Some(self.must(staker, self.staking.vault, &call))
        } else {
            self.send(staker, self.staking.vault, &call)
        };
        let Some(id) = id else { return false };
        let request = Request {
            controller: staker,
            opening: None,
        };
        assert!(self.requests.insert(id.to(), request).is_none(), "ids are given once");
        true
    }

    fn requests_of(&self, controller: Address) -> usize {
        let ids = self.world.ask_auction(&Q::redemptionIdsCall { controller });
        ids.len()
    }

    // -------------------------------------------------------------------------------------------------------------- bids

    /// One of the requests that fit, now and then any other, or one that never was.
    fn request_that(&mut self, fits: impl Fn(&Request) -> bool) -> (u64, Option<Request>) {
        let all: Vec<(u64, Request)> = self.requests.iter().map(|(id, request)| (*id, *request)).collect();
        let fitting: Vec<(u64, Request)> = all.iter().filter(|(_, request)| fits(request)).copied().collect();
        let chosen = match self.below(30) {
            0 => self.one_of(&all),
            _ => self.one_of(&fitting),
        };
        match chosen {
            Some((id, request)) => (id, Some(request)),
            None => (1_000_000, None),
        }
    }

    pub(super) fn commit_bid(&mut self) -> Accepted {
        let Epoch { number, .. } = self.epoch();
        let (id, request) = self.request_that(|request| request.opening.is_none_or(|opening| opening.epoch < number));
        let controller = request.map_or(self.stranger(), |request| request.controller);
        let discount = self.discount();
        let salt = keccak256([id.to_be_bytes(), self.below(u64::MAX).to_be_bytes()].concat());
        let commitment = self.world.commitment(number, n(id), discount, salt);
        let call = calls::commit_bid(n(id), commitment);
        if self.send(controller, self.staking.vault, &call).is_none() {
            return false;
        }
        let opening = Opening {
            epoch: number,
            discount,
            salt,
            is_revealed: false,
        };
        self.requests.get_mut(&id).expect("it went through").opening = Some(opening);
        self.away.insert(id);
        self.unsettled.insert(number);
        true
    }

    /// Mostly one of a few levels, so that bids meet.
    fn discount(&mut self) -> u16 {
        let config = self.staking.config;
        let span = config.max_discount_bps - config.min_discount_bps;
        match self.below(10) {
            0 => config.max_discount_bps,
            1 | 2 => config.min_discount_bps,
            3 => config.min_discount_bps + u16::try_from(self.below(u64::from(span))).expect("below 10,000"),
            4..7 => config.min_discount_bps + span / 2,
            _ => config.min_discount_bps + span / 4,
        }
    }

    pub(super) fn withdraw_bid(&mut self) -> Accepted {
        let Epoch { number, phase } = self.epoch();
        let is_sealed = |request: &Request| {
            request
                .opening
                .is_some_and(|opening| opening.epoch == number && !opening.is_revealed)
        };
        let (id, request) = self.request_that(is_sealed);
        let controller = request.map_or(self.stranger(), |request| request.controller);
        let fits = request.is_some_and(|request| is_sealed(&request))
            && phase == Q::Phase::Bid
            && !self.blacklisted.contains(&controller);
        let call = calls::withdraw_bid(n(id));
        if self.expect(fits, controller, self.staking.vault, &call).is_none() {
            return false;
        }
        self.requests.get_mut(&id).expect("it went through").opening = None;
        // An epoch whose bids have all been withdrawn needs no settlement.
        let mut openings = self.requests.values().filter_map(|request| request.opening);
        if !openings.any(|opening| opening.epoch == number) {
            self.unsettled.remove(&number);
        }
        true
    }

    pub(super) fn reveal_bid(&mut self) -> Accepted {
        let Epoch { number, phase } = self.epoch();
        let is_sealed = |request: &Request| {
            request
                .opening
                .is_some_and(|opening| opening.epoch == number && !opening.is_revealed)
        };
        let (id, request) = self.request_that(is_sealed);
        let opening = request.and_then(|request| request.opening);
        let is_open = request.is_some_and(|request| is_sealed(&request)) && phase == Q::Phase::Reveal;
        let (discount, salt) = opening.map_or((100, B256::ZERO), |opening| (opening.discount, opening.salt));
        let is_wrong = self.chance(4);
        let call = Q::revealBidCall {
            requestId: n(id),
            discountBps: discount ^ u16::from(is_wrong),
            salt,
        };
        let shares = self.world.request_of(n(id)).pendingShares;
        // Anybody may, and nothing stops it.
        let from = self.anybody();
        if self
            .expect(is_open && !is_wrong, from, self.staking.auction, &call)
            .is_none()
        {
            return false;
        }
        if let Some(Request {
            opening: Some(opening), ..
        }) = self.requests.get_mut(&id)
        {
            opening.is_revealed = true;
        }
        self.reveals
            .entry(number)
            .or_default()
            .push(Reveal { id, discount, shares });
        true
    }

    pub(super) fn restore(&mut self) -> Accepted {
        let unsettled = self.unsettled.clone();
        let is_over = |request: &Request| {
            request
                .opening
                .is_some_and(|opening| !unsettled.contains(&opening.epoch))
        };
        let (id, request) = self.request_that(is_over);
        // Anybody may, and nothing stops it; but a claim may have done it before.
        let fits = request.is_some_and(|request| is_over(&request))
            && matches!(
                self.world.request_of(n(id)).state,
                Q::RequestState::Sealed | Q::RequestState::Revealed
            );
        let from = self.anybody();
        self.restore_by(from, id, fits)
    }

    pub(super) fn restore_by(&mut self, from: Address, id: u64, fits: bool) -> Accepted {
        let call = Q::restoreCall { requestId: n(id) };
        if self.expect(fits, from, self.staking.auction, &call).is_none() {
            return false;
        }
        self.requests.get_mut(&id).expect("it went through").opening = None;
        true
    }

    // ------------------------------------------------------------------------------------------------------------ claims

    /// A staker who can claim something, if there is one.
    fn claimant(&mut self) -> (Address, U256, U256) {
        let stakers = self.people.stakers.clone();
        let claimants: Vec<_> = stakers
            .iter()
            .map(|staker| (*staker, self.world.claimable(*staker)))
            .filter(|(_, (shares, _))| !shares.is_zero())
            .collect();
        match self.one_of(&claimants) {
            Some((staker, (shares, assets))) => (staker, shares, assets),
            None => (self.staker(), U256::ZERO, U256::ZERO),
        }
    }

    fn may_claim(&self, controller: Address, amount: U256, most: U256) -> bool {
        !self.vault_paused() && !self.blacklisted.contains(&controller) && !amount.is_zero() && amount <= most
    }

    /// Mostly all of it, so that requests come to their ends.
    fn claimed(&mut self, whole: U256) -> U256 {
        if self.chance(50) { whole } else { self.part_of(whole) }
    }

    pub(super) fn redeem(&mut self) -> Accepted {
        let (controller, most, assets) = self.claimant();
        let shares = self.claimed(most);
        let fits = self.may_claim(controller, shares, most);
        let call = calls::redeem(shares, controller, controller);
        let Some(paid) = self.expect(fits, controller, self.staking.vault, &call) else {
            return false;
        };
        assert!(
            paid <= assets && (shares < most || paid == assets),
            "{paid} of {assets}"
        );
        self.claims += 1;
        true
    }

    pub(super) fn withdraw(&mut self) -> Accepted {
        let (controller, shares, most) = self.claimant();
        let assets = self.claimed(most);
        let fits = self.may_claim(controller, assets, most);
        let call = calls::withdraw(assets, controller, controller);
        let Some(taken) = self.expect(fits, controller, self.staking.vault, &call) else {
            return false;
        };
        assert!(taken <= shares, "{taken} of {shares}");
        self.claims += 1;
        true
    }

    pub(super) fn redeem_request(&mut self) -> Accepted {
        let claimable: Vec<(u64, Request, U256)> = self
            .requests
            .iter()
            .map(|(id, request)| (*id, *request, self.world.request_of(n(*id)).claimableShares))
            .filter(|(_, _, shares)| !shares.is_zero())
            .collect();
        let Some((id, Request { controller, .. }, most)) = self.one_of(&claimable) else {
            let from = self.stranger();
            let call = calls::redeem_request(n(1_000_000), usdai(1), from);
            return self.expect(false, from, self.staking.vault, &call).is_some();
        };
        let shares = self.claimed(most);
        let fits = self.may_claim(controller, shares, most);
        let call = calls::redeem_request(n(id), shares, controller);
        self.claims += 1;
        self.expect(fits, controller, self.staking.vault, &call).is_some()
    }
}
