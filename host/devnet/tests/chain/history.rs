//! Time, snapshots, and the state of earlier blocks.

use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{Address, Bytes, U256};
use devnet::{CallError, CallRequest, Chain, ChainConfig, Clock, Overrides, TimeError, Tx};

use crate::support::{Script, assemble, chain, deploy_evm, evm_puppet, play, send, stylus_puppet, word, words};

fn load_at(chain: &Chain, puppet: Address, block: BlockId) -> Result<u64, CallError> {
    let request = CallRequest {
        to: Some(puppet),
        data: Script::new().load(1).bytes(),
        ..CallRequest::default()
    };
    let output = chain.call(&request, block, &Overrides::default())?;
    Ok(U256::from_be_slice(&output.output).to())
}

#[test]
fn snapshots_bring_everything_back() {
    let mut chain = chain();
    let (evm, stylus) = (evm_puppet(&mut chain), stylus_puppet(&mut chain));
    let from = chain.accounts()[0];
    play(&mut chain, stylus, &Script::new().store(1, 1));
    // A change by hand before the snapshot stays, one after it goes.
    chain.set_balance(evm, U256::from(11));
    let state = |chain: &Chain| {
        (
            chain.block_number(),
            chain.head().hash,
            chain.balance(from),
            chain.nonce(from),
            chain.balance(evm),
            chain.storage_at(stylus, U256::from(1)),
            chain.next_timestamp(),
        )
    };
    chain.increase_time(5);
    let before = state(&chain);
    let outer = chain.snapshot();
    let mut hashes = Vec::new();
    for value in 2..5 {
        let receipt = send(
            &mut chain,
            stylus,
            Script::new().store(1, value).log(value, value).bytes(),
        );
        hashes.push(receipt.tx_hash);
        chain.increase_time(100);
    }
    chain.set_balance(evm, U256::from(12));
    let inner = chain.snapshot();
    send(&mut chain, stylus, Script::new().store(1, 9).bytes());
    assert!(chain.revert(inner));
    assert_eq!(chain.storage_at(stylus, U256::from(1)), U256::from(4));
    assert!(chain.revert(outer));
    assert_eq!(state(&chain), before);
    assert!(hashes.iter().all(|hash| chain.receipt(*hash).is_none()));
    // Used up, and the inner one with it.
    assert!(!chain.revert(outer));
    assert!(!chain.revert(inner));
    assert!(!chain.revert(12_345));
    // And life goes on.
    assert_eq!(play(&mut chain, stylus, &Script::new().load(1)), [word(1)]);
}

#[test]
fn a_snapshot_undoes_deployment_and_activation() {
    let mut chain = chain();
    let snapshot = chain.snapshot();
    let puppet = stylus_puppet(&mut chain);
    assert!(chain.is_program_active(puppet));
    assert!(chain.revert(snapshot));
    assert!(!chain.is_program_active(puppet));
    assert!(chain.code(puppet).is_empty());
    assert_eq!(stylus_puppet(&mut chain), puppet);
    assert!(chain.is_program_active(puppet));
}

#[test]
fn a_contract_that_ends_in_the_transaction_it_was_created_in_leaves_nothing() {
    let mut chain = chain();
    let creator = evm_puppet(&mut chain);
    let heir = Address::repeat_byte(0xBB);
    chain.set_balance(creator, U256::from(3));
    // Stores 1 at 0, then ends in favour of the heir; what was stored goes with it.
    let initcode = assemble(&format!(
        "0x1 PUSH0 SSTORE 0x{} SELFDESTRUCT",
        alloy_primitives::hex::encode(heir)
    ));
    let created = creator.create(chain.nonce(creator));
    // The address holds ether and storage before, as it may when set by hand.
    chain.set_balance(created, U256::from(4));
    let before = chain.block_number();
    chain.mine(1);
    assert_eq!(
        play(&mut chain, creator, &Script::new().create(3, &initcode)),
        [created.into_word()]
    );
    assert_eq!(
        (chain.balance(created), chain.balance(heir)),
        (U256::ZERO, U256::from(7))
    );
    assert_eq!(
        (chain.nonce(created), chain.storage_at(created, U256::ZERO)),
        (0, U256::ZERO)
    );
    assert_eq!(
        chain.balance_at(created, BlockId::number(before + 1)),
        Ok(U256::from(4))
    );
}

#[test]
fn calls_at_earlier_blocks() {
    let mut chain = chain();
    let puppet = stylus_puppet(&mut chain);
    let deployed = chain.block_number();
    for value in 1..=5 {
        play(&mut chain, puppet, &Script::new().store(1, value));
    }
    chain.set_storage_at(puppet, U256::from(1), U256::from(6));
    for value in 0..=4 {
        assert_eq!(load_at(&chain, puppet, BlockId::number(deployed + value)), Ok(value));
    }
    // The newest block is shown with what was changed by hand since.
    assert_eq!(load_at(&chain, puppet, BlockId::number(deployed + 5)), Ok(6));
    chain.mine(1);
    assert_eq!(load_at(&chain, puppet, BlockId::number(deployed + 5)), Ok(5));
    assert_eq!(
        load_at(&chain, puppet, BlockId::hash(chain.block(deployed + 3).unwrap().hash)),
        Ok(3)
    );
    assert_eq!(load_at(&chain, puppet, BlockId::latest()), Ok(6));
    let earliest = BlockId::Number(BlockNumberOrTag::Earliest);
    assert_eq!(chain.code_at(puppet, earliest), Ok(Bytes::new()));
    assert_eq!(chain.nonce_at(chain.accounts()[0], earliest), Ok(0));
    assert_eq!(
        chain.storage_at_block(puppet, U256::from(1), BlockId::number(deployed + 2)),
        Ok(U256::from(2))
    );
    assert_eq!(
        chain.balance_at(chain.accounts()[1], earliest),
        Ok(chain.balance(chain.accounts()[1]))
    );
}

#[test]
fn old_states_are_dropped_unless_a_snapshot_needs_them() {
    let mut chain = chain();
    let puppet = evm_puppet(&mut chain);
    play(&mut chain, puppet, &Script::new().store(1, 1));
    let block = chain.block_number();
    chain.mine(8_192);
    assert_eq!(load_at(&chain, puppet, BlockId::number(block)), Ok(1));
    chain.mine(1);
    let error = load_at(&chain, puppet, BlockId::number(block)).unwrap_err();
    assert_eq!(
        error,
        CallError::Pruned {
            block,
            oldest: block + 1
        }
    );
    // The block itself stays.
    assert!(chain.block(block).is_some());
    let snapshot = chain.snapshot();
    play(&mut chain, puppet, &Script::new().store(1, 2));
    chain.mine(9_000);
    assert!(chain.revert(snapshot));
    assert_eq!(load_at(&chain, puppet, BlockId::latest()), Ok(1));
}

#[test]
fn manual_time_stands_still_until_it_is_moved() {
    let mut chain = Chain::new(ChainConfig {
        genesis_timestamp: 1_000,
        ..ChainConfig::default()
    });
    let clock = deploy_evm(&mut chain, "TIMESTAMP PUSH0 MSTORE 0x20 PUSH0 RETURN");
    assert_eq!(chain.timestamp(), 1_000);
    chain.increase_time(10);
    chain.increase_time(5);
    assert_eq!((chain.timestamp(), chain.next_timestamp()), (1_000, 1_015));
    // A pending call sees the time to come, a call at the newest block does not.
    let request = CallRequest {
        to: Some(clock),
        ..CallRequest::default()
    };
    let seen = |block| words(&chain.call(&request, block, &Overrides::default()).unwrap().output);
    assert_eq!(seen(BlockId::latest()), [word(1_000)]);
    assert_eq!(seen(BlockId::pending()), [word(1_015)]);
    assert_eq!(words(&send(&mut chain, clock, []).output), [word(1_015)]);
    chain.mine(3);
    assert_eq!(chain.timestamp(), 1_015);
    chain.set_next_block_timestamp(2_000).unwrap();
    assert_eq!(
        chain.set_next_block_timestamp(1_014),
        Err(TimeError {
            requested: 1_014,
            newest: 1_015
        })
    );
    chain.mine(1);
    assert_eq!(chain.timestamp(), 2_000);
    chain.increase_time(u64::MAX);
    chain.mine(1);
    assert_eq!(words(&send(&mut chain, clock, []).output).len(), 1);
}

#[test]
fn system_time_goes_on_from_where_it_was_set() {
    let mut chain = Chain::new(ChainConfig {
        clock: Clock::System,
        ..ChainConfig::default()
    });
    chain.mine(1);
    let now = chain.timestamp();
    assert!(now > 1_767_225_600 - 10_000_000);
    chain.set_next_block_timestamp(now + 50_000).unwrap();
    chain.mine(1);
    assert_eq!(chain.timestamp(), now + 50_000);
    chain.mine(1);
    assert!((now + 50_000..now + 50_060).contains(&chain.timestamp()));
    chain.increase_time(1_000);
    chain.mine(1);
    assert!((now + 51_000..now + 51_060).contains(&chain.timestamp()));
}

#[test]
fn a_failed_transaction_is_mined_too() {
    let mut chain = chain();
    let puppet = stylus_puppet(&mut chain);
    let from = chain.accounts()[0];
    let (number, nonce, balance) = (chain.block_number(), chain.nonce(from), chain.balance(from));
    let receipt = chain.send(Tx::call(from, puppet, Script::new().store(1, 1).revert().bytes()));
    assert!(!receipt.status);
    assert_eq!((chain.block_number(), chain.nonce(from)), (number + 1, nonce + 1));
    assert_eq!(
        chain.balance(from),
        balance - U256::from(receipt.gas_used * 100_000_000)
    );
    assert_eq!(chain.receipt(receipt.tx_hash).unwrap().block_hash, chain.head().hash);
}

#[test]
fn storage_set_by_hand_survives_an_account_that_has_nothing_else() {
    let mut chain = chain();
    let (from, account) = (chain.accounts()[0], Address::repeat_byte(0x77));
    chain.set_storage_at(account, U256::from(1), U256::from(2));
    // Touches the account without giving it anything.
    assert!(chain.send(Tx::call(from, account, Bytes::new())).status);
    assert_eq!(chain.storage_at(account, U256::from(1)), U256::from(2));
}
