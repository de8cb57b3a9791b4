//! The hex forms of the Ethereum JSON-RPC specification, read strictly.
//!
//! A *quantity* is `0x` and the digits without leading zeros (`0x0` for zero). *Data* is `0x` and an even number of
//! digits, of an exact length where the type has one.

use std::{fmt, marker::PhantomData};

use alloy_primitives::{Address, B256, Bytes, U256, hex};
use serde::{Deserialize, Deserializer, de};

/// A number that fits `T`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Quantity<T>(pub(crate) T);

impl<'de, T: TryFrom<U256>> Deserialize<'de> for Quantity<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_str(TextVisitor::new(parse_quantity))
            .and_then(fit)
    }
}

/// A number as development tools send it: a quantity or a JSON number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Loose<T>(pub(crate) T);

impl<'de, T: TryFrom<U256>> Deserialize<'de> for Loose<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(LooseVisitor)
            .and_then(fit)
            .map(|Quantity(value)| Self(value))
    }
}

fn fit<T: TryFrom<U256>, E: de::Error>(value: U256) -> Result<Quantity<T>, E> {
    T::try_from(value)
        .map(Quantity)
        .map_err(|_| E::custom("hex number out of range"))
}

/// Reads a quantity.
///
/// # Errors
/// What is wrong with the text.
pub(crate) fn parse_quantity(text: &str) -> Result<U256, String> {
    let digits = text.strip_prefix("0x").ok_or("hex string without 0x prefix")?;
    match digits.as_bytes() {
        [] => Err("hex number without digits".to_owned()),
        [b'0', _, ..] => Err("hex number with leading zero digits".to_owned()),
        _ if digits.len() > 64 => Err("hex number > 256 bits".to_owned()),
        _ if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) => Err("invalid hex string".to_owned()),
        _ => U256::from_str_radix(digits, 16).map_err(|error| error.to_string()),
    }
}

/// An address, a 32-byte word or bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Data<T>(pub(crate) T);

impl<'de, T: FromBytes> Deserialize<'de> for Data<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor::new(parse_data)).map(Self)
    }
}

/// What [`Data`] may hold.
pub(crate) trait FromBytes: Sized {
    /// Takes the decoded bytes, when they have the right length.
    fn from_bytes(bytes: Vec<u8>) -> Result<Self, String>;
}

impl FromBytes for Bytes {
    fn from_bytes(bytes: Vec<u8>) -> Result<Self, String> {
        Ok(bytes.into())
    }
}

impl FromBytes for Address {
    fn from_bytes(bytes: Vec<u8>) -> Result<Self, String> {
        Self::try_from(bytes.as_slice()).map_err(|_| format!("{} bytes, want 20 for an address", bytes.len()))
    }
}

impl FromBytes for B256 {
    fn from_bytes(bytes: Vec<u8>) -> Result<Self, String> {
        Self::try_from(bytes.as_slice()).map_err(|_| format!("{} bytes, want 32", bytes.len()))
    }
}

/// Reads data.
///
/// # Errors
/// What is wrong with the text.
pub(crate) fn parse_data<T: FromBytes>(text: &str) -> Result<T, String> {
    let digits = text.strip_prefix("0x").ok_or("hex string without 0x prefix")?;
    // The decoder would take a second prefix.
    if digits.starts_with("0x") {
        return Err("invalid hex string".to_owned());
    }
    T::from_bytes(hex::decode(digits).map_err(|error| error.to_string())?)
}

/// A storage slot: up to 32 bytes of hex digits, leading zeros allowed or left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(pub(crate) U256);

impl<'de> Deserialize<'de> for Slot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor::new(parse_slot)).map(Self)
    }
}

fn parse_slot(text: &str) -> Result<U256, String> {
    let digits = text.strip_prefix("0x").ok_or("hex string without 0x prefix")?;
    if digits.is_empty() || digits.len() > 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err("invalid storage slot, want at most 32 bytes of hex digits".to_owned());
    }
    U256::from_str_radix(digits, 16).map_err(|error| error.to_string())
}

struct TextVisitor<T, F>(F, PhantomData<T>);

impl<T, F> TextVisitor<T, F> {
    fn new(parse: F) -> Self {
        Self(parse, PhantomData)
    }
}

impl<T, F: Fn(&str) -> Result<T, String>> de::Visitor<'_> for TextVisitor<T, F> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a hex string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.0)(text).map_err(E::custom)
    }
}

struct LooseVisitor;

impl de::Visitor<'_> for LooseVisitor {
    type Value = U256;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a number or a hex string")
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<U256, E> {
        Ok(U256::from(value))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<U256, E> {
        parse_quantity(text).map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json};

    use super::*;

    #[test]
    fn quantities_are_read_as_the_specification_says() {
        let read = |value: Value| from_value::<Quantity<u64>>(value).map(|quantity| quantity.0).ok();
        assert_eq!(read(json!("0x0")), Some(0));
        assert_eq!(read(json!("0x41")), Some(65));
        assert_eq!(read(json!("0xffffffffffffffff")), Some(u64::MAX));
        for wrong in [
            "0x",
            "0x0400",
            "ff",
            "0xg",
            "0x00",
            "",
            "0x10000000000000000",
            "0x-1",
            "0x 1",
            "0x1_0",
            "0X1",
        ] {
            assert_eq!(read(json!(wrong)), None, "{wrong}");
        }
        for wrong in [json!(1), json!(null), json!(["0x1"]), json!(true)] {
            assert_eq!(read(wrong), None);
        }
        assert_eq!(
            from_value::<Quantity<U256>>(json!(format!("0x{}", "f".repeat(64)))).ok(),
            Some(Quantity(U256::MAX))
        );
        assert!(from_value::<Quantity<U256>>(json!(format!("0x1{}", "0".repeat(64)))).is_err());
    }

    #[test]
    fn development_methods_take_plain_numbers_too() {
        let read = |value: Value| from_value::<Loose<u64>>(value).map(|number| number.0).ok();
        assert_eq!(read(json!(60)), Some(60));
        assert_eq!(read(json!("0x3c")), Some(60));
        for wrong in [json!(-1), json!(1.5), json!("60"), json!(null)] {
            assert_eq!(read(wrong), None);
        }
    }

    #[test]
    fn data_has_whole_bytes_and_the_right_length() {
        let bytes = |text: &str| from_value::<Data<Bytes>>(json!(text)).map(|data| data.0.to_vec()).ok();
        assert_eq!(bytes("0x"), Some(vec![]));
        assert_eq!(bytes("0x00fF"), Some(vec![0, 255]));
        for wrong in ["", "00", "0x0", "0xzz", "0x0x00"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
        let address = |digits: usize| from_value::<Data<Address>>(json!(format!("0x{}", "1".repeat(digits)))).is_ok();
        assert!(address(40));
        assert!(!address(38) && !address(42) && !address(39));
        assert!(from_value::<Data<B256>>(json!(format!("0x{}", "1".repeat(64)))).is_ok());
    }

    #[test]
    fn slots_may_have_leading_zeros() {
        let slot = |text: &str| from_value::<Slot>(json!(text)).map(|slot| slot.0).ok();
        assert_eq!(slot("0x0"), Some(U256::ZERO));
        assert_eq!(slot("0x0001"), Some(U256::ONE));
        assert_eq!(slot(&format!("0x{}", "f".repeat(64))), Some(U256::MAX));
        for wrong in ["0x", "1", "0xz", &format!("0x{}", "0".repeat(65))] {
            assert_eq!(slot(wrong), None, "{wrong}");
        }
    }
}
