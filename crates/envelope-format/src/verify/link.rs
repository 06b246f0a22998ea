//! `FIL404` link.

use super::{Findings, Rule, Subject};
use crate::finding::{Place, Severity};

pub(super) const RULE: Rule = Rule {
    code: "FIL404",
    name: "link",
    severity: Severity::Warning,
    summary: "the package holds a symbolic link",
    why: "Links are not sealed and do not survive an upload; one that leaves the package shows someone else's files.",
    remedy: "put the file itself in its place",
    check,
};

use crate::package::EntryKind;
use std::path::{Component, Path};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for entry in &subject.package().tree().entries {
        let EntryKind::Link { target } = &entry.kind else {
            continue;
        };
        let place = Place::file(entry.path.as_str());
        let depth = entry.path.as_str().matches('/').count();
        if leaves(target, depth) {
            let message = format!("is a link to `{}`, outside the package", target.display());
            findings.add_as(Severity::Error, place, message);
        } else {
            findings.add(place, format!("is a link to `{}`", target.display()));
        }
    }
}

/// Whether a link that stands so many folders deep points out of the package.
fn leaves(target: &Path, depth: usize) -> bool {
    let mut level = depth;
    for component in target.components() {
        match component {
            Component::Normal(_) => level += 1,
            Component::CurDir => {}
            Component::ParentDir if level > 0 => level -= 1,
            _ => return true,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_links_that_leave_from_links_that_stay() {
        let cases = [
            ("b", 0, false),
            ("../b", 1, false),
            ("./a/../b", 0, false),
            ("../b", 0, true),
            ("a/../../b", 0, true),
            ("/etc/passwd", 3, true),
        ];
        for (target, depth, expected) in cases {
            assert_eq!(
                leaves(Path::new(target), depth),
                expected,
                "{target} at {depth}"
            );
        }
    }
}
