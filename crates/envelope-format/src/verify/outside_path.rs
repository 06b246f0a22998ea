//! `FIL403` outside-path.

use super::{Findings, Rule, Subject};
use crate::finding::{Place, Severity};

pub(super) const RULE: Rule = Rule {
    code: "FIL403",
    name: "outside-path",
    severity: Severity::Error,
    summary: "`MLmodel` names a path outside the package",
    why: "What lies outside is not sealed, differs from machine to machine, and may be anyone's file.",
    remedy: "copy the file into the package and name it by its path there",
    check,
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for named in subject.named_paths() {
        if named.path.is_none() && !named.written.is_empty() {
            let place = Place::file("MLmodel")
                .at(named.position)
                .element(named.element.clone());
            findings.add(
                place,
                format!("path `{}` leaves the package", named.written),
            );
        }
    }
}
