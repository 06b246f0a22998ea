//! Lines of a hunk in pairs: what stands on the left, and what on the right of it.

use super::work::Work;
use crate::patch::{Hunk, Line, Side};

/// A row of two sides, of which one may be empty. A line that stays is on both.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) old: Option<(&'a Line, usize)>,
    pub(super) new: Option<(&'a Line, usize)>,
}

impl Row<'_> {
    /// Whether it is one line, which stays.
    pub(super) fn stays(&self) -> bool {
        self.old.is_some_and(|(line, _)| line.side == Side::Both)
    }
}

/// The most lines of a block in which the pairs that fit best are looked for.
const LIMIT_LINES: usize = 60;

/// Puts the lines of a hunk in rows, each with its number in the file.
pub(super) fn rows<'a>(
    hunk: &'a Hunk,
    text: &dyn Fn(&Line) -> &'a [u8],
    work: &mut Work,
) -> Vec<Row<'a>> {
    let mut rows = Vec::with_capacity(hunk.lines.len());
    let (mut old, mut new) = (Vec::new(), Vec::new());
    let (mut old_number, mut new_number) = (hunk.old_start, hunk.new_start);
    for line in &hunk.lines {
        match line.side {
            Side::Old => {
                old.push((line, old_number));
                old_number += 1;
            }
            Side::New => {
                new.push((line, new_number));
                new_number += 1;
            }
            Side::Both => {
                pair(&mut rows, (&mut old, &mut new), text, work);
                rows.push(Row {
                    old: Some((line, old_number)),
                    new: Some((line, new_number)),
                });
                old_number += 1;
                new_number += 1;
            }
        }
    }
    pair(&mut rows, (&mut old, &mut new), text, work);
    rows
}

type Numbered<'a> = (&'a Line, usize);

/// Puts lines that go beside those that come.
fn pair<'a>(
    rows: &mut Vec<Row<'a>>,
    (old, new): (&mut Vec<Numbered<'a>>, &mut Vec<Numbered<'a>>),
    text: &dyn Fn(&Line) -> &'a [u8],
    work: &mut Work,
) {
    let is_plain = old.len() == new.len() || old.len().max(new.len()) > LIMIT_LINES;
    // Every line is held against every other, as far as the shorter of both goes.
    let bytes = |lines: &[Numbered<'a>]| lines.iter().map(|line| text(line.0).len()).sum::<usize>();
    let cost = || (bytes(old).min(bytes(new)), old.len().max(new.len()));
    let pairs = if is_plain || !work.takes(cost().0, cost().1) {
        (0..old.len().min(new.len())).map(|at| (at, at)).collect()
    } else {
        best_pairs(old, new, text)
    };
    let (mut left, mut right) = (0, 0);
    for (one, two) in pairs.into_iter().chain([(old.len(), new.len())]) {
        // What has no partner fills both sides before the next pair.
        while left < one || right < two {
            rows.push(Row {
                old: (left < one).then(|| old[left]),
                new: (right < two).then(|| new[right]),
            });
            left += usize::from(left < one);
            right += usize::from(right < two);
        }
        if let (Some(old), Some(new)) = (old.get(one), new.get(two)) {
            rows.push(Row {
                old: Some(*old),
                new: Some(*new),
            });
            (left, right) = (one + 1, two + 1);
        }
    }
    old.clear();
    new.clear();
}

/// The pairs, in order, that have most in common: a longest path through the table of all pairs.
fn best_pairs<'a>(
    old: &[Numbered<'a>],
    new: &[Numbered<'a>],
    text: &dyn Fn(&Line) -> &'a [u8],
) -> Vec<(usize, usize)> {
    let width = new.len() + 1;
    let mut best = vec![0; (old.len() + 1) * width];
    let likeness = |one: usize, two: usize| likeness(text(old[one].0), text(new[two].0));
    for one in (0..old.len()).rev() {
        for two in (0..new.len()).rev() {
            let paired = likeness(one, two) + best[(one + 1) * width + two + 1];
            let alone = best[(one + 1) * width + two].max(best[one * width + two + 1]);
            best[one * width + two] = paired.max(alone);
        }
    }
    let (mut one, mut two) = (0, 0);
    let mut pairs = Vec::new();
    while one < old.len() && two < new.len() {
        let here = best[one * width + two];
        if here == best[(one + 1) * width + two] {
            one += 1;
        } else if here == best[one * width + two + 1] {
            two += 1;
        } else {
            pairs.push((one, two));
            (one, two) = (one + 1, two + 1);
        }
    }
    pairs
}

/// How much two lines have in common at their beginnings and ends, in percent; little counts as
/// nothing.
fn likeness(old: &[u8], new: &[u8]) -> usize {
    let (old, new) = (old.trim_ascii(), new.trim_ascii());
    let length = old.len().min(new.len());
    let start = old
        .iter()
        .zip(new)
        .take_while(|(one, two)| one == two)
        .count();
    let ends = old.iter().rev().zip(new.iter().rev());
    let end = ends
        .take(length - start)
        .take_while(|(one, two)| one == two)
        .count();
    let percent = (start + end) * 100 / old.len().max(new.len()).max(1);
    if percent < 30 { 0 } else { percent }
}
