//! The contract's rules against doubles of USDai, the loan pool and CALIBER. Time stands still here: what ends is told
//! to have ended. Time that passes is tested on the chain.
#![allow(
    unsafe_code,
    missing_docs,
    unreachable_pub,
    clippy::missing_errors_doc,
    clippy::unused_self
)]

use alloc::{vec, vec::Vec};

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{sol, SolError};
use contract_kit::{
    access::{AccessControlUnauthorizedAccount, RoleGranted},
    doubles::TokenDouble,
    host,
    revert::SafeERC20FailedOperation,
    roles, Revert,
};
use loan_core::{auction::Listing, DAY};
use motsu::prelude::*;
use stylus_sdk::{
    prelude::*,
    storage::{StorageAddress, StorageBool, StorageMap, StorageU256},
};

use crate::{
    abi::ICollateralAuction::{
        AlreadyListed, AlreadySold, AlreadyWrittenOff, BidPlaced, BidTooLow, BiddingClosed, CollateralElsewhere,
        HasWinner, InvalidAddress, InvalidBasisPoints, InvalidDuration, Listed, NoBid, NotLiquidated, NotListed,
        NothingToRefund, Outbid, RefundWithdrawn, ReserveOutOfBounds, Settled, Status, StillRunning,
        TooFewFailedListings, ValueTooLarge, WrittenOff, WrongLink,
    },
    sale::{Sale, MAX_AMOUNT},
    CollateralAuction,
};

const DURATION: u64 = 3 * DAY;
const EXTENSION: u64 = 900;
const INCREMENT_BPS: u16 = 500;
const LOAN: B256 = B256::repeat_byte(0x10);
const TITLE: u64 = 41;
const RESERVE: u64 = 1_000;

sol! {
    /// What a double says when it is told to fail.
    #[derive(Debug, PartialEq)]
    error Unwilling();
}

/// A pool that states what it is told, and remembers what it was told.
#[storage]
pub struct PoolDouble {
    asset: StorageAddress,
    caliber: StorageAddress,
    collateral_id: StorageU256,
    reserve: StorageU256,
    open: StorageBool,
    unwilling: StorageBool,
    proceeds: StorageMap<B256, StorageU256>,
    written_off: StorageMap<B256, StorageBool>,
    reopened: StorageMap<B256, StorageU256>,
    expired: StorageMap<B256, StorageU256>,
}

unsafe impl TopLevelStorage for PoolDouble {}

impl PoolDouble {
    fn require_willing(&self) -> Result<(), Vec<u8>> {
        if self.unwilling.get() {
            return Err(Unwilling {}.abi_encode());
        }
        Ok(())
    }
}

#[public]
impl PoolDouble {
    pub fn asset(&self) -> Address {
        self.asset.get()
    }

    pub fn caliber(&self) -> Address {
        self.caliber.get()
    }

    pub fn liquidation(&self, _loan_id: B256) -> (U256, U256, U256, bool) {
        let debt = self.reserve.get() + U256::from(1);
        (self.collateral_id.get(), debt, self.reserve.get(), self.open.get())
    }

    pub fn settle_liquidation(&mut self, loan_id: B256, proceeds: U256) -> Result<(), Vec<u8>> {
        self.require_willing()?;
        self.proceeds.setter(loan_id).set(proceeds);
        Ok(())
    }

    pub fn write_off(&mut self, loan_id: B256) -> Result<(), Vec<u8>> {
        self.require_willing()?;
        self.written_off.setter(loan_id).set(true);
        Ok(())
    }

    pub fn reopen_recovery(&mut self, loan_id: B256) -> Result<(), Vec<u8>> {
        self.require_willing()?;
        let times = self.reopened.get(loan_id) + U256::from(1);
        self.reopened.setter(loan_id).set(times);
        Ok(())
    }

    pub fn expire_recovery(&mut self, loan_id: B256) -> Result<(), Vec<u8>> {
        self.require_willing()?;
        let times = self.expired.get(loan_id) + U256::from(1);
        self.expired.setter(loan_id).set(times);
        Ok(())
    }
}

/// Titles that anybody moves.
#[storage]
pub struct TitleDouble {
    owners: StorageMap<U256, StorageAddress>,
}

unsafe impl TopLevelStorage for TitleDouble {}

#[public]
impl TitleDouble {
    pub fn owner_of(&self, token_id: U256) -> Address {
        self.owners.get(token_id)
    }

    pub fn transfer_from(&mut self, from: Address, to: Address, token_id: U256) -> Result<(), Vec<u8>> {
        if self.owners.get(token_id) != from {
            return Err(Unwilling {}.abi_encode());
        }
        self.owners.setter(token_id).set(to);
        Ok(())
    }
}

fn n(value: u64) -> U256 {
    U256::from(value)
}

fn refused<T: core::fmt::Debug>(outcome: Result<T, Revert>, error: impl Into<Revert>) {
    assert_eq!(outcome.motsu_unwrap_err(), error.into());
}

/// The contract, what it is linked to, and the time.
struct Scene<'a> {
    auction: &'a Contract<CollateralAuction>,
    pool: &'a Contract<PoolDouble>,
    titles: &'a Contract<TitleDouble>,
    usdai: &'a Contract<TokenDouble>,
    admin: Address,
    now: u64,
}

impl Scene<'_> {
    /// A constructed auction whose admin relists too, and a liquidated loan whose title it has.
    fn set(self) -> Self {
        let (admin, auction) = (self.admin, self.auction.address());
        self.link_pool();
        self.construct(n(DURATION), INCREMENT_BPS, n(EXTENSION)).motsu_unwrap();
        self.auction
            .sender(admin)
            .grant_role(roles::RISK_ADMIN.id(), admin)
            .motsu_unwrap();
        self.titles.sender(admin).owners.setter(n(TITLE)).set(auction);
        self.liquidate(n(TITLE), n(RESERVE), true);
        self
    }

    fn link_pool(&self) {
        let mut pool = self.pool.sender(self.admin);
        pool.asset.set(self.usdai.address());
        pool.caliber.set(self.titles.address());
    }

    fn construct(&self, duration: U256, min_increment_bps: u16, extension: U256) -> Result<(), Revert> {
        self.auction.sender(self.admin).constructor(
            self.admin,
            self.pool.address(),
            self.titles.address(),
            self.usdai.address(),
            duration,
            min_increment_bps,
            extension,
        )
    }

    fn liquidate(&self, collateral_id: U256, reserve: U256, open: bool) {
        let mut pool = self.pool.sender(self.admin);
        pool.collateral_id.set(collateral_id);
        pool.reserve.set(reserve);
        pool.open.set(open);
    }

    fn listed(self) -> Self {
        self.auction.sender(self.admin).list(LOAN).motsu_unwrap();
        self
    }

    /// The account has so much and bids it.
    fn bid(&self, bidder: Address, amount: u64) -> Result<(), Revert> {
        self.usdai.sender(self.admin).give(bidder, n(amount));
        self.auction.sender(bidder).bid(LOAN, n(amount))
    }

    /// The listing ends right now.
    fn end(&self) {
        let mut auction = self.auction.sender(self.admin);
        let sale = auction.sale(LOAN).unwrap();
        let listing = Listing {
            ends_at: self.now,
            ..sale.listing
        };
        auction.store(LOAN, &Sale { listing, ..sale });
    }

    fn status(&self) -> u8 {
        self.auction.sender(self.admin).listing(LOAN).0
    }

    fn owner(&self) -> Address {
        self.titles.sender(self.admin).owner_of(n(TITLE))
    }

    fn balance(&self, account: Address) -> U256 {
        self.usdai.sender(self.admin).balance_of(account)
    }

    fn obligations(&self) -> U256 {
        self.auction.sender(self.admin).obligations()
    }
}

/// Declares a test with a scene of contracts, an admin and two bidders.
macro_rules! scenes {
    ($($(#[$doc:meta])* fn $name:ident($scene:ident, $alice:ident, $bob:ident) $body:block)*) => {$(
        $(#[$doc])*
        #[motsu::test]
        fn $name(
            auction: Contract<CollateralAuction>,
            pool: Contract<PoolDouble>,
            titles: Contract<TitleDouble>,
            usdai: Contract<TokenDouble>,
            admin: Address,
            $alice: Address,
            $bob: Address,
        ) {
            let _ = ($alice, $bob);
            let $scene = Scene {
                auction: &auction,
                pool: &pool,
                titles: &titles,
                usdai: &usdai,
                admin,
                now: host::timestamp(),
            };
            $body
        }
    )*};
}

scenes! {
    fn construction_fixes_links_and_terms(scene, alice, bob) {
        let scene = scene.set();
        let auction = scene.auction.sender(scene.admin);
        assert_eq!(auction.loan_pool(), scene.pool.address());
        assert_eq!(auction.caliber(), scene.titles.address());
        assert_eq!(auction.usdai(), scene.usdai.address());
        assert_eq!(auction.duration(), n(DURATION));
        assert_eq!(auction.extension(), n(EXTENSION));
        assert_eq!(auction.min_increment_bps(), n(u64::from(INCREMENT_BPS)));
        assert_eq!(auction.obligations(), n(0));
        assert!(auction.has_role(auction.default_admin_role(), scene.admin));
        scene.auction.assert_emitted(&RoleGranted {
            role: roles::DEFAULT_ADMIN.id(),
            account: scene.admin,
            sender: scene.admin,
        });
    }

    fn construction_refuses_wrong_links(scene, alice, bob) {
        let (pool, titles, usdai) = (scene.pool.address(), scene.titles.address(), scene.usdai.address());
        scene.link_pool();
        let zero = Address::ZERO;
        for (admin, pool, titles, usdai) in [
            (zero, pool, titles, usdai),
            (alice, zero, titles, usdai),
            (alice, pool, zero, usdai),
            (alice, pool, titles, zero),
            (alice, alice, titles, usdai),
            (alice, pool, alice, usdai),
            (alice, pool, titles, alice),
        ] {
            let outcome = scene
                .auction
                .sender(alice)
                .constructor(admin, pool, titles, usdai, n(DURATION), 0, n(0));
            refused(outcome, InvalidAddress {});
        }
        scene.pool.sender(scene.admin).asset.set(titles);
        refused(scene.construct(n(DURATION), 0, n(0)), WrongLink { link: usdai, linkOfPool: titles });
        scene.link_pool();
        scene.pool.sender(scene.admin).caliber.set(usdai);
        refused(scene.construct(n(DURATION), 0, n(0)), WrongLink { link: titles, linkOfPool: usdai });
    }

    fn construction_refuses_terms_out_of_bounds(scene, alice, bob) {
        scene.link_pool();
        let (duration, extension) = (n(3_599), n(0));
        refused(scene.construct(duration, 0, extension), InvalidDuration { duration, extension });
        let (duration, extension) = (n(DAY), n(DAY + 1));
        refused(scene.construct(duration, 0, extension), InvalidDuration { duration, extension });
        let error = InvalidBasisPoints { basisPoints: n(10_001), maximum: n(10_000) };
        refused(scene.construct(n(DAY), 10_001, n(DAY)), error);
        scene.construct(n(DAY), 10_000, n(DAY)).motsu_unwrap();
    }

    fn a_liquidated_loan_is_listed_once_by_anybody(scene, alice, bob) {
        let scene = scene.set();
        scene.auction.sender(alice).list(LOAN).motsu_unwrap();
        let end = scene.now + DURATION;
        scene.auction.assert_emitted(&Listed {
            loanId: LOAN,
            collateralId: n(TITLE),
            round: n(1),
            reserve: n(RESERVE),
            end: n(end),
        });
        let expected = (
            Status::Running as u8,
            n(TITLE),
            n(RESERVE),
            n(0),
            Address::ZERO,
            n(end),
            n(end + DAY),
            n(0),
            false,
        );
        assert_eq!(scene.auction.sender(bob).listing(LOAN), expected);
        assert_eq!(scene.auction.sender(bob).minimum_bid(LOAN).motsu_unwrap(), n(RESERVE));
        refused(scene.auction.sender(bob).list(LOAN), AlreadyListed { loanId: LOAN });
    }

    fn what_the_pool_has_not_liquidated_or_not_sent_is_not_listed(scene, alice, bob) {
        let scene = scene.set();
        scene.liquidate(n(TITLE), n(RESERVE), false);
        refused(scene.auction.sender(alice).list(LOAN), NotLiquidated { loanId: LOAN });
        scene.liquidate(n(TITLE), n(RESERVE), true);
        scene.titles.sender(alice).owners.setter(n(TITLE)).set(alice);
        let error = CollateralElsewhere { collateralId: n(TITLE), owner: alice };
        refused(scene.auction.sender(alice).list(LOAN), error);
        assert_eq!(scene.status(), Status::Unlisted as u8);
    }

    fn numbers_that_do_not_fit_are_not_listed(scene, alice, bob) {
        let scene = scene.set();
        let one = n(1);
        for (collateral_id, reserve, value, maximum) in [
            (one << 64, n(0), one << 64, (one << 64) - one),
            (U256::MAX, n(0), U256::MAX, (one << 64) - one),
            (n(TITLE), one << 96, one << 96, (one << 96) - one),
            (n(TITLE), U256::MAX, U256::MAX, (one << 96) - one),
        ] {
            scene.liquidate(collateral_id, reserve, true);
            scene.titles.sender(alice).owners.setter(collateral_id).set(scene.auction.address());
            refused(scene.auction.sender(alice).list(LOAN), ValueTooLarge { value, maximum });
        }
    }

    fn nothing_can_be_done_with_what_is_not_listed(scene, alice, bob) {
        let scene = scene.set();
        let error = NotListed { loanId: LOAN };
        refused(scene.auction.sender(alice).bid(LOAN, n(RESERVE)), error.clone());
        refused(scene.auction.sender(alice).minimum_bid(LOAN), error.clone());
        refused(scene.auction.sender(alice).settle(LOAN), error.clone());
        refused(scene.auction.sender(alice).write_off(LOAN), error.clone());
        refused(scene.auction.sender(alice).expire_recovery(LOAN), error.clone());
        refused(scene.auction.sender(scene.admin).relist(LOAN, n(RESERVE)), error);
        let nothing = (0, n(0), n(0), n(0), Address::ZERO, n(0), n(0), n(0), false);
        assert_eq!(scene.auction.sender(alice).listing(LOAN), nothing);
    }

    fn bids_are_held_and_the_outbid_are_credited(scene, alice, bob) {
        let scene = scene.set().listed();
        scene.bid(alice, RESERVE).motsu_unwrap();
        let end = n(scene.now + DURATION);
        scene.auction.assert_emitted(&BidPlaced { loanId: LOAN, bidder: alice, amount: n(RESERVE), end });
        assert_eq!(scene.balance(scene.auction.address()), n(1_000));
        assert_eq!(scene.obligations(), n(1_000));
        assert_eq!(scene.auction.sender(alice).refund_of(alice), n(0));

        scene.bid(bob, 1_050).motsu_unwrap();
        scene.auction.assert_emitted(&Outbid { loanId: LOAN, bidder: alice, amount: n(1_000) });
        assert_eq!(scene.auction.sender(alice).refund_of(alice), n(1_000));
        assert_eq!(scene.obligations(), n(2_050));
        assert_eq!(scene.balance(scene.auction.address()), n(2_050));
        let (_, _, _, amount, bidder, ..) = scene.auction.sender(alice).listing(LOAN);
        assert_eq!((amount, bidder), (n(1_050), bob));
    }

    fn bids_below_the_minimum_are_refused(scene, alice, bob) {
        let scene = scene.set().listed();
        refused(scene.bid(alice, 0), BidTooLow { amount: n(0), minimum: n(1_000) });
        refused(scene.bid(alice, 999), BidTooLow { amount: n(999), minimum: n(1_000) });
        scene.bid(alice, 1_001).motsu_unwrap();
        // 5 % of it is 50.05, which rounds up; as much again is too little.
        assert_eq!(scene.auction.sender(bob).minimum_bid(LOAN).motsu_unwrap(), n(1_052));
        for amount in [1_001, 1_002, 1_051] {
            refused(scene.bid(bob, amount), BidTooLow { amount: n(amount), minimum: n(1_052) });
        }
        scene.bid(bob, 1_052).motsu_unwrap();
    }

    fn a_bid_that_cannot_be_held_is_refused(scene, alice, bob) {
        let scene = scene.set().listed();
        let maximum = U256::from(MAX_AMOUNT);
        for amount in [maximum + n(1), U256::MAX, n(1) << 128] {
            refused(scene.auction.sender(alice).bid(LOAN, amount), ValueTooLarge { value: amount, maximum });
        }
        scene.bid(alice, 1_000).motsu_unwrap();
        let error = ValueTooLarge { value: maximum, maximum: maximum - n(1_000) };
        refused(scene.auction.sender(bob).bid(LOAN, maximum), error);
    }

    fn a_bid_without_the_money_leaves_no_trace(scene, alice, bob) {
        let scene = scene.set().listed();
        let error = SafeERC20FailedOperation { token: scene.usdai.address() };
        refused(scene.auction.sender(alice).bid(LOAN, n(RESERVE)), error);
        assert_eq!(scene.obligations(), n(0));
        let (_, _, _, amount, bidder, ..) = scene.auction.sender(alice).listing(LOAN);
        assert_eq!((amount, bidder), (n(0), Address::ZERO));
    }

    fn the_highest_bidder_may_outbid_himself(scene, alice, bob) {
        let scene = scene.set().listed();
        scene.bid(alice, 1_000).motsu_unwrap();
        scene.bid(alice, 1_100).motsu_unwrap();
        scene.bid(alice, 2_000).motsu_unwrap();
        assert_eq!(scene.auction.sender(alice).refund_of(alice), n(2_100));
        assert_eq!(scene.obligations(), n(4_100));
    }

    fn refunds_are_fetched_once_and_to_whomever(scene, alice, bob) {
        let scene = scene.set().listed();
        scene.bid(alice, 1_000).motsu_unwrap();
        refused(scene.auction.sender(alice).withdraw_refund(alice), NothingToRefund { account: alice });
        scene.bid(bob, 1_100).motsu_unwrap();
        for receiver in [Address::ZERO, scene.auction.address()] {
            refused(scene.auction.sender(alice).withdraw_refund(receiver), InvalidAddress {});
        }
        let receiver = Address::repeat_byte(0x77);
        assert_eq!(scene.auction.sender(alice).withdraw_refund(receiver).motsu_unwrap(), n(1_000));
        scene.auction.assert_emitted(&RefundWithdrawn { bidder: alice, receiver, amount: n(1_000) });
        assert_eq!(scene.balance(receiver), n(1_000));
        assert_eq!(scene.obligations(), n(1_100));
        refused(scene.auction.sender(alice).withdraw_refund(alice), NothingToRefund { account: alice });
        refused(scene.auction.sender(bob).withdraw_refund(bob), NothingToRefund { account: bob });
    }

    fn a_refund_that_cannot_be_paid_stays(scene, alice, bob) {
        let scene = scene.set().listed();
        scene.bid(alice, 1_000).motsu_unwrap();
        scene.bid(bob, 1_100).motsu_unwrap();
        scene.usdai.sender(alice).set_reverts(true);
        let error = SafeERC20FailedOperation { token: scene.usdai.address() };
        refused(scene.auction.sender(alice).withdraw_refund(alice), error);
        scene.usdai.sender(alice).set_reverts(false);
        assert_eq!(scene.auction.sender(alice).withdraw_refund(alice).motsu_unwrap(), n(1_000));
    }

    fn settlement_pays_the_pool_and_hands_over(scene, alice, bob) {
        let scene = scene.set().listed();
        scene.bid(alice, 1_000).motsu_unwrap();
        scene.bid(bob, 1_234).motsu_unwrap();
        let error = StillRunning { loanId: LOAN, end: n(scene.now + DURATION) };
        refused(scene.auction.sender(alice).settle(LOAN), error);
        scene.end();
        assert_eq!(scene.status(), Status::Won as u8);
        let closed = BiddingClosed { loanId: LOAN, end: n(scene.now) };
        refused(scene.bid(alice, 5_000), closed.clone());
        refused(scene.auction.sender(alice).minimum_bid(LOAN), closed.clone());
        let winner = HasWinner { loanId: LOAN, bidder: bob, amount: n(1_234) };
        refused(scene.auction.sender(scene.admin).relist(LOAN, n(RESERVE)), winner.clone());
        refused(scene.auction.sender(alice).write_off(LOAN), winner);

        scene.auction.sender(alice).settle(LOAN).motsu_unwrap();
        scene.auction.assert_emitted(&Settled {
            loanId: LOAN,
            winner: bob,
            collateralId: n(TITLE),
            proceeds: n(1_234),
        });
        assert_eq!(scene.owner(), bob);
        assert_eq!(scene.balance(scene.pool.address()), n(1_234));
        assert_eq!(scene.pool.sender(alice).proceeds.get(LOAN), n(1_234));
        assert_eq!(scene.obligations(), n(1_000));
        assert_eq!(scene.status(), Status::Sold as u8);

        let sold = AlreadySold { loanId: LOAN };
        refused(scene.auction.sender(alice).settle(LOAN), sold.clone());
        refused(scene.auction.sender(alice).write_off(LOAN), sold.clone());
        refused(scene.auction.sender(scene.admin).relist(LOAN, n(RESERVE)), sold);
        refused(scene.bid(alice, 5_000), closed);
        refused(scene.auction.sender(alice).list(LOAN), AlreadyListed { loanId: LOAN });
        assert_eq!(scene.auction.sender(alice).withdraw_refund(alice).motsu_unwrap(), n(1_000));
        assert_eq!(scene.obligations(), n(0));
    }

    /// What the linked contracts refuse is passed on, and nothing has happened.
    fn a_settlement_that_fails_can_be_repeated(scene, alice, bob) {
        let scene = scene.set().listed();
        scene.bid(alice, 1_000).motsu_unwrap();
        scene.end();
        scene.pool.sender(alice).unwilling.set(true);
        refused(scene.auction.sender(bob).settle(LOAN), Unwilling {});
        scene.pool.sender(alice).unwilling.set(false);
        scene.titles.sender(alice).owners.setter(n(TITLE)).set(bob);
        refused(scene.auction.sender(bob).settle(LOAN), Unwilling {});
        assert_eq!(scene.obligations(), n(1_000));
        assert_eq!(scene.balance(scene.auction.address()), n(1_000));
        scene.titles.sender(alice).owners.setter(n(TITLE)).set(scene.auction.address());
        scene.auction.sender(bob).settle(LOAN).motsu_unwrap();
        assert_eq!(scene.owner(), alice);
    }

    fn without_a_bid_nothing_is_settled_but_relisted(scene, alice, bob) {
        let scene = scene.set().listed();
        let running = StillRunning { loanId: LOAN, end: n(scene.now + DURATION) };
        refused(scene.auction.sender(scene.admin).relist(LOAN, n(RESERVE)), running.clone());
        refused(scene.auction.sender(alice).write_off(LOAN), running);
        scene.end();
        assert_eq!(scene.status(), Status::Failed as u8);
        refused(scene.auction.sender(alice).settle(LOAN), NoBid { loanId: LOAN });
        let error = AccessControlUnauthorizedAccount { account: alice, neededRole: roles::RISK_ADMIN.id() };
        refused(scene.auction.sender(alice).relist(LOAN, n(RESERVE)), error);
        for reserve in [n(0), n(799), n(1_001), U256::MAX, n(1) << 128] {
            let error = ReserveOutOfBounds { reserve, minimum: n(800), maximum: n(1_000) };
            refused(scene.auction.sender(scene.admin).relist(LOAN, reserve), error);
        }
        scene.auction.sender(scene.admin).relist(LOAN, n(800)).motsu_unwrap();
        scene.auction.assert_emitted(&Listed {
            loanId: LOAN,
            collateralId: n(TITLE),
            round: n(2),
            reserve: n(800),
            end: n(scene.now + DURATION),
        });
        scene.bid(bob, 800).motsu_unwrap();
        scene.end();
        scene.auction.sender(alice).settle(LOAN).motsu_unwrap();
        assert_eq!(scene.owner(), bob);
        assert_eq!(scene.pool.sender(alice).proceeds.get(LOAN), n(800));
    }

    fn three_failed_listings_are_written_off_once(scene, alice, bob) {
        let scene = scene.set().listed();
        for failed in 1..=2_u64 {
            scene.end();
            let error = TooFewFailedListings { loanId: LOAN, failed: n(failed), required: n(3) };
            refused(scene.auction.sender(alice).write_off(LOAN), error);
            scene.auction.sender(scene.admin).relist(LOAN, n(RESERVE)).motsu_unwrap();
        }
        let running = StillRunning { loanId: LOAN, end: n(scene.now + DURATION) };
        refused(scene.auction.sender(alice).write_off(LOAN), running);
        scene.end();
        assert_eq!(scene.auction.sender(alice).listing(LOAN).7, n(3));
        scene.pool.sender(alice).unwilling.set(true);
        refused(scene.auction.sender(alice).write_off(LOAN), Unwilling {});
        scene.pool.sender(alice).unwilling.set(false);
        scene.auction.sender(alice).write_off(LOAN).motsu_unwrap();
        scene.auction.assert_emitted(&WrittenOff { loanId: LOAN, failedListings: n(3) });
        assert!(scene.pool.sender(alice).written_off.get(LOAN));
        assert!(scene.auction.sender(alice).listing(LOAN).8);
        refused(scene.auction.sender(alice).write_off(LOAN), AlreadyWrittenOff { loanId: LOAN });

        // Anybody has the pool wait no longer; it can still be sold, and the pool hears of it before anybody can bid.
        let told = || {
            let pool = scene.pool.sender(alice);
            (pool.reopened.get(LOAN), pool.expired.get(LOAN))
        };
        assert_eq!(told(), (n(0), n(0)));
        scene.auction.sender(bob).expire_recovery(LOAN).motsu_unwrap();
        assert_eq!(told(), (n(0), n(1)));
        scene.pool.sender(alice).unwilling.set(true);
        refused(scene.auction.sender(bob).expire_recovery(LOAN), Unwilling {});
        refused(scene.auction.sender(scene.admin).relist(LOAN, n(800)), Unwilling {});
        scene.pool.sender(alice).unwilling.set(false);
        scene.auction.sender(scene.admin).relist(LOAN, n(800)).motsu_unwrap();
        assert_eq!(told(), (n(1), n(1)));
        let running = StillRunning { loanId: LOAN, end: n(scene.now + DURATION) };
        refused(scene.auction.sender(bob).expire_recovery(LOAN), running);
        scene.bid(bob, 900).motsu_unwrap();
        scene.end();
        let winner = HasWinner { loanId: LOAN, bidder: bob, amount: n(900) };
        refused(scene.auction.sender(bob).expire_recovery(LOAN), winner);
        assert!(scene.auction.sender(alice).listing(LOAN).8);
        scene.auction.sender(alice).settle(LOAN).motsu_unwrap();
        assert_eq!(scene.pool.sender(alice).proceeds.get(LOAN), n(900));
        assert_eq!(scene.owner(), bob);
        refused(scene.auction.sender(bob).expire_recovery(LOAN), AlreadySold { loanId: LOAN });
    }

    fn a_reserve_of_nothing_takes_any_bid(scene, alice, bob) {
        let scene = scene.set();
        scene.liquidate(n(TITLE), n(0), true);
        let scene = scene.listed();
        refused(scene.bid(alice, 0), BidTooLow { amount: n(0), minimum: n(1) });
        scene.end();
        for reserve in [n(1), U256::MAX] {
            let error = ReserveOutOfBounds { reserve, minimum: n(0), maximum: n(0) };
            refused(scene.auction.sender(scene.admin).relist(LOAN, reserve), error);
        }
        scene.auction.sender(scene.admin).relist(LOAN, n(0)).motsu_unwrap();
        scene.bid(alice, 1).motsu_unwrap();
        refused(scene.bid(bob, 1), BidTooLow { amount: n(1), minimum: n(2) });
        scene.bid(bob, 2).motsu_unwrap();
        scene.bid(alice, 3).motsu_unwrap();
    }

    fn roles_are_granted_by_the_admin_alone(scene, alice, bob) {
        let scene = scene.set();
        let role = roles::RISK_ADMIN.id();
        let error = AccessControlUnauthorizedAccount { account: alice, neededRole: roles::DEFAULT_ADMIN.id() };
        refused(scene.auction.sender(alice).grant_role(role, alice), error.clone());
        refused(scene.auction.sender(alice).revoke_role(role, scene.admin), error);
        scene.auction.sender(scene.admin).grant_role(role, bob).motsu_unwrap();
        assert!(scene.auction.sender(alice).has_role(role, bob));
        scene.auction.sender(bob).renounce_role(role, bob).motsu_unwrap();
        assert!(!scene.auction.sender(alice).has_role(role, bob));
        assert_eq!(scene.auction.sender(alice).get_role_admin(role), roles::DEFAULT_ADMIN.id());
    }
}
