//! `MLM106` loader-unfit.

use super::{Findings, Rule, Subject};
use crate::finding::{Place, Severity};

pub(super) const RULE: Rule = Rule {
    code: "MLM106",
    name: "loader-unfit",
    severity: Severity::Error,
    summary: "the package's own loader module lacks what `MLmodel` asks of it",
    why: "MLflow calls `_load_pyfunc(path, model_config)` when there is a `config`, and asks for `predict_stream` when the model is `streamable`.",
    remedy: "give `_load_pyfunc` a second parameter, define `predict_stream`, or take the key out of `MLmodel`",
    check,
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some(flavor) = subject.mlmodel().python_function() else {
        return;
    };
    let Some(module) = flavor.loader_module() else {
        return;
    };
    let Some((file, source)) = subject.module(module) else {
        return;
    };
    let Some(loader) = source.function("_load_pyfunc") else {
        if !source.imports() {
            let message = "defines no function `_load_pyfunc`";
            findings.add_stopping(Place::file(file), message);
        }
        return;
    };
    let has_config = flavor
        .config()
        .and_then(|c| c.entries())
        .is_some_and(|c| !c.is_empty());
    if has_config && !loader.takes(2) {
        let place = Place::file(file).line(loader.line).element("_load_pyfunc");
        findings.add_stopping(
            place,
            "takes one argument, but `MLmodel` has a `config`, so it is given two",
        );
    }
    let streams = subject
        .python_sources()
        .any(|(_, text)| text.contains("predict_stream"));
    if flavor.streamable() && !streams && !source.imports() {
        let place = Place::file("MLmodel").element("flavors.python_function.streamable");
        findings.add_stopping(place, "is `true`, but the code has no `predict_stream`");
    }
}
