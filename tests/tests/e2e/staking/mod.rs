//! sUSDai and its auction: every rule of the protocol's sections on them, and every error of their interfaces.

mod prelude;

mod attacks;
mod auction_roles;
mod blacklist;
mod bonds;
mod bridging;
mod claims;
mod clearing;
mod commitments;
mod construction;
mod curing;
mod deposits;
mod lending;
mod limits;
mod living;
mod operators;
mod pausing;
mod permits;
mod phases;
mod pricing;
mod public;
mod queue;
mod reentry;
mod restoring;
mod roles;
mod token;
mod vesting;
mod views;
mod yields;
