//! `FIL405` special-file.

use super::{Findings, Rule, Subject};
use crate::finding::{Place, Severity};

pub(super) const RULE: Rule = Rule {
    code: "FIL405",
    name: "special-file",
    severity: Severity::Warning,
    summary: "the package holds what is neither file nor folder, or has a name that cannot be written down",
    why: "A pipe, a socket or a device cannot be sealed, and reading one may never end; a name that is not UTF-8 cannot stand in `MLmodel`.",
    remedy: "take it out, or rename it",
    check,
};

use crate::package::EntryKind;

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let tree = subject.package().tree();
    for entry in tree
        .entries
        .iter()
        .filter(|entry| entry.kind == EntryKind::Special)
    {
        findings.add(
            Place::file(entry.path.as_str()),
            "is a pipe, socket or device",
        );
    }
    for path in &tree.unnameable {
        let place = Place::file(path.to_string_lossy().escape_debug().to_string());
        findings.add(
            place,
            "has a name that is not UTF-8, or holds backslashes or control characters",
        );
    }
}
