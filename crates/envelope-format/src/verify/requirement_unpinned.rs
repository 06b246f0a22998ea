//! `ENV202` requirement-unpinned.

use super::{Findings, Rule, Subject};
use crate::finding::{Place, Severity};

pub(super) const RULE: Rule = Rule {
    code: "ENV202",
    name: "requirement-unpinned",
    severity: Severity::Warning,
    summary: "a requirement is not pinned to one version",
    why: "The package would get other code tomorrow than the model was tested with.",
    remedy: "pin it: `name==version`",
    check,
};

use crate::environment::{Pin, REQUIREMENTS_FILE, Requirement};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for line in subject
        .requirements()
        .into_iter()
        .flat_map(|file| &file.lines)
    {
        let place = Place::file(REQUIREMENTS_FILE).line(line.line);
        match &line.requirement {
            Requirement::Named {
                name,
                pin: Pin::None,
            } => {
                findings.add(place, format!("`{name}` has no version"));
            }
            Requirement::Named {
                name,
                pin: Pin::Range(range),
            } => {
                findings.add(place, format!("`{name}` may be any of `{range}`"));
            }
            Requirement::Location { location } => {
                findings.add(place, format!("`{location}` is a place, not a version"));
            }
            _ => {}
        }
    }
}
