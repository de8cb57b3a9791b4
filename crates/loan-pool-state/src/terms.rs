//! The terms of a loan: how calls bring them along, what they hash to, and what the arithmetic takes of them.

use alloy_primitives::{Address, B256, U256};
use contract_kit::{
    eip712::{self, TypeHash},
    sdk::{Calldata, Parameter},
    Revert,
};
use credit_math::mul_div_up;
use loan_core::{loan::Terms, schedule::Schedule, Rate, BASIS_POINTS, DAY, MAX_PRINCIPAL};
use stylus_sdk::abi::{AbiType, ConstString};

use crate::{
    abi::ILoanPool,
    errors::{at_most, basis_points, refused},
};

/// The longest grace period.
pub(crate) const MAX_GRACE: u64 = 30 * DAY;

const TYPE: TypeHash = TypeHash::of(
    "LoanTerms(address borrower,address underwriter,uint256 collateralId,uint256 principal,uint64 duration,\
     uint64 repaymentInterval,uint8 schedule,uint64 gracePeriod,uint64 penaltyRate,uint16 originationFeeBps,\
     uint16 exitFeeBps,uint64 expiry,uint256 nonce)",
);

/// Terms as they are signed and passed along.
pub type LoanTerms = ILoanPool::LoanTerms;

impl Parameter for LoanTerms {
    const WORDS: usize = 13;

    fn read(calldata: &mut Calldata<'_>) -> Option<Self> {
        Some(Self {
            borrower: Address::read(calldata)?,
            underwriter: Address::read(calldata)?,
            collateralId: U256::read(calldata)?,
            principal: U256::read(calldata)?,
            duration: u64::read(calldata)?,
            repaymentInterval: u64::read(calldata)?,
            schedule: u8::read(calldata)?,
            gracePeriod: u64::read(calldata)?,
            penaltyRate: u64::read(calldata)?,
            originationFeeBps: u16::read(calldata)?,
            exitFeeBps: u16::read(calldata)?,
            expiry: u64::read(calldata)?,
            nonce: U256::read(calldata)?,
        })
    }
}

impl AbiType for LoanTerms {
    type SolType = Self;

    // What selectors are made of.
    const ABI: ConstString = ConstString::new(
        "(address,address,uint256,uint256,uint64,uint64,uint8,uint64,uint64,uint16,uint16,uint64,uint256)",
    );
    const EXPORT_ABI_ARG: ConstString = ConstString::new("LoanTerms calldata");
}

/// Declared by the interface file.
#[cfg(feature = "export-abi")]
impl stylus_sdk::abi::export::internal::InnerTypes for LoanTerms {}

/// The hash of terms (EIP-712 hashStruct), by which their loan is known.
#[must_use]
pub fn loan_id(terms: &LoanTerms) -> B256 {
    eip712::hash_struct(TYPE, &words(terms))
}

/// The words of terms: their encoding in calls as well as under their hash.
pub(crate) fn words(terms: &LoanTerms) -> [B256; 13] {
    let word = |number: u64| B256::from(U256::from(number));
    [
        terms.borrower.into_word(),
        terms.underwriter.into_word(),
        B256::from(terms.collateralId),
        B256::from(terms.principal),
        word(terms.duration),
        word(terms.repaymentInterval),
        word(terms.schedule.into()),
        word(terms.gracePeriod),
        word(terms.penaltyRate),
        word(terms.originationFeeBps.into()),
        word(terms.exitFeeBps.into()),
        word(terms.expiry),
        B256::from(terms.nonce),
    ]
}

/// Refuses terms that no loan can have. The arithmetic refuses the rest.
///
/// # Errors
///
/// `ValueTooLarge`, `InvalidSchedule`, `GraceTooLong`, `RateTooHigh`, `InvalidBasisPoints`.
pub(crate) fn check(terms: &LoanTerms) -> Result<(), Revert> {
    at_most(terms.principal, MAX_PRINCIPAL)?;
    if terms.schedule > 1 {
        return Err(ILoanPool::InvalidSchedule {
            schedule: U256::from(terms.schedule),
        }
        .into());
    }
    if terms.gracePeriod > MAX_GRACE {
        return Err(ILoanPool::GraceTooLong {
            grace: U256::from(terms.gracePeriod),
            maximum: U256::from(MAX_GRACE),
        }
        .into());
    }
    Rate::new(terms.penaltyRate).map_err(refused)?;
    match terms.originationFeeBps.max(terms.exitFeeBps) {
        0..=BASIS_POINTS => Ok(()),
        bps => Err(basis_points(bps)),
    }
}

/// What the arithmetic takes of terms that were checked when their loan was taken. Fees round up.
pub(crate) fn agreed(terms: &LoanTerms) -> Terms {
    let fee = |bps: u16| {
        mul_div_up(terms.principal, U256::from(bps), U256::from(BASIS_POINTS))
            .and_then(|fee| u128::try_from(fee).ok())
            .unwrap_or_default()
    };
    Terms {
        principal: u128::try_from(terms.principal).unwrap_or_default(),
        duration: terms.duration,
        interval: terms.repaymentInterval,
        schedule: if terms.schedule == 1 {
            Schedule::LevelPayment
        } else {
            Schedule::EqualPrincipal
        },
        grace: terms.gracePeriod,
        penalty_rate: Rate::new(terms.penaltyRate).unwrap_or_default(),
        origination_fee: fee(terms.originationFeeBps),
        exit_fee: fee(terms.exitFeeBps),
    }
}
