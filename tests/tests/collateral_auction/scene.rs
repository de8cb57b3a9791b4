//! A collateral auction on a chain of its own, with what it is linked to, and short words for what happens there.

use std::ops::{Deref, DerefMut};

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::{SolCall, SolEvent, SolValue, sol};
use devnet::Receipt;
pub(crate) use suite::bindings::ICaliber::{self as C, Custody};
pub(crate) use suite::bindings::ICollateralAuction::{self as A, Status};
use suite::bindings::{IERC20, ITestToken};
use suite::program::{deploy_program, try_deploy_program};
use suite::{Artifacts, Outcome, Reverted, Transact, events_of, role_id};
pub(crate) use suite_tests::{Expect, World, n, usdai};

/// Seconds of a day.
pub(crate) const DAY: u64 = 86_400;

sol! {
    #![sol(all_derives)]

    /// The stand-in for the pool, beside what the auction calls.
    interface ITestLiquidations {
        enum Fault {
            None,
            RevertWithReason,
            RevertSilently,
            AnswerTooLittle
        }

        error Misbehaved();
        error NotWrittenOff(bytes32 loanId);

        function setCaliber(address caliber) external;
        function setAuction(address auction) external;
        function setFault(Fault fault) external;
        function liquidate(bytes32 loanId, uint256 collateralId, uint256 debt, uint256 reserve) external;
        function setLiquidation(bytes32 loanId, uint256 collateralId, uint256 debt, uint256 reserve, bool open) external;
        function booked() external view returns (uint256);
        function proceedsOf(bytes32 loanId) external view returns (uint256);
        function isWrittenOff(bytes32 loanId) external view returns (bool);
        function reopened(bytes32 loanId) external view returns (uint256);
        function expired(bytes32 loanId) external view returns (uint256);
    }

    /// The bidder that takes nothing.
    interface IStubbornBidder {
        error Unwilling(bytes4 selector);

        function act(address target, bytes calldata data) external returns (bytes memory);
    }

    /// The dollar that asks its receivers.
    interface IAskingDollar {
        function register(address account) external;
    }
}

/// What the constructor fixes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) duration: u64,
    pub(crate) min_increment_bps: u16,
    pub(crate) extension: u64,
}

impl Default for Terms {
    /// Three days, 5 %, a quarter of an hour.
    fn default() -> Self {
        Self {
            duration: 3 * DAY,
            min_increment_bps: 500,
            extension: 900,
        }
    }
}

/// The auction and everything around it.
#[derive(Debug)]
pub(crate) struct Scene {
    world: World,
    pub(crate) auction: Address,
    pub(crate) pool: Address,
    pub(crate) titles: Address,
    /// USDai, or what the scene has instead.
    pub(crate) dollar: Address,
    lots: u64,
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

/// A loan's id.
pub(crate) fn loan(number: u64) -> B256 {
    keccak256(number.to_be_bytes())
}

impl Scene {
    /// USDai, 5 %, three days, a quarter of an hour; alice, bob and carol hold a million each and have approved the
    /// auction.
    pub(crate) fn new() -> Self {
        Self::with(Terms::default())
    }

    /// The same on other terms.
    pub(crate) fn with(terms: Terms) -> Self {
        let world = World::new();
        let dollar = world.suite.usdai;
        let mut scene = Self::over(world, dollar, terms);
        for bidder in scene.bidders() {
            scene.mint_usdai(bidder, 1_000_000);
            let auction = scene.auction;
            scene.allow(dollar, bidder, auction);
        }
        scene
    }

    /// Over a dollar of `contracts/fixtures`, of which the bidders hold as much.
    pub(crate) fn with_fixture(name: &str) -> Self {
        let mut world = World::new();
        let dollar = world.fixture(name);
        let mut scene = Self::over(world, dollar, Terms::default());
        for bidder in scene.bidders() {
            scene.mint_dollars(bidder, usdai(1_000_000));
            let auction = scene.auction;
            scene.allow(dollar, bidder, auction);
        }
        scene
    }

    /// Over the stand-in for the pool.
    fn over(mut world: World, dollar: Address, terms: Terms) -> Self {
        let pool = world.fixture_with("TestLiquidations", U256::from_be_bytes(dollar.into_word().0));
        let (admin, titles) = (world.suite.actors.admin, deploy_titles(&mut world));
        world
            .send(admin, pool, &ITestLiquidations::setCaliberCall { caliber: titles })
            .must();
        let mut scene = Self::between(world, pool, titles, dollar, terms);
        let auction = scene.auction;
        scene
            .send(admin, pool, &ITestLiquidations::setAuctionCall { auction })
            .must();
        scene
    }

    /// Between a pool, which does not know the auction yet, and titles, which know neither.
    pub(crate) fn between(mut world: World, pool: Address, titles: Address, dollar: Address, terms: Terms) -> Self {
        let admin = world.suite.actors.admin;
        let links = Links {
            admin,
            pool,
            titles,
            dollar,
        };
        let code = wasm("collateral-auction");
        let (auction, _) =
            deploy_program(&mut world.chain, admin, &code, &links.arguments(terms)).expect("valid arguments");
        world.chain.cache_program(auction);
        let custodians = C::setCustodiansCall {
            loanPool: pool,
            collateralAuction: auction,
        };
        world.send(admin, titles, &custodians).must();
        for (contract, role, account) in [
            (titles, "TOKENIZING_AGENT_ROLE", admin),
            (titles, "COMPLIANCE_ROLE", admin),
            (auction, "RISK_ADMIN_ROLE", world.suite.actors.strategist),
        ] {
            let role = role_id(role);
            world.send(admin, contract, &A::grantRoleCall { role, account }).must();
        }
        Self {
            world,
            auction,
            pool,
            titles,
            dollar,
            lots: 0,
        }
    }

    /// The Stylus programs that take part.
    pub(crate) fn programs(&self) -> Vec<Address> {
        vec![self.auction, self.titles, self.suite.usdai]
    }

    /// What a construction with other arguments answers.
    pub(crate) fn construct(&mut self, links: Links, terms: Terms) -> Receipt {
        let admin = self.suite.actors.admin;
        try_deploy_program(
            &mut self.world.chain,
            admin,
            &wasm("collateral-auction"),
            &links.arguments(terms),
        )
        .expect("a program")
    }

    /// The links of the auction.
    pub(crate) fn links(&self) -> Links {
        Links {
            admin: self.suite.actors.admin,
            pool: self.pool,
            titles: self.titles,
            dollar: self.dollar,
        }
    }

    pub(crate) fn bidders(&self) -> [Address; 3] {
        let actors = self.suite.actors;
        [actors.alice, actors.bob, actors.carol]
    }

    /// Whoever has no part in anything.
    pub(crate) fn stranger(&self) -> Address {
        self.suite.actors.stranger
    }

    /// `RISK_ADMIN_ROLE`.
    pub(crate) fn risk_admin(&self) -> Address {
        self.suite.actors.strategist
    }

    pub(crate) fn stubborn_bidder(&mut self) -> Address {
        let bidder = self.fixture("StubbornBidder");
        let (dollar, auction) = (self.dollar, self.auction);
        let approve = IERC20::approveCall {
            spender: auction,
            value: U256::MAX,
        };
        self.act(bidder, dollar, &approve).must();
        bidder
    }

    /// The stubborn bidder calls somebody.
    pub(crate) fn act<C: SolCall>(
        &mut self,
        bidder: Address,
        target: Address,
        call: &C,
    ) -> Outcome<IStubbornBidder::actCall> {
        let act = IStubbornBidder::actCall {
            target,
            data: call.abi_encode().into(),
        };
        let stranger = self.stranger();
        self.send(stranger, bidder, &act)
    }

    pub(crate) fn mint_dollars(&mut self, to: Address, amount: U256) {
        let (admin, dollar) = (self.suite.actors.admin, self.dollar);
        self.send(admin, dollar, &ITestToken::mintCall { to, amount }).must();
    }

    /// A title to a new lot.
    pub(crate) fn mint_title(&mut self, owner: Address) -> U256 {
        self.lots += 1;
        let tokenize = C::tokenizeCall {
            owner,
            model: "H200".into(),
            bailee: self.bailee(),
            bailmentAgreement: B256::repeat_byte(1),
            uri: String::new(),
            serials: vec![keccak256(self.lots.to_be_bytes())],
            sealLot: true,
        };
        let admin = self.suite.actors.admin;
        let titles = self.titles;
        self.send(admin, titles, &tokenize).must()
    }

    /// Who holds the goods.
    pub(crate) fn bailee(&self) -> Address {
        self.suite.actors.treasury
    }

    pub(crate) fn owner_of(&self, token_id: U256) -> Address {
        let call = C::ownerOfCall { tokenId: token_id };
        self.chain.view(self.titles, &call)
    }

    /// The pool takes a title that its owner has let it take.
    pub(crate) fn pledge(&mut self, owner: Address, token_id: U256) {
        let (titles, pool) = (self.titles, self.pool);
        let approve = C::approveCall {
            to: pool,
            tokenId: token_id,
        };
        self.send(owner, titles, &approve).must();
        let take = C::transferFromCall {
            from: owner,
            to: pool,
            tokenId: token_id,
        };
        self.send(pool, titles, &take).must();
    }

    /// A title to a new lot that the pool holds.
    pub(crate) fn pledged_title(&mut self) -> U256 {
        let owner = self.stranger();
        let token_id = self.mint_title(owner);
        self.pledge(owner, token_id);
        token_id
    }

    /// The pool liquidates a loan over a new title, which it sends to the auction.
    pub(crate) fn liquidate(&mut self, loan_id: B256, reserve: U256) -> U256 {
        let pool = self.pool;
        let collateral_id = self.pledged_title();
        let call = ITestLiquidations::liquidateCall {
            loanId: loan_id,
            collateralId: collateral_id,
            debt: reserve + n(1),
            reserve,
        };
        let stranger = self.stranger();
        self.send(stranger, pool, &call).must();
        collateral_id
    }

    /// Liquidates and lists. What is for sale.
    pub(crate) fn listed(&mut self, loan_id: B256, reserve: U256) -> U256 {
        let collateral_id = self.liquidate(loan_id, reserve);
        self.list(loan_id).must();
        collateral_id
    }

    pub(crate) fn list(&mut self, loan_id: B256) -> Outcome<A::listCall> {
        self.by(self.stranger(), &A::listCall { loanId: loan_id })
    }

    pub(crate) fn bid(&mut self, bidder: Address, loan_id: B256, amount: U256) -> Outcome<A::bidCall> {
        self.by(
            bidder,
            &A::bidCall {
                loanId: loan_id,
                amount,
            },
        )
    }

    pub(crate) fn settle(&mut self, loan_id: B256) -> Outcome<A::settleCall> {
        self.by(self.stranger(), &A::settleCall { loanId: loan_id })
    }

    pub(crate) fn write_off(&mut self, loan_id: B256) -> Outcome<A::writeOffCall> {
        self.by(self.stranger(), &A::writeOffCall { loanId: loan_id })
    }

    pub(crate) fn expire(&mut self, loan_id: B256) -> Outcome<A::expireRecoveryCall> {
        self.by(self.stranger(), &A::expireRecoveryCall { loanId: loan_id })
    }

    pub(crate) fn relist(&mut self, loan_id: B256, reserve: U256) -> Outcome<A::relistCall> {
        self.by(
            self.risk_admin(),
            &A::relistCall {
                loanId: loan_id,
                reserve,
            },
        )
    }

    pub(crate) fn withdraw(&mut self, account: Address, receiver: Address) -> Outcome<A::withdrawRefundCall> {
        self.by(account, &A::withdrawRefundCall { receiver })
    }

    /// Sends a transaction to the auction.
    pub(crate) fn by<C: SolCall>(&mut self, from: Address, call: &C) -> Outcome<C> {
        let auction = self.auction;
        self.send(from, auction, call)
    }

    /// A view of the auction.
    pub(crate) fn ask<C: SolCall>(&self, call: &C) -> C::Return {
        self.chain.view(self.auction, call)
    }

    /// A view of the auction that may refuse.
    pub(crate) fn try_ask<C: SolCall>(&self, call: &C) -> Result<C::Return, Reverted> {
        self.chain.try_view(Address::ZERO, self.auction, call)
    }

    pub(crate) fn listing(&self, loan_id: B256) -> A::listingReturn {
        self.ask(&A::listingCall { loanId: loan_id })
    }

    pub(crate) fn refund_of(&self, account: Address) -> U256 {
        self.ask(&A::refundOfCall { account })
    }

    pub(crate) fn obligations(&self) -> U256 {
        self.ask(&A::obligationsCall {})
    }

    /// What an account holds of the dollar.
    pub(crate) fn dollars_of(&self, account: Address) -> U256 {
        self.balance(self.dollar, account)
    }

    pub(crate) fn proceeds_of(&self, loan_id: B256) -> U256 {
        let call = ITestLiquidations::proceedsOfCall { loanId: loan_id };
        self.chain.view(self.pool, &call)
    }

    pub(crate) fn is_written_off_in_pool(&self, loan_id: B256) -> bool {
        let call = ITestLiquidations::isWrittenOffCall { loanId: loan_id };
        self.chain.view(self.pool, &call)
    }

    /// How often the pool was told that a loan's recovery is waited for anew, and no longer.
    pub(crate) fn recoveries_in_pool(&self, loan_id: B256) -> (U256, U256) {
        (
            self.chain
                .view(self.pool, &ITestLiquidations::reopenedCall { loanId: loan_id }),
            self.chain
                .view(self.pool, &ITestLiquidations::expiredCall { loanId: loan_id }),
        )
    }

    pub(crate) fn set_fault(&mut self, fault: ITestLiquidations::Fault) {
        let (stranger, pool) = (self.stranger(), self.pool);
        self.send(stranger, pool, &ITestLiquidations::setFaultCall { fault })
            .must();
    }

    /// The time is exactly `timestamp` now, for views and for transactions.
    pub(crate) fn at(&mut self, timestamp: u64) {
        self.chain
            .set_next_block_timestamp(timestamp)
            .expect("time goes forwards");
        self.chain.mine(1);
    }

    pub(crate) fn now(&self) -> u64 {
        self.chain.timestamp()
    }

    /// When the loan's listing ends.
    pub(crate) fn end_of(&self, loan_id: B256) -> u64 {
        self.listing(loan_id).end.to()
    }

    /// The listing is just over.
    pub(crate) fn pass_end_of(&mut self, loan_id: B256) {
        let end = self.end_of(loan_id);
        self.at(end);
    }

    /// The only event of this kind that the auction logged.
    #[track_caller]
    pub(crate) fn event<E: SolEvent>(&self, receipt: &Receipt) -> E {
        let mut events = events_of::<E>(receipt, self.auction);
        assert_eq!(events.len(), 1, "events {}", E::SIGNATURE);
        events.pop().expect("counted")
    }

    /// What is held is what is owed, and that is what these loans' bids and these accounts' refunds come to; what the
    /// pool has booked it has.
    #[track_caller]
    pub(crate) fn check_money(&self, loans: &[B256], accounts: &[Address], donated: U256) {
        let bids: U256 = loans
            .iter()
            .map(|loan_id| self.listing(*loan_id))
            .filter(|listing| listing.status != Status::Sold)
            .map(|listing| listing.amount)
            .sum();
        let refunds: U256 = accounts.iter().map(|account| self.refund_of(*account)).sum();
        assert_eq!(self.obligations(), bids + refunds, "bids {bids}, refunds {refunds}");
        assert_eq!(self.dollars_of(self.auction), self.obligations() + donated);
        let booked = self.chain.view(self.pool, &ITestLiquidations::bookedCall {});
        assert_eq!(self.dollars_of(self.pool), booked);
        let proceeds: U256 = loans.iter().map(|loan_id| self.proceeds_of(*loan_id)).sum();
        assert_eq!(booked, proceeds);
    }
}

/// What the constructor links.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Links {
    pub(crate) admin: Address,
    pub(crate) pool: Address,
    pub(crate) titles: Address,
    pub(crate) dollar: Address,
}

impl Links {
    fn arguments(self, terms: Terms) -> Vec<u8> {
        let (duration, extension) = (n(terms.duration), n(terms.extension));
        let Self {
            admin,
            pool,
            titles,
            dollar,
        } = self;
        (
            admin,
            pool,
            titles,
            dollar,
            duration,
            terms.min_increment_bps,
            extension,
        )
            .abi_encode_params()
    }
}

/// CALIBER, whose admin is the suite's.
pub(crate) fn deploy_titles(world: &mut World) -> Address {
    let admin = world.suite.actors.admin;
    let arguments = (admin,).abi_encode_params();
    let (titles, _) =
        deploy_program(&mut world.chain, admin, &wasm("caliber-nft"), &arguments).expect("valid arguments");
    world.chain.cache_program(titles);
    titles
}

/// A program as it was built.
pub(crate) fn wasm(contract: &str) -> Vec<u8> {
    Artifacts::default()
        .wasm(contract)
        .expect("scripts/build-wasm.sh has run")
}
