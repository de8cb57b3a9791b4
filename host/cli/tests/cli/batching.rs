//! Several calls in one, on the local chain: what is laid over an account calls as the account.

use alloy_primitives::map::AddressHashMap;
use alloy_primitives::{Address, Bytes, U256, hex};
use devnet::{BlockSelector, CallRequest, Chain, ChainConfig, Overrides};
use usdai_cli::batch::{Answer, Call, START, assemble, read};

const ACCOUNT: Address = Address::repeat_byte(0xaa);
const OTHER: Address = Address::repeat_byte(0xbb);

/// Returns its caller, what was sent along, and its calldata.
const ECHO: &[u8] = &hex!("3360005234602052366000604037366040016000f3");
/// Reverts with its calldata.
const REFUSE: &[u8] = &hex!("366000600037366000fd");
/// Sends its balance to its caller, with two bytes of calldata, and returns what that answered.
const PAY_BACK: &[u8] = &hex!("602060006002600047335af15060206000f3");

fn chain(code: &[u8]) -> Chain {
    let mut chain = Chain::new(ChainConfig::default());
    chain.set_code(OTHER, Bytes::copy_from_slice(code));
    chain.set_balance(ACCOUNT, U256::from(1_000));
    chain
}

fn overrides(calls: &[Call]) -> Overrides {
    let mut accounts = AddressHashMap::default();
    accounts.insert(
        ACCOUNT,
        alloy_rpc_types_eth::state::AccountOverride {
            code: Some(assemble(calls).unwrap()),
            ..Default::default()
        },
    );
    Overrides {
        state: Some(accounts),
        block: None,
    }
}

fn call(chain: &Chain, calls: &[Call], data: &[u8]) -> Bytes {
    let request = CallRequest {
        to: Some(ACCOUNT),
        data: Bytes::copy_from_slice(data),
        ..CallRequest::default()
    };
    let output = chain
        .call(&request, BlockSelector::pending(), &overrides(calls))
        .unwrap();
    assert!(output.success, "{output:?}");
    output.output
}

fn run(chain: &Chain, calls: &[Call]) -> (u64, Vec<Answer>) {
    read(&call(chain, calls, &START)).unwrap()
}

fn to_other(data: &[u8], value: u64, stops: bool) -> Call {
    Call {
        to: OTHER,
        value: U256::from(value),
        data: Bytes::copy_from_slice(data),
        stops,
    }
}

#[test]
fn calls_are_made_in_order_as_the_account_and_tell_the_time() {
    let chain = chain(ECHO);
    let data: Vec<u8> = (0..100).collect();
    let (now, answers) = run(
        &chain,
        &[
            to_other(&data, 7, true),
            to_other(&[], 0, true),
            to_other(&[5], 993, true),
        ],
    );
    assert_eq!(now, chain.next_timestamp());
    assert_eq!(answers.len(), 3);
    for (answer, (value, data)) in answers.iter().zip([(7, &data[..]), (0, &[]), (993, &[5])]) {
        assert!(answer.success && answer.gas > 0);
        assert_eq!(answer.output[12..32], ACCOUNT[..]);
        assert_eq!(U256::from_be_slice(&answer.output[32..64]), U256::from(value));
        assert_eq!(&answer.output[64..], data);
    }
    assert_eq!(run(&chain, &[]).1, []);
}

#[test]
fn a_refusal_stops_what_is_behind_it_only_if_it_shall() {
    let chain = chain(REFUSE);
    let (_, answers) = run(
        &chain,
        &[
            to_other(&[1], 0, false),
            to_other(&[2], 0, true),
            to_other(&[3], 0, false),
        ],
    );
    let told: Vec<_> = answers
        .iter()
        .map(|answer| (answer.success, answer.output.to_vec()))
        .collect();
    assert_eq!(told, [(false, vec![1]), (false, vec![2])]);
    // More than the account has is refused too, without data.
    let (_, answers) = run(&chain, &[to_other(&[1], 1_001, true)]);
    assert_eq!((answers[0].success, answers[0].output.len()), (false, 0));
}

#[test]
fn who_calls_back_is_answered_and_starts_nothing() {
    let chain = chain(PAY_BACK);
    let (_, answers) = run(&chain, &[to_other(&[], 9, true)]);
    assert!(answers[0].success);
    assert_eq!(answers[0].output.len(), 32, "one answer of one word, not another batch");
    let selector = hex!("150b7a02");
    let answer = call(&chain, &[to_other(&[], 0, true)], &[&selector[..], &[0; 64]].concat());
    assert_eq!(answer.len(), 32);
    assert_eq!(answer[..4], selector);
    assert!(answer[4..].iter().all(|byte| *byte == 0));
}

#[test]
fn an_answer_that_is_none_is_refused() {
    let refusal = read(&[]).unwrap_err().to_string();
    assert!(refusal.contains("may not support state overrides"), "{refusal}");
    let mut output = vec![0; 32 + 96];
    output[127] = 5;
    assert_eq!(read(&output).unwrap_err().to_string(), "the node cut the answer short");
}
