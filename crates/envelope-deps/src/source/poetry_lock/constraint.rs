//! Ranges of versions as poetry writes them: `^1.2`, `~1.2`, `1.2.*`, `>=1,<2 || >3`.
//!
//! See <https://python-poetry.org/docs/dependency-specification/#version-constraints>.

use crate::marker;
use uv_pep440::VersionSpecifiers;
use uv_pep508::MarkerTree;

/// The ranges of which one must admit a version; none where every version is admitted, or where
/// the text cannot be read, so that nothing is excluded by mistake.
pub(super) fn ranges(text: &str) -> Vec<VersionSpecifiers> {
    let parts = text.split("||").map(range);
    let ranges: Option<Vec<VersionSpecifiers>> = parts.collect();
    ranges.unwrap_or_default()
}

/// The marker for a range of Python versions; true where the text cannot be read.
pub(super) fn of_python(text: &str) -> MarkerTree {
    let ranges = ranges(text);
    if ranges.is_empty() {
        return MarkerTree::TRUE;
    }
    let markers = ranges
        .iter()
        .map(|range| marker::of_python(&range.to_string()));
    let any = markers.map(|marker| marker.unwrap_or(MarkerTree::TRUE));
    any.fold(MarkerTree::FALSE, MarkerTree::or)
}

/// One range; nothing where it cannot be read.
fn range(text: &str) -> Option<VersionSpecifiers> {
    let mut specifiers: Vec<String> = Vec::new();
    let mut operator = "";
    for word in text.split([',', ' ']).filter(|word| !word.is_empty()) {
        let version = word.trim_start_matches(['<', '>', '=', '!', '~', '^']);
        let own = &word[..word.len() - version.len()];
        if version.is_empty() {
            // `>= 1.2`: the version is the next word.
            operator = own;
            continue;
        }
        let operator = if own.is_empty() {
            std::mem::take(&mut operator)
        } else {
            own
        };
        if version != "*" {
            specifiers.push(specifier(operator, version)?);
        }
    }
    specifiers.join(",").parse().ok()
}

fn specifier(operator: &str, version: &str) -> Option<String> {
    Some(match operator {
        "^" => format!(">={version},<{}", after(version, caret(version)?)?),
        "~" => {
            let kept = release(version)?.len().min(2);
            format!(">={version},<{}", after(version, kept)?)
        }
        "" | "=" => format!("=={version}"),
        operator => format!("{operator}{version}"),
    })
}

fn release(version: &str) -> Option<Vec<u64>> {
    let end = version.find(|letter: char| !letter.is_ascii_digit() && letter != '.');
    let release = version[..end.unwrap_or(version.len())].trim_end_matches('.');
    release.split('.').map(|part| part.parse().ok()).collect()
}

/// How many parts of a release a caret lets stand: up to the first that is not zero.
fn caret(version: &str) -> Option<usize> {
    let release = release(version)?;
    let first = release.iter().position(|part| *part != 0);
    Some(first.map_or(release.len(), |place| place + 1))
}

/// The first version that differs in one of these parts.
fn after(version: &str, parts: usize) -> Option<String> {
    let mut release = release(version)?;
    release.truncate(parts);
    let last = release.last_mut()?;
    *last = last.checked_add(1)?;
    let parts: Vec<String> = release.iter().map(u64::to_string).collect();
    Some(parts.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_are_ranges() {
        for (text, expected) in [
            ("*", ""),
            ("^1.2.3", ">=1.2.3, <2"),
            ("^0.2.3", ">=0.2.3, <0.3"),
            ("^0.0.3", ">=0.0.3, <0.0.4"),
            ("^0", ">=0, <1"),
            ("~1.2.3", ">=1.2.3, <1.3"),
            ("~1", ">=1, <2"),
            ("1.2.*", "==1.2.*"),
            ("1.2", "==1.2"),
            (">= 1.2, <2", ">=1.2, <2"),
            (">=1.2 <2", ">=1.2, <2"),
            ("~=1.2", "~=1.2"),
            (">=1.5.6,<1.5.7 || >1.5.7", ">=1.5.6, <1.5.7 | >1.5.7"),
            ("nonsense", ""),
        ] {
            let ranges: Vec<String> = ranges(text).iter().map(ToString::to_string).collect();
            assert_eq!(ranges.join(" | "), expected, "{text}");
        }
    }

    #[test]
    fn a_range_of_python_is_a_marker() {
        for (text, expected) in [
            ("*", None),
            (
                "^3.11",
                Some("python_full_version >= '3.11' and python_full_version < '4'"),
            ),
            ("nonsense", None),
        ] {
            assert_eq!(
                of_python(text).try_to_string().as_deref(),
                expected,
                "{text}"
            );
        }
    }
}
