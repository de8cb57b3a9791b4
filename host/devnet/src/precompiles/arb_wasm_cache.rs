//! ArbWasmCache (0x72): which programs are cached. The chain owner and the first development account may change it.

use alloy_primitives::B256;
use alloy_sol_types::{SolError, SolInterface, SolValue};

use super::abi::ArbWasmCache::{self, ArbWasmCacheCalls as Calls};
use super::{Answer, Call, Purity, Reverted, STORAGE_READ, STORAGE_WRITE};
use crate::arbos::{self, PARAMS, ProgramRecord};
use crate::evm::CHAIN_OWNER;
use crate::precompiles::abi::ArbWasm;

/// Reading the Stylus parameters.
const PARAMS_READ: u64 = 100;

pub(super) fn answer(call: &mut Call<'_, '_>, input: &[u8]) -> Answer {
    let decoded = Calls::abi_decode(input).map_err(|_| Reverted::refused("unknown function or arguments"))?;
    let purity = match decoded {
        Calls::cacheCodehash(_) | Calls::cacheProgram(_) | Calls::evictCodehash(_) => Purity::Write,
        _ => Purity::View,
    };
    call.admit(purity, input)?;
    match decoded {
        Calls::isCacheManager(arguments) => {
            call.burn(STORAGE_READ)?;
            Ok(call
                .context
                .chain
                .cache_managers
                .contains(&arguments.manager)
                .abi_encode())
        }
        Calls::allCacheManagers(_) => {
            let managers = call.context.chain.cache_managers.clone();
            call.burn(STORAGE_READ * (1 + managers.len() as u64))?;
            Ok(managers.abi_encode())
        }
        Calls::codehashIsCached(arguments) => {
            call.burn(STORAGE_READ)?;
            Ok(arbos::program(call.context, arguments.codehash).cached.abi_encode())
        }
        // ArbOS 31 replaced it by `cacheProgram`.
        Calls::cacheCodehash(_) => Err(Reverted::refused("no longer there")),
        Calls::cacheProgram(arguments) => {
            let code_hash = call.code_hash(arguments.addr)?;
            set_cached(call, code_hash, true)
        }
        Calls::evictCodehash(arguments) => set_cached(call, arguments.codehash, false),
    }
}

fn set_cached(call: &mut Call<'_, '_>, code_hash: B256, cached: bool) -> Answer {
    call.burn(STORAGE_READ)?;
    let manager = call.caller;
    if manager != CHAIN_OWNER && !call.context.chain.cache_managers.contains(&manager) {
        return Err(Reverted::refused("not a cache manager"));
    }
    call.burn(PARAMS_READ + STORAGE_READ)?;
    let timestamp = call.timestamp();
    let record = arbos::program(call.context, code_hash);
    if cached && record.version != PARAMS.version {
        let error = ArbWasm::ProgramNeedsUpgrade {
            version: record.version,
            stylusVersion: PARAMS.version,
        };
        return Err(Reverted::With(error.abi_encode()));
    }
    if cached && record.is_expired(timestamp) {
        return Err(Reverted::With(
            ArbWasm::ProgramExpired {
                ageInSeconds: record.age(timestamp),
            }
            .abi_encode(),
        ));
    }
    if record.cached == cached {
        return Ok(Vec::new());
    }
    call.emit(&ArbWasmCache::UpdateProgramCache {
        manager,
        codehash: code_hash,
        cached,
    })?;
    // The program's init cost, the module hash, the record.
    call.burn(u64::from(record.init_cost) + STORAGE_READ + STORAGE_WRITE)?;
    arbos::set_program(call.context, code_hash, ProgramRecord { cached, ..record });
    Ok(Vec::new())
}
