//! Words of JSON: white space, texts, numbers, and faults with their place. What they add up to is
//! up to those who scan.

use std::borrow::Cow;

use super::JsonError;

/// The most digits of an integer, as in Python 3.11.
const MAX_INTEGER_DIGITS: usize = 4300;

/// A text being scanned.
pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str, at: usize) -> Self {
        Self { text, at }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(crate) fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Goes past a byte of ASCII, if it is the next.
    pub(crate) fn eat_byte(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// Goes past a word, if it is the next.
    pub(crate) fn eat(&mut self, token: &str) -> bool {
        let is_next = self.text.as_bytes()[self.at..].starts_with(token.as_bytes());
        if is_next {
            self.at += token.len();
        }
        is_next
    }

    pub(crate) fn found(&self) -> String {
        match self.rest().chars().next() {
            Some(character) => format!("`{}`", character.escape_default()),
            None => "the end".to_owned(),
        }
    }

    pub(crate) fn fault(&self, message: &str) -> JsonError {
        let before = &self.text[..self.at];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        JsonError {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: message.to_owned(),
        }
    }

    pub(crate) fn expected(&self, what: &str) -> JsonError {
        self.fault(&format!("found {}, expected {what}", self.found()))
    }

    /// Goes past the key of an object and the colon after it.
    pub(crate) fn key(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.skip_space();
        if self.peek() != Some(b'"') {
            return Err(self.expected("a key in double quotes"));
        }
        let key = self.string()?;
        self.skip_space();
        if !self.eat_byte(b':') {
            return Err(self.expected("`:` after the key"));
        }
        Ok(key)
    }

    /// Goes past this key and its colon, if they are next and written in the plainest way.
    pub(crate) fn eat_key(&mut self, key: &str) -> bool {
        self.skip_space();
        let rest = &self.text.as_bytes()[self.at..];
        let after = rest
            .strip_prefix(b"\"")
            .and_then(|rest| rest.strip_prefix(key.as_bytes()));
        let is_next = after.is_some_and(|rest| rest.starts_with(b"\":"))
            && !key
                .bytes()
                .any(|byte| byte == b'"' || byte == b'\\' || byte < b' ');
        if is_next {
            self.at += key.len() + 3;
        }
        is_next
    }

    /// Goes past what follows an item: whether another one comes before the closing bracket.
    pub(crate) fn goes_on(&mut self, closing: u8) -> Result<bool, JsonError> {
        self.skip_space();
        if self.eat_byte(closing) {
            return Ok(false);
        }
        if self.eat_byte(b',') {
            return Ok(true);
        }
        Err(self.expected(&format!("`,` or `{}`", char::from(closing))))
    }

    /// Goes past an opening bracket: whether anything is in it.
    pub(crate) fn opens(&mut self, closing: u8) -> bool {
        self.at += 1;
        self.skip_space();
        !self.eat_byte(closing)
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    /// Goes past a whole number of at most 18 digits, if that is next.
    pub(crate) fn short_integer(&mut self) -> Option<i64> {
        let bytes = &self.text.as_bytes()[self.at..];
        let start = usize::from(bytes.first() == Some(&b'-'));
        let mut number = 0_i64;
        let mut end = start;
        while let Some(digit) = bytes.get(end).filter(|byte| byte.is_ascii_digit()) {
            if end - start == 18 {
                return None;
            }
            number = number * 10 + i64::from(digit - b'0');
            end += 1;
        }
        let has_more = matches!(bytes.get(end), Some(b'.' | b'e' | b'E'));
        let begins_with_zero = end > start + 1 && bytes[start] == b'0';
        if end == start || has_more || begins_with_zero {
            return None;
        }
        self.at += end;
        Some(if start == 1 { -number } else { number })
    }

    /// Goes past `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`, the longest part that fits: how
    /// many digits it begins with, and whether that is all. Of no number nothing is gone past.
    fn skip_number(&mut self) -> Option<(usize, bool)> {
        let start = self.at;
        self.eat_byte(b'-');
        let whole = if self.eat_byte(b'0') {
            1
        } else {
            self.digits()
        };
        if whole == 0 {
            self.at = start;
            return None;
        }
        let after_whole = self.at;
        if self.eat_byte(b'.') && self.digits() == 0 {
            self.at = after_whole;
        }
        let after_fraction = self.at;
        if self.eat_byte(b'e') || self.eat_byte(b'E') {
            if !self.eat_byte(b'-') {
                self.eat_byte(b'+');
            }
            if self.digits() == 0 {
                self.at = after_fraction;
            }
        }
        Some((whole, self.at == after_whole))
    }

    /// Reads a number, and whether it is a whole one.
    pub(crate) fn number(&mut self) -> Result<(&'a str, bool), JsonError> {
        let start = self.at;
        let Some((digits, is_whole)) = self.skip_number() else {
            return Err(self.expected("a value"));
        };
        if is_whole && digits > MAX_INTEGER_DIGITS {
            self.at = start;
            let limit = MAX_INTEGER_DIGITS;
            return Err(self.fault(&format!("found {digits} digits, expected at most {limit}")));
        }
        Ok((&self.text[start..self.at], is_whole))
    }

    /// Goes past a number with a fraction or an exponent, if that is next.
    pub(crate) fn fractional(&mut self) -> Option<f64> {
        let start = self.at;
        if let Some((_, false)) = self.skip_number() {
            return self.text[start..self.at].parse().ok();
        }
        self.at = start;
        None
    }

    /// Goes past `true` or `false`, if that is next.
    pub(crate) fn truth(&mut self) -> Option<bool> {
        let is_true = self.eat("true");
        (is_true || self.eat("false")).then_some(is_true)
    }

    /// Reads a text, which is a part of the source unless something in it is escaped.
    pub(crate) fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.at += 1;
        let plain = self.plain();
        if self.eat_byte(b'"') {
            return Ok(plain.into());
        }
        let mut value = plain.to_owned();
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(value.into());
                }
                Some(b'\\') => value.push(self.escape()?),
                Some(_) => return Err(self.expected("no control character in a text")),
                None => return Err(self.expected("`\"` to end the text")),
            }
            value.push_str(self.plain());
        }
    }

    /// What stands for itself in a text.
    fn plain(&mut self) -> &'a str {
        let start = self.at;
        let bytes = &self.text.as_bytes()[start..];
        let is_other = |byte: &u8| *byte == b'"' || *byte == b'\\' || *byte < b' ';
        self.at += bytes.iter().position(is_other).unwrap_or(bytes.len());
        &self.text[start..self.at]
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
