//! Types of the public ABI, read from the interface files: an error or event that is not declared there does not exist
//! here.

use alloy_sol_types::sol;

sol! {
    #![sol(all_derives)]
    "../../contracts/interfaces/IStakedUSDai.sol"
}

sol! {
    #![sol(all_derives)]
    "../../contracts/interfaces/IQevAuction.sol"
}

sol! {
    #![sol(all_derives)]
    "../../contracts/interfaces/ILoanPool.sol"
}

sol! {
    #![sol(all_derives)]
    "../../contracts/interfaces/IUSDai.sol"
}
