//! Deployments to a local chain over JSON-RPC, from the built programs: whole ones, interrupted ones, ones that somebody
//! meddles with, and what verification says of them.

mod command;
mod configuration;
mod end_to_end;
mod meddling;
mod resuming;
mod verification;
mod world;
