//! Loans over real USDai and CALIBER: taken, paid, paid back, liquidated, their proceeds shared out.
//!
//! An earlier loan stands beside the measured one, so that the tranches' and the accounts' slots are warm, as they were
//! when the Solidity was measured.

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::SolCall;
use suite::bindings::ICaliber as C;
use suite::bindings::IERC20;
use suite::bindings::ILoanPool::{self as P, LoanTerms};
use suite::staking::DAY;
use suite::{Credit, CreditConfig, SuiteConfig, Transact};
use suite_tests::{Expect, World, calls, n, usdai};

use crate::figures::{Actor, Figures};
use crate::meter::{Operation, measure as measure_call};

/// Seconds from one deadline to the next.
const MONTH: u64 = 30 * DAY;
/// Seconds that a defaulted loan can be cured.
const WINDOW: u64 = 14 * DAY;
/// The grace period of the loans.
const GRACE: u64 = 10 * DAY;
/// On a lot worth 100,000: less than the senior tranche's part.
const FROM_ONE: u64 = 50_000;
/// More than the two seniors' part.
const FROM_THREE: u64 = 75_000;

struct Lending {
    w: World,
    credit: Credit,
    programs: Vec<Address>,
    titles: u64,
}

impl Lending {
    /// Nobody has lent anything.
    fn new() -> Self {
        let mut w = World::of(&SuiteConfig {
            yield_bps: 0,
            credit: Some(CreditConfig::default()),
            ..SuiteConfig::default()
        });
        let credit = w.suite.credit.expect("it was asked for");
        // The borrower pays instalments, and has had USDai before.
        let (operator, token) = (credit.actors.operator, w.suite.usdai);
        w.mint_usdai(operator, 1_000_000);
        w.allow(token, operator, credit.pool);
        Self {
            programs: w.suite.programs(),
            w,
            credit,
            titles: 0,
        }
    }

    /// A lender of its own in each tranche.
    fn of_three() -> Self {
        let mut lending = Self::new();
        let actors = lending.w.suite.actors;
        for (tranche, lender) in [actors.alice, actors.bob, actors.carol].into_iter().enumerate() {
            lending.lend(lender, tranche as u64);
        }
        lending
    }

    /// Of the vault alone, in the senior tranche.
    fn of_the_vault() -> Self {
        let mut lending = Self::new();
        let actors = lending.w.suite.actors;
        lending.w.stake(actors.alice, 1_000_000);
        lending
            .w
            .vault(actors.strategist, &calls::allocate(0, usdai(900_000)))
            .must();
        lending
    }

    fn lend(&mut self, lender: Address, tranche: u64) {
        let (token, pool) = (self.w.suite.usdai, self.credit.pool);
        self.w.mint_usdai(lender, 1_000_000);
        self.w.allow(token, lender, pool);
        let deposit = P::deposit_0Call {
            tranche: n(tranche),
            assets: usdai(1_000_000),
            receiver: lender,
        };
        self.w.send(lender, pool, &deposit).must();
    }

    /// A title worth 100,000 that the operator has let the pool take.
    fn title(&mut self) -> U256 {
        self.titles += 1;
        let (caliber, own) = (self.credit.caliber, self.credit.actors);
        let now = self.w.now();
        let tokenize = C::tokenizeCall {
            owner: own.operator,
            model: "NVIDIA H200".into(),
            bailee: own.bailee,
            bailmentAgreement: B256::repeat_byte(1),
            uri: String::new(),
            serials: vec![keccak256(self.titles.to_be_bytes())],
            sealLot: true,
        };
        let token_id = self.w.send(own.agent, caliber, &tokenize).must();
        let receipt = C::attestReceiptCall {
            tokenId: token_id,
            document: B256::repeat_byte(2),
        };
        self.w.send(own.bailee, caliber, &receipt).must();
        let appraisal = C::appraiseCall {
            tokenId: token_id,
            value: usdai(100_000),
            validUntil: now + 365 * DAY,
            usefulLife: 5 * 365 * DAY,
            residualBps: 2_000,
            report: B256::repeat_byte(3),
        };
        self.w.send(own.appraiser, caliber, &appraisal).must();
        let insurance = C::insureCall {
            tokenId: token_id,
            coverage: usdai(100_000),
            expiry: now + 4 * 365 * DAY,
            policy: B256::repeat_byte(4),
        };
        self.w.send(own.insurer, caliber, &insurance).must();
        let approve = C::approveCall {
            to: self.credit.pool,
            tokenId: token_id,
        };
        self.w.send(own.operator, caliber, &approve).must();
        token_id
    }

    /// Signed terms of 36 level payments on a new title.
    fn terms(&mut self, dollars: u64) -> P::borrowCall {
        let own = self.credit.actors;
        let terms = LoanTerms {
            borrower: own.operator,
            underwriter: own.underwriter,
            collateralId: self.title(),
            principal: usdai(dollars),
            duration: 36 * MONTH,
            repaymentInterval: MONTH,
            schedule: 1,
            gracePeriod: GRACE,
            penaltyRate: 0,
            originationFeeBps: 100,
            exitFeeBps: 0,
            expiry: self.w.now() + DAY,
            nonce: n(self.titles),
        };
        P::borrowCall {
            signature: self.credit.sign(&self.w.chain, &terms).expect("the key is known"),
            terms,
            maxBlendedRate: U256::MAX,
        }
    }

    /// A loan that is taken.
    fn loan(&mut self, dollars: u64) -> LoanTerms {
        let borrow = self.terms(dollars);
        self.w.send(borrow.terms.borrower, self.credit.pool, &borrow).must();
        borrow.terms
    }

    fn repay(&mut self, terms: &LoanTerms) {
        let repay = P::repayCall { terms: terms.clone() };
        self.w.send(terms.borrower, self.credit.pool, &repay).must();
    }

    /// Measures a call of the pool: by the borrower, or by somebody who does it for the lenders.
    fn row<T: SolCall>(&mut self, figures: &mut Figures, name: &str, live: u64, from: Address, call: &T) {
        let actor = if from == self.credit.actors.operator {
            Actor::User
        } else {
            Actor::Keeper
        };
        let operation = Operation {
            actor,
            ..Operation::of_user(name, live)
        };
        let call = (from, self.credit.pool, call);
        measure_call(&mut self.w, figures, &self.programs, &operation, call);
    }

    fn tranches_of(&self, terms: &LoanTerms) -> usize {
        let pool = self.credit.pool;
        let loan_id = self.w.chain.view(pool, &P::loanIdOfCall { terms: terms.clone() });
        let drawn = self.w.chain.view(pool, &P::loanPrincipalsCall { loanId: loan_id });
        [drawn.principal0, drawn.principal1, drawn.principal2, drawn.principal3]
            .iter()
            .filter(|principal| !principal.is_zero())
            .count()
    }
}

/// Loans are taken and paid.
fn taken_and_paid(figures: &mut Figures) {
    let mut lending = Lending::of_three();
    let operator = lending.credit.actors.operator;
    lending.loan(FROM_THREE);
    let small = lending.terms(FROM_ONE);
    lending.row(figures, "borrow, 1 tranche", 333_039, operator, &small);
    let small = small.terms;
    let large = lending.terms(FROM_THREE);
    lending.row(figures, "borrow, 3 tranches", 752_431, operator, &large);
    let large = large.terms;
    assert_eq!((lending.tranches_of(&small), lending.tranches_of(&large)), (1, 3));

    // The vault holds tranche shares like anybody and is not called: no hook, and no gas for one.
    let mut vault = Lending::of_the_vault();
    vault.loan(FROM_ONE);
    let borrow = vault.terms(FROM_ONE);
    vault.row(
        figures,
        "borrow, the vault as the lender (hook)",
        562_373,
        operator,
        &borrow,
    );

    // The first instalment is paid before, so that the fee recipient has had fees.
    lending.w.pass(MONTH - DAY);
    lending.repay(&small);
    lending.repay(&large);
    lending.w.pass(MONTH);
    let repay = |terms: &LoanTerms| P::repayCall { terms: terms.clone() };
    let name = "repay an instalment, 3 tranches, level payment, 36 intervals";
    lending.row(figures, name, 168_025, operator, &repay(&large));
    lending.row(
        figures,
        "repay an instalment, 1 tranche",
        119_573,
        operator,
        &repay(&small),
    );
    let all = P::prepayCall {
        terms: large,
        principal: U256::MAX,
    };
    lending.row(figures, "repay in full, 3 tranches", 214_325, operator, &all);
}

/// A loan is liquidated, and its proceeds are shared out.
fn liquidated(figures: &mut Figures) {
    let mut lending = Lending::of_three();
    let (stranger, auction, pool) = (
        lending.w.suite.actors.stranger,
        lending.credit.auction,
        lending.credit.pool,
    );
    let earlier = lending.loan(FROM_THREE);
    let terms = lending.loan(FROM_THREE);
    assert_eq!(lending.tranches_of(&terms), 3);
    lending.w.pass(MONTH + GRACE + DAY);
    for terms in [&earlier, &terms] {
        let call = P::markDefaultCall { terms: terms.clone() };
        lending.w.send(stranger, pool, &call).must();
    }
    lending.w.pass(WINDOW);
    // The first title that comes to the auction: the dearer case, and the usual one.
    let liquidate = |terms: &LoanTerms| P::liquidateCall { terms: terms.clone() };
    lending.row(figures, "liquidate, 3 tranches", 115_843, stranger, &liquidate(&terms));
    lending.w.send(stranger, pool, &liquidate(&earlier)).must();
    // All that is owed, the fee, and some for the borrower.
    let proceeds = usdai(90_000);
    let token = lending.w.suite.usdai;
    lending.w.mint_usdai(stranger, 180_000);
    for (count, terms) in [earlier, terms].into_iter().enumerate() {
        let transfer = IERC20::transferCall {
            to: pool,
            value: proceeds,
        };
        lending.w.send(stranger, token, &transfer).must();
        let settle = P::settleLiquidationCall {
            loanId: lending.w.chain.view(pool, &P::loanIdOfCall { terms }),
            proceeds,
        };
        if count == 0 {
            lending.w.send(auction, pool, &settle).must();
        } else {
            let name = "pay out liquidation proceeds, 3 tranches, level payment";
            lending.row(figures, name, 319_319, auction, &settle);
        }
    }
}

pub(crate) fn measure(figures: &mut Figures) {
    taken_and_paid(figures);
    liquidated(figures);
}
