//! The auction between the real loan pool and the real CALIBER: a loan that is not paid back, its collateral sold well,
//! badly, late or not at all.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_signer::SignerSync;
use alloy_sol_types::{SolCall, SolValue};
use devnet::Receipt;
use suite::bindings::IERC20;
use suite::bindings::ILoanPool::{self as P, LoanStatus, LoanTerms};
use suite::program::{deploy_library, deploy_program, keep_alive};
use suite::{Outcome, Transact, events_of, role_id};

use crate::scene::*;

/// What the pool keeps of proceeds, in basis points.
const LIQUIDATION_FEE_BPS: u16 = 500;
/// What of a collateral's value counts, in basis points.
const HAIRCUT_BPS: u16 = 8_000;
/// About 8 % and 15 % a year, WAD per second.
const RATES: [u64; 4] = [2_536_783_358, 4_756_468_797, 0, 0];
const ADVANCE_BPS: [u16; 4] = [6_000, 7_000, 0, 0];

/// The programs that run on the pool's storage, in the order of its constructor.
const EXTENSIONS: [&str; 4] = [
    "loan-pool-payments",
    "loan-pool-origination",
    "loan-pool-recovery",
    "loan-pool-administration",
];

/// A pool with a senior and a junior tranche, a million USDai in the one and 100,000 in the other.
struct Lending {
    s: Scene,
    extensions: [Address; 4],
    nonce: u64,
}

impl Lending {
    fn new() -> Self {
        let mut world = World::new();
        let actors = world.suite.actors;
        let (admin, usdai_address) = (actors.admin, world.suite.usdai);
        let titles = deploy_titles(&mut world);
        let extensions = EXTENSIONS.map(|name| {
            let extension = deploy_library(&mut world.chain, admin, &wasm(name)).expect("a program");
            (extension, keccak256(world.chain.code(extension)))
        });
        let arguments = (
            admin,
            usdai_address,
            titles,
            extensions.map(|(address, _)| address),
            extensions.map(|(_, hash)| hash),
            actors.treasury,
            [1_000_u16, LIQUIDATION_FEE_BPS, HAIRCUT_BPS],
            ADVANCE_BPS,
            RATES,
        );
        let (pool, _) = deploy_program(
            &mut world.chain,
            admin,
            &wasm("loan-pool"),
            &arguments.abi_encode_params(),
        )
        .expect("valid arguments");
        let s = Scene::between(world, pool, titles, usdai_address, Terms::default());
        let auction = s.auction;
        let mut lending = Self {
            s,
            extensions: extensions.map(|(address, _)| address),
            nonce: 0,
        };
        lending.pool(admin, &P::setCollateralAuctionCall { auction }).must();
        for (role, account) in [("UNDERWRITER_ROLE", actors.desk), ("PAUSE_ADMIN_ROLE", actors.pauser)] {
            let role = role_id(role);
            lending.pool(admin, &P::grantRoleCall { role, account }).must();
        }
        for (role, account) in [("APPRAISER_ROLE", admin), ("INSURER_ROLE", admin)] {
            let role = role_id(role);
            lending
                .s
                .send(admin, titles, &C::grantRoleCall { role, account })
                .must();
        }
        for (tranche, lender, dollars) in [(0, actors.dave, 1_000_000), (1, actors.carol, 100_000)] {
            lending.s.mint_usdai(lender, dollars);
            lending.s.allow(usdai_address, lender, pool);
            let deposit = P::deposit_0Call {
                tranche: n(tranche),
                assets: usdai(dollars),
                receiver: lender,
            };
            lending.pool(lender, &deposit).must();
        }
        for bidder in [actors.alice, actors.bob] {
            lending.s.mint_usdai(bidder, 1_000_000);
            lending.s.allow(usdai_address, bidder, auction);
        }
        lending
    }

    /// Sends a transaction to the pool.
    fn pool<Call: SolCall>(&mut self, from: Address, call: &Call) -> Outcome<Call> {
        let pool = self.s.pool;
        self.s.send(from, pool, call)
    }

    /// A view of the pool.
    fn ask<Call: SolCall>(&self, call: &Call) -> Call::Return {
        self.s.chain.view(self.s.pool, call)
    }

    fn status(&self, loan_id: B256) -> LoanStatus {
        self.ask(&P::loanCall { loanId: loan_id }).status
    }

    fn borrower(&self) -> Address {
        self.s.suite.actors.stranger
    }

    /// Takes a loan of 70,000 on a lot worth 100,000, which takes ten years to fall to nothing.
    fn borrow(&mut self) -> (LoanTerms, B256) {
        let (borrower, titles, pool) = (self.borrower(), self.s.titles, self.s.pool);
        let (admin, bailee, desk) = (self.s.suite.actors.admin, self.s.bailee(), self.s.suite.actors.desk);
        let collateral_id = self.s.mint_title(borrower);
        let now = self.s.now();
        let receipt = C::attestReceiptCall {
            tokenId: collateral_id,
            document: B256::repeat_byte(2),
        };
        self.s.send(bailee, titles, &receipt).must();
        let appraisal = C::appraiseCall {
            tokenId: collateral_id,
            value: usdai(100_000),
            validUntil: now + 365 * DAY,
            usefulLife: 3_650 * DAY,
            residualBps: 0,
            report: B256::repeat_byte(3),
        };
        self.s.send(admin, titles, &appraisal).must();
        let insurance = C::insureCall {
            tokenId: collateral_id,
            coverage: usdai(100_000),
            expiry: now + 365 * DAY,
            policy: B256::repeat_byte(4),
        };
        self.s.send(admin, titles, &insurance).must();
        let approve = C::approveCall {
            to: pool,
            tokenId: collateral_id,
        };
        self.s.send(borrower, titles, &approve).must();
        self.nonce += 1;
        let terms = LoanTerms {
            borrower,
            underwriter: desk,
            collateralId: collateral_id,
            principal: usdai(70_000),
            duration: 360 * DAY,
            repaymentInterval: 30 * DAY,
            schedule: 1,
            gracePeriod: 10 * DAY,
            penaltyRate: 0,
            originationFeeBps: 0,
            exitFeeBps: 0,
            expiry: now + DAY,
            nonce: n(self.nonce),
        };
        let signature = self.sign(&terms);
        let borrow = P::borrowCall {
            terms: terms.clone(),
            signature,
            maxBlendedRate: n(u64::MAX),
        };
        let loan_id = self.pool(borrower, &borrow).must();
        (terms, loan_id)
    }

    fn sign(&self, terms: &LoanTerms) -> Bytes {
        let separator = self.ask(&P::DOMAIN_SEPARATORCall {});
        let loan_id = self.ask(&P::loanIdOfCall { terms: terms.clone() });
        let digest = keccak256([&[0x19, 0x01], separator.as_slice(), loan_id.as_slice()].concat());
        let mut signers = self.s.chain.signers().iter();
        let signer = signers
            .find(|signer| signer.address() == terms.underwriter)
            .expect("the chain's account");
        signer.sign_hash_sync(&digest).expect("signed").as_bytes().into()
    }

    /// A loan whose first instalment is not paid, defaulted, not cured, and liquidated.
    fn liquidated(&mut self) -> (LoanTerms, B256) {
        let (terms, loan_id) = self.borrow();
        let anybody = self.s.suite.actors.bob;
        let default = self.s.now() + 40 * DAY;
        self.s.at(default);
        self.pool(anybody, &P::markDefaultCall { terms: terms.clone() }).must();
        self.s.at(default + 14 * DAY);
        self.pool(anybody, &P::liquidateCall { terms: terms.clone() }).must();
        assert_eq!(self.s.owner_of(terms.collateralId), self.s.auction);
        (terms, loan_id)
    }

    /// Relists until three listings have failed.
    fn fail_three_times(&mut self, loan_id: B256) {
        for _ in 0..2 {
            self.s.pass_end_of(loan_id);
            let reserve = self.s.listing(loan_id).reserve;
            self.s.relist(loan_id, reserve).must();
        }
        self.s.pass_end_of(loan_id);
    }

    /// Programs stop a year after their activation; anybody may prolong them.
    fn keep_alive(&mut self) {
        let (stranger, pool) = (self.s.stranger(), self.s.pool);
        let programs = self.s.programs().into_iter().chain(self.extensions).chain([pool]);
        for program in programs.collect::<Vec<_>>() {
            keep_alive(&mut self.s.chain, stranger, program).expect("prolonged");
        }
    }

    fn distributed(&self, receipt: &Receipt) -> P::ProceedsDistributed {
        let mut events = events_of::<P::ProceedsDistributed>(receipt, self.s.pool);
        assert_eq!(events.len(), 1);
        events.pop().expect("counted")
    }

    /// L1: the pool holds what its tranches can pay out.
    fn check_cash(&self) {
        let idle: U256 = (0..2).map(|id| self.ask(&P::trancheCall { id: n(id) }).idle).sum();
        assert_eq!(self.s.dollars_of(self.s.pool), idle);
    }

    /// What written-off loans may still bring the senior and the junior tranche.
    fn claims(&self) -> [U256; 2] {
        [0, 1].map(|id| self.ask(&P::writtenOffCall { id: n(id) }))
    }

    /// What the senior and the junior tranche are worth to who leaves now.
    fn conservative(&self) -> [U256; 2] {
        [0, 1].map(|id| self.ask(&P::trancheCall { id: n(id) }).conservative)
    }
}

/// Bids `amount`, lets the listing end, settles.
fn sell(lending: &mut Lending, loan_id: B256, amount: U256) -> Receipt {
    let s = &mut lending.s;
    let winner = s.suite.actors.alice;
    s.bid(winner, loan_id, amount).must();
    s.pass_end_of(loan_id);
    let outcome = s.settle(loan_id);
    assert_eq!(outcome.result().err(), None);
    outcome.receipt
}

#[test]
fn the_reserve_is_the_lesser_of_debt_and_haircut_value() {
    let mut lending = Lending::new();
    let (terms, loan_id) = lending.liquidated();
    let told = lending.ask(&P::liquidationCall { loanId: loan_id });
    assert!(told.open);
    assert_eq!(told.collateralId, terms.collateralId);
    // 54 of 3,650 days old, and 80 % of that counts.
    let counted = usdai(100_000) * n(3_650 - 54) / n(3_650) * n(80) / n(100);
    assert!(told.debt > usdai(70_000) && told.debt < counted);
    assert_eq!(told.reserve, told.debt);
    lending.s.list(loan_id).must();
    assert_eq!(lending.s.listing(loan_id).reserve, told.debt);
    assert_eq!(lending.s.listing(loan_id).collateralId, terms.collateralId);
}

/// Everybody gets what is theirs, the borrower the rest.
#[test]
fn a_good_sale_pays_the_debt_the_fee_and_the_borrower() {
    let mut lending = Lending::new();
    let (terms, loan_id) = lending.liquidated();
    let debt = lending.ask(&P::liquidationCall { loanId: loan_id }).debt;
    lending.s.list(loan_id).must();
    let borrower = lending.borrower();
    let (before, value_before) = (lending.s.dollars_of(borrower), lending.conservative());
    let receipt = sell(&mut lending, loan_id, usdai(90_000));
    let shared = lending.distributed(&receipt);
    assert_eq!(shared.proceeds, usdai(90_000));
    assert_eq!(shared.liquidationFee, usdai(4_500));
    assert_eq!(shared.principal, usdai(70_000));
    assert_eq!(shared.principal + shared.interest, debt);
    assert_eq!(shared.surplus, usdai(85_500) - debt);
    assert_eq!(lending.s.dollars_of(borrower), before + shared.surplus);
    assert_eq!(lending.status(loan_id), LoanStatus::Liquidated);
    let winner = lending.s.suite.actors.alice;
    assert_eq!(lending.s.owner_of(terms.collateralId), winner);
    assert!(events_of::<P::LossRealised>(&receipt, lending.s.pool).is_empty());
    for (before, after) in value_before.into_iter().zip(lending.conservative()) {
        assert!(after >= before, "{after} < {before}");
    }
    lending.check_cash();
    assert_eq!(lending.s.obligations(), U256::ZERO);
    // It is over: neither is it listed nor settled again.
    lending
        .s
        .settle(loan_id)
        .must_revert(A::AlreadySold { loanId: loan_id });
    assert!(!lending.ask(&P::liquidationCall { loanId: loan_id }).open);
}

/// Two listings fail and the third brings too little: the junior tranche loses first.
#[test]
fn a_bad_sale_is_the_junior_tranche_s_loss() {
    let mut lending = Lending::new();
    let (_, loan_id) = lending.liquidated();
    lending.s.list(loan_id).must();
    for _ in 0..2 {
        lending.s.pass_end_of(loan_id);
        let reserve = (lending.s.listing(loan_id).reserve * n(8) + n(9)) / n(10);
        lending.s.relist(loan_id, reserve).must();
    }
    let senior_before = lending.ask(&P::loanPrincipalsCall { loanId: loan_id }).principal0;
    assert_eq!(senior_before, usdai(60_000));
    let price = lending.s.listing(loan_id).reserve;
    assert!(price < usdai(50_000));
    let receipt = sell(&mut lending, loan_id, price);
    let shared = lending.distributed(&receipt);
    let fee = price * n(5) / n(100);
    assert!(shared.liquidationFee == fee || shared.liquidationFee == fee + n(1));
    assert_eq!(shared.principal, price - shared.liquidationFee);
    assert_eq!((shared.interest, shared.surplus), (U256::ZERO, U256::ZERO));
    let losses = events_of::<P::LossRealised>(&receipt, lending.s.pool);
    assert_eq!(losses.len(), 1);
    assert_eq!(losses[0].loss1, usdai(10_000), "the junior tranche loses all");
    assert_eq!(losses[0].loss0, usdai(60_000) - shared.principal);
    lending.check_cash();
}

/// Three failed listings: the loss is realised once. What the collateral brings afterwards goes the same way.
#[test]
fn a_write_off_is_a_loss_and_late_proceeds_are_a_recovery() {
    let mut lending = Lending::new();
    let (terms, loan_id) = lending.liquidated();
    lending.s.list(loan_id).must();
    lending.fail_three_times(loan_id);
    let receipt = lending.s.write_off(loan_id).receipt;
    assert!(receipt.status);
    let losses = events_of::<P::LossRealised>(&receipt, lending.s.pool);
    assert_eq!((losses[0].loss0, losses[0].loss1), (usdai(60_000), usdai(10_000)));
    assert_eq!(lending.status(loan_id), LoanStatus::WrittenOff);
    let written_off = lending.conservative();
    lending.check_cash();
    // Its claims go on to count for deposits, from the relisting for 180 days more.
    let claims = lending.claims();
    assert!(claims[0] > usdai(60_000) && claims[1] > usdai(10_000));

    let reserve = lending.s.listing(loan_id).reserve;
    lending.s.relist(loan_id, (reserve * n(8) + n(9)) / n(10)).must();
    let receipt = sell(&mut lending, loan_id, usdai(65_000));
    let shared = lending.distributed(&receipt);
    assert_eq!(shared.proceeds, usdai(65_000));
    assert_eq!(shared.principal, usdai(65_000) - shared.liquidationFee);
    assert!(events_of::<P::LossRealised>(&receipt, lending.s.pool).is_empty());
    assert_eq!(lending.status(loan_id), LoanStatus::Liquidated);
    assert_eq!(lending.claims(), [U256::ZERO; 2]);
    let winner = lending.s.suite.actors.alice;
    assert_eq!(lending.s.owner_of(terms.collateralId), winner);
    lending.check_cash();
    // The recovery vests to those who stay; a month later it is all there.
    let later = lending.s.now() + 30 * DAY;
    lending.s.at(later);
    let recovered = lending.conservative();
    assert_eq!(
        recovered[0] + recovered[1],
        written_off[0] + written_off[1] + shared.principal
    );
}

/// Claims expire when anybody asks for it, 180 days after the last listing and only while nobody may buy; they count again
/// with the next listing, before anybody can bid.
#[test]
fn what_nobody_buys_is_given_up_and_counts_again_when_it_is_listed() {
    let mut lending = Lending::new();
    let (_, loan_id) = lending.liquidated();
    lending.s.list(loan_id).must();
    lending.s.expire(loan_id).must_revert_with::<A::StillRunning>();
    lending.fail_three_times(loan_id);
    lending.s.expire(loan_id).must_revert(P::WrongLoanStatus {
        loanId: loan_id,
        actual: LoanStatus::Liquidating,
    });
    lending.s.write_off(loan_id).must();
    let claims = lending.claims();
    let reserve = lending.s.listing(loan_id).reserve;
    let receipt = lending.s.relist(loan_id, reserve).receipt;
    let opened = events_of::<P::RecoveryOpened>(&receipt, lending.s.pool);
    let until = lending.s.now() + 180 * DAY;
    assert_eq!((opened.len(), opened[0].until), (1, n(until)));
    lending.s.expire(loan_id).must_revert_with::<A::StillRunning>();
    lending.s.at(until - 1);
    let open = P::RecoveryOpen {
        loanId: loan_id,
        until: n(until),
    };
    lending.s.expire(loan_id).must_revert(open);
    assert_eq!(lending.claims(), claims);
    lending.s.at(until);
    let receipt = lending.s.expire(loan_id).receipt;
    assert_eq!(events_of::<P::RecoveryExpired>(&receipt, lending.s.pool).len(), 1);
    assert_eq!(lending.claims(), [U256::ZERO; 2]);
    lending
        .s
        .expire(loan_id)
        .must_revert(P::RecoveryAlreadyExpired { loanId: loan_id });
    lending.s.relist(loan_id, reserve).must();
    assert_eq!(lending.claims(), claims);
    // A winner who waits holds nothing up but the expiry: anybody settles.
    let winner = lending.s.suite.actors.alice;
    lending.s.bid(winner, loan_id, reserve).must();
    let late = lending.s.end_of(loan_id) + 181 * DAY;
    lending.keep_alive();
    lending.s.at(late);
    lending.s.expire(loan_id).must_revert_with::<A::HasWinner>();
    assert_eq!(lending.claims(), claims);
    lending.s.settle(loan_id).must();
    assert_eq!(lending.claims(), [U256::ZERO; 2]);
    lending.check_cash();
}

/// Lost goods count for nothing: the reserve is nothing, and a wei buys the title.
#[test]
fn lost_goods_are_sold_for_a_wei() {
    let mut lending = Lending::new();
    let (terms, loan_id) = lending.borrow();
    let (bailee, titles, bob) = (lending.s.bailee(), lending.s.titles, lending.s.suite.actors.bob);
    let loss = C::attestLossCall {
        tokenId: terms.collateralId,
        document: B256::repeat_byte(5),
    };
    lending.s.send(bailee, titles, &loss).must();
    let default = lending.s.now() + 40 * DAY;
    lending.s.at(default);
    lending.pool(bob, &P::markDefaultCall { terms: terms.clone() }).must();
    lending.s.at(default + 14 * DAY);
    lending.pool(bob, &P::liquidateCall { terms: terms.clone() }).must();
    lending.s.list(loan_id).must();
    assert_eq!(lending.s.listing(loan_id).reserve, U256::ZERO);
    let receipt = sell(&mut lending, loan_id, n(1));
    assert_eq!(lending.distributed(&receipt).proceeds, n(1));
    let losses = events_of::<P::LossRealised>(&receipt, lending.s.pool);
    assert!(losses[0].loss0 + losses[0].loss1 >= usdai(70_000) - n(1));
    lending.check_cash();
}

/// What is sold while the pool is paused is settled, and written off, while it is paused.
#[test]
fn a_pause_of_the_pool_holds_nothing_up() {
    let mut lending = Lending::new();
    let (_, sold) = lending.liquidated();
    let (_, failed) = lending.liquidated();
    let pauser = lending.s.suite.actors.pauser;
    lending.pool(pauser, &P::pauseCall {}).must();
    lending.s.list(sold).must();
    lending.s.list(failed).must();
    sell(&mut lending, sold, usdai(80_000));
    lending.fail_three_times(failed);
    lending.s.write_off(failed).must();
    assert_eq!(lending.status(sold), LoanStatus::Liquidated);
    assert_eq!(lending.status(failed), LoanStatus::WrittenOff);
    lending.check_cash();
}

/// Nobody but the linked auction tells the pool of proceeds, and not without them.
#[test]
fn only_the_auction_is_listened_to() {
    let mut lending = Lending::new();
    let (_, loan_id) = lending.liquidated();
    let caller = lending.s.suite.actors.bob;
    let settle = P::settleLiquidationCall {
        loanId: loan_id,
        proceeds: n(1),
    };
    lending
        .pool(caller, &settle)
        .must_revert(P::NotCollateralAuction { caller });
    lending
        .pool(caller, &P::writeOffCall { loanId: loan_id })
        .must_revert(P::NotCollateralAuction { caller });
    let (auction, pool) = (lending.s.auction, lending.s.pool);
    let balance = lending.s.dollars_of(pool);
    let needed = balance + n(1);
    lending
        .pool(auction, &settle)
        .must_revert(P::ProceedsMissing { balance, needed });
    // With the money it is believed: here it is a gift, so that the test speaks for the auction.
    let bob = lending.s.suite.actors.bob;
    let dollar = lending.s.dollar;
    let gift = IERC20::transferCall { to: pool, value: n(1) };
    lending.s.send(bob, dollar, &gift).must();
    lending.pool(auction, &settle).must();
}
