//! What a running program asks of the chain around it.
//!
//! The engine owns the WebAssembly side: ink, memory, the per-call storage cache, argument decoding. The chain owns
//! the state. Every figure exchanged here is EVM **gas** (not ink); the engine converts at the ink price.

use alloy_primitives::{Address, B256, Bytes, U256};

/// How a program calls another account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    /// `CALL`: may carry value.
    Call,
    /// `DELEGATECALL`: the callee's code on the caller's storage, with the caller's sender and value.
    Delegate,
    /// `STATICCALL`: no state change below it.
    Static,
}

/// What a call came to.
#[derive(Clone, Debug)]
pub struct CallOutcome {
    /// Whether the callee returned (true) or reverted, failed or could not be called (false).
    pub success: bool,
    /// Return data or revert data; empty when the callee trapped.
    pub return_data: Bytes,
    /// Gas to charge the caller: access and value costs plus what the callee consumed (stipend deducted).
    pub gas_cost: u64,
}

/// What a contract creation came to.
#[derive(Clone, Debug)]
pub struct CreateOutcome {
    /// The address of the new contract, `None` when nothing was created.
    pub address: Option<Address>,
    /// The init code's revert data, empty on success.
    pub return_data: Bytes,
    /// Gas to charge the creator.
    pub gas_cost: u64,
}

/// Why a state change was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteError {
    /// Inside a static call.
    WriteProtection,
    /// The gas offered did not suffice.
    OutOfGas,
}

/// The chain as a running program sees it. One value serves one program frame.
pub trait EvmApi {
    /// Reads a slot of the executing account; the gas is the cold or warm access cost.
    fn storage_load(&mut self, key: B256) -> (B256, u64);
    /// Writes slots in order, stopping at the first that fails; returns the gas of those written (EIP-2200, EIP-2929,
    /// EIP-3529 refunds kept by the chain). `gas_left` is what may be spent.
    fn storage_store(&mut self, entries: &[(B256, B256)], gas_left: u64) -> (u64, Result<(), WriteError>);
    /// Reads a transient slot (EIP-1153).
    fn transient_load(&mut self, key: B256) -> B256;
    /// Writes a transient slot (EIP-1153).
    fn transient_store(&mut self, key: B256, value: B256) -> Result<(), WriteError>;
    /// Calls another account. At most 63/64 of `gas_left`, after the costs of the call itself, and no more than
    /// `gas_requested` is forwarded.
    fn call(
        &mut self,
        kind: CallKind,
        to: Address,
        input: &[u8],
        value: U256,
        gas_left: u64,
        gas_requested: u64,
    ) -> CallOutcome;
    /// Creates a contract (`CREATE`, or `CREATE2` with a salt).
    fn create(&mut self, code: &[u8], endowment: U256, salt: Option<B256>, gas_left: u64) -> CreateOutcome;
    /// Emits a log of the executing account. The engine has charged for it.
    fn emit_log(&mut self, topics: &[B256], data: Bytes) -> Result<(), WriteError>;
    /// Balance of an account, with its access cost.
    fn account_balance(&mut self, address: Address) -> (U256, u64);
    /// Code of an account, with its access cost.
    fn account_code(&mut self, address: Address, gas_left: u64) -> (Bytes, u64);
    /// Code hash of an account (zero for one that does not exist), with its access cost.
    fn account_code_hash(&mut self, address: Address) -> (B256, u64);
    /// Opens `pages` more WebAssembly pages in this transaction and returns their gas (linear above the free pages,
    /// exponential in the peak).
    fn add_pages(&mut self, pages: u16) -> u64;
}

/// The constants of a frame, block and transaction.
#[derive(Clone, Debug)]
pub struct EvmData {
    /// ArbOS version emulated.
    pub arbos_version: u64,
    /// Block base fee in wei.
    pub block_basefee: U256,
    /// Block beneficiary.
    pub block_coinbase: Address,
    /// Block gas limit.
    pub block_gas_limit: u64,
    /// The number a program reads as `block.number`: the L1 block number.
    pub block_number: u64,
    /// Block time in seconds.
    pub block_timestamp: u64,
    /// Chain id.
    pub chain_id: u64,
    /// The executing account.
    pub contract_address: Address,
    /// The hash of the running module, key of its compiled form.
    pub module_hash: B256,
    /// The caller.
    pub msg_sender: Address,
    /// Wei sent along.
    pub msg_value: U256,
    /// Effective gas price in wei.
    pub tx_gas_price: U256,
    /// Signer of the transaction.
    pub tx_origin: Address,
    /// Whether the executing account is already open further up (not through a delegatecall).
    pub reentrant: bool,
    /// Whether the frame is static.
    pub read_only: bool,
}
