//! The minimal packages: `verify` says of each what real MLflow does with it.

use crate::support::fixtures::{packages, unpack};
use crate::support::python::{MLFLOW, ask};
use crate::support::scratch::Scratch;
use envelope_format::verify::{VerifyOptions, verify};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// Recorded as loading only since an earlier model of the same process had called `set_model`;
/// alone it is refused, as the test against real MLflow shows.
const LOADS_BY_A_LEFTOVER: &str = "A5_code_model_no_set_model";

/// What was recorded of each package: whether it loads and predicts, and what.
fn expected(root: &Path) -> BTreeMap<String, (bool, String)> {
    let text = std::fs::read_to_string(root.join("EXPECTED.json")).unwrap();
    let expected: Value = serde_json::from_str(&text).unwrap();
    let case = |(name, case): (&String, &Value)| {
        let loads = case["load_and_predict"].as_bool().unwrap() && name != LOADS_BY_A_LEFTOVER;
        (
            name.clone(),
            (loads, case["detail"].as_str().unwrap().to_owned()),
        )
    };
    expected["cases"]
        .as_object()
        .unwrap()
        .iter()
        .map(case)
        .collect()
}

fn disallows_pickle(name: &str) -> bool {
    name.ends_with("_disallowed")
}

#[test]
fn verify_agrees_with_what_mlflow_does() {
    let scratch = Scratch::new("minimal");
    let root = unpack("minimal-packages", &scratch);
    let expected = expected(&root);
    assert_eq!(expected.len(), 40);
    let mut wrong = Vec::new();
    for (name, (loads, detail)) in &expected {
        let options = VerifyOptions {
            no_pickle: disallows_pickle(name),
        };
        let report = verify(&root.join(name), options).unwrap();
        if report.mlflow_loads != *loads {
            wrong.push(format!("{name}: MLflow {detail}, we {:?}", report.findings));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let found = packages(&root);
    assert_eq!(
        found.len(),
        40,
        "every package is expected to load or not to"
    );
}

#[test]
fn mlflow_still_does_what_was_recorded() {
    let scratch = Scratch::new("minimal");
    let root = unpack("minimal-packages", &scratch);
    let expected = expected(&root);
    let case = |name: &String| {
        let input = if is_onnx(name) {
            json!({"data": [[0, 1, 2], [3, 4, 5]]})
        } else {
            json!({"columns": ["a"], "data": [[1], [2]]})
        };
        let allowed = json!({"MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false"});
        let environment = disallows_pickle(name).then_some(allowed);
        json!({"path": root.join(name), "input": input, "environment": environment})
    };
    let cases: Vec<Value> = expected.keys().map(case).collect();
    let mut wrong = Vec::new();
    let answers = ask(MLFLOW[2], "outcomes.py", &cases);
    for ((name, (loads, detail)), answer) in expected.iter().zip(&answers) {
        let same = match answer.get("predicted") {
            Some(predicted) => *loads && (is_onnx(name) || same_text(predicted, detail)),
            None => !loads,
        };
        if !same {
            wrong.push(format!("{name}: recorded {detail}, now {answer}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Of these the input was not recorded, only its shape.
fn is_onnx(name: &str) -> bool {
    name.starts_with('E')
}

/// Whether a prediction is what was recorded, which was written down as Python shows it.
fn same_text(predicted: &Value, recorded: &str) -> bool {
    let recorded = recorded.replace('\'', "\"");
    serde_json::from_str::<Value>(&recorded).is_ok_and(|recorded| recorded == *predicted)
}
