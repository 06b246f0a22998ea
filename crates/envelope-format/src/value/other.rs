//! Values of Python's that no JSON gives, but files of columns do: dates, times of day, spans,
//! decimals and tuples.

use std::fmt;

use super::Value;
use crate::signature::{DAY, Moment};

/// A value that only typed data have.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Other {
    /// A `datetime.datetime`, in nanoseconds since 1970
    Moment(i128),
    /// A `datetime.date`, in days since 1970
    Date(i64),
    /// A `datetime.time`, in microseconds since midnight
    Clock(i64),
    /// A `Timedelta`, in nanoseconds
    Span(i64),
    /// A `decimal.Decimal`
    Decimal {
        /// Its digits, after a sign where it is negative.
        digits: Box<str>,
        /// How many of the digits follow the point; less than zero where zeros do.
        scale: i8,
    },
    /// A tuple
    Tuple(Vec<Value>),
}

impl Other {
    /// The name of its Python type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Other::Moment(_) => "datetime",
            Other::Date(_) => "date",
            Other::Clock(_) => "time",
            Other::Span(_) => "Timedelta",
            Other::Decimal { .. } => "Decimal",
            Other::Tuple(_) => "tuple",
        }
    }

    /// Whether Python counts it as true.
    pub(crate) fn is_truthy(&self) -> bool {
        match self {
            Other::Moment(_) | Other::Date(_) | Other::Clock(_) => true,
            Other::Span(nanoseconds) => *nanoseconds != 0,
            Other::Decimal { digits, .. } => digits.bytes().any(|byte| matches!(byte, b'1'..=b'9')),
            Other::Tuple(items) => !items.is_empty(),
        }
    }

    /// Whether numpy counts it as a scalar.
    pub(crate) fn is_scalar(&self) -> bool {
        matches!(self, Other::Decimal { .. })
    }

    /// The whole number that a decimal is without its fraction, if that has at most 38 digits.
    pub(crate) fn as_integer(&self) -> Option<i128> {
        let Other::Decimal { digits, scale } = self else {
            return None;
        };
        let digits: i128 = digits.parse().ok()?;
        let factor = 10_i128.checked_pow(scale.unsigned_abs().into());
        match factor {
            None => (*scale > 0 || digits == 0).then_some(0),
            Some(factor) if *scale > 0 => Some(digits / factor),
            Some(factor) => digits.checked_mul(factor),
        }
    }

    /// The number that a decimal is.
    pub(crate) fn as_float(&self) -> Option<f64> {
        match self {
            Other::Decimal { digits, scale } => {
                format!("{digits}e{}", -i32::from(*scale)).parse().ok()
            }
            _ => None,
        }
    }

    /// The midnight that a date begins with, in nanoseconds; `None` where that is too far away.
    pub(crate) fn nanoseconds(&self) -> Option<i64> {
        match self {
            Other::Date(days) => days.checked_mul(DAY),
            _ => None,
        }
    }
}

impl fmt::Display for Other {
    /// Writes it as Python's `str` does.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Other::Moment(nanoseconds) => {
                out.write_str(&Moment::of_wide_nanoseconds(*nanoseconds).isoformat())
            }
            Other::Date(days) => out.write_str(&Moment::of_day(*days).isoformat()),
            Other::Clock(microseconds) => write_clock(*microseconds, 1_000_000, 6, out),
            Other::Span(nanoseconds) => {
                let days = nanoseconds.div_euclid(DAY);
                write!(out, "{days} days {}", if days < 0 { "+" } else { "" })?;
                let clock = nanoseconds.rem_euclid(DAY);
                match clock % 1000 {
                    0 => write_clock(clock / 1000, 1_000_000, 6, out),
                    _ => write_clock(clock, 1_000_000_000, 9, out),
                }
            }
            Other::Decimal { digits, scale } => out.write_str(&decimal_text(digits, *scale)),
            Other::Tuple(items) => {
                out.write_str("(")?;
                for (place, item) in items.iter().enumerate() {
                    let before = if place > 0 { ", " } else { "" };
                    write!(out, "{before}{}", item.to_repr())?;
                }
                out.write_str(if items.len() == 1 { ",)" } else { ")" })
            }
        }
    }
}

/// Hours, minutes, seconds, and a fraction where there is one.
fn write_clock(count: i64, second: i64, width: usize, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (seconds, fraction) = (count.div_euclid(second), count.rem_euclid(second));
    let (minutes, hours) = (seconds / 60 % 60, seconds / 3600);
    write!(out, "{hours:02}:{minutes:02}:{:02}", seconds % 60)?;
    if fraction != 0 {
        write!(out, ".{fraction:0width$}")?;
    }
    Ok(())
}

/// A decimal as Python writes it: with an exponent where zeros would have to be made up, or where
/// there would be more than five of them after the point.
fn decimal_text(signed: &str, scale: i8) -> String {
    let (sign, digits) = match signed.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", signed),
    };
    let count = i64::try_from(digits.len()).unwrap_or(i64::MAX);
    let before = count - i64::from(scale);
    if scale >= 0 && before > -6 {
        let number = match usize::try_from(before) {
            Ok(before) if before >= digits.len() => digits.to_owned(),
            Ok(before) if before > 0 => format!("{}.{}", &digits[..before], &digits[before..]),
            _ => {
                let zeros = usize::try_from(-before).unwrap_or(0);
                format!("0.{}{digits}", "0".repeat(zeros))
            }
        };
        return format!("{sign}{number}");
    }
    let point = if digits.len() > 1 { "." } else { "" };
    let (first, rest) = digits.split_at(1);
    format!("{sign}{first}{point}{rest}E{:+}", before - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_those_of_python() {
        let decimal = |digits: &str, scale| Other::Decimal {
            digits: digits.into(),
            scale,
        };
        for (value, expected) in [
            (decimal("150", 2), "1.50"),
            (decimal("-5", 2), "-0.05"),
            (decimal("3", 0), "3"),
            (decimal("1", 6), "0.000001"),
            (decimal("1", 7), "1E-7"),
            (decimal("12", 9), "1.2E-8"),
            (decimal("12", -2), "1.2E+3"),
            (decimal("0", 2), "0.00"),
            (Other::Date(0), "1970-01-01"),
            (Other::Date(-1), "1969-12-31"),
            (Other::Date(2_932_533), "9999-01-02"),
            (Other::Clock(3_723_000_000), "01:02:03"),
            (Other::Clock(3_723_000_005), "01:02:03.000005"),
            (Other::Span(DAY + 1_000_000_000), "1 days 00:00:01"),
            (Other::Span(-1), "-1 days +23:59:59.999999999"),
            (Other::Tuple(vec![Value::Int(1)]), "(1,)"),
            (
                Other::Tuple(vec![Value::text("k"), Value::Int(1)]),
                "('k', 1)",
            ),
        ] {
            assert_eq!(value.to_string(), expected);
        }
        assert_eq!(decimal("150", 2).as_float(), Some(1.5));
        assert_eq!(decimal("-159", 2).as_integer(), Some(-1));
        assert_eq!(decimal("12", -2).as_integer(), Some(1200));
        assert!(!decimal("000", 2).is_truthy());
    }
}
