//! The refusal of a signature, with its place and a hint.

use thiserror::Error;

use crate::json::{Json, JsonError};

/// A signature MLflow would refuse: where, what was found and expected, and what may be meant.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}{message}", if .place.is_empty() { String::new() } else { format!("`{}`: ", .place) })]
#[non_exhaustive]
pub struct SignatureError {
    /// The path inside the signature, such as `inputs[2].properties.x`; empty for all of it.
    pub place: String,
    /// What was found and what was expected.
    pub message: String,
    /// A remedy, such as the nearest right name.
    pub hint: Option<String>,
}

/// The name of a place inside another: `inputs` and `[2].type` make `inputs[2].type`.
pub(crate) fn place_within(outer: &str, inner: &str) -> String {
    match inner {
        "" => outer.to_owned(),
        inner if inner.starts_with('[') => format!("{outer}{inner}"),
        inner => format!("{outer}.{inner}"),
    }
}

impl SignatureError {
    /// Makes an error without a hint.
    pub fn new(place: &str, message: impl Into<String>) -> Self {
        Self {
            place: place.to_owned(),
            message: message.into(),
            hint: None,
        }
    }

    pub(crate) fn expected(place: &str, found: &Json, expected: &str) -> Self {
        let found = format!("{} `{}`", found.kind(), found.excerpt());
        Self::new(place, format!("found {found}, expected {expected}"))
    }

    pub(crate) fn not_json(error: &JsonError) -> Self {
        Self::new("", format!("not JSON: {error}"))
    }

    /// Puts `outer` before the place.
    pub(crate) fn within(mut self, outer: &str) -> Self {
        self.place = place_within(outer, &self.place);
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the name of `names` nearest to `found` as a hint, if one is near.
    pub(crate) fn nearest<'a>(self, found: &str, names: impl IntoIterator<Item = &'a str>) -> Self {
        if found.len() > MAX_HINTED_BYTES {
            return self;
        }
        let lower = found.to_lowercase();
        let near = names
            .into_iter()
            .map(|name| (strsim::damerau_levenshtein(&lower, name), name))
            .filter(|(distance, name)| *distance <= (name.len() / 3).max(1))
            .min_by_key(|(distance, _)| *distance);
        match near {
            Some((_, name)) => self.hint(format!("did you mean `{name}`?")),
            None => self,
        }
    }
}

/// The longest text that is compared with the right names; a table of both is made for it.
const MAX_HINTED_BYTES: usize = 64;

/// Names of other type systems with MLflow's name for the same thing.
const OTHER_NAMES: [(&str, &str); 26] = [
    ("int", "long"),
    ("int64", "long"),
    ("bigint", "long"),
    ("int32", "integer"),
    ("float32", "float"),
    ("float64", "double"),
    ("number", "double"),
    ("str", "string"),
    ("text", "string"),
    ("object_", "string"),
    ("bool", "boolean"),
    ("bytes", "binary"),
    ("timestamp", "datetime"),
    ("date", "datetime"),
    ("time", "datetime"),
    ("datetime64", "datetime"),
    ("datetime64[ns]", "datetime"),
    ("list", "array"),
    ("dict", "object"),
    ("struct", "object"),
    ("vector", "sparkml_vector"),
    ("anytype", "any"),
    ("null", "any"),
    ("none", "any"),
    ("ndarray", "tensor"),
    ("mapping", "map"),
];

/// Adds MLflow's name nearest to the unknown type `found`, among `names`.
pub(crate) fn hint_type(error: SignatureError, found: &str, names: &[&str]) -> SignatureError {
    let lower = found.to_lowercase();
    let other = OTHER_NAMES
        .iter()
        .find(|(name, right)| *name == lower && names.contains(right));
    match other {
        Some((_, right)) => error.hint(format!("did you mean `{right}`?")),
        None => error.nearest(found, names.iter().copied()),
    }
}
