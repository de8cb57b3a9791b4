//! Lots: what a title says, a thousand units at once, a lot built in three, serials taken and freed.

use alloy_primitives::{Address, B256, U256};
use suite::bindings::ICaliber;
use suite::events_of;
use suite_tests::{Expect, n};

use crate::world::{
    AGREEMENT, World, absent, delivery, loss, receipt, request, serial, serials, surrender, units, wrong,
};

#[test]
fn a_thousand_units_in_one_transaction() {
    let mut w = World::new();
    let (agent, bailee, owner) = (w.actors.agent, w.actors.bailee, w.actors.owner);
    let call = w.tokenization(serials(0..1_000), true);
    let minted = w.send(agent, &call).receipt().expect("it fits");
    assert!(minted.gas_used < 24_000_000, "{} gas", minted.gas_used);
    let id = n(1);
    assert_eq!(
        w.event::<ICaliber::LotSealed>(&minted),
        ICaliber::LotSealed {
            tokenId: id,
            units: n(1_000)
        }
    );
    assert_eq!(
        w.event::<ICaliber::Tokenized>(&minted),
        ICaliber::Tokenized {
            tokenId: id,
            bailee,
            bailmentAgreement: AGREEMENT,
            model: call.model.clone(),
        }
    );
    for number in [0, 1, 499, 998, 999] {
        assert_eq!(w.lot_of(number), id);
    }
    assert_eq!(w.lot_of(1_000), U256::ZERO);
    let lot = w.lot(id);
    assert_eq!(
        (lot.custody, lot.units, lot.bailee, lot.bailmentAgreement),
        (ICaliber::Custody::Sealed, n(1_000), bailee, AGREEMENT)
    );
    assert_eq!(w.ask(&ICaliber::modelCall { tokenId: id }), call.model);
    assert_eq!(w.ask(&ICaliber::tokenURICall { tokenId: id }), call.uri);

    // Ending it frees all of them at the price of one.
    w.send(bailee, &receipt(id)).must();
    w.send(owner, &request(id)).must();
    let delivered = w.send(bailee, &delivery(id)).receipt().expect("it is his");
    assert!(delivered.gas_used < 100_000, "{} gas", delivered.gas_used);
    assert_eq!((w.lot_of(0), w.lot_of(999)), (U256::ZERO, U256::ZERO));
    let again = w.tokenize(serials(990..1_000), true);
    assert_eq!((again, w.lot_of(999), w.lot_of(989)), (n(2), n(2), U256::ZERO));
}

#[test]
fn a_thousand_units_in_three_transactions() {
    let mut w = World::new();
    let (agent, bailee, insurer, appraiser) = (w.actors.agent, w.actors.bailee, w.actors.insurer, w.actors.appraiser);
    let id = w.tokenize(serials(0..400), false);
    assert_eq!(w.lot(id).custody, ICaliber::Custody::Building);
    // Until it is sealed nobody can do with it what would make it a pledge.
    let building = || wrong(id, ICaliber::Custody::Building);
    let later = w.now() + 100;
    w.send(bailee, &receipt(id)).must_revert(building());
    w.send(appraiser, &crate::world::appraisal(id, n(1), later))
        .must_revert(building());
    w.send(insurer, &crate::world::insurance(id, n(1), later))
        .must_revert(building());
    assert!(!w.is_eligible(id));

    let outcome = w
        .send(agent, &units(id, serials(400..800), false))
        .receipt()
        .expect("more");
    assert_eq!(
        w.event::<ICaliber::UnitsAdded>(&outcome),
        ICaliber::UnitsAdded {
            tokenId: id,
            units: n(400),
            total: n(800)
        }
    );
    assert!(events_of::<ICaliber::LotSealed>(&outcome, w.caliber).is_empty());
    let outcome = w
        .send(agent, &units(id, serials(800..1_000), true))
        .receipt()
        .expect("the rest");
    assert_eq!(
        w.event::<ICaliber::LotSealed>(&outcome),
        ICaliber::LotSealed {
            tokenId: id,
            units: n(1_000)
        }
    );
    let lot = w.lot(id);
    assert_eq!((lot.custody, lot.units), (ICaliber::Custody::Sealed, n(1_000)));
    for number in [0, 399, 400, 799, 800, 999] {
        assert_eq!(w.lot_of(number), id);
    }
    w.send(agent, &units(id, serials(1_000..1_001), false))
        .must_revert(wrong(id, ICaliber::Custody::Sealed));
    w.send(bailee, &receipt(id)).must();
}

#[test]
fn what_is_no_lot_is_refused() {
    let mut w = World::new();
    let agent = w.actors.agent;
    let valid = w.tokenization(serials(0..2), true);
    let in_use = |id: u64| ICaliber::SerialInUse {
        serial: serial(0),
        tokenId: n(id),
    };
    let mut refuse = |call: ICaliber::tokenizeCall| w.send(agent, &call);
    refuse(ICaliber::tokenizeCall {
        owner: Address::ZERO,
        ..valid.clone()
    })
    .must_revert(ICaliber::ERC721InvalidReceiver {
        receiver: Address::ZERO,
    });
    refuse(ICaliber::tokenizeCall {
        bailee: Address::ZERO,
        ..valid.clone()
    })
    .must_revert(ICaliber::InvalidAddress {});
    refuse(ICaliber::tokenizeCall {
        bailmentAgreement: B256::ZERO,
        ..valid.clone()
    })
    .must_revert(ICaliber::InvalidDocument {});
    refuse(ICaliber::tokenizeCall {
        serials: vec![],
        ..valid.clone()
    })
    .must_revert(ICaliber::EmptyLot { tokenId: n(1) });
    refuse(ICaliber::tokenizeCall {
        serials: vec![serial(0), B256::ZERO],
        ..valid.clone()
    })
    .must_revert(ICaliber::InvalidSerial {});
    refuse(ICaliber::tokenizeCall {
        serials: vec![serial(0), serial(1), serial(0)],
        ..valid.clone()
    })
    .must_revert(in_use(1));
    // Ids are not used up by what failed.
    assert_eq!(refuse(valid.clone()).must(), n(1));
    refuse(ICaliber::tokenizeCall {
        serials: vec![serial(2), serial(0)],
        ..valid.clone()
    })
    .must_revert(in_use(1));
    let open = refuse(ICaliber::tokenizeCall {
        serials: vec![],
        sealLot: false,
        ..valid.clone()
    })
    .must();
    w.send(agent, &units(open, vec![], true))
        .must_revert(ICaliber::EmptyLot { tokenId: open });
    w.send(agent, &units(open, serials(0..1), true)).must_revert(in_use(1));
    w.send(agent, &units(open, vec![B256::ZERO], true))
        .must_revert(ICaliber::InvalidSerial {});
    w.send(agent, &units(n(9), serials(5..6), true))
        .must_revert(absent(n(9)));
    w.send(agent, &units(open, serials(2..3), true)).must();
}

#[test]
fn serials_are_freed_by_the_end_of_their_title_alone() {
    let mut w = World::new();
    let (agent, bailee, owner, buyer) = (w.actors.agent, w.actors.bailee, w.actors.owner, w.actors.buyer);
    // Lost goods cannot come back as other goods.
    let lost = w.held();
    w.send(bailee, &loss(lost)).must();
    let again = w.tokenization(serials(0..1), true);
    let in_use = |id| ICaliber::SerialInUse {
        serial: serial(0),
        tokenId: id,
    };
    w.send(agent, &again).must_revert(in_use(lost));
    w.send(owner, &crate::world::transfer(owner, buyer, lost)).must();
    w.send(agent, &again).must_revert(in_use(lost));
    // A mistake is undone by the holder.
    let id = w.tokenize(serials(10..12), true);
    let ended = w.send(owner, &surrender(id)).receipt().expect("nobody holds the goods");
    assert_eq!(
        w.event::<ICaliber::Surrendered>(&ended),
        ICaliber::Surrendered {
            tokenId: id,
            holder: owner
        }
    );
    assert_eq!(
        w.event::<ICaliber::Transfer>(&ended),
        ICaliber::Transfer {
            from: owner,
            to: Address::ZERO,
            tokenId: id
        }
    );
    assert_eq!(w.lot_of(10), U256::ZERO);
    let next = w.tokenize(serials(11..13), true);
    assert_eq!((w.lot_of(10), w.lot_of(11), w.lot_of(12)), (U256::ZERO, next, next));
    assert_eq!(w.ask(&ICaliber::totalSupplyCall {}), n(2));
}

#[test]
fn texts_of_any_length_come_back() {
    let mut w = World::new();
    let agent = w.actors.agent;
    for length in [0, 1, 28, 29, 60, 61, 92, 1_000] {
        let text: String = "añ€😀b".chars().cycle().take(length).collect();
        let call = ICaliber::tokenizeCall {
            model: text.clone(),
            uri: "x".repeat(length),
            ..w.tokenization(vec![], false)
        };
        let id = w.send(agent, &call).must();
        assert_eq!(w.ask(&ICaliber::modelCall { tokenId: id }), text);
        assert_eq!(w.ask(&ICaliber::tokenURICall { tokenId: id }).len(), length);
    }
}
