//! A chain in memory, simple enough to work out its gas in the head, and helpers to run programs written as text.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use alloy_primitives::{Address, B256, Bytes, U256, address, b256};
use stylus_rules::hostio;
use stylus_rules::{Limits, ProgramInfo, activate_wasm};
use stylus_vm::{
    CallKind, CallOutcome, CreateOutcome, Engine, EngineConfig, EvmApi, EvmData, Outcome, RunResult, WriteError,
};

/// A call that a program made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) kind: CallKind,
    pub(crate) to: Address,
    pub(crate) input: Bytes,
    pub(crate) value: U256,
    pub(crate) gas_left: u64,
    pub(crate) gas_requested: u64,
}

/// What the chain answers a call with: it is told the call and runs whatever it likes.
pub(crate) type Callee = Box<dyn FnMut(&Call) -> CallOutcome>;

/// Storage costs 2,100 cold and 100 warm to read and 5,000 to write, an account 2,600 cold and 100 warm, a page 1,000.
#[derive(Default)]
pub(crate) struct Chain {
    pub(crate) storage: HashMap<B256, B256>,
    pub(crate) transient: HashMap<B256, B256>,
    pub(crate) warm_slots: HashSet<B256>,
    pub(crate) warm_accounts: HashSet<Address>,
    pub(crate) code: HashMap<Address, Bytes>,
    pub(crate) balances: HashMap<Address, U256>,
    pub(crate) logs: Vec<(Vec<B256>, Bytes)>,
    pub(crate) loads: Vec<B256>,
    pub(crate) stores: Vec<(B256, B256)>,
    pub(crate) calls: Vec<Call>,
    pub(crate) callee: Option<Callee>,
    pub(crate) creations: Vec<(Bytes, U256, Option<B256>, u64)>,
    pub(crate) created: Option<CreateOutcome>,
    pub(crate) pages: Vec<u16>,
    pub(crate) read_only: bool,
}

impl Chain {
    /// A chain on which every call comes to the same.
    pub(crate) fn answering(success: bool, return_data: &'static [u8], gas_cost: u64) -> Self {
        let answer = move |_: &Call| CallOutcome {
            success,
            return_data: return_data.into(),
            gas_cost,
        };
        Self {
            callee: Some(Box::new(answer)),
            ..Self::default()
        }
    }

    fn touch(&mut self, account: Address) -> u64 {
        if self.warm_accounts.insert(account) { 2_600 } else { 100 }
    }
}

impl EvmApi for Chain {
    fn storage_load(&mut self, key: B256) -> (B256, u64) {
        self.loads.push(key);
        let gas = if self.warm_slots.insert(key) { 2_100 } else { 100 };
        (self.storage.get(&key).copied().unwrap_or_default(), gas)
    }

    fn storage_store(&mut self, entries: &[(B256, B256)], gas_left: u64) -> (u64, Result<(), WriteError>) {
        let mut gas = 0;
        for &(key, value) in entries {
            if self.read_only {
                return (gas, Err(WriteError::WriteProtection));
            }
            if gas + 5_000 > gas_left {
                return (gas, Err(WriteError::OutOfGas));
            }
            gas += 5_000;
            self.stores.push((key, value));
            self.storage.insert(key, value);
        }
        (gas, Ok(()))
    }

    fn transient_load(&mut self, key: B256) -> B256 {
        self.transient.get(&key).copied().unwrap_or_default()
    }

    fn transient_store(&mut self, key: B256, value: B256) -> Result<(), WriteError> {
        if self.read_only {
            return Err(WriteError::WriteProtection);
        }
        self.transient.insert(key, value);
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
        let call = Call {
            kind,
            to,
            input: Bytes::copy_from_slice(input),
            value,
            gas_left,
            gas_requested,
        };
        self.calls.push(call.clone());
        match &mut self.callee {
            Some(callee) => callee(&call),
            None => CallOutcome {
                success: true,
                return_data: Bytes::new(),
                gas_cost: 100,
            },
        }
    }

    fn create(&mut self, code: &[u8], endowment: U256, salt: Option<B256>, gas_left: u64) -> CreateOutcome {
        self.creations
            .push((Bytes::copy_from_slice(code), endowment, salt, gas_left));
        self.created.clone().expect("the test says what a creation comes to")
    }

    fn emit_log(&mut self, topics: &[B256], data: Bytes) -> Result<(), WriteError> {
        if self.read_only {
            return Err(WriteError::WriteProtection);
        }
        self.logs.push((topics.to_vec(), data));
        Ok(())
    }

    fn account_balance(&mut self, address: Address) -> (U256, u64) {
        let gas = self.touch(address);
        (self.balances.get(&address).copied().unwrap_or_default(), gas)
    }

    fn account_code(&mut self, address: Address, _: u64) -> (Bytes, u64) {
        let gas = self.touch(address);
        (self.code.get(&address).cloned().unwrap_or_default(), gas)
    }

    fn account_code_hash(&mut self, address: Address) -> (B256, u64) {
        let gas = self.touch(address);
        (
            alloy_primitives::keccak256(self.code.get(&address).cloned().unwrap_or_default()),
            gas,
        )
    }

    fn add_pages(&mut self, pages: u16) -> u64 {
        self.pages.push(pages);
        1_000 * u64::from(pages)
    }
}

/// One engine for all tests of a binary.
pub(crate) fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::new(EngineConfig::default()))
}

pub(crate) const CONTRACT: Address = address!("00000000000000000000000000000000000c0de0");
pub(crate) const SENDER: Address = address!("0000000000000000000000000000000000005e4d");
pub(crate) const ORIGIN: Address = address!("0000000000000000000000000000000000000419");
pub(crate) const COINBASE: Address = address!("000000000000000000000000000000000000c014");

pub(crate) fn data() -> EvmData {
    EvmData {
        arbos_version: 51,
        block_basefee: U256::from(0xba5e),
        block_coinbase: COINBASE,
        block_gas_limit: 32_000_000,
        block_number: 17,
        block_timestamp: 1_760_000_000,
        chain_id: 412_346,
        contract_address: CONTRACT,
        module_hash: b256!("00000000000000000000000000000000000000000000000000000000000000aa"),
        msg_sender: SENDER,
        msg_value: U256::from(77),
        tx_gas_price: U256::from(0x6a5),
        tx_origin: ORIGIN,
        reentrant: false,
        read_only: false,
    }
}

/// A program with `items` (imports first) and an entry point that runs `code` and returns 0.
pub(crate) fn program(items: &str, code: &str) -> String {
    format!(
        r#"(module {items}
            (memory (export "memory") 1 1)
            (func (export "user_entrypoint") (param i32) (result i32) {code} i32.const 0))"#
    )
}

/// The import of a host function, under its own name.
pub(crate) fn host(name: &str) -> String {
    let (params, results) = hostio::signature(name).unwrap();
    let list = |what: &str, types: &[wasmparser::ValType]| {
        let types: Vec<String> = types.iter().map(ToString::to_string).collect();
        if types.is_empty() {
            String::new()
        } else {
            format!("({what} {})", types.join(" "))
        }
    };
    format!(
        r#"(import "vm_hooks" "{name}" (func ${name} {} {}))"#,
        list("param", params),
        list("result", results)
    )
}

/// The imports of several host functions.
pub(crate) fn hosts(names: &[&str]) -> String {
    names.iter().map(|name| host(name)).collect()
}

pub(crate) fn info(wat: &str) -> ProgramInfo {
    activate_wasm(wat::parse_str(wat).unwrap().into(), Limits::default()).unwrap()
}

/// Runs a program with calldata on a chain.
pub(crate) fn run_on(wat: &str, calldata: &[u8], chain: &mut Chain, gas: u64) -> RunResult {
    let program = engine().compile(&info(wat)).unwrap();
    let data = EvmData {
        read_only: chain.read_only,
        ..data()
    };
    engine().run(&program, calldata, &data, chain, gas)
}

/// Runs a program on an empty chain.
pub(crate) fn run(wat: &str, gas: u64) -> RunResult {
    run_on(wat, &[], &mut Chain::default(), gas)
}

/// Runs a program at one ink a gas, so that its limit can be set to the ink.
pub(crate) fn run_with_ink(wat: &str, ink: u64) -> RunResult {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    let engine = ENGINE.get_or_init(|| {
        Engine::new(EngineConfig {
            ink_price: 1,
            ..EngineConfig::default()
        })
    });
    let program = engine.compile(&info(wat)).unwrap();
    engine.run(&program, &[], &data(), &mut Chain::default(), ink)
}

pub(crate) const PLENTY: u64 = 1_000_000_000;

/// Ink that a program uses on its way to success.
pub(crate) fn ink_used(wat: &str, calldata: &[u8], chain: &mut Chain) -> u64 {
    let result = run_on(wat, calldata, chain, PLENTY);
    assert_eq!(result.outcome, Outcome::Success, "{wat}");
    PLENTY * 10_000 - result.ink_left
}
