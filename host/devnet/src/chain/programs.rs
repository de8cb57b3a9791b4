//! Programs from outside: deployment and activation in one step, caching without a transaction.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;

use super::{Chain, Receipt, Tx};
use crate::arbos::{self, ARBOS_STATE, ProgramRecord};
use crate::precompiles::ARB_WASM;
use crate::precompiles::abi::ArbWasm;

/// Wei sent along with an activation; what the fee does not take comes back.
const ACTIVATION_VALUE: u64 = 1_000_000_000_000_000_000;

/// Why a program was not deployed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DeployError {
    /// The creation failed.
    #[error("creation failed: {}", failure(.0))]
    Creation(Box<Receipt>),
    /// The activation failed.
    #[error("activation failed: {}", failure(.0))]
    Activation(Box<Receipt>),
}

fn failure(receipt: &Receipt) -> String {
    receipt
        .halt_reason
        .clone()
        .unwrap_or_else(|| format!("reverted with {}", receipt.output))
}

impl Chain {
    /// Creates a contract with `code` (`EFF00000` and the compressed WebAssembly) and activates it unless a program with
    /// the same code is active: one or two transactions of `from`.
    pub fn deploy_program(&mut self, from: Address, code: &[u8]) -> Result<Address, DeployError> {
        let created = self.send(Tx::create(from, initcode_for(code)));
        let Some(address) = created.contract_address.filter(|_| created.status) else {
            return Err(DeployError::Creation(Box::new(created)));
        };
        if self.is_program_active(address) {
            return Ok(address);
        }
        let activation = self.activate_program(from, address);
        if activation.status {
            Ok(address)
        } else {
            Err(DeployError::Activation(Box::new(activation)))
        }
    }

    /// Activates a program by a transaction of `from`.
    pub fn activate_program(&mut self, from: Address, program: Address) -> Receipt {
        let data = ArbWasm::activateProgramCall { program }.abi_encode();
        self.send(Tx::call(from, ARB_WASM, data).with_value(U256::from(ACTIVATION_VALUE)))
    }

    /// Whether the program at `address` would run in the next block.
    pub fn is_program_active(&self, address: Address) -> bool {
        self.program_record(address).active(self.next_timestamp()).is_ok()
    }

    /// Whether the program at `address` is cached.
    pub fn is_program_cached(&self, address: Address) -> bool {
        self.program_record(address).cached
    }

    /// Marks the program at `address` as cached, as ArbWasmCache would, without a transaction. False when there is no
    /// active program.
    pub fn cache_program(&mut self, address: Address) -> bool {
        self.set_program_cached(address, true)
    }

    /// Lets `manager` change the cache through ArbWasmCache, as the chain's owner would; beside the first account.
    pub fn add_cache_manager(&mut self, manager: Address) {
        self.cache_managers.push(manager);
    }

    /// Undoes [`Chain::cache_program`].
    pub fn evict_program(&mut self, address: Address) -> bool {
        self.set_program_cached(address, false)
    }

    fn set_program_cached(&mut self, address: Address, cached: bool) -> bool {
        if !self.is_program_active(address) {
            return false;
        }
        let slot = arbos::program_slot(self.code_hash(address));
        let record = ProgramRecord {
            cached,
            ..ProgramRecord::from_word(self.state.storage(ARBOS_STATE, slot))
        };
        self.state.set_storage(ARBOS_STATE, slot, record.to_word());
        true
    }

    fn program_record(&self, address: Address) -> ProgramRecord {
        let slot = arbos::program_slot(self.code_hash(address));
        ProgramRecord::from_word(self.state.storage(ARBOS_STATE, slot))
    }

    fn code_hash(&self, address: Address) -> B256 {
        self.state.basic(address).map_or(B256::ZERO, |basic| basic.code_hash)
    }
}

/// Initcode that deploys `code` as it is.
pub fn initcode_for(code: &[u8]) -> Bytes {
    // PUSH4 length, DUP1, PUSH1 12, PUSH0, CODECOPY, PUSH0, RETURN, then the code.
    let length = u32::try_from(code.len()).unwrap_or(u32::MAX).to_be_bytes();
    let mut initcode = vec![0x63];
    initcode.extend(length);
    initcode.extend([0x80, 0x60, 12, 0x5F, 0x39, 0x5F, 0xF3]);
    initcode.extend(code);
    initcode.into()
}
