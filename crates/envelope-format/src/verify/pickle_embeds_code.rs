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
use std::collections::{BTreeMap, BTreeSet};

/// How many of the names that rebuild code are shown for one file.
const SHOWN: usize = 3;

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let mut by_file: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (file, global) in subject.globals(|danger| danger == Danger::EmbedsCode) {
        by_file
            .entry(file)
            .or_default()
            .insert(format!("`{global}`"));
    }
    for (file, names) in by_file {
        let shown: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
        let more = names.len().saturating_sub(SHOWN);
        let more = if more == 0 {
            String::new()
        } else {
            format!(" and {more} more")
        };
        let message = format!("rebuilds code through {}{more}", shown.join(", "));
        findings.add(Place::file(file), message);
    }
}
