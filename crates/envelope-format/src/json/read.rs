//! The reader: accepts what Python's `json.loads` accepts, with bounds.
//!
//! Stricter than Python in four places, each a clear refusal: nesting deeper than [`MAX_DEPTH`],
//! more than [`MAX_VALUES`] values, escapes of half a surrogate pair (no Unicode text can hold them) and text that is not UTF-8.

use indexmap::IndexMap;
use thiserror::Error;

use super::{Json, Number};

/// The deepest nesting of lists and objects that [`Json::parse`] reads.
pub const MAX_DEPTH: usize = 128;

/// The most values that [`Json::parse`] reads, lists and objects included; some take a hundred
/// times the memory of their text.
pub const MAX_VALUES: usize = 4_000_000;

/// The most digits of an integer, as in Python 3.11.
const MAX_INTEGER_DIGITS: usize = 4300;

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
        let mut reader = Reader::new(text, 0);
        if text.starts_with('\u{feff}') {
            return Err(reader.fault("found a byte order mark, expected JSON without one"));
        }
        let value = reader.value(0)?;
        reader.skip_space();
        if reader.at < text.len() {
            return Err(reader.fault(&format!("found {}, expected the end", reader.found())));
        }
        Ok(value)
    }
}

fn not_utf8(bytes: &[u8], valid: usize) -> JsonError {
    let text = std::str::from_utf8(&bytes[..valid]).unwrap_or_default();
    Reader::new(text, valid).fault(&format!("found byte {:#04x}, expected UTF-8", bytes[valid]))
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    values: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, at: usize) -> Self {
        let values = 0;
        Self { text, at, values }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn found(&self) -> String {
        match self.rest().chars().next() {
            Some(character) => format!("`{}`", character.escape_default()),
            None => "the end".to_owned(),
        }
    }

    fn fault(&self, message: &str) -> JsonError {
        let before = &self.text[..self.at];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        JsonError {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: message.to_owned(),
        }
    }

    fn expected(&self, what: &str) -> JsonError {
        self.fault(&format!("found {}, expected {what}", self.found()))
    }

    fn value(&mut self, depth: usize) -> Result<Json, JsonError> {
        self.skip_space();
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(self.fault(&format!("found more than {MAX_VALUES} values")));
        }
        match self.peek() {
            Some(b'{' | b'[') if depth >= MAX_DEPTH => {
                Err(self.fault(&format!("nested deeper than {MAX_DEPTH} lists and objects")))
            }
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.array(depth + 1),
            Some(b'"') => self.string().map(Json::String),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Result<Json, JsonError> {
        for (token, value) in [
            ("null", Json::Null),
            ("true", true.into()),
            ("false", false.into()),
        ] {
            if self.eat(token) {
                return Ok(value);
            }
        }
        for token in ["NaN", "Infinity", "-Infinity"] {
            if self.eat(token) {
                return Ok(Json::Number(Number::from_checked(token.to_owned())));
            }
        }
        self.number()
    }

    fn object(&mut self, depth: usize) -> Result<Json, JsonError> {
        let mut map = IndexMap::new();
        self.at += 1;
        self.skip_space();
        if self.eat("}") {
            return Ok(Json::Object(map));
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(self.expected("a key in double quotes"));
            }
            let key = self.string()?;
            self.skip_space();
            if !self.eat(":") {
                return Err(self.expected("`:` after the key"));
            }
            let value = self.value(depth)?;
            map.insert(key, value);
            self.skip_space();
            if self.eat("}") {
                return Ok(Json::Object(map));
            }
            if !self.eat(",") {
                return Err(self.expected("`,` or `}`"));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json, JsonError> {
        let mut items = Vec::new();
        self.at += 1;
        self.skip_space();
        if self.eat("]") {
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value(depth)?);
            self.skip_space();
            if self.eat("]") {
                return Ok(Json::Array(items));
            }
            if !self.eat(",") {
                return Err(self.expected("`,` or `]`"));
            }
        }
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    /// Reads `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`, the longest part that fits.
    fn number(&mut self) -> Result<Json, JsonError> {
        let start = self.at;
        self.eat("-");
        let whole = if self.eat("0") { 1 } else { self.digits() };
        if whole == 0 {
            self.at = start;
            return Err(self.expected("a value"));
        }
        let after_whole = self.at;
        if self.eat(".") && self.digits() == 0 {
            self.at = after_whole;
        }
        let after_fraction = self.at;
        if self.eat("e") || self.eat("E") {
            if !self.eat("-") {
                self.eat("+");
            }
            if self.digits() == 0 {
                self.at = after_fraction;
            }
        }
        if self.at == after_whole && whole > MAX_INTEGER_DIGITS {
            self.at = start;
            let limit = MAX_INTEGER_DIGITS;
            return Err(self.fault(&format!("found {whole} digits, expected at most {limit}")));
        }
        Ok(Json::Number(Number::from_checked(
            self.text[start..self.at].to_owned(),
        )))
    }

    fn string(&mut self) -> Result<String, JsonError> {
        let mut value = String::new();
        self.at += 1;
        loop {
            let rest = self.rest();
            let plain = rest
                .find(|c| c == '"' || c == '\\' || c < ' ')
                .unwrap_or(rest.len());
            value.push_str(&rest[..plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(value);
                }
                Some(b'\\') => value.push(self.escape()?),
                Some(_) => return Err(self.expected("no control character in a text")),
                None => return Err(self.expected("`\"` to end the text")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let start = self.at;
        self.at += 1;
        let simple = match self.peek() {
            Some(b'u') => return self.unicode_escape(start),
            Some(plain @ (b'"' | b'\\' | b'/')) => char::from(plain),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            _ => return Err(self.expected("one of `\"\\/bfnrtu` after `\\`")),
        };
        self.at += 1;
        Ok(simple)
    }

    fn unicode_escape(&mut self, start: usize) -> Result<char, JsonError> {
        self.at += 1;
        let mut units = vec![self.hex4()?];
        if (0xd800..0xdc00).contains(&units[0]) && self.eat("\\u") {
            units.push(self.hex4()?);
        }
        match char::decode_utf16(units.iter().copied()).next() {
            Some(Ok(character)) if units.len() == character.len_utf16() => Ok(character),
            _ => {
                self.at = start;
                Err(self.fault("found half a surrogate pair, expected a character"))
            }
        }
    }

    fn hex4(&mut self) -> Result<u16, JsonError> {
        let digits = self
            .rest()
            .get(..4)
            .filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        let unit = digits.and_then(|hex| u16::from_str_radix(hex, 16).ok());
        let unit = unit.ok_or_else(|| self.expected("four hexadecimal digits after `\\u`"))?;
        self.at += 4;
        Ok(unit)
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
