//! `MLM101` no-python-function.

use super::{Findings, Rule, Subject};
use crate::finding::{Place, Severity};

pub(super) const RULE: Rule = Rule {
    code: "MLM101",
    name: "no-python-function",
    severity: Severity::Error,
    summary: "`MLmodel` is not a mapping, or has no flavor `python_function`",
    why: "`mlflow.pyfunc.load_model` and `mlflow models serve` load this flavor and no other.",
    remedy: "add the flavor, or save the model again with `envelope package`",
    check,
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let mlmodel = subject.mlmodel();
    if mlmodel.python_function().is_none() {
        let flavors: Vec<&str> = mlmodel.flavors().map(|(name, _)| name).collect();
        let found = if flavors.is_empty() {
            "none".to_owned()
        } else {
            flavors.join(", ")
        };
        let message = format!("found the flavors: {found}; expected `python_function` among them");
        findings.add_stopping(Place::file("MLmodel").element("flavors"), message);
    }
}
