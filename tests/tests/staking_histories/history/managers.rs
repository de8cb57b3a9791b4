//! What those with a role do, and what anybody may do in their stead; and what becomes of the loans.

use alloy_primitives::{Address, U256};
use suite::bindings::{IQevAuction as Q, IStakedUSDai as V, ITestLoanPool};
use suite::staking::DAY;
use suite_tests::staking::DEAD;
use suite_tests::{calls, n};

use super::{Accepted, History};
use crate::model::auction::{MAX_BOND_BPS, Settled, are_bounds};
use crate::model::pool::{TRANCHES, Tranche};
use crate::model::{MAX_FEE_BPS, Why};

const STRATEGY: &str = "STRATEGY_ADMIN_ROLE";

impl History {
    fn strategist(&mut self) -> Address {
        self.official(self.world.suite.actors.strategist)
    }

    // ------------------------------------------------------------------------------------------- settling and servicing

    pub(super) fn announce_limit(&mut self) -> Accepted {
        let caller = self.strategist();
        let epoch = (self.model.auction.epoch() + self.below(3)).saturating_sub(self.below(10) / 9);
        let most = self.model.idle / n([1, 10, 100, 1_000][usize::try_from(self.below(4)).expect("small")]);
        let assets = if self.chance(20) {
            U256::ZERO
        } else {
            most / n(100) * n(self.below(100))
        };
        let mut why = self.model.lacks_role(STRATEGY, caller);
        why.extend(self.model.auction.refuses_announcement(epoch));
        let accepted = self.vault(caller, &calls::announce(epoch, assets), &why).is_some();
        if accepted {
            self.model.auction.announce(epoch, assets);
        }
        accepted
    }

    pub(super) fn settle(&mut self, by_manager: bool) -> Accepted {
        let caller = if by_manager {
            self.world.suite.actors.strategist
        } else {
            self.anybody()
        };
        self.settle_as(caller)
    }

    pub(super) fn settle_as(&mut self, caller: Address) -> Accepted {
        let manager = self.model.has_role(STRATEGY, caller);
        let mut why = self.model.is_paused();
        why.extend(self.model.is_in_default());
        why.extend(self.model.auction.refuses_settlement(manager));
        let outcome = self.world.vault(caller, &calls::settle());
        let gain = outcome.receipt.status.then(|| {
            let event: V::AuctionServiced = self.world.vault_event(&outcome.receipt);
            (event.forfeitedShares, event.gain)
        });
        let Some(returned) = self.judged(&outcome, &why) else {
            return false;
        };
        let means = self.model.means(caller);
        let vesting = !self.model.unvested().is_zero();
        let (epoch, settled) = self.model.auction.settle(means);
        self.model.close_auction(&settled);
        self.tally
            .meet_if(vesting && !settled.gain.is_zero(), "a gain that joins an earlier one");
        self.meet_settled(epoch, &settled);
        let Settled {
            filled,
            assets,
            forfeited,
            ..
        } = settled;
        assert_eq!(
            (returned.epoch, returned.filledShares, returned.assets),
            (n(epoch), filled, assets)
        );
        assert_eq!(gain, Some((forfeited, settled.gain)));
        assert!(assets <= settled.limit, "{assets} spent of {}", settled.limit);
        self.check_settled(epoch);
        true
    }

    fn meet_settled(&mut self, epoch: u64, settled: &Settled) {
        let epoch = &self.model.auction.epochs[&epoch];
        let won = |id: u64| settled.fills.get(&id).map_or(U256::ZERO, |won| won.shares);
        let margin = epoch.revealed.iter().filter(|bid| bid.discount == settled.discount);
        let margin: Vec<(U256, U256)> = margin.map(|bid| (won(bid.id), bid.shares)).collect();
        let is_split = margin.iter().any(|(won, shares)| won < shares);
        let (bids, levels) = (epoch.revealed.len(), settled.discount);
        let lost = epoch.revealed.iter().any(|bid| bid.discount < levels);
        let is_announced = epoch.announced == Some(settled.limit);
        let is_filled = !settled.filled.is_zero();
        self.tally.meet_if(is_filled, "an auction with winners");
        self.tally
            .meet_if(is_filled && !is_split && !lost, "an auction that all win");
        self.tally
            .meet_if(is_filled && is_split && margin.len() > 1, "a margin that several share");
        self.tally.meet_if(is_filled && lost, "a level without winners");
        self.tally
            .meet_if(!is_filled && bids > 0, "an auction that nobody wins");
        self.tally.meet_if(is_announced, "an announced limit that binds");
        self.tally.meet_if(!settled.forfeited.is_zero(), "bonds forfeited");
    }

    pub(super) fn service(&mut self, by_manager: bool) -> Accepted {
        let caller = if by_manager {
            self.world.suite.actors.strategist
        } else {
            self.anybody()
        };
        let [_, _, _, eligible] = self.model.auction.unserviced();
        let price = self.model.prices().conservative;
        let affordable = if price.nav.is_zero() {
            U256::ZERO
        } else {
            price.payable(self.model.idle)
        };
        let shares = match self.below(16) {
            0 => U256::MAX,
            1 => affordable + n(1),
            2 => eligible + n(1),
            3 => U256::ZERO,
            4 => n(1),
            5..8 => eligible.min(affordable),
            _ => eligible / n(1_000) * n(self.below(1_000)),
        };
        self.service_as(caller, shares)
    }

    pub(super) fn service_as(&mut self, caller: Address, shares: U256) -> Accepted {
        let mut why = self.model.is_paused();
        why.extend(self.model.is_in_default());
        let servicing = self.model.auction.servicing(shares, self.model.means(caller));
        if let Err(reasons) = &servicing {
            why.extend(reasons.clone());
        }
        let Some(returned) = self.vault(caller, &calls::service(shares), &why) else {
            return false;
        };
        let serviced = servicing.expect("it went through");
        assert_eq!(returned, serviced.assets);
        let again = self.model.auction.service(serviced);
        self.tally.meet_if(again > 0, "a request serviced at several prices");
        self.tally.meet_if(serviced.shares < shares, "a ceiling");
        self.model.reserve(serviced.assets, serviced.shares);
        true
    }

    // ------------------------------------------------------------------------------------------------------ base yield

    pub(super) fn harvest(&mut self) -> Accepted {
        let caller = self.strategist();
        let why = self.model.lacks_role(STRATEGY, caller);
        let Some(returned) = self.vault(caller, &calls::harvest(), &why) else {
            return false;
        };
        assert_eq!((returned._0, returned._1), self.model.harvest());
        true
    }

    pub(super) fn deposit_base_yield(&mut self) -> Accepted {
        let caller = self.strategist();
        let claimable = self.model.base_yield();
        let requested = self.part_of(claimable);
        let mut why = self.model.lacks_role(STRATEGY, caller);
        why.when(requested > claimable, || V::InsufficientBaseYield {
            requested,
            claimable,
        });
        let Some(returned) = self.vault(caller, &calls::deposit_base_yield(requested), &why) else {
            return false;
        };
        assert_eq!((returned._0, returned._1), self.model.harvest());
        true
    }

    pub(super) fn set_fee(&mut self) -> Accepted {
        let caller = self.official(self.world.suite.actors.admin);
        let highest = u64::from(MAX_FEE_BPS);
        let fee_bps = [0, 1_000, highest, highest + 1, self.below(highest)];
        let fee_bps = self.one_of(&fee_bps).expect("five");
        let mut why = self.model.lacks_role("DEFAULT_ADMIN_ROLE", caller);
        why.when(fee_bps > highest, || V::InvalidBasisPoints {
            basisPoints: n(fee_bps),
            maximum: n(highest),
        });
        let fee_bps = u16::try_from(fee_bps).expect("it is small");
        let call = V::setBaseYieldFeeCall { feeBps: fee_bps };
        let accepted = self.vault(caller, &call, &why).is_some();
        if accepted {
            self.model.harvest();
            self.model.fee_bps = fee_bps;
        }
        accepted
    }

    pub(super) fn set_fee_recipient(&mut self) -> Accepted {
        let actors = self.world.suite.actors;
        let caller = self.official(actors.admin);
        let recipient = self.receiver(actors.treasury);
        let mut why = self.model.lacks_role("DEFAULT_ADMIN_ROLE", caller);
        why.extend(self.model.is_no_receiver(recipient));
        let call = V::setFeeRecipientCall {
            feeRecipient: recipient,
        };
        let accepted = self.vault(caller, &call, &why).is_some();
        if accepted {
            self.model.fee_recipient = recipient;
        }
        accepted
    }

    // -------------------------------------------------------------------------------------------------------- the loans

    /// A tranche, now and then one that there is not.
    fn some_tranche(&mut self) -> u64 {
        if self.chance(3) { TRANCHES } else { self.below(TRANCHES) }
    }

    pub(super) fn allocate(&mut self) -> Accepted {
        let caller = self.strategist();
        let tranche = self.some_tranche();
        let idle = self.model.idle;
        let assets = self.part_of(idle / n(4));
        let mut why = self.model.lacks_role(STRATEGY, caller);
        why.extend(self.model.is_paused());
        why.when(assets.is_zero(), || V::InvalidAmount {});
        why.when(self.model.auction.is_settlement_pending(), || V::SettlementPending {});
        let mut shares = U256::ZERO;
        if assets > idle {
            why.add(V::InsufficientBalance {});
        } else {
            match self.model.pool.shares_for(tranche, assets) {
                Err(reasons) => why.extend(reasons),
                Ok(bought) => {
                    shares = bought;
                    why.when(shares.is_zero(), || V::InvalidAmount {});
                }
            }
        }
        why.when(tranche >= TRANCHES, || V::InvalidTranche { tranche: n(tranche) });
        let Some(returned) = self.vault(caller, &calls::allocate(tranche, assets), &why) else {
            return false;
        };
        assert_eq!(returned, shares);
        self.model.idle -= assets;
        self.model.move_usdai(self.model.vault, self.model.pool.address, assets);
        self.model.pool.deposit(tranche, assets, shares, shares);
        true
    }

    pub(super) fn deallocate(&mut self) -> Accepted {
        let caller = self.strategist();
        let held: Vec<u64> = (0..TRANCHES)
            .filter(|tranche| !self.tranche(*tranche).own.is_zero())
            .collect();
        let tranche = match self.one_of(&held) {
            Some(tranche) if self.chance(95) => tranche,
            _ => self.some_tranche(),
        };
        let own = if tranche < TRANCHES {
            self.tranche(tranche).own
        } else {
            U256::ZERO
        };
        let shares = self.part_of(own);
        let mut why = self.model.lacks_role(STRATEGY, caller);
        why.when(shares.is_zero(), || V::InvalidAmount {});
        let redeemed = self.model.pool.assets_for(tranche, shares);
        if let Err(reasons) = &redeemed {
            why.extend(reasons.clone());
        }
        let Some(returned) = self.vault(caller, &calls::deallocate(tranche, shares), &why) else {
            return false;
        };
        let assets = redeemed.expect("it went through");
        assert_eq!(returned, assets);
        self.model.pool.redeem(tranche, shares, assets);
        self.model.move_usdai(self.model.pool.address, self.model.vault, assets);
        self.model.idle += assets;
        true
    }

    fn tranche(&self, number: u64) -> Tranche {
        self.model.pool.tranches[usize::try_from(number).expect("it is small")]
    }

    /// Says what a tranche is worth. It keeps some cash, of what the pool has for it.
    fn set_tranche(&mut self, number: u64, optimistic: U256, conservative: U256) -> Accepted {
        let others = (0..TRANCHES).filter(|other| *other != number);
        let others: U256 = others.map(|other| self.tranche(other).idle).sum();
        let cash = self.model.usdai_of(self.model.pool.address) - others;
        let idle = cash.min(conservative) / n(10) * n(self.below(11));
        let call = ITestLoanPool::setValueCall {
            tranche: n(number),
            optimistic,
            conservative,
            idle,
        };
        let (admin, pool) = (self.world.suite.actors.admin, self.model.pool.address);
        let accepted = self.predicted(admin, pool, &call, &Why::default()).is_some();
        let tranche = &mut self.model.pool.tranches[usize::try_from(number).expect("it is small")];
        tranche.optimistic = optimistic;
        tranche.conservative = conservative;
        tranche.idle = idle;
        accepted
    }

    pub(super) fn pool_interest(&mut self) -> Accepted {
        let number = self.below(TRANCHES);
        let tranche = self.tranche(number);
        // What was written off may come back.
        let least = tranche.supply / n(20);
        let optimistic = (tranche.optimistic + tranche.optimistic / n(1_000) * n(self.below(20))).max(least);
        let conservative = if self.chance(50) {
            optimistic
        } else {
            tranche.conservative
        };
        self.set_tranche(number, optimistic, conservative)
    }

    pub(super) fn pool_provision(&mut self) -> Accepted {
        let number = self.below(TRANCHES);
        let optimistic = self.tranche(number).optimistic;
        let conservative = optimistic / n(100) * n(30 + self.below(71));
        self.set_tranche(number, optimistic, conservative)
    }

    pub(super) fn pool_loss(&mut self) -> Accepted {
        let number = self.below(TRANCHES);
        let tranche = self.tranche(number);
        let kept = if self.chance(10) { 0 } else { 70 + self.below(30) };
        let mut optimistic = tranche.optimistic / n(100) * n(kept);
        // A share of a tranche is either worth something or nothing at all.
        if optimistic < tranche.supply / n(1_000) {
            optimistic = U256::ZERO;
        }
        self.set_tranche(number, optimistic, tranche.conservative.min(optimistic))
    }

    pub(super) fn cure_window(&mut self) -> Accepted {
        let longest = (self.world.staking().config.epoch_length / 16).min(14 * DAY);
        if self.chance(20) {
            // The longest time that binds, and the shortest that is no proper one.
            for seconds in [14 * DAY, 14 * DAY + 1] {
                self.set_cure_end(seconds);
                self.service(true);
                self.settle(true);
            }
        }
        let seconds = match self.below(20) {
            0 => 20 * DAY,
            1 => 1,
            2..10 => 0,
            _ => self.below(longest),
        };
        self.set_cure_end(seconds)
    }

    /// A loan in default can be cured for so long.
    fn set_cure_end(&mut self, seconds: u64) -> Accepted {
        let cure_end = self.model.auction.now + seconds;
        let call = ITestLoanPool::setLatestCureEndCall { cureEnd: n(cure_end) };
        let (admin, pool) = (self.world.suite.actors.admin, self.model.pool.address);
        let accepted = self.predicted(admin, pool, &call, &Why::default()).is_some();
        self.model.pool.cure_end = cure_end;
        accepted
    }

    // --------------------------------------------------------------------------------------------------- administration

    pub(super) fn blacklist(&mut self, listed: bool) -> Accepted {
        let caller = self.official(self.world.suite.actors.gatekeeper);
        let listed_now: Vec<Address> = self.model.blacklist.iter().copied().collect();
        let account = match self.one_of(&listed_now) {
            Some(account) if !listed => account,
            _ => match self.below(30) {
                0 => Address::ZERO,
                1 => self.model.vault,
                2 => DEAD,
                _ => self.anybody(),
            },
        };
        self.set_blacklisted(caller, account, listed)
    }

    pub(super) fn set_blacklisted(&mut self, caller: Address, account: Address, listed: bool) -> Accepted {
        let mut why = self.model.lacks_role("BLACKLIST_ADMIN_ROLE", caller);
        why.extend(self.model.is_no_receiver(account));
        why.when(account == DEAD, || V::InvalidAddress {});
        let accepted = self.vault(caller, &calls::blacklist(account, listed), &why).is_some();
        if accepted && listed {
            self.model.blacklist.insert(account);
        } else if accepted {
            self.model.blacklist.remove(&account);
        }
        accepted
    }

    pub(super) fn pause(&mut self, paused: bool) -> Accepted {
        let caller = self.official(self.world.suite.actors.pauser);
        self.set_paused(caller, paused)
    }

    pub(super) fn set_paused(&mut self, caller: Address, paused: bool) -> Accepted {
        let mut why = self.model.lacks_role("PAUSE_ADMIN_ROLE", caller);
        let accepted = if paused {
            why.extend(self.model.is_paused());
            self.vault(caller, &V::pauseCall {}, &why).is_some()
        } else {
            why.when(!self.model.paused, || V::ExpectedPause {});
            self.vault(caller, &V::unpauseCall {}, &why).is_some()
        };
        if accepted {
            self.model.paused = paused;
        }
        accepted
    }

    pub(super) fn bridge_out(&mut self) -> Accepted {
        let caller = self.official(self.world.suite.actors.bridge);
        let from = self.user();
        let balance = self.model.balance(from);
        let amount = self.part_of(balance / n(10));
        let mut why = self.model.lacks_role("BRIDGE_ADMIN_ROLE", caller);
        why.extend(self.model.lacks_shares(from, amount));
        why.extend(self.model.are_blacklisted(&[from]));
        let accepted = self.vault(caller, &calls::bridge_out(from, amount), &why).is_some();
        if accepted {
            self.model.take_shares(from, amount);
            self.model.bridged += amount;
        }
        accepted
    }

    pub(super) fn bridge_in(&mut self) -> Accepted {
        let caller = self.official(self.world.suite.actors.bridge);
        let user = self.user();
        let to = self.receiver(user);
        let bridged = self.model.bridged;
        let amount = self.part_of(bridged / n(2));
        let mut why = self.model.lacks_role("BRIDGE_ADMIN_ROLE", caller);
        why.when(to == self.model.vault, || V::InvalidAddress {});
        why.when(to.is_zero(), || V::ERC20InvalidReceiver { receiver: to });
        why.extend(self.model.are_blacklisted(&[to]));
        why.when(amount > bridged, || V::InsufficientBridgedSupply {
            requested: amount,
            bridgedSupply: bridged,
        });
        let accepted = self.vault(caller, &calls::bridge_in(to, amount), &why).is_some();
        if accepted {
            self.model.bridged -= amount;
            self.model.add_shares(to, amount);
        }
        accepted
    }

    pub(super) fn set_discount_bounds(&mut self) -> Accepted {
        let caller = self.official(self.world.suite.actors.admin);
        let (min, max) = match self.below(12) {
            0 => (0, 1),
            1 => (2, 1),
            2 => (9_999, 10_000),
            3 => (9_000, 9_999),
            4 => (1, 1),
            _ => (10 + self.below(90), 200 + self.below(2_800)),
        };
        let [min, max] = [min, max].map(|bps| u16::try_from(bps).expect("it is small"));
        let mut why = self.model.lacks_role("DEFAULT_ADMIN_ROLE", caller);
        why.when(!are_bounds(min, max), || Q::InvalidBounds {
            minDiscountBps: n(min.into()),
            maxDiscountBps: n(max.into()),
        });
        let call = Q::setDiscountBoundsCall {
            minDiscountBps: min,
            maxDiscountBps: max,
        };
        let accepted = self.auction(caller, &call, &why).is_some();
        if accepted {
            self.model.auction.set_bounds(min, max);
        }
        accepted
    }

    pub(super) fn set_bond(&mut self) -> Accepted {
        let caller = self.official(self.world.suite.actors.admin);
        let choice = [0, 1, 50, 300, MAX_BOND_BPS, MAX_BOND_BPS + 1];
        let bond_bps = self.one_of(&choice).expect("six");
        let mut why = self.model.lacks_role("DEFAULT_ADMIN_ROLE", caller);
        why.when(bond_bps > MAX_BOND_BPS, || Q::InvalidBasisPoints {
            basisPoints: n(bond_bps.into()),
            maximum: n(MAX_BOND_BPS.into()),
        });
        let accepted = self
            .auction(caller, &Q::setBondCall { bondBps: bond_bps }, &why)
            .is_some();
        if accepted {
            self.model.auction.set_bond(bond_bps);
        }
        accepted
    }
}
