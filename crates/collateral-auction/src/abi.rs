//! Types of the public ABI, read from the interface files: an error or event that is not declared there does not exist
//! here.

use alloy_sol_types::sol;

sol! {
    #![sol(all_derives)]
    "../../contracts/interfaces/ICollateralAuction.sol"
}

sol! {
    #![sol(all_derives)]
    "../../contracts/interfaces/ICaliber.sol"
}

sol! {
    /// What the auction asks and tells the loan pool.
    #[allow(missing_docs)]
    interface ILiquidations {
        function asset() external view returns (address);
        function liquidation(bytes32 loanId)
            external
            view
            returns (uint256 collateralId, uint256 debt, uint256 reserve, bool open);
        function settleLiquidation(bytes32 loanId, uint256 proceeds) external;
        function writeOff(bytes32 loanId) external;
    }
}
