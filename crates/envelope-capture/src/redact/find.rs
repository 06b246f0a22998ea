//! The secrets of a patch, by file and line.

use super::scan::{Hit, Span, lines, scan};
use super::words::redact_text;
use super::{heading, key_part, several_lines};
use crate::patch::{Change, Hunk, Patch, Section, Side};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

/// A secret in a patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// The file, as [`Section::path`] says it, but for secrets in the name.
    pub path: String,
    /// The line in the file, from 1: as it is now, or as it was where the line is gone. What is in the
    /// heading of a hunk has the hunk's first line, and what is in the name of the file the first one.
    pub line: usize,
    /// Whether the line is new, gone or only around a change.
    pub side: LineSide,
    /// The shape: `aws-access-key`.
    pub rule: &'static str,
    /// Which section, hunk and line it is in; only the first for files that are told as bytes.
    pub(super) place: Place,
    /// Whether it is in the name of the file, and in no line.
    pub(super) is_in_name: bool,
    /// Where in the line it is.
    pub(super) range: Range<usize>,
}

impl Secret {
    /// Whether it is in the heading of a hunk, and in no line.
    pub(super) fn is_in_heading(&self) -> bool {
        matches!(self.place.line, Some((_, None)))
    }
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
    /// Hunk and line in it; no line is the heading of the hunk.
    pub(super) line: Option<(usize, Option<usize>)>,
}

/// Finds the secrets in a patch, in its order.
///
/// All lines count, also those that go away or stay, and headings of hunks: the patch tells them all
/// the same. Files that the patch tells as bytes are looked at as they are now, given by `contents`, and
/// so are files of which it may show the middle of a private key.
pub fn secrets(patch: &Patch, contents: &dyn Fn(&Section) -> Option<Vec<u8>>) -> Vec<Secret> {
    let mut found = in_lines(patch, contents);
    for (at, section) in patch.sections().iter().enumerate() {
        found.extend(in_name(section, at));
        if section.is_binary()
            && let Some(contents) = contents(section)
        {
            found.extend(in_bytes(section, at, &contents));
        }
    }
    found.sort_by_key(|secret| (secret.place, secret.range.start));
    found
}

/// Where a hunk is among the spans: its heading, and then its lines.
struct Start {
    span: usize,
    section: usize,
    hunk: usize,
}

fn in_lines(patch: &Patch, contents: &dyn Fn(&Section) -> Option<Vec<u8>>) -> Vec<Secret> {
    let mut spans: Vec<Span> = Vec::new();
    let mut starts = Vec::new();
    for (section, read) in patch.sections().iter().enumerate() {
        for (hunk, read) in read.hunks().iter().enumerate() {
            let span = spans.len();
            starts.push(Start {
                span,
                section,
                hunk,
            });
            spans.push(read.heading.clone());
            spans.extend(read.lines.iter().map(|line| line.text.clone()));
        }
    }
    let text = patch.as_bytes();
    let mut hits = scan(text, &spans);
    for start in &starts {
        heading::add(text, start.span, &spans[start.span], &mut hits);
    }
    for (place, start) in starts.iter().enumerate() {
        // Nothing goes on from one hunk to the next.
        let end = starts.get(place + 1).map_or(spans.len(), |next| next.span);
        let first = start.span + 1;
        several_lines::add(text, first, &spans[first..end], &mut hits);
    }
    add_parts_of_keys(patch, &starts, contents, &mut hits);
    let mut found = Vec::new();
    for (at, hits) in &hits {
        let place = starts.partition_point(|start| start.span <= *at);
        let Some(start) = starts.get(place.saturating_sub(1)) else {
            continue;
        };
        let place = Place {
            section: start.section,
            line: Some((start.hunk, (at - start.span).checked_sub(1))),
        };
        found.extend(
            hits.iter()
                .filter_map(|hit| secret(patch, place, &spans[*at], hit)),
        );
    }
    found
}

fn add_parts_of_keys(
    patch: &Patch,
    starts: &[Start],
    contents: &dyn Fn(&Section) -> Option<Vec<u8>>,
    hits: &mut BTreeMap<usize, Vec<Hit>>,
) {
    let text = patch.as_bytes();
    for of_section in starts.chunk_by(|one, next| one.section == next.section) {
        let mut file = None;
        for start in of_section {
            let Some(section) = patch.sections().get(start.section) else {
                continue;
            };
            let hunk = &section.hunks()[start.hunk];
            if key_part::is_possible(text, hunk) {
                // Few files have such lines, so that few are read.
                let file = file.get_or_insert_with(|| {
                    key_part::File::read(contents(section).unwrap_or_default())
                });
                key_part::add(text, start.span, hunk, file, hits);
            }
        }
    }
}

fn secret(patch: &Patch, place: Place, span: &Span, hit: &Hit) -> Option<Secret> {
    let section = patch.sections().get(place.section)?;
    let (hunk, line) = place.line?;
    let hunk = section.hunks().get(hunk)?;
    let (line, side) = match line {
        Some(line) => (
            line_number(hunk, line)?,
            match hunk.lines.get(line)?.side {
                Side::New => LineSide::New,
                Side::Old => LineSide::Old,
                Side::Both => LineSide::Context,
            },
        ),
        // The heading does not say which line before it is.
        None => (hunk.new_start, LineSide::Context),
    };
    Some(Secret {
        path: redact_text(&section.path()),
        line,
        side,
        rule: hit.rule,
        place,
        is_in_name: false,
        range: hit.range.start - span.start..hit.range.end - span.start,
    })
}

/// The number of a line of a hunk in the file, on the side where it is.
fn line_number(hunk: &Hunk, line: usize) -> Option<usize> {
    let side = hunk.lines.get(line)?.side;
    let (counted, start) = if side == Side::Old {
        (Side::Old, hunk.old_start)
    } else {
        (Side::New, hunk.new_start)
    };
    let before = hunk.lines[..line]
        .iter()
        .filter(|line| [counted, Side::Both].contains(&line.side));
    Some(start + before.count())
}

/// A secret in the name of a file, as it is or was.
fn in_name(section: &Section, at: usize) -> Option<Secret> {
    let names = [&section.new_path, &section.old_path].into_iter().flatten();
    let mut hits = names.flat_map(|name| {
        let hits = scan(name, &lines(name)).into_values();
        hits.flatten().map(|hit| hit.rule)
    });
    let side = match section.change() {
        Change::Added | Change::Copied => LineSide::New,
        Change::Deleted => LineSide::Old,
        Change::Modified | Change::Renamed => LineSide::Context,
    };
    Some(Secret {
        path: redact_text(&section.path()),
        line: 1,
        side,
        rule: hits.next()?,
        place: Place {
            section: at,
            line: None,
        },
        is_in_name: true,
        range: 0..0,
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

/// How much of a file shows whether it has two bytes a letter, and the fewest that show it.
const SHOWN_BYTES: usize = 4096;
const LEAST_BYTES: usize = 32;

/// A text of two bytes a letter, which its first two bytes announce or its zeros show, without the
/// zeros in it; and where each byte that is left was.
fn of_two_bytes(contents: &[u8]) -> Option<(Vec<u8>, Vec<usize>)> {
    let is_announced = contents.starts_with(&[0xff, 0xfe])
        || contents.starts_with(&[0xfe, 0xff])
        || has_zero_at_every_second(contents);
    let left = || contents.iter().enumerate().filter(|(_, byte)| **byte != 0);
    is_announced.then(|| {
        (
            left().map(|(_, byte)| *byte).collect(),
            left().map(|(at, _)| at).collect(),
        )
    })
}

/// Whether nearly every second byte is zero, and hardly any of the others.
fn has_zero_at_every_second(contents: &[u8]) -> bool {
    let shown = &contents[..contents.len().min(SHOWN_BYTES)];
    let zeros = |first: usize| {
        let zeros = shown.iter().skip(first).step_by(2);
        zeros.filter(|byte| **byte == 0).count()
    };
    let (most, fewest) = (zeros(0).max(zeros(1)), zeros(0).min(zeros(1)));
    let pairs = shown.len() / 2;
    shown.len() >= LEAST_BYTES && most * 10 >= pairs * 8 && fewest * 10 <= pairs
}

fn in_text(section: &Section, at: usize, contents: &[u8]) -> Vec<Secret> {
    let spans = lines(contents);
    let mut hits = scan(contents, &spans);
    several_lines::add(contents, 0, &spans, &mut hits);
    let secrets = hits.into_iter().flat_map(|(line, hits)| {
        hits.into_iter().map(move |hit| Secret {
            path: redact_text(&section.path()),
            line: line + 1,
            side: LineSide::New,
            rule: hit.rule,
            place: Place {
                section: at,
                line: None,
            },
            is_in_name: false,
            range: hit.range,
        })
    });
    secrets.collect()
}
