//! Calls and gas estimates that leave no trace.

use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{Address, U256};
use alloy_rpc_types_eth::BlockOverrides;
use alloy_rpc_types_eth::state::StateOverride;

use super::node_interface::NODE_INTERFACE;
use super::{CallError, CallOutput, CallRequest, Chain, EstimateError, Overrides};
use crate::evm::{self, Environment, Execution, Message};
use crate::state::View;

/// Gas that a call may use at most, and does by default: Nitro's setting for its RPC. The limit of a transaction does not
/// hold for calls.
const CALL_GAS_CAP: u64 = 50_000_000;

impl Chain {
    /// Simulates a call on the state after `block`, in that block's environment (`pending`: the next block's).
    pub fn call(&self, request: &CallRequest, block: BlockId, overrides: &Overrides) -> Result<CallOutput, CallError> {
        if request.to == Some(NODE_INTERFACE) {
            return self.node_interface(request, block, overrides);
        }
        let cap = CALL_GAS_CAP.max(self.config.tx_gas_limit);
        let gas_limit = request.gas.unwrap_or(cap).min(cap);
        let execution = self.simulate(request, gas_limit, block, overrides)?;
        Ok(CallOutput {
            success: execution.success,
            reverted: execution.reverted,
            output: execution.output,
            gas_used: execution.gas_used,
            logs: execution.logs,
            halt_reason: execution.halt_reason,
        })
    }

    /// The least gas limit with which the call succeeds, found by bisection.
    pub fn estimate_gas(
        &self,
        request: &CallRequest,
        block: BlockId,
        overrides: &Overrides,
    ) -> Result<u64, EstimateError> {
        let ceiling = request.gas.unwrap_or(u64::MAX).min(self.config.tx_gas_limit);
        let ceiling = ceiling.min(self.affordable_gas(request, block, overrides)?);
        let widest = self.simulate(request, ceiling, block, overrides)?;
        if !widest.success {
            return Err(match widest.halt_reason {
                Some(reason) if !widest.reverted => EstimateError::Failed(reason),
                reason => EstimateError::Reverted {
                    output: widest.output,
                    reason,
                },
            });
        }
        let succeeds = |gas| match self.simulate(request, gas, block, overrides) {
            Ok(execution) => Ok(execution.success),
            // Too little for the calldata.
            Err(CallError::Invalid(_)) => Ok(false),
            Err(error) => Err(error),
        };
        // With less than it spent before refunds it fails; somewhat more usually does, because a call passes on at most
        // 63/64 of what is left.
        let mut fails = widest.gas_spent.saturating_sub(1).min(ceiling);
        let mut enough = ceiling;
        let guess = widest.gas_spent.saturating_mul(64).div_ceil(63).saturating_add(2_300);
        for probe in [widest.gas_spent, guess] {
            if probe > fails && probe < enough {
                if succeeds(probe)? {
                    enough = probe;
                } else {
                    fails = probe;
                }
            }
        }
        while enough.saturating_sub(fails) > 1 {
            let middle = fails + (enough - fails) / 2;
            if succeeds(middle)? {
                enough = middle;
            } else {
                fails = middle;
            }
        }
        Ok(enough)
    }

    /// How much gas the sender can pay for at the price of the request.
    fn affordable_gas(&self, request: &CallRequest, block: BlockId, overrides: &Overrides) -> Result<u64, CallError> {
        let view = self.overridden_view(block, overrides)?;
        let balance = view
            .basic_of(request.from.unwrap_or(Address::ZERO))
            .unwrap_or_default()
            .balance;
        let price = U256::from(request.gas_price.unwrap_or_default());
        let gas = balance.saturating_sub(request.value).checked_div(price);
        Ok(gas.map_or(u64::MAX, |gas| gas.saturating_to()))
    }

    fn overridden_view(&self, block: BlockId, overrides: &Overrides) -> Result<View<'_>, CallError> {
        let mut view = self.view_at(block)?;
        if let Some(accounts) = &overrides.state {
            override_state(&mut view, accounts);
        }
        Ok(view)
    }

    fn simulate(
        &self,
        request: &CallRequest,
        gas_limit: u64,
        block: BlockId,
        overrides: &Overrides,
    ) -> Result<Execution, CallError> {
        let view = self.overridden_view(block, overrides)?;
        let mut environment = self.environment_at(block)?;
        if let Some(fields) = &overrides.block {
            override_block(&mut environment, fields);
        }
        let from = request.from.unwrap_or(Address::ZERO);
        let sender = view.basic_of(from).unwrap_or_default();
        let gas_price = request.gas_price.unwrap_or_default();
        let want = U256::from(gas_limit)
            .saturating_mul(U256::from(gas_price))
            .saturating_add(request.value);
        if sender.balance < want {
            return Err(CallError::InsufficientFunds {
                have: sender.balance,
                want,
            });
        }
        let message = Message {
            from,
            to: request.to,
            value: request.value,
            data: request.data.clone(),
            gas_limit,
            gas_price: gas_price.min(u128::from(environment.block.base_fee)),
            nonce: sender.nonce,
            access_list: request.access_list.clone(),
            authorizations: Vec::new(),
            strict: false,
        };
        evm::execute(view, &environment, &message).map_err(CallError::Invalid)
    }

    fn environment_at(&self, block: BlockId) -> Result<Environment, CallError> {
        if block == BlockId::Number(BlockNumberOrTag::Pending) {
            return Ok(self.next_environment(self.next_timestamp()));
        }
        let header = &self.block_by_id(block).ok_or(CallError::UnknownBlock)?.header;
        Ok(self.environment(header.number, header.timestamp))
    }
}

fn override_state(view: &mut View<'_>, accounts: &StateOverride) {
    for (&address, account) in accounts {
        if let Some(balance) = account.balance {
            view.override_basic(address, |basic| basic.balance = balance);
        }
        if let Some(nonce) = account.nonce {
            view.override_basic(address, |basic| basic.nonce = nonce);
        }
        if let Some(code) = &account.code {
            view.override_code(address, code.clone());
        }
        if account.state.is_some() {
            view.clear_storage(address);
        }
        let slots = account.state.iter().chain(&account.state_diff).flatten();
        for (key, value) in slots {
            view.override_slot(address, (*key).into(), (*value).into());
        }
    }
}

fn override_block(environment: &mut Environment, fields: &BlockOverrides) {
    let block = &mut environment.block;
    if let Some(number) = fields.number {
        block.l1_number = number.saturating_to();
    }
    if let Some(time) = fields.time {
        block.timestamp = time;
    }
    if let Some(gas_limit) = fields.gas_limit {
        block.gas_limit = gas_limit;
    }
    if let Some(coinbase) = fields.coinbase {
        block.beneficiary = coinbase;
    }
    if let Some(random) = fields.random {
        block.prevrandao = random;
    }
    if let Some(base_fee) = fields.base_fee {
        block.base_fee = base_fee.saturating_to();
    }
}
