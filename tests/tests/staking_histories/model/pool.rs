//! The loan pool without loans, as `contracts/fixtures/TestLoanPool.sol` has it.

use alloy_primitives::{Address, U256};
use suite::bindings::{IStakedUSDai as V, ITestLoanPool as L};
use suite_tests::n;
use suite_tests::reference::mul_div;

use super::Why;

/// How many tranches there are.
pub(crate) const TRANCHES: u64 = 4;

/// A tranche, and the vault's shares of it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tranche {
    pub(crate) supply: U256,
    pub(crate) idle: U256,
    pub(crate) optimistic: U256,
    pub(crate) conservative: U256,
    /// What the vault counts as its own.
    pub(crate) own: U256,
}

impl Tranche {
    /// Shares that `assets` bring.
    fn shares_for(&self, assets: U256) -> Option<U256> {
        if self.supply.is_zero() {
            Some(assets)
        } else if self.optimistic.is_zero() {
            None
        } else {
            Some(mul_div(assets, self.supply, self.optimistic))
        }
    }

    fn worth(&self, shares: U256, value: U256) -> U256 {
        if shares.is_zero() {
            U256::ZERO
        } else {
            mul_div(shares, value, self.supply)
        }
    }
}

/// The pool.
#[derive(Clone, Debug)]
pub(crate) struct Pool {
    pub(crate) address: Address,
    pub(crate) tranches: [Tranche; 4],
    pub(crate) cure_end: u64,
}

impl Pool {
    pub(crate) fn new(address: Address) -> Self {
        Self {
            address,
            tranches: [Tranche::default(); 4],
            cure_end: 0,
        }
    }

    fn tranche(&self, number: u64) -> Option<&Tranche> {
        self.tranches.get(usize::try_from(number).expect("it is small"))
    }

    fn tranche_mut(&mut self, number: u64) -> &mut Tranche {
        &mut self.tranches[usize::try_from(number).expect("it is small")]
    }

    /// What the vault's shares are worth with and without accrued interest and provisions; never more without.
    pub(crate) fn position(&self) -> (U256, U256) {
        let sum = |value: fn(&Tranche) -> U256| -> U256 {
            self.tranches
                .iter()
                .map(|tranche| tranche.worth(tranche.own, value(tranche)))
                .sum()
        };
        let optimistic = sum(|tranche| tranche.optimistic);
        (optimistic, sum(|tranche| tranche.conservative).min(optimistic))
    }

    /// The shares that a deposit brings, or why it is refused.
    pub(crate) fn shares_for(&self, number: u64, assets: U256) -> Result<U256, Why> {
        let tranche = n(number);
        let Some(known) = self.tranche(number) else {
            return Err(Why::because(L::NoSuchTranche { tranche }));
        };
        known
            .shares_for(assets)
            .ok_or_else(|| Why::because(L::WorthlessTranche { tranche }))
    }

    /// Takes a deposit, for the vault's account or for the books of nobody.
    pub(crate) fn deposit(&mut self, number: u64, assets: U256, shares: U256, own: U256) {
        let tranche = self.tranche_mut(number);
        tranche.supply += shares;
        tranche.idle += assets;
        tranche.optimistic += assets;
        tranche.conservative += assets;
        tranche.own += own;
    }

    /// What the vault gets for shares, or why it gets nothing.
    pub(crate) fn assets_for(&self, number: u64, shares: U256) -> Result<U256, Why> {
        let id = n(number);
        let Some(tranche) = self.tranche(number) else {
            return Err(Why::because(V::InvalidTranche { tranche: id }));
        };
        if shares > tranche.own {
            return Err(Why::because(V::InsufficientTrancheShares {
                tranche: id,
                shares,
                held: tranche.own,
            }));
        }
        let assets = tranche.worth(shares, tranche.conservative);
        if assets > tranche.idle {
            return Err(Why::because(L::InsufficientIdle {
                tranche: id,
                assets,
                idle: tranche.idle,
            }));
        }
        Ok(assets)
    }

    pub(crate) fn redeem(&mut self, number: u64, shares: U256, assets: U256) {
        let tranche = self.tranche_mut(number);
        tranche.supply -= shares;
        tranche.own -= shares;
        tranche.idle -= assets;
        tranche.optimistic -= assets;
        tranche.conservative -= assets;
    }
}
