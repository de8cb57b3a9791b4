//! Everybody goes home: whatever the history was, loans are paid or sold, stakers are paid, curators redeem, USDai is
//! paid out, and what is left is dust.

use alloy_primitives::{Address, B256, U256};
use suite::Transact;
use suite::bindings::{ILoanPool::LoanStatus, IStakedUSDai as V, IUSDai, IWrappedM};
use suite::staking::DAY;
use suite_tests::reference::mul_div_up;
use suite_tests::staking::LOCKED_SHARES;
use suite_tests::{SCALE, calls, n, usdai};

use super::look::{Leeway, tranche_shares_of_vault};
use super::{Accepted, History};

impl History {
    pub(crate) fn wind_down(&mut self) {
        self.lift_everything();
        self.end_loans();
        self.bring_back_refunds();
        self.wait_for_settlement();
        // What is on its way into the prices arrives.
        self.at(self.now() + 61 * DAY);
        self.take_back_loans();
        self.redeem_curators();
        self.leave_susdai();
        self.check_everything();
        self.leave_usdai();
    }

    /// A step of the end: it must go through, and what holds after every step holds.
    #[track_caller]
    fn must_do(&mut self, step: impl FnOnce(&mut Self) -> (Accepted, Leeway)) {
        assert!(self.observe(step), "everybody can go home");
    }

    #[track_caller]
    fn must_do_plainly(&mut self, step: impl FnOnce(&mut Self) -> Accepted) {
        self.must_do(|history| (step(history), Leeway::NONE));
    }

    fn lift_everything(&mut self) {
        for contract in [self.usdai, self.staking.vault, self.credit.pool] {
            if self.is_paused(contract) {
                self.must_do_plainly(|history| history.set_paused(contract, false));
            }
        }
        for account in self.blacklisted.clone() {
            self.must_do_plainly(|history| history.set_blacklisted(account, false));
        }
        // What comes in from now on could not be shared out to the wei.
        let call = IWrappedM::setRateCall { basisPoints: 0 };
        let (from, wm) = (self.stranger(), self.world.suite.tokens.wm.token);
        self.must_do_plainly(|history| history.send(from, wm, &call).is_some());
    }

    /// Who can pay does, every other default is cured, the rest is sold.
    fn end_loans(&mut self) {
        let defaulted: Vec<_> = self
            .loans
            .iter()
            .filter(|loan| loan.status == LoanStatus::Defaulted)
            .map(|loan| (loan.id, loan.terms.clone()))
            .collect();
        let (cured, lost): (Vec<_>, Vec<_>) = defaulted.into_iter().enumerate().partition(|(place, _)| place % 2 == 0);
        for (_, (_, terms)) in cured {
            self.must_do(|history| history.cure_loan(terms.borrower, &terms));
        }
        let running: Vec<_> = self
            .loans
            .iter()
            .filter(|loan| loan.is_running())
            .map(|loan| loan.terms.clone())
            .collect();
        for terms in running {
            self.must_do(|history| history.pay_off_loan(&terms));
        }
        self.at(self.now() + 14 * DAY);
        // Every pause comes on top, and all of them together are not a year.
        let given_up = self.now() + 365 * DAY;
        for (_, (id, terms)) in lost {
            while !self.observe(|history| history.liquidate_loan(&terms, id)) {
                assert!(self.now() < given_up, "it can never be liquidated");
                self.at(self.now() + 5 * DAY);
            }
        }
        let for_sale: Vec<_> = self
            .loans
            .iter()
            .filter(|loan| matches!(loan.status, LoanStatus::Liquidating | LoanStatus::WrittenOff))
            .map(|loan| loan.id)
            .collect();
        for id in &for_sale {
            self.put_up(*id);
        }
        self.at(self.now() + self.credit.config.auction_duration + DAY);
        for id in for_sale {
            self.must_do(|history| history.settle_sale_of(id));
        }
        assert!(
            self.loans
                .iter()
                .all(|loan| matches!(loan.status, LoanStatus::Repaid | LoanStatus::Liquidated))
        );
        for (tranche, look) in self.look.tranches.iter().enumerate() {
            // Nothing is owed any more but fractions of a wei.
            assert_eq!(
                (look.principal, look.provisions),
                (U256::ZERO, U256::ZERO),
                "tranche {tranche}"
            );
            assert!(
                look.interest <= n(self.loans.len() as u64),
                "tranche {tranche}: {look:?}"
            );
        }
    }

    /// Lists collateral, or lists it again, and somebody bids.
    fn put_up(&mut self, id: B256) {
        let now = self.now();
        match self.loan_of(id).sale {
            None => self.must_do_plainly(|history| history.list_loan(id, true)),
            Some(sale) if sale.has_failed(now) => self.must_do_plainly(|history| history.relist_loan(id, true)),
            Some(_) => {}
        }
        let sale = self.loan_of(id).sale.expect("it is listed");
        if sale.is_running(now) && sale.winner.is_none() {
            // One may be a wei too low.
            while !self.observe(|history| (history.bid_on(id), Leeway::NONE)) {}
        }
    }

    fn bring_back_refunds(&mut self) {
        for bidder in self.people.bidders.clone() {
            if !self.refund_of(bidder).is_zero() {
                self.must_do_plainly(|history| history.withdraw_refund_of(bidder, true));
            }
        }
        assert_eq!(
            self.look.obligations,
            U256::ZERO,
            "nobody is owed anything at the auction"
        );
    }

    /// Anybody settles what has ended and brings back what has not won.
    fn wait_for_settlement(&mut self) {
        let epoch = self.epoch().number;
        self.at(self.staking.epoch_end(epoch) + 3 * DAY);
        let stranger = self.stranger();
        while !self.unsettled.is_empty() {
            self.must_do_plainly(|history| history.settle_by(stranger));
        }
        let away: Vec<u64> = self
            .requests
            .iter()
            .filter(|(_, request)| request.opening.is_some())
            .map(|(id, _)| *id)
            .collect();
        for id in away {
            self.must_do_plainly(|history| {
                let state = history.world.request_of(n(id)).state;
                let is_away = state as u8 > suite::bindings::IQevAuction::RequestState::Queued as u8;
                !is_away || history.restore_by(stranger, id, true)
            });
        }
    }

    /// The vault takes back what it has lent.
    fn take_back_loans(&mut self) {
        let vault = self.staking.vault;
        for tranche in 1..self.tranches() {
            let balance = self.tranche_balance(vault, tranche);
            let noticed = self.notice_of(vault, tranche).shares;
            if !(balance + noticed).is_zero() {
                let call = V::giveNoticeCall {
                    tranche: n(tranche),
                    shares: balance,
                };
                let strategist = self.strategist();
                self.must_do_plainly(|history| history.send(strategist, vault, &call).is_some());
            }
        }
        self.at(self.now() + 45 * DAY);
        for tranche in 0..self.tranches() {
            let held = tranche_shares_of_vault(&self.world, tranche);
            if !self.is_worthless(tranche, held) {
                self.must_do(|history| history.deallocate_shares(tranche, held));
            }
        }
    }

    /// Whether so many shares of a tranche would be paid nothing.
    fn is_worthless(&self, tranche: u64, shares: U256) -> bool {
        let look = &self.look.tranches[usize::try_from(tranche).expect("small")];
        shares.is_zero() || (shares * look.prices.conservative.nav / look.shares).is_zero()
    }

    /// Everybody else who has lent redeems.
    fn redeem_curators(&mut self) {
        let lenders = [self.people.curators.clone(), self.people.stakers.clone()].concat();
        for &lender in &lenders {
            for tranche in 1..self.tranches() {
                let shares = self.tranche_balance(lender, tranche);
                let noticed = self.notice_of(lender, tranche).shares;
                if !(shares + noticed).is_zero() {
                    let pool = self.credit.pool;
                    let call = suite::bindings::ILoanPool::giveNoticeCall {
                        tranche: n(tranche),
                        shares,
                    };
                    self.must_do_plainly(|history| history.send(lender, pool, &call).is_some());
                }
            }
        }
        self.at(self.now() + 45 * DAY);
        let prices: Vec<_> = self
            .look
            .tranches
            .iter()
            .map(|tranche| tranche.prices.optimistic)
            .collect();
        for &lender in &lenders {
            for tranche in 0..self.tranches() {
                let shares = match tranche {
                    0 => self.tranche_balance(lender, tranche),
                    _ => self.notice_of(lender, tranche).shares,
                };
                if !self.is_worthless(tranche, shares) {
                    self.must_do_plainly(|history| history.redeem_shares(lender, tranche, shares, true));
                }
            }
        }
        for (id, (tranche, price)) in self.look.tranches.iter().zip(prices).enumerate() {
            // The locked shares keep their value, and each redemption leaves less than a wei. Shares that are worth less
            // than a wei stay.
            let locked = mul_div_up(n(LOCKED_SHARES), price.nav, price.shares);
            let dust = locked + n(2 * lenders.len() as u64 + 2);
            assert!(tranche.idle <= dust, "tranche {id} keeps {} of {price:?}", tranche.idle);
        }
    }

    fn leave_susdai(&mut self) {
        let admin = self.world.suite.actors.admin;
        let bridged = self.world.ask_vault(&V::bridgedSupplyCall {});
        let (bridge, vault) = (self.world.suite.actors.bridge, self.staking.vault);
        self.must_do_plainly(|history| history.send(bridge, vault, &calls::bridge_in(admin, bridged)).is_some());
        self.must_do_plainly(Self::harvest);
        let mut stakers = self.people.stakers.clone();
        stakers.push(admin);
        for &staker in &stakers {
            self.claim_all(staker);
            let shares = self.world.shares_of(staker);
            if shares >= usdai(1) {
                self.must_do_plainly(|history| history.request_all(staker, shares));
            }
        }
        // From then on anybody may service what was requested until now.
        let epoch = self.epoch().number;
        self.at(self.staking.epoch_end(epoch) + 3 * DAY);
        let stranger = self.stranger();
        let before = self.look.prices.conservative;
        if !self.look.eligible.is_zero() && !before.nav.is_zero() {
            self.must_do_plainly(|history| history.service_by(stranger, U256::MAX));
        }
        assert!(
            self.look.pending.is_zero() || before.nav.is_zero(),
            "the queue is empty: {:?}",
            self.look
        );
        for &staker in &stakers {
            self.claim_all(staker);
        }
        // Less than a share each, and the locked ones.
        let left = n(LOCKED_SHARES) + usdai(1) * n(stakers.len() as u64);
        let dust = mul_div_up(left, before.nav, before.shares) + n(self.claims);
        assert!(
            self.look.idle <= dust,
            "{} are left in sUSDai, not {dust}",
            self.look.idle
        );
        assert!(
            self.look.reserved <= n(2 * self.claims),
            "{} are left of what was reserved after {} claims",
            self.look.reserved,
            self.claims
        );
    }

    fn request_all(&mut self, staker: Address, shares: U256) -> Accepted {
        let id = self.must(staker, self.staking.vault, &calls::request(shares, staker));
        let request = super::stakers::Request {
            controller: staker,
            opening: None,
        };
        self.requests.insert(id.to(), request);
        true
    }

    fn claim_all(&mut self, staker: Address) {
        let (shares, assets) = self.world.claimable(staker);
        if shares.is_zero() {
            return;
        }
        self.must_do_plainly(|history| {
            let paid = history.must(staker, history.staking.vault, &calls::redeem(shares, staker, staker));
            history.claims += 1;
            paid == assets
        });
    }

    /// All USDai is paid out but what does not make a unit of wM, and what the contracts keep.
    fn leave_usdai(&mut self) {
        let actors = self.world.suite.actors;
        let mut people = self.accounts();
        people.extend([actors.admin, actors.treasury, actors.strategist, actors.stranger]);
        let wm = self.world.suite.tokens.wm.token;
        for &account in &people {
            let amount = self.world.usdai_of(account);
            if amount >= n(SCALE) {
                let call = IUSDai::withdraw_0Call {
                    withdrawToken: wm,
                    usdaiAmount: amount,
                    withdrawAmountMinimum: amount / n(SCALE),
                    recipient: account,
                };
                self.must_do_plainly(|history| history.send(account, history.usdai, &call).is_some());
            }
        }
        let contracts = [self.staking.vault, self.credit.pool, self.credit.auction];
        let kept: U256 = contracts.iter().map(|contract| self.world.usdai_of(*contract)).sum();
        let left = self.world.chain.view(self.usdai, &IUSDai::totalSupplyCall {});
        assert!(
            left <= kept + n(SCALE * people.len() as u64),
            "{left} of USDai are left, {kept} in contracts"
        );
    }
}
