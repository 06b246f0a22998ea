//! `envelope payload`.

use crate::support::Scratch;
use std::fs;

/// What the package `doubler` is asked by its example.
const EXAMPLE: &str =
    r#"{"dataframe_split": {"columns": ["x"], "data": [[1.5], [2.0]]}, "params": {"times": 2}}"#;

/// A package of columns without an example.
fn write_bare(scratch: &Scratch) {
    let columns = r#"[{"type": "long", "name": "a"}, {"type": "datetime", "name": "t"}]"#;
    scratch.write_mlmodel(&format!(
        "flavors: {{python_function: {{loader_module: x}}}}\nsignature:\n  inputs: '{columns}'\n"
    ));
}

#[test]
fn prints_the_example_as_a_request() {
    let scratch = Scratch::new();
    scratch.package();
    let answer = scratch.envelope(&["payload", "-m", "doubler"]);
    assert_eq!(
        (answer.status, answer.err.as_str()),
        (0, ""),
        "{}",
        answer.out
    );
    assert_eq!(answer.out, format!("{EXAMPLE}\n"));
    let pretty = scratch.envelope(&["payload", "-m", "doubler", "--pretty"]);
    assert!(pretty.out.starts_with("{\n  \"dataframe_split\": {\n"));
    let rows = scratch.envelope(&[
        "payload", "-m", "doubler", "--rows", "3", "--format", "inputs",
    ]);
    let expected = r#"{"inputs": [{"x": 1.5}, {"x": 2.0}, {"x": 1.5}], "params": {"times": 2}}"#;
    assert_eq!(rows.out, format!("{expected}\n"));
}

#[test]
fn writes_a_file_and_says_what_csv_leaves_out() {
    let scratch = Scratch::new();
    scratch.package();
    let words = [
        "payload", "-m", "doubler", "--format", "csv", "-o", "rows.csv",
    ];
    let answer = scratch.envelope(&words);
    assert_eq!((answer.status, answer.out.as_str()), (0, ""));
    assert_eq!(
        answer.err,
        "note: CSV carries no parameters, so that their defaults hold\n"
    );
    let written = fs::read_to_string(scratch.path("rows.csv")).unwrap();
    assert_eq!(written, "x\n1.5\n2.0\n");
    let quiet = scratch.envelope(&[&words[..], &["--quiet"]].concat());
    assert_eq!((quiet.status, quiet.err.as_str()), (0, ""));
    let nowhere = scratch.envelope(&["payload", "-m", "doubler", "-o", "no/rows.json"]);
    assert_eq!(nowhere.status, 2);
    assert!(
        nowhere.err.contains("cannot write `no/rows.json`"),
        "{}",
        nowhere.err
    );
}

#[test]
fn makes_up_values_and_refuses_what_mlflow_would() {
    let scratch = Scratch::new();
    write_bare(&scratch);
    let answer = scratch.envelope(&["payload", "--model-uri", "p", "--rows", "1"]);
    let expected =
        r#"{"dataframe_split": {"columns": ["a", "t"], "data": [[1, "2026-01-01T12:30:00"]]}}"#;
    assert_eq!(answer.out, format!("{expected}\n"), "{}", answer.err);
    let refused = scratch.envelope(&["payload", "-m", "p", "--format", "csv"]);
    assert_eq!((refused.status, refused.out.as_str()), (2, ""));
    for part in [
        "`csv` cannot carry this input: the column `t` is datetime",
        "these can: `split`, `records`, `instances`, `inputs`",
    ] {
        assert!(refused.err.contains(part), "{}", refused.err);
    }
    scratch.write_mlmodel("flavors: {}\n");
    let unknown = scratch.envelope(&["payload", "-m", "p"]);
    assert_eq!(unknown.status, 2);
    assert!(
        unknown.err.contains("found neither a signature"),
        "{}",
        unknown.err
    );
    for words in [
        &["--rows", "0"][..],
        &["--format", "xml"],
        &["--json-schema", "--rows", "2"],
    ] {
        let answer = scratch.envelope(&[&["payload", "-m", "p"], words].concat());
        assert_eq!(answer.status, 2, "{words:?}");
    }
}

#[test]
fn prints_the_schema_of_requests() {
    let scratch = Scratch::new();
    scratch.package();
    let schema = scratch.json(&["payload", "-m", "doubler", "--json-schema"]);
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    let forms: Vec<&str> = schema["oneOf"]
        .as_array()
        .unwrap()
        .iter()
        .map(|form| form["title"].as_str().unwrap())
        .collect();
    assert_eq!(
        forms,
        [
            "dataframe_split",
            "dataframe_records",
            "instances",
            "inputs"
        ]
    );
    assert_eq!(
        schema["$defs"]["params"]["properties"]["times"]["default"],
        2
    );
}
