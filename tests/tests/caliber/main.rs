//! CALIBER on the deployed WASM: roles, every refusal, every transition, time to the second, receivers of all kinds, lots
//! of a thousand units, calldata that is none, and random histories against a model.

mod calldata;
mod eligibility;
mod gas;
mod history;
mod lots;
mod model;
mod roles;
mod transfers;
mod transitions;
mod world;
