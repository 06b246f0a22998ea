//! Python's dialect of JSON: the values, [`Json::parse`] and the writers equal to `json.dumps`.
//!
//! The dialect is [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259) plus the bare tokens `NaN`,
//! `Infinity` and `-Infinity`, which Python's [`json`](https://docs.python.org/3/library/json.html)
//! module reads and writes and MLflow leaves in its files. Numbers keep the text they were read
//! from, so integers of any size survive. What the values mean is not known here.

mod convert;
mod number;
mod read;
mod scan;
mod write;

use indexmap::IndexMap;

pub use number::{Number, python_float};
pub use read::{JsonError, MAX_DEPTH, MAX_VALUES};
pub(crate) use scan::Scanner;

/// A JSON value in Python's dialect; the order of keys is the order of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, `NaN`, `Infinity` or `-Infinity`
    Number(Number),
    /// A text
    String(String),
    /// A list
    Array(Vec<Json>),
    /// A map with text keys
    Object(IndexMap<String, Json>),
}

impl Json {
    /// The value under `key`, if this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.as_object().and_then(|map| map.get(key))
    }

    /// The text, if this is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Json::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The number, if this is one.
    pub fn as_number(&self) -> Option<&Number> {
        match self {
            Json::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The items, if this is a list.
    pub fn as_array(&self) -> Option<&[Json]> {
        match self {
            Json::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The map, if this is an object.
    pub fn as_object(&self) -> Option<&IndexMap<String, Json>> {
        match self {
            Json::Object(map) => Some(map),
            _ => None,
        }
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Json::Null)
    }

    /// Whether Python counts this value as true: everything but `null`, `false`, zero and the
    /// empty text, list and object.
    pub fn is_truthy(&self) -> bool {
        match self {
            Json::Null => false,
            Json::Bool(value) => *value,
            Json::Number(number) => number.as_f64() != 0.0,
            Json::String(text) => !text.is_empty(),
            Json::Array(items) => !items.is_empty(),
            Json::Object(map) => !map.is_empty(),
        }
    }

    /// The kind of value in words for messages: `null`, `boolean`, `number`, `text`, `list`, `object`.
    pub fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "boolean",
            Json::Number(_) => "number",
            Json::String(_) => "text",
            Json::Array(_) => "list",
            Json::Object(_) => "object",
        }
    }

    /// The value as it would be written, cut to about 60 characters, for messages.
    pub fn excerpt(&self) -> String {
        match self {
            Json::Array(items) if items.len() > 20 => format!("list of {} items", items.len()),
            Json::Object(map) if map.len() > 20 => format!("object of {} keys", map.len()),
            _ => cut(&self.to_python_string()),
        }
    }
}

fn cut(text: &str) -> String {
    const SHOWN: usize = 60;
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    let shown: String = text.chars().take(SHOWN).collect();
    format!("{shown}…")
}

/// Builds an object from keys and values in the order given.
///
/// ```
/// use envelope_format::json::{Json, object};
/// assert_eq!(object([("a", Json::from(1))]).to_python_string(), r#"{"a": 1}"#);
/// ```
pub fn object<K: Into<String>, I: IntoIterator<Item = (K, Json)>>(entries: I) -> Json {
    Json::Object(
        entries
            .into_iter()
            .map(|(key, value)| (key.into(), value))
            .collect(),
    )
}
