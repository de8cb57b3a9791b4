//! ABI encoding of what contracts say: calls, errors, events.
//!
//! The types come from `sol!`, which makes tokens of them; alloy's general encoder for those tokens is several times
//! the code of this one, which knows single words and `bytes`, one after the other.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::abi::token::{PackedSeqToken, WordToken};

use crate::words::Words;

/// An encoding in the making: a word for each token, then what is too long for a word.
pub struct Encoder {
    head: Words,
    tail: Vec<u8>,
    /// Where the tail will begin.
    offset: usize,
}

impl Encoder {
    fn bytes(&mut self, bytes: &[u8]) {
        self.head
            .push(B256::from(U256::from(self.offset.saturating_add(self.tail.len()))));
        push_bytes(&mut self.tail, bytes);
    }
}

/// Appends a length, and that many bytes padded with zeros to whole words.
pub(crate) fn push_bytes(encoding: &mut Vec<u8>, bytes: &[u8]) {
    encoding.extend_from_slice(&U256::from(bytes.len()).to_be_bytes::<32>());
    encoding.extend_from_slice(bytes);
    encoding.resize(encoding.len().next_multiple_of(32), 0);
}

/// What has a place in an encoding.
pub trait Token {
    /// Adds it.
    fn put(&self, encoder: &mut Encoder);
}

impl Token for WordToken {
    fn put(&self, encoder: &mut Encoder) {
        encoder.head.push(self.0);
    }
}

impl Token for B256 {
    fn put(&self, encoder: &mut Encoder) {
        encoder.head.push(*self);
    }
}

impl Token for U256 {
    fn put(&self, encoder: &mut Encoder) {
        encoder.head.push(B256::from(*self));
    }
}

impl Token for Address {
    fn put(&self, encoder: &mut Encoder) {
        encoder.head.push(self.into_word());
    }
}

impl Token for PackedSeqToken<'_> {
    fn put(&self, encoder: &mut Encoder) {
        encoder.bytes(self.0);
    }
}

/// A tuple of tokens: the fields of a call, an error or an event.
pub trait Tokens {
    /// How many.
    const COUNT: usize;

    /// Adds all of them in order.
    fn put_all(&self, encoder: &mut Encoder);
}

/// The topics of an event: its signature's hash and the indexed fields.
pub trait Topics {
    /// Adds the indexed fields.
    fn put_indexed(&self, encoder: &mut Encoder);
}

macro_rules! tuples {
    ($($token:ident)*) => {
        impl<$($token: Token),*> Tokens for ($($token,)*) {
            const COUNT: usize = <[&str]>::len(&[$(stringify!($token)),*]);

            #[allow(non_snake_case)]
            fn put_all(&self, encoder: &mut Encoder) {
                let _ = &encoder;
                let ($($token,)*) = self;
                $($token.put(encoder);)*
            }
        }

        impl<$($token: Token + Copy),*> Topics for (B256, $($token,)*) {
            // Inlined and taken out one by one, so that the hash, which is not used, is not copied from static data.
            #[allow(clippy::inline_always, non_snake_case)]
            #[inline(always)]
            fn put_indexed(&self, encoder: &mut Encoder) {
                let _ = &encoder;
                let (_, $($token,)*) = *self;
                $($token.put(encoder);)*
            }
        }
    };
}

tuples!();
tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);

/// A selector and what belongs to it.
pub(crate) fn with_selector<T: Tokens>(selector: [u8; 4], tokens: &T) -> Vec<u8> {
    let mut encoder = start(&selector, T::COUNT);
    tokens.put_all(&mut encoder);
    finish(encoder)
}

/// Topics and data of an event, as the host wants them. The hash of its signature comes in [`limbs`](crate::words::limbs).
#[allow(clippy::inline_always)] // so that the constant's limbs reach the code as numbers
#[inline(always)]
pub(crate) fn event<I: Topics, D: Tokens>(signature: [u64; 4], indexed: &I, data: &D) -> Vec<u8> {
    let [l0, l1, l2, l3] = signature;
    let mut encoder = start_event(l0, l1, l2, l3);
    indexed.put_indexed(&mut encoder);
    data.put_all(&mut encoder);
    encoder.head.into_bytes()
}

/// As [`event`], for an event whose data hold what is too long for a word.
#[allow(clippy::inline_always)] // so that the constant's limbs reach the code as numbers
#[inline(always)]
pub(crate) fn dynamic_event<I: Topics, D: Tokens>(signature: [u64; 4], indexed: &I, data: &D) -> Vec<u8> {
    let [l0, l1, l2, l3] = signature;
    let mut encoder = start_event(l0, l1, l2, l3);
    indexed.put_indexed(&mut encoder);
    // Offsets count from the beginning of the data, behind the topics.
    encoder.offset = D::COUNT.saturating_mul(32);
    data.put_all(&mut encoder);
    finish(encoder)
}

#[inline(never)]
fn start(prefix: &[u8], tokens: usize) -> Encoder {
    let mut head = Words::with_capacity(tokens.saturating_add(1));
    head.push_bytes(prefix);
    Encoder {
        head,
        tail: Vec::new(),
        offset: tokens.saturating_mul(32),
    }
}

#[inline(never)]
fn start_event(l0: u64, l1: u64, l2: u64, l3: u64) -> Encoder {
    let mut head = Words::with_capacity(8);
    head.push(crate::words::from_limbs(l0, l1, l2, l3));
    Encoder {
        head,
        tail: Vec::new(),
        offset: 0,
    }
}

#[inline(never)]
fn finish(encoder: Encoder) -> Vec<u8> {
    let mut encoding = encoder.head.into_bytes();
    encoding.extend_from_slice(&encoder.tail);
    encoding
}

#[cfg(test)]
mod tests {
    use alloy_sol_types::{sol, SolCall, SolError, SolEvent};
    use proptest::prelude::*;

    use super::*;
    use crate::words::limbs;

    sol! {
        function swap(address token, uint256 amount, bool exact, bytes path) external;
        error Empty();
        error Short(uint24 tier, bytes4 selector);
        error Long(bytes path, address token, bytes reason);
        event Moved(bytes32 indexed role, address indexed from, address indexed to, uint256 value, bool done);
        event Plain(uint256 value);
        event Counted(uint256 indexed id, uint256 value);
        event Told(uint256 indexed id, address indexed by, bytes32 hash, string text, bool done, bytes data);
    }

    proptest! {
        #[test]
        fn says_what_alloy_says(
            address in any::<[u8; 20]>(),
            word in any::<[u8; 32]>(),
            flag in any::<bool>(),
            path in prop::collection::vec(any::<u8>(), 0..80),
            reason in prop::collection::vec(any::<u8>(), 0..80),
            text in ".{0,70}",
            data in prop::collection::vec(any::<u8>(), 0..80),
        ) {
            let (token, amount) = (Address::new(address), U256::from_be_bytes(word));
            let call = swapCall { token, amount, exact: flag, path: path.clone().into() };
            prop_assert_eq!(with_selector(swapCall::SELECTOR, &call.tokenize()), call.abi_encode());
            let error = Long { path: path.into(), token, reason: reason.into() };
            prop_assert_eq!(with_selector(Long::SELECTOR, &error.tokenize()), error.abi_encode());
            let [a, b, c, d, ..] = address;
            let error = Short {
                tier: alloy_primitives::aliases::U24::from(u32::from_be_bytes([0, a, b, c])),
                selector: [a, b, c, d].into(),
            };
            prop_assert_eq!(with_selector(Short::SELECTOR, &error.tokenize()), error.abi_encode());
            prop_assert_eq!(with_selector(Empty::SELECTOR, &Empty {}.tokenize()), Empty {}.abi_encode());

            let moved = Moved { role: B256::new(word), from: token, to: Address::ZERO, value: amount, done: flag };
            let topics = moved.encode_topics().concat_words();
            let encoding = event(limbs(Moved::SIGNATURE_HASH), &moved.topics(), &moved.tokenize_body());
            prop_assert_eq!(encoding, [topics, moved.encode_data()].concat());
            let plain = Plain { value: amount };
            let encoding = event(limbs(Plain::SIGNATURE_HASH), &plain.topics(), &plain.tokenize_body());
            prop_assert_eq!(encoding, [Plain::SIGNATURE_HASH.to_vec(), plain.encode_data()].concat());
            let counted = Counted { id: amount, value: U256::from(1) };
            let topics = counted.encode_topics().concat_words();
            let encoding = event(limbs(Counted::SIGNATURE_HASH), &counted.topics(), &counted.tokenize_body());
            prop_assert_eq!(encoding, [topics, counted.encode_data()].concat());

            let told = Told { id: amount, by: token, hash: word.into(), text, done: flag, data: data.into() };
            let topics = told.encode_topics().concat_words();
            let encoding = dynamic_event(limbs(Told::SIGNATURE_HASH), &told.topics(), &told.tokenize_body());
            prop_assert_eq!(encoding, [topics, told.encode_data()].concat());
        }
    }

    trait ConcatWords {
        fn concat_words(&self) -> Vec<u8>;
    }

    impl ConcatWords for Vec<WordToken> {
        fn concat_words(&self) -> Vec<u8> {
            self.iter().flat_map(|topic| topic.0 .0).collect()
        }
    }
}
