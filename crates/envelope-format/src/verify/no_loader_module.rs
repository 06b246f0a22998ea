//! `MLM102` no-loader-module.

use super::{Findings, Rule, Subject};
use crate::finding::{Place, Severity};

pub(super) const RULE: Rule = Rule {
    code: "MLM102",
    name: "no-loader-module",
    severity: Severity::Error,
    summary: "the flavor `python_function` has no `loader_module`",
    why: "It is the one key without which MLflow cannot load a model.",
    remedy: "name the module that loads the model, such as `mlflow.pyfunc.model`",
    check,
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    if let Some(flavor) = subject.mlmodel().python_function()
        && flavor.loader_module().is_none()
    {
        let place = Place::file("MLmodel").at(flavor.node().position);
        let place = place.element("flavors.python_function.loader_module");
        findings.add_stopping(place, "key `loader_module` is missing");
    }
}
