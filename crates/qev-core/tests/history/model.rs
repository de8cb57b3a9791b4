//! The auction as somebody with a sheet of paper would keep it: lists that are walked from end to end, nothing packed,
//! nothing derived from sums. It answers each operation with the refusal or the events that are due.

use alloy_primitives::{Address, B256, U256};
use num_bigint::BigUint;
use qev_core::{
    book::{
        requests::{Earnings, Place},
        settlement::{Servicing, Settlement},
        Event, Refusal,
    },
    commitment::commitment,
    epoch::{Calendar, Phase, DAY},
    MAX_SHARES,
};
use std::collections::BTreeMap;

pub(crate) const CHAIN_ID: u64 = 42_161;
pub(crate) const CONTRACT: Address = Address::repeat_byte(7);
pub(crate) const AUCTION_SHARE_BPS: u16 = 300;
const MAX_REQUESTS: usize = 50;

pub(crate) type Answer<T> = Result<(T, Vec<Event>), Refusal>;

/// A place in the line, for good; who leaves it leaves it empty.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) id: u32,
    /// Unserviced shares that stand here now.
    pub(crate) waiting: u128,
    /// Whether any share was ever serviced here.
    touched: bool,
    /// The epoch from which on it may be serviced.
    pub(crate) eligible_from: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Bid {
    pub(crate) epoch: u64,
    shares: u128,
    bond: u128,
    pub(crate) seal: B256,
    /// Discount and what was revealed at it before.
    opened: Option<(u16, u128)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) controller: Address,
    pub(crate) made_in: u64,
    pub(crate) slot: usize,
    pub(crate) bid: Option<Bid>,
    /// What was credited and not claimed.
    pub(crate) earned: Earnings,
    /// The shares of it that were serviced and not credited, by their position among all that ever were.
    serviced: (u128, u128),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) min: u16,
    pub(crate) max: u16,
    pub(crate) bond_bps: u16,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Epoch {
    pub(crate) terms: Option<Terms>,
    pub(crate) sealed: u128,
    pub(crate) bonds: u128,
    pub(crate) revealed: BTreeMap<u16, u128>,
    pub(crate) announced: Option<u128>,
    pub(crate) settled: Option<Settled>,
}

#[derive(Clone, Debug)]
pub(crate) struct Settled {
    pub(crate) at: u64,
    pub(crate) limit: u128,
    pub(crate) discount_bps: u16,
    pub(crate) filled: u128,
    pub(crate) marginal_shares: u128,
    pub(crate) marginal_filled: u128,
    pub(crate) assets: u128,
    pub(crate) discount_earned: u128,
}

impl Epoch {
    fn has_bids(&self) -> bool {
        self.sealed + self.revealed_shares() > 0
    }

    pub(crate) fn revealed_shares(&self) -> u128 {
        self.revealed.values().sum()
    }
}

pub(crate) struct Model {
    pub(crate) calendar: Calendar,
    pub(crate) now: u64,
    pub(crate) requests: BTreeMap<u32, Request>,
    pub(crate) line: Vec<Slot>,
    /// Shares and assets of each servicing.
    steps: Vec<(u128, u128)>,
    pub(crate) epochs: BTreeMap<u64, Epoch>,
    pub(crate) terms: Vec<(u64, Terms)>,
}

/// What the vault brings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vault {
    pub(crate) nav: u128,
    pub(crate) shares: u128,
    pub(crate) idle: u128,
    pub(crate) manager: bool,
}

impl Vault {
    /// ⌊shares · nav / all shares · kept / 10,000⌋.
    fn worth(self, shares: u128, kept: u16) -> u128 {
        let assets = BigUint::from(shares) * self.nav * kept / (BigUint::from(self.shares) * 10_000_u16);
        assets.try_into().unwrap()
    }

    /// The most shares whose worth is within `assets`: ⌊assets / (price · kept / 10,000)⌋.
    fn within(self, assets: u128, kept: u16) -> u128 {
        let shares = BigUint::from(assets) * self.shares * 10_000_u16 / (BigUint::from(self.nav) * kept);
        shares.try_into().unwrap_or(u128::MAX)
    }
}

impl Model {
    pub(crate) fn new(calendar: Calendar, now: u64, terms: Terms) -> Self {
        Self {
            calendar,
            now,
            requests: BTreeMap::new(),
            line: Vec::new(),
            steps: Vec::new(),
            epochs: BTreeMap::new(),
            terms: vec![(0, terms)],
        }
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.calendar.epoch_at(self.now)
    }

    fn require(&self, required: Phase) -> Result<(), Refusal> {
        let actual = self.calendar.phase_at(self.now);
        if actual == required {
            Ok(())
        } else {
            Err(Refusal::WrongPhase { required, actual })
        }
    }

    fn find(&self, id: u32) -> Result<Request, Refusal> {
        self.requests.get(&id).cloned().ok_or(Refusal::UnknownRequest { id })
    }

    pub(crate) fn ids_of(&self, controller: Address) -> Vec<u32> {
        let is_his = |(_, request): &(&u32, &Request)| request.controller == controller;
        self.requests.iter().filter(is_his).map(|(id, _)| *id).collect()
    }

    pub(crate) fn queued(&self) -> u128 {
        self.line.iter().map(|slot| slot.waiting).sum()
    }

    pub(crate) fn eligible(&self) -> u128 {
        let epoch = self.epoch();
        let eligible = self.line.iter().filter(|slot| slot.eligible_from <= epoch);
        eligible.map(|slot| slot.waiting).sum()
    }

    pub(crate) fn at_auction(&self) -> u128 {
        let open = self.epochs.values().filter(|epoch| epoch.settled.is_none());
        open.map(|epoch| epoch.sealed + epoch.revealed_shares()).sum()
    }

    /// Shares of settled epochs that are still out of the queue, counted bid by bid.
    pub(crate) fn awaiting(&self) -> u128 {
        let bids = self.requests.values().filter_map(|request| request.bid.as_ref());
        bids.filter_map(|bid| self.result_of(bid)).map(|(_, rest)| rest).sum()
    }

    pub(crate) fn terms_of(&self, epoch: u64) -> Terms {
        let snapshot = self.epochs.get(&epoch).and_then(|epoch| epoch.terms);
        snapshot.unwrap_or_else(|| self.in_force(epoch))
    }

    fn in_force(&self, epoch: u64) -> Terms {
        let in_force = self.terms.iter().rfind(|(from, _)| *from <= epoch);
        in_force.unwrap().1
    }

    /// The oldest epoch with bids that are not settled.
    pub(crate) fn oldest(&self) -> Option<u64> {
        let waits = |(_, epoch): &(&u64, &Epoch)| epoch.has_bids() && epoch.settled.is_none();
        self.epochs.iter().find(waits).map(|(epoch, _)| *epoch)
    }

    fn settleable(&self) -> Option<u64> {
        self.oldest().filter(|epoch| self.calendar.end(*epoch) <= self.now)
    }

    /// A(position): what all shares serviced up to a position were paid.
    fn paid_up_to(&self, position: u128) -> u128 {
        let (mut watermark, mut paid) = (0, 0);
        for &(shares, assets) in &self.steps {
            if position < watermark + shares {
                let part = BigUint::from(position - watermark) * assets / shares;
                return paid + u128::try_from(part).unwrap();
            }
            watermark += shares;
            paid += assets;
        }
        paid
    }

    /// What a bid of a settled epoch has won, and what is left of it.
    fn result_of(&self, bid: &Bid) -> Option<(Earnings, u128)> {
        let settled = self.epochs[&bid.epoch].settled.as_ref()?;
        let Some((discount_bps, before)) = bid.opened else {
            return Some((Earnings::default(), bid.shares - bid.bond));
        };
        let filled = if settled.filled == 0 || discount_bps < settled.discount_bps {
            0
        } else if discount_bps > settled.discount_bps {
            bid.shares
        } else {
            let up_to = |position: u128| {
                let part = BigUint::from(position) * settled.marginal_filled / settled.marginal_shares;
                u128::try_from(part).unwrap()
            };
            up_to(before + bid.shares) - up_to(before)
        };
        let assets = if filled == 0 {
            0
        } else {
            (BigUint::from(filled) * settled.assets / settled.filled)
                .try_into()
                .unwrap()
        };
        let won = Earnings { shares: filled, assets };
        Some((won, bid.shares - filled))
    }

    /// What a request has earned and not been credited, and what of it waits.
    pub(crate) fn standing(&self, request: &Request) -> (Earnings, u128) {
        if let Some(bid) = &request.bid {
            return self.result_of(bid).unwrap_or((Earnings::default(), bid.shares));
        }
        let (start, end) = request.serviced;
        let earned = Earnings {
            shares: end - start,
            assets: self.paid_up_to(end) - self.paid_up_to(start),
        };
        (earned, self.line[request.slot].waiting)
    }

    pub(crate) fn place(request: &Request) -> Place {
        match &request.bid {
            None => Place::Queue,
            Some(Bid { opened: None, .. }) => Place::Sealed,
            Some(_) => Place::Revealed,
        }
    }

    /// Whether nothing at this place or behind it was serviced.
    fn is_untouched(&self, slot: usize) -> bool {
        self.line[slot..].iter().all(|slot| !slot.touched)
    }

    /* operations */

    pub(crate) fn enqueue(&mut self, controller: Address, shares: u128) -> Answer<u32> {
        if shares == 0 {
            return Err(Refusal::InvalidAmount);
        }
        let ever: u128 = self.steps.iter().map(|step| step.0).sum::<u128>() + self.queued();
        if ever + shares > MAX_SHARES {
            return Err(Refusal::ValueTooLarge {
                value: shares,
                maximum: MAX_SHARES,
            });
        }
        if self.ids_of(controller).len() == MAX_REQUESTS {
            return Err(Refusal::TooManyRequests { controller });
        }
        let slot = self.line.len();
        let id = u32::try_from(slot).unwrap() + 1;
        let epoch = self.epoch();
        self.line.push(Slot {
            id,
            waiting: shares,
            touched: false,
            eligible_from: epoch + 1,
        });
        let request = Request {
            controller,
            made_in: epoch,
            slot,
            bid: None,
            earned: Earnings::default(),
            serviced: (0, 0),
        };
        self.requests.insert(id, request);
        let event = Event::RequestQueued {
            id,
            controller,
            epoch,
            shares,
        };
        Ok((id, vec![event]))
    }

    pub(crate) fn commit(&mut self, id: u32, seal: B256) -> Answer<Address> {
        self.require(Phase::Bid)?;
        if seal == B256::ZERO {
            return Err(Refusal::InvalidCommitment);
        }
        let epoch = self.epoch();
        let mut events = Vec::new();
        let mut request = self.find(id)?;
        let mut earned = request.earned;
        if let Some(bid) = request.bid.clone().filter(|bid| bid.epoch != epoch) {
            if self.result_of(&bid).is_none() {
                return Err(Refusal::BidUnsettled { id, epoch: bid.epoch });
            }
            earned = plus(earned, self.fold(id, &mut request, &mut events));
        }
        request.earned = earned;
        let shares = match &request.bid {
            Some(bid) => bid.shares,
            None => self.line[request.slot].waiting,
        };
        let controller = request.controller;
        if request.bid.is_none() {
            let slot = request.slot;
            if request.serviced.0 != request.serviced.1 || (shares > 0 && !self.is_untouched(slot)) {
                return Err(Refusal::AlreadyServiced { id });
            }
            if shares == 0 {
                return Err(Refusal::NothingPending { id });
            }
        }
        let terms = self.terms_of(epoch);
        let bond = bond(shares, terms.bond_bps);
        if request.bid.is_none() {
            self.line[request.slot].waiting = 0;
            let record = self.epochs.entry(epoch).or_default();
            record.terms = Some(terms);
            record.sealed += shares;
            record.bonds += bond;
        }
        request.bid = Some(Bid {
            epoch,
            shares,
            bond,
            seal,
            opened: None,
        });
        self.requests.insert(id, request);
        events.push(Event::BidCommitted {
            id,
            epoch,
            commitment: seal,
            shares,
            bond,
        });
        Ok((controller, events))
    }

    fn sealed(&self, id: u32) -> Result<(Request, Bid), Refusal> {
        let request = self.find(id)?;
        match request.bid.clone().filter(|bid| bid.epoch == self.epoch()) {
            None => Err(Refusal::NoSealedBid { id }),
            Some(bid) if bid.opened.is_some() => Err(Refusal::AlreadyRevealed { id }),
            Some(bid) => Ok((request, bid)),
        }
    }

    pub(crate) fn withdraw(&mut self, id: u32) -> Answer<Address> {
        self.require(Phase::Bid)?;
        let (mut request, bid) = self.sealed(id)?;
        let epoch = self.epoch();
        let record = self.epochs.get_mut(&epoch).unwrap();
        record.sealed -= bid.shares;
        record.bonds -= bid.bond;
        let mut events = vec![Event::BidWithdrawn { id, epoch }];
        self.come_home(id, &mut request, bid.shares, &mut events);
        let controller = request.controller;
        self.requests.insert(id, request);
        Ok((controller, events))
    }

    pub(crate) fn opening(epoch: u64, id: u32, discount_bps: u16, salt: B256) -> B256 {
        commitment(CHAIN_ID, CONTRACT, epoch, U256::from(id), discount_bps, salt)
    }

    pub(crate) fn reveal(&mut self, id: u32, discount_bps: u16, salt: B256) -> Answer<()> {
        self.require(Phase::Reveal)?;
        let (mut request, bid) = self.sealed(id)?;
        let epoch = self.epoch();
        if Self::opening(epoch, id, discount_bps, salt) != bid.seal {
            return Err(Refusal::InvalidOpening {
                id,
                commitment: bid.seal,
            });
        }
        let Terms { min, max, .. } = self.terms_of(epoch);
        if !(min..=max).contains(&discount_bps) {
            return Err(Refusal::DiscountOutOfBounds { discount_bps, min, max });
        }
        let record = self.epochs.get_mut(&epoch).unwrap();
        record.sealed -= bid.shares;
        record.bonds -= bid.bond;
        let level = record.revealed.entry(discount_bps).or_default();
        let opened = Some((discount_bps, *level));
        *level += bid.shares;
        let shares = bid.shares;
        request.bid = Some(Bid { opened, ..bid });
        self.requests.insert(id, request);
        let event = Event::BidRevealed {
            id,
            epoch,
            discount_bps,
            shares,
        };
        Ok(((), vec![event]))
    }

    pub(crate) fn announce(&mut self, epoch: u64, assets: u128) -> Answer<()> {
        let closed_at = self.calendar.bid_end(epoch) - DAY;
        if self.now >= closed_at {
            return Err(Refusal::AnnouncementClosed { epoch, closed_at });
        }
        self.epochs.entry(epoch).or_default().announced = Some(assets);
        Ok(((), vec![Event::LimitAnnounced { epoch, assets }]))
    }

    pub(crate) fn settle(&mut self, vault: Vault) -> Answer<Settlement> {
        let epoch = self.settleable().ok_or(Refusal::NothingToSettle)?;
        let public_from = self.calendar.end(epoch) + 3 * DAY;
        if !vault.manager && self.now < public_from {
            return Err(Refusal::NotPublicYet { public_from });
        }
        let at = self.now;
        let record = self.epochs.get_mut(&epoch).unwrap();
        let share = vault.idle * u128::from(AUCTION_SHARE_BPS) / 10_000;
        let limit = record.announced.unwrap_or(u128::MAX).min(share);
        let mut settled = Settled {
            at,
            limit,
            discount_bps: 0,
            filled: 0,
            marginal_shares: 0,
            marginal_filled: 0,
            assets: 0,
            discount_earned: 0,
        };
        let mut above = 0;
        if vault.nav > 0 && limit > 0 {
            // Every level as if it were the clearing one; the lowest that the limit reaches is.
            for (&discount_bps, &shares) in record.revealed.iter().rev() {
                let kept = 10_000 - discount_bps;
                let spent = BigUint::from(above) * vault.nav * kept;
                if spent < BigUint::from(limit) * vault.shares * 10_000_u16 {
                    settled.discount_bps = discount_bps;
                    settled.marginal_shares = shares;
                    settled.marginal_filled = shares.min(vault.within(limit, kept) - above);
                    settled.filled = above + settled.marginal_filled;
                    settled.assets = vault.worth(settled.filled, kept);
                }
                above += shares;
            }
        }
        if settled.filled == 0 {
            settled.discount_bps = 0;
        }
        settled.discount_earned = vault.worth(settled.filled, 10_000) - settled.assets;
        let forfeited = record.bonds;
        let awaiting_restore = record.sealed - record.bonds + record.revealed_shares() - settled.filled;
        let settlement = Settlement {
            epoch,
            filled: settled.filled,
            assets: settled.assets,
            forfeited,
            gain: vault.worth(settled.filled + forfeited, 10_000) - settled.assets,
        };
        let event = Event::AuctionSettled {
            epoch,
            limit,
            discount_bps: settled.discount_bps,
            filled: settled.filled,
            assets: settled.assets,
            forfeited,
            gain: settlement.gain,
            awaiting_restore,
        };
        record.settled = Some(settled);
        Ok((settlement, vec![event]))
    }

    pub(crate) fn service(&mut self, shares: u128, vault: Vault) -> Answer<Servicing> {
        if shares == 0 {
            return Err(Refusal::InvalidAmount);
        }
        if let Some(epoch) = self.settleable() {
            return Err(Refusal::EpochUnsettled { epoch });
        }
        let settlements = self.epochs.values().filter_map(|epoch| epoch.settled.as_ref());
        let last = settlements.map(|settled| settled.at).max().unwrap_or_default();
        let awaiting_restore = self.awaiting();
        if awaiting_restore > 0 && self.now < last + DAY {
            return Err(Refusal::RestoreWindowOpen {
                awaiting_restore,
                until: last + DAY,
            });
        }
        let epoch = self.epoch();
        let public_from = self.calendar.start(epoch.max(1)) + 3 * DAY;
        let is_public = self.now >= public_from;
        if !vault.manager && !is_public {
            return Err(Refusal::NotPublicYet { public_from });
        }
        if vault.nav == 0 {
            return Err(Refusal::ZeroNav);
        }
        let eligible = self.eligible();
        if eligible == 0 || (!is_public && shares > eligible) {
            return Err(Refusal::NotEligible { shares, eligible });
        }
        let affordable = vault.within(vault.idle, 10_000);
        if affordable == 0 || (!is_public && shares > affordable) {
            return Err(Refusal::InsufficientBalance);
        }
        let shares = shares.min(eligible).min(affordable);
        let assets = vault.worth(shares, 10_000);
        let mut position: u128 = self.steps.iter().map(|step| step.0).sum();
        self.steps.push((shares, assets));
        let mut rest = shares;
        for slot in &mut self.line {
            let part = slot.waiting.min(rest);
            if part == 0 {
                continue;
            }
            slot.waiting -= part;
            slot.touched = true;
            let request = self.requests.get_mut(&slot.id).unwrap();
            let (start, end) = request.serviced;
            request.serviced = if start == end {
                (position, position + part)
            } else {
                assert_eq!(end, position, "a request is serviced in one piece");
                (start, end + part)
            };
            position += part;
            rest -= part;
        }
        let event = Event::RedemptionCheckpoint {
            watermark: position,
            cumulative_assets: self.steps.iter().map(|step| step.1).sum(),
        };
        let servicing = Servicing {
            shares,
            assets,
            pending: self.queued(),
        };
        Ok((servicing, vec![event]))
    }

    pub(crate) fn restore(&mut self, id: u32) -> Answer<()> {
        let mut request = self.find(id)?;
        let bid = request
            .bid
            .clone()
            .filter(|bid| self.calendar.end(bid.epoch) <= self.now);
        let Some(bid) = bid else {
            return Err(Refusal::NothingToRestore { id });
        };
        if self.result_of(&bid).is_none() {
            return Err(Refusal::BidUnsettled { id, epoch: bid.epoch });
        }
        let mut events = Vec::new();
        request.earned = plus(request.earned, self.fold(id, &mut request, &mut events));
        self.keep(id, request);
        Ok(((), events))
    }

    /// Takes what a request has earned, and brings it home if it was at auction.
    fn fold(&mut self, id: u32, request: &mut Request, events: &mut Vec<Event>) -> Earnings {
        let (gained, rest) = self.standing(request);
        if request.bid.is_some() {
            self.come_home(id, request, rest, events);
        }
        request.serviced = (0, 0);
        if gained.shares > 0 {
            events.push(Event::RedemptionProcessed {
                id,
                controller: request.controller,
                shares: gained.shares,
                assets: gained.assets,
                pending: rest,
            });
        }
        gained
    }

    fn come_home(&mut self, id: u32, request: &mut Request, shares: u128, events: &mut Vec<Event>) {
        request.bid = None;
        if shares == 0 {
            return;
        }
        let at_tail = !self.is_untouched(request.slot);
        if at_tail {
            let epoch = self.epoch();
            let behind_this_epoch = self.line.iter().any(|slot| slot.eligible_from > epoch);
            request.slot = self.line.len();
            self.line.push(Slot {
                id,
                waiting: shares,
                touched: false,
                eligible_from: if behind_this_epoch { epoch + 1 } else { epoch },
            });
        } else {
            self.line[request.slot].waiting = shares;
        }
        events.push(Event::RequestRestored { id, shares, at_tail });
    }

    /// Keeps a request unless nothing is left of it.
    fn keep(&mut self, id: u32, request: Request) {
        let waits = request.bid.is_some() || self.line[request.slot].waiting > 0;
        let (gained, _) = self.standing(&request);
        if waits || request.earned.shares > 0 || gained.shares > 0 {
            self.requests.insert(id, request);
        } else {
            self.requests.remove(&id);
        }
    }

    pub(crate) fn claimable(&self, request: &Request) -> Earnings {
        plus(request.earned, self.standing(request).0)
    }

    /// Takes up to `amount` shares or assets of a request.
    fn take(&mut self, id: u32, by_assets: bool, amount: u128, events: &mut Vec<Event>) -> Earnings {
        let mut request = self.requests[&id].clone();
        if self.standing(&request).0.shares > 0 {
            request.earned = plus(request.earned, self.fold(id, &mut request, events));
        }
        let Earnings { shares, assets } = request.earned;
        let big = |a: u128, b: u128, c: u128, up: bool| -> u128 {
            let product = BigUint::from(a) * b + if up { c - 1 } else { 0 };
            (product / c).try_into().unwrap()
        };
        let taken = match (by_assets, shares == 0) {
            (_, true) => Earnings::default(),
            (false, _) if amount >= shares => request.earned,
            (true, _) if amount >= assets => request.earned,
            (false, _) => Earnings {
                shares: amount,
                assets: big(assets, amount, shares, false),
            },
            (true, _) => Earnings {
                shares: big(shares, amount, assets, true),
                assets: amount,
            },
        };
        request.earned = Earnings {
            shares: shares - taken.shares,
            assets: assets - taken.assets,
        };
        if request.earned.shares == 0 {
            // Less than a share's worth: the vault's.
            request.earned.assets = 0;
        }
        self.keep(id, request);
        taken
    }

    /// Claims of a controller's requests, oldest first.
    pub(crate) fn claim(&mut self, controller: Address, by_assets: bool, amount: u128) -> Answer<Earnings> {
        self.claim_of(&self.ids_of(controller), by_assets, amount)
    }

    pub(crate) fn claim_request(&mut self, id: u32, shares: u128) -> Answer<(Address, u128)> {
        let controller = self.find(id)?.controller;
        let (taken, events) = self.claim_of(&[id], false, shares)?;
        Ok(((controller, taken.assets), events))
    }

    fn claim_of(&mut self, ids: &[u32], by_assets: bool, amount: u128) -> Answer<Earnings> {
        if amount == 0 {
            return Err(Refusal::InvalidAmount);
        }
        let mut events = Vec::new();
        let mut taken = Earnings::default();
        let count = |earnings: Earnings| if by_assets { earnings.assets } else { earnings.shares };
        let claimable: u128 = ids.iter().map(|id| count(self.claimable(&self.requests[id]))).sum();
        if claimable < amount {
            return Err(Refusal::ExceedsClaimable {
                requested: amount,
                claimable,
            });
        }
        for &id in ids {
            let rest = amount - count(taken);
            if rest == 0 {
                break;
            }
            taken = plus(taken, self.take(id, by_assets, rest, &mut events));
        }
        Ok((taken, events))
    }

    fn change_terms(&mut self, change: impl FnOnce(&mut Terms)) -> (Terms, u64) {
        let from = match self.calendar.phase_at(self.now) {
            Phase::Before => 0,
            _ => self.epoch() + 1,
        };
        let mut terms = self.in_force(from);
        change(&mut terms);
        self.terms.push((from, terms));
        (terms, from)
    }

    pub(crate) fn set_bounds(&mut self, min: u16, max: u16) -> Answer<()> {
        if min == 0 || max < min || max >= 10_000 {
            return Err(Refusal::InvalidBounds { min, max });
        }
        let (_, from_epoch) = self.change_terms(|terms| (terms.min, terms.max) = (min, max));
        Ok(((), vec![Event::DiscountBoundsSet { min, max, from_epoch }]))
    }

    pub(crate) fn set_bond(&mut self, bond_bps: u16) -> Answer<()> {
        if bond_bps > 1_000 {
            return Err(Refusal::InvalidBasisPoints {
                basis_points: bond_bps,
                maximum: 1_000,
            });
        }
        let (_, from_epoch) = self.change_terms(|terms| terms.bond_bps = bond_bps);
        Ok(((), vec![Event::BondSet { bond_bps, from_epoch }]))
    }
}

fn plus(a: Earnings, b: Earnings) -> Earnings {
    Earnings {
        shares: a.shares + b.shares,
        assets: a.assets + b.assets,
    }
}

fn bond(shares: u128, bond_bps: u16) -> u128 {
    (shares * u128::from(bond_bps)).div_ceil(10_000)
}
