//! Schemas against bodies that are right and wrong, in tables of cases.

use super::request_schema;
use crate::json::Json;
use crate::sample::Subject;
use crate::signature::Signature;

fn subject(signature: &str) -> Subject {
    let signature = Json::parse(signature.as_bytes()).unwrap();
    Subject {
        signature: Some(Signature::from_json(&signature).unwrap()),
        ..Subject::default()
    }
}

fn assert_takes(subject: &Subject, cases: &[(&str, bool)]) {
    let schema = request_schema(subject).unwrap().to_serde();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for (body, expected) in cases {
        let body = Json::parse(body.as_bytes()).unwrap().to_serde();
        assert_eq!(validator.is_valid(&body), *expected, "{body} by {schema}");
    }
}

#[test]
fn tells_right_tables_from_wrong_ones() {
    let signature = r#"{"inputs": [{"type": "long", "name": "a"}, {"type": "datetime", "name": "t"},
        {"type": "array", "items": {"type": "double"}, "name": "l", "required": false}],
        "params": [{"name": "k", "type": "long", "default": 3}]}"#;
    let split = |columns, row| {
        format!(r#"{{"dataframe_split": {{"columns": {columns}, "data": [{row}]}}}}"#)
    };
    let cases = [
        (split(r#"["a", "t"]"#, r#"[1, "2026-01-02"]"#), true),
        (
            split(
                r#"["a", "t", "l"]"#,
                r#"[1, "2026-01-02T03:04:05.5", [1.5, 2]]"#,
            ),
            true,
        ),
        (split(r#"["a", "t"]"#, r#"["1", "2026-01-02"]"#), false),
        (
            split(r#"["a", "t"]"#, r#"[1, "2026-01-02T03:04:05Z"]"#),
            false,
        ),
        (split(r#"["a", "t"]"#, r#"[1, "2026-01-02", 3]"#), false),
        (split(r#"["a"]"#, "[1]"), false),
    ];
    let subject = subject(signature);
    for (body, expected) in &cases {
        assert_takes(&subject, &[(body, *expected)]);
    }
    assert_takes(
        &subject,
        &[
            (r#"{"dataframe_records": [{"a": 1, "t": null}]}"#, true),
            (r#"{"dataframe_records": [{"a": 1.5, "t": null}]}"#, false),
            (r#"{"dataframe_records": [{"a": 1}]}"#, false),
            (
                r#"{"inputs": [{"a": 1, "t": null}], "params": {"k": 5}}"#,
                true,
            ),
            (
                r#"{"inputs": [{"a": 1, "t": null}], "params": {"k": "5"}}"#,
                false,
            ),
            (
                r#"{"inputs": [{"a": 1, "t": null}], "params": {"n": 5}}"#,
                false,
            ),
            (r#"{"instances": [{"a": 1, "t": null}]}"#, false),
            (r#"{"inputs": [], "dataframe_records": []}"#, false),
            (
                r#"{"inputs": [{"a": 1, "t": null}], "signature_name": "x"}"#,
                false,
            ),
            ("{}", false),
            ("[]", false),
        ],
    );
}

#[test]
fn tells_right_nested_values_from_wrong_ones() {
    let signature = r#"{"inputs": [{"type": "object", "name": "o", "required": true, "properties": {
        "x": {"type": "map", "values": {"type": "long"}},
        "y": {"type": "array", "items": {"type": "array", "items": {"type": "string"}}, "required": false},
        "z": {"type": "integer", "required": false}}}]}"#;
    assert_takes(
        &subject(signature),
        &[
            (r#"{"inputs": [{"o": {"x": {"k": 1}}}]}"#, true),
            (
                r#"{"inputs": {"o": {"x": {}, "y": [["a"]], "z": null}}}"#,
                true,
            ),
            (r#"{"inputs": [{"o": {"x": {"k": "1"}}}]}"#, false),
            (r#"{"inputs": [{"o": {"x": {}, "y": ["a"]}}]}"#, false),
            (r#"{"inputs": [{"o": {"x": {}, "z": 1}}]}"#, false),
            (r#"{"inputs": [{"o": {"x": {}, "w": 1}}]}"#, false),
            (r#"{"inputs": [{"o": {}}]}"#, false),
        ],
    );
}

#[test]
fn tells_right_tensors_from_wrong_ones() {
    let tensor =
        r#"{"inputs": [{"type": "tensor", "tensor-spec": {"dtype": "uint8", "shape": [-1, 2]}}]}"#;
    assert_takes(
        &subject(tensor),
        &[
            (r#"{"inputs": [[1, 2], [3, 255]]}"#, true),
            (r#"{"instances": [[1, 2]]}"#, true),
            (r#"{"dataframe_split": {"data": [[1, 2]]}}"#, true),
            (r#"{"dataframe_split": {"data": [[[1, 2]]]}}"#, true),
            (r#"{"inputs": [[1, 256]]}"#, false),
            (r#"{"inputs": [[1, -1]]}"#, false),
            (r#"{"inputs": [[1, 2, 3]]}"#, false),
            (r#"{"inputs": []}"#, false),
            (r#"{"dataframe_split": {"data": [[1, 2, 3]]}}"#, false),
        ],
    );
    let named = r#"{"inputs": [
        {"type": "tensor", "name": "x", "tensor-spec": {"dtype": "float32", "shape": [-1, 1, 2]}},
        {"type": "tensor", "name": "s", "tensor-spec": {"dtype": "str", "shape": [-1]}}]}"#;
    assert_takes(
        &subject(named),
        &[
            (r#"{"inputs": {"x": [[[1, 2.5]]], "s": ["a"]}}"#, true),
            (r#"{"instances": [{"x": [[1, 2.5]], "s": "a"}]}"#, true),
            (
                r#"{"dataframe_records": [{"x": [1, 2.5], "s": "a"}]}"#,
                true,
            ),
            (r#"{"inputs": {"x": [[[1, 2.5]]]}}"#, false),
            (r#"{"inputs": {"x": [[1, 2.5]], "s": ["a"]}}"#, false),
            (r#"{"instances": [{"x": [1, 2.5], "s": "a"}]}"#, false),
            (
                r#"{"dataframe_records": [{"x": [[1, 2.5]], "s": "a"}]}"#,
                false,
            ),
        ],
    );
}

#[test]
fn knows_unwrapped_bodies_type_hints_and_inputs_of_any_kind() {
    let chat = r#"{"inputs": [{"type": "array", "name": "messages", "required": true,
        "items": {"type": "object", "properties": {"role": {"type": "string"}}}},
        {"type": "double", "name": "temperature", "required": false}],
        "params": [{"name": "k", "type": "long", "default": null}]}"#;
    assert_takes(
        &subject(chat),
        &[
            (
                r#"{"messages": [{"role": "user"}], "temperature": 0.5, "k": null}"#,
                true,
            ),
            (
                r#"{"dataframe_records": [{"messages": [{"role": "user"}]}]}"#,
                true,
            ),
            (r#"{"messages": [{"role": 1}]}"#, false),
            (r#"{"messages": [{"role": "user"}], "k": "1"}"#, false),
            (r#"{"temperature": 0.5}"#, false),
        ],
    );
    let mut hinted = subject(r#"{"inputs": [{"type": "long", "required": true}]}"#);
    hinted.is_checked_by_type_hints = true;
    assert_takes(
        &hinted,
        &[
            (r#"{"inputs": [1, 2]}"#, true),
            (r#"{"inputs": 1}"#, false),
            (r#"{"dataframe_split": {"data": [[1]]}}"#, false),
        ],
    );
    let params = r#"{"params": [{"name": "k", "type": "string", "default": "a"}]}"#;
    assert_takes(
        &subject(params),
        &[
            (r#"{"inputs": "x", "params": {"k": "b"}}"#, true),
            (r#"{"inputs": "x", "params": {"k": 1}}"#, false),
        ],
    );
    assert!(request_schema(&Subject::default()).is_err());
}
