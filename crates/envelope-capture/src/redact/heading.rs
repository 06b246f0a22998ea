//! Headings of hunks: what git repeats of a line before the hunk, cut off after eighty bytes.
//!
//! A secret that is cut off has not its whole shape any more, and may be told all the same.

use super::judge::is_random;
use super::scan::{Hit, Span, lines, scan, unite};
use std::collections::BTreeMap;

/// A heading of as many bytes may be cut off. Git keeps eighty, without blanks at the end.
const CUT_BYTES: usize = 78;

/// The fewest letters that look like chance at the end of a heading.
const LEAST_LETTERS: usize = 10;

/// Adds what is left of a secret at the end of a heading to its hits.
pub(super) fn add(text: &[u8], at: usize, heading: &Span, hits: &mut BTreeMap<usize, Vec<Hit>>) {
    let bytes = &text[heading.clone()];
    if bytes.len() < CUT_BYTES {
        return;
    }
    // With a quote at its end, a value in quotes is whole again, as far as the rules can tell.
    let closed = [bytes, b"\""].concat();
    for hit in scan(&closed, &lines(&closed)).into_values().flatten() {
        let range = heading.start + hit.range.start..heading.start + hit.range.end;
        let range = range.start..range.end.min(heading.end);
        let rule = hit.rule;
        unite(hits.entry(at).or_default(), Hit { range, rule });
    }
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=_-".contains(byte);
    let start = bytes.iter().rposition(|byte| !is_letter(byte));
    let start = start.map_or(0, |at| at + 1);
    let tail = String::from_utf8_lossy(&bytes[start..]);
    // The name of a function or a class stands behind a word; a value does not.
    let before = bytes[..start].trim_ascii_end().last();
    let is_value = before.is_some_and(|byte| b"\"'`=:@".contains(byte));
    if tail.len() >= LEAST_LETTERS && is_value && is_random(&tail) {
        let range = heading.start + start..heading.end;
        let rule = "cut-off-secret";
        unite(hits.entry(at).or_default(), Hit { range, rule });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_off_is_judged_by_what_is_left() {
        let padding = "x = load(); ".repeat(6);
        for (end, expected) in [
            ("key = \"q7Xb2mPz9LkV4tRw8sYd", Some("q7Xb2mPz9LkV4tRw8sYd")),
            ("password='Tr0ub4dor3x", Some("Tr0ub4dor3x")),
            ("def long_name(first, second, tokenizer=None", None),
            ("class TrainingOfTheModelWithoutTokens2024", None),
        ] {
            let heading = format!("{padding}{end}");
            let mut hits = BTreeMap::new();
            add(heading.as_bytes(), 0, &(0..heading.len()), &mut hits);
            let found = hits
                .values()
                .flatten()
                .map(|hit| &heading[hit.range.clone()]);
            let found: Vec<&str> = found.collect();
            assert_eq!(found, Vec::from_iter(expected), "{end}");
        }
    }
}
