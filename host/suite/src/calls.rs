//! Typed transactions and views: what a contract's ABI says goes in, what it says comes out.

use std::fmt;
use std::marker::PhantomData;

use alloy_primitives::{Address, B256, Bytes, Log, U256, hex};
use alloy_sol_types::{Revert, SolCall, SolError, SolEvent, SolInterface};
use devnet::{BlockSelector, CallRequest, Chain, Overrides, Receipt, Tx};

use crate::bindings::{
    ICaliber, ICollateralAuction, IERC20, ILoanPool, IQevAuction, IStakedUSDai, IStylusDeployer, ISwapAdapter,
    ITestDollar, ITestLoanPool, IUSDai, IWrappedM,
};

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

/// Revert data in words: the error's name and values where a contract of the suite or a usual token declares it.
pub fn describe_revert(data: &[u8]) -> String {
    if data.is_empty() {
        return "without data".into();
    }
    if let Ok(revert) = Revert::abi_decode(data) {
        return format!("{:?}", revert.reason);
    }
    if let Ok(IStylusDeployer::IStylusDeployerErrors::ContractInitializationError(error)) =
        IStylusDeployer::IStylusDeployerErrors::abi_decode(data)
    {
        return format!(
            "the constructor of {} reverted: {}",
            error.newContract,
            describe_revert(&error.data)
        );
    }
    if let Ok(ISwapAdapter::ISwapAdapterErrors::SwapFailed(error)) = ISwapAdapter::ISwapAdapterErrors::abi_decode(data)
    {
        return format!("SwapFailed({})", describe_revert(&error.reason));
    }
    named::<IUSDai::IUSDaiErrors>(data)
        .or_else(|| named::<ISwapAdapter::ISwapAdapterErrors>(data))
        .or_else(|| named::<IQevAuction::IQevAuctionErrors>(data))
        .or_else(|| named::<IStakedUSDai::IStakedUSDaiErrors>(data))
        .or_else(|| named::<ILoanPool::ILoanPoolErrors>(data))
        .or_else(|| named::<ICaliber::ICaliberErrors>(data))
        .or_else(|| named::<ICollateralAuction::ICollateralAuctionErrors>(data))
        .or_else(|| named::<ITestLoanPool::ITestLoanPoolErrors>(data))
        .or_else(|| named::<ITestDollar::ITestDollarErrors>(data))
        .or_else(|| named::<IWrappedM::IWrappedMErrors>(data))
        .or_else(|| named::<IERC20::IERC20Errors>(data))
        .unwrap_or_else(|| hex::encode_prefixed(data))
}

/// The generated enums print as `Variant(Error { fields })`; the inner part says it all.
fn named<E: SolInterface + fmt::Debug>(data: &[u8]) -> Option<String> {
    let printed = format!("{:?}", E::abi_decode(data).ok()?);
    let inner = printed
        .split_once('(')
        .map_or(printed.as_str(), |(_, inner)| inner.trim_end_matches(')'));
    Some(inner.to_owned())
}

/// A role's id: `keccak256` of its name, zero for the default admin.
pub fn role_id(name: &str) -> B256 {
    if name == "DEFAULT_ADMIN_ROLE" {
        B256::ZERO
    } else {
        alloy_primitives::keccak256(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revert_data_is_told_in_words() {
        let slippage = IUSDai::SlippageExceeded {
            minimum: U256::from(7),
            actual: U256::from(5),
        };
        assert_eq!(
            describe_revert(&slippage.abi_encode()),
            "SlippageExceeded { minimum: 7, actual: 5 }"
        );
        let phase = IQevAuction::WrongPhase {
            required: IQevAuction::Phase::Bid,
            actual: IQevAuction::Phase::Reveal,
        };
        assert_eq!(
            describe_revert(&phase.abi_encode()),
            "WrongPhase { required: Bid, actual: Reveal }"
        );
        let nothing = IStakedUSDai::ZeroNav {};
        assert_eq!(describe_revert(&nothing.abi_encode()), "ZeroNav");
        let consent = IStakedUSDai::RequestTooSmall {
            shares: U256::from(1),
            assets: U256::from(2),
        };
        assert_eq!(
            describe_revert(&consent.abi_encode()),
            "RequestTooSmall { shares: 1, assets: 2 }"
        );
        let title = ICaliber::TokenFrozen { tokenId: U256::from(4) };
        assert_eq!(describe_revert(&title.abi_encode()), "TokenFrozen { tokenId: 4 }");
        let pool = ITestLoanPool::Misbehaved { amount: U256::from(3) };
        assert_eq!(describe_revert(&pool.abi_encode()), "Misbehaved { amount: 3 }");
        assert_eq!(describe_revert(&[]), "without data");
        assert_eq!(describe_revert(&[1, 2, 3, 4, 5]), "0x0102030405");
        let router = ISwapAdapter::SwapFailed {
            reason: Revert::from("IIA").abi_encode().into(),
        };
        assert_eq!(describe_revert(&router.abi_encode()), "SwapFailed(\"IIA\")");
        let construction = IStylusDeployer::ContractInitializationError {
            newContract: Address::ZERO,
            data: IUSDai::InvalidAddress {}.abi_encode().into(),
        };
        let told = "the constructor of 0x0000000000000000000000000000000000000000 reverted: InvalidAddress";
        assert_eq!(describe_revert(&construction.abi_encode()), told);
    }

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
