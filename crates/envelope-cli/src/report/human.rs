//! Text for people: sentences and tables that fit the terminal.

#[cfg(feature = "package")]
mod card;
#[cfg(feature = "infer")]
mod compared;
mod deps;
#[cfg(feature = "package")]
mod difference;
mod failure;
#[cfg(feature = "package")]
mod findings;
#[cfg(feature = "infer")]
mod infer;
#[cfg(feature = "package")]
mod notes;
mod page;
mod phrase;
#[cfg(feature = "capture")]
mod recorded;
#[cfg(feature = "package")]
mod request;
#[cfg(feature = "package")]
mod sealed;
#[cfg(feature = "package")]
mod signature;
mod table;

#[cfg(feature = "package")]
pub(crate) use card::{CardView, card, loose};
#[cfg(feature = "infer")]
pub(crate) use compared::compared;
pub(crate) use deps::{PrunedView, diff, holdings, pruned, suggestion, updated, why};
#[cfg(feature = "package")]
pub(crate) use difference::{difference, patch};
pub(crate) use failure::failure;
#[cfg(feature = "package")]
pub(crate) use findings::{FindingsView, findings};
#[cfg(feature = "infer")]
pub(crate) use infer::{InferView, devices, inferred, operators, survey};
#[cfg(feature = "package")]
pub(crate) use notes::notes;
#[cfg(feature = "capture")]
pub(crate) use recorded::{captured, recorded, written};
#[cfg(feature = "package")]
pub(crate) use request::checked;
#[cfg(feature = "package")]
pub(crate) use sealed::sealed;

/// A size in bytes as people say it: `1.2 MB`.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(value < 99.95);
    format!("{value:.digits$} {}", UNITS[unit])
}

/// The first characters of a text.
#[cfg(feature = "package")]
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A number with its noun: `1 file`, `1,204 files`.
fn count(number: usize, noun: &str) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let s = if number == 1 { "" } else { "s" };
    format!("{grouped} {noun}{s}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_two_or_three_digits() {
        for (bytes, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (24_130, "24.1 kB"),
            (99_949, "99.9 kB"),
            (412_345, "412 kB"),
            (999_600, "1.0 MB"),
            (1 << 30, "1.1 GB"),
            (u64::MAX, "18.4 EB"),
        ] {
            assert_eq!(size(bytes), expected);
        }
    }

    #[test]
    fn numbers_are_grouped() {
        for (number, expected) in [
            (0, "0 files"),
            (1, "1 file"),
            (999, "999 files"),
            (1_234_567, "1,234,567 files"),
        ] {
            assert_eq!(count(number, "file"), expected);
        }
    }
}
