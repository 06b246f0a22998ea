//! From errors to what a person or a program is told: what was found, where, and what to do.
//!
//! All translation of library errors is here.

use crate::surroundings::SOURCE_DATE_EPOCH;
use envelope_format::Error;
use envelope_format::spec;
use serde::Serialize;
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
            mistakes: Vec::new(),
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
            mistakes: Vec::new(),
        }
    }

    /// Output that could not be written.
    pub(crate) fn of_output(error: &io::Error) -> Self {
        Self {
            message: format!("cannot write the output: {error}"),
            ..Self::default()
        }
    }

    /// A variable that holds no time.
    pub(crate) fn of_epoch(found: &str) -> Self {
        Self::new(
            format!(
                "`{SOURCE_DATE_EPOCH}` is `{found}`, expected the seconds since 1970-01-01 00:00 UTC, \
                 such as 1767225600"
            ),
            format!("unset `{SOURCE_DATE_EPOCH}`, or set it with `date +%s`"),
        )
    }

    /// A spec that is not there.
    pub(crate) fn of_missing_spec(path: &Path, was_given: bool) -> Self {
        let shown = path.display();
        if was_given {
            let message = format!("found no spec at `{shown}`");
            return Self::new(
                message,
                "name an `envelope.yaml`, or the folder that holds one",
            );
        }
        Self::new(
            format!("found no `{}` in this folder", spec::FILE_NAME),
            "name the spec or its folder: `envelope package path/to/folder`; `envelope schema` \
             tells what a spec may hold",
        )
    }

    /// A name that makes no folder.
    pub(crate) fn of_unusable_name(name: &str) -> Self {
        Self::new(
            format!("the name `{name}` cannot be the name of a folder"),
            "say where the package shall be with `--out DIR`",
        )
    }
}

impl From<Error> for Diagnosis {
    fn from(error: Error) -> Self {
        let hint = error.hint().or_else(|| hint(&error));
        let message = error.to_string();
        let mistakes = match error {
            Error::Spec { path, mistakes } => {
                let file = path.display().to_string();
                mistakes
                    .into_iter()
                    .map(|one| located(&file, one))
                    .collect()
            }
            _ => Vec::new(),
        };
        Self {
            message,
            hint,
            mistakes,
        }
    }
}

fn located(file: &str, mistake: spec::Mistake) -> SpecMistake {
    let stands = mistake.position.line > 0;
    SpecMistake {
        file: file.to_owned(),
        line: stands.then_some(mistake.position.line),
        column: stands.then_some(mistake.position.column),
        element: mistake.element,
        message: mistake.message,
        hint: mistake.hint,
    }
}

/// Remedies that only a person at a terminal can use.
fn hint(error: &Error) -> Option<String> {
    let Error::Io { source, .. } = error else {
        return None;
    };
    let hint = match source.kind() {
        io::ErrorKind::NotFound => "check the path; `ls` shows what is there",
        io::ErrorKind::PermissionDenied => {
            "you may not read or write there; `ls -ld` shows who may"
        }
        io::ErrorKind::StorageFull => "free some space, or choose another `--out`",
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
