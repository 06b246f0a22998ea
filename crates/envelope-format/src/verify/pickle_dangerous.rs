//! `SAF503` pickle-dangerous.

use super::{Findings, Rule, Subject};
use crate::finding::{Place, Severity};

pub(super) const RULE: Rule = Rule {
    code: "SAF503",
    name: "pickle-dangerous",
    severity: Severity::Error,
    summary: "a pickle imports what can run commands, read files or open connections",
    why: "Loading the model would hand the machine to whoever made the pickle.",
    remedy: "do not load it; ask its maker for a package without a pickle",
    check,
};

use crate::pickle::Danger;

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (file, global) in subject.globals(Danger::is_dangerous).take(100) {
        let place = Place::file(file).element(format!("byte {}", global.offset));
        let message = format!("imports `{}`: {}", global, global.reason);
        findings.add(place, message);
    }
}
