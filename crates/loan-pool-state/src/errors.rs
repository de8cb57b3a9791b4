//! What the arithmetic refuses, in the words of the ABI.

use alloy_primitives::U256;
use contract_kit::{revert::ValueTooLarge, Revert};
use loan_core::{interest::MAX_RATE, Error, BASIS_POINTS};

use crate::abi::ILoanPool;

/// An error of arithmetic on states that the pool keeps as they were returned: there is none for amounts that exist.
#[inline(never)]
pub(crate) fn failed(_: Error) -> Revert {
    ILoanPool::CalculationFailed {}.into()
}

/// The error of the ABI for one of the arithmetic on what a caller has said.
pub(crate) fn refused(error: Error) -> Revert {
    match error {
        Error::ZeroAmount => ILoanPool::InvalidAmount {}.into(),
        Error::RateTooHigh { per_second } => ILoanPool::RateTooHigh {
            rate: U256::from(per_second),
            maximum: U256::from(MAX_RATE),
        }
        .into(),
        Error::InvalidDuration { duration, interval } => ILoanPool::InvalidDuration {
            duration: U256::from(duration),
            interval: U256::from(interval),
        }
        .into(),
        Error::LevelPaymentUndefined { instalments } => ILoanPool::LevelPaymentUndefined {
            instalments: U256::from(instalments),
        }
        .into(),
        Error::AboveAdvanceRate { principal, limit } => ILoanPool::AboveAdvanceRate {
            principal: U256::from(principal),
            limit: U256::from(limit),
        }
        .into(),
        Error::Shortfall { principal, available } => ILoanPool::InsufficientLiquidity {
            principal: U256::from(principal),
            available: U256::from(available),
        }
        .into(),
        Error::BasisPointsOutOfRange { bps } => basis_points(bps),
        error => failed(error),
    }
}

/// As [`refused`], of an operation on a tranche.
pub(crate) fn refused_by(tranche: usize, error: Error) -> Revert {
    let tranche = U256::from(tranche);
    match error {
        Error::Valueless { .. } => ILoanPool::WorthlessTranche { tranche }.into(),
        Error::FirstDepositTooSmall { assets, minimum } => ILoanPool::FirstDepositTooSmall {
            assets: U256::from(assets),
            minimum: U256::from(minimum),
        }
        .into(),
        Error::InsufficientIdle { assets, idle } => ILoanPool::InsufficientIdle {
            tranche,
            assets: U256::from(assets),
            idle: U256::from(idle),
        }
        .into(),
        error => refused(error),
    }
}

pub(crate) fn basis_points(bps: u16) -> Revert {
    ILoanPool::InvalidBasisPoints {
        basisPoints: U256::from(bps),
        maximum: U256::from(BASIS_POINTS),
    }
    .into()
}

/// `value`, if it is at most `maximum`.
pub(crate) fn at_most(value: U256, maximum: u128) -> Result<u128, Revert> {
    match u128::try_from(value) {
        Ok(value) if value <= maximum => Ok(value),
        _ => Err(ValueTooLarge {
            value,
            maximum: U256::from(maximum),
        }
        .into()),
    }
}

/// Refuses a price that has moved beyond what the caller accepts.
pub(crate) fn at_least(actual: U256, minimum: U256) -> Result<(), Revert> {
    if actual < minimum {
        return Err(ILoanPool::SlippageExceeded { minimum, actual }.into());
    }
    Ok(())
}
