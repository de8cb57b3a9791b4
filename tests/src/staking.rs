//! sUSDai in tests: staking, time, requests, bids and settlements in one line each, and the invariants of the protocol.
//!
//! What is named `try_…` or takes a call returns the [`Outcome`]; everything else must succeed. Bids are sealed with a
//! salt that follows from request and epoch, so that no test has to keep it.

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::{SolCall, SolEvent, SolValue};
use devnet::Receipt;
use suite::bindings::{IQevAuction, IStakedUSDai, ITestLoanPool, IUSDai};
use suite::{Outcome, Staking, events_of};

use crate::reference::Price;
use crate::{Deployed, Expect, calls, only, units};

/// Seconds of a day.
pub const DAY: u64 = suite::staking::DAY;

/// Where the first shares are locked.
pub const DEAD: Address = alloy_primitives::address!("0x000000000000000000000000000000000000dEaD");

/// Shares that the first deposit locks.
pub const LOCKED_SHARES: u64 = 1_000_000;

/// What an auction's settlement did.
pub type Settled = IStakedUSDai::settleAuctionReturn;

/// Both share prices at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prices {
    /// What deposits are priced at.
    pub optimistic: Price,
    /// What redemptions are priced at.
    pub conservative: Price,
}

impl Prices {
    /// V2: neither price is lower than it was.
    ///
    /// # Panics
    ///
    /// When one is.
    #[track_caller]
    pub fn assert_not_below(&self, before: &Self, what: &str) {
        assert!(
            !self.optimistic.is_below(before.optimistic),
            "V2: {what} lowers the deposit price: {before:?} -> {self:?}"
        );
        assert!(
            !self.conservative.is_below(before.conservative),
            "V2: {what} lowers the redemption price: {before:?} -> {self:?}"
        );
    }
}

impl Deployed {
    // ------------------------------------------------------------------------------------------------ the contracts

    /// sUSDai and its auction.
    ///
    /// # Panics
    ///
    /// In a world without them.
    pub fn staking(&self) -> Staking {
        self.suite.staking.expect("World::staked has it")
    }

    /// Sends a transaction to sUSDai.
    pub fn vault<C: SolCall>(&mut self, from: Address, call: &C) -> Outcome<C> {
        self.send(from, self.staking().vault, call)
    }

    /// The strategist sends a transaction to sUSDai.
    pub fn strategist<C: SolCall>(&mut self, call: &C) -> Outcome<C> {
        self.vault(self.suite.actors.strategist, call)
    }

    /// Sends a transaction to the auction.
    pub fn auction<C: SolCall>(&mut self, from: Address, call: &C) -> Outcome<C> {
        self.send(from, self.staking().auction, call)
    }

    /// A view of sUSDai.
    #[track_caller]
    pub fn ask_vault<C: SolCall>(&self, call: &C) -> C::Return {
        suite::Transact::view(&self.chain, self.staking().vault, call)
    }

    /// A view of the auction.
    #[track_caller]
    pub fn ask_auction<C: SolCall>(&self, call: &C) -> C::Return {
        suite::Transact::view(&self.chain, self.staking().auction, call)
    }

    /// The only event of this kind that sUSDai logged.
    ///
    /// # Panics
    ///
    /// When there is none or more than one.
    #[track_caller]
    pub fn vault_event<E: SolEvent>(&self, receipt: &Receipt) -> E {
        only(events_of(receipt, self.staking().vault))
    }

    /// The only event of this kind that the auction logged.
    ///
    /// # Panics
    ///
    /// When there is none or more than one.
    #[track_caller]
    pub fn auction_event<E: SolEvent>(&self, receipt: &Receipt) -> E {
        only(events_of(receipt, self.staking().auction))
    }

    // -------------------------------------------------------------------------------------------------------- time

    /// The time is exactly `timestamp` now, for views and for transactions.
    ///
    /// # Panics
    ///
    /// When that is past.
    #[track_caller]
    pub fn at(&mut self, timestamp: u64) {
        if let Err(error) = self.chain.set_next_block_timestamp(timestamp) {
            panic!("time goes forwards: {error}");
        }
        self.chain.mine(1);
    }

    /// Seconds since 1970.
    pub fn now(&self) -> u64 {
        self.chain.timestamp()
    }

    /// The first second of an epoch and its bid phase.
    #[track_caller]
    pub fn to_epoch(&mut self, epoch: u64) {
        self.at(self.staking().epoch_start(epoch));
    }

    /// The first second of an epoch's reveal phase.
    #[track_caller]
    pub fn to_reveal(&mut self, epoch: u64) {
        self.at(self.staking().bid_end(epoch));
    }

    /// The first second at which anybody may settle an epoch.
    #[track_caller]
    pub fn to_public(&mut self, epoch: u64) {
        self.at(self.staking().epoch_end(epoch) + 3 * DAY);
    }

    /// The epoch that it is.
    pub fn epoch(&self) -> u64 {
        self.ask_auction(&IQevAuction::currentEpochCall {}).epoch.to()
    }

    // ----------------------------------------------------------------------------------------------------- staking

    /// `account` gets whole USDai, and allows the vault to take it.
    pub fn fund_usdai(&mut self, account: Address, dollars: u64) {
        self.mint_usdai(account, dollars);
        let (usdai, vault) = (self.suite.usdai, self.staking().vault);
        if self.allowance(usdai, account, vault) != U256::MAX {
            self.allow(usdai, account, vault);
        }
    }

    /// `account` gets whole USDai and stakes it: the shares.
    #[track_caller]
    pub fn stake(&mut self, account: Address, dollars: u64) -> U256 {
        self.fund_usdai(account, dollars);
        self.vault(account, &calls::deposit(crate::usdai(dollars), account))
            .must()
    }

    /// sUSDai of `account`.
    pub fn shares_of(&self, account: Address) -> U256 {
        self.balance(self.staking().vault, account)
    }

    /// Whole dollars of base yield become claimable: wrapped M that USDai holds beyond what backs it.
    pub fn accrue_base_yield(&mut self, dollars: u64) {
        let (wm, usdai) = (self.suite.tokens.wm.token, self.suite.usdai);
        self.give(wm, usdai, units(dollars));
    }

    /// The strategist harvests: (deposited, fee).
    #[track_caller]
    pub fn harvest(&mut self) -> (U256, U256) {
        let strategist = self.suite.actors.strategist;
        let harvested = self.vault(strategist, &calls::harvest()).must();
        (harvested._0, harvested._1)
    }

    /// The test pool, linked to the vault.
    #[track_caller]
    pub fn link_pool(&mut self) -> Address {
        let usdai = U256::from_be_slice(self.suite.usdai.as_slice());
        let pool = self.fixture_with("TestLoanPool", usdai);
        let call = IStakedUSDai::setLoanPoolCall { loanPool: pool };
        self.vault(self.suite.actors.admin, &call).must();
        pool
    }

    /// Says what a tranche of the test pool is worth, and how much of it could be paid out.
    pub fn set_pool_value(&mut self, pool: Address, tranche: u64, optimistic: U256, conservative: U256, idle: U256) {
        let call = ITestLoanPool::setValueCall {
            tranche: U256::from(tranche),
            optimistic,
            conservative,
            idle,
        };
        self.send(self.suite.actors.admin, pool, &call).must();
    }

    // ------------------------------------------------------------------------------------------ requests and bids

    /// `account` requests the redemption of its own shares: the request's id.
    #[track_caller]
    pub fn request(&mut self, account: Address, shares: U256) -> U256 {
        self.vault(account, &calls::request(shares, account)).must()
    }

    /// What seals a bid: the hash of where it holds and of what it says.
    pub fn commitment(&self, epoch: u64, id: U256, discount_bps: u16, salt: B256) -> B256 {
        suite::staking::commitment(
            self.chain.config().chain_id,
            self.staking().auction,
            epoch,
            id,
            discount_bps,
            salt,
        )
    }

    /// `account` seals a bid in the current epoch.
    #[track_caller]
    pub fn commit(&mut self, account: Address, id: U256, discount_bps: u16) {
        let epoch = self.epoch();
        let commitment = self.commitment(epoch, id, discount_bps, salt_of(epoch, id));
        self.vault(account, &calls::commit_bid(id, commitment)).must();
    }

    /// A stranger reveals a bid that [`Deployed::commit`] sealed in this epoch.
    pub fn try_reveal(&mut self, id: U256, discount_bps: u16) -> Outcome<IQevAuction::revealBidCall> {
        let call = IQevAuction::revealBidCall {
            requestId: id,
            discountBps: discount_bps,
            salt: salt_of(self.epoch(), id),
        };
        self.auction(self.suite.actors.stranger, &call)
    }

    /// A stranger reveals a bid that [`Deployed::commit`] sealed in this epoch.
    #[track_caller]
    pub fn reveal(&mut self, id: U256, discount_bps: u16) {
        self.try_reveal(id, discount_bps).must();
    }

    /// The strategist settles.
    #[track_caller]
    pub fn settle(&mut self) -> Settled {
        self.strategist(&calls::settle()).must()
    }

    /// The strategist services exactly `shares`: what was reserved.
    #[track_caller]
    pub fn service(&mut self, shares: U256) -> U256 {
        self.strategist(&calls::service(shares)).must()
    }

    /// A stranger brings a request back.
    pub fn try_restore(&mut self, id: U256) -> Outcome<IQevAuction::restoreCall> {
        self.auction(self.suite.actors.stranger, &IQevAuction::restoreCall { requestId: id })
    }

    /// A stranger brings a request back.
    #[track_caller]
    pub fn restore(&mut self, id: U256) {
        self.try_restore(id).must();
    }

    /// `account` claims all that it can: what it was paid.
    #[track_caller]
    pub fn claim_all(&mut self, account: Address) -> U256 {
        let (shares, assets) = self.claimable(account);
        if shares.is_zero() {
            return U256::ZERO;
        }
        let before = self.usdai_of(account);
        let paid = self.vault(account, &calls::redeem(shares, account, account)).must();
        assert_eq!(paid, assets, "claimable() said what it would be");
        assert_eq!(self.usdai_of(account) - before, paid);
        paid
    }

    /// What `controller` can claim: (shares, USDai).
    pub fn claimable(&self, controller: Address) -> (U256, U256) {
        let told = self.ask_auction(&IQevAuction::claimableCall { controller });
        (told.shares, told.assets)
    }

    /// A request as a wallet shows it.
    pub fn request_of(&self, id: U256) -> IQevAuction::requestReturn {
        self.ask_auction(&IQevAuction::requestCall { requestId: id })
    }

    /// Where the shares of the queue stand.
    pub fn unserviced(&self) -> IQevAuction::unservicedSharesReturn {
        self.ask_auction(&IQevAuction::unservicedSharesCall {})
    }

    /// What came out of an epoch.
    pub fn result_of(&self, epoch: u64) -> IQevAuction::epochResultReturn {
        self.ask_auction(&IQevAuction::epochResultCall {
            epoch: U256::from(epoch),
        })
    }

    // --------------------------------------------------------------------------------------------------- the books

    /// The vault's cash.
    pub fn books(&self) -> IStakedUSDai::booksReturn {
        self.ask_vault(&IStakedUSDai::booksCall {})
    }

    /// Both prices, as the vault states their parts.
    pub fn prices(&self) -> Prices {
        let shares = self.ask_vault(&IStakedUSDai::totalSharesCall {});
        Prices {
            optimistic: Price {
                nav: self.ask_vault(&IStakedUSDai::navCall {}),
                shares,
            },
            conservative: Price {
                nav: self.ask_vault(&IStakedUSDai::conservativeNavCall {}),
                shares,
            },
        }
    }

    /// What holds in a few reads: V1, V4 with Q4, and that the parts make the total.
    ///
    /// # Panics
    ///
    /// When something does not.
    #[track_caller]
    pub fn check_books(&self) {
        let (vault, books) = (self.staking().vault, self.books());
        let held = self.usdai_of(vault);
        assert!(
            held >= books.idle + books.reserved,
            "V1: {held} held for {} idle and {} reserved",
            books.idle,
            books.reserved
        );
        let unserviced = self.unserviced();
        assert_eq!(
            books.pendingShares,
            unserviced.queued + unserviced.atAuction + unserviced.awaitingRestore,
            "V4, Q4: {unserviced:?}"
        );
        assert!(unserviced.eligible <= unserviced.queued, "{unserviced:?}");
        let supply = self.ask_vault(&IStakedUSDai::totalSupplyCall {});
        let bridged = self.ask_vault(&IStakedUSDai::bridgedSupplyCall {});
        assert_eq!(
            self.ask_vault(&IStakedUSDai::totalSharesCall {}),
            supply + bridged + books.pendingShares,
            "total shares"
        );
        let usdai_allowance = self.ask(&IUSDai::allowanceCall {
            owner: vault,
            spender: self.ask_vault(&IStakedUSDai::loanPoolCall {}),
        });
        assert_eq!(usdai_allowance, U256::ZERO, "an allowance to the pool is left");
    }

    /// What holds over all users: V3, Q3 and Q4. `holders` must be everybody who ever held shares, `controllers`
    /// everybody who ever had a request.
    ///
    /// # Panics
    ///
    /// When something does not hold.
    #[track_caller]
    pub fn check_sums(&self, holders: &[Address], controllers: &[Address]) {
        let mut everybody: Vec<Address> = holders.to_vec();
        everybody.extend([self.suite.actors.admin, DEAD]);
        everybody.sort();
        everybody.dedup();
        let held: U256 = everybody.iter().map(|account| self.shares_of(*account)).sum();
        assert_eq!(held, self.ask_vault(&IStakedUSDai::totalSupplyCall {}), "V3");

        let mut controllers = controllers.to_vec();
        controllers.sort();
        controllers.dedup();
        let (mut pending, mut payable) = (U256::ZERO, U256::ZERO);
        for controller in controllers {
            let ids = self.ask_auction(&IQevAuction::redemptionIdsCall { controller });
            assert!(ids.is_sorted() && ids.len() <= 50, "{ids:?}");
            let (mut shares, mut assets) = (U256::ZERO, U256::ZERO);
            for id in ids {
                let request = self.request_of(id);
                assert_eq!(request.controller, controller);
                pending += request.pendingShares;
                shares += request.claimableShares;
                assets += request.claimableAssets;
            }
            assert_eq!(
                self.claimable(controller),
                (shares, assets),
                "claimable of {controller}"
            );
            payable += assets;
        }
        let books = self.books();
        assert_eq!(pending, books.pendingShares, "Q4");
        assert!(
            payable <= books.reserved,
            "Q3: {payable} of {} reserved",
            books.reserved
        );
    }
}

/// The salt that [`Deployed::commit`] uses.
pub fn salt_of(epoch: u64, id: U256) -> B256 {
    keccak256((U256::from(epoch), id).abi_encode())
}
