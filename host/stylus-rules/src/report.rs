//! The limits of this project's own contracts, and what the build reports of each.

use alloy_primitives::Bytes;
use serde::{Deserialize, Serialize};

use crate::activation::{ActivationError, Limits, activate_wasm};
use crate::container::{self, CodeError, MAX_CODE_LEN, MAX_WASM_LEN};

/// Most pages of initial memory: as many as are free in a transaction.
pub const MAX_PAGES: u16 = 2;

/// The figures of one contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Name of the contract.
    pub contract: String,
    /// Bytes of the WebAssembly.
    pub raw_bytes: usize,
    /// Bytes of the deployed code, with the prefix.
    pub deployed_bytes: usize,
    /// Functions of the contract itself.
    pub functions: u32,
    /// Bytes of static data that every call pays for.
    pub data_bytes: u32,
    /// Pages of initial memory.
    pub pages: u16,
    /// Gas of every call on top of 352.
    pub cached_init: u16,
    /// Gas of every call of an uncached contract on top of 8,832.
    pub init: u16,
}

/// Why a contract is not fit to deploy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// A figure beyond its limit.
    #[error("{contract}: {figure} is {value}, the limit is {limit}")]
    OverLimit {
        /// Name of the contract.
        contract: String,
        /// Which figure.
        figure: &'static str,
        /// What it is.
        value: usize,
        /// What it may be.
        limit: usize,
    },
    /// The chain would not activate the contract.
    #[error("{contract}: the chain refuses it: {error}")]
    Refused {
        /// Name of the contract.
        contract: String,
        /// Why.
        error: ActivationError,
    },
    /// The contract could not be compressed.
    #[error("{contract}: {error}")]
    Compression {
        /// Name of the contract.
        contract: String,
        /// Why.
        error: CodeError,
    },
}

/// Checks a contract against every limit and takes its figures.
pub fn examine(contract: &str, wasm: Bytes) -> Result<Entry, ReportError> {
    let name = || contract.to_owned();
    let within = |figure, value, limit| {
        if value > limit {
            Err(ReportError::OverLimit {
                contract: name(),
                figure,
                value,
                limit,
            })
        } else {
            Ok(())
        }
    };
    let raw_bytes = wasm.len();
    within("raw_bytes", raw_bytes, MAX_WASM_LEN)?;
    let deployed_bytes = container::encode(&wasm)
        .map_err(|error| ReportError::Compression {
            contract: name(),
            error,
        })?
        .len();
    let program = activate_wasm(wasm, Limits::default()).map_err(|error| ReportError::Refused {
        contract: name(),
        error,
    })?;
    within("deployed_bytes", deployed_bytes, MAX_CODE_LEN)?;
    within("pages", program.footprint_pages.into(), MAX_PAGES.into())?;
    Ok(Entry {
        contract: name(),
        raw_bytes,
        deployed_bytes,
        functions: program.functions,
        data_bytes: program.data_bytes,
        pages: program.footprint_pages,
        cached_init: program.cached_init_cost,
        init: program.init_cost,
    })
}

/// Puts new entries into a report, in place of older ones of the same contracts; sorted by name.
pub fn merge(report: &mut Vec<Entry>, new: Vec<Entry>) {
    report.retain(|old| new.iter().all(|entry| entry.contract != old.contract));
    report.extend(new);
    report.sort_by(|a, b| a.contract.cmp(&b.contract));
}
