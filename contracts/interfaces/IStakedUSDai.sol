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

    /// @notice This rests while the contract is paused.
    error EnforcedPause();
    /// @notice The contract is not paused.
    error ExpectedPause();

    /// @notice Who gives up a role must name himself.
    error AccessControlBadConfirmation();
    /// @notice `account` does not hold `neededRole`.
    error AccessControlUnauthorizedAccount(address account, bytes32 neededRole);

    /// @notice `spender` may take `allowance` only.
    error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed);
    /// @notice `sender` holds `balance` only.
    error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed);
    /// @notice The zero address approves nobody.
    error ERC20InvalidApprover(address approver);
    /// @notice The zero address receives nothing.
    error ERC20InvalidReceiver(address receiver);
    /// @notice The zero address sends nothing.
    error ERC20InvalidSender(address sender);
    /// @notice The zero address cannot be approved.
    error ERC20InvalidSpender(address spender);

    /// @notice No account can have made this signature.
    error ECDSAInvalidSignature();
    /// @notice `s` is in the upper half of the curve's order (EIP-2).
    error ECDSAInvalidSignatureS(bytes32 s);
    /// @notice The permit was valid up to and including `deadline`.
    error ERC2612ExpiredSignature(uint256 deadline);
    /// @notice `signer` signed, not `owner`; or somebody signed something else.
    error ERC2612InvalidSigner(address signer, address owner);

    /// @notice Passed on from the auction; see IQevAuction.
    error TooManyRequests(address controller, uint256 maximum);
    /// @notice There is no such request, or it was claimed to the end.
    error UnknownRequest(uint256 requestId);
    /// @notice This can be done in another phase only: `IQevAuction.Phase` by number.
    error WrongPhase(uint8 required, uint8 actual);
    /// @notice A commitment of zero seals nothing.
    error InvalidCommitment(bytes32 commitment);
    /// @notice The request has no sealed bid in the current epoch.
    error NoSealedBid(uint256 requestId);
    /// @notice Nothing of the request is in the queue.
    error NothingPending(uint256 requestId);
    /// @notice The queue has serviced a part of the request, so that it cannot bid any more.
    error AlreadyServiced(uint256 requestId);
    /// @notice The request takes part in the auction of an epoch that is not settled yet.
    error BidUnsettled(uint256 requestId, uint256 epoch);
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
    /// @notice More than what can be claimed now.
    error ExceedsClaimable(uint256 requested, uint256 claimable);

    /* ------------------------------------------------------------------------------------------------ events */

    /// @notice `value` moved from `from` to `to`; the zero address stands for minting and burning.
    event Transfer(address indexed from, address indexed to, uint256 value);
    /// @notice `spender` may take `value` of `owner` from now on.
    event Approval(address indexed owner, address indexed spender, uint256 value);
    /// @notice `sender` deposited `assets` USDai, for which `owner` received `shares`.
    event Deposit(address indexed sender, address indexed owner, uint256 assets, uint256 shares);
    /// @notice Serviced redemptions of `owner`, the controller, were claimed: `shares` for `assets`, which went to
    /// `receiver`.
    event Withdraw(
        address indexed sender,
        address indexed receiver,
        address indexed owner,
        uint256 assets,
        uint256 shares
    );
    /// @notice `shares` of `owner` were burned and wait in the queue under `requestId`.
    event RedeemRequest(
        address indexed controller,
        address indexed owner,
        uint256 indexed requestId,
        address sender,
        uint256 shares
    );
    /// @notice `operator` may act for `controller`, or no longer.
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
    /// @notice The fee on harvested base yield was paid to the fee recipient.
    event AdminFeeTransferred(address indexed currencyToken, uint256 adminFee);
    /// @notice `assets` were lent to a tranche for `shares` of it.
    event Allocated(uint256 indexed tranche, uint256 assets, uint256 shares);
    /// @notice `shares` of a tranche were redeemed for `assets`.
    event Deallocated(uint256 indexed tranche, uint256 shares, uint256 assets);
    /// @notice The pool was told that `shares` of a tranche will be redeemed.
    event NoticeGiven(uint256 indexed tranche, uint256 shares);
    /// @notice The notice on all shares of a tranche was taken back.
    event NoticeCancelled(uint256 indexed tranche);
    /// @notice `value` was put on the blacklist, or taken off.
    event Blacklisted(address indexed value, bool isBlacklisted);
    /// @notice The fee on base yield from now on, in basis points.
    event BaseYieldFeeSet(uint256 feeBps);
    /// @notice Who receives the fee on base yield from now on.
    event FeeRecipientSet(address indexed feeRecipient);
    /// @notice The loan pool was linked, for good.
    event LoanPoolSet(address indexed loanPool);
    /// @notice The bridge moved `amount` in; `bridgedSupply` is what remains out.
    event BridgeMinted(address indexed to, uint256 amount, uint256 bridgedSupply);
    /// @notice The bridge moved `amount` out; `bridgedSupply` is what is out in all.
    event BridgeBurned(address indexed from, uint256 amount, uint256 bridgedSupply);
    /// @notice `account` paused the contract.
    event Paused(address account);
    /// @notice `account` ended the pause.
    event Unpaused(address account);
    /// @notice Part of the standard interface; never emitted, because the admin of every role stays
    /// `DEFAULT_ADMIN_ROLE`.
    event RoleAdminChanged(bytes32 indexed role, bytes32 indexed previousAdminRole, bytes32 indexed newAdminRole);
    /// @notice `account` was given `role`.
    event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender);
    /// @notice `role` was taken from `account`, or given up by it.
    event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender);

    /* ------------------------------------------------------------------------------------------ staking: ERC-4626 */

    /// @notice Takes `amount` USDai of the caller, who has approved them, and mints shares to `receiver`.
    /// @dev The first deposit also locks 1e6 shares for good and must mint 1e18 beside them. Reverts with
    /// `EnforcedPause`, `InvalidAmount`, `InvalidAddress` for zero or the vault as the receiver, `BlacklistedAddress`,
    /// `ZeroNav`, `FirstDepositTooSmall`, `ValueTooLarge`; and with what USDai says.
    /// @return Shares, rounded down.
    function deposit(uint256 amount, address receiver) external returns (uint256);
    /// @notice As above, refusing less than `minShares` (`SlippageExceeded`).
    function deposit(uint256 amount, address receiver, uint256 minShares) external returns (uint256);
    /// @notice Mints exactly `shares` to `receiver`. Reverts as `deposit`.
    /// @return USDai taken of the caller, rounded up.
    function mint(uint256 shares, address receiver) external returns (uint256);
    /// @notice As above, refusing to take more than `maxAmount` (`SlippageExceeded`).
    function mint(uint256 shares, address receiver, uint256 maxAmount) external returns (uint256);
    /// @notice Claims `amount` USDai of a controller's serviced requests, oldest first.
    /// @dev The caller is the controller or its operator. Reverts with `EnforcedPause`, `InvalidAmount`,
    /// `InvalidAddress`, `InvalidCaller`, `BlacklistedAddress`, `ExceedsClaimable`.
    /// @return Shares, rounded up.
    function withdraw(uint256 amount, address receiver, address controller) external returns (uint256);
    /// @notice Claims `shares` of a controller's serviced requests, oldest first. Reverts as `withdraw`.
    /// @return USDai paid, rounded down.
    function redeem(uint256 shares, address receiver, address controller) external returns (uint256);
    /// @notice Claims `shares` of one serviced request. Reverts as `withdraw`, and with `UnknownRequest`.
    /// @return USDai paid, rounded down.
    function redeemRequest(uint256 requestId, uint256 shares, address receiver) external returns (uint256);

    /// @notice USDai.
    function asset() external view returns (address);
    /// @notice The optimistic net asset value in USDai: the same as `nav`.
    function totalAssets() external view returns (uint256);
    /// @notice At the deposit price, rounded down.
    function convertToShares(uint256 assets) external view returns (uint256);
    /// @notice At the deposit price, rounded down.
    function convertToAssets(uint256 shares) external view returns (uint256);
    /// @notice Shares that a deposit of `assets` would mint now, rounded down. Reverts with `ZeroNav` when `deposit`
    /// would.
    function previewDeposit(uint256 assets) external view returns (uint256);
    /// @notice USDai that minting `shares` would take now, rounded up. Reverts with `ZeroNav` when `mint` would.
    function previewMint(uint256 shares) external view returns (uint256);
    /// @notice Reverts with `DisabledImplementation`, as ERC-7540 says.
    function previewRedeem(uint256) external view returns (uint256);
    /// @notice Reverts with `DisabledImplementation`, as ERC-7540 says.
    function previewWithdraw(uint256) external view returns (uint256);
    /// @notice The most USDai that can be deposited for the account; zero while paused and for a blacklisted one.
    function maxDeposit(address) external view returns (uint256);
    /// @notice The most shares that can be minted to the account; zero while paused and for a blacklisted one.
    function maxMint(address) external view returns (uint256);
    /// @notice Shares that `controller` can claim; zero while paused and for a blacklisted one.
    function maxRedeem(address controller) external view returns (uint256);
    /// @notice USDai that `controller` can claim; zero while paused and for a blacklisted one.
    function maxWithdraw(address controller) external view returns (uint256);

    /* ------------------------------------------------------------------------------- leaving: ERC-7540, the queue */

    /// @notice Burns `shares` of `owner` and queues their redemption for `controller`.
    /// @dev The caller is the owner, its operator, or spends its allowance. A controller that is not the owner must
    /// have made the owner or the caller its operator. At most 50 live requests a controller; one share or worth one
    /// USDai at least. Reverts with `EnforcedPause`, `InvalidAmount`, `InvalidAddress`, `ControllerConsentMissing`,
    /// `RequestTooSmall`, `InvalidCaller`, `BlacklistedAddress`, `TooManyRequests`, and as `transferFrom`.
    /// @return The request's id, from 1 upwards.
    function requestRedeem(uint256 shares, address controller, address owner) external returns (uint256);
    /// @notice Lets `operator` request, bid and claim for the caller, and redeem his shares; or no longer. Reverts with
    /// `InvalidAddress` for zero and for the caller.
    /// @return True.
    function setOperator(address operator, bool approved) external returns (bool);
    /// @notice Whether `operator` acts for `controller`.
    function isOperator(address controller, address operator) external view returns (bool);
    /// @notice Shares of a request that are not serviced, at auction included; zero for another controller.
    function pendingRedeemRequest(uint256 redemptionId, address controller) external view returns (uint256);
    /// @notice Shares of a request that can be claimed; zero for another controller.
    function claimableRedeemRequest(uint256 redemptionId, address controller) external view returns (uint256);
    /// @notice A request; all zeros for one that was never made, or claimed to the end.
    /// @return prev The id in front of it in the queue; zero at the head and outside of the queue.
    /// @return next The id behind it in the queue; zero at the tail and outside of the queue.
    /// @return pendingShares Shares neither serviced nor won, at auction included.
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
    /// @notice The queue as a whole.
    /// @return index No id is higher.
    /// @return head The id at its head; zero if it is empty.
    /// @return tail The id at its tail; zero if it is empty.
    /// @return pending Shares that are not serviced, at auction included.
    /// @return balance USDai reserved for what was serviced and not claimed.
    function redemptionQueueInfo()
        external
        view
        returns (uint256 index, uint256 head, uint256 tail, uint256 pending, uint256 balance);
    /// @notice When the requests of the current epoch become eligible.
    function redemptionTimestamp() external view returns (uint64);

    /* ------------------------------------------------------------------------------------- going first: the auction */

    /// @notice Takes a request of the caller (or of whom he operates for) out of the queue for this epoch and seals a
    /// bid on it, or replaces the sealed one. Bid phase.
    /// @dev Reverts with `EnforcedPause`, `WrongPhase`, `InvalidCommitment`, `UnknownRequest`, `InvalidCaller`,
    /// `BlacklistedAddress`, `BidUnsettled`, `NothingPending`, `AlreadyServiced`. Keep discount and salt: a bid that is
    /// not revealed (`IQevAuction.revealBid`) forfeits its bond.
    /// @param commitment keccak256(abi.encode(chainId, auction, epoch, requestId, uint16 discountBps, bytes32 salt)).
    function commitBid(uint256 requestId, bytes32 commitment) external;
    /// @notice Takes a sealed bid back and restores the request's place. Bid phase; never rests.
    /// @dev Reverts with `WrongPhase`, `UnknownRequest`, `NoSealedBid`, `InvalidCaller`, `BlacklistedAddress`.
    function withdrawBid(uint256 requestId) external;

    /* -------------------------------------------------------------------------------------------- strategy admin */

    /// @notice Bounds what an auction may spend in USDai, until a day before its bid phase ends; the last announcement
    /// holds. `STRATEGY_ADMIN_ROLE`.
    function announceLimit(uint256 epoch, uint256 assets) external;
    /// @notice Settles the oldest ended epoch with bids. `STRATEGY_ADMIN_ROLE`; anybody from three days after its end.
    /// @dev Reverts with `EnforcedPause`, `LoanInDefault`, `NothingToSettle`, `NotPublicYet`.
    /// @return epoch The epoch.
    /// @return filledShares Shares bought.
    /// @return assets Reserved for them.
    function settleAuction() external returns (uint256 epoch, uint256 filledShares, uint256 assets);
    /// @notice Services the queue at the redemption price. `STRATEGY_ADMIN_ROLE`; anybody from three days after the
    /// last epoch's end, from when on `shares` is a ceiling, clamped to what is eligible and idle.
    /// @dev Reverts with `EnforcedPause`, `LoanInDefault`, `InvalidAmount`, `EpochUnsettled`, `RestoreWindowOpen`,
    /// `NotPublicYet`, `ZeroNav`, `NotEligible`, `InsufficientBalance`.
    /// @return USDai reserved for what was serviced.
    function serviceRedemptions(uint256 shares) external returns (uint256);
    /// @notice Turns the yield of USDai's reserves into idle assets, less the fee. `STRATEGY_ADMIN_ROLE`. Never rests.
    /// @return USDai deposited.
    /// @return The fee on it, rounded down.
    function harvestBaseYield() external returns (uint256, uint256);
    /// @notice As above; reverts with `InsufficientBaseYield` when less than `usdaiAmount` (before the fee) is
    /// claimable. `STRATEGY_ADMIN_ROLE`.
    /// @return USDai deposited.
    /// @return The fee on it, rounded down.
    function depositBaseYield(uint256 usdaiAmount) external returns (uint256, uint256);
    /// @notice Lends idle assets to a tranche. `STRATEGY_ADMIN_ROLE`.
    /// @dev Reverts with `EnforcedPause`, `LoanPoolNotSet`, `InvalidAmount`, `SettlementPending`,
    /// `InsufficientBalance`, `InvalidTranche`; and with what the pool says.
    /// @return shares Tranche shares received.
    function allocate(uint256 tranche, uint256 assets) external returns (uint256 shares);
    /// @notice Takes assets back from a tranche. `STRATEGY_ADMIN_ROLE`. Never rests.
    /// @dev Reverts with `LoanPoolNotSet`, `InvalidAmount`, `InvalidTranche`, `InsufficientTrancheShares`; and with
    /// what the pool says.
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
    /// @notice The conservative net asset value: as `nav`, with tranche shares without accrued interest and less
    /// provisions.
    function conservativeNav() external view returns (uint256);
    /// @notice USDai of a share at which deposits are priced, WAD, rounded down; one USDai while there are no shares.
    function depositSharePrice() external view returns (uint256);
    /// @notice USDai of a share at which redemptions are priced, WAD, rounded down.
    function redemptionSharePrice() external view returns (uint256);
    /// @notice Shares that divide the net asset value: held, bridged out, and in the queue or at auction.
    function totalShares() external view returns (uint256);
    /// @notice Base yield that a harvest would bring now, before the fee.
    function claimableBaseYield() external view returns (uint256);
    /// @notice The vault's cash in USDai, and the shares that wait.
    /// @return idle Free to use.
    /// @return reserved For serviced requests; not part of `idle`.
    /// @return unvested The part of `idle` that is not yet in the share price.
    /// @return pendingShares Shares that wait for their redemption.
    function books() external view returns (uint256 idle, uint256 reserved, uint256 unvested, uint256 pendingShares);
    /// @notice The vault's own count of its shares of a tranche; gifts do not count.
    function trancheShares(uint256 tranche) external view returns (uint256);
    /// @notice The queue and the auction (IQevAuction); fixed at the deployment.
    function auction() external view returns (address);
    /// @notice The loan pool (ILoanPool); zero until it is linked.
    function loanPool() external view returns (address);
    /// @notice Where the code is that runs on this contract's storage for what it does not know itself. Nobody calls it
    /// directly.
    function extension() external view returns (address);
    /// @notice The fee on base yield, and who receives it.
    function baseYieldFee() external view returns (uint256 feeBps, address feeRecipient);

    /* ---------------------------------------------------------------------------------------- administration */

    /// @notice Shares that have left over the bridge; they count in `totalShares`.
    function bridgedSupply() external view returns (uint256);
    /// @notice Moves `amount` shares from the bridged to the local supply. `BRIDGE_ADMIN_ROLE`. Reverts with
    /// `InsufficientBridgedSupply` for more than is bridged out.
    function mint(address to, uint256 amount) external;
    /// @notice Moves `amount` shares of `from` from the local to the bridged supply. `BRIDGE_ADMIN_ROLE`.
    function burn(address from, uint256 amount) external;
    /// @notice Puts an account on the blacklist, or takes it off. `BLACKLIST_ADMIN_ROLE`. Reverts with `InvalidAddress`
    /// for zero, the vault and the keeper of the locked shares.
    function setBlacklist(address account, bool isBlacklisted) external;
    /// @notice Whether `account` can neither send, receive, request, bid nor claim.
    function isBlacklisted(address account) external view returns (bool);
    /// @notice Harvests at the old fee, then sets the fee on base yield, at most 5,000 basis points.
    /// `DEFAULT_ADMIN_ROLE`.
    function setBaseYieldFee(uint16 feeBps) external;
    /// @notice Sets who receives the fee on base yield. `DEFAULT_ADMIN_ROLE`.
    function setFeeRecipient(address feeRecipient) external;
    /// @notice Links the loan pool, once and for good. It must have the same asset and answer what settling and pricing
    /// will ask of it. `DEFAULT_ADMIN_ROLE`.
    function setLoanPool(address loanPool) external;
    /// @notice Stops deposits, requests, new bids, claims, settling and servicing. `PAUSE_ADMIN_ROLE`.
    function pause() external;
    /// @notice Ends the pause. `PAUSE_ADMIN_ROLE`.
    function unpause() external;
    /// @notice Whether the contract is paused.
    function paused() external view returns (bool);

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

    /* ------------------------------------------------------------- ERC-20, EIP-2612, EIP-5267, ERC-7575, ERC-165 */

    /// @notice The token's name.
    function name() external view returns (string memory);
    /// @notice The token's symbol.
    function symbol() external view returns (string memory);
    /// @notice 18.
    function decimals() external view returns (uint8);
    /// @notice Shares that are held, without those in the queue, at auction and bridged out: see `totalShares`.
    function totalSupply() external view returns (uint256);
    /// @notice Shares of `account`, without those whose redemption it has requested.
    function balanceOf(address account) external view returns (uint256);
    /// @notice What `spender` may still take of `owner`'s balance.
    function allowance(address owner, address spender) external view returns (uint256);
    /// @notice Lets `spender` take `value` of the caller's balance, in place of what it might before; 2^256 − 1 never
    /// shrinks.
    /// @return True.
    function approve(address spender, uint256 value) external returns (bool);
    /// @notice Moves `value` shares of the caller to `to`. Never rests. Reverts with `InvalidAddress` for the vault as
    /// the receiver, with `BlacklistedAddress`.
    /// @return True; a refusal reverts.
    function transfer(address to, uint256 value) external returns (bool);
    /// @notice Moves `value` shares of `from` to `to` out of the caller's allowance. Reverts as `transfer`, and for a
    /// blacklisted caller.
    /// @return True; a refusal reverts.
    function transferFrom(address from, address to, uint256 value) external returns (bool);
    /// @notice Sets the allowance that `owner` signed for (EIP-2612), whoever brings it.
    /// @dev Uses up the owner's nonce. Reverts with `ERC2612ExpiredSignature` after `deadline`, with
    /// `ERC2612InvalidSigner`, `ECDSAInvalidSignature` or `ECDSAInvalidSignatureS` for a signature that is not the
    /// owner's. Accounts with a key only: a contract cannot sign (no ERC-1271).
    function permit(
        address owner,
        address spender,
        uint256 value,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;
    /// @notice The nonce that the next permit of `owner` must name.
    function nonces(address owner) external view returns (uint256);
    /// @notice The EIP-712 domain separator, for the chain that it is asked on.
    function DOMAIN_SEPARATOR() external view returns (bytes32);
    /// @notice The fields of the EIP-712 domain (EIP-5267).
    /// @return fields 0x0f: name, version, chain id and contract are used.
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
    /// @notice ERC-165: the ids of itself, IAccessControl, IERC20, IERC20Metadata, IERC20Permit, IERC5267, ERC-4626,
    /// ERC-7540 (operators, asynchronous redemption) and ERC-7575.
    function supportsInterface(bytes4 interfaceId) external view returns (bool);
}
