//! What the tests are made of: a chain, an assembler, programs in the text format, and puppets.
//!
//! A puppet is a contract that does what its calldata says. There is one as a Stylus program and one as EVM bytecode, and
//! both understand the same [`Script`], so that any chain of calls across both worlds is one line of a test.

use std::sync::LazyLock;

use alloy_primitives::{Address, B256, Bytes, U256};
use devnet::{Chain, ChainConfig, Receipt, Tx, initcode_for};

/// A chain with the default configuration.
pub(crate) fn chain() -> Chain {
    Chain::new(ChainConfig::default())
}

/// A chain on which one transaction may use a hundred times the usual gas.
pub(crate) fn spacious_chain(tx_gas_limit: u64) -> Chain {
    Chain::new(ChainConfig {
        tx_gas_limit,
        ..ChainConfig::default()
    })
}

pub(crate) fn word(value: u64) -> B256 {
    U256::from(value).into()
}

pub(crate) fn address_word(address: Address) -> B256 {
    address.into_word()
}

/// The words of return data; a shorter rest is padded at its end.
pub(crate) fn words(data: &[u8]) -> Vec<B256> {
    data.chunks(32).map(B256::right_padding_from).collect()
}

/// Deployable code of a program in the text format.
pub(crate) fn program_code(wat: &str) -> Bytes {
    let wasm = wat::parse_str(wat).expect("the test's program is well-formed");
    stylus_rules::container::encode(&wasm).expect("the test's program compresses")
}

/// Deploys and activates a program in the text format.
pub(crate) fn deploy_wat(chain: &mut Chain, wat: &str) -> Address {
    let from = chain.accounts()[0];
    chain
        .deploy_program(from, &program_code(wat))
        .expect("the test's program is deployed")
}

/// The code after the initcode that deploys it as it is.
pub(crate) fn deploy_evm(chain: &mut Chain, source: &str) -> Address {
    let from = chain.accounts()[0];
    let receipt = chain.send(Tx::create(from, initcode_for(&assemble(source))));
    assert!(receipt.status, "{receipt:?}");
    receipt.contract_address.expect("a creation has an address")
}

/// Sends calldata to a contract from the first account.
pub(crate) fn send(chain: &mut Chain, to: Address, data: impl Into<Bytes>) -> Receipt {
    let from = chain.accounts()[0];
    chain.send(Tx::call(from, to, data))
}

/// Sends a script to a puppet and returns what it returned.
pub(crate) fn play(chain: &mut Chain, to: Address, script: &Script) -> Vec<B256> {
    let receipt = send(chain, to, script.bytes());
    assert!(receipt.status, "{receipt:?}");
    words(&receipt.output)
}

/// Assembles EVM code: mnemonics, `0x…` as the shortest push, `name:` as a jump destination, `@name` as a push of it.
pub(crate) fn assemble(source: &str) -> Vec<u8> {
    let mut code = Vec::new();
    let mut labels = std::collections::HashMap::new();
    let mut uses = Vec::new();
    for token in source
        .lines()
        .map(|line| line.split(';').next().unwrap_or_default())
        .flat_map(str::split_whitespace)
    {
        if let Some(name) = token.strip_suffix(':') {
            labels.insert(name.to_owned(), code.len());
            code.push(0x5B);
        } else if let Some(name) = token.strip_prefix('@') {
            code.push(0x61);
            uses.push((code.len(), name.to_owned()));
            code.extend([0, 0]);
        } else if let Some(digits) = token.strip_prefix("0x") {
            let padded = if digits.len() % 2 == 0 {
                digits.to_owned()
            } else {
                format!("0{digits}")
            };
            let bytes = alloy_primitives::hex::decode(padded).expect("hexadecimal");
            code.push(0x5F + u8::try_from(bytes.len()).expect("at most 32 bytes"));
            code.extend(bytes);
        } else {
            code.push(opcode(token));
        }
    }
    for (at, name) in uses {
        let target = u16::try_from(labels[&name]).expect("short code");
        code[at..at + 2].copy_from_slice(&target.to_be_bytes());
    }
    code
}

fn opcode(name: &str) -> u8 {
    if let Some(n) = name.strip_prefix("DUP") {
        return 0x7F + n.parse::<u8>().expect("a number");
    }
    if let Some(n) = name.strip_prefix("SWAP") {
        return 0x8F + n.parse::<u8>().expect("a number");
    }
    match name {
        "STOP" => 0x00,
        "ADD" => 0x01,
        "SUB" => 0x03,
        "MOD" => 0x06,
        "EQ" => 0x14,
        "ISZERO" => 0x15,
        "LT" => 0x10,
        "BYTE" => 0x1A,
        "SHR" => 0x1C,
        "ADDRESS" => 0x30,
        "BALANCE" => 0x31,
        "CALLER" => 0x33,
        "CALLVALUE" => 0x34,
        "CALLDATALOAD" => 0x35,
        "CALLDATASIZE" => 0x36,
        "CALLDATACOPY" => 0x37,
        "RETURNDATASIZE" => 0x3D,
        "RETURNDATACOPY" => 0x3E,
        "TIMESTAMP" => 0x42,
        "NUMBER" => 0x43,
        "POP" => 0x50,
        "MLOAD" => 0x51,
        "MSTORE" => 0x52,
        "SLOAD" => 0x54,
        "SSTORE" => 0x55,
        "JUMP" => 0x56,
        "JUMPI" => 0x57,
        "GAS" => 0x5A,
        "TLOAD" => 0x5C,
        "TSTORE" => 0x5D,
        "PUSH0" => 0x5F,
        "LOG1" => 0xA1,
        "CREATE" => 0xF0,
        "CALL" => 0xF1,
        "RETURN" => 0xF3,
        "DELEGATECALL" => 0xF4,
        "STATICCALL" => 0xFA,
        "REVERT" => 0xFD,
        "INVALID" => 0xFE,
        "SELFDESTRUCT" => 0xFF,
        other => panic!("no opcode {other}"),
    }
}

/// What a puppet does, step by step. Steps that have a result append it to what the puppet returns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script(Vec<u8>);

/// How a puppet calls.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Call = 0,
    Delegate = 1,
    Static = 2,
}

impl Script {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn bytes(&self) -> Bytes {
        self.0.clone().into()
    }

    fn step(mut self, code: u8, arguments: &[&[u8]]) -> Self {
        self.0.push(code);
        for argument in arguments {
            self.0.extend_from_slice(argument);
        }
        self
    }

    pub(crate) fn store(self, key: u64, value: u64) -> Self {
        self.step(1, &[word(key).as_slice(), word(value).as_slice()])
    }

    /// Result: the value.
    pub(crate) fn load(self, key: u64) -> Self {
        self.step(2, &[word(key).as_slice()])
    }

    pub(crate) fn transient_store(self, key: u64, value: u64) -> Self {
        self.step(3, &[word(key).as_slice(), word(value).as_slice()])
    }

    /// Result: the value.
    pub(crate) fn transient_load(self, key: u64) -> Self {
        self.step(4, &[word(key).as_slice()])
    }

    /// Result: a word that is 1 on success, then the data that came back.
    pub(crate) fn call(self, kind: Kind, to: Address, value: u64, inner: &Self) -> Self {
        let len = u16::try_from(inner.0.len()).expect("a short script").to_be_bytes();
        self.step(
            5,
            &[&[kind as u8], to.as_slice(), word(value).as_slice(), &len, &inner.0],
        )
    }

    /// A log with one topic and one word of data.
    pub(crate) fn log(self, topic: u64, data: u64) -> Self {
        self.step(6, &[word(topic).as_slice(), word(data).as_slice()])
    }

    /// Ends with a revert; the results so far are its data.
    pub(crate) fn revert(self) -> Self {
        self.step(7, &[])
    }

    /// Ends with `unreachable` or `INVALID`.
    pub(crate) fn trap(self) -> Self {
        self.step(8, &[])
    }

    /// Result: whether the program is re-entered; 2 in the EVM, which has no such question.
    pub(crate) fn reentrant(self) -> Self {
        self.step(9, &[])
    }

    /// Result: the caller.
    pub(crate) fn sender(self) -> Self {
        self.step(10, &[])
    }

    /// Result: the wei sent along.
    pub(crate) fn value(self) -> Self {
        self.step(11, &[])
    }

    /// Result: the executing account.
    pub(crate) fn this(self) -> Self {
        self.step(12, &[])
    }

    /// Never ends.
    pub(crate) fn spin(self) -> Self {
        self.step(13, &[])
    }

    /// Result: the new address or zero, then the revert data.
    pub(crate) fn create(self, value: u64, initcode: &[u8]) -> Self {
        let len = u16::try_from(initcode.len()).expect("short code").to_be_bytes();
        self.step(14, &[word(value).as_slice(), &len, initcode])
    }

    /// Result: the balance.
    pub(crate) fn balance(self, of: Address) -> Self {
        self.step(15, &[of.as_slice()])
    }
}

/// The puppet as a Stylus program: calldata at 0, results from 32 KiB, scratch at 126,976.
const PUPPET_WAT: &str = r#"(module
  (import "vm_hooks" "read_args" (func $read_args (param i32)))
  (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
  (import "vm_hooks" "storage_load_bytes32" (func $sload (param i32 i32)))
  (import "vm_hooks" "storage_cache_bytes32" (func $scache (param i32 i32)))
  (import "vm_hooks" "storage_flush_cache" (func $sflush (param i32)))
  (import "vm_hooks" "transient_load_bytes32" (func $tload (param i32 i32)))
  (import "vm_hooks" "transient_store_bytes32" (func $tstore (param i32 i32)))
  (import "vm_hooks" "call_contract" (func $call (param i32 i32 i32 i32 i64 i32) (result i32)))
  (import "vm_hooks" "delegate_call_contract" (func $delegate (param i32 i32 i32 i64 i32) (result i32)))
  (import "vm_hooks" "static_call_contract" (func $static (param i32 i32 i32 i64 i32) (result i32)))
  (import "vm_hooks" "read_return_data" (func $read_return_data (param i32 i32 i32) (result i32)))
  (import "vm_hooks" "return_data_size" (func $return_data_size (result i32)))
  (import "vm_hooks" "emit_log" (func $emit_log (param i32 i32 i32)))
  (import "vm_hooks" "msg_reentrant" (func $reentrant (result i32)))
  (import "vm_hooks" "msg_sender" (func $sender (param i32)))
  (import "vm_hooks" "msg_value" (func $value (param i32)))
  (import "vm_hooks" "contract_address" (func $this (param i32)))
  (import "vm_hooks" "create1" (func $create (param i32 i32 i32 i32 i32)))
  (import "vm_hooks" "account_balance" (func $balance (param i32 i32)))
  (memory (export "memory") 2 2)
  (global $at (mut i32) (i32.const 0))
  (global $out (mut i32) (i32.const 32768))
  (func $skip (param $bytes i32) (global.set $at (i32.add (global.get $at) (local.get $bytes))))
  (func $wrote (param $bytes i32) (global.set $out (i32.add (global.get $out) (local.get $bytes))))
  (func $length (param $from i32) (result i32)
    (i32.or (i32.shl (i32.load8_u (local.get $from)) (i32.const 8))
            (i32.load8_u (i32.add (local.get $from) (i32.const 1)))))
  (func $clear_word (param $at i32)
    (i64.store (local.get $at) (i64.const 0))
    (i64.store (i32.add (local.get $at) (i32.const 8)) (i64.const 0))
    (i64.store (i32.add (local.get $at) (i32.const 16)) (i64.const 0))
    (i64.store (i32.add (local.get $at) (i32.const 24)) (i64.const 0)))
  (func $put_number (param $number i32)
    (call $clear_word (global.get $out))
    (i32.store8 (i32.add (global.get $out) (i32.const 31)) (local.get $number))
    (call $wrote (i32.const 32)))
  (func $put_return_data (local $size i32)
    (local.set $size (call $return_data_size))
    (drop (call $read_return_data (global.get $out) (i32.const 0) (local.get $size)))
    (call $wrote (local.get $size)))
  (func $do_call (local $kind i32) (local $len i32) (local $status i32)
    (local.set $kind (i32.load8_u (global.get $at)))
    (local.set $len (call $length (i32.add (global.get $at) (i32.const 53))))
    (call $sflush (i32.const 0))
    (if (i32.eqz (local.get $kind)) (then
      (local.set $status (call $call
        (i32.add (global.get $at) (i32.const 1)) (i32.add (global.get $at) (i32.const 55)) (local.get $len)
        (i32.add (global.get $at) (i32.const 21)) (i64.const -1) (i32.const 126976)))))
    (if (i32.eq (local.get $kind) (i32.const 1)) (then
      (local.set $status (call $delegate
        (i32.add (global.get $at) (i32.const 1)) (i32.add (global.get $at) (i32.const 55)) (local.get $len)
        (i64.const -1) (i32.const 126976)))))
    (if (i32.eq (local.get $kind) (i32.const 2)) (then
      (local.set $status (call $static
        (i32.add (global.get $at) (i32.const 1)) (i32.add (global.get $at) (i32.const 55)) (local.get $len)
        (i64.const -1) (i32.const 126976)))))
    (call $put_number (i32.eqz (local.get $status)))
    (call $put_return_data)
    (call $skip (i32.add (i32.const 55) (local.get $len))))
  (func $do_create (local $len i32)
    (local.set $len (call $length (i32.add (global.get $at) (i32.const 32))))
    (call $sflush (i32.const 0))
    (call $clear_word (global.get $out))
    (call $create (i32.add (global.get $at) (i32.const 34)) (local.get $len) (global.get $at)
      (i32.add (global.get $out) (i32.const 12)) (i32.const 126976))
    (call $wrote (i32.const 32))
    (call $put_return_data)
    (call $skip (i32.add (i32.const 34) (local.get $len))))
  (func (export "user_entrypoint") (param $size i32) (result i32) (local $step i32) (local $status i32)
    (call $read_args (i32.const 0))
    (block $end
      (loop $next
        (br_if $end (i32.ge_u (global.get $at) (local.get $size)))
        (local.set $step (i32.load8_u (global.get $at)))
        (call $skip (i32.const 1))
        (if (i32.eq (local.get $step) (i32.const 1)) (then
          (call $scache (global.get $at) (i32.add (global.get $at) (i32.const 32)))
          (call $skip (i32.const 64))))
        (if (i32.eq (local.get $step) (i32.const 2)) (then
          (call $sload (global.get $at) (global.get $out))
          (call $skip (i32.const 32)) (call $wrote (i32.const 32))))
        (if (i32.eq (local.get $step) (i32.const 3)) (then
          (call $tstore (global.get $at) (i32.add (global.get $at) (i32.const 32)))
          (call $skip (i32.const 64))))
        (if (i32.eq (local.get $step) (i32.const 4)) (then
          (call $tload (global.get $at) (global.get $out))
          (call $skip (i32.const 32)) (call $wrote (i32.const 32))))
        (if (i32.eq (local.get $step) (i32.const 5)) (then (call $do_call)))
        (if (i32.eq (local.get $step) (i32.const 6)) (then
          (call $emit_log (global.get $at) (i32.const 64) (i32.const 1))
          (call $skip (i32.const 64))))
        (if (i32.eq (local.get $step) (i32.const 7)) (then
          (local.set $status (i32.const 1))
          (br $end)))
        (if (i32.eq (local.get $step) (i32.const 8)) (then unreachable))
        (if (i32.eq (local.get $step) (i32.const 9)) (then (call $put_number (call $reentrant))))
        (if (i32.eq (local.get $step) (i32.const 10)) (then
          (call $clear_word (global.get $out))
          (call $sender (i32.add (global.get $out) (i32.const 12))) (call $wrote (i32.const 32))))
        (if (i32.eq (local.get $step) (i32.const 11)) (then
          (call $value (global.get $out)) (call $wrote (i32.const 32))))
        (if (i32.eq (local.get $step) (i32.const 12)) (then
          (call $clear_word (global.get $out))
          (call $this (i32.add (global.get $out) (i32.const 12))) (call $wrote (i32.const 32))))
        (if (i32.eq (local.get $step) (i32.const 13)) (then (loop $forever (br $forever))))
        (if (i32.eq (local.get $step) (i32.const 14)) (then (call $do_create)))
        (if (i32.eq (local.get $step) (i32.const 15)) (then
          (call $balance (global.get $at) (global.get $out))
          (call $skip (i32.const 20)) (call $wrote (i32.const 32))))
        (br $next)))
    (call $sflush (i32.const 0))
    (call $write_result (i32.const 32768) (i32.sub (global.get $out) (i32.const 32768)))
    (local.get $status))
)"#;

/// The puppet as EVM bytecode. Memory: position in the script at 0, end of the results at 0x20, results from 0x100,
/// calldata of a call from 0x4000.
const PUPPET_ASM: &str = "
    0x100 0x20 MSTORE
next:
    CALLDATASIZE PUSH0 MLOAD LT ISZERO @end JUMPI
    PUSH0 MLOAD CALLDATALOAD PUSH0 BYTE         ; step
    PUSH0 MLOAD 0x1 ADD PUSH0 MSTORE
    DUP1 0x1 EQ @store JUMPI
    DUP1 0x2 EQ @load JUMPI
    DUP1 0x3 EQ @tstore JUMPI
    DUP1 0x4 EQ @tload JUMPI
    DUP1 0x5 EQ @call JUMPI
    DUP1 0x6 EQ @log JUMPI
    DUP1 0x7 EQ @revert JUMPI
    DUP1 0x8 EQ @trap JUMPI
    DUP1 0x9 EQ @reentrant JUMPI
    DUP1 0xa EQ @sender JUMPI
    DUP1 0xb EQ @value JUMPI
    DUP1 0xc EQ @this JUMPI
    DUP1 0xd EQ @spin JUMPI
    DUP1 0xe EQ @create JUMPI
    DUP1 0xf EQ @balance JUMPI
trap:
    INVALID
store:
    POP PUSH0 MLOAD 0x20 ADD CALLDATALOAD PUSH0 MLOAD CALLDATALOAD SSTORE
    0x40 @skip JUMP
load:
    POP PUSH0 MLOAD CALLDATALOAD SLOAD 0x20 MLOAD MSTORE
    0x20 0x20 MLOAD ADD 0x20 MSTORE
    0x20 @skip JUMP
tstore:
    POP PUSH0 MLOAD 0x20 ADD CALLDATALOAD PUSH0 MLOAD CALLDATALOAD TSTORE
    0x40 @skip JUMP
tload:
    POP PUSH0 MLOAD CALLDATALOAD TLOAD 0x20 MLOAD MSTORE
    0x20 0x20 MLOAD ADD 0x20 MSTORE
    0x20 @skip JUMP
call:
    POP
    PUSH0 MLOAD 0x35 ADD CALLDATALOAD 0xf0 SHR  ; length
    DUP1 PUSH0 MLOAD 0x37 ADD 0x4000 CALLDATACOPY
    PUSH0 PUSH0                                 ; where return data would go
    DUP3 0x4000                                 ; length, from
    PUSH0 MLOAD CALLDATALOAD PUSH0 BYTE
    DUP1 0x1 EQ @delegate JUMPI
    0x2 EQ @static JUMPI
    PUSH0 MLOAD 0x15 ADD CALLDATALOAD           ; value
    PUSH0 MLOAD 0x1 ADD CALLDATALOAD 0x60 SHR GAS CALL
    @called JUMP
delegate:
    POP PUSH0 MLOAD 0x1 ADD CALLDATALOAD 0x60 SHR GAS DELEGATECALL
    @called JUMP
static:
    PUSH0 MLOAD 0x1 ADD CALLDATALOAD 0x60 SHR GAS STATICCALL
called:
    0x20 MLOAD MSTORE
    RETURNDATASIZE PUSH0 0x20 MLOAD 0x20 ADD RETURNDATACOPY
    RETURNDATASIZE 0x20 ADD 0x20 MLOAD ADD 0x20 MSTORE
    0x37 ADD @skip JUMP
log:
    POP PUSH0 MLOAD 0x20 ADD CALLDATALOAD 0x4000 MSTORE
    PUSH0 MLOAD CALLDATALOAD 0x20 0x4000 LOG1
    0x40 @skip JUMP
revert:
    0x100 0x20 MLOAD SUB 0x100 REVERT
reentrant:
    POP 0x2 @put JUMP
sender:
    POP CALLER @put JUMP
value:
    POP CALLVALUE @put JUMP
this:
    POP ADDRESS @put JUMP
put:
    0x20 MLOAD MSTORE
    0x20 0x20 MLOAD ADD 0x20 MSTORE
    PUSH0 @skip JUMP
spin:
    @spin JUMP
create:
    POP
    PUSH0 MLOAD 0x20 ADD CALLDATALOAD 0xf0 SHR  ; length
    DUP1 PUSH0 MLOAD 0x22 ADD 0x4000 CALLDATACOPY
    DUP1 0x4000 PUSH0 MLOAD CALLDATALOAD CREATE
    0x20 MLOAD MSTORE
    RETURNDATASIZE PUSH0 0x20 MLOAD 0x20 ADD RETURNDATACOPY
    RETURNDATASIZE 0x20 ADD 0x20 MLOAD ADD 0x20 MSTORE
    0x22 ADD @skip JUMP
balance:
    POP PUSH0 MLOAD CALLDATALOAD 0x60 SHR BALANCE 0x20 MLOAD MSTORE
    0x20 0x20 MLOAD ADD 0x20 MSTORE
    0x14 @skip JUMP
skip:
    PUSH0 MLOAD ADD PUSH0 MSTORE
    @next JUMP
end:
    0x100 0x20 MLOAD SUB 0x100 RETURN
";

static PUPPET_PROGRAM: LazyLock<Bytes> = LazyLock::new(|| program_code(PUPPET_WAT));

/// A puppet that is a Stylus program.
pub(crate) fn stylus_puppet(chain: &mut Chain) -> Address {
    let from = chain.accounts()[0];
    chain
        .deploy_program(from, &PUPPET_PROGRAM)
        .expect("the puppet is deployed")
}

/// A puppet that is an EVM contract.
pub(crate) fn evm_puppet(chain: &mut Chain) -> Address {
    deploy_evm(chain, PUPPET_ASM)
}
