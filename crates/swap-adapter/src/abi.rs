//! Types of the public ABI, read from the interface file, and what is used of SwapRouter02.

use alloy_sol_types::sol;

sol! {
    #![sol(all_derives)]
    "../../contracts/interfaces/ISwapAdapter.sol"
}

sol! {
    /// Uniswap's SwapRouter02. An input of zero stands for the router's whole balance of the input token: it then pays
    /// out of its own pocket, without asking anybody for an allowance.
    #[allow(missing_docs)]
    interface ISwapRouter02 {
        struct ExactInputSingleParams {
            address tokenIn;
            address tokenOut;
            uint24 fee;
            address recipient;
            uint256 amountIn;
            uint256 amountOutMinimum;
            uint160 sqrtPriceLimitX96;
        }

        struct ExactInputParams {
            bytes path;
            address recipient;
            uint256 amountIn;
            uint256 amountOutMinimum;
        }

        function exactInputSingle(ExactInputSingleParams calldata params) external payable returns (uint256 amountOut);
        function exactInput(ExactInputParams calldata params) external payable returns (uint256 amountOut);
    }
}
