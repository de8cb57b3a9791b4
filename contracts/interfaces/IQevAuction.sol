// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title QEV: the redemption queue of sUSDai and its monthly sealed-bid auction
/// @notice Redemption requests wait first in, first out. Once an epoch those who will not wait bid a discount, sealed,
/// for going first; all winners pay the same clearing discount, and it stays with those who stay.
/// @dev Shares have 18 decimals, assets (USDai) too, discounts are basis points, times are seconds, intervals are
/// half-open. Request ids count from 1. The vault drives what needs its permissions or its books; `revealBid` and
/// `restore` are open to anybody and never pause. The auction calls nobody.
interface IQevAuction {
    /// @notice Where an epoch stands. Before genesis nobody can bid.
    enum Phase {
        /// @notice Epoch 0 has not begun.
        BeforeGenesis,
        /// @notice Bids are sealed, replaced and withdrawn.
        Bid,
        /// @notice Bids are revealed.
        Reveal
    }

    /// @notice Where the shares of a request stand that are not serviced.
    enum RequestState {
        /// @notice Never made, or claimed to the end.
        None,
        /// @notice In the queue, or with nothing left in it.
        Queued,
        /// @notice Out of the queue, under a sealed bid.
        Sealed,
        /// @notice Out of the queue, under a revealed bid.
        Revealed
    }

    /* ------------------------------------------------------------------------------------------------ errors */

    /// @notice The address is zero or has no code.
    error InvalidAddress();
    /// @notice The amount is zero.
    error InvalidAmount();
    /// @notice Only the vault may call this.
    error UnauthorizedCaller(address caller);
    /// @notice The vault is set once and stays.
    error VaultAlreadySet(address vault);
    /// @notice The value does not fit where it is kept.
    error ValueTooLarge(uint256 value, uint256 maximum);
    /// @notice The epoch must be longer than its bid phase, and that longer than a day; and longer than the three days
    /// after which anybody may service.
    error InvalidCalendar(uint256 genesis, uint256 epochLength, uint256 bidLength);
    /// @notice A share in basis points above its maximum.
    error InvalidBasisPoints(uint256 basisPoints, uint256 maximum);
    /// @notice Bounds of the discount must satisfy 0 < minimum <= maximum < 10,000.
    error InvalidBounds(uint256 minDiscountBps, uint256 maxDiscountBps);
    /// @notice The controller has as many live requests as it may have.
    error TooManyRequests(address controller, uint256 maximum);
    /// @notice There is no such request, or it was claimed to the end.
    error UnknownRequest(uint256 requestId);
    /// @notice This can be done in another phase only.
    error WrongPhase(Phase required, Phase actual);
    /// @notice A commitment of zero seals nothing.
    error InvalidCommitment(bytes32 commitment);
    /// @notice The request has no sealed bid in the current epoch.
    error NoSealedBid(uint256 requestId);
    /// @notice The request's bid is revealed already.
    error AlreadyRevealed(uint256 requestId);
    /// @notice Nothing of the request is in the queue.
    error NothingPending(uint256 requestId);
    /// @notice The queue has serviced a part of the request, so that it cannot bid any more.
    error AlreadyServiced(uint256 requestId);
    /// @notice The request takes part in the auction of an epoch that is not settled yet.
    error BidUnsettled(uint256 requestId, uint256 epoch);
    /// @notice Discount and salt are not what the commitment binds for this request in this epoch.
    error InvalidOpening(uint256 requestId, bytes32 commitment);
    /// @notice The bid is outside the bounds of its epoch.
    error DiscountOutOfBounds(uint256 discountBps, uint256 minDiscountBps, uint256 maxDiscountBps);
    /// @notice The limit of the epoch could be announced until `closedAt`.
    error AnnouncementClosed(uint256 epoch, uint256 closedAt);
    /// @notice No epoch with commitments has ended unsettled.
    error NothingToSettle();
    /// @notice Until `publicFrom` this is the strategy admin's.
    error NotPublicYet(uint256 publicFrom);
    /// @notice Servicing waits until the auction of this ended epoch is settled.
    error EpochUnsettled(uint256 epoch);
    /// @notice Servicing waits for those who have to come back to their places, at most until `until`.
    error RestoreWindowOpen(uint256 sharesAwaitingRestore, uint256 until);
    /// @notice More shares than may be serviced now.
    error NotEligible(uint256 shares, uint256 eligibleShares);
    /// @notice The vault has not the idle assets for this.
    error InsufficientBalance();
    /// @notice Nothing is serviced while a share is worth nothing.
    error ZeroNav();
    /// @notice Nothing was at auction for this request, or its epoch is not over.
    error NothingToRestore(uint256 requestId);
    /// @notice More than what can be claimed now.
    error ExceedsClaimable(uint256 requested, uint256 claimable);
    /// @notice The extension's code is not what was audited, or there is none.
    error ExtensionMismatch(address extension, bytes32 expected, bytes32 actual);
    /// @notice The calldata does not decode to any function of this contract exactly, or ETH was sent.
    error InvalidCall(bytes4 selector, uint256 calldataLength, uint256 value);
    /// @notice The books contradict each other; cannot happen.
    error Inconsistent();

    /// @notice Who gives up a role must name himself.
    error AccessControlBadConfirmation();
    /// @notice `account` does not hold `neededRole`.
    error AccessControlUnauthorizedAccount(address account, bytes32 neededRole);

    /* ------------------------------------------------------------------------------------------------ events */

    /// @notice The vault was linked, for good.
    event VaultSet(address indexed vault);
    /// @notice The bounds of the discount from `fromEpoch` on.
    event DiscountBoundsSet(uint256 minDiscountBps, uint256 maxDiscountBps, uint256 fromEpoch);
    /// @notice The bond of a bid in basis points of its shares, from `fromEpoch` on.
    event BondSet(uint256 bondBps, uint256 fromEpoch);
    /// @notice `shares` of `controller` joined the queue at its end.
    event RequestQueued(uint256 indexed requestId, address indexed controller, uint256 indexed epoch, uint256 shares);
    /// @notice A bid for `shares` was sealed, or the earlier one replaced; `bond` of them are forfeited if it stays so.
    event BidCommitted(
        uint256 indexed requestId, uint256 indexed epoch, bytes32 commitment, uint256 shares, uint256 bond
    );
    /// @notice The bid was withdrawn; the request has its place in the queue again.
    event BidWithdrawn(uint256 indexed requestId, uint256 indexed epoch);
    /// @notice A bid of `discountBps` for `shares` was opened.
    event BidRevealed(uint256 indexed requestId, uint256 indexed epoch, uint256 discountBps, uint256 shares);
    /// @notice The auction of `epoch` may spend `assets` at most; the last announcement holds.
    event LimitAnnounced(uint256 indexed epoch, uint256 assets);
    /// @notice The auction was settled: `filledShares` were bought for `assets`, at most `limit`, at one discount;
    /// `forfeitedShares` of unrevealed bids were burned; `gain` vests to those who stay.
    event AuctionSettled(
        uint256 indexed epoch,
        uint256 limit,
        uint256 clearingDiscountBps,
        uint256 filledShares,
        uint256 assets,
        uint256 forfeitedShares,
        uint256 gain,
        uint256 sharesAwaitingRestore
    );
    /// @notice What was not filled came back: to its own place, or to the end if that had been serviced meanwhile.
    event RequestRestored(uint256 indexed requestId, uint256 shares, bool atTail);
    /// @notice The queue was serviced up to `watermark`, with `cumulativeAssets` reserved for all shares below it.
    event RedemptionCheckpoint(uint256 watermark, uint256 cumulativeAssets);
    /// @notice What a request had earned was credited to it: `fulfilledShares` for `amount`; `pendingShares` remain.
    event RedemptionProcessed(
        uint256 indexed redemptionId,
        address indexed controller,
        uint256 fulfilledShares,
        uint256 amount,
        uint256 pendingShares
    );
    /// @notice `account` was given `role`.
    event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender);
    /// @notice `role` was taken from `account`, or given up by it.
    event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender);

    /* ------------------------------------------------------------------------------------------ open to anybody */

    /// @notice Opens a sealed bid in the reveal phase of its epoch.
    /// @dev The commitment is keccak256(abi.encode(chainId, thisContract, epoch, requestId, discountBps, salt)).
    /// Reverts with `WrongPhase`, `UnknownRequest`, `NoSealedBid`, `AlreadyRevealed`, `InvalidOpening`,
    /// `DiscountOutOfBounds`.
    function revealBid(uint256 requestId, uint16 discountBps, bytes32 salt) external;

    /// @notice After the settlement: credits what the request's bid won, and brings the rest back to the queue: to its
    /// place, or to the end if that was serviced meanwhile.
    /// @dev Reverts with `UnknownRequest`, `NothingToRestore`, `BidUnsettled`.
    function restore(uint256 requestId) external;

    /* ------------------------------------------------------------------------------------------ for the vault */

    /// @notice Appends a request. Reverts with `InvalidAddress`, `InvalidAmount`, `ValueTooLarge`, `TooManyRequests`.
    /// Like all functions of this section for the vault alone (`UnauthorizedCaller`).
    /// @return requestId Its id, from 1 upwards.
    function enqueue(address controller, uint256 shares) external returns (uint256 requestId);
    /// @notice Takes a request out of the queue for this epoch and seals a bid, or replaces the sealed bid. Reverts
    /// with `WrongPhase`, `InvalidCommitment`, `UnknownRequest`, `BidUnsettled`, `NothingPending`, `AlreadyServiced`.
    /// @return controller Whose request it is: the vault checks the caller against it.
    function commitBid(uint256 requestId, bytes32 commitment) external returns (address controller);
    /// @notice Takes a sealed bid back in the bid phase and restores the request's place. Reverts with `WrongPhase`,
    /// `UnknownRequest`, `NoSealedBid`.
    /// @return controller Whose request it is.
    function withdrawBid(uint256 requestId) external returns (address controller);
    /// @notice Bounds what the auction of `epoch`, which is not over, may spend; until a day before its bid phase ends
    /// (`AnnouncementClosed`).
    function announceLimit(uint256 epoch, uint256 assets) external;
    /// @notice Clears the oldest ended epoch with bids at the price `nav / totalShares`. Reverts with
    /// `NothingToSettle`, `NotPublicYet`.
    /// @param idle What the vault could spend; the auction's share of it is the limit, if no lower one was announced.
    /// @param manager Whether the strategy admin calls; anybody may from three days after the epoch's end.
    /// @return epoch The epoch.
    /// @return filledShares Shares bought.
    /// @return assets What is to be reserved for them.
    /// @return forfeitedShares Bonds of unrevealed bids, to be burned without payment.
    /// @return gain What the price of the filled and forfeited shares exceeds `assets` by, rounded down.
    function settle(uint256 nav, uint256 totalShares, uint256 idle, bool manager)
        external
        returns (uint256 epoch, uint256 filledShares, uint256 assets, uint256 forfeitedShares, uint256 gain);
    /// @notice Services the queue at the price `nav / totalShares`, rounded down. Reverts with `InvalidAmount`,
    /// `EpochUnsettled`, `RestoreWindowOpen`, `NotPublicYet`, `ZeroNav`, `NotEligible`, `InsufficientBalance`.
    /// @param shares What to service; once servicing is public, a ceiling, clamped to what is eligible and idle.
    /// @param manager Whether the strategy admin calls; anybody may from three days after the last epoch's end.
    /// @return servicedShares Shares serviced.
    /// @return assets What is to be reserved for them.
    /// @return pending Shares that stay in the queue.
    function service(uint256 shares, uint256 nav, uint256 totalShares, uint256 idle, bool manager)
        external
        returns (uint256 servicedShares, uint256 assets, uint256 pending);
    /// @notice Claims `shares` of a controller's serviced requests, oldest first. Reverts with `InvalidAmount`,
    /// `ExceedsClaimable`.
    /// @return assets Rounded down.
    function claimShares(address controller, uint256 shares) external returns (uint256 assets);
    /// @notice Claims `assets` of a controller's serviced requests, oldest first. Reverts as `claimShares`.
    /// @return shares Rounded up.
    function claimAssets(address controller, uint256 assets) external returns (uint256 shares);
    /// @notice Claims `shares` of one request. Reverts as `claimShares`, and with `UnknownRequest`.
    /// @return controller Whose request it is.
    /// @return assets Rounded down.
    function claimRequest(uint256 requestId, uint256 shares) external returns (address controller, uint256 assets);

    /* ------------------------------------------------------------------------------------------------ views */

    /// @notice sUSDai, which alone may drive the auction; zero until it is linked.
    function vault() external view returns (address);
    /// @notice Where the code of the views and of the administration is, which runs on this contract's storage.
    function extension() external view returns (address);
    /// @notice When epoch 0 begins.
    function genesis() external view returns (uint256);
    /// @notice Seconds of an epoch.
    function epochLength() external view returns (uint256);
    /// @notice Seconds of an epoch's bid phase; the rest is the reveal phase.
    function bidLength() external view returns (uint256);
    /// @notice The part of the idle assets that an auction may spend, in basis points.
    function auctionShareBps() external view returns (uint256);

    /// @notice Where time stands.
    /// @return epoch The epoch; 0 before genesis.
    /// @return phase Its phase.
    /// @return bidPhaseEnd When its bid phase ends and its reveal phase begins.
    /// @return epochEnd When it ends.
    /// @return announcementEnd Until when its limit can be announced.
    function currentEpoch()
        external
        view
        returns (uint256 epoch, Phase phase, uint256 bidPhaseEnd, uint256 epochEnd, uint256 announcementEnd);
    /// @notice Bounds and bond of an epoch: those that its bids were made under, and without bids those in force.
    /// @return minDiscountBps The lowest discount that can be bid.
    /// @return maxDiscountBps The highest.
    /// @return bondBps What a bid that is not revealed forfeits of its shares.
    function epochTerms(uint256 epoch)
        external
        view
        returns (uint256 minDiscountBps, uint256 maxDiscountBps, uint256 bondBps);
    /// @notice The bids of an epoch in sums; from the settlement on as they stood then.
    /// @return sealedShares Shares under bids that are not revealed.
    /// @return bonds What of these is forfeited if it stays so.
    /// @return revealedShares Shares under revealed bids.
    /// @return limitAnnounced Whether a limit was announced.
    /// @return announcedLimit It, in USDai.
    function epochBids(uint256 epoch)
        external
        view
        returns (
            uint256 sealedShares,
            uint256 bonds,
            uint256 revealedShares,
            bool limitAnnounced,
            uint256 announcedLimit
        );
    /// @notice What came out of an epoch's auction; zeros if it is not settled.
    /// @return settledAt When it was settled.
    /// @return limit What it could have spent, in USDai.
    /// @return clearingDiscountBps What every winner pays.
    /// @return filledShares Shares bought.
    /// @return assets USDai reserved for them.
    /// @return forfeitedShares Bonds of unrevealed bids, burned.
    /// @return discountEarned What the filled shares were worth above `assets`, rounded down.
    function epochResult(uint256 epoch)
        external
        view
        returns (
            uint256 settledAt,
            uint256 limit,
            uint256 clearingDiscountBps,
            uint256 filledShares,
            uint256 assets,
            uint256 forfeitedShares,
            uint256 discountEarned
        );
    /// @notice The revealed levels of an epoch from the highest discount down.
    /// @return discountsBps The levels at which somebody has bid.
    /// @return shares Shares bid at each.
    function levels(uint256 epoch) external view returns (uint256[] memory discountsBps, uint256[] memory shares);

    /// @notice A request as a wallet shows it; all zeros for one that was never made, or claimed to the end.
    /// @return controller Whose request it is.
    /// @return madeInEpoch The epoch in which it was made.
    /// @return state Where its unserviced shares stand.
    /// @return pendingShares Shares neither serviced nor won, less a forfeited bond.
    /// @return claimableShares Shares that can be claimed.
    /// @return claimableAssets What they pay, in USDai.
    /// @return sharesAhead Unserviced shares in front of it in the queue; zero while it is at auction.
    /// @return bidEpoch The epoch of its bid, if it is at auction.
    /// @return discountBps Its bid, once revealed.
    function request(uint256 requestId)
        external
        view
        returns (
            address controller,
            uint256 madeInEpoch,
            RequestState state,
            uint256 pendingShares,
            uint256 claimableShares,
            uint256 claimableAssets,
            uint256 sharesAhead,
            uint256 bidEpoch,
            uint256 discountBps
        );
    /// @notice The commitment that seals a request's bid; zero if none does.
    function commitmentOf(uint256 requestId) external view returns (bytes32);
    /// @notice A request in the words of the live contract; all zeros for one that was never made, or claimed to the
    /// end.
    /// @return prev The id in front of it in the queue; zero at the head and outside of the queue.
    /// @return next The id behind it in the queue; zero at the tail and outside of the queue.
    /// @return pendingShares Shares neither serviced nor won.
    /// @return redeemableShares Shares that can be claimed.
    /// @return withdrawableAmount USDai that these pay.
    /// @return controller Whose request it is.
    /// @return redemptionTimestamp When it becomes eligible.
    /// @return sharesAhead Unserviced shares in front of it; zero while it is at auction.
    function redemption(uint256 redemptionId)
        external
        view
        returns (
            uint256 prev,
            uint256 next,
            uint256 pendingShares,
            uint256 redeemableShares,
            uint256 withdrawableAmount,
            address controller,
            uint64 redemptionTimestamp,
            uint256 sharesAhead
        );
    /// @notice Ids of a controller's live requests, ascending; at most 50.
    function redemptionIds(address controller) external view returns (uint256[] memory);
    /// @notice What a controller can claim now.
    /// @return shares Shares that were serviced or won.
    /// @return assets USDai that they pay.
    function claimable(address controller) external view returns (uint256 shares, uint256 assets);
    /// @notice The ends of the queue.
    /// @return index No id is higher.
    /// @return head The id at its head; zero if it is empty.
    /// @return tail The id at its tail; zero if it is empty.
    function queueInfo() external view returns (uint256 index, uint256 head, uint256 tail);
    /// @notice Shares that are not serviced, by where they stand.
    /// @return queued In the queue.
    /// @return atAuction Under bids of epochs that are not settled.
    /// @return awaitingRestore Of settled epochs, on their way back to the queue.
    /// @return eligible What of those in the queue may be serviced now.
    function unservicedShares()
        external
        view
        returns (uint256 queued, uint256 atAuction, uint256 awaitingRestore, uint256 eligible);
    /// @notice Whether bids wait for a settlement after the end of their bid phase: the vault must not shrink its idle
    /// assets by allocations meanwhile.
    function isSettlementPending() external view returns (bool);
    /// @notice From when it is not the strategy admin's alone to settle and to service.
    /// @return settlement From when anybody may settle the oldest epoch with bids; zero if there is none.
    /// @return servicing From when anybody may service.
    function publicFrom() external view returns (uint256 settlement, uint256 servicing);

    /* ---------------------------------------------------------------------------------------- administration */

    /// @notice Links the vault, once and for good. `DEFAULT_ADMIN_ROLE`. Reverts with `VaultAlreadySet`, and with
    /// `InvalidAddress` for an account without code.
    function setVault(address vault) external;
    /// @notice Bounds the discounts from the next epoch on. `DEFAULT_ADMIN_ROLE`. Reverts with `InvalidBounds`.
    function setDiscountBounds(uint16 minDiscountBps, uint16 maxDiscountBps) external;
    /// @notice Sets the bond from the next epoch on, at most 1,000 basis points (`InvalidBasisPoints`).
    /// `DEFAULT_ADMIN_ROLE`.
    function setBond(uint16 bondBps) external;
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
