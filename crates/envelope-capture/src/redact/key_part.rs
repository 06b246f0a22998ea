//! Private keys of which a patch shows only the middle: the file says which of its lines are a key's.

use super::key_block::{self, is_content, is_full_line};
use super::scan::{Hit, lines, unite};
use crate::patch::{Hunk, Side};
use std::collections::BTreeMap;

/// A file as it is now, and which of its lines belong to a private key, from 0.
pub(super) struct File {
    contents: Vec<u8>,
    keys: BTreeMap<usize, Vec<Hit>>,
}

impl File {
    pub(super) fn read(contents: Vec<u8>) -> Self {
        let mut keys = BTreeMap::new();
        if key_block::is_possible(&contents) {
            key_block::add(&contents, 0, &lines(&contents), &mut keys);
        }
        Self { contents, keys }
    }

    fn is_key(&self, line: Option<usize>) -> bool {
        line.is_some_and(|line| self.keys.contains_key(&line))
    }

    /// Whether a line of a key begins with this text.
    fn has_key_line(&self, start: &[u8]) -> bool {
        let mut keys = self.keys.values().flatten();
        keys.any(|hit| self.contents[hit.range.clone()].starts_with(start))
    }
}

/// Whether a hunk may show a part of a key.
pub(super) fn is_possible(text: &[u8], hunk: &Hunk) -> bool {
    let lines = hunk.lines.iter().map(|line| &line.text);
    let mut lines = lines.chain([&hunk.heading]);
    lines.any(|range| is_full_line(&text[range.clone()]))
}

/// Adds the lines of a hunk, whose heading has a number, that are in a key of the file. A line that is
/// gone was in one if a line beside it still is.
pub(super) fn add(
    text: &[u8],
    first: usize,
    hunk: &Hunk,
    file: &File,
    hits: &mut BTreeMap<usize, Vec<Hit>>,
) {
    let mut mark = |at: usize, range: std::ops::Range<usize>| {
        let rule = key_block::RULE;
        unite(hits.entry(at).or_default(), Hit { range, rule });
    };
    let heading = &text[hunk.heading.clone()];
    if is_full_line(heading) && file.has_key_line(heading) {
        mark(first, hunk.heading.clone());
    }
    let mut next = hunk.new_start.saturating_sub(1);
    for (place, line) in hunk.lines.iter().enumerate() {
        let is_old = line.side == Side::Old;
        let is_key = file.is_key(Some(next)) || (is_old && file.is_key(next.checked_sub(1)));
        if is_key && is_content(&text[line.text.clone()]) {
            mark(first + 1 + place, line.text.clone());
        }
        next += usize::from(!is_old);
    }
}
