//! What operations cost on the local chain, the program cached: printed, and held below what the crate's documentation
//! says.

use alloy_sol_types::SolCall;
use suite::bindings::ICaliber;
use suite_tests::{Expect, n, report};

use crate::world::{
    World, YEAR, appraisal, approve, cancel, delivery, dollars, freeze, insurance, loss, receipt, release, request,
    safe_transfer, serials, surrender, transfer, units,
};

struct Figures(Vec<(String, u64)>);

impl Figures {
    fn take<C: SolCall>(&mut self, w: &mut World, name: &str, from: alloy_primitives::Address, call: &C) -> u64 {
        let gas = w.send(from, call).receipt().expect(name).gas_used;
        self.0.push((name.to_owned(), gas));
        gas
    }
}

#[test]
fn operations_cost_what_the_documentation_says() {
    let mut w = World::new();
    let actors = w.actors;
    let mut figures = Figures(Vec::new());
    let mut mints = Vec::new();
    let mut next = 0;
    // The agent and the owner have had titles before, as in any transaction but the first.
    w.tokenize(serials(5_000..5_001), true);
    for count in [1, 10, 100, 1_000] {
        let call = w.tokenization(serials(next..next + count), true);
        next += count;
        let gas = figures.take(&mut w, &format!("tokenize {count} units"), actors.agent, &call);
        mints.push((count, gas));
    }
    let open = w.tokenize(vec![], false);
    let hundred = units(open, serials(next..next + 100), true);
    figures.take(&mut w, "addUnits 100 units", actors.agent, &hundred);
    let (id, now) = (n(2), w.now());
    w.send(
        actors.agent,
        &ICaliber::tokenizeCall {
            owner: actors.buyer,
            ..w.tokenization(serials(6_000..6_001), true)
        },
    )
    .must();
    figures.take(&mut w, "attestReceipt", actors.bailee, &receipt(id));
    figures.take(
        &mut w,
        "appraise, first",
        actors.appraiser,
        &appraisal(id, dollars(1), now + YEAR),
    );
    figures.take(
        &mut w,
        "appraise, again",
        actors.appraiser,
        &appraisal(id, dollars(2), now + YEAR),
    );
    figures.take(
        &mut w,
        "insure, first",
        actors.insurer,
        &insurance(id, dollars(2), now + YEAR),
    );
    figures.take(
        &mut w,
        "insure, again",
        actors.insurer,
        &insurance(id, dollars(3), now + YEAR),
    );
    figures.take(&mut w, "approve", actors.owner, &approve(actors.stranger, id));
    let (owner, buyer) = (actors.owner, actors.buyer);
    let moved = figures.take(&mut w, "transferFrom by the owner", owner, &transfer(owner, buyer, id));
    figures.take(
        &mut w,
        "safeTransferFrom to an account",
        buyer,
        &safe_transfer(buyer, owner, id, b""),
    );
    w.send(owner, &approve(buyer, id)).must();
    figures.take(
        &mut w,
        "transferFrom by the approved",
        buyer,
        &transfer(owner, buyer, id),
    );
    w.send(buyer, &transfer(buyer, owner, id)).must();
    figures.take(&mut w, "setFrozen", actors.officer, &freeze(id, true));
    w.send(actors.officer, &freeze(id, false)).must();
    figures.take(&mut w, "requestGoods", owner, &request(id));
    figures.take(&mut w, "cancelGoodsRequest", owner, &cancel(id));
    figures.take(&mut w, "release", actors.bailee, &release(id));
    w.send(actors.bailee, &receipt(id)).must();
    w.send(owner, &request(id)).must();
    figures.take(&mut w, "confirmDelivery, 1 unit", actors.bailee, &delivery(id));
    // The lot of a thousand.
    let large = n(5);
    w.send(actors.bailee, &receipt(large)).must();
    w.send(owner, &request(large)).must();
    let ended = figures.take(&mut w, "confirmDelivery, 1,000 units", actors.bailee, &delivery(large));
    figures.take(&mut w, "surrender", owner, &surrender(n(3)));
    w.send(actors.bailee, &receipt(n(4))).must();
    figures.take(&mut w, "attestLoss", actors.bailee, &loss(n(4)));

    let per_unit = (mints[3].1 - mints[0].1) / (mints[3].0 - mints[0].0);
    let most = (32_000_000 - mints[0].1) / per_unit + 1;
    figures.0.push(("each further unit".into(), per_unit));
    figures.0.push(("most units in a transaction".into(), most));
    let rows = figures
        .0
        .iter()
        .map(|(name, figure)| format!("  {name:<32} {figure:>12}\n"));
    let table: String = ["\nCALIBER, gas (program cached)\n".to_owned()]
        .into_iter()
        .chain(rows)
        .collect();
    report(&table);

    assert!(per_unit < 22_950, "{per_unit} gas a unit");
    assert!(
        moved < 60_000 && ended < 60_000,
        "{moved} for a transfer, {ended} for an end"
    );
}

#[test]
fn a_transaction_mints_as_many_units_as_the_documentation_says() {
    let mut w = World::new();
    let agent = w.actors.agent;
    for (units, fits) in [(1_380, true), (1_450, false)] {
        let call = w.tokenization(serials(units * 2..units * 3), true);
        assert_eq!(w.send(agent, &call).receipt.status, fits, "{units} units");
    }
}
