//! What a worker is asked and what it answers.

use super::frame::Interrupted;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// The form of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ContentType {
    /// The JSON of MLflow's scoring protocol.
    Json,
    /// A table with a line of names.
    Csv,
    /// A Parquet file.
    Parquet,
    /// A stream or a file of Arrow's IPC format.
    Arrow,
}

impl ContentType {
    /// Every form, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::Json, Self::Csv, Self::Parquet, Self::Arrow];

    /// The name as it is typed: `json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
        }
    }
}

impl fmt::Display for ContentType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for ContentType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|one| one.name() == text);
        found.ok_or_else(|| format!("found `{text}`, expected json, csv, parquet or arrow"))
    }
}

/// A request for a prediction.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The input, as it would be posted to MLflow's server.
    pub payload: &'a [u8],
    /// Its form.
    pub content_type: ContentType,
    /// Parameters as a JSON object; they go before those in the payload.
    pub params: Option<&'a str>,
    /// How long the answer may take.
    pub timeout: Option<Duration>,
}

impl<'a> Request<'a> {
    /// A request without parameters of its own and without a limit in time.
    pub fn new(content_type: ContentType, payload: &'a [u8]) -> Self {
        Self {
            payload,
            content_type,
            params: None,
            timeout: None,
        }
    }
}

/// The header of a request's frame.
#[derive(serde::Serialize)]
pub(super) struct RequestHeader<'a> {
    id: u64,
    content_type: ContentType,
    params: Option<&'a str>,
}

impl<'a> RequestHeader<'a> {
    pub(super) fn new(id: u64, request: &Request<'a>) -> Self {
        Self {
            id,
            content_type: request.content_type,
            params: request.params,
        }
    }
}

/// A prediction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The JSON document, byte for byte as MLflow writes it; `NaN` and `Infinity` may be in it.
    pub document: Vec<u8>,
}

/// What went wrong inside the worker, as MLflow's server would report it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct Failure {
    /// In which part of a request it went wrong.
    pub kind: FailureKind,
    /// MLflow's name for it: `BAD_REQUEST`.
    pub error_code: String,
    /// The status of HTTP that goes with that.
    pub http_status: u16,
    /// The class of the Python error.
    pub exception: String,
    /// What it says.
    pub message: String,
    /// Where it was raised; the last of it where it is long.
    pub traceback: String,
}

/// The part of a request in which something went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FailureKind {
    /// MLflow is not there.
    NoMlflow,
    /// The package could not be loaded.
    Load,
    /// The payload could not be read.
    Parse,
    /// The input does not fit the signature.
    Enforce,
    /// The parameters do not fit the signature.
    Params,
    /// The model raised an error.
    Model,
    /// What the model returned has no form in JSON.
    Answer,
}

/// What came back in a frame.
pub(super) enum Outcome {
    Answer(Vec<u8>),
    Failure(Box<Failure>),
}

#[derive(serde::Deserialize)]
struct AnswerHeader {
    id: u64,
    outcome: String,
}

impl Outcome {
    /// Reads the frame that answers the request with a number.
    pub(super) fn read(id: u64, header: &[u8], body: Vec<u8>) -> Result<Self, Interrupted> {
        let header: AnswerHeader =
            serde_json::from_slice(header).map_err(|error| Interrupted::garbled(&error))?;
        if header.id != id {
            let found = header.id;
            return Err(Interrupted::Garbled(format!(
                "found the answer to request {found}, expected that to {id}"
            )));
        }
        match header.outcome.as_str() {
            "answer" => Ok(Self::Answer(body)),
            "failure" => serde_json::from_slice(&body)
                .map(|failure| Self::Failure(Box::new(failure)))
                .map_err(|error| Interrupted::garbled(&error)),
            other => Err(Interrupted::Garbled(format!(
                "found the outcome `{other}`, expected `answer` or `failure`"
            ))),
        }
    }
}
