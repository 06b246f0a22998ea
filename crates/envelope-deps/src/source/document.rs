//! A TOML text as tables whose every value knows its place.
//!
//! The readers of locks ask for what they know and pass over what they do not; a value of the wrong
//! kind is a [`Mistake`] at its place. See <https://toml.io/en/v1.1.0>.

use crate::error::Error;
use crate::marker;
use crate::names::{ExtraName, PackageName};
use crate::requirement::Requirement;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};
use uv_pep508::MarkerTree;

/// What is wrong with a text, and where.
#[derive(Debug)]
pub(super) struct Mistake {
    at: usize,
    message: String,
}

impl Mistake {
    pub(super) fn new(at: usize, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
        }
    }

    /// The error, with the line and column of the place.
    pub(super) fn into_error(self, path: &Path, text: &str) -> Error {
        let before = &text.as_bytes()[..self.at.min(text.len())];
        let line = 1 + memchr::memchr_iter(b'\n', before).count();
        let start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        let column = 1 + String::from_utf8_lossy(&before[start..]).chars().count();
        Error::syntax(path, line, column, self.message)
    }
}

/// More than any lock has. The parser keeps up to fifty times as much of a text that is none.
const LIMIT_BYTES: usize = 16 * 1024 * 1024;

/// Reads a text.
pub(super) fn parse(text: &str) -> Result<DeTable<'_>, Mistake> {
    if text.len() > LIMIT_BYTES {
        let length = text.len();
        let message = format!("found {length} bytes, expected at most {LIMIT_BYTES}");
        return Err(Mistake::new(0, message));
    }
    let parsed = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        Mistake::new(at, error.message().to_owned())
    })?;
    Ok(parsed.into_inner())
}

/// A table, and where it begins.
#[derive(Clone, Copy)]
pub(super) struct Table<'d> {
    entries: &'d DeTable<'d>,
    at: usize,
}

impl<'d> Table<'d> {
    /// The document as a whole.
    pub(super) fn top(entries: &'d DeTable<'d>) -> Self {
        Self { entries, at: 0 }
    }

    /// A mistake that concerns the table as a whole.
    pub(super) fn mistake(self, message: impl Into<String>) -> Mistake {
        Mistake::new(self.at, message)
    }

    pub(super) fn get(self, key: &str) -> Option<Value<'d>> {
        self.entries.get(key).map(|value| Value { value })
    }

    /// The keys and values in the order of the text, whatever order the parser keeps.
    pub(super) fn entries(self) -> impl Iterator<Item = (&'d str, Value<'d>)> {
        let mut entries: Vec<(&Spanned<DeString>, _)> = self.entries.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let pair =
            |(key, value): (&'d Spanned<DeString<'d>>, _)| (&**key.get_ref(), Value { value });
        entries.into_iter().map(pair)
    }

    pub(super) fn text(self, key: &str) -> Result<Option<&'d str>, Mistake> {
        self.get(key).map(Value::text).transpose()
    }

    /// A text that must be there.
    pub(super) fn needed_text(self, key: &str) -> Result<&'d str, Mistake> {
        let text = self.text(key)?;
        text.ok_or_else(|| self.mistake(format!("`{key}` is missing")))
    }

    pub(super) fn table(self, key: &str) -> Result<Option<Table<'d>>, Mistake> {
        self.get(key).map(Value::table).transpose()
    }

    /// The items of an array; none where there is no such key.
    pub(super) fn list(self, key: &str) -> Result<impl Iterator<Item = Value<'d>>, Mistake> {
        let list = self.get(key).map(Value::list).transpose()?;
        Ok(list.into_iter().flatten())
    }

    /// Whether a switch is there and on.
    pub(super) fn is_on(self, key: &str) -> bool {
        self.get(key).is_some_and(Value::is_true)
    }

    /// The tables of an array of tables; none where there is no such key.
    pub(super) fn tables(self, key: &str) -> Result<Vec<Table<'d>>, Mistake> {
        self.list(key)?.map(Value::table).collect()
    }

    /// The name of a package that must be there.
    pub(super) fn package(self, key: &str) -> Result<PackageName, Mistake> {
        let value = self.get(key);
        let value = value.ok_or_else(|| self.mistake(format!("`{key}` is missing")))?;
        value.package()
    }

    /// A marker; true where there is none.
    pub(super) fn marker(self, key: &str) -> Result<MarkerTree, Mistake> {
        let marker = self.get(key).map(Value::marker).transpose()?;
        Ok(marker.unwrap_or(MarkerTree::TRUE))
    }

    /// The names of extras in an array.
    pub(super) fn extras(self, key: &str) -> Result<Box<[ExtraName]>, Mistake> {
        self.list(key)?.map(Value::extra).collect()
    }
}

/// A value, and where it begins.
#[derive(Clone, Copy)]
pub(super) struct Value<'d> {
    value: &'d Spanned<DeValue<'d>>,
}

impl<'d> Value<'d> {
    pub(super) fn mistake(self, message: impl Into<String>) -> Mistake {
        Mistake::new(self.value.span().start, message)
    }

    fn is_not(self, expected: &str) -> Mistake {
        let found = self.value.get_ref().type_str();
        self.mistake(format!("found {found}, expected {expected}"))
    }

    pub(super) fn as_text(self) -> Option<&'d str> {
        self.value.get_ref().as_str()
    }

    pub(super) fn text(self) -> Result<&'d str, Mistake> {
        self.as_text().ok_or_else(|| self.is_not("a text"))
    }

    /// A whole number, as it stands in the text.
    pub(super) fn number(self) -> Result<&'d str, Mistake> {
        let number = self.value.get_ref().as_integer();
        let number = number.ok_or_else(|| self.is_not("a whole number"))?;
        Ok(number.as_str())
    }

    pub(super) fn is_true(self) -> bool {
        self.value.get_ref().as_bool() == Some(true)
    }

    pub(super) fn as_table(self) -> Option<Table<'d>> {
        let entries = self.value.get_ref().as_table()?;
        Some(Table {
            entries,
            at: self.value.span().start,
        })
    }

    pub(super) fn table(self) -> Result<Table<'d>, Mistake> {
        self.as_table().ok_or_else(|| self.is_not("a table"))
    }

    pub(super) fn list(self) -> Result<impl Iterator<Item = Value<'d>>, Mistake> {
        let list = self.value.get_ref().as_array();
        let list = list.ok_or_else(|| self.is_not("an array"))?;
        Ok(list.iter().map(|value| Value { value }))
    }

    pub(super) fn package(self) -> Result<PackageName, Mistake> {
        let text = self.text()?;
        let wrong = |_| self.mistake(format!("`{text}` is not the name of a package"));
        text.parse().map_err(wrong)
    }

    pub(super) fn extra(self) -> Result<ExtraName, Mistake> {
        let text = self.text()?;
        let wrong = |_| self.mistake(format!("`{text}` is not the name of an extra"));
        text.parse().map_err(wrong)
    }

    pub(super) fn marker(self) -> Result<MarkerTree, Mistake> {
        marker::parse(self.text()?).map_err(|message| self.mistake(message))
    }

    /// A requirement in one text.
    pub(super) fn requirement(self) -> Result<Requirement, Mistake> {
        let text = self.text()?;
        Requirement::parse(text)
            .map_err(|message| self.mistake(format!("`{text}` is not a requirement: {message}")))
    }
}
