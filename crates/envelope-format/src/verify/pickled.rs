//! `SAF501` pickled.

use super::{Findings, Rule, Subject};
use crate::finding::{Place, Severity};
use crate::mlmodel::PythonFunction;
use crate::model_file::ModelFile;

pub(super) const RULE: Rule = Rule {
    code: "SAF501",
    name: "pickled",
    severity: Severity::Note,
    summary: "loading the package unpickles a file",
    why: "Unpickling runs whatever the file says; MLflow refuses it when `MLFLOW_ALLOW_PICKLE_DESERIALIZATION` is `false`.",
    remedy: "package the model as `code`, `loader` or `onnx`, which need no pickle",
    check,
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (file, described) in subject.pickles() {
        let message = match described {
            Ok(pickle) => pickle.summary(),
            Err(message) => format!("cannot be read as a pickle: {message}"),
        };
        findings.add(Place::file(file), message);
        for oddity in described.into_iter().flat_map(ModelFile::oddities).take(20) {
            findings.add_as(Severity::Warning, Place::file(file), oddity);
        }
    }
    if subject.options().no_pickle && subject.needs_pickle() {
        let loader = subject
            .mlmodel()
            .python_function()
            .and_then(PythonFunction::loader_module);
        let message = format!(
            "loader `{}` needs a pickle, and pickles are disallowed",
            loader.unwrap_or("?")
        );
        findings.add_stopping(
            Place::file("MLmodel").element("flavors.python_function"),
            message,
        );
    }
}
