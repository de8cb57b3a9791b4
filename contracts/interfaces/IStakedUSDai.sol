// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title sUSDai, staked USDai
/// @notice An ERC-4626 vault over USDai with synchronous deposits and ERC-7540 redemptions: who leaves requests a
/// redemption, which joins the queue of the auction contract, and claims what was serviced.
/// @dev Shares and assets have 18 decimals. Everything rounds in favour of those who stay. Deposits are priced at the
/// optimistic net asset value (accrued interest included, no provisions), redemptions at the conservative one. Shares
/// in the queue are burned from their holder and share gains and losses until they are serviced. Re-entry is refused
/// with empty revert data; every other refusal is one of the errors below.
interface IStakedUSDai {
    /* ------------------------------------------------------------------------------------------------ errors */

    /// @notice The address is zero, has no code where some is needed, or is this contract where it can not be.
    error InvalidAddress();
    /// @notice The amount is zero, or worth nothing.
    error InvalidAmount();
    /// @notice The caller is neither the account nor its operator, and has no allowance where one would do.
    error InvalidCaller();
    /// @notice The account can neither send, receive, request, bid nor claim.
    error BlacklistedAddress(address account);
    /// @notice The vault has not the idle assets for this.
    error InsufficientBalance();
    /// @notice ERC-7540: a redemption is a request, its price is not known beforehand.
    error DisabledImplementation();
    /// @notice The price has moved beyond the caller's bound: at least `limit` shares, or at most `limit` assets.
    error SlippageExceeded(uint256 limit, uint256 actual);
    /// @notice A request must be for one share or be worth one USDai.
    error RequestTooSmall(uint256 shares, uint256 assets);
    /// @notice The controller has made neither the owner nor the caller its operator.
    error ControllerConsentMissing(address controller, address owner);
    /// @notice The first deposit must mint this many shares beside the locked ones.
    error FirstDepositTooSmall(uint256 shares, uint256 minimum);
    /// @notice Shares exist and nothing backs them: no deposits, no servicing.
    error ZeroNav();
    /// @notice The value does not fit where it is kept.
    error ValueTooLarge(uint256 value, uint256 maximum);
    /// @notice A share in basis points above its maximum.
    error InvalidBasisPoints(uint256 basisPoints, uint256 maximum);
    /// @notice Less base yield is claimable.
    error InsufficientBaseYield(uint256 requested, uint256 claimable);
    /// @notice The bridge asked to mint more than is bridged out.
    error InsufficientBridgedSupply(uint256 requested, uint256 bridgedSupply);
    /// @notice No loan pool is linked yet.
    error LoanPoolNotSet();
    /// @notice The loan pool is set once and stays.
    error LoanPoolAlreadySet(address loanPool);
    /// @notice The contract works with another asset or vault.
    error LinkMismatch(address expected, address actual);
    /// @notice The vault does not hold so many shares of the tranche.
    error InsufficientTrancheShares(uint256 tranche, uint256 shares, uint256 held);
    /// @notice There are four tranches at most.
    error InvalidTranche(uint256 tranche);
    /// @notice The bids are known and wait for their settlement: the idle assets may not be shrunk.
    error SettlementPending();
    /// @notice A loan is in default and can be cured until then: nothing is settled or serviced.
    error LoanInDefault(uint256 cureEnd);
    /// @notice The extension's code is not what was audited, or there is none.
    error ExtensionMismatch(address extension, bytes32 expected, bytes32 actual);
    /// @notice The calldata does not decode to any function of this contract exactly, or ETH was sent.
    error InvalidCall(bytes4 selector, uint256 calldataLength, uint256 value);
    /// @notice A call to another contract failed without saying why, or its answer makes no sense.
    error ExternalCallFailed(address target);
    /// @notice A token refused a transfer, or answered false.
    error SafeERC20FailedOperation(address token);

    error EnforcedPause();
    error ExpectedPause();

    error AccessControlBadConfirmation();
    error AccessControlUnauthorizedAccount(address account, bytes32 neededRole);

    error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed);
    error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed);
    error ERC20InvalidApprover(address approver);
    error ERC20InvalidReceiver(address receiver);
    error ERC20InvalidSender(address sender);
    error ERC20InvalidSpender(address spender);

    error ECDSAInvalidSignature();
    error ECDSAInvalidSignatureS(bytes32 s);
    error ERC2612ExpiredSignature(uint256 deadline);
    error ERC2612InvalidSigner(address signer, address owner);

    /// @notice Passed on from the auction; see IQevAuction.
    error TooManyRequests(address controller, uint256 maximum);
    error UnknownRequest(uint256 requestId);
    error WrongPhase(uint8 required, uint8 actual);
    error InvalidCommitment(bytes32 commitment);
    error NoSealedBid(uint256 requestId);
    error NothingPending(uint256 requestId);
    error AlreadyServiced(uint256 requestId);
    error BidUnsettled(uint256 requestId, uint256 epoch);
    error AnnouncementClosed(uint256 epoch, uint256 closedAt);
    error NothingToSettle();
    error NotPublicYet(uint256 publicFrom);
    error EpochUnsettled(uint256 epoch);
    error RestoreWindowOpen(uint256 sharesAwaitingRestore, uint256 until);
    error NotEligible(uint256 shares, uint256 eligibleShares);
    error ExceedsClaimable(uint256 requested, uint256 claimable);

    /* ------------------------------------------------------------------------------------------------ events */

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);
    event Deposit(address indexed sender, address indexed owner, uint256 assets, uint256 shares);
    event Withdraw(
        address indexed sender,
        address indexed receiver,
        address indexed owner,
        uint256 assets,
        uint256 shares
    );
    event RedeemRequest(
        address indexed controller,
        address indexed owner,
        uint256 indexed requestId,
        address sender,
        uint256 shares
    );
    event OperatorSet(address indexed controller, address indexed operator, bool approved);
    /// @notice `shares` of the queue were serviced for `amount`, which is reserved for them.
    event RedemptionsServiced(uint256 shares, uint256 amount, bool allRedemptionsServiced);
    /// @notice An auction was settled: `filledShares` were bought for `assets`, `forfeitedShares` of unrevealed bids
    /// burned, and `gain` vests over one epoch.
    event AuctionServiced(
        uint256 indexed epoch, uint256 filledShares, uint256 assets, uint256 forfeitedShares, uint256 gain
    );
    /// @notice Base yield was harvested: `depositedAmount` for the vault after `adminFee`.
    event BaseYieldDeposited(uint256 depositedAmount, uint256 adminFee);
    event AdminFeeTransferred(address indexed currencyToken, uint256 adminFee);
    event Allocated(uint256 indexed tranche, uint256 assets, uint256 shares);
    event Deallocated(uint256 indexed tranche, uint256 shares, uint256 assets);
    event NoticeGiven(uint256 indexed tranche, uint256 shares);
    event NoticeCancelled(uint256 indexed tranche);
    event Blacklisted(address indexed value, bool isBlacklisted);
    event BaseYieldFeeSet(uint256 feeBps);
    event FeeRecipientSet(address indexed feeRecipient);
    event LoanPoolSet(address indexed loanPool);
    event BridgeMinted(address indexed to, uint256 amount, uint256 bridgedSupply);
    event BridgeBurned(address indexed from, uint256 amount, uint256 bridgedSupply);
    event Paused(address account);
    event Unpaused(address account);
    event RoleAdminChanged(bytes32 indexed role, bytes32 indexed previousAdminRole, bytes32 indexed newAdminRole);
    event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender);
    event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender);

    /* ------------------------------------------------------------------------------------------ staking: ERC-4626 */

    /// @notice Takes `amount` USDai of the caller and mints shares to `receiver`.
    /// @return Shares, rounded down.
    /// @dev The first deposit also locks 1e6 shares for good and must mint 1e18 beside them.
    function deposit(uint256 amount, address receiver) external returns (uint256);
    /// @notice As above, refusing less than `minShares`.
    function deposit(uint256 amount, address receiver, uint256 minShares) external returns (uint256);
    /// @notice Mints exactly `shares` to `receiver`.
    /// @return USDai taken of the caller, rounded up.
    function mint(uint256 shares, address receiver) external returns (uint256);
    /// @notice As above, refusing to take more than `maxAmount`.
    function mint(uint256 shares, address receiver, uint256 maxAmount) external returns (uint256);
    /// @notice Claims `amount` USDai of a controller's serviced requests, oldest first.
    /// @return Shares, rounded up.
    function withdraw(uint256 amount, address receiver, address controller) external returns (uint256);
    /// @notice Claims `shares` of a controller's serviced requests, oldest first.
    /// @return USDai paid, rounded down.
    function redeem(uint256 shares, address receiver, address controller) external returns (uint256);
    /// @notice Claims `shares` of one serviced request.
    /// @return USDai paid, rounded down.
    function redeemRequest(uint256 requestId, uint256 shares, address receiver) external returns (uint256);

    function asset() external view returns (address);
    /// @notice The optimistic net asset value.
    function totalAssets() external view returns (uint256);
    /// @notice At the deposit price, rounded down.
    function convertToShares(uint256 assets) external view returns (uint256);
    /// @notice At the deposit price, rounded down.
    function convertToAssets(uint256 shares) external view returns (uint256);
    function previewDeposit(uint256 assets) external view returns (uint256);
    function previewMint(uint256 shares) external view returns (uint256);
    /// @notice Reverts, as ERC-7540 says.
    function previewRedeem(uint256) external view returns (uint256);
    /// @notice Reverts, as ERC-7540 says.
    function previewWithdraw(uint256) external view returns (uint256);
    function maxDeposit(address) external view returns (uint256);
    function maxMint(address) external view returns (uint256);
    /// @notice Shares that `controller` can claim.
    function maxRedeem(address controller) external view returns (uint256);
    /// @notice USDai that `controller` can claim.
    function maxWithdraw(address controller) external view returns (uint256);

    /* ------------------------------------------------------------------------------- leaving: ERC-7540, the queue */

    /// @notice Burns `shares` of `owner` and queues their redemption for `controller`.
    /// @dev The caller is the owner, its operator, or spends its allowance. A controller that is not the owner must
    /// have made the owner or the caller its operator. At most 50 live requests a controller; one share or worth one
    /// USDai at least.
    function requestRedeem(uint256 shares, address controller, address owner) external returns (uint256);
    function setOperator(address operator, bool approved) external returns (bool);
    function isOperator(address controller, address operator) external view returns (bool);
    /// @notice Shares of a request that are not serviced, at auction included; zero for another controller.
    function pendingRedeemRequest(uint256 redemptionId, address controller) external view returns (uint256);
    /// @notice Shares of a request that can be claimed; zero for another controller.
    function claimableRedeemRequest(uint256 redemptionId, address controller) external view returns (uint256);
    /// @notice Previous and next id, pending shares, redeemable shares, withdrawable amount, controller, when it becomes
    /// eligible; and the shares ahead of it.
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
    function redemptionIds(address controller) external view returns (uint256[] memory);
    /// @notice Last id given, ids at the head and the tail of the queue, shares not serviced, assets reserved.
    function redemptionQueueInfo()
        external
        view
        returns (uint256 index, uint256 head, uint256 tail, uint256 pending, uint256 balance);
    /// @notice When the requests of the current epoch become eligible.
    function redemptionTimestamp() external view returns (uint64);

    /* ------------------------------------------------------------------------------------- going first: the auction */

    /// @notice Takes a request of the caller (or of whom he operates for) out of the queue for this epoch and seals a
    /// bid on it, or replaces the sealed one. Bid phase.
    /// @param commitment keccak256(abi.encode(chainId, auction, epoch, requestId, uint16 discountBps, bytes32 salt)).
    function commitBid(uint256 requestId, bytes32 commitment) external;
    /// @notice Takes a sealed bid back and restores the request's place. Bid phase; never paused.
    function withdrawBid(uint256 requestId) external;

    /* -------------------------------------------------------------------------------------------- strategy admin */

    /// @notice Bounds what an auction may spend, until a day before its bid phase ends. `STRATEGY_ADMIN_ROLE`.
    function announceLimit(uint256 epoch, uint256 assets) external;
    /// @notice Settles the oldest ended epoch with bids. `STRATEGY_ADMIN_ROLE`; anybody from three days after its end.
    ///
    /// @return epoch The epoch.
    /// @return filledShares Shares bought.
    /// @return assets Reserved for them.
    function settleAuction() external returns (uint256 epoch, uint256 filledShares, uint256 assets);
    /// @notice Services the queue at the redemption price. `STRATEGY_ADMIN_ROLE`; anybody from three days after the
    /// last epoch's end, from when on `shares` is a ceiling, clamped to what is eligible and idle.
    ///
    /// @return USDai reserved for what was serviced.
    function serviceRedemptions(uint256 shares) external returns (uint256);
    /// @notice Turns the yield of USDai's reserves into idle assets, less the fee. `STRATEGY_ADMIN_ROLE`.
    ///
    /// @return Deposited, and the fee.
    function harvestBaseYield() external returns (uint256, uint256);
    /// @notice As above; refuses when less than `usdaiAmount` (before the fee) is claimable. `STRATEGY_ADMIN_ROLE`.
    function depositBaseYield(uint256 usdaiAmount) external returns (uint256, uint256);
    /// @notice Lends idle assets to a tranche. `STRATEGY_ADMIN_ROLE`.
    /// @return shares Tranche shares received.
    function allocate(uint256 tranche, uint256 assets) external returns (uint256 shares);
    /// @notice Takes assets back from a tranche. `STRATEGY_ADMIN_ROLE`.
    /// @return assets Received.
    function deallocate(uint256 tranche, uint256 shares) external returns (uint256 assets);
    /// @notice Gives the pool notice that shares of a junior tranche will be redeemed, which `deallocate` then does. The
    /// shares stay the vault's and keep their value. `STRATEGY_ADMIN_ROLE`.
    function giveNotice(uint256 tranche, uint256 shares) external;
    /// @notice Takes back the notice on all shares of a tranche. `STRATEGY_ADMIN_ROLE`.
    function cancelNotice(uint256 tranche) external;

    /* ------------------------------------------------------------------------------------------------ books */

    /// @notice The optimistic net asset value: idle − unvested + base yield net of fee + tranche shares.
    function nav() external view returns (uint256);
    /// @notice The conservative net asset value.
    function conservativeNav() external view returns (uint256);
    /// @notice USDai of a share at which deposits are priced, WAD, rounded down; one USDai while there are no shares.
    function depositSharePrice() external view returns (uint256);
    /// @notice USDai of a share at which redemptions are priced, WAD, rounded down.
    function redemptionSharePrice() external view returns (uint256);
    /// @notice Shares that divide the net asset value: held, bridged out, and in the queue or at auction.
    function totalShares() external view returns (uint256);
    /// @notice Base yield that a harvest would bring now, before the fee.
    function claimableBaseYield() external view returns (uint256);
    /// @notice The vault's cash: free to use, reserved for serviced requests, and the part of the former that is
    /// not yet in the share price; and the shares that wait for their redemption.
    function books() external view returns (uint256 idle, uint256 reserved, uint256 unvested, uint256 pendingShares);
    /// @notice The vault's own count of its shares of a tranche; gifts do not count.
    function trancheShares(uint256 tranche) external view returns (uint256);
    function auction() external view returns (address);
    function loanPool() external view returns (address);
    function extension() external view returns (address);
    function baseYieldFee() external view returns (uint256 feeBps, address feeRecipient);

    /* ---------------------------------------------------------------------------------------- administration */

    function bridgedSupply() external view returns (uint256);
    /// @notice Moves `amount` from the bridged to the local supply. `BRIDGE_ADMIN_ROLE`.
    function mint(address to, uint256 amount) external;
    /// @notice Moves `amount` of `from` from the local to the bridged supply. `BRIDGE_ADMIN_ROLE`.
    function burn(address from, uint256 amount) external;
    /// @notice `BLACKLIST_ADMIN_ROLE`.
    function setBlacklist(address account, bool isBlacklisted) external;
    function isBlacklisted(address account) external view returns (bool);
    /// @notice Harvests at the old fee, then sets the fee on base yield, at most 5,000 basis points.
    /// `DEFAULT_ADMIN_ROLE`.
    function setBaseYieldFee(uint16 feeBps) external;
    /// @notice `DEFAULT_ADMIN_ROLE`.
    function setFeeRecipient(address feeRecipient) external;
    /// @notice Links the loan pool, once and for good. It must have the same asset and answer what settling and pricing
    /// will ask of it. `DEFAULT_ADMIN_ROLE`.
    function setLoanPool(address loanPool) external;
    /// @notice Stops deposits, requests, new bids, claims, settling and servicing. `PAUSE_ADMIN_ROLE`.
    function pause() external;
    function unpause() external;
    function paused() external view returns (bool);

    function DEFAULT_ADMIN_ROLE() external view returns (bytes32);
    function getRoleAdmin(bytes32 role) external view returns (bytes32);
    function hasRole(bytes32 role, address account) external view returns (bool);
    function grantRole(bytes32 role, address account) external;
    function revokeRole(bytes32 role, address account) external;
    function renounceRole(bytes32 role, address callerConfirmation) external;

    /* ------------------------------------------------------------- ERC-20, EIP-2612, EIP-5267, ERC-7575, ERC-165 */

    function name() external view returns (string memory);
    function symbol() external view returns (string memory);
    function decimals() external view returns (uint8);
    function totalSupply() external view returns (uint256);
    function balanceOf(address account) external view returns (uint256);
    function allowance(address owner, address spender) external view returns (uint256);
    function approve(address spender, uint256 value) external returns (bool);
    function transfer(address to, uint256 value) external returns (bool);
    function transferFrom(address from, address to, uint256 value) external returns (bool);
    function permit(
        address owner,
        address spender,
        uint256 value,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;
    function nonces(address owner) external view returns (uint256);
    function DOMAIN_SEPARATOR() external view returns (bytes32);
    function eip712Domain()
        external
        view
        returns (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        );
    /// @notice ERC-7575: the share token is the vault itself.
    function share() external view returns (address);
    function supportsInterface(bytes4 interfaceId) external view returns (bool);
}
