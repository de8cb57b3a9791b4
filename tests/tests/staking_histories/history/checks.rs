//! What must hold: after every step what costs little, now and then everything.

use alloy_primitives::{Address, U256};
use suite::bindings::{IQevAuction as Q, IStakedUSDai as V};
use suite_tests::n;
use suite_tests::reference::mul_div_up;
use suite_tests::staking::{DEAD, Prices};

use super::History;
use crate::model::auction::{Epoch, Settled, Standing};
use crate::model::one;
use crate::model::pool::TRANCHES;

impl History {
    /// V1, V4 with Q4, and that books and prices are those of the model to the unit.
    pub(super) fn check_step(&mut self) {
        let (world, model) = (&self.world, &self.model);
        let books = world.books();
        let told = (books.idle, books.reserved, books.unvested, books.pendingShares);
        let expected = (model.idle, model.reserved, model.unvested(), model.pending);
        assert_eq!(told, expected, "books: idle, reserved, unvested, pending");
        let held = world.usdai_of(model.vault);
        assert_eq!(held, model.usdai_of(model.vault), "USDai of the vault");
        assert!(held >= books.idle + books.reserved, "V1");
        let told = world.unserviced();
        let told = [told.queued, told.atAuction, told.awaitingRestore, told.eligible];
        assert_eq!(
            told,
            model.auction.unserviced(),
            "queued, at auction, awaiting, eligible"
        );
        let [queued, at_auction, awaiting, eligible] = told;
        assert_eq!(books.pendingShares, queued + at_auction + awaiting, "V4, Q4");
        assert!(eligible <= queued);
        let prices: Prices = world.prices();
        assert_eq!(prices, model.prices(), "prices");
        assert!(
            !prices.optimistic.is_below(prices.conservative),
            "who deposits pays no less than who leaves gets"
        );
        // One request after another, so that what is wrong with one is soon found.
        let ever = self.model.auction.queue.places() + 2;
        let id = self.below(ever);
        self.check_request(id);
    }

    /// A request as a wallet sees it.
    fn check_request(&self, id: u64) {
        let told = self.world.request_of(n(id));
        let Some(request) = self.model.auction.requests.get(&id) else {
            assert_eq!(told.state as u8, Q::RequestState::None as u8, "request {id}");
            assert_eq!((told.controller, told.pendingShares), (Address::ZERO, U256::ZERO));
            assert_eq!((told.claimableShares, told.claimableAssets), (U256::ZERO, U256::ZERO));
            return;
        };
        let Standing { pending, claimable, .. } = self.model.auction.standing(id);
        let waits = request.bid.is_none() && !pending.is_zero();
        let ahead = if waits {
            self.model.auction.queue.ahead(request.place)
        } else {
            U256::ZERO
        };
        let (state, epoch, discount) = match &request.bid {
            None => (Q::RequestState::Queued, 0, 0),
            Some(bid) => match bid.revealed {
                None => (Q::RequestState::Sealed, bid.epoch, 0),
                Some(discount) => (Q::RequestState::Revealed, bid.epoch, discount),
            },
        };
        assert_eq!(
            (told.controller, told.madeInEpoch, told.state as u8),
            (request.controller, n(request.made_in), state as u8),
            "request {id}"
        );
        assert_eq!(
            (told.pendingShares, told.claimableShares, told.claimableAssets),
            (pending, claimable.shares, claimable.assets),
            "request {id}: pending, claimable shares and assets"
        );
        assert_eq!(
            (told.sharesAhead, told.bidEpoch, told.discountBps),
            (ahead, n(epoch), n(discount.into())),
            "request {id}: shares ahead, epoch and discount of its bid"
        );
    }

    /// The request as the live contract tells it, and who stands next to it.
    fn check_redemption(&self, id: u64, line: &[u64]) {
        let auction = &self.model.auction;
        let request = &auction.requests[&id];
        let Standing { pending, claimable, .. } = auction.standing(id);
        let told = self.world.ask_vault(&V::redemptionCall { redemptionId: n(id) });
        let position = line.iter().position(|other| *other == id);
        let neighbour = |position: Option<usize>| n(position.and_then(|at| line.get(at)).copied().unwrap_or_default());
        let (previous, next) = match position {
            Some(at) => (neighbour(at.checked_sub(1)), neighbour(Some(at + 1))),
            None => (U256::ZERO, U256::ZERO),
        };
        let place = auction.queue.place(request.place);
        let waits_on = position.is_some() && place.waits_for == Some(auction.epoch());
        let since = if waits_on { auction.epoch() } else { request.made_in };
        let ahead = position.map_or(U256::ZERO, |_| auction.queue.ahead(request.place));
        assert_eq!((told.prev, told.next), (previous, next), "neighbours of {id}");
        assert_eq!(
            (told.pendingShares, told.redeemableShares, told.withdrawableAmount),
            (pending, claimable.shares, claimable.assets)
        );
        assert_eq!(
            (told.controller, told.redemptionTimestamp, told.sharesAhead),
            (request.controller, auction.end(since), ahead),
            "redemption {id}"
        );
        let commitment = self.world.ask_auction(&Q::commitmentOfCall { requestId: n(id) });
        let sealed = request.bid.as_ref().filter(|bid| bid.revealed.is_none());
        assert_eq!(commitment, sealed.map(|bid| bid.commitment).unwrap_or_default());
    }

    /// Q1: no lower bid has got anything while a higher one is not full. And the result is the model's.
    pub(super) fn check_settled(&self, epoch: u64) {
        let bids = &self.model.auction.epochs[&epoch].revealed;
        let mut fills = Vec::new();
        for bid in bids {
            let told = self.world.request_of(n(bid.id));
            fills.push((bid.discount, bid.shares - told.pendingShares, bid.shares));
        }
        for (discount, filled, _) in &fills {
            let higher = fills.iter().filter(|(higher, ..)| higher > discount);
            for (higher, got, wanted) in higher {
                assert!(
                    filled.is_zero() || got == wanted,
                    "Q1: {filled} at {discount} while {got} of {wanted} at {higher}"
                );
            }
        }
        let filled: U256 = fills.iter().map(|(_, filled, _)| *filled).sum();
        assert_eq!(
            filled,
            self.world.result_of(epoch).filledShares,
            "the fills sum to the whole"
        );
        for id in bids.iter().map(|bid| bid.id) {
            self.check_request(id);
        }
    }

    fn check_epoch(&self, number: u64, epoch: &Epoch) {
        let told = self.world.result_of(number);
        let Settled {
            at,
            limit,
            discount,
            filled,
            assets,
            forfeited,
            earned,
            ..
        } = epoch.settled.clone().unwrap_or_default();
        assert_eq!((told.settledAt, told.limit), (n(at), limit), "epoch {number}");
        assert_eq!(
            (told.clearingDiscountBps, told.filledShares, told.assets),
            (n(discount.into()), filled, assets),
            "epoch {number}"
        );
        assert_eq!(
            (told.forfeitedShares, told.discountEarned),
            (forfeited, earned),
            "epoch {number}"
        );

        let bids = self.world.ask_auction(&Q::epochBidsCall { epoch: n(number) });
        let sealed: U256 = epoch.sealed.values().copied().sum();
        let revealed: U256 = epoch.revealed.iter().map(|bid| bid.shares).sum();
        assert_eq!(
            (bids.sealedShares, bids.bonds, bids.revealedShares),
            (sealed, epoch.bonds(), revealed),
            "bids of epoch {number}"
        );
        assert_eq!(
            bids.limitAnnounced.then_some(bids.announcedLimit),
            epoch.announced,
            "limit of epoch {number}"
        );
        let mut levels: Vec<U256> = epoch.revealed.iter().map(|bid| n(bid.discount.into())).collect();
        levels.sort_by(|a, b| b.cmp(a));
        levels.dedup();
        let told = self.world.ask_auction(&Q::levelsCall { epoch: n(number) });
        assert_eq!(told.discountsBps, levels, "levels of epoch {number}");
        assert_eq!(told.shares.into_iter().sum::<U256>(), revealed);
    }

    /// Q2: those who have not left since the last look stand in the same order, and the contract links them so.
    fn check_line(&mut self) {
        let expected = self.model.auction.queue.line();
        let info = self.world.ask_vault(&V::redemptionQueueInfoCall {});
        let mut line = Vec::new();
        let mut id: u64 = info.head.to();
        while id != 0 {
            line.push(id);
            assert!(line.len() <= expected.len(), "the line has an end");
            id = self
                .world
                .ask_vault(&V::redemptionCall { redemptionId: n(id) })
                .next
                .to();
        }
        assert_eq!(line, expected, "the line");
        let tail = line.last().copied().unwrap_or_default();
        assert_eq!(
            (info.index, info.tail, info.pending, info.balance),
            (
                n(self.model.auction.queue.places()),
                n(tail),
                self.model.pending,
                self.model.reserved
            )
        );
        let stayed = |line: &[u64], other: &[u64]| -> Vec<u64> {
            let stayed = line.iter().filter(|id| other.contains(id) && !self.away.contains(id));
            stayed.copied().collect()
        };
        assert_eq!(stayed(&line, &self.line), stayed(&self.line, &line), "Q2");
        self.line = line;
        self.away = self
            .model
            .auction
            .requests
            .iter()
            .filter(|(_, request)| request.bid.is_some())
            .map(|(id, _)| *id)
            .collect();
    }

    /// V3, Q3, Q4 over everybody, and everything else that can be asked.
    pub(crate) fn check_everything(&mut self) {
        self.check_line();
        let (world, model) = (&self.world, &self.model);
        world.check_reserves();
        let actors = world.suite.actors;
        let mut held = U256::ZERO;
        let others = [actors.stranger, actors.admin, actors.treasury, DEAD, model.vault];
        for &account in self.users.iter().chain(&others) {
            let balance = world.shares_of(account);
            assert_eq!(balance, model.balance(account), "shares of {account}");
            held += balance;
            assert_eq!(world.usdai_of(account), model.usdai_of(account), "USDai of {account}");
            let listed = world.ask_vault(&V::isBlacklistedCall { account });
            assert_eq!(listed, model.blacklist.contains(&account));
            let nonce = world.ask_vault(&V::noncesCall { owner: account });
            assert_eq!(nonce, model.nonce(account));
            self.check_claimable(account);
        }
        assert_eq!(held, world.ask_vault(&V::totalSupplyCall {}), "V3");
        for (&(owner, spender), &allowance) in &model.allowances {
            assert_eq!(world.allowance(model.vault, owner, spender), allowance);
        }
        for (controller, operator) in self.users.iter().flat_map(|a| self.users.iter().map(move |b| (*a, *b))) {
            let told = world.ask_vault(&V::isOperatorCall { controller, operator });
            assert_eq!(told, model.operators.contains(&(controller, operator)));
        }
        assert_eq!(world.ask_vault(&V::bridgedSupplyCall {}), model.bridged);
        assert_eq!(world.ask_vault(&V::pausedCall {}), model.paused);
        assert_eq!(world.ask_vault(&V::claimableBaseYieldCall {}), model.base_yield());
        let fee = world.ask_vault(&V::baseYieldFeeCall {});
        assert_eq!(
            (fee.feeBps, fee.feeRecipient),
            (n(model.fee_bps.into()), model.fee_recipient)
        );
        for (tranche, expected) in (0..TRANCHES).zip(&model.pool.tranches) {
            let told = world.ask_vault(&V::trancheSharesCall { tranche: n(tranche) });
            assert_eq!(told, expected.own, "shares of tranche {tranche}");
        }
        self.check_conversions();
        self.check_auction();
    }

    /// What wallets are told about prices.
    fn check_conversions(&self) {
        let Prices {
            optimistic,
            conservative,
        } = self.model.prices();
        if optimistic.nav.is_zero() {
            return;
        }
        let world = &self.world;
        let unit = one();
        assert_eq!(world.ask_vault(&V::totalAssetsCall {}), optimistic.nav);
        let told = world.ask_vault(&V::depositSharePriceCall {});
        assert_eq!(told, optimistic.worth(unit), "deposit price");
        let told = world.ask_vault(&V::redemptionSharePriceCall {});
        assert_eq!(told, conservative.worth(unit), "redemption price");
        for amount in [n(1), unit, unit * n(1_234_567) / n(1_000)] {
            let shares = optimistic.payable(amount);
            assert_eq!(world.ask_vault(&V::convertToSharesCall { assets: amount }), shares);
            assert_eq!(world.ask_vault(&V::previewDepositCall { assets: amount }), shares);
            let assets = optimistic.worth(amount);
            assert_eq!(world.ask_vault(&V::convertToAssetsCall { shares: amount }), assets);
            let cost = mul_div_up(amount, optimistic.nav, optimistic.shares);
            assert_eq!(world.ask_vault(&V::previewMintCall { shares: amount }), cost);
        }
    }

    fn check_claimable(&self, account: Address) {
        let (world, model) = (&self.world, &self.model);
        let told = world.ask_auction(&Q::redemptionIdsCall { controller: account });
        let ids: Vec<U256> = model.auction.ids_of(account).into_iter().map(n).collect();
        assert_eq!(told, ids, "requests of {account}");
        let expected = model.auction.claimable(account);
        assert_eq!(
            world.claimable(account),
            (expected.shares, expected.assets),
            "claimable of {account}"
        );
        let barred = model.paused || model.blacklist.contains(&account);
        let most = if barred { U256::ZERO } else { expected.shares };
        assert_eq!(world.ask_vault(&V::maxRedeemCall { controller: account }), most);
    }

    fn check_auction(&self) {
        let auction = &self.model.auction;
        let line = auction.queue.line();
        let (mut pending, mut payable) = (U256::ZERO, U256::ZERO);
        for &id in auction.requests.keys() {
            self.check_request(id);
            self.check_redemption(id, &line);
            let told = self.world.request_of(n(id));
            pending += told.pendingShares;
            payable += told.claimableAssets;
        }
        let books = self.world.books();
        assert_eq!(pending, books.pendingShares, "Q4");
        assert!(
            payable <= books.reserved,
            "Q3: {payable} of {} reserved",
            books.reserved
        );

        let now = auction.epoch();
        for (number, epoch) in auction.epochs.range(now.saturating_sub(3)..) {
            self.check_epoch(*number, epoch);
        }
        self.check_calendar();
    }

    /// What the time alone changes: phases, terms, and from when anybody may do what.
    pub(super) fn check_calendar(&self) {
        let auction = &self.model.auction;
        let now = auction.epoch();
        for epoch in [now, now + 1] {
            let told = self.world.ask_auction(&Q::epochTermsCall { epoch: n(epoch) });
            let terms = auction.terms(epoch);
            assert_eq!(
                (told.minDiscountBps, told.maxDiscountBps, told.bondBps),
                (n(terms.min.into()), n(terms.max.into()), n(terms.bond.into())),
                "terms of epoch {epoch}"
            );
        }
        let told = self.world.ask_auction(&Q::currentEpochCall {});
        assert_eq!(
            (
                told.epoch,
                told.phase as u8,
                told.bidPhaseEnd,
                told.epochEnd,
                told.announcementEnd
            ),
            (
                n(now),
                auction.phase() as u8,
                n(auction.bid_end(now)),
                n(auction.end(now)),
                n(auction.announcement_end(now))
            )
        );
        let told = self.world.ask_auction(&Q::isSettlementPendingCall {});
        assert_eq!(told, auction.is_settlement_pending());
        let told = self.world.ask_auction(&Q::publicFromCall {});
        let settlement = auction.public_settlement().unwrap_or_default();
        assert_eq!(
            (told.settlement, told.servicing),
            (n(settlement), n(auction.public_servicing()))
        );
    }

    /// Once everybody is paid, next to nothing is left of what was reserved: less than two units for each request and
    /// for each claim of assets.
    pub(super) fn check_dust(&self) {
        let auction = &self.model.auction;
        let claims = auction.queue.places() + self.claims_of_assets;
        let owed: U256 = auction
            .requests
            .keys()
            .map(|id| auction.standing(*id).claimable.assets)
            .sum();
        let dust = self.model.reserved - owed;
        assert!(dust <= n(2 * claims), "{dust} units are left over");
    }
}
