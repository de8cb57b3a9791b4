//! For operators of GPUs and those around them: titles to hardware, and loans against them.

pub mod hardware;
pub mod instalments;
pub mod loan;
pub mod lot;
