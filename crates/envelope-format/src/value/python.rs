//! What Python says of values: their truth, their text, and the numbers that it reads from text.

use std::fmt::Write as _;

use super::{Items, Value};
use crate::json::python_float;

impl Value {
    /// Whether Python counts the value as true.
    pub(crate) fn is_truthy(&self) -> bool {
        match self {
            Value::Null => false,
            Value::Bool(value) => *value,
            Value::Int(value) => *value != 0,
            Value::Float(value) => *value != 0.0,
            Value::Big(_) | Value::Time(_) => true,
            Value::Text(text) => !text.is_empty(),
            Value::Bytes(bytes) => !bytes.is_empty(),
            Value::List(items) => !items.is_empty(),
            Value::Map(map) => !map.is_empty(),
            Value::Array(array) | Value::Scalar(array) => {
                array.first().is_some_and(|first| first.is_truthy())
            }
        }
    }

    /// The name of its Python type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "NoneType",
            Value::Bool(_) => "bool",
            Value::Int(_) | Value::Big(_) => "int",
            Value::Float(_) => "float",
            Value::Text(_) => "str",
            Value::Bytes(_) => "bytes",
            Value::Time(_) => "datetime64",
            Value::List(_) => "list",
            Value::Map(_) => "dict",
            Value::Array(_) => "ndarray",
            Value::Scalar(scalar) => scalar.elements.dtype_name(),
        }
    }

    /// Python's `str`.
    pub fn to_str(&self) -> String {
        match self {
            Value::Text(text) => text.to_string(),
            _ => self.to_repr(),
        }
    }

    /// Python's `repr`.
    pub(crate) fn to_repr(&self) -> String {
        let mut text = String::new();
        self.write_repr(&mut text);
        text
    }

    fn write_repr(&self, out: &mut String) {
        match self {
            Value::Null => out.push_str("None"),
            Value::Bool(value) => out.push_str(if *value { "True" } else { "False" }),
            Value::Int(value) => {
                let _ = write!(out, "{value}");
            }
            Value::Big(digits) => out.push_str(digits),
            Value::Float(value) => out.push_str(&float_repr(*value)),
            Value::Text(text) => write_text_repr(text, out),
            Value::Bytes(bytes) => {
                let _ = write!(out, "b'{}'", bytes.escape_ascii());
            }
            Value::Time(time) => {
                let _ = write!(out, "{time}");
            }
            Value::List(items) => write_list(items, out),
            Value::Map(map) => {
                let pairs = map.iter().map(|(key, value)| {
                    let mut pair = String::new();
                    write_text_repr(key, &mut pair);
                    pair.push_str(": ");
                    value.write_repr(&mut pair);
                    pair
                });
                let pairs: Vec<String> = pairs.collect();
                let _ = write!(out, "{{{}}}", pairs.join(", "));
            }
            Value::Array(array) | Value::Scalar(array) => array.to_value().write_repr(out),
        }
    }
}

fn write_list(items: &Items, out: &mut String) {
    out.push('[');
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            out.push_str(", ");
        }
        item.write_repr(out);
    }
    out.push(']');
}

/// Python's `repr` of a double, which names infinities and NaN unlike its JSON.
pub(crate) fn float_repr(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    python_float(value)
}

/// Quoted as Python does: in single quotes, unless only they occur in it.
fn write_text_repr(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    out.push(quote);
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if character == quote => {
                out.push('\\');
                out.push(quote);
            }
            _ if (character as u32) < 0x20 || character as u32 == 0x7f => {
                let _ = write!(out, "\\x{:02x}", character as u32);
            }
            _ => out.push(character),
        }
    }
    out.push(quote);
}

/// What Python's `int` reads from a text: white space around, one sign, digits with single
/// underscores between. `None` for other text; a number of more than 38 digits is cut off at the
/// ends of what 128 bits hold.
pub(crate) fn integer(text: &str) -> Option<i128> {
    let digits = plain_digits(text)?;
    let body = digits.strip_prefix(['+', '-']).unwrap_or(&digits);
    if body.is_empty() || !body.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let bound = if digits.starts_with('-') {
        i128::MIN
    } else {
        i128::MAX
    };
    Some(digits.parse().unwrap_or(bound))
}

/// What Python's `float` reads from a text.
pub(crate) fn float(text: &str) -> Option<f64> {
    let plain = plain_digits(text)?;
    let body = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    let is_word = ["inf", "infinity", "nan"]
        .iter()
        .any(|word| body.eq_ignore_ascii_case(word));
    let is_number = body.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    (is_word || is_number).then(|| plain.parse().ok())?
}

/// The text without white space around it and underscores between digits, other scripts' digits
/// as ours; `None` where an underscore is elsewhere.
fn plain_digits(text: &str) -> Option<String> {
    let text = text.trim();
    let bytes = text.as_bytes();
    if text.is_ascii() && !bytes.contains(&b'_') {
        return Some(text.to_owned());
    }
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    let mut was_digit = false;
    while let Some(character) = characters.next() {
        let digit = decimal_digit(character);
        match digit {
            Some(digit) => plain.push(digit),
            None if character == '_' => {
                let next = characters.peek().copied().and_then(decimal_digit);
                if !was_digit || next.is_none() {
                    return None;
                }
            }
            None => plain.push(character),
        }
        was_digit = digit.is_some();
    }
    Some(plain)
}

/// The decimal digit that a character is in any of the scripts most in use.
fn decimal_digit(character: char) -> Option<char> {
    const ZEROS: [char; 12] = ['0', '٠', '۰', '०', '০', '੦', '૦', '௦', '౦', '๐', '໐', '０'];
    let digit = ZEROS.iter().find_map(|zero| {
        (character as u32)
            .checked_sub(*zero as u32)
            .filter(|digit| *digit < 10)
    })?;
    char::from_digit(digit, 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Json;

    #[test]
    fn texts_are_python_s() {
        for (json, expected) in [
            ("null", "None"),
            ("true", "True"),
            ("1e40", "1e+40"),
            ("NaN", "nan"),
            (
                r#"{"a": 1, "b": ["x", null]}"#,
                "{'a': 1, 'b': ['x', None]}",
            ),
            (r#"["it's"]"#, r#"["it's"]"#),
            (r#""plain""#, "plain"),
            (r#"["a\n\\"]"#, r"['a\n\\']"),
        ] {
            let value = Value::from(&Json::parse(json.as_bytes()).unwrap());
            assert_eq!(value.to_str(), expected, "{json}");
        }
    }

    #[test]
    fn numbers_are_read_as_python_reads_them() {
        for (text, int, real) in [
            ("5", Some(5), Some(5.0)),
            (" +5\n", Some(5), Some(5.0)),
            ("1_0", Some(10), Some(10.0)),
            ("٣", Some(3), Some(3.0)),
            ("-0", Some(0), Some(-0.0)),
            ("1.5", None, Some(1.5)),
            (".5", None, Some(0.5)),
            ("5.", None, Some(5.0)),
            ("1e3", None, Some(1000.0)),
            ("inf", None, Some(f64::INFINITY)),
            ("-Infinity", None, Some(f64::NEG_INFINITY)),
            ("_1", None, None),
            ("1__0", None, None),
            ("", None, None),
            ("--5", None, None),
            ("abc", None, None),
            ("0x10", None, None),
            ("infinite", None, None),
            ("e5", None, None),
        ] {
            assert_eq!(integer(text), int, "{text}");
            assert_eq!(float(text), real, "{text}");
        }
    }
}
