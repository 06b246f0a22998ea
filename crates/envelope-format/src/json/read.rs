//! The reader: accepts what Python's `json.loads` accepts, with bounds.
//!
//! Stricter than Python in four places, each a clear refusal: nesting deeper than [`MAX_DEPTH`],
//! more than [`MAX_VALUES`] values, escapes of half a surrogate pair (no Unicode text can hold them) and text that is not UTF-8.

use indexmap::IndexMap;
use thiserror::Error;

use super::scan::Scanner;
use super::{Json, Number};

/// The deepest nesting of lists and objects that [`Json::parse`] reads.
pub const MAX_DEPTH: usize = 128;

/// The most values that [`Json::parse`] reads, lists and objects included; some take a hundred
/// times the memory of their text.
pub const MAX_VALUES: usize = 4_000_000;

/// Text that is not JSON in Python's dialect, with the place of the fault.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}, column {column}: {message}")]
#[non_exhaustive]
pub struct JsonError {
    /// Line of the fault, from 1.
    pub line: usize,
    /// Column of the fault in characters, from 1.
    pub column: usize,
    /// What was found and what was expected.
    pub message: String,
}

impl Json {
    /// Reads one value and nothing after it. Of two equal keys the last value wins, at the
    /// place of the first.
    ///
    /// # Errors
    /// Syntax faults, a byte order mark, text that is not UTF-8, control characters in a text,
    /// half a surrogate pair, integers over 4300 digits, nesting deeper than [`MAX_DEPTH`] and more
    /// than [`MAX_VALUES`] values.
    pub fn parse(bytes: &[u8]) -> Result<Json, JsonError> {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => return Err(not_utf8(bytes, error.valid_up_to())),
        };
        let mut reader = Reader {
            scanner: Scanner::new(text, 0),
            values: 0,
        };
        if text.starts_with('\u{feff}') {
            let message = "found a byte order mark, expected JSON without one";
            return Err(reader.scanner.fault(message));
        }
        let value = reader.value(0)?;
        reader.scanner.skip_space();
        if !reader.scanner.is_at_end() {
            return Err(reader.scanner.expected("the end"));
        }
        Ok(value)
    }
}

fn not_utf8(bytes: &[u8], valid: usize) -> JsonError {
    let text = std::str::from_utf8(&bytes[..valid]).unwrap_or_default();
    Scanner::new(text, valid).fault(&format!("found byte {:#04x}, expected UTF-8", bytes[valid]))
}

struct Reader<'a> {
    scanner: Scanner<'a>,
    values: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Result<Json, JsonError> {
        self.scanner.skip_space();
        self.values += 1;
        if self.values > MAX_VALUES {
            let message = format!("found more than {MAX_VALUES} values");
            return Err(self.scanner.fault(&message));
        }
        match self.scanner.peek() {
            Some(b'{' | b'[') if depth >= MAX_DEPTH => {
                let message = format!("nested deeper than {MAX_DEPTH} lists and objects");
                Err(self.scanner.fault(&message))
            }
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.array(depth + 1),
            Some(b'"') => Ok(Json::String(self.scanner.string()?.into_owned())),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Result<Json, JsonError> {
        for (token, value) in [
            ("null", Json::Null),
            ("true", true.into()),
            ("false", false.into()),
        ] {
            if self.scanner.eat(token) {
                return Ok(value);
            }
        }
        for token in ["NaN", "Infinity", "-Infinity"] {
            if self.scanner.eat(token) {
                return Ok(Json::Number(Number::from_checked(token.to_owned())));
            }
        }
        let (number, _) = self.scanner.number()?;
        Ok(Json::Number(Number::from_checked(number.to_owned())))
    }

    fn object(&mut self, depth: usize) -> Result<Json, JsonError> {
        let mut map = IndexMap::new();
        let mut goes_on = self.scanner.opens(b'}');
        while goes_on {
            let key = self.scanner.key()?.into_owned();
            let value = self.value(depth)?;
            map.insert(key, value);
            goes_on = self.scanner.goes_on(b'}')?;
        }
        Ok(Json::Object(map))
    }

    fn array(&mut self, depth: usize) -> Result<Json, JsonError> {
        let mut items = Vec::new();
        let mut goes_on = self.scanner.opens(b']');
        while goes_on {
            items.push(self.value(depth)?);
            goes_on = self.scanner.goes_on(b']')?;
        }
        Ok(Json::Array(items))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_python_reads() {
        let cases = [
            (" [1, 2.50,\t-0.0e-1] ", "[1, 2.5, -0.0]"),
            ("NaN", "NaN"),
            ("[Infinity, -Infinity]", "[Infinity, -Infinity]"),
            (r#"{"a": 1, "b": 2, "a": 3}"#, r#"{"a": 3, "b": 2}"#),
            (
                r#""\u00e9\ud83d\ude00\/\b\f""#,
                r#""\u00e9\ud83d\ude00/\b\f""#,
            ),
            ("\"é\u{7f}\"", r#""\u00e9\u007f""#),
            (
                "1234567890123456789012345678901234567890",
                "1234567890123456789012345678901234567890",
            ),
            ("{}", "{}"),
            ("[[], {}]", "[[], {}]"),
        ];
        for (text, expected) in cases {
            assert_eq!(
                Json::parse(text.as_bytes()).unwrap().to_python_string(),
                expected
            );
        }
    }

    fn assert_refused(cases: &[(&[u8], usize, usize, &str)]) {
        for (text, line, column, message) in cases {
            let expected = JsonError {
                line: *line,
                column: *column,
                message: (*message).to_owned(),
            };
            assert_eq!(Json::parse(text).unwrap_err(), expected);
        }
    }

    #[test]
    fn refuses_wrong_values_and_punctuation() {
        assert_refused(&[
            (b"", 1, 1, "found the end, expected a value"),
            (b"nan", 1, 1, "found `n`, expected a value"),
            (b"+1", 1, 1, "found `+`, expected a value"),
            (b"01", 1, 2, "found `1`, expected the end"),
            (b"1.", 1, 2, "found `.`, expected the end"),
            (b"-", 1, 1, "found `-`, expected a value"),
            (b"[1,]", 1, 4, "found `]`, expected a value"),
            (b"[1 2]", 1, 4, "found `2`, expected `,` or `]`"),
            (b"{\"a\" 1}", 1, 6, "found `1`, expected `:` after the key"),
            (
                b"{\"a\":1,\n}",
                2,
                1,
                "found `}`, expected a key in double quotes",
            ),
            (
                b"{a: 1}",
                1,
                2,
                "found `a`, expected a key in double quotes",
            ),
            (b"{\"a\": 1", 1, 8, "found the end, expected `,` or `}`"),
            (b"'a'", 1, 1, "found `\\'`, expected a value"),
        ]);
    }

    #[test]
    fn refuses_wrong_texts_and_encodings() {
        assert_refused(&[
            (b"\"a", 1, 3, "found the end, expected `\"` to end the text"),
            (
                b"\"a\nb\"",
                1,
                3,
                "found `\\n`, expected no control character in a text",
            ),
            (
                b"\"\\x\"",
                1,
                3,
                "found `x`, expected one of `\"\\/bfnrtu` after `\\`",
            ),
            (
                b"\"\\u12g4\"",
                1,
                4,
                "found `1`, expected four hexadecimal digits after `\\u`",
            ),
            (
                b"\"\\ud800\"",
                1,
                2,
                "found half a surrogate pair, expected a character",
            ),
            (
                b"\"\\ud800\\u0041\"",
                1,
                2,
                "found half a surrogate pair, expected a character",
            ),
            (
                b"\xef\xbb\xbf1",
                1,
                1,
                "found a byte order mark, expected JSON without one",
            ),
            (
                b"[\"\xc3\xa9\xff\"]",
                1,
                4,
                "found byte 0xff, expected UTF-8",
            ),
        ]);
    }

    #[test]
    fn refuses_nesting_over_the_limit() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Json::parse(nested(MAX_DEPTH).as_bytes()).is_ok());
        let error = Json::parse(nested(MAX_DEPTH + 1).as_bytes()).unwrap_err();
        assert_eq!(error.message, "nested deeper than 128 lists and objects");
        assert!(Json::parse("{\"a\":".repeat(100_000).as_bytes()).is_err());
    }

    #[test]
    fn refuses_more_values_than_the_limit() {
        let list = |values: usize| format!("[{}0]", "0,".repeat(values - 2));
        assert!(Json::parse(list(MAX_VALUES).as_bytes()).is_ok());
        let error = Json::parse(list(MAX_VALUES + 1).as_bytes()).unwrap_err();
        assert_eq!(error.message, "found more than 4000000 values");
    }

    #[test]
    fn refuses_integers_over_the_digit_limit_of_python() {
        assert!(Json::parse("9".repeat(4300).as_bytes()).is_ok());
        assert!(Json::parse("9".repeat(4301).as_bytes()).is_err());
        assert!(Json::parse(format!("{}.5", "9".repeat(5000)).as_bytes()).is_ok());
    }
}
