//! What is on the chain from its first block: ArbOS's precompiles, the CREATE2 factory and StylusDeployer.

use alloy_primitives::{Address, Bytes, U256, address, bytes, hex};

use super::Chain;
use crate::arbos::ARBOS_STATE;
use crate::evm::{self, Message};
use crate::precompiles::ARBOS_PRECOMPILES;

/// The deterministic deployment proxy: creates what follows the salt in its calldata.
pub const CREATE2_FACTORY: Address = address!("0x4e59b44847b379578588920cA78FbF26c0B4956C");
/// Deploys, activates and constructs a program in one transaction.
pub const STYLUS_DEPLOYER: Address = address!("0xcEcba2F1DC234f70Dd89F2041029807F8D03A990");

/// Code of an address that must not look empty.
const INVALID: Bytes = bytes!("fe");
const CREATE2_FACTORY_CODE: Bytes = bytes!(
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b"
    "8082525050506014600cf3"
);
/// Initcode of StylusDeployer as published with the crate `stylus-tools` 0.10.10 (MIT or Apache-2.0). With salt 0 the
/// factory creates it at its address.
const STYLUS_DEPLOYER_INITCODE: &str = include_str!("../genesis/stylus_deployer.hex");

/// More than the creation of StylusDeployer needs.
const DEPLOYER_GAS: u64 = 10_000_000;

impl Chain {
    pub(super) fn lay_out_genesis(&mut self) {
        // An account without nonce, balance and code would be cleared away with its storage (EIP-161).
        self.state.set_nonce(ARBOS_STATE, 1);
        for address in ARBOS_PRECOMPILES {
            self.state.set_code(address, INVALID);
        }
        self.state.set_nonce(CREATE2_FACTORY, 1);
        self.state.set_code(CREATE2_FACTORY, CREATE2_FACTORY_CODE);
        self.deploy_stylus_deployer();
    }

    fn deploy_stylus_deployer(&mut self) {
        let initcode = hex::decode(STYLUS_DEPLOYER_INITCODE.trim()).expect("the file holds hexadecimal digits");
        let message = Message {
            from: Address::ZERO,
            to: Some(CREATE2_FACTORY),
            value: U256::ZERO,
            data: [vec![0; 32], initcode].concat().into(),
            gas_limit: DEPLOYER_GAS,
            gas_price: 0,
            nonce: 0,
            access_list: alloy_eips::eip2930::AccessList::default(),
            authorizations: Vec::new(),
            strict: false,
        };
        let environment = self.next_environment(self.config.genesis_timestamp);
        let mut execution =
            evm::execute(self.state.view(), &environment, &message).expect("the message is a valid call");
        // The sender is nobody; only what was created stays.
        execution.changes.remove(&Address::ZERO);
        self.state.commit(execution.changes);
    }
}
