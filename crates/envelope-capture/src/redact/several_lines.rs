//! Secrets that no line alone tells: keys in blocks, and what a line before gives a meaning.

use super::scan::{Hit, Span};
use super::{key_block, named_value, netrc};
use std::collections::BTreeMap;

/// Adds them to the hits of each line, of which the first has a number.
pub(super) fn add(text: &[u8], first: usize, lines: &[Span], hits: &mut BTreeMap<usize, Vec<Hit>>) {
    let (Some(start), Some(end)) = (lines.first(), lines.last()) else {
        return;
    };
    if key_block::is_possible(&text[start.start..end.end]) {
        key_block::add(text, first, lines, hits);
    }
    netrc::add(text, first, lines, hits);
    named_value::add(text, first, lines, hits);
}
