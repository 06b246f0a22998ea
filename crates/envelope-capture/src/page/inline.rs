//! What differs inside of two lines, in words.

use super::work::Work;
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::ops::Range;

/// Longer lines are data; what differs in them is not looked for.
const LIMIT_BYTES: usize = 2_000;

/// The parts of a line, in order, and whether each differs from the other line.
pub(super) type Parts = Vec<(Range<usize>, bool)>;

/// What differs in two lines; nothing where they have too little in common to say so, or where the
/// page has compared enough.
pub(super) fn differences(old: &[u8], new: &[u8], work: &mut Work) -> Option<(Parts, Parts)> {
    if old.len() > LIMIT_BYTES || new.len() > LIMIT_BYTES || old.is_empty() || new.is_empty() {
        return None;
    }
    let (old_words, new_words) = (words(old), words(new));
    let old_texts: Vec<&[u8]> = old_words.iter().map(|word| &old[word.clone()]).collect();
    let new_texts: Vec<&[u8]> = new_words.iter().map(|word| &new[word.clone()]).collect();
    let (old_count, new_count) = without_ends(&old_texts, &new_texts);
    if !work.takes(old_count, new_count) {
        return None;
    }
    let operations = capture_diff_slices(Algorithm::Myers, &old_texts, &new_texts);
    let (mut left, mut right) = (Parts::new(), Parts::new());
    let mut same = 0;
    for operation in operations {
        let is_equal = matches!(operation, DiffOp::Equal { .. });
        let reach = |words: &[Range<usize>], range: Range<usize>| {
            let first = words.get(range.start)?.start;
            Some(first..words.get(range.end.checked_sub(1)?)?.end)
        };
        let old_reach = reach(&old_words, operation.old_range());
        if is_equal {
            let is_blank = |byte: &u8| byte.is_ascii_whitespace();
            let bytes = old_reach.clone().map(|range| &old[range]);
            same += bytes.map_or(0, |bytes| {
                bytes.iter().filter(|byte| !is_blank(byte)).count()
            });
        }
        left.extend(
            old_reach
                .filter(|range| !range.is_empty())
                .map(|range| (range, !is_equal)),
        );
        let new_reach = reach(&new_words, operation.new_range());
        right.extend(
            new_reach
                .filter(|range| !range.is_empty())
                .map(|range| (range, !is_equal)),
        );
    }
    let common = same * 100 / old.len().max(new.len());
    (common >= 25).then(|| (joined(old, &left), joined(new, &right)))
}

/// How many words are to be compared: those at both ends that are the same cost little.
fn without_ends(old: &[&[u8]], new: &[&[u8]]) -> (usize, usize) {
    let both = old.iter().zip(new);
    let start = both.take_while(|(old, new)| old == new).count();
    let (old, new) = (&old[start..], &new[start..]);
    let both = old.iter().rev().zip(new.iter().rev());
    let end = both.take_while(|(old, new)| old == new).count();
    (old.len() - end, new.len() - end)
}

/// Joins what differs with what differs, where only blanks are between them.
fn joined(line: &[u8], parts: &Parts) -> Parts {
    let mut joined: Parts = Vec::with_capacity(parts.len());
    for (at, (range, differs)) in parts.iter().enumerate() {
        let between = at > 0 && at + 1 < parts.len() && !differs;
        let bridges = between && line[range.clone()].iter().all(u8::is_ascii_whitespace);
        let differs = *differs || bridges;
        match joined.last_mut() {
            Some((last, was)) if *was == differs => last.end = range.end,
            _ => joined.push((range.clone(), differs)),
        }
    }
    joined
}

/// Cuts a line into words: letters and digits, blanks, and each sign by itself.
fn words(line: &[u8]) -> Vec<Range<usize>> {
    let kind = |byte: u8| match byte {
        b' ' | b'\t' => 1,
        b'_' | 0x80.. => 2,
        byte if byte.is_ascii_alphanumeric() => 2,
        _ => 0,
    };
    let mut words: Vec<Range<usize>> = Vec::new();
    for (at, byte) in line.iter().enumerate() {
        match words.last_mut() {
            Some(last) if kind(*byte) != 0 && kind(line[at - 1]) == kind(*byte) => {
                last.end = at + 1;
            }
            _ => words.push(at..at + 1),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Differing parts in brackets.
    fn shown(line: &str, parts: &Parts) -> String {
        let part = |(range, differs): &(Range<usize>, bool)| {
            let text = &line[range.clone()];
            if *differs {
                format!("[{text}]")
            } else {
                text.to_owned()
            }
        };
        parts.iter().map(part).collect::<Vec<_>>().concat()
    }

    #[test]
    fn words_that_differ_are_told() {
        for (old, new, left, right) in [
            ("lr = 0.1", "lr = 0.01", "lr = 0.[1]", "lr = 0.[01]"),
            (
                "train(model, data)",
                "train(model)",
                "train(model[, data])",
                "train(model)",
            ),
            (
                "größe = eins",
                "größe = zwei",
                "größe = [eins]",
                "größe = [zwei]",
            ),
            (
                "a = one two three",
                "a = six seven three",
                "a = [one two] three",
                "a = [six seven] three",
            ),
        ] {
            let (one, two) =
                differences(old.as_bytes(), new.as_bytes(), &mut Work::default()).unwrap();
            assert_eq!(
                (shown(old, &one), shown(new, &two)),
                (left.to_owned(), right.to_owned())
            );
        }
    }

    #[test]
    fn lines_with_little_in_common_are_left_alone() {
        let work = &mut Work::default();
        assert_eq!(
            differences(b"import torch", b"return 1.0 / total", work),
            None
        );
        assert_eq!(differences(b"", b"x", work), None);
        assert_eq!(differences(&[b'a'; 3000], &[b'a'; 3000], work), None);
    }

    #[test]
    fn what_is_compared_is_bounded_and_small_changes_are_cheap() {
        let row = |number: usize| format!("a{number},b,c{number},d,e{number},f").into_bytes();
        // Words 1 to 9 of 11 are between two that differ: 9 times 9 comparisons.
        let work = &mut Work::of(3 * 81 + 1);
        let compared = (0..10).filter(|at| differences(&row(*at), &row(at + 20), work).is_some());
        assert_eq!(compared.count(), 3);
        let (old, new) = (b"a, b, c, d = 1".as_slice(), b"a, b, c, d = 2".as_slice());
        assert!(
            differences(old, new, work).is_some(),
            "one word was too much"
        );
    }
}
