//! Execution of one transaction or call: revm, with the frames of Stylus programs run by the engine.

mod frames;
mod programs;

use std::convert::Infallible;

use alloy_primitives::{Address, B256, Bytes, Log, TxKind, U256, address};
use revm::context::result::{EVMError, ExecutionResult, HaltReason, InvalidTransaction, Output};
use revm::context::{BlockEnv, CfgEnv, Evm, FrameStack, Journal, TxEnv};
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::handler::instructions::EthInstructions;
use revm::handler::{EthFrame, Handler};
use revm::interpreter::interpreter::EthInterpreter;
use revm::primitives::hardfork::SpecId;
use revm::state::EvmState;

use stylus_rules::Pages;

use crate::precompiles::ArbPrecompiles;
use crate::state::View;

use frames::ArbHandler;
pub(crate) use frames::{ArbEvm, Failure};
pub(crate) use programs::Programs;

/// Largest deployed code (EIP-170).
pub(crate) const MAX_CODE_SIZE: usize = 24_576;
/// Largest initcode (EIP-3860).
pub(crate) const MAX_INITCODE_SIZE: usize = 49_152;
/// The account that collects the fees.
pub(crate) const NETWORK_FEE_ACCOUNT: Address = address!("0xa4b0000000000000000000000000000000fee000");
/// The address that Arbitrum shows as the beneficiary of every block of its sequencer.
pub(crate) const SEQUENCER: Address = address!("0xa4b000000000000000000073657175656e636572");

/// The account that may do what only the owner of the chain may.
pub(crate) const CHAIN_OWNER: Address = address!("0xa4b0000000000000000000000000000000000e12");

/// Native stack that has to be there when an execution starts. Programs that call each other recurse natively; the
/// engine sees to it that there is stack for that.
const STACK_RESERVE: usize = 1 << 20;
/// What is added when it is not.
const STACK_SEGMENT: usize = 8 << 20;

pub(crate) type ArbContext<'a> = revm::Context<BlockEnv, TxEnv, CfgEnv, View<'a>, Journal<View<'a>>, Session>;
type Inner<'a> =
    Evm<ArbContext<'a>, (), EthInstructions<EthInterpreter, ArbContext<'a>>, ArbPrecompiles, EthFrame<EthInterpreter>>;
type Stack = FrameStack<EthFrame<EthInterpreter>>;
type ExecutionError = EVMError<Infallible>;

/// What an execution knows of its block.
#[derive(Clone, Debug, Default)]
pub(crate) struct BlockInfo {
    /// The number that the RPC and ArbSys show.
    pub(crate) number: u64,
    /// The number that `block.number` shows.
    pub(crate) l1_number: u64,
    pub(crate) timestamp: u64,
    pub(crate) base_fee: u64,
    pub(crate) gas_limit: u64,
    pub(crate) beneficiary: Address,
    pub(crate) prevrandao: B256,
    /// Hashes of the newest blocks, for ArbSys: (number, hash), oldest first.
    pub(crate) recent_hashes: Vec<(u64, B256)>,
}

/// The rules and chain constants of an execution.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    pub(crate) chain_id: u64,
    pub(crate) block: BlockInfo,
    /// Gas available to one transaction, whatever its gas limit says.
    pub(crate) tx_gas_limit: u64,
    pub(crate) programs: Programs,
    /// Accounts that may cache programs.
    pub(crate) cache_managers: Vec<Address>,
}

/// A transaction or call to execute.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) from: Address,
    pub(crate) to: Option<Address>,
    pub(crate) value: U256,
    pub(crate) data: Bytes,
    pub(crate) gas_limit: u64,
    pub(crate) gas_price: u128,
    pub(crate) nonce: u64,
    pub(crate) access_list: alloy_eips::eip2930::AccessList,
    pub(crate) authorizations: Vec<alloy_eips::eip7702::SignedAuthorization>,
    /// Whether it is a transaction: the fee must be the base fee at least, the nonce the account's next one, and the
    /// limit of a transaction's gas holds.
    pub(crate) strict: bool,
}

/// What an execution came to.
#[derive(Debug)]
pub(crate) struct Execution {
    pub(crate) success: bool,
    /// Whether it failed by a revert: the gas that was left is given back.
    pub(crate) reverted: bool,
    pub(crate) output: Bytes,
    pub(crate) gas_used: u64,
    /// Gas used before refunds: what had to be available.
    pub(crate) gas_spent: u64,
    pub(crate) logs: Vec<Log>,
    pub(crate) created: Option<Address>,
    pub(crate) halt_reason: Option<String>,
    pub(crate) changes: EvmState,
}

/// State of a running transaction beside the journal.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) block: BlockInfo,
    pub(crate) tx_gas_limit: u64,
    pub(crate) programs: Programs,
    pub(crate) cache_managers: Vec<Address>,
    /// WebAssembly pages that the running programs hold, and the most they ever held.
    pub(crate) pages: Pages,
    pub(crate) frames: frames::OpenFrames,
    /// Why the last frame that failed did, where the EVM has no word for it.
    pub(crate) failure: Option<Failure>,
}

/// Executes a message on a state. Errors say why the message is invalid; a failed execution is not an error.
pub(crate) fn execute(view: View<'_>, environment: &Environment, message: &Message) -> Result<Execution, String> {
    stacker::maybe_grow(STACK_RESERVE, STACK_SEGMENT, || {
        execute_here(view, environment, message)
    })
}

fn execute_here(view: View<'_>, environment: &Environment, message: &Message) -> Result<Execution, String> {
    let session = Session {
        block: environment.block.clone(),
        tx_gas_limit: environment.tx_gas_limit,
        programs: environment.programs.clone(),
        cache_managers: environment.cache_managers.clone(),
        pages: Pages::default(),
        frames: frames::OpenFrames::default(),
        failure: None,
    };
    let mut context: ArbContext<'_> =
        revm::Context::<BlockEnv, TxEnv, CfgEnv, View<'_>, Journal<View<'_>>>::new(view, SpecId::OSAKA)
            .with_chain(session);
    context.cfg = configuration(environment, message);
    context.block = block_env(&environment.block);
    context.tx = tx_env(environment, message);

    let inner = Evm::new(
        context,
        EthInstructions::new_mainnet_with_spec(SpecId::OSAKA),
        ArbPrecompiles::new(),
    );
    let mut evm = ArbEvm::new(inner);
    let outcome = ArbHandler::default().run(&mut evm);
    let failure = evm.session().failure.take();
    let changes = evm.finalize();
    outcome
        .map(|result| summarise(result, failure, changes))
        .map_err(|error| refusal(&error))
}

fn configuration(environment: &Environment, message: &Message) -> CfgEnv {
    let mut cfg = CfgEnv::new_with_spec(SpecId::OSAKA).with_chain_id(environment.chain_id);
    cfg.limit_contract_code_size = Some(MAX_CODE_SIZE);
    cfg.limit_contract_initcode_size = Some(MAX_INITCODE_SIZE);
    cfg.tx_gas_limit_cap = Some(u64::MAX);
    cfg.disable_block_gas_limit = true;
    cfg.disable_eip3541 = true;
    cfg.disable_eip3607 = true;
    cfg.disable_eip7623 = true;
    cfg.disable_priority_fee_check = true;
    cfg.disable_nonce_check = !message.strict;
    cfg.disable_base_fee = !message.strict;
    cfg
}

fn block_env(block: &BlockInfo) -> BlockEnv {
    BlockEnv {
        number: U256::from(block.l1_number),
        beneficiary: block.beneficiary,
        timestamp: U256::from(block.timestamp),
        gas_limit: block.gas_limit,
        basefee: block.base_fee,
        difficulty: U256::from(1),
        prevrandao: Some(block.prevrandao),
        blob_excess_gas_and_price: Some(BlobExcessGasAndPrice {
            excess_blob_gas: 0,
            blob_gasprice: 1,
        }),
        slot_num: 0,
    }
}

fn tx_env(environment: &Environment, message: &Message) -> TxEnv {
    let delegating = !message.authorizations.is_empty();
    let mut tx = TxEnv {
        tx_type: if delegating { 4 } else { 1 },
        caller: message.from,
        gas_limit: if message.strict {
            message.gas_limit.min(environment.tx_gas_limit)
        } else {
            message.gas_limit
        },
        gas_price: message.gas_price,
        kind: message.to.map_or(TxKind::Create, TxKind::Call),
        value: message.value,
        data: message.data.clone(),
        nonce: message.nonce,
        chain_id: Some(environment.chain_id),
        access_list: message.access_list.clone(),
        ..TxEnv::default()
    };
    if delegating {
        tx.gas_priority_fee = Some(0);
        tx.set_signed_authorization(message.authorizations.clone());
    }
    tx
}

fn summarise(result: ExecutionResult<HaltReason>, failure: Option<Failure>, changes: EvmState) -> Execution {
    let success = result.is_success();
    let reverted = matches!(result, ExecutionResult::Revert { .. });
    let gas_used = result.tx_gas_used();
    let gas_spent = result.gas().total_gas_spent();
    let (output, created, logs, halt_reason) = match result {
        ExecutionResult::Success {
            output: Output::Call(data),
            logs,
            ..
        } => (data, None, logs, None),
        ExecutionResult::Success {
            output: Output::Create(data, address),
            logs,
            ..
        } => (data, address, logs, None),
        // Revert data speaks for itself; an empty revert usually passes an inner failure on.
        ExecutionResult::Revert { output, .. } => {
            let reason = failure.filter(|_| output.is_empty()).map(|failure| failure.reason);
            (output, None, Vec::new(), reason)
        }
        ExecutionResult::Halt { reason, .. } => {
            let own = failure
                .filter(|failure| failure.depth == 0)
                .map(|failure| failure.reason);
            (
                Bytes::new(),
                None,
                Vec::new(),
                Some(own.unwrap_or_else(|| reason.to_string())),
            )
        }
    };
    Execution {
        success,
        reverted,
        output,
        gas_used,
        gas_spent,
        logs,
        created,
        halt_reason,
        changes,
    }
}

fn refusal(error: &ExecutionError) -> String {
    match error {
        EVMError::Transaction(InvalidTransaction::CallGasCostMoreThanGasLimit { initial_gas, gas_limit }) => {
            format!("intrinsic gas too low: have {gas_limit}, want {initial_gas}")
        }
        EVMError::Transaction(invalid) => invalid.to_string(),
        other => other.to_string(),
    }
}
