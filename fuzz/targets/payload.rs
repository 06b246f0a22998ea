//! JSON requests: what a model receives has one length or shape, and does not depend on how its JSON
//! is written.
//!
//! The first byte chooses the signature, the rest is the body.

#![no_main]

use envelope_format::array::Array;
use envelope_format::enforce::{Received, receive};
use envelope_format::json::Json;
use envelope_format::payload::{ContentType, Data};
use envelope_format::signature::Signature;
use envelope_format::value::Value;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

/// The inputs of signatures, and their parameters.
const SIGNATURES: [(&str, &str); 12] = [
    ("", ""),
    (
        r#"[{"type": "long", "name": "a", "required": true}, {"type": "double", "name": "b", "required": false}]"#,
        r#"[{"name": "p", "type": "long", "default": 1, "shape": null}]"#,
    ),
    (
        r#"[{"type": "string", "name": "a", "required": true}, {"type": "boolean", "name": "b", "required": false}]"#,
        r#"[{"name": "p", "type": "string", "default": ["x"], "shape": [-1]}]"#,
    ),
    (
        r#"[{"type": "datetime", "name": "a", "required": true}, {"type": "binary", "name": "b", "required": false}]"#,
        "",
    ),
    (
        r#"[{"type": "integer", "name": "a", "required": true}, {"type": "float", "name": "b", "required": true}]"#,
        "",
    ),
    (
        r#"[{"type": "array", "items": {"type": "double"}, "name": "a", "required": true}, {"type": "map", "values": {"type": "string"}, "name": "b", "required": false}]"#,
        "",
    ),
    (
        r#"[{"type": "object", "properties": {"x": {"type": "array", "items": {"type": "long"}, "required": true}, "y": {"type": "datetime", "required": false}}, "name": "a", "required": true}, {"type": "any", "name": "b", "required": false}]"#,
        "",
    ),
    (
        r#"[{"type": "double", "required": true}, {"type": "string", "required": true}]"#,
        "",
    ),
    (
        r#"[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 2]}}]"#,
        "",
    ),
    (
        r#"[{"type": "tensor", "name": "a", "tensor-spec": {"dtype": "int64", "shape": [-1, 2, -1]}}, {"type": "tensor", "name": "b", "tensor-spec": {"dtype": "str", "shape": [-1]}}]"#,
        "",
    ),
    (
        r#"[{"type": "tensor", "name": "a", "tensor-spec": {"dtype": "datetime64[s]", "shape": [-1]}}, {"type": "tensor", "name": "b", "tensor-spec": {"dtype": "bool", "shape": [-1, 1]}}]"#,
        "",
    ),
    (
        r#"[{"type": "array", "items": {"type": "object", "properties": {"role": {"type": "string", "required": true}}}, "name": "messages", "required": true}]"#,
        r#"[{"name": "temperature", "type": "double", "default": 0.5, "shape": null}]"#,
    ),
];

static READ: LazyLock<Vec<Signature>> = LazyLock::new(|| SIGNATURES.map(read).to_vec());

fn read((inputs, params): (&str, &str)) -> Signature {
    if inputs.is_empty() {
        return Signature::default();
    }
    let params = (!params.is_empty()).then_some(params);
    Signature::from_parts(Some(inputs), None, params).unwrap()
}

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, body)) = bytes.split_first() else {
        return;
    };
    let signature = &READ[usize::from(*choice) % READ.len()];
    let received = receive(body, &ContentType::Json, signature);
    match &received {
        Ok(received) => check(received),
        Err(refusal) => assert!(!refusal.to_string().is_empty()),
    }
    // The other reader has stricter limits, and a tree.
    let Ok(json) = Json::parse(body) else { return };
    let rewritten = json.to_python_string();
    let again = receive(rewritten.as_bytes(), &ContentType::Json, signature);
    let known = |one: &Received| (one.data_json(), params(one, signature));
    match (&received, &again) {
        (Ok(one), Ok(other)) => assert_eq!(known(one), known(other), "{rewritten}"),
        (Err(one), Err(other)) => {
            assert_eq!((one.stage, &one.column), (other.stage, &other.column));
        }
        _ => panic!("{received:?} and {again:?} of {rewritten}"),
    }
});

fn params(received: &Received, signature: &Signature) -> Option<Json> {
    received.params_json(signature.params.as_deref().unwrap_or_default())
}

fn check(received: &Received) {
    match &received.data {
        Data::Table(table) => {
            for column in &table.columns {
                assert_eq!(column.elements.len(), table.rows, "{}", column.name);
            }
            if let Some(index) = &table.index {
                assert_eq!(index.len(), table.rows);
            }
        }
        Data::Array(array) => check_array(array),
        Data::Named(named) => {
            for value in named.values() {
                if let Value::Array(array) = value {
                    check_array(array);
                }
            }
        }
        _ => {}
    }
}

fn check_array(array: &Array) {
    assert_eq!(array.elements.len(), array.shape.iter().product::<usize>());
}
