//! `MLM105` model-code-unfit.

use super::{Findings, Rule, Subject};
use crate::finding::{Place, Severity};

pub(super) const RULE: Rule = Rule {
    code: "MLM105",
    name: "model-code-unfit",
    severity: Severity::Error,
    summary: "the file of a model from code is not at the package's root, or never calls `set_model`",
    why: "MLflow takes only the last part of `model_code_path`, looks for it in the root, runs it, and expects it to have called `mlflow.models.set_model`.",
    remedy: "put the file at the root and let it call `mlflow.models.set_model(…)`",
    check,
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some(flavor) = subject.mlmodel().python_function() else {
        return;
    };
    let Some(file) = flavor.model_code_file() else {
        return;
    };
    let place = Place::file("MLmodel").element("flavors.python_function.model_code_path");
    if !subject.package().tree().has_file(file) {
        let written = flavor.model_code_path().unwrap_or(file);
        let message =
            format!("names `{written}`, so MLflow looks for `{file}` at the root, where it is not");
        return findings.add_stopping(place, message);
    }
    // A helper in `code` may call it in the file's place.
    if !subject
        .python_sources()
        .any(|(_, source)| calls_set_model(source))
    {
        findings.add_stopping(Place::file(file), "never calls `mlflow.models.set_model`");
    }
}

/// Whether Python code calls `set_model`, by this name or by another that it gives it.
pub(crate) fn calls_set_model(source: &str) -> bool {
    let after = |(at, name): (usize, &str)| source[at + name.len()..].trim_start();
    source
        .match_indices("set_model")
        .map(after)
        .any(|rest| rest.starts_with('(') || rest.starts_with("as "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_a_call_from_an_import() {
        for (source, expected) in [
            (
                "from mlflow.models import set_model\nset_model(M())\n",
                true,
            ),
            ("import mlflow\nmlflow.models.set_model (M())\n", true),
            (
                "from mlflow.models import set_model as use\nuse(M())\n",
                true,
            ),
            ("from mlflow.models import set_model\n", false),
            ("x = 1\n", false),
        ] {
            assert_eq!(calls_set_model(source), expected, "{source}");
        }
    }
}
