//! The time that the contracts have left. Arbitrum runs a Stylus program for 365 days after its activation or its last
//! renewal. Anybody can renew it, at the earliest 31 days after the last time, and activate it again once it has expired;
//! until then every call of it fails.

use alloy_primitives::{Address, U256, keccak256};
use alloy_provider::Provider;
use alloy_sol_types::{SolCall, SolError};
use anyhow::{Result, bail};
use client::bindings::IArbWasm;
use client::stylus::ARB_WASM;

use crate::amount::Unit;
use crate::context::{Context, words};
use crate::plan::Step;
use crate::reads::Reads;
use crate::refusals::explain;
use crate::times::{DAY, roughly};

/// A program can be renewed when it has less time left than this.
pub const RENEWABLE_BELOW: u64 = (365 - 31) * DAY;

/// A program of the suite.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its contract's name in the record.
    pub name: String,
    /// Where it is.
    pub address: Address,
    /// Seconds until it expires; zero if it has.
    pub left: u64,
}

impl Context {
    /// All programs of the deployment, the one that expires first in front. Asks the chain itself, which answers when the
    /// contracts do not any more.
    ///
    /// # Errors
    ///
    /// When the node does not answer, or a contract is no program.
    pub async fn programs(&self) -> Result<Vec<Program>> {
        let mut reads = Reads::new();
        let mut asked = Vec::new();
        for (name, contract) in &self.deployment.contracts {
            let program = contract.address;
            let left = reads.add(ARB_WASM, &IArbWasm::programTimeLeftCall { program });
            asked.push((name, program, left));
        }
        let answers = self.read(reads).await?;
        let mut programs = Vec::new();
        for (name, address, left) in asked {
            let left = match answers.refused(left) {
                None => answers.get(left)?,
                Some(refused) if IArbWasm::ProgramExpired::abi_decode(refused).is_ok() => 0,
                Some(refused) => bail!("{name} at {address}: {}", explain(refused, &Unit::number())),
            };
            programs.push(Program {
                name: name.clone(),
                address,
                left,
            });
        }
        programs.sort_by_key(|program| program.left);
        Ok(programs)
    }

    /// The transaction that lets a program live another year, or live again. It brings the data fee and a tenth more,
    /// because the fee moves; the chain sends back what is too much.
    ///
    /// # Errors
    ///
    /// When the node does not answer.
    pub async fn renewal(&self, program: &Program) -> Result<Step> {
        let (text, data) = if program.left == 0 {
            let activate = IArbWasm::activateProgramCall {
                program: program.address,
            };
            (
                format!("activate {} again, which has expired", program.name),
                activate.abi_encode(),
            )
        } else {
            let code = self.provider.get_code_at(program.address).await.map_err(words)?;
            let renew = IArbWasm::codehashKeepaliveCall {
                codehash: keccak256(&code),
            };
            (
                format!("renew {}, which expires in {}", program.name, roughly(program.left)),
                renew.abi_encode(),
            )
        };
        let mut step = Step {
            text,
            to: ARB_WASM,
            value: U256::ZERO,
            data: data.into(),
            unit: Unit::ether(),
        };
        let account = self.account()?;
        if let Some(refused) = self.rehearse(account, &step).await?.err()
            && let Ok(error) = IArbWasm::ProgramInsufficientValue::abi_decode(&refused)
        {
            step.value = error.want.saturating_add(error.want / U256::from(10));
        }
        Ok(step)
    }
}
