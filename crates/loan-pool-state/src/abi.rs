//! Types of the public ABI, read from the interface files: an error or event that is not declared there does not exist
//! here.

use alloy_sol_types::sol;

sol! {
    #![sol(all_derives)]
    "../../contracts/interfaces/ILoanPool.sol"
}

sol! {
    #![sol(all_derives)]
    "../../contracts/interfaces/ICaliber.sol"
}

sol! {
    /// What the pool asks the auction.
    #[allow(missing_docs)]
    interface ICollateralAuction {
        function loanPool() external view returns (address);
    }
}
