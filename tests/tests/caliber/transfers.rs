//! Titles on the move: the standard, receivers of all kinds, re-entry, the freeze and the custodians.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;
use suite::Transact;
use suite::bindings::{ICaliber, ITokenReceiver};
use suite_tests::{Expect, n};

use crate::world::{
    World, absent, approve, freeze, frozen, request, requested, safe_transfer, serial, transfer, unapproved,
};

#[test]
fn owners_approved_accounts_and_operators_move_titles() {
    let mut w = World::new();
    let (owner, buyer, stranger) = (w.actors.owner, w.actors.buyer, w.actors.stranger);
    let (id, other) = (w.held(), w.held());
    w.send(stranger, &transfer(owner, buyer, id))
        .must_revert(unapproved(stranger, id));
    w.send(owner, &transfer(stranger, buyer, id))
        .must_revert(ICaliber::ERC721IncorrectOwner {
            sender: stranger,
            tokenId: id,
            owner,
        });
    w.send(owner, &transfer(owner, Address::ZERO, id))
        .must_revert(ICaliber::ERC721InvalidReceiver {
            receiver: Address::ZERO,
        });
    w.send(owner, &transfer(owner, buyer, n(99))).must_revert(absent(n(99)));
    w.send(stranger, &approve(stranger, id))
        .must_revert(ICaliber::ERC721InvalidApprover { approver: stranger });
    let nobody = ICaliber::setApprovalForAllCall {
        operator: Address::ZERO,
        approved: true,
    };
    w.send(owner, &nobody).must_revert(ICaliber::ERC721InvalidOperator {
        operator: Address::ZERO,
    });
    let zero = w
        .chain
        .try_view(owner, w.caliber, &ICaliber::balanceOfCall { owner: Address::ZERO });
    let refused = zero.err().and_then(|reverted| reverted.as_error());
    assert_eq!(refused, Some(ICaliber::ERC721InvalidOwner { owner: Address::ZERO }));

    let approved = w.send(owner, &approve(stranger, id)).receipt().expect("his");
    assert_eq!(
        w.event::<ICaliber::Approval>(&approved),
        ICaliber::Approval {
            owner,
            approved: stranger,
            tokenId: id
        }
    );
    assert_eq!(w.ask(&ICaliber::getApprovedCall { tokenId: id }), stranger);
    w.send(stranger, &transfer(owner, buyer, other))
        .must_revert(unapproved(stranger, other));
    let moved = w
        .send(stranger, &transfer(owner, buyer, id))
        .receipt()
        .expect("approved");
    assert_eq!(
        w.event::<ICaliber::Transfer>(&moved),
        ICaliber::Transfer {
            from: owner,
            to: buyer,
            tokenId: id
        }
    );
    // The approval ended with the ownership.
    assert_eq!(w.ask(&ICaliber::getApprovedCall { tokenId: id }), Address::ZERO);
    w.send(stranger, &transfer(buyer, owner, id))
        .must_revert(unapproved(stranger, id));
    w.send(buyer, &transfer(buyer, owner, id)).must();
    assert_eq!(w.ask(&ICaliber::getApprovedCall { tokenId: id }), Address::ZERO);

    let all = |approved| ICaliber::setApprovalForAllCall {
        operator: stranger,
        approved,
    };
    let told = w.send(owner, &all(true)).receipt().expect("his");
    assert_eq!(
        w.event::<ICaliber::ApprovalForAll>(&told),
        ICaliber::ApprovalForAll {
            owner,
            operator: stranger,
            approved: true
        }
    );
    for token in [id, other] {
        w.send(stranger, &transfer(owner, buyer, token)).must();
    }
    assert_eq!(w.ask(&ICaliber::balanceOfCall { owner: buyer }), n(2));
    w.send(owner, &all(false)).must();
    assert!(!w.ask(&ICaliber::isApprovedForAllCall {
        owner,
        operator: stranger
    }));
}

#[test]
fn receivers_are_asked_with_all_there_is_to_know() {
    let mut w = World::new();
    let (owner, stranger) = (w.actors.owner, w.actors.stranger);
    let (id, receiver) = (w.held(), w.fixture("TokenReceiver"));
    w.send(owner, &approve(stranger, id)).must();
    w.send(
        stranger,
        &safe_transfer(owner, receiver, id, b"for the lease of March 2026, thirty-three b"),
    )
    .must();
    assert_eq!(w.owner_of(id), receiver);
    let asked = w.chain.view(receiver, &ITokenReceiver::receivedCall {});
    assert_eq!(
        (asked.operator, asked.from, asked.tokenId, asked.count),
        (stranger, owner, id, n(1))
    );
    assert_eq!(asked.data.as_ref(), b"for the lease of March 2026, thirty-three b");
    // Without data, and back to somebody who is no contract.
    w.send(receiver, &transfer(receiver, owner, id)).must();
    let plain = ICaliber::safeTransferFrom_0Call {
        from: owner,
        to: receiver,
        tokenId: id,
    };
    w.send(owner, &plain).must();
    let asked = w.chain.view(receiver, &ITokenReceiver::receivedCall {});
    assert_eq!((asked.operator, asked.data, asked.count), (owner, Bytes::new(), n(2)));
    w.send(receiver, &safe_transfer(receiver, owner, id, b"")).must();
    assert_eq!(w.owner_of(id), owner);
}

#[test]
fn who_does_not_take_a_title_does_not_get_it() {
    use ITokenReceiver::Mode;
    let mut w = World::new();
    let owner = w.actors.owner;
    let (id, receiver, caller) = (w.held(), w.fixture("TokenReceiver"), w.fixture("Caller"));
    let invalid = |receiver| ICaliber::ERC721InvalidReceiver { receiver };
    for mode in [Mode::Refuse, Mode::RevertSilently, Mode::AnswerNothing] {
        w.send_to(receiver, owner, &ITokenReceiver::setModeCall { mode }).must();
        w.send(owner, &safe_transfer(owner, receiver, id, b""))
            .must_revert(invalid(receiver));
    }
    w.send_to(
        receiver,
        owner,
        &ITokenReceiver::setModeCall {
            mode: Mode::RevertWithReason,
        },
    )
    .must();
    w.send(owner, &safe_transfer(owner, receiver, id, b""))
        .must_revert(ITokenReceiver::Unwanted { tokenId: id });
    // A contract that knows nothing of titles.
    let caliber = w.caliber;
    w.send(owner, &safe_transfer(owner, caller, id, b""))
        .must_revert(invalid(caller));
    // CALIBER itself answers every call while it is open with nothing.
    w.send(owner, &safe_transfer(owner, caliber, id, b""))
        .must_revert(invalid(caliber));
    assert_eq!(w.owner_of(id), owner);
    assert_eq!(w.ask(&ICaliber::balanceOfCall { owner: receiver }), U256::ZERO);
    // `transferFrom` asks nobody, and an answer may be longer than it needs to be.
    w.send(owner, &transfer(owner, receiver, id)).must();
    w.send_to(receiver, owner, &ITokenReceiver::setModeCall { mode: Mode::AnswerMore })
        .must();
    w.send(receiver, &transfer(receiver, owner, id)).must();
    w.send(owner, &safe_transfer(owner, receiver, id, b"")).must();
    assert_eq!(w.owner_of(id), receiver);
}

#[test]
fn a_receiver_can_neither_change_nor_read_the_book_while_it_is_asked() {
    let mut w = World::new();
    let owner = w.actors.owner;
    let (id, receiver) = (w.held(), w.fixture("TokenReceiver"));
    let attempts: Vec<Vec<u8>> = vec![
        transfer(receiver, owner, id).abi_encode(),
        safe_transfer(receiver, owner, id, b"").abi_encode(),
        approve(owner, id).abi_encode(),
        request(id).abi_encode(),
        ICaliber::ownerOfCall { tokenId: id }.abi_encode(),
        ICaliber::isEligibleCall { tokenId: id }.abi_encode(),
        ICaliber::nameCall {}.abi_encode(),
        vec![],
    ];
    for data in attempts {
        let hook = ITokenReceiver::setHookCall {
            target: w.caliber,
            data: data.clone().into(),
        };
        w.send_to(receiver, owner, &hook).must();
        w.send(owner, &safe_transfer(owner, receiver, id, b"")).must();
        assert!(
            !w.chain.view(receiver, &ITokenReceiver::hookSucceededCall {}),
            "{data:02x?}"
        );
        assert!(w.chain.view(receiver, &ITokenReceiver::hookReturnedCall {}).is_empty());
        assert_eq!(w.owner_of(id), receiver);
        assert_eq!(w.ask(&ICaliber::getApprovedCall { tokenId: id }), Address::ZERO);
        w.send(receiver, &transfer(receiver, owner, id)).must();
    }
}

#[test]
fn a_frozen_title_leaves_the_custodians_and_nobody_else() {
    let mut w = World::new();
    let (actors, pool, auction) = (w.actors, w.pool, w.auction);
    let (owner, buyer) = (actors.owner, actors.buyer);
    let id = w.pledgeable(1_000);
    w.send(owner, &approve(pool, id)).must();
    w.send(actors.officer, &freeze(id, true)).must();
    // No transfer by the holder, no pledge by the pool.
    w.send(owner, &transfer(owner, buyer, id)).must_revert(frozen(id));
    w.send(owner, &safe_transfer(owner, buyer, id, b""))
        .must_revert(frozen(id));
    w.send(pool, &transfer(owner, pool, id)).must_revert(frozen(id));
    w.send(actors.officer, &freeze(id, false)).must();
    w.send(pool, &transfer(owner, pool, id)).must();

    // Pledged, then frozen: the borrower who has paid gets it back, and keeps it.
    let told = w
        .send(actors.officer, &freeze(id, true))
        .receipt()
        .expect("the officer");
    assert_eq!(
        w.event::<ICaliber::Frozen>(&told),
        ICaliber::Frozen {
            tokenId: id,
            isFrozen: true
        }
    );
    let state = w.chain.snapshot();
    w.send(pool, &transfer(pool, owner, id)).must();
    w.send(owner, &transfer(owner, buyer, id)).must_revert(frozen(id));
    assert!(w.chain.revert(state));
    // Or the auction gets it, and the winner.
    w.send(pool, &transfer(pool, auction, id)).must();
    w.send(buyer, &transfer(auction, buyer, id))
        .must_revert(unapproved(buyer, id));
    w.send(auction, &transfer(auction, buyer, id)).must();
    w.send(buyer, &transfer(buyer, owner, id)).must_revert(frozen(id));
    w.send(actors.officer, &freeze(id, false)).must();
    w.send(buyer, &transfer(buyer, owner, id)).must();
}

#[test]
fn a_title_whose_goods_are_requested_stays_and_custodians_request_none() {
    let mut w = World::new();
    let (owner, buyer, pool, auction) = (w.actors.owner, w.actors.buyer, w.pool, w.auction);
    let id = w.pledgeable(1_000);
    w.send(owner, &approve(pool, id)).must();
    w.send(owner, &request(id)).must();
    w.send(owner, &transfer(owner, buyer, id)).must_revert(requested(id));
    w.send(pool, &transfer(owner, pool, id)).must_revert(requested(id));
    w.send(owner, &crate::world::cancel(id)).must();
    for custodian in [pool, auction] {
        w.send(owner, &approve(custodian, id)).must();
        w.send(custodian, &transfer(owner, custodian, id)).must();
        let holds_for_others = ICaliber::ERC721InvalidOwner { owner: custodian };
        w.send(custodian, &request(id)).must_revert(holds_for_others.clone());
        w.send(owner, &request(id)).must_revert(unapproved(owner, id));
        w.send(w.actors.bailee, &crate::world::release(id)).must();
        w.send(custodian, &crate::world::surrender(id))
            .must_revert(holds_for_others);
        w.send(w.actors.bailee, &crate::world::receipt(id)).must();
        w.send(custodian, &transfer(custodian, owner, id)).must();
    }
}

/// The loss: a title that its holder sends to the pool or the auction, or that is minted to one of them, would stay there
/// for ever, with its serials. They take what they hold, and nobody hands them anything.
#[test]
fn nobody_sends_a_title_to_a_custodian() {
    let mut w = World::new();
    let (actors, pool, auction) = (w.actors, w.pool, w.auction);
    let (owner, agent) = (actors.owner, actors.agent);
    let id = w.pledgeable(1_000);
    w.send(owner, &approve(actors.stranger, id)).must();
    for custodian in [pool, auction] {
        let refused = ICaliber::ERC721InvalidReceiver { receiver: custodian };
        for caller in [owner, actors.stranger] {
            w.send(caller, &transfer(owner, custodian, id))
                .must_revert(refused.clone());
            w.send(caller, &safe_transfer(owner, custodian, id, b""))
                .must_revert(refused.clone());
        }
        let mint = ICaliber::tokenizeCall {
            owner: custodian,
            ..w.tokenization(vec![serial(9_000)], true)
        };
        w.send(agent, &mint).must_revert(refused);
    }
    // Nor does one of them for the other.
    w.send(owner, &approve(pool, id)).must();
    w.send(pool, &transfer(owner, auction, id))
        .must_revert(ICaliber::ERC721InvalidReceiver { receiver: auction });
    assert_eq!((w.owner_of(id), w.lot_of(9_000)), (owner, n(0)));
    // Who may take it takes it, gives it to the other one, and that one to anybody.
    for (takes, hands_on) in [(pool, auction), (auction, pool)] {
        w.send(owner, &approve(takes, id)).must();
        w.send(takes, &transfer(owner, takes, id)).must();
        w.send(takes, &transfer(takes, hands_on, id)).must();
        w.send(hands_on, &transfer(hands_on, owner, id)).must();
    }
}
