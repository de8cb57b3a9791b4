//! What all of these tests use.

pub(crate) use alloy_primitives::{Address, B256, Bytes, FixedBytes, U256};
pub(crate) use alloy_sol_types::SolCall;
pub(crate) use suite::bindings::IQevAuction::{self as Q, Phase, RequestState};
pub(crate) use suite::bindings::{IERC20, IStakedUSDai as V, ITestDollar, ITestLoanPool, IUSDai};
pub(crate) use suite::staking::commitment as commitment_for;
pub(crate) use suite::staking::{deploy_auction, deploy_vault};
pub(crate) use suite::{Artifacts, Outcome, Staking, StakingConfig, SuiteConfig, Transact, events_of, role_id};
pub(crate) use suite_tests::calls::*;
pub(crate) use suite_tests::reference::{
    Bid, Cleared, Price, clear, gain, mul_div, mul_div_up, payout, share_of, unvested,
};
pub(crate) use suite_tests::staking::{DAY, DEAD, LOCKED_SHARES, salt_of};
pub(crate) use suite_tests::{Deployed, Expect, World, check_error, n, units, usdai};

/// What the default deployment starts with: shares and USDai of the first deposit.
pub(crate) fn first() -> U256 {
    usdai(StakingConfig::default().first_deposit)
}

/// One share, one USDai.
pub(crate) fn one() -> U256 {
    usdai(1)
}

/// What is left of base yield when the default fee is taken.
pub(crate) fn net(yielded: U256) -> U256 {
    yielded - share_of(yielded, u64::from(StakingConfig::default().fee_bps))
}

/// A world in the first second of the first epoch, with alice, bob, carol and dave holding 1,000 shares each at a price
/// of one, and 4,010 USDai idle.
pub(crate) fn opened() -> World {
    let mut w = World::staked();
    for account in users(&w) {
        w.stake(account, 1_000);
    }
    w.to_epoch(0);
    w
}

/// The four depositors.
pub(crate) fn users(w: &Deployed) -> [Address; 4] {
    let actors = w.suite.actors;
    [actors.alice, actors.bob, actors.carol, actors.dave]
}

/// The sums over the four depositors.
#[track_caller]
pub(crate) fn check_sums(w: &Deployed) {
    w.check_sums(&users(w), &users(w));
}

/// A vault over `asset` with an auction of its own, linked, and with the roles handed out; nothing is deposited.
pub(crate) fn bare_vault(w: &mut Deployed, asset: Address) -> Staking {
    let (artifacts, config, actors) = (Artifacts::default(), StakingConfig::default(), w.suite.actors);
    let genesis = w.staking().genesis;
    let (auction, auction_extension) =
        deploy_auction(&mut w.chain, &artifacts, config, actors.admin, genesis).expect("valid arguments");
    let (vault, extension) =
        deploy_vault(&mut w.chain, &artifacts, config, &actors, asset, auction).expect("valid arguments");
    w.send(actors.admin, auction, &Q::setVaultCall { vault }).must();
    for (role, account) in suite::staking::vault_roles(&actors) {
        w.send(actors.admin, vault, &grant(role, account)).must();
    }
    Staking {
        vault,
        extension,
        auction,
        auction_extension,
        genesis,
        config,
    }
}

/// An auction that is not linked yet, and its extension.
pub(crate) fn unlinked_auction(w: &mut Deployed) -> (Address, Address) {
    let (admin, genesis) = (w.suite.actors.admin, w.staking().genesis);
    deploy_auction(
        &mut w.chain,
        &Artifacts::default(),
        StakingConfig::default(),
        admin,
        genesis,
    )
    .expect("valid arguments")
}
