//! What a plain scalar is: the implicit types of YAML 1.1 as `PyYAML` resolves them, which is what
//! MLflow sees. See <https://yaml.org/type/>.

use crate::json::python_float;
use serde_json::Value as JsonValue;

/// The null of written files.
pub(super) const NULL: &str = "null";

/// The type that `PyYAML` gives a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlainKind {
    /// `null`, `~` or nothing at all.
    Null,
    /// `true`, `yes`, `on` and their opposites, in three spellings each.
    Boolean,
    /// Decimal, octal (`017`), hexadecimal, binary or sexagesimal (`1:30`).
    Integer,
    /// With a point, or `.inf` and `.nan`; `1e3` is a string.
    Float,
    /// A date, or a date with a time.
    Timestamp,
    /// `<<` and `=`, which have a meaning of their own.
    Special,
    /// Everything else, and whatever stood in quotes.
    String,
}

impl PlainKind {
    /// The kind in a word fit for a message: `a string`, `an integer`, …
    pub fn describe(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Integer => "an integer",
            Self::Float => "a number",
            Self::Timestamp => "a date",
            Self::Special => "a YAML indicator",
            Self::String => "a string",
        }
    }
}

/// The kind of a scalar.
pub(super) fn kind(text: &str, plain: bool) -> PlainKind {
    if plain {
        resolve(text)
    } else {
        PlainKind::String
    }
}

/// The kind that a text has when it stands without quotes.
pub(super) fn resolve(text: &str) -> PlainKind {
    match text {
        _ if is_null(text) => PlainKind::Null,
        "<<" | "=" => PlainKind::Special,
        _ if is_true(text) || is_false(text) => PlainKind::Boolean,
        _ if is_integer(text) => PlainKind::Integer,
        _ if is_float(text) => PlainKind::Float,
        _ if is_timestamp(text) => PlainKind::Timestamp,
        _ => PlainKind::String,
    }
}

/// Whether a text that stands without quotes is a null.
pub(super) fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

pub(super) fn is_true(text: &str) -> bool {
    matches!(
        text,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON"
    )
}

fn is_false(text: &str) -> bool {
    matches!(
        text,
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF"
    )
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['+', '-']).unwrap_or(text)
}

/// Whether the text is not empty and holds only these characters.
fn only(text: &str, allowed: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(allowed)
}

fn digits(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && only(text, |c| c.is_ascii_digit() || c == '_')
}

fn is_integer(text: &str) -> bool {
    let body = unsigned(text);
    if let Some(rest) = body.strip_prefix("0b") {
        return only(rest, |c| matches!(c, '0' | '1' | '_'));
    }
    if let Some(rest) = body.strip_prefix("0x") {
        return only(rest, |c| c.is_ascii_hexdigit() || c == '_');
    }
    if let Some(rest) = body.strip_prefix('0') {
        return rest.is_empty() || only(rest, |c| matches!(c, '0'..='7' | '_'));
    }
    match body.split_once(':') {
        Some((head, tail)) => digits(head) && tail.split(':').all(is_sixtieth),
        None => digits(body),
    }
}

/// A part of a sexagesimal number: one or two digits below 60.
fn is_sixtieth(text: &str) -> bool {
    let bytes = text.as_bytes();
    matches!(bytes, [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9'])
}

fn is_float(text: &str) -> bool {
    let body = unsigned(text);
    if matches!(body, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let Some((whole, rest)) = body.split_once('.') else {
        return false;
    };
    let (fraction, exponent) = match rest.split_once(['e', 'E']) {
        Some((fraction, exponent)) => (fraction, Some(exponent)),
        None => (rest, None),
    };
    let fraction_ok = fraction.chars().all(|c| c.is_ascii_digit() || c == '_');
    if let Some((head, tail)) = whole.split_once(':') {
        let sixty = digits(head) && tail.split(':').all(is_sixtieth);
        return sixty && fraction_ok && exponent.is_none();
    }
    let exponent_ok =
        exponent.is_none_or(|e| e.starts_with(['+', '-']) && only(&e[1..], |c| c.is_ascii_digit()));
    // `.5` takes no sign in YAML 1.1 as PyYAML has it.
    let whole_ok = if whole.is_empty() {
        body.len() == text.len() && digits(fraction)
    } else {
        digits(whole)
    };
    whole_ok && fraction_ok && exponent_ok
}

fn is_timestamp(text: &str) -> bool {
    let number = |t: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&t.len()) && only(t, |c| c.is_ascii_digit())
    };
    let (date, time) = match text.find(['T', 't', ' ', '\t']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let (Some(y), Some(m), Some(d), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let Some(time) = time else {
        return number(y, 4..=4) && number(m, 2..=2) && number(d, 2..=2);
    };
    let time = time.trim_start_matches([' ', '\t']);
    number(y, 4..=4) && number(m, 1..=2) && number(d, 1..=2) && is_time(time)
}

fn is_time(text: &str) -> bool {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.'));
    let (clock, zone) = text.split_at(end.unwrap_or(text.len()));
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let parts: Vec<&str> = clock.split(':').collect();
    let two = |t: &str| t.len() == 2 && only(t, |c| c.is_ascii_digit());
    let zone = zone.trim_start_matches([' ', '\t']);
    let zone_ok = zone.is_empty()
        || zone == "Z"
        || zone.strip_prefix(['+', '-']).is_some_and(|z| {
            let (hours, minutes) = z.split_once(':').unwrap_or((z, "00"));
            (two(hours) || is_sixtieth(hours)) && two(minutes)
        });
    parts.len() == 3
        && (two(parts[0]) || is_sixtieth(parts[0]))
        && two(parts[1])
        && two(parts[2])
        && fraction.chars().all(|c| c.is_ascii_digit())
        && zone_ok
}

/// The value of an integer in any of its spellings, when it fits 64 bits.
pub(super) fn integer(text: &str) -> Option<i64> {
    let clean = text.replace('_', "");
    let (sign, body) = match clean.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", clean.strip_prefix('+').unwrap_or(&clean)),
    };
    let signed = |digits: &str, radix| i64::from_str_radix(&format!("{sign}{digits}"), radix).ok();
    if let Some(rest) = body.strip_prefix("0b") {
        return signed(rest, 2);
    }
    if let Some(rest) = body.strip_prefix("0x") {
        return signed(rest, 16);
    }
    if body.contains(':') {
        let total = body.split(':').try_fold(0_i64, |sum, part| {
            sum.checked_mul(60)?.checked_add(part.parse().ok()?)
        })?;
        return Some(if sign.is_empty() { total } else { -total });
    }
    let octal = body.len() > 1 && body.starts_with('0');
    signed(body, if octal { 8 } else { 10 })
}

/// A scalar as JSON; what JSON has no type for becomes its text.
pub(super) fn to_json(text: &str, plain: bool) -> JsonValue {
    match kind(text, plain) {
        PlainKind::Null => JsonValue::Null,
        PlainKind::Boolean => JsonValue::Bool(is_true(text)),
        PlainKind::Integer => integer(text).map_or_else(|| text.into(), Into::into),
        PlainKind::Float => {
            let number = text
                .replace('_', "")
                .parse()
                .ok()
                .and_then(serde_json::Number::from_f64);
            number.map_or_else(|| text.into(), JsonValue::Number)
        }
        PlainKind::Timestamp | PlainKind::Special | PlainKind::String => text.into(),
    }
}

/// A JSON number in `PyYAML`'s spelling: Python's, but always with a point before an exponent.
pub(super) fn number(number: &serde_json::Number) -> String {
    let Some(float) = number.as_f64().filter(|_| number.is_f64()) else {
        return number.to_string();
    };
    let text = python_float(float);
    match text.split_once('e') {
        Some((mantissa, exponent)) if !mantissa.contains('.') => format!("{mantissa}.0e{exponent}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each kind as `yaml.safe_load` of `PyYAML` 6.0 gives it.
    #[test]
    fn resolves_plain_scalars_as_pyyaml_does() {
        let cases = [
            (PlainKind::Null, "~ null Null NULL"),
            (PlainKind::Boolean, "yes No ON off True FALSE"),
            (
                PlainKind::Integer,
                "0 -1 +7 1_000 017 0x1F 0b10 1:30 190:20:30 0_7 00",
            ),
            (
                PlainKind::Float,
                "1.0 -1.5 1. .5 1.0e+3 1.5E-3 .inf -.INF .nan 1:30.5 1_0.2_5",
            ),
            (
                PlainKind::Timestamp,
                "2024-01-02 2024-1-2T3:04:05 2024-01-02T03:04:05.123Z",
            ),
            (PlainKind::Special, "<< ="),
            (
                PlainKind::String,
                "y n nULL yEs 1e3 1.0e3 08 0b 0x 1:60 -.5 -.nan +.nan 2024-1-2 1.2.3 3.11.7 _1 - . tRUE \
                 2024-01-02T03:04 v1 0o17",
            ),
        ];
        for (kind, texts) in cases {
            for text in texts.split_whitespace() {
                assert_eq!(resolve(text), kind, "{text}");
            }
        }
        assert_eq!(resolve("2026-11-20 17:40:12.369554"), PlainKind::Timestamp);
        assert_eq!(resolve("2026-11-20 17:40:12 +02:00"), PlainKind::Timestamp);
        assert_eq!(resolve("2026-11-20t\n17:40:12"), PlainKind::String);
        assert_eq!(resolve(""), PlainKind::Null);
    }

    #[test]
    fn reads_integers_in_every_spelling() {
        let cases = [
            ("1_000", 1000),
            ("017", 15),
            ("-0x1F", -31),
            ("0b101", 5),
            ("1:30", 90),
            ("+3", 3),
        ];
        for (text, value) in cases {
            assert_eq!(integer(text), Some(value), "{text}");
        }
        assert_eq!(integer("99999999999999999999"), None);
    }
}
