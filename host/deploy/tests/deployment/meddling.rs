//! What others, or a changed configuration or build, do to a deployment: it goes on, or refuses in words.

use alloy_primitives::{Address, B256, U256};
use client::bindings::{IERC20, IQevAuction, IStakedUSDai, ITestToken, IUSDai};
use client::deployment::names;
use deploy::session::Session;
use deploy::units::show_time;
use devnet::{ChainConfig, Tx};
use suite::Transact;

use crate::world::{ADMIN, LOCAL, STRANGER, World, assert_right};

async fn refusal(world: &World, configuration: &str) -> String {
    let before = world.sent();
    let error = world.run(&world.inputs_of(configuration)).await.unwrap_err();
    assert_eq!(world.sent(), before, "something was sent");
    format!("{error:#}")
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sends_our_deployment_before_us_deploys_for_us() {
    let world = World::new();
    world.run_until_before("deploy caliber-nft").await;
    let session = world.open(&world.inputs()).await.unwrap();
    let caliber = session
        .blueprint
        .programs
        .iter()
        .find(|program| program.name == names::CALIBER)
        .unwrap();
    let fee = U256::from(1_000_000_000_000_000_000_u64);
    let request = caliber.request(fee, true).unwrap();
    let stranger = world.account(STRANGER);
    let receipt = world.chain().send(Tx {
        from: stranger,
        to: request.to,
        value: request.value,
        data: request.data,
        ..Tx::default()
    });
    assert!(receipt.status);
    let record = world.deploy().await.record;
    let contract = &record.contracts[names::CALIBER];
    assert_eq!(contract.transaction, receipt.tx_hash);
    assert_eq!(contract.block, receipt.block_number);
    // The stranger has constructed it with our arguments: he is nobody there.
    let asked = IUSDai::hasRoleCall {
        role: B256::ZERO,
        account: stranger,
    };
    assert!(!world.chain().view(contract.address, &asked));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_deposits_first_before_us_spares_us_that_deposit_alone() {
    let world = World::new();
    world
        .run_until_before("mint test wM for the first deposit into the vault")
        .await;
    let session = world.open(&world.inputs()).await.unwrap();
    let at = |name: &str| session.blueprint.places.at(name).unwrap();
    let (user, amount) = (world.account(STRANGER), U256::from(5_000_000));
    let assets = amount * U256::from(1_000_000_000_000_u64);
    {
        let mut chain = world.chain();
        let (wm, usdai, vault) = (at("wm"), at(names::USDAI), at(names::VAULT));
        let approve = |spender| IERC20::approveCall {
            spender,
            value: U256::MAX,
        };
        chain
            .transact(user, wm, &ITestToken::mintCall { to: user, amount })
            .receipt()
            .unwrap();
        chain.transact(user, wm, &approve(usdai)).receipt().unwrap();
        chain
            .transact(
                user,
                usdai,
                &IUSDai::deposit_0Call {
                    depositToken: wm,
                    depositAmount: amount,
                    usdaiAmountMinimum: assets,
                    recipient: user,
                },
            )
            .receipt()
            .unwrap();
        chain.transact(user, usdai, &approve(vault)).receipt().unwrap();
        let deposit = IStakedUSDai::deposit_0Call {
            amount: assets,
            receiver: user,
        };
        chain.transact(user, vault, &deposit).receipt().unwrap();
    }
    let before = world.sent().1;
    let session = world.deploy().await;
    // Three deposits of five transactions each instead of four, and nothing else is spared.
    let left = session
        .steps
        .iter()
        .skip_while(|step| !step.title.contains("first deposit into the vault"));
    assert_eq!(world.sent().1 - before, left.count() as u64 - 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_link_is_refused() {
    let world = World::new();
    world.run_until_before("link the vault into its auction").await;
    let session = world.open(&world.inputs()).await.unwrap();
    let (auction, usdai, vault) = (
        session.blueprint.places.at(names::AUCTION).unwrap(),
        session.blueprint.places.at(names::USDAI).unwrap(),
        session.blueprint.places.at(names::VAULT).unwrap(),
    );
    let deployer = world.account(0);
    let set = IQevAuction::setVaultCall { vault: usdai };
    world.chain().transact(deployer, auction, &set).receipt().unwrap();
    assert_eq!(
        refusal(&world, LOCAL).await,
        format!(
            "this is not the deployment that the configuration describes; nothing was sent:\nlink the vault into its auction: \
             vault() of {auction} answers {usdai}; it must be {vault}"
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_build_or_other_arguments_are_refused() {
    let world = World::new();
    world.run_until_before("deploy swap-adapter").await;
    let record = world.record();
    let path = world.record_path();

    let refused = refusal(&world, &LOCAL.replace("1,000,000,000", "2,000,000,000")).await;
    assert_eq!(
        refused,
        format!(
            "the configuration gives usdai-token other constructor arguments than those that it was deployed with: put the \
             configuration back, or move {} away and choose another salt to deploy anew",
            path.display()
        )
    );
    let refused = refusal(&world, &LOCAL.replace("salt = \"1\"", "salt = \"2\"")).await;
    assert!(refused.contains("was made with another salt"), "{refused}");
    let refused = refusal(&world, &LOCAL.replace("\"in 1 day\"", "\"2030-01-01\"")).await;
    assert!(
        refused.contains("lets the auction begin at 2030-01-01T00:00:00Z")
            && refused.contains(&show_time(record.genesis)),
        "{refused}"
    );

    let mut other = record.clone();
    other.contracts.get_mut(names::USDAI).unwrap().code_hash = B256::repeat_byte(7);
    other.write(&path).unwrap();
    let refused = refusal(&world, LOCAL).await;
    assert!(
        refused.contains("has usdai-token with the code hash 0x0707") && refused.contains(&record.git_commit),
        "{refused}"
    );
    let mut other = record.clone();
    other.chain_id = 42_161;
    other.write(&path).unwrap();
    let refused = refusal(&world, LOCAL).await;
    assert!(
        refused.contains("is the record of local (chain 42161), not of local (chain 412346)"),
        "{refused}"
    );

    record.write(&path).unwrap();
    let stranger = world.chain().signer(STRANGER).clone();
    let refused = Session::open(&world.inputs(), stranger.address())
        .await
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains(&format!("was begun by {}", record.deployer))
            && refused.contains(&stranger.address().to_string()),
        "{refused}"
    );
    world.deploy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_handover_the_configuration_cannot_be_changed_by_the_deployer() {
    let world = World::new();
    let record = world.deploy().await.record;
    let newcomer = world.account(STRANGER);
    let configuration = LOCAL.replace("yield = []", &format!("yield = [\"{newcomer}\"]"));
    let usdai = record.contract(names::USDAI).unwrap();
    let refused = refusal(&world, &configuration).await;
    assert!(
        refused.starts_with(&format!(
            "cannot give YIELD_ROLE of usdai-token to {newcomer}: the deployer {} is no longer admin of {usdai}",
            record.deployer
        )),
        "{refused}"
    );
    // The admin can; then there is nothing to do any more.
    let admin = world.account(ADMIN);
    let grant = IUSDai::grantRoleCall {
        role: client::role_id("YIELD_ROLE"),
        account: newcomer,
    };
    world.chain().transact(admin, usdai, &grant).receipt().unwrap();
    let (_, rows) = world.run(&world.inputs_of(&configuration)).await.unwrap();
    assert_right(&rows);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_on_the_chain_is_named_before_anything_is_sent() {
    let world = World::of(ChainConfig {
        chain_id: 421_614,
        ..ChainConfig::default()
    });
    let refused = refusal(&world, LOCAL).await;
    assert!(
        refused.contains("is of chain 421614; the configuration is for chain 412346"),
        "{refused}"
    );

    let world = World::new();
    let nobody = Address::repeat_byte(0x42);
    let externals = format!("[externals]\nwm = \"{nobody}\"\nswap_router = \"{nobody}\"\n");
    let refused = refusal(&world, &LOCAL.replace("[fixtures]\nwm_yield = \"5 %\"\n", &externals)).await;
    assert!(
        refused.starts_with(&format!("there is no contract at {nobody}, where ")),
        "{refused}"
    );
    let refused = refusal(&world, &LOCAL.replace("\"in 1 day\"", "\"2020-01-01\"")).await;
    assert!(
        refused.starts_with("the auction would begin at 2020-01-01T00:00:00Z, which is over"),
        "{refused}"
    );

    let poor = World::of(ChainConfig {
        balance: U256::from(1_000_000_000_000_000_u64),
        ..ChainConfig::default()
    });
    let refused = refusal(&poor, LOCAL).await;
    assert!(refused.contains("has 0.001000 ETH; "), "{refused}");

    let deployer = world.account(0);
    let greedy = LOCAL.replace("yield = []", &format!("yield = [\"{deployer}\"]"));
    assert_eq!(
        refusal(&world, &greedy).await,
        format!(
            "the configuration gives the deployer {deployer} YIELD_ROLE of usdai-token: the deployer must end with no role, so \
             deploy with another key"
        )
    );
}
