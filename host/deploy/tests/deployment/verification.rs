//! What verification says when anything is not as it should be.

use alloy_primitives::aliases::U24;
use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall;
use client::bindings::{IArbWasm, ILoanPool, IQevAuction, IStakedUSDai, ISwapAdapter, IUSDai, IWrappedM};
use client::deployment::{Deployment, names};
use client::role_id;
use client::stylus::ARB_WASM;
use deploy::verify::verify;
use devnet::Tx;
use suite::Transact;

use crate::world::{ADMIN, LOCAL, PAUSER, STRANGER, World, wrong};

/// What verification finds wrong with a record and a configuration.
async fn found(world: &World, record: &Deployment, configuration: &str) -> Vec<String> {
    let inputs = world.inputs_of(configuration);
    let node = world.node().await;
    wrong(
        &verify(&node, &inputs.settings, &inputs.codes, record, false)
            .await
            .unwrap(),
    )
}

/// Does something to the chain, verifies, and undoes it.
async fn after(world: &World, record: &Deployment, meddle: impl FnOnce(&World)) -> Vec<String> {
    let fresh = world.chain().snapshot();
    meddle(world);
    let found = found(world, record, LOCAL).await;
    assert!(world.chain().revert(fresh));
    found
}

/// Sends a call that must succeed.
fn send<C: SolCall>(world: &World, from: usize, to: Address, call: &C) {
    let from = world.account(from);
    world.chain().transact(from, to, call).receipt().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_that_the_configuration_does_not_give_is_found() {
    let world = World::new();
    let record = world.deploy().await.record;
    let (stranger, deployer, pauser) = (world.account(STRANGER), world.account(0), world.account(PAUSER));
    assert_eq!(found(&world, &record, LOCAL).await, Vec::<String>::new());

    let roles: [(&str, &str); 8] = [
        (names::USDAI, "BRIDGE_ADMIN_ROLE"),
        (names::USDAI, "YIELD_ROLE"),
        (names::SWAP_ADAPTER, "DEFAULT_ADMIN_ROLE"),
        (names::VAULT, "STRATEGY_ADMIN_ROLE"),
        (names::AUCTION, "DEFAULT_ADMIN_ROLE"),
        (names::CALIBER, "APPRAISER_ROLE"),
        (names::POOL, "UNDERWRITER_ROLE"),
        (names::COLLATERAL_AUCTION, "RISK_ADMIN_ROLE"),
    ];
    for (contract, role) in roles {
        let at = record.contract(contract).unwrap();
        let grant = IUSDai::grantRoleCall {
            role: role_id(role),
            account: stranger,
        };
        let found = after(&world, &record, |world| send(world, ADMIN, at, &grant)).await;
        let [row] = &found[..] else { panic!("{found:?}") };
        assert!(
            row.starts_with(&format!("{contract}: {role}: ")) && row.contains(&stranger.to_string()),
            "{row}"
        );
    }

    // A role of a name that nobody knows.
    let pool = record.contract(names::POOL).unwrap();
    let grant = ILoanPool::grantRoleCall {
        role: B256::repeat_byte(9),
        account: stranger,
    };
    let found = after(&world, &record, |world| send(world, ADMIN, pool, &grant)).await;
    assert_eq!(
        found,
        [format!(
            "{pool}: the role {}: {stranger} instead of nobody",
            B256::repeat_byte(9)
        )]
    );
    // A role that somebody lost.
    let revoke = ILoanPool::revokeRoleCall {
        role: role_id("PAUSE_ADMIN_ROLE"),
        account: pauser,
    };
    let found = after(&world, &record, |world| send(world, ADMIN, pool, &revoke)).await;
    assert_eq!(
        found,
        [format!("loan-pool: PAUSE_ADMIN_ROLE: nobody instead of {pauser}")]
    );
    // The deployer as admin once more.
    let usdai = record.contract(names::USDAI).unwrap();
    let grant = IUSDai::grantRoleCall {
        role: B256::ZERO,
        account: deployer,
    };
    let found = after(&world, &record, |world| send(world, ADMIN, usdai, &grant)).await;
    assert_eq!(found.len(), 2);
    assert_eq!(found[1], "usdai-token: the deployer is admin: yes instead of no");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_parameter_that_was_changed_is_found() {
    let world = World::new();
    let record = world.deploy().await.record;
    let at = |name: &str| record.contract(name).unwrap();
    let stranger = world.account(STRANGER);
    let (usdai, vault, auction, adapter) = (
        at(names::USDAI),
        at(names::VAULT),
        at(names::AUCTION),
        at(names::SWAP_ADAPTER),
    );

    let set = IUSDai::setSupplyCapCall { cap: U256::from(5) };
    let found = after(&world, &record, |world| send(world, ADMIN, usdai, &set)).await;
    assert_eq!(
        found,
        ["usdai-token: supply cap (wei): 5 instead of 1000000000000000000000000000"]
    );

    let set = IUSDai::setWhitelistRequiredCall { required: true };
    let found = after(&world, &record, |world| send(world, ADMIN, usdai, &set)).await;
    assert_eq!(
        found,
        ["usdai-token: only whitelisted accounts mint: yes instead of no"]
    );

    let set = IUSDai::setSwapAdapterCall { adapter: Address::ZERO };
    let found = after(&world, &record, |world| send(world, ADMIN, usdai, &set)).await;
    assert_eq!(
        found,
        [format!(
            "usdai-token -> swap-adapter: {} instead of {adapter}",
            Address::ZERO
        )]
    );

    let token = record.external("weth").unwrap();
    let set = ISwapAdapter::setTokenCall {
        token,
        whitelisted: true,
        feeTier: U24::from(500),
    };
    let found = after(&world, &record, |world| send(world, ADMIN, adapter, &set)).await;
    assert_eq!(
        found,
        [format!(
            "swap-adapter: fee tier of {token} (0: not taken): 500 instead of 0"
        )]
    );
    let set = ISwapAdapter::setTokenCall {
        token: record.external("usdc").unwrap(),
        whitelisted: true,
        feeTier: U24::from(500),
    };
    let found = after(&world, &record, |world| send(world, ADMIN, adapter, &set)).await;
    assert_eq!(
        found,
        ["swap-adapter: fee tier of usdc (0: not taken): 500 instead of 100"]
    );

    let set = IQevAuction::setDiscountBoundsCall {
        minDiscountBps: 30,
        maxDiscountBps: 3_000,
    };
    let found = after(&world, &record, |world| send(world, ADMIN, auction, &set)).await;
    assert_eq!(
        found,
        [
            "qev-auction: lowest discount (bps): 30 instead of 25",
            "qev-auction: highest discount (bps): 3000 instead of 2000"
        ]
    );
    let set = IQevAuction::setBondCall { bondBps: 100 };
    let found = after(&world, &record, |world| send(world, ADMIN, auction, &set)).await;
    assert_eq!(found, ["qev-auction: bond (bps): 100 instead of 50"]);

    let set = IStakedUSDai::setBaseYieldFeeCall { feeBps: 1_500 };
    let found = after(&world, &record, |world| send(world, ADMIN, vault, &set)).await;
    assert_eq!(found, ["susdai-vault: fee on base yield (bps): 1500 instead of 1000"]);
    for (contract, name) in [(vault, names::VAULT), (at(names::POOL), names::POOL)] {
        let set = ILoanPool::setFeeRecipientCall { feeRecipient: stranger };
        let found = after(&world, &record, |world| send(world, ADMIN, contract, &set)).await;
        let admin = world.account(ADMIN);
        assert_eq!(found, [format!("{name}: fee recipient: {stranger} instead of {admin}")]);
    }
    let stop = IWrappedM::stopEarningForCall { account: usdai };
    let wm = record.external("wm").unwrap();
    let found = after(&world, &record, |world| send(world, ADMIN, wm, &stop)).await;
    assert_eq!(found, ["usdai-token: earns on its wM: no instead of yes"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_code_another_record_and_another_configuration_are_found() {
    let world = World::new();
    let record = world.deploy().await.record;

    // The same program with an empty section of a name of its own: it behaves like ours, and is not ours.
    let sale = record.contract(names::COLLATERAL_AUCTION).unwrap();
    let mut wasm = suite::Artifacts::default().wasm(names::COLLATERAL_AUCTION).unwrap();
    wasm.extend([0, 2, 1, b'x']);
    let code = stylus_rules::container::encode(&wasm).unwrap();
    let rows = after(&world, &record, |world| {
        let (admin, mut chain) = (world.account(ADMIN), world.chain());
        chain.set_code(sale, code);
        let receipt = chain.send(Tx {
            from: admin,
            to: Some(ARB_WASM),
            value: U256::from(1_000_000_000_000_000_000_u64),
            data: IArbWasm::activateProgramCall { program: sale }.abi_encode().into(),
            ..Tx::default()
        });
        assert!(receipt.status);
    })
    .await;
    let [row] = &rows[..] else { panic!("{rows:?}") };
    assert!(row.starts_with("collateral-auction: code hash: 0x"), "{row}");

    let change = |meddle: fn(&mut Deployment)| {
        let mut record = record.clone();
        meddle(&mut record);
        record
    };
    let hash = change(|record| record.contracts.get_mut(names::POOL).unwrap().code_hash = B256::ZERO);
    let rows = found_in(&world, &hash).await;
    assert!(
        rows.len() == 1 && rows[0].starts_with("loan-pool: code hash in the record: 0x0000"),
        "{rows:?}"
    );
    let arguments = change(|record| {
        let vault = record.contracts.get_mut(names::VAULT).unwrap();
        vault.constructor_arguments = vec![1, 2, 3].into();
    });
    let rows = found_in(&world, &arguments).await;
    assert!(
        rows.len() == 1 && rows[0].starts_with("susdai-vault: constructor arguments in the record: 0x010203 instead"),
        "{rows:?}"
    );
    let transaction = change(|record| {
        let other = record.contracts[names::USDAI].transaction;
        record.contracts.get_mut(names::CALIBER).unwrap().transaction = other;
    });
    let rows = found_in(&world, &transaction).await;
    assert!(
        rows.len() == 1 && rows[0].starts_with("caliber-nft: constructor arguments in its transaction: "),
        "{rows:?}"
    );
    let genesis = change(|record| record.genesis += 1);
    assert!(!found_in(&world, &genesis).await.is_empty());
    let salted = change(|record| record.salt = B256::repeat_byte(1));
    assert_eq!(found_in(&world, &salted).await.len(), 13);

    let rate = LOCAL.replace("rate = \"12 %\"", "rate = \"13 %\"");
    let rows = found(&world, &record, &rate).await;
    assert!(
        rows.iter()
            .any(|row| row == "loan-pool: rate of tranche 1 (WAD/s): 3805175038 instead of 4122272957"),
        "{rows:?}"
    );
    let stranger = world.account(STRANGER);
    let roles = LOCAL.replace("yield = []", &format!("yield = [\"{stranger}\"]"));
    let rows = found(&world, &record, &roles).await;
    assert!(
        rows.len() == 1 && rows[0].starts_with("usdai-token: YIELD_ROLE: "),
        "{rows:?}"
    );
}

async fn found_in(world: &World, record: &Deployment) -> Vec<String> {
    found(world, record, LOCAL).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_that_is_not_complete_is_not_verified() {
    let world = World::new();
    world.run_until_before("deploy loan-pool ").await;
    let session = world.open(&world.inputs()).await.unwrap();
    let refused = format!("{:#}", session.verify(false).await.unwrap_err());
    assert_eq!(
        refused,
        "the deployment is not complete: run scripts/deploy.sh again: the deployment on local has no loan-pool"
    );
}
