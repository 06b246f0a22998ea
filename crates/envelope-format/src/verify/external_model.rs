//! `MLM109` external-model.

use super::{Findings, Rule, Subject};
use crate::finding::{Place, Severity};

pub(super) const RULE: Rule = Rule {
    code: "MLM109",
    name: "external-model",
    severity: Severity::Error,
    summary: "the metadata say that the model lives elsewhere",
    why: "MLflow refuses to load a model with `mlflow.model.isExternal: true`.",
    remedy: "download the model itself",
    check,
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let flag = subject
        .mlmodel()
        .metadata()
        .and_then(|node| node.get("mlflow.model.isExternal"));
    if let Some(flag) = flag.filter(|flag| flag.as_bool() == Some(true)) {
        let place = Place::file("MLmodel").at(flag.position).element("metadata");
        findings.add_stopping(place, "`mlflow.model.isExternal` is true");
    }
}
