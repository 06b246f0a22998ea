//! A fact that may not be known: what a probe gives instead of failing.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A value, or why there is none.
///
/// In a record it stands as `{"value": …}` or `{"unknown": "because …"}`, so that a value which is
/// itself empty cannot be taken for one that nobody could find out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Known<T> {
    /// What was found.
    Value(T),
    /// Nothing was found out, because of this.
    Unknown(String),
}

impl<T> Known<T> {
    /// Makes a fact of what a probe answered; an error becomes the reason.
    pub fn of<E: fmt::Display>(answer: Result<T, E>) -> Self {
        match answer {
            Ok(value) => Self::Value(value),
            Err(error) => Self::Unknown(error.to_string()),
        }
    }

    /// The value, where there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }

    /// Why there is no value, where there is none.
    pub fn because(&self) -> Option<&str> {
        match self {
            Self::Value(_) => None,
            Self::Unknown(because) => Some(because),
        }
    }

    /// Turns the value into another, and keeps the reason.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Known<U> {
        match self {
            Self::Value(value) => Known::Value(change(value)),
            Self::Unknown(because) => Known::Unknown(because),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_value_is_not_an_unknown_one() {
        let none: Known<Option<String>> = Known::Value(None);
        let unknown: Known<Option<String>> = Known::of(Err("no git"));
        for (fact, text) in [
            (none, r#"{"value":null}"#),
            (unknown, r#"{"unknown":"no git"}"#),
        ] {
            assert_eq!(serde_json::to_string(&fact).unwrap(), text);
            assert_eq!(
                serde_json::from_str::<Known<Option<String>>>(text).unwrap(),
                fact
            );
        }
    }

    #[test]
    fn a_reason_outlives_a_change_of_the_value() {
        assert_eq!(Known::Value(2).map(|two| two + 1).value(), Some(&3));
        let unknown = Known::<u8>::Unknown("gone".into()).map(|value| value + 1);
        assert_eq!(unknown.because(), Some("gone"));
    }
}
