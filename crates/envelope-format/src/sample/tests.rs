//! Samples of both origins, in tables of cases.

use super::SampleFormat::{Csv, Inputs, Instances, Records, Split};
use super::{SampleError, SampleFormat, SampleOptions, Subject, offered, sample};
use crate::input_example::InputExample;
use crate::json::Json;
use crate::signature::Signature;

fn json(text: &str) -> Json {
    Json::parse(text.as_bytes()).unwrap()
}

fn subject(signature: &str) -> Subject {
    Subject {
        signature: Some(Signature::from_json(&json(signature)).unwrap()),
        ..Subject::default()
    }
}

fn with_example(subject: Subject, example: &str) -> Subject {
    Subject {
        example: Some(InputExample::recognise(json(example)).unwrap()),
        ..subject
    }
}

/// The text of a sample with its notes, or the refusal.
fn text(subject: &Subject, format: Option<SampleFormat>, rows: Option<usize>) -> String {
    match sample(subject, SampleOptions { format, rows }) {
        Ok(sample) => {
            let notes = sample.notes.iter().map(|note| format!(" # {note}"));
            sample.to_text() + &notes.collect::<String>()
        }
        Err(error) => format!("error: {error}"),
    }
}

const COLUMNS: &str = r#"{"inputs": [{"type": "long", "name": "a"}, {"type": "string", "name": "s"}],
    "params": [{"name": "k", "type": "long", "default": 3},
               {"name": "l", "type": "long", "default": null, "shape": null}]}"#;

#[test]
fn makes_up_columns_in_each_form() {
    let subject = subject(COLUMNS);
    let params = r#""params": {"k": 3, "l": null}"#;
    let cases = [
        (
            SampleFormat::Split,
            format!(
                r#"{{"dataframe_split": {{"columns": ["a", "s"], "data": [[1, "a"]]}}, {params}}}"#
            ),
        ),
        (
            SampleFormat::Records,
            format!(r#"{{"dataframe_records": [{{"a": 1, "s": "a"}}], {params}}}"#),
        ),
        (
            SampleFormat::Instances,
            format!(r#"{{"instances": [{{"a": 1, "s": "a"}}], {params}}}"#),
        ),
        (
            SampleFormat::Inputs,
            format!(r#"{{"inputs": [{{"a": 1, "s": "a"}}], {params}}}"#),
        ),
        (
            SampleFormat::Csv,
            "a,s\n1,a\n # CSV carries no parameters, so that their defaults hold".to_owned(),
        ),
    ];
    for (format, expected) in cases {
        assert_eq!(text(&subject, Some(format), Some(1)), expected);
    }
}

#[test]
fn makes_up_tensors_in_each_form() {
    let subject = subject(
        r#"{"inputs": [
        {"type": "tensor", "name": "x", "tensor-spec": {"dtype": "float32", "shape": [-1, 1, 2]}},
        {"type": "tensor", "name": "y", "tensor-spec": {"dtype": "int8", "shape": [-1]}}]}"#,
    );
    let cases = [
        (None, r#"{"inputs": {"x": [[[0.5, 1.5]]], "y": [0]}}"#),
        (
            Some(SampleFormat::Instances),
            r#"{"instances": [{"x": [[0.5, 1.5]], "y": 0}]}"#,
        ),
        (
            Some(SampleFormat::Split),
            r#"{"dataframe_split": {"columns": ["x", "y"], "data": [[[0.5, 1.5], 0]]}}"#,
        ),
        (
            Some(SampleFormat::Csv),
            "error: `csv` cannot carry this input: it is made of tensors, and CSV has columns",
        ),
    ];
    for (format, expected) in cases {
        assert_eq!(text(&subject, format, Some(1)), expected);
    }
}

#[test]
fn refuses_forms_that_cannot_carry_the_input() {
    let all = SampleFormat::ALL.to_vec();
    let but = |left: &[SampleFormat]| {
        let kept = all.iter().filter(|format| !left.contains(format));
        kept.copied().collect::<Vec<_>>()
    };
    let cases = [
        (r#"[{"type": "long", "name": "a"}]"#, all.clone()),
        (r#"[{"type": "datetime", "name": "a"}]"#, but(&[Csv])),
        (r#"[{"type": "any", "name": "a"}]"#, but(&[Csv])),
        (r#"[{"type": "binary", "name": "a"}]"#, vec![Split, Records]),
        (
            r#"[{"type": "array", "items": {"type": "long"}, "name": "a", "required": true}]"#,
            but(&[Csv, Instances]),
        ),
        (
            r#"[{"type": "map", "values": {"type": "long"}, "name": "a", "required": true}]"#,
            but(&[Csv]),
        ),
        (
            r#"[{"type": "long", "name": 0}]"#,
            vec![Split, Instances, Inputs],
        ),
        (r#"[{"type": "long", "name": 7}]"#, vec![Split]),
        (r#"[{"type": "long"}, {"type": "long"}]"#, all.clone()),
        (
            r#"[{"type": "long"}, {"type": "double"}]"#,
            but(&[Instances, Inputs]),
        ),
        (
            r#"[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, -1]}}]"#,
            vec![Instances, Inputs],
        ),
        (
            r#"[{"type": "tensor", "name": "x", "tensor-spec": {"dtype": "float32", "shape": []}}]"#,
            vec![Inputs],
        ),
    ];
    for (inputs, expected) in cases {
        let subject = subject(&format!(r#"{{"inputs": {inputs}}}"#));
        assert_eq!(offered(&subject), expected, "{inputs}");
    }
    let mut hinted = subject(r#"{"inputs": [{"type": "datetime"}]}"#);
    hinted.is_checked_by_type_hints = true;
    assert_eq!(offered(&hinted), [Inputs]);
    assert_eq!(
        text(&hinted, None, Some(1)),
        r#"{"inputs": ["2026-01-01T12:30:00"]}"#
    );
}

#[test]
fn leaves_out_what_no_json_value_stands_for_or_refuses_it() {
    let inputs = |required| {
        let object = r#""type": "object", "properties": {"x": {"type": "integer"}}"#;
        let column = format!(r#"{{{object}, "name": "o", "required": {required}}}"#);
        subject(&format!(
            r#"{{"inputs": [{{"type": "long", "name": "a"}}, {column}]}}"#
        ))
    };
    assert_eq!(
        text(&inputs(false), None, Some(1)),
        r#"{"dataframe_split": {"columns": ["a"], "data": [[1]]}}"#
    );
    assert_eq!(
        text(&inputs(true), None, Some(1)),
        "error: MLflow takes no value for `o`: it is object {x: integer}, and numbers of 32 bits \
         and times are taken as columns alone"
    );
}

#[test]
fn takes_the_example_and_rewrites_it() {
    let table = r#"{"inputs": {"columns": ["s", "a", "more"], "data": [["x", 7, 0], [null, 8, 0]]},
        "params": {"k": 9, "unknown": 1}}"#;
    let subject = with_example(subject(COLUMNS), table);
    let cases = [
        (
            None,
            None,
            r#"{"dataframe_split": {"columns": ["s", "a", "more"], "data": [["x", 7, 0], [null, 8, 0]]}, "params": {"k": 9}}"#,
        ),
        (
            Some(SampleFormat::Records),
            Some(1),
            r#"{"dataframe_records": [{"a": 7, "s": "x"}], "params": {"k": 9}}"#,
        ),
        (
            Some(SampleFormat::Inputs),
            Some(3),
            r#"{"inputs": [{"a": 7, "s": "x"}, {"a": 8, "s": null}, {"a": 7, "s": "x"}], "params": {"k": 9}}"#,
        ),
        (
            Some(SampleFormat::Csv),
            Some(2),
            "a,s\n7,x\n8,\n # CSV carries no parameters, so that their defaults hold",
        ),
    ];
    for (format, rows, expected) in cases {
        assert_eq!(text(&subject, format, rows), expected);
    }
}

#[test]
fn makes_up_values_where_the_example_is_of_no_use() {
    let made = r#"{"dataframe_split": {"columns": ["t"], "data": [["2026-01-01T12:30:00"]]}}"#;
    let reason = " # typed sample values are used instead of the example: ";
    let cases = [
        (
            r#"{"columns": ["x"], "data": [[1]]}"#,
            "its `inputs.t` is no such column, expected datetime",
        ),
        (
            r#"{"columns": ["t"], "data": [[5]]}"#,
            "MLflow would take it only by casting values to other types",
        ),
        (
            r#"{"columns": ["t"], "data": [["2026-01-02"], ["2026-01-02 03:04"]]}"#,
            "its times are written in more than one way",
        ),
    ];
    for (example, expected) in cases {
        let times = subject(r#"{"inputs": [{"type": "datetime", "name": "t"}]}"#);
        let subject = with_example(times, example);
        let rows = example.contains("2026").then_some(2);
        let found = text(&subject, None, rows.or(Some(1)));
        let made = if rows.is_some() {
            made.replace("]]", r#"], ["2026-01-02T12:30:00"]]"#)
        } else {
            made.to_owned()
        };
        assert_eq!(found, format!("{made}{reason}{expected}"));
    }
}

#[test]
fn goes_by_the_example_alone_without_a_signature() {
    let bare = Subject::default;
    let cases = [
        (
            r#"{"columns": ["x"], "data": [[1]]}"#,
            r#"{"dataframe_split": {"columns": ["x"], "data": [[1]]}}"#,
            vec![SampleFormat::Split, SampleFormat::Records],
        ),
        (
            "[[1, 2]]",
            r#"{"inputs": [[1, 2]]}"#,
            vec![SampleFormat::Instances, SampleFormat::Inputs],
        ),
        (
            r#""text""#,
            r#"{"inputs": "text"}"#,
            vec![SampleFormat::Inputs],
        ),
        (
            r#"{"messages": []}"#,
            r#"{"messages": []}"#,
            vec![SampleFormat::Inputs],
        ),
    ];
    for (example, expected, forms) in cases {
        let subject = with_example(bare(), example);
        assert_eq!(text(&subject, None, None), expected);
        assert_eq!(offered(&subject), forms, "{example}");
    }
    assert_eq!(
        text(&bare(), None, None),
        "error: found neither a signature of the input nor an example, expected one of them"
    );
}

#[test]
fn refuses_fixed_and_enormous_sizes() {
    let tensor = |shape: &str| {
        let spec = format!(r#"{{"dtype": "float32", "shape": {shape}}}"#);
        subject(&format!(
            r#"{{"inputs": [{{"type": "tensor", "tensor-spec": {spec}}}]}}"#
        ))
    };
    let options = SampleOptions {
        rows: Some(3),
        ..SampleOptions::default()
    };
    let fixed = sample(&tensor("[2, 2]"), options).unwrap_err();
    assert!(matches!(
        fixed,
        SampleError::FixedRows {
            found: 3,
            fixed: 2,
            ..
        }
    ));
    let large = sample(&tensor("[-1, 9000000000, 9000000000]"), options).unwrap_err();
    assert!(matches!(large, SampleError::TooLarge { .. }));
    let huge = sample(
        &tensor("[-1, 9223372036854775807, 9223372036854775807, 9223372036854775807]"),
        options,
    );
    assert!(matches!(huge.unwrap_err(), SampleError::TooLarge { .. }));
    let many = SampleOptions {
        rows: Some(usize::MAX),
        ..options
    };
    let columns = with_example(subject(COLUMNS), r#"[{"a": 1, "s": "x"}]"#);
    let columns = sample(&columns, many).unwrap_err();
    assert!(matches!(columns, SampleError::TooLarge { .. }));
    let nothing = sample(&tensor("[-1, 0, 2]"), options).unwrap_err();
    assert!(matches!(nothing, SampleError::NoValue { .. }));
}
