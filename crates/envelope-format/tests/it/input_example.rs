//! Examples against recordings of MLflow: files, facts, inferred schemas and their fit.

use crate::recording::{cases, text};
use envelope_format::input_example::{ExampleFacts, InputExample};
use envelope_format::json::Json;
use envelope_format::signature::{ParamSpec, Signature, fit, infer};

fn stored(case: &Json) -> InputExample {
    let info = case.get("info").unwrap();
    let facts = ExampleFacts {
        kind: text(info, "type").unwrap(),
        pandas_orient: text(info, "pandas_orient"),
        params: text(info, "params"),
    };
    InputExample::from_stored(text(case, "stored").unwrap().as_bytes(), facts).unwrap()
}

fn assert_same_files(case: &Json) {
    let example = stored(case);
    assert_eq!(
        Some(example.to_stored_text().as_str()),
        text(case, "stored")
    );
    assert_eq!(
        Some(example.to_serving_text().as_str()),
        text(case, "serving")
    );
    let mut expected: Vec<_> = case
        .get("info")
        .unwrap()
        .as_object()
        .unwrap()
        .iter()
        .collect();
    expected.sort_by(|left, right| left.0.cmp(right.0));
    let info = example.info();
    let ours: Vec<(&String, Json)> = info.iter().map(|(k, v)| (k, v.as_str().into())).collect();
    assert_eq!(
        ours,
        expected
            .into_iter()
            .map(|(k, v)| (k, v.clone()))
            .collect::<Vec<_>>()
    );
}

#[test]
fn writes_stored_examples_back_to_the_same_bytes() {
    let recorded = cases(include_str!("../fixtures/stored-examples.json"));
    assert!(recorded.len() >= 15);
    recorded.iter().for_each(assert_same_files);
}

#[test]
fn accepts_every_stored_example_for_its_signature() {
    let mut checked = 0;
    for case in cases(include_str!("../fixtures/stored-examples.json")) {
        let Some(parts) = case.get("signature").filter(|parts| !parts.is_null()) else {
            continue;
        };
        let part = |name| text(parts, name);
        let signature =
            Signature::from_parts(part("inputs"), part("outputs"), part("params")).unwrap();
        let misfits = fit::misfits(&signature, &stored(&case));
        assert!(
            misfits.is_empty(),
            "{:?}: {misfits:?}",
            text(&case, "source")
        );
        checked += 1;
    }
    assert!(checked >= 14, "{checked}");
}

#[test]
fn writes_the_files_mlflow_writes() {
    let recorded = cases(include_str!("../fixtures/inference-cases.json"));
    recorded
        .iter()
        .filter(|case| case.get("stored").is_some())
        .for_each(assert_same_files);
}

#[test]
fn infers_the_schema_mlflow_infers() {
    let mut wrong = Vec::new();
    for case in cases(include_str!("../fixtures/inference-cases.json")) {
        if case.get("stored").is_none() {
            continue;
        }
        let example = stored(&case);
        let given = text(&case, "given").unwrap();
        // pandas gives what a table holds in another form than it was given in: both must agree.
        let given = if given == "null" {
            example.value.clone()
        } else {
            Json::parse(given.as_bytes()).unwrap()
        };
        for value in [example.value.clone(), given] {
            let example = InputExample {
                value,
                ..example.clone()
            };
            let inferred = infer::schema(&example).is_ok();
            let signature = infer::signature(&example, None).unwrap();
            let same = signature.inputs_json().as_deref() == text(&case, "schema")
                && signature.params_json().as_deref() == text(&case, "params")
                && Some(inferred) == case.get("inferred").and_then(Json::as_bool);
            if !same {
                wrong.push(format!(
                    "{:?} for {}",
                    signature.inputs_json(),
                    case.to_python_string()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn infers_the_parameters_mlflow_infers() {
    let mut checked = 0;
    for case in cases(include_str!("../fixtures/inference-cases.json")) {
        let Some(given) = text(&case, "given_params") else {
            continue;
        };
        let inferred = infer::params(&Json::parse(given.as_bytes()).unwrap()).ok();
        let written = inferred.map(|params| {
            Json::Array(params.iter().map(ParamSpec::to_json).collect()).to_python_string()
        });
        assert_eq!(written.as_deref(), text(&case, "params"), "{given}");
        checked += 1;
    }
    assert!(checked > 35);
}
