//! Defaulted collateral at auction.

use alloy_primitives::{Address, B256, U256};
use suite::bindings::ICollateralAuction as A;
use suite::bindings::ILoanPool::LoanStatus;
use suite::{Transact, events_of};
use suite_tests::reference::mul_div_up;
use suite_tests::{n, usdai};

use super::loans::{Fate, Loan};
use super::look::Leeway;
use super::titles::Place;
use super::{Accepted, History, wad};

/// What is known of the sale of a loan's collateral.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sale {
    pub(super) listings: u64,
    reserve: U256,
    pub(super) end: u64,
    pub(super) bids: u64,
    pub(super) winner: Option<(Address, U256)>,
    pub(super) is_written_off: bool,
    is_sold: bool,
}

impl Sale {
    pub(super) fn is_running(&self, now: u64) -> bool {
        !self.is_sold && now < self.end
    }

    pub(super) fn is_won(&self, now: u64) -> bool {
        !self.is_sold && now >= self.end && self.winner.is_some()
    }

    pub(super) fn has_failed(&self, now: u64) -> bool {
        !self.is_sold && now >= self.end && self.winner.is_none()
    }
}

impl Loan {
    /// Whether somebody wants its collateral in the listing that runs.
    pub(super) fn is_wanted(&self) -> bool {
        let Some(sale) = &self.sale else { return false };
        match self.fate {
            Fate::Relisted => sale.listings >= 2,
            Fate::SoldLate => sale.is_written_off,
            Fate::Unsold => false,
            _ => true,
        }
    }
}

impl History {
    fn with_sale(loan: &Loan, fits: impl Fn(&Sale) -> bool) -> bool {
        loan.sale.as_ref().is_some_and(fits)
    }

    pub(super) fn list(&mut self) -> Accepted {
        let (_, id, fits) = self.loan_that(|_, loan| loan.status == LoanStatus::Liquidating && loan.sale.is_none());
        self.list_loan(id, fits)
    }

    pub(super) fn list_loan(&mut self, id: B256, fits: bool) -> Accepted {
        let (from, auction) = (self.anybody(), self.credit.auction);
        if self.expect(fits, from, auction, &A::listCall { loanId: id }).is_none() {
            return false;
        }
        let told = self.world.chain.view(auction, &A::listingCall { loanId: id });
        self.loan_mut(id).sale = Some(Sale {
            listings: 1,
            reserve: told.reserve,
            end: told.end.to(),
            bids: 0,
            winner: None,
            is_written_off: false,
            is_sold: false,
        });
        true
    }

    pub(super) fn bid_for_collateral(&mut self) -> Accepted {
        let now = self.now();
        let (_, id, _) =
            self.loan_that(|_, loan| loan.is_wanted() && Self::with_sale(loan, |sale| sale.is_running(now)));
        self.bid_on(id)
    }

    pub(super) fn bid_on(&mut self, id: B256) -> Accepted {
        let now = self.now();
        let bidders = self.people.bidders.clone();
        let bidder = self.one_of(&bidders).expect("there are some");
        let sale = self.loans.iter().find(|loan| loan.id == id).and_then(|loan| loan.sale);
        let running = sale.filter(|sale| sale.is_running(now));
        let minimum = match running {
            Some(_) => self
                .world
                .chain
                .view(self.credit.auction, &A::minimumBidCall { loanId: id }),
            None => usdai(1),
        };
        let amount = match self.below(10) {
            0 => minimum - n(1),
            1..5 => minimum,
            _ => minimum + minimum / n(100) * n(self.below(20)),
        };
        self.provide(bidder, amount);
        let fits = running.is_some() && amount >= minimum;
        let call = A::bidCall { loanId: id, amount };
        let before = self.receipts.len();
        if self.expect(fits, bidder, self.credit.auction, &call).is_none() {
            return false;
        }
        let receipt = &self.receipts[before..];
        let placed = receipt
            .iter()
            .flat_map(|receipt| events_of::<A::BidPlaced>(receipt, self.credit.auction));
        let end = placed.last().expect("a bid is told").end.to();
        let sale = self.loan_mut(id).sale.as_mut().expect("it is listed");
        (sale.end, sale.winner) = (end, Some((bidder, amount)));
        sale.bids += 1;
        true
    }

    pub(super) fn refund_of(&self, account: Address) -> U256 {
        self.world.chain.view(self.credit.auction, &A::refundOfCall { account })
    }

    pub(super) fn withdraw_refund(&mut self) -> Accepted {
        let bidders = self.people.bidders.clone();
        let owed: Vec<Address> = bidders
            .iter()
            .copied()
            .filter(|bidder| !self.refund_of(*bidder).is_zero())
            .collect();
        let bidder = self.one_of(&owed).unwrap_or(bidders[0]);
        self.withdraw_refund_of(bidder, !owed.is_empty())
    }

    pub(super) fn withdraw_refund_of(&mut self, bidder: Address, fits: bool) -> Accepted {
        let refund = self.refund_of(bidder);
        let before = self.world.usdai_of(bidder);
        let call = A::withdrawRefundCall { receiver: bidder };
        self.expect(fits, bidder, self.credit.auction, &call)
            .is_some_and(|paid| {
                assert_eq!(paid, refund);
                assert_eq!(self.world.usdai_of(bidder), before + refund);
                true
            })
    }

    pub(super) fn settle_sale(&mut self, is_late: bool) -> (Accepted, Leeway) {
        let now = self.now();
        let (_, id, _) =
            self.loan_that(|_, loan| Self::with_sale(loan, |sale| sale.is_won(now) && sale.is_written_off == is_late));
        let sale = self.loans.iter().find(|loan| loan.id == id).and_then(|loan| loan.sale);
        // Only what is meant counts: the other is another kind.
        if sale.is_some_and(|sale| sale.is_won(now) && sale.is_written_off != is_late) {
            return (false, Leeway::NONE);
        }
        self.settle_sale_of(id)
    }

    pub(super) fn settle_sale_of(&mut self, id: B256) -> (Accepted, Leeway) {
        let now = self.now();
        let sale = self.loans.iter().find(|loan| loan.id == id).and_then(|loan| loan.sale);
        let fits = sale.is_some_and(|sale| sale.is_won(now));
        let from = self.anybody();
        let call = A::settleCall { loanId: id };
        if self.expect(fits, from, self.credit.auction, &call).is_none() {
            return (false, Leeway::NONE);
        }
        let leeway = self.loss_leeway(id);
        let (winner, _) = sale.and_then(|sale| sale.winner).expect("it was won");
        let title = self.loan_of(id).terms.collateralId;
        self.title_mut(title).place = Place::Holder(winner);
        self.sold.push(id);
        (true, leeway)
    }

    /// A loss is no more than what the loan owes: its principal, and the interest up to the default.
    fn loss_leeway(&self, id: B256) -> Leeway {
        let loan = self.loan_of(id);
        let rates = self.credit.config.rates;
        let mut tranches = [(U256::ZERO, U256::ZERO); 4];
        for (tranche, leeway) in tranches.iter_mut().enumerate() {
            let raw = loan.raw_interest_of(tranche, rates[tranche], loan.defaulted_at);
            let interest = mul_div_up(raw, n(1), wad()) + n(4);
            *leeway = (loan.principals[tranche] + interest, loan.principals[tranche] + n(4));
        }
        Leeway {
            tranches,
            ..Leeway::NONE
        }
    }

    pub(super) fn relist(&mut self) -> Accepted {
        let now = self.now();
        let (_, id, fits) = self.loan_that(|_, loan| {
            let is_to_be = loan.fate != Fate::Unsold || Self::with_sale(loan, |sale| sale.listings < 3);
            is_to_be && Self::with_sale(loan, |sale| sale.has_failed(now))
        });
        let sale = self.loans.iter().find(|loan| loan.id == id).and_then(|loan| loan.sale);
        let fits = fits || sale.is_some_and(|sale| sale.has_failed(now));
        self.relist_loan(id, fits)
    }

    pub(super) fn relist_loan(&mut self, id: B256, fits: bool) -> Accepted {
        let sale = self.loans.iter().find(|loan| loan.id == id).and_then(|loan| loan.sale);
        let last = sale.map_or(usdai(1), |sale| sale.reserve);
        let minimum = mul_div_up(last, n(8), n(10));
        let reserve = match self.below(8) {
            0 => last,
            _ => minimum,
        };
        let call = A::relistCall { loanId: id, reserve };
        let risk_admin = self.credit.actors.risk_admin;
        if self.expect(fits, risk_admin, self.credit.auction, &call).is_none() {
            return false;
        }
        let end = self.world.now() + self.credit.config.auction_duration;
        let sale = self.loan_mut(id).sale.as_mut().expect("it is listed");
        (sale.reserve, sale.end) = (reserve, end);
        sale.listings += 1;
        true
    }

    pub(super) fn write_off(&mut self) -> (Accepted, Leeway) {
        let now = self.now();
        let (_, id, fits) = self.loan_that(|_, loan| {
            Self::with_sale(loan, |sale| {
                sale.has_failed(now) && sale.listings >= 3 && !sale.is_written_off
            })
        });
        let from = self.anybody();
        let call = A::writeOffCall { loanId: id };
        if self.expect(fits, from, self.credit.auction, &call).is_none() {
            return (false, Leeway::NONE);
        }
        let leeway = self.loss_leeway(id);
        self.written_off.push(id);
        self.loan_mut(id).sale.as_mut().expect("it is listed").is_written_off = true;
        (true, leeway)
    }

    /// What has come of a step for the loans, once its events are read.
    pub(super) fn close_sales(&mut self) {
        for id in std::mem::take(&mut self.sold) {
            let loan = self.loan_mut(id);
            loan.status = LoanStatus::Liquidated;
            loan.sale.as_mut().expect("it was listed").is_sold = true;
        }
        for id in std::mem::take(&mut self.written_off) {
            self.loan_mut(id).status = LoanStatus::WrittenOff;
        }
    }
}
