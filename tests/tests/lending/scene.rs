//! A loan pool of three tranches between real USDai, CALIBER and the collateral auction, on a chain of its own, and short
//! words for what happens there.

use std::ops::{Deref, DerefMut};

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_signer::SignerSync;
use alloy_sol_types::{SolCall, SolEvent, SolStruct, SolValue, eip712_domain};
use devnet::Receipt;
pub(crate) use suite::bindings::ICaliber as C;
pub(crate) use suite::bindings::ICollateralAuction as A;
use suite::bindings::IERC20;
pub(crate) use suite::bindings::ILoanPool::{self as P, LoanStatus, LoanTerms};
pub(crate) use suite::bindings::IStakedUSDai as V;
use suite::program::{deploy_library, deploy_program, try_deploy_program};
use suite::{Artifacts, Outcome, Reverted, Transact, events_of, role_id};
pub(crate) use suite_tests::{Expect, World, n, usdai};

/// Seconds of a day, and of the repayment interval.
pub(crate) const DAY: u64 = 86_400;
pub(crate) const MONTH: u64 = 30 * DAY;
/// 8, 10 and 15 % a year, WAD per second.
pub(crate) const RATES: [u64; 4] = [2_536_783_358, 3_170_979_198, 4_756_468_797, 0];
/// Advance rates.
pub(crate) const ADVANCE: [u16; 4] = [6_000, 7_000, 8_000, 0];
/// Interest fee, liquidation fee, haircut.
pub(crate) const POLICY: [u16; 3] = [1_000, 100, 8_000];
/// 20 % a year on overdue principal.
pub(crate) const PENALTY: u64 = 6_341_958_396;
/// The four contracts that run on the pool's storage.
pub(crate) const EXTENSIONS: [&str; 4] = [
    "loan-pool-payments",
    "loan-pool-origination",
    "loan-pool-recovery",
    "loan-pool-administration",
];
/// 1e18 units of interest make a wei.
const WAD: u64 = 1_000_000_000_000_000_000;

/// What the constructor is told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Construction {
    pub(crate) admin: Address,
    pub(crate) usdai: Address,
    pub(crate) caliber: Address,
    pub(crate) extensions: [Address; 4],
    pub(crate) code_hashes: [B256; 4],
    pub(crate) fee_recipient: Address,
    pub(crate) policy: [u16; 3],
    pub(crate) advance: [u16; 4],
    pub(crate) rates: [u64; 4],
}

impl Construction {
    fn arguments(&self) -> Vec<u8> {
        (
            self.admin,
            self.usdai,
            self.caliber,
            self.extensions,
            self.code_hashes,
            self.fee_recipient,
            self.policy,
            self.advance,
            self.rates,
        )
            .abi_encode_params()
    }
}

pub(crate) struct Scene {
    world: World,
    pub(crate) pool: Address,
    pub(crate) caliber: Address,
    pub(crate) auction: Address,
    pub(crate) construction: Construction,
    lots: u64,
    nonces: u64,
}

impl Deref for Scene {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl DerefMut for Scene {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.world
    }
}

impl Scene {
    /// Everything linked, roles given out, tranches empty.
    pub(crate) fn new() -> Self {
        Self::on(World::new())
    }

    /// The same with the vault, which lends to it.
    pub(crate) fn with_vault() -> Self {
        let mut scene = Self::on(World::staked());
        let (admin, pool) = (scene.suite.actors.admin, scene.pool);
        scene.vault(admin, &V::setLoanPoolCall { loanPool: pool }).must();
        scene
    }

    fn on(mut world: World) -> Self {
        let admin = world.suite.actors.admin;
        let (caliber, _) = deploy_program(
            &mut world.chain,
            admin,
            &wasm("caliber-nft"),
            &(admin,).abi_encode_params(),
        )
        .expect("CALIBER deploys");
        let extensions =
            EXTENSIONS.map(|name| deploy_library(&mut world.chain, admin, &wasm(name)).expect("extensions deploy"));
        let code_hashes = extensions.map(|extension| keccak256(world.chain.code(extension)));
        let construction = Construction {
            admin,
            usdai: world.suite.usdai,
            caliber,
            extensions,
            code_hashes,
            fee_recipient: world.suite.actors.treasury,
            policy: POLICY,
            advance: ADVANCE,
            rates: RATES,
        };
        let (pool, _) = deploy_program(&mut world.chain, admin, &wasm("loan-pool"), &construction.arguments())
            .expect("the pool deploys");
        let terms = (admin, pool, caliber, world.suite.usdai, n(DAY), 100_u16, n(3_600)).abi_encode_params();
        let (auction, _) =
            deploy_program(&mut world.chain, admin, &wasm("collateral-auction"), &terms).expect("the auction deploys");
        for program in extensions.into_iter().chain([caliber, pool, auction]) {
            assert!(world.chain.cache_program(program));
        }
        let mut scene = Self {
            world,
            pool,
            caliber,
            auction,
            construction,
            lots: 0,
            nonces: 0,
        };
        let custodians = C::setCustodiansCall {
            loanPool: pool,
            collateralAuction: auction,
        };
        scene.send(admin, caliber, &custodians).must();
        scene.by(admin, &P::setCollateralAuctionCall { auction }).must();
        let actors = scene.suite.actors;
        for (contract, role, account) in [
            (caliber, "TOKENIZING_AGENT_ROLE", admin),
            (caliber, "APPRAISER_ROLE", admin),
            (caliber, "INSURER_ROLE", admin),
            (caliber, "COMPLIANCE_ROLE", admin),
            (pool, "UNDERWRITER_ROLE", actors.desk),
            (pool, "RISK_ADMIN_ROLE", actors.gatekeeper),
            (pool, "PAUSE_ADMIN_ROLE", actors.pauser),
        ] {
            let role = role_id(role);
            scene.send(admin, contract, &P::grantRoleCall { role, account }).must();
        }
        scene
    }

    /// As [`Self::new`], with 100,000 from Alice in the senior tranche and 50,000 each from Bob and Carol in the others.
    pub(crate) fn funded() -> Self {
        let mut scene = Self::new();
        let actors = scene.suite.actors;
        for (tranche, lender, dollars) in [
            (0, actors.alice, 100_000),
            (1, actors.bob, 50_000),
            (2, actors.carol, 50_000),
        ] {
            scene.deposit(lender, tranche, usdai(dollars)).must();
        }
        scene
    }

    /// What another construction answers.
    pub(crate) fn construct(&mut self, construction: &Construction) -> Receipt {
        let admin = self.suite.actors.admin;
        try_deploy_program(
            &mut self.world.chain,
            admin,
            &wasm("loan-pool"),
            &construction.arguments(),
        )
        .expect("a program")
    }

    /* accounts */

    pub(crate) fn borrower(&self) -> Address {
        self.suite.actors.provider
    }

    pub(crate) fn underwriter(&self) -> Address {
        self.suite.actors.desk
    }

    pub(crate) fn risk_admin(&self) -> Address {
        self.suite.actors.gatekeeper
    }

    pub(crate) fn stranger(&self) -> Address {
        self.suite.actors.stranger
    }

    pub(crate) fn treasury(&self) -> Address {
        self.suite.actors.treasury
    }

    /* calls */

    /// Sends a transaction to the pool.
    pub(crate) fn by<C: SolCall>(&mut self, from: Address, call: &C) -> Outcome<C> {
        let pool = self.pool;
        self.send(from, pool, call)
    }

    /// A view of the pool.
    pub(crate) fn ask<C: SolCall>(&self, call: &C) -> C::Return {
        self.chain.view(self.pool, call)
    }

    /// A view of the pool that may refuse.
    pub(crate) fn try_ask<C: SolCall>(&self, call: &C) -> Result<C::Return, Reverted> {
        self.chain.try_view(Address::ZERO, self.pool, call)
    }

    /// An account that has so much more USDai and lets the pool take any of it.
    pub(crate) fn rich(&mut self, account: Address, amount: U256) {
        let dollars = amount / usdai(1) + n(1);
        self.mint_usdai(account, dollars.to());
        let (token, pool) = (self.suite.usdai, self.pool);
        self.allow(token, account, pool);
    }

    pub(crate) fn deposit(&mut self, lender: Address, tranche: u64, assets: U256) -> Outcome<P::deposit_0Call> {
        self.rich(lender, assets);
        let call = P::deposit_0Call {
            tranche: n(tranche),
            assets,
            receiver: lender,
        };
        self.by(lender, &call)
    }

    pub(crate) fn redeem(&mut self, lender: Address, tranche: u64, shares: U256) -> Outcome<P::redeem_0Call> {
        let call = P::redeem_0Call {
            tranche: n(tranche),
            shares,
            receiver: lender,
        };
        self.by(lender, &call)
    }

    pub(crate) fn shares(&self, owner: Address, tranche: u64) -> U256 {
        self.ask(&P::balanceOfCall { owner, id: n(tranche) })
    }

    pub(crate) fn tranche(&self, tranche: u64) -> P::trancheReturn {
        self.ask(&P::trancheCall { id: n(tranche) })
    }

    /// A lot of the borrower that is worth `dollars`, falls to a tenth in four years, and is insured for so long; the
    /// pool may take it.
    pub(crate) fn collateral(&mut self, dollars: u64) -> U256 {
        self.lots += 1;
        let (admin, borrower, caliber, pool) = (self.suite.actors.admin, self.borrower(), self.caliber, self.pool);
        let bailee = self.stranger();
        let tokenize = C::tokenizeCall {
            owner: borrower,
            model: "NVIDIA H200".into(),
            bailee,
            bailmentAgreement: B256::repeat_byte(1),
            uri: String::new(),
            serials: vec![keccak256(self.lots.to_be_bytes())],
            sealLot: true,
        };
        let token_id = self.send(admin, caliber, &tokenize).must();
        let document = B256::repeat_byte(2);
        let receipt = C::attestReceiptCall {
            tokenId: token_id,
            document,
        };
        self.send(bailee, caliber, &receipt).must();
        let now = self.now();
        let appraise = C::appraiseCall {
            tokenId: token_id,
            value: usdai(dollars),
            validUntil: now + 365 * DAY,
            usefulLife: 4 * 365 * DAY,
            residualBps: 1_000,
            report: document,
        };
        self.send(admin, caliber, &appraise).must();
        self.insure(token_id, usdai(dollars), now + 4 * 365 * DAY);
        let approve = C::approveCall {
            to: pool,
            tokenId: token_id,
        };
        self.send(borrower, caliber, &approve).must();
        token_id
    }

    pub(crate) fn insure(&mut self, token_id: U256, coverage: U256, expiry: u64) {
        let (admin, caliber) = (self.suite.actors.admin, self.caliber);
        let insure = C::insureCall {
            tokenId: token_id,
            coverage,
            expiry,
            policy: B256::repeat_byte(3),
        };
        self.send(admin, caliber, &insure).must();
    }

    /// The bailee attests that the goods of a loan are lost.
    pub(crate) fn lose(&mut self, terms: &LoanTerms) {
        let (bailee, caliber) = (self.stranger(), self.caliber);
        let loss = C::attestLossCall {
            tokenId: terms.collateralId,
            document: B256::repeat_byte(9),
        };
        self.send(bailee, caliber, &loss).must();
    }

    /// What counts of the collateral of a loan now: 80 % of the value on the line.
    pub(crate) fn counted(&self, terms: &LoanTerms) -> U256 {
        let token_id = terms.collateralId;
        let appraisal = self.chain.view(self.caliber, &C::appraisalCall { tokenId: token_id });
        let age = n(self.now()) - appraisal.appraisedAt;
        let residual = appraisal.value / n(10);
        let value = residual + (appraisal.value - residual) * (appraisal.usefulLife - age) / appraisal.usefulLife;
        value * n(POLICY[2].into()) / n(10_000)
    }

    pub(crate) fn owner_of(&self, token_id: U256) -> Address {
        self.chain.view(self.caliber, &C::ownerOfCall { tokenId: token_id })
    }

    /// Terms of six months at level payments, 75,000 on a new lot worth 100,000, without fees.
    pub(crate) fn terms(&mut self) -> LoanTerms {
        let collateral = self.collateral(100_000);
        self.terms_on(collateral)
    }

    pub(crate) fn terms_on(&mut self, collateral: U256) -> LoanTerms {
        self.nonces += 1;
        LoanTerms {
            borrower: self.borrower(),
            underwriter: self.underwriter(),
            collateralId: collateral,
            principal: usdai(75_000),
            duration: 6 * MONTH,
            repaymentInterval: MONTH,
            schedule: 1,
            gracePeriod: 10 * DAY,
            penaltyRate: PENALTY,
            originationFeeBps: 0,
            exitFeeBps: 0,
            expiry: self.now() + DAY,
            nonce: n(self.nonces),
        }
    }

    /// What the underwriter signs.
    pub(crate) fn digest(terms: &LoanTerms, chain_id: u64, contract: Address) -> B256 {
        let domain = eip712_domain! {
            name: "USD.AI Loan Pool",
            version: "1",
            chain_id: chain_id,
            verifying_contract: contract,
        };
        terms.eip712_signing_hash(&domain)
    }

    /// 65 bytes of a funded account.
    pub(crate) fn signature_of(&self, account: Address, digest: B256) -> Vec<u8> {
        let accounts = self.chain.accounts();
        let index = accounts
            .iter()
            .position(|known| *known == account)
            .expect("a funded account");
        let signature = self
            .chain
            .signer(index)
            .sign_hash_sync(&digest)
            .expect("signing is local");
        let v = 27 + u8::from(signature.v());
        [
            &signature.r().to_be_bytes::<32>()[..],
            &signature.s().to_be_bytes::<32>(),
            &[v],
        ]
        .concat()
    }

    pub(crate) fn signature(&self, terms: &LoanTerms) -> Vec<u8> {
        let digest = Self::digest(terms, self.chain.config().chain_id, self.pool);
        self.signature_of(self.underwriter(), digest)
    }

    pub(crate) fn borrow_with(&mut self, terms: &LoanTerms, signature: Vec<u8>) -> Outcome<P::borrowCall> {
        let borrower = terms.borrower;
        let call = P::borrowCall {
            terms: terms.clone(),
            signature: signature.into(),
            maxBlendedRate: U256::MAX,
        };
        self.by(borrower, &call)
    }

    pub(crate) fn borrow(&mut self, terms: &LoanTerms) -> Outcome<P::borrowCall> {
        let signature = self.signature(terms);
        self.borrow_with(terms, signature)
    }

    /// A loan that is taken.
    pub(crate) fn loan(&mut self) -> (B256, LoanTerms) {
        let terms = self.terms();
        let loan_id = self.borrow(&terms).must();
        (loan_id, terms)
    }

    pub(crate) fn refinance(&mut self, terms: &LoanTerms, new_terms: &LoanTerms) -> Outcome<P::refinanceCall> {
        let call = P::refinanceCall {
            terms: terms.clone(),
            newTerms: new_terms.clone(),
            signature: self.signature(new_terms).into(),
            maxBlendedRate: U256::MAX,
        };
        self.by(terms.borrower, &call)
    }

    /// Somebody with money enough pays.
    pub(crate) fn repay(&mut self, terms: &LoanTerms) -> Outcome<P::repayCall> {
        let payer = terms.borrower;
        self.rich(payer, terms.principal + terms.principal);
        self.by(payer, &P::repayCall { terms: terms.clone() })
    }

    pub(crate) fn prepay(&mut self, terms: &LoanTerms, principal: U256) -> Outcome<P::prepayCall> {
        let payer = terms.borrower;
        self.rich(payer, terms.principal + terms.principal);
        let call = P::prepayCall {
            terms: terms.clone(),
            principal,
        };
        self.by(payer, &call)
    }

    pub(crate) fn cure(&mut self, terms: &LoanTerms) -> Outcome<P::cureCall> {
        let payer = terms.borrower;
        self.rich(payer, terms.principal + terms.principal);
        self.by(payer, &P::cureCall { terms: terms.clone() })
    }

    pub(crate) fn impair(&mut self, terms: &LoanTerms) -> Outcome<P::impairCall> {
        self.by(self.risk_admin(), &P::impairCall { terms: terms.clone() })
    }

    pub(crate) fn mark_default(&mut self, terms: &LoanTerms) -> Outcome<P::markDefaultCall> {
        self.by(self.stranger(), &P::markDefaultCall { terms: terms.clone() })
    }

    pub(crate) fn liquidate(&mut self, terms: &LoanTerms) -> Outcome<P::liquidateCall> {
        self.by(self.stranger(), &P::liquidateCall { terms: terms.clone() })
    }

    pub(crate) fn quote(&self, terms: &LoanTerms) -> P::quote_0Return {
        self.ask(&P::quote_0Call { terms: terms.clone() })
    }

    pub(crate) fn loan_of(&self, loan_id: B256) -> P::loanReturn {
        self.ask(&P::loanCall { loanId: loan_id })
    }

    pub(crate) fn principals(&self, loan_id: B256) -> [U256; 4] {
        let parts = self.ask(&P::loanPrincipalsCall { loanId: loan_id });
        [parts.principal0, parts.principal1, parts.principal2, parts.principal3]
    }

    /// Sells the collateral of a liquidated loan in the auction for so much.
    pub(crate) fn sell(&mut self, loan_id: B256, price: U256) -> Receipt {
        let (stranger, bidder, auction, token) =
            (self.stranger(), self.suite.actors.bob, self.auction, self.suite.usdai);
        self.send(stranger, auction, &A::listCall { loanId: loan_id }).must();
        self.rich(bidder, price);
        self.allow(token, bidder, auction);
        let bid = A::bidCall {
            loanId: loan_id,
            amount: price,
        };
        self.send(bidder, auction, &bid).must();
        self.pass(2 * DAY);
        let outcome = self.send(stranger, auction, &A::settleCall { loanId: loan_id });
        let receipt = outcome.receipt.clone();
        outcome.must();
        receipt
    }

    /// The auction's proceeds, said by the auction itself, of money that is given to the pool.
    pub(crate) fn settle(&mut self, loan_id: B256, proceeds: U256) -> Outcome<P::settleLiquidationCall> {
        self.give_pool(proceeds);
        let call = P::settleLiquidationCall {
            loanId: loan_id,
            proceeds,
        };
        self.by(self.auction, &call)
    }

    /// The auction says that nobody buys the collateral of a loan.
    pub(crate) fn write_off(&mut self, loan_id: B256) -> Outcome<P::writeOffCall> {
        self.by(self.auction, &P::writeOffCall { loanId: loan_id })
    }

    /// The auction says that it lists the collateral of a written-off loan again.
    pub(crate) fn reopen(&mut self, loan_id: B256) -> Outcome<P::reopenRecoveryCall> {
        self.by(self.auction, &P::reopenRecoveryCall { loanId: loan_id })
    }

    /// The auction says that it gives the collateral of a written-off loan up.
    pub(crate) fn expire(&mut self, loan_id: B256) -> Outcome<P::expireRecoveryCall> {
        self.by(self.auction, &P::expireRecoveryCall { loanId: loan_id })
    }

    pub(crate) fn written_off(&self, tranche: u64) -> U256 {
        self.ask(&P::writtenOffCall { id: n(tranche) })
    }

    /// What a written-off loan claims of each tranche, and until when.
    pub(crate) fn recovery_of(&self, loan_id: B256) -> ([U256; 4], U256) {
        let told = self.ask(&P::recoveryOfCall { loanId: loan_id });
        ([told.claim0, told.claim1, told.claim2, told.claim3], told.until)
    }

    pub(crate) fn give_pool(&mut self, amount: U256) {
        let (stranger, pool, token) = (self.stranger(), self.pool, self.suite.usdai);
        self.rich(stranger, amount);
        let call = IERC20::transferCall {
            to: pool,
            value: amount,
        };
        self.send(stranger, token, &call).must();
    }

    /* time and events */

    pub(crate) fn now(&self) -> u64 {
        self.chain.timestamp()
    }

    /// The next transaction's second.
    pub(crate) fn next_at(&mut self, timestamp: u64) {
        self.chain
            .set_next_block_timestamp(timestamp)
            .expect("time goes forwards");
    }

    /// The time is exactly `timestamp` now, for views.
    pub(crate) fn at(&mut self, timestamp: u64) {
        self.next_at(timestamp);
        self.chain.mine(1);
    }

    /// The only event of this kind that the pool logged.
    #[track_caller]
    pub(crate) fn event<E: SolEvent>(&self, receipt: &Receipt) -> E {
        let mut events = events_of::<E>(receipt, self.pool);
        assert_eq!(events.len(), 1, "events {}", E::SIGNATURE);
        events.pop().expect("counted")
    }

    /* invariants */

    /// L1: the cash is there. `unbooked` was given, and is nobody's. The escrow of each tranche is what is under notice,
    /// the shares sum to the supply, and the conservative value is never above the optimistic.
    #[track_caller]
    pub(crate) fn check(&self, unbooked: U256) {
        let tranches: Vec<_> = (0..3).map(|tranche| self.tranche(tranche)).collect();
        let idle: U256 = tranches.iter().map(|tranche| tranche.idle).sum();
        assert_eq!(self.usdai_of(self.pool), idle + unbooked, "L1");
        for (index, tranche) in (0..).zip(tranches) {
            assert!(tranche.conservative <= tranche.optimistic);
            let gross = tranche.idle + tranche.principal;
            assert_eq!(tranche.optimistic, gross + tranche.interest + self.written_off(index));
            let vested = gross - tranche.unvested;
            assert_eq!(tranche.conservative, vested.saturating_sub(tranche.provisions));
        }
    }
}

/// ⌈Σ draw · rate · seconds⌉ in wei: what a loan owes of interest, reckoned by itself.
pub(crate) fn interest_on(principals: [U256; 4], seconds: u64) -> U256 {
    let raw: U256 = principals
        .iter()
        .zip(RATES)
        .map(|(principal, rate)| *principal * U256::from(rate) * U256::from(seconds))
        .sum();
    raw.div_ceil(U256::from(WAD))
}

/// Whether two amounts are so close.
pub(crate) fn is_within(a: U256, b: U256, tolerance: u64) -> bool {
    a.abs_diff(b) <= U256::from(tolerance)
}

/// A program as it was built.
pub(crate) fn wasm(contract: &str) -> Vec<u8> {
    Artifacts::default()
        .wasm(contract)
        .expect("scripts/build-wasm.sh has run")
}
