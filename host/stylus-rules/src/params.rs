//! The chain's Stylus parameters and what a call costs before the program's first instruction.

use crate::pages::Pages;

/// Gas per unit of [`StylusParams::min_init_gas`].
const MIN_INIT_GAS_UNIT: u64 = 128;
/// Gas per unit of [`StylusParams::min_cached_init_gas`].
const MIN_CACHED_GAS_UNIT: u64 = 32;
/// Percent per unit of the cost scalars.
const COST_SCALAR_PERCENT: u64 = 2;

/// Gas that ArbWasm burns at the start of every activation.
pub const ACTIVATION_FIXED_GAS: u64 = 1_659_168;

/// The parameters that ArbOS keeps for Stylus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StylusParams {
    /// Version of Stylus; programs activated under another one must be activated anew.
    pub version: u16,
    /// Ink per gas.
    pub ink_price: u32,
    /// Words of stack a program may use.
    pub max_stack_depth: u32,
    /// Pages of memory that are free in a transaction.
    pub free_pages: u16,
    /// Gas per page above the free ones.
    pub page_gas: u16,
    /// Most pages a transaction may hold.
    pub page_limit: u16,
    /// Least cost of an uncached start, in units of 128 gas.
    pub min_init_gas: u8,
    /// Least cost of any start, in units of 32 gas.
    pub min_cached_init_gas: u8,
    /// Scale of a program's own init cost, in units of 2 %.
    pub init_cost_scalar: u8,
    /// Scale of a program's own cached init cost, in units of 2 %.
    pub cached_cost_scalar: u8,
    /// Days after which a program stops unless it is kept alive.
    pub expiry_days: u16,
    /// Days before a program may be kept alive.
    pub keepalive_days: u16,
    /// Programs that a block keeps at hand (used from ArbOS 60 on).
    pub block_cache_size: u16,
    /// Largest decompressed program in bytes.
    pub max_wasm_size: u32,
}

impl StylusParams {
    /// As a chain has them that came to ArbOS 51 through every upgrade.
    pub const ARBOS_51: Self = Self {
        version: 2,
        ink_price: 10_000,
        max_stack_depth: 22_000,
        free_pages: 2,
        page_gas: 1_000,
        page_limit: 128,
        min_init_gas: 69,
        min_cached_init_gas: 11,
        init_cost_scalar: 50,
        cached_cost_scalar: 50,
        expiry_days: 365,
        keepalive_days: 31,
        block_cache_size: 32,
        max_wasm_size: 131_072,
    };

    /// Gas that a start costs on top of the cached one when the program is not cached.
    pub fn init_gas(&self, init_cost: u16) -> u64 {
        gas_of(self.min_init_gas, MIN_INIT_GAS_UNIT, init_cost, self.init_cost_scalar)
    }

    /// Gas that every start costs.
    pub fn cached_init_gas(&self, cached_init_cost: u16) -> u64 {
        gas_of(
            self.min_cached_init_gas,
            MIN_CACHED_GAS_UNIT,
            cached_init_cost,
            self.cached_cost_scalar,
        )
    }
}

impl Default for StylusParams {
    fn default() -> Self {
        Self::ARBOS_51
    }
}

/// The minimum plus the scaled cost, rounded up.
fn gas_of(minimum: u8, unit: u64, cost: u16, scalar: u8) -> u64 {
    u64::from(minimum) * unit + (u64::from(cost) * u64::from(scalar) * COST_SCALAR_PERCENT).div_ceil(100)
}

/// Gas charged for a call before the program runs: its memory, its start, and the uncached start unless it is cached.
///
/// `pages` is the state of the transaction before the call. The costs are those of [`crate::ProgramInfo`].
pub fn call_cost(
    init_cost: u16,
    cached_init_cost: u16,
    footprint_pages: u16,
    cached: bool,
    pages: Pages,
    params: &StylusParams,
) -> u64 {
    let start = params.cached_init_gas(cached_init_cost);
    let uncached = if cached { 0 } else { params.init_gas(init_cost) };
    pages
        .gas(footprint_pages, params)
        .saturating_add(start)
        .saturating_add(uncached)
}

/// What `len` bytes of memory cost in the EVM.
pub fn evm_memory_gas(len: usize) -> u64 {
    let words = (len as u64).div_ceil(32);
    words
        .saturating_mul(3)
        .saturating_add(words.saturating_mul(words) / 512)
}

/// The gas that a call hands back: return data costs at least what the memory for it would in the EVM.
///
/// `gas_at_start` is what the call came with, before [`call_cost`]. `None` when the data is not affordable: the call
/// fails, out of gas.
pub fn gas_after_return(gas_at_start: u64, gas_left: u64, return_data_len: usize) -> Option<u64> {
    let most = gas_at_start.checked_sub(evm_memory_gas(return_data_len))?;
    Some(gas_left.min(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARAMS: StylusParams = StylusParams::ARBOS_51;

    #[test]
    fn init_and_cached_init() {
        // 69 * 128 = 8,832 and 11 * 32 = 352; scalars of 50 mean 100 %.
        assert_eq!(PARAMS.init_gas(0), 8_832);
        assert_eq!(PARAMS.init_gas(10_000), 18_832);
        assert_eq!(PARAMS.cached_init_gas(0), 352);
        assert_eq!(PARAMS.cached_init_gas(65_535), 65_887);
        // 2 % of 1 is 0.02, rounded up.
        assert_eq!(
            StylusParams {
                init_cost_scalar: 1,
                ..PARAMS
            }
            .init_gas(1),
            8_833
        );
    }

    #[test]
    fn cost_of_a_call() {
        let none = Pages::default();
        // Cached: 352 + 500. Uncached: 352 + 500 + 8,832 + 7,000.
        assert_eq!(call_cost(7_000, 500, 1, true, none, &PARAMS), 852);
        assert_eq!(call_cost(7_000, 500, 1, false, none, &PARAMS), 16_684);
        // Three pages: one above the free ones.
        assert_eq!(call_cost(7_000, 500, 3, true, none, &PARAMS), 1_852);
        // Two callers hold a page each: this one is the third.
        assert_eq!(
            call_cost(7_000, 500, 1, true, Pages { open: 2, ever: 2 }, &PARAMS),
            1_852
        );
        assert_eq!(call_cost(0, 0, u16::MAX, true, none, &PARAMS), u64::MAX);
    }

    #[test]
    fn return_data_costs_what_memory_does() {
        // 1 word: 3. 1,024 words: 3,072 + 1,048,576 / 512 = 5,120.
        assert_eq!(evm_memory_gas(0), 0);
        assert_eq!(evm_memory_gas(1), 3);
        assert_eq!(evm_memory_gas(32_768), 5_120);
        assert_eq!(gas_after_return(10_000, 9_000, 32_768), Some(4_880));
        assert_eq!(gas_after_return(10_000, 4_000, 32_768), Some(4_000));
        assert_eq!(gas_after_return(5_119, 5_000, 32_768), None);
    }
}
