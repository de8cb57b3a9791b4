//! A sale from its listing to its end, between the pool, the winner and the token.

use alloy_primitives::{Address, B256, U256};
use contract_kit::{host, token, Revert};
use loan_core::auction::LISTINGS_BEFORE_WRITE_OFF;

use crate::{
    abi::{ICaliber, ICollateralAuction, ILoanPool},
    sale::{Sale, Stage, MAX_AMOUNT},
    CollateralAuction,
};

impl CollateralAuction {
    pub(crate) fn put_up(&mut self, loan_id: B256) -> Result<(), Revert> {
        if self.find(loan_id).is_some() {
            return Err(ICollateralAuction::AlreadyListed { loanId: loan_id }.into());
        }
        let terms = self.terms();
        let (collateral_id, reserve) = liquidated(terms.pool, loan_id)?;
        self.require_here(collateral_id)?;
        let id = u64::try_from(collateral_id).map_err(|_| too_large(collateral_id, u128::from(u64::MAX)))?;
        let reserve = u128::try_from(reserve)
            .ok()
            .filter(|reserve| *reserve <= MAX_AMOUNT)
            .ok_or_else(|| too_large(reserve, MAX_AMOUNT))?;
        let sale = Sale::open(id, reserve, host::timestamp(), &terms.rules)
            .map_err(|_| ICollateralAuction::Inconsistent {})?;
        self.store_listed(loan_id, sale);
        Ok(())
    }

    pub(crate) fn complete(&mut self, loan_id: B256) -> Result<(), Revert> {
        let sale = self.sale(loan_id)?;
        match sale.stage(host::timestamp()) {
            Stage::Won => {}
            Stage::Running => return Err(still_running(loan_id, &sale)),
            Stage::Failed => return Err(ICollateralAuction::NoBid { loanId: loan_id }.into()),
            Stage::Sold => return Err(already_sold(loan_id)),
        }
        let funds = self.funds();
        let decreased = funds
            .without(sale.listing.highest)
            .ok_or(ICollateralAuction::Inconsistent {})?;
        self.set_funds(decreased);
        self.store_course(loan_id, &Sale { is_sold: true, ..sale });

        let proceeds = U256::from(sale.listing.highest);
        let collateral_id = U256::from(sale.collateral_id);
        host::log(&ICollateralAuction::Settled {
            loanId: loan_id,
            winner: sale.bidder,
            collateralId: collateral_id,
            proceeds,
        });
        let pool = self.terms().pool;
        token::transfer(funds.currency, pool, proceeds)?;
        host::call(
            pool,
            &ILoanPool::settleLiquidationCall {
                loanId: loan_id,
                proceeds,
            },
        )?;
        let hand_over = ICaliber::transferFromCall {
            from: host::this(),
            to: sale.bidder,
            tokenId: collateral_id,
        };
        host::call(self.caliber.get(), &hand_over)?;
        Ok(())
    }

    pub(crate) fn realise_loss(&mut self, loan_id: B256) -> Result<(), Revert> {
        let now = host::timestamp();
        let sale = self.failed_sale(loan_id, now)?;
        if sale.is_written_off {
            return Err(ICollateralAuction::AlreadyWrittenOff { loanId: loan_id }.into());
        }
        let failed = sale.failed_listings(now);
        if !sale.listing.allows_write_off(now) {
            return Err(ICollateralAuction::TooFewFailedListings {
                loanId: loan_id,
                failed: U256::from(failed),
                required: U256::from(LISTINGS_BEFORE_WRITE_OFF),
            }
            .into());
        }
        self.store_course(
            loan_id,
            &Sale {
                is_written_off: true,
                ..sale
            },
        );
        host::log(&ICollateralAuction::WrittenOff {
            loanId: loan_id,
            failedListings: U256::from(failed),
        });
        host::call(self.terms().pool, &ILoanPool::writeOffCall { loanId: loan_id })?;
        Ok(())
    }

    /// Has the pool wait no longer for a written-off sale. Whether it is one, and has been for long enough, the pool says.
    pub(crate) fn give_up(&mut self, loan_id: B256) -> Result<(), Revert> {
        self.failed_sale(loan_id, host::timestamp())?;
        host::call(self.terms().pool, &ILoanPool::expireRecoveryCall { loanId: loan_id })?;
        Ok(())
    }

    /// A sale whose last listing ended without a bid.
    pub(crate) fn failed_sale(&self, loan_id: B256, now: u64) -> Result<Sale, Revert> {
        let sale = self.sale(loan_id)?;
        match sale.stage(now) {
            Stage::Failed => Ok(sale),
            Stage::Running => Err(still_running(loan_id, &sale)),
            Stage::Won => Err(ICollateralAuction::HasWinner {
                loanId: loan_id,
                bidder: sale.bidder,
                amount: U256::from(sale.listing.highest),
            }
            .into()),
            Stage::Sold => Err(already_sold(loan_id)),
        }
    }

    /// The sale of a loan's collateral.
    pub(crate) fn sale(&self, loan_id: B256) -> Result<Sale, Revert> {
        self.find(loan_id)
            .ok_or_else(|| ICollateralAuction::NotListed { loanId: loan_id }.into())
    }

    /// The sale of a loan's collateral, if it was ever listed.
    pub(crate) fn find(&self, loan_id: B256) -> Option<Sale> {
        let course = self.courses.get(loan_id);
        if course.is_zero() {
            return None;
        }
        Sale::unpack(course, self.stakes.get(loan_id))
    }

    pub(crate) fn store(&mut self, loan_id: B256, sale: &Sale) {
        self.store_course(loan_id, sale);
        self.stakes.setter(loan_id).set(sale.pack_stakes());
    }

    /// Writes all of a sale but its reserve, bid and token.
    fn store_course(&mut self, loan_id: B256, sale: &Sale) {
        self.courses.setter(loan_id).set(sale.pack_course());
    }

    /// Writes and announces a new listing.
    pub(crate) fn store_listed(&mut self, loan_id: B256, sale: Sale) {
        self.store(loan_id, &sale);
        host::log(&ICollateralAuction::Listed {
            loanId: loan_id,
            collateralId: U256::from(sale.collateral_id),
            round: U256::from(sale.listing.number),
            reserve: U256::from(sale.listing.reserve),
            end: U256::from(sale.listing.ends_at),
        });
    }

    /// Refuses a token that the pool has not sent.
    fn require_here(&self, collateral_id: U256) -> Result<(), Revert> {
        let caliber = self.caliber.get();
        let answer = host::view(caliber, &ICaliber::ownerOfCall { tokenId: collateral_id })?;
        let owner: Address = host::address(caliber, &answer)?;
        if owner == host::this() {
            Ok(())
        } else {
            Err(ICollateralAuction::CollateralElsewhere {
                collateralId: collateral_id,
                owner,
            }
            .into())
        }
    }
}

/// Token and reserve of a loan that the pool has liquidated and not closed.
fn liquidated(pool: Address, loan_id: B256) -> Result<(U256, U256), Revert> {
    let answer = host::view(pool, &ILoanPool::liquidationCall { loanId: loan_id })?;
    let [collateral_id, _debt, reserve, open] = host::words(pool, &answer)?;
    if open.is_zero() {
        return Err(ICollateralAuction::NotLiquidated { loanId: loan_id }.into());
    }
    Ok((collateral_id, reserve))
}

fn too_large(value: U256, maximum: u128) -> Revert {
    ICollateralAuction::ValueTooLarge {
        value,
        maximum: U256::from(maximum),
    }
    .into()
}

fn still_running(loan_id: B256, sale: &Sale) -> Revert {
    ICollateralAuction::StillRunning {
        loanId: loan_id,
        end: U256::from(sale.listing.ends_at),
    }
    .into()
}

fn already_sold(loan_id: B256) -> Revert {
    ICollateralAuction::AlreadySold { loanId: loan_id }.into()
}
