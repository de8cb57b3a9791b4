// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title The English auction of defaulted collateral
/// @notice The loan pool hands over the CALIBER token of a loan that it liquidates. Anybody lists it; the highest bid in
/// USDai takes it. The proceeds go to the pool, which shares them out.
/// @dev Amounts are USDai with 18 decimals, times are seconds, intervals half-open: a bid is in time while now < end.
/// Minimums are rounded up. A bid is held here in full; who is outbid fetches his money himself, and the token is moved
/// without asking its receiver, so that nobody can hold an auction up by refusing. Nothing here can be paused.
interface ICollateralAuction {
    /// @notice Where the sale of a loan's collateral stands.
    enum Status {
        /// @notice Never listed.
        Unlisted,
        /// @notice Open for bids.
        Running,
        /// @notice Ended with a winner; `settle` pays and hands over.
        Won,
        /// @notice Ended without a bid; it can be relisted, or written off after three such listings.
        Failed,
        /// @notice Paid for and handed over.
        Sold
    }

    /* ------------------------------------------------------------------------------------------------ errors */

    /// @notice The address is zero, or has no code where some is needed.
    error InvalidAddress();
    /// @notice The pool lends another currency, or against other titles, than the auction was to work with.
    error WrongLink(address link, address linkOfPool);
    /// @notice The duration must be 1 hour to 30 days, the extension at most a day.
    error InvalidDuration(uint256 duration, uint256 extension);
    /// @notice A share in basis points above its maximum.
    error InvalidBasisPoints(uint256 basisPoints, uint256 maximum);
    /// @notice The value does not fit where it is kept.
    error ValueTooLarge(uint256 value, uint256 maximum);
    /// @notice The pool has not liquidated such a loan.
    error NotLiquidated(bytes32 loanId);
    /// @notice The token is not here.
    error CollateralElsewhere(uint256 collateralId, address owner);
    /// @notice The loan's collateral was listed already; after a failed listing it is relisted.
    error AlreadyListed(bytes32 loanId);
    /// @notice The loan's collateral was never listed.
    error NotListed(bytes32 loanId);
    /// @notice The listing is open for bids until `end`.
    error StillRunning(bytes32 loanId, uint256 end);
    /// @notice Bids were taken until `end`.
    error BiddingClosed(bytes32 loanId, uint256 end);
    /// @notice The bid is lower than the reserve, or than the highest bid and the minimum increment.
    error BidTooLow(uint256 amount, uint256 minimum);
    /// @notice The listing ended without a bid: there is nothing to settle.
    error NoBid(bytes32 loanId);
    /// @notice The listing has a winner: it is settled, not relisted, written off or given up.
    error HasWinner(bytes32 loanId, address bidder, uint256 amount);
    /// @notice The collateral is sold.
    error AlreadySold(bytes32 loanId);
    /// @notice A relisting's reserve is 80 % of the last one, rounded up, to all of it.
    error ReserveOutOfBounds(uint256 reserve, uint256 minimum, uint256 maximum);
    /// @notice A loan is written off after `required` failed listings only.
    error TooFewFailedListings(bytes32 loanId, uint256 failed, uint256 required);
    /// @notice The loan is written off already.
    error AlreadyWrittenOff(bytes32 loanId);
    /// @notice The account has nothing to fetch.
    error NothingToRefund(address account);
    /// @notice The token refused a transfer, or answered false.
    error SafeERC20FailedOperation(address token);
    /// @notice A call to a linked contract failed without saying why, or its answer makes no sense.
    error ExternalCallFailed(address target);
    /// @notice The calldata does not decode to any function of this contract exactly, or ETH was sent.
    error InvalidCall(bytes4 selector, uint256 calldataLength, uint256 value);
    /// @notice The books contradict each other; cannot happen.
    error Inconsistent();

    /// @notice Who gives up a role must name himself.
    error AccessControlBadConfirmation();
    /// @notice `account` does not hold `neededRole`.
    error AccessControlUnauthorizedAccount(address account, bytes32 neededRole);

    /* ------------------------------------------------------------------------------------------------ events */

    /// @notice The collateral of a loan was put up for the `round`-th time, from 1.
    event Listed(
        bytes32 indexed loanId, uint256 indexed collateralId, uint256 indexed round, uint256 reserve, uint256 end
    );
    /// @notice The highest bid so far; `end` is later than before if the bid came late.
    event BidPlaced(bytes32 indexed loanId, address indexed bidder, uint256 amount, uint256 end);
    /// @notice `bidder` was outbid and can fetch `amount`.
    event Outbid(bytes32 indexed loanId, address indexed bidder, uint256 amount);
    /// @notice `bidder` had all that it was outbid with paid to `receiver`.
    event RefundWithdrawn(address indexed bidder, address indexed receiver, uint256 amount);
    /// @notice The pool got the proceeds and the winner the token.
    event Settled(
        bytes32 indexed loanId, address indexed winner, uint256 indexed collateralId, uint256 proceeds
    );
    /// @notice The pool was told to realise the loss, after so many failed listings.
    event WrittenOff(bytes32 indexed loanId, uint256 failedListings);
    /// @notice `account` was given `role`.
    event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender);
    /// @notice `role` was taken from `account`, or given up by it.
    event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender);

    /* ------------------------------------------------------------------------------------------ open to anybody */

    /// @notice Opens the auction of a liquidated loan's collateral, which the pool has sent here, at the reserve that
    /// the pool states.
    /// @dev Reverts with `AlreadyListed`, `NotLiquidated`, `CollateralElsewhere`.
    function list(bytes32 loanId) external;

    /// @notice Bids `amount`, which the caller has approved and which is held here. What the highest bidder before had
    /// bid, the caller himself perhaps, can be fetched from now on.
    /// @dev If the listing ends within `extension()`, its end moves to `extension()` from now, in all at most a day
    /// beyond the end that was listed. Reverts with `NotListed`, `BiddingClosed`, `BidTooLow`; and with what USDai
    /// says.
    /// @param amount USDai, at least `minimumBid`.
    function bid(bytes32 loanId, uint256 amount) external;

    /// @notice Pays all that the caller was outbid with to `receiver`. Reverts with `NothingToRefund`, and with
    /// `InvalidAddress` for zero and this contract.
    /// @return amount Paid.
    function withdrawRefund(address receiver) external returns (uint256 amount);

    /// @notice After the end of a listing with a bid: pays the pool and hands the token to the winner.
    /// @dev Reverts with `NotListed`, `StillRunning`, `NoBid`, `AlreadySold`.
    function settle(bytes32 loanId) external;

    /// @notice After three failed listings, the last of them over: has the pool realise the loss. The collateral can be
    /// relisted afterwards, and the pool shares out what it brings.
    /// @dev Reverts with `NotListed`, `StillRunning`, `HasWinner`, `AlreadySold`, `AlreadyWrittenOff`,
    /// `TooFewFailedListings`.
    function writeOff(bytes32 loanId) external;

    /// @notice After a write-off and a listing without a bid: has the pool count no more on what the collateral may bring,
    /// 180 days after the write-off or the last relisting at the earliest (before that the pool answers `RecoveryOpen`).
    /// Not while a listing runs or has a winner: what comes would be shared with those who came meanwhile.
    function expireRecovery(bytes32 loanId) external;

    /* ------------------------------------------------------------------------------------------------ views */

    /// @notice The sale of a loan's collateral; zeros if it was never listed.
    /// @return status Where it stands now.
    /// @return collateralId The CALIBER token.
    /// @return reserve The lowest first bid of the last listing.
    /// @return amount The highest bid, zero if there is none.
    /// @return bidder Who made it.
    /// @return end When the last listing ends, or ended.
    /// @return latestEnd What no extension goes beyond.
    /// @return failedListings Listings that ended without a bid.
    /// @return isWrittenOff Whether the pool has realised the loss.
    function listing(bytes32 loanId)
        external
        view
        returns (
            Status status,
            uint256 collateralId,
            uint256 reserve,
            uint256 amount,
            address bidder,
            uint256 end,
            uint256 latestEnd,
            uint256 failedListings,
            bool isWrittenOff
        );
    /// @notice The lowest bid that a running listing takes now, rounded up. Reverts with `NotListed`, `BiddingClosed`.
    function minimumBid(bytes32 loanId) external view returns (uint256);
    /// @notice What an account can fetch.
    function refundOf(address account) external view returns (uint256);
    /// @notice The USDai that the highest bids and all refunds amount to; never more than what is held.
    function obligations() external view returns (uint256);

    /// @notice The pool whose collateral is sold here.
    function loanPool() external view returns (address);
    /// @notice The titles that are sold here.
    function caliber() external view returns (address);
    /// @notice What is bid and paid.
    function usdai() external view returns (address);
    /// @notice Seconds from a listing to its end.
    function duration() external view returns (uint256);
    /// @notice What a bid must add to the highest one, in basis points of that; at least 1 wei.
    function minIncrementBps() external view returns (uint256);
    /// @notice Seconds that remain at least after a bid.
    function extension() external view returns (uint256);

    /* ---------------------------------------------------------------------------------------- administration */

    /// @notice Puts collateral up again for the full duration, after a listing without a bid. `RISK_ADMIN_ROLE`.
    /// @dev Of a written-off loan the pool counts on what it may bring again, for 180 days from now. Reverts with `NotListed`,
    /// `StillRunning`, `HasWinner`, `AlreadySold`, `ReserveOutOfBounds`.
    /// @param reserve 80 % of the last reserve, rounded up, to all of it.
    function relist(bytes32 loanId, uint256 reserve) external;
    /// @notice The role that grants and revokes every role: zero. The id of any other is keccak256 of its name.
    function DEFAULT_ADMIN_ROLE() external view returns (bytes32);
    /// @notice The role that grants and revokes `role`: `DEFAULT_ADMIN_ROLE`, always.
    function getRoleAdmin(bytes32 role) external view returns (bytes32);
    /// @notice Whether `account` holds `role`.
    function hasRole(bytes32 role, address account) external view returns (bool);
    /// @notice Gives `account` a role; nothing happens if it has it. `DEFAULT_ADMIN_ROLE`.
    function grantRole(bytes32 role, address account) external;
    /// @notice Takes a role from `account`; nothing happens if it does not have it. `DEFAULT_ADMIN_ROLE`.
    function revokeRole(bytes32 role, address account) external;
    /// @notice Gives up a role of the caller.
    /// @param callerConfirmation The caller, as a safeguard; else `AccessControlBadConfirmation`.
    function renounceRole(bytes32 role, address callerConfirmation) external;
}
