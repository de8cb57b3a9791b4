//! Bids, and the money of those who were outbid.

use alloy_primitives::{Address, B256, U256};
use contract_kit::{host, token, Revert};

use crate::{abi::ICollateralAuction, refusals::bidding, sale::MAX_AMOUNT, CollateralAuction};

impl CollateralAuction {
    pub(crate) fn place_bid(&mut self, loan_id: B256, amount: U256) -> Result<(), Revert> {
        let (now, bidder) = (host::timestamp(), host::sender());
        let rules = self.terms().rules;
        let sale = self.sale(loan_id)?;
        let bid = sale
            // More than fits is high enough, and refused behind this.
            .with_bid(bidder, u128::try_from(amount).unwrap_or(u128::MAX), now, &rules)
            .map_err(|error| bidding(error, loan_id, amount))?;
        let funds = self.funds();
        let increased = funds
            .with(bid.listing.highest)
            .ok_or(ICollateralAuction::ValueTooLarge {
                value: amount,
                maximum: U256::from(MAX_AMOUNT.saturating_sub(funds.obligations)),
            })?;

        if !sale.bidder.is_zero() {
            self.credit(loan_id, sale.bidder, U256::from(sale.listing.highest))?;
        }
        self.set_funds(increased);
        self.store(loan_id, &bid);
        host::log(&ICollateralAuction::BidPlaced {
            loanId: loan_id,
            bidder,
            amount,
            end: U256::from(bid.listing.ends_at),
        });
        token::transfer_from(funds.currency, bidder, host::this(), amount)
    }

    /// Owes somebody the bid that was the highest.
    fn credit(&mut self, loan_id: B256, bidder: Address, amount: U256) -> Result<(), Revert> {
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
