// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title USDai, a synthetic dollar fully backed by wrapped M
/// @notice ERC-20 with EIP-2612 permits, minted and redeemed against wrapped M (the base token) or any token that the
/// swap adapter takes. Amounts of USDai have 18 decimals; amounts of a token have that token's decimals.
/// @dev Every division rounds in favour of the reserves. Re-entry is refused with empty revert data; every other
/// refusal is one of the errors below.
interface IUSDai {
    /* ------------------------------------------------------------------------------------------------ errors */

    /// @notice The address is zero, or this contract where it can not be the token or the recipient.
    error InvalidAddress();
    /// @notice The amount is zero, or too small to be worth one unit of the base token.
    error InvalidAmount();
    /// @notice The deposit would take `totalSupply + bridgedSupply` above the supply cap.
    error SupplyCapExceeded();
    /// @notice Less than the caller's minimum would have come out. In units of USDai for a deposit and of the withdrawn
    /// token for a withdrawal; where the swap itself fell short of a deposit's minimum, in units of the base token.
    error SlippageExceeded(uint256 minimum, uint256 actual);
    /// @notice Only whitelisted callers may deposit while the whitelist is required.
    error NotWhitelisted(address caller);
    /// @notice The bridge asked to mint more than is bridged out.
    error InsufficientBridgedSupply(uint256 requested, uint256 bridgedSupply);
    /// @notice The value does not fit where it is kept.
    error ValueTooLarge(uint256 value, uint256 maximum);
    /// @notice The base token has more than 18 decimals.
    error UnsupportedDecimals(address token, uint8 decimals);
    /// @notice The adapter trades against another base token.
    error BaseTokenMismatch(address expected, address actual);
    /// @notice No swap adapter has been set, so only the base token is taken.
    error SwapAdapterNotSet(address token);
    /// @notice The calldata does not decode to any function of this contract exactly, or ETH was sent to one that
    /// takes none.
    error InvalidCall(bytes4 selector, uint256 calldataLength, uint256 value);
    /// @notice A call to another contract failed without saying why.
    error ExternalCallFailed(address target);
    /// @notice A token refused a transfer, or answered false.
    error SafeERC20FailedOperation(address token);

    /// @notice Passed on from the swap adapter; see ISwapAdapter.
    error UnauthorizedCaller(address caller);
    error TokenNotWhitelisted(address token);
    error InvalidPath(bytes path);
    error IncompleteSwap(address token, uint256 leftover);
    error SwapFailed(bytes reason);

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

    /* ------------------------------------------------------------------------------------------------ events */

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);
    /// @notice `depositAmount` of `depositToken` was taken from `caller` and `mintAmount` USDai minted to `recipient`.
    event Deposited(
        address indexed caller,
        address indexed recipient,
        address depositToken,
        uint256 depositAmount,
        uint256 mintAmount
    );
    /// @notice `usdaiAmount` USDai was burned from `caller` and `withdrawAmount` of `withdrawToken` paid to `recipient`.
    event Withdrawn(
        address indexed caller,
        address indexed recipient,
        address withdrawToken,
        uint256 usdaiAmount,
        uint256 withdrawAmount
    );
    /// @notice `mintAmount` USDai was minted to `recipient` for base token held above the liabilities.
    event Harvested(address indexed caller, address indexed recipient, uint256 mintAmount);
    /// @notice The bridge moved `amount` in; `bridgedSupply` is what remains out.
    event BridgeMinted(address indexed to, uint256 amount, uint256 bridgedSupply);
    /// @notice The bridge moved `amount` out; `bridgedSupply` is what is out in all.
    event BridgeBurned(address indexed from, uint256 amount, uint256 bridgedSupply);
    event SupplyCapSet(uint256 supplyCap);
    event SwapAdapterSet(address swapAdapter);
    event WhitelistRequiredSet(bool whitelistRequired);
    event Whitelisted(address indexed account, bool isWhitelisted);
    event Paused(address account);
    event Unpaused(address account);
    event RoleAdminChanged(bytes32 indexed role, bytes32 indexed previousAdminRole, bytes32 indexed newAdminRole);
    event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender);
    event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender);

    /* ------------------------------------------------------------------------------------- minting and redeeming */

    /// @notice Takes `depositAmount` of `depositToken` from the caller and mints USDai to `recipient`.
    /// @dev The base token is credited at the lesser of the stated amount and the balance's increase; any other token
    /// is swapped over the adapter's configured pool and credited at the lesser of the swap's proceeds and that
    /// increase. Yield that the base token pays out meanwhile is never the depositor's.
    /// @param usdaiAmountMinimum Least USDai to accept.
    /// @return USDai minted.
    function deposit(address depositToken, uint256 depositAmount, uint256 usdaiAmountMinimum, address recipient)
        external
        returns (uint256);

    /// @notice As above, with the swap's route in `data`.
    /// @param data Uniswap V3 path from `depositToken` to the base token; empty for the configured pool. Not used when
    /// the base token is deposited.
    function deposit(
        address depositToken,
        uint256 depositAmount,
        uint256 usdaiAmountMinimum,
        address recipient,
        bytes calldata data
    ) external returns (uint256);

    /// @notice Burns `usdaiAmount` of the caller and pays `recipient` in `withdrawToken`.
    /// @param withdrawAmountMinimum Least amount of `withdrawToken` that `recipient` must receive.
    /// @return Amount of `withdrawToken` paid, rounded down; the dust stays in the reserves.
    function withdraw(address withdrawToken, uint256 usdaiAmount, uint256 withdrawAmountMinimum, address recipient)
        external
        returns (uint256);

    /// @notice As above, with the swap's route in `data`.
    /// @param data Uniswap V3 path from the base token to `withdrawToken`; empty for the configured pool.
    function withdraw(
        address withdrawToken,
        uint256 usdaiAmount,
        uint256 withdrawAmountMinimum,
        address recipient,
        bytes calldata data
    ) external returns (uint256);

    /// @notice Claims the base token's yield and mints USDai to `recipient` for every unit of base token held above
    /// the liabilities, outside the supply cap. `YIELD_ROLE`.
    /// @return USDai minted, zero when there is nothing.
    function harvest(address recipient) external returns (uint256);

    /// @notice What `harvest` would mint now.
    function claimableYield() external view returns (uint256);

    /// @notice Base token held, scaled to 18 decimals, and the liabilities `totalSupply + bridgedSupply`.
    function reserves() external view returns (uint256 backing, uint256 liabilities);

    function baseToken() external view returns (address);
    function swapAdapter() external view returns (address);
    function supplyCap() external view returns (uint256);
    function bridgedSupply() external view returns (uint256);

    /* ------------------------------------------------------------------------------------------------ bridge */

    /// @notice Moves `amount` from the bridged to the local supply. `BRIDGE_ADMIN_ROLE`.
    function mint(address to, uint256 amount) external;
    /// @notice Moves `amount` of `from` from the local to the bridged supply. `BRIDGE_ADMIN_ROLE`.
    function burn(address from, uint256 amount) external;

    /* ---------------------------------------------------------------------------------------- administration */

    /// @notice Sets the cap on `totalSupply + bridgedSupply`; at most 2^128 − 1. `DEFAULT_ADMIN_ROLE`.
    function setSupplyCap(uint256 cap) external;
    /// @notice Sets the adapter for tokens other than the base token; zero for none. `DEFAULT_ADMIN_ROLE`.
    function setSwapAdapter(address adapter) external;
    /// @notice Switches the closed beta's gate on deposits on or off. `DEFAULT_ADMIN_ROLE`.
    function setWhitelistRequired(bool required) external;
    function whitelistRequired() external view returns (bool);
    /// @notice Puts an account on the whitelist or takes it off. `WHITELIST_ADMIN_ROLE`.
    function setWhitelist(address account, bool whitelisted) external;
    function isWhitelisted(address account) external view returns (bool);
    /// @notice Stops `deposit` and `withdraw`. `PAUSE_ADMIN_ROLE`.
    function pause() external;
    /// @notice Allows `deposit` and `withdraw` again. `PAUSE_ADMIN_ROLE`.
    function unpause() external;
    function paused() external view returns (bool);

    function DEFAULT_ADMIN_ROLE() external view returns (bytes32);
    function getRoleAdmin(bytes32 role) external view returns (bytes32);
    function hasRole(bytes32 role, address account) external view returns (bool);
    function grantRole(bytes32 role, address account) external;
    function revokeRole(bytes32 role, address account) external;
    function renounceRole(bytes32 role, address callerConfirmation) external;

    /* --------------------------------------------------------------------- ERC-20, EIP-2612, EIP-5267, ERC-165 */

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
    function supportsInterface(bytes4 interfaceId) external view returns (bool);
}
