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

#[cfg(test)]
mod tests {
    use alloy_sol_types::SolCall;
    use contract_kit::sdk::Parameters;
    use proptest::prelude::*;
    use std::vec::Vec;
    use stylus_sdk::function_selector;

    use super::*;

    fn terms(words: &[u64; 13]) -> LoanTerms {
        let [borrower, underwriter, token, principal, duration, interval, schedule, grace, penalty, origination, exit, expiry, nonce] =
            *words;
        let address = |word: u64| Address::left_padding_from(&word.to_be_bytes());
        LoanTerms {
            borrower: address(borrower),
            underwriter: address(underwriter),
            collateralId: U256::from(token) << 190_usize,
            principal: U256::from(principal) << 130_usize,
            duration,
            repaymentInterval: interval,
            schedule: schedule.to_le_bytes()[0],
            gracePeriod: grace,
            penaltyRate: penalty,
            originationFeeBps: u16::from_le_bytes([origination.to_le_bytes()[0], origination.to_le_bytes()[1]]),
            exitFeeBps: u16::from_le_bytes([exit.to_le_bytes()[0], exit.to_le_bytes()[1]]),
            expiry,
            nonce: U256::from(nonce) << 64_usize,
        }
    }

    /// The type as the interface has it: what is hashed is what wallets show.
    #[test]
    fn the_type_is_the_interfaces() {
        let written = <LoanTerms as alloy_sol_types::SolStruct>::eip712_encode_type();
        let ours = "LoanTerms(address borrower,address underwriter,uint256 collateralId,uint256 principal,uint64 duration,\
                    uint64 repaymentInterval,uint8 schedule,uint64 gracePeriod,uint64 penaltyRate,uint16 originationFeeBps,\
                    uint16 exitFeeBps,uint64 expiry,uint256 nonce)";
        assert_eq!(written, ours);
        assert_eq!(function_selector!("repay", LoanTerms), ILoanPool::repayCall::SELECTOR);
        assert_eq!(
            function_selector!("borrow", LoanTerms, stylus_sdk::abi::Bytes, U256),
            ILoanPool::borrowCall::SELECTOR
        );
    }

    proptest! {
        #[test]
        fn terms_are_read_as_they_were_encoded(words in any::<[u64; 13]>(), dirty in 0_usize..13, offset in 0_u64..99) {
            let terms = terms(&words);
            let encoded: Vec<u8> = super::words(&terms).iter().flat_map(|word| word.0).collect();
            let call = ILoanPool::prepayCall { terms: terms.clone(), principal: U256::from(offset) };
            prop_assert_eq!(&call.abi_encode()[4..416 + 4], encoded.as_slice());
            let read = <(LoanTerms, U256) as Parameters>::abi_decode_params(&call.abi_encode()[4..], true).unwrap();
            prop_assert_eq!(read, (terms, U256::from(offset)));
            // A bit where there can be none.
            let mut damaged = encoded;
            damaged[dirty * 32] ^= 0x80;
            let read = <(LoanTerms,) as Parameters>::abi_decode_params(&damaged, true);
            prop_assert_eq!(read.is_ok(), [2, 3, 12].contains(&dirty));
        }
    }

    #[test]
    fn bounds_are_those_of_the_interface() {
        let good = LoanTerms {
            principal: U256::from(MAX_PRINCIPAL),
            schedule: 1,
            gracePeriod: MAX_GRACE,
            originationFeeBps: BASIS_POINTS,
            exitFeeBps: 1,
            ..terms(&[0; 13])
        };
        assert_eq!(check(&good), Ok(()));
        let agreed = agreed(&good);
        assert_eq!(agreed.origination_fee, MAX_PRINCIPAL);
        // Rounded up.
        assert_eq!(agreed.exit_fee, MAX_PRINCIPAL / 10_000 + 1);
        let refused = check(&LoanTerms {
            gracePeriod: MAX_GRACE + 1,
            ..good
        })
        .unwrap_err();
        let expected = ILoanPool::GraceTooLong {
            grace: U256::from(MAX_GRACE + 1),
            maximum: U256::from(MAX_GRACE),
        };
        assert_eq!(refused, expected.into());
    }
}
