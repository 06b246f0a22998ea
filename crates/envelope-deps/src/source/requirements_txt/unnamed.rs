//! Requirements that say where a package is and not what it is called: addresses, paths, editables.
//!
//! Some say the name in passing, by `#egg=` or in the name of a wheel. For others the project that
//! lies there knows it, which `project` asks.

use super::line_requirement::Refused;
use super::requirement::{Asked, leading_extras, parse_marker};
use crate::inventory::Origin;
use crate::names::PackageName;
use crate::requirement::without_credentials;
use uv_pep508::MarkerTree;

/// Endings of what pip installs as a file.
const ARCHIVES: [&str; 8] = [
    ".whl",
    ".zip",
    ".tar.gz",
    ".tgz",
    ".tar.bz2",
    ".tar.xz",
    ".tar",
    ".tar.lzma",
];

/// Whether a line says where a package is and not what it is called.
pub(super) fn is_unnamed(text: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "._-+".contains(c);
    let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    match rest.chars().next() {
        Some('/' | '\\') => true,
        Some(':') => word == "file" || rest[1..].starts_with(['/', '\\']),
        Some('$' | '"' | '\'' | '~') => word.is_empty(),
        None | Some(' ' | '\t' | ';' | '[') => {
            let is_dots = !word.is_empty() && word.bytes().all(|byte| byte == b'.');
            let word = word.to_ascii_lowercase();
            is_dots || ARCHIVES.iter().any(|ending| word.ends_with(ending))
        }
        Some(_) => false,
    }
}

/// Reads such a line, or what stands after `-e`.
pub(super) fn parse(text: &str, is_editable: bool) -> Result<Asked, Refused> {
    let split = marker_after_place(text);
    let (place, marker) = split.map_or((text, None), |at| (&text[..at], Some(&text[at + 1..])));
    let marker = marker.map_or(Ok(MarkerTree::TRUE), |marker| {
        parse_marker(marker, text.len() - marker.len())
    })?;
    let place = unquoted(place.trim());
    if place.is_empty() {
        return Err(Refused {
            at: 0,
            message: "expected a path or a URL".to_owned(),
        });
    }
    let (name, extras) = match after_egg(place) {
        Some(egg) => egg,
        None => (name_of_place(place, is_editable), trailing_extras(place)),
    };
    let origin = if is_editable {
        Origin::Editable(place.to_owned())
    } else {
        Origin::Url(place.to_owned())
    };
    Ok(Asked {
        name,
        extras: leading_extras(extras).map_or_else(Box::default, |(extras, _)| extras),
        marker,
        specifier: format!("@ {}", without_credentials(place)).into(),
        pin: None,
        origin,
        is_legacy: false,
    })
}

/// Where the marker after a place begins. An address may hold a `;`, so that there it only counts
/// beside white space.
pub(super) fn marker_after_place(text: &str) -> Option<usize> {
    let is_address = text.contains("://");
    let spaced = |at: usize| {
        let before = text[..at].chars().next_back();
        let after = text[at + 1..].chars().next();
        [before, after]
            .into_iter()
            .flatten()
            .any(char::is_whitespace)
    };
    let mut marks = text.match_indices(';').map(|(at, _)| at);
    marks.find(|at| !is_address || spaced(*at))
}

fn unquoted(text: &str) -> &str {
    let inner = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}

/// The name after `#egg=`, and what follows it, where extras may be.
fn after_egg(place: &str) -> Option<(Option<PackageName>, &str)> {
    let (_, fragment) = place.split_once('#')?;
    let egg = fragment
        .split('&')
        .find_map(|one| one.strip_prefix("egg="))?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let end = egg.find(|c| !is_name(c)).unwrap_or(egg.len());
    Some((egg[..end].parse().ok(), &egg[end..]))
}

/// The name that a place tells by itself: a wheel's, or the word after `-e` when it is only that.
fn name_of_place(place: &str, is_editable: bool) -> Option<PackageName> {
    let path = place.split(['#', '?', ';']).next().unwrap_or_default();
    let leaf = path.rsplit(['/', '\\']).next().unwrap_or_default();
    if leaf.to_ascii_lowercase().ends_with(".whl") {
        return leaf.split('-').next().unwrap_or_default().parse().ok();
    }
    if is_editable && !is_unnamed(place) {
        return place.split('[').next().unwrap_or_default().parse().ok();
    }
    None
}

/// The extras after a path: `.[dev]`.
fn trailing_extras(place: &str) -> &str {
    let start = place.rfind('[').filter(|_| place.ends_with(']'));
    start.map_or("", |start| &place[start..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_places_from_names() {
        for (text, expected) in [
            ("./vendored/model", true),
            (".", true),
            ("..", true),
            (".[dev]", true),
            ("/opt/model", true),
            ("sub/model", true),
            ("sub\\model", true),
            ("C:\\model", true),
            ("file:model", true),
            ("https://x.example/a.whl", true),
            ("git+ssh://git@x.example/a", true),
            ("${HERE}/a", true),
            ("$HERE/a", true),
            ("\"./with space\"", true),
            ("a-1.0-py3-none-any.whl ; os_name == 'x'", true),
            ("a-1.0.tar.gz", true),
            ("a", false),
            ("a==1", false),
            ("a @ ./b", false),
            ("a[b]", false),
            ("a: b", false),
            ("", false),
        ] {
            assert_eq!(is_unnamed(text), expected, "{text}");
        }
    }

    #[test]
    fn finds_names_where_they_are_said() {
        for (text, is_editable, name, extras) in [
            (
                "git+https://x.example/x.git#egg=Jupyter_Lab",
                true,
                Some("jupyter-lab"),
                0,
            ),
            (
                "git+https://x.example/x.git@v1#subdirectory=s&egg=a[b,c]",
                false,
                Some("a"),
                2,
            ),
            (
                "https://x.example/whl/notebook_shim-0.2-py3-none-any.whl",
                false,
                Some("notebook-shim"),
                0,
            ),
            (
                "https://x.example/a-1-py3-none-any.whl?x=1#sha256=0",
                false,
                Some("a"),
                0,
            ),
            ("./vendored/model", false, None, 0),
            (".[dev]", true, None, 1),
            ("dagster", true, Some("dagster"), 0),
            ("dagster[x]", true, Some("dagster"), 1),
            ("https://x.example/a-1.tar.gz", false, None, 0),
            ("'./with space' ; os_name == 'posix'", false, None, 0),
        ] {
            let asked = parse(text, is_editable).expect(text);
            assert_eq!(asked.name.as_ref().map(PackageName::as_str), name, "{text}");
            assert_eq!(asked.extras.len(), extras, "{text}");
        }
    }

    #[test]
    fn a_marker_begins_after_white_space_in_an_address() {
        for (text, expected) in [
            ("./a;os_name == 'x'", Some(3)),
            ("https://x.example/a;b", None),
            ("https://x.example/a;b ; os_name == 'x'", Some(22)),
            ("https://x.example/a; os_name == 'x'", Some(19)),
        ] {
            assert_eq!(marker_after_place(text), expected, "{text}");
        }
    }
}
