//! Deployment of Stylus programs the way it must be done on a public chain: create, activate and construct in **one**
//! transaction, through Arbitrum's StylusDeployer. A program's constructor can be called by anybody who comes first, so
//! a deployment in several transactions could be taken over between them.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::SolCall;
use anyhow::{Context, Result, ensure};
pub use client::stylus::{
    ACTIVATION_VALUE, ARB_WASM, CONSTRUCTOR_SELECTOR, STYLUS_DEPLOYER, constructor_calldata, init_code,
};
use devnet::{Chain, Receipt, Tx};

use crate::bindings::{IArbWasm, IStylusDeployer};
use crate::calls::{Reverted, events_of};

/// Deploys, activates and constructs a program in one transaction of `from`.
///
/// `wasm` is the WebAssembly as built, `arguments` the ABI-encoded constructor arguments. The address depends on
/// nothing but the deployer's nonce.
pub fn deploy_program(chain: &mut Chain, from: Address, wasm: &[u8], arguments: &[u8]) -> Result<(Address, Receipt)> {
    deployed(try_deploy_program(chain, from, wasm, arguments)?)
}

/// Deploys and activates a program without a constructor, which other programs run on their own storage.
pub fn deploy_library(chain: &mut Chain, from: Address, wasm: &[u8]) -> Result<Address> {
    Ok(deployed(send_to_deployer(chain, from, wasm, Bytes::new())?)?.0)
}

/// What StylusDeployer says that it deployed.
fn deployed(receipt: Receipt) -> Result<(Address, Receipt)> {
    ensure!(
        receipt.status,
        Reverted {
            data: receipt.output.clone(),
            halt: receipt.halt_reason.clone()
        }
    );
    let deployed = events_of::<IStylusDeployer::ContractDeployed>(&receipt, STYLUS_DEPLOYER);
    let event = deployed.last().context("StylusDeployer did not say what it deployed")?;
    Ok((event.deployedContract, receipt))
}

/// As [`deploy_program`], for whoever wants to see the receipt of a failure.
pub fn try_deploy_program(chain: &mut Chain, from: Address, wasm: &[u8], arguments: &[u8]) -> Result<Receipt> {
    send_to_deployer(chain, from, wasm, constructor_calldata(arguments))
}

fn send_to_deployer(chain: &mut Chain, from: Address, wasm: &[u8], init_data: Bytes) -> Result<Receipt> {
    let code = stylus_rules::container::encode(wasm)?;
    let call = IStylusDeployer::deployCall {
        bytecode: init_code(&code)?,
        initData: init_data,
        initValue: U256::ZERO,
        salt: B256::ZERO,
    };
    Ok(chain.send(Tx {
        from,
        to: Some(STYLUS_DEPLOYER),
        value: U256::from(ACTIVATION_VALUE),
        data: call.abi_encode().into(),
        ..Tx::default()
    }))
}

/// Lets a program live another year. A program stops 365 days after its activation; anybody may prolong it, at the
/// earliest 31 days after the last time. Programs of the same code live and die together.
pub fn keep_alive(chain: &mut Chain, from: Address, program: Address) -> Result<Receipt> {
    let codehash = keccak256(chain.code(program));
    let call = IArbWasm::codehashKeepaliveCall { codehash };
    let receipt = chain.send(Tx {
        from,
        to: Some(ARB_WASM),
        value: U256::from(ACTIVATION_VALUE),
        data: call.abi_encode().into(),
        ..Tx::default()
    });
    ensure!(
        receipt.status,
        Reverted {
            data: receipt.output.clone(),
            halt: receipt.halt_reason.clone()
        }
    );
    Ok(receipt)
}

/// Deploys a Solidity contract from its creation code (constructor arguments included).
pub fn deploy_evm(chain: &mut Chain, from: Address, creation_code: Bytes) -> Result<Address> {
    let receipt = chain.send(Tx {
        from,
        to: None,
        data: creation_code,
        ..Tx::default()
    });
    ensure!(
        receipt.status,
        Reverted {
            data: receipt.output.clone(),
            halt: receipt.halt_reason.clone()
        }
    );
    receipt.contract_address.context("a creation without an address")
}
