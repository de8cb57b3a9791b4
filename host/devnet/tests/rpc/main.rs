//! The JSON-RPC server over real HTTP: every method with the values it must answer.

mod calls;
mod control;
mod filters;
mod reads;
mod support;
mod transactions;
mod wire;
