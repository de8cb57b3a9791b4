//! Running a Stylus program as a frame, and answering what it asks of the chain.
//!
//! The gas of each request is that of Nitro's `arbos/programs/api.go`, which follows the EVM with three exceptions: the
//! stipend of a call that pays is charged like any gas the callee uses, a creation by a program pays no initcode words
//! (EIP-3860), and reading code costs 700 beside the access.

use std::sync::{Arc, LazyLock};

use alloy_primitives::{Address, B256, Bytes, Log, LogData, U256};
use lru::LruCache;
use parking_lot::Mutex;
use revm::context::{ContextTr, JournalTr};
use revm::context_interface::CreateScheme;
use revm::context_interface::context::ContextError;
use revm::handler::{FrameResult, Handler};
use revm::interpreter::interpreter_action::FrameInit;
use revm::interpreter::{
    CallInput, CallInputs, CallScheme, CallValue, CreateInputs, FrameInput, InstructionResult, InterpreterAction,
    InterpreterResult,
};
use stylus_rules::{Limits, ProgramInfo, call_cost};
use stylus_vm::{
    CallKind, CallOutcome, CreateOutcome, Engine, EngineConfig, EvmApi, EvmData, Outcome, PROGRAMS_IN_MEMORY, Program,
    WriteError,
};

use super::frames::{ArbEvm, ArbHandler, Failure};
use crate::arbos::{self, ARBOS_VERSION, PARAMS, sure};

const WARM_ACCESS: u64 = 100;
const COLD_ACCOUNT: u64 = 2_600;
const COLD_SLOT: u64 = 2_100;
const SLOT_SET: u64 = 20_000;
const SLOT_RESET: u64 = 2_900;
const CLEARING_REFUND: i64 = 4_800;
const NEW_ACCOUNT: u64 = 25_000;
const VALUE_TRANSFER: u64 = 9_000;
const STIPEND: u64 = 2_300;
const CODE_READ: u64 = 700;
const CREATE: u64 = 32_000;
const KECCAK_WORD: u64 = 6;

/// The engine and the programs that ran last, by code hash. Shared between executions; holds no state of the chain.
///
/// Simulations prepare programs too. What they compile takes the place of others in memory, and is written to the
/// directory of compiled programs where there is one.
#[derive(Clone)]
pub(crate) struct Programs {
    engine: Engine,
    prepared: Arc<Mutex<LruCache<B256, Arc<Prepared>>>>,
}

/// A program ready to run.
pub(crate) struct Prepared {
    pub(crate) info: ProgramInfo,
    program: Program,
}

impl std::fmt::Debug for Programs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Programs").finish_non_exhaustive()
    }
}

/// One per configuration in a process, so that the chains of a test binary compile a program once.
static SHARED: LazyLock<Mutex<Vec<Programs>>> = LazyLock::new(Mutex::default);

impl Programs {
    /// The engine of a configuration, with what it has compiled for any chain of this process.
    pub(crate) fn shared(config: &EngineConfig) -> Self {
        let mut shared = SHARED.lock();
        if let Some(programs) = shared.iter().find(|programs| programs.engine.config() == config) {
            return programs.clone();
        }
        let programs = Self {
            engine: Engine::new(config.clone()),
            prepared: Arc::new(Mutex::new(LruCache::new(PROGRAMS_IN_MEMORY))),
        };
        shared.push(programs.clone());
        programs
    }

    /// Analyses and compiles deployed code. Errors say why Nitro would not activate it.
    pub(crate) fn prepare(&self, code_hash: B256, code: &[u8]) -> Result<Arc<Prepared>, String> {
        if let Some(prepared) = self.prepared.lock().get(&code_hash) {
            return Ok(prepared.clone());
        }
        let info = stylus_rules::activate(code, Limits::default()).map_err(|error| error.to_string())?;
        let program = self.engine.compile(&info).map_err(|error| error.to_string())?;
        let prepared = Arc::new(Prepared { info, program });
        self.prepared.lock().put(code_hash, prepared.clone());
        Ok(prepared)
    }
}

/// What a program's frame knows of itself.
#[derive(Clone, Copy, Debug)]
struct FrameFacts {
    acting: Address,
    caller: Address,
    value: U256,
    is_static: bool,
    depth: usize,
}

impl ArbEvm<'_> {
    /// Runs the program of the newest frame to its end.
    pub(super) fn run_program(&mut self) -> InterpreterAction {
        let frame = self.inner.frame_stack.get();
        let input = &frame.interpreter.input;
        let facts = FrameFacts {
            acting: input.target_address,
            caller: input.caller_address,
            value: input.call_value,
            is_static: frame.interpreter.runtime_flag.is_static,
            depth: frame.depth,
        };
        // From the context's buffer and not the frame's memory: the range of an empty input lies outside of both.
        let calldata = input.input.bytes_local(&self.inner.ctx.local);
        let code = frame.interpreter.bytecode.original_bytes();
        let code_hash = frame.interpreter.bytecode.get_or_calculate_hash();
        let mut gas = frame.interpreter.gas;
        let start = gas.remaining();

        let (result, output, left, refund) = self.run_code(facts, &calldata, &code, code_hash, start);
        let spent = start - left.min(start);
        // The gas spent never exceeds what there was.
        let _ = gas.record_regular_cost(spent);
        gas.record_refund(refund);
        InterpreterAction::Return(InterpreterResult { result, output, gas })
    }

    /// Returns the result, its data, the gas left and the refund.
    fn run_code(
        &mut self,
        facts: FrameFacts,
        calldata: &[u8],
        code: &[u8],
        code_hash: B256,
        start: u64,
    ) -> (InstructionResult, Bytes, u64, i64) {
        let fail = |evm: &mut Self, result, left, reason: String| {
            evm.session().failure = Some(Failure {
                depth: facts.depth,
                reason,
            });
            (result, Bytes::new(), left, 0)
        };
        let timestamp = self.session().block.timestamp;
        let record = match arbos::program(&mut self.inner.ctx, code_hash).active(timestamp) {
            Ok(record) => record,
            Err(inactive) => return fail(self, InstructionResult::InvalidFEOpcode, 0, inactive.to_string()),
        };
        let prepared = match self.session().programs.prepare(code_hash, code) {
            Ok(prepared) => prepared,
            Err(reason) => return fail(self, InstructionResult::InvalidFEOpcode, 0, reason),
        };

        let pages = self.session().pages;
        let cost = call_cost(
            record.init_cost,
            record.cached_cost,
            record.footprint,
            record.cached,
            pages,
            &PARAMS,
        );
        let Some(gas) = start.checked_sub(cost) else {
            return fail(
                self,
                InstructionResult::OutOfGas,
                0,
                "out of gas before the program's first instruction".into(),
            );
        };
        self.session().pages = pages.plus(record.footprint);

        let data = self.evm_data(facts, prepared.info.module_hash);
        let programs = self.session().programs.clone();
        let mut api = FrameApi {
            evm: self,
            facts,
            refund: 0,
        };
        let run = programs.engine.run(&prepared.program, calldata, &data, &mut api, gas);
        let refund = api.refund;
        self.session().pages.open = pages.open;

        let Some(left) = stylus_rules::params::gas_after_return(start, run.gas_left.min(gas), run.output.len()) else {
            return fail(
                self,
                InstructionResult::OutOfGas,
                0,
                "out of gas for the return data".into(),
            );
        };
        match run.outcome {
            Outcome::Success => (InstructionResult::Return, Bytes::from(run.output), left, refund),
            Outcome::Revert => (InstructionResult::Revert, Bytes::from(run.output), left, 0),
            Outcome::Trap(reason) => fail(
                self,
                InstructionResult::Revert,
                left,
                format!("program trapped: {reason}"),
            ),
            Outcome::OutOfInk => fail(self, InstructionResult::OutOfGas, 0, "program ran out of ink".into()),
            Outcome::OutOfStack => fail(
                self,
                InstructionResult::StackOverflow,
                0,
                "program ran out of stack".into(),
            ),
        }
    }

    fn evm_data(&mut self, facts: FrameFacts, module_hash: B256) -> EvmData {
        let chain_id = self.inner.ctx.cfg.chain_id;
        let (tx_gas_price, tx_origin) = (U256::from(self.inner.ctx.tx.gas_price), self.inner.ctx.tx.caller);
        let session = self.session();
        let block = &session.block;
        EvmData {
            arbos_version: ARBOS_VERSION,
            block_basefee: U256::from(block.base_fee),
            block_coinbase: block.beneficiary,
            block_gas_limit: block.gas_limit,
            block_number: block.l1_number,
            block_timestamp: block.timestamp,
            chain_id,
            contract_address: facts.acting,
            module_hash,
            msg_sender: facts.caller,
            msg_value: facts.value,
            tx_gas_price,
            tx_origin,
            reentrant: session.frames.count(facts.acting) > 1,
            read_only: facts.is_static,
        }
    }

    /// Executes a frame that a program asked for, below the newest frame.
    fn run_nested(&mut self, frame_input: FrameInput) -> Option<FrameResult> {
        let frame = self.inner.frame_stack.get();
        let init = FrameInit {
            depth: frame.depth + 1,
            memory: frame.interpreter.memory.new_child_context(),
            frame_input,
        };
        let fresh = self.spare_stacks.pop().unwrap_or_else(|| super::Stack::new_prealloc(1));
        let outer = std::mem::replace(&mut self.inner.frame_stack, fresh);
        let result = ArbHandler::default().run_exec_loop(self, init);
        let mut used = std::mem::replace(&mut self.inner.frame_stack, outer);
        used.clear();
        self.spare_stacks.push(used);
        self.inner.frame_stack.get().interpreter.memory.free_child_context();
        match result {
            Ok(result) => Some(result),
            // Nothing of this transaction can stand: the error surfaces when the frame ends.
            Err(error) => {
                self.inner.ctx.error = Err(ContextError::Custom(error.to_string()));
                None
            }
        }
    }
}

/// The chain as the program of one frame sees it.
struct FrameApi<'e, 'a> {
    evm: &'e mut ArbEvm<'a>,
    facts: FrameFacts,
    refund: i64,
}

impl FrameApi<'_, '_> {
    /// The access cost of an account, which is warm from then on.
    fn touch(&mut self, address: Address) -> u64 {
        let account = sure(self.evm.inner.ctx.journal_mut().load_account(address));
        if account.is_cold { COLD_ACCOUNT } else { WARM_ACCESS }
    }

    /// Cost of starting a call, and whether `budget` covers it. The account is warm from then on, unless not even
    /// the access of a warm one is covered.
    fn call_base_cost(&mut self, to: Address, value: U256, budget: u64) -> Option<u64> {
        if budget < WARM_ACCESS {
            return None;
        }
        let account = sure(self.evm.inner.ctx.journal_mut().load_account_with_code(to));
        let mut cost = if account.is_cold { COLD_ACCOUNT } else { WARM_ACCESS };
        if !value.is_zero() {
            if account.data.is_empty() {
                cost += NEW_ACCOUNT;
            }
            cost += VALUE_TRANSFER;
        }
        (cost <= budget).then_some(cost)
    }

    /// The code that a call of `address` executes, a delegation (EIP-7702) followed. Nothing of it is charged, so nothing
    /// gets warm.
    fn executed_code(&mut self, address: Address) -> (B256, revm::bytecode::Bytecode) {
        let (hash, code) = arbos::peek_code(&mut self.evm.inner.ctx, address);
        match code.eip7702_address() {
            Some(delegate) => arbos::peek_code(&mut self.evm.inner.ctx, delegate),
            None => (hash, code),
        }
    }

    /// The gas of a write and the refund it brings (EIP-2200, EIP-2929, EIP-3529).
    fn store_cost(&mut self, key: U256, value: U256) -> (u64, i64) {
        let acting = self.facts.acting;
        let journal = self.evm.inner.ctx.journal_mut();
        let slot = sure(journal.sload(acting, key));
        let (current, access) = (slot.data, if slot.is_cold { COLD_SLOT } else { 0 });
        let original = journal
            .evm_state()
            .get(&acting)
            .and_then(|account| account.storage.get(&key))
            .map_or(current, revm::state::EvmStorageSlot::original_value);
        if current == value {
            return (access + WARM_ACCESS, 0);
        }
        if original == current {
            if original.is_zero() {
                return (access + SLOT_SET, 0);
            }
            let refund = if value.is_zero() { CLEARING_REFUND } else { 0 };
            return (access + SLOT_RESET, refund);
        }
        let mut refund = 0;
        if !original.is_zero() {
            if current.is_zero() {
                refund -= CLEARING_REFUND;
            } else if value.is_zero() {
                refund += CLEARING_REFUND;
            }
        }
        if original == value {
            // Back to what it was: all but a warm read comes back.
            refund += if original.is_zero() { 19_900 } else { 2_800 };
        }
        (access + WARM_ACCESS, refund)
    }

    /// What the callee left: (succeeded, data, gas).
    fn settle(&mut self, result: Option<FrameResult>) -> (InstructionResult, Bytes, u64, Option<Address>) {
        let Some(result) = result else {
            return (InstructionResult::FatalExternalError, Bytes::new(), 0, None);
        };
        let outcome = result.instruction_result();
        let gas = *result.gas();
        if outcome.is_ok() {
            self.refund += gas.refunded();
        }
        let left = if outcome.is_ok_or_revert() { gas.remaining() } else { 0 };
        match result {
            FrameResult::Call(call) => (outcome, call.result.output, left, None),
            FrameResult::Create(create) => (outcome, create.result.output, left, create.address),
        }
    }
}

impl EvmApi for FrameApi<'_, '_> {
    fn storage_load(&mut self, key: B256) -> (B256, u64) {
        let slot = sure(self.evm.inner.ctx.journal_mut().sload(self.facts.acting, key.into()));
        (slot.data.into(), if slot.is_cold { COLD_SLOT } else { WARM_ACCESS })
    }

    fn storage_store(&mut self, entries: &[(B256, B256)], gas_left: u64) -> (u64, Result<(), WriteError>) {
        let mut left = gas_left;
        for &(key, value) in entries {
            if self.facts.is_static {
                return (gas_left - left, Err(WriteError::WriteProtection));
            }
            let (key, value) = (key.into(), value.into());
            let (cost, refund) = self.store_cost(key, value);
            let Some(rest) = left.checked_sub(cost) else {
                return (gas_left, Err(WriteError::OutOfGas));
            };
            left = rest;
            self.refund += refund;
            sure(self.evm.inner.ctx.journal_mut().sstore(self.facts.acting, key, value));
        }
        // Nitro takes no gas left for out of gas, even where it was just enough.
        let outcome = if left == 0 { Err(WriteError::OutOfGas) } else { Ok(()) };
        (gas_left - left, outcome)
    }

    fn transient_load(&mut self, key: B256) -> B256 {
        self.evm
            .inner
            .ctx
            .journal_mut()
            .tload(self.facts.acting, key.into())
            .into()
    }

    fn transient_store(&mut self, key: B256, value: B256) -> Result<(), WriteError> {
        if self.facts.is_static {
            return Err(WriteError::WriteProtection);
        }
        self.evm
            .inner
            .ctx
            .journal_mut()
            .tstore(self.facts.acting, key.into(), value.into());
        Ok(())
    }

    fn call(
        &mut self,
        kind: CallKind,
        to: Address,
        input: &[u8],
        value: U256,
        gas_left: u64,
        gas_requested: u64,
    ) -> CallOutcome {
        let failed = |gas_cost| CallOutcome {
            success: false,
            return_data: Bytes::new(),
            gas_cost,
        };
        let facts = self.facts;
        let value = if kind == CallKind::Call { value } else { U256::ZERO };
        if facts.is_static && !value.is_zero() {
            return failed(0);
        }
        let Some(base) = self.call_base_cost(to, value, gas_left) else {
            return failed(gas_left);
        };
        // Rounded as Nitro does, the product first.
        let most = u64::try_from(u128::from(gas_left - base) * 63 / 64).unwrap_or(u64::MAX);
        let mut gas_limit = most.min(gas_requested);
        if !value.is_zero() {
            gas_limit = gas_limit.saturating_add(STIPEND);
        }
        let (scheme, target_address, caller, value) = match kind {
            CallKind::Call => (CallScheme::Call, to, facts.acting, CallValue::Transfer(value)),
            CallKind::Static => (
                CallScheme::StaticCall,
                to,
                facts.acting,
                CallValue::Transfer(U256::ZERO),
            ),
            CallKind::Delegate => (
                CallScheme::DelegateCall,
                facts.acting,
                facts.caller,
                CallValue::Apparent(facts.value),
            ),
        };
        let known_bytecode = self.executed_code(to);
        let result = self.evm.run_nested(FrameInput::Call(Box::new(CallInputs {
            input: CallInput::Bytes(Bytes::copy_from_slice(input)),
            return_memory_offset: 0..0,
            gas_limit,
            reservoir: 0,
            bytecode_address: to,
            known_bytecode,
            target_address,
            caller,
            value,
            scheme,
            is_static: facts.is_static || kind == CallKind::Static,
            charged_new_account_state_gas: false,
        })));
        let (outcome, return_data, left, _) = self.settle(result);
        let gas_cost = base.saturating_add(gas_limit.saturating_sub(left));
        CallOutcome {
            success: outcome.is_ok(),
            return_data,
            gas_cost,
        }
    }

    fn create(&mut self, code: &[u8], endowment: U256, salt: Option<B256>, gas_left: u64) -> CreateOutcome {
        let failed = |gas_cost| CreateOutcome {
            address: None,
            return_data: Bytes::new(),
            gas_cost,
        };
        if self.facts.is_static {
            return failed(gas_left);
        }
        let words = (code.len() as u64).div_ceil(32);
        let base = CREATE
            + if salt.is_some() {
                KECCAK_WORD.saturating_mul(words)
            } else {
                0
            };
        let Some(rest) = gas_left.checked_sub(base) else {
            return failed(gas_left);
        };
        let kept = rest / 64;
        let scheme = salt.map_or(CreateScheme::Create, |salt| CreateScheme::Create2 { salt: salt.into() });
        let inputs = CreateInputs::new(
            self.facts.acting,
            scheme,
            endowment,
            Bytes::copy_from_slice(code),
            rest - kept,
            0,
        );
        let result = self.evm.run_nested(FrameInput::Create(Box::new(inputs)));
        let (outcome, output, left, address) = self.settle(result);
        CreateOutcome {
            address: address.filter(|_| outcome.is_ok()),
            return_data: if outcome == InstructionResult::Revert {
                output
            } else {
                Bytes::new()
            },
            gas_cost: gas_left.saturating_sub(left.saturating_add(kept)),
        }
    }

    fn emit_log(&mut self, topics: &[B256], data: Bytes) -> Result<(), WriteError> {
        if self.facts.is_static {
            return Err(WriteError::WriteProtection);
        }
        let data = LogData::new_unchecked(topics.to_vec(), data);
        self.evm.inner.ctx.journal_mut().log(Log {
            address: self.facts.acting,
            data,
        });
        Ok(())
    }

    fn account_balance(&mut self, address: Address) -> (U256, u64) {
        let cost = self.touch(address);
        (
            sure(self.evm.inner.ctx.journal_mut().load_account(address))
                .data
                .info
                .balance,
            cost,
        )
    }

    fn account_code(&mut self, address: Address, gas_left: u64) -> (Bytes, u64) {
        let cost = CODE_READ + self.touch(address);
        if gas_left < cost {
            return (Bytes::new(), cost);
        }
        (sure(self.evm.inner.ctx.journal_mut().code(address)).data, cost)
    }

    fn account_code_hash(&mut self, address: Address) -> (B256, u64) {
        let cost = self.touch(address);
        (sure(self.evm.inner.ctx.journal_mut().code_hash(address)).data, cost)
    }

    fn add_pages(&mut self, pages: u16) -> u64 {
        let before = self.evm.session().pages;
        self.evm.session().pages = before.plus(pages);
        before.gas(pages, &PARAMS)
    }
}
