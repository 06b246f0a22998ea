//! `MLM108` onnx-unfit.

use super::{Findings, Rule, Subject};
use crate::finding::{Place, Severity};
use crate::model_file::external_files;
use crate::onnx::OnnxHeader;
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule {
    code: "MLM108",
    name: "onnx-unfit",
    severity: Severity::Error,
    summary: "the ONNX flavor is not laid out as MLflow expects, or its file is no ONNX",
    why: "The loader `mlflow.onnx` looks for `MLmodel` beside the model's file, and for the flavor `onnx` in it.",
    remedy: "put the model's file at the root, name it in `flavors.python_function.data`, and add the flavor `onnx`",
    check,
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let mlmodel = subject.mlmodel();
    let Some(flavor) = mlmodel.python_function() else {
        return;
    };
    if flavor.loader_module() == Some("mlflow.onnx") {
        check_loader(subject, flavor.data(), findings);
    }
    for (file, header) in subject.onnx_files() {
        match header {
            Err(message) => findings.add(Place::file(file), message.clone()),
            Ok(header) => check_external_data(subject, file, header, findings),
        }
    }
}

fn check_loader(subject: &Subject<'_>, data: Option<&str>, findings: &mut Findings) {
    let place = |key: &str| Place::file("MLmodel").element(format!("flavors.{key}"));
    if subject.mlmodel().onnx().is_none() {
        findings.add_stopping(place("onnx"), "the flavor `onnx` is missing");
    }
    match data {
        None => findings.add_stopping(place("python_function.data"), "key `data` is missing"),
        Some(data) if data.trim_start_matches("./").contains('/') => {
            let message = format!("names `{data}` in a folder, expected a file at the root");
            findings.add_stopping(place("python_function.data"), message);
        }
        Some(_) => {}
    }
}

fn check_external_data(
    subject: &Subject<'_>,
    file: &str,
    header: &OnnxHeader,
    findings: &mut Findings,
) {
    let locations: BTreeSet<String> = external_files(file, header).collect();
    for location in locations {
        if !subject.package().tree().has_file(&location) {
            let message = format!("its tensors lie in `{location}`, which is not in the package");
            findings.add_stopping(Place::file(file), message);
        }
    }
}
