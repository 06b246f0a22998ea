//! Numbers, markers and texts from files, as reports write them.

use crate::graph::{Graph, PackageId};
use crate::marker::within_python;
use crate::size::Size;
use std::borrow::Cow;
use uv_pep508::MarkerTree;

/// A number with a comma between thousands: `11,335`.
pub(super) fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The same for numbers of files.
pub(super) fn files(size: Size) -> String {
    count(usize::try_from(size.files).unwrap_or(usize::MAX))
}

/// `1 package`, `87 packages`.
pub(super) fn counted(number: usize, one: &str, several: &str) -> String {
    let word = if number == 1 { one } else { several };
    format!("{} {word}", count(number))
}

/// `812 B`, `12.5 kB`, `129.8 MB`, `1,024.0 GB`: powers of a thousand, one decimal.
pub(super) fn bytes(bytes: u64) -> String {
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    // What would round up to a thousand belongs to the next unit.
    let units = [("kB", 1000_u64), ("MB", 1_000_000), ("GB", 1_000_000_000)];
    let fits = |unit: u64| bytes / (unit / 20) < 19_999;
    let (word, unit) = units
        .into_iter()
        .find(|(_, unit)| fits(*unit))
        .unwrap_or(units[2]);
    let tenths = (u128::from(bytes) * 10 + u128::from(unit) / 2) / u128::from(unit);
    let whole = usize::try_from(tenths / 10).unwrap_or(usize::MAX);
    format!("{}.{} {word}", count(whole), tenths % 10)
}

/// A text from a file on one line: what would move the cursor, colour a terminal or turn the
/// direction of writing is shown by its number.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    let is_unfit = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(letter, '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    if !text.contains(is_unfit) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        if is_unfit(letter) {
            shown.extend(letter.escape_unicode());
        } else {
            shown.push(letter);
        }
    }
    Cow::Owned(shown)
}

/// A marker as a user would write it, where the source's own demand on Python goes without
/// saying. Nothing where it always holds.
pub(super) fn marker(graph: &Graph, marker: MarkerTree) -> Option<String> {
    within_python(marker, graph.inventory().requires_python).try_to_string()
}

/// A package in a sentence: `numpy v2.4.1`, or its name alone.
pub(super) fn package(graph: &Graph, package: PackageId) -> String {
    let name = graph.name(package);
    match graph.version(package) {
        Some(version) => format!("{name} v{}", plain(version)),
        None => name.to_string(),
    }
}

/// `a, b, c`.
pub(super) fn listed<T: ToString>(words: impl IntoIterator<Item = T>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| word.to_string()).collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_easy_to_read() {
        for (number, expected) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (11_335, "11,335"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(count(number), expected);
        }
        for (number, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (999_949, "999.9 kB"),
            (999_950, "1.0 MB"),
            (129_800_000, "129.8 MB"),
            (999_949_999, "999.9 MB"),
            (999_950_000, "1.0 GB"),
            (1_024_000_000_000, "1,024.0 GB"),
            (u64::MAX, "18,446,744,073.7 GB"),
        ] {
            assert_eq!(bytes(number), expected);
        }
    }

    #[test]
    fn texts_from_files_stay_on_their_line() {
        assert_eq!(plain("1.0+é"), "1.0+é");
        assert_eq!(plain("1\n2\u{1b}[31m"), "1\\u{a}2\\u{1b}[31m");
        assert_eq!(plain("a\u{202e}b"), "a\\u{202e}b");
    }
}
