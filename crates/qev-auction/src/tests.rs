//! The face of the contract.
