//! The host functions that a program may import from `vm_hooks`: their types and their prices in ink.

use wasmparser::ValType::{self, I32, I64};

/// The module that programs import from.
pub const MODULE: &str = "vm_hooks";
/// The host function that is called before memory grows.
pub const PAY_FOR_MEMORY_GROW: &str = "pay_for_memory_grow";

/// Every host function that does more than trap.
pub const BASE: u64 = 8_400;
/// A pointer argument.
pub const PTR: u64 = 5_040;
/// A question to the chain.
pub const EVM_API: u64 = 59_673;

/// `read_args`, to which [`write`] of the calldata is added.
pub const READ_ARGS: u64 = BASE;
/// `write_result`, to which [`read`] of the result is added twice.
pub const WRITE_RESULT: u64 = BASE;
/// `storage_load_bytes32`.
pub const STORAGE_LOAD: u64 = BASE + 2 * PTR;
/// `storage_cache_bytes32`.
pub const STORAGE_CACHE: u64 = BASE + 2 * PTR;
/// `storage_flush_cache`.
pub const STORAGE_FLUSH: u64 = BASE + EVM_API;
/// `transient_load_bytes32`.
pub const TRANSIENT_LOAD: u64 = BASE + 2 * PTR + EVM_API;
/// `transient_store_bytes32`.
pub const TRANSIENT_STORE: u64 = BASE + 2 * PTR + EVM_API;
/// The three calls, to which [`read`] of the calldata is added twice.
pub const CALL: u64 = BASE + 3 * PTR + EVM_API;
/// `create1`, to which [`read`] of the code is added twice.
pub const CREATE1: u64 = BASE + 3 * PTR + EVM_API;
/// `create2`, to which [`read`] of the code is added twice.
pub const CREATE2: u64 = BASE + 4 * PTR + EVM_API;
/// `read_return_data`, to which [`write`] of what can be copied is added.
pub const READ_RETURN_DATA: u64 = BASE + EVM_API;
/// `emit_log`, to which [`read`] of topics and data and the gas of the log are added.
pub const EMIT_LOG: u64 = BASE + EVM_API;
/// `account_balance`.
pub const ACCOUNT_BALANCE: u64 = BASE + 2 * PTR + EVM_API;
/// `account_code`, to which [`write`] of the whole code is added.
pub const ACCOUNT_CODE: u64 = BASE + EVM_API;
/// `account_code_size`.
pub const ACCOUNT_CODE_SIZE: u64 = BASE + EVM_API;
/// `account_codehash`.
pub const ACCOUNT_CODE_HASH: u64 = BASE + 2 * PTR + EVM_API;
/// What a host function costs that returns a number.
pub const GET_NUMBER: u64 = BASE;
/// What a host function costs that writes an address or a word of its context.
pub const GET_WORD: u64 = BASE + PTR;
/// `math_div` and `math_mod`.
pub const MATH_DIV: u64 = BASE + 3 * PTR + 20_000;
/// `math_pow`, to which [`pow`] is added.
pub const MATH_POW: u64 = BASE + 3 * PTR;
/// `math_add_mod`.
pub const MATH_ADD_MOD: u64 = BASE + 4 * PTR + 21_000;
/// `math_mul_mod`.
pub const MATH_MUL_MOD: u64 = BASE + 4 * PTR + 24_100;
/// `pay_for_memory_grow` of no page; otherwise only the pages are paid.
pub const GROW_BY_NOTHING: u64 = BASE;

/// Ink for copying `bytes` into the program.
pub fn write(bytes: u32) -> u64 {
    5_040 + 30 * u64::from(bytes.saturating_sub(32))
}

/// Ink for copying `bytes` out of the program.
pub fn read(bytes: u32) -> u64 {
    16_381 + 55 * u64::from(bytes.saturating_sub(32))
}

/// Ink for hashing `bytes`; the first two words are in the base.
pub fn keccak(bytes: u32) -> u64 {
    121_800 + 21_000 * u64::from(bytes.div_ceil(32).saturating_sub(2))
}

/// Ink for an exponent: its bytes without leading zeros, and one more.
pub fn pow(exponent: &[u8; 32]) -> u64 {
    let zeros = exponent.iter().take_while(|&&byte| byte == 0).count() as u64;
    3_000 + 17_500 * (33 - zeros)
}

/// Gas of a log.
pub fn log_gas(topics: u32, data_bytes: u32) -> u64 {
    375 * (1 + u64::from(topics)) + 8 * u64::from(data_bytes)
}

/// Parameters and results of a host function; `None` for a name that `vm_hooks` does not have.
pub fn signature(name: &str) -> Option<(&'static [ValType], &'static [ValType])> {
    const NUMBER: &[ValType] = &[I32];
    const LONG: &[ValType] = &[I64];
    Some(match name {
        "read_args"
        | "exit_early"
        | "storage_flush_cache"
        | "block_basefee"
        | "block_coinbase"
        | "contract_address"
        | "msg_sender"
        | "msg_value"
        | "tx_gas_price"
        | "tx_origin"
        | PAY_FOR_MEMORY_GROW => (&[I32], &[]),
        "write_result"
        | "storage_load_bytes32"
        | "storage_cache_bytes32"
        | "transient_load_bytes32"
        | "transient_store_bytes32"
        | "account_balance"
        | "account_codehash"
        | "math_div"
        | "math_mod"
        | "math_pow" => (&[I32, I32], &[]),
        "emit_log" | "math_add_mod" | "math_mul_mod" | "native_keccak256" => (&[I32, I32, I32], &[]),
        "create1" => (&[I32; 5], &[]),
        "create2" => (&[I32; 6], &[]),
        "call_contract" => (&[I32, I32, I32, I32, I64, I32], NUMBER),
        "delegate_call_contract" | "static_call_contract" => (&[I32, I32, I32, I64, I32], NUMBER),
        "read_return_data" => (&[I32, I32, I32], NUMBER),
        "account_code" => (&[I32, I32, I32, I32], NUMBER),
        "account_code_size" => (&[I32], NUMBER),
        "return_data_size" | "msg_reentrant" | "tx_ink_price" => (&[], NUMBER),
        "evm_gas_left" | "evm_ink_left" | "chainid" | "block_gas_limit" | "block_number" | "block_timestamp" => {
            (&[], LONG)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copying() {
        // The first 32 bytes are in the base.
        assert_eq!(
            [write(0), write(32), write(33), write(100)],
            [5_040, 5_040, 5_070, 7_080]
        );
        assert_eq!(
            [read(0), read(32), read(33), read(100)],
            [16_381, 16_381, 16_436, 20_121]
        );
        assert_eq!(write(u32::MAX), 128_849_022_930);
        assert_eq!(read(u32::MAX), 236_223_215_846);
    }

    #[test]
    fn hashing() {
        assert_eq!(
            [keccak(0), keccak(64), keccak(65), keccak(96), keccak(97)],
            [121_800, 121_800, 142_800, 142_800, 163_800]
        );
        // 134,217,728 words, two of them in the base.
        assert_eq!(keccak(u32::MAX), 2_818_572_367_800);
    }

    #[test]
    fn exponents() {
        let exponent = |value: u64| alloy_primitives::U256::from(value).to_be_bytes();
        // 3,000 + 17,500 for each of (significant bytes + 1).
        assert_eq!(pow(&exponent(0)), 20_500);
        assert_eq!(pow(&exponent(255)), 38_000);
        assert_eq!(pow(&exponent(256)), 55_500);
        assert_eq!(pow(&[0xFF; 32]), 580_500);
    }

    #[test]
    fn logs() {
        assert_eq!(log_gas(0, 0), 375);
        assert_eq!(log_gas(4, 100), 2_675);
    }
}
