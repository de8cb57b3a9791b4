// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title The tranched loan pool
/// @notice Lends USDai against CALIBER tokens out of one to four tranches, 0 the most senior. Tranche shares are ERC-6909
/// tokens whose id is the tranche.
/// @dev Amounts and shares have 18 decimals, rates are WAD (1e18) per second, times seconds, intervals half-open.
/// Lenders deposit at the optimistic value of a tranche (accrued interest and claims of written-off loans included, no
/// provisions) and redeem at the conservative one (neither of them, less provisions, less gains of an instant, which vest
/// over 30 days). Everything
/// rounds in favour of those who stay. A loan is known by the hash of its signed terms, which every call on it brings along.
/// Re-entry is refused with empty revert data; every other refusal is one of the errors below, or comes unchanged from
/// USDai or CALIBER.
interface ILoanPool {
    /// @notice What borrower and underwriter agree on, in the order in which it is hashed.
    struct LoanTerms {
        /// @notice Who borrows, and gets the collateral back.
        address borrower;
        /// @notice Who has signed; needs `UNDERWRITER_ROLE` when the loan is taken.
        address underwriter;
        /// @notice The CALIBER token.
        uint256 collateralId;
        /// @notice What is lent.
        uint256 principal;
        /// @notice From origination to the last deadline: a multiple of the interval.
        uint64 duration;
        /// @notice From one deadline to the next.
        uint64 repaymentInterval;
        /// @notice 0 the same principal in each instalment, 1 the same payment.
        uint8 schedule;
        /// @notice After a missed deadline, until the loan can be marked as defaulted; 30 days at most.
        uint64 gracePeriod;
        /// @notice Charged on overdue principal beside interest, WAD per second.
        uint64 penaltyRate;
        /// @notice Of the principal, kept back from what is paid out.
        uint16 originationFeeBps;
        /// @notice Of the principal, due with the last of it.
        uint16 exitFeeBps;
        /// @notice Until when the terms can be taken.
        uint64 expiry;
        /// @notice One that the underwriter has not used before.
        uint256 nonce;
    }

    /// @notice Where a loan stands.
    enum LoanStatus {
        /// @notice Never taken.
        None,
        /// @notice Running.
        Active,
        /// @notice Running, with a provision against it. A payment ends that if the goods are there and insured.
        Impaired,
        /// @notice In default: no interest accrues to the lenders; can be cured until it is liquidated.
        Defaulted,
        /// @notice The collateral is at auction.
        Liquidating,
        /// @notice The loss is realised, the collateral still for sale: what it may bring goes on to count for deposits.
        WrittenOff,
        /// @notice Paid back; the collateral is the borrower's again.
        Repaid,
        /// @notice The collateral is sold and its proceeds shared out.
        Liquidated
    }

    /* ------------------------------------------------------------------------------------------------ errors */

    /// @notice The address is zero, has no code where some is needed, or is this contract where it cannot be.
    error InvalidAddress();
    /// @notice The amount is zero, or so small that it is worth nothing.
    error InvalidAmount();
    /// @notice The value does not fit where it is kept.
    error ValueTooLarge(uint256 value, uint256 maximum);
    /// @notice A share in basis points above its maximum.
    error InvalidBasisPoints(uint256 basisPoints, uint256 maximum);
    /// @notice A rate above 2^40 - 1 WAD per second.
    error RateTooHigh(uint256 rate, uint256 maximum);
    /// @notice Advance rates must rise strictly up to 10,000 bps, and the tranches that do not exist come last.
    error InvalidTranches();
    /// @notice There is no such tranche.
    error InvalidTranche(uint256 tranche);
    /// @notice The tranche has not so much idle cash.
    error InsufficientIdle(uint256 tranche, uint256 assets, uint256 idle);
    /// @notice The price has moved: the deposit would mint, or the redemption pay, less than the caller accepts.
    error SlippageExceeded(uint256 minimum, uint256 actual);
    /// @notice A tranche's first deposit must be larger than what it locks.
    error FirstDepositTooSmall(uint256 assets, uint256 minimum);
    /// @notice Shares of the tranche exist and nothing backs them: it takes no deposits.
    error WorthlessTranche(uint256 tranche);
    /// @notice Shares of tranche 0 are redeemed at once.
    error NoticeNotNeeded();
    /// @notice Fewer shares are under notice.
    error InsufficientNotice(address account, uint256 tranche, uint256 shares, uint256 noticed);
    /// @notice Noticed shares are redeemed from `from` to before `until`; then notice must be given anew.
    error OutsideNoticeWindow(uint256 from, uint256 until);

    /// @notice Only the borrower of the terms may do this.
    error NotBorrower(address caller, address borrower);
    /// @notice The collateral auction alone may do this.
    error NotCollateralAuction(address caller);
    /// @notice This can be done in another state of the loan only.
    error WrongLoanStatus(bytes32 loanId, LoanStatus actual);
    /// @notice Terms are taken once.
    error TermsAlreadyUsed(bytes32 loanId);
    /// @notice The terms could be taken until `expiry`.
    error TermsExpired(uint256 expiry);
    /// @notice Terms of the underwriter with this nonce were taken, or cancelled.
    error NonceAlreadyUsed(address underwriter, uint256 nonce);
    /// @notice `signer` signed, not the underwriter named; or somebody signed something else.
    error InvalidSigner(address signer, address underwriter);
    /// @notice The underwriter's contract (ERC-1271) does not approve these terms.
    error InvalidContractSignature(address underwriter);
    /// @notice An ECDSA signature has 65 bytes: r, s, v.
    error ECDSAInvalidSignatureLength(uint256 length);
    /// @notice No account can have made this signature.
    error ECDSAInvalidSignature();
    /// @notice `s` is in the upper half of the curve's order (EIP-2).
    error ECDSAInvalidSignatureS(bytes32 s);
    /// @notice There are two schedules: 0 and 1.
    error InvalidSchedule(uint256 schedule);
    /// @notice The duration must be 1 to 520 intervals of at most 366 days.
    error InvalidDuration(uint256 duration, uint256 interval);
    /// @notice The grace period is longer than is permitted, 30 days.
    error GraceTooLong(uint256 grace, uint256 maximum);
    /// @notice At the blended rate the payment cannot be level: interest would multiply the balance by 2^64.
    error LevelPaymentUndefined(uint256 instalments);
    /// @notice The terms of a refinancing must name the same borrower and collateral.
    error RefinancingMismatch();
    /// @notice CALIBER says that the token cannot be pledged now.
    error CollateralNotEligible(uint256 collateralId);
    /// @notice The last advance rate allows only so much on this collateral.
    error AboveAdvanceRate(uint256 principal, uint256 limit);
    /// @notice The tranches' idle cash, each within its advance rate, makes up only so much.
    error InsufficientLiquidity(uint256 principal, uint256 available);
    /// @notice The rate is higher than the borrower accepts.
    error BlendedRateTooHigh(uint256 rate, uint256 maximum);
    /// @notice Nothing has become due since the last payment.
    error NothingDue();
    /// @notice No deadline has been missed.
    error NotOverdue(uint256 deadline);
    /// @notice The bailee has not attested the loss of the lot: what is provided for a loan at auction stays.
    error LossNotAttested(uint256 collateralId);
    /// @notice The loan can be marked as defaulted from then on only.
    error NotDefaultable(uint256 from);
    /// @notice The borrower can cure the default, and nobody liquidate, until then.
    error RedemptionWindowOpen(uint256 until);
    /// @notice The claims of a written-off loan count for deposits until then at least.
    error RecoveryOpen(bytes32 loanId, uint256 until);
    /// @notice The claims of the loan do not count any more, until its collateral is listed again.
    error RecoveryAlreadyExpired(bytes32 loanId);
    /// @notice Fewer proceeds have arrived than the auction states.
    error ProceedsMissing(uint256 balance, uint256 needed);
    /// @notice A loan cannot be quoted for a time before its last payment.
    error InvalidTimestamp(uint256 timestamp, uint256 earliest);
    /// @notice The auction is set once and stays.
    error CollateralAuctionAlreadySet(address collateralAuction);
    /// @notice No auction is linked yet.
    error CollateralAuctionNotSet();
    /// @notice The contract works with another pool.
    error LinkMismatch(address expected, address actual);
    /// @notice This is a part of `refinance`, which is not paying this loan back.
    error NotRefinancing(bytes32 loanId);
    /// @notice The extension's code is not what was audited, or there is none.
    error ExtensionMismatch(address extension, bytes32 expected, bytes32 actual);
    /// @notice An intermediate result leaves its width. Amounts that exist cannot make it do so.
    error CalculationFailed();
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
    /// @notice `sender` holds `balance` shares of tranche `id` only; those under notice do not count.
    error ERC6909InsufficientBalance(address sender, uint256 balance, uint256 needed, uint256 id);
    /// @notice `spender` may move `allowance` shares of tranche `id` only.
    error ERC6909InsufficientAllowance(address spender, uint256 allowance, uint256 needed, uint256 id);
    /// @notice Neither the zero address nor the pool receives shares.
    error ERC6909InvalidReceiver(address receiver);
    /// @notice The zero address sends nothing.
    error ERC6909InvalidSender(address sender);
    /// @notice The zero address cannot be approved.
    error ERC6909InvalidSpender(address spender);

    /* ------------------------------------------------------------------------------------------------ events */

    /// @notice `caller` moved `amount` shares of tranche `id`; the zero address stands for minting and burning, the
    /// pool for shares under notice.
    event Transfer(
        address caller, address indexed sender, address indexed receiver, uint256 indexed id, uint256 amount
    );
    /// @notice `spender` may move `amount` shares of `owner` in tranche `id` from now on.
    event Approval(address indexed owner, address indexed spender, uint256 indexed id, uint256 amount);
    /// @notice `spender` may move all shares of `owner`, or no longer.
    event OperatorSet(address indexed owner, address indexed spender, bool approved);
    /// @notice `assets` USDai of `caller` were lent to a tranche, for which `receiver` got `shares`.
    event Deposited(
        uint256 indexed tranche, address indexed caller, address indexed receiver, uint256 assets, uint256 shares
    );
    /// @notice `shares` of `owner` were burned and `assets` USDai paid to `receiver`.
    event Redeemed(
        uint256 indexed tranche, address indexed owner, address indexed receiver, uint256 assets, uint256 shares
    );
    /// @notice `noticed` shares of the account are escrowed now and can be redeemed from `from` to before `until`.
    event NoticeGiven(
        uint256 indexed tranche, address indexed account, uint256 shares, uint256 noticed, uint256 from, uint256 until
    );
    /// @notice The account has its `shares` under notice back.
    event NoticeCancelled(uint256 indexed tranche, address indexed account, uint256 shares);

    /// @notice A loan was taken: so much was drawn from each tranche, and the blended rate is WAD per second, rounded up.
    event Borrowed(
        bytes32 indexed loanId,
        address indexed borrower,
        uint256 indexed collateralId,
        uint256 originationFee,
        uint256 blendedRate,
        uint256 draw0,
        uint256 draw1,
        uint256 draw2,
        uint256 draw3
    );
    /// @notice A payment on a loan; `outstanding` is the principal that is left.
    event Payment(
        bytes32 indexed loanId,
        address indexed payer,
        uint256 principal,
        uint256 interest,
        uint256 penalty,
        uint256 exitFee,
        uint256 outstanding,
        uint256 instalmentsPaid
    );
    /// @notice The last of a loan was paid, and its collateral is released to the borrower or to his next loan.
    event LoanClosed(bytes32 indexed loanId);
    /// @notice `provision` is expected to be lost, instead of what was before, and off the conservative value until a payment
    /// reverses it or the loan ends. Of a loan that runs, is in default or at auction; a payment that leaves one provided for
    /// says it after `Payment` and `LoanCured`.
    event LoanImpaired(bytes32 indexed loanId, uint256 provision);
    /// @notice The loan is in default with this provision; nobody liquidates it before `cureEnd`, pauses not counted.
    event LoanDefaulted(bytes32 indexed loanId, uint256 provision, uint256 cureEnd);
    /// @notice The loan is no longer in default and runs on.
    event LoanCured(bytes32 indexed loanId);
    /// @notice The collateral went to the auction. What `reserve` leaves of the outstanding principal is provided for.
    event LiquidationStarted(bytes32 indexed loanId, uint256 indexed collateralId, uint256 debt, uint256 reserve);
    /// @notice Proceeds were shared out: `proceeds` is the sum of the other amounts.
    event ProceedsDistributed(
        bytes32 indexed loanId,
        uint256 proceeds,
        uint256 liquidationFee,
        uint256 principal,
        uint256 interest,
        uint256 surplus
    );
    /// @notice So much principal of each tranche is lost.
    event LossRealised(bytes32 indexed loanId, uint256 loss0, uint256 loss1, uint256 loss2, uint256 loss3);
    /// @notice A written-off loan's claims count for deposits, until `until` at least: it was written off just now, or its
    /// collateral is listed again.
    event RecoveryOpened(bytes32 indexed loanId, uint256 until);
    /// @notice The claims of a written-off loan, which nobody has paid, count for deposits no more.
    event RecoveryExpired(bytes32 indexed loanId);
    /// @notice Terms of `underwriter` with this nonce can no longer be taken.
    event NonceCancelled(address indexed underwriter, uint256 nonce);
    /// @notice Who receives all fees from now on.
    event FeeRecipientSet(address indexed feeRecipient);
    /// @notice The auction of defaulted collateral was linked, for good.
    event CollateralAuctionSet(address indexed collateralAuction);
    /// @notice `account` paused the contract.
    event Paused(address account);
    /// @notice `account` ended the pause.
    event Unpaused(address account);
    /// @notice `account` was given `role`.
    event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender);
    /// @notice `role` was taken from `account`, or given up by it.
    event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender);

    /* ------------------------------------------------------------------------------------------------ lenders */

    /// @notice The currency of the loans.
    function asset() external view returns (address);
    /// @notice Takes `assets` of the caller, who has approved them, into a tranche at its optimistic value.
    /// @dev The first deposit of a tranche locks 1e6 shares for good. Rests while paused. Reverts with `EnforcedPause`,
    /// `InvalidTranche`, `InvalidAddress`, `InvalidAmount`, `FirstDepositTooSmall`, `WorthlessTranche`,
    /// `ValueTooLarge`.
    /// @return shares Tranche shares minted to `receiver`, rounded down.
    function deposit(uint256 tranche, uint256 assets, address receiver) external returns (uint256 shares);
    /// @notice As `deposit`, if it mints at least `minShares`: a payment, a write-off or another deposit that comes first
    /// may have moved the price.
    function deposit(uint256 tranche, uint256 assets, address receiver, uint256 minShares)
        external
        returns (uint256 shares);
    /// @notice Burns tranche shares of the caller and pays `receiver` their conservative value from the tranche's idle
    /// cash.
    /// @dev From tranche 1 up: shares under notice, in the 7 days after the notice. Never rests. Reverts with
    /// `InvalidTranche`, `InvalidAddress`, `InvalidAmount`, `ERC6909InsufficientBalance` or `InsufficientNotice`,
    /// `OutsideNoticeWindow`, `InsufficientIdle`.
    /// @return assets Paid, rounded down.
    function redeem(uint256 tranche, uint256 shares, address receiver) external returns (uint256 assets);
    /// @notice As `redeem`, if it pays at least `minAssets`: a provision or a loss that comes first may have lowered the
    /// price.
    function redeem(uint256 tranche, uint256 shares, address receiver, uint256 minAssets)
        external
        returns (uint256 assets);
    /// @notice Puts shares of the caller under notice of 45 days. They are escrowed, go on to bear gains and losses, and
    /// can be redeemed in the 7 days after it. The notice of shares that are under notice already begins anew, which is
    /// also done with no further shares.
    function giveNotice(uint256 tranche, uint256 shares) external;
    /// @notice Gives the caller all his shares under notice back. Reverts with `InsufficientNotice` if there are none.
    function cancelNotice(uint256 tranche) external;
    /// @notice What shares of the four tranches are worth together, each rounded down. Reads a tranche only if its
    /// share count is not zero; reverts for a tranche that does not exist.
    /// @return optimistic With accrued interest and claims of written-off loans, without provisions.
    /// @return conservative Without accrued interest and claims, less provisions.
    function positionValue(uint256 shares0, uint256 shares1, uint256 shares2, uint256 shares3)
        external
        view
        returns (uint256 optimistic, uint256 conservative);
    /// @notice When the redemption window of the last defaulted loan ends, 14 days after its default; zero if none was.
    function latestCureEnd() external view returns (uint256);

    /* ---------------------------------------------------------------------------------- tranche shares: ERC-6909 */

    /// @notice Shares of tranche `id`, the locked ones and those under notice included.
    function totalSupply(uint256 id) external view returns (uint256);
    /// @notice Shares of `owner` in tranche `id`. Those under notice are in the balance of the pool.
    function balanceOf(address owner, uint256 id) external view returns (uint256);
    /// @notice What `spender` may still move of `owner`'s shares of tranche `id`.
    function allowance(address owner, address spender, uint256 id) external view returns (uint256);
    /// @notice Whether `spender` may move all shares of `owner`.
    function isOperator(address owner, address spender) external view returns (bool);
    /// @notice Moves `amount` shares of tranche `id` of the caller. Never rests.
    /// @return True; a refusal reverts.
    function transfer(address receiver, uint256 id, uint256 amount) external returns (bool);
    /// @notice Moves `amount` shares of tranche `id` of `sender`, whose operator the caller is or whose allowance he
    /// spends.
    /// @return True; a refusal reverts.
    function transferFrom(address sender, address receiver, uint256 id, uint256 amount) external returns (bool);
    /// @notice Lets `spender` move `amount` of the caller's shares of tranche `id`; 2^256 − 1 never shrinks.
    /// @return True.
    function approve(address spender, uint256 id, uint256 amount) external returns (bool);
    /// @notice Lets `spender` move all shares of the caller, or no longer.
    /// @return True.
    function setOperator(address spender, bool approved) external returns (bool);
    /// @notice ERC-165: the ids of itself, IAccessControl, ERC-6909 and IERC5267.
    function supportsInterface(bytes4 interfaceId) external view returns (bool);

    /* ---------------------------------------------------------------------------------------- borrowers, payers */

    /// @notice Takes a loan on signed terms: pulls the collateral from the borrower, who calls and has approved it, draws
    /// on the tranches from the senior end, and pays the principal less the origination fee.
    /// @dev EIP-712, domain "USD.AI Loan Pool" version "1"; 65 bytes of an account, or what the underwriter's contract
    /// approves (ERC-1271). Rests while paused. Reverts with `NotBorrower`, `TermsExpired`, `TermsAlreadyUsed`,
    /// `NonceAlreadyUsed`, `InvalidSigner` or another error of signatures, `CollateralNotEligible`, `AboveAdvanceRate`,
    /// `InsufficientLiquidity`, `BlendedRateTooHigh`; with `InvalidSchedule`, `InvalidDuration`, `GraceTooLong`,
    /// `RateTooHigh` or `LevelPaymentUndefined` for terms that no loan can have; with what CALIBER says.
    /// @param maxBlendedRate The highest rate, WAD per second, that the borrower accepts.
    /// @return loanId The hash (EIP-712 hashStruct) of the terms.
    function borrow(LoanTerms calldata terms, bytes calldata signature, uint256 maxBlendedRate)
        external
        returns (bytes32 loanId);
    /// @notice Pays what is due now, for anybody's loan: penalty, interest, and the principal of the current instalment
    /// and of the missed ones; the exit fee with the last. Reverses an impairment, unless the loss of the goods is attested or
    /// their insurance has lapsed for 14 days: then what is to be expected of the rest is provided for. Never rests.
    /// @dev With the last of the principal the collateral goes back to the borrower. The caller has approved the
    /// payment. Reverts with `WrongLoanStatus` unless the loan is running, with `NothingDue`.
    /// @return paid What was taken from the caller.
    function repay(LoanTerms calldata terms) external returns (uint256 paid);
    /// @notice Pays what is due now and so much principal beyond it, or all that there is; the instalments that are left
    /// are levelled anew. Of an impaired loan as `repay`. Never rests. Reverts as `repay`.
    /// @return paid What was taken from the caller.
    function prepay(LoanTerms calldata terms, uint256 principal) external returns (uint256 paid);
    /// @notice Pays the arrears, interest and penalty of a defaulted loan, which then runs on: impaired, if its goods are lost
    /// or uninsured, as after `repay`. By the borrower, until the loan is liquidated. Never rests.
    /// @dev Reverts with `NotBorrower`, `WrongLoanStatus`.
    /// @return paid What was taken from the caller.
    function cure(LoanTerms calldata terms) external returns (uint256 paid);
    /// @notice Pays a loan back with a new one on the same collateral. The difference, fees included, is paid to the
    /// borrower, who calls, or by him. Rests while paused. Reverts as `borrow`, and with `RefinancingMismatch`.
    /// @param newTerms Signed like those of a new loan, over the whole new principal.
    /// @return loanId The new loan's.
    function refinance(
        LoanTerms calldata terms,
        LoanTerms calldata newTerms,
        bytes calldata signature,
        uint256 maxBlendedRate
    ) external returns (bytes32 loanId);
    /// @notice Books the payoff of the loan that a refinancing is paying back. A part of `refinance`: nobody can call
    /// it (`NotRefinancing`).
    /// @return amount What pays the loan back.
    /// @return fees What of it is the fee recipient's.
    function payOff(LoanTerms calldata terms) external returns (uint256 amount, uint256 fees);
    /// @notice Uses up a nonce of the caller: terms with it can no longer be taken. Reverts with `NonceAlreadyUsed`.
    function cancelNonce(uint256 nonce) external;

    /* ------------------------------------------------------------------------------------ impairment and default */

    /// @notice Provides for the loss to expect, junior tranches first: what is outstanding above the haircut value of the
    /// collateral, which is nothing once its loss is attested. Replaces an earlier provision. Of a loan that runs and has
    /// missed a deadline: `RISK_ADMIN_ROLE`. Of one in default: anybody; it stays in default. Of one at auction: anybody, once
    /// the loss of the goods is attested; then all of it. Never rests.
    /// @dev Reverts with `WrongLoanStatus`, `NotOverdue`, `LossNotAttested`.
    function impair(LoanTerms calldata terms) external;
    /// @notice Declares a default: by anybody past deadline and grace, by `RISK_ADMIN_ROLE` once the collateral's
    /// insurance has lapsed for 14 days. Rests while paused, and what was paused comes on top of the grace period.
    /// @dev Reverts with `WrongLoanStatus`, `NotDefaultable`.
    function markDefault(LoanTerms calldata terms) external;
    /// @notice Sends the collateral of a loan to the auction, 14 days after its default at the earliest, by anybody, and
    /// provides for what its value has lost meanwhile. Rests while paused, and what was paused comes on top of the 14 days.
    /// @dev Reverts with `WrongLoanStatus`, `RedemptionWindowOpen`, `CollateralAuctionNotSet`.
    function liquidate(LoanTerms calldata terms) external;
    /// @notice What the auction needs to know of a loan.
    /// @param reserve The lesser of the debt and the haircut value of the collateral at its liquidation.
    /// @param open Whether proceeds are still to come.
    function liquidation(bytes32 loanId)
        external
        view
        returns (uint256 collateralId, uint256 debt, uint256 reserve, bool open);
    /// @notice Shares out what the auction has sold the collateral for and has transferred here: liquidation fee,
    /// principal from the senior end, interest from the senior end, the rest to the borrower. Realises what is then
    /// lost. By the collateral auction. Never rests.
    function settleLiquidation(bytes32 loanId, uint256 proceeds) external;
    /// @notice Realises the loss of a loan whose collateral nobody buys; later proceeds are shared out all the same. Until
    /// they come, or the claims expire, principal and interest of the loan go on to count for deposits, so that nobody who
    /// comes meanwhile shares in them. By the collateral auction. Never rests.
    function writeOff(bytes32 loanId) external;
    /// @notice The claims of a written-off loan count for 180 days from now, also if they had expired: its collateral is
    /// being listed again. By the collateral auction. Never rests.
    function reopenRecovery(bytes32 loanId) external;
    /// @notice The claims of a written-off loan count no more, 180 days after the write-off or the last listing at the
    /// earliest. By the collateral auction, whose `expireRecovery` anybody can call. Never rests.
    function expireRecovery(bytes32 loanId) external;

    /* ------------------------------------------------------------------------------------------------ views */

    /// @notice The hash of terms by which a loan is known.
    function loanIdOf(LoanTerms calldata terms) external pure returns (bytes32 loanId);
    /// @notice What is owed now, in USDai. Reverts with `WrongLoanStatus` for a loan that is neither running nor in
    /// default.
    /// @return instalment What `repay` takes.
    /// @return arrears What `cure` takes of a defaulted loan.
    /// @return payoff What pays it all back.
    /// @return interest Part of each of them.
    /// @return penalty Part of each of them.
    /// @return scheduledPrincipal Part of the instalment.
    /// @return overduePrincipal Part of the arrears.
    /// @return missed Deadlines missed.
    /// @return deadline Of the first unpaid instalment.
    /// @return defaultsFrom When the loan can be marked as defaulted, as far as is known now.
    function quote(LoanTerms calldata terms)
        external
        view
        returns (
            uint256 instalment,
            uint256 arrears,
            uint256 payoff,
            uint256 interest,
            uint256 penalty,
            uint256 scheduledPrincipal,
            uint256 overduePrincipal,
            uint256 missed,
            uint256 deadline,
            uint256 defaultsFrom
        );
    /// @notice As above, for a payment at `timestamp`, not before the last one (`InvalidTimestamp`).
    /// @return instalment What `repay` takes.
    /// @return arrears What `cure` takes of a defaulted loan.
    /// @return payoff What pays it all back.
    /// @return interest Part of each of them.
    /// @return penalty Part of each of them.
    /// @return scheduledPrincipal Part of the instalment.
    /// @return overduePrincipal Part of the arrears.
    /// @return missed Deadlines missed.
    /// @return deadline Of the first unpaid instalment.
    /// @return defaultsFrom When the loan can be marked as defaulted, as far as is known now.
    function quote(LoanTerms calldata terms, uint256 timestamp)
        external
        view
        returns (
            uint256 instalment,
            uint256 arrears,
            uint256 payoff,
            uint256 interest,
            uint256 penalty,
            uint256 scheduledPrincipal,
            uint256 overduePrincipal,
            uint256 missed,
            uint256 deadline,
            uint256 defaultsFrom
        );
    /// @notice What a loan taken now would draw from each tranche, and its blended rate, WAD per second, rounded up.
    /// Reverts as `borrow` for the collateral and the amount.
    function previewBorrow(uint256 collateralId, uint256 principal)
        external
        view
        returns (uint256 draw0, uint256 draw1, uint256 draw2, uint256 draw3, uint256 blendedRate);
    /// @notice A loan; zeros for one that was never taken.
    /// @return status Where it stands.
    /// @return startedAt Its origination.
    /// @return paidAt Its last payment, or its origination.
    /// @return instalmentsPaid How many instalments are paid.
    /// @return outstanding Principal that is neither repaid nor lost.
    /// @return provision What of it is provided for.
    /// @return defaultedAt Zero unless in default since.
    function loan(bytes32 loanId)
        external
        view
        returns (
            LoanStatus status,
            uint256 startedAt,
            uint256 paidAt,
            uint256 instalmentsPaid,
            uint256 outstanding,
            uint256 provision,
            uint256 defaultedAt
        );
    /// @notice The outstanding principal of a loan by tranche.
    function loanPrincipals(bytes32 loanId)
        external
        view
        returns (uint256 principal0, uint256 principal1, uint256 principal2, uint256 principal3);
    /// @notice How many tranches there are.
    function tranches() external view returns (uint256);
    /// @notice A tranche, amounts in USDai. Reverts with `InvalidTranche`.
    /// @return rate WAD per second.
    /// @return advanceRateBps Up to which part of the collateral's value it and its seniors lend together.
    /// @return idle Cash that is not lent.
    /// @return principal Outstanding.
    /// @return interest Accrued, net of the fee.
    /// @return provisions Against its principal.
    /// @return unvested Gains that count for deposits and not yet for redemptions.
    /// @return optimistic The value at which is deposited: idle, principal, interest and `writtenOff`.
    /// @return conservative The value at which is redeemed: idle and principal less provisions and unvested.
    function tranche(uint256 id)
        external
        view
        returns (
            uint256 rate,
            uint256 advanceRateBps,
            uint256 idle,
            uint256 principal,
            uint256 interest,
            uint256 provisions,
            uint256 unvested,
            uint256 optimistic,
            uint256 conservative
        );
    /// @notice What written-off loans may still bring a tranche: a part of its optimistic value.
    function writtenOff(uint256 id) external view returns (uint256 claims);
    /// @notice What a written-off loan may still bring each tranche; all zero for a loan that is not written off, or whose
    /// claims have expired.
    /// @return claim0 Of tranche 0: principal, and interest up to the default net of the fee.
    /// @return claim1 Of tranche 1.
    /// @return claim2 Of tranche 2.
    /// @return claim3 Of tranche 3.
    /// @return until Until then it counts for deposits at least; from then on the auction's `expireRecovery` ends it.
    function recoveryOf(bytes32 loanId)
        external
        view
        returns (uint256 claim0, uint256 claim1, uint256 claim2, uint256 claim3, uint256 until);
    /// @notice Shares of an account under notice; zeros if there are none.
    /// @return shares How many.
    /// @return from From when they can be redeemed.
    /// @return until Before when.
    function noticeOf(address account, uint256 id) external view returns (uint256 shares, uint256 from, uint256 until);
    /// @notice Shares that a deposit would mint now, rounded down. Reverts as `deposit` for the tranche and the amount.
    function previewDeposit(uint256 id, uint256 assets) external view returns (uint256 shares);
    /// @notice USDai that a redemption would pay now, rounded down, whether under notice or not. Reverts with
    /// `InsufficientIdle` as `redeem` does.
    function previewRedeem(uint256 id, uint256 shares) external view returns (uint256 assets);
    /// @notice Whether terms of `underwriter` with this nonce were taken or cancelled.
    function isNonceUsed(address underwriter, uint256 nonce) external view returns (bool);
    /// @notice The titles that are lent against (ICaliber).
    function caliber() external view returns (address);
    /// @notice The auction of defaulted collateral (ICollateralAuction); zero until it is linked.
    function collateralAuction() external view returns (address);
    /// @notice The contracts whose code runs on the pool's storage for what the pool itself does not know.
    function extensions()
        external
        view
        returns (address payments, address origination, address recovery, address administration);
    /// @notice What applies to all loans; all but the fee recipient fixed at the deployment.
    /// @return interestFeeBps The pool's part of interest and penalties.
    /// @return liquidationFeeBps The pool's part of proceeds.
    /// @return haircutBps What of a collateral's value counts for provisions and reserves.
    /// @return feeRecipient Who receives the fees.
    function policy()
        external
        view
        returns (uint256 interestFeeBps, uint256 liquidationFeeBps, uint256 haircutBps, address feeRecipient);
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

    /* ---------------------------------------------------------------------------------------- administration */

    /// @notice Stops deposits, new loans, defaults and liquidations. `PAUSE_ADMIN_ROLE`.
    function pause() external;
    /// @notice Ends the pause; deadlines of defaults and liquidations move by its length. `PAUSE_ADMIN_ROLE`.
    function unpause() external;
    /// @notice Whether the contract is paused.
    function paused() external view returns (bool);
    /// @notice Sets who receives all fees; neither zero nor the pool (`InvalidAddress`). `DEFAULT_ADMIN_ROLE`.
    function setFeeRecipient(address feeRecipient) external;
    /// @notice Links the auction of defaulted collateral, once. `DEFAULT_ADMIN_ROLE`.
    /// @dev Reverts with `CollateralAuctionAlreadySet`, `InvalidAddress`, and `LinkMismatch` if it works with another
    /// pool.
    function setCollateralAuction(address auction) external;
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
