//! What Nitro finds out about a program when it is activated: whether it may run at all, and what every call of it
//! costs before its first instruction.

use alloy_primitives::{B256, Bytes, Keccak256};

use crate::container::{self, CodeError};
use crate::instrument::{self, ADDED_GLOBALS, InstrumentError};
use crate::module::{self, Module};
use crate::params::StylusParams;

/// Pages that a program may start with (8 MiB), whatever the chain's own limit.
const MAX_PAGES: u64 = 128;
const MAX_IMPORTS: u64 = 513;
const MAX_SEGMENTS: u64 = 128;
const MAX_FUNCTIONS: u64 = 4_096;
const MAX_GLOBALS: u64 = 32_768;
const MAX_LOCALS: u64 = 348;
const MAX_INSTRUCTIONS: u64 = 65_536;
const MAX_TABLE_ENTRIES: u64 = 4_096;
const MAX_ELEMENT_BYTES: u64 = 4_096;

/// Why a program is not activated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActivationError {
    /// The deployed code cannot be unpacked.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// The module does not validate with the features that the chain enables.
    #[error("invalid WebAssembly: {0}")]
    Invalid(String),
    /// A section that the chain does not read.
    #[error("unsupported section: {0}")]
    Section(&'static str),
    /// An import of something else than a function.
    #[error("import {0} is not a function")]
    ImportKind(String),
    /// The same import with two types.
    #[error("import {0} has two types")]
    InconsistentImport(String),
    /// An import that is not a host function.
    #[error("no such import: {0}")]
    UnknownImport(String),
    /// A host function with another type.
    #[error("import {0} has the wrong type")]
    ImportType(String),
    /// A host function that has to be imported and is not.
    #[error("missing import: {0} (needed where memory can grow)")]
    MissingImport(&'static str),
    /// An export with the name of an import.
    #[error("export {0} has the name of an import")]
    ExportedImport(String),
    /// An import or export that looks like the chain's own.
    #[error("reserved symbol: {0}")]
    ReservedSymbol(String),
    /// A start function.
    #[error("start functions are not allowed")]
    StartFunction,
    /// No memory, or not exported as `memory`.
    #[error("no memory with the export name \"memory\"")]
    MissingMemory,
    /// More than one memory.
    #[error("{0} memories, only one is allowed")]
    ManyMemories(usize),
    /// No `user_entrypoint`.
    #[error("no export with the name user_entrypoint")]
    MissingEntryPoint,
    /// `user_entrypoint` is not a function.
    #[error("user_entrypoint is not a function")]
    EntryPointKind,
    /// `user_entrypoint` has another type than (i32) -> i32.
    #[error("user_entrypoint is not of type (i32) -> i32")]
    EntryPointType,
    /// A global that does not start as a constant.
    #[error("initializer of global {0} is not a constant")]
    GlobalInitializer(u32),
    /// A segment whose place is not a constant.
    #[error("offset of a {0} segment is not a constant")]
    SegmentOffset(&'static str),
    /// A segment outside the memory or table.
    #[error("{0} segment is out of bounds")]
    SegmentOutOfBounds(&'static str),
    /// A table filled by expressions.
    #[error("element segment holds expressions")]
    ElementExpressions,
    /// A name beyond its limit.
    #[error("module name of {len} bytes exceeds {limit}")]
    NameTooLong {
        /// Bytes of the name.
        len: usize,
        /// The limit.
        limit: usize,
    },
    /// The initial memory exceeds what is left.
    #[error("memory of {pages} pages exceeds the limit of {limit}")]
    TooManyPages {
        /// Pages at the start.
        pages: u64,
        /// The limit.
        limit: u64,
    },
    /// Too many of something.
    #[error("{count} {what} exceed the limit of {limit}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there are.
        count: u64,
        /// How many may be.
        limit: u64,
    },
    /// A function body that is not supported.
    #[error("function {function}: {error}")]
    Function {
        /// Index among the functions of the program itself.
        function: u32,
        /// What is wrong with it.
        error: InstrumentError,
    },
    /// A cost that does not fit its field.
    #[error("{0} too high")]
    CostTooHigh(&'static str),
}

/// What the chain allows a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest decompressed program in bytes.
    pub max_wasm_size: u32,
    /// Most pages of initial memory: the chain's limit less what the transaction holds open.
    pub page_limit: u16,
    /// Version of Stylus that the program is activated under.
    pub version: u16,
}

impl Limits {
    /// The limits of a chain when a transaction holds `pages_open`.
    pub fn new(params: &StylusParams, pages_open: u16) -> Self {
        Self {
            max_wasm_size: params.max_wasm_size,
            page_limit: params.page_limit.saturating_sub(pages_open),
            version: params.version,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new(&StylusParams::ARBOS_51, 0)
    }
}

/// An activated program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramInfo {
    /// Stored cost of an uncached start, in gas before the minimum and the scalar.
    pub init_cost: u16,
    /// Stored cost of any start, in gas before the minimum and the scalar.
    pub cached_init_cost: u16,
    /// Gas that a call costs on top when the program is not cached.
    pub init_gas: u64,
    /// Gas that every call costs.
    pub cached_init_gas: u64,
    /// Pages of initial memory.
    pub footprint_pages: u16,
    /// Predicted size of the machine code in bytes, which the activation's fee is for.
    pub asm_estimate: u32,
    /// Gas that the activation of this program costs on top of [`crate::params::ACTIVATION_FIXED_GAS`].
    pub activation_gas: u64,
    /// Bytes of the decompressed program.
    pub wasm_size: u32,
    /// Functions of the program itself.
    pub functions: u32,
    /// Parameters and results over all functions of the program itself.
    pub type_len: u32,
    /// Globals, with the four that the chain adds.
    pub globals: u32,
    /// Bytes of the data and element segments with their headers.
    pub data_bytes: u32,
    /// Names the compiled form: the hash of version and program.
    ///
    /// On the chain it is the hash of the program as the fraud prover runs it, which nothing outside Nitro can
    /// reproduce; a program cannot observe it.
    pub module_hash: B256,
    /// The decompressed program.
    pub wasm: Bytes,
}

/// Checks deployed code as the chain does and predicts its costs.
pub fn activate(deployed_code: &[u8], limits: Limits) -> Result<ProgramInfo, ActivationError> {
    let max_len = usize::try_from(limits.max_wasm_size).unwrap_or(usize::MAX);
    activate_wasm(container::decode(deployed_code, max_len)?, limits)
}

/// Checks a decompressed program as the chain does and predicts its costs.
pub fn activate_wasm(wasm: Bytes, limits: Limits) -> Result<ProgramInfo, ActivationError> {
    let module = module::read(&wasm)?;
    check_sizes(&module, limits)?;
    let instructions = instrumented_len(&module)?;
    let costs = Costs::predict(&module, wasm.len() as u64, instructions)?;
    let params = StylusParams::ARBOS_51;

    let mut hasher = Keccak256::new();
    hasher.update(limits.version.to_be_bytes());
    hasher.update(&wasm);
    Ok(ProgramInfo {
        init_cost: costs.init,
        cached_init_cost: costs.cached_init,
        init_gas: params.init_gas(costs.init),
        cached_init_gas: params.cached_init_gas(costs.cached_init),
        footprint_pages: costs.footprint,
        asm_estimate: costs.asm_estimate,
        activation_gas: costs.activation_gas,
        wasm_size: saturating(wasm.len() as u64),
        functions: saturating(module.functions.len() as u64),
        type_len: saturating(module.type_len),
        globals: module.shape.globals.saturating_add(ADDED_GLOBALS),
        data_bytes: saturating(module.data_range_len.saturating_add(module.element_range_len)),
        module_hash: hasher.finalize(),
        wasm,
    })
}

/// The shape of a program, for the compiler that instruments it.
pub fn shape(wasm: &[u8]) -> Result<instrument::Shape, ActivationError> {
    Ok(module::read(wasm)?.shape)
}

fn check_sizes(module: &Module<'_>, limits: Limits) -> Result<(), ActivationError> {
    let page_limit = u64::from(limits.page_limit).min(MAX_PAGES);
    if module.pages > page_limit {
        return Err(ActivationError::TooManyPages {
            pages: module.pages,
            limit: page_limit,
        });
    }
    at_most(MAX_IMPORTS, "imports", module.imports as u64)?;
    at_most(MAX_SEGMENTS, "data segments", module.data_segments as u64)?;
    at_most(MAX_SEGMENTS, "element segments", module.element_segments as u64)?;
    at_most(MAX_FUNCTIONS, "functions", module.functions.len() as u64)?;
    at_most(
        MAX_GLOBALS,
        "globals",
        u64::from(module.shape.globals) + u64::from(ADDED_GLOBALS),
    )?;
    at_most(MAX_TABLE_ENTRIES, "table entries", module.table_entries)?;
    at_most(MAX_ELEMENT_BYTES, "element bytes", module.element_range_len)?;
    for function in &module.functions {
        at_most(MAX_LOCALS, "locals in a function", u64::from(function.locals))?;
    }
    if module.functions.is_empty() {
        return Err(ActivationError::EntryPointKind);
    }
    Ok(())
}

fn at_most(limit: u64, what: &'static str, count: u64) -> Result<(), ActivationError> {
    if count > limit {
        Err(ActivationError::TooMany { what, count, limit })
    } else {
        Ok(())
    }
}

/// Instructions of all functions with everything woven in; each function is limited by them.
fn instrumented_len(module: &Module<'_>) -> Result<u64, ActivationError> {
    let mut total = 0;
    for (index, function) in module.functions.iter().enumerate() {
        let body = instrument::instrument(function.body.clone(), function.locals, &module.shape).map_err(|error| {
            ActivationError::Function {
                function: saturating(index as u64),
                error,
            }
        })?;
        at_most(MAX_INSTRUCTIONS, "instructions in a function", body.len() as u64)?;
        total += body.len() as u64;
    }
    Ok(total)
}

struct Costs {
    init: u16,
    cached_init: u16,
    footprint: u16,
    asm_estimate: u32,
    activation_gas: u64,
}

impl Costs {
    /// Every product is divided before it is added, as on the chain.
    fn predict(module: &Module<'_>, wasm_len: u64, instructions: u64) -> Result<Self, ActivationError> {
        let functions = module.functions.len() as u64;
        let type_len = module.type_len;
        let globals = u64::from(module.shape.globals) + u64::from(ADDED_GLOBALS);
        let data = module.data_range_len + module.element_range_len;
        let footprint = u16::try_from(module.pages).map_err(|_| ActivationError::CostTooHigh("footprint"))?;

        let asm_estimate =
            512_000 + functions * 996_829 / 1_000 + type_len * 11_416 / 1_000 + wasm_len * 62_628 / 10_000;
        let cached_init = functions * 13_420 / 100_000
            + type_len * 89 / 100_000
            + wasm_len * 122 / 100_000
            + globals * 1_628 / 1_000
            + data * 75_244 / 100_000
            + u64::from(footprint) * 5;
        let init = functions * 8_252 / 1_000 + type_len * 1_059 / 1_000 + wasm_len * 1_286 / 10_000;

        let microseconds = [
            wasm_len * 31_733 / 100_000,
            functions * 17_263 / 100_000,
            module.data_len * 17_376 / 100_000,
            module.element_range_len * 17_376 / 100_000,
            module.pages * 2_217,
            instructions * 535 / 1_000,
        ];
        Ok(Self {
            init: u16::try_from(init).map_err(|_| ActivationError::CostTooHigh("init cost"))?,
            cached_init: u16::try_from(cached_init).map_err(|_| ActivationError::CostTooHigh("cached init cost"))?,
            footprint,
            asm_estimate: u32::try_from(asm_estimate).map_err(|_| ActivationError::CostTooHigh("asm estimate"))?,
            // Twice 7,000,000 gas a second, synchronised at half the speed: 28 gas a microsecond.
            activation_gas: microseconds.into_iter().map(|us| us * 14_000_000 / 500_000).sum(),
        })
    }
}

fn saturating(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
