//! The frames of an execution: revm's machinery with programs as a second kind of code.

use std::collections::HashMap;

use alloy_primitives::Address;
use revm::context::result::HaltReason;
use revm::context::{ContextTr, JournalTr};
use revm::handler::evm::{ContextDbError, EvmTr, FrameInitResult, FrameTr};
use revm::handler::instructions::EthInstructions;
use revm::handler::{EthFrame, FrameInitOrResult, FrameResult, Handler, ItemOrResult};
use revm::interpreter::interpreter::EthInterpreter;
use revm::interpreter::{CallScheme, FrameInput, InstructionResult, InterpreterAction};
use revm::state::EvmState;
use stylus_rules::container::is_stylus;

use super::{ArbContext, ExecutionError, Inner, NETWORK_FEE_ACCOUNT, Session, Stack};
use crate::precompiles::ArbPrecompiles;

type Frame = EthFrame<EthInterpreter>;

/// The open frames: the callers of all, and how many execute as an account of their own (not by a delegatecall).
#[derive(Debug, Default)]
pub(crate) struct OpenFrames {
    callers: Vec<Address>,
    spans: HashMap<Address, u32>,
}

impl OpenFrames {
    fn open(&mut self, frame: &Frame) {
        self.callers.push(frame.interpreter.input.caller_address);
        if let Some(account) = opened_account(frame) {
            *self.spans.entry(account).or_default() += 1;
        }
    }

    fn close(&mut self, frame: &Frame) {
        self.callers.pop();
        if let Some(count) = opened_account(frame).and_then(|account| self.spans.get_mut(&account)) {
            *count = count.saturating_sub(1);
        }
    }

    /// Open frames of `account`.
    pub(super) fn count(&self, account: Address) -> u32 {
        self.spans.get(&account).copied().unwrap_or_default()
    }

    /// How many frames are open.
    pub(crate) fn depth(&self) -> usize {
        self.callers.len()
    }

    /// Who called the newest frame; zero when there is none.
    pub(crate) fn callers_caller(&self) -> Address {
        self.callers.last().copied().unwrap_or_default()
    }
}

/// Why a frame failed.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    /// How deep the frame was; 0 is the transaction's own.
    pub(crate) depth: usize,
    pub(crate) reason: String,
}

impl Failure {
    /// What is left of it when the frame at `depth` ended with `result`: all of it if that frame is the one that failed;
    /// if it called the one that failed and then reverted without a word of its own, it passes the failure on; otherwise
    /// it has dealt with it.
    fn after(self, depth: usize, result: &FrameResult) -> Option<Self> {
        let outcome = result.instruction_result();
        let own = self.depth == depth && !outcome.is_ok();
        let passes_on = self.depth == depth + 1 && outcome.is_revert() && result.output().data().is_empty();
        (own || passes_on).then_some(Self { depth, ..self })
    }
}

/// The account that a frame opens for re-entry; none for a delegatecall.
fn opened_account(frame: &Frame) -> Option<Address> {
    match &frame.input {
        FrameInput::Call(inputs) => match inputs.scheme {
            CallScheme::Call | CallScheme::StaticCall => Some(inputs.target_address),
            CallScheme::DelegateCall | CallScheme::CallCode => None,
        },
        FrameInput::Create(_) => Some(frame.interpreter.input.target_address),
        FrameInput::Empty => None,
    }
}

/// revm with programs as a second kind of code.
pub(crate) struct ArbEvm<'a> {
    pub(super) inner: Inner<'a>,
    /// Frame stacks of nested executions that have ended, for the next ones.
    pub(super) spare_stacks: Vec<Stack>,
}

impl<'a> ArbEvm<'a> {
    pub(crate) fn new(inner: Inner<'a>) -> Self {
        Self {
            inner,
            spare_stacks: Vec::new(),
        }
    }

    pub(crate) fn session(&mut self) -> &mut Session {
        &mut self.inner.ctx.chain
    }

    pub(crate) fn finalize(&mut self) -> EvmState {
        self.inner.ctx.journal_mut().finalize()
    }
}

impl<'a> EvmTr for ArbEvm<'a> {
    type Context = ArbContext<'a>;
    type Instructions = EthInstructions<EthInterpreter, ArbContext<'a>>;
    type Precompiles = ArbPrecompiles;
    type Frame = Frame;

    fn all(&self) -> (&Self::Context, &Self::Instructions, &Self::Precompiles, &Stack) {
        self.inner.all()
    }

    fn all_mut(
        &mut self,
    ) -> (
        &mut Self::Context,
        &mut Self::Instructions,
        &mut Self::Precompiles,
        &mut Stack,
    ) {
        self.inner.all_mut()
    }

    fn frame_init(
        &mut self,
        frame_input: <Self::Frame as FrameTr>::FrameInit,
    ) -> Result<FrameInitResult<'_, Self::Frame>, ContextDbError<Self::Context>> {
        // What failed before was handled: its caller goes on.
        self.session().failure = None;
        if let ItemOrResult::Result(result) = self.inner.frame_init(frame_input)? {
            return Ok(ItemOrResult::Result(result));
        }
        self.inner.ctx.chain.frames.open(self.inner.frame_stack.get());
        Ok(ItemOrResult::Item(self.inner.frame_stack.get()))
    }

    fn frame_run(&mut self) -> Result<FrameInitOrResult<Self::Frame>, ContextDbError<Self::Context>> {
        let frame = self.inner.frame_stack.get();
        let mut action = if is_stylus(frame.interpreter.bytecode.original_byte_slice()) {
            self.run_program()
        } else {
            let Inner {
                ctx,
                instruction,
                frame_stack,
                ..
            } = &mut self.inner;
            let frame = frame_stack.get();
            frame
                .interpreter
                .run_plain(instruction.instruction_table(), instruction.gas_table(), ctx)
        };
        let frame = self.inner.frame_stack.get();
        if matches!(frame.input, FrameInput::Create(_)) {
            refuse_reserved_code(&mut action);
        }
        frame.process_next_action(&mut self.inner.ctx, action).inspect(|next| {
            if next.is_result() {
                frame.set_finished(true);
            }
        })
    }

    fn frame_return_result(
        &mut self,
        result: <Self::Frame as FrameTr>::FrameResult,
    ) -> Result<Option<<Self::Frame as FrameTr>::FrameResult>, ContextDbError<Self::Context>> {
        let frame = self.inner.frame_stack.get();
        if frame.is_finished() {
            let chain = &mut self.inner.ctx.chain;
            chain.frames.close(frame);
            chain.failure = chain
                .failure
                .take()
                .and_then(|failure| failure.after(frame.depth, &result));
        }
        self.inner.frame_return_result(result)
    }
}

/// EIP-3541 with Arbitrum's exception: new code may start with `0xEF` only if it is a Stylus program.
fn refuse_reserved_code(action: &mut InterpreterAction) {
    if let InterpreterAction::Return(result) = action {
        let reserved = result.output.first() == Some(&0xEF) && !is_stylus(&result.output);
        if result.result.is_ok() && reserved {
            result.result = InstructionResult::CreateContractStartingWithEF;
        }
    }
}

/// Mainnet's handling of a transaction, with the fee paid to the network's account.
#[derive(Debug, Default)]
pub(super) struct ArbHandler<'a>(std::marker::PhantomData<&'a ()>);

impl<'a> Handler for ArbHandler<'a> {
    type Evm = ArbEvm<'a>;
    type Error = ExecutionError;
    type HaltReason = HaltReason;

    fn reward_beneficiary(&self, evm: &mut Self::Evm, exec_result: &mut FrameResult) -> Result<(), Self::Error> {
        let context = &mut evm.inner.ctx;
        let price = alloy_primitives::U256::from(context.tx.gas_price);
        let fee = price.saturating_mul(alloy_primitives::U256::from(exec_result.gas().used()));
        if !fee.is_zero() {
            context.journal_mut().balance_incr(NETWORK_FEE_ACCOUNT, fee)?;
        }
        Ok(())
    }
}
