//! `FIL406` case-collision.

use super::{Findings, Rule, Subject};
use crate::finding::{Place, Severity};

pub(super) const RULE: Rule = Rule {
    code: "FIL406",
    name: "case-collision",
    severity: Severity::Warning,
    summary: "two names differ only in case",
    why: "On macOS and Windows one of the two files replaces the other.",
    remedy: "rename one of them",
    check,
};

use std::collections::BTreeMap;

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for entry in &subject.package().tree().entries {
        let path = entry.path.as_str();
        if let Some(other) = seen.insert(path.to_lowercase(), path) {
            findings.add(
                Place::file(path),
                format!("differs from `{other}` only in case"),
            );
        }
    }
}
