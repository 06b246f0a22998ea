//! Numbers as people read them, and the marks of an axis.

use std::fmt::Write as _;

/// What the numbers of a metric count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Percent,
    /// Of 10⁶ bytes.
    Megabytes,
    Seconds,
    Watts,
    /// Things, of which there is no half.
    Count,
    /// Whatever it is.
    Number,
}

/// An axis: from where to where, and its marks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) marks: Vec<(f64, String)>,
}

/// Sizes, in megabytes.
const SIZES: [(f64, &str); 5] = [
    (1e-6, "B"),
    (1e-3, "kB"),
    (1.0, "MB"),
    (1e3, "GB"),
    (1e6, "TB"),
];

/// Up to so many seconds, times are written in this unit of so many seconds.
const TIMES: [(f64, f64, &str); 4] = [
    (180.0, 1.0, "s"),
    (3.0 * 3600.0, 60.0, "min"),
    (72.0 * 3600.0, 3600.0, "h"),
    (f64::INFINITY, 86_400.0, "d"),
];

/// The steps between marks that people count in: tens, and parts of an hour or a day.
const DECIMAL: [f64; 4] = [1.0, 2.0, 2.5, 5.0];
const SIXTIETHS: [f64; 7] = [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0];
const HOURS: [f64; 6] = [1.0, 2.0, 3.0, 6.0, 12.0, 24.0];

impl Unit {
    /// The unit, as MLflow has it at the end of a name.
    pub(super) fn of(name: &str) -> Self {
        let endings = [
            ("percentage", Self::Percent),
            ("megabytes", Self::Megabytes),
            ("seconds", Self::Seconds),
            ("watts", Self::Watts),
            ("count", Self::Count),
        ];
        let is = |ending: &str| name.rsplit(['_', '/']).next() == Some(ending);
        let found = endings.into_iter().find(|(ending, _)| is(ending));
        found.map_or(Self::Number, |(_, unit)| unit)
    }

    /// Its name for the script.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Percent => "percent",
            Self::Megabytes => "megabytes",
            Self::Seconds => "seconds",
            Self::Watts => "watts",
            Self::Count => "count",
            Self::Number => "number",
        }
    }

    /// A number with its unit, to three digits.
    pub(super) fn show(self, value: f64) -> String {
        match self {
            Self::Percent => format!("{}%", significant(value)),
            Self::Megabytes => {
                let (factor, name) = scale(value);
                format!("{} {name}", significant(value / factor))
            }
            Self::Seconds => duration(value),
            Self::Watts => format!("{} W", significant(value)),
            Self::Count => significant(value),
            Self::Number => measured(value),
        }
    }

    /// An axis on which these numbers fit, from nothing if they are none below.
    pub(super) fn axis(self, least: f64, most: f64) -> Axis {
        match self {
            Self::Seconds => time_axis(rounded_up(most), 3.0),
            Self::Megabytes => {
                let (factor, name) = scale(least.abs().max(most.abs()));
                let mut axis = decimal_axis(least / factor, most / factor, 0.0, name);
                for (value, _) in &mut axis.marks {
                    *value *= factor;
                }
                axis.low *= factor;
                axis.high *= factor;
                axis
            }
            Self::Percent => decimal_axis(least, most, 0.0, "%"),
            Self::Watts => decimal_axis(least, most, 0.0, "W"),
            Self::Count => decimal_axis(least, most, 1.0, ""),
            Self::Number => decimal_axis(least, most, 0.0, ""),
        }
    }
}

/// A time that is a mark of the axis up to it.
fn rounded_up(seconds: f64) -> f64 {
    let axis = time_axis(seconds, 3.0);
    let step = axis.marks.get(1).map_or(axis.high, |(value, _)| *value);
    (axis.high / step - 1e-9).ceil() * step
}

/// The largest unit of which there is at least one.
fn scale(megabytes: f64) -> (f64, &'static str) {
    let fits = |(factor, _): &&(f64, &str)| megabytes.abs() >= *factor * 0.999_5;
    let nothing = (1.0, "MB");
    match SIZES.iter().rev().find(fits) {
        Some(found) => *found,
        None if megabytes == 0.0 => nothing,
        None => SIZES[0],
    }
}

/// Bytes as people read them.
pub(super) fn bytes(bytes: u64) -> String {
    Unit::Megabytes.show(bytes as f64 / 1e6)
}

/// Three digits, or all that stand before the point.
pub(super) fn significant(value: f64) -> String {
    let size = value.abs();
    let digits = match size {
        size if size >= 99.95 => 0,
        size if size >= 9.995 => 1,
        size if size >= 0.1 || size == 0.0 => 2,
        _ => 4,
    };
    grouped(trimmed(format!("{value:.digits$}")))
}

/// Three digits of a number that may be of any size.
fn measured(value: f64) -> String {
    if value != 0.0 && !(1e-3..1e7).contains(&value.abs()) {
        return format!("{value:.2e}");
    }
    significant(value)
}

/// Without zeros that say nothing.
fn trimmed(mut text: String) -> String {
    if text.contains('.') {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    if text == "-0" { "0".to_owned() } else { text }
}

/// `1234567` as `1,234,567`; four digits are left as they are.
fn grouped(text: String) -> String {
    let whole = text.find('.').unwrap_or(text.len());
    let first = usize::from(text.starts_with('-'));
    if whole - first < 5 {
        return text;
    }
    let mut written = String::new();
    for (place, letter) in text.char_indices() {
        if place > first && place < whole && (whole - place).is_multiple_of(3) {
            written.push(',');
        }
        written.push(letter);
    }
    written
}

/// A time in seconds as people say it: `3.2 s`, `12 min 05 s`, `3 h 07 min`, `2 d 3 h`.
pub fn duration(seconds: f64) -> String {
    if seconds < 59.95 {
        return format!("{} s", significant(seconds));
    }
    let whole = seconds.round();
    let (large, small, names) = match whole {
        whole if whole < 3600.0 => (60.0, 1.0, ("min", "s")),
        whole if whole < 86_400.0 => (3600.0, 60.0, ("h", "min")),
        _ => (86_400.0, 3600.0, ("d", "h")),
    };
    let (count, rest) = ((whole / large).floor(), (whole % large / small).floor());
    let mut text = format!("{count} {}", names.0);
    if rest > 0.0 {
        let _ = write!(text, " {rest:02} {}", names.1);
    }
    text
}

/// An axis of time from zero to the end, with about so many marks.
pub(super) fn time_axis(seconds: f64, about: f64) -> Axis {
    let end = if seconds > 0.0 { seconds } else { 1.0 };
    let last = TIMES.len() - 1;
    let at = TIMES.iter().position(|(until, ..)| end <= *until);
    let (_, unit, name) = TIMES[at.unwrap_or(last)];
    let wanted = end / unit / about;
    let steps: &[f64] = match name {
        "h" => &HOURS,
        "d" => &[],
        _ => &SIXTIETHS,
    };
    let step = steps.iter().copied().find(|step| *step >= wanted);
    let step = match step {
        Some(step) if wanted >= 0.5 => step,
        _ => decimal_step(wanted),
    };
    let marks = multiples(0.0, end / unit, step).map(|value| {
        let text = match value {
            0.0 => "0".to_owned(),
            value => format!("{} {name}", significant(value)),
        };
        (value * unit, text)
    });
    Axis {
        low: 0.0,
        high: end,
        marks: marks.collect(),
    }
}

fn decimal_axis(least: f64, most: f64, least_step: f64, name: &str) -> Axis {
    let low = least.min(0.0);
    let high = if most > low { most } else { low + 1.0 };
    let step = decimal_step((high - low) / 3.0).max(least_step);
    let (low, high) = ((low / step).floor() * step, (high / step).ceil() * step);
    let marks = multiples(low, high, step).map(|value| {
        let text = if name.is_empty() {
            measured(value)
        } else {
            significant(value)
        };
        let space = if name.is_empty() || name == "%" {
            ""
        } else {
            " "
        };
        (value, format!("{text}{space}{name}"))
    });
    Axis {
        low,
        high,
        marks: marks.collect(),
    }
}

/// The least step that people count in and that is no less than this.
fn decimal_step(wanted: f64) -> f64 {
    let power = 10_f64.powf(wanted.log10().floor());
    let fits = |step: &f64| step * power >= wanted * (1.0 - 1e-9);
    DECIMAL.into_iter().find(fits).unwrap_or(10.0) * power
}

/// The multiples of a step between two numbers, both included.
fn multiples(low: f64, high: f64, step: f64) -> impl Iterator<Item = f64> {
    let first = (low / step - 1e-9).ceil();
    let all = (0..100_u8).map(move |index| (first + f64::from(index)) * step);
    all.take_while(move |value| *value <= high + step * 1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits_and_a_unit() {
        let cases = [
            (Unit::Percent, 0.0, "0%"),
            (Unit::Percent, 99.96, "100%"),
            (Unit::Percent, 0.000_01, "0%"),
            (Unit::Percent, 12.345, "12.3%"),
            (Unit::Percent, 1600.4, "1600%"),
            (Unit::Megabytes, 0.000_5, "500 B"),
            (Unit::Megabytes, 0.0, "0 MB"),
            (Unit::Megabytes, 999.9, "1 GB"),
            (Unit::Megabytes, 80_123.0, "80.1 GB"),
            (Unit::Megabytes, 2.5e6, "2.5 TB"),
            (Unit::Seconds, 3.217, "3.22 s"),
            (Unit::Seconds, 59.97, "1 min"),
            (Unit::Seconds, 725.0, "12 min 05 s"),
            (Unit::Seconds, 11_220.0, "3 h 07 min"),
            (Unit::Seconds, 183_600.0, "2 d 03 h"),
            (Unit::Watts, 350.55, "351 W"),
            (Unit::Count, 12_345.0, "12,345"),
            (Unit::Number, -0.002_5, "-0.0025"),
            (Unit::Number, 1.5e-9, "1.50e-9"),
        ];
        for (unit, value, expected) in cases {
            assert_eq!(unit.show(value), expected);
        }
    }

    #[test]
    fn units_are_told_by_the_end_of_a_name() {
        let cases = [
            ("system/gpu_0_power_usage_watts", Unit::Watts),
            ("system/node_0/disk_usage_percentage", Unit::Percent),
            ("process/count", Unit::Count),
            ("process/thread_count", Unit::Count),
            ("loss", Unit::Number),
            ("account", Unit::Number),
        ];
        for (name, unit) in cases {
            assert_eq!(Unit::of(name), unit, "{name}");
        }
    }

    fn texts(axis: &Axis) -> String {
        let texts: Vec<&str> = axis.marks.iter().map(|(_, text)| text.as_str()).collect();
        texts.join(" | ")
    }

    #[test]
    fn axes_have_round_marks_and_hold_all_numbers() {
        let cases = [
            (Unit::Percent, (0.0, 100.0), "0% | 50% | 100%"),
            (Unit::Percent, (3.0, 199.0), "0% | 100% | 200%"),
            (
                Unit::Megabytes,
                (0.0, 1234.0),
                "0 GB | 0.5 GB | 1 GB | 1.5 GB",
            ),
            (Unit::Megabytes, (0.0, 0.0), "0 MB | 0.5 MB | 1 MB"),
            (Unit::Count, (1.0, 2.0), "0 | 1 | 2"),
            (Unit::Number, (-1.0, 1.0), "-1 | 0 | 1"),
            (Unit::Seconds, (0.0, 41.0), "0 | 15 s | 30 s | 45 s"),
        ];
        for (unit, (least, most), expected) in cases {
            let axis = unit.axis(least, most);
            assert_eq!(texts(&axis), expected, "{unit:?} {least} {most}");
            assert!(axis.low <= least && axis.high >= most, "{axis:?}");
        }
    }

    #[test]
    fn times_are_marked_in_parts_of_hours_and_days() {
        let cases = [
            (0.0, "0 | 0.2 s | 0.4 s | 0.6 s | 0.8 s | 1 s"),
            (0.3, "0 | 0.1 s | 0.2 s | 0.3 s"),
            (21.0, "0 | 5 s | 10 s | 15 s | 20 s"),
            (179.0, "0 | 60 s | 120 s"),
            (600.0, "0 | 2 min | 4 min | 6 min | 8 min | 10 min"),
            (7200.0, "0 | 30 min | 60 min | 90 min | 120 min"),
            (86_400.0, "0 | 6 h | 12 h | 18 h | 24 h"),
            (864_000.0, "0 | 2 d | 4 d | 6 d | 8 d | 10 d"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(texts(&time_axis(seconds, 5.0)), expected, "{seconds}");
        }
    }
}
