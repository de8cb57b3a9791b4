//! EIP-712 typed data from strangers: what it may ask for is bounded before anything resolves or hashes it.
//!
//! Resolving expands every type into the tree of its fields, and does so by recursion; a few kilobytes of types can
//! describe a tree of any depth and any size. Types of real applications are far within these bounds.

use std::collections::HashMap;

use alloy_dyn_abi::TypedData;
use alloy_primitives::B256;
use serde::Deserialize;
use serde_json::Value;

use super::error::RpcError;

/// Most types.
const MAX_TYPES: usize = 64;
/// Most fields of a type.
const MAX_FIELDS: usize = 64;
/// Longest name of a type or field, in bytes.
const MAX_NAME: usize = 256;
/// Most bytes of all names together: they are hashed again for every struct of the message.
const MAX_TEXT: usize = 64 * 1024;
/// Deepest nesting of structs and arrays.
const MAX_DEPTH: usize = 16;
/// Most fields of the whole type, structs expanded wherever they are used.
const MAX_EXPANDED: usize = 4_096;
/// Most values of a message. Each struct among them costs the hash of its type.
const MAX_VALUES: usize = 4_096;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outline {
    types: HashMap<String, Vec<Field>>,
    primary_type: String,
    #[serde(default)]
    message: Value,
}

#[derive(Deserialize)]
struct Field {
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

/// The hash to sign for `data`, which is typed data or its JSON text.
///
/// # Errors
/// When it is malformed or out of bounds.
pub(crate) fn signing_hash(data: Value) -> Result<B256, RpcError> {
    let malformed = |error: serde_json::Error| RpcError::invalid_params(format!("invalid typed data: {error}"));
    let data = match data {
        Value::String(text) => serde_json::from_str(&text).map_err(malformed)?,
        data => data,
    };
    let outline = Outline::deserialize(&data).map_err(malformed)?;
    check(&outline).map_err(|why| RpcError::invalid_params(format!("invalid typed data: {why}")))?;
    serde_json::from_value::<TypedData>(data)
        .map_err(malformed)?
        .eip712_signing_hash()
        .map_err(|error| RpcError::invalid_params(format!("typed data that cannot be hashed: {error}")))
}

fn check(outline: &Outline) -> Result<(), String> {
    if outline.types.len() > MAX_TYPES {
        return Err(format!("{} types, want at most {MAX_TYPES}", outline.types.len()));
    }
    check_type_name(&outline.primary_type)?;
    for (name, fields) in &outline.types {
        check_type_name(name)?;
        if fields.len() > MAX_FIELDS {
            return Err(format!("{} fields of a type, want at most {MAX_FIELDS}", fields.len()));
        }
        for field in fields {
            check_type_name(&field.kind)?;
            if field.name.len() > MAX_NAME {
                return Err(format!("a field's name over {MAX_NAME} bytes"));
            }
        }
    }
    let text: usize = outline
        .types
        .iter()
        .flat_map(|(name, fields)| {
            fields
                .iter()
                .map(|field| field.name.len() + field.kind.len())
                .chain([name.len()])
        })
        .sum();
    if text > MAX_TEXT {
        return Err(format!("types of {text} bytes, want at most {MAX_TEXT}"));
    }
    let mut sizes = HashMap::new();
    expanded(&outline.types, &outline.primary_type, 0, &mut sizes)?;
    if count(&outline.message, MAX_VALUES) > MAX_VALUES {
        return Err(format!("a message of more than {MAX_VALUES} values"));
    }
    Ok(())
}

fn check_type_name(name: &str) -> Result<(), String> {
    if name.len() > MAX_NAME {
        return Err(format!("a type's name over {MAX_NAME} bytes"));
    }
    // The standard has structs in place of tuples, which the parser of types would take.
    if name.contains('(') {
        return Err("a tuple for a type".to_owned());
    }
    Ok(())
}

/// How many fields `kind` has once every struct in it is replaced by its fields; one for what is no struct.
///
/// `sizes` remembers, by type, the greatest depth at which it has been expanded, and its size: at a lesser depth the
/// answer is the same.
fn expanded<'a>(
    types: &'a HashMap<String, Vec<Field>>,
    kind: &'a str,
    depth: usize,
    sizes: &mut HashMap<&'a str, (usize, usize)>,
) -> Result<usize, String> {
    let root = kind.split_once('[').map_or(kind, |(root, _)| root);
    let depth = depth + kind.matches('[').count();
    if depth > MAX_DEPTH {
        return Err(format!("types nested over {MAX_DEPTH} deep"));
    }
    let Some(fields) = types.get(root) else { return Ok(1) };
    if let Some(&(seen, size)) = sizes.get(root)
        && depth <= seen
    {
        return Ok(size);
    }
    let mut size = 1_usize;
    for field in fields {
        size = size.saturating_add(expanded(types, &field.kind, depth + 1, sizes)?);
        if size > MAX_EXPANDED {
            return Err(format!("more than {MAX_EXPANDED} fields, nested ones counted"));
        }
    }
    sizes.insert(root, (depth, size));
    Ok(size)
}

/// How many values there are in a value, itself included; counting ends beyond `most`.
fn count(value: &Value, most: usize) -> usize {
    let mut total = 0;
    let mut rest = vec![value];
    while let Some(value) = rest.pop() {
        total += 1;
        if total > most {
            break;
        }
        match value {
            Value::Array(values) => rest.extend(values),
            Value::Object(fields) => rest.extend(fields.values()),
            _ => {}
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refusal(types: &Value, primary: &str, message: &Value) -> String {
        let data = json!({"types": types, "primaryType": primary, "domain": {}, "message": message});
        signing_hash(data).expect_err("out of bounds").message
    }

    /// `T0 { T1 a } T1 { T2 a } ..`, each with `width` fields.
    fn chain(length: usize, width: usize) -> Value {
        let fields = |kind: String| -> Value {
            (0..width)
                .map(|index| json!({"name": format!("f{index}"), "type": kind}))
                .collect()
        };
        let mut types: serde_json::Map<String, Value> = (0..length)
            .map(|index| (format!("T{index}"), fields(format!("T{}", index + 1))))
            .collect();
        types.insert(format!("T{length}"), json!([]));
        Value::Object(types)
    }

    #[test]
    fn types_are_bounded() {
        let one = |kind: String| json!({"A": [{"name": "a", "type": kind}]});
        let long = json!(vec![json!({"name": "n".repeat(200), "type": "uint8"}); 64]);
        let wordy = json!({"A": long, "B": long, "C": long, "D": long, "E": long});
        for (types, primary, why) in [
            (one(format!("uint256{}", "[]".repeat(100_000))), "A", "256 bytes"),
            (one(format!("uint256{}", "[]".repeat(17))), "A", "nested"),
            (one("(".repeat(200)), "A", "tuple"),
            (chain(3_000, 1), "T0", "types"),
            (chain(20, 1), "T0", "nested"),
            (chain(12, 2), "T0", "fields"),
            (chain(1, 65), "T0", "fields"),
            (wordy, "A", "bytes, want at most 65536"),
            (
                json!({"A": [{"name": "b", "type": "B"}], "B": [{"name": "a", "type": "A[]"}]}),
                "A",
                "nested",
            ),
            (json!({}), &*format!("A{}", "[]".repeat(100_000)), "256 bytes"),
            (json!({"(".repeat(200): []}), "A", "tuple"),
        ] {
            let message = refusal(&types, primary, &json!({}));
            assert!(message.contains(why), "{why}: {message:.200}");
        }
    }

    /// Expanded first near the top, then far below: what was remembered must not let the depth pass.
    #[test]
    fn depth_counts_wherever_a_type_is_used() {
        let mut types = chain(10, 1);
        types["Top"] = json!([{"name": "near", "type": "T0"}, {"name": "far", "type": "T0[][][][][][]"}]);
        assert!(refusal(&types, "Top", &json!({})).contains("nested"));
    }

    #[test]
    fn messages_are_bounded() {
        let types = json!({"A": [{"name": "b", "type": "B[]"}], "B": []});
        assert!(refusal(&types, "A", &json!({"b": vec![json!({}); MAX_VALUES]})).contains("values"));
        let data = json!({"types": types, "primaryType": "A", "domain": {}, "message": {"b": vec![json!({}); 4_000]}});
        assert!(signing_hash(data).is_ok());
    }

    #[test]
    fn usual_nesting_is_taken() {
        let mut message = json!({});
        for _ in 0..10 {
            message = json!({"f0": message});
        }
        let data = json!({"types": chain(10, 1), "primaryType": "T0", "domain": {}, "message": message});
        assert!(signing_hash(data).is_ok());
    }
}
