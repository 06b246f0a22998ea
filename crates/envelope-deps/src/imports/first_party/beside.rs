//! Files that code needs without importing them: what lies beside its modules.

use super::super::{CannotKnow, ImportKind, Scan, tokens};
use super::join;
use crate::error::Place;
use std::path::Path;

/// Modules that hand out files lying beside others.
const RESOURCES: [&str; 3] = [
    "importlib.resources",
    "importlib_resources",
    "pkg_resources",
];

/// Where files that no import names may be needed.
pub(super) fn find(path: &Path, text: &[u8], scan: &mut Scan) {
    let mut found = Vec::new();
    for import in &scan.imports {
        let is_asked_of = |resources: &str| {
            let of_parent = import
                .names
                .iter()
                .any(|name| join(&import.module, name) == resources);
            import.module == resources || of_parent
        };
        if RESOURCES.into_iter().any(is_asked_of) && import.kind != ImportKind::TypeOnly {
            found.push((import.place.line, "reads files that lie beside modules"));
        }
    }
    let mut lines = tokens::Lines::of(text);
    let mut line = Vec::new();
    while lines.next(&mut line).is_some() {
        let token = line
            .iter()
            .find(|token| token.is("__file__") || token.is("get_data"));
        if let Some(token) = token {
            found.push((token.line, "looks for files by the place of a module"));
        }
    }
    scan.cannot_know
        .extend(found.into_iter().map(|(line, what)| CannotKnow {
            place: Place {
                path: path.to_owned(),
                line,
                column: 0,
            },
            what: what.to_owned(),
            may_be_own: true,
        }));
}
