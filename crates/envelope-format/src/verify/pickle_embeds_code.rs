//! `SAF502` pickle-embeds-code.

use super::{Findings, Rule, Subject};
use crate::finding::{Place, Severity};

pub(super) const RULE: Rule = Rule {
    code: "SAF502",
    name: "pickle-embeds-code",
    severity: Severity::Warning,
    summary: "a pickle holds program code",
    why: "The code is not in any file that a person can read or compare, and depends on the exact Python version.",
    remedy: "name the class in a file under `code`, as `envelope package` with `kind: class` does",
    check,
};

use crate::pickle::Danger;

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (file, global) in subject
        .globals(|danger| danger == Danger::EmbedsCode)
        .take(100)
    {
        let message = format!("rebuilds code through `{global}`");
        findings.add(Place::file(file), message);
    }
}
