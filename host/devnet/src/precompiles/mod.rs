//! Precompiled contracts: Ethereum's of Osaka.

use alloy_primitives::Address;
use revm::context::Cfg;
use revm::context_interface::ContextTr;
use revm::handler::{EthPrecompiles, PrecompileProvider};
use revm::interpreter::{CallInputs, InterpreterResult};
use revm::primitives::AddressSet;
use revm::primitives::hardfork::SpecId;

use crate::evm::ArbContext;

/// All precompiles of the chain.
#[derive(Clone, Debug)]
pub(crate) struct ArbPrecompiles {
    ethereum: EthPrecompiles,
    warm: AddressSet,
}

impl ArbPrecompiles {
    pub(crate) fn new() -> Self {
        let ethereum = EthPrecompiles::new(SpecId::OSAKA);
        let warm = ethereum.warm_addresses().clone();
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
        self.ethereum.run(context, inputs)
    }

    fn warm_addresses(&self) -> &AddressSet {
        &self.warm
    }

    fn contains(&self, address: &Address) -> bool {
        self.warm.contains(address)
    }
}
