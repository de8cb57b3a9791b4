//! ArbSys (0x64): facts of the chain and of the running transaction. Messages to L1 are not there.

use alloy_primitives::{Address, B256, U256, address};
use alloy_sol_types::{SolError, SolInterface, SolValue};

use super::abi::ArbSys::{self, ArbSysCalls as Calls};
use super::{Answer, Call, Purity, Reverted};
use crate::arbos::ARBOS_VERSION;

/// What ArbSys adds to the version of ArbOS.
const VERSION_OFFSET: u64 = 55;
/// What an L1 contract's address is shifted by when it calls L2.
const ALIAS_OFFSET: Address = address!("0x1111000000000000000000000000000000001111");
/// Blocks back whose hash is shown.
const HASH_WINDOW: u64 = 256;

pub(super) fn answer(call: &mut Call<'_, '_>, input: &[u8]) -> Answer {
    let decoded = Calls::abi_decode(input).map_err(|_| Reverted::refused("unknown function or arguments"))?;
    let purity = if matches!(decoded, Calls::mapL1SenderContractAddressToL2Alias(_)) {
        Purity::Pure
    } else {
        Purity::View
    };
    call.admit(purity, input)?;
    Ok(match decoded {
        Calls::arbBlockNumber(_) => call.block().number.abi_encode(),
        Calls::arbBlockHash(arguments) => block_hash(call, arguments.arbBlockNum)?.abi_encode(),
        Calls::arbChainID(_) => call.context.cfg.chain_id.abi_encode(),
        Calls::arbOSVersion(_) => (ARBOS_VERSION + VERSION_OFFSET).abi_encode(),
        Calls::getStorageGasAvailable(_) => U256::ZERO.abi_encode(),
        Calls::isTopLevelCall(_) => (call.context.chain.frames.depth() <= 2).abi_encode(),
        Calls::mapL1SenderContractAddressToL2Alias(arguments) => alias(arguments.sender).abi_encode(),
        // No transaction comes from L1.
        Calls::wasMyCallersAddressAliased(_) => false.abi_encode(),
        Calls::myCallersAddressWithoutAliasing(_) => call.context.chain.frames.callers_caller().abi_encode(),
    })
}

fn block_hash(call: &mut Call<'_, '_>, requested: U256) -> Result<B256, Reverted> {
    let current = call.block().number;
    let number = u64::try_from(requested)
        .ok()
        .filter(|number| *number < current && number + HASH_WINDOW >= current);
    let hashes = &call.block().recent_hashes;
    let known = number.and_then(|number| hashes.iter().find(|(at, _)| *at == number));
    if let Some((_, hash)) = known {
        return Ok(*hash);
    }
    let error = ArbSys::InvalidBlockNumber {
        requested,
        current: U256::from(current),
    };
    Err(Reverted::With(error.abi_encode()))
}

fn alias(address: Address) -> Address {
    let sum = U256::from_be_slice(address.as_slice()) + U256::from_be_slice(ALIAS_OFFSET.as_slice());
    Address::from_word(sum.into())
}
