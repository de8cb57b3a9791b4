//! What the pool asks of CALIBER, and how it moves its tokens.

use alloy_primitives::{Address, B256, U256};
use contract_kit::{host, revert::ExternalCallFailed, Revert};
use loan_core::{collateral::Appraisal, impairment::counted_value, BASIS_POINTS, MAX_PRINCIPAL};

use crate::{
    abi::{ICaliber, ILoanPool},
    defaults::INSURANCE_LAPSE,
    errors::failed,
    words::{Settings, MAX_TIME},
    LoanPool,
};

impl LoanPool {
    /// The appraisal of a token that can be pledged now.
    pub(crate) fn eligible_collateral(&self, token_id: U256) -> Result<Appraisal, Revert> {
        let caliber = self.caliber.get();
        let eligible = host::view(caliber, &ICaliber::isEligibleCall { tokenId: token_id })?;
        if host::word(caliber, &eligible)?.is_zero() {
            return Err(ILoanPool::CollateralNotEligible { collateralId: token_id }.into());
        }
        let answer = host::view(caliber, &ICaliber::appraisalCall { tokenId: token_id })?;
        let [value, appraised_at, expires_at, useful_life, residual_bps] = host::words(caliber, &answer)?;
        let time = |word: U256| u64::try_from(word).unwrap_or(u64::MAX);
        Ok(Appraisal {
            // More than a loan can be counts as that much, and a longer life as that long: less than there is.
            value: u128::try_from(value).unwrap_or(u128::MAX).min(MAX_PRINCIPAL),
            appraised_at: time(appraised_at).min(MAX_TIME),
            expires_at: time(expires_at),
            useful_life: time(useful_life).min(MAX_TIME),
            residual_bps: u16::try_from(residual_bps)
                .ok()
                .filter(|bps| *bps <= BASIS_POINTS)
                .ok_or(ExternalCallFailed { target: caliber })?,
        })
    }

    /// What lenders count on from the collateral of a loan that is not liquidated.
    pub(crate) fn counted_collateral(&self, settings: Settings, loan_id: B256, token_id: U256) -> Result<u128, Revert> {
        let is_lost = self.is_lost(token_id)?;
        self.counted(settings, loan_id, is_lost)
    }

    /// The same, of a lot that is lost or not.
    pub(crate) fn counted(&self, settings: Settings, loan_id: B256, is_lost: bool) -> Result<u128, Revert> {
        let appraisal = self.appraisal(loan_id);
        counted_value(&appraisal, settings.haircut_bps, is_lost, host::timestamp()).map_err(failed)
    }

    /// Whether the bailee has attested the loss of a lot, which he cannot take back.
    pub(crate) fn is_lost(&self, token_id: U256) -> Result<bool, Revert> {
        let caliber = self.caliber.get();
        let answer = host::view(caliber, &ICaliber::custodyCall { tokenId: token_id })?;
        let custody = host::word(caliber, &answer)?;
        Ok(custody == U256::from(u8::from(ICaliber::Custody::Lost)))
    }

    /// Whether the insurance of a token has lapsed for as long as a default needs.
    pub(crate) fn is_uninsured(&self, token_id: U256) -> Result<bool, Revert> {
        let caliber = self.caliber.get();
        let answer = host::view(caliber, &ICaliber::insuranceCall { tokenId: token_id })?;
        let [_, expiry] = host::words(caliber, &answer)?;
        let insured_until = u64::try_from(expiry).unwrap_or(u64::MAX);
        Ok(host::timestamp() >= insured_until.saturating_add(INSURANCE_LAPSE))
    }

    /// Moves a token. Its receiver is not asked: he could refuse, or call in the middle.
    pub(crate) fn move_collateral(&self, from: Address, to: Address, token_id: U256) -> Result<(), Revert> {
        let transfer = ICaliber::transferFromCall {
            from,
            to,
            tokenId: token_id,
        };
        host::call(self.caliber.get(), &transfer)?;
        Ok(())
    }
}
