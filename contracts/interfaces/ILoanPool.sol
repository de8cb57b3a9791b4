// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title The tranched loan pool, as its lenders see it
/// @notice Tranche shares are ERC-6909 tokens whose id is the tranche, 0 the most senior.
interface ILoanPool {
    /// @notice The currency of the loans.
    function asset() external view returns (address);
    /// @notice Takes `assets` of the caller, who has approved them, into a tranche at its optimistic value.
    /// @return shares Tranche shares minted to `receiver`, rounded down.
    function deposit(uint256 tranche, uint256 assets, address receiver) external returns (uint256 shares);
    /// @notice Burns tranche shares of the caller and pays `receiver` their conservative value from the tranche's idle
    /// cash.
    /// @return assets Paid, rounded down.
    function redeem(uint256 tranche, uint256 shares, address receiver) external returns (uint256 assets);
    /// @notice What shares of the four tranches are worth together, each rounded down. Reads a tranche only if its
    /// share count is not zero; reverts for a tranche that does not exist.
    /// @return optimistic With accrued interest, without provisions.
    /// @return conservative Without accrued interest, less provisions.
    function positionValue(uint256 shares0, uint256 shares1, uint256 shares2, uint256 shares3)
        external
        view
        returns (uint256 optimistic, uint256 conservative);
    /// @notice When the redemption window of the last defaulted loan ends, 14 days after its default; zero if none was.
    function latestCureEnd() external view returns (uint256);
}
