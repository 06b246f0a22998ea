//! Numbers with the text they were read from, and Python's way to print a float.

use std::hash::{Hash, Hasher};

/// A number of the dialect: its source text, always one that Python's reader accepts.
#[derive(Clone, Debug)]
pub struct Number {
    source: String,
}

/// Numbers are equal when Python writes them alike: `1.50` is `1.5`, but `1` is not `1.0`.
impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source || self.to_python_string() == other.to_python_string()
    }
}

impl Eq for Number {}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to_python_string().hash(state);
    }
}

impl Number {
    /// Takes text the reader has already checked.
    pub(super) fn from_checked(source: String) -> Self {
        Self { source }
    }

    /// Takes the digits of an integer.
    pub(crate) fn from_digits(digits: &str) -> Self {
        Self::from_checked(digits.to_owned())
    }

    /// The text the number was read from or made as, such as `1.50` or `1E5`.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether Python reads this as `int`: no fraction, no exponent, not one of the bare tokens.
    pub fn is_integer(&self) -> bool {
        self.source
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-')
    }

    /// The value when it is an integer of at most 64 bits with sign.
    pub fn as_i64(&self) -> Option<i64> {
        self.is_integer()
            .then(|| self.source.parse().ok())
            .flatten()
    }

    /// The value when it is an integer of at most 64 bits without sign.
    pub fn as_u64(&self) -> Option<u64> {
        self.is_integer()
            .then(|| self.source.parse().ok())
            .flatten()
    }

    /// The nearest double; too large numbers become infinite.
    pub fn as_f64(&self) -> f64 {
        match self.source.as_str() {
            "NaN" => f64::NAN,
            "Infinity" => f64::INFINITY,
            "-Infinity" => f64::NEG_INFINITY,
            // Python's integers have no negative zero.
            "-0" => 0.0,
            text => text.parse().unwrap_or(f64::NAN),
        }
    }

    /// Whether this is the token `NaN`.
    pub fn is_nan(&self) -> bool {
        self.source == "NaN"
    }

    /// The text Python writes after reading this number: integers as they are (`-0` as `0`),
    /// floats by `repr`.
    pub fn to_python_string(&self) -> String {
        match (self.is_integer(), self.source.as_str()) {
            (true, "-0") => "0".to_owned(),
            (true, text) => text.to_owned(),
            (false, _) => python_float(self.as_f64()),
        }
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self {
            source: value.to_string(),
        }
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self {
            source: value.to_string(),
        }
    }
}

impl From<f64> for Number {
    fn from(value: f64) -> Self {
        Self {
            source: python_float(value),
        }
    }
}

/// Prints a double as Python's `json.dumps` does: the shortest digits that read back the same,
/// in exponent form below `1e-4` and from `1e16`.
///
/// ```
/// use envelope_format::json::python_float;
/// assert_eq!(python_float(1e16), "1e+16");
/// assert_eq!(python_float(123.0), "123.0");
/// ```
pub fn python_float(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let shortest = shortest(value);
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    if (-4..16).contains(&exponent) {
        return format!("{sign}{}", positional(&mantissa.replace('.', ""), exponent));
    }
    let exponent_sign = if exponent < 0 { '-' } else { '+' };
    format!(
        "{sign}{mantissa}e{exponent_sign}{:02}",
        exponent.unsigned_abs()
    )
}

/// The shortest digits that read back the same, in exponent form. Where two are equally near, Python
/// takes the one that ends in an even digit, and Rust the larger one.
fn shortest(value: f64) -> String {
    let shortest = format!("{value:e}");
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let decimals = i32::try_from(digits).unwrap_or(0) - 1 - exponent;
    // The double lies in the middle if it ends one binary and thus one decimal place later.
    let is_halfway = (1..1000).contains(&decimals) && {
        let scaled = value * 2_f64.powi(decimals + 1);
        scaled.fract() == 0.0 && scaled % 2.0 != 0.0
    };
    if !is_halfway {
        return shortest;
    }
    let even = format!("{value:.*e}", digits - 1);
    if even.parse() == Ok(value) {
        even
    } else {
        shortest
    }
}

/// Places the point `exponent` digits after the first of `digits`.
fn positional(digits: &str, exponent: i32) -> String {
    let Ok(exponent) = usize::try_from(exponent) else {
        let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
        return format!("0.{zeros}{digits}");
    };
    if digits.len() <= exponent + 1 {
        return format!("{digits}{}.0", "0".repeat(exponent + 1 - digits.len()));
    }
    let (whole, fraction) = digits.split_at(exponent + 1);
    format!("{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_floats_as_python_does() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (1.5, "1.5"),
            (0.1, "0.1"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.234_567_890_123_456_7e16, "1.2345678901234568e+16"),
            (123_456_789.125, "123456789.125"),
            (1e100, "1e+100"),
            (5e-324, "5e-324"),
            (3_436_180_294_712_365.0 / 4.0, "859045073678091.2"),
            (3_436_180_294_712_367.0 / 4.0, "859045073678091.8"),
            (-65_537.0 / 131_072.0, "-0.5000076293945312"),
            (0.125, "0.125"),
            (f64::MAX, "1.7976931348623157e+308"),
            (-2.5e-300, "-2.5e-300"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
        ];
        for (value, expected) in cases {
            assert_eq!(python_float(value), expected);
        }
    }

    #[test]
    fn numbers_that_python_writes_alike_are_equal() {
        let number = |source: &str| Number::from_checked(source.to_owned());
        for (a, b, equal) in [
            ("1.50", "1.5", true),
            ("-0", "0", true),
            ("1e400", "Infinity", true),
            ("NaN", "NaN", true),
            ("1", "1.0", false),
            ("-0.0", "0.0", false),
        ] {
            assert_eq!(number(a) == number(b), equal, "{a} {b}");
        }
    }

    #[test]
    fn keeps_source_and_tells_integers_from_floats() {
        let long = "1234567890123456789012345678901234567890";
        let cases = [
            ("5", true, Some(5)),
            ("5.0", false, None),
            ("1e2", false, None),
            (long, true, None),
        ];
        for (source, integer, value) in cases {
            let number = Number::from_checked(source.to_owned());
            assert_eq!(
                (number.is_integer(), number.as_i64()),
                (integer, value),
                "{source}"
            );
            assert_eq!(number.source(), source);
        }
        assert_eq!(
            Number::from_checked("-0".to_owned()).to_python_string(),
            "0"
        );
        assert_eq!(
            Number::from_checked("1E2".to_owned()).to_python_string(),
            "100.0"
        );
        assert_eq!(
            Number::from_checked("1e999".to_owned()).to_python_string(),
            "Infinity"
        );
    }
}
