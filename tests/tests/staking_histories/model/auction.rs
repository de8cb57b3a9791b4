//! Queue and auction as the protocol says they are, with loops over everything.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use alloy_primitives::aliases::U512;
use alloy_primitives::{Address, B256, U256};
use suite::bindings::IQevAuction as Q;
use suite::staking::{DAY, StakingConfig, commitment};
use suite_tests::n;
use suite_tests::reference::{BASIS_POINTS, Price, mul_div, mul_div_up, share_of};

use super::Why;
use super::queue::Queue;

/// Live requests that a controller may have.
pub(crate) const MAX_REQUESTS: usize = 50;
/// The highest bond.
pub(crate) const MAX_BOND_BPS: u16 = 1_000;

/// What bids must satisfy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) min: u16,
    pub(crate) max: u16,
    pub(crate) bond: u16,
}

/// Shares that can be claimed, and what they pay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Earnings {
    pub(crate) shares: U256,
    pub(crate) assets: U256,
}

impl AddAssign for Earnings {
    fn add_assign(&mut self, more: Self) {
        self.shares += more.shares;
        self.assets += more.assets;
    }
}

/// In what a claim is stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Shares,
    Assets,
}

impl Unit {
    pub(crate) fn of(self, earnings: Earnings) -> U256 {
        match self {
            Self::Shares => earnings.shares,
            Self::Assets => earnings.assets,
        }
    }

    /// The part of `earnings` that a claim of `amount` takes.
    fn take(self, earnings: Earnings, amount: U256) -> Earnings {
        let Earnings { shares, assets } = earnings;
        match self {
            _ if amount >= self.of(earnings) => earnings,
            Self::Shares => Earnings {
                shares: amount,
                assets: mul_div(assets, amount, shares),
            },
            Self::Assets => Earnings {
                shares: mul_div_up(shares, amount, assets),
                assets: amount,
            },
        }
    }
}

/// A request's part in an auction.
#[derive(Clone, Debug)]
pub(crate) struct Bid {
    pub(crate) epoch: u64,
    pub(crate) commitment: B256,
    /// Shares with which it left the queue.
    pub(crate) shares: U256,
    /// The discount, once it is known.
    pub(crate) revealed: Option<u16>,
}

/// A live request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) controller: Address,
    pub(crate) made_in: u64,
    /// The number of its last place in the queue.
    pub(crate) place: usize,
    /// Of what was serviced at that place, what is credited.
    collected: U256,
    /// What was credited and not claimed.
    credited: Earnings,
    pub(crate) bid: Option<Bid>,
}

/// A revealed bid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Revealed {
    pub(crate) id: u64,
    pub(crate) discount: u16,
    pub(crate) shares: U256,
}

/// What came out of an epoch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settled {
    pub(crate) at: u64,
    pub(crate) limit: U256,
    pub(crate) discount: u16,
    pub(crate) filled: U256,
    pub(crate) assets: U256,
    pub(crate) forfeited: U256,
    pub(crate) earned: U256,
    /// What vests.
    pub(crate) gain: U256,
    /// What each winner has got.
    pub(crate) fills: BTreeMap<u64, Earnings>,
}

/// The bids of an epoch; from its settlement on as they stood then.
#[derive(Clone, Debug, Default)]
pub(crate) struct Epoch {
    pub(crate) terms: Option<Terms>,
    pub(crate) announced: Option<U256>,
    pub(crate) sealed: BTreeMap<u64, U256>,
    /// In the order of the reveals.
    pub(crate) revealed: Vec<Revealed>,
    pub(crate) settled: Option<Settled>,
}

impl Epoch {
    fn has_bids(&self) -> bool {
        !self.sealed.is_empty() || !self.revealed.is_empty()
    }

    /// The sum of the bonds of what is sealed.
    pub(crate) fn bonds(&self) -> U256 {
        let bps = self.terms.map_or(0, |terms| terms.bond);
        self.sealed.values().map(|shares| bond(*shares, bps)).sum()
    }
}

/// What an unrevealed bid forfeits.
fn bond(shares: U256, bps: u16) -> U256 {
    mul_div_up(shares, n(bps.into()), n(BASIS_POINTS))
}

/// How a request stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    /// Neither serviced nor won, less a forfeited bond.
    pub(crate) pending: U256,
    /// Earned and not credited.
    pub(crate) gained: Earnings,
    pub(crate) claimable: Earnings,
}

/// What decides whether a servicing may be, and at what price.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Means {
    pub(crate) price: Price,
    pub(crate) idle: U256,
    pub(crate) manager: bool,
}

/// The contract.
#[derive(Clone, Debug)]
pub(crate) struct Auction {
    pub(crate) now: u64,
    address: Address,
    chain_id: u64,
    genesis: u64,
    config: StakingConfig,
    /// Bounds and bonds, each with the epoch from which on they hold, in order.
    bounds: Vec<(u64, u16, u16)>,
    bonds: Vec<(u64, u16)>,
    pub(crate) queue: Queue,
    pub(crate) requests: BTreeMap<u64, Request>,
    pub(crate) epochs: BTreeMap<u64, Epoch>,
    /// When an auction was settled last.
    settled_at: u64,
}

impl Auction {
    pub(crate) fn new(address: Address, chain_id: u64, genesis: u64, config: StakingConfig) -> Self {
        Self {
            now: 0,
            address,
            chain_id,
            genesis,
            config,
            bounds: vec![(0, config.min_discount_bps, config.max_discount_bps)],
            bonds: vec![(0, config.bond_bps)],
            queue: Queue::default(),
            requests: BTreeMap::new(),
            epochs: BTreeMap::new(),
            settled_at: 0,
        }
    }

    // ---------------------------------------------------------------------------------------------------- the calendar

    pub(crate) fn epoch(&self) -> u64 {
        self.now.saturating_sub(self.genesis) / self.config.epoch_length
    }

    pub(crate) fn phase(&self) -> Q::Phase {
        if self.now < self.genesis {
            Q::Phase::BeforeGenesis
        } else if self.now < self.bid_end(self.epoch()) {
            Q::Phase::Bid
        } else {
            Q::Phase::Reveal
        }
    }

    pub(crate) fn bid_end(&self, epoch: u64) -> u64 {
        self.genesis + epoch * self.config.epoch_length + self.config.bid_length
    }

    pub(crate) fn end(&self, epoch: u64) -> u64 {
        self.genesis + (epoch + 1) * self.config.epoch_length
    }

    fn has_ended(&self, epoch: u64) -> bool {
        self.end(epoch) <= self.now
    }

    /// When the limit of an epoch can no longer be announced.
    pub(crate) fn announcement_end(&self, epoch: u64) -> u64 {
        self.bid_end(epoch) - DAY
    }

    /// When a phase ends, or somebody else may or must do something, after now.
    pub(crate) fn next_boundary(&self) -> u64 {
        let epoch = self.epoch();
        let mut times = vec![
            self.genesis,
            self.announcement_end(epoch),
            self.bid_end(epoch),
            self.end(epoch),
            self.public_servicing(),
            self.restore_end(),
        ];
        times.extend(self.public_settlement());
        times
            .into_iter()
            .filter(|time| *time > self.now)
            .min()
            .expect("the epoch ends")
    }

    /// When servicing waits no longer for those on their way back.
    pub(crate) fn restore_end(&self) -> u64 {
        self.settled_at + DAY
    }

    /// From when anybody may settle the oldest epoch with bids.
    pub(crate) fn public_settlement(&self) -> Option<u64> {
        self.oldest_unsettled().map(|epoch| self.end(epoch) + 3 * DAY)
    }

    /// From when anybody may service in this epoch.
    pub(crate) fn public_servicing(&self) -> u64 {
        self.end(self.epoch().saturating_sub(1)) + 3 * DAY
    }

    fn wrong_phase(&self, required: Q::Phase) -> Why {
        let actual = self.phase();
        let mut why = Why::default();
        why.when(actual as u8 != required as u8, || Q::WrongPhase { required, actual });
        why
    }

    // ------------------------------------------------------------------------------------------------------- the terms

    /// What holds in an epoch: what the epoch's first bid found, or the last changes before it.
    pub(crate) fn terms(&self, epoch: u64) -> Terms {
        if let Some(terms) = self.epochs.get(&epoch).and_then(|epoch| epoch.terms) {
            return terms;
        }
        let bounds = self.bounds.iter().rfind(|(from, ..)| *from <= epoch);
        let bond = self.bonds.iter().rfind(|(from, _)| *from <= epoch);
        let (&(_, min, max), &(_, bond)) = (bounds.expect("since 0"), bond.expect("since 0"));
        Terms { min, max, bond }
    }

    /// The first epoch that has not begun.
    fn next_epoch(&self) -> u64 {
        if self.now < self.genesis { 0 } else { self.epoch() + 1 }
    }

    pub(crate) fn set_bounds(&mut self, min: u16, max: u16) {
        self.bounds.push((self.next_epoch(), min, max));
    }

    pub(crate) fn set_bond(&mut self, bps: u16) {
        self.bonds.push((self.next_epoch(), bps));
    }

    // ---------------------------------------------------------------------------------------------------- who is where

    fn settled(&self, epoch: u64) -> Option<&Settled> {
        self.epochs.get(&epoch)?.settled.as_ref()
    }

    pub(crate) fn standing(&self, id: u64) -> Standing {
        let request = &self.requests[&id];
        let (pending, gained) = match &request.bid {
            None => {
                let place = self.queue.place(request.place);
                let gained = Earnings {
                    shares: place.serviced - request.collected,
                    assets: self.queue.paid(request.place, request.collected),
                };
                (place.waiting(), gained)
            }
            Some(bid) => match (self.settled(bid.epoch), bid.revealed) {
                (None, _) => (bid.shares, Earnings::default()),
                (Some(_), None) => {
                    let terms = self.terms(bid.epoch);
                    (bid.shares - bond(bid.shares, terms.bond), Earnings::default())
                }
                (Some(settled), Some(_)) => {
                    let won = settled.fills.get(&id).copied().unwrap_or_default();
                    (bid.shares - won.shares, won)
                }
            },
        };
        let mut claimable = request.credited;
        claimable += gained;
        Standing {
            pending,
            gained,
            claimable,
        }
    }

    /// Shares in the queue, at auction, on their way back, and those that may be serviced.
    pub(crate) fn unserviced(&self) -> [U256; 4] {
        let (mut at_auction, mut awaiting) = (U256::ZERO, U256::ZERO);
        for (id, request) in &self.requests {
            let Some(bid) = &request.bid else { continue };
            let pending = self.standing(*id).pending;
            *(if self.settled(bid.epoch).is_some() {
                &mut awaiting
            } else {
                &mut at_auction
            }) += pending;
        }
        let queue = &self.queue;
        [queue.waiting(), at_auction, awaiting, queue.eligible(self.epoch())]
    }

    pub(crate) fn ids_of(&self, controller: Address) -> Vec<u64> {
        let requests = self.requests.iter();
        requests
            .filter(|(_, request)| request.controller == controller)
            .map(|(id, _)| *id)
            .collect()
    }

    pub(crate) fn claimable(&self, controller: Address) -> Earnings {
        let mut sum = Earnings::default();
        for id in self.ids_of(controller) {
            sum += self.standing(id).claimable;
        }
        sum
    }

    /// The oldest epoch with bids that is not settled.
    pub(crate) fn oldest_unsettled(&self) -> Option<u64> {
        let mut epochs = self.epochs.iter();
        epochs
            .find(|(_, epoch)| epoch.settled.is_none() && epoch.has_bids())
            .map(|(number, _)| *number)
    }

    pub(crate) fn is_settlement_pending(&self) -> bool {
        self.oldest_unsettled()
            .is_some_and(|epoch| self.bid_end(epoch) <= self.now)
    }

    fn settleable(&self) -> Option<u64> {
        self.oldest_unsettled().filter(|epoch| self.has_ended(*epoch))
    }

    // ---------------------------------------------------------------------------------------------------- going home

    /// Credits what a request has gained; what is left of a settled bid comes back to the queue.
    fn fold(&mut self, id: u64) {
        let Standing { pending, gained, .. } = self.standing(id);
        if self.requests[&id].bid.is_some() {
            self.come_home(id, pending);
        } else {
            let request = self.requests.get_mut(&id).expect("it is live");
            request.collected += gained.shares;
        }
        self.requests.get_mut(&id).expect("it is live").credited += gained;
    }

    fn come_home(&mut self, id: u64, shares: U256) {
        let epoch = self.epoch();
        let request = self.requests.get_mut(&id).expect("it is live");
        request.bid = None;
        request.collected = U256::ZERO;
        if !shares.is_zero() {
            request.place = self.queue.come_back(request.place, shares, epoch);
        }
    }

    /// Forgets a request of which nothing is left.
    fn conclude(&mut self, id: u64) {
        let request = &self.requests[&id];
        if request.bid.is_none() && self.standing(id).pending.is_zero() && request.credited.shares.is_zero() {
            self.requests.remove(&id);
        }
    }

    pub(crate) fn refuses_restore(&self, id: u64) -> Why {
        let Some(request) = self.requests.get(&id) else {
            return Why::because(Q::UnknownRequest { requestId: n(id) });
        };
        match &request.bid {
            Some(bid) if self.has_ended(bid.epoch) => self.unsettled_bid(id, bid),
            _ => Why::because(Q::NothingToRestore { requestId: n(id) }),
        }
    }

    fn unsettled_bid(&self, id: u64, bid: &Bid) -> Why {
        let mut why = Why::default();
        why.when(self.settled(bid.epoch).is_none(), || Q::BidUnsettled {
            requestId: n(id),
            epoch: n(bid.epoch),
        });
        why
    }

    pub(crate) fn restore(&mut self, id: u64) {
        self.fold(id);
        self.conclude(id);
    }

    // ------------------------------------------------------------------------------------------------ requests and bids

    pub(crate) fn enqueue(&mut self, controller: Address, shares: U256) -> u64 {
        let id = self.queue.places() + 1;
        let epoch = self.epoch();
        let place = self.queue.append(id, shares, Some(epoch));
        self.requests.insert(
            id,
            Request {
                controller,
                made_in: epoch,
                place,
                collected: U256::ZERO,
                credited: Earnings::default(),
                bid: None,
            },
        );
        id
    }

    pub(crate) fn refuses_commit(&self, id: u64, commitment: B256) -> Why {
        let mut why = self.wrong_phase(Q::Phase::Bid);
        why.when(commitment.is_zero(), || Q::InvalidCommitment { commitment });
        let request_id = n(id);
        let Some(request) = self.requests.get(&id) else {
            why.add(Q::UnknownRequest { requestId: request_id });
            return why;
        };
        match &request.bid {
            Some(bid) if bid.epoch == self.epoch() => {}
            Some(bid) => {
                why.extend(self.unsettled_bid(id, bid));
                why.when(self.standing(id).pending.is_zero(), || Q::NothingPending {
                    requestId: request_id,
                });
            }
            None => {
                let place = self.queue.place(request.place);
                if place.shares == request.collected {
                    why.add(Q::NothingPending { requestId: request_id });
                } else {
                    why.when(self.queue.is_passed(request.place), || Q::AlreadyServiced {
                        requestId: request_id,
                    });
                }
            }
        }
        why
    }

    pub(crate) fn commit(&mut self, id: u64, commitment: B256) {
        let number = self.epoch();
        let is_here = |bid: &Bid| bid.epoch == number;
        if !self.requests[&id].bid.as_ref().is_some_and(is_here) {
            self.fold(id);
            let request = &self.requests[&id];
            let (place, shares) = (request.place, self.standing(id).pending);
            self.queue.leave(place);
            let terms = self.terms(number);
            let epoch = self.epochs.entry(number).or_default();
            epoch.terms = Some(terms);
            epoch.sealed.insert(id, shares);
            let bid = Bid {
                epoch: number,
                commitment,
                shares,
                revealed: None,
            };
            self.requests.get_mut(&id).expect("it is live").bid = Some(bid);
        }
        let bid = self.requests.get_mut(&id).and_then(|request| request.bid.as_mut());
        bid.expect("just made").commitment = commitment;
    }

    /// Why nothing can be done with the sealed bid of a request.
    fn no_sealed_bid(&self, id: u64) -> Why {
        let request_id = n(id);
        match self.requests.get(&id).map(|request| &request.bid) {
            None => Why::because(Q::UnknownRequest { requestId: request_id }),
            Some(Some(bid)) if bid.epoch == self.epoch() => {
                let mut why = Why::default();
                why.when(bid.revealed.is_some(), || Q::AlreadyRevealed { requestId: request_id });
                why
            }
            Some(_) => Why::because(Q::NoSealedBid { requestId: request_id }),
        }
    }

    pub(crate) fn refuses_withdrawal(&self, id: u64) -> Why {
        let mut why = self.wrong_phase(Q::Phase::Bid);
        why.extend(self.no_sealed_bid(id));
        why
    }

    pub(crate) fn withdraw_bid(&mut self, id: u64) {
        let epoch = self
            .epochs
            .get_mut(&(self.now.saturating_sub(self.genesis) / self.config.epoch_length));
        let shares = epoch.expect("it has bids").sealed.remove(&id).expect("it is sealed");
        self.come_home(id, shares);
    }

    /// What seals a bid in the current epoch.
    pub(crate) fn seal(&self, id: u64, discount: u16, salt: B256) -> B256 {
        commitment(self.chain_id, self.address, self.epoch(), n(id), discount, salt)
    }

    pub(crate) fn refuses_reveal(&self, id: u64, discount: u16, salt: B256) -> Why {
        let mut why = self.wrong_phase(Q::Phase::Reveal);
        why.extend(self.no_sealed_bid(id));
        let Some(Some(bid)) = self.requests.get(&id).map(|request| &request.bid) else {
            return why;
        };
        why.when(bid.commitment != self.seal(id, discount, salt), || Q::InvalidOpening {
            requestId: n(id),
            commitment: bid.commitment,
        });
        let terms = self.terms(self.epoch());
        why.when(discount < terms.min || terms.max < discount, || {
            Q::DiscountOutOfBounds {
                discountBps: n(discount.into()),
                minDiscountBps: n(terms.min.into()),
                maxDiscountBps: n(terms.max.into()),
            }
        });
        why
    }

    pub(crate) fn reveal(&mut self, id: u64, discount: u16) {
        let number = self.epoch();
        let epoch = self.epochs.get_mut(&number).expect("it has bids");
        let shares = epoch.sealed.remove(&id).expect("it is sealed");
        epoch.revealed.push(Revealed { id, discount, shares });
        let bid = self.requests.get_mut(&id).and_then(|request| request.bid.as_mut());
        bid.expect("it is sealed").revealed = Some(discount);
    }

    pub(crate) fn refuses_announcement(&self, epoch: u64) -> Why {
        let closed_at = self.announcement_end(epoch);
        let mut why = Why::default();
        why.when(closed_at <= self.now, || Q::AnnouncementClosed {
            epoch: n(epoch),
            closedAt: n(closed_at),
        });
        why
    }

    pub(crate) fn announce(&mut self, epoch: u64, assets: U256) {
        self.epochs.entry(epoch).or_default().announced = Some(assets);
    }

    // --------------------------------------------------------------------------------------- settling and servicing

    pub(crate) fn refuses_settlement(&self, manager: bool) -> Why {
        let Some(epoch) = self.settleable() else {
            return Why::because(Q::NothingToSettle {});
        };
        let public_from = self.end(epoch) + 3 * DAY;
        let mut why = Why::default();
        why.when(!manager && self.now < public_from, || Q::NotPublicYet {
            publicFrom: n(public_from),
        });
        why
    }

    /// Settles the oldest epoch: which, and what came of it.
    pub(crate) fn settle(&mut self, means: Means) -> (u64, Settled) {
        let number = self.settleable().expect("there is one");
        let share = share_of(means.idle, self.config.auction_share_bps.into());
        let epoch = self.epochs.get_mut(&number).expect("it has bids");
        let limit = epoch.announced.map_or(share, |announced| announced.min(share));
        let mut settled = clear(&epoch.revealed, means.price, limit);
        settled.at = self.now;
        settled.limit = limit;
        settled.forfeited = epoch.bonds();
        settled.earned = means.price.worth(settled.filled) - settled.assets;
        settled.gain = means.price.worth(settled.filled + settled.forfeited) - settled.assets;
        epoch.settled = Some(settled.clone());
        self.settled_at = self.now;
        (number, settled)
    }

    /// Shares and assets of a servicing, or why it may not be.
    pub(crate) fn servicing(&self, shares: U256, means: Means) -> Result<Earnings, Why> {
        let mut why = Why::default();
        why.when(shares.is_zero(), || Q::InvalidAmount {});
        if let Some(epoch) = self.settleable() {
            why.add(Q::EpochUnsettled { epoch: n(epoch) });
        }
        let [_, _, awaiting, eligible] = self.unserviced();
        let until = self.restore_end();
        why.when(!awaiting.is_zero() && self.now < until, || Q::RestoreWindowOpen {
            sharesAwaitingRestore: awaiting,
            until: n(until),
        });
        let public_from = self.public_servicing();
        let is_public = public_from <= self.now;
        why.when(!means.manager && !is_public, || Q::NotPublicYet {
            publicFrom: n(public_from),
        });
        if means.price.nav.is_zero() {
            why.add(Q::ZeroNav {});
            return Err(why);
        }
        let affordable = means.price.payable(means.idle);
        let stated = shares.min(U256::from(u128::MAX));
        why.when(eligible.is_zero() || (shares > eligible && !is_public), || {
            Q::NotEligible {
                shares: stated,
                eligibleShares: eligible,
            }
        });
        why.when(affordable.is_zero() || (shares > affordable && !is_public), || {
            Q::InsufficientBalance {}
        });
        if !why.is_empty() {
            return Err(why);
        }
        let shares = shares.min(eligible).min(affordable);
        Ok(Earnings {
            shares,
            assets: means.price.worth(shares),
        })
    }

    /// How many of those who are serviced have been before, at another price.
    pub(crate) fn service(&mut self, serviced: Earnings) -> u64 {
        let epoch = self.epoch();
        self.queue.service(epoch, serviced.shares, serviced.assets)
    }

    // -------------------------------------------------------------------------------------------------------- claims

    /// Claims so much of these requests, of which so much can be claimed, the first first.
    pub(crate) fn claim(&mut self, ids: &[u64], unit: Unit, amount: U256) -> Earnings {
        let mut rest = amount;
        let mut taken = Earnings::default();
        for &id in ids {
            let standing = self.standing(id);
            if rest.is_zero() || standing.claimable.shares.is_zero() {
                continue;
            }
            if !standing.gained.shares.is_zero() {
                self.fold(id);
            }
            let request = self.requests.get_mut(&id).expect("it is live");
            let part = unit.take(request.credited, rest);
            request.credited.shares -= part.shares;
            request.credited.assets -= part.assets;
            rest -= unit.of(part);
            taken += part;
            if request.credited.shares.is_zero() {
                // What remains is less than a share's worth, and stays with the vault.
                request.credited.assets = U256::ZERO;
            }
            self.conclude(id);
        }
        assert!(rest.is_zero(), "{rest} more than there was");
        taken
    }

    /// Why a claim of so much of these is refused.
    pub(crate) fn refuses_claim(&self, ids: &[u64], unit: Unit, amount: U256) -> Why {
        let mut sum = Earnings::default();
        for &id in ids {
            sum += self.standing(id).claimable;
        }
        let claimable = unit.of(sum);
        let maximum = U256::from(u128::MAX);
        let mut why = Why::default();
        why.when(amount > claimable, || Q::ExceedsClaimable {
            requested: amount,
            claimable,
        });
        why.when(amount > maximum, || Q::ValueTooLarge { value: amount, maximum });
        why
    }
}

/// Clears the revealed bids at one discount: sorted from the highest down, then cut where the limit ends.
fn clear(revealed: &[Revealed], price: Price, limit: U256) -> Settled {
    let wide = |value: U256| U512::from(value);
    let mut bids = revealed.to_vec();
    // Stable: bids of one discount stay in the order of their reveals.
    bids.sort_by_key(|bid| std::cmp::Reverse(bid.discount));
    let mut settled = Settled::default();
    if limit.is_zero() || price.nav.is_zero() {
        return settled;
    }
    let budget = wide(limit) * wide(n(BASIS_POINTS)) * wide(price.shares);
    let cost = |discount: u16| wide(price.nav) * U512::from(BASIS_POINTS - u64::from(discount));
    let above = |discount: u16| -> U256 {
        let higher = bids.iter().filter(|bid| bid.discount > discount);
        higher.map(|bid| bid.shares).sum()
    };
    let affordable = |discount: u16| wide(above(discount)) * cost(discount) < budget;
    let Some(discount) = bids.iter().map(|bid| bid.discount).filter(|d| affordable(*d)).min() else {
        return settled;
    };
    let marginal = || bids.iter().filter(|bid| bid.discount == discount);
    let level: U256 = marginal().map(|bid| bid.shares).sum();
    let payable = budget / cost(discount) - wide(above(discount));
    let level_filled = if payable < wide(level) {
        payable.to::<U256>()
    } else {
        level
    };
    settled.filled = above(discount) + level_filled;
    if settled.filled.is_zero() {
        return settled;
    }
    settled.discount = discount;
    let paid = wide(settled.filled) * cost(discount) / (wide(price.shares) * wide(n(BASIS_POINTS)));
    settled.assets = paid.to::<U256>();
    let mut before = U256::ZERO;
    for bid in bids.iter().filter(|bid| bid.discount >= discount) {
        let shares = if bid.discount > discount {
            bid.shares
        } else {
            let start = mul_div(before, level_filled, level);
            before += bid.shares;
            mul_div(before, level_filled, level) - start
        };
        let assets = mul_div(shares, settled.assets, settled.filled);
        settled.fills.insert(bid.id, Earnings { shares, assets });
    }
    settled
}

/// Bounds that make sense.
pub(crate) fn are_bounds(min: u16, max: u16) -> bool {
    0 < min && min <= max && u64::from(max) < BASIS_POINTS
}
