// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title Swap adapter between the base token of USDai and other tokens, over Uniswap V3
/// @notice Only USDai swaps here. It first moves the tokens to the adapter and then calls; the proceeds go back to
/// it. A swap leaves no balance here, and the adapter never gives an allowance.
/// @dev Amounts are in units of their token. A token that is sent here outside a swap stays here.
interface ISwapAdapter {
    /* ------------------------------------------------------------------------------------------------ errors */

    /// @notice The address is zero, has no code where some is needed, or is a token that the adapter is built on.
    error InvalidAddress();
    /// @notice Nothing has arrived to be swapped.
    error InvalidAmount();
    /// @notice Only USDai may swap.
    error UnauthorizedCaller(address caller);
    /// @notice The token is not admitted.
    error TokenNotWhitelisted(address token);
    /// @notice Uniswap V3 fee tiers are below 1,000,000 (100 %) and not zero.
    error InvalidFeeTier(uint24 feeTier);
    /// @notice The path is not `token, (fee, token)+` between the two tokens of the swap.
    error InvalidPath(bytes path);
    /// @notice The swap returned less than its minimum.
    error SlippageExceeded(uint256 minimum, uint256 actual);
    /// @notice The pools could not take the whole input.
    error IncompleteSwap(address token, uint256 leftover);
    /// @notice The router refused; `reason` is its revert data.
    error SwapFailed(bytes reason);
    /// @notice A token refused a transfer, or answered false.
    error SafeERC20FailedOperation(address token);
    /// @notice The calldata does not decode to any function of this contract exactly, or ETH was sent to one that
    /// takes none.
    error InvalidCall(bytes4 selector, uint256 calldataLength, uint256 value);
    /// @notice A call to another contract failed without saying why, or its answer makes no sense.
    error ExternalCallFailed(address target);
    /// @notice Who gives up a role must name himself.
    error AccessControlBadConfirmation();
    /// @notice `account` does not hold `neededRole`.
    error AccessControlUnauthorizedAccount(address account, bytes32 neededRole);

    /* ------------------------------------------------------------------------------------------------ events */

    /// @notice A token was admitted with the fee tier of its direct pool, or removed.
    event TokenSet(address indexed token, bool whitelisted, uint24 feeTier);
    /// @notice Part of the standard interface; never emitted, because the admin of every role stays
    /// `DEFAULT_ADMIN_ROLE`.
    event RoleAdminChanged(bytes32 indexed role, bytes32 indexed previousAdminRole, bytes32 indexed newAdminRole);
    /// @notice `account` was given `role`.
    event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender);
    /// @notice `role` was taken from `account`, or given up by it.
    event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender);

    /* ------------------------------------------------------------------------------------------------- swaps */

    /// @notice Swaps the `token` that the caller has just moved here for the base token, which goes to the caller.
    /// @dev Reverts with `UnauthorizedCaller`, `TokenNotWhitelisted`, `InvalidPath`, `InvalidAmount`, `SwapFailed`,
    /// `IncompleteSwap`, `SlippageExceeded`.
    /// @param amount Amount that the caller has moved; of a token that takes a fee, what has arrived is swapped.
    /// @param minBase Least base token to return.
    /// @param path Empty for the direct pool at the configured fee tier, or a Uniswap V3 path from `token` to the
    /// base token.
    /// @return Base token sent to the caller.
    function swapIn(address token, uint256 amount, uint256 minBase, bytes calldata path) external returns (uint256);

    /// @notice Swaps the base token that the caller has just moved here for `token`, which goes to the caller.
    /// @dev Reverts as `swapIn`.
    /// @param baseAmount Base token that the caller has moved.
    /// @param minOut Least `token` to return.
    /// @param path Empty for the direct pool, or a Uniswap V3 path from the base token to `token`.
    /// @return `token` sent to the caller.
    function swapOut(address token, uint256 baseAmount, uint256 minOut, bytes calldata path)
        external
        returns (uint256);

    /// @notice The base token of USDai, wrapped M.
    function baseToken() external view returns (address);
    /// @notice Who may swap here, and receives the proceeds.
    function usdai() external view returns (address);
    /// @notice Uniswap's SwapRouter02.
    function swapRouter() external view returns (address);
    /// @notice Whether `token` is admitted.
    function isWhitelistedToken(address token) external view returns (bool);
    /// @notice Fee tier of the direct pool, in hundredths of a basis point; zero for a token that is not admitted.
    function feeTier(address token) external view returns (uint24);

    /* ---------------------------------------------------------------------------------------- administration */

    /// @notice Admits a token with the fee tier of its direct pool, or removes it. `DEFAULT_ADMIN_ROLE`.
    /// @dev Reverts with `InvalidAddress` for the base token and USDai, with `InvalidFeeTier` for a tier of zero or
    /// from 1,000,000 on. The tier of a token that is removed does not count.
    function setToken(address token, bool whitelisted, uint24 feeTier) external;

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
    /// @notice ERC-165: the ids of itself and of IAccessControl.
    function supportsInterface(bytes4 interfaceId) external view returns (bool);
}
