//! Packages that MLflow saved: each reads, and is written again without a byte's difference, so
//! that MLflow predicts the same with it.

use crate::support::fixtures::{explain, packages, unpack};
use crate::support::python::{MLFLOW, TORCH, ask};
use crate::support::scratch::Scratch;
use crate::support::tree;
use envelope_format::environment::{CondaEnv, PythonEnv};
use envelope_format::input_example::{ExampleFacts, InputExample};
use envelope_format::mlmodel::MlModel;
use envelope_format::package::{Contents, Package, SealOptions, Silent, seal};
use envelope_format::verify::{VerifyOptions, verify};
use envelope_format::yaml::Node;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Packages that their own environment does not load, or does not predict with, each with what
/// MLflow says. One that is listed and answers is as red as one that is not listed and fails.
const NO_ANSWER: [(&str, &str); 4] = [
    // The graph answers with a two-dimensional tensor, of which MLflow makes no table.
    (
        "onnx_classifier_cols",
        "All arrays must be of the same length",
    ),
    // The signature that it was saved with has another rank than the graph.
    ("onnx_int64", "Invalid rank for input: x"),
    // Its column of Spark vectors asks for values that only Spark makes.
    ("pyfunc_alltypes", "Failed to enforce schema"),
    // It looks up its input in a list of words that is too short.
    ("pyfunc_artifacts", "list index out of range"),
];

/// Unpacks the packages of all versions and those saved for the scoring server.
fn unpacked(scratch: &Scratch) -> Vec<(String, PathBuf)> {
    let mut all = packages(&unpack("packages", scratch));
    all.extend(packages(&unpack("serving-packages", scratch)));
    assert_eq!(all.len(), 118);
    all
}

fn text(root: &Path, name: &str) -> String {
    std::fs::read_to_string(root.join(name)).unwrap()
}

#[test]
fn every_yaml_file_is_written_as_it_was_read() {
    let scratch = Scratch::new("saved");
    let mut wrong = Vec::new();
    for (name, root) in unpacked(&scratch) {
        let read = |file| Node::parse(&text(&root, file)).unwrap();
        let conda = CondaEnv::from_node(&read("conda.yaml")).unwrap();
        let python = PythonEnv::from_node(&read("python_env.yaml")).unwrap();
        let written = [
            (
                "MLmodel",
                MlModel::parse(&text(&root, "MLmodel")).unwrap().to_yaml(),
            ),
            ("conda.yaml", conda.to_node().to_yaml()),
            ("python_env.yaml", python.to_node().to_yaml()),
        ];
        let other = |(file, written): &(&str, String)| *written != text(&root, file);
        let differ = written.iter().filter(|one| other(one));
        wrong.extend(differ.map(|(file, _)| format!("{name}/{file}")));
    }
    assert_eq!(wrong, [""; 0], "these are not written as PyYAML wrote them");
}

#[test]
fn every_signature_and_example_is_written_as_it_was_read() {
    let scratch = Scratch::new("saved");
    let mut wrong = Vec::new();
    let mut examples = 0;
    for (name, root) in unpacked(&scratch) {
        let package = Package::open(&root).unwrap();
        let model = package.mlmodel();
        if let Some(signature) = model.read_signature().unwrap() {
            let node = model.signature().unwrap();
            for (key, written) in [
                ("inputs", signature.inputs_json()),
                ("outputs", signature.outputs_json()),
                ("params", signature.params_json()),
            ] {
                let stored = node.get_set(key).and_then(Node::as_str);
                if written.as_deref() != stored {
                    wrong.push(format!("{name}: {key}: {written:?}, stored {stored:?}"));
                }
            }
        }
        examples += usize::from(model.saved_input_example_info().is_some());
        wrong.extend(example_fault(&package).map(|fault| format!("{name}: {fault}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(examples > 30, "found only {examples} examples");
}

/// Says how an example differs once written again.
fn example_fault(package: &Package) -> Option<String> {
    let info = package.mlmodel().saved_input_example_info()?;
    let fact = |key| info.get_set(key).and_then(Node::text);
    let facts = ExampleFacts {
        kind: fact("type").unwrap_or_default(),
        pandas_orient: fact("pandas_orient"),
        params: fact("params"),
    };
    let file = fact("artifact_path").unwrap();
    let stored = text(package.root(), file);
    let example = match InputExample::from_stored(stored.as_bytes(), facts) {
        Ok(example) => example,
        Err(error) => return Some(format!("{file}: {error}")),
    };
    if example.to_stored_text() != stored {
        return Some(format!(
            "{file}: {}, stored {stored}",
            example.to_stored_text()
        ));
    }
    let serving = text(package.root(), fact("serving_input_path")?);
    let written = example.to_serving_text();
    (written != serving).then(|| format!("serving: {written}, stored {serving}"))
}

/// Writes a package again into a folder.
fn rewrite(root: &Path, destination: &Path) {
    let package = Package::open(root).map_err(explain).unwrap();
    let contents = Contents::of_package(&package);
    seal(contents, destination, SealOptions::default(), &Silent)
        .map_err(explain)
        .unwrap();
}

#[test]
fn every_package_is_written_again_byte_for_byte() {
    let scratch = Scratch::new("saved");
    for (name, root) in unpacked(&scratch) {
        let destination = scratch.join("again").join(&name);
        rewrite(&root, &destination);
        tree::assert_same(&destination, &root);
    }
}

#[test]
fn every_package_verifies_as_one_that_mlflow_loads() {
    let scratch = Scratch::new("saved");
    let mut wrong = Vec::new();
    for (name, root) in unpacked(&scratch) {
        let report = verify(&root, VerifyOptions::default())
            .map_err(explain)
            .unwrap();
        if !report.mlflow_loads {
            wrong.push(format!("{name}: {:?}", report.findings));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Compares what MLflow answers with the packages of one version before and after they are written
/// again.
fn check_rewritten(environment: &str, folder: &str) {
    let scratch = Scratch::new("rewritten");
    let root = unpack("packages", &scratch).join(folder);
    let mut saved = packages(&root);
    if folder == "v3.17.2" {
        saved.extend(packages(&unpack("serving-packages", &scratch)));
    }
    let again = scratch.join("again");
    let mut cases = Vec::new();
    for (name, path) in &saved {
        rewrite(path, &again.join(name));
        cases.extend([json!({"path": path}), json!({"path": again.join(name)})]);
    }
    let answers = ask(environment, "outcomes.py", &cases);
    let mut wrong = Vec::new();
    for ((name, _), pair) in saved.iter().zip(answers.chunks(2)) {
        let (before, after) = (&pair[0], &pair[1]);
        if before != after {
            wrong.push(format!("{name}: {before} became {after}"));
        }
        wrong.extend(unexpected(name, before));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Says when an answer is not what the list of failures says.
fn unexpected(name: &str, answer: &Value) -> Option<String> {
    let listed = NO_ANSWER.iter().find(|(listed, _)| *listed == name);
    let failed = answer.get("predicted").is_none();
    match listed {
        None => failed.then(|| format!("{name} is not listed and fails: {answer}")),
        Some((_, reason)) if !failed => Some(format!("{name} is listed ({reason}) and answers")),
        Some((_, reason)) => {
            let message = answer["message"].as_str().unwrap_or_default();
            (!message.contains(reason)).then(|| format!("{name} fails otherwise: {answer}"))
        }
    }
}

#[test]
fn mlflow_2_20_predicts_the_same_with_packages_written_again() {
    check_rewritten(MLFLOW[0], "v2.20.0");
}

#[test]
fn mlflow_3_1_predicts_the_same_with_packages_written_again() {
    check_rewritten(MLFLOW[1], "v3.1.0");
}

#[test]
fn mlflow_3_17_predicts_the_same_with_packages_written_again() {
    check_rewritten(MLFLOW[2], "v3.17.2");
}

#[test]
fn mlflow_with_pytorch_predicts_the_same_with_packages_written_again() {
    check_rewritten(TORCH, "torch-v3.17.2");
}
