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
    /// @notice The adapter does not trade this token.
    error TokenNotWhitelisted(address token);
    /// @notice The path does not lead from the one token to the other.
    error InvalidPath(bytes path);
    /// @notice The pools could not take the whole input; `leftover` of `token` would have been left on the way.
    error IncompleteSwap(address token, uint256 leftover);
    /// @notice Uniswap's router refused; `reason` is its revert data.
    error SwapFailed(bytes reason);

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

    /* ------------------------------------------------------------------------------------------------ events */

    /// @notice `value` moved from `from` to `to`; the zero address stands for minting and burning.
    event Transfer(address indexed from, address indexed to, uint256 value);
    /// @notice `spender` may take `value` of `owner` from now on.
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
    /// @notice The cap on `totalSupply + bridgedSupply`, from now on.
    event SupplyCapSet(uint256 supplyCap);
    /// @notice The adapter from now on; zero for none.
    event SwapAdapterSet(address swapAdapter);
    /// @notice Whether only whitelisted callers may deposit, from now on.
    event WhitelistRequiredSet(bool whitelistRequired);
    /// @notice `account` was put on the whitelist, or taken off.
    event Whitelisted(address indexed account, bool isWhitelisted);
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

    /* ------------------------------------------------------------------------------------- minting and redeeming */

    /// @notice Takes `depositAmount` of `depositToken` from the caller and mints USDai to `recipient`.
    /// @dev The base token is credited at the lesser of the stated amount and the balance's increase; any other token
    /// is swapped over the adapter's configured pool and credited at the lesser of the swap's proceeds and that
    /// increase. Yield that the base token pays out meanwhile is never the depositor's. The caller has approved the
    /// token. Reverts with `EnforcedPause`, `NotWhitelisted`, `InvalidAmount`, `InvalidAddress`, `SwapAdapterNotSet`,
    /// `SlippageExceeded`, and `SupplyCapExceeded` unless the caller has `DEPOSIT_ADMIN_ROLE`; with what the token or
    /// the adapter says; with `SafeERC20FailedOperation` if the token answers false.
    /// @param depositAmount In units of `depositToken`.
    /// @param usdaiAmountMinimum Least USDai to accept, 18 decimals.
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
    /// @dev Open to every holder while not paused. Reverts with `EnforcedPause`, `InvalidAddress`, `InvalidAmount` for
    /// less than a unit of the base token, `ERC20InsufficientBalance`, `SwapAdapterNotSet`, `SlippageExceeded`; and
    /// with what the adapter says.
    /// @param usdaiAmount USDai, 18 decimals.
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
    /// the liabilities, outside the supply cap. `YIELD_ROLE`. Never rests.
    /// @return USDai minted, zero when there is nothing.
    function harvest(address recipient) external returns (uint256);

    /// @notice What `harvest` would mint now, 18 decimals. Yield of the base token counts unless it goes elsewhere
    /// (`claimOverrideRecipientFor`).
    function claimableYield() external view returns (uint256);

    /// @notice What backs USDai, and what it backs; the first is never less than the second.
    /// @return backing Base token held, scaled to 18 decimals.
    /// @return liabilities `totalSupply + bridgedSupply`.
    function reserves() external view returns (uint256 backing, uint256 liabilities);

    /// @notice The token of the reserves, wrapped M; fixed at the deployment.
    function baseToken() external view returns (address);
    /// @notice What swaps other tokens; zero if only the base token is taken.
    function swapAdapter() external view returns (address);
    /// @notice The cap on `totalSupply + bridgedSupply`, 18 decimals.
    function supplyCap() external view returns (uint256);
    /// @notice USDai that has left over the bridge; backed here like what is held here.
    function bridgedSupply() external view returns (uint256);

    /* ------------------------------------------------------------------------------------------------ bridge */

    /// @notice Moves `amount` from the bridged to the local supply. `BRIDGE_ADMIN_ROLE`.
    /// @dev Reverts with `InsufficientBridgedSupply` for more than is bridged out. The supply cap does not bind: it
    /// counts both.
    function mint(address to, uint256 amount) external;
    /// @notice Moves `amount` of `from` from the local to the bridged supply. `BRIDGE_ADMIN_ROLE`.
    function burn(address from, uint256 amount) external;

    /* ---------------------------------------------------------------------------------------- administration */

    /// @notice Sets the cap on `totalSupply + bridgedSupply`; at most 2^128 − 1. `DEFAULT_ADMIN_ROLE`.
    function setSupplyCap(uint256 cap) external;
    /// @notice Sets the adapter for tokens other than the base token; zero for none. `DEFAULT_ADMIN_ROLE`.
    /// @dev Reverts with `BaseTokenMismatch` if the adapter trades against another base token.
    function setSwapAdapter(address adapter) external;
    /// @notice Switches the closed beta's gate on deposits on or off. `DEFAULT_ADMIN_ROLE`.
    function setWhitelistRequired(bool required) external;
    /// @notice Whether only whitelisted callers may deposit.
    function whitelistRequired() external view returns (bool);
    /// @notice Puts an account on the whitelist or takes it off. `WHITELIST_ADMIN_ROLE`.
    function setWhitelist(address account, bool whitelisted) external;
    /// @notice Whether `account` may deposit while the whitelist is required.
    function isWhitelisted(address account) external view returns (bool);
    /// @notice Stops `deposit` and `withdraw`, nothing else. `PAUSE_ADMIN_ROLE`.
    function pause() external;
    /// @notice Allows `deposit` and `withdraw` again. `PAUSE_ADMIN_ROLE`.
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

    /* --------------------------------------------------------------------- ERC-20, EIP-2612, EIP-5267, ERC-165 */

    /// @notice The token's name.
    function name() external view returns (string memory);
    /// @notice The token's symbol.
    function symbol() external view returns (string memory);
    /// @notice 18.
    function decimals() external view returns (uint8);
    /// @notice USDai on this chain, without what has left over the bridge.
    function totalSupply() external view returns (uint256);
    /// @notice USDai of `account`.
    function balanceOf(address account) external view returns (uint256);
    /// @notice What `spender` may still take of `owner`'s balance.
    function allowance(address owner, address spender) external view returns (uint256);
    /// @notice Lets `spender` take `value` of the caller's balance, in place of what it might before; 2^256 − 1 never
    /// shrinks.
    /// @return True.
    function approve(address spender, uint256 value) external returns (bool);
    /// @notice Moves `value` of the caller to `to`. Never rests.
    /// @return True; a refusal reverts.
    function transfer(address to, uint256 value) external returns (bool);
    /// @notice Moves `value` of `from` to `to` out of the caller's allowance. Never rests.
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
    /// @notice ERC-165: the ids of itself, IAccessControl, IERC20, IERC20Metadata, IERC20Permit and IERC5267.
    function supportsInterface(bytes4 interfaceId) external view returns (bool);
}
