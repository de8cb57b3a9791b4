//! ArbInfo (0x65), ArbOwnerPublic (0x6b) and ArbGasInfo (0x6c): what can be looked up.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolInterface, SolValue};
use revm::context::JournalTr;
use revm::context_interface::ContextTr;

use super::abi::ArbGasInfo::ArbGasInfoCalls as GasCalls;
use super::abi::ArbInfo::ArbInfoCalls as InfoCalls;
use super::abi::ArbOwnerPublic::ArbOwnerPublicCalls as OwnerCalls;
use super::{Answer, COLD_ACCOUNT, COPY_WORD, Call, Purity, Reverted, words};
use crate::evm::{CHAIN_OWNER, NETWORK_FEE_ACCOUNT};

/// Balance of an account.
const BALANCE_READ: u64 = 700;
/// Level at which batches would be compressed.
const BROTLI_LEVEL: u64 = 1;
/// Gas per second at which the base fee would start to rise.
const SPEED_LIMIT: u64 = 7_000_000;

fn unknown<E>(_: E) -> Reverted {
    Reverted::refused("unknown function or arguments")
}

pub(super) fn answer_info(call: &mut Call<'_, '_>, input: &[u8]) -> Answer {
    let decoded = InfoCalls::abi_decode(input).map_err(unknown)?;
    call.admit(Purity::View, input)?;
    match decoded {
        InfoCalls::getBalance(arguments) => {
            call.burn(BALANCE_READ)?;
            match call.context.journal_mut().load_account(arguments.account) {
                Ok(account) => Ok(account.data.info.balance.abi_encode()),
                Err(never) => match never {},
            }
        }
        InfoCalls::getCode(arguments) => {
            call.burn(COLD_ACCOUNT)?;
            let code = match call.context.journal_mut().code(arguments.account) {
                Ok(code) => code.data,
                Err(never) => match never {},
            };
            call.burn(COPY_WORD * words(code.len()))?;
            Ok(code.abi_encode())
        }
    }
}

pub(super) fn answer_owner(call: &mut Call<'_, '_>, input: &[u8]) -> Answer {
    let decoded = OwnerCalls::abi_decode(input).map_err(unknown)?;
    call.admit(Purity::View, input)?;
    Ok(match decoded {
        OwnerCalls::isChainOwner(arguments) => (arguments.addr == CHAIN_OWNER).abi_encode(),
        OwnerCalls::getAllChainOwners(_) => vec![CHAIN_OWNER].abi_encode(),
        OwnerCalls::getNetworkFeeAccount(_) => NETWORK_FEE_ACCOUNT.abi_encode(),
        OwnerCalls::getInfraFeeAccount(_) => Address::ZERO.abi_encode(),
        OwnerCalls::getBrotliCompressionLevel(_) => BROTLI_LEVEL.abi_encode(),
        OwnerCalls::getScheduledUpgrade(_) => (0_u64, 0_u64).abi_encode(),
        OwnerCalls::isCalldataPriceIncreaseEnabled(_) => false.abi_encode(),
    })
}

pub(super) fn answer_gas(call: &mut Call<'_, '_>, input: &[u8]) -> Answer {
    let decoded = GasCalls::abi_decode(input).map_err(unknown)?;
    call.admit(Purity::View, input)?;
    let base_fee = U256::from(call.block().base_fee);
    let zero = U256::ZERO;
    let slot_gas = U256::from(20_000);
    let tx_gas_limit = call.context.chain.tx_gas_limit;
    Ok(match decoded {
        // Per L2 transaction, per L1 calldata byte, per storage slot, per gas: base, congestion, total.
        GasCalls::getPricesInWei(_) => (zero, zero, base_fee * slot_gas, base_fee, zero, base_fee).abi_encode(),
        GasCalls::getPricesInArbGas(_) => (zero, zero, slot_gas).abi_encode(),
        GasCalls::getGasAccountingParams(_) => (SPEED_LIMIT, tx_gas_limit, tx_gas_limit).abi_encode(),
        GasCalls::getMinimumGasPrice(_) => base_fee.abi_encode(),
        GasCalls::getL1BaseFeeEstimate(_) | GasCalls::getL1GasPriceEstimate(_) | GasCalls::getCurrentTxL1GasFees(_) => {
            zero.abi_encode()
        }
        GasCalls::getGasBacklog(_) => 0_u64.abi_encode(),
    })
}
