//! Runs Stylus programs: WebAssembly metered and priced as Arbitrum Nitro does it, against any chain that implements
//! [`EvmApi`].
//!
//! [`Engine::compile`] turns an activated program ([`stylus_rules::activate`]) into machine code and keeps it, in memory
//! and on disk; [`Engine::run`] runs one frame. Whatever the program does, the result is a [`RunResult`]: a trap, running
//! out of ink or of stack ends the frame, never the process.
//!
//! Programs may call programs to any depth that the chain allows. Each runs on a stack of its own; what the host needs
//! in between is taken from the caller's stack while there is room and from a new one after that.

#![deny(unsafe_code)]

pub mod api;
mod cache;
mod compile;
mod host;
mod storage;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use alloy_primitives::B256;
use lru::LruCache;
use parking_lot::Mutex;
use stylus_rules::{ActivationError, ProgramInfo, StylusParams};

pub use crate::api::{CallKind, CallOutcome, CreateOutcome, EvmApi, EvmData, WriteError};
use crate::cache::Cache;
pub use crate::compile::Program;

/// Stack that has to be left before a program starts; below that it starts on a new one.
const HOST_STACK_RESERVE: usize = 512 * 1024;
/// Size of a new stack.
const HOST_STACK_SEGMENT: usize = 8 * 1024 * 1024;

/// Compiled programs that an engine keeps in memory: those that were asked for last.
pub const PROGRAMS_IN_MEMORY: NonZeroUsize = NonZeroUsize::new(256).unwrap();

/// How an engine prices, bounds and keeps programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineConfig {
    /// Directory for compiled programs; `None` keeps them in memory only.
    pub cache_dir: Option<PathBuf>,
    /// Ink per gas.
    pub ink_price: u32,
    /// Words of stack that a program may use.
    pub max_stack_depth: u32,
}

impl Default for EngineConfig {
    fn default() -> Self {
        let params = StylusParams::ARBOS_51;
        Self {
            cache_dir: None,
            ink_price: params.ink_price,
            max_stack_depth: params.max_stack_depth,
        }
    }
}

/// Why a program could not be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// The program is not one that activation admits.
    #[error(transparent)]
    Activation(#[from] ActivationError),
    /// The compiler refused the program.
    #[error("compilation failed: {0}")]
    Compiler(String),
}

/// How a frame ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The program returned 0.
    Success,
    /// The program returned something else.
    Revert,
    /// The gas did not suffice. None is left.
    OutOfInk,
    /// The stack did not suffice. No gas is left.
    OutOfStack,
    /// The program failed in another way: `unreachable`, an access out of bounds, a refused state change, … For the
    /// chain this is a revert without data, and what gas is left goes back to the caller.
    Trap(String),
}

/// What a frame came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunResult {
    /// How it ended.
    pub outcome: Outcome,
    /// Return data or revert data; empty when the program failed.
    ///
    /// The chain has to charge at least what memory for it would cost in the EVM
    /// ([`stylus_rules::params::gas_after_return`]).
    pub output: Vec<u8>,
    /// Gas that was not used: [`Self::ink_left`] at the price of ink, rounded down.
    pub gas_left: u64,
    /// Ink that was not used.
    pub ink_left: u64,
}

/// Compiles and runs programs. Cheap to clone; clones share what is compiled.
#[derive(Clone, Debug)]
pub struct Engine {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    config: EngineConfig,
    programs: Mutex<LruCache<B256, Program>>,
    cache: Option<Cache>,
}

impl Engine {
    /// An engine without any compiled program in memory.
    pub fn new(config: EngineConfig) -> Self {
        let cache = config.cache_dir.clone().map(Cache::new);
        Self {
            shared: Arc::new(Shared {
                config,
                programs: Mutex::new(LruCache::new(PROGRAMS_IN_MEMORY)),
                cache,
            }),
        }
    }

    /// The configuration.
    pub fn config(&self) -> &EngineConfig {
        &self.shared.config
    }

    /// How many compiled programs are in memory, [`PROGRAMS_IN_MEMORY`] at most.
    pub fn programs_in_memory(&self) -> usize {
        self.shared.programs.lock().len()
    }

    /// Compiles a program, or finds it where it was compiled before: in memory, then on disk.
    pub fn compile(&self, info: &ProgramInfo) -> Result<Program, CompileError> {
        if let Some(program) = self.shared.programs.lock().get(&info.module_hash) {
            return Ok(program.clone());
        }
        let stored = self
            .shared
            .cache
            .as_ref()
            .and_then(|cache| cache.load(info.module_hash));
        let program = if let Some(program) = stored {
            program
        } else {
            let program = compile::compile(&info.wasm)?;
            if let Some(cache) = &self.shared.cache {
                cache.store(info.module_hash, &program);
            }
            program
        };
        self.shared.programs.lock().put(info.module_hash, program.clone());
        Ok(program)
    }

    /// Runs one frame of a program with `gas`, which does not include what the call itself costs
    /// ([`stylus_rules::call_cost`]).
    ///
    /// Between this call and a nested one (through [`EvmApi::call`] or [`EvmApi::create`]) the chain may use up to
    /// 512 KiB of stack.
    pub fn run(&self, program: &Program, calldata: &[u8], data: &EvmData, api: &mut dyn EvmApi, gas: u64) -> RunResult {
        stacker::maybe_grow(HOST_STACK_RESERVE, HOST_STACK_SEGMENT, || {
            host::run(&self.shared.config, program, calldata, data, api, gas)
        })
    }
}
