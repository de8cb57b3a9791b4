//! What a lot is worth and how it is insured, by the word of appraisers and insurers alone.

use alloy_primitives::{B256, U256};
use contract_kit::{host, roles, Revert};
use loan_core::{collateral::Appraisal, BASIS_POINTS, MAX_AMOUNT};

use crate::{
    abi::ICaliber,
    lot::{Custody, Lot},
    tokenization::check_document,
    Caliber,
};

/// The last second that is kept: in the year 36,812.
const MAX_TIME: u64 = (1 << 40) - 1;

/// From the top: 8 bits of zeros, 16 of the residual, 40 each of the useful life, the expiry and the time of the
/// appraisal, 112 of the value.
pub(crate) fn pack_appraisal(appraisal: &Appraisal) -> U256 {
    U256::from(appraisal.residual_bps) << 232
        | U256::from(appraisal.useful_life) << 192
        | U256::from(appraisal.expires_at) << 152
        | U256::from(appraisal.appraised_at) << 112
        | U256::from(appraisal.value)
}

/// The inverse of [`pack_appraisal`].
pub(crate) fn unpack_appraisal(word: U256) -> Appraisal {
    let time = |shift: usize| low_limb(word >> shift) & MAX_TIME;
    let [low, high, ..] = word.into_limbs();
    Appraisal {
        value: (u128::from(high) << 64 | u128::from(low)) & MAX_AMOUNT,
        appraised_at: time(112),
        expires_at: time(152),
        useful_life: time(192),
        residual_bps: u16::try_from(low_limb(word >> 232) & 0xffff).unwrap_or(u16::MAX),
    }
}

/// A policy, without its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Policy {
    /// What is covered, 18 decimals, below 2^112.
    pub(crate) coverage: u128,
    pub(crate) expires_at: u64,
}

impl Policy {
    /// The expiry above the coverage.
    fn pack(self) -> U256 {
        U256::from(self.expires_at) << 128 | U256::from(self.coverage)
    }

    fn unpack(word: U256) -> Self {
        let [low, high, expires_at, _] = word.into_limbs();
        Self {
            coverage: u128::from(high) << 64 | u128::from(low),
            expires_at,
        }
    }
}

fn low_limb(word: U256) -> u64 {
    let [low, ..] = word.into_limbs();
    low
}

/// An appraisal as it is posted.
pub(crate) struct Posted {
    pub(crate) value: U256,
    pub(crate) valid_until: u64,
    pub(crate) useful_life: u64,
    pub(crate) residual_bps: u16,
    pub(crate) report: B256,
}

impl Caliber {
    /// Posts an appraisal of a complete lot, in place of the one before.
    pub(crate) fn post_appraisal(&mut self, token_id: U256, posted: &Posted) -> Result<(), Revert> {
        let appraiser = self.access.only(roles::APPRAISER)?;
        self.check_assessable(token_id)?;
        check_document(posted.report)?;
        let (now, valid_until, useful_life) = (host::timestamp(), posted.valid_until, posted.useful_life);
        check_period(now, valid_until, useful_life, useful_life == 0)?;
        for time in [valid_until, useful_life] {
            check_maximum(U256::from(time), u128::from(MAX_TIME))?;
        }
        if posted.residual_bps > BASIS_POINTS {
            return Err(ICaliber::InvalidBasisPoints {
                basisPoints: U256::from(posted.residual_bps),
                maximum: U256::from(BASIS_POINTS),
            }
            .into());
        }
        let appraisal = Appraisal {
            value: check_maximum(posted.value, MAX_AMOUNT)?,
            appraised_at: now,
            expires_at: valid_until,
            useful_life,
            residual_bps: posted.residual_bps,
        };
        self.appraisals.setter(token_id).set(pack_appraisal(&appraisal));
        self.reports.setter(token_id).set(posted.report);
        host::log(&ICaliber::Appraised {
            tokenId: token_id,
            appraiser,
            value: posted.value,
            validUntil: U256::from(valid_until),
            usefulLife: U256::from(useful_life),
            residualBps: U256::from(posted.residual_bps),
            report: posted.report,
        });
        Ok(())
    }

    /// Posts a policy over a complete lot, in place of the one before.
    pub(crate) fn post_policy(
        &mut self,
        token_id: U256,
        coverage: U256,
        expiry: u64,
        document: B256,
    ) -> Result<(), Revert> {
        let insurer = self.access.only(roles::INSURER)?;
        self.check_assessable(token_id)?;
        check_document(document)?;
        check_period(host::timestamp(), expiry, 0, false)?;
        let policy = Policy {
            coverage: check_maximum(coverage, MAX_AMOUNT)?,
            expires_at: expiry,
        };
        self.policies.setter(token_id).set(policy.pack());
        self.policy_documents.setter(token_id).set(document);
        host::log(&ICaliber::Insured {
            tokenId: token_id,
            insurer,
            coverage,
            expiry: U256::from(expiry),
            policy: document,
        });
        Ok(())
    }

    /// What an existing lot is worth now, rounded down.
    pub(crate) fn value_now(&self, token_id: U256) -> Result<u128, Revert> {
        let lot = self.lot_of_token(token_id)?;
        Ok(self.value_of(token_id, lot))
    }

    /// Whether an existing lot can be pledged now.
    pub(crate) fn is_eligible_now(&self, token_id: U256) -> Result<bool, Revert> {
        let lot = self.lot_of_token(token_id)?;
        if !lot.is_pledgeable() {
            return Ok(false);
        }
        let value = self.value_of(token_id, lot);
        let policy = self.policy_of(token_id);
        Ok(value > 0 && policy.coverage >= value && host::timestamp() < policy.expires_at)
    }

    /// The lot of a token that exists.
    pub(crate) fn lot_of_token(&self, token_id: U256) -> Result<Lot, Revert> {
        Ok(Lot::unpack(self.erc721.existing(token_id)?.notes))
    }

    pub(crate) fn appraisal_of(&self, token_id: U256) -> Appraisal {
        unpack_appraisal(self.appraisals.get(token_id))
    }

    pub(crate) fn policy_of(&self, token_id: U256) -> Policy {
        Policy::unpack(self.policies.get(token_id))
    }

    fn value_of(&self, token_id: U256, lot: Lot) -> u128 {
        if lot.custody == Custody::Lost {
            return 0;
        }
        // A residual out of range was refused.
        self.appraisal_of(token_id).value(host::timestamp()).unwrap_or(0)
    }

    fn check_assessable(&self, token_id: U256) -> Result<(), Revert> {
        let lot = self.lot_of_token(token_id)?;
        lot.check_assessable().map_err(|refusal| refusal.of(token_id))
    }
}

/// Refuses a period that is over.
fn check_period(now: u64, end: u64, useful_life: u64, is_lifeless: bool) -> Result<(), Revert> {
    if end <= now || is_lifeless {
        return Err(ICaliber::InvalidPeriod {
            end: U256::from(end),
            usefulLife: U256::from(useful_life),
        }
        .into());
    }
    Ok(())
}

fn check_maximum(value: U256, maximum: u128) -> Result<u128, Revert> {
    match u128::try_from(value) {
        Ok(narrow) if narrow <= maximum => Ok(narrow),
        _ => Err(ICaliber::ValueTooLarge {
            value,
            maximum: U256::from(maximum),
        }
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn appraisals_survive_packing(
            value in 0..=MAX_AMOUNT,
            times in prop::array::uniform3(0..=MAX_TIME),
            residual_bps in any::<u16>(),
        ) {
            let [appraised_at, expires_at, useful_life] = times;
            let appraisal = Appraisal { value, appraised_at, expires_at, useful_life, residual_bps };
            prop_assert_eq!(unpack_appraisal(pack_appraisal(&appraisal)), appraisal);
        }

        #[test]
        fn policies_survive_packing(coverage in any::<u128>(), expires_at in any::<u64>()) {
            let policy = Policy { coverage, expires_at };
            prop_assert_eq!(Policy::unpack(policy.pack()), policy);
        }
    }

    #[test]
    fn no_appraisal_and_no_policy_are_worth_nothing() {
        assert_eq!(unpack_appraisal(U256::ZERO), Appraisal::default());
        assert_eq!(Appraisal::default().value(0), Ok(0));
        let policy = Policy::unpack(U256::ZERO);
        assert_eq!((policy.coverage, policy.expires_at), (0, 0));
    }
}
