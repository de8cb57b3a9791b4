//! End-to-end tests of the suite on the deployed WASM.
