//! What the tests need to have happened before: stakes, requests, bids, hardware, loans. Done on the chain in process.

use std::path::PathBuf;

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::{SolCall, SolEvent, SolStruct};
use devnet::Receipt;
use suite::bindings::ILoanPool::LoanTerms;
use suite::bindings::{ICaliber, IERC20, ILoanPool, IQevAuction, IStakedUSDai};
use suite::uniswap::dollars;
use suite::{Transact, events_of};
use usdai_cli::amount::Decimal;
use usdai_cli::openings::Store;

use crate::support::{DAY, World};

/// From one instalment to the next.
pub(crate) const MONTH: u64 = 30 * DAY;
/// How late an instalment may be.
pub(crate) const GRACE: u64 = 10 * DAY;

/// The places of those who lend and run the protocol among the keys of the test mnemonic.
pub(crate) mod keys {
    pub(crate) use crate::support::keys::*;

    /// A fourth depositor.
    pub(crate) const DAVE: u32 = 12;
    /// Signs terms.
    pub(crate) const UNDERWRITER: u32 = 14;
    /// Impairs and relists.
    pub(crate) const RISK_ADMIN: u32 = 15;
    /// Runs GPUs and borrows.
    pub(crate) const OPERATOR: u32 = 20;
    /// Lends in junior tranches.
    pub(crate) const CURATOR: u32 = 22;
}

/// So many whole units with 18 decimals.
pub(crate) fn whole(amount: u64) -> U256 {
    dollars(amount, 18)
}

/// Sends a call that succeeds.
#[track_caller]
pub(crate) fn send<C: SolCall>(world: &World, from: Address, to: Address, call: &C) -> Receipt {
    world.chain().transact(from, to, call).receipt().expect("a success")
}

/// The one event of a kind.
#[track_caller]
pub(crate) fn event<E: SolEvent>(receipt: &Receipt, emitter: Address) -> E {
    let mut found = events_of::<E>(receipt, emitter);
    assert_eq!(found.len(), 1, "events of {}", E::SIGNATURE);
    found.remove(0)
}

/// A view.
pub(crate) fn view<C: SolCall>(world: &World, to: Address, call: &C) -> C::Return {
    world.chain().view(to, call)
}

pub(crate) fn vault(world: &World) -> Address {
    world.suite().staking().expect("staking").vault
}

pub(crate) fn auction(world: &World) -> Address {
    world.suite().staking().expect("staking").auction
}

pub(crate) fn pool(world: &World) -> Address {
    world.suite().credit().expect("credit").pool
}

/// Gives an account USDai, and lets somebody take all that it has.
pub(crate) fn endow(world: &World, account: Address, spender: Address, amount: u64) {
    world.give_usdai(account, amount);
    let approve = IERC20::approveCall {
        spender,
        value: U256::MAX,
    };
    send(world, account, world.suite().usdai, &approve);
}

/// An account stakes so many USDai, which it is given.
pub(crate) fn stake(world: &World, account: Address, amount: u64) {
    endow(world, account, vault(world), amount);
    let deposit = IStakedUSDai::deposit_0Call {
        amount: whole(amount),
        receiver: account,
    };
    send(world, account, vault(world), &deposit);
}

/// An account requests the redemption of so many shares.
pub(crate) fn request(world: &World, account: Address, shares: u64) -> U256 {
    let call = IStakedUSDai::requestRedeemCall {
        shares: whole(shares),
        controller: account,
        owner: account,
    };
    let receipt = send(world, account, vault(world), &call);
    event::<IStakedUSDai::RedeemRequest>(&receipt, vault(world)).requestId
}

/// Where the command of this test keeps openings.
pub(crate) fn store(world: &World) -> Store {
    let folder: PathBuf = [
        world.home(),
        "openings".into(),
        "local-412346".into(),
        auction(world).to_string().into(),
    ]
    .iter()
    .collect();
    Store::at(folder, 412_346, auction(world))
}

/// Seals a bid whose opening is kept.
pub(crate) fn bid(world: &World, account: Address, epoch: u64, request: U256, discount_bps: u16) {
    let opening = store(world)
        .seal(epoch, request, discount_bps, world.now())
        .expect("it is kept");
    commit(world, account, request, opening.commitment);
}

/// Seals a bid whose opening nobody knows.
pub(crate) fn bid_blindly(world: &World, account: Address, request: U256) {
    commit(world, account, request, keccak256("lost"));
}

fn commit(world: &World, account: Address, request: U256, commitment: B256) {
    let call = IStakedUSDai::commitBidCall {
        requestId: request,
        commitment,
    };
    send(world, account, vault(world), &call);
}

/// A chain on which Alice, Bob, Carol and Dave staked and wait in epoch 0's bid phase: Alice in the queue, the others with
/// bids of 3, 1.5 and an unknown percent. The idle assets pay for a part.
pub(crate) fn month_with_bids() -> World {
    let world = World::new();
    let staking = world.suite().staking().expect("staking");
    let [alice, bob, carol, dave] = [keys::ALICE, keys::BOB, keys::CAROL, keys::DAVE].map(|key| world.account(key));
    for account in [alice, bob, carol, dave] {
        stake(&world, account, 10_000);
    }
    world.pass_until(staking.epoch_start(0) + DAY);
    request(&world, alice, 1_000);
    let [first, second, third] = [bob, carol, dave].map(|account| request(&world, account, 4_000));
    bid(&world, bob, 0, first, 300);
    bid(&world, carol, 0, second, 150);
    bid_blindly(&world, dave, third);
    let announce = IStakedUSDai::announceLimitCall {
        epoch: U256::ZERO,
        assets: whole(5_000),
    };
    send(&world, world.suite().actors.strategist, vault(&world), &announce);
    world
}

/// Shares that wait to be restored, and those that are eligible.
pub(crate) fn waiting(world: &World) -> [U256; 2] {
    let unserviced = view(world, auction(world), &IQevAuction::unservicedSharesCall {});
    [unserviced.awaitingRestore, unserviced.eligible]
}

/// Whether an epoch's auction is settled.
pub(crate) fn is_settled(world: &World, epoch: u64) -> bool {
    let call = IQevAuction::epochResultCall {
        epoch: U256::from(epoch),
    };
    !view(world, auction(world), &call).settledAt.is_zero()
}

/// The state of a request.
pub(crate) fn request_state(world: &World, id: u64) -> IQevAuction::requestReturn {
    let call = IQevAuction::requestCall {
        requestId: U256::from(id),
    };
    view(world, auction(world), &call)
}

/// Dave stakes 1,000,000 and the vault lends it in the senior tranche; a curator lends 300,000 in each of the others.
pub(crate) fn fund(world: &World) {
    stake(world, world.account(keys::DAVE), 1_000_000);
    let allocate = IStakedUSDai::allocateCall {
        tranche: U256::ZERO,
        assets: whole(1_000_000),
    };
    send(world, world.suite().actors.strategist, vault(world), &allocate);
    let curator = world.account(keys::CURATOR);
    endow(world, curator, pool(world), 600_000);
    for tranche in [1, 2] {
        let deposit = ILoanPool::deposit_0Call {
            tranche: U256::from(tranche),
            assets: whole(300_000),
            receiver: curator,
        };
        send(world, curator, pool(world), &deposit);
    }
}

/// A lot of 8 units worth 30,000 each, ready to be pledged by the operator.
pub(crate) fn tokenize(world: &World) -> U256 {
    let credit = world.suite().credit().expect("credit");
    let (own, caliber, owner) = (credit.actors, credit.caliber, world.account(keys::OPERATOR));
    let seed = world.chain().block_number();
    let tokenize = ICaliber::tokenizeCall {
        owner,
        model: "NVIDIA H200".into(),
        bailee: own.bailee,
        bailmentAgreement: keccak256("the bailment agreement"),
        uri: String::new(),
        serials: (0..8).map(|unit| keccak256(format!("unit {unit} of {seed}"))).collect(),
        sealLot: true,
    };
    let receipt = send(world, own.agent, caliber, &tokenize);
    let title = event::<ICaliber::Tokenized>(&receipt, caliber).tokenId;
    let attest = ICaliber::attestReceiptCall {
        tokenId: title,
        document: keccak256("the warehouse receipt"),
    };
    send(world, own.bailee, caliber, &attest);
    let now = world.now();
    let appraise = ICaliber::appraiseCall {
        tokenId: title,
        value: whole(240_000),
        validUntil: now + 4 * 365 * DAY,
        usefulLife: 5 * 365 * DAY,
        residualBps: 2_000,
        report: keccak256("the appraisal"),
    };
    send(world, own.appraiser, caliber, &appraise);
    let insure = ICaliber::insureCall {
        tokenId: title,
        coverage: whole(240_000),
        expiry: now + 4 * 365 * DAY,
        policy: keccak256("the policy"),
    };
    send(world, own.insurer, caliber, &insure);
    let approve = ICaliber::approveCall {
        to: credit.pool,
        tokenId: title,
    };
    send(world, owner, caliber, &approve);
    title
}

/// Terms of a loan of 180,000 over a year against a title.
pub(crate) fn terms(world: &World, title: U256, nonce: u64) -> LoanTerms {
    LoanTerms {
        borrower: world.account(keys::OPERATOR),
        underwriter: world.account(keys::UNDERWRITER),
        collateralId: title,
        principal: whole(180_000),
        duration: 12 * MONTH,
        repaymentInterval: MONTH,
        schedule: 1,
        gracePeriod: GRACE,
        penaltyRate: 6_341_958_396,
        originationFeeBps: 100,
        exitFeeBps: 0,
        expiry: world.now() + DAY,
        nonce: U256::from(nonce),
    }
}

/// The operator takes a loan on a new title: its terms and its id.
pub(crate) fn borrow(world: &World, nonce: u64) -> (LoanTerms, B256) {
    let title = tokenize(world);
    let terms = terms(world, title, nonce);
    let signature = {
        let chain = world.chain();
        world
            .suite()
            .credit()
            .expect("credit")
            .sign(&chain, &terms)
            .expect("the underwriter's key")
    };
    let call = ILoanPool::borrowCall {
        terms: terms.clone(),
        signature,
        maxBlendedRate: U256::MAX,
    };
    send(world, terms.borrower, pool(world), &call);
    let id = terms.eip712_hash_struct();
    (terms, id)
}

/// Where a loan stands.
pub(crate) fn status(world: &World, loan: B256) -> ILoanPool::LoanStatus {
    view(world, pool(world), &ILoanPool::loanCall { loanId: loan }).status
}

/// An amount that the command told as text, with 18 decimals.
#[track_caller]
pub(crate) fn amount(value: &serde_json::Value) -> U256 {
    let text = value.as_str().unwrap_or_else(|| panic!("{value} is no text"));
    let decimal: Decimal = text.parse().expect("an amount");
    decimal.units(18).expect("at most 18 decimals")
}

/// What an effect was before and is after.
#[track_caller]
pub(crate) fn effect(told: &serde_json::Value, what: &str) -> [U256; 2] {
    let effects = told["effects"].as_array().expect("effects");
    let found = effects.iter().find(|effect| effect["what"] == what);
    let effect = found.unwrap_or_else(|| panic!("no effect {what} in {told}"));
    [amount(&effect["before"]), amount(&effect["after"])]
}
