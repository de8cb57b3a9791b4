//! Types of the public ABI, read from the interface file: an error or event that is not declared there does not exist
//! here.

use alloy_sol_types::sol;

sol! {
    #![sol(all_derives)]
    "../../contracts/interfaces/ICaliber.sol"
}
