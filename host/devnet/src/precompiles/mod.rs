//! Precompiled contracts: Ethereum's of Osaka, and the part of ArbOS's that contracts and tools use.
//!
//! A call pays 3 gas per word of arguments and results and 800 for opening the state of ArbOS, and what the function
//! burns. Unknown functions, undecodable arguments, value for what is not payable, writes in a static call and
//! delegatecalls burn all gas and revert without data, as Nitro's do.

pub(crate) mod abi;
mod arb_info;
mod arb_sys;
mod arb_wasm;
mod arb_wasm_cache;

use alloy_primitives::{Address, B256, Bytes, Log, LogData, U256, address};
use alloy_sol_types::SolEvent;
use revm::context::{Cfg, JournalTr};
use revm::context_interface::ContextTr;
use revm::handler::{EthPrecompiles, PrecompileProvider};
use revm::interpreter::{CallInputs, Gas, InstructionResult, InterpreterResult};
use revm::primitives::AddressSet;
use revm::primitives::hardfork::SpecId;

use crate::arbos;
use crate::evm::{ArbContext, BlockInfo, Failure};

const ARB_SYS: Address = address!("0x0000000000000000000000000000000000000064");
const ARB_INFO: Address = address!("0x0000000000000000000000000000000000000065");
const ARB_OWNER_PUBLIC: Address = address!("0x000000000000000000000000000000000000006b");
const ARB_GAS_INFO: Address = address!("0x000000000000000000000000000000000000006c");
pub(crate) const ARB_WASM: Address = address!("0x0000000000000000000000000000000000000071");
const ARB_WASM_CACHE: Address = address!("0x0000000000000000000000000000000000000072");

/// The addresses of ArbOS's precompiles. Each has the code `fe`, so that Solidity takes it for a contract.
pub(crate) const ARBOS_PRECOMPILES: [Address; 6] = [
    ARB_SYS,
    ARB_INFO,
    ARB_OWNER_PUBLIC,
    ARB_GAS_INFO,
    ARB_WASM,
    ARB_WASM_CACHE,
];

const COPY_WORD: u64 = 3;
const STORAGE_READ: u64 = 800;
const STORAGE_WRITE: u64 = 20_000;
const COLD_ACCOUNT: u64 = 2_600;
const LOG: u64 = 375;
const LOG_BYTE: u64 = 8;

/// Why a precompile reverts.
#[derive(Debug)]
enum Reverted {
    /// With ABI-encoded error data; the gas left comes back.
    With(Vec<u8>),
    /// Without data; the gas left comes back.
    Silently(String),
    /// Without data and all gas is gone.
    Burnt(String),
}

impl Reverted {
    fn out_of_gas() -> Self {
        Self::Burnt("precompile out of gas".into())
    }

    fn refused(why: &str) -> Self {
        Self::Burnt(format!("precompile call refused: {why}"))
    }
}

type Answer = Result<Vec<u8>, Reverted>;

/// What a function may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Purity {
    Pure,
    View,
    Write,
    Payable,
}

/// A running call of a precompile.
struct Call<'c, 'a> {
    context: &'c mut ArbContext<'a>,
    address: Address,
    acting: Address,
    caller: Address,
    value: U256,
    is_static: bool,
    gas: u64,
}

impl Call<'_, '_> {
    fn burn(&mut self, gas: u64) -> Result<(), Reverted> {
        self.gas = self.gas.checked_sub(gas).ok_or_else(Reverted::out_of_gas)?;
        Ok(())
    }

    /// Checks what every function checks before it starts, and charges for it.
    fn admit(&mut self, purity: Purity, input: &[u8]) -> Result<(), Reverted> {
        if purity >= Purity::View && self.acting != self.address {
            return Err(Reverted::refused("delegatecall"));
        }
        if purity >= Purity::Write && self.is_static {
            return Err(Reverted::refused("write in a static call"));
        }
        if purity < Purity::Payable && !self.value.is_zero() {
            return Err(Reverted::refused("not payable"));
        }
        self.burn(COPY_WORD * words(input.len().saturating_sub(4)))?;
        if purity > Purity::Pure {
            self.burn(STORAGE_READ)
        } else {
            Ok(())
        }
    }

    fn block(&self) -> &BlockInfo {
        &self.context.chain.block
    }

    fn timestamp(&self) -> u64 {
        self.block().timestamp
    }

    fn code_hash(&mut self, address: Address) -> Result<B256, Reverted> {
        self.burn(COLD_ACCOUNT)?;
        Ok(arbos::peek_code(self.context, address).0)
    }

    fn emit(&mut self, event: &impl SolEvent) -> Result<(), Reverted> {
        let data: LogData = event.encode_log_data();
        self.burn(LOG + LOG * data.topics().len() as u64 + LOG_BYTE * data.data.len() as u64)?;
        self.context.journal_mut().log(Log {
            address: self.address,
            data,
        });
        Ok(())
    }

    fn transfer(&mut self, to: Address, amount: U256) -> Result<(), Reverted> {
        if arbos::transfer(self.context, self.address, to, amount) {
            Ok(())
        } else {
            Err(Reverted::Silently("transfer failed".into()))
        }
    }

    fn answer(&mut self, input: &[u8]) -> Answer {
        let output = match self.address {
            ARB_SYS => arb_sys::answer(self, input),
            ARB_INFO => arb_info::answer_info(self, input),
            ARB_OWNER_PUBLIC => arb_info::answer_owner(self, input),
            ARB_GAS_INFO => arb_info::answer_gas(self, input),
            ARB_WASM => arb_wasm::answer(self, input),
            ARB_WASM_CACHE => arb_wasm_cache::answer(self, input),
            _ => Err(Reverted::refused("no such precompile")),
        };
        let data = match &output {
            Ok(data) | Err(Reverted::With(data)) => data.len(),
            Err(_) => 0,
        };
        self.burn(COPY_WORD * words(data))?;
        output
    }
}

fn words(bytes: usize) -> u64 {
    (bytes as u64).div_ceil(32)
}

/// All precompiles of the chain.
#[derive(Clone, Debug)]
pub(crate) struct ArbPrecompiles {
    ethereum: EthPrecompiles,
    warm: AddressSet,
}

impl ArbPrecompiles {
    pub(crate) fn new() -> Self {
        let ethereum = EthPrecompiles::new(SpecId::OSAKA);
        let mut warm = ethereum.warm_addresses().clone();
        warm.extend(ARBOS_PRECOMPILES);
        Self { ethereum, warm }
    }
}

impl<'a> PrecompileProvider<ArbContext<'a>> for ArbPrecompiles {
    type Output = InterpreterResult;

    fn set_spec(&mut self, _spec: <<ArbContext<'a> as ContextTr>::Cfg as Cfg>::Spec) -> bool {
        // One hardfork only; true has the warm addresses injected at the start of each execution.
        true
    }

    fn run(&mut self, context: &mut ArbContext<'a>, inputs: &CallInputs) -> Result<Option<InterpreterResult>, String> {
        if !ARBOS_PRECOMPILES.contains(&inputs.bytecode_address) {
            return self.ethereum.run(context, inputs);
        }
        let input = inputs.input.bytes(context);
        let depth = context.journal().depth();
        let mut call = Call {
            address: inputs.bytecode_address,
            acting: inputs.target_address,
            caller: inputs.caller,
            value: inputs.value.get(),
            is_static: inputs.is_static,
            gas: inputs.gas_limit,
            context,
        };
        let answer = call.answer(&input);
        let left = call.gas;
        let (result, output, left, reason) = match answer {
            Ok(data) => (InstructionResult::Return, data, left, None),
            Err(Reverted::With(data)) => (InstructionResult::Revert, data, left, None),
            Err(Reverted::Silently(reason)) => (InstructionResult::Revert, Vec::new(), left, Some(reason)),
            Err(Reverted::Burnt(reason)) => (InstructionResult::Revert, Vec::new(), 0, Some(reason)),
        };
        if let Some(reason) = reason {
            context.chain.failure = Some(Failure {
                depth: depth.saturating_sub(1),
                reason,
            });
        }
        let mut gas = Gas::new(inputs.gas_limit);
        // What is left never exceeds the limit.
        let _ = gas.record_regular_cost(inputs.gas_limit.saturating_sub(left));
        Ok(Some(InterpreterResult {
            result,
            output: Bytes::from(output),
            gas,
        }))
    }

    fn warm_addresses(&self) -> &AddressSet {
        &self.warm
    }

    fn contains(&self, address: &Address) -> bool {
        self.warm.contains(address)
    }
}
