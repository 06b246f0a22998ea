//! What one line asks for: by name, or by a place such as `./vendored/model`.
//!
//! uv reads it first. What pip takes and uv does not — versions from before PEP 440, variables —
//! is read by a small grammar of ours, which takes only the name, the extras and the marker. No
//! variable is ever expanded, and no message shows an address, since it may hold credentials.

use super::line_requirement::{self, Refused};
use super::unnamed;
use crate::inventory::Origin;
use crate::marker;
use crate::names::{ExtraName, PackageName};
use crate::requirement::without_credentials;
use uv_pep508::MarkerTree;

/// What a line asks for.
#[derive(Debug)]
pub(super) struct Asked {
    /// `None` where nothing says which package stands at a place.
    pub(super) name: Option<PackageName>,
    pub(super) extras: Box<[ExtraName]>,
    pub(super) marker: MarkerTree,
    /// What stands after the name, for people, without credentials.
    pub(super) specifier: Box<str>,
    /// The one version that is asked for.
    pub(super) pin: Option<Box<str>>,
    pub(super) origin: Origin,
    /// Whether uv refuses its versions, so that only its name is known.
    pub(super) is_legacy: bool,
}

/// The longest requirement that is read, options not counted. Real ones have some hundred bytes.
const LONGEST: usize = 16 << 10;

/// As many spaces in a row as uv reads in good time.
const MOST_SPACES: usize = 64;

/// As many `in`s and extras in one marker as can be combined in good time.
const MOST_VARIABLES: usize = 32;

/// Reads what a line asks for, without its options.
pub(super) fn parse(text: &str) -> Result<Asked, Refused> {
    if let Some(asked) = plain_pin(text) {
        return Ok(asked);
    }
    refuse_unbounded(text)?;
    if unnamed::is_unnamed(text) {
        return unnamed::parse(text, false);
    }
    let is_plain = !text.contains("${") && !has_many_spaces(text);
    if !is_plain {
        return by_grammar(text);
    }
    match line_requirement::parse(text) {
        Ok(read) => {
            let (specifier, origin) = match &read.asked {
                line_requirement::Asked::Version(all) => (all.to_string().into(), Origin::Index),
                line_requirement::Asked::Url => reference_of(text),
            };
            Ok(Asked {
                pin: read.asked.pin(),
                name: Some(read.name),
                extras: read.extras,
                marker: read.marker,
                specifier,
                origin,
                is_legacy: false,
            })
        }
        Err(refused) => match by_grammar(text) {
            Ok(asked) => Ok(Asked {
                // Of a direct reference nothing is lost: it is kept as it stands.
                is_legacy: asked.origin == Origin::Index,
                ..asked
            }),
            // Whoever read further knows better; but only ours shows nothing of an address.
            Err(own) if own.at > refused.at || text.contains("://") => Err(own),
            Err(_) => Err(refused),
        },
    }
}

/// `name==1.2.3`, of which compiled files are made: uv would say the same after a longer look.
fn plain_pin(text: &str) -> Option<Asked> {
    let (name, specifier) = text.split_at(memchr::memchr(b'=', text.as_bytes())?);
    let version = specifier.strip_prefix("==")?;
    if version.len() > LONGEST_PLAIN {
        return None;
    }
    let is_number = |part: &str| {
        let is_written_otherwise = part.len() > 1 && part.starts_with('0');
        (1..=9).contains(&part.len())
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && !is_written_otherwise
    };
    if !version.split('.').all(is_number) {
        return None;
    }
    // A name with a dot may be that of a file.
    let name = (!name.contains('.')).then(|| name.parse().ok())??;
    Some(Asked {
        name: Some(name),
        extras: Box::default(),
        marker: MarkerTree::TRUE,
        specifier: specifier.into(),
        pin: Some(version.into()),
        origin: Origin::Index,
        is_legacy: false,
    })
}

const LONGEST_PLAIN: usize = 64;

/// Reads what stands after `-e`.
pub(super) fn parse_editable(text: &str) -> Result<Asked, Refused> {
    refuse_unbounded(text)?;
    unnamed::parse(text, true)
}

/// The direct reference of a requirement that uv has read.
fn reference_of(text: &str) -> (Box<str>, Origin) {
    let url = by_grammar(text).map(|asked| (asked.specifier, asked.origin));
    url.unwrap_or_default()
}

fn refuse_unbounded(text: &str) -> Result<(), Refused> {
    let refused = |message| Refused { at: 0, message };
    if text.len() > LONGEST {
        return Err(refused(format!(
            "a requirement of {} bytes, expected at most {LONGEST}",
            text.len(),
        )));
    }
    marker::refuse_unreasonable(text).map_err(refused)?;
    let marker = text.split_once(';').map_or("", |(_, marker)| marker);
    let is_variable = |word: &&str| matches!(*word, "in" | "extra");
    let words = marker.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    if words.filter(is_variable).count() > MOST_VARIABLES {
        return Err(refused(format!(
            "a marker with more than {MOST_VARIABLES} times `in` or `extra`"
        )));
    }
    Ok(())
}

fn has_many_spaces(text: &str) -> bool {
    let mut run = 0;
    text.chars().any(|c| {
        run = if c.is_whitespace() { run + 1 } else { 0 };
        run > MOST_SPACES
    })
}

/// `name [extras] versions ; marker` or `name [extras] @ place ; marker`.
fn by_grammar(text: &str) -> Result<Asked, Refused> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
    let name: PackageName = text[..end].parse().map_err(|_| Refused {
        at: 0,
        message: "expected the name of a package".to_owned(),
    })?;
    let (extras, rest) = leading_extras(&text[end..]).ok_or_else(|| Refused {
        at: end,
        message: "expected extras such as `[dev,docs]`".to_owned(),
    })?;
    let rest = rest.trim_start();
    let is_reference = rest.starts_with('@');
    let split = if is_reference {
        unnamed::marker_after_place(rest)
    } else {
        rest.find(';')
    };
    let (asked, marker) = split.map_or((rest, None), |at| (&rest[..at], Some(&rest[at + 1..])));
    let place_of = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
    let marker = marker.map_or(Ok(MarkerTree::TRUE), |marker| {
        parse_marker(marker, place_of(marker))
    })?;
    let asked = asked.trim();
    let (specifier, origin) = match asked.strip_prefix('@').map(str::trim) {
        Some(place) if !place.is_empty() => (
            format!("@ {}", without_credentials(place)),
            Origin::Url(place.to_owned()),
        ),
        None if is_versions(asked) => (asked.to_owned(), Origin::Index),
        _ => {
            return Err(Refused {
                at: place_of(asked),
                message: "expected versions such as `>=1.2,<2` or `@ URL`".to_owned(),
            });
        }
    };
    Ok(Asked {
        name: Some(name),
        extras,
        marker,
        pin: pin(asked).map(Into::into),
        specifier: specifier.into(),
        origin,
        is_legacy: false,
    })
}

/// Reads a marker that stands at some byte of a text.
pub(super) fn parse_marker(marker: &str, at: usize) -> Result<MarkerTree, Refused> {
    line_requirement::parse_marker(marker).map_err(|refused| Refused {
        at: at + refused.at,
        message: refused.message,
    })
}

/// Extras in brackets at the beginning of a text, and what follows them; `None` when they are not
/// extras.
pub(super) fn leading_extras(text: &str) -> Option<(Box<[ExtraName]>, &str)> {
    let Some(inner) = text.trim_start().strip_prefix('[') else {
        return Some((Box::default(), text));
    };
    let (inner, rest) = inner.split_once(']')?;
    if inner.trim().is_empty() {
        return Some((Box::default(), rest));
    }
    let extras: Result<Vec<ExtraName>, _> =
        inner.split(',').map(|extra| extra.trim().parse()).collect();
    Some((extras.ok()?.into(), rest))
}

const OPERATORS: [&str; 8] = ["===", "==", "~=", "!=", "<=", ">=", "<", ">"];

/// Whether a text is a list of versions as pip takes it, of whatever form each version is.
fn is_versions(text: &str) -> bool {
    let inner = text
        .strip_prefix('(')
        .and_then(|text| text.strip_suffix(')'));
    let text = inner.unwrap_or(text).trim();
    text.is_empty()
        || text
            .trim_end_matches(',')
            .split(',')
            .all(|one| version(one).is_some())
}

/// The operator and the version of one condition.
fn version(text: &str) -> Option<(&'static str, &str)> {
    let text = text.trim();
    let operator = OPERATORS.into_iter().find(|one| text.starts_with(one))?;
    let version = text[operator.len()..].trim_start();
    let is_part = |c: char| !c.is_whitespace() && !"<>=!~()[];,@'\"".contains(c);
    (!version.is_empty() && version.chars().all(is_part)).then_some((operator, version))
}

fn pin(text: &str) -> Option<&str> {
    let inner = text.trim_start_matches('(').trim_end_matches(')');
    let mut conditions = inner.split(',').filter_map(version);
    let pin = conditions.find(|(operator, version)| match *operator {
        "===" => true,
        "==" => !version.contains(['*', '$']),
        _ => false,
    });
    pin.map(|(_, version)| version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_pip_reads_and_uv_does_not() {
        for (text, name, pin, extras) in [
            ("foo===2004d", "foo", Some("2004d"), 0),
            ("foo>=1.0-custom_build", "foo", None, 0),
            (
                "Foo_Bar[a,b]==1.0.legacy-x ; python_version > '3'",
                "foo-bar",
                Some("1.0.legacy-x"),
                2,
            ),
            ("foo==${VERSION}", "foo", None, 0),
            (
                "foo @ https://${USER}:${TOKEN}@x.example:${PORT}/foo.zip",
                "foo",
                None,
                0,
            ),
            ("foo (>=1,<2)", "foo", None, 0),
            ("foo[]", "foo", None, 0),
        ] {
            let asked = parse(text).unwrap_or_else(|refused| panic!("{text}: {refused:?}"));
            assert_eq!(asked.name.expect("a name").as_str(), name, "{text}");
            assert_eq!(asked.pin.as_deref(), pin, "{text}");
            assert_eq!(asked.extras.len(), extras, "{text}");
        }
    }

    #[test]
    fn plain_pins_are_read_as_uv_reads_them() {
        for text in ["foo==1.2.3", "Foo_Bar==0", "a--b==2026.11.20"] {
            let ours = plain_pin(text).expect("a plain pin");
            let uvs = line_requirement::parse(text).expect("a requirement");
            assert_eq!(ours.name, Some(uvs.name), "{text}");
            assert_eq!(ours.pin, uvs.asked.pin(), "{text}");
        }
        for text in [
            "foo==1.02",
            "foo==1.*",
            "foo===1",
            "foo==1 ",
            "foo ==1",
            "foo[a]==1",
            "a.zip==1",
            "==1",
            "-e==1",
            "foo==",
            "foo==1.0rc1",
            "foo==1,!=2",
        ] {
            assert!(plain_pin(text).is_none(), "{text}");
        }
    }

    #[test]
    fn says_where_a_line_is_wrong() {
        for (text, at, message) in [
            (
                "foo bar",
                4,
                "expected one of `@`, `(`, `<`, `=`, `>`, `~`, `!`, `;`, found `b`",
            ),
            ("foo==1 ; python_version = '3'", 24, ""),
            ("foo===a ; nonsense == '3'", 10, ""),
            ("foo[a", 3, ""),
            ("=1", 0, ""),
            ("foo @ https://u:secret@x.example/a b ; nope", 39, ""),
        ] {
            let refused = parse(text).expect_err(text);
            assert!(refused.message.contains(message), "{text}: {refused:?}");
            assert!(!refused.message.contains("secret"), "{refused:?}");
            assert_eq!(refused.at, at, "{text}: {}", refused.message);
        }
    }

    #[test]
    fn refuses_what_has_no_bounds() {
        let deep = format!("a ; {}os_name == 'x'{}", "(".repeat(5000), ")".repeat(5000));
        let long = format!("a=={}", "1".repeat(1 << 20));
        let wide = format!("a ; {}", vec!["'x' in platform_version"; 50].join(" or "));
        for text in [deep, long, wide] {
            assert!(parse(&text).is_err(), "{} bytes", text.len());
        }
        let spaces = format!("a @ {}x", " ".repeat(16_000));
        assert!(parse(&spaces).is_ok());
    }
}
