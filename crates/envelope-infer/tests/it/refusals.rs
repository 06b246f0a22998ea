//! What cannot run is said before anything runs, all of it at once.

use envelope_infer::{Error, Session, Survey};

use crate::support::{fixture, on_cpu};

#[test]
fn every_node_that_cannot_run_is_named_at_once() {
    let Err(Error::Refused { refusals }) = Session::load(fixture("refused.onnx"), &on_cpu()) else {
        panic!("expected a refusal")
    };
    let found: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    let expected = [
        "node `strange` (example.Frobnicate): the operator is not supported",
        "node `odd` (Sigmoid): attribute `sharpness` is not supported",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_survey_counts_operators_and_lists_refusals() {
    let survey = Survey::of(fixture("refused.onnx")).unwrap();
    let names: Vec<_> = survey
        .operators
        .iter()
        .map(|one| (one.name.as_str(), one.version, one.nodes))
        .collect();
    assert_eq!(
        names,
        [
            ("Add", 18, 1),
            ("Relu", 18, 1),
            ("Sigmoid", 18, 1),
            ("Frobnicate", 1, 1)
        ]
    );
    assert_eq!(survey.refusals.len(), 2);
    let survey = Survey::of(fixture("control.onnx")).unwrap();
    assert!(
        survey.operators.iter().any(|one| one.name == "Mul"),
        "operators in bodies count"
    );
    assert_eq!(survey.refusals, []);
}

#[test]
fn data_outside_of_the_models_folder_is_not_read() {
    for (name, expected) in [
        (
            "external_outside.onnx",
            "external data `../models/external.data` leaves the model's folder",
        ),
        (
            "external_missing.onnx",
            "cannot read external data `missing.data`",
        ),
    ] {
        let error = Session::load(fixture(name), &on_cpu())
            .err()
            .expect("a refusal")
            .to_string();
        assert!(error.contains(expected), "{error}");
    }
    let bytes = std::fs::read(fixture("external.onnx")).unwrap();
    let error = Session::from_bytes(bytes, &on_cpu())
        .err()
        .expect("a refusal")
        .to_string();
    assert!(error.contains("was not read from a folder"), "{error}");
}
