//! What is told when a package cannot be made or read.

use super::{Code, Diagnosis, SpecMistake, io_hint};
use crate::surroundings::SOURCE_DATE_EPOCH;
use envelope_format::sample::SampleError;
use envelope_format::spec;
use envelope_format::{Error, Refusal};
use serde_json::json;
use std::io;
use std::path::Path;

impl Diagnosis {
    /// A file that cannot be read.
    pub(crate) fn of_unreadable(path: &Path, error: &io::Error) -> Self {
        Self {
            message: format!("cannot read `{}`: {error}", path.display()),
            hint: io_hint(error),
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

impl From<Refusal> for Diagnosis {
    fn from(refusal: Refusal) -> Self {
        let hint = "`envelope check-input` shows what a request becomes, `envelope payload` makes one \
                    that is accepted";
        let code = refusal
            .stage
            .error_code()
            .unwrap_or("UNSUPPORTED_MEDIA_TYPE");
        Self {
            code: Some(Box::new(Code {
                word: code,
                detail: json!({"column": refusal.column, "params": refusal.params}),
                is_refusal: true,
            })),
            ..Self::new(format!("the request is refused: {refusal}"), hint)
        }
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
            ..Self::default()
        }
    }
}

impl From<SampleError> for Diagnosis {
    fn from(error: SampleError) -> Self {
        match error {
            SampleError::Package(error) => error.into(),
            other => Self {
                message: other.to_string(),
                hint: other.hint(),
                ..Self::default()
            },
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

fn hint(error: &Error) -> Option<String> {
    match error {
        Error::Io { source, .. } => io_hint(source),
        _ => None,
    }
}
