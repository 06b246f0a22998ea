//! The secrets of a patch, by file and line.

use super::key_block;
use super::scan::{Hit, Span, lines, scan};
use crate::patch::{Patch, Section, Side};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// A secret in a patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// The file, as [`Section::path`] says it.
    pub path: String,
    /// The line in the file, from 1: as it is now, or as it was where the line is gone.
    pub line: usize,
    /// Whether the line is new, gone or only around a change.
    pub side: LineSide,
    /// The shape: `aws-access-key`.
    pub rule: &'static str,
    /// Which section, hunk and line it is in; only the first for files that are told as bytes.
    pub(super) place: Place,
    /// Where in the line it is.
    pub(super) range: Range<usize>,
}

/// What a patch does with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LineSide {
    /// It adds the line.
    New,
    /// It takes the line away.
    Old,
    /// It shows the line, which stays.
    Context,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) section: usize,
    /// Hunk and line in it.
    pub(super) line: Option<(usize, usize)>,
}

/// Finds the secrets in a patch, in its order.
///
/// All lines count, also those that go away or stay: the patch tells them all the same. Files that the
/// patch tells as bytes are looked at as they are now, given by `contents`.
pub fn secrets(patch: &Patch, contents: &dyn Fn(&Section) -> Option<Vec<u8>>) -> Vec<Secret> {
    let mut found = in_lines(patch);
    for (at, section) in patch.sections().iter().enumerate() {
        if section.is_binary()
            && let Some(contents) = contents(section)
        {
            found.extend(in_bytes(section, at, &contents));
        }
    }
    found.sort_by_key(|secret| (secret.place, secret.range.start));
    found
}

fn in_lines(patch: &Patch) -> Vec<Secret> {
    let mut spans: Vec<Span> = Vec::new();
    let mut starts = Vec::new();
    for (at, section) in patch.sections().iter().enumerate() {
        for (number, hunk) in section.hunks().iter().enumerate() {
            starts.push((spans.len(), at, number));
            spans.extend(hunk.lines.iter().map(|line| line.text.clone()));
        }
    }
    let text = patch.as_bytes();
    let mut hits = scan(text, &spans);
    if key_block::is_possible(text) {
        for (place, (start, _, _)) in starts.iter().enumerate() {
            // A key does not go on from one hunk to the next.
            let end = starts.get(place + 1).map_or(spans.len(), |next| next.0);
            key_block::add(text, *start, &spans[*start..end], &mut hits);
        }
    }
    let mut found = Vec::new();
    for (at, hits) in &hits {
        let place = starts
            .partition_point(|(start, _, _)| start <= at)
            .saturating_sub(1);
        let Some((start, section, hunk)) = starts.get(place) else {
            continue;
        };
        let place = Place {
            section: *section,
            line: Some((*hunk, at - start)),
        };
        found.extend(
            hits.iter()
                .filter_map(|hit| secret(patch, place, &spans[*at], hit)),
        );
    }
    found
}

fn secret(patch: &Patch, place: Place, span: &Span, hit: &Hit) -> Option<Secret> {
    let section = patch.sections().get(place.section)?;
    let (hunk, line) = place.line?;
    let hunk = section.hunks().get(hunk)?;
    let side = hunk.lines.get(line)?.side;
    let counted = if side == Side::Old {
        Side::Old
    } else {
        Side::New
    };
    let before = hunk.lines[..line]
        .iter()
        .filter(|line| [counted, Side::Both].contains(&line.side))
        .count();
    let start = if side == Side::Old {
        hunk.old_start
    } else {
        hunk.new_start
    };
    Some(Secret {
        path: section.path(),
        line: start + before,
        side: match side {
            Side::New => LineSide::New,
            Side::Old => LineSide::Old,
            Side::Both => LineSide::Context,
        },
        rule: hit.rule,
        place,
        range: hit.range.start - span.start..hit.range.end - span.start,
    })
}

fn in_bytes(section: &Section, at: usize, contents: &[u8]) -> Vec<Secret> {
    let Some((text, places)) = of_two_bytes(contents) else {
        return in_text(section, at, contents);
    };
    let mut found = in_text(section, at, &text);
    for secret in &mut found {
        let last = secret.range.end.saturating_sub(1);
        let range = places.get(secret.range.start).zip(places.get(last));
        secret.range = range.map_or(0..0, |(start, last)| *start..last + 1);
    }
    found
}

/// A text of two bytes a letter, which its first two bytes announce, without the zeros in it; and where
/// each byte that is left was.
fn of_two_bytes(contents: &[u8]) -> Option<(Vec<u8>, Vec<usize>)> {
    let is_announced = contents.starts_with(&[0xff, 0xfe]) || contents.starts_with(&[0xfe, 0xff]);
    let left = || contents.iter().enumerate().filter(|(_, byte)| **byte != 0);
    is_announced.then(|| {
        (
            left().map(|(_, byte)| *byte).collect(),
            left().map(|(at, _)| at).collect(),
        )
    })
}

fn in_text(section: &Section, at: usize, contents: &[u8]) -> Vec<Secret> {
    let spans = lines(contents);
    let mut hits = scan(contents, &spans);
    if key_block::is_possible(contents) {
        key_block::add(contents, 0, &spans, &mut hits);
    }
    let secrets = hits.into_iter().flat_map(|(line, hits)| {
        hits.into_iter().map(move |hit| Secret {
            path: section.path(),
            line: line + 1,
            side: LineSide::New,
            rule: hit.rule,
            place: Place {
                section: at,
                line: None,
            },
            range: hit.range,
        })
    });
    secrets.collect()
}
