//! Types of the public ABI, read from the interface files: an error or event that is not declared there does not exist
//! here.

use alloy_sol_types::sol;

sol! {
    #![sol(all_derives)]
    "../../contracts/interfaces/IUSDai.sol"
}

sol! {
    #![sol(all_derives)]
    "../../contracts/interfaces/ISwapAdapter.sol"
}

sol! {
    /// What USDai uses of wrapped M, beside ERC-20.
    #[allow(missing_docs)]
    interface IWrappedM {
        function accruedYieldOf(address account) external view returns (uint240);
        function claimOverrideRecipientFor(address account) external view returns (address);
        function claimFor(address account) external returns (uint240);
    }
}
