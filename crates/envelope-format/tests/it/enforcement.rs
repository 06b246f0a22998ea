//! Requests as MLflow's scoring server takes or refuses them, recorded from the real one.

use std::fmt::Write as _;
use std::io::Read as _;

use envelope_format::enforce::receive;
use envelope_format::json::Json;
use envelope_format::payload::ContentType;
use envelope_format::signature::Signature;

/// What became of a case: the same as in MLflow, or how it differs.
fn check(case: &Json) -> Result<(), String> {
    let text = |key: &str| case.get(key).and_then(Json::as_str);
    let accepted = case.get("accepted").and_then(Json::as_bool) == Some(true);
    let stage = text("stage");
    let signature = match case.get("signature") {
        None | Some(Json::Null) => Ok(Signature::default()),
        Some(signature) => Signature::from_json(signature),
    };
    let signature = match signature {
        Ok(signature) if stage == Some("signature") => {
            return Err(format!(
                "the signature is read, expected a refusal: {signature:?}"
            ));
        }
        Ok(signature) => signature,
        Err(_) if stage == Some("signature") => return Ok(()),
        Err(error) => return Err(format!("the signature is refused: {error}")),
    };
    let body = match text("raw_body") {
        Some(body) => body.to_owned(),
        None => body(case).to_python_string(),
    };
    let content_type = ContentType::read(text("content_type").unwrap_or("json"));
    let received = content_type.and_then(|one| receive(body.as_bytes(), &one, &signature));
    match received {
        Err(refusal) if accepted => Err(format!("refused: {refusal}")),
        Err(refusal) => {
            let status = case.get("http_status").and_then(Json::as_number);
            let status = status.and_then(envelope_format::json::Number::as_i64);
            let found = (
                Some(i64::from(refusal.stage.http_status())),
                refusal.stage.error_code(),
            );
            if found == (status, text("error_code")) {
                check_names(case, &refusal)
            } else {
                Err(format!("refused with {found:?}: {refusal}"))
            }
        }
        Ok(received) if !accepted => Err(format!(
            "accepted: {}",
            received.data_json().to_python_string()
        )),
        Ok(received) => {
            let found = received.data_json();
            if Some(&found) != case.get("received") {
                return Err(format!("received {}", found.to_python_string()));
            }
            let declared = signature.params.as_deref().unwrap_or_default();
            let params = received.params_json(declared).unwrap_or(Json::Null);
            let expected = case.get("params_received").cloned().unwrap_or(Json::Null);
            if params == expected || (expected.is_null() && !params.is_truthy()) {
                Ok(())
            } else {
                Err(format!("received parameters {}", params.to_python_string()))
            }
        }
    }
}

/// MLflow's message names the column or the parameter, where it names one.
fn check_names(case: &Json, refusal: &envelope_format::Refusal) -> Result<(), String> {
    let gist = case.get("gist").and_then(Json::as_str).unwrap_or_default();
    for (before, after) in [
        ("Failed to convert column ", " to type"),
        ("Incompatible input types for column ", ". Can"),
        ("Model is missing inputs ['", "'"),
    ] {
        let Some((_, rest)) = gist.split_once(before) else {
            continue;
        };
        let name = rest.split(after).next().unwrap_or_default();
        // Of a tensor without a name, the columns are a set, and any of them may be named.
        let is_any = case.get("group").and_then(Json::as_str) == Some("tensor/split_cols/s2x2");
        if !name.is_empty() && !is_any && refusal.column.as_deref() != Some(name) {
            return Err(format!(
                "names {:?}, expected the column {name}",
                refusal.column
            ));
        }
    }
    if let Some((_, rest)) = gist.split_once("Invalid parameters found: {('") {
        let name = rest.split('\'').next().unwrap_or_default();
        if !refusal.params.iter().any(|param| param == name) {
            return Err(format!(
                "names {:?}, expected the parameter {name}",
                refusal.params
            ));
        }
    }
    Ok(())
}

fn body(case: &Json) -> Json {
    let mut body = case
        .get("input")
        .and_then(Json::as_object)
        .cloned()
        .unwrap_or_default();
    if let Some(params) = case.get("params") {
        body.insert("params".to_owned(), params.clone());
    }
    Json::Object(body)
}

#[test]
fn requests_are_taken_and_refused_as_mlflow_does() {
    let packed = include_bytes!("../fixtures/enforcement-cases.json.xz");
    let mut text = Vec::new();
    lzma_rust2::XzReader::new(&packed[..], false)
        .read_to_end(&mut text)
        .unwrap();
    let recording = Json::parse(&text).unwrap();
    let cases = recording.get("cases").and_then(Json::as_array).unwrap();
    let mut differing = String::new();
    let mut passed = 0;
    for case in cases {
        match check(case) {
            Ok(()) => passed += 1,
            Err(difference) => {
                let shown = case.to_python_string();
                let _ = writeln!(differing, "{difference}\n  {shown}");
            }
        }
    }
    println!("{passed} of {}", cases.len());
    assert!(differing.is_empty(), "{differing}");
    assert_eq!(passed, 1400);
}

#[test]
fn lists_with_missing_items_are_what_pandas_makes_of_them() {
    let list = |items: &str| {
        format!(
            r#"[{{"type": "array", "items": {{"type": "{items}"}}, "name": "a", "required": true}}]"#
        )
    };
    let map = r#"[{"type": "map", "values": {"type": "any"}, "required": true}]"#.to_owned();
    let optional = r#"[{"type": "object", "properties": {"x": {"type": "double", "required": false}}, "name": "a", "required": false}]"#;
    for (inputs, body, expected) in [
        (
            list("string"),
            r#"{"dataframe_split": {"columns": ["a"], "data": [[["abc", null]]]}}"#,
            Some(r#"[[["a", "n"]]]"#),
        ),
        (
            list("string"),
            r#"{"dataframe_split": {"columns": ["a"], "data": [[["abc", "d"]]]}}"#,
            Some(r#"[[["abc", "d"]]]"#),
        ),
        (
            list("binary"),
            r#"{"dataframe_split": {"columns": ["a"], "data": [[["YWJj", null]]]}}"#,
            Some(r#"[[[{"$bytes": "WQ=="}, {"$bytes": "bg=="}]]]"#),
        ),
        (
            list("datetime"),
            r#"{"dataframe_split": {"columns": ["a"], "data": [[[null]]]}}"#,
            Some("[[[null]]]"),
        ),
        (
            list("datetime"),
            r#"{"dataframe_split": {"columns": ["a"], "data": [[["2024-01-02", 5]]]}}"#,
            None,
        ),
        (
            map.clone(),
            r#"{"inputs": [{"b": {}}]}"#,
            Some(r#"[[{"$ndarray": [{}], "dtype": "object", "shape": []}]]"#),
        ),
        (map, r#"{"inputs": [{"b": {"c": 1}}]}"#, None),
        (
            optional.to_owned(),
            r#"{"instances": [{"a": {}}]}"#,
            Some(r#"[[{"$ndarray": [{}], "dtype": "object", "shape": [1]}]]"#),
        ),
    ] {
        let signature = Signature::from_parts(Some(&inputs), None, None).unwrap();
        let found = receive(body.as_bytes(), &ContentType::Json, &signature).ok();
        let rows = found.and_then(|one| one.data_json().get("rows").map(Json::to_python_string));
        assert_eq!(rows.as_deref(), expected, "{body}");
    }
}

#[test]
fn a_single_row_stands_for_as_many_as_there_are_labels() {
    for (split, expected) in [
        (
            r#"{"index": [4, 5, 6], "data": [[1, [2]]]}"#,
            Some("[[1, [2]], [1, [2]], [1, [2]]]"),
        ),
        (r#"{"index": [], "data": [[1, 2]]}"#, Some("[]")),
        (
            r#"{"index": [4, 5], "data": {"a": [1]}}"#,
            Some("[[1], [1]]"),
        ),
        (
            r#"{"index": [4, 5], "data": [{"a": 1}]}"#,
            Some("[[1], [1]]"),
        ),
        (r#"{"index": [4, 5], "data": ["a"]}"#, None),
        (r#"{"index": [], "data": [[1], [2]]}"#, None),
    ] {
        let body = format!(r#"{{"dataframe_split": {split}}}"#);
        let found = receive(body.as_bytes(), &ContentType::Json, &Signature::default()).ok();
        let rows = found.and_then(|one| one.data_json().get("rows").map(Json::to_python_string));
        assert_eq!(rows.as_deref(), expected, "{body}");
    }
}
