//! GPU operators borrow, pay, refinance, fail to pay and are saved or not.

use alloy_primitives::{Address, B256, U256};
use suite::Transact;
use suite::bindings::ICaliber::Custody;
use suite::bindings::ILoanPool::{self as P, LoanStatus, LoanTerms};
use suite::staking::DAY;
use suite_tests::{n, usdai};

use super::look::Leeway;
use super::sales::Sale;
use super::titles::{Place, Preparation};
use super::{Accepted, History, wad};

/// Wei that a payment may cost a tranche: with the last of a loan the fractions of a wei that the others were paid ahead
/// are dropped.
const PAYMENT_DUST: u64 = 4;
/// Days from one season of defaults to the next, and of a season. Between them the auction can be settled and the queue
/// be serviced, which rest while a default can be cured.
const SEASONS: u64 = 40;
const SEASON: u64 = 6;

/// What is to become of a loan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Paid,
    /// It defaults, and is cured.
    Cured,
    /// The collateral is sold at the first listing.
    Sold,
    /// At the second.
    Relisted,
    /// After a write-off.
    SoldLate,
    /// Only when everybody goes home.
    Unsold,
}

/// What is known of a loan.
#[derive(Clone, Debug)]
pub(super) struct Loan {
    pub(super) id: B256,
    pub(super) terms: LoanTerms,
    pub(super) status: LoanStatus,
    /// By tranche; as it was at the default from then on.
    pub(super) principals: [U256; 4],
    pub(super) started: u64,
    /// The last payment, or the origination.
    pub(super) since: u64,
    pub(super) defaulted_at: u64,
    pub(super) instalments: u64,
    /// Principal that was paid back.
    pub(super) repaid: U256,
    pub(super) fate: Fate,
    /// The instalments that are paid before the fate is met.
    good_for: u64,
    pub(super) is_refinanced: bool,
    pub(super) sale: Option<Sale>,
}

impl Loan {
    pub(super) fn outstanding(&self) -> U256 {
        self.principals.iter().copied().sum()
    }

    pub(super) fn is_running(&self) -> bool {
        matches!(self.status, LoanStatus::Active | LoanStatus::Impaired)
    }

    /// Whether its principal counts in the tranches.
    pub(super) fn counts(&self) -> bool {
        self.is_running() || matches!(self.status, LoanStatus::Defaulted | LoanStatus::Liquidating)
    }

    pub(super) fn has_collateral_in_pool(&self) -> bool {
        self.is_running() || self.status == LoanStatus::Defaulted
    }

    /// Of the first unpaid instalment.
    pub(super) fn deadline(&self) -> u64 {
        self.started + (self.instalments + 1) * self.terms.repaymentInterval
    }

    /// When it can be marked as defaulted, pauses not counted.
    pub(super) fn defaults_from(&self) -> u64 {
        self.deadline() + self.terms.gracePeriod
    }

    pub(super) fn is_good(&self) -> bool {
        self.fate == Fate::Paid || self.instalments < self.good_for
    }

    /// Interest of a tranche from the last payment to `until`, wei times 1e18.
    pub(super) fn raw_interest_of(&self, tranche: usize, rate: u64, until: u64) -> U256 {
        self.principals[tranche] * n(rate) * n(until - self.since)
    }

    /// Of all tranches.
    pub(super) fn raw_interest(&self, rates: [u64; 4], until: u64) -> U256 {
        (0..4)
            .map(|tranche| self.raw_interest_of(tranche, rates[tranche], until))
            .sum()
    }

    /// Interest stops at the default.
    pub(super) fn accrues_until(&self, now: u64) -> u64 {
        if self.is_running() { now } else { self.defaulted_at }
    }
}

impl History {
    pub(super) fn principals_of(&self, id: B256) -> [U256; 4] {
        let call = P::loanPrincipalsCall { loanId: id };
        let told = self.world.chain.view(self.credit.pool, &call);
        [told.principal0, told.principal1, told.principal2, told.principal3]
    }

    pub(super) fn quote(&self, terms: &LoanTerms) -> P::quote_0Return {
        let call = P::quote_0Call { terms: terms.clone() };
        self.world.chain.view(self.credit.pool, &call)
    }

    fn pool_paused(&self) -> bool {
        self.is_paused(self.credit.pool)
    }

    /// Whether defaults are declared now.
    pub(super) fn is_season(&self) -> bool {
        self.days() % SEASONS < SEASON
    }

    /// When the next season begins.
    pub(super) fn next_season(&self) -> u64 {
        self.started + (self.days() / SEASONS + 1) * SEASONS * DAY
    }

    /// One of the loans that fit, now and then one that does not, or terms that nobody has taken: and whether it fits.
    pub(super) fn loan_that(&mut self, fits: impl Fn(&Self, &Loan) -> bool) -> (LoanTerms, B256, bool) {
        let (fitting, others): (Vec<usize>, Vec<usize>) =
            (0..self.loans.len()).partition(|index| fits(self, &self.loans[*index]));
        let wants_other = self.chance(4);
        let chosen = if wants_other {
            self.one_of(&others)
        } else {
            self.one_of(&fitting)
        };
        match chosen {
            Some(index) => {
                let loan = &self.loans[index];
                (loan.terms.clone(), loan.id, !wants_other)
            }
            None => (
                self.terms(self.stranger(), n(1), usdai(1_000)),
                B256::repeat_byte(7),
                false,
            ),
        }
    }

    /// Terms that the underwriter could sign.
    pub(super) fn terms(&mut self, borrower: Address, title: U256, principal: U256) -> LoanTerms {
        self.nonces += 1;
        let interval = [7, 15, 30, 30, 30][usize::try_from(self.below(5)).expect("small")] * DAY;
        let bps = |history: &mut Self| u16::try_from(history.below(4) * history.below(60)).expect("small");
        LoanTerms {
            borrower,
            underwriter: self.credit.actors.underwriter,
            collateralId: title,
            principal,
            duration: (1 + self.below(8)) * interval,
            repaymentInterval: interval,
            schedule: u8::from(self.chance(50)),
            gracePeriod: self.below(12) * DAY,
            penaltyRate: [0, 6_341_958_396, 31_709_791_983][usize::try_from(self.below(3)).expect("small")],
            originationFeeBps: bps(self),
            exitFeeBps: bps(self),
            expiry: self.now() + DAY,
            nonce: n(self.nonces),
        }
    }

    fn fate(&mut self, principal: U256) -> Fate {
        match self.below(20) {
            0..6 => Fate::Paid,
            6..9 => Fate::Cured,
            9..12 => Fate::Sold,
            12 => Fate::Relisted,
            // Large ones would ruin the junior tranches for good.
            _ if principal > usdai(20_000) => Fate::Sold,
            13..19 => Fate::SoldLate,
            _ => Fate::Unsold,
        }
    }

    fn signed(&self, terms: &LoanTerms) -> alloy_primitives::Bytes {
        self.credit
            .sign(&self.world.chain, terms)
            .expect("the underwriter has a key")
    }

    // ------------------------------------------------------------------------------------------------------- borrowing

    pub(super) fn borrow(&mut self) -> Accepted {
        let (title, fits) = self.title_that(|history, title| history.preparation(title) == Some(Preparation::Borrow));
        let holder = self
            .titles
            .get(&title.to::<u64>())
            .and_then(super::titles::Title::holder);
        let borrower = holder.unwrap_or(self.stranger());
        let value = self.collateral_value(title);
        let limit = self.credit.config.advance_bps.into_iter().max().unwrap_or_default();
        let most = value * n(limit.into()) / n(10_000);
        let mut principal = match self.below(12) {
            0 => most + n(1),
            1 => most,
            _ => most / n(1_000) * n(300 + self.below(700)),
        };
        let mut preview = self.preview(title, principal);
        for _ in 0..6 {
            if preview.is_none() && fits {
                principal /= n(2);
                preview = self.preview(title, principal);
            }
        }
        let terms = self.terms(borrower, title, principal);
        let fits = fits && preview.is_some() && !self.pool_paused();
        let call = P::borrowCall {
            terms: terms.clone(),
            signature: self.signed(&terms),
            maxBlendedRate: U256::MAX,
        };
        let Some(id) = self.expect(fits, borrower, self.credit.pool, &call) else {
            return false;
        };
        self.title_mut(title).place = Place::Pool;
        self.add_loan(id, terms);
        assert_eq!(
            preview,
            Some(self.principals_of(id)),
            "previewBorrow said what it would be"
        );
        true
    }

    fn collateral_value(&self, title: U256) -> U256 {
        let call = suite::bindings::ICaliber::collateralValueCall { tokenId: title };
        let value = self.world.chain.try_view(Address::ZERO, self.credit.caliber, &call);
        value.unwrap_or_default()
    }

    fn preview(&self, title: U256, principal: U256) -> Option<[U256; 4]> {
        let call = P::previewBorrowCall {
            collateralId: title,
            principal,
        };
        let told = self.world.chain.try_view(Address::ZERO, self.credit.pool, &call).ok()?;
        Some([told.draw0, told.draw1, told.draw2, told.draw3])
    }

    fn add_loan(&mut self, id: B256, terms: LoanTerms) {
        let (now, principals) = (self.world.now(), self.principals_of(id));
        let instalments = terms.duration / terms.repaymentInterval;
        let good_for = self.below(instalments.min(3));
        let fate = self.fate(terms.principal);
        assert_eq!(principals.iter().copied().sum::<U256>(), terms.principal);
        self.loans.push(Loan {
            id,
            terms,
            status: LoanStatus::Active,
            principals,
            started: now,
            since: now,
            defaulted_at: 0,
            instalments: 0,
            repaid: U256::ZERO,
            fate,
            good_for,
            is_refinanced: false,
            sale: None,
        });
    }

    pub(super) fn refinance(&mut self) -> (Accepted, Leeway) {
        let (terms, id, fits) = self.loan_that(|_, loan| loan.is_running() && loan.is_good());
        let owed = self
            .loans
            .iter()
            .find(|loan| loan.id == id)
            .map_or(usdai(1_000), Loan::outstanding);
        let principal = owed / n(100) * n(60 + self.below(70));
        let new_terms = self.terms(terms.borrower, terms.collateralId, principal.max(n(1)));
        self.provide(terms.borrower, owed + owed);
        let call = P::refinanceCall {
            terms: terms.clone(),
            newTerms: new_terms.clone(),
            signature: self.signed(&new_terms),
            maxBlendedRate: U256::MAX,
        };
        let Some(new_id) = self.send(terms.borrower, self.credit.pool, &call) else {
            return (false, Leeway::NONE);
        };
        let was_running = fits || self.loan_of(id).is_running();
        assert!(was_running, "only a running loan is refinanced");
        self.loan_mut(id).is_refinanced = true;
        self.add_loan(new_id, new_terms);
        (true, payment_leeway())
    }

    /// A nonce that the underwriter has cancelled is of no use.
    pub(super) fn cancel_nonce(&mut self) -> Accepted {
        let terms = self.terms(self.stranger(), n(1), usdai(1));
        let underwriter = self.credit.actors.underwriter;
        let call = P::cancelNonceCall { nonce: terms.nonce };
        self.must(underwriter, self.credit.pool, &call);
        let used = P::isNonceUsedCall {
            underwriter,
            nonce: terms.nonce,
        };
        assert!(self.world.chain.view(self.credit.pool, &used));
        if self.pool_paused() {
            return true;
        }
        let borrow = P::borrowCall {
            terms: terms.clone(),
            signature: self.signed(&terms),
            maxBlendedRate: U256::MAX,
        };
        let outcome = self.world.send(terms.borrower, self.credit.pool, &borrow);
        let refused = outcome.result().expect_err("the nonce is cancelled");
        self.note_refusal("borrow", &refused);
        let expected = P::NonceAlreadyUsed {
            underwriter,
            nonce: terms.nonce,
        };
        assert_eq!(refused.as_error(), Some(expected));
        true
    }

    // --------------------------------------------------------------------------------------------------------- payments

    /// Who pays: mostly the borrower, but anybody may.
    fn payer(&mut self, borrower: Address) -> Address {
        if self.chance(80) { borrower } else { self.anybody() }
    }

    pub(super) fn repay(&mut self) -> (Accepted, Leeway) {
        let in_earnest = self.chance(90);
        let soon = self.now() + 8 * DAY;
        let (terms, _, fits) =
            self.loan_that(|_, loan| loan.is_running() && (!in_earnest || loan.is_good() && loan.deadline() <= soon));
        let running = fits || self.is_running(&terms);
        let payer = self.payer(terms.borrower);
        let call = P::repayCall { terms: terms.clone() };
        self.pay(payer, &terms, running, &call, |quote| quote.instalment)
    }

    fn is_running(&self, terms: &LoanTerms) -> bool {
        self.loans.iter().any(|loan| loan.terms == *terms && loan.is_running())
    }

    pub(super) fn prepay(&mut self) -> (Accepted, Leeway) {
        let (terms, id, _) = self.loan_that(|_, loan| loan.is_running() && loan.is_good());
        let outstanding = self
            .loans
            .iter()
            .find(|loan| loan.id == id)
            .map_or(usdai(1), Loan::outstanding);
        let principal = self.part_of(outstanding / n(2));
        let running = self.is_running(&terms);
        let call = P::prepayCall {
            terms: terms.clone(),
            principal,
        };
        let beyond = move |quote: &P::quote_0Return| {
            let rest = outstanding - quote.scheduledPrincipal;
            let whole = quote.payoff;
            if principal >= rest {
                whole
            } else {
                quote.instalment + principal
            }
        };
        let payer = self.payer(terms.borrower);
        self.pay(payer, &terms, running, &call, beyond)
    }

    pub(super) fn pay_off(&mut self) -> (Accepted, Leeway) {
        let (terms, _, _) = self.loan_that(|_, loan| loan.is_running() && loan.fate == Fate::Paid);
        self.pay_off_loan(&terms)
    }

    pub(super) fn pay_off_loan(&mut self, terms: &LoanTerms) -> (Accepted, Leeway) {
        let running = self.is_running(terms);
        let call = P::prepayCall {
            terms: terms.clone(),
            principal: U256::MAX,
        };
        let payer = self.payer(terms.borrower);
        self.pay(payer, terms, running, &call, |quote| quote.payoff)
    }

    pub(super) fn cure(&mut self) -> (Accepted, Leeway) {
        let (terms, _, _) = self.loan_that(|_, loan| loan.status == LoanStatus::Defaulted && loan.fate == Fate::Cured);
        let payer = self.payer(terms.borrower);
        self.cure_loan(payer, &terms)
    }

    /// Cures are the borrower's alone.
    pub(super) fn cure_loan(&mut self, payer: Address, terms: &LoanTerms) -> (Accepted, Leeway) {
        let is_curable =
            |loan: &&mut Loan| loan.terms == *terms && loan.status == LoanStatus::Defaulted && terms.borrower == payer;
        let curable = self
            .loans
            .iter_mut()
            .find(is_curable)
            .map(|loan| loan.fate = Fate::Paid);
        let call = P::cureCall { terms: terms.clone() };
        self.pay(payer, terms, curable.is_some(), &call, |quote| quote.arrears)
    }

    /// Pays. Nothing stops who has the money, if anything is due, and it takes what was quoted.
    fn pay<C: alloy_sol_types::SolCall<Return = U256>>(
        &mut self,
        payer: Address,
        terms: &LoanTerms,
        may_be_paid: bool,
        call: &C,
        amount: impl Fn(&P::quote_0Return) -> U256,
    ) -> (Accepted, Leeway) {
        let due = if may_be_paid {
            amount(&self.quote(terms))
        } else {
            U256::ZERO
        };
        self.provide(payer, due);
        // A default without arrears is cured for nothing.
        let cures = C::SELECTOR == <P::cureCall as alloy_sol_types::SolCall>::SELECTOR;
        let fits = may_be_paid && (cures || !due.is_zero());
        let in_trouble = self
            .loans
            .iter()
            .find(|loan| loan.terms == *terms && loan.status != LoanStatus::Active)
            .map(|loan| loan.id);
        let Some(paid) = self.expect(fits, payer, self.credit.pool, call) else {
            return (false, Leeway::NONE);
        };
        assert_eq!(paid, due, "it takes what was quoted");
        let mut leeway = payment_leeway();
        // Of goods that are lost or not insured the expected loss is reckoned anew.
        if let Some(id) = in_trouble {
            for ((_, redemption), (_, provision)) in leeway.tranches.iter_mut().zip(self.provision_leeway(id).tranches)
            {
                *redemption += provision;
            }
        }
        (true, leeway)
    }

    // ---------------------------------------------------------------------------------------------------------- trouble

    pub(super) fn impair(&mut self) -> (Accepted, Leeway) {
        let now = self.now();
        let is_late = |loan: &Loan| loan.is_running() && loan.deadline() <= now;
        let can_be = |history: &Self, loan: &Loan| match loan.status {
            LoanStatus::Defaulted => true,
            LoanStatus::Liquidating => history.is_lost(loan.terms.collateralId),
            _ => is_late(loan),
        };
        let (terms, id, _) = self.loan_that(can_be);
        let chosen = self.loans.iter().find(|loan| loan.id == id);
        let (fits, late) = chosen.map_or((false, false), |loan| (can_be(self, loan), is_late(loan)));
        let call = P::impairCall { terms };
        // A default's provision is anybody's to bring up to date.
        let from = if late {
            self.credit.actors.risk_admin
        } else {
            self.anybody()
        };
        if self.expect(fits, from, self.credit.pool, &call).is_none() {
            return (false, Leeway::NONE);
        }
        if late {
            self.loan_mut(id).status = LoanStatus::Impaired;
        }
        (true, self.provision_leeway(id))
    }

    /// A provision takes off no more than the loan has; what deposits are priced at does not move.
    fn provision_leeway(&self, id: B256) -> Leeway {
        Leeway {
            tranches: self.loan_of(id).principals.map(|principal| (U256::ZERO, principal)),
            ..Leeway::NONE
        }
    }

    /// Loans that anybody may declare in default.
    pub(super) fn late_loans(&self) -> Vec<B256> {
        let now = self.now();
        let late = self
            .loans
            .iter()
            .filter(|loan| loan.is_running() && loan.defaults_from() <= now);
        // Pauses come on top.
        late.filter(|loan| self.quote(&loan.terms).defaultsFrom <= n(now))
            .map(|loan| loan.id)
            .collect()
    }

    pub(super) fn default_late(&mut self) -> (Accepted, Leeway) {
        let late = self.late_loans();
        let (terms, id, fits) = self.loan_that(|_, loan| late.contains(&loan.id));
        let from = self.anybody();
        self.mark_default(from, terms, id, fits)
    }

    /// Loans whose collateral has not been insured for a fortnight, and that are not late.
    pub(super) fn uninsured_loans(&self) -> Vec<B256> {
        let now = self.now();
        let loans = self
            .loans
            .iter()
            .filter(|loan| loan.is_running() && now < loan.defaults_from());
        loans
            .filter(|loan| self.titles[&loan.terms.collateralId.to::<u64>()].insured_until + 14 * DAY <= now)
            .map(|loan| loan.id)
            .collect()
    }

    pub(super) fn default_uninsured(&mut self) -> (Accepted, Leeway) {
        let uninsured = self.uninsured_loans();
        let late = self.late_loans();
        let (terms, id, fits) = self.loan_that(|_, loan| uninsured.contains(&loan.id));
        let risk_admin = self.credit.actors.risk_admin;
        let insured_until = self
            .titles
            .get(&terms.collateralId.to::<u64>())
            .map(|title| title.insured_until);
        let is_uninsured = insured_until.is_some_and(|until| until + 14 * DAY <= self.now());
        let fits = fits || late.contains(&id) || (self.is_running(&terms) && is_uninsured);
        self.mark_default(risk_admin, terms, id, fits)
    }

    fn mark_default(&mut self, from: Address, terms: LoanTerms, id: B256, fits: bool) -> (Accepted, Leeway) {
        let fits = fits && !self.pool_paused();
        let call = P::markDefaultCall { terms };
        if self.expect(fits, from, self.credit.pool, &call).is_none() {
            return (false, Leeway::NONE);
        }
        let now = self.world.now();
        let loan = self.loan_mut(id);
        (loan.status, loan.defaulted_at) = (LoanStatus::Defaulted, now);
        let fate = loan.fate;
        if fate == Fate::Paid {
            loan.fate = Fate::Cured;
        }
        (true, self.provision_leeway(id))
    }

    fn is_lost(&self, title: U256) -> bool {
        self.titles
            .get(&title.to::<u64>())
            .is_some_and(|title| title.custody == Custody::Lost)
    }

    pub(super) fn liquidate(&mut self) -> (Accepted, Leeway) {
        let now = self.now();
        let (terms, id, _) = self.loan_that(|_, loan| {
            let is_over = loan.defaulted_at + 14 * DAY <= now;
            loan.status == LoanStatus::Defaulted && is_over && loan.fate != Fate::Cured
        });
        self.liquidate_loan(&terms, id)
    }

    /// Reckons the expected loss for the last time.
    pub(super) fn liquidate_loan(&mut self, terms: &LoanTerms, id: B256) -> (Accepted, Leeway) {
        let call = P::liquidateCall { terms: terms.clone() };
        // What was paused comes on top of the fortnight.
        let from = self.anybody();
        if self.send(from, self.credit.pool, &call).is_none() {
            return (false, Leeway::NONE);
        }
        let now = self.world.now();
        let title = self.loan_of(id).terms.collateralId;
        let loan = self.loan_mut(id);
        assert!(
            loan.status == LoanStatus::Defaulted && loan.defaulted_at + 14 * DAY <= now,
            "{loan:?}"
        );
        loan.status = LoanStatus::Liquidating;
        self.title_mut(title).place = Place::Auction;
        (true, self.provision_leeway(id))
    }

    /// What the tranches and the naive books of the loans say of each other.
    pub(super) fn check_loans(&self) {
        let (rates, now) = (self.credit.config.rates, self.world.now());
        let kept = n(10_000 - u64::from(self.credit.config.interest_fee_bps));
        let mut provisions = U256::ZERO;
        for loan in &self.loans {
            let told = self
                .world
                .chain
                .view(self.credit.pool, &P::loanCall { loanId: loan.id });
            assert_eq!(told.status, loan.status, "{loan:?}");
            if loan.counts() {
                provisions += told.provision;
                assert_eq!(self.principals_of(loan.id), loan.principals, "{loan:?}");
                let times = (
                    n(loan.started),
                    n(loan.since),
                    n(loan.defaulted_at),
                    n(loan.instalments),
                );
                let told_times = (told.startedAt, told.paidAt, told.defaultedAt, told.instalmentsPaid);
                // A default reckons nothing: interest stays as it was paid last.
                assert_eq!(told_times, times, "{loan:?}");
            }
        }
        let told: U256 = self.look.tranches.iter().map(|tranche| tranche.provisions).sum();
        assert_eq!(told, provisions, "provisions of the tranches are those of the loans");
        for (id, tranche) in self.look.tranches.iter().enumerate() {
            let loans = || self.loans.iter().filter(|loan| loan.counts());
            let principal: U256 = loans().map(|loan| loan.principals[id]).sum();
            assert_eq!(
                tranche.principal, principal,
                "principal of tranche {id} is that of its loans"
            );
            let raw: U256 = loans()
                .map(|loan| loan.raw_interest_of(id, rates[id], loan.accrues_until(now)))
                .sum();
            let interest = raw * kept / n(10_000) / wad();
            // A payment of whole wei leaves fractions in each tranche's part of a loan: less than a wei too much, or as
            // many too little as there are other tranches.
            let roundings = n(4 * loans().count() as u64 + 1);
            let difference = tranche.interest.abs_diff(interest);
            assert!(
                difference <= roundings,
                "interest of tranche {id} is {}, that of its loans {interest}",
                tranche.interest
            );
        }
    }
}

/// Payments move no value but by the wei that they round.
fn payment_leeway() -> Leeway {
    Leeway {
        tranches: [(n(PAYMENT_DUST), n(PAYMENT_DUST)); 4],
        ..Leeway::NONE
    }
}
