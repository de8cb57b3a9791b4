//! A counter that starts where its constructor says.
#![cfg_attr(not(any(test, feature = "export-abi")), no_main)]
extern crate alloc;

use alloc::{vec, vec::Vec};

use alloy_primitives::U256;
use stylus_sdk::prelude::*;

sol_storage! {
    #[entrypoint]
    pub struct Counter {
        uint256 number;
    }
}

#[public]
impl Counter {
    /// Starts at `start`.
    #[constructor]
    pub fn constructor(&mut self, start: U256) {
        self.number.set(start);
    }

    /// The count.
    pub fn number(&self) -> U256 {
        self.number.get()
    }

    /// Counts on.
    pub fn increment(&mut self) {
        let next = self.number.get().wrapping_add(U256::from(1));
        self.number.set(next);
    }
}
