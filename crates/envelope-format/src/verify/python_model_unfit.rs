//! `MLM107` python-model-unfit.

use super::{Findings, Rule, Subject};
use crate::finding::{Place, Severity};

pub(super) const RULE: Rule = Rule {
    code: "MLM107",
    name: "python-model-unfit",
    severity: Severity::Error,
    summary: "the pickled model's class is no `PythonModel`",
    why: "MLflow calls `load_context` on the model that it unpickles.",
    remedy: "derive the class from `mlflow.pyfunc.PythonModel`",
    check,
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some(flavor) = subject.mlmodel().python_function() else {
        return;
    };
    if !flavor.is_pickled() || flavor.loader_module() != Some("mlflow.pyfunc.model") {
        return;
    }
    let Some(file) = flavor.python_model() else {
        return;
    };
    let Some(report) = subject.pickle(file) else {
        return;
    };
    if !report.names_only_one_class() {
        return;
    }
    let Some(global) = report.globals.first() else {
        return;
    };
    let (Some(module), Some(name)) = (&global.module, &global.name) else {
        return;
    };
    let Some((path, source)) = subject.module(module) else {
        return;
    };
    match source.class(name) {
        Some(class) if class.has_bases || class.defines("load_context") => {}
        Some(class) => {
            let place = Place::file(path).line(class.line).element(name.clone());
            findings.add_stopping(place, "has no base class and no `load_context`");
        }
        None if source.imports() => {}
        None => {
            let message = format!("has no class `{name}`, which `{file}` names");
            findings.add_stopping(Place::file(path), message);
        }
    }
}
