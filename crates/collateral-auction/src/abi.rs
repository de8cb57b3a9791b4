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
    #![sol(all_derives)]
    "../../contracts/interfaces/ILoanPool.sol"
}
