//! One requirement, as uv reads it: the only place that knows which of its crates does it.
//!
//! With the feature `requirements-txt` that is the parser of requirements files itself; without it
//! the one of PEP 508 below, which a test holds against the other.

use crate::names::{ExtraName, PackageName};
use std::path::Path;
use uv_pep440::{Operator, VersionSpecifiers};
use uv_pep508::{MarkerTree, Pep508Error, Pep508Url, Requirement, VersionOrUrl};

/// What uv makes of a requirement that has a name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct AsRead {
    pub(super) name: PackageName,
    pub(super) extras: Box<[ExtraName]>,
    pub(super) marker: MarkerTree,
    pub(super) asked: Asked,
}

/// What stands after the name and the extras.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Version(VersionSpecifiers),
    /// A direct reference, whose text is not taken from here: it would be expanded.
    Url,
}

impl Asked {
    /// The one version that is asked for.
    pub(super) fn pin(&self) -> Option<Box<str>> {
        let Self::Version(specifiers) = self else {
            return None;
        };
        let exact = [Operator::Equal, Operator::ExactEqual];
        let mut pins = specifiers
            .iter()
            .filter(|one| exact.contains(one.operator()));
        pins.next().map(|pin| pin.version().to_string().into())
    }
}

/// Why uv does not read a requirement.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    /// The byte of the text.
    pub(super) at: usize,
    /// What was found and what was expected.
    pub(super) message: String,
}

/// Nothing is looked up in it: it only has to be absolute, or uv would ask for the current folder.
const ROOT: &str = if cfg!(windows) { "C:\\" } else { "/" };

/// Reads a requirement that has a name.
#[cfg(feature = "requirements-txt")]
pub(super) fn parse(text: &str) -> Result<AsRead, Refused> {
    use uv_requirements_txt::RequirementsTxtRequirement;
    match RequirementsTxtRequirement::parse(text, Path::new(ROOT), false) {
        Ok(RequirementsTxtRequirement::Named(requirement)) => Ok(as_read(requirement)),
        Ok(RequirementsTxtRequirement::Unnamed(_)) => Err(Refused {
            at: 0,
            message: "expected the name of a package".to_owned(),
        }),
        Err(error) => Err(refused(&error)),
    }
}

/// Reads a requirement that has a name.
#[cfg(not(feature = "requirements-txt"))]
pub(super) fn parse(text: &str) -> Result<AsRead, Refused> {
    parse_as_pep508(text)
}

/// The same by the smaller crate.
#[cfg(any(test, not(feature = "requirements-txt")))]
fn parse_as_pep508(text: &str) -> Result<AsRead, Refused> {
    let parsed: Result<Requirement<uv_pep508::VerbatimUrl>, _> =
        Requirement::parse(text, Path::new(ROOT));
    parsed.map(as_read).map_err(|error| refused(&error))
}

fn as_read<Url: Pep508Url>(requirement: Requirement<Url>) -> AsRead {
    AsRead {
        name: requirement.name,
        extras: requirement.extras,
        marker: requirement.marker,
        asked: match requirement.version_or_url {
            Some(VersionOrUrl::VersionSpecifier(specifiers)) => Asked::Version(specifiers),
            Some(VersionOrUrl::Url(_)) => Asked::Url,
            None => Asked::Version(VersionSpecifiers::empty()),
        },
    }
}

/// Reads a marker.
pub(super) fn parse_marker(text: &str) -> Result<MarkerTree, Refused> {
    text.parse().map_err(|error: Pep508Error| refused(&error))
}

/// As many characters as a message has: it may show what was found.
const LONGEST: usize = 200;

/// The first line of what uv says, in our words' form. Its display would show the text, and with
/// it credentials.
fn refused<Url: Pep508Url>(error: &Pep508Error<Url>) -> Refused {
    let message = error.message.to_string();
    let message = message.lines().next().unwrap_or_default();
    let message = message.trim_end_matches('.');
    let mut letters = message.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    Refused {
        at: error.start,
        message: first.into_iter().chain(letters).take(LONGEST).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parsers_read_the_same() {
        for text in [
            "mlflow",
            "Jupyter_Lab[Dev,docs] >=4, <5 ; python_version < '3.12' and extra == 'x'",
            "numpy==1.26.*",
            "torch===2.1.0+cu121",
            "scipy (>=1.10)",
            "mlflow @ file:///opt/mlflow",
            "m @ git+https://u:p@forge.example/m.git@v1 ; sys_platform == 'win32'",
            // The smaller crate alone knows no paths.
            #[cfg(feature = "requirements-txt")]
            "m @ ./wheels/m-1-py3-none-any.whl",
        ] {
            let one = parse(text).expect("a requirement");
            assert_eq!(Ok(one), parse_as_pep508(text), "{text}");
        }
        for text in ["", "a b", "a==1;", "a; python_version <> 3", "a[", "-e"] {
            let one = parse(text).expect_err("no requirement");
            let other = parse_as_pep508(text).expect_err("no requirement");
            assert_eq!(one.at, other.at, "{text}");
        }
    }

    #[test]
    fn only_an_exact_version_is_a_pin() {
        for (text, expected) in [
            ("a==1.0", Some("1.0")),
            ("a==1.0-post1", Some("1.0.post1")),
            ("a ==1.0 , >0.9", Some("1.0")),
            ("a===1.0", Some("1.0")),
            ("a==1.*", None),
            ("a>=1", None),
            ("a", None),
            ("a @ https://x.example/a-1.tar.gz", None),
        ] {
            let pin = parse(text).expect("a requirement").asked.pin();
            assert_eq!(pin.as_deref(), expected, "{text}");
        }
    }
}
