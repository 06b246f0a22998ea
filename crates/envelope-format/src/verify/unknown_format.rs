//! `MLM110` unknown-format.

use super::{Findings, Rule, Subject};
use crate::finding::{Place, Severity};

pub(super) const RULE: Rule = Rule {
    code: "MLM110",
    name: "unknown-format",
    severity: Severity::Warning,
    summary: "the flavor `envelope` is of a version that this tool does not know",
    why: "What a newer version says of digests and native runs may be missed.",
    remedy: "verify with a newer `envelope`",
    check,
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some(node) = subject.mlmodel().flavor(crate::envelope_flavor::NAME) else {
        return;
    };
    let known = crate::envelope_flavor::FORMAT_VERSION;
    let found = crate::envelope_flavor::EnvelopeFlavor::from_node(node).format_version;
    if !(1..=known).contains(&found) {
        let place = Place::file("MLmodel")
            .at(node.position)
            .element("flavors.envelope");
        findings.add(
            place,
            format!("found format version {found}, expected at most {known}"),
        );
    }
}
