//! What is told when a model cannot be loaded or run.

use super::{Diagnosis, io_hint};
use envelope_infer::{Error, Session};
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

    /// An input's file that holds no tensor.
    pub(crate) fn of_input_file(path: &Path, message: &str) -> Self {
        Self::new(
            format!("`{}`: {message}", path.display()),
            "inputs are .npy files, as `numpy.save` writes them, or .pb files of ONNX's test data",
        )
    }

    /// An input without a name.
    pub(crate) fn of_unnamed_input(word: &str, session: &Session) -> Self {
        let names: Vec<String> = session
            .inputs()
            .iter()
            .map(|info| format!("`{}` ({})", info.name, info.described()))
            .collect();
        Self::new(
            format!("found `--input {word}`, expected NAME=FILE or a .npz file"),
            format!("the model's inputs are {}", names.join(", ")),
        )
    }
}

impl From<Error> for Diagnosis {
    fn from(error: Error) -> Self {
        let hint = match &error {
            Error::Io { source, .. } => io_hint(source),
            Error::Refused { .. } => Some(
                "`envelope operators MODEL` lists what the model needs; `envelope operators` lists \
                 what can run"
                    .to_owned(),
            ),
            Error::Device { .. } => {
                Some("`envelope infer --list-devices` lists what there is".to_owned())
            }
            Error::Input { .. } => Some("give inputs with `--input NAME=FILE.npy`".to_owned()),
            _ => None,
        };
        Self {
            message: error.to_string(),
            hint,
            ..Self::default()
        }
    }
}
