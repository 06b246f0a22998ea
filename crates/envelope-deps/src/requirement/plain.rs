//! Requirements as nearly all are written: a name, extras, versions of digits, a marker.
//!
//! They make up metadata by the thousand, and are read here without a detour. Where a text has
//! anything unusual about it, this says nothing, and uv's own parser decides. Direct references
//! are always read here: uv's parser would look into the process's environment for variables in
//! them.

use super::{Markers, Requirement, without_credentials};
use crate::names::{ExtraName, PackageName};
use uv_pep508::MarkerTree;

/// The requirement, where it is written plainly.
pub(super) fn read(text: &str, markers: &mut Markers) -> Option<Requirement> {
    let text = text.trim_matches(is_space);
    let name_ends = text.find(|c| !is_of_name(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(name_ends);
    let (extras, rest) = extras(rest.trim_start_matches(is_space))?;
    let (specifier, marker) = if let Some(url) = rest.strip_prefix('@') {
        let (url, marker) = split_url(url);
        (shown(url)?, marker)
    } else {
        let (versions, marker) = split_marker(rest);
        // uv takes `a.zip` for a file that the user forgot to name.
        if versions.is_empty() && name.contains('.') {
            return None;
        }
        (plain_versions(versions)?, marker)
    };
    let marker = match marker {
        Some(marker) => markers.read(marker).ok()?,
        None => MarkerTree::TRUE,
    };
    Some(Requirement {
        name: name.parse::<PackageName>().ok()?,
        extras,
        marker,
        version: None,
        specifier: specifier.into(),
    })
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// `[a, b]`, and what follows it.
fn extras(text: &str) -> Option<(Box<[ExtraName]>, &str)> {
    let Some(inside) = text.strip_prefix('[') else {
        return Some((Box::default(), text));
    };
    let (inside, rest) = inside.split_once(']')?;
    let inside = inside.trim_matches(is_space);
    let rest = rest.trim_start_matches(is_space);
    if inside.is_empty() {
        return Some((Box::default(), rest));
    }
    let names = inside.split(',').map(|extra| {
        let extra = extra.trim_matches(is_space);
        extra.parse::<ExtraName>().ok()
    });
    Some((names.collect::<Option<_>>()?, rest))
}

fn split_marker(text: &str) -> (&str, Option<&str>) {
    match text.split_once(';') {
        Some((versions, marker)) => (
            versions.trim_end_matches(is_space),
            Some(marker.trim_matches(is_space)),
        ),
        None => (text, None),
    }
}

/// A direct reference ends at a semicolon with a space before or after it, or at a comment: other
/// semicolons and hashes belong to it.
fn split_url(text: &str) -> (&str, Option<&str>) {
    let text = text.trim_start_matches(is_space);
    let bytes = text.as_bytes();
    let is_space_at = |at: usize| matches!(bytes.get(at), Some(b' ' | b'\t'));
    let ends = memchr::memchr2_iter(b';', b'#', bytes)
        .find(|&at| is_space_at(at.wrapping_sub(1)) || (bytes[at] == b';' && is_space_at(at + 1)));
    let Some(at) = ends else {
        return (text, None);
    };
    let url = text[..at].trim_end_matches(is_space);
    let marker = text[at + 1..].trim_matches(is_space);
    (url, (bytes[at] == b';').then_some(marker))
}

/// A direct reference as people may see it; nothing where there is none.
fn shown(url: &str) -> Option<String> {
    (!url.is_empty()).then(|| format!("@ {}", without_credentials(url)))
}

/// Versions without spaces and parentheses, where each is an operator and a plain version.
fn plain_versions(text: &str) -> Option<String> {
    let text = match text.strip_prefix('(') {
        Some(inside) => inside.strip_suffix(')')?,
        None => text,
    };
    let text = text.trim_matches(is_space);
    let mut versions = String::with_capacity(text.len());
    if text.is_empty() {
        return Some(versions);
    }
    for clause in text.split(',') {
        let clause = clause.trim_matches(is_space);
        let starts = clause.find(|c: char| c.is_ascii_digit())?;
        let (operator, version) = clause.split_at(starts);
        let operator = operator.trim_end_matches(is_space);
        if !is_plain_clause(operator, version) {
            return None;
        }
        if !versions.is_empty() {
            versions.push(',');
        }
        versions.push_str(operator);
        versions.push_str(version);
    }
    Some(versions)
}

fn is_plain_clause(operator: &str, version: &str) -> bool {
    let (version, is_open) = match version.strip_suffix(".*") {
        Some(version) => (version, true),
        None => (version, false),
    };
    let numbers = version.split('.').count();
    let are_plain = version.split('.').all(|number| {
        (1..=9).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit())
    });
    let fits = match operator {
        "==" | "!=" => true,
        "~=" => numbers > 1 && !is_open,
        ">=" | "<=" | ">" | "<" => !is_open,
        _ => false,
    };
    fits && are_plain
}
