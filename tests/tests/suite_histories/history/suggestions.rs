//! What suggests itself: without it phases would pass unused, and whatever has to be done in order would never be.

use suite::bindings::ILoanPool::LoanStatus;
use suite::bindings::IQevAuction::Phase;
use suite::staking::DAY;
use suite_tests::usdai;

use super::History;
use super::loans::Fate;
use super::stakers::Epoch;
use super::titles::{Place, Preparation};
use crate::kind::Kind;

/// Titles that operators have ready or in preparation.
const TITLES: usize = 7;
/// Loans that run at a time.
const LOANS: usize = 18;

impl History {
    pub(super) fn suggestions(&self) -> Vec<Kind> {
        let mut kinds = vec![Kind::PassTime; 3];
        self.suggest_staking(&mut kinds);
        self.suggest_strategy(&mut kinds);
        self.suggest_titles(&mut kinds);
        self.suggest_loans(&mut kinds);
        self.suggest_sales(&mut kinds);
        self.suggest_ends(&mut kinds);
        kinds
    }

    fn suggest_staking(&self, kinds: &mut Vec<Kind>) {
        let Epoch { number, phase } = self.epoch();
        let openings = || self.requests.values().filter_map(|request| request.opening);
        let sealed = openings()
            .filter(|opening| opening.epoch == number && !opening.is_revealed)
            .count();
        if self.requests.len() < 10 {
            kinds.push(Kind::RequestRedeem);
        }
        match phase {
            Phase::Bid if self.requests.len() > 3 => {
                if sealed < 8 {
                    kinds.extend([Kind::CommitBid; 3]);
                }
                if sealed > 2 {
                    kinds.extend([Kind::WithdrawBid; 2]);
                }
            }
            Phase::Reveal if sealed > 0 => kinds.extend([Kind::RevealBid; 8]),
            _ => {}
        }
        if openings().any(|opening| !self.unsettled.contains(&opening.epoch)) {
            kinds.extend([Kind::Restore; 2]);
        }
        if self.look.reserved > usdai(1) {
            kinds.extend([Kind::Redeem, Kind::Withdraw, Kind::RedeemRequest]);
        }
    }

    fn suggest_strategy(&self, kinds: &mut Vec<Kind>) {
        let now = self.now();
        let rests = now < self.look.cure_end;
        if let Some(&epoch) = self.unsettled.first().filter(|_| !rests) {
            let end = self.staking.epoch_end(epoch);
            if now >= end + 3 * DAY {
                kinds.extend([Kind::SettlePublicly; 6]);
            } else if now >= end && epoch % 3 != 0 {
                kinds.extend([Kind::SettleByManager; 20]);
            }
        }
        if !self.look.eligible.is_zero() && !rests {
            kinds.extend([Kind::ServicePublicly, Kind::ServiceByManager]);
        }
        if self.look.idle > usdai(200_000) {
            kinds.push(Kind::Allocate);
        }
        if self.look.idle < usdai(20_000) && !self.look.pending.is_zero() {
            kinds.push(Kind::Deallocate);
        }
    }

    fn suggest_titles(&self, kinds: &mut Vec<Kind>) {
        let preparations: Vec<Preparation> = self
            .titles
            .values()
            .filter_map(|title| self.preparation(title))
            .collect();
        for (preparation, kind) in [
            (Preparation::Attest, Kind::AttestReceipt),
            (Preparation::Appraise, Kind::Appraise),
            (Preparation::Insure, Kind::Insure),
            (Preparation::Borrow, Kind::Borrow),
        ] {
            if preparations.contains(&preparation) {
                kinds.push(kind);
            }
        }
        if preparations.len() < TITLES {
            kinds.push(Kind::Tokenize);
        }
        if self.titles.values().filter(|title| title.is_frozen).count() > 4 {
            kinds.push(Kind::Unfreeze);
        }
        let held = || self.titles.values().filter(|title| title.holder().is_some());
        if held().any(|title| title.is_requested) {
            kinds.extend([Kind::CancelGoodsRequest, Kind::ConfirmDelivery]);
        }
        let is_bought = |place: Place| matches!(place, Place::Holder(holder) if self.people.bidders.contains(&holder));
        if self.titles.values().any(|title| is_bought(title.place)) {
            kinds.push(Kind::TransferTitle);
        }
    }

    fn suggest_loans(&self, kinds: &mut Vec<Kind>) {
        let now = self.now();
        let running = || self.loans.iter().filter(|loan| loan.is_running());
        let soon = now + 4 * DAY;
        if running().any(|loan| loan.is_good() && loan.deadline() <= soon) {
            kinds.extend([Kind::Repay; 4]);
        }
        if running().count() > LOANS {
            kinds.push(Kind::PayOff);
        }
        if running().any(|loan| loan.status == LoanStatus::Active && loan.deadline() <= now) {
            kinds.push(Kind::Impair);
        }
        if self.is_season() {
            if !self.late_loans().is_empty() {
                kinds.extend([Kind::DefaultLate; 4]);
            }
            if !self.uninsured_loans().is_empty() {
                kinds.extend([Kind::DefaultUninsured; 3]);
            }
        }
        let defaulted = || self.loans.iter().filter(|loan| loan.status == LoanStatus::Defaulted);
        if defaulted().any(|loan| loan.fate == Fate::Cured) {
            kinds.extend([Kind::Cure; 2]);
        }
        if defaulted().any(|loan| loan.fate != Fate::Cured && loan.defaulted_at + 14 * DAY <= now) {
            kinds.extend([Kind::Liquidate; 3]);
        }
        if self.notices.values().any(|from| *from <= now && now < *from + 7 * DAY) {
            kinds.extend([Kind::RedeemJunior; 3]);
        }
    }

    fn suggest_sales(&self, kinds: &mut Vec<Kind>) {
        let now = self.now();
        for loan in &self.loans {
            let Some(sale) = &loan.sale else {
                if loan.status == LoanStatus::Liquidating {
                    kinds.push(Kind::List);
                }
                continue;
            };
            if sale.is_running(now) && loan.is_wanted() && sale.bids < 3 {
                kinds.extend([Kind::BidForCollateral; 3]);
            } else if sale.is_won(now) {
                kinds.push(if sale.is_written_off {
                    Kind::SettleLateSale
                } else {
                    Kind::SettleSale
                });
            } else if sale.has_failed(now) {
                match (sale.is_written_off, sale.listings) {
                    (false, 3..) => kinds.push(Kind::WriteOff),
                    (true, _) if loan.fate == Fate::Unsold => {}
                    _ => kinds.push(Kind::Relist),
                }
            }
        }
    }

    fn suggest_ends(&self, kinds: &mut Vec<Kind>) {
        for (contract, kind) in [
            (self.usdai, Kind::UnpauseUsdai),
            (self.staking.vault, Kind::UnpauseVault),
            (self.credit.pool, Kind::UnpausePool),
        ] {
            if self.is_paused(contract) {
                kinds.extend([kind; 8]);
            }
        }
        if !self.blacklisted.is_empty() {
            kinds.push(Kind::Unblacklist);
        }
    }

    /// When something begins or ends that is known of, in order.
    pub(super) fn boundaries(&self) -> Vec<u64> {
        let now = self.now();
        let epoch = self.epoch().number;
        let mut times = vec![
            self.staking.epoch_start(epoch),
            self.staking.bid_end(epoch),
            self.staking.epoch_end(epoch),
            self.staking.epoch_end(epoch) + 3 * DAY,
            self.look.cure_end,
            self.next_season(),
        ];
        for loan in &self.loans {
            if loan.is_running() {
                times.push(loan.deadline());
                if self.is_season() {
                    times.push(loan.defaults_from());
                }
            } else if loan.status == LoanStatus::Defaulted {
                times.push(loan.defaulted_at + 14 * DAY);
            }
            times.extend(loan.sale.iter().map(|sale| sale.end));
        }
        times.extend(self.notices.values().copied());
        times.retain(|time| *time > now);
        times.sort_unstable();
        times.dedup();
        times
    }
}
