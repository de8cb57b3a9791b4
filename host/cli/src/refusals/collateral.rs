//! What the auction of collateral and the chain's precompile for programs refuse.

use alloy_primitives::U256;
use alloy_sol_types::SolInterface;
use client::bindings::{IArbWasm, ICollateralAuction};

use crate::amount::Unit;
use crate::plan::ether;
use crate::times::{date, roughly};

/// Why a call was refused, as a sentence without its end.
pub(super) fn explain(data: &[u8]) -> Option<String> {
    sale(data).or_else(|| program(data))
}

fn sale(data: &[u8]) -> Option<String> {
    use ICollateralAuction::ICollateralAuctionErrors as Error;
    let usd = |amount: U256| Unit::usdai().show(amount);
    let moment = |time: U256| date(time.saturating_to());
    Some(match Error::abi_decode(data).ok()? {
        Error::NotLiquidated(error) => format!("the pool has not liquidated loan {}", error.loanId),
        Error::CollateralElsewhere(error) => format!(
            "the title {} is not at the auction: {} owns it",
            error.collateralId, error.owner
        ),
        Error::AlreadyListed(error) => format!(
            "the collateral of loan {} was listed already; after a failed listing it is relisted",
            error.loanId
        ),
        Error::NotListed(error) => format!("the collateral of loan {} was never listed", error.loanId),
        Error::StillRunning(error) => format!("the listing takes bids until {}", moment(error.end)),
        Error::BiddingClosed(error) => format!("the listing took bids until {}", moment(error.end)),
        Error::BidTooLow(error) => format!(
            "a bid of {} is too low: the lowest is {}",
            usd(error.amount),
            usd(error.minimum)
        ),
        Error::NoBid(error) => format!(
            "nobody has bid for the collateral of loan {}: there is nothing to settle",
            error.loanId
        ),
        Error::HasWinner(error) => format!(
            "{} has won the listing with {}: it is settled, not relisted or written off",
            error.bidder,
            usd(error.amount)
        ),
        Error::AlreadySold(error) => format!("the collateral of loan {} is sold", error.loanId),
        Error::ReserveOutOfBounds(error) => format!(
            "a reserve of {} is out of bounds: from {} to {}",
            usd(error.reserve),
            usd(error.minimum),
            usd(error.maximum)
        ),
        Error::TooFewFailedListings(error) => format!(
            "the collateral has failed to sell {} times, and a loan is written off after {}",
            error.failed, error.required
        ),
        Error::AlreadyWrittenOff(error) => format!("loan {} is written off already", error.loanId),
        Error::NothingToRefund(error) => format!("{} has nothing to fetch", error.account),
        _ => return None,
    })
}

fn program(data: &[u8]) -> Option<String> {
    use IArbWasm::IArbWasmErrors as Error;
    Some(match Error::abi_decode(data).ok()? {
        Error::ProgramExpired(error) => format!(
            "the program was activated {} ago and has expired: it must be activated again",
            roughly(error.ageInSeconds)
        ),
        Error::ProgramKeepaliveTooSoon(error) => format!(
            "the program was activated or renewed {} ago: it can be renewed after 31 days",
            roughly(error.ageInSeconds)
        ),
        Error::ProgramInsufficientValue(error) => format!(
            "the data fee is {}, and {} came along",
            ether(error.want),
            ether(error.have)
        ),
        Error::ProgramNotActivated(_) => "the program was never activated".into(),
        Error::ProgramUpToDate(_) => "the program is active already".into(),
    })
}

#[cfg(test)]
mod tests {
    use alloy_primitives::B256;
    use alloy_sol_types::SolError;

    use super::*;

    #[test]
    fn sales_and_programs_are_refused_in_words() {
        let low = ICollateralAuction::BidTooLow {
            amount: U256::from(10).pow(U256::from(18)),
            minimum: U256::from(10).pow(U256::from(19)),
        };
        assert_eq!(
            explain(&low.abi_encode()).unwrap(),
            "a bid of 1.0000 USDai is too low: the lowest is 10.0000 USDai"
        );
        let few = ICollateralAuction::TooFewFailedListings {
            loanId: B256::ZERO,
            failed: U256::from(1),
            required: U256::from(3),
        };
        assert!(explain(&few.abi_encode()).unwrap().contains("failed to sell 1 times"));
        let soon = IArbWasm::ProgramKeepaliveTooSoon {
            ageInSeconds: 2 * 86_400,
        };
        assert!(explain(&soon.abi_encode()).unwrap().contains("renewed 2 days ago"));
        assert_eq!(explain(&[1, 2, 3, 4]), None);
    }
}
