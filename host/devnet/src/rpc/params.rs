//! Positional parameters of a call, and the objects that methods take.

use std::collections::HashMap;

use alloy_eips::{
    BlockId,
    eip2930::{AccessList, AccessListItem},
};
use alloy_primitives::{Address, B256, Bytes, U256};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

use super::{
    error::RpcError,
    hexser::{Data, Quantity, parse_data, parse_quantity},
};

/// Most addresses, and most alternatives for one topic, that a log filter may name.
const MAX_FILTER_TERMS: usize = 1_000;
/// Topics of a log.
const MAX_TOPICS: usize = 4;

/// The positional parameters of a call.
#[derive(Debug)]
pub(crate) struct Params(Vec<Value>);

impl Params {
    /// Takes the parameters, at most `most` of them.
    ///
    /// # Errors
    /// When there are more.
    pub(crate) fn new(values: Vec<Value>, most: usize) -> Result<Self, RpcError> {
        if values.len() > most {
            return Err(RpcError::invalid_params(format!(
                "too many arguments, want at most {most}"
            )));
        }
        Ok(Self(values))
    }

    /// Reads the parameter at `index`.
    ///
    /// # Errors
    /// When it is missing, null, or of the wrong form.
    pub(crate) fn required<T: DeserializeOwned>(&mut self, index: usize) -> Result<T, RpcError> {
        self.optional(index)?
            .ok_or_else(|| RpcError::invalid_params(format!("missing value for required argument {index}")))
    }

    /// Reads the parameter at `index`, which may be missing or null.
    ///
    /// # Errors
    /// When it is of the wrong form.
    pub(crate) fn optional<T: DeserializeOwned>(&mut self, index: usize) -> Result<Option<T>, RpcError> {
        match self.0.get_mut(index).map(Value::take) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => serde_json::from_value(value)
                .map(Some)
                .map_err(|error| RpcError::invalid_params(format!("invalid argument {index}: {error}"))),
        }
    }
}

/// A block as a caller names it: by number, tag or hash (EIP-1898).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BlockRef {
    /// The newest block (also `safe` and `finalized`: nothing is ever reorganised here).
    Latest,
    /// What the next block would be.
    Pending,
    /// Genesis.
    Earliest,
    /// By height.
    Number(u64),
    /// By hash.
    Hash(B256),
}

impl BlockRef {
    /// The chain's word for it.
    pub(crate) fn selector(self) -> BlockId {
        match self {
            Self::Latest => BlockId::latest(),
            Self::Pending => BlockId::pending(),
            Self::Earliest => BlockId::earliest(),
            Self::Number(number) => BlockId::number(number),
            Self::Hash(hash) => BlockId::hash(hash),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "latest" | "safe" | "finalized" => Ok(Self::Latest),
            "pending" => Ok(Self::Pending),
            "earliest" => Ok(Self::Earliest),
            hash if hash.len() == 66 => parse_data(hash).map(Self::Hash),
            number => Ok(Self::Number(parse_height(number)?)),
        }
    }
}

fn parse_height(text: &str) -> Result<u64, String> {
    u64::try_from(parse_quantity(text)?).map_err(|_| "block number out of range".to_owned())
}

impl<'de> Deserialize<'de> for BlockRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Text(String),
            Object(ByNumberOrHash),
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        struct ByNumberOrHash {
            block_number: Option<String>,
            block_hash: Option<String>,
            // Every block here is canonical, so the demand is always met.
            #[serde(rename = "requireCanonical")]
            _require_canonical: Option<bool>,
        }
        let block = match Form::deserialize(deserializer).map_err(|_| {
            serde::de::Error::custom("invalid block, want a number, a tag, or an object with blockNumber or blockHash")
        })? {
            Form::Text(text) => Self::parse(&text),
            Form::Object(ByNumberOrHash {
                block_number: Some(number),
                block_hash: None,
                ..
            }) => Self::parse(&number),
            Form::Object(ByNumberOrHash {
                block_number: None,
                block_hash: Some(hash),
                ..
            }) => parse_data(&hash).map(Self::Hash),
            Form::Object(_) => Err("invalid block, want either blockNumber or blockHash".to_owned()),
        };
        block.map_err(serde::de::Error::custom)
    }
}

/// A block by height or tag only, as `eth_getBlockByNumber` takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HeightOrTag(pub(crate) BlockRef);

impl<'de> Deserialize<'de> for HeightOrTag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match BlockRef::parse(&text) {
            Ok(BlockRef::Hash(_)) => Err(serde::de::Error::custom("hex number > 64 bits")),
            Ok(block) => Ok(Self(block)),
            Err(error) => Err(serde::de::Error::custom(error)),
        }
    }
}

/// A transaction as callers describe it, for calls, estimates and transactions that the node signs or impersonates.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CallObject {
    /// Sender.
    pub(crate) from: Option<Data<Address>>,
    /// Callee; none for a creation.
    pub(crate) to: Option<Data<Address>>,
    /// Gas limit.
    pub(crate) gas: Option<Quantity<u64>>,
    /// Price per gas, in wei; excludes the next two.
    pub(crate) gas_price: Option<Quantity<u128>>,
    /// Most to pay per gas, in wei.
    pub(crate) max_fee_per_gas: Option<Quantity<u128>>,
    /// Tip per gas, in wei.
    pub(crate) max_priority_fee_per_gas: Option<Quantity<u128>>,
    /// Wei sent along.
    pub(crate) value: Option<Quantity<U256>>,
    /// Sender's nonce.
    pub(crate) nonce: Option<Quantity<u64>>,
    /// Chain that the transaction is meant for.
    pub(crate) chain_id: Option<Quantity<u64>>,
    /// EIP-2930 access list.
    pub(crate) access_list: Option<Vec<AccessEntry>>,
    #[serde(rename = "type")]
    /// EIP-2718 type.
    pub(crate) kind: Option<Quantity<u8>>,
    data: Option<Data<Bytes>>,
    input: Option<Data<Bytes>>,
}

impl CallObject {
    /// The calldata, which goes by two names.
    ///
    /// # Errors
    /// When both are there and differ.
    pub(crate) fn calldata(&self) -> Result<Bytes, RpcError> {
        match (&self.data, &self.input) {
            (Some(Data(data)), Some(Data(input))) if data != input => Err(RpcError::invalid_params(
                "both \"data\" and \"input\" are set and not equal, use \"input\" to pass transaction call data",
            )),
            (_, Some(Data(input))) => Ok(input.clone()),
            (Some(Data(data)), None) => Ok(data.clone()),
            (None, None) => Ok(Bytes::new()),
        }
    }

    /// The access list, empty when there is none.
    pub(crate) fn access_list(&self) -> AccessList {
        let items = self.access_list.iter().flatten().map(|entry| AccessListItem {
            address: entry.address.0,
            storage_keys: entry.storage_keys.iter().map(|key| key.0).collect(),
        });
        AccessList(items.collect())
    }
}

/// An entry of an access list.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccessEntry {
    address: Data<Address>,
    storage_keys: Vec<Data<B256>>,
}

/// State that a call shall find in place of the chain's, by account.
pub(crate) type StateOverrides = HashMap<Data<Address>, AccountOverride>;

/// What to override of an account.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AccountOverride {
    /// Balance in wei.
    pub(crate) balance: Option<Quantity<U256>>,
    /// Nonce.
    pub(crate) nonce: Option<Quantity<u64>>,
    /// Code.
    pub(crate) code: Option<Data<Bytes>>,
    /// The whole storage: slots that are not named are zero.
    pub(crate) state: Option<HashMap<Data<B256>, Data<B256>>>,
    /// Single slots; the others keep the chain's values.
    pub(crate) state_diff: Option<HashMap<Data<B256>, Data<B256>>>,
}

/// Block constants that a call shall see in place of the chain's.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct BlockOverrides {
    /// Height.
    pub(crate) number: Option<Quantity<u64>>,
    /// Time in seconds.
    #[serde(alias = "timestamp")]
    pub(crate) time: Option<Quantity<u64>>,
    /// Gas limit.
    pub(crate) gas_limit: Option<Quantity<u64>>,
    /// Beneficiary.
    #[serde(alias = "coinbase")]
    pub(crate) fee_recipient: Option<Data<Address>>,
    /// Base fee in wei.
    #[serde(alias = "baseFee")]
    pub(crate) base_fee_per_gas: Option<Quantity<u64>>,
    /// Randomness.
    #[serde(alias = "random")]
    pub(crate) prev_randao: Option<Data<B256>>,
    // Not visible to anything that runs on this chain.
    #[serde(rename = "difficulty")]
    _difficulty: Option<Quantity<U256>>,
    #[serde(rename = "blobBaseFee")]
    _blob_base_fee: Option<Quantity<U256>>,
}

/// Which logs a caller asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LogFilter {
    /// Blocks to look in.
    pub(crate) blocks: FilterBlocks,
    /// Emitters; any when empty.
    pub(crate) addresses: Vec<Address>,
    /// By position, the values allowed; any when empty.
    pub(crate) topics: Vec<Vec<B256>>,
}

/// The blocks of a log filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FilterBlocks {
    /// From one block to another, both included; `None` stands for the newest block.
    Range(Option<BlockRef>, Option<BlockRef>),
    /// A single block.
    Hash(B256),
}

impl Default for FilterBlocks {
    fn default() -> Self {
        Self::Range(None, None)
    }
}

impl LogFilter {
    /// Whether a log by `address` with these topics is asked for.
    pub(crate) fn matches(&self, address: Address, topics: &[B256]) -> bool {
        (self.addresses.is_empty() || self.addresses.contains(&address))
            && self.topics.iter().enumerate().all(|(position, allowed)| {
                // A position beyond the log's topics matches nothing, not even "any".
                topics
                    .get(position)
                    .is_some_and(|topic| allowed.is_empty() || allowed.contains(topic))
            })
    }
}

impl<'de> Deserialize<'de> for LogFilter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        type Alternatives = OneOrMany<Option<Data<B256>>>;
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Form {
            from_block: Option<HeightOrTag>,
            to_block: Option<HeightOrTag>,
            block_hash: Option<Data<B256>>,
            address: Option<OneOrMany<Data<Address>>>,
            topics: Option<Vec<Option<Alternatives>>>,
        }
        let refuse = |why: String| Err(serde::de::Error::custom(why));
        let form = Form::deserialize(deserializer)?;
        let blocks = match (form.block_hash, form.from_block, form.to_block) {
            (Some(Data(hash)), None, None) => FilterBlocks::Hash(hash),
            (Some(_), _, _) => {
                return refuse(
                    "cannot specify both blockHash and fromBlock/toBlock, choose one or the other".to_owned(),
                );
            }
            (None, from, to) => FilterBlocks::Range(from.map(|block| block.0), to.map(|block| block.0)),
        };
        let addresses: Vec<_> = form.address.map(OneOrMany::into_vec).unwrap_or_default();
        let topics: Vec<_> = form.topics.unwrap_or_default();
        if topics.len() > MAX_TOPICS {
            return refuse(format!("{} topics, want at most {MAX_TOPICS}", topics.len()));
        }
        let topics: Vec<Vec<_>> = topics
            .into_iter()
            .map(|topic| topic.map(OneOrMany::into_vec).unwrap_or_default())
            .collect();
        if addresses.len() > MAX_FILTER_TERMS || topics.iter().any(|allowed| allowed.len() > MAX_FILTER_TERMS) {
            return refuse(format!(
                "more than {MAX_FILTER_TERMS} addresses or alternatives for a topic"
            ));
        }
        Ok(Self {
            blocks,
            addresses: addresses.into_iter().map(|address| address.0).collect(),
            topics: topics
                .into_iter()
                .map(|allowed| {
                    // A null among the alternatives allows anything.
                    allowed
                        .into_iter()
                        .map(|topic| topic.map(|topic| topic.0))
                        .collect::<Option<_>>()
                        .unwrap_or_default()
                })
                .collect(),
        })
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    Many(Vec<T>),
    One(T),
}

impl<T> OneOrMany<T> {
    fn into_vec(self) -> Vec<T> {
        match self {
            Self::Many(many) => many,
            Self::One(one) => vec![one],
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    fn block(value: Value) -> Option<BlockRef> {
        from_value(value).ok()
    }

    #[test]
    fn blocks_are_named_by_number_tag_or_hash() {
        let hash = B256::repeat_byte(7);
        assert_eq!(block(json!("latest")), Some(BlockRef::Latest));
        assert_eq!(block(json!("safe")), Some(BlockRef::Latest));
        assert_eq!(block(json!("finalized")), Some(BlockRef::Latest));
        assert_eq!(block(json!("pending")), Some(BlockRef::Pending));
        assert_eq!(block(json!("earliest")), Some(BlockRef::Earliest));
        assert_eq!(block(json!("0x10")), Some(BlockRef::Number(16)));
        assert_eq!(block(json!(hash)), Some(BlockRef::Hash(hash)));
        assert_eq!(block(json!({"blockNumber": "0x10"})), Some(BlockRef::Number(16)));
        assert_eq!(block(json!({"blockHash": hash})), Some(BlockRef::Hash(hash)));
        assert_eq!(
            block(json!({"blockHash": hash, "requireCanonical": true})),
            Some(BlockRef::Hash(hash))
        );
        for wrong in [
            json!("newest"),
            json!("16"),
            json!("0x010"),
            json!(16),
            json!({}),
            json!({"blockNumber": "0x1", "blockHash": hash}),
            json!({"blockHash": "0x1"}),
            json!("0x10000000000000000"),
        ] {
            assert_eq!(block(wrong.clone()), None, "{wrong}");
        }
    }

    #[test]
    fn a_height_is_no_hash() {
        assert_eq!(
            from_value::<HeightOrTag>(json!("0x1")).ok(),
            Some(HeightOrTag(BlockRef::Number(1)))
        );
        assert!(from_value::<HeightOrTag>(json!(B256::ZERO)).is_err());
    }

    #[test]
    fn calldata_goes_by_either_name_but_not_two_values() {
        let calldata = |value: Value| {
            from_value::<CallObject>(value)
                .ok()
                .and_then(|call| call.calldata().ok())
        };
        assert_eq!(calldata(json!({"data": "0x01"})), Some(Bytes::from_static(&[1])));
        assert_eq!(calldata(json!({"input": "0x02"})), Some(Bytes::from_static(&[2])));
        assert_eq!(
            calldata(json!({"data": "0x01", "input": "0x01"})),
            Some(Bytes::from_static(&[1]))
        );
        assert_eq!(calldata(json!({"data": "0x01", "input": "0x02"})), None);
        assert_eq!(calldata(json!({})), Some(Bytes::new()));
    }

    #[test]
    fn filters_match_by_emitter_and_position() {
        let (a, b) = (Address::repeat_byte(1), Address::repeat_byte(2));
        let topic = |byte| B256::repeat_byte(byte);
        let filter = |value: Value| from_value::<LogFilter>(value).expect("a filter");

        assert!(filter(json!({})).matches(a, &[]));
        assert!(filter(json!({"address": a})).matches(a, &[]));
        assert!(!filter(json!({"address": a})).matches(b, &[]));
        assert!(filter(json!({"address": [a, b]})).matches(b, &[]));
        assert!(filter(json!({"topics": [topic(1)]})).matches(a, &[topic(1), topic(2)]));
        assert!(!filter(json!({"topics": [topic(1)]})).matches(a, &[topic(2), topic(1)]));
        assert!(filter(json!({"topics": [null, topic(2)]})).matches(a, &[topic(1), topic(2)]));
        assert!(!filter(json!({"topics": [null, null]})).matches(a, &[topic(1)]));
        assert!(filter(json!({"topics": [[topic(1), topic(3)]]})).matches(a, &[topic(3)]));
        assert!(filter(json!({"topics": [[null, topic(3)]]})).matches(a, &[topic(9)]));
    }

    #[test]
    fn filters_are_bounded_and_unambiguous() {
        for wrong in [
            json!({"blockHash": B256::ZERO, "fromBlock": "0x1"}),
            json!({"topics": vec![B256::ZERO; 5]}),
            json!({"address": vec![Address::ZERO; 1_001]}),
            json!({"topics": [vec![B256::ZERO; 1_001]]}),
            json!({"address": "0x01"}),
            json!({"fromBlock": 1}),
        ] {
            assert!(from_value::<LogFilter>(wrong).is_err());
        }
    }

    #[test]
    fn overrides_with_unknown_members_are_refused() {
        assert!(from_value::<AccountOverride>(json!({"balance": "0x1"})).is_ok());
        assert!(from_value::<AccountOverride>(json!({"blance": "0x1"})).is_err());
        assert!(from_value::<BlockOverrides>(json!({"time": "0x1", "number": "0x2"})).is_ok());
        assert!(from_value::<BlockOverrides>(json!({"tme": "0x1"})).is_err());
    }
}
