//! ArbWasm (0x71): activation of programs and what there is to know of them.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolError, SolInterface, SolValue};
use revm::context::JournalTr;
use revm::context_interface::ContextTr;
use stylus_rules::container::is_stylus;
use stylus_rules::params::ACTIVATION_FIXED_GAS;

use super::abi::ArbWasm::{self, ArbWasmCalls as Calls};
use super::{Answer, Call, Purity, Reverted, STORAGE_READ, STORAGE_WRITE};
use crate::arbos::{self, PARAMS, ProgramRecord};
use crate::evm::NETWORK_FEE_ACCOUNT;

/// Reading the Stylus parameters.
const PARAMS_READ: u64 = 100;
/// Slots of the data pricer: demand, bytes per second, last update, least price, inertia.
const PRICER_SLOTS: u64 = 5;
/// The parameter of the exponential memory cost, as the chain stores it.
const PAGE_RAMP: u64 = 620_674_314;

pub(super) fn answer(call: &mut Call<'_, '_>, input: &[u8]) -> Answer {
    let decoded = Calls::abi_decode(input).map_err(|_| Reverted::refused("unknown function or arguments"))?;
    let purity = match decoded {
        Calls::activateProgram(_) | Calls::codehashKeepalive(_) => Purity::Payable,
        _ => Purity::View,
    };
    call.admit(purity, input)?;
    match decoded {
        Calls::activateProgram(arguments) => activate(call, arguments.program),
        Calls::codehashKeepalive(arguments) => keep_alive(call, arguments.codehash),
        Calls::codehashVersion(arguments) => Ok(active(call, arguments.codehash)?.version.abi_encode()),
        Calls::codehashAsmSize(arguments) => {
            Ok((active(call, arguments.codehash)?.asm_kib.saturating_mul(1_024)).abi_encode())
        }
        Calls::programVersion(arguments) => Ok(active_at(call, arguments.program)?.version.abi_encode()),
        Calls::programMemoryFootprint(arguments) => Ok(active_at(call, arguments.program)?.footprint.abi_encode()),
        Calls::programTimeLeft(arguments) => {
            let record = active_at(call, arguments.program)?;
            Ok(record.time_left(call.timestamp()).abi_encode())
        }
        Calls::programInitGas(arguments) => {
            let record = active_at(call, arguments.program)?;
            let cached = PARAMS.cached_init_gas(record.cached_cost);
            Ok((PARAMS.init_gas(record.init_cost) + cached, cached).abi_encode())
        }
        constant => {
            call.burn(PARAMS_READ)?;
            Ok(parameter(&constant))
        }
    }
}

fn parameter(call: &Calls) -> Vec<u8> {
    match call {
        Calls::inkPrice(_) => PARAMS.ink_price.abi_encode(),
        Calls::maxStackDepth(_) => PARAMS.max_stack_depth.abi_encode(),
        Calls::freePages(_) => PARAMS.free_pages.abi_encode(),
        Calls::pageGas(_) => PARAMS.page_gas.abi_encode(),
        Calls::pageRamp(_) => PAGE_RAMP.abi_encode(),
        Calls::pageLimit(_) => PARAMS.page_limit.abi_encode(),
        Calls::minInitGas(_) => (PARAMS.init_gas(0), PARAMS.cached_init_gas(0)).abi_encode(),
        Calls::initCostScalar(_) => (u64::from(PARAMS.init_cost_scalar) * 2).abi_encode(),
        Calls::expiryDays(_) => PARAMS.expiry_days.abi_encode(),
        Calls::keepaliveDays(_) => PARAMS.keepalive_days.abi_encode(),
        Calls::blockCacheSize(_) => PARAMS.block_cache_size.abi_encode(),
        // The one that is left; the functions that look at a program do not come here.
        _ => PARAMS.version.abi_encode(),
    }
}

/// The record of a program that may run now, or ArbWasm's error.
fn active(call: &mut Call<'_, '_>, code_hash: B256) -> Result<ProgramRecord, Reverted> {
    call.burn(PARAMS_READ + STORAGE_READ)?;
    let timestamp = call.timestamp();
    arbos::program(call.context, code_hash)
        .active(timestamp)
        .map_err(|inactive| Reverted::With(inactive.abi_encode()))
}

fn active_at(call: &mut Call<'_, '_>, program: Address) -> Result<ProgramRecord, Reverted> {
    let code_hash = call.code_hash(program)?;
    active(call, code_hash)
}

fn activate(call: &mut Call<'_, '_>, program: Address) -> Answer {
    call.burn(ACTIVATION_FIXED_GAS)?;
    let account = call.context.journal_mut().evm_state().get(&program);
    if account.is_some_and(revm::state::Account::is_selfdestructed) {
        return Err(Reverted::Silently("the program destroyed itself".into()));
    }
    let (code_hash, code) = arbos::peek_code(call.context, program);
    let code = code.original_bytes();
    call.burn(PARAMS_READ + STORAGE_READ)?;
    let timestamp = call.timestamp();
    let previous = arbos::program(call.context, code_hash);
    if previous.version == PARAMS.version && !previous.is_expired(timestamp) {
        return Err(Reverted::With(ArbWasm::ProgramUpToDate {}.abi_encode()));
    }
    if code.is_empty() {
        return Err(Reverted::With(ArbWasm::ProgramNotWasm {}.abi_encode()));
    }
    if !is_stylus(&code) {
        return Err(Reverted::Silently("the code is not a Stylus program".into()));
    }
    let programs = call.context.chain.programs.clone();
    let prepared = programs
        .prepare(code_hash, &code)
        .map_err(|reason| Reverted::Burnt(format!("activation failed: {reason}")))?;
    let info = &prepared.info;
    let open = call.context.chain.pages.open;
    if info.footprint_pages > PARAMS.page_limit.saturating_sub(open) {
        return Err(Reverted::Burnt("activation failed: memory exceeds the limit".into()));
    }
    call.burn(info.activation_gas)?;
    // The module hash and the record are written, the fee account and the pricer read, the pricer's demand written.
    call.burn(2 * STORAGE_WRITE + STORAGE_READ + PRICER_SLOTS * STORAGE_READ + STORAGE_WRITE)?;
    let fee = U256::from(arbos::charge_data_fee(call.context, info.asm_estimate, timestamp));
    let record = ProgramRecord {
        version: PARAMS.version,
        init_cost: info.init_cost,
        cached_cost: info.cached_init_cost,
        footprint: info.footprint_pages,
        activated_at: arbos::hours(timestamp),
        asm_kib: info.asm_estimate.div_ceil(1_024),
        cached: previous.cached,
    };
    arbos::set_program(call.context, code_hash, record);
    pay_data_fee(call, fee)?;
    call.emit(&ArbWasm::ProgramActivated {
        codehash: code_hash,
        moduleHash: info.module_hash,
        program,
        dataFee: fee,
        version: record.version,
    })?;
    Ok((record.version, fee).abi_encode())
}

fn keep_alive(call: &mut Call<'_, '_>, code_hash: B256) -> Answer {
    let record = active(call, code_hash)?;
    let timestamp = call.timestamp();
    if !record.may_be_kept_alive(timestamp) {
        let error = ArbWasm::ProgramKeepaliveTooSoon {
            ageInSeconds: record.age(timestamp),
        };
        return Err(Reverted::With(error.abi_encode()));
    }
    call.burn(STORAGE_READ + PRICER_SLOTS * STORAGE_READ + 2 * STORAGE_WRITE)?;
    let fee = U256::from(arbos::charge_data_fee(
        call.context,
        record.asm_kib.saturating_mul(1_024),
        timestamp,
    ));
    let renewed = ProgramRecord {
        activated_at: arbos::hours(timestamp),
        ..record
    };
    arbos::set_program(call.context, code_hash, renewed);
    pay_data_fee(call, fee)?;
    call.emit(&ArbWasm::ProgramLifetimeExtended {
        codehash: code_hash,
        dataFee: fee,
    })?;
    Ok(Vec::new())
}

/// Sends the fee to the network's account and what was paid too much back to the caller.
fn pay_data_fee(call: &mut Call<'_, '_>, fee: U256) -> Result<(), Reverted> {
    let Some(excess) = call.value.checked_sub(fee) else {
        let error = ArbWasm::ProgramInsufficientValue {
            have: call.value,
            want: fee,
        };
        return Err(Reverted::With(error.abi_encode()));
    };
    call.transfer(NETWORK_FEE_ACCOUNT, fee)?;
    call.transfer(call.caller, excess)
}
