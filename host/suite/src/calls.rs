//! Typed transactions and views: what a contract's ABI says goes in, what it says comes out.

use std::fmt;
use std::marker::PhantomData;

use alloy_primitives::{Address, Bytes, Log, U256};
use alloy_sol_types::{SolCall, SolError, SolEvent};
use devnet::{BlockSelector, CallRequest, Chain, Overrides, Receipt, Tx};

pub use client::{reverts::describe_revert, role_id};

/// Sends typed transactions and asks typed questions.
pub trait Transact {
    /// Sends `data` as a transaction of its own, whoever `from` is.
    fn send_data(&mut self, from: Address, to: Address, value: U256, data: Bytes) -> Receipt;

    /// Runs `data` without leaving a trace.
    fn call_data(&self, from: Address, to: Address, data: Bytes) -> Result<Bytes, Reverted>;

    /// Sends `call` as a transaction.
    fn transact<C: SolCall>(&mut self, from: Address, to: Address, call: &C) -> Outcome<C> {
        Outcome::new(self.send_data(from, to, U256::ZERO, call.abi_encode().into()))
    }

    /// What `call` would return to `from`.
    fn try_view<C: SolCall>(&self, from: Address, to: Address, call: &C) -> Result<C::Return, Reverted> {
        let output = self.call_data(from, to, call.abi_encode().into())?;
        decode::<C>(&output)
    }

    /// What `call` returns to anybody.
    ///
    /// # Panics
    ///
    /// When it reverts: for views that answer always.
    fn view<C: SolCall>(&self, to: Address, call: &C) -> C::Return {
        match self.try_view(Address::ZERO, to, call) {
            Ok(value) => value,
            Err(reverted) => panic!("{} of {to}: {reverted}", C::SIGNATURE),
        }
    }
}

impl Transact for Chain {
    fn send_data(&mut self, from: Address, to: Address, value: U256, data: Bytes) -> Receipt {
        self.send(Tx {
            from,
            to: Some(to),
            value,
            data,
            ..Tx::default()
        })
    }

    fn call_data(&self, from: Address, to: Address, data: Bytes) -> Result<Bytes, Reverted> {
        let request = CallRequest {
            from: Some(from),
            to: Some(to),
            data,
            ..CallRequest::default()
        };
        match self.call(&request, BlockSelector::latest(), &Overrides::default()) {
            Ok(output) if output.success => Ok(output.output),
            Ok(output) => Err(Reverted {
                data: output.output,
                halt: output.halt_reason,
            }),
            Err(error) => Err(Reverted {
                data: Bytes::new(),
                halt: Some(error.to_string()),
            }),
        }
    }
}

/// What became of a typed transaction.
#[derive(Debug)]
pub struct Outcome<C> {
    /// The receipt.
    pub receipt: Receipt,
    call: PhantomData<C>,
}

impl<C: SolCall> Outcome<C> {
    fn new(receipt: Receipt) -> Self {
        Self {
            receipt,
            call: PhantomData,
        }
    }

    /// What the call returned, or why it failed.
    pub fn result(&self) -> Result<C::Return, Reverted> {
        if self.receipt.status {
            decode::<C>(&self.receipt.output)
        } else {
            Err(Reverted::of(&self.receipt))
        }
    }

    /// The receipt of a transaction that must have gone through.
    pub fn receipt(self) -> anyhow::Result<Receipt> {
        if self.receipt.status {
            Ok(self.receipt)
        } else {
            Err(anyhow::Error::new(Reverted::of(&self.receipt)).context(C::SIGNATURE))
        }
    }
}

/// The events of one kind that `emitter` logged, in order.
pub fn events_of<E: SolEvent>(receipt: &Receipt, emitter: Address) -> Vec<E> {
    let logs = receipt.logs.iter().filter(|log| log.address == emitter);
    logs.filter_map(|log| E::decode_log(log).ok())
        .map(|log: Log<E>| log.data)
        .collect()
}

fn decode<C: SolCall>(output: &Bytes) -> Result<C::Return, Reverted> {
    C::abi_decode_returns_validate(output).map_err(|error| Reverted {
        data: output.clone(),
        halt: Some(format!("undecodable return data ({error})")),
    })
}

/// A call that failed: the revert data, and the reason when it did not revert but halted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reverted {
    /// What came back.
    pub data: Bytes,
    /// Why the execution stopped, unless it reverted.
    pub halt: Option<String>,
}

impl Reverted {
    fn of(receipt: &Receipt) -> Self {
        Self {
            data: receipt.output.clone(),
            halt: receipt.halt_reason.clone(),
        }
    }

    /// The error that the revert data hold, if they hold this one exactly.
    pub fn as_error<E: SolError>(&self) -> Option<E> {
        let error = E::abi_decode_validate(&self.data).ok()?;
        (error.abi_encode() == self.data).then_some(error)
    }
}

impl std::error::Error for Reverted {}

impl fmt::Display for Reverted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.halt {
            Some(reason) => write!(f, "halted: {reason}"),
            None => write!(f, "reverted: {}", describe_revert(&self.data)),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::bindings::IUSDai;

    use super::*;

    #[test]
    fn an_error_is_only_itself() {
        let data = IUSDai::InvalidAmount {}.abi_encode();
        let reverted = Reverted {
            data: data.clone().into(),
            halt: None,
        };
        assert!(reverted.as_error::<IUSDai::InvalidAmount>().is_some());
        assert!(reverted.as_error::<IUSDai::InvalidAddress>().is_none());
        let longer = Reverted {
            data: [data, vec![0; 32]].concat().into(),
            halt: None,
        };
        assert!(longer.as_error::<IUSDai::InvalidAmount>().is_none());
    }
}
