//! `ENV204` environment-missing.

use super::{Findings, Rule, Subject};
use crate::finding::{Place, Severity};

pub(super) const RULE: Rule = Rule {
    code: "ENV204",
    name: "environment-missing",
    severity: Severity::Note,
    summary: "the package has no `requirements.txt`",
    why: "It loads where the right packages are installed already, and nobody can tell which those are.",
    remedy: "save the model again with its requirements",
    check,
};

use crate::environment::REQUIREMENTS_FILE;

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    if !subject.package().tree().has_file(REQUIREMENTS_FILE) {
        findings.add(
            Place::default(),
            format!("there is no `{REQUIREMENTS_FILE}`"),
        );
    }
}
