//! `FIL402` stray-file.

use super::{Findings, Rule, Subject};
use crate::finding::{Place, Severity};
use crate::{mlmodel, registered_model_meta};

pub(super) const RULE: Rule = Rule {
    code: "FIL402",
    name: "stray-file",
    severity: Severity::Warning,
    summary: "a file belongs to nothing that `MLmodel` names",
    why: "It travels with the model, is checked by no one, and may be there by mistake.",
    remedy: "take it out, or seal the package anew so that it is part of it",
    check,
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let sealed = subject.package().digests().and_then(Result::ok);
    for path in subject.package().tree().files() {
        let path = path.as_str();
        let message = match &sealed {
            Some(manifest) if manifest.files.contains_key(path) => continue,
            Some(_) if matches!(path, mlmodel::FILE_NAME | registered_model_meta::FILE_NAME) => {
                continue;
            }
            None if subject.is_accounted_for(path) => continue,
            Some(_) => "was not there when the package was sealed",
            None => "is named nowhere in `MLmodel`",
        };
        // Loading the package leaves compiled modules beside its code.
        let compiled = path.contains("__pycache__/");
        let severity = if compiled {
            Severity::Note
        } else {
            RULE.severity
        };
        findings.add_as(severity, Place::file(path), message);
    }
}
