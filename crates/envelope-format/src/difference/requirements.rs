//! The lines of `requirements.txt`, by what they require.

use crate::environment::{Requirement, Requirements};
use crate::error::Error;
use crate::package::Package;
use serde::Serialize;
use std::collections::BTreeMap;

/// A requirement that came, went, or asks for something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RequirementChange {
    /// The distribution's normalised name, or the URL or path, or the option.
    pub name: String,
    /// The line as it was, without the name where it only pins it to one version.
    pub before: Option<String>,
    /// The line as it is now.
    pub after: Option<String>,
}

pub(super) fn changes(before: &Package, after: &Package) -> Result<Vec<RequirementChange>, Error> {
    let changed = super::changed(by_name(before)?, by_name(after)?);
    let change = |(name, before, after)| RequirementChange {
        name,
        before,
        after,
    };
    Ok(changed.map(change).collect())
}

/// What each name is asked for; of several lines for one name, all.
fn by_name(package: &Package) -> Result<BTreeMap<String, String>, Error> {
    let requirements = package.requirements()?.unwrap_or_default();
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for (name, asked) in lines(&requirements) {
        let all = found.entry(name).or_default();
        if !all.is_empty() {
            all.push_str(", ");
        }
        all.push_str(&asked);
    }
    Ok(found)
}

fn lines(requirements: &Requirements) -> impl Iterator<Item = (String, String)> {
    requirements.lines.iter().map(|line| {
        let text = line.text.trim();
        match &line.requirement {
            Requirement::Named { name, .. } => (name.clone(), asked(text).to_owned()),
            Requirement::Location { location } => (location.clone(), text.to_owned()),
            Requirement::Option { flag, value } => (format!("{flag} {value}"), text.to_owned()),
            Requirement::Unparsable { .. } => (text.to_owned(), text.to_owned()),
        }
    })
}

/// What stands behind the name: `1.2` of `name==1.2`, `>=1.2` of `name>=1.2`.
fn asked(text: &str) -> &str {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let rest = text.trim_start_matches(is_name).trim();
    let version = rest.strip_prefix("==").map(str::trim);
    match version {
        Some(version)
            if version
                .chars()
                .all(|c| is_name(c) || matches!(c, '+' | '!')) =>
        {
            version
        }
        _ if rest.is_empty() => "any version",
        _ => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_is_told_without_the_name() {
        for (text, expected) in [
            ("numpy==1.26.4", "1.26.4"),
            ("numpy == 1.26.4", "1.26.4"),
            ("torch==2.1+cu118", "2.1+cu118"),
            ("numpy", "any version"),
            ("numpy>=1,<2", ">=1,<2"),
            ("numpy==1.*", "==1.*"),
            ("numpy[all]==1.2", "[all]==1.2"),
            ("a @ https://x/a.whl", "@ https://x/a.whl"),
            (
                "numpy==1.2; python_version < '3.9'",
                "==1.2; python_version < '3.9'",
            ),
        ] {
            assert_eq!(asked(text), expected, "{text}");
        }
    }
}
