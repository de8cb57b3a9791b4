//! What is looked at after every step. It costs the same however many accounts, requests and loans there are.

use alloy_primitives::{Address, U256};
use suite::Transact;
use suite::bindings::{ICaliber, ICollateralAuction, ILoanPool as P, IQevAuction as Q, IStakedUSDai as V, IUSDai};
use suite_tests::reference::Price;
use suite_tests::staking::Prices;
use suite_tests::{World, n};

/// What was given to contracts and is in nobody's books.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gifts {
    pub(super) vault: U256,
    pub(super) pool: U256,
    pub(super) auction: U256,
}

/// A tranche.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tranche {
    pub(super) shares: U256,
    pub(super) idle: U256,
    pub(super) principal: U256,
    pub(super) interest: U256,
    pub(super) provisions: U256,
    pub(super) unvested: U256,
    pub(super) prices: Prices,
}

/// The sums of all books at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) now: u64,
    /// wM that USDai holds, with 18 decimals, and USDai here and on other chains.
    pub(super) backing: U256,
    pub(super) liabilities: U256,
    pub(super) supply: U256,
    pub(super) base_yield: U256,

    pub(super) idle: U256,
    pub(super) reserved: U256,
    pub(super) unvested: U256,
    pub(super) pending: U256,
    pub(super) prices: Prices,
    vault_holds: U256,

    queued: U256,
    at_auction: U256,
    awaiting_restore: U256,
    pub(super) eligible: U256,

    pub(super) tranches: Vec<Tranche>,
    pub(super) cure_end: u64,
    pool_holds: U256,

    pub(super) obligations: U256,
    auction_holds: U256,

    titles: U256,
}

impl Look {
    pub(super) fn at(world: &World) -> Self {
        let staking = world.staking();
        let credit = world.suite.credit.expect("the credit side is deployed");
        let reserves = world.ask(&IUSDai::reservesCall {});
        let books = world.books();
        let unserviced: Q::unservicedSharesReturn = world.unserviced();
        let count: u64 = world.chain.view(credit.pool, &P::tranchesCall {}).to();
        Self {
            now: world.now(),
            backing: reserves.backing,
            liabilities: reserves.liabilities,
            supply: world.ask(&IUSDai::totalSupplyCall {}),
            base_yield: world.ask(&IUSDai::claimableYieldCall {}),
            idle: books.idle,
            reserved: books.reserved,
            unvested: books.unvested,
            pending: books.pendingShares,
            prices: world.prices(),
            vault_holds: world.usdai_of(staking.vault),
            queued: unserviced.queued,
            at_auction: unserviced.atAuction,
            awaiting_restore: unserviced.awaitingRestore,
            eligible: unserviced.eligible,
            tranches: (0..count).map(|id| tranche(world, credit.pool, n(id))).collect(),
            cure_end: world.chain.view(credit.pool, &P::latestCureEndCall {}).to(),
            pool_holds: world.usdai_of(credit.pool),
            obligations: world
                .chain
                .view(credit.auction, &ICollateralAuction::obligationsCall {}),
            auction_holds: world.usdai_of(credit.auction),
            titles: world.chain.view(credit.caliber, &ICaliber::totalSupplyCall {}),
        }
    }

    /// Cash of the tranches.
    pub(super) fn pool_idle(&self) -> U256 {
        self.tranches.iter().map(|tranche| tranche.idle).sum()
    }

    /// What holds at any moment.
    pub(super) fn check(&self, gifts: &Gifts) {
        let Self {
            backing, liabilities, ..
        } = self;
        assert!(backing >= liabilities, "R1: {backing} of backing for {liabilities}");
        assert_eq!(
            self.vault_holds,
            self.idle + self.reserved + gifts.vault,
            "V1: what the vault holds is idle, reserved or was given to it: {self:?}"
        );
        assert_eq!(
            self.pending,
            self.queued + self.at_auction + self.awaiting_restore,
            "V4, Q4: {self:?}"
        );
        assert!(
            self.eligible <= self.queued,
            "eligible is what stands in the queue: {self:?}"
        );
        assert!(
            !self.prices.optimistic.is_below(self.prices.conservative),
            "who stakes pays no less than who leaves gets: {:?}",
            self.prices
        );
        for (id, tranche) in self.tranches.iter().enumerate() {
            let Prices {
                optimistic,
                conservative,
            } = tranche.prices;
            assert!(
                optimistic.nav >= conservative.nav,
                "tranche {id}: who lends pays no less than who leaves gets: {tranche:?}"
            );
            assert!(tranche.provisions <= tranche.principal, "tranche {id}: {tranche:?}");
            let assets = tranche.idle + tranche.principal;
            let settled = assets.saturating_sub(tranche.unvested);
            assert_eq!(
                conservative.nav,
                settled.saturating_sub(tranche.provisions),
                "tranche {id} from its parts: {tranche:?}"
            );
            // What may still be recovered of what was written off can count for deposits.
            assert!(
                optimistic.nav >= assets + tranche.interest,
                "tranche {id} from its parts: {tranche:?}"
            );
        }
        assert_eq!(
            self.pool_holds,
            self.pool_idle() + gifts.pool,
            "L1: what the pool holds is idle or was given to it: {self:?}"
        );
        assert_eq!(
            self.auction_holds,
            self.obligations + gifts.auction,
            "what the collateral auction holds is bid, to be fetched, or was given to it"
        );
    }

    /// What holds when nothing has happened since `before` but that time passed.
    pub(super) fn check_time_since(&self, before: &Self) {
        let cash = |look: &Self| {
            let pool: Vec<_> = look
                .tranches
                .iter()
                .map(|tranche| (tranche.idle, tranche.principal))
                .collect();
            let books = (look.idle, look.reserved, look.pending, look.obligations);
            (look.liabilities, books, pool, look.cure_end, look.titles)
        };
        assert_eq!(cash(self), cash(before), "time moves no cash");
        assert!(self.base_yield >= before.base_yield, "yield that has accrued stays");
        self.prices.assert_not_below(&before.prices, "time");
        for (id, (now, before)) in self.tranches.iter().zip(&before.tranches).enumerate() {
            assert!(now.interest >= before.interest, "tranche {id}: {before:?} -> {now:?}");
            now.prices
                .assert_not_below(&before.prices, &format!("in tranche {id}, time"));
        }
    }
}

fn tranche(world: &World, pool: Address, id: U256) -> Tranche {
    let told = world.chain.view(pool, &P::trancheCall { id });
    let shares = world.chain.view(pool, &P::totalSupplyCall { id });
    let price = |nav| Price { nav, shares };
    Tranche {
        shares,
        idle: told.idle,
        principal: told.principal,
        interest: told.interest,
        provisions: told.provisions,
        unvested: told.unvested,
        prices: Prices {
            optimistic: price(told.optimistic),
            conservative: price(told.conservative),
        },
    }
}

/// How much the value would have to be higher so that the price had not fallen.
pub(super) fn shortfall(before: Price, after: Price) -> U256 {
    if before.shares.is_zero() {
        return U256::ZERO;
    }
    suite_tests::reference::mul_div_up(before.nav, after.shares, before.shares).saturating_sub(after.nav)
}

/// By how much a step may lower prices, in wei of the whole value.
#[derive(Clone, Debug)]
pub(super) struct Leeway {
    /// (deposit, redemption) of each tranche.
    pub(super) tranches: [(U256, U256); 4],
    /// (deposit, redemption) of the vault, beside what it has in the tranches.
    pub(super) vault: (U256, U256),
}

impl Leeway {
    /// Not at all.
    pub(super) const NONE: Self = Self {
        tranches: [(U256::ZERO, U256::ZERO); 4],
        vault: (U256::ZERO, U256::ZERO),
    };

    /// V2, and the same of the tranches.
    pub(super) fn check(&self, before: &Look, after: &Look) {
        // The vault has at most all of each tranche, and what it has is rounded down.
        let (mut optimistic, mut conservative) = self.vault;
        let tranches = before.tranches.iter().zip(&after.tranches).zip(&self.tranches);
        for (id, ((before, after), (deposit, redemption))) in tranches.enumerate() {
            let fallen = shortfall(before.prices.optimistic, after.prices.optimistic);
            assert!(
                fallen <= *deposit,
                "V2: the deposit price of tranche {id} falls by {fallen} of its value, not by {deposit}: \
                 {before:?} -> {after:?}"
            );
            let fallen = shortfall(before.prices.conservative, after.prices.conservative);
            assert!(
                fallen <= *redemption,
                "V2: the redemption price of tranche {id} falls by {fallen} of its value, not by {redemption}: \
                 {before:?} -> {after:?}"
            );
            let rounding = |leeway: &U256| if leeway.is_zero() { U256::ZERO } else { leeway + n(1) };
            optimistic += rounding(deposit);
            conservative += rounding(redemption);
        }
        let fallen = shortfall(before.prices.optimistic, after.prices.optimistic);
        assert!(
            fallen <= optimistic,
            "V2: the deposit price of sUSDai falls by {fallen} of its value, not by {optimistic}: {:?} -> {:?}",
            before.prices,
            after.prices
        );
        let fallen = shortfall(before.prices.conservative, after.prices.conservative);
        assert!(
            fallen <= conservative,
            "V2: the redemption price of sUSDai falls by {fallen} of its value, not by {conservative}: {:?} -> {:?}",
            before.prices,
            after.prices
        );
    }
}

/// The vault's own count of its shares of a tranche.
pub(super) fn tranche_shares_of_vault(world: &World, tranche: u64) -> U256 {
    world.ask_vault(&V::trancheSharesCall { tranche: n(tranche) })
}
