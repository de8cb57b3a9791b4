//! Programs written as text, run on a chain whose gas is easy to work out. Expected figures are written out by hand.

mod cache;
mod common;
mod hostile;
mod hostios;
mod instructions;
mod prices;
mod storage;
