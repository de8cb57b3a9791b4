//! The SDK as a contract's face sees it: the SDK itself, with an ABI coder a third of the size.
//!
//! A contract imports this module under the name `stylus_sdk`, so that the code that `#[public]` generates finds the
//! coder here. The SDK's own coder decodes, encodes again, compares, and on any difference formats a message that
//! nobody reads: a fifth of the code, and text that costs gas on every call. This one takes the same calldata and no
//! other (the tests hold them against each other): each word in the range of its type, `bytes` where the encoder
//! would have put them and padded with zeros, and nothing after them.
//!
//! The interface that `export-abi` prints comes from the SDK's own types.

pub use stylus_sdk::*;

use ::alloc::{string::String, vec::Vec};
use alloy_primitives::{aliases::U24, Address, FixedBytes, B256, U256};

use crate::encoding::push_bytes;

/// The calldata is not what the parameters' types encode to.
#[derive(Debug, PartialEq, Eq)]
pub struct Undecodable;

/// Replaces the SDK's module of the same name.
#[cfg(not(feature = "export-abi"))]
pub mod alloy_sol_types {
    pub use super::Parameters as SolType;
}

/// Replaces the SDK's module of the same name.
#[cfg(not(feature = "export-abi"))]
pub mod abi {
    pub use stylus_sdk::abi::*;

    pub use super::ParameterList as AbiType;

    /// What generated code calls.
    pub mod internal {
        pub use stylus_sdk::abi::internal::{digest_to_selector, CONSTRUCTOR_EXECUTED_SLOT};

        pub use crate::sdk::Answer as EncodableReturnType;

        /// The entry point says so.
        pub fn failed_to_decode_arguments(_: crate::sdk::Undecodable) {}
    }
}

/// The types of a function's parameters, as a tuple.
pub trait ParameterList {
    /// What decodes them: the tuple itself.
    type SolType;
}

/// What decodes a function's parameters.
pub trait Parameters: Sized {
    /// Decodes what follows the selector. Never takes more or less than the encoding of the result.
    ///
    /// # Errors
    ///
    /// [`Undecodable`].
    fn abi_decode_params(calldata: &[u8], validate: bool) -> Result<Self, Undecodable>;
}

/// A parameter. Its head is one word, or as many as it says.
pub trait Parameter: Sized {
    /// Words of the head.
    const WORDS: usize = 1;

    /// Reads the parameter; `None` if this is no encoding of one.
    fn read(calldata: &mut Calldata<'_>) -> Option<Self>;
}

/// Calldata behind the selector: a word a parameter, then what is too long for a word, in the same order.
pub struct Calldata<'a> {
    head: &'a [u8],
    tail: &'a [u8],
    /// Where the tail begins.
    offset: usize,
}

impl<'a> Calldata<'a> {
    fn new(calldata: &'a [u8], words: usize) -> Option<Self> {
        let offset = words.saturating_mul(32);
        let (head, tail) = calldata.split_at_checked(offset)?;
        Some(Self { head, tail, offset })
    }

    fn word(&mut self) -> Option<[u8; 32]> {
        take(&mut self.head)
    }

    /// A word that is zero but for its last `N` bytes.
    fn low<const N: usize>(&mut self) -> Option<[u8; N]> {
        let word = self.word()?;
        let (high, low) = word.split_last_chunk::<N>()?;
        is_zero(high).then_some(*low)
    }

    fn bytes(&mut self) -> Option<Vec<u8>> {
        let length = self.length()?;
        let padded = length.checked_next_multiple_of(32)?;
        let (bytes, padding) = self.behind_length(padded)?.split_at_checked(length)?;
        is_zero(padding).then(|| bytes.to_vec())
    }

    fn list(&mut self) -> Option<Vec<B256>> {
        let size = self.length()?.checked_mul(32)?;
        let words = self.behind_length(size)?.chunks_exact(32);
        Some(words.map(B256::from_slice).collect())
    }

    /// The length that the tail begins with, which must be where the head says that it is.
    fn length(&mut self) -> Option<usize> {
        if length(self.word()?)? != self.offset {
            return None;
        }
        length(take(&mut self.tail)?)
    }

    /// What follows a length.
    fn behind_length(&mut self, size: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.tail.split_at_checked(size)?;
        self.tail = rest;
        self.offset = self.offset.saturating_add(32).saturating_add(size);
        Some(bytes)
    }

    fn finished(&self) -> bool {
        self.tail.is_empty()
    }
}

fn take(bytes: &mut &[u8]) -> Option<[u8; 32]> {
    let (word, rest) = bytes.split_first_chunk::<32>()?;
    *bytes = rest;
    Some(*word)
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

fn length(word: [u8; 32]) -> Option<usize> {
    let (high, low) = word.split_last_chunk::<4>()?;
    let low = usize::try_from(u32::from_be_bytes(*low)).ok()?;
    is_zero(high).then_some(low)
}

impl Parameter for U256 {
    fn read(calldata: &mut Calldata<'_>) -> Option<Self> {
        calldata.word().map(Self::from_be_bytes)
    }
}

impl Parameter for B256 {
    fn read(calldata: &mut Calldata<'_>) -> Option<Self> {
        calldata.word().map(Self::new)
    }
}

impl Parameter for FixedBytes<4> {
    fn read(calldata: &mut Calldata<'_>) -> Option<Self> {
        let word = calldata.word()?;
        let (bytes, padding) = word.split_first_chunk::<4>()?;
        is_zero(padding).then(|| Self::new(*bytes))
    }
}

impl Parameter for Address {
    fn read(calldata: &mut Calldata<'_>) -> Option<Self> {
        calldata.low().map(Self::new)
    }
}

impl Parameter for u8 {
    fn read(calldata: &mut Calldata<'_>) -> Option<Self> {
        calldata.low().map(u8::from_be_bytes)
    }
}

impl Parameter for u16 {
    fn read(calldata: &mut Calldata<'_>) -> Option<Self> {
        calldata.low().map(u16::from_be_bytes)
    }
}

impl Parameter for u64 {
    fn read(calldata: &mut Calldata<'_>) -> Option<Self> {
        calldata.low().map(u64::from_be_bytes)
    }
}

impl Parameter for U24 {
    fn read(calldata: &mut Calldata<'_>) -> Option<Self> {
        calldata.low().map(Self::from_be_bytes::<3>)
    }
}

impl Parameter for bool {
    fn read(calldata: &mut Calldata<'_>) -> Option<Self> {
        match calldata.low()? {
            [0] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }
}

impl Parameter for stylus_sdk::abi::Bytes {
    fn read(calldata: &mut Calldata<'_>) -> Option<Self> {
        calldata.bytes().map(Self)
    }
}

/// Text is UTF-8.
impl Parameter for String {
    fn read(calldata: &mut Calldata<'_>) -> Option<Self> {
        Self::from_utf8(calldata.bytes()?).ok()
    }
}

impl Parameter for Vec<B256> {
    fn read(calldata: &mut Calldata<'_>) -> Option<Self> {
        calldata.list()
    }
}

impl<T: Parameter + Copy + Default, const N: usize> Parameter for [T; N] {
    const WORDS: usize = N * T::WORDS;

    fn read(calldata: &mut Calldata<'_>) -> Option<Self> {
        let mut array = [T::default(); N];
        for entry in &mut array {
            *entry = T::read(calldata)?;
        }
        Some(array)
    }
}

macro_rules! parameters {
    ($($parameter:ident)*) => {
        impl<$($parameter: Parameter),*> ParameterList for ($($parameter,)*) {
            type SolType = Self;
        }

        impl<$($parameter: Parameter),*> Parameters for ($($parameter,)*) {
            fn abi_decode_params(calldata: &[u8], _: bool) -> Result<Self, Undecodable> {
                let decode = || {
                    #[allow(unused_mut)]
                    let mut calldata = Calldata::new(calldata, const { 0 $(+ $parameter::WORDS)* })?;
                    let parameters = ($($parameter::read(&mut calldata)?,)*);
                    calldata.finished().then_some(parameters)
                };
                decode().ok_or(Undecodable)
            }
        }
    };
}

parameters!();
parameters!(A);
parameters!(A B);
parameters!(A B C);
parameters!(A B C D);
parameters!(A B C D E);
parameters!(A B C D E F);
parameters!(A B C D E F G);
parameters!(A B C D E F G H);
parameters!(A B C D E F G H I);
parameters!(A B C D E F G H I J);

/// What a function answers, or why it does not.
pub trait Answer {
    /// The call's return data.
    ///
    /// # Errors
    ///
    /// The revert data.
    fn encode(self) -> ArbResult;
}

impl<T: Value> Answer for T {
    fn encode(self) -> ArbResult {
        Ok(Value::encode(self))
    }
}

impl<T: Value, E: Into<Vec<u8>>> Answer for Result<T, E> {
    fn encode(self) -> ArbResult {
        match self {
            Ok(value) => Ok(value.encode()),
            Err(error) => Err(error.into()),
        }
    }
}

/// A value, or a tuple of values, that a function returns.
pub trait Value {
    /// Its ABI encoding.
    fn encode(self) -> Vec<u8>;
}

impl Value for () {
    fn encode(self) -> Vec<u8> {
        Vec::new()
    }
}

/// A value that is one word of the ABI.
pub trait Word {
    /// The word.
    fn word(self) -> B256;
}

macro_rules! one_word {
    ($($type:ty => |$value:ident| $word:expr;)*) => {
        $(impl Word for $type {
            fn word(self) -> B256 {
                let $value = self;
                $word
            }
        }

        impl Value for $type {
            fn encode(self) -> Vec<u8> {
                self.word().to_vec()
            }
        })*
    };
}

one_word! {
    bool => |value| B256::with_last_byte(u8::from(value));
    u8 => |value| B256::with_last_byte(value);
    u16 => |value| B256::from(U256::from(value));
    u64 => |value| B256::from(U256::from(value));
    U24 => |value| B256::from(U256::from(value));
    U256 => |value| B256::from(value);
    B256 => |value| value;
    Address => |value| value.into_word();
}

macro_rules! words {
    ($($value:ident)*) => {
        impl<$($value: Word),*> Value for ($($value,)*) {
            #[allow(non_snake_case)]
            fn encode(self) -> Vec<u8> {
                const COUNT: usize = <[&str]>::len(&[$(stringify!($value)),*]);
                let ($($value,)*) = self;
                let mut encoding = Vec::with_capacity(COUNT.saturating_mul(32));
                $(encoding.extend_from_slice($value.word().as_slice());)*
                encoding
            }
        }
    };
}

words!(A B);
words!(A B C);
words!(A B C D);
words!(A B C D E);
words!(A B C D E F);
words!(A B C D E F G);
words!(A B C D E F G H);
words!(A B C D E F G H I);
words!(A B C D E F G H I J);

/// An answer that is encoded already: that of another contract, passed on.
#[derive(Debug, PartialEq, Eq)]
pub struct Raw(pub Vec<u8>);

impl Value for Raw {
    fn encode(self) -> Vec<u8> {
        self.0
    }
}

impl Value for Vec<U256> {
    fn encode(self) -> Vec<u8> {
        let mut encoding = Vec::with_capacity(self.len().saturating_add(2).saturating_mul(32));
        push(&mut encoding, U256::from(32));
        push_list(&mut encoding, &self);
        encoding
    }
}

impl Value for (Vec<U256>, Vec<U256>) {
    fn encode(self) -> Vec<u8> {
        const HEAD: usize = 2 * 32;
        let words = self.0.len().saturating_add(self.1.len()).saturating_add(4);
        let mut encoding = Vec::with_capacity(words.saturating_mul(32));
        push(&mut encoding, U256::from(HEAD));
        let first = self.0.len().saturating_add(1).saturating_mul(32);
        push(&mut encoding, U256::from(HEAD.saturating_add(first)));
        push_list(&mut encoding, &self.0);
        push_list(&mut encoding, &self.1);
        encoding
    }
}

impl Value for String {
    fn encode(self) -> Vec<u8> {
        let mut encoding = Vec::with_capacity(96);
        push(&mut encoding, U256::from(32));
        push_bytes(&mut encoding, self.as_bytes());
        encoding
    }
}

/// The answer of `eip712Domain()`.
pub type Eip712Domain = (FixedBytes<1>, String, String, U256, Address, B256, Vec<U256>);

impl Value for Eip712Domain {
    fn encode(self) -> Vec<u8> {
        const HEAD: usize = 7 * 32;
        let (fields, name, version, chain_id, verifying_contract, salt, extensions) = self;
        let mut tail = Vec::with_capacity(5 * 32);
        push_bytes(&mut tail, name.as_bytes());
        let version_offset = HEAD.saturating_add(tail.len());
        push_bytes(&mut tail, version.as_bytes());
        let extensions_offset = HEAD.saturating_add(tail.len());
        push_list(&mut tail, &extensions);
        let mut encoding = Vec::with_capacity(HEAD.saturating_add(tail.len()));
        encoding.extend_from_slice(B256::right_padding_from(fields.as_slice()).as_slice());
        push(&mut encoding, U256::from(HEAD));
        push(&mut encoding, U256::from(version_offset));
        push(&mut encoding, chain_id);
        encoding.extend_from_slice(verifying_contract.into_word().as_slice());
        encoding.extend_from_slice(salt.as_slice());
        push(&mut encoding, U256::from(extensions_offset));
        encoding.append(&mut tail);
        encoding
    }
}

fn push(encoding: &mut Vec<u8>, word: U256) {
    encoding.extend_from_slice(&word.to_be_bytes::<32>());
}

/// Appends the number of words and the words.
fn push_list(encoding: &mut Vec<u8>, words: &[U256]) {
    push(encoding, U256::from(words.len()));
    for word in words {
        push(encoding, *word);
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use ::alloc::{string::ToString, vec};
    use ::alloy_sol_types::{private::SolTypeValue, SolType, SolValue};
    use proptest::prelude::*;
    use stylus_sdk::abi::{AbiType, Bytes};

    use super::*;

    /// Decodes with both coders, which must agree on whether and on what.
    ///
    /// But for two things that the SDK's coder gets wrong: it takes any word up to 255 for `true`, so that here it has
    /// to encode its result again; and it adds up lengths without a check, which panics in a debug build.
    fn agree<T>(calldata: &[u8]) -> Option<T>
    where
        T: Parameters + PartialEq + core::fmt::Debug + AbiType + SolTypeValue<<T as AbiType>::SolType>,
        <T as AbiType>::SolType: SolType<RustType = T>,
        for<'a> <<T as AbiType>::SolType as SolType>::Token<'a>: ::alloy_sol_types::abi::TokenSeq<'a>,
    {
        let ours = T::abi_decode_params(calldata, true).ok();
        let theirs = std::panic::catch_unwind(|| stylus_sdk::abi::decode_params::<T>(calldata).ok())
            .unwrap_or_default()
            .filter(|parameters| stylus_sdk::abi::encode_params(parameters) == calldata);
        assert_eq!(ours, theirs, "of {calldata:02x?}");
        ours
    }

    fn agree_on_all(calldata: &[u8]) {
        agree::<()>(calldata);
        agree::<(U256,)>(calldata);
        agree::<(Address,)>(calldata);
        agree::<(bool,)>(calldata);
        agree::<(u8,)>(calldata);
        agree::<(u16,)>(calldata);
        agree::<(u64,)>(calldata);
        agree::<(U24,)>(calldata);
        agree::<(U256, u16, B256)>(calldata);
        agree::<(Address, U256, U256, U256, U256, u16, u16, u16)>(calldata);
        agree::<(FixedBytes<4>,)>(calldata);
        agree::<(B256, Address)>(calldata);
        agree::<(Address, bool)>(calldata);
        agree::<(Address, bool, U24)>(calldata);
        agree::<(Address, U256, U256, Address)>(calldata);
        agree::<(Address, U256, U256, Bytes)>(calldata);
        agree::<(Address, U256, U256, Address, Bytes)>(calldata);
        agree::<(Address, Address, U256, U256, u8, B256, B256)>(calldata);
        agree::<([u64; 3], U256)>(calldata);
        agree::<(Address, [u16; 2], Bytes)>(calldata);
        agree::<(String,)>(calldata);
        agree::<(Vec<B256>,)>(calldata);
        agree::<(U256, Vec<B256>, bool)>(calldata);
        agree::<Dynamic>(calldata);
    }

    /// Everything dynamic, with words between.
    type Dynamic = (Address, String, Address, B256, String, Vec<B256>, bool);

    /// Words as callers send them: small numbers, addresses, selectors, noise.
    fn word() -> impl Strategy<Value = [u8; 32]> {
        prop_oneof![
            (0_u64..300).prop_map(|value| U256::from(value).to_be_bytes::<32>()),
            any::<[u8; 20]>().prop_map(|address| Address::new(address).into_word().0),
            any::<[u8; 4]>().prop_map(|bytes| B256::right_padding_from(&bytes).0),
            any::<[u8; 32]>(),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2048))]

        #[test]
        fn takes_what_the_sdk_takes_of_words(words in prop::collection::vec(word(), 0..10), cut in 0_usize..40) {
            let mut calldata = words.concat();
            agree_on_all(&calldata);
            calldata.truncate(calldata.len().saturating_sub(cut));
            agree_on_all(&calldata);
        }

        #[test]
        fn takes_what_the_sdk_takes_of_damaged_calldata(
            token in any::<[u8; 20]>(),
            amount in any::<[u8; 32]>(),
            data in prop::collection::vec(any::<u8>(), 0..100),
            position in any::<prop::sample::Index>(),
            flip in any::<u8>(),
            extra in prop::collection::vec(any::<u8>(), 0..64),
        ) {
            let (token, amount) = (Address::new(token), U256::from_be_bytes(amount));
            let parameters = (token, amount, amount, token, Bytes(data));
            let mut calldata = stylus_sdk::abi::encode_params(&parameters);
            prop_assert_eq!(agree::<(Address, U256, U256, Address, Bytes)>(&calldata), Some(parameters));
            let at = position.index(calldata.len());
            calldata[at] ^= flip;
            agree_on_all(&calldata);
            calldata[at] ^= flip;
            calldata.extend(&extra);
            let decoded = agree::<(Address, U256, U256, Address, Bytes)>(&calldata);
            prop_assert_eq!(decoded.is_some(), extra.is_empty());
            calldata.truncate(at);
            prop_assert_eq!(agree::<(Address, U256, U256, Address, Bytes)>(&calldata), None);
        }

        #[test]
        fn takes_what_the_sdk_takes_of_damaged_texts_and_lists(
            account in any::<[u8; 20]>(),
            name in ".{0,40}",
            text in ".{0,40}",
            list in prop::collection::vec(any::<[u8; 32]>(), 0..5),
            flag in any::<bool>(),
            position in any::<prop::sample::Index>(),
            flip in any::<u8>(),
            extra in prop::collection::vec(any::<u8>(), 0..64),
        ) {
            let account = Address::new(account);
            let list: Vec<_> = list.into_iter().map(B256::new).collect();
            let word = list.first().copied().unwrap_or_default();
            let parameters = (account, name, account, word, text, list, flag);
            let mut calldata = stylus_sdk::abi::encode_params(&parameters);
            prop_assert_eq!(agree::<Dynamic>(&calldata), Some(parameters));
            let at = position.index(calldata.len());
            calldata[at] ^= flip;
            agree_on_all(&calldata);
            calldata[at] ^= flip;
            calldata.extend(&extra);
            prop_assert_eq!(agree::<Dynamic>(&calldata).is_some(), extra.is_empty());
            calldata.truncate(at);
            prop_assert_eq!(agree::<Dynamic>(&calldata), None);
        }

        #[test]
        fn answers_as_solidity_does(a in any::<[u8; 32]>(), b in any::<[u8; 32]>(), text in ".{0,70}", tier in 0_u32..1 << 24) {
            let (a, b) = (U256::from_be_bytes(a), U256::from_be_bytes(b));
            let address = Address::from_word(B256::from(a));
            prop_assert_eq!(Value::encode(a), a.abi_encode());
            prop_assert_eq!(Value::encode((a, b)), (a, b).abi_encode_params());
            prop_assert_eq!(Value::encode(B256::from(a)), B256::from(a).abi_encode());
            prop_assert_eq!(Value::encode(address), address.abi_encode());
            prop_assert_eq!(Value::encode(text.clone()), text.abi_encode());
            prop_assert_eq!(Value::encode(U24::from(tier)), U256::from(tier).abi_encode());
            prop_assert_eq!(Value::encode((a, address, true)), (a, address, true).abi_encode_params());
            let nine = (a, b, address, true, a, 7_u64, b, a, b);
            prop_assert_eq!(Value::encode(nine), nine.abi_encode_params());
            let (first, second) = (vec![a; tier as usize % 5], vec![b; text.len() % 7]);
            prop_assert_eq!(Value::encode(first.clone()), first.abi_encode());
            prop_assert_eq!(Value::encode((first.clone(), second.clone())), (first, second).abi_encode_params());
            let domain = (FixedBytes::new([0x0f]), text.clone(), text, a, address, B256::from(b), vec![a, b]);
            prop_assert_eq!(Value::encode(domain.clone()), domain.abi_encode_params());
        }
    }

    #[test]
    fn small_answers() {
        assert_eq!(Value::encode(()), vec![0_u8; 0]);
        assert_eq!(Value::encode(true), true.abi_encode());
        assert_eq!(Value::encode(false), false.abi_encode());
        assert_eq!(Value::encode(18_u8), U256::from(18).abi_encode());
        assert_eq!(Value::encode(0x1234_u16), U256::from(0x1234).abi_encode());
        assert_eq!(Value::encode(u64::MAX), U256::from(u64::MAX).abi_encode());
        assert_eq!(Value::encode(Raw(vec![1, 2, 3])), vec![1, 2, 3]);
        assert_eq!(Answer::encode(Err::<(), _>(vec![1_u8])), Err(vec![1]));
        assert_eq!(
            Answer::encode(Ok::<_, Vec<u8>>("x".to_string())),
            Ok("x".to_string().abi_encode())
        );
    }

    #[test]
    fn a_boolean_is_zero_or_one() {
        for (last, boolean) in [(0, Some(false)), (1, Some(true)), (2, None), (255, None)] {
            let word = B256::with_last_byte(last);
            let decoded = <(bool,) as Parameters>::abi_decode_params(word.as_slice(), true);
            assert_eq!(decoded.ok(), boolean.map(|boolean| (boolean,)));
        }
    }

    #[test]
    fn huge_lengths_are_refused() {
        for length in [U256::from(u32::MAX), U256::from(u64::MAX), U256::MAX, U256::from(33)] {
            let words = [
                U256::from(0),
                U256::from(0),
                U256::from(0),
                U256::from(128),
                length,
                U256::from(0),
            ];
            agree_on_all(&words.map(|word| word.to_be_bytes::<32>()).concat());
        }
    }
}
