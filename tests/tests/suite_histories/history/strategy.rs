//! What those with a role at sUSDai do, and what anybody may do in their stead.

use alloy_primitives::{Address, U256};
use suite::bindings::{ILoanPool as P, IQevAuction as Q, IStakedUSDai as V};
use suite::staking::DAY;
use suite_tests::reference::{Bid, Cleared, Price, clear, gain, mul_div, mul_div_up, share_of};
use suite_tests::{calls, n};

use super::look::{Leeway, tranche_shares_of_vault};
use super::{Accepted, History};

/// Wei that a deposit into a tranche or a redemption from it may cost the vault: the two that the price counts more than
/// have accrued, and roundings.
const DUST: u64 = 5;

impl History {
    /// Who may do what the strategist may not have done in time.
    fn settler(&mut self, by_manager: bool) -> Address {
        if by_manager { self.strategist() } else { self.anybody() }
    }

    pub(super) fn announce_limit(&mut self) -> Accepted {
        let epoch = self.epoch().number + self.below(2);
        let idle = self.look.idle;
        let assets = self.part_of(idle / n(2));
        let announcement_end = self.staking.bid_end(epoch) - DAY;
        let fits = self.now() < announcement_end && assets < U256::from(u128::MAX);
        self.expect(
            fits,
            self.strategist(),
            self.staking.vault,
            &calls::announce(epoch, assets),
        )
        .is_some()
    }

    /// Q1: everybody gets what an auction reckoned by hand gives him.
    pub(super) fn settle(&mut self, by_manager: bool) -> Accepted {
        let caller = self.settler(by_manager);
        self.settle_by(caller)
    }

    pub(super) fn settle_by(&mut self, caller: Address) -> Accepted {
        let price = self.look.prices.conservative;
        let before: Vec<U256> = match self.unsettled.first() {
            None => Vec::new(),
            Some(epoch) => {
                let reveals = self.reveals.get(epoch).cloned().unwrap_or_default();
                reveals
                    .iter()
                    .map(|reveal| self.world.request_of(n(reveal.id)).pendingShares)
                    .collect()
            }
        };
        let outcome = self.world.vault(caller, &calls::settle());
        let settled = match outcome.result() {
            Ok(settled) => settled,
            Err(reverted) => {
                self.note_refusal("settleAuction", &reverted);
                return false;
            }
        };
        let event: V::AuctionServiced = self.world.vault_event(&outcome.receipt);
        self.receipts.push(outcome.receipt);
        let epoch: u64 = settled.epoch.to();
        assert!(
            self.unsettled.remove(&epoch),
            "epoch {epoch} had bids and was not settled"
        );
        assert!(
            self.unsettled.first().is_none_or(|next| *next > epoch),
            "epochs are settled in order"
        );
        let reveals = self.reveals.remove(&epoch).unwrap_or_default();

        let told = self.world.result_of(epoch);
        let share = share_of(self.look.idle, self.staking.config.auction_share_bps.into());
        let bids = self.world.ask_auction(&Q::epochBidsCall { epoch: settled.epoch });
        let limit = if bids.limitAnnounced {
            share.min(bids.announcedLimit)
        } else {
            share
        };
        assert_eq!(told.limit, limit, "the lesser of the share and what was announced");
        let bids: Vec<Bid> = reveals
            .iter()
            .map(|reveal| Bid {
                shares: reveal.shares,
                discount: reveal.discount.into(),
            })
            .collect();
        let cleared: Cleared = clear(&bids, price, limit);
        assert_eq!(
            (told.clearingDiscountBps, settled.filledShares, settled.assets),
            (n(cleared.discount), cleared.filled, cleared.assets),
            "Q1: epoch {epoch}, {bids:?} at {price:?} within {limit}"
        );
        assert!(settled.assets <= limit);
        assert_eq!(
            event.gain,
            gain(price, &cleared, event.forfeitedShares),
            "the discount stays"
        );
        for ((reveal, fill), before) in reveals.iter().zip(&cleared.fills).zip(before) {
            let after = self.world.request_of(n(reveal.id)).pendingShares;
            assert_eq!(before - after, *fill, "Q1: request {} in epoch {epoch}", reveal.id);
        }
        self.claims += reveals.len() as u64;
        let (is_filled, all) = (
            !cleared.filled.is_zero(),
            bids.iter().map(|bid| bid.shares).sum::<U256>(),
        );
        self.tally
            .meet_if(is_filled && cleared.filled < all, "an auction that not all win");
        self.tally
            .meet_if(is_filled && cleared.filled == all, "an auction that all win");
        self.tally.meet_if(!event.forfeitedShares.is_zero(), "bonds forfeited");
        true
    }

    pub(super) fn service(&mut self, by_manager: bool) -> Accepted {
        let caller = self.settler(by_manager);
        let eligible = self.look.eligible;
        let shares = match self.below(6) {
            0 => eligible,
            1 => U256::MAX,
            2 => eligible + n(1),
            _ => self.part_of(eligible),
        };
        self.service_by(caller, shares)
    }

    pub(super) fn service_by(&mut self, caller: Address, shares: U256) -> Accepted {
        let outcome = self.world.vault(caller, &calls::service(shares));
        if let Err(reverted) = outcome.result() {
            self.note_refusal("serviceRedemptions", &reverted);
            return false;
        }
        let event: V::RedemptionsServiced = self.world.vault_event(&outcome.receipt);
        self.receipts.push(outcome.receipt);
        let Price { nav, shares: all } = self.look.prices.conservative;
        assert!(
            event.shares <= shares && event.shares <= self.look.eligible,
            "{event:?}"
        );
        assert_eq!(event.amount, mul_div(event.shares, nav, all), "at the price of the day");
        assert!(event.amount <= self.look.idle, "{event:?}");
        // Each request that is served gets its part of it rounded down.
        self.claims += self.requests.len() as u64;
        true
    }

    // ------------------------------------------------------------------------------------------------------ base yield

    pub(super) fn harvest(&mut self) -> Accepted {
        let claimable = self.look.base_yield;
        let harvested = self.must(self.strategist(), self.staking.vault, &calls::harvest());
        assert_eq!(harvested._0 + harvested._1, claimable, "all of it");
        true
    }

    pub(super) fn deposit_base_yield(&mut self) -> Accepted {
        let claimable = self.look.base_yield;
        let least = self.part_of(claimable);
        let call = calls::deposit_base_yield(least);
        self.expect(least <= claimable, self.strategist(), self.staking.vault, &call)
            .is_some()
    }

    pub(super) fn set_base_yield_fee(&mut self) -> Accepted {
        let fee_bps = self.one_of(&[0, 500, 1_000, 5_000, 5_001]).expect("some");
        let call = V::setBaseYieldFeeCall { feeBps: fee_bps };
        self.expect(
            fee_bps <= 5_000,
            self.world.suite.actors.admin,
            self.staking.vault,
            &call,
        )
        .is_some()
    }

    // --------------------------------------------------------------------------------------------------------- lending

    pub(super) fn allocate(&mut self) -> (Accepted, Leeway) {
        // Mostly the senior tranche: that is the stakers'.
        let tranche = if self.chance(70) {
            0
        } else {
            self.below(self.tranches() + 1)
        };
        let idle = self.look.idle;
        let assets = self.part_of(idle / n(3));
        let call = calls::allocate(tranche, assets);
        let Some(shares) = self.send(self.strategist(), self.staking.vault, &call) else {
            return (false, Leeway::NONE);
        };
        // It enters at the deposit price of the tranche, which is never below the price that it would leave at.
        let (spread, price) = self.tranche_now(tranche, shares);
        let dust = n(DUST) + price;
        let leeway = Leeway {
            vault: (dust, spread + dust),
            ..Leeway::NONE
        };
        (true, leeway)
    }

    /// Of a tranche as it is now: what so many of its shares are worth more at the deposit price than at the redemption
    /// price, and what one wei of shares costs, both rounded up.
    fn tranche_now(&self, tranche: u64, shares: U256) -> (U256, U256) {
        let id = n(tranche);
        let all = suite::Transact::view(&self.world.chain, self.credit.pool, &P::totalSupplyCall { id });
        let told = suite::Transact::view(&self.world.chain, self.credit.pool, &P::trancheCall { id });
        let spread = mul_div_up(shares, told.optimistic - told.conservative, all);
        (spread, mul_div_up(told.optimistic, n(1), all))
    }

    pub(super) fn deallocate(&mut self) -> (Accepted, Leeway) {
        let tranche = self.some_tranche_of_vault();
        let held = tranche_shares_of_vault(&self.world, tranche);
        let shares = if self.chance(30) {
            self.part_of(held)
        } else {
            self.part_of(held / n(4))
        };
        self.deallocate_shares(tranche, shares)
    }

    pub(super) fn deallocate_shares(&mut self, tranche: u64, shares: U256) -> (Accepted, Leeway) {
        let existing = self
            .look
            .tranches
            .get(usize::try_from(tranche).expect("small"))
            .cloned();
        let call = calls::deallocate(tranche, shares);
        if self.send(self.strategist(), self.staking.vault, &call).is_none() {
            return (false, Leeway::NONE);
        }
        // It leaves at the redemption price; the difference to the other stays with the tranche.
        let existing = existing.expect("it went through");
        let (high, low) = (existing.prices.optimistic, existing.prices.conservative);
        let spread = mul_div_up(shares, high.nav - low.nav, high.shares);
        let leeway = Leeway {
            vault: (spread + n(DUST), n(DUST)),
            ..Leeway::NONE
        };
        (true, leeway)
    }

    /// Mostly one that the vault has shares of.
    fn some_tranche_of_vault(&mut self) -> u64 {
        let held: Vec<u64> = (0..self.tranches())
            .filter(|tranche| !tranche_shares_of_vault(&self.world, *tranche).is_zero())
            .collect();
        let any = self.below(self.tranches());
        self.one_of(&held).unwrap_or(any)
    }

    fn some_junior_of_vault(&mut self, is_noticed: bool) -> u64 {
        let vault = self.staking.vault;
        let fitting: Vec<u64> = (1..self.tranches())
            .filter(|tranche| {
                let noticed = !self.notice_of(vault, *tranche).shares.is_zero();
                let held = tranche_shares_of_vault(&self.world, *tranche);
                if is_noticed { noticed } else { !held.is_zero() }
            })
            .collect();
        self.one_of(&fitting).unwrap_or(1)
    }

    pub(super) fn vault_gives_notice(&mut self) -> Accepted {
        let tranche = self.some_junior_of_vault(false);
        let vault = self.staking.vault;
        let balance = self.tranche_balance(vault, tranche);
        let shares = self.part_of(balance);
        let call = V::giveNoticeCall {
            tranche: n(tranche),
            shares,
        };
        let accepted = self.send(self.strategist(), vault, &call).is_some();
        if accepted {
            self.note_notice(vault, tranche);
        }
        accepted
    }

    pub(super) fn vault_cancels_notice(&mut self) -> Accepted {
        let tranche = self.some_junior_of_vault(true);
        let vault = self.staking.vault;
        let fits = !self.notice_of(vault, tranche).shares.is_zero();
        let call = V::cancelNoticeCall { tranche: n(tranche) };
        let accepted = self.expect(fits, self.strategist(), vault, &call).is_some();
        if accepted {
            self.notices.remove(&(vault, tranche));
        }
        accepted
    }

    // ------------------------------------------------------------------------------------------------------- blacklist

    pub(super) fn blacklist(&mut self) -> Accepted {
        let account = self.staker();
        self.set_blacklisted(account, true)
    }

    pub(super) fn unblacklist(&mut self) -> Accepted {
        let Some(account) = self.one_of(&self.blacklisted.iter().copied().collect::<Vec<_>>()) else {
            return false;
        };
        self.set_blacklisted(account, false)
    }

    pub(super) fn set_blacklisted(&mut self, account: Address, is_blacklisted: bool) -> Accepted {
        let gatekeeper = self.world.suite.actors.gatekeeper;
        self.must(
            gatekeeper,
            self.staking.vault,
            &calls::blacklist(account, is_blacklisted),
        );
        if is_blacklisted {
            self.blacklisted.insert(account);
        } else {
            self.blacklisted.remove(&account);
        }
        true
    }
}
