//! Revert data in words.

use std::fmt;

use alloy_primitives::hex;
use alloy_sol_types::{Revert, SolError, SolInterface};

use crate::bindings::{
    ICaliber, ICollateralAuction, IERC20, ILoanPool, IQevAuction, IStakedUSDai, IStylusDeployer, ISwapAdapter,
    ITestDollar, ITestLoanPool, IUSDai, IWrappedM,
};

/// Revert data in words: the error's name and values where a contract of the suite or a usual token declares it.
pub fn describe_revert(data: &[u8]) -> String {
    if data.is_empty() {
        return "without data".into();
    }
    if let Ok(revert) = Revert::abi_decode(data) {
        return format!("{:?}", revert.reason);
    }
    if let Ok(IStylusDeployer::IStylusDeployerErrors::ContractInitializationError(error)) =
        IStylusDeployer::IStylusDeployerErrors::abi_decode(data)
    {
        return format!(
            "the constructor of {} reverted: {}",
            error.newContract,
            describe_revert(&error.data)
        );
    }
    if let Ok(ISwapAdapter::ISwapAdapterErrors::SwapFailed(error)) = ISwapAdapter::ISwapAdapterErrors::abi_decode(data)
    {
        return format!("SwapFailed({})", describe_revert(&error.reason));
    }
    named::<IUSDai::IUSDaiErrors>(data)
        .or_else(|| named::<ISwapAdapter::ISwapAdapterErrors>(data))
        .or_else(|| named::<IQevAuction::IQevAuctionErrors>(data))
        .or_else(|| named::<IStakedUSDai::IStakedUSDaiErrors>(data))
        .or_else(|| named::<ILoanPool::ILoanPoolErrors>(data))
        .or_else(|| named::<ICaliber::ICaliberErrors>(data))
        .or_else(|| named::<ICollateralAuction::ICollateralAuctionErrors>(data))
        .or_else(|| named::<ITestLoanPool::ITestLoanPoolErrors>(data))
        .or_else(|| named::<ITestDollar::ITestDollarErrors>(data))
        .or_else(|| named::<IWrappedM::IWrappedMErrors>(data))
        .or_else(|| named::<IERC20::IERC20Errors>(data))
        .unwrap_or_else(|| hex::encode_prefixed(data))
}

/// The generated enums print as `Variant(Error { fields })`; the inner part says it all.
fn named<E: SolInterface + fmt::Debug>(data: &[u8]) -> Option<String> {
    let printed = format!("{:?}", E::abi_decode(data).ok()?);
    let inner = printed
        .split_once('(')
        .map_or(printed.as_str(), |(_, inner)| inner.trim_end_matches(')'));
    Some(inner.to_owned())
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{Address, U256};

    use super::*;

    #[test]
    fn revert_data_is_told_in_words() {
        let slippage = IUSDai::SlippageExceeded {
            minimum: U256::from(7),
            actual: U256::from(5),
        };
        assert_eq!(
            describe_revert(&slippage.abi_encode()),
            "SlippageExceeded { minimum: 7, actual: 5 }"
        );
        let phase = IQevAuction::WrongPhase {
            required: IQevAuction::Phase::Bid,
            actual: IQevAuction::Phase::Reveal,
        };
        assert_eq!(
            describe_revert(&phase.abi_encode()),
            "WrongPhase { required: Bid, actual: Reveal }"
        );
        let nothing = IStakedUSDai::ZeroNav {};
        assert_eq!(describe_revert(&nothing.abi_encode()), "ZeroNav");
        let consent = IStakedUSDai::RequestTooSmall {
            shares: U256::from(1),
            assets: U256::from(2),
        };
        assert_eq!(
            describe_revert(&consent.abi_encode()),
            "RequestTooSmall { shares: 1, assets: 2 }"
        );
        let title = ICaliber::TokenFrozen { tokenId: U256::from(4) };
        assert_eq!(describe_revert(&title.abi_encode()), "TokenFrozen { tokenId: 4 }");
        let pool = ITestLoanPool::Misbehaved { amount: U256::from(3) };
        assert_eq!(describe_revert(&pool.abi_encode()), "Misbehaved { amount: 3 }");
        assert_eq!(describe_revert(&[]), "without data");
        assert_eq!(describe_revert(&[1, 2, 3, 4, 5]), "0x0102030405");
        let router = ISwapAdapter::SwapFailed {
            reason: Revert::from("IIA").abi_encode().into(),
        };
        assert_eq!(describe_revert(&router.abi_encode()), "SwapFailed(\"IIA\")");
        let construction = IStylusDeployer::ContractInitializationError {
            newContract: Address::ZERO,
            data: IUSDai::InvalidAddress {}.abi_encode().into(),
        };
        let told = "the constructor of 0x0000000000000000000000000000000000000000 reverted: InvalidAddress";
        assert_eq!(describe_revert(&construction.abi_encode()), told);
    }
}
