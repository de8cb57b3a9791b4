//! NodeInterface (0xC8): questions that the node answers, not the chain. Only calls from outside reach it.

use alloy_eips::BlockId;
use alloy_primitives::{Address, Bytes, U256, address};
use alloy_sol_types::{SolInterface, SolValue};

use super::{CallError, CallOutput, CallRequest, Chain, EstimateError, Overrides};
use crate::precompiles::abi::NodeInterface::NodeInterfaceCalls as Calls;

pub(super) const NODE_INTERFACE: Address = address!("0x00000000000000000000000000000000000000c8");

impl Chain {
    /// Answers a call of NodeInterface.
    pub(super) fn node_interface(
        &self,
        request: &CallRequest,
        block: BlockId,
        overrides: &Overrides,
    ) -> Result<CallOutput, CallError> {
        let base_fee = U256::from(self.base_fee());
        let answer = match Calls::abi_decode(&request.data) {
            Ok(Calls::gasEstimateComponents(question)) => {
                let inner = CallRequest {
                    to: (!question.contractCreation).then_some(question.to),
                    data: question.data,
                    gas: None,
                    ..request.clone()
                };
                self.estimate_gas(&inner, block, overrides)
                    .map(|gas| (gas, 0_u64, base_fee, U256::ZERO).abi_encode())
            }
            Ok(Calls::gasEstimateL1Component(_)) => Ok((0_u64, base_fee, U256::ZERO).abi_encode()),
            Ok(Calls::nitroGenesisBlock(_)) => Ok(U256::ZERO.abi_encode()),
            Ok(Calls::blockL1Num(question)) => {
                let found = self.block(question.l2BlockNum).ok_or(CallError::UnknownBlock)?;
                Ok(found.l1_number.abi_encode())
            }
            Err(_) => Err(EstimateError::Reverted {
                output: Bytes::new(),
                reason: None,
            }),
        };
        let (success, reverted, output, halt_reason) = match answer {
            Ok(data) => (true, false, data.into(), None),
            Err(EstimateError::Reverted { output, reason }) => (false, true, output, reason),
            Err(EstimateError::Failed(reason)) => (false, false, Bytes::new(), Some(reason)),
            Err(EstimateError::Call(error)) => return Err(error),
        };
        Ok(CallOutput {
            success,
            reverted,
            output,
            gas_used: 0,
            logs: Vec::new(),
            halt_reason,
        })
    }
}
