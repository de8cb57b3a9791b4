//! The interfaces, the programs and the live ABI are the same thing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use alloy_json_abi::{JsonAbi, Param};
use alloy_primitives::{Address, B256, Bytes, keccak256};
use suite::bindings::{ICaliber, ICollateralAuction, ILoanPool, IQevAuction, IStakedUSDai, ISwapAdapter, IUSDai};
use suite::{CreditConfig, Reverted, SuiteConfig, Transact};
use suite_tests::published::{abi_of, built, constants, layout, long_constants, zeros};
use suite_tests::{Deployed, World, n};

use crate::calldata::Contract;

/// The published interfaces.
const INTERFACES: [&str; 7] = [
    "IUSDai",
    "ISwapAdapter",
    "IStakedUSDai",
    "IQevAuction",
    "ICaliber",
    "ILoanPool",
    "ICollateralAuction",
];

/// Whether the contract knows what to do with this calldata, be it to refuse it.
fn is_answered(w: &Deployed, contract: Address, data: &[u8]) -> bool {
    let answer = w
        .chain
        .call_data(w.suite.actors.stranger, contract, Bytes::copy_from_slice(data));
    match answer {
        Ok(_) => true,
        Err(reverted) => !is_invalid_call(&reverted),
    }
}

fn is_invalid_call(reverted: &Reverted) -> bool {
    reverted.as_error::<IUSDai::InvalidCall>().is_some()
}

/// All contracts of the suite are deployed.
fn whole() -> World {
    World::of(&SuiteConfig {
        yield_bps: 0,
        credit: Some(CreditConfig::default()),
        ..SuiteConfig::default()
    })
}

/// All contracts as their published ABIs describe them.
fn published(w: &Deployed) -> Vec<Contract> {
    let (suite, staking) = (&w.suite, w.staking());
    let credit = suite.credit().expect("deployed");
    let contracts: [(Address, &str, &'static [&'static str]); 7] = [
        (suite.usdai, "IUSDai", &["usdai-token"]),
        (suite.swap_adapter, "ISwapAdapter", &["swap-adapter"]),
        (
            staking.auction,
            "IQevAuction",
            &["qev-auction", "qev-auction-extension"],
        ),
        (
            staking.vault,
            "IStakedUSDai",
            &["susdai-vault", "susdai-vault-extension"],
        ),
        (credit.caliber, "ICaliber", &["caliber-nft"]),
        (
            credit.pool,
            "ILoanPool",
            &[
                "loan-pool",
                "loan-pool-payments",
                "loan-pool-origination",
                "loan-pool-recovery",
                "loan-pool-administration",
            ],
        ),
        (credit.auction, "ICollateralAuction", &["collateral-auction"]),
    ];
    let contract = |(address, interface, programs)| Contract {
        address,
        abi: abi_of(interface),
        programs,
    };
    contracts.map(contract).into()
}

/// Functions, events and errors in full, without the names that Solidity gives to its own types.
fn items(abi: &JsonAbi) -> BTreeSet<String> {
    let argument = |input: &Param| format!("{} {}", input.selector_type(), input.name);
    let arguments = |inputs: &[Param]| inputs.iter().map(argument).collect::<Vec<_>>().join(",");
    let functions = abi.functions().map(|function| {
        let (inputs, outputs) = (arguments(&function.inputs), arguments(&function.outputs));
        format!(
            "function {}({inputs})({outputs}) {:?}",
            function.name, function.state_mutability
        )
    });
    let events = abi.events().map(|event| {
        let inputs = event.inputs.iter().map(|input| {
            let indexed = if input.indexed { " indexed" } else { "" };
            format!("{}{indexed} {}", input.selector_type(), input.name)
        });
        format!("event {}({})", event.name, inputs.collect::<Vec<_>>().join(","))
    });
    let errors = abi
        .errors()
        .map(|error| format!("error {}({})", error.name, arguments(&error.inputs)));
    functions.chain(events).chain(errors).collect()
}

/// The published ABIs are those of the bindings, which are made from the interfaces by another compiler.
#[test]
fn the_published_abis_are_the_interfaces() {
    for (interface, abi) in [
        ("IUSDai", IUSDai::abi::contract()),
        ("ISwapAdapter", ISwapAdapter::abi::contract()),
        ("IStakedUSDai", IStakedUSDai::abi::contract()),
        ("IQevAuction", IQevAuction::abi::contract()),
        ("ICaliber", ICaliber::abi::contract()),
        ("ILoanPool", ILoanPool::abi::contract()),
        ("ICollateralAuction", ICollateralAuction::abi::contract()),
    ] {
        assert_eq!(
            items(&abi_of(interface)),
            items(&abi),
            "{interface}: run scripts/abi.sh"
        );
    }
}

#[test]
fn every_function_of_the_interfaces_is_answered() {
    let w = whole();
    for Contract { address, abi, programs } in published(&w) {
        for function in abi.functions() {
            assert!(
                is_answered(&w, address, &zeros(function)),
                "{programs:?}: {}",
                function.signature()
            );
        }
        assert!(
            !is_answered(&w, address, &[0xde, 0xad, 0xbe, 0xef]),
            "{programs:?} answers anything"
        );
    }
}

/// Arguments of every shape that a function of the suite has, or one of up to eight words could have.
fn shapes(contracts: &[Contract]) -> BTreeSet<Vec<u8>> {
    let functions = contracts.iter().flat_map(|contract| contract.abi.functions());
    let mut shapes: BTreeSet<Vec<u8>> = functions.map(layout).collect();
    for words in 0..=8_usize {
        let plain = vec![0; 32 * words];
        if words > 0 {
            // The same with an empty `bytes` as the last argument.
            let offset = n(32 * words as u64).to_be_bytes::<32>();
            shapes.insert([&plain[32..], &offset, &[0; 32]].concat());
        }
        shapes.insert(plain);
    }
    shapes
}

/// A program that answers a selector has it as a constant of its code. So all its constants are tried, with all shapes
/// of arguments: what is answered must be in the interface, and the interface must be found whole, or the search misses
/// something.
#[test]
fn the_programs_answer_nothing_but_the_interfaces() {
    let w = whole();
    let contracts = published(&w);
    let shapes = shapes(&contracts);
    for Contract { address, abi, programs } in contracts {
        let declared: BTreeSet<u32> = abi
            .functions()
            .map(|function| u32::from_be_bytes(function.selector().0))
            .collect();
        // A comparison may be turned round by one.
        let candidates: BTreeSet<u32> = programs
            .iter()
            .flat_map(|program| constants(&built(program)))
            .filter(|value| (0xffff..=0xffff_ffff - 0xffff).contains(value))
            .flat_map(|value| [value - 1, value, value + 1])
            .collect();
        let answered: BTreeSet<u32> = candidates
            .into_iter()
            .filter(|selector| {
                let selector = selector.to_be_bytes();
                let mut calls = shapes.iter().map(|shape| [&selector[..], shape].concat());
                calls.any(|data| is_answered(&w, address, &data))
            })
            .collect();
        let hex = |set: &BTreeSet<u32>| set.iter().map(|selector| format!("{selector:08x}")).collect::<Vec<_>>();
        assert_eq!(hex(&answered), hex(&declared), "{programs:?}");
    }
}

/// No function stands in both programs of the vault: each selector is answered by the one that has it.
#[test]
fn the_vault_and_its_extension_share_no_function() {
    let w = World::staked();
    let staking = w.staking();
    let functions: Vec<Vec<u8>> = abi_of("IStakedUSDai").functions().map(zeros).collect();
    let (mut core, mut extension) = (0, 0);
    for data in functions {
        // A call of the extension itself runs on storage without books, which answers or refuses, but not as unknown.
        if is_answered(&w, staking.extension, &data) {
            extension += 1;
        } else {
            core += 1;
        }
    }
    assert!(
        core > 20 && extension > 20,
        "{core} in the core, {extension} in the extension"
    );
}

/// The ABI of the deployed USDai that wallets, indexers and integrators use: all of it is kept.
const LIVE_FUNCTIONS: &[&str] = &[
    "DEFAULT_ADMIN_ROLE()(bytes32)",
    "DOMAIN_SEPARATOR()(bytes32)",
    "allowance(address,address)(uint256)",
    "approve(address,uint256)(bool)",
    "balanceOf(address)(uint256)",
    "baseToken()(address)",
    "bridgedSupply()(uint256)",
    "burn(address,uint256)()",
    "decimals()(uint8)",
    "deposit(address,uint256,uint256,address)(uint256)",
    "deposit(address,uint256,uint256,address,bytes)(uint256)",
    "eip712Domain()(bytes1,string,string,uint256,address,bytes32,uint256[])",
    "getRoleAdmin(bytes32)(bytes32)",
    "grantRole(bytes32,address)()",
    "hasRole(bytes32,address)(bool)",
    "mint(address,uint256)()",
    "name()(string)",
    "nonces(address)(uint256)",
    "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)()",
    "renounceRole(bytes32,address)()",
    "revokeRole(bytes32,address)()",
    "setSupplyCap(uint256)()",
    "supplyCap()(uint256)",
    "supportsInterface(bytes4)(bool)",
    "swapAdapter()(address)",
    "symbol()(string)",
    "totalSupply()(uint256)",
    "transfer(address,uint256)(bool)",
    "transferFrom(address,address,uint256)(bool)",
    "withdraw(address,uint256,uint256,address)(uint256)",
    "withdraw(address,uint256,uint256,address,bytes)(uint256)",
];

/// Its events, with the indexed arguments marked.
const LIVE_EVENTS: &[&str] = &[
    "Approval(address indexed,address indexed,uint256)",
    "Deposited(address indexed,address indexed,address,uint256,uint256)",
    "RoleAdminChanged(bytes32 indexed,bytes32 indexed,bytes32 indexed)",
    "RoleGranted(bytes32 indexed,address indexed,address indexed)",
    "RoleRevoked(bytes32 indexed,address indexed,address indexed)",
    "SupplyCapSet(uint256)",
    "Transfer(address indexed,address indexed,uint256)",
    "Withdrawn(address indexed,address indexed,address,uint256,uint256)",
];

/// Its errors that a caller can still meet.
const LIVE_ERRORS: &[&str] = &[
    "AccessControlBadConfirmation()",
    "AccessControlUnauthorizedAccount(address,bytes32)",
    "ECDSAInvalidSignature()",
    "ECDSAInvalidSignatureS(bytes32)",
    "ERC20InsufficientAllowance(address,uint256,uint256)",
    "ERC20InsufficientBalance(address,uint256,uint256)",
    "ERC20InvalidApprover(address)",
    "ERC20InvalidReceiver(address)",
    "ERC20InvalidSender(address)",
    "ERC20InvalidSpender(address)",
    "ERC2612ExpiredSignature(uint256)",
    "ERC2612InvalidSigner(address,address)",
    "InvalidAddress()",
    "InvalidAmount()",
    "SafeERC20FailedOperation(address)",
    "SupplyCapExceeded()",
];

/// The ABI of the deployed StakedUSDai that wallets, indexers and integrators use: what does the same thing is kept.
/// `redemption` answered a tuple and a number, which are the same words in the same order.
const LIVE_STAKED_FUNCTIONS: &[&str] = &[
    "DEFAULT_ADMIN_ROLE()(bytes32)",
    "DOMAIN_SEPARATOR()(bytes32)",
    "allowance(address,address)(uint256)",
    "approve(address,uint256)(bool)",
    "asset()(address)",
    "balanceOf(address)(uint256)",
    "bridgedSupply()(uint256)",
    "burn(address,uint256)()",
    "claimableBaseYield()(uint256)",
    "claimableRedeemRequest(uint256,address)(uint256)",
    "convertToAssets(uint256)(uint256)",
    "convertToShares(uint256)(uint256)",
    "decimals()(uint8)",
    "deposit(uint256,address)(uint256)",
    "deposit(uint256,address,uint256)(uint256)",
    "depositBaseYield(uint256)(uint256,uint256)",
    "depositSharePrice()(uint256)",
    "eip712Domain()(bytes1,string,string,uint256,address,bytes32,uint256[])",
    "getRoleAdmin(bytes32)(bytes32)",
    "grantRole(bytes32,address)()",
    "hasRole(bytes32,address)(bool)",
    "isOperator(address,address)(bool)",
    "maxDeposit(address)(uint256)",
    "maxMint(address)(uint256)",
    "maxRedeem(address)(uint256)",
    "maxWithdraw(address)(uint256)",
    "mint(address,uint256)()",
    "mint(uint256,address,uint256)(uint256)",
    "mint(uint256,address)(uint256)",
    "name()(string)",
    "nav()(uint256)",
    "nonces(address)(uint256)",
    "pause()()",
    "paused()(bool)",
    "pendingRedeemRequest(uint256,address)(uint256)",
    "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)()",
    "previewDeposit(uint256)(uint256)",
    "previewMint(uint256)(uint256)",
    "previewRedeem(uint256)(uint256)",
    "previewWithdraw(uint256)(uint256)",
    "redeem(uint256,address,address)(uint256)",
    "redemption(uint256)(uint256,uint256,uint256,uint256,uint256,address,uint64,uint256)",
    "redemptionIds(address)(uint256[])",
    "redemptionQueueInfo()(uint256,uint256,uint256,uint256,uint256)",
    "redemptionSharePrice()(uint256)",
    "redemptionTimestamp()(uint64)",
    "renounceRole(bytes32,address)()",
    "requestRedeem(uint256,address,address)(uint256)",
    "revokeRole(bytes32,address)()",
    "serviceRedemptions(uint256)(uint256)",
    "setBlacklist(address,bool)()",
    "setOperator(address,bool)(bool)",
    "share()(address)",
    "supportsInterface(bytes4)(bool)",
    "symbol()(string)",
    "totalAssets()(uint256)",
    "totalShares()(uint256)",
    "totalSupply()(uint256)",
    "transfer(address,uint256)(bool)",
    "transferFrom(address,address,uint256)(bool)",
    "unpause()()",
    "withdraw(uint256,address,address)(uint256)",
];

/// Its events that can still come. `RedemptionProcessed` is the auction's now.
const LIVE_STAKED_EVENTS: &[&str] = &[
    "AdminFeeTransferred(address indexed,uint256)",
    "Approval(address indexed,address indexed,uint256)",
    "BaseYieldDeposited(uint256,uint256)",
    "Blacklisted(address indexed,bool)",
    "Deposit(address indexed,address indexed,uint256,uint256)",
    "OperatorSet(address indexed,address indexed,bool)",
    "Paused(address)",
    "RedeemRequest(address indexed,address indexed,uint256 indexed,address,uint256)",
    "RedemptionsServiced(uint256,uint256,bool)",
    "RoleAdminChanged(bytes32 indexed,bytes32 indexed,bytes32 indexed)",
    "RoleGranted(bytes32 indexed,address indexed,address indexed)",
    "RoleRevoked(bytes32 indexed,address indexed,address indexed)",
    "Transfer(address indexed,address indexed,uint256)",
    "Unpaused(address)",
    "Withdraw(address indexed,address indexed,address indexed,uint256,uint256)",
];

/// Its errors that a caller can still meet.
const LIVE_STAKED_ERRORS: &[&str] = &[
    "AccessControlBadConfirmation()",
    "AccessControlUnauthorizedAccount(address,bytes32)",
    "BlacklistedAddress(address)",
    "DisabledImplementation()",
    "ECDSAInvalidSignature()",
    "ECDSAInvalidSignatureS(bytes32)",
    "ERC20InsufficientAllowance(address,uint256,uint256)",
    "ERC20InsufficientBalance(address,uint256,uint256)",
    "ERC20InvalidApprover(address)",
    "ERC20InvalidReceiver(address)",
    "ERC20InvalidSender(address)",
    "ERC20InvalidSpender(address)",
    "ERC2612ExpiredSignature(uint256)",
    "ERC2612InvalidSigner(address,address)",
    "EnforcedPause()",
    "ExpectedPause()",
    "InsufficientBalance()",
    "InvalidAddress()",
    "InvalidAmount()",
    "InvalidCaller()",
    "SafeERC20FailedOperation(address)",
];

/// Everything in these lists must be declared.
fn must_keep(abi: &JsonAbi, live_functions: &[&str], live_events: &[&str], live_errors: &[&str]) {
    let functions: BTreeSet<String> = abi
        .functions()
        .map(|function| {
            let outputs: Vec<_> = function.outputs.iter().map(|output| output.ty.clone()).collect();
            format!("{}({})", function.signature(), outputs.join(","))
        })
        .collect();
    let events: BTreeSet<String> = abi
        .events()
        .map(|event| {
            let inputs = event
                .inputs
                .iter()
                .map(|input| input.ty.clone() + if input.indexed { " indexed" } else { "" });
            format!("{}({})", event.name, inputs.collect::<Vec<_>>().join(","))
        })
        .collect();
    let errors: BTreeSet<String> = abi.errors().map(alloy_json_abi::Error::signature).collect();
    for (live, ours) in [
        (live_functions, functions),
        (live_events, events),
        (live_errors, errors),
    ] {
        for entry in live {
            assert!(ours.contains(*entry), "{entry} is gone");
        }
    }
}

#[test]
fn the_live_abi_is_kept() {
    must_keep(&abi_of("IUSDai"), LIVE_FUNCTIONS, LIVE_EVENTS, LIVE_ERRORS);
    let staked = abi_of("IStakedUSDai");
    must_keep(&staked, LIVE_STAKED_FUNCTIONS, LIVE_STAKED_EVENTS, LIVE_STAKED_ERRORS);
    let processed = "RedemptionProcessed(uint256 indexed,address indexed,uint256,uint256,uint256)";
    must_keep(&abi_of("IQevAuction"), &[], &[processed], &[]);
}

/// Each live function of sUSDai answers at its live selector, taken from the signature alone.
#[test]
fn live_calls_of_susdai_are_answered() {
    let w = World::staked();
    let vault = w.staking().vault;
    for live in LIVE_STAKED_FUNCTIONS {
        let signature = &live[..=live.find(')').expect("a signature")];
        let arguments = signature[signature.find('(').expect("a signature") + 1..].trim_end_matches(')');
        let words = if arguments.is_empty() {
            0
        } else {
            arguments.split(',').count()
        };
        let data = [&keccak256(signature)[..4], &vec![0; 32 * words]].concat();
        assert!(is_answered(&w, vault, &data), "{signature}");
    }
}

#[test]
fn the_live_swap_adapters_functions_are_kept() {
    let abi = abi_of("ISwapAdapter");
    let ours: BTreeSet<String> = abi.functions().map(alloy_json_abi::Function::signature).collect();
    for live in [
        "baseToken()",
        "swapIn(address,uint256,uint256,bytes)",
        "swapOut(address,uint256,uint256,bytes)",
    ] {
        assert!(ours.contains(live), "{live} is gone");
    }
}

/// Selectors and topics that must never move, as numbers.
#[test]
fn well_known_numbers() {
    let abi = abi_of("IUSDai");
    let selectors: BTreeMap<String, String> = abi
        .functions()
        .map(|function| (function.signature(), function.selector().to_string()))
        .collect();
    for (signature, selector) in [
        ("transfer(address,uint256)", "0xa9059cbb"),
        ("transferFrom(address,address,uint256)", "0x23b872dd"),
        ("approve(address,uint256)", "0x095ea7b3"),
        (
            "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
            "0xd505accf",
        ),
        ("grantRole(bytes32,address)", "0x2f2ff15d"),
        ("pause()", "0x8456cb59"),
    ] {
        assert_eq!(
            selectors.get(signature).map(String::as_str),
            Some(selector),
            "{signature}"
        );
    }
    let transfer = abi.events().find(|event| event.name == "Transfer").expect("declared");
    assert_eq!(
        transfer.selector().to_string(),
        "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
    );
}

/// A source file without its tests.
fn without_tests(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("readable");
    text.split("#[cfg(test)]\nmod tests")
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// Rust sources of a crate, but for what only its tests use: doubles, and others' contracts to compare with.
fn sources(under: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(under).expect("the crate is there").flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if ["doubles.rs", "reference.rs", "reference", "tests.rs"]
            .iter()
            .any(|tests| name == *tests)
        {
            continue;
        }
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// `error Name(type name, …);` or `event …` of a source line as the canonical signature.
fn declaration(line: &str, keyword: &str) -> Option<String> {
    let rest = line
        .trim()
        .strip_prefix(keyword)?
        .strip_prefix(' ')?
        .strip_suffix(");")?;
    let (name, inputs) = rest.split_once('(')?;
    let types: Vec<&str> = inputs
        .split(',')
        .filter_map(|input| input.split_whitespace().next())
        .collect();
    Some(format!("{name}({})", types.join(",")))
}

fn declared_in(abi: &JsonAbi) -> (BTreeSet<String>, BTreeSet<String>) {
    let errors = abi.errors().map(alloy_json_abi::Error::signature).collect();
    let events = abi.events().map(alloy_json_abi::Event::signature).collect();
    (errors, events)
}

/// Errors and events of all interfaces.
fn declared_anywhere() -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut errors, mut events) = (BTreeSet::new(), BTreeSet::new());
    for interface in INTERFACES {
        let declared = declared_in(&abi_of(interface));
        errors.extend(declared.0);
        events.extend(declared.1);
    }
    (errors, events)
}

#[test]
fn what_the_crates_declare_the_interfaces_declare() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let vault = declared_in(&abi_of("IStakedUSDai"));
    let auction = declared_in(&abi_of("IQevAuction"));
    let pool = declared_in(&abi_of("ILoanPool"));
    let mut found = 0;
    for (name, (errors, events)) in [
        ("usdai-token", declared_in(&abi_of("IUSDai"))),
        ("swap-adapter", declared_in(&abi_of("ISwapAdapter"))),
        ("qev-auction", auction.clone()),
        ("qev-auction-extension", auction.clone()),
        ("qev-auction-state", auction),
        ("susdai-vault", vault.clone()),
        ("susdai-vault-extension", vault.clone()),
        ("susdai-state", vault),
        ("caliber-nft", declared_in(&abi_of("ICaliber"))),
        ("loan-pool", pool.clone()),
        ("loan-pool-payments", pool.clone()),
        ("loan-pool-origination", pool.clone()),
        ("loan-pool-recovery", pool.clone()),
        ("loan-pool-administration", pool.clone()),
        ("loan-pool-state", pool),
        ("collateral-auction", declared_in(&abi_of("ICollateralAuction"))),
        // What the contracts share is used by one of them at least.
        ("contract-kit", declared_anywhere()),
    ] {
        for path in sources(&crates.join(name).join("src")) {
            for line in without_tests(&path).lines() {
                for (keyword, declared) in [("error", &errors), ("event", &events)] {
                    if let Some(signature) = declaration(line, keyword) {
                        assert!(
                            declared.contains(&signature),
                            "{keyword} {signature} of {}",
                            path.display()
                        );
                        found += 1;
                    }
                }
            }
        }
    }
    assert!(found > 15, "only {found} declarations were found");
}

/// Errors that stand in a program without being in its interface, because nothing that can happen leads there: the
/// ledger that the tokens share refuses frozen accounts, and USDai freezes none.
const UNREACHABLE: &[(&str, &str)] = &[("usdai-token", "BlacklistedAddress(address)")];

/// Of the errors that the crates declare, those in a program are in its interface: every error selector that stands in
/// the program, as a constant or as data. What a program passes on as it came is not in it.
#[test]
fn the_errors_in_the_programs_are_declared() {
    let w = whole();
    let contracts = published(&w);
    let all: BTreeMap<String, [u8; 4]> = contracts
        .iter()
        .flat_map(|contract| contract.abi.errors())
        .map(|error| {
            (
                error.signature(),
                keccak256(error.signature())[..4].try_into().expect("four bytes"),
            )
        })
        .collect();
    for Contract { abi, programs, .. } in &contracts {
        let (declared, _) = declared_in(abi);
        for program in *programs {
            let wasm = built(program);
            let constants = constants(&wasm);
            let mut found = 0;
            for (signature, selector) in &all {
                // Memory is little-endian: a store of the constant writes the selector.
                let there = constants.contains(&u32::from_le_bytes(*selector))
                    || constants.contains(&u32::from_be_bytes(*selector))
                    || wasm.windows(4).any(|window| window == selector);
                if there {
                    found += 1;
                    let is_told = declared.contains(signature) || UNREACHABLE.contains(&(program, signature));
                    assert!(is_told, "{signature} in {program}");
                }
            }
            assert!(found > 5, "{program}: only {found} error selectors were found");
        }
    }
}

/// What the interface has for the sake of a standard, and no program ever says.
const NEVER_SAID: &[&str] = &["RoleAdminChanged(bytes32,bytes32,bytes32)"];

/// Whether a program has these bytes: as they are among its data, or as the numbers of 64 bits that it stores.
fn holds(wasm: &[u8], numbers: &BTreeSet<u64>, bytes: &B256) -> bool {
    let is_stored =
        |word: [u8; 8]| numbers.contains(&u64::from_le_bytes(word)) || numbers.contains(&u64::from_be_bytes(word));
    let mut words = bytes.chunks_exact(8).map(|word| word.try_into().expect("eight bytes"));
    wasm.windows(32).any(|window| window == bytes.as_slice()) || words.all(is_stored)
}

/// Every event of an interface can be logged by the contract's programs: they hold its topic.
#[test]
fn the_events_of_the_interfaces_are_in_the_programs() {
    let w = whole();
    for Contract { abi, programs, .. } in published(&w) {
        let programs: Vec<_> = programs
            .iter()
            .map(|program| {
                let wasm = built(program);
                let numbers = long_constants(&wasm);
                (wasm, numbers)
            })
            .collect();
        for event in abi.events() {
            let topic = event.selector();
            let is_held = programs.iter().any(|(wasm, numbers)| holds(wasm, numbers, &topic));
            let signature = event.signature();
            assert_eq!(is_held, !NEVER_SAID.contains(&signature.as_str()), "{signature}");
        }
    }
}
