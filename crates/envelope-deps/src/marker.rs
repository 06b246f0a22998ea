//! Texts that say when something holds, as markers.
//!
//! The algebra of markers is [`MarkerTree`]'s. Its parser goes into parentheses by calling itself,
//! so that a text from outside is looked at first.

use std::collections::BTreeSet;
use uv_pep440::VersionSpecifiers;
use uv_pep508::{MarkerTree, MarkerTreeKind, Pep508Error};

/// No marker that anybody wrote comes near these.
const LIMIT_BYTES: usize = 16 * 1024;
const LIMIT_PARENTHESES: usize = 64;
const LIMIT_VALUES: usize = 32;

/// Reads a marker as [PEP 508](https://peps.python.org/pep-0508/#environment-markers) writes it.
///
/// # Errors
///
/// What is wrong with the text, in a sentence.
pub(crate) fn parse(text: &str) -> Result<MarkerTree, String> {
    refuse_unreasonable(text)?;
    text.parse().map_err(|error: Pep508Error| {
        let message = error.message.to_string();
        format!("`{text}` is not a marker: {}", first_lower(&message))
    })
}

/// Refuses a text that would lead a parser that calls itself too deep.
pub(crate) fn refuse_unreasonable(text: &str) -> Result<(), String> {
    if text.len() > LIMIT_BYTES {
        return Err(format!(
            "the text is {} bytes long, expected at most {LIMIT_BYTES}",
            text.len()
        ));
    }
    let mut depth = 0_usize;
    for byte in text.bytes() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > LIMIT_PARENTHESES {
            return Err(format!(
                "more than {LIMIT_PARENTHESES} parentheses are open at once"
            ));
        }
    }
    refuse_exponential(text)
}

/// Refuses a text that alternates `and` and `or` over many values: the decision diagram of
/// `(a or b) and (c or d) and …` doubles with every pair.
fn refuse_exponential(text: &str) -> Result<(), String> {
    // Shorter texts, which are all that anybody writes, cannot name so many.
    if text.len() < LIMIT_VALUES * 8 {
        return Ok(());
    }
    let words = |word: &str| {
        text.split_ascii_whitespace()
            .filter(|one| *one == word)
            .count()
    };
    if words("and").min(words("or")) < LIMIT_VALUES / 2 {
        return Ok(());
    }
    let quoted = text.split(['\'', '"']).skip(1).step_by(2);
    let values: BTreeSet<&str> = quoted.collect();
    if values.len() > LIMIT_VALUES {
        return Err(format!(
            "the marker combines {} values with `and` and `or`, expected at most {LIMIT_VALUES}",
            values.len()
        ));
    }
    Ok(())
}

/// The marker that is true where Python is of these versions: `>=3.11,<3.13`.
///
/// # Errors
///
/// What is wrong with the text, in a sentence.
pub(crate) fn of_python(specifiers: &str) -> Result<MarkerTree, String> {
    refuse_unreasonable(specifiers)?;
    let parsed: VersionSpecifiers = specifiers
        .parse()
        .map_err(|_| format!("`{specifiers}` is not a range of versions such as `>=3.11`"))?;
    let mut marker = MarkerTree::TRUE;
    for specifier in parsed.iter() {
        let text = specifier.to_string();
        let version = text.trim_start_matches(['=', '!', '<', '>', '~']);
        let operator = &text[..text.len() - version.len()];
        let one = parse(&format!("python_full_version {operator} '{version}'"))?;
        marker = marker.and(one);
    }
    Ok(marker)
}

/// The marker without what a range of Python versions says already. It holds for those versions
/// only.
pub(crate) fn within_python(marker: MarkerTree, range: MarkerTree) -> MarkerTree {
    let MarkerTreeKind::Version(versions) = range.kind() else {
        return marker.restrict(range);
    };
    let edges = versions.edges().filter(|(_, rest)| !rest.is_false());
    let bounds: Vec<_> = edges
        .filter_map(|(range, _)| range.bounding_range())
        .collect();
    let (Some((lower, _)), Some((_, upper))) = (bounds.first(), bounds.last()) else {
        return marker.restrict(range);
    };
    // Restricting alone would say more than is needed beyond the bounds, where anything is right.
    marker
        .restrict(range)
        .simplify_python_versions(*lower, *upper)
}

fn first_lower(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_of_python_is_a_marker() {
        for (range, expected) in [
            ("", None),
            (">=3.11", Some("python_full_version >= '3.11'")),
            (
                ">=3.11, <3.13",
                Some("python_full_version >= '3.11' and python_full_version < '3.13'"),
            ),
            ("==3.12.*", Some("python_full_version == '3.12.*'")),
        ] {
            let marker = of_python(range).expect("a range");
            assert_eq!(marker.try_to_string().as_deref(), expected, "{range}");
        }
        assert!(of_python("^3.11").is_err());
    }

    #[test]
    fn what_a_range_of_python_says_is_left_out() {
        for (range, text, expected) in [
            (
                ">=3.11",
                "python_full_version < '3.12'",
                "python_full_version < '3.12'",
            ),
            (
                ">=3.11,<3.12",
                "python_full_version >= '3.11.3' and python_full_version < '3.12'",
                "python_full_version >= '3.11.3'",
            ),
            (">=3.11,<3.12", "python_full_version < '3.13'", ""),
            (
                "",
                "python_full_version < '3.13'",
                "python_full_version < '3.13'",
            ),
            (
                ">=3.11,!=3.12.*",
                "os_name == 'nt' and python_full_version >= '3.10' and python_full_version != '3.12.*'",
                "os_name == 'nt'",
            ),
        ] {
            let range = of_python(range).expect("a range");
            let marker = within_python(parse(text).expect("a marker"), range);
            assert_eq!(
                marker.try_to_string().unwrap_or_default(),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_what_is_no_marker() {
        let deep = format!("{}os_name == 'nt'{}", "(".repeat(5000), ")".repeat(5000));
        let pairs: Vec<String> = (0..40)
            .map(|n| format!("(extra == 'a{n}' or extra == 'b{n}')"))
            .collect();
        for text in [
            "python_version >",
            "flavour == 'sweet'",
            deep.as_str(),
            &pairs.join(" and "),
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&pairs.join(" or ")).is_ok());
        assert!(parse("((os_name == 'nt'))").is_ok());
    }
}
