//! Views of contracts, many in one request and all at the same moment.

use std::marker::PhantomData;

use alloy_primitives::Address;
use alloy_sol_types::SolCall;
use anyhow::{Context as _, Result, bail};

use crate::amount::Unit;
use crate::batch::{Answer, Call};
use crate::refusals::explain;

/// Views to be read together.
#[derive(Debug, Default)]
pub struct Reads {
    calls: Vec<Call>,
}

/// Where the answer to a view will be.
#[derive(Debug)]
pub struct Read<C> {
    index: usize,
    call: PhantomData<C>,
}

impl<C> Clone for Read<C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Read<C> {}

impl Reads {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a view of `to`.
    pub fn add<C: SolCall>(&mut self, to: Address, call: &C) -> Read<C> {
        self.calls.push(Call::view(to, call));
        Read {
            index: self.calls.len() - 1,
            call: PhantomData,
        }
    }

    /// The calls, in the order in which they were added.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }
}

/// What the views answered.
#[derive(Debug)]
pub struct Answers {
    /// The moment at which all of them were read.
    pub now: u64,
    calls: Vec<Call>,
    found: Vec<Answer>,
}

impl Answers {
    /// The answers to `reads`.
    pub fn new(now: u64, reads: Reads, answers: Vec<Answer>) -> Self {
        Self {
            now,
            calls: reads.calls,
            found: answers,
        }
    }

    /// Why a view was refused, if it was: its revert data.
    pub fn refused<C>(&self, read: Read<C>) -> Option<&[u8]> {
        let answer = self.found.get(read.index).filter(|answer| !answer.success)?;
        Some(&answer.output)
    }

    /// What a view answered.
    ///
    /// # Errors
    ///
    /// When it was refused, in words; when there is no such contract.
    pub fn get<C: SolCall>(&self, read: Read<C>) -> Result<C::Return> {
        let index = read.index;
        let (answer, call) = self
            .found
            .get(index)
            .zip(self.calls.get(index))
            .context("the node left answers out")?;
        if !answer.success {
            bail!(
                "{} of {}: {}",
                C::SIGNATURE,
                call.to,
                explain(&answer.output, &Unit::number())
            );
        }
        C::abi_decode_returns(&answer.output).with_context(|| {
            format!(
                "{} of {}: no such contract is there, or another one",
                C::SIGNATURE,
                call.to
            )
        })
    }
}
