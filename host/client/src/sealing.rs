//! What is signed or sealed off the chain.

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::{Eip712Domain, SolValue, eip712_domain};

/// Where the terms of loans are signed: the EIP-712 domain of a loan pool.
pub fn loan_domain(chain_id: u64, pool: Address) -> Eip712Domain {
    eip712_domain! {
        name: "USD.AI Loan Pool",
        version: "1",
        chain_id: chain_id,
        verifying_contract: pool,
    }
}

/// What seals a bid: `keccak256(abi.encode(chainId, auction, epoch, requestId, uint16 discountBps, bytes32 salt))`.
pub fn commitment(chain_id: u64, auction: Address, epoch: u64, request: U256, discount_bps: u16, salt: B256) -> B256 {
    keccak256(
        (
            U256::from(chain_id),
            auction,
            U256::from(epoch),
            request,
            discount_bps,
            salt,
        )
            .abi_encode_params(),
    )
}
