//! Packages of each of our kinds, loaded by MLflow 2.20.0, 3.1.0 and 3.17.2.

use crate::support::fixtures::{collected, explain, specs};
use crate::support::python::{MLFLOW, ask, versions};
use crate::support::scratch::Scratch;
use crate::support::tolerance::{EXACT, FLOAT32, Tolerance, difference};
use envelope_format::package::{Package, SealOptions, Silent, seal};
use envelope_format::spec::{Kind, RequirementsSpec, Spec};
use envelope_format::verify::{VerifyOptions, verify};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What MLflow warns of that is no fault of a package: advice for every model whose `predict` has no
/// type hints, and the want of a graphics card that MLflow's own default asks for.
const EXPECTED_WARNINGS: [&str; 2] = ["type hint", "declares execution providers"];

/// A package of ours, and what it was made from.
struct Made {
    name: String,
    kind: Kind,
    path: PathBuf,
}

/// How near the predictions must be to the recorded output.
fn tolerance(made: &Made) -> Tolerance {
    if made.kind == Kind::Onnx || made.name == "example" {
        FLOAT32
    } else {
        EXACT
    }
}

/// Seals every spec for the versions that an environment really has, so that MLflow finds nothing
/// to warn of.
fn make_all(environment: &str, scratch: &Scratch) -> Vec<Made> {
    let names = [
        "mlflow",
        "cloudpickle",
        "numpy",
        "pandas",
        "onnx",
        "onnxruntime",
    ];
    let versions = versions(environment, &names);
    let make = |(name, path): (String, PathBuf)| {
        let mut spec = Spec::load(&path).map_err(explain).unwrap();
        let pin = |name: &&str| format!("{name}=={}", versions[*name].as_str().unwrap());
        spec.requirements = RequirementsSpec::Lines(names.iter().map(pin).collect());
        spec.mlflow = Some(versions["mlflow"].as_str().unwrap().to_owned());
        spec.python = versions["python"].as_str().unwrap().to_owned();
        let base = path.parent().unwrap();
        spec.collected = collected(&spec, base);
        let contents = spec.contents(base, &path);
        let destination = scratch.join(&name);
        let contents = contents.map_err(explain).unwrap();
        seal(contents, &destination, SealOptions::default(), &Silent).unwrap();
        Made {
            name,
            kind: spec.kind,
            path: destination,
        }
    };
    specs().into_iter().map(make).collect()
}

/// Makes, loads and checks the packages in one environment.
fn check_environment(environment: &str) {
    let scratch = Scratch::new("kinds");
    let packages = make_all(environment, &scratch);
    let case = |made: &Made| json!({"path": made.path, "kind": made.kind});
    let cases: Vec<Value> = packages.iter().map(case).collect();
    let mut faults = Vec::new();
    for (made, answer) in packages
        .iter()
        .zip(ask(environment, "load_kinds.py", &cases))
    {
        let found = check(made, &answer);
        faults.extend(
            found
                .into_iter()
                .map(|fault| format!("{}: {fault}", made.name)),
        );
    }
    assert!(faults.is_empty(), "{environment}\n{}", faults.join("\n"));
}

/// All that is wrong with what MLflow showed of a package.
fn check(made: &Made, answer: &Value) -> Vec<String> {
    if let Some(raised) = answer["raised"].as_str() {
        return vec![format!(
            "{raised}: {} {}",
            answer["message"], answer["traceback"]
        )];
    }
    let package = Package::open(&made.path).unwrap();
    let mut faults = Vec::new();
    check_predictions(made, &package, answer, &mut faults);
    check_facts(&package, answer, &mut faults);
    check_environments(&made.path, answer, &mut faults);
    let warned = answer["warned"].as_array().unwrap();
    let unexpected = |text: &&Value| {
        let text = text.as_str().unwrap();
        !EXPECTED_WARNINGS.iter().any(|known| text.contains(known))
    };
    faults.extend(
        warned
            .iter()
            .filter(unexpected)
            .map(|text| format!("warned: {text}")),
    );
    if made.kind == Kind::Onnx && answer["onnx_inputs"].as_array().is_none_or(Vec::is_empty) {
        faults.push("mlflow.onnx.load_model shows no inputs".to_owned());
    }
    let report = verify(&made.path, VerifyOptions::default()).unwrap();
    if !report.is_clean() || !report.mlflow_loads {
        faults.push(format!("verify: {:?}", report.findings));
    }
    faults
}

fn check_predictions(made: &Made, package: &Package, answer: &Value, faults: &mut Vec<String>) {
    let output = package.read_text("output_example.json").unwrap().unwrap();
    let expected: Value = serde_json::from_str(&output).unwrap();
    for key in ["predicted", "served"] {
        if let Some(text) = difference(&answer[key], &expected, tolerance(made)) {
            faults.push(format!("{key} {text}"));
        }
    }
}

fn check_facts(package: &Package, answer: &Value, faults: &mut Vec<String>) {
    let mlmodel = package.mlmodel();
    let signature = mlmodel.read_signature().unwrap();
    let signature = signature.map(|s| {
        json!({"inputs": s.inputs_json(), "outputs": s.outputs_json(), "params": s.params_json()})
    });
    let plain = |node: &envelope_format::yaml::Node| node.to_json();
    let ours = [
        ("signature", json!(signature)),
        ("metadata", json!(mlmodel.metadata().map(plain))),
        ("run_id", json!(mlmodel.run_id())),
        ("model_uuid", json!(mlmodel.model_uuid())),
        ("mlflow_version", json!(mlmodel.mlflow_version())),
    ];
    for (key, expected) in ours {
        if answer[key] != expected {
            faults.push(format!(
                "{key}: MLflow shows {}, we {expected}",
                answer[key]
            ));
        }
    }
}

fn check_environments(root: &Path, answer: &Value, faults: &mut Vec<String>) {
    let text = std::fs::read_to_string(root.join("requirements.txt")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let shown = &answer["environments"];
    let expected = [
        ("python_by_conda", &shown["python_env"]["python"]),
        ("pip", &json!(lines)),
        ("pip_by_conda", &json!(lines)),
        ("dependencies_by_conda", &json!(lines)),
        ("conda_file", &json!(root.join("conda.yaml"))),
    ];
    for (key, expected) in expected {
        if shown[key] != *expected {
            faults.push(format!(
                "{key}: MLflow reads {}, expected {expected}",
                shown[key]
            ));
        }
    }
}

#[test]
fn mlflow_2_20_loads_each_kind_and_predicts_the_recorded_output() {
    check_environment(MLFLOW[0]);
}

#[test]
fn mlflow_3_1_loads_each_kind_and_predicts_the_recorded_output() {
    check_environment(MLFLOW[1]);
}

#[test]
fn mlflow_3_17_loads_each_kind_and_predicts_the_recorded_output() {
    check_environment(MLFLOW[2]);
}

#[test]
fn every_kind_has_a_spec_and_every_spec_seals_a_clean_package() {
    let scratch = Scratch::new("specs");
    let mut kinds = Vec::new();
    for (name, path) in specs() {
        let destination = scratch.join(&name);
        crate::support::fixtures::seal_spec(&path, &destination);
        let report = verify(&destination, VerifyOptions::default()).unwrap();
        assert!(report.is_clean(), "{name}: {:?}", report.findings);
        assert!(report.mlflow_loads, "{name}");
        let kind = Spec::load(&path).unwrap().kind;
        assert_eq!(
            report.mlflow_loads_without_pickle,
            kind != Kind::Class,
            "{name}"
        );
        kinds.push(kind.as_str());
    }
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds, ["class", "code", "loader", "onnx"]);
}
