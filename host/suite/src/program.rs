//! Deployment of Stylus programs the way it must be done on a public chain: create, activate and construct in **one**
//! transaction, through Arbitrum's StylusDeployer. A program's constructor can be called by anybody who comes first, so
//! a deployment in several transactions could be taken over between them.

use alloy_primitives::{Address, B256, Bytes, U256, address, keccak256};
use alloy_sol_types::SolCall;
use anyhow::{Context, Result, ensure};
use devnet::{Chain, Receipt, Tx};

use crate::bindings::{IArbWasm, IStylusDeployer};
use crate::calls::{Reverted, events_of};

/// Arbitrum's StylusDeployer, at the same address on every chain.
pub const STYLUS_DEPLOYER: Address = address!("0xcEcba2F1DC234f70Dd89F2041029807F8D03A990");

/// Arbitrum's precompile for programs.
pub const ARB_WASM: Address = address!("0x0000000000000000000000000000000000000071");

/// Selector of `stylus_constructor()`: what the SDK's entry point takes for the constructor, arguments behind it.
pub const CONSTRUCTOR_SELECTOR: [u8; 4] = [0x55, 0x85, 0x25, 0x8d];

/// Ether sent along for the activation's data fee; the deployer sends back what is left.
const ACTIVATION_VALUE: u64 = 1_000_000_000_000_000_000;

/// Calldata of the constructor for ABI-encoded arguments.
pub fn constructor_calldata(arguments: &[u8]) -> Bytes {
    [&CONSTRUCTOR_SELECTOR, arguments].concat().into()
}

/// Code of a contract creation that leaves exactly `code` behind.
pub fn init_code(code: &[u8]) -> Result<Bytes> {
    let length = u16::try_from(code.len()).context("deployed code is at most 24,576 bytes")?;
    let [high, low] = length.to_be_bytes();
    #[rustfmt::skip]
    let prelude = [
        0x61, high, low, // PUSH2 length
        0x80,            // DUP1
        0x60, 0x0a,      // PUSH1 where the code starts: behind these ten bytes
        0x5f,            // PUSH0
        0x39,            // CODECOPY(0, 10, length)
        0x5f,            // PUSH0
        0xf3,            // RETURN(0, length)
    ];
    Ok([&prelude, code].concat().into())
}

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
