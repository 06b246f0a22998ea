//! From errors to what a person or a program is told: what was found, where, and what to do.
//!
//! All translation of library errors is here.

#[cfg(feature = "capture")]
mod capture;
mod deps;
#[cfg(feature = "infer")]
mod infer;
#[cfg(feature = "package")]
mod package;
#[cfg(feature = "infer")]
mod python;

use crate::exit_status::ExitStatus;
use serde::Serialize;
use serde_json::Value;
use std::io;
use std::path::Path;

/// Why a command could not do what was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Diagnosis {
    /// What was found and what was expected.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) hint: Option<String>,
    /// The mistakes of a spec, each at its place.
    pub(crate) mistakes: Vec<SpecMistake>,
    /// How scripts know a failure of `deps`.
    #[serde(skip)]
    pub(crate) code: Option<Box<Code>>,
}

/// How scripts know a failure of `deps`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Code {
    /// The word: `pruned-but-required`.
    pub(crate) word: &'static str,
    /// What it is about: names, pairs of names, a file.
    pub(crate) detail: Value,
    /// Whether it is a refusal by design, and not something that could not be done.
    pub(crate) is_refusal: bool,
}

/// One mistake of a spec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct SpecMistake {
    /// The spec.
    pub(crate) file: String,
    /// The line, from 1; none for what is missing altogether.
    pub(crate) line: Option<usize>,
    /// The column, from 1.
    pub(crate) column: Option<usize>,
    /// The key; empty for the whole.
    pub(crate) element: String,
    /// What was found and what was expected.
    pub(crate) message: String,
    /// What to write instead.
    pub(crate) hint: Option<String>,
}

impl Diagnosis {
    /// A message with a hint.
    pub(crate) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: Some(hint.into()),
            ..Self::default()
        }
    }

    /// The exit status that tells it.
    pub(crate) fn status(&self) -> ExitStatus {
        if self.code.as_ref().is_some_and(|code| code.is_refusal) {
            ExitStatus::Findings
        } else {
            ExitStatus::Failure
        }
    }

    /// A file that cannot be written.
    pub(crate) fn of_unwritable(path: &Path, error: &io::Error) -> Self {
        Self {
            message: format!("cannot write `{}`: {error}", path.display()),
            hint: io_hint(error),
            ..Self::default()
        }
    }

    /// A wrong command line, as clap tells it, without its styles and its own heading.
    pub(crate) fn of_usage(error: &clap::Error) -> Self {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default();
        let tip = text
            .lines()
            .find_map(|line| line.trim().strip_prefix("tip: "));
        Self {
            message: first.trim_start_matches("error: ").to_owned(),
            hint: Some(
                tip.unwrap_or("`envelope --help` lists the commands and options")
                    .to_owned(),
            ),
            ..Self::default()
        }
    }

    /// Output that could not be written.
    pub(crate) fn of_output(error: &io::Error) -> Self {
        Self {
            message: format!("cannot write the output: {error}"),
            ..Self::default()
        }
    }
}

/// Remedies for what the system refuses, that only a person at a terminal can use.
fn io_hint(error: &io::Error) -> Option<String> {
    let hint = match error.kind() {
        io::ErrorKind::NotFound => "check the path; `ls` shows what is there",
        io::ErrorKind::PermissionDenied => {
            "you may not read or write there; `ls -ld` shows who may"
        }
        io::ErrorKind::StorageFull => "free some space, or write to another place",
        _ => return None,
    };
    Some(hint.to_owned())
}

impl SpecMistake {
    /// Where it is: `envelope.yaml:12`.
    pub(crate) fn place(&self) -> String {
        match self.line {
            Some(line) => format!("{}:{line}", self.file),
            None => self.file.clone(),
        }
    }
}
