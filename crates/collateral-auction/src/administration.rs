//! Construction and relisting.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall;
use contract_kit::{encoding::Tokens, host, roles, Revert};

use crate::{
    abi::{ICollateralAuction, ILoanPool},
    refusals::relisting,
    settings::{Funds, Terms},
    CollateralAuction,
};

/// Refuses a `link` that is not what the pool answers. What is linked wrongly could never be put right.
fn same<C: SolCall>(pool: Address, call: &C, link: Address) -> Result<(), Revert>
where
    for<'a> C::Token<'a>: Tokens,
{
    let link_of_pool = host::address(pool, &host::view(pool, call)?)?;
    if link == link_of_pool {
        Ok(())
    } else {
        Err(ICollateralAuction::WrongLink {
            link,
            linkOfPool: link_of_pool,
        }
        .into())
    }
}

impl CollateralAuction {
    pub(crate) fn initialize(
        &mut self,
        admin: Address,
        caliber: Address,
        currency: Address,
        terms: Terms,
    ) -> Result<(), Revert> {
        let links = [terms.pool, caliber, currency];
        if admin.is_zero() || !links.into_iter().all(host::has_code) {
            return Err(ICollateralAuction::InvalidAddress {}.into());
        }
        same(terms.pool, &ILoanPool::assetCall {}, currency)?;
        same(terms.pool, &ILoanPool::caliberCall {}, caliber)?;
        self.set_funds(Funds {
            currency,
            obligations: 0,
        });
        self.terms.set(terms.pack());
        self.caliber.set(caliber);
        self.access.set(roles::DEFAULT_ADMIN.id(), admin, true);
        Ok(())
    }

    pub(crate) fn put_up_again(&mut self, loan_id: B256, reserve: U256) -> Result<(), Revert> {
        self.access.only(roles::RISK_ADMIN)?;
        let now = host::timestamp();
        let sale = self
            .failed_sale(loan_id, now)?
            // More than fits is out of bounds as well.
            .relisted(u128::try_from(reserve).unwrap_or(u128::MAX), now, &self.terms().rules)
            .map_err(|error| relisting(error, reserve))?;
        let is_written_off = sale.is_written_off;
        self.store_listed(loan_id, sale);
        if is_written_off {
            host::call(self.terms().pool, &ILoanPool::reopenRecoveryCall { loanId: loan_id })?;
        }
        Ok(())
    }

    pub(crate) fn terms(&self) -> Terms {
        Terms::unpack(self.terms.get())
    }

    pub(crate) fn funds(&self) -> Funds {
        Funds::unpack(self.funds.get())
    }

    pub(crate) fn set_funds(&mut self, funds: Funds) {
        self.funds.set(funds.pack());
    }
}
