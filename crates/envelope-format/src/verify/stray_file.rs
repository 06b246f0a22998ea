//! `FIL402` stray-file.

use super::{Findings, Rule, Subject};
use crate::finding::{Place, Severity};

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
    for (path, _) in subject.package().tree().files() {
        let path = path.as_str();
        match &sealed {
            Some(manifest) if manifest.files.contains_key(path) || path == "MLmodel" => {}
            Some(_) if path == "registered_model_meta" => {}
            Some(_) => findings.add(
                Place::file(path),
                "was not there when the package was sealed",
            ),
            None if subject.is_accounted_for(path) => {}
            None => findings.add(Place::file(path), "is named nowhere in `MLmodel`"),
        }
    }
}
