//! Errors of the contracts as sentences, with their values in the units of people.

mod collateral;

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolError, SolInterface};
use client::bindings::{ICaliber, IERC20, ILoanPool, IQevAuction, IStakedUSDai, ISwapAdapter, IUSDai, IWrappedM};
use client::reverts::describe_revert;
use client::role_id;

use crate::amount::{Unit, WAD_DECIMALS, percent, percent_a_year, show, thousands};
use crate::times::{date, roughly};

/// The roles of the suite, whose ids are hashes.
pub const ROLES: [&str; 14] = [
    "DEFAULT_ADMIN_ROLE",
    "PAUSE_ADMIN_ROLE",
    "BRIDGE_ADMIN_ROLE",
    "DEPOSIT_ADMIN_ROLE",
    "WHITELIST_ADMIN_ROLE",
    "YIELD_ROLE",
    "STRATEGY_ADMIN_ROLE",
    "BLACKLIST_ADMIN_ROLE",
    "UNDERWRITER_ROLE",
    "RISK_ADMIN_ROLE",
    "TOKENIZING_AGENT_ROLE",
    "APPRAISER_ROLE",
    "INSURER_ROLE",
    "COMPLIANCE_ROLE",
];

/// Why a call was refused, as a sentence without its end. `unit` is what the call moves.
pub fn explain(data: &[u8], unit: &Unit) -> String {
    vault(data)
        .or_else(|| auction(data))
        .or_else(|| tokens(data, unit))
        .or_else(|| lenders(data))
        .or_else(|| borrowers(data))
        .or_else(|| caliber(data))
        .or_else(|| collateral::explain(data))
        .unwrap_or_else(|| describe_revert(data))
}

fn usd(amount: U256) -> String {
    Unit::usdai().show(amount)
}

fn shares(amount: U256) -> String {
    Unit::susdai().show(amount)
}

fn moment(time: U256) -> String {
    date(time.saturating_to())
}

fn role(account: Address, needed: alloy_primitives::B256) -> String {
    let known = ROLES.iter().find(|name| role_id(name) == needed);
    match known {
        Some(name) => format!("{account} does not hold {name}, which this needs"),
        None => format!("{account} does not hold the role {needed}, which this needs"),
    }
}

/// What tokens, swaps and roles say, which is the same in all contracts.
fn tokens(data: &[u8], unit: &Unit) -> Option<String> {
    use IUSDai::IUSDaiErrors as Error;
    if let Ok(error) = IWrappedM::InsufficientBalance::abi_decode(data) {
        return Some(format!(
            "{} holds {}, of which {} were to be moved",
            error.account,
            unit.show(error.balance),
            unit.show(error.amount)
        ));
    }
    if let Ok(error) = ISwapAdapter::IncompleteSwap::abi_decode(data) {
        return Some(format!(
            "the pools are too small for this amount: {} would be left",
            unit.show(error.leftover)
        ));
    }
    if let Ok(error) = IERC20::ERC20InsufficientBalance::abi_decode(data) {
        return Some(format!(
            "{} holds {} and needs {}",
            error.sender,
            unit.show(error.balance),
            unit.show(error.needed)
        ));
    }
    Some(match Error::abi_decode(data).ok()? {
        Error::SlippageExceeded(error) => format!(
            "the price has moved: {} instead of at least {}",
            thousands(error.actual),
            thousands(error.minimum)
        ),
        Error::SwapFailed(error) => format!("the pools refuse the swap: {}", describe_revert(&error.reason)),
        Error::SupplyCapExceeded(_) => "USDai is at its supply cap".into(),
        Error::NotWhitelisted(error) => format!(
            "{} is not on the whitelist, which minting needs at the moment",
            error.caller
        ),
        Error::TokenNotWhitelisted(error) => format!("USDai does not take the token {}", error.token),
        Error::SwapAdapterNotSet(_) => "USDai takes nothing but wM: no swap adapter is set".into(),
        Error::AccessControlUnauthorizedAccount(error) => role(error.account, error.neededRole),
        Error::EnforcedPause(_) => "the contract is paused".into(),
        Error::ERC20InsufficientAllowance(error) => format!(
            "{} may spend {} and needs {}: approve it first",
            error.spender,
            unit.show(error.allowance),
            unit.show(error.needed)
        ),
        _ => return None,
    })
}

fn vault(data: &[u8]) -> Option<String> {
    use IStakedUSDai::IStakedUSDaiErrors as Error;
    Some(match Error::abi_decode(data).ok()? {
        Error::BlacklistedAddress(error) => format!("{} is on sUSDai's blacklist", error.account),
        Error::RequestTooSmall(error) => format!(
            "{}, worth {}, is too little to redeem: a request needs one share or the worth of one USDai",
            shares(error.shares),
            usd(error.assets)
        ),
        Error::ControllerConsentMissing(error) => format!(
            "{} has made neither {} nor the caller its operator",
            error.controller, error.owner
        ),
        Error::ZeroNav(_) => "nothing backs the shares at the moment".into(),
        Error::TooManyRequests(error) => format!(
            "{} has {} redemption requests already, the most there may be: claim some to the end first",
            error.controller, error.maximum
        ),
        Error::UnknownRequest(error) => {
            format!("there is no request {}, or it was claimed to the end", error.requestId)
        }
        Error::NoSealedBid(error) => format!("request {} has no sealed bid in this epoch", error.requestId),
        Error::NothingPending(error) => format!("nothing of request {} is in the queue", error.requestId),
        Error::AlreadyServiced(error) => format!(
            "the queue has paid a part of request {} already, so it cannot bid any more",
            error.requestId
        ),
        Error::BidUnsettled(error) => format!(
            "request {} takes part in the auction of epoch {}, which is not settled yet",
            error.requestId, error.epoch
        ),
        Error::AnnouncementClosed(error) => format!(
            "the limit of epoch {} could be announced until {}",
            error.epoch,
            moment(error.closedAt)
        ),
        Error::NothingToSettle(_) => "no ended epoch with bids waits for its settlement".into(),
        Error::NotPublicYet(error) => format!("until {} only the strategy admin may do this", moment(error.publicFrom)),
        Error::EpochUnsettled(error) => format!("the auction of epoch {} has to be settled first", error.epoch),
        Error::RestoreWindowOpen(error) => format!(
            "{} of losing bids can come back to their places until {}, before anything is serviced",
            shares(error.sharesAwaitingRestore),
            moment(error.until)
        ),
        Error::NotEligible(error) => format!(
            "{} are more than may be serviced now, {}",
            shares(error.shares),
            shares(error.eligibleShares)
        ),
        Error::ExceedsClaimable(error) => format!(
            "{} are more than can be claimed now, {}",
            show(error.requested, WAD_DECIMALS),
            show(error.claimable, WAD_DECIMALS)
        ),
        Error::SettlementPending(_) => {
            "sealed bids wait for their settlement: the idle assets may not shrink now".into()
        }
        Error::LoanInDefault(error) => format!(
            "a loan is in default and can be cured until {}: nothing is settled or serviced meanwhile",
            moment(error.cureEnd)
        ),
        Error::InsufficientBaseYield(error) => format!(
            "{} of base yield are claimable, not {}",
            usd(error.claimable),
            usd(error.requested)
        ),
        Error::InsufficientTrancheShares(error) => format!(
            "sUSDai holds {} shares of tranche {}, not {}",
            show(error.held, WAD_DECIMALS),
            error.tranche,
            show(error.shares, WAD_DECIMALS)
        ),
        Error::InvalidCaller(_) => "the caller is neither the owner nor his operator".into(),
        Error::InvalidAddress(_) => "the address is zero, or cannot be used for this".into(),
        Error::InvalidAmount(_) => "the amount is nothing, or worth nothing".into(),
        Error::InsufficientBalance(_) => "sUSDai has not the idle assets for this".into(),
        _ => return None,
    })
}

fn auction(data: &[u8]) -> Option<String> {
    use IQevAuction::{IQevAuctionErrors as Error, Phase};
    let phase = |phase: Phase| match phase {
        Phase::Bid => "the bid phase",
        Phase::Reveal => "the reveal phase",
        _ => "the time before the first epoch",
    };
    Some(match Error::abi_decode(data).ok()? {
        Error::WrongPhase(error) => format!(
            "this is for {}, and it is {}",
            phase(error.required),
            phase(error.actual)
        ),
        Error::AlreadyRevealed(error) => format!("the bid of request {} is revealed already", error.requestId),
        Error::InvalidOpening(error) => format!(
            "discount and salt are not those of the sealed bid on request {}, {}",
            error.requestId, error.commitment
        ),
        Error::DiscountOutOfBounds(error) => format!(
            "a discount of {} is out of bounds: bid from {} to {}",
            percent(error.discountBps),
            percent(error.minDiscountBps),
            percent(error.maxDiscountBps)
        ),
        Error::NothingToRestore(error) => format!(
            "nothing of request {} was at auction, or its epoch is not settled",
            error.requestId
        ),
        _ => return None,
    })
}

/// What the pool says to lenders.
fn lenders(data: &[u8]) -> Option<String> {
    use ILoanPool::ILoanPoolErrors as Error;
    Some(match Error::abi_decode(data).ok()? {
        Error::InsufficientIdle(error) => format!(
            "tranche {} has {} of idle cash, not {}",
            error.tranche,
            usd(error.idle),
            usd(error.assets)
        ),
        Error::FirstDepositTooSmall(error) => format!(
            "the first deposit of a tranche must be more than {} wei, not {}",
            error.minimum, error.assets
        ),
        Error::WorthlessTranche(error) => format!(
            "nothing backs the shares of tranche {}: it takes no deposits",
            error.tranche
        ),
        Error::InvalidTranche(error) => format!("there is no tranche {}", error.tranche),
        Error::NoticeNotNeeded(_) => "shares of tranche 0 are redeemed at once, without notice".into(),
        Error::InsufficientNotice(error) => format!(
            "{} shares of tranche {} are under notice, not {}",
            show(error.noticed, WAD_DECIMALS),
            error.tranche,
            show(error.shares, WAD_DECIMALS)
        ),
        Error::OutsideNoticeWindow(error) => format!(
            "shares under notice are redeemed from {} to before {}; then notice must be given anew",
            moment(error.from),
            moment(error.until)
        ),
        Error::ERC6909InsufficientBalance(error) => format!(
            "{} holds {} free shares of tranche {}, not {}",
            error.sender,
            show(error.balance, WAD_DECIMALS),
            error.id,
            show(error.needed, WAD_DECIMALS)
        ),
        _ => return None,
    })
}

/// What the pool says to borrowers and payers.
fn borrowers(data: &[u8]) -> Option<String> {
    use ILoanPool::ILoanPoolErrors as Error;
    Some(match Error::abi_decode(data).ok()? {
        Error::NotBorrower(error) => format!(
            "only the borrower of these terms, {}, may do this, not {}",
            error.borrower, error.caller
        ),
        Error::WrongLoanStatus(error) => format!(
            "the loan {} is {}, which does not allow this",
            error.loanId,
            loan_status(error.actual)
        ),
        Error::TermsAlreadyUsed(error) => format!("these terms were taken already: loan {}", error.loanId),
        Error::TermsExpired(error) => format!("the terms could be taken until {}", moment(error.expiry)),
        Error::NonceAlreadyUsed(error) => format!(
            "the underwriter {} has used or cancelled the nonce {}",
            error.underwriter, error.nonce
        ),
        Error::InvalidSigner(error) => format!(
            "{} signed, not the underwriter {}; or the terms were changed after they were signed",
            error.signer, error.underwriter
        ),
        Error::InvalidContractSignature(error) => format!(
            "the underwriter's contract {} does not approve these terms",
            error.underwriter
        ),
        Error::InvalidSchedule(error) => format!(
            "there is no schedule {}: 0 is equal principal, 1 level payment",
            error.schedule
        ),
        Error::InvalidDuration(error) => format!(
            "a duration of {} in intervals of {}: it must be 1 to 520 whole intervals of at most 366 days",
            roughly(error.duration.saturating_to()),
            roughly(error.interval.saturating_to())
        ),
        Error::GraceTooLong(error) => format!(
            "a grace period of {} is longer than {}",
            roughly(error.grace.saturating_to()),
            roughly(error.maximum.saturating_to())
        ),
        Error::RateTooHigh(error) => format!(
            "a rate of {} a year is above the highest, {}",
            percent_a_year(error.rate),
            percent_a_year(error.maximum)
        ),
        Error::RefinancingMismatch(_) => "new terms must name the same borrower and the same collateral".into(),
        Error::CollateralNotEligible(error) => format!(
            "the title {} cannot be pledged now: it must be held by its bailee, appraised, insured for its value, and neither frozen nor being redeemed",
            error.collateralId
        ),
        Error::AboveAdvanceRate(error) => format!(
            "{} are more than this collateral allows, {}",
            usd(error.principal),
            usd(error.limit)
        ),
        Error::InsufficientLiquidity(error) => format!(
            "the tranches have {} for this collateral, not {}",
            usd(error.available),
            usd(error.principal)
        ),
        Error::BlendedRateTooHigh(error) => format!(
            "the rate is {} a year, above the {} that were accepted",
            percent_a_year(error.rate),
            percent_a_year(error.maximum)
        ),
        Error::NothingDue(_) => "nothing is due at the moment".into(),
        Error::NotOverdue(error) => format!("no deadline was missed: the next is {}", moment(error.deadline)),
        Error::NotDefaultable(error) => format!("the loan can be marked as defaulted from {}", moment(error.from)),
        Error::RedemptionWindowOpen(error) => {
            format!("the borrower can cure the default until {}", moment(error.until))
        }
        Error::InvalidTimestamp(error) => format!(
            "a loan cannot be quoted for {}, before its last payment ({})",
            moment(error.timestamp),
            moment(error.earliest)
        ),
        Error::LevelPaymentUndefined(error) => format!(
            "at this rate there is no level payment over {} instalments",
            error.instalments
        ),
        _ => return None,
    })
}

/// Where a loan stands, in a word.
pub fn loan_status(status: ILoanPool::LoanStatus) -> &'static str {
    use ILoanPool::LoanStatus as Status;
    match status {
        Status::None => "not taken",
        Status::Active => "running",
        Status::Impaired => "impaired",
        Status::Defaulted => "in default",
        Status::Liquidating => "being liquidated",
        Status::WrittenOff => "written off",
        Status::Repaid => "repaid",
        Status::Liquidated => "liquidated",
        _ => "unknown",
    }
}

/// Where goods are, in a word.
pub fn custody(custody: ICaliber::Custody) -> &'static str {
    use ICaliber::Custody;
    match custody {
        Custody::Building => "being built",
        Custody::Sealed => "sealed, not received",
        Custody::Held => "held by the bailee",
        Custody::Lost => "lost",
        _ => "unknown",
    }
}

fn caliber(data: &[u8]) -> Option<String> {
    use ICaliber::ICaliberErrors as Error;
    Some(match Error::abi_decode(data).ok()? {
        Error::ERC721NonexistentToken(error) => format!("there is no title {}", error.tokenId),
        Error::ERC721IncorrectOwner(error) => format!(
            "the title {} is {}'s, not {}'s",
            error.tokenId, error.owner, error.sender
        ),
        Error::ERC721InsufficientApproval(error) => format!(
            "{} may not move the title {}: its owner must approve that first",
            error.operator, error.tokenId
        ),
        Error::SerialInUse(error) => format!("the unit {} is in the title {} already", error.serial, error.tokenId),
        Error::InvalidSerial(_) => "a serial hash of zero is none".into(),
        Error::EmptyLot(error) => format!("the lot {} has no units", error.tokenId),
        Error::WrongCustody(error) => format!(
            "the lot {} is {}, which does not allow this",
            error.tokenId,
            custody(error.actual)
        ),
        Error::NotBailee(error) => format!("{} is not the bailee of the lot {}", error.caller, error.tokenId),
        Error::TokenFrozen(error) => format!("the title {} is frozen", error.tokenId),
        Error::RedemptionRequested(error) => format!(
            "the holder of the title {} has asked for the goods: it cannot move",
            error.tokenId
        ),
        Error::NoRedemptionRequested(error) => format!("nobody has asked for the goods of the title {}", error.tokenId),
        Error::InvalidDocument(_) => "a document's hash of zero is none".into(),
        Error::InvalidPeriod(error) => format!(
            "it must end after now ({} does not), and a useful life must be longer than nothing",
            moment(error.end)
        ),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_told_with_names_and_units() {
        let wm = Unit::new("wM", 6);
        let bounds = IQevAuction::DiscountOutOfBounds {
            discountBps: U256::from(3_000),
            minDiscountBps: U256::from(25),
            maxDiscountBps: U256::from(2_000),
        };
        assert_eq!(
            explain(&bounds.abi_encode(), &wm),
            "a discount of 30.00 % is out of bounds: bid from 0.25 % to 20.00 %"
        );
        let balance = IERC20::ERC20InsufficientBalance {
            sender: Address::ZERO,
            balance: U256::from(1_500_000),
            needed: U256::from(2_000_000),
        };
        assert_eq!(
            explain(&balance.abi_encode(), &wm),
            "0x0000000000000000000000000000000000000000 holds 1.5000 wM and needs 2.0000 wM"
        );
        let unauthorized = IStakedUSDai::AccessControlUnauthorizedAccount {
            account: Address::ZERO,
            neededRole: role_id("UNDERWRITER_ROLE"),
        };
        assert!(explain(&unauthorized.abi_encode(), &wm).contains("does not hold UNDERWRITER_ROLE"));
        let phase = IQevAuction::WrongPhase {
            required: IQevAuction::Phase::Reveal,
            actual: IQevAuction::Phase::Bid,
        };
        assert_eq!(
            explain(&phase.abi_encode(), &wm),
            "this is for the reveal phase, and it is the bid phase"
        );
        assert_eq!(explain(&[1, 2, 3, 4], &wm), "0x01020304");
        assert_eq!(explain(&[], &wm), "without data");
    }
}
