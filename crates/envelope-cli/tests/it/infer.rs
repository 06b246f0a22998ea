//! `envelope infer` and `envelope operators`.

use crate::support::Scratch;
use std::fs;
use std::path::Path;

fn fixture(name: &str) -> String {
    let models =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../envelope-infer/tests/fixtures/models");
    models
        .join(name)
        .canonicalize()
        .unwrap()
        .display()
        .to_string()
}

#[test]
fn runs_a_model_and_writes_its_outputs() {
    let scratch = Scratch::new();
    let (model, inputs) = (fixture("convolutions.onnx"), fixture("convolutions.npz"));
    let words = [
        "infer", &model, "--input", &inputs, "--device", "cpu", "--output", "out",
    ];
    let answer = scratch.envelope(&words);
    assert_eq!((answer.status, answer.err.as_str()), (0, ""));
    assert!(
        answer.out.contains("  y     float32  [2, 5]  out/y.npy"),
        "{}",
        answer.out
    );
    let bytes = fs::read(scratch.path("out/y.npy")).unwrap();
    assert!(bytes.starts_with(b"\x93NUMPY"));
}

#[test]
fn tells_times_and_a_profile_as_json() {
    let scratch = Scratch::new();
    let (model, inputs) = (fixture("convolutions.onnx"), fixture("convolutions.npz"));
    let words = [
        "infer",
        &model,
        "--input",
        &inputs,
        "--device",
        "cpu",
        "--repeat",
        "3",
        "--profile",
        "--json",
    ];
    let answer = scratch.json(&words);
    assert_eq!(answer["device"], "CPU");
    assert_eq!(answer["run_seconds"].as_array().unwrap().len(), 3);
    assert!(answer["median_run_seconds"].as_f64().unwrap() > 0.0);
    assert_eq!(answer["outputs"]["y"]["shape"], serde_json::json!([2, 5]));
    let operators = answer["profile"]["operators"].as_array().unwrap();
    assert!(
        operators.iter().any(|one| one["operator"] == "Gemm"),
        "{operators:?}"
    );
}

#[test]
fn mistakes_are_told_with_what_to_do() {
    let scratch = Scratch::new();
    let model = fixture("convolutions.onnx");
    let missing = "error: input `x` is missing, expected float32 [batch, 3, 12, 10]";
    for (words, expected) in [
        (&["infer", &model, "--device", "cpu"][..], missing),
        (
            &["infer", &model, "--device", "cpu", "--input", "x.npy"],
            "expected NAME=FILE or a .npz file",
        ),
        (
            &["infer", &model, "--device", "cpu", "--input", "x=no.npy"],
            "cannot read `no.npy`",
        ),
        (
            &["infer", &model, "--device", "tpu"],
            "expected auto, cpu, gpu or gpu:N",
        ),
        (&["infer", "no.onnx"], "cannot read no.onnx"),
    ] {
        let answer = scratch.envelope(words);
        assert_eq!(answer.status, 2, "{words:?}");
        assert!(answer.err.contains(expected), "{words:?}: {}", answer.err);
    }
}

#[test]
fn operators_that_are_missing_are_listed_with_their_nodes() {
    let scratch = Scratch::new();
    let answer = scratch.envelope(&["operators", &fixture("refused.onnx")]);
    assert_eq!((answer.status, answer.err.as_str()), (1, ""));
    assert!(
        answer
            .out
            .contains("strange  example.Frobnicate  the operator is not supported"),
        "{}",
        answer.out
    );
    let answer = scratch.envelope(&["operators", &fixture("convolutions.onnx")]);
    assert_eq!(answer.status, 0);
    let all = scratch.json(&["operators", "--json"]);
    let names = all["operators"].as_array().unwrap();
    assert!(names.iter().any(|one| one["name"] == "Conv"));
}

#[test]
fn the_processor_is_always_among_the_devices() {
    let devices = Scratch::new().json(&["infer", "--list-devices", "--json"]);
    assert_eq!(devices["devices"][0]["name"], "CPU");
}
