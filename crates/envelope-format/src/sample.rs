//! Sample requests: a body that MLflow's scoring server takes for a package.
//!
//! A sample comes from the example of the package where that fits the signature, and otherwise
//! from typed values that are made up. Which of the forms of a request can carry an input is known
//! here as [`refusal`]; what a request may hold at all is
//! [`request_schema`](crate::request_schema). Requests of others are not read here. The forms are
//! those of MLflow's
//! [scoring server](https://mlflow.org/docs/latest/ml/deployment/deploy-model-locally/).
//!
//! ```
//! use envelope_format::sample::{SampleOptions, Subject, sample};
//! use envelope_format::signature::Signature;
//! let inputs = r#"[{"type": "long", "name": "a", "required": true}]"#;
//! let subject = Subject {
//!     signature: Some(Signature::from_parts(Some(inputs), None, None)?),
//!     ..Subject::default()
//! };
//! let body = sample(&subject, SampleOptions::default())?.to_text();
//! assert_eq!(body, r#"{"dataframe_split": {"columns": ["a"], "data": [[1], [2]]}}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod csv;
mod error;
mod example;
mod form;
mod made;
mod names;
mod subject;
mod table;
mod tensors;
mod value;

use std::fmt;

use serde::{Serialize, Serializer};

use crate::json::{Json, object};
use crate::signature::{ParamShape, Schema};

pub use error::SampleError;
pub(crate) use form::is_positional;
pub use form::{offered, refusal};
pub(crate) use names::refuse_unusable;
pub use subject::Subject;
pub(crate) use table::distinct;
pub(crate) use tensors::{CellForm, cell_form, is_matrix};

/// The form of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SampleFormat {
    /// `dataframe_split`: the names of columns, and rows
    Split,
    /// `dataframe_records`: one object a row
    Records,
    /// `instances`: one value or object a row
    Instances,
    /// `inputs`: values, arrays by name, or one object a row
    Inputs,
    /// `text/csv`: a header and rows
    Csv,
    /// A body for chat, completion or embedding models, whose keys are the columns themselves
    Unwrapped,
}

impl SampleFormat {
    /// The forms that can be asked for; unwrapped bodies come from examples alone.
    pub const ALL: [SampleFormat; 5] = [
        SampleFormat::Split,
        SampleFormat::Records,
        SampleFormat::Instances,
        SampleFormat::Inputs,
        SampleFormat::Csv,
    ];

    /// The short name: `split`.
    pub fn name(self) -> &'static str {
        match self {
            SampleFormat::Split => "split",
            SampleFormat::Records => "records",
            SampleFormat::Instances => "instances",
            SampleFormat::Inputs => "inputs",
            SampleFormat::Csv => "csv",
            SampleFormat::Unwrapped => "unwrapped",
        }
    }

    /// The key that holds the data in a JSON body; none for CSV and unwrapped bodies.
    pub fn key(self) -> Option<&'static str> {
        match self {
            SampleFormat::Split => Some("dataframe_split"),
            SampleFormat::Records => Some("dataframe_records"),
            SampleFormat::Instances => Some("instances"),
            SampleFormat::Inputs => Some("inputs"),
            SampleFormat::Csv | SampleFormat::Unwrapped => None,
        }
    }

    /// The media type of a request.
    pub fn content_type(self) -> &'static str {
        match self {
            SampleFormat::Csv => "text/csv",
            _ => "application/json",
        }
    }
}

impl fmt::Display for SampleFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Serialize for SampleFormat {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// What is wished of a sample.
#[derive(Clone, Copy, Debug, Default)]
pub struct SampleOptions {
    /// The form; without one, that of the example or the one that suits the signature.
    pub format: Option<SampleFormat>,
    /// The number of rows; without one, those of the example or two.
    pub rows: Option<usize>,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Its form.
    pub format: SampleFormat,
    /// What is sent.
    pub body: Body,
    /// What a user should know about it, each a sentence without a full stop.
    pub notes: Vec<String>,
}

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// A JSON document
    Json(Json),
    /// CSV with a header
    Csv(String),
}

impl Sample {
    /// The body on one line as Python writes JSON, or the lines of CSV.
    pub fn to_text(&self) -> String {
        match &self.body {
            Body::Json(json) => json.to_python_string(),
            Body::Csv(text) => text.clone(),
        }
    }

    /// The body over several lines.
    pub fn to_pretty_text(&self) -> String {
        match &self.body {
            Body::Json(json) => json.to_python_pretty(2),
            Body::Csv(text) => text.clone(),
        }
    }
}

/// The rows of a sample that nobody counted: two show that rows are rows.
const ROWS: usize = 2;

/// Makes a request that MLflow takes.
///
/// # Errors
/// A form that cannot carry the input, an input of which nothing is known, types for which MLflow
/// takes no JSON value, a number of rows that the input cannot have, and more than ten million
/// values.
pub fn sample(subject: &Subject, options: SampleOptions) -> Result<Sample, SampleError> {
    let mut notes: Vec<String> = subject.example_fault.clone().into_iter().collect();
    if let Some(schema) = input_schema(subject).filter(|_| !subject.is_checked_by_type_hints) {
        refuse_unusable(schema)?;
    }
    if let Some(format) = options.format
        && let Some(reason) = refusal(subject, format)
    {
        return Err(SampleError::format(subject, format, reason));
    }
    let from_example = match example::sample(subject, options) {
        Some(Ok(found)) => Some(found),
        Some(Err(fault)) => {
            notes.push(fault);
            None
        }
        None => None,
    };
    let (format, body, params) = match from_example {
        Some(made) => made,
        None => made::sample(subject, options).map_err(|error| error.after(&notes))?,
    };
    let body = match body {
        Body::Json(data) => Body::Json(with_params(format, data, params)),
        Body::Csv(text) => {
            if params.is_some() {
                notes.push("CSV carries no parameters, so that their defaults hold".to_owned());
            }
            Body::Csv(text)
        }
    };
    Ok(Sample {
        format,
        body,
        notes,
    })
}

/// A form, the data in it, and the parameters that go with it.
type Made = (SampleFormat, Body, Option<Json>);

fn with_params(format: SampleFormat, data: Json, params: Option<Json>) -> Json {
    let Some(key) = format.key() else {
        return data;
    };
    let params = params.map(|params| ("params", params));
    object([(key, data)].into_iter().chain(params))
}

/// The defaults of all parameters, but for lists without one, as MLflow takes no `null` for a list.
fn default_params(subject: &Subject) -> Option<Json> {
    let params = subject.signature.as_ref()?.params.as_deref()?;
    let sent = params
        .iter()
        .filter(|param| param.shape == ParamShape::Scalar || !param.default.is_null());
    let sent: Vec<_> = sent
        .map(|param| (param.name.clone(), param.default.clone()))
        .collect();
    (!sent.is_empty()).then(|| object(sent))
}

/// What the signature says of the input.
fn input_schema(subject: &Subject) -> Option<&Schema> {
    subject.signature.as_ref()?.inputs.as_ref()
}

#[cfg(test)]
mod tests;
