//! Why a request is refused: at which stage, for which column or parameter, and with which status
//! MLflow's scoring server would answer.

use std::fmt;

use serde::Serialize;
use thiserror::Error;

use crate::json::JsonError;
use crate::signature::ColumnName;

/// A request that MLflow refuses as well.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub struct Refusal {
    /// At which stage.
    pub stage: Stage,
    /// The column or tensor that is at fault, where it is one.
    pub column: Option<String>,
    /// The parameters that are at fault.
    pub params: Vec<String>,
    /// What was found, and what was expected.
    pub message: String,
}

/// The stages that a request goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Stage {
    /// The content type is not one that is served
    Media,
    /// The body is read, and values are cast to the declared types
    Parse,
    /// Presence, types and shapes are checked; parameters too
    Predict,
    /// The answer is written
    Response,
}

impl Stage {
    /// The code that MLflow gives.
    pub fn error_code(self) -> Option<&'static str> {
        match self {
            Stage::Parse => Some("BAD_REQUEST"),
            Stage::Predict => Some("INVALID_PARAMETER_VALUE"),
            Stage::Media | Stage::Response => None,
        }
    }

    /// The status of HTTP that MLflow gives.
    pub fn http_status(self) -> u16 {
        match self {
            Stage::Media => 415,
            Stage::Parse | Stage::Predict => 400,
            Stage::Response => 500,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.column {
            Some(column) => write!(formatter, "column `{column}`: {}", self.message),
            None => formatter.write_str(&self.message),
        }
    }
}

impl Refusal {
    pub(crate) fn new(stage: Stage, message: impl Into<String>) -> Self {
        Self {
            stage,
            column: None,
            params: Vec::new(),
            message: message.into(),
        }
    }

    pub(crate) fn parse(message: impl Into<String>) -> Self {
        Self::new(Stage::Parse, message)
    }

    pub(crate) fn predict(message: impl Into<String>) -> Self {
        Self::new(Stage::Predict, message)
    }

    pub(crate) fn of_json(error: &JsonError) -> Self {
        Self::parse(format!("the body is no JSON: {error}"))
    }

    pub(crate) fn in_column(mut self, name: &ColumnName) -> Self {
        self.column = Some(name.to_string());
        self
    }
}
