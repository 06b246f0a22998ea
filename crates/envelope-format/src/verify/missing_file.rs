//! `MLM104` missing-file.

use super::{Findings, Rule, Subject};
use crate::finding::{Place, Severity};

pub(super) const RULE: Rule = Rule {
    code: "MLM104",
    name: "missing-file",
    severity: Severity::Error,
    summary: "`MLmodel` names a file or folder that is not in the package",
    why: "The model would fail on loading, or at the first use of the file.",
    remedy: "add the file, or save the package again",
    check,
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for named in subject.named_paths() {
        let Some(path) = &named.path else { continue };
        if subject.package().tree().get(path.as_str()).is_some() {
            continue;
        }
        let place = Place::file("MLmodel")
            .at(named.position)
            .element(named.element.clone());
        let message = format!("names `{path}`, which is not in the package");
        match named.weight {
            Severity::Error => findings.add_stopping(place, message),
            weight => findings.add_as(weight, place, message),
        }
    }
}
