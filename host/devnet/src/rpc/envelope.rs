//! JSON-RPC 2.0 framing: what is a request, what is a batch, and which error a malformed one gets.
//!
//! The framing knows nothing of the methods; it asks a [`Dispatch`] for each call.

use serde_json::{Map, Value, json};

use super::error::RpcError;

/// Most calls that one batch may hold.
pub(crate) const MAX_BATCH: usize = 1_000;
/// Once the answers of a batch exceed this many bytes, the rest of it is refused.
pub(crate) const MAX_BATCH_ANSWER: usize = 24 * 1024 * 1024;

/// Answers single calls.
pub(crate) trait Dispatch {
    /// Runs `method` with its positional parameters.
    ///
    /// # Errors
    /// The error object that the caller shall see.
    fn dispatch(&self, method: &str, params: Vec<Value>) -> Result<Value, RpcError>;
}

/// Answers a request body. `None` when it holds notifications only, which get no answer.
pub(crate) fn answer(dispatch: &impl Dispatch, body: &[u8]) -> Option<String> {
    match serde_json::from_slice::<Value>(body) {
        Err(error) => Some(failure(&Value::Null, &RpcError::parse(&error))),
        Ok(Value::Array(calls)) => answer_batch(dispatch, calls),
        Ok(call) => answer_call(dispatch, call),
    }
}

fn answer_batch(dispatch: &impl Dispatch, calls: Vec<Value>) -> Option<String> {
    if calls.is_empty() {
        return Some(failure(&Value::Null, &RpcError::invalid_request("empty batch")));
    }
    if calls.len() > MAX_BATCH {
        let message = format!("batch of {} calls, want at most {MAX_BATCH}", calls.len());
        return Some(failure(&Value::Null, &RpcError::invalid_request(&message)));
    }
    let mut answers: Vec<String> = Vec::with_capacity(calls.len());
    let mut bytes = 0_usize;
    for call in calls {
        let answer = if bytes > MAX_BATCH_ANSWER {
            Call::read(call).map_or_else(
                |(id, error)| Some(failure(&id, &error)),
                |call| call.id.map(|id| failure(&id, &RpcError::answer_too_large())),
            )
        } else {
            answer_call(dispatch, call)
        };
        if let Some(answer) = answer {
            bytes = bytes.saturating_add(answer.len());
            answers.push(answer);
        }
    }
    (!answers.is_empty()).then(|| format!("[{}]", answers.join(",")))
}

fn answer_call(dispatch: &impl Dispatch, call: Value) -> Option<String> {
    let Call { id, method, params } = match Call::read(call) {
        Ok(call) => call,
        Err((id, error)) => return Some(failure(&id, &error)),
    };
    let outcome = params.and_then(|params| dispatch.dispatch(&method, params));
    let id = id?;
    Some(match outcome {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }).to_string(),
        Err(error) => failure(&id, &error),
    })
}

fn failure(id: &Value, error: &RpcError) -> String {
    json!({ "jsonrpc": "2.0", "id": id, "error": error }).to_string()
}

/// A well-formed call.
struct Call {
    /// `None` for a notification.
    id: Option<Value>,
    method: String,
    /// The positional parameters; an error when they are given by name, which no method takes.
    params: Result<Vec<Value>, RpcError>,
}

impl Call {
    /// Reads a call, or says which error to answer and under which id.
    fn read(call: Value) -> Result<Self, (Value, RpcError)> {
        let refuse = |id: &Value, why: &str| (id.clone(), RpcError::invalid_request(why));
        let Value::Object(mut fields) = call else {
            return Err(refuse(&Value::Null, "a call is a JSON object"));
        };
        let id = read_id(&mut fields).map_err(|why| refuse(&Value::Null, why))?;
        let answer_id = id.clone().unwrap_or(Value::Null);
        if fields.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
            return Err(refuse(&answer_id, "the member jsonrpc must be \"2.0\""));
        }
        let Some(Value::String(method)) = fields.remove("method") else {
            return Err(refuse(&answer_id, "the member method must be a string"));
        };
        let params = match fields.remove("params") {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(params)) => Ok(params),
            Some(Value::Object(_)) => Err(RpcError::invalid_params("parameters go by position, in an array")),
            Some(_) => return Err(refuse(&answer_id, "the member params must be an array")),
        };
        Ok(Self { id, method, params })
    }
}

fn read_id(fields: &mut Map<String, Value>) -> Result<Option<Value>, &'static str> {
    match fields.remove("id") {
        None => Ok(None),
        Some(id @ (Value::Null | Value::String(_) | Value::Number(_))) => Ok(Some(id)),
        Some(_) => Err("the member id must be a string, a number or null"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Echo;

    impl Dispatch for Echo {
        fn dispatch(&self, method: &str, params: Vec<Value>) -> Result<Value, RpcError> {
            match method {
                "echo" => Ok(Value::Array(params)),
                "large" => Ok(Value::String("x".repeat(MAX_BATCH_ANSWER))),
                other => Err(RpcError::method_not_found(other)),
            }
        }
    }

    fn ask(body: &str) -> Option<Value> {
        answer(&Echo, body.as_bytes()).map(|text| serde_json::from_str(&text).expect("an answer is JSON"))
    }

    fn code(body: &str) -> (i64, Value) {
        let answer = ask(body).expect("an answer");
        assert_eq!(answer["jsonrpc"], "2.0");
        (
            answer["error"]["code"].as_i64().expect("an error code"),
            answer["id"].clone(),
        )
    }

    #[test]
    fn a_call_is_answered_under_its_id() {
        for id in ["1", "\"a\"", "null", "1.5", "-7"] {
            let body = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"echo","params":[1,"b"]}}"#);
            let id: Value = serde_json::from_str(id).expect("test id");
            assert_eq!(
                ask(&body),
                Some(json!({"jsonrpc": "2.0", "id": id, "result": [1, "b"]}))
            );
        }
    }

    #[test]
    fn parameters_may_be_left_out() {
        let answer = ask(r#"{"jsonrpc":"2.0","id":1,"method":"echo"}"#).expect("an answer");
        assert_eq!(answer["result"], json!([]));
    }

    #[test]
    fn what_is_not_json_is_a_parse_error() {
        for body in [
            "",
            "{",
            "nonsense",
            "[1,",
            "{\"jsonrpc\":\"2.0\"",
            "\u{0}",
            &"[".repeat(100_000),
        ] {
            assert_eq!(code(body), (-32700, Value::Null), "{body:.40}");
        }
    }

    #[test]
    fn json_that_is_no_call_is_an_invalid_request() {
        for (body, id) in [
            ("{}", Value::Null),
            ("1", Value::Null),
            ("null", Value::Null),
            ("\"x\"", Value::Null),
            ("[]", Value::Null),
            (r#"{"id":7,"method":"echo"}"#, json!(7)),
            (r#"{"jsonrpc":"1.0","id":7,"method":"echo"}"#, json!(7)),
            (r#"{"jsonrpc":"2.0","id":7}"#, json!(7)),
            (r#"{"jsonrpc":"2.0","id":7,"method":1}"#, json!(7)),
            (r#"{"jsonrpc":"2.0","id":7,"method":"echo","params":"x"}"#, json!(7)),
            (r#"{"jsonrpc":"2.0","id":{},"method":"echo"}"#, Value::Null),
        ] {
            assert_eq!(code(body), (-32600, id), "{body}");
        }
    }

    #[test]
    fn unknown_methods_and_named_parameters_have_their_own_codes() {
        assert_eq!(code(r#"{"jsonrpc":"2.0","id":1,"method":"nope"}"#).0, -32601);
        assert_eq!(
            code(r#"{"jsonrpc":"2.0","id":1,"method":"echo","params":{"a":1}}"#).0,
            -32602
        );
    }

    #[test]
    fn notifications_get_no_answer() {
        assert_eq!(ask(r#"{"jsonrpc":"2.0","method":"echo"}"#), None);
        assert_eq!(
            ask(r#"[{"jsonrpc":"2.0","method":"echo"},{"jsonrpc":"2.0","method":"nope"}]"#),
            None
        );
    }

    #[test]
    fn a_batch_answers_each_call_in_order() {
        let answer = ask(r#"[{"jsonrpc":"2.0","id":1,"method":"echo","params":[1]},1,
            {"jsonrpc":"2.0","method":"echo"},{"jsonrpc":"2.0","id":2,"method":"nope"}]"#)
        .expect("an answer");
        assert_eq!(answer.as_array().map(Vec::len), Some(3));
        assert_eq!(answer[0]["result"], json!([1]));
        assert_eq!(answer[1]["error"]["code"], -32600);
        assert_eq!(
            (answer[2]["id"].clone(), answer[2]["error"]["code"].clone()),
            (json!(2), json!(-32601))
        );
    }

    #[test]
    fn batches_are_bounded_in_calls_and_in_bytes() {
        let call = r#"{"jsonrpc":"2.0","id":1,"method":"echo"}"#;
        let full = ask(&format!("[{}]", vec![call; MAX_BATCH].join(","))).expect("an answer");
        assert_eq!(full.as_array().map(Vec::len), Some(MAX_BATCH));
        assert_eq!(code(&format!("[{}]", vec![call; MAX_BATCH + 1].join(","))).0, -32600);

        let large = r#"{"jsonrpc":"2.0","id":1,"method":"large"}"#;
        let answer = ask(&format!("[{large},{call},{call}]")).expect("an answer");
        assert!(answer[0]["result"].is_string());
        assert_eq!(answer[1]["error"]["code"], -32003);
        assert_eq!(answer[2]["error"]["code"], -32003);
    }
}
