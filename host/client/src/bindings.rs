//! Typed calls, events and errors of the contracts.
//!
//! Those of the suite are generated from `contracts/interfaces`, so there is no second copy of the ABI that could
//! differ from what is published. Of the third parties' contracts and the test doubles only what is used is stated.
#![allow(
    missing_docs,
    clippy::pedantic,
    clippy::too_many_arguments,
    reason = "generated from Solidity, which carries the documentation"
)]

use alloy_sol_types::sol;

sol! {
    #![sol(all_derives, abi)]
    "../../contracts/interfaces/IUSDai.sol"
}

sol! {
    #![sol(all_derives, abi)]
    "../../contracts/interfaces/ISwapAdapter.sol"
}

sol! {
    #![sol(all_derives, abi)]
    "../../contracts/interfaces/IStakedUSDai.sol"
}

sol! {
    #![sol(all_derives, abi)]
    "../../contracts/interfaces/IQevAuction.sol"
}

sol! {
    #![sol(all_derives, abi)]
    "../../contracts/interfaces/ILoanPool.sol"
}

sol! {
    #![sol(all_derives, abi)]
    "../../contracts/interfaces/ICaliber.sol"
}

sol! {
    #![sol(all_derives, abi)]
    "../../contracts/interfaces/ICollateralAuction.sol"
}

sol! {
    #![sol(all_derives)]

    /// What every token of the chain answers.
    interface IERC20 {
        event Transfer(address indexed from, address indexed to, uint256 value);
        event Approval(address indexed owner, address indexed spender, uint256 value);

        error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed);
        error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed);

        function name() external view returns (string memory);
        function symbol() external view returns (string memory);
        function decimals() external view returns (uint8);
        function totalSupply() external view returns (uint256);
        function balanceOf(address account) external view returns (uint256);
        function allowance(address owner, address spender) external view returns (uint256);
        function approve(address spender, uint256 value) external returns (bool);
        function transfer(address to, uint256 value) external returns (bool);
        function transferFrom(address from, address to, uint256 value) external returns (bool);
    }

    /// The switches of the test tokens in `contracts/fixtures`, beside ERC-20.
    interface ITestToken {
        function mint(address to, uint256 amount) external;
        function burn(address from, uint256 amount) external;
    }

    /// Wrapped M, as its double in `contracts/fixtures` has it.
    interface IWrappedM {
        event Claimed(address indexed account, address indexed recipient, uint240 yield);

        error InsufficientBalance(address account, uint256 balance, uint256 amount);
        error InsufficientAllowance(address spender, uint256 allowance, uint256 needed);

        function currentIndex() external view returns (uint128);
        function accruedYieldOf(address account) external view returns (uint240);
        function claimFor(address account) external returns (uint240);
        function startEarningFor(address account) external;
        function stopEarningFor(address account) external;
        function isEarning(address account) external view returns (bool);
        function claimOverrideRecipientFor(address account) external view returns (address);
        function setClaimOverrideRecipient(address account, address recipient) external;
        function setRate(uint32 basisPoints) external;
        function rate() external view returns (uint32);
    }

    /// The dollar that answers nothing and may take a fee.
    interface ITetherLike {
        function setParams(uint256 basisPoints, uint256 maximum) external;
        function transfer(address to, uint256 amount) external;
        function transferFrom(address from, address to, uint256 amount) external;
        function approve(address spender, uint256 amount) external;
    }

    /// The token that answers false where others revert.
    interface IFalseToken {
        function setFailing(bool transfer_, bool transferFrom_, bool approve_) external;
    }

    /// The token that calls somebody in the middle of a transfer.
    interface IReentrantToken {
        function setHook(address target, bytes calldata data, bool beforeMove) external;
        function hookCalls() external view returns (uint256);
        function hookSucceeded() external view returns (bool);
        function hookReturned() external view returns (bytes memory);
    }

    /// The contract that takes titles, or not.
    interface ITokenReceiver {
        enum Mode {
            Accept,
            Refuse,
            RevertWithReason,
            RevertSilently,
            AnswerNothing,
            AnswerMore
        }

        error Unwanted(uint256 tokenId);

        function setMode(Mode mode) external;
        function setHook(address target, bytes calldata data) external;
        function received()
            external
            view
            returns (address operator, address from, uint256 tokenId, bytes memory data, uint256 count);
        function hookSucceeded() external view returns (bool);
        function hookReturned() external view returns (bytes memory);
    }

    /// The switches of the loan pool without loans, beside [`ILoanPool`].
    interface ITestLoanPool {
        enum Fault {
            None,
            RevertWithReason,
            RevertSilently,
            AnswerNothing,
            Overstate,
            MoveLess,
            MoveMore
        }

        error NoSuchTranche(uint256 tranche);
        error InsufficientIdle(uint256 tranche, uint256 assets, uint256 idle);
        error InsufficientShares(address owner, uint256 tranche, uint256 shares, uint256 held);
        error WorthlessTranche(uint256 tranche);
        error Misbehaved(uint256 amount);
        error ReentrySucceeded(bytes returned);

        function balanceOf(address owner, uint256 id) external view returns (uint256);
        function transfer(address receiver, uint256 id, uint256 amount) external returns (bool);
        function tranches(uint256 tranche)
            external
            view
            returns (uint256 supply, uint256 idle, uint256 optimistic, uint256 conservative);
        function setValue(uint256 tranche, uint256 optimistic, uint256 conservative, uint256 idle) external;
        function setLatestCureEnd(uint256 cureEnd) external;
        function noticeOf(address owner, uint256 tranche) external view returns (uint256);
        function setFault(bytes4 selector, Fault fault, uint256 amount) external;
        function setHook(address target, bytes calldata data) external;
        function hookCalls() external view returns (uint256);
        function hookSucceeded() external view returns (bool);
        function hookReturned() external view returns (bytes memory);
    }

    /// The switches of the dollar that a vault of its own can stand on.
    interface ITestDollar {
        error TransfersStopped(address from, address to, uint256 amount);

        function setYield(uint256 claimable) external;
        function setBehaviour(bool failing, bool stopped) external;
        function setHook(address target, bytes calldata data) external;
        function hookCalls() external view returns (uint256);
        function hookSucceeded() external view returns (bool);
        function hookReturned() external view returns (bytes memory);
    }

    /// The contract that calls whatever it is told to.
    interface ICaller {
        struct Call {
            address target;
            uint256 value;
            bytes data;
        }

        function forward(address target, bytes calldata data) external payable returns (bytes memory);
        function tryForward(address target, bytes calldata data) external payable returns (bool, bytes memory);
        function tryForwardWithGas(address target, bytes calldata data, uint256 gasLimit)
            external
            payable
            returns (bool, bytes memory);
        function forwardStatic(address target, bytes calldata data) external view returns (bytes memory);
        function tryForwardStatic(address target, bytes calldata data) external view returns (bool, bytes memory);
        function batch(Call[] calldata calls) external payable returns (bytes[] memory results);
    }

    /// The factory of Uniswap V3's pools.
    interface IUniswapV3Factory {
        function enableFeeAmount(uint24 fee, int24 tickSpacing) external;
        function feeAmountTickSpacing(uint24 fee) external view returns (int24);
        function getPool(address tokenA, address tokenB, uint24 fee) external view returns (address);
    }

    /// One pool of Uniswap V3.
    interface IUniswapV3Pool {
        event Swap(
            address indexed sender,
            address indexed recipient,
            int256 amount0,
            int256 amount1,
            uint160 sqrtPriceX96,
            uint128 liquidity,
            int24 tick
        );

        function liquidity() external view returns (uint128);
    }

    /// Uniswap V3's NonfungiblePositionManager: how liquidity is provided.
    interface IPositionManager {
        struct MintParams {
            address token0;
            address token1;
            uint24 fee;
            int24 tickLower;
            int24 tickUpper;
            uint256 amount0Desired;
            uint256 amount1Desired;
            uint256 amount0Min;
            uint256 amount1Min;
            address recipient;
            uint256 deadline;
        }

        function createAndInitializePoolIfNecessary(address token0, address token1, uint24 fee, uint160 sqrtPriceX96)
            external
            payable
            returns (address pool);
        function mint(MintParams calldata params)
            external
            payable
            returns (uint256 tokenId, uint128 liquidity, uint256 amount0, uint256 amount1);
    }

    /// Uniswap's SwapRouter02.
    interface ISwapRouter {
        struct ExactInputSingleParams {
            address tokenIn;
            address tokenOut;
            uint24 fee;
            address recipient;
            uint256 amountIn;
            uint256 amountOutMinimum;
            uint160 sqrtPriceLimitX96;
        }

        function exactInputSingle(ExactInputSingleParams calldata params) external payable returns (uint256 amountOut);
    }

    /// Arbitrum's precompile for programs.
    interface IArbWasm {
        error ProgramNotActivated();
        error ProgramExpired(uint64 ageInSeconds);
        error ProgramUpToDate();
        error ProgramKeepaliveTooSoon(uint64 ageInSeconds);
        error ProgramInsufficientValue(uint256 have, uint256 want);

        function activateProgram(address program) external payable returns (uint16 version, uint256 dataFee);
        function codehashKeepalive(bytes32 codehash) external payable;
        function programTimeLeft(address program) external view returns (uint64 timeLeft);
    }

    /// Arbitrum's precompile for the cache of programs.
    interface IArbWasmCache {
        function isCacheManager(address manager) external view returns (bool);
        function cacheProgram(address program) external;
        function codehashIsCached(bytes32 codehash) external view returns (bool);
    }

    /// Arbitrum's contract that sells places in that cache.
    interface ICacheManager {
        error BidTooSmall(uint192 bid, uint192 min);
        error BidsArePaused();

        function getMinBid(address program) external view returns (uint192 min);
        function placeBid(address program) external payable;
    }

    /// Arbitrum's contract that deploys, activates and constructs a Stylus program in one transaction.
    interface IStylusDeployer {
        event ContractDeployed(address deployedContract);

        error ContractDeploymentError(bytes bytecode);
        error ContractInitializationError(address newContract, bytes data);
        error EmptyBytecode();
        error InitValueButNotInitData();
        error RefundExcessValueError(uint256 excessValue);

        function deploy(bytes calldata bytecode, bytes calldata initData, uint256 initValue, bytes32 salt)
            external
            payable
            returns (address);
    }
}
