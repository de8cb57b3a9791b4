//! Whole deployments.

use alloy_primitives::{Address, Bytes, U256, keccak256};
use client::bindings::{IArbWasmCache, IERC20, IStakedUSDai, ITestToken, IUSDai};
use client::deployment::names;
use client::stylus::ARB_WASM_CACHE;
use deploy::blueprint::PROGRAMS;
use deploy::session::Event;
use suite::Transact;
use suite::program::deploy_evm;

use crate::world::{LOCAL, STRANGER, World, assert_right, wrong};

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_deployed_linked_and_handed_over_and_a_second_run_sends_nothing() {
    let world = World::new();
    let session = world.deploy().await;
    let record = world.record();

    // What is on the chain is what was built, in Arbitrum's container.
    for name in PROGRAMS {
        let wasm = suite::Artifacts::default().wasm(name).unwrap();
        let contract = &record.contracts[name];
        let chain = world.chain();
        let code = chain.code(contract.address);
        assert_eq!(stylus_rules::container::decode(&code, 131_072).unwrap(), wasm, "{name}");
        assert_eq!(contract.code_hash, keccak256(chain.code(contract.address)));
        let receipt = chain.receipt(contract.transaction).expect("its transaction");
        assert!(receipt.status && receipt.block_number == contract.block);
        assert!((record.first_block..=record.block).contains(&contract.block));
        assert!(chain.is_program_cached(contract.address), "{name}");
    }
    assert_eq!(record.contracts.len(), PROGRAMS.len());
    assert_eq!(record.git_commit, "0123456789012345678901234567890123456789");
    assert_eq!(record.compiler, "rustc 1.0.0");
    let now = world.chain().timestamp();
    assert_eq!(record.genesis, world.chain().config().genesis_timestamp + 86_400);
    assert!(record.genesis > now);

    // The deployer keeps nothing: no role, no USDai, no share, no allowance, and activations cost only their fee.
    let deployer = record.deployer;
    let (usdai, vault) = (
        record.contract(names::USDAI).unwrap(),
        record.contract(names::VAULT).unwrap(),
    );
    let node = world.node().await;
    for (token, spender) in [
        (record.external("wm").unwrap(), usdai),
        (usdai, vault),
        (usdai, record.contract(names::POOL).unwrap()),
    ] {
        let owner = deployer;
        let allowance = node
            .view(token, &IERC20::allowanceCall { owner, spender })
            .await
            .unwrap();
        assert_eq!(allowance, Some(U256::ZERO));
    }
    for token in [usdai, vault] {
        let balance = node
            .view(token, &IERC20::balanceOfCall { account: deployer })
            .await
            .unwrap();
        assert_eq!(balance, Some(U256::ZERO));
    }
    let supply = node.view(usdai, &IUSDai::totalSupplyCall {}).await.unwrap();
    assert_eq!(supply, Some(U256::from(40) * U256::from(10).pow(U256::from(18))));

    // A second run sends nothing and leaves the record as it is.
    let (before, text) = (world.block_hash(), std::fs::read(world.record_path()).unwrap());
    let mut again = world.open(&world.inputs()).await.unwrap();
    assert_eq!(again.plan().await.unwrap().left(), 0);
    let mut events = 0;
    let mut watch = |_: &Event| {
        events += 1;
        Ok(())
    };
    let rows = again.run(&world.key(), &mut watch).await.unwrap();
    assert_right(&rows);
    assert_eq!(events, 0);
    assert_eq!(world.block_hash(), before);
    assert_eq!(std::fs::read(world.record_path()).unwrap(), text);
    assert_eq!(again.record, session.record);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deployed_suite_takes_usdc_through_uniswap_and_stakes_it() {
    let world = World::new();
    let record = world.deploy().await.record;
    let user = world.account(STRANGER);
    let (usdc, usdai) = (record.external("usdc").unwrap(), record.contract(names::USDAI).unwrap());
    let vault = record.contract(names::VAULT).unwrap();
    let amount = U256::from(1_000_000_000);
    let mut chain = world.chain();
    chain
        .transact(user, usdc, &ITestToken::mintCall { to: user, amount })
        .receipt()
        .unwrap();
    let approve = |spender| IERC20::approveCall {
        spender,
        value: U256::MAX,
    };
    chain.transact(user, usdc, &approve(usdai)).receipt().unwrap();
    let minted = chain
        .transact(
            user,
            usdai,
            &IUSDai::deposit_0Call {
                depositToken: usdc,
                depositAmount: amount,
                usdaiAmountMinimum: U256::from(999) * U256::from(10).pow(U256::from(18)),
                recipient: user,
            },
        )
        .result()
        .unwrap();
    chain.transact(user, usdai, &approve(vault)).receipt().unwrap();
    let deposit = IStakedUSDai::deposit_0Call {
        amount: minted,
        receiver: user,
    };
    let shares = chain.transact(user, vault, &deposit).result().unwrap();
    assert!(shares > U256::from(900) * U256::from(10).pow(U256::from(18)));
}

/// What a public chain has already: tokens and Uniswap are there, the deployer brings wM, USDai earns later, and only
/// whitelisted accounts mint.
#[tokio::test(flavor = "multi_thread")]
async fn tokens_and_uniswap_that_are_there_are_taken_as_they_are() {
    let world = World::new();
    let first = world.deploy().await.record;
    std::fs::remove_file(world.record_path()).unwrap();
    let wm = first.external("wm").unwrap();
    let externals = format!(
        "[externals]\nwm = \"{wm}\"\nswap_router = \"{}\"\n\n[externals.tokens.usdc]\naddress = \"{}\"\nfee = \"0.05 %\"\n",
        first.external("swap-router").unwrap(),
        first.external("usdc").unwrap(),
    );
    let configuration = LOCAL
        .replace("[fixtures]\nwm_yield = \"5 %\"\n", &externals)
        .replace("salt = \"1\"", "salt = \"2\"")
        .replace("whitelist_required = false", "whitelist_required = true")
        .replace("start_earning = true", "start_earning = false");
    let inputs = world.inputs_of(&configuration);
    let (deployer, needed) = (world.account(0), U256::from(40_000_000));
    let balance = IERC20::balanceOfCall { account: deployer };
    assert_eq!(world.chain().view(wm, &balance), U256::ZERO);

    let before = world.sent();
    let refusal = world.run(&inputs).await.unwrap_err().to_string();
    assert_eq!(
        refusal,
        format!(
            "the deployer {deployer} has 0 units of wM; the first deposits need 40,000,000 (6 decimals): send the rest there"
        )
    );
    assert_eq!(world.sent(), before);

    let mint = ITestToken::mintCall {
        to: deployer,
        amount: needed,
    };
    world.chain().transact(deployer, wm, &mint).receipt().unwrap();
    let (session, rows) = world.run(&inputs).await.unwrap();
    assert_right(&rows);
    assert_eq!(world.chain().view(wm, &balance), U256::ZERO);
    assert_eq!(
        session.record.externals.keys().map(String::as_str).collect::<Vec<_>>(),
        ["swap-router", "usdc", "wm"]
    );
    let usdai = session.record.contract(names::USDAI).unwrap();
    assert_ne!(usdai, first.contract(names::USDAI).unwrap());
    assert!(world.chain().view(usdai, &IUSDai::whitelistRequiredCall {}));
}

/// On public chains places in the cache are bought from Arbitrum's CacheManager: this is the published one.
#[tokio::test(flavor = "multi_thread")]
async fn places_in_the_cache_are_bought_from_cache_manager() {
    alloy_sol_types::sol! {
        function initialize(uint64 initCacheSize, uint64 initDecay) external;
    }
    use alloy_sol_types::SolCall;

    let world = World::new();
    let artifacts = suite::Artifacts::default();
    let manager = {
        let mut chain = world.chain();
        let owner = chain.accounts()[STRANGER];
        let logic = deploy_evm(&mut chain, owner, artifacts.creation_code("CacheManager").unwrap()).unwrap();
        let settings = initializeCall {
            initCacheSize: 536_870_912,
            initDecay: 0,
        };
        let arguments = (logic, Bytes::from(settings.abi_encode()));
        let code = artifacts.creation_code_with("ERC1967Proxy", &arguments).unwrap();
        let manager = deploy_evm(&mut chain, owner, code).unwrap();
        chain.add_cache_manager(manager);
        manager
    };
    let configuration = LOCAL.replace(
        "[caching]\nenabled = true",
        &format!("[caching]\nenabled = true\nmanager = \"{manager}\"\nmax_bid = \"0.001\""),
    );
    let (session, rows) = world.run(&world.inputs_of(&configuration)).await.unwrap();
    assert_right(&rows);
    for contract in session.record.contracts.values() {
        let codehash = contract.code_hash;
        let asked = IArbWasmCache::codehashIsCachedCall { codehash };
        assert!(world.chain().view(ARB_WASM_CACHE, &asked));
    }

    // Whoever is outbid is no longer in the cache: verification says so, and another run buys the place again.
    let vault = session.record.contract(names::VAULT).unwrap();
    world.chain().evict_program(vault);
    let rows = session.verify(false).await.unwrap();
    assert_eq!(
        wrong(&rows),
        ["susdai-vault: in the cache of programs: no instead of yes"]
    );
    let (_, rows) = world.run(&world.inputs_of(&configuration)).await.unwrap();
    assert_right(&rows);
    assert_ne!(manager, Address::ZERO);
}
