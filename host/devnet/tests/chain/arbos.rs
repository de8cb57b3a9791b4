//! ArbOS's precompiles as contracts and tools see them, and what is on the chain from the start.

use alloy_eips::BlockId;
use alloy_primitives::{Address, B256, Bytes, U256, address, b256, keccak256};
use alloy_sol_types::{SolCall, SolError, SolEvent, sol};
use devnet::{CREATE2_FACTORY, CallRequest, Chain, Overrides, STYLUS_DEPLOYER, Tx, initcode_for};

use crate::support::{Kind, Script, assemble, chain, evm_puppet, program_code, send, stylus_puppet, word, words};

sol! {
    interface ArbSys {
        function arbBlockNumber() external view returns (uint256);
        function arbBlockHash(uint256 number) external view returns (bytes32);
        function arbChainID() external view returns (uint256);
        function arbOSVersion() external view returns (uint256);
        function isTopLevelCall() external view returns (bool);
        function wasMyCallersAddressAliased() external view returns (bool);
        function mapL1SenderContractAddressToL2Alias(address sender, address unused) external pure returns (address);
        error InvalidBlockNumber(uint256 requested, uint256 current);
    }
    interface ArbWasm {
        function stylusVersion() external view returns (uint16);
        function inkPrice() external view returns (uint32);
        function maxStackDepth() external view returns (uint32);
        function freePages() external view returns (uint16);
        function pageGas() external view returns (uint16);
        function pageRamp() external view returns (uint64);
        function pageLimit() external view returns (uint16);
        function minInitGas() external view returns (uint64 gas, uint64 cached);
        function initCostScalar() external view returns (uint64);
        function expiryDays() external view returns (uint16);
        function keepaliveDays() external view returns (uint16);
        function blockCacheSize() external view returns (uint16);
    }
    interface ArbWasmCache {
        function isCacheManager(address manager) external view returns (bool);
        function allCacheManagers() external view returns (address[] memory);
    }
    interface ArbInfo {
        function getBalance(address account) external view returns (uint256);
        function getCode(address account) external view returns (bytes memory);
    }
    interface ArbGasInfo {
        function getMinimumGasPrice() external view returns (uint256);
        function getCurrentTxL1GasFees() external view returns (uint256);
        function getPricesInWei() external view returns (uint256, uint256, uint256, uint256, uint256, uint256);
    }
    interface ArbOwnerPublic {
        function isChainOwner(address addr) external view returns (bool);
        function getNetworkFeeAccount() external view returns (address);
        function isCalldataPriceIncreaseEnabled() external view returns (bool);
    }
    interface NodeInterface {
        function gasEstimateComponents(address to, bool contractCreation, bytes calldata data) external payable
            returns (uint64 gasEstimate, uint64 gasEstimateForL1, uint256 baseFee, uint256 l1BaseFeeEstimate);
        function gasEstimateL1Component(address to, bool contractCreation, bytes calldata data) external payable
            returns (uint64 gasEstimateForL1, uint256 baseFee, uint256 l1BaseFeeEstimate);
    }
    interface StylusDeployer {
        event ContractDeployed(address deployedContract);
        function deploy(bytes calldata bytecode, bytes calldata initData, uint256 initValue, bytes32 salt)
            public payable returns (address);
    }
}

const ARB_SYS: Address = address!("0x0000000000000000000000000000000000000064");
const ARB_INFO: Address = address!("0x0000000000000000000000000000000000000065");
const ARB_OWNER_PUBLIC: Address = address!("0x000000000000000000000000000000000000006b");
const ARB_GAS_INFO: Address = address!("0x000000000000000000000000000000000000006c");
const ARB_WASM: Address = address!("0x0000000000000000000000000000000000000071");
const ARB_WASM_CACHE: Address = address!("0x0000000000000000000000000000000000000072");
const NODE_INTERFACE: Address = address!("0x00000000000000000000000000000000000000c8");

fn call(chain: &Chain, to: Address, data: Vec<u8>) -> Result<Bytes, Bytes> {
    let request = CallRequest {
        from: Some(chain.accounts()[0]),
        to: Some(to),
        data: data.into(),
        ..CallRequest::default()
    };
    let output = chain.call(&request, BlockId::latest(), &Overrides::default()).unwrap();
    if output.success {
        Ok(output.output)
    } else {
        Err(output.output)
    }
}

fn ask<C: SolCall>(chain: &Chain, to: Address, question: &C) -> C::Return {
    C::abi_decode_returns(&call(chain, to, question.abi_encode()).unwrap()).unwrap()
}

#[test]
fn facts_of_the_chain() {
    let mut chain = chain();
    chain.mine(300);
    assert_eq!(ask(&chain, ARB_SYS, &ArbSys::arbBlockNumberCall {}), U256::from(300));
    assert_eq!(ask(&chain, ARB_SYS, &ArbSys::arbChainIDCall {}), U256::from(412_346));
    assert_eq!(ask(&chain, ARB_SYS, &ArbSys::arbOSVersionCall {}), U256::from(55 + 51));
    assert!(!ask(&chain, ARB_SYS, &ArbSys::wasMyCallersAddressAliasedCall {}));
    let sender = address!("0xffffffffffffffffffffffffffffffffffffffff");
    let question = ArbSys::mapL1SenderContractAddressToL2AliasCall {
        sender,
        unused: Address::ZERO,
    };
    assert_eq!(
        ask(&chain, ARB_SYS, &question),
        address!("0x1111000000000000000000000000000000001110")
    );
    for number in [299_u64, 44] {
        let hash = ask(
            &chain,
            ARB_SYS,
            &ArbSys::arbBlockHashCall {
                number: U256::from(number),
            },
        );
        assert_eq!(hash, chain.block(number).unwrap().hash);
    }
    for number in [U256::from(300), U256::from(301), U256::from(43), U256::MAX] {
        let error = call(&chain, ARB_SYS, ArbSys::arbBlockHashCall { number }.abi_encode()).unwrap_err();
        let expected = ArbSys::InvalidBlockNumber {
            requested: number,
            current: U256::from(300),
        };
        assert_eq!(error, expected.abi_encode());
    }
}

#[test]
fn top_level_calls() {
    let mut chain = chain();
    let puppets = [evm_puppet(&mut chain), stylus_puppet(&mut chain)];
    let question = ArbSys::isTopLevelCallCall {}.abi_encode();
    let forward = |to: Address, data: &[u8]| {
        // A script's call step around raw calldata: the puppets pass on bytes, whatever they are.
        let len = u16::try_from(data.len()).unwrap().to_be_bytes();
        [&[5, 0][..], to.as_slice(), &[0; 32], &len, data].concat()
    };
    for (first, second) in [(puppets[0], puppets[1]), (puppets[1], puppets[0])] {
        let once = forward(ARB_SYS, &question);
        let twice = forward(second, &once);
        let thrice = forward(first, &twice);
        assert_eq!(words(&send(&mut chain, first, once).output), [1, 1].map(word));
        assert_eq!(words(&send(&mut chain, first, twice).output), [1, 1, 1].map(word));
        assert_eq!(words(&send(&mut chain, first, thrice).output), [1, 1, 1, 0].map(word));
    }
}

#[test]
fn parameters_of_stylus() {
    let chain = chain();
    assert_eq!(ask(&chain, ARB_WASM, &ArbWasm::stylusVersionCall {}), 2);
    assert_eq!(ask(&chain, ARB_WASM, &ArbWasm::inkPriceCall {}), 10_000);
    assert_eq!(ask(&chain, ARB_WASM, &ArbWasm::maxStackDepthCall {}), 22_000);
    assert_eq!(ask(&chain, ARB_WASM, &ArbWasm::freePagesCall {}), 2);
    assert_eq!(ask(&chain, ARB_WASM, &ArbWasm::pageGasCall {}), 1_000);
    assert_eq!(ask(&chain, ARB_WASM, &ArbWasm::pageRampCall {}), 620_674_314);
    assert_eq!(ask(&chain, ARB_WASM, &ArbWasm::pageLimitCall {}), 128);
    let least = ask(&chain, ARB_WASM, &ArbWasm::minInitGasCall {});
    assert_eq!((least.gas, least.cached), (8_832, 352));
    assert_eq!(ask(&chain, ARB_WASM, &ArbWasm::initCostScalarCall {}), 100);
    assert_eq!(ask(&chain, ARB_WASM, &ArbWasm::expiryDaysCall {}), 365);
    assert_eq!(ask(&chain, ARB_WASM, &ArbWasm::keepaliveDaysCall {}), 31);
    assert_eq!(ask(&chain, ARB_WASM, &ArbWasm::blockCacheSizeCall {}), 32);
}

#[test]
fn things_to_look_up() {
    let mut chain = chain();
    let (owner, other) = (chain.accounts()[0], chain.accounts()[1]);
    assert_eq!(
        ask(&chain, ARB_WASM_CACHE, &ArbWasmCache::allCacheManagersCall {}),
        [owner]
    );
    assert!(ask(
        &chain,
        ARB_WASM_CACHE,
        &ArbWasmCache::isCacheManagerCall { manager: owner }
    ));
    assert!(!ask(
        &chain,
        ARB_WASM_CACHE,
        &ArbWasmCache::isCacheManagerCall { manager: other }
    ));
    let balance = ask(&chain, ARB_INFO, &ArbInfo::getBalanceCall { account: other });
    assert_eq!(balance, chain.balance(other));
    let code = ask(
        &chain,
        ARB_INFO,
        &ArbInfo::getCodeCall {
            account: CREATE2_FACTORY,
        },
    );
    assert_eq!(code, chain.code(CREATE2_FACTORY));
    assert_eq!(
        ask(&chain, ARB_GAS_INFO, &ArbGasInfo::getMinimumGasPriceCall {}),
        U256::from(100_000_000)
    );
    assert_eq!(
        ask(&chain, ARB_GAS_INFO, &ArbGasInfo::getCurrentTxL1GasFeesCall {}),
        U256::ZERO
    );
    let prices = ask(&chain, ARB_GAS_INFO, &ArbGasInfo::getPricesInWeiCall {});
    assert_eq!((prices._0, prices._5), (U256::ZERO, U256::from(100_000_000)));
    assert!(!ask(
        &chain,
        ARB_OWNER_PUBLIC,
        &ArbOwnerPublic::isChainOwnerCall { addr: other }
    ));
    assert!(!ask(
        &chain,
        ARB_OWNER_PUBLIC,
        &ArbOwnerPublic::isCalldataPriceIncreaseEnabledCall {}
    ));
    let network = ask(&chain, ARB_OWNER_PUBLIC, &ArbOwnerPublic::getNetworkFeeAccountCall {});
    let before = chain.balance(network);
    send(&mut chain, other, []);
    assert_eq!(chain.balance(network) - before, U256::from(21_000_u64 * 100_000_000));
}

#[test]
fn calls_that_precompiles_refuse() {
    let mut chain = chain();
    let from = chain.accounts()[0];
    let version = ArbWasm::stylusVersionCall {}.abi_encode();
    let refused = |chain: &mut Chain, data: Vec<u8>, value: u64| {
        let receipt = chain.send(
            Tx::call(from, ARB_WASM, data)
                .with_value(U256::from(value))
                .with_gas_limit(300_000),
        );
        assert!(!receipt.status);
        assert!(receipt.output.is_empty());
        // All gas is gone, and the reason is told.
        assert_eq!(receipt.gas_used, 300_000);
        assert!(receipt.halt_reason.unwrap().contains("refused"));
    };
    refused(&mut chain, vec![], 0);
    refused(&mut chain, vec![1, 2, 3, 4], 0);
    refused(&mut chain, version[..3].to_vec(), 0);
    refused(&mut chain, version.clone(), 1);
    // Arguments cut short.
    refused(&mut chain, [&[0xd7, 0x0c, 0x0c, 0xa7][..], &[0; 31]].concat(), 0);
    // By delegatecall there is no precompile to act as.
    let puppet = evm_puppet(&mut chain);
    let delegate = [&[5, 1][..], ARB_WASM.as_slice(), &[0; 32], &[0, 4], &version].concat();
    assert_eq!(words(&send(&mut chain, puppet, delegate).output), [word(0)]);
    let plain = [&[5, 2][..], ARB_WASM.as_slice(), &[0; 32], &[0, 4], &version].concat();
    assert_eq!(words(&send(&mut chain, puppet, plain).output), [word(1), word(2)]);
}

#[test]
fn a_question_costs_its_words_and_the_opening_of_arbos() {
    let mut chain = chain();
    let data = ArbWasm::inkPriceCall {}.abi_encode();
    // 21,000 and 4 bytes of selector; no argument; ArbOS 800; parameters 100; a word of result 3.
    let calldata: u64 = data.iter().map(|&byte| if byte == 0 { 4 } else { 16 }).sum();
    assert_eq!(
        send(&mut chain, ARB_WASM, data).gas_used,
        21_000 + calldata + 800 + 100 + 3
    );
}

#[test]
fn precompiles_have_code() {
    let chain = chain();
    for precompile in [
        ARB_SYS,
        ARB_INFO,
        ARB_OWNER_PUBLIC,
        ARB_GAS_INFO,
        ARB_WASM,
        ARB_WASM_CACHE,
    ] {
        assert_eq!(chain.code(precompile)[..], [0xFE]);
    }
}

#[test]
fn the_create2_factory() {
    let mut chain = chain();
    // The code's published hash.
    let hash = b256!("0x2fa86add0aed31f33a762c9d88e807c475bd51d0f52bd0955754b2608f7e4989");
    assert_eq!(keccak256(chain.code(CREATE2_FACTORY)), hash);
    let initcode = initcode_for(&assemble("0x1 PUSH0 SSTORE"));
    let receipt = send(&mut chain, CREATE2_FACTORY, [word(3).as_slice(), &initcode].concat());
    let expected = CREATE2_FACTORY.create2_from_code(word(3), &initcode);
    assert_eq!(receipt.output[..], expected[..]);
    assert!(!chain.code(expected).is_empty());
}

#[test]
fn stylus_deployer_deploys_activates_and_constructs() {
    let mut chain = chain();
    assert!(!chain.code(STYLUS_DEPLOYER).is_empty());
    // A program whose constructor stores the last word of its calldata at 0 and refuses a second call.
    let code = program_code(
        r#"(module
          (import "vm_hooks" "read_args" (func $read_args (param i32)))
          (import "vm_hooks" "storage_load_bytes32" (func $load (param i32 i32)))
          (import "vm_hooks" "storage_cache_bytes32" (func $cache (param i32 i32)))
          (import "vm_hooks" "storage_flush_cache" (func $flush (param i32)))
          (memory (export "memory") 1 1)
          (func (export "user_entrypoint") (param $size i32) (result i32)
            (call $read_args (i32.const 100))
            (call $load (i32.const 0) (i32.const 50))
            (if (i32.load8_u (i32.const 81)) (then (return (i32.const 1))))
            (call $cache (i32.const 0) (i32.add (local.get $size) (i32.const 68)))
            (call $flush (i32.const 1))
            (i32.const 0)))"#,
    );
    let from = chain.accounts()[0];
    let deploy = |salt: u64, init_data: Vec<u8>| {
        let call = StylusDeployer::deployCall {
            bytecode: initcode_for(&code),
            initData: init_data.into(),
            initValue: U256::ZERO,
            salt: word(salt),
        };
        Tx::call(from, STYLUS_DEPLOYER, call.abi_encode()).with_value(U256::from(1_000_000_000_000_000_000_u64))
    };
    let constructor = [&[0x55, 0x85, 0x25, 0x8d][..], word(77).as_slice()].concat();
    let before = chain.balance(from);
    let receipt = chain.send(deploy(1, constructor.clone()));
    assert!(receipt.status, "{receipt:?}");
    let event = receipt
        .logs
        .iter()
        .find_map(|log| StylusDeployer::ContractDeployed::decode_log_data(&log.data).ok());
    let deployed = event.unwrap().deployedContract;
    assert_eq!(Address::from_word(B256::from_slice(&receipt.output)), deployed);
    assert_eq!(chain.code(deployed), code);
    assert_eq!(chain.storage_at(deployed, U256::ZERO), U256::from(77));
    assert!(!send(&mut chain, deployed, constructor.clone()).status);
    // The rest of the activation's value came back.
    assert!(before - chain.balance(from) < U256::from(10_000_000_000_000_000_u64));

    // A second one needs no activation, and then no value: the deployer refuses what it cannot use.
    let receipt = chain.send(deploy(2, constructor).with_value(U256::ZERO));
    assert!(receipt.status, "{receipt:?}");
}

#[test]
fn a_deployment_whose_constructor_fails_undoes_the_activation() {
    let mut chain = chain();
    let code = program_code(
        r#"(module (memory (export "memory") 0 0)
          (func (export "user_entrypoint") (param i32) (result i32) (i32.const 1)))"#,
    );
    let from = chain.accounts()[0];
    let call = StylusDeployer::deployCall {
        bytecode: initcode_for(&code),
        initData: vec![1, 2, 3, 4].into(),
        initValue: U256::ZERO,
        salt: word(1),
    };
    let value = U256::from(1_000_000_000_000_000_000_u64);
    let receipt = chain.send(Tx::call(from, STYLUS_DEPLOYER, call.abi_encode()).with_value(value));
    assert!(!receipt.status);
    let elsewhere = chain
        .send(Tx::create(from, initcode_for(&code)))
        .contract_address
        .unwrap();
    assert!(!chain.is_program_active(elsewhere));
}

#[test]
fn gas_estimates_by_the_node_interface() {
    let mut chain = chain();
    let puppet = stylus_puppet(&mut chain);
    let data = Script::new().store(1, 1).bytes();
    let question = NodeInterface::gasEstimateComponentsCall {
        to: puppet,
        contractCreation: false,
        data: data.clone(),
    };
    let answer = ask(&chain, NODE_INTERFACE, &question);
    let request = CallRequest {
        from: Some(chain.accounts()[0]),
        to: Some(puppet),
        data: data.clone(),
        ..CallRequest::default()
    };
    let estimate = chain
        .estimate_gas(&request, BlockId::latest(), &Overrides::default())
        .unwrap();
    assert_eq!((answer.gasEstimate, answer.gasEstimateForL1), (estimate, 0));
    assert_eq!(
        (answer.baseFee, answer.l1BaseFeeEstimate),
        (U256::from(100_000_000), U256::ZERO)
    );
    let question = NodeInterface::gasEstimateL1ComponentCall {
        to: puppet,
        contractCreation: false,
        data,
    };
    assert_eq!(ask(&chain, NODE_INTERFACE, &question).gasEstimateForL1, 0);
    // What fails fails with its data.
    let data = Script::new().load(1).revert().bytes();
    let question = NodeInterface::gasEstimateComponentsCall {
        to: puppet,
        contractCreation: false,
        data,
    };
    assert_eq!(
        call(&chain, NODE_INTERFACE, question.abi_encode()),
        Err(word(0).to_vec().into())
    );
    // It is not on the chain: to contracts it is an empty account.
    let script = Script::new().call(Kind::Call, NODE_INTERFACE, 0, &Script::new());
    assert_eq!(words(&send(&mut chain, puppet, script.bytes()).output), [word(1)]);
}
