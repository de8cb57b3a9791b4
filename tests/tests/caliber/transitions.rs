//! Every state of a title, and what every function makes of it there: the table of the crate's documentation.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall;
use suite::bindings::ICaliber::{self, Custody};
use suite::{Outcome, Transact};
use suite_tests::{Expect, n};

use crate::world::{
    World, absent, appraisal, approve, cancel, delivery, freeze, frozen, insurance, loss, not_requested, receipt,
    release, request, requested, serials, surrender, transfer, units, wrong,
};

/// Custody, frozen, requested.
type State = (Custody, bool, bool);

/// What a call must come to.
enum Expected {
    /// This state.
    State(State),
    /// No title any more.
    Ended,
    WrongCustody,
    Frozen,
    Requested,
    NotRequested,
}

/// Every state that there is.
fn states() -> Vec<State> {
    let mut states = Vec::new();
    for custody in [Custody::Building, Custody::Sealed, Custody::Held, Custody::Lost] {
        for is_frozen in [false, true] {
            for is_requested in [false, true] {
                // Goods are requested where they are held, which a lot that is being built never was.
                if !(custody == Custody::Building && is_requested) {
                    states.push((custody, is_frozen, is_requested));
                }
            }
        }
    }
    states
}

/// A title in this state.
fn title_in(w: &mut World, (custody, is_frozen, is_requested): State) -> U256 {
    let actors = w.actors;
    let first = w.ask(&ICaliber::totalSupplyCall {}).to::<u64>() * 10;
    let id = w.tokenize(serials(first..first + 1), custody != Custody::Building);
    if custody == Custody::Held || custody == Custody::Lost || is_requested {
        w.send(actors.bailee, &receipt(id)).must();
    }
    if is_requested {
        w.send(actors.owner, &request(id)).must();
    }
    if custody == Custody::Lost {
        w.send(actors.bailee, &loss(id)).must();
    }
    if custody == Custody::Sealed && is_requested {
        w.send(actors.bailee, &release(id)).must();
    }
    if is_frozen {
        w.send(actors.officer, &freeze(id, true)).must();
    }
    assert_eq!(state_of(w, id), (custody, is_frozen, is_requested));
    id
}

fn state_of(w: &World, id: U256) -> State {
    let lot = w.lot(id);
    (lot.custody, lot.isFrozen, lot.isRedemptionRequested)
}

/// Tries a call of `caller` in every state.
fn in_every_state<C: SolCall>(
    caller: impl Fn(&World) -> Address,
    call: impl Fn(&World, U256) -> C,
    expected: impl Fn(State) -> Expected,
) {
    let mut w = World::new();
    let caller = caller(&w);
    for state in states() {
        let id = title_in(&mut w, state);
        let call = call(&w, id);
        let outcome: Outcome<C> = w.send(caller, &call);
        match expected(state) {
            Expected::State(becomes) => {
                outcome.must();
                assert_eq!(state_of(&w, id), becomes, "{} of {state:?}", C::SIGNATURE);
            }
            Expected::Ended => {
                outcome.must();
                let gone = w
                    .chain
                    .try_view(Address::ZERO, w.caliber, &ICaliber::ownerOfCall { tokenId: id });
                let Err(reverted) = gone else { panic!("it is there") };
                assert_eq!(reverted.as_error(), Some(absent(id)));
                // Nothing is left to be done with it.
                w.send(caller, &call).must_revert(absent(id));
            }
            refusal => {
                match refusal {
                    Expected::WrongCustody => outcome.must_revert(wrong(id, state.0)),
                    Expected::Frozen => outcome.must_revert(frozen(id)),
                    Expected::Requested => outcome.must_revert(requested(id)),
                    _ => outcome.must_revert(not_requested(id)),
                }
                assert_eq!(state_of(&w, id), state, "{} of {state:?}", C::SIGNATURE);
            }
        }
    }
}

#[test]
fn units_are_added_to_what_is_being_built() {
    for seal in [false, true] {
        in_every_state(
            |w| w.actors.agent,
            |_, id| units(id, vec![B256::from(id)], seal),
            |(custody, is_frozen, is_requested)| match custody {
                Custody::Building if seal => Expected::State((Custody::Sealed, is_frozen, is_requested)),
                Custody::Building => Expected::State((Custody::Building, is_frozen, is_requested)),
                _ => Expected::WrongCustody,
            },
        );
    }
}

/// What a bailee attests are facts: only where the goods were before matters.
fn bailment(state: State, from: Custody, to: Custody) -> Expected {
    if state.0 == from {
        Expected::State((to, state.1, state.2))
    } else {
        Expected::WrongCustody
    }
}

#[test]
fn goods_are_received_when_the_lot_is_sealed() {
    in_every_state(
        |w| w.actors.bailee,
        |_, id| receipt(id),
        |state| bailment(state, Custody::Sealed, Custody::Held),
    );
}

#[test]
fn goods_are_lost_by_who_holds_them() {
    in_every_state(
        |w| w.actors.bailee,
        |_, id| loss(id),
        |state| bailment(state, Custody::Held, Custody::Lost),
    );
}

#[test]
fn goods_are_released_by_who_holds_them() {
    in_every_state(
        |w| w.actors.bailee,
        |_, id| release(id),
        |state| bailment(state, Custody::Held, Custody::Sealed),
    );
}

#[test]
fn complete_lots_that_are_not_lost_are_assessed() {
    let expected = |state: State| match state.0 {
        Custody::Sealed | Custody::Held => Expected::State(state),
        _ => Expected::WrongCustody,
    };
    in_every_state(
        |w| w.actors.appraiser,
        |w, id| appraisal(id, n(1), w.now() + 10),
        expected,
    );
    in_every_state(
        |w| w.actors.insurer,
        |w, id| insurance(id, n(1), w.now() + 10),
        expected,
    );
}

#[test]
fn goods_are_requested_once_of_who_holds_them() {
    in_every_state(
        |w| w.actors.owner,
        |_, id| request(id),
        |state| match state {
            (Custody::Held, false, false) => Expected::State((Custody::Held, false, true)),
            (Custody::Held, true, _) => Expected::Frozen,
            (Custody::Held, _, true) => Expected::Requested,
            _ => Expected::WrongCustody,
        },
    );
}

#[test]
fn a_request_can_be_cancelled_always() {
    in_every_state(
        |w| w.actors.owner,
        |_, id| cancel(id),
        |(custody, is_frozen, is_requested)| {
            if is_requested {
                Expected::State((custody, is_frozen, false))
            } else {
                Expected::NotRequested
            }
        },
    );
}

#[test]
fn requested_goods_are_delivered_unless_frozen() {
    in_every_state(
        |w| w.actors.bailee,
        |_, id| delivery(id),
        |state| match state {
            (Custody::Held, false, true) => Expected::Ended,
            (Custody::Held, true, _) => Expected::Frozen,
            (Custody::Held, false, false) => Expected::NotRequested,
            _ => Expected::WrongCustody,
        },
    );
}

#[test]
fn a_title_to_goods_that_nobody_holds_is_surrendered_unless_frozen() {
    in_every_state(
        |w| w.actors.owner,
        |_, id| surrender(id),
        |state| match state {
            (Custody::Held | Custody::Lost, ..) => Expected::WrongCustody,
            (_, true, _) => Expected::Frozen,
            _ => Expected::Ended,
        },
    );
}

#[test]
fn compliance_freezes_and_frees_in_every_state() {
    for is_frozen in [false, true] {
        in_every_state(
            |w| w.actors.officer,
            |_, id| freeze(id, is_frozen),
            |(custody, _, is_requested)| Expected::State((custody, is_frozen, is_requested)),
        );
    }
}

#[test]
fn what_is_frozen_or_requested_does_not_move() {
    in_every_state(
        |w| w.actors.owner,
        |w, id| transfer(w.actors.owner, w.actors.buyer, id),
        |state| match state {
            (_, true, _) => Expected::Frozen,
            (_, _, true) => Expected::Requested,
            state => Expected::State(state),
        },
    );
}

#[test]
fn the_custodians_hand_over_in_every_state() {
    let mut w = World::new();
    let (actors, pool, auction) = (w.actors, w.pool, w.auction);
    for state in states() {
        // Requested titles do not come to a custodian.
        if state.2 {
            continue;
        }
        let id = title_in(&mut w, (state.0, false, false));
        w.send(actors.owner, &approve(pool, id)).must();
        w.send(pool, &transfer(actors.owner, pool, id)).must();
        if state.1 {
            w.send(actors.officer, &freeze(id, true)).must();
        }
        w.send(pool, &transfer(pool, auction, id)).must();
        w.send(auction, &transfer(auction, pool, id)).must();
        w.send(pool, &transfer(pool, actors.buyer, id)).must();
        assert_eq!(w.owner_of(id), actors.buyer);
        assert_eq!(state_of(&w, id), state);
    }
}
