//! A TOML text as tables whose every value knows its place.
//!
//! The readers of locks ask for what they know and pass over what they do not; a value of the wrong
//! kind is a [`Mistake`] at its place. See <https://toml.io/en/v1.1.0>.

mod plain;

use crate::error::Error;
use crate::marker;
use crate::names::{ExtraName, PackageName};
use crate::requirement::Requirement;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeInteger, DeString, DeTable, DeValue};
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

/// More than any lock has that is not plain. The parser keeps up to fifty times as much of a text
/// that is none.
const LIMIT_BYTES: usize = 16 * 1024 * 1024;

/// A text that was read.
pub(super) enum Document<'t> {
    Plain(plain::Tree<'t>),
    Full(DeTable<'t>),
}

/// Reads a text.
pub(super) fn parse(text: &str) -> Result<Document<'_>, Mistake> {
    if let Some(tree) = plain::parse(text) {
        return Ok(Document::Plain(tree));
    }
    if text.len() > LIMIT_BYTES {
        let length = text.len();
        let message = format!("found {length} bytes, expected at most {LIMIT_BYTES}");
        return Err(Mistake::new(0, message));
    }
    let parsed = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        Mistake::new(at, error.message().to_owned())
    })?;
    Ok(Document::Full(parsed.into_inner()))
}

/// A table, and where it begins.
#[derive(Clone, Copy)]
pub(super) struct Table<'d> {
    entries: Entries<'d>,
    at: usize,
}

#[derive(Clone, Copy)]
enum Entries<'d> {
    Plain(&'d plain::Tree<'d>, plain::Place),
    Full(&'d DeTable<'d>),
}

impl<'d> Table<'d> {
    /// The document as a whole.
    pub(super) fn top(document: &'d Document<'d>) -> Self {
        let entries = match document {
            Document::Plain(tree) => Entries::Plain(tree, plain::Tree::TOP),
            Document::Full(table) => Entries::Full(table),
        };
        Self { entries, at: 0 }
    }

    /// A mistake that concerns the table as a whole.
    pub(super) fn mistake(self, message: impl Into<String>) -> Mistake {
        Mistake::new(self.at, message)
    }

    pub(super) fn get(self, key: &str) -> Option<Value<'d>> {
        match self.entries {
            Entries::Plain(tree, place) => {
                let item = tree.get(place, key);
                item.map(|item| Value::Plain(tree, item))
            }
            Entries::Full(table) => table.get(key).map(Value::Full),
        }
    }

    /// The keys and values in the order of the text, whatever order the parser keeps.
    pub(super) fn entries(self) -> impl Iterator<Item = (&'d str, Value<'d>)> {
        let mut entries: Vec<(usize, &'d str, Value<'d>)> = match self.entries {
            Entries::Plain(tree, place) => {
                let items = tree.entries(place).into_iter().flatten();
                let entry =
                    |item: &'d plain::Item<'d>| (item.key_at, item.key, Value::Plain(tree, item));
                items.map(entry).collect()
            }
            Entries::Full(table) => {
                let entry = |(key, value): (&'d Spanned<DeString<'d>>, _)| {
                    (key.span().start, &**key.get_ref(), Value::Full(value))
                };
                table.iter().map(entry).collect()
            }
        };
        entries.sort_by_key(|(at, ..)| *at);
        entries.into_iter().map(|(_, key, value)| (key, value))
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
pub(super) enum Value<'d> {
    Plain(&'d plain::Tree<'d>, &'d plain::Item<'d>),
    Full(&'d Spanned<DeValue<'d>>),
}

impl<'d> Value<'d> {
    fn at(self) -> usize {
        match self {
            Self::Plain(_, item) => item.at,
            Self::Full(value) => value.span().start,
        }
    }

    pub(super) fn mistake(self, message: impl Into<String>) -> Mistake {
        Mistake::new(self.at(), message)
    }

    /// What it is, in TOML's own words.
    fn kind(self) -> &'static str {
        match self {
            Self::Full(value) => value.get_ref().type_str(),
            Self::Plain(_, item) => match item.value {
                plain::Value::Text(_) => "string",
                plain::Value::Number(_) => "integer",
                plain::Value::Switch(_) => "boolean",
                plain::Value::Array(_) | plain::Value::Tables(_) => "array",
                plain::Value::Table(_) => "table",
            },
        }
    }

    fn is_not(self, expected: &str) -> Mistake {
        let found = self.kind();
        self.mistake(format!("found {found}, expected {expected}"))
    }

    pub(super) fn as_text(self) -> Option<&'d str> {
        match self {
            Self::Full(value) => value.get_ref().as_str(),
            Self::Plain(_, item) => match item.value {
                plain::Value::Text(text) => Some(text),
                _ => None,
            },
        }
    }

    pub(super) fn text(self) -> Result<&'d str, Mistake> {
        self.as_text().ok_or_else(|| self.is_not("a text"))
    }

    /// A whole number, as it stands in the text.
    pub(super) fn number(self) -> Result<&'d str, Mistake> {
        let number = match self {
            Self::Full(value) => value.get_ref().as_integer().map(DeInteger::as_str),
            Self::Plain(_, item) => match item.value {
                plain::Value::Number(number) => Some(number),
                _ => None,
            },
        };
        number.ok_or_else(|| self.is_not("a whole number"))
    }

    pub(super) fn is_true(self) -> bool {
        match self {
            Self::Full(value) => value.get_ref().as_bool() == Some(true),
            Self::Plain(_, item) => matches!(item.value, plain::Value::Switch(true)),
        }
    }

    pub(super) fn as_table(self) -> Option<Table<'d>> {
        let entries = match self {
            Self::Full(value) => Entries::Full(value.get_ref().as_table()?),
            Self::Plain(tree, item) => match item.value {
                plain::Value::Table(place) => Entries::Plain(tree, place),
                _ => return None,
            },
        };
        Some(Table {
            entries,
            at: self.at(),
        })
    }

    pub(super) fn table(self) -> Result<Table<'d>, Mistake> {
        self.as_table().ok_or_else(|| self.is_not("a table"))
    }

    pub(super) fn list(self) -> Result<impl Iterator<Item = Value<'d>>, Mistake> {
        let items = match self {
            Self::Full(_) => None,
            Self::Plain(tree, item) => match item.value {
                plain::Value::Array(run) => Some((tree, tree.array(run))),
                plain::Value::Tables(list) => Some((tree, tree.tables(list))),
                _ => None,
            },
        };
        let full = match self {
            Self::Full(value) => value.get_ref().as_array(),
            Self::Plain(..) => None,
        };
        if items.is_none() && full.is_none() {
            return Err(self.is_not("an array"));
        }
        let plain = items.into_iter().flat_map(|(tree, items)| {
            let items = items.iter();
            items.map(move |item| Value::Plain(tree, item))
        });
        let full = full.into_iter().flat_map(|list| list.iter());
        Ok(plain.chain(full.map(Value::Full)))
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A value with all that is in it, and where it begins.
    fn shown(value: Value) -> String {
        let at = value.at();
        if let Some(text) = value.as_text() {
            return format!("{at}{text:?}");
        }
        if let Ok(number) = value.number() {
            return format!("{at}#{number}");
        }
        if let Some(table) = value.as_table() {
            return format!("{at}{}", shown_table(table));
        }
        match value.list() {
            Ok(items) => format!("{at}[{}]", items.map(shown).collect::<Vec<_>>().join(",")),
            Err(_) => format!("{at}{} {}", value.kind(), value.is_true()),
        }
    }

    fn shown_table(table: Table) -> String {
        let entries = table.entries().map(|(key, value)| {
            let found = table.get(key).map(shown);
            assert_eq!(found.as_ref(), Some(&shown(value)), "{key}");
            format!("{key:?}={}", shown(value))
        });
        format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
    }

    /// Holds the plain reader against the other; says whether it read the text.
    fn agrees(text: &str) -> bool {
        let Some(tree) = plain::parse(text) else {
            return false;
        };
        let full = DeTable::parse(text);
        let full = full.unwrap_or_else(|error| panic!("{text}\n{error}"));
        let (plain, full) = (Document::Plain(tree), Document::Full(full.into_inner()));
        let (plain, full) = (Table::top(&plain), Table::top(&full));
        assert_eq!(shown_table(plain), shown_table(full), "{text}");
        true
    }

    #[test]
    fn plain_texts_are_read_as_the_full_reader_reads_them() {
        let many: Vec<String> = (0..40).map(|n| format!("k{} = {n}\n", 39 - n)).collect();
        for text in [
            "",
            "# a comment\nversion = 1\n\na = [\n    \"b\",\n    { c = true },\n]\r\n",
            "[[p]]\nn = \"a\"\n[p.m]\nx = 1\n[[p]]\nn = \"b\"\n[p.o]\ny = [[1, 2], []]",
            "[a]\n[a.b]\nc = {}\n[[a.d]]\n[[a.d]]\n\"e f\" = \"\"\n[z]\n",
            &many.concat(),
            &format!("[x]\n{}[x.y]\n", many.concat()),
        ] {
            assert!(agrees(text), "{text}");
        }
    }

    #[test]
    fn unusual_texts_are_left_to_the_full_reader() {
        let deep = format!("a = {}{}", "[".repeat(50), "]".repeat(50));
        for text in [
            "a = 1 # b",
            "a.b = 1",
            "a = 'b'",
            "a = \"\\n\"",
            "a = \"\"\"b\"\"\"",
            "a = 1.5",
            "a = 2026-11-20",
            "a = 01",
            "a = +1",
            "a = 1_0",
            "a = 1\na = 2",
            "a = {b=1, b=2}",
            "[a]\n[a]",
            "[b.c]",
            "a = {}\n[a.b]",
            "a = []\n[[a]]",
            "a = 1\n[a]",
            " a = 1",
            "a = {b = 1,}",
            "a = [1 2]",
            "a = [1,,2]",
            "a = truely",
            "a",
            "a =",
            "= 1",
            "[a",
            "[[a]",
            "a = \"\u{7f}\"",
            "a = \"b\tc\"",
            "\u{feff}a = 1",
            "a = [ # b\n]",
            "[[a]]\n[a]",
            "a = 1\rb = 2",
            &deep,
        ] {
            assert!(plain::parse(text).is_none(), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Pieces of TOML in any order: most are read by neither, and what the plain reader reads
        /// the other must read alike.
        #[test]
        fn the_readers_agree(pieces in proptest::collection::vec(0..PIECES.len(), 0..14)) {
            let text: String = pieces.iter().map(|piece| PIECES[*piece]).collect();
            agrees(&text);
        }
    }

    const PIECES: [&str; 26] = [
        "a = ",
        "b = ",
        "a",
        "b",
        "\"a\"",
        "\"\"",
        "1",
        "0",
        "true",
        "[",
        "]",
        "{ ",
        " }",
        ", ",
        "\n",
        "\r\n",
        "[a]\n",
        "[[a]]\n",
        "[a.b]\n",
        "[[a.b]]\n",
        "[b]\n",
        ".",
        " ",
        "{ a = 1, b = [] }",
        "[\n  1,\n]",
        "a = 1\n",
    ];
}
