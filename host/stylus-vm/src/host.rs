//! A frame: the instance of a program, and the host functions that it may call.
//!
//! Every function charges in the order in which the chain does: first the flat price, then what depends on lengths, then
//! it looks whether the gas of a question to the chain would suffice, then it reads its arguments, asks, and pays.

use std::ptr::NonNull;

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use stylus_rules::hostio;
use stylus_rules::instrument::{INK_LEFT, INK_STATUS, STACK_LEFT};
use wasmer::{
    Extern, Function, FunctionEnv, FunctionEnvMut, Global, Instance, Memory, RuntimeError, Store, StoreMut, Value,
};
use wasmer_types::TrapCode;

use crate::api::{CallKind, CreateOutcome, EvmApi, EvmData, WriteError};
use crate::compile::Program;
use crate::storage::{REQUIRED_ACCESS_GAS, StorageCache};
use crate::{EngineConfig, Outcome, RunResult};

const ENTRY_POINT: &str = "user_entrypoint";
const MEMORY: &str = "memory";

/// Gas that a storage write has to leave (EIP-2200).
const SSTORE_SENTRY_GAS: u64 = 2_300;
const COLD_SLOAD_GAS: u64 = 2_100;
const COLD_ACCOUNT_GAS: u64 = 2_600;
/// Gas of `TLOAD` and of `TSTORE`.
const TRANSIENT_GAS: u64 = 100;
const CREATE_GAS: u64 = 32_000;
const CREATE2_WORD_GAS: u64 = 6;
/// What a call returns to the program when it failed in any way.
const CALL_FAILED: u32 = 2;

/// Why a host function stops the program.
#[derive(Debug, thiserror::Error)]
enum Escape {
    #[error("out of ink")]
    OutOfInk,
    #[error("memory access out of bounds")]
    Memory,
    #[error("{0}")]
    Refused(&'static str),
    #[error("exit with status {0}")]
    Exit(u32),
    #[error("instance without its meter")]
    Unmetered,
}

type Hostio<T> = Result<T, Escape>;
type Context<'a> = FunctionEnvMut<'a, Frame>;

/// The chain, for as long as the frame runs.
struct Api(NonNull<dyn EvmApi>);

// SAFETY: wasmer asks for `Send` because a store may be moved to another thread. The store of a frame is created, used
// and dropped within `run`, on one thread.
#[allow(unsafe_code)]
unsafe impl Send for Api {}

impl Api {
    /// The result must not be used after `api` is gone.
    fn erase(api: &mut dyn EvmApi) -> Self {
        // SAFETY: only the lifetime changes, which has no representation.
        #[allow(unsafe_code)]
        Self(unsafe { std::mem::transmute::<NonNull<dyn EvmApi + '_>, NonNull<dyn EvmApi>>(NonNull::from(api)) })
    }

    fn get(&mut self) -> &mut dyn EvmApi {
        // SAFETY: `run` holds the mutable borrow of the chain until the store, and with it this value, is dropped.
        // Host functions of one frame never run concurrently, and nested frames get the chain through this very
        // reference.
        #[allow(unsafe_code)]
        unsafe {
            self.0.as_mut()
        }
    }
}

/// What the host knows of a running program.
struct Frame {
    api: Api,
    data: EvmData,
    ink_price: u32,
    calldata: Bytes,
    output: Vec<u8>,
    return_data: Bytes,
    storage: StorageCache,
    /// The last account whose code was read, where it has any.
    last_code: Option<(Address, Bytes)>,
    /// Set once the instance exists.
    instance: Option<Handles>,
}

#[derive(Clone)]
struct Handles {
    memory: Memory,
    ink_left: Global,
    ink_status: Global,
    stack_left: Global,
}

/// Runs one frame on the current stack.
pub(crate) fn run(
    config: &EngineConfig,
    program: &Program,
    calldata: &[u8],
    data: &EvmData,
    api: &mut dyn EvmApi,
    gas: u64,
) -> RunResult {
    let frame = Frame {
        api: Api::erase(api),
        data: data.clone(),
        ink_price: config.ink_price.max(1),
        calldata: Bytes::copy_from_slice(calldata),
        output: Vec::new(),
        return_data: Bytes::new(),
        storage: StorageCache::default(),
        last_code: None,
        instance: None,
    };
    let mut store = Store::new(program.engine.clone());
    let env = FunctionEnv::new(&mut store, frame);
    let ink = gas.saturating_mul(config.ink_price.max(1).into());
    let (outcome, output, ink_left) = match start(program, &mut store, &env, ink, config.max_stack_depth) {
        Ok((entry, handles)) => {
            let len = u32::try_from(calldata.len()).unwrap_or(u32::MAX);
            let returned = entry.call(&mut store, &[Value::I32(len.cast_signed())]);
            finish(returned, &mut store, &env, &handles)
        }
        Err(reason) => (Outcome::Trap(reason), Vec::new(), ink),
    };
    RunResult {
        outcome,
        output,
        gas_left: ink_left / u64::from(config.ink_price.max(1)),
        ink_left,
    }
}

/// Instantiates the program and fills its meter.
fn start(
    program: &Program,
    store: &mut Store,
    env: &FunctionEnv<Frame>,
    ink: u64,
    max_stack_depth: u32,
) -> Result<(Function, Handles), String> {
    let mut imports = Vec::new();
    for import in program.module.imports() {
        let function = host_function(import.name(), store, env).ok_or("unknown import")?;
        imports.push(Extern::Function(function));
    }
    let instance = Instance::new_by_index(store, &program.module, &imports).map_err(|error| error.to_string())?;
    let exports = &instance.exports;
    let global = |name: &str| exports.get_global(name).cloned().map_err(|error| error.to_string());
    let handles = Handles {
        memory: exports.get_memory(MEMORY).map_err(|error| error.to_string())?.clone(),
        ink_left: global(INK_LEFT)?,
        ink_status: global(INK_STATUS)?,
        stack_left: global(STACK_LEFT)?,
    };
    let entry = exports
        .get_function(ENTRY_POINT)
        .map_err(|error| error.to_string())?
        .clone();
    handles
        .ink_left
        .set(store, Value::I64(ink.cast_signed()))
        .map_err(|error| error.message())?;
    handles
        .stack_left
        .set(store, Value::I32(max_stack_depth.cast_signed()))
        .map_err(|error| error.message())?;
    env.as_mut(store).instance = Some(handles.clone());
    Ok((entry, handles))
}

/// Reads the end of a frame off its meter and its last words: outcome, output and ink left.
fn finish(
    returned: Result<Box<[Value]>, RuntimeError>,
    store: &mut Store,
    env: &FunctionEnv<Frame>,
    handles: &Handles,
) -> (Outcome, Vec<u8>, u64) {
    let out_of_stack = handles.stack_left.get(store) == Value::I32(0);
    let out_of_ink = handles.ink_status.get(store) != Value::I32(0);
    let ink_left = match handles.ink_left.get(store) {
        Value::I64(ink) if !out_of_ink => ink.cast_unsigned(),
        _ => 0,
    };
    let status = match returned {
        Ok(values) => match values.first() {
            Some(Value::I32(status)) => status.cast_unsigned(),
            _ => return (Outcome::Trap("no status returned".to_owned()), Vec::new(), 0),
        },
        Err(_) if out_of_stack => return (Outcome::OutOfStack, Vec::new(), 0),
        Err(_) if out_of_ink => return (Outcome::OutOfInk, Vec::new(), 0),
        Err(error) => match error.downcast_ref::<Escape>() {
            Some(Escape::Exit(status)) => *status,
            Some(Escape::OutOfInk) => return (Outcome::OutOfInk, Vec::new(), 0),
            Some(escape) => return (Outcome::Trap(escape.to_string()), Vec::new(), ink_left),
            None if error.clone().to_trap() == Some(TrapCode::StackOverflow) => {
                return (Outcome::OutOfStack, Vec::new(), 0);
            }
            None => return (Outcome::Trap(error.message()), Vec::new(), ink_left),
        },
    };
    let outcome = if status == 0 { Outcome::Success } else { Outcome::Revert };
    (outcome, std::mem::take(&mut env.as_mut(store).output), ink_left)
}

/// The host function of a name.
fn host_function(name: &str, store: &mut Store, env: &FunctionEnv<Frame>) -> Option<Function> {
    macro_rules! host {
        ($method:ident($($argument:ident: $ty:ty),*)) => {
            Function::new_typed_with_env(store, env, |mut context: Context<'_>, $($argument: $ty),*| {
                Host::new(&mut context)?.$method($($argument),*)
            })
        };
    }
    Some(match name {
        "read_args" => host!(read_args(to: u32)),
        "write_result" => host!(write_result(from: u32, len: u32)),
        "exit_early" => host!(exit_early(status: u32)),
        "storage_load_bytes32" => host!(storage_load(key: u32, to: u32)),
        "storage_cache_bytes32" => host!(storage_cache(key: u32, value: u32)),
        "storage_flush_cache" => host!(storage_flush(clear: u32)),
        "transient_load_bytes32" => host!(transient_load(key: u32, to: u32)),
        "transient_store_bytes32" => host!(transient_store(key: u32, value: u32)),
        "call_contract" => {
            host!(call_contract(callee: u32, input: u32, len: u32, value: u32, gas: u64, return_len: u32))
        }
        "delegate_call_contract" => {
            host!(delegate_call_contract(callee: u32, input: u32, len: u32, gas: u64, return_len: u32))
        }
        "static_call_contract" => {
            host!(static_call_contract(callee: u32, input: u32, len: u32, gas: u64, return_len: u32))
        }
        "create1" => host!(create1(code: u32, len: u32, value: u32, to: u32, return_len: u32)),
        "create2" => host!(create2(code: u32, len: u32, value: u32, salt: u32, to: u32, return_len: u32)),
        "read_return_data" => host!(read_return_data(to: u32, offset: u32, len: u32)),
        "return_data_size" => host!(return_data_size()),
        "emit_log" => host!(emit_log(data: u32, len: u32, topics: u32)),
        "account_balance" => host!(account_balance(account: u32, to: u32)),
        "account_code" => host!(account_code(account: u32, offset: u32, len: u32, to: u32)),
        "account_code_size" => host!(account_code_size(account: u32)),
        "account_codehash" => host!(account_code_hash(account: u32, to: u32)),
        "evm_gas_left" => host!(evm_gas_left()),
        "evm_ink_left" => host!(evm_ink_left()),
        "block_basefee" => host!(block_basefee(to: u32)),
        "chainid" => host!(chainid()),
        "block_coinbase" => host!(block_coinbase(to: u32)),
        "block_gas_limit" => host!(block_gas_limit()),
        "block_number" => host!(block_number()),
        "block_timestamp" => host!(block_timestamp()),
        "contract_address" => host!(contract_address(to: u32)),
        "math_div" => host!(math_div(value: u32, divisor: u32)),
        "math_mod" => host!(math_mod(value: u32, modulus: u32)),
        "math_pow" => host!(math_pow(value: u32, exponent: u32)),
        "math_add_mod" => host!(math_add_mod(value: u32, addend: u32, modulus: u32)),
        "math_mul_mod" => host!(math_mul_mod(value: u32, multiplier: u32, modulus: u32)),
        "msg_reentrant" => host!(msg_reentrant()),
        "msg_sender" => host!(msg_sender(to: u32)),
        "msg_value" => host!(msg_value(to: u32)),
        "native_keccak256" => host!(native_keccak256(from: u32, len: u32, to: u32)),
        "tx_gas_price" => host!(tx_gas_price(to: u32)),
        "tx_ink_price" => host!(tx_ink_price()),
        "tx_origin" => host!(tx_origin(to: u32)),
        hostio::PAY_FOR_MEMORY_GROW => host!(pay_for_memory_grow(pages: u32)),
        _ => return None,
    })
}

/// A frame during one host function.
struct Host<'a> {
    frame: &'a mut Frame,
    store: StoreMut<'a>,
    handles: Handles,
}

/// The meter and the memory.
impl<'a> Host<'a> {
    fn new(context: &'a mut Context<'_>) -> Hostio<Self> {
        let (frame, store) = context.data_and_store_mut();
        let handles = frame.instance.clone().ok_or(Escape::Unmetered)?;
        Ok(Self { frame, store, handles })
    }

    fn ink_left(&mut self) -> Hostio<u64> {
        if self.handles.ink_status.get(&mut self.store) != Value::I32(0) {
            return Err(self.out_of_ink());
        }
        match self.handles.ink_left.get(&mut self.store) {
            Value::I64(ink) => Ok(ink.cast_unsigned()),
            _ => Err(Escape::Unmetered),
        }
    }

    /// Notes that ink ran out, which is what the frame will be judged by.
    fn out_of_ink(&mut self) -> Escape {
        let noted = self.handles.ink_status.set(&mut self.store, Value::I32(1));
        if noted.is_ok() {
            Escape::OutOfInk
        } else {
            Escape::Unmetered
        }
    }

    /// Fails unless `ink` could be paid.
    fn require_ink(&mut self, ink: u64) -> Hostio<u64> {
        let left = self.ink_left()?;
        left.checked_sub(ink).ok_or_else(|| self.out_of_ink())
    }

    fn pay_ink(&mut self, ink: u64) -> Hostio<()> {
        let rest = self.require_ink(ink)?;
        let paid = self
            .handles
            .ink_left
            .set(&mut self.store, Value::I64(rest.cast_signed()));
        paid.map_err(|_| Escape::Unmetered)
    }

    fn require_gas(&mut self, gas: u64) -> Hostio<()> {
        self.require_ink(gas.saturating_mul(self.frame.ink_price.into()))
            .map(drop)
    }

    fn pay_gas(&mut self, gas: u64) -> Hostio<()> {
        self.pay_ink(gas.saturating_mul(self.frame.ink_price.into()))
    }

    /// Whole gas left.
    fn gas_left(&mut self) -> Hostio<u64> {
        Ok(self.ink_left()? / u64::from(self.frame.ink_price))
    }

    fn read(&self, from: u32, len: u32) -> Hostio<Vec<u8>> {
        let view = self.handles.memory.view(&self.store);
        // Checked before anything of a length that the program names is allocated.
        if u64::from(from) + u64::from(len) > view.data_size() {
            return Err(Escape::Memory);
        }
        let mut bytes = vec![0; len as usize];
        view.read(from.into(), &mut bytes).map_err(|_| Escape::Memory)?;
        Ok(bytes)
    }

    fn read_fixed<const N: usize>(&self, from: u32) -> Hostio<[u8; N]> {
        let mut bytes = [0; N];
        self.handles
            .memory
            .view(&self.store)
            .read(from.into(), &mut bytes)
            .map_err(|_| Escape::Memory)?;
        Ok(bytes)
    }

    fn read_word(&self, from: u32) -> Hostio<B256> {
        self.read_fixed(from).map(B256::new)
    }

    fn read_u256(&self, from: u32) -> Hostio<U256> {
        self.read_fixed(from).map(U256::from_be_bytes::<32>)
    }

    fn read_address(&self, from: u32) -> Hostio<Address> {
        self.read_fixed(from).map(Address::new)
    }

    fn write(&self, to: u32, bytes: &[u8]) -> Hostio<()> {
        self.handles
            .memory
            .view(&self.store)
            .write(to.into(), bytes)
            .map_err(|_| Escape::Memory)
    }

    fn write_u256(&self, to: u32, value: U256) -> Hostio<()> {
        self.write(to, &value.to_be_bytes::<32>())
    }

    /// Numbers are little-endian in WebAssembly.
    fn write_u32(&self, to: u32, value: u32) -> Hostio<()> {
        self.write(to, &value.to_le_bytes())
    }
}

/// Arguments, results, storage.
impl Host<'_> {
    fn read_args(&mut self, to: u32) -> Hostio<()> {
        self.pay_ink(hostio::READ_ARGS)?;
        self.pay_ink(hostio::write(len_u32(&self.frame.calldata)))?;
        self.write(to, &self.frame.calldata)
    }

    fn write_result(&mut self, from: u32, len: u32) -> Hostio<()> {
        self.pay_ink(hostio::WRITE_RESULT)?;
        self.pay_ink(hostio::read(len))?;
        self.pay_ink(hostio::read(len))?;
        self.frame.output = self.read(from, len)?;
        Ok(())
    }

    #[allow(clippy::unused_self)] // called like all the others
    fn exit_early(&mut self, status: u32) -> Hostio<()> {
        Err(Escape::Exit(status))
    }

    fn storage_load(&mut self, key: u32, to: u32) -> Hostio<()> {
        self.pay_ink(hostio::STORAGE_LOAD)?;
        let api_gas = hostio::EVM_API / u64::from(self.frame.ink_price);
        self.require_gas(COLD_SLOAD_GAS + REQUIRED_ACCESS_GAS + api_gas)?;
        let key = self.read_word(key)?;
        let mut gas = self.frame.storage.read_gas();
        let value = if let Some(value) = self.frame.storage.get(key) {
            value
        } else {
            let (value, access) = self.frame.api.get().storage_load(key);
            gas = gas.saturating_add(access).saturating_add(api_gas);
            self.frame.storage.insert_known(key, value);
            value
        };
        self.pay_gas(gas)?;
        self.write(to, value.as_slice())
    }

    fn storage_cache(&mut self, key: u32, value: u32) -> Hostio<()> {
        self.pay_ink(hostio::STORAGE_CACHE)?;
        self.require_gas(SSTORE_SENTRY_GAS + REQUIRED_ACCESS_GAS)?;
        let (key, value) = (self.read_word(key)?, self.read_word(value)?);
        let gas = self.frame.storage.write_gas();
        self.frame.storage.write(key, value);
        self.pay_gas(gas)
    }

    fn storage_flush(&mut self, clear: u32) -> Hostio<()> {
        self.pay_ink(hostio::STORAGE_FLUSH)?;
        self.require_gas(SSTORE_SENTRY_GAS)?;
        let gas_left = self.gas_left()?;
        let entries = self.frame.storage.flush(clear != 0);
        if entries.is_empty() {
            return Ok(());
        }
        let (gas, written) = self.frame.api.get().storage_store(&entries, gas_left);
        match written {
            Ok(()) => self.pay_gas(gas),
            Err(WriteError::OutOfGas) => Err(self.out_of_ink()),
            Err(WriteError::WriteProtection) => Err(WRITE_PROTECTION),
        }
    }

    fn transient_load(&mut self, key: u32, to: u32) -> Hostio<()> {
        self.pay_ink(hostio::TRANSIENT_LOAD)?;
        self.pay_gas(TRANSIENT_GAS)?;
        let key = self.read_word(key)?;
        let value = self.frame.api.get().transient_load(key);
        self.write(to, value.as_slice())
    }

    fn transient_store(&mut self, key: u32, value: u32) -> Hostio<()> {
        self.pay_ink(hostio::TRANSIENT_STORE)?;
        self.pay_gas(TRANSIENT_GAS)?;
        let (key, value) = (self.read_word(key)?, self.read_word(value)?);
        self.frame
            .api
            .get()
            .transient_store(key, value)
            .map_err(|error| self.refuse(error))
    }
}

/// Calls, creations, logs, accounts.
impl Host<'_> {
    fn call_contract(
        &mut self,
        callee: u32,
        input: u32,
        len: u32,
        value: u32,
        gas: u64,
        return_len: u32,
    ) -> Hostio<u32> {
        self.call(CallKind::Call, callee, (input, len), Some(value), gas, return_len)
    }

    fn delegate_call_contract(&mut self, callee: u32, input: u32, len: u32, gas: u64, return_len: u32) -> Hostio<u32> {
        self.call(CallKind::Delegate, callee, (input, len), None, gas, return_len)
    }

    fn static_call_contract(&mut self, callee: u32, input: u32, len: u32, gas: u64, return_len: u32) -> Hostio<u32> {
        self.call(CallKind::Static, callee, (input, len), None, gas, return_len)
    }

    fn call(
        &mut self,
        kind: CallKind,
        callee: u32,
        (input, len): (u32, u32),
        value: Option<u32>,
        gas: u64,
        return_len: u32,
    ) -> Hostio<u32> {
        self.pay_ink(hostio::CALL)?;
        self.pay_ink(hostio::read(len))?;
        self.pay_ink(hostio::read(len))?;
        let gas_left = self.gas_left()?;
        let callee = self.read_address(callee)?;
        let input = self.read(input, len)?;
        let value = value.map_or(Ok(U256::ZERO), |value| self.read_u256(value))?;
        let outcome = self
            .frame
            .api
            .get()
            .call(kind, callee, &input, value, gas_left, gas.min(gas_left));
        self.pay_gas(outcome.gas_cost)?;
        self.write_u32(return_len, len_u32(&outcome.return_data))?;
        self.frame.return_data = outcome.return_data;
        Ok(if outcome.success { 0 } else { CALL_FAILED })
    }

    fn create1(&mut self, code: u32, len: u32, value: u32, to: u32, return_len: u32) -> Hostio<()> {
        self.create(hostio::CREATE1, (code, len), value, None, to, return_len)
    }

    fn create2(&mut self, code: u32, len: u32, value: u32, salt: u32, to: u32, return_len: u32) -> Hostio<()> {
        self.create(hostio::CREATE2, (code, len), value, Some(salt), to, return_len)
    }

    fn create(
        &mut self,
        price: u64,
        (code, len): (u32, u32),
        value: u32,
        salt: Option<u32>,
        to: u32,
        return_len: u32,
    ) -> Hostio<()> {
        self.pay_ink(price)?;
        self.pay_ink(hostio::read(len))?;
        self.pay_ink(hostio::read(len))?;
        let code = self.read(code, len)?;
        let value = self.read_u256(value)?;
        let salt = salt.map(|salt| self.read_word(salt)).transpose()?;
        let gas_left = self.gas_left()?;
        // The chain refuses both before it charges anything.
        if self.frame.data.read_only {
            return Err(WRITE_PROTECTION);
        }
        let hashing = if salt.is_some() {
            CREATE2_WORD_GAS * u64::from(len.div_ceil(32))
        } else {
            0
        };
        if gas_left < CREATE_GAS + hashing {
            return Err(Escape::Refused("out of gas"));
        }
        let CreateOutcome {
            address,
            return_data,
            gas_cost,
        } = self.frame.api.get().create(&code, value, salt, gas_left);
        self.pay_gas(gas_cost)?;
        self.write_u32(return_len, len_u32(&return_data))?;
        self.frame.return_data = return_data;
        self.write(to, address.unwrap_or_default().as_slice())
    }

    fn read_return_data(&mut self, to: u32, offset: u32, len: u32) -> Hostio<u32> {
        self.pay_ink(hostio::READ_RETURN_DATA)?;
        let copied = len.min(len_u32(&self.frame.return_data).saturating_sub(offset));
        self.pay_ink(hostio::write(copied))?;
        if copied > 0 {
            self.write(to, part(&self.frame.return_data, offset, len))?;
        }
        Ok(copied)
    }

    fn return_data_size(&mut self) -> Hostio<u32> {
        self.pay_ink(hostio::GET_NUMBER)?;
        Ok(len_u32(&self.frame.return_data))
    }

    fn emit_log(&mut self, data: u32, len: u32, topics: u32) -> Hostio<()> {
        const MAX_TOPICS: u32 = 4;
        self.pay_ink(hostio::EMIT_LOG)?;
        let data_len = topics.checked_mul(32).and_then(|bytes| len.checked_sub(bytes));
        let data_len = data_len
            .filter(|_| topics <= MAX_TOPICS)
            .ok_or(Escape::Refused("bad topic data"))?;
        self.pay_ink(hostio::read(len))?;
        self.pay_gas(hostio::log_gas(topics, data_len))?;
        let bytes = self.read(data, len)?;
        let (topics, data) = bytes.split_at(bytes.len() - data_len as usize);
        let topics: Vec<B256> = topics.chunks_exact(32).map(B256::from_slice).collect();
        let data = Bytes::copy_from_slice(data);
        self.frame
            .api
            .get()
            .emit_log(&topics, data)
            .map_err(|error| self.refuse(error))
    }

    fn account_balance(&mut self, account: u32, to: u32) -> Hostio<()> {
        self.pay_ink(hostio::ACCOUNT_BALANCE)?;
        self.require_gas(COLD_ACCOUNT_GAS)?;
        let account = self.read_address(account)?;
        let (balance, gas) = self.frame.api.get().account_balance(account);
        self.pay_gas(gas)?;
        self.write_u256(to, balance)
    }

    fn account_code(&mut self, account: u32, offset: u32, len: u32, to: u32) -> Hostio<u32> {
        self.pay_ink(hostio::ACCOUNT_CODE)?;
        let code = self.code_of(account)?;
        self.pay_ink(hostio::write(len_u32(&code)))?;
        let copied = part(&code, offset, len);
        self.write(to, copied)?;
        Ok(len_u32(copied))
    }

    fn account_code_size(&mut self, account: u32) -> Hostio<u32> {
        self.pay_ink(hostio::ACCOUNT_CODE_SIZE)?;
        Ok(len_u32(&self.code_of(account)?))
    }

    /// Code of an account. The code that was read last is there for nothing.
    fn code_of(&mut self, account: u32) -> Hostio<Bytes> {
        self.require_gas(COLD_ACCOUNT_GAS)?;
        let account = self.read_address(account)?;
        let gas_left = self.gas_left()?;
        if let Some((last, code)) = &self.frame.last_code
            && *last == account
        {
            return Ok(code.clone());
        }
        let (code, gas) = self.frame.api.get().account_code(account, gas_left);
        if !code.is_empty() {
            self.frame.last_code = Some((account, code.clone()));
        }
        self.pay_gas(gas)?;
        Ok(code)
    }

    fn account_code_hash(&mut self, account: u32, to: u32) -> Hostio<()> {
        self.pay_ink(hostio::ACCOUNT_CODE_HASH)?;
        self.require_gas(COLD_ACCOUNT_GAS)?;
        let account = self.read_address(account)?;
        let (hash, gas) = self.frame.api.get().account_code_hash(account);
        self.pay_gas(gas)?;
        self.write(to, hash.as_slice())
    }

    fn refuse(&mut self, error: WriteError) -> Escape {
        match error {
            WriteError::WriteProtection => WRITE_PROTECTION,
            WriteError::OutOfGas => self.out_of_ink(),
        }
    }
}

/// What the frame, block and transaction are.
impl Host<'_> {
    fn number<T>(&mut self, number: T) -> Hostio<T> {
        self.pay_ink(hostio::GET_NUMBER)?;
        Ok(number)
    }

    fn word(&mut self, to: u32, word: &[u8]) -> Hostio<()> {
        self.pay_ink(hostio::GET_WORD)?;
        self.write(to, word)
    }

    fn evm_gas_left(&mut self) -> Hostio<u64> {
        self.pay_ink(hostio::GET_NUMBER)?;
        self.gas_left()
    }

    fn evm_ink_left(&mut self) -> Hostio<u64> {
        self.pay_ink(hostio::GET_NUMBER)?;
        self.ink_left()
    }

    fn block_basefee(&mut self, to: u32) -> Hostio<()> {
        self.word(to, &self.frame.data.block_basefee.to_be_bytes::<32>())
    }

    fn chainid(&mut self) -> Hostio<u64> {
        self.number(self.frame.data.chain_id)
    }

    fn block_coinbase(&mut self, to: u32) -> Hostio<()> {
        self.word(to, &self.frame.data.block_coinbase.into_array())
    }

    fn block_gas_limit(&mut self) -> Hostio<u64> {
        self.number(self.frame.data.block_gas_limit)
    }

    fn block_number(&mut self) -> Hostio<u64> {
        self.number(self.frame.data.block_number)
    }

    fn block_timestamp(&mut self) -> Hostio<u64> {
        self.number(self.frame.data.block_timestamp)
    }

    fn contract_address(&mut self, to: u32) -> Hostio<()> {
        self.word(to, &self.frame.data.contract_address.into_array())
    }

    fn msg_reentrant(&mut self) -> Hostio<u32> {
        self.number(self.frame.data.reentrant.into())
    }

    fn msg_sender(&mut self, to: u32) -> Hostio<()> {
        self.word(to, &self.frame.data.msg_sender.into_array())
    }

    fn msg_value(&mut self, to: u32) -> Hostio<()> {
        self.word(to, &self.frame.data.msg_value.to_be_bytes::<32>())
    }

    fn tx_gas_price(&mut self, to: u32) -> Hostio<()> {
        self.word(to, &self.frame.data.tx_gas_price.to_be_bytes::<32>())
    }

    fn tx_ink_price(&mut self) -> Hostio<u32> {
        self.number(self.frame.ink_price)
    }

    fn tx_origin(&mut self, to: u32) -> Hostio<()> {
        self.word(to, &self.frame.data.tx_origin.into_array())
    }
}

/// Arithmetic, hashing, memory.
impl Host<'_> {
    fn math_div(&mut self, value: u32, divisor: u32) -> Hostio<()> {
        self.pay_ink(hostio::MATH_DIV)?;
        let (a, b) = (self.read_u256(value)?, self.read_u256(divisor)?);
        self.write_u256(value, a.checked_div(b).unwrap_or_default())
    }

    fn math_mod(&mut self, value: u32, modulus: u32) -> Hostio<()> {
        self.pay_ink(hostio::MATH_DIV)?;
        let (a, b) = (self.read_u256(value)?, self.read_u256(modulus)?);
        self.write_u256(value, a.checked_rem(b).unwrap_or_default())
    }

    fn math_pow(&mut self, value: u32, exponent: u32) -> Hostio<()> {
        self.pay_ink(hostio::MATH_POW)?;
        let (a, b) = (self.read_u256(value)?, self.read_u256(exponent)?);
        self.pay_ink(hostio::pow(&b.to_be_bytes()))?;
        self.write_u256(value, a.wrapping_pow(b))
    }

    fn math_add_mod(&mut self, value: u32, addend: u32, modulus: u32) -> Hostio<()> {
        self.pay_ink(hostio::MATH_ADD_MOD)?;
        let (a, b, c) = (
            self.read_u256(value)?,
            self.read_u256(addend)?,
            self.read_u256(modulus)?,
        );
        self.write_u256(value, a.add_mod(b, c))
    }

    fn math_mul_mod(&mut self, value: u32, multiplier: u32, modulus: u32) -> Hostio<()> {
        self.pay_ink(hostio::MATH_MUL_MOD)?;
        let (a, b, c) = (
            self.read_u256(value)?,
            self.read_u256(multiplier)?,
            self.read_u256(modulus)?,
        );
        self.write_u256(value, a.mul_mod(b, c))
    }

    fn native_keccak256(&mut self, from: u32, len: u32, to: u32) -> Hostio<()> {
        self.pay_ink(hostio::keccak(len))?;
        let hash = keccak256(self.read(from, len)?);
        self.write(to, hash.as_slice())
    }

    fn pay_for_memory_grow(&mut self, pages: u32) -> Hostio<()> {
        // Nothing that is asked for is free: more than the type holds counts as the most it holds, which nobody can pay.
        let pages = u16::try_from(pages).unwrap_or(u16::MAX);
        if pages == 0 {
            return self.pay_ink(hostio::GROW_BY_NOTHING);
        }
        let gas = self.frame.api.get().add_pages(pages);
        self.pay_gas(gas)
    }
}

const WRITE_PROTECTION: Escape = Escape::Refused("write protection");

fn len_u32(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

/// What of `offset..offset + len` there is.
fn part(bytes: &[u8], offset: u32, len: u32) -> &[u8] {
    let rest = bytes.get(offset as usize..).unwrap_or_default();
    rest.get(..len as usize).unwrap_or(rest)
}
