//! Transactions, calls and estimates without any program.

use alloy_consensus::{SignableTransaction, TxEip1559, TxEip2930, TxEip4844, TxEip7702, TxEnvelope, TxLegacy};
use alloy_eips::BlockId;
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, address, keccak256};
use alloy_rpc_types_eth::Filter;
use alloy_rpc_types_eth::state::{AccountOverride, StateOverride};
use alloy_signer::SignerSync;
use devnet::{CallError, CallRequest, Chain, ChainConfig, EstimateError, Overrides, Tx, TxError, initcode_for};

use crate::support::{Script, assemble, chain, deploy_evm, evm_puppet, send, word, words};

const NOBODY: Address = address!("0x00000000000000000000000000000000000000aa");

fn sign<T>(chain: &Chain, tx: T) -> Vec<u8>
where
    T: SignableTransaction<alloy_primitives::Signature>,
    TxEnvelope: From<alloy_consensus::Signed<T>>,
{
    let signature = chain.signer(0).sign_hash_sync(&tx.signature_hash()).unwrap();
    TxEnvelope::from(tx.into_signed(signature)).encoded_2718()
}

fn eip1559(chain: &Chain) -> TxEip1559 {
    TxEip1559 {
        chain_id: chain.config().chain_id,
        nonce: chain.nonce(chain.accounts()[0]),
        gas_limit: 100_000,
        max_fee_per_gas: 1_000_000_000,
        max_priority_fee_per_gas: 500_000_000,
        to: TxKind::Call(NOBODY),
        value: U256::from(7),
        ..TxEip1559::default()
    }
}

#[test]
fn accounts_of_the_usual_mnemonic() {
    let chain = chain();
    assert_eq!(chain.accounts().len(), 10);
    assert_eq!(
        chain.accounts()[0],
        address!("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")
    );
    assert_eq!(
        chain.accounts()[9],
        address!("0xa0Ee7A142d267C1f36714E4a8F75612F20a79720")
    );
    assert_eq!(
        chain.balance(chain.accounts()[3]),
        U256::from(10_000) * U256::from(10).pow(U256::from(18))
    );
}

#[test]
fn a_transfer_costs_the_base_fee_times_21_000_and_the_network_gets_it() {
    let mut chain = chain();
    let (from, before) = (chain.accounts()[0], chain.balance(chain.accounts()[0]));
    let network = address!("0xa4b0000000000000000000000000000000fee000");
    let receipt = chain.send(Tx::call(from, NOBODY, Bytes::new()).with_value(U256::from(5)));
    assert!(receipt.status);
    assert_eq!(receipt.gas_used, 21_000);
    let fee = U256::from(21_000_u64 * 100_000_000);
    assert_eq!(chain.balance(from), before - fee - U256::from(5));
    assert_eq!(chain.balance(NOBODY), U256::from(5));
    assert_eq!(chain.balance(network), fee);
    assert_eq!(chain.nonce(from), 1);
    assert_eq!((receipt.block_number, chain.block_number()), (1, 1));
}

#[test]
fn calldata_costs_4_and_16_without_a_floor() {
    let mut chain = chain();
    // 3 zero bytes, 5 others: 12 + 80. EIP-7623 would ask for 21,000 + 10 * (3 + 4 * 5) = 21,230.
    let receipt = send(&mut chain, NOBODY, vec![0, 1, 2, 0, 3, 4, 5, 0]);
    assert_eq!(receipt.gas_used, 21_092);
}

#[test]
fn signed_transactions_of_every_type() {
    let mut chain = chain();
    let id = chain.config().chain_id;
    let to = TxKind::Call(NOBODY);
    let value = U256::from(1);
    let legacy = TxLegacy {
        chain_id: Some(id),
        nonce: 0,
        gas_price: 1 << 30,
        gas_limit: 30_000,
        to,
        value,
        ..Default::default()
    };
    let hash = chain.send_raw(&sign(&chain, legacy)).unwrap();
    assert_eq!(chain.receipt(hash).unwrap().tx_type, 0);

    let access = TxEip2930 {
        chain_id: id,
        nonce: 1,
        gas_price: 1 << 30,
        gas_limit: 30_000,
        to,
        value,
        ..Default::default()
    };
    let hash = chain.send_raw(&sign(&chain, access)).unwrap();
    assert_eq!(chain.receipt(hash).unwrap().tx_type, 1);

    let dynamic = eip1559(&chain);
    let before = chain.balance(chain.accounts()[0]);
    let hash = chain.send_raw(&sign(&chain, dynamic)).unwrap();
    let receipt = chain.receipt(hash).unwrap();
    assert_eq!(
        (receipt.tx_type, receipt.from, receipt.effective_gas_price),
        (2, chain.accounts()[0], 100_000_000)
    );
    // The tip is dropped: only the base fee is paid.
    assert_eq!(
        chain.balance(chain.accounts()[0]),
        before - U256::from(21_000_u64 * 100_000_000 + 7)
    );

    // Type 4: the first account takes on the code of a contract that stores 1 at 0.
    let code = deploy_evm(&mut chain, "0x1 PUSH0 SSTORE");
    let nonce = chain.nonce(chain.accounts()[0]);
    let authorization = alloy_eips::eip7702::Authorization {
        chain_id: U256::from(id),
        address: code,
        nonce: nonce + 1,
    };
    let signature = chain.signer(0).sign_hash_sync(&authorization.signature_hash()).unwrap();
    let delegating = TxEip7702 {
        chain_id: id,
        nonce,
        gas_limit: 200_000,
        max_fee_per_gas: 1 << 30,
        to: chain.accounts()[0],
        authorization_list: vec![authorization.into_signed(signature)],
        ..Default::default()
    };
    let hash = chain.send_raw(&sign(&chain, delegating)).unwrap();
    assert!(chain.receipt(hash).unwrap().status);
    assert_eq!(chain.storage_at(chain.accounts()[0], U256::ZERO), U256::from(1));
    // An account with a delegation still signs transactions.
    let next = eip1559(&chain);
    chain.send_raw(&sign(&chain, next)).unwrap();
}

#[test]
fn transactions_that_are_refused_leave_no_trace() {
    let mut chain = chain();
    let head = chain.head().hash;
    let good = eip1559(&chain);
    let cases = [
        (
            TxEip1559 {
                nonce: 1,
                ..good.clone()
            },
            TxError::NonceTooHigh { have: 1, next: 0 },
        ),
        (
            TxEip1559 {
                chain_id: 1,
                ..good.clone()
            },
            TxError::WrongChain {
                have: Some(1),
                want: 412_346,
            },
        ),
        (
            TxEip1559 {
                max_fee_per_gas: 99_999_999,
                max_priority_fee_per_gas: 0,
                ..good.clone()
            },
            TxError::FeeTooLow {
                have: 99_999_999,
                base_fee: 100_000_000,
            },
        ),
    ];
    for (tx, expected) in cases {
        assert_eq!(chain.send_raw(&sign(&chain, tx)).unwrap_err(), expected);
    }
    let too_little_gas = TxEip1559 {
        gas_limit: 20_999,
        ..good.clone()
    };
    assert!(matches!(
        chain.send_raw(&sign(&chain, too_little_gas)),
        Err(TxError::Invalid(_))
    ));
    let too_much_value = TxEip1559 {
        value: U256::MAX,
        ..good.clone()
    };
    assert!(matches!(
        chain.send_raw(&sign(&chain, too_much_value)),
        Err(TxError::InsufficientFunds { .. })
    ));
    let blobs = TxEip4844 {
        chain_id: 412_346,
        gas_limit: 100_000,
        max_fee_per_gas: 1 << 30,
        ..Default::default()
    };
    assert!(matches!(
        chain.send_raw(&sign(&chain, blobs)),
        Err(TxError::UnsupportedType(3))
    ));
    for garbage in [&[][..], &[0x02], &[0xff, 1, 2], &[0xc0], &[0x7f; 40]] {
        assert!(
            matches!(chain.send_raw(garbage), Err(TxError::Undecodable(_))),
            "{garbage:?}"
        );
    }
    let mut trailing = sign(&chain, good.clone());
    trailing.push(0);
    assert!(matches!(chain.send_raw(&trailing), Err(TxError::Undecodable(_))));
    assert_eq!(chain.head().hash, head);

    let raw = sign(&chain, good);
    chain.send_raw(&raw).unwrap();
    assert_eq!(chain.send_raw(&raw), Err(TxError::AlreadyKnown));
}

#[test]
fn a_refused_unsigned_transaction_is_a_receipt_without_a_hash() {
    let mut chain = chain();
    let receipt = chain.send(Tx::call(NOBODY, NOBODY, Bytes::new()));
    assert!(!receipt.status);
    assert_eq!(receipt.tx_hash, B256::ZERO);
    assert!(receipt.halt_reason.unwrap().contains("insufficient funds"));
    assert_eq!(chain.block_number(), 0);
}

#[test]
fn contracts_cannot_sign() {
    let mut chain = chain();
    let sender = chain.accounts()[0];
    let raw = sign(&chain, eip1559(&chain));
    chain.set_code(sender, vec![0]);
    assert_eq!(chain.send_raw(&raw), Err(TxError::SenderIsContract(sender)));
    // Impersonated it can send.
    assert!(chain.send(Tx::call(sender, NOBODY, Bytes::new())).status);
}

#[test]
fn storage_gas_and_refunds() {
    let mut chain = chain();
    // Stores the second word at the first.
    let store = deploy_evm(&mut chain, "0x20 CALLDATALOAD PUSH0 CALLDATALOAD SSTORE");
    let data = |value: u64| [word(1).as_slice(), word(value).as_slice()].concat();
    // 62 zero bytes and 2 others: 248 + 32. Code: 3 + 3 + 2 + 3. A new slot: 2,100 + 20,000.
    assert_eq!(send(&mut chain, store, data(5)).gas_used, 21_000 + 280 + 11 + 22_100);
    // Changed: 2,100 + 2,900.
    assert_eq!(send(&mut chain, store, data(6)).gas_used, 21_000 + 280 + 11 + 5_000);
    // Cleared (63 zero bytes: 252 + 16): 21,000 + 268 + 11 + 5,000 = 26,279 less 4,800, below a fifth (5,255).
    assert_eq!(send(&mut chain, store, data(0)).gas_used, 21_479);
    assert_eq!(chain.storage_at(store, U256::from(1)), U256::ZERO);
}

#[test]
fn refunds_are_at_most_a_fifth() {
    let mut chain = chain();
    let clear = deploy_evm(&mut chain, "PUSH0 PUSH0 SSTORE PUSH0 0x1 SSTORE PUSH0 0x2 SSTORE");
    for slot in 0..3 {
        chain.set_storage_at(clear, U256::from(slot), U256::from(1));
    }
    // PUSH0 2 each (4 times), PUSH1 3 each (2 times): 14; three times 5,000. Refund 3 * 4,800 = 14,400.
    let spent: u64 = 21_000 + 14 + 15_000;
    assert_eq!(spent / 5, 7_202);
    assert_eq!(send(&mut chain, clear, Bytes::new()).gas_used, spent - 7_202);
}

#[test]
fn reverts_carry_their_data_and_undo_everything() {
    let mut chain = chain();
    let puppet = evm_puppet(&mut chain);
    let script = Script::new().store(1, 2).log(3, 4).load(1).revert();
    let receipt = send(&mut chain, puppet, script.bytes());
    assert!(!receipt.status);
    assert_eq!(words(&receipt.output), [word(2)]);
    assert_eq!(receipt.halt_reason, None);
    assert!(receipt.logs.is_empty());
    assert_eq!(chain.storage_at(puppet, U256::from(1)), U256::ZERO);
    assert_eq!(chain.nonce(chain.accounts()[0]), 2);
}

#[test]
fn halts_say_why_and_take_all_gas() {
    let mut chain = chain();
    let puppet = evm_puppet(&mut chain);
    let from = chain.accounts()[0];
    let receipt = chain.send(Tx::call(from, puppet, Script::new().trap().bytes()).with_gas_limit(100_000));
    assert!(!receipt.status);
    assert_eq!(receipt.gas_used, 100_000);
    assert!(receipt.halt_reason.unwrap().contains("0xFE"));
    let receipt = chain.send(Tx::call(from, puppet, Script::new().spin().bytes()).with_gas_limit(100_000));
    assert!(receipt.halt_reason.unwrap().to_lowercase().contains("out of gas"));
}

#[test]
fn gas_above_the_limit_of_a_transaction_is_accepted_and_comes_back() {
    let mut chain = chain();
    let puppet = evm_puppet(&mut chain);
    let from = chain.accounts()[0];
    let receipt = chain.send(Tx::call(from, puppet, Script::new().spin().bytes()).with_gas_limit(40_000_000));
    assert!(!receipt.status);
    assert_eq!(receipt.gas_used, 32_000_000);
    assert!(
        chain
            .send(Tx::call(from, NOBODY, Bytes::new()).with_gas_limit(40_000_000))
            .status
    );
}

#[test]
fn code_rules() {
    let mut chain = chain();
    let from = chain.accounts()[0];
    let create = |chain: &mut Chain, code: &[u8]| chain.send(Tx::create(from, initcode_for(code)));
    assert!(create(&mut chain, &vec![0; 24_576]).status);
    let too_long = create(&mut chain, &vec![0; 24_577]);
    assert!(!too_long.status && too_long.halt_reason.unwrap().contains("size"));
    for reserved in [
        &[0xEF][..],
        &[0xEF, 0xF0],
        &[0xEF, 0x01, 0x00],
        &[0xEF, 0xF1, 0, 0],
        &[0xEF, 0xF0, 1, 0],
    ] {
        let receipt = create(&mut chain, reserved);
        assert!(!receipt.status, "{reserved:?}");
        assert_eq!(receipt.gas_used, 32_000_000);
    }
    assert!(create(&mut chain, &[0xEF, 0xF0, 0, 0, 1, 2]).status);
    let long_initcode = chain.send(Tx::create(from, vec![0; 49_153]));
    assert!(long_initcode.halt_reason.unwrap().contains("refused"));
    assert!(chain.send(Tx::create(from, vec![0; 49_152])).status);
}

#[test]
fn creation_gas() {
    let mut chain = chain();
    let receipt = {
        let from = chain.accounts()[0];
        chain.send(Tx::create(from, initcode_for(&[0; 100])))
    };
    // 21,000 + 32,000. Initcode: 12 + 100 bytes, 4 words at 2. Zero bytes: 3 of the length and 100, 4 each; the other 9
    // cost 16 each. Code: PUSH4 3, DUP1 3, PUSH1 3, PUSH0 2, CODECOPY 3 + 4 words at 3 + memory 12, PUSH0 2. Deposit
    // 200 a byte.
    let expected = 53_000 + 8 + 103 * 4 + 9 * 16 + (3 + 3 + 3 + 2 + 3 + 12 + 12 + 2) + 20_000;
    assert_eq!(receipt.gas_used, expected);
    assert_eq!(receipt.contract_address, Some(chain.accounts()[0].create(0)));
}

#[test]
fn calls_leave_no_trace_and_see_overrides() {
    let mut chain = chain();
    let puppet = evm_puppet(&mut chain);
    let request = |script: Script| CallRequest {
        to: Some(puppet),
        data: script.bytes(),
        ..CallRequest::default()
    };
    let latest = BlockId::latest();
    let output = chain
        .call(
            &request(Script::new().store(1, 9).load(1)),
            latest,
            &Overrides::default(),
        )
        .unwrap();
    assert!(output.success);
    assert_eq!(words(&output.output), [word(9)]);
    assert_eq!(chain.storage_at(puppet, U256::from(1)), U256::ZERO);

    let with = |account: AccountOverride, address: Address| Overrides {
        state: Some(StateOverride::from_iter([(address, account)])),
        block: None,
    };
    let diff = AccountOverride {
        state_diff: Some([(word(2), word(77))].into_iter().collect()),
        ..Default::default()
    };
    chain.set_storage_at(puppet, U256::from(1), U256::from(5));
    let script = Script::new().load(1).load(2);
    let output = chain
        .call(&request(script.clone()), latest, &with(diff, puppet))
        .unwrap();
    assert_eq!(words(&output.output), [word(5), word(77)]);
    let state = AccountOverride {
        state: Some([(word(2), word(78))].into_iter().collect()),
        ..Default::default()
    };
    let output = chain.call(&request(script), latest, &with(state, puppet)).unwrap();
    assert_eq!(words(&output.output), [word(0), word(78)]);

    let balance = AccountOverride {
        balance: Some(U256::from(123)),
        ..Default::default()
    };
    let output = chain
        .call(&request(Script::new().balance(NOBODY)), latest, &with(balance, NOBODY))
        .unwrap();
    assert_eq!(words(&output.output), [word(123)]);

    let code = AccountOverride {
        code: Some(assemble("0x2a PUSH0 MSTORE 0x20 PUSH0 RETURN").into()),
        ..Default::default()
    };
    let request = CallRequest {
        to: Some(NOBODY),
        ..CallRequest::default()
    };
    let output = chain.call(&request, latest, &with(code, NOBODY)).unwrap();
    assert_eq!(words(&output.output), [word(42)]);
}

#[test]
fn calls_that_cannot_be_simulated() {
    let chain = chain();
    let none = Overrides::default();
    let poor = CallRequest {
        from: Some(NOBODY),
        to: Some(NOBODY),
        value: U256::from(1),
        ..CallRequest::default()
    };
    let error = chain.call(&poor, BlockId::latest(), &none).unwrap_err();
    assert_eq!(
        error,
        CallError::InsufficientFunds {
            have: U256::ZERO,
            want: U256::from(1)
        }
    );
    let error = chain
        .call(&CallRequest::default(), BlockId::number(99), &none)
        .unwrap_err();
    assert_eq!(error, CallError::UnknownBlock);
    let starved = CallRequest {
        to: Some(NOBODY),
        gas: Some(100),
        ..CallRequest::default()
    };
    assert!(matches!(
        chain.call(&starved, BlockId::latest(), &none),
        Err(CallError::Invalid(_))
    ));
}

#[test]
fn estimates_are_the_least_gas_that_suffices() {
    let mut chain = chain();
    let inner = evm_puppet(&mut chain);
    let from = chain.accounts()[0];
    // Clearing a slot has a refund, and the inner call needs 64/63 of what it uses.
    chain.set_storage_at(inner, U256::from(3), U256::from(3));
    let work = Script::new().store(1, 1).store(2, 2).store(3, 0);
    // Calls the address that the calldata starts with, with the rest, and reverts when that fails.
    let outer = deploy_evm(
        &mut chain,
        "CALLDATASIZE PUSH0 PUSH0 CALLDATACOPY PUSH0 PUSH0 0x14 CALLDATASIZE SUB 0x14 PUSH0
         PUSH0 CALLDATALOAD 0x60 SHR GAS CALL @good JUMPI PUSH0 PUSH0 REVERT good:",
    );
    let data: Bytes = [inner.as_slice(), &work.bytes()].concat().into();
    let request = CallRequest {
        from: Some(from),
        to: Some(outer),
        data: data.clone(),
        ..CallRequest::default()
    };
    let gas = chain
        .estimate_gas(&request, BlockId::latest(), &Overrides::default())
        .unwrap();
    let snapshot = chain.snapshot();
    assert!(
        !chain
            .send(Tx::call(from, outer, data.clone()).with_gas_limit(gas - 1))
            .status
    );
    assert!(chain.revert(snapshot));
    let receipt = chain.send(Tx::call(from, outer, data).with_gas_limit(gas));
    assert!(receipt.status);
    assert!(receipt.gas_used < gas);

    let request = |script: Script| CallRequest {
        from: Some(from),
        to: Some(inner),
        data: script.bytes(),
        ..CallRequest::default()
    };
    let estimate =
        |chain: &Chain, script| chain.estimate_gas(&request(script), BlockId::latest(), &Overrides::default());
    let error = estimate(&chain, Script::new().load(1).revert()).unwrap_err();
    assert_eq!(
        error,
        EstimateError::Reverted {
            output: word(1).as_slice().to_vec().into(),
            reason: None
        }
    );
    assert!(matches!(
        estimate(&chain, Script::new().trap()),
        Err(EstimateError::Failed(_))
    ));
    let transfer = CallRequest {
        from: Some(from),
        to: Some(NOBODY),
        value: U256::from(1),
        ..CallRequest::default()
    };
    assert_eq!(
        chain.estimate_gas(&transfer, BlockId::latest(), &Overrides::default()),
        Ok(21_000)
    );
}

#[test]
fn logs_by_filter() {
    let mut chain = chain();
    let (first, second) = (evm_puppet(&mut chain), evm_puppet(&mut chain));
    let start = chain.block_number() + 1;
    send(&mut chain, first, Script::new().log(1, 10).log(2, 20).bytes());
    let hash = chain.head().hash;
    send(&mut chain, second, Script::new().log(1, 30).bytes());
    let found = |filter: Filter| -> Vec<(u64, u64, u64)> {
        let logs = chain.logs(&filter).unwrap();
        logs.iter()
            .map(|log| {
                let value = U256::from_be_slice(&log.inner.data.data).to::<u64>();
                (log.block_number.unwrap() - start, log.log_index.unwrap(), value)
            })
            .collect()
    };
    assert_eq!(found(Filter::new().from_block(0)), [(0, 0, 10), (0, 1, 20), (1, 0, 30)]);
    assert_eq!(found(Filter::new()), [(1, 0, 30)]);
    assert_eq!(
        found(Filter::new().from_block(0).address(first)),
        [(0, 0, 10), (0, 1, 20)]
    );
    assert_eq!(
        found(Filter::new().from_block(0).event_signature(word(1))),
        [(0, 0, 10), (1, 0, 30)]
    );
    assert_eq!(
        found(Filter::new().at_block_hash(hash).event_signature(word(2))),
        [(0, 1, 20)]
    );
    assert_eq!(
        found(Filter::new().from_block(start + 1).to_block(start + 50)),
        [(1, 0, 30)]
    );
    assert_eq!(
        chain.logs(&Filter::new().at_block_hash(B256::ZERO)).unwrap_err(),
        CallError::UnknownBlock
    );
    let block = chain.block(start).unwrap();
    let bloom = alloy_primitives::BloomInput::Raw(first.as_slice());
    assert!(block.header.logs_bloom.contains_input(bloom));
}

#[test]
fn selfdestruct_of_an_old_contract_only_moves_its_balance() {
    let mut chain = chain();
    let bomb = deploy_evm(&mut chain, "PUSH0 CALLDATALOAD SELFDESTRUCT");
    chain.set_balance(bomb, U256::from(50));
    assert!(send(&mut chain, bomb, NOBODY.into_word().to_vec()).status);
    assert_eq!(
        (chain.balance(bomb), chain.balance(NOBODY)),
        (U256::ZERO, U256::from(50))
    );
    assert!(!chain.code(bomb).is_empty());
}

#[test]
fn the_header_commits_to_its_contents() {
    let mut chain = Chain::new(ChainConfig {
        genesis_timestamp: 1_000_000,
        ..ChainConfig::default()
    });
    chain.mine(1);
    let from = chain.accounts()[0];
    chain.send(Tx::call(from, NOBODY, Bytes::new()));
    let block = chain.head();
    assert_eq!(block.header.parent_hash, chain.block(1).unwrap().hash);
    assert_eq!(block.hash, block.header.hash_slow());
    assert_eq!(block.hash, keccak256(alloy_rlp::encode(&block.header)));
    assert_eq!(
        (block.header.number, block.header.gas_used, block.header.timestamp),
        (2, 21_000, 1_000_000)
    );
    let transactions: Vec<_> = block.transactions.iter().map(|mined| mined.envelope.clone()).collect();
    assert_eq!(
        block.header.transactions_root,
        alloy_consensus::proofs::calculate_transaction_root(&transactions)
    );
}
