//! What is looked at now and then: everybody, every request, every loan, every title.

use std::collections::BTreeSet;

use alloy_primitives::{Address, U256};
use suite::Transact;
use suite::bindings::ILoanPool::{self as P, LoanStatus};
use suite::bindings::{IStakedUSDai as V, IUSDai};
use suite_tests::n;
use suite_tests::reference::share_of;
use suite_tests::staking::DEAD;

use super::History;
use super::look::{Look, tranche_shares_of_vault};

impl History {
    pub(crate) fn check_everything(&mut self) {
        self.world.check_reserves();
        self.world.check_adapter_is_empty();
        self.world.check_books();
        self.forget_ended_requests();
        // V3, Q3, Q4.
        let stakers = self.people.stakers.clone();
        self.world.check_sums(&stakers, &stakers);
        self.check_line();
        self.check_usdai();
        self.check_tranche_shares();
        self.check_values();
        self.check_loans();
        self.check_titles();
    }

    fn forget_ended_requests(&mut self) {
        let world = &self.world;
        self.requests.retain(|id, request| {
            let told = world.request_of(n(*id));
            assert!(
                told.controller == request.controller || told.controller.is_zero(),
                "request {id}"
            );
            !told.controller.is_zero()
        });
    }

    /// Q2: those who have not left since the last look stand in the same order, and nobody was served before them.
    fn check_line(&mut self) {
        let info = self.world.ask_vault(&V::redemptionQueueInfoCall {});
        let (mut line, mut ahead) = (Vec::new(), U256::ZERO);
        let mut id: u64 = info.head.to();
        while id != 0 {
            let told = self.world.ask_vault(&V::redemptionCall { redemptionId: n(id) });
            assert_eq!(told.sharesAhead, ahead, "request {id} waits for those in front of it");
            ahead += told.pendingShares;
            line.push(id);
            assert!(line.len() <= self.requests.len(), "the line has an end");
            id = told.next.to();
        }
        assert_eq!(n(line.last().copied().unwrap_or_default()), info.tail);
        let stayed: Vec<u64> = self.line.iter().filter(|id| !self.away.contains(id)).copied().collect();
        let waiting: Vec<u64> = line.iter().filter(|id| stayed.contains(id)).copied().collect();
        assert!(
            stayed.ends_with(&waiting),
            "Q2: {stayed:?} were in line, of whom {waiting:?} are"
        );
        self.line = line;
        let at_auction = self.requests.iter().filter(|(_, request)| request.opening.is_some());
        self.away = at_auction.map(|(id, _)| *id).collect();
    }

    /// All USDai there is belongs to somebody who is known, and the fees have arrived.
    fn check_usdai(&self) {
        let actors = self.world.suite.actors;
        let mut everybody: BTreeSet<Address> = self.accounts().into_iter().collect();
        everybody.extend([actors.admin, actors.treasury, actors.stranger, actors.strategist]);
        everybody.extend([self.staking.vault, self.credit.pool, self.credit.auction, self.usdai]);
        let held: U256 = everybody.iter().map(|account| self.world.usdai_of(*account)).sum();
        assert_eq!(held, self.world.ask(&IUSDai::totalSupplyCall {}), "all USDai");
        assert_eq!(self.world.usdai_of(actors.treasury), self.fees_received, "fees");
        assert!(self.interest_fees <= self.interest_paid);
    }

    /// The value of a tranche is that of its cash and its loans, and the vault's that of its cash, the yield net of the
    /// fee and its tranche shares.
    fn check_values(&self) {
        let look = Look::at(&self.world);
        let fee_bps = self.world.ask_vault(&V::baseYieldFeeCall {}).feeBps;
        let base_yield = look.base_yield - share_of(look.base_yield, fee_bps.to());
        let cash = look.idle + base_yield;
        let (mut optimistic, mut conservative) = (U256::ZERO, U256::ZERO);
        for (id, tranche) in (0..).zip(&look.tranches) {
            let shares = tranche_shares_of_vault(&self.world, id);
            if !shares.is_zero() {
                optimistic += tranche.prices.optimistic.worth(shares);
                conservative += tranche.prices.conservative.worth(shares);
            }
            if self.loans.iter().all(|loan| loan.status != LoanStatus::WrittenOff) {
                let value = tranche.idle + tranche.principal + tranche.interest;
                assert_eq!(tranche.prices.optimistic.nav, value, "tranche {id}");
            }
        }
        let nav = |loans: U256| (cash + loans).saturating_sub(look.unvested);
        assert_eq!(look.prices.optimistic.nav, nav(optimistic), "the vault from its parts");
        assert_eq!(
            look.prices.conservative.nav,
            nav(conservative),
            "the vault from its parts"
        );
    }

    /// Shares of a tranche sum to its supply, those under notice are the pool's, and the vault has what it counts.
    fn check_tranche_shares(&self) {
        let pool = self.credit.pool;
        let people = [
            self.people.curators.clone(),
            self.people.stakers.clone(),
            vec![self.staking.vault],
        ]
        .concat();
        for tranche in 0..self.tranches() {
            let balances = people.iter().map(|account| self.tranche_balance(*account, tranche));
            let noticed: U256 = people
                .iter()
                .map(|account| self.notice_of(*account, tranche).shares)
                .sum();
            assert_eq!(
                self.tranche_balance(pool, tranche),
                noticed,
                "escrow of tranche {tranche}"
            );
            let held = balances.sum::<U256>() + noticed + self.tranche_balance(DEAD, tranche);
            let supply = self.world.chain.view(pool, &P::totalSupplyCall { id: n(tranche) });
            assert_eq!(held, supply, "shares of tranche {tranche}");
            let counted = tranche_shares_of_vault(&self.world, tranche);
            let vault = self.staking.vault;
            let has = self.tranche_balance(vault, tranche) + self.notice_of(vault, tranche).shares;
            assert_eq!(counted, has, "the vault's own count of tranche {tranche}");
        }
    }
}
