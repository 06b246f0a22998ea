//! Why there is no sample.

use thiserror::Error;

use crate::signature::SignatureError;

use super::{SampleFormat, Subject, offered};

/// Why a request could not be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SampleError {
    /// The package cannot be read.
    #[error(transparent)]
    Package(#[from] crate::Error),
    /// MLflow refuses the signature itself.
    #[error("the signature cannot be read: {0}")]
    Signature(#[from] SignatureError),
    /// Nothing is known of the input.
    #[error("found neither a signature of the input nor an example, expected one of them{after}")]
    NothingKnown {
        /// What else was found, from a colon on; may be empty.
        after: String,
    },
    /// The form cannot carry the input.
    #[error("`{format}` cannot carry this input: {reason}")]
    Format {
        /// The form asked for.
        format: SampleFormat,
        /// Why not.
        reason: String,
        /// The forms that can.
        offered: Vec<SampleFormat>,
    },
    /// MLflow refuses whatever is sent for a required column or tensor.
    #[error("MLflow takes no value for `{name}`: {reason}")]
    NoValue {
        /// The column or tensor.
        name: String,
        /// Why not.
        reason: String,
        /// What to change in the signature.
        hint: &'static str,
    },
    /// The rows asked for do not fit a size that the signature fixes.
    #[error("found {found} rows, expected {fixed}: the first size of `{name}` is fixed")]
    FixedRows {
        /// The rows asked for.
        found: usize,
        /// The size in the signature.
        fixed: usize,
        /// The tensor.
        name: String,
    },
    /// The request would be too large to be of use.
    #[error("the sample would hold {values} values, expected at most {limit}")]
    TooLarge {
        /// How many it would hold.
        values: u128,
        /// The limit.
        limit: u128,
    },
}

impl SampleError {
    pub(super) fn format(subject: &Subject, format: SampleFormat, reason: String) -> Self {
        Self::Format {
            format,
            reason,
            offered: offered(subject),
        }
    }

    /// Adds what was wrong with the example, where nothing else is known.
    pub(super) fn after(self, notes: &[String]) -> Self {
        match self {
            Self::NothingKnown { .. } if !notes.is_empty() => Self::NothingKnown {
                after: format!("; {}", notes.join("; ")),
            },
            other => other,
        }
    }

    /// What the user can do about it, when that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Package(error) => error.hint(),
            Self::Signature(error) => error.hint.clone(),
            Self::NothingKnown { .. } => {
                Some("store an example or a signature when the model is saved".to_owned())
            }
            Self::Format { offered, .. } => match offered.as_slice() {
                [] => Some("no form can; give the columns names and plain types".to_owned()),
                [only] => Some(format!("`{only}` can")),
                offered => Some(format!("these can: {}", join(offered))),
            },
            Self::NoValue { hint, .. } => Some((*hint).to_owned()),
            Self::FixedRows { fixed, .. } => Some(format!("ask for {fixed}, or for no number")),
            Self::TooLarge { .. } => Some("ask for fewer rows".to_owned()),
        }
    }
}

fn join(formats: &[SampleFormat]) -> String {
    let names: Vec<String> = formats.iter().map(|format| format!("`{format}`")).collect();
    names.join(", ")
}
