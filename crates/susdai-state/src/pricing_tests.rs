//! The prices against big integers, and invariant V2 on random histories of user actions.

use std::vec::Vec;

use alloy_primitives::U256;
use num_bigint::BigUint;
use proptest::prelude::*;
use qev_core::MAX_SHARES;

use crate::{
    pricing::{fee_on, Holdings, SharePrice, LOCKED_SHARES, ONE},
    words::MAX_IDLE,
};

fn big(value: U256) -> BigUint {
    BigUint::from_bytes_be(&value.to_be_bytes::<32>())
}

fn small(value: &BigUint) -> Option<U256> {
    (value.bits() <= 256).then(|| U256::from_be_slice(&value.to_bytes_be()))
}

fn ceil_div(product: &BigUint, divisor: &BigUint) -> BigUint {
    (product + divisor - 1_u8) / divisor
}

/// Amounts of every magnitude up to `bits`.
fn amount(bits: usize) -> impl Strategy<Value = U256> {
    (any::<[u64; 4]>(), 1..=bits).prop_map(|(limbs, bits)| U256::from_limbs(limbs) >> (256 - bits))
}

/// A price of shares that exist and are worth something.
fn price() -> impl Strategy<Value = SharePrice> {
    (amount(130), amount(112)).prop_map(|(assets, shares)| SharePrice {
        assets: assets.max(U256::from(1)),
        shares: shares.max(U256::from(1)),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn conversions_are_exact_and_round_for_those_who_stay(price in price(), value in amount(256)) {
        let (assets, shares, amount) = (big(price.assets), big(price.shares), big(value));
        let bought = small(&(&amount * &shares / &assets));
        prop_assert_eq!(price.shares_bought(value), bought);
        prop_assert_eq!(price.to_shares(value), bought);
        prop_assert_eq!(price.to_assets(value), small(&(&amount * &assets / &shares)));
        prop_assert_eq!(price.cost_of(value), small(&ceil_div(&(&amount * &assets), &shares)));
    }

    /// Depositing what shares cost brings them, and never costs less than they are worth.
    #[test]
    fn a_round_trip_never_gains(price in price(), value in amount(112)) {
        if let Some(shares) = price.shares_bought(value) {
            prop_assert!(price.to_assets(shares).unwrap() <= value);
            prop_assert!(price.cost_of(shares).unwrap() <= value);
        }
        if let Some(cost) = price.cost_of(value) {
            prop_assert!(price.shares_bought(cost).unwrap() >= value);
            prop_assert!(price.to_assets(value).unwrap() <= cost);
        }
    }

    #[test]
    fn the_first_deposit_pays_for_the_locked_shares(assets in any::<u128>(), value in amount(112)) {
        let price = SharePrice { assets: U256::from(assets), shares: U256::ZERO };
        let cost = price.cost_of(value).unwrap();
        prop_assert_eq!(cost, value + LOCKED_SHARES);
        prop_assert_eq!(price.shares_bought(cost).unwrap(), value);
        prop_assert_eq!((price.to_shares(value), price.to_assets(value)), (Some(value), Some(value)));
    }

    /// What `maxDeposit` and `maxMint` say fits, and one more of either does not.
    #[test]
    fn the_most_that_can_be_added_is_the_most(price in price(), asset_room in amount(112), share_room in amount(112)) {
        let (assets, shares) = price.most(asset_room, share_room);
        prop_assert!(assets <= asset_room && price.shares_bought(assets).unwrap() <= share_room);
        prop_assert!(shares <= share_room && price.cost_of(shares).unwrap() <= asset_room);
        let one = U256::from(1);
        prop_assert!(shares == share_room || price.cost_of(shares + one).unwrap() > asset_room);
        // The shares of one more asset may be the same number, so only a bound of the room is sharp here.
        prop_assert!(assets == asset_room || price.to_assets(share_room).unwrap() == assets);
    }

    #[test]
    fn a_fee_is_rounded_down_and_never_higher_in_parts(first in amount(200), second in amount(200), bps in 0_u16..=5_000) {
        let fee = |base_yield| fee_on(base_yield, bps);
        prop_assert_eq!(big(fee(first)), big(first) * bps / 10_000_u16);
        prop_assert!(fee(first) + fee(second) <= fee(first + second));
    }
}

#[test]
fn worthless_shares_can_be_neither_bought_nor_sold() {
    let price = SharePrice {
        assets: U256::ZERO,
        shares: ONE,
    };
    assert!(price.is_worthless() && !price.is_first());
    assert_eq!((price.shares_bought(ONE), price.cost_of(ONE)), (None, None));
    assert_eq!(
        (price.to_shares(ONE), price.to_assets(ONE)),
        (Some(U256::ZERO), Some(U256::ZERO))
    );
    assert_eq!(price.most(ONE, ONE), (U256::ZERO, U256::ZERO));
    let first = SharePrice {
        assets: U256::ZERO,
        shares: U256::ZERO,
    };
    assert!(first.is_first() && !first.is_worthless());
    assert_eq!(first.most(ONE, ONE + ONE), (ONE, ONE - LOCKED_SHARES));
    assert_eq!(first.most(U256::from(1), ONE), (U256::from(1), U256::ZERO));
}

#[test]
fn a_loss_beyond_the_vested_assets_leaves_nothing() {
    let holdings = Holdings {
        idle: U256::from(10),
        unvested: U256::from(30),
        base_yield: U256::from(7),
        loans: U256::from(12),
    };
    assert_eq!(holdings.net_asset_value(), U256::ZERO);
    let holdings = Holdings {
        unvested: U256::from(9),
        ..holdings
    };
    assert_eq!(holdings.net_asset_value(), U256::from(20));
}

/// The vault in numbers.
#[derive(Clone, Copy, Debug)]
struct Model {
    idle: U256,
    unvested: U256,
    base_yield: U256,
    optimistic: U256,
    conservative: U256,
    shares: U256,
    pending: U256,
    fee_bps: u16,
}

impl Model {
    fn price(&self, loans: U256) -> SharePrice {
        let base_yield = self.base_yield - fee_on(self.base_yield, self.fee_bps);
        let holdings = Holdings {
            idle: self.idle,
            unvested: self.unvested,
            base_yield,
            loans,
        };
        SharePrice {
            assets: holdings.net_asset_value(),
            shares: self.shares,
        }
    }

    fn deposit_price(&self) -> SharePrice {
        self.price(self.optimistic)
    }

    fn redemption_price(&self) -> SharePrice {
        self.price(self.conservative)
    }

    /// Does it if the contract would; whether it did.
    fn act(&mut self, action: Action) -> bool {
        let changed = self.after(action);
        if let Some(changed) = changed {
            *self = changed;
        }
        changed.is_some()
    }

    fn after(&self, action: Action) -> Option<Self> {
        let mut next = *self;
        match action {
            Action::Deposit(assets) => {
                let shares = self.deposit_price().shares_bought(assets)?;
                next.add(assets, shares)?;
            }
            Action::Mint(shares) => {
                let assets = self.deposit_price().cost_of(shares)?;
                next.add(assets, shares)?;
            }
            Action::Request(shares) => {
                let held = self.shares - self.pending;
                next.pending += shares.min(held.saturating_sub(LOCKED_SHARES));
            }
            // The queue pays the price of the day, rounded down.
            Action::Service(shares) => {
                let shares = shares.min(self.pending);
                let price = self.redemption_price();
                let assets = price.to_assets(shares)?;
                if assets > self.idle || price.assets.is_zero() {
                    return None;
                }
                next.remove(assets, shares);
            }
            // The auction pays the price less a discount, burns bonds and lets the difference vest.
            Action::Settle {
                filled,
                forfeited,
                discount_bps,
            } => {
                let filled = filled.min(self.pending);
                let forfeited = forfeited.min(self.pending - filled);
                let price = self.redemption_price();
                let full = price.to_assets(filled)?;
                let assets = full - fee_on(full, discount_bps);
                if assets > self.idle {
                    return None;
                }
                let gain = price.to_assets(filled + forfeited)? - assets;
                next.remove(assets, filled + forfeited);
                next.unvested += gain;
            }
            Action::Harvest => {
                next.idle += self.base_yield - fee_on(self.base_yield, self.fee_bps);
                next.base_yield = U256::ZERO;
            }
        }
        Some(next)
    }

    fn add(&mut self, assets: U256, shares: U256) -> Option<()> {
        self.idle += assets;
        self.shares += shares;
        let fits = self.idle <= U256::from(MAX_IDLE) && self.shares <= U256::from(MAX_SHARES);
        (fits && !shares.is_zero()).then_some(())
    }

    fn remove(&mut self, assets: U256, shares: U256) {
        self.idle -= assets;
        self.shares -= shares;
        self.pending -= shares;
    }
}

#[derive(Clone, Copy, Debug)]
enum Action {
    Deposit(U256),
    Mint(U256),
    Request(U256),
    Service(U256),
    Settle {
        filled: U256,
        forfeited: U256,
        discount_bps: u16,
    },
    Harvest,
}

fn action() -> impl Strategy<Value = Action> {
    let value = || amount(100);
    prop_oneof![
        value().prop_map(Action::Deposit),
        value().prop_map(Action::Mint),
        value().prop_map(Action::Request),
        value().prop_map(Action::Service),
        (value(), amount(60), 25_u16..=2_000).prop_map(|(filled, forfeited, discount_bps)| Action::Settle {
            filled,
            forfeited,
            discount_bps
        }),
        Just(Action::Harvest),
    ]
}

fn model() -> impl Strategy<Value = Model> {
    let values = (
        amount(100),
        amount(90),
        amount(80),
        amount(100),
        amount(100),
        amount(100),
    );
    (values, 0_u16..=5_000).prop_map(
        |((idle, unvested, base_yield, optimistic, conservative, shares), fee_bps)| Model {
            idle,
            unvested,
            base_yield,
            optimistic,
            conservative: conservative.min(optimistic),
            shares: shares + ONE + LOCKED_SHARES,
            pending: U256::ZERO,
            fee_bps,
        },
    )
}

/// Whether a share is worth at least as much as before.
fn not_lower(before: SharePrice, after: SharePrice) -> bool {
    big(after.assets) * big(before.shares) >= big(before.assets) * big(after.shares)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    /// V2: whatever users do, in whatever order, neither price falls.
    #[test]
    fn no_user_action_lowers_a_price(start in model(), actions in prop::collection::vec(action(), 1..40)) {
        let mut model = start;
        for action in actions {
            let before = model;
            model.act(action);
            prop_assert!(not_lower(before.deposit_price(), model.deposit_price()), "{action:?} on {before:?}");
            prop_assert!(not_lower(before.redemption_price(), model.redemption_price()), "{action:?} on {before:?}");
        }
    }

    /// Who comes in and leaves at once, or around a settlement, takes no more than they brought.
    #[test]
    fn entering_around_a_settlement_gains_nothing(
        start in model(),
        assets in amount(90),
        waiting in amount(90),
        filled in amount(90),
        forfeited in amount(60),
        discount_bps in 25_u16..=2_000,
    ) {
        let mut model = start;
        model.act(Action::Request(waiting));
        let before = model.shares;
        if model.act(Action::Deposit(assets)) {
            let shares = model.shares - before;
            model.act(Action::Settle { filled, forfeited, discount_bps });
            let worth = model.redemption_price().to_assets(shares).unwrap();
            // A unit of assets may be rounded into the price of the shares by the settlement.
            let rounding = shares / model.shares + U256::from(1);
            prop_assert!(worth <= assets + rounding, "{worth} for {assets}");
        }
    }
}

/// Every kind of action is done often enough for the test above to mean something.
#[test]
fn the_model_does_every_kind_of_action() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};

    let mut runner = TestRunner::deterministic();
    let mut done = [0_u32; 6];
    for _ in 0..300 {
        let mut model = model().new_tree(&mut runner).unwrap().current();
        let actions: Vec<_> = prop::collection::vec(action(), 20)
            .new_tree(&mut runner)
            .unwrap()
            .current();
        for action in actions {
            let before = (model.idle, model.shares, model.pending);
            if model.act(action) && before != (model.idle, model.shares, model.pending) {
                let kind = match action {
                    Action::Deposit(_) => 0,
                    Action::Mint(_) => 1,
                    Action::Request(_) => 2,
                    Action::Service(_) => 3,
                    Action::Settle { .. } => 4,
                    Action::Harvest => 5,
                };
                done[kind] += 1;
            }
        }
    }
    assert!(done.iter().all(|count| *count > 50), "{done:?}");
}

/// The examples of `docs/derivations/accounting.md`: who is serviced while the valuations differ, with and without
/// somebody who deposits 1,000,000 just before.
#[test]
fn who_is_serviced_at_a_provision_leaves_the_difference_to_those_who_stay() {
    let million = U256::from(1_000_000) * ONE;
    for (entering, paid, optimistic, conservative) in [
        (U256::ZERO, 180_000_u64, 102_500_u64, 90_000_u64),
        (million, 190_000, 100_556, 95_000),
    ] {
        let opt = SharePrice {
            assets: million,
            shares: million,
        };
        let bought = opt.shares_bought(entering).unwrap();
        let shares = opt.shares + bought;
        let provided = U256::from(100_000) * ONE;
        let high = opt.assets + entering;
        let redemption = SharePrice {
            assets: high - provided,
            shares,
        };
        let serviced = U256::from(200_000) * ONE;
        let assets = redemption.to_assets(serviced).unwrap();
        assert_eq!(assets, U256::from(paid) * ONE);
        // Hundred-thousandths, to the nearest.
        let after = |assets: U256| {
            let price = SharePrice {
                assets,
                shares: shares - serviced,
            };
            (price.to_assets(U256::from(1_000_000)).unwrap() + U256::from(5)) / U256::from(10)
        };
        assert_eq!(after(high - assets), U256::from(optimistic));
        assert_eq!(after(high - provided - assets), U256::from(conservative));
    }
}

/// The other one: who deposits as much as there is while 6,185 vest takes half of what is left to vest.
#[test]
fn who_comes_while_a_gain_vests_shares_in_the_rest() {
    let million = U256::from(1_000_000) * ONE;
    let gain = U256::from(6_185) * ONE;
    for (vested, cents) in [(U256::ZERO, 309_250_u64), (gain / U256::from(2), 154_386)] {
        let before = SharePrice {
            assets: million + vested,
            shares: million,
        };
        let bought = before.shares_bought(million).unwrap();
        let later = SharePrice {
            assets: million + million + gain,
            shares: million + bought,
        };
        let earned = later.to_assets(bought).unwrap() - million;
        let cent = ONE / U256::from(100);
        assert_eq!((earned + cent / U256::from(2)) / cent, U256::from(cents));
    }
}
