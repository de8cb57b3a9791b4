//! Runs an operation twice: with its programs not cached, which leaves no trace, and cached.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use devnet::Receipt;
use suite::Transact;
use suite_tests::World;

use crate::figures::{Actor, Figure, Figures, Needs, floor};

/// An operation to be measured.
pub(crate) struct Operation<'a> {
    pub(crate) name: &'a str,
    pub(crate) actor: Actor,
    /// The Solidity contract's figure.
    pub(crate) live: Option<u64>,
    /// What cannot be avoided, where that is of interest.
    pub(crate) needs: Option<Needs>,
}

impl<'a> Operation<'a> {
    /// An operation of a user that the Solidity contracts have too.
    pub(crate) fn of_user(name: &'a str, live: u64) -> Self {
        Self {
            name,
            actor: Actor::User,
            live: Some(live),
            needs: None,
        }
    }

    /// An operation of the manager that the Solidity contracts have too.
    pub(crate) fn of_manager(name: &'a str, live: u64) -> Self {
        Self {
            actor: Actor::Manager,
            ..Self::of_user(name, live)
        }
    }

    /// An operation that the Solidity contracts do not have.
    pub(crate) fn new(name: &'a str) -> Self {
        Self {
            name,
            actor: Actor::User,
            live: None,
            needs: None,
        }
    }

    pub(crate) fn needs(self, needs: Needs) -> Self {
        Self {
            needs: Some(needs),
            ..self
        }
    }
}

/// Sends a transaction that must succeed.
pub(crate) fn send(w: &mut World, from: Address, to: Address, data: &[u8]) -> Receipt {
    w.pay_gas_of(from);
    let receipt = w.chain.send_data(from, to, U256::ZERO, data.to_vec().into());
    assert!(
        receipt.status,
        "{} {:?}",
        suite::calls::describe_revert(&receipt.output),
        receipt.halt_reason
    );
    receipt
}

/// Measures `call`, whose cached run stays on the chain. `programs` are those that it runs.
pub(crate) fn measure<C: SolCall>(
    w: &mut World,
    figures: &mut Figures,
    programs: &[Address],
    operation: &Operation<'_>,
    call: (Address, Address, &C),
) {
    measure_mean(w, figures, programs, operation, &[call]);
}

/// Measures the mean of several calls of one kind, one after the other: for what costs more at some times than at
/// others.
pub(crate) fn measure_mean<C: SolCall>(
    w: &mut World,
    figures: &mut Figures,
    programs: &[Address],
    operation: &Operation<'_>,
    calls: &[(Address, Address, &C)],
) {
    let (mut cached, mut uncached, mut floors) = (0, 0, 0);
    for (from, to, call) in calls {
        let data = call.abi_encode();
        w.pay_gas_of(*from);
        let before = w.chain.snapshot();
        for program in programs {
            w.chain.evict_program(*program);
        }
        uncached += send(w, *from, *to, &data).gas_used;
        assert!(w.chain.revert(before), "the snapshot was just taken");
        cached += send(w, *from, *to, &data).gas_used;
        floors += operation.needs.map_or(0, |needs| floor(&data, needs));
    }
    let count = calls.len() as u64;
    figures.push(Figure {
        operation: operation.name.to_owned(),
        actor: operation.actor,
        live: operation.live,
        cached: cached / count,
        uncached: uncached / count,
        floor: operation.needs.map(|_| floors / count),
    });
}
