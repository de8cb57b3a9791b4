//! The examples of `docs/derivations/queue.md` and `docs/derivations/auction.md`, computed by the code.

mod support;

use alloy_primitives::U256;
use qev_core::{
    commitment::bond,
    levels::{clear, reveal, Bounds, Clearing},
    queue, tree,
    vesting::Vesting,
    Price,
};
use support::CountingStorage;

const WAD: u128 = 1_000_000_000_000_000_000;
const EPOCH: u64 = 30 * 86_400;

/// Hundredths of a whole unit, rounded to the nearest.
fn cents(amount: u128) -> u128 {
    (amount + WAD / 200) / (WAD / 100)
}

#[test]
fn the_fenwick_tree_of_five_slots() {
    let mut storage = CountingStorage::default();
    for (slot, shares) in (0_u32..).zip([10, 20, 30, 40, 50]) {
        tree::append(&mut storage, slot, shares).unwrap();
    }
    assert_eq!(tree::prefix(&storage, 5), Ok(150));
    assert_eq!(tree::prefix(&storage, 3), Ok(60));
}

#[test]
fn alice_bob_and_carol_are_paid_each_steps_price() {
    let mut storage = CountingStorage::default();
    let [alice, bob, carol] = [60, 100, 40].map(|shares| queue::append(&mut storage, 0, shares * WAD).unwrap());
    queue::service(&mut storage, 1, 100 * WAD, 105 * WAD).unwrap();
    let second = queue::service(&mut storage, 1, 80 * WAD, 81_600 * WAD / 1_000).unwrap();
    assert_eq!(second.checkpoint.watermark, 180 * WAD);
    assert_eq!(second.checkpoint.cumulative_assets, 186_600 * WAD / 1_000);
    let paid = [alice, bob, carol].map(|entry| queue::collect(&storage, entry).unwrap());
    assert_eq!(
        paid.map(|paid| paid.assets * 1_000 / WAD),
        [63_000, 103_200, 20_400],
        "thousandths"
    );
    assert_eq!(
        paid.map(|paid| paid.rest.shares),
        [0, 0, 20 * WAD],
        "twenty of Carol's shares wait"
    );
    let sum: u128 = paid.iter().map(|paid| paid.assets).sum();
    assert_eq!(sum, second.checkpoint.cumulative_assets);
}

/// Requests A to D at a price of 1.1 and a limit of 200,000.
fn cleared() -> (Clearing, Price, [u128; 4]) {
    let mut storage = CountingStorage::default();
    let bounds = Bounds::new(25, 2_000).unwrap();
    let before = [(800, 100_000), (300, 60_000), (300, 90_000), (100, 50_000)]
        .map(|(discount, shares)| reveal(&mut storage, 0, bounds, discount, shares * WAD).unwrap());
    let price = Price {
        assets: U256::from(1_100_000 * WAD),
        shares: U256::from(1_000_000 * WAD),
    };
    let clearing = clear(&storage, 0, bounds, price, 200_000 * WAD).unwrap();
    (clearing, price, before)
}

#[test]
fn four_bids_clear_at_three_percent() {
    let (clearing, price, [a, b, c, d]) = cleared();
    assert_eq!(clearing.discount_bps, 300);
    assert_eq!(cents(clearing.filled), 18_744_142);
    assert_eq!(clearing.assets, 200_000 * WAD - 1);
    let fill = |discount, before, shares: u128| clearing.fill_of(discount, before, shares * WAD).unwrap();
    let fills = [
        fill(800, a, 100_000),
        fill(300, b, 60_000),
        fill(300, c, 90_000),
        fill(100, d, 50_000),
    ];
    assert_eq!(fills.map(cents), [10_000_000, 3_497_657, 5_246_485, 0]);
    assert_eq!(fills.iter().sum::<u128>(), clearing.filled);
    let paid = fills.map(|filled| clearing.payout_of(filled).unwrap());
    assert_eq!(paid.map(cents), [10_670_000, 3_732_000, 5_598_000, 0]);
    assert!(paid.iter().sum::<u128>() <= clearing.assets);
    assert_eq!(cents(price.assets_for(clearing.filled).unwrap()), 20_618_557);
    assert_eq!(cents(clearing.discount_earned(price).unwrap()), 618_557);
}

#[test]
fn the_gain_is_in_the_price_once_it_has_vested() {
    let (clearing, price, _) = cleared();
    let forfeited = bond(10_000 * WAD, 50).unwrap();
    assert_eq!(forfeited, 50 * WAD);
    let burned = clearing.filled + forfeited;
    let gain = price.assets_for(burned).unwrap() - clearing.assets;
    assert_eq!(cents(gain), 624_057);
    let unvested = Vesting::default().with_gain(gain, 0, EPOCH).unwrap();
    let idle = 1_100_000 * WAD - clearing.assets;
    let shares = U256::from(1_000_000 * WAD - burned);
    let price_at = |time| Price {
        assets: U256::from(idle - unvested.unvested(time, EPOCH)),
        shares,
    };
    let hundred_thousandths = |time| price_at(time).assets_for(100_000).unwrap();
    assert_eq!(hundred_thousandths(0), 110_000);
    assert_eq!(hundred_thousandths(EPOCH), 110_768);
}

/// A line that is begun anew again and again leaves e^(−1) of a gain after one period at most.
#[test]
fn a_restart_delays_within_bounds() {
    for restarts in [1_u64, 2, 10, 1_000] {
        let mut vesting = Vesting::default().with_gain(WAD, 0, EPOCH).unwrap();
        let step = EPOCH / restarts;
        for restart in 1..=restarts {
            vesting = vesting.with_gain(0, restart * step, EPOCH).unwrap();
        }
        let left = vesting.unvested(restarts * step, EPOCH);
        assert!(
            left <= WAD * 36_788 / 100_000 + u128::from(restarts),
            "{restarts}: {left}"
        );
    }
}
