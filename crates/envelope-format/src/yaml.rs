//! YAML as MLflow reads and writes it: located nodes that keep what a typed value would lose.
//!
//! MLflow reads its files with `PyYAML`, that is YAML 1.1: a plain `yes` is a boolean and a plain
//! `2024-01-02` a date. A [`Node`] therefore keeps each scalar's text and whether it was plain, so
//! that nothing changes meaning between reading and writing, and its [`Position`], so that a
//! mistake can be shown where it stands. The writer makes the bytes `yaml.safe_dump` makes.
//!
//! This module knows nothing of models. See <https://yaml.org/spec/1.1/>.

mod block;
mod build;
mod read;
mod scalar;
mod tag;
mod write;

pub(crate) use build::DoubledKey;
pub use build::{MAX_ALIAS_NODES, MAX_DEPTH, MAX_NODES, MAX_REPEATED_BYTES};
pub(crate) use read::parse_with_doubled_keys;
pub use read::{MAX_INDICATORS, YamlError};
pub use scalar::PlainKind;

use serde_json::Value as JsonValue;

/// A place in a text, both numbers counted from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Position {
    /// Line, from 1; 0 when the node was made by a program.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// A YAML node with its place in the text.
#[derive(Clone, Debug)]
pub struct Node {
    /// What the node is.
    pub content: Content,
    /// Where it begins.
    pub position: Position,
    /// An explicit tag in its shortest form, such as `!!binary`.
    pub tag: Option<Box<str>>,
}

/// The three kinds of YAML node.
#[derive(Clone, Debug)]
pub enum Content {
    /// A scalar: text, and whether it stood without quotes.
    Scalar {
        /// The text after unescaping and unfolding.
        text: String,
        /// Whether it stood without quotes, so that its type follows from its text.
        plain: bool,
    },
    /// A sequence.
    Sequence(Vec<Node>),
    /// A mapping in its written order; a key given twice appears once, with the last value.
    Mapping(Vec<(Node, Node)>),
}

/// Nodes are equal when they mean the same; where they stand is no part of it.
impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.tag == other.tag && self.content == other.content
    }
}

impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Scalar { text: a, plain: pa }, Self::Scalar { text: b, plain: pb }) => {
                let kind = scalar::kind(a, *pa);
                kind == scalar::kind(b, *pb) && (a == b || kind == PlainKind::Null)
            }
            (Self::Sequence(a), Self::Sequence(b)) => a == b,
            (Self::Mapping(a), Self::Mapping(b)) => a == b,
            _ => false,
        }
    }
}

impl Node {
    /// Parses one YAML document.
    ///
    /// # Errors
    /// What is no YAML, is nested deeper than [`MAX_DEPTH`], has more than [`MAX_NODES`] nodes or
    /// [`MAX_INDICATORS`] indicators, repeats more than [`MAX_ALIAS_NODES`] nodes or
    /// [`MAX_REPEATED_BYTES`] bytes through aliases and tags, or has a tag beyond ASCII. An empty
    /// text is a null.
    pub fn parse(text: &str) -> Result<Self, YamlError> {
        read::parse(text)
    }

    /// Writes the node as `yaml.safe_dump` would, keys in their present order.
    pub fn to_yaml(&self) -> String {
        write::to_yaml(self)
    }

    /// A string; quoted on writing where it would otherwise be read as something else.
    pub fn string(text: impl Into<String>) -> Self {
        Content::Scalar {
            text: text.into(),
            plain: false,
        }
        .into()
    }

    /// An integer.
    pub fn integer(value: i64) -> Self {
        Self::plain(value.to_string())
    }

    /// A boolean.
    pub fn boolean(value: bool) -> Self {
        Self::plain(value.to_string())
    }

    /// A null.
    pub fn null() -> Self {
        Self::plain("null".to_owned())
    }

    /// A mapping with text keys, in the order given.
    pub fn mapping<K: Into<String>>(entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        let entries = entries
            .into_iter()
            .map(|(key, value)| (Self::string(key), value));
        Content::Mapping(entries.collect()).into()
    }

    /// A sequence.
    pub fn sequence(items: impl IntoIterator<Item = Self>) -> Self {
        Content::Sequence(items.into_iter().collect()).into()
    }

    fn plain(text: String) -> Self {
        Content::Scalar { text, plain: true }.into()
    }

    /// The text of a string scalar; `None` for numbers, booleans, dates, nulls and collections.
    pub fn as_str(&self) -> Option<&str> {
        match self.kind()? {
            PlainKind::String => self.text(),
            _ => None,
        }
    }

    /// The text of any scalar, whatever its type.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// What `PyYAML` takes the scalar for; `None` for collections.
    pub fn kind(&self) -> Option<PlainKind> {
        match &self.content {
            Content::Scalar { text, plain } => Some(scalar::kind(text, *plain)),
            _ => None,
        }
    }

    /// The value of a boolean scalar.
    pub fn as_bool(&self) -> Option<bool> {
        (self.kind()? == PlainKind::Boolean).then(|| scalar::is_true(self.text().unwrap_or("")))
    }

    /// The value of an integer scalar that fits 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        (self.kind()? == PlainKind::Integer)
            .then(|| scalar::integer(self.text()?))
            .flatten()
    }

    /// Whether the node is a null.
    pub fn is_null(&self) -> bool {
        matches!(&self.content, Content::Scalar { text, plain: true } if scalar::is_null(text))
    }

    /// The items of a sequence.
    pub fn items(&self) -> Option<&[Self]> {
        match &self.content {
            Content::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a mapping.
    pub fn entries(&self) -> Option<&[(Self, Self)]> {
        match &self.content {
            Content::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value of a text key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries()?
            .iter()
            .find(|(k, _)| k.text() == Some(key))
            .map(|(_, value)| value)
    }

    /// The value of a text key, unless it is a null.
    pub fn get_set(&self, key: &str) -> Option<&Self> {
        self.get(key).filter(|value| !value.is_null())
    }

    /// Sets a text key of a mapping: in place where it exists, otherwise before the first key that
    /// sorts after it, since MLflow writes keys in alphabetical order. No effect on other nodes.
    pub fn set(&mut self, key: &str, value: Self) {
        let Content::Mapping(entries) = &mut self.content else {
            return;
        };
        if let Some(entry) = entries.iter_mut().find(|(k, _)| k.text() == Some(key)) {
            entry.1 = value;
            return;
        }
        let after = |k: &Self| k.text().is_some_and(|text| text > key);
        let at = entries
            .iter()
            .position(|(k, _)| after(k))
            .unwrap_or(entries.len());
        entries.insert(at, (Self::string(key), value));
    }

    /// Removes a text key of a mapping, and returns what it held.
    pub fn remove(&mut self, key: &str) -> Option<Self> {
        let Content::Mapping(entries) = &mut self.content else {
            return None;
        };
        let at = entries.iter().position(|(k, _)| k.text() == Some(key))?;
        Some(entries.remove(at).1)
    }

    /// Puts the keys of every mapping in alphabetical order, as MLflow writes them.
    pub fn sort_keys(&mut self) {
        match &mut self.content {
            Content::Scalar { .. } => {}
            Content::Sequence(items) => items.iter_mut().for_each(Self::sort_keys),
            Content::Mapping(entries) => {
                entries.sort_by(|(a, _), (b, _)| a.text().cmp(&b.text()));
                for (_, value) in entries {
                    value.sort_keys();
                }
            }
        }
    }

    /// What the node is, in a word fit for a message: `a string`, `a mapping`, …
    pub fn describe(&self) -> &'static str {
        match (&self.content, self.kind()) {
            (Content::Sequence(_), _) => "a sequence",
            (Content::Mapping(_), _) => "a mapping",
            (_, Some(kind)) => kind.describe(),
            (Content::Scalar { .. }, None) => "a scalar",
        }
    }

    /// The node as JSON: dates and other YAML-only scalars become their text, keys their text.
    pub fn to_json(&self) -> JsonValue {
        match &self.content {
            Content::Scalar { text, plain } => scalar::to_json(text, *plain),
            Content::Sequence(items) => items.iter().map(Self::to_json).collect(),
            Content::Mapping(entries) => {
                let entry = |(k, v): &(Self, Self)| {
                    let key = match k.text().filter(|_| !k.is_null()) {
                        Some(text) => text.to_owned(),
                        None => k.to_json().to_string(),
                    };
                    (key, v.to_json())
                };
                JsonValue::Object(entries.iter().map(entry).collect())
            }
        }
    }
}

impl From<Content> for Node {
    fn from(content: Content) -> Self {
        Self {
            content,
            position: Position::default(),
            tag: None,
        }
    }
}

impl From<&JsonValue> for Node {
    fn from(value: &JsonValue) -> Self {
        match value {
            JsonValue::Null => Self::null(),
            JsonValue::Bool(b) => Self::boolean(*b),
            JsonValue::Number(n) => Self::plain(scalar::number(n)),
            JsonValue::String(s) => Self::string(s),
            JsonValue::Array(items) => Self::sequence(items.iter().map(Self::from)),
            JsonValue::Object(map) => Self::mapping(map.iter().map(|(k, v)| (k, v.into()))),
        }
    }
}
