//! The life of a program: activation, expiry, keeping alive, caching.

use alloy_eips::BlockId;
use alloy_primitives::{Address, Bytes, U256, address, hex, keccak256};
use alloy_sol_types::{SolCall, SolError, SolEvent, sol};
use devnet::{CallRequest, Chain, Overrides, Receipt, Tx, initcode_for};

use crate::support::{
    Kind, Script, chain, deploy_evm, deploy_wat, evm_puppet, play, program_code, send, stylus_puppet, word, words,
};

sol! {
    function activateProgram(address program) external payable returns (uint16 version, uint256 dataFee);
    function codehashVersion(bytes32 codehash) external view returns (uint16 version);
    function programVersion(address program) external view returns (uint16 version);
    function programTimeLeft(address program) external view returns (uint64 secs);
    function programMemoryFootprint(address program) external view returns (uint16 footprint);
    function codehashAsmSize(bytes32 codehash) external view returns (uint32 size);
    function codehashKeepalive(bytes32 codehash) external payable;
    function cacheProgram(address addr) external;
    function evictCodehash(bytes32 codehash) external;
    function codehashIsCached(bytes32 codehash) external view returns (bool);

    event ProgramActivated(bytes32 indexed codehash, bytes32 moduleHash, address program, uint256 dataFee, uint16 version);
    event ProgramLifetimeExtended(bytes32 indexed codehash, uint256 dataFee);
    event UpdateProgramCache(address indexed manager, bytes32 indexed codehash, bool cached);

    error ProgramNotWasm();
    error ProgramNotActivated();
    error ProgramExpired(uint64 ageInSeconds);
    error ProgramUpToDate();
    error ProgramKeepaliveTooSoon(uint64 ageInSeconds);
    error ProgramInsufficientValue(uint256 have, uint256 want);
}

const ARB_WASM: Address = address!("0x0000000000000000000000000000000000000071");
const ARB_WASM_CACHE: Address = address!("0x0000000000000000000000000000000000000072");
const NETWORK: Address = address!("0xa4b0000000000000000000000000000000fee000");
const DAY: u64 = 86_400;

const PROGRAM: &str = r#"(module
  (memory (export "memory") 1 1)
  (func (export "user_entrypoint") (param i32) (result i32) (i32.const 0)))"#;

fn create(chain: &mut Chain, code: &[u8]) -> Address {
    let from = chain.accounts()[0];
    chain
        .send(Tx::create(from, initcode_for(code)))
        .contract_address
        .unwrap()
}

fn ask<C: SolCall>(chain: &Chain, to: Address, call: &C) -> Result<C::Return, Bytes> {
    let request = CallRequest {
        to: Some(to),
        data: call.abi_encode().into(),
        ..CallRequest::default()
    };
    let output = chain.call(&request, BlockId::latest(), &Overrides::default()).unwrap();
    if output.success {
        Ok(C::abi_decode_returns(&output.output).unwrap())
    } else {
        Err(output.output)
    }
}

fn activate(chain: &mut Chain, program: Address, value: u64) -> Receipt {
    let from = chain.accounts()[0];
    let data = activateProgramCall { program }.abi_encode();
    chain.send(Tx::call(from, ARB_WASM, data).with_value(U256::from(value)))
}

#[test]
fn a_program_runs_only_once_it_is_activated() {
    let mut chain = chain();
    let program = create(&mut chain, &program_code(PROGRAM));
    let hash = keccak256(chain.code(program));
    let from = chain.accounts()[0];
    let receipt = chain.send(Tx::call(from, program, Bytes::new()).with_gas_limit(100_000));
    assert!(!receipt.status);
    // As in Nitro the call fails without data and with all its gas.
    assert_eq!((receipt.gas_used, receipt.output), (100_000, Bytes::new()));
    assert_eq!(receipt.halt_reason.unwrap(), "ProgramNotActivated()");
    let error = Bytes::from(ProgramNotActivated {}.abi_encode());
    assert_eq!(
        ask(&chain, ARB_WASM, &codehashVersionCall { codehash: hash }),
        Err(error.clone())
    );
    assert_eq!(ask(&chain, ARB_WASM, &programVersionCall { program }), Err(error));

    let balances = |chain: &Chain| (chain.balance(from), chain.balance(NETWORK), chain.balance(ARB_WASM));
    let before = balances(&chain);
    let receipt = activate(&mut chain, program, 1_000_000_000_000_000_000);
    assert!(receipt.status, "{receipt:?}");
    let returned = activateProgramCall::abi_decode_returns(&receipt.output).unwrap();
    let event = ProgramActivated::decode_log_data(&receipt.logs[0].data).unwrap();
    assert_eq!(receipt.logs[0].address, ARB_WASM);
    assert_eq!((event.codehash, event.program, event.version), (hash, program, 2));
    assert_eq!((returned.version, returned.dataFee), (2, event.dataFee));
    // 64 bytes of WebAssembly, 1 function with 2 parameters and results, each term rounded down: 512,000 + 996 + 22 + 400
    // = 513,418 bytes of machine code, 502 KiB.
    assert_eq!(wat::parse_str(PROGRAM).unwrap().len(), 64);
    assert_eq!(
        ask(&chain, ARB_WASM, &codehashAsmSizeCall { codehash: hash }),
        Ok(502 * 1_024)
    );
    // Demand 513,418 of 70,177,364: 73 of 10,000; e to that power 10,073. 82,928,201 * 10,073 * 513,418 / 10,000 wei.
    assert_eq!(event.dataFee, U256::from(42_887_641_968_055_u64));
    let fee = receipt.gas_used * 100_000_000;
    let after = balances(&chain);
    assert_eq!(before.0 - after.0, event.dataFee + U256::from(fee));
    assert_eq!(after.1 - before.1, event.dataFee + U256::from(fee));
    assert_eq!(after.2, U256::ZERO);

    assert!(send(&mut chain, program, []).status);
    assert_eq!(ask(&chain, ARB_WASM, &codehashVersionCall { codehash: hash }), Ok(2));
    assert_eq!(ask(&chain, ARB_WASM, &programVersionCall { program }), Ok(2));
    assert_eq!(ask(&chain, ARB_WASM, &programMemoryFootprintCall { program }), Ok(1));
    // The same code at another address is activated with it.
    let twin = create(&mut chain, &program_code(PROGRAM));
    assert!(send(&mut chain, twin, []).status);
    let again = activate(&mut chain, twin, 1_000_000_000_000_000_000);
    assert_eq!(again.output, ProgramUpToDate {}.abi_encode());
}

#[test]
fn activation_costs_its_fixed_gas_and_what_the_program_is() {
    let mut chain = chain();
    let program = create(&mut chain, &program_code(PROGRAM));
    let receipt = activate(&mut chain, program, 1_000_000_000_000_000_000);
    let data = activateProgramCall { program }.abi_encode();
    let calldata: u64 = data.iter().map(|&byte| if byte == 0 { 4 } else { 16 }).sum();
    // The program, 28 gas a microsecond, each term rounded down: 64 bytes * 0.31733 = 20; no whole microsecond for one
    // function; 1 page * 2,217; its two instructions are 31 with 12 for ink, 12 at the head and 5 at the end: * 0.535 = 16.
    let analysis = 28 * (20 + 2_217 + 16);
    // Arguments 3, ArbOS 800, parameters 100, the record read 800; module hash, record and demand written 60,000; fee
    // account and pricer read 6 * 800; the event 375 * 3 + 8 * 128; results 2 words 6.
    let arbos = 3 + 800 + 100 + 800 + 60_000 + 4_800 + 375 * 3 + 8 * 128 + 6;
    assert_eq!(receipt.gas_used, 21_000 + calldata + 1_659_168 + analysis + arbos);
}

#[test]
fn activation_refused() {
    let mut chain = chain();
    let program = create(&mut chain, &program_code(PROGRAM));
    let evm = create(&mut chain, &[0]);
    let receipt = activate(&mut chain, program, 1);
    let error = ProgramInsufficientValue::abi_decode(&receipt.output).unwrap();
    assert_eq!(error.have, U256::from(1));
    assert!(error.want > U256::from(1_000_000_000_000_u64));
    assert!(!chain.is_program_active(program));
    // What was sent along came back with the revert.
    assert_eq!(chain.balance(ARB_WASM), U256::ZERO);
    let receipt = activate(&mut chain, Address::repeat_byte(9), 1);
    assert_eq!(receipt.output, ProgramNotWasm {}.abi_encode());
    let receipt = activate(&mut chain, evm, 1);
    assert!(!receipt.status && receipt.output.is_empty());
    assert!(receipt.gas_used < 2_000_000);
    // Too little gas for the fixed part.
    let from = chain.accounts()[0];
    let data = activateProgramCall { program }.abi_encode();
    assert!(
        !chain
            .send(Tx::call(from, ARB_WASM, data.clone()).with_gas_limit(1_600_000))
            .status
    );
    // Inside a static call and by delegatecall nothing can be activated, by a plain call without a fee neither, but that
    // one says why.
    let code = hex::encode(&data);
    for (opcode, returned) in [("STATICCALL", 0), ("DELEGATECALL", 0), ("CALL", 68)] {
        let value = if opcode == "CALL" { "PUSH0" } else { "" };
        // The calldata, 36 bytes, to memory; then the size of what comes back.
        let contract = deploy_evm(
            &mut chain,
            &format!(
                "0x{} PUSH0 MSTORE 0x{:0<64} 0x20 MSTORE PUSH0 PUSH0 0x24 PUSH0 {value} 0x71 GAS {opcode} POP
                 RETURNDATASIZE PUSH0 MSTORE 0x20 PUSH0 RETURN",
                &code[..64],
                &code[64..],
            ),
        );
        assert_eq!(
            words(&send(&mut chain, contract, []).output),
            [word(returned)],
            "{opcode}"
        );
    }
    assert!(!chain.is_program_active(program));
}

#[test]
fn programs_expire_after_365_days_and_are_kept_alive_before() {
    let mut chain = chain();
    let puppet = stylus_puppet(&mut chain);
    let caller = evm_puppet(&mut chain);
    let hash = keccak256(chain.code(puppet));
    let from = chain.accounts()[0];
    // The clock counts full hours since 2015-01-16 06:00, and the chain starts on the hour.
    assert_eq!((chain.timestamp() - 1_421_388_000) % 3_600, 0);
    assert_eq!(
        ask(&chain, ARB_WASM, &programTimeLeftCall { program: puppet }),
        Ok(365 * DAY)
    );
    let keep_alive = |chain: &mut Chain| {
        let data = codehashKeepaliveCall { codehash: hash }.abi_encode();
        chain.send(Tx::call(from, ARB_WASM, data).with_value(U256::from(1_000_000_000_000_000_000_u64)))
    };
    chain.increase_time(31 * DAY - 1);
    let receipt = keep_alive(&mut chain);
    assert_eq!(
        receipt.output,
        ProgramKeepaliveTooSoon {
            ageInSeconds: 31 * DAY - 1
        }
        .abi_encode()
    );
    chain.increase_time(1);
    let receipt = keep_alive(&mut chain);
    assert!(receipt.status, "{receipt:?}");
    let event = ProgramLifetimeExtended::decode_log_data(&receipt.logs[0].data).unwrap();
    assert_eq!(event.codehash, hash);
    assert_eq!(
        ask(&chain, ARB_WASM, &programTimeLeftCall { program: puppet }),
        Ok(365 * DAY)
    );

    chain.increase_time(365 * DAY);
    assert_eq!(play(&mut chain, puppet, &Script::new().load(1)), [word(0)]);
    chain.increase_time(1);
    let receipt = send(&mut chain, puppet, Script::new().load(1).bytes());
    assert_eq!(
        receipt.halt_reason.unwrap(),
        format!("ProgramExpired({})", 365 * DAY + 1)
    );
    let error = ProgramExpired {
        ageInSeconds: 365 * DAY + 1,
    }
    .abi_encode();
    assert_eq!(
        ask(&chain, ARB_WASM, &codehashVersionCall { codehash: hash }),
        Err(error.clone().into())
    );
    assert_eq!(keep_alive(&mut chain).output, error);
    assert!(!chain.cache_program(puppet));
    // To a caller it is a failed call.
    let script = Script::new().call(Kind::Call, puppet, 0, &Script::new()).this();
    assert_eq!(play(&mut chain, caller, &script), [word(0), caller.into_word()]);
    // Activated anew it runs again.
    assert!(activate(&mut chain, puppet, 1_000_000_000_000_000_000).status);
    assert_eq!(play(&mut chain, puppet, &Script::new().load(1)), [word(0)]);
}

#[test]
fn caching_through_the_precompile() {
    let mut chain = chain();
    let program = deploy_wat(&mut chain, PROGRAM);
    let hash = keccak256(chain.code(program));
    let (manager, stranger) = (chain.accounts()[0], chain.accounts()[1]);
    let cache = cacheProgramCall { addr: program }.abi_encode();
    let refused = chain.send(Tx::call(stranger, ARB_WASM_CACHE, cache.clone()).with_gas_limit(200_000));
    assert!(!refused.status);
    assert_eq!(refused.gas_used, 200_000);
    // The program's one block costs 2,452 ink: 1 gas. Its start 352 and 11, and uncached 8,832 and 8.252 for a function,
    // 1.059 for a parameter and a result, 0.1286 for each of 64 bytes: 8 + 2 + 8.
    let cached = 21_000 + 352 + 11 + 1;
    assert_eq!(send(&mut chain, program, []).gas_used, cached + 8_832 + 18);

    let receipt = chain.send(Tx::call(manager, ARB_WASM_CACHE, cache.clone()));
    assert!(receipt.status, "{receipt:?}");
    let event = UpdateProgramCache::decode_log_data(&receipt.logs[0].data).unwrap();
    assert_eq!((event.manager, event.codehash, event.cached), (manager, hash, true));
    assert_eq!(
        ask(&chain, ARB_WASM_CACHE, &codehashIsCachedCall { codehash: hash }),
        Ok(true)
    );
    assert!(chain.is_program_cached(program));
    assert_eq!(send(&mut chain, program, []).gas_used, cached);
    // Once more changes nothing and says nothing.
    let receipt = chain.send(Tx::call(manager, ARB_WASM_CACHE, cache));
    assert!(receipt.status && receipt.logs.is_empty());

    let evict = evictCodehashCall { codehash: hash }.abi_encode();
    assert!(chain.send(Tx::call(manager, ARB_WASM_CACHE, evict)).status);
    assert_eq!(
        ask(&chain, ARB_WASM_CACHE, &codehashIsCachedCall { codehash: hash }),
        Ok(false)
    );
    assert_eq!(send(&mut chain, program, []).gas_used, cached + 8_832 + 18);
    // What was never activated cannot be cached.
    let unknown = cacheProgramCall {
        addr: Address::repeat_byte(7),
    }
    .abi_encode();
    assert!(!chain.send(Tx::call(manager, ARB_WASM_CACHE, unknown)).status);
}

#[test]
fn what_the_chain_looks_up_stays_cold() {
    let mut chain = chain();
    let running = deploy_wat(&mut chain, PROGRAM);
    let another = format!("{PROGRAM} ").replace("(i32.const 0)", "(i32.const 1)");
    let new = create(&mut chain, &program_code(&another));
    let evm = create(&mut chain, &[0]);
    let from = chain.accounts()[0];
    let arbos_state = address!("0xa4b05fffffffffffffffffffffffffffffffffff");
    let cases: [(Address, Vec<u8>, Address, u64); 4] = [
        (
            ARB_WASM,
            programVersionCall { program: running }.abi_encode(),
            running,
            0,
        ),
        (
            ARB_WASM,
            activateProgramCall { program: new }.abi_encode(),
            new,
            1_000_000_000_000_000_000,
        ),
        (
            ARB_WASM_CACHE,
            codehashIsCachedCall {
                codehash: keccak256([]),
            }
            .abi_encode(),
            running,
            0,
        ),
        // A running program has its record looked up.
        (running, vec![0; 36], evm, 0),
    ];
    for (to, data, looked_up, value) in cases {
        let data = hex::encode(data);
        // What BALANCE of each account costs after the call: its push 3, itself, POP 2, GAS 2.
        let measures = [(looked_up, "0x60"), (arbos_state, "0x80"), (NETWORK, "0xa0")]
            .map(|(account, place)| format!("GAS {account} BALANCE POP GAS SWAP1 SUB {place} MSTORE "))
            .concat();
        let contract = deploy_evm(
            &mut chain,
            &format!(
                "0x{} PUSH0 MSTORE 0x{:0<64} 0x20 MSTORE PUSH0 PUSH0 0x24 PUSH0 CALLVALUE {to} GAS CALL 0x40 MSTORE
                 {measures} 0x80 0x40 RETURN",
                &data[..64],
                &data[64..],
            ),
        );
        let receipt = chain.send(Tx::call(from, contract, Bytes::new()).with_value(U256::from(value)));
        let cold = 3 + 2_600 + 2 + 2;
        assert_eq!(
            words(&receipt.output),
            [1, cold, cold, cold].map(word),
            "{to} {looked_up}"
        );
    }
    assert!(chain.is_program_active(new));
}

#[test]
fn what_destroyed_itself_is_not_activated() {
    let mut chain = chain();
    // Creates an account whose initcode (CALLER, SELFDESTRUCT) ends it, and activates that: whether it worked and the
    // bytes that came back. An account without code would get four of them.
    let selector = hex::encode(activateProgramCall::SELECTOR);
    let contract = deploy_evm(
        &mut chain,
        &format!(
            "0x33ff PUSH0 MSTORE 0x2 0x1e PUSH0 CREATE 0x{selector:0<64} PUSH0 MSTORE 0x4 MSTORE
             PUSH0 PUSH0 0x24 PUSH0 PUSH0 0x71 GAS CALL PUSH0 MSTORE RETURNDATASIZE 0x20 MSTORE 0x40 PUSH0 RETURN"
        ),
    );
    let receipt = send(&mut chain, contract, []);
    assert_eq!(words(&receipt.output), [word(0), word(0)]);
    assert!(receipt.gas_used < 2_000_000);
}

#[test]
fn a_simulated_activation_leaves_no_trace() {
    let mut chain = chain();
    let program = create(&mut chain, &program_code(PROGRAM));
    let request = CallRequest {
        from: Some(chain.accounts()[0]),
        to: Some(ARB_WASM),
        data: activateProgramCall { program }.abi_encode().into(),
        value: U256::from(1_000_000_000_000_000_000_u64),
        ..CallRequest::default()
    };
    assert!(
        chain
            .call(&request, BlockId::latest(), &Overrides::default())
            .unwrap()
            .success
    );
    assert!(!chain.is_program_active(program));
}
