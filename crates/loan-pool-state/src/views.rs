//! What lenders and wallets ask.

use alloy_primitives::{Address, B256, U256};
use contract_kit::{host, Revert};
use loan_core::{tranche::Tranche, MAX_AMOUNT};

use crate::{
    abi::ILoanPool,
    errors::{at_most, failed, refused_by},
    lenders::{buy, window, with_all_gains},
    records::Status,
    recovery::claims,
    tranches::{policy, Part},
    LoanPool,
};

/// A loan: the answer of `loan`.
pub type LoanView = (u8, U256, U256, U256, U256, U256, U256);
/// What a written-off loan may still bring: the answer of `recoveryOf`.
pub type RecoveryView = (U256, U256, U256, U256, U256);
/// A tranche: the answer of `tranche`.
pub type TrancheView = (U256, U256, U256, U256, U256, U256, U256, U256, U256);

impl LoanPool {
    /// What shares of the four tranches are worth together, in both valuations.
    ///
    /// # Errors
    ///
    /// `InvalidTranche` for shares of one that does not exist; `CalculationFailed`.
    pub fn position_value(&self, shares: [U256; 4]) -> Result<(U256, U256), Revert> {
        let settings = self.settings();
        let (policy, now) = (policy(settings), host::timestamp());
        let lending = self.lending();
        let (mut optimistic, mut conservative) = (U256::ZERO, U256::ZERO);
        for (number, shares) in shares.into_iter().enumerate() {
            if shares.is_zero() {
                continue;
            }
            let index = Self::tranche_index(settings, U256::from(number))?;
            let tranche = self.priced(settings, &lending, index).tranche;
            let of = |value: Result<u128, loan_core::Error>| {
                let value = U256::from(value.map_err(failed)?);
                worth(&tranche, shares, value)
            };
            let (high, low) = (
                of(with_all_gains(&tranche).optimistic_value(now, &policy))?,
                of(tranche.conservative_value(now, &policy))?,
            );
            optimistic = optimistic.saturating_add(high);
            conservative = conservative.saturating_add(low);
        }
        Ok((optimistic, conservative))
    }

    /// When the redemption window of the last defaulted loan ends.
    #[must_use]
    pub fn latest_cure_end(&self) -> U256 {
        U256::from(self.clock().latest_cure_end)
    }

    /// A tranche: rate, advance rate, idle, principal, net interest, provisions, unvested gains, both values.
    ///
    /// # Errors
    ///
    /// `InvalidTranche`, `CalculationFailed`.
    pub fn tranche(&self, id: U256) -> Result<TrancheView, Revert> {
        let settings = self.settings();
        let index = Self::tranche_index(settings, id)?;
        let lending = self.lending();
        let book = self.priced(settings, &lending, index);
        let (tranche, now) = (book.tranche, host::timestamp());
        let policy = policy(settings);
        let of = |value: Result<u128, loan_core::Error>| value.map(U256::from).map_err(failed);
        let unvested = tranche.gains.unvested(now, policy.vesting_period);
        let interest = Tranche {
            idle: 0,
            principal: 0,
            written_off: 0,
            gains: qev_core::vesting::Vesting::default(),
            ..tranche
        };
        Ok((
            U256::from(book.rate.per_second()),
            U256::from(lending.advance_bps.get(index).copied().unwrap_or_default()),
            U256::from(tranche.idle),
            U256::from(tranche.principal),
            of(interest.optimistic_value(now, &policy))?,
            U256::from(tranche.provisions),
            U256::from(unvested),
            of(with_all_gains(&tranche).optimistic_value(now, &policy))?,
            of(tranche.conservative_value(now, &policy))?,
        ))
    }

    /// What written-off loans may still bring a tranche.
    ///
    /// # Errors
    ///
    /// `InvalidTranche`.
    pub fn claims_on(&self, id: U256) -> Result<U256, Revert> {
        let settings = self.settings();
        let index = Self::tranche_index(settings, id)?;
        Ok(U256::from(self.written_off(settings, index)))
    }

    /// What a deposit would mint now.
    ///
    /// # Errors
    ///
    /// As `deposit` of `ILoanPool`.
    pub fn preview_deposit(&self, id: U256, assets: U256) -> Result<U256, Revert> {
        let settings = self.settings();
        let index = Self::tranche_index(settings, id)?;
        let tranche = self.priced(settings, &self.lending(), index).tranche;
        let (_, shares) = buy(&tranche, index, at_most(assets, MAX_AMOUNT)?, settings)?;
        Ok(U256::from(shares))
    }

    /// What a redemption would pay now.
    ///
    /// # Errors
    ///
    /// As `redeem` of `ILoanPool`.
    pub fn preview_redeem(&self, id: U256, shares: U256) -> Result<U256, Revert> {
        let settings = self.settings();
        let index = Self::tranche_index(settings, id)?;
        let tranche = self.book(&self.lending(), index, Part::Shares).tranche;
        let amount = at_most(shares, MAX_AMOUNT)?;
        let redemption = tranche.redeem(amount, host::timestamp(), &policy(settings));
        redemption
            .map(|(_, assets)| U256::from(assets))
            .map_err(|error| refused_by(index, error))
    }

    /// Where a loan stands: status, start, last payment, instalments paid, outstanding, provision, default.
    ///
    /// # Errors
    ///
    /// `CalculationFailed`.
    pub fn loan(&self, loan_id: B256) -> Result<LoanView, Revert> {
        let mut record = self.bare_record(loan_id, &self.lending())?;
        let status = record.status;
        let is_closed = matches!(status, Status::None | Status::Repaid | Status::Liquidated);
        if !is_closed {
            self.read_trouble(loan_id, &mut record);
        }
        let is_lost = matches!(status, Status::WrittenOff | Status::Liquidated);
        let provision = if is_lost { 0 } else { record.provision };
        let outstanding = if is_lost {
            0
        } else {
            record.loan.outstanding().map_err(failed)?
        };
        Ok((
            u8::from(status),
            U256::from(record.loan.calendar.deadline(0)),
            U256::from(record.loan.accrued_at),
            U256::from(record.loan.paid),
            U256::from(outstanding),
            U256::from(provision),
            U256::from(record.defaulted_at),
        ))
    }

    /// What a written-off loan may still bring each tranche, and until when that counts for certain.
    ///
    /// # Errors
    ///
    /// `CalculationFailed`.
    pub fn recovery_of(&self, loan_id: B256) -> Result<RecoveryView, Revert> {
        let mut record = self.bare_record(loan_id, &self.lending())?;
        let until = match record.status {
            Status::WrittenOff => self.recovery_end(loan_id),
            _ => 0,
        };
        if until == 0 {
            return Ok(Default::default());
        }
        self.read_trouble(loan_id, &mut record);
        let [first, second, third, fourth] = claims(self.settings(), &record)?.map(U256::from);
        Ok((first, second, third, fourth, U256::from(until)))
    }

    /// The outstanding principal of a loan by tranche.
    ///
    /// # Errors
    ///
    /// `CalculationFailed`.
    pub fn loan_principals(&self, loan_id: B256) -> Result<(U256, U256, U256, U256), Revert> {
        let record = self.bare_record(loan_id, &self.lending())?;
        let is_lost = matches!(record.status, Status::WrittenOff | Status::Liquidated);
        let principals = if is_lost {
            Default::default()
        } else {
            record.loan.principals()
        };
        let [first, second, third, fourth] = principals.map(U256::from);
        Ok((first, second, third, fourth))
    }

    /// Shares of an account under notice, and when they can be redeemed.
    #[must_use]
    pub fn notice_of(&self, account: Address, id: U256) -> (U256, U256, U256) {
        let entry = self.account(account, id);
        if entry.noticed == 0 {
            return (U256::ZERO, U256::ZERO, U256::ZERO);
        }
        let (from, until) = window(entry);
        (U256::from(entry.noticed), from, until)
    }

    /// The currency.
    #[must_use]
    pub fn asset(&self) -> Address {
        self.settings().usdai
    }

    /// How many tranches there are.
    #[must_use]
    pub fn tranche_count(&self) -> U256 {
        U256::from(self.settings().tranches)
    }

    /// Interest fee, liquidation fee, haircut, fee recipient.
    #[must_use]
    pub fn policy(&self) -> (U256, U256, U256, Address) {
        let settings = self.settings();
        (
            U256::from(settings.interest_fee_bps),
            U256::from(settings.liquidation_fee_bps),
            U256::from(settings.haircut_bps),
            self.clock().fee_recipient,
        )
    }

    /// Whether what can be paused rests.
    #[must_use]
    pub fn paused(&self) -> bool {
        self.settings().paused
    }

    /// The documents of title.
    #[must_use]
    pub fn caliber(&self) -> Address {
        self.caliber.get()
    }

    /// The auction of defaulted collateral; zero until it is linked.
    #[must_use]
    pub fn collateral_auction(&self) -> Address {
        self.auction.get()
    }

    /// The contracts that run what the pool itself does not know: payments, origination, recovery, administration.
    #[must_use]
    pub fn extensions(&self) -> (Address, Address, Address, Address) {
        (
            self.payments.get(),
            self.origination.get(),
            self.recovery.get(),
            self.administration.get(),
        )
    }
}

/// What shares are worth at a value of their tranche, rounded down; nothing where there are none.
fn worth(tranche: &Tranche, shares: U256, value: U256) -> Result<U256, Revert> {
    if tranche.shares == 0 {
        return Ok(U256::ZERO);
    }
    credit_math::mul_div_down(shares, value, U256::from(tranche.shares))
        .ok_or_else(|| ILoanPool::CalculationFailed {}.into())
}
