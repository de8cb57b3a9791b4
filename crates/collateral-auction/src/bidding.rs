//! Bids, and the money of those who were outbid.

use alloy_primitives::{Address, B256, U256};
use contract_kit::{host, token, Revert};

use crate::{abi::ICollateralAuction, sale::Stage, settings::MAX_OBLIGATIONS, CollateralAuction};

impl CollateralAuction {
    pub(crate) fn place_bid(&mut self, loan_id: B256, amount: U256) -> Result<(), Revert> {
        let now = host::timestamp();
        let terms = self.terms();
        let sale = self.sale(loan_id)?;
        if sale.stage(now) != Stage::Running {
            return Err(ICollateralAuction::BiddingClosed {
                loanId: loan_id,
                end: U256::from(sale.end),
            }
            .into());
        }
        let minimum = U256::from(sale.minimum_bid(terms.min_increment_bps));
        if amount < minimum {
            return Err(ICollateralAuction::BidTooLow { amount, minimum }.into());
        }
        let funds = self.funds();
        let too_large = ICollateralAuction::ValueTooLarge {
            value: amount,
            maximum: U256::from(MAX_OBLIGATIONS.saturating_sub(funds.obligations)),
        };
        let Some((exact, increased)) = u128::try_from(amount)
            .ok()
            .and_then(|exact| Some((exact, funds.with(exact)?)))
        else {
            return Err(too_large.into());
        };

        let bidder = host::sender();
        if !sale.bidder.is_zero() {
            self.credit_outbid(loan_id, sale.bidder, U256::from(sale.amount))?;
        }
        let sale = sale.with_bid(bidder, exact, now, terms.extension);
        self.set_funds(increased);
        self.store(loan_id, &sale);
        host::log(&ICollateralAuction::BidPlaced {
            loanId: loan_id,
            bidder,
            amount,
            end: U256::from(sale.end),
        });
        token::transfer_from(funds.currency, bidder, host::this(), amount)
    }

    fn credit_outbid(&mut self, loan_id: B256, bidder: Address, amount: U256) -> Result<(), Revert> {
        let mut refund = self.refunds.setter(bidder);
        let credited = refund
            .get()
            .checked_add(amount)
            .ok_or(ICollateralAuction::Inconsistent {})?;
        refund.set(credited);
        host::log(&ICollateralAuction::Outbid {
            loanId: loan_id,
            bidder,
            amount,
        });
        Ok(())
    }

    pub(crate) fn pay_refund(&mut self, receiver: Address) -> Result<U256, Revert> {
        if receiver.is_zero() || receiver == host::this() {
            return Err(ICollateralAuction::InvalidAddress {}.into());
        }
        let account = host::sender();
        let mut refund = self.refunds.setter(account);
        let amount = refund.get();
        if amount.is_zero() {
            return Err(ICollateralAuction::NothingToRefund { account }.into());
        }
        refund.set(U256::ZERO);
        let funds = self.funds();
        let decreased = u128::try_from(amount)
            .ok()
            .and_then(|amount| funds.without(amount))
            .ok_or(ICollateralAuction::Inconsistent {})?;
        self.set_funds(decreased);
        host::log(&ICollateralAuction::RefundWithdrawn {
            bidder: account,
            receiver,
            amount,
        });
        token::transfer(funds.currency, receiver, amount)?;
        Ok(amount)
    }
}
